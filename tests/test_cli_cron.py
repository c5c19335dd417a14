"""`mine cron`: what the schedule says, and that other people's crontab lines survive it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

CRONTAB = """#!{python}
# Behaves like Debian's crontab, and keeps its table in a file.
import pathlib, sys
table = pathlib.Path({table!r})
if sys.argv[1:] == ["-l"]:
    if not table.exists():
        sys.exit("no crontab for tester")
    sys.stdout.buffer.write(table.read_bytes())
elif sys.argv[1:] == ["-"]:
    text = sys.stdin.buffer.read()
    if text and not text.endswith(b"\\n"):
        sys.exit("new crontab file is missing newline before EOF, can't install.")
    for line in text.splitlines():
        if line and not line.startswith(b"#") and b"=" not in line.split()[0]:
            fields = line.split(None, 5)
            if len(fields) < 6:
                sys.exit("bad minute")
    table.write_bytes(text)
else:
    sys.exit("usage error")
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file behind a `crontab` command that stands first on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    path = tmp_path / "table"
    program = folder / "crontab"
    program.write_text(CRONTAB.format(python=sys.executable, table=str(path)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    for name in list(os.environ):
        if name.startswith("MINE_"):
            monkeypatch.delenv(name)
    return path


def mine(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mllm_mine", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )


def schedule_line(text: str) -> str:
    (line,) = [line for line in text.splitlines() if not line.startswith("#")]
    return line


def test_print_gives_a_line_with_absolute_paths_only(table: Path, tmp_path: Path) -> None:
    result = mine(tmp_path, "cron", "print", "--at", "05:30")
    assert result.returncode == 0, result.stderr
    fields = schedule_line(result.stdout).split(None, 5)
    assert fields[:5] == ["30", "5", "*", "*", "*"]
    words = shlex.split(fields[5])
    assert Path(words[0]).is_absolute()
    assert words[words.index("--db") + 1] == str(tmp_path / "mine.db")
    assert words[-4:] == ["update", ">>", str(tmp_path / "mine.log"), "2>&1"]
    assert not table.exists()


def test_the_scheduled_command_runs_in_cron_s_bare_environment(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a folder with 100% odd name's"
    folder.mkdir()
    (folder / "mine.toml").write_text("")
    printed = mine(folder, "cron", "print", "--no-log", MINE_ARXIV_DELAY="4.5")
    command = schedule_line(printed.stdout).split(None, 5)[5]
    assert command.startswith("MINE_ARXIV_DELAY=4.5 ")
    # cron turns \% back into % and hands the rest to sh; --help stands in for the night's work
    command = command.replace(r"\%", "%") + " --help"
    ran = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "mine update" in ran.stdout


def test_a_configuration_stands_for_the_index_it_names(table: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('db = "data/papers.db"\n')
    by_file = schedule_line(mine(tmp_path, "cron", "print").stdout)
    assert f"--config {tmp_path / 'mine.toml'} update" in by_file
    assert str(tmp_path / "data" / "papers.log") in by_file
    by_option = schedule_line(mine(tmp_path, "--db", "other.db", "cron", "print").stdout)
    assert f"--db {tmp_path / 'other.db'} update" in by_option


def test_install_is_idempotent_and_keeps_all_other_lines(table: Path, tmp_path: Path) -> None:
    others = b"# mine, but by hand\nMAILTO=me\n5 4 * * 0 /bin/true \xe9 100\\%\n"
    table.write_bytes(others)
    first = mine(tmp_path, "cron", "install", "--at", "05:30", "--json")
    assert json.loads(first.stdout)["changed"] is True
    installed = table.read_bytes()
    assert installed.startswith(others)
    again = mine(tmp_path, "cron", "install", "--at", "05:30", "--json")
    assert json.loads(again.stdout)["changed"] is False
    assert table.read_bytes() == installed
    assert mine(tmp_path, "cron", "install", "--at", "06:00").returncode == 0
    assert table.read_bytes() == installed.replace(b"30 5 * * *", b"0 6 * * *")
    removed = mine(tmp_path, "cron", "remove")
    assert removed.returncode == 0
    assert table.read_bytes() == others


def test_two_indexes_have_a_schedule_each(table: Path, tmp_path: Path) -> None:
    for name in ("one.db", "two.db"):
        assert mine(tmp_path, "--db", name, "cron", "install").returncode == 0
    assert mine(tmp_path, "--db", "one.db", "cron", "remove").returncode == 0
    left = table.read_text()
    assert "two.db" in left
    assert "one.db" not in left


def test_a_crontab_without_final_newline_is_accepted(table: Path, tmp_path: Path) -> None:
    table.write_text("0 0 * * * /bin/true")
    assert mine(tmp_path, "cron", "install").returncode == 0
    assert table.read_text().startswith("0 0 * * * /bin/true\n# >>> mine-")


def test_remove_without_a_schedule_says_so_and_succeeds(table: Path, tmp_path: Path) -> None:
    result = mine(tmp_path, "cron", "remove")
    assert result.returncode == 0
    assert result.stdout.startswith("There was no nightly update")
    assert not table.exists()


def test_a_torn_block_is_left_for_the_user(table: Path, tmp_path: Path) -> None:
    mine(tmp_path, "cron", "install")
    torn = "".join(table.read_text().splitlines(keepends=True)[:-1]) + "0 0 * * * /bin/true\n"
    table.write_text(torn)
    result = mine(tmp_path, "cron", "remove")
    assert result.returncode == 1
    assert "crontab -e" in result.stderr
    assert table.read_text() == torn


def test_the_default_time_is_the_same_in_every_terminal(table: Path, tmp_path: Path) -> None:
    times = {
        json.loads(mine(tmp_path, "cron", "print", "--json", TZ=zone).stdout)["at"]
        for zone in ("UTC", "Asia/Kolkata")
    }
    assert len(times) == 1  # cron's clock is the machine's, whatever TZ says in a terminal


@pytest.mark.parametrize("at", ["25:00", "5", "5:7", "noon", "05:60"])
def test_a_wrong_time_is_refused(table: Path, tmp_path: Path, at: str) -> None:
    result = mine(tmp_path, "cron", "install", "--at", at)
    assert result.returncode == 2
    assert "05:30" in result.stderr
    assert not table.exists()


def test_without_cron_it_says_what_else_to_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = mine(tmp_path, "cron", "install", PATH=str(empty))
    assert result.returncode == 1
    assert "--systemd" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_systemd_units_carry_command_and_environment(tmp_path: Path) -> None:
    folder = tmp_path / "50% off"
    folder.mkdir()
    text = mine(folder, "cron", "print", "--systemd", "--at", "4:05", MINE_ARXIV_BACKOFF="7").stdout
    assert "OnCalendar=*-*-* 04:05:00\n" in text
    assert 'Environment="MINE_ARXIV_BACKOFF=7"\n' in text
    assert f'"--db" "{tmp_path}/50%% off/mine.db" "update"\n' in text


def test_systemd_is_installed_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    calls = tmp_path / "calls"
    program = folder / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(calls))}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    units = tmp_path / "config" / "systemd" / "user"
    assert mine(tmp_path, "cron", "install", "--systemd").returncode == 0
    names = sorted(path.name for path in units.iterdir())
    assert [Path(name).suffix for name in names] == [".service", ".timer"]
    assert f"--user enable --now {names[1]}" in calls.read_text()
    assert mine(tmp_path, "cron", "remove", "--systemd").returncode == 0
    assert list(units.iterdir()) == []
    assert f"--user disable --now {names[1]}" in calls.read_text()
