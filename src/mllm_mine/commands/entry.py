"""Runs the command line: logging, errors to one line on stderr, exit codes."""

from __future__ import annotations

import io
import logging
import os
import sys
import traceback

import typer

from mllm_mine.commands.app import app
from mllm_mine.errors import MineError


def run_command_line(arguments: list[str]) -> int:
    """Parses and runs; returns the exit code instead of exiting."""
    _write_utf8()
    try:
        result = app(arguments, prog_name="mine", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except typer.Exit as stop:
        return stop.exit_code
    except typer.TyperException as error:
        if "\n" in error.format_message():  # no error but help: a group was called alone
            print(error.format_message(), file=sys.stderr)
            return 2
        return _report(f"{error.format_message()}{_usage_hint(error)}", 2)
    except (KeyboardInterrupt, typer.Abort):
        print("mine: interrupted; what was saved stays, the next run goes on", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader (head, less) has seen enough
        _drop_output()
        return 0
    except SystemExit as stop:  # Typer's own answer to a reader that has seen enough
        if not isinstance(stop.__context__, BrokenPipeError):
            raise
        _drop_output()
        return 0
    except MineError as error:
        return _report(str(error), error.exit_code)
    except OSError as error:
        _drop_output()
        where = f" {error.filename}" if error.filename else " the result"
        return _report(f"cannot read or write{where}: {error.strerror or error}", 1)
    except Exception as error:
        return _report(
            f"unexpected {type(error).__name__}: {error}; run with --verbose for the "
            "details, and please report them",
            1,
        )


def _write_utf8() -> None:
    """Results are UTF-8 wherever they go; a terminal that shows less gets question marks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _drop_output() -> None:
    """Keeps Python from writing what is left in its buffer to where nothing more can go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage_hint(error: Exception) -> str:
    usage = getattr(error, "ctx", None)
    return f" Try '{usage.command_path} --help'." if usage is not None else ""


def _report(message: str, code: int) -> int:
    if logging.getLogger("mllm_mine").isEnabledFor(logging.DEBUG):
        traceback.print_exc()
    print("mine: error: " + " ".join(message.split()), file=sys.stderr)
    return code
