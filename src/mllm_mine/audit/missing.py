"""What a list lacks: papers in scope, and resources that papers release."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.audit.survey_list import SurveyList, paper_of
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.identify import title_key
from mllm_mine.resources import ResourceFilter, find_resources

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.index.identify import Identifier
    from mllm_mine.index.reading import AssignedLabel, ClassifiedPaper
    from mllm_mine.resources import Resource
    from mllm_mine.taxonomy import Taxonomy

_LISTED_KINDS = ("dataset", "benchmark", "leaderboard")
_SPARE = 1000  # papers kept beyond the best until they are sorted out
_SHORTEST_NAME = 3  # letters and digits; a shorter name tells nothing


@dataclass(frozen=True, slots=True)
class MissingPaper:
    """A paper that the list lacks.

    Attributes:
        section: of the list, under which it belongs; "" when no section stands for its labels.
        label: for which it belongs there; "" for a paper without any.
        confidence: the probability that it is in scope times that of the label; 0 without one.
        cited_by: how many papers of the index cite it.
        code: where its code is, or "".
    """

    classified: ClassifiedPaper
    section: str
    label: str
    confidence: float
    cited_by: int
    code: str

    @property
    def rank(self) -> float:
        """What papers are ranked by: confidence, once more for each doubling of citations."""
        return self.confidence * (1 + math.log2(1 + self.cited_by))


@dataclass(frozen=True, slots=True)
class MissingResource:
    """A resource that the list lacks; ``section`` is as with papers."""

    resource: Resource
    section: str


def missing_papers(
    index: Index,
    survey_list: SurveyList,
    wanted: PaperFilter,
    identifier: Identifier,
    top: int,
) -> tuple[list[MissingPaper], int]:
    """The papers of a filter that no entry of the list means, the best candidates first.

    An entry means a paper by id, DOI or title. Withdrawn papers are not wanted. Papers without a
    label come last, since nothing says where they belong.

    Args:
        top: how many to keep; 0 for all.

    Returns:
        The first ``top``, and how many there are.
    """
    best: list[MissingPaper] = []
    total = 0
    for missing in _missing(index, survey_list, wanted, identifier):
        best.append(missing)
        total += 1
        if top and len(best) >= top + _SPARE:  # so that memory does not grow with the index
            best = sorted(best, key=_order)[:top]
    return sorted(best, key=_order)[: top or None], total


def _missing(
    index: Index, survey_list: SurveyList, wanted: PaperFilter, identifier: Identifier
) -> Iterator[MissingPaper]:
    ids = {paper_of(entry, identifier) for entry in survey_list.entries}
    taxonomy, sections = index.taxonomy, _sections_by_label(survey_list)
    titles = {entry.title_words for entry in survey_list.entries} - {""}
    cited = index.citations.counts()
    code = _code(index, wanted)
    for classified in index.reading.papers(wanted):
        paper = classified.paper
        if paper.withdrawn or paper.arxiv_id in ids or title_key(paper.title) in titles:
            continue
        given, section = _place(classified, sections, taxonomy)
        if given is None and taxonomy.scope is None:
            continue  # without scope, a label is all that makes a paper the survey's
        in_scope = 1.0 if classified.p_in_scope is None else classified.p_in_scope
        yield MissingPaper(
            classified=classified,
            section=section,
            label=given.label if given else "",
            confidence=in_scope * given.probability if given else 0.0,
            cited_by=cited.get(paper.arxiv_id, 0),
            code=code.get(paper.arxiv_id, ""),
        )


def missing_resources(
    index: Index, survey_list: SurveyList, wanted: PaperFilter
) -> list[MissingResource]:
    """Data sets, benchmarks and leaderboards that papers of a filter release.

    A resource counts as listed when its name or link stands anywhere in the list. First come
    those that most papers speak of, then those whose papers are cited most, then the newest.
    """
    text = survey_list.text.casefold()
    words = f" {title_key(survey_list.text)} "
    joined = {key for entry in survey_list.entries if (key := _joined(entry.title))}
    cited = index.citations.counts()
    found: dict[str, MissingResource] = {}
    for resource in find_resources(index, wanted, ResourceFilter(_LISTED_KINDS, released=True)):
        name = title_key(resource.name)
        if len(_joined(name)) < _SHORTEST_NAME or f" {name} " in words or _joined(name) in joined:
            continue
        if resource.url and resource.url.casefold().removeprefix("https://") in text:
            continue
        # What is both a data set and a benchmark is one thing.
        found.setdefault(
            _joined(name), MissingResource(resource, _resource_section(resource, survey_list))
        )
    newest_first = sorted(
        found.values(), key=lambda each: max(each.resource.released_by), reverse=True
    )
    return sorted(
        newest_first,
        key=lambda each: (
            -len(each.resource.papers),
            -max(cited.get(arxiv_id, 0) for arxiv_id in each.resource.released_by),
        ),
    )


def _place(
    classified: ClassifiedPaper, sections: Mapping[str, str], taxonomy: Taxonomy
) -> tuple[AssignedLabel | None, str]:
    """The likeliest label for which the list has a section, and the section.

    A child goes where its parent goes when it has no section of its own. Where the list has no
    section for any label, the likeliest label is given without one.

    Args:
        sections: by label.
    """
    implied = {above for given in classified.labels for above in taxonomy.ancestors(given.label)}
    exact = [given for given in classified.labels if given.label not in implied]
    ranked = sorted(exact, key=lambda given: -given.probability)  # stable: the taxonomy's order
    for given in ranked:
        for label in (given.label, *taxonomy.ancestors(given.label)):
            if label in sections:
                return given, sections[label]
    return (ranked[0] if ranked else None), ""


def _sections_by_label(survey_list: SurveyList) -> dict[str, str]:
    """For each label the section that stands for it, rather one that stands for nothing else.

    Sections that hold no paper of arXiv are for other things, such as data sets.
    """
    if not survey_list.one_section_each:
        return {}
    holding = survey_list.paper_sections or survey_list.sections  # the latter: titles alone
    found: dict[str, str] = {}
    for section, labels in sorted(survey_list.sections.items(), key=lambda item: len(item[1])):
        for label in labels if section in holding else ():
            found.setdefault(label, section)
    return found


def _resource_section(resource: Resource, survey_list: SurveyList) -> str:
    """The section named after the survey's grouping of the resource, or ""."""
    wanted = title_key(f"{resource.stage} {resource.origin}") if resource.stage else ""
    sections = {title_key(section): section for section in survey_list.sections}
    return sections.get(wanted, "") if wanted else ""


def _code(index: Index, wanted: PaperFilter) -> Mapping[str, str]:
    """Where the code of each paper is, as it says itself."""
    found: dict[str, str] = {}
    for resource in find_resources(index, wanted, ResourceFilter(("code",), released=True)):
        for row in resource.papers:
            if row.role == "released" and row.url:
                found.setdefault(row.arxiv_id, row.url)
    return found


def _order(missing: MissingPaper) -> tuple[float, int, float, str]:
    paper = missing.classified.paper
    scope = missing.classified.p_in_scope
    return (-missing.rank, -missing.cited_by, -(1.0 if scope is None else scope), paper.arxiv_id)


def _joined(name: str) -> str:
    return title_key(name).replace(" ", "")
