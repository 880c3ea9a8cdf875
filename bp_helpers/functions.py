"""Activations and costs: value, slope, LaTeX, and the NumPy source that the notebooks show.

Every value is written so that it also takes complex numbers (see `gradcheck`): a branch
looks at the real part only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import numpy as np

Array = np.ndarray
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Activation:
    """One activation function σ with its slope σ′, both elementwise.

    `latex` writes the letter that stands for the function in an equation; `source` and
    `slope_source` are NumPy definitions that compute the same bits as `value` and `slope`.
    """

    name: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    latex: str
    source: str
    slope_source: str


@dataclass(frozen=True)
class Cost:
    """One cost: `value` per sample, and `slope`, its derivative with respect to the output.

    For a and y of shape (n, m), `value` gives shape (m,) and `slope` gives (n, m); the mean
    over the batch is taken in `network`. `constant` and `slope_constant` are the LaTeX factors
    in front of ‖a − y‖² and (a − y); `source` (the sum over all samples) and `slope_source`
    are the NumPy expressions, with `{a}` and `{y}` where the output and the target go.
    """

    name: str
    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]
    constant: str
    slope_constant: str
    source: str
    slope_source: str


def sigmoid(z: Array) -> Array:
    """σ(z) = 1 / (1 + e^−z), for z of any shape; never overflows.

    The exponent is never positive: for z < 0 the fraction is expanded by e^z.
    """
    positive = np.real(z) >= 0
    e = np.exp(np.where(positive, -z, z))
    return np.where(positive, 1, e) / (1 + e)


def sigmoid_slope(z: Array) -> Array:
    """σ′(z) = e / (1 + e)² with e = e^−|z|, for z of any shape.

    The textbook form a(1 − a) is the same on paper, but 1 − a cancels: it loses every digit
    as z grows and is exactly 0 from z = 37 on.
    """
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def tanh_slope(z: Array) -> Array:
    """tanh′(z) = 4e / (1 + e)² with e = e^−2|z|, for z of any shape; 1 − tanh² would cancel."""
    e = np.exp(-2 * np.abs(z))
    return 4 * e / (1 + e) ** 2


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
                r"\sigma",
                "def sigmoid(z): e = np.exp(-np.abs(z)); return np.where(z >= 0, 1, e) / (1 + e)",
                "def dsigmoid(z): e = np.exp(-np.abs(z)); return e / (1 + e) ** 2",
            ),
            Activation(
                "tanh",
                np.tanh,
                tanh_slope,
                r"\tanh",
                "tanh = np.tanh",
                "def dtanh(z): e = np.exp(-2 * np.abs(z)); return 4 * e / (1 + e) ** 2",
            ),
            Activation(
                "relu",
                relu,
                relu_slope,
                r"\mathrm{relu}",
                "def relu(z): return np.where(z > 0, z, 0)",
                "def drelu(z): return np.where(z > 0, 1.0, 0.0)",
            ),
            Activation(
                "identity",
                identity,
                identity_slope,
                r"\mathrm{id}",
                "def identity(z): return z",
                "def didentity(z): return np.ones_like(z)",
            ),
        )
    }
)


def squared_error(a: Array, y: Array) -> Array:
    """‖a − y‖² of each column, for a and y of shape (n, m); the result has shape (m,).

    Written without abs, so that a complex a gives the analytic continuation.
    """
    return ((a - y) ** 2).sum(axis=0)


COSTS: Mapping[str, Cost] = MappingProxyType(
    {
        c.name: c
        for c in (
            Cost(
                "half_squared",
                lambda a, y: squared_error(a, y) / 2,
                lambda a, y: a - y,
                r"\tfrac12",
                "",
                "np.sum(({a} - {y}) ** 2) / 2",
                "{a} - {y}",
            ),
            Cost(
                "squared",
                squared_error,
                lambda a, y: 2 * (a - y),
                "",
                "2",
                "np.sum(({a} - {y}) ** 2)",
                "2 * ({a} - {y})",
            ),
            Cost(
                "mean_squared",
                lambda a, y: squared_error(a, y) / len(y),
                lambda a, y: 2 / len(y) * (a - y),
                r"\tfrac{1}{n_L}",
                r"\tfrac{2}{n_L}",
                "np.sum(({a} - {y}) ** 2) / len(y)",
                "2 / len(y) * ({a} - {y})",
            ),
        )
    }
)


def lookup(kind: str, name: object, table: Mapping[str, Entry]) -> Entry:
    """The entry of `table` called `name`; raises ValueError listing the names that exist."""
    if isinstance(name, str) and name in table:
        return table[name]
    known = ", ".join(repr(key) for key in table)
    raise ValueError(f"{kind} is {name!r}, but should be one of {known}.")
