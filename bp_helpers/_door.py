"""The door of what works on a network: take net, x, y and the rest, or say what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

from bp_helpers._validation import (
    DOUBLE,
    Array,
    columns,
    finite,
    finite_layers,
    flag,
    instance,
    is_finite,
    layers_like,
    numbers,
    positive,
    said,
    sequence,
)
from bp_helpers.network import Network, PerLayer

# Numbers that are too large are no warning here: they are found, and the array is named.
overflow_is_named = np.errstate(over="ignore", invalid="ignore")

_PER_INPUT = "one row per input neuron, one column per sample"
_PER_OUTPUT = "one row per output neuron, one column per sample"


def network(net: object) -> Network:
    """`net` itself; raises TypeError for anything but a Network."""
    return instance("net", net, Network, "Network([(W1, b1), …]) makes one")


def inputs(net: object, x: object, copy: bool = True) -> Array:
    """x as (n_0, m), copied or not, and read-only; raises ValueError for another shape.

    In a batch of floats, numbers that are not finite are left to `finite_pass`, which needs to
    look at less.
    """
    rows = network(net).sizes[0]
    if _is_batch(x, rows):
        samples = x.copy() if flag("copy", copy) else x.view()
    else:
        samples = columns("x", x, rows, None, _PER_INPUT, copy=flag("copy", copy)).view()
    samples.flags.writeable = False
    return samples


def _is_batch(x: object, rows: int) -> TypeGuard[Array]:
    """Whether nothing has to be done to x: the case of every batch of a training."""
    return (
        type(x) is np.ndarray
        and x.dtype is DOUBLE
        and x.ndim == 2
        and x.shape[0] == rows
        and x.shape[1] > 0
    )


def targets(
    net: Network, y: object, m: int, name: str = "y", python: str = "y", copy: bool = False
) -> Array:
    """y as (n_L, m); raises ValueError for another shape, or for what the cost cannot aim at.

    `python` is how y is written in code, where that is not its name.
    """
    rows = net.sizes[-1]
    if type(y) is not np.ndarray or y.shape != (rows, m):
        _check_no_labels(name, python, y, rows, m)
    found = columns(name, y, rows, m, _PER_OUTPUT, copy=copy, python=python)
    if problem := net.cost.refuses(found):
        raise ValueError(f"{name} {problem}: such are the targets of {net.cost.name!r}.")
    return found


def _check_no_labels(name: str, python: str, y: object, rows: int, m: int) -> None:
    """Raises ValueError where y holds, for each sample, the number of its right output."""
    labels = numbers(name, y, copy=False)
    flat = rows > 1 and labels.shape in ((m,), (1, m), (m, 1))
    if flat and (labels % 1 == 0).all() and 0 <= labels.min() <= labels.max() < rows:
        flat_labels = python if labels.ndim == 1 else f"np.ravel({python})"
        raise ValueError(
            f"{name} has shape {labels.shape}, but should have shape {rows, m}: {_PER_OUTPUT}. "
            f"These look like labels: digits.one_hot({flat_labels}, {rows}) makes columns of them."
        )


def targets_for(net: object, trace: Any, y: object) -> Array:  # noqa: ANN401 (it may be anything)
    """y as (n_L, m) beside a trace; raises ValueError unless forward made it with this network."""
    net = network(net)
    if not hasattr(trace, "z") or not hasattr(trace, "net"):
        raise ValueError(f"trace is {said(trace)}, but should be what forward(net, x) gives.")
    if trace.net is not net:
        raise ValueError(
            f"trace was made with another network, {trace.net!r}, but should be made by "
            f"forward(net, x) with this very one, {net!r}."
        )
    m = trace.a[0].shape[1]
    if not net.fused and _is_batch(y, net.sizes[-1]) and y.shape[1] == m and is_finite(y):
        return y
    return targets(net, y, m)


def samples(net: object, name: str, pair: object) -> tuple[Array, Array]:
    """A pair (x, y) with a column per sample, not copied; raises ValueError for anything else."""
    sizes = network(net).sizes
    both = sequence(name, pair, "a pair (x, y)")
    if len(both) != 2 or isinstance(pair, np.ndarray):
        raise ValueError(f"{name} is {said(pair)}, but should be a pair (x, y).")
    x = columns(f"x in {name}", both[0], sizes[0], None, _PER_INPUT, python=f"{name}[0]")
    y = targets(net, both[1], x.shape[1], f"y in {name}", f"{name}[1]")  # type: ignore[arg-type]
    return x, y


def finite_pass(
    a: Sequence[Array], z: Mapping[int, Array]
) -> tuple[tuple[Array, ...], PerLayer[Array]]:
    """What a forward pass gives, read-only; raises NotFinite with the name of what overflows.

    A NaN or an infinity in x makes one in z[1], which is smaller, and so do those in a hidden a.
    """
    for array in (*z.values(), a[-1]):
        if not is_finite(array):
            _name_what_overflows(a, z)
        array.flags.writeable = False
    for array in a[1:-1]:
        array.flags.writeable = False
    return tuple(a), PerLayer(z)


def _name_what_overflows(a: Sequence[Array], z: Mapping[int, Array]) -> None:
    finite("x", a[0])
    for l in z:
        finite(f"z[{l}]", z[l])
        finite(f"a[{l}]", a[l])


def finite_gradients(*by_layer: Mapping[int, Array]) -> Iterator[PerLayer[Array]]:
    """delta, dW and db by their layers; raises NotFinite for a delta that overflows.

    What is not finite further back makes delta[1] so.
    """
    delta = by_layer[0]
    if not is_finite(delta[1]):
        for l in delta:
            finite(f"delta[{l}]", delta[l])
    return map(PerLayer, by_layer)


def descent(
    net: object,
    grads: Any,  # noqa: ANN401 (it may be anything)
    kind: type,
    eta: object,
) -> tuple[PerLayer[Array], PerLayer[Array], float]:
    """dW, db and eta for a step of `net`; raises TypeError or ValueError for those of another."""
    net = network(net)
    instance("grads", grads, kind, "backpropagate(net, x, y) makes them")
    dW = layers_like("grads.W", grads.W, net.W, of="gradient of", copy=False)
    db = layers_like("grads.b", grads.b, net.b, of="gradient of", copy=False)
    return PerLayer(dW), PerLayer(db), positive("eta", eta)


def finite_network(net: Network) -> Network:
    """`net` itself; raises NotFinite with the name of an array that a step has made too large."""
    finite_layers("W[{l}] - eta * grads.W[{l}]", net.W)
    finite_layers("b[{l}] - eta * grads.b[{l}]", net.b)
    return net


def cost(value: Any) -> float:  # noqa: ANN401 (a number of NumPy)
    """A cost as a float; raises NotFinite for one that is too large."""
    return float(finite("C", value))
