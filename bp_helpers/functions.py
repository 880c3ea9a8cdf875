"""Activations and costs: value, slope, how they are written, and the NumPy source that is shown.

Every value is written so that it also takes complex numbers (see `measure`): a comparison of
complex numbers looks at their real parts first. Every activation is written once: what a stepper
shows is the source of the function that is run.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, SupportsIndex

import numpy as np

from bp_helpers._validation import (
    Array,
    Entry,
    chosen,
    flag,
    instance,
    real,
    said,
)

# Taken now: if the file is changed later on, this is still what runs.
_SOURCE = inspect.getsource(sys.modules[__name__])
_checks_begin = False  # the tests check the functions of this module, and no import waits for it
_STEP = 1e-20  # of the complex step by which a slope is compared with its value
_NUDGE = (
    1e-6  # of a central difference, which tells a wrong slope from a value of real numbers only
)
_TOLERANCE = 1e-6  # for a slope written with a few digits less
# Where an activation is tried: on both sides of 0, and at no place where one is likely to bend.
_TRIED = np.array([[-2.3, -1.1, -0.37], [0.29, 0.83, 2.6]])
_TRIED_OUTPUTS, _TRIED_TARGETS = np.array([[0.31, 0.74], [0.55, 0.12]]), np.array([[1, 0], [0, 1]])


@dataclass(frozen=True)
class Activation:
    """One activation function σ with its slope σ′, both elementwise, for arrays of any shape.

    For one of your own, give a name, `value` and `slope`; `letter` stands for it in an equation,
    and `kinks` are the places where it has no slope. It is checked when it is made: raises
    ValueError or TypeError if `value` changes the shape or the argument, mixes entries, takes no
    complex numbers (with which gradients are measured), or if `slope` is not its derivative.

    Only softmax is not `elementwise`: it has no slope of its own, and stands in the last layer.
    """

    name: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    letter: str = "σ"
    kinks: tuple[float, ...] = ()
    elementwise: bool = True

    def __post_init__(self) -> None:
        _check_parts(self, texts=("letter",), functions=())
        for place in instance("kinks of Activation", self.kinks, tuple, "(0.0,)"):
            real("kinks of Activation", place)
        if flag("elementwise of Activation", self.elementwise) and _checks_begin:
            what = f"Activation {self.name!r}"
            for part in ("value", "slope"):
                _check_elementwise(what, part, getattr(self, part))
            measured = _along(what, self.value, _TRIED + 1j * _STEP, _TRIED.shape)
            central = (self.value(_TRIED + _NUDGE) - self.value(_TRIED - _NUDGE)) / (2 * _NUDGE)
            _compare(what, "z", _TRIED, self.slope(_TRIED), measured, central)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """For pickle: a function of this module is kept by its name."""
        return super().__reduce_ex__(protocol) if is_own(self) else (_built_in, (self.name,))


@dataclass(frozen=True)
class Cost:
    """One cost: `value` per sample, and `slope`, its derivative with respect to the output.

    For a and y of shape (n, m), `value` gives shape (m,) and `slope` gives (n, m); the mean
    over the batch is taken in `backprop`. For one of your own, give a name and these two: it is
    checked when it is made, as an `Activation` is.

    `source` (the sum over all samples) and `slope_source` are the NumPy expressions that the
    steppers run and show, with `{a}` where the output goes, or `{z}`: equations, numbers and
    shapes are derived from them. A cost of your own leaves them out: its steps then call `value`
    and `slope`.

    A cost may be `fused_with` the activation of the last layer: `value` then takes z, so that no
    logarithm of 0 is taken, `slope` is the derivative with respect to z, which is a − y, and
    `refuses` says what is wrong with targets y, or nothing.
    """

    name: str
    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]
    source: str = "np.sum(cost({a}, y))"
    slope_source: str = "dcost({a}, y)"
    fused_with: str = ""
    refuses: Callable[[Array], str] = lambda y: ""

    def __post_init__(self) -> None:
        _check_parts(self, ("source", "slope_source", "fused_with"), ("refuses",))
        if not self.fused_with and _checks_begin:
            _check_cost(f"Cost {self.name!r}", self.value, self.slope)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """For pickle: a function of this module is kept by its name."""
        return super().__reduce_ex__(protocol) if is_own(self) else (_built_in, (self.name,))


def _check_parts(
    function: Activation | Cost, texts: Iterable[str], functions: Iterable[str]
) -> None:
    what = type(function).__name__
    for part in ("name", *texts):
        instance(f"{part} of {what}", getattr(function, part), str)
    for part in ("value", "slope", *functions):
        if not callable(getattr(function, part)):
            given = said(getattr(function, part))
            raise TypeError(f"{part} of {what} is {given}, but should be a function.")


def _check_elementwise(what: str, part: str, f: Callable[[Array], Array]) -> None:
    whole = _along(what, f, _TRIED, _TRIED.shape, part)
    for k in range(_TRIED.shape[1]):
        alone = _along(what, f, _TRIED[:, [k]], (2, 1), part)
        if not np.allclose(alone, whole[:, [k]], rtol=1e-12):
            raise ValueError(
                f"{part} of {what} gives other numbers for a column alone than among others, "
                "but should treat each entry by itself."
            )


def _along(
    what: str, f: Callable[..., Array], z: Array, shape: tuple[int, ...], part: str = "value"
) -> Array:
    """f(z), or its imaginary part divided by the step: its derivative along a complex z."""
    given, measuring = z.copy(), np.iscomplexobj(z)
    kind = "complex numbers (gradients are measured with them)" if measuring else "an array"
    try:
        found = np.asarray(f(given))
    except Exception as problem:
        raise ValueError(
            f"{part} of {what} should take {kind}, but it raised {problem!r:.120}."
        ) from problem
    if not np.array_equal(given, z):
        raise ValueError(f"{part} of {what} changes its argument, but should leave it as it is.")
    if found.shape != shape or found.dtype.kind not in "fc":
        raise ValueError(
            f"{part} of {what} gives {said(found)} of shape {found.shape} for an array of shape "
            f"{z.shape}, but should give floats of shape {shape}."
        )
    if measuring and found.dtype.kind != "c":
        raise ValueError(
            f"{part} of {what} gives real numbers for complex ones, but should keep the imaginary "
            "part, with which gradients are measured: no abs, no real."
        )
    if not np.isfinite(found).all():
        raise ValueError(f"{part} of {what} gives {said(found)}, but should give finite numbers.")
    return found.imag / _STEP if measuring else found


def _check_cost(what: str, value: Callable[..., Array], slope: Callable[..., Array]) -> None:
    a, y = _TRIED_OUTPUTS, _TRIED_TARGETS.astype(float)
    costs = _along(what, lambda a: value(a, y), a, (2,))
    alone = _along(what, lambda a: value(a, y[:, :1]), a[:, :1], (1,))
    if not np.allclose(costs[:1], alone, rtol=1e-12):
        raise ValueError(f"value of {what} should give each sample (a column) its own cost.")
    measured, central = np.zeros(a.shape), np.zeros(a.shape)
    for place in np.ndindex(a.shape):
        unit = np.zeros(a.shape)
        unit[place] = 1
        nudged = a + 1j * _STEP * unit
        measured[place] = _along(what, lambda a: value(a, y), nudged, (2,)).sum()
        up, down = (value(a + by * unit, y).sum() for by in (_NUDGE, -_NUDGE))
        central[place] = (up - down) / (2 * _NUDGE)
    given = _along(what, lambda a: slope(a, y), a, a.shape, "slope")
    _compare(what, "a", a, given, measured, central)


def _compare(
    what: str, letter: str, at: Array, slope: Array, measured: Array, central: Array
) -> None:
    """Raises ValueError where a slope is not the derivative, which is measured in two ways."""
    most = _TOLERANCE * np.abs(central).max(initial=1.0)
    if np.abs(measured - central).max() > most:
        raise ValueError(
            f"value of {what} should have the same slope for complex numbers, with which gradients "
            "are measured, but has not: np.abs, for one, loses their imaginary part; write "
            "np.where(z > 0, z, -z) for it."
        )
    gaps = np.abs(slope - measured)
    worst = np.unravel_index(gaps.argmax(), gaps.shape)
    if gaps[worst] > most:
        raise ValueError(
            f"slope of {what} at {letter} = {at[worst]:g} is {slope[worst]:.6g}, but the "
            f"derivative of its value, measured there, is {measured[worst]:.6g}, as it should be."
        )


def sigmoid(z: Array) -> Array:
    """σ(z) = 1 / (1 + e^−z), for z of any shape, without a number that is too large for e^−z."""
    return 1 / (1 + np.exp(np.minimum(-z, 700)))


def sigmoid_slope(z: Array) -> Array:
    """σ′(z) = e / (1 + e)² with e = e^−|z|, for z of any shape.

    The textbook form a(1 − a) is the same on paper, but 1 − a cancels: it loses every digit
    as z grows and is exactly 0 from z = 37 on.
    """
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def tanh(z: Array) -> Array:
    """The hyperbolic tangent, for z of any shape."""
    return np.tanh(z)


def tanh_slope(z: Array) -> Array:
    """tanh′(z) = 4e / (1 + e)² with e = e^−2|z|, for z of any shape; 1 − tanh² would cancel."""
    e = np.exp(-2 * np.abs(z))
    return 4 * e / (1 + e) ** 2


def relu(z: Array) -> Array:
    """max(0, z), for z of any shape."""
    return np.where(z > 0, z, 0)


def relu_slope(z: Array) -> Array:
    """1 where z > 0 and 0 elsewhere, for z of any shape; at the kink z = 0 the choice is 0."""
    return np.where(z > 0, 1.0, 0.0)


def leaky_relu(z: Array) -> Array:
    """z where z > 0 and a hundredth of it elsewhere, for z of any shape."""
    return np.where(z > 0, z, 0.01 * z)


def leaky_relu_slope(z: Array) -> Array:
    """1 where z > 0 and 0.01 elsewhere, for z of any shape; at the kink the choice is 0.01."""
    return np.where(z > 0, 1.0, 0.01)


def identity(z: Array) -> Array:
    """z itself: the layer stays linear."""
    return z


def identity_slope(z: Array) -> Array:
    """1 everywhere, in the shape of z."""
    return np.ones_like(z)


def softmax(z: Array) -> Array:
    """e^z of each neuron, divided by the sum of these over its column, for z of shape (n, m).

    The largest z of a column is subtracted first: the quotient stays the same, and no number is
    too large for e^z.
    """
    e = np.exp(z - np.max(z, axis=0))
    return e / np.sum(e, axis=0)


def no_slope(z: Array) -> Array:
    """Raises ValueError: a nudge of one z moves every activation of a softmax, so δ is a − y."""
    raise ValueError(
        "softmax has no slope of its own: each of its activations depends on every z of the layer. "
        "Taken together with its cost, cross_entropy, it has: a − y."
    )


def log_softmax(z: Array) -> Array:
    """The logarithm of softmax(z), for z of shape (n, m), without the logarithm of 0."""
    z = z - np.max(z, axis=0)
    return z - np.log(np.sum(np.exp(z), axis=0))


def log_sigmoid(z: Array) -> Array:
    """The logarithm of σ(z), for z of any shape, without the logarithm of 0."""
    return np.where(z > 0, 0, z) - np.log1p(np.exp(np.where(z > 0, -z, z)))


LOGARITHMS = {f.__name__: f for f in (log_softmax, log_sigmoid)}

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        f.name: f
        for f in (
            Activation("sigmoid", sigmoid, sigmoid_slope),
            Activation("tanh", tanh, tanh_slope, "tanh"),
            Activation("relu", relu, relu_slope, "relu", kinks=(0.0,)),
            Activation("leaky_relu", leaky_relu, leaky_relu_slope, "leaky", kinks=(0.0,)),
            Activation("identity", identity, identity_slope, "id"),
            Activation("softmax", softmax, no_slope, "softmax", elementwise=False),
        )
    }
)


def squared_error(a: Array, y: Array) -> Array:
    """‖a − y‖² of each column, for a and y of shape (n, m); the result has shape (m,).

    Written without abs, so that a complex a gives the analytic continuation.
    """
    return np.sum((a - y) ** 2, axis=0)


def cross_entropy(z: Array, y: Array) -> Array:
    """−Σ y ln a of each column, a = softmax(z), for z and y of shape (n, m), as shape (m,)."""
    return -np.sum(y * log_softmax(z), axis=0)


def binary_cross_entropy(z: Array, y: Array) -> Array:
    """−Σ (y ln a + (1 − y) ln(1 − a)) of each column, a = σ(z) and 1 − a = σ(−z); shape (m,)."""
    return -np.sum(y * log_sigmoid(z) + (1 - y) * log_sigmoid(-z), axis=0)


def _no_distribution(y: Array) -> str:
    if y.min() < 0:
        return f"holds {y.min():g}, but a probability is at least 0"
    sums = np.sum(y, axis=0)
    worst = int(np.abs(sums - 1).argmax())
    if abs(sums[worst] - 1) > 1e-9:
        return f"has a column {worst} that sums to {sums[worst]:g}, but probabilities sum to 1"
    return ""


def _no_probabilities(y: Array) -> str:
    wrong = y[(y < 0) | (y > 1)]
    return f"holds {wrong[0]:g}, but a probability lies between 0 and 1" if wrong.size else ""


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
            Cost(
                "cross_entropy",
                cross_entropy,
                lambda a, y: a - y,
                "-np.sum(y * log_softmax({z}))",
                "{a} - y",
                fused_with="softmax",
                refuses=_no_distribution,
            ),
            Cost(
                "binary_cross_entropy",
                binary_cross_entropy,
                lambda a, y: a - y,
                "-np.sum(y * log_sigmoid({z}) + (1 - y) * log_sigmoid(-{z}))",
                "{a} - y",
                fused_with="sigmoid",
                refuses=_no_probabilities,
            ),
        )
    }
)


_checks_begin = True


def _built_in(name: str) -> Activation | Cost:
    return ACTIVATIONS[name] if name in ACTIVATIONS else COSTS[name]


def is_own(function: Activation | Cost) -> bool:
    """Whether a reader made this function: what it says of its source is then not run."""
    return function not in (*ACTIVATIONS.values(), *COSTS.values())


def body_of(function: Callable[[Array], Array]) -> str:
    """The lines inside a function of this module, but its docstring, as a stepper shows them."""
    return "\n".join(map(ast.unparse, _definitions()[function.__name__].body[1:]))


@cache
def _definitions() -> dict[str, ast.FunctionDef]:
    nodes = ast.parse(_SOURCE).body
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}


def named(kind: str, given: object, table: Mapping[str, Entry]) -> Entry:
    """The function called so, or the reader's own function itself; raises ValueError otherwise."""
    if isinstance(given, type(next(iter(table.values())))):
        return given
    return chosen(kind, given, table)
