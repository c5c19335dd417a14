"""Tables, indexes, triggers and views that a hand removed: doctor names them and makes them anew.

What there has to be is read off a new index, so that no part of a later schema is forgotten.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.diagnosis import Finding, diagnose
from mllm_mine.index import Index
from mllm_mine.index.missing import make_anew, missing_parts_of
from mllm_mine.index.schema import MIGRATIONS
from mllm_mine.progress import Silent
from mllm_mine.taxonomy import load_taxonomy
from sample_index import make_index

KEPT_NOWHERE_ELSE = {
    *("papers", "pdfs", "fulltexts", "paper_references", "reference_titles"),
    *("classifications", "predictions", "label_changes", "models", "labels", "settings"),
    *("runs", "run_failures", "watermarks", "queries", "query_papers", "resumptions"),
    *("gaps", "imports"),
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample index with a text, whole and in one file."""
    path = make_index(tmp_path_factory.mktemp("sample") / "sample.db")
    with Index.open(path) as index:
        add_text(index, "9912.00001", "It speaks of marzipan.")
        index.connection.execute(
            "UPDATE classifications SET version = 2 WHERE arxiv_id = '9912.00003'"
        )
        index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def path(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINE_CONFIG", raising=False)
    return Path(shutil.copy(sample, tmp_path / "mine.db"))


def add_text(index: Index, arxiv_id: str, text: str) -> None:
    index.connection.execute(
        "INSERT INTO fulltexts (arxiv_id, version, status, text, extracted_at) "
        "VALUES (?, 1, 'ok', ?, '2099-12-07T00:00:00Z')",
        (arxiv_id, text),
    )


def parts(path: Path) -> dict[str, tuple[str, str]]:
    """Kind and SQL of all that a file holds, by name."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: (kind, sql) for name, kind, sql in rows}


def drop(path: Path, *names: str) -> None:
    """Removes parts behind the back of mine."""
    kinds = {name: kind for name, (kind, _) in parts(path).items()}
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in names:
            connection.execute(f"DROP {kinds[name]} {name}")


def faults(path: Path, *, mend: bool = False) -> list[Finding]:
    """What is wrong, and what was and is mended now."""
    return [finding for finding in diagnose(None, path, Silent(), mend=mend) if finding.fault]


def found_by(path: Path, word: str) -> list[str]:
    with Index.open(path) as index:
        rows = index.connection.execute(
            "SELECT arxiv_id FROM papers_fts JOIN papers ON docid = papers_fts.rowid "
            "WHERE papers_fts MATCH ? ORDER BY arxiv_id",
            (word,),
        )
        return [row[0] for row in rows]


def waiting(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT * FROM classify_queue ORDER BY 1")]


def test_a_whole_index_lacks_nothing(path: Path) -> None:
    assert faults(path) == []


def test_whatever_is_removed_is_named_and_made_anew_where_no_row_is_lost(
    path: Path, tmp_path: Path
) -> None:
    """Every part of the schema, one after the other."""
    whole = parts(path)
    assert {"table", "index", "trigger", "view"} == {kind for kind, _ in whole.values()}
    for name, (kind, _) in whole.items():
        copy = Path(shutil.copy(path, tmp_path / "copy.db"))
        drop(copy, name)
        missing = missing_parts_of(copy)
        assert [str(part) for part in missing] == [f"{kind} {name}"]
        lost = kind == "table" and name in KEPT_NOWHERE_ELSE
        assert missing[0].can_be_made_anew != lost, name
        if not lost:
            with Index.open(copy) as index:
                make_anew(index, missing)
            assert missing_parts_of(copy) == []
            assert parts(copy) == whole, name
            assert found_by(copy, "marzipan") == ["9912.00001"], name
            assert waiting(copy) == ["9912.00006"], name


def test_several_are_one_fault_and_go_on_as_before(mine: Mine, path: Path) -> None:
    drop(path, "papers_fts", "papers_added", "papers_published", "tallies", "searchable")
    done = mine("doctor")
    assert done.code == 1
    assert (
        "index papers_published, view searchable, table papers_fts, trigger papers_added, "
        "table tallies" in done.out
    )
    assert "makes them anew" in done.out
    mended = mine("doctor", "--mend")
    assert (mended.code, "nothing is wrong" in mended.out) == (0, True)
    assert mine("search", "tongues", "--json").lines[0]["arxiv_id"] == "9912.00001"
    with Index.open(path) as index:
        add_text(index, "9912.00002", "It speaks of liquorice.")
    assert found_by(path, "liquorice") == ["9912.00002"]


def test_what_triggers_keep_is_brought_up_to_date(path: Path) -> None:
    drop(path, "papers_added", "papers_changed", "papers_entries", "fulltexts_added")
    with Index.open(path) as index:
        index.connection.execute(
            "INSERT INTO entries VALUES ('9912.00002', x'00', '2099-12-02T12:00:00Z')"
        )
        index.connection.execute(
            "UPDATE papers SET abstract = 'Another.', last_changed = '2099-12-08T00:00:00Z' "
            "WHERE arxiv_id = '9912.00002'"
        )
        index.connection.execute("DELETE FROM classify_queue")
        add_text(index, "9912.00003", "It speaks of nougat.")
    assert found_by(path, "nougat") == []
    assert [fault.mended for fault in faults(path, mend=True)] == [True]
    assert faults(path) == []
    assert found_by(path, "nougat") == ["9912.00003"]
    assert found_by(path, "another") == ["9912.00002"]
    assert waiting(path) == ["9912.00002", "9912.00006"], "one changed, one is new"
    with Index.open(path) as index:
        assert not index.connection.execute("SELECT * FROM entries").fetchall()


def test_a_search_made_anew_is_set_up_as_in_a_new_index(path: Path) -> None:
    query = "SELECT k, v FROM papers_fts_config ORDER BY k"
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute(query).fetchall()
    drop(path, "papers_fts")
    faults(path, mend=True)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(query).fetchall() == before


def test_the_view_for_other_programs_keeps_the_columns_of_the_taxonomy_in_use(
    path: Path, tmp_path: Path
) -> None:
    from baking import TAXONOMY

    with Index.open(path) as index:
        index.use_taxonomy(load_taxonomy(TAXONOMY))
    before = parts(path)["classified"]
    drop(path, "classified", "taxonomy_implied")
    faults(path, mend=True)
    assert parts(path)["classified"] == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM taxonomy_implied").fetchone()[0]


def test_results_and_resources_are_read_anew(path: Path) -> None:
    with Index.open(path) as index:
        for readings in ("result_readings", "resource_readings"):
            index.connection.execute(f"INSERT INTO {readings} VALUES ('9912.00001', 'read')")
            index.set_setting(f"{readings} all read", '["reader", "2099-12-09T00:00:00Z"]')
    drop(path, "results", "resource_readings")
    faults(path, mend=True)
    with Index.open(path) as index:
        for readings in ("result_readings", "resource_readings"):
            assert not index.connection.execute(f"SELECT * FROM {readings}").fetchall()
            assert index.setting(f"{readings} all read") is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("papers", "save the labels with 'mine labels export'"),
        ("gaps", "save the labels with 'mine labels export'"),
        ("settings", "save the table labels with an SQLite tool"),
    ],
)
def test_labels_can_be_saved_from_what_is_left(
    mine: Mine, path: Path, name: str, words: str
) -> None:
    with Index.open(path) as index:
        index.labels.give("9912.00001", {"survey": True}, author="ana")
    drop(path, name)
    (fault,) = faults(path)
    assert fault.problem == f"missing from the index file: table {name}"
    assert "restore a copy" in fault.mend and words in fault.mend
    if "mine labels export" in fault.mend:
        assert "9912.00001,survey,1,ana" in mine("labels", "export").out


def test_where_rows_are_lost_nothing_is_touched(path: Path) -> None:
    drop(path, "labels", "papers_added")
    before = parts(path)
    (fault,) = faults(path, mend=True)
    assert fault.area == "index"
    assert "table labels" in fault.problem and "trigger papers_added" in fault.problem
    assert "labels_latest" not in fault.problem, "it goes with its table"
    assert "labels export" not in fault.mend, "there are none to save"
    assert not fault.mended
    assert parts(path) == before


@pytest.mark.parametrize("name", ["papers", "predictions", "settings", "tallies"])
def test_other_commands_send_to_doctor(mine: Mine, path: Path, name: str) -> None:
    drop(path, name)
    refused = [
        result
        for command in (["list"], ["status"], ["compare"], ["search", "tongues"])
        if (result := mine(*command)).code
    ]
    assert refused
    for result in refused:
        assert re.search(rf"no such table: (main\.)?{name}", result.err)
        assert "'mine doctor' says how to mend it" in result.err
        assert "unexpected" not in result.err
        assert result.err.count("\n") == 1


def test_an_early_index_is_held_against_the_schema_of_its_time(path: Path, tmp_path: Path) -> None:
    early = tmp_path / "early.db"
    with closing(sqlite3.connect(early)) as connection, connection:
        with Index.open(path) as index:
            application = index.connection.execute("PRAGMA application_id").fetchone()[0]
        MIGRATIONS[0](connection)
        connection.execute("DROP TABLE classifications")
        connection.execute(f"PRAGMA application_id = {application}")
        connection.execute("PRAGMA user_version = 1")
    (fault,) = faults(early)
    assert "table classifications" in fault.problem
    assert "monthly_sums" not in fault.problem, "a later migration makes it"
    with closing(sqlite3.connect(early)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
