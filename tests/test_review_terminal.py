"""``mine review`` driven through a real terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.paper import Paper

pytest.importorskip("termios")

from terminal import Terminal

MODEL = "mllm-test"
Start = Callable[..., Terminal]


def make_index(path: Path, papers: int) -> None:
    """An index of invented papers, each with one open question: sft."""
    with Index.open(path, create=True) as index:
        index.papers.upsert_many(
            (
                Paper(
                    arxiv_id=f"9912.{number:05}",
                    version=1,
                    title=f"Invented paper number {number:03}",
                    abstract="An invented abstract on tuning models with instructions.",
                    authors=("Ana Exemplo",),
                    published=f"2099-{1 + number % 12:02}-01T00:00:00Z",
                )
                for number in range(1, papers + 1)
            ),
            "jsonl",
        )
        index.predictions.store(
            MODEL,
            [
                StoredPrediction(
                    arxiv_id=f"9912.{number:05}",
                    version=1,
                    in_scope=True,
                    p_in_scope=0.97,
                    probabilities={"sft": 0.52, "benchmark": 0.93, "continual": 0.3},
                    labels=frozenset({"sft", "benchmark"}),
                    uncertain=True,
                    unfamiliar=False,
                    used_text=False,
                )
                for number in range(1, papers + 1)
            ],
        )
        index.set_setting("model_id", MODEL)


@pytest.fixture
def review(tmp_path: Path, environment: dict[str, str]) -> Start:
    make_index(tmp_path / "mine.db", 60)

    def start(*arguments: str, **more: str) -> Terminal:
        command: list[str | Path] = ["--db", tmp_path / "mine.db", "review", *arguments]
        return Terminal(command, tmp_path, {**environment, **more})

    return start


def decisions(tmp_path: Path) -> dict[str, dict[str, bool]]:
    with Index.open(tmp_path / "mine.db") as index:
        found: dict[str, dict[str, bool]] = {}
        for row in index.connection.execute("SELECT arxiv_id, label, value FROM hand_labels"):
            found.setdefault(row["arxiv_id"], {})[row["label"]] = bool(row["value"])
        return found


def test_a_paper_is_shown_with_its_reason_and_saved_as_it_stands(
    review: Start, tmp_path: Path
) -> None:
    with review("--limit", "5") as terminal:
        terminal.expect("Paper 1 of 5")
        shown = terminal.expect("q quit")
        assert "Invented paper number" in shown
        assert "Ana Exemplo" in shown
        assert "unsure of sft 0.52" in shown
        assert "2 [x] sft" in shown
        terminal.press("2")  # takes sft away
        terminal.expect("2 [ ] sft")
        terminal.press("\n")
        terminal.expect("Paper 2 of 5")
        terminal.press("q")
        terminal.expect("1 judged, 0 skipped. Everything is saved.")
        assert terminal.wait() == 0
    (saved,) = decisions(tmp_path).values()
    assert saved == {"benchmark": True, "sft": False, "continual": False, "in_scope": True}


def test_every_line_fits_eighty_columns_and_needs_no_colour(review: Start) -> None:
    with review("--limit", "5", NO_COLOR="1") as terminal:
        terminal.expect("q quit")
        terminal.press("q")
        terminal.expect("saved.")
        assert terminal.wait() == 0
        assert all(len(line) <= 80 for line in terminal.text.split("\n"))
        assert "\x1b[3" not in terminal.raw  # no colour; bold needs none


def test_a_label_by_name_brings_its_parent_and_a_definition_is_a_key_away(
    review: Start, tmp_path: Path
) -> None:
    with review("--limit", "5") as terminal:
        terminal.expect("q quit")
        terminal.press("l")
        terminal.expect("for what it means):")
        terminal.press("?parameter-eff\n")
        terminal.expect("parameter-efficient: ")
        terminal.expect("Press any key.")
        terminal.press("x")
        terminal.expect("q quit")
        terminal.press("l")
        terminal.expect("for what it means):")
        terminal.press("parameter-eff\n")
        terminal.expect("[x] finetuning")
        terminal.press("n")
        terminal.expect("Note:")
        terminal.press("adapters, section 3\n")
        terminal.expect("adapters, section 3")
        terminal.press("\nq")
        terminal.expect("1 judged")
        assert terminal.wait() == 0
    (saved,) = decisions(tmp_path).values()
    assert saved["parameter-efficient"] and saved["finetuning"]
    with Index.open(tmp_path / "mine.db") as index:
        words = list(index.labels.each())
    assert [word.note for word in words if word.note] == ["adapters, section 3"]
    assert {(word.tool, word.model_id, word.version) for word in words} == {
        ("mine review", MODEL, 1)
    }
    assert {word.label: word.probability for word in words}["sft"] == pytest.approx(0.52)


def test_undo_brings_back_what_held_before_and_forgets_nothing(
    review: Start, tmp_path: Path
) -> None:
    with review("--limit", "5") as terminal:
        terminal.expect("q quit")
        terminal.press("o")
        terminal.expect("Paper 2 of 5")
        assert [saved["in_scope"] for saved in decisions(tmp_path).values()] == [False]
        terminal.press("u")
        terminal.expect("Paper 1 of 5")
        terminal.expect("q quit")
        assert decisions(tmp_path) == {}
        terminal.press("k")
        terminal.expect("Paper 2 of 5")
        terminal.press("q")
        terminal.expect("0 judged, 1 skipped")
        assert terminal.wait() == 0
    with Index.open(tmp_path / "mine.db") as index:
        assert [word.value for word in index.labels.each()] == [False, None]


def test_fifty_papers_in_one_sitting(review: Start, tmp_path: Path) -> None:
    with review("--limit", "50") as terminal:
        for number in range(1, 51):
            terminal.expect(f"Paper {number} of 50")
            terminal.expect("q quit")
            terminal.press("o" if number % 7 == 0 else "k" if number % 9 == 0 else "\n")
        terminal.expect("Everything is saved.")
        terminal.expect("Of 5 papers drawn at random so far")
        assert terminal.wait() == 0
    saved = decisions(tmp_path)
    skipped = 5
    assert len(saved) == 50 - skipped
    assert sum(not labels["in_scope"] for labels in saved.values()) == 7


def test_kill_9_loses_nothing_and_the_next_sitting_goes_on(review: Start, tmp_path: Path) -> None:
    with review("--limit", "10") as terminal:
        for number in range(1, 4):
            terminal.expect(f"Paper {number} of 10")
            terminal.expect("q quit")
            terminal.press("\n")
        terminal.expect("Paper 4 of 10")
        terminal.kill()
    first = decisions(tmp_path)
    assert len(first) == 3
    with review("--limit", "10") as terminal:
        terminal.expect("q quit")
        terminal.press("\nq")
        terminal.expect("1 judged")
        assert terminal.wait() == 0
    second = decisions(tmp_path)
    assert len(second) == 4
    assert second.items() >= first.items()


def test_the_terminal_going_away_is_a_quiet_end(review: Start, tmp_path: Path) -> None:
    with review("--limit", "5") as terminal:
        terminal.expect("q quit")
        terminal.press("\n")
        terminal.expect("Paper 2 of 5")
        terminal.press("\x04")
        terminal.expect("1 judged")
        assert terminal.wait() == 0


def test_json_lists_the_queue_for_other_tools(review: Start, mine: Mine) -> None:
    result = mine("--db", "mine.db", "review", "--json", "--limit", "20")
    assert result.code == 0
    queue = json.loads(result.out)
    assert len(queue) == 20
    assert {reason["kind"] for entry in queue for reason in entry["reasons"]} == {
        "uncertain",
        "random",
    }
    assert sum(entry["reasons"][0]["kind"] == "random" for entry in queue) == 2
    assert queue[0]["scores"]["sft"] == pytest.approx(0.52)


def test_without_a_terminal_the_queue_is_listed(review: Start, mine: Mine) -> None:
    result = mine("--db", "mine.db", "review", "--limit", "3")
    assert result.code == 0
    assert [len(line.split("\t")) for line in result.out.splitlines()] == [3, 3, 3]
