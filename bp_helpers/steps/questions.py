"""What a reader is asked to predict at a step, and the answer to it, number by number."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.steps.numbers import decimals_for, format_number, index_text, layer_mark, subscript
from bp_helpers.steps.recorder import Pass, Question
from bp_helpers.steps.step import Quantity

_MOST_NAMED = 8


def fixed(ask: str, answer: str) -> Question:
    """A question whose answer is the same for all numbers."""
    return lambda _p, _writes, _value, _terms: (ask, answer)


def signs(p: Pass, writes: Quantity, value: Array, _terms: Array) -> tuple[str, str]:
    """Which entries are negative; of a single number, its sign."""
    if value.size == 1:
        v = value.item()
        said = "positive" if v > 0 else "negative" if v < 0 else "neither: it is 0"
        return "is it positive or negative?", f"It is {said}."
    negative = np.argwhere(value < 0)
    if len(negative) == value.size:
        return "which are negative?", "All of them."
    named = _listed(_name(p, writes, tuple(place)) for place in negative)
    return "which are negative?", f"Negative: {named}." if named else "None of them."


def largest(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
    """Which entry is the largest, whatever its sign; of a single number, its sign."""
    if value.size == 1:
        return signs(p, writes, value, terms)
    place = np.unravel_index(np.abs(value).argmax(), value.shape)
    written = format_number(value[place], decimals_for(value), writes.kind.signed)
    name = _name(p, writes, tuple(map(int, place)))
    return "which is the largest, whatever its sign?", f"That of {name}: {written}."


def least_cost(p: Pass, _writes: Quantity, _value: Array, _terms: Array) -> tuple[str, str]:
    """Which output is furthest from its target; of a single one, on which side it is."""
    a, y = p.trace.a[p.L], p.y
    place = np.unravel_index(np.abs(a - y).argmax(), a.shape)
    output, target = (format_number(float(v[place]), decimals_for(v)) for v in (a, y))
    if a.size == 1:
        gap = (a - y).item()
        side = "Too large" if gap > 0 else "Too small" if gap < 0 else "Neither"
        return "is the output too large or too small?", f"{side}: {output} against {target}."
    name = _name(p, Quantity("a", p.L), tuple(map(int, place)))
    ask = "which output is furthest from its target?"
    return ask, f"That of {name}: {output} against {target}."


def pushed(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
    """Which z are above 0."""
    if value.size == 1:
        return signs(p, writes, value, terms)
    up = [_name(p, writes, tuple(place)) for place in np.argwhere(value > 0)]
    said = "all of them" if len(up) == value.size else _listed(up) or "none of them"
    return "which z are above 0?", f"Above 0: {said}."


def most_active(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
    """Which activation is the largest; of a single one, how it compares with its z."""
    if value.size > 1:
        place = tuple(map(int, np.unravel_index(value.argmax(), value.shape)))
        written = format_number(value[place], decimals_for(value))
        return "which activation is the largest?", f"That of {_name(p, writes, place)}: {written}."
    z = p.trace.z[writes.layer or 1]
    return "is it above or below z?", _compared(value.item(), z.item(), "z", "Above", "Below")


def passed_on(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
    """Where a nudge of z gets through best; of a single neuron, how much of it."""
    if value.size > 1:
        return largest(p, writes, value, terms)
    written = format_number(value.item(), decimals_for(value))
    size = "Less" if value.item() < 1 else "More" if value.item() > 1 else "Just as much"
    return "does a move by more than z, or by less?", f"{size}: {written} times as much."


def smaller_than(before: Quantity) -> Question:
    """How a number compares with that which it was made of."""

    def ask(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
        other = p.value(before)
        if value.size > 1 or other.size > 1:
            return signs(p, writes, value, terms)
        sizes = abs(value.item()), abs(other.item())
        said = _compared(*sizes, "before", "Larger", "Smaller")
        return "is it larger or smaller than the number before, whatever the sign?", said

    return ask


def same_as(symbol: str) -> Question:
    """Where the numbers stand already that a step only reads off."""
    return fixed("where have you seen these numbers already?", f"In {symbol}.")


def heaviest_path(routes: list[str]) -> Question:
    """Which term of a sum is the largest; of a single one, its sign."""

    def ask(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
        if len(terms) < 2 or terms.ndim > 1:
            return signs(p, writes, value, terms)
        k, decimals = int(np.abs(terms).argmax()), decimals_for(terms)
        written = format_number(terms[k], decimals, signed=True)
        return "which path counts the most?", f"The one through {routes[k]}: {written}."

    return ask


def turned_signs(p: Pass, writes: Quantity, value: Array, _terms: Array) -> tuple[str, str]:
    """Whether the slopes of a layer turn a sign of what comes from behind."""
    before = p.value(Quantity("da", writes.layer))
    turned = np.argwhere(np.sign(value) * np.sign(before) < 0)
    named = _listed(_name(p, writes, tuple(place)) for place in turned)
    ask = "does any sign change?"
    if named:
        return ask, f"Yes: {named}."
    died = np.argwhere((value == 0) & (before != 0))
    dead = _listed(_name(p, writes, tuple(place)) for place in died)
    return ask, f"No, but 0 is left of {dead}." if dead else "No: no slope is negative."


def _compared(one: float, other: float, name: str, above: str, below: str) -> str:
    decimals = decimals_for(np.array([one, other]))
    texts = [format_number(v, decimals) for v in (one, other)]
    if texts[0] == texts[1]:
        return f"Neither: both are {texts[0]}, as far as is shown."
    return f"{above if one > other else below}: {texts[0]}, and {texts[1]} {name}."


def _name(p: Pass, writes: Quantity, place: tuple[int, ...]) -> str:
    """What an entry of a step's value belongs to: a weight, or a neuron in a sample."""
    free = iter(int(i) for i in place)
    full = [next(free) if i is None else i for i in writes.place] + list(free)
    by_axis = dict(zip(writes.kind.axes, full))
    if "l" in by_axis and "l-1" in by_axis:
        row, column = by_axis["l"], by_axis["l-1"]
        if (writes.kind.bottom or writes.kind.top)[0] != "W":
            return f"row {row}, column {column}"
        return f"w{subscript(index_text((row, column)))}{layer_mark(writes.layer)}"
    neuron = f"neuron {by_axis.get('l', by_axis.get('L', 0))}"
    if by_axis.keys() == {"L", "l"}:
        neuron = f"output {by_axis['L']} by neuron {by_axis['l']} of layer {writes.layer}"
    return f"{neuron} in sample {by_axis['m'] + 1}" if p.m > 1 and "m" in by_axis else neuron


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f", and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    return ", ".join(every[:_MOST_NAMED]) + more
