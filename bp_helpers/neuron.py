"""One sigmoid neuron with its cost, and what a nudge of one of its numbers does, link by link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.functions import COSTS, sigmoid, sigmoid_slope

NUDGED = ("w", "b", "a_before")


@dataclass(frozen=True)
class Neuron:
    """z = w · a_before + b, a = σ(z) and C = ½(a − y)², all of them plain numbers."""

    w: float
    b: float
    a_before: float
    y: float

    @property
    def z(self) -> float:
        """The weighed input plus the bias."""
        return self.w * self.a_before + self.b

    @property
    def a(self) -> float:
        """The activation."""
        return float(sigmoid(np.asarray(self.z)))

    @property
    def C(self) -> float:  # noqa: N802 (the name in every equation)
        """The cost."""
        return float(COSTS["half_squared"].value(np.array([self.a]), np.array([self.y])))

    def slopes(self, name: str) -> tuple[float, float, float]:
        """The local slopes ∂z/∂(name), ∂a/∂z and ∂C/∂a; `name` is one of NUDGED."""
        into_z = {"w": self.a_before, "b": 1.0, "a_before": self.w}[name]
        return into_z, float(sigmoid_slope(np.asarray(self.z))), self.a - self.y

    def nudged(self, name: str, by: float) -> Neuron:
        """This neuron with one of its numbers moved."""
        return replace(self, **{name: getattr(self, name) + by})


def costs_along(neuron: Neuron, name: str, places: Array) -> Array:
    """The cost with the number `name` at each of the places, in their shape (k,)."""
    at: dict[str, Any] = {name: places}
    z = replace(neuron, **at).z
    return COSTS["half_squared"].value(sigmoid(np.asarray(z))[None, :], np.asarray(neuron.y))


class Link(NamedTuple):
    """One quantity of the chain, before and after the nudge of the one at its start.

    `ratio` is its change divided by the change of the quantity before it, or None where that one
    did not move; `slope` is the derivative that the ratio comes close to. The first link, the
    nudged number itself, has neither.
    """

    name: str
    before: float
    after: float
    ratio: float | None = None
    slope: float | None = None

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before


def links(neuron: Neuron, name: str, by: float) -> list[Link]:
    """The nudged number, z, a and C in turn, each with its change; `name` is one of NUDGED."""
    after = neuron.nudged(name, by)
    chain = [Link(name, getattr(neuron, name), getattr(after, name))]
    for quantity, slope in zip(("z", "a", "C"), neuron.slopes(name)):
        moved = Link(quantity, getattr(neuron, quantity), getattr(after, quantity))
        pushed = chain[-1].change
        ratio = moved.change / pushed if pushed else None
        chain.append(moved._replace(ratio=ratio, slope=slope))
    return chain
