"""Plots as SVG: lines over linear or logarithmic axes, and bars; for light and dark pages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 76, 36, 46, 56
ROW = 20
COLOURS = ("#2563eb", "#ea580c", "#16a34a", "#9333ea", "#dc2626", "#0891b2")
STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #1f2937 } .title { font-size: 15px; font-weight: 600 }
.grid { stroke: #d1d5db; stroke-width: 1 } .back { fill: #fff }
@media (prefers-color-scheme: dark) {
  text { fill: #e5e7eb } .grid { stroke: #374151 } .back { fill: #111827 }
}
</style>"""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    points: Sequence[tuple[float, float]]
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Lines in one picture. Logarithmic axes need positive values; others are left out."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    is_log_x: bool = False
    is_log_y: bool = False
    marks: Sequence[tuple[float, str]] = field(default_factory=tuple)
    """Horizontal lines with a name, such as a goal."""


class Axis:
    """From values to pixels, with ticks at round numbers."""

    def __init__(self, values: Sequence[float], start: float, end: float, *, is_log: bool) -> None:
        self._is_log = is_log
        self._start, self._end = start, end
        if is_log:
            self.low = 10 ** math.floor(math.log10(min(values)))
            self.high = 10 ** math.ceil(math.log10(max(values)))
            if self.low == self.high:
                self.high *= 10
        else:
            self._step = _step(max(values))
            self._steps = max(1, math.ceil(max(values) / self._step))
            self.low, self.high = 0.0, self._step * self._steps

    def at(self, value: float) -> float:
        if self._is_log:
            share = math.log10(value / self.low) / math.log10(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self._start + share * (self._end - self._start)

    def ticks(self) -> list[float]:
        if self._is_log:
            count = round(math.log10(self.high / self.low))
            return [self.low * 10**number for number in range(count + 1)]
        return [self._step * number for number in range(self._steps + 1)]


def _step(highest: float) -> float:
    """A round distance that gives about five ticks."""
    if highest <= 0:
        return 1.0
    size = 10 ** math.floor(math.log10(highest / 5))
    return float(next(size * each for each in (1, 2, 5, 10) if highest / (size * each) <= 6))


def draw_lines(plot: Plot) -> str:
    lines = [Line(each.name, _drawable(plot, each.points), each.is_dashed) for each in plot.lines]
    lines = [each for each in lines if each.points]
    if not lines:
        return _picture(
            plot.title, ['<text x="360" y="200" text-anchor="middle">nothing was measured</text>']
        )
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points] + [y for y, _ in plot.marks]
    across = Axis(xs, LEFT, WIDTH - RIGHT, is_log=plot.is_log_x)
    up = Axis(ys, HEIGHT - BOTTOM, TOP, is_log=plot.is_log_y)
    parts = [*_grid(across, up), *_labels(plot.x_label, plot.y_label)]
    for y, name in plot.marks:
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up.at(y):.1f}" y2="{up.at(y):.1f}" '
            f'stroke="#dc2626" stroke-dasharray="3 4"/>'
            f'<text x="{WIDTH - RIGHT}" y="{up.at(y) - 5:.1f}" text-anchor="end">{escape(name)}</text>'
        )
    for number, line in enumerate(lines):
        parts += _line(line, COLOURS[number % len(COLOURS)], across, up)
    height = HEIGHT + 12 + ROW * math.ceil(len(lines) / 2)
    return _picture(plot.title, [*parts, *_legend([line.name for line in lines])], height)


def _drawable(plot: Plot, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points if (x > 0 or not plot.is_log_x) and (y > 0 or not plot.is_log_y)]


def _line(line: Line, colour: str, across: Axis, up: Axis) -> list[str]:
    places = [(across.at(x), up.at(y)) for x, y in sorted(line.points)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dash = ' stroke-dasharray="6 4"' if line.is_dashed else ""
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>', *dots]


def draw_bars(title: str, unit: str, bars: Sequence[tuple[str, float, float | None]]) -> str:
    """Horizontal bars over a logarithmic axis: name, value and, where there is one, the goal as a mark."""
    known = [(name, value, goal) for name, value, goal in bars if value > 0]
    if not known:
        return _picture(title, ['<text x="360" y="200" text-anchor="middle">nothing was measured</text>'])
    height = TOP + BOTTOM + 26 * len(known)
    left = 190
    values = [value for _, value, _ in known] + [goal for _, _, goal in known if goal] + [1.0]
    across = Axis(values, left, WIDTH - 70, is_log=True)
    parts = []
    for tick in across.ticks():
        x = across.at(tick)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{height - BOTTOM + 18}" text-anchor="middle">{_number(tick)}</text>'
        )
    for number, (name, value, goal) in enumerate(known):
        y = TOP + 26 * number + 4
        colour = COLOURS[0] if goal is None or value >= goal else COLOURS[1]
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        start, end = sorted((across.at(1.0), across.at(value)))
        parts.append(
            f'<rect x="{start:.1f}" y="{y}" width="{max(end - start, 1):.1f}" height="18" fill="{colour}"/>'
        )
        parts.append(f'<text x="{max(start, end) + 6:.1f}" y="{y + 14}">{_number(value)}</text>')
        if goal:
            x = across.at(goal)
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 3}" y2="{y + 21}" '
                'stroke="#dc2626" stroke-width="2"/>'
            )
    parts.append(f'<text x="{WIDTH / 2}" y="{height - 12}" text-anchor="middle">{escape(unit)}</text>')
    return _picture(title, parts, height)


def _grid(across: Axis, up: Axis) -> list[str]:
    parts = []
    for tick in up.ticks():
        y = up.at(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(tick)}</text>')
    for tick in across.ticks():
        x = across.at(tick)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_number(tick)}</text>'
        )
    return parts


def _labels(x_label: str, y_label: str) -> list[str]:
    centre, middle = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    return [
        f'<text x="{centre}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>',
    ]


def _legend(names: Sequence[str]) -> list[str]:
    """Below the plot, in two columns, where it hides no line."""
    parts = []
    for number, name in enumerate(names):
        x, y = LEFT + (number % 2) * (WIDTH - LEFT) // 2, HEIGHT + 16 + ROW * (number // 2)
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<rect x="{x}" y="{y - 7}" width="14" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{x + 20}" y="{y}">{escape(name)}</text>')
    return parts


def _picture(title: str, parts: Sequence[str], height: int = HEIGHT) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" role="img" aria-label="{escape(title, quote=True)}">',
            STYLE,
            f'<rect class="back" width="{WIDTH}" height="{height}"/>',
            f'<text class="title" x="{LEFT}" y="26">{escape(title)}</text>',
            *parts,
            "</svg>\n",
        ]
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.3g}"
