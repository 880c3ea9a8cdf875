"""Gradients measured instead of derived: nudge every parameter and watch the cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from bp_helpers._validation import Array, positive, same_shapes
from bp_helpers.backprop import Gradients, backpropagate, cost
from bp_helpers.functions import lookup
from bp_helpers.network import Network, PerLayer


def _central(f: Callable[[complex], complex], h: float) -> float:
    return (f(h) - f(-h)).real / (2 * h)


def _complex(f: Callable[[complex], complex], h: float) -> float:
    return f(1j * h).imag / h


@dataclass(frozen=True)
class Method:
    """How a slope is measured: name, rule, usual h, and the error it can promise norm-wise."""

    name: str
    slope: Callable[[Callable[[complex], complex], float], float]
    h: float
    tolerance: float


METHODS = {
    "complex": Method("complex step", _complex, h=1e-20, tolerance=1e-12),
    "central": Method("central difference", _central, h=1e-5, tolerance=1e-7),
}


def numerical_gradient(
    net: Network, x: object, y: object, method: str = "complex", h: float | None = None
) -> Gradients:
    """The gradient of `cost(net, x, y)`, one nudged parameter at a time; delta stays None.

    "central": (C(w + h) − C(w − h)) / 2h, whose error is the sum of one that shrinks with h² and
    one, from rounding, that grows as 1/h. "complex": Im C(w + ih) / h, which subtracts nothing
    and so loses nothing, however small h is (Squire and Trapp, SIAM Review 40, 1998). Raises
    ValueError for an unknown method or an h that is not greater than 0.
    """
    rule = lookup("method", method, METHODS)
    h = positive("h", rule.h if h is None else h)
    layers = range(1, net.L + 1)
    W = PerLayer({l: _measured(net, "W", l, x, y, rule, h) for l in layers})
    b = PerLayer({l: _measured(net, "b", l, x, y, rule, h) for l in layers})
    return Gradients(PerLayer(dict.fromkeys(layers)), W, b)  # type: ignore[arg-type]


def _measured(
    net: Network, kind: str, l: int, x: object, y: object, rule: Method, h: float
) -> Array:
    slopes = np.empty(getattr(net, kind)[l].shape)
    for place in np.ndindex(slopes.shape):
        slopes[place] = rule.slope(cost_along(net, x, y, kind, l, place), h)
    return slopes


def cost_along(
    net: Network, x: object, y: object, kind: str, l: int, place: tuple[int, ...]
) -> Callable[[complex], complex]:
    """The cost as a function of a nudge, real or complex, to one entry of W[l] or b[l].

    `kind` is "W" or "b".
    """
    parameters = {"W": net.W, "b": net.b}

    def cost_at(nudge: complex) -> complex:
        nudged = list(parameters[kind])
        array = parameters[kind][l].astype(type(nudge))
        array[place] += nudge
        nudged[l] = array
        return cost(net.replace(**{**parameters, kind: nudged}), x, y)

    return cost_at


@dataclass(frozen=True)
class Trial:
    """The slope of the cost for one weight, measured with one h in two ways.

    `above` and `below` are the costs at w + h and w − h; `central` and `complex` the slopes that
    the two methods give, and `exact` that of the backward pass.
    """

    h: float
    above: float
    below: float
    central: float
    complex: float
    exact: float

    def error(self, method: str) -> float:
        """How far off the slope by "central" or "complex" is, relative to the exact one."""
        measured: float = getattr(self, method)
        return abs(measured - self.exact) / abs(self.exact)


def trials(
    net: Network, x: object, y: object, l: int, place: tuple[int, int], steps: Iterable[float]
) -> tuple[Trial, ...]:
    """Measure the slope for the weight W[l][place] with each of the steps h > 0 in turn."""
    along = cost_along(net, x, y, "W", l, place)
    exact = float(backpropagate(net, x, y).W[l][place])
    return tuple(_trial(along, exact, h) for h in steps)


def _trial(along: Callable[[complex], complex], exact: float, h: float) -> Trial:
    central, by_complex = (METHODS[name].slope(along, h) for name in ("central", "complex"))
    return Trial(h, along(h).real, along(-h).real, float(central), float(by_complex), exact)


@dataclass(frozen=True)
class Row:
    """One array of the report: its name, its relative error, and where the largest gap is."""

    name: str
    error: float
    place: tuple[int, ...]
    given: float
    measured: float


@dataclass(frozen=True)
class Report:
    """What `check_gradient` found, an array a row; prints and displays as a table."""

    rows: tuple[Row, ...]
    method: str
    tolerance: float

    @property
    def worst(self) -> Row:
        """The array that is furthest from what was measured; of equal ones the first.

        For one sample the errors of W[l] and b[l] are equal but for rounding, so they are compared
        as they are shown.
        """
        return max(self.rows, key=lambda row: float(f"{np.nan_to_num(row.error, nan=np.inf):.1e}"))

    @property
    def ok(self) -> bool:
        """Whether every array is within the tolerance."""
        return all(row.error <= self.tolerance for row in self.rows)

    def __str__(self) -> str:
        lines = [f"Relative error against the {METHODS[self.method].name}"]
        for row in self.rows:
            good = row.error <= self.tolerance
            verdict = f"ok     below {self.tolerance:.0e}" if good else f"WRONG  {row.error:.0e}"
            lines.append(f"  {row.name}  {verdict}")
        if not self.ok:
            w = self.worst
            at = ", ".join(map(str, w.place))
            lines.append(f"Worst: {w.name}[{at}] is {w.given:+.6g}, measured {w.measured:+.6g}.")
        return "\n".join(lines)

    __repr__ = __str__


def check_gradient(
    net: Network,
    x: object,
    y: object,
    grads: Gradients | None = None,
    method: str = "complex",
    tolerance: float | None = None,
) -> Report:
    """Compare a gradient (that of `backpropagate` if none is given) with a measured one.

    The error of an array is ‖given − measured‖ / max(‖given‖, ‖measured‖); the tolerance is
    what the method can promise unless you set one. Raises ValueError for an unknown method or
    a gradient of another network.
    """
    grads = backpropagate(net, x, y) if grads is None else grads
    same_shapes("grads.W", grads.W, net.W)
    same_shapes("grads.b", grads.b, net.b)
    measured = numerical_gradient(net, x, y, method)
    tolerance = METHODS[method].tolerance if tolerance is None else positive("tolerance", tolerance)
    rows = [
        _compare(f"{kind}[{l}]", getattr(grads, kind)[l], getattr(measured, kind)[l])
        for l in range(1, net.L + 1)
        for kind in ("W", "b")
    ]
    return Report(tuple(rows), method, tolerance)


def _compare(name: str, given: Array, measured: Array) -> Row:
    gap = np.abs(given - measured)
    place = np.unravel_index(gap.argmax(), gap.shape)
    scale = max(np.linalg.norm(given), np.linalg.norm(measured))
    error = float(np.linalg.norm(given - measured) / scale) if scale else 0.0
    return Row(name, error, tuple(map(int, place)), float(given[place]), float(measured[place]))
