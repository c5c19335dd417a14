"""The query API of an arXiv on loopback: its operators, limits and error feeds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Protocol
from xml.sax.saxutils import escape

from served_papers import ServedPaper

MAX_REACH = 10_000


class Served(Protocol):
    """What an answer needs to know of the arXiv that gives it."""

    now: datetime

    def visible(self) -> list[ServedPaper]:
        """The papers that have been announced."""


class BadQueryError(Exception):
    """A query that arXiv answers with 400."""


def query_api(arxiv: Served, parameters: dict[str, str], fault: str) -> tuple[int, bytes]:
    """Status and body of an answer."""
    try:
        start, size = int(parameters.get("start", 0)), int(parameters.get("max_results", 10))
        found = _found(arxiv, parameters)
    except (BadQueryError, ValueError) as error:
        return 400, _error_feed(str(error))
    if size < 1 or start < 0 or start + size > MAX_REACH:
        return 500, b"Internal Server Error"
    if fault == "error entry":
        return 200, _error_feed("a fault within")
    page = found[start : start + size]
    total = len(found)
    if fault in ("empty page", "zero total"):
        page, total = [], 0 if fault == "zero total" else max(total, 1)
    body = _feed(arxiv, parameters, page, total, start, size).encode()
    if fault == "cut xml":
        body = body[: len(body) * 2 // 3]
    if fault == "malformed":
        body = body.replace(b"</title>", b"</tilte>", 1)
    return 200, body


def _found(arxiv: Served, parameters: dict[str, str]) -> list[ServedPaper]:
    visible = arxiv.visible()
    if parameters.get("id_list"):
        wanted = [_known_id(text) for text in parameters["id_list"].split(",")]
        return [paper for paper in visible if paper.arxiv_id in wanted]
    matches = compile_query(parameters.get("search_query", ""))
    found = [paper for paper in visible if matches(paper, arxiv.now)]
    by_update = parameters.get("sortBy") == "lastUpdatedDate"

    def place(paper: ServedPaper) -> tuple[datetime, str]:
        version = paper.visible(arxiv.now) - 1 if by_update else 0
        return paper.versions[version].submitted, paper.arxiv_id

    return sorted(found, key=place, reverse=parameters.get("sortOrder") != "ascending")


def _known_id(text: str) -> str:
    match = re.fullmatch(r"(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(v\d+)?", text.strip())
    if match is None:
        raise BadQueryError(f"incorrect id format for {text.strip()}")
    return match[1]


Matcher = Callable[[ServedPaper, datetime], bool]
_TOKEN = re.compile(r'\s*(\(|\)|\w+:(?:"[^"]*"|\[[^\]]*\]|[^\s()]+)|"[^"]*"|[^\s()]+)')


def compile_query(query: str) -> Matcher:
    """A query by arXiv's rules: operators go right to left, a missing one is OR."""
    tokens = _TOKEN.findall(query)
    matcher = _expression(tokens)
    if tokens:
        raise BadQueryError("unbalanced parentheses")
    return matcher


def _expression(tokens: list[str]) -> Matcher:
    left = _term(tokens)
    if not tokens or tokens[0] == ")":
        return left
    operator = tokens.pop(0) if tokens[0] in ("AND", "OR", "ANDNOT") else "OR"
    right = _expression(tokens)
    if operator == "AND":
        return lambda paper, now: left(paper, now) and right(paper, now)
    if operator == "ANDNOT":
        return lambda paper, now: left(paper, now) and not right(paper, now)
    return lambda paper, now: left(paper, now) or right(paper, now)


def _term(tokens: list[str]) -> Matcher:
    if not tokens:
        raise BadQueryError("incomplete query")
    token = tokens.pop(0)
    if token == "(":
        inner = _expression(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise BadQueryError("unbalanced parentheses")
        return inner
    if token == ")":
        raise BadQueryError("unbalanced parentheses")
    name, colon, value = token.partition(":")
    return _field(name, value) if colon else _field("all", token)


def _field(name: str, value: str) -> Matcher:
    if name in ("submittedDate", "lastUpdatedDate"):  # the latter is rewritten to the former
        first, last = (_stamp(text) for text in value.strip("[]").split(" TO "))
        return lambda paper, now: first <= _minute(paper.versions[0].submitted) <= last
    value = value.strip('"')
    if name == "cat":
        pattern = re.compile(re.escape(value).replace(r"\*", ".*"))
        return lambda paper, now: any(map(pattern.fullmatch, paper.categories))
    words = _words(value)
    if name in ("ti", "abs", "all"):
        parts = {"ti": (0,), "abs": (1,), "all": (0, 1)}[name]
        return lambda paper, now: any(words in _words(paper.words(now)[part]) for part in parts)
    raise BadQueryError(f"unknown field {name}")


@lru_cache(maxsize=100_000)
def _words(text: str) -> str:
    return " " + " ".join(re.findall(r"\w+", text.lower())) + " "


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M")


def _stamp(text: str) -> str:
    if not re.fullmatch(r"\d{8}(\d{4})?", text):
        raise BadQueryError(f"bad date {text}")
    return text.ljust(12, "0")


def _feed(
    arxiv: Served,
    parameters: dict[str, str],
    page: list[ServedPaper],
    total: int,
    start: int,
    size: int,
) -> str:
    query = parameters.get("search_query", "")
    understood = escape(f"search_query={query}&id_list=&start={start}&max_results={size}")
    entries = "".join(_entry(paper, arxiv.now) for paper in page)
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"
 xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
<id>https://arxiv.org/api/invented</id>
<title>arXiv Query: {understood}</title>
<opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>
<opensearch:totalResults>{total}</opensearch:totalResults>
<opensearch:startIndex>{start}</opensearch:startIndex>
{entries}</feed>"""


def _entry(paper: ServedPaper, now: datetime) -> str:
    number = paper.visible(now)
    title, abstract = map(escape, paper.words(now))
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in paper.authors)
    terms = "".join(f'<category term="{term}"/>' for term in paper.categories)
    link = f"{paper.arxiv_id}v{number}"
    return f"""<entry><id>http://arxiv.org/abs/{link}</id><title>{title}</title>
<updated>{paper.versions[number - 1].submitted:%Y-%m-%dT%H:%M:%SZ}</updated>
<link href="https://arxiv.org/pdf/{link}" rel="related" type="application/pdf" title="pdf"/>
<summary>{abstract}</summary>{terms}
<published>{paper.versions[0].submitted:%Y-%m-%dT%H:%M:%SZ}</published>
<arxiv:comment>{paper.comment(now)}</arxiv:comment>
<arxiv:primary_category term="{paper.categories[0]}"/>{authors}</entry>
"""


def _error_feed(message: str) -> bytes:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom">
<id>https://arxiv.org/</id><title>arXiv Search Results</title>
<opensearch:totalResults>1</opensearch:totalResults>
<entry><id>https://arxiv.org/api/errors#invented</id><title>Error</title>
<summary>{escape(message)}</summary></entry></feed>""".encode()
