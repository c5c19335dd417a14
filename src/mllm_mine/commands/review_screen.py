"""What the review queue shows on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mllm_mine.commands.output import Piece, printable
from mllm_mine.commands.paper_page import marked

if TYPE_CHECKING:
    from rich.console import Console

    from mllm_mine.classifier import Explanation
    from mllm_mine.review.session import Judgement, Proposal
    from mllm_mine.taxonomy import Taxonomy

_SCOPE_KEYS = "o out of scope   s in/out   "
_KEYS = (
    f"Enter accept   1-9 toggle   l label   {_SCOPE_KEYS}n note",
    "k skip   u undo   d definitions   ? help   q quit",
)
_HELP = (
    "Enter  save the labels as they stand, and go on",
    "1-9    grant or take away the label of that number",
    "l      grant or take away any label: type its name or the beginning of it",
    "o      save as out of scope, and go on; only labels you touched are kept",
    "s      move the paper into scope or out of it, without going on",
    "n      keep a note with your decisions",
    "k      skip: nothing is saved about this paper",
    "u      undo the paper saved last, and show it again",
    "d      definitions of the labels on the screen; 'l' then ?name for any other",
    "q      quit; everything up to the paper before this one is saved",
)
_TERMS = 6  # of each label that stands
_WIDEST = 100


def help_lines(taxonomy: Taxonomy) -> list[str]:
    """What each key does; nothing of scope in a field that has none."""
    return [line for line in _HELP if taxonomy.scope or line[0] not in "os"]


class Screen:
    """Draws papers, prompts and remarks."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @property
    def width(self) -> int:
        """Columns to fill: the terminal's, but no more than reads well."""
        return min(self._console.width, _WIDEST)

    def paper(
        self,
        judgement: Judgement,
        proposals: Sequence[Proposal],
        taxonomy: Taxonomy,
        explanation: Explanation | None,
        place: str,
    ) -> None:
        """The paper at hand, why it is asked, and the labels put to the reader."""
        request = judgement.request
        paper = request.candidate.paper
        self._console.clear()
        head = f"{paper.arxiv_id}v{paper.version}  {paper.published[:10]}"
        self._line([(f"{place:<{max(0, self.width - len(head))}}", "dim"), (head, "dim")])
        self._line([(paper.title, "bold")])
        if paper.authors:
            self._line([(_shortened(", ".join(paper.authors), self.width), "")])
        self._line([("Why: ", "dim"), "; ".join(reason.text for reason in request.reasons)])
        self._line([])
        self._line(list(marked(paper.abstract, _carrying(proposals, explanation))))
        self._line([])
        if judgement.in_scope is not None:
            self._scope(judgement, taxonomy)
        self.labels(proposals)
        if judgement.note:
            self._line([("Note: ", "dim"), judgement.note])
        for keys in _KEYS:
            shown = keys if taxonomy.scope else keys.replace(_SCOPE_KEYS, "")
            self._line([(shown, "dim")])

    def labels(self, proposals: Sequence[Proposal]) -> None:
        """The labels with their numbers, in two columns where they are many."""
        cells = [_cell(number, each) for number, each in enumerate(proposals, 1)]
        if not cells:
            self._line([("    no label comes near; press l to give one", "dim")])
            return
        columns = 2 if len(cells) > 4 and self.width >= 76 else 1
        rows = -(-len(cells) // columns)
        for row in range(rows):
            pieces: list[Piece] = []
            for cell, style in cells[row::rows]:
                pieces.append((f"{cell:<{self.width // columns}}", style))
            self._line(pieces)

    def definitions(self, names: Sequence[str], taxonomy: Taxonomy) -> None:
        """What labels mean."""
        for name in names:
            label = taxonomy.scope if name == "in_scope" else taxonomy.by_id[name]
            if label is not None:
                self._line([(label.id, "bold"), f": {label.definition or label.title}"])

    def lines(self, lines: Sequence[str]) -> None:
        """Plain lines."""
        for line in lines:
            self._line([line])

    def prompt(self, text: str) -> None:
        """A prompt, with the cursor behind it."""
        self._console.print(printable(text), end=" ", markup=False, highlight=False)

    def _scope(self, judgement: Judgement, taxonomy: Taxonomy) -> None:
        chance = judgement.request.candidate.p_in_scope
        said = "" if chance is None else f"   the model: {chance:.2f}"
        state = "in scope" if judgement.in_scope else "OUT OF SCOPE"
        self._line([(f" s  {state}", "bold" if judgement.in_scope else "bold red"), said])

    def _line(self, pieces: Sequence[Piece]) -> None:
        from rich.text import Text

        text = Text()
        for piece in pieces:
            words, style = (piece, "") if isinstance(piece, str) else piece
            text.append(printable(words), style=style)
        self._console.print(text, width=self.width)


def _cell(number: int, proposal: Proposal) -> tuple[str, str]:
    key = str(number) if number <= 9 else " "
    box = "[x]" if proposal.granted else "[ ]"
    chance = "    " if proposal.probability is None else f"{proposal.probability:.2f}"
    hand = " by hand" if proposal.by_hand else ""
    return f" {key} {box} {proposal.label:<22} {chance}{hand}", "bold" if proposal.granted else ""


def _carrying(proposals: Sequence[Proposal], explanation: Explanation | None) -> list[str]:
    """The terms that speak most for the labels that stand, or for scope where none does."""
    if explanation is None:
        return []
    standing = [each.label for each in proposals if each.granted] or ["in_scope"]
    terms: dict[str, None] = {}
    for label in standing:
        reason = explanation.labels.get(label)
        if reason is not None:
            carrying = [term for term, amount in reason.terms if amount > 0][:_TERMS]
            terms.update(dict.fromkeys(carrying))
    return list(terms)


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 2].rsplit(",", 1)[0] + " …"
