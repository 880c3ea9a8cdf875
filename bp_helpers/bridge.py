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
from bp_helpers.source_arrays import (
    Factor,
    Own,
    Written,
    factor,
    from_source,
    own_gradient,
    to_source,
)
from bp_helpers.source_lines import Rules, refuses, rules, source
from bp_helpers.sources import SOURCES

__all__ = [
    "SOURCES", "Agreement", "Translation", "agreement", "factor", "from_source", "own_gradient",
    "refuses", "rules", "source", "to_source", "translate",
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

    def __str__(self) -> str:
        s = self.there.source
        shapes = [f"{name} {shape}" for name, shape in shapes_of(self.there)]
        grads = [
            f"  {name}[{l}] = {np.round(value, 4).tolist()}"
            for name, values in ((s.weight_gradient, self.own.W), (s.bias_gradient, self.own.b))
            for l, value in values.items()
        ]
        times = f"{self.factor} = {self.value:g}" if str(self.factor) != "1" else "1"
        back = "the same" if self.ok else f"NOT the same: {self.gap:.0e}"
        ends = [f"  times the gradient of the series: {times}; converted back: {back}"]
        return "\n".join([str(self.rules), f"  shapes: {', '.join(shapes)}", *grads, *ends])

    __repr__ = __str__


def translate(net: Network, x: object, y: object, to: str) -> Translation:
    """The network with samples x (n_0, m) and targets y (n_L, m), as the text `to` has it.

    Raises ValueError for a text that is not known or cannot write the network.
    """
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
        return "\n".join(["Each text's own pass, converted back to the series:", *rows])

    __repr__ = __str__


def agreement(net: Network, x: object, y: object) -> Agreement:
    """Run the pass of every text that can write the network, and compare what comes back."""
    m = check.inputs(net, x).shape[1]
    why = {key: refuses(key, net, m) for key in SOURCES}
    able = [key for key in SOURCES if not why[key]]
    gaps = {key: translate(net, x, y, key).gap for key in able}
    return Agreement(gaps, {key: says for key, says in why.items() if says})
