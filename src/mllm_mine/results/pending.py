"""Reads the papers of an index that have yet to be read for the results that they report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mllm_mine.clock import now

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.progress import Progress

READER = "1"
"""Changes with the rules of reading, so that papers read by older ones are read again."""


def read_pending_results(index: Index, progress: Progress) -> int:
    """Reads the papers in scope that are new or changed since they were last read.

    Abstracts are read, and full texts up to their references, with their tables.

    Returns:
        How many papers were read.
    """
    begun = now()
    unread = index.results.unread_ids(READER)
    if not unread:
        return 0
    from mllm_mine.results.reading import read_results

    progress.start("Looking for reported results", len(unread))
    for arxiv_id, state in unread:
        paper = index.papers.get(arxiv_id)
        kept = index.fulltexts.get(arxiv_id)
        if paper is not None:
            text, structure = (kept.text, kept.structure) if kept else ("", {})
            index.results.keep(arxiv_id, state, read_results(paper, text, structure))
        progress.advance()
    index.results.note_all_read(READER, begun)
    progress.finish()
    return len(unread)
