"""`mine report`: the contract's columns, safe in a spreadsheet, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.reports import write_report
from mllm_mine.taxonomy import parse_taxonomy

HEADER = (
    "arxiv_id,version,title,authors,published,updated,primary_category,categories,"
    "in_scope,p_in_scope,alignment,frontiers,resources,url"
)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def report(index: Index, **options: object) -> bytes:
    file = io.BytesIO()
    write_report(index, file, PaperFilter(), **options)  # type: ignore[arg-type]
    return file.getvalue()


def test_the_contracts_columns(mine: Mine, index_path: Path) -> None:
    result = mine("report")
    assert result.code == 0, result.err
    assert result.out.split("\r\n")[0] == HEADER
    assert result.err == ""
    found = rows(result.out)
    assert [row["arxiv_id"][-1] for row in found] == ["5", "3", "2", "1"]
    assert found[1] == {
        "arxiv_id": "9912.00003",
        "version": "2",
        "title": "Übersetzung für alle: Łódź, São Paulo, 北京, हिन्दी",
        "authors": "Ana Exemplo; Bo Tester",
        "published": "2099-12-03T12:00:00Z",
        "updated": "2099-12-03T12:00:00Z",
        "primary_category": "cs.CL",
        "categories": "cs.CL; cs.AI",
        "in_scope": "true",
        "p_in_scope": "0.66",
        "alignment": "code-switching",
        "frontiers": "",
        "resources": "benchmark",
        "url": "https://arxiv.org/abs/9912.00003",
    }


def test_the_view_classified_holds_the_same(index: Index) -> None:
    index.labels.give("9912.00001", {"in_scope": False, "finetuning": True, "rlhf": False})
    view = index.connection.execute("SELECT * FROM classified").fetchall()
    assert ",".join(view[0].keys()) == HEADER
    by_id = {row["arxiv_id"]: row for row in rows(report(index, raw=True).decode())}
    assert len(by_id) == len(view) == 6
    booleans = {None: "", 0: "false", 1: "true"}
    for seen in view:
        row = by_id[seen["arxiv_id"]]
        for column in seen.keys():  # noqa: SIM118 (a row iterates over values)
            value = seen[column]
            if column == "in_scope":
                value = booleans[value]
            assert row[column] == ("" if value is None else str(value)), column


def test_filters(mine: Mine, index_path: Path) -> None:
    assert len(rows(mine("report", "--all").out)) == 6
    assert len(rows(mine("report", "--since", "2099-12-03").out)) == 2
    (only,) = rows(mine("report", "--label", "parameter-frozen").out)
    assert only["arxiv_id"] == "9912.00003"
    assert mine("report", "--label", "nonsense").code == 2
    assert mine("report", "--format", "pptx").code == 2


def test_nothing_to_report_is_a_header(mine: Mine, index_path: Path) -> None:
    assert mine("report", "--since", "2099-12-30").out == HEADER + "\r\n"


def test_json(mine: Mine, index_path: Path) -> None:
    document = mine("report", "--format", "json").json
    assert mine("report", "--json").json == document
    assert document[3]["authors"] == ["Ana Exemplo", "Bo Tester"]
    assert document[3]["in_scope"] is True
    assert document[3]["labels"][1] == {"label": "safety", "probability": 0.72, "by_hand": False}
    assert mine("report", "--json", "--since", "2099-12-30").json == []


def test_formulas_are_neutralised_unless_raw(mine: Mine, index_path: Path) -> None:
    title = '=SUM(A1) or "quoted", a title; with everything'
    assert rows(mine("report").out)[2]["title"] == "'" + title
    assert rows(mine("report", "--raw").out)[2]["title"] == title


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n="])
def test_no_cell_begins_like_a_formula(index: Index, start: str) -> None:
    with index.transaction() as connection:
        connection.execute("UPDATE papers SET title = ?", (start + "cmd|' /C calc'!A0",))
    for cell in (cell for row in rows(report(index).decode()) for cell in row.values()):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@settings(max_examples=100, deadline=None)
@given(texts | st.sampled_from(['a"b', "a,b;c", "line\nbreak", "line\rbreak", '"', ",", "é\u2028"]))
def test_any_title_comes_back_from_any_csv_reader(
    tmp_path_factory: pytest.TempPathFactory, title: str
) -> None:
    with Index.open(tmp_path_factory.mktemp("index") / "mine.db", create=True) as index:
        index.connection.execute(
            "INSERT INTO papers (arxiv_id, docid, version, title, abstract, first_seen, "
            "last_changed) VALUES ('9912.00001', 1, 1, ?, '', '', '')",
            (title,),
        )
        (row,) = rows(report(index, raw=True).decode())
        assert row["title"] == title
        assert row["url"].endswith("9912.00001")


def test_the_same_index_gives_the_same_bytes(mine: Mine, index_path: Path) -> None:
    first, second = index_path.parent / "a.csv", index_path.parent / "b.csv"
    mine("report", "--output", first, env={"TZ": "Asia/Kolkata", "PYTHONHASHSEED": "1"})
    mine("report", "--output", second, env={"LC_ALL": "C", "PYTHONHASHSEED": "2"})
    assert first.read_bytes() == second.read_bytes()
    assert not first.read_bytes().startswith(b"\xef\xbb\xbf")


def test_output_to_a_file_says_so_on_stderr_only(mine: Mine, index_path: Path) -> None:
    result = mine("report", "--output", "new/folder/papers.csv")
    assert (result.code, result.out) == (0, "")
    assert "4 papers written to new/folder/papers.csv" in result.err
    assert mine("-q", "report", "--output", "papers.csv").err == ""
    document = mine("report", "--output", "papers.csv", "--json").json
    assert document == {"output": "papers.csv", "format": "csv", "papers": 4}


def test_a_report_that_fails_leaves_the_old_one(mine: Mine, index: Index, tmp_path: Path) -> None:
    old = tmp_path / "papers.csv"
    old.write_text("kept")
    index.connection.execute("PRAGMA ignore_check_constraints = ON")
    index.connection.execute("UPDATE papers SET authors = 'no json' WHERE arxiv_id = '9912.00001'")
    assert mine("report", "--output", old).code == 1
    assert old.read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir() if "papers.csv" in path.name] == ["papers.csv"]


def test_rights_links_and_devices(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    assert mine("report", "--output", link).code == 0
    assert link.is_symlink()
    assert real.read_text().startswith("arxiv_id")
    assert real.stat().st_mode & 0o777 == 0o640
    assert mine("report", "--output", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()
    assert mine("report", "--output", tmp_path).code == 1  # a folder


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_is_one_clear_line(index_path: Path, environment: dict[str, str]) -> None:
    for command in (["report"], ["list", "--limit", "0"], ["report", "--output", "/dev/full"]):
        with open("/dev/full", "w") as full:  # noqa: PTH123
            done = subprocess.run(
                [sys.executable, "-m", "mllm_mine", *command],
                cwd=index_path.parent,
                env=environment,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 1
        assert "No space left" in done.stderr
        assert done.stderr.count("\n") == 1


def test_another_taxonomy_has_other_columns(index: Index) -> None:
    index.use_taxonomy(
        parse_taxonomy(
            '[taxonomy]\nid = "x"\ntitle = "X"\n[[dimension]]\nid = "colour"\n'
            '[[label]]\nid = "red"\ndimension = "colour"\n'
        )
    )
    index.labels.give("9912.00004", {"red": True})
    found = rows(report(index).decode())
    assert list(found[0])[-3:] == ["p_in_scope", "colour", "url"]
    assert {row["arxiv_id"]: row["colour"] for row in found}["9912.00004"] == "red"
    # without [scope] every paper belongs to the survey
    file = io.BytesIO()
    assert write_report(index, file, PaperFilter(in_scope=True), format="json").papers == 6
    assert json.loads(file.getvalue())[0]["colour"] == []
