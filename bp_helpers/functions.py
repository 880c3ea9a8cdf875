"""Activations and costs: value, slope, how they are written, and the NumPy source that is shown.

Every value is written so that it also takes complex numbers (see `gradcheck`): a branch
looks at the real part only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from bp_helpers._validation import Array

Entry = TypeVar("Entry", bound="Activation | Cost")


@dataclass(frozen=True)
class Activation:
    """One activation function σ with its slope σ′, both elementwise.

    `letter` stands for the function in an equation. `body` and `slope_body` are the NumPy lines
    inside the definitions of the two that the steppers show; they compute the same bits as `value`
    and `slope`. A function of your own leaves them out: its steps then call `value` and `slope`,
    and say so.
    """

    name: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    letter: str = "σ"
    body: str = ""
    slope_body: str = ""


@dataclass(frozen=True)
class Cost:
    """One cost: `value` per sample, and `slope`, its derivative with respect to the output.

    For a and y of shape (n, m), `value` gives shape (m,) and `slope` gives (n, m); the mean
    over the batch is taken in `backprop`. `source` (the sum over all samples) and `slope_source`
    are the NumPy expressions that the steppers run and show, with `{a}` where the output goes:
    equations, numbers and shapes are derived from them. A cost of your own leaves them out: its
    steps then call `value` and `slope`.
    """

    name: str
    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]
    source: str = "np.sum(cost({a}, y))"
    slope_source: str = "dcost({a}, y)"


def sigmoid(z: Array) -> Array:
    """σ(z) = 1 / (1 + e^−z), for z of any shape; never overflows.

    The exponent is never positive: for z < 0 the fraction is expanded by e^z.
    """
    positive = np.real(z) >= 0
    e = np.exp(np.where(positive, -z, z))
    a: Array = np.where(positive, 1, e) / (1 + e)
    return a


def sigmoid_slope(z: Array) -> Array:
    """σ′(z) = e / (1 + e)² with e = e^−|z|, for z of any shape.

    The textbook form a(1 − a) is the same on paper, but 1 − a cancels: it loses every digit
    as z grows and is exactly 0 from z = 37 on.
    """
    e = np.exp(-np.abs(z))
    slope: Array = e / (1 + e) ** 2
    return slope


def tanh_slope(z: Array) -> Array:
    """tanh′(z) = 4e / (1 + e)² with e = e^−2|z|, for z of any shape; 1 − tanh² would cancel."""
    e = np.exp(-2 * np.abs(z))
    slope: Array = 4 * e / (1 + e) ** 2
    return slope


def relu(z: Array) -> Array:
    """max(0, z), for z of any shape."""
    return np.where(np.real(z) > 0, z, 0)


def relu_slope(z: Array) -> Array:
    """1 where z > 0 and 0 elsewhere, for z of any shape; at the kink z = 0 the choice is 0."""
    return np.where(z > 0, 1.0, 0.0)


def identity(z: Array) -> Array:
    """z itself: the layer stays linear."""
    return z


def identity_slope(z: Array) -> Array:
    """1 everywhere, in the shape of z."""
    return np.ones_like(z)


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        f.name: f
        for f in (
            Activation(
                "sigmoid",
                sigmoid,
                sigmoid_slope,
                "σ",
                "e = np.exp(-np.abs(z))\nreturn np.where(z >= 0, 1, e) / (1 + e)",
                "e = np.exp(-np.abs(z))\nreturn e / (1 + e) ** 2",
            ),
            Activation(
                "tanh",
                np.tanh,
                tanh_slope,
                "tanh",
                "return np.tanh(z)",
                "e = np.exp(-2 * np.abs(z))\nreturn 4 * e / (1 + e) ** 2",
            ),
            Activation(
                "relu",
                relu,
                relu_slope,
                "relu",
                "return np.where(z > 0, z, 0)",
                "return np.where(z > 0, 1.0, 0.0)",
            ),
            Activation(
                "identity", identity, identity_slope, "id", "return z", "return np.ones_like(z)"
            ),
        )
    }
)


def squared_error(a: Array, y: Array) -> Array:
    """‖a − y‖² of each column, for a and y of shape (n, m); the result has shape (m,).

    Written without abs, so that a complex a gives the analytic continuation.
    """
    squares: Array = ((a - y) ** 2).sum(axis=0)
    return squares


COSTS: Mapping[str, Cost] = MappingProxyType(
    {
        c.name: c
        for c in (
            Cost(
                "half_squared",
                lambda a, y: squared_error(a, y) / 2,
                lambda a, y: a - y,
                "np.sum(({a} - y) ** 2) / 2",
                "{a} - y",
            ),
            Cost(
                "squared",
                squared_error,
                lambda a, y: 2 * (a - y),
                "np.sum(({a} - y) ** 2)",
                "2 * ({a} - y)",
            ),
            Cost(
                "mean_squared",
                lambda a, y: squared_error(a, y) / len(y),
                lambda a, y: 2 / len(y) * (a - y),
                "np.sum(({a} - y) ** 2) / len(y)",
                "2 / len(y) * ({a} - y)",
            ),
        )
    }
)


def is_own(function: Activation | Cost) -> bool:
    """Whether a reader made this function: what it says of its source is then not run."""
    return function not in (*ACTIVATIONS.values(), *COSTS.values())


def lookup(kind: str, name: object, table: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """The entry of `table` called `name`; raises ValueError listing the names that exist."""
    if isinstance(name, str) and name in table:
        return table[name]
    known = ", ".join(repr(key) for key in table)
    raise ValueError(f"{kind} is {name!r:.80}, but should be one of {known}.")


def named(kind: str, given: object, table: Mapping[str, Entry]) -> Entry:
    """The function called so, or the reader's own function itself; raises ValueError otherwise."""
    if isinstance(given, type(next(iter(table.values())))):
        return given
    found: Entry = lookup(kind, given, table)
    return found
