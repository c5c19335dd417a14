"""The options that choose papers, the same in every command that has them."""

from __future__ import annotations

from typing import Annotated

import typer

LabelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--label",
        metavar="LABEL",
        help="Only papers with this label or group of labels; repeat it to ask for several.",
    ),
]
SinceOption = Annotated[
    str,
    typer.Option(
        "--since", metavar="DATE", help="First version on or after this date (2025-01-31, or 30d)."
    ),
]
UntilOption = Annotated[
    str, typer.Option("--until", metavar="DATE", help="First version on or before this date.")
]
ScopeOption = Annotated[
    bool | None,
    typer.Option("--in-scope/--all", help="Only papers in scope, or all.  [default: in scope]"),
]
UncertainOption = Annotated[
    bool, typer.Option("--uncertain", help="Only papers whose labels the model is unsure of.")
]
UnfamiliarOption = Annotated[
    bool,
    typer.Option("--unfamiliar", help="Only papers unlike anything the model was trained on."),
]
HandOption = Annotated[bool, typer.Option("--hand", help="Only papers with a label by hand.")]
