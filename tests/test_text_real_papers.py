"""Real papers beside the checkout: a guard that what is read from them does not change.

The counts of references are what the reader found when the papers were last looked through;
only 0908.0054, 1503.02531, 1706.03762 and 2005.11401 were checked against their last number.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mllm_mine.fulltext import Limits
from mllm_mine.fulltext.reader import read_document

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "recordings" / "pdfs"
REFERENCES = {
    "0908.0054v1": 19,
    "1502.03167v3": 24,
    "1503.02531v1": 9,
    "1706.03762v7": 40,
    "1810.04805v2": 56,
    "2002.08909v1": 42,
    "2005.11401v4": 68,
    "2007.01282v2": 34,
    "2107.05407v1": 16,
    "2202.00535v1": 57,
    "2203.14465v1": 31,
    "2204.10628v1": 67,
    "2210.11610v2": 52,
    "2301.11305v2": 41,
    "2407.10671v4": 80,
    "2501.10120v1": 37,
    "acl_2023.eacl-main.121": 66,
    "acl_naacl06-shinyama": 10,
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
