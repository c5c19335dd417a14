"""`mine report --format bibtex` and `ris`: what real importers make of them."""

from __future__ import annotations

import io
import shutil
import subprocess
from itertools import accumulate
from pathlib import Path

import bibtexparser
import pytest
import rispy
from bibtexparser import middlewares
from hypothesis import given, settings
from hypothesis import strategies as st

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.reading import ClassifiedPaper
from mllm_mine.paper import Paper
from mllm_mine.reports import bibtex_report, ris_report, write_report
from mllm_mine.reports.citation import Name, doi, split_name, year
from mllm_mine.reports.options import ReportOptions
from mllm_mine.reports.tex import tex
from mllm_mine.taxonomy import builtin_taxonomy

Fields = dict[str, str]


def bibtex_entries(text: str) -> dict[str, Fields]:
    """The fields of each entry by key, after bibtexparser; the entry's type under "type"."""
    library = bibtexparser.parse_string(
        text, append_middleware=[middlewares.LatexDecodingMiddleware()]
    )
    assert library.failed_blocks == []
    return {
        entry.key: {"type": entry.entry_type, **{each.key: each.value for each in entry.fields}}
        for entry in library.entries
    }


def written(index: Index, format: str) -> str:
    file = io.BytesIO()
    write_report(index, file, PaperFilter(in_scope=True), format=format)
    return file.getvalue().decode()


def as_bibtex(paper: Paper) -> str:
    file = io.BytesIO()
    one = [ClassifiedPaper(paper, True, 1.0, ())]
    bibtex_report.write(one, builtin_taxonomy(), file, ReportOptions())
    return file.getvalue().decode()


def as_ris(paper: Paper) -> str:
    file = io.BytesIO()
    one = [ClassifiedPaper(paper, True, 1.0, ())]
    ris_report.write(one, builtin_taxonomy(), file, ReportOptions())
    return file.getvalue().decode()


def publish(index: Index) -> None:
    index.connection.execute(
        "UPDATE papers SET journal_ref = 'Proceedings of Nowhere (2101), pages 2-9', "
        "doi = '10.9999/nowhere_1' WHERE arxiv_id = '9912.00001'"
    )
    index.connection.execute(
        "UPDATE papers SET doi = '10.48550/arXiv.9912.00002' WHERE arxiv_id = '9912.00002'"
    )


def test_bibtex_through_a_parser(index: Index) -> None:
    publish(index)
    entries = bibtex_entries(written(index, "bibtex"))
    assert list(entries) == ["arxiv-9912.00003", "arxiv-9912.00002", "arxiv-9912.00001"]
    preprint, article = entries["arxiv-9912.00002"], entries["arxiv-9912.00001"]
    assert preprint["type"] == "misc"
    assert preprint["title"].strip("{}") == '=SUM(A1) or "quoted", a title; with everything'
    assert "doi" not in preprint  # arXiv's own DOI is no published version's
    assert (preprint["eprint"], preprint["archiveprefix"]) == ("9912.00002", "arXiv")
    assert preprint["primaryclass"] == "cs.CL"
    assert article["type"] == "article"
    assert article["journal"] == "Proceedings of Nowhere (2101), pages 2-9"
    assert article["doi"] == "10.9999/nowhere_1"
    assert article["year"] == "2099"  # an invented year beyond the centuries that papers have
    assert article["keywords"] == "rlhf, safety"
    assert article["author"] == "Exemplo, Ana and Tester, Bo"


def test_ris_through_a_parser(index: Index) -> None:
    publish(index)
    text = written(index, "ris")
    assert text.count("\r\n") == text.count("\n")
    references = rispy.loads(text)
    assert [each["id"][-1] for each in references] == ["3", "2", "1"]
    preprint, article = references[1], references[2]
    assert preprint["type_of_reference"] == "UNPB"
    assert preprint["date"] == "2099/12/02"
    assert "doi" not in preprint
    assert article["type_of_reference"] == "JOUR"
    assert article["title"] == "Rewarding models in many tongues"
    assert article["authors"] == ["Exemplo, Ana", "Tester, Bo"]
    assert article["secondary_title"] == "Proceedings of Nowhere (2101), pages 2-9"
    assert article["doi"] == "10.9999/nowhere_1"
    assert article["keywords"] == ["rlhf", "safety"]
    assert article["urls"] == ["https://arxiv.org/abs/9912.00001"]
    assert "invented abstract" in article["abstract"]


def test_withdrawn_papers_are_left_out(index: Index) -> None:
    for format in ("bibtex", "ris", "md"):
        assert "9912.00005" not in written(index, format)
    assert "9912.00005" in written(index, "csv")


def test_labels_come_back_from_what_we_wrote(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    for format, suffix in (("bibtex", "bib"), ("ris", "ris"), ("md", "md")):
        file = tmp_path / f"papers.{suffix}"
        assert mine("report", "--format", format, "--output", file).code == 0
        other = tmp_path / f"{suffix}.db"
        shutil.copy(index_path, other)
        done = mine("--db", other, "labels", "import", file, "--json")
        assert done.code == 0, done.err
        with Index.open(other) as index:
            rows = index.connection.execute(
                "SELECT arxiv_id, label FROM hand_labels WHERE value = 1 AND label <> 'in_scope'"
            ).fetchall()
        given = {(row["arxiv_id"], row["label"]) for row in rows}
        assert ("9912.00001", "safety") in given, format
        assert ("9912.00002", "full-parameter") in given, format
        assert {paper for paper, _ in given} == {"9912.00001", "9912.00002", "9912.00003"}


plain_texts = st.text(
    st.sampled_from('aZ é ß 北 ि {}$&%#_~^\\"@=,()[]<>|/*:0123'), min_size=1, max_size=40
).map(lambda text: " ".join(text.split()))


@settings(max_examples=100, deadline=None)
@given(plain_texts.filter(bool))
def test_any_title_comes_back_from_bibtex(title: str) -> None:
    paper = Paper("9912.00001", 1, title, "", ("Ana Exemplo",), published="2099-12-01T00:00:00Z")
    escaped = tex(title)
    if "$" in escaped.replace(r"\$", ""):
        return  # holds a formula, which stays one
    depths = list(accumulate((each == "{") - (each == "}") for each in escaped))
    assert min(depths) == depths[-1] == 0  # BibTeX counts all braces, escaped or not
    library = bibtexparser.parse_string(as_bibtex(paper))
    assert library.failed_blocks == []
    (entry,) = library.entries
    assert entry["title"] == f"{{{escaped}}}"
    assert untex(escaped) == title
    assert entry.key == "arxiv-9912.00001"


def untex(text: str) -> str:
    """Takes the escapes back, one after another, independently of how they were put in."""
    for character, name in zip(
        "\\~^{}",
        ("backslash", "asciitilde", "asciicircum", "braceleft", "braceright"),
        strict=True,
    ):
        text = text.replace(rf"\text{name}{{}}", f"\x00{ord(character)}\x01")
    for character in "$&%#_":
        text = text.replace("\\" + character, f"\x00{ord(character)}\x01")
    assert not set(text) & set("\\{}$&%#_~^"), text
    for character in "\\~^{}$&%#_":
        text = text.replace(f"\x00{ord(character)}\x01", character)
    return text


@settings(max_examples=100, deadline=None)
@given(plain_texts.filter(bool))
def test_any_title_comes_back_from_ris(title: str) -> None:
    (reference,) = rispy.loads(as_ris(Paper("9912.00001", 1, title, "Line\nTY  - JOUR\nof two")))
    assert reference["title"] == title
    assert reference["abstract"] == "Line TY - JOUR of two"


def test_formulas_stay_when_they_do_no_harm() -> None:
    assert tex(r"An $O(n^2)$ bound for 90% of $\alpha$-mixes") == (
        r"An $O(n^2)$ bound for 90\% of $\alpha$-mixes"
    )
    assert tex("Costs $5 today and $10 tomorrow") == r"Costs \$5 today and \$10 tomorrow"
    assert tex(r"$\input{/etc/passwd}$") == (
        r"\$\textbackslash{}input\textbraceleft{}/etc/passwd\textbraceright{}\$"
    )
    assert tex("$a}{b$") == r"\$a\textbraceright{}\textbraceleft{}b\$"
    assert tex(r"$a\}$") == r"\$a\textbackslash{}\textbraceright{}\$"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ana Exemplo", Name("Exemplo", "Ana")),
        ("Ana B. van der Berg", Name("Berg", "Ana B.", "van der")),
        ("Bo Tester Jr.", Name("Tester", "Bo", "", "Jr.")),
        ("Bo Tester, Jr.", Name("Tester", "Bo", "", "Jr.")),
        ("Exemplo, Ana", Name("Exemplo", "Ana")),
        ("Plato", Name("Plato")),
        ("北京", Name("北京")),
        ("Institute of Salt and Bread", Name("Institute of Salt and Bread")),
        ("Bread Team", Name("Bread Team")),
        ("And Tester", Name("Tester", "And")),
        ("", Name("")),
    ],
)
def test_names_in_parts(name: str, parts: Name) -> None:
    assert split_name(name) == parts


def test_names_survive_bibtex() -> None:
    names = (
        *("Ana van der Berg", "Bo Tester Jr.", "Institute of Salt and Bread", "Ce & De {x}"),
        "And Tester",  # "and" joins names in any case
    )
    text = as_bibtex(Paper("9912.00001", 1, "T", "", names))
    library = bibtexparser.parse_string(
        text,
        append_middleware=[middlewares.SeparateCoAuthors(), middlewares.SplitNameParts()],
    )
    assert library.failed_blocks == []
    authors = library.entries[0]["author"]
    assert len(authors) == 5
    assert (authors[0].von, authors[0].last) == (["van", "der"], ["Berg"])
    assert (authors[1].jr, authors[1].last) == (["Jr."], ["Tester"])
    assert authors[2].last == ["{Institute of Salt and Bread}"]


def test_year_and_doi() -> None:
    def paper(journal_ref: str = "", number: str = "") -> Paper:
        return Paper(
            *("9912.00001", 1, "T", "A"),
            published="1999-12-01T00:00:00Z",
            journal_ref=journal_ref,
            doi=number,
        )

    assert year(paper()) == "1999"
    assert year(paper("Journal of Salt 12 (2001) 33")) == "2001"
    assert year(paper("Proceedings of Bread 2002, pages 3-9")) == "2002"
    assert year(paper("Salt 2001, 2003")) == "1999"  # no telling which
    assert year(paper("Salt, vol. 3, pp. 1998-2004")) == "1999"
    assert doi(paper(number="10.9999/a.b-c; 10.9999/d")) == "10.9999/a.b-c"
    assert doi(paper(number="10.48550/arXiv.9912.00001")) == ""
    assert doi(paper(number="nonsense")) == ""


def test_keys_of_old_and_foreign_ids() -> None:
    assert as_bibtex(Paper("math/0309136", 1, "T", "A")).startswith("@misc{arxiv-math-0309136,")
    foreign = as_bibtex(Paper("2024.acl-long.1", 1, "T", "A"))
    assert foreign.startswith("@misc{2024.acl-long.1,")
    assert "eprint" not in foreign
    assert "UR  -" not in as_ris(Paper("2024.acl-long.1", 1, "T", "A"))


@pytest.mark.skipif(shutil.which("bibtex") is None, reason="needs bibtex")
def test_bibtex_itself_takes_it(index: Index, tmp_path: Path) -> None:
    publish(index)
    index.connection.execute(
        "UPDATE papers SET title = 'Braces } and { } with 50% & $x_1$ #1 \\ ~^', "
        "abstract = 'Of real data} and a { { more' WHERE arxiv_id = '9912.00003'"
    )
    (tmp_path / "papers.bib").write_text(written(index, "bibtex"), encoding="utf-8")
    (tmp_path / "paper.aux").write_text("\\citation{*}\n\\bibstyle{plain}\n\\bibdata{papers}\n")
    done = subprocess.run(
        ["bibtex", "paper"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "Warning" not in done.stdout
    assert (tmp_path / "paper.bbl").read_text(encoding="utf-8").count(r"\bibitem{") == 3
