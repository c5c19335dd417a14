"""Gives labels by hand to papers of the index."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from mllm_mine.errors import ConfigurationError
from mllm_mine.index.details import absent_paper
from mllm_mine.index.labels import check_changes
from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.paper import parse_paper_id

if TYPE_CHECKING:
    from mllm_mine.index import Index

_SIGNS: dict[str, bool | None] = {"+": True, "-": False, "~": None}


def split_words(words: Iterable[str]) -> tuple[list[str], dict[str, bool | None]]:
    """Splits ``2501.01234 +rlhf -safety ~model`` into ids and changes.

    Raises:
        ConfigurationError: no paper, no change, or one label named twice in different ways.
    """
    ids: list[str] = []
    changes: dict[str, bool | None] = {}
    for word in words:
        if word[:1] not in _SIGNS:
            ids.append(word)
            continue
        label, value = word[1:], _SIGNS[word[0]]
        if changes.get(label, value) is not value:
            raise ConfigurationError(f"{label!r} is named twice, in different ways; say it once")
        changes[label] = value
    if not ids:
        raise ConfigurationError("name a paper first, as in 'mine label 2501.01234 +rlhf'")
    if not changes:
        raise ConfigurationError(
            f"say what to change, as in 'mine label {ids[0]} +rlhf -safety'; "
            "'mine taxonomy' lists the labels"
        )
    return ids, changes


def give_labels(
    index: Index,
    ids: Sequence[str],
    changes: Mapping[str, bool | None],
    *,
    author: str,
    tool: str,
    note: str = "",
) -> list[ClassifiedPaper]:
    """Gives the same labels to papers: to all of them, or to none when one is not known.

    Returns:
        The papers as they are filed afterwards.

    Raises:
        ConfigurationError: a label that does not exist, or a contradiction.
        InputFileError: an id that is none, or a paper the index does not hold.
    """
    check_changes(changes, index.taxonomy)
    found = []
    with index.transaction():
        for arxiv_id in dict.fromkeys(parse_paper_id(text).arxiv_id for text in ids):
            if index.papers.get(arxiv_id) is None:
                raise absent_paper(arxiv_id)
            index.labels.give(arxiv_id, changes, author=author, tool=tool, note=note)
            paper = index.reading.paper(arxiv_id)
            if paper is not None:
                found.append(paper)
    return found


def default_author() -> str:
    """The name of whoever runs us, as the system knows it, or ""."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""  # a user without an entry in the system's list, as in some containers
