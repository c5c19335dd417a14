"""The names of metrics, as papers write them beside a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# From the more to the less particular: what stands first is read first.
_SPELLINGS = {
    "spBLEU": r"sp-?BLEU",
    "BLEURT": r"BLEURT(?:-\d+)?",
    "BLEU": r"(?:Sacre)?BLEU(?:-?4)?",
    "chrF++": r"chr-?F\+\+|chr-?F2\+\+",
    "chrF": r"chr-?F2?",
    "COMETKiwi": r"(?:x?COMET-?)?Kiwi(?:-(?:XL|XXL|22|23))?|COMET-QE",
    "xCOMET": r"xCOMET(?:-?X+L)?",
    "COMET": r"COMET(?:-\d+|-DA)?",
    "MetricX": r"MetricX(?:-\d+)?",
    "ROUGE-L": r"ROUGE[- ]?L(?:sum)?|R-L\b",
    "ROUGE-1": r"ROUGE[- ]?1",
    "ROUGE-2": r"ROUGE[- ]?2",
    "ROUGE": r"ROUGE",
    "METEOR": r"METEOR",
    "BERTScore": r"BERT-?Score",
    "TER": r"\bTER\b",
    "exact match": r"exact[- ]match(?:es)?(?: accuracy| scores?)?|\bEM\b",
    "macro F1": r"macro[- ](?:averaged? )?F1|F1[- ]macro|macro-?F(?:-score)?\b",
    "micro F1": r"micro[- ](?:averaged? )?F1|F1[- ]micro",
    "F1": r"\bF1\b|\bF-?(?:score|measure)s?\b|\bF_?\{?1\}?(?![\w.])",
    "accuracy": r"\baccurac(?:y|ies)\b|\bAcc\b\.?|\bACC\b",
    "perplexity": r"\bperplexit(?:y|ies)\b|\bppl\b",
    "WER": r"\bWERs?\b|\bword[- ]error[- ]rates?\b",
    "CER": r"\bCERs?\b|\bcharacter[- ]error[- ]rates?\b",
    "win rate": r"\bwin(?:ning)?[- ]?rates?\b",
    "attack success rate": r"\battack[- ]success[- ]rates?\b",
    "pass@k": r"\bpass@\d+\b",
    "MRR": r"\bMRR(?:@\d+)?|\bmean reciprocal rank\b",
    "nDCG": r"\bn?DCG(?:@\d+)?",
    "recall": r"\brecall(?:@\d+)?|\bR@\d+",
    "precision": r"\bprecision(?:@\d+)?\b|\bP@\d+",
    "UAS": r"\bUAS\b",
    "LAS": r"\bLAS\b",
    "AUC": r"\bAU(?:RO)?C\b",
    "Spearman correlation": r"\bSpearman(?:'s|’s)?(?: rank)?(?: correlation)?",
    "Pearson correlation": r"\bPearson(?:'s|’s)?(?: correlation)?",
}
_NAMES = tuple(_SPELLINGS)
_METRIC = re.compile(
    "|".join(f"(?P<m{place}>{_SPELLINGS[name]})" for place, name in enumerate(_NAMES)), re.I
)
_UPPER = re.compile(r"^(?:em|ter|acc|las|uas|r-l|dcg|comet|rouge|meteor|kiwi)$")


@dataclass(frozen=True, slots=True)
class MetricMention:
    """A metric in a text: its name in one spelling, and where it stands."""

    name: str
    start: int
    end: int


def find_metrics(text: str) -> Iterator[MetricMention]:
    """The metrics that a text names, in order."""
    for match in _METRIC.finditer(text):
        if _UPPER.match(match[0]):  # "comet" and "acc" in lower case are words
            continue
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        # Self-BLEU and R-precision are other metrics.
        if before.isalnum() or before == "-" or (after.isalnum() and match[0][-1].isalnum()):
            continue
        group = match.lastgroup or "m0"
        name = match[0] if "@" in match[0] else _NAMES[int(group[1:])]
        yield MetricMention(name, match.start(), match.end())
