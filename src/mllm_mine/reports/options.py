"""What the writers of reports are told besides the papers."""

from __future__ import annotations

from dataclasses import dataclass, field

from mllm_mine.index.filters import PaperFilter


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How a report is to be written; each format takes what means something to it.

    Attributes:
        wanted: the filter that the papers passed; a feed is named after its label.
        raw: CSV: leave cells that a spreadsheet would take for formulas as they are.
        new_since: lists: papers whose first version is at this moment or later are marked new;
            "" for those of the thirty days up to the newest paper.
        previous: lists: the text of the file that is to be replaced, "" when there is none.
        output: the file's name for messages.
    """

    wanted: PaperFilter = field(default_factory=PaperFilter)
    raw: bool = False
    new_since: str = ""
    previous: str = ""
    output: str = ""
