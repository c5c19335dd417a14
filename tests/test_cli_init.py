"""`mine init`: what it writes is right, and it overwrites nothing."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import MISSING, fields, is_dataclass
from importlib import resources
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.config import ReportSettings, Settings, load_settings
from mllm_mine.taxonomy import load_taxonomy

TEMPLATE = resources.files("mllm_mine.scaffold").joinpath("mine.toml").read_text(encoding="utf-8")


def settings_in_comments() -> dict[str, object]:
    """The template with its commented settings in force."""
    lines = [re.sub(r"^# (?=\w+ = |\[\[report)", "", line) for line in TEMPLATE.splitlines()]
    return tomllib.loads("\n".join(lines))


def test_the_file_names_every_setting_with_its_default() -> None:
    shown = settings_in_comments()
    for setting in fields(Settings):
        if setting.name == "config_path":
            continue
        default = setting.default_factory() if setting.default is MISSING else setting.default
        if setting.name == "report":
            (table,) = shown["report"]
            assert table == {
                each.name: table[each.name] if each.default is MISSING else each.default
                for each in fields(ReportSettings)
            }
        elif is_dataclass(default):
            table = shown[setting.name]
            assert list(table) == [each.name for each in fields(default)]
            for each in fields(default):
                value = table[each.name]
                assert (tuple(value) if isinstance(value, list) else value) == each.default
        else:
            assert shown[setting.name] == (str(default) if setting.name == "db" else "pdfs")


def test_as_it_stands_it_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEMPLATE, encoding="utf-8")
    ours, plain = load_settings(path, environment={}), Settings()
    assert ours.db == tmp_path / "mine.db"
    ours.db, ours.config_path = plain.db, None
    assert ours == plain


def test_a_folder_ready_for_work(mine: Mine, tmp_path: Path) -> None:
    result = mine("init", "my survey")
    assert result.code == 0, result.err
    assert (tmp_path / "my survey" / "mine.toml").read_text(encoding="utf-8") == TEMPLATE
    assert mine("status", "--json", cwd=tmp_path / "my survey").json["papers"] == 0
    assert "'mine fetch' brings papers in" in mine("status", cwd=tmp_path / "my survey").out
    assert sorted(path.name for path in (tmp_path / "my survey").iterdir()) == [
        "mine.db",
        "mine.toml",
    ]
    assert mine("init", "b", "--json").json["written"] == ["b/mine.toml", "b/mine.db"]


@pytest.mark.parametrize("name", ["mine.toml", "mine.db", "labelled.jsonl"])
def test_it_overwrites_nothing(mine: Mine, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    result = mine("init", ".", "--taxonomy")
    assert result.code == 2
    assert name in result.err
    assert (tmp_path / name).read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [name]


def test_the_taxonomy_to_start_from_is_sound(mine: Mine, tmp_path: Path) -> None:
    made = mine("init", "baking", "--taxonomy")
    assert made.code == 0
    assert "mine train" in made.out and "mine update" not in made.out
    folder = tmp_path / "baking"
    taxonomy = load_taxonomy(folder / "taxonomy.toml")
    for line in (folder / "labelled.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        assert set(record["labels"]) <= set(taxonomy.label_ids)
        assert record["title"] and record["abstract"]
    assert mine("taxonomy", "--json", cwd=folder).json["id"] == taxonomy.id
    trained = mine("train", "labelled.jsonl", "--taxonomy", "taxonomy.toml", "--json", cwd=folder)
    assert trained.code == 0, trained.err
    assert trained.json["left_out"] == {}
    assert mine("report", cwd=folder).out.startswith("arxiv_id,version,")
    assert "method,product,url" in mine("report", cwd=folder).out


def test_a_file_is_no_folder_for_a_survey(mine: Mine, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine", "utf-8")
    done = mine("init", "notes", "--taxonomy")
    assert done.code == 2 and "notes is a file; name a folder" in done.err
    assert (tmp_path / "notes").read_text("utf-8") == "mine"
