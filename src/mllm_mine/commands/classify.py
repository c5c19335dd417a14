"""``mine classify``: labels the papers of the index, or those of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mllm_mine.commands.engine import SCHEDULER, Engine, check_engine
from mllm_mine.commands.output import JsonOption, print_json
from mllm_mine.errors import ConfigurationError
from mllm_mine.wording import counted

if TYPE_CHECKING:
    from mllm_mine.classifier import ClassifySummary, Model
    from mllm_mine.classifier.bulk import BulkSummary

_NAMED = 5


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("classify")(run)


def run(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Label every paper again.")] = False,
    model: Annotated[
        Path | None,
        typer.Option(
            help="A model file; default: the one that the index has adopted, or the configured "
            "or bundled one. With --input, the index counts only where --db or MINE_DB names it."
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            "--input",
            metavar="FILE",
            help="Label the papers of a file instead: JSON Lines (.gz, .zst) or Parquet with "
            "id, title, abstract and perhaps text, or a folder of Parquet files; - is stdin.",
        ),
    ] = "",
    target: Annotated[
        str,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Where the labels go: JSON Lines (packed for .gz, .zst), or Parquet for .parquet; "
            "- is stdout. The same command goes on with what an interrupted one left.",
        ),
    ] = "",
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="With --input: add the sentences and terms behind each label."
        ),
    ] = False,
    jobs: Annotated[
        int,
        typer.Option(help="With --input: processes; 0: one a processor.", min=0, metavar="N"),
    ] = 0,
    engine: Annotated[
        Engine,
        typer.Option(help="With --input: dask reads and writes Parquet on many machines."),
    ] = Engine.LOCAL,
    scheduler: Annotated[str, SCHEDULER] = "",
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another run to end instead of giving up.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Label papers that are new, changed or under another model.

    Example: mine classify --input papers.jsonl.gz --output labels.jsonl --explain
    """
    check_engine(engine, scheduler)
    if source:
        if every:
            raise ConfigurationError("--all is for the index; --input reads every record anyway")
        options: dict[str, Any] = {"explain": explain, "jobs": jobs}
        if engine is Engine.DASK:
            options["scheduler"] = scheduler
        return _file(context, model, source, target or "-", options, json=json)
    if target or explain or jobs or engine is not Engine.LOCAL:
        raise ConfigurationError(
            "--output, --explain, --jobs and --engine go with --input FILE; for papers of the "
            "index 'mine report' writes the labels and 'mine show ID' explains them"
        )
    return _index(context, model, every=every, wait=wait, json=json)


def _index(
    context: typer.Context, path: Path | None, *, every: bool, wait: bool, json: bool
) -> int:
    from mllm_mine.classifier import classify_pending, model_file_in_use, open_model
    from mllm_mine.drift import watch_drift
    from mllm_mine.index.lock import run_lock

    settings = context.obj.settings
    with context.obj.index() as index, run_lock(settings.db, wait=wait):
        model = open_model(path) if path else model_file_in_use(index, settings.classify.model)
        with (
            index.runs.record("classify", {"all": every, "model": model.id}) as record,
            context.obj.progress() as progress,
        ):
            summary = classify_pending(index, model, record, progress, every=every)
        if summary.classified:
            watch_drift(index, model.model)
    if json:
        print_json(_document(summary, model.id))
    else:
        typer.echo(_line(summary, model.id, scope=model.taxonomy.scope is not None))
        for subject, reason in record.failures[:_NAMED]:
            typer.echo(f"mine: {subject}: {reason}", err=True)
    exit_code: int = record.exit_code
    return exit_code


def _document(summary: ClassifySummary, model_id: str) -> dict[str, Any]:
    return {
        "model": model_id,
        "classified": summary.classified,
        "in_scope": summary.in_scope,
        "uncertain": summary.uncertain,
        "unfamiliar": summary.unfamiliar,
        "failed": summary.failed,
    }


def _line(summary: ClassifySummary, model_id: str, *, scope: bool) -> str:
    if not summary.classified and not summary.failed:
        return f"nothing to classify: every paper has the labels of {model_id}"
    failed = f", {summary.failed:,} could not be read" if summary.failed else ""
    inside = f"{summary.in_scope:,} in scope, " if scope else ""
    return (
        f"classified {counted(summary.classified, 'paper')} with {model_id}: {inside}"
        f"{summary.uncertain:,} uncertain, {summary.unfamiliar:,} unfamiliar{failed}"
    )


def _file(
    context: typer.Context,
    path: Path | None,
    source: str,
    target: str,
    options: dict[str, Any],
    *,
    json: bool,
) -> int:
    from mllm_mine.classifier.bulk import classify_partitions, classify_stream

    if target == "-" and "scheduler" in options:
        raise ConfigurationError("--engine dask writes a folder of Parquet; give --output FOLDER")
    if json and target == "-":
        raise ConfigurationError("--json would mix with the labels on stdout; give --output FILE")
    model = _model_without_index(context, path)
    with context.obj.progress() as progress:
        classify = classify_partitions if "scheduler" in options else classify_stream
        summary = classify(model, source, target, progress, **options)
    if json:
        print_json(_bulk_document(summary, model.id))
    elif target != "-":
        before = f" ({summary.resumed:,} in a run before)" if summary.resumed else ""
        typer.echo(
            f"{summary.records:,} records{before}, {summary.failed:,} failed, with {model.id}"
        )
    for subject, reason in summary.failures[:_NAMED]:
        typer.echo(f"mine: {subject}: {reason}" if subject else f"mine: {reason}", err=True)
    return 3 if summary.failed else 0


def _model_without_index(context: typer.Context, path: Path | None) -> Model:
    """The named model; that of an index which is named on purpose; or the configured one."""
    from mllm_mine.classifier import load_model, model_in_use

    settings = context.obj.settings
    if path is None and context.obj.db is not None and context.obj.db.exists():
        with context.obj.index() as index:
            return model_in_use(index, settings.classify.model)
    return load_model(path or settings.classify.model or None)


def _bulk_document(summary: BulkSummary, model_id: str) -> dict[str, Any]:
    return {
        "model": model_id,
        "records": summary.records,
        "resumed": summary.resumed,
        "failed": summary.failed,
        "failures": [
            {"id": subject or None, "error": reason} for subject, reason in summary.failures
        ],
    }
