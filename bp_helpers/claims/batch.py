"""The notes `batch`: matrices with a column for each sample, their shapes, and the whole loop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bp_helpers.backprop import backpropagate, update
from bp_helpers.claims.conventions import (
    AT_LEAST_TWO,
    BY_ENTRIES,
    MEAN_INSIDE,
    OF_EACH_SAMPLE,
    SQUARED_COLUMN,
    THREE_LAYERS,
)
from bp_helpers.claims.line import Claim, Line, Mended
from bp_helpers.claims.trial import Trial, product

_ETA = 0.5


def _dz(r: Trial, l: int) -> Any:  # noqa: ANN401
    """Δz of layer l: for each sample the slope of its own cost, measured."""
    return r.d("C", "z", l)


def _da(r: Trial, l: int) -> Any:  # noqa: ANN401
    return r.d("C", "a", l)


def _dJ_da(r: Trial) -> Any:  # noqa: ANN401, N802
    """∂J/∂a of the output, where J is the mean cost."""
    return r.d("C", "a", r.L) / r.m


def _error(r: Trial) -> Any:  # noqa: ANN401
    return r.y - r.a(r.L)


def _squares_of(i: int, r: Trial) -> Any:  # noqa: ANN401
    """The squared error of sample i."""
    return np.sum(_error(r)[:, i] ** 2)


def _step(letter: str, down: int) -> tuple[Claim, Claim]:
    """What an update makes of an array, and what the loop writes."""

    def made(r: Trial) -> Any:  # noqa: ANN401
        after = update(r.net, backpropagate(r.net, r.a(0), r.y), _ETA)
        return (after.W if letter == "W" else after.b)[r.L - down]

    def written(r: Trial) -> Any:  # noqa: ANN401
        return r.array(letter, r.L - down) - _ETA * r.d("C", letter, r.L - down)

    return made, written


def _shape(of: Callable[[Trial], Any]) -> Claim:
    return lambda r: str(np.shape(of(r)))


def _named(rows: int, columns: int | None = None) -> Claim:
    """The shape (n of a layer, n of another), or with m columns; layers counted from the last."""

    def of(r: Trial) -> str:
        return str((r.sizes[r.L - rows], r.m if columns is None else r.sizes[r.L - columns]))

    return of


def _column(down: int) -> Claim:
    return lambda r: str((r.sizes[r.L - down], 1))


def _lost_samples(block: int, name: str, down: int) -> Line:
    """Δb as Δz itself."""
    return Line(
        block, rf"\Delta b^{name}", rf"\Delta z^{name}",
        lambda r: r.d("C", "b", r.L - down), lambda r: _dz(r, r.L - down), (MEAN_INSIDE,),
        meant=lambda r: _dz(r, r.L - down) / r.m, sign=r"\sim",
        where=AT_LEAST_TWO if down else None,
        kind="lost sum", keys=("bp3-not-summed",),
        mended=Mended(rf"\Delta b^{name} \sim \sum_i \Delta z_i^{name}",
                      lambda r: (_dz(r, r.L - down) / r.m).sum(axis=1, keepdims=True)),
        why="For one sample it is true. But one bias serves all samples, so their columns have to "
        "be added up. No division comes after it: the 1/m is in each Δz, as the lines for Δω need "
        "it.",
    )  # fmt: skip


def _bias_shape(block: int, left: str, quote: str, down: int) -> Line:
    return Line(
        block, left, quote, _shape(lambda r: r.b(r.L - down)), _named(down), sign=r"\rightarrow",
        where=THREE_LAYERS if down else None, kind="a shape",
        mended=Mended(rf"{left} \rightarrow {quote.replace('m', '1')}", _column(down)),
        why="In z it looks like that, since broadcasting repeats the column. The bias itself is "
        "one column, for all samples.",
    )  # fmt: skip


def _as_its_array(letter: str, name: str) -> Line:
    """A slope has the shape of that for which it is taken."""
    return Line(
        18, f"d{name}", name, _shape(lambda r: r.d("C", letter, r.L)),
        _shape(lambda r: r.array(letter, r.L)), sign=r"\rightarrow",
    )  # fmt: skip


def _weights(block: int, name: str, quote: str, down: int) -> Line:
    def turned(r: Trial) -> Any:  # noqa: ANN401
        return r.a(r.L - down - 1).T

    return Line(
        block, rf"\Delta \omega^{name}", quote, lambda r: r.d("C", "W", r.L - down),
        lambda r: _dz(r, r.L - down) @ turned(r), (MEAN_INSIDE,),
        meant=lambda r: _dz(r, r.L - down) / r.m @ turned(r),
        where=AT_LEAST_TWO if down else None,
    )  # fmt: skip


def _order(block: int, left: str, quote: str, mended: str, down: int) -> Line:
    """W on the wrong side of Δz."""
    return Line(
        block, left, quote, lambda r: _da(r, r.L - down - 1),
        lambda r: product(_dz(r, r.L - down), r.W(r.L - down)),
        where=AT_LEAST_TWO if down else None, kind="order or transpose",
        mended=Mended(rf"{left} = {mended}", lambda r: r.W(r.L - down).T @ _dz(r, r.L - down)),
        why="As rows they would be right, in the order in which the chain rule gives them. As "
        "columns they need the transpose in front; the note puts it right one step later.",
    )  # fmt: skip


def _twice(r: Trial, middle: tuple[str, int], last: tuple[str, int]) -> Any:  # noqa: ANN401
    """∂J/∂a of the output · ∂a/∂(middle) · ∂z/∂(last), for the first sample."""
    a, z = r.jacobian(("a", r.L), *middle), r.jacobian(("z", r.L), *last)
    if a.shape[1] != z.shape[0]:
        raise ValueError("these matrices do not fit")
    return r.jacobian("C", "a", r.L) @ a @ z


def _for_one_sample_less(r: Trial) -> Any:  # noqa: ANN401
    """How much J changes from m − 1 samples to m: no smaller step of m exists."""
    if r.m == 1:
        raise ValueError("there is no smaller m")
    return r.C - r.costs[:-1].mean()


def _batch_sizes(r: Trial) -> str:
    """The smallest and the largest number of samples for which the cost can be computed."""
    fitting = [size for size in range(r.m + 3) if len(r.costs[:size]) == size > 0]
    return str([min(fitting), max(fitting)])


_J = r"\frac{\partial J}{\partial a^L}"
_half = r"\frac{1}{2} (y - a^L)^2"
_WRONG_MIDDLE = (
    "Perhaps a fraction was copied and not changed. What stands below one has to stand above the "
    "next: after a comes the z of the same layer."
)
_MEAN = (
    "A mean over samples is coming, so perhaps it was taken at once. But each output of each "
    "sample has an error of its own, and it is a − y: a square does not care about the order, its "
    "slope does."
)

LINES: tuple[Line, ...] = (
    Line(0, "J", r"\frac{1}{2m} \sum (y - a^L)^2", lambda r: r.C,
         lambda r: np.sum(_error(r) ** 2) / (2 * r.m)),
    Line(
        1, r"\Delta \omega^L", r"\Delta a^L \cdot a^{L-1}", lambda r: r.d("C", "W", r.L),
        lambda r: product(_da(r, r.L), r.a(r.L - 1)), (MEAN_INSIDE,),
        meant=lambda r: product(_da(r, r.L) / r.m, r.a(r.L - 1)), sign=r"\sim",
        kind="lost factor",
        mended=Mended(r"\Delta \omega^L \sim \Delta z^L a^{L-1T}",
                      lambda r: _dz(r, r.L) / r.m @ r.a(r.L - 1).T),
        why="Perhaps it is a first sketch: error times input. The slope g′ is not in it yet, and "
        "the shapes do not fit without a T; in the note, both come behind the next sign of "
        "equality.",
    ),
    _weights(1, "L", r"\Delta z^L x^{L-1T}", 0),
    _lost_samples(2, "L", 0),
    _weights(3, "{L-1}", r"\Delta z^{L-1} x^{L-2T}", 1),
    _lost_samples(4, "{L-1}", 1),
    Line(5, r"\omega^L", r"\omega^L - \eta \Delta \omega^L", *_step("W", 0)),
    Line(5, r"b^L", r"b^L - \eta \Delta b^L", *_step("b", 0)),
    Line(5, r"\omega^{L-1}", r"\omega^{L-1} - \eta \Delta \omega^{L-1}", *_step("W", 1),
         where=AT_LEAST_TWO),
    Line(5, r"b^{L-1}", r"b^{L-1} - \eta \Delta b^{L-1}", *_step("b", 1), where=AT_LEAST_TWO),
    Line(6, _J, r"\frac{1}{2m} \sum \frac{\partial}{\partial a^L} (y - a^L)^2", _dJ_da,
         lambda r: sum(r.d(partial(_squares_of, i), "a", r.L) for i in range(r.m)) / (2 * r.m)),
    Line(
        7, _J, r"\frac{1}{2m} \sum 2 \cdot (y - a^L) \cdot \frac{\partial}{\partial a^L}", _dJ_da,
        lambda r: 2 * _error(r) / (2 * r.m), kind="a sign", keys=("bp1-with-sign-turned",),
        mended=Mended(
            rf"{_J} = \frac{{1}}{{2m}} \sum 2 \cdot (y - a^L) \cdot "
            r"\frac{\partial}{\partial a^L} (y - a^L)",
            lambda r: 2 * _error(r) * -1 / (2 * r.m)),
        why="What is inside the square has a slope too, and the place for it is there, but empty. "
        "The slope of y − a is −1: the sign.",
    ),
    Line(
        8, _J, r"\frac{1}{m} \sum (y - a^L)", _dJ_da, lambda r: np.sum(_error(r)) / r.m,
        kind="a sign, and a shape",
        mended=Mended(rf"{_J} = \frac{{1}}{{m}} (a^L - y)", lambda r: -_error(r) / r.m),
        why=_MEAN,
    ),
    Line(
        8, _J, r"\text{mean}(y - a^L)", _dJ_da, lambda r: np.mean(_error(r)),
        kind="a sign, and a shape",
        keys=("bp1-of-mean-error", "bp1-with-sign-turned"),
        mended=Mended(rf"{_J} = \frac{{1}}{{m}} (a^L - y)", lambda r: -_error(r) / r.m),
        why=_MEAN,
    ),
    Line(
        9, r"\text{mean}(y - a^L)", r"\text{L1 loss}", lambda r: np.mean(_error(r)),
        lambda r: np.mean(np.abs(_error(r))), kind="misnamed",
        mended=Mended(r"\text{mean}(y - a^L) = \text{the mean error}",
                      lambda r: np.mean(r.y) - np.mean(r.a(r.L))),
        why="The L1 loss is the mean of |y − a|. Without the bars errors of both signs cancel.",
    ),
    Line(
        9, _J, r"(\text{scalar})", _shape(_dJ_da), lambda r: str(()), sign=r"\rightarrow",
        kind="a shape",
        mended=Mended(rf"{_J} \rightarrow (n^L, m)", _named(0)),
        why="A mean is a single number, so in the note this follows from the line before. But each "
        "entry of a has a slope of its own.",
    ),
    Line(10, r"\frac{\partial J}{\partial z^L}",
         r"\frac{\partial J}{\partial a^L} \cdot \frac{\partial a^L}{\partial z^L}",
         lambda r: _dz(r, r.L), lambda r: product(_da(r, r.L), r.slope(r.L)), (BY_ENTRIES,),
         meant=lambda r: _da(r, r.L) * r.slope(r.L)),
    Line(10, r"\Delta z^L", r"\Delta a^L \cdot g'(z^L)",
         lambda r: _dz(r, r.L), lambda r: product(_da(r, r.L), r.slope(r.L)), (BY_ENTRIES,),
         meant=lambda r: _da(r, r.L) * r.slope(r.L)),
    Line(
        11, r"\Delta z^L", r"\Delta a^L \cdot a^{L-1}", lambda r: _dz(r, r.L),
        lambda r: product(_da(r, r.L), r.a(r.L - 1)), (BY_ENTRIES,),
        meant=lambda r: _da(r, r.L) * r.a(r.L - 1), kind="wrong factor",
        mended=Mended(r"\Delta z^L = \Delta a^L \odot g'(z^L)",
                      lambda r: _da(r, r.L) * r.slope(r.L)),
        why="The slope g′ is called a′ at the end of the note: perhaps its prime was read as "
        "another layer. The activation before comes in later, with the weights.",
    ),
    Line(11, r"\Delta z^L", r"(n^L, m)", _shape(lambda r: _dz(r, r.L)), _named(0),
         sign=r"\rightarrow"),
    Line(
        12, r"\frac{\partial J}{\partial a^{L-1}}",
        r"\frac{\partial J}{\partial a^L} \cdot \frac{\partial a^L}{\partial a^{L-1}} \cdot "
        r"\frac{\partial z^L}{\partial a^{L-1}}",
        lambda r: r.jacobian("C", "a", r.L - 1),
        lambda r: _twice(r, ("a", r.L - 1), ("a", r.L - 1)), kind="wrong link",
        mended=Mended(
            r"\frac{\partial J}{\partial a^{L-1}} = \frac{\partial J}{\partial a^L} \cdot "
            r"\frac{\partial a^L}{\partial z^L} \cdot \frac{\partial z^L}{\partial a^{L-1}}",
            lambda r: _twice(r, ("z", r.L), ("a", r.L - 1))),
        why=_WRONG_MIDDLE,
    ),
    _order(13, r"\Delta a^{L-1}", r"\Delta z^L \cdot \omega^L", r"\omega^{LT} \times \Delta z^L",
           0),
    Line(14, r"\Delta a^{L-1}", r"\omega^{LT} \times \Delta z^L", lambda r: _da(r, r.L - 1),
         lambda r: r.W(r.L).T @ _dz(r, r.L)),
    Line(14, r"\Delta a^{L-1}", r"(n^{L-1}, m)", _shape(lambda r: _da(r, r.L - 1)), _named(1),
         sign=r"\rightarrow"),
    Line(
        15, r"\frac{\partial J}{\partial z^{L-1}}",
        r"\frac{\partial J}{\partial a^L} \cdot \frac{\partial a^L}{\partial z^{L-1}} \cdot "
        r"\frac{\partial z^L}{\partial z^{L-1}}",
        lambda r: r.jacobian("C", "z", r.L - 1),
        lambda r: _twice(r, ("z", r.L - 1), ("z", r.L - 1)), where=AT_LEAST_TWO,
        kind="wrong link",
        mended=Mended(
            r"\frac{\partial J}{\partial z^{L-1}} = \frac{\partial J}{\partial a^L} \cdot "
            r"\frac{\partial a^L}{\partial z^L} \cdot \frac{\partial z^L}{\partial z^{L-1}}",
            lambda r: _twice(r, ("z", r.L), ("z", r.L - 1))),
        why=_WRONG_MIDDLE,
    ),
    Line(
        15, r"\Delta z^{L-1}", r"\omega^{LT} \Delta z^L a^{L-1}", lambda r: _dz(r, r.L - 1),
        lambda r: product(r.W(r.L).T, _dz(r, r.L), r.a(r.L - 1)), (BY_ENTRIES,),
        meant=lambda r: (r.W(r.L).T @ _dz(r, r.L)) * r.a(r.L - 1), where=AT_LEAST_TWO,
        kind="missing prime", keys=("bp2-with-activation-for-slope",),
        mended=Mended(r"\Delta z^{L-1} = (\omega^{LT} \Delta z^L) \odot g'(z^{L-1})",
                      lambda r: (r.W(r.L).T @ _dz(r, r.L)) * r.slope(r.L - 1)),
        why="The shape is right and the layer is right: a has the shape of g′. But a push on z "
        "moves a by the slope at z, and not by a.",
    ),
    _order(16, r"\Delta a^{L-2}", r"\Delta z^{L-1} \omega^{L-1}",
           r"\omega^{L-1T} \times \Delta z^{L-1}", 1),
    Line(16, r"\Delta a^{L-2}", r"\omega^{L-1T} \times \Delta z^{L-1}",
         lambda r: _da(r, r.L - 2), lambda r: r.W(r.L - 1).T @ _dz(r, r.L - 1),
         where=AT_LEAST_TWO),
    Line(17, r"a^{L-3}", "x", lambda r: r.a(r.L - 3), lambda r: r.a(0), where=THREE_LAYERS),
    Line(17, r"x", r"(n^{L-3}, m)", _shape(lambda r: r.a(0)), _named(3), sign=r"\rightarrow",
         where=THREE_LAYERS),
    Line(17, r"\omega^{L-2}", r"(n^{L-2}, n^{L-3})", _shape(lambda r: r.W(1)), _named(2, 3),
         sign=r"\rightarrow", where=THREE_LAYERS),
    _bias_shape(17, r"b^{L-2}", r"(n^{L-2}, m)", 2),
    _as_its_array("W", r"\omega^L"),
    Line(18, r"\omega^L", r"(n^L, n^{L-1})", _shape(lambda r: r.W(r.L)), _named(0, 1),
         sign=r"\rightarrow"),
    _as_its_array("b", "b^L"),
    _bias_shape(18, r"b^L", r"(n^L, m)", 0),
    _as_its_array("z", "z^L"),
    Line(18, r"z^L", r"(n^L, m)", _shape(lambda r: r.z(r.L)), _named(0), sign=r"\rightarrow"),
    _as_its_array("a", "a^L"),
    Line(18, r"a^L", r"(n^L, m)", _shape(lambda r: r.a(r.L)), _named(0), sign=r"\rightarrow"),
    Line(18, r"a^{L-1}", r"(n^{L-1}, m)", _shape(lambda r: r.a(r.L - 1)), _named(1),
         sign=r"\rightarrow"),
    Line(19, r"z^{L-2}", r"\omega^{[L-2]} a^{[L-3]} + b^{[L-2]}", lambda r: r.z(r.L - 2),
         lambda r: r.W(r.L - 2) @ r.a(r.L - 3) + r.b(r.L - 2), where=THREE_LAYERS),
    Line(19, r"z^{L-2}", r"(n^{L-2}, m)", _shape(lambda r: r.z(r.L - 2)), _named(2),
         sign=r"\rightarrow", where=THREE_LAYERS),
    Line(20, r"a^{L-2}", r"g^{L-2}(z^{L-2})", lambda r: r.a(r.L - 2),
         lambda r: r.sigma(r.L - 2, r.z(r.L - 2)), where=THREE_LAYERS),
    Line(20, r"a^{L-2}", r"(n^{L-2}, m)", _shape(lambda r: r.a(r.L - 2)), _named(2),
         sign=r"\rightarrow", where=THREE_LAYERS),
    Line(21, r"a^L", r"(n^L, m)", _shape(lambda r: r.a(r.L)), _named(0), sign=r"\rightarrow"),
    Line(21, r"y", r"(n^L, m)", _shape(lambda r: r.y), _named(0), sign=r"\rightarrow"),
    Line(22, "J", r"(1, m)", _shape(lambda r: r.C), lambda r: str((1, r.m)), (OF_EACH_SAMPLE,),
         is_meant=_shape(lambda r: r.costs[None, :]), sign=r"\rightarrow"),
    Line(
        22, r"J'", r"\frac{\partial J}{\partial m}", lambda r: r.C,
        _for_one_sample_less, sign=r"\rightarrow", kind="misnamed",
        mended=Mended(r"J' = \frac{1}{m} \sum_i J_i", lambda r: np.sum(r.costs) / r.m),
        why="From a row of m costs to one number: that is perhaps a mean over m. But m is a count, "
        "and nobody can nudge it, so nothing has a derivative for it.",
    ),
    Line(23, "J", _half, lambda r: r.C, lambda r: _error(r) ** 2 / 2,
         (OF_EACH_SAMPLE, SQUARED_COLUMN), is_meant=lambda r: r.costs[None, :],
         meant=lambda r: np.sum(_error(r) ** 2, axis=0, keepdims=True) / 2),
    Line(24, "J", r"\frac{1}{2} \frac{1}{m} \sum (y - a^L)^2", lambda r: r.C,
         lambda r: 0.5 / r.m * np.sum(_error(r) ** 2)),
    Line(None, "m", "m ∈ [1, #examples]",
         lambda r: str([1, r.m]), _batch_sizes, sign=":"),
    Line(None, "", "g'(z) = a'", lambda r: r.slope(r.L)[:, 0],
         lambda r: np.diag(r.jacobian(("a", r.L), "z", r.L))),
)  # fmt: skip
