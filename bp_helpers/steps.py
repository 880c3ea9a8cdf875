"""One backward pass as plain data: a tuple of `Step`, each made by running the line it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bp_helpers.functions import Array
from bp_helpers.network import Network, Trace

MOST_SHOWN = 5  # longer rows and columns are elided
MOST_DECIMALS = 6  # beyond them a number is written with an exponent
_SIGNED = {"delta", "da", "dz", "dW", "db", "dC_da", "dC_dw", "dC_db", "dC_daL"}
_SUPERSCRIPTS = str.maketrans("0123456789()-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁻")
_SUBSCRIPTS = str.maketrans("0123456789jk", "₀₁₂₃₄₅₆₇₈₉ⱼₖ")
_PLAIN = {
    r"\delta": "δ", r"\sigma": "σ", r"\odot": "⊙", r"\cdot": "·",
    r"\lVert": "‖", r"\rVert": "‖", r"\mathsf T": "T", r"\tanh": "tanh", r"\sum": "Σ",
    r"\left": "", r"\right": "", r"\,": " ", r"\;": " ", r"\prime": "′",
}  # fmt: skip


class Quantity(NamedTuple):
    """An array of the pass by its name in the code: `delta[2]`, `W[1]`, or `C` without a layer.

    `place` picks a part of the array, as `W[2][:, 0]` does: None stands for the colon.
    """

    name: str
    layer: int | None = None
    place: tuple[int | None, ...] = ()

    def __str__(self) -> str:
        array = self.name if self.layer is None else f"{self.name}[{self.layer}]"
        places = ", ".join(":" if i is None else str(i) for i in self.place)
        return f"{array}[{places}]" if places else array

    @property
    def picks(self) -> tuple[int | slice, ...]:
        """`place` as NumPy takes it."""
        return tuple(slice(None) if i is None else i for i in self.place)

    def part(self, array: Array) -> Array:
        """The part of the array that `place` picks."""
        return array[self.picks]

    def covers(self, layer: int, *place: int) -> bool:
        """Whether the row `place`, or the entry `place`, of this layer belongs to the quantity."""
        picked = zip(self.place, place)
        return self.layer == layer and all(mine in (None, other) for mine, other in picked)


@dataclass(frozen=True)
class Step:
    """One step of a pass, in one notation.

    `writes` is the quantity that it computes and `reads` are those that it takes; `rule` names
    the rule and `title` says it in words. `latex` is the equation in symbols, `numbers` its
    right-hand side with the numbers put in and `result` the value, both as LaTeX. `code` holds
    the NumPy line, after any definitions that it is the first to need. `value` is what that
    line gave (read-only), `shapes` the equation in shapes. `ask` invites a prediction, and
    `words` is one sentence for a reader who sees neither the picture nor the equation.
    """

    writes: Quantity
    reads: tuple[Quantity, ...]
    rule: str
    label: str
    title: str
    latex: str
    numbers: str
    result: str
    code: str
    value: Array
    shapes: str
    ask: str
    words: str


class Operand(NamedTuple):
    """What stands on the right of an equation: its symbol, its numbers, and where they are kept."""

    latex: str
    value: Array
    reads: Quantity


class Recorder:
    """Writes the steps of one pass down, and runs each line as it does.

    The lines run in a namespace that holds NumPy, x, y, the network's W and b, and the trace's
    a and z, and nothing else. With `show_shapes`, each symbol has its shape written under it.
    """

    def __init__(self, net: Network, trace: Trace, y: Array, show_shapes: bool = False) -> None:
        self.net, self.trace, self.y = net, trace, y
        self.m = y.shape[1]
        self.steps: list[Step] = []
        self._show_shapes = show_shapes
        self._defined: set[str] = set()
        self._names: dict[str, object] = {"np": np, "x": trace.a[0], "y": y}
        for name, arrays in (("W", net.W), ("b", net.b), ("a", trace.a), ("z", trace.z)):
            self._names[name] = list(arrays)

    def value(self, quantity: Quantity) -> Array:
        """What the lines so far have left in `quantity`."""
        held = self._names[quantity.name]
        return quantity.part(held if quantity.layer is None else held[quantity.layer])

    def add(
        self,
        writes: Quantity,
        symbol: str,
        right: Callable[..., str],
        operands: list[Operand],
        line: str,
        *,
        rule: str,
        label: str,
        title: str,
        ask: str,
        words: str,
        needs: tuple[str, ...] = (),
        symbols: str = "",
        shapes: str = "",
    ) -> None:
        """Run `line`, and record it as the step `symbol` = `right(*operands)`.

        `right` builds the right-hand side from one text per operand: once from the symbols, once
        from the numbers, once from the shapes. `symbols` and `shapes` take the place of the first
        and the last of them. `needs` are definitions that stand before the first line which uses
        them.
        """
        if writes.name not in self._names and writes.layer is not None:
            needs = (*needs, f"{writes.name} = {{}}")
        if writes.place:
            needs = (*needs, f"{writes.name}[{writes.layer}] = {self._room_for(writes)}")
        new = [definition for definition in needs if definition not in self._defined]
        self._defined.update(new)
        code = "\n".join([*new, f"{writes} = {line}"])
        exec(code, self._names)  # the text is made in `notation`, never by a reader
        value = np.array(self.value(writes))
        value.flags.writeable = False
        signed = is_signed(writes)
        self.steps.append(
            Step(
                writes=writes,
                reads=tuple(dict.fromkeys(o.reads for o in operands)),
                rule=rule,
                label=label,
                title=title,
                latex=f"{self.symbol(symbol, value)} = "
                + (symbols or right(*(self.symbol(o.latex, o.value) for o in operands))),
                numbers=self._constants(
                    right(*(latex_array(o.value, is_signed(o.reads), True) for o in operands))
                ),
                result=f"{symbol} = {latex_array(value, signed)}",
                code=code,
                value=value,
                shapes=shapes
                or f"{shape_text(value)} = "
                + _without_constants(right(*(shape_text(o.value) for o in operands))),
                ask=ask,
                words=f"{words} {in_words(label, value, signed)}",
            )
        )

    def _room_for(self, part: Quantity) -> str:
        """An array of zeros, to be filled part by part: a column per sample, or a gradient."""
        like = {"dC_dw": self.net.W, "dC_db": self.net.b}.get(part.name, self.trace.a)
        return f"np.zeros({like[part.layer].shape})"

    def _constants(self, latex: str) -> str:
        return latex.replace("{m}", f"{{{self.m}}}").replace("{n_L}", f"{{{self.net.sizes[-1]}}}")

    def symbol(self, latex: str, value: Array) -> str:
        """A symbol, with the shape of its value under it where shapes are shown."""
        if not self._show_shapes or not value.ndim:
            return latex
        return rf"\underset{{{shape_text(value)}}}{{{latex}}}"


def _without_constants(latex: str) -> str:
    return plain(re.sub(r"^\d|\\tfrac(\{\w+\}|\d)(\{\w+\}|\d)|\\sum_\{i\}", "", latex))


def is_signed(quantity: Quantity) -> bool:
    """Whether its numbers are shown with a plus sign too, as those of every gradient are."""
    return quantity.name in _SIGNED


def number(v: float, decimals: int, signed: bool = False, after_point: int = 2) -> str:
    """`v` with a real minus sign; with a plus sign too if `signed`; never −0.

    More than six decimals are written with an exponent, as 1.23e−9.
    """
    sign = "+" if signed else ""
    if decimals > MOST_DECIMALS and v:
        mantissa, exponent = f"{v:{sign}.{after_point}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{v:{sign}.{min(decimals, MOST_DECIMALS)}f}"
        if float(text) == 0:
            text = text.lstrip("+-")
    return text.replace("-", "−")


def decimals_for(array: Array) -> int:
    """As few as show every entry exactly, or else three significant digits of the largest."""
    largest = np.abs(array).max(initial=0)
    for decimals in (0, 1, 2):
        if (np.abs(array - np.round(array, decimals)) <= 1e-12 * largest).all():
            return decimals
    return max(2, int(2 - np.floor(np.log10(largest))))


def shape_text(array: Array) -> str:
    """The shape as it is written beside an equation; a number has none."""
    return f"({', '.join(map(str, array.shape))})" if array.ndim else "a number"


def latex_array(array: Array, signed: bool = False, factor: bool = False) -> str:
    """A number or a matrix in LaTeX, wide ones elided; `factor` brackets a negative number."""
    array = np.atleast_2d(array)
    decimals = decimals_for(array)
    if array.size == 1:
        text = latex_number(array.item(), decimals, signed and not factor)
        return f"({text})" if factor and text.startswith("-") else text
    rows = [
        " & ".join(
            r"\cdots" if j is None else latex_number(row[j], decimals, signed)
            for j in shown(array.shape[1])
        )
        if row is not None
        else " & ".join(r"\ddots" if j is None else r"\vdots" for j in shown(array.shape[1]))
        for row in (None if i is None else array[i] for i in shown(array.shape[0]))
    ]
    return r"\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}"


def latex_number(v: float, decimals: int, signed: bool) -> str:
    """A number as `number` writes it, in LaTeX."""
    text = number(v, decimals, signed).replace("−", "-")
    return re.sub(r"e(.*)", r" \\cdot 10^{\1}", text)


def shown(n: int) -> list[int | None]:
    """Which of n rows or columns are written out; None stands for those left out.

    Of more than five, the first two and the last.
    """
    return list(range(n)) if n <= MOST_SHOWN else [0, 1, None, n - 1]


def in_words(label: str, array: Array, signed: bool = False) -> str:
    """A sentence that reads the numbers out, or their range where they are many."""
    array = np.atleast_2d(array)
    decimals = decimals_for(array)
    low, high = (number(v, decimals, signed) for v in (array.min(), array.max()))
    if array.size == 1:
        return f"{label} = {low}."
    if array.size <= 2 * MOST_SHOWN:
        rows = (", ".join(number(v, decimals, signed) for v in row) for row in array)
        return f"{label} = {'; '.join(rows)}."
    return f"{label} holds {array.size} numbers, from {low} to {high}."


def plain(latex: str) -> str:
    """An equation of a step as HTML text, for places where no LaTeX is typeset."""
    text = latex.replace(r"\tfrac12", "½").replace("-", "−").replace("\\partial ", "∂")
    for command, letter in _PLAIN.items():
        text = text.replace(command, letter)
    text = re.sub(r"\\(?:mathrm|text)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\^\{([^{}]*)\}", r"<sup>\1</sup>", text)
    text = re.sub(r"_\{([^{}]*)\}", r"<sub>\1</sub>", text)
    text = re.sub(r"\^(\w)", r"<sup>\1</sup>", re.sub(r"_(\w)", r"<sub>\1</sub>", text))
    text = re.sub(r"\\underset\{[^{}]*\}\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text)
    return re.sub(r"\s+", " ", text.replace("'", "′").replace("{", "").replace("}", "")).strip()


def layer_mark(l: int) -> str:
    """The layer as a superscript in plain text: ⁽²⁾."""
    return f"({l})".translate(_SUPERSCRIPTS)


def index_mark(index: object) -> str:
    """An index of a neuron as a subscript in plain text: ₀, or ⱼ."""
    return str(index).translate(_SUBSCRIPTS)


def power_mark(power: int) -> str:
    """A power as a superscript in plain text: ⁻⁵."""
    return str(power).translate(_SUPERSCRIPTS)
