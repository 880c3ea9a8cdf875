"""What a reader is asked to predict at a step, and the answer to it, number by number."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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
    """Which of the entries shown are negative; of a single number, its sign."""
    if value.size == 1:
        v = value.item()
        said = "positive" if v > 0 else "negative" if v < 0 else "neither: it is 0"
        return "is it positive or negative?", f"It is {said}."
    places = p.shown_places(writes, value)
    negative = [place for place in places if value[tuple(place)] < 0]
    ask = f"which are negative{_of_those_shown(places, value)}?"
    if len(negative) == len(places):
        return ask, "All of them."
    named = _listed(_name(p, writes, place) for place in negative)
    return ask, f"Negative: {named}." if named else "None of them."


def largest(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
    """Which of the entries shown is the largest, whatever its sign; of a single one, its sign."""
    if value.size == 1:
        return signs(p, writes, value, terms)
    places = p.shown_places(writes, value)
    ask = f"which is the largest{_of_those_shown(places, value)}, whatever its sign?"
    return ask, _first_among(p, writes, value, places, np.abs(value), writes.kind.signed)


def _of_those_shown(places: Array, value: Array) -> str:
    return "" if len(places) == value.size else " of those shown"


def _first_among(
    p: Pass, writes: Quantity, value: Array, places: Array, strength: Array, signed: bool = False
) -> str:
    """The entry with the largest strength by its name, and those that look as large."""
    decimals = decimals_for(value)

    def shown(place: Array, array: Array) -> str:
        return format_number(float(array[tuple(place)]), decimals, signed and array is value)

    most = max(places, key=lambda place: float(strength[tuple(place)]))
    if not strength[tuple(most)]:
        return "None: all of them are 0."
    alike = [place for place in places if shown(place, strength) == shown(most, strength)]
    if len(alike) == 1:
        return f"That of {_name(p, writes, most)}: {shown(most, value)}."
    names = _listed(_name(p, writes, place) for place in alike)
    return f"As far as is shown, several are as large: {names}."


def furthest(p: Pass, _writes: Quantity, _value: Array, _terms: Array) -> tuple[str, str]:
    """Which output is furthest from its target; of a single one, on which side it is."""
    a, y, output = p.trace.a[p.L], p.y, Quantity("a", p.L)
    if a.size == 1:
        gap = (a - y).item()
        side = "Too large" if gap > 0 else "Too small" if gap < 0 else "Neither"
        texts = (format_number(v.item(), decimals_for(v)) for v in (a, y))
        return "is the output too large or too small?", f"{side}: {' against '.join(texts)}."
    places = p.shown_places(output, a)
    ask = f"which output{_of_those_shown(places, a)} has the largest gap, output minus target?"
    return ask, _first_among(p, output, a - y, places, np.abs(a - y), signed=True)


def above_zero(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
    """Which z of those shown are above 0."""
    if value.size == 1:
        return signs(p, writes, value, terms)
    places = p.shown_places(writes, value)
    up = [_name(p, writes, place) for place in places if value[tuple(place)] > 0]
    ask = f"which z{_of_those_shown(places, value)} are above 0?"
    if len(up) in (0, len(places)):
        return ask, "All of them." if up else "None of them."
    return ask, f"Above 0: {_listed(up)}."


def most_active(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
    """Which activation is the largest; of a single one, how it compares with its z."""
    if value.size > 1:
        places = p.shown_places(writes, value)
        ask = f"which activation{_of_those_shown(places, value)} is the largest?"
        return ask, _first_among(p, writes, value, places, value - value.min() + 1)
    z = p.trace.z[writes.layer or 1]
    return "is it above or below z?", _compared(value.item(), z.item(), "z", "Above", "Below")


def passed_on(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
    """Where a nudge of z gets through best; of a single neuron, how much of it."""
    if value.size > 1:
        return largest(p, writes, value, terms)
    written = format_number(value.item(), decimals_for(value))
    size = "Less" if abs(value.item()) < 1 else "More" if abs(value.item()) > 1 else "As much"
    return "does a move by more than z, or by less?", f"{size}: {written} times as much."


def smaller_than(before: Quantity, name: str) -> Question:
    """How a number compares with that which it was made of."""

    def ask(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
        other = p.value(before)
        if value.size > 1 or other.size > 1:
            return signs(p, writes, value, terms)
        said = _compared(value.item(), other.item(), name, "Larger", "Smaller", abs)
        return f"is it larger or smaller than {name}, whatever the sign?", said

    return ask


def which_number(ask: str, name: str) -> Question:
    """Which number, seen already, a step only reads off."""

    def answer(_p: Pass, _writes: Quantity, value: Array, _terms: Array) -> tuple[str, str]:
        decimals = decimals_for(value)
        numbers = ", ".join(format_number(v, decimals) for v in value.ravel())
        return ask, f"It is {name}: {numbers}."

    return answer


def heaviest_path(routes: list[str]) -> Question:
    """Which term of a sum is the largest; of a single one, its sign."""

    def ask(p: Pass, writes: Quantity, value: Array, terms: Array) -> tuple[str, str]:
        if len(terms) < 2 or terms.ndim > 1:
            return signs(p, writes, value, terms)
        k, decimals = int(np.abs(terms).argmax()), decimals_for(terms)
        written = format_number(terms[k], decimals, signed=True)
        ask = "which path counts the most, whatever its sign?"
        return ask, f"The one through {routes[k]}: {written}." if terms[k] else "None: all are 0."

    return ask


def turned_signs(p: Pass, writes: Quantity, value: Array, _terms: Array) -> tuple[str, str]:
    """Whether the slopes of a layer turn a sign of what comes from behind."""
    before = p.value(Quantity("da", writes.layer))
    turned = np.argwhere(np.sign(value) * np.sign(before) < 0)
    named = _listed(_name(p, writes, place) for place in turned)
    ask = "does any sign change?"
    if named:
        return ask, f"Yes: {named}."
    died = np.argwhere((value == 0) & (before != 0))
    dead = _listed(_name(p, writes, place) for place in died)
    return ask, f"No, but these become 0: {dead}." if dead else "No: no slope is negative."


def _compared(
    one: float,
    other: float,
    name: str,
    above: str,
    below: str,
    by: Callable[[float], float] = float,
) -> str:
    """Which of two numbers is the larger one, `by` themselves or by their size."""
    texts = [format_number(v, decimals_for(np.array([v]))) for v in (one, other)]
    sizes = [format_number(by(v), decimals_for(np.array([v]))) for v in (one, other)]
    if sizes[0] == sizes[1]:
        return f"Neither: both are {sizes[0]}, as far as is shown."
    return f"{above if by(one) > by(other) else below}: {texts[0]}, where {name} is {texts[1]}."


def _name(p: Pass, writes: Quantity, place: Array) -> str:
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
    if p.notation.spelling.single and "m" in by_axis:
        return f"sample {by_axis['m']}"
    if by_axis.keys() == {"L", "l"}:
        neuron = f"output {by_axis['L']} by neuron {by_axis['l']} of layer {writes.layer}"
    return f"{neuron} in sample {by_axis['m']}" if p.m > 1 and "m" in by_axis else neuron


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f", and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    apart = "; " if any("," in name for name in every) else ", "
    return apart.join(every[:_MOST_NAMED]) + more
