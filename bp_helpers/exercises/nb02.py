"""The exercises of notebook 02: the slopes of a chain, and the loop that finds them."""

from __future__ import annotations

from collections.abc import Callable
from math import tanh
from typing import Any

import numpy as np

from bp_helpers.exercises.exercise import Exercise, Probe, columns

_RNG = np.random.default_rng(2)
PerLayer = list[Any]  # a number for each layer 1 … L, and None in front


def _numbers(n: int) -> list[float]:
    found: list[float] = columns(_RNG, n).tolist()
    return found


def _activations(n: int) -> list[float]:
    """As a sigmoid gives them."""
    found: list[float] = _RNG.uniform(0.15, 0.85, n).tolist()
    return found


def slope_of_last_weight(a_before: float, a_last: float, y: float) -> float:
    """∂C/∂w of the output neuron, from the cost backwards."""
    return (a_last - y) * a_last * (1 - a_last) * a_before


def one_turn(dC_da: float, slope: float, a_before: float, w: float) -> tuple[float, float, float]:
    """What one turn of the loop finds: for the weight, the bias, and the activation before."""
    shared = dC_da * slope
    return shared * a_before, shared, shared * w


def first_slope(L: int) -> float:
    """∂C/∂w of the first of L neurons with weight 1, slope ¼, activation ½ and error 1."""
    return 0.25**L * 0.5


def _tanh_loop(
    first: Callable[[float, float], float] = lambda a, y: 2 * (a - y),
    slope: Callable[[PerLayer, int], float] = lambda a, l: 1 - a[l] ** 2,
    own: Callable[[PerLayer, int, float], float] = lambda a, l, shared: shared * a[l - 1],
    back: Callable[[float, float, float], float] = lambda dC_da, slope, w: dC_da * slope * w,
) -> Callable[[PerLayer, PerLayer, float], PerLayer]:
    """The loop over a chain of tanh, each part of which can be another."""

    def weight_slopes(w: PerLayer, a: PerLayer, y: float) -> PerLayer:
        L = len(w) - 1
        dC_dw: PerLayer = [None] * (L + 1)
        dC_da = first(a[L], y)
        for l in range(L, 0, -1):
            dC_dw[l] = own(a, l, dC_da * slope(a, l))
            dC_da = back(dC_da, slope(a, l), w[l])
        return dC_dw

    return weight_slopes


weight_slopes = _tanh_loop()


def _from_the_front(w: PerLayer, a: PerLayer, y: float) -> PerLayer:
    _, *found = weight_slopes(w, a, y)
    return [None, *reversed(found)]


def _loop(
    own: Callable[[PerLayer, int, float], float] = lambda a, l, shared: shared * a[l - 1],
    bias: Callable[[PerLayer, int, float], float] = lambda a, l, shared: shared,
    back: Callable[..., float] = lambda shared, dC_da, w, a, slope, l: shared * w[l],
) -> Callable[[PerLayer, PerLayer, PerLayer, float], tuple[PerLayer, PerLayer]]:
    """The loop of the notebook, each part of which can be another."""

    def backwards(w: PerLayer, a: PerLayer, slope: PerLayer, y: float) -> tuple[PerLayer, PerLayer]:
        L = len(w) - 1
        dC_dw: PerLayer = [None] * (L + 1)
        dC_db: PerLayer = [None] * (L + 1)
        dC_da = a[L] - y
        for l in range(L, 0, -1):
            shared = dC_da * slope[l]
            dC_dw[l], dC_db[l] = own(a, l, shared), bias(a, l, shared)
            dC_da = back(shared, dC_da, w, a, slope, l)
        return dC_dw, dC_db

    return backwards


def _chains() -> list[Probe]:
    """Chains of several lengths: weights, activations, slopes of σ, and a target."""
    found = []
    for L in (3, 2, 5):
        w, a, y = _numbers(L), _activations(L + 1), _activations(1)[0]
        slope = [each * (1 - each) for each in a[1:]]
        found.append(([None, *w], a, [None, *slope], y))
    return found


_TURNS = [tuple(_numbers(4)) for _ in range(3)]

EXERCISES = (
    Exercise(
        "02.1",
        slope_of_last_weight,
        probes=[tuple(_activations(3)) for _ in range(4)],
        mistakes=[
            (
                lambda a_before, a_last, y: (a_last - y) * a_before,
                "The slope of σ is missing: it is the link between z and a.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * a_last * (1 - a_last),
                "This is the slope for the bias: a weight multiplies the activation before it.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * a_last * (1 - a_last) * a_last,
                "It multiplies by the activation of the neuron itself: the weight meets the one "
                "that comes in.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * a_before * (1 - a_before) * a_before,
                "It takes the slope of σ at the neuron before: the last neuron has its own.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * a_last * a_before,
                "Here σ stands where its slope σ′ belongs.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * (1 - a_last) * a_before,
                "Half of σ′ is missing: it is a product of two factors.",
            ),
            (
                lambda a_before, a_last, y: (y - a_last) * a_last * (1 - a_last) * a_before,
                "The sign is turned: it is output minus target.",
            ),
            (
                lambda a_before, a_last, y: 2 * slope_of_last_weight(a_before, a_last, y),
                "There is a 2 too many: the ½ of the cost has taken it away.",
            ),
            (
                lambda a_before, a_last, y: (
                    (a_last - y) ** 2 / 2 * a_last * (1 - a_last) * a_before
                ),
                "It starts from the cost itself: the first factor is the slope of the cost.",
            ),
        ],
    ),
    Exercise(
        "02.2",
        one_turn,
        probes=_TURNS,
        mistakes=[
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope,
                    dC_da * slope * a_before,
                    dC_da * slope * w,
                ),
                "Weight and bias are exchanged: the weight comes first.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * w,
                    dC_da * slope,
                    dC_da * slope * a_before,
                ),
                "The last factors are exchanged: the weight meets the activation before it, and "
                "that activation meets the weight.",
            ),
            (
                lambda dC_da, slope, a_before, w: (dC_da * slope * a_before, 1, dC_da * slope * w),
                "For the bias this is the last factor alone: the two that all three share belong "
                "to it too.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * a_before,
                    dC_da,
                    dC_da * slope * w,
                ),
                "For the bias the slope of σ is missing.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * a_before,
                    dC_da * slope,
                    dC_da * w,
                ),
                "The cost is carried back without the slope of σ.",
            ),
            (
                lambda dC_da, slope, a_before, w: (dC_da * a_before, dC_da, dC_da * w),
                "The slope of σ is in none of the three: every way back leads through it.",
            ),
            (
                lambda dC_da, slope, a_before, w: (slope * a_before, slope, slope * w),
                "How the neuron moves the cost, `dC_da`, is in none of the three.",
            ),
            (
                lambda dC_da, slope, a_before, w: (a_before, 1, w),
                "These are the slopes of z alone: two more factors lead from z to the cost.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * a_before,
                    dC_da * slope,
                    dC_da * slope * a_before * w,
                ),
                "The activation before the neuron gets a factor too many: its own value is not on "
                "its way to the cost.",
            ),
        ],
    ),
    Exercise(
        "02.3",
        first_slope,
        probes=[(L,) for L in (2, 3, 4, 7, 10)],
        mistakes=[
            (
                lambda L: 0.25**L,
                "One factor is missing: the activation that the weight multiplies.",
            ),
            (
                lambda L: 0.25 ** (L - 1) * 0.5,
                "One σ′ is missing: the first neuron has one too.",
            ),
            (
                lambda L: 0.25 ** (L + 1) * 0.5,
                "There is one σ′ too many: each of the L neurons has one.",
            ),
            (
                lambda L: 0.25**L * 0.5**L,
                "It takes an activation for each layer: only the one before the weight counts, "
                "and on the way back there are the weights.",
            ),
            (
                lambda L: 0.5**L * 0.25,
                "The two numbers are exchanged: there are L slopes, and one activation.",
            ),
            (
                lambda L: 0.25 * L * 0.5,
                "The slopes are added up here: along a chain they multiply.",
            ),
            (
                lambda L: 0.25 * 0.5,
                "This is a chain of one neuron: each further one brings another σ′.",
            ),
            (
                lambda L: 4**L * 0.5,
                "It divides by the slopes: they multiply.",
            ),
        ],
    ),
    Exercise(
        "02.4",
        weight_slopes,
        probes=[
            ([None, *_numbers(L)], [*_numbers(1), *map(tanh, _numbers(L))], _numbers(1)[0])
            for L in (3, 2, 4)
        ],
        mistakes=[
            (
                _tanh_loop(first=lambda a, y: a - y),
                "This belongs to a cost with a ½: without it, the slope of the square keeps its 2.",
            ),
            (
                _tanh_loop(slope=lambda a, l: a[l] * (1 - a[l])),
                "This is the slope of σ: that of tanh is another.",
            ),
            (
                _tanh_loop(lambda a, y: a - y, lambda a, l: a[l] * (1 - a[l])),
                "This is the chain of the notebook: neither the slope of tanh nor that of the new "
                "cost is in it.",
            ),
            (
                _tanh_loop(slope=lambda a, l: 1 - a[l]),
                "The activation is not squared in the slope of tanh.",
            ),
            (
                _tanh_loop(slope=lambda a, l: 1 - tanh(a[l]) ** 2),
                "It takes tanh of the activation, which is a tanh already.",
            ),
            (
                _tanh_loop(slope=lambda a, l: 1 - a[l - 1] ** 2),
                "The slope is taken at the neuron before: each neuron has its own.",
            ),
            (
                _tanh_loop(own=lambda a, l, shared: shared * a[l]),
                "A weight meets the activation of the layer before, not that of its own layer.",
            ),
            (
                _tanh_loop(own=lambda a, l, shared: shared),
                "These are the slopes for the biases: a weight has one factor more.",
            ),
            (
                _tanh_loop(back=lambda dC_da, slope, w: dC_da * slope),
                "The cost is carried back without the weight.",
            ),
            (
                _tanh_loop(back=lambda dC_da, slope, w: dC_da * w),
                "The cost is carried back without the slope of tanh.",
            ),
            (
                _tanh_loop(first=lambda a, y: 2 * (y - a)),
                "The sign is turned: it is output minus target.",
            ),
            (
                _tanh_loop(back=lambda dC_da, slope, w: 2 * dC_da * slope * w),
                "The 2 comes in again at every layer: only the cost brings one.",
            ),
            (
                _tanh_loop(first=lambda a, y: (a - y) ** 2),
                "It starts from the cost itself: the first factor is the slope of the cost.",
            ),
            (
                _from_the_front,
                "They stand in the order in which the loop finds them: the slope for layer l "
                "belongs at place l.",
            ),
        ],
    ),
    Exercise(
        "02.5",
        _loop(),
        probes=_chains(),
        unmended=_loop(back=lambda shared, dC_da, w, a, slope, l: dC_da * w[l]),
        mistakes=[
            (
                _loop(back=lambda shared, dC_da, w, a, slope, l: shared),
                "Now the weight is missing where the cost is carried back.",
            ),
            (
                _loop(back=lambda shared, dC_da, w, a, slope, l: shared * a[l - 1]),
                "An activation stands where the weight belongs, on the way back.",
            ),
            (
                _loop(back=lambda shared, dC_da, w, a, slope, l: shared * slope[l] * w[l]),
                "The slope of σ is in it twice now: `shared` holds it already.",
            ),
            (
                _loop(back=lambda shared, dC_da, w, a, slope, l: dC_da * a[l] * w[l]),
                "It is the slope of σ that is missing, not the activation.",
            ),
            (
                _loop(back=lambda shared, dC_da, w, a, slope, l: slope[l] * w[l]),
                "Only two of the three factors are carried back: how the neuron moves the cost is "
                "lost.",
            ),
            (
                _loop(
                    own=lambda a, l, shared: shared * a[l],
                    back=lambda shared, dC_da, w, a, slope, l: dC_da * w[l],
                ),
                "The slope for the weight was right, and what it multiplies is wrong now. The slip "
                "is elsewhere.",
            ),
            (
                _loop(own=lambda a, l, shared: shared * a[l]),
                "The way back is mended, but the slope for the weight has got the activation of "
                "its own layer.",
            ),
            (
                _loop(
                    bias=lambda a, l, shared: 1.0,
                    back=lambda shared, dC_da, w, a, slope, l: dC_da * w[l],
                ),
                "The slope for the bias was right: its last factor is 1, and the others stay.",
            ),
        ],
    ),
)
