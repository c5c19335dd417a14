"""Search results are ranked by BM25: all of them where they are few, the newest where not.

Where words are so common that FTS5 would count their papers for long, weights come from samples.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mllm_mine.index import Index, ranking
from mllm_mine.index.bm25 import best_by_words, words_of
from mllm_mine.index.document_frequency import DocumentFrequencies
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.reading import SearchResult
from mllm_mine.index.search_query import Phrase, parse_query
from mllm_mine.index.stored_prediction import StoredPrediction
from mllm_mine.paper import Paper

# Of equal length, so that lengths in letters are to each other as lengths in words.
WORDS = ("oven", "kiln", "loom", "clay", "yarn", "bark", "reed", "silk")
PAPERS = 600


def invented(number: int) -> Paper:
    """A paper in which early words of the list are common and late ones rare."""
    draw = random.Random(number)
    shares = [0.5**place for place in range(len(WORDS))]

    def text(words: int) -> str:
        return " ".join(draw.choices(WORDS, shares, k=words))

    return Paper(
        arxiv_id=f"9912.{number:05}",
        version=1,
        title=text(4),
        abstract=text(draw.randrange(10, 60)),
        published=f"20{50 + number // 28:02}-01-{number % 28 + 1:02}T00:00:00Z",
    )


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    path = tmp_path_factory.mktemp("ranking") / "mine.db"
    with Index.open(path, create=True) as opened:
        opened.papers.upsert_many((invented(number) for number in range(PAPERS)), "jsonl")
        opened.predictions.use_model("mllm-test")
        opened.predictions.store("mllm-test", [opinion(number) for number in range(PAPERS)])
        yield opened


def opinion(number: int) -> StoredPrediction:
    labels = frozenset({"rlhf"}) if number % 50 == 0 else frozenset[str]()
    return StoredPrediction(
        arxiv_id=f"9912.{number:05}",
        version=1,
        in_scope=True,
        p_in_scope=0.9,
        probabilities={"rlhf": 0.8 if labels else 0.1},
        labels=labels,
        uncertain=False,
        unfamiliar=False,
        used_text=False,
    )


def plain_bm25(index: Index, expression: str) -> dict[str, float]:
    """What FTS5 itself makes of all matches, greater is better."""
    rows = index.connection.execute(
        "SELECT arxiv_id, -bm25(papers_fts, 10.0, 4.0, 1.0) FROM papers_fts "
        "JOIN papers ON docid = papers_fts.rowid WHERE papers_fts MATCH ?",
        (expression,),
    )
    return {row[0]: row[1] for row in rows}


def found(index: Index, words: str, limit: int = PAPERS, **wanted: object) -> SearchResult:
    return index.reading.search(words, PaperFilter(**wanted), limit)  # type: ignore[arg-type]


def ranks(result: SearchResult) -> dict[str, float]:
    return {hit.classified.paper.arxiv_id: hit.rank for hit in result.hits}


def in_order(result: SearchResult, expected: dict[str, float], slack: float = 1e-9) -> bool:
    """Whether the results go downwards by the expected ranks."""
    values = [expected[arxiv_id] for arxiv_id in ranks(result)]
    return all(one >= two - slack for one, two in itertools.pairwise(values))


QUERIES = {
    "silk": '"silk"',
    "oven": '"oven"',
    "oven silk": '"oven" AND "silk"',
    "reed OR bark": '"reed" OR "bark"',
    '"oven kiln" reed': '"oven kiln" AND "reed"',
    "ree*": '"ree"*',
    "silk -reed -bark": '"silk" NOT "reed" NOT "bark"',
}


@pytest.mark.parametrize(("words", "expression"), QUERIES.items(), ids=QUERIES)
def test_all_matches_are_ranked_as_bm25_ranks_them(
    index: Index, words: str, expression: str
) -> None:
    expected = plain_bm25(index, expression)
    result = found(index, words)
    assert result.ranked_since == ""
    assert ranks(result) == pytest.approx(expected, abs=1e-12)
    assert in_order(result, expected)
    some = found(index, words, since="2060-01-01", until="2065-12-31")
    assert ranks(some) == pytest.approx({key: expected[key] for key in ranks(some)}, abs=1e-12)
    assert len(some.hits) == sum(
        "2060" <= invented(int(key[5:])).published[:4] <= "2065" for key in expected
    )


@pytest.mark.parametrize("words", ["oven silk", '"oven kiln" silk oven'])
def test_words_that_weigh_nothing_need_not_be_counted(
    index: Index, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = found(index, words)
    monkeypatch.setattr(ranking, "COUNTED", 0)
    statements: list[str] = []
    index.connection.set_trace_callback(statements.append)
    result = found(index, words)
    index.connection.set_trace_callback(None)
    assert ranks(result) == pytest.approx(ranks(expected), abs=1e-4)
    assert in_order(result, ranks(expected), slack=1e-4)
    (ranked,) = [each for each in statements if "bm25(" in each and "snippet(" in each]
    assert "silk" in ranked
    assert '"oven" AND' not in ranked
    assert 'AND "oven")' not in ranked


def plain_and_sampled(
    index: Index, words: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, float], SearchResult]:
    expected = plain_bm25(index, parse_query(words).expression)
    monkeypatch.setattr(ranking, "COUNTED", 0)
    monkeypatch.setattr(ranking, "COUNTED_FOR_ALL", 0)
    return expected, found(index, words)


@pytest.mark.parametrize("words", ["oven", "silk", '"oven kiln"', "re*"])
def test_weights_from_samples_rank_single_words_alike(
    index: Index, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, result = plain_and_sampled(index, words, monkeypatch)
    assert ranks(result).keys() == expected.keys()
    # The mean length is that of the papers that match; so it may tell two apart otherwise.
    assert in_order(result, expected, slack=0.02 * max(expected.values()))


@pytest.mark.parametrize("words", ["loom clay", "reed OR bark", 'clay "oven kiln" -silk'])
def test_weights_from_samples_rank_several_words_nearly_alike(
    index: Index, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, result = plain_and_sampled(index, words, monkeypatch)
    assert ranks(result).keys() == expected.keys()
    best = sorted(expected, key=lambda arxiv_id: -expected[arxiv_id])
    assert len(set(best[:20]) & set(list(ranks(result))[:20])) >= 16


def test_what_is_left_out_is_no_reason_to_rank_papers_that_do_not_match(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = found(index, "oven silk -reed")
    monkeypatch.setattr(ranking, "COUNTED", 0)
    statements: list[str] = []
    index.connection.set_trace_callback(statements.append)
    result = found(index, "oven silk -reed")
    index.connection.set_trace_callback(None)
    assert ranks(result) == pytest.approx(ranks(expected), abs=1e-12)
    (ranked,) = [each for each in statements if "bm25(" in each and "snippet(" in each]
    assert 'NOT ("reed")' in ranked


def test_of_very_common_words_the_newest_are_read_and_titles_choose(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"COUNTED": 0, "RANKED": 200, "READ": 50}.items():
        monkeypatch.setattr(ranking, name, value)
    result = found(index, "loom", limit=20)
    with_it = [n for n in range(PAPERS) if "loom" in words_of(text_of(n))]
    newest = with_it[-200:]
    assert result.ranked_since == invented(with_it[-201]).published[:10]
    numbers = [int(arxiv_id[5:]) for arxiv_id in ranks(result)]
    assert set(numbers) <= set(newest)
    assert all("loom" in invented(number).title for number in numbers)
    assert {hit.snippet.count("\x02") > 0 for hit in result.hits} == {True}
    assert len(found(index, "loom", limit=120).hits) == 120


def text_of(number: int) -> str:
    paper = invented(number)
    return f"{paper.title} {paper.abstract}"


def test_a_filter_that_few_papers_pass_is_asked_first(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"RANKED": 20, "RANKED_FILTERED": 300, "PASSING": 2}.items():
        monkeypatch.setattr(ranking, name, value)
    with_it = {n for n in range(0, PAPERS, 50) if "oven" in words_of(text_of(n))}
    result = found(index, "oven", labels=("rlhf",), since="2055-01-01")
    numbers = {int(arxiv_id[5:]) for arxiv_id in ranks(result)}
    late = {number for number in with_it if invented(number).published >= "2055"}
    newest_first = sorted(late, reverse=True)
    assert numbers == set(newest_first[: len(numbers)])
    assert len(numbers) >= 2
    recent = found(index, "oven", since="2071-06-01")
    assert recent.ranked_since == "", "no older paper can pass"
    nothing = found(index, "oven", labels=("safety",))
    assert (nothing.hits, nothing.ranked_since) == ([], "")


def test_where_many_pass_it_stops_when_enough_have(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mllm_mine.index.reading._FREQUENT", 5)
    for name, value in {"RANKED": 20, "RANKED_FILTERED": 400, "PASSING": 2}.items():
        monkeypatch.setattr(ranking, name, value)
    few = found(index, "oven", labels=("rlhf",), limit=2)
    assert len(few.hits) == 2
    more = found(index, "oven", labels=("rlhf",), limit=5)
    assert len(more.hits) == 5
    assert more.ranked_since < few.ranked_since
    assert found(index, "silk -oven", labels=("rlhf",)).ranked_since == ""


def test_samples_tell_how_common_a_word_is(index: Index) -> None:
    frequencies = DocumentFrequencies(index.connection)
    assert frequencies.sampled > 0
    for word in WORDS:
        papers = sum(word in words_of(text_of(number)) for number in range(PAPERS))
        assert frequencies.share(Phrase(word)) == pytest.approx(papers / PAPERS, abs=0.1)
        assert frequencies.share(Phrase(word[:3], prefix=True)) > 0 or papers < 10
    assert frequencies.share(Phrase("xylophone")) == 0


@pytest.mark.parametrize(
    ("words", "title", "phrases"),
    [
        ("sao", "São Tomé", 1),
        ('"low resource"', "Low-resource, LOW/resource; low resources", 2),
        ("low-resource*", "low-resources", 1),
        ("北京", "北京 and 北京大学", 1),
        ("ǅungla", "ǆungla", 1),
        ("c++", "C and c#, not cc", 2),
    ],
)
def test_words_are_counted_as_the_full_text_index_finds_them(
    tmp_path: Path, words: str, title: str, phrases: int
) -> None:
    with Index.open(tmp_path / "mine.db", create=True) as index:
        paper = Paper(arxiv_id="9912.00001", version=1, title=title, abstract="", published="")
        index.papers.upsert(paper, "jsonl")
        query = parse_query(words)
        (docid,) = index.connection.execute(
            "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ?", (query.expression,)
        ).fetchone()
        weights = dict.fromkeys(query.wanted, 1.0)
        ((_, rank),) = best_by_words(index.connection, query, [docid], weights, 1)
    assert rank == pytest.approx(-10 * phrases * 2.2 / (10 * phrases + 1.2))


def test_a_day_with_very_many_papers_is_searched_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mllm_mine.index.docids._PER_DAY", 4)
    monkeypatch.setattr(ranking, "RANKED", 10)
    days = ["2098-12-31"] * 5 + ["2099-01-01"] * 20 + ["2099-03-01"] * 20  # months without days
    with Index.open(tmp_path / "mine.db", create=True) as opened:
        opened.papers.upsert_many(
            [
                replace(invented(number), published=f"{day}T00:00:00Z")
                for number, day in enumerate(days)
            ],
            "jsonl",
        )
        for until, papers in (("2098-12-31", 5), ("2099-01-01", 25), ("2099-02-28", 25)):
            result = found(opened, "oven OR kiln OR loom OR clay", until=until)
            assert len(result.hits) == papers, until
