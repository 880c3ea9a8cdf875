"""The exercises of notebook 09: mend a line, mend a pass, and look for a counter-example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, Mistake, Probe, WholePass, columns
from bp_helpers.functions import sigmoid_slope
from bp_helpers.network import Network
from bp_helpers.slips import Arrays

_RNG = np.random.default_rng(9)

Hidden = Callable[[Array, Array, Array, Array], Array]
Product = Callable[[Array, Array], Array]
Cases = Sequence[tuple[Array, Array]]


def hidden_weights(W_next: Array, dz_next: Array, a_here: Array, a_before: Array) -> Array:
    """∂C/∂W of a hidden layer of tanh, from what the next layer and the layer before have."""
    gradient: Array = ((W_next.T @ dz_next) * (1 - a_here**2)) @ a_before.T / a_here.shape[1]
    return gradient


def _hidden(slope: Callable[[Array], Any]) -> Hidden:
    """The same with another slope in it, made from a."""

    def gradient(W_next: Array, dz_next: Array, a_here: Array, a_before: Array) -> Array:
        found: Array = ((W_next.T @ dz_next) * slope(a_here)) @ a_before.T / a_here.shape[1]
        return found

    return gradient


def _literal(W_next: Array, dz_next: Array, a_here: Array, a_before: Array) -> Array:
    """The two lines as the notes have them: the mean is in their Δz already."""
    found: Array = ((W_next.T @ dz_next) * a_here) @ a_before.T
    return found


def _times(change: Callable[[Array, Array, Array], Any]) -> Hidden:
    """What is right, changed; the change is also given the activations here and before."""

    def gradient(W_next: Array, dz_next: Array, a_here: Array, a_before: Array) -> Array:
        found: Array = change(hidden_weights(W_next, dz_next, a_here, a_before), a_here, a_before)
        return found

    return gradient


def _of_means(dz: Array, a_before: Array) -> Array:
    """The product of two means, each over the samples."""
    found: Array = dz.mean(axis=1, keepdims=True) @ a_before.mean(axis=1, keepdims=True).T
    return found


def _tanh_layers() -> list[Probe]:
    found: list[Probe] = []
    for before, here, after, m in ((3, 4, 2, 5), (4, 3, 3, 1), (2, 5, 4, 7)):
        a_here = np.tanh(columns(_RNG, here, m))
        dz_next = columns(_RNG, after, m)
        found.append((columns(_RNG, after, here), dz_next, a_here, columns(_RNG, before, m)))
    return found


def batch_pass(net: Network, x: Array, y: Array) -> Arrays:
    """The backward pass of the notes `batch`, the mean at its end, with two of their slips."""
    trace, L = forward(net, x), net.L
    a, z, m = trace.a, trace.z, x.shape[1]
    dz = {L: (y - a[L]) * net.sigma[L].slope(z[L])}
    for l in range(L - 1, 0, -1):
        dz[l] = (net.W[l + 1].T @ dz[l + 1]) * a[l]
    dW = [dz[l] @ a[l - 1].T / m for l in range(1, L + 1)]
    return dW, [dz[l].mean(axis=1, keepdims=True) for l in range(1, L + 1)]


def first_difference(right: Product, wrong: Product, cases: Cases) -> int | None:
    """The number of the first case on which two functions differ, or None."""
    number: int | None = _first()(right, wrong, cases)
    return number


def _differ(one: Array, two: Array) -> bool:
    return np.shape(one) != np.shape(two) or _numbers_apart(one, two)


def _first(
    differ: Callable[[Any, Any], bool] = _differ,
    on_error: bool = True,
    told: Callable[[list[int], Cases], Any] = lambda found, cases: found[0] if found else None,
) -> Callable[[Product, Product, Cases], Any]:
    """The search, each part of which can be another."""

    def search(right: Product, wrong: Product, cases: Cases) -> Any:  # noqa: ANN401
        found = []
        for k, case in enumerate(cases):
            try:
                apart = differ(right(*case), wrong(*case))
            except ValueError:
                apart = on_error
            if apart:
                found.append(k)
        return told(found, cases)

    return search


def _outside_try(
    differ: Callable[[Any, Any], bool],
) -> Callable[[Product, Product, Cases], int | None]:
    """The search with the two calls alone in `try`, so that what compares may raise."""

    def search(right: Product, wrong: Product, cases: Cases) -> int | None:
        for k, case in enumerate(cases):
            try:
                pair = right(*case), wrong(*case)
            except ValueError:
                return k
            if differ(*pair):
                return k
        return None

    return search


def _without_try(right: Product, wrong: Product, cases: Cases) -> int | None:
    for k, case in enumerate(cases):
        if _differ(right(*case), wrong(*case)):
            return k
    return None


def _none_on_error(right: Product, wrong: Product, cases: Cases) -> int | None:
    try:
        return _without_try(right, wrong, cases)
    except ValueError:
        return None


def _first_case_only(right: Product, wrong: Product, cases: Cases) -> int | None:
    return 0 if _first()(right, wrong, cases[:1]) == 0 else None


def _gap(one: Array, two: Array) -> Any:  # noqa: ANN401
    return np.abs(one - two).max()


def _numbers_apart(one: Array, two: Array) -> bool:
    return bool(_gap(one, two) > 1e-9)


def _apart(one: Array, two: Array, gap: Callable[[], Any]) -> bool:
    """Whether the shapes differ, or else a gap is too wide."""
    return np.shape(one) != np.shape(two) or bool(gap() > 1e-9)


@dataclass(frozen=True)
class _Of:
    """A function of W and delta that is told by its source."""

    source: str

    def __call__(self, W: Array, delta: Array) -> Any:  # noqa: ANN401
        """What its source gives."""
        return eval(f"lambda W, delta: {self.source}", {"np": np})(W, delta)

    def __repr__(self) -> str:
        return self.source


_BACK = _Of("W.T @ delta")
# The same, number by number, which rounds in another way.
_ADDED_UP = _Of("sum(W[[t]].T * delta[[t]] for t in reversed(range(len(W))))")
_CASES: Cases = [
    (np.array([[0.7]]), np.array([[0.3]])),
    (np.array([[0.2, 0.5], [0.5, -0.4]]), np.array([[0.1], [0.9]])),
    (np.array([[0.6], [-0.3], [0.1]]), np.array([[0.7], [0.2], [0.3]])),
    (np.array([[0.1, 0.4], [0.2, 0.3]]), np.array([[0.5, -0.6], [0.7, 0.8]])),
    (np.array([[0.9, 0.2, 0.6]]), np.array([[0.4, 0.3]])),
    (np.array([[0.5, 0.5], [0.3, 0.3]]), np.array([[0.4], [0.2]])),
    (np.array([[0.3, -0.6, 0.2], [0.8, 0.4, -0.1]]), np.array([[0.7], [-0.5]])),
]
_SEARCHES: list[Probe] = [
    (_BACK, _Of("W @ delta"), _CASES),
    (_BACK, _Of("W @ delta"), [_CASES[k] for k in (0, 1, 3, 2)]),
    (_BACK, _Of("(W.T @ delta).T"), _CASES),
    (_BACK, _Of("(W.T @ delta)[:1]"), [_CASES[k] for k in (0, 5, 2, 1)]),
    (_BACK, _Of("W[:1].T @ delta[:1]"), [_CASES[k] for k in (0, 4, 0, 1, 2)]),
    (_BACK, _Of("W.T @ delta + np.array([[2e-3], [-2e-3]])"), _CASES[1:2]),
    (_BACK, _ADDED_UP, _CASES),
    (_BACK, _Of("W.T @ delta + 2e-3"), _CASES[1:3]),
    (_BACK, _Of("W.T @ delta - 2e-3"), _CASES[2:4]),
    (_BACK, _Of("W.T @ delta + np.array([[0.0], [2e-3]])"), _CASES[1:2]),
    (_BACK, _Of("W.T @ delta + 1e-7"), _CASES[:3]),
    (_BACK, _Of("(W.T @ delta)[:2]"), [_CASES[k] for k in (0, 1, 6, 2)]),
    (_BACK, _Of("W.T @ delta + np.array([[0.0], [1.5e-9]])"), _CASES[1:2]),
    (_BACK, _Of("W.T @ delta + 1.5e-9"), _CASES[1:2]),
    (_BACK, _Of("W.T @ delta + 0.8e-9"), _CASES[1:2]),
]


def sum_shows(sizes: Sequence[int]) -> bool:
    """Whether a BP2 that follows one neuron of the next layer differs from BP2."""
    return any(n > 1 for n in sizes[2:])


_SIZES: list[Probe] = [
    (sizes,)
    for sizes in (
        [1, 1], [3, 4], [1, 1, 1], [1, 1, 2], [1, 2, 1], [2, 1, 1], [1, 1, 2, 1], [4, 3, 1, 1],
        [1, 1, 1, 3], [2, 5, 1], [3, 2, 1, 2, 1], [5, 1, 1, 1, 1], [2, 3, 2], [1, 4],
    )
]  # fmt: skip
_SUM_MISTAKES: list[Mistake] = [
    (
        lambda sizes: any(n > 1 for n in sizes[1:]),
        "It counts layer 1 among the next layers. But layer 1 is next to the input, for which no δ "
        "is computed.",
    ),
    (
        lambda sizes: any(n > 1 for n in sizes),
        "It looks at all layers, but only some of them are the next layer of one that has a δ.",
    ),
    (
        lambda sizes: sizes[-1] > 1,
        "It looks at the output only. Hidden layers can be the next layer too.",
    ),
    (
        lambda sizes: len(sizes) > 2 and sizes[-1] > 1,
        "It looks at the output only, if there is a hidden layer. But a hidden layer can be the "
        "next layer of another.",
    ),
    (
        lambda sizes: any(n > 1 for n in sizes[1:-1]),
        "It looks at the hidden layers. The sum runs over the layer after one of these.",
    ),
    (
        lambda sizes: any(n > 1 for n in sizes[2:-1]),
        "It leaves the output out, which is the next layer of the last hidden one.",
    ),
    (
        lambda sizes: len(sizes) > 2,
        "A hidden layer is needed, but does not suffice: with one neuron after it, the sum has one "
        "term.",
    ),
    (
        lambda sizes: len(sizes) > 2 and all(n > 1 for n in sizes[2:]),
        "It asks that every next layer has several neurons. One such layer is enough to differ.",
    ),
    (
        lambda sizes: all(n > 1 for n in sizes[2:]),
        "It asks that every next layer has several neurons. One such layer is enough to differ, "
        "and with none at all there is no sum to lose.",
    ),
    (
        lambda sizes: any(n > 1 for n in sizes[3:]),
        "It begins one layer too late: layer 2 is the next layer of layer 1.",
    ),
    (
        lambda sizes: sum(sizes[2:]) > 1,
        "It counts the neurons of all next layers together. Each sum runs over one layer: with one "
        "neuron in each of them, none has a second term.",
    ),
    (
        lambda sizes: int(sum_shows(sizes)),
        "Return True or False, not 1 or 0.",
    ),
    (
        lambda sizes: len(sizes) > 2 and sizes[2] > 1,
        "It looks at layer 2 only. Later layers are the next layer of somebody too.",
    ),
    (
        lambda sizes: len(sizes) > 2 and max(sizes) > 1,
        "Several neurons somewhere are not enough: they have to be in a layer after a hidden one.",
    ),
    (
        lambda sizes: not any(n > 1 for n in sizes[2:]),
        "It is the other way round: True is for networks on which the two differ.",
    ),
]

EXERCISES = (
    Exercise(
        "09.1",
        hidden_weights,
        probes=_tanh_layers(),
        mistakes=[
            (
                _hidden(lambda a: a),
                "The activation stands where its slope belongs, as in the notes.",
            ),
            (
                _hidden(lambda a: a * (1 - a)),
                "It takes a(1 − a), which is the slope of the sigmoid: this is tanh.",
            ),
            (
                _hidden(lambda a: 1 - np.tanh(a) ** 2),
                "It takes tanh of a again. What you are given is a = tanh(z) already.",
            ),
            (
                _hidden(sigmoid_slope),
                "It takes the slope of the sigmoid, and at a. This is tanh, and a = tanh(z) is "
                "what you are given.",
            ),
            (_hidden(lambda a: 1 - a), "The square is missing in the slope."),
            (_hidden(lambda a: (1 - a) ** 2), "It squares 1 − a: only a is squared in the slope."),
            (
                _literal,
                "The activation stands where its slope belongs, as in the notes, and the mean over "
                "the samples is missing.",
            ),
            (
                _times(lambda found, here, before: found / here.shape[1]),
                "It divides by the number of samples twice.",
            ),
            (
                lambda W_next, dz_next, a_here, a_before: _of_means(
                    (W_next.T @ dz_next) * (1 - a_here**2), a_before
                ),
                "The mean of the products is not the product of the means.",
            ),
            (
                lambda W_next, dz_next, a_here, a_before: (
                    a_here.shape[1] * _of_means((W_next.T @ dz_next) * (1 - a_here**2), a_before)
                ),
                "The sum of the products is not the product of the sums.",
            ),
            (_hidden(lambda a: a**2 - 1), "The slope has its sign turned."),
            (_hidden(lambda a: 1 + a**2), "The slope of tanh is 1 minus the square, not plus."),
            (_hidden(lambda a: 1.0), "The slope of the hidden layer is missing."),
            (_hidden(lambda a: (1 - a**2) ** 2), "The slope stands in it twice."),
            (
                _times(lambda found, here, before: found * here.shape[1]),
                "It is the sum over the samples: the mean is asked for.",
            ),
            (
                _times(lambda found, here, before: found * here.shape[1] / len(here)),
                "It divides by the number of neurons, the rows: the samples are the columns.",
            ),
            (
                _times(lambda found, here, before: found * here.shape[1] / len(before)),
                "It divides by the number of neurons in the layer before: it should be the number "
                "of samples.",
            ),
            (
                _times(lambda found, here, before: found.T),
                "It is transposed: a row for each neuron here, a column for each one before.",
            ),
        ],
    ),
    WholePass(
        "09.2",
        kinds=[{}, {"activation": "tanh"}, {"activation": ["tanh", "sigmoid"]}],
        unmended=batch_pass,
        slips=2,
    ),
    Exercise(
        "09.3",
        first_difference,
        probes=_SEARCHES,
        mistakes=[
            (
                _without_try,
                "It stops where a function raises a ValueError. That is a difference too: catch "
                "it, with try and except.",
            ),
            (
                _first(on_error=False),
                "It passes over cases in which a function raises a ValueError. There the two "
                "differ as well.",
            ),
            (
                _first(differ=lambda one, two: not np.array_equal(one, two)),
                "It calls a difference what is rounding only: allow for 1e-9.",
            ),
            (
                _first(differ=lambda one, two: not np.allclose(one, two, rtol=0, atol=1e-9)),
                "It does not look at the shapes: where they differ, NumPy may repeat a row or a "
                "column and find the numbers equal.",
            ),
            (
                _outside_try(_numbers_apart),
                "It does not look at the shapes: where they differ, NumPy may repeat a row or a "
                "column and find the numbers equal, or the difference raises an error in your own "
                "code.",
            ),
            (
                _outside_try(
                    lambda one, two: _numbers_apart(one, two) or np.shape(one) != np.shape(two)
                ),
                "It takes the difference before it looks at the shapes: where these do not fit, "
                "that raises an error in your own code. Let the shapes come first.",
            ),
            (
                _first(
                    differ=lambda one, two: (
                        np.shape(one) != np.shape(two) and _numbers_apart(one, two)
                    )
                ),
                "It asks for other shapes and for other numbers at once: one of the two is enough, "
                "so `or` belongs between them.",
            ),
            (
                _outside_try(
                    lambda one, two: np.shape(one) != np.shape(two) and _numbers_apart(one, two)
                ),
                "It asks for other shapes and for other numbers at once: one of the two is enough. "
                "With `or` between them, other shapes are not subtracted either.",
            ),
            (
                lambda right, wrong, cases: first_difference(right, wrong, cases[:-1]),
                "It never looks at the last case.",
            ),
            (
                _none_on_error,
                "It gives None where a function raises a ValueError. That is a difference: return "
                "the number of the case.",
            ),
            (
                _first(differ=lambda one, two: _apart(one, two, lambda: _gap(one, two) - 5e-3)),
                "It lets a gap of 2e-3 pass: allow for 1e-9 only.",
            ),
            (
                _first(differ=lambda one, two: np.shape(one) != np.shape(two)),
                "The shapes alone decide: numbers that are more than 1e-9 apart differ too.",
            ),
            (
                _first(
                    differ=lambda one, two: (
                        np.shape(one) != np.shape(two) or bool(abs(np.sum(one - two)) > 1e-9)
                    )
                ),
                "It adds the gaps up, so that gaps of both signs cancel: take their sizes first.",
            ),
            (
                _first(differ=lambda one, two: _apart(one, two, (one - two).max)),
                "It lets negative gaps pass: take the sizes of the gaps first, with np.abs.",
            ),
            (
                _first(differ=lambda one, two: _apart(one, two, (two - one).max)),
                "It lets gaps of one sign pass: take the sizes of the gaps first, with np.abs.",
            ),
            (
                _first(differ=lambda one, two: _apart(one, two, np.abs(one - two).min)),
                "It lets entries pass that are apart: a single one is enough to differ.",
            ),
            (
                _first(differ=lambda one, two: _apart(one, two, np.abs(one - two).mean)),
                "It lets an entry pass that is apart where others are not: take the largest gap, "
                "and not their mean.",
            ),
            (
                _first(differ=lambda one, two: _apart(one, two, lambda: _gap(one, two) - 9e-9)),
                "It lets gaps of 1.5e-9 pass: the limit is 1e-9, and 10e-9 is ten times as much.",
            ),
            (
                _first(differ=lambda one, two: _apart(one, two, np.abs(one - two).sum)),
                "It finds a difference where no entry is more than 1e-9 apart: it is the largest "
                "gap, and nothing else, that decides.",
            ),
            (
                _first(
                    differ=lambda one, two: (
                        np.shape(one) != np.shape(two) or not np.allclose(one, two)
                    )
                ),
                "It lets small differences pass, as np.allclose does too unless it is told "
                "otherwise: allow for 1e-9 only.",
            ),
            (
                _first_case_only,
                "It gives None after the first case already: go on until one differs.",
            ),
            (
                _first(told=lambda found, cases: found[-1] if found else None),
                "It gives the last case that differs: the first one is asked for.",
            ),
            (
                _first(told=lambda found, cases: found[0] + 1 if found else None),
                "It counts the cases from 1: the first one has the number 0.",
            ),
            (
                _first(told=lambda found, cases: len(found)),
                "It gives how many cases differ: the number of the first one is asked for.",
            ),
            (
                _first(told=lambda found, cases: found[0] if found else len(cases)),
                "Where no case differs, it should give None.",
            ),
            (
                _first(told=lambda found, cases: found[0] if found else len(cases) - 1),
                "Where no case differs, it should give None, and not the number of the last case.",
            ),
            (
                _first(told=lambda found, cases: found[0] if found else -1),
                "Where no case differs, it should give None, and not -1.",
            ),
            (
                _first(told=lambda found, cases: found[0] if found else False),
                "Where no case differs, it should give None, and not False.",
            ),
        ],
    ),
    Exercise("09.4", sum_shows, probes=_SIZES, mistakes=_SUM_MISTAKES),
)
