"""Characters: accents, ligatures, spaces and control codes put right; garbled fonts detected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Codes that TeX's own encodings (OT1, T1) use, and that its bitmap fonts pass on as they are.
_TEX_CODES = {
    0x0B: "ff",
    0x0C: "fi",
    0x0D: "fl",
    0x0E: "ffi",
    0x0F: "ffl",
    0x1B: "ff",
    0x1C: "fi",
    0x1D: "fl",
    0x1E: "ffi",
    0x1F: "ffl",
    0x10: "“",
    0x11: "”",
    0x13: "«",
    0x14: "»",
    0x15: "–",
    0x16: "—",
    0x19: "ı",
}
_CODES: dict[int, str | None] = {
    **dict.fromkeys(range(32)),
    **dict.fromkeys(range(127, 160)),
    **_TEX_CODES,
    **dict.fromkeys((9, 10, 133, 160, 5760, 8239, 8287, 12288), " "),
    **dict.fromkeys(range(8192, 8203), " "),
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
    0x2010: "-",
    0x2011: "-",
    0xFEFF: None,
    0x200B: None,
    0x2028: " ",
    **dict.fromkeys(range(8234, 8239)),  # marks of direction, not text
    **dict.fromkeys(range(8294, 8298)),
}
_SPACING_ACCENTS = {
    "´": "\u0301",
    "`": "\u0300",
    "ˆ": "\u0302",
    "˜": "\u0303",
    "¨": "\u0308",
    "ˇ": "\u030c",
    "˘": "\u0306",
    "˚": "\u030a",
    "˝": "\u030b",
    "¯": "\u0304",
    "˙": "\u0307",
}
_ACCENT_THEN_LETTER = re.compile(r"([´`ˆ˜¨ˇ˘˚˝¯˙])((?<=\w.) )?([A-Za-zı])")
_LETTER_THEN_CEDILLA = re.compile(r"([CcSsTt])¸|¸([CcSsTt])")
_SPACES = re.compile(r" {2,}")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
# Arabic and Hebrew letters in the shape that their place in the word gives them.
_FORMS = re.compile("[\ufb1d-\ufdff\ufe70-\ufefc]+")
_THAI_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_UNKNOWN_RUN = re.compile("\ufffd[\ufffd ]*")
# One of these is in every text that the patterns above match.
_SELDOM = re.compile("[´`ˆ˜¨ˇ˘˚˝¯˙¸\u0e4d\ue000-\uf8ff\ufb1d-\ufdff\ufe70-\ufefc\ufffd]")
_LATIN_WORD = re.compile(r"[A-Za-z]{4,}")
_UNSPEAKABLE = re.compile(r"\b[B-DF-HJ-NP-TV-XZb-df-hj-np-tv-xz]{5,}\b")

UNKNOWN = "\ufffd"
"""Marks what a PDF draws but does not say: one or more glyphs without a character."""


def clean_line(text: str) -> str:
    """One line with real letters: ligatures expanded, accents joined, odd spaces plain, NFC."""
    text = text.translate(_CODES)
    if not text.isascii():
        if _SELDOM.search(text):
            text = _ACCENT_THEN_LETTER.sub(_accented, text)
            text = _LETTER_THEN_CEDILLA.sub(_with_cedilla, text)
            text = _PRIVATE.sub(UNKNOWN, text)
            text = _FORMS.sub(_without_form, text)
            text = _THAI_AM.sub("\\1\u0e33", text)
            text = _UNKNOWN_RUN.sub(_marked, text)
        text = unicodedata.normalize("NFC", text)
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return text.strip(" ")


def _accented(match: re.Match[str]) -> str:
    letter = "i" if match[3] == "ı" else match[3]
    joined = unicodedata.normalize("NFC", letter + _SPACING_ACCENTS[match[1]])
    return joined if len(joined) == 1 else match[0]


def _without_form(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0])


def _with_cedilla(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", (match[1] or match[2]) + "\u0327")


def _marked(match: re.Match[str]) -> str:
    return UNKNOWN + (" " if match[0].endswith(" ") else "")


def garbled_share(lines: Iterable[str]) -> float:
    """The share of a text that is not words in any script, between 0 and 1.

    Two kinds count: glyphs without a character, and the Latin letters of a font whose map is
    wrong, which show as long "words" without vowels.
    """
    text = "\n".join(lines)
    if not text:
        return 0.0
    garbled = 0
    if UNKNOWN in text:
        garbled = sum(
            len(line) + 1
            for line in text.split("\n")
            if UNKNOWN in line and line.count(UNKNOWN) * 4 > len(line.split())
        )
    sample = "\n".join(text.split("\n")[::3])  # a wrong map garbles all lines of its font
    unspeakable = sum(map(len, _UNSPEAKABLE.findall(sample)))
    letters = sum(map(len, _LATIN_WORD.findall(sample))) if unspeakable * 20 > len(sample) else 0
    if letters and unspeakable * 2 > letters:
        garbled += letters * len(text) // len(sample)
    return min(1.0, garbled / len(text))
