"""A fully connected network: its arrays, its sizes, and its functions.

Code indices are maths indices. `W[l]` and `b[l]` belong to layer l = 1 … L, and index 0 of what
does not exist is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from itertools import pairwise
from math import sqrt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, SupportsIndex, TypeVar, overload

import numpy as np

from bp_helpers._validation import (
    Array,
    chosen,
    layer_sizes,
    layers_like,
    matrix,
    said,
    sequence,
    wrong_shape,
)
from bp_helpers._validation import seed as check_seed
from bp_helpers.functions import ACTIVATIONS, COSTS, Activation, Cost, named

T = TypeVar("T")


class PerLayer(tuple["T | None", ...], Generic[T]):
    """One thing for each layer l = 1 … L, found by its own number; index 0 holds None."""

    __slots__ = ()

    def __new__(cls, by_layer: Mapping[int, T]) -> PerLayer[T]:
        """From a dictionary with the keys 1 … L, in any order."""
        return tuple.__new__(cls, map(by_layer.get, range(len(by_layer) + 1)))

    def __getnewargs__(self) -> tuple[Mapping[int, T]]:
        """What makes the same again, for copy and pickle."""
        return ({l: self[l] for l in range(1, len(self))},)

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
    of your own may stand where a name does. The arrays are copied and read-only, and of double
    precision whatever is given, since a gradient that is measured needs all of its digits. Raises
    ValueError for a wrong shape, a number that is not finite, an unknown name, or a softmax that
    does not stand in the last layer with the cost "cross_entropy".
    """

    W: PerLayer[Array]
    b: PerLayer[Array]
    L: int
    sizes: tuple[int, ...]
    sigma: PerLayer[Activation]
    cost: Cost

    def __init__(
        self,
        layers: Iterable[tuple[object, object]],
        activation: str | Activation | Sequence[str | Activation] = "sigmoid",
        cost: str | Cost = "half_squared",
    ) -> None:
        W, b = _chained(layers)
        L, sizes = len(W) - 1, (W[1].shape[1], *(len(w) for w in W[1:]))
        sigma, found = _activations(activation, L), named("cost", cost, COSTS)
        _check_together(sigma, found, sizes)
        vars(self).update(W=W, b=b, L=L, sizes=sizes, sigma=sigma, cost=found)

    def __setattr__(self, name: str, value: object) -> None:
        """Raises AttributeError: whoever has a network can rely on it."""
        raise AttributeError(
            f"{name} cannot be set, since a Network stays as it is; net.replace(W, b) makes one "
            "with other arrays, and Network(…) one with other functions."
        )

    @classmethod
    def random(
        cls,
        sizes: Sequence[int],
        activation: str | Activation | Sequence[str | Activation] = "sigmoid",
        cost: str | Cost = "half_squared",
        seed: int | None = None,
        init: str = "nielsen",
    ) -> Network:
        """A network of sizes n_0 … n_L with random weights; `init` is a key of `INITS`.

        Raises ValueError for an unknown name and for sizes that are not whole numbers.
        """
        n = layer_sizes(sizes)
        if max(rows * before for before, rows in pairwise(n)) > _MOST_WEIGHTS:
            raise ValueError(f"sizes is {said(sizes)}, which is too large for this computer.")
        spread, rng = chosen("init", init, INITS), np.random.default_rng(check_seed(seed))
        layers = [
            (rng.standard_normal((rows, before)) * of_W, rng.standard_normal((rows, 1)) * of_b)
            for before, rows in pairwise(n)
            for of_W, of_b in [spread(before, rows)]
        ]
        return cls(layers, activation, cost)

    @property
    def fused(self) -> bool:
        """Whether cost and last activation are taken together, so that δ⁽ᴸ⁾ is a⁽ᴸ⁾ − y."""
        return bool(self.cost.fused_with)

    def costs(self, a: Array, z: Array, y: Array) -> Array:
        """The cost of each sample, (m,), from a and z of the output: a fused cost takes z."""
        return self.cost.value(z if self.fused else a, y)

    def replace(self, W: Sequence[object], b: Sequence[object]) -> Network:
        """This network with copies of other arrays W[1..L] and b[1..L], of the same shapes.

        None may stand in front, as in `net.W`. Raises ValueError for other shapes or numbers that
        are not finite.
        """
        W, b = (
            PerLayer(layers_like(name, given, own, of="array that it replaces,"))
            for name, given, own in (("W", W, self.W), ("b", b, self.b))
        )
        return self.holding(W, b)

    def holding(self, W: PerLayer[Array], b: PerLayer[Array]) -> Network:
        """This network with arrays that nobody else has: they are not copied, but made read-only.

        For what computes new arrays of the right shapes; `replace` takes those of others.
        """
        changed = copy(self)
        vars(changed).update(W=read_only(W), b=read_only(b))
        return changed

    def __repr__(self) -> str:
        names = [f.name for f in self.sigma[1:]]
        functions = names[0] if len(set(names)) == 1 else ", ".join(names)
        return f"Network {'-'.join(map(str, self.sizes))} ({functions}; cost {self.cost.name})"


_MOST_WEIGHTS = 10**9  # in one layer: 8 GB

# How far weights and biases are spread around 0, from the sizes before and behind them.
INITS: Mapping[str, Callable[[int, int], tuple[float, float]]] = MappingProxyType(
    {
        "nielsen": lambda before, _: (1 / sqrt(before), 1.0),  # the default of his chapter 3
        "lecun": lambda before, _: (1 / sqrt(before), 0.0),
        "he": lambda before, _: (sqrt(2 / before), 0.0),
        "glorot": lambda before, rows: (sqrt(2 / (before + rows)), 0.0),
        "normal": lambda _before, _rows: (1.0, 1.0),
        "zeros": lambda _before, _rows: (0.0, 0.0),
    }
)


def read_only(arrays: PerLayer[Array]) -> PerLayer[Array]:
    """The arrays of the layers themselves, which nobody can write to any more."""
    for array in arrays[1:]:
        array.flags.writeable = False
    return arrays


def _activations(given: object, L: int) -> PerLayer[Activation]:
    alone = isinstance(given, (str, Activation))
    meaning = "a name, an Activation, or one of them for each layer"
    each = [given] * L if alone else sequence("activation", given, meaning)
    if len(each) != L:
        raise ValueError(f"activation holds {len(each)} names, but should hold {L}, one per layer.")
    return PerLayer({l: named("activation", f, ACTIVATIONS) for l, f in enumerate(each, start=1)})


def _check_together(sigma: PerLayer[Activation], cost: Cost, sizes: Sequence[int]) -> None:
    """Raises ValueError for a softmax, or a cost made for one activation, where it cannot be."""
    L = len(sizes) - 1
    for l in range(1, L):
        if not sigma[l].elementwise:
            raise ValueError(
                f"activation of layer {l} is {sigma[l].name!r}, but should stand in the last layer "
                "only: each of its activations depends on every z of the layer, so that it has no "
                "slope for each neuron."
            )
    if cost.fused_with and sigma[L].name != cost.fused_with:
        raise ValueError(
            f"cost is {cost.name!r}, so that the activation of the last layer should be "
            f"{cost.fused_with!r}, but it is {sigma[L].name!r}: only together is their δ a − y."
        )
    if not sigma[L].elementwise and not cost.fused_with:
        raise ValueError(
            f"activation of the last layer is {sigma[L].name!r}, so that the cost should be "
            f"'cross_entropy', but it is {cost.name!r}: only together is their δ a − y."
        )
    if not sigma[L].elementwise and sizes[L] == 1:
        raise ValueError(
            f"activation of the last layer is {sigma[L].name!r}, which is always 1 for a single "
            "neuron; take 'sigmoid' with the cost 'binary_cross_entropy'."
        )


def _chained(layers: object) -> tuple[PerLayer[Array], PerLayer[Array]]:
    W: dict[int, Array] = {}
    b: dict[int, Array] = {}
    before = None
    for l, (weights, bias) in enumerate(_pairs(layers), start=1):
        meaning = f"a row per neuron of layer {l}, a column per neuron of layer {l - 1}"
        W[l] = matrix(f"W[{l}]", weights, None, before, meaning)
        _check_not_turned(l, W[l], bias, meaning)
        before = len(W[l])
        b[l] = matrix(f"b[{l}]", bias, before, 1, f"a column, one bias per row of W[{l}]")
    return read_only(PerLayer(W)), read_only(PerLayer(b))


def _check_not_turned(l: int, W: Array, bias: object, meaning: str) -> None:
    """Raises ValueError where W or b is to blame, and what stands there says why."""
    rows, before = W.shape
    if bias is None:
        raise ValueError(
            f"b[{l}] is None, but should be a column of {rows} numbers; without a bias, write "
            f"np.zeros(({rows}, 1))."
        )
    if rows != before and np.shape(bias) in ((before,), (before, 1), (1, before)):  # type: ignore
        raise ValueError(wrong_shape(f"W[{l}]", W, before, rows, f"{meaning}, as b[{l}] says"))


def _pairs(layers: object) -> list[tuple[object, object]]:
    try:
        pairs = [(W, b) for W, b in layers]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        pairs = []
    if not pairs:
        raise ValueError(
            f"layers is {said(layers)}, but should be a list of at least one pair (W, b)."
        )
    return pairs
