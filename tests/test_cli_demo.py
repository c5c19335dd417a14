"""`mine demo`: the whole pipeline offline, in a folder of its own, and nothing outside it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mllm_mine.demo.sample import announced, sample_papers
from mllm_mine.taxonomy import builtin_taxonomy

SCRIPT = Path(sys.executable).with_name("mine")


@dataclass
class Ran:
    """A demo that has run."""

    home: Path
    place: Path
    stdout: str
    stderr: str

    def again(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return start(self.home, self.place, *arguments)


def start(home: Path, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if "MINE_" not in name}
    environment |= {
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        # The demo must come through whatever proxy a network prescribes.
        "http_proxy": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    return subprocess.run(
        [sys.executable, "-m", "mllm_mine", *arguments],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    home, place = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("place")
    result = start(home, place, "demo")
    assert result.returncode == 0, result.stderr
    return Ran(home, place, result.stdout, result.stderr)


def test_the_sample_covers_the_whole_taxonomy_and_every_kind_of_trouble() -> None:
    papers = sample_papers()
    labels = {label for paper in papers for label in paper.labels}
    assert labels == set(builtin_taxonomy().label_ids)
    assert sum(not paper.in_scope for paper in announced(2).values()) >= 4
    assert {paper.pdf for paper in papers} == {"good", "broken", "absent"}
    assert any(paper.withdrawn for paper in papers)
    assert any(paper.version == 2 and not paper.withdrawn for paper in papers)
    taxonomy = builtin_taxonomy()
    for paper in papers:  # a child implies its parent
        assert set(taxonomy.with_ancestors(paper.labels)) == set(paper.labels), paper.arxiv_id


def test_it_says_what_came_in_and_what_did_not_work(ran: Ran) -> None:
    assert "29 new papers" in ran.stdout
    assert "2 new papers" in ran.stdout
    assert "2 new versions" in ran.stdout
    assert "9912.00029v1" in ran.stdout
    assert "9912.00028v2  withdrawn by its authors" in ran.stdout
    assert str(Path("mine-demo") / "papers.csv") in ran.stdout
    assert str(Path("mine-demo") / "survey.html") in ran.stdout
    assert "Traceback" not in ran.stderr
    assert "\x1b" not in ran.stdout + ran.stderr  # no colours in a pipe


def test_the_csv_holds_every_paper_with_its_labels(ran: Ran) -> None:
    with (ran.place / "mine-demo" / "papers.csv").open(encoding="utf-8", newline="") as file:
        table = {row["arxiv_id"]: row for row in csv.DictReader(file)}
    assert set(table) == set(announced(2))
    assert table["9910.00008"]["version"] == "2"
    assert table["9911.00016"]["title"].startswith("'=FAIR=")  # not a formula
    assert table["9910.00004"]["authors"] == "Mei Shili; Olu Àpẹẹrẹ"


def test_most_papers_are_filed_as_a_careful_reader_would(ran: Ran) -> None:
    listed = ran.again("--db", "mine-demo/mine.db", "list", "--all", "--limit", "0", "--json")
    found = {record["arxiv_id"]: record for record in map(json.loads, listed.stdout.splitlines())}
    dimensions = [dimension.id for dimension in builtin_taxonomy().dimensions]
    right = wrong = missed = scope_right = 0
    for arxiv_id, paper in announced(2).items():
        record = found[arxiv_id]
        given = {label for dimension in dimensions for label in record[dimension]}
        right += len(given & set(paper.labels))
        wrong += len(given - set(paper.labels))
        missed += len(set(paper.labels) - given)
        scope_right += record["in_scope"] == paper.in_scope
    assert 2 * right / (2 * right + wrong + missed) > 0.7
    assert scope_right >= 27


def test_the_commands_it_ends_with_work_when_pasted(ran: Ran) -> None:
    commands = [line.strip() for line in ran.stdout.splitlines()[-3:]]
    shown = subprocess.run(
        commands[0], shell=True, cwd=ran.place, capture_output=True, text=True, check=True
    )
    assert "Safe in English Only" in shown.stdout
    found = subprocess.run(
        commands[1], shell=True, cwd=ran.place, capture_output=True, text=True, check=True
    )
    assert len(found.stdout.splitlines()) >= 3
    assert "init my-survey" in commands[2]


@pytest.mark.slow
@pytest.mark.skipif(not SCRIPT.exists(), reason="mine is not installed as a script here")
def test_started_as_a_script_it_names_the_script(tmp_path: Path) -> None:
    result = subprocess.run(
        [SCRIPT, "demo", "here"],
        cwd=tmp_path,
        env={**os.environ, "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    (show, search, _) = [line.strip() for line in result.stdout.splitlines()[-3:]]
    assert show == f"{SCRIPT} --db here/mine.db show 9911.00015"
    assert search.startswith(f"{SCRIPT} --db here/mine.db search ")


def test_run_again_it_finds_nothing_new_and_changes_nothing(ran: Ran) -> None:
    before = (ran.place / "mine-demo" / "papers.csv").read_bytes()
    result = ran.again("demo", "--json")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    (night,) = document["nights"]
    assert night["new"] == 0
    assert night["counts"].get("new_versions", 0) == 0
    assert len(document["papers"]) == 31
    assert (ran.place / "mine-demo" / "papers.csv").read_bytes() == before


def test_it_touches_its_own_folder_only(ran: Ran) -> None:
    assert [path.name for path in ran.place.iterdir()] == ["mine-demo"]
    assert list(ran.home.iterdir()) == []


@pytest.mark.parametrize("name", ["mine.db", "mine.toml", "papers.csv", "survey.html"])
def test_a_folder_in_use_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "survey"
    folder.mkdir()
    if name == "mine.db":
        assert start(tmp_path, tmp_path, "init", "survey").returncode == 0
        (folder / "mine.toml").unlink()
    else:
        (folder / name).write_text("")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = start(tmp_path, tmp_path, "demo", "survey")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert name in result.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
