"""Full text: PDFs become ordered text with sections, captions, tables and references.

All knowledge of PDFs is in this package. Reading happens in worker processes with limits of time
and memory, so that no PDF can stop or crash a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mllm_mine.lazy_imports import importer

if TYPE_CHECKING:
    from mllm_mine.fulltext.document import (
        Caption,
        Document,
        Footnote,
        Limits,
        Reference,
        Section,
        Table,
    )
    from mllm_mine.fulltext.extract import Extractor, ExtractSummary, extract_pending
    from mllm_mine.fulltext.pool import read_pdf
    from mllm_mine.fulltext.record_batches import (
        FolderSummary,
        text_schema,
        texts_of_folder,
        texts_of_pdfs,
    )

__all__ = [
    "Caption",
    "Document",
    "ExtractSummary",
    "Extractor",
    "FolderSummary",
    "Footnote",
    "Limits",
    "Reference",
    "Section",
    "Table",
    "extract_pending",
    "read_pdf",
    "text_schema",
    "texts_of_folder",
    "texts_of_pdfs",
]

__getattr__ = importer(
    __name__,
    {
        "Caption": "document",
        "Document": "document",
        "Footnote": "document",
        "Limits": "document",
        "Reference": "document",
        "Section": "document",
        "Table": "document",
        "ExtractSummary": "extract",
        "Extractor": "extract",
        "extract_pending": "extract",
        "read_pdf": "pool",
        "FolderSummary": "record_batches",
        "text_schema": "record_batches",
        "texts_of_folder": "record_batches",
        "texts_of_pdfs": "record_batches",
    },
)
