"""The picture of a run: faults above, documents by state below, on one axis of time; plain SVG, no library."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tests.chaos.faults import Fault
from tests.chaos.watch import STATES, Sample

WIDTH, LEFT, RIGHT, TOP = 1200, 132, 28, 96
_LANE, _CHART = 23, 300
_INK, _PALE, _LINE, _PAPER = "#1f2933", "#7b8794", "#e4e7eb", "#ffffff"
_COLOURS = {
    "unfound": "#cbd2d9",
    "queued": "#f6c95c",
    "processing": "#3b82c4",
    "completed": "#57ae7a",
    "error": "#c0562f",
    "gone": "#9aa5b1",
}
_WORDS = {
    "unfound": "sent, not known yet",
    "queued": "queued",
    "processing": "processing",
    "completed": "completed",
    "error": "error (broken, locked, empty files)",
    "gone": "superseded, deleted",
}
_STACKED = ("completed", "error", "gone", "processing", "queued", "unfound")  # from below
_LANES = {
    "worker": "worker",
    "pager": "page worker",
    "embedder": "embedder",
    "listener": "listener",
    "api": "API",
    "sweeper": "sweeper",
    "redis": "Redis",
    "minio": "MinIO",
    "postgres": "PostgreSQL",
    "events disk": "disk: events",
    "database disk": "disk: database",
    "clock": "clock",
}
_HIT, _MISSED, _LASTING = "#b91c1c", "#e8a29a", "#8b5cf6"


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds of a run to pixels."""

    begun: float
    seconds: float

    def x(self, moment: float) -> float:
        """Where a moment (seconds of the epoch) lies."""
        share = (moment - self.begun) / self.seconds
        return round(LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT), 1)


def draw(faults: Sequence[Fault], hit: set[int], samples: Sequence[Sample], begun: float, *, title: str, under: str) -> str:
    """The picture as SVG; `hit` are the indexes of the faults that struck a document in `processing`."""
    end = samples[-1].at if samples else begun + 1
    axis = Axis(begun, max(1.0, end - begun))
    lanes = [lane for lane in _LANES if any(fault.lane == lane for fault in faults)]
    chart = TOP + len(lanes) * _LANE + 34
    height = chart + _CHART + 108
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="Helvetica, Arial, sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="{_PAPER}"/>',
        _text(24, 38, title, 21, _INK, weight="bold"),
        _text(24, 62, under, 13.5, _PALE),
        *_grid(axis, chart),
        *_lanes(axis, lanes, faults, hit),
        *_areas(axis, samples, chart),
        *_legend(chart + _CHART + 54),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, words: str, size: float, colour: str, *, anchor: str = "start", weight: str = "normal") -> str:
    style = f'font-size="{size}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x}" y="{y}" {style}>{escape(words)}</text>'


def _grid(axis: Axis, chart: int) -> list[str]:
    step = next((step for step in (10, 15, 30, 60, 120, 300) if axis.seconds / step <= 12), 600)
    parts = []
    for second in range(0, int(axis.seconds) + 1, step):
        x = axis.x(axis.begun + second)
        parts.append(f'<line x1="{x}" y1="{TOP - 12}" x2="{x}" y2="{chart + _CHART}" stroke="{_LINE}"/>')
        label = f"{second // 60}:{second % 60:02} min"
        parts.append(_text(x, chart + _CHART + 18, label, 12, _PALE, anchor="middle"))
    return parts


def _lanes(axis: Axis, lanes: Sequence[str], faults: Sequence[Fault], hit: set[int]) -> list[str]:
    parts = []
    for row, lane in enumerate(lanes):
        y = TOP + row * _LANE
        parts.append(_text(LEFT - 12, y + 4.5, _LANES[lane], 13, _INK, anchor="end"))
        parts.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="{_LINE}"/>')
        for index, fault in enumerate(faults):
            if fault.lane == lane:
                parts.append(_mark(axis, y, fault, index in hit))
    return parts


def _mark(axis: Axis, y: int, fault: Fault, hit: bool) -> str:
    x, until = axis.x(fault.begun), axis.x(fault.ended)
    colour = _HIT if hit else _MISSED
    said = f"<title>{escape(fault.kind)} at {fault.begun - axis.begun:.0f} s {escape(fault.note)}</title>"
    if not fault.is_kill:
        width = max(4.0, until - x)
        return f'<rect x="{x}" y="{y - 6}" width="{width:.1f}" height="12" rx="4" fill="{_LASTING}" fill-opacity="0.75">{said}</rect>'
    bar = (
        f'<rect x="{x}" y="{y - 3}" width="{until - x:.1f}" height="6" fill="{colour}" fill-opacity="0.35"/>'
        if until - x > 2
        else ""
    )
    cross = (
        f'<path d="M{x - 4.5} {y - 4.5}l9 9m0 -9l-9 9" stroke="{colour}" stroke-width="2.4" stroke-linecap="round">{said}</path>'
    )
    return bar + cross


def _areas(axis: Axis, samples: Sequence[Sample], chart: int) -> list[str]:
    """The states laid on one another; the top is all documents that were sent."""
    most = max((sum(sample.counts.values()) for sample in samples), default=1) or 1
    chosen = samples[:: max(1, len(samples) // 500)]
    floor = [0.0] * len(chosen)
    parts = []
    for state in _STACKED:
        roof = [low + sample.counts.get(state, 0) for low, sample in zip(floor, chosen, strict=True)]
        points = [(axis.x(sample.at), _y(chart, high, most)) for sample, high in zip(chosen, roof, strict=True)]
        points += [(axis.x(sample.at), _y(chart, low, most)) for sample, low in reversed(list(zip(chosen, floor, strict=True)))]
        path = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polygon points="{path}" fill="{_COLOURS[state]}"/>')
        floor = roof
    parts.append(f'<line x1="{LEFT}" y1="{chart + _CHART}" x2="{WIDTH - RIGHT}" y2="{chart + _CHART}" stroke="{_PALE}"/>')
    quarters = [share * most for share in (0.25, 0.5, 0.75, 1.0)]
    parts += [_text(LEFT - 12, _y(chart, value, most) + 4.5, f"{value:.0f}", 12, _PALE, anchor="end") for value in quarters]
    parts.append(_text(LEFT, chart - 10, "documents", 12, _PALE))
    return parts


def _y(chart: int, value: float, most: float) -> float:
    return round(chart + _CHART - value / most * (_CHART - 8), 1)


def _legend(y: int) -> list[str]:
    parts, x = [], 24.0
    for state in STATES:
        parts.append(f'<rect x="{x}" y="{y - 11}" width="13" height="13" rx="3" fill="{_COLOURS[state]}"/>')
        parts.append(_text(x + 19, y, _WORDS[state], 13, _INK))
        x += 48 + 6.2 * len(_WORDS[state])
    x, y = 24.0, y + 26
    for colour, word in ((_HIT, "kill -9 that hit documents in processing"), (_MISSED, "other kill -9")):
        parts.append(f'<path d="M{x + 2} {y - 9}l9 9m0 -9l-9 9" stroke="{colour}" stroke-width="2.4" stroke-linecap="round"/>')
        parts.append(_text(x + 19, y, word, 13, _INK))
        x += 48 + 6.2 * len(word)
    parts.append(f'<rect x="{x}" y="{y - 11}" width="24" height="12" rx="4" fill="{_LASTING}" fill-opacity="0.75"/>')
    parts.append(_text(x + 31, y, "lasting: frozen, full", 13, _INK))
    return parts
