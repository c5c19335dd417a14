"""Whether the classifier would do better with full text: labels from more and more of a paper.

    python benchmarks/full_text.py PDFS [--truth benchmarks/real_papers.jsonl] [--model FILE]

``PDFS`` is a folder with the files that the truth names: JSON Lines with ``file``, ``in_scope``,
``labels`` and ``disputed`` (labels on which two readers of title and abstract did not agree, which
count neither for nor against). Each row adds a part of the full text to the abstract and scores
that; the last column is the ratio of its F1 to that of the abstract alone.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path

from mllm_mine.classifier import Record, load_model
from mllm_mine.fulltext.document import Document, Limits
from mllm_mine.fulltext.reader import read_document
from mllm_mine.sentences import sentences

_RELEASES = re.compile(
    r"\b(we|our)\b.*\b(release|publicly available|make available)\b|\bavailable at\b", re.IGNORECASE
)


def under(heading: str) -> Callable[[Document], str]:
    """What stands in the sections whose heading has a word."""
    return lambda document: " ".join(
        document.section_text(section)
        for section in document.sections
        if re.search(heading, section.heading, re.IGNORECASE)
    )


def headings(document: Document) -> str:
    """The headings, as sentences."""
    return " ".join(f"{section.heading.capitalize()}." for section in document.sections)


def releases(document: Document) -> str:
    """Sentences that say what is released."""
    text = under("")(document)
    return " ".join(sentence for _, sentence in sentences(text) if _RELEASES.search(sentence))


PARTS: dict[str, Callable[[Document], str]] = {
    "title and abstract": lambda document: "",
    "and the introduction": under("introduction"),
    "and the headings": headings,
    "and what is said to be released": releases,
    "and the conclusion": under("conclusion|discussion"),
    "and all the text": under(""),
}


def main() -> None:
    """Prints a row for each part."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("pdfs", type=Path)
    parser.add_argument("--truth", type=Path, default=Path(__file__).with_name("real_papers.jsonl"))
    parser.add_argument("--model", type=Path)
    arguments = parser.parse_args()
    model = load_model(arguments.model) if arguments.model else load_model()
    truth = [json.loads(line) for line in arguments.truth.read_text("utf-8").splitlines()]
    documents = [read_document(arguments.pdfs / row["file"], Limits(600), {}) for row in truth]
    known = set(model.labels)
    alone = 0.0
    print(f"{'read':32} {'micro F1':>8} {'right':>6} {'wrong':>6} {'missed':>6} {'ratio':>6}")
    for name, part in PARTS.items():
        records = [
            Record(row["file"], document.title or "", f"{document.abstract} {part(document)}")
            for row, document in zip(truth, documents, strict=True)
        ]
        right = wrong = missed = 0
        for row, prediction in zip(truth, model.predict(records), strict=True):
            open_to_doubt = set(row["disputed"])
            labels = (set(row["labels"]) & known) - open_to_doubt
            found = set(prediction.labels) - open_to_doubt
            right += len(labels & found)
            wrong += len(found - labels)
            missed += len(labels - found)
        score = 2 * right / max(1, 2 * right + wrong + missed)
        alone = alone or score
        print(f"{name:32} {score:8.3f} {right:6} {wrong:6} {missed:6} {score / alone:6.2f}")


if __name__ == "__main__":
    main()
