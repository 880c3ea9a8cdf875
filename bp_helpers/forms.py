"""Gradients in the forms that people have: lists, pairs, dictionaries, and Nielsen's order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

import bp_helpers._door as check
from bp_helpers._validation import Array, layers_like, numbers, said, sequence
from bp_helpers.backprop import Gradients
from bp_helpers.network import Network, PerLayer

_NAMED, _EXCHANGED = "as named", "exchanged"
_FORMS = (
    "the Gradients of backpropagate; (dW, db) or (db, dW), each with one array per layer; pairs "
    "[(dW1, db1), …]; [dW1, db1, dW2, …]; or a dict such as {'dW1': …, 'db1': …} or "
    "{'W': […], 'b': […]}"
)
# W1, dW_1, nabla_w, db[2], grad_b, biases, W1_grad, and the names of frameworks: fc1.weight.
_KEY = re.compile(
    r"(?:\D*(?P<before>\d+)\.)?(?P<d>d|nabla_?|grad_?)?(?P<kind>w|b)"
    r"(?:(?<=w)eights?|(?<=b)ias(?:es)?)?_?\[?(?P<after>\d*)\]?(?P<grad>[._]?grad)?",
    re.IGNORECASE,
)


class Reading(NamedTuple):
    """One way to read what was given: how, and the entries that it takes for W and for b."""

    how: str
    W: Sequence[object]
    b: Sequence[object]
    name: str = "d{}"  # of W and b in a message

    def exchanged(self) -> Reading:
        """The same with W and b exchanged, as in Nielsen's (nabla_b, nabla_w)."""
        return Reading(_EXCHANGED, self.b, self.W, self.name)


def gradients_from(net: Network, given: object) -> Gradients:
    """A gradient in any of the usual forms as `Gradients`, whose delta is None for every layer.

    W[l] has shape (n_l, n_{l−1}) and b[l] (n_l, 1); where one neuron follows one, single numbers
    will do. Raises ValueError for what has none of the forms, and for arrays of other shapes.
    """
    return readings(net, given)[0][1]


def arrays_of(net: Network, given: object, name: str = "grads") -> tuple[list[Array], list[Array]]:
    """The arrays of a gradient in any of the usual forms, layer by layer, whatever their shapes.

    Raises ValueError where there is not one for each layer, and for what are no numbers; `name` is
    what the gradient is called then.
    """
    W, b, _ = arrays_as_read(net, given, name)
    return W, b


def arrays_as_read(
    net: Network, given: object, name: str = "grads"
) -> tuple[list[Array], list[Array], bool]:
    """What `arrays_of` gives, and whether the shapes tell that b comes where W is expected."""
    found = list(_candidates(check.network(net), given))
    if not found:
        raise ValueError(f"{name} is {said(given)}, but should be one of: {_FORMS}.")
    best = max(found, key=lambda reading: _fitting(net, reading))
    sides = []
    for kind, values in (("W", best.W), ("b", best.b)):
        name = best.name.format(kind)
        if len(values) != net.L:
            advice = ": at place 0 there should be None" if len(values) == net.L + 1 else ""
            raise ValueError(f"{name} holds {len(values)} arrays, but should hold {net.L}{advice}.")
        for l, value in enumerate(values, start=1):
            if value is None:
                raise ValueError(f"{name}[{l}] is None: does the loop reach layer {l}?")
        sides.append(
            [
                numbers(f"{name}[{l}]", value, finite_only=False)
                for l, value in enumerate(values, start=1)
            ]
        )
    return sides[0], sides[1], best.how == _EXCHANGED


def readings(net: Network, given: object) -> list[tuple[str, Gradients]]:
    """Every way to read a gradient in which all shapes fit, the likeliest first, and how it reads.

    Only where layers have single neurons can there be more than one. Raises ValueError as
    `gradients_from` does.
    """
    found = list(_candidates(check.network(net), given))
    fits = [_fitting(net, reading) for reading in found]
    best = [reading for reading, fit in zip(found, fits) if fit == max(fits)]
    if not best or (best[0].how != _NAMED and not any(max(fits))):
        raise ValueError(f"grads is {said(given)}, but should be one of: {_FORMS}.")
    try:
        return [(reading.how, _gradients(net, reading)) for reading in best]
    except ValueError as problem:
        if best[0].how == _NAMED:
            raise
        raise ValueError(f"{problem} (grads was {best[0].how}.)") from None


def _candidates(net: Network, given: object) -> Iterator[Reading]:
    if isinstance(given, Gradients):
        straight = [Reading(_NAMED, _entries(given.W), _entries(given.b), "grads.{}")]
    elif isinstance(given, Mapping) and any(isinstance(key, str) for key in given):
        straight = [*_by_key(given)]
    else:
        straight = [*_by_order(given, net.L)]
    yield from straight
    yield from (reading.exchanged() for reading in straight)


def _entries(value: object) -> list[object]:
    """What stands in a list, or in a dictionary with the keys 1 … L, without a None in front."""
    if isinstance(value, Mapping):
        numbered = all(isinstance(key, int) for key in value)
        value = [value[key] for key in sorted(value)] if numbered else None
    try:
        found = sequence("grads", value, "a sequence")
    except Exception:  # what somebody else's type does when it is asked for its entries
        return []
    return found[1:] if found and found[0] is None else found


def _by_order(given: object, L: int) -> Iterator[Reading]:
    parts = _entries(given)
    if not parts:
        return
    inside = [_entries(part) for part in parts]
    found = []
    if len(parts) == 2 and all(inside):
        found.append(Reading("read as (dW, db)", inside[0], inside[1]))
    if all(len(pair) == 2 for pair in inside):
        W, b = zip(*inside)
        found.append(Reading("read as pairs [(dW1, db1), …]", W, b))
    # A list of tuples holds pairs, for whoever writes it as a Network is written.
    if isinstance(given, list) and all(isinstance(part, tuple) for part in parts):
        found.reverse()
    yield from found
    if len(parts) == 2 * L:
        yield Reading("read as [dW1, db1, dW2, …]", parts[0::2], parts[1::2])


def _by_key(given: Mapping[object, object]) -> Iterator[Reading]:
    """What the keys name; others, such as dA1 or dZ1, may stand beside them."""
    matches = {key: _KEY.fullmatch(key) for key in given if isinstance(key, str)}
    named = {key: match for key, match in matches.items() if match}
    # Beside dW1, W1 is the weight and not its gradient.
    marked = {key: match for key, match in named.items() if match["d"] or match["grad"]}
    found: dict[str, dict[int, object]] = {"w": {}, "b": {}}
    for key, match in (marked or named).items():
        # A key without a number comes before all layers: that is, alone.
        number = match["before"] or match["after"] or -1
        found[match["kind"].lower()][int(number)] = given[key]
    W, b = found.values()
    if W and b:
        yield Reading(_NAMED, _entries(W), _entries(b))
        if W.keys() == b.keys() == {-1}:
            yield Reading(_NAMED, _entries(W[-1]), _entries(b[-1]))


def _fitting(net: Network, reading: Reading) -> tuple[int, int, bool]:
    """How many arrays have the right size, how many the right shape; whether none is missing."""
    sides = (reading.W, net.W[1:]), (reading.b, net.b[1:])
    shapes = [(_shape(value, own), own.shape) for side in sides for value, own in zip(*side)]
    sized = sum(shape is not None and prod(shape) == prod(right) for shape, right in shapes)
    shaped = sum(shape == right for shape, right in shapes)
    return sized, shaped, all(len(values) == net.L for values, _ in sides)


def _shape(value: object, own: Array) -> tuple[int, ...] | None:
    try:
        return _matrix(value, own).shape
    except ValueError:
        return None


def _matrix(value: object, own: Array) -> Array:
    """`value` as numbers; a single one where a 1×1 matrix belongs becomes it."""
    array = numbers("grads", value, copy=False, finite_only=False)
    return array.reshape(1, 1) if array.ndim == 0 and own.shape == (1, 1) else array


def _gradients(net: Network, reading: Reading) -> Gradients:
    W = _layers(reading.name.format("W"), reading.W, net.W)
    b = _layers(reading.name.format("b"), reading.b, net.b)
    nothing = PerLayer(dict.fromkeys(range(1, net.L + 1)))
    return Gradients(nothing, W, b)  # type: ignore[arg-type]


def _layers(name: str, values: Sequence[object], own: PerLayer[Array]) -> PerLayer[Array]:
    if len(values) == len(own) - 1:
        pairs = zip(values, own[1:])
        values = [_matrix(v, like) if _shape(v, like) else v for v, like in pairs]
    # A NaN in a gradient is not refused here: it is reported as wrong.
    return PerLayer(layers_like(name, values, own, of="gradient of", finite_only=False))
