"""Downloading PDFs: what is accepted, what is refused, and when it is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from arxiv_server import FakeArxiv, serve
from command_line import Mine
from fetching import NIGHT, Fetched, paper, settings_for, withdrawn
from mllm_mine.index import Index
from mllm_mine.index.pdfs import RETRY_DAYS, PdfEntry
from mllm_mine.source import FetchRequest

WITH_PDF = FetchRequest()


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with serve([paper(1)], NIGHT) as server:
        yield server


@pytest.fixture
def fetched(arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetched:
    monkeypatch.setenv("MINE_STATE_DIR", str(tmp_path / "state"))
    return Fetched(settings_for(arxiv, tmp_path), arxiv, monkeypatch)


def entry(fetched: Fetched, arxiv_id: str = "9912.00001") -> PdfEntry:
    with Index.open(fetched.settings.db) as index:
        found = index.pdfs.get(arxiv_id)
        assert found is not None
        return found


def files(fetched: Fetched) -> list[str]:
    return sorted(path.name for path in fetched.settings.pdfs.iterdir())


def asked_pdfs(fetched: Fetched) -> int:
    return sum("/pdf/" in request.path for request in fetched.arxiv.log)


def test_a_pdf_lies_beside_the_index_under_its_id_and_version(fetched: Fetched) -> None:
    fetched(WITH_PDF)
    assert files(fetched) == ["9912.00001v1.pdf"]
    found = entry(fetched)
    assert found.status == "ok"
    assert found.path == "pdfs/9912.00001v1.pdf"
    assert found.bytes == (fetched.settings.pdfs / "9912.00001v1.pdf").stat().st_size
    fetched(WITH_PDF)
    assert asked_pdfs(fetched) == 1


def test_no_pdf_means_none(fetched: Fetched) -> None:
    fetched(FetchRequest(pdf=False))
    assert not fetched.settings.pdfs.exists()
    fetched(WITH_PDF)
    assert files(fetched) == ["9912.00001v1.pdf"]


@pytest.mark.parametrize("fault", ["429", "503", "reset", "silence", "cut body", "cut pdf"])
def test_a_passing_fault_is_asked_away(fetched: Fetched, fault: str) -> None:
    fetched.settings.fetch.read_timeout = 1.0 if fault == "silence" else 60.0
    fetched.arxiv.plan = ["", fault]
    fetched(WITH_PDF)
    assert fetched.run.exit_code == 0
    assert files(fetched) == ["9912.00001v1.pdf"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>This PDF is not available yet</html>", "a web page instead of a PDF"),
        (b"", "an empty answer instead of a PDF"),
        (b"\x89PNG", "something else instead of a PDF"),
        (b"%PDF-1.5\n" + b"x" * 9000, "the PDF is cut short: it has no end mark"),
    ],
)
def test_what_is_no_whole_pdf_is_refused_with_a_reason(
    fetched: Fetched, body: bytes, reason: str
) -> None:
    fetched.arxiv.pdf = lambda name: body
    fetched(WITH_PDF)
    assert fetched.run.exit_code == 3
    assert fetched.run.failures == [("9912.00001", f"no PDF: {reason}")]
    assert files(fetched) == []
    assert entry(fetched).status == "failed"
    assert entry(fetched).reason == reason


def test_failing_pdfs_are_tried_at_growing_distance_and_not_for_ever(fetched: Fetched) -> None:
    fetched(FetchRequest())
    tries = []
    with Index.open(fetched.settings.db) as index:
        for night in range(150):
            fetched.monkeypatch.setenv("MINE_NOW", (NIGHT + timedelta(days=night)).isoformat())
            if night == 0 or index.pdfs.due():
                index.pdfs.fail("9912.00001", 1, "a web page instead of a PDF")
                tries.append(night)
        assert [entry.arxiv_id for entry in index.pdfs.failing()] == ["9912.00001"]
    assert [later - earlier for earlier, later in pairwise(tries)] == [1, 1, 2, 4, 8, 16, 32, 32]


def test_what_is_given_up_is_no_failure_of_later_runs(fetched: Fetched) -> None:
    fetched(FetchRequest())
    with Index.open(fetched.settings.db) as index:
        for _ in range(len(RETRY_DAYS) + 1):
            index.pdfs.fail("9912.00001", 1, "a web page instead of a PDF")
    fetched.arxiv.now += timedelta(days=500)
    fetched(WITH_PDF)
    assert fetched.run.exit_code == 0
    assert asked_pdfs(fetched) == 1


def test_a_new_version_gets_a_pdf_of_its_own(fetched: Fetched) -> None:
    fetched(WITH_PDF)
    fetched.arxiv.papers = [paper(1, lag=0, later=(-0.5,))]
    fetched.arxiv.now += timedelta(days=1)
    fetched(WITH_PDF)
    assert files(fetched) == ["9912.00001v1.pdf", "9912.00001v2.pdf"]
    assert entry(fetched).version == 2


def test_a_withdrawn_version_is_not_asked_for(fetched: Fetched) -> None:
    fetched.arxiv.papers = [withdrawn(paper(1), days_ago=1)]
    fetched(WITH_PDF)
    assert asked_pdfs(fetched) == 0
    assert entry(fetched).status == "absent"
    assert fetched.run.exit_code == 0


def test_a_pdf_that_arxiv_has_not_is_recorded_and_tried_again(fetched: Fetched) -> None:
    fetched.arxiv.plan = ["", "404"]
    fetched(WITH_PDF)
    assert asked_pdfs(fetched) == 1
    assert "404" in entry(fetched).reason
    fetched(WITH_PDF)
    assert entry(fetched).status == "ok"


def test_a_pdf_that_is_too_large_is_refused(fetched: Fetched) -> None:
    fetched.settings.fetch.pdf_max_megabytes = 1
    fetched.arxiv.pdf = lambda name: b"%PDF-1.5" + b"x" * (2 << 20) + b"%%EOF"
    fetched(WITH_PDF)
    assert entry(fetched).reason == "it is larger than 1 MB"
    assert files(fetched) == []


def test_downloads_stay_with_the_configured_host_whatever_the_feed_says(
    fetched: Fetched,
) -> None:
    fetched.arxiv.plan = ["", "elsewhere"]
    fetched(WITH_PDF)
    assert "another host" in entry(fetched).reason
    assert all("/pdf/9912.00001v1" in r.path for r in fetched.arxiv.log if "/api" not in r.path)


def test_a_host_that_is_down_is_left_alone(fetched: Fetched) -> None:
    fetched.arxiv.papers = [paper(number) for number in range(1, 9)]
    fetched.arxiv.plan = [""] + ["503"] * 100
    fetched(WITH_PDF)
    assert fetched.run.exit_code == 3
    assert asked_pdfs(fetched) == 9, "three papers, three tries each"
    fetched.arxiv.plan = []
    fetched(WITH_PDF)
    assert len(files(fetched)) == 8


def test_pdfs_that_are_not_there_yet_do_not_slow_down_the_others(fetched: Fetched) -> None:
    fetched.settings.arxiv.backoff = 0.02
    fetched.arxiv.papers = [paper(number) for number in range(1, 9)]
    fetched.arxiv.pdf = lambda name: b"<html>not yet</html>"
    fetched(WITH_PDF)
    assert asked_pdfs(fetched) == 16, "each is asked for twice"
    pauses = [later.arrived - earlier.left for earlier, later in pairwise(fetched.arxiv.log)]
    assert median(pauses) < 0.02 * 16, "the waits do not double from one paper to the next"


@pytest.mark.parametrize("fault", ["403", "429 for a day"])
def test_a_host_that_wants_to_be_left_alone_is(fetched: Fetched, fault: str) -> None:
    fetched.arxiv.papers = [paper(number) for number in range(1, 9)]
    fetched.arxiv.plan = ["", fault]
    fetched(WITH_PDF)
    assert asked_pdfs(fetched) == 1
    assert fetched.run.exit_code == 3


def test_a_file_in_place_is_not_fetched_again_after_a_crash(fetched: Fetched) -> None:
    fetched.settings.pdfs.mkdir()
    (fetched.settings.pdfs / "9912.00001v1.pdf").write_bytes(b"%PDF-1.5\nwhole\n%%EOF\n")
    fetched(WITH_PDF)
    assert asked_pdfs(fetched) == 0
    assert entry(fetched).status == "ok"


def test_a_pdf_that_extraction_refuses_is_fetched_again(fetched: Fetched) -> None:
    fetched(WITH_PDF)
    with Index.open(fetched.settings.db) as index:
        index.pdfs.fail("9912.00001", 1, "it has no pages")
    fetched.arxiv.pdf = lambda name: b"%PDF-1.5\nbetter\n%%EOF\n"
    fetched(WITH_PDF)
    assert b"better" in (fetched.settings.pdfs / "9912.00001v1.pdf").read_bytes()


def test_leftovers_of_dead_runs_are_cleared(fetched: Fetched) -> None:
    fetched.settings.pdfs.mkdir()
    (fetched.settings.pdfs / ".9912.00099v1.pdf.part").write_bytes(b"%PDF-1.5\nhalf")
    fetched(WITH_PDF)
    assert files(fetched) == ["9912.00001v1.pdf"]


def test_work_is_done_while_politeness_waits(fetched: Fetched) -> None:
    from mllm_mine.index.runs import Run
    from mllm_mine.progress import Silent
    from mllm_mine.source import fetch

    fetched.settings.arxiv.delay = 0.2
    fetched.monkeypatch.setenv("MINE_NOW", NIGHT.isoformat())
    waits: list[float] = []
    with Index.open(fetched.settings.db, create=True) as index:

        def idle(seconds: float) -> None:
            assert not index.connection.in_transaction
            waits.append(seconds)

        fetch(index, fetched.settings, WITH_PDF, Run(0), Silent(), idle)
    assert waits
    assert 0 < max(waits) <= 0.2
    assert fetched.arxiv.shortest_pause() >= 0.2


def test_a_pdf_without_pages_is_noticed_by_extraction_and_fetched_again(
    arxiv: FakeArxiv, mine: Mine, tmp_path: Path
) -> None:
    import pymupdf

    fetch = ("fetch", "--category", "cs.CL")
    assert mine(*fetch, env=arxiv.environment()).code == 0
    assert mine("extract").code == 3
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "A page at last.")
        whole = document.tobytes()
    arxiv.pdf = lambda name: whole
    assert mine(*fetch, env=arxiv.environment()).code == 0
    assert (tmp_path / "pdfs" / "9912.00001v1.pdf").read_bytes() == whole
    assert mine("extract").code == 0
    with Index.open(tmp_path / "mine.db") as index:
        row = index.connection.execute("SELECT status, text FROM fulltexts").fetchone()
    assert row["status"] == "ok"
    assert "at last" in row["text"]
