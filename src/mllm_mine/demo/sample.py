"""Reads the invented papers of the demo from ``sample.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from mllm_mine.clock import iso

NIGHTS = 2
"""How many nights of announcements the sample holds."""


@dataclass(frozen=True)
class SamplePaper:
    """One version of an invented paper, as arXiv would announce it.

    Attributes:
        submitted: when this version was submitted, ISO 8601 in UTC.
        published: when version 1 was submitted.
        night: the demo's night on which it is announced, 1 or 2.
        pdf: ``good``, ``broken`` (cut off on the way) or ``absent`` (404).
        labels: what a careful reader would give.
        introduction, method, findings: paragraphs of the PDF's sections.
    """

    arxiv_id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    submitted: str
    published: str
    comment: str
    night: int
    pdf: str
    withdrawn: bool
    in_scope: bool
    labels: tuple[str, ...]
    introduction: str
    method: str
    findings: str


@lru_cache(maxsize=1)
def sample_papers() -> tuple[SamplePaper, ...]:
    """All versions of all papers, in the order of their ids and versions."""
    file = resources.files("mllm_mine.demo").joinpath("sample.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))["paper"]
    published: dict[str, str] = {}
    papers = []
    for table in tables:
        published.setdefault(table["id"], iso(table["submitted"]))
        papers.append(_paper(table, published[table["id"]]))
    return tuple(sorted(papers, key=lambda paper: (paper.arxiv_id, paper.version)))


def announced(night: int) -> dict[str, SamplePaper]:
    """The latest version of each paper that arXiv knows on a night, by id."""
    return {paper.arxiv_id: paper for paper in sample_papers() if paper.night <= night}


def _paper(table: dict[str, Any], published: str) -> SamplePaper:
    return SamplePaper(
        arxiv_id=table["id"],
        version=table.get("version", 1),
        title=table["title"],
        abstract=table["abstract"].strip(),
        authors=tuple(table["authors"]),
        categories=tuple(table.get("categories", ("cs.CL",))),
        submitted=iso(table["submitted"]),
        published=published,
        comment=table.get("comment", "Invented for the demo of mine"),
        night=table.get("night", 1),
        pdf=table.get("pdf", "good"),
        withdrawn=table.get("withdrawn", False),
        in_scope=table.get("in_scope", True),
        labels=tuple(table["labels"]),
        introduction=table.get("introduction", ""),
        method=table.get("method", ""),
        findings=table.get("findings", ""),
    )
