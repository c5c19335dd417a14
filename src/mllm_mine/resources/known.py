"""Resources that papers name without a link: the survey's list, and what the field uses most."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_ABOUT_DATA = re.compile(r"\b(?:data|datasets?|corp(?:us|ora)|collections?)\b", re.I)


@dataclass(frozen=True, slots=True)
class KnownResource:
    """A resource of the bundled list.

    Attributes:
        ambiguous: whether the name is also a word or another name, so that it must be written
            as here, and the sentence of a data set speak of data.
    """

    name: str
    kind: str
    url: str
    stage: str
    origin: str
    ambiguous: bool


@cache
def _known() -> dict[str, KnownResource]:
    text = files("mllm_mine.resources").joinpath("known.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    listed = (
        KnownResource(**{**row, "ambiguous": row["ambiguous"] == "yes"})  # type: ignore[arg-type]
        for row in rows
    )
    return {_key(known.name): known for known in listed}


@cache
def _pattern() -> re.Pattern[str]:
    # A hyphen, a space or nothing between the parts of a name are all in use.
    names = sorted((known.name for known in _known().values()), key=len, reverse=True)
    parts = (re.sub(r"(?:\\-|\\ )", r"[- ]?", re.escape(name)) for name in names)
    return re.compile(rf"(?<![\w/.-])(?:{'|'.join(parts)})(?![\w/]|-\w)", re.I)


def known_resource(name: str) -> KnownResource | None:
    """The entry of the list with this name, however it is written."""
    return _known().get(_key(name))


def known_resources_in(sentence: str) -> Iterator[tuple[str, str]]:
    """Names and kinds of listed resources in a sentence; a name in lower case is no name."""
    for match in _pattern().finditer(sentence):
        known = _known()[_key(match[0])]
        if match[0].islower():
            continue
        if known.ambiguous and match[0] != known.name:
            continue
        if known.ambiguous and known.kind == "dataset" and not _ABOUT_DATA.search(sentence):
            continue
        yield known.name, known.kind


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
