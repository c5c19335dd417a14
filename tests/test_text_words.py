"""Words: broken at line ends, with ligatures and accents, and fonts that lie."""

from __future__ import annotations

import unicodedata

import pytest

from mllm_mine.fulltext.characters import clean_line, garbled_share
from mllm_mine.fulltext.footnotes import without_marks
from mllm_mine.fulltext.joining import Vocabulary, join_lines


@pytest.mark.parametrize(
    ("lines", "elsewhere", "joined"),
    [
        (["multilin-", "gual models"], "", "multilingual models"),
        (["a low-", "resource language"], "", "a low-resource language"),
        (["state-of-the-", "art results"], "", "state-of-the-art results"),
        (["state-of-", "the-art results"], "", "state-of-the-art results"),
        (["Multi-", "Head attention"], "", "Multi-Head attention"),
        (["Detect-", "GPT finds"], "DetectGPT is ours", "DetectGPT finds"),
        (["GPT-", "3 writes"], "", "GPT-3 writes"),
        (["NLP-", "related work"], "", "NLP-related work"),
        (["pre-", "training data"], "we pretrain, pre-training helps", "pre-training data"),
        (["pre-", "training data"], "pretraining helps", "pretraining data"),
        (
            ["sequence-", "aligned"],
            "sequence models, a sequence, each sequence",
            "sequence-aligned",
        ),
        (["high-", "lights of it"], "high and low", "highlights of it"),
        (["train-", "ing data"], "the train is full", "training data"),
        (["under-", "standing"], "", "understanding"),
        (["mono-", "and multilingual"], "", "mono- and multilingual"),
        (
            ["see https://example.org/a-", "long/path now"],
            "",
            "see https://example.org/a-long/path now",
        ),
        (["[astro-", "ph/9999455]"], "", "[astro-ph/9999455]"),
        (["doi: 10.9999/NONE.", "1999.4587821."], "", "doi: 10.9999/NONE.1999.4587821."),
        (["doi: 10.9999/none.", "1999. Two"], "", "doi: 10.9999/none. 1999. Two"),
        (["https://example.org/1999.", "acl-9.229."], "", "https://example.org/1999.acl-9.229."),
        (
            ["see https://example.org/1999.", "The next"],
            "",
            "see https://example.org/1999. The next",
        ),
        (["soft\u00ad", "ware"], "", "software"),
        (["one line", "and the next"], "", "one line and the next"),
        (["多语言", "大模型"], "", "多语言大模型"),
        (["ภาษา", "ไทย"], "", "ภาษาไทย"),
        (["안녕하세요", "세계"], "", "안녕하세요 세계"),
        (["an aside—", "like this"], "", "an aside—like this"),
        (["the English-", "to-German task"], "", "the English-to-German task"),
    ],
)
def test_lines_are_joined_as_the_word_calls_for(
    lines: list[str], elsewhere: str, joined: str
) -> None:
    assert join_lines(lines, Vocabulary([elsewhere])) == joined


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("eﬃcient ﬂow of ﬁles", "efficient flow of files"),
        ("a\u00a0b\u2009c\u3000d", "a b c d"),
        ("Informaci´on y F´ısica", "Información y Física"),
        ("na¨ıve Fa¸cade", "naïve Façade"),
        ("M¨uller and ˇSkoda", "Müller and Škoda"),
        ("e\u0301tude", "étude"),
        ("signi\x1ccant \x1euent", "significant ffiuent"),
        ("zero\u200bwidth and\ufeff bom", "zerowidth and bom"),
        ("a\x00b\x07c", "abc"),
        ("x ˜ y and `quoted'", "x ˜ y and `quoted'"),
        ("\ufffd\ufffd\ufffd glyphs \ue123", "\ufffd glyphs \ufffd"),
        ("แบบจํา", "แบบจำ"),
        ("\ufee3\ufeae\ufea3\ufe92\ufe8e", "مرحبا"),
    ],
)
def test_characters_are_put_right(printed: str, meant: str) -> None:
    assert clean_line(printed) == unicodedata.normalize("NFC", meant)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Our code is public.1", "Our code is public."),
        ("on Hugging Face1 and GitHub2, as", "on Hugging Face and GitHub, as"),
        ("the toy2 model (a toy2) of 3.1 and 1,2", "the toy2 model (a toy2) of 3.1 and 1,2"),
        ("not a note.7", "not a note.7"),
        ("our toy1.5 and its toy2.", "our toy1.5 and its toy."),
        ("GPT-2 and Table 1", "GPT-2 and Table 1"),
    ],
)
def test_calls_of_footnotes_are_taken_off(text: str, expected: str) -> None:
    assert without_marks(text, frozenset({"1", "2"}), Vocabulary([text])) == expected


def test_garbled_text_is_told_from_good() -> None:
    good = ["The usual sentence about models.", "Статья о языковых моделях.", "多语言大模型"]
    assert garbled_share(good) == 0
    assert garbled_share(["\ufffd \ufffd \ufffd a \ufffd"] * 10) == 1
    assert garbled_share(["Wkh xvxdo vhqwhqfh derxw wklqjv lv shrzkw"] * 10) > 0.5
