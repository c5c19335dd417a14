"""Takes entries out of an answer that the index holds as they stand, so that nobody reads them.

Reading an entry costs a hundred times what comparing its bytes does, and of the papers of three
weeks that come again each night nearly all are the same, byte for byte.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from mllm_mine import __version__
from mllm_mine.errors import InputFileError
from mllm_mine.paper import parse_paper_id
from mllm_mine.source.xml_stream import is_utf8

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.index.entries import KnownPaper

_RULES = f"{__version__} 1".encode()
"""Another version may read the same bytes otherwise. Raise the number with the rules of reading."""

_BEGIN, _END = b"<entry>", b"</entry>"  # as arXiv writes them
_ID = re.compile(rb"<id>\s*([^<>&\s]+)\s*</id>")


@dataclass(frozen=True, slots=True)
class NewEntries:
    """What is left of an answer.

    Attributes:
        body: the answer without the entries that are known; its lines keep their numbers.
        known: the papers of those.
        digests: of the entries that are left, by the ids of their papers.
    """

    body: bytes
    known: list[KnownPaper] = field(default_factory=list)
    digests: dict[str, bytes] = field(default_factory=dict)


def new_entries(index: Index, body: bytes) -> NewEntries:
    """Sorts the entries of an Atom feed; whatever looks odd is left in, to be read."""
    # Comments and CDATA may hold what looks like an entry; arXiv sends neither.
    if b"<!" in body or not is_utf8(body):
        return NewEntries(body)
    places: list[tuple[str, int, int]] = []
    digests: dict[str, bytes] = {}
    for begin, end in _places(body):
        entry = body[begin:end]
        if arxiv_id := _id_of(entry):
            places.append((arxiv_id, begin, end))
            digests[arxiv_id] = blake2b(entry, digest_size=16, key=_RULES).digest()
    times = Counter(arxiv_id for arxiv_id, _, _ in places)
    digests = {arxiv_id: digest for arxiv_id, digest in digests.items() if times[arxiv_id] == 1}
    known = index.entries.known(digests)
    for paper in known:
        del digests[paper.arxiv_id]
    taken = {paper.arxiv_id for paper in known}
    kept: list[bytes] = []
    last = 0
    for arxiv_id, begin, end in places:
        if arxiv_id in taken:
            kept += body[last:begin], b"\n" * body.count(b"\n", begin, end)
            last = end
    return NewEntries(b"".join([*kept, body[last:]]), known, digests)


def _places(body: bytes) -> Iterator[tuple[int, int]]:
    """Where each entry begins and ends."""
    begin = body.find(_BEGIN)
    while begin >= 0 and (end := body.find(_END, begin)) >= 0:
        yield begin, end + len(_END)
        begin = body.find(_BEGIN, end)


def _id_of(entry: bytes) -> str:
    """The id of an entry's paper, or "" where it is not plain to see."""
    found = _ID.findall(entry)
    if len(found) != 1 or entry.count(b"<id") != 1 or entry.count(b"<entry") != 1:
        return ""
    try:
        return parse_paper_id(found[0].decode()).arxiv_id
    except (InputFileError, UnicodeDecodeError):
        return ""
