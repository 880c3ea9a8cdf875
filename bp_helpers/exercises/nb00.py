"""The exercises of notebook 00: a cost, a layer, one step downhill, and what a slope promises."""

from __future__ import annotations

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.exercises.exercise import Exercise, columns
from bp_helpers.functions import sigmoid, sigmoid_slope

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
                "It adds up first and squares then, so that differences cancel, or multiplies each "
                "difference by every other one: square each one on its own.",
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
                "This is a quarter of the sum of the squares, as when each difference is halved "
                "before it is squared: halve the sum, and once.",
            ),
            (
                lambda a, y: np.sum(a - y**2) / 2,
                "Only y is squared, since a power comes before a minus: the difference needs "
                "brackets.",
            ),
            (
                lambda a, y: np.sum((a - y) * 2) / 2,
                "It adds up the differences as they are, so that they cancel: each one is to be "
                "squared. A power is written with two stars; one star doubles.",
            ),
            (
                lambda a, y: (a[-1, 0] - y[-1, 0]) ** 2 / 2,
                "Only the last output is left: each square is to be added to those before it.",
            ),
            (
                lambda a, y: (a[0, 0] - y[0, 0]) ** 2 / 2,
                "Only the first output counts: a loop should not return before its end.",
            ),
            (
                lambda a, y: np.sum((a - y)[1:] ** 2) / 2,
                "The first output is left out: rows count from 0.",
            ),
            (
                lambda a, y: np.sum(np.abs(a - y)) ** 2 / 2,
                "It adds up the sizes of the differences and squares then: square each one first.",
            ),
            (
                lambda a, y: np.sqrt(np.sum((a - y) ** 2)) / 2,
                "This is half the length of the difference: no root is taken.",
            ),
            (
                lambda a, y: np.sum((a + y) ** 2) / 2,
                "It adds the target to the output: the difference of the two is what is squared.",
            ),
            (
                lambda a, y: np.max((a - y) ** 2) / 2,
                "It keeps the largest square alone: every output counts.",
            ),
        ],
    ),
    Exercise(
        "00.2",
        layer,
        probes=[
            (columns(_RNG, n, k), columns(_RNG, n, 1), columns(_RNG, k, 1))
            for n, k in ((4, 3), (2, 2), (1, 3))
        ],
        mistakes=[
            (lambda W, b, a: sigmoid(W @ a), "The bias is missing from z."),
            (lambda W, b, a: W @ a + b, "This is z: its sigmoid is still to be taken."),
            (
                lambda W, b, a: sigmoid(-(W @ a + b)),
                "It is σ at −z, which falls where σ rises: look at (00.2) again, above the line "
                "and in the exponent.",
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
            (
                lambda W, b, a: np.tanh(W @ a + b),
                "This is a layer of tanh, which squeezes into −1 to 1: σ squeezes into 0 to 1.",
            ),
            (
                lambda W, b, a: sigmoid_slope(W @ a + b),
                "This is the slope of σ: nothing is squared in σ, and 1 stands above the line.",
            ),
            (
                lambda W, b, a: 1 / (1 - np.exp(-(W @ a + b))),
                "Below the fraction line it subtracts the power of e: it is added to 1.",
            ),
            (
                lambda W, b, a: 1 / (1 + np.exp(-(W @ a + b)).sum()),
                "It adds up over the neurons below the fraction line: σ takes each z on its own.",
            ),
            (
                lambda W, b, a: sigmoid(W.sum(axis=1, keepdims=True) + b),
                "What comes in is not used: each weight multiplies an activation of the layer "
                "before.",
            ),
            (
                lambda W, b, a: sigmoid((W @ a) * b),
                "The bias is multiplied: it is added to what the weights bring.",
            ),
            (
                lambda W, b, a: sigmoid(sigmoid(W @ a + b)),
                "The sigmoid is taken twice: once is enough.",
            ),
            (
                lambda W, b, a: sigmoid(W @ a + b) ** 2,
                "Here σ is squared: (00.2) has no square.",
            ),
            (
                lambda W, b, a: np.exp(-(W @ a + b)),
                "This is the power of e alone: it is a part of what stands below the fraction "
                "line.",
            ),
            (
                lambda W, b, a: sigmoid(W) @ a + b,
                "The sigmoid is taken of the weights: it is taken of z, as the last thing.",
            ),
            (
                lambda W, b, a: sigmoid(W @ a + b) * (W @ a + b),
                "The sigmoid is multiplied by z: it takes the place of z.",
            ),
        ],
    ),
    Exercise(
        "00.3",
        step_downhill,
        probes=[
            (columns(_RNG, n, k), columns(_RNG, n, k), eta)
            for n, k, eta in ((3, 2, 0.5), (2, 2, 0.1), (1, 4, 2.0))
        ],
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
                lambda W, dW, eta: W - eta / dW,
                "It divides by the slope: a steeper slope means a longer step.",
            ),
            (
                lambda W, dW, eta: (W - eta) * dW,
                "It takes away η first and multiplies then: η times the slope is taken away.",
            ),
            (
                lambda W, dW, eta: W - np.sign(dW),
                "Every weight moves by 1: the step is η times the slope.",
            ),
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
            (
                lambda W, dW, eta: W - eta * np.mean(dW),
                "Every weight moves by the mean of all slopes: each one has its own.",
            ),
            (
                lambda W, dW, eta: W,
                "It returns W as it was: what is wanted is W after the step.",
            ),
            (
                lambda W, dW, eta: W - eta,
                "Every weight moves by η: its slope says which way, and how far for each bit of η.",
            ),
            (
                lambda W, dW, eta: W - eta * W,
                "Every weight shrinks by a part of itself: it is the slope that says how it moves.",
            ),
            (
                lambda W, dW, eta: W - eta * np.abs(dW),
                "Every weight becomes smaller: where the slope is negative, it should grow.",
            ),
            (
                lambda W, dW, eta: dW - eta * W,
                "W and its slopes have changed places: it is W that moves.",
            ),
            (
                lambda W, dW, eta: W - eta * dW**2,
                "The slopes are squared, and so lose their signs: a negative slope means a larger "
                "weight.",
            ),
            (
                lambda W, dW, eta: W - eta * dW / np.linalg.norm(dW),
                "It divides by the length of all slopes together: a step shrinks with the slopes.",
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
                lambda dW, change: np.sum(dW.T @ change),
                "It adds up too much: `@` pairs each slope with the changes of its whole row.",
            ),
            (
                lambda dW, change: np.sum(dW @ change),
                "The product `@` pairs slopes with the changes of other weights, and adding up "
                "does not undo it.",
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
            (
                lambda dW, change: np.prod(dW * change),
                "The promises are multiplied with each other: they add up.",
            ),
            (
                lambda dW, change: np.sum(dW * change**2),
                "The changes are squared: a promise grows with the change as it is.",
            ),
            (
                lambda dW, change: np.linalg.norm(dW * change),
                "It takes the length of all promises together, which is never negative: they are "
                "added as they are.",
            ),
            (
                lambda dW, change: (dW * change)[0, 0],
                "This is the promise of the first weight: all of them move.",
            ),
            (
                lambda dW, change: (dW * change)[-1, -1],
                "Only the promise of the last weight is left: each is to be added to those before "
                "it.",
            ),
            (
                lambda dW, change: np.sum(dW * change, axis=0)[0],
                "It adds up column 0 alone: all weights move.",
            ),
            (
                lambda dW, change: np.sum(dW * change, axis=1)[0],
                "It adds up row 0 alone: all weights move.",
            ),
            (
                lambda dW, change: np.mean(dW) * np.sum(change),
                "It takes the mean slope for all weights: each has its own.",
            ),
            (
                lambda dW, change: np.sum(change / dW),
                "It divides by the slopes: a promise is slope times change.",
            ),
            (
                lambda dW, change: np.linalg.norm(dW) * np.linalg.norm(change),
                "It multiplies the lengths of the two, which would be right if every change had "
                "the same ratio to its slope: each slope goes with its own change.",
            ),
            (
                lambda dW, change: np.sum(dW * np.abs(change)),
                "The changes lose their signs: a weight that shrinks turns the promise of its "
                "slope.",
            ),
        ],
    ),
)
