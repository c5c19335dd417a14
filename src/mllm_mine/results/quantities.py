"""Numbers in a sentence that may be results: not years, sizes, counts or shares of something."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from mllm_mine.results.metrics import find_metrics

VALUE, DIFFERENCE = "value", "difference"

_AMOUNT = r"\d{1,3}(?:\.\d{1,3})?"
_UNIT = (
    r"\s?\\?%|\s?(?:percentage[- ]|percent[- ]|absolute )?(?:points?\b|pps?\b|pts?\b)|\s?percent\b"
)
_NUMBER = re.compile(
    rf"(?<![\w.,:/^_@\\-])\$?(?P<number>(?:[+−–±]|-(?=\d))?{_AMOUNT}(?:{_UNIT})?"
    rf"(?:\s?(?:[-–—]{{1,2}}|\bto\b)\s?\+?{_AMOUNT}(?:{_UNIT})?)?)\$?(?![\w×@]|[.,]\d|-\w|/\d|\s?[×x]\s?\d|:\d)"
)
_NO_PREPOSITION = r"(?!(?:in|on|for|across|over|with|by|and|than|to|from|at)\b)"
_COUNTED = (
    r"fewer|less|smaller|faster|slower|cheaper|parameters?|params|memory|latency|tokens?|data|"
    r"compute|cost|speed\w*|training|FLOPs|languages?|samples?|examples?|pairs|sentences|instances|"
    r"questions|speakers|hours?|sparsity|pruning|size|shots?|epochs?|steps|confidence|CI|tasks?|"
    r"datasets?|benchmarks?|models?|layers?|annotators?|times|papers?|agreement|overlap|cases?"
)
# A share or a count of something: "64% of the pairs", "28% fewer model parameters".
_IS_SHARE = re.compile(
    r"^\W{0,2}(?:of\b(?! (?:accuracy|F1|BLEU))"
    rf"|(?:{_NO_PREPOSITION}\w+[- ]){{0,3}}?(?:{_COUNTED})\b)",
    re.I,
)
_NOT_RESULT_BEFORE = re.compile(
    r"(?:\b(?:Sections?|Sec\.?|Tables?|Tab\.?|Fig(?:ure|s)?\.?|Appendix|Equation|Eq\.?|version|v|"
    r"[pP]|kappa|alpha|temperature|top[- ]p|seeds?|rank|layer|dropout|threshold|step|epoch|"
    r"learning rate|ratio)\s?[<>=≤~of]*\s?|(?:[<>≤≥]|[pPrκαλτβγρ]\s?=)\s?"
    r"|\b(?:first|top|only|just|merely|using|as little as) )$"
)
_DIFFERENCE_NOUN = (
    r"(?:gain|improvement|increase|boost|jump|rise|drop|decrease|reduction|degradation|decline|"
    r"difference|gap|margin|advantage|lead|uplift|loss)"
)
_ABOUT = r"(?: (?:up to|about|around|an? average of|nearly|over|as much as))?"
_HEDGE = (
    r"(?:up to|about|around|approximately|roughly|nearly|almost|over|more than|at least|as much as|"
    r"only|just|an?|the|average(?: of)?|on average|absolute|relative|of|by|a further|"
    r"an additional|another|~|≈|\+|ranging from|between|from)"
)
_BEFORE_DIFFERENCE = re.compile(
    rf"(?:\bby(?: {_HEDGE})*|\b{_DIFFERENCE_NOUN}s?(?:,? {_HEDGE})+"
    r"|\b(?:improv(?:es|ed|ing|e)|gain(?:s|ed|ing)?|adds?|increas(?:es|ed|ing)|"
    r"boost(?:s|ed|ing)?|drop(?:s|ped|ping)?|var(?:y|ies)|differs?|los(?:es|t|ing)|"
    rf"outperform(?:s|ed|ing)?){_ABOUT}"
    rf"|\b{_DIFFERENCE_NOUN}s? (?:in |on |for |across |over )[\w\s-]{{0,40}}?\b(?:of|by)"
    rf"(?: {_HEDGE})*)\s*[(~]?\s*$",
    re.I,
)
_AFTER_DIFFERENCE = re.compile(
    rf"^\W{{0,2}}(?:(?:absolute|relative|average|avg|mean|overall)\W+)*(?:[\w.+-]+ ){{0,4}}?"
    rf"(?:{_DIFFERENCE_NOUN}s?|higher|lower|better|worse|above|below|more than|over)\b",
    re.I,
)
_BEFORE_VALUE = re.compile(
    r"(?:\b(?:achiev|reach|obtain|scor|attain|record|report|get|yield|deliver|exhibit|show)\w*"
    r"(?: [\w+-]+){0,5}?|\b(?:of|is|was|are|were|at|to|from|only|just|than|and|or|versus|vs\.?|"
    r"with)|[:=(,/]|’s|'s)"
    r"\s*(?:an? |the |about |around |approximately |nearly |over |up to |only |just |~|≈)*\(?\s*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that may be a result.

    Attributes:
        written: with sign and unit, as in the text; a range is one quantity.
        kind: ``value``, ``difference``, or "" where the words beside it do not say.
        start, end: where it stands.
    """

    written: str
    kind: str
    start: int
    end: int


def find_quantities(sentence: str, known_ends: Container[int] = ()) -> Iterator[Quantity]:
    """The numbers of a sentence that may be results, in order.

    Args:
        known_ends: where names of models and benchmarks end; a number after any other name is
            the version of something.
    """
    for match in _NUMBER.finditer(sentence):
        start, end = match.span("number")
        written = match["number"]
        before, after = sentence[:start].removesuffix("$"), sentence[end:].removeprefix("$")
        if " to " in written and re.search(r"\bfrom\b[^,;]{0,40}$", before[-60:]):
            first, last = written.split(" to ")  # not a range: two values
            yield Quantity(first, VALUE, start, start + len(first))
            yield Quantity(last, VALUE, end - len(last), end)
            continue
        if _NOT_RESULT_BEFORE.search(before[-24:]) or _IS_SHARE.match(after[:60]):
            continue
        whole = "." not in written and not re.search(r"[%+a-z]", written)
        if whole and not _is_beside_metric(before, after):
            continue
        if _is_version(written, before, known_ends):
            continue
        yield Quantity(written, _kind(written, before, after), start, end)


def _is_version(written: str, before: str, known_ends: Container[int]) -> bool:
    name = re.search(r"[A-Z][\w.-]*\s$", before[-24:])
    if name is None or re.search(r"[%+a-z]", written) or len(before) - 1 in known_ends:
        return False
    return not any(True for _ in find_metrics(name[0]))


def _is_beside_metric(before: str, after: str) -> bool:
    near = find_metrics(after[:18])
    if any(metric.start <= 3 for metric in near):
        return True
    tail = before[-30:]
    return any(
        re.fullmatch(r"\s*(?:scores?\s*)?(?:of|is|was|:|=)\s*", tail[metric.end :])
        for metric in find_metrics(tail)
    )


def _kind(written: str, before: str, after: str) -> str:
    if written[0] in "+±":
        return DIFFERENCE if written[0] == "+" else ""
    near = re.split(r"[;]|\d", after[:70])[0]
    if re.search(r"\bfrom (?:an? |about |around )?(?:[\w-]+ ){0,3}$", before[-30:]) or re.search(
        r"\bfrom [^,;]{0,60}\bto $", before[-80:]
    ):
        return VALUE
    if _BEFORE_DIFFERENCE.search(before[-90:]) or _AFTER_DIFFERENCE.match(near):
        return DIFFERENCE
    return VALUE if _BEFORE_VALUE.search(before[-80:]) else ""
