"""Reads a paper for the results that it reports."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from mllm_mine.catalogue import find_named
from mllm_mine.index.results import ResultRow
from mllm_mine.results.finding import Finding
from mllm_mine.results.model_roles import base_models
from mllm_mine.results.sentence import read_sentence
from mllm_mine.results.table import read_table
from mllm_mine.sentences import sentences

if TYPE_CHECKING:
    from mllm_mine.paper import Paper

# A model that is not on the list, or another size of one that is: "the 1.5B model".
_SIZE = re.compile(r"\b\d+(?:\.\d+)?B\b")
ABSTRACT, TEXT, TABLE = "abstract", "text", "table"
"""Where a result was read."""


def read_results(paper: Paper, text: str, structure: Mapping[str, Any]) -> list[ResultRow]:
    """The results that a paper reports.

    A sentence that says again what another said of the same number is left out; the abstract's
    gives way to that of the text, which has a page.

    Args:
        text: the full text, or "".
        structure: what is known of the text: sections, captions, tables, where pages begin.
    """
    said: dict[Finding, tuple[str, int | None]] = {}
    for _, sentence in sentences(paper.abstract):
        for finding in read_sentence(sentence):
            said.setdefault(_told(finding), (finding.evidence, None))
    for offset, sentence in _running_text(text, structure):
        for finding in read_sentence(sentence):
            evidence, page = said.get(_told(finding), ("", None))
            if page is None:
                page = bisect_right(structure.get("page_starts", ()), offset) or 1
                said[_told(finding)] = (finding.evidence, page)
    own = _only_model(f"{paper.title}. {paper.abstract}")
    rows: list[ResultRow] = []

    def add(source: str, page: int | None, finding: Finding, model_from: str) -> None:
        values = asdict(finding) | {"model_from": model_from if finding.model else ""}
        rows.append(
            ResultRow(
                arxiv_id=paper.arxiv_id, position=len(rows), source=source, page=page, **values
            )
        )

    for told, (evidence, page) in said.items():
        finding, model_from = replace(told, evidence=evidence), "result"
        if own and not _models(evidence) and not _SIZE.search(evidence):
            finding, model_from = replace(finding, model=own[0], size=own[1]), "abstract"
        add(TEXT if page else ABSTRACT, page, finding, model_from)
    for number, finding in _in_tables(structure):
        add(TABLE, number, finding, "result")
    return rows


def _only_model(text: str) -> tuple[str, str] | None:
    """The one model that a text names, with its size where it names one size; or None.

    A model that others are only compared with is not it.
    """
    named = _models(text)
    sizes = {size for _, size in named if size}
    if len({name for name, _ in named}) != 1:
        return None
    if not any(base_models(sentence) for _, sentence in sentences(text)):
        return None
    return next(iter(named))[0], sizes.pop() if len(sizes) == 1 else ""


def _models(text: str) -> set[tuple[str, str]]:
    return {
        (named.known.name, named.size) for named in find_named(text) if named.known.kind == "model"
    }


def _told(finding: Finding) -> Finding:
    """What a sentence tells, whatever its words."""
    return replace(finding, evidence="")


def _running_text(text: str, structure: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The sentences before the references that are no rows of a table, with their offsets."""
    tables = {
        " ".join(" ".join(row) for row in table["rows"]) for table in structure.get("tables", ())
    }
    folded_tables = {" ".join(table.split()) for table in tables}
    end = min(
        (
            section["start"]
            for section in structure.get("sections", ())
            if section["heading"].lower() in ("references", "bibliography")
        ),
        default=len(text),
    )
    offset = 0
    for paragraph in text[:end].split("\n\n"):
        if " ".join(paragraph.split()) not in folded_tables:
            for start, sentence in sentences(paragraph):
                yield offset + start, sentence
        offset += len(paragraph) + 2


def _in_tables(structure: Mapping[str, Any]) -> Iterator[tuple[int, Finding]]:
    captions = {
        (caption["number"], caption["page"]): caption["text"]
        for caption in structure.get("captions", ())
        if caption["kind"] == "table"
    }
    for table in structure.get("tables", ()):
        caption = captions.get((table["number"], table["page"]), "")
        for finding in read_table(table["rows"], caption):
            yield table["page"], finding
