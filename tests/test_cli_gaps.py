"""`mine gaps`: groups that no label explains, split labels, siblings that are confused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.gaps import Gaps, as_document, find_gaps, finding
from mllm_mine.gaps.terms import term_matrix
from mllm_mine.index import Index
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.paper import Paper

TOPICS = {
    "ovens": "oven heat stone chamber temperature ember hearth chimney ash bellows",
    "yeast": "yeast culture ferment sour starter bubble rise gluten enzyme acid",
    "mills": "mill grain wheel flour sieve husk bran grind wind sail",
    "salt": "salt brine crystal mineral harbour pan evaporate sea cave trade",
}
BOILERPLATE = (
    "We propose a novel approach. Extensive experiments demonstrate its effectiveness. "
    "In this paper we present results. "
)


def abstract(topic: str, chance: random.Random) -> str:
    """Sentences of a topic, in which its words come back, with boilerplate and a name."""
    words = chance.choices(topic.split(), k=24)
    sentences = [f"The {' '.join(words[start : start + 6])}." for start in range(0, 24, 6)]
    name = chance.choice(("Aranese", "Borduria", "Klow"))
    return f"{BOILERPLATE}{' '.join(sentences)} We bake in {name} and {name}."


def fill(path: Path, papers: list[tuple[str, dict[str, float], dict[str, float]]]) -> Path:
    """An index of papers in scope: abstract, labels that are assigned, and those that are not."""
    with Index.open(path, create=True) as index:
        index.papers.upsert_many(
            (
                Paper(f"9911.{number:05}", 1, f"Paper {number}", text)
                for number, (text, _, _) in enumerate(papers)
            ),
            "jsonl",
        )
        index.predictions.store(
            "mllm-test",
            [
                StoredPrediction(
                    arxiv_id=f"9911.{number:05}",
                    version=1,
                    in_scope=True,
                    p_in_scope=0.9,
                    probabilities=given | refused,
                    labels=frozenset(given),
                    uncertain=False,
                    unfamiliar=False,
                    used_text=False,
                )
                for number, (_, given, refused) in enumerate(papers)
            ],
        )
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ovens carry no label and yeast only a weak one; safety is half mills and half salt.

    Ten papers lie between `pretraining` and `sft`.
    """
    chance = random.Random(7)
    papers: list[tuple[str, dict[str, float], dict[str, float]]] = []
    papers += [(abstract(TOPICS["ovens"], chance), {}, {}) for _ in range(25)]
    papers += [(abstract(TOPICS["yeast"], chance), {"fairness": 0.42}, {}) for _ in range(25)]
    papers += [
        (abstract(TOPICS[topic], chance), {"safety": 0.9}, {})
        for topic in ("mills", "salt")
        for _ in range(40)
    ]
    both = " ".join(TOPICS.values())
    papers += [
        (abstract(both, chance), {"benchmark": 0.9, "sft": 0.41}, {"pretraining": 0.38, "sft": 0.4})
        for _ in range(10)
    ]
    papers += [(abstract(both, chance), {"benchmark": 0.9}, {"pretraining": 0.4})]
    papers += [(abstract(both, chance), {"benchmark": 0.9}, {"sft": 0.4})]
    return fill(tmp_path_factory.mktemp("gaps") / "mine.db", papers)


@pytest.fixture(scope="module")
def gaps(path: Path) -> Gaps:
    with Index.open(path) as index:
        return find_gaps(index)


def topic_of(terms: tuple[str, ...]) -> str:
    """The topic all of whose words are the terms' words."""
    words = {word for term in terms for word in term.split()}
    (topic,) = [name for name, of in TOPICS.items() if words <= set(of.split())]
    return topic


def test_groups_that_no_label_explains(gaps: Gaps) -> None:
    assert (gaps.in_scope, gaps.unexplained, gaps.looked_at) == (142, 50, 142)
    assert {topic_of(group.terms) for group in gaps.groups} == {"ovens", "yeast"}
    for group in gaps.groups:
        assert group.papers == 25
        assert group.stability > 0.9
        numbers = [int(each.arxiv_id[-2:]) for each in group.examples]
        assert len(numbers) == 5
        assert {number < 25 for number in numbers} == {topic_of(group.terms) == "ovens"}


def test_a_label_that_has_split(gaps: Gaps) -> None:
    (split,) = gaps.splits
    assert (split.label, split.papers) == ("safety", 80)
    assert {topic_of(half.terms) for half in split.halves} == {"mills", "salt"}
    assert [half.papers for half in split.halves] == [40, 40]


def test_siblings_that_are_confused(gaps: Gaps) -> None:
    (confusion,) = gaps.confusions
    assert confusion.labels == ("pretraining", "sft")
    assert confusion.papers == 10
    assert confusion.lift == pytest.approx(10 * 142 / (11 * 11))
    assert len(confusion.examples) == 5


def test_the_same_index_gives_the_same_answer(path: Path, gaps: Gaps) -> None:
    with Index.open(path) as index:
        assert as_document(find_gaps(index)) == as_document(gaps)


def test_a_split_that_another_label_tells_is_none(tmp_path: Path) -> None:
    chance = random.Random(7)
    papers: list[tuple[str, dict[str, float], dict[str, float]]] = []
    papers += [(abstract(TOPICS["mills"], chance), {"safety": 0.9}, {}) for _ in range(40)]
    papers += [
        (abstract(TOPICS["salt"], chance), {"safety": 0.9, "survey": 0.9}, {}) for _ in range(40)
    ]
    with Index.open(fill(tmp_path / "told.db", papers)) as index:
        assert find_gaps(index).splits == ()


def test_papers_without_a_common_topic_are_no_group(tmp_path: Path) -> None:
    chance = random.Random(7)
    words = " ".join(f"word{number}ly" for number in range(300))
    papers: list[tuple[str, dict[str, float], dict[str, float]]] = [
        (abstract(words, chance), {}, {}) for _ in range(80)
    ]
    with Index.open(fill(tmp_path / "noise.db", papers)) as index:
        found = find_gaps(index)
    assert found.unexplained == 80
    assert found.groups == ()


def test_large_indexes_are_sampled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_MOST_UNEXPLAINED", 40)
    monkeypatch.setattr(finding, "_MOST_OTHERS", 70)
    with Index.open(path) as index:
        found = find_gaps(index)
    assert (found.in_scope, found.unexplained, found.looked_at) == (142, 50, 110)
    assert {topic_of(group.terms) for group in found.groups} == {"ovens", "yeast"}


def test_terms_are_neither_names_nor_boilerplate() -> None:
    chance = random.Random(7)
    matrix = term_matrix([abstract(TOPICS["ovens"], chance) for _ in range(30)] * 2)
    words = {word for term in matrix.terms for word in term.split()}
    assert words <= set(TOPICS["ovens"].split())


@pytest.mark.parametrize("texts", [["", ""], ["Of.", "The and of."], ["One word"] * 30])
def test_texts_without_terms(texts: list[str]) -> None:
    assert list(term_matrix(texts).terms) == []


def test_the_command_line(mine: Mine, path: Path, tmp_path: Path) -> None:
    done = mine("--db", path, "gaps")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("142 papers in scope; 50 without a label of at least 0.50.\n")
    assert "  25 papers, stability 1.00: " in done.out
    assert "  safety 80 papers" in done.out
    assert "  pretraining and sft 10 papers near both thresholds, 11.7 times" in done.out
    document = mine("--db", path, "gaps", "--json").json
    assert [split["label"] for split in document["splits"]] == ["safety"]
    later = mine("--db", path, "gaps", "--since", "2100-01-01")
    assert later.out.startswith("0 papers in scope")
    assert "None: nothing speaks for a new category" in later.out
    assert mine("--db", path, "gaps", "--since", "never").code == 2
    assert mine("--db", tmp_path / "none.db", "gaps").code == 2
