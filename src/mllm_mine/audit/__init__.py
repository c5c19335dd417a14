"""The audit of a survey's list: what recent papers it lacks, and what is wrong with its entries.

Reads the list with the readers of :mod:`mllm_mine.labelling`, compares it with the index, and
writes lines as the reports do.
"""

from mllm_mine.audit.audit import Audit, audit
from mllm_mine.audit.document import as_document
from mllm_mine.audit.pull_request import pull_request

__all__ = ["Audit", "as_document", "audit", "pull_request"]
