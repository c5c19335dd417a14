"""Reads a taxonomy file and answers questions about its tree."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from mllm_mine.errors import ConfigurationError
from mllm_mine.input_path import require_file

SCOPE = "in_scope"
"""The id under which scope is labelled, predicted and reported."""

_ID = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
_RESERVED_IDS = frozenset({SCOPE})
# A dimension becomes a column of the report, so it may not take the name of another one.
_RESERVED_DIMENSIONS = frozenset(
    (
        *("arxiv_id", "version", "title", "authors", "published", "updated"),
        *("primary_category", "categories", "in_scope", "p_in_scope", "url"),
    )
)


@dataclass(frozen=True, slots=True)
class Group:
    """Labels of a dimension that belong together (``parameter-tuning``)."""

    id: str
    title: str
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One column of the report: a question a paper is filed by."""

    id: str
    title: str
    definition: str = ""
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """One label. A child has a parent, and implies it."""

    id: str
    title: str
    definition: str
    dimension: str
    group: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class WordClass:
    """Words and phrases that mean much the same to the classifier, in lower case."""

    id: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Taxonomy:
    """A tree of labels, in the order of its file.

    Attributes:
        scope: title and definition of what is in scope, or None for a field without scope.
        word_classes: words that the classifier treats alike as well as one by one.
        text: the TOML it was read from, so that a model and an index can carry it whole.
    """

    id: str
    title: str
    version: str
    dimensions: tuple[Dimension, ...]
    labels: tuple[Label, ...]
    scope: Label | None
    source: str
    text: str
    word_classes: tuple[WordClass, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Label]:
        """Labels by id, scope not among them."""
        return {label.id: label for label in self.labels}

    @cached_property
    def label_ids(self) -> tuple[str, ...]:
        """Ids of all labels in order, scope not among them."""
        return tuple(label.id for label in self.labels)

    def children(self, label_id: str) -> tuple[Label, ...]:
        """The labels directly below one."""
        return tuple(label for label in self.labels if label.parent == label_id)

    def ancestors(self, label_id: str) -> tuple[str, ...]:
        """Ids above a label, nearest first; empty for ids that are not in the taxonomy."""
        above: list[str] = []
        label = self.by_id.get(label_id)
        while label is not None and label.parent:
            above.append(label.parent)
            label = self.by_id.get(label.parent)
        return tuple(above)

    def descendants(self, label_id: str) -> tuple[str, ...]:
        """Ids below a label, in the taxonomy's order."""
        return tuple(label.id for label in self.labels if label_id in self.ancestors(label.id))

    def with_ancestors(self, label_ids: Iterable[str]) -> tuple[str, ...]:
        """The given labels and all they imply, in the taxonomy's order, without unknown ids."""
        wanted = {implied for label in label_ids for implied in (label, *self.ancestors(label))}
        return tuple(label for label in self.label_ids if label in wanted)

    def in_dimension(self, dimension_id: str) -> tuple[Label, ...]:
        """The labels of one dimension."""
        return tuple(label for label in self.labels if label.dimension == dimension_id)


def load_taxonomy(path: str | Path) -> Taxonomy:
    """Reads a taxonomy from a TOML file.

    Raises:
        ConfigurationError: when the file is missing, no TOML, or no sound taxonomy.
    """
    require_file(path)
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the taxonomy {path}: {error}") from error
    return parse_taxonomy(text, str(path))


@lru_cache(maxsize=1)
def builtin_taxonomy() -> Taxonomy:
    """The built-in field: multilingual large language models, after arXiv:2404.04925."""
    file = Path(__file__).with_name("mllm.toml")
    return parse_taxonomy(file.read_text(encoding="utf-8"), "the built-in taxonomy")


def parse_taxonomy(text: str, name: str = "taxonomy") -> Taxonomy:
    """Builds a taxonomy from TOML text; ``name`` stands for the file in messages.

    Raises:
        ConfigurationError: naming the entry that is wrong and what it should be.
    """
    # An index is asked for its taxonomy again and again, and its model carries the same.
    if text not in _parsed:
        while len(_parsed) >= _MOST_PARSED:
            del _parsed[next(iter(_parsed))]
        _parsed[text] = _parse(text, name)
    return _parsed[text]


_parsed: dict[str, Taxonomy] = {}
_MOST_PARSED = 8


def _parse(text: str, name: str) -> Taxonomy:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name} is not valid TOML: {error}") from error
    _check_keys(data, ("taxonomy", "scope", "dimension", "label", "word_class"), name, "the file")
    head = data.get("taxonomy")
    if not isinstance(head, dict):
        raise ConfigurationError(f"{name} has no [taxonomy] table with an id and a title")
    _check_keys(head, ("id", "title", "version", "source"), name, "[taxonomy]")
    dimensions = tuple(_dimension(entry, name) for entry in _tables(data, "dimension", name))
    if not dimensions:
        raise ConfigurationError(f"{name} has no [[dimension]]; a taxonomy needs at least one")
    classes = tuple(_word_class(entry, name) for entry in _tables(data, "word_class", name))
    _check_once("dimension", dimensions, name)
    _check_once("word class", classes, name)
    return Taxonomy(
        id=_identifier(head, name),
        title=_text(head, "title", name),
        version=_text(head, "version", name, "1"),
        source=_text(head, "source", name, ""),
        word_classes=classes,
        dimensions=dimensions,
        labels=_labels(data, dimensions, name),
        scope=_scope(data, name),
        text=text,
    )


def _check_keys(table: dict[str, Any], known: tuple[str, ...], name: str, where: str) -> None:
    """Refuses keys that mean nothing; a misspelt one would be lost in silence."""
    for key in table:
        if key not in known:
            import difflib

            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise ConfigurationError(f"{name}: unknown key {key!r} in {where}; {hint}")


def _check_once(
    kind: str, entries: Iterable[Dimension | Group | WordClass], name: str, where: str = ""
) -> None:
    """Refuses an id that stands twice."""
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise ConfigurationError(f"{name}: the {kind} {entry.id!r} is defined twice{where}")
        seen.add(entry.id)


def _scope(data: dict[str, Any], name: str) -> Label | None:
    table = data.get("scope")
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigurationError(f"{name}: write scope as a [scope] table, or leave it out")
    _check_keys(table, ("title", "definition"), name, "[scope]")
    title = _text(table, "title", name, "In scope")
    return Label(SCOPE, title, _text(table, "definition", name, ""), "")


def _tables(data: dict[str, Any], key: str, name: str) -> list[dict[str, Any]]:
    tables = data.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"{name}: write {key}s as [[{key}]] tables")
    return tables


def _text(table: dict[str, Any], key: str, name: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        where = f" of {table['id']!r}" if "id" in table else ""
        raise ConfigurationError(f"{name}: {key!r}{where} must be a text")
    return value


def _identifier(table: dict[str, Any], name: str) -> str:
    value = _text(table, "id", name)
    if not _ID.fullmatch(value):
        raise ConfigurationError(
            f"{name}: id {value!r} must be lower-case letters, digits, '-' and '_'"
        )
    return value


def _dimension(table: dict[str, Any], name: str) -> Dimension:
    dimension = _identifier(table, name)
    if dimension in _RESERVED_DIMENSIONS:
        raise ConfigurationError(
            f"{name}: a dimension cannot be called {dimension!r}; "
            "the report has a column of that name"
        )
    where = f"the dimension {dimension!r}"
    _check_keys(table, ("id", "title", "definition", "groups"), name, where)
    entries = table.get("groups", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigurationError(
            f"{name}: write 'groups' of {where} as a list of "
            '{ id = "…", title = "…", definition = "…" }'
        )
    groups = tuple(_group(entry, name, where) for entry in entries)
    _check_once("group", groups, name, f" in {where}")
    return Dimension(
        dimension,
        _text(table, "title", name, dimension),
        _text(table, "definition", name, ""),
        groups,
    )


def _group(table: dict[str, Any], name: str, where: str) -> Group:
    group = _identifier(table, name)
    _check_keys(table, ("id", "title", "definition"), name, f"the group {group!r} of {where}")
    return Group(group, _text(table, "title", name), _text(table, "definition", name, ""))


def _word_class(table: dict[str, Any], name: str) -> WordClass:
    identifier = _identifier(table, name)
    _check_keys(table, ("id", "words"), name, f"the word class {identifier!r}")
    words = table.get("words")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ConfigurationError(f"{name}: 'words' of {identifier!r} must be a list of texts")
    return WordClass(identifier, tuple(words))


def _labels(
    data: dict[str, Any], dimensions: tuple[Dimension, ...], name: str
) -> tuple[Label, ...]:
    groups = {dimension.id: {group.id for group in dimension.groups} for dimension in dimensions}
    labels: dict[str, Label] = {}
    for table in _tables(data, "label", name):
        label = _label(table, labels, name)
        if label.id in labels or label.id in _RESERVED_IDS:
            raise ConfigurationError(f"{name}: label id {label.id!r} is taken")
        if label.dimension not in groups:
            raise ConfigurationError(
                f"{name}: label {label.id!r} names the dimension "
                f"{label.dimension!r}, which is not defined"
            )
        if label.group and label.group not in groups[label.dimension]:
            raise ConfigurationError(
                f"{name}: label {label.id!r} names the group "
                f"{label.group!r}, which {label.dimension!r} does not have"
            )
        labels[label.id] = label
    if not labels:
        raise ConfigurationError(f"{name} has no [[label]]")
    return tuple(labels.values())


def _label(table: dict[str, Any], known: dict[str, Label], name: str) -> Label:
    label_id = _identifier(table, name)
    known_keys = ("id", "title", "definition", "dimension", "group", "parent")
    _check_keys(table, known_keys, name, f"the label {label_id!r}")
    parent = _text(table, "parent", name, "")
    if parent and parent not in known:
        raise ConfigurationError(
            f"{name}: label {label_id!r} names the parent {parent!r}, "
            "which must be defined before it"
        )
    above = known.get(parent)
    dimension = _text(table, "dimension", name, above.dimension if above else "")
    if above and dimension != above.dimension:
        raise ConfigurationError(
            f"{name}: label {label_id!r} names the dimension {dimension!r}, but its parent "
            f"{parent!r} belongs to {above.dimension!r}; leave the child's dimension out"
        )
    return Label(
        id=label_id,
        title=_text(table, "title", name, label_id),
        definition=_text(table, "definition", name, ""),
        dimension=dimension,
        group=_text(table, "group", name, above.group if above else ""),
        parent=parent,
    )
