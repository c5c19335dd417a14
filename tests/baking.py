"""The small invented field of ``fixtures/baking``, for tests that train and classify."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "fixtures" / "baking"
LABELLED = FOLDER / "labelled.jsonl"
TAXONOMY = FOLDER / "taxonomy.toml"


def labelled_papers() -> list[dict[str, Any]]:
    """The labelled papers as plain data."""
    return [json.loads(line) for line in LABELLED.read_text("utf-8").splitlines()]


def write_lines(path: Path, rows: list[Any]) -> Path:
    """Writes JSON Lines; a text stands for itself."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def mine(
    folder: Path, *arguments: object, stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Runs the real command line in a folder."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "mllm_mine", *map(str, arguments)],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )
