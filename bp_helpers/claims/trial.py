"""A network with its samples on which a claim is run. Every slope here is measured, not derived.

So nothing in this module knows a rule of the backward pass: what a line of somebody's notes says
is compared with what a nudge along the imaginary axis shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from itertools import pairwise
from itertools import product as every
from typing import Any

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.network import Network

Top = str | tuple[str, int] | Callable[["Trial"], Any]

_STEP = 1e-20
_WEIGHTS = (0.8, -1.2, 0.5, 1.5, -0.4, 0.9, -0.7, 1.1)
_BIASES = (0.3, -0.2, 0.4, -0.5)
_INPUTS = (0.5, -1.5, 2.0, 0.6)
_TARGETS = (0.9, 0.2, 0.4, 0.7)


@dataclass(frozen=True, eq=False)
class Trial:
    """A network with targets y, and what it makes of its samples: W, b, a and z by layer.

    A layer that the network does not have raises IndexError.
    """

    net: Network
    y: Array
    arrays: Mapping[str, Mapping[int, Array]]
    _kept: dict[Any, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, net: Network, x: Array, y: Array) -> Trial:
        """The trial after the forward pass, for x of shape (n_0, m) and y of shape (n_L, m)."""
        trace, layers = forward(net, x), range(1, net.L + 1)
        arrays = {"W": net.W, "b": net.b, "z": trace.z}
        found = {letter: {l: by_layer[l] for l in layers} for letter, by_layer in arrays.items()}
        return cls(net, y, {**found, "a": dict(enumerate(trace.a))})

    @property
    def L(self) -> int:  # noqa: N802
        """The number of the last layer."""
        return self.net.L

    @property
    def m(self) -> int:
        """The number of samples."""
        return int(self.y.shape[1])

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes n_0 … n_L."""
        return self.net.sizes

    @property
    def costs(self) -> Array:
        """The cost of each sample, (m,)."""
        return self.net.costs(self.a(self.L), self.z(self.L), self.y)

    @property
    def C(self) -> Any:  # noqa: ANN401, N802 (complex while a slope is measured)
        """The cost: the mean over the samples."""
        return self.costs.mean()

    def array(self, letter: str, l: int) -> Array:
        """W, b, a or z of layer l; raises IndexError where there is no such layer."""
        if l not in self.arrays[letter]:
            raise IndexError(f"there is no {letter} of layer {l}")
        return self.arrays[letter][l]

    def W(self, l: int) -> Array:  # noqa: N802
        """The weights of layer l."""
        return self.array("W", l)

    def b(self, l: int) -> Array:
        """The biases of layer l."""
        return self.array("b", l)

    def a(self, l: int) -> Array:
        """The activations of layer l; the input is layer 0."""
        return self.array("a", l)

    def z(self, l: int) -> Array:
        """What goes into the activation function of layer l."""
        return self.array("z", l)

    def sigma(self, l: int, at: Array) -> Array:
        """The activation function of layer l."""
        return self.net.sigma[l].value(at)

    def slope(self, l: int) -> Array:
        """The slope of layer l's activation function at its z."""
        return self.slope_at(l, self.z(l))

    def slope_at(self, l: int, at: Array) -> Array:
        """The slope of layer l's activation function anywhere."""
        return self.net.sigma[l].slope(at)

    def moved(self, letter: str, l: int, place: int, by: complex) -> Trial:
        """The trial with one entry of one array moved, and with all that comes of it."""
        arrays = {name: dict(by_layer) for name, by_layer in self.arrays.items()}
        moved: Any = arrays[letter][l].astype(complex)
        moved.flat[place] += by
        arrays[letter][l] = moved
        W, b, a, z = (arrays[name] for name in "Wbaz")
        for k in range(l + (letter == "a"), self.L + 1):
            if letter != "z" or k > l:
                z[k] = W[k] @ a[k - 1] + b[k]
            a[k] = self.net.sigma[k].value(z[k])
        return Trial(self.net, self.y, arrays)

    def d(self, top: Top, letter: str, l: int) -> Array:
        """∂ top / ∂ an array: measured entry by entry, in the shape of `top` and then of the array.

        `top` is "C", the mean cost (for an a or z that of its own sample), the letter and the
        layer of an array, or a function of a trial.
        """
        if (top, letter, l) not in self._kept:
            array = self.array(letter, l)
            nudged = (self.moved(letter, l, place, _STEP * 1j) for place in range(array.size))
            found = [np.imag(self._value(trial, top, letter)) / _STEP for trial in nudged]
            shape = (*np.shape(found[0]), *array.shape)
            self._kept[top, letter, l] = np.stack(found, axis=-1).reshape(shape)
        return self._kept[top, letter, l]

    @staticmethod
    def _value(trial: Trial, top: Top, letter: str) -> Any:  # noqa: ANN401
        if top == "C":
            return trial.C if letter in "Wb" else trial.costs.sum()
        return top(trial) if callable(top) else trial.array(*top)

    def jacobian(self, top: Top, letter: str, l: int) -> Array:
        """The same for the first sample alone, as a matrix: a row for each entry of `top`."""
        measured = self.d(top, letter, l)
        if letter in "az":
            measured = measured[..., 0]
        if top != "C":
            measured = measured[:, 0]
        size = len(self.array(*top)) if isinstance(top, tuple) else 1
        return measured.reshape(size, -1)

    def own(self, letter: str, l: int) -> Array:
        """∂z_j/∂p_j of layer l for the parameters of neuron j itself, in the first sample."""
        measured = self.d(("z", l), letter, l)[:, 0]
        return np.stack([measured[j, j] for j in range(len(measured))])

    def links(self, *path: tuple[str, int]) -> Any:  # noqa: ANN401
        """∂C/∂p₁ · ∂p₁/∂p₂ · …, the slopes along a path that starts at the cost."""
        tops: tuple[Top, ...] = ("C", *path)
        return product(*(self.jacobian(top, *below) for top, below in zip(tops, path)))

    def gradient(self) -> tuple[Array, ...]:
        """∂C/∂W and ∂C/∂b of all layers, from the first on."""
        return tuple(self.d("C", letter, l) for l in range(1, self.L + 1) for letter in "Wb")

    def __str__(self) -> str:
        words = {1: "one sample", 2: "two samples"}
        samples = words.get(self.m, f"{self.m} samples")
        return f"{'-'.join(map(str, self.sizes))}, {samples}"


def product(*factors: Any) -> Any:  # noqa: ANN401 (numbers and arrays)
    """Factors side by side, as they stand: numbers, and matrices that have to fit."""

    def times(left: Any, right: Any) -> Any:  # noqa: ANN401
        return left * right if np.size(left) == 1 or np.size(right) == 1 else left @ right

    return reduce(times, factors)


def layers(of: Callable[[int], Any], first: int, last: int) -> tuple[Any, ...]:
    """Something for each layer of a range."""
    return tuple(of(l) for l in range(first, last + 1))


@cache
def cases(cost: str = "half_squared") -> tuple[Trial, ...]:
    """Small networks with one sample or two, those with the fewest numbers in them first."""
    sizes = [n for L in (1, 2, 3) for n in every((1, 2), repeat=L + 1)]
    found = [_case(n, m, cost) for n in sizes for m in (1, 2)]
    return tuple(sorted(found, key=lambda trial: (_numbers_in(trial), trial.L, trial.sizes)))


def _numbers_in(trial: Trial) -> int:
    parameters = sum(W.size for W in trial.net.W[1:]) + sum(b.size for b in trial.net.b[1:])
    return parameters + trial.a(0).size + trial.y.size


def _case(sizes: tuple[int, ...], m: int, cost: str) -> Trial:
    """A network with numbers of one decimal, that are neither 0 nor 1."""

    def filled(numbers: tuple[float, ...], *shape: int, start: int = 0) -> Array:
        places = start + np.arange(int(np.prod(shape)))
        return np.take(numbers, places, mode="wrap").reshape(shape)

    pairs = enumerate(pairwise(sizes))
    both = [
        (filled(_WEIGHTS, n, before, start=k), filled(_BIASES, n, 1, start=k))
        for k, (before, n) in pairs
    ]
    x, y = filled(_INPUTS, sizes[0], m), filled(_TARGETS, sizes[-1], m)
    return Trial.of(Network(both, cost=cost), x, y)


_PROBES = (
    ((2, 3, 2), 1, "sigmoid"), ((3, 2, 4), 1, "tanh"), ((4, 3, 5, 2), 1, "sigmoid"),
    ((3, 4, 2, 3), 4, ("tanh", "sigmoid", "tanh")), ((2, 5, 3), 3, "sigmoid"),
    ((1, 1, 1, 1), 1, "sigmoid"), ((1, 1, 1, 1), 1, "tanh"), ((1, 1, 1, 1), 5, "sigmoid"),
    ((1, 1, 1), 1, "tanh"), ((3, 3, 3, 3), 3, "sigmoid"), ((2, 3, 4, 2, 3), 1, "sigmoid"),
    ((4, 2, 5, 3), 7, "sigmoid"), ((4, 2, 3), 7, "tanh"), ((4, 2), 7, "sigmoid"),
)  # fmt: skip


@cache
def probes(cost: str = "half_squared") -> tuple[Trial, ...]:
    """Larger networks with random numbers, of all kinds."""
    found = []
    for seed, (sizes, m, activation) in enumerate(_PROBES):
        rng = np.random.default_rng(seed)
        x, y = rng.standard_normal((sizes[0], m)), rng.uniform(0, 1, (sizes[-1], m))
        found.append(Trial.of(Network.random(sizes, activation, cost, seed=seed), x, y))
    return tuple(found)
