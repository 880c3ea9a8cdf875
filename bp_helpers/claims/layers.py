"""The notes `layers`: δ of whole layers, and four equations from which all else is read off."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from bp_helpers.claims.chain import average, is_parameter
from bp_helpers.claims.conventions import HALF_LEFT_OUT, HIDDEN_POINT, ONE_POINT
from bp_helpers.claims.line import Line, Mended
from bp_helpers.claims.trial import Trial, layers

_point, _hidden = partial(Line, where=ONE_POINT), partial(Line, where=HIDDEN_POINT)


def _squares(r: Trial) -> Any:  # noqa: ANN401
    """‖y − a‖² of all samples together."""
    return np.sum((r.y - r.a(r.L)) ** 2)


def _mini_batches(r: Trial) -> Any:  # noqa: ANN401
    """The cost of a mini-batch, on the average over all mini-batches that leave one sample out."""
    size = max(1, r.m - 1)
    return np.mean([r.costs[list(batch)].mean() for batch in combinations(range(r.m), size)])


def _both(r: Trial, l: int) -> Any:  # noqa: ANN401
    """∂Q/∂p for the weights and the biases of a layer."""
    return r.d("C", "W", l), r.d("C", "b", l)


def _squares_of_both(r: Trial) -> Any:  # noqa: ANN401
    return r.d(_squares, "W", r.L), r.d(_squares, "b", r.L)


def _delta(r: Trial, l: int) -> Any:  # noqa: ANN401
    return r.d("C", "z", l)


def _from_delta(r: Trial, l: int) -> Any:  # noqa: ANN401
    """δ_j · ∂z_j/∂p_j, for the weights and the biases of a layer."""
    return _delta(r, l) * r.own("W", l), _delta(r, l) * r.own("b", l)


def _bp1(r: Trial, l: int) -> Any:  # noqa: ANN401
    return (r.a(l) - r.y) * r.slope(l)


def _over_next(r: Trial, l: int, onwards: Any) -> Any:  # noqa: ANN401
    """Σ_t δ_t of the layer after l, times what leads there: an array with a row for each t."""
    return np.array([[(_delta(r, l + 1)[:, 0] * onwards[:, j]).sum()] for j in range(r.sizes[l])])


def _bp2(r: Trial, l: int) -> Any:  # noqa: ANN401
    return (r.W(l + 1).T @ _delta(r, l + 1)) * r.slope(l)


def _hidden_layers(of: Any) -> Any:  # noqa: ANN401
    return lambda r: layers(lambda l: of(r, l), 1, r.L - 1)


def _all_layers(of: Any) -> Any:  # noqa: ANN401
    return lambda r: layers(lambda l: of(r, l), 1, r.L)


_p, _Q = r"\frac{\partial Q}{\partial p_j^L}", r"\frac{\partial Q}{\partial p_j^l}"
_y = r"(\tilde{a}^L - \tilde{y}) \circ \sigma'(z^L)"
_z = r"\frac{\partial z_t^{l+1}}{\partial z_j^l}"
_top = r"\sum_{t=1}^{N_{l+1}}"

LINES: tuple[Line, ...] = (
    Line(0, "C", r"\frac{1}{2n} \sum_{i=1}^n \| \tilde{y}_i - \tilde{a}_i^L \|^2",
         lambda r: r.C, lambda r: _squares(r) / (2 * r.m)),
    Line(0, "C", r"\frac{1}{2m} \sum_{i=1}^m \| \tilde{y}_i - \tilde{a}_i^L \|^2",
         lambda r: r.C, _mini_batches, sign=r"\approx"),
    Line(1, r"\frac{\partial C}{\partial p_j^L}",
         r"\frac{1}{2m} \sum_{i=1}^m \frac{\partial}{\partial p_j^L} "
         r"\| \tilde{y}_i - \tilde{a}_i^L \|^2", lambda r: _both(r, r.L),
         lambda r: tuple(d / (2 * r.m) for d in _squares_of_both(r)), sign=r"\approx"),
    _point(2, r"\frac{\partial}{\partial p_j^L} \| \tilde{y} - \tilde{a}^L \|^2", _p,
           _squares_of_both, lambda r: _both(r, r.L), (HALF_LEFT_OUT,)),
    _point(
        None, r"Q = \| \tilde{y} - \tilde{a}^L \|^2", r"$Q = C$ if $m = 1$", lambda r: r.C,
        _squares, sign=",", kind="lost factor",
        mended=Mended(r"Q = \frac{1}{2} \| \tilde{y} - \tilde{a}^L \|^2",
                      lambda r: _squares(r) / 2),
        why="The note leaves the ½ of C out, since constants can wait. But without it Q is 2C, and "
        "equation (1) needs it: there it meets the 2 of the square.",
    ),
    _point(3, _p, r"\frac{\partial Q}{\partial z_j^L} \cdot \frac{\partial z_j^L}{\partial p_j^L}",
           lambda r: _both(r, r.L), lambda r: _from_delta(r, r.L)),
    _point(3, _p, r"\delta_j^L \cdot \frac{\partial z_j^L}{\partial p_j^L}",
           lambda r: _both(r, r.L), lambda r: _from_delta(r, r.L)),
    Line(4, r"z_j^L", r"w_{j1} a_1^{L-1} + w_{j2} a_2^{L-1} + w_{j3} a_3^{L-1} + \dots "
         r"+ w_{jN_{L-1}} a_{N_{L-1}}^{L-1} + b_j^L",
         lambda r: r.z(r.L), lambda r: r.W(r.L) @ r.a(r.L - 1) + r.b(r.L)),
    _point(
        None, r"\text{(1) gives } \delta_j^L", r"For $L=1$", lambda r: _bp1(r, r.L),
        lambda r: _delta(r, 1), sign=":", kind="wrong layer",
        mended=Mended(r"\text{for } l = L", lambda r: _delta(r, r.L)),
        why="Perhaps it is l = L, misread; or it counts from the output, where the backward pass "
        "starts. But layer 1 is the first one: the last has the number L.",
    ),
    _point(5, r"\delta_j^L", r"\frac{\partial Q}{\partial z_j^L}",
           lambda r: _delta(r, r.L), lambda r: r.jacobian("C", "z", r.L).T),
    _point(5, r"\delta_j^L",
           r"\frac{\partial Q}{\partial a_j^L} \cdot \frac{\partial a_j^L}{\partial z_j^L}",
           lambda r: _delta(r, r.L), lambda r: r.d("C", "a", r.L) * r.slope(r.L)),
    _point(5, r"\delta_j^L", r"\frac{\partial}{\partial a_j^L} \| \tilde{y} - \tilde{a}^L \|^2 "
           r"\cdot \frac{\partial}{\partial z_j^L} \sigma(z_j^L)",
           lambda r: _delta(r, r.L), lambda r: r.d(_squares, "a", r.L) * r.slope(r.L),
           (HALF_LEFT_OUT,)),
    _point(5, r"\delta_j^L", r"\frac{\partial}{\partial a_j^L} \sum_{s=1}^p (y_s - a_s^L)^2 "
           r"\cdot \frac{\partial}{\partial z_j^L} \sigma(z_j^L)",
           lambda r: _delta(r, r.L), lambda r: r.d(_squares, "a", r.L) * r.slope(r.L),
           (HALF_LEFT_OUT,)),
    _point(
        5, r"\delta_j^L", r"(a_j^L - y_s) \sigma'(z_j^L)",
        lambda r: _delta(r, r.L) + 0 * r.y.T, lambda r: (r.a(r.L) - r.y.T) * r.slope(r.L),
        kind="wrong index",
        mended=Mended(r"\delta_j^L = (a_j^L - y_j) \sigma'(z_j^L)",
                      lambda r: _bp1(r, r.L) + 0 * r.y.T),
        why="In the note, the line before has a sum over s. Here the sum is gone, since only its "
        "term s = j depends on neuron j, but the s has stayed. (The 2 of the square is gone too: "
        "it meets the ½ of Q, which was left out before.)",
    ),
    _point(6, r"\delta^L", _y, lambda r: _delta(r, r.L), lambda r: _bp1(r, r.L)),
    _point(
        None, r"\delta_j^l \text{ by (2)}", "For any layer l ,",
        _all_layers(_delta), _all_layers(_bp2), sign=":", kind="a boundary",
        mended=Mended(r"\text{for any layer } l < L", _all_layers(
            lambda r, l: _bp2(r, l) if l < r.L else _delta(r, l))),
        why="Every layer has a δ. But equation (2) needs a layer l + 1, and the last layer has "
        "none: there equation (1) holds.",
    ),
    _hidden(7, r"\delta_j^l", r"\frac{\partial Q}{\partial z_j^l}",
            _hidden_layers(_delta), _hidden_layers(lambda r, l: r.jacobian("C", "z", l).T)),
    _hidden(7, r"\delta_j^l", rf"{_top} \frac{{\partial Q}}{{\partial z_t^{{l+1}}}} \cdot {_z}",
            _hidden_layers(_delta),
            _hidden_layers(lambda r, l: _over_next(r, l, r.jacobian(("z", l + 1), "z", l)))),
    _hidden(7, r"\delta_j^l", rf"{_top} \delta_t^{{l+1}} \cdot {_z}",
            _hidden_layers(_delta),
            _hidden_layers(lambda r, l: _over_next(r, l, r.jacobian(("z", l + 1), "z", l)))),
    _hidden(8, r"z_t^{l+1}", r"\sum_{s=1}^{N_l} w_{ts}^{l+1} a_s^l + b_t^{l+1}",
            _hidden_layers(lambda r, l: r.z(l + 1)),
            _hidden_layers(lambda r, l: r.W(l + 1) @ r.a(l) + r.b(l + 1))),
    _hidden(8, r"z_t^{l+1}", r"\sum_{s=1}^{N_l} w_{ts}^{l+1} \sigma(z_s^l) + b_t^{l+1}",
            _hidden_layers(lambda r, l: r.z(l + 1)),
            _hidden_layers(lambda r, l: r.W(l + 1) @ r.sigma(l, r.z(l)) + r.b(l + 1))),
    _hidden(9, _z, r"w_{tj}^{l+1} \sigma'(z_j^l)",
            _hidden_layers(lambda r, l: r.jacobian(("z", l + 1), "z", l)),
            _hidden_layers(lambda r, l: r.W(l + 1) * r.slope(l).T)),
    _hidden(10, r"\delta_j^l", rf"{_top} \delta_t^{{l+1}} w_{{tj}}^{{l+1}} \sigma'(z_j^l)",
            _hidden_layers(_delta),
            _hidden_layers(lambda r, l: _over_next(r, l, r.W(l + 1) * r.slope(l).T))),
    _hidden(11, r"\delta^l", r"((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)",
            _hidden_layers(_delta), _hidden_layers(_bp2)),
    _point(12, _Q, r"\delta_j^l \cdot \frac{\partial z_j^l}{\partial p_j^l}",
           _all_layers(_both), _all_layers(_from_delta)),
    _point(12, _Q, r"\delta_j^l \cdot \frac{\partial}{\partial p_j^l} (w_{j1} a_1^{l-1} + "
           r"w_{j2} a_2^{l-1} + w_{j3} a_3^{l-1} + \dots \\ &\quad + w_{jN_{l-1}} "
           r"a_{N_{l-1}}^{l-1} + b_j^l)",
           _all_layers(_both), _all_layers(_from_delta)),
    _point(13, r"p_j^l", r"b_j^l",
           lambda r: str(is_parameter(r, "b", r.L)), lambda r: str(True)),
    _point(14, r"\frac{\partial Q}{\partial b_j^l}", r"\delta_j^l",
           _all_layers(lambda r, l: r.d("C", "b", l)), _all_layers(_delta)),
    _point(15, r"p_j^l", r"w_{jr}^l",
           lambda r: str(is_parameter(r, "W", r.L)), lambda r: str(True)),
    _point(
        16, r"\frac{\partial Q}{\partial w_{jr}^l}", r"a_r^{l-1}",
        _all_layers(lambda r, l: r.d("C", "W", l)),
        _all_layers(lambda r, l: np.ones((r.sizes[l], 1)) @ r.a(l - 1).T),
        kind="lost factor", keys=("bp4-without-delta",),
        mended=Mended(r"\frac{\partial Q}{\partial w_{jr}^l} = \delta_j^l a_r^{l-1}",
                      _all_layers(lambda r, l: _delta(r, l) @ r.a(l - 1).T)),
        why="That ∂z/∂w is the activation was the work of this step. But the δ in front of it "
        "still multiplies, as in the note's line for any p.",
    ),
    Line(None, r"\text{for several samples}",
         "adds the derivatives and divide the sum by Mini Batch size",
         lambda r: r.gradient(), average, sign=":"),
)  # fmt: skip
