"""Curves drawn as SVG in the colours of the theme: two axes, lines, and points with their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from bp_helpers.blocks import Drawing, text
from bp_helpers.diagram import STYLE as DIAGRAM_STYLE
from bp_helpers.functions import Array
from bp_helpers.steps import number, power_mark

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _EDGE = 560, 330, 66, 44, 14
_TICKS = 5

STYLE = (
    DIAGRAM_STYLE
    + """
.bp-svg .bp-axes line{stroke:var(--bp-pale);stroke-opacity:.35}
.bp-svg .bp-axes text{font-size:12px}
.bp-svg polyline{fill:none;stroke:var(--bp-ink);stroke-width:2}
.bp-svg polyline.bp-first{stroke:var(--bp-minus);stroke-width:2.4}
.bp-svg polyline.bp-second{stroke:var(--bp-plus);stroke-width:2.4;stroke-dasharray:8 5}
.bp-svg polyline.bp-cursor{stroke:var(--bp-green);stroke-width:1.6;stroke-dasharray:2 4}
.bp-svg .bp-point circle{fill:var(--bp-ink);stroke:var(--bp-paper)}
.bp-svg .bp-point text{text-anchor:start}
.bp-svg .bp-key text{text-anchor:start}
.bp-svg text.bp-end{text-anchor:end!important}
"""
)


@dataclass(frozen=True)
class Axis:
    """What is measured along one side, from `low` to `high`; a `log` axis takes powers of ten."""

    label: str
    low: float
    high: float
    log: bool = False

    def share(self, v: float | Array) -> float | Array:
        """How far along the axis a value stands, from 0 at `low` to 1 at `high`."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        return (self._scaled(v) - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Round values, with how they are written."""
        if self.log:
            low, high = round(np.log10(self.low)), round(np.log10(self.high))
            step = -(-(high - low) // (2 * _TICKS))
            return [(10.0**k, f"10{power_mark(k)}") for k in range(high, low - 1, -step)]
        step, decimals = _round_step((self.high - self.low) / _TICKS)
        places = np.arange(np.ceil(self.low / step - 1e-9), self.high / step + 1e-9)
        return [(step * k, number(step * k, decimals)) for k in places]

    def _scaled(self, v: float | Array) -> float | Array:
        return np.log10(v) if self.log else v


def _round_step(least: float) -> tuple[float, int]:
    """The smallest 1, 2 or 5 times a power of ten that is at least `least`, and its decimals."""
    power = int(np.floor(np.log10(least)))
    factor = next(f for f in (1, 2, 5, 10) if f * 10.0**power >= least * (1 - 1e-9))
    return factor * 10.0**power, max(0, -power - (factor == 10))


@dataclass(frozen=True)
class Curve:
    """A line through the points (x, y); `look` is "plain", "first", "second" or "cursor".

    A curve with a name stands in the key.
    """

    x: Array
    y: Array
    look: str = "plain"
    name: str = ""


@dataclass(frozen=True)
class Point:
    """A dot, with what is written beside it."""

    x: float
    y: float
    name: str = ""


def chart(
    across: Axis, up: Axis, curves: Sequence[Curve], points: Sequence[Point], alt: str
) -> Drawing:
    """The curves and points in one frame; what leaves the frame is cut off."""
    named = [curve for curve in curves if curve.name]
    top = _EDGE + 20 * len(named)
    box = _Box(across, up, top)
    body = [
        *_axes(box),
        *(_key(curve, 20 * row + 12) for row, curve in enumerate(named)),
        f'<svg x="{_LEFT}" y="{top}" width="{box.wide}" height="{box.high}">',
        *(_polyline(box, curve) for curve in curves),
        "</svg>",
        *(_point(box, point) for point in points),
    ]
    return Drawing("".join(body), _WIDTH, top + box.high + _BOTTOM, alt, STYLE)


@dataclass(frozen=True)
class _Box:
    across: Axis
    up: Axis
    top: int
    wide: int = _WIDTH - _LEFT - _EDGE
    high: int = _HEIGHT - _EDGE - _BOTTOM

    def x(self, v: float | Array) -> float | Array:
        """Pixels from the left edge of the frame."""
        return self.wide * self.across.share(v)

    def y(self, v: float | Array) -> float | Array:
        """Pixels from the top edge of the frame."""
        return self.high * (1 - self.up.share(v))


def _axes(box: _Box) -> list[str]:
    right, bottom = _LEFT + box.wide, box.top + box.high
    parts = ['<g class="bp-axes">']
    for v, label in box.across.ticks():
        x = _LEFT + box.x(v)
        parts.append(f'<line x1="{x:.1f}" y1="{box.top}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(text(x, bottom + 17, label))
    for v, label in box.up.ticks():
        y = box.top + box.y(v)
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(text(_LEFT - 7, y + 4, label, "bp-end"))
    middle = box.top + box.high / 2
    parts.append(text(_LEFT + box.wide / 2, bottom + 36, box.across.label))
    turned = f'transform="rotate(-90 14 {middle:.0f})"'
    parts.append(f'<text x="14" y="{middle:.0f}" {turned}>{escape(box.up.label)}</text></g>')
    return parts


def _key(curve: Curve, y: float) -> str:
    line = f'<polyline class="bp-{curve.look}" points="{_LEFT},{y} {_LEFT + 36},{y}"/>'
    return f'<g class="bp-key">{line}{text(_LEFT + 44, y + 4, curve.name, "bp-small")}</g>'


def _polyline(box: _Box, curve: Curve) -> str:
    # Far outside the frame a browser may draw nothing at all, so the ends stay near it.
    x = np.clip(box.x(np.asarray(curve.x, float)), -2 * _WIDTH, 3 * _WIDTH)
    y = np.clip(box.y(np.asarray(curve.y, float)), -9 * _HEIGHT, 10 * _HEIGHT)
    places = " ".join(f"{u:.1f},{v:.1f}" for u, v in zip(x, y))
    return f'<polyline class="bp-{curve.look}" points="{places}"/>'


def _point(box: _Box, point: Point) -> str:
    x, y = _LEFT + box.x(point.x), box.top + box.y(point.y)
    if box.across.share(point.x) > 0.8:
        label = text(x - 10, y - 9, point.name, "bp-end")
    else:
        label = text(x + 9, y - 9, point.name)
    circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    return f'<g class="bp-point">{circle}{label if point.name else ""}</g>'
