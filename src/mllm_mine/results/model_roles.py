"""Which model a number of a sentence is said of, and which one it is compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mllm_mine.catalogue import Named, find_named
from mllm_mine.results.chain import LISTED, Chain
from mllm_mine.results.quantities import DIFFERENCE, Quantity

_COMPARED = re.compile(
    r"\b(?:over|than|outperform\w*|surpass\w*|exceed\w*|beat\w*|versus|vs\.?|against|"
    r"compar\w+ (?:to|with)|relative to|on par with|competitive with|similar to|close to|"
    r"better than|match\w*|approach\w*|rival\w*|behind|unlike|previous|prior|state-of-the-art|SOTA|"
    r"improv\w+ (?:up)?on|baselines?)\b"
    r"(?:(?!\b(?:using|with|on|applied|fine-?tun\w+|when|while)\b)(?:[^.;:]|\.(?=\d))){0,90}$",
    re.I,
)
_THAN = re.compile(r"\b(?:over|than|compar\w+ (?:to|with)|relative to|against)\b")
_TOOL_BEFORE = re.compile(
    r"\b(?:(?:generat|translat|distill?|annotat|judg|creat|synthesi[sz]|rated|label|evaluat|"
    r"score|paraphras|produc)\w* (?:by|with|from|using|via)|distill\w*|judge)\W+(?:the |a )?$"
    r"|\b(?:generated|translated|annotated)\b[^,;]{0,60} (?:by|using) (?:the |a )?$",
    re.I,
)
_TOOL_AFTER = re.compile(
    r"^\W*(?:as (?:an? |the )?(?:\w+ )?(?:judge|evaluator|annotator|teacher|translator)|"
    r"to (?:generate|translate|annotate|create|synthesi[sz]e|judge|evaluate|label)|"
    r"(?:judge|teacher)s?\b)",
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
_IS_BASE = re.compile(
    r"\b(?:using|with|on|of|fine-?tun\w+|adapt\w+|train\w+|based on|for|to|tuned|"
    r"initiali[sz]ed from)\s+(?:the |an? )?(?:[\w-]+ )?$",
    re.I,
)
_TURN = re.compile(r"\b(?:our|ours|while|whereas|but|compared|versus|which)\b", re.I)
_MORE_SIZES = re.compile(r"^\s*(?:,|/|&|and\b)\s*(?:and\s)?\d+(?:\.\d+)?B\b")


class ModelRoles:
    """The models of a sentence, and what it says of each."""

    def __init__(self, sentence: str, models: Sequence[Named], chains: Sequence[Chain]) -> None:
        self.sentence = sentence
        self.models = models
        self.chains = chains

    def base_models(self) -> list[Named]:
        """Models that something is done with, rather than compared with or made by."""
        compared = self._compared(self.models)
        return [each for each in self.models if each not in compared and not self._is_tool(each)]

    def of(self, quantity: Quantity, chain: Chain) -> tuple[Named | None, Named | None]:
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
        measured = _only([each for each in free if each not in compared])
        if measured and self._is_of_another(measured, quantity):
            measured = None
        return measured, _only(self._beaten(chain, compared))

    def _is_of_another(self, model: Named, quantity: Quantity) -> bool:
        """Whether the words between turn to something else: "mBERT gets 60.1, while ours …"."""
        if _IS_BASE.search(self.sentence[: model.start][-40:]):
            return False
        start, end = sorted(((model.start, model.end), (quantity.start, quantity.end)))
        return bool(_TURN.search(self.sentence[start[1] : end[0]]))

    def _compared(self, models: Sequence[Named]) -> list[Named]:
        """Those that something else is compared with, and those that are listed with them."""
        compared: list[Named] = []
        for model in models:
            before = self.sentence[: model.start]
            listed = compared and LISTED.fullmatch(before, compared[-1].end)
            if listed or _COMPARED.search(before[-120:]) or re.search(r"\d%? of $", before[-9:]):
                compared.append(model)
        return compared

    def _beaten(self, chain: Chain, compared: Sequence[Named]) -> list[Named]:
        """Of the models compared with, those that a difference is measured against."""
        after = self.sentence[chain.end :][:80]
        if match := _THAN.search(re.split(r"[,;]|\band\b|\bwhile\b", after)[0]):
            start = chain.end + match.end()
            end = start + len(re.split(r"[,;]|\band\b", self.sentence[start:])[0])
            return [each for each in compared if start <= each.start < end]
        return [each for each in compared if each.end <= chain.start]

    def _is_beside(self, model: Named, quantity: Quantity) -> bool:
        if model.end <= quantity.start:
            return bool(_MODEL_THEN_NUMBER.match(self.sentence[model.end : quantity.start]))
        return bool(_NUMBER_THEN_MODEL.match(self.sentence[quantity.end : model.start]))

    def _is_tool(self, model: Named) -> bool:
        before, after = self.sentence[: model.start], self.sentence[model.end :]
        return bool(_TOOL_BEFORE.search(before[-90:]) or _TOOL_AFTER.match(after[:40]))

    def size(self, model: Named) -> str:
        """The size of a model, or "" where several are listed ("Llama-2 7B and 13B")."""
        return "" if _MORE_SIZES.match(self.sentence[model.end :][:20]) else model.size

    def with_size(self, model: Named | None) -> str:
        """Name and size of a model; "" of none."""
        return f"{model.known.name} {self.size(model)}".strip() if model else ""


def base_models(sentence: str) -> list[Named]:
    """The models that a sentence names, without those that others are only compared with."""
    models = [each for each in find_named(sentence) if each.known.kind == "model"]
    return ModelRoles(sentence, models, ()).base_models()


def _only(models: Sequence[Named]) -> Named | None:
    """The model that all of these name, if it is one."""
    kinds = {(each.known.name, each.size) for each in models if each.size} or {
        (each.known.name, "") for each in models
    }
    if len(kinds) != 1 or len({each.known.name for each in models}) != 1:
        return None
    return next(each for each in models if (each.known.name, each.size) in kinds)
