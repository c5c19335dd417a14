"""``mine show ID``: everything about one paper, with the reasons for its labels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mllm_mine.commands.output import JsonOption, print_json, print_lines, say

if TYPE_CHECKING:
    from mllm_mine.classifier import Explanation
    from mllm_mine.index import Index
    from mllm_mine.index.details import PaperDetails
    from mllm_mine.taxonomy import Taxonomy

_TERMS_IN_JSON = 20


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("show")(run)


def run(
    context: typer.Context,
    paper: Annotated[str, typer.Argument(metavar="ID", help="In any form: 2501.01234, a link …")],
    json: JsonOption = False,
) -> None:
    """Show one paper: labels, reasons, text and history.

    For each label the sentence that carried it and the terms that counted most, with what each
    added to the label's score. Then the papers of the index that it cites, as far as its full
    text is known, and those that cite it.

    Example: mine show 2501.01234
    """
    from mllm_mine.commands.paper_page import paper_page
    from mllm_mine.index.details import paper_details

    # NumPy's threads take longer to start than one paper's numbers to add up.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with context.obj.index() as index:
        details = paper_details(index, paper)
        taxonomy = index.taxonomy
        explanation = None
        if details.model_id:
            explanation = _explanation(context, index, details)
    if json:
        print_json(as_document(details, taxonomy, explanation))
    else:
        print_lines(paper_page(details, explanation))


def _explanation(context: typer.Context, index: Index, details: PaperDetails) -> Explanation | None:
    """The reasons; a model that cannot be loaded is no reason to show nothing."""
    from mllm_mine.classifier import explain_paper
    from mllm_mine.errors import ModelError

    try:
        return explain_paper(
            index, details.classified.paper.arxiv_id, context.obj.settings.classify.model or None
        )
    except ModelError as error:
        say(f"no reasons shown: {error}")
        return None


def as_document(
    details: PaperDetails, taxonomy: Taxonomy, explanation: Explanation | None
) -> dict[str, Any]:
    """The details as plain data."""
    from dataclasses import asdict

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
        "reasons": None if explanation is None else _reasons(explanation),
        "pdf": details.pdf or None,
        "text": details.text or None,
        "cites": [asdict(citation) for citation in details.cites],
        "cited_by": [asdict(citation) for citation in details.cited_by],
        "history": [asdict(word) for word in details.history],
    }


def _reasons(explanation: Explanation) -> dict[str, Any]:
    return {
        "model": explanation.prediction.model,
        "labels": {
            label: {
                "probability": round(reason.probability, 4),
                "threshold": round(reason.threshold, 4),
                "assigned": reason.assigned,
                **reason.sum_of_terms(_TERMS_IN_JSON),
                "sentences": list(reason.sentences),
            }
            for label, reason in explanation.labels.items()
        },
    }
