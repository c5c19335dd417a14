"""One sitting with the review queue: what the reader decides is saved after each paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mllm_mine.index.to_review import RANDOM_TOOL, REVIEW_TOOL, Candidate
from mllm_mine.review.queue import Request
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    from mllm_mine.index import Index


@dataclass(frozen=True, slots=True)
class Proposal:
    """A label that is put to the reader.

    Attributes:
        probability: the model's, or None where it thinks the label far off.
        granted: whether the label stands as things are on the screen.
        by_hand: whether a person had decided it before.
    """

    label: str
    probability: float | None
    granted: bool
    by_hand: bool


@dataclass
class Judgement:
    """What the reader makes of one paper, before it is saved.

    Attributes:
        in_scope: None where the field has no scope.
        granted: ids of the labels that stand.
        touched: ids of the labels that the reader changed or added.
    """

    request: Request
    in_scope: bool | None
    granted: set[str]
    touched: list[str] = field(default_factory=list)
    note: str = ""


class Session:
    """Walks through a queue.

    Attributes:
        judged, skipped, undone: papers so far.
    """

    def __init__(self, index: Index, queue: Iterable[Request], author: str) -> None:
        self._index = index
        self._taxonomy: Taxonomy = index.taxonomy
        self._queue: Iterator[Request] = iter(queue)
        self._author = author
        self._saved: list[tuple[Request, dict[str, bool | None]]] = []
        self._again: list[Request] = []
        self.judged = self.skipped = self.undone = 0
        self.current: Judgement | None = None
        self._next()

    @property
    def taxonomy(self) -> Taxonomy:
        """The tree the labels come from."""
        return self._taxonomy

    @property
    def proposals(self) -> list[Proposal]:
        """What is put to the reader: labels that stand first, then by probability."""
        judgement = self._judgement
        candidate = judgement.request.candidate
        shown = {*candidate.opinions, *judgement.granted, *judgement.touched, *candidate.by_hand}
        shown.discard(SCOPE)
        found = []
        for label in shown:
            said = candidate.opinions.get(label)
            found.append(
                Proposal(
                    label=label,
                    probability=said.probability if said else None,
                    granted=label in judgement.granted,
                    by_hand=label in candidate.by_hand,
                )
            )
        order = {label: place for place, label in enumerate(self._taxonomy.label_ids)}
        start = _standing(candidate)  # so that a label keeps its place when it is toggled
        return sorted(
            found,
            key=lambda each: (
                each.label not in start,
                -(each.probability or 0.0),
                order.get(each.label, 0),
            ),
        )

    def toggle(self, label: str) -> None:
        """Grants a label or takes it away, with what it implies."""
        judgement = self._judgement
        if label in judgement.granted:
            gone = {label, *self._taxonomy.descendants(label)} & judgement.granted
            judgement.granted -= gone
            judgement.touched += sorted(gone - set(judgement.touched))
        else:
            new = {label, *self._taxonomy.ancestors(label)} - judgement.granted
            judgement.granted |= new
            judgement.touched += sorted(new - set(judgement.touched))

    def toggle_scope(self) -> None:
        """Moves the paper into scope or out of it, where the field has scope."""
        if self._taxonomy.scope is not None:
            self._judgement.in_scope = not self._judgement.in_scope

    def annotate(self, note: str) -> None:
        """Keeps a note with the decisions on this paper."""
        self._judgement.note = note.strip()

    def accept(self) -> None:
        """Saves the paper as it stands on the screen, and goes on."""
        judgement = self._judgement
        changes: dict[str, bool | None] = {
            each.label: each.granted for each in self.proposals if each.label in self._known
        }
        if judgement.in_scope is not None:
            changes[SCOPE] = judgement.in_scope
        self._save(changes)

    def out_of_scope(self) -> None:
        """Saves that the paper is out of scope, with the labels the reader touched, and goes on."""
        judgement = self._judgement
        changes: dict[str, bool | None] = {
            label: label in judgement.granted for label in judgement.touched
        }
        self._save({**changes, SCOPE: False})

    def skip(self) -> None:
        """Goes on without saving anything about this paper."""
        self.skipped += 1
        self._next()

    def undo(self) -> bool:
        """Takes back the paper saved last and shows it again; False when there is none.

        The history keeps what was said; the decisions in force before it come back.
        """
        if not self._saved:
            return False
        request, before = self._saved.pop()
        self._index.labels.give(
            request.candidate.paper.arxiv_id,
            before,
            author=self._author,
            tool=REVIEW_TOOL,
            note="undone",
        )
        if self.current is not None:
            self._again.append(self.current.request)
        self._again.append(request)
        self.judged -= 1
        self.undone += 1
        self._next()
        return True

    @property
    def _judgement(self) -> Judgement:
        if self.current is None:
            raise IndexError("the queue is empty")
        return self.current

    @property
    def _known(self) -> set[str]:
        return set(self._taxonomy.label_ids)

    def _save(self, changes: dict[str, bool | None]) -> None:
        judgement = self._judgement
        request = judgement.request
        paper = request.candidate.paper
        tool = RANDOM_TOOL if request.is_random else REVIEW_TOOL
        with self._index.transaction():
            in_force = self._index.labels.in_force(paper.arxiv_id)
            for number, (label, value) in enumerate(changes.items()):
                self._index.labels.give(
                    paper.arxiv_id,
                    {label: value},
                    author=self._author,
                    tool=tool,
                    note="" if number else judgement.note,  # once a paper is enough
                    version=paper.version,
                    confirm=True,
                )
        self._saved.append((request, {label: in_force.get(label) for label in changes}))
        self.judged += 1
        self._next()

    def _next(self) -> None:
        request = self._again.pop() if self._again else next(self._queue, None)
        if request is None:
            self.current = None
            return
        candidate = request.candidate
        scope = candidate.by_hand.get(SCOPE, candidate.in_scope)
        if self._taxonomy.scope is None:
            scope = None
        elif scope is None:
            scope = True
        self.current = Judgement(request, scope, _standing(candidate))


def _standing(candidate: Candidate) -> set[str]:
    """The labels a paper carries before the reader looks at it: by hand, else by the model."""
    labels = {label for label, said in candidate.opinions.items() if said.assigned}
    labels |= {label for label, value in candidate.by_hand.items() if value}
    return labels - {label for label, value in candidate.by_hand.items() if not value} - {SCOPE}
