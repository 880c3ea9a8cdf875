"""Backpropagation, in the words of NumPy: the page to read.

Code indices are maths indices: `W[l]`, `b[l]`, `z[l]` and `delta[l]` belong to layer l = 1 … L,
and `a[0]` is the input x. A sample is a column and a batch is (n, m).
"""

from __future__ import annotations

from dataclasses import dataclass

import bp_helpers._door as check
from bp_helpers._validation import Array
from bp_helpers.network import Network, PerLayer


@check.overflow_is_named
def forward(net: Network, x: object, copy: bool = True) -> Trace:
    """Run the network on x of shape (n_0, m), or (n_0,) for one sample.

    The trace keeps a copy of x, or without `copy` x itself. Raises ValueError for another shape
    and for numbers that are not finite.
    """
    a, z = [check.inputs(net, x, copy)], {}
    for l in range(1, net.L + 1):
        z[l] = net.W[l] @ a[l - 1] + net.b[l]
        a.append(net.sigma[l].value(z[l]))
    return Trace(net, *check.finite_pass(a, z))


@check.overflow_is_named
def backward(net: Network, trace: Trace, y: object) -> Gradients:
    """The four rules, from the last layer to the first, for targets y of shape (n_L, m).

    Raises ValueError for targets of another shape and for the trace of another network. The rules:
    Nielsen, "Neural Networks and Deep Learning" (2015), chapter 2, with means in BP3 and BP4.
    """
    y = check.targets_for(net, trace, y)
    a, z, L, m = trace.a, trace.z, net.L, y.shape[1]
    delta, dW, db = {}, {}, {}
    delta[L] = a[L] - y if net.fused else net.cost.slope(a[L], y) * net.sigma[L].slope(z[L])  # BP1
    for l in range(L - 1, 0, -1):
        delta[l] = (net.W[l + 1].T @ delta[l + 1]) * net.sigma[l].slope(z[l])  # BP2
    for l in range(1, L + 1):
        db[l] = delta[l].sum(axis=1, keepdims=True) / m  # BP3
        dW[l] = delta[l].dot(a[l - 1].T) / m  # BP4
    return Gradients(*check.finite_gradients(delta, dW, db))


def backpropagate(net: Network, x: object, y: object) -> Gradients:
    """The gradient of the mean cost over the samples x (n_0, m) with targets y (n_L, m)."""
    return backward(net, forward(net, x, copy=False), y)


@check.overflow_is_named
def update(net: Network, grads: Gradients, eta: float) -> Network:
    """One step of gradient descent, as a new network; `net` stays as it was.

    Raises ValueError if eta is not a number greater than 0, if the gradients are those of
    another network, or if the step leads to a number that is not finite.
    """
    dW, db, eta = check.descent(net, grads, Gradients, eta)
    W = PerLayer({l: net.W[l] - eta * dW[l] for l in range(1, net.L + 1)})
    b = PerLayer({l: net.b[l] - eta * db[l] for l in range(1, net.L + 1)})
    return check.finite_network(net.holding(W, b))


@check.overflow_is_named
def cost(net: Network, x: object, y: object) -> float:
    """C, the mean over the samples x (n_0, m) of the cost against the targets y (n_L, m)."""
    trace = forward(net, x, copy=False)
    y = check.targets_for(net, trace, y)
    return check.cost(net.costs(trace.a[net.L], trace.z[net.L], y).mean())


@dataclass(frozen=True)
class Trace:
    """What a forward pass of `net` leaves behind, read-only: a[0..L] and z[1..L], all (n_l, m)."""

    net: Network
    a: tuple[Array, ...]
    z: PerLayer[Array]


@dataclass(frozen=True)
class Gradients:
    """delta[l] (n_l, m): a column per sample, ∂(its own cost)/∂z[l]; W[l] and b[l]: their means."""

    delta: PerLayer[Array]
    W: PerLayer[Array]
    b: PerLayer[Array]
