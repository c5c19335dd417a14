"""`mine labels export|import`: a round trip without loss, twice the same as once."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.labels import HandLabel, cleaned
from mllm_mine.labelling.exchange import export_labels, import_labels
from mllm_mine.labelling.history_files import (
    read_csv,
    read_json_lines,
    write_csv,
    write_json_lines,
)


@pytest.fixture
def labelled(index: Index) -> Index:
    index.labels.give(
        *("9912.00001", {"rlhf": False, "survey": True}),
        author="Ana Łódź",
        tool="mine label",
        note='=1+1, "quoted"; and\nanother line',
    )
    index.labels.give("9912.00001", {"rlhf": None}, author="Bo")
    index.labels.give("9912.00002", {"in_scope": False}, author="Bo", note="'=kept as it is")
    return index


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_export_delete_import_gives_identical_labels(
    mine: Mine, labelled: Index, tmp_path: Path, suffix: str
) -> None:
    before = list(labelled.labels.each())
    file = tmp_path / f"labels.{suffix}"
    assert mine("labels", "export", file).code == 0
    result = mine("--db", "other.db", "labels", "import", file, "--json")
    assert result.json == {
        "added": 4,
        "known": 0,
        "absent": 4,
        "unmatched": [],
        "unmapped": [],
    }
    with Index.open(tmp_path / "other.db") as other:
        assert list(other.labels.each()) == before
    again = mine("--db", "other.db", "labels", "import", file, "--json")
    assert (again.json["added"], again.json["known"]) == (0, 4)
    back = mine("--db", "other.db", "labels", "export", f"again.{suffix}")
    assert back.code == 0
    assert (tmp_path / f"again.{suffix}").read_bytes() == file.read_bytes()


def test_labels_wait_for_their_papers(mine: Mine, labelled: Index, tmp_path: Path) -> None:
    export_labels(labelled, tmp_path / "labels.csv")
    with Index.open(tmp_path / "other.db", create=True) as other:
        import_labels(other, tmp_path / "labels.csv")
        assert "3 of" not in mine("--db", "other.db", "status").out
        assert mine("--db", "other.db", "status", "--json").json["absent_by_hand"] == 2
        paper = labelled.papers.get("9912.00001")
        assert paper is not None
        other.papers.upsert(paper, "api")
        filed = other.reading.paper("9912.00001")
        assert filed is not None
        assert [label.label for label in filed.labels] == ["survey"]


line = st.text(st.characters(codec="utf-8"), max_size=20).map(cleaned)
hand_labels = st.builds(
    HandLabel,
    arxiv_id=st.sampled_from(["9912.00001", "math/9912003", "2099.acl-long.1"]),
    label=st.sampled_from(["rlhf", "in_scope", "no-longer-in-the-taxonomy"]),
    value=st.sampled_from([True, False, None]),
    author=line,
    labelled_at=st.just("2099-01-31T17:59:59Z"),
    tool=line,
    version=st.none() | st.integers(1, 99),
    model_id=line,
    probability=st.none() | st.floats(0, 1),
    note=line
    | st.sampled_from(["=x", "'=x", "''=x", "'x", "-", "a\nb", '"', "\r\n", "+1;,"]).map(cleaned),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(hand_labels, max_size=5))
def test_any_history_survives_both_formats(history: list[HandLabel]) -> None:
    for write, read in ((write_csv, read_csv), (write_json_lines, read_json_lines)):
        file = io.BytesIO()
        assert write(history, file) == len(history)
        text = io.StringIO(file.getvalue().decode(), newline="")
        assert list(read(text, "labels")) == history


def test_cells_that_look_like_formulas_are_safe(labelled: Index) -> None:
    file = io.BytesIO()
    export_labels(labelled, file)
    assert b",'=1+1" in file.getvalue().replace(b'"', b"")


def test_stdin_and_stdout(mine: Mine, labelled: Index) -> None:
    exported = mine("labels", "export")
    assert exported.out.startswith("arxiv_id,label,value,author,labelled_at,tool,version,")
    as_lines = mine("labels", "export", "--json")
    assert [word["value"] for word in as_lines.lines] == [False, True, None, False]
    result = mine(
        *("--db", "b.db", "labels", "import", "-", "--format", "jsonl"), stdin=as_lines.out
    )
    assert "4 labels added" in result.out


def test_a_spreadsheets_hand_written_file(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "\ufefflabel,arxiv_id,value,remark\r\n"
        "rlhf,https://arxiv.org/abs/9912.00004v1,TRUE,x\r\nsafety,9912.00001,0,\r\n",
        encoding="utf-8",
    )
    assert mine("labels", "import", "mine.csv").code == 0
    assert mine("show", "9912.00004", "--json").json["alignment"] == ["rlhf"]
    assert mine("show", "9912.00001", "--json").json["frontiers"] == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "id,label\n1,2\n", "no column 'arxiv_id'"),
        ("a.csv", "arxiv_id,label,value\n9912.00001,rlhf,1\n9912.00001,rlhf,maybe\n", "line 3"),
        ("a.csv", "arxiv_id,label,value\n../../x,rlhf,1\n", "line 2"),
        ("a.jsonl", '{"arxiv_id": "9912.00001", "label": "rlhf"}\n', "line 1"),
        ("a.jsonl", "{broken\n", "line 1: not valid JSON"),
        (
            "a.jsonl",
            '{"arxiv_id":"9912.00001","label":"rlhf","value":true,"version":"x"}',
            "line 1",
        ),
        ("a.txt", "", "--format"),
        ("a.csv", "", "no column"),
    ],
)
def test_a_bad_line_is_named_and_nothing_comes_in(
    mine: Mine, index_path: Path, tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)
    result = mine("labels", "import", name)
    assert result.code in (1, 2)
    assert said in result.err
    assert name in result.err
    assert "Traceback" not in result.err
    assert mine("labels", "export", "--json").out == ""


def test_a_file_that_is_not_there_or_no_text(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    missing = mine("labels", "import", "none.csv")
    assert missing.code == 2
    assert "there is no file none.csv" in missing.err
    (tmp_path / "b.csv").write_bytes(b"arxiv_id,label,value\n\xff\xfe")
    result = mine("labels", "import", "b.csv")
    assert result.code == 1
    assert "UTF-8" in result.err


def test_json_lines_keep_the_columns_names(labelled: Index, tmp_path: Path) -> None:
    export_labels(labelled, tmp_path / "labels.jsonl")
    first = json.loads((tmp_path / "labels.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert list(first) == [
        *("arxiv_id", "label", "value", "author", "labelled_at", "tool"),
        *("version", "model_id", "probability", "note"),
    ]
