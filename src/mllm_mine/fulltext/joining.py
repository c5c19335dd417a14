"""Joins the lines of a paragraph: words broken at line ends, scripts without spaces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_MARKS_AFTER = ("", ",", ".", ";", ":", ")", "?")
_LAST_WORD = re.compile(r"([^\W_]+(?:-[^\W_]+)*)-$")
_FIRST_WORD = re.compile(r"([^\W_]+)((?:-[^\W_]+)*)")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*$|\.(?:org|com|edu|net|io|ai)/\S*$")
_ADDRESS_END = re.compile(r"(?:pdf|html?)\b|[a-z][\w-]*\.\d|\d+[./]\d|[\w-]+/")
_DOI = re.compile(r"\b10\.\d{4,9}/\S*$")
_DOI_END = re.compile(r"(?!(?:19|20)\d\d[a-z]?\.?(?:\s|$)|https?:|[A-Z][a-z])[\w()-]*\d")
_ARCHIVE_END = re.compile(r"(?:ph|qc|th|ex|lat|mat|bio|fin|lg|alg|ga|geom|org|sci)/\d{4}")

# Word parts that stand alone elsewhere in a paper, but mostly are the start of a broken word.
_RARELY_COMPOUND_WORDS = """
a ac ad al an ap ar as at be but can co com con de di do en ex for fore had her his how im
in is it me mo no of on or our out over pa per pro re sa so sub sur tar the to un under up
us we who with
"""
# First parts that English keeps apart with a hyphen before almost any word.
_COMPOUND_FIRST_WORDS = """
all best case cross cutting data domain down end ever few fine first five four free full
hand high human in-context instruction inter-annotator knowledge language large left less
long low machine many mid model multi-task narrow near neural new non-autoregressive old one
open pair plug post-training question real right rule second self semi shared short single
small so-called state task text three time token top twenty two user vision vs well zero
"""
# Words written as one although both parts are words.
_CLOSED_WORDS = """
backbone backdoor backpropag backward baseline benchmark bottleneck breakdown breakthrough broadcast
checkpoint database dataset downstream feedback footnote forward framework furthermore
guideline handcraft heatmap highlight however hyperparam keyword lightweight likelihood
meanwhile moreover network nonetheless offline online otherwise outcome outlier outlook output
overcome overfit overlap overlook overview pipeline playground roadmap shortcoming shortcut
sometimes somewhat straightforward subset symmetric themselves therefore threshold throughout
timestamp toolkit trustworth underfit underlying underperform understand understood upstream
viewpoint website whereas whitespace widespread within without workflow workload workshop
worldwide
"""
# Endings that are no words of their own: what stands before them was broken.
_ENDING = re.compile(
    r"^(?:(?:[a-z]{0,3})(?:ings?|ed|ers?|ors?|ions?|ly|ments?|ness|able|ible|ity|ities|ize[sd]?|"
    r"izing|ise[sd]?|ism|ists?|ive|ively|ous|al|ally|ance|ence|ency|ancy|ial|ical|ically|ful|less|"
    r"ship|hood|ward|wise|ary|ory|ures?|ants?|ents?|ates?|ated|ating|es|s|th|y)|[a-z]{1,3})$"
)
_CLOSED = tuple(_CLOSED_WORDS.split())
_LINKS = frozenset(("of", "the", "to", "in", "and", "by", "on", "a", "for", "vs"))
_RARELY_COMPOUND = frozenset(_RARELY_COMPOUND_WORDS.split())
_COMPOUND_FIRST = frozenset(_COMPOUND_FIRST_WORDS.split())
_CONTINUOUS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff]"
)
"""Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese."""


class Vocabulary:
    """The words of one document, which tell how its broken words are spelt."""

    def __init__(self, lines: Iterable[str]) -> None:
        whole: list[str] = []
        broken = False
        for line in lines:
            if broken:
                line = line.partition(" ")[2]  # the halves of a broken word say nothing
            broken = line.endswith(("-", "\u00ad"))
            whole.append(line.rpartition(" ")[0] if broken else line)
        # Splitting at spaces is several times as quick as finding words; count() makes up for it.
        self._counts = Counter("\n".join(whole).lower().split())

    def count(self, word: str) -> int:
        """How often a word stands unbroken in the document, in whatever case."""
        count, lowered = self._counts.get, word.lower()
        return sum([count(lowered + mark, 0) for mark in _MARKS_AFTER])


def join_lines(lines: Iterable[str], vocabulary: Vocabulary) -> str:
    """One paragraph from its lines."""
    joined = ""
    for line in lines:
        joined = join_two(joined, line, vocabulary) if joined else line
    return joined


def join_two(before: str, after: str, vocabulary: Vocabulary) -> str:
    """Two consecutive lines as one text."""
    if not before or not after:
        return before or after
    last = before[-1]
    if last == "\u00ad":
        return before[:-1] + after
    if last == "-":
        if _ARCHIVE_END.match(after):
            return before + after  # [astro-ph/0303455]
        return _join_at_hyphen(before, after, vocabulary)
    if last in "–—/" or (_CONTINUOUS.match(last) and _CONTINUOUS.match(after)):
        spaced = last in "–—" and before[-2:-1] == " "
        return f"{before} {after}" if spaced else before + after
    tail = before[before.rfind(" ") + 1 :]
    if "." in tail and (
        (_ADDRESS.search(tail) and _goes_on_as_address(before, after))
        or (last in "./_" and "10." in tail and _DOI.search(tail) and _DOI_END.match(after))
    ):
        return before + after
    return f"{before} {after}"


def _join_at_hyphen(before: str, after: str, vocabulary: Vocabulary) -> str:
    tail = before[before.rfind(" ") + 1 :]
    stem = _LAST_WORD.search(tail)
    rest = _FIRST_WORD.match(after)
    if "." in tail and _ADDRESS.search(tail):
        return before + after
    if stem is None or rest is None:
        # "pre- and post-training" hangs; "(low-" "resource)" does not.
        return before + after if rest and before[-2:-1] != " " else f"{before} {after}"
    first, second = stem[1], rest[1]
    hangs = second.lower() in ("and", "or", "to") and not rest[2]
    if hangs and vocabulary.count(first + second) == 0:
        return f"{before} {after}"  # "pre-" "and post-training"
    chain = first + "-" + second + rest[2]
    linked = rest[2] and (second.lower() in _LINKS or vocabulary.count(chain))  # English-to-German
    if linked or keeps_hyphen(first, second, vocabulary):
        return before + after
    return before[:-1] + after


def keeps_hyphen(first: str, second: str, vocabulary: Vocabulary) -> bool:
    """Whether ``first-`` at a line's end and ``second`` below are a compound with a hyphen.

    The document's own spelling decides where it has one; otherwise both parts must be words.
    """
    start = first.rsplit("-", 1)[-1]
    whole, compound = vocabulary.count(first + second), vocabulary.count(f"{first}-{second}")
    if start != first:
        whole = max(whole, vocabulary.count(start + second))
        compound = max(compound, vocabulary.count(f"{start}-{second}"))
    if whole != compound:
        return compound > whole
    if not start.isalpha() or not second.isalpha():
        return True  # GPT-3, 3-gram
    if second[0].isupper():
        return True  # Multi-Head; DetectGPT is found whole elsewhere
    lowered = start.lower()
    if (lowered + second.lower()).startswith(_CLOSED):
        return False
    if lowered in _COMPOUND_FIRST:
        return True
    if start != first and lowered in _LINKS:
        return True  # state-of-the-art
    if lowered in _RARELY_COMPOUND or len(second) < 3 or len(start) < 3:
        return False
    if start.isupper() and len(start) > 1:
        return True  # NLP-related
    if _ENDING.match(second):
        return False
    known = vocabulary.count(start)
    return known > 0 and (vocabulary.count(second) > 0 or (known > 2 and len(start) > 3))


def _goes_on_as_address(before: str, after: str) -> bool:
    """Addresses are broken after a slash or dot, or before a part that is no word."""
    head = after.split(" ", 1)[0]
    if before[-1] == ".":
        return bool(_ADDRESS_END.match(head))
    if before[-1] in "/_=&?%#":
        return True
    return ("/" in head or "_" in head) and not head.startswith(("http", "(", "www"))
