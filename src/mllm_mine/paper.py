"""The paper: the record every stage reads and writes, and the ids papers go by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from mllm_mine.errors import InputFileError

_NEW_STYLE = re.compile(r"^(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v([1-9]\d{0,3}))?$")
_OLD_STYLE = re.compile(
    r"^([a-z]+(?:-[a-z]+)?)(?:\.[A-Za-z-]{2,})?/(\d{2}(?:0[1-9]|1[0-2])\d{3})(?:v([1-9]\d{0,3}))?$"
)
# Other libraries' ids (ACL anthology, DOIs' suffixes …): one token that is safe everywhere.
_FOREIGN = re.compile(r"^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,126}[A-Za-z0-9])?$")
_PREFIX = re.compile(
    r"^(?:arxiv:|oai:arxiv\.org:|https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/)", re.I
)


class PaperId(NamedTuple):
    """A paper's id without version, and the version where one was given."""

    arxiv_id: str
    version: int | None


def parse_paper_id(text: str) -> PaperId:
    """Reads an id as people and feeds write it.

    Accepts ``2501.01234``, ``2501.01234v2``, ``arXiv:2501.01234``, abstract and PDF links,
    ``oai:arXiv.org:…``, old ids with or without subject class (``math.GT/0309136`` becomes
    ``math/0309136``), and single-token ids of other libraries (``2024.acl-long.1``).

    Raises:
        InputFileError: when the text is no id (and so must never become a file name).
    """
    bare = _PREFIX.sub("", text.strip())
    bare = bare.removesuffix(".pdf")
    if match := _NEW_STYLE.match(bare):
        return PaperId(match[1], int(match[2]) if match[2] else None)
    if match := _OLD_STYLE.match(bare):
        return PaperId(f"{match[1]}/{match[2]}", int(match[3]) if match[3] else None)
    if _FOREIGN.match(bare) and ".." not in bare:
        return PaperId(bare, None)
    shown = text if len(text) <= 60 else text[:57] + "…"
    raise InputFileError(f"{shown!r} is not a paper id; write it like 2501.01234 or math/0309136")


def is_arxiv_id(arxiv_id: str) -> bool:
    """Whether an id (without version) is one of arXiv's, rather than another library's."""
    return bool(_NEW_STYLE.match(arxiv_id) or _OLD_STYLE.match(arxiv_id))


def submission_month(arxiv_id: str) -> str:
    """The month that an arXiv id states, as ``2025-01``; "" for ids of other libraries.

    arXiv gives ids in the order of submission: ``yymm.number`` since April 2007, and
    ``archive/yymmnumber`` from 1991 on before that.
    """
    if match := _NEW_STYLE.match(arxiv_id):
        return f"20{match[1][:2]}-{match[1][2:4]}"
    if match := _OLD_STYLE.match(arxiv_id):
        century = "19" if match[2][:2] >= "91" else "20"
        return f"{century}{match[2][:2]}-{match[2][2:4]}"
    return ""


def abstract_url(arxiv_id: str) -> str:
    """The page of a paper's abstract, or an empty string for papers that are not arXiv's."""
    return f"https://arxiv.org/abs/{arxiv_id}" if is_arxiv_id(arxiv_id) else ""


def pdf_url(arxiv_id: str) -> str:
    """The PDF of a paper's newest version, or an empty string for papers that are not arXiv's."""
    return f"https://arxiv.org/pdf/{arxiv_id}" if is_arxiv_id(arxiv_id) else ""


def file_stem(arxiv_id: str, version: int) -> str:
    """A file name (without suffix) for a version of a paper: ``math_0309136v2``."""
    return f"{arxiv_id.replace('/', '_')}v{version}"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper at one version.

    Attributes:
        arxiv_id: id without version.
        version: 1 for the first.
        title, abstract: plain text, white space folded, no control characters.
        published, updated: ISO 8601 in UTC (``2025-01-31T17:59:59Z``), or "" when unknown;
            ``published`` is version 1's (see :func:`dated`), ``updated`` this version's.
        withdrawn: whether this version withdraws the paper.
    """

    arxiv_id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    primary_category: str = ""
    published: str = ""
    updated: str = ""
    comment: str = ""
    journal_ref: str = ""
    doi: str = ""
    withdrawn: bool = field(default=False)


def dated(paper: Paper) -> Paper:
    """The paper, with the first of the month of its arXiv id where no date is known.

    The month is what a list by date, a filter or a trend needs; a source that knows the day
    replaces it.
    """
    month = "" if paper.published else submission_month(paper.arxiv_id)
    return replace(paper, published=f"{month}-01T00:00:00Z") if month else paper
