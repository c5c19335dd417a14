"""``mine doctor`` on a large index: bounded unless the whole check is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mllm_mine.diagnosis import Finding, diagnose
from mllm_mine.index import Index, tallies
from mllm_mine.index.checks import Checks
from mllm_mine.progress import Silent
from sample_index import make_index


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index that counts as a large one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINE_CONFIG", raising=False)
    monkeypatch.setattr("mllm_mine.diagnosis.contents_checks._WHOLE_BYTES", 1000)
    return make_index(tmp_path / "mine.db")


def found(path: Path, *, full: bool = False, mend: bool = False) -> list[Finding]:
    findings = diagnose(None, path, Silent(), full=full, mend=mend)
    return [each for each in findings if each.area in ("index", "search", "disk")]


def faults(path: Path, **how: bool) -> list[str]:
    return [each.problem for each in found(path, **how) if each.fault and not each.mended]


def statements(path: Path, **how: bool) -> Iterator[str]:
    """The pragmas and commands that a check runs."""
    seen: list[str] = []
    original = Checks.__init__

    def watch(checks: Checks, index: Index) -> None:
        original(checks, index)
        index.connection.set_trace_callback(seen.append)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checks, "__init__", watch)
        found(path, **how)
    yield from seen


def test_a_quick_look_says_what_it_leaves_out(path: Path) -> None:
    (note,) = found(path)
    assert not note.fault
    assert "sample" in note.problem
    assert "mine doctor --full" in note.mend
    assert found(path, full=True) == []


def test_only_the_full_check_reads_everything(path: Path) -> None:
    whole = ("PRAGMA integrity_check(10)", "PRAGMA foreign_key_check", "integrity-check")
    quick, full = list(statements(path)), list(statements(path, full=True))
    for part in whole:
        assert not any(part in statement for statement in quick), part
        assert any(part in statement for statement in full), part
    assert "PRAGMA integrity_check(labels)" in quick


def test_a_search_without_words_is_noticed_in_the_sample(path: Path) -> None:
    with Index.open(path) as index:
        index.connection.execute(
            "INSERT INTO papers_fts (papers_fts, rowid, title, abstract, text) "
            "SELECT 'delete', docid, title, abstract, '' FROM papers "
            "WHERE arxiv_id = '9912.00004'"
        )
        index.connection.execute(
            "INSERT INTO papers_fts (rowid, title, abstract, text) "
            "SELECT docid, 'other words', abstract, '' FROM papers WHERE arxiv_id = '9912.00004'"
        )
    assert "does not agree" in faults(path)[0]
    assert faults(path, mend=True) == []
    assert faults(path, full=True) == []


def test_wrong_counts_are_found_and_made_anew(path: Path) -> None:
    with Index.open(path) as index, index.transaction() as connection:
        tallies.keep(connection, tallies.Tally(), tallies.Tally())
        connection.execute("UPDATE tallies SET papers = papers + 5 WHERE label = 'rlhf'")
    assert "mine status" in faults(path, full=True)[0]
    assert faults(path, full=True, mend=True) == []
    assert faults(path, full=True) == []
    with Index.open(path) as index:
        assert tallies.tally(index.connection)["label", "rlhf"] == 1


def test_a_file_that_is_largely_empty_is_packed_when_asked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mllm_mine.diagnosis.contents_checks._EMPTY_BYTES", 50_000)
    assert not [each for each in found(path) if each.area == "disk"]
    with Index.open(path) as index:
        index.connection.execute("CREATE TABLE bulk AS SELECT zeroblob(5000000) AS content")
        index.connection.execute("DROP TABLE bulk")
    (note,) = [each for each in found(path) if each.area == "disk"]
    assert "hold nothing" in note.problem
    assert "--mend" in note.mend
    before = path.stat().st_size
    assert [each.mended for each in found(path, mend=True) if each.area == "disk"] == [True]
    assert path.stat().st_size < before - 4_000_000
    assert found(path, full=True) == []
