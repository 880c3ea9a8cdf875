"""The formula of a step, from its NumPy line: in symbols, in numbers, and in shapes.

One visitor goes over the syntax tree of the line, and three kinds of leaves make three forms of
it. Along each axis of an array run the neurons of a layer, or the samples. `at` says which letter
stands for the place along each axis: with letters an equation speaks of entries, and without of
whole arrays.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.functions import LOGARITHMS, Activation
from bp_helpers.steps import mathematics as write
from bp_helpers.steps.line import (
    At,
    Run,
    Setting,
    array_of,
    is_call,
    is_count,
    is_negative,
    logarithm,
    places_of,
    reads,
    rounds,
    together,
)
from bp_helpers.steps.mathematics import ATOM, PRODUCT, SUM, Math
from bp_helpers.steps.numbers import MOST_SHOWN, decimals_for
from bp_helpers.steps.step import KINDS, Part, Quantity

_PLUS, _MINUS = write.operator("+", "plus"), write.operator("−", "minus")
_TIMES, _ENTRYWISE = write.operator("·", "times"), write.operator("⊙", "entry by entry times")
_BY_ROWS = write.phrase("scales the rows of")
_REPEATED = write.phrase("in every column")
_LN = write.symbol("ln")
_CONTRACTED = "t"  # the letter for what a product of matrices sums over


class _Formula:
    """The visitor: what is written for a line, whatever its leaves are written as."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def leaf(self, node: ast.expr, at: At) -> Math:
        """An array, or what counts as one."""
        raise NotImplementedError

    def is_leaf(self, node: ast.expr) -> bool:
        """Whether an expression is written as one thing."""
        return array_of(node) is not None

    def written(self, node: ast.expr, at: At = ()) -> Math:  # noqa: PLR0911 (one a kind of node)
        """An expression, with the letters `at` along the axes of its value."""
        runs = self.runs(node)
        letters = at or (None,) * len(runs)
        at = tuple(letter if run is not None else None for letter, run in zip(letters, runs))
        if self.is_leaf(node):
            return self.leaf(node, at)
        match node:
            case ast.Constant(value=int(v) | float(v)):
                return write.number(v, 0)
            case ast.Attribute(value=inner):
                return self.transpose(inner, at)
            case ast.Subscript(value=inner, slice=place):
                return write.indexed(self.written(inner), map(ast.unparse, places_of(place)))
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return write.beside(_MINUS, self.written(inner, at).within(PRODUCT))
            case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
                first, second = self.operand(left, at), self.operand(right, at).within(PRODUCT)
                sign = _PLUS if isinstance(op, ast.Add) else _MINUS
                repeated = [_REPEATED] if self.is_repeated(left, right, at) else []
                return write.beside(first, sign, second, *repeated)
            case ast.BinOp(left, ast.Mult(), right):
                return self.product(left, right, at)
            case ast.BinOp(left, ast.Div(), right):
                return self.quotient(left, right, at)
            case ast.BinOp(base, ast.Pow(), ast.Constant(value=2)):
                return write.power(self.written(base, at).within(ATOM), "2", "squared")
            case ast.BinOp(left, ast.MatMult(), right):
                return self.matrix_product(left, right, at)
            case ast.Call() if not is_call(node, "len"):
                return self.call(node, at)
        if is_call(node, "len") or isinstance(node, ast.Name):
            return self.count(node)
        raise NotImplementedError(f"no way to write {ast.unparse(node)}")

    def runs(self, node: ast.expr) -> tuple[Run, ...]:  # noqa: PLR0911 (one a kind of node)
        """What runs along each axis of an expression's value."""
        if (found := array_of(node)) and not found[1]:
            return self.setting.runs(found[0])
        match node:
            case ast.Subscript(value=inner, slice=place):
                along, places = self.runs(inner), places_of(place)
                free = (run for run, i in zip(along, places) if isinstance(i, ast.Slice))
                return (*free, *along[len(places) :])
            case ast.Attribute(value=inner):
                return self.runs(inner)[::-1]
            case ast.UnaryOp(operand=inner):
                return self.runs(inner)
            case ast.BinOp(left, ast.MatMult(), right):
                return (*self.runs(left)[:-1], *self.runs(right)[1:])
            case ast.BinOp(left, _, right):
                return together(self.runs(left), self.runs(right))
            case ast.Call(args=[ast.GeneratorExp(elt=term)]):
                return self.runs(term)
            case ast.Call(args=[inner], keywords=[_, *_]):
                return (*self.runs(inner)[:-1], None)
            case ast.Call(args=[inner, *_]) if not is_call(node, "sum", "len"):
                return self.runs(inner)
        return ()

    def operand(self, node: ast.expr, at: At) -> Math:
        """One side of what is done entry by entry, with the letters that fit to its axes."""
        return self.written(node, at[len(at) - len(self.runs(node)) :])

    def is_repeated(self, left: ast.expr, right: ast.expr, at: At) -> bool:
        """Whether a column is added to every column of a batch, and whole arrays are written."""
        batch = "m" in self.runs(left) and "m" not in self.runs(right)
        return batch and not any(at) and len(self.runs(right)) == 2

    def product(self, left: ast.expr, right: ast.expr, at: At) -> Math:
        """Two factors, and between them a sign that says how they are multiplied."""
        factors = self.operand(left, at), self.operand(right, at)
        if not any(at):
            factors = _bracketed_if(factors, (left, right), ast.MatMult)
        first, second = (factor.within(PRODUCT) for factor in factors)
        if not (is_count(left) and isinstance(right, ast.BinOp) and factors[1].level == SUM):
            first = write.beside(first, *self.sign(left, right), level=PRODUCT)
        return write.beside(first, second, level=PRODUCT)

    def sign(self, left: ast.expr, right: ast.expr) -> list[Math]:
        """What stands between two factors."""
        raise NotImplementedError

    def matrix_sign(self, left: ast.expr, right: ast.expr) -> list[Math]:
        """What stands between two factors of a product of matrices: nothing."""
        return []

    def quotient(self, left: ast.expr, right: ast.expr, at: At) -> Math:
        """A division by a number, written as a fraction in front."""
        if is_count(left):
            return write.fraction(self.written(left), self.written(right))
        if is_negative(left):
            return write.beside(_MINUS, self.quotient(left.operand, right, at))
        part = write.fraction(write.number(1, 0), self.written(right))
        return write.beside(part, self.written(left, at).within(PRODUCT), level=PRODUCT)

    def transpose(self, inner: ast.expr, at: At) -> Math:
        """The transpose of an array, or of what is computed."""
        if any(at):
            return self.written(inner, at[::-1])
        return write.power(write.bracketed(self.written(inner)), "T", "transposed")

    def matrix_product(self, left: ast.expr, right: ast.expr, at: At) -> Math:
        """Rows times columns."""
        factors = self.row_and_column(left, right, at, None)
        first, second = _bracketed_if(factors, (left, right), ast.Mult)
        sign = self.matrix_sign(left, right)
        return write.beside(first.within(PRODUCT), *sign, second.within(PRODUCT), level=PRODUCT)

    def row_and_column(
        self, left: ast.expr, right: ast.expr, at: At, letter: str | None
    ) -> tuple[Math, Math]:
        """The factors of a product of matrices; `letter` stands for the place that they share."""
        row, column = at[: len(self.runs(left)) - 1], at[len(at) - len(self.runs(right)) + 1 :]
        return self.written(left, (*row, letter)), self.written(right, (letter, *column))

    def call(self, node: ast.Call, at: At) -> Math:
        """A sum, or a function of its arguments."""
        inner = node.args[0]
        if isinstance(inner, ast.GeneratorExp):
            return self.sum_of_terms(node, inner.elt, at)
        if is_call(node, "sum"):
            return self.sum_of_samples(inner, at) if node.keywords else self.sum_of_all(inner)
        if is_call(node, "ones_like"):
            return write.number(1, 0)
        if is_call(node, *LOGARITHMS):
            return write.applied(_LN, self.operand(logarithm(node), at))
        if not is_call(node, "sigma", "dsigma", "cost", "dcost"):
            raise NotImplementedError(f"no way to write {ast.unparse(node)}")
        if self.is_whole(node) and any(at):
            letters = (letter for letter in at if letter)
            return write.indexed(self.call(node, (None,) * len(at)), letters)
        return write.applied(self.function(node), *(self.operand(arg, at) for arg in node.args))

    def is_whole(self, node: ast.Call) -> bool:
        """Whether an activation takes its layer as a whole, so that an entry is picked after it."""
        return is_call(node, "sigma") and not self.activation(node).elementwise

    def activation(self, node: ast.Call) -> Activation:
        """The activation of the layer whose z is put into a function."""
        return self.setting.net.sigma[next(reads(node.args[0])).layer or 1]

    def sum_of_terms(self, node: ast.Call, term: ast.expr, at: At) -> Math:
        """The sum over the letters of a generator."""
        letters = [ast.unparse(each.target) for each in node.args[0].generators]  # type: ignore
        return write.summed(letters, self.written(term, at))

    def sum_of_samples(self, inner: ast.expr, at: At) -> Math:
        """The sum along the last axis."""
        raise NotImplementedError

    def sum_of_all(self, inner: ast.expr) -> Math:
        """The sum of all entries; one of squares is a norm."""
        if self.is_single(inner):
            return self.written(inner)
        if not (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow)):
            return write.summed(["entries"], self.written(inner))
        norm = write.bracketed(self.written(inner.left), "‖‖", "the norm of")
        return write.power(norm, "2", "squared")

    def is_single(self, node: ast.expr) -> bool:
        """Whether the value of the expression is one number."""
        return self.setting.value(node).size == 1

    def function(self, node: ast.Call) -> Math:
        """The symbol of a function, with its layer where it has one."""
        own_cost = is_call(node, "cost", "dcost")
        if own_cost:
            return write.symbol("cost", prime=is_call(node, "dcost"))
        spelling, quantity = self.setting.spelling, next(reads(node.args[0]))
        letter = spelling.activation or self.activation(node).letter
        layer = quantity.layer if spelling.layered_activation else None
        return write.symbol(letter, layer=layer, prime=is_call(node, "dsigma"))

    def count(self, node: ast.expr) -> Math:
        """A number of neurons or of samples."""
        return write.number(float(self.setting.value(node)), 0)


class Symbols(_Formula):
    """A line in the symbols of one notation."""

    def leaf(self, node: ast.expr, at: At) -> Math:
        """The symbol of an array, or of an entry of it."""
        found = array_of(node)
        assert found, "is_leaf has asked"
        quantity, places = found
        free = iter(at)
        letters = [next(free, None) if isinstance(p, ast.Slice) else ast.unparse(p) for p in places]
        along = zip(self.setting.runs(quantity), [*letters, *free])
        index = {run: letter for run, letter in along if run is not None and letter is not None}
        top, bottom = quantity.kind.top, quantity.kind.bottom
        own_letters = self.setting.spelling.own_letters and quantity.name in ("dW", "db")
        if bottom is None or own_letters:
            part = top if bottom is None else (quantity.name, "l")
            return self.letter(part, quantity, index, self.shape_under(node, "m" in index))
        return write.derivative(
            self.letter(top, quantity, index), self.letter(bottom, quantity, index)
        )

    def letter(
        self, part: Part, quantity: Quantity, index: Mapping[int | str, str], shape: str = ""
    ) -> Math:
        """One letter with its layer, and with those of the indices that run along its own axes."""
        name, layer = part
        number = quantity.layers(self.setting.net.L).get(layer)
        alike = Quantity(name, number) if name in KINDS else quantity
        own = [index[run] for run in self.setting.runs(alike) if run is not None and run in index]
        if name == "W" and (own or self.setting.spelling.weight == "w"):
            name = "w"
        return write.symbol(name, own, number, shape=shape)

    def shape_under(self, node: ast.expr, of_one_sample: bool) -> str:
        """The shape of an array, where the notation shows it under its symbol."""
        if not self.setting.spelling.shapes:
            return ""
        array = self.setting.value(node)
        return shape_text(array[:, :1] if of_one_sample else array) if array.ndim else ""

    def sign(self, left: ast.expr, right: ast.expr) -> list[Math]:
        """Nothing between entries, but beside a number; ⊙ between arrays."""
        if isinstance(right, ast.Constant):
            return [_TIMES]
        if is_count(left):
            return [_TIMES] if isinstance(left, ast.Constant) else []
        return [] if self.setting.spelling.entries else [_ENTRYWISE]

    def matrix_product(self, left: ast.expr, right: ast.expr, at: At) -> Math:
        """A product of symbols, or the sum that it is."""
        spelling, along = self.setting.spelling, self.runs(left)[-1]
        if not spelling.sums:
            return super().matrix_product(left, right, at)
        letter = "i" if along == "m" else None if along is None else _CONTRACTED
        factors = self.row_and_column(left, right, at, letter)
        term = write.beside(*(factor.within(PRODUCT) for factor in factors), level=PRODUCT)
        return write.summed([letter], term) if letter else term

    def sum_of_samples(self, inner: ast.expr, at: At) -> Math:
        """The sum over the samples i."""
        return write.summed(["i"], self.written(inner, (*at[:-1], "i")))

    def sum_of_all(self, inner: ast.expr) -> Math:
        """A norm of arrays, or the sum over samples and neurons."""
        if not self.setting.spelling.entries:
            return super().sum_of_all(inner)
        runs = self.runs(inner)
        at = tuple("i" if run == "m" else None if run is None else "j" for run in runs)
        letters = sorted(letter for letter in at if letter)
        term = self.written(inner, at)
        return write.summed(letters, term) if letters else term

    def count(self, node: ast.expr) -> Math:
        """The symbol of a number of neurons or of samples."""
        return write.symbol("n", ["L"]) if is_call(node, "len") else write.symbol("m")


class Numbers(_Formula):
    """A line with the numbers put in."""

    def whole(self, node: ast.expr) -> Math:
        """A whole right-hand side: of a slope alone, its number would be the answer already."""
        if is_call(node, "dsigma"):
            return self.call(node, ())
        return self.written(node)

    def is_leaf(self, node: ast.expr) -> bool:
        """Slopes and transposes are computed before they are written."""
        if isinstance(node, ast.Attribute):
            return self.is_leaf(node.value) and not isinstance(node.value, ast.Attribute)
        picked = node.value if isinstance(node, ast.Subscript) else node
        return array_of(node) is not None or is_call(picked, "dsigma", "dcost")

    def leaf(self, node: ast.expr, at: At) -> Math:
        """The numbers of an array."""
        quantity = next(reads(node))
        array = self.setting.value(node)  # a single number is a factor, and needs no plus sign
        signed = quantity.kind.signed and array_of(node) is not None and array.size > 1
        return self.array(array, self.runs(node), signed)

    def array(self, array: Array, runs: Sequence[Run], signed: bool) -> Math:
        """A number, or a matrix in which long rows and columns are cut."""
        if array.size == 1:
            return write.number(array.item(), decimals_for(array), signed)
        table = np.atleast_2d(array)
        along = (*(None,) * (2 - len(runs)), *runs)
        rows, columns = (self.setting.shown(run, n) for run, n in zip(along, table.shape))
        return write.matrix(table, rows, columns, signed)

    def sign(self, left: ast.expr, right: ast.expr) -> list[Math]:
        """A dot beside a single number, ⊙ between equal shapes, and words for a scaled row."""
        shapes = [self.setting.value(side).shape for side in (left, right)]
        if self.is_single(left) or self.is_single(right):
            return [_TIMES]
        return [_ENTRYWISE if shapes[0] == shapes[1] else _BY_ROWS]

    def matrix_sign(self, left: ast.expr, right: ast.expr) -> list[Math]:
        """A dot beside a single number, which would otherwise run into what stands there."""
        return [_TIMES] if self.is_single(left) or self.is_single(right) else []

    def transpose(self, inner: ast.expr, at: At) -> Math:
        """The transpose of what is computed; that of a number is the number."""
        return self.written(inner) if self.is_single(inner) else super().transpose(inner, at)

    def sum_of_terms(self, node: ast.Call, term: ast.expr, at: At) -> Math:
        """The terms written out, or as many as there is room for."""
        values = rounds(node, self.setting)
        shown = range(len(values)) if len(values) <= 2 * MOST_SHOWN else (0, 1, None, -1)
        parts: list[Math] = []
        for k in shown:
            if k is None:
                parts += [_PLUS, write.operator("⋯", "and so on")]
                continue
            one = Numbers(self.setting.knowing(values[k])).written(term)
            parts += [*([_PLUS] if parts else []), one.within(PRODUCT) if parts else one]
        return write.beside(*parts)

    def sum_of_samples(self, inner: ast.expr, at: At) -> Math:
        """The columns, added up."""
        return write.summed(["columns"], self.written(inner))


class Shapes(Numbers):
    """A line with the shapes of its arrays put in."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.seen: set[tuple[int, ...]] = set()

    def whole(self, node: ast.expr) -> Math:
        """A whole right-hand side."""
        return self.written(node)

    def array(self, array: Array, runs: Sequence[Run], signed: bool) -> Math:
        """The shape of an array."""
        self.seen.add(array.shape)
        return write.operator(shape_text(array))

    def sum_of_terms(self, node: ast.Call, term: ast.expr, at: At) -> Math:
        """The shape of one term, under a sum sign."""
        one = Shapes(self.setting.knowing(rounds(node, self.setting)[0]))
        one.seen = self.seen
        return _Formula.sum_of_terms(one, node, term, at)

    def call(self, node: ast.Call, at: At) -> Math:
        """What ones_like gives has a shape too."""
        if is_call(node, "ones_like"):
            return self.array(self.setting.value(node), (), False)
        return super().call(node, at)

    def count(self, node: ast.expr) -> Math:
        """The symbol of a number of neurons or of samples."""
        return Symbols(self.setting).count(node)


def shape_text(array: Array) -> str:
    """The shape as it is written beside an equation."""
    return str(array.shape) if array.ndim else "a number"


def _bracketed_if(
    factors: tuple[Math, Math], nodes: tuple[ast.expr, ast.expr], kind: type[ast.operator]
) -> tuple[Math, Math]:
    """Two factors, in brackets where they are products of the other kind."""
    first, second = (
        write.bracketed(factor) if isinstance(node, ast.BinOp) and isinstance(node.op, kind)
        else factor
        for factor, node in zip(factors, nodes)
    )  # fmt: skip
    return first, second
