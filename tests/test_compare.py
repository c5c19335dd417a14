"""``mine compare``: results of both families side by side, and what is left out."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.reports.comparison import ComparisonFilter, compare

# In the sample index, .00001 and .00002 are tuned and .00003 is frozen; .00005 has no label.
ABSTRACTS = {
    "9912.00001": "Our tuned mBERT reaches 71.5 accuracy on XNLI for Swahili.",
    "9912.00002": "A tuned XLM-R large reaches 79.2 accuracy on XNLI in our new oven.",
    "9912.00003": "Prompted to switch tongues, mBERT gains +2.5% accuracy on XNLI for Urdu. "
    "XLM-R base reaches 70.1 accuracy on XNLI there.",
    "9912.00004": "Out of scope: mBERT reaches 60.1 accuracy on XNLI here.",
    "9912.00005": "Without a label: mBERT reaches 60.2 accuracy on XNLI here.",
}


@pytest.fixture
def filled(index_path: Path) -> Path:
    with sqlite3.connect(index_path) as connection:
        connection.executemany(
            "UPDATE papers SET withdrawn = 0, abstract = ?, last_changed = '2099-12-08' "
            "WHERE arxiv_id = ?",
            [(abstract, arxiv_id) for arxiv_id, abstract in ABSTRACTS.items()],
        )
    return index_path


def test_results_stand_beside_those_of_the_other_family(mine: Mine, filled: Path) -> None:
    done = mine("compare", "--json")
    (found,) = done.json
    assert (found["benchmark"], found["model"]) == ("XNLI", "mBERT")
    assert [
        (each["setting"], each["arxiv_id"], each["number"], each["kind"], each["languages"])
        for each in found["results"]
    ] == [
        ("parameter-tuning", "9912.00001", "71.5", "value", "Swahili"),
        ("parameter-frozen", "9912.00003", "+2.5%", "difference", "Urdu"),
    ]
    assert found["results"][0]["evidence"] == ABSTRACTS["9912.00001"]
    assert [each["model_from"] for each in found["results"]] == ["result", "result"]


def test_what_has_no_counterpart_is_counted_and_shown_when_asked_for(
    mine: Mine, filled: Path
) -> None:
    assert "2 results left out" in mine("compare").err
    (found,) = mine("compare", "--unmatched", "--json").json
    assert found["model"] == "XLM-R"  # large against base: not the same model
    assert [each["size"] for each in found["results"]] == ["large", "base"]


def test_csv_and_files(mine: Mine, filled: Path, tmp_path: Path) -> None:
    written = mine("compare", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(written)))
    assert [row["number"] for row in rows] == ["71.5", "'+2.5%"]  # no formula in a spreadsheet
    assert [row["page"] for row in rows] == ["", ""]
    mine("compare", "--output", "rows.csv")
    assert list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text()))) == rows


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (["--benchmark", "xnli", "--model", "mbert"], ["71.5", "+2.5%"]),
        (["--model", "XLM-R"], []),
        (["--benchmark", "MGSM"], []),
        (["--since", "2099-12-02"], []),
        (["--language", "sw"], []),
        (["--language", "swahili", "--unmatched"], ["71.5"]),
        (["--model", "XLM-R-large", "--unmatched"], ["79.2"]),
    ],
)
def test_filters(mine: Mine, filled: Path, options: list[str], numbers: list[str]) -> None:
    found = mine("compare", "--json", *options).json
    assert [each["number"] for group in found for each in group["results"]] == numbers


@pytest.mark.parametrize(
    "option", [("--model", "DoughGPT"), ("--benchmark", "CrumbQA"), ("--language", "Klingon")]
)
def test_an_unknown_name_is_named(mine: Mine, filled: Path, option: tuple[str, str]) -> None:
    done = mine("compare", *option)
    assert done.code == 2
    assert option[1] in done.err and "write it like" in done.err.replace("as papers do, ", "")


def test_a_label_by_hand_decides_the_family_and_a_paper_is_no_counterpart_of_itself(
    mine: Mine, filled: Path, index: Index
) -> None:
    mine("label", "9912.00003", "+finetuning")
    mine("compare", "--json")
    (found,) = compare(index, PaperFilter(in_scope=True), ComparisonFilter()).matched
    assert [each.setting for each in found.results] == ["parameter-tuning", "both"]
    mine("label", "9912.00001", "-in_scope")
    assert compare(index, PaperFilter(in_scope=True), ComparisonFilter()).matched == ()


def test_a_changed_paper_is_read_again(mine: Mine, filled: Path) -> None:
    assert mine("compare", "--json").json
    with sqlite3.connect(filled) as connection:
        connection.execute(
            "UPDATE papers SET abstract = 'We changed our mind.', last_changed = '2099-12-09' "
            "WHERE arxiv_id = '9912.00001'"
        )
    assert mine("compare", "--json").json == []


def test_another_program_gets_a_line_for_each_result(mine: Mine, filled: Path) -> None:
    lines = [line.split("\t") for line in mine("compare").out.splitlines()]
    assert [line[:5] for line in lines] == [
        ["XNLI", "mBERT", "", "tuning", "71.5"],
        ["XNLI", "mBERT", "", "frozen", "+2.5%"],
    ]
