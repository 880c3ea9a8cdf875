"""Gradients measured instead of derived: nudge every parameter and watch the cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, TypeVar

import numpy as np

import bp_helpers._door as check
from bp_helpers._validation import Array, chosen, finite, positive
from bp_helpers.backprop import Gradients, Trace, backpropagate, forward
from bp_helpers.network import Network, PerLayer

EPS, _TINY = float(np.finfo(float).eps), float(np.finfo(float).tiny)
_PATIENCE = 2.0  # seconds after which a bar shows how far a check has come
_CHUNK = 2**16  # numbers of a layer at a time: they fit into the cache of a processor

Item = TypeVar("Item")


def _central(f: Callable[[complex], Any], h: float) -> Any:  # noqa: ANN401 (as f gives)
    return (f(h) - f(-h)).real / (2 * h)


def _complex(f: Callable[[complex], Any], h: float) -> Any:  # noqa: ANN401 (as f gives)
    return f(1j * h).imag / h


@dataclass(frozen=True)
class Method:
    """How a slope is measured: name, rule, usual h, and the error it can promise norm-wise."""

    name: str
    slope: Callable[[Callable[[complex], Any], float], Any]
    h: float
    tolerance: float

    @property
    def subtracts(self) -> bool:
        """Whether it takes the difference of two costs, and so loses digits."""
        return self.slope is _central


METHODS = {
    "complex": Method("complex step", _complex, h=1e-20, tolerance=1e-12),
    "central": Method("central difference", _central, h=1e-5, tolerance=1e-7),
}


@check.overflow_is_named
def numerical_gradient(
    net: Network, x: object, y: object, method: str = "complex", h: float | None = None
) -> Gradients:
    """The gradient of `cost(net, x, y)`, every parameter nudged by itself; delta stays None.

    "central": (C(w + h) − C(w − h)) / 2h, whose error is the sum of one that shrinks with h² and
    one, from rounding, that grows as 1/h. "complex": Im C(w + ih) / h, which subtracts nothing
    and so loses nothing, however small h is (Squire and Trapp, SIAM Review 40, 1998). Raises
    ValueError for an unknown method, an h that is not greater than 0, and x and y of another
    shape, and NotFinite for what becomes too large.
    """
    rule = chosen("method", method, METHODS)
    h = None if h is None else positive("h", h)
    trace = forward(net, x, copy=False)
    y = check.targets_for(net, trace, y)
    parts = parts_of(trace, y, rule, h, np.arange)
    measure(trace, y, rule, parts)
    W, b = ({p.l: p.slopes.reshape(p.shape) for p in parts if p.kind == kind} for kind in "Wb")
    nothing = PerLayer(dict.fromkeys(W))
    return Gradients(nothing, PerLayer(W), PerLayer(b))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Part:
    """The entries of W[l] or b[l] that are nudged by h: their places in `ravel()`, their slopes.

    A nudge of entry [j, k] moves row j of z[l] by h · before[k]. Slopes that are less than
    `floor` apart differ by nothing but rounding, for all that can be told.
    """

    kind: str
    l: int
    before: Array
    shape: tuple[int, int]
    at: Array
    slopes: Array
    h: float
    floor: float

    @property
    def name(self) -> str:
        """As in the report."""
        return f"{self.kind}[{self.l}]"

    def of(self, grads: Gradients) -> Array:
        """The whole array of this name in `grads`."""
        return (grads.W if self.kind == "W" else grads.b)[self.l]


def parts_of(
    trace: Trace, y: Array, rule: Method, h: float | None, pick: Callable[[int], Array]
) -> list[Part]:
    """W[1], b[1], W[2], … each with the entries that `pick` chooses from so many."""
    parts, m = [], y.shape[1]
    off_delta, off_cost = _rounding(trace, y)
    for l in range(1, trace.net.L + 1):
        for kind, before in (("W", trace.a[l - 1]), ("b", np.ones((1, m)))):
            shape = (trace.net.sizes[l], len(before))
            at = pick(shape[0] * shape[1])
            # Where inputs are large, a shorter nudge moves z as far.
            step = h or rule.h / max(1.0, np.abs(before).max())
            floor = (off_delta[l] @ np.abs(before).T).max() / m
            # What a complex step measures is h times smaller, and may leave the range of numbers.
            floor += off_cost[l] / step if rule.subtracts else _TINY / (EPS * step)
            parts.append(Part(kind, l, before, shape, at, np.empty(len(at)), step, floor))
    return parts


def measure(
    trace: Trace, y: Array, rule: Method, parts: list[Part], progress: bool = False
) -> None:
    """Fill in the slopes of all parts; raises NotFinite for what is too large to be measured."""
    at_once = max(1, _CHUNK // (max(trace.net.sizes[1:]) * y.shape[1]))
    chunks = [(p, slice(k, k + at_once)) for p in parts for k in range(0, len(p.at), at_once)]
    for part, some in _with_bar(chunks, progress):
        costs = _costs_along(trace, y, part, part.at[some])
        part.slopes[some] = rule.slope(costs, part.h).mean(axis=1)
    for part in parts:
        finite(f"the slopes of C measured for {part.name}", part.slopes)


def with_bends(trace: Trace, y: Array, rule: Method, parts: list[Part]) -> list[Part]:
    """The parts, with a floor that knows how far off the bends of C put a central difference.

    That is a third of what doubling h changes, since the error grows with h² (Richardson).
    """
    if not rule.subtracts:
        return parts
    doubled = [replace(part, h=2 * part.h, slopes=np.empty(len(part.at))) for part in parts]
    measure(trace, y, rule, doubled)
    bends = (np.abs(two.slopes - one.slopes).max() / 3 for one, two in zip(parts, doubled))
    # Below the floor, what doubling h changes is rounding, and in the floor already.
    return [
        replace(part, floor=part.floor + bend) if bend > part.floor else part
        for part, bend in zip(parts, bends)
    ]


def _with_bar(chunks: Sequence[Item], progress: bool) -> Iterator[Item]:
    """The chunks, one after another; a bar appears if they take longer than one likes to wait."""
    start = monotonic()
    for done, chunk in enumerate(chunks, start=1):
        yield chunk
        if progress and monotonic() - start > _PATIENCE:
            from tqdm.auto import tqdm  # which is slow to import, and rarely needed

            settings = {"initial": done, "total": len(chunks), "leave": False}
            yield from tqdm(chunks[done:], "measuring slopes", **settings)
            return


def _costs_along(trace: Trace, y: Array, part: Part, at: Array) -> Callable[[complex], Array]:
    """The cost of each sample (a column) as a function of a nudge to each of some entries (a row).

    All entries are nudged at once, each in a copy of the batch.
    """
    j, k = np.unravel_index(at, part.shape)
    z, p = trace.z[part.l], len(at)

    def costs_at(nudge: complex) -> Array:
        nudged = np.repeat(z[:, np.newaxis].astype(type(nudge)), p, axis=1)
        nudged[j, np.arange(p)] += nudge * part.before[k]
        flat = nudged.reshape(len(z), -1)
        return _costs(trace.net, part.l, flat, np.tile(y, p)).reshape(p, -1)

    return costs_at


def _costs(net: Network, l: int, z: Array, y: Array) -> Array:
    """The cost of each column, from z[l], which may be complex, to the end."""
    for after in range(l + 1, net.L + 1):
        z = net.W[after] @ net.sigma[after - 1].value(z) + net.b[after]
    return net.cost.value(z if net.fused else net.sigma[net.L].value(z), y)


def _rounding(trace: Trace, y: Array) -> tuple[dict[int, Array], dict[int, float]]:
    """How far off rounding may put each delta[l], and C when it is computed from z[l] on.

    Running error analysis (Higham, Accuracy and Stability of Numerical Algorithms, 2002, sections
    3.1 and 3.3): a sum of products w·a is off by some ε times the sum of |w|·|a|, and this reaches
    the cost through δ. A central difference divides what C is off by h, so that its floor is at
    least ε·|C|/h. Errors of different origin are added as independent ones, by their squares: the
    worst case would grow with every layer until nothing could be told. On thousands of random
    networks, the gaps of right gradients reached 0.6 of the floor of a central difference.
    """
    net, a, z, L = trace.net, trace.a, trace.z, trace.net.L
    slope = {l: 1.0 if l == L and net.fused else net.sigma[l].slope(z[l]) for l in range(1, L + 1)}
    dcost = net.cost.slope(a[L], y)
    delta = {L: np.abs(slope[L]) * (np.abs(dcost) + np.abs(a[L]) + np.abs(y))}
    cost = net.costs(a[L], z[L], y)
    check.cost(cost.mean())
    cost = cost + np.abs(dcost * a[L]).sum(axis=0)
    off_cost = {}
    for l in range(L, 0, -1):
        if l < L:
            delta[l] = np.sqrt((net.W[l + 1] ** 2).T @ delta[l + 1] ** 2) * np.abs(slope[l])
        cost = cost + (delta[l] * terms(trace, l)).sum(axis=0)
        off_cost[l] = EPS * float(cost.mean())
    # A slope σ′ far out is off by as much of itself as its z is off.
    off = EPS * (64 + 2 * _off_z(trace, slope))
    return {l: off * delta[l] for l in delta}, off_cost


def _off_z(trace: Trace, slope: Mapping[int, Array | float]) -> float:
    """By how many ε a z may be off at most: by its own rounding, and by what is handed on to it."""
    off, most = np.zeros_like(trace.a[0]), 0.0
    for l in range(1, trace.net.L + 1):
        off = np.abs(trace.net.W[l]) @ off + terms(trace, l)
        most = max(most, float(off.max()))
        off = np.abs(slope[l]) * off
    return most


def terms(trace: Trace, l: int) -> Array:
    """What z[l] would be if nothing in it cancelled: the sizes of its terms, added up."""
    W, b = trace.net.W[l], trace.net.b[l]
    sizes: Array = np.abs(W) @ np.abs(trace.a[l - 1]) + np.abs(b)
    return sizes


def cost_along(
    net: Network, x: object, y: object, kind: str, l: int, place: tuple[int, ...]
) -> Callable[[complex], complex]:
    """The cost as a function of a nudge, real or complex, to one entry of W[l] or b[l].

    `kind` is "W" or "b".
    """
    trace = forward(net, x)
    y = check.targets_for(net, trace, y)

    def cost_at(nudge: complex) -> complex:
        nudged = {"W": net.W[l], "b": net.b[l]}
        nudged[kind] = nudged[kind].astype(type(nudge))
        nudged[kind][place] += nudge
        mean: complex = _costs(net, l, nudged["W"] @ trace.a[l - 1] + nudged["b"], y).mean()
        return mean

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
