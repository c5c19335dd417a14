"""What a fetch is asked to do, and what it did."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Literal

from mllm_mine.clock import iso, now, parse_iso
from mllm_mine.errors import ConfigurationError, InputFileError
from mllm_mine.paper import is_arxiv_id, parse_paper_id

_CATEGORY = re.compile(r"[a-z][a-z-]{1,11}(\.([A-Za-z-]{2,12}|\*))?")


@dataclass(frozen=True)
class FetchRequest:
    """Which papers to bring.

    Attributes:
        queries: in arXiv's query language; the configured ones when empty.
        categories: each query is restricted to these; without queries they are fetched whole.
        since, until: ISO dates, both inclusive, of version 1 (of the last change with ``oai``);
            without them the fetch goes on where the last one ended.
        max_papers: at most so many, the newest first.
        ids: these papers and nothing else.
        pdf: download the PDFs of what comes in.
        source: ``api`` or ``oai``; the configured one when empty.

    Raises:
        ConfigurationError: something here makes no sense.
    """

    queries: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    max_papers: int | None = None
    ids: tuple[str, ...] = ()
    pdf: bool = True
    source: Literal["", "api", "oai"] = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", _moment(self.since, "--since", timedelta()))
        object.__setattr__(self, "until", _moment(self.until, "--until", timedelta(days=1)))
        if self.since and self.until and self.since >= self.until:
            raise ConfigurationError("--until lies before --since; exchange them")
        if self.max_papers is not None and self.max_papers < 1:
            raise ConfigurationError(f"--max must be 1 or more, and is {self.max_papers}")
        if self.source not in ("", "api", "oai"):
            raise ConfigurationError(f"--source is 'api' or 'oai', not {self.source!r}")
        for category in self.categories:
            if not _CATEGORY.fullmatch(category):
                raise ConfigurationError(
                    f"{category!r} is no arXiv category; write it like cs.CL, hep-th or cs.*"
                )
        if any(not query.strip() for query in self.queries):
            raise ConfigurationError("--query is empty; write it like 'abs:multilingual'")
        object.__setattr__(self, "ids", tuple(dict.fromkeys(map(_arxiv_id, self.ids))))

    def as_arguments(self) -> dict[str, Any]:
        """What was asked for explicitly, for the record of the run."""
        return {name: value for name, value in asdict(self).items() if value not in ((), "", None)}


@dataclass
class FetchSummary:
    """What a fetch brought.

    Attributes:
        new, new_versions, changed, unchanged: papers by what became of them.
        withdrawn: ids of papers that turned out to be withdrawn in this run.
        requests, faults: sent, and how many of them went wrong.
        gaps: windows that could not be fetched whole, as text.
        pdfs, pdf_failures: downloaded, and those that failed.
    """

    new: int = 0
    new_versions: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: list[str] = field(default_factory=list)
    requests: int = 0
    faults: int = 0
    gaps: list[str] = field(default_factory=list)
    pdfs: int = 0
    pdf_failures: int = 0

    def as_document(self) -> dict[str, Any]:
        """The summary as plain data."""
        return asdict(self)


def _moment(text: str, option: str, bare_day: timedelta) -> str:
    """A date as ISO text in UTC; ``bare_day`` is added to one without a time of day."""
    if not text:
        return ""
    try:
        moment = parse_iso(text)
    except ValueError:
        raise ConfigurationError(
            f"{option} {text!r} is no date; write it like {iso(now())[:10]}"
        ) from None
    return iso(moment + bare_day if len(text.strip()) <= 10 else moment)


def _arxiv_id(text: str) -> str:
    try:
        arxiv_id = parse_paper_id(text).arxiv_id
    except InputFileError as error:
        raise ConfigurationError(str(error)) from None
    if not is_arxiv_id(arxiv_id):
        raise ConfigurationError(f"{text!r} is not an arXiv id; write it like 2501.01234")
    return arxiv_id
