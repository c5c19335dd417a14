"""Numbers that papers report on benchmarks: with model, metric and languages as they say it."""

from mllm_mine.results.pending import read_pending_results

__all__ = ["read_pending_results"]
