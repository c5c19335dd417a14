"""What ``mine train`` and ``mine evaluate`` warn of when they have read labelled papers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mllm_mine.wording import counted, some

if TYPE_CHECKING:
    from mllm_mine.classifier.labelled import LabelledFile


def labelled_warnings(labelled: LabelledFile, whose: str) -> Iterator[str]:
    """Labels that nobody knows, and papers that are labelled in two ways.

    Args:
        whose: who should know the labels, "the taxonomy" or "the model".
    """
    for label, count in sorted(labelled.unknown_labels.items()):
        yield f"{whose} has no label {label!r}, given {counted(count, 'time')}; it is ignored"
    if twice := labelled.relabelled:
        yield (
            f"{counted(len(twice), 'paper')} labelled anew by a later line, which counts: "
            f"{some(twice)}"
        )
