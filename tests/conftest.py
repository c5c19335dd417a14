"""Fixtures that several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest

import baking


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
