"""What fetching makes of an arXiv that fails."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from arxiv_oai import oai
from arxiv_query_api import query_api
from arxiv_server import API_FAULTS, OAI_FAULTS, FakeArxiv, serve
from fetching import NIGHT, Fetched, paper, settings_for
from mllm_mine.config import ArxivSettings, Settings
from mllm_mine.errors import SourceError
from mllm_mine.index import Index
from mllm_mine.progress import Silent
from mllm_mine.source import FetchRequest
from mllm_mine.source.politeness import Politeness
from mllm_mine.source.transport import Transport


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    papers = [paper(number, days_ago=2 + number / 10) for number in range(1, 26)]
    with serve(papers, NIGHT) as server:
        yield server


@pytest.fixture
def fetched(arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetched:
    monkeypatch.setenv("MINE_STATE_DIR", str(tmp_path / "state"))
    return Fetched(settings_for(arxiv, tmp_path), arxiv, monkeypatch)


@pytest.mark.parametrize("page", [0, 2])
@pytest.mark.parametrize("fault", API_FAULTS)
def test_a_fault_is_asked_away(fetched: Fetched, fault: str, page: int) -> None:
    fetched.settings.fetch.read_timeout = 1.0 if fault == "silence" else 60.0
    fetched.arxiv.plan = [""] * page + [fault]
    fetched()
    assert len(fetched.ids()) == 25
    assert fetched.run.exit_code == 0
    assert not fetched.gaps()
    assert len(fetched.arxiv.log) == 4
    if fault != "zero total":  # which looks like an answer: it is only asked for again
        assert fetched.summary.faults == 1
        assert any("asking again" in note for note in fetched.notes) or page == 2


@pytest.mark.parametrize("fault", OAI_FAULTS)
def test_a_fault_of_oai_is_asked_away(fetched: Fetched, fault: str) -> None:
    fetched.settings.fetch.read_timeout = 1.0 if fault == "silence" else 60.0
    fetched.arxiv.oai_page = 10
    fetched.arxiv.plan = ["", fault]
    fetched(FetchRequest(pdf=False, source="oai"))
    assert len(fetched.ids()) == 25
    assert fetched.run.exit_code == 0
    assert fetched.summary.faults == 1


def test_when_patience_runs_out_what_came_is_kept_and_the_gap_is_closed_next_time(
    fetched: Fetched,
) -> None:
    fetched.arxiv.plan = [""] + ["503"] * 4
    fetched()
    assert fetched.run.exit_code == 3
    assert len(fetched.ids()) == 10
    (reason,) = fetched.gaps()
    assert "503" in reason
    fetched()
    assert fetched.run.exit_code == 0
    assert len(fetched.ids()) == 25
    assert not fetched.gaps()


def test_an_outage_does_not_move_the_watermark(fetched: Fetched) -> None:
    fetched.arxiv.plan = ["429"] * 4
    fetched()
    with Index.open(fetched.settings.db) as index:
        assert index.harvest.watermarks() == []


def test_oai_goes_on_with_its_token_after_an_outage(fetched: Fetched) -> None:
    fetched.arxiv.oai_page = 10
    fetched.arxiv.plan = [""] + ["503"] * 4
    request = FetchRequest(pdf=False, source="oai")
    fetched(request)
    assert fetched.run.exit_code == 3
    assert len(fetched.gaps()) == 1
    before = len(fetched.arxiv.log)
    fetched(request)
    assert fetched.run.exit_code == 0
    assert len(fetched.arxiv.log) - before == 2
    assert "resumptionToken" in fetched.arxiv.log[before].path
    assert len(fetched.ids()) == 25
    assert not fetched.gaps()


def test_oai_begins_anew_when_its_token_has_expired(fetched: Fetched) -> None:
    fetched.arxiv.oai_page = 10
    fetched.arxiv.plan = [""] + ["503"] * 4
    request = FetchRequest(pdf=False, source="oai")
    fetched(request)
    fetched.arxiv.now = NIGHT.replace(day=21)
    fetched(request)
    assert fetched.run.exit_code == 0
    assert len(fetched.ids()) == 25


def test_a_wrong_query_is_not_retried_and_arxivs_words_are_shown(fetched: Fetched) -> None:
    with pytest.raises(SourceError, match="unbalanced parentheses") as caught:
        fetched(FetchRequest(queries=("all:invented)",), pdf=False))
    assert caught.value.exit_code == 1
    assert len(fetched.arxiv.log) == 1
    assert not fetched.gaps()


def test_one_wrong_query_does_not_keep_the_others_from_going_on(fetched: Fetched) -> None:
    fetched(FetchRequest(queries=("nofield:x", "all:invented"), pdf=False))
    assert fetched.run.exit_code == 3
    assert "unknown field" in fetched.run.failures[0][1]
    assert len(fetched.ids()) == 25


def test_a_window_that_keeps_shifting_is_reported_not_accepted(fetched: Fetched) -> None:
    feed = {"count": 0}

    def shifting(path: str) -> bytes | None:
        """States one paper more with each page."""
        feed["count"] += 1
        parameters = {name: v[-1] for name, v in parse_qs(urlsplit(path).query).items()}
        _, body = query_api(fetched.arxiv, parameters, "")
        more = f"totalResults>{25 + feed['count']}<".encode()
        return body.replace(b"totalResults>25<", more)

    fetched.arxiv.override = shifting
    fetched()
    assert fetched.run.exit_code == 3
    assert any("total moved" in reason for reason in fetched.gaps())
    assert fetched.ids(), "what was seen is kept"
    with Index.open(fetched.settings.db) as index:
        assert index.harvest.watermark("api", "(cat:cs.CL) AND (all:invented)") is None


def test_retry_after_is_honoured_and_zero_means_nothing(fetched: Fetched) -> None:
    fetched.arxiv.plan = ["429 for a second", "429 in vain"]
    fetched()
    log = fetched.arxiv.log
    assert log[1].arrived - log[0].left >= 1.0
    assert log[2].arrived - log[1].left < 0.5
    assert len(fetched.ids()) == 25


def test_nobody_waits_a_day_for_an_answer(fetched: Fetched) -> None:
    fetched.arxiv.plan = ["429 for a day"]
    fetched()
    assert fetched.run.exit_code == 3
    assert "24 hours" in fetched.run.failures[-1][1]
    assert len(fetched.arxiv.log) == 1


def test_403_means_stop(fetched: Fetched) -> None:
    fetched.arxiv.plan = ["", "403"]
    fetched()
    assert fetched.run.exit_code == 3
    assert len(fetched.arxiv.log) == 2
    assert "forbidden" in fetched.gaps()[0]


def test_the_wait_doubles_while_faults_go_on(fetched: Fetched) -> None:
    fetched.settings.arxiv.backoff = 0.05
    fetched.arxiv.plan = ["503"] * 3
    fetched()
    log = fetched.arxiv.log
    waits = [later.arrived - earlier.left for earlier, later in pairwise(log)]
    assert waits[0] >= 0.05
    assert waits[1] >= 0.1
    assert waits[2] >= 0.2


def test_a_proxy_is_not_asked_for_our_own_machine(fetched: Fetched) -> None:
    fetched.monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    fetched()
    assert len(fetched.ids()) == 25


def test_another_host_is_not_followed(fetched: Fetched) -> None:
    fetched.arxiv.plan = ["elsewhere"]
    with pytest.raises(SourceError, match="another host"):
        fetched()
    assert len(fetched.arxiv.log) == 1


def test_an_answer_that_unpacks_without_end_is_refused_in_bounded_memory(
    fetched: Fetched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mllm_mine.source.api._MAX_PAGE_BYTES", 1 << 20)
    fetched.arxiv.plan = ["gzip bomb"]
    fetched()
    assert len(fetched.ids()) == 25
    assert any("more than 1 MB" in note for note in fetched.notes), fetched.notes


def test_an_entry_that_cannot_be_read_is_named_and_asked_for_again(fetched: Fetched) -> None:
    def with_a_bad_date(path: str) -> bytes | None:
        parameters = {name: v[-1] for name, v in parse_qs(urlsplit(path).query).items()}
        _, body = query_api(fetched.arxiv, parameters, "")
        begin = body.find(b"9912.00007v1")
        if begin < 0:
            return body
        date = body.index(b"<updated>", begin)
        return body[:date] + b"<updated>the day before" + body[body.index(b"</updated>", date) :]

    fetched.arxiv.override = with_a_bad_date
    fetched()
    assert fetched.run.exit_code == 3
    assert ("9912.00007", "the date 'updated' reads 'the day before'") in fetched.run.failures
    assert len(fetched.ids()) == 24
    with Index.open(fetched.settings.db) as index:
        assert [gap.query for gap in index.harvest.gaps()] == ["9912.00007"]
        assert index.harvest.watermark("api", "(cat:cs.CL) AND (all:invented)") is not None
    fetched.arxiv.override = lambda path: None
    fetched()
    assert fetched.run.exit_code == 0
    assert len(fetched.ids()) == 25
    assert not fetched.gaps()


def test_an_oai_record_that_cannot_be_read_is_asked_for_by_its_id(fetched: Fetched) -> None:
    def with_a_bad_date(path: str) -> bytes | None:
        if not path.startswith("/oai"):
            return None
        parameters = {name: v[-1] for name, v in parse_qs(urlsplit(path).query).items()}
        body = oai(fetched.arxiv, parameters, "")
        date = body.index(b"<date>", body.index(b"<id>9912.00007"))
        return body[:date] + b"<date>the day before" + body[body.index(b"</date>", date) :]

    fetched.arxiv.override = with_a_bad_date
    request = FetchRequest(pdf=False, source="oai")
    fetched(request)
    assert fetched.run.exit_code == 3
    assert fetched.run.failures[0][0] == "9912.00007"
    assert len(fetched.ids()) == 24
    fetched.arxiv.override = lambda path: None
    fetched.arxiv.papers = [p for p in fetched.arxiv.papers if p.arxiv_id == "9912.00007"]
    fetched(FetchRequest(pdf=False, source="oai", since="2099-12-20"))
    assert fetched.run.exit_code == 0
    assert len(fetched.ids()) == 25
    assert not fetched.gaps()


def test_a_clock_that_was_set_back_does_not_stop_the_fetch(
    fetched: Fetched, tmp_path: Path
) -> None:
    state = tmp_path / "state" / "127.0.0.1.json"
    state.parent.mkdir()
    ahead = time.time() + 3000
    state.write_text(json.dumps({"last": ahead, "not_before": ahead + 0.1}))
    begun = time.monotonic()
    fetched()
    assert len(fetched.ids()) == 25
    assert time.monotonic() - begun < 30


def test_a_state_that_was_cut_short_is_taken_with_care(fetched: Fetched, tmp_path: Path) -> None:
    state = tmp_path / "state" / "127.0.0.1.json"
    state.parent.mkdir()
    state.write_text('{"last": 17')
    fetched.settings.arxiv.delay = 0.3
    begun = time.monotonic()
    fetched(FetchRequest(ids=("9912.00001",), pdf=False))
    assert time.monotonic() - begun >= 0.3
    assert json.loads(state.read_text())["last"] > 0


def test_hosts_of_arxiv_are_never_hurried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE_STATE_DIR", str(tmp_path))
    for host in ("arxiv.org", "export.arxiv.org", "OAIPMH.arXiv.org", "export.arxiv.org."):
        assert Politeness(f"https://{host}/api", 0.0).delay == 3.0
    for host in ("127.0.0.1", "notarxiv.org", "arxiv.org.example.net"):
        assert Politeness(f"https://{host}/api", 0.5).delay == 0.5
    settings = Settings(arxiv=ArxivSettings(delay=0.1, backoff=0.1))
    assert Transport(settings, "https://export.arxiv.org/pdf", Silent()).backoff == 10.0
    assert Transport(settings, "http://127.0.0.1/pdf", Silent()).backoff == 0.1
