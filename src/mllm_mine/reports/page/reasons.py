"""Why a paper carries its labels, in few bytes: places of sentences, and the foremost terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.reports.options import Explain
from mllm_mine.taxonomy import SCOPE

SCOPE_PLACE = -1
"""Stands for scope among the places of labels."""

_TERMS = 6
_DIGITS = 2


def paper_reasons(
    classified: ClassifiedPaper, place: Mapping[str, int], explain: Explain | None
) -> list[list[Any]]:
    """For each label that the model gave: ``[place, [start, end] or null, [[term, added], …],
    threshold]``.

    The sentence that carried the label is given by where it stands in the abstract, counted in
    UTF-16 units as browsers do; null is the title. What a term added is in log-odds.
    """
    given = [each.label for each in classified.labels if not each.by_hand]
    wanted = [SCOPE, *given] if classified.in_scope else given
    if explain is None or not wanted:
        return []
    paper = classified.paper
    found = []
    for label, reason in explain(paper.arxiv_id, wanted).items():
        terms = [
            [term, round(added, _DIGITS)] for term, added in reason.terms[:_TERMS] if added > 0
        ]
        sentence = next(iter(reason.sentences), "")
        span = _span(sentence, paper.abstract)
        threshold = round(reason.threshold, _DIGITS)
        found.append([place.get(label, SCOPE_PLACE), span, terms, threshold])
    return found


def _span(sentence: str, abstract: str) -> list[int] | None:
    start = abstract.find(sentence) if sentence else -1
    if start < 0:
        return None
    begin = _units(abstract[:start])
    return [begin, begin + _units(sentence)]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
