"""``mine classify --input FILE --output FILE``: the contract of the stateless form."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import zstandard
from pyarrow import parquet

import baking
from mllm_mine.classifier import Record, load_model
from mllm_mine.index import Index

GOOD = {
    "id": "9912.00001",
    "title": "Rye bread from video",
    "abstract": "A camera above the bench records bakers. Dough is kneaded.",
    "year": 2099,
}
FIELDS = ["id", "in_scope", "p_in_scope", "labels", "scores", "uncertain", "unfamiliar", "model"]


def results(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.decode().splitlines()]


def test_one_record_a_paper_in_input_order_with_the_contracts_fields(
    baking_model: Path, tmp_path: Path
) -> None:
    source = baking.write_lines(tmp_path / "in.jsonl", baking.labelled_papers()[::-1])
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", source, "--output", "out.jsonl"
    )
    assert done.returncode == 0, done.stderr.decode()
    found = results((tmp_path / "out.jsonl").read_bytes())
    assert [r["id"] for r in found] == [p["id"] for p in baking.labelled_papers()[::-1]]
    for result in found:
        assert list(result) == FIELDS
        assert set(result["scores"]) == {
            "imitation",
            "video-imitation",
            "recipe-parsing",
            "bread",
            "cake",
        }
        assert all(0 <= score <= 1 for score in [result["p_in_scope"], *result["scores"].values()])
        assert set(result["labels"]) <= set(result["scores"])
        assert isinstance(result["in_scope"], bool)
        assert result["model"].startswith("baking-")


def test_the_labels_are_right_on_the_field_it_learned(baking_model: Path, tmp_path: Path) -> None:
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", baking.LABELLED, "--output", "-"
    )
    for paper, result in zip(baking.labelled_papers(), results(done.stdout), strict=True):
        wanted = set(paper["labels"])
        if "video-imitation" in wanted:
            wanted.add("imitation")
        assert set(result["labels"]) == wanted
        assert result["in_scope"] == paper["in_scope"]


def test_bad_records_keep_their_place_and_end_in_exit_code_3(
    baking_model: Path, tmp_path: Path
) -> None:
    source = baking.write_lines(
        tmp_path / "in.jsonl",
        [
            GOOD,
            "not json",
            "[1, 2]",
            {"title": "no id"},
            {"id": "9912.00002", "title": "", "abstract": " "},
            {"id": "9912.00003", "title": ["a"], "abstract": "b"},
            {"id": 7, "title": "a", "abstract": "b"},
            "",
            {**GOOD, "id": "9912.00004", "abstract": None},
        ],
    )
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", source, "--output", "-"
    )
    assert done.returncode == 3
    found = results(done.stdout)
    assert [r["id"] for r in found] == [
        "9912.00001", None, None, None, "9912.00002", "9912.00003", 7, "9912.00004",
    ]  # fmt: skip
    assert ["error" in r for r in found] == [False, True, True, True, True, True, True, False]
    assert all(set(r) == {"id", "error"} for r in found[1:7])
    assert "line 2" in found[1]["error"] and "title" in found[5]["error"]
    assert "9912.00002" in done.stderr.decode()


@pytest.mark.parametrize("kind", ["plain", "gz", "zst", "misnamed", "stdin"])
def test_input_is_unpacked_by_content(baking_model: Path, tmp_path: Path, kind: str) -> None:
    raw = (json.dumps(GOOD) + "\n").encode()
    packed = {"gz": gzip.compress(raw), "misnamed": gzip.compress(raw), "stdin": raw, "plain": raw}
    packed["zst"] = zstandard.compress(raw)
    path = tmp_path / ("papers.jsonl" if kind == "misnamed" else f"papers.{kind}")
    path.write_bytes(packed[kind])
    name = "-" if kind == "stdin" else path
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", name,
        stdin=raw if kind == "stdin" else None,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert results(done.stdout)[0]["id"] == "9912.00001"


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_output_is_packed_by_its_name(baking_model: Path, tmp_path: Path, suffix: str) -> None:
    source = baking.write_lines(tmp_path / "in.jsonl", [GOOD])
    target = tmp_path / f"out.jsonl.{suffix}"
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", source, "--output", target
    )
    assert done.returncode == 0, done.stderr.decode()
    packed = target.read_bytes()
    raw = (
        gzip.decompress(packed)
        if suffix == "gz"
        else zstandard.ZstdDecompressor().stream_reader(packed).read()
    )
    assert results(raw)[0]["id"] == "9912.00001"


def test_parquet_goes_in_and_out(baking_model: Path, tmp_path: Path) -> None:
    papers = [*baking.labelled_papers()[:5], {"id": "9912.00009", "title": None, "abstract": ""}]
    rows = [{key: paper[key] for key in ("id", "title", "abstract")} for paper in papers]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "in.parquet")
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", "in.parquet",
        "--output", "out.parquet", "--explain",
    )  # fmt: skip
    assert done.returncode == 3
    found = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["id"] for row in found] == [row["id"] for row in rows]
    assert found[0]["labels"] == ["imitation", "video-imitation", "bread"]
    assert found[0]["evidence"]["bread"]
    reason = found[0]["reasons"]["bread"]
    assert reason["terms"][0]["contribution"] > 0
    assert found[0]["reasons"]["cake"] is None
    assert [row["error"] is None for row in found] == [True] * 5 + [False]
    lines = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", "in.parquet", "--output", "-"
    )
    assert results(lines.stdout)[0]["scores"] == found[0]["scores"]


def test_explain_gives_verbatim_sentences_for_assigned_labels_only(
    baking_model: Path, tmp_path: Path
) -> None:
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", baking.LABELLED, "--explain"
    )
    for paper, result in zip(baking.labelled_papers(), results(done.stdout), strict=True):
        assert list(result["evidence"]) == result["labels"]
        for sentences in result["evidence"].values():
            assert sentences
            assert all(s in paper["abstract"] or s == paper["title"] for s in sentences)


def test_explain_gives_terms_that_sum_to_the_score_whatever_the_batch(
    baking_model: Path, tmp_path: Path
) -> None:
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", baking.LABELLED, "--explain"
    )
    model = load_model(baking_model)
    for paper, result in zip(baking.labelled_papers(), results(done.stdout), strict=True):
        assert list(result["reasons"]) == result["labels"]
        record = Record(paper["id"], paper["title"], paper["abstract"])
        alone = model.explain(record, result["labels"])
        for label, reason in result["reasons"].items():
            named = sum(each["contribution"] for each in reason["terms"])
            total = reason["bias"] + named + reason["other_terms"]
            assert total == pytest.approx(reason["score"], abs=0.002)  # of rounded figures
            assert reason == alone.labels[label].sum_of_terms(20)
            assert 1 / (1 + math.exp(-reason["score"])) <= result["scores"][label] + 1e-4


def test_explain_gives_a_sentence_that_stands_there_twice_once(
    baking_model: Path, tmp_path: Path
) -> None:
    rye = "The robot copies how bakers knead rye bread."
    paper = {"id": "1", "title": "Kneading", "abstract": f"{rye} {rye} {rye} It is bread."}
    source = baking.write_lines(tmp_path / "in.jsonl", [paper])
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", source, "--explain"
    )
    (result,) = results(done.stdout)
    assert sorted(result["evidence"]["bread"]) == sorted(["Kneading", "It is bread.", rye])


def test_a_record_without_an_id_is_named_by_its_line(baking_model: Path, tmp_path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    source = baking.write_lines(tmp_path / "in.jsonl", [GOOD, deep, {"title": "Rye"}])
    arguments = ["--model", baking_model, "--input", source, "--output", "out.jsonl"]
    done = baking.mine(tmp_path, "classify", *arguments)
    assert done.returncode == 3
    assert done.stderr.decode().splitlines() == [
        "mine: line 2 is not JSON: it is nested too deeply",
        "mine: line 3 has no text 'id'",
    ]
    again = baking.mine(tmp_path, "classify", *arguments, "--json")
    assert [failure["id"] for failure in json.loads(again.stdout)["failures"]] == [None, None]


def test_damaged_input_leaves_no_output(baking_model: Path, tmp_path: Path) -> None:
    raw = gzip.compress(b"\n".join(json.dumps(GOOD).encode() for _ in range(5000)))
    (tmp_path / "in.gz").write_bytes(raw[: len(raw) // 2])
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", "in.gz", "--output", "out.jsonl"
    )
    assert done.returncode == 1
    assert "in.gz" in done.stderr.decode() and "cut short" in done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.gz"]


def test_an_empty_file_is_no_failure(baking_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").touch()
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", "in.jsonl", "--output", "out"
    )
    assert done.returncode == 0
    assert (tmp_path / "out").read_bytes() == b""


def test_options_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    for arguments in (["--explain"], ["--output", "x"], ["--all", "--input", "x"]):
        done = baking.mine(tmp_path, "classify", *arguments)
        assert done.returncode == 2
        assert done.stderr.decode().count("\n") == 1


def test_a_missing_file_is_named(baking_model: Path, tmp_path: Path) -> None:
    done = baking.mine(tmp_path, "classify", "--model", baking_model, "--input", "none.jsonl")
    assert done.returncode == 2
    assert "none.jsonl" in done.stderr.decode()


def test_lines_that_no_parser_takes_fail_alone(baking_model: Path, tmp_path: Path) -> None:
    good = json.dumps(GOOD).encode()
    half = b'{"id": "half \\ud83d", "title": "Rye bread \\ud83d", "abstract": "On video."}'
    lines = [b"\xef\xbb\xbf" + good, b'{"id": "caf\xe9"}', half, b"[" * 5000, good + b"\r"]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    for target in ("out.jsonl", "out.parquet"):
        done = baking.mine(
            tmp_path, "classify", "--model", baking_model, "--input", "in.jsonl", "--output", target
        )
        assert done.returncode == 3
        assert "2 failed" in done.stdout.decode()
    found = results((tmp_path / "out.jsonl").read_bytes())
    assert [r["id"] for r in found] == [GOOD["id"], None, "half \ud83d", None, GOOD["id"]]
    assert "line 2 is not UTF-8" in found[1]["error"] and "line 4" in found[3]["error"]
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["error"] is None for row in rows] == ["error" not in r for r in found]
    assert rows[0]["scores"] == found[0]["scores"]


def test_a_line_without_end_is_passed_over(baking_model: Path, tmp_path: Path) -> None:
    good = json.dumps(GOOD).encode()
    endless = b'{"id": "9912.00002", "title": "' + b"a" * (70 << 20)
    (tmp_path / "in.gz").write_bytes(gzip.compress(b"\n".join([good, endless, good]), 1))
    done = baking.mine(
        tmp_path, "classify", "--model", baking_model, "--input", "in.gz", "--output", "-"
    )
    assert done.returncode == 3
    found = results(done.stdout)
    assert [r["id"] for r in found] == [GOOD["id"], None, GOOD["id"]]
    assert "line 2 has more than 64 MB" in found[1]["error"]


def test_an_index_counts_only_where_it_is_named(baking_model: Path, tmp_path: Path) -> None:
    assert baking.mine(tmp_path, "init").returncode == 0
    with Index.open(tmp_path / "mine.db") as index:
        model = load_model(baking_model)
        index.models.adopt(model.id, baking_model.read_bytes(), 0)
    source = baking.write_lines(tmp_path / "in.jsonl", [GOOD])
    bundled = baking.mine(tmp_path, "classify", "--input", source)
    assert results(bundled.stdout)[0]["model"].startswith("mllm-")
    named = baking.mine(tmp_path, "--db", "mine.db", "classify", "--input", source)
    assert results(named.stdout)[0]["model"].startswith("baking-")
    absent = baking.mine(tmp_path, "--db", "other.db", "classify", "--input", source)
    assert results(absent.stdout)[0]["model"].startswith("mllm-")
    assert not (tmp_path / "other.db").exists()
