"""The notes `index`: single neurons first, then every index, for a network 784-16-10."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bp_helpers.claims.conventions import (
    AT_LEAST_TWO,
    ONE_NEURON,
    ONE_SAMPLE,
    SQUARED,
    TWO_LAYERS,
)
from bp_helpers.claims.line import Line, Mended
from bp_helpers.claims.trial import Trial, product

_ALONE = (ONE_NEURON, ONE_SAMPLE)
_two = partial(Line, where=TWO_LAYERS)


def _error(r: Trial) -> Any:  # noqa: ANN401
    return 2 * (r.a(r.L) - r.y)


def _first(r: Trial, letter: str, l: int) -> Any:  # noqa: ANN401
    """∂C/∂a or ∂C/∂z in the first sample, as a column."""
    return r.d("C", letter, l)[:, :1]


def _own_slope(r: Trial, l: int) -> Any:  # noqa: ANN401
    """∂a_j/∂z_j in the first sample, measured, as a column."""
    return np.diag(r.jacobian(("a", l), "z", l))[:, None]


def _by_parts(letter: str, l: int) -> Any:  # noqa: ANN401
    """∂z_j/∂p_j · ∂a_j/∂z_j · ∂C/∂a_j."""
    return lambda r: r.own(letter, l) * _own_slope(r, l) * _first(r, "a", l)


def _for_each(r: Trial, entries: Any, n: int) -> Any:  # noqa: ANN401
    """What does not depend on a further index of n values, once for each of them."""
    return np.broadcast_to(entries, (n, *np.shape(entries)))


def _one_path(r: Trial) -> Any:  # noqa: ANN401
    """w_mj σ′(z_m) 2(a_m − y_m) of the first sample: a row for each m."""
    return r.W(2) * (r.slope(2) * _error(r))[:, :1]


def _measured_paths(r: Trial) -> Any:  # noqa: ANN401
    return r.jacobian(("z", 2), "a", 1) * _own_slope(r, 2) * _first(r, "a", 2)


def _neuron(r: Trial, k: int) -> Any:  # noqa: ANN401
    if not 0 <= k < r.sizes[1]:
        raise IndexError(f"there is no neuron {k} in layer 1")
    return r.a(1)[k]


def _row(r: Trial, last: int) -> Any:  # noqa: ANN401
    """w_{0,0} a_0 + … up to a last neuron."""
    return sum(_neuron(r, k) * r.W(2)[0, k] for k in range(last + 1))


_ROW = r"w_{0,0}a_0^{(1)} + w_{0,1}a_1^{(1)} + \cdots + w_{0,16}a_{16}^{(1)}"
_LOST_SUM = (
    "With m chosen, one path is written correctly. But a hidden neuron reaches every output, "
    "and an index that stands on the right only wants a Σ."
)

LINES: tuple[Line, ...] = (
    Line(0, "C", r"(a^{(L)} - y)^2", lambda r: r.C, lambda r: (r.a(r.L) - r.y) ** 2,
         (SQUARED, *_ALONE)),
    Line(1, r"a^{(L)}", r"\sigma(z^{(L)})",
         lambda r: r.a(r.L), lambda r: r.sigma(r.L, r.z(r.L))),
    Line(2, r"z^{(L)}", r"w^{(L)}a^{(L-1)} + b^{(L)}",
         lambda r: r.z(r.L), lambda r: r.W(r.L) @ r.a(r.L - 1) + r.b(r.L)),
    Line(3, r"\frac{\partial C}{\partial a^{(L)}}", r"2(a^{(L)} - y)",
         lambda r: r.d("C", "a", r.L), _error, (SQUARED,)),
    *(Line(k, r"\frac{\partial a^{(L)}}{\partial z^{(L)}}", r"\sigma'(z^{(L)})",
           lambda r: r.jacobian(("a", r.L), "z", r.L), lambda r: r.slope(r.L), _ALONE)
      for k in (4, 5)),
    Line(6, r"\frac{\partial z^{(L)}}{\partial w^{(L)}}", r"a^{(L-1)}",
         lambda r: r.jacobian(("z", r.L), "W", r.L), lambda r: r.a(r.L - 1), _ALONE),
    Line(7, r"\frac{\partial C}{\partial w^{(L)}}",
         r"\frac{\partial z^{(L)}}{\partial w^{(L)}} \frac{\partial a^{(L)}}{\partial z^{(L)}} "
         r"\frac{\partial C}{\partial a^{(L)}}", lambda r: r.d("C", "W", r.L),
         lambda r: product(r.jacobian(("z", r.L), "W", r.L), r.jacobian(("a", r.L), "z", r.L),
                           r.jacobian("C", "a", r.L)), _ALONE),
    Line(8, r"\frac{\partial C}{\partial w^{(L)}}", r"a^{(L-1)}\sigma'(z^{(L)})2(a^{(L)} - y)",
         lambda r: r.d("C", "W", r.L),
         lambda r: product(r.a(r.L - 1), r.slope(r.L), _error(r)), (SQUARED, *_ALONE)),
    Line(9, r"\frac{\partial C}{\partial b^{(L)}}", r"1 \cdot \sigma'(z^{(L)}) 2(a^{(L)} - y)",
         lambda r: r.d("C", "b", r.L),
         lambda r: product(1.0, r.slope(r.L), _error(r)), (SQUARED, *_ALONE)),
    Line(10, r"\frac{\partial C}{\partial w^{(L-1)}}",
         r"\frac{\partial z^{(L-1)}}{\partial w^{(L-1)}} "
         r"\frac{\partial a^{(L-1)}}{\partial z^{(L-1)}} "
         r"\frac{\partial z^{(L)}}{\partial a^{(L-1)}} "
         r"\frac{\partial a^{(L)}}{\partial z^{(L)}} \frac{\partial C}{\partial a^{(L)}}",
         lambda r: r.d("C", "W", r.L - 1),
         lambda r: product(
             r.jacobian(("z", r.L - 1), "W", r.L - 1), r.jacobian(("a", r.L - 1), "z", r.L - 1),
             r.jacobian(("z", r.L), "a", r.L - 1), r.jacobian(("a", r.L), "z", r.L),
             r.jacobian("C", "a", r.L)), _ALONE, where=AT_LEAST_TWO),
    Line(11, r"z_j^{(L)}", r"\sum_k w_{jk}^{(L)} a_k^{(L-1)} + b_j^{(L)}",
         lambda r: r.z(r.L), lambda r: r.W(r.L) @ r.a(r.L - 1) + r.b(r.L)),
    _two(12, r"\nabla C",
         r"\begin{bmatrix} \frac{\partial C}{\partial w^{(1)}} & "
         r"\frac{\partial C}{\partial b^{(1)}} & \frac{\partial C}{\partial w^{(2)}} & "
         r"\frac{\partial C}{\partial b^{(2)}} \end{bmatrix}^T",
         lambda r: np.concatenate([array.ravel() for array in r.gradient()])[:, None],
         lambda r: np.concatenate([r.d("C", letter, l).reshape(-1, 1)
                                   for l in (1, 2) for letter in "Wb"])),
    _two(13, r"\mathbf{z}^{(1)}", r"W^{(1)}\mathbf{x} + \mathbf{b}^{(1)}",
         lambda r: r.z(1), lambda r: r.W(1) @ r.a(0) + r.b(1)),
    _two(14, r"\mathbf{a}^{(1)}", r"\sigma^{(1)}(\mathbf{z}^{(1)})",
         lambda r: r.a(1), lambda r: r.sigma(1, r.z(1))),
    _two(15, r"\mathbf{z}^{(2)}", r"W^{(2)}\mathbf{a}^{(1)} + \mathbf{b}^{(2)}",
         lambda r: r.z(2), lambda r: r.W(2) @ r.a(1) + r.b(2)),
    _two(16, r"\mathbf{a}^{(2)}", r"\sigma^{(2)}(\mathbf{z}^{(2)})",
         lambda r: r.a(2), lambda r: r.sigma(2, r.z(2))),
    _two(17, "C", r"|\mathbf{a}^{(2)} - \mathbf{y}|^2",
         lambda r: r.C, lambda r: np.linalg.norm(r.a(2) - r.y) ** 2, (SQUARED, ONE_SAMPLE)),
    _two(17, "C", r"(a_0^{(2)} - y_0)^2 + (a_1^{(2)} - y_1)^2 + \dots + (a_9^{(2)} - y_9)^2",
         lambda r: r.C, lambda r: sum((r.a(2)[j, 0] - r.y[j, 0]) ** 2 for j in range(r.sizes[2])),
         (SQUARED, ONE_SAMPLE)),
    _two(
        18, r"\begin{bmatrix} z_0^{(2)} \\ z_1^{(2)} \\ \vdots \\ z_9^{(2)} \end{bmatrix}",
        r"\begin{bmatrix} w_{0,0} & w_{0,1} & \cdots & w_{0,16} \\ w_{1,0} & w_{1,1} & \cdots & "
        r"w_{1,16} \\ \vdots & \vdots & \cdots & \vdots \\ w_{9,0} & w_{9,1} & \cdots & w_{9,16} "
        r"\end{bmatrix} \begin{bmatrix} a_0^{(1)} \\ a_1^{(1)} \\ \vdots \\ a_{16}^{(1)} "
        r"\end{bmatrix}",
        lambda r: r.z(2), lambda r: r.W(2) @ r.a(1),
        kind="lost term", keys=("forward-without-bias",),
        mended=Mended(r"\mathbf{z}^{(2)} = W^{(2)} \mathbf{a}^{(1)} + \mathbf{b}^{(2)}",
                      lambda r: r.W(2) @ r.a(1) + r.b(2)),
        why="The matrix is what this line is about, and perhaps the bias waited beside it. In the "
        "note, a few lines before, it is still there. (There are 17 columns: perhaps b hides in W, "
        "with a 1 among the a. But then z = Wa + b, in the note, adds it twice.)",
    ),
    _two(
        18, r"\text{the last hidden neuron}", r"a_{16}^{(1)}",
        lambda r: r.a(1)[r.sizes[1] - 1], lambda r: _neuron(r, r.sizes[1]), sign=":",
        kind="a range one too long",
        mended=Mended(r"\text{the last hidden neuron: } a_{15}^{(1)}",
                      lambda r: _neuron(r, r.sizes[1] - 1)),
        why="There are 16 of them, so perhaps 16 came to mind as the last. Counted from 0, as "
        "here, the last is number 15. (Or is it a 1 that stands for b, whose weights are then in "
        "the seventeenth column? But then z = Wa + b adds it twice.)",
    ),
    _two(
        18, r"z_0^{(2)}", _ROW, lambda r: r.z(2)[0], lambda r: _row(r, r.sizes[1]),
        kind="a range one too long, and a lost term",
        mended=Mended(
            r"z_0^{(2)} = w_{0,0}a_0^{(1)} + w_{0,1}a_1^{(1)} + \cdots + w_{0,15}a_{15}^{(1)} "
            r"+ b_0^{(2)}", lambda r: _row(r, r.sizes[1] - 1) + r.b(2)[0]),
        why="In the note, the product before it is worked out here, row by row. So the same two "
        "are in it: a neuron number 16, and no bias.",
    ),
    _two(19, r"\frac{\partial C}{\partial w_{jk}^{(2)}}",
         r"\frac{\partial z_j^{(2)}}{\partial w_{jk}^{(2)}} "
         r"\frac{\partial a_j^{(2)}}{\partial z_j^{(2)}} \frac{\partial C}{\partial a_j^{(2)}}",
         lambda r: r.d("C", "W", 2), _by_parts("W", 2), (ONE_SAMPLE,)),
    _two(
        20, r"\frac{\partial C}{\partial w_{jk}^{(2)}}",
        r"a_k^{(1)} \sigma^{(2)}(z_j^{(2)}) 2(a_j^{(2)} - y_j)", lambda r: r.d("C", "W", 2),
        lambda r: (r.sigma(2, r.z(2)) * _error(r))[:, :1] * r.a(1)[:, :1].T,
        (SQUARED, ONE_SAMPLE), kind="missing prime", keys=("bp1-with-activation-for-slope",),
        mended=Mended(
            r"\frac{\partial C}{\partial w_{jk}^{(2)}} = a_k^{(1)} \sigma^{(2)\prime}(z_j^{(2)}) "
            r"2(a_j^{(2)} - y_j)", lambda r: (r.slope(2) * _error(r))[:, :1] * r.a(1)[:, :1].T),
        why="A prime is a small mark, and perhaps the number of the layer took its place. In the "
        "note, two lines further down, both are there.",
    ),
    _two(21, r"\frac{\partial C}{\partial b_j^{(2)}}",
         r"\frac{\partial z_j^{(2)}}{\partial b_j^{(2)}} "
         r"\frac{\partial a_j^{(2)}}{\partial z_j^{(2)}} \frac{\partial C}{\partial a_j^{(2)}}",
         lambda r: r.d("C", "b", 2), _by_parts("b", 2), (ONE_SAMPLE,)),
    _two(22, r"\frac{\partial C}{\partial b_j^{(2)}}",
         r"\sigma^{(2)'}(z_j^{(2)})2(a_j^{(2)} - y_j)", lambda r: r.d("C", "b", 2),
         lambda r: (r.slope(2) * _error(r))[:, :1], (SQUARED, ONE_SAMPLE)),
    _two(23, r"\frac{\partial C}{\partial w_{jk}^{(1)}}",
         r"\frac{\partial z_j^{(1)}}{\partial w_{jk}^{(1)}} "
         r"\frac{\partial a_j^{(1)}}{\partial z_j^{(1)}} \frac{\partial C}{\partial a_j^{(1)}}",
         lambda r: r.d("C", "W", 1), _by_parts("W", 1), (ONE_SAMPLE,)),
    _two(
        24, r"\frac{\partial C}{\partial w_{jk}^{(1)}}",
        r"a_k^{(0)} \sigma^{(1)'}(z_j^{(1)}) \frac{\partial C}{\partial a_i^{(1)}}",
        lambda r: _for_each(r, r.d("C", "W", 1), r.sizes[1]),
        lambda r: _first(r, "a", 1)[:, :, None] * (r.slope(1)[:, :1] * r.a(0)[:, :1].T),
        (ONE_SAMPLE,), kind="wrong index",
        mended=Mended(
            r"\frac{\partial C}{\partial w_{jk}^{(1)}} = a_k^{(0)} \sigma^{(1)\prime}(z_j^{(1)}) "
            r"\frac{\partial C}{\partial a_j^{(1)}}",
            lambda r: _for_each(
                r, (_first(r, "a", 1) * r.slope(1)[:, :1]) * r.a(0)[:, :1].T, r.sizes[1])),
        why="An i and a j differ by a stroke of the pen. The i stands on the right only, so no "
        "neuron can be meant by it.",
    ),
    _two(
        25, r"\frac{\partial C}{\partial a_j^{(1)}}",
        r"\frac{\partial z_m^{(2)}}{\partial a_j^{(1)}} "
        r"\frac{\partial a_m^{(2)}}{\partial z_m^{(2)}} \frac{\partial C}{\partial a_m^{(2)}}",
        lambda r: _for_each(r, _first(r, "a", 1)[:, 0], r.sizes[2]), _measured_paths,
        kind="lost sum", keys=("bp2-without-sum",),
        mended=Mended(
            r"\frac{\partial C}{\partial a_j^{(1)}} = \sum_m "
            r"\frac{\partial z_m^{(2)}}{\partial a_j^{(1)}} "
            r"\frac{\partial a_m^{(2)}}{\partial z_m^{(2)}} \frac{\partial C}{\partial a_m^{(2)}}",
            lambda r: _for_each(r, _measured_paths(r).sum(axis=0), r.sizes[2])),
        why=_LOST_SUM,
    ),
    _two(
        26, r"\frac{\partial C}{\partial a_j^{(1)}}",
        r"w_{m,j}^{(2)} \sigma^{(2)\prime}(z_m^{(2)}) 2(a_m^{(2)} - y_m)",
        lambda r: _for_each(r, _first(r, "a", 1)[:, 0], r.sizes[2]), _one_path,
        (SQUARED,), kind="lost sum", keys=("bp2-without-sum",),
        mended=Mended(
            r"\frac{\partial C}{\partial a_j^{(1)}} = \sum_m w_{m,j}^{(2)} "
            r"\sigma^{(2)\prime}(z_m^{(2)}) 2(a_m^{(2)} - y_m)",
            lambda r: _for_each(r, _one_path(r).sum(axis=0), r.sizes[2])),
        why=_LOST_SUM,
    ),
)  # fmt: skip
