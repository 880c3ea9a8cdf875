"""Arrays drawn as blocks of unit squares, each with its name and its shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import log2, log10, prod

from bp_helpers._door import network
from bp_helpers._html import Markup, element, join
from bp_helpers._validation import flag, layer_sizes, whole
from bp_helpers.drawing.picture import Drawing, group, text
from bp_helpers.network import Network
from bp_helpers.steps.numbers import layer_mark

UNIT = 16  # pixels: the side of the square that stands for one entry
_MOST = 8  # a side of more entries is cut: squares, a gap with dots, and one square more
_BEFORE, _AFTER = 5, 1  # the squares on both sides of the gap
_LABELS = 38  # pixels under a block: its name and its shape
_SPACE = 7  # pixels between the parts of an equation

_STRIP, _BAR, _PER_LINE, _MOST_PIECES = 820, 36, 4, 12


@dataclass(frozen=True)
class Block:
    """An array of `shape`, one square per entry; one of one dimension is drawn as a row.

    `kind` is "value", "parameter" or "gradient". `copies` says how many times (down, across)
    broadcasting repeats the array: once is the array itself, the others are drawn as ghosts.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    copies: tuple[int, int] = (1, 1)

    @property
    def rows(self) -> int:
        """How many rows the array has, without its copies."""
        return self.shape[0] if len(self.shape) == 2 else 1

    @property
    def columns(self) -> int:
        """How many columns the array has, without its copies."""
        return self.shape[-1]

    @property
    def high(self) -> int:
        """The pixels that the squares take, with the copies."""
        return _side(self.rows * self.copies[0])

    @property
    def width(self) -> float:
        """The pixels that the squares and the two lines under them take."""
        label = max(8.2 * len(self.name), 6.8 * len(str(self.shape)))
        return max(_side(self.columns * self.copies[1]), label)

    def at(self, x: float, y: float) -> Markup:
        """The block with its left edge at x and its middle at y, and what is written under it."""
        down, across = self.copies
        rows, columns = self.rows * down, self.columns * across
        middle, bottom = x + self.width / 2, y + self.high / 2
        left, top = middle - _side(columns) / 2, bottom - self.high
        return join(
            _grid(left, top, rows, columns, "ghost") if self.copies != (1, 1) else "",
            _grid(left, top, self.rows, self.columns, self.kind),
            text(middle, bottom + 18, self.name, "bp-strong"),
            text(middle, bottom + 34, str(self.shape), "bp-small"),
        )


_value, _parameter, _gradient = (
    partial(Block, kind=kind) for kind in ("value", "parameter", "gradient")
)


def equation(parts: Sequence[Block | str], x: float, y: float) -> tuple[Markup, float]:
    """Blocks and operators side by side from x on, their middles at y; and where they end."""
    drawn = []
    for part in parts:
        wide = part.width if isinstance(part, Block) else 9.5 * len(part)
        drawn.append(
            part.at(x, y)
            if isinstance(part, Block)
            else text(x + wide / 2, y + 6, part, "bp-operator")
        )
        x += wide + _SPACE
    return join(*drawn), x - _SPACE


def gradient_layout(net: Network) -> Drawing:
    """∇C as one flat vector: which places the derivative of each array takes in it.

    The order is ∂C/∂W[1], ∂C/∂b[1], ∂C/∂W[2], …, every array row by row. Of more than six
    layers the middle ones are left out.
    """
    pieces = _pieces(network(net))
    lines = _lines(pieces)
    scale = (_STRIP - 20) / max(sum(piece.measure for piece in line) for line in lines)
    body, y = [text(10, 24, f"∇C: {_many(_total(pieces))}", "bp-start bp-strong")], 40
    for line in lines:
        body.append(_strip(line, y, scale) if line else text(24, y + 20, "⋮", "bp-strong"))
        y += _BAR + 84 if line else 36
    caption = "Each array goes row by row. Widths are not to scale."
    body.append(text(10, y + 8, caption, "bp-start bp-small"))
    return Drawing(join(*body), _STRIP, y + 22, _in_words(pieces))


def four_factors(sizes: Sequence[int], l: int) -> Drawing:
    """The four factors of a weight of layer l in a network of sizes n_0 … n_L, with their shapes.

    Factors ② and ③ are left out where the layer is too near the output to have them. Raises
    ValueError if there is no layer l.
    """
    sizes = layer_sizes(sizes)
    L = len(sizes) - 1
    l = whole("l", l, most=L)
    last, behind, here = (layer_mark(k) for k in (L, min(l + 1, L), l))
    factors = [_gradient(f"① ∂C/∂a{last}", (1, sizes[L] if l < L else 1))]
    if l < L - 1:
        factors.append(_parameter(f"② ∂a{last}/∂a{behind}", (sizes[L], sizes[l + 1])))
    if l < L:
        factors.append(_parameter(f"③ ∂a{behind}/∂a{here}ᴀ", (sizes[l + 1], 1)))
    factors.append(_value(f"④ ∂a{here}ᴀ/∂w{here}ᴀʙ", (1, 1)))
    parts = [part for factor in factors for part in (factor, "·")][:-1]
    high = _highest(parts) + _LABELS
    body, end = equation([*parts, "=", _gradient(f"∂C/∂w{here}ᴀʙ", (1, 1))], 16, high / 2)
    shapes = ", ".join(f"{factor.name} has shape {factor.shape}" for factor in factors)
    alt = f"The factors of a weight of layer {l}, multiplied: {shapes}. They give a number."
    return Drawing(body, round(end) + 16, high + 20, alt)


def layer_shapes(n_before: int, n: int, m: int, flat_bias: bool = False) -> Drawing:
    """The arrays of a layer of n neurons after n_before others, for m samples, line by line.

    With `flat_bias`, the bias has shape (n,) instead of (n, 1), and the first line shows what
    NumPy makes of it. The arrays are called W, b, z, a and so on, without a layer.
    """
    n_before, n, m = whole("n_before", n_before), whole("n", n), whole("m", m)
    flat_bias = flag("flat_bias", flat_bias)
    W, a, dz = _parameter("W", (n, n_before)), _value("a before", (n_before, m)), (n, m)
    lines: list[tuple[str, list[Block | str]]] = [
        ("forward", _with_bias(W, a, flat_bias)),
        ("back to a", [_gradient("da before", a.shape), "=", _parameter("W.T", W.shape[::-1]), "@",
                       _gradient("dz", dz)]),
        ("weights", [_gradient("dW", W.shape), "=", _gradient("dz", dz), "@",
                     _value("a before.T", a.shape[::-1]), "/ m"]),
        ("bias", [_gradient("db", (n, 1)), "= mean of", _gradient("dz", dz), "along each row"]),
    ]  # fmt: skip
    body, y, wide = [], 0, 0.0
    for title, parts in lines:
        high = _highest(parts)
        middle = y + 14 + high / 2
        drawn, end = equation(parts, 100, middle)
        body += [text(10, middle + 5, title, "bp-start bp-small"), drawn]
        y, wide = y + 22 + high + _LABELS, max(wide, end)
    alt = f"A layer of {n} after {n_before}, {m} samples. {shape_sentence(n, m, flat_bias)}"
    return Drawing(join(*body), round(wide) + 16, y, alt)


def shape_sentence(n: int, m: int, flat_bias: bool = False) -> str:
    """What broadcasting does when a bias of n numbers is added to an array of shape (n, m)."""
    if not flat_bias:
        if m == 1:
            return f"b of shape ({n}, 1) has the shape of W a: nothing has to be repeated."
        return f"b of shape ({n}, 1) is repeated {m} times, once for each sample."
    start = f"b of shape ({n},) is taken for a row, (1, {n})."
    if n == 1:
        return f"{start} A single number fits everywhere, so this one is right."
    if m == 1:
        return f"{start} W a of shape ({n}, 1) is repeated too, and z grows to ({n}, {n}): wrong."
    if m == n:
        return (
            f"{start} There are as many samples as neurons, so it fits and raises no error, but "
            "each sample gets the bias that belongs to a neuron: wrong."
        )
    return f"{start} It does not fit to {m} columns, and NumPy raises an error."


def _with_bias(W: Block, a: Block, flat: bool) -> list[Block | str]:
    """The line z = W a + b, with the copies that broadcasting makes of b."""
    n, m = W.rows, a.columns
    if flat and m not in (1, n) and n > 1:
        return [_parameter("b", (n,)), "does not fit to", _value("W a", (n, m))]
    shape, copies = ((n,), (n, 1)) if flat else ((n, 1), (1, m))
    z = _value("z", (n, max(n, m) if flat else m))
    return [z, "=", W, "@", a, "+", _parameter("b", shape, copies=copies)]


def _highest(parts: Sequence[Block | str]) -> int:
    return max(part.high for part in parts if isinstance(part, Block))


@dataclass(frozen=True)
class _Piece:
    """The derivative with respect to one array, and the places that it takes in ∇C."""

    name: str
    kind: str
    shape: tuple[int, ...]
    first: int

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def places(self) -> str:
        last = self.first + self.size - 1
        return f"{self.first}" if last == self.first else f"{self.first} … {last}"

    @property
    def measure(self) -> float:
        """The width before scaling: compressed, and never too narrow for what is written on it."""
        return 2 + log10(self.size)


def _pieces(net: Network) -> list[_Piece]:
    pieces, first = [], 0
    for l in range(1, net.L + 1):
        for letter, kind, array in (("W", "gradient", net.W[l]), ("b", "value", net.b[l])):
            pieces.append(_Piece(f"∂C/∂{letter}{layer_mark(l)}", kind, array.shape, first))
            first += array.size
    return pieces


def _lines(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Two layers a line; an empty line stands for the layers that are left out."""
    lines = [pieces[i : i + _PER_LINE] for i in range(0, len(pieces), _PER_LINE)]
    if len(pieces) > _MOST_PIECES:
        return [*lines[:2], [], pieces[-_PER_LINE:]]
    return lines


def _strip(line: list[_Piece], y: float, scale: float) -> Markup:
    parts, x = [], 10.0
    for piece in line:
        wide = scale * piece.measure
        bar = element("rect", x=x, y=y, width=wide, height=_BAR)
        places = f"{'place' if piece.size == 1 else 'places'} {piece.places}"
        under = (str(piece.shape), _many(piece.size), places)
        x += wide
        parts += [
            group(bar, css=f"bp-block bp-{piece.kind}"),
            text(x - wide / 2, y + _BAR / 2 + 5, piece.name, "bp-strong"),
            *(text(x - wide / 2, y + _BAR + 18 * k, words, "bp-small")
              for k, words in enumerate(under, 1)),
        ]  # fmt: skip
    return join(*parts)


def _total(pieces: list[_Piece]) -> int:
    return pieces[-1].first + pieces[-1].size


def _many(entries: int) -> str:
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}"


def _in_words(pieces: list[_Piece]) -> str:
    each = "; ".join(f"{p.name} of shape {p.shape} takes {p.places}" for p in pieces)
    return f"The gradient as one vector of {_many(_total(pieces))}, counted from place 0: {each}."


def _side(entries: int) -> int:
    """The pixels of a side with so many entries: the more there are, the longer it is."""
    return UNIT * entries if entries <= _MOST else UNIT * (_BEFORE + _AFTER) + _gap(entries)


def _gap(entries: int) -> int:
    """The pixels that stand for the entries left out, which grow with their logarithm."""
    return round(UNIT * (1 + log2(entries - _BEFORE - _AFTER)))


def _lines_across(entries: int) -> list[int]:
    """How far from the start of a side its squares are divided."""
    if entries <= _MOST:
        return [UNIT * k for k in range(1, entries)]
    return [*(UNIT * k for k in range(1, _BEFORE + 1)), _side(entries) - UNIT * _AFTER]


def _beside(entries: int) -> float:
    """Where dots stand along the other side: in the middle of a square."""
    return UNIT * (min(entries, _BEFORE) // 2 + 0.5)


def _grid(x: float, y: float, rows: int, columns: int, kind: str) -> Markup:
    """Squares from (x, y) on; across a side that is cut there are dots."""
    wide, high = _side(columns), _side(rows)
    inner = [f"M{x:.1f} {y + down:.1f}h{wide}" for down in _lines_across(rows)]
    inner += [f"M{x + across:.1f} {y:.1f}v{high}" for across in _lines_across(columns)]
    right, down = (UNIT * _BEFORE + _gap(n) / 2 if n > _MOST else 0 for n in (columns, rows))
    return group(
        element("rect", x=x, y=y, width=wide, height=high),
        element("path", d="".join(inner)),
        text(x + right, y + _beside(rows) + 5, "⋯") if right else "",
        text(x + _beside(columns), y + down + 5, "⋮") if down else "",
        css=f"bp-block bp-{kind}",
    )
