"""``mine doctor``: what is wrong with the set-up or the index, and the mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mllm_mine.commands.output import JsonOption, Piece, print_json, print_lines

if TYPE_CHECKING:
    from mllm_mine.diagnosis import Finding


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("doctor")(run)


def run(
    context: typer.Context,
    mend: Annotated[bool, typer.Option("--mend", help="Do at once what is safe to do.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Read the whole index, however large it is.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Check set-up and index, and say how to mend what is wrong.

    Exits with 1 when something is wrong. An index up to 300 MB is read whole; of a larger one
    labels by hand, the bookkeeping and a sample of papers, unless --full is given.

    Example: mine doctor --json | jq -r '.findings[] | select(.fault) | .mend'
    """
    from mllm_mine.diagnosis import diagnose

    options = context.obj
    with options.progress() as progress:
        findings = diagnose(options.config, options.db, progress, mend=mend, full=full)
    faults = [finding for finding in findings if finding.fault and not finding.mended]
    if json:
        print_json(as_document(findings))
    else:
        print_lines(_lines(findings, len(faults)))
    return 1 if faults else 0


def as_document(findings: list[Finding]) -> dict[str, Any]:
    """The findings as plain data."""
    from dataclasses import asdict

    sound = not any(finding.fault and not finding.mended for finding in findings)
    return {"sound": sound, "findings": [asdict(finding) for finding in findings]}


def _lines(findings: list[Finding], faults: int) -> Iterator[Sequence[Piece]]:
    for finding in sorted(findings, key=lambda finding: not finding.fault):
        kind, style = ("wrong", "bold red") if finding.fault else ("note ", "yellow")
        if finding.mended:
            kind, style = "mended", "green"
        yield [(f"{kind}  ", style), f"{finding.area}: {finding.problem}"]
        if not finding.mended:
            yield [("       ", ""), f"mend: {finding.mend}"]
    if faults:
        yield [(f"{faults} {'thing is' if faults == 1 else 'things are'} wrong", "bold red")]
    else:
        yield [("nothing is wrong", "green")]
