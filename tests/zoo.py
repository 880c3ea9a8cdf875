"""Networks of every kind: which functions go together, and which targets they take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bp_helpers import Network
from bp_helpers.functions import ACTIVATIONS, COSTS

SLOPED = tuple(name for name, f in ACTIVATIONS.items() if f.elementwise)
APART = tuple(name for name, cost in COSTS.items() if not cost.fused_with)


def costs_for(n_L: int) -> tuple[str, ...]:
    """The costs that an output of n_L neurons can have."""
    return tuple(name for name in COSTS if n_L > 1 or name != "cross_entropy")


def network(
    sizes: Sequence[int], activations: str | Sequence[str], cost: str, seed: int
) -> Network:
    """A random network, whose last activation is that which goes with a fused cost."""
    L = len(sizes) - 1
    each = [activations] * L if isinstance(activations, str) else list(activations)
    each[-1] = COSTS[cost].fused_with or each[-1]
    return Network.random([int(n) for n in sizes], each, cost, seed=seed)


def samples(net: Network, m: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """m random samples with targets that the cost of the network can have."""
    x, y = rng.standard_normal((net.sizes[0], m)), rng.standard_normal((net.sizes[-1], m))
    if net.fused:
        y = 1 / (1 + np.exp(-y))
    return x, y / y.sum(axis=0) if net.cost.name == "cross_entropy" else y
