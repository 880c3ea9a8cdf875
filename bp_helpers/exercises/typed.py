"""An answer that somebody has typed: read as a number or a shape, and judged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isfinite
from typing import NamedTuple

from bp_helpers._validation import said

Answer = float | tuple[int, ...]  # a number, or the shape of an array
RIGHT, WRONG, OPEN = "✓", "✗", "○"  # open is what is neither right nor wrong

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(?:e([+-]?\d{1,2}))?", re.ASCII | re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:[,;x×*\s]|by)\s*")  # the numbers of a shape
_KEYS = str.maketrans({"−": "-", "–": "-", ",": "."})
_ALIKE = 1e-9  # how far apart two ways to compute the same are, relative to their size
_CLOSE = 0.03
_ENOUGH = 2  # digits that say more than that two numbers are of one size


class Judged(NamedTuple):
    """What is said of an answer, after a mark that says whether it is right."""

    mark: str
    says: str

    @property
    def ok(self) -> bool:
        """Whether it is right."""
        return self.mark == RIGHT

    def __repr__(self) -> str:
        return f"{self.mark} {self.says}"


class Number(NamedTuple):
    """A number with the value of one in its last digit, and how many digits count."""

    value: float
    unit: float
    digits: int

    def fits(self, value: Answer) -> bool:
        """Whether a value, rounded to the digits given, is this number."""
        return isinstance(value, float) and self._within(value, self.unit / 2) and self.digits > 0

    def is_(self, value: Answer) -> bool:
        """The same, with digits enough that it is hardly by chance."""
        enough = self.digits >= _ENOUGH
        return self.fits(value) and (enough or self._within(value))  # type: ignore[arg-type]

    def _within(self, value: float, far: float = 0.0) -> bool:
        return abs(self.value - value) <= far + _ALIKE * abs(value)

    def hint(self, right: Answer) -> str:
        """What is surely true of a wrong number."""
        assert isinstance(right, float)
        if self.is_(-right):
            return " Its size is right, and its sign is turned."
        if self.unit and any(self.is_(right * 10.0**k) for k in (-2, -1, 1, 2)):
            return " Its digits are right, and its point stands in the wrong place."
        if self._within(right, _CLOSE * abs(right)):
            return " It is close: was something rounded on the way?"
        return ""


class Shape(NamedTuple):
    """The shape of an array."""

    sides: tuple[int, ...]

    def fits(self, value: Answer) -> bool:
        """Whether it is that shape."""
        return self.sides == value

    def is_(self, value: Answer) -> bool:
        """The same: a shape is never half right."""
        return self.fits(value)

    def hint(self, right: Answer) -> str:
        """What is surely true of a wrong shape."""
        if self.fits(tuple(reversed(right))):  # type: ignore[arg-type]
            return " Rows and columns have changed places."
        return " It should have rows and columns: two numbers." if len(self.sides) != 2 else ""


def number(text: str) -> Number | None:
    """A decimal number or a fraction; None for what is neither."""
    parts = [_NUMBER.fullmatch(part) for part in "".join(text.split()).translate(_KEYS).split("/")]
    found = [match for match in parts if match]
    if len(found) < len(parts) or len(parts) > 2:
        return None
    values = [float(match[0]) for match in found]
    if values[-1] == 0 and len(values) == 2:
        return None
    value = values[0] / values[1] if len(values) == 2 else values[0]
    if not isfinite(value):
        return None
    if len(values) == 2:
        return Number(value, 0.0, _ENOUGH)
    mantissa, exponent = found[0].groups()
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return Number(value, 10.0**-decimals, len(mantissa.replace(".", "").lstrip("0")))


def shape(text: str) -> Shape | None:
    """A shape as "(3, 1)", "3x1" or "3 by 1"; None for what is none."""
    inside = text.strip().lower().strip("()[]").strip()
    sides = _BETWEEN.split(inside.rstrip(", "))
    is_one = len(sides) > 1 or inside.endswith(",")
    if not is_one or not all(re.fullmatch(r"\d{1,4}", side, re.ASCII) for side in sides):
        return None
    return Shape(tuple(map(int, sides)))


def judged(text: str, right: Answer, slips: Iterable[tuple[Answer, str]]) -> Judged:
    """Whether what was typed is right, and if not the slip that gives it, where it is only one.

    `slips` are what slips give, each with its sentence, which is empty where it is not told.
    """
    typed = number(text) if isinstance(right, float) else shape(text)
    if typed is None:
        what, ways = _WAYS[isinstance(right, float)]
        return Judged(OPEN, f"{said(text.strip())} is no {what}. Write it as {ways}.")
    given = " ".join(text.split())
    if typed.is_(right):
        return Judged(RIGHT, f"{given} is right.")
    if typed.fits(right):
        return Judged(OPEN, f"{given} is right so far. Give two digits, as 0.12 or 0.034 has them.")
    named = {says for value, says in slips if typed.is_(value)}
    slip = named.pop() if len(named) == 1 else ""
    why = f" This would give it: {slip}" if slip else typed.hint(right)
    return Judged(WRONG, f"{given} is not right yet.{why}")


_WAYS = {True: ("number", "0.12, −.08, 1/3 or 3e-2"), False: ("shape", "(3, 1) or 3x1")}
