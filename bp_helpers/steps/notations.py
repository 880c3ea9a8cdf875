"""The notations in which one and the same backward pass can be written and stepped through.

A notation decides on symbols and on how fine a step is. The cost is the network's own, so the
factor in every formula is the factor in its numbers, and the gradient is the same in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bp_helpers._door import inputs
from bp_helpers._validation import chosen, flag
from bp_helpers.backprop import Gradients
from bp_helpers.network import Network, PerLayer
from bp_helpers.steps.line import Spelling
from bp_helpers.steps.matrix import batch, jacobian, layers
from bp_helpers.steps.numbers import chip
from bp_helpers.steps.questions import above_zero, furthest, most_active
from bp_helpers.steps.recorder import Notation, Pass
from bp_helpers.steps.scalar import chain, index
from bp_helpers.steps.step import Quantity, Step


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
    return tuple(written_pass(net, x, y, notation, include_forward).steps)


def written_pass(
    net: Network, x: object, y: object, notation: str, include_forward: bool = False
) -> Pass:
    """The pass that `backward_steps` writes down, with its trace."""
    m, style = inputs(net, x).shape[1], chosen("notation", notation, NOTATIONS)
    if problem := style.refuses(net, m):
        raise ValueError(f"notation {notation!r} {problem}. {those_that_can(net, m)}")
    p = Pass(net, x, y, style)
    if flag("include_forward", include_forward):
        _forward(p)
    _cost(p)
    style.walk(p)
    return p


def gradient_by(notation: str, net: Network, x: object, y: object) -> Gradients:
    """The gradient put together from the steps of one notation, whose lines compute it their way.

    `delta` stays None. Raises ValueError for what `backward_steps` refuses.
    """
    p, layers_of = written_pass(net, x, y, notation), range(1, net.L + 1)
    W, b = (
        PerLayer({l: p.value(Quantity(name, l)) for l in layers_of})
        for name in (p.notation.W, p.notation.b)
    )
    return Gradients(PerLayer[Any](dict.fromkeys(layers_of)), W, b)


def notations_for(net: Network, m: int = 1) -> list[str]:
    """The keys of the notations that can describe this network and m samples."""
    return [key for key, style in NOTATIONS.items() if not style.refuses(net, m)]


def those_that_can(net: Network, m: int = 1) -> str:
    """The same as a sentence for those who chose another."""
    return f"Notations that can describe it: {', '.join(map(repr, notations_for(net, m)))}."


def _forward(p: Pass) -> None:
    for l in range(1, p.L + 1):
        p.add(
            Quantity("z", l),
            f"W[{l}] @ a[{l - 1}] + b[{l}]",
            _letters(p),
            rule="forward",
            label=chip("z", l),
            title=f"Weigh the inputs of layer {l}",
            question=above_zero,
            words=f"Each neuron of layer {l} weighs its inputs and adds its bias.",
        )
        p.add(
            Quantity("a", l),
            f"{p.function('sigma', l)}(z[{l}])",
            _letters(p),
            rule="forward",
            label=chip("a", l),
            title=f"Activate layer {l}",
            question=most_active,
            words=f"The activation function turns each z of layer {l} into an activation.",
        )


def _letters(p: Pass) -> tuple[str | None, ...]:
    """The letters of a step that is written for every neuron of a layer at once."""
    return ("j", "i") if p.notation.spelling.sums or p.notation.spelling.single else ()


def _cost(p: Pass) -> None:
    name = p.notation.cost
    p.add(
        Quantity(name),
        p.mean(p.total()),
        rule="cost",
        label=name,
        title="How wrong is the output?",
        question=furthest,
        words="The cost compares the output with the target.",
    )


NOTATIONS: Mapping[str, Notation] = MappingProxyType(
    {
        style.key: style
        for style in (
            Notation(
                "chain", "single neurons, one factor at a time", chain, W="dC_dw", b="dC_db",
                spelling=Spelling(weight="w", entries=True, single=True),
            ),
            Notation(
                "index", "one neuron at a time, sums over paths", index, W="dC_dw", b="dC_db",
                spelling=Spelling("w", "σ", layered_activation=True, entries=True, sums=True),
            ),
            Notation(
                "jacobian", "four factors for each weight", jacobian, W="dC_dw", b="dC_db",
                spelling=Spelling(entries=True), single_sample=True, apart=True,
            ),
            Notation(
                "layers", "layer deltas, BP1 to BP4", layers, W="dW", b="db", delta="delta",
            ),
            Notation(
                "batch", "matrices with their shapes", batch, W="dW", b="db", delta="dz", cost="J",
                spelling=Spelling(activation="g", own_letters=True, shapes=True),
            ),
        )
    }
)  # fmt: skip
