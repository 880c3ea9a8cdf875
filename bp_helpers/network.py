"""The network and its backward pass: the mathematics of the whole series.

Code indices are maths indices. `W[l]` and `b[l]` belong to layer l = 1 … L, `a[0]` is the input
x, and index 0 of what does not exist is None. A sample is a column and a batch is (n, m).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bp_helpers.functions import ACTIVATIONS, COSTS, Array, lookup
from bp_helpers.inputs import (
    columns,
    finite,
    matrix,
    positive,
    positive_whole,
    same_shapes,
    same_sizes,
)

Layered = tuple[Array, ...]  # one array per layer; index 0 is None where layer 0 has none


class Network:
    """A fully connected network: weights W[l], biases b[l], an activation per layer, a cost.

    `layers` holds one pair (W, b) for each l = 1 … L, with W of shape (n_l, n_{l−1}) and b of
    shape (n_l, 1). `activation` is one name, or a sequence of L names. The arrays are copied
    and read-only. Raises ValueError for a wrong shape, a number that is not finite, or an
    unknown name.
    """

    def __init__(
        self,
        layers: Iterable[tuple[object, object]],
        activation: str | Sequence[str] = "sigmoid",
        cost: str = "half_squared",
    ) -> None:
        self.W, self.b = _chained(layers)
        self.L = len(self.W) - 1
        self.sizes = _sizes(self.W)
        names = (activation,) * self.L if isinstance(activation, str) else tuple(activation)
        if len(names) != self.L:
            raise ValueError(
                f"activation holds {len(names)} names, but should hold {self.L}, one per layer."
            )
        self.sigma = (None, *(lookup("activation", name, ACTIVATIONS) for name in names))
        self.cost = lookup("cost", cost, COSTS)

    @classmethod
    def random(
        cls,
        sizes: Sequence[int],
        activation: str | Sequence[str] = "sigmoid",
        cost: str = "half_squared",
        seed: int | None = None,
    ) -> Network:
        """A network of sizes n_0 … n_L, with W from N(0, 1/n_{l−1}) and b from N(0, 1)."""
        n = [positive_whole(f"sizes[{l}]", size) for l, size in enumerate(sizes)]
        if len(n) < 2:
            raise ValueError(f"sizes is {sizes!r:.80}, but should hold at least two: n_0 and n_1.")
        rng = np.random.default_rng(seed)
        layers = [
            (rng.standard_normal((rows, before)) / np.sqrt(before), rng.standard_normal((rows, 1)))
            for before, rows in pairwise(n)
        ]
        return cls(layers, activation, cost)

    def replace(self, W: Sequence[Array], b: Sequence[Array]) -> Network:
        """This network with other arrays W[1..L] and b[1..L], which must have the same shapes."""
        changed = copy(self)
        changed.W, changed.b = (None, *W[1:]), (None, *b[1:])
        for array in changed.W[1:] + changed.b[1:]:
            array.flags.writeable = False
        return changed

    def __repr__(self) -> str:
        names = [f.name for f in self.sigma[1:]]
        functions = names[0] if len(set(names)) == 1 else ", ".join(names)
        return f"Network {'-'.join(map(str, self.sizes))} ({functions}; cost {self.cost.name})"


@dataclass(frozen=True)
class Trace:
    """What a forward pass leaves behind: a[0..L] and z[1..L], each of shape (n_l, m)."""

    a: Layered
    z: Layered


@dataclass(frozen=True)
class Gradients:
    """delta[l] = ∂C/∂z[l], a column per sample (n_l, m); W[l] and b[l], means over the batch."""

    delta: Layered
    W: Layered
    b: Layered


def forward(net: Network, x: object) -> Trace:
    """Run the network on x of shape (n_0, m), or (n_0,) for one sample.

    Raises ValueError for another shape and for numbers that are not finite.
    """
    a = [columns("x", x, net.sizes[0], None, "one row per input neuron, one column per sample")]
    z = [None]
    for l in range(1, net.L + 1):
        z.append(net.W[l] @ a[l - 1] + net.b[l])
        a.append(net.sigma[l].value(z[l]))
    return Trace(tuple(a), tuple(z))


def backward(net: Network, trace: Trace, y: object) -> Gradients:
    """The four rules, from the last layer to the first, for targets y of shape (n_L, m).

    Raises ValueError if y has another shape than the output. The rules: Nielsen, "Neural
    Networks and Deep Learning" (2015), chapter 2, with the mean over the batch taken in BP3
    and BP4.
    """
    same_sizes("trace", [len(a) for a in trace.a], net.sizes)
    a, z, L, m = trace.a, trace.z, net.L, trace.a[0].shape[1]
    y = targets(trace, y)
    delta, dW, db = [None] * (L + 1), [None] * (L + 1), [None] * (L + 1)
    delta[L] = net.cost.slope(a[L], y) * net.sigma[L].slope(z[L])  # BP1
    for l in range(L - 1, 0, -1):
        delta[l] = (net.W[l + 1].T @ delta[l + 1]) * net.sigma[l].slope(z[l])  # BP2
    for l in range(1, L + 1):
        db[l] = delta[l].mean(axis=1, keepdims=True)  # BP3
        dW[l] = delta[l] @ a[l - 1].T / m  # BP4
    return Gradients(tuple(delta), tuple(dW), tuple(db))


def backpropagate(net: Network, x: object, y: object) -> Gradients:
    """The gradient of the mean cost over the samples x (n_0, m) with targets y (n_L, m)."""
    return backward(net, forward(net, x), y)


def update(net: Network, grads: Gradients, eta: float) -> Network:
    """One step of gradient descent, as a new network; `net` stays as it was.

    Raises ValueError if eta is not a number greater than 0, if the gradients are those of
    another network, or if the step leads to a number that is not finite.
    """
    eta = positive("eta", eta)
    same_shapes("grads.W", grads.W, net.W)
    same_shapes("grads.b", grads.b, net.b)
    W, b = [None], [None]
    for l in range(1, net.L + 1):
        W.append(finite(f"W[{l}] - eta * grads.W[{l}]", net.W[l] - eta * grads.W[l]))
        b.append(finite(f"b[{l}] - eta * grads.b[{l}]", net.b[l] - eta * grads.b[l]))
    return net.replace(W, b)


def cost(net: Network, x: object, y: object) -> float:
    """C, the mean over the samples x (n_0, m) of the cost against the targets y (n_L, m)."""
    trace = forward(net, x)
    return net.cost.value(trace.a[-1], targets(trace, y)).mean()


def targets(trace: Trace, y: object) -> Array:
    """y as (n_L, m), in the shape of the output; raises ValueError for another shape."""
    return columns("y", y, *trace.a[-1].shape, "one row per output neuron, one column per sample")


def _sizes(W: Layered) -> tuple[int, ...]:
    return (W[1].shape[1], *(len(w) for w in W[1:]))


def _chained(layers: Iterable[tuple[object, object]]) -> tuple[Layered, Layered]:
    W, b = [None], [None]
    before = None
    for l, (weights, bias) in enumerate(_pairs(layers), start=1):
        meaning = f"a row per neuron of layer {l}, a column per neuron of layer {l - 1}"
        W.append(matrix(f"W[{l}]", weights, None, before, meaning))
        before = len(W[l])
        b.append(matrix(f"b[{l}]", bias, before, 1, f"a column, one bias per row of W[{l}]"))
        W[l].flags.writeable = b[l].flags.writeable = False
    return tuple(W), tuple(b)


def _pairs(layers: object) -> list[tuple[object, object]]:
    try:
        pairs = [(W, b) for W, b in layers]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        pairs = []
    if not pairs:
        raise ValueError(
            f"layers is {layers!r:.80}, but should be a list of at least one pair (W, b)."
        )
    return pairs
