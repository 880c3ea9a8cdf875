"""The exercises of notebook 02: the slopes of a chain, and the loop that finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import tanh
from typing import Any

import numpy as np

from bp_helpers.exercises.exercise import Exercise, Probe, columns
from bp_helpers.functions import sigmoid, sigmoid_slope

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


@dataclass(frozen=True)
class Turn:
    """What a turn of the loop has at hand, for the neuron of one layer."""

    dC_da: float
    slope: float
    weight: float
    before: float  # the activation that the weight multiplies
    here: float  # that of the neuron itself
    y: float

    @property
    def shared(self) -> float:
        """The two factors that all three slopes begin with."""
        return self.dC_da * self.slope


Part = Callable[[Turn], float]
Layers = Callable[[int], Iterable[int]]


def _run(
    w: PerLayer,
    a: PerLayer,
    slope: PerLayer,
    y: float,
    dC_da: float,
    own: Part = lambda t: t.shared * t.before,
    bias: Part = lambda t: t.shared,
    back: Part = lambda t: t.shared * t.weight,
    layers: Layers = lambda L: range(L, 0, -1),
) -> tuple[PerLayer, PerLayer]:
    """The loop of the notebook, each part of which can be another."""
    L = len(w) - 1
    dC_dw: PerLayer = [None] * (L + 1)
    dC_db: PerLayer = [None] * (L + 1)
    for l in layers(L):
        turn = Turn(dC_da, slope[l], w[l], a[l - 1], a[l], y)
        dC_dw[l], dC_db[l], dC_da = own(turn), bias(turn), back(turn)
    return dC_dw, dC_db


def _tanh_loop(
    first: Callable[[float, float], float] = lambda a, y: 2 * (a - y),
    slope: Callable[[PerLayer, int], float] = lambda a, l: 1 - a[l] ** 2,
    **parts: Any,  # noqa: ANN401
) -> Callable[[PerLayer, PerLayer, float], PerLayer]:
    """The loop over a chain of tanh, each part of which can be another."""

    def weight_slopes(w: PerLayer, a: PerLayer, y: float) -> PerLayer:
        slopes = [None, *(slope(a, l) for l in range(1, len(a)))]
        return _run(w, a, slopes, y, first(a[-1], y), **parts)[0]

    return weight_slopes


weight_slopes = _tanh_loop()


def _from_the_front(w: PerLayer, a: PerLayer, y: float) -> PerLayer:
    _, *found = weight_slopes(w, a, y)
    return [None, *reversed(found)]


def _loop(
    first: Callable[[PerLayer, PerLayer, float], float] = lambda a, slope, y: a[-1] - y,
    **parts: Any,  # noqa: ANN401
) -> Callable[[PerLayer, PerLayer, PerLayer, float], tuple[PerLayer, PerLayer]]:
    """The loop over a chain with given slopes, each part of which can be another."""

    def backwards(w: PerLayer, a: PerLayer, slope: PerLayer, y: float) -> tuple[PerLayer, PerLayer]:
        return _run(w, a, slope, y, first(a, slope, y), **parts)

    return backwards


def _slip(turn: Turn) -> float:
    """What is carried back where the slope of σ is missing."""
    return turn.dC_da * turn.weight


def _forwards(L: int) -> Iterable[int]:
    return range(1, L + 1)


def _chains() -> list[Probe]:
    """Chains of several lengths: weights, activations, slopes of σ, and a target."""
    found = []
    for L in (3, 2, 5, 1):
        w, a, y = _numbers(L), _activations(L + 1), _activations(1)[0]
        slope = [each * (1 - each) for each in a[1:]]
        found.append(([None, *w], a, [None, *slope], y))
    return found


def _turns() -> Iterator[Probe]:
    """What one turn is given; slope and activation are as a sigmoid gives them."""
    for a_last, a_before in (_activations(2) for _ in range(4)):
        dC_da, w = _numbers(2)
        yield dC_da, a_last * (1 - a_last), a_before, w


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
                "The sign is turned: the error is output minus target, and σ′ is never negative.",
            ),
            (
                lambda a_before, a_last, y: abs(a_last - y) * a_last * (1 - a_last) * a_before,
                "The error has lost its sign, which says whether the output is too large or too "
                "small.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) ** 2 * a_last * (1 - a_last) * a_before,
                "The error is squared: the slope of half a square is the error itself.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * a_last * (1 - a_before) * a_before,
                "The two factors of σ′ belong to two neurons here: both are made of a_last.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * 0.25 * a_before,
                "It takes ¼ for σ′, which is the largest that it can be: it depends on the "
                "activation.",
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
            (
                lambda a_before, a_last, y: (a_last - y) * sigmoid_slope(a_last) * a_before,
                "It takes σ′ at a_last, which is a sigmoid already: its slope can be had from "
                "a_last itself, without another σ.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * sigmoid(a_last) * a_before,
                "It takes σ of a_last, which is a sigmoid already, and what belongs there is the "
                "slope σ′.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * sigmoid_slope(a_before) * a_before,
                "It takes σ′ at the activation before: the slope is that of the last neuron.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * (1 - a_last**2) * a_before,
                "This is the slope of tanh: the neurons of this chain have σ.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * (1 - a_last) ** 2 * a_before,
                "In σ′ it takes 1 − a twice: one of its two factors is the activation itself.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * y * (1 - y) * a_before,
                "It takes the slope of σ at the target: it is taken where the neuron is.",
            ),
            (
                lambda a_before, a_last, y: (a_before - y) * a_last * (1 - a_last) * a_before,
                "It compares the activation before with the target: the output is what is "
                "compared.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) * a_last * 1 - a_last * a_before,
                "The brackets around 1 minus the activation are missing.",
            ),
            (
                lambda a_before, a_last, y: a_last - y * a_last * (1 - a_last) * a_before,
                "The brackets around output minus target are missing.",
            ),
            (
                lambda a_before, a_last, y: a_last * (1 - a_last) * a_before,
                "The first factor is missing: how the output moves the cost.",
            ),
            (
                lambda a_before, a_last, y: (a_last - y) + a_last * (1 - a_last) + a_before,
                "The slopes of the links are added: along a chain they multiply.",
            ),
        ],
    ),
    Exercise(
        "02.2",
        one_turn,
        probes=list(_turns()),
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
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * a_before,
                    dC_da * slope * a_before,
                    dC_da * slope * w,
                ),
                "For the bias there is a factor too many: no activation multiplies it.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * w,
                    dC_da * slope,
                    dC_da * slope * w,
                ),
                "For the weight the last factor is what it multiplies, and not the weight itself.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * w * a_before,
                    dC_da * slope,
                    dC_da * slope * w,
                ),
                "For the weight there is a factor too many: its own value is not on its way to "
                "the cost.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * a_before,
                    dC_da * slope,
                    dC_da * slope,
                ),
                "The cost is carried back without the weight.",
            ),
            (
                lambda dC_da, slope, a_before, w: (dC_da * slope, dC_da * slope, dC_da * slope * w),
                "For the weight the last factor is missing: what it multiplies.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * a_before,
                    dC_da * slope,
                    dC_da * slope * w,
                ),
                "For the weight the slope of σ is missing.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * a_before,
                    slope,
                    dC_da * slope * w,
                ),
                "For the bias it is missing how the neuron moves the cost.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * a_before,
                    dC_da * slope,
                    slope * w,
                ),
                "What is carried back is not the cost: how the neuron moves it is missing.",
            ),
            (
                lambda dC_da, slope, a_before, w: one_turn(dC_da, slope * (1 - slope), a_before, w),
                "It makes a slope out of the slope: what you are given is σ′ already.",
            ),
            (
                lambda dC_da, slope, a_before, w: one_turn(
                    dC_da, float(sigmoid_slope(np.asarray(slope))), a_before, w
                ),
                "It takes σ′ of the slope: what you are given is σ′ already.",
            ),
            (
                lambda dC_da, slope, a_before, w: one_turn(
                    dC_da, a_before * (1 - a_before), a_before, w
                ),
                "It makes the slope from the activation before: that of the neuron is given.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da * slope * a_before,
                    dC_da * slope,
                    dC_da * slope * a_before * (1 - a_before) * w,
                ),
                "What is carried back has a second slope in it, of the neuron before: that one "
                "comes in the next turn.",
            ),
            (
                lambda dC_da, slope, a_before, w: (
                    dC_da + slope + a_before,
                    dC_da + slope,
                    dC_da + slope + w,
                ),
                "The factors are added: along a chain they multiply.",
            ),
        ],
    ),
    Exercise(
        "02.3",
        first_slope,
        probes=[(L,) for L in (2, 3, 4, 7, 10, 1)],
        mistakes=[
            (
                lambda L: 0.25**L,
                "One factor is missing: the activation that the weight multiplies.",
            ),
            (
                lambda L: 0.25 ** (L - 1) * 0.5,
                "One σ′ is missing, since the first neuron has one too, or the ½ divides where it "
                "should multiply.",
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
            (
                lambda L: 0.25**3 * 0.5,
                "This is right for three layers alone: L says how many there are.",
            ),
            (
                lambda L: 0.25**L * 0.5 * L,
                "It takes the product once for each layer: only one way leads to the weight.",
            ),
            (
                lambda L: 0.25**L * 0.5 * 0.5,
                "There is a ½ too many: the activation before the weight brings one, and nothing "
                "else does.",
            ),
            (
                lambda L: 0.25**L + 0.5,
                "The activation is added: it multiplies like the others.",
            ),
            (
                lambda L: sum(0.25**k * 0.5 for k in range(1, L + 1)),
                "It adds up the slopes for all weights: that for the first one is asked for.",
            ),
            (
                lambda L: 0.25 ** (2 * L) * 0.5,
                "It takes two σ′ for each layer: there is one, and beside it the weight, which is "
                "1.",
            ),
        ],
    ),
    Exercise(
        "02.4",
        weight_slopes,
        probes=[
            ([None, *_numbers(L)], [*_numbers(1), *map(tanh, _numbers(L))], _numbers(1)[0])
            for L in (3, 2, 4, 1)
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
                _tanh_loop(slope=lambda a, l: (1 - a[l]) ** 2),
                "In the slope of tanh the activation alone is squared, and not 1 minus it.",
            ),
            (
                _tanh_loop(slope=lambda a, l: 1),
                "The slope of tanh is missing: it is the link between z and a.",
            ),
            (
                _tanh_loop(own=lambda t: t.shared * t.here),
                "A weight meets the activation of the layer before, not that of its own layer.",
            ),
            (
                _tanh_loop(own=lambda t: t.shared),
                "These are the slopes for the biases: a weight has one factor more.",
            ),
            (
                _tanh_loop(own=lambda t: t.dC_da * t.before),
                "The slope of tanh is missing in the slope for the weight.",
            ),
            (
                _tanh_loop(own=lambda t: t.shared * t.weight),
                "The slope for a weight has what the weight multiplies as its last factor, and not "
                "the weight.",
            ),
            (
                _tanh_loop(own=lambda t: t.shared * t.weight * t.before),
                "The weight is in the slope for the weight too: it belongs only into what is "
                "carried back.",
            ),
            (
                _tanh_loop(own=lambda t: t.shared * t.weight * t.slope * t.before),
                "It carries the cost back first, and takes the slope for the weight from that: it "
                "is taken from what the turn begins with.",
            ),
            (
                _tanh_loop(own=lambda t: 2 * (t.here - t.y) * t.slope * t.before),
                "Every neuron is compared with the target: only the last one has a target.",
            ),
            (
                _tanh_loop(back=lambda t: t.dC_da),
                "Every turn works with the slope of the cost for the output: each turn should "
                "find, for the next one, how the activation before moves the cost.",
            ),
            (
                _tanh_loop(back=lambda t: t.dC_da * t.slope),
                "The cost is carried back without the weight.",
            ),
            (
                _tanh_loop(back=lambda t: t.dC_da * t.weight),
                "The cost is carried back without the slope of tanh.",
            ),
            (
                _tanh_loop(back=lambda t: t.weight * t.slope),
                "How the neuron moves the cost gets lost on the way back.",
            ),
            (
                _tanh_loop(back=lambda t: t.shared * t.before),
                "An activation stands where the weight belongs, on the way back.",
            ),
            (
                _tanh_loop(back=lambda t: t.shared * t.slope * t.weight),
                "The slope of tanh is in it twice on the way back.",
            ),
            (
                _tanh_loop(back=lambda t: t.dC_da + t.shared * t.weight),
                "What is carried back is added to what came: it should take its place.",
            ),
            (
                _tanh_loop(slope=lambda a, l: 1 - a[-1] ** 2),
                "It takes the slope of the last neuron in every turn: each neuron has its own.",
            ),
            (
                _tanh_loop(slope=lambda a, l: a[l] ** 2 - 1),
                "In the slope of tanh the sign is turned: the square is taken away from 1.",
            ),
            (
                _tanh_loop(
                    own=lambda t: t.shared * t.weight,
                    back=lambda t: t.shared * t.before,
                ),
                "The last factors are exchanged: a weight meets the activation before it, and that "
                "activation meets the weight.",
            ),
            (
                _tanh_loop(layers=_forwards),
                "The loop runs forwards: each layer needs what the layer after it has found.",
            ),
            (
                _tanh_loop(first=lambda a, y: 2 * (y - a)),
                "The sign is turned: it is output minus target.",
            ),
            (
                _tanh_loop(back=lambda t: 2 * t.shared * t.weight),
                "The 2 comes in again at every layer: only the cost brings one.",
            ),
            (
                _tanh_loop(first=lambda a, y: (a - y) ** 2),
                "It starts from the cost itself: the first factor is the slope of the cost.",
            ),
            (
                _tanh_loop(first=lambda a, y: 2 * a - y),
                "The 2 multiplies the output alone: it belongs before the whole difference.",
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
        unmended=_loop(back=_slip),
        mistakes=[
            (
                _loop(back=lambda t: -t.shared * t.weight),
                "The sign is turned on the way back.",
            ),
            (
                _loop(back=lambda t: t.shared),
                "Now the weight is missing where the cost is carried back.",
            ),
            (
                _loop(back=lambda t: t.shared * t.before),
                "An activation stands where the weight belongs, on the way back.",
            ),
            (
                _loop(back=lambda t: t.shared * t.before * t.weight),
                "There is a factor too many on the way back: the activation belongs to the slope "
                "for the weight alone.",
            ),
            (
                _loop(back=lambda t: t.shared * t.slope * t.weight),
                "The slope of σ is in it twice now: `shared` holds it already.",
            ),
            (
                _loop(back=lambda t: t.dC_da * t.here * t.weight),
                "It is the slope of σ that is missing, not the activation.",
            ),
            (
                _loop(back=lambda t: t.dC_da * t.before * t.weight),
                "It is the slope of σ that is missing, not the activation before.",
            ),
            (
                _loop(back=lambda t: t.dC_da * t.before * (1 - t.before) * t.weight),
                "The slope on the way back is that of the neuron before: first the cost has to "
                "pass through this one.",
            ),
            (
                _loop(back=lambda t: t.slope * t.weight),
                "Only two of the three factors are carried back: how the neuron moves the cost is "
                "lost.",
            ),
            (
                _loop(back=lambda t: t.dC_da),
                "Every turn works with the slope of the cost for the output now: each turn should "
                "find, for the next one, how the activation before moves the cost.",
            ),
            (
                _loop(back=lambda t: t.dC_da + t.shared * t.weight),
                "What is carried back is added to what came: it takes its place.",
            ),
            (
                _loop(back=lambda t: t.shared + t.weight),
                "The weight is added on the way back: it multiplies.",
            ),
            (
                _loop(back=lambda t: t.shared / t.weight),
                "On the way back it divides by the weight: a slope is multiplied by it.",
            ),
            (
                _loop(back=lambda t: (t.here - t.y) * t.slope * t.weight),
                "On the way back the target is compared with every neuron: only the last one has a "
                "target.",
            ),
            (
                _loop(back=lambda t: t.shared * t.weight * t.here),
                "There is a factor too many on the way back: the activation of the neuron itself.",
            ),
            (
                _loop(
                    own=lambda t: t.shared * t.weight * t.before,
                    bias=lambda t: t.shared * t.weight,
                ),
                "The way back is mended, but the weight is in the slopes of its own layer too: it "
                "belongs only into what is carried back.",
            ),
            (
                _loop(
                    own=lambda t: t.shared * t.weight * t.before,
                    bias=lambda t: t.shared * t.weight,
                    back=_slip,
                ),
                "The weight is in the slopes of its own layer now: it belongs only into what is "
                "carried back, and what is missing there is another factor.",
            ),
            (
                _loop(first=lambda a, slope, y: 2 * (a[-1] - y), back=_slip),
                "The start was right: with the ½ no 2 is left. The slip is elsewhere.",
            ),
            (
                _loop(layers=_forwards),
                "The line is mended, but the loop runs forwards now: each layer needs what the "
                "layer after it has found.",
            ),
            (
                _loop(layers=_forwards, back=_slip),
                "The loop ran in the right direction: each layer needs what the layer after it has "
                "found. The slip is elsewhere.",
            ),
            (
                _loop(first=lambda a, slope, y: y - a[-1], back=_slip),
                "The start was right: it is output minus target. The slip is elsewhere.",
            ),
            (
                _loop(first=lambda a, slope, y: (a[-1] - y) * slope[-1], back=_slip),
                "The start was right: now σ′ of the last neuron is in its slopes twice, and on the "
                "way back it is still missing.",
            ),
            (
                _loop(first=lambda a, slope, y: (a[-1] - y) * slope[-1]),
                "The way back is mended, but σ′ of the last neuron is in it twice, since it is at "
                "the start too.",
            ),
            (
                _loop(own=lambda t: t.shared * t.here, back=_slip),
                "The slope for the weight was right, and what it multiplies is wrong now. The slip "
                "is elsewhere.",
            ),
            (
                _loop(own=lambda t: t.shared * t.here),
                "The way back is mended, but the slope for the weight has got the activation of "
                "its own layer.",
            ),
            (
                _loop(bias=lambda t: 1.0, back=_slip),
                "The slope for the bias was right: its last factor is 1, and the others stay.",
            ),
            (
                _loop(
                    own=lambda t: (t.here - t.y) * t.slope * t.before,
                    bias=lambda t: (t.here - t.y) * t.slope,
                ),
                "Every neuron is compared with the target now: only the last one has a target.",
            ),
        ],
    ),
)
