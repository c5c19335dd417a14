"""A small index of papers that nobody wrote, with a model's labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mllm_mine.index import Index
from mllm_mine.paper import Paper

MODEL = "mllm-test"


def invented_papers() -> list[Paper]:
    """Papers with what trips up reports: commas, quotes, formulas, accents."""

    def paper(number: int, title: str, day: str, **more: Any) -> Paper:
        return Paper(
            arxiv_id=f"9912.{number:05}",
            version=more.pop("version", 1),
            title=title,
            abstract=f"An invented abstract about {title.lower()}.",
            authors=("Ana Exemplo", "Bo Tester"),
            categories=("cs.CL", "cs.AI"),
            primary_category="cs.CL",
            published=f"{day}T12:00:00Z",
            updated=f"{day}T12:00:00Z",
            **more,
        )

    return [
        paper(1, "Rewarding models in many tongues", "2099-12-01"),
        paper(2, '=SUM(A1) or "quoted", a title; with everything', "2099-12-02"),
        paper(3, "Übersetzung für alle: Łódź, São Paulo, 北京, हिन्दी", "2099-12-03", version=2),
        paper(4, "Steam engines of the last century", "2099-12-04"),
        paper(5, "A withdrawn paper on tokenizers", "2099-12-05", withdrawn=True),
        paper(6, "Not classified yet: low-resource tokenization", "2099-12-06"),
    ]


def make_index(path: Path) -> Path:
    """Writes the index.

    9912.00001 is in scope (rlhf; safety), .00002 too (finetuning, full-parameter), .00003 too
    (code-switching, benchmark) and uncertain, .00004 is out of scope, .00005 in scope and
    unfamiliar without labels, .00006 not classified.
    """
    judged: dict[int, tuple[bool, float, dict[str, float]]] = {
        1: (True, 0.98, {"rlhf": 0.91, "safety": 0.72}),
        2: (True, 0.9, {"finetuning": 0.8, "full-parameter": 0.7}),
        3: (True, 0.66, {"code-switching": 0.55, "benchmark": 0.93}),
        4: (False, 0.02, {}),
        5: (True, 0.71, {}),
    }
    with Index.open(path, create=True) as index:
        index.papers.upsert_many(invented_papers(), "jsonl")
        with index.transaction() as connection:
            for number, (in_scope, p_in_scope, labels) in judged.items():
                arxiv_id = f"9912.{number:05}"
                connection.execute(
                    "INSERT INTO classifications (arxiv_id, model_id, version, in_scope, "
                    "p_in_scope, uncertain, unfamiliar, classified_at) "
                    f"VALUES (?, '{MODEL}', 1, ?, ?, ?, ?, '2099-12-07T00:00:00Z')",
                    (arxiv_id, in_scope, p_in_scope, number == 3, number == 5),
                )
                connection.executemany(
                    f"INSERT INTO predictions VALUES (?, ?, ?, ?, '{MODEL}')",
                    [
                        (arxiv_id, "in_scope", p_in_scope, in_scope),
                        *((arxiv_id, label, p, True) for label, p in labels.items()),
                        (arxiv_id, "multi-modality", 0.21, False),
                    ],
                )
                connection.execute("DELETE FROM classify_queue WHERE arxiv_id = ?", (arxiv_id,))
    return path
