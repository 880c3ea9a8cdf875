"""The notes `jacobian`: one weight w_AB, its derivative in four factors, and their matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bp_helpers.claims.conventions import (
    AT_LEAST_THREE,
    AT_LEAST_TWO,
    MEAN_SQUARED,
    ONE_SAMPLE,
    OTHERS_LEFT_OUT,
    SMALL_L,
    SUMMED,
)
from bp_helpers.claims.line import Line, Mended
from bp_helpers.claims.trial import Trial, layers, product


def _jacobian(r: Trial, l: int) -> Any:  # noqa: ANN401
    """∂a of layer l for a of the layer before, measured in the first sample."""
    return r.jacobian(("a", l), "a", l - 1)


def _by_rule(r: Trial, l: int) -> Any:  # noqa: ANN401
    """σ′(z_i) w_ij of layer l."""
    return r.slope(l)[:, :1] * r.W(l)


def _of_layers(of: Callable[[Trial, int], Any], first: int) -> Callable[[Trial], Any]:
    """Something for each layer from the first one on that is meant."""
    return lambda r: layers(lambda l: of(r, l), first, r.L)


def _factors(r: Trial, l: int, letter: str = "W") -> Any:  # noqa: ANN401
    """∂C/∂a of the output, ∂a of the output/∂a_A, ∂a_A/∂w_AB: their product for each A and B."""
    to_output = r.jacobian(("a", r.L), "a", l)
    own = np.diag(r.jacobian(("a", l), "z", l))[:, None] * r.own(letter, l)
    return (r.jacobian("C", "a", r.L) @ to_output).T * own


def _circled(r: Trial, l: int) -> Any:  # noqa: ANN401
    """The same with ∂a of the output/∂a of layer l + 1, times ∂a of that layer/∂a_A."""
    if l + 1 > r.L:
        raise IndexError(f"there is no a of layer {l + 1}")
    to_output = r.jacobian(("a", r.L), "a", l + 1) @ r.jacobian(("a", l + 1), "a", l)
    own = np.diag(r.jacobian(("a", l), "z", l))[:, None] * r.own("W", l)
    return (r.jacobian("C", "a", r.L) @ to_output).T * own


def _alone(r: Trial, l: int) -> Any:  # noqa: ANN401
    """∂/∂a_p of σ(w_mp a_p + b_m), the one term that is written: an entry for each m and p."""
    z = r.W(l) * r.a(l - 1)[:, 0] + r.b(l)
    return r.slope_at(l, z) * r.W(l)


def _same_index(r: Trial) -> Any:  # noqa: ANN401
    """∂a_i of the output/∂a_i of the layer before · ∂a_i there/∂a_i two layers before, for each i.

    One i is to be found in all three layers.
    """
    last, before = _jacobian(r, r.L), _jacobian(r, r.L - 1)
    found = range(min(r.sizes[r.L], r.sizes[r.L - 2]))
    if len(found) > r.sizes[r.L - 1]:
        raise IndexError(f"there is no neuron {found[-1]} in layer {r.L - 1}")
    return np.array([last[i, i] * before[i, i] for i in found])


def _through(r: Trial, l: int) -> Any:  # noqa: ANN401
    """∂a of the output/∂a of layer l, as the product of what each layer contributes."""
    found = np.eye(r.sizes[r.L])
    for layer in range(r.L, l, -1):
        found = found @ _by_rule(r, layer)
    return found


def _of_measured(r: Trial, l: int) -> Any:  # noqa: ANN401
    """∂a of the output/∂a of the layer before l, as the product of matrices that are measured."""
    return product(*(_jacobian(r, layer) for layer in range(r.L, l - 1, -1)))


def _two_and_three(r: Trial, l: int) -> Any:  # noqa: ANN401
    """∂a of the output/∂a of layer l, times ∂a of that layer/∂a of the layer before."""
    return product(r.jacobian(("a", r.L), "a", l), _jacobian(r, l))


def _for_the_bias(r: Trial, l: int) -> Any:  # noqa: ANN401
    """∂C/∂a of the output, ∂a of the output/∂a_A, ∂a_A/∂b_A: their product for each A."""
    return _factors(r, l, "b")


def _sigmoid_where_it_is(r: Trial) -> Any:  # noqa: ANN401
    """1/(1 + e^−x), where the first layer has that function."""
    is_sigmoid = r.net.sigma[1].name == "sigmoid"
    return 1 / (1 + np.exp(-r.z(1))) if is_sigmoid else r.sigma(1, r.z(1))


def _measured_four(r: Trial) -> Any:  # noqa: ANN401
    """∂a_A/∂w_AB of the last layer in the first sample."""
    found = r.d(("a", r.L), "W", r.L)[:, 0]
    return np.array([found[A, A] for A in range(len(found))])


def _four_with(r: Trial, alone: bool = False) -> Any:  # noqa: ANN401
    """σ′ times a_B, at z_A or at the one term that is written."""
    before = r.a(r.L - 1)[:, 0]
    z = r.W(r.L) * before + r.b(r.L) if alone else r.z(r.L)[:, :1]
    return r.slope_at(r.L, z) * before


_i, _m, _j = (
    r"\frac{\partial a_i^L}{\partial a_j^{L+1}}", r"\frac{\partial a_m^{L+1}}{\partial a_p^L}",
    r"\frac{\partial a_j^{L+1}}{\partial a_A^L}",
)  # fmt: skip
_C, _four = (
    r"\frac{\partial \mathcal{L}}{\partial a_i^L}",
    r"\frac{\partial a_A^L}{\partial w_{AB}^L}",
)
_inside = r"\frac{\partial}{\partial %s} \left( \sigma(%s) \right)"

LINES: tuple[Line, ...] = (
    Line(0, r"\sigma(x)", r"\frac{1}{1 + e^{-x}}",
         lambda r: r.net.sigma[1].value(r.z(1)), _sigmoid_where_it_is),
    Line(1, r"z_i^l", r"w_{ij}^l a_j^{l-1} + b_i^l",
         _of_layers(lambda r, l: r.z(l)[:, :1] + 0 * r.W(l), 1),
         _of_layers(lambda r, l: r.W(l) * r.a(l - 1)[:, 0] + r.b(l), 1), (SUMMED,),
         meant=_of_layers(lambda r, l: (r.W(l) @ r.a(l - 1) + r.b(l))[:, :1] + 0 * r.W(l), 1)),
    Line(2, r"a_i^l", r"\sigma(z_i^l)", _of_layers(lambda r, l: r.a(l), 1),
         _of_layers(lambda r, l: r.sigma(l, r.z(l)), 1)),
    Line(3, "C", r"\frac{1}{n_L} \sum_i^{n_L} (a_i^L - y_i)^2",
         lambda r: r.C, lambda r: np.sum((r.a(r.L) - r.y)[:, 0] ** 2) / r.sizes[r.L],
         (MEAN_SQUARED, ONE_SAMPLE)),
    Line(4, r"\nabla C", r"\left( \frac{\partial C}{\partial w_{ij}^l}, "
         r"\frac{\partial C}{\partial b_j^l} \right)", lambda r: r.gradient(),
         lambda r: tuple(r.d("C", letter, l) for l in range(1, r.L + 1) for letter in "Wb")),
    Line(5, r"\forall l", r"1 \leq l \leq L", lambda r: str(list(r.arrays["W"])),
         lambda r: str(list(range(1, r.L + 1))), sign=","),
    Line(6, r"\frac{\partial C}{\partial w_{AB}^l}",
         r"\frac{\partial C}{\partial a^L} \frac{\partial a^L}{\partial a_A^l} "
         r"\frac{\partial a_A^l}{\partial w_{AB}^l}",
         _of_layers(lambda r, l: r.d("C", "W", l), 1), _of_layers(_factors, 1), (ONE_SAMPLE,)),
    Line(
        6, r"\frac{\partial C}{\partial w_{AB}^l}",
        r"\frac{\textcircled{1}}{\partial a^L} \frac{\textcircled{2}}{\partial a^{l+1}} "
        r"\frac{\textcircled{3}}{\partial a_A^l} \frac{\textcircled{4}}{\partial w_{AB}^l}",
        _of_layers(lambda r, l: r.d("C", "W", l), 1), _of_layers(_circled, 1), (ONE_SAMPLE,),
        kind="a boundary",
        mended=Mended(
            r"\frac{\partial C}{\partial w_{AB}^L} = \frac{\textcircled{1}}{\partial a_A^L} "
            r"\frac{\textcircled{4}}{\partial w_{AB}^L} \text{ for } l = L \text{, all four for } "
            r"l < L",
            _of_layers(lambda r, l: _circled(r, l) if l < r.L else _factors(r, l), 1)),
        why="Perhaps the picture in mind had a layer in the middle. For the last layer nothing "
        "stands between neuron A and the cost, so two of the factors have to go.",
    ),
    Line(
        7, _C, r"\frac{1}{n_L} \sum \frac{\partial}{\partial a_i^L} (a_i^L - y_i)^2",
        lambda r: r.d("C", "a", r.L),
        lambda r: np.sum(2 * (r.a(r.L) - r.y), axis=0) / r.sizes[r.L] + 0 * r.y,
        (MEAN_SQUARED,), kind="wrong index",
        mended=Mended(
            rf"{_C} = \frac{{1}}{{n_L}} \sum_k \frac{{\partial}}{{\partial a_i^L}} "
            r"(a_k^L - y_k)^2",
            lambda r: 2 * (r.a(r.L) - r.y) / r.sizes[r.L]),
        why="The cost was written with an i under the Σ, and the derivative is for neuron i. Two "
        "jobs for one letter: summed over i, all errors would be added up.",
    ),
    Line(7, _C, r"\frac{2}{n_L} (a_i^L - y_i)", lambda r: r.d("C", "a", r.L),
         lambda r: 2 / r.sizes[r.L] * (r.a(r.L) - r.y), (MEAN_SQUARED,)),
    Line(
        8, r"\text{the matrices}", _i,
        _of_layers(lambda r, l: r.jacobian(("a", r.L), "a", l), 1),
        lambda r: r.jacobian(("a", r.L), "a", r.L + 1), sign=":", kind="wrong layer",
        mended=Mended(r"\frac{\partial a_i^L}{\partial a_j^{l+1}}", _of_layers(_through, 1)),
        why="L has two meanings in it: above it is the last layer, below it is any layer. "
        "Perhaps a small l was meant there: after the last layer there is none.",
    ),
    Line(
        8, r"\frac{\partial a_i^L}{\partial a_i^{L-2}}",
        r"\frac{\partial a_i^L}{\partial a_i^{L-1}} \frac{\partial a_i^{L-1}}{\partial a_i^{L-2}}",
        lambda r: np.diag(r.jacobian(("a", r.L), "a", r.L - 2)), _same_index,
        where=AT_LEAST_THREE, kind="wrong index",
        mended=Mended(
            r"\frac{\partial a_i^L}{\partial a_i^{L-2}} = \sum_p "
            r"\frac{\partial a_i^L}{\partial a_p^{L-1}} "
            r"\frac{\partial a_p^{L-1}}{\partial a_i^{L-2}}",
            lambda r: np.diag(_through(r, r.L - 2))),
        why="One letter i runs through all the layers, so a single path is left. Between two "
        "matrices a letter of its own is summed over, as the note has it further to the right.",
    ),
    Line(8, r"\frac{\partial a_i^L}{\partial a_m^{L-2}}",
         r"\left( \sigma'(\mathbf{Z}_i^L) \mathbf{W}_{ip}^L \right) "
         r"\left( \sigma'(\mathbf{Z}_p^{L-1}) \mathbf{W}_{pm}^{L-1} \right)",
         lambda r: np.repeat(r.jacobian(("a", r.L), "a", r.L - 2)[:, None], r.sizes[r.L - 1], 1),
         lambda r: _by_rule(r, r.L)[:, :, None] * _by_rule(r, r.L - 1)[None], (SUMMED,),
         meant=lambda r: np.repeat(
             (_by_rule(r, r.L) @ _by_rule(r, r.L - 1))[:, None], r.sizes[r.L - 1], 1),
         where=AT_LEAST_THREE),
    Line(
        8, r"\frac{\partial a_q^{L+2}}{\partial a_j^{L+1}}",
        r"\left( \sigma'(\mathbf{Z}_q^{L+2}) \mathbf{W}_{jq}^{L+2} \right)",
        _of_layers(_jacobian, 2), lambda r: r.slope(r.L + 2) * r.W(r.L + 2).T, (SMALL_L,),
        meant=_of_layers(lambda r, l: r.slope(l)[:, :1] * r.W(l).T, 2), where=AT_LEAST_TWO,
        kind="order or transpose",
        mended=Mended(
            r"\frac{\partial a_q^{l+2}}{\partial a_j^{l+1}} = "
            r"\sigma'(\mathbf{Z}_q^{l+2}) \mathbf{W}_{qj}^{l+2}", _of_layers(_by_rule, 2)),
        why="The product is read from left to right, and perhaps so were the letters. But the "
        "first index of W is where the weight ends, here q. (In this factor L is any layer l.)",
    ),
    Line(9, r"\text{a matrix in } \textcircled{2}", _m,
         _of_layers(lambda r, l: r.jacobian(("a", r.L), "a", l - 1), 1),
         lambda r: r.jacobian(("a", r.L + 1), "a", r.L), (SMALL_L,),
         meant=_of_layers(_of_measured, 1), sign=":"),
    Line(9, _m, _inside % ("a_p^L", r"\mathbf{W}_{mp}^{L+1} a_p^L + b_m^{L+1}"),
         _of_layers(_jacobian, 1), lambda r: _alone(r, r.L + 1), (SMALL_L, OTHERS_LEFT_OUT),
         meant=_of_layers(_by_rule, 1)),
    Line(9, _m, r"\underbrace{\sigma'(\mathbf{Z}_m^{L+1}) \mathbf{W}_{mp}^{L+1}}",
         _of_layers(_jacobian, 1), lambda r: _by_rule(r, r.L + 1), (SMALL_L,),
         meant=_of_layers(_by_rule, 1)),
    Line(9, _m, r"\text{ A matrix with } p \text{ columns} \\ \text{and } m \text{ rows.}",
         _of_layers(lambda r, l: str(_jacobian(r, l).shape), 1),
         lambda r: str((r.sizes[r.L + 1], r.sizes[r.L])), (SMALL_L,),
         meant=_of_layers(lambda r, l: str((r.sizes[l], r.sizes[l - 1])), 1), sign=":"),
    # With it in its place, ② times ③ is what leads from neuron A to the output.
    Line(10, r"\textcircled{3}", _j,
         _of_layers(lambda r, l: r.jacobian(("a", r.L), "a", l - 1), 1),
         lambda r: r.jacobian(("a", r.L + 1), "a", r.L), (SMALL_L,),
         meant=_of_layers(_two_and_three, 1), sign=":"),
    Line(10, _j, _inside % ("a_A^L", r"\mathbf{W}_{jA}^{L+1} a_A^L + b_j^{L+1}"),
         _of_layers(_jacobian, 1), lambda r: _alone(r, r.L + 1), (SMALL_L, OTHERS_LEFT_OUT),
         meant=_of_layers(_by_rule, 1)),
    Line(10, _j, r"\left( \sigma'(\mathbf{Z}_j^{L+1}) \mathbf{W}_{jA}^{L+1} \right)",
         _of_layers(_jacobian, 1), lambda r: _by_rule(r, r.L + 1), (SMALL_L,),
         meant=_of_layers(_by_rule, 1)),
    Line(11, _four, _inside % (r"w_{AB}^L", r"\mathbf{W}_{AB}^L a_B^{L-1} + b_A^L"),
         _measured_four, lambda r: _four_with(r, alone=True), (OTHERS_LEFT_OUT,),
         meant=_four_with),
    Line(11, _four, r"\sigma'(\mathbf{Z}_A^L) a_B^{L-1}",
         _measured_four, _four_with),
    Line(
        None, r"i", r"0 \leq i \leq n_{L-1}",
        lambda r: str([i for i, _ in enumerate(r.a(r.L - 1))]),
        lambda r: str(list(range(r.sizes[r.L - 1] + 1))), sign=":", kind="a range one too long",
        mended=Mended(r"0 \leq i \leq n_{L-1} - 1",
                      lambda r: str(list(range(r.sizes[r.L - 1])))),
        why="From 1 to n there are n of them; from 0 to n there are n + 1. Whoever begins at 0 "
        "has to stop one earlier.",
    ),
    Line(None, r"\frac{\partial}{\partial w_{AB}^L} \mathbf{W}_{Ai}^L",
         r"\begin{cases} 1 & \text{if } i=B \\ 0 & \text{otherwise} \end{cases}",
         lambda r: r.d(lambda s: s.W(s.L), "W", r.L)[0][:, 0], lambda r: np.eye(r.sizes[r.L - 1])),
    Line(None, "", r"Most of this, except eq (4), is the same for  $\frac{\partial \mathcal{L}}"
         r"{\partial b^L}$", _of_layers(lambda r, l: r.d("C", "b", l), 1),
         _of_layers(_for_the_bias, 1), (ONE_SAMPLE,)),
)  # fmt: skip
