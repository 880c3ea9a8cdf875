"""A `Step` drawn as a network: what it reads and writes stands out, the rest steps back."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import Array
from bp_helpers.drawing.picture import Drawing, group, group_at, label, pill, text, wide
from bp_helpers.steps.numbers import MOST_DECIMALS, decimals_for, format_number, layer_mark
from bp_helpers.steps.recorder import Pass
from bp_helpers.steps.step import KINDS, Quantity, Step

_WIDTH, _FONT = 640, 18
_MOST_LAYERS, _MOST_LABELS = 4, 12
# picture.css draws neurons, rings, pills and labels of these radii and heights.
_RADIUS, _RING, _PILL, _LABEL = 30, 36, 25, 22
_TOP, _UNDER, _DOTS = 66, 43, 74  # the first row; below a neuron its pill, or what is left out
_INSIDE, _COST = 57, 76  # the room for the number in a neuron, and for the cost
_BESIDE, _OUTER = 46, 80  # how far beside its neuron a target starts; the room where layers end
_PAD = 6  # between a text and the end of its pill, between a pill and the next
_DOUBLE = 4  # between the two outlines of what is written
_INDEX = 28, 26  # how far left and above of its neuron an index ends
# For a number that is asked for: the width of its box must not give it away.
_WIDEST, _WIDEST_ON_LINE = "+0.0000", "+0.000"
_CLEAR = 16  # pixels between a label and another line beyond which more makes no difference
_ABOVE = 19  # how far above a line that is alone its label stands
_MOST_HIDDEN, _MOST_HIDDEN_OF_ALL = 0.72, 0.47  # the parts of a line, and of all, behind labels
_ALONG, _ACROSS = np.linspace(0.05, 0.95, 46)[:, None], np.linspace(-1, 1, 5)
_MOST_TRIES, _MOST_PLACES = 60, 6
_TINY = 1e-300  # so that nothing is divided by 0
_NEURON_KINDS = {name for name, kind in KINDS.items() if kind.at == "neurons"}
_MOST_WORDS = 500  # characters


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

    @cached_property
    def layers(self) -> list[int]:
        """The layers that are drawn: of a deep network those around what the step touches."""
        L, written = self.p.L, self.step.writes.layer
        middle = (L if written is None else written) - 0.5
        touched = {l for q in (self.step.writes, *self.step.reads) for l in _layers_of(q, L)}
        nearest = sorted(range(L + 1), key=lambda l: (l not in touched, abs(l - middle)))
        return sorted(nearest[:_MOST_LAYERS])

    def neurons(self, l: int) -> list[int]:
        """The neurons of layer l that are drawn."""
        return [j for j in self.p.drawn[l] if j is not None]

    def of_sample(self, array: Array) -> Array:
        """The column of the drawn sample, or the only one that there is."""
        column: Array = array[:, self.sample if array.shape[1] == self.p.m else 0]
        return column

    def column(self, array: Array, l: int) -> dict[int, str]:
        """The drawn sample's column of `array` as texts, for the neurons of layer l drawn."""
        shown = self.neurons(l)
        return dict(zip(shown, _as_texts(self.of_sample(array)[shown], _INSIDE)))

    def at_neuron(self, step: Step, j: int) -> float:
        """What `step` has left at neuron j, for the drawn sample."""
        return float(self._beside_neurons(step)[0 if step.writes.place else j])

    def written_at_neurons(self, step: Step, l: int, room: float) -> dict[int, str]:
        """The same as texts for the neurons of layer l that are drawn, in so much room each."""
        shown = [j for j in self.neurons(l) if step.writes.covers(l, j)]
        numbers = np.array([self.at_neuron(step, j) for j in shown])
        return dict(zip(shown, _as_texts(numbers, room, step.writes.kind.signed)))

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


def _layers_of(quantity: Quantity, L: int) -> set[int]:
    """The layers in which a quantity is drawn, or between which."""
    if quantity.layer is None:  # the target, and the cost
        return {L}
    before = {quantity.layer - 1} if quantity.kind.at == "weights" else set()
    return {quantity.layer, *before}


def _is_at_neurons(step: Step) -> bool:
    """Whether the step's numbers stand under neurons; between two layers, only a row can."""
    between_layers = step.writes.kind.axes == ("L", "l")
    return step.writes.kind.at == "neurons" and not (between_layers and len(step.value) > 1)


def _as_texts(numbers: Array, room: float, signed: bool = False) -> list[str]:
    """Numbers with as many decimals as on the card, or as there is room for.

    The largest keeps two figures, and the smallest one; where there is no room for them, an
    exponent may be shorter.
    """
    most = decimals_for(numbers)
    two_figures = max(0, 1 - int(np.floor(np.log10(np.abs(numbers).max(initial=0) or 1))))
    best: list[str] = []
    for decimals in (*range(most, min(most, two_figures) - 1, -1), MOST_DECIMALS + 1):
        if decimals < most and (np.round(numbers, decimals) == 0)[numbers != 0].any():
            continue
        texts = [_as_text(v, decimals, signed) for v in numbers.tolist()]
        if not best or _widest(texts) < _widest(best):
            best = texts
        if _widest(best) <= room:
            break
    return best


def _as_text(v: float, decimals: int, signed: bool) -> str:
    if not v and decimals > MOST_DECIMALS:
        return "0"  # among numbers with an exponent
    return format_number(v, decimals, signed, after_point=1)


def _widest(texts: Sequence[str]) -> float:
    return max(map(_wide, texts), default=0)


def _wide(content: str) -> float:
    return wide(content, _FONT)


def _label(content: str, room: float = _WIDTH) -> Markup:
    return label(content, room, _FONT)


# What becomes of a number that the step computes, and of the question mark in its place.
_Answer = Callable[[str, str], Markup]


def _told(known: str, _unknown: str) -> Markup:
    return group(known, css="bp-new")


def _hidden(known: str, unknown: str) -> Markup:
    """The number behind the question mark, so that a page can hide the one and show the other."""
    return join(group(known, css="bp-new"), group(unknown, css="bp-ask"))


def _kept_back(_known: str, unknown: str) -> Markup:
    return group(unknown)


def network(scene: Scene, predict: bool = False) -> Drawing:
    """The picture of one step.

    What the step computes is in class `bp-new`. With `predict`, the reader is asked for it: a
    question mark in class `bp-ask` stands in its place, and the words do not tell it.
    """
    sheet = _Sheet(scene)
    return Drawing(
        _body(sheet, _hidden if predict else _told),
        _WIDTH,
        sheet.height,
        _in_words(sheet, predict),
        css="bp-network",
        asking=_body(sheet, _kept_back) if predict else None,
    )


def _body(sheet: _Sheet, answer: _Answer) -> Markup:
    return join(
        *_headings(sheet),
        *(part for l in sheet.weights for part in _weights(sheet, l, answer)),
        *(part for l in sheet.scene.layers for part in _layer(sheet, l, answer)),
        *_targets(sheet, answer),
        _track(sheet),
    )


class _Pill(NamedTuple):
    """A number under a neuron: the step that has left it there, its text, and half its width."""

    step: Step
    number: str
    half: float


class _Edge(NamedTuple):
    """The line of the weight from neuron k to neuron j, and the number that belongs to it."""

    j: int
    k: int
    ends: tuple[int, int, int, int]
    number: float | None


class _Label(NamedTuple):
    """A number on a line, in the middle of its box, and half the width of that."""

    x: float
    y: float
    text: str
    half: float


class _Weights(NamedTuple):
    """The lines into a layer, what the numbers on them are, and the labels that find room."""

    edges: list[_Edge]
    quantity: Quantity | None
    labels: list[_Label]

    @property
    def touched(self) -> list[_Edge]:
        """The lines of weights that the step reads or makes."""
        return [edge for edge in self.edges if edge.number is not None]


class _Sheet:
    """Where everything of a scene stands; in every step of a pass the layers have one place."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.rows = max(len(scene.neurons(l)) for l in range(scene.p.L + 1))
        self.gap = 158 - 12 * self.rows
        self.top = _TOP + (24 if self.is_window else 0)
        self.inputs, self.outputs = scene.layers[0], scene.layers[-1]

    @property
    def is_window(self) -> bool:
        """Whether layers are left out."""
        return len(self.scene.layers) <= self.scene.p.L

    @cached_property
    def x(self) -> dict[int, int]:
        """The middle of each layer that is drawn."""
        layers = self.scene.layers
        places = np.linspace(self._left, _WIDTH - self._right, len(layers), dtype=int)
        return dict(zip(layers, places.tolist()))

    @property
    def _left(self) -> float:
        """The room beside the first layer: for what stands there, and for the layers left out."""
        if self.is_window:
            return _OUTER
        indices = [str(j) for j in self.scene.neurons(0)] if self.more(0) else []
        return max(_RADIUS + 8, _INDEX[0] + _widest(indices) + 4, _wide(self.more(0)) / 2 + 4)

    @property
    def _right(self) -> float:
        """The room beside the last layer: for the targets, and for what stands below them."""
        is_last, m = self.outputs == self.scene.p.L, self.scene.p.m
        beside = _BESIDE + 4 + _widest(self.targets) if is_last else _OUTER
        return max(beside, 22 + _wide(f"sample {m} of {m}") if m > 1 else 0)

    def more(self, l: int) -> str:
        """How many neurons of layer l are left out, as it stands under those that are drawn."""
        more = self.scene.p.net.sizes[l] - len(self.scene.neurons(l))
        return f"⋮ {more} more" if more else ""

    @cached_property
    def y(self) -> dict[int, dict[int, int]]:
        """For each layer the middles of the neurons that are drawn."""
        return {l: self._column(self.scene.neurons(l)) for l in self.scene.layers}

    def _column(self, neurons: Sequence[int]) -> dict[int, int]:
        first = self.top + self.gap * (self.rows - len(neurons)) / 2
        return {j: round(first + self.gap * row) for row, j in enumerate(neurons)}

    @cached_property
    def bottom(self) -> int:
        """The middle of the arrow that shows how far the pass has come."""
        dots = any(len(drawn) > self.rows for drawn in self.scene.p.drawn)
        return self.top + self.gap * (self.rows - 1) + 72 + (25 if dots else 0)

    @property
    def height(self) -> int:
        """Of the whole picture."""
        return self.bottom + 12

    @property
    def sample(self) -> str:
        """Which sample of a batch is drawn."""
        return f"sample {self.scene.sample + 1} of {self.scene.p.m}" if self.scene.p.m > 1 else ""

    @cached_property
    def targets(self) -> list[str]:
        """What stands beside the outputs."""
        return [f"y = {y}" for y in self.scene.column(self.scene.p.y, self.scene.p.L).values()]

    @property
    def cost(self) -> str:
        """The number of the step that computes the cost."""
        (number,) = _as_texts(self.scene.step.value.reshape(1), _COST)
        return number

    @cached_property
    def pills(self) -> dict[int, dict[int, _Pill]]:
        """For each layer the pills, by the neuron under which they stand."""
        return {l: dict(self._pills(l)) for l in self.scene.layers}

    def _pills(self, l: int) -> Iterator[tuple[int, _Pill]]:
        x = list(self.x.values())
        room = x[1] - x[0] - 2 * (_PAD + _DOUBLE + 1)
        for j in self.y[l]:
            if step := self.scene.pill(l, j):
                tag = _wide(step.writes.kind.tag + " ")
                made = step is self.scene.step
                most = min(room - tag, _wide(_WIDEST) if made else room)
                number = self.scene.written_at_neurons(step, l, most)[j]
                inside = most if made else min(_wide(number), most)
                yield j, _Pill(step, number, (tag + inside) / 2 + _PAD)

    @cached_property
    def weights(self) -> dict[int, _Weights]:
        """The lines into each layer whose predecessor is drawn too."""
        pairs = pairwise(self.scene.layers)
        return {l: self._weights(l) for before, l in pairs if before == l - 1}

    def _weights(self, l: int) -> _Weights:
        numbers, quantity = _numbers_of_weights(self.scene, l)
        edges = [
            _Edge(j, k, (self.x[l - 1] + _RADIUS, y1, self.x[l] - _RADIUS, y2), number)
            for j, y2 in self.y[l].items()
            for k, y1 in self.y[l - 1].items()
            for number in [None if np.isnan(numbers[j, k]) else float(numbers[j, k])]
        ]
        weights = _Weights(edges, quantity, [])
        made = quantity == self.scene.step.writes
        signed = made and self.scene.step.writes.kind.signed
        obstacles = np.array([box for at in (l - 1, l) for box in self._occupied(at)])
        return weights._replace(labels=_labels(weights.touched, made, signed, obstacles))

    def _occupied(self, l: int) -> Iterator[tuple[float, float, float, float, float]]:
        """What no label may cover: a middle, half the sides, and how far to stay away."""
        for j, y in self.y[l].items():
            ringed = _has_ring(self.scene, l, j)
            yield self.x[l], y, 0, 0, 2 + (_RING if ringed else _RADIUS)
            if under := self.pills[l].get(j):
                more = _DOUBLE if under.step is self.scene.step else 0
                yield self.x[l], y + _UNDER, under.half + more, _PILL / 2 + more, 2
            if self.more(l):
                half, (aside, above) = _wide(str(j)) / 2, _INDEX
                yield self.x[l] - aside - half, y - above, half, _FONT / 2, 2


def _numbers_of_weights(scene: Scene, l: int) -> tuple[Array, Quantity | None]:
    """What stands at the weights of layer l in this step, and which quantity that is.

    Weights that the step does not touch have NaN.
    """
    numbers = np.full(scene.p.net.W[l].shape, np.nan)
    writes = scene.step.writes
    if writes.kind.at == "weights" and writes.layer == l:
        value = scene.step.value
        if writes.kind.axes[1] == "m":  # one number for each sample, at a single weight
            value = value[:, [scene.sample if value.shape[1] > 1 else 0]]
        numbers[writes.picks] = value
        return numbers, writes
    for read in scene.step.reads:
        if read.kind.at == "weights" and read.layer == l:
            earlier = [s.value for s in scene.steps[: scene.k] if s.writes == read]
            whole = earlier[-1] if earlier else scene.p.net.W[l]
            numbers[read.picks] = whole[read.picks]
            return numbers, read
    return numbers, None


def _labels(edges: Sequence[_Edge], made: bool, signed: bool, obstacles: Array) -> list[_Label]:
    """The numbers on their lines, away from one another and from the obstacles.

    None of them where there are too many, where one finds no room, or where they hide the lines.
    """
    if not 0 < len(edges) <= _MOST_LABELS:
        return []
    numbers = np.array([edge.number for edge in edges], float)
    for most in map(_wide, (_WIDEST_ON_LINE, _WIDEST_ON_LINE[:-1])):
        texts = _as_texts(numbers, most, signed)
        halves = [4 + (most if made else min(_wide(text), most)) / 2 for text in texts]
        if places := _label_places(edges, halves, obstacles):
            labels = [_Label(*places[i], text, halves[i]) for i, text in enumerate(texts)]
            hidden = _hidden_by(labels, edges)
            if hidden.max() <= _MOST_HIDDEN and hidden.mean() <= _MOST_HIDDEN_OF_ALL:
                return labels
    return []


def _hidden_by(labels: Sequence[_Label], edges: Sequence[_Edge]) -> Array:
    """Which part of each line lies behind labels."""
    middles = np.array([(each.x, each.y) for each in labels])
    halves = np.array([(each.half, _LABEL / 2) for each in labels])
    points = np.array([_points_along(edge) for edge in edges])
    behind = (np.abs(points[:, :, None] - middles) < halves).all(axis=3).any(axis=2)
    share: Array = behind.mean(axis=1)
    return share


def _points_along(edge: _Edge) -> Array:
    start, end = np.array(edge.ends, float).reshape(2, 2)
    points: Array = start + _ALONG * (end - start)
    return points


def _label_places(
    edges: Sequence[_Edge], halves: Sequence[float], obstacles: Array
) -> dict[int, tuple[float, float]]:
    """Where on their lines labels of these widths stand, if there is room for all of them."""
    lines, options = np.array([edge.ends for edge in edges], float), {}
    for i, (edge, half) in enumerate(zip(edges, halves)):
        x1, y1, x2, y2 = edge.ends
        # A level line that is alone has its label above it: in a row of neurons it is short.
        lifted = (0, _ABOVE if len(edges) == 1 and y1 == y2 else 0)
        points = _points_along(edge) - lifted
        free = points[_is_free(points, half, obstacles)]
        clear = _clearance(free, half, np.delete(lines, i, axis=0))
        far_from_middle = np.abs(free[:, 0] - (x1 + x2) / 2)
        options[i] = free[np.lexsort((far_from_middle, -clear))]
    return _side_by_side(options, halves, iter(range(_MOST_TRIES))) or {}


def _side_by_side(
    options: Mapping[int, Array], halves: Sequence[float], tries: Iterator[int]
) -> dict[int, tuple[float, float]] | None:
    """One of the points for each label such that no two meet; the one with the fewest goes first.

    Each label prefers the points at the front. None where nothing is found.
    """
    if not options:
        return {}
    i = min(options, key=lambda other: len(options[other]))
    for x, y in options[i][:_MOST_PLACES].tolist():
        if next(tries, None) is None:
            return None
        rest = {
            other: points[_is_apart(points, x, y, halves[i] + halves[other])]
            for other, points in options.items()
            if other != i
        }
        if all(len(points) for points in rest.values()):
            found = _side_by_side(rest, halves, tries)
            if found is not None:
                return {i: (x, y), **found}
    return None


def _is_apart(points: Array, x: float, y: float, width: float) -> Array:
    """Whether labels at the points stay clear of one at (x, y)."""
    apart: Array = (np.abs(points[:, 0] - x) > width + 2) | (np.abs(points[:, 1] - y) > _LABEL + 1)
    return apart


def _is_free(points: Array, half: float, obstacles: Array) -> Array:
    """Whether a label at each of the points keeps clear of all obstacles."""
    sides = obstacles[:, 2:4] + (half, _LABEL / 2)
    gaps = np.maximum(np.abs(points[:, None] - obstacles[:, :2]) - sides, 0)
    free: Array = (np.hypot(gaps[..., 0], gaps[..., 1]) >= obstacles[:, 4]).all(axis=1)
    return free


def _clearance(points: Array, half: float, lines: Array) -> Array:
    """How far a label stays from the nearest other line, up to as far as makes no difference."""
    x1, y1, x2, y2 = lines.T
    across = points[:, :1, None] + half * _ACROSS[:, None]
    heights = y1 + (across - x1) / (x2 - x1) * (y2 - y1)
    gaps: Array = np.abs(heights - points[:, 1:, None]).min(axis=(1, 2), initial=_CLEAR)
    return gaps


def _headings(sheet: _Sheet) -> Iterator[Markup]:
    """The names of the layers, and which of them are left out."""
    for l, x in sheet.x.items():
        name = f"a{layer_mark(l)}" if l else f"x = a{layer_mark(0)}"
        yield text(x, sheet.top - 50, name)
    for before, after in pairwise((-1, *sheet.scene.layers, sheet.scene.p.L + 1)):
        if after > before + 1:
            yield from _left_out(sheet, before, after)


def _left_out(sheet: _Sheet, before: int, after: int) -> Iterator[Markup]:
    """Dots between two layers, or at an edge, and above them which layers they stand for."""
    words = f"⋯ {_layers_in_words(range(before + 1, after))}"
    middles = list(sheet.y[sheet.inputs if before < 0 else before].values())
    y = middles[len(middles) // 2]
    if before < 0:
        yield join(text(8, 16, words, "bp-start"), text(20, y, "⋯"))
    elif after > sheet.scene.p.L:
        yield join(text(_WIDTH - 8, 16, words, "bp-end"), text(_WIDTH - 20, y, "⋯"))
    else:
        x = (sheet.x[before] + sheet.x[after]) / 2
        yield join(text(x, 16, words), text(x, y, "⋯"))


def _layers_in_words(layers: Sequence[int]) -> str:
    first, last = layers[0], layers[-1]
    if first == last:
        return f"layer {first}"
    return f"layers {first} {'and' if last == first + 1 else 'to'} {last}"


def _weights(sheet: _Sheet, l: int, answer: _Answer) -> Iterator[Markup]:
    """The lines into layer l; those that the step reads or makes carry their numbers."""
    weights = sheet.weights[l]
    plain = [edge for edge in weights.edges if edge.number is None]
    if plain:
        yield _path(plain, "bp-off")
    touched, made = weights.touched, weights.quantity == sheet.scene.step.writes
    strongest = max((abs(e.number or 0) for e in touched), default=0) or _TINY
    lines = join(*(_line(edge, strongest) for edge in touched))
    if made:
        # A double line is new, and the one in the middle is its number.
        middle = _path(touched, "bp-plain")
        yield join(_path(touched, "bp-under"), answer(join(middle, lines), middle))
    else:
        yield lines
    for x, y, number, half in weights.labels:
        known = _label(number, 2 * half - 4)
        inside = answer(known, _label("?")) if made else known
        yield group_at(x, y, pill(2 * half), inside, css="bp-label")


def _path(edges: Sequence[_Edge], css: str, width: float | None = None) -> Markup:
    """Several lines as one element."""
    lines = (f"M{x1} {y1}L{x2} {y2}" for x1, y1, x2, y2 in (edge.ends for edge in edges))
    return element("path", class_=css, d="".join(lines), stroke_width=width)


def _line(edge: _Edge, strongest: float) -> Markup:
    """As thick as its number is large, dashed where it is negative."""
    number = edge.number or 0.0
    sign = "bp-minus" if number < 0 else "bp-plus"
    return _path([edge], sign, 1.2 + 3 * abs(number) / strongest)


def _layer(sheet: _Sheet, l: int, answer: _Answer) -> Iterator[Markup]:
    """The neurons of layer l, and under each its pill."""
    inside = sheet.scene.column(sheet.scene.p.trace.a[l], l)
    for j in sheet.y[l]:
        yield _neuron(sheet, l, j, inside[j], answer)
        if j in sheet.pills[l]:
            yield _pill(sheet, l, j, answer)
    if more := sheet.more(l):
        yield text(sheet.x[l], max(sheet.y[l].values()) + _DOTS, more)


def _neuron(sheet: _Sheet, l: int, j: int, number: str, answer: _Answer) -> Markup:
    scene = sheet.scene
    made, blank = scene.step.writes == Quantity("a", l), _circle(0)
    parts = [element("circle", class_="bp-ring")] if _has_ring(scene, l, j) else []
    if made or scene.is_known("a", l):
        filled = join(_circle(_strength(scene, l, j)), _label(number, _INSIDE))
        parts.append(answer(filled, join(blank, _label("?"))) if made else filled)
    else:
        parts.append(blank)
    if sheet.more(l):
        parts.append(element("text", str(j), class_="bp-index"))
    on = scene.touches({"a", *_NEURON_KINDS}, l, j)
    css = "bp-node" if on else "bp-node bp-off"
    return group_at(sheet.x[l], sheet.y[l][j], *parts, css=css)


def _has_ring(scene: Scene, l: int, j: int) -> bool:
    """Whether the step computes something for a neuron."""
    writes = scene.step.writes
    return writes.covers(l, j) and (writes.name == "a" or writes.kind.at == "neurons")


def _strength(scene: Scene, l: int, j: int) -> float:
    a = scene.p.trace.a[l]
    return float(abs(scene.of_sample(a)[j]) / (np.abs(a).max() or _TINY))


def _circle(strength: float) -> Markup:
    """From almost white to sky blue, always light enough for dark figures."""
    low, high = (242, 248, 252), (86, 180, 233)
    shade = "#" + "".join(f"{round(a + strength * (b - a)):02x}" for a, b in zip(low, high))
    return element("circle", fill=shade)


def _pill(sheet: _Sheet, l: int, j: int, answer: _Answer) -> Markup:
    """The number under neuron j of layer l, with the sign of its kind."""
    step, number, half = sheet.pills[l][j]
    tag, writes, made = step.writes.kind.tag, step.writes, step is sheet.scene.step
    css = ["bp-pill"]
    if made:
        css.append("bp-made")
    elif writes.kind.signed:
        v = sheet.scene.at_neuron(step, j)
        css += ["bp-minus"] if v < 0 else ["bp-plus"] if v > 0 else []
    if not sheet.scene.touches({writes.name}, writes.layer, j):
        css.append("bp-off")
    known, unknown = _label(f"{tag} {number}", 2 * (half - _PAD)), _label(f"{tag} ?")
    inside = _box(half, made), answer(known, unknown) if made else known
    return group_at(sheet.x[l], sheet.y[l][j] + _UNDER, *inside, css=" ".join(css))


def _box(half: float, made: bool) -> Markup:
    """The outline of a pill, and another around that of one which is new."""
    if not made:
        return pill(2 * half)
    # With round ends, a thick line is an outline, and a thinner one the gap inside it.
    along = f"M{_PILL / 2 - half:.1f} 0H{half - _PILL / 2:.1f}"
    around = (element("path", class_=css, d=along) for css in ("bp-ring", "bp-plain"))
    return join(*around, pill(2 * half))


def _targets(sheet: _Sheet, answer: _Answer) -> Iterator[Markup]:
    """The targets beside the outputs, and below them the cost in the step that computes it."""
    scene, L = sheet.scene, sheet.scene.p.L
    if sheet.outputs != L:
        return
    for (j, y), target in zip(sheet.y[L].items(), sheet.targets):
        on = scene.touches({"y"}, None, j)
        yield text(sheet.x[L] + _BESIDE, y, target, "bp-start" if on else "bp-start bp-off")
    if scene.step.writes.layer is None:
        name, number = scene.step.label, sheet.cost
        half = (_wide(f"{name} = ") + _COST) / 2 + _PAD
        x = min(sheet.x[L] + 64, _WIDTH - half - 2 * _DOUBLE)
        known, unknown = (_label(f"{name} = {v}", 2 * half) for v in (number, "?"))
        inside = _box(half, True), answer(known, unknown)
        yield group_at(x, max(sheet.y[L].values()) + _UNDER, *inside, css="bp-pill bp-made")


def _track(sheet: _Sheet) -> Markup:
    """An arrow that shows how far the pass has come, from the input or back from the output.

    It is as long as the whole network, also where layers are left out above it.
    """
    writes, y, L = sheet.scene.step.writes, sheet.bottom, sheet.scene.p.L
    first, last = sheet.x[sheet.inputs], sheet.x[sheet.outputs]
    come = L if writes.layer is None else writes.layer
    back = 0.5 if writes.layer and writes.kind.at == "weights" else 0
    tip = round(first + (come - back) / L * (last - first))
    ticks = "".join(f"M{first + l / L * (last - first):.0f} {y - 7}v14" for l in range(L + 1))
    start, point = (first, 10) if writes.name in ("z", "a") else (last, -10)
    return group(
        element("path", class_="bp-off", d=ticks) if sheet.is_window else "",
        element("line", x1=first, y1=y, x2=last, y2=y),
        element("line", class_="bp-done", x1=start, y1=y, x2=tip, y2=y),
        element("path", class_="bp-tip", d=f"M{tip + point} {y} l{-1.4 * point:.0f} -8 v16 z"),
        text(last + 18, y, sheet.sample, "bp-start") if sheet.sample else "",
        css="bp-track",
    )


def _in_words(sheet: _Sheet, predict: bool) -> str:
    """What there is to see; where that would be too long, ranges for the numbers of weights."""
    scene, step, words = sheet.scene, sheet.scene.step, ""
    for in_full in (True, False):
        read = ", ".join(_seen(sheet, quantity, in_full) for quantity in step.reads)
        written = _seen(sheet, step.writes, in_full, asked=predict)
        words = " ".join(
            (
                f"{scene.count}: {step.title}{'' if step.title.endswith('?') else '.'}",
                *([f"Drawn for {sheet.sample}."] if sheet.sample else ()),
                f"Read: {read}; written: {written}.",
                *_missing(sheet),
            )
        )
        if len(words) <= _MOST_WORDS:
            break
    return words


def _missing(sheet: _Sheet) -> Iterator[str]:
    """Which layers and neurons are drawn, where not all are."""
    scene = sheet.scene
    if sheet.is_window:
        shown = ", ".join(map(str, scene.layers))
        yield f"Layers drawn: {shown} of 0 to {scene.p.L}."
    drawn = [
        f"{', '.join(map(str, scene.neurons(l)))} of {scene.p.net.sizes[l]} in layer {l}"
        for l in scene.layers
        if sheet.more(l)
    ]
    if drawn:
        yield f"Neurons drawn: {'; '.join(drawn)}."


def _seen(sheet: _Sheet, quantity: Quantity, in_full: bool, asked: bool = False) -> str:
    """A quantity, where it is drawn, and its numbers as they are drawn."""
    at_weights = quantity.kind.at == "weights"
    if at_weights:
        numbers = _on_lines(sheet, quantity, in_full)
    else:
        numbers = ", ".join(_at_neurons(sheet, quantity))
    words = _name(sheet.scene, quantity)
    if numbers:
        where = _which_lines(quantity) if at_weights else _which_neurons(sheet.scene, quantity)
        words += f" {where}" if asked else f" {where} ({numbers})"
    return f"{words}, for you to predict" if asked else words


def _name(scene: Scene, quantity: Quantity) -> str:
    """Its label, or its symbol where no single step computes it."""
    labels = (step.label for step in scene.steps if step.writes == quantity)
    layers = quantity.layers(scene.p.L)
    parts = [
        letter + (layer_mark(layers[axis]) if axis and quantity.layer is not None else "")
        for letter, axis in filter(None, (quantity.kind.top, quantity.kind.bottom))
    ]
    return next(labels, "/".join(f"∂{part}" for part in parts) if len(parts) > 1 else parts[0])


def _on_lines(sheet: _Sheet, quantity: Quantity, in_full: bool) -> str:
    """The numbers on the lines, a neuron's after another's, or between which they lie."""
    weights = sheet.weights.get(quantity.layer or 0)
    if not weights or weights.quantity != quantity:
        return ""
    if in_full and weights.labels:
        pairs = list(zip(weights.touched, weights.labels))
        neurons = dict.fromkeys(edge.j for edge, _ in pairs)
        rows = (", ".join(each.text for edge, each in pairs if edge.j == j) for j in neurons)
        return "; ".join(rows)
    numbers = np.array([edge.number for edge in weights.touched], float)
    low, high = _as_texts(numbers[[numbers.argmin(), numbers.argmax()]], _WIDTH)
    return f"from {low} to {high}"


def _at_neurons(sheet: _Sheet, quantity: Quantity) -> Iterator[str]:
    """The numbers in, under or beside the neurons that belong to the quantity."""
    scene, l = sheet.scene, sheet.scene.p.L if quantity.layer is None else quantity.layer
    if quantity.kind.axes == ("m",):
        yield sheet.cost
    elif l in scene.layers:
        inside = scene.column(scene.p.trace.a[l], l)
        beside = dict(zip(sheet.y[l], sheet.targets))
        for j in sheet.y[l]:
            under = sheet.pills[l].get(j)
            if not quantity.covers(quantity.layer, j):
                continue
            if quantity.name == "a":
                yield inside[j]
            elif quantity.name == "y":
                yield beside[j].removeprefix("y = ")
            elif under and under.step.writes.name == quantity.name:
                yield under.number


def _which_neurons(scene: Scene, quantity: Quantity) -> str:
    """Where the numbers of neurons stand."""
    if quantity.layer is None:
        return "beside the outputs" if quantity.name == "y" else "below the outputs"
    row = quantity.place[0] if quantity.place else None
    alone = scene.p.net.sizes[quantity.layer] == 1
    neurons = f"neuron {row}" if row is not None else "the neuron" if alone else "the neurons"
    return f"{'in' if quantity.name == 'a' else 'under'} {neurons} of layer {quantity.layer}"


def _which_lines(quantity: Quantity) -> str:
    """Where the numbers of weights stand."""
    l = quantity.layer or 0
    into, out = quantity.place or (None, None)
    start = f"layer {l - 1}" if out is None else f"neuron {out} of layer {l - 1}"
    end = f"layer {l}" if into is None else f"neuron {into} of layer {l}"
    return f"on the {'lines' if None in (into, out) else 'line'} from {start} to {end}"
