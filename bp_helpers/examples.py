"""The running example: one fixed chain and one fixed 2-3-2 network, the same in every notebook."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.network import Network


class Example(NamedTuple):
    """A network with an input x and a target y; unpacks as `net, x, y`."""

    net: Network
    x: Array
    y: Array


def one_neuron(cost: str = "half_squared") -> Example:
    """The first neuron of `chain` by itself, 1-1, with the same x and y of shape (1, 1)."""
    net, x, y = chain(cost)
    return Example(Network([(net.W[1], net.b[1])], cost=cost), x, y)


def chain(cost: str = "half_squared") -> Example:
    """An input and three neurons in a row, 1-1-1-1; x and y have shape (1, 1)."""
    net = Network([(0.8, 0.3), (-1.2, 0.5), (1.5, -0.4)], cost=cost)
    return Example(net, np.array([[0.5]]), np.array([[0.9]]))


def small_network(cost: str = "half_squared") -> Example:
    """Two inputs, three hidden neurons, two outputs; x and y have shape (2, 1)."""
    W1 = [[0.8, -0.4], [-1.1, 0.6], [0.5, 1.3]]
    b1 = [[0.1], [0.3], [-0.2]]
    W2 = [[0.7, -1.3, 0.9], [-0.6, 1.2, 0.4]]
    b2 = [[0.2], [-0.5]]
    net = Network([(W1, b1), (W2, b2)], cost=cost)
    return Example(net, np.array([[1.0], [0.5]]), np.array([[0.0], [1.0]]))


def batch(cost: str = "half_squared") -> Example:
    """The network of `small_network` with four samples; its own sample is the first column."""
    net, _, _ = small_network(cost)
    x = np.array([[1.0, 0.2, -0.5, 0.9], [0.5, -1.0, 0.8, -0.3]])
    y = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]])
    return Example(net, x, y)
