"""The source: everything the project knows about arXiv and about files of papers.

The first stage: it writes papers, PDFs and its own bookkeeping into the index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mllm_mine.lazy_imports import importer

if TYPE_CHECKING:
    from mllm_mine.source.fetching import fetch, leaves_out_queries
    from mllm_mine.source.file_formats import open_input
    from mllm_mine.source.importing import ImportFilters, ImportSummary, import_file
    from mllm_mine.source.pdf_download import PdfSummary, download_pdfs
    from mllm_mine.source.planning import PlannedQuery, plan
    from mllm_mine.source.request import FetchRequest, FetchSummary
    from mllm_mine.source.verification import WindowCheck, verify

__all__ = [
    "FetchRequest",
    "FetchSummary",
    "ImportFilters",
    "ImportSummary",
    "PdfSummary",
    "PlannedQuery",
    "WindowCheck",
    "download_pdfs",
    "fetch",
    "import_file",
    "leaves_out_queries",
    "open_input",
    "plan",
    "verify",
]

__getattr__ = importer(
    __name__,
    {
        "FetchRequest": "request",
        "FetchSummary": "request",
        "ImportFilters": "importing",
        "ImportSummary": "importing",
        "PdfSummary": "pdf_download",
        "PlannedQuery": "planning",
        "WindowCheck": "verification",
        "download_pdfs": "pdf_download",
        "fetch": "fetching",
        "import_file": "importing",
        "leaves_out_queries": "fetching",
        "open_input": "file_formats",
        "plan": "planning",
        "verify": "verification",
    },
)
