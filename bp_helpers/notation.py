"""The notations in which one and the same backward pass can be written and stepped through.

A notation decides on symbols and on how fine a step is. The cost is the network's own, so the
factor in every formula is the factor in its numbers, and the gradient is the same in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from bp_helpers.functions import lookup
from bp_helpers.inputs import columns
from bp_helpers.layerwise import batch, jacobian, layers
from bp_helpers.network import Gradients, Network
from bp_helpers.neuronwise import chain, index
from bp_helpers.steps import Quantity, Step
from bp_helpers.writing import Notation, Pass, dot


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
    m = columns("x", x, net.sizes[0], None, "one row per input neuron").shape[1]
    if problem := style.refuses(net, m):
        able = ", ".join(repr(key) for key in notations_for(net, m))
        raise ValueError(
            f"notation {notation!r} {problem}. Notations that can describe it: {able}."
        )
    record = Pass(net, x, y, style)
    if include_forward:
        _forward(record)
    _cost(record)
    style.walk(record)
    return tuple(record.steps)


def gradient_by(notation: str, net: Network, x: object, y: object) -> Gradients:
    """The gradient put together from the steps of one notation, whose lines compute it their way.

    `delta` stays None. Raises ValueError for what `backward_steps` refuses.
    """
    steps = backward_steps(net, x, y, notation)
    style = NOTATIONS[notation]
    made = {
        style.W: [None, *map(np.empty_like, net.W[1:])],
        style.b: [None, *map(np.empty_like, net.b[1:])],
    }
    for step in steps:
        if step.writes.name in made:
            made[step.writes.name][step.writes.layer][step.writes.picks] = step.value
    return Gradients((None,) * (net.L + 1), tuple(made[style.W]), tuple(made[style.b]))


def notations_for(net: Network, m: int = 1) -> list[str]:
    """The keys of the notations that can describe this network and m samples."""
    return [key for key, style in NOTATIONS.items() if not style.refuses(net, m)]


def _forward(p: Pass) -> None:
    for l in range(1, p.L + 1):
        sigma = p.sigma(l)
        p.add(
            Quantity("z", l),
            p.mark("z", l),
            lambda W, a, b: f"{W} {dot(W)} {a} + {b}",
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
        p.net.cost.source.format(a=f"a[{p.L}]", y="y") + p.over_m,
        rule="cost",
        label=name,
        title="How wrong is the output?",
        ask="is the output close to the target?",
        words="The cost compares the output with the target.",
        needs=p.needs_m,
        symbols=_cost_in_indices(p) if p.notation.indexed else "",
    )


def _cost_in_indices(p: Pass) -> str:
    index, samples = p.sample("j"), "" if p.m == 1 else r"\sum_i "
    error = rf"\left({p.mark('a', p.L, index)} - y_{{{index}}}\right)^2"
    return p.mean(rf"{p.net.cost.constant} {samples}\sum_j {error}")


NOTATIONS: Mapping[str, Notation] = MappingProxyType(
    {
        style.key: style
        for style in (
            Notation(
                "chain", "single neurons, one factor at a time", chain,
                W="dC_dw", b="dC_db", delta=None, weight="w", single_neurons=True,
            ),
            Notation(
                "index", "one neuron at a time, sums over paths", index,
                W="dC_dw", b="dC_db", delta=None, weight="w", numbered_activation=True,
                indexed=True,
            ),
            Notation(
                "jacobian", "four factors for each weight", jacobian,
                W="dC_dw", b="dC_db", delta=None, indexed=True, single_sample=True,
            ),
            Notation(
                "layers", "layer deltas, BP1 to BP4", layers,
                W="dW", b="db", delta="delta",
            ),
            Notation(
                "batch", "matrices with their shapes", batch,
                W="dW", b="db", delta="dz", cost="J", brackets="[]", activation="g",
                short_derivatives=True, show_shapes=True,
            ),
        )
    }
)  # fmt: skip
