"""The nightly run as a systemd timer of the user."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from mllm_mine.errors import DiskError, MineError
from mllm_mine.schedule.plan import NightlyRun


def timer_units(run: NightlyRun) -> dict[str, str]:
    """The service and the timer: file names and their text."""
    environment = "".join(
        f"Environment={_quoted(f'{name}={value}')}\n" for name, value in run.environment
    )
    command = " ".join(_quoted(word).replace("$", "$$") for word in run.command)
    log = ""
    if run.log is not None:
        path = str(run.log).replace("%", "%%")
        log = f"StandardOutput=append:{path}\nStandardError=append:{path}\n"
    service = (
        f"[Unit]\nDescription=Nightly update of {_plain(run.subject)}\n\n"
        f"[Service]\nType=oneshot\n{environment}ExecStart={command}\n{log}"
        # 3: some papers failed and are tried again; 4: a run by hand was under way.
        "SuccessExitStatus=3 4\n"
    )
    timer = (
        f"[Unit]\nDescription=Nightly update of {_plain(run.subject)}\n\n"
        f"[Timer]\nOnCalendar=*-*-* {run.at}:00\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    return {f"{run.name}.service": service, f"{run.name}.timer": timer}


def install_timer(run: NightlyRun) -> bool:
    """Writes the units to the user's folder and starts the timer.

    Returns:
        Whether a unit was new or changed.

    Raises:
        MineError: there is no systemd for users here, or it refused.
        DiskError: the units cannot be written.
    """
    _systemctl("show-environment")  # asks for the user's manager before anything is written
    folder = _unit_folder()
    changed = False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in timer_units(run).items():
            path = folder / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                changed = True
    except OSError as error:
        raise DiskError(f"cannot write the units to {folder}: {error.strerror}") from error
    _systemctl("daemon-reload")
    _systemctl("enable", "--now", f"{run.name}.timer")
    return changed


def remove_timer(run: NightlyRun) -> bool:
    """Stops the timer and deletes its units.

    Returns:
        Whether there was one.

    Raises:
        MineError: systemd refused.
    """
    present = [path for name in timer_units(run) if (path := _unit_folder() / name).exists()]
    if not present:
        return False
    _systemctl("disable", "--now", f"{run.name}.timer")
    for path in present:
        path.unlink()
    _systemctl("daemon-reload")
    return True


def _unit_folder() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "systemd" / "user"


def _systemctl(*arguments: str) -> None:
    program = shutil.which("systemctl")
    if program is None:
        raise MineError(
            "there is no 'systemctl' command on this machine; leave out --systemd to use cron"
        )
    result = subprocess.run(
        [program, "--user", *arguments], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        reason = result.stderr.strip() or result.returncode
        raise MineError(
            f"'systemctl --user {arguments[0]}' failed: {reason}; without a systemd of the user, "
            "leave out --systemd to use cron"
        )


def _quoted(text: str) -> str:
    """One word of a unit file's line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _plain(path: Path) -> str:
    return str(path).replace("%", "%%")
