"""Reports: classified papers out of the index, in the formats people and programs read.

Each format is a module with ``write(papers, taxonomy, file, options)``; all share the record of
:mod:`mllm_mine.reports.record`. A new format is a new module and a line in ``FORMATS``.
"""

from mllm_mine.reports.changes_report import write_changes
from mllm_mine.reports.configured import check_configured, write_configured
from mllm_mine.reports.report import FORMATS, write_report

__all__ = ["FORMATS", "check_configured", "write_changes", "write_configured", "write_report"]
