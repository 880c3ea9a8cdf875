"""A NumPy line as data: its syntax tree, the values and the axes in it, and what it reads."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from types import CodeType
from typing import TypeGuard

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.functions import LOGARITHMS
from bp_helpers.network import Network
from bp_helpers.steps.step import KINDS, Axis, Quantity

Run = int | str | None  # along an axis: the neurons of a layer, the samples "m", or a single thing
At = tuple[str | None, ...]  # a letter for the place along each axis, or none


@dataclass(frozen=True)
class Spelling:
    """What is particular to the symbols of one notation.

    `weight` is the letter for the weights, `activation` the one for the activation function (the
    function's own by default), `layered_activation` gives it its layer, and `own_letters` writes
    dW and db instead of derivatives. With `entries`, equations speak of entries, whose products
    need no sign, and with `sums` a product of matrices is written as a sum. In a row of `single`
    neurons no neuron needs an index. `shapes` stand under each symbol where they are wanted.
    """

    weight: str = "W"
    activation: str = ""
    layered_activation: bool = False
    own_letters: bool = False
    entries: bool = False
    sums: bool = False
    single: bool = False
    shapes: bool = False


@dataclass(frozen=True)
class Setting:
    """Where a line stands: the network, the values by name, and how they are spelled.

    `shown` says which of the n places of an axis are written out.
    """

    net: Network
    m: int
    names: Mapping[str, object]
    spelling: Spelling
    shown: Callable[[Run, int], list[int | None]]

    def value(self, node: ast.expr) -> Array:
        """What an expression gives."""
        return np.asarray(eval(_compiled(node), {**self.names}))  # the text is made in this package

    def knowing(self, values: Mapping[str, object]) -> Setting:
        """The same setting with some more values."""
        return replace(self, names={**self.names, **values})

    def runs(self, quantity: Quantity) -> tuple[Run, ...]:
        """What runs along each axis of a quantity; what is single is not counted."""
        layers = {} if self.spelling.single else quantity.layers(self.net.L)
        along: dict[Axis | None, Run] = {**layers, "m": "m" if self.m > 1 else None}
        return tuple(along.get(axis) for axis in quantity.kind.axes)


@lru_cache(maxsize=1024)
def parsed(line: str) -> ast.expr:
    """The syntax tree of an expression, in which only arrays have places picked."""
    tree: ast.expr = _Picks().visit(ast.parse(line, mode="eval").body)
    return tree


@lru_cache(maxsize=8192)
def _compiled(node: ast.expr) -> CodeType:
    return compile(ast.Expression(node), "<step>", "eval")


class _Picks(ast.NodeTransformer):
    """`(a - y)[j, 0]` is `a[j, 0] - y[j, 0]`: the whole is computed first, an entry is picked."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        return _picked(node.value, node.slice) if _is_computed(node.value) else node


def _is_computed(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp)


def _picked(node: ast.expr, place: ast.expr) -> ast.expr:
    if isinstance(node, ast.BinOp):
        sides = _picked(node.left, place), _picked(node.right, place)
        return ast.copy_location(ast.BinOp(sides[0], node.op, sides[1]), node)
    if isinstance(node, ast.Constant) or is_call(node, "len"):
        return node
    return ast.copy_location(ast.Subscript(node, place, ast.Load()), node)


def is_negative(node: ast.AST) -> TypeGuard[ast.UnaryOp]:
    """Whether the expression is another one with a minus sign in front."""
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def logarithm(node: ast.Call) -> ast.expr:
    """What the logarithm of an activation is taken of: a[l], or 1 − a[l] where z is negated.

    `log_softmax(z[l])` computes ln a[l] without the logarithm of 0; log_sigmoid(−z) is ln(1 − a).
    """
    z = node.args[0]
    of = z.operand if is_negative(z) else z
    (quantity,) = reads(of)
    a = str(quantity._replace(name="a"))
    return parsed(f"1 - {a}" if is_negative(z) else a)


def is_call(node: ast.AST, *names: str) -> TypeGuard[ast.Call]:
    """Whether the expression calls one of these functions, of NumPy or of a layer or not."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    return getattr(called, "attr", getattr(called, "id", None)) in names


def names_in(node: ast.AST) -> set[str]:
    """Every name that stands in an expression."""
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}


@lru_cache(maxsize=8192)
def array_of(node: ast.expr) -> tuple[Quantity, tuple[ast.expr, ...]] | None:
    """The array that an expression names, and the places that it picks; None for anything else."""
    match node:
        case ast.Name(id=name) if name in KINDS:
            return Quantity(name), ()
        case ast.Subscript(ast.Name(id=name), ast.Constant(int(l))) if name in KINDS:
            return Quantity(name, l), ()
        case ast.Subscript(value, place):
            inner = array_of(value)
            return inner and (inner[0], places_of(place))
    return None


def places_of(place: ast.expr) -> tuple[ast.expr, ...]:
    """What stands between the brackets of a subscript, axis by axis."""
    return tuple(place.elts) if isinstance(place, ast.Tuple) else (place,)


def reads(node: ast.AST) -> Iterator[Quantity]:
    """Every quantity that an expression takes, with the part of it that is taken."""
    found = array_of(node) if isinstance(node, ast.expr) else None
    if found:
        quantity, places = found
        yield quantity._replace(place=tuple(map(_fixed, places)))
        return
    if is_call(node, *LOGARITHMS):  # written as that of an activation
        yield from reads(logarithm(node))
        return
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.comprehension) and not is_call(node, "len"):
            yield from reads(child)


def _fixed(place: ast.expr) -> int | None:
    """The number of a row or a column, or None for a colon or a letter that runs over them."""
    return place.value if isinstance(place, ast.Constant) else None  # type: ignore[return-value]


def rounds(node: ast.expr, setting: Setting) -> list[dict[str, int]]:
    """What the letters of `sum(… for t in range(n))` stand for, term by term; else nothing."""
    if not (isinstance(node, ast.Call) and isinstance(node.args[0], ast.GeneratorExp)):
        return []
    generators = node.args[0].generators
    letters = [ast.unparse(each.target) for each in generators]
    ranges = [range(int(setting.value(each.iter.args[0]))) for each in generators]  # type: ignore
    return [dict(zip(letters, values)) for values in product(*ranges)]


def is_count(node: ast.expr) -> bool:
    """Whether the expression is a number that is the same for every network of these sizes."""
    if isinstance(node, ast.BinOp):
        return is_count(node.left) and is_count(node.right)
    return isinstance(node, ast.Constant) or is_call(node, "len")


def together(left: tuple[Run, ...], right: tuple[Run, ...]) -> tuple[Run, ...]:
    """What runs along the axes of two arrays that NumPy brings to one shape."""
    longer = max(len(left), len(right))
    padded = ((*(None,) * (longer - len(side)), *side) for side in (left, right))
    return tuple(one if one is not None else other for one, other in zip(*padded))
