"""What writing a pass down takes, whatever the notation: its symbols, lines and shared steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bp_helpers.network import Network, forward, targets
from bp_helpers.steps import Operand, Quantity, Recorder, layer_mark


@dataclass(frozen=True)
class Notation:
    """One way to write the pass: its symbols, its steps, and the passes that it can describe.

    `W` and `b` name the quantities in which the gradients end up; `delta` is the one that holds
    ∂C/∂z, or None. `brackets` stand around the layer of a symbol; `activation` is the letter for
    the activation function, or None for the function's own; with `numbered_activation` it carries
    its layer. `indexed` notations write the cost as a sum over the output neurons.
    """

    key: str
    title: str
    walk: Callable[[Pass], None]
    W: str
    b: str
    delta: str | None
    cost: str = "C"
    weight: str = "W"
    brackets: str = "()"
    activation: str | None = None
    numbered_activation: bool = False
    indexed: bool = False
    short_derivatives: bool = False
    show_shapes: bool = False
    single_neurons: bool = False
    single_sample: bool = False

    def refuses(self, net: Network, m: int) -> str:
        """Why there are no symbols for this network and m samples, or nothing."""
        if self.single_neurons and set(net.sizes) != {1}:
            return f"is for single neurons in a row, but the network is {net!r}"
        if self.single_sample and m > 1:
            return f"is for one sample, but there are {m}"
        return ""


class Pass(Recorder):
    """A recorder that knows the symbols of one notation, and the steps that all notations share."""

    def __init__(self, net: Network, x: object, y: object, notation: Notation) -> None:
        trace = forward(net, x)
        super().__init__(net, trace, targets(trace, y), notation.show_shapes)
        self.L, self.notation = net.L, notation
        self.over_m = "" if self.m == 1 else " / m"
        self.needs_m = () if self.m == 1 else ("m = y.shape[1]",)
        self.error_line = self.error_of(f"a[{self.L}]", "y")

    def mark(self, name: str, l: int, index: object = "") -> str:
        """The symbol `name` with its layer, and with the index of a neuron or of a weight."""
        opening, closing = self.notation.brackets
        subscript = "" if index == "" else f"_{{{index}}}"
        return f"{name}{subscript}^{{{opening}{l}{closing}}}"

    def error_of(self, a: str, y: str) -> str:
        """The derivative of one sample's cost with respect to the output, in NumPy."""
        return self.net.cost.slope_source.format(a=a, y=y)

    def mean(self, latex: str) -> str:
        """`latex` with the mean over the batch in front; a single sample needs none."""
        return latex if self.m == 1 else rf"\tfrac{{1}}{{m}} {latex}"

    def sample(self, index: object = "") -> str:
        """The index of a neuron, followed by that of a sample where there are several."""
        return f"{index}" if self.m == 1 else f"{index}i"

    @property
    def own_cost(self) -> str:
        """The cost of one sample."""
        return self.notation.cost if self.m == 1 else f"{self.notation.cost}_i"

    def summed(self, latex: str) -> str:
        """The mean over the samples i of `latex`; a single sample needs none."""
        return latex if self.m == 1 else self.mean(rf"\sum_i {latex}")

    def error(self, a: str, y: str) -> str:
        """The derivative of one sample's cost with respect to the output."""
        constant = self.net.cost.slope_constant
        return f"{constant}({a} - {y})" if constant else f"{a} - {y}"

    def chip(self, name: str, l: int) -> str:
        """The name of a step on its chip."""
        return f"{name}[{l}]" if self.notation.brackets == "[]" else name + layer_mark(l)

    def operand(self, name: str, l: int) -> Operand:
        """W, b, a or z of layer l, or what an earlier step has made there."""
        letter = {"W": self.notation.weight, "delta": r"\delta"}.get(name, name)
        return self.made(self.mark(letter, l), Quantity(name, l))

    def made(self, latex: str, quantity: Quantity) -> Operand:
        """What the lines so far have left in `quantity`, under a symbol of its own."""
        return Operand(latex, self.value(quantity), quantity)

    def target(self) -> Operand:
        """The targets."""
        return Operand("y", self.y, Quantity("y"))

    def slope(self, l: int, index: object = "", place: tuple[int | None, ...] = ()) -> Operand:
        """σ′(z) of layer l, or of some of its neurons."""
        z = Quantity("z", l, place)
        prime = f"{self.sigma(l)}'"
        if self.notation.numbered_activation:
            prime = rf"\sigma^{{({l})\prime}}"
        symbol = f"{prime}({self.mark('z', l, index)})"
        return Operand(symbol, z.part(self.net.sigma[l].slope(self.trace.z[l])), z)

    def sigma(self, l: int) -> str:
        """The letter for the activation function of layer l."""
        if self.notation.numbered_activation:
            return rf"\sigma^{{({l})}}"
        return self.notation.activation or self.net.sigma[l].latex

    def slope_line(self, l: int, place: tuple[int | None, ...] = ()) -> str:
        """σ′(z) of layer l, or of some of its neurons, in NumPy."""
        return f"d{self.net.sigma[l].name}({Quantity('z', l, place)})"

    def needs_slope(self, l: int) -> tuple[str, ...]:
        """The definition that `slope_line` needs."""
        return (self.net.sigma[l].slope_source,)


def transposed(operand: Operand) -> Operand:
    """The transpose of a matrix, symbol and numbers."""
    latex, value, reads = operand
    return Operand(rf"({latex})^{{\mathsf T}}", value.T, reads)


def fraction(top: str, bottom: str) -> str:
    """The derivative of one symbol with respect to another."""
    return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"


def sum_of_products(texts: Sequence[str], length: int) -> str:
    """Plain numbers, `length` of them multiplied at a time, and the products added."""
    products = (texts[start : start + length] for start in range(0, len(texts), length))
    return " + ".join(r" \cdot ".join(product) for product in products)


def dot(text: str) -> str:
    """A dot between two plain numbers, which would otherwise run into one."""
    return r"\cdot" if text[0].isdigit() else ""
