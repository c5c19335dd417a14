"""What the nightly run is: its command with absolute paths, its time and its log."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mllm_mine.errors import ConfigurationError

if TYPE_CHECKING:
    from mllm_mine.config import Settings

# arXiv announces at 20:00 in New York, which is 00:00 or 01:00 UTC, and its OAI interface follows
# at about 03:00 UTC. Those are also its busiest hours, so the night's run begins after them.
_FIRST_HOUR_UTC, _HOURS = 4, 3
_AT = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")
_NOT_CARRIED = frozenset({"MINE_DB", "MINE_CONFIG", "MINE_NOW"})


@dataclass(frozen=True)
class NightlyRun:
    """A scheduled ``mine update``.

    Attributes:
        subject: the absolute path of the configuration or index it is for; one schedule each.
        command: the program and its arguments, all paths absolute.
        environment: ``MINE_…`` variables in force now, which neither cron nor systemd inherits.
        hour, minute: when, in the machine's time zone.
        log: the file that its output is appended to, or None to leave it to cron.
    """

    subject: Path
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    hour: int
    minute: int
    log: Path | None

    @property
    def at(self) -> str:
        """The time as ``05:17``."""
        return f"{self.hour:02}:{self.minute:02}"

    @property
    def name(self) -> str:
        """A short name that no other subject has, safe as a file name."""
        return f"mine-{hashlib.sha256(bytes(self.subject)).hexdigest()[:8]}"


def nightly_run(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    db: Path | None = None,
    at: str = "",
    log: Path | None = None,
    keep_log: bool = True,
) -> NightlyRun:
    """Plans the nightly run for these settings.

    Args:
        environment: the variables in force; those of mine are written into the schedule.
        db: the index named by option or environment, which then wins over the configuration.
        at: ``HH:MM`` in the machine's time zone; when empty, a minute between 04:00 and 07:00
            UTC that is always the same for this configuration and differs between users.
        log: the log file; ``mine.log`` beside the index when left out.
        keep_log: whether to write a log at all.

    Raises:
        ConfigurationError: the time is none, or a path cannot stand in a schedule.
    """
    config = settings.config_path
    command = [*_program()]
    if config is not None:
        command += ["--config", str(config.absolute())]
    if config is None or db is not None:
        command += ["--db", str(settings.db.absolute())]
    subject = settings.db if config is None or db is not None else config
    hour, minute = _parse_time(at) if at else _quiet_time(str(subject.absolute()))
    log = (log or settings.db.with_suffix(".log")).absolute() if keep_log else None
    run = NightlyRun(
        subject=subject.absolute(),
        command=(*command, "update"),
        environment=_carried(environment),
        hour=hour,
        minute=minute,
        log=log,
    )
    for text in (*run.command, *(value for _, value in run.environment), str(log)):
        if re.search(r"[\0\r\n]", text):
            raise ConfigurationError(f"{text!r} holds a line break and cannot be scheduled")
    return run


def _program() -> list[str]:
    """How to start mine without a search path or an activated environment."""
    script = Path(sys.executable).parent / "mine"
    return [str(script)] if script.is_file() else [sys.executable, "-m", "mllm_mine"]


def _carried(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value)
        for name, value in sorted(environment.items())
        if re.fullmatch(r"MINE_[A-Z_]+", name) and value and name not in _NOT_CARRIED
    )


def _parse_time(at: str) -> tuple[int, int]:
    match = _AT.match(at.strip())
    if match is None:
        raise ConfigurationError(f"{at!r} is no time of day; write it like 05:30")
    return int(match[1]), int(match[2])


def _quiet_time(subject: str) -> tuple[int, int]:
    """A minute in arXiv's quiet hours, spread over users and stable for each of them."""
    seed = f"{Path.home()}\0{subject}"
    offset = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) % (_HOURS * 60)
    today = datetime.now(UTC).replace(hour=_FIRST_HOUR_UTC, minute=0)
    local = (today + timedelta(minutes=offset)).astimezone(_machine_zone())
    return local.hour, local.minute


def _machine_zone() -> tzinfo:
    """The zone that cron runs in: the machine's, whatever ``TZ`` says in this terminal."""
    try:
        with Path("/etc/localtime").open("rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return UTC
