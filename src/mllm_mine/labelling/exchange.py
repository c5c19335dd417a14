"""Takes labels by hand out of the index, and brings them in from our files and other tools'."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from mllm_mine.atomic_write import atomic_write
from mllm_mine.errors import ConfigurationError, InputFileError
from mllm_mine.index.identify import Identifier
from mllm_mine.input_path import require_file
from mllm_mine.labelling import (
    asreview_csv,
    awesome_list,
    bibtex,
    history_files,
    labelled_papers,
    ris,
)
from mllm_mine.labelling.mapping import Mapping, mapping_text, read_mapping
from mllm_mine.taxonomy import SCOPE

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.labelling.entry import Entry

_WRITERS = {"csv": history_files.write_csv, "jsonl": history_files.write_json_lines}
_HISTORIES = {"csv": history_files.read_csv, "jsonl": history_files.read_json_lines}
_TOOLS: dict[str, Callable[[TextIO, str], Iterator[Entry]]] = {
    "asreview": asreview_csv.read,
    "ris": ris.read,
    "bibtex": bibtex.read,
    "list": awesome_list.read,
}
_SUFFIXES = {
    "csv": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "jsonl",
    "ris": "ris",
    "bib": "bibtex",
    "md": "list",
    "markdown": "list",
}
_LABELLED = "labelled"
FORMATS = (*_HISTORIES, _LABELLED, *_TOOLS)
"""What can be imported; only the first two hold a history and can be exported."""


@dataclass
class ImportSummary:
    """What became of a file of labels.

    Attributes:
        added: labels that are new to the history.
        known: labels that the history held already.
        absent: of the added, how many are for papers that the index does not hold (yet).
        unmatched: entries of which nothing tells the paper.
        unmapped: sections of a list that stand for no label.
    """

    added: int = 0
    known: int = 0
    absent: int = 0
    unmatched: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)


def export_labels(index: Index, output: Path | BinaryIO, format: str = "") -> int:
    """Writes the whole history of labels by hand.

    Args:
        output: a file, replaced as a whole, or a stream.
        format: ``csv`` or ``jsonl``; by the file's suffix when left out, ``csv`` for a stream.

    Returns:
        How many entries were written.
    """
    name = format or (_suffix(output) if isinstance(output, Path) else "csv")
    if name not in _WRITERS:
        raise ConfigurationError(f"labels are exported as csv or jsonl, not {name!r}; say --format")
    with index.reading.snapshot():
        if not isinstance(output, Path):
            return _WRITERS[name](index.labels.each(), output)
        with atomic_write(output) as file:
            return _WRITERS[name](index.labels.each(), file)


def import_labels(
    index: Index,
    path: Path,
    format: str = "",
    *,
    label: str = SCOPE,
    mapping: Path | None = None,
    author: str = "",
) -> ImportSummary:
    """Brings in labels: all of the file's or, when a line is bad, none.

    Importing twice changes nothing, and what a file has said before does not overrule what a
    person said since. Labels of papers that the index does not hold are kept for when it does.

    Args:
        format: one of ``FORMATS``; by the file's suffix and first line when left out.
        label: what inclusion means in a file of ASReview or RIS.
        mapping: which labels sections and keywords stand for; by their names when left out.
        author: whose labels those of other tools' files are.

    Raises:
        InputFileError: the file cannot be read, naming the line.
        ConfigurationError: the format cannot be told, or a label does not exist.
    """
    with opened_text(path) as file, index.transaction():
        name = format or _told_format(path, file)
        if name in _HISTORIES:
            counts = index.labels.bring_in(_HISTORIES[name](file, str(path)))
            return ImportSummary(counts.added, counts.known, counts.absent)
        if name not in FORMATS:
            raise ConfigurationError(
                f"cannot tell the format of {path}; say --format {'|'.join(FORMATS)}"
            )
        names = read_mapping(mapping, index.taxonomy)
        summary = ImportSummary()
        identifier = Identifier(index)
        for entry in _entries(index, name, file, str(path)):
            changes = _changes(entry, names, label, sections=name == "list")
            if changes:
                _bring_in(index, identifier, entry, changes, name, author, summary)
        summary.unmapped = list(names.unknown) if name == "list" else []
        return summary


def write_mapping(index: Index, path: Path, output: Path, format: str = "") -> int:
    """Writes the sections or keywords of a file with the labels their names suggest, to edit.

    Returns:
        How many there are.
    """
    with opened_text(path) as file:
        name = format or _told_format(path, file)
        if name not in _TOOLS:
            raise ConfigurationError(f"{path} has neither sections nor keywords to map")
        entries = _TOOLS[name](file, str(path))
        names = [each for entry in entries for each in _names(entry, sections=name == "list")]
    with atomic_write(output) as written:
        written.write(mapping_text(names, index.taxonomy, str(output)).encode())
    return len({each[0] for each in names})


@contextmanager
def opened_text(path: Path) -> Iterator[TextIO]:
    """A text file of the user's, or stdin for ``-``, as UTF-8 with or without a mark.

    Raises:
        ConfigurationError: there is no such file.
        InputFileError: it cannot be read, or is no UTF-8.
    """
    require_file(path)
    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        yield io.StringIO(content.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise InputFileError(f"{path} is not UTF-8 text: {error.reason}") from error
    except OSError as error:
        raise InputFileError(f"cannot read {path}: {error.strerror or error}") from error


def _entries(index: Index, format: str, file: TextIO, name: str) -> Iterator[Entry]:
    if format == _LABELLED:
        return labelled_papers.read(file, name, index.taxonomy)
    return _TOOLS[format](file, name)


def _names(entry: Entry, *, sections: bool) -> list[tuple[str, ...]]:
    """What may stand for labels: of a section its long and short names, or each keyword."""
    if sections:
        return [entry.terms] if entry.terms else []
    return [(term,) for term in entry.terms]


def _changes(entry: Entry, names: Mapping, label: str, *, sections: bool) -> dict[str, bool | None]:
    changes: dict[str, bool | None] = dict(entry.decided)
    for each in _names(entry, sections=sections):
        changes.update(dict.fromkeys(names.labels(each), True))
    if entry.included is not None:
        changes[label] = entry.included
    return changes


def _bring_in(
    index: Index,
    identifier: Identifier,
    entry: Entry,
    changes: dict[str, bool | None],
    tool: str,
    author: str,
    summary: ImportSummary,
) -> None:
    arxiv_id = entry.arxiv_id
    if not arxiv_id and entry.doi:
        arxiv_id = identifier.by_doi(entry.doi)
    if not arxiv_id:
        arxiv_id = identifier.by_title(entry.title)
    if not arxiv_id:
        summary.unmatched.append(f"{entry.where}: {entry.title or 'without a title'}")
        return
    said = {
        (word.label, word.value) for word in index.labels.history(arxiv_id) if word.tool == tool
    }
    news = {name: value for name, value in changes.items() if (name, value) not in said}
    given = index.labels.give(arxiv_id, news, author=author, tool=tool)
    summary.added += len(given)
    summary.known += len(changes) - len(given)
    if index.papers.get(arxiv_id) is None:
        summary.absent += len(given)


def _told_format(path: Path, file: TextIO) -> str:
    """The format by the suffix; CSV and JSON Lines by their first line, too."""
    name = _suffix(path)
    if name == "jsonl" or str(path) == "-":
        first = file.readline()
        file.seek(0)
        if labelled_papers.holds_labelled_papers(first):
            return _LABELLED
    if name == "csv":
        header = file.readline().lower()
        file.seek(0)
        ours = "label" in header and "value" in header
        if not ours and any(column in header for column in asreview_csv.INCLUDED_COLUMNS):
            return "asreview"
    return name


def _suffix(path: Path) -> str:
    return _SUFFIXES.get(path.suffix[1:].lower(), "")
