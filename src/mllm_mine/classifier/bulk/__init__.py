"""Classifies a file of papers into another file, without an index, as a stream.

Chunks of the input (``reading``) are scored in several processes (``workers``, ``scoring``) and
written in order to a file that an interrupted run goes on with (``output``). On Dask, parts of a
Parquet file become parts of a folder (``partitioned``). ``record_batches`` is the scoring function
for whatever else passes Arrow's record batches around.
"""

from mllm_mine.classifier.bulk.partitioned import classify_partitions
from mllm_mine.classifier.bulk.record_batches import (
    classify_batch,
    classify_batches,
    prediction_schema,
)
from mllm_mine.classifier.bulk.scoring import BulkSummary
from mllm_mine.classifier.bulk.stream import classify_stream

__all__ = [
    "BulkSummary",
    "classify_batch",
    "classify_batches",
    "classify_partitions",
    "classify_stream",
    "prediction_schema",
]
