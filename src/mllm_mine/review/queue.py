"""The review queue: the papers most worth a person's look, and why each is asked.

Papers are asked for where the model expects to be wrong most often (uncertainty sampling,
Lewis and Gale, 1994, summed over labels), where the scope and the label models contradict each
other, where a paper is unlike anything in training, and where a new version came out after a
person had labelled it. One paper in ten is drawn at random whatever the model thinks of it,
unless the queue is narrowed: the others teach most but say nothing on how often the model is
right, these do.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllm_mine.errors import ConfigurationError
from mllm_mine.index.filters import PaperFilter, label_ids
from mllm_mine.index.to_review import Candidate, Opinion
from mllm_mine.taxonomy import SCOPE, Taxonomy

if TYPE_CHECKING:
    from mllm_mine.index import Index

POOL = 2000
"""Of so many of the newest candidates the best are taken."""
ONE_RANDOM_IN = 10
SURE = 0.9
"""From this probability the model is held to be sure of a label, and below 1 minus it against."""
_UNFAMILIAR_BONUS = 0.5  # in expected wrong decisions
_DISAGREEMENT_BONUS = 0.5
_OPEN = 0.2  # probabilities from here to 1 minus here are named as open questions
_NAMED = 3  # labels named in a reason


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a paper is asked.

    Attributes:
        kind: ``uncertain``, ``disagreement``, ``unfamiliar``, ``new-version``, ``conflict`` or
            ``random``.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """A paper in the queue.

    Attributes:
        worth: how many wrong decisions the model expects among its own, and more; 0 for
            papers drawn at random.
    """

    candidate: Candidate
    reasons: tuple[Reason, ...]
    worth: float

    @property
    def is_random(self) -> bool:
        """Whether chance alone put the paper here, so that it counts for honest estimates."""
        return any(reason.kind == "random" for reason in self.reasons)

    def as_record(self) -> dict[str, Any]:
        """The request as plain data."""
        candidate = self.candidate
        return {
            "arxiv_id": candidate.paper.arxiv_id,
            "version": candidate.paper.version,
            "title": candidate.paper.title,
            "published": candidate.paper.published,
            "in_scope": candidate.in_scope,
            "p_in_scope": candidate.p_in_scope,
            "labels": [label for label, said in candidate.opinions.items() if said.assigned],
            "scores": {label: said.probability for label, said in candidate.opinions.items()},
            "by_hand": candidate.by_hand,
            "model": candidate.model_id,
            "reasons": [{"kind": reason.kind, "text": reason.text} for reason in self.reasons],
            "worth": round(self.worth, 4),
        }


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a queue is narrowed to.

    Attributes:
        labels: ids of labels or groups; papers to which the model gives one of them a chance.
        since, until: dates of the first version, as in :class:`PaperFilter`.
        words: words to search for, or "".
        conflicts: ask again about labels by hand that the model strongly contradicts, instead.
    """

    labels: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    words: str = ""
    conflicts: bool = False

    @property
    def narrow(self) -> bool:
        """Whether it leaves papers out; a draw among the rest would say nothing of them all."""
        return bool(self.labels or self.since or self.until or self.words)


def build_queue(index: Index, wanted: QueueFilter, limit: int, seed: int = 0) -> list[Request]:
    """The papers to ask for, most worth first, random ones spread among them.

    Raises:
        ConfigurationError: a label, date or search that makes no sense.
    """
    taxonomy = index.taxonomy
    papers = PaperFilter(since=wanted.since, until=wanted.until)
    near = tuple(name for label in wanted.labels for name in label_ids(label, taxonomy))
    with index.reading.snapshot():
        within = _found(index, wanted.words, papers)
        if wanted.conflicts:
            candidates = index.to_review.contradicted(papers, within, SURE, POOL)
            requests = [_conflict(candidate) for candidate in candidates]
            return _best(requests, limit)
        changed = index.to_review.changed_since_labelled(papers, within, limit)
        undecided = index.to_review.undecided(papers, near, within, POOL)
        teaching = [_new_version(candidate) for candidate in changed]
        teaching += _best([_teaching(each, taxonomy, near) for each in undecided], limit)
        draws = 0 if wanted.narrow else limit // ONE_RANDOM_IN
        drawn = index.to_review.drawn(papers, draws, seed)
    return list(_mixed(teaching, [_random(candidate) for candidate in drawn], limit))


def month_bounds(month: str) -> tuple[str, str]:
    """First and last day of a month, as ``2025-01-01`` and ``2025-01-31``.

    Raises:
        ConfigurationError: it is no month.
    """
    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month.strip())
    if match is None or match[1] == "0000":
        raise ConfigurationError(f"{month!r} is no month; write it like 2025-01")
    days = calendar.monthrange(int(match[1]), int(match[2]))[1]
    return f"{match[0]}-01", f"{match[0]}-{days}"


def expected_errors(candidate: Candidate, labels: Sequence[str] = ()) -> float:
    """How many of the model's decisions on a paper are wrong if its probabilities are right.

    Args:
        labels: count only these (and no scope); all of them when empty.
    """
    wrong = sum(
        _chance_of_error(said)
        for label, said in candidate.opinions.items()
        if not labels or label in labels
    )
    if candidate.p_in_scope is not None and not labels:
        wrong += _chance_of_error(Opinion(candidate.p_in_scope, bool(candidate.in_scope)))
    return wrong


def disagreement(candidate: Candidate, taxonomy: Taxonomy) -> str:
    """How the scope and label models contradict each other, in words; "" when they agree."""
    firm = [label for label, said in candidate.opinions.items() if said.probability >= SURE]
    assigned = [label for label, said in candidate.opinions.items() if said.assigned]
    for label in assigned:
        for above in taxonomy.ancestors(label):
            parent = candidate.opinions.get(above)
            if parent is not None and parent.probability < 1 - SURE:
                return f"{label} is given, but {above} above it has {parent.probability:.2f}"
    if taxonomy.scope is None or candidate.p_in_scope is None:
        return ""
    if candidate.in_scope and not assigned:
        return f"in scope ({candidate.p_in_scope:.2f}), but no label fits"
    if candidate.in_scope is False and candidate.p_in_scope > 1 - SURE and len(firm) > 1:
        return f"out of scope ({candidate.p_in_scope:.2f}), but surely {' and '.join(firm[:2])}"
    return ""


def _teaching(candidate: Candidate, taxonomy: Taxonomy, near: Sequence[str]) -> Request:
    """A request for a paper that nobody has labelled."""
    worth = expected_errors(candidate, near)
    reasons = []
    if unsure := _open_questions(candidate, near):
        reasons.append(Reason("uncertain", f"unsure of {', '.join(unsure)}"))
    if contradiction := disagreement(candidate, taxonomy):
        worth += _DISAGREEMENT_BONUS
        reasons.append(Reason("disagreement", f"models disagree: {contradiction}"))
    if candidate.unfamiliar:
        worth += _UNFAMILIAR_BONUS
        reasons.append(Reason("unfamiliar", "unlike anything the model was trained on"))
    if not reasons:
        reasons.append(
            Reason("uncertain", f"the model expects {worth:.1f} wrong decisions among its own")
        )
    return Request(candidate, tuple(reasons), worth)


def _open_questions(candidate: Candidate, near: Sequence[str]) -> list[str]:
    """The closest decisions, as ``sft 0.48``."""
    chances = {label: said.probability for label, said in candidate.opinions.items()}
    if candidate.p_in_scope is not None:
        chances[SCOPE] = candidate.p_in_scope
    close = [
        label
        for label, chance in chances.items()
        if _OPEN <= chance <= 1 - _OPEN and (not near or label in near)
    ]
    close.sort(key=lambda label: (abs(chances[label] - 0.5), label))
    return [f"{label} {chances[label]:.2f}" for label in close[:_NAMED]]


def _conflict(candidate: Candidate) -> Request:
    said = []
    for label, value in candidate.by_hand.items():
        opinion = candidate.opinions.get(label)
        chance = candidate.p_in_scope if label == SCOPE else opinion and opinion.probability
        chance = chance or 0.0
        if chance < 1 - SURE if value else chance >= SURE:
            said.append((abs(chance - value), f"{label} {'yes' if value else 'no'}", chance))
    said.sort(reverse=True)
    text = ", ".join(f"{label} by hand, {chance:.2f} by the model" for _, label, chance in said)
    return Request(
        candidate, (Reason("conflict", text or "a label by hand"),), sum(gap for gap, *_ in said)
    )


def _new_version(candidate: Candidate) -> Request:
    text = f"labelled at version {candidate.read_version}, now version {candidate.paper.version}"
    return Request(candidate, (Reason("new-version", text),), expected_errors(candidate))


def _random(candidate: Candidate) -> Request:
    return Request(candidate, (Reason("random", "drawn at random, for an honest estimate"),), 0.0)


def _chance_of_error(said: Opinion) -> float:
    return 1 - said.probability if said.assigned else said.probability


def _best(requests: list[Request], limit: int) -> list[Request]:
    requests.sort(key=lambda each: (-each.worth, each.candidate.paper.arxiv_id))
    return requests[:limit]


def _mixed(teaching: list[Request], drawn: list[Request], limit: int) -> Iterator[Request]:
    """Random papers at every tenth place; one that is worth asking anyway comes only once."""
    random_ids = {request.candidate.paper.arxiv_id for request in drawn}
    rest = iter([each for each in teaching if each.candidate.paper.arxiv_id not in random_ids])
    chance = iter(drawn)
    for place in range(1, limit + 1):
        first, second = (chance, rest) if place % ONE_RANDOM_IN == 0 else (rest, chance)
        request = next(first, None) or next(second, None)
        if request is None:
            return
        yield request


def _found(index: Index, words: str, papers: PaperFilter) -> list[str] | None:
    """Ids of papers that hold the words, or None when nothing is searched for."""
    if not words:
        return None
    hits = index.reading.search(words, papers, POOL).hits
    return [hit.classified.paper.arxiv_id for hit in hits]
