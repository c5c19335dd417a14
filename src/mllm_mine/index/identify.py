"""Finds papers of the index by what other tools know of them: DOI or title."""

from __future__ import annotations

import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllm_mine.index.index import Index

_CANDIDATES = 20


class Identifier:
    """Looks up papers; reads all DOIs once, when the first is asked for."""

    def __init__(self, index: Index) -> None:
        self._connection = index.connection

    def by_doi(self, doi: str) -> str:
        """The id of the paper with this DOI (in any case), or ""."""
        return self._dois.get(doi.lower(), "")

    def by_title(self, title: str) -> str:
        """The id of the one paper with this title, or "" when there is none or more than one.

        Case, accents, punctuation and white space do not matter.
        """
        wanted = title_key(title)
        words = wanted.split()
        if len(words) < 2:  # "Introduction" is not a title to trust
            return ""
        phrase = "title : " + '"' + " ".join(words) + '"'
        rows = self._connection.execute(
            "SELECT papers.arxiv_id, papers.title FROM papers_fts "
            "JOIN papers ON papers.docid = papers_fts.rowid WHERE papers_fts MATCH ? LIMIT ?",
            (phrase, _CANDIDATES),
        )
        found = [arxiv_id for arxiv_id, known in rows if title_key(known) == wanted]
        return found[0] if len(found) == 1 else ""

    @cached_property
    def _dois(self) -> dict[str, str]:
        rows = self._connection.execute("SELECT lower(doi), arxiv_id FROM papers WHERE doi <> ''")
        return {str(doi): str(arxiv_id) for doi, arxiv_id in rows}


def title_key(title: str) -> str:
    """A title reduced to its letters and digits, so that two spellings of it compare equal."""
    plain = unicodedata.normalize("NFKD", title).casefold()
    letters = (each for each in plain if not unicodedata.combining(each))
    return " ".join("".join(each if each.isalnum() else " " for each in letters).split())
