"""Writing a pass down, whatever the notation: each line is run, and its formula derived from it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from textwrap import indent
from typing import Any

import numpy as np

from bp_helpers._door import targets
from bp_helpers._html import Markup, join
from bp_helpers._validation import Array, finite
from bp_helpers.backprop import Gradients, backward, forward
from bp_helpers.functions import LOGARITHMS, Cost, body_of, is_own
from bp_helpers.network import Network
from bp_helpers.steps import mathematics as write
from bp_helpers.steps.formula import Numbers, Shapes, Symbols
from bp_helpers.steps.line import (
    At,
    Run,
    Setting,
    Spelling,
    is_call,
    names_in,
    parsed,
    reads,
    rounds,
)
from bp_helpers.steps.mathematics import Math
from bp_helpers.steps.numbers import (
    MOST_DECIMALS,
    MOST_SHOWN,
    decimals_for,
    in_words,
    visible_indices,
)
from bp_helpers.steps.step import Quantity, Step

# From a pass, what a step writes, its value, and the terms of a sum: what is asked, and answered.
Question = Callable[["Pass", Quantity, Array, Array], tuple[str, str]]


@dataclass(frozen=True)
class Notation:
    """One way to write the pass: its symbols, its steps, and the passes that it can describe.

    `W` and `b` name the quantities in which the gradients end up; `delta` is the one that holds
    each sample's own ∂C/∂z, or None. `cost` is the letter for the cost. With `apart`, cost and
    activation of the output are two steps.
    """

    key: str
    title: str
    walk: Callable[[Pass], None]
    W: str
    b: str
    delta: str | None = None
    cost: str = "C"
    spelling: Spelling = field(default_factory=Spelling)
    single_sample: bool = False
    apart: bool = False

    def refuses(self, net: Network, m: int) -> str:
        """Why there are no symbols for this network and m samples, or nothing."""
        if self.spelling.single and set(net.sizes) != {1}:
            return f"is for single neurons in a row, but the network is {net!r}"
        if self.single_sample and m > 1:
            return f"is for one sample, but there are {m}"
        if self.apart and net.fused:
            return (
                f"begins with ∂C/∂a of the output, which the cost {net.cost.name!r} leaves out: "
                f"it is taken together with {net.cost.fused_with!r}, and their ∂C/∂z is a − y"
            )
        return ""


class Pass:
    """One pass over the samples x with targets y: computed once, and written down step by step.

    The lines run in a namespace that holds NumPy, x, y, the network's W and b, the trace's a and z,
    the functions that they define, and nothing else. Raises NotFinite for numbers that overflow.
    """

    def __init__(self, net: Network, x: object, y: object, notation: Notation) -> None:
        self.net, self.notation, self.L = net, notation, net.L
        self.trace = forward(net, x)
        self.x = self.trace.a[0]
        self.m = self.x.shape[1]
        self.y = targets(net, y, self.m, copy=True)
        self.y.flags.writeable = False
        self.steps: list[Step] = []
        self._defined: set[str] = set()
        self._names: dict[str, object] = {"np": np, "x": self.x, "y": self.y}
        for name, arrays in (("W", net.W), ("b", net.b), ("a", self.trace.a), ("z", self.trace.z)):
            self._names[name] = list(arrays)

    @cached_property
    def grads(self) -> Gradients:
        """The gradient, for what is drawn and where a change matters: no step is made of it."""
        return backward(self.net, self.trace, self.y)

    @cached_property
    def drawn(self) -> list[list[int | None]]:
        """Which neurons of each layer are shown; of a wide one those with the largest |δ|.

        Of a wide input layer, which has no δ, the largest inputs. None stands for the others.
        """
        if max(self.net.sizes) <= MOST_SHOWN:
            return [list(range(n)) for n in self.net.sizes]
        return [_strongest(array) for array in (self.x, *self.grads.delta[1:])]

    def add(
        self,
        writes: Quantity,
        line: str,
        at: At = (),
        *,
        rule: str,
        label: str,
        title: str,
        question: Question,
        words: str,
    ) -> None:
        """Run `writes = line`, and record it as a step; `at` are the letters of its free axes."""
        node, left = parsed(line), parsed(str(writes))
        definitions = self._definitions(writes, node)
        code = f"{writes} = {line}"
        with np.errstate(over="ignore", invalid="ignore"):
            for each in (*definitions, code):
                exec(each, self._names)  # the text is made in this package, never by a reader
        setting = self._setting()
        value = finite(str(writes), np.array(setting.value(left)))
        value.flags.writeable = False
        terms = self._terms(node, setting)
        symbols, ask_and_answer = Symbols(setting), question(self, writes, value, terms)
        symbol = symbols.written(left, at)
        self.steps.append(
            Step(
                writes=writes,
                reads=tuple(dict.fromkeys(reads(node))),
                rule=rule,
                label=label,
                title=title,
                definitions=definitions,
                line=code,
                value=value,
                symbols=write.equation(symbol, symbols.written(node, at)),
                numbers=_numbers(node, setting),
                result=write.equation(symbol, *_result(left, setting, value, terms)),
                shapes=_shapes(node, setting, value),
                ask=ask_and_answer[0],
                answer=ask_and_answer[1],
                words=f"{words} {in_words(label, value, writes.kind.signed)}",
            )
        )

    def value(self, quantity: Quantity) -> Array:
        """What the lines so far have left in `quantity`."""
        held: Any = self._names[quantity.name]
        array: Array = held if quantity.layer is None else held[quantity.layer]
        return array[quantity.picks] if quantity.place else array

    def shown_places(self, writes: Quantity, value: Array) -> Array:
        """Which entries of a step's value are written out on its card: their places, a row each."""
        runs = Numbers(self._setting()).runs(parsed(str(writes)))
        sides = (self._shown(run, n) for run, n in zip(runs, value.shape))
        kept = [[i for i in side if i is not None] for side in sides]
        return np.array(list(product(*kept)), int).reshape(-1, value.ndim)

    def mean(self, line: str) -> str:
        """The line of a sum over the batch, divided by m where there are several samples."""
        return line if self.m == 1 else f"{line} / m"

    def error(self) -> str:
        """The derivative of each sample's cost with respect to the output, in NumPy.

        For a fused cost it is that with respect to z of the output.
        """
        return self._source("slope_source")

    def total(self) -> str:
        """The sum of the costs of all samples, in NumPy."""
        return self._source("source")

    def slope(self, l: int, place: str = "") -> str:
        """σ′(z) of layer l, or of some of its neurons, in NumPy."""
        return f"{self.function('dsigma', l)}(z[{l}]{place})"

    def is_fused(self, l: int) -> bool:
        """Whether layer l is the output and taken together with its cost: it has no σ′ then."""
        return l == self.L and self.net.fused

    def function(self, name: str, l: int) -> str:
        """`sigma` or `dsigma` of layer l; layers with functions of their own number them."""
        alike = all(f == self.net.sigma[1] for f in self.net.sigma[1:])
        return name if alike else f"{name}[{l}]"

    def by_batch(self, single: str, several: str) -> str:
        """One of two texts: for one sample, or for a batch."""
        return single if self.m == 1 else several

    def _source(self, which: str) -> str:
        source: str = getattr(Cost if is_own(self.net.cost) else self.net.cost, which)
        return source.format(a=f"a[{self.L}]", z=f"z[{self.L}]")

    def _setting(self) -> Setting:
        return Setting(self.net, self.m, self._names, self.notation.spelling, self._shown)

    def _shown(self, run: Run, n: int) -> list[int | None]:
        layer = isinstance(run, int) and n == self.net.sizes[run]
        return self.drawn[run] if layer else visible_indices(n)  # type: ignore[index]

    def _definitions(self, writes: Quantity, node: ast.expr) -> tuple[str, ...]:
        """What the line is the first to need: an empty array, a function, the number m."""
        needed = []
        if writes.layer is not None and writes.name not in self._names:
            needed.append(self._empty(writes.name))
        if writes.place:
            needed.append(f"{writes.name}[{writes.layer}] = np.zeros({self._room(writes)})")
        if "m" in names_in(node):
            needed.append("m = y.shape[1]")
        for call in ast.walk(node):
            if is_call(call, "sigma", "dsigma"):
                needed += self._function_definitions(call)
            elif is_call(call, *LOGARITHMS):
                needed.append(_definition(LOGARITHMS[ast.unparse(call.func)]))
            elif is_call(call, "cost", "dcost"):
                self._names.update(cost=self.net.cost.value, dcost=self.net.cost.slope)
                needed.append("# cost and dcost: your own functions")
        new = tuple(text for text in dict.fromkeys(needed) if text not in self._defined)
        self._defined.update(new)
        return new

    def _empty(self, name: str) -> str:
        """The line that makes place for something of each layer."""
        return f"{name} = [None] * {self.L + 1}"

    def _room(self, part: Quantity) -> tuple[int, ...]:
        """The shape of the whole array of which a part is written."""
        sides = {axis: self.net.sizes[l] for axis, l in part.layers(self.L).items()}
        sides |= {"m": self.m, "1": 1}
        return tuple(sides[axis] for axis in part.kind.axes)

    def _function_definitions(self, call: ast.Call) -> list[str]:
        """The definition of an activation or a slope, and where layers differ its place in them."""
        l = next(q.layer for q in reads(call) if q.layer is not None)
        f, name = self.net.sigma[l], "dsigma" if is_call(call, "dsigma") else "sigma"
        alone = self.function(name, l) == name
        called = name if alone else f"{'d' if name == 'dsigma' else ''}{f.name}"
        run = f.slope if name == "dsigma" else f.value
        if is_own(f):
            called = name if alone else f"own_{name}_{l}"
            self._names[called] = run
            text = f"# {called}: your own function"
        else:
            text = _definition(run, called)
        return [text] if alone else [text, self._empty(name), f"{name}[{l}] = {called}"]

    def _terms(self, node: ast.expr, setting: Setting) -> Array:
        """What each term of `sum(… for t in …)` gives, along the first axis."""
        term = getattr(node, "args", [node])[0]
        each = (setting.knowing(values) for values in rounds(node, setting))
        return np.array([inner.value(term.elt) for inner in each])


def _definition(function: Callable[[Array], Array], name: str = "") -> str:
    return f"def {name or function.__name__}(z):\n{indent(body_of(function), ' ' * 4)}"


def _numbers(node: ast.expr, setting: Setting) -> Markup:
    """The numbers put in, unless they would only repeat the value."""
    numbers = Numbers(setting)
    is_the_value = numbers.is_leaf(node) and not is_call(node, "dsigma")
    if is_the_value or is_call(node, "ones_like"):
        return Markup("")
    return write.equation(numbers.whole(node), write.operator("?", "what?"))


def _result(left: ast.expr, setting: Setting, value: Array, terms: Array) -> list[Math]:
    """The value; that of a sum after what each of its terms gives."""
    numbers, signed = Numbers(setting), next(reads(left)).kind.signed
    whole = numbers.array(value, numbers.runs(left), signed)
    if not 1 < len(terms) <= 2 * MOST_SHOWN or terms.ndim > 1:
        return [whole]
    decimals = decimals_for(np.append(terms, value))
    if decimals <= MOST_DECIMALS:  # and no exponent is written
        gap = abs(np.round(terms, decimals).sum() - np.round(value, decimals))
        decimals += int(gap > 0.1**decimals / 2)  # so that what is shown adds up
    return [write.total(terms.tolist(), decimals), whole]


def _shapes(node: ast.expr, setting: Setting, value: Array) -> Markup:
    """The equation in shapes, where there are any."""
    shapes = Shapes(setting)
    right = shapes.whole(node)
    if not any(shapes.seen) and not value.ndim:
        return join("every symbol is one number")
    return write.equation(shapes.array(value, (), False), right)


def _strongest(array: Array) -> list[int | None]:
    """The rows with the largest numbers, whatever the sample."""
    if len(array) <= MOST_SHOWN:
        return list(range(len(array)))
    first = np.argsort(-np.abs(array).max(axis=1), kind="stable")[: MOST_SHOWN - 1]
    return [*sorted(first.tolist()), None]
