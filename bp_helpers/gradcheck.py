"""The report that compares a gradient, in whatever form, with a measured one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import bp_helpers._door as check
from bp_helpers._validation import Array, chosen, flag, positive, whole
from bp_helpers._validation import seed as check_seed
from bp_helpers.backprop import Gradients, Trace, backward, forward
from bp_helpers.forms import readings
from bp_helpers.measure import EPS, METHODS, Method, Part, measure, parts_of, terms, with_bends
from bp_helpers.network import Network
from bp_helpers.slips import SLIPS, Slip, gradient_if_it_runs

_ALIKE = 1e-6  # how closely a wrong array resembles what it is said to be


@dataclass(frozen=True)
class Row:
    """One array of the report, and in it the entry with the largest gap |given − measured|.

    `verdict` is "ok", "WRONG", "?" where the slopes are too small for the method, or "kink" where
    there may be no slope; `says` tells more. `error` is that of the whole array.
    """

    name: str
    verdict: str
    says: str
    error: float
    place: tuple[int, ...]
    given: float
    measured: float


@dataclass(frozen=True)
class Report:
    """What `check_gradient` found, an array a row; prints and displays as a table.

    `slip` is the one that would give the same wrong gradient, where there is just one.
    """

    heading: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    slip: Slip | None = None

    @property
    def ok(self) -> bool:
        """Whether no array is wrong, and none undecided at a kink.

        Slopes that are too small for the method count as ok; the report says so.
        """
        return not self._bad

    @property
    def worst(self) -> Row:
        """Of the arrays that are not ok, or else of all, the one with the largest gap.

        Of those that are equal but for rounding, the first.
        """
        rows = self._bad or self.rows
        return rows[_first_largest(np.array([row.given - row.measured for row in rows]))]

    @property
    def _bad(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.verdict in ("WRONG", "kink"))

    def __bool__(self) -> bool:
        """The same as `ok`, for `assert check_gradient(…)`."""
        return self.ok

    def __str__(self) -> str:
        lines = [f"  {row.name}  {row.verdict:5}  {row.says}" for row in self.rows]
        if not self.ok:
            w = self.worst
            at = ", ".join(map(str, w.place))
            told = f"{w.given:+.6g}, measured {w.measured:+.6g}, the largest gap"
            lines.append(f"Worst: {w.name}[{at}] is {told}.")
        slip = [f"As if: {self.slip.says}"] if self.slip else []
        return "\n".join([self.heading, *lines, *self.notes, *slip])

    __repr__ = __str__


def _some(sample: int, rng: np.random.Generator) -> Callable[[int], Array]:
    return lambda size: np.sort(rng.choice(size, min(sample, size), replace=False))


@check.overflow_is_named
def check_gradient(
    net: Network,
    x: object,
    y: object,
    grads: object = None,
    method: str = "complex",
    tolerance: float | None = None,
    sample: int | None = None,
    seed: int | None = 0,
    progress: bool = True,
) -> Report:
    """Compare a gradient (that of `backpropagate` if none is given) with a measured one.

    The report prints as a table, and is true, as its `ok` is, if nothing is wrong. `grads` may
    have any form that `gradients_from` takes. The error of an array is
    ‖given − measured‖ / max(‖given‖, ‖measured‖); the tolerance is what the method can promise
    unless you set one. With `sample`, only so many random entries of each array are compared.
    Where that takes more than two seconds, a bar shows the progress, unless it may not. If a
    single slip of `bp_helpers.slips` gives the same wrong gradient, the report says so. Raises
    ValueError for a gradient of another network, and for settings that are none.
    """
    rule = chosen("method", method, METHODS)
    tolerance = rule.tolerance if tolerance is None else positive("tolerance", tolerance)
    rng, progress = np.random.default_rng(check_seed(seed)), flag("progress", progress)
    pick = np.arange if sample is None else _some(whole("sample", sample), rng)
    trace = forward(net, x, copy=False)
    y = check.targets_for(net, trace, y)
    found = readings(net, backward(net, trace, y) if grads is None else grads)
    parts = parts_of(trace, y, rule, None, pick)
    measure(trace, y, rule, parts, progress)
    parts = with_bends(trace, y, rule, parts)
    samples = "one sample" if y.shape[1] == 1 else f"mean over {y.shape[1]:,} samples"
    heading = f"Relative error against the {rule.name} (cost {net.cost.name}, {samples})"
    kinked, notes = _kink(trace, rule)
    reports = [
        Report(heading, tuple(_row(p, grads, rule, tolerance, kinked) for p in parts), notes)
        for _, grads in found
    ]
    fitting = [how for (how, _), report in zip(found, reports) if report.ok]
    if fitting and not reports[0].ok:
        note = f"{fitting[0][0].upper()}{fitting[0][1:]}, they would fit."
        return replace(reports[0], notes=(*notes, note))
    report = _explained(reports[0], parts, found[0][1], y)
    return report if report.ok else replace(report, slip=_slip_in(trace, y, found[0][1]))


def _slip_in(trace: Trace, y: Array, grads: Gradients) -> Slip | None:
    """The only slip that gives this gradient on these samples, if there is just one."""
    given = [*grads.W[1:], *grads.b[1:]]
    fitting = []
    for slip in SLIPS:
        dW, db = gradient_if_it_runs((slip,), trace.net, trace.a[0], y) or ([], [])
        both = [*zip(given, (*dW, *db))]
        if both and all(one.shape == two.shape and _alike(one, two) for one, two in both):
            fitting.append(slip)
    return fitting[0].on(trace.net) if len(fitting) == 1 else None


def _explained(report: Report, parts: list[Part], grads: Gradients, y: Array) -> Report:
    """The report, with what a wrong array is instead, and what is true of all of them."""
    rows, notes = list(report.rows), list(report.notes)
    wrong = {k: part for k, part in enumerate(parts) if rows[k].verdict == "WRONG"}
    alike = {k: _resemblance(part, parts, part.of(grads), y) for k, part in wrong.items()}
    layers = {part.l for part in wrong.values()}
    if len(layers) == 1 < parts[-1].l:
        notes.append(f"Only layer {layers.pop()} is wrong.")
    right = any(part.slopes.any() for k, part in enumerate(parts) if k not in wrong)
    if not right and len({*alike.values()}) == 1 and alike[min(wrong)]:
        notes.append(f"Every array is {alike[min(wrong)]}.")
    else:
        for k in wrong:
            rows[k] = replace(rows[k], says=f"{rows[k].says}  {alike[k]}".rstrip())
    if wrong and all(_is_single(part.of(grads)) for part in wrong.values()):
        notes.append("It is given in single precision, float32, which keeps 7 digits only.")
    if all(_largest(part.of(grads), part.slopes) <= part.floor for part in parts):
        notes.append("No slope differs from 0, as far as can be told: nothing was tested.")
    return replace(report, rows=tuple(rows), notes=tuple(notes))


def _is_single(array: Array) -> bool:
    """Whether float32 holds every number of an array, which few numbers of double precision do."""
    return bool((array == array.astype(np.float32)).all() and (array % 1).any())


def _row(part: Part, grads: Gradients, rule: Method, tolerance: float, kinked: int) -> Row:
    """One array against what was measured; up to layer `kinked`, a kink may be to blame."""
    array, measured = part.of(grads), part.slopes
    given = array.ravel()[part.at]
    gaps, error = np.abs(given - measured), _relative(given, measured)
    if _largest(given, measured) <= part.floor and (error > tolerance or rule.subtracts):
        verdict, says = "?", f"too small for a {rule.name} to tell: ±{part.floor:.0e}"
    elif error <= tolerance:
        verdict, says = "ok", f"below {tolerance:.0e}"
    elif gaps.max() <= part.floor:
        verdict, says = "ok", f"within ±{part.floor:.0e}; a {rule.name} can tell no more"
    else:
        verdict = "kink" if part.l <= kinked and np.isfinite(error) else "WRONG"
        says = f"{error:.0e}" if np.isfinite(error) else "not finite"
    if len(given) < array.size:
        says += f"  ({len(given):,} of {array.size:,} entries)"
    k = _first_largest(gaps)
    place = tuple(map(int, np.unravel_index(part.at[k], part.shape)))
    return Row(part.name, verdict, says, error, place, float(given[k]), float(measured[k]))


def _largest(given: Array, measured: Array) -> float:
    return float(np.maximum(np.abs(given).max(), np.abs(measured).max()))  # or NaN, if there is one


def _relative(given: Array, measured: Array) -> float:
    """The distance of two arrays, divided by the length of the longer one; infinite for a NaN."""
    scale = _largest(given, measured) or 1.0  # by which no square leaves the range of numbers
    given, measured = given / scale, measured / scale
    longer = max(np.linalg.norm(given), np.linalg.norm(measured)) or 1.0
    error = float(np.linalg.norm(given - measured) / longer)
    return error if np.isfinite(error) else np.inf


def _first_largest(gaps: Array) -> int:
    """Where the largest gap is, a NaN being one; of those equal but for rounding, the first."""
    sizes = np.nan_to_num(np.abs(gaps), nan=np.inf, posinf=np.inf)
    return int(np.argmax(sizes >= sizes.max() * (1 - 1e-9)))


def _resemblance(part: Part, parts: list[Part], array: Array, y: Array) -> str:
    """What a wrong array is instead: so many times the right one, transposed, or another's."""
    n, m = y.shape
    factors = {"1": 1, "2": 2, "½": 1 / 2, "m": m, "1/m": 1 / m, "n_L": n, "1/n_L": 1 / n}
    given, measured = array.ravel()[part.at], part.slopes
    if _alike(given, measured):
        return ""  # it is nearly right, and so are others that it resembles
    for sign, minus in ((1, ""), (-1, "−")):
        fits = [name for name, k in factors.items() if _alike(given, sign * k * measured)]
        names = [minus + name for name in fits if factors[name] != 1 or name == "1"]
        if names:
            value = "" if names[0][-1] in "12½" else f" = {minus}{factors[fits[0]]:g}"
            return f"{' = '.join(names)}{value} times the measured one"
    if part.shape[0] == part.shape[1] and _alike(array.T.ravel()[part.at], measured):
        return "the transpose of the measured one"
    for other in parts:
        if other.shape == part.shape and _alike(array.ravel()[other.at], other.slopes):
            return f"what was measured for {other.name}"
    return ""


def _alike(given: Array, other: Array) -> bool:
    size = np.abs(other).max()
    return bool(size > 0 and np.abs(given - other).max() <= _ALIKE * size)


def _kink(trace: Trace, rule: Method) -> tuple[int, tuple[str, ...]]:
    """The last layer with a z on a kink, or as near to one as a nudge reaches, and a note of it."""
    for l in range(trace.net.L, 0, -1):
        sigma, z = trace.net.sigma[l], trace.z[l]
        reach = rule.h + 4 * EPS * terms(trace, l)
        near = np.argwhere(np.any([np.abs(z - kink) <= reach for kink in sigma.kinks], axis=0))
        if len(near):
            j, k = near[0]
            where = "within a nudge of" if rule.subtracts else "on"
            return l, (
                f"z[{l}][{j}, {k}] = {z[j, k]:.1g} is {where} a kink of {sigma.name}: no slope "
                f"exists there. Move x or b[{l}] a little, and check again.",
            )
    return 0, ()
