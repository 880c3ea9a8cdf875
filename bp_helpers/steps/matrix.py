"""The notations that take a layer at a time: `layers`, `batch` and `jacobian`."""

from __future__ import annotations

from bp_helpers.steps.numbers import chip, layer_mark
from bp_helpers.steps.questions import largest, passed_on, signs, turned_signs
from bp_helpers.steps.recorder import Pass
from bp_helpers.steps.step import Quantity


def layers(p: Pass) -> None:
    """BP1 to BP4, a layer of deltas at a time."""
    for l in range(p.L, 0, -1):
        if l == p.L:
            p.add(
                Quantity("delta", l),
                p.error() if p.net.fused else f"({p.error()}) * {p.slope(l)}",
                rule="BP1",
                label=chip("δ", l),
                title="Start at the output",
                question=signs,
                words="Cost and activation are taken together: δ is output minus target."
                if p.net.fused
                else "The error of each output neuron, times the slope of its activation.",
            )
        else:
            p.add(
                Quantity("delta", l),
                f"(W[{l + 1}].T @ delta[{l + 1}]) * {p.slope(l)}",
                rule="BP2",
                label=chip("δ", l),
                title=f"Pull {chip('δ', l + 1)} back through {chip('W', l + 1)}",
                question=signs,
                words=f"The deltas of layer {l + 1} flow back along the weights and are scaled by "
                f"the slopes of layer {l}.",
            )
        _gradients_of_layer(p, l, "delta", "δ")


def _gradients_of_layer(p: Pass, l: int, delta: str, letter: str) -> None:
    """BP3 and BP4, which `layers` and `batch` share but for the names."""
    averaged = p.by_batch(".", ", averaged over the batch.")
    d = "d" if p.notation.spelling.own_letters else "∂C/∂"
    p.add(
        Quantity("db", l),
        p.by_batch(f"{delta}[{l}]", f"np.sum({delta}[{l}], axis=1, keepdims=True) / m"),
        rule="BP3",
        label=chip(f"{d}b", l),
        title=f"Read off the gradient of {chip('b', l)}",
        question=largest,
        words=f"The gradient of the biases of layer {l} is the {letter} of its neurons{averaged}",
    )
    p.add(
        Quantity("dW", l),
        p.mean(f"{delta}[{l}] @ a[{l - 1}].T"),
        rule="BP4",
        label=chip(f"{d}W", l),
        title=f"Multiply out the gradient of {chip('W', l)}",
        question=largest,
        words=f"Each weight of layer {l} gets the {letter} where it ends, times the activation "
        f"where it starts{averaged}",
    )


def batch(p: Pass) -> None:
    """Matrices of shape (n, m) with their shapes, da and dz in turn."""
    for l in range(p.L, 0, -1):
        if l < p.L:
            p.add(
                Quantity("da", l),
                f"W[{l + 1}].T @ dz[{l + 1}]",
                rule="BP2",
                label=chip("da", l),
                title=f"Pull {chip('dz', l + 1)} back through {chip('W', l + 1)}",
                question=largest,
                words=f"Every sample's dz of layer {l + 1} flows back along the weights.",
            )
        elif not p.net.fused:
            p.add(
                Quantity("da", l),
                p.error(),
                rule=f"slope of {p.notation.cost}",
                label=chip("da", l),
                title="How the cost answers the output",
                question=signs,
                words="The derivative of each sample's cost with respect to its output.",
            )
        fused = p.is_fused(l)
        p.add(
            Quantity("dz", l),
            p.error() if fused else f"da[{l}] * {p.slope(l)}",
            rule="BP1" if l == p.L else "BP2",
            label=chip("dz", l),
            title="Start at the output" if fused else f"Through the activation of layer {l}",
            question=signs if fused else turned_signs,
            words="Cost and activation are taken together: dz is output minus target."
            if fused
            else f"Each entry is scaled by the slope of the activation of layer {l}.",
        )
        _gradients_of_layer(p, l, "dz", "dz")


def jacobian(p: Pass) -> None:
    """Four factors for each weight w_AB: a row, a product of matrices, a column, a number.

    Each step shows its factor for every A and B at once: factor ③ of one A is a column of its
    matrix, and factor ④ of one A and B is an entry.
    """
    p.add(
        Quantity("dC_daL", p.L),
        f"({p.error()}).T",
        rule="①",
        label=f"∂C/∂a{layer_mark(p.L)}",
        title="How the outputs move the cost: a row",
        question=signs,
        words="The derivative of the cost with respect to each output neuron, as a row.",
    )
    for l in range(p.L, 0, -1):
        if l <= p.L - 2:
            _across_layers(p, l + 1)
        if l <= p.L - 1:
            _between_layers(p, l + 1)
        for parameter in ("w", "b"):
            _into_neuron(p, l, parameter)
            _four_factors(p, l, parameter)


def _across_layers(p: Pass, l: int) -> None:
    """Factor ②: how layer l moves the output, a product of L − l matrices."""
    one = l + 1 == p.L
    p.add(
        Quantity("daL_da", l),
        _jacobian_line(p, p.L) if one else f"daL_da[{l + 1}] @ da_da[{l + 1}]",
        ("i", "t") if one else (),
        rule="②",
        label=f"② ∂a{layer_mark(p.L)}/∂a{layer_mark(l)}",
        title=f"From layer {l} to the output: one matrix{'' if one else ' more'}",
        question=largest,
        words=f"How each neuron of layer {l} moves each output neuron.",
    )


def _jacobian_line(p: Pass, l: int) -> str:
    """How layer l − 1 moves layer l: each row of W scaled by the slope of its neuron."""
    return f"{p.slope(l)} * W[{l}]"


def _between_layers(p: Pass, l: int) -> None:
    """Factor ③ for every A: the Jacobian between two neighbouring layers."""
    p.add(
        Quantity("da_da", l),
        _jacobian_line(p, l),
        ("j", "A"),
        rule="③",
        label=f"③ ∂a{layer_mark(l)}/∂a{layer_mark(l - 1)}",
        title=f"From layer {l - 1} to layer {l}: a column for each A",
        question=signs,
        words=f"Row j, column A: how neuron A of layer {l - 1} moves neuron j of layer {l}.",
    )


def _into_neuron(p: Pass, l: int, parameter: str) -> None:
    """Factor ④ for every A and B: how a weight, or a bias, moves its own neuron."""
    mark = layer_mark(l)
    if parameter == "b":
        p.add(
            Quantity("da_db", l),
            p.slope(l),
            ("A", None),
            rule="④",
            label=f"④ ∂a{mark}/∂b{mark}",
            title=f"From a bias of layer {l} to its neuron",
            question=passed_on,
            words="A bias is added as it is, so that only the slope of σ is left.",
        )
        return
    p.add(
        Quantity("da_dw", l),
        f"{p.slope(l)} @ a[{l - 1}].T",
        ("A", "B"),
        rule="④",
        label=f"④ ∂a{mark}/∂W{mark}",
        title=f"From a weight of layer {l} to its neuron: a number for each A, B",
        question=largest,
        words="Row A, column B: how the weight from neuron B moves neuron A.",
    )


def _four_factors(p: Pass, l: int, parameter: str) -> None:
    """The product of the factors that there are: ② and ③ drop out near the output."""
    factors = [f"dC_daL[{p.L}]"]
    factors += [f"daL_da[{l + 1}]"] if l < p.L - 1 else []
    factors += [f"da_da[{l + 1}]"] if l < p.L else []
    row, name = " @ ".join(factors), {"w": "W", "b": "b"}[parameter] + layer_mark(l)
    p.add(
        Quantity(f"dC_d{parameter}", l),
        f"{f'({row})' if len(factors) > 1 else row}.T * da_d{parameter}[{l}]",
        ("A", "B") if parameter == "w" else ("A", None),
        rule="".join(rule for rule, there in zip("①②③④", (1, l < p.L - 1, l < p.L, 1)) if there),
        label=f"∂C/∂{name}",
        title=f"Multiply the factors: the gradient of {name}",
        question=largest,
        words=f"The factors that lead from the cost to each entry of {name}, multiplied.",
    )
