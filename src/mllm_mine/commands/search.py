"""``mine search WORDS``: full-text search, best papers first."""

from __future__ import annotations

from typing import Annotated

import typer

from mllm_mine.commands.filter_options import LabelOption, SinceOption, UntilOption
from mllm_mine.commands.output import JsonOption, say


def register(app: typer.Typer) -> None:
    """Adds the command."""
    # Words may begin with a dash (-speech leaves speech out), so there are no short options.
    app.command(
        "search",
        context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
    )(run)


def run(
    context: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="WORD", help="What to look for.", show_default=False)
    ],
    label: LabelOption = None,
    since: SinceOption = "",
    until: UntilOption = "",
    in_scope: Annotated[
        bool, typer.Option("--in-scope/--all", help="Only papers in scope, or all.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 20,
    json: JsonOption = False,
) -> None:
    """Search titles, abstracts and full texts, best matches first.

    All words must occur; "several words" in quotes are a phrase, multiling* is any word that
    begins so, -speech leaves papers with that word out, OR stands between alternatives. Of words
    that very many papers hold (10,000 and more), only the newest papers are ranked; it says so.

    Example: mine search 'low-resource tokeni*' -speech --since 2024-01-01
    """
    from mllm_mine.commands.paper_rows import print_papers
    from mllm_mine.index.filters import PaperFilter

    _refuse_unknown_options(context, words)
    wanted = PaperFilter(
        labels=tuple(label or ()), since=since, until=until, in_scope=True if in_scope else None
    )
    with context.obj.index() as index:
        found = index.reading.search(" ".join(words), wanted, limit)
        hits = found.hits
        print_papers(
            [hit.classified for hit in hits],
            index.taxonomy,
            json=json,
            snippets=[hit.snippet for hit in hits],
            ranks=[hit.rank for hit in hits],
        )
    if not hits:
        say("no paper matches" + _hint(words), quiet=context.obj.quiet or json)
    if found.ranked_since:
        say(
            "the words are in very many papers, of which only the newest were ranked (since "
            f"{found.ranked_since}); more words, or --until with a date, find older ones",
            quiet=context.obj.quiet,
        )


def _hint(words: list[str]) -> str:
    """What somebody may have meant whose search found nothing, or ""."""
    from mllm_mine.paper import is_arxiv_id

    typed = " ".join(words).split()
    if any(word in ("AND", "NOT", "and", "or", "not") for word in typed):
        return "; all words are looked for: leave AND out, write -word for NOT, and OR in capitals"
    if len(typed) == 1 and is_arxiv_id(typed[0]):
        return f"; 'mine show {typed[0]}' shows a paper by its id"
    return ""


def _refuse_unknown_options(context: typer.Context, words: list[str]) -> None:
    """A mistyped option must not leave papers out in silence, as a word with a dash would."""
    for word in words:
        if word.startswith("--") and word[2:3].isalnum():
            from difflib import get_close_matches

            from mllm_mine.errors import ConfigurationError

            options = [option for each in context.command.params for option in each.opts]
            near = get_close_matches(word.partition("=")[0], options, 1)
            hint = f"did you mean {near[0]}?" if near else "'mine search --help' lists them."
            raise ConfigurationError(
                f"there is no option {word}; {hint} One dash leaves a word out: -speech"
            )
