"""``mine train``: a model from labelled papers, or from the labels by hand of the index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mllm_mine.commands.output import JsonOption, print_json
from mllm_mine.commands.score_table import score_lines
from mllm_mine.errors import ConfigurationError

if TYPE_CHECKING:
    from mllm_mine.classifier.training import Training


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("train")(run)


def run(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Labelled JSON Lines (.gz, .zst); without any, the labels by hand of the index.",
        ),
    ] = None,
    taxonomy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The taxonomy; default: the configured or built-in one."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Where the model goes; with FILE, mine.model if unset."),
    ] = None,
    own_labels_only: Annotated[
        bool,
        typer.Option(
            "--own-labels-only",
            help="Without FILE: train from your labels alone, not from the model's weights on.",
        ),
    ] = False,
    adopt: Annotated[
        str,
        typer.Option(
            metavar="always|if-better|never",
            help="Without FILE: make the new model the index's; the former one is kept.",
        ),
    ] = "never",
    restore: Annotated[
        bool, typer.Option("--restore", help="Bring back the model before the adopted one.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Train a model from labelled papers, and say how good it is.

    Each line needs id, title, abstract, labels, and in_scope where the field has scope. Labels may
    stand in a file of their own: a line without title and abstract takes them from another line
    of that id. The same files give the same model, byte for byte. Without a file the model learns
    from your labels by hand, starting from its present weights, and is held against the one in use.

    Example: mine train labelled.jsonl --taxonomy my.toml --output my.model
    """
    if restore or not files:
        if taxonomy or (restore and (files or output or own_labels_only or adopt != "never")):
            raise ConfigurationError(
                "--taxonomy goes with labelled files, and --restore stands alone"
            )
        from mllm_mine.commands.train_by_hand import bring_back, learn

        if restore:
            bring_back(context, json=json)
        else:
            learn(context, output, own_labels_only=own_labels_only, adopt=adopt, json=json)
        return
    if own_labels_only or adopt != "never":
        raise ConfigurationError(
            "--own-labels-only and --adopt are for learning from the index's labels by hand, "
            "without a FILE; name a trained model under [classify] in mine.toml to use it"
        )
    from mllm_mine.classifier.labelled import read_labelled
    from mllm_mine.classifier.model_file import save_model
    from mllm_mine.classifier.training import train
    from mllm_mine.taxonomy import builtin_taxonomy, load_taxonomy

    named = taxonomy or context.obj.settings.classify.taxonomy
    tree = load_taxonomy(named) if named else builtin_taxonomy()
    labelled = read_labelled(files, tree)
    with context.obj.progress() as progress:
        training = train(labelled.records, tree, progress=progress)
    output = output or Path("mine.model")
    save_model(training.model, output)
    for warning in _warnings(training, labelled.unknown_labels):
        typer.echo(f"mine: {warning}", err=True)
    if json:
        print_json(as_document(training, output, labelled.unknown_labels))
        return
    typer.echo("Cross-validated, each paper scored by a model that had not seen it:")
    for line in score_lines(training.scores):
        typer.echo(line)
    typer.echo(f"wrote {output}: {training.model.id}")


def as_document(training: Training, output: Path, unknown: dict[str, int]) -> dict[str, Any]:
    """The training's outcome as plain data."""
    return {
        "model": training.model.id,
        "output": str(output),
        "left_out": training.left_out,
        "unknown_labels": unknown,
        "cross_validation": training.scores,
    }


def _warnings(training: Training, unknown: dict[str, int]) -> list[str]:
    found = [
        f"{label} has too few examples ({count}) and is left out"
        for label, count in training.left_out.items()
    ]
    found += [
        f"the taxonomy has no label {label!r}, given {count} times; it is ignored"
        for label, count in sorted(unknown.items())
    ]
    return found
