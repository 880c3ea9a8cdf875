"""Every path from a weight to the cost, multiplied along and added up: one `Step` a weight."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from bp_helpers.functions import Array
from bp_helpers.inputs import columns
from bp_helpers.network import Network
from bp_helpers.steps import (
    Operand,
    Quantity,
    Step,
    decimals_for,
    index_mark,
    latex_array,
    latex_number,
    layer_mark,
    number,
)
from bp_helpers.writing import Notation, Pass, fraction, sum_of_products

_MOST_WEIGHTS, _MOST_PATHS = 40, 12
_LETTERS = "tuvrs"  # one for the neurons of each later layer
_MOST_LAYERS = len(_LETTERS) + 1


def path_steps(net: Network, x: object, y: object) -> tuple[Step, ...]:
    """For every weight of `net` the paths from it to the cost, for one sample x with target y.

    Raises ValueError for more than one sample, and for a network with more than 6 layers of
    weights, more than 40 weights, or more than 12 paths from one of them.
    """
    columns("x", x, net.sizes[0], 1, "one sample, since a path belongs to a single one")
    weights = sum(W.size for W in net.W[1:])
    most = int(np.prod(net.sizes[2:]))
    if weights > _MOST_WEIGHTS or most > _MOST_PATHS or net.L > _MOST_LAYERS:
        raise ValueError(
            f"net has {weights:,} weights in {net.L} layers and up to {most:,} paths from one of "
            f"them, but should have at most {_MOST_WEIGHTS}, {_MOST_LAYERS} and {_MOST_PATHS} to "
            "be drawn: take a smaller network."
        )
    record = Pass(net, x, y, _PATHS)
    _PATHS.walk(record)
    return tuple(record.steps)


def _every_weight(p: Pass) -> None:
    for l in range(1, p.L + 1):
        for j, k in np.ndindex(p.net.W[l].shape):
            _paths_of(p, l, j, k)


_PATHS = Notation(
    "paths", "every path from a weight", _every_weight, W="dC_dw", b="", delta=None, weight="w"
)


def _paths_of(p: Pass, l: int, j: int, k: int) -> None:
    routes = list(product(*(range(n) for n in p.net.sizes[l + 1 :])))
    paths = [_factors(p, l, j, k, route) for route in routes]
    values = np.array([np.prod([factor.value for factor in path]) for path in paths])
    lines = [" * ".join(factor.code for factor in path) for path in paths]
    letters = _LETTERS[: p.L - l]
    summed = rf"\sum_{{{', '.join(letters)}}} " if letters else ""
    mark = f"w{index_mark(j)}{index_mark(k)}{layer_mark(l)}"
    many = "1 path" if len(paths) == 1 else f"{len(paths)} paths"
    symbol = fraction("C", p.mark("w", l, f"{j}{k}"))
    slopes = [definition for n in range(l, p.L + 1) for definition in p.needs_slope(n)]
    p.add(
        Quantity("dC_dw", l, (j, k)),
        symbol,
        lambda *texts: sum_of_products(texts, len(paths[0])),
        [Operand("", factor.value, factor.reads) for path in paths for factor in path],
        lines[0] if len(lines) == 1 else "(\n    " + "\n    + ".join(lines) + "\n)",
        rule="Σ paths",
        label=f"∂C/∂{mark}",
        title=f"From {mark} to C: {many}",
        ask="which sign?" if len(paths) == 1 else "which path counts the most?",
        words=_each_path(l, routes, values),
        needs=tuple(dict.fromkeys(slopes)),
        symbols=summed + r" \, ".join(_symbols(p, l, j, k, letters)),
        shapes="every symbol is one number",
    )
    if len(paths) > 1:
        step = p.steps[-1]
        p.steps[-1] = replace(step, result=f"{symbol} = {_sum_of(values, step.value)}")


class _Factor(NamedTuple):
    """One factor along a path: its value, the array that holds it, and its code."""

    value: Array
    reads: Quantity
    code: str


def _factors(p: Pass, l: int, j: int, k: int, route: tuple[int, ...]) -> list[_Factor]:
    """What is multiplied from w_jk of layer l on, through neuron route[0] of the next layer, …"""

    def entry(*quantity: object) -> _Factor:
        at = Quantity(*quantity)
        return _Factor(p.value(at), at, str(at))

    def slope(at: int, neuron: int) -> _Factor:
        operand = p.slope(at, place=(neuron, 0))
        return _Factor(operand.value, operand.reads, p.slope_line(at, (neuron, 0)))

    found = [entry("a", l - 1, (k, 0)), slope(l, j)]
    for at, (before, t) in enumerate(pairwise((j, *route)), start=l + 1):
        found += [entry("W", at, (t, before)), slope(at, t)]
    end = ((j, *route)[-1], 0)
    a, y = Quantity("a", p.L, end), Quantity("y", None, end)
    error = p.net.cost.slope(p.trace.a[p.L], p.y)[end]
    return [*found, _Factor(error, y, f"({p.error_of(str(a), str(y))})")]


def _symbols(p: Pass, l: int, j: int, k: int, route: str) -> list[str]:
    """The same factors as symbols, with a letter for the neuron of each later layer."""
    found = [p.mark("a", l - 1, k), p.slope(l, j).latex]
    for at, (before, t) in enumerate(pairwise((j, *route)), start=l + 1):
        found += [p.mark("w", at, f"{t}{before}"), p.slope(at, t).latex]
    end = (j, *route)[-1]
    constant = p.net.cost.slope_constant
    return [*found, rf"{constant}\left({p.mark('a', p.L, end)} - y_{{{end}}}\right)"]


def _sum_of(values: Array, total: Array) -> str:
    decimals = decimals_for(np.append(values, total))
    terms = (latex_number(v, decimals, signed=True) for v in values)
    return f"{' '.join(terms)} = {latex_array(total, signed=True)}"


def _each_path(l: int, routes: list[tuple[int, ...]], values: Array) -> str:
    """What every path gives, in words; a weight of the last layer has one that turns nowhere."""
    if len(routes) == 1:
        return "The weight has one path to the cost, and its factors are multiplied."
    decimals = decimals_for(values)
    each = (
        f"{number(v, decimals, signed=True)} through "
        + ", ".join(f"neuron {t} of layer {at}" for at, t in enumerate(route, start=l + 1))
        for route, v in zip(routes, values)
    )
    return f"The paths give {'; '.join(each)}. Added up:"
