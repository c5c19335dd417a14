"""The words of a record that stand behind a model's terms, for people to read.

A word class (``<dataset>``) and a cue (``release``) are many words to the model; a reader wants to
know which of them stood in the paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mllm_mine.classifier.cues import CUES
from mllm_mine.classifier.term_tables import CUED
from mllm_mine.classifier.tokens import tokenise
from mllm_mine.classifier.vocabulary import Vocabulary

_SHOWN = 3  # words of one class

Found = dict[str, dict[int, list[str]]]


def words_of_terms(
    terms: Iterable[str], sentences: Sequence[str], vocabulary: Vocabulary
) -> list[str]:
    """Each term as it stood in some sentences: ``<dataset>`` as ``corpus/treebank``.

    Of a term of two that meet in a sentence (``<build> ~ <dataset>``), the words of the first
    sentence in which they do: ``annotated ~ treebank``. Other terms stay as they are.
    """
    found = _found(sentences, vocabulary)
    return [_shown(term, found) for term in terms]


def _found(sentences: Sequence[str], vocabulary: Vocabulary) -> Found:
    """By class and cue, and by sentence, the words that stood for it."""
    phrases = vocabulary.class_of_phrase
    longest = max(map(len, phrases), default=0)
    found: Found = {}
    for number, sentence in enumerate(sentences):
        tokens = tokenise(sentence)
        for start, token in enumerate(tokens):
            found.setdefault(token, {}).setdefault(number, [token])
            if token in CUES:
                found.setdefault(f"{CUES[token]}{CUED}", {}).setdefault(number, []).append(token)
            named = set()  # of a class's phrases that begin here the longest
            for end in range(start + longest, start, -1):
                phrase = tuple(tokens[start:end])
                name = f"<{phrases[phrase]}>" if phrase in phrases else ""
                if len(phrase) == end - start and name and name not in named:
                    named.add(name)
                    found.setdefault(name, {}).setdefault(number, []).append(" ".join(phrase))
    return found


def _shown(term: str, found: Found) -> str:
    first, meets, second = term.partition(CUED)
    if not meets:
        every = (word for words in found.get(term, {}).values() for word in words)
        return "/".join(list(dict.fromkeys(every))[:_SHOWN]) if term[0] == "<" else term
    cue_or_class = first if first[0] == "<" else f"{first}{CUED}"
    one, other = found.get(cue_or_class, {}), found.get(second, {})
    together = next((number for number in one if number in other), None)
    return term if together is None else f"{one[together][0]}{CUED}{other[together][0]}"
