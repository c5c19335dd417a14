"""``mine review``: the papers most worth a person's look, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mllm_mine.commands.filter_options import SinceOption, UntilOption
from mllm_mine.commands.output import JsonOption, print_json, print_tabs, say

if TYPE_CHECKING:
    from mllm_mine.classifier import Explanation
    from mllm_mine.classifier.model import Model
    from mllm_mine.commands.review_screen import Screen
    from mllm_mine.index import Index
    from mllm_mine.review.queue import Request
    from mllm_mine.review.session import Session


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("review")(run)


def run(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS]...", help="Only papers that hold these words."),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(help="Only papers that may carry this label or group; repeatable."),
    ] = None,
    month: Annotated[str, typer.Option(help="Only papers of this month, as 2025-01.")] = "",
    since: SinceOption = "",
    until: UntilOption = "",
    conflicts: Annotated[
        bool,
        typer.Option(
            "--conflicts", help="Ask again about labels by hand that the model contradicts."
        ),
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most this many papers.")] = 50,
    author: Annotated[
        str, typer.Option(help="Who decides.", envvar="MINE_AUTHOR", show_envvar=True)
    ] = "",
    json: JsonOption = False,
) -> None:
    """Review the papers that teach the model most, a key a decision.

    Shows title, abstract and proposed labels, and says why each paper is asked. What you decide
    is saved after each paper; quit whenever you like. Without a terminal, or with --json, the
    queue is listed instead.

    Example: mine review --label rlhf --since 30d
    """
    from mllm_mine.labelling.giving import default_author
    from mllm_mine.review.queue import QueueFilter, build_queue, month_bounds

    if month:
        since, until = month_bounds(month)
    wanted = QueueFilter(tuple(label or ()), since, until, " ".join(words or ()), conflicts)
    with context.obj.index() as index:
        queue = build_queue(index, wanted, limit)
        if json:
            print_json([request.as_record() for request in queue])
        elif not (sys.stdin.isatty() and sys.stdout.isatty()):
            for request in queue:
                why = "; ".join(reason.text for reason in request.reasons)
                print_tabs((request.candidate.paper.arxiv_id, why, request.candidate.paper.title))
        elif not queue:
            say(_nothing(index, wanted.conflicts), quiet=context.obj.quiet)
        else:
            _review(context, index, queue, author or default_author())


def _nothing(index: Index, conflicts: bool) -> str:
    if conflicts:
        return "no label by hand is contradicted strongly by the model"
    if index.setting("model_id") is None:
        return "no paper is classified yet; run 'mine classify' first"
    return "nothing to review: the model is sure of these papers, or they are labelled already"


def _review(context: typer.Context, index: Index, queue: Sequence[Request], author: str) -> None:
    """The sitting: shows a paper, reads keys, until the queue ends or the reader quits."""
    from rich.console import Console

    from mllm_mine.commands.keys import Keyboard
    from mllm_mine.commands.review_keys import answer
    from mllm_mine.commands.review_screen import Screen
    from mllm_mine.review.estimate import honest_estimate
    from mllm_mine.review.session import Session

    session = Session(index, queue, author)
    screen = Screen(Console(highlight=False))
    model = _model(context, index)
    with Keyboard() as keyboard:
        while session.current is not None:
            _show(session, screen, model, len(queue))
            if not answer(session, screen, keyboard):
                break
    screen.lines(_farewell(session))
    if estimate := honest_estimate(index):
        screen.lines([estimate.text])


def _show(session: Session, screen: Screen, model: Model | None, papers: int) -> None:
    judgement = session.current
    assert judgement is not None
    place = f"Paper {min(session.judged + session.skipped + 1, papers)} of {papers}"
    explanation = _explained(model, session)
    screen.paper(judgement, session.proposals, session.taxonomy, explanation, place)


def _explained(model: Model | None, session: Session) -> Explanation | None:
    from mllm_mine.classifier.records import Record

    if model is None or session.current is None:
        return None
    paper = session.current.request.candidate.paper
    return model.explain(Record(paper.arxiv_id, paper.title, paper.abstract))


def _model(context: typer.Context, index: Index) -> Model | None:
    """The model whose terms are highlighted; one that cannot be loaded stops no review."""
    from mllm_mine.classifier import model_in_use
    from mllm_mine.errors import ModelError

    try:
        return model_in_use(index, context.obj.settings.classify.model)
    except ModelError as error:
        say(f"no terms are highlighted: {error}")
        return None


def _farewell(session: Session) -> list[str]:
    parts = [f"{session.judged} judged", f"{session.skipped} skipped"]
    lines = ["", f"{', '.join(parts)}. Everything is saved."]
    if session.judged:
        lines.append("'mine train' lets the model learn from your labels.")
    return lines
