"""``mine cron``: the nightly schedule, as a crontab line or a systemd timer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mllm_mine.commands.output import JsonOption, print_json

if TYPE_CHECKING:
    from mllm_mine.schedule import NightlyRun


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("cron")(run)


def run(
    context: typer.Context,
    action: Annotated[
        Literal["print", "install", "remove"],
        typer.Argument(help="Show the schedule, put it in place, or take it out."),
    ],
    at: Annotated[
        str,
        typer.Option(
            metavar="HH:MM",
            help="Time of day in the machine's time zone. Default: a minute of your own between "
            "04:00 and 07:00 UTC, after arXiv's announcements and its busiest hours.",
        ),
    ] = "",
    systemd: Annotated[
        bool, typer.Option("--systemd", help="A systemd timer of the user instead of cron.")
    ] = False,
    log: Annotated[
        Path | None, typer.Option(help="Log file. Default: beside the index, named after it.")
    ] = None,
    no_log: Annotated[
        bool, typer.Option("--no-log", help="Keep no log; cron then mails what a run says.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Print, install or remove the nightly schedule of 'mine update'.

    The schedule names everything by absolute path and carries the MINE_ variables set now.
    'install' leaves all other lines of the crontab as they are, and may be repeated.

    Example: mine cron install --at 05:30
    """
    from mllm_mine.schedule import nightly_run

    nightly = nightly_run(
        context.obj.settings,
        os.environ,
        db=context.obj.db,
        at=at,
        log=log,
        keep_log=not no_log,
    )
    changed = False if action == "print" else _apply(action, nightly, systemd)
    text = _text(nightly, systemd)
    if json:
        print_json(
            {
                "action": action,
                "changed": changed,
                "scheduler": "systemd" if systemd else "cron",
                "at": nightly.at,
                "command": list(nightly.command),
                "log": str(nightly.log) if nightly.log else None,
                "text": text,
            }
        )
    elif action == "print":
        typer.echo(text, nl=False)
    else:
        typer.echo(_sentence(action, nightly, changed))


def _apply(action: str, nightly: NightlyRun, systemd: bool) -> bool:
    from mllm_mine import schedule

    if action == "install":
        return (schedule.install_timer if systemd else schedule.install_crontab)(nightly)
    return (schedule.remove_timer if systemd else schedule.remove_crontab)(nightly)


def _text(nightly: NightlyRun, systemd: bool) -> str:
    from mllm_mine.schedule import crontab_block, timer_units

    if not systemd:
        return crontab_block(nightly)
    return "\n".join(f"# {name}\n{text}" for name, text in timer_units(nightly).items())


def _sentence(action: str, nightly: NightlyRun, changed: bool) -> str:
    if action == "remove":
        what = "Removed the nightly update" if changed else "There was no nightly update"
        return f"{what} of {nightly.subject}."
    state = "" if changed else " already"
    log = f"; log: {nightly.log}" if nightly.log else ""
    return f"The nightly update of {nightly.subject} is{state} scheduled for {nightly.at}{log}"
