"""Finds the headings of sections: numbered, unnumbered and of appendices."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from mllm_mine.fulltext.layout import Metrics, Run
from mllm_mine.fulltext.pdf import Line

_NUMBERED = re.compile(
    r"^(?P<number>(?:Appendix|APPENDIX)\s+[A-Z](?:\.\d+)*|\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){1,3}"
    r"|[A-Z](?=[.)]?\s)|[IVX]{1,5}(?=\.))(?P<dot>[.:)]?)\s+(?P<title>\S.*)$"
)
_KNOWN = re.compile(
    r"^(?:abstract|summary|introduction|background|related works?|prior work|motivation|"
    r"method(?:s|ology)?|approach|experiments?|experimental (?:set-?up|results)|evaluation|"
    r"results?|results and discussion|discussions?|analysis|conclusions?|conclusions? and .{3,30}|"
    r"discussion and .{3,30}|limitations?|limitations and .{3,30}|ethic(?:s|al) .{3,40}|ethics|"
    r"ethics statement|broader impacts?|impact statement|reproducibility(?: statement)?|"
    r"acknowledge?ments?|references|bibliography|literature cited|appendix|appendices|"
    r"supplementary materials?|author contributions?|contributions|future work|"
    r"(?:appendix|appendices|supplementa\w+ materials?)\b.{0,140}|"
    r"data availability(?: statement)?|funding|conflicts? of interest|preliminaries|overview|"
    r"keywords|index terms|contents|materials and methods|notation)$",
    re.IGNORECASE,
)
_SPACED_CAPITALS = re.compile(r"\b([A-Z]) (?=[A-Z]{2,})")
_NOT_ALNUM = re.compile(r"[\W_]+")
_NO_HEADING = re.compile(
    r"^(?:Key ?words|Index Terms|CCS|Figure|Fig\.|Table|Algorithm|Listing)\b", re.I
)
_LONGEST = 160
_REFERENCES = re.compile(r"^(?:references|bibliography|literature cited|works cited)$", re.I)
_ABSTRACT = re.compile(r"^(?:abstract|summary)$", re.IGNORECASE)


@dataclass(slots=True)
class Heading:
    """A heading with the rows it stands in."""

    rows: list[Line]
    number: str
    title: str
    level: int
    page: int


@dataclass(slots=True)
class Outline:
    """The PDF's own table of contents, when it has one."""

    entries: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Level (from 1) and page by the title's letters and digits."""

    @classmethod
    def of(cls, toc: list[list[object]]) -> Outline:
        """From PyMuPDF's ``get_toc()``: level, title and page of each entry."""
        outline = cls()
        for level, title, page in toc:
            key = bare(_without_number(str(title)))
            if key and isinstance(level, int) and isinstance(page, int):
                outline.entries.setdefault(key, (level, page))
        return outline

    def level(self, title: str, page: int) -> int:
        """The level of a heading on this page (or its neighbours), or 0 when it lists none."""
        if not self.entries:
            return 0
        level, listed = self.entries.get(bare(title), (0, 0))
        return level if level and abs(listed - page) <= 1 else 0


def bare(title: str) -> str:
    """A title's letters and digits, for comparison."""
    if title.isascii():
        return _NOT_ALNUM.sub("", title.lower())
    return _NOT_ALNUM.sub("", unicodedata.normalize("NFKC", title).casefold())


def is_references(title: str) -> bool:
    """Whether a heading begins the list of references."""
    return bool(_REFERENCES.match(title.strip(" .:")))


def is_abstract(title: str) -> bool:
    """Whether a heading begins the abstract."""
    return bool(_ABSTRACT.match(title.strip(" .:")))


def find_headings(
    runs: list[Run], metrics: Metrics, outline: Outline, join: Callable[[list[str]], str]
) -> list[Heading]:
    """All headings of a document, in order.

    First come those that are sure: in the PDF's outline, numbered in sequence, or well known and
    set apart. Their type then tells the unnumbered ones.

    Args:
        join: makes one text of the lines of a heading.
    """
    found = [heading for run in runs for heading in _sure_headings(run, metrics, outline, join)]
    found = _in_sequence(_without_contents(_after_title(found)))
    styles = _styles(found, runs, metrics)
    taken = {id(row) for heading in found for row in heading.rows}
    more = [heading for run in runs for heading in _alike(run, styles, taken, metrics, join)]
    if more:
        order = {id(row): place for place, row in enumerate(r for run in runs for r in run.rows)}
        found = sorted([*found, *more], key=lambda heading: order[id(heading.rows[0])])
    _set_levels(found, metrics)
    return found


def _without_number(text: str) -> str:
    match = _NUMBERED.match(text)
    return match["title"] if match else text


def _sure_headings(
    run: Run, metrics: Metrics, outline: Outline, join: Callable[[list[str]], str]
) -> list[Heading]:
    found: list[Heading] = []
    rows = run.rows
    skip_to = 0
    full, near = run.right - 0.06 * run.width, run.left + 10
    for place, row in enumerate(rows):
        text = row.text
        if place < skip_to or len(text) > _LONGEST or not text[0].isalnum():
            continue
        stands_out = _stands_out(row, metrics)
        if not stands_out and row.x1 > full and row.x0 < near:
            continue
        match = _NUMBERED.match(text)
        title = match["title"] if match else text
        if not match and not stands_out and not _could_be_known(row, run):
            continue
        listed = outline.level(title, row.page)
        if not listed and not stands_out and not _set_apart(rows, place, run, metrics):
            continue
        extent = _extent(rows, place, run, metrics, outline, title)
        whole = join([title, *(line.text for line in rows[place + 1 : place + extent])])
        whole = _SPACED_CAPITALS.sub(r"\1", whole)
        if match and _plausible_title(whole, match["number"], row, metrics, bool(listed)):
            number = re.sub(r"^(?:Appendix|APPENDIX)\s+", "", match["number"])
        elif listed or _KNOWN.match(whole.strip(" .:")):
            number, whole = "", _SPACED_CAPITALS.sub(r"\1", text) if extent == 1 else whole
        else:
            continue
        found.append(Heading(rows[place : place + extent], number, whole, listed, row.page))
        skip_to = place + extent
    return found


def _could_be_known(row: Line, run: Run) -> bool:
    return len(row.text) < 42 and row.x1 < run.right - 0.2 * run.width


def _stands_out(row: Line, metrics: Metrics) -> bool:
    """Bold, larger, in capitals, or in a type of its own."""
    if row.bold or row.size > metrics.size + 0.8:
        return True
    if len(row.text) > 5 and row.text.isupper():
        return True
    return row.italic or "CSC" in row.font or "SmallCap" in row.font or "SC" in row.font[-4:]


def _set_apart(rows: list[Line], place: int, run: Run, metrics: Metrics) -> bool:
    """Whether a row has more room above than rows of a paragraph have."""
    row = rows[place]
    if row.x1 > run.right - 0.08 * run.width and row.x0 < run.left + 10:
        return False
    above = place == 0 or row.base - rows[place - 1].base > 1.4 * metrics.pitch
    below = place + 1 == len(rows) or rows[place + 1].base - row.base > 1.15 * metrics.pitch
    return above and below and row.size >= metrics.size - 0.3


def _extent(
    rows: list[Line], place: int, run: Run, metrics: Metrics, outline: Outline, title: str
) -> int:
    """How many rows a heading has."""
    if outline.level(title, rows[place].page):
        return 1
    extent = 1
    while place + extent < len(rows) and extent < 4:
        row, last = rows[place + extent], rows[place + extent - 1]
        same_type = row.font == last.font and abs(row.size - last.size) < 0.6
        if (
            not same_type
            or not _stands_out(row, metrics)
            or row.base - last.base > 1.45 * max(last.size, metrics.size) * 1.2
            or _NUMBERED.match(row.text)
            or last.x1 < run.right - 0.35 * run.width
        ):
            break
        extent += 1
        longer = " ".join([title, *(line.text for line in rows[place + 1 : place + extent])])
        if outline.level(longer, rows[place].page):
            break
    return extent


def _plausible_title(title: str, number: str, row: Line, metrics: Metrics, listed: bool) -> bool:
    if listed:
        return True
    if len(title) > 120 or title[-1] in ",;" or (title[-1] == "." and len(title) > 60):
        return False
    if (
        not title[0].isupper()
        and not (title[0].isdigit() or title[0] in "“\"'(")
        and row.size < metrics.size + 0.8
    ):
        return False
    letters = sum(letter.isalpha() for letter in title)
    if letters < 2 or letters * 2 < len(title):
        return False
    if number.isalpha() and len(number) == 1 and not (row.bold or row.size > metrics.size + 0.8):
        return row.italic or title.isupper()
    return True


def _after_title(found: list[Heading]) -> list[Heading]:
    """Nothing above the abstract or the introduction on page 1 is a section."""
    for place, heading in enumerate(found):
        if heading.page > 1:
            break
        if is_abstract(heading.title) or re.match(r"introduction$", heading.title, re.I):
            return found[place:]
    return found


def _without_contents(found: list[Heading]) -> list[Heading]:
    """Drops the lines of a printed table of contents: they end with the number of a page."""
    if not any(re.match(r"(?:table of )?contents$", h.title, re.IGNORECASE) for h in found):
        return found
    return [heading for heading in found if not re.search(r"[\s.]\d{1,3}$", heading.title)]


def _in_sequence(found: list[Heading]) -> list[Heading]:
    """Drops numbered "headings" that do not count on from the ones before (rows of tables)."""
    kept: list[Heading] = []
    last: tuple[int, ...] = ()
    last_letter = ""
    roman_seen = any(re.fullmatch(r"II|III|IV", heading.number) for heading in found)
    for heading in found:
        if not heading.number or heading.level:
            kept.append(heading)
            parts = _parts(heading.number)
            if heading.number and parts:
                last = parts
            elif heading.number and heading.number[0].isalpha():
                last_letter = heading.number[0]
            continue
        parts = _parts(heading.number)
        if parts:
            if _follows(last, parts):
                kept.append(heading)
                last = parts
            continue
        letter = heading.number[0]
        forward = ord(letter) - ord(last_letter or "@")
        if len(heading.number) > 1 and re.fullmatch(r"[IVX]+", heading.number):
            kept.append(heading)
            last_letter = ""  # IEEE begins again with A in every section
        elif (len(heading.number) == 1 and forward in (1, 2)) or (
            len(heading.number) > 1 and forward in (0, 1)
        ):
            kept.append(heading)
            last_letter = letter
        elif letter in "IVX" and not last_letter:
            kept.append(heading)
        elif letter in "IVX" and roman_seen:
            kept.append(heading)
            last_letter = ""
    return kept


def _parts(number: str) -> tuple[int, ...]:
    pieces = number.split(".")
    return tuple(int(piece) for piece in pieces) if all(p.isdigit() for p in pieces) else ()


def _follows(last: tuple[int, ...], parts: tuple[int, ...]) -> bool:
    if not last:
        return parts[0] in (0, 1)
    if parts[0] == last[0]:
        return len(parts) > 1 and parts > last
    return 0 < parts[0] - last[0] <= (2 if len(parts) == 1 else 1)


def _styles(found: list[Heading], runs: list[Run], metrics: Metrics) -> set[tuple[str, float]]:
    """Type that headings are set in: that of sure ones, and bold larger type of lone rows."""
    counts: Counter[tuple[str, float]] = Counter()
    for heading in found:
        row = heading.rows[0]
        widest = max(row.cells or [row], key=lambda cell: cell.x1 - cell.x0)
        if widest.bold or widest.size > metrics.size + 0.8 or widest.font != metrics.font:
            counts[widest.font, round(widest.size)] += 1
    for run in runs:
        for place, row in enumerate(run.rows):
            larger = row.bold and row.size > metrics.size + 0.7 and row.page > 1
            if larger and _stands_alone(run.rows, place, run, metrics):
                counts[row.font, round(row.size)] += 1
    return {style for style, count in counts.items() if count >= 2}


def _alike(
    run: Run,
    styles: set[tuple[str, float]],
    taken: set[int],
    metrics: Metrics,
    join: Callable[[list[str]], str],
) -> list[Heading]:
    """Rows alone in the type of known headings."""
    found: list[Heading] = []
    rows = run.rows
    skip_to = 0
    for place, row in enumerate(rows):
        if (
            place < skip_to
            or (row.font, round(row.size)) not in styles
            or id(row) in taken
            or not 4 <= len(row.text) <= 90
            or not row.text[0].isupper()
            or row.text[-1] in ".,;:"
            or _NO_HEADING.match(row.text)
            or len(row.cells) > 2
            or not _stands_alone(rows, place, run, metrics)
            or sum(map(str.isalpha, row.text)) * 2 <= len(row.text)
        ):
            continue
        extent = _extent(rows, place, run, metrics, Outline(), row.text)
        own = rows[place : place + extent]
        title = _SPACED_CAPITALS.sub(r"\1", join([line.text for line in own]))
        found.append(Heading(own, "", title, 0, row.page))
        skip_to = place + extent
    return found


def _stands_alone(rows: list[Line], place: int, run: Run, metrics: Metrics) -> bool:
    """Whether there is room around a row, and other type below it."""
    row = rows[place]
    above = place == 0 or row.base - rows[place - 1].base > 1.25 * metrics.pitch
    below = place + 1 < len(rows) and (
        rows[place + 1].font != row.font
        or rows[place + 1].base - row.base > 1.5 * metrics.pitch
        or row.x0 > run.left + 20  # the first row of several, centred
    )
    full = row.x1 > run.right - 0.06 * run.width and row.x0 < run.left + 10
    return above and below and not full


def _set_levels(found: list[Heading], metrics: Metrics) -> None:
    by_style: dict[tuple[str, float], int] = {}
    for heading in found:
        row = heading.rows[0]
        if heading.number:
            roman_or_letter = heading.number.count(".") + 1
            heading.level = roman_or_letter
            if row.italic and heading.number.isalpha() and len(heading.number) == 1:
                heading.level = 2
        if heading.level:
            by_style.setdefault((row.font, round(row.size)), heading.level)
    for heading in found:
        if not heading.level:
            row = heading.rows[0]
            known = bool(_KNOWN.match(heading.title.strip(" .:")))
            heading.level = by_style.get((row.font, round(row.size)), 1 if known else 2)
