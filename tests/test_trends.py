"""`mine trends`: counts, shares and growth by label and month, and how sure they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from math import comb, inf
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.errors import ConfigurationError
from mllm_mine.index import Index
from mllm_mine.index.monthly_counts import monthly_counts
from mllm_mine.reports.intervals import growth, rate, share, standard_errors_apart
from mllm_mine.reports.trends import as_csv, as_document, trends

MONTHS = [f"2098-{month:02}" for month in range(1, 13)]
LAST_DAY = "2098-12-31"


def fill(path: Path, counts: dict[str, list[int]]) -> Index:
    """An index of papers in scope of twelve whole months; each has one label, or none for ""."""
    index = Index.open(path, create=True)
    with index.transaction() as connection:
        number = 0

        def add(day: str, label: str, in_scope: bool = True) -> None:
            nonlocal number
            number += 1
            paper = f"9810.{number:05}"
            connection.execute(
                "INSERT INTO papers (arxiv_id, docid, version, title, abstract, published, "
                "first_seen, last_changed) VALUES (?, ?, 1, 'T', 'A', ?, '', '')",
                (paper, number, f"{day}T10:00:00Z"),
            )
            connection.execute(
                "INSERT INTO classifications (arxiv_id, model_id, version, in_scope, p_in_scope, "
                "classified_at) VALUES (?, 'm', 1, ?, 0.5, '')",
                (paper, in_scope),
            )
            if label:
                connection.execute(
                    "INSERT INTO predictions VALUES (?, ?, 0.9, 1, 'm')", (paper, label)
                )

        add(f"{MONTHS[0]}-01", "safety", in_scope=False)
        add(LAST_DAY, "safety", in_scope=False)
        for label, by_month in counts.items():
            for month, count in zip(MONTHS, by_month, strict=True):
                for _ in range(count):
                    add(f"{month}-15", label)
    return index


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Index]:
    """Safety grows fourfold, fairness stays, hallucination is rare; the rest has no label."""
    counts = {
        "safety": [5] * 6 + [20] * 6,
        "fairness": [10] * 12,
        "hallucination": [0] * 11 + [2],
        "": [5] * 12,
    }
    with fill(tmp_path / "mine.db", counts) as index:
        yield index


def test_counts_are_of_papers_in_scope_and_obey_labels_by_hand(filled: Index) -> None:
    before = monthly_counts(filled)
    assert before.papers == {
        **dict.fromkeys(MONTHS[:6], 20),
        **dict.fromkeys(MONTHS[6:11], 35),
        "2098-12": 37,
    }
    assert before.labels["safety"]["2098-01"] == 5  # the one out of scope does not count
    row = filled.connection.execute(
        "SELECT arxiv_id FROM papers JOIN predictions USING (arxiv_id) "
        "WHERE label = 'safety' AND published LIKE '2098-01-15%'"
    ).fetchone()
    filled.labels.give(row[0], {"safety": False, "rlhf": True})
    after = monthly_counts(filled)
    assert after.labels["safety"]["2098-01"] == 4
    assert after.labels["rlhf"] == {"2098-01": 1}
    assert monthly_counts(filled, "2098-03-01", "2098-04-30").papers == {
        "2098-03": 20,
        "2098-04": 20,
    }


def test_share_growth_and_the_fastest(filled: Index) -> None:
    found = trends(filled)
    assert found.months == tuple(MONTHS)
    assert all(found.whole)
    assert (found.recent, found.before) == (("2098-07", "2098-12"), ("2098-01", "2098-06"))
    safety = next(each for each in found.labels if each.label == "safety")
    assert (safety.recent, safety.before) == (120, 30)
    assert safety.share is not None and safety.growth is not None
    assert safety.share_growth is not None
    assert safety.share.value == pytest.approx(120 / 212)
    assert safety.growth.value == pytest.approx(4)
    assert 2.5 < safety.growth.low < 4 < safety.growth.high < 6.5
    assert safety.share_growth.value == pytest.approx(4 * 120 / 212)
    frontiers = next(each for each in found.fastest if each.dimension == "frontiers")
    assert (frontiers.label, frontiers.told, frontiers.rivals) == ("safety", True, ())
    assert "hallucination" in frontiers.rare  # ×∞, from two papers


def test_it_says_when_the_fastest_cannot_be_told(tmp_path: Path) -> None:
    near = {"safety": [2] * 6 + [4] * 6, "fairness": [2] * 6 + [3] * 6}
    with fill(tmp_path / "near.db", near) as index:
        found = next(each for each in trends(index).fastest if each.dimension == "frontiers")
    assert (found.label, found.told, found.rivals) == ("safety", False, ("fairness",))
    with fill(tmp_path / "still.db", {"safety": [9] * 12, "fairness": [60] * 6 + [3] * 6}) as index:
        found = next(each for each in trends(index).fastest if each.dimension == "frontiers")
    assert (found.label, found.told, found.rivals) == ("safety", False, ())  # ahead, not growing


def test_a_parent_stands_for_its_children(tmp_path: Path) -> None:
    counts = {"finetuning": [5] * 12, "full-parameter": [5] * 12, "sft": [5] * 12}
    with fill(tmp_path / "mine.db", counts) as index:
        found = next(each for each in trends(index).fastest if each.dimension == "alignment")
        assert "full-parameter" not in (found.label, *found.rivals, *found.rare)
        (only,) = trends(index, labels=("full-parameter", "sft")).fastest
        assert {only.label, *only.rivals} == {"full-parameter", "sft"}
        assert trends(index, labels=("sft",)).fastest == ()


def test_months_that_are_not_whole_are_not_compared(filled: Index) -> None:
    filled.connection.execute("UPDATE papers SET published = replace(published, '-31T', '-20T')")
    found = trends(filled)
    assert found.whole == (True,) * 11 + (False,)
    assert (found.window, found.recent) == (5, ("2098-07", "2098-11"))
    found = trends(filled, since="2098-03-10")
    assert found.months[0] == "2098-03"
    assert (found.whole[0], found.window) == (False, 4)
    # the month that is not there whole takes no part in smoothing either
    assert found.field.smoothed[-1] is not None
    assert found.field.smoothed[-1].value == pytest.approx(35)


def test_two_years_unless_asked_otherwise(filled: Index) -> None:
    filled.connection.execute(
        "UPDATE papers SET published = replace(published, '2098-01', '2095-01')"
    )
    assert len(trends(filled).months) == 24
    assert trends(filled, since="2095-01-01").months[0] == "2095-01"
    assert trends(filled, window=2).before == ("2098-09", "2098-10")


def test_too_little_to_compare(index: Index) -> None:
    index.connection.execute("UPDATE papers SET published = '2099-12-15T00:00:00Z'")
    found = trends(index)
    assert (found.months, found.whole, found.window) == (("2099-12",), (False,), 0)
    assert (found.recent, found.field.growth, found.field.share) == (None, None, None)
    index.connection.execute("UPDATE papers SET published = ''")
    assert trends(index).months == ()
    with pytest.raises(ConfigurationError, match="nonsense"):
        trends(index, labels=("nonsense",))


def test_wilsons_interval() -> None:
    # Brown, Cai and DasGupta (2001) and any textbook: 0 of 10, 5 of 10, 10 of 10 at 95 %
    for part, low, high in ((0, 0, 0.2775), (5, 0.2366, 0.7634), (10, 0.7225, 1)):
        found = share(part, 10)
        assert found is not None
        assert (found.low, found.high) == (
            pytest.approx(low, abs=1e-4),
            pytest.approx(high, abs=1e-4),
        )
    assert share(0, 0) is None


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Exact, over all outcomes: shares, and growths of rare labels."""
    grid = [step / 50 for step in range(1, 50)]
    for n in (5, 20):
        intervals = [share(k, n) for k in range(n + 1)]
        covered = [
            sum(
                comb(n, k) * p**k * (1 - p) ** (n - k)
                for k, found in enumerate(intervals)
                if found is not None and found.low <= p <= found.high
            )
            for p in grid
        ]
        assert sum(covered) / len(covered) > 0.945
        assert min(covered) > 0.83
    for true in (0.5, 1, 3):  # given 12 papers on both sides, the recent side is binomial
        p = true / (1 + true)
        covers = 0.0
        for k in range(13):
            found = growth(k, 12 - k, 6, 6)
            assert found is not None
            if found.low <= true <= found.high:
                covers += comb(12, k) * p**k * (1 - p) ** (12 - k)
        assert covers > 0.91


def test_growth_of_nothing_and_from_nothing() -> None:
    assert growth(0, 0, 6, 6) is None
    assert growth(3, 3, 0, 6) is None
    found = growth(3, 0, 6, 6)
    assert found is not None
    assert found.value == found.high == inf
    assert 0 < found.low < 1  # three papers prove nothing
    gone = growth(0, 30, 6, 6)
    assert gone is not None
    assert (gone.value, gone.low) == (0, 0)
    assert gone.high < 0.2
    assert standard_errors_apart((0, 0), (0, 0)) == 0
    monthly = rate(0, 3)
    assert monthly is not None
    assert monthly.low == 0 < monthly.high < 2
    assert rate(4, 0) is None


def test_csv_and_json(filled: Index, tmp_path: Path) -> None:
    found = trends(filled, labels=("safety",))
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert len(rows) == 24
    assert [row["label"] for row in rows[:12]] == [""] * 12
    july = rows[18]
    assert (july["month"], july["label"], july["whole"]) == ("2098-07", "safety", "true")
    assert (july["papers"], july["in_scope"], july["share"]) == ("20", "35", "0.5714")
    assert july["smoothed_papers"] == "15.0000"  # of 5, 20 and 20
    assert float(july["smoothed_low"]) < 15 < float(july["smoothed_high"])
    with fill(tmp_path / "other.db", {"preference-data": [0] * 11 + [1]}) as index:
        document = as_document(trends(index, labels=("preference-data",)))
    assert document["labels"][0]["growth"]["high"] is None  # JSON knows no infinity


def test_the_command(mine: Mine, tmp_path: Path) -> None:
    counts = {"safety": [5] * 6 + [20] * 6, "fairness": [10] * 12}
    fill(tmp_path / "mine.db", counts).close()
    result = mine("trends", "--label", "safety", "--label", "fairness")
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[0] == "Papers in scope, 2098-01 to 2098-12"
    (safety,) = [line for line in lines if line.startswith(" safety")]
    assert safety.split()[1] == "▃▃▃▃▃▅▆█████"
    assert "×4.0" in safety
    assert lines[-1].startswith("Frontiers: safety ×4.0")
    assert lines[-1].endswith("grows fastest")
    assert max(map(len, lines)) <= 80
    document = mine("trends", "--json").json
    assert document["months"] == MONTHS
    assert mine("trends", "--csv").out.startswith("month,whole,label,papers,")
    assert mine("trends", "--label", "nonsense").code == 2
    counts = {"safety": [20] * 6 + [5] * 6, "fairness": [30] * 6 + [2] * 6}
    fill(tmp_path / "less.db", counts).close()
    last = mine("--db", "less.db", "trends").out.splitlines()[-2]
    assert last.startswith("Frontiers: none grows; safety ×0.2")
    assert "No papers" in mine("trends", "--since", "2150-01-01").out
