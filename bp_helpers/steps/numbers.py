"""How numbers, layers and indices are written as text."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bp_helpers._validation import Array

MOST_SHOWN = 5  # longer rows and columns are cut
MOST_DECIMALS = 6  # beyond them, and from a million on, a number is written with an exponent
_LARGE = 1e6
_SUPERSCRIPTS = str.maketrans("0123456789()-−L", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁻⁻ᴸ")
_SUBSCRIPTS = str.maketrans("0123456789jk,", "₀₁₂₃₄₅₆₇₈₉ⱼₖ,")


def scientific(v: float, decimals: int) -> bool:
    """Whether `v` is written with an exponent where others are written with so many decimals."""
    return bool(v) and (decimals > MOST_DECIMALS or abs(v) >= _LARGE)


def mantissa_and_exponent(v: float, signed: bool, after_point: int = 2) -> tuple[str, str]:
    """The two parts of a number that is written with an exponent, with real minus signs."""
    mantissa, exponent = f"{v:{'+' if signed else ''}.{after_point}e}".split("e")
    return real_minus(mantissa), real_minus(str(int(exponent)))


def format_number(v: float, decimals: int, signed: bool = False, after_point: int = 2) -> str:
    """`v` with a real minus sign; with a plus sign too if `signed`; never −0.

    Tiny and large numbers are written with an exponent, as 1.23e−9.
    """
    if scientific(v, decimals):
        return "e".join(mantissa_and_exponent(v, signed, after_point))
    rounded = round(float(v), min(decimals, MOST_DECIMALS))
    sign = "+" if signed and rounded else ""
    return real_minus(f"{rounded + 0.0:{sign}.{min(decimals, MOST_DECIMALS)}f}")


def real_minus(text: str) -> str:
    """`text` with minus signs where a keyboard has hyphens."""
    return text.replace("-", "−")


def decimals_for(array: Array) -> int:
    """As few as show every entry exactly, or else three significant digits of the largest."""
    largest = np.abs(array).max(initial=0)
    for decimals in (0, 1, 2):
        if (np.abs(array - np.round(array, decimals)) <= 1e-12 * largest).all():
            return decimals
    return max(2, int(2 - np.floor(np.log10(largest))))


def visible_indices(n: int) -> list[int | None]:
    """Which of n rows or columns are written out where none matters more than another.

    Of more than five the first two and the last; None stands for those left out.
    """
    return list(range(n)) if n <= MOST_SHOWN else [0, 1, None, n - 1]


def in_words(label: str, array: Array, signed: bool = False) -> str:
    """A sentence that reads the numbers out, or their range where they are many."""
    array = np.atleast_2d(array)
    decimals = decimals_for(array)
    low, high = (format_number(v, decimals, signed) for v in (array.min(), array.max()))
    if array.size == 1:
        return f"{label} = {low}."
    if array.size <= 2 * MOST_SHOWN:
        rows = (", ".join(format_number(v, decimals, signed) for v in row) for row in array)
        return f"{label} = {'; '.join(rows)}."
    return f"{label} holds {array.size} numbers, from {low} to {high}."


def superscript(content: object) -> str:
    """Digits, brackets and minus signs as superscripts in plain text: ⁻⁵."""
    return str(content).translate(_SUPERSCRIPTS)


def subscript(index: object) -> str:
    """An index as a subscript in plain text: ₀, or ⱼ."""
    return str(index).translate(_SUBSCRIPTS)


def layer_mark(l: object) -> str:
    """The layer as a superscript in plain text: ⁽²⁾."""
    return superscript(f"({l})")


def chip(name: str, l: int) -> str:
    """A name with its layer, as on the chip of a step."""
    return name + layer_mark(l)


def index_text(indices: Iterable[object]) -> str:
    """Several indices as one: side by side, or between commas where one has several digits."""
    texts = [str(index) for index in indices]
    return ("" if max(map(len, texts), default=0) < 2 else ",").join(texts)
