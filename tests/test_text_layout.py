"""Papers that were typeset from known text come back as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from mllm_mine.fulltext import Document, Limits
from mllm_mine.fulltext.direction import line_in_order, words_in_order
from mllm_mine.fulltext.reader import read_document
from typeset import SCRIPTS, Layout, Truth, invent_paper, typeset

LAYOUTS = {
    "two-columns": Layout(),
    "one-column": Layout(columns=1, size=10.5),
    "review-copy": Layout(line_numbers=True, references="spaced"),
    "numbered-references": Layout(references="numbered"),
    "wide-abstract": Layout(wide_abstract=True),
    "capitals-in-one-column": Layout(
        columns=1, references="numbered", wide_abstract=True, heading_case="upper"
    ),
    "unnumbered-headings": Layout(numbered=False, references="spaced"),
}


def folded(text: str) -> str:
    return " ".join(text.split())


def read(path: Path) -> Document:
    return read_document(path, Limits(), {})


@pytest.fixture(scope="module", params=LAYOUTS)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Truth, Document]:
    path = tmp_path_factory.mktemp("typeset") / "paper.pdf"
    truth = typeset(invent_paper(1), LAYOUTS[request.param], path)
    return truth, read(path)


def test_the_text_is_the_one_that_was_set(pair: tuple[Truth, Document]) -> None:
    truth, document = pair
    assert document.status == "ok"
    written = [folded(part) for part in truth.text.split("\n\n")]
    found = [folded(part) for part in document.text.split("\n\n")]
    assert found == written


def test_title_and_abstract(pair: tuple[Truth, Document]) -> None:
    truth, document = pair
    assert document.title == truth.title
    assert document.abstract == folded(truth.abstract)


def test_headings_and_their_text(pair: tuple[Truth, Document]) -> None:
    truth, document = pair
    found = [(section.number, section.heading) for section in document.sections]
    assert [heading for heading in found if heading != ("", "Abstract")] == truth.headings
    introduction = next(s for s in document.sections if s.heading.lower() == "introduction")
    assert introduction.page == 1
    text = document.section_text(introduction)
    assert len(text) > 300
    assert folded(text) in folded(truth.text)


def test_levels_follow_numbers(pair: tuple[Truth, Document]) -> None:
    _, document = pair
    for section in document.sections:
        if section.number:
            assert section.level == section.number.count(".") + 1


def test_references_one_by_one(pair: tuple[Truth, Document]) -> None:
    truth, document = pair
    assert [folded(entry.text) for entry in document.references] == truth.references
    for entry in document.references:
        assert entry.year is not None and 1985 <= entry.year <= 1999
        assert entry.title and entry.title in entry.text
        assert bool(entry.arxiv_id) == ("arXiv:" in entry.text)
        assert bool(entry.doi) == ("doi:" in entry.text)


def test_tables_are_rows_and_captions_stand_apart(pair: tuple[Truth, Document]) -> None:
    truth, document = pair
    assert [table.rows for table in document.tables] == truth.tables
    assert [folded(caption.text) for caption in document.captions] == truth.captions
    figure = next(caption for caption in document.captions if caption.kind == "figure")
    assert "loss curve" in figure.content
    assert "loss curve" not in document.text


def test_footnotes(pair: tuple[Truth, Document]) -> None:
    truth, document = pair
    assert [note.text for note in document.footnotes] == truth.footnotes
    assert [note.mark for note in document.footnotes] == ["1", "2"]


def test_furniture_is_gone(pair: tuple[Truth, Document]) -> None:
    _, document = pair
    assert "A Paper That Does Not Exist" not in document.text
    assert "[cs.CL]" not in document.text


def test_every_page_knows_where_its_text_begins(pair: tuple[Truth, Document]) -> None:
    _, document = pair
    assert len(document.page_starts) == document.pages
    assert document.page_starts == sorted(document.page_starts)
    assert document.page_starts[0] == 0


def test_to_dict_and_back(pair: tuple[Truth, Document]) -> None:
    _, document = pair
    plain = document.to_dict()
    assert plain["sections"][1]["text"] == document.section_text(document.sections[1])
    assert Document.from_dict(plain) == document


@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_other_papers_come_back_too(tmp_path: Path, seed: int) -> None:
    truth = typeset(invent_paper(seed), Layout(), tmp_path / "paper.pdf")
    document = read(tmp_path / "paper.pdf")
    assert document.abstract == folded(truth.abstract)
    assert sorted(folded(document.text).split()) == sorted(folded(truth.text).split())


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_every_script_survives(tmp_path: Path, script: str) -> None:
    import pymupdf

    document = pymupdf.open()
    page = document.new_page()
    sentence = f"An example in {script}: {SCRIPTS[script]}"
    for row in range(6):
        box = pymupdf.Rect(72, 90 + 30 * row, 520, 118 + 30 * row)
        page.insert_htmlbox(box, f"<p>{sentence}</p>")
    document.save(tmp_path / "script.pdf")
    assert sentence in read(tmp_path / "script.pdf").text


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    typeset(invent_paper(6), Layout(), tmp_path / "paper.pdf")
    first, second = (read(tmp_path / "paper.pdf").to_dict() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "sentence",
    [
        "The Hebrew sentence שלום עולם יקר means hello dear world.",
        "שלום עולם 2024 יקר",
    ],
)
def test_scripts_from_right_to_left_keep_their_order(tmp_path: Path, sentence: str) -> None:
    import pymupdf

    document = pymupdf.open()
    page = document.new_page()
    for row in range(6):
        box = pymupdf.Rect(72, 90 + 30 * row, 520, 118 + 30 * row)
        page.insert_htmlbox(box, f"<p>{sentence}</p>")
    document.save(tmp_path / "script.pdf")
    assert sentence in read(tmp_path / "script.pdf").text


@pytest.mark.parametrize(
    ("drawn", "read"),
    [
        (["abc", "אבג", "דהו", "end"], "abc דהו אבג end"),  # from left to right, as TeX does
        (["אבג", "12", "דהו"], "דהו 12 אבג"),
        (["one", "אבג", "two", "דהו"], "one אבג two דהו"),
        (["אבג", "7"], "אבג 7"),
    ],
)
def test_words_from_right_to_left_that_are_drawn_rightwards(drawn: list[str], read: str) -> None:
    line = " ".join(drawn)
    characters = [(letter, float(place)) for place, letter in enumerate(line)]
    assert words_in_order(characters) == read
    leftwards = [(letter, -place) for letter, place in characters]
    assert words_in_order(leftwards) == line


def test_a_word_behind_words_from_right_to_left_stands_apart() -> None:
    line = "one אבג דהוtwo 3"
    characters = [(letter, -float(place)) for place, letter in enumerate(line)]
    assert line_in_order(line, lambda: characters) == "one אבג דהו two 3"
