"""``mine train``: a model from labelled papers, or from the labels by hand of the index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mllm_mine.commands.labelled_warnings import labelled_warnings
from mllm_mine.commands.output import JsonOption, print_json
from mllm_mine.commands.score_table import score_lines
from mllm_mine.errors import ConfigurationError
from mllm_mine.wording import counted, some

if TYPE_CHECKING:
    from mllm_mine.classifier.labelled import LabelledFile
    from mllm_mine.classifier.training import Training
    from mllm_mine.taxonomy import Taxonomy


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
    train_from_files(context, files, taxonomy, output or Path("mine.model"), json=json)


def train_from_files(
    context: typer.Context, files: list[str], taxonomy: Path | None, output: Path, *, json: bool
) -> None:
    """Trains from labelled files, and prints the scores."""
    from mllm_mine.atomic_write import require_writable
    from mllm_mine.classifier.labelled import read_labelled
    from mllm_mine.classifier.model_file import save_model
    from mllm_mine.classifier.training import train
    from mllm_mine.taxonomy import builtin_taxonomy, load_taxonomy

    named = taxonomy or context.obj.settings.classify.taxonomy
    require_writable(output)
    _refuse_to_overwrite([*files, *([str(named)] if named else [])], output)
    tree = load_taxonomy(named) if named else builtin_taxonomy()
    labelled = read_labelled(files, tree)
    for warning in labelled_warnings(labelled, "the taxonomy"):
        typer.echo(f"mine: {warning}", err=True)
    with context.obj.progress() as progress:
        training = train(labelled.records, tree, progress=progress)
    save_model(training.model, output)
    for warning in _left_out(training, labelled, tree):
        typer.echo(f"mine: {warning}", err=True)
    if json:
        print_json(as_document(training, output, labelled))
        return
    typer.echo("Cross-validated, each paper scored by a model that had not seen it:")
    for line in score_lines(training.scores):
        typer.echo(line)
    typer.echo(f"wrote {output}: {training.model.id}")


def as_document(training: Training, output: Path, labelled: LabelledFile) -> dict[str, Any]:
    """The training's outcome as plain data."""
    return {
        "model": training.model.id,
        "output": str(output),
        "left_out": training.left_out,
        "unknown_labels": labelled.unknown_labels,
        "relabelled": list(labelled.relabelled),
        "cross_validation": training.scores,
    }


def _refuse_to_overwrite(sources: list[str], output: Path) -> None:
    for source in sources:
        path = Path(source).expanduser()
        if path.exists() and output.expanduser().resolve() == path.resolve():
            raise ConfigurationError(
                f"the model would take the place of {source}, from which it is trained; give "
                "--output another name"
            )


def _left_out(training: Training, labelled: LabelledFile, taxonomy: Taxonomy) -> Iterator[str]:
    """What the model did not learn, and why."""
    papers, least = len(labelled.records), training.model.manifest["recipe"]["min_examples"]
    for output, count in training.left_out.items():
        if count < least:
            yield f"{output} has too few examples ({count}) and is left out; it takes {least}"
        else:
            yield (
                f"{output} is left out: {count:,} of {counted(papers, 'paper')} are given it, and "
                f"it takes {least} that are not"
            )
    if taxonomy.scope is not None and (unsaid := labelled.scope_unsaid):
        yield (
            f"in_scope is left out: {len(unsaid):,} of {counted(papers, 'paper')} do not say it: "
            f"{some(unsaid)}; add it, or take [scope] out of the taxonomy: no paper can be "
            "filed as in scope"
        )
