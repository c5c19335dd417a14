"""Makes the list that `mine audit` compares with when none is given.

The built-in list is that of the survey arXiv:2404.04925, as bibliographic facts: titles, first
authors, years, venues, arXiv ids and links, under the sections of its companion list. No
sentence of anybody's is in it. Its slips are kept, since an audit is there to find them.

Give a table of the papers (arxiv_id, title, year, authors, venue, section, url, code) and one of
the resources (name, url, stage, origin), both CSV as taken down from the companion list:

    python -m mllm_mine.audit.bundle papers.csv resources.csv src/mllm_mine/audit/survey.csv
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from mllm_mine.atomic_write import atomic_write

COLUMNS = ("section", "title", "arxiv_id", "year", "authors", "venue", "url", "code")


def bundle(papers: Path, resources: Path, output: Path) -> None:
    """Writes the papers in their order, then the resources under their stage and origin."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in _rows(papers):
        writer.writerow(row)
    for row in _rows(resources):
        section = " / ".join(filter(None, (row["stage"], row["origin"])))
        writer.writerow({"section": section, "title": row["name"], "url": row["url"]})
    with atomic_write(output) as file:
        file.write(text.getvalue().encode())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    bundle(*map(Path, sys.argv[1:]))
