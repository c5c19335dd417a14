"""Commands that people wait for load nothing heavy: it would cost more than their work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import clean_environment
from sample_index import make_index

HEAVY = {
    "arxiv", "feedparser", "filelock", "numpy", "pydantic", "pymupdf", "requests", "rich",
    "scipy", "sklearn", "sqlite_utils", "zstandard",
}  # fmt: skip
_RUN = """
import json, sys
from mllm_mine.__main__ import run
code = run(json.loads(sys.argv[1]))
loaded = {name.partition(".")[0] for name in sys.modules}
print(json.dumps([code, sorted(loaded)]), file=sys.stderr)
"""


def loaded_by(folder: Path, arguments: list[str]) -> set[str]:
    """The packages that a command has loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=clean_environment(folder),
        check=True,
    )
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert code == 0
    return set(loaded)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["list", "--help"],
        ["status"],
        ["status", "--json"],
        ["list"],
        ["list", "--label", "rlhf", "--json"],
        ["search", "tongues"],
        ["show", "9912.00006"],
        ["report", "--label", "rlhf"],
        ["taxonomy"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_loaded(tmp_path: Path, arguments: list[str]) -> None:
    make_index(tmp_path / "mine.db")
    assert not HEAVY & loaded_by(tmp_path, arguments)


def test_reasons_load_what_scores_and_nothing_beside_it(tmp_path: Path) -> None:
    make_index(tmp_path / "mine.db")
    assert "numpy" in loaded_by(tmp_path, ["classify", "--all"])
    assert HEAVY & loaded_by(tmp_path, ["show", "9912.00006"]) == {"numpy", "zstandard"}


def test_nothing_is_loaded_to_classify_nothing(tmp_path: Path) -> None:
    make_index(tmp_path / "mine.db")
    loaded_by(tmp_path, ["classify"])
    assert not {"numpy", "zstandard", "scipy"} & loaded_by(tmp_path, ["classify"])
