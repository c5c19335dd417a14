"""Writes invented papers as JSON Lines, any number of them, for benchmarks that need no real data.

    python benchmarks/generate.py snapshot 100000 > snapshot.json
    python benchmarks/generate.py plain 100000 --output papers.jsonl

``snapshot`` has the fields of arXiv's metadata snapshot, ``plain`` those of ``mine fetch --from``
and ``mine classify --input``. The texts mean nothing, but have what costs time in real ones: about
175 words an abstract, a vocabulary that grows with the number of papers as Zipf's law has it,
phrases that come back (so that pairs of words repeat as they do in real text), one sentence in ten
from the field that the built-in taxonomy covers, line breaks, TeX accents, several versions.

The same number and seed give the same bytes, and the first n papers do not depend on how many
follow. Dates run from November 2016, 25,000 papers a month; ids lie fifty years ahead of the dates,
where no real paper is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np

PAPERS_A_MONTH = 25_000
_FIRST_MONTH = 2016 * 12 + 10
_BLOCK = 1_000  # papers drawn together
_WORDS = 250_000
_PHRASES = 80_000

_COMMON = """
the of and a to in we for that is on with our as are this by from which an can be it these model
models language data training method results task tasks performance show propose learning approach
based using large at or both between not have has more than such their across two new evaluation
however also while over into however existing paper study different information analysis system
knowledge methods high low work first through state art been its neural human text network several
dataset datasets benchmark code only further improve improves how when what without within under
through experiments demonstrate achieve significantly various three often domain representation
accuracy generation framework quality complex problem deep available specific shared general small
"""
_LANGUAGES = """
Swahili Yoruba Hindi Bengali Tamil Telugu Urdu Arabic Hebrew Amharic Hausa Igbo Zulu Finnish
Estonian Hungarian Turkish Kazakh Uzbek Mongolian Korean Japanese Chinese Thai Vietnamese
Indonesian Tagalog Javanese Quechua Guarani Basque Catalan Galician Welsh Irish Icelandic German
French Spanish Portuguese
"""
_SENTENCES = (
    "We study how multilingual language models answer questions in {0} and {1}.",
    "Preference optimisation with rewards from {0} annotators aligns the model with human values.",
    "We release a benchmark of {0} and {1} questions that tests factual hallucination.",
    "Continual pre-training on {0} web text extends the model to a language it had not seen.",
    "Low-rank adapters are tuned on {0} instructions while all other parameters stay frozen.",
    "Prompts that switch between {0} and English inside a sentence raise accuracy untrained.",
    "We translate the question from {0} into English before the model reasons step by step.",
    "Retrieved passages in {0} ground the answers of a frozen multilingual model.",
    "Jailbreak attacks written in {0} pass the safety filters of most open models.",
    "Editing one fact in English changes the answers in {0} less often than in {1}.",
    "Gender bias in {0} translations falls after counterfactual data augmentation.",
    "Our vision-language model describes images in {0}, {1} and forty other languages.",
    "A parallel corpus of {0} and {1} is mined from crawled web pages and filtered.",
    "This survey reviews cross-lingual transfer for low-resource languages such as {0}.",
)
_CATEGORIES = (
    ("cs.CL", 0.12), ("cs.CL cs.AI", 0.06), ("cs.LG", 0.14), ("cs.LG stat.ML", 0.06),
    ("cs.CV", 0.16), ("cs.CV cs.CL", 0.02), ("cs.IR cs.CL", 0.02), ("hep-ph", 0.07),
    ("astro-ph.GA", 0.08), ("math.AP", 0.08), ("math.CO", 0.06), ("quant-ph", 0.07),
    ("cond-mat.mtrl-sci", 0.06),
)  # fmt: skip
_ACCENTED = (
    'M\\"uller', "Garc\\'ia", "Ko\\v{s}ir", "Fran\\c{c}ois", "S{\\o}rensen", "Nov\\'{a}k",
    "Erd\\H{o}s",
)  # fmt: skip
_SYLLABLES = (
    "ba ko ri ta mel dor sin ver lu pra the con sti ner al um is or fen ga mo que ze hy phi"
)


class Papers:
    """Invented papers by number, in blocks that are each drawn from their own random stream."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        rng = np.random.default_rng([seed, 0])
        common = _COMMON.split()
        syllables = rng.choice(_SYLLABLES.split(), size=(_WORDS, 4)).tolist()
        invented = ("".join(part[: 2 + n % 3]) for n, part in enumerate(syllables))
        words = np.array(list(dict.fromkeys([*common, *invented])))
        lengths = rng.integers(2, 7, size=_PHRASES)
        drawn = words[_zipf(rng, len(words), int(lengths.sum()), 1.0)]
        ends = np.cumsum(lengths)
        self._phrases = np.array(
            [" ".join(drawn[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
        )
        self._words = words
        self._languages = _LANGUAGES.split()
        self._months = _MONTHS.split()
        self._names = [name.capitalize() for name in words[len(common) : len(common) + 5_000]]

    def records(self, count: int) -> Iterator[dict[str, Any]]:
        """Records of the snapshot."""
        for first in range(0, count, _BLOCK):
            yield from self._block(first, min(_BLOCK, count - first))

    def _block(self, first: int, count: int) -> Iterator[dict[str, Any]]:
        rng = np.random.default_rng([self._seed, 1, first])
        sentences = rng.integers(5, 12, size=_BLOCK)
        phrases = iter(self._phrases[_zipf(rng, len(self._phrases), _BLOCK * 64, 0.7)])
        rare = iter(self._words[_zipf(rng, len(self._words), _BLOCK * 14, 0.3)])
        weights = [weight for _, weight in _CATEGORIES]
        categories = rng.choice(len(_CATEGORIES), size=_BLOCK, p=np.array(weights) / sum(weights))
        chances = rng.random((_BLOCK, 16))
        for place in range(count):
            chance = iter(chances[place])
            texts = [self._sentence(phrases, rare, next(chance)) for _ in range(sentences[place])]
            title = f"{next(rare)} {next(phrases)} {next(phrases)}".capitalize()
            abstract = "  " + _wrapped(" ".join(texts)) + "\n"
            kind = _CATEGORIES[categories[place]][0]
            yield self._record(first + place, rng, title, abstract, kind)

    def _sentence(self, phrases: Iterator[str], rare: Iterator[str], chance: float) -> str:
        if chance < 0.1:
            spread = int(chance * 1e6)
            template = _SENTENCES[spread % len(_SENTENCES)]
            names = self._languages[spread % 39], self._languages[spread // 7 % 38]
            return template.format(*names)
        parts = [next(phrases) for _ in range(5)]
        parts.insert(3, str(next(rare)))
        return " ".join(parts).capitalize() + "."

    def _record(
        self, number: int, rng: np.random.Generator, title: str, abstract: str, categories: str
    ) -> dict[str, Any]:
        month = _FIRST_MONTH + number // PAPERS_A_MONTH
        year, month = divmod(month, 12)
        day = 1 + (number % PAPERS_A_MONTH) * 28 // PAPERS_A_MONTH
        draws = rng.integers(0, 1_000, size=24).tolist()
        people = [self._person(draws[2 * n], draws[2 * n + 1]) for n in range(1 + draws[20] % 8)]
        dates = [f"{day} {self._months[month]} {year} {draws[n] % 24:02}:{draws[n] % 60:02}:07 GMT"
                 for n in range(1 + (draws[21] % 5 == 0) + (draws[21] % 20 == 0))]  # fmt: skip
        withdrawn = "This paper has been withdrawn by the authors" if draws[22] == 7 else None
        return {
            "id": f"{(year + 50) % 100:02}{month + 1:02}.{number % PAPERS_A_MONTH + 1:05}",
            "submitter": " ".join(people[0][:2]),
            "authors": ", ".join(f"{first} {last}" for last, first, _ in people),
            "title": title,
            "comments": withdrawn or (f"{draws[22] % 30 + 4} pages" if draws[22] % 3 else None),
            "journal-ref": None,
            "doi": None,
            "report-no": None,
            "categories": categories,
            "license": "http://creativecommons.org/licenses/by/4.0/",
            "abstract": abstract,
            "versions": [
                {"version": f"v{place}", "created": f"Mon, {date}"}
                for place, date in enumerate(dates, 1)
            ],
            "update_date": f"{year}-{month + 1:02}-{day:02}",
            "authors_parsed": people,
        }

    def _person(self, last: int, first: int) -> list[str]:
        family = _ACCENTED[last % 7] if last < 40 else self._names[last * 5 % 5_000]
        return [family, self._names[first * 3 % 5_000], ""]


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """A snapshot record as a plain one, its texts on one line."""
    people = record["authors_parsed"]
    return {
        "id": record["id"],
        "title": record["title"],
        "abstract": " ".join(record["abstract"].split()),
        "authors": [f"{first} {last}" for last, first, _ in people],
        "categories": record["categories"].split(),
        "published": record["update_date"],
        "comment": record["comments"] or "",
    }


_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"


def _zipf(rng: np.random.Generator, kinds: int, size: int, exponent: float) -> np.ndarray:
    """``size`` numbers below ``kinds``, the smaller the more frequent."""
    weights = 1.0 / (np.arange(kinds) + 2.7) ** exponent
    edges = np.cumsum(weights)
    return np.searchsorted(edges / edges[-1], rng.random(size)).clip(0, kinds - 1)


def _wrapped(text: str) -> str:
    """Line breaks about every eighty characters, as the snapshot has them."""
    lines = []
    while len(text) > 80:
        cut = text.rfind(" ", 0, 80)
        lines.append(text[:cut])
        text = text[cut + 1 :]
    return "\n".join([*lines, text])


def write(kind: str, count: int, file: TextIO, seed: int = 1) -> None:
    """Writes ``count`` papers of a kind (``snapshot`` or ``plain``)."""
    for record in Papers(seed).records(count):
        file.write(json.dumps(record if kind == "snapshot" else plain(record)) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=("snapshot", "plain"))
    parser.add_argument("count", type=int, help="how many papers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, help="default: standard output")
    arguments = parser.parse_args()
    if arguments.output is None:
        write(arguments.kind, arguments.count, sys.stdout, arguments.seed)
        return
    with arguments.output.open("w", encoding="utf-8") as file:
        write(arguments.kind, arguments.count, file, arguments.seed)


if __name__ == "__main__":
    main()
