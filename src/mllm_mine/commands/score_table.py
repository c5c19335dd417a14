"""The table of scores that ``mine train`` and ``mine evaluate`` print."""

from __future__ import annotations

from typing import Any

from mllm_mine.wording import counted


def score_lines(scores: dict[str, Any]) -> list[str]:
    """One line a label, then the totals, from :func:`mllm_mine.classifier.metrics.summary`."""
    rows = scores["labels"]
    width = max([len(row["label"]) for row in rows] + [8])
    lines = [f"{'label':<{width}}  precision  recall     F1     AP  papers  assigned"]
    lines += [
        f"{row['label']:<{width}}  {_share(row['precision']):>9}  {_share(row['recall']):>6}  "
        f"{_share(row['f1']):>5}  {_share(row['average_precision']):>5}  {row['support']:>6,}  "
        f"{row['assigned']:>8,}"
        for row in rows
    ]
    totals = [
        ("scope F1", scores["scope_f1"]),
        ("micro F1", scores["micro_f1"]),
        ("macro F1", scores["macro_f1"]),
        ("mean average precision", scores["mean_average_precision"]),
        ("calibration error", scores["calibration_error"]),
    ]
    named = [f"{name} {_share(value)}" for name, value in totals if value is not None]
    return [*lines, f"{counted(scores['papers'], 'paper')}: {', '.join(named)}"]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
