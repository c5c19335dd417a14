"""The record of one paper that all reports share: the columns of the contract, in order."""

from __future__ import annotations

from typing import Any

from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.paper import abstract_url
from mllm_mine.taxonomy import Taxonomy

_PROBABILITY_DIGITS = 4


def columns(taxonomy: Taxonomy) -> tuple[str, ...]:
    """The columns of a report: one for each dimension of the taxonomy among fixed ones."""
    return (
        *("arxiv_id", "version", "title", "authors", "published", "updated"),
        *("primary_category", "categories", "in_scope", "p_in_scope"),
        *(dimension.id for dimension in taxonomy.dimensions),
        "url",
    )


def record(classified: ClassifiedPaper, taxonomy: Taxonomy) -> dict[str, Any]:
    """A paper as plain data, keyed by column; authors, categories and labels are lists.

    ``in_scope`` and ``p_in_scope`` are None for a paper that nobody has classified.
    """
    paper = classified.paper
    carried = [given.label for given in classified.labels]
    values: dict[str, Any] = {
        "arxiv_id": paper.arxiv_id,
        "version": paper.version,
        "title": paper.title,
        "authors": list(paper.authors),
        "published": paper.published,
        "updated": paper.updated,
        "primary_category": paper.primary_category,
        "categories": list(paper.categories),
        "in_scope": classified.in_scope,
        "p_in_scope": probability(classified.p_in_scope),
    }
    for dimension in taxonomy.dimensions:
        values[dimension.id] = [
            label for label in carried if taxonomy.by_id[label].dimension == dimension.id
        ]
    values["url"] = abstract_url(paper.arxiv_id)
    return values


def detailed_record(classified: ClassifiedPaper, taxonomy: Taxonomy) -> dict[str, Any]:
    """The record with each label's probability and giver, and where the paper was published."""
    return {
        **record(classified, taxonomy),
        "labels": [
            {
                "label": given.label,
                "probability": probability(given.probability),
                "by_hand": given.by_hand,
            }
            for given in classified.labels
        ],
        "uncertain": classified.uncertain,
        "unfamiliar": classified.unfamiliar,
        "withdrawn": classified.paper.withdrawn,
        "doi": classified.paper.doi,
        "journal_ref": classified.paper.journal_ref,
    }


def probability(value: float | None) -> float | None:
    """A probability with as many digits as mean something."""
    return None if value is None else round(value, _PROBABILITY_DIGITS)
