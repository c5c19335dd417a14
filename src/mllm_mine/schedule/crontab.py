"""The nightly run in the user's crontab: a marked block, all other lines left as they are."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

from mllm_mine.errors import MineError
from mllm_mine.schedule.plan import NightlyRun


def crontab_block(run: NightlyRun) -> str:
    """The lines for the crontab, between a first and a last line that mark them as ours."""
    words = [f"{name}={shlex.quote(value)}" for name, value in run.environment]
    words.append(shlex.join(run.command))
    if run.log is not None:
        words.append(f">> {shlex.quote(str(run.log))} 2>&1")
    line = " ".join(words).replace("%", r"\%")  # cron ends a command at a bare percent sign
    return f"{_first(run)}\n{run.minute} {run.hour} * * * {line}\n{_last(run)}\n"


def install_crontab(run: NightlyRun) -> bool:
    """Puts the block into the user's crontab in place of an earlier one for the same subject.

    Returns:
        Whether the crontab was changed.

    Raises:
        MineError: there is no ``crontab`` command, or it refused.
    """
    present = _read()
    lines = _without(present, run)
    rest = "".join(lines)
    if rest and not rest.endswith("\n"):
        rest += "\n"
    wanted = rest + crontab_block(run)
    if crontab_block(run) in present:
        return False
    _write(wanted)
    return True


def remove_crontab(run: NightlyRun) -> bool:
    """Takes the block for this subject out of the user's crontab.

    Returns:
        Whether there was one.

    Raises:
        MineError: there is no ``crontab`` command, or it refused.
    """
    present = _read()
    rest = "".join(_without(present, run))
    if rest == present:
        return False
    _write(rest)
    return True


def _first(run: NightlyRun) -> str:
    return f"# >>> {run.name}: nightly update of {run.subject}, see 'mine cron --help' >>>"


def _last(run: NightlyRun) -> str:
    return f"# <<< {run.name} <<<"


def _without(crontab: str, run: NightlyRun) -> list[str]:
    """All lines that are not ours."""
    kept: list[str] = []
    inside = False
    for line in crontab.splitlines(keepends=True):
        if line.startswith(f"# >>> {run.name}:"):
            inside = True
        elif inside and line.rstrip("\n") == _last(run):
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise MineError(
            f"the crontab has the first line of {run.name} but not its last, so it is unclear "
            "which lines are mine's; take them out with 'crontab -e' and run this again"
        )
    return kept


def _read() -> str:
    listing = _crontab("-l")
    if listing.returncode == 0:
        return _text(listing.stdout)
    message = _text(listing.stderr).strip()
    if "no crontab" in message.lower():
        return ""
    raise MineError(f"'crontab -l' failed: {message or listing.returncode}")


def _write(crontab: str) -> None:
    writing = _crontab("-", crontab)
    if writing.returncode != 0:
        raise MineError(
            f"crontab refused the schedule: {_text(writing.stderr).strip() or writing.returncode}; "
            "the crontab is as it was"
        )


def _crontab(argument: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("crontab")
    if program is None:
        raise MineError(
            "there is no 'crontab' command on this machine; install cron, use "
            "'mine cron install --systemd', or hand the line of 'mine cron print' to another "
            "scheduler"
        )
    return subprocess.run(
        [program, argument],
        input=text.encode("utf-8", "surrogateescape"),
        capture_output=True,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )


def _text(output: bytes) -> str:
    """Decodes without losing a byte: other people's lines go back as they came."""
    return output.decode("utf-8", "surrogateescape")
