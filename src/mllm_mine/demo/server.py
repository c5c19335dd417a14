"""A small arXiv on loopback: the query API and PDFs of the sample, in arXiv's own format."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from mllm_mine.demo.sample import SamplePaper, announced, sample_papers
from mllm_mine.demo.typeset import typeset_pdf

_ATOM = "http://www.w3.org/2005/Atom"
_ARXIV = "http://arxiv.org/schemas/atom"
_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
_WINDOW = re.compile(r"submittedDate:\[(\d{4,14}) TO (\d{4,14})\]")
_ID = re.compile(r"^(\d{4}\.\d{5})(?:v(\d+))?$")
_MAX_REACH = 10_000

for _prefix, _namespace in (("", _ATOM), ("arxiv", _ARXIV), ("opensearch", _OPENSEARCH)):
    ElementTree.register_namespace(_prefix, _namespace)


@dataclass
class SampleArxiv:
    """A running server. ``night`` says which of the sample's announcements it knows of."""

    base_url: str
    night: int = 1

    @property
    def api_url(self) -> str:
        """Address of the query API."""
        return f"{self.base_url}/api/query"

    @property
    def pdf_url(self) -> str:
        """Address that a paper's id and version are appended to."""
        return f"{self.base_url}/pdf"


@contextmanager
def serve_sample() -> Iterator[SampleArxiv]:
    """Serves the sample on a free port of 127.0.0.1 for the length of a ``with`` block."""
    server = _Server(("127.0.0.1", 0), _Handler)
    arxiv = SampleArxiv(f"http://127.0.0.1:{server.server_address[1]}")
    server.arxiv = arxiv  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield arxiv
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Lets a client hang up without a word; other errors are told as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _BadQueryError(Exception):
    """A query that arXiv answers with 400."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        night = self.server.arxiv.night  # type: ignore[attr-defined]
        if address.path == "/api/query":
            parameters = {name: values[-1] for name, values in parse_qs(address.query).items()}
            self._query(parameters, night)
        elif address.path.startswith("/pdf/"):
            self._pdf(address.path.removeprefix("/pdf/").removesuffix(".pdf"), night)
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"Not found\n")

    def log_message(self, format: str, *args: object) -> None:
        """Keeps requests off stderr."""

    def _query(self, parameters: dict[str, str], night: int) -> None:
        try:
            found = _matches(parameters, night)
            start = int(parameters.get("start", "0"))
            size = int(parameters.get("max_results", "10"))
        except (_BadQueryError, ValueError) as error:
            self._answer(HTTPStatus.BAD_REQUEST, "application/atom+xml", _error_feed(str(error)))
            return
        if size < 1 or start < 0 or start + size > _MAX_REACH:
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain", b"Internal error\n")
            return
        feed = _feed(parameters, found, start, size)
        self._answer(HTTPStatus.OK, "application/atom+xml; charset=utf-8", feed)

    def _pdf(self, name: str, night: int) -> None:
        known = {
            f"{paper.arxiv_id}v{paper.version}": paper
            for paper in sample_papers()
            if paper.night <= night
        }
        paper = known.get(name)
        if paper is None or paper.pdf == "absent":
            self._answer(HTTPStatus.NOT_FOUND, "text/html", b"<h1>No PDF for this version</h1>\n")
            return
        pdf = typeset_pdf(paper)
        if paper.pdf == "broken":
            pdf = pdf[: len(pdf) // 2]
        self._answer(HTTPStatus.OK, "application/pdf", pdf)

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _matches(parameters: dict[str, str], night: int) -> list[SamplePaper]:
    """The papers a query finds, in its order; search words other than dates match them all."""
    if parameters.get("id_list"):
        found = _by_ids(parameters["id_list"], night)
    else:
        found = list(announced(night).values())
    if window := _WINDOW.search(parameters.get("search_query", "")):
        first, last = (_stamp(text) for text in window.groups())
        found = [paper for paper in found if first <= _minute(paper.published) <= last]
    by_update = parameters.get("sortBy") == "lastUpdatedDate"
    descending = parameters.get("sortOrder", "descending") != "ascending"
    return sorted(
        found,
        key=lambda paper: (paper.submitted if by_update else paper.published, paper.arxiv_id),
        reverse=descending,
    )


def _by_ids(id_list: str, night: int) -> list[SamplePaper]:
    found = []
    for text in id_list.split(","):
        match = _ID.match(text.strip())
        if match is None:
            raise _BadQueryError(f"incorrect id format for {text.strip()}")
        arxiv_id, version = match[1], match[2]
        versions = {
            paper.version: paper
            for paper in sample_papers()
            if paper.arxiv_id == arxiv_id and paper.night <= night
        }
        paper = versions.get(int(version) if version else max(versions, default=0))
        if paper is not None:  # arXiv drops ids it does not know without a word
            found.append(paper)
    return found


def _stamp(text: str) -> str:
    """A date of a query as twelve digits; arXiv pads shorter ones."""
    return text[:12].ljust(12, "0")


def _minute(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%Y%m%d%H%M")


def _feed(parameters: dict[str, str], found: list[SamplePaper], start: int, size: int) -> bytes:
    feed = _element("feed")
    query = "&".join(
        f"{name}={value}"
        for name, value in (
            ("search_query", parameters.get("search_query", "")),
            ("id_list", parameters.get("id_list", "")),
            ("start", start),
            ("max_results", size),
        )
    )
    _child(feed, _ATOM, "id", "http://arxiv.org/api/sample")
    _child(feed, _ATOM, "title", f"arXiv Query: {query}")
    _child(feed, _ATOM, "updated", max((paper.submitted for paper in found), default=""))
    _child(feed, _OPENSEARCH, "itemsPerPage", str(size))
    _child(feed, _OPENSEARCH, "totalResults", str(len(found)))
    _child(feed, _OPENSEARCH, "startIndex", str(start))
    for paper in found[start : start + size]:
        feed.append(_entry(paper))
    return _xml(feed)


def _entry(paper: SamplePaper) -> ElementTree.Element:
    entry = _element("entry")
    name = f"{paper.arxiv_id}v{paper.version}"
    _child(entry, _ATOM, "id", f"http://arxiv.org/abs/{name}")
    _child(entry, _ATOM, "title", paper.title)
    _child(entry, _ATOM, "updated", paper.submitted)
    _child(entry, _ATOM, "link", href=f"https://arxiv.org/abs/{name}", rel="alternate")
    _child(entry, _ATOM, "link", href=f"https://arxiv.org/pdf/{name}", rel="related", title="pdf")
    _child(entry, _ATOM, "summary", paper.abstract)
    for category in paper.categories:
        _child(entry, _ATOM, "category", term=category, scheme=_ARXIV)
    _child(entry, _ATOM, "published", paper.published)
    _child(entry, _ARXIV, "comment", paper.comment)
    _child(entry, _ARXIV, "primary_category", term=paper.categories[0])
    for author in paper.authors:
        _child(_child(entry, _ATOM, "author"), _ATOM, "name", author)
    return entry


def _error_feed(message: str) -> bytes:
    feed = _element("feed")
    _child(feed, _ATOM, "id", "https://arxiv.org/")
    _child(feed, _ATOM, "title", "arXiv Search Results")
    _child(feed, _OPENSEARCH, "totalResults", "1")
    entry = _child(feed, _ATOM, "entry")
    _child(entry, _ATOM, "id", "https://arxiv.org/api/errors")
    _child(entry, _ATOM, "title", "Error")
    _child(entry, _ATOM, "summary", message)
    return _xml(feed)


def _xml(feed: ElementTree.Element) -> bytes:
    xml: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return xml


def _element(name: str) -> ElementTree.Element:
    return ElementTree.Element(f"{{{_ATOM}}}{name}")


def _child(
    parent: ElementTree.Element, namespace: str, name: str, text: str = "", **attributes: str
) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{namespace}}}{name}", attributes)
    child.text = text or None
    return child
