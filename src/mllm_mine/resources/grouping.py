"""The survey's grouping of multilingual data: the stage it serves, and where it comes from."""

from __future__ import annotations

import re

_STAGES = {
    "Multilingual Pretraining Data": r"\bpre-?training (?:data|corp|set)|\bpre-?train\w* on\b",
    "Multilingual SFT Data": r"\binstruction|\bSFT\b|\bsupervised fine-?tuning\b",
    "Multilingual RLHF Data": r"\bpreference|\breward model|\bRLHF\b|\bhuman feedback\b",
}
_ORIGINS = {
    "Manual Creation": r"\bmanual|\bhand-?(?:craft|written|label)|\bnative speakers?\b|"
    r"\bhuman-?(?:written|annotat|curated)|\bannotated by\b|\bannotators?\b",
    "Web Crawling": r"\bcrawl|\bscrap(?:ed|ing)\b|\bweb (?:data|text|pages?|corp)",
    "Benchmark Adaption": r"\b(?:adapt\w+|deriv\w+|extend\w+|built|converted) (?:from|on|of)?\s*"
    r"(?:the )?(?:existing|previous)\b|\bexisting (?:\w+ )?(?:datasets|benchmarks)\b",
    "Machine Translation": r"\bmachine.translat|\btranslated (?:from|version|into|using|by)\b",
    "MLLM Aided Generation": r"\b(?:GPT|LLM|model)\S* ?-?generated\b|\bsynthetic|"
    r"\bgenerated (?:by|with|using)\b|\bself-instruct\b",
}


def stage_of(sentence: str) -> str:
    """The stage of training that a sentence says a data set is for, or "" when it does not."""
    return _only(_STAGES, sentence)


def origin_of(sentence: str) -> str:
    """Where a sentence says a data set comes from, or "" when it names none or several."""
    return _only(_ORIGINS, sentence)


def _only(groups: dict[str, str], sentence: str) -> str:
    named = [group for group, words in groups.items() if re.search(words, sentence, re.I)]
    return named[0] if len(named) == 1 else ""
