"""OAI-PMH of an arXiv on loopback: ListRecords with resumption tokens that last a day."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import parse_qs, quote, unquote
from xml.sax.saxutils import escape

from served_papers import ServedPaper


class Served(Protocol):
    """What an answer needs to know of the arXiv that gives it."""

    now: datetime
    oai_page: int

    def visible(self) -> list[ServedPaper]:
        """The papers that have been announced."""


def oai(arxiv: Served, parameters: dict[str, str], fault: str) -> bytes:
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


def _oai_document(arxiv: Served, content: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>{arxiv.now:%Y-%m-%dT%H:%M:%SZ}</responseDate>{content}</OAI-PMH>""".encode()
