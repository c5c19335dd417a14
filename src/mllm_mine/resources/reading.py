"""Reads papers for their resources, and puts together what all papers say of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mllm_mine.errors import ConfigurationError
from mllm_mine.index.resources import ResourceRow

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.index.filters import PaperFilter
    from mllm_mine.progress import Progress
    from mllm_mine.resources.mentions import Mention

READER = "2"
"""Changes with the rules of reading, so that papers read by older ones are read again."""


@dataclass(frozen=True, slots=True)
class ResourceFilter:
    """Which resources are wanted.

    Attributes:
        kinds: of :data:`mllm_mine.resources.mentions.KINDS`; empty for all.
        released: only those that one of the papers releases.
    """

    kinds: tuple[str, ...] = ()
    released: bool = False


@dataclass(slots=True)
class Resource:
    """One resource, and the papers that speak of it.

    Attributes:
        name, url, stage, origin: as the paper that releases it says, else the newest that knows.
        papers: a row for each paper, newest first, those that release it before the others.
    """

    name: str
    kind: str
    url: str = ""
    stage: str = ""
    origin: str = ""
    papers: list[ResourceRow] = field(default_factory=list)

    @property
    def released_by(self) -> list[str]:
        """Ids of the papers that release it."""
        return [row.arxiv_id for row in self.papers if row.role == "released"]


def read_pending(index: Index, progress: Progress) -> int:
    """Reads the papers in scope that are new or changed since they were last read.

    Abstracts are read, and full texts up to their references.

    Returns:
        How many papers were read.
    """
    progress.start("Finding papers to read for resources")
    unread = index.resources.unread(READER)
    if not len(unread):
        progress.finish()
        return 0
    from mllm_mine.resources.mentions import find_mentions

    progress.start("Looking for resources", len(unread))

    def read(arxiv_id: str) -> list[ResourceRow]:
        paper = index.resources.paper(arxiv_id)
        mentions = find_mentions("\n\n".join((paper.title, paper.abstract, paper.text)))
        return [_row(arxiv_id, mention) for mention in mentions]

    unread.read_all(read, index.resources.keep, progress)
    progress.finish()
    return len(unread)


def _row(arxiv_id: str, mention: Mention) -> ResourceRow:
    return ResourceRow(
        arxiv_id=arxiv_id,
        name_key=mention.key,
        name=mention.name,
        kind=mention.kind,
        url=mention.url,
        role=mention.role,
        stage=mention.stage,
        origin=mention.origin,
        evidence=mention.evidence,
    )


def unread_papers(index: Index) -> int:
    """How many papers in scope are new or changed since they were last read."""
    return index.resources.count_unread(READER)


def find_resources(index: Index, papers: PaperFilter, wanted: ResourceFilter) -> list[Resource]:
    """The resources that papers speak of, as far as they have been read.

    Names that differ in case, hyphens and spaces are one resource of a kind.

    Returns:
        Those that most papers speak of first, then by name.

    Raises:
        ConfigurationError: a kind, a label or a date that makes no sense.
    """
    from mllm_mine.resources.mentions import KINDS

    for kind in wanted.kinds:
        if kind not in KINDS:
            raise ConfigurationError(f"there is no kind {kind!r}; choose from {', '.join(KINDS)}")
    found: dict[tuple[str, str], Resource] = {}
    for row in index.resources.rows(papers):
        if wanted.kinds and row.kind not in wanted.kinds:
            continue
        resource = found.setdefault((row.name_key, row.kind), Resource(row.name, row.kind))
        resource.papers.append(row)
    for resource in found.values():
        resource.papers.sort(key=lambda row: row.role != "released")
        resource.name = resource.papers[0].name
        for attribute in ("url", "stage", "origin"):
            stated = (getattr(row, attribute) for row in resource.papers)
            setattr(resource, attribute, next(filter(None, stated), ""))
    chosen = [each for each in found.values() if each.released_by or not wanted.released]
    return sorted(chosen, key=lambda each: (-len(each.papers), each.name.casefold(), each.kind))
