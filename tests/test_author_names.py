"""Authors' names as people write them, whatever TeX their sources hold."""

from __future__ import annotations

import pytest

from import_files import Importer, lines, plain
from mllm_mine.source.cleaning import clean_names


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (r"J{\o}rgen Exemplo", "Jørgen Exemplo"),
        ("J{ø}rgen Exemplo", "Jørgen Exemplo"),
        (r"{\L}ukasz {Exemplo}", "Łukasz Exemplo"),
        (r"\AA sa {\AA}berg", "Åsa Åberg"),
        (r"P{\'{a}}l {\c{C}}elik", "Pál Çelik"),
        ("{The Bread Team}", "The Bread Team"),
        ("Anne Sa{ß}", "Anne Saß"),
    ],
)
def test_braces_of_tex_are_no_part_of_a_name(sent: str, kept: str) -> None:
    assert clean_names([sent]) == (kept,)


def test_names_are_cleaned_on_their_way_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    importer = Importer(tmp_path_factory.mktemp("names"))
    importer(lines(plain(id="9912.00001", authors=[r"J{\o}rgen Exemplo", "Ana{}"])))
    assert importer.rows("authors") == [('["Jørgen Exemplo", "Ana"]',)]
