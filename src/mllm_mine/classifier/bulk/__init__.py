"""Classifies a file of papers into another file, without an index, as a stream.

Chunks of the input (``reading``) are scored in several processes (``workers``, ``scoring``) and
written in order to a file that an interrupted run goes on with (``output``).
"""

from mllm_mine.classifier.bulk.scoring import BulkSummary
from mllm_mine.classifier.bulk.stream import classify_stream

__all__ = ["BulkSummary", "classify_stream"]
