"""A `Step` drawn as a network: what it reads and writes stands out, the rest steps back."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import Array
from bp_helpers.drawing.picture import Drawing, group, pill, text
from bp_helpers.steps.numbers import MOST_DECIMALS, decimals_for, format_number, layer_mark
from bp_helpers.steps.recorder import Pass
from bp_helpers.steps.step import KINDS, Quantity, Step

_WIDTH, _LEFT, _RIGHT, _TOP, _GAP, _RADIUS = 640, 58, 118, 62, 92, 25
_MOST_LABELS = 12
_PILL, _LABEL, _UNDER = 20, 17, 39  # heights, and how far below its neuron a pill stands
_WIDEST = "+0.0000"  # for a label that is asked for: where it stands must not give it away
_CLEAR = 14  # pixels between a label and another line beyond which more makes no difference
_ALONG, _ACROSS = np.linspace(0.14, 0.86, 37)[:, None], np.linspace(-1, 1, 5)
_TINY = 1e-300  # so that nothing is divided by 0
_NEURON_KINDS = {name for name, kind in KINDS.items() if kind.at == "neurons"}


@dataclass(frozen=True)
class Scene:
    """Everything that the picture of step `k` shows: the pass, and one sample of it."""

    p: Pass
    k: int
    sample: int = 0
    unit: str = "Step"

    @property
    def steps(self) -> Sequence[Step]:
        """All steps of the pass."""
        return self.p.steps

    @property
    def step(self) -> Step:
        """The step that is drawn."""
        return self.steps[self.k]

    @property
    def count(self) -> str:
        """Which of the steps this is, in words."""
        return f"{self.unit} {self.k + 1} of {len(self.steps)}"

    def neurons(self, l: int) -> list[int]:
        """The neurons of layer l that are drawn."""
        return [j for j in self.p.drawn[l] if j is not None]

    def of_sample(self, array: Array) -> Array:
        """The column of the drawn sample, or the only one that there is."""
        column: Array = array[:, self.sample if array.shape[1] == self.p.m else 0]
        return column

    def column(self, array: Array, l: int) -> dict[int, str]:
        """The drawn sample's column of `array` as texts, for the neurons of layer l drawn."""
        column = self.of_sample(array)
        decimals = decimals_for(column)
        # A circle has room for one sign, or for one figure more.
        decimals -= decimals > 2 and bool((column < 0).any())
        return {j: _short(column[j], decimals) for j in self.neurons(l)}

    def at_neuron(self, step: Step, j: int) -> float:
        """What `step` has left at neuron j, for the drawn sample."""
        return float(self._beside_neurons(step)[0 if step.writes.place else j])

    def written_at_neuron(self, step: Step, j: int) -> str:
        """The same as text, with as many decimals as its neighbours."""
        decimals = decimals_for(self._beside_neurons(step))
        return _short(self.at_neuron(step, j), decimals, step.writes.kind.signed)

    def _beside_neurons(self, step: Step) -> Array:
        values = step.value.T if step.writes.kind.is_row else step.value
        if step.writes.place:  # the numbers of one neuron, one for each sample
            row = np.atleast_1d(values)
            return row[[self.sample if len(row) > 1 else 0]]
        return self.of_sample(values)

    def touches(self, names: Container[str], l: int | None, *place: int) -> bool:
        """Whether the step reads or writes one of these quantities, at this neuron or weight."""
        return any(
            q.name in names and q.covers(l, *place) for q in (self.step.writes, *self.step.reads)
        )

    def is_known(self, name: str, l: int) -> bool:
        """Whether the quantity is there before this step: from the start, or from a step before."""
        return all(step.writes != Quantity(name, l) for step in self.steps[self.k :])

    def pill(self, l: int, j: int) -> Step | None:
        """The step whose number stands under neuron j of layer l, if there is one."""
        done = [s for s in self.steps[: self.k + 1] if _is_at_neurons(s) and s.writes.covers(l, j)]
        if done and done[-1] is self.step:
            return self.step
        read = [s for s in done if self.touches({s.writes.name}, l, j)]
        lasting = [s for s in done if s.writes.kind.lasting]
        both = [s for s in read if s.writes.kind.lasting]
        return next(reversed(both or read or lasting), None)


def _is_at_neurons(step: Step) -> bool:
    """Whether the step's numbers stand under neurons; between two layers, only a row can."""
    between_layers = step.writes.kind.axes == ("L", "l")
    return step.writes.kind.at == "neurons" and not (between_layers and len(step.value) > 1)


def _short(v: float, decimals: int, signed: bool = False) -> str:
    """With at most four decimals, for there is little room, or else with an exponent."""
    decimals = decimals if decimals > MOST_DECIMALS else min(decimals, 4)
    return format_number(v, decimals, signed, after_point=0)


def network(scene: Scene) -> Drawing:
    """The picture of one step.

    What the step computes is in class `bp-new`, with a question mark in class `bp-ask` in its
    place, so that a page can hide the one and show the other.
    """
    layers = range(scene.p.L + 1)
    height = _TOP + max(map(len, scene.p.drawn)) * _GAP + 28
    body = join(
        *_headings(scene),
        *(part for l in layers[1:] for part in _weights(scene, l)),
        *(part for l in layers for part in _neurons(scene, l)),
        *_targets(scene),
        _track(scene, height - 14),
    )
    alt = f"{scene.count}: {scene.step.title.rstrip('?')}."
    if scene.p.m > 1:
        alt += f" Drawn for sample {scene.sample + 1} of {scene.p.m}."
    return Drawing(body, _WIDTH, height, alt)


def _x(scene: Scene, l: int) -> float:
    return _LEFT + l * (_WIDTH - _LEFT - _RIGHT) / scene.p.L


def _places(scene: Scene, l: int) -> Iterator[tuple[int | None, float, float]]:
    """The drawn neurons of layer l with their middles; None stands for those left out."""
    rows, drawn = max(map(len, scene.p.drawn)), scene.p.drawn[l]
    for slot, j in enumerate(drawn):
        yield j, _x(scene, l), _TOP + ((rows - len(drawn)) / 2 + slot + 0.5) * _GAP - 12


def _asked(known: Markup, unknown: Markup) -> Markup:
    """`known`, hidden behind `unknown` where the reader is asked to predict it."""
    return join(group(known, css="bp-new"), group(unknown, css="bp-ask"))


def _headings(scene: Scene) -> Iterator[Markup]:
    for l, n in enumerate(scene.p.net.sizes):
        yield text(_x(scene, l), 20, f"a{layer_mark(l)}" if l else f"x = a{layer_mark(0)}")
        if None in scene.p.drawn[l]:
            more = n - len(scene.neurons(l))
            yield text(_x(scene, l), 38, f"{more} more of {n}", "bp-small")


class _Edge(NamedTuple):
    """The line of the weight from neuron k to neuron j, and the number that belongs to it."""

    j: int
    k: int
    ends: tuple[float, float, float, float]
    number: float | None
    made: bool


def _weights(scene: Scene, l: int) -> Iterator[Markup]:
    """The lines into layer l; those that the step reads or makes carry their numbers."""
    array, made = _numbers_of_weights(scene, l)
    edges = list(_edges(scene, l, array, made))
    decimals = 0 if array is None else decimals_for(np.nan_to_num(array))
    strongest = max((abs(e.number) for e in edges if e.number is not None), default=0) or _TINY
    yield from (_line(edge, strongest) for edge in edges)
    signed = made and scene.step.writes.kind.signed
    labels = [
        (edge, _short(edge.number, decimals, signed)) for edge in edges if edge.number is not None
    ]
    for (edge, label), place in zip(labels, _label_places(scene, l, labels)):
        yield _label(*place, label, edge.made)


def _numbers_of_weights(scene: Scene, l: int) -> tuple[Array | None, bool]:
    """What stands at the weights of layer l in this step, and whether the step makes it."""
    writes = scene.step.writes
    if writes.kind.at == "weights" and writes.layer == l:
        whole = scene.step.value
        if writes.kind.axes[1] == "m":  # one number for each sample, at a single weight
            whole = whole[:, [scene.sample if whole.shape[1] > 1 else 0]]
        return _in_place(writes, whole, scene.p.net.W[l].shape), True
    for read in scene.step.reads:
        if read.kind.at == "weights" and read.layer == l:
            earlier = [s.value for s in scene.steps[: scene.k] if s.writes == read]
            whole = earlier[-1] if earlier else scene.p.net.W[l]
            kept = np.full(whole.shape, np.nan)
            kept[read.picks] = whole[read.picks]
            return kept, False
    return None, False


def _in_place(writes: Quantity, value: Array, shape: tuple[int, ...]) -> Array:
    """The numbers of a step where they belong in the array of a layer, and NaN elsewhere."""
    whole = np.full(shape, np.nan)
    whole[writes.picks] = value
    return whole


def _edges(scene: Scene, l: int, array: Array | None, made: bool) -> Iterator[_Edge]:
    for j, x2, y2 in _places(scene, l):
        for k, x1, y1 in _places(scene, l - 1):
            if j is not None and k is not None:
                there = array is not None and not np.isnan(array[j, k])
                number = float(array[j, k]) if array is not None and there else None
                ends = x1 + _RADIUS, y1, x2 - _RADIUS, y2
                yield _Edge(j, k, ends, number, made and there)


def _line(edge: _Edge, strongest: float) -> Markup:
    """As thick as its number is large, dashed where it is negative; a double line is new."""
    if edge.number is None:
        return _stroke(edge, "bp-off", 1.4)
    sign = "bp-minus" if edge.number < 0 else "bp-plus"
    known = _stroke(edge, sign, 1.2 + 3 * abs(edge.number) / strongest)
    if not edge.made:
        return known
    return join(_stroke(edge, "bp-under", 9.0), _asked(known, _stroke(edge, "bp-plain", 1.4)))


def _stroke(edge: _Edge, css: str, width: float) -> Markup:
    x1, y1, x2, y2 = edge.ends
    return element("line", class_=css, x1=x1, y1=y1, x2=x2, y2=y2, stroke_width=width)


def _label_places(
    scene: Scene, l: int, labels: Sequence[tuple[_Edge, str]]
) -> list[tuple[float, float]]:
    """Where on their lines the labels stand, away from one another and from other lines.

    Nowhere, where there are too many of them or one finds no room.
    """
    if len(labels) > _MOST_LABELS:
        return []
    boxes = [box for at in (l - 1, l) for box in _occupied(scene, at)]
    lines = np.array([edge.ends for edge, _ in labels]).reshape(-1, 4)
    places: list[tuple[float, float]] = []
    for i, (edge, label) in enumerate(labels):
        half = _half_label(_WIDEST if edge.made else label)
        start, end = np.array(edge.ends).reshape(2, 2)
        points = start + _ALONG * (end - start)
        free = points[_is_free(points, half, np.array(boxes))]
        if not len(free):
            return []
        clear = _clearance(free, half, np.delete(lines, i, axis=0))
        far_from_middle = np.abs(free[:, 0] - (start[0] + end[0]) / 2)
        x, y = free[np.lexsort((far_from_middle, -clear))[0]].tolist()
        boxes.append((x, y, half, _LABEL / 2))
        places.append((x, y))
    return places


def _occupied(scene: Scene, l: int) -> Iterator[tuple[float, float, float, float]]:
    """Boxes around the neurons of a layer and the widest pills under them: middle, half sides."""
    for _, x, y in _places(scene, l):
        yield x, y, _RADIUS, _RADIUS
        yield x, y + _UNDER, 58, _PILL / 2


def _half_label(label: str) -> float:
    return 4 + 3.6 * len(label)


def _is_free(points: Array, half: float, boxes: Array) -> Array:
    """Whether a label at each of the points keeps clear of all boxes."""
    apart = np.abs(points[:, None] - boxes[:, :2]) - boxes[:, 2:]
    kept: Array = (apart > (half + 1, _LABEL / 2 + 1)).any(axis=2).all(axis=1)
    return kept


def _clearance(points: Array, half: float, lines: Array) -> Array:
    """How far a label stays from the nearest other line, up to as far as makes no difference."""
    x1, y1, x2, y2 = lines.T
    across = points[:, :1, None] + half * _ACROSS[:, None]
    heights = y1 + (across - x1) / (x2 - x1) * (y2 - y1)
    gaps: Array = np.abs(heights - points[:, 1:, None]).min(axis=(1, 2), initial=_CLEAR)
    return gaps


def _label(x: float, y: float, label: str, made: bool) -> Markup:
    box = pill(x, y, 2 * _half_label(_WIDEST if made else label), _LABEL, 4)
    known = text(x, y + 4, label, "bp-small")
    return group(
        box, _asked(known, text(x, y + 4, "?", "bp-small")) if made else known, css="bp-label"
    )


def _neurons(scene: Scene, l: int) -> Iterator[Markup]:
    made = scene.step.writes == Quantity("a", l)
    known = made or scene.is_known("a", l)
    inside = scene.column(scene.p.trace.a[l], l)
    for j, x, y in _places(scene, l):
        if j is None:
            yield text(x, y + 6, "⋮")
            continue
        parts = [text(x - 36, y - 22, str(j), "bp-index")] if None in scene.p.drawn[l] else []
        parts += [*_rings(scene, l, j, x, y, made)]
        blank = _circle(x, y, 0)
        if known:
            filled = join(_circle(x, y, _strength(scene, l, j)), text(x, y + 5, inside[j]))
            asked = join(blank, text(x, y + 5, "?"))
            parts.append(_asked(filled, asked) if made else filled)
        else:
            parts.append(blank)
        on = scene.touches({"a", *_NEURON_KINDS}, l, j)
        yield group(*parts, css="bp-node" if on else "bp-node bp-off")
        if step := scene.pill(l, j):
            yield _pill(scene, step, j, x, y + _UNDER)


def _rings(scene: Scene, l: int, j: int, x: float, y: float, made: bool) -> Iterator[Markup]:
    """A ring around a neuron for which the step computes something."""
    writes = scene.step.writes
    if writes.covers(l, j) and (made or writes.kind.at == "neurons"):
        yield element("circle", class_="bp-ring", cx=x, cy=y, r=_RADIUS + 6)


def _strength(scene: Scene, l: int, j: int) -> float:
    a = scene.p.trace.a[l]
    return float(abs(scene.of_sample(a)[j]) / (np.abs(a).max() or _TINY))


def _circle(x: float, y: float, strength: float) -> Markup:
    """From almost white to sky blue, always light enough for dark figures."""
    low, high = (242, 248, 252), (86, 180, 233)
    shade = "#" + "".join(f"{round(a + strength * (b - a)):02x}" for a, b in zip(low, high))
    return element("circle", cx=x, cy=y, r=_RADIUS, fill=shade)


def _pill(scene: Scene, step: Step, j: int, x: float, y: float) -> Markup:
    """What `step` has left at neuron j, drawn around (x, y)."""
    tag, value = step.writes.kind.tag, scene.written_at_neuron(step, j)
    made = step is scene.step
    css = ["bp-pill", "bp-made" if made else ""]
    if step.writes.kind.signed and not made:
        v = scene.at_neuron(step, j)
        css.append("bp-minus" if v < 0 else "bp-plus" if v > 0 else "")
    if not scene.touches({step.writes.name}, step.writes.layer, j):
        css.append("bp-off")
    known, unknown = (text(x, y + 4, f"{tag} {what}", "bp-small") for what in (value, "?"))
    longest = max(len(value), len(_WIDEST)) if made else len(value)  # or its width tells
    box = pill(x, y, 12 + 7 * (len(tag) + 1 + longest), _PILL, 10)
    return group(box, _asked(known, unknown) if made else known, css=" ".join(filter(None, css)))


def _targets(scene: Scene) -> Iterator[Markup]:
    L, step = scene.p.L, scene.step
    x, texts = _x(scene, L) + 68, scene.column(scene.p.y, L)
    for j, _, y in _places(scene, L):
        if j is not None:
            on = scene.touches({"y"}, None, j)
            yield group(text(x, y + 5, f"y = {texts[j]}"), css=None if on else "bp-off")
    if step.writes.layer is None:
        value = format_number(step.value.item(), decimals_for(step.value))
        bottom = max(y for _, _, y in _places(scene, L)) + 41
        known, unknown = (text(x, bottom + 5, f"{step.label} = {v}") for v in (value, "?"))
        wide = max(100, 8 * len(f"{step.label} = {value}"))
        yield group(pill(x, bottom, wide, 24, 12), _asked(known, unknown), css="bp-pill bp-made")


def _track(scene: Scene, y: float) -> Markup:
    """An arrow that shows how far the pass has come, from the input or back from the output."""
    writes = scene.step.writes
    first, last = _x(scene, 0), _x(scene, scene.p.L)
    tip = last if writes.layer is None else _x(scene, writes.layer)
    if writes.layer and writes.kind.at == "weights":
        tip = (tip + _x(scene, writes.layer - 1)) / 2
    start, point = (first, 10) if writes.name in ("z", "a") else (last, -10)
    return group(
        element("line", x1=first, y1=y, x2=last, y2=y),
        element("line", class_="bp-done", x1=start, y1=y, x2=tip, y2=y),
        element("path", d=f"M{tip + point:.0f} {y} l{-1.4 * point:.0f} -8 v16 z"),
        css="bp-track",
    )
