"""Where a taxonomy no longer fits its field: unexplained groups, split and confused labels.

Reads the index and knows no other stage.
"""

from mllm_mine.gaps.finding import Gaps, as_document, find_gaps

__all__ = ["Gaps", "as_document", "find_gaps"]
