"""The nightly run: fetch, extract, classify, report. The only module that knows every stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from mllm_mine.clock import utc_now
from mllm_mine.drift import Drift, kept_drift
from mllm_mine.errors import IndexFileError, MineError, ModelError
from mllm_mine.index.news import News, classified_place, classified_since, news_since, place
from mllm_mine.index.runs import Run
from mllm_mine.progress import Silent

if TYPE_CHECKING:
    from mllm_mine.classifier import ModelFile
    from mllm_mine.config import ReportSettings, Settings
    from mllm_mine.fulltext import Extractor
    from mllm_mine.index import Index
    from mllm_mine.progress import Progress
    from mllm_mine.reports.options import Explain

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ReportWritten:
    """A configured report that was written, and how many papers it holds."""

    output: Path
    papers: int


@dataclass(frozen=True)
class UpdateSummary:
    """What a nightly run did.

    Attributes:
        date: the day it began (UTC).
        news: the papers that the index first met in this run.
        counts: what the stages counted, by the names they use in ``runs``.
        failures: paper, window or stage that failed, and why.
        drift: labels that the model has grown less sure of.
        exit_code: 0 done, 3 some papers failed, or the code of a stage that failed as a whole.
    """

    run_id: int
    date: str
    news: News
    counts: dict[str, int]
    failures: list[tuple[str, str]]
    reports: list[ReportWritten]
    exit_code: int
    drift: tuple[Drift, ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether there is nothing worth a line: nothing new, nothing filed anew, no failure."""
        changed = ("new_versions", "withdrawn", "extracted", "classified")
        return not (
            self.news.papers or self.failures or any(self.counts.get(name) for name in changed)
        )


def update(index: Index, settings: Settings, progress: Progress) -> UpdateSummary:
    """Fetches, extracts, classifies and writes the configured reports.

    A stage that fails is recorded, and the others do what they can with what is there: when
    arXiv is down, texts are still extracted and reports still written. The caller holds the
    run lock of the index.

    Raises:
        ConfigurationError: a configured report makes no sense; then nothing is fetched either.
        IndexFileError: the index itself cannot be read or written.
    """
    date, start = utc_now()[:10], place(index)
    with index.runs.record("update", {}) as run:
        night = _Night(index, settings, run, progress)
        night.run()
    return UpdateSummary(
        run_id=run.run_id,
        date=date,
        news=news_since(index, start),
        counts=run.counts,
        failures=run.failures,
        reports=night.reports,
        exit_code=run.exit_code,
        drift=tuple(kept_drift(index)),
    )


@dataclass
class _Night:
    """One nightly run, stage by stage."""

    index: Index
    settings: Settings
    record: Run
    progress: Progress
    reports: list[ReportWritten] = field(default_factory=list)
    model: ModelFile | None = None  # while it can be used
    # A paper may be classified twice in a night: as it comes in, and once its text is there.
    # What classification counts and finds wrong is gathered here, and recorded once.
    classification: Run = field(default_factory=lambda: Run(run_id=0))

    def run(self) -> None:
        """Runs all stages; only wrong settings and a failing index end the night early."""
        from mllm_mine.fulltext import Extractor

        start = classified_place(self.index)
        self.model = self._stage("classifier", self._open_model)
        self._check_reports()
        with Extractor(self.index, self.settings, self.record, self.progress) as extractor:
            self._stage("fetch", lambda: self._fetch(extractor))
            self._stage("extract", lambda: self._extract(extractor))
        self._stage("classifier", lambda: self._classify(self.progress))
        self._record_classification(start)
        if self.record.counts.get("classified"):
            self._stage("drift", self._watch_drift)
        self._stage("resources", self._read_resources)
        self._stage("results", self._read_results)
        for report in self.settings.report:
            self._stage(f"report {report.output}", partial(self._report, report))

    def _stage(self, name: str, work: Callable[[], Result]) -> Result | None:
        """Does one stage's work; its failure is recorded and does not stop the others."""
        try:
            return work()
        except IndexFileError:
            raise
        except MineError as error:
            self.record.fail(name, str(error), exit_code=error.exit_code)
        return None

    def _open_model(self) -> ModelFile:
        from mllm_mine.classifier import model_file_in_use

        return model_file_in_use(self.index, self.settings.classify.model)

    def _fetch(self, extractor: Extractor) -> None:
        """Fetches; while arXiv makes us wait, texts are extracted and papers classified."""
        from mllm_mine.source import FetchRequest, fetch

        def idle(seconds: float) -> None:
            until = monotonic() + seconds
            extractor.work(seconds)
            left = until - monotonic()
            if left > 0:
                self._classify(Silent(), left)

        fetch(
            self.index,
            self.settings,
            FetchRequest(pdf=self.settings.fetch.pdf),
            self.record,
            self.progress,
            idle,
        )

    def _extract(self, extractor: Extractor) -> None:
        self.progress.start("Extracting text", extractor.find())
        extractor.work(None)
        self.progress.finish()

    def _classify(self, progress: Progress, seconds: float | None = None) -> None:
        from mllm_mine.classifier import classify_pending

        if self.model is None:
            return
        try:
            classify_pending(self.index, self.model, self.classification, progress, seconds=seconds)
        except ModelError as error:  # its file is whole, but no sound model
            self.model = None
            self.record.fail("classifier", str(error), exit_code=error.exit_code)

    def _record_classification(self, start: int) -> None:
        if self.classification.counts.get("classified"):
            self.record.add(**classified_since(self.index, start))
        for subject, reason in dict.fromkeys(self.classification.failures):
            self.record.fail(subject, reason)

    def _watch_drift(self) -> None:
        from mllm_mine.drift import watch_drift

        if self.model is not None:
            watch_drift(self.index, self.model.model)

    def _read_resources(self) -> None:
        from mllm_mine.resources import read_pending

        read_pending(self.index, self.progress)

    def _read_results(self) -> None:
        from mllm_mine.results import read_pending_results

        read_pending_results(self.index, self.progress)

    def _check_reports(self) -> None:
        """Refuses a wrong ``[[report]]`` before the night's work rather than after it."""
        from mllm_mine.reports import check_configured

        taxonomy = self.index.taxonomy if self.model is None else self.model.taxonomy
        for report in self.settings.report:
            check_configured(report, taxonomy)

    def _report(self, report: ReportSettings) -> None:
        from mllm_mine.reports import write_configured

        explain = None if self.model is None else self._reasons(self.model)
        written = write_configured(self.index, report, explain)
        self.reports.append(ReportWritten(Path(report.output), written.papers))

    def _reasons(self, file: ModelFile) -> Explain:
        """Why the model gives labels, for reports that ask."""
        from mllm_mine.classifier import explainer

        return lambda arxiv_id, labels: explainer(self.index, file.model)(arxiv_id, labels)
