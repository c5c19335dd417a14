"""What is wrong with the entries of a list: twice there, wrong ids, out of date, mis-filed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.audit.survey_list import ListEntry, SurveyList
from mllm_mine.index.identify import title_key
from mllm_mine.index.stored_prediction import KEPT_PROBABILITY
from mllm_mine.paper import submission_month
from mllm_mine.reports.citation import doi, split_name

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.index.identify import Identifier
    from mllm_mine.index.reading import ClassifiedPaper

KINDS = ("duplicate", "wrong-id", "no-paper", "superseded", "mis-filed", "out-of-scope")
"""In the order of how sure they are."""

_SAME, _RETITLED = 0.9, 0.55  # how alike titles are, as difflib measures it
_DOUBTED = KEPT_PROBABILITY  # below it, the model contradicts a section
_FAVOURED = 0.5  # from this one on it speaks for another
_PREPRINT = re.compile(r"\b(?:arxiv|corr|preprint)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or seems so.

    Attributes:
        kind: one of :data:`KINDS`.
        lines: of the list, that it is about.
        arxiv_id: of the entry, "" where it has none.
        section: under which the entry stands.
        message: what is wrong and what to do, as a sentence without a full stop.
        labels: mis-filed: what the model takes the paper for instead.
        probability: the model's for the section, or for scope; None where no model is asked.
    """

    kind: str
    lines: tuple[int, ...]
    title: str
    arxiv_id: str
    section: str
    message: str
    labels: tuple[str, ...] = ()
    probability: float | None = None


def check_list(survey_list: SurveyList) -> Iterator[Finding]:
    """What can be told from the list alone: entries twice there, wrong ids, none at all."""
    yield from _duplicates(survey_list)
    papers = survey_list.paper_sections if survey_list.one_section_each else ()
    for entry in survey_list.entries:
        if entry.claimed_id:
            yield _finding("wrong-id", entry, f"{entry.claimed_id} is no id that arXiv has given")
        elif entry.arxiv_id and entry.year and _year_of(entry.arxiv_id) > entry.year:
            yield _finding(
                "wrong-id",
                entry,
                f"the id {entry.arxiv_id} is of {_year_of(entry.arxiv_id)}, and the entry says "
                f"{entry.year}: one of them is wrong",
            )
        elif not entry.names_paper and entry.section and entry.section in papers:
            yield _finding("no-paper", entry, "has no id, DOI or link to a paper")
    yield from _shared_ids(survey_list.entries)


def check_entry(
    entry: ListEntry,
    arxiv_id: str,
    index: Index,
    identifier: Identifier,
    listed: Container[str],
) -> Iterator[Finding]:
    """What the index knows of an entry's paper; nothing where it does not hold the paper.

    Args:
        arxiv_id: of the paper, as :func:`~mllm_mine.audit.survey_list.paper_of` tells it.
        listed: labels of all sections under which the list has the paper.
    """
    classified = index.reading.paper(arxiv_id) if arxiv_id else None
    if classified is None:
        return
    alike = _alike(entry.title, classified.paper.title) if entry.title else 1.0
    if alike < _RETITLED and not _names_an_author(entry, classified):
        elsewhere = identifier.by_title(entry.title)
        advice = f"; {elsewhere} has that title" if elsewhere else ""
        yield _finding("wrong-id", entry, f"{entry.arxiv_id} is “{classified.paper.title}”{advice}")
        return
    yield from _superseded(entry, classified, alike)
    yield from _misfiled(entry, classified, index, listed)


def _duplicates(survey_list: SurveyList) -> Iterator[Finding]:
    """Entries of one section with one id, or one title; across sections, a paper may stand."""
    seen: dict[tuple[str, str], list[ListEntry]] = {}
    for entry in survey_list.entries:
        section = entry.section if survey_list.one_section_each else ""
        # The title first: two titles under one id are another fault.
        for name in (entry.title_words or entry.arxiv_id or entry.doi,):
            if name:
                seen.setdefault((section, name), []).append(entry)
    for entries in seen.values():
        if len(entries) > 1:
            ids = sorted({entry.arxiv_id for entry in entries if entry.arxiv_id})
            under = f", under the ids {' and '.join(ids)}" if len(ids) > 1 else ""
            again = "twice" if len(entries) == 2 else f"{len(entries)} times"
            first = entries[0]
            yield Finding(
                "duplicate",
                tuple(entry.line for entry in entries),
                first.title or first.arxiv_id,
                first.arxiv_id,
                first.section,
                f"stands {again}{under}; keep one",
            )


def _shared_ids(entries: Iterable[ListEntry]) -> Iterator[Finding]:
    """One id under different titles: at most one of them is right."""
    by_id: dict[str, list[ListEntry]] = {}
    for entry in entries:
        if entry.arxiv_id and entry.title_words:
            by_id.setdefault(entry.arxiv_id, []).append(entry)
    for arxiv_id, found in by_id.items():
        first = found[0]
        others = [each for each in found[1:] if _alike(first.title, each.title) < _SAME]
        if others:
            titles = " and ".join(f"“{title}”" for title in dict.fromkeys(e.title for e in others))
            yield Finding(
                "wrong-id",
                tuple(each.line for each in (first, *others)),
                first.title,
                arxiv_id,
                first.section,
                f"{arxiv_id} also stands at {titles}: an id or a title is wrong",
            )


def _superseded(entry: ListEntry, classified: ClassifiedPaper, alike: float) -> Iterator[Finding]:
    paper = classified.paper
    if paper.withdrawn:
        yield _finding("superseded", entry, "withdrawn by its authors; take it out")
        return
    if entry.version is not None and entry.version < paper.version:
        yield _finding(
            "superseded",
            entry,
            f"links to version {entry.version}, and version {paper.version} is out",
        )
    if alike < _SAME:
        yield _finding("superseded", entry, f"now called “{paper.title}”")
    where = paper.journal_ref or (f"doi:{doi(paper)}" if doi(paper) else "")
    outside_links = re.sub(r"\]\([^)]*\)|https?://\S+|\[[^\]]*\]", " ", entry.text)
    if where and _PREPRINT.search(outside_links):
        yield _finding("superseded", entry, f"stands as a preprint, and is published: {where}")


def _misfiled(
    entry: ListEntry, classified: ClassifiedPaper, index: Index, listed: Container[str]
) -> Iterator[Finding]:
    """Where the model contradicts the section and has a better one in the same dimension."""
    taxonomy = index.taxonomy
    carried = {given.label: given for given in classified.labels}
    scope = classified.p_in_scope
    if classified.in_scope is False and scope is not None and scope < _DOUBTED:
        yield _finding("out-of-scope", entry, "seems to be out of scope", probability=scope)
        return
    known = [label for label in entry.labels if label in taxonomy.by_id]
    if not known or any(_near(label, carried, index) for label in known):
        return
    opinions = {
        row["label"]: float(row["probability"])
        for row in index.predictions.of(classified.paper.arxiv_id)
    }
    if any(opinions.get(label, 0.0) >= _DOUBTED for label in known):
        return
    dimensions = {taxonomy.by_id[label].dimension for label in known}
    better = [
        given
        for given in classified.labels
        if taxonomy.by_id[given.label].dimension in dimensions
        and (given.by_hand or given.probability >= _FAVOURED)
    ]
    implied = {above for given in better for above in taxonomy.ancestors(given.label)}
    exact = tuple(given.label for given in better if given.label not in implied)
    if exact:
        there = ", where it stands too" if all(label in listed for label in exact) else ""
        yield _finding(
            "mis-filed",
            entry,
            f"reads like {' and '.join(exact)}{there}",
            labels=exact,
            probability=max(opinions.get(label, 0.0) for label in known),
        )


def _near(label: str, carried: Iterable[str], index: Index) -> bool:
    """Whether a paper carries a label, one above it or one below it."""
    family = {label, *index.taxonomy.ancestors(label), *index.taxonomy.descendants(label)}
    return bool(family.intersection(carried))


def _names_an_author(entry: ListEntry, classified: ClassifiedPaper) -> bool:
    """Whether the entry names the paper's first author beside its title."""
    if not classified.paper.authors:
        return False
    family = title_key(split_name(classified.paper.authors[0]).family)
    rest = title_key(entry.text).replace(title_key(entry.title), " ")
    return bool(family) and f" {family} " in f" {rest} "


def _alike(one: str, other: str) -> float:
    """How alike two titles are, from 0 to 1; a title without its second part is the same."""
    first, second = title_key(one), title_key(other)
    if not first or not second:
        return 0.0
    shorter, longer = sorted((first, second), key=len)
    if longer.startswith(shorter) and len(shorter.split()) > 2:
        return 1.0
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio()


def _year_of(arxiv_id: str) -> int:
    month = submission_month(arxiv_id)
    return int(month[:4]) if month else 0


def _finding(
    kind: str,
    entry: ListEntry,
    message: str,
    *,
    labels: Sequence[str] = (),
    probability: float | None = None,
) -> Finding:
    return Finding(
        kind,
        (entry.line,),
        entry.title or entry.arxiv_id or entry.claimed_id,
        entry.arxiv_id,
        entry.section,
        message,
        tuple(labels),
        probability,
    )
