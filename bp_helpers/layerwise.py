"""The notations that take a layer at a time: `jacobian`, `layers` and `batch`."""

from __future__ import annotations

from typing import NamedTuple

from bp_helpers.steps import Operand, Quantity, layer_mark
from bp_helpers.writing import Pass, dot, fraction, transposed


def layers(p: Pass) -> None:
    """BP1 to BP4, a layer of deltas at a time."""
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
                lambda W, above, slope: rf"\left({W} {dot(W)} {above}\right) \odot {slope}",
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
    d, letter = str(delta.reads), "dz" if p.notation.short_derivatives else r"\delta"
    one = p.symbol(p.mark(letter, l, p.sample()), delta.value[:, [0]])
    averaged = "." if p.m == 1 else ", averaged over the batch."
    bias, weight = (_gradient_symbol(p, name, l) for name in ("b", "W"))
    p.add(
        Quantity("db", l),
        bias.latex,
        p.summed,
        [delta],
        d if p.m == 1 else f"{d}.mean(axis=1, keepdims=True)",
        rule="BP3",
        label=bias.chip,
        title=f"Read off the gradient of {p.chip('b', l)}",
        ask="what is it, without calculating?",
        words=f"The gradient of the biases of layer {l} is what just arrived there{averaged}",
        symbols=p.summed(one),
    )
    p.add(
        Quantity("dW", l),
        weight.latex,
        lambda delta, a: p.mean(f"{delta} {dot(delta)} {a}"),
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
    return _Symbol(fraction(p.notation.cost, p.mark(name, l)), p.chip(f"∂C/∂{name}", l))


def batch(p: Pass) -> None:
    """Matrices of shape (n, m) with their shapes, da and dz in turn."""
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
                lambda W, dz: f"{W} {dot(W)} {dz}",
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


def jacobian(p: Pass) -> None:
    """Four factors for each weight w_AB: a row, a product of matrices, a column, a number.

    Each step shows its factor for every A and B at once: factor ③ of one A is a column of its
    matrix, and factor ④ of one A and B is an entry.
    """
    last = p.mark("a", p.L)
    p.add(
        Quantity("dC_daL", p.L),
        fraction("C", last),
        lambda a, y: f"{p.net.cost.slope_constant}({a} - {y})" + r"^{\mathsf T}",
        [p.operand("a", p.L), p.target()],
        f"({p.error_line}).T",
        rule="①",
        label=f"∂C/∂a{layer_mark(p.L)}",
        title="How the outputs move the cost: a row",
        ask="which are negative?",
        words="The derivative of the cost with respect to each output neuron, as a row.",
    )
    for l in range(p.L, 0, -1):
        if l <= p.L - 2:
            _across_layers(p, l + 1)
        if l <= p.L - 1:
            _between_layers(p, l + 1)
        _into_neuron(p, l, "w")
        _four_factors(p, l, "w")
        _into_neuron(p, l, "b")
        _four_factors(p, l, "b")


def _across_layers(p: Pass, l: int) -> None:
    """Factor ②: how layer l moves the output, a product of L − l matrices."""
    made = Quantity("daL_da", l)
    nearer = Quantity("da_da", l + 1)
    factors = [p.made(fraction(p.mark("a", l + 1), p.mark("a", l)), nearer)]
    if l + 1 < p.L:
        so_far = Quantity("daL_da", l + 1)
        factors.insert(0, p.made(fraction(p.mark("a", p.L), p.mark("a", l + 1)), so_far))
    through = "one matrix" if len(factors) == 1 else "one matrix more"
    p.add(
        made,
        fraction(p.mark("a", p.L), p.mark("a", l)),
        lambda *matrices: rf" {_dot_of(matrices)} ".join(matrices),
        factors,
        " @ ".join(str(factor.reads) for factor in factors),
        rule="②",
        label=f"② ∂a{layer_mark(p.L)}/∂a{layer_mark(l)}",
        title=f"From layer {l} to the output: {through}",
        ask="what shape does it have?",
        words=f"How each neuron of layer {l} moves each output neuron.",
        symbols=rf"{p.slope(p.L).latex} \odot {p.mark('W', p.L)}" if l + 1 == p.L else "",
    )


def _between_layers(p: Pass, l: int) -> None:
    """Factor ③ for every A: the Jacobian between two neighbouring layers."""
    before = p.mark("a", l - 1, "A")
    p.add(
        Quantity("da_da", l),
        fraction(p.mark("a", l, "j"), before),
        lambda slope, W: rf"{slope} \odot {W}",
        [p.slope(l), p.operand("W", l)],
        f"{p.slope_line(l)} * W[{l}]",
        rule="③",
        label=f"③ ∂a{layer_mark(l)}/∂a{layer_mark(l - 1)}",
        title=f"From layer {l - 1} to layer {l}: a column for each A",
        ask="which entries are negative?",
        words=f"Row j, column A: how neuron A of layer {l - 1} moves neuron j of layer {l}.",
        symbols=rf"{p.slope(l, 'j').latex} \, {p.mark('w', l, 'jA')}",
        needs=p.needs_slope(l),
    )


def _into_neuron(p: Pass, l: int, parameter: str) -> None:
    """Factor ④ for every A and B: how a weight, or a bias, moves its own neuron."""
    top, slope = p.mark("a", l, "A"), p.slope(l, "A").latex
    mark, needs = layer_mark(l), p.needs_slope(l)
    if parameter == "b":
        p.add(
            Quantity("da_db", l),
            fraction(top, p.mark("b", l, "A")),
            lambda slope: slope,
            [p.slope(l)],
            p.slope_line(l),
            rule="④",
            label=f"④ ∂a{mark}/∂b{mark}",
            title=f"From a bias of layer {l} to its neuron",
            ask="what is left where the activation was?",
            words="A bias is added as it is, so that only the slope of σ is left.",
            symbols=slope,
            needs=needs,
        )
        return
    p.add(
        Quantity("da_dw", l),
        fraction(top, p.mark("w", l, "AB")),
        lambda slope, a: f"{slope} {dot(slope)} {a}",
        [p.slope(l), transposed(p.operand("a", l - 1))],
        f"{p.slope_line(l)} @ a[{l - 1}].T",
        rule="④",
        label=f"④ ∂a{mark}/∂w{mark}",
        title=f"From a weight of layer {l} to its neuron: a number for each A, B",
        ask="could any of them be negative?",
        words="Row A, column B: how the weight from neuron B moves neuron A.",
        symbols=rf"{slope} \, {p.mark('a', l - 1, 'B')}",
        needs=needs,
    )


def _four_factors(p: Pass, l: int, parameter: str) -> None:
    """The product of the factors that there are: ② and ③ drop out near the output."""
    index = "AB" if parameter == "w" else "A"
    own = Quantity(f"da_d{parameter}", l)
    before = _factors_before(p, l)
    symbols = [p.made(fraction("C", p.mark("a", p.L)), Quantity("dC_daL", p.L)), *before]
    bottom = p.mark(parameter, l, index)
    last = p.made(fraction(p.mark("a", l, "A"), bottom), own)
    if l == p.L:  # the row picks its entry A, and there is no way from layer L to layer L
        symbols[0] = symbols[0]._replace(latex=fraction("C", p.mark("a", p.L, "A")))
    row = " @ ".join(str(factor.reads) for factor in symbols)
    p.add(
        Quantity(f"dC_d{parameter}", l),
        fraction("C", bottom),
        lambda *v: _transposed_product(v[:-1]) + rf" \odot {v[-1]}",
        [*symbols, last],
        f"({row}).T * {own}" if before else f"{row}.T * {own}",
        rule="".join(rule for rule, there in zip("①②③④", (1, l < p.L - 1, l < p.L, 1)) if there),
        label=f"∂C/∂{parameter}{layer_mark(l)}",
        title=f"Multiply the factors: the gradient of {parameter}{layer_mark(l)}",
        ask="which one is the largest?",
        words=f"The factors that lead from the cost to each {parameter} of layer {l}, multiplied.",
        symbols=r" \, ".join(factor.latex for factor in (*symbols, last)),
    )


def _factors_before(p: Pass, l: int) -> list[Operand]:
    """Factors ② and ③ of a weight of layer l, as far as there are any."""
    a, found = p.mark("a", l + 1), []
    if l < p.L - 1:
        found.append(p.made(fraction(p.mark("a", p.L), a), Quantity("daL_da", l + 1)))
    if l < p.L:
        found.append(p.made(fraction(a, p.mark("a", l, "A")), Quantity("da_da", l + 1)))
    return found


def _transposed_product(factors: tuple[str, ...]) -> str:
    if len(factors) == 1:
        return factors[0] + r"^{\mathsf T}"
    return rf"\left({rf' {_dot_of(factors)} '.join(factors)}\right)^{{\mathsf T}}"


def _dot_of(factors: tuple[str, ...]) -> str:
    return r"\cdot" if any(dot(factor) for factor in factors) else ""
