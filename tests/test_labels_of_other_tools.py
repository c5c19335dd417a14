"""`mine labels import` of what other tools write: ASReview, RIS, BibTeX, awesome-lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Mine
from mllm_mine.index import Index
from mllm_mine.labelling.exchange import import_labels


def said(index: Index, arxiv_id: str) -> dict[str, bool | None]:
    return {word.label: word.value for word in index.labels.history(arxiv_id)}


ASREVIEW = """\
record_id,title,abstract,doi,url,included,asreview_note
0,"Rewarding models, in many tongues",x,10.48550/arXiv.9912.00001,,1,
1,Unrelated,x,,https://arxiv.org/abs/9912.00002v1,0,
2,steam engines of the LAST century.,x,,,0.0,
3,"A withdrawn paper on tokenizers",x,,,,not read
4,"A title nobody knows",x,10.1000/none,,1,
"""


def test_asreview(mine: Mine, index: Index, tmp_path: Path) -> None:
    (tmp_path / "project.csv").write_text(ASREVIEW)
    result = mine("labels", "import", "project.csv", "--author", "Ana")
    assert result.code == 3
    assert result.out == "3 labels added; 0 known already\n"
    assert "project.csv, line 6: A title nobody knows" in result.err
    assert said(index, "9912.00001") == {"in_scope": True}
    assert said(index, "9912.00002") == {"in_scope": False}
    assert said(index, "9912.00004") == {"in_scope": False}  # by its title
    assert said(index, "9912.00005") == {}  # not decided
    (word,) = index.labels.history("9912.00001")
    assert (word.author, word.tool, word.version) == ("Ana", "asreview", 1)
    assert (word.model_id, word.probability) == ("mllm-test", 0.98)
    again = mine("labels", "import", "project.csv", "--json").json
    assert (again["added"], again["known"]) == (0, 3)


def test_inclusion_can_mean_any_label(index: Index, tmp_path: Path) -> None:
    (tmp_path / "project.csv").write_text(ASREVIEW)
    import_labels(index, tmp_path / "project.csv", label="safety")
    assert said(index, "9912.00001") == {"safety": True}


def test_a_file_read_again_does_not_overrule_a_person(index: Index, tmp_path: Path) -> None:
    (tmp_path / "project.csv").write_text(ASREVIEW)
    import_labels(index, tmp_path / "project.csv")
    index.labels.give("9912.00001", {"in_scope": False}, author="Ana", tool="mine label")
    assert import_labels(index, tmp_path / "project.csv").added == 0
    paper = index.reading.paper("9912.00001")
    assert paper is not None
    assert paper.in_scope is False


RIS = """\
TY  - JOUR
TI  - Rewarding models in many
      tongues
DO  - https://doi.org/10.48550/arXiv.9912.00001
KW  - Learning from feedback
KW  - safety
KW  - something else
N1  - ASReview_relevant
ER  -

TY  - JOUR
T1  - A paper with another DOI
DO  - 10.1234/ABC.5
KW  - Benchmark; survey
N1  - ASReview_not_seen
ER  -
"""


def test_ris(index: Index, tmp_path: Path) -> None:
    index.connection.execute(
        "UPDATE papers SET doi = '10.1234/abc.5' WHERE arxiv_id = '9912.00003'"
    )
    (tmp_path / "a.ris").write_text(RIS)
    summary = import_labels(index, tmp_path / "a.ris", author="Ana")
    assert summary.unmatched == []
    assert said(index, "9912.00001") == {"rlhf": True, "safety": True, "in_scope": True}
    assert said(index, "9912.00003") == {"benchmark": True, "survey": True}


BIBTEX = r"""
% a comment with an @ sign
@string{acl = "Proc. of an invented conference"}
@article{a1,
  title = {{Rewarding} models in {M}any "tongues"},
  author = {Ana Exemplo and Bo Tester},
  journal = "arXiv preprint " # {arXiv:9912.00001},
  keywords = {RLHF, direct prompting , unknown},
  year = 2099
}
@inproceedings{b2,
  title     = "\"{U}bersetzung f{\"u}r alle",
  booktitle = acl,
  eprint    = {9912.00003v2},
  archiveprefix = {arXiv},
  keywords  = {code-switching}
}
@misc{c3, title = {Not classified yet: Low-Resource Tokenization}, keywords = {survey}}
"""


def test_bibtex(index: Index, tmp_path: Path) -> None:
    (tmp_path / "a.bib").write_text(BIBTEX)
    summary = import_labels(index, tmp_path / "a.bib")
    assert summary.unmatched == []
    assert said(index, "9912.00001") == {"rlhf": True, "direct-prompting": True}
    assert said(index, "9912.00003") == {"code-switching": True}
    assert said(index, "9912.00006") == {"survey": True}


LIST = """\
# An awesome list of invented papers

- [not a paper](#contents)

## 🔥 1. Alignment

### 1.1 Pre-training
- **Rewarding models in many tongues.** *Exemplo et al.* [[paper](https://arxiv.org/abs/9912.00001)]
- [2099] A paper of another library [[pdf]](https://example.org/x.pdf)

### Prompting directly
1. [A paper that the index does not hold](https://arxiv.org/pdf/9912.04242v3.pdf) ![stars](x.svg)

## [Frontiers](#frontiers)
### Knowledge Editing
| Steam engines of the last century | 2099 | [paper](https://example.org/steam) |

```
- [code](https://arxiv.org/abs/9912.09999)
```
"""


def test_awesome_list_with_a_mapping_to_edit(mine: Mine, index: Index, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(LIST, encoding="utf-8")
    first = mine("labels", "import", "README.md", "--json")
    assert first.code == 3
    assert first.json["unmapped"] == ["Alignment / Prompting directly"]
    assert len(first.json["unmatched"]) == 1
    assert "another library" in first.json["unmatched"][0]
    assert said(index, "9912.00001") == {"pretraining": True}
    assert said(index, "9912.00004") == {"knowledge-editing": True}
    assert said(index, "9912.04242") == {}

    assert mine("labels", "import", "README.md", "--write-mapping", "map.toml").code == 0
    text = (tmp_path / "map.toml").read_text(encoding="utf-8")
    assert '"Alignment / Pre-training" = ["pretraining"]' in text
    assert '"Alignment / Prompting directly" = []' in text
    edited = text.replace('directly" = []', 'directly" = ["in_scope", "direct-prompting"]')
    edited = edited.replace('["pretraining"]', "[]")
    (tmp_path / "map.toml").write_text(edited, encoding="utf-8")
    second = mine("labels", "import", "README.md", "--mapping", "map.toml", "--json")
    assert second.json["unmapped"] == []
    assert (second.json["added"], second.json["absent"]) == (2, 2)
    assert said(index, "9912.04242") == {"in_scope": True, "direct-prompting": True}


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        ('[labels]\nx = "rlfh"\n', "did you mean rlhf"),
        ("[sections]\n", "no table [labels]"),
        ("[labels]\nx = 1\n", "a label or a list"),
        ("broken", "cannot read the mapping"),
    ],
)
def test_a_bad_mapping_is_named(
    mine: Mine, index_path: Path, tmp_path: Path, mapping: str, complaint: str
) -> None:
    (tmp_path / "README.md").write_text(LIST, encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping)
    result = mine("labels", "import", "README.md", "--mapping", "map.toml")
    assert result.code == 2
    assert complaint in result.err
    assert "map.toml" in result.err


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.csv", "title,included\nx,perhaps\n", "line 2: 'included' must be"),
        ("a.ris", "no reference here", "no reference in RIS"),
        ("a.bib", "no entry here", "no BibTeX entry"),
        ("a.bib", "@article{a, title = {never ends", "does not end"),
        ("a.csv", "a,b\n1,2\n", "no column 'arxiv_id'"),
    ],
)
def test_files_that_are_something_else(
    mine: Mine, index: Index, tmp_path: Path, name: str, content: str, complaint: str
) -> None:
    (tmp_path / name).write_text(content)
    result = mine("labels", "import", name)
    assert result.code == 1
    assert complaint in result.err
    assert list(index.labels.each()) == []


LABELLED = """\
{"id": "9912.00001", "title": "x", "abstract": "y", "in_scope": true, "labels": ["continual"]}

{"id": "9912.00002", "title": "x", "abstract": "y", "labels": []}
"""


def test_labelled_papers_decide_every_label(mine: Mine, index: Index, tmp_path: Path) -> None:
    (tmp_path / "labelled.jsonl").write_text(LABELLED)
    result = mine("labels", "import", "labelled.jsonl", "--author", "Ana")
    assert (result.code, result.err) == (0, "")
    told = said(index, "9912.00001")
    assert {label for label, value in told.items() if value} == {
        "in_scope",
        "pretraining",
        "continual",
    }
    assert {label for label, value in told.items() if value is False} >= {"rlhf", "survey"}
    assert "in_scope" not in said(index, "9912.00002")
    assert not any(said(index, "9912.00002").values())
    again = mine("labels", "import", "labelled.jsonl", "--json").json
    assert again["added"] == 0


def test_a_label_that_does_not_exist_stops_the_import(
    mine: Mine, index: Index, tmp_path: Path
) -> None:
    (tmp_path / "labelled.jsonl").write_text(
        LABELLED.replace('"labels": []', '"labels": ["kites"]')
    )
    result = mine("labels", "import", "labelled.jsonl")
    assert (result.code, result.out) == (1, "")
    assert "labelled.jsonl, line 3: no label 'kites'" in result.err
    assert said(index, "9912.00001") == {}
