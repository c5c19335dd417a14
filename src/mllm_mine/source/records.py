"""The records of a file, whatever its format, as one stream that can begin anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from mllm_mine.errors import InputFileError
from mllm_mine.paper import Paper, parse_paper_id
from mllm_mine.source.bad_record import BadRecord
from mllm_mine.source.file_formats import InputFile

if TYPE_CHECKING:
    from mllm_mine.source.oai_records import DeletedRecord


class Record(NamedTuple):
    """One record of a file.

    Attributes:
        number: counted from 1; the line in JSON Lines, the entry in XML.
        end: bytes of the unpacked file up to the next record, or 0 where that is not known.
        content: the paper, what is wrong, or the news that the source has deleted its record.
        version_known: false where the format does not tell the paper's version (it then says 1).
    """

    number: int
    end: int
    content: Paper | BadRecord | DeletedRecord
    version_known: bool = True


def read_records(source: InputFile, number: int = 0, offset: int = 0) -> Iterator[Record]:
    """Streams the records of a file.

    Args:
        number, offset: of the last record already done; 0 and 0 begin at the beginning. JSON
            Lines jump there, XML is read again up to it.

    Raises:
        InputFileError: the file is damaged or cut short; the records before have been yielded.
    """
    if source.format in ("snapshot", "jsonl"):
        return _json_records(source, number, offset)
    if source.format == "empty":
        return iter(())
    return _xml_records(source, number)


def _json_records(source: InputFile, number: int, offset: int) -> Iterator[Record]:
    from mllm_mine.source.json_lines import read_lines
    from mllm_mine.source.snapshot import paper_from_json, paper_from_snapshot

    convert = paper_from_snapshot if source.format == "snapshot" else paper_from_json
    source.skip_to(offset)
    content: Paper | BadRecord
    for line in read_lines(source.stream, number, offset):
        if isinstance(line.record, BadRecord):
            content = line.record
        else:
            try:
                content = convert(line.record)
            except InputFileError as error:
                claimed = _claimed_id(line.record.get("id"))
                content = BadRecord(f"line {line.number}", str(error), claimed)
        yield Record(line.number, line.end, content)


def _xml_records(source: InputFile, number: int) -> Iterator[Record]:
    found = _atom_records(source) if source.format == "atom" else _oai_records(source)
    try:
        for record in found:
            if record.number > number:
                yield record
    except InputFileError as error:
        raise InputFileError(f"{source.name}: {error}") from None


def _atom_records(source: InputFile) -> Iterator[Record]:
    from mllm_mine.source.atom import read_atom

    for number, content in enumerate(read_atom(source.stream), 1):
        yield Record(number, 0, content)


def _oai_records(source: InputFile) -> Iterator[Record]:
    from mllm_mine.source.oai_records import OaiPaper, read_oai

    for number, content in enumerate(read_oai(source.stream), 1):
        if isinstance(content, OaiPaper):
            yield Record(number, 0, content.paper, content.version_known)
        else:
            yield Record(number, 0, content)


def _claimed_id(value: object) -> str:
    try:
        return parse_paper_id(value).arxiv_id if isinstance(value, str) else ""
    except InputFileError:
        return ""
