"""Reads the results that a sentence reports, and leaves out what it does not say plainly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from mllm_mine.catalogue import Named, find_named
from mllm_mine.catalogue.languages import LanguageMention, find_languages
from mllm_mine.results.chain import LISTED, chains_of
from mllm_mine.results.finding import Finding
from mllm_mine.results.metrics import MetricMention, find_metrics
from mllm_mine.results.model_roles import ModelRoles
from mllm_mine.results.quantities import DIFFERENCE, Quantity, find_quantities

_ON = re.compile(
    r"\bon\s+(?!average\b|(?:the |its )?(?:test|dev|validation)\b)(?P<what>[^,;.()]{2,60})"
)
_MORE = re.compile(r"\s*(?:,\s*|and\s+|/)(?:and |the )*[A-Z]")
# Another data set, which need not be on the list, is named beside a benchmark.
_ANOTHER_BEFORE = re.compile(r"(?:\band (?:on )?(?:the )?|\b[A-Z][\w-]*[A-Z0-9][\w-]*, (?:and )?)$")
_SOURCE = re.compile(
    r"\b(?:from|based on|(?:train|tun|fine-?tun|pre-?train)\w*(?: only)? on)"
    r" (?:the )?(?:[\w-]+ )?$|\b(?:train|tun|fine-?tun|pre-?train)\w* (?:\w+ )?\($",
    re.I,
)
# Between a number and its benchmark: "81.2 accuracy on the Spanish part of".
_LEADS_ON = re.compile(r"^(?:(?!\b(?:and|while|but|whereas)\b)[^,]){0,60}$")
_ANOTHER_AFTER = re.compile(
    r"^(?:\s*,|\s+and|\s*&|\s*/)\s*(?:and\s+)?(?:[A-Z][a-z]+\s)?[A-Z][\w-]*[A-Z0-9][\w-]*"
    r"|\band on\b"
)
_OPENING = re.compile(r"^(?:\w+, )?(?:On|In|For|Across|Over)\b[^,;]*$")
_UNKNOWN_BEFORE = re.compile(r"\b[A-Z][\w-]*[A-Z0-9][\w.-]*\s*\(?[+~]?$")
_ONLY_NAMES = re.compile(
    r"^(?:\W|\b(?:points?|for|on|in|and|the|to|data ?sets?|corpus|test|sets?|tasks?|benchmarks?|"
    r"average|translation|directions?|[A-Z][\w’']*)\b)*$"
)
_TRAINED_ON = re.compile(
    r"\b(?:train|tun|fine-?tun|pre-?train|adapt|distil|transferr?)\w*\b[^,;]{0,40}$|\bfrom $", re.I
)
# A metric that is itself what something is better than.
_OUTDONE = re.compile(r"\b(?:outperform|surpass|exceed|beat)\w* (?:the )?(?:[\w-]+ ){0,2}$", re.I)
_LANGUAGE_OF_MATERIAL = re.compile(
    r"^[\s-]*(?:(?-i:(?!test|dev|evaluation)[a-z-]+ )?(?:data ?sets?|data|corp(?:us|ora))|"
    r"only|centric|dominant|pivot|training|texts?|tokens?|instructions?|"
    r"prompts?|examples?|CoT|BERT|supervision|models?|LLMs?)\b",
    re.I,
)
_CORRELATION = re.compile(r"\bcorrelat(?:es?|ed|ions? (?:of|with|between|coefficients?))\b", re.I)
_WITHOUT_BREAK = re.compile(r"^(?:(?!\b(?:and|while|with|but)\b)[^,;]){0,60}$")
_FEW_WORDS = re.compile(r"^(?:[^\w,;]*[\w@/’'+-]+){0,5}[^\w,;]*$")


def read_sentence(sentence: str) -> list[Finding]:
    """The results that a sentence reports.

    A number counts only when the sentence ties it to one benchmark of the bundled list. Metric,
    model and languages are given where the sentence ties them to the number, too.
    """
    if not any(map(str.isdigit, sentence)) or not _is_prose(sentence):
        return []
    named = list(find_named(sentence))
    if not any(each.known.kind == "benchmark" for each in named):
        return []
    if _CORRELATION.search(sentence):
        return []  # of a metric with something else; it is no score of a model
    return _Reader(sentence, named).findings()


class _Reader:
    def __init__(self, sentence: str, named: list[Named]) -> None:
        self.sentence = sentence
        self.benchmarks = [each for each in named if each.known.kind == "benchmark"]
        models = [each for each in named if each.known.kind == "model"]
        self.metrics = [
            each
            for each in find_metrics(sentence)
            if not _OUTDONE.search(sentence[: each.start][-60:])
        ]
        self.languages = [
            each
            for each in find_languages(sentence)
            if not _overlaps(each, named) and not self._is_aside(each)
        ]
        ends = {each.end for each in models}
        found = [each for each in find_quantities(sentence, ends) if not _overlaps(each, named)]
        found = [each for each in found if not _overlaps(each, self.languages)]
        self.chains = chains_of(sentence, found)
        self.models = ModelRoles(sentence, models, self.chains)

    def findings(self) -> list[Finding]:
        found = []
        for place, chain in enumerate(self.chains):
            benchmarks = self._benchmarks(place)
            if len(benchmarks) not in (1, len(chain.quantities)):
                continue  # one number for several benchmarks: an average, or each of them
            count = len(chain.quantities)
            metrics = self._metrics_in_turn(place) or [self._metric(place)] * count
            languages = self._languages_in_turn(place)
            for number, quantity in enumerate(chain.quantities):
                benchmark = benchmarks[number if len(benchmarks) > 1 else 0]
                model, baseline = self.models.of(quantity, chain)
                kind = self._kind(place, quantity)
                if not kind and not metrics[number] and not re.search(r"[%a-z]", quantity.written):
                    continue  # nothing says that this is a result at all
                found.append(
                    Finding(
                        benchmark=benchmark,
                        model=model.known.name if model else "",
                        size=self.models.size(model) if model else "",
                        baseline=self.models.with_size(baseline) if kind == DIFFERENCE else "",
                        metric=metrics[number],
                        number=" ".join(quantity.written.replace("\\", "").split()),
                        kind=kind,
                        languages=languages[number],
                        evidence=self.sentence,
                    )
                )
        return found

    def _kind(self, place: int, quantity: Quantity) -> str:
        """Value or difference; numbers that are listed are the same."""
        quantities = self.chains[place].quantities
        last = quantities[-1]
        listed = re.search(r"^[\s,/]*(?:and\s+)?$", self.sentence[quantity.end : last.start])
        if last.kind == DIFFERENCE and listed:
            return DIFFERENCE
        if quantity.kind or quantities[0].kind:
            return quantity.kind or quantities[0].kind
        before = self.chains[place - 1].quantities[0] if place else None
        return self._kind(place - 1, before) if before and self._is_listed(place) else ""

    def _is_listed(self, place: int) -> bool:
        """Whether there are only names between the numbers here and those before."""
        between = self.sentence[self.chains[place - 1].end : self.chains[place].start]
        return bool(_ONLY_NAMES.match(re.sub(r"\([^()]*\)", "", between)))

    def _span(self, place: int) -> tuple[int, int]:
        """From the end of the chain before to the start of the chain after."""
        start = self.chains[place - 1].end if place else 0
        end = self.chains[place + 1].start if place + 1 < len(self.chains) else len(self.sentence)
        chain = self.chains[place]
        start = max(start, self.sentence.rfind(";", start, chain.start) + 1)
        cut = self.sentence.find(";", chain.end, end)
        return start, end if cut < 0 else cut

    def _benchmarks(self, place: int) -> list[str]:
        chain = self.chains[place]
        start, end = self._span(place)
        after = [each for each in self.benchmarks if chain.end <= each.start < end]
        reach = after[0].start if after else end
        if self._names_other_task(chain.end, reach, up_to_benchmark=bool(after)):
            return []
        between = self.sentence[chain.end : reach]
        if after and _LEADS_ON.match(re.sub(r"\([^)]*\)", "", between)):
            group = _listed(self.sentence, after)
            last = next(each for each in after[::-1] if each.known.name in group)
            if len(group) < len(chain.quantities) and _MORE.match(self.sentence, last.end):
                return []
            return [] if self._is_one_of_more(after, group, end) else group
        before = [each for each in self.benchmarks if start <= each.start < chain.start]
        if before and (not place or not self._is_taken(before, place - 1)):
            group = _listed(self.sentence, before[::-1], backwards=True)
            return [] if self._is_one_of_more(before, group, chain.start) else group
        names = {each.known.name for each in self.benchmarks}
        if len(names) == 1 and place and (self._is_topic() or self._continues(place)):
            return [] if _UNKNOWN_BEFORE.search(self.sentence[start : chain.start]) else list(names)
        return []

    def _is_topic(self) -> bool:
        """Whether the sentence opens with its benchmark: "On XNLI, …"."""
        first = self.benchmarks[0]
        return first.start < 40 and bool(_OPENING.match(self.sentence[: first.start]))

    def _is_one_of_more(self, benchmarks: Sequence[Named], group: Sequence[str], end: int) -> bool:
        """Whether others stand beside the listed benchmarks, so that a number may be theirs."""
        own = [each for each in benchmarks if each.known.name in group]
        clause = re.split(r",|\bwhile\b|\bwhereas\b", self.sentence[own[-1].end : end])[0]
        if any(each not in own and each.start < own[-1].end + len(clause) for each in benchmarks):
            return True
        if _SOURCE.search(self.sentence[: own[0].start][-30:]):
            return True
        if len(own) == 1 and _ANOTHER_BEFORE.search(self.sentence[: own[0].start][-40:]):
            return True
        return bool(_ANOTHER_AFTER.search(self.sentence[own[-1].end : end][:60]))

    def _is_taken(self, benchmarks: Sequence[Named], place: int) -> bool:
        """Whether the chain before is the one that these benchmarks belong to."""
        return bool(self._benchmarks(place)) and benchmarks[0].known.name in self._benchmarks(place)

    def _continues(self, place: int) -> bool:
        """Whether a number goes on with the benchmark of the one before: "and 11.4 for Urdu"."""
        after = self.sentence[self.chains[place].end :]
        match = re.match(r"\s*(?:points?\s)?(?:for|in)\s", after)
        at = self.chains[place].end + (match.end() if match else 0)
        return match is not None and any(each.start == at for each in self.languages)

    def _names_other_task(self, start: int, end: int, *, up_to_benchmark: bool) -> bool:
        """Whether words after a number say that it is of something else: "2.4 on NER"."""
        for match in _ON.finditer(self.sentence[start:end]):
            if up_to_benchmark and start + match.end() == end:
                continue
            what = range(start + match.start("what"), start + match.end())
            if not any(each.start in what for each in self.languages):
                return True
        return False

    def _metric(self, place: int) -> str:
        adjacent = self._adjacent_metric(place)
        if adjacent:
            return adjacent.name
        if place and self._is_listed(place):
            return self._metric(place - 1)
        names = {each.name for each in self.metrics}
        others = (
            self._adjacent_metric(other) for other in range(len(self.chains)) if other != place
        )
        return names.pop() if len(names) == 1 and not any(others) else ""

    def _metrics_in_turn(self, place: int) -> list[str]:
        """Metrics that are listed as the numbers are: "by 3.9 and 4.5 in TER and BLEU"."""
        chain = self.chains[place]
        start, end = self._span(place)
        inside = [each for each in self.metrics if start <= each.start < end]
        if len(inside) != len(chain.quantities) or len(inside) < 2:
            return []
        listed = all(
            LISTED.fullmatch(self.sentence, left.end, right.start)
            for left, right in itertools.pairwise(inside)
        )
        return [each.name for each in inside] if listed else []

    def _languages_in_turn(self, place: int) -> list[str]:
        """The languages of each number of a chain: of each its own, if as many are listed."""
        languages = list(dict.fromkeys(each.written for each in self._languages(place)))
        count = len(self.chains[place].quantities)
        if count > 1 and len(languages) > 1 and "respectively" in self.sentence:
            return languages if len(languages) == count else [""] * count
        if count > 1 and len(languages) == count:
            return languages
        return ["; ".join(languages)] * count

    def _adjacent_metric(self, place: int) -> MetricMention | None:
        chain = self.chains[place]
        start, end = self._span(place)
        for metric in self.metrics:
            if chain.end <= metric.start < end:
                between = self.sentence[chain.end : metric.start]
                if _FEW_WORDS.match(between) and not re.search(r"\b(?:and|while|with)\b", between):
                    return metric
                break
        for metric in reversed(self.metrics):
            if start <= metric.start < chain.start:
                between = self.sentence[metric.end : chain.start]
                return metric if len(between.split()) < 9 and ";" not in between else None
        return None

    def _languages(self, place: int) -> list[LanguageMention]:
        start, end = self._span(place)
        chain = self.chains[place]
        after: list[LanguageMention] = []
        for mention in self.languages:
            if chain.end <= mention.start < end:
                between = self.sentence[after[-1].end if after else chain.end : mention.start]
                between = re.sub(r"\s*\([^()]*\)", "", between)
                if not (LISTED.fullmatch(between) if after else _WITHOUT_BREAK.match(between)):
                    break
                after.append(mention)
        first = self.chains[0].start
        before = [each for each in self.languages if each.end <= first]
        if len(self.chains) > 1:
            return after or before
        return [*(each for each in before if each.start >= start), *after]

    def _is_aside(self, mention: LanguageMention) -> bool:
        """Whether languages are those of training data, or "multilingual" says it of a method."""
        before, after = self.sentence[: mention.start], self.sentence[mention.end :]
        if mention.written.lower() in ("multilingual", "translated"):
            return all(each.start != mention.end + 1 for each in self.benchmarks)
        return (
            bool(_TRAINED_ON.search(before[-60:]) or _LANGUAGE_OF_MATERIAL.match(after[:30]))
            or before[-3:].lower() == "no "
        )


def _is_prose(sentence: str) -> bool:
    """Whether this is a sentence, rather than rows of a table that was not seen as one."""
    words = sentence.split()
    numbers = sum(word[:1].isdigit() for word in words)
    return sum(word.isalpha() and word.islower() for word in words) >= max(3, 2 * numbers - 2)


def _listed(sentence: str, mentions: Sequence[Named], *, backwards: bool = False) -> list[str]:
    """The first of the mentions and those that are listed with it, in the order of the text."""
    group = [mentions[0]]
    for mention in mentions[1:]:
        left, right = (mention, group[-1]) if backwards else (group[-1], mention)
        if not LISTED.fullmatch(sentence, left.end, right.start):
            break
        group.append(mention)
    names = dict.fromkeys(each.known.name for each in group)
    return list(names)[::-1] if backwards else list(names)


def _overlaps(
    part: Quantity | LanguageMention, others: Sequence[Named] | Sequence[LanguageMention]
) -> bool:
    return any(part.start < other.end and other.start < part.end for other in others)
