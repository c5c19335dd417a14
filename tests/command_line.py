"""Runs the real command line in a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KEPT = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV", "PYTHONPATH")


@dataclass(frozen=True)
class Result:
    """How a run of ``mine`` ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which must be one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Stdout, which must be JSON Lines and nothing else."""
        return [json.loads(line) for line in self.out.split("\n") if line]


Mine = Callable[..., Result]
"""Runs ``mine`` with arguments; keywords: ``cwd``, ``stdin`` (text), ``env``, ``timeout``."""


def clean_environment(home: Path) -> dict[str, str]:
    """An environment with a home of its own, and none of the user's settings for mine."""
    home.mkdir(exist_ok=True)
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "USER": "tester",
        "LOGNAME": "tester",
    }


def runner(folder: Path, environment: dict[str, str]) -> Mine:
    """A function that runs ``mine`` as a program of its own, in a folder."""

    def run(
        *arguments: str | Path,
        cwd: Path = folder,
        stdin: str | None = None,
        env: dict[str, str] | None = None,
        timeout: float = 180,
    ) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "mllm_mine", *map(str, arguments)],
            cwd=cwd,
            env={**environment, **(env or {})},
            input=(stdin or "").encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
