"""Draws recall curves: as an SVG file, and as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from mllm_mine.atomic_write import atomic_write

if TYPE_CHECKING:
    from mllm_mine.review.recall import RecallCurve
    from mllm_mine.review.simulation import Simulation

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 720, 480, 64, 56, 24, 56
_COLOURS = ("#1b6ca8", "#b3541e", "#2f7d4f", "#7a4fa3", "#a3304f", "#4d6b6b")
_POINTS = 400


def write_plot(simulation: Simulation, path: Path) -> None:
    """Writes the recall curves of a simulation as one self-contained SVG file.

    Raises:
        DiskError: the file cannot be written.
    """
    with atomic_write(path) as file:
        file.write(as_svg(simulation).encode("utf-8"))


def as_svg(simulation: Simulation) -> str:
    """The curves, one a seed; a dot on each is where the stopping rule let the reader go."""
    title = f"Recall against papers read: {simulation.target}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" font-family="sans-serif" '
        'font-size="13" fill="#222">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="24" font-size="16">{escape(title)}</text>',
        f'<text x="{_LEFT}" y="44" fill="#555">{escape(_subtitle(simulation))}</text>',
        *_axes(),
        _line([(0.0, 0.0), (1.0, 1.0)], "#999", "4 4"),
        _line([(0.0, 0.95), (1.0, 0.95)], "#ccc", "2 3"),
    ]
    for number, replay in enumerate(simulation.replays):
        colour = _COLOURS[number % len(_COLOURS)]
        shares = [step / _POINTS for step in range(_POINTS + 1)]
        parts.append(_line(replay.curve.points(shares), colour))
        stop = replay.stopped_after / max(replay.curve.papers, 1)
        x, y = _place(stop, replay.curve.recall_after(replay.stopped_after))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        y = _HEIGHT - _BOTTOM - 16 - 18 * (len(simulation.replays) - 1 - number)
        parts.append(
            f'<text x="{_WIDTH - _RIGHT - 8}" y="{y}" text-anchor="end" fill="{colour}">'
            f"seed {replay.seed}, stopped at {stop:.0%}</text>"
        )
    return "\n".join([*parts, "</svg>\n"])


def as_text(curve: RecallCurve, width: int = 60, height: int = 10) -> list[str]:
    """A curve in characters: share read from left to right, recall from bottom to top."""
    reached = [recall for _, recall in curve.points([(at + 1) / width for at in range(width)])]
    lines = []
    for row in range(height, 0, -1):
        level = (row - 0.5) / height
        dots = "".join("#" if recall >= level else " " for recall in reached)
        mark = f"{row / height:4.0%}" if row in (height, height // 2) else "    "
        lines.append(f"{mark} |{dots}".rstrip())
    lines.append("     +" + "-" * width)
    lines.append("     0%" + "papers read".center(width - 5) + "100%")
    return lines


def _subtitle(simulation: Simulation) -> str:
    start = f"started from model {simulation.start}" if simulation.start else "from nothing"
    return f"{simulation.papers} papers, {simulation.relevant} relevant, {start}"


def _axes() -> list[str]:
    parts = []
    for step in range(6):
        share = step / 5
        x, y = _place(share, share)
        bottom, left = _HEIGHT - _BOTTOM, _LEFT
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{share:.0%}</text>'
            f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        )
    x0, y0 = _place(0, 0)
    x1, y1 = _place(1, 1)
    parts.append(f'<path d="M{x0},{y1}V{y0}H{x1}" fill="none" stroke="#222"/>')
    parts.append(
        f'<text x="{(x0 + x1) / 2}" y="{_HEIGHT - 14}" text-anchor="middle">papers read</text>'
        f'<text x="16" y="{(y0 + y1) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 16 {(y0 + y1) / 2})">relevant papers found</text>'
    )
    return parts


def _line(points: Sequence[tuple[float, float]], colour: str, dashes: str = "") -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(*point) for point in points))
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'


def _place(share: float, recall: float) -> tuple[float, float]:
    return (
        _LEFT + share * (_WIDTH - _LEFT - _RIGHT),
        _HEIGHT - _BOTTOM - recall * (_HEIGHT - _TOP - _BOTTOM),
    )
