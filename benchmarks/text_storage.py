"""Measures how full texts are best kept in the index: plain, or compressed.

    python benchmarks/text_storage.py --db mine.db [--papers N] [--json]

Takes the texts of an index (``mine extract`` first), makes up the number of papers by putting their
paragraphs into other orders, and stores them in three ways: as text with the full-text index
reading it where it is (as ``mine`` does), and compressed by zlib or Zstandard with a full-text
index that keeps no text. Prints the size of the file, processor seconds of writing and of reading
each text once, and the time of ranked searches, the best of three; with snippets where the way of
storing allows them.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import zstandard

QUERIES = ("language model", "retrieval", "attention OR transformer", '"fine tuning"', "corpus")

_SEARCH_TEXT = """SELECT paper, bm25(words) FROM words WHERE words MATCH ?
ORDER BY rank LIMIT 20"""
_SEARCH_SNIPPET = """SELECT paper, snippet(words, 0, '[', ']', '…', 16)
FROM words JOIN texts ON texts.paper = words.rowid WHERE words MATCH ? ORDER BY rank LIMIT 20"""


def texts_of(index: Path, papers: int) -> list[str]:
    """Texts of an index, and more like them, so that there are as many as asked for."""
    with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as connection:
        query = "SELECT text FROM fulltexts WHERE text <> '' ORDER BY arxiv_id LIMIT ?"
        found = [row[0] for row in connection.execute(query, (papers,))]
    if not found:
        raise SystemExit(f"{index} holds no texts; run 'mine extract' first")
    mixed = random.Random(1)
    texts = list(found)
    while len(texts) < papers:
        paragraphs = found[len(texts) % len(found)].split("\n\n")
        mixed.shuffle(paragraphs)
        texts.append("\n\n".join(paragraphs))
    return texts


def measure(
    texts: list[str],
    path: Path,
    pack: Callable[[str], str | bytes],
    unpack: Callable[[str | bytes], str],
    *,
    plain: bool,
) -> dict[str, float]:
    """Stores, reads and searches texts in one way."""
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
    connection.execute("CREATE TABLE texts (paper INTEGER PRIMARY KEY, text)")
    content = "content='texts', content_rowid='paper'" if plain else "content=''"
    connection.execute(
        f"CREATE VIRTUAL TABLE words USING fts5 (text, {content}, "
        'tokenize="unicode61 remove_diacritics 2")'
    )
    began = time.process_time()
    for start in range(0, len(texts), 8):  # as many as an extraction commits at a time
        with connection:
            for number, text in enumerate(texts[start : start + 8], start + 1):
                connection.execute("INSERT INTO texts VALUES (?, ?)", (number, pack(text)))
                connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (number, text))
    write = time.process_time() - began
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    began = time.process_time()
    for number in range(1, len(texts) + 1):
        row = connection.execute("SELECT text FROM texts WHERE paper = ?", (number,)).fetchone()
        unpack(row[0])
    read = time.process_time() - began
    result = {
        "MB": path.stat().st_size / 1e6,
        "write ms a text": write / len(texts) * 1e3,
        "read ms a text": read / len(texts) * 1e3,
        "search ms": _searched(connection, _SEARCH_TEXT.replace("paper", "rowid")),
    }
    if plain:
        result["with snippets ms"] = _searched(connection, _SEARCH_SNIPPET)
    connection.close()
    return result


def _searched(connection: sqlite3.Connection, statement: str) -> float:
    """Milliseconds a query, the best of three rounds."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        for query in QUERIES:
            connection.execute(statement, (query,)).fetchall()
        best = min(best, time.perf_counter() - began)
    return best / len(QUERIES) * 1e3


def main() -> None:
    """Measures all ways on the same texts and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--db", type=Path, required=True, help="an index that holds texts")
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    texts = texts_of(options.db, options.papers)
    packer, unpacker = zstandard.ZstdCompressor(level=3), zstandard.ZstdDecompressor()
    ways: dict[str, tuple[Callable[..., str | bytes], Callable[..., str], bool]] = {
        "text": (str, str, True),
        "zlib, level 6": (
            lambda text: zlib.compress(text.encode()),
            lambda packed: zlib.decompress(packed).decode(),
            False,
        ),
        "Zstandard, level 3": (
            lambda text: packer.compress(text.encode()),
            lambda packed: unpacker.decompress(packed).decode(),
            False,
        ),
    }
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, (pack, unpack, plain)) in enumerate(ways.items()):
            path = Path(folder) / f"{number}.db"
            rows[name] = measure(texts, path, pack, unpack, plain=plain)
    size = sum(len(text.encode()) for text in texts) / 1e6
    if options.json:
        print(json.dumps({"papers": len(texts), "text MB": size, "ways": rows}, indent=2))
        return
    print(f"{len(texts)} papers, {size:.1f} MB of text")
    columns = ["MB", "write ms a text", "read ms a text", "search ms", "with snippets ms"]
    print(f"{'':20}" + "".join(f"{column:>18}" for column in columns))
    for name, row in rows.items():
        cells = [f"{row[column]:18.2f}" if column in row else f"{'-':>18}" for column in columns]
        print(f"{name:20}" + "".join(cells))


if __name__ == "__main__":
    main()
