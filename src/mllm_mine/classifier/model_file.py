"""Reads and writes a model as one file of data, in which nothing can be executed.

Layout, integers little-endian: 8 bytes of magic, format version (4), SHA-256 of all that
follows (32), length of the header (4), the header as JSON, and the arrays one after another,
each compressed with Zstandard.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllm_mine.atomic_write import atomic_write
from mllm_mine.errors import ConfigurationError, ModelError, ModelNotFoundError
from mllm_mine.taxonomy import Taxonomy, parse_taxonomy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mllm_mine.classifier.linear import Weights
    from mllm_mine.classifier.model import Model

MAGIC = b"MINEMODL"
FORMAT = 2
BUNDLED = "mllm.model"
_PREFIX = struct.Struct("<8sI32sI")
_WEIGHTS = ("document", "title", "sentence", "reason")
_MIXTURE = ("own", "bias", "hidden", "hidden_bias", "onwards")
_MODELS = 3  # whose scores are mixed: two of documents, one of sentences
_UNSOUND = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)
_LARGEST_ARRAY = 512 * 1024 * 1024  # bytes; a forged header must not fill the memory


class ModelFile:
    """A model's file whose checksum is right; the model itself is built when it is first needed.

    Attributes:
        id, taxonomy: the model's.
    """

    def __init__(self, content: bytes, name: str) -> None:
        """
        Args:
            name: stands for the file in messages.

        Raises:
            ModelError: the contents are no model we can use.
        """
        header = _checked_header(content, name)
        self._name = name
        self._arrays = memoryview(content)[_PREFIX.size + len(header) :]
        with self._refused():
            self._header = json.loads(header)
            self.id = str(self._header["id"])
            self.taxonomy = parse_taxonomy(self._header["taxonomy"], f"the taxonomy in {name}")

    @cached_property
    def model(self) -> Model:
        """The model.

        Raises:
            ModelError: the file's checksum is right, but its contents make no model.
        """
        with self._refused():
            arrays = _unpacked(self._header["arrays"], self._arrays)
            return _built(self._header, self.taxonomy, arrays)

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except (*_UNSOUND, ConfigurationError) as error:
            raise ModelError(
                f"{self._name} is not a sound model ({error}); make it anew with 'mine train'"
            ) from error


def open_model(path: str | Path | None = None) -> ModelFile:
    """Opens a model's file, the bundled one when no path is given.

    Raises:
        ModelError: the file is missing, truncated, damaged, no model, or of a newer format.
    """
    if path is None:
        try:
            content = Path(__file__).with_name(BUNDLED).read_bytes()
        except FileNotFoundError:
            raise ModelError(
                "the bundled model is missing from the installation; reinstall mllm-mine, or "
                "name a model with --model"
            ) from None
        return ModelFile(content, "the bundled model")
    try:
        content = Path(path).expanduser().read_bytes()
    except FileNotFoundError:
        raise ModelNotFoundError(
            f"there is no model {path}; name another with --model or under [classify] in "
            "mine.toml, or make one with 'mine train'"
        ) from None
    except OSError as error:
        raise ModelError(
            f"cannot read the model {path}: {error.strerror or error}; name another with "
            "--model, or make one with 'mine train'"
        ) from error
    return ModelFile(content, str(path))


def load_model(path: str | Path | None = None) -> Model:
    """Loads a model, the bundled one when no path is given.

    Raises:
        ModelError: the file is missing, truncated, damaged, no model, or of a newer format.
    """
    return open_model(path).model


def save_model(model: Model, path: str | Path) -> None:
    """Writes a model, whole or not at all.

    Raises:
        DiskError: the file cannot be written.
    """
    with atomic_write(Path(path)) as file:
        file.write(model_bytes(model))


def model_id(model: Model) -> str:
    """A name for a model that follows from its contents alone."""
    digest = hashlib.sha256(model_bytes(replace(model, id=""))).hexdigest()
    return f"{model.taxonomy.id}-{digest[:12]}"


def model_bytes(model: Model, level: int = 19) -> bytes:
    """The file's contents; the same model always gives the same bytes.

    Args:
        level: of Zstandard's compression; 1 is quick, for a model that is only handed on.
    """
    import zstandard

    compressor = zstandard.ZstdCompressor(level=level, write_checksum=False)
    entries: list[dict[str, Any]] = []
    packed: list[bytes] = []
    for name, array in _arrays(model).items():
        data = compressor.compress(array.tobytes())
        packed.append(data)
        entries.append(
            {"name": name, "type": array.dtype.str, "shape": array.shape, "bytes": len(data)}
        )
    header = {
        "id": model.id,
        "outputs": model.outputs,
        "exclusive": model.exclusive,
        "doubt": model.doubt,
        "familiarity": model.familiarity,
        "sharpness": model.sharpness,
        "taxonomy": model.taxonomy.text,
        "arrays": entries,
    }
    encoded = json.dumps(header, ensure_ascii=False, sort_keys=True).encode()
    body = struct.pack("<I", len(encoded)) + encoded + b"".join(packed)
    return struct.pack("<8sI", MAGIC, FORMAT) + hashlib.sha256(body).digest() + body


def parse_model(content: bytes, name: str) -> Model:
    """Builds a model from a file's contents; ``name`` stands for the file in messages.

    Raises:
        ModelError: the contents are no model we can use.
    """
    return ModelFile(content, name).model


def _checked_header(content: bytes, name: str) -> bytes:
    if content[: len(MAGIC)] != MAGIC:
        kind = "empty" if not content else "not a model of mine"
        raise ModelError(f"{name} is {kind}; make one with 'mine train'")
    if len(content) < _PREFIX.size:
        raise ModelError(f"{name} is cut short; copy it again or make it with 'mine train'")
    _, version, digest, length = _PREFIX.unpack_from(content)
    if version > FORMAT:
        raise ModelError(
            f"{name} has model format {version}, and this mine reads up to {FORMAT}; upgrade "
            "with 'pip install -U mllm-mine'"
        )
    if version < FORMAT:
        raise ModelError(
            f"{name} was made by an earlier mine (model format {version}, this one reads "
            f"{FORMAT}); make it anew with 'mine train'"
        )
    if hashlib.sha256(memoryview(content)[_PREFIX.size - 4 :]).digest() != digest:
        raise ModelError(
            f"{name} is cut short or was changed since it was written (its checksum does not "
            "match); copy it again or make it with 'mine train'"
        )
    return content[_PREFIX.size : _PREFIX.size + length]


def _arrays(model: Model) -> dict[str, NDArray[Any]]:
    """Everything of a model that is not in the header, in the order of the file."""
    import numpy as np

    found: dict[str, NDArray[Any]] = {
        "terms": np.frombuffer(model.vocabulary.terms.lines, np.uint8),
        "idf": model.vocabulary.idf.astype("<f8"),
    }
    for name in _weights_of(model):
        weights: Weights = getattr(model, name)
        found[f"{name} steps"] = weights.steps
        found[f"{name} step size"] = weights.step_size.astype("<f8")
    for part in _MIXTURE:
        found[f"mixture {part}"] = getattr(model.mixture, part).astype("<f8")
    found["threshold"] = model.threshold.astype("<f8")
    found["manifest"] = np.frombuffer(model.manifest_json, np.uint8)
    return found


def _weights_of(model: Model) -> tuple[str, ...]:
    return _WEIGHTS if model.correction is None else (*_WEIGHTS, "correction")


def _unpacked(entries: list[dict[str, Any]], data: memoryview) -> dict[str, NDArray[Any]]:
    import numpy as np
    import zstandard

    decompressor = zstandard.ZstdDecompressor()
    arrays: dict[str, NDArray[Any]] = {}
    at = 0
    for entry in entries:
        kind = np.dtype(entry["type"])
        size = int(np.prod(entry["shape"], dtype=np.int64)) * kind.itemsize
        if kind.kind not in "iuf" or not 0 <= size <= _LARGEST_ARRAY:
            raise ValueError(f"array {entry['name']!r} has an impossible size")
        packed = data[at : at + entry["bytes"]]
        at += entry["bytes"]
        try:
            raw = decompressor.decompress(packed, max_output_size=size) if size else b""
        except zstandard.ZstdError as error:
            raise ValueError(f"array {entry['name']!r}: {error}") from error
        arrays[entry["name"]] = np.frombuffer(raw, kind).reshape(entry["shape"])
    return arrays


def _built(header: dict[str, Any], taxonomy: Taxonomy, arrays: dict[str, NDArray[Any]]) -> Model:
    from mllm_mine.classifier.linear import Mixture, Weights
    from mllm_mine.classifier.model import Model
    from mllm_mine.classifier.term_texts import TermTexts
    from mllm_mine.classifier.vocabulary import Vocabulary

    terms = TermTexts(bytes(arrays["terms"]))
    model = Model(
        id=header["id"],
        taxonomy=taxonomy,
        outputs=tuple(header["outputs"]),
        exclusive=tuple(header["exclusive"]),
        vocabulary=Vocabulary(terms, arrays["idf"], taxonomy.word_classes),
        **{
            part: Weights(arrays[f"{part} steps"], arrays[f"{part} step size"])
            for part in (*_WEIGHTS, "correction")
            if part in _WEIGHTS or f"{part} steps" in arrays
        },
        sharpness=float(header["sharpness"]),
        mixture=Mixture(*(arrays[f"mixture {part}"] for part in _MIXTURE)),
        threshold=arrays["threshold"],
        doubt=float(header["doubt"]),
        familiarity=float(header["familiarity"]),
        manifest_json=bytes(arrays["manifest"]),
    )
    _check_shapes(model)
    return model


def _check_shapes(model: Model) -> None:
    import numpy as np

    from mllm_mine.classifier.features import PLACES

    outputs, terms = len(model.outputs), len(model.vocabulary)
    units = model.mixture.hidden_bias.size
    heights = {"sentence": terms + len(PLACES), "reason": terms + len(PLACES)}
    widths = {"document": 2 * outputs, "title": 2 * outputs}
    mixture = model.mixture
    wanted: list[tuple[NDArray[Any], tuple[int, ...]]] = [
        (model.vocabulary.idf, (terms,)),
        (mixture.own, (_MODELS, outputs)),
        (mixture.bias, (outputs,)),
        (mixture.hidden, (_MODELS * outputs, units)),
        (mixture.onwards, (units, outputs)),
        (model.threshold, (outputs,)),
    ]
    if any(array.dtype.kind != "f" for array, _ in wanted):
        raise ValueError("its numbers are not of the kind they should be")
    for name in _weights_of(model):
        weights: Weights = getattr(model, name)
        width = widths.get(name, outputs)
        wanted += [
            (weights.steps, (heights.get(name, terms), width)),
            (weights.step_size, (width,)),
        ]
    for array, shape in wanted:
        if array.shape != shape or (array.dtype.kind == "f" and not np.isfinite(array).all()):
            raise ValueError("its numbers do not fit its terms and labels")
    if not isinstance(model.id, str) or not model.id:
        raise ValueError("it has no id")
    if not np.isfinite([model.sharpness, model.doubt, model.familiarity]).all():
        raise ValueError("its limits are no numbers")
    unknown = [label for label in model.labels if label not in model.taxonomy.by_id]
    if unknown or len(set(model.outputs)) != outputs or not outputs:
        raise ValueError(f"its outputs are not those of its taxonomy: {', '.join(unknown)}")
    filled = {model.taxonomy.by_id[label].dimension for label in model.labels}
    if not filled.issuperset(model.exclusive):
        raise ValueError("a dimension of which each paper carries one label has none")
