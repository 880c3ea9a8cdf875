"""Every path from a weight to the cost, multiplied along and added up: one `Step` a weight."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np

from bp_helpers._door import network
from bp_helpers._validation import columns
from bp_helpers.network import Network
from bp_helpers.steps.line import Spelling
from bp_helpers.steps.notations import those_that_can
from bp_helpers.steps.numbers import (
    index_text,
    layer_mark,
    subscript,
)
from bp_helpers.steps.questions import heaviest_path
from bp_helpers.steps.recorder import Notation, Pass
from bp_helpers.steps.step import Quantity, Step

_MOST_WEIGHTS, _MOST_PATHS = 40, 12
_LETTERS = "tuvrs"  # one for the neurons of each later layer
_MOST_LAYERS = len(_LETTERS) + 1


def path_steps(net: Network, x: object, y: object) -> tuple[Step, ...]:
    """For every weight of `net` the paths from it to the cost, for one sample x with target y.

    Raises ValueError for more than one sample, and for a network with more than 6 layers of
    weights, more than 40 weights, or more than 12 paths from one of them.
    """
    return tuple(written_paths(net, x, y).steps)


def written_paths(net: Network, x: object, y: object) -> Pass:
    """The pass that `path_steps` writes down, with its trace."""
    columns("x", x, network(net).sizes[0], 1, "one sample, since a path belongs to a single one")
    weights = sum(W.size for W in net.W[1:])
    most = int(np.prod(net.sizes[2:]))
    if weights > _MOST_WEIGHTS or most > _MOST_PATHS or net.L > _MOST_LAYERS:
        raise ValueError(
            f"net has {weights:,} weights in {net.L} layers and up to {most:,} paths from one of "
            f"them, but should have at most {_MOST_WEIGHTS}, {_MOST_LAYERS} and {_MOST_PATHS} to "
            f"be drawn: take a smaller network, or step through it. {those_that_can(net)}"
        )
    p = Pass(net, x, y, _PATHS)
    _PATHS.walk(p)
    return p


def _every_weight(p: Pass) -> None:
    for l in range(1, p.L + 1):
        for j, k in np.ndindex(p.net.W[l].shape):
            _paths_of(p, l, j, k)


_PATHS = Notation(
    "paths", "every path from a weight", _every_weight, W="dC_dw", b="",
    spelling=Spelling("w", entries=True, sums=True),
)  # fmt: skip


def _paths_of(p: Pass, l: int, j: int, k: int) -> None:
    letters = _LETTERS[: p.L - l]
    line = " * ".join(_factors(p, l, j, k, letters))
    if letters:
        loops = (f"for {t} in range({n})" for t, n in zip(letters, p.net.sizes[l + 1 :]))
        line = f"sum({line} {' '.join(loops)})"
    mark = f"w{subscript(index_text((j, k)))}{layer_mark(l)}"
    routes = [_in_words(l, route) for route in product(*map(range, p.net.sizes[l + 1 :]))]
    many = "1 path" if len(routes) == 1 else f"{len(routes)} paths"
    p.add(
        Quantity("dC_dw", l, (j, k)),
        line,
        rule="Σ paths" if len(routes) > 1 else "path",
        label=f"∂C/∂{mark}",
        title=f"From {mark} to C: {many}",
        question=heaviest_path(routes),
        words="The weight has one path to the cost, and its factors are multiplied."
        if len(routes) == 1
        else "Every path gives a product, and the products are added up.",
    )


def _factors(p: Pass, l: int, j: int, k: int, letters: str) -> list[str]:
    """What is multiplied from the cost to w_jk; a letter stands for a neuron of a later layer."""
    found = [f"a[{l - 1}][{k}, 0]", *_slope(p, l, str(j))]
    neurons = [str(j), *letters]
    for at, (before, t) in enumerate(pairwise(neurons), start=l + 1):
        found += [f"W[{at}][{t}, {before}]", *_slope(p, at, t)]
    return [f"({p.error()})[{neurons[-1]}, 0]", *reversed(found)]


def _slope(p: Pass, l: int, neuron: str) -> list[str]:
    """The slope of one neuron, which is left out where the cost is taken together with it."""
    return [] if p.is_fused(l) else [p.slope(l, f"[{neuron}, 0]")]


def _in_words(l: int, route: tuple[int, ...]) -> str:
    return ", ".join(f"neuron {t} of layer {at}" for at, t in enumerate(route, start=l + 1))
