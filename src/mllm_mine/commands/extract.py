"""``mine extract``: the full text of papers that have a PDF and no text yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.output import JsonOption, print_json
from mllm_mine.wording import some

if TYPE_CHECKING:
    from mllm_mine.fulltext import ExtractSummary

_NAMED = 5


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("extract")(run)


def run(
    context: typer.Context,
    jobs: Annotated[
        int, typer.Option(help="PDFs at a time; 0: one a processor.", min=0, metavar="N")
    ] = 0,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed before.")
    ] = False,
    pdf_dir: Annotated[
        Path | None,
        typer.Option(help="A folder of PDFs named by arXiv id, such as 2501.01234v2.pdf."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another run to end instead of giving up.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Extract the full text of PDFs that have not been read yet.

    Example: mine extract --pdf-dir ~/papers --jobs 4
    """
    from mllm_mine.fulltext import extract_pending
    from mllm_mine.index.lock import run_lock

    settings = context.obj.settings
    arguments = {"jobs": jobs, "retry_failed": retry_failed, "pdf_dir": pdf_dir}
    with (
        context.obj.index() as index,
        run_lock(settings.db, wait=wait),
        index.runs.record("extract", arguments) as record,
        context.obj.progress() as progress,
    ):
        summary = extract_pending(
            index,
            settings,
            record,
            progress,
            retry_failed=retry_failed,
            jobs=jobs,
            pdf_dir=pdf_dir,
        )
    if json:
        print_json(as_document(summary))
    else:
        typer.echo("\n".join(summary_lines(summary)))
    exit_code: int = record.exit_code
    return exit_code


def as_document(summary: ExtractSummary) -> dict[str, object]:
    """A run's outcome as plain data."""
    return {
        "extracted": summary.readable,
        "failed": len(summary.failures),
        "pages": summary.pages,
        "statuses": dict(sorted(summary.statuses.items())),
        "failures": [
            {"id": arxiv_id, "status": status, "reason": reason}
            for arxiv_id, status, reason in summary.failures
        ],
        "unknown_files": [str(path) for path in summary.unknown_files],
    }


def summary_lines(summary: ExtractSummary) -> list[str]:
    """A run's outcome in words."""
    lines = []
    if not summary.done:
        lines.append(
            "Nothing to extract: each PDF has its text, or failed before (--retry-failed)."
        )
    else:
        line = f"Extracted {summary.readable} of {summary.done} papers, {summary.pages} pages."
        if partial := summary.statuses.get("partial"):
            line += f" {partial} of them in part."
        lines.append(line)
    lines += [f"  {arxiv_id}: {status}: {reason}" for arxiv_id, status, reason in summary.failures]
    if unknown := summary.unknown_files:
        names = some((path.name for path in unknown), _NAMED)
        lines.append(f"Left alone, as no paper of the index has that id: {names}")
    return lines
