"""Saves the pages of a PDF whose table of contents or list of pages is lost.

A download that was cut short has its first pages whole, but the catalogue and the tree of pages
stand at the end of the file. Page objects are found one by one and hung on a new tree.
"""

from __future__ import annotations

from typing import Any

_MOST_OBJECTS = 500_000  # more than the longest theses have; a file that claims more lies


def rebuild(content: bytes) -> Any | None:
    """A document of the pages that can be found in a broken PDF, or None when there are none."""
    import pymupdf

    try:
        # Without the pointer to its table, MuPDF looks for the objects themselves.
        document: Any = pymupdf.open(
            stream=content.replace(b"startxref", b"startlost"), filetype="pdf"
        )
        if document.needs_pass:
            return None
        if not _first_page_loads(document):
            document = _with_new_tree(pymupdf, document)
    except MemoryError:
        raise
    except Exception:  # MuPDF raises many kinds, and the file is known to be broken
        return None
    return document if document is not None and document.page_count else None


def _first_page_loads(document: Any) -> bool:
    try:
        document.load_page(0).rect  # noqa: B018 - the look-up is what may fail
    except MemoryError:
        raise
    except Exception:
        return False
    return True


def _with_new_tree(pymupdf: Any, document: Any) -> Any | None:
    if document.xref_length() > _MOST_OBJECTS:
        return None
    pages = [number for number in range(1, document.xref_length()) if _is_page(document, number)]
    if not pages:
        return None
    tree = document.get_new_xref()
    kids = " ".join(f"{number} 0 R" for number in pages)
    document.update_object(tree, f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>")
    for number in pages:
        document.xref_set_key(number, "Parent", f"{tree} 0 R")
    catalogue = document.get_new_xref()
    document.update_object(catalogue, f"<</Type/Catalog/Pages {tree} 0 R>>")
    document.xref_set_key(-1, "Root", f"{catalogue} 0 R")
    return pymupdf.open(stream=document.tobytes(), filetype="pdf")


def _is_page(document: Any, number: int) -> bool:
    try:
        kind: tuple[str, str] = document.xref_get_key(number, "Type")
        return kind == ("name", "/Page")
    except Exception:
        return False
