"""Mathematics as HTML that needs neither a script nor a font, each piece with its reading aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import Array
from bp_helpers.steps.numbers import (
    decimals_for,
    format_number,
    index_text,
    mantissa_and_exponent,
    scientific,
)

SUM, PRODUCT, ATOM = range(3)  # how tightly a piece holds together


class Math(NamedTuple):
    """A piece of an equation: as HTML, as it is read aloud, and what holds it together.

    A `tall` piece has matrices in it, so that brackets around it have to grow.
    """

    html: Markup
    aloud: str
    level: int = ATOM
    tall: bool = False

    def within(self, level: int) -> Math:
        """The piece itself, or in brackets where it would fall apart beside others."""
        return self if self.level >= level else bracketed(self)


def equation(*sides: Math) -> Markup:
    """A displayed equation; between its sides stand equal signs."""
    whole = sides[0]
    for side in sides[1:]:
        whole = beside(whole, operator("=", "equals"), side)
    return element("div", whole.html, class_="bp-eq", role="math", aria_label=whole.aloud)


def beside(*parts: Math, level: int = SUM) -> Math:
    """Several pieces side by side."""
    return Math(
        join(*(part.html for part in parts)),
        " ".join(part.aloud for part in parts),
        level,
        any(part.tall for part in parts),
    )


def operator(sign: str, aloud: str = "") -> Math:
    """A sign between two pieces; its spaces are seen where no style sheet is."""
    return Math(join(" ", element("span", sign, class_="bp-op"), " "), aloud or sign)


def phrase(words: str) -> Math:
    """Words between two pieces, where no sign says what NumPy does."""
    return Math(element("span", words, class_="bp-op bp-phrase"), words)


def number(v: float, decimals: int, signed: bool = False) -> Math:
    """A number; a negative one holds together like a difference."""
    level = SUM if v < 0 else PRODUCT if scientific(v, decimals) else ATOM
    return Math(
        element("span", _digits(v, decimals, signed), class_="bp-num"),
        format_number(v, decimals, signed),
        level,
    )


def _digits(v: float, decimals: int, signed: bool) -> Markup:
    if not scientific(v, decimals):
        return join(format_number(v, decimals, signed))
    mantissa, exponent = mantissa_and_exponent(v, signed)
    return join(f"{mantissa} · 10", element("sup", exponent))


def symbol(
    letter: str,
    index: Sequence[str] = (),
    layer: object = None,
    prime: bool = False,
    shape: str = "",
) -> Math:
    """A letter with its index and its layer; `shape` stands under it."""
    parts = [element("i", letter), "′" if prime else ""]
    aloud = letter + (" prime" if prime else "")
    if index:
        parts.append(element("sub", index_text(index)))
        aloud += f" {', '.join(index)}"
    if layer is not None:
        parts.append(element("sup", f"({layer})"))
        aloud += f" of layer {layer}"
    if shape:
        parts.append(element("small", shape))
        aloud += f", of shape {shape}"
    return Math(element("span", *parts, class_="bp-sym"), aloud)


def applied(function: Math, *arguments: Math) -> Math:
    """A function of its arguments."""
    inside = list(arguments[:1])
    for argument in arguments[1:]:
        inside += [operator(",", "and"), argument]
    name = Math(element("span", function.html, class_="bp-fn"), f"{function.aloud} of")
    return beside(name, bracketed(beside(*inside)), level=ATOM)


def bracketed(inside: Math, brackets: str = "()", aloud: str = "") -> Math:
    """A piece in brackets, which are drawn as high as it is."""
    opening, closing = (element("span", sign, class_="bp-paren") for sign in brackets)
    css = f"bp-group{' bp-norm' * (brackets != '()')}{' bp-tall' * inside.tall}"
    return Math(
        element("span", opening, inside.html, closing, class_=css),
        f"{aloud} {inside.aloud}" if aloud else f"( {inside.aloud} )",
        ATOM,
        inside.tall,
    )


def power(base: Math, exponent: str, aloud: str) -> Math:
    """A square, or a transpose."""
    return _with_mark(base, "sup", exponent, aloud)


def indexed(base: Math, indices: Iterable[str]) -> Math:
    """A piece with an index of its own."""
    index = index_text(indices)
    return _with_mark(base, "sub", index, index)


def _with_mark(base: Math, tag: str, mark: str, aloud: str) -> Math:
    """A piece with a mark at its upper or lower corner, from which no line break parts it."""
    small = element(tag, mark, class_="bp-power")
    whole = element("span", base.html, small, class_="bp-raised")
    return Math(whole, f"{base.aloud} {aloud}", ATOM, base.tall)


def fraction(top: Math, bottom: Math, aloud: str = "over") -> Math:
    """One piece over another; the slash between them is read where no style sheet is."""
    html = element(
        "span",
        element("span", top.html),
        element("span", "/", class_="bp-slash"),
        element("span", bottom.html),
        class_="bp-frac",
    )
    return Math(html, f"{top.aloud} {aloud} {bottom.aloud}")


def derivative(top: Math, bottom: Math) -> Math:
    """The derivative of one symbol with respect to another."""
    d = Math(element("span", "∂", class_="bp-op"), "d")
    return fraction(beside(d, top), beside(d, bottom), "by")


def total(values: Sequence[float], decimals: int) -> Math:
    """Numbers added up, each with its sign."""
    parts = [number(values[0], decimals, signed=True)]
    for v in values[1:]:
        sign = operator("−", "minus") if v < 0 else operator("+", "plus")
        parts += [sign, number(abs(v), decimals)]
    return beside(*parts)


def summed(over: Iterable[str], term: Math) -> Math:
    """The sum of a term over some letters, or over the columns or the entries of a matrix."""
    letters = ", ".join(over)
    sign = element("span", "Σ", element("sub", letters), class_="bp-sum")
    return beside(Math(sign, f"the sum over {letters} of"), term.within(PRODUCT), level=PRODUCT)


def matrix(
    array: Array,
    rows: Sequence[int | None],
    columns: Sequence[int | None],
    signed: bool = False,
    decimals: int | None = None,
) -> Math:
    """A matrix with the rows and columns that are asked for; None stands for those left out."""
    decimals = decimals_for(array) if decimals is None else decimals

    def cell(i: int | None, j: int | None) -> Markup:
        if i is None or j is None:
            return join("⋱" if i is j else "⋮" if i is None else "⋯")
        return _digits(array[i, j], decimals, signed)

    body = (element("tr", *(element("td", cell(i, j)) for j in columns)) for i in rows)
    shown = array[np.ix_(*([k for k in side if k is not None] for side in (rows, columns)))]
    read = "; ".join(", ".join(format_number(v, decimals, signed) for v in row) for row in shown)
    return Math(element("table", *body, class_="bp-matrix"), f"[ {read} ]", ATOM, tall=True)
