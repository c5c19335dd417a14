"""Reads OAI-PMH answers: a record becomes a paper, or the news that one was deleted.

Understands the prefixes arXivRaw (the one we ask for: it alone tells versions and withdrawals),
arXiv, arXivOld and oai_dc, from arXiv's present server and its former one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO

from mllm_mine.errors import InputFileError
from mllm_mine.paper import Paper, parse_paper_id
from mllm_mine.source.bad_record import BadRecord
from mllm_mine.source.cleaning import (
    NAME_LIMIT,
    TITLE_LIMIT,
    clean_date,
    clean_names,
    clean_text,
    says_withdrawn,
    split_authors,
)
from mllm_mine.source.xml_stream import OVERSIZED, Element, elements

_ROOTS = ("OAI-PMH", "ListRecords", "GetRecord", "record", "records", "collection")
_FORMATS = ("arXivRaw", "arXiv", "arXivOld", "dc")
_YEAR_MONTH = re.compile(r"^(?:[a-z-]+/)?(\d\d)(\d\d)")


@dataclass(frozen=True, slots=True)
class OaiPaper:
    """A paper as an OAI record gives it.

    Attributes:
        version_known: false for every prefix but arXivRaw, where ``paper.version`` is 1 for
            want of better and ``published`` is "" unless the id confirms the month.
        datestamp: the day of the record's last change (``2025-01-31``), or "".
    """

    paper: Paper
    version_known: bool
    datestamp: str = ""


@dataclass(frozen=True, slots=True)
class DeletedRecord:
    """The news that the server has deleted a paper's record."""

    arxiv_id: str
    datestamp: str = ""


OaiRecord = OaiPaper | DeletedRecord | BadRecord


@dataclass
class OaiPage:
    """One answer to ``ListRecords``.

    Attributes:
        token: the resumption token of the next page, or "" when this is the last.
        day: the server's date (``2025-01-31``), or "".
        error_code, error: OAI's error (``noRecordsMatch``) and its message, or "".
    """

    records: list[OaiRecord] = field(default_factory=list)
    token: str = ""
    day: str = ""
    error_code: str = ""
    error: str = ""


def read_oai(stream: IO[bytes]) -> Iterator[OaiRecord]:
    """Streams the records of an OAI answer, or of several in one ``<records>``, of any size.

    Raises:
        InputFileError: the file is no OAI answer, an error report, malformed or cut short; the
            records before the fault have been yielded by then.
    """
    found = elements(stream, roots=_ROOTS, wanted=("record", "error"))
    for number, element in enumerate(found, 1):
        if element.name == "record":
            yield _read_record(element, number)
        elif element.attributes.get("code") != "noRecordsMatch":
            message = clean_text(element.text, TITLE_LIMIT)
            raise InputFileError(f"it is an error report of the server: {message}")


def read_oai_page(body: bytes) -> OaiPage:
    """Reads one answer to ``ListRecords`` or ``GetRecord`` whole.

    Raises:
        InputFileError: the body is not a complete, well-formed OAI answer.
    """
    page = OaiPage()
    wanted = ("record", "resumptionToken", "error", "responseDate")
    for element in elements(BytesIO(body), roots=("OAI-PMH",), wanted=wanted):
        if element.name == "record":
            page.records.append(_read_record(element, len(page.records) + 1))
        elif element.name == "resumptionToken":
            page.token = element.text.strip()
        elif element.name == "responseDate":
            page.day = clean_date(element.text)[:10]
        else:
            page.error_code = element.attributes.get("code", "") or "unknown"
            page.error = clean_text(element.text, TITLE_LIMIT) or page.error_code
    return page


def _read_record(record: Element, number: int) -> OaiRecord:
    if record.oversized:
        return BadRecord(f"record {number}", OVERSIZED)
    header = record.find("header") or Element("header", {})
    claimed = header.text_of("identifier")
    datestamp = clean_date(header.text_of("datestamp"))[:10]
    try:
        if header.attributes.get("status") == "deleted":
            return DeletedRecord(parse_paper_id(claimed).arxiv_id, datestamp)
        metadata = record.find("metadata") or Element("metadata", {})
        found = next((child for child in metadata.children if child.name in _FORMATS), None)
        if found is None:
            raise InputFileError("it has no metadata in a format we know")
        if found.name == "dc":
            return _from_dublin_core(found, claimed, datestamp)
        return _from_arxiv(found, claimed, datestamp)
    except InputFileError as error:
        return BadRecord(f"record {number}", str(error), _claimed_id(claimed))


def _from_arxiv(metadata: Element, claimed: str, datestamp: str) -> OaiPaper:
    """A paper from the prefixes arXivRaw, arXiv and arXivOld."""
    arxiv_id = parse_paper_id(metadata.text_of("id") or claimed).arxiv_id
    versions = metadata.all("version")
    if versions:
        published = _required_date(versions[0].text_of("date"))
        updated = _required_date(versions[-1].text_of("date"))
    else:
        created = clean_date(metadata.text_of("created"))
        published = created if _is_first_version(arxiv_id, created) else ""
        updated = clean_date(metadata.text_of("updated")) or created
    categories = tuple(clean_text(metadata.text_of("categories")).split())
    comment = clean_text(metadata.text_of("comments"))
    abstract = clean_text(metadata.text_of("abstract"))
    withdrawn = bool(versions) and versions[-1].text_of("source_type").strip() == "I"
    return OaiPaper(
        Paper(
            arxiv_id=arxiv_id,
            version=_number(versions[-1]) if versions else 1,
            title=_required_title(metadata.text_of("title")),
            abstract=abstract,
            authors=_authors(metadata),
            categories=categories,
            primary_category=categories[0] if categories else "",
            published=published,
            updated=updated,
            comment=comment,
            journal_ref=clean_text(metadata.text_of("journal-ref"), TITLE_LIMIT),
            doi=clean_text(metadata.text_of("doi"), NAME_LIMIT),
            withdrawn=withdrawn or says_withdrawn(comment, abstract),
        ),
        version_known=bool(versions),
        datestamp=datestamp,
    )


def _from_dublin_core(metadata: Element, claimed: str, datestamp: str) -> OaiPaper:
    """A paper from the prefix oai_dc, which knows neither versions nor category codes."""
    descriptions = [clean_text(item.text) for item in metadata.all("description")]
    dates = [clean_date(item.text) for item in metadata.all("date")]
    comment = " ".join(text.removeprefix("Comment: ") for text in descriptions[1:])
    abstract = descriptions[0] if descriptions else ""
    dois = [item.text for item in metadata.all("identifier") if item.text.startswith("doi:")]
    return OaiPaper(
        Paper(
            arxiv_id=parse_paper_id(claimed).arxiv_id,
            version=1,
            title=_required_title(metadata.text_of("title")),
            abstract=abstract,
            authors=clean_names(_natural(item.text) for item in metadata.all("creator")),
            published=dates[0] if dates else "",
            updated=dates[-1] if dates else "",
            comment=comment,
            doi=clean_text(dois[0][4:], NAME_LIMIT) if dois else "",
            withdrawn=says_withdrawn(comment, abstract),
        ),
        version_known=False,
        datestamp=datestamp,
    )


def _authors(metadata: Element) -> tuple[str, ...]:
    """Names in natural order, from structured authors or from one line of them."""
    listed = metadata.find("authors")
    if listed is None:
        return ()
    if not listed.children:
        return split_authors(listed.text)
    parts = ("forenames", "keyname", "suffix")
    return clean_names(
        " ".join(author.text_of(part) for part in parts) for author in listed.all("author")
    )


def _natural(name: str) -> str:
    """``Rodrigues Jr, Waldyr A.`` as ``Waldyr A. Rodrigues Jr``."""
    last, _, first = clean_text(name, NAME_LIMIT).partition(", ")
    return f"{first} {last}".strip()


def _is_first_version(arxiv_id: str, created: str) -> bool:
    """Whether ``created`` can be version 1's date: arXiv's present server gives the latest's.

    The id tells the month of submission, give or take the days until the announcement.
    """
    match = _YEAR_MONTH.match(arxiv_id)
    if not (match and created):
        return False
    year, month = int(match[1]), int(match[2])
    announced = (1900 if year >= 91 else 2000) * 12 + year * 12 + month
    return 0 <= announced - (int(created[:4]) * 12 + int(created[5:7])) <= 1


def _number(version: Element) -> int:
    digits = version.attributes.get("version", "").strip().removeprefix("v")
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits[:6]) <= 9999):
        raise InputFileError("its version is no number")
    return int(digits)


def _required_date(text: str) -> str:
    date = clean_date(text)
    if not date:
        raise InputFileError(f"the date of a version reads {clean_text(text, 40)!r}")
    return date


def _required_title(text: str) -> str:
    title = clean_text(text, TITLE_LIMIT)
    if not title:
        raise InputFileError("it has no title")
    return title


def _claimed_id(identifier: str) -> str:
    try:
        return parse_paper_id(identifier).arxiv_id
    except InputFileError:
        return ""
