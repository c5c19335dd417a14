"""Reads the results of a table: the cells whose headers and caption say what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mllm_mine.catalogue import Named, find_named
from mllm_mine.catalogue.languages import find_languages, is_language
from mllm_mine.results.finding import Finding
from mllm_mine.results.metrics import find_metrics
from mllm_mine.results.quantities import DIFFERENCE, VALUE

_NUMBER = re.compile(
    r"^[*†‡]?(?P<number>[+−–-]?\d{1,3}(?:\.\d{1,3})?\s?%?)[a-h]?"
    r"(?:\s?±\s?\d[\d.]*|\s?\([^()]*\)|\s?[↑↓]\s?[\d.]*|\s?[*†‡§♣♠]+)*$"
)
_EMPTY = re.compile(r"^[\s–—−\-./✓✗×xN/A]*$")
_NUMERIC = re.compile(r"^[-+−–]?\d[\d.,/%±()+−–\s-]*[kKM]?$")
_AVERAGE = re.compile(r"^(?:macro[- ])?(?:avg|average|mean|overall|all)\b\.?", re.I)
_IS_DIFFERENCE = re.compile(
    r"Δ|∆|\b(?:[Dd]elta|[Gg]ain|[Ii]mprovement|[Dd]ifference|[Gg]ap|degradation)s?\b|\bdrop\b"
)
_IS_COUNT = re.compile(
    r"#|\b(?:params?|parameters?|size|layers?|steps?|epochs?|time|hours?|speed|latency|tokens?|"
    r"examples?|sentences?|samples?|train|training data|number|num|count|cost|memory|GPUs?|"
    r"batch|learning rate|lr|dim|vocab\w*|instances?|questions?|year|length|ratio|std|p-value)\b",
    re.I,
)
_OF_ONE_MODEL = re.compile(
    r"\b(?:with|using|of|for|on|by|based on|from|when|to)\s+(?:the |a |an )?(?:[\w-]+ )?$", re.I
)
_FEW = 2  # rows of numbers, without which a table is rather a broken one


@dataclass(frozen=True, slots=True)
class _Header:
    """What some words beside a cell, or the caption, say of it; "" and () where nothing."""

    text: str
    benchmarks: tuple[str, ...]
    models: tuple[Named, ...]
    metrics: tuple[str, ...]
    language: str
    is_average: bool

    @property
    def is_understood(self) -> bool:
        return bool(
            self.benchmarks or self.models or self.metrics or self.language or self.is_average
        )


def read_table(rows: Sequence[Sequence[str]], caption: str) -> list[Finding]:
    """The results in a table's cells.

    A cell counts only when its row has as many cells as the header, and row header, column header
    and caption name one benchmark between them. A name beside the cell goes before the caption's.
    """
    return _Table(rows, caption).findings()


class _Table:
    def __init__(self, rows: Sequence[Sequence[str]], caption: str) -> None:
        self.caption = caption
        self.title = _header(caption)
        self.first_block = _header("")
        self.in_columns = self.has_languages = False  # benchmarks, and languages
        self.rows = [list(map(_folded, row)) for row in rows]

    def findings(self) -> list[Finding]:
        body = next((place for place, row in enumerate(self.rows) if _numbers(row)), None)
        if not body:
            return []
        width = _usual_width(self.rows[body:])
        columns = self._columns(self.rows[:body], width)
        if columns is None:
            return []
        self.in_columns = any(column.benchmarks for column in columns)
        # One column "it" or "no" may be a word; several are languages.
        self.has_languages = sum(bool(column.language) for column in columns) > 1
        found: list[Finding] = []
        if any(_is_continued(row, width) for row in self.rows[body:]):
            return []
        block = self.first_block
        # Where rows stand before the first, labels may stand in the middle of their blocks.
        has_blocks = bool(block.text) or len(self.rows[body - 1]) == 1
        for row in self.rows[body:]:
            if not _numbers(row):
                block = _header(row[0] if has_blocks and len(row) == 1 else "")
                continue
            cells = _split_numbers(row, width)
            if len(cells) != width:
                continue
            label = " ".join(cell for cell in _leading(cells) if not _EMPTY.match(cell))
            side = _header(label)
            for place in range(len(_leading(cells)), width):
                if finding := self._cell(cells[place], side, block, columns[place]):
                    found.append(finding)
        return found if len({each.evidence for each in found}) >= _FEW else []

    def _columns(self, rows: Sequence[Sequence[str]], width: int) -> list[_Header] | None:
        """The header of each column: the rows above the numbers that have a cell for each.

        None where a row spans columns in a way that cannot be told, and names what matters.
        """
        headers: list[list[str]] = []
        spans: list[list[str]] = []
        for row in rows:
            if _IS_COUNT.search(row[0]) or any(_NUMERIC.match(cell) for cell in row[1:]):
                continue  # sizes of what the columns stand for
            cells = _split_words(row, width)
            if len(cells) == width - 1 and all(_header(cell).is_understood for cell in cells):
                cells = ["", *cells]  # no header over the names of the rows
            if len(cells) == width:
                headers.append(cells)
            elif len(row) == 1 and headers:
                self.first_block = _header(row[0])
            elif len(row) == 1:
                self.title = _header(f"{self.caption} {row[0]}")
            else:
                spans.append(list(row))
        if not headers:
            return None
        for span in spans:
            spread = _spread(span, headers[-1])
            if spread is not None:
                headers.insert(0, spread)
            elif any(_header(cell).is_understood for cell in span):
                return None
        return [
            _header(" | ".join(filter(None, (row[place] for row in headers))))
            for place in range(width)
        ]

    def _cell(self, cell: str, side: _Header, block: _Header, column: _Header) -> Finding | None:
        match = _NUMBER.match(cell)
        if match is None or not column.is_understood:
            return None
        if _IS_COUNT.search(column.text) or _IS_COUNT.search(side.text):
            return None
        beside = (side, column, block)
        above = () if self.in_columns else self.title.benchmarks
        benchmark = _single([each.benchmarks for each in beside], above)
        if not benchmark:
            return None
        model, size = self._model(side, column, block)
        number = match["number"]
        signed = number[0] == "+" or any(
            _IS_DIFFERENCE.search(each.text) for each in (side, column)
        )
        if number[0] in "−–-" and not signed:
            return None
        languages = [
            each.language
            for each in (block, side, column)
            if len(each.language) > 3 or (each.language and self.has_languages)
        ]
        if not languages and column.is_average and self.has_languages:
            languages = [column.text]
        return Finding(
            benchmark=benchmark,
            model=model,
            size=size,
            baseline="",
            metric=_single([each.metrics for each in beside], self.title.metrics),
            number=number.strip(),
            kind=DIFFERENCE if signed else VALUE,
            languages="; ".join(dict.fromkeys(languages)),
            evidence=self._evidence(cell, side, block, column),
        )

    def _model(self, side: _Header, column: _Header, block: _Header) -> tuple[str, str]:
        """The model of the row or the column, else of the block of rows, else of the caption."""
        for headers in ((side, column), (block,)):
            models = {(each.known.name, each.size) for header in headers for each in header.models}
            if models:
                return models.pop() if len(models) == 1 else ("", "")
        title = re.split(r"(?<=[a-z)])\.\s", self.caption, maxsplit=1)[0]
        named = _header(title).models
        models = {(each.known.name, each.size) for each in named}
        if len(models) == 1 and _OF_ONE_MODEL.search(title[: named[0].start]):
            return models.pop()
        return "", ""

    def _evidence(self, cell: str, side: _Header, block: _Header, column: _Header) -> str:
        rows = ", ".join(filter(None, (block.text if block.is_understood else "", side.text)))
        return f"{self.caption} | {rows} | {column.text} | {cell}"


def _header(text: str) -> _Header:
    named = list(find_named(text))
    models = [each for each in named if each.known.kind == "model"]
    benchmarks = dict.fromkeys(each.known.name for each in named if each.known.kind == "benchmark")
    languages = [each.written for each in find_languages(text)]
    cell = text.strip()
    return _Header(
        text=cell,
        benchmarks=tuple(benchmarks),
        models=tuple(models),
        metrics=tuple(dict.fromkeys(each.name for each in find_metrics(text))),
        language=cell if is_language(cell) else "; ".join(languages),
        is_average=bool(_AVERAGE.match(cell)),
    )


def _single(beside: Sequence[Sequence[str]], above: Sequence[str]) -> str:
    """The one name beside a cell, else the only one above the table, else ""."""
    names = {name for header in beside for name in header} or set(above)
    return names.pop() if len(names) == 1 else ""


def _folded(cell: str) -> str:
    return " ".join(cell.split())


def _numbers(row: Sequence[str]) -> int:
    """How many of a row's cells hold numbers; a row that begins with its only one has none."""
    return sum(all(map(_NUMBER.match, cell.split())) for cell in row[1:] if cell)


def _is_continued(row: Sequence[str], width: int) -> bool:
    """Whether a row is the rest of the one above: then columns cannot be told."""
    return len(row) < width - 1 and all(_NUMERIC.match(cell) for cell in row)


def _leading(cells: Sequence[str]) -> Sequence[str]:
    """The cells before the first number: the header of the row."""
    for place, cell in enumerate(cells):
        if place and (_NUMBER.match(cell) or _NUMERIC.match(cell) or _EMPTY.match(cell)):
            return cells[:place]
    return cells


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = [len(row) for row in rows if _numbers(row)]
    return max(set(widths), key=lambda width: (widths.count(width), width))


def _split_numbers(row: list[str], width: int) -> list[str]:
    """A row in which numbers of neighbouring columns were read as one cell, taken apart."""
    if len(row) >= width:
        return row
    cells = row[:1]
    for cell in row[1:]:
        parts = cell.split()
        cells += parts if all(_NUMBER.match(part) for part in parts) else [cell]
    return cells if len(cells) == width else row


def _split_words(row: Sequence[str], width: int) -> list[str]:
    """A header in which names of neighbouring columns were read as one cell, taken apart."""
    if len(row) >= width - 1:
        return list(row)
    parts = [*row[:1], *(part for cell in row[1:] for part in cell.split())]
    return parts if len(parts) == width else list(row)


def _spread(span: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """A header over several columns, where the header below repeats itself under each part.

    ``Dev, Test`` over ``EM, F1, EM, F1`` can only mean one thing.
    """
    for labels in (span, span[1:]):
        if not labels or (len(below) - 1) % len(labels):
            continue
        each = (len(below) - 1) // len(labels)
        parts = [tuple(below[1 + each * place :][:each]) for place in range(len(labels))]
        if each > 1 and len(set(parts)) == 1:
            return ["", *(label for label in labels for _ in range(each))]
    return None
