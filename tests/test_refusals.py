"""What is refused leaves nothing behind, and the message says what helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Mine


@pytest.mark.parametrize("content", ["<html>Sorry</html>", "a note of mine", "%PDF-1.7"])
@pytest.mark.parametrize("piped", [True, False])
def test_no_index_is_made_for_a_file_that_is_no_list(
    mine: Mine, tmp_path: Path, content: str, piped: bool
) -> None:
    (tmp_path / "notes.txt").write_text(content)
    if piped:
        done = mine("fetch", "--from", "-", stdin=content)
    else:
        done = mine("fetch", "--from", "notes.txt")
    assert (done.code, done.out) == (1, "")
    assert [each.name for each in tmp_path.iterdir() if "mine.db" in each.name] == []


@pytest.mark.parametrize("command", [["label", "nonsense", "+safety"], ["show", "nonsense"]])
def test_what_is_no_arxiv_id_cannot_be_fetched(
    mine: Mine, index_path: Path, command: list[str]
) -> None:
    assert index_path.exists()
    done = mine(*command)
    assert (done.code, done.out) == (1, "")
    assert "--ids" not in done.err
    assert "nonsense is no arXiv id" in done.err


def test_a_missing_paper_of_arxiv_can_be_fetched(mine: Mine, index_path: Path) -> None:
    assert index_path.exists()
    done = mine("label", "9912.99999", "+safety")
    assert "'mine fetch --ids 9912.99999' brings it in" in done.err


def test_oai_says_that_it_asks_no_queries(mine: Mine, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[fetch]\nqueries = ["abs:bread"]\n')
    said = "mine: OAI harvests whole categories: the queries of mine.toml count for nothing here\n"
    nowhere = {"MINE_ARXIV_OAI_URL": "http://127.0.0.1:9/oai", "MINE_ARXIV_BACKOFF": "0"}
    plan = ("fetch", "--dry-run", "--source")
    assert mine(*plan, "oai", env=nowhere).err.startswith(said)
    assert said not in mine("--quiet", *plan, "oai", env=nowhere).err
    (tmp_path / "mine.toml").write_text("")
    assert said not in mine(*plan, "oai", env=nowhere).err
