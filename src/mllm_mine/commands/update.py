"""``mine update``: the whole nightly run in one command, made for cron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.output import JsonOption, print_json, say

if TYPE_CHECKING:
    from mllm_mine.pipeline import UpdateSummary

_LABELS_NAMED = 4
_FAILURES_NAMED = 20


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("update")(run)


def run(
    context: typer.Context,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another run to end instead of giving up.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Fetch, extract, classify and report: the one command for cron.

    Says one line when something came in, and nothing when nothing did, so that cron does not
    mail. A stage that fails does not stop the others. Reports are the [[report]] tables of
    mine.toml.

    Example: mine update && mine list --since 7d
    """
    from mllm_mine.index.lock import run_lock
    from mllm_mine.pipeline import update

    settings = context.obj.settings
    with (
        run_lock(settings.db, wait=wait),
        context.obj.index(create=True) as index,
        context.obj.progress() as progress,
    ):
        summary = update(index, settings, progress)
    if json:
        print_json(as_document(summary))
    else:
        if not summary.quiet:
            typer.echo(f"{summary.date}: {summary_line(summary)}")
        tell_failures(summary)
    return summary.exit_code


def as_document(summary: UpdateSummary) -> dict[str, object]:
    """A run's outcome as plain data."""
    from dataclasses import asdict

    return {
        "run": summary.run_id,
        "date": summary.date,
        "new": summary.news.papers,
        "new_in_scope": summary.news.in_scope,
        "labels": summary.news.labels,
        "counts": summary.counts,
        "reports": [
            {"output": str(report.output), "papers": report.papers} for report in summary.reports
        ],
        "drift": [asdict(drift) for drift in summary.drift],
        "failures": [
            {"subject": subject, "reason": reason} for subject, reason in summary.failures
        ],
        "exit_code": summary.exit_code,
    }


def summary_line(summary: UpdateSummary) -> str:
    """What came in, in one line."""
    counts, news = summary.counts, summary.news
    parts = [_new_papers(summary)]
    for name, words in (
        ("new_versions", "new version"),
        ("withdrawn", "withdrawn"),
        ("extracted", "text"),
    ):
        if number := counts.get(name, 0):
            plural = "s" if number != 1 and name != "withdrawn" else ""
            parts.append(f"{number} {words}{plural}")
    if not news.papers and counts.get("classified"):
        parts.append(f"{counts['classified']} classified again")
    parts += [f"{report.papers} in {report.output.name}" for report in summary.reports]
    if summary.drift:
        worst = summary.drift[0]
        others = len(summary.drift) - 1
        more = f" and {others} more label{'' if others == 1 else 's'}" if others else ""
        parts.append(f"drift in {worst.label} since {worst.since}{more} (mine status)")
    if failed := len(summary.failures):
        parts.append(f"{failed} failed")
    return ", ".join(parts)


def tell_failures(summary: UpdateSummary) -> None:
    """Names what failed, on stderr."""
    for subject, reason in summary.failures[:_FAILURES_NAMED]:
        say(f"{subject}: {reason}")
    more = len(summary.failures) - _FAILURES_NAMED
    if more > 0:
        say(f"and {more} more failures; 'mine status' lists them")


def _new_papers(summary: UpdateSummary) -> str:
    news = summary.news
    line = f"{news.papers} new paper{'' if news.papers == 1 else 's'}"
    if not news.papers:
        return line
    labels = [f"{label} {number}" for label, number in news.labels.items()]
    named = f": {', '.join(labels[:_LABELS_NAMED])}" if labels else ""
    more = ", …" if len(labels) > _LABELS_NAMED else ""
    return f"{line} ({news.in_scope} in scope{named}{more})"
