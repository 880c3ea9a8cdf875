"""From one text's notation to another's: `translate`, `rules`, `agreement`, and what to do.

What a text writes follows from its entry in `SOURCES`, and so does how to get from one to another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import bp_helpers._door as check
from bp_helpers.backprop import Gradients, backpropagate
from bp_helpers.network import Network
from bp_helpers.texts.arrays import (
    Factor,
    Own,
    Written,
    factor,
    from_source,
    own_gradient,
    to_source,
)
from bp_helpers.texts.lines import Rules, entry, refuses, rules
from bp_helpers.texts.sources import SOURCES, Source

__all__ = [
    "SOURCES", "Agreement", "Source", "Translation", "agreement", "entry", "factor", "from_source",
    "instructions", "own_gradient", "refuses", "rules", "shape_of_bias", "to_source", "translate",
]  # fmt: skip


@dataclass(frozen=True)
class Translation:
    """A pass as a text would write and run it; prints as its lines, shapes and gradients."""

    there: Written
    rules: Rules
    own: Own
    factor: Factor
    value: float
    gap: float

    @property
    def ok(self) -> bool:
        """Whether the text's gradient, converted back, is that of the series to 1e-12."""
        return self.gap <= 1e-12

    @property
    def times(self) -> str:
        """How many times the gradient of the series the text's own is, with its number."""
        told = str(self.factor)
        return told if told.isdigit() else f"{told} = {self.value:g}"

    def __str__(self) -> str:
        s = self.there.source
        shapes = [f"{name} {shape}" for name, shape in shapes_of(self.there)]
        grads = [
            f"  {name}[{l}] = {np.round(value, 4).tolist()}"
            for name, values in ((s.weight_gradient, self.own.W), (s.bias_gradient, self.own.b))
            for l, value in values.items()
        ]
        back = "the same" if self.ok else f"NOT the same: {self.gap:.0e}"
        ends = [f"  times the gradient of the series: {self.times}; converted back: {back}"]
        alone = ["  for one sample; then the mean"] if s.is_for_one_of_several else []
        return "\n".join([str(self.rules), *alone, f"  shapes: {', '.join(shapes)}", *grads, *ends])

    __repr__ = __str__


def translate(net: Network, x: object, y: object, to: str | Source) -> Translation:
    """The network with samples x (n_0, m) and targets y (n_L, m), as the text `to` has it.

    Raises ValueError for a text that is not known or cannot write the network.
    """
    to = entry(to, "to")
    there, own, by = to_source(to, net, x, y), own_gradient(to, net, x, y), factor(to, net)
    m = check.inputs(net, x).shape[1]
    gap = _gap(from_source(to, net, own, m), backpropagate(net, x, y))
    return Translation(there, rules(to, net), own, by, by.value(m, net.sizes[-1]), gap)


def _gap(found: Gradients, right: Gradients) -> float:
    """The largest relative difference of two gradients, array by array."""
    gaps = [0.0]
    for name in ("W", "b", "delta"):
        for one, two in zip(getattr(found, name)[1:], getattr(right, name)[1:]):
            if one is not None:
                size = max(np.abs(one).max(), np.abs(two).max(), 1e-300)
                gaps.append(float(np.abs(one - two).max() / size))
    return max(gaps)


def shapes_of(there: Written) -> Iterator[tuple[str, str]]:
    """Every array of a network in a text's form, by its name there, with its shape."""
    s = there.source
    for name, arrays in ((s.W, there.W), (s.b, there.b)):
        for l, array in arrays.items():
            yield f"{name}[{l}]", _shape(array)
    yield s.x, _shape(there.x)
    yield s.y, _shape(there.y)


def _shape(value: Any) -> str:  # noqa: ANN401 (an array, or a number)
    return str(np.shape(value)) if np.ndim(value) else "a number"


@dataclass(frozen=True)
class Agreement:
    """For each text how far its gradient, converted back, is from that of the series."""

    gaps: Mapping[str, float]
    refusals: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether all that can write the network agree to 1e-12."""
        return max(self.gaps.values(), default=0.0) <= 1e-12

    def __str__(self) -> str:
        rows = [
            f"  {key:12} {'the same to 1e-12' if gap <= 1e-12 else f'OFF by {gap:.0e}'}"
            for key, gap in self.gaps.items()
        ]
        rows += [f"  {key:12} {why}" for key, why in self.refusals.items()]
        return "\n".join(
            ["The pass that follows from each entry, converted back to the series:", *rows]
        )

    __repr__ = __str__


def agreement(net: Network, x: object, y: object) -> Agreement:
    """Run the pass that follows from each entry that can write the network, and compare."""
    m = check.inputs(net, x).shape[1]
    why = {key: refuses(key, net, m) for key in SOURCES}
    able = [key for key in SOURCES if not why[key]]
    gaps = {key: translate(net, x, y, key).gap for key in able}
    return Agreement(gaps, {key: says for key, says in why.items() if says})


# What to do.


def instructions(
    one: str | Source, other: str | Source, net: Network | None = None
) -> tuple[str, ...]:
    """What has to be done to arrays and gradients of one text to have those of another.

    Five sentences, one an answer to each of the five questions: layers, W with b, samples, cost,
    and what is carried back. Raises ValueError for a text that is not known.
    """
    one, other = entry(one, "one"), entry(other, "other")
    return (
        _about_layers(one, other),
        _about_arrays(one, other),
        _about_samples(one, other),
        _about_cost(factor(other, net).over(factor(one, net))),
        _about_carried(one, other, net),
    )


def _about_layers(one: Source, other: Source) -> str:
    numbers = [(s.first_weights, s.input_layer) for s in (one, other)]
    if numbers[0] == numbers[1]:
        return "Layers keep their numbers."
    first, second = (f"{s.W}[{s.first_weights}]" for s in (one, other))
    inputs = (f"{s.a}[{s.input_layer}]" for s in (one, other))
    return f"Layers: {first} becomes {second}, and the input {' becomes '.join(inputs)}."


def _about_arrays(one: Source, other: Source) -> str:
    """What becomes of W and b, in an order in which it can be done."""
    says = _about_weights(one, other), _about_biases(one, other)
    is_cut = one.is_folded and not other.is_folded  # before anything is turned
    return " ".join(says[::-1] if is_cut else says)


def _about_weights(one: Source, other: Source) -> str:
    if _are_numbers(other) and not _are_numbers(one):
        return f"{one.W} becomes a number."
    if _are_numbers(one) and not _are_numbers(other):
        return f"Give {one.W} the shape (1, 1)."
    return (
        f"Transpose every {one.W}." if one.weights != other.weights else f"Keep {one.W} as it is."
    )


def _about_biases(one: Source, other: Source) -> str:
    if one.bias == other.bias and _are_numbers(one) == _are_numbers(other):
        return f"Keep {one.b} as it is." if not one.is_folded else "Its column 0 stays the biases."
    shape = shape_of_bias(other)
    if one.is_folded:
        what = shape if _are_numbers(other) else f"of shape {shape}"
        return f"Cut column 0 of {one.W} off: that is {other.b}, {what}."
    if other.is_folded:
        return f"Put {one.b} in front of it, as column 0."
    if _are_numbers(other):
        return f"{one.b} becomes a number."
    return f"Give {one.b} the shape {shape}."


def _are_numbers(s: Source) -> bool:
    return s.form == "numbers"


def shape_of_bias(s: Source) -> str:
    """The shape in which a text keeps the biases of a layer of n_l neurons, in words."""
    if _are_numbers(s):
        return "a number"
    return {"column": "(n_l, 1)", "row": "(1, n_l)", "flat": "(n_l,)"}.get(s.bias, s.bias)


def _about_samples(one: Source, other: Source) -> str:
    if _are_numbers(other):
        says = f"A sample {'stays' if _are_numbers(one) else 'becomes'} a number."
    elif _are_numbers(one):
        says = f"A sample becomes a {other.samples[:-1]}."
    elif one.samples != other.samples:
        turned = f"{one.x}, {one.y} and all that belongs to samples"
        says = f"Transpose {turned}: a sample becomes a {other.samples[:-1]}."
    else:
        says = f"A sample stays a {one.samples[:-1]}."
    if other.form != "arrays":
        says += " The rules are then for one sample."
    return says


def _about_cost(by: Factor) -> str:
    if str(by) == "1":
        return "Gradients of weights and biases keep their size."
    return f"Multiply the gradients of weights and biases by {by}."


def _about_carried(one: Source, other: Source, net: Network | None) -> str:
    first, second = one.carried, other.carried
    by = _of_one_sample(other, net).over(_of_one_sample(one, net))
    if one.carries == "z" and other.carries == "a":
        so = f"Times {other.sigma}′{_and(Factor().over(by))} it is {first}"
        return f"{first} has no name any more: {second}, for a, is carried. {so}."
    if one.carries == "a" and other.carries == "z":
        return f"{first} is for a: times {one.sigma}′{_and(by)} it is {second}."
    size = "has the same size" if str(by) == "1" else f"is {by} times as large"
    named = "keeps its name" if first == second else f"is called {second}"
    return f"{first} {named}, and {size}."


def _and(by: Factor) -> str:
    return "" if str(by) == "1" else f" and {by}"


def _of_one_sample(s: Source, net: Network | None) -> Factor:
    """How many times the series' δ, or ∂C/∂a, of a sample that of a text is."""
    return factor(s, net).over(Factor(samples=0 if s.average == "last" else 1))
