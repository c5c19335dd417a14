"""Invented papers as an arXiv on loopback serves them: versions, announcements, withdrawals."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Version:
    """A version of a paper: when it was submitted and when it became visible."""

    submitted: datetime
    announced: datetime
    withdrawn: bool = False


@dataclass(frozen=True)
class ServedPaper:
    """An invented paper."""

    arxiv_id: str
    versions: tuple[Version, ...]
    title: str = "An invented paper"
    abstract: str = "We invent a multilingual language model."
    categories: tuple[str, ...] = ("cs.CL",)
    authors: tuple[str, ...] = ("Ada Invented", "Bo Imagined")

    def visible(self, now: datetime) -> int:
        """The latest version that has been announced, 0 for none."""
        return sum(version.announced <= now for version in self.versions)

    def words(self, now: datetime) -> tuple[str, str]:
        """Title and abstract of the visible version."""
        number = self.visible(now)
        mark = f" Revised {number - 1} times." if number > 1 else ""
        return self.title, self.abstract + mark

    def comment(self, now: datetime) -> str:
        """The comment of the visible version; a withdrawal says so there."""
        latest = self.versions[self.visible(now) - 1]
        return "This paper has been withdrawn by the authors" if latest.withdrawn else "7 pages"


def invent_papers(
    count: int, first_day: datetime, days: int, *, seed: int = 0
) -> list[ServedPaper]:
    """Papers as a field brings them forth: late announcements, versions, withdrawals.

    Two thirds are announced the next day, the others up to 15 days later. A sixth gets further
    versions, one in fifty is withdrawn.
    """
    draw = random.Random(seed)
    papers = []
    for number in range(count):
        submitted = first_day + timedelta(seconds=draw.randrange(days * 86_400))
        lag = draw.choice((1, 1, 1, 1, 2, 15 * draw.random()))
        versions = [Version(submitted, submitted + timedelta(days=lag))]
        while draw.random() < 1 / 6:
            later = versions[-1].announced + timedelta(days=draw.randrange(1, 40))
            announced = later + timedelta(days=draw.choice((1, 1, 3)))
            versions.append(Version(later, announced, withdrawn=draw.random() < 0.1))
            if versions[-1].withdrawn:
                break
        topic = draw.choice(("multilingual models", "cross-lingual transfer", "parsing of trees"))
        papers.append(
            ServedPaper(
                f"9912.{number:05}" if number < 100_000 else f"9911.{number - 100_000:05}",
                tuple(versions),
                f"Invented Paper {number} on {topic}",
                f"This abstract is invented; it is about {topic} & <nothing> else. {number}",
                draw.choice((("cs.CL",), ("cs.CL", "cs.LG"), ("cs.LG", "cs.CL"), ("cs.CV",))),
            )
        )
    return papers
