"""Fixtures that several test files share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import baking
from command_line import Mine, clean_environment, runner
from mllm_mine.index import Index
from sample_index import make_index


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment of its own: another home, and none of the user's settings for mine."""
    return clean_environment(tmp_path / "home")


@pytest.fixture
def mine(tmp_path: Path, environment: dict[str, str]) -> Mine:
    """Runs ``mine`` as a program of its own, in the folder of the test."""
    return runner(tmp_path, environment)


@pytest.fixture
def index_path(tmp_path: Path) -> Path:
    """The sample index, ``mine.db`` in the folder of the test."""
    return make_index(tmp_path / "mine.db")


@pytest.fixture
def index(index_path: Path) -> Iterator[Index]:
    """The sample index, open."""
    with Index.open(index_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def baking_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the invented field, trained by the real command."""
    folder = tmp_path_factory.mktemp("model")
    path = folder / "baking.model"
    done = baking.mine(
        folder, "train", baking.LABELLED, "--taxonomy", baking.TAXONOMY, "--output", path
    )
    assert done.returncode == 0, done.stderr.decode()
    return path
