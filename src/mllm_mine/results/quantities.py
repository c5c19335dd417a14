"""Numbers in a sentence that may be results: not years, sizes, counts or shares of something."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from mllm_mine.catalogue import find_named
from mllm_mine.results.metrics import find_metrics

VALUE, DIFFERENCE = "value", "difference"

_AMOUNT = r"\d{1,3}(?:\.\d{1,3})?"
_UNIT = (
    r"\s?\\?%|\s?(?:percentage[- ]|percent[- ]|absolute )?(?:points?\b|pps?\b|pts?\b)|\s?percent\b"
)
_NUMBER = re.compile(
    rf"(?<![\w.,:/^_@§\\-])\$?(?P<number>(?:[+−–±]|-(?=\d))?{_AMOUNT}(?:{_UNIT})?"
    rf"(?:\s?(?:[-–—]{{1,2}}|\bto\b)\s?\+?{_AMOUNT}(?:{_UNIT})?)?)\$?(?![\w×@]|\W{{0,4}}\\times|[.,]\d|-\w|/\d|\s?[×x]\s?\d|:\d)"
)
_NO_PREPOSITION = r"(?!(?:in|on|for|across|over|with|by|and|than|to|from|at)\b)"
_COUNTED = (
    r"fewer|less|smaller|faster|slower|cheaper|parameters?|params|memory|latency|tokens?|data|"
    r"compute|cost|speed\w*|training|FLOPs|languages?|samples?|examples?|pairs|sentences|instances|"
    r"questions|speakers|hours?|sparsity|pruning|size|shots?|epochs?|steps|confidence|CI|tasks?|"
    r"million|billion|thousand|cosine|similarit(?:y|ies)|divergence|"
    r"datasets?|benchmarks?|models?|layers?|annotators?|times|papers?|agreement|overlap|cases?"
)
# A share or a count of something: "64% of the pairs", "28% fewer model parameters".
# What a number is of when it is no score.
_IS_COST = re.compile(
    r"\b(?:costs?|tokens?|latency|memory|comput\w+|param\w*|lengths?|inflation|overhead|usage|"
    r"budgets?|throughput|speed\w*|size|time|FLOPs|contaminat\w+|energy)\b"
    r"(?:(?!\baccura\w+|\bF1|\bBLEU)[^,;]){0,30}$",
    re.I,
)
# "0.154 MAE", "86% validated"
_OTHER_UNIT = re.compile(
    r"^\s?(?:[A-Z]{2,6}|tokens?|times|GB|ms|hours?|"
    r"(?!(?:averag|compar|improv|increas|reduc|bas|achiev|obtain|weight)ed\b)[a-z]{3,}ed)\b"
)
# LaTeX's "$" and "\\(" around a number say nothing of it.
_MATH_END, _MATH_START = re.compile(r"(?:\$|\\+\()$"), re.compile(r"^(?:\$|\\+\))")
_IS_SHARE = re.compile(
    r"^\W{0,2}(?:of\b(?! (?:accuracy|F1|BLEU))"
    rf"|(?:{_NO_PREPOSITION}\w+[- ]){{0,3}}?(?:{_COUNTED})\b)",
    re.I,
)
_NOT_RESULT_BEFORE = re.compile(
    r"(?:\b(?:Sections?|Sec\.?|Tables?|Tab\.?|Fig(?:ure|s)?\.?|Appendix|Equation|Eq\.?|version|v|"
    r"[pP]|kappa|alpha|temperature|top[- ]p|seeds?|rank|layer|dropout|threshold|step|epoch|"
    r"learning rate|ratio)\s?[<>=≤~of]*\s?|(?:±|\\pm)\s?|(?:[<>≤≥]|[pPrκαλτβγρ]\s?=)\s?"
    r"|\b(?:first|top|only|just|merely|using|as little as) "
    r"|\b(?:prun|compress|shr[iau]nk|accelerat|quanti[sz]|speed)\w*(?: \w+){0,2} by "
    r"(?:up to |about )?)$"
)
_DIFFERENCE_NOUN = (
    r"(?:gain|improvement|enhancement|increase|boost|jump|rise|(?-i:drop)|decrease|reduction|degradation|decline|"
    r"difference|gap|margin|advantage|lead|uplift|loss)"
)
_ABOUT = r"(?: (?:up to|about|around|an? average of|nearly|over|as much as))?"
_HEDGE = (
    r"(?:up to|about|around|approximately|roughly|nearly|almost|over|more than|at least|as much as|"
    r"only|just|an?|the|average(?: of)?|on average|absolute|relative|of|by|a further|"
    r"an additional|another|~|≈|\+|ranging from|between|from)"
)
_BEFORE_DIFFERENCE = re.compile(
    rf"(?:\bby(?: {_HEDGE})*|\b{_DIFFERENCE_NOUN}s?(?:[,:]? {_HEDGE})+|\b{_DIFFERENCE_NOUN}s?:"
    r"|\b(?:improv(?:es|ed|ing|e)|gain(?:s|ed|ing)?|adds?|increas(?:es|ed|ing)|"
    r"boost(?:s|ed|ing)?|drop(?:s|ped|ping)?|var(?:y|ies)|differs?|los(?:es|t|ing)|"
    rf"outperform(?:s|ed|ing)?){_ABOUT}"
    rf"|\b{_DIFFERENCE_NOUN}s? (?:in |on |for |across |over )[\w\s-]{{0,40}}?\b(?:of|by)"
    rf"(?: {_HEDGE})*)\s*[(~]?\s*$",
    re.I,
)
_AFTER_DIFFERENCE = re.compile(
    rf"^\W{{0,2}}(?:(?:absolute|relative|average|avg|mean|overall)\W+)*(?:[\w.+-]+ ){{0,4}}?"
    rf"(?:{_DIFFERENCE_NOUN}s?|higher|lower|better|worse|more than|"
    r"(?:over|above|below)(?! (?:\d|all\b)))\b",
    re.I,
)
_FROM = re.compile(r"\bfrom\b(?<!ranging from)(?<!range from)(?<!ranged from)[^,;]{0,40}$")
_GAP = re.compile(r"\bgaps?\b[^;]{0,60}\bfrom [^,;]{0,30}$")
# "from 40.1", "from 40.1 to", "40.1 →"
_OF_TWO_VALUES = re.compile(
    r"\bfrom (?:an? |about |around )?(?:[\w-]+ ){0,3}$"
    r"|\bfrom (?:(?!\bto\b)[^,;]){0,40}\d(?:(?!\bto\b)[^,;]){0,25}\bto (?:\w+ ){0,2}$|→\s?$"
)
_BEFORE_VALUE = re.compile(
    r"(?:\b(?:achiev|reach|obtain|scor|attain|record|report|get|yield|deliver|exhibit|show)\w*"
    r"(?: (?!(?:on|and)\b)[\w+-]+){0,5}?|\b(?:of|is|was|are|were|at|(?<!up )to|from|only|just|than|"
    r"versus|vs\.?)"
    r"|[:=(→]|’s|'s)"
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
        before, after = _MATH_END.sub("", sentence[:start]), _MATH_START.sub("", sentence[end:])
        if _NOT_RESULT_BEFORE.search(before[-48:]) or _IS_SHARE.match(after[:60]):
            continue
        if _IS_COST.search(before[-70:]) or _is_of_other_unit(after):
            continue
        if " to " in written and _FROM.search(before[-60:]):
            first, last = written.split(" to ")  # not a range: two values
            kind = _kind(first, before, "")
            yield Quantity(first, kind, start, start + len(first))
            yield Quantity(last, kind, end - len(last), end)
            continue
        whole = "." not in written and not re.search(r"[%+a-z]", written)
        if whole and not _is_beside_metric(before, after):
            continue
        if _is_version(written, before, known_ends):
            continue
        yield Quantity(written, _kind(written, before, after), start, end)


def _is_of_other_unit(after: str) -> bool:
    """Whether an unknown metric, or what a share is of, follows a number."""
    match = _OTHER_UNIT.match(after[:20])
    if match is None or any(find_metrics(match[0])):
        return False
    return not any(find_named(match[0].strip()))


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
    if _GAP.search(before[-100:]):
        return DIFFERENCE
    if _OF_TWO_VALUES.search(before[-80:]) or after.startswith("→"):
        return VALUE
    if _BEFORE_DIFFERENCE.search(before[-90:]) or _AFTER_DIFFERENCE.match(near):
        return DIFFERENCE
    if "point" in written and before.endswith("up to "):
        return DIFFERENCE
    return VALUE if _BEFORE_VALUE.search(before[-80:]) else ""
