"""Two texts side by side as HTML: what they write, their arrays, and how to get across."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bp_helpers._door import inputs
from bp_helpers._html import HIDDEN, Markup, element
from bp_helpers.drawing.page import Choice, crossed
from bp_helpers.network import Network
from bp_helpers.steps import mathematics as write
from bp_helpers.steps.numbers import decimals_for, visible_indices
from bp_helpers.steps.translated import equation_of, symbol_of, text_of
from bp_helpers.texts.bridge import (
    Translation,
    instructions,
    refuses,
    rules,
    shape_of_bias,
    shapes_of,
    translate,
)
from bp_helpers.texts.sources import SOURCES, Source

_DECIMALS = 4  # at least, in all frames alike
_COSTS = {
    "half_squared": "½ Σ (output − target)²", "squared": "Σ (output − target)²",
    "mean_squared": "(1/n_L) Σ (output − target)²",
}  # fmt: skip
_AVERAGES = {
    "last": "the mean over a batch, taken in BP3 and BP4",
    "first": "the mean over a batch, taken in BP1",
    "none": "the sum over a batch",
}
_FORMS = {
    "entries": "one at a time, entry by entry", "numbers": "one at a time, one neuron a layer",
    "row": "one column; ∂C/∂a is a row",
}  # fmt: skip


def bridge_deck(net: Network, x: object, y: object, chosen: Sequence[int]) -> Markup:
    """A frame for every text, two groups of buttons that choose two, and what to do between."""
    labels = [source.short for source in SOURCES.values()]
    choices = Choice("source", "from", labels), Choice("target", "to", labels)
    m = inputs(net, x).shape[1]
    frames = [text_frame(source, net, x, y, m) for source in SOURCES.values()]
    pairs = [pair_frame(one, other, net) for one in SOURCES.values() for other in SOURCES.values()]
    return crossed(choices, pairs, frames, chosen)


def pair_frame(one: Source, other: Source, net: Network) -> Markup:
    """What has to be done to get from one text to another."""
    said = f"From {one.short} to {other.short}"
    steps = (element("li", step) for step in instructions(one.key, other.key, net))
    return element(
        "div", element("strong", said), element("ol", *steps), role="group", aria_label=said
    )


def text_frame(source: Source, net: Network, x: object, y: object, m: int) -> Markup:
    """What one text writes, and the reader's own network in its shapes."""
    problem = refuses(source.key, net, m)
    lines = rules(source.key, None if problem else net)
    body = [
        element("div", source.where, class_="bp-count"),
        element("div", element("strong", source.title), class_="bp-title"),
        element("table", *(_row(*pair) for pair in answers(source))),
    ]
    for rule in lines:
        tag = [element("span", rule.name, class_="bp-rule")] if rule.name[:2] == "BP" else []
        code = [element("pre", str(rule))] if rule.line else []
        body += [element("div", *tag, equation_of(source, rule), class_="bp-line"), *code]
    if problem:
        body.append(element("p", f"The network here cannot be written so: this text {problem}."))
    else:
        body += _arrays(translate(net, x, y, source.key))
    return element("div", *body, class_="bp-card", role="group", aria_label=source.title)


def answers(source: Source) -> Iterator[tuple[str, str]]:
    """The five questions, each with the answer of a text."""
    first, start = f"{source.W}[{source.first_weights}]", f"{source.a}[{source.input_layer}]"
    sample = _FORMS.get(source.form, f"a {source.samples[:-1]}")
    average = _AVERAGES[source.average] if source.several else "one sample"
    if source.is_for_one_of_several:
        average = "the rules are for one sample; then the mean"
    carried = text_of(source, source.carried)
    if source.carries == "a":
        carried = f"no name; {carried} is carried"
    yield "layers", f"the input is {start}, the first weights are {first}"
    weights = "a number" if source.form == "numbers" else source.weights
    yield source.W, f"{weights}; biases {shape_of_bias(source)}"
    yield "a sample", sample
    yield "cost", f"{_COSTS[source.cost]}; {average}"
    yield "∂C/∂z", carried


def _row(heading: str, text: str) -> Markup:
    return element("tr", element("th", heading, scope="row"), element("td", text))


def _arrays(found: Translation) -> Iterator[Markup]:
    source, own = found.there.source, found.own
    shapes = ", ".join(f"{name} {shape}" for name, shape in shapes_of(found.there))
    yield element("div", f"shapes: {shapes}", class_="bp-shapes")
    sides = [(source.weight_gradient, own.W), (source.bias_gradient, own.b)]
    rows = [
        write.equation(symbol_of(source, name, str(l)), _number_or_matrix(arrays[l]))
        for name, arrays in sides
        for l in sorted(arrays)
    ]
    yield element("div", *rows, class_="bp-numbers", **HIDDEN)
    times = "as large as" if str(found.factor) == "1" else f"{found.times} times"
    yield element("div", f"The gradient is {times} that of the series.", class_="bp-drawn")


def _number_or_matrix(value: Any) -> write.Math:  # noqa: ANN401 (an array, or a number)
    table = np.atleast_2d(np.asarray(value, float))
    if table.size == 1 and np.ndim(value) == 0:
        return write.number(table.item(), _DECIMALS, signed=True)
    rows, columns = map(visible_indices, table.shape)
    decimals = max(_DECIMALS, decimals_for(table))
    return write.matrix(table, rows, columns, signed=True, decimals=decimals)
