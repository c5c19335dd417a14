"""``mine fetch``: new and changed papers, from arXiv or from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mllm_mine.commands.output import JsonOption, print_json, say
from mllm_mine.wording import some

if TYPE_CHECKING:
    from mllm_mine.index import Index
    from mllm_mine.source import (
        FetchRequest,
        FetchSummary,
        ImportFilters,
        ImportSummary,
        PlannedQuery,
        WindowCheck,
    )

_NAMED = 10


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("fetch")(run)


def run(
    context: typer.Context,
    query: Annotated[
        list[str] | None,
        typer.Option(help="In arXiv's query language; repeatable.", metavar="Q"),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these categories; without --query all of their papers. Repeatable.",
            metavar="C",
        ),
    ] = None,
    since: Annotated[str, typer.Option(help="First day (ISO date).", metavar="D")] = "",
    until: Annotated[str, typer.Option(help="Last day (ISO date).", metavar="D")] = "",
    max_papers: Annotated[
        int | None, typer.Option("--max", help="At most so many, the newest first.", metavar="N")
    ] = None,
    ids: Annotated[
        list[str] | None, typer.Option(help="These papers and no others.", metavar="ID,ID")
    ] = None,
    pdf: Annotated[
        bool | None, typer.Option("--pdf/--no-pdf", help="Download PDFs.", show_default=False)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be fetched; write nothing.")
    ] = False,
    source: Annotated[
        str,
        typer.Option(help="api: queries. oai: whole categories, by day of change.", metavar="S"),
    ] = "",
    from_file: Annotated[
        str,
        typer.Option(
            "--from",
            help="Import a file instead: Atom feed, OAI-PMH records, arXiv's metadata snapshot "
            "or JSON Lines, plain, .gz or .zst; - is stdin.",
            metavar="FILE",
        ),
    ] = "",
    verify_since: Annotated[
        str,
        typer.Option(
            "--verify",
            help="Compare arXiv's totals since that day with the index; fetch nothing.",
            metavar="SINCE",
        ),
    ] = "",
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another run to end instead of giving up.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Bring in what is new and changed since the last fetch.

    The first fetch goes back 30 days, unless --since or mine.toml says otherwise. Each later one
    looks back three weeks as well, for papers that arXiv announced late.

    Example: mine fetch --query 'abs:"code-switching"' --category cs.CL --since 2026-01-01
    """
    from mllm_mine.errors import ConfigurationError
    from mllm_mine.source import FetchRequest, ImportFilters, leaves_out_queries

    settings = context.obj.settings
    if from_file:
        if query or ids or dry_run or verify_since or source:
            raise ConfigurationError(
                "--from goes with --category, --since, --until and --max, and with nothing else"
            )
        filters = ImportFilters(tuple(category or ()), since, until, max_papers)
        return _import(context, from_file, filters, wait, json)
    if verify_since and since:
        raise ConfigurationError("give the date once: 'mine fetch --verify 2026-01-01'")
    request = FetchRequest(
        queries=tuple(query or ()),
        categories=tuple(category or ()),
        since=verify_since or since,
        until=until,
        max_papers=max_papers,
        ids=tuple(part for text in ids or () for part in text.replace(",", " ").split()),
        pdf=settings.fetch.pdf if pdf is None else pdf,
        source=source,  # type: ignore[arg-type]  # FetchRequest refuses what is neither
    )
    if not verify_since and leaves_out_queries(settings, request):
        say(
            "OAI harvests whole categories: the queries of mine.toml count for nothing here",
            quiet=context.obj.quiet,
        )
    if dry_run:
        return _plan(context, request, json)
    if verify_since:
        return _verify(context, request, wait, json)
    return _fetch(context, request, wait, json)


def _fetch(context: typer.Context, request: FetchRequest, wait: bool, json: bool) -> int:
    from mllm_mine.index.lock import run_lock
    from mllm_mine.source import fetch

    settings = context.obj.settings
    with (
        run_lock(settings.db, wait=wait),
        context.obj.index(create=True) as index,
        index.runs.record("fetch", request.as_arguments()) as record,
        context.obj.progress() as progress,
    ):
        summary = fetch(index, settings, request, record, progress)
        papers = index.papers.count()
    if json:
        print_json(summary.as_document() | {"papers": papers, "failures": _failures(record)})
    else:
        typer.echo("\n".join(summary_lines(summary, papers)))
    tell_failures(record.failures)
    exit_code: int = record.exit_code
    return exit_code


def _verify(context: typer.Context, request: FetchRequest, wait: bool, json: bool) -> int:
    from mllm_mine.index.lock import run_lock
    from mllm_mine.source import verify

    settings = context.obj.settings
    with (
        run_lock(settings.db, wait=wait),
        context.obj.index() as index,
        index.runs.record("verify", request.as_arguments()) as record,
        context.obj.progress() as progress,
    ):
        checks = verify(index, settings, request, record, progress)
    if json:
        print_json({"windows": [_check_document(check) for check in checks]})
    else:
        typer.echo("\n".join(check_lines(checks)))
    tell_failures(record.failures)
    exit_code: int = record.exit_code
    return exit_code


def _plan(context: typer.Context, request: FetchRequest, json: bool) -> int:
    from dataclasses import asdict
    from tempfile import TemporaryDirectory

    from mllm_mine.index import Index
    from mllm_mine.source import plan

    settings = context.obj.settings

    def planned(index: Index) -> list[PlannedQuery]:
        with context.obj.progress() as progress:
            return plan(index, settings, request, progress)

    if settings.db.exists():
        with context.obj.index() as index:
            found = planned(index)
    else:  # nothing is written, so the plan for an index yet to be made uses one that passes away
        with TemporaryDirectory() as folder, Index.open(f"{folder}/mine.db", create=True) as index:
            found = planned(index)
    if json:
        print_json([asdict(entry) for entry in found])
    else:
        typer.echo("\n".join(line for entry in found for line in plan_lines(entry)))
    return 0


def _import(
    context: typer.Context, from_file: str, filters: ImportFilters, wait: bool, json: bool
) -> int:
    from mllm_mine.index.lock import run_lock
    from mllm_mine.source import import_file, open_input

    settings = context.obj.settings
    arguments = {"from": from_file, "filters": str(filters)}
    with (
        open_input(Path(from_file)) as source,  # first: for what is no list, no index is made
        run_lock(settings.db, wait=wait),
        context.obj.index(create=True) as index,
        index.runs.record("fetch", arguments) as record,
        context.obj.progress() as progress,
    ):
        summary = import_file(index, source, filters, record, progress)
        papers = index.papers.count()
    if json:
        print_json(import_document(summary) | {"papers": papers, "failures": _failures(record)})
    else:
        typer.echo("\n".join(import_lines(summary, papers)))
    tell_failures(record.failures)
    exit_code: int = record.exit_code
    return exit_code


def summary_lines(summary: FetchSummary, papers: int) -> list[str]:
    """What a fetch brought, in a few lines."""
    lines = [
        f"{summary.new} new papers, {summary.new_versions} new versions, "
        f"{summary.changed} changed, {summary.unchanged} already known; "
        f"the index holds {papers}"
    ]
    if summary.withdrawn:
        lines.append(f"withdrawn: {some(summary.withdrawn, _NAMED)}")
    if summary.pdfs or summary.pdf_failures:
        failed = f", {summary.pdf_failures} failed" if summary.pdf_failures else ""
        lines.append(f"{summary.pdfs} PDFs downloaded{failed}")
    if summary.faults:
        lines.append(f"{summary.requests} requests, {summary.faults} of them went wrong")
    return lines


def tell_failures(failures: list[tuple[str, str]]) -> None:
    """Names what could not be done, on stderr."""
    for subject, reason in failures[:_NAMED]:
        say(f"{subject}: {reason}")
    if len(failures) > _NAMED:
        say(f"and {len(failures) - _NAMED} more failures; 'mine status' lists them")


def plan_lines(planned: PlannedQuery) -> list[str]:
    """What would be asked, and how much of the answer is new."""
    period = f"{planned.since[:10]} to {planned.until[:10] or 'today'}" if planned.since else ""
    asked = " ".join(f"{planned.source}: {planned.query}".split())
    if planned.total is None:
        return [asked, f"  records changed from {period}; OAI does not say how many"]
    new = max(0, planned.total - planned.known)
    return [asked, f"  {period}: {planned.total} papers, {new} of them new".replace("  : ", "  ")]


def check_lines(checks: list[WindowCheck]) -> list[str]:
    """Each window with arXiv's total and ours, and the sum of what is missing."""
    lines = []
    query = ""
    for check in checks:
        if check.query != query:
            query = check.query
            lines.append(query)
        verdict = f"{check.missing} missing" if check.missing else "whole"
        lines.append(
            f"  {check.since[:10]} to {check.until[:10]}: arXiv {check.stated}, "
            f"index {check.known}: {verdict}"
        )
    missing = sum(check.missing for check in checks)
    lines.append(
        f"{missing} papers are missing; 'mine fetch' brings them"
        if missing
        else "nothing is missing"
    )
    return lines


def import_lines(summary: ImportSummary, papers: int) -> list[str]:
    """What became of a file, in a few lines."""
    counts = summary.counts
    if not counts:
        return [f"{summary.name}: there is nothing in it; the index holds {papers}"]
    lines = [
        f"{summary.name}: {counts.get('new', 0)} new papers, {counts.get('new_versions', 0)} new "
        f"versions, {counts.get('changed', 0)} changed, "
        f"{counts.get('unchanged', 0) + counts.get('older', 0)} already known; "
        f"the index holds {papers}"
    ]
    if counts.get("left_out"):
        lines.append(f"{counts['left_out']} left out by the filters")
    if summary.resumed_after:
        lines.append(f"went on after record {summary.resumed_after}, where the last run stopped")
    if summary.failed:
        lines.append(f"{summary.failed} records could not be read")
    return lines


def import_document(summary: ImportSummary) -> dict[str, Any]:
    """The outcome of an import as plain data."""
    return {
        "file": summary.name,
        "format": summary.format,
        **summary.counts,
        "failed": summary.failed,
        "resumed_after": summary.resumed_after,
        "fault": summary.fault,
    }


def _check_document(check: WindowCheck) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(check) | {"missing": check.missing}


def _failures(record: Any) -> list[dict[str, str]]:
    return [{"subject": subject, "reason": reason} for subject, reason in record.failures]
