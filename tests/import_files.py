"""Files of invented papers in all formats, and imports of them in this process."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import zstandard

from mllm_mine.index import Index
from mllm_mine.index.runs import Run
from mllm_mine.paper import Paper
from mllm_mine.progress import Progress, Silent
from mllm_mine.source import ImportFilters, ImportSummary, import_file, open_input

ATOM = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <title>arXiv Query: search_query=all:bread&amp;id_list=&amp;start=0&amp;max_results=10</title>
  {}
</feed>
"""
ATOM_ENTRY = """<entry>
    <id>http://arxiv.org/abs/9912.00001v2</id>
    <title>Multilingual
  Bread</title>
    <updated>2099-12-05T10:00:00Z</updated>
    <published>2099-12-01T09:00:00Z</published>
    <summary>Of ovens &amp; languages.</summary>
    <category term="cs.CL"/><category term="cs.AI"/>
    <arxiv:primary_category term="cs.CL"/>
    <author><name>Ada Baker</name></author>
  </entry>"""
OAI = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
 <responseDate>2099-12-10T00:00:00Z</responseDate>
 <request verb="ListRecords">https://oaipmh.example/oai</request>
 <ListRecords><record>
  <header><identifier>oai:arXiv.org:9912.00001</identifier><datestamp>2099-12-05</datestamp></header>
  <metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">
   <id>9912.00001</id>
   <version version="v1"><date>Tue, 1 Dec 2099 09:00:00 GMT</date></version>
   <version version="v2"><date>Sat, 5 Dec 2099 10:00:00 GMT</date></version>
   <title>Multilingual Bread</title><authors>Ada Baker</authors>
   <categories>cs.CL cs.AI</categories><abstract>Of ovens &amp; languages.</abstract>
  </arXivRaw></metadata>
 </record></ListRecords>
</OAI-PMH>
"""


def snapshot(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A record of arXiv's metadata snapshot."""
    return {
        "id": f"9912.{number:05}",
        "submitter": "Ada Baker",
        "authors": "Ada Baker",
        "title": "Multilingual\n  Bread",
        "comments": None,
        "journal-ref": None,
        "doi": None,
        "report-no": None,
        "categories": "cs.CL cs.AI",
        "license": None,
        "abstract": "  Of ovens\n& languages.\n",
        "versions": [
            {"version": "v1", "created": "Tue, 1 Dec 2099 09:00:00 GMT"},
            {"version": "v2", "created": "Sat, 5 Dec 2099 10:00:00 GMT"},
        ],
        "update_date": "2099-12-06",
        "authors_parsed": [["Baker", "Ada", ""]],
    } | fields


def plain(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A plain record."""
    record = {"id": f"9912.{number:05}", "title": "Multilingual Bread", "abstract": "Of ovens."}
    return record | fields


def lines(*records: dict[str, Any] | str) -> bytes:
    """JSON Lines of records, and of lines that are taken as they are."""
    texts = (line if isinstance(line, str) else json.dumps(line) for line in records)
    return "".join(f"{text}\n" for text in texts).encode()


def packed(data: bytes, packing: str) -> bytes:
    """The bytes as they are (""), or packed with ``gz`` or ``zst``."""
    if packing == "gz":
        return gzip.compress(data)
    return zstandard.compress(data) if packing == "zst" else data


class Importer:
    """Imports files into an index of its own; ``run`` holds the last import's failures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "import.db"
        self.run = Run(0)

    def __call__(
        self,
        data: bytes | Path,
        filters: ImportFilters | None = None,
        name: str = "papers",
        progress: Progress | None = None,
    ) -> ImportSummary:
        path = data if isinstance(data, Path) else self.folder / name
        if not isinstance(data, Path):
            path.write_bytes(data)
        with (
            open_input(path) as source,
            Index.open(self.db, create=True) as index,
            index.runs.record("fetch", {}) as self.run,
        ):
            return import_file(
                index, source, filters or ImportFilters(), self.run, progress or Silent()
            )

    def rows(self, columns: str = "arxiv_id") -> list[tuple[Any, ...]]:
        """These columns of all papers, by id."""
        with Index.open(self.db) as index:
            found = index.connection.execute(f"SELECT {columns} FROM papers ORDER BY arxiv_id")
            return [tuple(row) for row in found]

    @property
    def reasons(self) -> list[str]:
        """The failures of the last import, as ``place: reason``."""
        return [f"{subject}: {reason}" for subject, reason in self.run.failures]


def contents(database: Path) -> list[Paper]:
    """All papers of an index, by id."""
    with Index.open(database) as index:
        return list(index.papers.each())
