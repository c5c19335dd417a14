"""Importing files: every format, every packing, whatever the file is called."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from command_line import Mine
from import_files import ATOM, ATOM_ENTRY, OAI, Importer, lines, packed, plain, snapshot
from mllm_mine.errors import ConfigurationError, InputFileError
from mllm_mine.source import ImportFilters
from mllm_mine.source.cleaning import clean_text, says_withdrawn, split_authors

FORMATS = {
    "atom": ATOM.format(ATOM_ENTRY).encode(),
    "oai": OAI.encode(),
    "snapshot": lines(snapshot()),
    "jsonl": lines(
        plain(
            id="9912.00001v2",
            abstract="Of ovens & languages.",
            authors=["Ada Baker"],
            categories=["cs.CL", "cs.AI"],
            published="2099-12-01T09:00:00Z",
            updated="2099-12-05T10:00:00Z",
        )
    ),
}
KNOWN = (
    "arxiv_id, version, title, abstract, authors, categories, primary_category, published, updated"
)


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


@pytest.mark.parametrize("packing", ["", "gz", "zst"])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_format_is_known_by_its_content(importer: Importer, kind: str, packing: str) -> None:
    summary = importer(packed(FORMATS[kind], packing), name="misleading.pdf")
    assert summary.format == kind
    assert summary.counts["new"] == 1
    assert importer.rows(KNOWN) == [
        (
            "9912.00001",
            2,
            "Multilingual Bread",
            "Of ovens & languages.",
            '["Ada Baker"]',
            '["cs.CL", "cs.AI"]',
            "cs.CL",
            "2099-12-01T09:00:00Z",
            "2099-12-05T10:00:00Z",
        )
    ]


def test_what_is_imported_can_be_searched_and_waits_for_labels(importer: Importer) -> None:
    importer(lines(snapshot(1), snapshot(2, title="Erd\\H{o}s numbers of dough")))
    with_words = "SELECT arxiv_id FROM papers WHERE docid IN (SELECT rowid FROM papers_fts('{}'))"
    from mllm_mine.index import Index

    with Index.open(importer.db) as index:
        found = index.connection.execute(with_words.format("erdos")).fetchall()
        assert [row[0] for row in found] == ["9912.00002"]
        waiting = index.connection.execute("SELECT count(*) FROM classify_queue").fetchone()[0]
        assert waiting == 2


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (r"\textit{Ubuntu}: an \emph{open} model", "Ubuntu: an open model"),
        (r"\textbf{R\&D for \texttt{rye} bread}", "R&D for rye bread"),
        (r"{\em Crust} and {\bf crumb}", "Crust and crumb"),
        (r"$\textit{F}_1$ of \textsc{Bread}", r"$\textit{F}_1$ of Bread"),
        (r"A \unknown{thing} and {braces}", r"A \unknown{thing} and {braces}"),
        (r"\textit{never closed", r"\textit{never closed"),
        (r"\emph{Erd\H{o}s} bread", "Erdős bread"),
    ],
)
def test_markup_is_taken_off_where_it_is_certain(importer: Importer, sent: str, kept: str) -> None:
    importer(lines(snapshot(1, title=sent)))
    assert importer.rows("title") == [(kept,)]


def test_the_command_reads_stdin_and_reports_in_json(mine: Mine, tmp_path: Path) -> None:
    text = lines(plain(1), plain(2), "not json").decode()
    done = mine("--db", "new.db", "fetch", "--from", "-", "--json", stdin=text)
    assert done.code == 3
    assert (done.json["format"], done.json["new"], done.json["failed"]) == ("jsonl", 2, 1)
    assert done.json["failures"][0]["subject"] == "standard input line 3"
    again = mine("--db", "new.db", "fetch", "--from", "-", stdin=lines(plain(1)).decode())
    assert again.code == 0
    assert "0 new papers" in again.out
    assert "the index holds 2" in again.out


@pytest.mark.parametrize(
    "data",
    [b"", b" \n\n", b"\xef\xbb\xbf", gzip.compress(b""), ATOM.format("").encode()],
    ids=["empty", "blank", "byte-order mark", "packed", "feed without entries"],
)
def test_nothing_in_a_file_is_no_error(mine: Mine, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "papers").write_bytes(data)
    done = mine("--db", "new.db", "fetch", "--from", "papers")
    assert (done.code, done.err) == (0, "")
    assert "there is nothing in it" in done.out


ERROR_FEED = """<entry><id>https://arxiv.org/api/errors#bad</id><title>Error</title>
<summary>incorrect id format for x</summary></entry>"""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "a web page"),
        (b"<rss><channel/></rss>", "<rss>"),
        (ATOM.format(ERROR_FEED).encode(), "incorrect id format for x"),
        (OAI.replace("ListRecords", "Identify").encode(), "Identify"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04....", "unzip -p"),
        (b"SQLite format 3\x00....", "an SQLite database"),
        (b"id,title,abstract\n1,2,3\n", "not a list of papers"),
        (b'{"name": "bread", "price": 3}\n', "no id and title"),
        (json.dumps([plain()]).encode(), "jq -c"),
        (lines(plain()).decode().encode("utf-16"), "iconv"),
        (bytes(range(256)) * 20, "not a list of papers"),
    ],
)
def test_a_file_that_is_no_feed_is_refused_in_one_line(
    importer: Importer, data: bytes, said: str
) -> None:
    with pytest.raises(InputFileError) as caught:
        importer(data, name="list.json")
    assert said in str(caught.value)
    assert "list.json" in str(caught.value)


def test_exit_codes_of_what_cannot_be_read(mine: Mine, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html></html>")
    refused = mine("--db", "new.db", "fetch", "--from", "page.html")
    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
    missing = mine("--db", "new.db", "fetch", "--from", "missing.xml")
    assert (missing.code, missing.err.count("\n")) == (2, 1)
    folder = mine("--db", "new.db", "fetch", "--from", ".")
    assert (folder.code, folder.err.count("\n")) == (1, 1)


def test_later_versions_win_in_any_order(importer: Importer) -> None:
    versions = [lines(plain(id=f"9912.00001v{n}", title=f"Version {n}")) for n in (2, 3, 1)]
    summary = importer(b"".join(versions))
    assert summary.counts["new"] == 1
    assert summary.counts["new_versions"] == 1
    assert summary.counts["older"] == 1
    assert importer.rows("version, title") == [(3, "Version 3")]


def test_repeats_change_nothing_and_unknown_fields_keep_what_is_known(importer: Importer) -> None:
    importer(lines(snapshot(doi="10.1000/bread", comments="3 pages")))
    before = importer.rows("*")
    assert importer(lines(snapshot())).counts["unchanged"] == 1
    assert importer.rows("*") == before
    assert importer(lines(snapshot(doi="10.1000/other"))).counts["changed"] == 1
    assert importer.rows("doi, comment") == [("10.1000/other", "3 pages")]


def test_a_record_without_version_does_not_undo_one_with(importer: Importer) -> None:
    importer(FORMATS["oai"])
    unversioned = OAI.replace("arXivRaw", "arXiv")
    for version in ("v1", "v2"):
        start = unversioned.index(f'<version version="{version}"')
        unversioned = unversioned[:start] + unversioned[unversioned.index("</version>") + 10 :]
    older = unversioned.replace("<title>", "<created>2099-12-01</created><title>Old ")
    assert importer(older.encode()).counts["older"] == 1
    newer = unversioned.replace("<title>", "<created>2099-12-06</created><title>New ")
    assert importer(newer.encode()).counts["changed"] == 1
    assert importer.rows("version, title, updated") == [
        (2, "New Multilingual Bread", "2099-12-05T10:00:00Z")
    ]


def test_a_snapshot_record_in_all_its_oddity(importer: Importer) -> None:
    importer(
        lines(
            snapshot(
                id="math/9912001",
                title='On the  Schr\\"odinger\n  equation for $\\"o$ and R\\&D',
                authors_parsed=[['M\\"uller', "J{\\'e}r{\\^o}me", "Jr"], ["ATLAS", "", ""]],
                comments="5 pages; this paper has been withdrawn by the authors",
                versions=[
                    {"version": "v10", "created": "Fri, 11 Dec 2099 08:00:00 GMT"},
                    {"version": "v9", "created": "Thu, 10 Dec 2099 08:00:00 GMT"},
                    {"version": "v1", "created": "Tue, 1 Dec 1999 09:30:00 GMT"},
                ],
            )
        )
    )
    columns = "arxiv_id, version, title, authors, published, updated, withdrawn"
    assert importer.rows(columns) == [
        (
            "math/9912001",
            10,
            'On the Schrödinger equation for $\\"o$ and R&D',
            '["Jérôme Müller Jr", "ATLAS"]',
            "1999-12-01T09:30:00Z",
            "2099-12-11T08:00:00Z",
            1,
        )
    ]


def test_authors_and_categories_come_as_lists_or_lines(importer: Importer) -> None:
    importer(
        lines(
            plain(1, authors="A. Baker (1), B. Miller and C. Cook ((1) Oven)", categories="cs.CL"),
            plain(2, authors="Baker, Ada; Miller, Bo", categories="cs.CL, cs.AI"),
            plain(3, authors=[{"name": "Ada Baker"}, "Bo Miller"], categories=["cs.CL cs.AI"]),
            plain(4, id="2024.acl-long.1", authors=None, categories=None),
        )
    )
    assert importer.rows("arxiv_id, authors, categories") == [
        ("2024.acl-long.1", "[]", "[]"),
        ("9912.00001", '["A. Baker", "B. Miller", "C. Cook"]', '["cs.CL"]'),
        ("9912.00002", '["Ada Baker", "Bo Miller"]', '["cs.CL", "cs.AI"]'),
        ("9912.00003", '["Ada Baker", "Bo Miller"]', '["cs.CL", "cs.AI"]'),
    ]


DATED = [
    snapshot(1, categories="math.CO cs.CL"),
    snapshot(2, categories="math.CO"),
    snapshot(3, versions=[{"version": "v1", "created": "Thu, 31 Dec 2099 23:30:00 GMT"}]),
    plain(4, categories=["cs.LG"]),
]


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (ImportFilters(categories=("cs.CL",)), [1, 3]),
        (ImportFilters(categories=("cs.*",)), [1, 3, 4]),
        (ImportFilters(categories=("math.CO", "cs.LG")), [1, 2, 4]),
        (ImportFilters(categories=("cs",)), []),
        (ImportFilters(since="2099-12-02"), [3]),
        (ImportFilters(until="2099-12-01"), [1, 2]),
        (ImportFilters(since="2099-12-01", until="2099-12-31"), [1, 2, 3]),
        (ImportFilters(max_papers=2), [1, 2]),
        (ImportFilters(categories=("cs.CL",), max_papers=2), [1, 3]),
        (ImportFilters(max_papers=0), []),
    ],
)
def test_filters(importer: Importer, filters: ImportFilters, kept: list[int]) -> None:
    summary = importer(lines(*DATED), filters)
    assert importer.rows() == [(f"9912.{number:05}",) for number in kept]
    counts = summary.counts
    assert counts.get("records", 0) == counts.get("new", 0) + counts.get("left_out", 0)


def test_filters_that_make_no_sense() -> None:
    with pytest.raises(ConfigurationError, match="--since must be a date"):
        ImportFilters(since="yesterday")
    with pytest.raises(ConfigurationError, match="--max"):
        ImportFilters(max_papers=-1)


def test_a_deleted_record_marks_its_paper_as_withdrawn(importer: Importer) -> None:
    importer(FORMATS["oai"])
    start, end = OAI.index("<metadata>"), OAI.index("</metadata>") + len("</metadata>")
    deleted = (OAI[:start] + OAI[end:]).replace("<header>", '<header status="deleted">')
    assert importer(deleted.encode()).counts["changed"] == 1
    assert importer.rows("title, withdrawn") == [("Multilingual Bread", 1)]
    other = deleted.replace("9912.00001", "9912.00002")
    assert importer(other.encode()).counts["left_out"] == 1


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('Schr\\"odinger', "Schrödinger"),
        ('Schr\\\\"odinger', "Schrödinger"),  # as some exports have it
        ("{\\'E}tale, \\'{E}tale, \\'Etale", "Étale, Étale, Étale"),
        ("Fran\\c cois and Ho\\v{r}ava", "François and Hořava"),
        ('na\\"{\\i}ve S\\o rensen {\\AA}ngstr\\"om stra\\ss e', "naïve Sørensen Ångström strasse"),
        ("$\\'e$ \\omega \\% \\unknown{x} \\x", "$\\'e$ \\omega % \\unknown{x} \\x"),
        ("$\\γ$-rays", "$γ$-rays"),
        ("हिन्दी \u200d क्‍ष", "हिन्दी \u200d क्‍ष"),
    ],
)
def test_tex_is_decoded_where_it_is_certain(text: str, clean: str) -> None:
    assert clean_text(text) == clean.replace("strasse", "straße")


def test_authors_of_one_line() -> None:
    line = "Oven Collaboration: A. Baker (1, 2), B. Miller Jr., and C. Cook ((1) A, B (2) C)"
    assert split_authors(line) == ("Oven Collaboration", "A. Baker", "B. Miller Jr.", "C. Cook")


@pytest.mark.parametrize(
    ("comment", "abstract", "withdrawn"),
    [
        ("This paper has been withdrawn by the author due to a crucial error", "", True),
        ("Withdrawn", "", True),
        ("5 pages. v2 withdrawn by arXiv admins", "", True),
        ("withdrawn from EMNLP to be submitted elsewhere", "", False),
        ("", "This paper has been withdrawn by the author(s), due a sign error", True),
        ("", "We study papers that were withdrawn by their authors.", False),
    ],
)
def test_withdrawals_that_only_words_tell(comment: str, abstract: str, withdrawn: bool) -> None:
    assert says_withdrawn(comment, abstract) is withdrawn
