"""`mine search`: ranked, filtered, and never a syntax error."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command_line import Mine
from mllm_mine.__main__ import run
from mllm_mine.errors import ConfigurationError
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.search_query import match_expression


def found(index: Index, words: str) -> list[str]:
    return [
        hit.classified.paper.arxiv_id for hit in index.reading.search(words, PaperFilter()).hits
    ]


def test_a_word_in_the_title_ranks_above_one_in_the_abstract(index: Index) -> None:
    steam = index.papers.get("9912.00004")
    assert steam is not None
    abstract = "Rewarding as it is, this engine runs on coal."
    index.papers.upsert(replace(steam, abstract=abstract), "jsonl")
    assert found(index, "rewarding") == ["9912.00001", "9912.00004"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("UBERSETZUNG sao", ["9912.00003"]),  # case and accents do not matter
        ("low-resource", ["9912.00006"]),
        ('"resource low"', []),
        ("token*", ["9912.00006", "9912.00005"]),
        ("token* -withdrawn", ["9912.00006"]),
        ('token* -"low resource"', ["9912.00005"]),
        ("steam OR tongues", ["9912.00004", "9912.00001"]),
        ("steam tongues", []),
        ("北京", ["9912.00003"]),
        ("title: steam", []),  # a word like any other, not a column
    ],
)
def test_what_words_mean(index: Index, words: str, expected: list[str]) -> None:
    assert sorted(found(index, words)) == sorted(expected)


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters(codec="utf-8"), max_size=40)
    | st.text('ab"*-()^:+{}\\ ORNEAT', max_size=20)
)
def test_no_words_are_a_syntax_error(words: str) -> None:
    import sqlite3

    try:
        expression = match_expression(words)
    except ConfigurationError:
        return
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5 (title, abstract, text)")
        connection.execute("SELECT * FROM t WHERE t MATCH ?", (expression,)).fetchall()
    finally:
        connection.close()


def test_the_full_text_is_searched(index: Index) -> None:
    with index.transaction() as connection:
        connection.execute(
            "INSERT INTO fulltexts (arxiv_id, version, status, text, extracted_at) "
            "VALUES ('9912.00004', 1, 'ok', 'we boil the kettle in Yoruba', '2099-12-07')"
        )
    assert found(index, "kettle yoruba") == ["9912.00004"]


def test_json_lines_have_rank_and_snippet(mine: Mine, index_path: Path) -> None:
    result = mine("search", "tokenization", "--json")
    (hit,) = result.lines
    assert hit["arxiv_id"] == "9912.00006"
    assert hit["rank"] > 0
    assert "tokenization" in hit["snippet"]
    assert result.err == ""


def test_filters_and_words_that_look_like_options(mine: Mine, index_path: Path) -> None:
    assert [hit["arxiv_id"] for hit in mine("search", "invented", "--in-scope", "--json").lines]
    narrowed = mine("search", "invented", "--label", "rlhf", "--json")
    assert [hit["arxiv_id"] for hit in narrowed.lines] == ["9912.00001"]
    late = mine("search", "invented", "--since", "2099-12-06", "--json")
    assert [hit["arxiv_id"] for hit in late.lines] == ["9912.00006"]
    without = mine("search", "token*", "-hidden", "-withdrawn", "--json")
    assert [hit["arxiv_id"] for hit in without.lines] == ["9912.00006"]


def test_nothing_to_search_for_is_bad_usage(mine: Mine, index_path: Path) -> None:
    for words in (["-speech"], ["***"], ["  "]):
        result = mine("search", *words)
        assert result.code == 2
        assert "no word to search for" in result.err
    assert mine("search").code == 2


def test_no_hit_is_no_failure(mine: Mine, index_path: Path) -> None:
    result = mine("search", "xylophone")
    assert (result.code, result.out) == (0, "")
    assert result.err == "mine: no paper matches\n"
    assert "OR in capitals" in mine("search", "xylophone", "or", "tokenization").err
    assert "leave AND out" in mine("search", "xylophone AND tokenization").err
    assert "'mine show 9912.00077' shows a paper by its id" in mine("search", "9912.00077").err


def test_of_words_in_very_many_papers_it_says_which_were_ranked(
    index_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mllm_mine.index.ranking.RANKED", 2)
    assert run(["--db", str(index_path), "search", "invented", "--json"]) == 0
    printed = capsys.readouterr()
    ids = sorted(json.loads(line)["arxiv_id"] for line in printed.out.splitlines())
    assert ids == ["9912.00005", "9912.00006"]
    assert "only the newest were ranked (since 2099-12-04)" in printed.err
    assert run(["--db", str(index_path), "search", "tokenizers"]) == 0
    assert capsys.readouterr().err == ""


def test_scope_is_no_label_to_filter_by(index: Index) -> None:
    with pytest.raises(ConfigurationError, match="--in-scope") as raised:
        index.reading.search("steam", PaperFilter(labels=("in_scope",)))
    assert "did you mean" not in str(raised.value)


def test_a_mistyped_option_leaves_nothing_out_in_silence(mine: Mine, index_path: Path) -> None:
    for typed, meant in (("--in_scope", "--in-scope"), ("--untill=2099-12-31", "--until")):
        result = mine("search", "invented", typed)
        assert (result.code, result.out) == (2, "")
        assert f"did you mean {meant}?" in result.err
    assert mine("search", '"--invented"').code == 0
