"""Compares a survey's list with the index: what it lacks, and what is wrong with its entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mllm_mine.audit.findings import KINDS, Finding, check_entry, check_list
from mllm_mine.audit.missing import (
    MissingPaper,
    MissingResource,
    missing_papers,
    missing_resources,
)
from mllm_mine.audit.survey_list import SurveyList, paper_of, read_list
from mllm_mine.index.filters import PaperFilter, day_or_moment
from mllm_mine.index.identify import Identifier
from mllm_mine.labelling.mapping import read_mapping
from mllm_mine.resources.reading import unread_papers

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.labelling.mapping import Mapping

# The survey's section of fine-tuning is the union of those of its two kinds.
_BUILTIN_SECTIONS = {"finetuning": ("finetuning", "sft", "rlhf")}


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of an audit.

    Attributes:
        since: papers and resources from this date on were looked for; "" for all.
        papers, resources: what the list lacks, best first; the first ``top`` of each.
        papers_in_all, resources_in_all: how many it lacks.
        findings: what is wrong with entries, by kind, in the list's order.
        unchecked: ids of entries that the index does not hold, so that nothing is known of them.
        unread: how many papers in scope have yet to be read for the resources they release.
        unidentified: how many entries name no paper of arXiv and match none by title or DOI.
    """

    survey_list: SurveyList
    since: str
    papers: tuple[MissingPaper, ...]
    resources: tuple[MissingResource, ...]
    papers_in_all: int
    resources_in_all: int
    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...] = field(default=())
    unidentified: int = 0
    unread: int = 0


def audit(
    index: Index,
    path: Path | None = None,
    *,
    since: str = "",
    labels: Sequence[str] = (),
    top: int = 50,
    mapping: Path | None = None,
) -> Audit:
    """Audits a list against an index.

    Args:
        path: Markdown, BibTeX, RIS or CSV; the survey's own list when left out.
        since: papers from this date on are looked for; by default from the month after the
            newest arXiv id of the list.
        labels: only papers with these labels (or labels of these groups) are looked for.
        top: how many missing papers, and resources, are given; 0 for all.
        mapping: a TOML file that says which labels the list's sections stand for.

    Raises:
        ConfigurationError: no such file, label or date.
        InputFileError: the list cannot be read.
    """
    survey_list = read_list(path, _mapping(index, path, mapping))
    begin = since or _after(survey_list.newest_month)
    wanted = PaperFilter(labels=tuple(labels), since=begin, in_scope=True)
    wanted.conditions(index.taxonomy)  # refuses a wrong filter before anything is read
    with index.reading.snapshot():
        identifier = Identifier(index)
        papers, papers_in_all = missing_papers(index, survey_list, wanted, identifier, top)
        resources = missing_resources(index, survey_list, wanted)
        ids = [paper_of(entry, identifier) for entry in survey_list.entries]
        held = index.papers.versions(filter(None, ids))
        findings = list(check_list(survey_list))
        listed: dict[str, set[str]] = {}
        for arxiv_id, entry in zip(ids, survey_list.entries, strict=True):
            listed.setdefault(arxiv_id, set()).update(entry.labels)
        for arxiv_id, entry in zip(ids, survey_list.entries, strict=True):
            findings += check_entry(entry, arxiv_id, index, identifier, listed[arxiv_id])
    findings.sort(key=lambda finding: (KINDS.index(finding.kind), finding.lines))
    return Audit(
        survey_list=survey_list,
        since=day_or_moment(begin)[:10] if begin else "",
        papers=tuple(papers),
        resources=tuple(resources[: top or None]),
        papers_in_all=papers_in_all,
        resources_in_all=len(resources),
        findings=tuple(findings),
        unchecked=tuple(dict.fromkeys(each for each in ids if each and each not in held)),
        unidentified=sum(not each for each in ids),
        unread=unread_papers(index),
    )


def _mapping(index: Index, path: Path | None, mapping: Path | None) -> Mapping:
    names = read_mapping(mapping, index.taxonomy, loosely=True)
    if path is None and mapping is None:
        names.given |= {
            section: labels
            for section, labels in _BUILTIN_SECTIONS.items()
            if all(label in index.taxonomy.by_id for label in labels)
        }
    return names


def _after(month: str) -> str:
    """The first day of the month after ``2024-01``, or ""."""
    if not month:
        return ""
    return (date.fromisoformat(f"{month}-28") + timedelta(days=4)).replace(day=1).isoformat()
