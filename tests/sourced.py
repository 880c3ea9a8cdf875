"""What the equations of other texts mean: their letters, layer numbers and shapes, all measured.

Nothing here uses the lines of a text, or the backward pass. The arrays of the forward pass are
turned as the text has them, and every gradient is measured on a network with the text's own cost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from shown import (
    Absent,
    Apply,
    Derivative,
    Equation,
    Misfit,
    Node,
    Number,
    State,
    Symbol,
    Unreadable,
    World,
    _changed,
    _free_indices,
    _gap,
    evaluate,
    read_latex,
)

from bp_helpers import Network, forward, numerical_gradient
from bp_helpers.texts.sources import Source

_PRINTED = {
    "delta": "δ", "sigma": "σ", "Omega": "Ω", "omega": "ω", "beta": "β", "phi": "φ", "ell": "ℓ",
}  # fmt: skip


def printed(name: str) -> str:
    """How a name of the code is printed, as letters alone."""
    if name[:1] == "d" and name[1:] in _PRINTED:
        return "d" + _PRINTED[name[1:]]
    return _PRINTED.get(name, name).replace("_", "")


@dataclass(frozen=True)
class SourceWorld(World):
    """A world in which the letters are those of a text; `arrays` are by letter and layer."""

    arrays: Mapping[str, Mapping[int | None, np.ndarray]] = field(default_factory=dict)
    functions: Mapping[str, Callable[[int], Callable]] = field(default_factory=dict)
    rows: bool = False

    def meaning(self, symbol: Symbol) -> object:
        """A number, an array, the part of it that belongs to a sample, or an entry."""
        if symbol.bare and symbol.letter in self.names:
            return self.names[symbol.letter]
        if symbol.letter == "n" and symbol.indices:
            return self.state.net.sizes[-1]
        array = self._array(symbol)
        at = [self.at(index) for index in symbol.indices]
        if not at:
            return array
        if self._counts_samples(symbol):
            return array[[at[0]]] if self.rows else array[:, [at[0]]]
        if any(not 0 <= i < n for i, n in zip(at, array.shape)):
            raise Misfit(f"no place {at} in an array of shape {array.shape}")
        return array[at[0], at[1] if len(at) > 1 else 0]

    def sizes(self, symbol: Symbol) -> dict[str, int]:
        """How many values each index letter has that has none yet."""
        if not symbol.indices or symbol.letter == "n":
            return {}
        shape = self._array(symbol).shape
        if self._counts_samples(symbol):
            shape = shape[:1] if self.rows else shape[1:]
        letters = [getattr(index, "letter", "") for index in symbol.indices]
        found = zip(letters, shape)
        return {letter: n for letter, n in found if letter and letter not in self.names}

    def function(self, symbol: Symbol, of: Node) -> Callable[..., object]:
        """The activation function of a layer, or its slope, which is measured."""
        if symbol.letter not in self.functions:
            raise Unreadable(f"{symbol.letter} is no function here")
        layer = symbol.layer or getattr(of, "layer", None)
        return self._or_slope(self.functions[symbol.letter](self.at(layer)), symbol)

    def _array(self, symbol: Symbol) -> np.ndarray:
        layer = None if symbol.layer is None else self.at(symbol.layer)
        if symbol.letter not in self.arrays:
            raise Unreadable(f"{symbol.letter} has no meaning here")
        if layer not in self.arrays[symbol.letter]:
            raise Absent(f"{symbol.letter} of layer {layer}")
        return self.arrays[symbol.letter][layer]

    def _counts_samples(self, symbol: Symbol) -> bool:
        return len(symbol.indices) == 1 and getattr(symbol.indices[0], "letter", "") == "i"


def world_of(s: Source, net: Network, x: np.ndarray, y: np.ndarray) -> SourceWorld:
    """The world of a text; every gradient in it is measured."""
    own = Network(list(zip(net.W[1:], net.b[1:])), [f.name for f in net.sigma[1:]], s.cost)
    m, layers, trace = x.shape[1], range(1, net.L + 1), forward(own, x)
    state, grads = State.of(own, x, y), numerical_gradient(own, x, y)
    times = m if s.average == "none" else 1
    rows, entries = s.samples == "rows", s.form in ("entries", "numbers")

    def samples(v: np.ndarray) -> np.ndarray:
        return v.T if rows else v

    def weights(v: np.ndarray) -> np.ndarray:
        return v.T if s.weights == "(in, out)" else v

    def ones(v: np.ndarray) -> np.ndarray:
        return np.vstack([np.ones((1, v.shape[1])), v])

    W: dict[str, dict[int | None, np.ndarray]] = {}

    def put(name: str, number: int | None, value: np.ndarray) -> None:
        W.setdefault(printed(name), {})[number] = value

    below = f"∂{printed(s.W)}" if s.gradients == "∂" else printed(s.weight_gradient)
    below_b = f"∂{printed(s.b)}" if s.gradients == "∂" else printed(s.bias_gradient)
    carried = printed(s.carried)
    if s.gradients == "∂" and not s.delta:
        carried = f"∂{printed(s.z if s.carries == 'z' else s.a)}"
    put(s.y, None, samples(y))
    for l in layers:
        here, out = l - 1 + s.first_weights, l + s.input_layer
        dW, db = grads.W[l] * times, grads.b[l] * times
        last_in_loss = s.functions == "loss" and l == net.L
        if not last_in_loss:
            put(s.a, out, samples(trace.a[l]))
        put(s.z, here, samples(trace.z[l]))
        if s.is_folded:
            put(s.W, here, np.hstack([net.b[l], net.W[l]]))
            put("Wcut", here, net.W[l])
            put("w", here, net.W[l])
            put(below, here, np.hstack([db, dW]))
            if l < net.L:
                put("zones", out, ones(trace.a[l]))
        else:
            put(s.W, here, weights(net.W[l]))
            put(below, here, weights(dW))
            put(below_b, here, samples(db))
            bias = net.b[l] if entries else np.tile(net.b[l], (1, m))
            put(s.b, here, samples(bias))
        each = state.array("δ" if s.carries == "z" else "da", l)
        each = each / m if s.average == "first" else each
        place = here if s.carries == "z" else out
        put(carried, place, each.T if s.form == "row" else samples(each))
    put(s.a, s.input_layer, samples(x))
    if s.is_folded:
        put("zones", s.input_layer, ones(x))
    last = net.L - 1 + s.first_weights
    hidden = {printed(s.sigma): lambda l: net.sigma[l + 1 - s.first_weights].value}
    output = {printed(s.output): lambda l: net.sigma[net.L].value} if s.output else {}
    names = {printed(s.L): last, printed(s.m): m}
    return SourceWorld(state, names, arrays=W, functions={**hidden, **output}, rows=rows)


def in_letters_of(s: Source, node: Node) -> Node:
    """The tree with the layers of a text's symbols where those of the series stand."""
    letters = {printed(name) for name in (s.W, s.b, s.z, s.a)} | {"δ"}

    def change(part: Node) -> Node | None:
        match part:
            case Derivative(top, Symbol() as bottom):
                if getattr(top, "letter", "") != printed(s.C):
                    raise Unreadable("a derivative of something else than the cost")
                below = _changed(bottom, change)
                return Symbol(f"∂{below.letter}", 0, below.indices, below.layer)
            case Apply(Symbol("^"), (Symbol(letter, 0, (), None) as base, power)):
                if s.mark == "l" and letter in letters:
                    return Symbol(base.letter, 0, (), power)
            case Symbol(letter, primes, indices, None) if s.mark == "_l" and indices:
                if letter in letters:
                    text = "".join(
                        index.digits if isinstance(index, Number) else index.letter
                        for index in indices
                    )
                    return Symbol(letter, primes, (), read_latex(text))
        return None

    return _changed(node, change)


def holds_in(s: Source, node: Node, world: SourceWorld, rtol: float = 1e-10) -> int:
    """Assert that both sides are equal for every layer and index; returns how often compared."""
    compared, layer = 0, printed(s.l)
    for number in range(world.state.net.L + 2):
        here = world.bind(**{layer: number})
        try:
            free = _free_indices(node, here)
            for at in product(*map(range, free.values())):
                left, right = _both(node, here.bind(**dict(zip(free, at))))
                gap = np.abs(_gap(left, right))
                assert (gap <= 1e-14 + rtol * np.abs(right)).all(), f"{left} is not {right}"
                compared += 1
        except Absent:
            continue
    assert compared, "there was nothing to compare"
    return compared


def _both(node: Node, world: SourceWorld) -> Iterator[object]:
    assert isinstance(node, Equation)
    return (evaluate(side, world) for side in node.sides)


_SYMBOL = re.compile(r'<span class="bp-sym">(.*?)</span>')


def in_marks_of_the_series(s: Source, html: str) -> str:
    """A text's equation with its layers marked, and its words written, as `read_html` reads."""

    def symbol(match: re.Match[str]) -> str:
        inside = re.sub(r"<i>(.*?)</i>", lambda m: f"<i>{m[1].replace('_', '')}</i>", match[1])
        if "<i>n</i><sub>L</sub>" in inside:
            return f'<span class="bp-sym">{inside}</span>'
        if s.mark == "_l":
            inside = re.sub(
                r"<sub>(?:(\w), )?(.*?)</sub>",
                lambda m: (f"<sub>{m[1]}</sub>" if m[1] else "") + f"<sup>({m[2]})</sup>",
                inside,
            )
        elif s.mark != "(l)":
            inside = re.sub(r"<sup>\[?(.*?)\]?</sup>", r"<sup>(\1)</sup>", inside)
        return f'<span class="bp-sym">{inside}</span>'

    html = _SYMBOL.sub(symbol, html)
    cut = r'<i>W</i>(<sup>.*?</sup>)</span><span class="bp-op bp-phrase">without column 0</span>'
    return re.sub(cut, r"<i>Wcut</i>\1</span>", html)
