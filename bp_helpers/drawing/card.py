"""The steps of a pass as HTML: a picture beside a card with its equation, line and numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from bp_helpers._html import HIDDEN, Markup, element, join
from bp_helpers.drawing.network import network
from bp_helpers.drawing.page import Choice, deck, framed, that_fit
from bp_helpers.drawing.scene import Mine, Scene
from bp_helpers.steps import mathematics as write
from bp_helpers.steps.numbers import decimals_for, visible_indices
from bp_helpers.steps.step import Step


def frame(scene: Scene, predict: bool = True, stored: bool = False) -> Markup:
    """One frame of a deck: the picture of the step beside its card.

    With `predict`, the numbers stay hidden, in the picture too, until the reader opens them.
    `stored`, the frame can also be read where styles are stripped.
    """
    step = scene.step
    answer = element(
        "details",
        element("summary", f"Predict, then reveal: {step.ask}"),
        element("div", step.answer, class_="bp-answer"),
        step.result,
        *_yours(scene),
        element("div", step.words),
        open=not predict,
    )
    rule = element("span", step.rule, class_="bp-rule")
    card = (
        _div("bp-count", scene.count),
        _div("bp-title", element("strong", step.title), " ", rule),
        step.symbols,
        _div("bp-shapes", "shapes: ", step.shapes),
        _code(step),
        # A matrix in a line of text needs a style sheet.
        *([element("div", step.numbers, class_="bp-numbers", **HIDDEN)] if step.numbers else []),
        answer,
        *_what_is_drawn(scene),
    )
    said = f"{scene.count}: {step.title}{f' ({scene.mark})' if scene.mark else ''}"
    return framed(network(scene, predict), card, said, stored, "bp-predict" * predict)


def deck_of_steps(
    scenes: Sequence[Scene], predict: bool, stored: bool = False, chosen: int = 0
) -> Markup:
    """A frame for each step; of a long pass, as many as are stored, and which are not."""
    every = [frame(scene, predict, stored) for scene in scenes]
    frames = that_fit(every) if stored else every
    steps, n, unit = [scene.step for scene in scenes[: len(frames)]], len(frames), scenes[0].unit
    rows = ["cost" if step.writes.layer is None else f"layer {step.writes.layer}" for step in steps]
    choice = Choice("step", unit.lower(), [_label(scene) for scene in scenes[:n]], rows)
    page = deck([choice], frames, [min(chosen, n - 1)])
    if mine := scenes[0].mine:
        page = join(_div("bp-verdict", mine.summary), page)
    rest = f"{unit}s {n + 1} to {len(every)} are not stored here: run this cell to see them."
    return join(page, _div("bp-drawn", rest)) if n < len(every) else page


def _label(scene: Scene) -> str:
    """What stands on the button of a step; a sign in front where the reader's value is wrong."""
    if not scene.mark:
        return scene.step.label
    css = "bp-mark bp-first" if scene.mark.endswith("first") else "bp-mark"
    told = element("span", f"({scene.mark})", class_="bp-spoken")
    return join(element("span", "✗", class_=css), f" {scene.step.label} ", told)


def _yours(scene: Scene) -> Iterator[Markup]:
    """The reader's own value, where it is another than the right one, and what is said of it."""
    if scene.mine is None or scene.k not in scene.mine.problems:
        return
    shown = _own_value(scene, scene.mine) if scene.mark else ()
    verdict, more = scene.mine.verdict(scene.k)
    rest = [element("span", more, class_="bp-more")] if more else []
    css = "bp-yours" + " bp-parts" * bool(scene.mark) + " bp-first" * scene.mark.endswith("first")
    yield element("div", *shown, element("div", verdict, *rest), class_=css)


def _own_value(scene: Scene, mine: Mine) -> Iterator[Markup]:
    """The reader's value, written as the right one is; nothing where it is no table of numbers."""
    value, p, writes = mine.value(scene.k), scene.p, scene.step.writes
    if value.ndim > 2 or not value.size or not np.isfinite(value).all():
        return
    signed, layers, table = writes.kind.signed, writes.layers(p.L), np.atleast_2d(value)
    if value.size == 1:
        number = write.number(value.item(), decimals_for(value), signed)
        yield write.equation(write.phrase("yours"), number)
        return
    rows, columns = (
        p.drawn[l] if (l := layers.get(axis)) is not None and p.net.sizes[l] == n
        else visible_indices(n)
        for axis, n in zip(writes.kind.axes, table.shape)
    )  # fmt: skip
    yield write.equation(write.phrase("yours"), write.matrix(table, rows, columns, signed))


def _what_is_drawn(scene: Scene) -> Iterator[Markup]:
    if one := scene.sample_name:
        yield _div("bp-drawn", f"In the picture: {one}; gradients are means over all samples.")
    left_out = []
    for l in scene.layers:
        n = scene.p.net.sizes[l]
        if len(shown := scene.neurons(l)) < n:
            which, what = ", ".join(map(str, shown)), f"layer {l}" if l else "the input"
            why = "|δ|" if l else "|x|"
            left_out.append(f"of {what} numbers {which} of {n} (largest\xa0{why})")
    if left_out:
        yield _div("bp-drawn", f"Shown: {'; '.join(left_out)}.")


def _div(css: str, *children: str) -> Markup:
    return element("div", *children, class_=css)


def _code(step: Step) -> Markup:
    """The line after its definitions; where there is no room it breaks between factors only."""
    lines = [join(text, "\n") for text in step.definitions]
    pieces = (element("span", piece, class_="bp-piece") for piece in _pieces(step.line))
    return element("pre", *lines, *pieces)


@lru_cache(maxsize=1024)  # every move of a number writes the same lines again
def _pieces(line: str) -> tuple[str, ...]:
    raw = line.encode()  # the offsets of a syntax tree count bytes
    cuts = [0, *sorted(_cuts(ast.parse(raw).body[0].value, raw)), len(raw)]  # type: ignore[attr-defined]
    return tuple(raw[start:end].decode() for start, end in pairwise(cuts))


def _cuts(node: ast.expr, raw: bytes) -> Iterator[int]:
    """The places in front of the signs of an outermost product, and of the loops of a sum."""
    if isinstance(node, ast.BinOp):
        end = node.left.end_col_offset or 0
        closing = len(raw) - len(raw[end:].lstrip(b")"))
        yield closing + 1
        if closing == end:
            yield from _cuts(node.left, raw)
    elif isinstance(node, ast.Call) and isinstance(node.args[0], ast.GeneratorExp):
        yield from _cuts(node.args[0].elt, raw)
        yield from (loop.target.col_offset - len("for ") for loop in node.args[0].generators)
