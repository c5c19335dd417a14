"""Everything the index knows about one paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mllm_mine.errors import InputFileError
from mllm_mine.index.citations import Citation
from mllm_mine.index.labels import HandLabel
from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.paper import is_arxiv_id, parse_paper_id

if TYPE_CHECKING:
    from mllm_mine.index.index import Index


@dataclass(frozen=True, slots=True)
class PaperDetails:
    """A paper, its labels, and where they, its PDF and its text come from.

    Attributes:
        source, first_seen, last_changed: which source brought it, and when.
        model_id, classified_version, classified_at: the classification in force, or "" and None.
        error: why the paper could not be classified, or "".
        waiting: whether the paper waits to be classified (again).
        pdf: status, path, reason, attempts and next_try of the PDF; empty when none is known.
        text: status, version, pages, reason and extractor of the full text; empty when none.
        history: labels by hand, oldest first.
        cites, cited_by: papers of the index that its text cites, in the order of its reference
            list, and those whose texts cite it, newest first.
    """

    classified: ClassifiedPaper
    source: str
    first_seen: str
    last_changed: str
    model_id: str = ""
    classified_version: int | None = None
    classified_at: str = ""
    error: str = ""
    waiting: bool = False
    pdf: dict[str, Any] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=dict)
    history: tuple[HandLabel, ...] = ()
    cites: tuple[Citation, ...] = ()
    cited_by: tuple[Citation, ...] = ()


def paper_details(index: Index, id_as_typed: str) -> PaperDetails:
    """All about one paper.

    Args:
        id_as_typed: an id in any form people write it; a version in it is ignored, since the
            index keeps the latest.

    Raises:
        InputFileError: it is no id, or the index does not hold the paper.
    """
    arxiv_id = parse_paper_id(id_as_typed).arxiv_id
    with index.reading.snapshot():
        classified = index.reading.paper(arxiv_id)
        if classified is None:
            raise absent_paper(arxiv_id)
        kept = _row(index, "SELECT source, first_seen, last_changed FROM papers", arxiv_id)
        judged = _row(
            index,
            "SELECT model_id, version AS classified_version, classified_at, error "
            "FROM classifications",
            arxiv_id,
        )
        return PaperDetails(
            classified=classified,
            **kept,
            **judged,
            waiting=bool(_row(index, "SELECT arxiv_id FROM classify_queue", arxiv_id)),
            pdf=_row(
                index,
                "SELECT status, version, path, bytes, reason, attempts, next_try FROM pdfs",
                arxiv_id,
            ),
            text=_row(
                index,
                "SELECT status, version, pages, length(text) AS characters, reason, extractor, "
                "extracted_at FROM fulltexts",
                arxiv_id,
            ),
            history=tuple(index.labels.history(arxiv_id)),
            cites=tuple(index.citations.cites(arxiv_id)),
            cited_by=tuple(index.citations.cited_by(arxiv_id)),
        )


def absent_paper(arxiv_id: str) -> InputFileError:
    """The error for a paper that the index does not hold."""
    if is_arxiv_id(arxiv_id):
        remedy = f"'mine fetch --ids {arxiv_id}' brings it in"
    else:
        remedy = f"{arxiv_id} is no arXiv id, which looks like 2501.01234"
    return InputFileError(
        f"there is no paper {arxiv_id} in the index; {remedy}, "
        "and 'mine search' finds papers by their words"
    )


def _row(index: Index, select: str, arxiv_id: str) -> dict[str, Any]:
    row = index.connection.execute(f"{select} WHERE arxiv_id = ?", (arxiv_id,)).fetchone()
    return {} if row is None else dict(row)
