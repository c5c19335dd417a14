"""An arXiv on loopback, with its habits and its faults, for tests and benchmarks.

It serves invented papers through the query API, OAI-PMH and as PDFs, keeps its own clock (papers
and versions appear when they are announced, not when they are submitted), follows arXiv's rules
for operators, paging and limits, and answers a share of the requests wrongly when told to.
"""

from __future__ import annotations

import gzip
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from arxiv_oai import oai
from arxiv_query_api import query_api
from served_papers import ServedPaper

API_FAULTS = (
    "429", "429 in vain", "503", "406", "500", "silence", "reset", "cut body", "cut xml",
    "web page", "plain text", "empty page", "zero total", "error entry", "malformed",
)  # fmt: skip
OAI_FAULTS = (
    "429", "503", "silence", "reset", "cut body", "cut xml", "web page", "plain text",
    "empty page", "malformed",
)  # fmt: skip
PDF_FAULTS = ("429", "503", "silence", "reset", "cut body", "web page", "cut pdf", "404")


@dataclass
class Request:
    """A request as the server saw it: when it came and went, and the fault it met, if any."""

    arrived: float
    left: float
    path: str
    fault: str
    headers: dict[str, str]


@dataclass
class FakeArxiv:
    """A running server.

    Attributes:
        now: its clock; move it to announce what has been submitted meanwhile.
        fault_rate: share of the requests that meet a fault, drawn with ``random``.
        plan: faults for the next requests, before any are drawn; "" is none.
        on_request: called with the number of each request before it is answered.
        log: all requests.
        halfway: set when the fault "half, then nothing" has sent its half.
    """

    papers: list[ServedPaper]
    now: datetime
    base_url: str = ""
    fault_rate: float = 0.0
    random: random.Random = field(default_factory=lambda: random.Random(0))
    plan: list[str] = field(default_factory=list)
    oai_page: int = 1000
    pdf: Callable[[str], bytes] | None = None
    override: Callable[[str], bytes | None] = lambda path: None
    on_request: Callable[[int], None] = lambda number: None
    log: list[Request] = field(default_factory=list)
    halfway: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def environment(self, delay: float = 0.0, backoff: float = 0.01) -> dict[str, str]:
        """Environment variables that lead ``mine`` here, at this server's time."""
        return {
            "MINE_ARXIV_API_URL": f"{self.base_url}/api/query",
            "MINE_ARXIV_PDF_URL": f"{self.base_url}/pdf",
            "MINE_ARXIV_OAI_URL": f"{self.base_url}/oai",
            "MINE_ARXIV_DELAY": str(delay),
            "MINE_ARXIV_BACKOFF": str(backoff),
            "MINE_NOW": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def visible(self) -> list[ServedPaper]:
        """The papers that have been announced."""
        return [paper for paper in self.papers if paper.visible(self.now)]

    def draw_fault(self, path: str) -> str:
        """The fault this request meets, or ""."""
        if self.plan:
            return self.plan.pop(0)
        if self.random.random() >= self.fault_rate:
            return ""
        kinds = OAI_FAULTS if path == "/oai" else PDF_FAULTS if "/pdf/" in path else API_FAULTS
        return self.random.choice(kinds)

    @property
    def faults(self) -> int:
        """How many requests met a fault."""
        return sum(bool(request.fault) for request in self.log)

    def shortest_pause(self) -> float:
        """The shortest time from the end of a request to the beginning of the next, seconds."""
        pairs = zip(self.log, self.log[1:], strict=False)
        return min((later.arrived - earlier.left for earlier, later in pairs), default=1e9)


@contextmanager
def serve(papers: list[ServedPaper], now: datetime, **options: object) -> Iterator[FakeArxiv]:
    """Serves papers on a free port of 127.0.0.1."""
    arxiv = FakeArxiv(papers, now, **options)  # type: ignore[arg-type]
    server = _Server(("127.0.0.1", 0), _Handler)
    server.arxiv = arxiv  # type: ignore[attr-defined]
    arxiv.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield arxiv
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that were killed or lost patience are no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    arxiv: FakeArxiv

    def log_message(self, *_: object) -> None:
        """Keeps requests off stderr."""

    def do_GET(self) -> None:
        arxiv = self.arxiv = self.server.arxiv  # type: ignore[attr-defined]
        address = urlsplit(self.path)
        arrived = time.monotonic()
        with arxiv.lock:
            fault = arxiv.draw_fault(address.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(arrived, arrived, self.path, fault, headers)
            arxiv.log.append(request)
            arxiv.at_once += 1
            arxiv.most_at_once = max(arxiv.most_at_once, arxiv.at_once)
            number = len(arxiv.log)
        try:
            arxiv.on_request(number)
            self._respond(address.path, parse_qs(address.query, keep_blank_values=True), fault)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True
        finally:
            with arxiv.lock:
                arxiv.at_once -= 1
                request.left = time.monotonic()

    def _respond(self, path: str, query: dict[str, list[str]], fault: str) -> None:
        parameters = {name: values[-1] for name, values in query.items()}
        override = self.arxiv.override(self.path)
        if override is not None:
            self._answer(200, "text/html", override, fault)
        elif self._status_fault(fault):
            return
        elif path == "/api/query":
            status, body = query_api(self.arxiv, parameters, fault)
            self._answer(status, "application/atom+xml; charset=utf-8", body, fault)
        elif path == "/oai":
            self._answer(200, "text/xml", oai(self.arxiv, parameters, fault), fault)
        elif path.startswith("/pdf/"):
            body = self._pdf(path.removeprefix("/pdf/"))
            if body is None or fault == "404":
                self._answer(404, "text/html", b"<h1>No PDF</h1>", fault)
            else:
                cut = body[: len(body) // 2] if fault == "cut pdf" else body
                self._answer(200, "application/pdf", cut, fault)
        else:
            self._answer(404, "text/plain", b"Not found", fault)

    def _status_fault(self, fault: str) -> bool:
        """Answers faults that need no content; True when it did."""
        if fault.startswith("429"):
            retry_after = {"429 in vain": "0", "429 for a second": "1", "429 for a day": "86400"}
            self._answer(
                429, "text/plain", b"Rate exceeded.", "", retry_after=retry_after.get(fault, "")
            )
        elif fault in ("503", "406", "500", "403"):
            self._answer(int(fault), "text/html", b"<html>Sorry</html>", "")
        elif fault == "web page":
            self._answer(200, "text/html", b"<!DOCTYPE html><html><p>Unavailable</html>", "")
        elif fault == "plain text":
            self._answer(200, "text/plain", b"Rate exceeded.", "")
        elif fault == "elsewhere":
            self._answer(302, "text/html", b"", "", location="http://localhost.invalid/api/query")
        elif fault == "gzip bomb":
            packed = gzip.compress(b"<feed>" + b" " * (8 << 20), 1)
            self._answer(200, "application/atom+xml", packed, "", encoding="gzip")
        elif fault == "silence":
            self.connection.settimeout(10)
            self.rfile.read(1)  # comes back when the client has lost its patience
            self.close_connection = True
        elif fault == "reset":
            import socket
            import struct

            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self.close_connection = True
        else:
            return False
        return True

    def _pdf(self, name: str) -> bytes | None:
        arxiv_id, _, number = name.rpartition("v")
        paper = next((p for p in self.arxiv.papers if p.arxiv_id == arxiv_id), None)
        if paper is None or not number.isdigit() or not 1 <= int(number) <= len(paper.versions):
            return None
        if paper.versions[int(number) - 1].withdrawn:
            return None
        make = self.arxiv.pdf or (lambda name: b"%PDF-1.5\n% " + name.encode() * 50 + b"\n%%EOF\n")
        return make(name)

    def _answer(self, status: int, kind: str, body: bytes, fault: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        names = {"encoding": "Content-Encoding", "retry_after": "Retry-After"}
        for name, value in headers.items():
            if value:
                self.send_header(names.get(name, name), value)
        self.end_headers()
        if fault == "half, then nothing":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.arxiv.halfway.set()
            self.connection.settimeout(10)
            self.rfile.read(1)
        elif fault == "cut body":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
        else:
            self.wfile.write(body)
