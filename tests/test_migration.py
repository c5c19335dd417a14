"""An index that an early version wrote is brought forward, and nothing in it is lost.

``fixtures/index-v1.db.gz`` was written by the first version that landed: three invented papers,
classified, one of them labelled by hand.
"""

from __future__ import annotations

import gzip
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.schema import SCHEMA_VERSION

EARLY = Path(__file__).parent.parent / "fixtures" / "index-v1.db.gz"


@pytest.fixture
def early(tmp_path: Path) -> Path:
    path = tmp_path / "mine.db"
    path.write_bytes(gzip.decompress(EARLY.read_bytes()))
    return path


def schema(path: Path) -> dict[str, str]:
    """Name and SQL of everything in a file, without comments."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: " ".join(re.sub(r"--.*", "", sql).split()) for name, sql in rows}


def test_it_ends_with_the_schema_of_a_new_index(early: Path, tmp_path: Path) -> None:
    Index.open(early).close()
    Index.open(tmp_path / "new.db", create=True).close()
    assert schema(early) == schema(tmp_path / "new.db")
    with closing(sqlite3.connect(early)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_papers_labels_and_search_are_as_before(mine: Mine, early: Path) -> None:
    first = mine("show", "9912.00001", "--json").json
    assert "rlhf" in first["alignment"]
    assert first["frontiers"] == ["safety"], "given by hand"
    assert [paper["arxiv_id"] for paper in mine("search", "proverbs", "--json").lines] == [
        "9912.00002"
    ]
    status = mine("status", "--json").json
    assert status["papers"] == 3
    assert status["in_scope"] == 2


def test_every_later_command_works_on_it(mine: Mine, early: Path) -> None:
    for command in (
        ("classify", "--all"),
        ("resources",),
        ("compare",),
        ("trends",),
        ("report", "--format", "html", "--output", "page.html"),
        ("doctor", "--full"),
    ):
        result = mine(*command)
        assert result.code == 0, f"{command}: {result.err}"


def test_a_text_that_arrives_leaves_its_paper_classified(early: Path) -> None:
    with Index.open(early) as index:
        index.connection.execute("DELETE FROM classify_queue")
        index.connection.execute(
            "INSERT INTO fulltexts (arxiv_id, version, status, text, extractor, extracted_at) "
            "VALUES ('9912.00002', 1, 'ok', 'It speaks of marzipan.', 'x', '1999-12-24T00:00:00Z')"
        )
        assert not index.connection.execute("SELECT * FROM classify_queue").fetchall()
        found = index.connection.execute(
            "SELECT count(*) FROM papers_fts WHERE papers_fts MATCH 'marzipan'"
        )
        assert found.fetchone()[0] == 1
