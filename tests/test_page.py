"""`mine report --format html`: what the file holds, read without a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from command_line import Mine
from mllm_mine.classifier import explainer, load_model
from mllm_mine.config import ReportSettings
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.resources import ResourceRow
from mllm_mine.paper import Paper
from mllm_mine.reports import write_configured, write_report
from mllm_mine.reports.page import document, rows
from sample_index import invented_papers

MARKUP = "</script><!--<script>alert(1)</script><img src=x onerror=alert(1)>\u2028&amp;"


class Page(HTMLParser):
    """The elements of a page, as an HTML parser finds them."""

    def __init__(self, content: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.codes: list[tuple[str, dict[str, str | None], str]] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.text = content.decode("utf-8")
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._open = (tag, dict(attrs))
            self.codes.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            tag, attributes, code = self.codes[-1]
            self.codes[-1] = (tag, attributes, code + data)

    def data(self, name: str) -> Any:
        (code,) = [code for _, attributes, code in self.codes if attributes.get("id") == name]
        return json.loads(code)

    @property
    def rows(self) -> list[dict[str, Any]]:
        columns = self.data("facts")["columns"]
        return [dict(zip(columns, row, strict=True)) for row in self.data("rows")]

    def details(self, arxiv_id: str) -> dict[str, Any] | None:
        (row,) = [row for row in self.rows if row["id"] == arxiv_id]
        if row["block"] < 0:
            return None
        found: dict[str, Any] = self.data(f"details-{row['block']}")[arxiv_id]
        return found

    @property
    def policy(self) -> dict[str, list[str]]:
        (stated,) = [
            attributes["content"]
            for tag, attributes in self.tags
            if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        return {name: rest for name, *rest in map(str.split, (stated or "").split(";"))}


def page(index: Index, wanted: PaperFilter | None = None, **options: Any) -> Page:
    file = io.BytesIO()
    write_report(index, file, wanted or PaperFilter(in_scope=True), format="html", **options)
    return Page(file.getvalue())


def add(index: Index, number: int, **more: Any) -> Paper:
    """Adds an invented paper in scope, labelled by hand."""
    paper = replace(invented_papers()[0], arxiv_id=f"9912.{number:05}", **more)
    index.papers.upsert_many([paper], "jsonl")
    index.labels.give(paper.arxiv_id, {"in_scope": True, "safety": True})
    return paper


def test_the_policy_allows_the_pages_own_code_and_nothing_else(index: Index) -> None:
    made = page(index)
    hashes: dict[str, set[str]] = {"script": set(), "style": set()}
    for tag, attributes, code in made.codes:
        if attributes.get("type") != "application/json":
            digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
            hashes[tag].add(f"'sha256-{digest}'")
    assert len(hashes["script"]) == 3
    assert len(hashes["style"]) == 1
    policy = made.policy
    assert policy.pop("default-src") == ["'none'"]
    assert set(policy.pop("script-src")) == hashes["script"]
    assert set(policy.pop("style-src")) == hashes["style"]
    assert policy == {
        "img-src": ["data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
    }
    order = [attributes.get("http-equiv") for tag, attributes in made.tags if tag == "meta"]
    assert order[:2] == [None, "Content-Security-Policy"]  # before anything that it is to rule


def test_nothing_in_the_markup_runs_or_is_fetched(index: Index) -> None:
    for tag, attributes in page(index).tags:
        assert tag not in ("img", "iframe", "object", "embed", "base")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "srcset", "action", "data", "poster"):
            assert name not in attributes
        assert (attributes.get("href") or "#").startswith(("#", "data:image/svg+xml;base64,"))


def test_texts_cannot_leave_their_place(index: Index) -> None:
    plain = page(index)
    add(index, 77, title=MARKUP, abstract=MARKUP, authors=(MARKUP,), comment=MARKUP)
    made = page(index)
    assert [tag for tag, _ in made.tags] == [tag for tag, _ in plain.tags]
    (row,) = [row for row in made.rows if row["id"] == "9912.00077"]
    assert row["title"] == row["authors"] == MARKUP
    details = made.details("9912.00077")
    assert details is not None
    assert details["abstract"] == details["comment"] == MARKUP
    assert "<img" not in made.text
    before, _ = document.page_around("Salt & <b>pepper</b>")
    assert b"<title>Salt &amp; &lt;b&gt;pepper&lt;/b&gt;</title>" in before


def test_the_same_index_gives_the_same_bytes(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    first = page(index, explain=explainer(index, load_model()))
    monkeypatch.setenv("MINE_NOW", "2111-11-11T11:11:11Z")
    assert page(index, explain=explainer(index, load_model())).text == first.text


def test_rows(index: Index) -> None:
    made = page(index)
    assert [row["id"][-1] for row in made.rows] == ["3", "2", "1"]  # newest first, not withdrawn
    third = made.rows[0]
    assert third["title"] == "Übersetzung für alle: Łódź, São Paulo, 北京, हिन्दी"
    assert (third["version"], third["published"]) == (2, "2099-12-03")
    assert third["authors"] == "Ana Exemplo, Bo Tester"
    assert (third["scope"], third["p"], third["cited"]) == (1, 0.66, 0)
    ids = [label["id"] for label in made.data("facts")["labels"]]
    assert [[ids[place], p] for place, p in third["labels"]] == [
        ["code-switching", 0.55],
        ["benchmark", 0.93],
    ]
    marks = made.data("facts")["marks"]
    assert third["marks"] == marks["new"] | marks["uncertain"]
    index.labels.give("9912.00003", {"safety": True})
    assert [ids.index("safety"), None] in page(index).rows[0]["labels"]


def test_what_is_new(index: Index) -> None:
    new = page(index).data("facts")["marks"]["new"]
    assert all(row["marks"] & new for row in page(index).rows)
    made = page(index, new_since="2099-12-03")
    assert [row["id"][-1] for row in made.rows if row["marks"] & new] == ["3"]
    assert made.data("facts")["newSince"] == "2099-12-03"


def test_filters_choose_and_are_told(index: Index) -> None:
    everything = page(index, PaperFilter())
    assert [row["id"][-1] for row in everything.rows] == ["6", "4", "3", "2", "1"]
    assert everything.data("facts")["selection"] == []
    assert [row["scope"] for row in everything.rows] == [None, 0, 1, 1, 1]
    narrow = page(
        index,
        PaperFilter(
            labels=("safety",),
            since="2099-11-30",
            until="2099-12-31",
            in_scope=True,
            min_probability=0.7,
        ),
    )
    assert [row["id"][-1] for row in narrow.rows] == ["1"]
    assert narrow.data("facts")["selection"] == [
        "in scope",
        "labelled Safety",
        "from 2099-11-30 on",
        "up to 2099-12-31",
        "with labels of probability 0.7 and above",
    ]


def test_an_empty_index(tmp_path: Path) -> None:
    with Index.open(tmp_path / "empty.db", create=True) as index:
        made, taxonomy = page(index), index.taxonomy
    assert made.rows == []
    facts = made.data("facts")
    assert (facts["papers"], facts["newest"], facts["newSince"]) == (0, "", "")
    assert len(facts["labels"]) == len(taxonomy.labels)


def test_reasons_are_those_of_the_model(index: Index) -> None:
    model = load_model()
    abstract = (
        "🍞🍞 Bakers bake. We align a multilingual language model with human preferences by "
        "reinforcement learning from human feedback in forty languages. It rains."
    )
    add(index, 50, abstract=abstract)
    index.connection.execute(
        "INSERT INTO predictions VALUES ('9912.00050', 'rlhf', 0.9, 1, 'mllm-test')"
    )
    made = page(index, explain=explainer(index, model))
    details = made.details("9912.00050")
    assert details is not None
    labels = [label["id"] for label in made.data("facts")["labels"]]
    given = {(["in_scope", *labels])[place + 1]: rest for place, *rest in details["reasons"]}
    assert set(given) == {"in_scope", "rlhf"}  # safety is by hand: the model gave no reason
    (start, end), terms, threshold = given["rlhf"]
    units = abstract.encode("utf-16-le")
    sentence = units[2 * start : 2 * end].decode("utf-16-le")
    explained = explainer(index, model)("9912.00050", ["rlhf"])["rlhf"]
    assert sentence == explained.sentences[0]
    assert threshold == round(explained.threshold, 2)
    assert sentence.startswith("We align")
    assert [term for term, _ in terms] == [
        term for term, added in explained.terms[: len(terms)] if added > 0
    ]
    assert "reasons" not in (page(index).details("9912.00050") or {})


def test_citations_and_resources(index: Index) -> None:
    entry = {"text": "", "title": "", "arxiv_id": "9912.00002", "doi": "", "year": 2099}
    index.citations.keep_references("9912.00001", [entry])
    index.resources.keep(
        "9912.00001",
        "read",
        [
            ResourceRow(
                *("9912.00001", "saltbench", "SaltBench", "benchmark", "https://example.org/salt"),
                *("released", "", "", "We release SaltBench."),
            )
        ],
    )
    made = page(index)
    citing, cited = made.details("9912.00001"), made.details("9912.00002")
    assert citing is not None
    assert cited is not None
    assert [each[0] for each in citing["cites"]] == ["9912.00002"]
    assert [each[0] for each in cited["citedBy"]] == ["9912.00001"]
    assert citing["resources"] == [
        {
            "name": "SaltBench",
            "kind": "benchmark",
            "role": "released",
            "url": "https://example.org/salt",
            "evidence": "We release SaltBench.",
        }
    ]
    assert [row["cited"] for row in made.rows] == [0, 1, 0]


def test_details_are_for_the_newest_in_scope(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page(index, PaperFilter()).details("9912.00004") is None  # out of scope
    monkeypatch.setattr(rows, "DETAILED", 2)
    made = page(index)
    assert made.details("9912.00002") is not None
    assert made.details("9912.00001") is None
    assert made.data("facts")["detailed"] == 2


def test_details_come_in_blocks(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_AT_ONCE", 2)
    made = page(index)
    assert [row["block"] for row in made.rows] == [0, 0, 1]
    assert made.details("9912.00001") is not None


def test_the_command(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    done = mine("report", "--format", "html", "--label", "rlhf", "--output", "site/page.html")
    assert (done.code, done.out) == (0, ""), done.err
    assert done.err == "mine: 1 paper written to site/page.html\n"
    made = Page((tmp_path / "site" / "page.html").read_bytes())
    (row,) = made.rows
    details = made.details(row["id"])
    assert details is not None
    assert {place for place, *_ in details["reasons"]} == {
        -1,
        *(place for place, _ in row["labels"]),
    }
    assert mine("report", "--format", "html", "--label", "rlhf").out == made.text


def test_no_model_means_no_reasons(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[classify]\nmodel = "absent.model"\n')
    done = mine("report", "--format", "html", "--output", "page.html")
    assert done.code == 0
    assert "no reasons in the page: " in done.err
    facts = Page((tmp_path / "page.html").read_bytes()).data("facts")
    assert (facts["papers"], facts["explained"]) == (3, False)


def test_a_configured_page(index: Index, tmp_path: Path) -> None:
    target = tmp_path / "survey.html"
    written = write_configured(index, ReportSettings(output=str(target), format="html"))
    assert (written.format, written.papers) == ("html", 3)
    assert [row["id"][-1] for row in Page(target.read_bytes()).rows] == ["3", "2", "1"]


def test_without_the_charting_library(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    (tmp_path / "hollow" / "chartkick").mkdir(parents=True)
    (tmp_path / "hollow" / "chartkick" / "__init__.py").write_text("")
    (tmp_path / "page.html").write_text("the page of yesterday")
    done = mine(
        *("report", "--format", "html", "--output", "page.html"),
        env={"PYTHONPATH": str(tmp_path / "hollow")},
    )
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "'chartkick' is not installed whole" in done.err
    assert (tmp_path / "page.html").read_text() == "the page of yesterday"


def test_the_licences_are_in_the_page(index: Index) -> None:
    text = page(index).text
    assert text.count("Permission is hereby granted, free of charge") >= 4
    assert "Chart.js Contributors" in text
    assert re.search(r"Charts by Chart\.js \d+\.\d+\.\d+ ", text)


SCRIPTS = Path(document.__file__).parent / "js"


def test_scripts_put_in_no_markup() -> None:
    for path in [*SCRIPTS.glob("*.js"), SCRIPTS.parent / "page.css"]:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 400
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", text)
        assert not re.search(r"https?://(?!arxiv\.org/|doi\.org/)|@import|url\(", text), path.name


def test_scripts_import_what_earlier_ones_export() -> None:
    assert {path.stem for path in SCRIPTS.glob("*.js")} == {*document.MODULES, "early"}
    exported: dict[str, set[str]] = {}
    for name in document.MODULES:
        code = (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")
        for names, module in re.findall(r'^import \{ (.*) \} from "\./(\w+)\.js";$', code, re.M):
            assert set(names.split(", ")) <= exported[module], f"{name} from {module}"
        exported[name] = set(re.findall(r"^export (?:function|const) (\w+)", code, re.M))
        left = document.own_script()
        assert not re.search(r"^(import|export) ", left, re.M)
