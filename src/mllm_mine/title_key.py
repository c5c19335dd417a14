"""The key that titles are matched by, and the titles that an entry of a reference list may hold."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+")
_ASCII_NOT_WORD = bytes(code for code in range(128) if not chr(code).isalnum())
_WORDS = re.compile(r"[^\W_]+")
_THREE_WORDS = re.compile(r"[^\W_][\W_]+[^\W_]+[\W_]+[^\W_]")
# No alternative begins with white space: it would be tried at every word.
_SENTENCE_END = re.compile(r"[.?!][”\"’]?\s+|[”\"“]\s*|,\s+\d{4}[a-z]?\b|(?<=\s)\(\d{4}")
# Shorter titles ("Deep learning") are also names of books, chapters and fields.
_FEWEST_WORDS, _FEWEST_LETTERS = 3, 16


def title_key(title: str) -> int | None:
    """A 64-bit number that equal titles share, or None for one too short to tell papers apart.

    Case, accents, punctuation, hyphens and white space do not count: reference lists differ in
    them. Scripts that write no spaces between words need only be long enough.
    """
    if title.isascii():  # nearly all: done on bytes, which is several times as quick
        if len(title) < _FEWEST_LETTERS:
            return None
        letters = title.encode().lower().translate(None, _ASCII_NOT_WORD)
        if len(letters) < _FEWEST_LETTERS or not _THREE_WORDS.search(title, 0, 60):
            return None
    else:
        folded = _NOT_WORD.sub("", unicodedata.normalize("NFKD", title).casefold())
        letters = folded.encode("utf-8", "replace")
        if len(letters) < _FEWEST_LETTERS or (
            folded.isascii() and len(_WORDS.findall(title)) < _FEWEST_WORDS
        ):
            return None
    digest = hashlib.blake2b(letters, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def reference_title_keys(text: str, title: str = "") -> set[int]:
    """Keys of all that may be the title in an entry of a reference list.

    Where the title could not be told from authors and venue, each sentence and each quotation of
    the entry stands in: no other part of an entry reads like the whole title of a paper.

    Args:
        text: the entry.
        title: what was recognised as its title, or "".
    """
    parts = [title, *_SENTENCE_END.split(text)]
    return {key for part in parts if (key := title_key(part)) is not None}
