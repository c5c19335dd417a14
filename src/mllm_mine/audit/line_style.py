"""Learns how a Markdown list writes its lines, and writes new ones the same way.

Each line that names an arXiv paper becomes a template: title, id, year, month, authors and code
are taken out, and what is left is how the list writes. The template that most lines share is
the list's style.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllm_mine.paper import is_arxiv_id, submission_month
from mllm_mine.reports.citation import split_name, year

if TYPE_CHECKING:
    from mllm_mine.audit.survey_list import ListEntry
    from mllm_mine.paper import Paper

PLAIN = (
    "- [⟦year⟧] **⟦title⟧**, ⟦first⟧ et al. [[paper]](https://arxiv.org/abs/⟦id⟧)"
    "⟪ [[code]](⟦code⟧)⟫"
)
"""The style where a list has none to learn. ⟦⟧ hold fields, ⟪⟫ what goes without code."""

_LINK = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\[\]]*\](?:\([^()]*\))?)*\]\(([^()\s]+)[^()]*\)|<a\b.*?</a>"
)
_BEFORE = re.compile(r"[ \t]*(?:[,·/&-][ \t]*)?$")
_CODE_HOST = re.compile(r"https?://(?:www\.)?(?:github|gitlab|bitbucket)\.\w+/[^\s)\]\"'>]+", re.I)
_DATE = re.compile(r"(?<![\d/.⟦])((?:19|20)\d\d)(?:([-/.])(0[1-9]|1[0-2]))?(?![\d⟧]|\.\d)")
_WORD = (
    r"(?:[^\W\d_]\.|[^\W\d_](?:[\w'’-]|\.(?=[\w-]))*)"  # an initial, or a word without full stop
)
_ET_AL = re.compile(rf"{_WORD}(?: {_WORD}){{0,2}}?(?=,? et al\b)")
_NAME = rf"(?=[A-Z\u00c0-\u024f]){_WORD}(?: {_WORD}){{1,4}}"
_NAMES = re.compile(rf"{_NAME}(?:, {_NAME})+(?:,? (?:and|&) {_NAME})?|{_NAME} (?:and|&) {_NAME}")
_FIELD = re.compile(r"⟦(\w+)⟧")
_OPTIONAL = re.compile(r"⟪(.*?)⟫")
_LEFT_WORD = re.compile(r"[^\W\d_]{2,}")
_STYLE_WORDS = frozenset(
    (
        *("paper", "pdf", "arxiv", "abs", "link", "code", "github", "project", "page", "html"),
        *("preprint", "et", "al", "https", "http", "www", "org"),
    )
)
_FEWEST = 2  # lines that share a template; one alone may be a chance
_SHOWN_AUTHORS = 6


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a list writes a paper; fields stand in ⟦⟧, what goes without code in ⟪⟫."""

    template: str

    @property
    def without_code(self) -> str:
        """The template of a paper without code."""
        return _OPTIONAL.sub("", self.template)

    def line(self, paper: Paper, code: str = "") -> str:
        """A paper as a line of the list.

        Args:
            code: where its code is, or "".
        """
        template = self.template if is_arxiv_id(paper.arxiv_id) else PLAIN.split(" [[paper]]")[0]
        authors = [split_name(name) for name in paper.authors]
        names = list(paper.authors)
        if len(names) > _SHOWN_AUTHORS:
            names = [*names[: _SHOWN_AUTHORS - 1], "et al."]
        in_table = template.lstrip().startswith("|")
        fields = {
            "title": _escaped(paper.title, in_table),
            "id": paper.arxiv_id,
            "year": year(paper) or submission_month(paper.arxiv_id)[:4],
            "month": (paper.published or submission_month(paper.arxiv_id))[5:7],
            "first": authors[0].family if authors else "",
            "authors": ", ".join(names),
            "code": code,
            "repository": "/".join(code.split("/")[3:5]),
        }
        template = _OPTIONAL.sub(lambda match: match[1] if code else "", template)
        if not authors:
            template = re.sub(r"[,·]?\s*⟦first⟧,? et al\.?", "", template)
        return _FIELD.sub(lambda match: fields[match[1]], template)


def learn_style(entries: Iterable[ListEntry]) -> LineStyle | None:
    """The style that most of the lines share; None when there is none to learn.

    Lines that say more than fields (a remark, a venue) agree with no other, and so do not count.
    """
    counts: Counter[str] = Counter()
    richest: dict[str, str] = {}
    for entry in entries:
        template = _template(entry)
        if template is None:
            continue
        bare = _OPTIONAL.sub("", template)
        counts[bare] += 1
        if len(template) > len(richest.get(bare, bare)) or bare not in richest:
            richest[bare] = template
    if not counts:
        return None
    # Of equally common ones, that with fewest words of its own, then the last.
    best = max(reversed(counts), key=lambda bare: (counts[bare], -len(_own_words(bare))))
    if counts[best] < _FEWEST and _own_words(best):
        return None
    return LineStyle(richest[best])


def _template(entry: ListEntry) -> str | None:
    """A line with its fields taken out; None where the paper's title or id is not in it."""
    if not entry.arxiv_id or not entry.title:
        return None
    words = entry.title.split()
    title = re.compile(r"[\s*_`]+".join(map(re.escape, words)))
    line = title.sub("⟦title⟧", entry.text.rstrip(), count=1)
    line = re.sub(re.escape(entry.arxiv_id) + r"(?:v\d+)?", "⟦id⟧", line)
    if "⟦title⟧" not in line or "⟦id⟧" not in line:
        return None
    line = _with_optional_code(line)
    line = _ET_AL.sub("⟦first⟧", line)
    line = "".join(
        part if part.startswith(("⟦", "⟪", "](", "http")) else _NAMES.sub("⟦authors⟧", part)
        for part in re.split(r"(⟦\w+⟧|⟪.*?⟫|\]\([^)]*\)|https?://[^\s)]+)", line)
    )
    return _DATE.sub(lambda match: "⟦year⟧" + f"{match[2]}⟦month⟧" * bool(match[3]), line)


def _with_optional_code(line: str) -> str:
    """Marks the link to code as one that other papers may lack, and drops other links."""
    parts: list[str] = []
    end = 0
    code = _CODE_HOST.search(line)
    repository = "/".join(code[0].split("/")[3:5]) if code else ""
    for match in _LINK.finditer(line):
        if "⟦id⟧" in match[0] or "⟦title⟧" in match[0]:
            continue
        before = line[end : match.start()]
        separator = _BEFORE.search(before)
        cut = separator.start() if separator else len(before)
        parts.append(before[:cut])
        if code and repository in match[0]:  # a badge that counts its stars, too
            slot = match[0].replace(code[0], "⟦code⟧").replace(repository, "⟦repository⟧")
            parts.append(f"⟪{before[cut:]}{slot}⟫")
        end = match.end()
    return "".join(parts) + line[end:]


def _own_words(template: str) -> list[str]:
    """Words of a template that are neither fields nor what links are called."""
    words = _LEFT_WORD.findall(_FIELD.sub(" ", template))
    return [word for word in words if word.lower() not in _STYLE_WORDS]


def _escaped(title: str, in_table: bool) -> str:
    plain = " ".join(title.split()).replace("[", "\\[").replace("]", "\\]")
    return plain.replace("|", "\\|") if in_table else plain
