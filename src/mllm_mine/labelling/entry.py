"""One entry of another tool's file: which paper it means, and what it says about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mllm_mine.errors import InputFileError
from mllm_mine.paper import is_arxiv_id, parse_paper_id

_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(\S+)", re.IGNORECASE)
_ARXIV_LINK = re.compile(
    r"arxiv\.org/(?:abs|pdf|html)/([\w.-]+(?:/\d{7})?(?:v\d+)?)|\barxiv:\s*([\w.-]+(?:/\d{7})?)",
    re.IGNORECASE,
)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>{}]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file says about one paper.

    Attributes:
        where: file and line or entry, for messages.
        texts: fields that may hold an id, a DOI or a link, most trustworthy first.
        terms: keywords, or sections of a list; a mapping turns them into labels.
        included: whether a reviewer included the paper; None when not decided.
        decided: label ids with what was said of each, where the format has them.
        line: where it begins in the file, from 1.
        year: of publication, where the format has a field for it.
    """

    where: str
    title: str
    texts: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    included: bool | None = None
    decided: Mapping[str, bool | None] = field(default_factory=dict)
    line: int = 0
    year: int | None = None

    @property
    def arxiv_id(self) -> str:
        """The arXiv id that the entry names, without version, or ""."""
        for text in self.texts:
            for pattern in (_ARXIV_DOI, _ARXIV_LINK):
                for match in pattern.finditer(text):
                    if found := _arxiv_id(next(group for group in match.groups() if group)):
                        return found
            if found := _arxiv_id(text):
                return found
        return ""

    @property
    def doi(self) -> str:
        """The DOI that the entry names, in lower case, or ""."""
        for text in self.texts:
            if match := _DOI.search(text):
                return match[0].rstrip(".,;)").lower()
        return ""


def stated_year(text: str) -> int | None:
    """The year in a field such as ``2023`` or ``2023/05/14``, or None."""
    match = re.match(r"\s*((?:19|20)\d\d)(?!\d)", text)
    return int(match[1]) if match else None


def _arxiv_id(text: str) -> str:
    try:
        found = parse_paper_id(text.strip().rstrip(".,;)")).arxiv_id
    except InputFileError:
        return ""
    return found if is_arxiv_id(found) else ""
