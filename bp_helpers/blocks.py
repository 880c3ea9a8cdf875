"""Arrays drawn as blocks of unit squares, each with its name and its shape."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from bp_helpers.diagram import STYLE as DIAGRAM_STYLE
from bp_helpers.network import Network
from bp_helpers.steps import layer_mark

UNIT = 16  # pixels: the side of the square that stands for one entry
_MOST = 8  # longer sides are cut
_LABELS = 38  # pixels under a block: its name and its shape
_SPACE = 7  # pixels between the parts of an equation

_STRIP, _BAR, _PER_LINE, _LAYERS = 820, 36, 4, 6

STYLE = (
    DIAGRAM_STYLE
    + """
.bp-svg .bp-block rect{stroke:var(--bp-ink);stroke-width:1.3;fill-opacity:.45}
.bp-svg .bp-block path{stroke:var(--bp-ink);stroke-width:.7;stroke-opacity:.55;fill:none}
.bp-svg .bp-value rect{fill:#56B4E9}
.bp-svg .bp-parameter rect{fill:#E69F00}
.bp-svg .bp-gradient rect{fill:#CC79A7}
.bp-svg .bp-ghost rect{fill:none;stroke:var(--bp-pale);stroke-dasharray:3 3}
.bp-svg .bp-ghost path{stroke:var(--bp-pale);stroke-dasharray:2 3}
.bp-svg .bp-cut rect{stroke:none}
.bp-svg text.bp-start{text-anchor:start}
.bp-svg text.bp-strong{font-weight:600}
.bp-svg text.bp-operator{font-size:17px}
"""
)


@dataclass(frozen=True)
class Drawing:
    """An SVG picture that displays itself as an image and prints as its alternative text.

    `body` holds the elements inside a picture of `width` times `height` pixels, and `style`
    the style sheet that they need. A picture that `varies` shows rounding errors, which differ
    from one processor to the next: its bytes are not compared with those that are stored.
    """

    body: str
    width: int
    height: int
    alt: str
    style: str = STYLE
    varies: bool = False

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        return {"text/html": self.image(), "text/plain": self.alt}

    def svg(self) -> str:
        """The picture as an element of a page that has the style sheet."""
        return (
            f'<svg class="bp-svg" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'style="max-width:{self.width}px" aria-label="{escape(self.alt)}">{self.body}</svg>'
        )

    def standalone(self) -> str:
        """The picture as a file of its own, on a white card."""
        opening, rest = self.svg().split(">", 1)
        size = f'width="{self.width}" height="{self.height}"'
        paper = '<rect width="100%" height="100%" rx="10"/>'
        return (
            f'{opening} {size} xmlns="http://www.w3.org/2000/svg">'
            f"<style>{self.style}</style>{paper}{rest}"
        )

    def image(self, width: int | None = None) -> str:
        """The picture as an HTML image: JupyterLab drops inline SVG of notebooks not trusted."""
        source = b64encode(self.standalone().encode()).decode()
        varies = "data-varies " if self.varies else ""
        return (
            f'<img width="{width or self.width}" alt="{escape(self.alt)}" '
            f'{varies}src="data:image/svg+xml;base64,{source}">'
        )


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
    def width(self) -> float:
        """The pixels that the squares and the two lines under them take."""
        label = max(8.2 * len(self.name), 6.8 * len(str(self.shape)))
        return max(_side(self.columns * self.copies[1]), label)

    def at(self, x: float, y: float) -> str:
        """The block with its left edge at x and its middle at y, and what is written under it."""
        down, across = self.copies
        wide, high = _side(self.columns * across), _side(self.rows * down)
        left, top, middle = x + (self.width - wide) / 2, y - high / 2, x + self.width / 2
        ghost = _grid(left, top, self.rows * down, self.columns * across, "bp-ghost")
        return (
            (ghost if self.copies != (1, 1) else "")
            + _grid(left, top, self.rows, self.columns, f"bp-{self.kind}")
            + text(middle, y + high / 2 + 18, self.name, "bp-strong")
            + text(middle, y + high / 2 + 34, str(self.shape), "bp-small")
        )


def equation(parts: Sequence[Block | str], x: float, y: float) -> tuple[str, float]:
    """Blocks and operators side by side from x on, their middles at y; and where they end."""
    drawn = []
    for part in parts:
        if isinstance(part, Block):
            drawn.append(part.at(x, y))
            x += part.width + _SPACE
        else:
            wide = 9.5 * len(part)
            drawn.append(text(x + wide / 2, y + 6, part, "bp-operator"))
            x += wide + _SPACE
    return "".join(drawn), x - _SPACE


def row_height(rows: int) -> int:
    """The pixels that an equation takes whose highest block has so many rows."""
    return round(_side(rows)) + _LABELS


def gradient_layout(net: Network) -> Drawing:
    """∇C as one flat vector: which places the derivative of each array takes in it.

    The order is ∂C/∂W[1], ∂C/∂b[1], ∂C/∂W[2], …, every array row by row. Of more than six
    layers the middle ones are left out.
    """
    pieces = _pieces(net)
    lines = _lines(pieces, net.L)
    measures = [sum(piece.measure for piece in line) for line in lines if line]
    scale = (_STRIP - 20) / max(measures)
    body, y = [text(10, 24, f"∇C: {_many(_total(pieces))}", "bp-start bp-strong")], 40
    for line in lines:
        body.append(_strip(line, y, scale) if line else text(24, y + 20, "⋮", "bp-strong"))
        y += _BAR + 84 if line else 36
    caption = "Widths follow the logarithm of the number of entries. Each array goes row by row."
    body.append(text(10, y + 8, caption, "bp-start bp-small"))
    return Drawing("".join(body), _STRIP, y + 22, _in_words(pieces))


def four_factors(sizes: Sequence[int], l: int) -> Drawing:
    """The four factors of a weight of layer l in a network of sizes n_0 … n_L, with their shapes.

    Factors ② and ③ are left out where the layer is too near the output to have them. Raises
    ValueError if there is no layer l.
    """
    L = len(sizes) - 1
    if not 1 <= l <= L:
        raise ValueError(f"l is {l!r}, but should be a layer from 1 to {L}.")
    last, behind, here = (layer_mark(k) for k in (L, min(l + 1, L), l))
    row = Block(f"① ∂C/∂a{last}", (1, sizes[L] if l < L else 1), "gradient")
    factors = [row]
    if l < L - 1:
        factors.append(Block(f"② ∂a{last}/∂a{behind}", (sizes[L], sizes[l + 1]), "parameter"))
    if l < L:
        factors.append(Block(f"③ ∂a{behind}/∂a{here}ᴀ", (sizes[l + 1], 1), "parameter"))
    factors.append(Block(f"④ ∂a{here}ᴀ/∂w{here}ᴀʙ", (1, 1), "value"))
    parts = [part for factor in factors for part in (factor, "·")][:-1]
    high = row_height(max(factor.rows for factor in factors))
    body, end = equation([*parts, "=", Block(f"∂C/∂w{here}ᴀʙ", (1, 1), "gradient")], 16, high / 2)
    shapes = ", ".join(f"{factor.name} has shape {factor.shape}" for factor in factors)
    alt = f"The factors of a weight of layer {l}, multiplied: {shapes}. They give a number."
    return Drawing(body, round(end) + 16, high + 20, alt)


def layer_shapes(n_before: int, n: int, m: int, flat_bias: bool = False) -> Drawing:
    """The arrays of a layer of n neurons after n_before others, for m samples, line by line.

    With `flat_bias`, the bias has shape (n,) instead of (n, 1), and the first line shows what
    NumPy makes of it. The arrays are called W, b, z, a and so on, without a layer.
    """
    value, parameter, gradient = (
        lambda name, *shape, kind=kind: Block(name, shape, kind)
        for kind in ("value", "parameter", "gradient")
    )
    W, a = parameter("W", n, n_before), value("a before", n_before, m)
    lines = [
        ("forward", _with_bias(W, a, n, m, flat_bias)),
        ("back to a", [gradient("da before", n_before, m), "=", parameter("W.T", n_before, n), "@",
                       gradient("dz", n, m)]),
        ("weights", [gradient("dW", n, n_before), "=", gradient("dz", n, m), "@",
                     value("a before.T", m, n_before), "/ m"]),
        ("bias", [gradient("db", n, 1), "=", "mean of", gradient("dz", n, m), "along each row"]),
    ]  # fmt: skip
    body, y, wide = [], 0, 0
    for title, parts in lines:
        high = max(_drawn_rows(part) for part in parts if isinstance(part, Block))
        drawn, end = equation(parts, 100, y + 14 + _side(high) / 2)
        body += [text(10, y + 19 + _side(high) / 2, title, "bp-start bp-small"), drawn]
        y, wide = y + 22 + row_height(high), max(wide, end)
    alt = f"A layer of {n} after {n_before}, {m} samples. {shape_sentence(n, m, flat_bias)}"
    return Drawing("".join(body), round(wide) + 16, y, alt)


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


def _with_bias(W: Block, a: Block, n: int, m: int, flat: bool) -> list[Block | str]:
    """The line z = W a + b, with the copies that broadcasting makes of b."""
    shape, copies = ((n,), (n, 1)) if flat else ((n, 1), (1, m))
    if flat and m not in (1, n) and n > 1:
        return [Block("b", shape, "parameter"), "does not fit to", Block("W a", (n, m), "value")]
    z = Block("z", (n, max(n, m) if flat else m), "value")
    return [z, "=", W, "@", a, "+", Block("b", shape, "parameter", copies)]


def _drawn_rows(block: Block) -> int:
    return block.rows * block.copies[0]


@dataclass(frozen=True)
class _Piece:
    """The derivative with respect to one array, and the places that it takes in ∇C."""

    name: str
    kind: str
    shape: tuple[int, ...]
    first: int

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def places(self) -> str:
        last = self.first + self.size - 1
        return f"{self.first}" if last == self.first else f"{self.first} … {last}"

    @property
    def measure(self) -> float:
        """The width before scaling: compressed, and never too narrow for what is written on it."""
        return 2 + np.log10(self.size)


def _pieces(net: Network) -> list[_Piece]:
    pieces, first = [], 0
    for l in range(1, net.L + 1):
        for letter, array in (("W", net.W[l]), ("b", net.b[l])):
            kind = "gradient" if letter == "W" else "value"
            pieces.append(_Piece(f"∂C/∂{letter}{layer_mark(l)}", kind, array.shape, first))
            first += array.size
    return pieces


def _lines(pieces: list[_Piece], L: int) -> list[list[_Piece]]:
    """Two layers a line; an empty line stands for the layers that are left out."""
    lines = [pieces[i : i + _PER_LINE] for i in range(0, len(pieces), _PER_LINE)]
    if L > _LAYERS:
        return [*lines[:2], [], pieces[-_PER_LINE:]]
    return lines


def _strip(line: list[_Piece], y: float, scale: float) -> str:
    parts, x = [], 10.0
    for piece in line:
        wide = scale * piece.measure
        places = "place" if piece.size == 1 else "places"
        parts.append(
            f'<g class="bp-block bp-{piece.kind}"><rect x="{x:.1f}" y="{y}" width="{wide:.1f}" '
            f'height="{_BAR}"/></g>'
            + text(x + wide / 2, y + _BAR / 2 + 5, piece.name, "bp-strong")
            + text(x + wide / 2, y + _BAR + 18, str(piece.shape), "bp-small")
            + text(x + wide / 2, y + _BAR + 36, _many(piece.size), "bp-small")
            + text(x + wide / 2, y + _BAR + 54, f"{places} {piece.places}", "bp-small")
        )
        x += wide
    return "".join(parts)


def _total(pieces: list[_Piece]) -> int:
    return pieces[-1].first + pieces[-1].size


def _many(entries: int) -> str:
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}"


def _in_words(pieces: list[_Piece]) -> str:
    each = "; ".join(f"{p.name} of shape {p.shape} takes {p.places}" for p in pieces)
    return f"The gradient as one vector of {_many(_total(pieces))}, counted from place 0: {each}."


def text(x: float, y: float, content: str, css: str = "") -> str:
    """A line of text at (x, y), centred unless its class says otherwise."""
    named = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}>{escape(content)}</text>'


def _slots(n: int) -> list[int | None]:
    """Which of n rows or columns are drawn; None stands for those left out."""
    return list(range(n)) if n <= _MOST else [*range(_MOST - 3), None, n - 1]


def _side(n: int) -> float:
    return UNIT * len(_slots(n))


def _grid(x: float, y: float, rows: int, columns: int, css: str) -> str:
    """Squares from (x, y) on; across a side that is cut there are dots."""
    wide, high = _side(columns), _side(rows)
    inner = [f"M{x:.1f} {y + UNIT * i:.1f}h{wide:.0f}" for i in range(1, len(_slots(rows)))]
    inner += [f"M{x + UNIT * k:.1f} {y:.1f}v{high:.0f}" for k in range(1, len(_slots(columns)))]
    cuts = [text(x + _middle(columns), y + high / 2 + 5, "⋯")] if None in _slots(columns) else []
    cuts += [text(x + wide / 2, y + _middle(rows) + 5, "⋮")] if None in _slots(rows) else []
    return (
        f'<g class="bp-block {css}"><rect x="{x:.1f}" y="{y:.1f}" width="{wide:.0f}" '
        f'height="{high:.0f}"/><path d="{"".join(inner)}"/>{"".join(cuts)}</g>'
    )


def _middle(n: int) -> float:
    return UNIT * (_slots(n).index(None) + 0.5)
