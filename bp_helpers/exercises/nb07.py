"""The exercises of notebook 07: two ways to measure a slope, an error, and reports to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, Mistake, WholePass, columns
from bp_helpers.network import Network

Lists = Sequence[int]
Reading = Callable[[Lists, Lists, int], str]

_RNG = np.random.default_rng(7)
_FACTORS = columns(_RNG, 3, 4)
_BASE = columns(_RNG, 3, 3)
# Pairs of arrays that are neither 0 nor the same, for who asks for that in another way: by the
# first entries or rows, the smallest or the largest entry, their sum, the sum of all entries, the
# trace, one entry, the lengths.
_LOOKING_LIKE_ZERO = [
    (np.array(one, float), np.array(two, float))
    for one, two in (
        ([[0, 0], [0, 3]], [[0, 0], [-2, 0]]),
        ([[2, 0], [1, 1]], [[1, 3], [0, 4]]),
        ([[1, -4], [2, 5]], [[-1, 4], [-2, -5]]),
        ([[1, -2], [2, -1]], [[-3, 1], [-1, 3]]),
        ([[-1, 0], [-3, -2]], [[0, -2], [-1, -4]]),
        ([[1, 2], [3, 4]], [[1, 2], [3, -16]]),
        ([[1, 2], [3, 4]], [[4, 3], [2, 1]]),
    )
]


@dataclass(frozen=True)
class Named:
    """A function that is shown as its formula, where an input is told."""

    formula: str
    value: Callable[[Any], Any]

    def __call__(self, v: Any) -> Any:  # noqa: ANN401 (as its function takes and gives)
        """Its value at v."""
        return self.value(v)

    def __repr__(self) -> str:
        return self.formula


_CURVES = (
    (Named("w³ − w", lambda w: w**3 - w), 0.7, 0.1),
    (Named("exp(w)", np.exp), -0.4, 0.2),
    (Named("1 / w", lambda w: 1 / w), 2.5, 0.4),
)
_SURFACES = (
    (Named("the sum of sin(w)", lambda W: np.sum(np.sin(W))), columns(_RNG, 2, 3), 0.1),
    (
        Named("a cost of 12 weights", lambda W: np.sum(np.tanh(W) * _FACTORS) ** 2),
        columns(_RNG, 3, 4),
        1e-20,
    ),
    (Named("a product of two sums", lambda W: np.sum(W**3) * np.sum(W)), columns(_RNG, 4, 1), 0.2),
)


def central_difference(f: Callable[[float], float], w: float, h: float) -> float:
    """The slope of f at w, from a nudge both ways."""
    return (f(w + h) - f(w - h)) / (2 * h)


def complex_gradient(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    """The slope of f for each entry of W, by complex steps."""
    slopes = np.zeros(W.shape)
    for place in np.ndindex(W.shape):
        nudged = W.astype(complex)
        nudged[place] += 1j * h
        slopes[place] = f(nudged).imag / h
    return slopes


def _piling_up(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    slopes, nudged = np.zeros(W.shape), W.astype(complex)
    for place in np.ndindex(W.shape):
        nudged[place] += 1j * h
        slopes[place] = f(nudged).imag / h
    return slopes


def _real_part(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    slopes = np.zeros(W.shape)
    for place in np.ndindex(W.shape):
        nudged = W.astype(complex)
        nudged[place] += 1j * h
        slopes[place] = f(nudged).real / h
    return slopes


def _first_only(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    slopes = np.zeros(W.shape)
    slopes[0, 0] = complex_gradient(f, W, h)[0, 0]
    return slopes


def _nudging(
    moved: Callable[[Array, tuple[int, ...], float], float], whole_rows: bool = False
) -> Callable[[Callable[[Array], Any], Array, float], Array]:
    """Complex steps that move an entry by something real too, or all of its row."""

    def gradient(f: Callable[[Array], Any], W: Array, h: float) -> Array:
        slopes = np.zeros(W.shape)
        for place in np.ndindex(W.shape):
            nudged = W.astype(complex)
            nudged[place[0] if whole_rows else place] += moved(W, place, h) + 1j * h
            slopes[place] = f(nudged).imag / h
        return slopes

    return gradient


def _alone(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    slopes = np.zeros(W.shape)
    for place in np.ndindex(W.shape):
        nudged = np.zeros(W.shape, complex)
        nudged[place] = W[place] + 1j * h
        slopes[place] = f(nudged).imag / h
    return slopes


def _by_differences_upwards(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    slopes = np.zeros(W.shape)
    for place in np.ndindex(W.shape):
        up = W.copy()
        up[place] += h
        slopes[place] = (f(up) - f(W)) / h
    return slopes


def _by_central_differences(f: Callable[[Array], Any], W: Array, h: float) -> Array:
    slopes = np.zeros(W.shape)
    for place in np.ndindex(W.shape):
        up, down = W.copy(), W.copy()
        up[place] += h
        down[place] -= h
        slopes[place] = (f(up) - f(down)) / (2 * h)
    return slopes


def relative_error(given: Array, measured: Array) -> float:
    """The distance of two arrays, by the length of the longer one; 0 where both are 0."""
    longer = max(np.linalg.norm(given), np.linalg.norm(measured))
    return float(np.linalg.norm(given - measured) / longer) if longer else 0.0


def _zero_where(is_zero: Callable[[Array, Array], Any]) -> Callable[[Array, Array], float]:
    """The error that is right, but 0 where something else is true than that both arrays are 0."""
    return lambda given, measured: (
        0.0 if is_zero(given, measured) else relative_error(given, measured)
    )


def _over(length: Callable[[float, float], float]) -> Callable[[Array, Array], float]:
    """The distance of two arrays, by something else made of their lengths; 0 where that is 0."""

    def error(given: Array, measured: Array) -> float:
        by = length(float(np.linalg.norm(given)), float(np.linalg.norm(measured)))
        return float(np.linalg.norm(given - measured)) / by if by else 0.0

    return error


def _infinite(error: Callable[[Array, Array], float]) -> Callable[[Array, Array], float]:
    """The same, but infinite where it would be 0 for arrays that differ."""
    return lambda given, measured: (
        float("inf")
        if error(given, measured) == 0 and (given != measured).any()
        else error(given, measured)
    )


def _with_limits(*limits: float) -> Iterator[Mistake]:
    """What keeps a division from failing by a small number below the line."""
    for limit in limits:
        yield (
            _over(lambda g, n, limit=limit: max(g, n) + limit),  # type: ignore[misc]
            f"The {limit:.2g} that is added below the line hides what is wrong with small "
            "gradients: treat 0 by itself.",
        )
        yield (
            _over(lambda g, n, limit=limit: max(g, n, limit)),  # type: ignore[misc]
            f"The limit {limit:.2g} below the line hides what is wrong with small gradients: "
            "treat 0 by itself.",
        )


def _of_other_norms(*orders: float) -> Iterator[Mistake]:
    for order in orders:
        yield (
            lambda g, n, order=order: _quotient(
                np.linalg.norm(g - n, order),
                max(np.linalg.norm(g, order), np.linalg.norm(n, order)),
            ),
            f"With a second argument, here {order}, `norm` of a matrix is something else: leave "
            "it out.",
        )


def _quotient(above: Any, below: Any) -> float:  # noqa: ANN401 (numbers of NumPy)
    return float(above / below) if below else 0.0


def _by_entries(given: Array, measured: Array) -> float:
    sizes = np.maximum(np.abs(given), np.abs(measured))
    return float(np.max(np.abs(given - measured) / np.where(sizes == 0, 1, sizes)))


def broken_rule(wrong_W: Lists, wrong_b: Lists, L: int) -> str:
    """The rule to look at first: by what is wrong in the wrong layer nearest to the output."""
    return _rule_of(max([*wrong_W, *wrong_b]), wrong_W, wrong_b, L)


def _rule_of(l: int, wrong_W: Lists, wrong_b: Lists, L: int) -> str:
    if l not in wrong_W:
        return "BP3"
    if l not in wrong_b:
        return "BP4"
    return "BP1" if l == L else "BP2"


def _at(layer: Callable[[Lists, Lists], int]) -> Reading:
    """The reading that is right, but for the layer at which it looks."""
    return lambda wrong_W, wrong_b, L: _rule_of(layer(wrong_W, wrong_b), wrong_W, wrong_b, L)


def _of_delta_if(both_wrong: Callable[[Lists, Lists], Any]) -> Reading:
    """A reading that blames δ by another question than whether the layer stands in both lists."""

    def rule(wrong_W: Lists, wrong_b: Lists, L: int) -> str:
        l = max([*wrong_W, *wrong_b])
        if both_wrong(wrong_W, wrong_b):
            return "BP1" if l == L else "BP2"
        return "BP4" if l in wrong_W else "BP3"

    return rule


def _comparing(size: Callable[[Lists], int]) -> Reading:
    """A reading that compares something of the whole lists."""
    return lambda wrong_W, wrong_b, L: (
        _of_delta_if(lambda W, b: True)(wrong_W, wrong_b, L)
        if size(wrong_W) == size(wrong_b)
        else "BP4"
        if size(wrong_W) > size(wrong_b)
        else "BP3"
    )


def _anywhere(wrong_W: Lists, wrong_b: Lists, L: int) -> str:
    if not wrong_W or not wrong_b:
        return "BP4" if wrong_W else "BP3"
    return "BP1" if max(wrong_W) == L else "BP2"


def _calling(**other: str) -> Reading:
    """The reading that is right, but for the names that it gives."""

    def named(wrong_W: Lists, wrong_b: Lists, L: int) -> str:
        rule = broken_rule(wrong_W, wrong_b, L)
        return other.get(rule, rule)

    return named


def _with_last(last: Callable[[int], int]) -> Reading:
    """The reading that is right, but for the layer that it takes for the last one."""
    return lambda wrong_W, wrong_b, L: broken_rule(wrong_W, wrong_b, last(L))


def _written(how: Callable[[str, int], object]) -> Callable[[Lists, Lists, int], object]:
    """The reading that is right, but written in another way, which may tell the layer too."""
    return lambda wrong_W, wrong_b, L: how(
        broken_rule(wrong_W, wrong_b, L), max([*wrong_W, *wrong_b])
    )


def _in_both(wrong_W: Lists, wrong_b: Lists) -> list[int]:
    return [l for l in wrong_W if l in wrong_b]


def my_backprop(net: Network, x: Array, y: Array) -> tuple[list[Any], list[Any]]:
    """What is to be mended: BP4 multiplies two means."""
    trace, L = forward(net, x), net.L
    a, z = trace.a, trace.z
    delta: list[Any] = [None] * (L + 1)
    dW, db = delta.copy(), delta.copy()
    delta[L] = (a[L] - y) * net.sigma[L].slope(z[L])
    for l in range(L - 1, 0, -1):
        delta[l] = (net.W[l + 1].T @ delta[l + 1]) * net.sigma[l].slope(z[l])
    for l in range(1, L + 1):
        db[l] = delta[l].mean(axis=1, keepdims=True)
        dW[l] = db[l] @ a[l - 1].mean(axis=1, keepdims=True).T
    return dW, db


EXERCISES = (
    Exercise(
        "07.1",
        central_difference,
        probes=_CURVES,
        mistakes=[
            (
                lambda f, w, h: (f(w + h) - f(w)) / h,
                "This nudges upwards only: go down by h as well, so that the bends cancel.",
            ),
            (
                lambda f, w, h: (f(w) - f(w - h)) / h,
                "This nudges downwards only: go up by h as well, so that the bends cancel.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w - h)) / h,
                "It divides by h, but the two places are twice as far apart.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w - h)) / 2 * h,
                "Python divides by 2 and then multiplies by h: what it should divide by needs "
                "brackets.",
            ),
            (
                lambda f, w, h: f(w + h) - f(w - h) / (2 * h),
                "Only the second value is divided: the difference needs brackets.",
            ),
            (
                lambda f, w, h: f(w + h) - f(w - h),
                "This is how far f moves: divide by how far w has moved.",
            ),
            (
                lambda f, w, h: (f(w - h) - f(w + h)) / (2 * h),
                "The sign is turned: the value below is taken from the value above.",
            ),
            (
                lambda f, w, h: (f(w + h) + f(w - h)) / (2 * h),
                "The two values are added: their difference tells the slope.",
            ),
            (
                lambda f, w, h: (f(w + h / 2) - f(w - h / 2)) / h,
                "It goes only half of h each way. That measures a slope too, but with another h "
                "than the one given.",
            ),
            (
                lambda f, w, h: (f(w + 2 * h) - f(w - 2 * h)) / (4 * h),
                "It goes 2h each way. That measures a slope too, but with another h than the one "
                "given.",
            ),
            (
                lambda f, w, h: (f(w + 2 * h) - f(w)) / (2 * h),
                "It goes 2h upwards and never down: go h each way, so that the bends cancel.",
            ),
            (
                lambda f, w, h: f(w + 1e-20j).imag / 1e-20,
                "This is the slope to nearly all digits, by a smaller h of its own or by a "
                "complex step: the central difference with the given h is asked for.",
            ),
            (
                lambda f, w, h: f(w + 1j * h).imag / h,
                "This is a complex step: a central difference subtracts two values.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w)) / (2 * h),
                "The second value is that at w itself: it should be that at h below.",
            ),
            (
                lambda f, w, h: (f(w) - f(w - h)) / (2 * h),
                "The first value is that at w itself: it should be that at h above.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w - h)) / 2,
                "It divides by 2, but not by h.",
            ),
            (
                lambda f, w, h: (f(w + h) - f(w - h)) * 2 * h,
                "It multiplies by 2h: it should divide.",
            ),
            (
                lambda f, w, h: f(w + h) - f(w - h) / 2 * h,
                "Brackets are missing twice: around the difference, and around what it is divided "
                "by.",
            ),
            (
                lambda f, w, h: abs(f(w + h) - f(w - h)) / (2 * h),
                "The sign is lost: a slope may be negative.",
            ),
            (
                lambda f, w, h: ((f(w) + h) - (f(w) - h)) / (2 * h),
                "It is 1 for every function: h is added to w, before f is taken, and not to f(w).",
            ),
            (
                lambda f, w, h: f((w + h) - (w - h)) / (2 * h),
                "It subtracts the places, and takes f then: take f at both, and subtract its "
                "values.",
            ),
            (
                lambda f, w, h: (f(h + w) - f(h - w)) / (2 * h),
                "The second place is h − w: it should be w − h.",
            ),
            (
                lambda f, w, h: (f(w + h) - 2 * f(w) + f(w - h)) / h**2,
                "This measures how the curve bends, its second derivative: the slope is asked for.",
            ),
        ],
    ),
    Exercise(
        "07.2",
        complex_gradient,
        probes=_SURFACES,
        mistakes=[
            (
                lambda f, W, h: np.zeros(W.shape),
                "It is 0 everywhere, as where nothing imaginary reaches `f`: the nudge is 1j * h, "
                "and the array that holds it must be able to hold complex numbers.",
            ),
            (
                lambda f, W, h: np.full(W.shape, f(W + 1j * h).imag / h),
                "It nudges all entries at once, which adds their slopes up: nudge one at a time.",
            ),
            (
                _piling_up,
                "The nudges pile up: each entry needs a fresh copy of W, in which only that entry "
                "is nudged.",
            ),
            (
                _real_part,
                "It takes the real part, as NumPy does too where it puts a complex number into an "
                "array of real ones: the slope is in the imaginary part.",
            ),
            (
                _first_only,
                "Only the first entry has its slope, as where `return` stands inside the loop.",
            ),
            (
                _nudging(lambda W, place, h: 0, whole_rows=True),
                "It nudges a whole row at once, which adds its slopes up: nudge one entry at a "
                "time.",
            ),
            (
                _nudging(lambda W, place, h: -W[place]),
                "The nudge takes the place of the entry: it should be added, with `+=`.",
            ),
            (
                _alone,
                "All other entries are 0 while one is nudged: they should keep their values.",
            ),
            (
                lambda f, W, h: np.array([[f(w + 1j * h).imag / h for w in row] for row in W]),
                "It gives `f` the one entry: `f` takes the whole array.",
            ),
            (
                lambda f, W, h: np.abs(complex_gradient(f, W, h)),
                "The signs are lost: a slope may be negative.",
            ),
            (
                lambda f, W, h: complex_gradient(f, W, 1e-20) * 1e-20 / h,
                "It nudges by an h of its own, and divides by the one that it is given.",
            ),
            (
                lambda f, W, h: complex_gradient(f, W, h).ravel(),
                "The slopes stand in one flat row: give them the shape of W.",
            ),
            (
                _by_differences_upwards,
                "These are differences to one side, which subtract: the complex step needs one "
                "value of f for each entry, at an imaginary distance.",
            ),
            (
                lambda f, W, h: complex_gradient(f, W, h) * h,
                "This is h times the slope: the division by h is missing.",
            ),
            (
                lambda f, W, h: complex_gradient(f, W, h) / 2,
                "It divides by 2h: here is only one nudge, by h.",
            ),
            (
                lambda f, W, h: -complex_gradient(f, W, h),
                "The sign is turned: the nudge is plus 1j * h.",
            ),
            (
                lambda f, W, h: complex_gradient(f, W, 1e-20),
                "It takes an h of its own: use the one that it is given.",
            ),
            (
                _by_central_differences,
                "These are central differences, which subtract: the complex step needs one value "
                "of f for each entry.",
            ),
        ],
    ),
    Exercise(
        "07.3",
        relative_error,
        probes=[
            (columns(_RNG, 3, 2), columns(_RNG, 3, 2)),
            (columns(_RNG, 4, 3), 5 * columns(_RNG, 4, 3)),
            (5 * columns(_RNG, 2, 5), columns(_RNG, 2, 5)),
            (1e-9 * columns(_RNG, 3, 1), 1e-9 * columns(_RNG, 3, 1)),
            (np.zeros((2, 2)), np.zeros((2, 2))),
            (np.zeros((2, 3)), columns(_RNG, 2, 3)),
            (columns(_RNG, 3, 2), np.zeros((3, 2))),
            (1e-18 * columns(_RNG, 2, 3), 1e-18 * columns(_RNG, 2, 3)),
            (1e-100 * columns(_RNG, 3, 3), 1e-100 * columns(_RNG, 3, 3)),
            *_LOOKING_LIKE_ZERO,
            (_BASE, _BASE * (1 + 3e-6 * columns(_RNG, 3, 3))),
        ],
        mistakes=[
            (
                lambda g, n: float(np.linalg.norm(g - n)),
                "This is the distance alone: divide it by the length of the longer array.",
            ),
            (
                _over(lambda g, n: n),
                "It divides by the length of the measured array, whichever is longer.",
            ),
            (
                _over(lambda g, n: g),
                "It divides by the length of the given array, whichever is longer.",
            ),
            (_over(min), "It divides by the length of the shorter array."),
            (
                _over(lambda g, n: g + n),
                "It divides by both lengths together: (07.8) takes the longer one.",
            ),
            (
                _infinite(_over(lambda g, n: n)),
                "It divides by the length of the measured array, which may be 0 where the given "
                "one is not.",
            ),
            (
                _infinite(_over(lambda g, n: g)),
                "It divides by the length of the given array, which may be 0 where the measured "
                "one is not.",
            ),
            (
                _infinite(_over(min)),
                "It divides by the length of the shorter array, which may be 0 where the other "
                "one is not.",
            ),
            (
                _over(lambda g, n: (g + n) / 2),
                "It divides by the mean of both lengths: (07.8) takes the longer one.",
            ),
            (
                _over(lambda g, n: max(g, n) ** 2),
                "The root is missing below the line.",
            ),
            *_with_limits(1e-8, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, float(np.finfo(float).eps)),
            (
                _zero_where(lambda g, n: np.abs([g, n]).max() < 1e-50),
                "It takes arrays near 1e-100 for zero: treat 0 by itself, and nothing else.",
            ),
            (
                _zero_where(lambda g, n: np.abs([g, n]).max() < 1e-15),
                "It takes arrays near 1e-18 for zero. A small limit hides what is wrong with "
                "small gradients: treat 0 by itself.",
            ),
            (
                _zero_where(lambda g, n: np.abs([g, n]).max() < 1e-8),
                "It takes arrays near 1e-9 for zero. A small limit hides what is wrong with small "
                "gradients: treat 0 by itself.",
            ),
            (
                _zero_where(lambda g, n: not g.any() or not n.any()),
                "It gives 0 where one of the arrays is zero and the other is not: they are as far "
                "apart as the longer one is long, which is 1.",
            ),
            (
                _zero_where(lambda g, n: not g.any()),
                "It gives 0 wherever the given array is zero: the other one need not be, and the "
                "error is 1 then.",
            ),
            (
                _zero_where(lambda g, n: not n.any()),
                "It gives 0 wherever the measured array is zero: the other one need not be, and "
                "the error is 1 then.",
            ),
            (
                _zero_where(lambda g, n: 0 in g and 0 in n),
                "It gives 0 where each array has some entry that is 0: all have to be. `.all()` "
                "asks whether no entry is 0, `.any()` whether some entry is not.",
            ),
            (
                _zero_where(lambda g, n: 0 in g or 0 in n),
                "It gives 0 where one of the arrays has some entry that is 0: all entries of both "
                "have to be. `.all()` asks whether no entry is 0, `.any()` whether some entry is "
                "not.",
            ),
            (
                _zero_where(lambda g, n: 0 in g),
                "It gives 0 where the given array has some entry that is 0: all entries of both "
                "have to be.",
            ),
            (
                _zero_where(lambda g, n: g[0, 0] == 0 and n[0, 0] == 0),
                "It looks at the first entries: all of them have to be 0.",
            ),
            (
                _zero_where(lambda g, n: g.sum() == 0 and n.sum() == 0),
                "It gives 0 where the entries of each array add up to 0, as 1 and −1 do: each of "
                "them has to be 0.",
            ),
            (
                _zero_where(lambda g, n: g.sum() == 0 or n.sum() == 0),
                "It gives 0 where the entries of one array add up to 0: each of them, in both "
                "arrays, has to be 0.",
            ),
            (
                _zero_where(lambda g, n: g.sum() + n.sum() == 0),
                "It gives 0 where all entries add up to 0, as 1 and −1 do: each of them has to be "
                "0.",
            ),
            (
                _zero_where(lambda g, n: g.sum() == n.sum()),
                "It gives 0 where both arrays have the same sum: they may be far apart.",
            ),
            (
                _zero_where(lambda g, n: g.max() == 0 and n.max() == 0),
                "It gives 0 where the largest entries are 0: the others may be negative.",
            ),
            (
                _zero_where(lambda g, n: g.min() == 0 and n.min() == 0),
                "It gives 0 where the smallest entries are 0: the others may be larger.",
            ),
            (
                _zero_where(lambda g, n: not (g + n).any()),
                "It gives 0 where the sum of the arrays is 0: one may be minus the other.",
            ),
            (
                _zero_where(lambda g, n: np.linalg.norm(g) == np.linalg.norm(n)),
                "It gives 0 where both arrays are equally long: they may be far apart.",
            ),
            (
                _zero_where(lambda g, n: (g == n).any()),
                "It gives 0 where some entries are the same: all of them have to be.",
            ),
            (
                _zero_where(np.allclose),
                "It gives 0 for arrays that are nearly the same: how nearly is what the error "
                "tells.",
            ),
            (
                lambda g, n: relative_error(g, n) if g.any() or n.any() else 1.0,
                "It gives 1 where both arrays are zero: they are the same, and the error is 0.",
            ),
            (
                lambda g, n: relative_error(g, n) if g.any() or n.any() else float("nan"),
                "Where both arrays are zero it divides 0 by 0, which gives nan: treat that by "
                "itself.",
            ),
            (
                lambda g, n: min(relative_error(g, n), 1.0),
                "It ends at 1: the error of arrays that point away from each other is larger.",
            ),
            (
                lambda g, n: _quotient(
                    np.linalg.norm(g + n), max(np.linalg.norm(g), np.linalg.norm(n))
                ),
                "It adds the arrays: how far apart they are, their difference tells.",
            ),
            (
                lambda g, n: _quotient(
                    np.linalg.norm(g - n), np.linalg.norm(np.maximum(np.abs(g), np.abs(n)))
                ),
                "It makes a new array of the larger entries, and divides by its length: the "
                "longer one of the two is meant.",
            ),
            (
                lambda g, n: float(np.linalg.norm(g - n)) / len(g),
                "It divides by the number of rows, which is what `len` gives: the length is what "
                "the bars in (07.8) stand for.",
            ),
            (
                lambda g, n: _quotient(np.abs(g - n).max(), max(np.abs(g).max(), np.abs(n).max())),
                "It compares the largest entries: a length is the root of the sum of all squares.",
            ),
            (
                lambda g, n: _quotient(np.abs(g - n).sum(), max(np.abs(g).sum(), np.abs(n).sum())),
                "It adds up the sizes of the entries: a length is the root of the sum of squares.",
            ),
            (
                lambda g, n: relative_error(g, n) ** 2,
                "This is the square of the error: the roots are missing.",
            ),
            (
                lambda g, n: _quotient(
                    abs(np.linalg.norm(g) - np.linalg.norm(n)),
                    max(np.linalg.norm(g), np.linalg.norm(n)),
                ),
                "It subtracts the lengths, which may be equal for arrays that are far apart: "
                "subtract the arrays.",
            ),
            (
                lambda g, n: _quotient(
                    np.linalg.norm(g) - np.linalg.norm(n),
                    max(np.linalg.norm(g), np.linalg.norm(n)),
                ),
                "It subtracts the lengths, and is negative where the measured array is longer: "
                "subtract the arrays.",
            ),
            *_of_other_norms(1, 2, np.inf),
            (
                _by_entries,
                "It compares entry by entry and takes the worst: (07.8) compares whole arrays.",
            ),
        ],
    ),
    Exercise(
        "07.4",
        broken_rule,
        probes=[
            ([1, 2, 3], [1, 2, 3], 3),
            ([1, 2], [1, 2], 3),
            ([1, 2], [1, 2], 5),
            ([1], [1], 2),
            ([1], [1], 1),
            ([1, 2, 3], [1, 2, 3], 4),
            ([1, 2, 3, 4], [1, 2, 3, 4], 4),
            ([], [1, 2, 3], 3),
            ([1, 2, 3], [], 3),
            ([2, 3], [], 3),
            ([1, 2, 3, 4], [1, 2], 4),
            ([1, 2], [1, 2, 3], 5),
            ([1], [1, 2], 2),
            ([3], [1, 2], 3),
            ([1], [3], 3),
            ([2, 3], [1, 2, 3], 3),
            ([2, 4], [1, 2], 5),
        ],
        mistakes=[
            (
                _at(lambda W, b: min([*W, *b])),
                "It starts at the first layer: a wrong δ is handed on backwards, so start from "
                "the wrong layer that is nearest to the output.",
            ),
            (
                _at(lambda W, b: max(W or b)),
                "It takes the largest number of `wrong_W`, or of `wrong_b` where there is none: "
                "the largest of both lists counts.",
            ),
            (
                _at(lambda W, b: max(b or W)),
                "It takes the largest number of `wrong_b`, or of `wrong_W` where there is none: "
                "the largest of both lists counts.",
            ),
            (
                _at(lambda W, b: max(len(W), len(b))),
                "It takes the length of a list for the number of a layer: in [3] there is one "
                "number, which is 3.",
            ),
            (
                _at(lambda W, b: max(_in_both(W, b) or [*W, *b])),
                "It looks for a layer in both lists first: the wrong layer nearest to the output "
                "counts, also where only one of its arrays is wrong.",
            ),
            (
                lambda W, b, L: (
                    ("BP1" if max(_in_both(W, b)) == L else "BP2")
                    if _in_both(W, b)
                    else ("BP4" if W else "BP3")
                ),
                "It looks for a layer in both lists, and else asks which list has something in "
                "it: what counts is one layer, the wrong one nearest to the output.",
            ),
            (
                lambda W, b, L: broken_rule(W, b, L) if L in (*W, *b) else "BP2",
                "It looks at layer L only: where that is right, look at the layer before in the "
                "same way.",
            ),
            (
                lambda W, b, L: "BP1" if L in (*W, *b) else broken_rule(W, b, L),
                "It blames BP1 for all that is wrong in layer L: where one of its arrays is "
                "right, so is its δ.",
            ),
            (
                _anywhere,
                "It asks whether there are wrong weights and wrong biases anywhere: what counts "
                "is one layer, the wrong one nearest to the output.",
            ),
            (
                _of_delta_if(lambda W, b: W and b),
                "It blames δ as soon as both lists have something in them: the wrong layer "
                "nearest to the output has to stand in both.",
            ),
            (
                _of_delta_if(lambda W, b: list(W) == list(b)),
                "It blames δ only where both lists are the same: what counts is one layer, the "
                "wrong one nearest to the output.",
            ),
            (
                _of_delta_if(lambda W, b: len(W) == len(b)),
                "It blames δ where both lists are equally long: what counts is whether the wrong "
                "layer nearest to the output stands in both.",
            ),
            (
                _of_delta_if(_in_both),
                "It blames δ as soon as some layer stands in both lists: it has to be the wrong "
                "one nearest to the output.",
            ),
            (
                _comparing(len),
                "It compares how long the lists are: what counts is one layer, the wrong one "
                "nearest to the output, and in which lists it stands.",
            ),
            (
                _comparing(sum),
                "It adds up the numbers of the layers: they are names, and what counts is the "
                "largest one, and in which lists it stands.",
            ),
            (
                lambda W, b, L: (
                    "BP4" if set(W) - set(b) else "BP3" if set(b) - set(W) else broken_rule(W, b, L)
                ),
                "It blames BP4 as soon as some layer is wrong in W alone: it has to be the wrong "
                "layer nearest to the output.",
            ),
            (
                lambda W, b, L: (
                    "BP3" if set(b) - set(W) else "BP4" if set(W) - set(b) else broken_rule(W, b, L)
                ),
                "It blames BP3 as soon as some layer is wrong in b alone: it has to be the wrong "
                "layer nearest to the output.",
            ),
            (
                lambda W, b, L: "BP4" if max([*W, *b]) in W else "BP3",
                "It blames BP4 wherever the weights are wrong: where the biases of the same layer "
                "are wrong too, its δ is.",
            ),
            (
                lambda W, b, L: "BP3" if max([*W, *b]) in b else "BP4",
                "It blames BP3 wherever the biases are wrong: where the weights of the same layer "
                "are wrong too, its δ is.",
            ),
            (
                lambda W, b, L: "BP3" if max([*W, *b]) in W else "BP4",
                "It asks the wrong way round: BP3 is to blame where the weights of the layer are "
                "right, and its biases are not.",
            ),
            (
                _calling(BP3="BP4", BP4="BP3"),
                "BP3 and BP4 have changed places: look up which of them gives the biases.",
            ),
            (
                _calling(BP1="BP2", BP2="BP1"),
                "BP1 and BP2 have changed places: look up which of them starts at the output.",
            ),
            (
                _calling(BP1="BP2", BP2="BP1", BP3="BP4", BP4="BP3"),
                "BP1 and BP2 have changed places, and so have BP3 and BP4: look them up.",
            ),
            (
                _calling(BP2="BP1"),
                "It blames BP1 for every wrong δ: only that of layer L is made by BP1.",
            ),
            (
                _calling(BP1="BP2"),
                "It blames BP2 for every wrong δ: that of layer L is made by BP1.",
            ),
            (
                _with_last(lambda L: L - 1),
                "It takes layer L − 1 for the output: the layers are counted up to L.",
            ),
            *(
                (
                    _with_last(lambda L, last=last: last),  # type: ignore[misc]
                    f"It takes {last} for the last layer, which is L.",
                )
                for last in (1, 2, 3, 4)
            ),
            (
                _written(lambda rule, l: int(rule[-1])),
                'It returns a number: the answer is a text, one of "BP1" … "BP4".',
            ),
            (
                _written(lambda rule, l: rule[-1]),
                'It returns the digit alone: the answer should be one of "BP1" … "BP4".',
            ),
            (
                _written(lambda rule, l: rule.lower()),
                'Its letters are small: the answer should be one of "BP1" … "BP4".',
            ),
            (
                _written(lambda rule, l: f"BP {rule[-1]}"),
                'There is a space in it: the answer should be one of "BP1" … "BP4".',
            ),
            (
                _written(lambda rule, l: (rule, l)),
                "It returns the layer too: the answer should be the rule alone, as a text.",
            ),
            (
                _written(lambda rule, l: [rule]),
                "It returns a list with the rule in it: the answer should be the text alone.",
            ),
        ],
    ),
    WholePass(
        "07.5",
        kinds=[
            {},
            {"activation": "tanh"},
            {"activation": ["tanh", "relu", "sigmoid"]},
            {"sizes": [9, 5, 1]},
        ],
        unmended=my_backprop,
    ),
)
