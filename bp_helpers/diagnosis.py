"""A backward pass that somebody has written: is it right, and if not, which slip is in it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

import bp_helpers._door as check
from bp_helpers._validation import Array, said
from bp_helpers.backprop import backpropagate
from bp_helpers.forms import arrays_as_read
from bp_helpers.functions import Activation, Cost
from bp_helpers.network import Network
from bp_helpers.slips import SLIPS, Arrays, Slip, can_meet, gradient_if_it_runs
from bp_helpers.verdict import WHOLE_PASS, Finding, Outcome, either, outcome, times

_ALIKE = 1e-9  # how far apart two ways to compute the same are, relative to the largest number


@dataclass(frozen=True, repr=False)
class Diagnosis(Finding):
    """What is known of a backward pass; prints and displays as words.

    `explanations` holds one explanation for the verdict "slip" and several for "either", each of
    them one slip or two. `tried` are the kinds of network on which a right one was tried, and
    `exchanged` says whether it gives db before dW.
    """

    explanations: tuple[tuple[Slip, ...], ...] = ()
    tried: str = ""
    exchanged: bool = False


@dataclass(frozen=True)
class _Probe:
    """A network with samples on which a pass is tried, and its gradient."""

    net: Network
    x: Array
    y: Array

    @cached_property
    def right(self) -> Arrays:
        """The gradient as it should be."""
        grads = backpropagate(self.net, self.x, self.y)
        return list(grads.W[1:]), list(grads.b[1:])


@check.overflow_is_named
def diagnose(
    my_backprop: Callable[[Network, Array, Array], object],
    activation: str | Activation | Sequence[str | Activation] = "sigmoid",
    cost: str | Cost = "half_squared",
    sizes: Sequence[int] | None = None,
) -> Diagnosis:
    """Try a function (net, x, y) → gradient on networks of this kind, and say what is wrong.

    The gradient may have any form that `check_gradient` takes. Without `sizes` the
    networks have layers of different sizes, and of equal ones. A slip is named only where
    what the function gives is what that slip, or those two, would give. Never raises for what
    the function does, only for settings that no network has, and TypeError for what is no function.
    """
    if not callable(my_backprop):
        raise TypeError(
            f"my_backprop is {said(my_backprop)}, but should be a function (net, x, y) → gradient."
        )
    probes = list(_probes(activation, cost, sizes))
    answers = []
    exchanged = False
    for probe in probes:
        found = outcome(my_backprop, (probe.net, probe.x, probe.y), WHOLE_PASS)
        if found.trouble is not None and found.is_final:
            return Diagnosis(found.trouble.verdict, found.trouble.says)
        answer, is_exchanged = _arrays(probe, found)
        answers.append(answer)
        exchanged |= is_exchanged
    troubles = [Diagnosis(a.verdict, a.says) for a in answers if isinstance(a, Finding)]
    # What only fails where layers have different sizes is itself a sign of a slip.
    if any(t.verdict != "raised" for t in troubles) or len(troubles) == len(probes):
        return troubles[0]
    given = [None if isinstance(answer, Finding) else answer for answer in answers]
    if all(_alike(g, probe.right) for g, probe in zip(given, probes)):
        kinds = ", ".join(dict.fromkeys(sigma.name for sigma in probes[0].net.sigma[1:]))
        return right_on([f"(activation {kinds}; cost {probes[0].net.cost.name})"], exchanged)
    for several in (1, 2):
        explanations = tuple(_explaining(given, probes, several))
        if explanations:
            return _named(explanations, probes[0].net)
    return troubles[0] if troubles else _located(answers[0], probes[0])  # type: ignore[arg-type]


def right_on(kinds: Sequence[str], exchanged: bool = False) -> Diagnosis:
    """What is right on all of these kinds of network, each of which is named once."""
    tried = ", ".join(dict.fromkeys(kinds))
    says = f"Right, on every network that it was tried on {tried}."
    if exchanged:
        says += " By their shapes, dW and db were taken the other way round."
    return Diagnosis("right", says, tried=tried, exchanged=exchanged)


def _probes(
    activation: Any,  # noqa: ANN401 (the network says what it takes)
    cost: str | Cost,
    sizes: Sequence[int] | None,
) -> Iterator[_Probe]:
    alone = isinstance(activation, (str, Activation))
    L = 3 if alone else len(list(activation))
    different, equal = [4, 6, 5, 3, 7, 2][: L + 1], [4] * (L + 1)
    every = [different, equal, equal] if sizes is None else [sizes, sizes]
    for seed, each in enumerate(every):
        net = Network.random(each, activation, cost, seed=seed)
        rng = np.random.default_rng(100 + seed)
        # As many samples as inputs, on the second one, so that rows fit where columns belong.
        x = rng.standard_normal((net.sizes[0], net.sizes[0] if seed == 1 else 7))
        yield _Probe(net, x, _targets(net, x.shape[1], rng))


def _targets(net: Network, m: int, rng: np.random.Generator) -> Array:
    if not net.fused:
        return rng.standard_normal((net.sizes[-1], m))
    y = rng.uniform(0.1, 0.9, (net.sizes[-1], m))
    return y / y.sum(axis=0) if net.cost.fused_with == "softmax" else y


def _arrays(probe: _Probe, found: Outcome) -> tuple[Arrays | Finding, bool]:
    """A gradient as arrays of whatever shape, or what is wrong with what was returned for one.

    And whether db was taken for what comes first.
    """
    if found.trouble is not None:
        return found.trouble, False
    if found.value is None:
        says = "It returns None: a line with `return` is missing at its end."
        return Finding("contract", says), False
    try:
        dW, db, exchanged = arrays_as_read(probe.net, found.value, "What it returns")
    except ValueError as problem:
        return Finding("contract", _misread(found.value) or str(problem)), False
    return (dW, db), exchanged


def _misread(value: object) -> str:
    """What is said where a pair of lists was meant, and something of another number came."""
    if isinstance(value, tuple) and len(value) > 2:
        return f"It returns {len(value)} things, but should return two: (dW, db)."
    entries = value if isinstance(value, list) else []
    if entries and all(entry is None or isinstance(entry, np.ndarray) for entry in entries):
        return "It returns one list of arrays, but should return two: (dW, db)."
    return ""


def _alike(given: Arrays | None, other: Arrays | None) -> bool:
    """Whether two gradients are the same, shapes too; or whether neither could be computed."""
    if given is None or other is None:
        return given is other
    return all(map(_same, (*given[0], *given[1]), (*other[0], *other[1])))


def _same(one: Array, two: Array) -> bool:
    return one.shape == two.shape and bool(np.abs(one - two).max() <= _ALIKE * np.abs(two).max())


def _explaining(
    given: Sequence[Arrays | None], probes: Sequence[_Probe], several: int
) -> Iterator[tuple[Slip, ...]]:
    """Every choice of so many slips that can meet, and give what was given."""
    for slips in combinations(SLIPS, several):
        if can_meet(slips) and all(
            _alike(g, gradient_if_it_runs(slips, probe.net, probe.x, probe.y))
            for g, probe in zip(given, probes)
        ):
            yield slips


def _named(found: tuple[tuple[Slip, ...], ...], net: Network) -> Diagnosis:
    sentences = [" ".join(slip.on(net).says for slip in slips) for slips in found]
    if len(found) == 1:
        return Diagnosis("slip", sentences[0], found)
    return Diagnosis("either", either(sentences, "on such networks nobody can tell which"), found)


def _located(given: Arrays, probe: _Probe) -> Diagnosis:
    """Where the first wrong array stands, from the last layer backwards, and what it is instead."""
    dW, db = probe.right
    wrong = [
        (name, l, said_of)
        for l in range(probe.net.L, 0, -1)
        for name, mine, own in (("db", given[1], db), ("dW", given[0], dW))
        if (said_of := _instead(mine[l - 1], own[l - 1])) is not None
    ]
    if _alike((given[0][::-1], given[1][::-1]), probe.right):
        return Diagnosis("unknown", "The lists stand in the reverse order: layer 1 comes first.")
    name, l, first = wrong[0]
    says = f"From the last layer backwards, {name}[{l}] is the first that {first}."
    if len(wrong) == 2 * probe.net.L and len({said_of for *_, said_of in wrong}) == 1:
        says += " So are all the others."
    elif {l for _, l, _ in wrong} == {l}:
        says += " No other layer is wrong." if len(wrong) > 1 else " Only this is wrong."
    if first == "is wrong" and len(wrong) > 1 and wrong[1][1] == l:
        rule = "BP1" if l == probe.net.L else "BP2"
        says += f" dW[{l}] is wrong too, so look at δ of layer {l} first: {rule}."
    return Diagnosis("unknown", says)


def _instead(one: Array, two: Array) -> str | None:
    """What an array is, instead of the right one; None if it is right."""
    if _same(one, two):
        return None
    if one.shape != two.shape:
        return f"has shape {one.shape}, but should have shape {two.shape}"
    if _same(one.T, two):
        return "is the transpose of what it should be"
    if not np.isfinite(one).all():
        return f"holds {one[~np.isfinite(one)][0]}"
    factor = float(np.vdot(one, two) / (np.vdot(two, two) or 1))
    return f"is {times(factor)}" if _same(one, factor * two) else "is wrong"
