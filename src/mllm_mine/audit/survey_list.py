"""The list of a survey: a Markdown README, BibTeX, RIS, or a CSV of ids or titles."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mllm_mine.audit import table
from mllm_mine.clock import now
from mllm_mine.errors import InputFileError
from mllm_mine.index.identify import title_key
from mllm_mine.labelling import awesome_list, bibtex, ris
from mllm_mine.labelling.exchange import opened_text
from mllm_mine.paper import is_arxiv_id, submission_month

if TYPE_CHECKING:
    from mllm_mine.index.identify import Identifier
    from mllm_mine.labelling.entry import Entry
    from mllm_mine.labelling.mapping import Mapping

BUILTIN = "the survey's own list"
"""What the bundled list (``mllm_mine.audit.bundle`` makes it) is called."""

_READERS: dict[str, Callable[[TextIO, str], Iterator[Entry]]] = {
    "md": awesome_list.read,
    "bibtex": bibtex.read,
    "ris": ris.read,
    "csv": table.read,
}
_SUFFIXES = {
    ".md": "md",
    ".markdown": "md",
    ".bib": "bibtex",
    ".ris": "ris",
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
}
_SIGNS = (
    ("bibtex", re.compile(r"^\s*@\s*\w+\s*[{(]", re.MULTILINE)),
    ("ris", re.compile(r"^TY  - ", re.MULTILINE)),
    ("md", re.compile(r"^#{1,6}\s", re.MULTILINE)),
)
_CLAIMED_ID = re.compile(
    r"arxiv\.org/(?:abs|pdf|html)/([^\s)\]}>\"'?#|]+)|\barxiv:\s*([\w./-]+)", re.IGNORECASE
)
_VERSION = re.compile(r"\d{4,7}v([1-9]\d*)\b")
_FREE_YEAR = re.compile(r"(?<![\w./-])((?:19|20)\d\d)(?![\w])")
_LINK_TARGET = re.compile(r"\]\([^)]*\)|https?://\S+")
_LINK = re.compile(r"https?://", re.IGNORECASE)
_REPOSITORY = re.compile(
    r"https?://(?:www\.)?(?:\w+\.)?(?:github|githubusercontent|gitlab|bitbucket|huggingface|hf|"
    r"modelscope|shields|kaggle|zenodo)\.\w+/",
    re.IGNORECASE,
)
_SINGLE = ("md", "csv")  # formats in which an entry stands under one section


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of a list.

    Attributes:
        line: where it begins, from 1.
        text: its first line as it stands.
        arxiv_id, doi: of the paper, "" where the entry names none.
        claimed_id: what stands in place of an arXiv id and cannot be one, or "".
        version: the version its link names, or None.
        names_paper: whether it has an id, a DOI, or a link to something other than code or data.
        section: as the list calls it, with the sections above it; "" where it has none.
        labels: what the section stands for.
    """

    line: int
    text: str
    title: str
    arxiv_id: str
    doi: str
    claimed_id: str
    version: int | None
    names_paper: bool
    year: int | None
    section: str
    labels: tuple[str, ...]

    @property
    def title_words(self) -> str:
        """The title as it is compared with others; "" for one too short to tell papers apart."""
        key = title_key(self.title)
        return key if len(key.split()) > 1 else ""


@dataclass(frozen=True)
class SurveyList:
    """A list as it was read.

    Attributes:
        name: the file, for messages and headings.
        format: ``md``, ``bibtex``, ``ris`` or ``csv``.
        unmapped: sections that stand for no label.
    """

    name: str
    format: str
    text: str
    entries: tuple[ListEntry, ...]
    unmapped: tuple[str, ...] = ()

    @cached_property
    def sections(self) -> dict[str, tuple[str, ...]]:
        """Sections in the list's order, with the labels they stand for."""
        return {entry.section: entry.labels for entry in self.entries}

    @property
    def one_section_each(self) -> bool:
        """Whether an entry stands under one section, so that a paper may be listed twice."""
        return self.format in _SINGLE

    @cached_property
    def paper_sections(self) -> frozenset[str]:
        """Sections that hold papers of arXiv, rather than data sets or other things."""
        return frozenset(entry.section for entry in self.entries if entry.arxiv_id)

    @cached_property
    def newest_month(self) -> str:
        """The month (``2024-01``) of the newest arXiv id of the list, or "" when it has none."""
        ids = (entry.arxiv_id for entry in self.entries if not entry.claimed_id)
        return max(map(submission_month, ids), default="")


def read_list(path: Path | None, mapping: Mapping) -> SurveyList:
    """Reads a list; the bundled one of the survey when no file is given.

    Args:
        path: a file, or ``-`` for stdin. The suffix tells the format, otherwise the content.
        mapping: which labels its sections or keywords stand for.

    Raises:
        ConfigurationError: there is no such file.
        InputFileError: it cannot be read, or holds no entry.
    """
    if path is None:
        text = files("mllm_mine.audit").joinpath("survey.csv").read_text(encoding="utf-8")
        return _read(text, BUILTIN, "csv", mapping)
    with opened_text(path) as file:
        text = file.read()
    format = _SUFFIXES.get(path.suffix.lower()) or _told_by_content(text)
    return _read(text, "standard input" if str(path) == "-" else path.name, format, mapping)


def _told_by_content(text: str) -> str:
    return next((name for name, sign in _SIGNS if sign.search(text)), "csv")


def _read(text: str, name: str, format: str, mapping: Mapping) -> SurveyList:
    lines = text.splitlines()
    entries = tuple(
        _entry(entry, lines[entry.line - 1] if entry.line else "", format, mapping)
        for entry in _READERS[format](io.StringIO(text, newline=""), name)
    )
    if not entries:
        raise InputFileError(
            f"{name} holds no entry; a list in Markdown has sections with items that link to "
            "papers, one in CSV a column of ids or titles"
        )
    unmapped = tuple(mapping.unknown) if format in _SINGLE else ()
    return SurveyList(name, format, text, entries, unmapped)


def _entry(entry: Entry, line: str, format: str, mapping: Mapping) -> ListEntry:
    if format in _SINGLE:
        section = entry.terms[0] if entry.terms else ""
        labels = mapping.labels(entry.terms) if entry.terms else ()
    else:  # each keyword by itself
        section = "; ".join(entry.terms)
        labels = tuple(label for term in entry.terms for label in mapping.labels((term,)))
    texts = (*entry.texts, line) if format == "md" else entry.texts
    arxiv_id = entry.arxiv_id
    versions = [found[1] for text in texts if arxiv_id and (found := _VERSION.search(text))]
    return ListEntry(
        line=entry.line,
        text=line,
        title=entry.title,
        arxiv_id=arxiv_id,
        doi=entry.doi,
        claimed_id="" if is_possible(arxiv_id) else _claimed_id(entry, texts),
        version=int(versions[0]) if versions else None,
        names_paper=bool(arxiv_id or entry.doi or any(map(_links_to_paper, entry.texts))),
        year=entry.year if format != "md" else _year_in(line),
        section=section,
        labels=labels,
    )


def is_possible(arxiv_id: str) -> bool:
    """Whether arXiv can have given this id by now.

    The present form began in April 2007, with four digits up to 2014 and five since.
    """
    month = submission_month(arxiv_id)
    if not month or month > now().strftime("%Y-%m"):
        return False
    if "/" in arxiv_id:
        return month <= "2007-03"
    return month >= "2007-04" and len(arxiv_id) == (9 if month < "2015-01" else 10)


def paper_of(entry: ListEntry, identifier: Identifier) -> str:
    """The id of an entry's paper: as stated, or by DOI or title in the index; otherwise ""."""
    if entry.arxiv_id and is_possible(entry.arxiv_id):
        return entry.arxiv_id
    return (identifier.by_doi(entry.doi) if entry.doi else "") or (
        identifier.by_title(entry.title) if entry.title_words else ""
    )


def _claimed_id(entry: Entry, texts: tuple[str, ...]) -> str:
    """What stands where an arXiv id should, and is none that arXiv can have given."""
    if entry.arxiv_id:
        return entry.arxiv_id
    for text in texts:
        for match in _CLAIMED_ID.finditer(text):
            claimed = str(match[1] or match[2]).removesuffix(".pdf").rstrip(".,;")
            if not is_arxiv_id(claimed) and any(map(str.isdigit, claimed)):
                return claimed
    return ""


def _links_to_paper(text: str) -> bool:
    return bool(_LINK.match(text)) and (".pdf" in text or not _REPOSITORY.match(text))


def _year_in(line: str) -> int | None:
    """The one year that stands in a line outside its links, or None."""
    years = set(_FREE_YEAR.findall(_LINK_TARGET.sub(" ", line)))
    return int(years.pop()) if len(years) == 1 else None
