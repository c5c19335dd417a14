"""What papers release, in every report; and where they were published, in JSON."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import bibtexparser
import feedparser
import pytest
import rispy

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.resources import ResourceRow
from mllm_mine.paper import Paper

CODE, BENCH = "https://github.com/ana/crumb_code", "https://huggingface.co/datasets/ana/crumbs"
PAPER = "9912.00001"


def resource(name: str, kind: str, url: str, role: str = "released") -> ResourceRow:
    return ResourceRow(PAPER, name.lower(), name, kind, url, role, "", "", f"We speak of {name}.")


@pytest.fixture
def filled(index: Index) -> Index:
    """The sample index, whose first paper releases three things and uses a fourth."""
    rows = [
        resource("crumb_code", "code", CODE),
        resource("Crumb*Bench", "benchmark", BENCH),
        resource("Crumbs", "dataset", BENCH),  # the same link by another name
        resource("Nameless", "model", ""),
        resource("Flour", "dataset", "https://zenodo.org/records/1", "used"),
    ]
    index.resources.keep(PAPER, "read", rows)
    return index


@pytest.mark.usefixtures("filled")
def test_csv_has_the_contracts_columns_unless_asked_for_more(mine: Mine) -> None:
    plain = list(csv.reader(io.StringIO(mine("report").out)))
    asked = list(csv.reader(io.StringIO(mine("report", "--resources").out)))
    assert asked[0] == [*plain[0], "releases"]
    assert {row[0]: row[-1] for row in asked[1:] if row[-1]} == {
        PAPER: "Crumbs; Nameless; crumb_code"
    }


@pytest.mark.usefixtures("filled")
def test_json_has_what_was_found_and_where(mine: Mine) -> None:
    (found,) = [each for each in mine("report", "--json").json if each["arxiv_id"] == PAPER]
    assert [(each["name"], each["role"]) for each in found["resource_mentions"]] == [
        ("Crumb*Bench", "released"),
        ("crumb_code", "released"),
        ("Crumbs", "released"),
        ("Flour", "used"),
        ("Nameless", "released"),
    ]
    assert found["resource_mentions"][1]["evidence"] == "We speak of crumb_code."
    assert found["resources"] == []  # the dimension of that name


def test_json_says_where_a_paper_was_published(mine: Mine, index: Index) -> None:
    index.papers.upsert(
        Paper(PAPER, 1, "T", "A", journal_ref="Annals of Bread 3", doi="10.9999/bread.3"), "api"
    )
    (found,) = [each for each in mine("report", "--json").json if each["arxiv_id"] == PAPER]
    assert (found["journal_ref"], found["doi"]) == ("Annals of Bread 3", "10.9999/bread.3")


@pytest.mark.usefixtures("filled")
def test_lists_and_feeds_link_to_what_is_released(mine: Mine) -> None:
    (line,) = {each for each in mine("report", "--format", "md").out.split("\n") if CODE in each}
    assert line.endswith(f" · [Crumbs]({BENCH}) · [Code]({CODE})")
    feed = feedparser.parse(mine("report", "--format", "atom").out)
    assert not feed.bozo
    (entry,) = [each for each in feed.entries if PAPER in each.id]
    titled = {each["href"]: each["title"] for each in entry.links if "title" in each}
    assert titled == {BENCH: "Crumbs (dataset)", CODE: "crumb_code (code)"}


@pytest.mark.usefixtures("filled")
def test_reference_managers_get_notes(mine: Mine) -> None:
    library = bibtexparser.parse_string(mine("report", "--format", "bibtex").out)
    assert not library.failed_blocks
    (note,) = [each["annote"] for each in library.entries if "annote" in each]
    assert note == (
        f"Releases Crumbs (dataset) {BENCH}; Releases Nameless (model); "
        f"Releases crumb\\_code (code) {CODE}"
    )
    references = rispy.loads(mine("report", "--format", "ris").out)
    (notes,) = [each["notes"] for each in references if "notes" in each]
    assert notes == [
        f"Releases Crumbs (dataset) {BENCH}",
        "Releases Nameless (model)",
        f"Releases crumb_code (code) {CODE}",
    ]


def test_a_reader_that_has_seen_enough_is_no_error(
    index: Index, index_path: Path, environment: dict[str, str]
) -> None:
    long = "More than fits into a buffer. " * 10_000
    index.papers.upsert(Paper(PAPER, 1, "T", long), "api")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "mllm_mine", "--db", index_path, "report", "--format", "bibtex"],
        env=environment,
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
