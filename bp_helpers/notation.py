"""The notations in which one and the same backward pass can be written and stepped through.

A notation decides on symbols and on how fine a step is. The cost is the network's own, so the
factor in every formula is the factor in its numbers, and the gradient is the same in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from bp_helpers.functions import lookup
from bp_helpers.network import Network, forward, targets
from bp_helpers.steps import Operand, Quantity, Recorder, Step, layer_mark


@dataclass(frozen=True)
class Notation:
    """One way to write the pass: its symbols, its steps, and the networks that it can describe.

    `W` and `b` name the quantities in which the gradients end up; `delta` is the one that holds
    ∂C/∂z, or None. `brackets` stand around the layer of a symbol; `activation` is the letter for
    the activation function, or None for the function's own.
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
    short_derivatives: bool = False
    show_shapes: bool = False
    single_neurons: bool = False

    def describes(self, net: Network) -> bool:
        """Whether this notation has symbols for the network."""
        return not self.single_neurons or set(net.sizes) == {1}


class Pass(Recorder):
    """A recorder that knows the symbols of one notation, and the steps that all notations share."""

    def __init__(self, net: Network, x: object, y: object, notation: Notation) -> None:
        trace = forward(net, x)
        super().__init__(net, trace, targets(trace, y), notation.show_shapes)
        self.L, self.notation = net.L, notation
        self.over_m = "" if self.m == 1 else " / m"
        self.needs_m = () if self.m == 1 else ("m = y.shape[1]",)
        self.error_line = net.cost.slope_source.format(a=f"a[{self.L}]")

    def mark(self, name: str, l: int) -> str:
        """The symbol `name` with its layer."""
        opening, closing = self.notation.brackets
        return f"{name}^{{{opening}{l}{closing}}}"

    def mean(self, latex: str) -> str:
        """`latex` with the mean over the batch in front; a single sample needs none."""
        return latex if self.m == 1 else rf"\tfrac{{1}}{{m}} {latex}"

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
        quantity = Quantity(name, l)
        return Operand(self.mark(letter, l), self.value(quantity), quantity)

    def target(self) -> Operand:
        """The targets."""
        return Operand("y", self.y, Quantity("y"))

    def slope(self, l: int) -> Operand:
        """σ′(z) of layer l."""
        value = self.net.sigma[l].slope(self.trace.z[l])
        return Operand(f"{self.sigma(l)}'({self.mark('z', l)})", value, Quantity("z", l))

    def sigma(self, l: int) -> str:
        """The letter for the activation function of layer l."""
        return self.notation.activation or self.net.sigma[l].latex

    def slope_line(self, l: int) -> str:
        """σ′(z) of layer l in NumPy."""
        return f"d{self.net.sigma[l].name}(z[{l}])"

    def needs_slope(self, l: int) -> tuple[str, ...]:
        """The definition that `slope_line` needs."""
        return (self.net.sigma[l].slope_source,)


def backward_steps(
    net: Network,
    x: object,
    y: object,
    notation: str = "layers",
    include_forward: bool = False,
) -> tuple[Step, ...]:
    """One backward pass over the samples x (n_0, m) with targets y (n_L, m), step by step.

    `notation` is a key of NOTATIONS; `include_forward` puts the forward pass in front. Raises
    ValueError for an unknown notation, one that cannot describe the network, or wrong shapes.
    """
    style = lookup("notation", notation, NOTATIONS)
    if not style.describes(net):
        able = ", ".join(repr(key) for key in notations_for(net))
        raise ValueError(
            f"notation {notation!r} is for single neurons in a row, but the network is {net!r}. "
            f"Notations that can describe it: {able}."
        )
    record = Pass(net, x, y, style)
    if include_forward:
        _forward(record)
    _cost(record)
    style.walk(record)
    return tuple(record.steps)


def notations_for(net: Network) -> list[str]:
    """The keys of the notations that can describe this network."""
    return [key for key, style in NOTATIONS.items() if style.describes(net)]


def transposed(operand: Operand) -> Operand:
    """The transpose of a matrix, symbol and numbers."""
    latex, value, reads = operand
    return Operand(rf"({latex})^{{\mathsf T}}", value.T, reads)


def _forward(p: Pass) -> None:
    for l in range(1, p.L + 1):
        sigma = p.sigma(l)
        p.add(
            Quantity("z", l),
            p.mark("z", l),
            lambda W, a, b: f"{W} {_dot(W)} {a} + {b}",
            [p.operand("W", l), p.operand("a", l - 1), p.operand("b", l)],
            f"W[{l}] @ a[{l - 1}] + b[{l}]",
            rule="forward",
            label=p.chip("z", l),
            title=f"Weigh the inputs of layer {l}",
            ask="which neuron is pushed up, which down?",
            words=f"Each neuron of layer {l} weighs its inputs and adds its bias.",
        )
        p.add(
            Quantity("a", l),
            p.mark("a", l),
            lambda z, sigma=sigma: sigma + (z if z.startswith("(-") else rf"\left({z}\right)"),
            [p.operand("z", l)],
            f"{p.net.sigma[l].name}(z[{l}])",
            rule="forward",
            label=p.chip("a", l),
            title=f"Activate layer {l}",
            ask="which neuron will be the most active?",
            words=f"The activation function turns each z of layer {l} into an activation.",
            needs=(p.net.sigma[l].source,),
        )


def _cost(p: Pass) -> None:
    single = p.net.sizes[-1] == p.m == 1
    left, right = ("(", ")") if single else (r"\left\lVert ", r"\right\rVert")
    name = p.notation.cost
    p.add(
        Quantity(name),
        name,
        lambda a, y: p.mean(f"{p.net.cost.constant} {left}{a} - {y}{right}^2"),
        [p.operand("a", p.L), p.target()],
        p.net.cost.source.format(a=f"a[{p.L}]") + p.over_m,
        rule="cost",
        label=name,
        title="How wrong is the output?",
        ask="is the output close to the target?",
        words="The cost compares the output with the target.",
        needs=p.needs_m,
    )


def _layers(p: Pass) -> None:
    for l in range(p.L, 0, -1):
        delta, made = p.mark(r"\delta", l), Quantity("delta", l)
        if l == p.L:
            p.add(
                made,
                delta,
                lambda a, y, slope: rf"\left({p.error(a, y)}\right) \odot {slope}",
                [p.operand("a", l), p.target(), p.slope(l)],
                f"({p.error_line}) * {p.slope_line(l)}",
                rule="BP1",
                label=p.chip("δ", l),
                title="Start at the output",
                ask="which are negative?",
                words="The error of each output neuron, times the slope of its activation.",
                needs=p.needs_slope(l),
            )
        else:
            p.add(
                made,
                delta,
                lambda W, above, slope: rf"\left({W} {_dot(W)} {above}\right) \odot {slope}",
                [
                    transposed(p.operand("W", l + 1)),
                    p.operand("delta", l + 1),
                    p.slope(l),
                ],
                f"(W[{l + 1}].T @ delta[{l + 1}]) * {p.slope_line(l)}",
                rule="BP2",
                label=p.chip("δ", l),
                title=f"Pull {p.chip('δ', l + 1)} back through {p.chip('W', l + 1)}",
                ask="which are negative?",
                words=f"The deltas of layer {l + 1} flow back along the weights and are scaled by "
                f"the slopes of layer {l}.",
                needs=p.needs_slope(l),
            )
        _gradients_of_layer(p, l, p.operand("delta", l))


def _gradients_of_layer(p: Pass, l: int, delta: Operand) -> None:
    """BP3 and BP4, which `layers` and `batch` share but for the symbols."""
    d = str(delta.reads)
    summed = "" if p.m == 1 else r"\sum_{i} "
    averaged = "." if p.m == 1 else ", averaged over the batch."
    bias, weight = (_gradient_symbol(p, name, l) for name in ("b", "W"))
    p.add(
        Quantity("db", l),
        bias.latex,
        lambda delta: p.mean(summed + delta),
        [delta],
        d if p.m == 1 else f"{d}.mean(axis=1, keepdims=True)",
        rule="BP3",
        label=bias.chip,
        title=f"Read off the gradient of {p.chip('b', l)}",
        ask="what is it, without calculating?",
        words=f"The gradient of the biases of layer {l} is what just arrived there{averaged}",
    )
    p.add(
        Quantity("dW", l),
        weight.latex,
        lambda delta, a: p.mean(f"{delta} {_dot(delta)} {a}"),
        [delta, transposed(p.operand("a", l - 1))],
        f"{d} @ a[{l - 1}].T{p.over_m}",
        rule="BP4",
        label=weight.chip,
        title=f"Multiply out the gradient of {p.chip('W', l)}",
        ask="which weight has the largest gradient?",
        words=f"Each weight of layer {l} gets the δ where it ends, times the activation where it "
        f"starts{averaged}",
        needs=p.needs_m,
    )


class _Symbol(NamedTuple):
    latex: str
    chip: str


def _gradient_symbol(p: Pass, name: str, l: int) -> _Symbol:
    if p.notation.short_derivatives:
        return _Symbol(p.mark(f"d{name}", l), p.chip(f"d{name}", l))
    return _Symbol(_fraction(p.notation.cost, p.mark(name, l)), p.chip(f"∂C/∂{name}", l))


def _batch(p: Pass) -> None:
    for l in range(p.L, 0, -1):
        da, dz = Quantity("da", l), Quantity("dz", l)
        if l == p.L:
            p.add(
                da,
                p.mark("da", l),
                p.error,
                [p.operand("a", l), p.target()],
                p.error_line,
                rule="cost′",
                label=p.chip("da", l),
                title="How the cost answers the output",
                ask="which entries are negative?",
                words="The derivative of each sample's cost with respect to its output.",
            )
        else:
            p.add(
                da,
                p.mark("da", l),
                lambda W, dz: f"{W} {_dot(W)} {dz}",
                [
                    transposed(p.operand("W", l + 1)),
                    p.operand("dz", l + 1),
                ],
                f"W[{l + 1}].T @ dz[{l + 1}]",
                rule="BP2",
                label=p.chip("da", l),
                title=f"Pull {p.chip('dz', l + 1)} back through {p.chip('W', l + 1)}",
                ask="what shape does it have?",
                words=f"Every sample's dz of layer {l + 1} flows back along the weights.",
            )
        p.add(
            dz,
            p.mark("dz", l),
            lambda da, slope: rf"{da} \odot {slope}",
            [p.operand("da", l), p.slope(l)],
            f"da[{l}] * {p.slope_line(l)}",
            rule="BP1" if l == p.L else "BP2",
            label=p.chip("dz", l),
            title=f"Through the activation of layer {l}",
            ask="does any sign change?",
            words=f"Each entry is scaled by the slope of the activation of layer {l}.",
            needs=p.needs_slope(l),
        )
        _gradients_of_layer(p, l, p.operand("dz", l))


def _chain(p: Pass) -> None:
    _chain_start(p)
    for l in range(p.L, 0, -1):
        _chain_layer(p, l)


def _chain_start(p: Pass) -> None:
    l = p.L
    p.add(
        Quantity("dC_da", l),
        _fraction("C", p.mark("a", l)),
        p.error,
        [p.operand("a", l), p.target()],
        p.error_line,
        rule="factor",
        label=f"∂C/∂a{layer_mark(l)}",
        title="How the output moves the cost",
        ask="is it positive or negative?",
        words="Nudge the output: the cost moves with output minus target.",
    )


def _chain_layer(p: Pass, l: int) -> None:
    """The factors of layer l, and the products that they give."""
    a, z, w, b = (p.mark(name, l) for name in ("a", "z", "w", "b"))
    before, chip, chip_before = p.mark("a", l - 1), layer_mark(l), layer_mark(l - 1)
    dot = r"\cdot" if p.m == 1 else r"\odot"
    source = f"the activation of neuron {l - 1}" if l > 1 else "the input"

    def factor(name: str, top: str, bottom: str, operand: Operand, line: str, **text: str) -> None:
        needs = p.needs_slope(l) if name == "da_dz" else ()
        p.add(
            Quantity(name, l), _fraction(top, bottom), lambda v: v, [operand], line,
            rule="factor", needs=needs, **text,
        )  # fmt: skip

    def product(name: str, at: int, bottom: str, last: Operand, mean: bool, **text: str) -> None:
        factors = [
            Operand(_fraction("C", a), p.value(Quantity("dC_da", l)), Quantity("dC_da", l)),
            Operand(_fraction(a, z), p.value(Quantity("da_dz", l)), Quantity("da_dz", l)),
            last,
        ]
        line = " * ".join(str(f.reads) for f in factors)
        averaged = mean and p.m > 1
        p.add(
            Quantity(name, at),
            _fraction("C", bottom),
            lambda c, s, v: (
                rf"\tfrac{{1}}{{m}} \sum_{{i}} {c} {dot} {s} {dot} {v}"
                if averaged
                else f"{c} {dot} {s} {dot} {v}"
            ),
            factors,
            f"({line}).mean(axis=1, keepdims=True)" if averaged else line,
            rule="product",
            **text,
        )

    def made(name: str, latex: str) -> Operand:
        return Operand(latex, p.value(Quantity(name, l)), Quantity(name, l))

    factor(
        "da_dz",
        a,
        z,
        p.slope(l),
        p.slope_line(l),
        label=f"∂a{chip}/∂z{chip}",
        title=f"The slope of neuron {l}",
        ask="is it near ¼ or near 0?",
        words=f"Nudge z of neuron {l}: its activation moves by the slope of σ there.",
    )
    factor(
        "dz_dw",
        z,
        w,
        p.operand("a", l - 1),
        f"a[{l - 1}]",
        label=f"∂z{chip}/∂w{chip}",
        title=f"What the weight of neuron {l} multiplies",
        ask="which number of the picture is it?",
        words=f"Nudge the weight: z moves by {source}.",
    )
    product(
        "dC_dw",
        l,
        w,
        made("dz_dw", _fraction(z, w)),
        True,
        label=f"∂C/∂w{chip}",
        title=f"Three factors: the slope for w{chip}",
        ask="is it positive or negative?",
        words=f"The slope of the cost for the weight of neuron {l}.",
    )
    one = Operand("1", p.trace.z[l] * 0 + 1, Quantity("b", l))
    factor(
        "dz_db",
        z,
        b,
        one,
        f"np.ones_like(z[{l}])",
        label=f"∂z{chip}/∂b{chip}",
        title="What a bias does to z",
        ask="what else could it be?",
        words="Nudge the bias: z moves by just as much.",
    )
    product(
        "dC_db",
        l,
        b,
        made("dz_db", _fraction(z, b)),
        True,
        label=f"∂C/∂b{chip}",
        title=f"Three factors: the slope for b{chip}",
        ask="is it positive or negative?",
        words=f"The slope of the cost for the bias of neuron {l}.",
    )
    if l > 1:
        factor(
            "dz_da",
            z,
            before,
            p.operand("W", l),
            f"W[{l}]",
            label=f"∂z{chip}/∂a{chip_before}",
            title=f"What the activation of neuron {l - 1} meets",
            ask="which number of the picture is it?",
            words=f"Nudge the activation of neuron {l - 1}: z moves by the weight.",
        )
        product(
            "dC_da",
            l - 1,
            before,
            made("dz_da", _fraction(z, before)),
            False,
            label=f"∂C/∂a{chip_before}",
            title=f"Carry the cost back to neuron {l - 1}",
            ask="is it positive or negative?",
            words=f"How the activation of neuron {l - 1} moves the cost: layer {l - 1} reuses it.",
        )


def _fraction(top: str, bottom: str) -> str:
    return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"


def _dot(text: str) -> str:
    """A dot between two plain numbers, which would otherwise run into one."""
    return r"\cdot" if text[0].isdigit() else ""


NOTATIONS: Mapping[str, Notation] = MappingProxyType(
    {
        style.key: style
        for style in (
            Notation(
                "chain", "single neurons, one factor at a time", _chain,
                W="dC_dw", b="dC_db", delta=None, weight="w", single_neurons=True,
            ),
            Notation(
                "layers", "layer deltas, BP1 to BP4", _layers,
                W="dW", b="db", delta="delta",
            ),
            Notation(
                "batch", "matrices with their shapes", _batch,
                W="dW", b="db", delta="dz", cost="J", brackets="[]", activation="g",
                short_derivatives=True, show_shapes=True,
            ),
        )
    }
)  # fmt: skip
