"""Importing what is broken or means harm: cleaned or refused with a reason, in bounded memory."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from import_files import ATOM, ATOM_ENTRY, OAI, Importer, lines, packed, plain, snapshot
from mllm_mine.errors import InputFileError
from mllm_mine.index import Index
from mllm_mine.source.cleaning import clean_date, clean_text, split_authors
from mllm_mine.source.snapshot import paper_from_json, paper_from_snapshot

MEMORY = 250  # megabytes that an import may take at most, whatever it reads


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peak memory is read from /proc"
)


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


BAD_LINES = {
    "not json": "is not JSON",
    '{"id": "9912.00009", "title": "cut': "is not JSON",
    "[1, 2]": "is no JSON object",
    '"9912.00009"': "is no JSON object",
    json.dumps({"title": "Bread", "abstract": ""}): "it has no id",
    json.dumps(plain(id="../../x")): "is not a paper id",
    json.dumps(plain(id="x" * 300)): "is not a paper id",
    json.dumps(plain(id="/etc/passwd")): "is not a paper id",
    json.dumps(plain(id="9912.00009\x00.pdf")): "is not a paper id",
    '{"id": 2501.10, "title": "Bread", "abstract": ""}': "put it in quotes",
    json.dumps(plain(9, title="")): "its title is empty",
    json.dumps(plain(9, title=["Bread"])): "its title is a list",
    json.dumps({"id": "9912.00009", "title": "Bread"}): "it has no abstract",
    '{"id": "9912.00009", "title": NaN, "abstract": ""}': "it has no title",
    '{"id": "9912.00008", "id": "9912.00009", "title": "Bread", "abstract": ""}': "'id' twice",
    "[" * 100_000: "nested too deeply",
    '{"id": "9912.00009", "title": "Bread", "abstract": ' + "[" * 100_000: "nested too deeply",
    '{"id": "9912.00009", "title": "Bread", "abstract": "", "n": ' + "9" * 5000 + "}": "digits",
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.items(), ids=range(len(BAD_LINES)))
def test_a_bad_line_is_named_and_the_rest_is_imported(
    importer: Importer, line: str, reason: str
) -> None:
    summary = importer(lines(plain(1), "", line, plain(2)))
    assert importer.rows() == [("9912.00001",), ("9912.00002",)]
    assert (summary.failed, importer.run.exit_code) == (1, 3)
    assert importer.reasons[0].startswith("papers line 3")
    assert reason in importer.reasons[0]


def test_a_wrong_encoding_costs_its_line_only(importer: Importer) -> None:
    latin = '{"id": "9912.00009", "title": "Crème brûlée", "abstract": ""}\n'.encode("latin-1")
    importer(lines(plain(1)) + latin + lines(plain(2)))
    assert importer.rows() == [("9912.00001",), ("9912.00002",)]
    assert "line 2: is not UTF-8 (byte 0xe8" in importer.reasons[0]


def test_texts_are_cleaned(importer: Importer) -> None:
    title = "A\x00B\x1b[31m\u202eC\ud800D\u00adE\ufeff\n\t F\u200dG e\u0301"
    importer(lines(plain(1, title=title, comment=float("nan"), authors=["A\x00da", "", 3])))
    assert importer.rows("title, comment, authors") == [
        ("A B [31mC\ufffdDE F\u200dG é", "", '["A da"]')
    ]


def test_huge_fields_are_cut(importer: Importer) -> None:
    importer(
        lines(
            plain(1, title="word " * 200_000, abstract="y" * 1_000_000),
            plain(2, authors=["A" * 400] * 15_000, categories="cs.CL " * 100_000),
        )
    )
    (first, second) = importer.rows("length(title), length(abstract), length(authors), categories")
    assert first[0] <= 2_000
    assert first[1] <= 50_000
    assert second[2] < 4_000_000
    assert second[3] == '["cs.CL"]'


def test_a_file_full_of_bad_lines_stays_small(importer: Importer) -> None:
    summary = importer(lines(plain(1)) + b"rubbish\n" * 30_000 + lines(plain(2)))
    assert (summary.failed, summary.counts["new"]) == (30_000, 2)
    with Index.open(importer.db) as index:
        run = index.runs.latest()[0]
    assert len(run["failures"]) == 101
    assert run["failures"][-1]["reason"] == "29900 more records could not be read"


ENTITIES = """<?xml version="1.0"?>
<!DOCTYPE feed [<!ENTITY a "{}">{}]>
<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/9912.00001v1</id>
<title>{}</title><summary>x</summary><published>2099-12-01T00:00:00Z</published>
<updated>2099-12-01T00:00:00Z</updated></entry></feed>"""


def test_entities_are_refused(importer: Importer, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    external = f'<!ENTITY s SYSTEM "file://{secret}">'
    bomb = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    for text in (
        ENTITIES.format("x", external, "&s;"),
        ENTITIES.format("x", '<!ENTITY b0 "ha">' + bomb, "&b11;"),
    ):
        with pytest.raises(InputFileError, match="DOCTYPE"):
            importer(text.encode())
    assert b"the secret" not in importer.db.read_bytes()


def test_bad_records_of_a_feed_are_named(importer: Importer) -> None:
    bad = ATOM_ENTRY.replace("9912.00001v2", "../../x")
    good = ATOM_ENTRY.replace("9912.00001", "9912.00002").replace("Bread", "Br\x00ead\x1b")
    summary = importer(ATOM.format(bad + good).encode())
    assert (summary.counts["new"], summary.failed) == (1, 1)
    assert "entry 1" in importer.reasons[0]
    assert importer.rows("arxiv_id, title") == [("9912.00002", "Multilingual Br ead")]


@pytest.mark.parametrize("packing", ["", "gz", "zst"])
def test_what_comes_before_the_fault_is_kept(importer: Importer, packing: str) -> None:
    # Incompressible abstracts, so that half the packed bytes hold about half the records.
    papers = [plain(n, abstract=os.urandom(600).hex()) for n in range(1, 400)]
    whole = packed(lines(*papers), packing)
    summary = importer(whole[: len(whole) // 2 + 3])
    assert 100 < summary.counts["new"] < 300
    assert importer.run.exit_code == 3
    if packing:
        assert "cut short" in summary.fault
        assert summary.fault in importer.reasons[-1]
    else:
        assert "is not JSON" in importer.reasons[0]
    assert importer(whole).counts["new"] == 399 - summary.counts["new"]


def test_a_cut_feed_keeps_its_first_entries(importer: Importer) -> None:
    entries = [ATOM_ENTRY.replace("9912.00001", f"9912.{n:05}") for n in range(1, 50)]
    whole = ATOM.format("".join(entries))
    summary = importer(whole[: len(whole) // 2].encode())
    assert 20 < summary.counts["new"] < 30
    assert "ends too early" in summary.fault


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_damaged_packed_data_is_noticed(importer: Importer, packing: str) -> None:
    papers = [plain(n, abstract=os.urandom(600).hex()) for n in range(1, 400)]
    data = bytearray(packed(lines(*papers), packing))
    middle = len(data) // 2
    data[middle : middle + 8] = bytes(8)
    summary = importer(bytes(data))
    assert "damaged" in summary.fault
    assert summary.counts["new"] > 100
    assert importer.run.exit_code == 3


def _bomb(packing: str, begin: bytes, megabytes: int) -> bytes:
    block = b"y" * 1_000_000
    if packing == "gz":
        packer = zlib.compressobj(wbits=31)
    else:
        packer = zstandard.ZstdCompressor().compressobj()
    out = io.BytesIO(packer.compress(begin))
    out.seek(0, 2)
    for _ in range(megabytes):
        out.write(packer.compress(block))
    out.write(packer.flush())
    return out.getvalue()


def _peak_megabytes(database: Path, path: Path) -> tuple[int, str, int]:
    """Exit code and stderr of an import by the command, and its peak memory."""
    code = (
        "import re, sys\n"
        "from mllm_mine.commands.entry import run_command_line\n"
        "code = run_command_line(sys.argv[1:])\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())\n"
        "print(peak[1], file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    arguments = ["--db", str(database), "fetch", "--from", str(path)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, check=False, timeout=120
    )
    said, _, peak = done.stderr.decode().rstrip().rpartition("\n")
    return done.returncode, said, int(peak) // 1024


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_decompression_bombs_are_refused_in_bounded_memory(tmp_path: Path, packing: str) -> None:
    bomb = tmp_path / "bomb"
    bomb.write_bytes(_bomb(packing, lines(plain(1)) + b'{"id": "', 400))
    assert bomb.stat().st_size < 500_000
    code, said, peak = _peak_megabytes(tmp_path / "mine.db", bomb)
    assert code == 3 or (code == 1 and "decompression bomb" in said)
    assert peak < MEMORY


@needs_proc
@pytest.mark.slow
def test_a_title_of_100_megabytes_costs_no_memory(tmp_path: Path) -> None:
    long = "y" * 100_000_000
    feed = ATOM_ENTRY.replace("Multilingual", long) + ATOM_ENTRY.replace("00001", "00002")
    files = {
        "lines": lines(plain(1, title=long), plain(2)),
        "feed": ATOM.format(feed).encode(),
        "records": OAI.replace("Multilingual", long).encode(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        code, said, peak = _peak_megabytes(tmp_path / f"{name}.db", tmp_path / name)
        assert code == 3, said
        assert peak < MEMORY, name


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
KEYS = sorted({*snapshot(), *plain(), "published", "updated", "comment", "version", "withdrawn"})


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), json_values), st.booleans())
def test_any_record_is_a_paper_or_refused(fields: dict[str, Any], of_snapshot: bool) -> None:
    base = snapshot() if of_snapshot else plain()
    try:
        paper = (paper_from_snapshot if of_snapshot else paper_from_json)(base | fields)
    except InputFileError as error:
        assert str(error)
        return
    assert paper.title
    assert paper.version >= 1
    for text in (paper.title, paper.abstract, paper.comment, *paper.authors, *paper.categories):
        text.encode()
        assert "\x00" not in text


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_clean_text_is_clean_and_stays_so(text: str) -> None:
    clean = clean_text(text)
    clean.encode()
    assert clean == " ".join(clean.split())
    assert not any(ord(character) < 32 for character in clean)
    if "\\" not in text:
        assert clean_text(clean) == clean


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_dates_and_names_never_fail(text: str) -> None:
    assert clean_date(text) == "" or len(clean_date(text)) == 20
    assert all(split_authors(text))
