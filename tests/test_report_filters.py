"""The filters of `mine report`, and of the reports that `mine update` writes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from command_line import Mine
from mllm_mine.config import load_settings
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter


def papers(mine: Mine, *options: str) -> dict[str, dict[str, str]]:
    result = mine("report", *options)
    assert result.code == 0, result.err
    return {row["arxiv_id"][-1]: row for row in csv.DictReader(io.StringIO(result.out))}


def test_probability(mine: Mine, index_path: Path) -> None:
    assert set(papers(mine, "--min-probability", "0.7")) == {"1", "2", "5"}
    assert set(papers(mine, "--min-probability", "0.7", "--all")) == set("123456")
    sure = papers(mine, "--min-probability", "0.8")
    assert set(sure) == {"1", "2"}
    assert (sure["1"]["alignment"], sure["1"]["frontiers"]) == ("rlhf", "")  # safety has 0.72
    assert sure["2"]["alignment"] == "finetuning"
    assert papers(mine, "--min-probability", "0.8", "--label", "safety") == {}
    assert set(papers(mine, "--min-probability", "0.7", "--label", "safety")) == {"1"}
    assert mine("report", "--min-probability", "1.5").code == 2


def test_a_persons_word_is_certain(mine: Mine, index: Index) -> None:
    index.labels.give("9912.00003", {"in_scope": True, "safety": True})
    index.labels.give("9912.00001", {"in_scope": False})
    assert set(papers(mine, "--min-probability", "1")) == {"3"}
    assert papers(mine, "--min-probability", "1")["3"]["frontiers"] == "safety"
    assert set(papers(mine, "--min-probability", "1", "--label", "safety")) == {"3"}


def test_frequent_labels_are_filtered_alike(index: Index) -> None:
    for sure, expected in ((0.7, ["9912.00001"]), (0.75, [])):
        for frequent in ((), ("safety",)):
            wanted = PaperFilter(labels=("safety",), min_probability=sure)
            condition, values = wanted.conditions(index.taxonomy, frequent)
            rows = index.connection.execute(
                f"SELECT arxiv_id FROM papers LEFT JOIN classifications USING (arxiv_id) "
                f"WHERE {condition}",
                values,
            )
            assert [row["arxiv_id"] for row in rows] == expected


def test_by_hand(mine: Mine, index: Index) -> None:
    assert papers(mine, "--hand") == {}
    index.labels.give("9912.00002", {"safety": True})
    assert set(papers(mine, "--hand")) == {"2"}


def test_changed_since(mine: Mine, index: Index) -> None:
    old, day = "2099-12-07T00:00:00Z", "2099-12-09"
    index.connection.execute("UPDATE papers SET first_seen = ?, last_changed = ?", (old, old))
    assert papers(mine, "--changed-since", day) == {}
    assert len(papers(mine, "--changed-since", "2099-12-07")) == 4
    index.connection.execute(  # a new version
        "UPDATE papers SET last_changed = '2099-12-09T03:00:00Z' WHERE arxiv_id = '9912.00001'"
    )
    index.connection.execute(  # a label that the model took back
        "INSERT INTO label_changes (arxiv_id, label, assigned, why, model_id, was_model_id, "
        "version, was_version, changed_at) VALUES ('9912.00002', 'safety', 0, 'model', 'b', 'a', "
        "1, 1, '2099-12-09T04:00:00Z')"
    )
    index.connection.execute(  # a label by hand
        "INSERT INTO labels (arxiv_id, label, value, labelled_at) "
        "VALUES ('9912.00003', 'rlhf', 1, '2099-12-09T05:00:00Z')"
    )
    assert set(papers(mine, "--changed-since", day)) == {"1", "2", "3"}
    assert set(papers(mine, "--changed-since", "2099-12-09T04:30:00Z")) == {"3"}
    assert mine("report", "--changed-since", "lately").code == 2


def test_until(mine: Mine, index_path: Path) -> None:
    assert set(papers(mine, "--until", "2099-12-02", "--since", "2099-12-02")) == {"2"}


def test_the_filters_of_a_configured_report(tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text(
        '[[report]]\noutput = "safety.bib"\nformat = "bibtex"\nlabel = "safety"\n'
        'until = "2100-01-01"\nmin_probability = 0.8\nhand = true\nchanged_since = "7d"\n'
        'new_since = "7d"\n'
    )
    (report,) = load_settings(config, environment={}).report
    assert (report.format, report.min_probability, report.hand) == ("bibtex", 0.8, True)
    assert (report.until, report.changed_since, report.new_since) == ("2100-01-01", "7d", "7d")


def test_mine_update_writes_every_format(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    formats = ("md", "bibtex", "ris", "atom")
    (tmp_path / "mine.toml").write_text(
        '[arxiv]\napi_url = "http://127.0.0.1:9/"\nbackoff = 0.01\n'
        "[fetch]\nmax_retries = 0\npdf = false\n"
        + "".join(
            f'[[report]]\noutput = "out.{format}"\nformat = "{format}"\n'
            "min_probability = 0.9\nhand = true\n"
            for format in formats
        )
    )
    with Index.open(index_path) as index:
        index.labels.give("9912.00001", {"in_scope": True, "safety": True})
        index.labels.give("9912.00002", {"in_scope": False})
    mine("update", env={"MINE_ARXIV_DELAY": "0"})  # arXiv is down; reports are written all the same
    for format in formats:
        text = (tmp_path / f"out.{format}").read_text(encoding="utf-8")
        assert "9912.00001" in text
        assert "9912.00002" not in text
