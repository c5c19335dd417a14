"""Which labels the keywords or sections of another tool's file stand for."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mllm_mine.errors import ConfigurationError
from mllm_mine.index.filters import unknown_label
from mllm_mine.input_path import require_file
from mllm_mine.taxonomy import SCOPE, Taxonomy

_NEAR = 0.86  # how alike a section and a label's title must be to be taken for the same

_HEAD = """\
# Which labels the sections or keywords of a file stand for. An empty list leaves one out.
# The labels here are guesses by name: check them, then run
#   mine labels import FILE --mapping {name}

[labels]
"""


@dataclass
class Mapping:
    """Labels by term. Terms are compared without case and punctuation.

    Attributes:
        loosely: also take a section that holds the name of a label among other words for that
            label ("SFT alignment", "Code-switching prompting").
        unknown: terms met that stand for nothing, in the order they were met.
    """

    taxonomy: Taxonomy
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)
    loosely: bool = False
    unknown: dict[str, None] = field(default_factory=dict)

    def labels(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The labels of one thing by its names, of which the most exact comes first."""
        for name in names:
            if (found := self._of(name)) is not None:
                return found
        if self.loosely and (held := held_label(names[-1], self.taxonomy)):
            return (held,)
        self.unknown.setdefault(names[0])
        return ()

    def _of(self, term: str) -> tuple[str, ...] | None:
        key = _key(term)
        if key in self.given:
            return self.given[key]
        guess = guessed_label(term, self.taxonomy)
        return (guess,) if guess else None


def read_mapping(path: Path | None, taxonomy: Taxonomy, *, loosely: bool = False) -> Mapping:
    """Reads a mapping from TOML; without a file, names alone decide.

    Args:
        loosely: see :class:`Mapping`.

    Raises:
        ConfigurationError: no such file, no TOML, or a label that does not exist.
    """
    if path is None:
        return Mapping(taxonomy, loosely=loosely)
    require_file(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("labels")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"cannot read the mapping {path}: {error}") from error
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path} has no table [labels]; --write-mapping makes one")
    given: dict[str, tuple[str, ...]] = {}
    for term, value in table.items():
        labels = [value] if isinstance(value, str) else value
        if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels):
            raise ConfigurationError(f"{path}: {term!r} must be a label or a list of labels")
        for label in labels:
            if label not in taxonomy.by_id and not (label == SCOPE and taxonomy.scope):
                raise ConfigurationError(f"{path}: {unknown_label(label, taxonomy)}")
        given[_key(term)] = tuple(labels)
    return Mapping(taxonomy, given, loosely)


def mapping_text(things: Iterable[tuple[str, ...]], taxonomy: Taxonomy, file: str) -> str:
    """A mapping to edit: every thing's most exact name, with the label its names suggest.

    Args:
        file: what the mapping will be called, for the comment at its head.
    """
    lines = [_HEAD.format(name=file)]
    for names in dict.fromkeys(things):
        guess = next(filter(None, (guessed_label(name, taxonomy) for name in names)), "")
        # A JSON string is a TOML string.
        key = json.dumps(names[0], ensure_ascii=False)
        lines.append(f"{key} = {json.dumps([guess] if guess else [])}\n")
    return "".join(lines)


def guessed_label(term: str, taxonomy: Taxonomy) -> str:
    """The label whose id or title a term is, or very nearly is; otherwise ""."""
    names = {_key(label.id): label.id for label in reversed(taxonomy.labels)}
    names |= {_key(label.title): label.id for label in reversed(taxonomy.labels)}
    if taxonomy.scope is not None:
        names[_key(SCOPE)] = SCOPE
    near = difflib.get_close_matches(_key(term), names, 1, _NEAR)
    return names[near[0]] if near else ""


def held_label(term: str, taxonomy: Taxonomy) -> str:
    """The label whose id or title a term holds among other words, the longest; otherwise "".

    A name of one word ("SFT", "Model") must come first, since others are about it elsewhere.
    """
    words = f" {_key(term)} "
    found: list[tuple[int, str]] = []
    for label in taxonomy.labels:
        for name in {_key(label.id), _key(label.title)}:
            at = words.find(f" {name} ")
            if at == 0 or (at > 0 and " " in name):
                found.append((len(name), label.id))
    longest = max((length for length, _ in found), default=0)
    labels = {label for length, label in found if length == longest}
    return labels.pop() if len(labels) == 1 else ""


def _key(term: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", term).casefold().split())
