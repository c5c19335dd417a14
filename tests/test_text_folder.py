"""`mine text FOLDER`: the texts of many PDFs as Parquet, on this machine and on Dask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import broken_pdfs
from command_line import Mine

pyarrow = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

from mllm_mine.fulltext import text_schema, texts_of_pdfs  # noqa: E402


@pytest.fixture
def pdfs(tmp_path: Path) -> Path:
    """Four papers, one of them in a subfolder, and one file that is no PDF."""
    folder = tmp_path / "pdfs"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(("b", "a", "c", "more/d")):
        broken_pdfs.paper_pdf(folder / f"{name}.pdf", pages=1 + number, words=f"Paper {name}")
    (folder / "e.pdf").write_bytes(b"<html>not found</html>")
    (folder / "notes.txt").write_text("no PDF")
    return folder


def check(table: Any, folder: Path) -> None:
    names = ["a.pdf", "b.pdf", "c.pdf", "e.pdf", "more/d.pdf"]
    assert table.column("path").to_pylist() == [str(folder / name) for name in names]
    assert table.column("pages").to_pylist() == [2, 1, 3, 0, 4]
    texts = table.column("text").to_pylist()
    assert "Paper a" in texts[0] and "Paper more" in texts[4] and texts[3] == ""
    assert table.column("status").to_pylist()[3] not in ("ok", "partial")
    assert table.column("reason").to_pylist()[3]
    assert table.schema.equals(text_schema(), check_metadata=False)


def test_a_folder_becomes_one_file(mine: Mine, pdfs: Path, tmp_path: Path) -> None:
    done = mine("text", "pdfs", "--output", "texts.parquet", "--json")
    assert done.code == 3
    assert (done.json["files"], done.json["pages"]) == (5, 10)
    assert [failure["path"] for failure in done.json["failures"]] == [str(pdfs / "e.pdf")]
    check(parquet.read_table(tmp_path / "texts.parquet"), pdfs)


def test_paths_become_a_record_batch_in_their_order(pdfs: Path) -> None:
    paths = [str(pdfs / name) for name in ("c.pdf", "missing.pdf", "c.pdf")]
    batch = texts_of_pdfs(paths)
    assert batch.column("path").to_pylist() == paths
    assert batch.column("pages").to_pylist() == [3, 0, 3]
    assert batch.column("reason").to_pylist()[1]


@pytest.mark.slow
def test_dask_gives_the_same(mine: Mine, pdfs: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    for _ in range(2):  # the second time, all is there
        done = mine("text", "pdfs", "--output", "out", "--engine", "dask", "--jobs", "2")
        assert done.code == 3, done.err
        assert "5 PDFs, 10 pages, 1 without text" in done.out
    check(parquet.read_table(tmp_path / "out" / "part-00000.parquet"), pdfs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pdfs"], "--output"),
        (["pdfs/a.pdf", "--output", "x.parquet"], "folder"),
        (["pdfs/more/none"], "there is no file"),
        (["empty", "--output", "x.parquet"], "*.pdf"),
        (["pdfs", "--output", "x.parquet", "--scheduler", "tcp://h:1"], "--engine dask"),
    ],
)
def test_mistakes_are_named(
    mine: Mine, pdfs: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = mine("text", *arguments)
    assert done.code == 2
    assert message in done.err and done.err.count("\n") == 1
