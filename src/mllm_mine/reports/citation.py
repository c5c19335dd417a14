"""What a reference manager wants to know of a paper: key, year, venue, DOI, names in parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.paper import Paper, is_arxiv_id

_YEAR = re.compile(r"(?<![\d.:/-])(?:19|20)\d\d(?![\d.:/-]*\d)")
_YEAR_IN_BRACKETS = re.compile(r"\(((?:19|20)\d\d)\)")
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}\\]+")
_SUFFIXES = frozenset(("jr", "jr.", "sr", "sr.", "ii", "iii", "iv"))
_ORGANISATIONS = frozenset(("collaboration", "consortium", "team", "group"))
_ARXIV_DOI = "10.48550/arxiv."


@dataclass(frozen=True, slots=True)
class Name:
    """An author's name in parts; ``family`` alone for organisations and single names.

    Attributes:
        particle: ``van der``, as in BibTeX's "von" part.
        suffix: ``Jr.`` or ``III``.
    """

    family: str
    given: str = ""
    particle: str = ""
    suffix: str = ""

    @property
    def inverted(self) -> str:
        """``van der Berg, Ana, Jr.``, as RIS has it."""
        family = f"{self.particle} {self.family}".strip()
        return ", ".join(part for part in (family, self.given, self.suffix) if part)


def citable(papers: Iterable[ClassifiedPaper]) -> Iterator[ClassifiedPaper]:
    """The papers that are not withdrawn: nobody should cite one of those by mistake."""
    return (classified for classified in papers if not classified.paper.withdrawn)


def citation_key(paper: Paper) -> str:
    """A key that stays the same whatever becomes of title, authors and venue.

    ``arxiv-2501.01234`` and ``arxiv-math-0309136``; other libraries' ids stand for themselves.
    """
    plain = paper.arxiv_id.replace("/", "-")
    return f"arxiv-{plain}" if is_arxiv_id(paper.arxiv_id) else plain


def year(paper: Paper) -> str:
    """The year in the journal reference, where it names one only; otherwise of version 1."""
    if found := _YEAR_IN_BRACKETS.findall(paper.journal_ref):
        return str(found[-1])
    named = set(_YEAR.findall(paper.journal_ref))
    return named.pop() if len(named) == 1 else paper.published[:4]


def doi(paper: Paper) -> str:
    """The DOI of the published version, or "" when arXiv knows none.

    arXiv's own DOIs name the preprint, and are no published version's.
    """
    for found in _DOI.findall(paper.doi):
        bare = str(found).rstrip(".,;")
        if not bare.lower().startswith(_ARXIV_DOI):
            return bare
    return ""


def split_name(name: str) -> Name:
    """Splits a name as arXiv writes it: given names first, or the family first with a comma.

    Particles in lower case go with the family name. A name that holds the word "and", or ends in
    one like "Team", is an organisation's.
    """
    if "," in name:
        family, *rest = (part.strip() for part in name.split(","))
        suffix = rest.pop() if rest and rest[-1].lower() in _SUFFIXES else ""
        if len(rest) == 1 and rest[0]:
            return Name(family, rest[0], suffix=suffix)
        if not rest and suffix:  # "Ana Exemplo, Jr."
            found = split_name(family)
            return Name(found.family, found.given, found.particle, suffix)
        return Name(name)
    words = name.split()
    if "and" in words or (words and words[-1].lower() in _ORGANISATIONS):
        return Name(name)
    suffix = words.pop() if len(words) > 2 and words[-1].lower() in _SUFFIXES else ""
    if len(words) < 2:
        return Name(" ".join(words), suffix=suffix)
    start = len(words) - 1
    while start > 1 and words[start - 1].islower():
        start -= 1
    return Name(
        words[-1],
        " ".join(words[:start]),
        " ".join(words[start:-1]),
        suffix,
    )
