"""``mine train`` without a file: learning from the index's labels by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import typer

from mllm_mine.commands.output import print_json
from mllm_mine.errors import ConfigurationError

if TYPE_CHECKING:
    from mllm_mine.classifier.retraining import Retraining
    from mllm_mine.review.teaching import Taught


def learn(
    context: typer.Context, output: Path | None, *, own_labels_only: bool, adopt: str, json: bool
) -> None:
    """Trains, compares with the model in use, and adopts as told."""
    from mllm_mine.review.teaching import Adopt, teach

    if adopt not in get_args(Adopt):
        raise ConfigurationError(f"--adopt is one of {', '.join(get_args(Adopt))}, not {adopt!r}")
    with context.obj.index() as index, context.obj.progress() as progress:
        taught = teach(
            index,
            context.obj.settings.classify.model,
            adopt=adopt,  # type: ignore[arg-type]
            own_labels_only=own_labels_only,
            output=output,
            progress=progress,
        )
    if json:
        print_json(_document(taught, output))
        return
    for line in _lines(taught.retraining):
        typer.echo(line)
    if output is not None:
        typer.echo(f"wrote {output}")
    for line in _outcome(taught, adopt):
        typer.echo(line)


def bring_back(context: typer.Context, *, json: bool) -> None:
    """Puts the former model back."""
    from mllm_mine.review.teaching import restore

    with context.obj.index() as index:
        model_id = restore(index, context.obj.settings.classify.model)
    if json:
        print_json({"model": model_id})
    else:
        typer.echo(f"{model_id} is in use again; 'mine classify' files the papers by it")


def _lines(retraining: Retraining) -> Iterator[str]:
    how = (
        "from these labels alone"
        if retraining.strength is None
        else f"from the weights of the model, strength {retraining.strength:g}"
    )
    yield (
        f"Learned from {retraining.papers:,} papers labelled by hand "
        f"({retraining.decisions:,} decisions), {how}."
    )
    for label, count in retraining.left_out.items():
        yield f"  left out: {label}, with {count} examples"
    if not retraining.held_out:
        yield "None of these papers is new to the models, so they cannot be compared."
        return
    yield f"Compared on {retraining.held_out:,} of them, each held out from the model that judges:"
    yield ""
    yield f"{'':<26}{'papers':>7}{'F1 in use':>11}{'F1 new':>9}"
    before = {score.label: score.f1 for score in retraining.current.labels}
    after = {score.label: score.f1 for score in retraining.new.labels}
    support = {
        score.label: score.support for score in (*retraining.current.labels, *retraining.new.labels)
    }
    for label in support:
        yield (
            f"{label:<26}{support[label]:>7}{_number(before.get(label)):>11}"
            f"{_number(after.get(label)):>9}"
        )
    old, new = retraining.current, retraining.new
    yield f"{'all decisions (micro F1)':<26}{'':>7}{old.micro_f1:>11.3f}{new.micro_f1:>9.3f}"
    yield f"{'log loss (less is better)':<26}{'':>7}{old.log_loss:>11.3f}{new.log_loss:>9.3f}"
    yield ""


def _outcome(taught: Taught, adopt: str) -> Iterator[str]:
    retraining = taught.retraining
    verdict = "better than" if retraining.better else "not better than"
    yield f"{retraining.model.id} is {verdict} {retraining.in_use}."
    if taught.adopted:
        yield "It is in use now: 'mine classify' files the papers by it, and 'mine report"
        yield "--changed' then lists what moved. 'mine train --restore' brings the old one back."
    elif adopt == "never":
        yield "Nothing was changed; adopt it with 'mine train --adopt if-better' (or always)."
    else:
        yield "It was not adopted; --adopt always takes it all the same."


def _document(taught: Taught, output: Path | None) -> dict[str, Any]:
    retraining = taught.retraining
    return {
        "model": retraining.model.id,
        "in_use": retraining.model.id if taught.adopted else retraining.in_use,
        "former": retraining.in_use,
        "adopted": taught.adopted,
        "better": retraining.better,
        "papers": retraining.papers,
        "decisions": retraining.decisions,
        "held_out": retraining.held_out,
        "strength": retraining.strength,
        "left_out": retraining.left_out,
        "scores": {
            "new": retraining.new.as_record(),
            "in_use": retraining.current.as_record(),
        },
        "output": None if output is None else str(output),
    }


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
