"""Real papers beside the checkout: a guard that what is read from them does not change.

How many references each has was counted in the paper itself: `benchmarks/real_papers.jsonl` says
how. Numbered lists state it; the others were read entry by entry.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mllm_mine.fulltext import Limits
from mllm_mine.fulltext.reader import read_document

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "recordings" / "pdfs"
TRUTH = Path(__file__).resolve().parents[1] / "benchmarks" / "real_papers.jsonl"
REFERENCES = {
    entry["file"].removesuffix(".pdf"): entry["references"]
    for entry in map(json.loads, TRUTH.read_text(encoding="utf-8").splitlines())
}

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="needs ../shared beside the checkout"),
]


@pytest.mark.parametrize("name", REFERENCES)
def test_structure_of_a_real_paper(name: str) -> None:
    document = read_document(FOLDER / f"{name}.pdf", Limits(), {})
    assert document.status == "ok"
    assert len(document.references) == REFERENCES[name]
    assert sum(entry.year is None for entry in document.references) <= 3
    assert len(document.title) > 15
    assert 60 < len(document.abstract.split()) < 300
    assert document.abstract[-1] == "."
    headings = {section.heading.casefold() for section in document.sections}
    assert "introduction" in headings or "background" in headings
    assert any("conclu" in heading or "discussion" in heading for heading in headings)
    assert "arXiv:" + name not in document.text
