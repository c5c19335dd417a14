"""The title and the abstract."""

from __future__ import annotations

import re

from mllm_mine.fulltext.headings import bare, is_abstract
from mllm_mine.fulltext.joining import Vocabulary, join_lines
from mllm_mine.fulltext.layout import Metrics
from mllm_mine.fulltext.paragraphs import Block
from mllm_mine.fulltext.pdf import Line, Page

_RUN_IN = re.compile(r"^(?:Abstract|ABSTRACT|A BSTRACT|Summary)\s*(?:[—–:.\-]+|(?=\s[A-Z]))\s*")
_AFTER = re.compile(
    r"^(?:Key ?words|Keywords and phrases|KEYWORDS|Index [Tt]erms|INDEX TERMS|CCS [Cc]oncepts|"
    r"ACM Reference|Categories and Subject|General Terms|PACS|MSC|JEL|Code:|Correspondence:|"
    r"\d+\.?\s+Introduction|I\.\s+I|Introduction$|Date:|Website:|GitHub:|Project [Pp]age:|"
    r"Subject [Cc]lassification|Mathematics Subject)(?!\w)"
)
_NO_TITLE = re.compile(
    r"^(?:arXiv:|Journal of|Proceedings|Vol\.|https?://|www\.|Published|Preprint)"
)
_SPACED = re.compile(r"\b([A-Z]) (?=[A-Z]{2,})")
_LONGEST_ABSTRACT = 900  # words
_SHORTEST_ABSTRACT = 40


def find_title(page: Page, metrics: Metrics, rows: list[Line], metadata_title: str) -> str:
    """The title: what the file's metadata say if the first page says the same, or the largest type.

    Args:
        rows: of the first page, in reading order.
    """
    top = [row for row in rows if row.y0 < 0.62 * page.height and not _NO_TITLE.match(row.text)]
    key = bare(metadata_title)
    if len(key) > 12 and key in bare(" ".join(row.text for row in top)):
        return " ".join(metadata_title.split())
    candidates = [row for row in top if sum(map(str.isalpha, row.text)) >= 4]
    sizes = sorted({round(row.size * 2) / 2 for row in candidates}, reverse=True)
    titles = [
        (title[0].base, join_lines([row.text for row in title], Vocabulary([])))
        for size in sizes
        if size >= max(metrics.size - 0.3, 0.7 * sizes[0]) and (title := _rows_of_size(top, size))
    ]
    # The highest of the large types: below it, pictures may have larger ones.
    for _, text in sorted(titles):
        sentence = text[-1] == "." and len(text.split()) > 12
        if 8 <= len(text) < 400 and not sentence and not is_abstract(text):
            return _unspaced(text)
    return ""


def _rows_of_size(rows: list[Line], size: float) -> list[Line]:
    """The first rows of a size that follow one another."""
    title: list[Line] = []
    for row in rows:
        alike = abs(row.size - size) <= 0.75
        if title and not (alike and 0 < row.base - title[-1].base < 2.2 * size):
            if alike and abs(row.base - title[-1].base) < 3:
                continue
            break
        if alike:
            title.append(row)
    return title


def _unspaced(title: str) -> str:
    """Capitals and small capitals come as "A TTENTION I S"; "A STUDY" alone is what it says."""
    joined, times = _SPACED.subn(r"\1", title)
    return joined if times > 1 or title.count(" ") == 1 else title


def find_abstract(blocks: list[Block], first_heading: int | None) -> str:
    """The abstract, without its heading.

    Args:
        blocks: of the whole document, in order, their texts joined.
        first_heading: place of the first heading other than the abstract's, or None.
    """
    for place, block in enumerate(blocks[:60]):
        if block.page > 3:
            break
        if block.kind == "heading" and is_abstract(_unspaced(block.text)):
            return _until_end(blocks, place + 1, "")
        if block.kind == "text" and (match := _RUN_IN.match(block.text)):
            rest = block.text[match.end() :]
            if rest or (place + 1 < len(blocks)):
                return _until_end(blocks, place + 1, rest)
    return _without_heading(blocks, first_heading)


def _until_end(blocks: list[Block], place: int, text: str) -> str:
    """The paragraphs up to the next heading or the keywords."""
    parts = [text] if text else []
    for block in blocks[place : place + 25]:
        if block.kind == "heading" or _AFTER.match(block.text):
            break
        if block.kind != "text":
            continue
        if sum(len(part.split()) for part in parts) + len(block.text.split()) > _LONGEST_ABSTRACT:
            break
        parts.append(block.text)
    return _cut_keywords("\n".join(parts))


def _cut_keywords(text: str) -> str:
    cut = re.search(r"\s(?:Key ?words|Index Terms|KEYWORDS|CCS Concepts)\s*(?:[:—–-]|\b)", text)
    return text[: cut.start()].strip() if cut and cut.start() > 200 else text.strip()


def _without_heading(blocks: list[Block], first_heading: int | None) -> str:
    """Papers that do not call it so: the last long paragraph of page 1 before the first heading."""
    if first_heading is None:
        return ""
    long = [
        block.text
        for block in blocks[:first_heading]
        if block.kind == "text"
        and block.page == 1
        and len(block.text.split()) >= _SHORTEST_ABSTRACT
        and block.text.count("@") < 2
    ]
    return long[-1] if long else ""
