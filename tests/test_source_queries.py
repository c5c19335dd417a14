"""Queries as they are sent to arXiv."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from arxiv_query_api import compile_query
from mllm_mine.source.queries import (
    build_queries,
    builtin_queries,
    oai_set,
    same_query,
    within,
)
from mllm_mine.source.windows import Window
from served_papers import ServedPaper, Version

NOW = datetime(2099, 12, 20, tzinfo=UTC)


def matches(query: str, title: str, abstract: str, *categories: str) -> bool:
    version = Version(NOW, NOW)
    paper = ServedPaper("9912.00001", (version,), title, abstract, categories)
    return compile_query(query)(paper, NOW)


def any_matches(title: str, abstract: str, *categories: str) -> bool:
    return any(matches(query, title, abstract, *categories) for query in builtin_queries())


@pytest.mark.parametrize(
    ("title", "abstract", "category", "wanted"),
    [
        ("Cross-lingual transfer", "We move words.", "cs.CL", True),
        ("Bilingual prompts", "A large language model answers.", "cs.LG", True),
        ("Speech in Yoruba", "We fine-tune a pretrained transformer.", "eess.AS", True),
        ("Bilingual signs", "We study streets.", "cs.CV", False),
        ("Parsing trees", "We parse with a language model.", "cs.CL", False),
        ("Multilingual models", "Of language models.", "math.NT", False),
        ("Prime gaps", "Nothing to see.", "math.NT", False),
    ],
)
def test_the_builtin_queries_mean_what_they_should(
    title: str, abstract: str, category: str, wanted: bool
) -> None:
    """Evaluated by arXiv's rules: operators go right to left, without precedence."""
    assert any_matches(title, abstract, category) is wanted


def test_the_builtin_queries_fit_into_an_address() -> None:
    for query in builtin_queries():
        arguments = {"search_query": within(query, NOW, NOW), "id_list": "", "start": 0}
        assert len(urlencode(arguments)) < 3_500


def test_queries_are_restricted_one_by_one_and_repeats_dropped() -> None:
    built = build_queries(("all:a OR all:b", "ti:c", "ti:c"), ("cs.CL", "cs.LG"), builtin=True)
    assert built == (
        "(cat:cs.CL OR cat:cs.LG) AND (all:a OR all:b)",
        "(cat:cs.CL OR cat:cs.LG) AND (ti:c)",
    )
    assert build_queries((), ("cs.CL",), builtin=False) == ("(cat:cs.CL)",)
    assert build_queries((), (), builtin=True) == builtin_queries()


def test_a_window_is_asked_for_in_whole_minutes() -> None:
    window = Window.covering("2099-12-01T10:20:30Z", "2099-12-02T11:21:31Z")
    assert within("all:x", window.since, window.until) == (
        "(all:x) AND submittedDate:[209912011020 TO 209912021122]"
    )


def test_halves_share_a_minute_and_leave_nothing_out() -> None:
    window = Window.covering("2099-12-01", "2099-12-02")
    first, second = window.halves()
    assert first.since == window.since
    assert first.until == second.since
    assert second.until == window.until
    short = Window.covering("2099-12-01T10:00:00Z", "2099-12-01T10:01:00Z")
    assert short.halves() == (short,)


@pytest.mark.parametrize(
    ("sent", "understood", "same"),
    [
        ("(cat:cs.CL) AND (all:x)", "cat:cs.CL AND all:x", True),
        ('(ti:"a b")', 'ti:"a b"', True),
        ("cat:cs.CL", "", True),
        ("all:a and all:b", "all:a all:and all:b", False),
        ("lastUpdatedDate:[1 TO 2]", "submittedDate:[1 TO 2]", False),
    ],
)
def test_a_query_understood_otherwise_is_noticed(sent: str, understood: str, same: bool) -> None:
    assert same_query(sent, understood) is same


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("cs.*", "cs"),
        ("eess.AS", "eess:eess:AS"),
        ("hep-th", "physics:hep-th"),
        ("cond-mat.soft", "physics:cond-mat:soft"),
        ("physics.optics", "physics:physics:optics"),
        ("math-ph", "physics:math-ph"),
        ("q-bio.QM", "q-bio:q-bio:QM"),
    ],
)
def test_categories_have_oai_sets(category: str, name: str) -> None:
    assert oai_set(category) == name
