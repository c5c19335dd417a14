"""The entry point of ``mine``: runs a command and turns errors into one line and an exit code."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line and exits with the contract's codes."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command.

    Returns:
        The exit code: 0 done, 1 failed, 2 bad usage or configuration, 3 some papers failed,
        4 another run holds the index, 130 interrupted.
    """
    if arguments == ["--version"]:  # answered without loading the command line at all
        from mllm_mine import __version__

        print(f"mine {__version__}")
        return 0
    from mllm_mine.commands.entry import run_command_line

    return run_command_line(arguments)


if __name__ == "__main__":
    main()
