"""``mine show ID``: everything about one paper, with the reasons for its labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mllm_mine.commands.output import JsonOption, Piece, print_json, print_lines
from mllm_mine.paper import abstract_url

if TYPE_CHECKING:
    from mllm_mine.index.details import PaperDetails
    from mllm_mine.taxonomy import Taxonomy


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("show")(run)


def run(
    context: typer.Context,
    paper: Annotated[str, typer.Argument(metavar="ID", help="In any form: 2501.01234, a link …")],
    json: JsonOption = False,
) -> None:
    """Show one paper: its labels, the reasons for them, its text and its history.

    Example: mine show 2501.01234
    """
    from mllm_mine.index.details import paper_details

    with context.obj.index() as index:
        details = paper_details(index, paper)
        taxonomy = index.taxonomy
    if json:
        print_json(as_document(details, taxonomy))
    else:
        print_lines(_lines(details))


def as_document(details: PaperDetails, taxonomy: Taxonomy) -> dict[str, Any]:
    """The details as plain data."""
    from mllm_mine.reports.record import detailed_record

    paper = details.classified.paper
    return {
        **detailed_record(details.classified, taxonomy),
        "abstract": paper.abstract,
        "comment": paper.comment,
        "journal_ref": paper.journal_ref,
        "doi": paper.doi,
        "source": details.source,
        "first_seen": details.first_seen,
        "last_changed": details.last_changed,
        "model": details.model_id,
        "classified_at": details.classified_at,
        "classified_version": details.classified_version,
        "waiting": details.waiting,
        "error": details.error,
        "pdf": details.pdf or None,
        "text": details.text or None,
        "history": [asdict(word) for word in details.history],
    }


def _lines(details: PaperDetails) -> Iterator[Sequence[Piece]]:
    paper = details.classified.paper
    yield [(paper.title, "bold")]
    yield [", ".join(paper.authors)] if paper.authors else []
    for name, text in (
        ("Paper", f"{paper.arxiv_id}, version {paper.version}"),
        ("", "WITHDRAWN by its authors" if paper.withdrawn else ""),
        ("Published", paper.published[:10]),
        ("Updated", paper.updated[:10] if paper.updated != paper.published else ""),
        ("Categories", " ".join(paper.categories)),
        ("Comment", paper.comment),
        ("Journal", paper.journal_ref),
        ("DOI", paper.doi),
        ("Link", abstract_url(paper.arxiv_id)),
    ):
        if text:
            yield [(f"{name:<11}", "dim"), text]
    yield []
    yield [paper.abstract]
    yield []
    yield from _label_lines(details)
    yield from _file_lines(details)
    yield from _history_lines(details)


def _label_lines(details: PaperDetails) -> Iterator[Sequence[Piece]]:
    classified = details.classified
    scope = {True: "in scope", False: "out of scope", None: "not classified yet"}
    p_in_scope = "" if classified.p_in_scope is None else f" {classified.p_in_scope:.2f}"
    yield [("Scope      ", "dim"), (scope[classified.in_scope], "bold"), p_in_scope]
    for place, given in enumerate(classified.labels):
        how = "by hand" if given.by_hand else f"{given.probability:.2f}"
        yield [("Labels     " if not place else " " * 11, "dim"), (given.label, "bold"), f" {how}"]
    if classified.uncertain:
        yield [" " * 11, ("The model is unsure of this paper: worth a look.", "yellow")]
    if classified.unfamiliar:
        yield [" " * 11, ("The paper is unlike anything the model was trained on.", "yellow")]
    if details.model_id:
        changed = ", and changed since: 'mine classify' looks again" if details.waiting else ""
        yield [
            ("Classified ", "dim"),
            f"{details.classified_at[:10]} by {details.model_id}, "
            f"version {details.classified_version}{changed}",
        ]
    if details.error:
        yield [("Error      ", "dim"), (details.error, "red")]


def _file_lines(details: PaperDetails) -> Iterator[Sequence[Piece]]:
    if details.pdf:
        reason = f": {details.pdf['reason']}" if details.pdf["reason"] else ""
        path = f", {details.pdf['path']}" if details.pdf["path"] else ""
        yield [
            ("PDF        ", "dim"),
            f"{details.pdf['status']}, version {details.pdf['version']}{path}{reason}",
        ]
    if details.text:
        reason = f": {details.text['reason']}" if details.text["reason"] else ""
        yield [
            ("Full text  ", "dim"),
            f"{details.text['status']}, version {details.text['version']}, "
            f"{details.text['pages']} pages, {details.text['characters']:,} characters{reason}",
        ]


def _history_lines(details: PaperDetails) -> Iterator[Sequence[Piece]]:
    if not details.history:
        return
    yield []
    yield [("By hand", "bold")]
    for word in details.history:
        said = {True: "granted", False: "refused", None: "took back"}[word.value]
        parts = [f"  {word.labelled_at}  {word.author or 'someone'} {said} {word.label}"]
        if word.version is not None:
            parts.append(f"on version {word.version}")
        if word.probability is not None:
            parts.append(f"(the model {word.model_id} said {word.probability:.2f})")
        if word.tool:
            parts.append(f"with {word.tool}")
        yield [" ".join(parts) + (f": {word.note}" if word.note else "")]
