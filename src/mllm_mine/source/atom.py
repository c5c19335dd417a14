"""Reads arXiv's Atom feeds: an entry becomes a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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
)
from mllm_mine.source.xml_stream import OVERSIZED, Element, elements, repaired

_HEADER = ("title", "totalResults", "startIndex")


@dataclass
class FeedPage:
    """One page of answers of the query API.

    Attributes:
        query: the query as arXiv understood it, from the feed's title; "" when it says none.
        total: how many results the whole query has, or None when the feed does not say.
        count: how many entries the page has, readable or not.
        error: arXiv's own message when the feed is an error report, otherwise "".
        body: the page as well-formed UTF-8 without the entries that are in ``bad``.
    """

    query: str = ""
    total: int | None = None
    start: int | None = None
    papers: list[Paper] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)
    error: str = ""
    body: bytes = b""

    @property
    def count(self) -> int:
        return len(self.papers) + len(self.bad)


def read_atom(stream: IO[bytes]) -> Iterator[Paper | BadRecord]:
    """Streams the papers of an Atom feed of any size.

    Raises:
        InputFileError: the file is no Atom feed, is malformed or cut short; the papers before
            the fault have been yielded by then.
    """
    found = elements(stream, roots=("feed", "entry"), wanted=("entry",))
    for number, element in enumerate(found, 1):
        if isinstance(element, BadRecord):
            yield element
        elif _is_error(element):
            message = " ".join(element.text_of("summary").split())
            raise InputFileError(f"it is an error report of arXiv: {message[:300]}")
        else:
            yield _read_entry(element, number)


def read_page(body: bytes) -> FeedPage:
    """Reads one answer of the query API whole.

    Raises:
        InputFileError: the body is not a complete, well-formed Atom feed.
    """
    page = FeedPage(body=b"".join(repaired(BytesIO(body))))
    unreadable: list[tuple[int, int]] = []
    found = elements(BytesIO(page.body), roots=("feed",), wanted=("entry", *_HEADER))
    for element in found:
        if element.name == "entry":
            record = _read_entry(element, page.count + 1)
            if _is_error(element):
                page.error = (
                    clean_text(element.text_of("summary"), TITLE_LIMIT)
                    or "an error without a message"
                )
            elif isinstance(record, BadRecord):
                page.bad.append(record)
                unreadable.append(element.span)
            else:
                page.papers.append(record)
        else:
            _read_header(page, element)
    for begin, end in reversed(unreadable):
        page.body = page.body[:begin] + page.body[page.body.index(b">", end) + 1 :]
    return page


def paper_from_fields(
    *,
    link: str,
    title: str,
    abstract: str,
    authors: Iterable[str],
    categories: Iterable[str],
    primary_category: str,
    published: str,
    updated: str,
    comment: str = "",
    journal_ref: str = "",
    doi: str = "",
) -> Paper:
    """A paper from the fields of an Atom entry, in clean text and with dates in UTC.

    Raises:
        InputFileError: the id is none, the title is empty, or a date is unreadable or missing.
    """
    arxiv_id, version = parse_paper_id(link)
    title, abstract, comment = (
        clean_text(title, TITLE_LIMIT),
        clean_text(abstract),
        clean_text(comment),
    )
    if not title:
        raise InputFileError("it has no title")
    known = tuple(dict.fromkeys(term for term in map(_name, categories) if term))
    return Paper(
        arxiv_id=arxiv_id,
        version=version or 1,
        title=title,
        abstract=abstract,
        authors=clean_names(authors),
        categories=known,
        primary_category=_name(primary_category) or (known[0] if known else ""),
        published=_moment("published", published),
        updated=_moment("updated", updated),
        comment=comment,
        journal_ref=clean_text(journal_ref, TITLE_LIMIT),
        doi=_name(doi),
        withdrawn=says_withdrawn(comment, abstract),
    )


def _read_entry(entry: Element, number: int) -> Paper | BadRecord:
    if entry.oversized:
        return BadRecord(f"entry {number}", OVERSIZED)
    link = _name(entry.text_of("id"))
    primary = entry.find("primary_category")
    try:
        return paper_from_fields(
            link=link,
            title=entry.text_of("title"),
            abstract=entry.text_of("summary"),
            authors=[author.text_of("name") for author in entry.all("author")],
            categories=[item.attributes.get("term", "") for item in entry.all("category")],
            primary_category=primary.attributes.get("term", "") if primary else "",
            published=entry.text_of("published"),
            updated=entry.text_of("updated"),
            comment=entry.text_of("comment"),
            journal_ref=entry.text_of("journal_ref"),
            doi=entry.text_of("doi"),
        )
    except InputFileError as error:
        return BadRecord(f"entry {number}", str(error), _claimed_id(link))


def _read_header(page: FeedPage, element: Element) -> None:
    text = clean_text(element.text)
    if element.name == "title":
        match = re.search(r"search_query=(.*?)&id_list=", text)
        page.query = match[1] if match else ""
    elif text.isascii() and text.isdigit() and len(text) < 12:
        if element.name == "totalResults":
            page.total = int(text)
        else:
            page.start = int(text)


def _is_error(entry: Element) -> bool:
    """arXiv reports errors as an entry titled "Error", whose id is a page about it."""
    return (
        _name(entry.text_of("title")) == "Error"
        and not entry.text_of("published").strip()
        and "/abs/" not in entry.text_of("id")
    )


def _claimed_id(link: str) -> str:
    try:
        return parse_paper_id(link).arxiv_id
    except InputFileError:
        return ""


def _moment(name: str, text: str) -> str:
    moment = clean_date(text)
    if not moment:
        shown = clean_text(text, 40)
        raise InputFileError(f"the date {name!r} {f'reads {shown!r}' if shown else 'is missing'}")
    return moment


def _name(text: str) -> str:
    return clean_text(text, NAME_LIMIT)
