"""Splits a list of references into its entries, and reads year, title and ids of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from statistics import median

from mllm_mine.fulltext.document import Reference
from mllm_mine.fulltext.joining import Vocabulary, join_lines
from mllm_mine.fulltext.pdf import Line

_BRACKET = re.compile(r"^\[(\d{1,4})\]")
_DOTTED = re.compile(r"^\(?(\d{1,4})[.)](?:\s|$)")
_PLAIN = re.compile(r"^(\d{1,4})\s+[A-Z]")
_ALPHA = re.compile(r"^\[[^\]\d][^\]]{0,40}\d{2,4}[a-z]?\]")
_LABEL = re.compile(r"^(?:\[([^\]]{1,40})\]|\(?(\d{1,4})[.)](?=\s|$))\s*")
_YEAR = re.compile(r"(?<![\d.:/–-])((?:19[3-9]|20[0-4])\d)[a-z]?(?![\d–:/]|\.\d|-\d)")
_OLD_YEAR = re.compile(r"[\s(]((?:1[6-8]\d|19[0-2])\d)(?=[a-z]?[.)](?:\s|$))")
_YEAR_APART = re.compile(
    r"\(\s*(?:[A-Z][a-z]+\.?,?\s+)?((?:19|20)\d\d)[a-z]?(?:[^)]{0,12})\)|[.,]\s((?:19|20)\d\d)[a-z]?\.\s"
)
_ARXIV = re.compile(
    r"(?:arXiv\s*[:.]?\s*(?:preprint)?\s*(?:arXiv)?\s*[:.]?\s*(?:abs/)?|arxiv\.\s?org/\s?(?:abs|pdf)/\s?|\babs/\s?)"
    r"(\d{4}\.\s?\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?",
    re.IGNORECASE,
)
_ARCHIVES = (
    r"(?:astro-ph|cond-mat|gr-qc|hep-(?:ex|lat|ph|th)|math(?:-ph)?|nucl-(?:ex|th)|quant-ph|physics"
    r"|nlin|cs|q-(?:bio|fin|alg)|stat|cmp-lg|alg-geom|dg-ga|chao-dyn|solv-int|adap-org|patt-sol)"
)
# Without "arXiv": an old id says enough by itself; a new one is told by brackets or its archive.
_BARE_ARXIV = re.compile(
    rf"(?<![\w./-])({_ARCHIVES}(?:\.[A-Z]{{2}})?/\s?\d{{7}})(?!\d)"
    rf"|(?<![\w./-]){_ARCHIVES}/(\d{{4}}\.\d{{4,5}})(?!\d)"
    r"|\[(\d{4}\.\d{4,5})(?:v\d+)?(?:\s*\[[\w.-]+\])?\]"
)
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>]+)")
_SENTENCE_END = re.compile(r"(?<=[^\s.])([.?!])(?:[”\"’'])?\s+(?=[^\sa-z]|ar[Xx]iv|https?:|doi)")
_QUOTED = re.compile(r"[“\"‘]([^”\"’]{8,400}?)[,.?!]?[”\"’]")
# LNCS: "Author, A., Other, B.: Title. Venue"
_COLON_STYLE = re.compile(r"^(?:[^:]{3,400}?\b[A-Z]\.(?:,? et al\.)?|[^:]{3,300}et al\.): (.+)")
# "Author, A. B., Other, C.-D., and Third, E."
_NAMES_WITH_INITIALS = re.compile(
    r"^(?:(?:and |& )?[^\W\d_][\w’'\-]*(?: [^\W\d_][\w’'\-]*){0,3},\s(?:[A-Z]\.[\s-]?)+"
    r"(?:,\s?|;\s?|\s?)(?:et al\.\s*)?)+"
)
_YEAR_BEFORE_TITLE = re.compile(r"\s\(?((?:19|20)\d\d)[a-z]?\)?[.,]\s+")
_VENUE_START = re.compile(r"^(?:In\s|URL\b|https?:|ar[Xx]iv|CoRR|Proceedings)")
_YEAR_AT_END = re.compile(r",\s+(?:19|20)\d\d[a-z]?$")
# "Phys. Rev", "RMxAA, 44, 149", "JCAP06(2007)025": references of physics give no titles.
_JOURNAL = re.compile(
    r"^(?:(?:Phys(?:ics)?|Rev(?:iews?)?|Lett|Class|Quant(?:um)?|Grav|Astrophys|Astron|Nucl|Mon|Not"
    r"|Ann|Proc|Trans|Commun|Comm|Math|Mod|Int|Eur|Adv|Acta|Bull|Chem|Sci|Res|J|Am|Soc|Roy|R|Rep"
    r"|ApJ|JCAP|JHEP|MNRAS|PRL|PRD)\b\.?\s?){1,6}(?:[A-Z]\b)?[\s\d:(),.L–-]*$"
    r"|^[A-Za-z.& ]{2,30},? \d+(?:\s?\(\d+\))?, [A-Z]?\d+"
)
_LAST_OF_FULL_NAMES = re.compile(r"\band [^\W\d_][\w’'-]+, [^.,]{0,30}?\b[A-Z]\. (?=[^\W\da-z])")
_ENTRY_START = re.compile(r"^(?:[A-ZÀ-ÞĀ-ŽŁ\[“\"]|[a-z]{1,3}\s[A-Z]|\d)")
_HANGING = (4.0, 45.0)  # points by which all lines of an entry but the first stand in


def split_references(
    rows: list[Line], vocabulary: Vocabulary, margin_of: Callable[[Line], tuple[int, float]]
) -> list[Reference]:
    """The entries of a reference list.

    Args:
        rows: the rows below its heading, in reading order.
        margin_of: the column of a row (any number) and the x of that column's left edge.
    """
    if not rows:
        return []
    starts = (
        _numbered_starts(rows, _BRACKET)
        or _labelled_starts(rows)
        or _numbered_starts(rows, _DOTTED)
        or _numbered_starts(rows, _PLAIN)
        or _author_year_starts(rows, margin_of)
    )
    entries: list[list[Line]] = []
    for place, row in enumerate(rows):
        if place in starts or not entries:
            entries.append([])
        entries[-1].append(row)
    references = [
        parse_reference(join_lines([row.text for row in entry], vocabulary), entry[0].page)
        for entry in entries
    ]
    return [reference for reference in references if len(reference.text) > 15]


def parse_reference(text: str, page: int = 0) -> Reference:
    """Reads one entry."""
    label = ""
    body = text
    if match := _LABEL.match(text):
        label = match[1] or match[2]
        body = text[match.end() :]
    return Reference(
        text=text,
        label=label,
        year=_year(body),
        title=_plausible(_title(body)),
        arxiv_id=_arxiv_id(body),
        doi=_doi(body),
        page=page,
    )


def _numbered_starts(rows: list[Line], pattern: re.Pattern[str]) -> set[int]:
    """Rows that begin with the next number of a sequence; empty when there is none."""
    starts: set[int] = set()
    expected = None
    for place, row in enumerate(rows):
        match = pattern.match(row.text)
        if match is None:
            continue
        number = int(match[1])
        if expected is None:
            if number > 3:
                continue
        elif not 0 <= number - expected <= 2:
            continue
        starts.add(place)
        expected = number + 1
    found_early = bool(starts) and min(starts) <= 4
    return starts if len(starts) >= 3 and found_early and len(starts) * 12 > len(rows) else set()


def _labelled_starts(rows: list[Line]) -> set[int]:
    starts = {place for place, row in enumerate(rows) if _ALPHA.match(row.text)}
    return (
        starts if len(starts) >= 3 and min(starts) <= 2 and len(starts) * 12 > len(rows) else set()
    )


def _author_year_starts(
    rows: list[Line], margin_of: Callable[[Line], tuple[int, float]]
) -> set[int]:
    """Entries without labels: told by their indent, or else by the room between them."""
    margins = _margins(rows, margin_of)
    by_indent = _starts_by_indent(rows, margins)
    by_gap = _starts_by_gap(rows, margins)
    by_words = _starts_by_words(rows)
    years = [len(_YEAR.findall(row.text)) or bool(_OLD_YEAR.search(row.text)) for row in rows]
    choices = [starts for starts in (by_indent, by_gap, by_words) if starts]
    return max(choices, key=lambda starts: _likelihood(rows, years, starts), default={0})


def _margins(rows: list[Line], margin_of: Callable[[Line], tuple[int, float]]) -> list[float]:
    """For each row, the left edge of the entries in its column on its page."""
    edges: dict[tuple[int, int], list[float]] = {}
    keys = []
    for row in rows:
        key = (row.page, margin_of(row)[0])
        keys.append(key)
        edges.setdefault(key, []).append(row.x0)
    left: dict[tuple[int, int], float] = {}
    for key, places in edges.items():
        counts = Counter(round(place) for place in places)
        most = max(counts.values())
        left[key] = float(min(place for place, count in counts.items() if count * 6 >= most))
    # A column with continuation lines only, or with few rows: its neighbours know better.
    offsets = [left[key] - margin_of(row)[1] for key, row in zip(keys, rows, strict=True)]
    usual = Counter(round(offset) for offset in offsets).most_common(1)[0][0]
    for key, row in zip(keys, rows, strict=True):
        if len(edges[key]) < 6:
            left[key] = margin_of(row)[1] + usual
    return [left[key] for key in keys]


def _starts_by_indent(rows: list[Line], margins: list[float]) -> set[int]:
    low, high = _HANGING
    starts = {
        place
        for place, (row, margin) in enumerate(zip(rows, margins, strict=True))
        if row.x0 - margin < low
    }
    hanging = sum(low <= row.x0 - margin <= high for row, margin in zip(rows, margins, strict=True))
    return starts if hanging * 5 >= len(rows) and starts else set()


def _starts_by_gap(rows: list[Line], margins: list[float]) -> set[int]:
    steps = [
        below.base - above.base
        for above, below in pairwise(rows)
        if 0 < below.base - above.base < 40
    ]
    if not steps:
        return set()
    usual = min(median(steps), _lower_quartile(steps) * 1.05)
    starts = {0}
    for place in range(1, len(rows)):
        above, row = rows[place - 1], rows[place]
        step = row.base - above.base
        if step <= 0 or row.page != above.page:
            if above.text.endswith((".", ")", "]")) and _ENTRY_START.match(row.text):
                starts.add(place)
        elif step > usual * 1.13 and _ENTRY_START.match(row.text):
            starts.add(place)
    return starts if len(starts) * 12 > len(rows) else set()


def _lower_quartile(steps: list[float]) -> float:
    return sorted(steps)[len(steps) // 4]


def _starts_by_words(rows: list[Line]) -> set[int]:
    """After a full stop at a short line, an author's name begins an entry."""
    right = max(row.x1 for row in rows)
    width = right - min(row.x0 for row in rows)
    starts = {0}
    for place in range(1, len(rows)):
        above, row = rows[place - 1], rows[place]
        closed = above.text[-1] in ".)" and (
            above.x1 < right - 0.06 * width or _YEAR.search(above.text[-8:])
        )
        if closed and re.match(r"^[A-ZÀ-Þ](?:[\w’'-]+,?|\.?) ", row.text):
            starts.add(place)
    return starts


def _likelihood(rows: list[Line], years: list[int], starts: set[int]) -> float:
    """How much a division looks like one into references: a year in each, few lines each."""
    bounds = [*sorted(starts | {0}), len(rows)]
    good = 0.0
    for begin, end in pairwise(bounds):
        found = sum(years[begin:end])
        size = end - begin
        good += (found > 0) * (1.0 if size <= 8 else 0.3) * (1.0 if found <= 3 else 0.5)
        good -= 0.6 * (found == 0)
        if not _ENTRY_START.match(rows[begin].text):
            good -= 0.6
    return good


def _year(text: str) -> int | None:
    cut = _ARXIV.sub(" ", text) if "arxiv" in text.lower() else text
    if "://" in cut:
        cut = re.sub(r"https?://\S+", " ", cut)
    if match := _YEAR_APART.search(cut):
        return int(match[1] or match[2])
    years = _YEAR.findall(cut)
    if not years:
        years = re.findall(r"\b((?:19[3-9]|20[0-4])\d)\b", cut) or _OLD_YEAR.findall(cut)
    return int(years[-1]) if years else None


def _title(text: str) -> str:
    if ("“" in text or '"' in text) and (match := _QUOTED.search(text)):
        return match[1].strip(" ,.")
    if ".: " in text and (match := _COLON_STYLE.match(text)):
        return _sentences(match[1])[0].strip(" .,")
    rest = text
    if match := _NAMES_WITH_INITIALS.match(text):
        rest = text[match.end() :]
        if year := re.match(r"^\(?(?:19|20)\d\d[a-z]?\)?[.,:]?\s+", rest):
            rest = rest[year.end() :]
        return _sentences(rest)[0].strip(" .,")
    if match := _YEAR_BEFORE_TITLE.search(text, 3):
        before, after = text[: match.start(1)], text[match.end() :]
        one_sentence = len(_sentences(before.rstrip(" .,("))) <= 2
        if one_sentence and len(after) > 12 and not _is_venue(before):
            return _sentences(after)[0].strip(" .,")
    parts = _sentences(text)
    if len(parts) >= 2 and not _VENUE_START.match(parts[1]):
        return parts[1].strip(" .,")
    # A title that begins with a small letter hides behind the authors' full stop.
    cut = re.search(r"(?<=[a-z]{2})\. (?=[a-z])", parts[0])
    # "…, and Hinton, Geoffrey E. Title": the last initial hides the end of the names.
    cut = cut or _LAST_OF_FULL_NAMES.search(parts[0])
    return parts[0][cut.end() :].strip(" .,") if cut else ""


def _plausible(title: str) -> str:
    """A title without the year that may follow it, or "" for a journal where no title is given."""
    title = _YEAR_AT_END.sub("", title)
    return "" if title[:1] == "[" or _JOURNAL.match(title) else title


def _is_venue(before: str) -> bool:
    """A year after "In Proceedings of …" is the venue's, with the title before it."""
    return bool(
        re.search(r"\b(?:In|Proceedings|Conference|Journal|arXiv|pp\.|pages|vol\.)\b", before)
    )


def _sentences(text: str) -> list[str]:
    """Cuts at full stops that end sentences, not at those of initials."""
    parts: list[str] = []
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        word = re.split(r"[\s,(~-]", text[begin : match.start(1)])[-1]
        if (
            match[1] == "."
            and (
                (len(word) == 1 and word.isalpha())
                or re.fullmatch(
                    r"(?:[A-Z]\.)+[A-Z]|Jr|St|vs|pp|vol|no|eds?|Proc|Int|Conf|J|al", word
                )
            )
            and word != "al"
        ):
            continue
        parts.append(text[begin : match.end(1)])
        begin = match.end()
    parts.append(text[begin:])
    return [part for part in parts if part.strip()]


def _arxiv_id(text: str) -> str:
    match = _ARXIV.search(text) if "arxiv" in text.lower() or "abs/" in text else None
    if match is None and ("/" in text or "[" in text):
        match = _BARE_ARXIV.search(text)
    return next(part for part in match.groups() if part).replace(" ", "") if match else ""


def _doi(text: str) -> str:
    if "10." not in text:
        return ""
    match = _DOI.search(re.sub(r"(doi\.\s?org/)\s", r"\1", text))
    return match[1].rstrip(".,;)]}") if match else ""
