"""Curves drawn as SVG in the colours of the theme: two axes, lines, and points with their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import TypeVar

import numpy as np

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import Array
from bp_helpers.drawing.picture import Drawing, group, text
from bp_helpers.steps.numbers import format_number, superscript

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _EDGE = 560, 330, 66, 44, 14
_WIDE, _HIGH = _WIDTH - _LEFT - _EDGE, _HEIGHT - _EDGE - _BOTTOM  # the frame inside the axes
_KEY = 20  # pixels for each line of the key, which stands above the frame
_TICKS = 5

Value = TypeVar("Value", float, Array)


@dataclass(frozen=True)
class Axis:
    """What is measured along one side, from `start` to `end`; a `log` axis takes powers of ten.

    A `log` axis may run downwards, from a large `start` to a small `end`.
    """

    label: str
    start: float
    end: float
    log: bool = False

    def share(self, v: Value) -> Value:
        """How far along the axis a value stands, from 0 at `start` to 1 at `end`."""
        if self.log:
            powers: Value = np.log10(v / self.start)
            return powers / log10(self.end / self.start)
        return (v - self.start) / (self.end - self.start)

    def ticks(self) -> list[tuple[float, str]]:
        """Round values, with how they are written."""
        if self.log:
            low, high = sorted(round(np.log10(end)) for end in (self.start, self.end))
            step = -(-(high - low) // (2 * _TICKS))
            return [(10.0**k, f"10{superscript(k)}") for k in range(high, low - 1, -step)]
        step, decimals = _round_step((self.end - self.start) / _TICKS)
        places = np.arange(np.ceil(self.start / step - 1e-9), self.end / step + 1e-9)
        return [(step * k, format_number(step * k, decimals)) for k in places]


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
    top = _EDGE + _KEY * len(named)
    lines = (_polyline(curve.look, *_places(across, up, curve)) for curve in curves)
    body = join(
        _axes(across, up, top),
        *(_key(curve, _KEY * row + 12) for row, curve in enumerate(named)),
        # An SVG inside the SVG cuts its content off, and a clip path would need an id.
        element("svg", *lines, x=_LEFT, y=top, width=_WIDE, height=_HIGH),
        *(_point(_LEFT + _x(across, p.x), top + _y(up, p.y), p.name) for p in points),
    )
    return Drawing(body, _WIDTH, top + _HIGH + _BOTTOM, alt)


def _x(across: Axis, v: Value) -> Value:
    """Pixels from the left edge of the frame."""
    return _WIDE * across.share(v)


def _y(up: Axis, v: Value) -> Value:
    """Pixels from the top edge of the frame."""
    return _HIGH * (1 - up.share(v))


def _places(across: Axis, up: Axis, curve: Curve) -> tuple[Array, Array]:
    # Far outside the frame a browser may draw nothing at all, so the ends stay near it.
    x = np.clip(_x(across, curve.x), -2 * _WIDTH, 3 * _WIDTH)
    return x, np.clip(_y(up, curve.y), -9 * _HEIGHT, 10 * _HEIGHT)


def _polyline(look: str, x: Sequence[float] | Array, y: Sequence[float] | Array) -> Markup:
    places = " ".join(f"{u:.1f},{v:.1f}" for u, v in zip(x, y))
    return element("polyline", class_=f"bp-{look}", points=places)


def _axes(across: Axis, up: Axis, top: int) -> Markup:
    right, bottom, middle = _LEFT + _WIDE, top + _HIGH, top + _HIGH / 2
    parts = [
        text(_LEFT + _WIDE / 2, bottom + 36, across.label),
        element("text", up.label, x=14, y=middle, transform=f"rotate(-90 14 {middle:.0f})"),
    ]
    for v, label in across.ticks():
        x = _LEFT + _x(across, v)
        parts += [element("line", x1=x, y1=top, x2=x, y2=bottom), text(x, bottom + 17, label)]
    for v, label in up.ticks():
        y = top + _y(up, v)
        line = element("line", x1=_LEFT, y1=y, x2=right, y2=y)
        parts += [line, text(_LEFT - 7, y + 4, label, "bp-end")]
    return group(*parts, css="bp-axes")


def _key(curve: Curve, y: float) -> Markup:
    line = _polyline(curve.look, (_LEFT, _LEFT + 36), (y, y))
    return join(line, text(_LEFT + 44, y + 4, curve.name, "bp-start bp-small"))


def _point(x: float, y: float, name: str) -> Markup:
    """A dot at (x, y), its name on the left of it where the right edge is near."""
    aside, css = (-10, "bp-end") if x > _LEFT + 0.8 * _WIDE else (9, "bp-start")
    label = text(x + aside, y - 9, name, css) if name else ""
    return group(element("circle", cx=x, cy=y, r=5), label, css="bp-point")
