"""A fully connected network: its arrays, its sizes, and its functions.

Code indices are maths indices. `W[l]` and `b[l]` belong to layer l = 1 … L, and index 0 of what
does not exist is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Generic, Literal, SupportsIndex, TypeVar, overload

import numpy as np

from bp_helpers._validation import Array, matrix, positive_whole
from bp_helpers.functions import ACTIVATIONS, COSTS, Activation, Cost, named

T = TypeVar("T")


class PerLayer(tuple["T | None", ...], Generic[T]):
    """One thing for each layer l = 1 … L, found by its own number; index 0 holds None."""

    __slots__ = ()

    def __new__(cls, by_layer: Mapping[int, T]) -> PerLayer[T]:
        """From a dictionary with the keys 1 … L, in any order."""
        return super().__new__(cls, (None, *(by_layer[l] for l in range(1, len(by_layer) + 1))))

    if TYPE_CHECKING:  # what a tuple does already, said more exactly

        @overload  # type: ignore[override]
        def __getitem__(self, l: Literal[0]) -> None: ...
        @overload
        def __getitem__(self, l: SupportsIndex) -> T: ...
        @overload
        def __getitem__(self, l: slice) -> tuple[T, ...]: ...
        def __getitem__(self, l: Any) -> Any: ...


class Network:
    """A fully connected network: weights W[l], biases b[l], an activation per layer, a cost.

    `layers` holds one pair (W, b) for each l = 1 … L, with W of shape (n_l, n_{l−1}) and b of
    shape (n_l, 1). `activation` is one name, or a sequence of L names; an `Activation` or a `Cost`
    of your own may stand where a name does. The arrays are copied and read-only. Raises ValueError
    for a wrong shape, a number that is not finite, or an unknown name.
    """

    def __init__(
        self,
        layers: Iterable[tuple[object, object]],
        activation: str | Activation | Sequence[str | Activation] = "sigmoid",
        cost: str | Cost = "half_squared",
    ) -> None:
        self.W, self.b = _chained(layers)
        self.L = len(self.W) - 1
        self.sizes = (self.W[1].shape[1], *(len(w) for w in self.W[1:]))
        alone = isinstance(activation, (str, Activation))
        each = [activation] * self.L if alone else list(activation)  # type: ignore[arg-type]
        if len(each) != self.L:
            raise ValueError(
                f"activation holds {len(each)} names, but should hold {self.L}, one per layer."
            )
        found = (named("activation", name, ACTIVATIONS) for name in each)
        self.sigma: PerLayer[Activation] = PerLayer(dict(enumerate(found, start=1)))
        self.cost: Cost = named("cost", cost, COSTS)

    @classmethod
    def random(
        cls,
        sizes: Sequence[int],
        activation: str | Activation | Sequence[str | Activation] = "sigmoid",
        cost: str | Cost = "half_squared",
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

    def replace(self, W: Sequence[Array | None], b: Sequence[Array | None]) -> Network:
        """This network with other arrays W[1..L] and b[1..L], which must have the same shapes."""
        changed = copy(self)
        changed.W, changed.b = _read_only(W), _read_only(b)
        return changed

    def __repr__(self) -> str:
        names = [f.name for f in self.sigma[1:]]
        functions = names[0] if len(set(names)) == 1 else ", ".join(names)
        return f"Network {'-'.join(map(str, self.sizes))} ({functions}; cost {self.cost.name})"


def _read_only(arrays: Sequence[Array | None]) -> PerLayer[Array]:
    by_layer = {l: array for l, array in enumerate(arrays) if l and array is not None}
    for array in by_layer.values():
        array.flags.writeable = False
    return PerLayer(by_layer)


def _chained(layers: object) -> tuple[PerLayer[Array], PerLayer[Array]]:
    W: dict[int, Array] = {}
    b: dict[int, Array] = {}
    before = None
    for l, (weights, bias) in enumerate(_pairs(layers), start=1):
        meaning = f"a row per neuron of layer {l}, a column per neuron of layer {l - 1}"
        W[l] = matrix(f"W[{l}]", weights, None, before, meaning)
        before = len(W[l])
        b[l] = matrix(f"b[{l}]", bias, before, 1, f"a column, one bias per row of W[{l}]")
        W[l].flags.writeable = b[l].flags.writeable = False
    return PerLayer(W), PerLayer(b)


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
