"""What fetching brings: windows, late papers, new versions, withdrawals, single papers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from arxiv_server import FakeArxiv, serve
from command_line import Mine
from fetching import NIGHT, Fetched, paper, settings_for, withdrawn
from mllm_mine.errors import ConfigurationError
from mllm_mine.index import Index
from mllm_mine.index.runs import Run
from mllm_mine.progress import Silent
from mllm_mine.source import FetchRequest, verify
from served_papers import ServedPaper, invent_papers

QUERY = "(cat:cs.CL) AND (all:invented)"


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with serve([], NIGHT) as server:
        yield server


@pytest.fixture
def fetched(arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetched:
    monkeypatch.setenv("MINE_STATE_DIR", str(tmp_path / "state"))
    return Fetched(settings_for(arxiv, tmp_path), arxiv, monkeypatch)


def test_a_second_night_brings_only_what_is_new(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(1, days_ago=9), paper(2, days_ago=4), paper(3, days_ago=0.5)]
    assert fetched().new == 2
    fetched.arxiv.now += timedelta(days=1)
    assert fetched().new == 1
    assert fetched.summary.unchanged == 2
    fetched.arxiv.now += timedelta(days=1)
    assert fetched().new == 0
    assert fetched.run.exit_code == 0


def test_a_paper_announced_two_weeks_late_is_found(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(1, days_ago=2), paper(2, days_ago=13, lag=14)]
    fetched()
    assert fetched.ids() == ["9912.00001v1"]
    fetched.arxiv.now += timedelta(days=2)
    fetched()
    assert fetched.ids() == ["9912.00001v1", "9912.00002v1"]


def test_a_new_version_of_an_old_paper_is_noticed_and_classified_again(fetched: Fetched) -> None:
    old = paper(1, days_ago=29)
    fetched.arxiv.papers = [old, paper(2)]
    fetched()
    fetched.arxiv.now += timedelta(days=60)
    ago = -59.0  # submitted a day before the second night, long after the first
    fetched.arxiv.papers = [paper(1, days_ago=29, lag=0, later=(ago,)), paper(2)]
    with Index.open(fetched.settings.db) as index, index.transaction() as connection:
        connection.execute("DELETE FROM classify_queue")
    assert fetched().new_versions == 1
    assert fetched.ids() == ["9912.00001v2", "9912.00002v1"]
    with Index.open(fetched.settings.db) as index:
        queue = index.connection.execute("SELECT arxiv_id FROM classify_queue").fetchall()
        assert [row[0] for row in queue] == ["9912.00001"]


def test_old_papers_that_nobody_asked_for_stay_out(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(1), paper(2, days_ago=500, later=(2,))]
    fetched()
    fetched.arxiv.now += timedelta(days=1)
    fetched()
    assert fetched.ids() == ["9912.00001v1"]


def test_new_versions_of_imported_papers_are_noticed_on_the_first_run(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(2, days_ago=500, later=(40,))]
    with Index.open(fetched.settings.db, create=True) as index:
        from mllm_mine.paper import Paper

        date = (NIGHT - timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
        imported = Paper("9912.00002", 1, "Old", "words", published=date, updated=date)
        index.papers.upsert(imported, "snapshot")
    fetched()
    assert fetched.ids() == ["9912.00002v2"]


def test_a_withdrawal_is_marked_and_reported_and_nothing_deleted(fetched: Fetched) -> None:
    known = paper(1, days_ago=5)
    fetched.arxiv.papers = [known, paper(2)]
    fetched()
    fetched.arxiv.papers = [withdrawn(known, days_ago=-0.5), paper(2)]
    fetched.arxiv.now += timedelta(days=1)
    assert fetched().withdrawn == ["9912.00001"]
    with Index.open(fetched.settings.db) as index:
        gone = index.papers.get("9912.00001")
        assert gone is not None
        assert gone.withdrawn
        assert gone.version == 2
    fetched.arxiv.now += timedelta(days=1)
    assert fetched().withdrawn == [], "reported once"


def test_oai_brings_what_the_api_window_cannot_see_any_more(fetched: Fetched) -> None:
    request = FetchRequest(pdf=False, source="oai")
    known = paper(2, days_ago=10)
    fetched.arxiv.papers = [paper(1, days_ago=60, lag=60.5), known]
    fetched(request)
    assert fetched.ids() == ["9912.00002v1"]
    fetched.arxiv.papers[1] = withdrawn(known, days_ago=-0.5)
    fetched.arxiv.now += timedelta(days=1)
    fetched(request)
    assert fetched.ids() == ["9912.00001v1", "9912.00002v2"]
    assert fetched.summary.withdrawn == ["9912.00002"]
    assert fetched.run.exit_code == 0


def test_api_and_oai_agree_on_a_paper(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(1, days_ago=5, later=(3,), authors=("Zoë Ünvented", "B. Two"))]
    fetched()
    fetched(FetchRequest(pdf=False, source="oai"))
    assert fetched.summary.changed == 0
    assert fetched.summary.unchanged == 1


@pytest.mark.slow
def test_more_than_ten_thousand_results_are_split_by_date(
    arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE_STATE_DIR", str(tmp_path / "state"))
    day = NIGHT - timedelta(days=20)
    arxiv.papers = [replace(p, categories=("cs.CL",)) for p in invent_papers(12_000, day, 1)]
    settings = settings_for(arxiv, tmp_path)
    settings.fetch.page_size = 2000
    fetched = Fetched(settings, arxiv, monkeypatch)
    fetched()
    assert fetched.run.exit_code == 0
    assert len(fetched.ids()) == sum(bool(p.visible(arxiv.now)) for p in arxiv.papers)
    with Index.open(settings.db) as index:
        mark = index.harvest.watermark("api", QUERY)
        assert mark is not None
        assert mark.reached == "2099-12-20T05:00:00Z"


def test_a_page_size_that_does_not_divide_the_limit_never_asks_beyond_it(
    arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mllm_mine.source.api.MAX_RESULTS", 25)
    monkeypatch.setattr("mllm_mine.source.api_windows.MAX_RESULTS", 25)
    monkeypatch.setattr("arxiv_query_api.MAX_REACH", 25)
    monkeypatch.setenv("MINE_STATE_DIR", str(tmp_path / "state"))
    arxiv.papers = [paper(number, days_ago=2 + number / 5) for number in range(1, 60)]
    fetched = Fetched(settings_for(arxiv, tmp_path), arxiv, monkeypatch)
    fetched()
    assert fetched.summary.faults == 0
    assert len(fetched.ids()) == 59


def test_at_most_so_many_are_the_newest_and_move_no_watermark(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(number, days_ago=1 + number) for number in range(1, 28)]
    fetched(FetchRequest(max_papers=13, pdf=False))
    assert fetched.ids() == [f"9912.{number:05}v1" for number in range(1, 14)]
    with Index.open(fetched.settings.db) as index:
        assert index.harvest.watermarks() == []
    fetched()
    assert len(fetched.ids()) == 27


def test_an_explicit_period_far_back_leaves_the_watermark_where_it_is(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(1), paper(2, days_ago=400)]
    fetched()
    fetched(FetchRequest(since="2098-11-01", until="2098-12-01", pdf=False))
    assert len(fetched.ids()) == 2
    with Index.open(fetched.settings.db) as index:
        mark = index.harvest.watermark("api", QUERY)
        assert mark is not None
        assert mark.since > "2099"


def test_papers_by_id_and_those_unknown_are_named(fetched: Fetched) -> None:
    old = ServedPaper("astro-ph/9912001", paper(1).versions)
    fetched.arxiv.papers = [old, *(paper(number) for number in range(1, 31))]
    ids = ("9912.00007v1", "arXiv:9912.00029", "astro-ph/9912001", "9912.99999")
    fetched(FetchRequest(ids=ids, pdf=False))
    assert fetched.ids() == ["9912.00007v1", "9912.00029v1", "astro-ph/9912001v1"]
    assert fetched.run.failures == [("9912.99999", "arXiv does not know this id")]
    assert fetched.run.exit_code == 3


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "9912.00001/../x", "a b", "\x00", "-rf"])
def test_what_is_no_id_is_refused_before_anything_is_asked(hostile: str) -> None:
    with pytest.raises(ConfigurationError):
        FetchRequest(ids=(hostile,))


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "yesterday"},
        {"since": "2099-02-01", "until": "2099-01-01"},
        {"max_papers": 0},
        {"categories": ("cs.CL OR cat:math.NT",)},
        {"queries": (" ",)},
        {"source": "rss"},
    ],
)
def test_a_request_without_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        FetchRequest(**wrong)  # type: ignore[arg-type]


def test_a_query_of_its_own_is_kept_apart_from_the_categories(fetched: Fetched) -> None:
    """Without parentheses, arXiv would read (cs.CL AND x) OR y as cs.CL AND (x OR y)."""
    fetched.arxiv.papers = [
        paper(1, abstract="about apples", categories=("cs.CL",)),
        paper(2, abstract="about pears", categories=("math.NT",)),
        paper(3, abstract="about plums", categories=("cs.CL",)),
        paper(4, abstract="about pears", categories=("math.NT", "cs.CL")),
    ]
    request = FetchRequest(queries=("abs:apples OR abs:pears",), categories=("cs.CL",), pdf=False)
    fetched(request)
    assert fetched.ids() == ["9912.00001v1", "9912.00004v1"]


def test_a_category_alone_is_fetched_whole(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(1, title="Nothing of note", abstract="At all")]
    fetched(FetchRequest(categories=("cs.*",), pdf=False))
    assert fetched.ids() == ["9912.00001v1"]


def test_verify_finds_what_is_missing_and_the_next_fetch_brings_it(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(1, days_ago=4), paper(2, days_ago=28, lag=40)]
    fetched()
    fetched.arxiv.now += timedelta(days=20)
    fetched()
    assert fetched.ids() == ["9912.00001v1"], "too late for the overlap"
    request = FetchRequest(since="2099-11-01")
    with Index.open(fetched.settings.db) as index:
        run = Run(0)
        checks = verify(index, fetched.settings, request, run, Silent())
        assert sum(check.missing for check in checks) == 1
        assert run.exit_code == 3
    fetched()
    assert fetched.ids() == ["9912.00001v1", "9912.00002v1"]
    with Index.open(fetched.settings.db) as index:
        run = Run(0)
        checks = verify(index, fetched.settings, request, run, Silent())
        assert [check.missing for check in checks] == [0] * len(checks)
        assert run.exit_code == 0


def test_an_oai_harvest_is_verified_by_the_totals_of_the_api(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(1, days_ago=4), paper(2, days_ago=6, categories=("math.NT",))]
    fetched(FetchRequest(pdf=False, source="oai"))
    fetched.arxiv.papers.append(paper(3, days_ago=5))
    request = FetchRequest(since="2099-12-01", source="oai")
    with Index.open(fetched.settings.db) as index:
        (check,) = verify(index, fetched.settings, request, Run(0), Silent())
    assert (check.query, check.stated, check.known) == ("cs:cs:CL", 2, 1)
    fetched(FetchRequest(pdf=False, source="oai"))
    assert fetched.ids() == ["9912.00001v1", "9912.00003v1"]
    assert not fetched.gaps()


def test_who_asks_and_for_what_is_said(fetched: Fetched) -> None:
    fetched.settings.fetch.contact = "someone@example.org"
    fetched.arxiv.papers = [paper(1)]
    fetched()
    headers = fetched.arxiv.log[0].headers
    assert headers["accept"] == "application/atom+xml"
    assert headers["user-agent"].startswith("mllm-mine/")
    assert "someone@example.org" in headers["user-agent"]


def test_a_query_understood_otherwise_is_pointed_out(fetched: Fetched) -> None:
    from arxiv_query_api import query_api

    fetched.arxiv.override = lambda path: query_api(fetched.arxiv, {"search_query": "all:x"}, "")[1]
    fetched()
    assert "arXiv understood the query as all:x" in fetched.notes


def test_dry_run_says_what_it_would_bring_and_writes_nothing(
    arxiv: FakeArxiv, mine: Mine, tmp_path: Path
) -> None:
    arxiv.papers = [paper(1), paper(2)]
    environment = arxiv.environment()
    told = mine("fetch", "--dry-run", "--category", "cs.CL", env=environment)
    assert told.code == 0
    assert "2 papers, 2 of them new" in told.out
    assert not (tmp_path / "mine.db").exists()
    assert mine("fetch", "--category", "cs.CL", "--no-pdf", env=environment).code == 0
    before = (tmp_path / "mine.db").read_bytes()
    told = mine("fetch", "--dry-run", "--category", "cs.CL", "--json", env=environment)
    assert told.json[0]["total"] == 2
    assert told.json[0]["known"] == 2
    assert (tmp_path / "mine.db").read_bytes() == before
    assert sqlite3.connect(tmp_path / "mine.db").execute(
        "SELECT count(*) FROM runs"
    ).fetchone() == (1,)


def test_the_command_tells_what_came_in(arxiv: FakeArxiv, mine: Mine, tmp_path: Path) -> None:
    known = paper(1, days_ago=5)
    arxiv.papers = [known, paper(2), withdrawn(paper(3, days_ago=8), days_ago=6)]
    told = mine("fetch", "--category", "cs.CL", env=arxiv.environment())
    assert told.code == 0
    assert told.out.splitlines() == [
        "3 new papers, 0 new versions, 0 changed, 0 already known; the index holds 3",
        "withdrawn: 9912.00003",
        "2 PDFs downloaded",
    ]
    assert told.err == ""
    again = mine("fetch", "--category", "cs.CL", "--json", env=arxiv.environment())
    assert again.json["new"] == 0
    assert again.json["papers"] == 3
    assert sorted(file.name for file in (tmp_path / "pdfs").iterdir()) == [
        "9912.00001v1.pdf",
        "9912.00002v1.pdf",
    ]


def test_a_failed_fetch_says_so_and_status_shows_the_gap(arxiv: FakeArxiv, mine: Mine) -> None:
    arxiv.papers = [paper(1)]
    arxiv.plan = ["503"] * 100
    told = mine("-v", "fetch", "--category", "cs.CL", env=arxiv.environment(backoff=0.0001))
    assert told.code == 3
    assert "HTTP 503" in told.err.splitlines()[-1]
    assert "asking again" in told.err
    assert "Traceback" not in told.err
    status = mine("status", "--json", env=arxiv.environment())
    assert len(status.json["gaps"]) == 1
    arxiv.plan = []
    assert mine("fetch", "--category", "cs.CL", "--no-pdf", env=arxiv.environment()).code == 0
    assert json.loads(mine("status", "--json").out)["gaps"] == []


def test_a_fetch_in_vain_says_one_line_on_stderr(arxiv: FakeArxiv, mine: Mine) -> None:
    arxiv.plan = ["503"] * 100
    told = mine("fetch", "--category", "cs.CL", "--json", env=arxiv.environment(backoff=0.0001))
    assert told.code == 3
    assert len(told.err.splitlines()) == 1
    assert "HTTP 503" in told.err
    assert len(told.json["failures"]) == 1


def test_what_was_not_asked_for_is_not_forgotten(fetched: Fetched) -> None:
    fetched.settings.fetch.queries = ("all:apples", "all:pears")
    fetched.arxiv.papers = [paper(1, title="Pears", days_ago=400)]
    fetched.arxiv.plan = ["503"] * 4
    fetched(FetchRequest(since="2098-11-01", pdf=False))
    assert len(fetched.gaps()) == 2
    fetched()
    assert fetched.ids() == ["9912.00001v1"]
    assert not fetched.gaps()


def test_oai_knows_no_queries(arxiv: FakeArxiv, mine: Mine) -> None:
    told = mine("fetch", "--source", "oai", "--query", "all:x", env=arxiv.environment())
    assert told.code == 2
    assert "--source api" in told.err
