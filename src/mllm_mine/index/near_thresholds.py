"""Papers of which the model is in two minds, by label: their probability is near its threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.index.filters import PaperFilter

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

# The index does not keep thresholds: the highest probability that was not assigned shows each.
# A child brings its parent whatever its own probability, so the assigned ones do not tell.
# Near is what lies nearer to the threshold than to 0 or 1. A person's word ends all doubt.
_NEAR = """
    WITH thresholds AS MATERIALIZED (
        SELECT label, max(probability) AS threshold FROM predictions
        WHERE assigned = 0 GROUP BY label
    )
    SELECT predictions.label, papers.arxiv_id, papers.title
    FROM predictions JOIN thresholds USING (label)
        JOIN papers USING (arxiv_id) LEFT JOIN classifications USING (arxiv_id)
    WHERE probability BETWEEN threshold / 2 AND (1 + threshold) / 2 AND {condition}
        AND papers.arxiv_id NOT IN (SELECT arxiv_id FROM hand_labels)
    ORDER BY papers.published DESC, papers.arxiv_id DESC"""


@dataclass(frozen=True, slots=True)
class DoubtfulPaper:
    """A paper whose probability of a label is near the label's threshold."""

    arxiv_id: str
    title: str


def near_thresholds(index: Index, wanted: PaperFilter) -> dict[str, list[DoubtfulPaper]]:
    """By label (not scope) the papers of a filter that are near its threshold, newest first.

    Raises:
        ConfigurationError: the filter makes no sense.
    """
    condition, values = wanted.conditions(index.taxonomy)
    found: dict[str, list[DoubtfulPaper]] = {label: [] for label in index.taxonomy.label_ids}
    for label, arxiv_id, title in index.connection.execute(
        _NEAR.format(condition=condition), values
    ):
        if label in found:
            found[label].append(DoubtfulPaper(arxiv_id, title))
    return found
