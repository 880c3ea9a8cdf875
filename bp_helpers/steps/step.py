"""The quantities of a pass, in one table, and a step: the record of one of them computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from bp_helpers._html import Markup
from bp_helpers._validation import Array

Axis = Literal["l", "l-1", "L", "m", "1"]  # neurons of a layer, samples, or a single one
Part = tuple[str, Axis | None]  # a letter with the layer that it stands in


class Kind(NamedTuple):
    """One kind of quantity: how it is written, what its axes are, and where it is drawn.

    A derivative has a `top` and a `bottom`, everything else only a top. Its numbers are drawn `at`
    "neurons", under the `tag`, or at "weights", or nowhere. Those that are `signed` are written
    with a plus sign too, and those that are `lasting` stay in the picture once they are known.
    """

    axes: tuple[Axis, ...]
    top: Part
    bottom: Part | None = None
    at: Literal["neurons", "weights", ""] = ""
    tag: str = ""
    signed: bool = False
    lasting: bool = False

    @property
    def is_row(self) -> bool:
        """Whether it holds a column per neuron instead of a row."""
        return self.axes[0] == "1" or self.axes == ("L", "l")


_C: Part = ("C", None)
_PER_SAMPLE: tuple[Axis, ...] = ("l", "m")
_PER_WEIGHT: tuple[Axis, ...] = ("l", "l-1")

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "x": Kind(("l", "m"), ("x", None)),
        "y": Kind(("L", "m"), ("y", None)),
        "W": Kind(_PER_WEIGHT, ("W", "l"), at="weights"),
        "b": Kind(("l", "1"), ("b", "l")),
        "z": Kind(_PER_SAMPLE, ("z", "l"), at="neurons", tag="z"),
        "a": Kind(_PER_SAMPLE, ("a", "l")),
        "C": Kind(("m",), _C),
        "J": Kind(("m",), ("J", None)),
        # layers
        "delta": Kind(_PER_SAMPLE, ("δ", "l"), None, "neurons", "δ", True, True),
        "dW": Kind(_PER_WEIGHT, _C, ("W", "l"), "weights", "dW", True),
        "db": Kind(("l", "1"), _C, ("b", "l"), "neurons", "db", True),
        # batch
        "da": Kind(_PER_SAMPLE, ("da", "l"), None, "neurons", "da", True, True),
        "dz": Kind(_PER_SAMPLE, ("dz", "l"), None, "neurons", "dz", True, True),
        # chain and index
        "dC_da": Kind(_PER_SAMPLE, _C, ("a", "l"), "neurons", "∂C/∂a", True, True),
        "dC_dz": Kind(_PER_SAMPLE, _C, ("z", "l"), "neurons", "∂C/∂z", True, True),
        "da_dz": Kind(_PER_SAMPLE, ("a", "l"), ("z", "l"), "neurons", "σ′"),
        "dz_dw": Kind(_PER_SAMPLE, ("z", "l"), ("W", "l"), "weights"),
        "dz_db": Kind(_PER_SAMPLE, ("z", "l"), ("b", "l"), "neurons", "∂z/∂b"),
        "dz_da": Kind(_PER_SAMPLE, ("z", "l"), ("a", "l-1"), "weights"),
        "dC_dw": Kind(_PER_WEIGHT, _C, ("W", "l"), "weights", "", True),
        "dC_db": Kind(("l", "1"), _C, ("b", "l"), "neurons", "∂C/∂b", True),
        # jacobian
        "dC_daL": Kind(("1", "L"), _C, ("a", "L"), "neurons", "∂C/∂a", True, True),
        "daL_da": Kind(("L", "l"), ("a", "L"), ("a", "l"), "neurons", "∂a⁽ᴸ⁾/∂a"),
        "da_da": Kind(_PER_WEIGHT, ("a", "l"), ("a", "l-1"), "weights"),
        "da_dw": Kind(_PER_WEIGHT, ("a", "l"), ("W", "l"), "weights"),
        "da_db": Kind(_PER_SAMPLE, ("a", "l"), ("b", "l"), "neurons", "∂a/∂b"),
    }
)


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
    def kind(self) -> Kind:
        """What is known of all quantities of this name."""
        return KINDS[self.name]

    def layers(self, L: int) -> dict[Axis | None, int]:
        """Which layers "l", "l-1" and "L" are, in a network of L layers of weights."""
        l = self.layer or 0
        return {"l": l, "l-1": l - 1, "L": L}

    @property
    def picks(self) -> tuple[int | slice, ...]:
        """`place` as NumPy takes it."""
        return tuple(slice(None) if i is None else i for i in self.place)

    def covers(self, layer: int | None, *place: int) -> bool:
        """Whether the row `place`, or the entry `place`, of this layer belongs to the quantity."""
        picked = zip(self.place, place)
        return self.layer == layer and all(mine in (None, other) for mine, other in picked)


@dataclass(frozen=True)
class Step:
    """One step of a pass, in one notation.

    `writes` is the quantity that it computes and `reads` are those that it takes; `rule` names
    the rule and `title` says it in words. `line` is the NumPy line, which is the source of all the
    rest, and `definitions` are those that it is the first to need. `value` is what that line gave
    (read-only). `symbols`, `numbers` and `result` are the equation in symbols, its right-hand side
    with the numbers put in, and the value, `shapes` the equation in shapes: all four as HTML.
    `numbers` is empty where it could only repeat the value. `ask` invites a prediction, `answer`
    answers it, and `words` is one sentence for a reader who sees neither picture nor equation.
    """

    writes: Quantity
    reads: tuple[Quantity, ...]
    rule: str
    label: str
    title: str
    definitions: tuple[str, ...]
    line: str
    value: Array
    symbols: Markup
    numbers: Markup
    result: Markup
    shapes: Markup
    ask: str
    answer: str
    words: str

    @property
    def code(self) -> str:
        """The line as it is shown and run, after what it is the first to need."""
        return "\n".join((*self.definitions, self.line))
