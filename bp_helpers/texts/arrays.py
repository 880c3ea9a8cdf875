"""A network in the shapes of another text, the pass that its entry gives, and the way back.

The lines that run are those that are shown: `lines` derives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

import bp_helpers._door as check
from bp_helpers._validation import Array, finite
from bp_helpers.backprop import Gradients
from bp_helpers.functions import Activation
from bp_helpers.network import Network, PerLayer
from bp_helpers.texts.lines import SQUARES, Rule, Rules, by_layer, entry, refuses, rules
from bp_helpers.texts.sources import SOURCES, Source

Layers = dict[int, Any]  # by the numbers that the text gives them


@dataclass(frozen=True)
class Written:
    """A network with its samples in the shapes of one text, by the text's own layer numbers."""

    source: Source
    W: Layers
    b: Layers
    x: Any
    y: Any


@dataclass(frozen=True)
class Own:
    """What a text's own pass gives: gradients of W and b, and what it carries back.

    `b` is empty where the biases are a column of W.
    """

    source: Source
    W: Layers
    b: Layers
    carried: Layers


class Factor(NamedTuple):
    """2, m and n_L, each to some power: by how much one gradient is larger than another."""

    twos: int = 0
    samples: int = 0
    outputs: int = 0

    def value(self, m: int, outputs: int) -> float:
        """The number that it is for m samples and a last layer of so many neurons."""
        return float(2.0**self.twos * float(m) ** self.samples * float(outputs) ** self.outputs)

    def over(self, other: Factor) -> Factor:
        """This factor divided by another."""
        return Factor(*(a - b for a, b in zip(self, other)))

    def __str__(self) -> str:
        above: list[str] = []
        below: list[str] = []
        for sign, power in zip(("2", "m", "n_L"), self):
            (above if power > 0 else below).extend([sign] * abs(power))
        if not below:
            return " · ".join(above) or "1"
        bottom = " · ".join(below)
        return f"{' · '.join(above) or '1'}/{f'({bottom})' if len(below) > 1 else bottom}"


def _network(source: str | Source, net: Network, x: object) -> tuple[Source, Array]:
    s, samples = entry(source), finite("x", check.inputs(net, x))
    if problem := refuses(source, net, samples.shape[1]):
        can = [k for k in SOURCES if not refuses(k, net, samples.shape[1])]
        those = f"Those that can: {', '.join(map(repr, can))}." if can else "No source can."
        raise ValueError(f"source {s.key!r} {problem}. {those}")
    return s, samples


def numbered(s: Source, l: int) -> int:
    """The number that a text gives to the weights of layer l of the series."""
    return l - 1 + s.first_weights


def to_source(source: str | Source, net: Network, x: object, y: object) -> Written:
    """The network with samples x (n_0, m) and targets y (n_L, m) in the shapes of a text.

    Raises ValueError for a text that is not known or cannot write the network.
    """
    s, samples = _network(source, net, x)
    aims = check.targets(net, y, samples.shape[1])
    W = {numbered(s, l): _weights(s, net.W[l], net.b[l]) for l in range(1, net.L + 1)}
    b = {} if s.is_folded else {numbered(s, l): _bias(s, net.b[l]) for l in range(1, net.L + 1)}
    return Written(s, W, b, _samples(s, samples), _samples(s, aims))


def _weights(s: Source, W: Array, b: Array) -> Any:  # noqa: ANN401 (an array, or a number)
    if s.form == "numbers":
        return W.item()
    if s.is_folded:
        return np.hstack([b, W])
    return W.copy() if s.weights == "(out, in)" else W.T.copy()


def _bias(s: Source, b: Array) -> Any:  # noqa: ANN401 (an array, or a number)
    if s.form == "numbers":
        return b.item()
    return {"column": b, "row": b.T, "flat": b[:, 0]}[s.bias].copy()


def _samples(s: Source, v: Array) -> Any:  # noqa: ANN401 (an array, or a number)
    if s.form in ("entries", "numbers") and v.shape[1] == 1:
        return v.item() if s.form == "numbers" else v[:, 0].copy()
    return v.copy() if s.samples == "columns" else v.T.copy()


def from_source(source: str | Source, net: Network, own: Own, m: int) -> Gradients:
    """A text's own gradient over m samples as that of the series, for the cost that `net` has.

    `delta` is None where the text has no ∂C/∂z.
    """
    s, by = entry(source), factor(source, net).value(m, net.sizes[-1])
    delta: dict[int, Any] = dict.fromkeys(range(1, net.L + 1))
    W, b = {}, {}
    for l in delta:
        here = numbered(s, l)
        dW = np.asarray(own.W[here], float)
        if s.is_folded:
            dW, db = dW[:, 1:], dW[:, :1]
        else:
            db = np.asarray(own.b[here], float).reshape(-1, 1)
        W[l] = (dW.reshape(net.W[l].shape) if s.weights == "(out, in)" else dW.T) / by
        b[l] = db / by
        if s.carries == "z":
            each = by * {"last": 1.0, "first": 1 / m, "none": 1 / m}[s.average]
            carried = own.carried[here] if s.samples == "columns" else own.carried[here].T
            delta[l] = carried / each
    return Gradients(PerLayer(delta), PerLayer(W), PerLayer(b))


def factor(source: str | Source, net: Network | None = None) -> Factor:
    """How many times the gradient of the series a text's own gradient is, for the cost of `net`.

    Without a network, that of the cost half_squared.
    """
    s, cost = entry(source), check.network(net).cost.name if net is not None else "half_squared"
    samples = int(s.average == "none")
    if cost in SQUARES:
        return _of_cost(s.cost, samples).over(_of_cost(cost))
    per_output = s.cost == "mean_squared" and cost == "binary_cross_entropy"
    return Factor(0, samples, -int(per_output))


def _of_cost(name: str, samples: int = 0) -> Factor:
    return Factor(int(name != "half_squared"), samples, -int(name == "mean_squared"))


def own_gradient(source: str | Source, net: Network, x: object, y: object) -> Own:
    """The backward pass of a text in its own shapes, by the lines that follow from its entry.

    Raises ValueError for a text that is not known or cannot write the network.
    """
    there, lines = to_source(source, net, x, y), rules(source, net)
    s, m = there.source, check.inputs(net, x).shape[1]
    if s.form in ("arrays", "row"):
        return _Pass(there, lines, net, m).run(there.x, there.y)
    alone = [(there.x, there.y)]
    if m > 1:
        xs, ys = np.atleast_2d(there.x), np.atleast_2d(there.y)
        alone = [(xs[:, i], ys[:, i]) for i in range(m)]
        if s.form == "numbers":
            alone = [(a.item(), b.item()) for a, b in alone]
    each = [_Pass(there, lines, net, m).run(*sample) for sample in alone]
    W, b = (
        {l: np.mean([getattr(one, name)[l] for one in each], axis=0) for l in there.W}
        for name in ("W", "b")
    )
    if m == 1:
        return each[0]
    carried = {l: np.stack([one.carried[l] for one in each], axis=-1) for l in each[0].carried}
    return Own(s, W, b, carried)


class _Pass:
    """One run of a text's lines, in a namespace that holds nothing but what the text names."""

    def __init__(self, there: Written, lines: Rules, net: Network, m: int) -> None:
        s = self.s = there.source
        self.lines, self.last = lines, max(there.W)
        self.names: dict[str, Any] = {
            "np": np, "with_ones": _with_ones, "n_L": net.sizes[-1], s.m: m, s.L: self.last,
            s.W: there.W, s.b: there.b,
        }  # fmt: skip
        if s.form == "entries":  # its sums end at the size of a layer, and need no m
            self.names["n"] = {s.input_layer + k: size for k, size in enumerate(net.sizes)}
        for name in (s.z, s.a, s.weight_gradient, s.bias_gradient, s.carried):
            self.names[name] = {}
        self.names.update(_functions(s, net))

    def run(self, x: Any, y: Any) -> Own:  # noqa: ANN401 (an array, or a number)
        s, names, layers = self.s, self.names, sorted(self.names[self.s.W])
        names[s.a][s.input_layer] = _with_ones(x) if s.is_folded else x
        names[s.y] = y
        for l in layers:
            self.line("z", l)
            if not (s.functions == "loss" and l == self.last):
                self.output_or_line(l)
        self.line("BP1", self.last)
        step = 1 if s.pulls_to == "l" else 0
        for l in layers[:0:-1]:
            self.line("BP2", l - step)
        for l in layers:
            if not s.is_folded:
                self.line("BP3", l)
            self.line("BP4", l)
        return Own(s, names[s.weight_gradient], names[s.bias_gradient], names[s.carried])

    def output_or_line(self, l: int) -> None:
        """The activations of a layer; the last one may have a function of its own."""
        s = self.s
        own = s.output or ("softmax" if "softmax" in self.names else "")
        rule = self.lines["a"]
        if l == self.last and s.is_folded:
            rule = self.lines["output"]
        elif l == self.last and own:
            rule = rule._replace(line=f"{own}({self.lines['z'].target})")
        self.execute(rule, l)

    def line(self, name: str, l: int) -> None:
        self.execute(self.lines[name], l)

    def execute(self, rule: Rule, l: int) -> None:
        """Run one line for layer l, and for every entry where it is written for one."""
        code, names = _compiled(str(rule)), {**self.names, self.s.l: l}
        if not rule.letters:
            exec(code, names)  # the text is made in this module
            return
        shape = self.room(rule, l)
        for place in np.ndindex(*shape):
            exec(code, {**names, **dict(zip(rule.letters, place))})

    def room(self, rule: Rule, l: int) -> tuple[int, ...]:
        """An array for the entries of a line to go into, and its shape."""
        name, _, layer = rule.target.partition("[")[0::1]
        number = eval(layer.partition("]")[0], {self.s.l: l, self.s.L: self.last})
        n = self.names["n"]
        shape = (n[number], n[number - 1]) if len(rule.letters) == 2 else (n[number],)
        self.names[name][number] = np.zeros(shape)
        return shape


@lru_cache(maxsize=1024)
def _compiled(line: str) -> CodeType:
    return compile(line, "<bridge>", "exec")


def _with_ones(a: Array) -> Array:
    """`a`, of shape (n, m), with a row of ones on top, that which the biases meet."""
    return np.vstack([np.ones((1, a.shape[1])), a])


def _functions(s: Source, net: Network) -> dict[str, Any]:
    """The activations and their slopes by the names that a text gives them."""
    hidden, last = net.sigma[1], net.sigma[net.L]
    if by_layer(s, net):
        layers = range(1, net.L + 1)
        value = {numbered(s, l): _value(s, net.sigma[l]) for l in layers}
        return {s.sigma: value, f"d{s.sigma}": {numbered(s, l): net.sigma[l].slope for l in layers}}
    found: dict[str, Any] = {s.sigma: _value(s, hidden), f"d{s.sigma}": hidden.slope}
    if s.output:
        found |= {s.output: _value(s, last), f"d{s.output}": last.slope}
    elif last.name == "softmax":
        found["softmax"] = _value(s, last)
    return found


def _value(s: Source, f: Activation) -> Any:  # noqa: ANN401 (a function of an array)
    """An activation for the text's shapes: softmax adds up over the neurons of a sample."""
    if f.elementwise or s.samples == "columns":
        return f.value
    return lambda z: f.value(z.T).T
