"""The page of one paper, as ``mine show`` prints it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mllm_mine.commands.output import Piece
from mllm_mine.paper import abstract_url
from mllm_mine.wording import counted

if TYPE_CHECKING:
    from mllm_mine.classifier import Explanation, LabelExplanation
    from mllm_mine.index.citations import Citation
    from mllm_mine.index.details import PaperDetails

_TERMS = 6  # of each label
_CITATIONS = 20  # in each direction
_INDENT = 11
_SCOPE = {True: "in scope", False: "out of scope", None: "not classified yet"}

Line = Sequence[Piece]


def paper_page(details: PaperDetails, explanation: Explanation | None) -> Iterator[Line]:
    """All lines of the page."""
    yield from _head(details)
    yield []
    if abstract := details.classified.paper.abstract:
        yield [abstract]
        yield []
    yield from _labels(details)
    yield from _files(details)
    if explanation is not None:
        yield from _reasons(details, explanation)
    yield from _citations("Cites", details.cites)
    yield from _citations("Cited by", details.cited_by)
    yield from _history(details)


def _head(details: PaperDetails) -> Iterator[Line]:
    paper = details.classified.paper
    yield [(paper.title, "bold")]
    if paper.authors:
        yield [", ".join(paper.authors)]
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
            yield [_name(name), text]


def _labels(details: PaperDetails) -> Iterator[Line]:
    classified = details.classified
    p_in_scope = "" if classified.p_in_scope is None else f" {classified.p_in_scope:.2f}"
    spoken = [word.value for word in details.history if word.label == "in_scope"]
    if spoken and spoken[-1] is not None:
        p_in_scope = f" by hand (the model:{p_in_scope})" if p_in_scope else " by hand"
    if classified.in_scope is not None or not classified.classified:  # else there is no scope
        yield [_name("Scope"), (_SCOPE[classified.in_scope], "bold"), p_in_scope]
    for place, given in enumerate(classified.labels):
        how = "by hand" if given.by_hand else f"{given.probability:.2f}"
        yield [_name("" if place else "Labels"), (given.label, "bold cyan"), f" {how}"]
    if not classified.labels:
        yield [_name("Labels"), "none"]
    if classified.uncertain:
        yield [_name(""), ("The model is unsure of this paper: worth a look.", "yellow")]
    if classified.unfamiliar:
        yield [_name(""), ("The paper is unlike anything the model was trained on.", "yellow")]
    if details.model_id:
        changed = ", and changed since: 'mine classify' looks again" if details.waiting else ""
        yield [
            _name("Classified"),
            f"{details.classified_at[:10]} by {details.model_id}, "
            f"version {details.classified_version}{changed}",
        ]
    if details.error:
        yield [_name("Error"), (details.error, "red")]


def _files(details: PaperDetails) -> Iterator[Line]:
    if pdf := details.pdf:
        path = f", {pdf['path']}" if pdf["path"] else ""
        yield [_name("PDF"), f"{pdf['status']}, version {pdf['version']}{path}{_why(pdf)}"]
    if text := details.text:
        yield [
            _name("Full text"),
            f"{text['status']}, version {text['version']}, {counted(text['pages'], 'page')}, "
            f"{text['characters']:,} characters{_why(text)}",
        ]


def _reasons(details: PaperDetails, explanation: Explanation) -> Iterator[Line]:
    shown = [reason for reason in explanation.labels.values() if reason.assigned]
    if not shown:
        return
    yield []
    yield [("Why the model says so", "bold")]
    if explanation.prediction.model != details.model_id:
        yield [(f"(after {explanation.prediction.model}, the model now configured)", "yellow")]
    for reason in shown:
        carrying = [(term, amount) for term, amount in reason.terms if amount > 0][:_TERMS]
        yield [(reason.label, "bold cyan"), f" {reason.probability:.2f}", (_given(reason), "dim")]
        if reason.sentences:
            yield ["  ", *marked(reason.sentences[0], [term for term, _ in carrying])]
        if carrying:
            yield ["  ", (", ".join(f"{term} {amount:+.2f}" for term, amount in carrying), "dim")]
    if any("~" in term for reason in shown for term, _ in reason.terms[:_TERMS]):
        yield [("a ~ b: both in one sentence; a/b: words that mean much the same", "dim")]


def _given(reason: LabelExplanation) -> str:
    """What decided for a label."""
    if reason.exclusive:
        return ", the likeliest of those of which each paper gets one"
    if reason.probability < reason.threshold:
        return ", comes with a label below it"
    return f", given from {reason.threshold:.2f} on"


def marked(text: str, terms: Sequence[str]) -> Iterator[Piece]:
    """A text in pieces, with every occurrence of the terms in it standing out."""
    # What meets in a sentence ("release ~ corpus") stands apart in it; "(title)" is a place.
    parts = {part for term in terms if not term.startswith("(") for part in re.split(" ~ |/", term)}
    # A pair of words may have white space or punctuation between them in the text.
    patterns = [
        r"\W+".join(map(re.escape, part.split())) for part in sorted(parts, key=len, reverse=True)
    ]
    if not patterns:
        yield text
        return
    end = 0
    for match in re.finditer(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", text, re.IGNORECASE):
        yield text[end : match.start()]
        yield (match[0], "bold yellow")
        end = match.end()
    yield text[end:]


def _citations(name: str, citations: Sequence[Citation]) -> Iterator[Line]:
    if not citations:
        return
    yield []
    yield [(f"{name} {counted(len(citations), 'paper')} of the index", "bold")]
    for citation in citations[:_CITATIONS]:
        line = f" {citation.published[:4]} {citation.title}"
        how = " (by its title)" if citation.matched_by == "title" else ""
        yield ["  ", (citation.arxiv_id, "cyan"), line + how]
    if (more := len(citations) - _CITATIONS) > 0:
        yield [f"  and {more:,} more: --json lists all"]


def _history(details: PaperDetails) -> Iterator[Line]:
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


def _name(name: str) -> Piece:
    return (f"{name:<{_INDENT}}", "dim")


def _why(status: dict[str, object]) -> str:
    return f": {status['reason']}" if status["reason"] else ""
