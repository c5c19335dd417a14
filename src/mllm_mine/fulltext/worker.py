"""The worker process: reads one PDF after another, as told on its standard input.

A request is one line of JSON: ``path``, ``seconds``, ``megabytes`` and ``skip`` (pages not to
read). The answer is a line of JSON: the document, and whether this process leaves. Standard error
is a file in which the number of the page being read stands (0: opening, -1: ordering the text),
so that whoever started us can look up where we died without being woken for each page.

Two limits are the system's, because MuPDF may hang or grow inside a single call: a timer whose
signal ends the process, and the size of the address space.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mllm_mine.fulltext.document import Document

PAGE_RECORD = b"%9d"
"""How the number of the page being read is written."""

_FILES_A_WORKER = 200  # MuPDF and Python both keep some memory of every file
_GROWTH_SHARE = 0.25  # of the memory limit, after which a worker makes room for a new one
_PAGE_SHARE = 1 / 3  # of the file's time that one page may take


def serve() -> None:
    """Answers requests until standard input ends, or until this process has grown."""
    answers = os.fdopen(os.dup(1), "wb")
    page_file = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a library's print must not mix in
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    import msgspec

    import mllm_mine.fulltext.reader  # noqa: F401 - before memory is measured and limited
    from mllm_mine.fulltext.pdf import pymupdf_module

    store = pymupdf_module().TOOLS
    gc.freeze()
    gc.disable()  # documents hold no cycles worth looking for while one is read
    at_start = _address_space()
    for served, line in enumerate(sys.stdin.buffer, 1):
        request = json.loads(line)
        _limit_memory(at_start, request["megabytes"])
        document = _answer(request, page_file)
        _arm(0)
        _lift_memory_limit()  # there must be room for the answer, whatever was read
        store.store_shrink(100)
        gc.collect()
        grown = (_address_space() - at_start) / 2**20
        leaving = (
            served >= _FILES_A_WORKER
            or document.status == "memory"
            or grown > request["megabytes"] * _GROWTH_SHARE
        )
        answers.write(msgspec.json.encode((document, leaving)) + b"\n")
        answers.flush()
        if leaving:
            return


def _answer(request: dict[str, Any], page_file: int) -> Document:
    from mllm_mine.fulltext.document import Document, Limits
    from mllm_mine.fulltext.reader import read_document

    limits = Limits(request["seconds"], request["megabytes"])

    def announce(page: int) -> None:
        _arm(limits.seconds * _PAGE_SHARE if page > 0 else limits.seconds)
        with suppress(OSError):  # a full disk, where the file lies on one
            os.lseek(page_file, 0, os.SEEK_SET)
            os.write(page_file, PAGE_RECORD % page)

    try:
        document = read_document(
            Path(request["path"]),
            limits,
            {int(page): why for page, why in request["skip"].items()},
            announce,
        )
    except MemoryError:
        gc.collect()
        document = Document(
            status="memory", reason=f"reading it takes more than {limits.megabytes} MB of memory"
        )
    return document


def _arm(seconds: float) -> None:
    """Lets the system end this process after some seconds; 0 takes it back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _address_space() -> int:
    """Bytes of this process's address space, or 0 where the system does not tell."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _limit_memory(at_start: int, megabytes: int) -> None:
    if not at_start:
        return  # not Linux: the limit of time is the one that holds
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = at_start + megabytes * 2**20
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _lift_memory_limit() -> None:
    with suppress(ImportError):  # Windows
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


if __name__ == "__main__":
    serve()
