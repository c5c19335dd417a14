"""`mine report --format html` in a real browser: headless Chromium, from disk, without network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mllm_mine.classifier import explainer, load_model
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.resources import ResourceRow
from mllm_mine.reports import write_report
from sample_index import invented_papers, make_index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the dev extra brings playwright, to drive a browser"
)

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM, reason="no Chromium on this machine: apt-get install chromium"
    ),
]

QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
MARKUP = "<img src=x onerror=alert(1)>"
ALIGNED = (
    "We align a multilingual language model with human preferences by reinforcement learning "
    "from human feedback in forty languages."
)
MANY = 10_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of six papers in scope, with reasons, resources and citations."""
    folder = tmp_path_factory.mktemp("page")
    first = invented_papers()[0]
    with Index.open(make_index(folder / "mine.db")) as index:
        index.papers.upsert_many(
            [
                replace(
                    first, arxiv_id="9912.00010", title=MARKUP, published="2099-10-05T12:00:00Z"
                ),
                replace(
                    *(first,),
                    arxiv_id="9912.00011",
                    title="Aardvarks speak in many tongues",
                    abstract=f"Ünusual words. {ALIGNED}",
                    published="2099-11-05T12:00:00Z",
                ),
                replace(
                    first, arxiv_id="bread-12", title="Undated bread", published="", updated=""
                ),
            ],
            "jsonl",
        )
        for arxiv_id in ("9912.00010", "9912.00011", "bread-12"):
            index.labels.give(arxiv_id, {"in_scope": True, "safety": True})
        index.connection.execute(
            "INSERT INTO predictions VALUES ('9912.00011', 'rlhf', 0.9, 1, 'mllm-test')"
        )
        entry = {"text": "", "title": "", "arxiv_id": "9912.00001", "doi": "", "year": 2099}
        index.citations.keep_references("9912.00011", [entry])
        link, hostile = "https://example.org/salt", "javascript:alert(1)"
        resources = [
            ResourceRow("9912.00011", name.lower(), name, "code", url, "released", "", "", "Here.")
            for name, url in (("SaltBench", link), ("PepperBench", hostile))
        ]
        index.resources.keep("9912.00011", "read", resources)
        target = folder / "page.html"
        write_report(
            *(index, target, PaperFilter(in_scope=True)),
            format="html",
            explain=explainer(index, load_model()),
        )
    return target


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    first = invented_papers()[0]
    papers = [
        replace(
            first,
            arxiv_id=f"9911.{number:05}",
            title=f"Paper number {number} on {'salt' if number % 10 else 'pepper'}",
            published=f"20{90 + number % 9}-0{1 + number % 9}-01T00:00:00Z",
        )
        for number in range(MANY)
    ]
    with Index.open(folder / "mine.db", create=True) as index:
        index.papers.upsert_many(papers, "jsonl")
        write_report(index, folder / "large.html", PaperFilter(), format="html")
    return folder / "large.html"


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page; at the end no page may have asked for anything or complained."""
    complaints: list[str] = []
    opened: list[Page] = []

    def open_page(file: Path, address: str = "", **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        page = browser.new_page(**options)
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.split("#")[0] == file.as_uri() or request.url.startswith("data:")
                else complaints.append(f"request: {request.url}")
            ),
        )
        page.add_init_script(
            "window.violations = []; document.addEventListener('securitypolicyviolation',"
            " event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI))"
        )
        page.goto(file.as_uri() + address)
        page.wait_for_selector("html[data-ready]", timeout=20_000)
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        complaints += page.evaluate("window.violations")
        page.context.close()
    assert complaints == []


def titles(page: Page) -> list[str]:
    return page.locator("#list button.title").all_inner_texts()


def said(page: Page) -> str:
    return page.get_by_role("status").inner_text()


def address(page: Page) -> str:
    return str(page.evaluate("location.hash"))


def search(page: Page, words: str) -> None:
    page.get_by_role("searchbox", name="Search").fill(words)


def test_it_renders(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file)
    assert page.title() == "Multilingual large language models"
    assert "6 papers in scope" in page.locator("#summary").inner_text()
    assert titles(page)[0].startswith("Übersetzung für alle")
    assert said(page) == "6 papers"
    tree = page.get_by_role("region", name="Taxonomy")
    assert tree.get_by_role("button", name="Safety 4 papers").count() == 1
    assert tree.get_by_role("button", name="Full-parameter fine-tuning 1 paper").count() == 1
    painted = page.evaluate(
        "() => { const c = document.querySelector('canvas'); const d = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; return d.some(value => value > 0); }"
    )
    assert painted
    landmarks = [("banner", 1), ("main", 1), ("contentinfo", 1), ("search", 1)]
    assert [(role, page.get_by_role(role).count()) for role, _ in landmarks] == landmarks


def test_the_chart_has_its_numbers_as_a_table(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file)
    assert page.get_by_role("img", name="Line chart: papers per month").count() == 1
    assert "1 paper has no date." in page.locator("#months-note").inner_text()
    page.get_by_label("Lines").select_option(label="Frontiers")
    page.get_by_text("The same numbers as a table").click()
    table = page.locator("#months-numbers table")
    assert table.locator("tbody tr").all_inner_texts() == ["2099-12\t1", "2099-11\t1", "2099-10\t1"]
    data = page.evaluate("Chart.getChart('months-chart').data")
    assert data["labels"] == ["2099-10", "2099-11", "2099-12"]
    assert [(each["label"], each["data"]) for each in data["datasets"]] == [("Safety", [1, 1, 1])]


def test_it_searches_without_case_and_accents(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file)
    search(page, "UBERSETZUNG lodz")
    assert titles(page) == ["Übersetzung für alle: Łódź, São Paulo, 北京, हिन्दी"]
    assert said(page) == "1 of 6 papers"
    search(page, "unusual preferences")  # in an abstract
    assert titles(page) == ["Aardvarks speak in many tongues"]
    search(page, "no such words")
    assert said(page) == "0 of 6 papers"
    page.get_by_role("button", name="Clear all filters").last.click()
    assert len(titles(page)) == 6


def test_labels_narrow_and_the_address_keeps_it(
    visit: Callable[..., Page], page_file: Path
) -> None:
    page = visit(page_file)
    tree = page.get_by_role("region", name="Taxonomy")
    safety = tree.get_by_role("button", name="Safety")
    safety.click()
    assert safety.get_attribute("aria-pressed") == "true"
    assert len(titles(page)) == 4
    tree.get_by_role("button", name="Learning from feedback").click()
    assert sorted(titles(page)) == [
        "Aardvarks speak in many tongues",
        "Rewarding models in many tongues",
    ]
    search(page, "aardvarks")
    assert address(page) == "#words=aardvarks&label=safety&label=rlhf"
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert titles(page) == ["Aardvarks speak in many tongues"]
    page.get_by_role("button", name="Safety: take this label back").click()
    assert address(page) == "#words=aardvarks&label=rlhf"


def test_the_way_from_a_label_to_its_papers(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file, viewport={"width": 360, "height": 780})
    show = page.locator("#found")
    assert not show.is_visible()
    page.get_by_role("region", name="Taxonomy").get_by_role("button", name="Safety").click()
    assert show.inner_text() == "Show 4 of 6 papers"
    show.click()
    playwright.expect(page.locator("#papers-title")).to_be_in_viewport()
    playwright.expect(show).to_be_hidden()
    page.get_by_role("link", name="Taxonomy").click()
    playwright.expect(page.locator("#taxonomy-title")).to_be_in_viewport()
    assert address(page) == "#label=safety"  # a way about the page takes nothing back


def test_months_and_other_filters(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file)
    form = page.get_by_role("search")
    form.get_by_label("Until").select_option("2099-11")
    assert titles(page) == ["Aardvarks speak in many tongues", MARKUP]
    form.get_by_label("From").select_option("2099-11")
    assert titles(page) == ["Aardvarks speak in many tongues"]
    form.get_by_label("From").select_option("")
    form.get_by_label("Until").select_option("")
    form.get_by_label("Only").select_option(label="labelled by hand")
    assert said(page) == "3 of 6 papers"


def test_columns_sort_both_ways(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file)
    header = page.get_by_role("columnheader", name="Paper")
    date = page.get_by_role("columnheader", name="Date")
    assert date.get_attribute("aria-sort") == "descending"
    assert titles(page)[-1] == "Undated bread"
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert date.get_attribute("aria-sort") == "none"
    ascending = titles(page)
    assert ascending.index("Aardvarks speak in many tongues") < ascending.index("Undated bread")
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert titles(page) == ascending[::-1]
    page.get_by_role("columnheader", name="Cited by").get_by_role("button").click()
    assert titles(page)[0] == "Rewarding models in many tongues"


def test_a_paper_opens_with_its_reasons(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file)
    button = page.get_by_role("button", name="Aardvarks speak in many tongues")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.activeElement.textContent") == "Aardvarks speak in many tongues"
    details = page.get_by_role("region", name="Details: Aardvarks")
    reasons = details.locator(".why").inner_text()
    assert "Learning from feedback 0.90, given from 0." in reasons
    assert details.locator(".why blockquote mark").count() > 0  # the terms, in their sentence
    assert "Safety by hand" in reasons
    assert ALIGNED in details.locator(".why blockquote").all_inner_texts()
    assert details.locator(".terms li").count() >= 3
    assert details.get_by_role("link", name="SaltBench").get_attribute("href") == (
        "https://example.org/salt"
    )
    assert details.get_by_text("PepperBench").count() == 1
    assert details.get_by_role("link", name="PepperBench").count() == 0
    search(page, "aardvarks")
    details.get_by_role("link", name="Rewarding models in many tongues").click()
    opened = page.get_by_role("region", name="Details: Rewarding models")
    assert opened.get_by_role("link", name="Aardvarks speak").count() == 1  # cited by
    assert address(page) == "#paper=9912.00001"
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.get_by_role("region", name="Details: Rewarding models").count() == 1


def test_markup_stays_text(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file)
    search(page, "onerror")
    assert titles(page) == [MARKUP]
    page.get_by_role("button", name=MARKUP).click()
    assert page.locator("img").count() == 0


def test_not_even_a_slip_could_read_markup_or_ask_the_network(
    browser: Browser, page_file: Path
) -> None:
    page = browser.new_page()
    page.goto(page_file.as_uri())
    for slip in (
        "document.body.innerHTML = '<b>x</b>'",
        "document.createElement('script').text = 'x'",
    ):
        tried = f"() => {{ try {{ {slip}; return ''; }} catch (error) {{ return error.name; }} }}"
        assert page.evaluate(tried) == "TypeError", slip
    asked = "fetch('https://127.0.0.1:9/').then(() => '', error => error.name)"
    with page.expect_console_message(lambda message: "connect" in message.text.lower()):
        assert page.evaluate(asked) == "TypeError"
    page.context.close()


def test_pairs_of_labels(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file)
    box = page.get_by_role("region", name="Papers that carry two labels")
    cells = box.get_by_role("button", name="Learning from feedback and Safety: 2 papers")
    assert cells.count() == 1
    stops = box.locator("button[tabindex='0']")
    assert stops.count() == 1
    stops.focus()
    seen = []
    for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        seen.append(page.evaluate("document.activeElement.title.split(':')[0]"))
        assert stops.count() == 1
    assert seen == [
        "Code-switching and Benchmark",
        "Safety and Learning from feedback",
        "Code-switching and Benchmark",
        "Learning from feedback and Safety",
    ]
    page.keyboard.press("Enter")
    assert said(page) == "2 of 6 papers"


def test_ten_thousand_papers_cost_no_more_rows_than_fifty(
    visit: Callable[..., Page], large_file: Path
) -> None:
    page = visit(large_file)
    rows = page.locator("#list tbody tr")
    assert said(page) == "10,000 papers"
    assert rows.count() == 50
    search(page, "pepper")
    assert said(page) == "1,000 of 10,000 papers"
    assert rows.count() == 50
    search(page, "number 4321 salt")
    assert titles(page) == ["Paper number 4321 on salt"]
    search(page, "")
    first = titles(page)
    pager = page.get_by_role("navigation", name="Pages of papers")
    pager.get_by_role("button", name="Next").click()
    assert not set(titles(page)) & set(first)
    pager.get_by_role("button", name="Last").click()
    assert "Page 200 of 200" in pager.inner_text()
    assert pager.get_by_role("button", name="Next").is_disabled()
    assert page.evaluate("document.querySelectorAll('*').length") < 3000


def test_light_and_dark(visit: Callable[..., Page], page_file: Path) -> None:
    def background(page: Page) -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    legend = "Chart.getChart('months-chart').options.plugins.legend.labels.color"
    light = visit(page_file, color_scheme="light")
    dark = visit(page_file, color_scheme="dark")
    assert background(light) != background(dark)
    assert light.evaluate(legend) != dark.evaluate(legend)
    light.get_by_label("Theme").select_option("dark")
    assert background(light) == background(dark)
    assert light.evaluate(legend) == dark.evaluate(legend)
    dark.emulate_media(color_scheme="light")  # as at dawn
    dark.wait_for_selector("html[data-theme=light]")
    assert background(dark) != background(light)


@pytest.mark.parametrize("width", [360, 800])
def test_it_fits_narrow_screens(visit: Callable[..., Page], page_file: Path, width: int) -> None:
    page = visit(page_file, "#paper=9912.00011", viewport={"width": width, "height": 780})
    assert page.get_by_role("region", name="Details: Aardvarks").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_label("Sort by").is_visible() == (width == 360)


def test_the_keyboard_reaches_the_papers(visit: Callable[..., Page], page_file: Path) -> None:
    page = visit(page_file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the papers"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "words"


def test_on_paper(visit: Callable[..., Page], large_file: Path, page_file: Path) -> None:
    page = visit(page_file, color_scheme="dark")
    search(page, "tongues")
    assert page.pdf().startswith(b"%PDF-")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"  # as before
    page.emulate_media(media="print")
    page.wait_for_selector("html[data-theme=light]")
    assert "“tongues”" in page.locator("#print-note").inner_text()
    for hidden in ("#filters", "#pager", ".tools", "#months-numbers"):
        assert not page.locator(hidden).is_visible()
    assert page.locator("canvas").is_visible()
    large = visit(large_file)
    large.emulate_media(media="print")
    rows = large.locator("#list tbody tr")
    playwright.expect(rows).to_have_count(1000)
    large.emulate_media(media="screen")
    playwright.expect(rows).to_have_count(50)


def test_an_empty_index(visit: Callable[..., Page], tmp_path: Path) -> None:
    with Index.open(tmp_path / "mine.db", create=True) as index:
        write_report(index, tmp_path / "empty.html", PaperFilter(in_scope=True), format="html")
    page = visit(tmp_path / "empty.html")
    assert page.get_by_text("There are no papers here yet.").count() == 1
    assert said(page) == "0 papers"


@pytest.mark.parametrize(
    "address", ["#label=nonsense&sort=nonsense&from=x", "#paper=nonsense&only=x", "#%", "#taxonomy"]
)
def test_a_wrong_address_does_no_harm(
    visit: Callable[..., Page], page_file: Path, address: str
) -> None:
    assert len(titles(visit(page_file, address))) == 6
