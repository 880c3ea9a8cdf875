"""The lines of another text in its own symbols, from the syntax tree of each line."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from bp_helpers._html import Markup, element
from bp_helpers.steps import mathematics as write
from bp_helpers.steps.line import is_call
from bp_helpers.steps.mathematics import ATOM, PRODUCT, Math
from bp_helpers.steps.numbers import index_text, real_minus
from bp_helpers.texts.lines import Rule
from bp_helpers.texts.sources import Source

_GREEK = {
    "delta": "δ", "sigma": "σ", "Omega": "Ω", "omega": "ω", "beta": "β", "phi": "φ", "ell": "ℓ",
}  # fmt: skip
_MINUS, _PLUS = write.operator("−", "minus"), write.operator("+", "plus")
_TIMES, _ENTRYWISE = write.operator("·", "times"), write.operator("⊙", "entry by entry times")
_BY_ROWS = write.phrase("scales the rows of")
_ON_TOP = write.phrase("a row of ones on top of")
_WITHOUT_BIASES = write.phrase("without column 0")


def letter(name: str) -> str:
    """A name of the code as it is printed: delta is δ, and domega is dω."""
    if name in _GREEK:
        return _GREEK[name]
    return f"d{_GREEK[name[1:]]}" if name[:1] == "d" and name[1:] in _GREEK else name


def equation_of(source: Source, rule: Rule) -> Markup:
    """A line of a text as a displayed equation, or in words where it is no line."""
    if not rule.line:
        return element("div", rule.target)
    writer = _Writer(source)
    sides = (ast.parse(text, mode="eval").body for text in (rule.target, rule.line))
    return write.equation(*map(writer.written, sides))


def symbol_of(source: Source, name: str, layer: str) -> Math:
    """A quantity of a layer by its name in the code, as the text writes it."""
    return _Writer(source).symbol(name, layer, ())


def text_of(source: Source, name: str) -> str:
    """A quantity by its name in the code, as plain text without its layer: ∂C/∂W, or dZ."""
    if (below := _below(source, name)) is not None:
        return f"∂{letter(source.C)}/∂{letter(below)}"
    return letter(name)


def _below(source: Source, name: str) -> str | None:
    """What a quantity is the derivative for, where the text writes it as a derivative."""
    if source.gradients != "∂":
        return None
    carried = source.z if source.carries == "z" else source.a
    derivatives = {source.weight_gradient: source.W, source.bias_gradient: source.b}
    if not source.delta:
        derivatives[source.carried] = carried
    return derivatives.get(name)


class _Writer:
    """The visitor: what is written for a line of one text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.counts = {source.m, "n_L"}

    def written(self, node: ast.expr) -> Math:  # noqa: PLR0911, PLR0912 (one a kind of node)
        """An expression, or one side of an equation."""
        match node:
            case ast.Constant(value=int(v)):
                return write.number(v, 0)
            case ast.Name(id="n_L"):
                return write.symbol("n", ["L"])
            case ast.Name() | ast.Subscript():
                return self.leaf(node)
            case ast.Attribute(value=inner):
                return write.power(write.bracketed(self.written(inner)), "T", "transposed")
            case ast.BinOp(left, ast.Add(), right):
                return write.beside(self.written(left), _PLUS, self.written(right))
            case ast.BinOp(left, ast.Sub(), right):
                return write.beside(self.written(left), _MINUS, self.written(right).within(PRODUCT))
            case ast.BinOp(left, ast.Mult(), right):
                return self.product(left, right)
            case ast.BinOp(left, ast.MatMult(), right):
                sides = (self.apart(side, self.written(side), ast.Mult) for side in (left, right))
                return write.beside(*(side.within(PRODUCT) for side in sides), level=PRODUCT)
            case ast.BinOp(left, ast.Div(), right):
                return self.quotient(left, right)
            case ast.Call(args=[ast.GeneratorExp(elt=term, generators=[each])]):
                return write.summed([ast.unparse(each.target)], self.written(term))
            case ast.Call(args=[inner]) if is_call(node, "sum"):
                return write.summed(["i"], self.leaf(inner, ("i",)))
            case ast.Call(args=[inner]) if is_call(node, "with_ones"):
                return write.beside(_ON_TOP, self.written(inner))
            case ast.Call(func=function, args=[inner]):
                return write.applied(self.function(function), self.written(inner))
        raise NotImplementedError(f"no way to write {ast.unparse(node)}")

    def product(self, left: ast.expr, right: ast.expr) -> Math:
        """Two factors, and between them a sign that says how they are multiplied."""
        first, second = (self.written(side) for side in (left, right))
        signs: list[Math] = []
        if self.is_count(left):
            plain = isinstance(right, ast.Name | ast.Constant)
            signs = [_TIMES] if plain else []
        elif self.source.form in ("arrays", "row"):
            first, second = (
                self.apart(side, factor, ast.MatMult)
                for side, factor in ((left, first), (right, second))
            )
            scaled = self.source.form == "row" and ast.unparse(right).startswith(self.source.W)
            signs = [_BY_ROWS if scaled else _ENTRYWISE]
        parts = first.within(PRODUCT), *signs, second.within(PRODUCT)
        return write.beside(*parts, level=PRODUCT)

    def apart(self, node: ast.expr, factor: Math, kind: type[ast.operator]) -> Math:
        """A product in brackets where it stands beside one of another kind."""
        is_product = isinstance(node, ast.BinOp) and isinstance(node.op, kind)
        return write.bracketed(factor) if is_product else factor

    def quotient(self, left: ast.expr, right: ast.expr) -> Math:
        """A division by counts: a fraction of them, or one in front of what is divided."""
        if self.is_count(left):
            return write.fraction(self.written(left), self.written(right))
        part = write.fraction(write.number(1, 0), self.written(right))
        return write.beside(part, self.written(left).within(PRODUCT), level=PRODUCT)

    def is_count(self, node: ast.expr) -> bool:
        """Whether an expression is made of numbers of samples and neurons alone."""
        if isinstance(node, ast.BinOp):
            return self.is_count(node.left) and self.is_count(node.right)
        return isinstance(node, ast.Constant) or getattr(node, "id", "") in self.counts

    def leaf(self, node: ast.expr, indices: Sequence[str] = ()) -> Math:
        """An array of a layer, or an entry of it."""
        if isinstance(node, ast.Name):
            return self.symbol(node.id, None, indices)
        assert isinstance(node, ast.Subscript)
        if not isinstance(node.value, ast.Subscript):
            if isinstance(node.value, ast.Name) and node.value.id == self.source.y:
                return self.symbol(self.source.y, None, [ast.unparse(node.slice)])
            return self.symbol(ast.unparse(node.value), ast.unparse(node.slice), indices)
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if any(isinstance(place, ast.Slice) for place in places):
            return write.beside(self.leaf(node.value), _WITHOUT_BIASES)
        return self.leaf(node.value, [ast.unparse(place) for place in places])

    def symbol(self, name: str, layer: str | None, indices: Sequence[str]) -> Math:
        """A quantity of a layer, which may be a derivative."""
        if (below := _below(self.source, name)) is not None:
            top = self.marked(self.source.C, None)
            return write.derivative(top, self.marked(below, layer, indices))
        return self.marked(name, layer, indices)

    def function(self, node: ast.expr) -> Math:
        """An activation or its slope, with its layer where the text writes one."""
        layer = ast.unparse(node.slice) if isinstance(node, ast.Subscript) else None
        name = ast.unparse(node.value if isinstance(node, ast.Subscript) else node)
        plain = {self.source.sigma, self.source.output, "softmax"}
        return self.marked(name if name in plain else name[1:], layer, prime=name not in plain)

    def marked(
        self, name: str, layer: str | None, indices: Sequence[str] = (), prime: bool = False
    ) -> Math:
        """A letter with its index, and its layer marked as the text marks it."""
        sign, mark = letter(name), self.source.mark
        parts: list[str] = [element("i", sign), "′" if prime else ""]
        aloud = sign + (" prime" if prime else "")
        below = [index_text(indices)] if indices else []
        above: list[str] = []
        if layer is not None:
            text = real_minus(layer)
            where = below if mark == "_l" else above
            where.append({"(l)": f"({text})", "[l]": f"[{text}]"}.get(mark, text))
        if indices:
            aloud += f" {', '.join(indices)}"
        if layer is not None:
            aloud += f" of layer {layer}"
        parts += [element(tag, ", ".join(v)) for tag, v in (("sub", below), ("sup", above)) if v]
        return Math(element("span", *parts, class_="bp-sym"), aloud, ATOM)
