"""An arXiv on loopback, with its habits and its faults, for tests and benchmarks.

It serves invented papers through the query API, OAI-PMH and as PDFs, keeps its own clock (papers
and versions appear when they are announced, not when they are submitted), follows arXiv's rules
for operators, paging and limits, and answers a share of the requests wrongly when told to.
"""

from __future__ import annotations

import gzip
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

MAX_REACH = 10_000

API_FAULTS = (
    "429", "429 in vain", "503", "406", "500", "silence", "reset", "cut body", "cut xml",
    "web page", "plain text", "empty page", "zero total", "error entry", "malformed",
)  # fmt: skip
OAI_FAULTS = (
    "429", "503", "silence", "reset", "cut body", "cut xml", "web page", "plain text",
    "empty page", "malformed",
)  # fmt: skip
PDF_FAULTS = ("429", "503", "silence", "reset", "cut body", "web page", "cut pdf", "404")


@dataclass(frozen=True)
class Version:
    """A version of a paper: when it was submitted and when it became visible."""

    submitted: datetime
    announced: datetime
    withdrawn: bool = False


@dataclass(frozen=True)
class ServedPaper:
    """An invented paper."""

    arxiv_id: str
    versions: tuple[Version, ...]
    title: str = "An invented paper"
    abstract: str = "We invent a multilingual language model."
    categories: tuple[str, ...] = ("cs.CL",)
    authors: tuple[str, ...] = ("Ada Invented", "Bo Imagined")

    def visible(self, now: datetime) -> int:
        """The latest version that has been announced, 0 for none."""
        return sum(version.announced <= now for version in self.versions)

    def words(self, now: datetime) -> tuple[str, str]:
        """Title and abstract of the visible version."""
        number = self.visible(now)
        mark = f" Revised {number - 1} times." if number > 1 else ""
        return self.title, self.abstract + mark

    def comment(self, now: datetime) -> str:
        """The comment of the visible version; a withdrawal says so there."""
        latest = self.versions[self.visible(now) - 1]
        return "This paper has been withdrawn by the authors" if latest.withdrawn else "7 pages"


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


# --- the query API -------------------------------------------------------------------------


class BadQueryError(Exception):
    """A query that arXiv answers with 400."""


def query_api(arxiv: FakeArxiv, parameters: dict[str, str], fault: str) -> tuple[int, bytes]:
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


def _found(arxiv: FakeArxiv, parameters: dict[str, str]) -> list[ServedPaper]:
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
    arxiv: FakeArxiv,
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


# --- OAI-PMH -------------------------------------------------------------------------------


def oai(arxiv: FakeArxiv, parameters: dict[str, str], fault: str) -> bytes:
    """The answer to ListRecords with the prefix arXivRaw."""
    skip = 0
    if token := parameters.get("resumptionToken"):
        arguments = parse_qs(unquote(token))
        if "skip" not in arguments or arguments["day"] != [f"{arxiv.now:%Y-%m-%d}"]:
            return _oai_error("badResumptionToken", "invalid or expired")
        parameters = {name: values[-1] for name, values in arguments.items()}
        skip = int(parameters["skip"])
    if parameters.get("metadataPrefix") != "arXivRaw":
        return _oai_error("badArgument", "the tests ask for arXivRaw")
    since, until = parameters.get("from", ""), parameters.get("until", "9999")
    spec = parameters.get("set", "")
    found = sorted(
        (stamp, paper.arxiv_id, paper)
        for paper in arxiv.visible()
        if since <= (stamp := _datestamp(paper, arxiv.now)) <= until
        and any(_set(term).startswith(spec) for term in paper.categories)
    )
    if not found:
        return _oai_error("noRecordsMatch", "nothing there")
    page = [paper for _, _, paper in found[skip : skip + arxiv.oai_page]]
    token = ""
    if skip + arxiv.oai_page < len(found):
        text = f"metadataPrefix=arXivRaw&from={since}&until={until}&set={spec}"
        token = quote(f"{text}&skip={skip + arxiv.oai_page}&day={arxiv.now:%Y-%m-%d}", safe="")
    if fault == "empty page":
        page, token = [], ""
    records = "".join(_record(paper, arxiv.now) for paper in page)
    body = _oai_document(
        arxiv, f"<ListRecords>{records}<resumptionToken>{token}</resumptionToken></ListRecords>"
    )
    if fault == "cut xml":
        body = body[: len(body) * 2 // 3]
    if fault == "malformed":
        body = body.replace(b"</title>", b"</tilte>", 1)
    return body


def _datestamp(paper: ServedPaper, now: datetime) -> str:
    return f"{paper.versions[paper.visible(now) - 1].announced:%Y-%m-%d}"


def _set(category: str) -> str:
    archive, _, subject = category.partition(".")
    return f"{archive}:{archive}:{subject}"


def _record(paper: ServedPaper, now: datetime) -> str:
    number = paper.visible(now)
    title, abstract = map(escape, paper.words(now))
    versions = "".join(
        f'<version version="v{place}"><date>{format_datetime(version.submitted, usegmt=True)}'
        f"</date><size>9kb</size>{'<source_type>I</source_type>' if version.withdrawn else ''}"
        "</version>"
        for place, version in enumerate(paper.versions[:number], 1)
    )
    return f"""<record><header><identifier>oai:arXiv.org:{paper.arxiv_id}</identifier>
<datestamp>{_datestamp(paper, now)}</datestamp><setSpec>{_set(paper.categories[0])}</setSpec>
</header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{paper.arxiv_id}</id>
<submitter>Ada Invented</submitter>{versions}<title>{title}</title>
<authors>{" and ".join(paper.authors)}</authors>
<categories>{" ".join(paper.categories)}</categories>
<comments>{paper.comment(now)}</comments><abstract>{abstract}</abstract></arXivRaw></metadata>
</record>"""


def _oai_error(code: str, message: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<error code='{code}'>{message}</error></OAI-PMH>""".encode()


def _oai_document(arxiv: FakeArxiv, content: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>{arxiv.now:%Y-%m-%dT%H:%M:%SZ}</responseDate>{content}</OAI-PMH>""".encode()


# --- invented papers -----------------------------------------------------------------------


def invent_papers(
    count: int, first_day: datetime, days: int, *, seed: int = 0
) -> list[ServedPaper]:
    """Papers as a field brings them forth: late announcements, versions, withdrawals.

    Two thirds are announced the next day, the others up to 15 days later. A sixth gets further
    versions, one in fifty is withdrawn.
    """
    draw = random.Random(seed)
    papers = []
    for number in range(count):
        submitted = first_day + timedelta(seconds=draw.randrange(days * 86_400))
        lag = draw.choice((1, 1, 1, 1, 2, 15 * draw.random()))
        versions = [Version(submitted, submitted + timedelta(days=lag))]
        while draw.random() < 1 / 6:
            later = versions[-1].announced + timedelta(days=draw.randrange(1, 40))
            announced = later + timedelta(days=draw.choice((1, 1, 3)))
            versions.append(Version(later, announced, withdrawn=draw.random() < 0.1))
            if versions[-1].withdrawn:
                break
        topic = draw.choice(("multilingual models", "cross-lingual transfer", "parsing of trees"))
        papers.append(
            ServedPaper(
                f"9912.{number:05}" if number < 100_000 else f"9911.{number - 100_000:05}",
                tuple(versions),
                f"Invented Paper {number} on {topic}",
                f"This abstract is invented; it is about {topic} & <nothing> else. {number}",
                draw.choice((("cs.CL",), ("cs.CL", "cs.LG"), ("cs.LG", "cs.CL"), ("cs.CV",))),
            )
        )
    return papers
