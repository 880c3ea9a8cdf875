"""The exercises of notebook 00: a cost, a layer, one step downhill, and what a slope promises."""

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


def promised_change(dW: Array, change: Array) -> float:
    """What the slopes of an array promise when every number in it moves at once."""
    return float(np.sum(dW * change))


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
                lambda a, y: np.mean((a - y) ** 2) / 2,
                "It takes the mean over the outputs: they are added up, and halved.",
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
            (
                lambda a, y: np.sqrt(np.sum((a - y) ** 2)),
                "This is the length of the difference: the squares are added up and halved, and "
                "no root is taken.",
            ),
            (
                lambda a, y: np.sum(((a - y) / 2) ** 2),
                "It halves before it squares, which makes a quarter: halve the sum.",
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
                lambda W, b, a: sigmoid(W @ a - b),
                "The bias is subtracted: the minus of the exponent belongs before all of z.",
            ),
            (
                lambda W, b, a: W @ sigmoid(a) + b,
                "The sigmoid is taken of what comes in: it is taken of z, as the last thing.",
            ),
            (
                lambda W, b, a: sigmoid(W @ sigmoid(a) + b),
                "What comes in is squeezed once more: a_before is an activation already.",
            ),
            (
                lambda W, b, a: sigmoid(W * a.T + b),
                "W is multiplied entry by entry: `@` is the product of a matrix and a column.",
            ),
            (
                lambda W, b, a: sigmoid(W.T @ a + b),
                "W is transposed: it has a row for each neuron already.",
            ),
            (
                lambda W, b, a: 1 + np.exp(-(W @ a + b)),
                "This is what stands below the fraction line: it is 1 divided by all of it.",
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
            (
                lambda W, dW, eta: W - dW,
                "The step size η is missing: it says how long the step is.",
            ),
            (lambda W, dW, eta: W - dW / eta, "It divides by η: the step is η times the slope."),
            (
                lambda W, dW, eta: eta * (W - dW),
                "The step size η multiplies W as well: it belongs to the slope alone.",
            ),
            (
                lambda W, dW, eta: W * (1 - eta * dW),
                "The step is multiplied by W: it is η times the slope, however large W is.",
            ),
            (
                lambda W, dW, eta: W - eta * np.sign(dW),
                "Every weight moves equally far: a steeper slope means a longer step.",
            ),
            (
                lambda W, dW, eta: W - eta * np.sum(dW),
                "Every weight moves by the sum of all slopes: each one has its own.",
            ),
        ],
    ),
    Exercise(
        "00.4",
        promised_change,
        probes=[(columns(_RNG, n, k), columns(_RNG, n, k)) for n, k in ((3, 4), (2, 2), (5, 1))],
        mistakes=[
            (
                lambda dW, change: dW * change,
                "This is one promise for each weight: together they change one cost.",
            ),
            (
                lambda dW, change: np.sum(dW * change, axis=0),
                "It adds up column by column: all weights change the same cost.",
            ),
            (
                lambda dW, change: np.sum(dW * change, axis=1),
                "It adds up row by row: all weights change the same cost.",
            ),
            (
                lambda dW, change: dW @ change.T,
                "Here `@` pairs each row with every row: a slope belongs to the weight in its own "
                "place, and to no other.",
            ),
            (
                lambda dW, change: dW.T @ change,
                "Here `@` pairs each column with every column: a slope belongs to the weight in "
                "its own place, and to no other.",
            ),
            (
                lambda dW, change: dW @ change,
                "The product `@` of two matrices does not pair a slope with the change of its own "
                "weight.",
            ),
            (
                lambda dW, change: np.sum(dW @ change.T),
                "It adds up too much: `@` also multiplies slopes by the changes of other weights.",
            ),
            (
                lambda dW, change: np.mean(dW * change),
                "It takes the mean of the promises: all weights move, so each one counts in full.",
            ),
            (
                lambda dW, change: np.max(dW * change),
                "It keeps the largest promise alone: all weights move, so all of them count.",
            ),
            (
                lambda dW, change: np.sum(dW) * np.sum(change),
                "It adds up first and multiplies then: each slope goes with its own change.",
            ),
            (
                lambda dW, change: np.sum(np.abs(dW * change)),
                "The signs are lost: some of the weights make the cost fall.",
            ),
            (lambda dW, change: np.sum(dW), "It does not ask how far each weight moves."),
            (lambda dW, change: np.sum(change), "It does not use the slopes."),
            (
                lambda dW, change: -np.sum(dW * change),
                "The sign is turned: a positive slope and a larger weight make a larger cost.",
            ),
            (
                lambda dW, change: np.sum(dW / change),
                "It divides: a slope is multiplied by the change to give what it promises.",
            ),
            (
                lambda dW, change: np.sum(dW + change),
                "It adds slope and change: their product is what is promised.",
            ),
        ],
    ),
)
