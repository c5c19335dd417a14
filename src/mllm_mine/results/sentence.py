"""Reads the results that a sentence reports, and leaves out what it does not say plainly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mllm_mine.catalogue import Named, find_named
from mllm_mine.catalogue.languages import LanguageMention, find_languages
from mllm_mine.results.finding import Finding
from mllm_mine.results.metrics import MetricMention, find_metrics
from mllm_mine.results.quantities import DIFFERENCE, Quantity, find_quantities

_JOINED = re.compile(r"[\s,/(]*(?:and|or|to|vs\.?|down to|up to)?[\s(]*\+?")
_LISTED = re.compile(r"(?:\s*,\s*|\s*/\s*|\s*,?\s*(?:and|or|&)\s+(?:the )?)")
_ON = re.compile(
    r"\bon\s+(?!average\b|(?:the |its )?(?:test|dev|validation)\b)(?P<what>[^,;.()]{2,60})"
)
# Another data set, which need not be on the list, is named beside a benchmark.
_ANOTHER_BEFORE = re.compile(r"(?:\band (?:on )?(?:the )?|\b[A-Z][\w-]*[A-Z0-9][\w-]*, (?:and )?)$")
_ANOTHER_AFTER = re.compile(
    r"^(?:\s*,|\s+and|\s*&|\s*/)\s*(?:and\s+)?[A-Z][\w-]*[A-Z0-9][\w-]*|\band on\b"
)
_OPENING = re.compile(r"^(?:\w+, )?(?:On|In|For|Across|Over)\b[^,;]*$")
_UNKNOWN_BEFORE = re.compile(r"\b[A-Z][\w-]*[A-Z0-9][\w.-]*\s*\(?[+~]?$")
_SAME_METRIC = re.compile(
    r"^(?:\W|\b(?:points?|for|on|in|and|the|to|data ?sets?|corpus|test|sets?|tasks?|benchmarks?|"
    r"average|translation|directions?|[A-Z][\w’']*)\b)*$"
)
_COMPARED = re.compile(
    r"\b(?:over|than|outperform\w*|surpass\w*|exceed\w*|beat\w*|versus|vs\.?|against|"
    r"compar\w+ (?:to|with)|relative to|match\w*|approach\w*|rival\w*|behind|unlike|previous|prior|"
    r"state-of-the-art|SOTA|improv\w+ (?:up)?on|"
    r"baselines?)\b(?:(?!\b(?:using|with|on|applied|fine-?tun\w+|when|while)\b)[^.;:]){0,50}$",
    re.I,
)
_THAN = re.compile(r"\b(?:over|than|compar\w+ (?:to|with)|relative to|against)\b")
_TOOL_BEFORE = re.compile(
    r"\b(?:(?:generat|translat|distill?|annotat|judg|creat|synthesi[sz]|rated|label|evaluat|"
    r"score|paraphras|produc)\w* (?:by|with|from|using|via)|distill\w*|judge)\W+(?:the |a )?$",
    re.I,
)
_TOOL_AFTER = re.compile(
    r"^\W*(?:as (?:an? |the )?(?:\w+ )?(?:judge|evaluator|annotator|teacher|translator)|"
    r"to (?:generate|translate|annotate|create|synthesi[sz]e|judge|evaluate|label)|judges?\b)",
    re.I,
)
_MODEL_THEN_NUMBER = re.compile(
    r"^(?:’s|'s)?[\s:(]*(?:(?:achiev|reach|scor|obtain|attain|get|record|at|with|of|has|had)\w*\s+)?"
    r"(?:an? |only |just |the )?(?:(?:accuracy|score|average|performance|of|at)\s)*\(?$",
    re.I,
)
_NUMBER_THEN_MODEL = re.compile(
    r"^\s*(?:(?:accuracy|F1|BLEU|points?|score)\s+)?"
    r"(?:\((?:for |of |by )?|of |for |by |with |from )(?:the )?$"
)
_MORE_SIZES = re.compile(r"^\s*(?:,|/|&|and\b)\s*(?:and\s)?\d+(?:\.\d+)?B\b")
_TRAINED_ON = re.compile(
    r"\b(?:train|tun|fine-?tun|pre-?train|adapt|distil|transferr?)\w*\b[^,;]{0,40}$|\bfrom $", re.I
)
_LANGUAGE_OF_MATERIAL = re.compile(
    r"^[\s-]*(?:only|centric|dominant|pivot|data|corp(?:us|ora)|training|texts?|tokens?|instructions?|"
    r"prompts?|examples?|CoT|BERT|supervision|models?|LLMs?)\b",
    re.I,
)
_CORRELATION = re.compile(r"\bcorrelat(?:es?|ed|ions? (?:of|with|between))\b", re.I)
_WITHOUT_BREAK = re.compile(r"^(?:(?!\b(?:and|while|with|but)\b)[^,;]){0,60}$")
_FEW_WORDS = re.compile(r"^(?:[^\w,;]*[\w@/’'+-]+){0,5}[^\w,;]*$")


@dataclass(frozen=True, slots=True)
class _Chain:
    """Numbers that stand side by side (``2.1 and 3.4 points``)."""

    quantities: tuple[Quantity, ...]

    @property
    def start(self) -> int:
        return self.quantities[0].start

    @property
    def end(self) -> int:
        return self.quantities[-1].end


def read_sentence(sentence: str) -> list[Finding]:
    """The results that a sentence reports.

    A number counts only when the sentence ties it to one benchmark of the bundled list. Metric,
    model and languages are given where the sentence ties them to the number, too.
    """
    if not any(letter.isdigit() for letter in sentence) or not _is_prose(sentence):
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
        self.models = [each for each in named if each.known.kind == "model"]
        self.metrics = list(find_metrics(sentence))
        self.languages = [
            each
            for each in find_languages(sentence)
            if not _overlaps(each, named) and not self._is_of_training(each)
        ]
        ends = {each.end for each in named}
        found = [each for each in find_quantities(sentence, ends) if not _overlaps(each, named)]
        found = [each for each in found if not _overlaps(each, self.languages)]
        self.chains = _chains(sentence, found)

    def findings(self) -> list[Finding]:
        found = []
        for place, chain in enumerate(self.chains):
            benchmarks = self._benchmarks(place)
            if len(benchmarks) not in (1, len(chain.quantities)):
                continue  # one number for several benchmarks: an average, or each of them
            metric = self._metric(place)
            languages = "; ".join(dict.fromkeys(each.written for each in self._languages(place)))
            for number, quantity in enumerate(chain.quantities):
                benchmark = benchmarks[number if len(benchmarks) > 1 else 0]
                model, baseline = self._models(quantity, chain)
                kind = chain.quantities[0].kind or quantity.kind
                found.append(
                    Finding(
                        benchmark=benchmark,
                        model=model.known.name if model else "",
                        size=self._size(model) if model else "",
                        baseline=self._with_size(baseline) if kind == DIFFERENCE else "",
                        metric=metric,
                        number=" ".join(quantity.written.replace("\\", "").split()),
                        kind=kind,
                        languages=languages,
                        evidence=self.sentence,
                    )
                )
        return found

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
        if after and "," not in re.sub(r"\([^)]*\)", "", between) and len(between) < 60:
            group = _listed(self.sentence, after)
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
        if place and _SAME_METRIC.match(
            self.sentence[self.chains[place - 1].end : self.chains[place].start]
        ):
            return self._metric(place - 1)
        names = {each.name for each in self.metrics}
        others = (
            self._adjacent_metric(other) for other in range(len(self.chains)) if other != place
        )
        return names.pop() if len(names) == 1 and not any(others) else ""

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
        if len(self.chains) == 1:
            return [each for each in self.languages if start <= each.start < end]
        own: list[LanguageMention] = []
        for mention in self.languages:
            if chain.end <= mention.start < end:
                between = self.sentence[own[-1].end if own else chain.end : mention.start]
                if not (_LISTED.fullmatch(between) if own else _WITHOUT_BREAK.match(between)):
                    break
                own.append(mention)
        return own or [each for each in self.languages if each.end <= self.chains[0].start]

    def _is_of_training(self, mention: LanguageMention) -> bool:
        before, after = self.sentence[: mention.start], self.sentence[mention.end :]
        return (
            bool(_TRAINED_ON.search(before[-60:]) or _LANGUAGE_OF_MATERIAL.match(after[:24]))
            or before[-3:].lower() == "no "
        )

    def _models(self, quantity: Quantity, chain: _Chain) -> tuple[Named | None, Named | None]:
        """The model that a number is said of, and the one that it is compared with."""
        mine = [each for each in self.models if self._is_beside(each, quantity)]
        if mine and quantity.kind != DIFFERENCE:
            return mine[0], None
        numbers = [each for other in self.chains for each in other.quantities]
        free = [
            each
            for each in self.models
            if not self._is_tool(each)
            and not any(
                self._is_beside(each, other) for other in numbers if other.kind != DIFFERENCE
            )
        ]
        compared = self._compared(free)
        measured = [each for each in free if each not in compared]
        return _only(measured), _only(self._beaten(quantity, compared))

    def _compared(self, models: Sequence[Named]) -> list[Named]:
        """Those that something else is compared with, and those that are listed with them."""
        compared: list[Named] = []
        for model in models:
            before = self.sentence[: model.start]
            listed = compared and _LISTED.fullmatch(before, compared[-1].end)
            if listed or _COMPARED.search(before[-80:]) or re.search(r"\d%? of $", before[-9:]):
                compared.append(model)
        return compared

    def _beaten(self, quantity: Quantity, compared: Sequence[Named]) -> list[Named]:
        """Of the models compared with, those that a difference is measured against."""
        after = self.sentence[quantity.end :][:80]
        if match := _THAN.search(re.split(r"[,;]|\band\b|\bwhile\b", after)[0]):
            start = quantity.end + match.end()
            end = start + len(re.split(r"[,;]|\band\b", self.sentence[start:])[0])
            return [each for each in compared if start <= each.start < end]
        return [each for each in compared if each.end <= quantity.start]

    def _is_beside(self, model: Named, quantity: Quantity) -> bool:
        if model.end <= quantity.start:
            return bool(_MODEL_THEN_NUMBER.match(self.sentence[model.end : quantity.start]))
        return bool(_NUMBER_THEN_MODEL.match(self.sentence[quantity.end : model.start]))

    def _is_tool(self, model: Named) -> bool:
        before, after = self.sentence[: model.start], self.sentence[model.end :]
        return bool(_TOOL_BEFORE.search(before[-40:]) or _TOOL_AFTER.match(after[:40]))

    def _size(self, model: Named) -> str:
        return "" if _MORE_SIZES.match(self.sentence[model.end :][:20]) else model.size

    def _with_size(self, model: Named | None) -> str:
        return f"{model.known.name} {self._size(model)}".strip() if model else ""


def _is_prose(sentence: str) -> bool:
    """Whether this is a sentence, rather than rows of a table that was not seen as one."""
    words = sentence.split()
    numbers = sum(word[:1].isdigit() for word in words)
    return sum(word.isalpha() and word.islower() for word in words) >= max(3, 2 * numbers - 2)


def _chains(sentence: str, quantities: Sequence[Quantity]) -> list[_Chain]:
    chains: list[list[Quantity]] = []
    for quantity in quantities:
        if chains and _JOINED.fullmatch(sentence, chains[-1][-1].end, quantity.start):
            chains[-1].append(quantity)
        else:
            chains.append([quantity])
    return [_Chain(tuple(chain)) for chain in chains]


def _listed(sentence: str, mentions: Sequence[Named], *, backwards: bool = False) -> list[str]:
    """The first of the mentions and those that are listed with it, in the order of the text."""
    group = [mentions[0]]
    for mention in mentions[1:]:
        left, right = (mention, group[-1]) if backwards else (group[-1], mention)
        if not _LISTED.fullmatch(sentence, left.end, right.start):
            break
        group.append(mention)
    names = dict.fromkeys(each.known.name for each in group)
    return list(names)[::-1] if backwards else list(names)


def _only(models: Sequence[Named]) -> Named | None:
    """The model that all of these name, if it is one."""
    kinds = {(each.known.name, each.size) for each in models if each.size} or {
        (each.known.name, "") for each in models
    }
    if len(kinds) != 1 or len({each.known.name for each in models}) != 1:
        return None
    return next(each for each in models if (each.known.name, each.size) in kinds)


def _overlaps(
    part: Quantity | LanguageMention, others: Sequence[Named] | Sequence[LanguageMention]
) -> bool:
    return any(part.start < other.end and other.start < part.end for other in others)
