"""Taxonomy files: what people get wrong is named, and nothing of theirs is lost in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from mllm_mine.errors import ConfigurationError
from mllm_mine.taxonomy import builtin_taxonomy, load_taxonomy, parse_taxonomy

HEAD = '[taxonomy]\nid = "bread"\ntitle = "Bread"\n'
DIMENSION = '[[dimension]]\nid = "dough"\n'
RYE = '[[label]]\nid = "rye"\ndimension = "dough"\n'
CLASS = '[[word_class]]\nid = "flour"\nwords = ["flour", "meal"]\n'


def test_a_small_file_is_enough() -> None:
    taxonomy = parse_taxonomy(HEAD + DIMENSION + RYE)
    assert (taxonomy.label_ids, taxonomy.scope) == (("rye",), None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RYE + DIMENSION + HEAD + 'parnet = "x"\n', "'parnet' in [taxonomy]"),
        (HEAD + DIMENSION + RYE + 'parnet = "x"\n', "the label 'rye'; did you mean 'parent'?"),
        (HEAD + DIMENSION + 'colour = "red"\n' + RYE, "'colour' in the dimension 'dough'; known"),
        (HEAD + DIMENSION + RYE + CLASS + "word = []\n", "did you mean 'words'?"),
        ("labels = 1\n" + HEAD + DIMENSION + RYE, "did you mean 'label'?"),
        ("scope = true\n" + HEAD + DIMENSION + RYE, "write scope as a [scope] table"),
        (HEAD + DIMENSION + RYE.replace("rye", "rye\\n"), "id 'rye\\n' must be"),
        (HEAD + DIMENSION + 'groups = ["sour"]\n' + RYE, "write 'groups' of the dimension 'dough'"),
        (HEAD + DIMENSION + "groups = 3\n" + RYE, "write 'groups' of the dimension 'dough'"),
        (HEAD + DIMENSION + DIMENSION + RYE, "the dimension 'dough' is defined twice"),
        (HEAD + DIMENSION + RYE + CLASS + CLASS, "the word class 'flour' is defined twice"),
        (
            HEAD
            + DIMENSION
            + 'groups = [{ id = "sour", title = "Sour" }, { id = "sour", title = "S" }]\n'
            + RYE,
            "the group 'sour' is defined twice in the dimension 'dough'",
        ),
        (
            HEAD
            + DIMENSION
            + '[[dimension]]\nid = "form"\n'
            + RYE
            + '[[label]]\nid = "loaf"\nparent = "rye"\ndimension = "form"\n',
            "its parent 'rye' belongs to 'dough'",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_taxonomy(text, "bread.toml")
    assert said in str(refused.value)
    assert str(refused.value).startswith("bread.toml: ")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bread.toml"
    path.write_text(HEAD + DIMENSION + RYE, encoding="utf-8-sig", newline="\r\n")
    assert load_taxonomy(path).label_ids == ("rye",)


def test_the_built_in_taxonomy_is_sound() -> None:
    assert len(builtin_taxonomy().label_ids) == len(set(builtin_taxonomy().label_ids))
