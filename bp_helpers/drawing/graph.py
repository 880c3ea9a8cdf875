"""A graph of nodes, drawn from its inputs down to its output, and what each hands back up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import Array
from bp_helpers.drawing.picture import (
    Answer,
    Drawing,
    group,
    group_at,
    hidden,
    kept_back,
    label,
    text,
    told,
    wide,
)
from bp_helpers.steps.graph import Graph, Handing, Share, Vertex
from bp_helpers.steps.numbers import decimals_for, format_number

_WIDTH, _EDGE, _GAP = 640, 12, 16
_HIGH, _PITCH, _TOP = 40, 68, 14  # of a box, from one row to the next, above the first
_RING, _HEAD = 6, 9  # from a box to the outside of its double frame; the length of an arrow's head
_WIDEST = 300  # of a box
_LANE = 26  # the room for a line that passes a row
_FONT, _PAD = 14, 8
_BESIDE = 8  # the room between a name and the shape
_LINES = -8, 9  # where the two lines of text in a box stand
_LEFT = 0.5  # the part of a box with the value; the gradient stands in the rest
_MOST_NUMBERS = 6
_NARROWEST = 0.8  # to which part of its width a name is narrowed before it is cut
_SWEEPS = 5  # the last one goes up from the output
_DECIMALS, _IN_A_RANGE = 2, 3
_NOT_YET = "–"


class Edge(NamedTuple):
    """The line from a node up to the `i`-th of its parents, and the lanes that it takes."""

    child: int
    i: int
    parent: int


Slot = int | Edge  # what stands in a row: a node, or a line that passes


@dataclass(frozen=True)
class Sheet:
    """Where everything of a graph stands: in each frame at the same place."""

    graph: Graph

    @cached_property
    def edges(self) -> list[Edge]:
        """The lines that are drawn; that which closes a circle is not among them."""
        return [
            Edge(child, i, parent)
            for child, vertex in enumerate(self.graph.vertices)
            for i, parent in enumerate(vertex.parents)
            if child < parent < len(self.graph.vertices)
        ]

    @cached_property
    def rows(self) -> list[list[Slot]]:
        """The nodes of each row and the lines that pass it, each near what it leads to."""
        vertices = self.graph.vertices
        rows: list[list[Slot]] = [[] for _ in range(max(v.row for v in vertices) + 1)]
        for v, vertex in enumerate(vertices):
            rows[vertex.row].append(v)
        for edge in self.edges:
            for row in range(vertices[edge.child].row + 1, vertices[edge.parent].row):
                rows[row].append(edge)
        for sweep in range(_SWEEPS):
            upwards = sweep % 2 == 0
            order = range(1, len(rows)) if upwards else range(len(rows) - 2, -1, -1)
            for row in order:
                beside = rows[row - 1 if upwards else row + 1]
                here = [(i + 0.5) / len(rows[row]) for i in range(len(rows[row]))]
                wishes = (self._wish(slot, beside, upwards) for slot in rows[row])
                places = {
                    slot: own if wish is None else wish
                    for slot, own, wish in zip(rows[row], here, wishes)
                }
                rows[row].sort(key=lambda slot: places[slot])
        return rows

    def _wish(self, slot: Slot, beside: Sequence[Slot], upwards: bool) -> float | None:
        """Where in its row something would stand best, as seen from the row beside it, if at all.

        Parents stand from left to right as they are listed.
        """
        found = []
        for edge in self.edges:
            if slot in (edge, edge.parent if upwards else edge.child):
                end = edge.child if upwards else edge.parent
                other = edge if edge in beside else end
                found.append((beside.index(other) + 0.5 + 0.1 * edge.i) / len(beside))
        return sum(found) / len(found) if found else None

    @cached_property
    def widths(self) -> list[float]:
        """How wide the boxes of each row are."""
        widths = []
        for row in self.rows:
            boxes = sum(isinstance(slot, int) for slot in row)
            room = _WIDTH - 2 * _EDGE - _GAP * (len(row) - 1) - _LANE * (len(row) - boxes)
            widths.append(min(_WIDEST, room / max(1, boxes)))
        return widths

    @cached_property
    def x(self) -> dict[Slot | tuple[Edge, int], float]:
        """The middle of each node, and of each line in each row that it passes."""
        found: dict[Slot | tuple[Edge, int], float] = {}
        for r, row in enumerate(self.rows):
            sizes = [self.widths[r] if isinstance(slot, int) else _LANE for slot in row]
            left = (_WIDTH - sum(sizes) - _GAP * (len(row) - 1)) / 2
            for slot, size in zip(row, sizes):
                found[slot if isinstance(slot, int) else (slot, r)] = left + size / 2
                left += size + _GAP
        return found

    def y(self, row: int) -> float:
        """The middle of a row: the output stands at the bottom."""
        return _TOP + _HIGH / 2 + _PITCH * (len(self.rows) - 1 - row)

    @property
    def height(self) -> int:
        """Of the whole picture."""
        return round(self.y(0) + _HIGH / 2 + _TOP)

    def points(self, edge: Edge) -> list[tuple[float, float]]:
        """The corners of a line, from its node up to the parent."""
        child, parent = self.graph.vertices[edge.child], self.graph.vertices[edge.parent]
        passed = range(child.row + 1, parent.row)
        past = _HIGH / 2 + _RING
        lanes = [(self.x[edge, row], self.y(row) + end) for row in passed for end in (past, -past)]
        out = [other for other in self.edges if other.child == edge.child]
        into = [other for other in self.edges if other.parent == edge.parent]
        return [
            (self._port(edge, out, edge.child, up=True), self.y(child.row) - _HIGH / 2),
            *lanes,
            (self._port(edge, into, edge.parent, up=False), self.y(parent.row) + _HIGH / 2),
        ]

    def _port(self, edge: Edge, several: Sequence[Edge], node: int, up: bool) -> float:
        """Where along its side a box has the end of one of several lines."""

        def leads_to(other: Edge) -> tuple[float, int]:
            row = self.graph.vertices[node].row + (1 if up else -1)
            end = other.parent if up else other.child
            return self.x.get((other, row), self.x[end]), other.i

        order = sorted(several, key=leads_to)
        share = (order.index(edge) + 1) / (len(order) + 1) - 0.5
        return self.x[node] + 0.7 * self.widths[self.graph.vertices[node].row] * share


def _known(known: str, _unknown: str) -> Markup:
    return group(known)


def graph_picture(graph: Graph, k: int, predict: bool = False) -> Drawing:
    """The graph at step k of its backward pass, or after the last one.

    What the step hands on is in class `bp-new`; with `predict` a question mark stands in its place.
    """
    sheet = Sheet(graph)
    return Drawing(
        _body(sheet, k, hidden if predict else told),
        _WIDTH,
        sheet.height,
        _alt(graph, k, predict),
        css="bp-graph",
        asking=partial(_body, sheet, k, kept_back) if predict else None,
    )


def step_at(graph: Graph, k: int) -> Handing | None:
    """Step k of the pass; None after the last one."""
    return graph.steps[k] if k < len(graph.steps) else None


def _body(sheet: Sheet, k: int, answer: Answer) -> Markup:
    lines = [_line(sheet, edge, k) for edge in sheet.edges]
    boxes = [_box(sheet, v, k, answer) for v in range(len(sheet.graph.vertices))]
    return join(*_closing(sheet), *lines, *boxes)


def _line(sheet: Sheet, edge: Edge, k: int) -> Markup:
    """A line: pale before anything has gone along it, with an arrow after that."""
    graph, step = sheet.graph, step_at(sheet.graph, k)
    *points, (x, y) = sheet.points(edge)
    is_now = step is not None and step.of == edge.child
    is_past = any(s.of == edge.child and s.shares for s in graph.steps[: k + 1])
    if not is_past:
        return element("path", class_="bp-off", d=_path([*points, (x, y)]))
    # The head stands upright outside the frame, however flat the line comes in.
    tip = y + (_RING if _is_made(step, edge.parent) else 1)
    css = "bp-handed bp-now" if is_now else "bp-handed"
    line = element("path", class_=css, d=_path([*points, (x, tip + _HEAD)]))
    head = f"M{x:.0f} {tip:.0f}l-6 {_HEAD}h12z"
    return join(line, element("path", class_="bp-head", d=head))


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points)


def _is_made(step: Handing | None, v: int) -> bool:
    """Whether a step hands something to node v."""
    return step is not None and any(share.to == v for share in step.shares)


def _closing(sheet: Sheet) -> Iterator[Markup]:
    """The line that closes a circle, dashed, at the side of all others."""
    if circle := sheet.graph.circle:
        first, last = sheet.y(0), sheet.y(len(circle) - 1)
        half = sheet.widths[0] / 2
        x, away = _WIDTH / 2 + half, 60 if len(circle) > 1 else 50
        start, end = (last - 8, first + 8) if len(circle) > 1 else (last - 12, first + 12)
        path = f"M{x:.0f} {start:.0f}h{away}V{end:.0f}h-{away}"
        middle = (start + end) / 2
        if sheet.graph.is_open:  # with a gap, for the nodes that are not drawn
            path = f"M{x:.0f} {start:.0f}h{away}V{middle - 16:.0f}M{x:.0f} {end:.0f}h{away}"
            path += f"V{middle + 16:.0f}"
            yield text(x + away, middle, "⋯")
        yield element("path", class_="bp-circle", d=path)
        yield text(x + away / 2, middle - 6 * (len(circle) == 1), "circle")


def _box(sheet: Sheet, v: int, k: int, answer: Answer) -> Markup:
    """A node: its name, shape and value, and beside them the gradient as far as it has come."""
    graph, vertex = sheet.graph, sheet.graph.vertices[v]
    step, w = step_at(graph, k), sheet.widths[vertex.row]
    left, right = _LEFT * w, (1 - _LEFT) * w
    is_read = step is not None and step.of == v
    is_made = _is_made(step, v)
    css = "bp-vertex" + " bp-read" * is_read + " bp-made" * is_made
    value = _fitting(vertex.value, left - 2 * _PAD, signed=False)
    middle = -w / 2 + left / 2, w / 2 - right / 2
    more = max(vertex.parents, default=0) >= len(graph.vertices)  # parents that are not drawn
    parts = [
        group_at(0, -_HIGH / 2 - 8, element("text", "⋯")) if more else "",
        _rect(-w / 2, w, is_made),
        element("path", class_="bp-wall", d=f"M{left - w / 2:.0f} {-_HIGH // 2}v{_HIGH}"),
        *_heading(vertex, -w / 2 + _PAD, left - 2 * _PAD),
        group_at(middle[0], _LINES[1], label(value, left - _PAD, _FONT)),
        *_gradient(graph, v, k, middle[1], right - _PAD, answer if is_made else _known),
    ]  # fmt: skip
    return group_at(sheet.x[v], sheet.y(vertex.row), *parts, css=css)


def _heading(vertex: Vertex, x: float, room: float) -> Iterator[Markup]:
    """What a node is called and by what it was computed, and its shape."""
    shape = str(vertex.value.shape) if vertex.value.ndim else "number"
    if not vertex.value.ndim and wide(vertex.label, _FONT) > room - wide(shape, _FONT) - _BESIDE:
        shape = ""  # that it is a number can be seen
    half = (room - wide(shape, _FONT) - _BESIDE) / 2
    name = _shortened(vertex, 2 * half)
    if wide(name, _FONT) <= 2 * half:
        yield text(x, _LINES[0], name, "bp-start bp-strong")
    else:
        yield group_at(x + half, _LINES[0], label(name, 2 * half, _FONT), css="bp-strong")
    if shape:
        yield text(x + room, _LINES[0], shape, "bp-end bp-shape")


def _shortened(vertex: Vertex, room: float) -> str:
    """What a node is called and by what it was computed, or its name, cut if that is too long."""
    most, name = room / _NARROWEST, vertex.called
    by = f", by {vertex.op}" if vertex.op and vertex.name else ""
    for whole in (vertex.label + by, vertex.label):
        if wide(whole, _FONT) <= most:
            return whole
    while len(name) > 1 and wide(f"{name}…{vertex.which}", _FONT) > most:
        name = name[:-1]
    return f"{name}…{vertex.which}"


def _rect(x: float, w: float, made: bool) -> Markup:
    """The outline of a box, and another around that of one which gets something."""
    outer = {"x": x - 4, "y": -_HIGH / 2 - 4, "width": w + 8, "height": float(_HIGH + 8)}
    inner = {"x": x, "y": -_HIGH / 2, "width": w, "height": float(_HIGH)}
    ring = element("rect", class_="bp-ring", rx=9, **outer) if made else ""
    return join(ring, element("rect", rx=6, **inner))


def _gradient(
    graph: Graph, v: int, k: int, x: float, room: float, answer: Answer
) -> Iterator[Markup]:
    """How many shares have come to a node, and their sum."""
    uses, shares = graph.vertices[v].uses, graph.arrived(v, k)
    if graph.circle or (not shares and v):
        yield group_at(x, 0, element("text", _NOT_YET), css="bp-off")
        return
    heading = "gradient" if uses < 2 or not v else f"{len(shares)} of {uses} shares"
    known = graph.gradient(0) if not shares else shares[-1].after
    number = graph.lack(v) if known is None else _fitting(known, room, signed=True)
    yield answer(
        _two_lines(x, label(heading, room, _FONT), label(number, room, _FONT)),
        _two_lines(x, element("text", "gradient"), element("text", "?")),
    )


def _two_lines(x: float, heading: Markup, number: Markup) -> Markup:
    above, below = _LINES
    return join(group_at(x, above, heading, css="bp-heading"), group_at(x, below, number))


def _fitting(array: Array, room: float, signed: bool) -> str:
    """The numbers, or their range, or at last the shape: as much as finds room."""
    shape = f"shape {array.shape}"
    if not array.size:
        return shape
    if not np.isfinite(array).all():
        return "not finite"
    fewest = decimals_for(array) if decimals_for(array) <= _DECIMALS else _DECIMALS
    decimals = decimals_for(array)
    for tried in dict.fromkeys((min(decimals, 4), min(decimals, 3), fewest)):
        if array.size <= _MOST_NUMBERS and array.ndim <= 2:
            written = "; ".join(
                ", ".join(format_number(n, tried, signed) for n in row)
                for row in np.atleast_2d(array.T if array.ndim == 2 and array.shape[1] == 1
                                         else array)
            )  # fmt: skip
            if wide(written, _FONT) <= room and is_told(array, tried):
                return written
    for tried in dict.fromkeys((min(decimals, _IN_A_RANGE), fewest)):
        low, high = (own_digits(n, tried, signed) for n in (array.min(), array.max()))
        if wide(f"{low} … {high}", _FONT) <= room:
            return f"{low} … {high}"
    return shape


def own_digits(v: float, decimals: int, signed: bool) -> str:
    """A number with so many decimals, or more where it would be written as 0 and is not."""
    one = np.array([v])
    enough = decimals if is_told(one, decimals) else decimals_for(one)
    return format_number(v, enough, signed)


def is_told(array: Array, decimals: int) -> bool:
    """Whether no number but 0 would be written as 0."""
    return bool(((np.abs(array) >= 0.5 * 10.0**-decimals) | (array == 0)).all())


def _alt(graph: Graph, k: int, predict: bool) -> str:
    """The picture in words."""
    names = [vertex.label for vertex in graph.vertices]
    if graph.circle:
        rest = ["others that are not drawn"] if graph.is_open else []
        return f"A graph that goes round in a circle: {', '.join((*names, *rest, names[0]))}."
    step, which = step_at(graph, k), f"{len(names)} of {graph.total} nodes"
    nodes = which if len(names) < graph.total else f"{len(names)} node{'s' * (len(names) > 1)}"
    start = f"A graph of {nodes}, from the inputs at the top to {names[0]} at the bottom."
    if step is None:
        ends = [v for v, vertex in enumerate(graph.vertices) if not vertex.parents]
        gradients = [f"{names[v]}: {_in_words(graph.gradient(v))}" for v in ends[:_MOST_NUMBERS]]
        gradients += ["and so on"] if len(ends) > len(gradients) else []
        return f"{start} The gradients at its ends: {'; '.join(gradients) or 'not drawn'}."
    if step.gradient is None:
        return f"{start} {names[step.of]} can hand nothing on: its gradient is not known."
    gradient = _in_words(step.gradient)
    given = [names[share.to] for share in step.shares]
    if not predict:
        given = [f"{to} (share {which_share(graph, s, k)})" for to, s in zip(given, step.shares)]
    handed = " and ".join(dict.fromkeys(given)) or "nobody who is drawn"
    asked = " What it hands on is for you to predict." if predict else ""
    return (
        f"{start} {names[step.of]} has its gradient, {gradient}, and hands on to {handed}.{asked}"
    )


def _in_words(gradient: Array | None) -> str:
    return "not known" if gradient is None else _fitting(gradient, 200, signed=True)


def which_share(graph: Graph, share: Share, k: int) -> str:
    """Which of its shares a parent gets: 1 of 2."""
    earlier = graph.arrived(share.to, k - 1)
    step = graph.steps[k].shares
    mine = [each for each in step if each.to == share.to]
    return f"{len(earlier) + 1 + _place(mine, share)} of {graph.vertices[share.to].uses}"


def _place(several: Sequence[Share], one: Share) -> int:
    return next(i for i, each in enumerate(several) if each is one)
