"""What the explorers show, as HTML: a chart or blocks beside a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count, pairwise
from math import ceil, floor, log10, prod

import numpy as np

from bp_helpers._html import Markup, element
from bp_helpers._validation import counted
from bp_helpers.depth import Depth
from bp_helpers.drawing.blocks import layer_shapes, shape_sentence
from bp_helpers.drawing.curves import Axis, Curve, Point, chart
from bp_helpers.drawing.page import framed
from bp_helpers.drawing.picture import Drawing
from bp_helpers.measure import Trial
from bp_helpers.neuron import Link, Neuron, costs_along, links
from bp_helpers.steps.numbers import format_number, real_minus, superscript

NAMES = {"w": "w", "b": "b", "a_before": "a⁽⁰⁾"}
_REACH = 3.0  # how far the chart goes to both sides of the neuron
_LEAST = 1e-17  # where an error of 0 stands on an axis that has no 0
_DECIMALS = 16  # those that a double-precision number near 1 has
_SHARES = 1e-3, 1e3  # of δ of the output: what the axis shows at least
_FURTHEST = 1e-60, 1e60  # and at most


def _with_table(
    picture: Drawing, count: str, title: str, rows: Sequence[str], words: str, stored: bool
) -> Markup:
    """A picture beside a card that holds a table and what it says in words."""
    card = (
        element("div", count, class_="bp-count"),
        element("div", element("strong", title), class_="bp-title"),
        element("table", *rows),
        element("div", words),
    )
    return framed(picture, card, f"{count}: {title}", stored, "bp-table")


def _row(heading: str, *cells: str, css: str | None = None) -> Markup:
    first = element("th", heading, scope="row")
    return element("tr", first, *(element("td", c) for c in cells), class_=css)


def _head(*headings: str) -> Markup:
    return element("tr", *(element("th", heading, scope="col") for heading in headings))


def nudge_frame(neuron: Neuron, name: str, by: float, stored: bool = False) -> Markup:
    """A nudge followed link by link, beside the chart of the cost; `name` is one of NUDGED."""
    chain = links(neuron, name, by)
    first, last, symbol = chain[0], chain[-1], NAMES[name]
    secant, tangent = _slopes(chain)
    products = _quotient("Δ", first, last, secant), _quotient("∂", first, last, tangent)
    rows = [
        _head("quantity", "before", "after", "change Δ", "ratio of changes", "slope here"),
        _row(symbol, *_moved(first), "", ""),
    ]
    for before, link in pairwise(chain):
        ratio = _quotient("Δ", before, link, link.ratio)
        slope = _quotient("∂", before, link, link.slope)
        rows.append(_row(_symbol(link), *_moved(link), ratio, slope))
    rows.append(_row("product", "", "", "", *products, css="bp-total"))
    title = f"{symbol} moves by Δ{symbol} = {_signed(by, 3)}"
    picture = nudge_chart(neuron, name, by)
    return _with_table(picture, "A nudge, link by link", title, rows, _in_words(chain), stored)


def nudge_chart(neuron: Neuron, name: str, by: float) -> Drawing:
    """The cost over the nudged number, with the secant of this nudge and the tangent."""
    here, symbol, chain = getattr(neuron, name), NAMES[name], links(neuron, name, by)
    places = np.linspace(here - _REACH, here + _REACH, 61)
    costs, ends = costs_along(neuron, name, places), places[[0, -1]]
    curves = [Curve(places, costs)]
    for look, line, slope in zip(("first", "second"), ("secant", "tangent"), _slopes(chain)):
        along = neuron.C + slope * (ends - here)
        curves.append(Curve(ends, along, look, f"{line}, slope {_signed(slope)}"))
    moved = Point(chain[0].after, chain[-1].after, "after" if abs(by) > 0.3 else "")
    points = [Point(here, neuron.C, "before"), moved]
    ratios = ", ".join(_quotient("Δ", *pair, pair[1].ratio) for pair in pairwise(chain))
    alt = (
        f"The cost over {symbol}, at {symbol} = {format_number(here, 2)} and after a nudge by "
        f"{_signed(by, 3)}. Link by link, {ratios}. {_in_words(chain)}"
    )
    up = Axis("cost C", 0.0, max(0.02, 1.15 * costs.max()))
    return chart(Axis(symbol, *ends), up, curves, points, alt)


def _signed(v: float, decimals: int = 4) -> str:
    return format_number(v, decimals, signed=True)


def _symbol(link: Link) -> str:
    return NAMES.get(link.name, link.name)


def _moved(link: Link) -> tuple[str, str, str]:
    """A quantity before and after the nudge, and by how much it moved."""
    return format_number(link.before, 4), format_number(link.after, 4), _signed(link.change, 6)


def _quotient(sign: str, below: Link, above: Link, value: float | None) -> str:
    """A quotient of two changes (Δ) or a slope (∂), with its value."""
    written = "none" if value is None else _signed(value)
    return f"{sign}{_symbol(above)}/{sign}{_symbol(below)} = {written}"


def _slopes(chain: Sequence[Link]) -> tuple[float, float]:
    """The slope of the secant, and that of the tangent: the product of the local slopes."""
    tangent = prod(link.slope for link in chain if link.slope is not None)
    return chain[-1].change / chain[0].change, tangent


def _in_words(chain: Sequence[Link]) -> str:
    """Secant and tangent in words."""
    secant, tangent = map(_signed, _slopes(chain))
    return (
        f"Over this nudge the cost changes {secant} times as much as {_symbol(chain[0])}: the "
        f"slope of the secant. At the point itself the slope is {tangent}: the tangent."
    )


def shapes_frame(n_before: int, n: int, m: int, flat_bias: bool, stored: bool = False) -> Markup:
    """The arrays of one layer as blocks, with what broadcasting does to the bias."""
    picture, sentence = layer_shapes(n_before, n, m, flat_bias), shape_sentence(n, m, flat_bias)
    return framed(picture, (sentence,), sentence, stored, "bp-above")


def trial_frame(trials: Sequence[Trial], k: int, weight: str, stored: bool = False) -> Markup:
    """What is computed with the k-th h, digit by digit, beside the errors over all h."""
    t = trials[k]
    rows = (
        _row("C(w + h)", _marked(t.above, t.below, "bp-same")),
        _row("C(w − h)", _marked(t.below, t.above, "bp-same")),
        _row("central difference", _marked(t.central, t.exact, "bp-right")),
        _row("complex step", _marked(t.complex, t.exact, "bp-right")),
        _row("backward pass", element("code", _written(t.exact))),
    )
    same, _ = _shared_digits(t.above, t.below)
    words = (
        f"Crossed out: what the two costs share, {same} leading digit{'' if same == 1 else 's'}. "
        "Subtracting cancels it, and only what is left can tell the slope. Underlined: the digits "
        f"of the slope that are right. The central difference is off by {_off(t.error('central'))},"
        f" the complex step by {_off(t.error('complex'))}."
    )
    picture = error_chart(trials, weight, k)
    return _with_table(
        picture, f"The slope for {weight}", f"h = {_power(t.h)}", rows, words, stored
    )


def error_chart(trials: Sequence[Trial], weight: str, k: int | None = None) -> Drawing:
    """The relative error of both methods over h, and a mark at the k-th h if there is a k.

    The axis runs as the trials do, from the largest h to the smallest.
    """
    h = np.array([t.h for t in trials])
    low, high = _LEAST, 10.0
    central, complex_ = (
        np.clip([t.error(method) for t in trials], low, high) for method in ("central", "complex")
    )
    curves = [
        Curve(h, central, "first", "central difference"),
        Curve(h, complex_, "second", "complex step"),
    ]
    points = []
    if k is not None:
        curves.append(Curve(h[[k, k]], np.array([low, high]), "cursor"))
        points = [Point(h[k], central[k]), Point(h[k], complex_[k])]
    alt = (
        f"The relative error of the slope for {weight} over the step size h, both axes "
        "logarithmic, h smaller to the right. That of the central difference starts at "
        f"{_power(central[0])} or so for h = {_power(h[0])}, falls with h squared, and then rises "
        "again: a V. That of the complex step falls in the same way and stays at the bottom."
    )
    across = Axis("h, smaller to the right", h[0], h[-1], log=True)
    up = Axis("relative error", low, high, log=True)
    return replace(chart(across, up, curves, points, alt), varies=True)


def _shared_digits(v: float, other: float) -> tuple[int, int]:
    """How many leading digits two numbers share, and how many of those written come after."""
    if (v < 0) != (other < 0):
        return 0, 0
    # As whole numbers in units of the last decimal: the digits that differ are divided away.
    mine, others = (round(abs(Fraction(n)) * 10**_DECIMALS) for n in (v, other))
    after = next(k for k in count() if mine // 10**k == others // 10**k)
    shared = mine // 10**after
    return len(str(shared)) if shared else 0, after


def _marked(v: float, other: float, css: str) -> Markup:
    """`v` with the leading digits that it shares with `other` in a class of their own."""
    same, after = _shared_digits(v, other)
    written = _written(v)
    point = 1 if after > _DECIMALS else 0  # it comes after those digits too, and is none itself
    end = len(written) - after - point if same else 0
    return element("code", element("span", written[:end], class_=css), written[end:])


def _written(v: float) -> str:
    return real_minus(f"{v:.{_DECIMALS}f}")


def _power(h: float) -> str:
    return f"10{superscript(round(np.log10(h)))}"


def _off(error: float) -> str:
    """A relative error as a power of ten."""
    return f"about {_power(error)} of itself" if error else "nothing that 16 digits could show"


def depth_frame(
    deeper: Sequence[Depth], name: str, shares: tuple[float, float], stored: bool = False
) -> Markup:
    """How δ fares in networks of one kind: the deepest drawn, and a row for each of them.

    `name` says of which kind they are; `shares` are the ends of the axis, see `reach_of`.
    """
    rows = [_head("layers", "δ of layer 1", "δ of the output", "factor per layer")]
    rows += [_row(str(deep.layers), *_sizes_in_words(deep)) for deep in deeper]
    deepest = deeper[-1]
    title, words = f"{name}: {_fate(deepest)}", _fate_in_words(deepest)
    picture = depth_chart(deepest, name, shares)
    return _with_table(picture, "δ on its way back", title, rows, words, stored)


def depth_chart(deep: Depth, name: str, shares: tuple[float, float]) -> Drawing:
    """The size of δ in each layer, as a multiple of that of the output."""
    l = np.arange(1, deep.layers + 1)
    curves = [Curve(np.array([1.0, l[-1]]), np.ones(2), "cursor", "as large as at the output")]
    points = []
    if deep.sizes is not None and deep.sizes[deep.layers] > 0:
        share = np.array(deep.sizes[1:]) / deep.sizes[deep.layers]
        there = share > 0  # where it is 0, an axis with equal factors has no place for it
        curves.append(Curve(l[there], share[there], "first", "size of δ in each layer"))
        points = [
            Point(float(k), float(share[k - 1]))
            for k in (l[there][0], deep.layers)
            if shares[0] <= share[k - 1] <= shares[1]
        ]
    across = Axis("layer, to be read from right to left", 0.0, float(max(deep.layers, 5)))
    up = Axis("δ, as a multiple of the output's", *shares, log=True)
    alt = (
        f"{name}, {counted(deep.layers, 'layer')}: the typical size of δ in each layer, as a "
        f"multiple of that of the output, on an axis with equal factors. {_fate_in_words(deep)}"
    )
    return chart(across, up, curves, points, alt)


def reach_of(several: Sequence[Depth]) -> tuple[float, float]:
    """Between which multiples of the δ of the output the axis of all their charts runs."""
    found = [
        size / deep.sizes[deep.layers]
        for deep in several
        if deep.sizes is not None and deep.sizes[deep.layers] > 0
        for size in deep.sizes[1:]
        if size > 0
    ]
    low = floor(log10(max(min([_SHARES[0], *found]), _FURTHEST[0])))
    high = ceil(log10(min(max([_SHARES[1], *found]), _FURTHEST[1])))
    while high % ceil((high - low) / 10):  # with 10⁰ among the ten marks or so
        high += 1
    return 10.0**low, 10.0**high


def _sizes_in_words(deep: Depth) -> tuple[str, str, str]:
    if deep.sizes is None:
        return "too large", "too large", "none"
    factor = "none" if deep.factor is None else _rough(deep.factor)
    return _rough(deep.sizes[1]), _rough(deep.sizes[deep.layers]), factor


def _fate(deep: Depth) -> str:
    """What becomes of δ, in a word or two."""
    if deep.sizes is None:
        return "too large for a computer"
    if deep.layers == 1:
        return "no hidden layer"
    if deep.factor is None:
        return "δ is lost"
    share = deep.sizes[1] / deep.sizes[deep.layers]
    if 0.9 <= deep.factor <= 1.1 and 0.1 <= share <= 10:
        return "δ roughly keeps its size"
    return "δ shrinks" if deep.factor < 1 else "δ grows"


def _fate_in_words(deep: Depth) -> str:
    """The same in sentences, with numbers."""
    if deep.sizes is None:
        return (
            "On their way through the layers the numbers get larger than 10³⁰⁸, the largest that a "
            "computer knows. There is no δ to show."
        )
    if deep.layers == 1:
        return "There is no hidden layer, and so no way back: δ is that of the output."
    if deep.factor is None:
        zeros = [l for l in range(1, deep.layers + 1) if deep.sizes[l] == 0]
        every = len(zeros) == deep.layers - 1
        where = "in every hidden layer" if every else f"from layer {zeros[-1]} down to layer 1"
        return (
            f"δ is exactly 0 {where}, where the curve has no place for it. These layers are not "
            "asked to move at all."
        )
    back = deep.layers - 1
    share = deep.sizes[1] / deep.sizes[deep.layers]
    words = (
        f"Each layer multiplies δ by about {_rough(deep.factor)}. After {counted(back, 'layer')} "
        f"back, δ of layer 1 is {_rough(share)} times that of the output."
    )
    if deep.rule is None:
        return words
    return f"{words} From the sizes of weights and slopes, about {_rough(deep.rule)} is expected."


def _rough(v: float) -> str:
    """A size with two digits; far from 1 with a power of ten."""
    if v == 0:
        return "0"
    if 0.01 <= v < 100:
        return real_minus(f"{v:#.2g}").rstrip(".")
    digits, power = f"{v:.1e}".split("e")
    return f"{digits} · 10{superscript(real_minus(str(int(power))))}"
