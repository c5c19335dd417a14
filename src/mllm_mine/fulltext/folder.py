"""PDFs that are already on disk, named by arXiv id."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.errors import ConfigurationError, InputFileError
from mllm_mine.index.fulltexts import PendingText
from mllm_mine.paper import parse_paper_id

if TYPE_CHECKING:
    from mllm_mine.index import Index

_OLD_STYLE_STEM = re.compile(r"^([a-z-]+(?:\.[A-Za-z-]+)?)_(\d{7}(?:v\d+)?)$")


@dataclass
class PdfFolder:
    """What a folder holds: PDFs of papers in the index, and files that are of none."""

    wanted: list[PendingText] = field(default_factory=list)
    unknown: list[Path] = field(default_factory=list)
    known: int = 0


def look_into(
    folder: Path, index: Index, extractor: str, *, retry_failed: bool = False
) -> PdfFolder:
    """Finds the PDFs of a folder (and its subfolders) whose papers are in the index.

    Names are ``2501.01234v2.pdf``, ``2501.01234.pdf`` (taken as the version in the index),
    ``astro-ph_0601001.pdf`` or ``math.GT_0309136v1.pdf``. Of several versions the latest counts.

    Raises:
        ConfigurationError: there is no such folder.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"there is no folder {folder}; --pdf-dir names one with PDFs")
    latest: dict[str, PendingText] = {}
    found = PdfFolder()
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".pdf"):
        try:
            arxiv_id, version = parse_paper_id(_OLD_STYLE_STEM.sub(r"\1/\2", path.stem))
        except InputFileError:
            found.unknown.append(path)
            continue
        paper = index.papers.get(arxiv_id)
        if paper is None:
            found.unknown.append(path)
            continue
        pending = PendingText(arxiv_id, version or paper.version, path.absolute())
        if arxiv_id not in latest or latest[arxiv_id].version < pending.version:
            latest[arxiv_id] = pending
    found.known = len(latest)
    found.wanted = [
        pending
        for _, pending in sorted(latest.items())
        if index.fulltexts.is_wanted(
            pending.arxiv_id, pending.version, extractor, retry_failed=retry_failed
        )
    ]
    return found
