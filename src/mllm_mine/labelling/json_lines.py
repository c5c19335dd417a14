"""Reads files of JSON Lines, one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from mllm_mine.errors import InputFileError
from mllm_mine.wording import json_fault


def read_objects(file: TextIO, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file, each with its place in words, for messages; empty lines are skipped.

    Raises:
        InputFileError: naming the line that is no JSON object.
    """
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputFileError(f"{where}: not valid JSON: {json_fault(error)}") from error
        if not isinstance(values, dict):
            raise InputFileError(f"{where}: not a JSON object")
        yield where, values
