"""Results side by side on the page: its data, and the section in real Chromium."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.results import ResultRow
from mllm_mine.reports import write_report
from mllm_mine.reports.page import comparisons

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
MARKUP = "<img src=x onerror=alert(1)>"


def keep(index: Index, paper: int, **said: Any) -> None:
    values: dict[str, Any] = {
        "source": "abstract",
        "page": None,
        "benchmark": "XNLI",
        "model": "mBERT",
        "size": "",
        "model_from": "result",
        "baseline": "",
        "metric": "accuracy",
        "number": "71.5",
        "kind": "value",
        "languages": "",
        "evidence": f"A sentence of paper {paper}.",
    }
    row = ResultRow(arxiv_id=f"9912.{paper:05}", position=0, **(values | said))
    index.results.keep(row.arxiv_id, "read", [row])


@pytest.fixture
def results(index: Index) -> Index:
    """.00001 is tuned, .00003 frozen; .00002 is tuned and has no counterpart."""
    keep(index, 1, evidence=f"A sentence with {MARKUP}.", languages="Swahili")
    keep(index, 2, benchmark="MGSM")
    keep(
        index,
        3,
        number="+2.5",
        kind="difference",
        source="table",
        page=7,
        evidence="Table 1: Bread. | Prompted | sw | +2.5",
    )
    return index


def data(index: Index, wanted: PaperFilter | None = None) -> Any:
    target = index.path.with_name("page.html")
    write_report(index, target, wanted or PaperFilter(in_scope=True), format="html")
    block = re.search(
        r'<script type="application/json" id="comparisons-data">(.*)</script>',
        target.read_text(encoding="utf-8"),
    )
    assert block is not None
    return json.loads(block[1])


def test_the_page_holds_what_can_be_compared(results: Index) -> None:
    found = data(results)
    (group,) = found["groups"]
    assert (group["benchmark"], group["model"]) == ("XNLI", "mBERT")
    tuned, frozen = group["results"]
    assert (tuned["families"], tuned["number"], tuned["languages"]) == ([0], "71.5", "Swahili")
    assert (frozen["families"], frozen["page"], frozen["difference"]) == ([1], 7, True)
    assert (frozen["caption"], frozen["evidence"]) == ("Table 1: Bread.", "Prompted | sw | +2.5")
    assert found["leftOut"] == 0
    assert data(results, PaperFilter(labels=("rlhf",)))["groups"] == []


def test_a_page_holds_no_more_than_it_can(results: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "MOST", 1)
    assert (data(results)["groups"], data(results)["leftOut"]) == ([], 1)


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: apt-get install chromium")
def test_the_section_in_a_browser(results: Index, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="the dev extra brings it")
    data(results)
    complaints: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_selector("html[data-ready]")
        section = page.locator("#compare")
        assert section.locator("h3").all_inner_texts() == ["XNLI with mBERT"]
        left, right = section.locator(".sides > div").all_inner_texts()
        assert "71.5 accuracy, Swahili" in left and MARKUP in left
        assert "+2.5 accuracy, difference" in right and "page 7" in right
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        section.get_by_label("Language").fill("swahili")
        assert section.locator(".results > li").count() == 1
        section.get_by_label("Language").fill("rye")
        assert section.locator(".comparison").count() == 0
        section.get_by_label("Language").fill("")
        section.locator("a").first.click()
        assert page.locator("tr.open").count() == 1
        browser.close()
    assert complaints == []
