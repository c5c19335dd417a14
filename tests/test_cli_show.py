"""`mine show`: every fact about a paper, and why it is filed as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index


@pytest.mark.parametrize(
    "written",
    [
        "9912.00003",
        "9912.00003v1",
        "arXiv:9912.00003",
        "https://arxiv.org/abs/9912.00003v2",
        "https://arxiv.org/pdf/9912.00003.pdf",
        "oai:arXiv.org:9912.00003",
    ],
)
def test_any_form_of_the_id(mine: Mine, index_path: Path, written: str) -> None:
    document = mine("show", written, "--json").json
    assert document["arxiv_id"] == "9912.00003"
    assert document["version"] == 2


def test_the_record_is_whole(mine: Mine, index: Index) -> None:
    index.connection.execute(
        "INSERT INTO pdfs (arxiv_id, version, status, reason) "
        "VALUES ('9912.00001', 1, 'failed', 'the file is an HTML page')"
    )
    index.connection.execute(
        "INSERT INTO fulltexts (arxiv_id, version, status, text, pages, extracted_at) "
        "VALUES ('9912.00001', 1, 'ok', 'twelve chars', 3, '2099-12-07')"
    )
    document = mine("show", "9912.00001", "--json").json
    assert document["title"] == "Rewarding models in many tongues"
    assert document["authors"] == ["Ana Exemplo", "Bo Tester"]
    assert document["alignment"] == ["rlhf"]
    assert document["labels"][0] == {"label": "rlhf", "probability": 0.91, "by_hand": False}
    assert document["model"] == "mllm-test"
    assert document["waiting"] is False  # the classifier reads no text
    assert document["pdf"]["reason"] == "the file is an HTML page"
    assert document["text"]["characters"] == 12
    page = mine("show", "9912.00001").out
    for fact in ("Ana Exemplo", "rlhf 0.91", "the file is an HTML page", "3 pages", "mllm-test"):
        assert fact in page
    assert "\x1b" not in page
    index.connection.execute("UPDATE papers SET abstract = 'x' WHERE arxiv_id = '9912.00001'")
    assert mine("show", "9912.00001", "--json").json["waiting"] is True


def test_reasons_of_the_real_model(mine: Mine, tmp_path: Path) -> None:
    papers = tmp_path / "papers.jsonl"
    papers.write_text(
        '{"id": "9912.00009", "title": "Hallucination in multilingual language models", '
        '"abstract": "Here is a sentence about nothing much. We measure how often multilingual '
        'models hallucinate in thirty languages and release a benchmark."}\n'
    )
    assert mine("fetch", "--from", papers).code == 0
    assert mine("classify").code == 0
    document = mine("show", "9912.00009", "--json").json
    assert "hallucination" in document["frontiers"]
    assert document["reasons"]["model"] == document["model"]
    reason = document["reasons"]["labels"]["hallucination"]
    assert reason["assigned"] is True
    assert "hallucinat" in reason["terms"][0]["term"]
    contributions = [term["contribution"] for term in reason["terms"]]
    assert contributions == sorted(contributions, reverse=True)
    for each in document["reasons"]["labels"].values():
        terms = sum(term["contribution"] for term in each["terms"])
        assert each["bias"] + terms + each["other_terms"] == pytest.approx(each["score"], abs=2e-3)
    assert "allucinat" in reason["sentences"][0]
    page = mine("show", "9912.00009").out
    assert "Why the model says so" in page
    assert f"{reason['terms'][0]['term']} +" in page


def test_a_paper_without_an_abstract_leaves_no_hole(mine: Mine, index: Index) -> None:
    index.connection.execute("UPDATE papers SET abstract = '' WHERE arxiv_id = '9912.00001'")
    page = mine("show", "9912.00001").out.splitlines()
    link = page.index("Link       https://arxiv.org/abs/9912.00001")
    assert page[link + 1] == ""
    assert page[link + 2].startswith("Scope")


def test_a_missing_model_costs_only_the_reasons(mine: Mine, index_path: Path) -> None:
    (index_path.parent / "mine.toml").write_text('[classify]\nmodel = "gone.model"\n')
    result = mine("show", "9912.00001", "--json")
    assert result.code == 0
    assert result.json["reasons"] is None
    assert result.json["frontiers"] == ["safety"]
    assert "gone.model" in result.err


def test_the_history_is_told(mine: Mine, index: Index) -> None:
    index.labels.give("9912.00001", {"rlhf": False}, author="Ana", tool="mine label", note="no RL")
    index.labels.give("9912.00001", {"rlhf": None}, author="Bo")
    page = mine("show", "9912.00001").out
    assert "Ana refused rlhf on version 1 (the model mllm-test said 0.91)" in page
    assert "no RL" in page
    assert "Bo took back rlhf" in page


def test_a_paper_that_is_not_there(mine: Mine, index_path: Path) -> None:
    result = mine("show", "9912.77777")
    assert (result.code, result.out) == (1, "")
    assert "mine fetch --ids 9912.77777" in result.err
    assert mine("show", "no id at all").code == 1
    assert mine("show").code == 2
