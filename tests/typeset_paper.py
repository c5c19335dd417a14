"""Invented papers: nonsense made from a fixed list of words and a seed, in any script."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SOFT = "\u00ad"  # where a word may be broken; "|" in the list below
_WORDS_TEXT = """
model mod|els lan|guage mul|ti|lin|gual train|ing eval|u|a|tion
cor|pus cor|pora to|ken|izer trans|la|tion the of and a in to for we with
on that is are bench|mark pa|ram|e|ters re|sults in|struc|tion
tun|ing prompt align|ment data speak|ers vo|cab|u|lary sen|tence
doc|u|ments qual|ity score base|line trans|fer knowl|edge
im|prove|ment sig|nif|i|cantly low-resource cross-lingual fine-tuned
state-of-the-art high-quality code-switching efficient affluent official fluent workflow
ex|per|i|ments show com|pare pro|pose method across each when than more less
new anal|y|sis rep|re|sen|ta|tion su|per|vised
gen|er|a|tion
"""
_WORDS = _WORDS_TEXT.replace("|", SOFT).split()
_NAMES_TEXT = """
Abara Bellow Castor Dunmore Eskola Fenwick Garrow Hadley Ilves Jorvik Kessel Lomond Marlow
Norris Okoro Pellan Quist Rowan Selkirk Tamsin Ulrich Vesper Wexler Yarrow Zeller
"""
_NAMES = _NAMES_TEXT.replace("|", SOFT).split()
SCRIPTS = {
    "Cyrillic": "многоязычные модели",
    "Greek": "πολυγλωσσικά μοντέλα",
    "Hebrew": "מודלים רב לשוניים",
    "Devanagari": "भाषा मॉडल",
    "Ethiopic": "ባለብዙ ቋንቋ",
    "Chinese": "多语言大模型",
    "Japanese": "多言語モデルです",
    "Korean": "다국어 모델",
    "Thai": "ภาษาไทย",
}
"""Examples that PyMuPDF's own fonts can set and whose glyphs all have a character."""


@dataclass
class Footnote:
    """A note to the paragraph before it."""

    text: str


@dataclass
class FloatBox:
    """A table with rows, or a figure with words inside."""

    kind: str
    caption: str
    rows: list[list[str]] = field(default_factory=list)
    wide: bool = False


@dataclass
class Section:
    """A heading, and paragraphs, notes and floats below it."""

    number: str
    heading: str
    parts: list[str | Footnote | FloatBox]


@dataclass
class Paper:
    """What is to be set."""

    title: str
    authors: str
    abstract: str
    sections: list[Section]
    references: list[str]
    appendix: list[Section] = field(default_factory=list)


@dataclass
class Truth:
    """What a perfect reader gets back."""

    title: str
    abstract: str
    headings: list[tuple[str, str]]
    references: list[str]
    tables: list[list[list[str]]]
    captions: list[str]
    footnotes: list[str]
    text: str


def invent_paper(seed: int, sections: int = 5, references: int = 18) -> Paper:
    """A nonsense paper; the same seed gives the same paper."""
    rng = random.Random(seed)

    def sentence() -> str:
        words = [rng.choice(_WORDS) for _ in range(rng.randint(9, 24))]
        if rng.random() < 0.3:
            words.insert(rng.randint(2, len(words) - 1), f"({rng.choice(_NAMES)} et al., 1999)")
        return (words[0][0].upper() + words[0][1:] + " " + " ".join(words[1:])).rstrip() + "."

    def paragraph(low: int = 4, high: int = 8) -> str:
        return " ".join(sentence() for _ in range(rng.randint(low, high)))

    def heading() -> str:
        words = [rng.choice(_WORDS).replace(SOFT, "") for _ in range(rng.randint(2, 4))]
        return " ".join(word[0].upper() + word[1:] for word in words)

    made: list[Section] = []
    for place in range(1, sections + 1):
        title = "Introduction" if place == 1 else "Conclusion" if place == sections else heading()
        parts: list[str | Footnote | FloatBox] = [paragraph() for _ in range(rng.randint(2, 4))]
        if place in (1, 3):
            parts.insert(1, Footnote(f"See the {rng.choice(_NAMES)} archive for what is left."))
        if place == 2:
            parts.insert(1, _table(rng, wide=False))
            made.append(Section(str(place), title, parts))
            made.append(Section(f"{place}.1", heading(), [paragraph(), paragraph()]))
            made.append(Section(f"{place}.2", heading(), [paragraph(), *_script_parts(rng)]))
            continue
        if place == 3:
            parts.insert(0, FloatBox("figure", f"Curves of {paragraph(1, 2)}", wide=True))
        if place == 4:
            parts.insert(1, _table(rng, wide=True))
        made.append(Section(str(place), title, parts))
    return Paper(
        title=f"{heading()}: {heading()} for {heading()}",
        authors=", ".join(f"{name[0]}. {name}" for name in rng.sample(_NAMES, 4)),
        abstract=paragraph(6, 8),
        sections=made,
        references=sorted(_reference(rng) for _ in range(references)),
        appendix=[
            Section("A", heading(), [paragraph(), paragraph()]),
            Section("A.1", heading(), [paragraph()]),
        ],
    )


def _table(rng: random.Random, *, wide: bool) -> FloatBox:
    columns = 6 if wide else 4
    rows = [["System", *[f"M{place}" for place in range(1, columns)]]]
    for name in rng.sample(_NAMES, 5):
        rows.append([name, *[f"{rng.uniform(10, 99):.1f}" for _ in range(columns - 1)]])
    words = " ".join(rng.choice(_WORDS).replace(SOFT, "") for _ in range(14))
    return FloatBox("table", f"Scores of {words}.", rows, wide)


def _script_parts(rng: random.Random) -> list[str]:
    names = rng.sample(sorted(SCRIPTS), 3)
    return [f"@{name}" for name in names]


def _reference(rng: random.Random) -> str:
    people = rng.sample(_NAMES, rng.randint(1, 4))
    authors = ", ".join(f"{rng.choice('ABCDEFG')}. {name}" for name in people)
    words = [rng.choice(_WORDS).replace(SOFT, "") for _ in range(rng.randint(5, 11))]
    title = " ".join(words).capitalize()
    year = rng.randint(1985, 1999)
    places = (
        f"In Proceedings of the Meeting on Invented Papers, pages {rng.randint(1, 80)} to 99",
        f"arXiv preprint arXiv:9912.{rng.randint(10000, 99999)}",
        f"Journal of Nowhere, {rng.randint(1, 40)}. doi:10.9999/none.{rng.randint(100, 999)}",
    )
    return f"{authors}. {year}. {title}. {rng.choice(places)}."
