"""The contract: names, options, columns, exit codes and streams that scripts rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.commands.app import COMMANDS, load_command
from mllm_mine.index import Index
from mllm_mine.index.lock import run_lock
from mllm_mine.taxonomy import builtin_taxonomy

# The options that the contract names; more may be there.
OPTIONS = {
    "init": [],
    "fetch": [
        *("--query", "--category", "--since", "--until", "--max", "--ids"),
        *("--pdf", "--no-pdf", "--dry-run", "--from"),
    ],
    "extract": ["--jobs", "--retry-failed", "--pdf-dir"],
    "text": [],
    "classify": ["--all", "--model", "--input", "--output", "--explain"],
    "update": [],
    "cron": [],
    "list": [],
    "show": [],
    "search": [],
    "report": ["--format", "--output", "--since", "--label", "--in-scope", "--all"],
    "train": ["--taxonomy", "--output"],
    "evaluate": [],
    "label": [],
    "labels": [],
    "taxonomy": [],
    "status": [],
    "doctor": [],
    "demo": [],
}
SUB_COMMANDS = {"labels": ["export", "import"]}
LABELS = (
    *("pretraining", "from-scratch", "continual", "sft", "rlhf"),
    *("finetuning", "full-parameter", "parameter-efficient"),
    *("direct-prompting", "code-switching", "translation-alignment"),
    *("cross-lingual-thinking", "retrieval-augmented"),
    *("hallucination", "knowledge-editing", "safety", "fairness"),
    *("language-extension", "multi-modality"),
    *("pretraining-data", "sft-data", "preference-data", "benchmark", "model", "survey"),
)


def commands(name: str) -> list[object]:
    """A command, or the sub-commands of a group."""
    command = load_command(name)
    if name in SUB_COMMANDS:
        return [command.commands[sub] for sub in SUB_COMMANDS[name]]
    return [command]


def options_of(command: object) -> set[str]:
    return {
        option
        for parameter in command.params  # type: ignore[attr-defined]
        for option in (*parameter.opts, *parameter.secondary_opts)
    }


@pytest.mark.parametrize("name", OPTIONS)
def test_every_command_is_there_with_its_options(name: str) -> None:
    assert name in COMMANDS
    for command in commands(name):
        assert set(OPTIONS[name]) <= options_of(command)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_json_a_summary_and_an_example(name: str) -> None:
    assert load_command(name).help.split("\n")[0].strip() == COMMANDS[name]
    for command in commands(name):
        assert "--json" in options_of(command)
        last = command.help.strip().split("\n\n")[-1]  # type: ignore[attr-defined]
        assert last.startswith("Example: mine "), f"{name}: {last}"


def test_global_options_and_help(mine: Mine) -> None:
    shown = mine("--help")
    assert shown.code == 0
    for option in ("--db", "--config", "-q, --quiet", "-v, --verbose", "--version", "--help"):
        assert option in shown.out
    for name, summary in COMMANDS.items():
        assert name in shown.out
        assert summary.split()[0] in shown.out
    assert mine("--version").out.startswith("mine ")
    assert mine("-q", "--version").out == mine("--version").out


def test_no_summary_is_cut_short_at_80_columns(mine: Mine) -> None:
    shown = mine("--help", env={"COLUMNS": "80"}).out
    for name, summary in COMMANDS.items():
        assert f"  {name} " in shown
        assert summary in shown


def test_bad_usage_is_exit_code_2_and_one_line(mine: Mine, index_path: Path) -> None:
    for wrong in (["nonsense"], ["list", "--nonsense"], ["--db"], ["list", "--limit", "many"]):
        result = mine(*wrong)
        assert (result.code, result.out) == (2, ""), wrong
        assert result.err.count("\n") == 1
        assert "Traceback" not in result.err
    assert "Did you mean 'list'" in mine("lst").err
    assert mine().code == 2
    assert "Commands:" in mine().err


def test_another_run_that_holds_the_index_is_exit_code_4(mine: Mine, index_path: Path) -> None:
    with run_lock(index_path):
        for command in (["classify"], ["extract"], ["update"]):
            result = mine(*command)
            assert result.code == 4, result.err
            assert result.err.count("\n") == 1
        for command in (["list"], ["status"], ["report"], ["label", "9912.00001", "+sft"]):
            assert mine(*command).code == 0  # reading and labelling need no lock


@pytest.mark.parametrize(
    "command",
    [
        *(["status"], ["taxonomy"], ["show", "9912.00001"], ["report"]),
        *(["label", "9912.00001", "+sft"], ["classify"], ["extract"]),
    ],
    ids=lambda command: command[0],
)
def test_json_is_one_document_and_nothing_else(
    mine: Mine, index_path: Path, command: list[str]
) -> None:
    result = mine(*command, "--json")
    assert result.code == 0, result.err
    json.loads(result.out)
    assert "\x1b" not in result.out + result.err


@pytest.mark.parametrize(
    "command", [["list"], ["search", "invented"], ["labels", "export"]], ids=lambda words: words[0]
)
def test_streams_are_json_lines(mine: Mine, index: Index, command: list[str]) -> None:
    index.labels.give("9912.00001", {"rlhf": True, "sft": True})
    lines = mine(*command, "--json").lines
    assert len(lines) > 1
    assert all(isinstance(line, dict) for line in lines)


def test_the_labels(mine: Mine) -> None:
    assert builtin_taxonomy().label_ids == LABELS
    document = mine("taxonomy", "--json").json
    assert [label["id"] for label in document["labels"]] == list(LABELS)
    assert document["scope"]["id"] == "in_scope"
    parents = {label["id"]: label["parent"] for label in document["labels"] if label["parent"]}
    assert parents == {
        "from-scratch": "pretraining",
        "continual": "pretraining",
        "full-parameter": "finetuning",
        "parameter-efficient": "finetuning",
    }
    dimensions = [label["dimension"] for label in document["labels"]]
    assert [dimensions.count(name) for name in ("alignment", "frontiers", "resources")] == [
        13,
        6,
        6,
    ]


def test_the_index_can_be_read_by_any_sqlite_tool(index: Index) -> None:
    columns = {
        "papers": [
            *("arxiv_id", "version", "title", "abstract", "authors", "categories"),
            *("primary_category", "published", "updated", "comment", "journal_ref"),
            *("doi", "withdrawn"),
        ],
        "fulltexts": ["arxiv_id", "version", "status", "text"],
        "predictions": ["arxiv_id", "label", "probability", "assigned", "model_id"],
        "labels": ["arxiv_id", "label", "value"],
        "runs": ["command", "started", "finished", "status"],
        "classified": [
            *("arxiv_id", "version", "title", "authors", "published", "updated"),
            *("primary_category", "categories", "in_scope", "p_in_scope", "alignment"),
            *("frontiers", "resources", "url"),
        ],
    }
    for table, wanted in columns.items():
        described = index.connection.execute(f"PRAGMA table_info({table})").fetchall()
        found = [row["name"] for row in described]
        assert set(wanted) <= set(found), table
        if table == "classified":
            assert found == wanted
    (key,) = [row for row in index.connection.execute("PRAGMA table_info(papers)") if row["pk"]]
    assert key["name"] == "arxiv_id"
    assert index.connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert index.connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert index.connection.execute("PRAGMA user_version").fetchone()[0] >= 1
    hits = "SELECT count(*) FROM papers_fts WHERE papers_fts MATCH 'tokenizers'"
    assert index.connection.execute(hits).fetchone()[0] == 1
    view = "SELECT count(*), count(DISTINCT arxiv_id) FROM classified"
    assert tuple(index.connection.execute(view).fetchone()) == (6, 6)


def test_mine_db_and_mine_config(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    assert mine("status", cwd=away).code == 2
    assert mine("status", cwd=away, env={"MINE_DB": str(index_path)}).code == 0
    (tmp_path / "other.toml").write_text('db = "mine.db"\n')
    assert mine("status", cwd=away, env={"MINE_CONFIG": str(tmp_path / "other.toml")}).code == 0
    assert mine("--config", tmp_path / "other.toml", "status", cwd=away).code == 0
    wins = mine("--db", index_path, "status", cwd=away, env={"MINE_DB": "none.db"})
    assert wins.code == 0
