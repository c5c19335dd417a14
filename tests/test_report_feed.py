"""`mine report --format atom`: a feed of a node of the taxonomy that readers understand."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import feedparser

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.paper import Paper
from mllm_mine.reports import write_report
from mllm_mine.reports.feed_report import ENTRIES

ATOM = "{http://www.w3.org/2005/Atom}"


def feed_of(index: Index, *labels: str) -> bytes:
    file = io.BytesIO()
    write_report(index, file, PaperFilter(in_scope=True, labels=labels), format="atom")
    return file.getvalue()


def test_a_feed_of_a_label(mine: Mine, index_path: Path) -> None:
    result = mine("report", "--format", "atom", "--label", "safety")
    assert result.code == 0, result.err
    feed = feedparser.parse(result.out.encode())
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.title == "Multilingual large language models: Safety"
    assert feed.feed.updated == "2099-12-01T12:00:00Z"
    (entry,) = feed.entries
    assert entry.id == entry.link == "https://arxiv.org/abs/9912.00001"
    assert entry.title == "Rewarding models in many tongues"
    assert [author.name for author in entry.authors] == ["Ana Exemplo", "Bo Tester"]
    assert entry.published == entry.updated == "2099-12-01T12:00:00Z"
    assert {tag.term for tag in entry.tags} == {"rlhf", "safety", "cs.CL", "cs.AI"}
    assert "invented abstract" in entry.summary


def test_what_atom_demands(index: Index) -> None:
    """RFC 4287: the elements that feeds and entries must have, each once."""
    index.papers.upsert(Paper("2024.acl-long.1", 1, "Bread", "About bread."), "jsonl")
    index.labels.give("2024.acl-long.1", {"in_scope": True, "safety": True})
    root = ElementTree.fromstring(feed_of(index))
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 5
    for element in (root, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1, name
    assert root.findall(f"{ATOM}author")  # for entries that name none
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)
    for entry in entries:
        links = entry.findall(f"{ATOM}link[@rel='alternate']")
        assert len(links) == 1 or entry.findall(f"{ATOM}content")


def test_ids_stay_and_differ(index: Index) -> None:
    def feed_id(*labels: str) -> str:
        return str(ElementTree.fromstring(feed_of(index, *labels)).findtext(f"{ATOM}id"))

    before = feed_id("safety")
    assert before.startswith("urn:uuid:")
    index.labels.give("9912.00002", {"safety": True})
    assert feed_id("safety") == before
    assert len({feed_id("safety"), feed_id("rlhf"), feed_id("rlhf", "safety"), feed_id()}) == 4
    assert feed_id("rlhf", "safety") == feed_id("safety", "rlhf")


def test_the_clock_does_not_matter(mine: Mine, index_path: Path) -> None:
    early = mine("report", "--format", "atom", env={"MINE_NOW": "2100-01-01"})
    late = mine("report", "--format", "atom", env={"MINE_NOW": "2150-01-01", "TZ": "Asia/Tokyo"})
    assert early.out == late.out


def test_groups_and_empty_feeds(index: Index) -> None:
    feed = feedparser.parse(feed_of(index, "parameter-frozen"))
    assert feed.feed.title.endswith(": Parameter-frozen alignment")
    assert len(feed.entries) == 1
    empty = feedparser.parse(feed_of(index, "hallucination"))
    assert not empty.bozo
    assert (empty.entries, empty.feed.updated) == ([], "1970-01-01T00:00:00Z")


def test_withdrawn_papers_say_so(index: Index) -> None:
    titles = [entry.title for entry in feedparser.parse(feed_of(index)).entries]
    assert titles[0] == "Withdrawn: A withdrawn paper on tokenizers"


def test_anything_may_stand_in_a_title(index: Index) -> None:
    title = 'a < b & c > "d" ]]> \x0b \ufffe <script>alert(1)</script> &amp; \U0001f35e'
    index.connection.execute("UPDATE papers SET title = ?, abstract = ?", (title, title))
    root = ElementTree.fromstring(feed_of(index))
    expected = title.replace("\x0b", " ").replace("\ufffe", " ")
    assert {entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")} == {
        expected,
        f"Withdrawn: {expected}",
    }


def test_a_feed_holds_the_newest(index: Index) -> None:
    index.papers.upsert_many(
        (
            Paper(f"9911.{number:05}", 1, "T", "A", published=f"2098-01-01T00:{number:02}:00Z")
            for number in range(60)
        ),
        "jsonl",
    )
    index.papers.upsert_many(
        (
            Paper(f"9910.{number:05}", 1, "T", "A", published=f"2097-01-01T00:{number:02}:00Z")
            for number in range(60)
        ),
        "jsonl",
    )
    file = io.BytesIO()
    written = write_report(index, file, PaperFilter(), format="atom")
    entries = feedparser.parse(file.getvalue()).entries
    assert written.papers == len(entries) == ENTRIES == 100
    assert entries[-1].published == "2097-01-01T00:26:00Z"
