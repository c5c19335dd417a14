"""``mine label``: sets labels of papers by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from mllm_mine.commands.output import JsonOption, print_json, print_lines


def register(app: typer.Typer) -> None:
    """Adds the command."""
    # -safety refuses a label, so a dash does not begin an option here and -h is no help.
    app.command(
        "label",
        context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
    )(run)


def run(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="ID|CHANGE",
            help="Papers, and +label to grant, -label to refuse, ~label to take back.",
            show_default=False,
        ),
    ],
    clear: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL", help="Take back what was said by hand, like ~label; repeatable."
        ),
    ] = None,
    note: Annotated[str, typer.Option(help="Why; kept in the history.")] = "",
    author: Annotated[
        str, typer.Option(help="Who says so.", envvar="MINE_AUTHOR", show_envvar=True)
    ] = "",
    json: JsonOption = False,
) -> None:
    """Set labels of papers by hand; they win over the model.

    +in_scope and -in_scope decide scope. A child brings its parent, a refused parent takes its
    children away. A label taken back is the model's to decide again. Nothing said before is
    forgotten: 'mine show' tells the history.

    Example: mine label 2501.01234 +rlhf -safety --note 'reward model, section 3'
    """
    from mllm_mine.labelling.giving import default_author, give_labels, split_words

    ids, changes = split_words([*words, *(f"~{name}" for name in clear or ())])
    with context.obj.index() as index:
        papers = give_labels(
            index, ids, changes, author=author or default_author(), tool="mine label", note=note
        )
        has_scope = index.taxonomy.scope is not None
        if json:
            from mllm_mine.reports.record import detailed_record

            print_json([detailed_record(paper, index.taxonomy) for paper in papers])
            return
    for paper in papers:
        carried = ", ".join(
            f"{given.label} (by hand)" if given.by_hand else given.label for given in paper.labels
        )
        scope = {True: " in scope", False: " out of scope", None: " scope unknown"}[paper.in_scope]
        scope = scope if has_scope else ""
        print_lines([[(paper.paper.arxiv_id, "bold"), f"{scope}: {carried or 'no label'}"]])
