"""What each key of the review queue does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mllm_mine.commands.keys import END, ENTER, Keyboard
from mllm_mine.commands.review_screen import Screen, help_lines

if TYPE_CHECKING:
    from mllm_mine.review.session import Session


def answer(session: Session, screen: Screen, keyboard: Keyboard) -> bool:
    """Reads one key and does what it says.

    Returns:
        False when the reader quits or the terminal has gone.
    """
    key = keyboard.key()
    if key in (END, "q"):
        return False
    if key in (ENTER, " "):
        session.accept()
    elif key.isdigit() and key != "0":
        _toggle_number(session, int(key))
    elif key == "l":
        _ask_label(session, screen, keyboard)
    elif key == "o" and session.taxonomy.scope is not None:
        session.out_of_scope()
    elif key == "s":
        session.toggle_scope()
    elif key == "k":
        session.skip()
    elif key == "n":
        session.annotate(keyboard.line(lambda: screen.prompt("Note:")))
    elif key == "u":
        if not session.undo():
            _pause(screen, keyboard, ["Nothing was saved in this sitting yet."])
    elif key == "d":
        names = ["in_scope", *(each.label for each in session.proposals)]
        screen.definitions(names if session.taxonomy.scope else names[1:], session.taxonomy)
        _pause(screen, keyboard, [])
    elif key in ("?", "h"):
        _pause(screen, keyboard, help_lines(session.taxonomy))
    return True


def _toggle_number(session: Session, number: int) -> None:
    proposals = session.proposals
    if number <= len(proposals):
        session.toggle(proposals[number - 1].label)


def _ask_label(session: Session, screen: Screen, keyboard: Keyboard) -> None:
    """Toggles a label by name; ``?name`` shows what it means."""
    question = "Label (or the beginning of one; ?name for what it means):"
    typed = keyboard.line(lambda: screen.prompt(question))
    wanted = typed.removeprefix("?").strip().lower()
    if not wanted:
        return
    found = matching_labels(wanted, session.taxonomy.label_ids)
    if typed.startswith("?") and found:
        screen.definitions(found, session.taxonomy)
        _pause(screen, keyboard, [])
    elif len(found) == 1:
        session.toggle(found[0])
    elif found:
        _pause(screen, keyboard, [f"{wanted!r} may be {', '.join(found)}; type more of it."])
    else:
        known = ", ".join(session.taxonomy.label_ids)
        _pause(screen, keyboard, [f"There is no label {wanted!r}. Labels: {known}"])


def matching_labels(typed: str, label_ids: tuple[str, ...]) -> list[str]:
    """The label of that name; else those that begin with it; else those that hold it."""
    if typed in label_ids:
        return [typed]
    beginning = [label for label in label_ids if label.startswith(typed)]
    return beginning or [label for label in label_ids if typed in label]


def _pause(screen: Screen, keyboard: Keyboard, lines: list[str]) -> None:
    screen.lines([*lines, "Press any key."])
    keyboard.key()
