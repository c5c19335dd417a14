"""`mine status`: counts that agree with what list and report show."""

from __future__ import annotations

from pathlib import Path

from command_line import Mine
from mllm_mine.index import Index


def test_counts(mine: Mine, index: Index) -> None:
    document = mine("status", "--json").json
    assert document["papers"] == 6
    assert document["in_scope"] == 4
    assert document["withdrawn"] == 1
    assert document["unclassified"] == 1
    assert document["waiting"] == 1
    assert (document["uncertain"], document["unfamiliar"]) == (1, 1)
    assert document["labels"]["rlhf"] == 1
    assert document["labels"]["knowledge-editing"] == 0
    assert document["newest"] == "2099-12-06T12:00:00Z"
    assert document["taxonomy"]["id"] == "mllm"


def test_labels_by_hand_are_counted_as_every_list_shows_them(mine: Mine, index: Index) -> None:
    index.labels.give("9912.00001", {"rlhf": False, "survey": True}, author="ana")
    index.labels.give("9912.00002", {"in_scope": False}, author="ana")
    index.labels.give("9912.00004", {"in_scope": True, "continual": True}, author="ana")
    index.labels.give("9912.00006", {"in_scope": True, "benchmark": True}, author="ana")
    index.labels.give("9912.00003", {"benchmark": False}, author="ana")
    index.labels.give("9912.00003", {"benchmark": None}, author="ana")
    document = mine("status", "--json").json
    assert document["in_scope"] == len(mine("list", "--json").lines) == 5
    for label, count in document["labels"].items():
        assert count == len(mine_list(index, label)), label
    assert document["by_hand"] == 4


def mine_list(index: Index, label: str) -> list[object]:
    from mllm_mine.index.filters import PaperFilter

    return list(index.reading.papers(PaperFilter(labels=(label,), in_scope=True)))


def test_runs_gaps_and_watermarks(mine: Mine, index: Index) -> None:
    with index.runs.record("fetch", {}) as run:
        run.add(new_papers=3)
        for number in range(5):
            run.fail(f"9912.0000{number}", "the PDF is an HTML page")
    index.connection.execute(
        "INSERT INTO gaps (source, query, since, until, reason, attempts, first_seen, last_tried) "
        "VALUES ('api', 'cat:cs.CL', '2099-01-01T00:00:00Z', "
        "'2099-01-02T00:00:00Z', 'HTTP 503', 2, '2099-01-03', '2099-01-04')"
    )
    index.connection.execute(
        "INSERT INTO watermarks (source, query, since, reached, moved_at) "
        "VALUES ('api', 'cat:cs.CL', '2098-01-01T00:00:00Z', '2099-02-01T00:00:00Z', '2099-02-02')"
    )
    document = mine("status", "--json").json
    assert document["gaps"][0]["reason"] == "HTTP 503"
    assert document["watermarks"][0]["reached"] == "2099-02-01T00:00:00Z"
    assert document["runs"][0]["counts"] == {"new_papers": 3}
    assert len(document["runs"][0]["failures"]) == 5
    page = mine("status").out
    for fact in ("HTTP 503", "new papers 3", "and 2 more", "2099-02-01T00:00:00Z", "partial"):
        assert fact in page
    assert "\x1b" not in page


def test_an_empty_index(mine: Mine, tmp_path: Path) -> None:
    mine("init")
    result = mine("status")
    assert result.code == 0
    assert result.err == ""
    assert mine("status", "--json").json["papers"] == 0


def test_no_index_is_bad_usage_that_says_what_to_do(mine: Mine) -> None:
    for command in (["status"], ["list"], ["search", "x"], ["show", "9912.00001"], ["report"]):
        result = mine(*command)
        assert (result.code, result.out) == (2, "")
        assert "mine init" in result.err
