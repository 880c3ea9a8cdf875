"""Numbers on lines: where each finds room, so that none meets another or hides the lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.drawing.scene import as_texts, text_width

HEIGHT = 22  # of a label in pixels, as in picture.css
_MOST_LABELS = 12
# For a number that is asked for: the width of its box must not give it away.
_WIDEST = "+0.000"
_CLEAR = 16  # pixels between a label and another line beyond which more makes no difference
_ABOVE = 19  # how far above a line that is alone its label stands
_MOST_HIDDEN, _MOST_HIDDEN_OF_ALL = 0.72, 0.47  # the parts of a line, and of all, behind labels
# The places for a label along its line, and those across a label that are compared with a line.
_ALONG, _ACROSS = np.linspace(0.05, 0.95, 46)[:, None], np.linspace(-1, 1, 5)[:, None]
_MOST_TRIES, _MOST_PLACES = 60, 6


class Edge(NamedTuple):
    """The line of a weight to neuron j, from where to where, and its number."""

    j: int
    ends: tuple[int, int, int, int]
    number: float


class Label(NamedTuple):
    """A number on a line, in the middle of its box, and half the width of that."""

    x: float
    y: float
    text: str
    half: float


def placed_labels(edges: Sequence[Edge], made: bool, signed: bool, obstacles: Array) -> list[Label]:
    """The numbers on their lines, away from one another and from the obstacles.

    None of them where there are too many, where one finds no room, or where they hide the lines.
    Each of the obstacles, in an array (n, 5), has a middle x, y, half its width and height, and a
    distance to keep, in pixels.
    """
    if not 0 < len(edges) <= _MOST_LABELS:
        return []
    lines = np.array([edge.ends for edge in edges], float)
    numbers = np.array([edge.number for edge in edges])
    for most in map(text_width, (_WIDEST, _WIDEST[:-1])):
        texts = as_texts(numbers, most, signed)
        halves = [4 + (most if made else min(text_width(text), most)) / 2 for text in texts]
        if places := _places(lines, np.array(halves), obstacles):
            labels = [Label(*places[i], text, halves[i]) for i, text in enumerate(texts)]
            hidden = _hidden(lines, labels)
            if hidden.max() <= _MOST_HIDDEN and hidden.mean() <= _MOST_HIDDEN_OF_ALL:
                return labels
    return []


def _hidden(lines: Array, labels: Sequence[Label]) -> Array:
    """Which part of each line lies behind labels: (n,)."""
    middles = np.array([(each.x, each.y) for each in labels])
    sides = np.array([(each.half, HEIGHT / 2) for each in labels])
    away = np.abs(_points_along(lines)[:, :, None] - middles)
    hidden: Array = (away < sides).all(axis=3).any(axis=2).mean(axis=1)
    return hidden


def _points_along(lines: Array) -> Array:
    """Points along each of n lines: (n, 46, 2)."""
    start, end = lines[:, None, :2], lines[:, None, 2:]
    points: Array = start + _ALONG * (end - start)
    return points


def _places(lines: Array, halves: Array, obstacles: Array) -> dict[int, tuple[float, float]] | None:
    """Where on their lines labels of these widths stand, if there is room for all of them."""
    x1, y1, x2, y2 = lines.T
    points = _points_along(lines)
    if len(lines) == 1 and y1 == y2:
        points -= (0, _ABOVE)  # in a row of neurons the line is short
    free = _is_free(points, halves, obstacles)
    far_from_middle = np.abs(points[..., 0] - ((x1 + x2) / 2)[:, None])
    order = np.lexsort((far_from_middle, -_clearance(points, halves, lines)))
    points = np.take_along_axis(points, order[..., None], axis=1)
    free = np.take_along_axis(free, order, axis=1)
    return _side_by_side(points, free, halves, range(len(lines)), iter(range(_MOST_TRIES)))


def _is_free(points: Array, halves: Array, obstacles: Array) -> Array:
    """Whether a label at each of the points keeps clear of all obstacles: (n, 46)."""
    half_heights = np.full_like(halves, HEIGHT / 2)
    sides = obstacles[:, 2:4] + np.stack((halves, half_heights), axis=1)[:, None, None]
    gaps = np.maximum(np.abs(points[:, :, None] - obstacles[:, :2]) - sides, 0)
    free: Array = (np.hypot(gaps[..., 0], gaps[..., 1]) >= obstacles[:, 4]).all(axis=2)
    return free


def _clearance(points: Array, halves: Array, lines: Array) -> Array:
    """How far a label stays from the nearest other line, up to as far as makes no difference."""
    x1, y1, x2, y2 = lines.T
    across = points[:, :, :1, None] + halves[:, None, None, None] * _ACROSS
    heights = y1 + (across - x1) / (x2 - x1) * (y2 - y1)
    gaps = np.abs(heights - points[:, :, 1:, None])
    own = np.arange(len(lines))
    gaps[own, :, :, own] = _CLEAR
    nearest: Array = gaps.min(axis=(2, 3), initial=_CLEAR)
    return nearest


def _side_by_side(
    points: Array, free: Array, halves: Array, left: Sequence[int], tries: Iterator[int]
) -> dict[int, tuple[float, float]] | None:
    """One of its free points for each label that is left, such that no two labels meet.

    The label with the fewest goes first, and prefers the points at the front. None where nothing
    is found.
    """
    if not left:
        return {}
    i = min(left, key=free.sum(axis=1).__getitem__)
    rest = [other for other in left if other != i]
    reach = np.stack((halves[i] + halves + 2, np.full_like(halves, HEIGHT + 1)), axis=1)[:, None]
    for x, y in points[i][free[i]][:_MOST_PLACES].tolist():
        if next(tries, None) is None:
            return None
        still = free & (np.abs(points - (x, y)) > reach).any(axis=2)
        if still[rest].any(axis=1).all():
            found = _side_by_side(points, still, halves, rest, tries)
            if found is not None:
                return {i: (x, y), **found}
    return None
