"""`mine report --format md`: an awesome-list, in a file of its own or within one."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.index.filters import PaperFilter
from mllm_mine.labelling import awesome_list
from mllm_mine.paper import Paper
from mllm_mine.reports import write_report
from mllm_mine.taxonomy import parse_taxonomy
from sample_index import invented_papers

README = """\
# My survey

Words by hand, with `code` and <!-- a comment -->.

<!-- mine:begin -->
- an old line
<!-- mine:end -->

More words.
"""


def listed(index: Index, **options: str) -> str:
    file = io.BytesIO()
    write_report(index, file, PaperFilter(in_scope=True), format="md", **options)
    return file.getvalue().decode()


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def test_sections_in_the_order_of_the_taxonomy(mine: Mine, index_path: Path) -> None:
    result = mine("report", "--format", "md")
    assert result.code == 0, result.err
    assert headings(result.out) == [
        "# Multilingual large language models",
        "## Alignment strategies",
        "### Parameter-tuning alignment",
        "#### Learning from feedback",
        "#### Downstream fine-tuning",
        "##### Full-parameter fine-tuning",
        "### Parameter-frozen alignment",
        "#### Code-switching",
        "## Frontiers",
        "### Safety",
        "## Resources",
        "### Benchmark",
    ]
    # under the most exact label, and in each branch of the taxonomy
    assert result.out.count("SUM(A1)") == 1
    assert result.out.count("Rewarding models") == 2
    assert "- [Safety](#mine-frontiers-safety) (1)" in result.out
    assert '<a id="mine-frontiers-safety"></a>' in result.out
    assert "withdrawn" not in result.out


def test_an_entry(index: Index) -> None:
    index.connection.execute(
        "UPDATE papers SET journal_ref = 'Journal of *Salt* (2001)', doi = '10.9999/a(b)c', "
        'authors = \'["A", "B", "C", "D", "E", "F", "G"]\' WHERE arxiv_id = \'9912.00003\''
    )
    lines = listed(index).splitlines()
    found = [line for line in lines if line.startswith("- ") and "Übersetzung" in line]
    assert found[0] == (
        "- 2001 · **[Übersetzung für alle: Łódź, São Paulo, 北京, हिन्दी]"
        "(https://arxiv.org/abs/9912.00003)** 🆕 · A, B, C, D, E, et al. · "
        r"*Journal of \*Salt\* (2001)* · [PDF](https://arxiv.org/pdf/9912.00003) · "
        "[DOI](https://doi.org/10.9999/a%28b%29c)"
    )
    assert found[0] == found[1]
    (plain,) = [line for line in lines if "SUM(A1)" in line]
    assert " · arXiv:9912.00002 · " in plain


def test_what_is_new(mine: Mine, index: Index) -> None:
    old = replace(invented_papers()[0], published="2099-10-01T00:00:00Z")
    index.connection.execute(
        "UPDATE papers SET published = ? WHERE arxiv_id = ?", (old.published, old.arxiv_id)
    )
    text = listed(index)
    assert "🆕 marks those from 2099-11-03 on" in text
    assert [line.count("🆕") for line in text.splitlines() if "Rewarding" in line] == [0, 0]
    assert [line.count("🆕") for line in text.splitlines() if "SUM(A1)" in line] == [1]
    later = mine("report", "--format", "md", "--new-since", "2099-12-03").out
    assert [line.count("🆕") for line in later.splitlines() if "SUM(A1)" in line] == [0]
    assert "🆕" not in mine("report", "--format", "md", "--new-since", "2100-01-01").out
    assert mine("report", "--format", "md", "--new-since", "soon").code == 2


def test_only_what_stands_between_the_marks_is_replaced(
    mine: Mine, index_path: Path, tmp_path: Path
) -> None:
    for name, text in (("unix.md", README), ("windows.md", README.replace("\n", "\r\n"))):
        file = tmp_path / name
        file.write_bytes(text.encode())
        before, after = text.split("- an old line")
        result = mine("report", "--format", "md", "--output", file)
        assert result.code == 0, result.err
        first = file.read_bytes().decode()
        assert first.startswith(before)
        assert first.endswith(after)
        assert "an old line" not in first
        assert "Rewarding models" in first
        assert first.count("# My survey") == 1
        assert ("\r\n" in text) == ("\r\n" in first)
        assert first.count("\n") == first.count("\r\n") or name == "unix.md"
        assert mine("report", "--format", "md", "--output", file).code == 0
        assert file.read_bytes().decode() == first  # the same data, the same file


def test_two_nights_differ_by_the_new_paper(index: Index, tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(README)
    wanted = PaperFilter(in_scope=True)
    write_report(index, file, wanted, format="md", new_since="2099-12-01")
    before = file.read_text().splitlines()
    index.labels.give("9912.00006", {"in_scope": True, "safety": True})
    write_report(index, file, wanted, format="md", new_since="2099-12-01")
    after = file.read_text().splitlines()
    assert [line for line in before if line not in after] == [
        "3 papers, the newest of 2099-12-03; 🆕 marks those from 2099-12-01 on.",
        "  - [Safety](#mine-frontiers-safety) (1)",
    ]
    (line,) = [line for line in after if line.startswith("- ") and line not in before]
    assert "Not classified yet" in line


@pytest.mark.parametrize(
    "text",
    [
        "# A list by hand\n",
        "<!-- mine:begin -->\n",
        "<!-- mine:end -->\n<!-- mine:begin -->\n",
        README + README,
        "in a sentence <!-- mine:begin --> and <!-- mine:end -->\n",
    ],
)
def test_a_file_without_the_marks_is_refused(
    mine: Mine, index_path: Path, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "README.md"
    file.write_text(text)
    result = mine("report", "--format", "md", "--output", file)
    assert result.code == 2
    assert "<!-- mine:begin -->" in result.err
    assert result.err.count("\n") == 1
    assert file.read_text() == text


def test_new_empty_and_unreadable_files(mine: Mine, index_path: Path, tmp_path: Path) -> None:
    new, empty, latin = tmp_path / "new.md", tmp_path / "empty.md", tmp_path / "latin.md"
    empty.write_text("\n")
    latin.write_bytes("é".encode("latin-1"))
    for file in (new, empty):
        assert mine("report", "--format", "md", "--output", file).code == 0
        assert file.read_text() == mine("report", "--format", "md").out
    assert mine("report", "--format", "md", "--output", latin).code == 2
    assert latin.read_bytes() == "é".encode("latin-1")


def test_titles_with_markup_stay_text(index: Index) -> None:
    title = "<script>x</script> [a](http://b) **c** `d` $e$ &lt; _f_ | <!-- mine:end -->"
    index.connection.execute("UPDATE papers SET title = ?", (title,))
    text = listed(index)
    assert "<script>" not in text
    assert text.count("<!-- mine:end -->") == 1
    assert (
        r"&lt;script&gt;x&lt;/script&gt; \[a\](http://b) \*\*c\*\* \`d\` &#36;e&#36; &amp;lt; "
        r"\_f\_ \| &lt;!-- mine:end --&gt;"
    ) in text


def test_our_own_reader_finds_every_paper(index: Index) -> None:
    entries = list(awesome_list.read(io.StringIO(listed(index)), "list.md"))
    assert {entry.arxiv_id for entry in entries} == {"9912.00001", "9912.00002", "9912.00003"}
    assert "Learning from feedback" in entries[0].terms


def test_papers_without_labels_and_another_taxonomy(index: Index) -> None:
    index.use_taxonomy(
        parse_taxonomy(
            '[taxonomy]\nid = "x"\ntitle = "X"\n[[dimension]]\nid = "colour"\ntitle = "Colours"\n'
            '[[label]]\nid = "red"\ntitle = "Red"\ndimension = "colour"\n'
            '[[label]]\nid = "blue"\ntitle = "Blue"\ndimension = "colour"\n'
            '[[label]]\nid = "pink"\ntitle = "Pink"\nparent = "red"\n'
        )
    )
    index.labels.give("9912.00004", {"blue": True})
    index.labels.give("9912.00001", {"pink": True})
    assert headings(listed(index)) == [
        *("# X", "## Colours", "### Red", "#### Pink", "### Blue", "## Other papers")
    ]


def test_a_paper_of_another_library(index: Index) -> None:
    index.papers.upsert(Paper("2024.acl-long.1", 1, "Bread", "A", doi="10.9999/x"), "jsonl")
    index.labels.give("2024.acl-long.1", {"in_scope": True, "safety": True})
    assert "- **[Bread](https://doi.org/10.9999/x)** · [DOI](https://doi.org/10.9999/x)" in listed(
        index
    )


def test_nothing_to_list(mine: Mine, index_path: Path) -> None:
    result = mine("report", "--format", "md", "--since", "2199-01-01")
    assert result.code == 0
    assert "0 papers." in result.out
