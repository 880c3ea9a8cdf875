"""The lines of a text, derived from its entry in `SOURCES`: the forward pass, and BP1 to BP4.

Order and transposes follow from whether samples are rows or columns and which way round W is; 2, m
and n_L follow from the cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import bp_helpers._door as check
from bp_helpers._validation import chosen
from bp_helpers.network import Network
from bp_helpers.texts.sources import SOURCES, Source

_RULES = ("BP1", "BP2", "BP3", "BP4")
SQUARES = ("half_squared", "squared", "mean_squared")


class Rule(NamedTuple):
    """One line of a text: what it computes and how; `letters` run over the entries of it."""

    name: str
    target: str
    line: str
    letters: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.target} = {self.line}" if self.line else self.target


@dataclass(frozen=True)
class Rules:
    """The forward pass and the four rules as a text writes them; prints as its NumPy lines."""

    source: Source
    forward: tuple[Rule, ...]
    backward: tuple[Rule, ...]

    def __getitem__(self, name: str) -> Rule:
        return {rule.name: rule for rule in (*self.forward, *self.backward)}[name]

    def __str__(self) -> str:
        lines = (f"  {r.name if r.name in _RULES else '':3}  {r}" for r in self)
        where = f" ({self.source.where})" if self.source.where else ""
        return "\n".join([f"{self.source.title}{where}", *lines])

    def __iter__(self) -> Iterator[Rule]:
        return iter((*self.forward, *self.backward))

    __repr__ = __str__


def entry(source: str | Source, name: str = "source") -> Source:
    """The entry of a text by its key, or an entry of your own; `name` is for a message.

    Raises ValueError, with the keys that there are, for one that is not known.
    """
    return source if isinstance(source, Source) else chosen(name, source, SOURCES)


def refuses(source: str | Source, net: Network, m: int = 1) -> str:
    """Why a text cannot write this network with m samples, or nothing."""
    s, net = entry(source), check.network(net)
    hidden = {f.name for f in net.sigma[1:-1]}
    names = hidden | {net.sigma[net.L].name}
    if s.form == "numbers" and set(net.sizes) != {1}:
        return f"has one neuron a layer, but the network is {net!r}"
    if not s.several and m > 1:
        return f"writes one sample, but there are {m}"
    if net.cost.name not in (*SQUARES, *s.costs):
        return f"has no cost {net.cost.name!r}"
    if s.only and names - {*s.only}:
        other = ", ".join(sorted(map(repr, names - {*s.only})))
        return f"has {' and '.join(map(repr, s.only))} alone, but the network has {other}"
    alike = hidden if s.functions in ("output", "loss") or "softmax" in names else names
    if s.functions not in ("each", "any") and len(alike) > 1:
        other = " and ".join(sorted(map(repr, alike)))
        which = "" if alike == names else "hidden "
        return f"has one activation function for all its {which}layers, but there are {other}"
    return ""


def rules(source: str | Source, net: Network | None = None) -> Rules:
    """The forward pass and BP1 to BP4 as a text writes them, for any network or for `net`.

    Raises ValueError for a text that is not known, and for a network that it cannot write.
    """
    s = entry(source)
    if net is not None and (problem := refuses(source, net)):
        raise ValueError(f"source {s.key!r} {problem}.")
    write = _Lines(s, net)
    return Rules(s, write.forward(), write.backward())


def by_layer(s: Source, net: Network | None) -> bool:
    """Whether functions are written with their layer: always, or where they differ."""
    differ = net is not None and len({f.name for f in net.sigma[1:]}) > 1
    return s.functions == "each" or (s.functions == "any" and differ)


class _Lines:
    """How the lines of one text are put together; `net` decides where functions differ."""

    def __init__(self, s: Source, net: Network | None) -> None:
        self.s, self.fused = s, net is not None and net.fused
        self.softmax = net is not None and net.sigma[net.L].name == "softmax"
        self.layered = by_layer(s, net)
        self.before = s.input_layer - s.first_weights  # from W's number to that of what comes in
        self.after = self.before + 1
        self.upper = 1 if s.pulls_to == "l" else 0

    def forward(self) -> tuple[Rule, ...]:
        s, at = self.s, self.at
        W, a = at(s.W), at(s.a, self.before)
        z, out = at(s.z), at(s.a, self.after)
        if s.form == "entries":
            size = self.at("n", self.before)
            total = f"sum({W}[j, k] * {a}[k] for k in range({size}))"
            return (
                Rule("z", f"{z}[j]", self.with_bias(total, "[j]"), ("j",)),
                Rule("a", f"{out}[j]", self.function(f"{z}[j]"), ("j",)),
            )
        if s.form == "numbers":
            return Rule("z", z, self.with_bias(f"{W} * {a}")), Rule("a", out, self.function(z))
        line = f"{self.turned(W, s.samples == 'columns')}"
        line = f"{line} @ {a}" if s.samples == "columns" else f"{a} @ {line}"
        if s.is_folded:
            hidden = Rule("a", out, f"with_ones({self.function(z)})")
            return Rule("z", z, line), hidden, self.output()
        return Rule("z", z, self.with_bias(line)), Rule("a", out, self.function(z))

    def output(self) -> Rule:
        """The activations of the last layer, from which no weights lead on: without ones."""
        s = self.s
        z = f"{s.z}[{s.L}]"
        plain = s.output or self.layered or not self.softmax
        line = self.function(z) if plain else f"softmax({z})"
        return Rule("output", self.last(), line)

    def last(self) -> str:
        """The activations of the last layer, by the number that they have."""
        return f"{self.s.a}[{self.s.L} + 1]" if self.after else f"{self.s.a}[{self.s.L}]"

    def with_bias(self, product: str, place: str = "") -> str:
        terms = product, f"{self.at(self.s.b)}{place}"
        return " + ".join(terms[::-1] if self.s.bias_first else terms)

    def backward(self) -> tuple[Rule, ...]:
        if self.s.form in ("entries", "numbers"):
            return self.of_entries()
        return self.of_row() if self.s.form == "row" else self.of_arrays()

    def of_arrays(self) -> tuple[Rule, ...]:
        s, at, columns = self.s, self.at, self.s.samples == "columns"
        delta, a = at(s.carried), at(s.a, self.before)
        above, W = at(s.carried, self.upper), at(s.W, self.upper)
        W = self.turned(f"{W}[:, 1:]" if s.is_folded else W, not columns)
        back = f"{W} @ {above}" if columns else f"{above} @ {W}"
        here = at(s.z, self.upper - 1)
        sides = (delta, f"{a}.T") if columns else (f"{delta}.T", a)
        if s.weights == "(in, out)":
            sides = (a, f"{delta}.T") if columns else (f"{a}.T", delta)
        over = f" / {s.m}" if s.average == "last" else ""
        axis = f"axis={1 if columns else 0}{'' if s.bias == 'flat' else ', keepdims=True'}"
        BP3 = Rule("BP3", at(s.bias_gradient), f"np.sum({delta}, {axis}){over}")
        if s.is_folded:
            BP3 = Rule("BP3", "column 0 of BP4", "")
        return (
            Rule("BP1", f"{s.carried}[{s.L}]", self.error()),
            Rule("BP2", at(s.carried, self.upper - 1), f"({back}) * {self.slope(here)}"),
            BP3,
            Rule("BP4", at(s.weight_gradient), f"{sides[0]} @ {sides[1]}{over}"),
        )

    def of_entries(self) -> tuple[Rule, ...]:
        s, at = self.s, self.at
        j, k, jk = ("[j]", "[k]", "[j, k]") if s.form == "entries" else ("",) * 3
        above, z = f"{at(s.carried, self.upper)}{j}", f"{at(s.z, self.upper)}{j}"
        term = self.ordered(above, self.slope(z), f"{at(s.W, self.upper)}{jk}")
        if s.form == "entries":
            term = f"sum({term} for j in range({at('n', self.upper)}))"
        here = f"{at(s.carried)}{j}", self.slope(f"{at(s.z)}{j}")
        incoming, letters = f"{at(s.a, -1)}{k}", ("j", "k") if s.form == "entries" else ()
        return (
            Rule("BP1", f"{s.carried}[{s.L}]{j}", self.error(j), letters[:1]),
            Rule("BP2", f"{at(s.carried, self.upper - 1)}{k}", term, letters[1:]),
            Rule("BP3", f"{at(s.bias_gradient)}{j}", self.ordered(*here), letters[:1]),
            Rule("BP4", f"{at(s.weight_gradient)}{jk}", self.ordered(*here, incoming), letters),
        )

    def of_row(self) -> tuple[Rule, ...]:
        s, at = self.s, self.at
        local = f"{self.slope(at(s.z, self.upper))} * {at(s.W, self.upper)}"
        into = f"{at(s.carried)}.T * {self.slope(at(s.z))}"
        back = f"{at(s.carried, self.upper)} @ ({local})"
        return (
            Rule("BP1", f"{s.carried}[{s.L}]", self.error(turned=True)),
            Rule("BP2", at(s.carried, self.upper - 1), back),
            Rule("BP3", at(s.bias_gradient), into),
            Rule("BP4", at(s.weight_gradient), f"({into}) @ {at(s.a, -1)}.T"),
        )

    def at(self, name: str, away: int = 0) -> str:
        """An array of the layer that is so far away from layer l."""
        further = f" {'-' if away < 0 else '+'} {abs(away)}" if away else ""
        return f"{name}[{self.s.l}{further}]"

    def turned(self, W: str, to_out_in: bool) -> str:
        """W as the product needs it: with a row, or with a column, for each neuron it leads to."""
        return W if (self.s.weights == "(out, in)") == to_out_in else f"{W}.T"

    def function(self, z: str, prefix: str = "") -> str:
        """The activation of a layer, or its slope."""
        s, last = self.s, f"[{self.s.L}" in z
        name = s.output if s.output and last else s.sigma
        if self.layered:
            return f"{prefix}{name}[{z.partition('[')[2].partition(']')[0]}]({z})"
        return f"{prefix}{name}({z})"

    def slope(self, z: str) -> str:
        return self.function(z, "d")

    def ordered(self, *factors: str) -> str:
        """Factors from the cost on, or towards it."""
        return " * ".join(factors if self.s.order == "from the cost" else factors[::-1])

    def error(self, place: str = "", turned: bool = False) -> str:
        """BP1: the error of the output with its constant, and the slope where δ is of z."""
        s = self.s
        z = f"{s.z}[{s.L}]{place}"
        a = self.function(z) if s.functions == "loss" else f"{self.last()}{place}"
        gap = f"{a} - {s.y}{place}"
        constant, slope = self.constant(), "" if self.fused or s.carries == "a" else self.slope(z)
        gap = f"({gap}){'.T' * turned}" if constant or slope or turned else gap
        return " * ".join(filter(None, (constant, gap, slope)))

    def constant(self) -> str:
        """What the derivative of a cost leaves in front, and the mean where it is taken first."""
        s = self.s
        top = "2" if s.cost != "half_squared" and not self.fused else ""
        below = [s.m] if s.average == "first" else []
        below += ["n_L"] if s.cost == "mean_squared" and not self.softmax else []
        if not below:
            return top
        bottom = " * ".join(below)
        return f"{top or '1'} / {f'({bottom})' if len(below) > 1 else bottom}"
