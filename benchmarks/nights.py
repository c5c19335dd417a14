"""Nights of fetching from an arXiv that fails: what is lost, and what it costs in requests.

    python benchmarks/nights.py
    python benchmarks/nights.py --source oai --papers 10000 --nights 30 --seed 7

Serves invented papers on loopback with arXiv's habits: totals, the limit of 10,000 results, late
announcements, new versions, withdrawals, resumption tokens. A share of the requests meets a fault
(429, 503, 406, silence, resets, cut bodies, web pages, empty pages, wrong totals …), and the fetch
is killed with SIGKILL now and then and started again. The same nights are also fetched without
faults, to compare the number of requests. Ends with 1 when anything was lost.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from nights import Outcome, simulate


def main() -> int:
    """Runs the nights of each seed and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--source", choices=("api", "oai", "both"), default="both")
    parser.add_argument("--papers", type=int, default=8_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--nights", type=int, default=20)
    parser.add_argument("--fault-rate", type=float, default=0.3)
    parser.add_argument("--kill-rate", type=float, default=0.3, help="share of runs killed")
    parser.add_argument("--delay", type=float, default=0.02, help="seconds between requests")
    parser.add_argument("--page-size", type=int, default=250)
    parser.add_argument("--seed", type=int, action="append", help="repeatable; default 1")
    arguments = parser.parse_args()
    lost = False
    print(
        "source  seed  papers  missing  stale  strange  twice  runs  kills  requests  faults  "
        "fault-free  ratio  pause s  seconds"
    )
    for source in ("api", "oai") if arguments.source == "both" else (arguments.source,):
        for seed in arguments.seed or [1]:
            begun = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                outcome = simulate(
                    Path(folder),
                    papers=arguments.papers,
                    days=arguments.days,
                    nights=arguments.nights,
                    fault_rate=arguments.fault_rate,
                    kill_rate=arguments.kill_rate,
                    delay=arguments.delay,
                    page_size=arguments.page_size,
                    source=source,
                    seed=seed,
                    kill_anywhere=True,
                )
            print(_line(source, seed, outcome, time.monotonic() - begun), flush=True)
            lost |= _lost(outcome, arguments.delay)
    print("something was lost" if lost else "nothing was lost")
    return int(lost)


def _line(source: str, seed: int, o: Outcome, seconds: float) -> str:
    """``ratio`` is (requests - faults) / fault-free requests; 1.3 is the limit we set ourselves."""
    return (
        f"{source:6}{seed:6}{o.expected:8}{o.missing:9}{o.stale:7}{o.strange:9}{o.duplicates:7}"
        f"{o.runs:6}{o.kills:7}{o.requests:10}{o.faults:8}{o.fault_free:12}"
        f"{_ratio(o):7.2f}{o.pause:9.3f}{seconds:9.0f}"
    )


def _ratio(o: Outcome) -> float:
    return (o.requests - o.faults) / o.fault_free


def _lost(o: Outcome, delay: float) -> bool:
    spared = o.pause >= delay and o.most_at_once == 1 and _ratio(o) <= 1.3
    lost = o.missing + o.stale + o.strange + o.duplicates + o.open_gaps + o.leftovers
    return bool(lost) or not spared


if __name__ == "__main__":
    sys.exit(main())
