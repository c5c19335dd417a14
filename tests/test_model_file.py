"""A model file is data, and one that is not whole is refused in words."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import baking
from mllm_mine.classifier import Record, load_model, save_model
from mllm_mine.errors import ModelError

HEADER_AT = 48


def test_a_saved_model_is_the_same_model(baking_model: Path, tmp_path: Path) -> None:
    model = load_model(baking_model)
    save_model(model, tmp_path / "copy.model")
    assert (tmp_path / "copy.model").read_bytes() == baking_model.read_bytes()
    record = Record("1", "Rye bread", "A camera above the bench.")
    copy = load_model(tmp_path / "copy.model")
    assert np.array_equal(copy.probabilities([record]), model.probabilities([record]))


def test_it_says_what_it_was_trained_on_and_with(baking_model: Path) -> None:
    manifest = load_model(baking_model).manifest
    assert manifest["ids"] == [paper["id"] for paper in baking.labelled_papers()]
    assert len(set(manifest["hashes"])) == len(manifest["ids"])
    assert set(manifest["tools"]) == {"mllm-mine", "python", "numpy", "scipy", "scikit-learn"}
    assert manifest["scores"]["papers"] == 72
    assert isinstance(manifest["seed"], int)


@pytest.mark.parametrize("length", [0, 3, 11, 47, 60, 400, -1])
def test_a_truncated_file_is_refused(baking_model: Path, tmp_path: Path, length: int) -> None:
    path = tmp_path / "short.model"
    path.write_bytes(baking_model.read_bytes()[:length])
    with pytest.raises(ModelError, match=r"cut short|is empty|not a model") as caught:
        load_model(path)
    assert str(path) in str(caught.value)


def test_a_changed_byte_anywhere_is_noticed(baking_model: Path, tmp_path: Path) -> None:
    content = baking_model.read_bytes()
    path = tmp_path / "changed.model"
    for place in range(12, len(content), max(1, len(content) // 50)):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ModelError, match="checksum"):
            load_model(path)


@pytest.mark.parametrize("content", [b"%PDF-1.7 something", b"\x80\x04\x95pickle", b"{}\n" * 50])
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.model"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not a model of mine"):
        load_model(path)


@pytest.mark.parametrize(
    ("version", "said"),
    [(99, r"format 99.*upgrade"), (1, r"earlier mine.*mine train")],
)
def test_another_format_says_what_to_do(
    baking_model: Path, tmp_path: Path, version: int, said: str
) -> None:
    content = bytearray(baking_model.read_bytes())
    content[8:12] = struct.pack("<I", version)
    path = tmp_path / "other.model"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=said):
        load_model(path)


def forged(content: bytes, **changes: object) -> bytes:
    """The file with another header and a checksum that fits, as an attacker would make it."""
    (length,) = struct.unpack_from("<I", content, HEADER_AT - 4)
    header = json.loads(content[HEADER_AT : HEADER_AT + length])
    header.update(changes)
    encoded = json.dumps(header).encode()
    body = struct.pack("<I", len(encoded)) + encoded + content[HEADER_AT + length :]
    return content[:12] + hashlib.sha256(body).digest() + body


@pytest.mark.parametrize(
    "changes",
    [
        {"outputs": ["bread"]},
        {"outputs": ["in_scope", "a", "b", "c", "d", "e"]},
        {"arrays": [{"name": "document steps", "type": "|O", "shape": [1], "bytes": 10}]},
        {"arrays": [{"name": "document steps", "type": "<f8", "shape": [10**12], "bytes": 10}]},
        {"arrays": [{"name": "document steps", "type": "<f8", "shape": [-1], "bytes": 10}]},
        {"arrays": []},
        {"taxonomy": "[taxonomy"},
        {"sharpness": "very"},
        {"doubt": None},
        {"familiarity": []},
        {"familiarity": float("nan")},
        {"id": None},
        {"exclusive": ["dough"]},
        {"exclusive": [[]]},
        {"arrays": [{"name": "terms", "type": "|u1", "shape": 2**70, "bytes": 10}]},
        {"arrays": [[]]},
    ],
)
def test_a_forged_header_is_refused(
    baking_model: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    path = tmp_path / "forged.model"
    path.write_bytes(forged(baking_model.read_bytes(), **changes))
    with pytest.raises(ModelError, match="not a sound model"):
        load_model(path)


def test_a_header_that_is_nested_too_deeply_is_refused(baking_model: Path, tmp_path: Path) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    body = struct.pack("<I", len(deep)) + deep
    path = tmp_path / "deep.model"
    start = baking_model.read_bytes()[:12]
    path.write_bytes(start + hashlib.sha256(body).digest() + body)
    with pytest.raises(ModelError, match="not a sound model"):
        load_model(path)


@pytest.mark.parametrize("manifest", [b"", b"\xff", b"[]", b'{"ids": ['])
def test_a_manifest_that_cannot_be_read_is_no_traceback(
    baking_model: Path, tmp_path: Path, manifest: bytes
) -> None:
    save_model(replace(load_model(baking_model), manifest_json=manifest), tmp_path / "m.model")
    done = baking.mine(tmp_path, "evaluate", baking.LABELLED, "--model", "m.model")
    assert done.returncode != 0
    assert "was trained on cannot be read; make it anew" in done.stderr.decode()
    assert done.stderr.decode().count("\n") == 1


def test_a_missing_model_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    done = baking.mine(tmp_path, "classify", "--model", "none.model", "--input", baking.LABELLED)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "none.model" in done.stderr.decode() and "mine train" in done.stderr.decode()


def test_the_bundled_model_is_small_and_knows_the_built_in_field() -> None:
    from importlib import resources

    from mllm_mine.taxonomy import builtin_taxonomy

    file = resources.files("mllm_mine.classifier").joinpath("mllm.model")
    assert len(file.read_bytes()) <= 8_000_000
    model = load_model()
    assert model.taxonomy == builtin_taxonomy()
    assert model.labels == builtin_taxonomy().label_ids
