"""Runs the command line: logging, errors to one line on stderr, exit codes."""

from __future__ import annotations

import logging
import os
import sys
import traceback

import typer

from mllm_mine.commands.app import app
from mllm_mine.errors import MineError


def run_command_line(arguments: list[str]) -> int:
    """Parses and runs; returns the exit code instead of exiting."""
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
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Keep Python from flushing into the void.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MineError as error:
        return _report(str(error), error.exit_code)
    except Exception as error:
        return _report(
            f"unexpected {type(error).__name__}: {error}; run with --verbose for the "
            "details, and please report them",
            1,
        )


def _usage_hint(error: Exception) -> str:
    usage = getattr(error, "ctx", None)
    return f" Try '{usage.command_path} --help'." if usage is not None else ""


def _report(message: str, code: int) -> int:
    if logging.getLogger("mllm_mine").isEnabledFor(logging.DEBUG):
        traceback.print_exc()
    print("mine: error: " + " ".join(message.split()), file=sys.stderr)
    return code
