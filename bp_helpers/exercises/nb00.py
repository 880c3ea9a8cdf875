"""The exercises of notebook 00: the cost of a sample, a layer, and one step downhill."""

from __future__ import annotations

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.exercises.exercise import Exercise, columns
from bp_helpers.functions import sigmoid

_RNG = np.random.default_rng(0)


def half_squared_cost(a: Array, y: Array) -> float:
    """Half the sum of the squared differences."""
    return float(np.sum((a - y) ** 2) / 2)


def layer(W: Array, b: Array, a_before: Array) -> Array:
    """The activations of a layer of sigmoid neurons."""
    return sigmoid(W @ a_before + b)


def step_downhill(W: Array, dW: Array, eta: float) -> Array:
    """W, moved against its slopes."""
    return W - eta * dW


EXERCISES = (
    Exercise(
        "00.1",
        half_squared_cost,
        probes=[(columns(_RNG, n, 1), columns(_RNG, n, 1)) for n in (3, 1, 4)],
        mistakes=[
            (
                lambda a, y: np.mean((a - y) ** 2),
                "This is the mean of the squares, which is half their sum for two outputs only: "
                "add them up, and halve.",
            ),
            (
                lambda a, y: np.sum((a - y) ** 2),
                "The ½ is missing: it is half the sum of the squares.",
            ),
            (
                lambda a, y: np.sum(a - y) ** 2 / 2,
                "It adds up first and squares then, so that differences cancel: square each one.",
            ),
            (
                lambda a, y: np.sum(a - y) / 2,
                "Nothing is squared here, so that differences cancel.",
            ),
            (
                lambda a, y: np.abs(a - y).sum() / 2,
                "It adds up the sizes of the differences, where their squares belong.",
            ),
            (
                lambda a, y: (a - y) ** 2 / 2,
                "The squares are not added up yet: there should be one number.",
            ),
            (
                lambda a, y: np.sum(a**2 - y**2) / 2,
                "It squares the numbers and then subtracts: the difference comes first.",
            ),
        ],
    ),
    Exercise(
        "00.2",
        layer,
        probes=[
            (columns(_RNG, n, k), columns(_RNG, n, 1), columns(_RNG, k, 1))
            for n, k in ((4, 3), (2, 2))
        ],
        mistakes=[
            (lambda W, b, a: sigmoid(W @ a), "The bias is missing from z."),
            (lambda W, b, a: W @ a + b, "This is z: its sigmoid is still to be taken."),
            (
                lambda W, b, a: sigmoid(-(W @ a + b)),
                "The exponent lacks its minus, so that it falls where σ rises.",
            ),
            (
                lambda W, b, a: sigmoid(W @ a) + b,
                "The bias is added after the sigmoid: it belongs into z.",
            ),
            (
                lambda W, b, a: sigmoid(W * a.T + b),
                "W is multiplied entry by entry: `@` is the product of a matrix and a column.",
            ),
        ],
    ),
    Exercise(
        "00.3",
        step_downhill,
        probes=[(columns(_RNG, 3, 2), columns(_RNG, 3, 2), eta) for eta in (0.5, 0.1, 2.0)],
        mistakes=[
            (lambda W, dW, eta: W + eta * dW, "This goes uphill: against the slope means minus."),
            (lambda W, dW, eta: eta * dW, "This is the step alone: it has to be taken from W."),
            (lambda W, dW, eta: -eta * dW, "This is the step alone: it has to be added to W."),
            (lambda W, dW, eta: W - dW, "η is missing: it says how long the step is."),
            (lambda W, dW, eta: W - dW / eta, "It divides by η: the step is η times the slope."),
        ],
    ),
)
