"""Settings: their order, and one clear line for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.config import load_settings
from mllm_mine.errors import ConfigurationError


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_option_then_environment_then_file_then_default(tmp_path: Path) -> None:
    path = written(tmp_path, 'db = "file.db"\n[arxiv]\ndelay = 5\n')
    assert load_settings(path, environment={}).db == tmp_path / "file.db"
    assert load_settings(path, environment={"MINE_DB": "env.db"}).db == Path("env.db")
    assert load_settings(path, Path("o.db"), {"MINE_DB": "env.db"}).db == Path("o.db")
    assert load_settings(path, environment={}).arxiv.delay == 5.0
    assert load_settings(path, environment={"MINE_ARXIV_DELAY": "4.5"}).arxiv.delay == 4.5
    assert load_settings(None, environment={"MINE_CONFIG": str(path)}).config_path == path


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'pdf_dir = "papers"\n[classify]\nmodel = "own.model"\n[[report]]\noutput = "a/b.csv"\n',
    )
    settings = load_settings(path, environment={})
    assert settings.pdfs == tmp_path / "papers"
    assert settings.classify.model == str(tmp_path / "own.model")
    assert settings.report[0].output == str(tmp_path / "a/b.csv")
    assert settings.db == tmp_path / "mine.db"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[fetch]\npage_sise = 100\n", "did you mean 'page_size'"),
        ("[fetsh]\n", "did you mean 'fetch'"),
        ('[fetch]\npage_size = "100"\n', "must be a whole number"),
        ("[fetch]\npage_size = true\n", "must be a whole number"),
        ("[fetch]\npage_size = 0\n", "between 1 and 2000"),
        ("[fetch]\noverlap_days = -1\n", "must not be negative"),
        ('[fetch]\nqueries = "cat:cs.CL"\n', "must be a list"),
        ("[fetch]\nqueries = [1]\n", "must be a text"),
        ('[fetch]\nsource = "ftp"\n', "'api' or 'oai'"),
        ("[arxiv]\ndelay = nan\n", "arxiv.delay"),
        ('[arxiv]\napi_url = "file:///etc/passwd"\n', "https://"),
        ("[extract]\ntimeout_seconds = 0\n", "more than 0"),
        ("[[report]]\nformat = 'csv'\n", "incomplete"),
        ("= broken", "not valid TOML"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(written(tmp_path, text), environment={})
    assert said in str(caught.value)
    assert "mine.toml" in str(caught.value) or "." in str(caught.value)


def test_on_the_command_line_it_is_one_line_and_exit_code_2(mine: Mine, tmp_path: Path) -> None:
    written(tmp_path, "[fetch]\npage_sise = 100\n")
    result = mine("status")
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1
    assert "page_size" in result.err
    assert "Traceback" in mine("--verbose", "status").err
    assert mine("--config", "none.toml", "status").code == 2
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
    assert mine("status").code == 2


def test_the_environments_numbers_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="MINE_ARXIV_DELAY"):
        load_settings(None, environment={"MINE_ARXIV_DELAY": "soon"})
