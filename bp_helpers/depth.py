"""Depth: how large δ is in each layer of a deep network, and which neurons have died."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean

import numpy as np

from bp_helpers._validation import Array, NotFinite, numbers, said, sequence, whole
from bp_helpers.backprop import Trace, backpropagate, forward
from bp_helpers.examples import Example
from bp_helpers.functions import Activation
from bp_helpers.network import Network, PerLayer

MOST_LAYERS, MOST_NEURONS = 200, 100
_SAMPLES = 50


def rms(array: object) -> float:
    """The root of the mean square of all entries of an array of any shape: their typical size.

    Raises ValueError for what are no numbers, or none at all.
    """
    entries = np.abs(numbers("array", array, copy=False))
    if not entries.size:
        raise ValueError("array is empty, but should hold at least one number.")
    largest = float(entries.max())
    # Divided by the largest first: the square of 10^200 is no number that a computer knows.
    return largest * sqrt(np.mean((entries / largest) ** 2)) if largest else 0.0


def delta_by_layer(net: Network, x: object, y: object) -> PerLayer[float]:
    """The rms of δ over neurons and samples, for each layer; index 0 holds None.

    For x of shape (n_0, m) and y of shape (n_L, m). Raises what `backpropagate` raises.
    """
    delta = backpropagate(net, x, y).delta
    return PerLayer({l: rms(delta[l]) for l in range(1, net.L + 1)})


def dead_neurons(net: Network, x: object) -> PerLayer[int]:
    """How many neurons of each layer have slope 0 for every sample; index 0 holds None.

    Their δ is 0, whatever the targets are, so that no step changes their weights and biases. For x
    of shape (n_0, m). Raises what `forward` raises.
    """
    trace = forward(net, x, copy=False)
    return PerLayer({l: _dead(trace, l) for l in range(1, net.L + 1)})


def _dead(trace: Trace, l: int) -> int:
    sigma = trace.net.sigma[l]
    if not sigma.elementwise:  # with its cost, softmax has no slope that could be 0
        return 0
    return int((sigma.slope(trace.z[l]) == 0).all(axis=1).sum())


def deep_network(
    layers: int = 30,
    width: int = 100,
    activation: str | Activation = "tanh",
    init: str = "glorot",
    seed: int | None = 0,
) -> Example:
    """So many layers of equal width with samples of random numbers, as `net, x, y`.

    The hidden layers have the activation; the last one is linear, so that δ of the output, a − y,
    is about 1 to begin with. Raises ValueError for sizes out of range and for unknown names.
    """
    layers = whole("layers", layers, most=MOST_LAYERS)
    width = whole("width", width, most=MOST_NEURONS)
    functions = [activation] * (layers - 1) + ["identity"]
    net = Network.random([width] * (layers + 1), functions, seed=seed, init=init)
    rng = np.random.default_rng(seed)
    return Example(net, *rng.standard_normal((2, width, _SAMPLES)))


def factor_per_layer(sizes: Sequence[float | None]) -> float | None:
    """By what δ is multiplied on its way back through a layer, as a mean over all of them.

    It is the (L − 1)th root of the first size divided by the last, for sizes as `delta_by_layer`
    gives them, with None in front. None where there is no hidden layer, or a size is 0. Raises
    ValueError for what are no sizes.
    """
    known = _known(sizes)
    if len(known) == 1 or min(known) == 0:
        return None
    return exp((log(known[0]) - log(known[-1])) / (len(known) - 1))


def _known(sizes: object) -> list[float]:
    """The sizes of layers 1 … L."""
    given = sequence("sizes", sizes, "a sequence with None in front and a size for each layer")
    known = numbers("sizes", given[1:] if given and given[0] is None else given)
    if known.ndim != 1 or not known.size or known.min() < 0:
        raise ValueError(
            f"sizes is {said(sizes)}, but should hold None and then a size for each layer, none of "
            "them below 0."
        )
    return list(map(float, known))


def rule_of_thumb(net: Network, x: object) -> float | None:
    """What that factor should be about: √n · rms(W) · rms(σ′), as a mean over the hidden layers.

    n and W are those of the next layer. It takes weights, slopes and δ as independent: X. Glorot
    and Y. Bengio (2010), section 4.2; K. He and others (2015), section 2.2. None where there is
    no hidden layer, or one of the three is 0. For x of shape (n_0, m).
    """
    trace = forward(net, x, copy=False)
    each = [_thumb(trace, l) for l in range(1, net.L)]
    return exp(fmean(map(log, each))) if each and min(each) > 0 else None


def _thumb(trace: Trace, l: int) -> float:
    W, slope = trace.net.W[l + 1], trace.net.sigma[l].slope(trace.z[l])
    return sqrt(len(W)) * rms(W) * rms(slope)


@dataclass(frozen=True)
class Depth:
    """A deep network as the explorer shows it: its δ by layer, and the factors from one to another.

    `sizes` is None where numbers get so large that a computer does not know them any more, on the
    way forwards or back.
    """

    layers: int
    sizes: PerLayer[float] | None
    factor: float | None
    rule: float | None

    @classmethod
    def of(cls, net: Network, x: Array, y: Array) -> Depth:
        """Measured on samples x with targets y."""
        try:
            sizes = delta_by_layer(net, x, y)
        except NotFinite:
            return cls(net.L, None, None, None)
        return cls(net.L, sizes, factor_per_layer(sizes), rule_of_thumb(net, x))
