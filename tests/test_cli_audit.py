"""`mine audit`: what a list lacks and what is wrong with it, for lists in every format."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from command_line import Mine, clean_environment, runner
from mllm_mine.audit import Audit, audit, pull_request
from mllm_mine.audit.line_style import learn_style
from mllm_mine.audit.survey_list import is_possible, read_list
from mllm_mine.index import Index
from mllm_mine.index.resources import ResourceRow
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.labelling.mapping import Mapping
from mllm_mine.paper import Paper
from mllm_mine.progress import Silent
from mllm_mine.resources import read_pending
from mllm_mine.taxonomy import builtin_taxonomy

TITLES = {
    1: "Rewarding rye bread in ninety tongues",
    2: "Do ovens understand Basque? A benchmark",
    3: "Instructing sour dough in Quechua",
    4: "Steam engines of the last century",
    5: "A withdrawn paper on flour tokens",
    6: "Preferences of bakers who speak Sami",
    7: "Baking with retrieved recipes in Tamil",
    8: "Pre-training crumbs from scratch for Maltese",
}
LABELS = {
    1: {"rlhf": 0.95},
    2: {"direct-prompting": 0.9, "benchmark": 0.97},
    3: {"sft": 0.9},
    4: {},
    5: {"sft": 0.9},
    6: {"rlhf": 0.8},
    7: {"retrieval-augmented": 0.7},
    8: {"pretraining": 0.9, "from-scratch": 0.85},
}
README = """\
# Awesome baking

- [Contents](#contents)

## Parameter tuning

### SFT Alignment

* [2099/11] **Instructing sour dough in Quechua** *Exemplo et al.* Arxiv. \
[[paper]](https://arxiv.org/abs/9911.00003) [[code]](https://github.com/ana/dough) \
![](https://img.shields.io/github/stars/ana/dough)
* [2099/10] **Some other bread that nobody baked** *Tester et al.* Arxiv. \
[[paper]](https://arxiv.org/abs/9910.00099v1)
* [2099/10] **Some other bread that nobody baked** *Tester et al.* Arxiv. \
[[paper]](https://arxiv.org/abs/9910.00099)

### RLHF

* [2099/12] **Do ovens understand Basque?** *Exemplo et al.* Arxiv. \
[[paper]](https://arxiv.org/abs/9911.00002v1)
* [2099/11] **Steam ovens in the Alps** *Nobody et al.* Arxiv. \
[[paper]](https://arxiv.org/abs/9911.00001)
* [2098/01] **A loaf whose id cannot be** *Nobody et al.* Arxiv. \
[[paper]](https://arxiv.org/abs/9913.00001)
* [2097/01] **An id from the future of its year** *Nobody et al.* Arxiv. \
[[paper]](https://arxiv.org/abs/9901.00077)

## Things without a label

* [2099/11] **Steam engines of the last century** *Exemplo et al.* Arxiv. \
[[paper]](https://arxiv.org/abs/9911.00004)
* [2099/11] **Bread that is only code** [[code]](https://github.com/ana/only-code)
* [2099/11] **Bread of a conference** [[paper]](https://example.org/bread)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of eight papers, and a list of some."""
    folder = tmp_path_factory.mktemp("audit")
    papers = [
        Paper(
            f"9911.{number:05}",
            2 if number == 2 else 1,
            title,
            "An invented abstract.",
            authors=("Ana Exemplo", "Bo Tester"),
            primary_category="cs.CL",
            published=f"2099-11-{number:02}T12:00:00Z",
            journal_ref="Annals of Bread 3 (2099)" if number == 2 else "",
            withdrawn=number == 5,
        )
        for number, title in TITLES.items()
    ]
    with Index.open(folder / "mine.db", create=True) as index:
        index.papers.upsert_many(papers, "jsonl")
        index.predictions.store(
            "mllm-test",
            [
                StoredPrediction(
                    arxiv_id=f"9911.{number:05}",
                    version=1,
                    in_scope=number != 4,
                    p_in_scope=0.01 if number == 4 else 0.9,
                    probabilities=labels,
                    labels=frozenset(labels),
                    uncertain=False,
                    unfamiliar=False,
                    used_text=False,
                )
                for number, labels in LABELS.items()
            ],
        )
        index.fulltexts.save(
            "9911.00004",
            1,
            status="ok",
            reason="",
            text="We cite a baker.",
            structure={"references": [{"text": "", "title": "", "arxiv_id": "9911.00006"}]},
            pages=1,
            extractor="test",
            seconds=0.1,
        )
        for arxiv_id, name, kind, url in (
            ("9911.00008", "CrumbBench", "benchmark", "https://github.com/ana/crumbbench"),
            ("9911.00006", "crumbs", "code", "https://github.com/ana/crumbs"),
            ("9911.00003", "SourSet", "dataset", ""),
        ):
            row = ResourceRow(
                arxiv_id, name.lower(), name, kind, url, "released", "", "", "We release it."
            )
            index.resources.keep(arxiv_id, "read", [row])
    (folder / "README.md").write_text(README, encoding="utf-8")
    return folder


@pytest.fixture
def index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.setenv("MINE_NOW", "2100-01-01")
    return Index.open(folder / "mine.db")


@pytest.fixture
def mine(folder: Path, tmp_path: Path) -> Mine:
    return runner(folder, {**clean_environment(tmp_path / "home"), "MINE_NOW": "2100-01-01"})


def found(result: Audit, kind: str) -> list[tuple[str, str]]:
    return [(each.arxiv_id, each.message) for each in result.findings if each.kind == kind]


def test_what_a_readme_lacks_is_ranked_and_placed(index: Index, folder: Path) -> None:
    result = audit(index, folder / "README.md", since="2099-11-01")
    assert [(each.classified.paper.arxiv_id[-1], each.section) for each in result.papers] == [
        ("6", "Parameter tuning / RLHF"),  # less sure than 8, but cited
        ("8", ""),
        ("7", ""),
    ]
    assert result.papers[0].cited_by == 1
    assert [each.resource.name for each in result.resources] == ["CrumbBench", "SourSet"]
    assert result.unread > 0
    assert "Not read for resources:" in pull_request(result, builtin_taxonomy())
    assert result.survey_list.unmapped == ("Things without a label",)
    assert audit(index, folder / "README.md").papers == ()  # after the list's newest id
    only = audit(index, folder / "README.md", since="2099-11-01", labels=["pretraining"])
    assert [each.label for each in only.papers] == ["from-scratch"]
    assert audit(index, folder / "README.md", since="2099-11-01", top=1).papers_in_all == 3


def test_an_audit_writes_nothing(index_path: Path) -> None:
    with Index.open(index_path) as index:
        assert read_pending(index, Silent()) > 0
        before = index.connection.total_changes
        assert audit(index).unread == 0
        assert index.connection.total_changes == before


def test_what_is_wrong_with_a_readme(index: Index, folder: Path) -> None:
    result = audit(index, folder / "README.md")
    (twice,) = [each for each in result.findings if each.kind == "duplicate"]
    assert twice.lines == (10, 11)
    assert found(result, "wrong-id") == [
        ("9911.00001", "9911.00001 is “Rewarding rye bread in ninety tongues”"),
        ("", "9913.00001 is no id that arXiv has given"),
        (
            "9901.00077",
            "the id 9901.00077 is of 2099, and the entry says 2097: one of them is wrong",
        ),
    ]
    assert found(result, "superseded") == [
        ("9911.00002", "links to version 1, and version 2 is out"),
        (
            "9911.00002",
            "stands as a preprint, and is published: Annals of Bread 3 (2099)",
        ),
    ]
    assert found(result, "mis-filed") == [("9911.00002", "reads like direct-prompting")]
    assert found(result, "out-of-scope") == [("9911.00004", "seems to be out of scope")]
    assert [each.title for each in result.findings if each.kind == "no-paper"] == [
        "Bread that is only code"
    ]
    assert result.unchecked == ("9910.00099", "9901.00077")


def test_lines_are_written_as_the_list_writes_them(index: Index, folder: Path) -> None:
    text = pull_request(audit(index, folder / "README.md", since="2099-11-01"), builtin_taxonomy())
    assert (
        "### Parameter tuning / RLHF\n\n"
        "* [2099/11] **Preferences of bakers who speak Sami** *Exemplo et al.* Arxiv. "
        "[[paper]](https://arxiv.org/abs/9911.00006) [[code]](https://github.com/ana/crumbs) "
        "![](https://img.shields.io/github/stars/ana/crumbs)\n"
    ) in text
    assert (
        "* [2099/11] **Pre-training crumbs from scratch for Maltese** *Exemplo et al.* Arxiv. "
        "[[paper]](https://arxiv.org/abs/9911.00008)\n"
    ) in text


STYLES = {
    "- Ana Exemplo, Bo Tester. [{title}](https://arxiv.org/abs/{id}). 2099.": (
        "- Cy Neu, Di Alt. [A new loaf](https://arxiv.org/abs/9912.00005). 2099."
    ),
    "| {title} | [pdf](https://arxiv.org/pdf/{id}.pdf) | 2099-11 |": (
        "| A new loaf | [pdf](https://arxiv.org/pdf/9912.00005.pdf) | 2099-12 |"
    ),
    "1. **{title}** (Exemplo et al., 2099) [Paper](https://arxiv.org/abs/{id})": (
        "1. **A new loaf** (Neu et al., 2099) [Paper](https://arxiv.org/abs/9912.00005)"
    ),
}


@pytest.mark.parametrize("style", STYLES)
def test_other_styles_are_learned(style: str, tmp_path: Path) -> None:
    lines = [style.format(title=TITLES[number], id=f"9911.{number:05}") for number in (1, 2, 3)]
    (tmp_path / "list.md").write_text("# List\n## Papers\n" + "\n".join(lines) + "\n")
    learned = learn_style(read_list(tmp_path / "list.md", Mapping(builtin_taxonomy())).entries)
    assert learned is not None
    new = Paper(
        "9912.00005", 1, "A new loaf", "", ("Cy Neu", "Di Alt"), published="2099-12-05T00:00:00Z"
    )
    assert learned.line(new) == STYLES[style]


def test_bibtex_and_ris_lists(index: Index, tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text(
        "@misc{a, title={Instructing Sour Dough in {Quechua}}, keywords={sft}, year=2099}\n"
        "@misc{b, title={Rewarding rye bread}, eprint={9911.00001}, year={2098}}\n"
    )
    result = audit(index, tmp_path / "refs.bib", since="2099-11-01")
    missing = {each.classified.paper.arxiv_id[-1] for each in result.papers}
    assert missing == {"2", "6", "7", "8"}  # one known by its title, one by its id
    assert [message[:24] for _, message in found(result, "wrong-id")] == [
        "the id 9911.00001 is of "
    ]
    assert "@article{arxiv-9911.00002,\n" in pull_request(result, builtin_taxonomy())
    (tmp_path / "refs.ris").write_text(
        "TY  - UNPB\nTI  - Instructing sour dough in Quechua\nPY  - 2099\nER  - \n"
    )
    result = audit(index, tmp_path / "refs.ris", since="2099-11-01", top=1)
    assert result.papers_in_all == 5
    assert "\nTY  - " in pull_request(result, builtin_taxonomy())


@pytest.mark.parametrize(
    "content",
    [
        "id,title\n9911.00003,\n",
        "9911.00003\n",
        "https://arxiv.org/abs/9911.00003v1\n",
        "Instructing sour dough, in Quechua\n",
        "Title\tYear\nInstructing Sour Dough in Quechua\t2099\n",
    ],
)
def test_tables_of_ids_or_titles(index: Index, tmp_path: Path, content: str) -> None:
    (tmp_path / "list.csv").write_text(content)
    result = audit(index, tmp_path / "list.csv", since="2099-11-01")
    assert {each.classified.paper.arxiv_id[-1] for each in result.papers} == {*"12678"}


def test_rows_are_written_in_the_lists_own_columns(index: Index, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Section,Title,Link\nrlhf,Bread,\n")
    result = audit(index, tmp_path / "list.csv", since="2099-11-01", top=1)
    text = pull_request(result, builtin_taxonomy())
    (row,) = csv.reader(io.StringIO(text.split("```csv\n")[1].split("```")[0]))
    assert row == ["rlhf", TITLES[6], "https://arxiv.org/abs/9911.00006"]


def test_rows_of_our_own_report_and_of_bare_ids(index: Index, mine: Mine, folder: Path) -> None:
    (folder / "own.csv").write_text(mine("report", "--until", "2099-11-02").out)
    text = pull_request(
        audit(index, folder / "own.csv", since="2099-11-01", top=1), builtin_taxonomy()
    )
    (full,) = csv.reader(io.StringIO(text.split("```csv\n")[1].split("```")[0]))
    report = list(csv.reader(io.StringIO(mine("report", "--until", "2099-11-06").out)))
    assert full in report
    (folder / "ids.txt").write_text("9911.00001\n")
    text = pull_request(audit(index, folder / "ids.txt", since="2099-11-01"), builtin_taxonomy())
    assert "```csv\n9911.00006\n" in text


def test_ids_that_arxiv_can_have_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE_NOW", "2026-05-20")
    good = ("2605.00001", "1412.1234", "0704.0001", "math/0309136")
    bad = (
        *("2606.00001", "1412.12345", "1501.1234", "0703.0001", "2413.00001"),
        *("math/0809136", "nonsense"),
    )
    assert [each for each in (*good, *bad) if is_possible(each)] == list(good)


def test_the_surveys_own_list_and_its_slips(mine: Mine) -> None:
    """Those that its authors would find: two ids of other papers, and an entry twice there."""
    result = mine("audit", "--json").json
    assert result["entries"] == 230
    assert result["since"] == "2024-02-01"
    wrong = {each["arxiv_id"] for each in result["findings"] if each["kind"] == "wrong-id"}
    assert {"2209.14500", "2401.17163"} <= wrong
    twice = {each["arxiv_id"] for each in result["findings"] if each["kind"] == "duplicate"}
    assert twice == {"2308.12674"}
    bare = {each["title"][:5] for each in result["findings"] if each["kind"] == "no-paper"}
    assert bare == {"YuLan", "Chine", "Huozi", "MOSS:"}
    assert result["missing_papers"] == 6
    assert result["papers"][0]["arxiv_id"] == "9911.00006"
    ids = mine("audit", "--unchecked").out.strip().split(",")
    assert len(ids) == len(result["unchecked"]) > 100


def test_the_command_line(mine: Mine, folder: Path) -> None:
    done = mine("audit", "README.md", "--since", "2099-11-01", "--output", "audit.md")
    assert (done.code, done.out) == (0, "")
    assert done.err == "mine: 3 papers to add and 9 remarks written to audit.md\n"
    text = (folder / "audit.md").read_text(encoding="utf-8")
    assert mine("audit", "-", "--since", "2099-11-01", stdin=README).out == text.replace(
        "README.md", "standard input"
    )
    for arguments, code in (
        (["nowhere.md"], 2),
        (["--label", "nonsense"], 2),
        (["--since", "yesterday"], 2),
        (["mine.db"], 1),
    ):
        failed = mine("audit", *arguments)
        assert (failed.code, failed.out, failed.err.count("\n")) == (code, "", 1)
    assert "holds no entry" in mine("audit", "-", stdin="# Nothing\n").err


def test_a_mapping_says_what_sections_hold(mine: Mine, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[labels]\n"Things without a label" = ["pretraining"]\n')
    result = mine(
        *("audit", "README.md", "--since", "2099-11-01", "--json"),
        *("--mapping", tmp_path / "map.toml"),
    ).json
    sections = {each["arxiv_id"]: each["section"] for each in result["papers"]}
    assert sections["9911.00008"] == "Things without a label"
