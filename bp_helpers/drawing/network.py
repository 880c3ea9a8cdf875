"""A `Step` drawn as a network: what it reads and writes stands out, the rest steps back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from bp_helpers._html import Markup, element, join
from bp_helpers.drawing.labels import Edge
from bp_helpers.drawing.layout import BESIDE, DOUBLE, PAD, PILL, UNDER, WIDTH, Sheet
from bp_helpers.drawing.picture import (
    Answer,
    Drawing,
    group,
    group_at,
    hidden,
    kept_back,
    label,
    pill,
    text,
    told,
)
from bp_helpers.drawing.scene import FONT, IN_COST, IN_NEURON, Scene, text_width
from bp_helpers.drawing.words import in_words
from bp_helpers.steps.numbers import chip
from bp_helpers.steps.step import Quantity

_DOTS = 74  # how far below a neuron it stands what is left out
_TINY = 1e-300  # so that nothing is divided by 0


def network(scene: Scene, predict: bool = False) -> Drawing:
    """The picture of one step.

    What the step computes is in class `bp-new`. With `predict`, the reader is asked for it: a
    question mark in class `bp-ask` stands in its place, and the words do not tell it.
    """
    sheet = Sheet(scene)
    return Drawing(
        _body(sheet, hidden if predict else told),
        WIDTH,
        sheet.height,
        in_words(sheet, predict),
        css="bp-network",
        asking=partial(_body, sheet, kept_back) if predict else None,
    )


def _body(sheet: Sheet, answer: Answer) -> Markup:
    return join(
        *_headings(sheet),
        *(part for l in sheet.lines for part in _weights(sheet, l, answer)),
        *(part for l in sheet.scene.layers for part in _layer(sheet, l, answer)),
        *_targets(sheet),
        *_cost(sheet, answer),
        _track(sheet),
    )


def _headings(sheet: Sheet) -> Iterator[Markup]:
    """The names of the layers, and which of them are left out."""
    for l, x in sheet.x.items():
        name = chip("a" if l else "x = a", l)
        yield text(x, sheet.top - 50, name)
    for before, after in pairwise((-1, *sheet.x, sheet.scene.p.L + 1)):
        if after > before + 1:
            yield _left_out(sheet, before, after)


def _left_out(sheet: Sheet, before: int, after: int) -> Markup:
    """Dots between two layers, or at an edge, and above them which layers they stand for."""
    first, last = before + 1, after - 1
    several = f"layers {first} {'and' if last == first + 1 else 'to'} {last}"
    words = f"⋯ layer {first}" if first == last else f"⋯ {several}"
    middles = list(sheet.y[max(before, min(sheet.y))].values())
    y = middles[len(middles) // 2]
    if before < 0:
        return join(text(8, 16, words, "bp-start"), text(20, y, "⋯"))
    if after > sheet.scene.p.L:
        return join(text(WIDTH - 8, 16, words, "bp-end"), text(WIDTH - 20, y, "⋯"))
    x = (sheet.x[before] + sheet.x[after]) / 2
    return join(text(x, 16, words), text(x, y, "⋯"))


def _weights(sheet: Sheet, l: int, answer: Answer) -> Iterator[Markup]:
    """The lines into layer l; those that the step reads or makes carry their numbers."""
    plain, touched, labels = sheet.lines[l]
    made = sheet.scene.on_lines(l) == sheet.scene.step.writes
    if plain:
        yield _path(plain, "bp-off")
    strongest = max((abs(edge.number) for edge in touched), default=0) or _TINY
    lines = join(*(_line(edge, strongest) for edge in touched))
    if made:
        # A double line is new, and the one in the middle is its number.
        middle = _path(touched, "bp-plain")
        yield join(_path(touched, "bp-under"), answer(join(middle, lines), middle))
    else:
        yield lines
    for x, y, number, half in labels:
        known, unknown = label(number, 2 * half - 4, FONT), element("text", "?")
        inside = answer(known, unknown) if made else known
        yield group_at(x, y, pill(2 * half), inside, css="bp-label")


def _path(edges: Sequence[Edge], css: str, width: float | None = None) -> Markup:
    """Several lines as one element."""
    lines = (f"M{x1} {y1}L{x2} {y2}" for x1, y1, x2, y2 in (edge.ends for edge in edges))
    return element("path", class_=css, d="".join(lines), stroke_width=width)


def _line(edge: Edge, strongest: float) -> Markup:
    """As thick as its number is large, dashed where it is negative."""
    sign = "bp-minus" if edge.number < 0 else "bp-plus"
    return _path([edge], sign, 1.5 + 3 * abs(edge.number) / strongest)


def _layer(sheet: Sheet, l: int, answer: Answer) -> Iterator[Markup]:
    """The neurons of layer l, and under each its pill."""
    a = sheet.scene.p.trace.a[l]
    strengths = np.abs(sheet.scene.of_sample(a)) / (np.abs(a).max() or _TINY)
    for j in sheet.y[l]:
        yield _neuron(sheet, l, j, float(strengths[j]), answer)
        if j in sheet.pills[l]:
            yield _pill(sheet, l, j, answer)
    if more := sheet.scene.more(l):
        yield text(sheet.x[l], max(sheet.y[l].values()) + _DOTS, more)


def _neuron(sheet: Sheet, l: int, j: int, strength: float, answer: Answer) -> Markup:
    """A circle as dark as the activation is large, around the number."""
    scene, a = sheet.scene, Quantity("a", l)
    parts = [element("circle", class_="bp-ring")] if scene.writes_neuron(l, j) else []
    filled = join(_circle(strength), label(scene.activations[l][j], IN_NEURON, FONT))
    if scene.step.writes == a:
        parts.append(answer(filled, join(_circle(0), element("text", "?"))))
    else:
        parts.append(_circle(0) if a in scene.to_come else filled)
    if scene.more(l):
        parts.append(element("text", str(j), class_="bp-index"))
    css = "bp-node" if scene.touches_neuron(l, j) else "bp-node bp-off"
    return group_at(sheet.x[l], sheet.y[l][j], *parts, css=css)


def _circle(strength: float) -> Markup:
    """From almost white to sky blue, always light enough for dark figures."""
    low, high = (242, 248, 252), (86, 180, 233)
    shade = "#" + "".join(f"{round(a + strength * (b - a)):02x}" for a, b in zip(low, high))
    return element("circle", fill=shade)


def _pill(sheet: Sheet, l: int, j: int, answer: Answer) -> Markup:
    """The number under neuron j of layer l, with the sign of its kind."""
    step, made, number, half = sheet.pills[l][j]
    kind, css = step.writes.kind, ["bp-pill"]
    if made:
        css.append("bp-made")
    elif kind.signed:
        v = sheet.scene.at_neuron(step, j)
        css += ["bp-minus"] if v < 0 else ["bp-plus"] if v > 0 else []
    if not sheet.scene.touches({step.writes.name}, l, j):
        css.append("bp-off")
    known = label(f"{kind.tag} {number}", 2 * (half - PAD), FONT)
    inside = answer(known, element("text", f"{kind.tag} ?")) if made else known
    return group_at(sheet.x[l], sheet.y[l][j] + UNDER, _box(half, made), inside, css=" ".join(css))


def _box(half: float, made: bool) -> Markup:
    """The outline of a pill, and another around that of one which is new."""
    if not made:
        return pill(2 * half)
    # With round ends, a thick line is an outline, and a thinner one the gap inside it.
    along = f"M{PILL / 2 - half:.1f} 0H{half - PILL / 2:.1f}"
    around = (element("path", class_=css, d=along) for css in ("bp-ring", "bp-plain"))
    return join(*around, pill(2 * half))


def _targets(sheet: Sheet) -> Iterator[Markup]:
    """The targets beside the outputs."""
    L = sheet.scene.p.L
    for j, target in sheet.scene.targets.items():
        css = "bp-start" if sheet.scene.touches({"y"}, None, j) else "bp-start bp-off"
        yield text(sheet.x[L] + BESIDE, sheet.y[L][j], f"y = {target}", css)


def _cost(sheet: Sheet, answer: Answer) -> Iterator[Markup]:
    """The cost below the outputs, in the step that computes it."""
    scene, L = sheet.scene, sheet.scene.p.L
    if scene.step.writes.layer is None:
        start = f"{scene.step.label} = "
        half = (text_width(start) + IN_COST) / 2 + PAD
        x = min(sheet.x[L] + 64, WIDTH - half - 2 * DOUBLE)
        known, unknown = (label(start + v, 2 * half, FONT) for v in (scene.cost, "?"))
        inside = _box(half, made=True), answer(known, unknown)
        yield group_at(x, max(sheet.y[L].values()) + UNDER, *inside, css="bp-pill bp-made")


def _track(sheet: Sheet) -> Markup:
    """An arrow that shows how far the pass has come, from the input or back from the output.

    It is as long as the whole network, also where layers are left out above it.
    """
    scene, writes, y, L = sheet.scene, sheet.scene.step.writes, sheet.bottom, sheet.scene.p.L
    first, last = min(sheet.x.values()), max(sheet.x.values())
    come = L if writes.layer is None else writes.layer
    back = 0.5 if writes.layer and writes.kind.at == "weights" else 0
    tip = round(first + (come - back) / L * (last - first))
    ticks = "".join(f"M{first + l / L * (last - first):.0f} {y - 7}v14" for l in range(L + 1))
    start, point = (first, 10) if writes.name in ("z", "a") else (last, -10)
    return group(
        element("path", class_="bp-off", d=ticks) if scene.is_window else "",
        element("line", x1=first, y1=y, x2=last, y2=y),
        element("line", class_="bp-done", x1=start, y1=y, x2=tip, y2=y),
        element("path", class_="bp-tip", d=f"M{tip + point} {y} l{-1.4 * point:.0f} -8 v16 z"),
        text(last + 18, y, scene.sample_name, "bp-start") if scene.sample_name else "",
        css="bp-track",
    )
