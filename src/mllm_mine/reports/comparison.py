"""Reported results of parameter-tuning and parameter-frozen papers, side by side."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllm_mine.atomic_write import atomic_write
from mllm_mine.catalogue import find_named, known_resource
from mllm_mine.catalogue.languages import language_ids
from mllm_mine.errors import ConfigurationError
from mllm_mine.index.filters import PaperFilter
from mllm_mine.index.results import ResultRow
from mllm_mine.reports.csv_report import neutralised

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.taxonomy import Taxonomy

TUNING, FROZEN, BOTH = "parameter-tuning", "parameter-frozen", "both"
CSV_COLUMNS = (
    *("benchmark", "model", "size", "setting", "number", "kind", "metric", "languages"),
    *("model_from", "baseline", "source", "page", "arxiv_id", "title", "published", "evidence"),
)


def has_families(taxonomy: Taxonomy) -> bool:
    """Whether a taxonomy tells tuning from frozen papers."""
    return {TUNING, FROZEN} <= {label.group for label in taxonomy.labels}


@dataclass(frozen=True, slots=True)
class ComparisonFilter:
    """Which results are wanted; each empty for all.

    Attributes:
        models: names as papers write them; with a size (``Llama-2-7B``) only that size.
        benchmarks: names as papers write them.
        languages: names or ISO codes; results that name none are no match.
    """

    models: tuple[str, ...] = ()
    benchmarks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedResult:
    """One result; ``setting`` is the family of the labels that its paper carries.

    A paper with labels of both families is ``both``, and stands for either.
    """

    row: ResultRow
    setting: str
    title: str
    published: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The results of one benchmark that name one model.

    Attributes:
        model: without its size; "" where neither result nor abstract name one of the list.
        results: tuning before frozen, small before large models, then newest paper first.
    """

    benchmark: str
    model: str
    results: tuple[ComparedResult, ...]

    @property
    def papers(self) -> int:
        """How many papers report a result."""
        return len({result.row.arxiv_id for result in self.results})


@dataclass(frozen=True, slots=True)
class Comparisons:
    """What can be compared, and what cannot, in the same groups.

    Attributes:
        matched: results with a counterpart.
        unmatched: results without one.
    """

    matched: tuple[Comparison, ...]
    unmatched: tuple[Comparison, ...]


def compare(index: Index, papers: PaperFilter, wanted: ComparisonFilter) -> Comparisons:
    """Results as far as papers have been read, grouped by benchmark and model.

    The counterpart of a result is one of another paper and the other family, of the same
    benchmark and model, and not of another size. A difference whose sentence names no other
    model belongs to the one it is measured against. Papers without a label of either family are
    left out.

    Returns:
        Groups on which most papers report first, then by name.

    Raises:
        ConfigurationError: a name that is not known, a label or a date that makes no sense, or a
            taxonomy without the two families.
    """
    if not has_families(index.taxonomy):
        raise ConfigurationError(
            f"the taxonomy has no groups {TUNING!r} and {FROZEN!r}, so there is nothing to compare"
        )
    matches = _Matches(wanted)
    groups: dict[tuple[str, str], list[ComparedResult]] = {}
    for found in index.results.rows(papers):
        setting = _setting(found.groups)
        if setting and matches.result(found.row):
            key = (found.row.benchmark, _model(found.row)[0])
            result = ComparedResult(found.row, setting, found.title, found.published)
            groups.setdefault(key, []).append(result)
    matched: list[Comparison] = []
    unmatched: list[Comparison] = []
    for (benchmark, model), results in groups.items():
        results.sort(key=lambda each: (_ORDER.index(each.setting), _parameters(each.row.size)))
        paired = [bool(model) and _has_counterpart(result, results) for result in results]
        for chosen, wanted_side in ((matched, True), (unmatched, False)):
            side = [each for each, has in zip(results, paired, strict=True) if has is wanted_side]
            if side:
                chosen.append(Comparison(benchmark, model, tuple(side)))
    return Comparisons(_most_papers_first(matched), _most_papers_first(unmatched))


_ORDER = (TUNING, BOTH, FROZEN)


def _parameters(size: str) -> float:
    """How many parameters a size stands for, in billions; sizes in words go first."""
    match = re.match(r"(?:(\d+)x)?(\d+(?:\.\d+)?)([BM])", size)
    if match is None:
        return 0.0
    return float(match[2]) * int(match[1] or 1) / (1000 if match[3] == "M" else 1)


def _most_papers_first(found: Iterable[Comparison]) -> tuple[Comparison, ...]:
    return tuple(
        sorted(
            found,
            key=lambda each: (-each.papers, each.benchmark.casefold(), each.model.casefold()),
        )
    )


def _has_counterpart(result: ComparedResult, others: Iterable[ComparedResult]) -> bool:
    size = _model(result.row)[1]
    return any(
        other.row.arxiv_id != result.row.arxiv_id
        and (other.setting != result.setting or BOTH in (other.setting, result.setting))
        and (not size or _model(other.row)[1] in ("", size))
        for other in others
    )


def as_csv(comparisons: Iterable[Comparison]) -> str:
    """A row for each result. Cells that a spreadsheet takes for formulas get an apostrophe."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(CSV_COLUMNS)
    for comparison in comparisons:
        for result in comparison.results:
            cells = as_record(result)
            writer.writerow(
                neutralised("" if cells[name] is None else str(cells[name])) for name in CSV_COLUMNS
            )
    return file.getvalue()


def write(comparisons: Sequence[Comparison], path: Path, format: str) -> None:
    """Writes the comparisons to a file, whole or not at all.

    Args:
        format: ``csv`` or ``json``.

    Raises:
        DiskError: the file cannot be written.
    """
    if format == "json":
        text = json.dumps(as_document(comparisons), ensure_ascii=False, indent=2) + "\n"
    else:
        text = as_csv(comparisons)
    with atomic_write(path) as file:
        file.write(text.encode())


def as_document(comparisons: Iterable[Comparison]) -> list[dict[str, Any]]:
    """The comparisons as plain data."""
    return [
        {
            "benchmark": comparison.benchmark,
            "model": comparison.model,
            "results": [as_record(result) for result in comparison.results],
        }
        for comparison in comparisons
    ]


def as_record(result: ComparedResult) -> dict[str, Any]:
    """One result as plain data, with the columns of the CSV."""
    values = asdict(result.row) | {
        "setting": result.setting,
        "title": result.title,
        "published": result.published,
    }
    return {name: values[name] for name in CSV_COLUMNS}


def _setting(groups: frozenset[str]) -> str:
    families = groups & {TUNING, FROZEN}
    return BOTH if len(families) > 1 else next(iter(families), "")


def _model(row: ResultRow) -> tuple[str, str]:
    """The model, or else the baseline, of a result, and its size."""
    if row.model or not row.baseline:
        return row.model, row.size
    return next(((each.known.name, each.size) for each in find_named(row.baseline)), ("", ""))


class _Matches:
    """The filter, with its names in the spelling of the bundled list."""

    def __init__(self, wanted: ComparisonFilter) -> None:
        self.models = [_known_model(name) for name in wanted.models]
        self.benchmarks = {_known_benchmark(name) for name in wanted.benchmarks}
        self.languages: set[str] = set()
        for name in wanted.languages:
            ids = language_ids(name.title() if len(name) > 3 else name)
            if not ids:
                raise ConfigurationError(
                    f"there is no language {name!r}; write it like Hindi, hi or hin"
                )
            self.languages |= ids

    def result(self, row: ResultRow) -> bool:
        """Whether a result passes."""
        if self.benchmarks and row.benchmark not in self.benchmarks:
            return False
        if self.languages and not self.languages & language_ids(row.languages):
            return False
        name, own = _model(row)
        return not self.models or any(
            name == model and size in ("", own) for model, size in self.models
        )


def _known_model(name: str) -> tuple[str, str]:
    # Users may write in lower case what papers do not.
    for spelling in (name, name.title(), name.upper()):
        for named in find_named(spelling):
            if named.known.kind == "model":
                return named.known.name, named.size
    known = known_resource(name)
    if known is None or known.kind != "model":
        raise ConfigurationError(
            f"there is no model {name!r} in the bundled list; write it as papers do, "
            "like XLM-R, GPT-4 or Llama-2-7B"
        )
    return known.name, ""


def _known_benchmark(name: str) -> str:
    known = known_resource(name)
    if known is None or known.kind != "benchmark":
        raise ConfigurationError(
            f"there is no benchmark {name!r} in the bundled list; write it as papers do, "
            "like XNLI, MGSM or FLORES-200"
        )
    return known.name
