"""What the writers of reports are told besides the papers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mllm_mine.index.filters import PaperFilter

if TYPE_CHECKING:
    from mllm_mine.index import Index


class Reason(Protocol):
    """Why a model gave a paper one of its labels.

    Attributes:
        threshold: the probability from which the label is given.
        terms: with what each added to the score, largest first.
        sentences: of title and abstract, verbatim, those that carried the label first.
    """

    @property
    def threshold(self) -> float: ...

    @property
    def terms(self) -> Sequence[tuple[str, float]]: ...

    @property
    def sentences(self) -> Sequence[str]: ...


Explain = Callable[[str, Sequence[str]], Mapping[str, Reason]]
"""The reasons for some of a paper's labels, given its id and theirs; those a model does not know
are left out. Reports do not know the classifier, so that whoever calls them brings this along."""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How a report is to be written; each format takes what means something to it.

    Attributes:
        wanted: the filter that the papers passed; a feed is named after its label.
        resources: CSV: add a column of what papers release, behind those of the contract.
        raw: CSV: leave cells that a spreadsheet would take for formulas as they are.
        new_since: lists: papers whose first version is at this moment or later are marked new;
            "" for those of the thirty days up to the newest paper.
        previous: lists: the text of the file that is to be replaced, "" when there is none.
        output: the file's name for messages.
        index: where the papers' resources and citations are.
        explain: the page: why the model gave the labels; without it, the page has no reasons.
    """

    wanted: PaperFilter = field(default_factory=PaperFilter)
    raw: bool = False
    resources: bool = False
    new_since: str = ""
    previous: str = ""
    output: str = ""
    index: Index | None = None
    explain: Explain | None = None
