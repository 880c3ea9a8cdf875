"""The exercises of notebook 01: three slopes, a ratio, where σ is flat, another neuron, signs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bp_helpers.exercises.exercise import Exercise
from bp_helpers.functions import sigmoid, sigmoid_slope
from bp_helpers.verdict import Function

Three = tuple[float, float, float]

_NEURONS = [(1.3, -0.4, 0.7, 0.2), (-0.9, 0.5, 1.6, 0.8), (0.6, 1.1, -0.5, 0.3)]  # w, b, a0, y


def three_slopes(w: float, b: float, a0: float, y: float) -> Three:
    """∂C/∂a, ∂a/∂z and ∂z/∂w of a sigmoid neuron."""
    z = np.asarray(w * a0 + b)
    return float(sigmoid(z)) - y, float(sigmoid_slope(z)), a0


def ratio(f: Callable[[Any], Any], w: float, h: float) -> Any:  # noqa: ANN401
    """How far f moves when w moves by h, as a ratio."""
    return (f(w + h) - f(w)) / h


def flat_from(limit: float) -> float:
    """The first of 0, 0.1, 0.2, … at which σ′ is at most `limit`."""
    return _first(lambda z: sigmoid_slope(z) <= limit)


def three_derivatives(w: float, b: float, a0: float, y: float) -> Three:
    """The derivatives for w, b and a0 where a = tanh(z) and C = ¼ (a − y)⁴."""
    a = float(np.tanh(w * a0 + b))
    shared = (a - y) ** 3 * (1 - a**2)
    return shared * a0, shared, shared * w


def signs(w: float, a0: float, a: float, y: float) -> Three:
    """The signs of the derivatives for w, b and a0."""
    error = float(np.sign(a - y))
    return error * float(np.sign(a0)), error, error * float(np.sign(w))


def _product_of_signs(w: float, a0: float, a: float, y: float, at_zero: int) -> Three:
    """The signs, where a factor that is 0 has got one too."""
    to_w, to_b, to_a0 = (np.sign(v) or at_zero for v in (a0, a - y, w))
    return to_b * to_w, to_b, to_b * to_a0


def _first(is_there: Callable[[Any], Any], start: int = 0) -> float:
    k = start
    while not is_there(k / 10):
        k += 1
    return k / 10


def _exactly_flat(limit: float) -> float:
    a = (1 + np.sqrt(max(1 - 4 * limit, 0))) / 2
    return float(np.log(a / (1 - a)))


def _of(activation: Callable[[Any], Any], wrong: Callable[..., object]) -> Function:
    """A mistake in a function of w, b, a0 and y, told as one of those and of z and a."""

    def mistake(w: float, b: float, a0: float, y: float) -> object:
        z = w * a0 + b
        return wrong(w, b, a0, y, z, activation(z))

    return mistake


def _slopes(wrong: Callable[..., object]) -> Function:
    return _of(sigmoid, wrong)


def _derivatives(
    shared: Callable[..., Any], activation: Callable[[Any], Any] = np.tanh
) -> Function:
    """The three derivatives with other factors before the last one."""

    def wrong(w: float, b: float, a0: float, y: float, z: float, a: float) -> object:
        factors = shared(y, z, a)
        return factors * a0, factors, factors * w

    return _of(activation, wrong)


EXERCISES = (
    Exercise(
        "01.1",
        three_slopes,
        probes=_NEURONS,
        mistakes=[
            (
                _slopes(lambda w, b, a0, y, z, a: (a0, sigmoid_slope(z), a - y)),
                "They are in the order in which a nudge travels: return them from the cost "
                "backwards.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, a, a0)),
                "The second one is σ(z): the slope of σ belongs there.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, sigmoid_slope(a), a0)),
                "The second one is the slope of σ at a: it is taken at z.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, 1 - a, a0)),
                "In the second one the square below the fraction line is missing.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, a**2, a0)),
                "In the second one the 1 above the fraction line should be a power of e.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (y - a, sigmoid_slope(z), a0)),
                "The first one has its sign turned: it is output minus target.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (2 * (a - y), sigmoid_slope(z), a0)),
                "The first one has a stray 2: with the ½ in the cost it goes.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: ((a - y) ** 2 / 2, sigmoid_slope(z), a0)),
                "The first one is the cost: its slope belongs there.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: ((a - y) ** 2, sigmoid_slope(z), a0)),
                "The first one is a square: with the ½ in the cost, its slope is the difference.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: ((a - y) / 2, sigmoid_slope(z), a0)),
                "The first one has kept the ½: it takes away the 2 that comes down.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (sigmoid(-z) - y, sigmoid_slope(z), a0)),
                "In the first one the activation is σ at −z: the exponent in σ has a minus.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (z - y, sigmoid_slope(z), a0)),
                "The first one compares z with the target: the cost is that of the activation.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, sigmoid_slope(z), w)),
                "The third one is the slope for the incoming activation: for w it is the number "
                "that w is multiplied by.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, sigmoid_slope(z), 1)),
                "The third one is the slope for the bias: w is multiplied by something.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, sigmoid_slope(z), w * a0)),
                "The third one is a part of z: it is how much z grows for each bit of w.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, sigmoid_slope(z), z)),
                "The third one is z itself: it is how much z grows for each bit of w.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, sigmoid_slope(z), b)),
                "The third one is the bias, which stands still while w moves: it is the number "
                "that w is multiplied by.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, sigmoid_slope(z), a)),
                "The third one is what comes out of the neuron: w is multiplied by what comes in.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (abs(a - y), sigmoid_slope(z), a0)),
                "The first one has lost its sign, which says whether the output is too large or "
                "too small.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a, sigmoid_slope(z), a0)),
                "The first one is the output alone: it is compared with the target.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, -sigmoid_slope(z), a0)),
                "The second one has its sign turned: σ never stops rising.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, z * (1 - z), a0)),
                "The second one is made of z: look at (01.6), what stands there is a power of e.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, 1 - a**2, a0)),
                "The second one is the slope of another squeezing function, tanh: look at (01.6).",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, np.exp(-z) / (1 + np.exp(-z) ** 2), a0)),
                "In the second one only the power of e is squared: the whole sum below the "
                "fraction line is.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y, np.exp(z) * a**2, a0)),
                "In the second one the exponent above the fraction line lacks its minus.",
            ),
            (
                _slopes(lambda w, b, a0, y, z, a: (a - y) * sigmoid_slope(z) * a0),
                "This is their product: return the three of them, one by one.",
            ),
            (
                _slopes(
                    lambda w, b, a0, y, z, a: (
                        a - y,
                        (a - y) * sigmoid_slope(z),
                        (a - y) * sigmoid_slope(z) * a0,
                    )
                ),
                "They are multiplied up already: each slope is that of one link alone.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) * sigmoid_slope(z), sigmoid),
                "These are the derivatives of C for w, b and a0: wanted are the slopes of the "
                "three links whose product is the first of them.",
            ),
            (
                lambda w, b, a0, y: three_slopes(w, 0.0, a0, y),
                "The bias is missing from z.",
            ),
            (
                lambda w, b, a0, y: (*three_slopes(1.0, w * (a0 + b), 0.0, y)[:2], a0),
                "The bias is added before w multiplies: it is added to the product.",
            ),
            (
                lambda w, b, a0, y: three_slopes(w, -b, a0, y),
                "The bias is subtracted in z: it is added.",
            ),
            (
                _of(np.tanh, lambda w, b, a0, y, z, a: (a - y, 1 - a**2, a0)),
                "This neuron is one with tanh: in this notebook it has a sigmoid.",
            ),
        ],
    ),
    Exercise(
        "01.2",
        ratio,
        probes=[(np.exp, 0.4, 0.5), (np.sin, 1.1, -0.3), (np.square, -0.7, 0.2)],
        mistakes=[
            (
                lambda f, w, h: f(w + h) - f(w) / h,
                "It divides only f(w) by h: the whole difference is divided, so it needs brackets.",
            ),
            (
                lambda f, w, h: f(w + h) - f(w),
                "This is how far f moves: a ratio has what moved it below the line.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w)) * h,
                "It multiplies by the nudge: a ratio divides.",
            ),
            (
                lambda f, w, h: h / (f(w + h) - f(w)),
                "It is upside down: what moves comes above, and the nudge below.",
            ),
            (
                lambda f, w, h: (f(w) - f(w + h)) / h,
                "The sign is turned: a change is the value after, minus the value before.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w)) / w,
                "It divides by w: the nudge h is what w moves by.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w)) / (w + h),
                "It divides by the place after the nudge: the nudge alone belongs there.",
            ),
            (
                lambda f, w, h: f(w + h) / h,
                "The value before the nudge is missing: a change is a difference.",
            ),
            (
                lambda f, w, h: f(h) / h,
                "It does not start from w: f is wanted there, and one nudge further.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(h)) / h,
                "It starts from h: what is taken away is f before the nudge, at w.",
            ),
            (
                lambda f, w, h: (f(w) - f(w - h)) / h,
                "It nudges the other way: w moves to w + h here.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w - h)) / (2 * h),
                "It nudges both ways, which is a good measurement, but not this ratio: it goes "
                "from w to w + h.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w - h)) / h,
                "It nudges both ways, so that w moves by 2h: here it goes from w to w + h.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w)) / abs(h),
                "The nudge has lost its sign, which is negative where w shrinks.",
            ),
            (
                lambda f, w, h: (f(w - h) - f(w)) / h,
                "It goes the other way, to w − h, and so turns the sign: w moves to w + h here.",
            ),
            (
                lambda f, w, h: (f(w + h) - w) / h,
                "It takes w away from a value of f: what is taken away is f before the nudge.",
            ),
            (
                lambda f, w, h: (f(w + h) + f(w)) / h,
                "It adds the two values: how far f moves is their difference.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w)) / f(w),
                "It divides by f before the nudge: what stands below the line is how far w moves.",
            ),
            (
                lambda f, w, h: f(w + h) / f(w),
                "It divides the value after the nudge by the one before: the change of f is their "
                "difference, and what it is divided by is the nudge.",
            ),
            (
                lambda f, w, h: abs(f(w + h) - f(w)) / abs(h),
                "The ratio has lost its sign, which is negative where f falls as w grows.",
            ),
            (
                lambda f, w, h: abs(f(w + h) - f(w)) / h,
                "How far f moves has lost its sign, which is negative where f falls.",
            ),
            (
                lambda f, w, h: (f(w * h) - f(w)) / h,
                "It multiplies w by the nudge: w moves to w + h.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w)) / w + h,
                "It divides by w, and adds h: the nudge h is what the difference is divided by.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w)) / f(h),
                "It divides by f of the nudge: the nudge itself stands below the line.",
            ),
            (
                lambda f, w, h: f(w + h) - f(w) / w + h,
                "It lacks two pairs of brackets: the whole difference is divided by the nudge.",
            ),
            (
                lambda f, w, h: ratio(sigmoid, w, h),
                "It measures the sigmoid, whatever it is given: f is to be measured.",
            ),
            (
                lambda f, w, h: sigmoid_slope(np.asarray(w)),
                "This is the slope of the sigmoid: f may be any function, and a ratio is asked "
                "for.",
            ),
            *(
                (
                    lambda f, w, h, own=own: ratio(f, w, own),
                    f"It nudges by {own:g}, whatever it is given: h says how long the nudge is.",
                )
                for own in (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 1.0)
            ),
        ],
    ),
    Exercise(
        "01.3",
        flat_from,
        probes=[(limit,) for limit in (0.05, 0.2, 0.01, 0.25, 1e-6, 0.3, 0.04, 1e-9)],
        mistakes=[
            (
                lambda limit: _first(lambda z: sigmoid_slope(z) < limit),
                "It goes on where the slope is equal to the limit: that is small enough.",
            ),
            (
                lambda limit: _first(lambda z: sigmoid_slope(z) <= limit, start=1),
                "It gives 0.1 where 0 would do: the slope may be small enough at 0 already.",
            ),
            (
                lambda limit: flat_from(limit) + 0.1,
                "It goes one step too far.",
            ),
            (
                lambda limit: flat_from(limit) - 0.1,
                "It stops one step too early: the slope is still above the limit there.",
            ),
            (
                lambda limit: max(flat_from(limit) - 0.1, 0.0),
                "It returns the last place where the slope is too large: the next one is wanted.",
            ),
            (
                lambda limit: flat_from(limit) * 10,
                "It returns the number of steps, ten times the z.",
            ),
            (
                lambda limit: float(np.ceil(_exactly_flat(limit))),
                "It tries whole numbers only: it should go in steps of 0.1.",
            ),
            (
                lambda limit: round(_exactly_flat(limit), 1),
                "It finds z to more digits, and rounds to the nearest tenth, where the slope may "
                "still be too large.",
            ),
            (
                lambda limit: _first(lambda z: sigmoid_slope(z / 10) <= limit) / 10,
                "It goes in steps of 0.01: asked is the first of 0, 0.1, 0.2 and so on.",
            ),
            (
                lambda limit: _first(lambda z: sigmoid_slope(10 * z) <= limit),
                "It takes the slope at 1, 2, 3 and so on, and divides by 10 only at the end: the "
                "slope is wanted at the tenths.",
            ),
            (
                lambda limit: _first(lambda z: 1 - np.tanh(z) ** 2 <= limit),
                "It looks at the slope of tanh: the question is how flat σ is.",
            ),
            (
                lambda limit: 0.0 if limit < 0.25 else None,
                "It stops where the slope is still above the limit: it should go on there, and "
                "stop where the slope is small enough.",
            ),
            (
                lambda limit: _first(lambda z: 1 - sigmoid(z) <= limit),
                "It asks how near σ has come to 1: the question is how flat it is.",
            ),
            (
                lambda limit: float(sigmoid_slope(np.asarray(flat_from(limit)))),
                "It returns the slope: the z at which it is found is wanted.",
            ),
            (
                _exactly_flat,
                "It solves for the exact z: asked is the first of 0, 0.1, 0.2 and so on.",
            ),
            (
                lambda limit: _first(lambda z: 1 / (1 + np.exp(-z)) ** 2 >= 1 - limit),
                "It looks at a power of σ: the slope σ′ has a power of e above its line.",
            ),
        ],
    ),
    Exercise(
        "01.4",
        three_derivatives,
        probes=_NEURONS,
        mistakes=[
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * sigmoid_slope(z)),
                "The slope is still that of the sigmoid: this neuron has tanh.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * (1 - a**2), sigmoid),
                "The activation is still the sigmoid: only its slope is that of tanh.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * sigmoid_slope(z), sigmoid),
                "This neuron is still one with a sigmoid: activation and slope are those of tanh.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) * (1 - a**2)),
                "The slope of the cost is still that of half a square: this cost has a fourth "
                "power.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) * sigmoid_slope(z), sigmoid),
                "This is the neuron of the notebook: here two of its three links are others.",
            ),
            (
                _derivatives(lambda y, z, a: 4 * (a - y) ** 3 * (1 - a**2)),
                "The ¼ of the cost is missing: it takes away the 4 that comes down.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 / 4 * (1 - a**2)),
                "The 4 that comes down from the power is missing: it takes away the ¼.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 4 / 4 * (1 - a**2)),
                "The cost itself stands where its slope belongs.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 4 * (1 - a**2)),
                "The error has kept its fourth power: differentiating takes one from the power.",
            ),
            (
                _derivatives(lambda y, z, a: np.abs(a - y) ** 3 * (1 - a**2)),
                "The error has lost its sign: a third power keeps it.",
            ),
            (
                _derivatives(lambda y, z, a: (z - y) ** 3 * (1 - a**2)),
                "It compares z with the target: the cost is that of the activation.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * (1 - a) ** 2),
                "In the slope of tanh a alone is squared, and not 1 − a.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * (1 + a**2)),
                "In the slope of tanh the square of a is taken away, not added.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 2 * (1 - a**2)),
                "The power of the error is too low: of a fourth power a third one is left.",
            ),
            (
                _derivatives(lambda y, z, a: (y - a) ** 3 * (1 - a**2)),
                "All signs are turned: the error is output minus target, and the slope of tanh is "
                "never negative.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * (1 - z**2)),
                "The slope of tanh is 1 minus the square of a, not of z.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * (1 - np.tanh(a) ** 2)),
                "The tanh is taken twice: in 1 − a² the a is tanh(z) already.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * (1 - a)),
                "In the slope of tanh the a is squared.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * a * (1 - a)),
                "The slope is a(1 − a), which tanh does not have: it is 1 − a².",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3 * a),
                "The activation stands where its slope belongs.",
            ),
            (
                _derivatives(lambda y, z, a: (a - y) ** 3),
                "The slope of the activation is missing.",
            ),
            (
                _of(np.tanh, lambda w, b, a0, y, z, a: ((a - y) ** 3, 1 - a**2, a0)),
                "These are the slopes of the three links for w: multiply them, and do the same for "
                "the other two.",
            ),
            (
                _of(
                    np.tanh,
                    lambda w, b, a0, y, z, a: (
                        (a - y) ** 3 * (1 - a**2) * a0,
                        1,
                        (a - y) ** 3 * (1 - a**2) * w,
                    ),
                ),
                "For the bias it gives the last factor alone: the first two belong to it as well.",
            ),
            (
                _of(
                    np.tanh,
                    lambda w, b, a0, y, z, a: (
                        (a - y) ** 3 * (1 - a**2) * a0,
                        (a - y) ** 3 * (1 - a**2) * b,
                        (a - y) ** 3 * (1 - a**2) * w,
                    ),
                ),
                "For the bias it multiplies by the bias itself: z grows exactly as the bias does.",
            ),
            (
                lambda w, b, a0, y: three_derivatives(w, b, a0, y)[::-1],
                "They are in the opposite order: first for w, then for b, then for what comes in.",
            ),
            (
                lambda w, b, a0, y: tuple(three_derivatives(w, b, a0, y)[k] for k in (1, 0, 2)),
                "Those for w and b have changed places.",
            ),
            (
                lambda w, b, a0, y: tuple(three_derivatives(w, b, a0, y)[k] for k in (0, 2, 1)),
                "Those for b and for what comes in have changed places.",
            ),
            (
                lambda w, b, a0, y: three_derivatives(w, 0.0, a0, y),
                "The bias is missing from z.",
            ),
        ],
    ),
    Exercise(
        "01.5",
        signs,
        probes=[
            (-0.8, 0.4, 0.3, 0.9),
            (-1.2, 0.7, 0.8, 0.1),
            (0.5, -0.6, 0.4, 0.7),
            (-0.3, -1.4, 0.9, 0.2),
            (0.9, 0.0, 0.6, 0.3),
            (0.0, -0.5, 0.5, 0.8),
            (-0.7, 1.1, 0.25, 0.25),
            (0.6, 0.9, 0.4, 0.8),
            (1.3, 0.2, 0.7, 0.4),
            (-0.4, 0.0, 0.3, 0.9),
            (-0.9, -0.7, 0.2, 0.6),
            (0.0, 0.8, 0.6, 0.1),
        ],
        mistakes=[
            (
                lambda w, a0, a, y: tuple(-s for s in signs(w, a0, a, y)),
                "All signs are turned: a slope says how C moves when the number grows, and not in "
                "which direction the number should move.",
            ),
            (
                lambda w, a0, a, y: signs(a0, w, a, y),
                "Those for w and for what comes in have changed places: of two numbers that are "
                "multiplied, each has the other as its slope.",
            ),
            (
                lambda w, a0, a, y: tuple(np.array(signs(w, a0, a, y))[[1, 0, 2]]),
                "Those for w and for b have changed places.",
            ),
            (
                lambda w, a0, a, y: tuple(np.array(signs(w, a0, a, y))[[0, 2, 1]]),
                "They are in another order: first for w, then for b, then for what comes in.",
            ),
            (
                lambda w, a0, a, y: (np.sign(a0), 1, np.sign(w)),
                "It leaves the cost out: whether the output is too large or too small turns all "
                "three of them.",
            ),
            (
                lambda w, a0, a, y: (np.sign(a - y), np.sign(a - y), np.sign(a - y) * np.sign(w)),
                "It takes what comes in as positive, as it is on paper: here it may be negative.",
            ),
            (
                lambda w, a0, a, y: (np.sign(a - y) * np.sign(a0), np.sign(a - y), np.sign(w)),
                "The third has lost the sign of the error.",
            ),
            (
                lambda w, a0, a, y: (np.sign(a - y),) * 3,
                "It leaves the first link out: a negative number that multiplies turns the sign.",
            ),
            (
                lambda w, a0, a, y: (
                    np.sign(a - y) * np.sign(a0),
                    1,
                    np.sign(a - y) * np.sign(w),
                ),
                "For b it gives the slope of its own link: the others come on top of that.",
            ),
            (
                lambda w, a0, a, y: (
                    np.sign(a - y) * np.sign(w),
                    np.sign(a - y),
                    np.sign(a - y) * np.sign(w),
                ),
                "For w it takes the sign of w itself: it is that of the number which multiplies w.",
            ),
            (
                lambda w, a0, a, y: (
                    np.sign(a - y) * np.sign(a0),
                    np.sign(a - y),
                    np.sign(a - y) * np.sign(a0),
                ),
                "For what comes in it takes its own sign: it is that of the number which "
                "multiplies it.",
            ),
            (
                lambda w, a0, a, y: (
                    np.sign(a - y) * np.sign(w * a0),
                    np.sign(a - y),
                    np.sign(a - y) * np.sign(w * a0),
                ),
                "It takes the sign of the whole product of w and what comes in: each of the two is "
                "multiplied by the other one only.",
            ),
            (
                lambda w, a0, a, y: ((a - y) * a0, a - y, (a - y) * w),
                "The signs of these numbers are right: return them as 1, −1 or 0.",
            ),
            (
                lambda w, a0, a, y: tuple(
                    1 if v > 0 else -1 for v in ((a - y) * a0, a - y, (a - y) * w)
                ),
                "Where a slope is 0 it gives −1: return 0 there.",
            ),
            (
                lambda w, a0, a, y: tuple(
                    1 if v >= 0 else -1 for v in ((a - y) * a0, a - y, (a - y) * w)
                ),
                "Where a slope is 0 it gives 1: return 0 there.",
            ),
            (
                lambda w, a0, a, y: _product_of_signs(w, a0, a, y, at_zero=-1),
                "A factor that is 0 counts as negative in it: its sign is 0, and so is that of the "
                "product.",
            ),
            (
                lambda w, a0, a, y: _product_of_signs(w, a0, a, y, at_zero=1),
                "A factor that is 0 counts as positive in it: its sign is 0, and so is that of the "
                "product.",
            ),
            (
                lambda w, a0, a, y: signs(w, a0, a, y if a != y else y + 1),
                "Where the output is equal to the target it counts as too small: the slopes are 0 "
                "there.",
            ),
            (
                lambda w, a0, a, y: signs(w, a0, a, y if a != y else y - 1),
                "Where the output is equal to the target it counts as too large: the slopes are 0 "
                "there.",
            ),
            (
                lambda w, a0, a, y: (
                    -1 if a < y else 1,
                    -1 if a < y else 1,
                    1 if a < y else -1,
                ),
                "It takes w to be negative and what comes in to be positive, as in the case on "
                "paper: their signs may be others.",
            ),
            (
                lambda w, a0, a, y: (np.sign(a - y) * a0, np.sign(a - y), np.sign(a - y) * w),
                "For w and for what comes in it multiplies by numbers: their signs are wanted.",
            ),
            (
                lambda w, a0, a, y: (-1, -1, 1),
                "These are the signs of the case on paper, where they are right: return those of "
                "any numbers.",
            ),
            (
                lambda w, a0, a, y: (np.sign(w), np.sign(a - y), np.sign(a0)),
                "For w and for what comes in these are the signs of the numbers themselves: wanted "
                "are those of their slopes.",
            ),
            (
                lambda w, a0, a, y: (np.sign(a0), np.sign(a - y), np.sign(w)),
                "For w and for what comes in the sign of output minus target is missing: the cost "
                "is on their way too.",
            ),
            (
                lambda w, a0, a, y: (
                    -np.sign(a - y) * np.sign(a0),
                    -np.sign(a - y),
                    np.sign(a - y) * np.sign(w),
                ),
                "It turns the signs for w and b, which would be a step downhill: a slope says how "
                "C moves when the number grows.",
            ),
            (
                lambda w, a0, a, y: tuple(
                    np.array(signs(w, a0, a, y)) * (np.array(signs(w, a0, a, y)) > 0)
                ),
                "Where a slope is negative it gives 0: return −1 there.",
            ),
        ],
    ),
)
