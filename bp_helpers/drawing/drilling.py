"""The questions of a drill as HTML: what is asked, what is given, and how it goes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from bp_helpers._html import Markup, element
from bp_helpers.exercises.drills import Question
from bp_helpers.slips import Run
from bp_helpers.steps import mathematics as write
from bp_helpers.steps.formula import Numbers, Shapes, Symbols, shape_text
from bp_helpers.steps.line import Setting, Spelling, is_call, parsed
from bp_helpers.steps.numbers import visible_indices

_DECIMALS = 10  # all that is given has one or two; the last bits differ between processors


def question_frame(q: Question, number: int, seed: int, stored: bool = False) -> Markup:
    """A question as a frame of a deck, with how it goes folded away."""
    count = f"Question {number}, seed {seed}"
    card = (
        element("div", count, class_="bp-count"),
        element("div", element("strong", q.ask), class_="bp-title"),
        *_asked(q),
        element("details", element("summary", "Show how it goes"), *_worked(q)),
    )
    return element(
        "div",
        *([element("hr")] if stored else []),
        element("div", *card, class_="bp-card"),
        class_="bp-frame bp-predict",  # what has been opened closes when the question is left
        role="group",
        aria_label=f"{count}: {q.ask}",
    )


def _asked(q: Question) -> Iterator[Markup]:
    """The quantity that is asked for, and what is given, a row each."""
    if q.run:
        setting = _setting(q, q.run)
        wanted = "(rows, columns)" if isinstance(q.value, tuple) else "to two digits"
        asking = write.beside(write.operator("?", "what?"), write.phrase(wanted))
        yield write.equation(Symbols(setting).written(parsed(q.asked)), asking)
        for row in q.given:
            yield element("div", *(_given(setting, text) for text in row), class_="bp-given")


def _given(setting: Setting, text: str) -> Markup:
    """A formula, or an array with its numbers; slopes have a name of their own in code."""
    left, _, line = text.partition(" = ")
    symbols, node = Symbols(setting), parsed(left)
    if line:
        return write.equation(symbols.written(node), symbols.written(parsed(line)))
    sides = [symbols.written(node), Numbers(setting).written(node)]
    if is_call(node, "dsigma"):
        name = f"slope[{ast.unparse(node.args[0])[2:-1]}]"
        sides.insert(0, write.Math(element("code", name), name))
    return write.equation(*sides)


def _worked(q: Question) -> Iterator[Markup]:
    """The equation, the same with the numbers or the shapes put in, and the value."""
    if q.run:
        setting, node = _setting(q, q.run), parsed(q.line)
        symbols = Symbols(setting)
        yield write.equation(symbols.written(parsed(q.asked)), symbols.written(node))
        value = setting.value(node)
        if isinstance(q.value, tuple):
            shapes = Shapes(setting)
            yield write.equation(shapes.written(node), write.operator(shape_text(value)))
        else:
            numbers = Numbers(setting)
            yield write.equation(numbers.written(node), numbers.array(value, (), signed=False))
    if q.how:
        yield element("div", q.how)


def _setting(q: Question, run: Run) -> Setting:
    """Where the lines of a question stand: the pass, with its numbers as they are given."""
    slope, one = run.net.sigma[1].slope, max(run.net.sizes) == 1
    names = {
        "np": np,
        "m": run.m,
        "y": run.y,
        "W": list(run.net.W),
        "z": run.z,
        "a": {l: np.round(a, _DECIMALS) for l, a in run.a.items()},
        "delta": {l: np.round(delta, _DECIMALS) for l, delta in run.delta.items()},
        "dsigma": lambda z: np.round(slope(z), _DECIMALS),
    }
    # Of entries a sum is written as such, and of arrays as a product.
    of_entries = one or "," in q.asked
    spelling = Spelling("w" if one else "W", entries=of_entries, sums=of_entries, single=one)
    return Setting(run.net, run.m, names, spelling, lambda _, n: visible_indices(n))
