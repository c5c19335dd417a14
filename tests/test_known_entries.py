"""Entries that come again as they were are not read again, and nothing that moved is missed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from arxiv_server import FakeArxiv, serve
from fetching import NIGHT, Fetched, paper, settings_for
from mllm_mine.errors import InputFileError, SourceError
from mllm_mine.index import Index
from mllm_mine.paper import Paper
from mllm_mine.source import FetchRequest
from mllm_mine.source.atom import read_page
from mllm_mine.source.known_entries import NewEntries, new_entries
from served_papers import ServedPaper, invent_papers

SIZE = 12


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with serve([paper(number, days_ago=3 + number / 10) for number in range(SIZE)], NIGHT) as it:
        yield it


@pytest.fixture
def fetched(arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetched:
    monkeypatch.setenv("MINE_STATE_DIR", str(tmp_path / "state"))
    found = Fetched(settings_for(arxiv, tmp_path), arxiv, monkeypatch)
    found()
    arxiv.now += timedelta(days=1)
    return found


def answer(arxiv: FakeArxiv) -> bytes:
    """All papers, as the query API gives them."""
    query = "search_query=all:invented&start=0&max_results=100"
    with urlopen(f"{arxiv.base_url}/api/query?{query}") as response:
        return bytes(response.read())


def left(fetched: Fetched, body: bytes | None = None) -> NewEntries:
    with Index.open(fetched.settings.db) as index:
        return new_entries(index, answer(fetched.arxiv) if body is None else body)


def change(arxiv: FakeArxiv, number: int, **changes: object) -> ServedPaper:
    arxiv.papers[number] = replace(arxiv.papers[number], **changes)  # type: ignore[arg-type]
    return arxiv.papers[number]


def stored(fetched: Fetched, number: int) -> Paper:
    with Index.open(fetched.settings.db) as index:
        found = index.papers.get(f"9912.{number:05}")
        assert found is not None
        return found


def test_what_was_taken_in_is_left_out(fetched: Fetched) -> None:
    entries = left(fetched)
    assert len(entries.known) == SIZE and not entries.digests
    assert b"<entry" not in entries.body
    assert read_page(entries.body).total == SIZE
    assert {each.updated for each in entries.known} == {
        stored(fetched, number).updated for number in range(SIZE)
    }


def test_a_night_with_nothing_new_counts_what_it_met(fetched: Fetched) -> None:
    before = len(fetched.arxiv.log)
    summary = fetched()
    assert (summary.new, summary.changed, summary.unchanged) == (0, 0, SIZE)
    assert len(fetched.arxiv.log) - before == 4, "two pages of the window, two of updates"
    assert fetched.gaps() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "A corrected, invented title"},
        {"abstract": "A corrected abstract."},
        {"authors": ("Ada Invented", "Bo Imagined", "Cy Forgotten")},
        {"categories": ("cs.CL", "cs.LG")},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_change_without_a_new_version_is_seen(
    fetched: Fetched, changes: dict[str, object]
) -> None:
    served = change(fetched.arxiv, 5, **changes)
    assert len(left(fetched).known) == SIZE - 1
    summary = fetched()
    assert (summary.changed, summary.unchanged) == (1, SIZE - 1)
    now = stored(fetched, 5)
    assert (now.title, now.abstract) == (served.title, served.abstract)
    assert (now.authors, now.categories) == (served.authors, served.categories)
    assert len(left(fetched).known) == SIZE, "from now on it is known like this"


def test_a_change_back_is_seen_too(fetched: Fetched) -> None:
    first = fetched.arxiv.papers[3]
    change(fetched.arxiv, 3, title="An invented paper for a night")
    fetched()
    fetched.arxiv.papers[3] = first
    fetched()
    assert stored(fetched, 3).title == first.title


def test_what_another_source_has_changed_is_read_again(fetched: Fetched) -> None:
    with Index.open(fetched.settings.db) as index:
        index.papers.upsert(replace(stored(fetched, 4), title="As a snapshot has it"), "snapshot")
    assert len(left(fetched).known) == SIZE - 1
    fetched()
    assert stored(fetched, 4).title == "An invented paper"


def test_a_row_that_was_deleted_comes_back(fetched: Fetched) -> None:
    with Index.open(fetched.settings.db) as index:
        index.connection.execute("PRAGMA foreign_keys = OFF")
        index.connection.execute("DELETE FROM papers WHERE arxiv_id = '9912.00002'")
    assert fetched().new == 1
    assert stored(fetched, 2).title == "An invented paper"


def test_pdfs_that_are_asked_for_later_are_fetched(fetched: Fetched) -> None:
    assert not fetched.settings.pdfs.exists()
    assert fetched(FetchRequest(pdf=True)).pdfs == SIZE
    assert fetched(FetchRequest(pdf=True)).pdfs == 0


def test_a_paper_asked_for_by_its_id_is_known(fetched: Fetched) -> None:
    summary = fetched(FetchRequest(ids=("9912.00001", "9912.00099"), pdf=False))
    assert (summary.new, summary.unchanged) == (0, 1)
    assert [subject for subject, _ in fetched.run.failures] == ["9912.00099"]


def test_another_version_of_mine_reads_everything_once(
    fetched: Fetched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mllm_mine.source.known_entries._RULES", b"9.9.9 1")
    assert not left(fetched).known
    assert fetched().unchanged == SIZE
    assert len(left(fetched).known) == SIZE


def test_a_page_that_was_cut_is_still_refused(fetched: Fetched) -> None:
    body = answer(fetched.arxiv)
    for end in (len(body) - 5, len(body) // 2, body.index(b"</entry>") + 8):
        with pytest.raises(InputFileError, match="too early") as whole:
            read_page(body[:end])
        with pytest.raises(InputFileError) as raised:
            read_page(left(fetched, body[:end]).body)
        assert str(raised.value) == str(whole.value), "the line is that of arXiv's answer"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<title>arXiv", b"<!-- <entry> --><title>arXiv"),
        (b"<summary>", b"<summary><![CDATA[</entry>]]>"),
        (b"encoding='UTF-8'", b"encoding='latin-1'"),
        (b"<?xml", b"\xef\xbb\xbf<?xml"),
    ],
    ids=["comment", "CDATA", "encoding", "byte order mark"],
)
def test_an_odd_page_is_read_whole(fetched: Fetched, before: bytes, after: bytes) -> None:
    body = answer(fetched.arxiv).replace(before, after)
    assert left(fetched, body) == NewEntries(body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"9912.00003v1</id>", b"9912.00003v1</id><id>http://arxiv.org/abs/9912.00009v1</id>"),
        (b"http://arxiv.org/abs/9912.00003v1</id>", b"no paper</id>"),
        (b"9912.00003v1</id>", b"9912.00004v1</id>"),  # now there are two of that paper
        (b"9912.00003v1</id>", b"9912.00003v2</id>"),
    ],
    ids=["two ids", "no id", "twice", "another version"],
)
def test_an_odd_entry_is_left_in(fetched: Fetched, before: bytes, after: bytes) -> None:
    body = answer(fetched.arxiv)
    assert before in body
    entries = left(fetched, body.replace(before, after, 1))
    ids = {known.arxiv_id for known in entries.known}
    assert "9912.00003" not in ids
    assert after in entries.body
    assert len(ids) + entries.body.count(b"<entry>") == SIZE


def everything(index: Index) -> list[list[tuple[object, ...]]]:
    """What fetching has brought, but for the moments at which it did."""
    queries = (
        "SELECT arxiv_id, version, title, abstract, authors, categories, published, updated, "
        "comment, withdrawn, docid FROM papers ORDER BY arxiv_id",
        "SELECT * FROM query_papers ORDER BY query_id, arxiv_id",
        "SELECT source, query, since, reached FROM watermarks ORDER BY source, query",
        "SELECT source, query, since, until, reason FROM gaps ORDER BY source, query, since",
    )
    return [[tuple(row) for row in index.connection.execute(query)] for query in queries]


def test_nights_end_as_if_every_entry_had_been_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE_STATE_DIR", str(tmp_path / "state"))
    ends = []
    for name in ("taken out", "read"):
        folder = tmp_path / name
        folder.mkdir()
        if name == "read":
            monkeypatch.setattr(
                "mllm_mine.source.api.new_entries", lambda index, body: NewEntries(body)
            )
        said = []
        with serve(invent_papers(30, NIGHT - timedelta(days=20), 30), NIGHT) as arxiv:
            fetched = Fetched(settings_for(arxiv, folder), arxiv, monkeypatch)
            draw = random.Random(1)
            for night in range(4):
                number = draw.randrange(len(arxiv.papers))
                changed = draw.choice(({"title": f"Title {night}"}, {"authors": ("Cy Invented",)}))
                change(arxiv, number, **changed)
                faults = ["", "", "cut xml", "empty page", "malformed", "error entry"]
                arxiv.plan = [draw.choice(faults) for _ in range(8)]
                ids = tuple(paper.arxiv_id for paper in arxiv.papers[:5]) if night == 2 else ()
                try:
                    said.append(str(fetched(FetchRequest(pdf=False, ids=ids))))
                except SourceError as error:
                    said.append(str(error))
                said += [str(fetched.run.failures), *fetched.notes]
                arxiv.now += timedelta(days=draw.choice((1, 1, 4)))
        with Index.open(fetched.settings.db) as index:
            ends.append((said, everything(index)))
    assert ends[0] == ends[1]
