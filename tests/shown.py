"""Shown equations as trees that can be evaluated: two readers, one tree, one evaluator.

`read_latex` reads the display maths of the notebooks and `read_html` that of the stepper. Both
give a `Node`, and `evaluate` computes it: in a `World`, which says what the letters mean for one
network with its samples, or without one where there are only numbers. `holds` compares the sides
of an equation for every layer and index that it leaves free, `approaches` compares them while a
nudge shrinks, and `bounds` says between which values a term with rounded numbers lies.

Nothing here uses the backward pass. A derivative is measured: what stands above the fraction line
is evaluated where what stands below it has been moved a little along the imaginary axis.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import reduce, singledispatch
from html.parser import HTMLParser
from itertools import product
from xml.etree.ElementTree import Element, TreeBuilder

import numpy as np

from bp_helpers import Network, forward


class Unreadable(ValueError):
    """The text is no equation, or something in it means nothing here."""


class Misfit(ValueError):
    """Shapes, or the values of an index, do not fit together."""


class Absent(Misfit):
    """The network has no such layer."""


class Elided(Exception):
    """A part is left out, so that there is no value."""


# The tree.


class Node:
    """A part of an equation."""


@dataclass(frozen=True)
class Number(Node):
    """A number as it is shown: its digits, and the power of ten behind them."""

    digits: str
    power: int = 0


@dataclass(frozen=True)
class Symbol(Node):
    """A letter with its primes, indices and layer, and the shape that is written under it."""

    letter: str
    primes: int = 0
    indices: tuple[Node, ...] = ()
    layer: Node | None = None
    shape: tuple[int, ...] | None = None

    @property
    def bare(self) -> bool:
        """Whether it has neither index nor layer."""
        return not self.indices and self.layer is None


@dataclass(frozen=True)
class Apply(Node):
    """A function of its arguments; ⊙, fractions, powers, norms and the like are functions too."""

    function: Symbol
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Entry(Node):
    """An entry, or with one index the entry in the only sample, of what is computed as a whole."""

    of: Node
    indices: tuple[Node, ...]


@dataclass(frozen=True)
class Sum(Node):
    """Terms to be added; dots between them stand for more, dots at the end for smaller ones."""

    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Product(Node):
    """Numbers and matrices side by side; dots among them stand for more."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Total(Node):
    """Σ over letters: over all their values, from `low` to `high`, or over the set `among`."""

    letters: tuple[str, ...]
    of: Node
    low: Node | None = None
    high: Node | None = None
    among: Node | None = None


@dataclass(frozen=True)
class Change(Node):
    """Δ of something: how far it is from its value before the nudge to that after it."""

    of: Node


@dataclass(frozen=True)
class Derivative(Node):
    """∂ top / ∂ bottom.

    For a parameter it has the shape of the parameter. For the activations of a layer it is a
    Jacobian, with a row for each entry of `top` and a column for each of them.
    """

    top: Node
    bottom: Symbol


@dataclass(frozen=True)
class Gradient(Node):
    """∇: the derivatives for all parameters, array after array, as one column."""

    of: Node


@dataclass(frozen=True)
class Mean(Node):
    """A bar over something: its mean over the samples, each of them alone."""

    of: Node


@dataclass(frozen=True)
class Matrix(Node):
    """Rows of cells: numbers, or whole arrays that are laid out one after the other."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Cases(Node):
    """Values, each with the condition under which it is taken, or None."""

    branches: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class Dots(Node):
    """What is left out."""


@dataclass(frozen=True)
class Equation(Node):
    """Sides, with a relation between each and the next: =, ≈ or ←."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True)
class Several(Node):
    """Equations in one line."""

    equations: tuple[Node, ...]


def sides(node: Node) -> tuple[Node, ...]:
    """The sides of an equation; anything else is one side."""
    return node.sides if isinstance(node, Equation) else (node,)


def _children(node: Node) -> Iterator[Node]:
    waiting = [getattr(node, f.name) for f in fields(node)]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            waiting[:0] = value


def _within(node: Node) -> Iterator[Node]:
    """The node and all nodes below it."""
    yield node
    for child in _children(node):
        yield from _within(child)


def _changed(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with other nodes in place of those for which `change` gives one."""

    def rebuilt(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(map(rebuilt, value))
        return _changed(value, change) if isinstance(value, Node) else value

    new = change(node)
    return new or replace(node, **{f.name: rebuilt(getattr(node, f.name)) for f in fields(node)})


# From items in a row to the tree, for both readers. An item is a node, an operator, or a `Prefix`.

Item = object
_RELATIONS = ("=", "≈", "←")
_BY_ROWS, _REPEATED = "scales the rows of", "in every column"


@dataclass(frozen=True)
class Prefix:
    """What takes all the factors after it, as Σ does."""

    make: Callable[[Node], Node]


def arrange(items: Sequence[Item]) -> Node:
    """The tree of items that stand in a row."""
    parts = _split(items, (",",))
    if len(parts) > 1:
        return Several(tuple(map(arrange, parts)))
    relations = tuple(item for item in items if item in _RELATIONS)
    found = tuple(map(_sum, _split(items, _RELATIONS)))
    return Equation(found, relations) if relations else found[0]


def _split(items: Sequence[Item], separators: tuple[str, ...]) -> list[list[Item]]:
    parts: list[list[Item]] = [[]]
    for item in items:
        if item in separators:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def _sum(items: Sequence[Item]) -> Node:
    if items and items[-1] == _REPEATED:  # "A + b in every column"
        plus = len(items) - 1 - items[::-1].index("+") if "+" in items else 0
        return call(_REPEATED, _sum(items[:plus]), _term(items[plus + 1 : -1]))
    signs = [item for item in items if item in ("+", "−")]
    parts = _split(items, ("+", "−"))
    if signs and not parts[0]:
        parts = parts[1:]
    else:
        signs.insert(0, "+")
    terms = tuple(
        call("−", _term(part)) if sign == "−" else _term(part) for sign, part in zip(signs, parts)
    )
    return Sum(terms) if len(terms) > 1 else terms[0]


def _term(items: Sequence[Item]) -> Node:
    built: Node | None = None
    operator, opened = "", False
    for position, item in enumerate(items):
        if isinstance(item, str):
            if built is None or operator or item not in ("·", "/", "⊙", _BY_ROWS):
                raise Unreadable(f"{item} where a factor should be")
            operator = item
            continue
        rest = isinstance(item, Prefix)
        factor = item.make(_term(items[position + 1 :])) if rest else item
        # A product in brackets stays one factor, so that dots can stand for more of its kind.
        inside = built.factors if opened and isinstance(built, Product) else (built,)
        opened = built is not None
        built = factor if built is None else _joined(inside, built, operator, factor)
        operator = ""
        if rest:
            break
    if built is None or operator:
        raise Unreadable("a factor is missing")
    return built


def _joined(before: tuple[Node, ...], left: Node, operator: str, right: Node) -> Node:
    return Product((*before, right)) if operator in ("", "·") else call(operator, left, right)


def call(name: str, *arguments: Node) -> Apply:
    """A function by its name."""
    return Apply(Symbol(name), arguments)


def _fraction(top: Sequence[Item], bottom: Sequence[Item]) -> Item:
    """A fraction, or a derivative, which waits for what it is taken of if that is not above."""
    if not (top and bottom and top[0] == bottom[0] == "∂"):
        return call("/", arrange(top), arrange(bottom))
    below = arrange(bottom[1:])
    if not isinstance(below, Symbol):
        raise Unreadable("a derivative with respect to what is no symbol")
    if len(top) == 1:
        return Prefix(lambda of: Derivative(of, below))
    return Derivative(arrange(top[1:]), below)


def _raised(base: Item, exponent: Node) -> Node:
    if not isinstance(base, Node):
        raise Unreadable("a power of nothing")
    return call("T", base) if exponent == Symbol("T") else call("^", base, exponent)


def _indices(text: str) -> tuple[Node, ...]:
    """Each letter and each digit is an index, or each part between commas."""
    parts = text.split(",") if "," in text else text
    return tuple(Number(part) if part.isdigit() else Symbol(part) for part in map(str.strip, parts))


# LaTeX.

_TOKEN = re.compile(r"\\(?:text|operatorname|begin|end)\{[^}]*\}|\\[A-Za-z]+|\\.|\S")
_SPACES = {r"\,", r"\;", r"\qquad", r"\left", r"\right", r"\bigl", r"\bigr"}
_OPERATORS = {
    "=": "=", r"\approx": "≈", r"\leftarrow": "←", "+": "+", "-": "−", r"\cdot": "·",
    r"\odot": "⊙", ",": ",", "/": "/", r"\partial": "∂",
}  # fmt: skip
_LETTERS = {
    r"\delta": "δ", r"\sigma": "σ", r"\eta": "η", r"\varepsilon": "ε", r"\max": "max",
    r"\Omega": "Ω", r"\beta": "β", r"\ell": "ℓ", r"\varphi": "φ",
    r"\tanh": "tanh",
}  # fmt: skip
_CLOSING = {"(": ")", "{": "}", "|": "|", r"\|": r"\|", r"\lVert": r"\rVert"}
_TAKES_BRACKETS = ("σ", "g", "C", "max", "error", "tanh", "relu", "rms")


def read_latex(text: str) -> Node:
    """The tree of an equation of the notebooks."""
    return arrange(_Latex(re.sub(r"\\tag\{[^}]*\}", "", text)).items(""))


class _Latex:
    """A place in a text; every method takes what it reads."""

    def __init__(self, text: str) -> None:
        self.tokens = [token for token in _TOKEN.findall(text) if token not in _SPACES]

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[ahead] if ahead < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.peek()
        if not token or (expected and token not in expected):
            raise Unreadable(f"{token or 'the end'} where {' or '.join(expected)} should be")
        return self.tokens.pop(0)

    def items(self, *closings: str) -> list[Item]:
        """All items before one of the closings, which stays; "" is the end."""
        found: list[Item] = []
        while self.peek() not in closings:
            self.item(found)
        return found

    def item(self, found: list[Item]) -> None:
        token = self.take()
        if token in _OPERATORS:
            found.append(_OPERATORS[token])
        elif token == "^":
            found.append(_raised(found.pop() if found else None, arrange(self.argument())))
        elif token in _CLOSING:
            inside = arrange(self.until(_CLOSING[token]))
            bare = token in "({"
            found.append(inside if bare else call("|" if token == "|" else "‖", inside))
        elif token.isdigit():
            while self.peek().isdigit():
                token += self.take()
            found.append(Number(token))
        elif (name := token.strip("\\").partition("{")[0]) in self.COMMANDS:
            found.append(self.COMMANDS[name](self, token))
        else:
            found.append(self.symbol(token))

    def until(self, closing: str) -> list[Item]:
        """All items before the closing, which is taken too."""
        found = self.items(closing, "")
        self.take(closing)
        return found

    def argument(self) -> list[Item]:
        """What a command or a script takes: braces, or one letter or digit."""
        token = self.take()
        if token == "{":
            return self.until("}")
        if not token.isalnum():
            raise Unreadable(f"{token} as an argument")
        return [Number(token) if token.isdigit() else Symbol(token)]

    def symbol(self, token: str) -> Node:
        letter = _LETTERS.get(token, token)
        if letter == "d" and self.peek() in tuple("WbazZ"):
            letter += self.take()
        if not letter.isalpha():
            raise Unreadable(f"{token} is no letter")
        primes, indices, layer = 0, (), None
        while True:
            if self.peek() == "'":
                primes += len(self.take())
            elif self.peek() == "_" and not indices:
                letter, indices = self.subscript(letter)
            elif self.tokens[:3] in (["^", "{", "("], ["^", "{", "["]) and layer is None:
                closing = {"(": ")", "[": "]"}[self.tokens[2]]
                del self.tokens[:3]
                layer = arrange(self.until(closing))
                self.take("}")
            else:
                break
        return self.applied(Symbol(letter, primes, indices, layer))

    def subscript(self, letter: str) -> tuple[str, tuple[Node, ...]]:
        """The letter, to which a word belongs, and the indices."""
        if letter == "n":
            self.take("_")
            return letter, (arrange(self.argument()),)
        if self.peek(1) != "{":
            self.take("_")
            return letter, _indices(self.take())
        text = self.label()
        if text.startswith("\\text"):
            return f"{letter}_{_word(text)}", ()
        return letter, _indices(text.replace(" ", ""))

    def applied(self, function: Symbol) -> Node:
        takes_brackets = function.letter in _TAKES_BRACKETS or function.primes
        if not takes_brackets or self.peek() != "(":
            return function
        self.take("(")
        return Apply(function, tuple(map(arrange, _split(self.until(")"), (",",)))))

    def fraction(self, token: str) -> Item:
        return _fraction(self.argument(), self.argument())

    def total(self, token: str) -> Prefix:
        text = self.label() if self.peek(1) == "{" else self.take("_") and self.take()
        match = re.fullmatch(r"(\w)(?: (=|\\in) (\w))?", text)
        if not match:
            raise Unreadable(f"{text} under a sum sign")
        letter, relation, rest = match.groups("")
        ends: dict[str, Node] = {}
        if relation:
            ends["low" if relation == "=" else "among"] = _indices(rest)[0]
        if self.peek() == "^":
            self.take()
            ends["high"] = arrange(self.argument())
        return Prefix(lambda of: Total((letter,), of, **ends))

    def limit(self, token: str) -> Prefix:
        self.label()
        return Prefix(lambda of: call("lim", of))

    def words(self, token: str) -> Node:
        """A word is a symbol, or a function where a letter follows it."""
        word = Symbol(_word(token))
        if self.peek().isalpha():
            return Apply(word, (self.symbol(self.take()),))
        return self.applied(word)

    def braced(self, token: str) -> Node:
        """What stands over a brace, whose label means nothing."""
        inside = arrange(self.argument())
        self.label()
        return inside

    def label(self) -> str:
        """The words or letters of a subscript in braces."""
        self.take("_")
        self.take("{")
        return " ".join(iter(self.take, "}"))

    def environment(self, token: str) -> Node:
        name = _word(token)
        end = rf"\end{{{name}}}"
        rows: list[tuple[Node, ...]] = [()]
        while True:
            condition = _word(self.take()) if self.peek().startswith(r"\text") else "if"
            cell = self.items("&", r"\\", end, "")
            rows[-1] += (arrange(cell) if condition == "if" else None,)
            closing = self.take("&", r"\\", end)
            if closing == end:
                break
            if closing != "&":
                rows.append(())
        return Matrix(tuple(rows)) if name == "bmatrix" else Cases(tuple(rows))

    COMMANDS: Mapping[str, Callable[[_Latex, str], Item]] = {
        "frac": fraction,
        "tfrac": fraction,
        "sum": total,
        "lim": limit,
        "text": words,
        "underbrace": braced,
        "begin": environment,
        "nabla": lambda self, token: Prefix(Gradient),
        "operatorname": lambda self, token: Prefix(lambda of: call(_word(token), of)),
        "ln": lambda self, token: Prefix(lambda of: call("ln", of)),
        "sqrt": lambda self, token: call("√", arrange(self.argument())),
        "overline": lambda self, token: Mean(arrange(self.argument())),
        "Delta": lambda self, token: Change(self.symbol(self.take())),
        "dots": lambda self, token: Dots(),
        "cdots": lambda self, token: Dots(),
        "mathsf": lambda self, token: Symbol(self.take()),
    }


def _word(token: str) -> str:
    return token.partition("{")[2].rstrip("}").strip()


# HTML.

_HTML_OPERATORS = ("=", "+", "−", "·", "⊙", "∂", "≈", _BY_ROWS, _REPEATED)
_LEFT_OUT = ("⋮", "⋯", "⋱", "?")
_NUMBER = re.compile(r"([+−]?)(\d+(?:\.\d+)?)( · 10)?")


def read_html(html: str) -> Node:
    """The tree of one equation of the stepper, or of a part of one."""
    reader = _Elements()
    reader.feed(f"<div>{html}</div>")
    reader.close()
    if reader.open:
        raise Unreadable(f"not closed: {', '.join(reader.open)}")
    root = reader.tree.close()
    equations = [element for element in root.iter() if _kind(element) == "bp-eq"]
    if len(equations) > 1:
        raise Unreadable("more than one equation")
    return arrange(_html_items(_elements([*equations, root][0])))


class _Elements(HTMLParser):
    """From tags to a tree of elements."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = TreeBuilder()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self.open.append(tag)
        self.tree.start(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        """Close the last element."""
        if self.open.pop() != tag:
            raise Unreadable(f"</{tag}> closes nothing")
        self.tree.end(tag)

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.tree.data(data)


def _kind(element: Element) -> str:
    """The first class of an element, or else its tag."""
    return (element.get("class") or element.tag).split()[0]


def _elements(parent: Element) -> list[Element]:
    """The children, between which no text may stand."""
    between = "".join([parent.text or "", *(child.tail or "" for child in parent)])
    if between.strip():
        raise Unreadable(f"{between.strip()} beside elements")
    return list(parent)


def _text(element: Element, *without: str) -> str:
    """All text in an element but for that in children with some tags."""
    parts = [element.text or ""]
    for child in element:
        parts += ["" if child.tag in without else _text(child), child.tail or ""]
    return " ".join("".join(parts).split())


def _text_of(element: Element, tag: str) -> str:
    """The text of the child with a tag, if there is one."""
    return "".join(map(_text, element.findall(tag)))


def _html_items(elements: Iterable[Element]) -> list[Item]:
    found: list[Item] = []
    waiting = iter(elements)
    for element in waiting:
        kind = _kind(element)
        if kind == "bp-power":
            text = _text(element)
            if element.tag == "sub":
                found.append(Entry(found.pop(), _indices(text)))
                continue
            exponent = Symbol(text) if text == "T" else _html_number(element)
            found.append(_raised(found.pop() if found else None, exponent))
        elif kind == "bp-raised":
            found.extend(_html_items(_elements(element)))
        elif kind == "bp-fn":
            function = _html_symbol(next((e for e in element if _kind(e) == "bp-sym"), element))
            found.append(Apply(function, (_html_group(next(waiting, element)),)))
        elif kind == "bp-op" and _text(element) == "Δ":
            found.append(Change(_html_symbol(next(waiting, element))))
        elif kind in _HTML:
            found.append(_HTML[kind](element))
        else:
            raise Unreadable(f"an element of the kind {kind}")
    return found


def _html_number(element: Element) -> Number:
    match = _NUMBER.fullmatch(_text(element, "sup"))
    power = _text_of(element, "sup").replace("−", "-") or "0"
    if not match or bool(match[3]) != bool(_text_of(element, "sup")):
        raise Unreadable(f"{_text(element)} is no number")
    return Number(match[1].replace("−", "-").strip("+") + match[2], int(power))


def _html_operator(element: Element) -> Item:
    text = _text(element)
    if text in _LEFT_OUT:
        return Dots()
    if text not in _HTML_OPERATORS:
        raise Unreadable(f"{text} is no operator")
    return text


def _html_symbol(element: Element) -> Symbol:
    name = _text(element, "sub", "sup", "small")
    letter = name.rstrip("′")
    if not letter.isalpha():
        raise Unreadable(f"{_text(element)} is no symbol")
    index, layer = _text_of(element, "sub"), _text_of(element, "sup")
    if layer and not re.fullmatch(r"\(.+\)", layer):
        raise Unreadable(f"{layer} is no layer")
    shape = tuple(map(int, re.findall(r"\d+", _text_of(element, "small")))) or None
    return Symbol(
        letter,
        len(name) - len(letter),
        (_expression(index),) if letter == "n" and index else _indices(index),
        _expression(layer[1:-1]) if layer else None,
        shape,
    )


def _expression(text: str) -> Node:
    return read_latex(text.replace("−", "-"))


def _html_group(element: Element) -> Node:
    if _kind(element) != "bp-group":
        raise Unreadable(f"{_text(element)} where brackets should be")
    opening, *inside, closing = _elements(element)
    brackets = _text(opening) + _text(closing)
    if {*map(_kind, (opening, closing))} != {"bp-paren"} or brackets not in ("()", "‖‖"):
        raise Unreadable(f"{brackets} are no brackets")
    found = arrange(_html_items(inside))
    return call("‖", found) if brackets == "‖‖" else found


def _html_fraction(element: Element) -> Item:
    parts = _elements(element)
    if list(map(_kind, parts)) != ["span", "bp-slash", "span"]:
        raise Unreadable(f"{_text(element)} is no fraction")
    return _fraction(*(_html_items(_elements(part)) for part in parts[::2]))


def _html_total(element: Element) -> Prefix:
    if _text(element, "sub") != "Σ":
        raise Unreadable(f"{_text(element)} is no sum")
    letters = tuple(letter.strip() for letter in _text_of(element, "sub").split(","))
    return Prefix(lambda of: Total(letters, of))


def _html_matrix(table: Element) -> Matrix:
    return Matrix(tuple(tuple(map(_html_cell, _elements(row))) for row in table.iter("tr")))


def _html_cell(cell: Element) -> Node:
    return Dots() if _text(cell) in _LEFT_OUT else _html_number(next(iter(cell.iter("span")), cell))


_HTML: Mapping[str, Callable[[Element], Item]] = {
    "bp-num": _html_number,
    "bp-op": _html_operator,
    "bp-sym": _html_symbol,
    "bp-group": _html_group,
    "bp-frac": _html_fraction,
    "bp-sum": _html_total,
    "bp-matrix": _html_matrix,
}


# Values: numbers, whose shape is (), and arrays with two axes.


@dataclass(frozen=True)
class Interval:
    """Everything between two numbers, or, entry by entry, between two arrays."""

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, value: object) -> Interval:
        """The value by itself, if it is not an interval already."""
        return value if isinstance(value, cls) else cls(np.array(value), np.array(value))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of both ends."""
        return self.low.shape

    @property
    def T(self) -> Interval:  # noqa: N802 (its name in NumPy)
        """Rows and columns swapped."""
        return Interval(self.low.T, self.high.T)

    def sum(self, **axis: object) -> Interval:
        """All or some entries added up."""
        return Interval(np.sum(self.low, **axis), np.sum(self.high, **axis))

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: object) -> Interval:
        other = Interval.of(other)
        return Interval(self.low + other.low, self.high + other.high)

    def __mul__(self, other: object) -> Interval:
        other = Interval.of(other)
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(np.min(corners, axis=0), np.max(corners, axis=0))

    def __matmul__(self, other: Interval) -> Interval:
        left = Interval(self.low[:, :, None], self.high[:, :, None])
        return (left * Interval(other.low[None], other.high[None])).sum(axis=1)

    def __truediv__(self, other: Interval) -> Interval:
        if other.low <= 0 <= other.high:
            raise Misfit("division by what may be 0")
        return self * Interval(1 / other.high, 1 / other.low)

    def __pow__(self, exponent: Interval | float) -> Interval:
        power = Interval.of(exponent).low
        ends = self.low**power, self.high**power
        if power % 2:  # a root grows, as an odd power does
            return Interval(*ends)
        least = np.where((self.low < 0) & (self.high > 0), 0, np.minimum(*ends))
        return Interval(least, np.maximum(*ends))


def _shape(value: object) -> tuple[int, ...]:
    return value.shape if isinstance(value, Interval) else np.shape(value)


def _fits(fits: bool, *values: object) -> None:
    if not fits:
        raise Misfit(f"shapes that do not fit: {', '.join(str(_shape(v)) for v in values)}")


def _plus(left: object, right: object) -> object:
    # A row times a column is a matrix of one entry, beside which a number is written as one.
    _fits((_shape(left) or (1, 1)) == (_shape(right) or (1, 1)), left, right)
    return left + right


def _times(left: object, right: object) -> object:
    if not _shape(left) or not _shape(right):
        return left * right
    _fits(_shape(left)[1] == _shape(right)[0], left, right)
    return left @ right


def _entrywise(left: object, right: object) -> object:
    _fits(_shape(left) == _shape(right), left, right)
    return left * right


def _scaled_rows(column: object, matrix: object) -> object:
    rows, columns = (_shape(v) or (1, 1) for v in (column, matrix))
    _fits(rows == (columns[0], 1), column, matrix)
    return column * matrix


def _in_every_column(matrix: object, column: object) -> object:
    rows, columns = (_shape(v) or (1, 1) for v in (column, matrix))
    _fits(rows == (columns[0], 1), column, matrix)
    return matrix + column


def _divided(top: object, bottom: object) -> object:
    _fits(not _shape(bottom), bottom)
    return top / bottom


def _power(base: object, exponent: object) -> object:
    _fits(_shape(base) in ((), (1, 1)), base)
    return base**exponent


_FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "⊙": _entrywise,
    _BY_ROWS: _scaled_rows,
    _REPEATED: _in_every_column,
    "/": _divided,
    "^": _power,
    "−": lambda v: -v,
    "T": lambda v: v.T if _shape(v) else v,
    "‖": lambda v: (v**2).sum() ** 0.5 if _shape(v) else (v**2) ** 0.5,
    "|": lambda v: _power(_power(v, 2), 0.5),
    "√": lambda v: _power(v, 0.5),
    "max": max,
    "Im": np.imag,
    "lim": lambda v: v,  # the h of the world shrinks, not that of the term
}
_ACTIVATIONS = {
    "σ": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(np.real(z) > 0, z, 0),
    "id": lambda z: z,
    "leaky": lambda z: np.where(np.real(z) > 0, z, 0.01 * z),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=0),
    # Beside a 0 that it is multiplied with, the logarithm of 0 must be a number.
    "ln": lambda a: np.log(a if np.iscomplexobj(a) else np.maximum(a, 1e-300)),
}
# Of these the package takes z, where they are written with a.
_COSTS = {
    "cross_entropy": lambda a, y: -(y * np.log(a)).sum(axis=0),
    "binary_cross_entropy": lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(axis=0),
}


# What digits and letters mean.

_STEP = 1e-20  # of a nudge along the imaginary axis: nothing is subtracted, so nothing cancels


class Digits:
    """The world of numbers alone: digits mean what they say, and no letter means anything."""

    def number(self, shown: Number) -> object:
        """The number that is shown."""
        return float(f"{shown.digits}e{shown.power}")

    def meaning(self, symbol: Symbol) -> object:
        """Nothing."""
        raise Unreadable(f"{symbol.letter} has no meaning here")

    def function(self, symbol: Symbol, of: Node) -> Callable[..., object]:
        """The activation function of this name, or its slope, which is measured too."""
        return self._or_slope(_ACTIVATIONS.get(symbol.letter), symbol)

    def _or_slope(self, f: Callable | None, symbol: Symbol) -> Callable[..., object]:
        if f is None or symbol.primes > 1:
            raise Unreadable(f"{symbol.letter} is no function here")
        return (lambda z: np.imag(f(z + _STEP * 1j)) / _STEP) if symbol.primes else f


@dataclass(frozen=True)
class Rounded(Digits):
    """Numbers rounded to the digits shown, but for those with at most `exact` decimals."""

    exact: int = 0

    def number(self, shown: Number) -> Interval:
        """All that is shown as this number."""
        value, decimals = super().number(shown), len(shown.digits.partition(".")[2])
        slack = 0.5 * 10.0 ** (shown.power - decimals) if decimals > self.exact else 0
        return Interval(np.array(value - slack), np.array(value + slack))

    def function(self, symbol: Symbol, of: Node) -> Callable[[Interval], Interval]:
        """The same for all values of an interval: each either grows, or has its peak at 0.

        Softmax grows with its own z, and shrinks as the others of its column grow.
        """
        f = super().function(symbol, of)

        def softmax(z: Interval) -> Interval:
            low, high = np.exp(z.low), np.exp(z.high)
            least, most = (
                own + rest.sum(axis=0) - rest for own, rest in ((low, high), (high, low))
            )
            return Interval(low / least, high / most)

        def of_all(z: Interval) -> Interval:
            peak = np.clip(0, z.low, z.high)
            found = [f(z.low), f(z.high), f(peak)]
            return Interval(np.min(found, axis=0), np.max(found, axis=0))

        return softmax if symbol.letter == "softmax" else of_all


class State:
    """What a network makes of its samples, and how that answers a nudge.

    `layers` holds the arrays W, b, a and z; what is missing of δ, dz, da, dW and db is measured.
    """

    def __init__(self, net: Network, y: np.ndarray, layers: dict[str, Sequence]) -> None:
        self.net, self.y, self.layers = net, y, layers
        self.costs = _COSTS.get(net.cost.name, net.cost.value)(layers["a"][-1], y)
        self._kept: dict[tuple, object] = {}

    @classmethod
    def of(cls, net: Network, x: np.ndarray, y: np.ndarray) -> State:
        """The state after the forward pass."""
        trace = forward(net, x)
        return cls(net, y, {"W": net.W, "b": net.b, "a": trace.a, "z": trace.z})

    def array(self, letter: str, l: int) -> np.ndarray:
        """The array of layer l."""
        if not (letter not in ("a", "da", "y")) <= l <= self.net.L:
            raise Absent(f"{letter} of layer {l}")
        if letter == "y":
            return self.y
        if letter in self.layers:
            return self.layers[letter][l]
        if (letter, l) not in self._kept:
            self._kept[letter, l] = self._measured("z" if letter == "δ" else letter[1], l)
        return self._kept[letter, l]

    def _measured(self, letter: str, l: int) -> np.ndarray:
        """The slopes of the mean cost for a parameter, or of each sample's own cost."""
        array = self.array(letter, l)
        slopes = [self.nudged(letter, l, p).costs.imag / _STEP for p in range(array.size)]
        # A nudge in one sample moves no cost but its own.
        add = np.mean if letter in "Wb" else np.sum
        return np.reshape(add(slopes, axis=1), array.shape)

    def nudged(self, letter: str, l: int, place: int) -> State:
        """The state with one entry of one array moved a little along the imaginary axis."""
        if (letter, l, place) not in self._kept:
            self._kept[letter, l, place] = self.moved(letter, l, place, _STEP * 1j)
        return self._kept[letter, l, place]

    def moved(self, letter: str, l: int, place: int, by: complex) -> State:
        """The state with one entry of W, b, a or z moved, and with all that comes of it."""
        W, b, a, z = (list(self.layers[name]) for name in "Wbaz")
        moved = {"W": W, "b": b, "a": a, "z": z}
        moved[letter][l] = moved[letter][l].astype(np.result_type(by, float))
        moved[letter][l].flat[place] += by
        for k in range(l + (letter == "a"), self.net.L + 1):
            if letter != "z" or k > l:
                z[k] = W[k] @ a[k - 1] + b[k]
            a[k] = self.net.sigma[k].value(z[k])
        return State(self.net, self.y, moved)

    def alone(self, i: int) -> State:
        """The state with sample i and no other."""
        columns = {
            name: [v if v is None else v[:, [i]] for v in self.layers[name]] for name in "az"
        }
        return State(self.net, self.y[:, [i]], {**self.layers, **columns})


@dataclass(frozen=True)
class World(Digits):
    """What letters mean for one network with its samples.

    `names` holds numbers, sets and functions by name, and the values of bound indices. An index
    in `counting` counts samples, any other one neurons. A letter without a layer belongs to
    `layer`, but a w by itself is the entry `weight`, given as (l, j, k), if there is one. In a
    `plain` world an array of one entry is a number. `after` is the state after a nudge or a step.
    """

    state: State
    names: Mapping[str, object] = field(default_factory=dict)
    counting: str = "i"
    layer: int | None = None
    weight: tuple[int, int, int] | None = None
    plain: bool = False
    after: State | None = None

    @classmethod
    def of(cls, net: Network, x: np.ndarray, y: np.ndarray, **options: object) -> World:
        """The world of a network, samples x of shape (n_0, m) and targets y of shape (n_L, m)."""
        m = y.shape[1]
        return cls(State.of(net, x, y), {"L": net.L, "m": m, "M": m, "e": math.e}, **options)

    def bind(self, **names: object) -> World:
        """This world with more names."""
        return replace(self, names={**self.names, **names})

    def afterwards(self) -> World:
        """The world after the nudge or the step."""
        if self.after is None:
            raise Unreadable("nothing has moved")
        return replace(self, state=self.after, after=None)

    def meaning(self, symbol: Symbol) -> object:
        """The number or the array that a symbol stands for."""
        letter, indices = symbol.letter, symbol.indices
        if symbol.primes:
            lone = Symbol("w")
            return self.function(symbol, lone)(self.meaning(lone))
        if symbol.bare and letter in self.names:
            return self.names[letter]
        if letter in ("C", "J"):
            return self.state.costs[self.at(indices[0])] if indices else self.state.costs.mean()
        if letter == "n" and indices:
            return len(self.state.array("a", self.at(indices[0])))
        if _is_kronecker(symbol):
            return float(self.at(indices[0]) == self.at(indices[1]))
        array, axes = self._home(symbol)
        return self._picked(self.state.array(*array), axes)

    def slope(self, top: Node, array: tuple[str, int], place: int) -> object:
        """How fast `top` answers a nudge of one entry of an array."""
        nudged = replace(self, state=self.state.nudged(*array, place))
        return np.imag(evaluate(top, nudged)) / _STEP

    def spots(self, symbol: Symbol) -> tuple[tuple[str, int], np.ndarray]:
        """The array to which a symbol belongs, and where in it the entries of the symbol stand."""
        home, axes = self._home(symbol)
        if home[0] not in ("W", "b", "a", "z"):
            raise Unreadable(f"{symbol.letter} cannot be nudged")
        array = self.state.array(*home)
        spots = self._picked(np.arange(array.size).reshape(array.shape), axes)
        return home, _as_shown(spots, symbol.shape)

    def sizes(self, symbol: Symbol) -> dict[str, int]:
        """How many values each index letter of a symbol has that has none yet."""
        if not symbol.indices or symbol.letter == "n" or _is_kronecker(symbol):
            return {}
        if symbol.letter in ("C", "J"):
            lengths, axes = self.state.costs.shape, dict(enumerate(symbol.indices))
        else:
            home, axes = self._home(symbol)
            lengths = self.state.array(*home).shape
        open_ = {axis: i.letter for axis, i in axes.items() if isinstance(i, Symbol)}
        return _merged({v: lengths[axis]} for axis, v in open_.items() if v not in self.names)

    def function(self, symbol: Symbol, of: Node) -> Callable[..., object]:
        """The function that a symbol stands for where it is taken of `of`, or its slope."""
        if symbol.letter in self.names:
            return self.names[symbol.letter]
        if symbol.letter == "C":
            return lambda w: self._cost_at(w, symbol.primes)
        if symbol.letter not in ("σ", "g"):
            return super().function(symbol, of)
        layer = symbol.layer or getattr(of, "layer", None)
        layers = [self.at(layer)] if layer else range(1, self.state.net.L + 1)
        functions = {self.state.net.sigma[l].value for l in layers if l}
        if len(functions) != 1:
            raise Unreadable(f"{symbol.letter} is not one function here")
        return self._or_slope(functions.pop(), symbol)

    def _cost_at(self, w: complex, derivative: int) -> complex:
        """The cost, or one of its derivatives, where the lone weight is w."""
        array, place = self.spots(Symbol("w"))
        here = self.meaning(Symbol("w"))

        def cost(by: complex) -> complex:
            return self.state.moved(*array, place, w - here + by).costs.mean()

        if not derivative:
            return cost(0)
        # Cauchy's formula, on a circle of radius ½.
        turns = np.exp(2j * np.pi * np.arange(32) / 32)
        mean = np.mean([cost(turn / 2) / turn**derivative for turn in turns])
        return mean.real * math.factorial(derivative) * 2**derivative

    def _home(self, symbol: Symbol) -> tuple[tuple[str, int | None], dict[int, Node]]:
        """Letter and layer of the array to which a symbol belongs, and the index on each axis."""
        letter, indices, l = symbol.letter, symbol.indices, self.layer
        if letter == "w" and symbol.bare and self.weight:
            l, *entry = self.weight
            return ("W", l), {axis: Number(str(i)) for axis, i in enumerate(entry)}
        if letter == "w" and len(indices) != 2 and not self.plain:
            raise Misfit("a weight has two indices")
        if symbol.layer is not None:
            l = self.at(symbol.layer)
        if letter in ("x", "y"):
            l = 0
        elif letter not in ("W", "w", *"bazδ", "dW", "db", "da", "dz") or l is None:
            raise Unreadable(f"{letter} has no meaning here")
        one_sample = len(indices) == 1 and getattr(indices[0], "letter", "") in tuple(self.counting)
        axes = {1: indices[0]} if one_sample else dict(enumerate(indices))
        return ({"w": "W", "x": "a"}.get(letter, letter), l), axes

    def _picked(self, array: np.ndarray, axes: Mapping[int, Node]) -> object:
        """The whole array, the column of a sample, or an entry."""
        if any(axis > 1 for axis in axes) or (list(axes) == [0] and array.shape[1] > 1):
            raise Misfit("too many indices, or no sample where there are several")
        at = {axis: self.at(index) for axis, index in axes.items()}
        if any(not 0 <= i < array.shape[axis] for axis, i in at.items()):
            raise Misfit(f"no place {at} in an array of shape {array.shape}")
        if 0 in at:
            return array[at[0], at.get(1, 0)]
        found = array[:, [at[1]]] if at else array
        return found[0, 0] if self.plain and found.size == 1 else found

    def at(self, node: Node) -> int:
        """The number that an index stands for."""
        return int(evaluate(node, self))


def _is_kronecker(symbol: Symbol) -> bool:
    return symbol.letter == "δ" and symbol.layer is None and len(symbol.indices) == 2


def _merged(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """How many values each letter has, if that is the same wherever it stands."""
    merged: dict[str, int] = {}
    for sizes in several:
        for letter, size in sizes.items():
            if merged.setdefault(letter, size) != size:
                raise Misfit(f"{letter} has {size} values here and {merged[letter]} there")
    return merged


def _free_indices(node: Node, world: World) -> dict[str, int]:
    """Every index letter that no Σ binds, and how many values it has."""
    own = [world.sizes(node)] if isinstance(node, Symbol) else []
    found = _merged([*own, *(_free_indices(child, world) for child in _children(node))])
    bound = node.letters if isinstance(node, Total) else ()
    return {letter: size for letter, size in found.items() if letter not in bound}


def _free_letters(node: Node) -> set[str]:
    """Every letter that stands by itself and is bound by no Σ."""
    own = {node.letter} if isinstance(node, Symbol) and node.bare else set()
    bound = node.letters if isinstance(node, Total) else ()
    return own.union(*map(_free_letters, _children(node))).difference(bound)


# The evaluator.

EXACT = Digits()


@singledispatch
def evaluate(node: Node, world: Digits = EXACT) -> object:
    """The value of a node: a number, an array with two axes, or an interval if digits are."""
    raise Unreadable(f"a {type(node).__name__} has no value")


def bounds(node: Node, exact: int = 0) -> tuple[object, object]:
    """Between which values a node without letters lies, since its numbers are rounded.

    Each can be off by half a unit of its last digit, but for numbers with at most `exact` decimals.
    """
    found = Interval.of(evaluate(node, Rounded(exact)))
    slack = 1e-12 * np.maximum(abs(found.low), abs(found.high))  # for the rounding done here
    return found.low - slack, found.high + slack


@evaluate.register(Number)
def _(node: Number, world: Digits = EXACT) -> object:
    return world.number(node)


@evaluate.register(Symbol)
def _(node: Symbol, world: Digits = EXACT) -> object:
    return _as_shown(world.meaning(node), node.shape)


@evaluate.register(Apply)
def _(node: Apply, world: Digits = EXACT) -> object:
    values = [evaluate(argument, world) for argument in node.arguments]
    named = _FUNCTIONS.get(node.function.letter)
    function = named or world.function(node.function, node.arguments[0])
    return _as_shown(function(*values), node.function.shape)


def _as_shown(value: object, shape: tuple[int, ...] | None) -> object:
    if shape is not None and _shape(value) != shape:
        raise Misfit(f"the shape is shown as {shape}, but is {_shape(value)}")
    return value


@evaluate.register(Entry)
def _(node: Entry, world: World) -> object:
    place = [world.at(index) for index in node.indices]
    value = evaluate(node.of, world)
    _fits(len(place) == 2 or value.shape[1] == 1, value)
    return value[tuple(place) if len(place) == 2 else (place[0], 0)]


@evaluate.register(Sum)
def _(node: Sum, world: Digits = EXACT) -> object:
    terms = node.terms[:-1] if node.terms[-1] == Dots() else node.terms
    spelled = _spelled_out(terms, world)
    values = [evaluate(term, world) for term in spelled]
    if not values:
        raise Unreadable("a sum of nothing")
    minus = [getattr(term, "function", None) == Symbol("−") for term in spelled]
    if spelled[0] == Number("1") and minus == [False, True]:
        return values[0] + values[1]  # in 1 − y, the 1 stands for a matrix full of them
    return reduce(_plus, values)


@evaluate.register(Product)
def _(node: Product, world: Digits = EXACT) -> object:
    values = [evaluate(factor, world) for factor in _spelled_out(node.factors, world)]
    return reduce(_times, values) if values else 1


@evaluate.register(Total)
def _(node: Total, world: Digits = EXACT) -> object:
    if node.letters in (("entries",), ("columns",)):
        value = evaluate(node.of, world)
        if not _shape(value):
            return value
        return value.sum() if node.letters == ("entries",) else value.sum(axis=1, keepdims=True)
    values = product(*(_values(node, letter, world) for letter in node.letters))
    inner = (world.bind(**dict(zip(node.letters, at))) for at in values)
    return reduce(_plus, (evaluate(node.of, each) for each in inner))


def _values(total: Total, letter: str, world: World) -> Iterable[int]:
    """What a letter runs over."""
    if letter not in _free_letters(total.of) or letter in world.names:
        raise Misfit(f"nothing depends on {letter}, or it has a value already")
    if total.among:
        return evaluate(total.among, world)
    if total.high is None:
        sizes = _free_indices(total.of, world)
        if letter not in sizes:
            raise Misfit(f"nothing says how many values {letter} has")
        return range(sizes[letter])
    low, high = (int(evaluate(end, world)) for end in (total.low, total.high))
    if letter == "l":
        return range(low, high + 1)
    if (low, high) != (1, _free_indices(total.of, world)[letter]):
        raise Misfit(f"{letter} runs from {low} to {high}")
    return range(high)  # the first neuron or sample is number 1 in words and 0 in arrays


@evaluate.register(Change)
def _(node: Change, world: World) -> object:
    return evaluate(node.of, world.afterwards()) - evaluate(node.of, world)


@evaluate.register(Derivative)
def _(node: Derivative, world: World) -> object:
    array, spots = world.spots(node.bottom)
    found = [world.slope(node.top, array, place) for place in spots.flat]
    if not spots.ndim:
        return found[0]
    if array[0] in "Wb":
        _fits(not _shape(found[0]), found[0])
        return np.reshape(found, spots.shape)
    columns = [np.atleast_2d(v) for v in found]
    _fits(spots.shape[1] == columns[0].shape[1] == 1, spots, columns[0])
    return np.hstack(columns)


@evaluate.register(Gradient)
def _(node: Gradient, world: World) -> object:
    state = world.state
    arrays = [(letter, l) for l in range(1, state.net.L + 1) for letter in "Wb"]
    places = [(array, place) for array in arrays for place in range(state.array(*array).size)]
    return np.reshape([world.slope(node.of, *place) for place in places], (-1, 1))


@evaluate.register(Mean)
def _(node: Mean, world: World) -> object:
    alone = (replace(world, state=world.state.alone(i)) for i in range(len(world.state.costs)))
    return np.mean([evaluate(node.of, each) for each in alone], axis=0)


@evaluate.register(Matrix)
def _(node: Matrix, world: Digits = EXACT) -> object:
    shown = {cell for row in node.rows for cell in row} - {Dots()}
    if any(Dots() in row for row in node.rows):
        if len(node.rows) > 1 or len(shown) > 1 or not isinstance(world, World):
            raise Elided("rows or columns are left out")
        return np.full((1, len(world.state.costs)), evaluate(shown.pop(), world))
    rows = [[evaluate(cell, world) for cell in row] for row in node.rows]
    if any(_shape(value) for row in rows for value in row):
        return np.concatenate([np.ravel(value) for row in rows for value in row])[None, :]
    if len({len(row) for row in rows}) > 1:
        raise Misfit("rows of different lengths")
    if not isinstance(world, Rounded):
        return np.array(rows)
    return Interval(*(np.array([[getattr(v, end) for v in row] for row in rows])
                      for end in ("low", "high")))  # fmt: skip


@evaluate.register(Cases)
def _(node: Cases, world: Digits = EXACT) -> object:
    for value, condition in node.branches:
        if condition is None or len({evaluate(side, world) for side in sides(condition)}) == 1:
            return evaluate(value, world)
    raise Unreadable("no case applies")


@evaluate.register(Dots)
def _(node: Dots, world: Digits = EXACT) -> object:
    raise Elided("dots")


def _spelled_out(parts: tuple[Node, ...], world: Digits) -> list[Node]:
    """The parts, and those that dots between them stand for: `first, second, dots, last`."""
    if Dots() not in parts:
        return list(parts)
    if len(parts) != 4 or parts[2] != Dots():
        raise Elided("dots that do not stand between the second part and the last one")
    evaluate(parts[3], world)  # if that does not exist, then there are no such parts
    first, second, last = (_settled(parts[i], world) for i in (0, 1, 3))
    at, step = _integers(first), _integers(second) - _integers(first)
    if first == last:
        return [first]
    moving = step != 0
    count = max(((_integers(last) - at)[moving] // step[moving]), default=0) + 1
    found = [_with_integers(first, at + step * n) for n in range(count)]
    if second != _with_integers(first, at + step) or (
        last != _with_integers(first, at + step * (count - 1))
    ):
        raise Unreadable("dots that do not lead from the first parts to the last one")
    return found


def _settled(part: Node, world: Digits) -> Node:
    """A part with numbers for its layers and indices, or as a number if it has none."""

    def number(node: Node) -> Number | None:
        symbols = [n for n in _within(node) if isinstance(n, Symbol)]
        plain = all(n.bare and not n.primes for n in symbols)  # a slope σ′ is none of them
        return Number(str(int(evaluate(node, world)))) if plain else None

    return _changed(part, number)


def _integers(part: Node) -> np.ndarray:
    return np.array([int(n.digits) for n in _within(part) if isinstance(n, Number)])


def _with_integers(part: Node, integers: Iterable[int]) -> Node:
    numbers = (Number(str(integer)) for integer in integers)
    return _changed(part, lambda node: next(numbers) if isinstance(node, Number) else None)


# Whether an equation holds.


def instances(node: Node, world: World) -> Iterator[list[object]]:
    """The values of all sides, for every layer that there is and every free index."""
    layered = "l" in _free_letters(node) - world.names.keys()
    for l in range(world.state.net.L + 1) if layered else (None,):
        here = world.bind(l=l) if layered else world
        try:
            sizes = _free_indices(node, here)
            for at in product(*map(range, sizes.values())):
                yield _values_of_sides(node, here.bind(**dict(zip(sizes, at))))
        except Absent:
            continue


def _values_of_sides(node: Node, world: World) -> list[object]:
    arrow = isinstance(node, Equation) and "←" in node.relations
    left, *others = sides(node)  # what an arrow points to is what is there afterwards
    return [evaluate(left, world.afterwards() if arrow else world),
            *(evaluate(side, world) for side in others)]  # fmt: skip


def holds(node: Node, world: World, rtol: float = 1e-11, atol: float = 1e-14) -> int:
    """Assert that all sides of an equation are equal; returns how often they were compared."""
    if isinstance(node, Several):
        return sum(holds(equation, world, rtol, atol) for equation in node.equations)
    compared = 0
    for left, *others in instances(node, world):
        for right in others:
            gap = np.abs(_gap(left, right))
            assert (gap <= atol + rtol * np.abs(right)).all(), f"{left} is not {right}"
            compared += 1
    assert compared, "there was nothing to compare"
    return compared


def approaches(
    node: Node, world: Callable[[float], World], order: int, steps: tuple[float, float]
) -> int:
    """Assert that both sides approach each other as step**order; returns how often.

    `world` takes the size of the step. From the first size to the second the gap has to shrink as
    much as it should, but for a factor of 1.5.
    """
    coarse, fine = ([np.abs(_gap(*pair)).max() for pair in instances(node, world(step))]
                    for step in steps)  # fmt: skip
    assert len(coarse) == len(fine) > 0, "there was nothing to compare"
    for before, after in zip(coarse, fine):
        allowed = 1.5 * before * (steps[1] / steps[0]) ** order
        assert after <= allowed + 1e-13, f"the gap shrinks from {before} to {after} only"
    return len(coarse)


def _gap(left: object, right: object) -> object:
    """The difference; a number and an array of one entry may be compared."""
    assert (_shape(left) or (1, 1)) == (_shape(right) or (1, 1)), (
        f"shapes {_shape(left)} and {_shape(right)}"
    )
    return np.subtract(left, right)
