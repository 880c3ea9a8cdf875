"""Where everything of a scene stands on the sheet, in pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bp_helpers.drawing.labels import Edge, Label, placed_labels
from bp_helpers.drawing.scene import FONT, Scene, text_width, widest
from bp_helpers.steps.step import Quantity, Step

WIDTH = 640
# picture.css draws neurons and their rings, pills, and indices of neurons in this way.
RADIUS, RING, PILL = 30, 36, 25
INDEX = 28, 26  # how far left and above of its neuron an index ends
UNDER = 43  # how far below its neuron a pill stands
BESIDE = 46  # how far beside its neuron a target starts
PAD = 6  # between a text and the end of its pill, between a pill and the next
DOUBLE = 4  # between the two outlines of what is written
_TOP, _OUTER = 66, 80  # the first row, and the room where layers end
# For a number that is asked for: the width of its box must not give it away.
_WIDEST = "+0.0000"


class Pill(NamedTuple):
    """A number under a neuron: the step that has left it there, its text, and half its width.

    It is `made` where that is the step which is drawn.
    """

    step: Step
    made: bool
    number: str
    half: float


class Lines(NamedTuple):
    """The lines into a layer, plain or with a number; the labels are of the latter, if any."""

    plain: list[Edge]
    touched: list[Edge]
    labels: list[Label]


class Sheet:
    """Where everything of a scene stands; in every step of a pass the layers have one place."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._rows = max(len(scene.neurons(l)) for l in range(scene.p.L + 1))
        self._gap = 158 - 12 * self._rows
        self.top = _TOP + (24 if scene.is_window else 0)

    @cached_property
    def x(self) -> dict[int, int]:
        """The middle of each layer that is drawn."""
        layers = self.scene.layers
        places = np.linspace(self._left, WIDTH - self._right, len(layers), dtype=int)
        return dict(zip(layers, places.tolist()))

    @property
    def _left(self) -> float:
        """The room beside the first layer: for what stands there, and for the layers left out."""
        if self.scene.is_window:
            return _OUTER
        more = self.scene.more(0)
        indices = [str(j) for j in self.scene.neurons(0)] if more else []
        return max(RADIUS + 8, INDEX[0] + widest(indices) + 4, text_width(more) / 2 + 4)

    @property
    def _right(self) -> float:
        """The room beside the last layer: for the targets, and for what stands below them."""
        targets, m = [f"y = {y}" for y in self.scene.targets.values()], self.scene.p.m
        beside = BESIDE + 4 + widest(targets) if targets else _OUTER
        return max(beside, 22 + text_width(f"sample {m - 1} of 0 to {m - 1}") if m > 1 else 0)

    @cached_property
    def y(self) -> dict[int, dict[int, int]]:
        """For each layer the middles of the neurons that are drawn."""
        return {l: self._column(self.scene.neurons(l)) for l in self.scene.layers}

    def _column(self, neurons: Sequence[int]) -> dict[int, int]:
        first = self.top + self._gap * (self._rows - len(neurons)) / 2
        return {j: round(first + self._gap * row) for row, j in enumerate(neurons)}

    @cached_property
    def bottom(self) -> int:
        """The middle of the arrow that shows how far the pass has come."""
        dots = any(len(drawn) > self._rows for drawn in self.scene.p.drawn)
        return self.top + self._gap * (self._rows - 1) + 72 + (25 if dots else 0)

    @property
    def height(self) -> int:
        """Of the whole picture."""
        return self.bottom + 12

    @cached_property
    def pills(self) -> dict[int, dict[int, Pill]]:
        """For each layer the pills, by the neuron under which they stand."""
        return {l: dict(self._pills(l)) for l in self.scene.layers}

    def _pills(self, l: int) -> Iterator[tuple[int, Pill]]:
        first, second, *_ = self.x.values()
        room = second - first - 2 * (PAD + DOUBLE + 1)
        texts: dict[Quantity, dict[int, str]] = {}
        for j in self.y[l]:
            if step := self.scene.pill(l, j):
                tag, made = text_width(step.writes.kind.tag + " "), step is self.scene.step
                most = min(room - tag, text_width(_WIDEST) if made else room)
                if step.writes not in texts:
                    texts[step.writes] = self.scene.texts_under(step, l, most)
                number = texts[step.writes][j]
                inside = most if made else min(text_width(number), most)
                yield j, Pill(step, made, number, (tag + inside) / 2 + PAD)

    @cached_property
    def lines(self) -> dict[int, Lines]:
        """The lines into each layer whose predecessor is drawn too."""
        pairs = pairwise(self.scene.layers)
        return {l: self._lines(l) for before, l in pairs if before == l - 1}

    def _lines(self, l: int) -> Lines:
        numbers = self.scene.at_weights(l)
        edges = [
            Edge(j, (self.x[l - 1] + RADIUS, y1, self.x[l] - RADIUS, y2), float(numbers[j, k]))
            for j, y2 in self.y[l].items()
            for k, y1 in self.y[l - 1].items()
        ]
        touched = [edge for edge in edges if not np.isnan(edge.number)]
        writes = self.scene.step.writes
        made = self.scene.on_lines(l) == writes
        obstacles = np.array([box for at in (l - 1, l) for box in self._occupied(at)])
        labels = placed_labels(touched, made, made and writes.kind.signed, obstacles)
        return Lines([edge for edge in edges if np.isnan(edge.number)], touched, labels)

    def _occupied(self, l: int) -> Iterator[tuple[float, float, float, float, float]]:
        """What no label may cover: a middle, half the sides, and how far to stay away."""
        for j, y in self.y[l].items():
            yield self.x[l], y, 0, 0, 2 + (RING if self.scene.writes_neuron(l, j) else RADIUS)
            if pill := self.pills[l].get(j):
                more = DOUBLE if pill.made else 0
                yield self.x[l], y + UNDER, pill.half + more, PILL / 2 + more, 2
            if self.scene.more(l):
                half, (aside, above) = text_width(str(j)) / 2, INDEX
                yield self.x[l] - aside - half, y - above, half, FONT / 2, 2
