"""Splits many texts into sentences and words at once, as arrays.

The rules are those of :mod:`mllm_mine.classifier.tokens`. All texts lie in one buffer of bytes, in
which NumPy finds what divides sentences and words; a word is known by a number that its letters
give. Texts beyond ASCII (one abstract in fifty) are split by the functions there and laid into the
buffer with marks between their sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from mllm_mine.classifier.tokens import ABBREVIATIONS, sentence_spans, tokenise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]
    Ints = NDArray[np.int64]
    Keys = NDArray[np.uint64]

_END_OF_TEXT, _END_OF_SENTENCE = b"\xff", b"\xfe"  # bytes that UTF-8 never has
_PADDING = b"\xff" * 8  # so that eight bytes can be read at any place of a text
_LONGEST = 512  # bytes of a word that count; longer ones are told apart by their length, too
_LARGE = 20_000  # letters; a longer text is split alone, so that odd ones cannot slow the others
_BEGINNINGS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_WORD_BYTES = bytes(
    byte if chr(byte) in "0123456789abcdefghijklmnopqrstuvwxyz" or 0x80 <= byte < 0xFE
    else ord(chr(byte).lower()) if chr(byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" else 0
    for byte in range(256)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """The words of some texts, in order.

    Attributes:
        keys: what stands for each word's letters, shape (words,). Different words have different
            keys up to eight bytes, and with a chance of 1 in 10^17 beyond.
        sentence: the sentence of each word, shape (words,), increasing.
        text: the text of each sentence, shape (sentences,), increasing.
    """

    keys: Keys
    sentence: Ints
    text: Ints


def split(texts: Sequence[str], whole: Sequence[bool]) -> Words:
    """Sentences and words of texts, none of which is empty or white space alone.

    Args:
        whole: which texts are one sentence whatever stands in them, as titles are.
    """
    import numpy as np

    packed = [_packed(*each) for each in zip(texts, whole, strict=True)]
    buffer = _PADDING + _END_OF_TEXT.join(packed) + _PADDING
    raw = np.frombuffer(buffer, np.uint8)
    sizes = np.fromiter(map(len, packed), np.int64, len(packed)) + 1
    text_starts = len(_PADDING) + np.cumsum(sizes) - sizes
    divides = _divides(raw)
    text = np.searchsorted(text_starts, divides, "right") - 1
    divides = divides[~np.asarray(whole, bool)[text]]
    marked = np.flatnonzero(raw == _END_OF_SENTENCE[0]) + 1
    sentence_starts = np.sort(np.concatenate([text_starts, divides, marked]))
    keys, starts = keys_of_words(buffer)
    first = np.searchsorted(starts, np.append(sentence_starts, len(raw)))
    sentence = np.repeat(np.arange(len(sentence_starts)), np.diff(first))
    return Words(keys, sentence, np.searchsorted(text_starts, sentence_starts, "right") - 1)


def keys_of_words(buffer: bytes) -> tuple[Keys, Ints]:
    """Key and start of each run of letters and digits, or of bytes beyond ASCII.

    Args:
        buffer: ends in eight bytes that belong to no word, and begins with one.
    """
    import numpy as np

    folded = buffer.translate(_WORD_BYTES)
    inside = np.frombuffer(folded, np.uint8) != 0
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    starts, sizes = edges[::2], edges[1::2] - edges[::2]
    eight = np.ndarray(max(len(folded) - 7, 0), "<u8", folded, strides=(1,))
    masks, multipliers = _constants()
    keys = (eight[starts] & masks[np.minimum(sizes, 8)]) * multipliers[0]
    longer = np.flatnonzero(sizes > 8)
    for part in range(1, _LONGEST // 8):
        if not len(longer):
            break
        left = sizes[longer] - 8 * part
        letters = eight[starts[longer] + 8 * part] & masks[np.minimum(left, 8)]
        keys[longer] += letters * multipliers[part]
        longer = longer[left > 8]
    keys[longer] += sizes[longer].astype(np.uint64) * multipliers[-1]
    return keys, starts


def keys_of(words: Sequence[str]) -> Keys:
    """The keys of some tokens, shape (words,)."""
    return keys_of_words(b" " + " ".join(words).encode("utf-8", "surrogatepass") + _PADDING)[0]


def _packed(text: str, whole: bool) -> bytes:
    """A text as it stands in the buffer."""
    if text.isascii() and len(text) <= _LARGE:
        return text.encode("ascii")
    spans = [(0, len(text))] if whole else sentence_spans(text)
    parts = [" ".join(tokenise(text[start:end])) for start, end in spans]
    return _END_OF_SENTENCE.join(part.encode("utf-8", "surrogatepass") for part in parts)


def _divides(raw: Bytes) -> Ints:
    """Where further sentences begin in ASCII texts, as ``sentence_spans`` has it."""
    import numpy as np

    space, closing, opening, beginning = _kinds_of_bytes()
    stops = np.flatnonzero((raw == ord(".")) | (raw == ord("!")) | (raw == ord("?")))
    after = _beyond(raw, closing, stops + 1)
    spaced = space[raw[after]]
    stops, after = stops[spaced], _beyond(raw, space, after[spaced])
    begins = beginning[raw[_beyond(raw, opening, after)]]
    stops, after = stops[begins], after[begins]
    return after[~_abbreviated(raw, stops)]


def _beyond(raw: Bytes, kind: Bools, places: Ints) -> Ints:
    """The first place at or after each one whose byte is of another kind."""
    import numpy as np

    places = places.copy()
    more = np.flatnonzero(kind[raw[places]])
    while len(more):
        places[more] += 1
        more = more[kind[raw[places[more]]]]
    return places


def _abbreviated(raw: Bytes, stops: Ints) -> Bools:
    """Whether the full stop at each place belongs to an abbreviation or an initial."""
    import numpy as np

    found = np.zeros(len(stops), bool)
    eight = np.ndarray(len(raw) - 7, "<u8", raw, strides=(1,))
    in_word = _word_characters()
    before = eight[stops - 8]  # its last byte stands before the stop
    for size, known in _abbreviations():
        letters = before >> np.uint64(8 * (8 - size))
        found |= np.isin(letters, known) & ~in_word[raw[stops - size - 1]]
    found &= raw[stops] == ord(".")
    return found


@cache
def _constants() -> tuple[Keys, Keys]:
    """Masks for the first n of eight bytes, and an odd multiplier for each eight bytes."""
    import numpy as np

    masks = [(1 << 8 * size) - 1 for size in range(9)]
    random = Random(20240405)
    multipliers = [random.getrandbits(64) | 1 for _ in range(_LONGEST // 8)]
    return np.array(masks, np.uint64), np.array(multipliers, np.uint64)


@cache
def _kinds_of_bytes() -> tuple[Bools, Bools, Bools, Bools]:
    """Which bytes are white space, close or open a quotation, and begin a sentence."""
    import numpy as np

    kinds = (str.isspace, "\"')]".__contains__, "\"'([".__contains__, _BEGINNINGS.__contains__)
    letters = [chr(byte) if byte < 128 else "_" for byte in range(256)]
    space, closing, opening, beginning = (
        np.array([kind(letter) for letter in letters]) for kind in kinds
    )
    return space, closing, opening, beginning


@cache
def _abbreviations() -> list[tuple[int, Keys]]:
    """Abbreviations by their length, as numbers that eight bytes before a stop are shifted to."""
    import numpy as np

    sizes: dict[int, list[int]] = {}
    for word in ABBREVIATIONS:
        sizes.setdefault(len(word), []).append(int.from_bytes(word.encode(), "little"))
    return [(size, np.array(known, np.uint64)) for size, known in sizes.items()]


@cache
def _word_characters() -> Bools:
    import numpy as np

    return np.array(
        [chr(byte).isalnum() or byte == ord("_") for byte in range(128)] + [False] * 128
    )
