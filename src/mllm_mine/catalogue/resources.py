"""Resources that papers name without a link: the survey's list, and what the field uses most."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

_ABOUT_DATA = re.compile(r"\b(?:data|datasets?|corp(?:us|ora)|collections?)\b", re.I)
_START = re.compile(r"(?<![\w.-])(?:[^\W_]{2}|[A-Z](?=[- ][A-Z]))")
_IN_URL = re.compile(r"[^\s/]*[.:/][^\s]*/$|^/$|\s/$")
_END = r"(?!\w|/(?![A-Z])|-\w|\.\d)"
_MODEL_END = r"(?!\w|/(?![A-Z])|-(?!based\b)\w|\.\d)"
_VERSION = re.compile(r"[ -](?:[A-Z][a-z]+[ -])?\d(?:\.\d)?(?=[\s,;:)-]|\.\s|\.?$)")
# A model's size, and what kind of a version of it this is: Llama-2-7B-Chat, mT5 XXL, XLM-R_base.
_SIZE = (
    r"(?:[-_ ]?(?P<size>(?:\d{1,2}x)?\d{1,4}(?:\.\d{1,2})?[BM]\d?(?:-A\d{1,3}B)?"
    r"|(?:tiny|small|base|medium|large|xl|xxl|huge)(?=$|[^\w]|-v\d)))?"
    r"(?:[- ](?:v\d(?:\.\d)?|instruct|instruction|it|chat|base|mt|hf|preview|pretrained|turbo))*"
)


@dataclass(frozen=True, slots=True)
class KnownResource:
    """A resource of the bundled list.

    Attributes:
        ambiguous: whether the name is also a word or another name, so that it must be written
            as here, and the sentence of a data set speak of data.
        aliases: what else it is called, beyond hyphens, spaces and case.
    """

    name: str
    kind: str
    url: str
    stage: str
    origin: str
    ambiguous: bool
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """The name of a listed resource in a text.

    Attributes:
        size: of a model, as far as the text gives it (``7B``, ``large``), or "".
        start, end: where it stands.
    """

    known: KnownResource
    size: str
    start: int
    end: int


@cache
def _known() -> dict[str, KnownResource]:
    text = files("mllm_mine.catalogue").joinpath("resources.csv").read_text(encoding="utf-8")
    found: dict[str, KnownResource] = {}
    for row in csv.DictReader(text.splitlines()):
        known = KnownResource(
            name=row["name"],
            kind=row["kind"],
            url=row["url"],
            stage=row["stage"],
            origin=row["origin"],
            ambiguous=row["ambiguous"] == "yes",
            aliases=tuple(filter(None, row["aliases"].split("|"))),
        )
        found.update({_key(name): known for name in (known.name, *known.aliases)})
    return found


@cache
def _versioned() -> frozenset[str]:
    """Models of which there are numbered versions: ``Qwen`` is not Qwen 4."""
    families = {
        re.split(r"(?<=\D)(?=\d)", key, maxsplit=1)[0] for key in _known() if key[-1].isdigit()
    }
    return frozenset(known.name for key, known in _known().items() if key in families)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """By the first two letters of a name, so that a text is read quickly with a long list."""
    spellings: dict[str, set[tuple[str, str]]] = {}
    for known in _known().values():
        for name in (known.name, *known.aliases):
            spellings.setdefault(_first(name), set()).add((known.kind, _spellings(name)))
    patterns = {}
    for first, parts in spellings.items():
        longest = sorted(parts, key=lambda part: (-len(part[1]), part))
        models = "|".join(part for kind, part in longest if kind == "model") or "(?!)"
        others = "|".join(part for kind, part in longest if kind != "model") or "(?!)"
        patterns[first] = re.compile(
            rf"(?P<model>{models}){_SIZE}{_MODEL_END}|(?P<other>{others}){_END}", re.I
        )
    return patterns


@lru_cache(maxsize=65_536)  # asked for each word of a text, and always the same few
def _pattern_of(letters: str) -> re.Pattern[str] | None:
    """The pattern of the names that begin with the first letters of these."""
    return _patterns().get(_first(letters))


def _spellings(name: str) -> str:
    """A hyphen, a space or nothing between the parts of a name are all in use."""
    parts = re.sub(r"\\-|\\ ", "[- ]?", re.escape(name))
    return re.sub(r"(?<=[^\W\d_])(?=\d)", "[-'’ ]?", parts)


def _first(name: str) -> str:
    return _key(name)[:2]


def known_resource(name: str) -> KnownResource | None:
    """The entry of the list with this name, however it is written."""
    return _known().get(_key(name))


def find_named(text: str) -> Iterator[Named]:
    """Listed resources that a text names, in order; a name in lower case is no name."""
    place = 0
    while start := _START.search(text, place):
        place = start.end()
        pattern = _pattern_of(text[start.start() : start.start() + 3])
        if pattern is None:
            continue
        if text[start.start() - 1 : start.start()] == "/" and _IN_URL.search(
            text[max(0, start.start() - 80) : start.start()]
        ):
            continue
        match = pattern.match(text, start.start())
        if match is None:
            continue
        written = match["model"] or match["other"]
        known = _known()[_key(written)]
        place = match.end()
        if written.islower() and not (known.name.islower() or re.search(r"\d", written)):
            continue
        if known.name in _versioned() and _VERSION.match(text, match.end("model")):
            continue  # a version that is not on the list
        if known.ambiguous and written not in (known.name, *known.aliases):
            continue
        yield Named(known, _size(match["size"] or ""), match.start(), match.end())


def _size(written: str) -> str:
    """``7B1`` is 7.1B; words are in lower case."""
    if not written[:1].isdigit():
        return written.lower()
    return re.sub(r"^(\d+)B(\d)$", r"\1.\2B", written.upper().replace("X", "x"))


def known_resources_in(sentence: str) -> Iterator[tuple[str, str]]:
    """Names and kinds of listed resources in a sentence."""
    for named in find_named(sentence):
        known = named.known
        if known.ambiguous and known.kind == "dataset" and not _ABOUT_DATA.search(sentence):
            continue
        yield known.name, known.kind


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum() or letter == "+")
