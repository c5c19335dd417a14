"""``mine taxonomy``: the taxonomy as a tree, with definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from mllm_mine.commands.output import JsonOption, print_json

if TYPE_CHECKING:
    from mllm_mine.taxonomy import Label, Taxonomy


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("taxonomy")(run)


def run(context: typer.Context, json: JsonOption = False) -> None:
    """Show the taxonomy as a tree, with the definition of each label.

    Example: mine taxonomy --json | jq '.labels[].id'
    """
    taxonomy = taxonomy_in_use(context)
    if json:
        print_json(as_document(taxonomy))
        return
    typer.echo(f"{taxonomy.title} ({taxonomy.id}, version {taxonomy.version})")
    if taxonomy.scope:
        typer.echo(f"\nScope\n  {_defined(taxonomy.scope.id, taxonomy.scope.definition)}")
    for dimension in taxonomy.dimensions:
        typer.echo(f"\n{_defined(dimension.title, dimension.definition)}")
        group = ""
        for label in taxonomy.in_dimension(dimension.id):
            if label.group != group:
                group = label.group
                typer.echo(f"  {group}")
            depth = 1 + bool(label.group) + len(taxonomy.ancestors(label.id))
            typer.echo(f"{'  ' * depth}{_defined(label.id, label.definition)}")


def _defined(name: str, definition: str) -> str:
    return f"{name}: {definition}" if definition else name


def as_document(taxonomy: Taxonomy) -> dict[str, object]:
    """The taxonomy as plain data."""

    def entry(label: Label) -> dict[str, str]:
        return {
            "id": label.id,
            "title": label.title,
            "definition": label.definition,
            "dimension": label.dimension,
            "group": label.group,
            "parent": label.parent,
        }

    return {
        "id": taxonomy.id,
        "title": taxonomy.title,
        "version": taxonomy.version,
        "source": taxonomy.source,
        "scope": entry(taxonomy.scope) if taxonomy.scope else None,
        "labels": [entry(label) for label in taxonomy.labels],
    }


def taxonomy_in_use(context: typer.Context) -> Taxonomy:
    """The index's taxonomy when there is an index, otherwise the configured or built-in one."""
    from mllm_mine.taxonomy import builtin_taxonomy, load_taxonomy

    settings = context.obj.settings
    if settings.db.exists():
        with context.obj.index() as index:
            return index.taxonomy  # type: ignore[no-any-return]
    if settings.classify.taxonomy:
        return load_taxonomy(settings.classify.taxonomy)
    return builtin_taxonomy()
