"""What the explorers show, as HTML: a chart or blocks beside a card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from itertools import pairwise, takewhile

import numpy as np

from bp_helpers.blocks import STYLE as BLOCKS_STYLE
from bp_helpers.blocks import Drawing, layer_shapes, shape_sentence
from bp_helpers.chart import STYLE as CHART_STYLE
from bp_helpers.chart import Axis, Curve, Point, chart
from bp_helpers.frames import STYLE as FRAME_STYLE
from bp_helpers.gradcheck import Trial
from bp_helpers.neuron import Link, Neuron, costs_along, links
from bp_helpers.steps import number, power_mark

NAMES = {"w": "w", "b": "b", "a_before": "a⁽⁰⁾"}
_REACH = 3.0  # how far the chart goes to both sides of the neuron
_LEAST = 1e-17  # where an error of 0 stands on an axis that has no 0
_DIGITS = 16  # decimals that a double-precision number near 1 has

STYLE = (
    FRAME_STYLE
    + CHART_STYLE
    + BLOCKS_STYLE
    + """
.bp-frame .bp-card.bp-table{flex-basis:590px;overflow-x:auto}
.bp-card table{border-collapse:collapse;margin:8px 0;font-size:13px;
font-variant-numeric:tabular-nums}
.bp-card th,.bp-card td{padding:3px 5px;text-align:right;white-space:nowrap;border-bottom:1px solid
var(--jp-border-color2,#ddd)}
.bp-card th{font-weight:600;text-align:right}
.bp-card th:first-child{text-align:left}
.bp-card tr.bp-total td,.bp-card tr.bp-total th{border-bottom:none;font-weight:600}
.bp-card .bp-same{color:var(--jp-content-font-color2,#555);text-decoration:line-through}
.bp-card .bp-right{font-weight:700;text-decoration:underline}
"""
)


def _framed(picture: Drawing, count: str, title: str, card: str) -> str:
    return (
        f'<div class="bp-frame"><div class="bp-picture">{picture.svg()}</div>'
        f'<div class="bp-card bp-table"><div class="bp-count">{count}</div>'
        f'<div class="bp-title">{escape(title)}</div>{card}</div></div>'
    )


def still(pictures: Sequence[Drawing], width: int = 420) -> str:
    """Pictures side by side with their words, for where no kernel has run."""
    each = (
        f'<div style="width: {min(width, picture.width)}px; margin: 0 16px 16px 0">'
        f"{picture.image(min(width, picture.width))}<br>{escape(picture.alt)}</div>"
        for picture in pictures
    )
    return f'<div style="display: flex; flex-wrap: wrap">{"".join(each)}</div>'


def nudge_frame(neuron: Neuron, name: str, by: float) -> str:
    """A nudge followed link by link, beside the chart of the cost; `name` is one of NUDGED."""
    chain = links(neuron, name, by)
    symbol = NAMES[name]
    rows = "".join(_row(before, link) for before, link in zip([None, *chain], chain))
    table = (
        "<table><tr><th>quantity</th><th>before</th><th>after</th><th>change Δ</th>"
        f"<th>ratio of changes</th><th>slope here</th></tr>{rows}{_total(symbol, chain)}</table>"
    )
    title = f"{symbol} moves by Δ{symbol} = {number(by, 3, signed=True)}"
    card = f"{table}<div>{_in_words(chain)}</div>"
    return _framed(nudge_chart(neuron, name, by), "A nudge, link by link", title, card)


def _symbol(link: Link) -> str:
    return NAMES.get(link.name, link.name)


def _ratio(before: Link, link: Link) -> str:
    ratio = "none" if link.ratio is None else number(link.ratio, 4, signed=True)
    return f"Δ{_symbol(link)}/Δ{_symbol(before)} = {ratio}"


def _row(before: Link | None, link: Link) -> str:
    cells = [number(link.before, 4), number(link.after, 4), number(link.change, 6, signed=True)]
    if before is None:
        cells += ["", ""]
    else:
        slope = f"∂{_symbol(link)}/∂{_symbol(before)} = {number(link.slope, 4, signed=True)}"
        cells += [_ratio(before, link), slope]
    return f"<tr><th>{_symbol(link)}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _slopes(chain: list[Link]) -> tuple[float, float]:
    """The slope of the secant, and that of the tangent: the product of the local slopes."""
    tangent = float(np.prod([link.slope for link in chain[1:]]))
    return chain[-1].change / chain[0].change, tangent


def _total(symbol: str, chain: list[Link]) -> str:
    secant, tangent = (number(v, 4, signed=True) for v in _slopes(chain))
    return (
        '<tr class="bp-total"><th>product</th><td></td><td></td><td></td>'
        f"<td>ΔC/Δ{symbol} = {secant}</td><td>∂C/∂{symbol} = {tangent}</td></tr>"
    )


def _in_words(chain: list[Link]) -> str:
    """Secant and tangent in words."""
    secant, tangent = _slopes(chain)
    return (
        f"Over this nudge the cost changes {number(secant, 4, signed=True)} times as much as "
        f"{_symbol(chain[0])}: the slope of the secant. At the point itself the slope is "
        f"{number(tangent, 4, signed=True)}: the tangent."
    )


def nudge_chart(neuron: Neuron, name: str, by: float) -> Drawing:
    """The cost over the nudged number, with the secant of this nudge and the tangent."""
    here, C, symbol = getattr(neuron, name), neuron.C, NAMES[name]
    across = Axis(symbol, here - _REACH, here + _REACH)
    places = np.linspace(across.low, across.high, 61)
    costs = costs_along(neuron, name, places)
    up = Axis("cost C", 0.0, max(0.02, 1.15 * costs.max()))
    ends = np.array([across.low, across.high])
    curves = [Curve(places, costs)]
    chain = links(neuron, name, by)
    slopes = _slopes(chain)
    for look, line, slope in zip(("first", "second"), ("secant", "tangent"), slopes):
        heading = f"{line}, slope {number(slope, 4, signed=True)}"
        curves.append(Curve(ends, C + slope * (ends - here), look, heading))
    after = neuron.nudged(name, by)
    points = [Point(here, C, "before"), Point(here + by, after.C, "after" if abs(by) > 0.3 else "")]
    ratios = ", ".join(_ratio(*pair) for pair in pairwise(chain))
    alt = (
        f"The cost over {symbol}, at {symbol} = {number(here, 2)} and after a nudge by "
        f"{number(by, 3, signed=True)}. Link by link, {ratios}. {_in_words(chain)}"
    )
    return chart(across, up, curves, points, alt)


def shapes_frame(n_before: int, n: int, m: int, flat_bias: bool) -> str:
    """The arrays of one layer as blocks, with what broadcasting does to the bias."""
    picture = layer_shapes(n_before, n, m, flat_bias)
    return f"<div>{picture.svg()}</div><p>{escape(shape_sentence(n, m, flat_bias))}</p>"


def trial_frame(trials: Sequence[Trial], k: int, weight: str) -> str:
    """What is computed with the k-th h, digit by digit, beside the errors over all h."""
    t = trials[k]
    same = _agreeing(t.above, t.below)
    rows = (
        ("C(w + h)", _digits(t.above, same, "bp-same")),
        ("C(w − h)", _digits(t.below, same, "bp-same")),
        ("central difference", _marked(t.central, t.exact)),
        ("complex step", _marked(t.complex, t.exact)),
        ("backward pass", _digits(t.exact, 0, "")),
    )
    table = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
    words = (
        f"Crossed out: what the two costs share, {_many_digits(same)}. Subtracting cancels it, and "
        "only what is left can tell the slope. Underlined: the digits of the slope that "
        f"are right. The central difference is off by {_share(t.error('central'))}, the complex "
        f"step by {_share(t.error('complex'))}."
    )
    title = f"h = {_power(t.h)}"
    card = f"<table>{table}</table><div>{words}</div>"
    return _framed(error_chart(trials, weight, k), f"The slope for {weight}", title, card)


def error_chart(trials: Sequence[Trial], weight: str, k: int | None = None) -> Drawing:
    """The relative error of both methods over h, and a mark at the k-th h if there is a k."""
    h = np.array([t.h for t in trials])
    low, high = _LEAST, 10.0
    across, up = Axis("h", h.min(), h.max(), log=True), Axis("relative error", low, high, log=True)

    def errors(method: str) -> np.ndarray:
        return np.clip([t.error(method) for t in trials], low, high)

    central, complex_ = errors("central"), errors("complex")
    curves = [
        Curve(h, central, "first", "central difference"),
        Curve(h, complex_, "second", "complex step"),
    ]
    points = []
    if k is not None:
        curves.append(Curve([h[k], h[k]], [low, high], "cursor"))
        points = [Point(h[k], central[k]), Point(h[k], complex_[k])]
    alt = (
        f"The relative error of the slope for {weight} over the step size h, both axes "
        f"logarithmic. That of the central difference starts at {_power(central[0])} or so for "
        f"h = {_power(h[0])}, falls with h squared, and then rises again: a V. That of the complex "
        "step falls in the same way and stays at the bottom."
    )
    return replace(chart(across, up, curves, points, alt), varies=True)


def _agreeing(v: float, other: float) -> int:
    """How many leading significant digits two numbers share."""
    pairs = zip(_written(v), _written(other))
    common = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return len(common.lstrip("−+0.").replace(".", ""))


def _written(v: float) -> str:
    return f"{v:.{_DIGITS}f}".replace("-", "−")


def _digits(v: float, count: int, css: str) -> str:
    """`v` with its first `count` significant digits in a class of their own."""
    text = _written(v)
    found = re.match(rf"[−0.]*(?:\d\.?){{{count}}}", text) if count else None
    end = found.end() if found else 0
    return f'<code><span class="{css}">{text[:end]}</span>{text[end:]}</code>'


def _marked(v: float, exact: float) -> str:
    return _digits(v, _agreeing(v, exact), "bp-right")


def _many_digits(count: int) -> str:
    return f"{count} leading digit{'' if count == 1 else 's'}"


def _power(h: float) -> str:
    return f"10{power_mark(round(np.log10(h)))}"


def _share(error: float) -> str:
    """A relative error as a power of ten."""
    if error == 0:
        return "nothing that 16 digits could show"
    return f"about 10{power_mark(round(np.log10(error)))} of itself"
