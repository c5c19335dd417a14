"""Turns what sources send into clean text: one line, no control characters, no TeX accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice

TITLE_LIMIT = 2_000
TEXT_LIMIT = 50_000
NAME_LIMIT = 300
AUTHORS_LIMIT = 10_000
"""Longest title, abstract or comment, and author's name, in characters; most authors a paper."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Invisible or without meaning: soft hyphen, byte-order mark, noncharacters, and the marks that
# turn the direction of what follows them. Joiners stay: Indic and Arabic scripts need them.
_DROPPED = re.compile(
    r"[\u00ad\ufeff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff"
    r"\U0001fffe\U0001ffff\U0010fffe\U0010ffff]"
)
_ASCII_CONTROLS = bytes(range(32)) + b"\x7f"
_SURROGATE = re.compile(r"[\ud800-\udfff]")

_COMBINING = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306",
    ".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323",
    "c": "\u0327", "k": "\u0328", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "o": "ø",
    "O": "Ø", "l": "ł", "L": "Ł", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ",
    "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
_MATH = re.compile(r"((?<!\\)\$[^$]*(?<!\\)\$)")
# An accent and its letter, as in \'e, \'{e}, {\'e}, {\'{e}}, \v{s}, \v s and \'{\i}.
_ACCENT = re.compile(
    r"""\\{1,2}(?:
        (?P<sign>[`'^~=."])\s*(?:\{(?P<a>\\[ij]|[A-Za-z])\}|(?P<b>\\[ij](?![A-Za-z])|[A-Za-z]))
      | (?P<name>[urHvdckb])(?:\{(?P<c>\\[ij]|[A-Za-z])\}|\s+(?P<d>\\[ij]|[A-Za-z])(?![A-Za-z]*\{))
    )""",
    re.X,
)
_LETTER = re.compile(
    r"\\{1,2}("
    + "|".join(sorted(_LETTERS, key=len, reverse=True))
    + r")(?![A-Za-z])(?:\{\}|\s+(?=\w))?"
)
_BRACED = re.compile(r"\{([^{}\\$]{1,2})\}")
# What arXiv's own conversion leaves of a doubled backslash: no TeX has one before such a letter.
_STRAY = re.compile(r"\\{1,2}(?=[^\x00-\x7f])")
# Commands that change how a text looks and nothing else, as in \emph{not}; innermost first.
_MARKUP = re.compile(
    r"\\(?:text(?:it|bf|tt|sc|sf|sl|rm|md|up|normal)|emph|underline|mbox|url)\s*\{([^{}\\$]*)\}"
    r"|\{\\(?:em|it|bf|tt|sc|sf|sl|rm)\s+([^{}\\$]*)\}"
)
_MARKUP_DEPTH = 4
# Braces in a name only keep TeX from changing it: none belongs to it.
_NAME_BRACES = str.maketrans("", "", "{}")
_ESCAPED = re.compile(r"\\([&%#_])")


def clean_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Text as the index keeps it: one line, NFC, nothing invisible, at most ``limit`` characters.

    Control characters become spaces, halves of surrogate pairs become U+FFFD, runs of white
    space become one space. TeX accents and escaped signs are decoded outside formulas.
    """
    if len(text) > 4 * limit:
        text = text[: 4 * limit]  # so that a text of 100 MB costs no more than a long one
    text = text.replace("\n", " ").strip()
    if "  " in text or not _is_printable(text):
        text = _CONTROL.sub(" ", text)
        text = _DROPPED.sub("", _SURROGATE.sub("\ufffd", text))
        text = " ".join(text.split())
    if "\\" in text:
        text = decode_tex(text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _is_printable(text: str) -> bool:
    """``text.isprintable()``, several times as fast for the ASCII texts that are the rule."""
    if text.isascii():
        return len(text.encode().translate(None, _ASCII_CONTROLS)) == len(text)
    return text.isprintable()


def decode_tex(text: str) -> str:
    r"""Writes ``Erd\H{o}s`` as ``Erdős`` and ``R\&D`` as ``R&D``, leaving formulas alone.

    Only what is certain is decoded: an accent whose letter with it is one character of Unicode,
    and commands that only change how a text looks, as ``\emph{not}``.
    """
    if not text.isascii():
        text = _STRAY.sub("", text)
    if "$" not in text:
        return _decode_plain(text)
    parts = _MATH.split(text)
    parts[::2] = [_decode_plain(part) for part in parts[::2]]
    return "".join(parts)


def _decode_plain(text: str) -> str:
    if "\\" not in text:
        return text
    decoded = _LETTER.sub(lambda match: _LETTERS[match[1]], _ACCENT.sub(_accented, text))
    if decoded != text:
        # Braces that held only the decoded letter, as in {\'e} or {\o}.
        decoded = _BRACED.sub(lambda m: m[1] if not m[1].isascii() else m[0], decoded)
    decoded = _ESCAPED.sub(r"\1", decoded)
    for _ in range(_MARKUP_DEPTH if "{" in decoded else 0):
        decoded, found = _MARKUP.subn(lambda match: match[1] or match[2] or "", decoded)
        if not found:
            break
    return decoded


def _accented(match: re.Match[str]) -> str:
    letter = (match["a"] or match["b"] or match["c"] or match["d"]).removeprefix("\\")
    composed = unicodedata.normalize("NFC", letter + _COMBINING[match["sign"] or match["name"]])
    return composed if len(composed) == 1 else match[0]


_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3},\s*)?(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4})\s+"
    r"(\d{1,2}):(\d\d)(?::(\d\d))?\s*(?:GMT|UTC?|Z|[+-]0000)\s*"
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def clean_date(text: str) -> str:
    """A date in any form the sources use, as ``2025-01-31T17:59:59Z``; "" when it is none.

    Reads RFC 822 (``Mon, 2 Apr 2007 19:18:42 GMT``) and ISO 8601; a bare day is its midnight, UTC.
    """
    text = text.strip()
    match = _RFC_822.fullmatch(text)
    try:
        if match:
            day, month, year, hour, minute, second = match.groups()
            number = _MONTHS[month.lower()]
            moment = datetime(
                int(year), number, int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC
            )
        elif len(text) >= 10 and _DAY.match(text):
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        else:
            from email.utils import parsedate_to_datetime

            moment = parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, KeyError, TypeError, OverflowError, IndexError):
        return ""
    return moment.isoformat()[:19] + "Z" if moment.year >= 1900 else ""


_WITHDRAWN_COMMENT = re.compile(
    r"\b(?:paper|article|manuscript|submission|version|preprint|work|note|draft)\b[^.;]{0,40}"
    r"\bwithdrawn\b(?!\s+from)"
    r"|^\W*(?:this (?:is|has been|was) )?(?:now |temporarily )?withdrawn\b(?!\s+from)"
    r"|\bwithdrawn\s+(?:by|due|because|for|pending|at the)\b",
    re.I,
)
_WITHDRAWN_ABSTRACT = re.compile(
    r"^\W*(?:(?:this|the|our) )?(?:paper|article|manuscript|submission|version|preprint|work)\b"
    r"[^.;]{0,40}\b(?:is|was|has been|have been|being)\b[^.;]{0,20}\bwithdrawn\b(?!\s+from)"
    r"|^\W*withdrawn\b(?:\s+by|\s+due|\W*$)",
    re.I,
)


def says_withdrawn(comment: str, abstract: str) -> bool:
    """Whether a paper's own words say that it is withdrawn, where no field of the source does."""
    return bool(
        ("ithdrawn" in comment and _WITHDRAWN_COMMENT.search(comment))
        or ("ithdrawn" in abstract[:200] and _WITHDRAWN_ABSTRACT.search(abstract[:200]))
    )


_NOTES = re.compile(r"\s*\([^()]*\)")
_AND = re.compile(r",\s*and\s+|\s+and\s+|\s*[,;&]\s*|(?<=[Cc]ollaboration)\s*:\s*")


def split_authors(text: str) -> tuple[str, ...]:
    """Names from one line: ``A. Author (1), B. Author and C. Author ((1) There)``.

    Notes in brackets (affiliations) are left out. A line with semicolons is split at those, so
    that ``Author, A.; Author, B.`` gives two names.
    """
    text = clean_text(text, AUTHORS_LIMIT * 10)
    for _ in range(3):  # notes within notes
        text = _NOTES.sub("", text)
    parts = map(_straight, text.split(";")) if ";" in text else _AND.split(text)
    return clean_names(part.strip(" ,") for part in parts)


def clean_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names cleaned, without those that have no letter (the colon after a collaboration)."""
    cleaned = (
        clean_text(name, NAME_LIMIT).translate(_NAME_BRACES).strip()
        for name in islice(names, AUTHORS_LIMIT)
    )
    return tuple(name for name in cleaned if any(map(str.isalpha, name)))


def _straight(name: str) -> str:
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and "," not in first else name
