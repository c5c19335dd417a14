"""Reading Atom and OAI: what is well-meant, what is broken, what is hostile."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest

from mllm_mine.errors import InputFileError
from mllm_mine.paper import Paper
from mllm_mine.source.atom import read_atom, read_page
from mllm_mine.source.bad_record import BadRecord
from mllm_mine.source.oai_records import (
    DeletedRecord,
    OaiPaper,
    OaiRecord,
    read_oai,
    read_oai_page,
)

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "recordings"


def feed(*entries: str, head: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom">'
        f"{head}{''.join(entries)}</feed>"
    ).encode()


def entry(number: int = 1, **fields: str) -> str:
    values = {
        "id": f"http://arxiv.org/abs/9912.{number:05}v1",
        "title": "A Title",
        "summary": "An abstract.",
        "published": "2099-12-01T10:00:00Z",
        "updated": "2099-12-02T10:00:00Z",
    } | fields
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f"<entry>{inner}</entry>"


def only(body: bytes) -> Paper | BadRecord:
    (record,) = read_atom(io.BytesIO(body))
    return record


def paper(body: bytes) -> Paper:
    found = only(body)
    assert isinstance(found, Paper)
    return found


def test_an_entry_becomes_a_paper() -> None:
    found = paper(
        feed(
            """<entry><id>http://arxiv.org/abs/9912.00001v3</id>
            <title>Models of
              Many   Tongues</title><summary>  We ask\n why.\n</summary>
            <published>2099-12-01T12:00:00+02:00</published><updated>2099-12-02T10:00:00Z</updated>
            <author><name>Zo\u00eb  Invented</name><arxiv:affiliation>X</arxiv:affiliation></author>
            <author><name>B. Imagined</name></author>
            <arxiv:primary_category term="cs.CL"/><category term="cs.CL"/><category term="cs.LG"/>
            <arxiv:comment>7 pages</arxiv:comment><arxiv:doi>10.1/x</arxiv:doi>
            <arxiv:journal_ref>J. Inv. 1 (2099)</arxiv:journal_ref></entry>"""
        )
    )
    assert found == Paper(
        arxiv_id="9912.00001",
        version=3,
        title="Models of Many Tongues",
        abstract="We ask why.",
        authors=("Zoë Invented", "B. Imagined"),
        categories=("cs.CL", "cs.LG"),
        primary_category="cs.CL",
        published="2099-12-01T10:00:00Z",
        updated="2099-12-02T10:00:00Z",
        comment="7 pages",
        journal_ref="J. Inv. 1 (2099)",
        doi="10.1/x",
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": "http://arxiv.org/abs/../../etc/passwd"}, "is not a paper id"),
        ({"id": ""}, "is not a paper id"),
        ({"published": "tomorrow"}, "the date 'published' reads 'tomorrow'"),
        ({"updated": ""}, "the date 'updated' is missing"),
        ({"title": " \n "}, "no title"),
    ],
)
def test_an_entry_that_makes_no_sense_is_passed_over_with_a_reason(
    fields: dict[str, str], reason: str
) -> None:
    first, second = read_atom(io.BytesIO(feed(entry(**fields), entry(2))))
    assert isinstance(first, BadRecord)
    assert first.place == "entry 1"
    assert reason in first.reason
    assert isinstance(second, Paper)


@pytest.mark.parametrize(
    ("comment", "withdrawn"),
    [
        ("This paper has been withdrawn by the author due to an error", True),
        ("Withdrawn", True),
        ("12 pages, withdrawn from the 2098 workshop", False),
        ("A study of withdrawn products", False),
    ],
)
def test_a_comment_tells_of_a_withdrawal(comment: str, withdrawn: bool) -> None:
    body = feed(entry().replace("</entry>", f"<arxiv:comment>{comment}</arxiv:comment></entry>"))
    assert paper(body).withdrawn is withdrawn


HOSTILE: dict[str, tuple[bytes, str]] = {
    "bomb": (
        b'<!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;">]><feed><entry><title>&c;</title></entry></feed>',
        "DOCTYPE",
    ),
    "external entity": (
        b'<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed>&x;</feed>',
        "DOCTYPE",
    ),
    "web page": (b"<!DOCTYPE html><html><body>Sorry</body></html>", "DOCTYPE"),
    "other XML": (b"<rss><channel/></rss>", "<rss> instead of <entry> or <feed>"),
    "nothing": (b"", "ends too early"),
    "plain text": (b"Rate exceeded.", "malformed in line 1"),
    "deep nesting": (feed("<a>" * 500), "nested more than 100 deep"),
    "endless tag": (feed('<a b="' + "c" * 6_000_000), "tag is longer"),
    "undefined entity": (feed("&nope;"), "undefined entity"),
    "cut short": (feed(entry())[:-30], "ends too early"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_and_broken_documents_are_refused_in_one_line(kind: str) -> None:
    body, reason = HOSTILE[kind]
    with pytest.raises(InputFileError, match=reason) as caught:
        list(read_atom(io.BytesIO(body)))
    assert "\n" not in str(caught.value)
    assert "passwd" not in str(caught.value)


def test_what_comes_before_a_fault_is_not_lost() -> None:
    found = read_atom(io.BytesIO(feed(entry(1), entry(2), "</wrong>")))
    assert isinstance(next(found), Paper)
    assert isinstance(next(found), Paper)
    with pytest.raises(InputFileError, match="malformed"):
        next(found)


def test_forbidden_characters_and_wrong_encodings_are_cleaned_away() -> None:
    body = feed(entry(title="NUL\x00 and \x08 and &#0;&#x1F; and caf\xe9"))
    assert paper(body).title == "NUL and and and café"
    latin = body.decode().encode("latin-1", "replace")
    assert paper(latin).title == "NUL and and and caf\ufffd"
    declared = latin.replace(b"UTF-8", b"ISO-8859-1")
    assert paper(declared).title == "NUL and and and café"
    wide = body.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert paper(wide).title == "NUL and and and café"


def test_a_character_reference_cut_by_a_chunk_is_still_seen() -> None:
    chunk = 1 << 16
    before = feed(entry()).index(b"An abstract.")
    for cut in range(12):
        body = feed(entry(summary=" " * (chunk - before - cut) + "a&#0;&#65;"))
        assert paper(body).abstract == "a A"


class Endless(io.RawIOBase):
    """A feed whose one title is 100 MB long."""

    def __init__(self, chunks: int = 1600) -> None:
        self._left = chunks

    def read(self, size: int = -1) -> bytes:
        self._left -= 1
        if self._left == 1599:
            return feed().removesuffix(b"</feed>") + b"<entry><title>"
        if self._left > 0:
            return b"A" * 65_536
        return (b"</title></entry>" + entry(2).encode() + b"</feed>") if self._left == 0 else b""


def test_a_title_of_100_megabytes_costs_no_memory_and_not_the_rest_of_the_file() -> None:
    tracemalloc.start()
    try:
        first, second = read_atom(Endless())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(first, BadRecord)
    assert "longer than a million characters" in first.reason
    assert isinstance(second, Paper)
    assert peak < 8_000_000


def test_a_page_knows_its_totals_and_the_query_as_understood() -> None:
    head = (
        "<title>arXiv Query: search_query=all:x AND (cat:cs.CL)&amp;id_list=&amp;start=10</title>"
        '<o:totalResults xmlns:o="http://a9.com/-/spec/opensearch/1.1/">214881</o:totalResults>'
    )
    page = read_page(feed(entry(1), entry(2, published="never"), head=head))
    assert page.query == "all:x AND (cat:cs.CL)"
    assert page.total == 214881
    assert page.count == 2
    assert [bad.arxiv_id for bad in page.bad] == ["9912.00002"]
    assert b"9912.00001" in page.body
    assert b"9912.00002" not in page.body


def test_an_error_report_is_told_from_a_paper_titled_error() -> None:
    error = "<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title>"
    assert read_page(feed(error + "<summary>bad id</summary></entry>")).error == "bad id"
    page = read_page(feed(entry(title="Error")))
    assert not page.error
    assert len(page.papers) == 1


# --- OAI -----------------------------------------------------------------------------------


def oai(*records: str, token: str = "") -> bytes:
    tail = f"<resumptionToken>{token}</resumptionToken>" if token else ""
    return (
        '<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        "<responseDate>2099-12-20T05:00:00Z</responseDate>"
        f"<ListRecords>{''.join(records)}{tail}</ListRecords></OAI-PMH>"
    ).encode()


def record(metadata: str, arxiv_id: str = "9912.00001", status: str = "") -> str:
    return (
        f"<record><header{status}><identifier>oai:arXiv.org:{arxiv_id}</identifier>"
        "<datestamp>2099-12-19</datestamp><setSpec>cs:cs:CL</setSpec></header>"
        f"<metadata>{metadata}</metadata></record>"
    )


RAW = """<arXivRaw><id>9912.00001</id><submitter>S</submitter>
<version version="v1"><date>Tue, 01 Dec 2099 04:22:14 GMT</date><size>1kb</size></version>
<version version="v2"><date>Fri, 11 Dec 2099 00:49:18 GMT</date><size>0kb</size>{kind}</version>
<title>On Many Tongues</title><authors>Zo\\"e Invented (1), B. Imagined and C. Thought</authors>
<categories>cs.CL cs.LG</categories><comments>7 pages</comments><journal-ref>J 1</journal-ref>
<doi>10.1/x</doi><abstract> We ask. </abstract></arXivRaw>"""


def read_one(body: bytes) -> OaiRecord:
    (found,) = read_oai(io.BytesIO(body))
    return found


def test_a_raw_record_tells_version_and_dates() -> None:
    found = read_one(oai(record(RAW.format(kind=""))))
    assert isinstance(found, OaiPaper)
    assert found.version_known
    assert found.datestamp == "2099-12-19"
    assert found.paper == Paper(
        arxiv_id="9912.00001",
        version=2,
        title="On Many Tongues",
        abstract="We ask.",
        authors=("Zoë Invented", "B. Imagined", "C. Thought"),
        categories=("cs.CL", "cs.LG"),
        primary_category="cs.CL",
        published="2099-12-01T04:22:14Z",
        updated="2099-12-11T00:49:18Z",
        comment="7 pages",
        journal_ref="J 1",
        doi="10.1/x",
    )


def test_a_last_version_without_source_is_a_withdrawal() -> None:
    found = read_one(oai(record(RAW.format(kind="<source_type>I</source_type>"))))
    assert isinstance(found, OaiPaper)
    assert found.paper.withdrawn


@pytest.mark.parametrize(
    ("created", "published"),
    [
        ("1999-11-30", "1999-11-30T00:00:00Z"),
        ("1999-12-02", "1999-12-02T00:00:00Z"),
        ("2004-01-15", ""),
    ],
)
def test_created_is_believed_only_when_the_id_confirms_it(created: str, published: str) -> None:
    """arXiv's present server gives the date of the latest version there."""
    found = read_one(
        oai(
            record(
                f"<arXiv><id>cs/9912001</id><created>{created}</created><authors><author>"
                "<keyname>Invented</keyname><forenames>Ada</forenames><suffix>Jr</suffix></author>"
                "</authors><title>T</title><categories>cs.CL</categories></arXiv>"
            )
        )
    )
    assert isinstance(found, OaiPaper)
    assert not found.version_known
    assert found.paper.authors == ("Ada Invented Jr",)
    assert found.paper.published == published


def test_dublin_core_records_are_read() -> None:
    found = read_one(
        oai(
            record(
                "<dc><title>T</title><creator>Invented Jr, Ada</creator>"
                "<description>We ask.</description><description>Comment: 7 pages</description>"
                "<date>2099-12-01</date><date>2099-12-11</date>"
                "<identifier>http://arxiv.org/abs/9912.00001</identifier>"
                "<identifier>doi:10.1/x</identifier></dc>"
            )
        )
    )
    assert isinstance(found, OaiPaper)
    assert found.paper.authors == ("Ada Invented Jr",)
    assert (found.paper.abstract, found.paper.comment) == ("We ask.", "7 pages")
    assert (found.paper.published[:10], found.paper.updated[:10]) == ("2099-12-01", "2099-12-11")
    assert found.paper.doi == "10.1/x"


def test_deleted_and_senseless_records_are_told_apart() -> None:
    first, second, third = read_oai(
        io.BytesIO(
            oai(
                record("", status=' status="deleted"'),
                record("<unknown/>", "9912.00002"),
                record(RAW.format(kind="").replace('"v2"', '"vx"')),
            )
        )
    )
    assert first == DeletedRecord("9912.00001", "2099-12-19")
    assert isinstance(second, BadRecord)
    assert second.arxiv_id == "9912.00002"
    assert isinstance(third, BadRecord)
    assert "version" in third.reason


def test_a_page_has_a_token_and_the_servers_day() -> None:
    page = read_oai_page(oai(record(RAW.format(kind="")), token="verb%3DListRecords%26skip%3D60"))
    assert page.token == "verb%3DListRecords%26skip%3D60"
    assert page.day == "2099-12-20"
    assert len(page.records) == 1


def test_an_error_report_of_oai_is_no_file_of_papers() -> None:
    error = b'<OAI-PMH><error code="%s">no luck</error></OAI-PMH>'
    with pytest.raises(InputFileError, match="no luck"):
        list(read_oai(io.BytesIO(error % b"badArgument")))
    assert list(read_oai(io.BytesIO(error % b"noRecordsMatch"))) == []
    assert read_oai_page(error % b"badResumptionToken").error_code == "badResumptionToken"


@pytest.mark.shared
def test_recorded_feeds_are_read_without_a_bad_entry() -> None:
    if not RECORDINGS.is_dir():
        pytest.skip("no recordings beside the checkout")
    read = 0
    for path in sorted((RECORDINGS / "feeds").glob("*.xml")):
        page = read_page(path.read_bytes())
        assert not page.bad, path.name
        assert bool(page.error) == ("http400" in path.name)
        read += page.count
    assert read > 200


@pytest.mark.shared
def test_recorded_oai_answers_are_read_without_a_bad_record() -> None:
    if not RECORDINGS.is_dir():
        pytest.skip("no recordings beside the checkout")
    chain: set[str] = set()
    for path in sorted((RECORDINGS / "oai").glob("server_listrecords_arXivRaw_p*.xml")):
        page = read_oai_page(path.read_bytes())
        assert all(isinstance(found, OaiPaper) and found.version_known for found in page.records)
        chain |= {found.paper.arxiv_id for found in page.records if isinstance(found, OaiPaper)}
    assert len(chain) > 400
    gone = read_oai_page(
        (RECORDINGS / "oai" / "server_getrecord_withdrawn_0903.0442_arXivRaw.xml").read_bytes()
    ).records[0]
    assert isinstance(gone, OaiPaper)
    assert (gone.paper.version, gone.paper.withdrawn) == (5, True)
