"""The steps of a pass as HTML: a frame of the stepper, and a filmstrip that needs no kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from bp_helpers._html import Markup, element, join
from bp_helpers.drawing.network import Scene, network
from bp_helpers.steps.step import Step


def frame(scene: Scene, predict: bool = True) -> Markup:
    """One frame of the stepper: the picture beside a card.

    With `predict`, the numbers stay hidden, in the picture too, until the reader opens them.
    """
    step = scene.step
    answer = element(
        "details",
        element("summary", f"Predict, then reveal: {step.ask}"),
        element("div", step.answer, class_="bp-answer"),
        step.result,
        element("div", step.words),
        open=not predict,
    )
    card = _div(
        "bp-card",
        _div("bp-count", scene.count),
        _div("bp-title", f"{step.title} ", element("span", step.rule, class_="bp-rule")),
        step.symbols,
        _div("bp-shapes", "shapes: ", step.shapes),
        _code(step),
        *([_div("bp-numbers", step.numbers)] if step.numbers else []),
        answer,
        *_what_is_drawn(scene),
    )
    css = "bp-frame bp-predict" if predict else "bp-frame"
    return _div(css, _div("bp-picture", network(scene).svg()), card)


def _what_is_drawn(scene: Scene) -> Iterator[Markup]:
    if scene.p.m > 1:
        of = f"sample {scene.sample + 1} of {scene.p.m}"
        yield _div("bp-drawn", f"In the picture: {of}; gradients are means over all samples.")
    left_out = []
    for l, n in enumerate(scene.p.net.sizes):
        if len(shown := scene.neurons(l)) < n:
            which, what = ", ".join(map(str, shown)), f"layer {l}" if l else "the input"
            why = "|δ|" if l else "|x|"
            left_out.append(f"of {what} numbers {which} of {n} (largest\xa0{why})")
    if left_out:
        yield _div("bp-drawn", f"Shown: {'; '.join(left_out)}.")


def _div(css: str, *children: str) -> Markup:
    return element("div", *children, class_=css)


def _code(step: Step, **attributes: object) -> Markup:
    """The line after its definitions; where there is no room it breaks between factors only."""
    lines = [join(text, "\n") for text in step.definitions]
    pieces = (element("span", piece, class_="bp-piece") for piece in _pieces(step.line))
    return element("pre", *lines, *pieces, **attributes)


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


def filmstrip(scenes: Sequence[Scene]) -> Markup:
    """Every step as a small picture with its equation, line and numbers in text.

    The pictures are images with a style of their own: a notebook that has not been run yet is
    not trusted, and JupyterLab then drops inline SVG, style sheets and scripts.
    """
    return element(
        "div", *map(_still, scenes), style="display: flex; flex-wrap: wrap; align-items: flex-start"
    )


def _still(scene: Scene) -> Markup:
    step, picture = scene.step, network(scene)
    heading = element("strong", f"{scene.k + 1}. {step.title}")
    said = f"{scene.count}: {step.words}"
    return element(
        "div",
        picture.image(340, said),
        heading,
        f" ({step.rule})",
        step.symbols,
        _code(step, style="white-space: pre-wrap"),
        step.words,
        style="width: 340px; margin: 0 16px 16px 0",
    )
