"""The notes `chain`: three neurons in a row, and the nine derivatives of the cost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bp_helpers.backprop import backpropagate, update
from bp_helpers.claims.conventions import ANY_CHAIN, SQUARED, THREE_IN_A_ROW
from bp_helpers.claims.line import Claim, Line, Mended
from bp_helpers.claims.trial import Trial

_line = partial(Line, where=THREE_IN_A_ROW)


def is_parameter(trial: Trial, letter: str, l: int) -> bool:
    """Whether a step of gradient descent changes an array: then it is a parameter."""
    grads = backpropagate(trial.net, trial.a(0), trial.y)
    after = update(trial.net, grads, 1.0)
    changed = {"W": after.W, "b": after.b}.get(letter)
    return changed is not None and bool((np.asarray(changed[l]) != trial.array(letter, l)).any())


def _links(letter: str) -> Claim:
    """∂C/∂a · ∂a/∂z · ∂z/∂p in the last layer; for p = a it is the activation before."""

    def of(r: Trial) -> Any:  # noqa: ANN401
        return r.links(("a", r.L), ("z", r.L), (letter, r.L - (letter == "a")))

    return of


def _after(down: int, letter: str) -> Claim:
    """The same some layers before the last, where ∂C/∂a is known already."""

    def of(r: Trial) -> Any:  # noqa: ANN401
        l = r.L - down
        to = letter, l - (letter == "a")
        return r.d("C", "a", l) * r.jacobian(("a", l), "z", l) * r.jacobian(("z", l), *to)

    return of


def _measured(letter: str, down: int) -> Claim:
    return lambda r: r.d("C", letter, r.L - down)


def _worked_out(down: int, last: Callable[[Trial, int], Any]) -> Claim:
    """∂C/∂a · σ′(z) · a last factor."""

    def of(r: Trial) -> Any:  # noqa: ANN401
        l = r.L - down
        return r.d("C", "a", l) * r.slope(l) * last(r, l)

    return of


def _error(r: Trial) -> Any:  # noqa: ANN401
    return 2 * (r.a(r.L) - r.y)


def average(trial: Trial) -> Any:  # noqa: ANN401
    """The mean of the gradients of the samples, each by itself."""
    alone = [
        Trial.of(trial.net, trial.a(0)[:, [i]], trial.y[:, [i]]).gradient() for i in range(trial.m)
    ]
    return tuple(np.mean(arrays, axis=0) for arrays in zip(*alone))


_FORWARD = (
    (r"z^{(L)}", r"w^{(L)} a^{(L-1)} + b^{(L)}",
     lambda r: r.z(r.L), lambda r: r.W(r.L) @ r.a(r.L - 1) + r.b(r.L)),
    (r"a^{(L)}", r"\sigma(z^{(L)})", lambda r: r.a(r.L), lambda r: r.sigma(r.L, r.z(r.L))),
)  # fmt: skip
_COST = (r"C", r"(a^{(L)} - y)^2", lambda r: r.C, lambda r: (r.a(r.L) - r.y) ** 2, (SQUARED,))


def _d(top: str, bottom: str) -> str:
    return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"


_w, _b, _a, _z, _C = r"w^{(L)}", r"b^{(L)}", r"a^{(L)}", r"z^{(L)}", "C"
_a1, _z1, _w1, _b1 = r"a^{(L-1)}", r"z^{(L-1)}", r"w^{(L-1)}", r"b^{(L-1)}"
_a3 = r"a^{(L-3)}"
_a2, _z2, _w2, _b2 = r"a^{(L-2)}", r"z^{(L-2)}", r"w^{(L-2)}", r"b^{(L-2)}"

LINES: tuple[Line, ...] = (
    _line(
        None, r"\text{parameters that we can tweak}",
        "weight ($w^{(L)}$), bias ($b^{(L)}$) and previous layer's output ($a^{(L-1)}$)",
        lambda r: ", ".join(name for name in "Wba" if is_parameter(r, name, r.L - (name == "a"))),
        lambda r: "W, b, a", sign=":", kind="an activation called a parameter",
        mended=Mended(r"\text{parameters that we can tweak}: w^{(L)}, b^{(L)}",
                      lambda r: "W, b"),
        why="It has a derivative, and an important one: perhaps it is listed with w and b for "
        "that. But it moves only with the weights and biases before it.",
    ),
    *(_line(k, *each) for k, each in enumerate(_FORWARD)),
    _line(2, *_COST),
    _line(3, _d(_C, _w), f"{_d(_C, _a)} {_d(_a, _z)} {_d(_z, _w)}", _measured("W", 0),
          _links("W")),
    _line(4, _d(_C, _b), f"{_d(_C, _a)} {_d(_a, _z)} {_d(_z, _b)}", _measured("b", 0),
          _links("b")),
    _line(5, _d(_C, _a1), f"{_d(_C, _a)} {_d(_a, _z)} {_d(_z, _a1)}", _measured("a", 1),
          _links("a")),
    _line(6, *_COST),
    *(_line(7 + k, *each) for k, each in enumerate(_FORWARD)),
    _line(9, _d(_C, _a), r"2(a^{(L)} - y)", _measured("a", 0), _error, (SQUARED,)),
    _line(9, _d(_z, _b), "1", lambda r: r.jacobian(("z", r.L), "b", r.L), lambda r: 1.0),
    _line(10, _d(_a, _z), r"\sigma'(z^{(L)})", lambda r: r.jacobian(("a", r.L), "z", r.L),
          lambda r: r.slope(r.L)),
    _line(10, _d(_z, _a1), r"w^{(L)}", lambda r: r.jacobian(("z", r.L), "a", r.L - 1),
          lambda r: r.W(r.L)),
    _line(11, _d(_z, _w), r"a^{(L-1)}", lambda r: r.jacobian(("z", r.L), "W", r.L),
          lambda r: r.a(r.L - 1)),
    _line(12, _d(_C, _w), r"2(a^{(L)} - y) \cdot \sigma'(z^{(L)}) \cdot a^{(L-1)}",
          _measured("W", 0), lambda r: _error(r) * r.slope(r.L) * r.a(r.L - 1), (SQUARED,)),
    _line(13, _d(_C, _b), r"2(a^{(L)} - y) \cdot \sigma'(z^{(L)})",
          _measured("b", 0), lambda r: _error(r) * r.slope(r.L), (SQUARED,)),
    _line(14, _d(_C, _a1), r"2(a^{(L)} - y) \cdot \sigma'(z^{(L)}) \cdot w^{(L)}",
          _measured("a", 1), lambda r: _error(r) * r.slope(r.L) * r.W(r.L), (SQUARED,)),
    _line(15, _d(_C, _w1), rf"{_d(_C, _a1)} \cdot {_d(_a1, _z1)} \cdot {_d(_z1, _w1)}",
          _measured("W", 1), _after(1, "W")),
    _line(15, _d(_C, _w1), rf"{_d(_C, _a1)} \cdot \sigma'(z^{{(L-1)}}) \cdot a^{{(L-2)}}",
          _measured("W", 1), _worked_out(1, lambda r, l: r.a(l - 1))),
    _line(16, _d(_C, _b1), rf"{_d(_C, _a1)} \cdot {_d(_a1, _z1)} \cdot {_d(_z1, _b1)}",
          _measured("b", 1), _after(1, "b")),
    _line(16, _d(_C, _b1), rf"{_d(_C, _a1)} \cdot \sigma'(z^{{(L-1)}})",
          _measured("b", 1), _worked_out(1, lambda r, l: 1.0)),
    _line(17, _d(_C, _a2), rf"{_d(_C, _a1)} \cdot {_d(_a1, _z1)} \cdot {_d(_z1, _a2)}",
          _measured("a", 2), _after(1, "a")),
    _line(17, _d(_C, _a2), rf"{_d(_C, _a1)} \cdot \sigma'(z^{{(L-1)}}) \cdot w^{{(L-1)}}",
          _measured("a", 2), _worked_out(1, lambda r, l: r.W(l))),
    _line(18, _d(_C, _w2), rf"{_d(_C, _a2)} \cdot {_d(_a2, _z2)} \cdot {_d(_z2, _w2)}",
          _measured("W", 2), _after(2, "W")),
    _line(
        18, _d(_C, _w2), rf"{_d(_C, _a2)} \cdot \sigma'(z^{{(L-2)}}) \cdot a^{{(L-2)}}",
        _measured("W", 2), _worked_out(2, lambda r, l: r.a(l)),
        kind="wrong layer", keys=("bp4-with-own-activation",),
        mended=Mended(
            rf"{_d(_C, _w2)} = {_d(_C, _a2)} \cdot \sigma'(z^{{(L-2)}}) \cdot a^{{(L-3)}}",
            _worked_out(2, lambda r, l: r.a(l - 1)),
        ),
        why="Everything else in the line belongs to layer L − 2, so perhaps the eye expected it "
        "here too. A weight meets the activation of the layer before its own.",
    ),
    _line(19, _d(_C, _b2), rf"{_d(_C, _a2)} \cdot {_d(_a2, _z2)} \cdot {_d(_z2, _b2)}",
          _measured("b", 2), _after(2, "b")),
    _line(19, _d(_C, _b2), rf"{_d(_C, _a2)} \cdot \sigma'(z^{{(L-2)}})",
          _measured("b", 2), _worked_out(2, lambda r, l: 1.0)),
    _line(
        None, "", r"We do not worry about $\frac{\partial C}{\partial a^{(L-3)}}$ which is the "
        "input x as it is not a parameter that can be changed", lambda r: r.a(0),
        lambda r: r.d("C", "a", r.L - 3), kind="badly named",
        mended=Mended(
            rf"\text{{We do not worry about }} {_d(_C, _a3)} \text{{, as }} {_a3} "
            r"\text{ is the input } x \text{, and not a parameter}", lambda r: r.a(r.L - 3)),
        why="It is the activation of layer L − 3 that is the input. The derivative for it is a "
        "number of its own, which nobody needs: that much is true.",
    ),
    Line(
        None, r"\text{for several samples}", "take the average of the parameter changes",
        lambda r: r.gradient(), average, sign=":", where=ANY_CHAIN,
    ),
)  # fmt: skip
