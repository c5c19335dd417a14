"""Finds out what is wrong with a set-up or an index, and says how to mend it."""

from mllm_mine.diagnosis.diagnosis import diagnose
from mllm_mine.diagnosis.finding import Finding

__all__ = ["Finding", "diagnose"]
