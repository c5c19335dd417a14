"""Reads the papers of an index that have yet to be read for the results that they report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.index.results import ResultRow
    from mllm_mine.progress import Progress

READER = "1"
"""Changes with the rules of reading, so that papers read by older ones are read again."""


def read_pending_results(index: Index, progress: Progress) -> int:
    """Reads the papers in scope that are new or changed since they were last read.

    Abstracts are read, and full texts up to their references, with their tables.

    Returns:
        How many papers were read.
    """
    progress.start("Finding papers to read for results")
    unread = index.results.unread(READER)
    if not len(unread):
        progress.finish()
        return 0
    from mllm_mine.results.reading import read_results

    progress.start("Looking for reported results", len(unread))

    def read(arxiv_id: str) -> list[ResultRow] | None:
        paper = index.papers.get(arxiv_id)
        kept = index.fulltexts.get(arxiv_id)
        text, structure = (kept.text, kept.structure) if kept else ("", {})
        return None if paper is None else read_results(paper, text, structure)

    unread.read_all(read, index.results.keep, progress)
    progress.finish()
    return len(unread)
