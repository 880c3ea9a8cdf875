"""An exercise: what is right, on which inputs an answer is tried, and how people get it wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.diagnosis import diagnose, right_on
from bp_helpers.exercises.telling import Case, explained
from bp_helpers.exercises.values import alike
from bp_helpers.network import Network
from bp_helpers.slips import RIGHT, WRONG, Run, run_with
from bp_helpers.verdict import (
    WHOLE_PASS,
    Finding,
    Function,
    Outcome,
    either,
    is_open,
    listed,
    outcome,
    with_notes,
)

Probe = tuple[Any, ...]
Mistake = tuple[Function, str]  # a wrong answer, and what is said to whoever gives it
_UNMENDED = Finding("not started", "As it stands, the slip is still in it: find it, and mend it.")
_BOTH_UNMENDED = Finding(
    "not started", "As it stands, both slips are still in it: find them, and mend them."
)


def everything(*probe: object) -> Probe:
    """A probe as the arguments of a function, all of it."""
    return probe


@dataclass(frozen=True)
class Exercise:
    """An exercise of a notebook that is a function, and what judges an answer to it.

    `right` is a solution; `probes` are the inputs on which answers are tried, and which the
    notebook does not show. `mistakes` are functions like `right`, each with the sentence that is
    said to the person who made it. `unmended` is what stands in the cell at first, where that is a
    function with a slip in it. A learner's function is given `arguments(*probe)`, and
    calls them `names`; without these it takes what `right` takes.
    """

    id: str
    right: Function
    probes: Sequence[Probe]
    mistakes: Sequence[Mistake] = ()
    unmended: Function | None = None
    arguments: Callable[..., Probe] = everything
    names: Sequence[str] = ()
    tolerance: float = 1e-9

    @property
    def takes(self) -> str:
        """The arguments of an answer, as they are written behind its name."""
        return listed(self._names)

    @property
    def _names(self) -> Sequence[str]:
        return self.names or list(inspect.signature(self.right).parameters)

    @cached_property
    def wanted(self) -> list[object]:
        """What an answer should give for each probe."""
        return [self.right(*probe) for probe in self.probes]

    def judge(self, answer: Function) -> Finding:
        """Whether an answer is right, and if not what is wrong with it, as far as it is known."""
        outcomes: list[Outcome] = []
        for probe in self.probes:
            found = outcome(answer, self.arguments(*probe), self._names)
            if found.trouble is not None and found.is_final:
                return found.trouble
            outcomes.append(found)
        finding = self._found(answer, outcomes)
        return with_notes(finding, answer, outcomes[0].printed)

    def _found(self, answer: Function, outcomes: Sequence[Outcome]) -> Finding:
        given = [_RAISED if o.trouble is not None else o.value for o in outcomes]
        if self._agree(given, self.wanted):
            return Finding("right", f"Right, on {len(self.probes)} inputs of its own.")
        if self.unmended and self._agree(given, self._values(self.unmended)):
            return _UNMENDED
        named = [says for f, says in self.mistakes if self._agree(given, self._values(f))]
        if len(named) == 1:
            return Finding("slip", named[0])
        if named:
            return Finding("either", either(named, "nobody can tell which from here"))
        if is_open(answer):
            return Finding("not started", "A gap is open: replace every `...` by code of your own.")
        inputs = (self.arguments(*probe) for probe in self.probes)
        rest = zip(inputs, outcomes, self.wanted)
        return explained([Case(self._names, *case, self.tolerance) for case in rest])

    def _agree(self, given: Sequence[object], values: Sequence[object]) -> bool:
        """Whether two functions give and raise the same, and do not only raise."""
        return any(value is not _RAISED for value in values) and all(
            one is two if one is _RAISED or two is _RAISED else alike(one, two, self.tolerance)
            for one, two in zip(given, values)
        )

    def _values(self, wrong: Function) -> list[object]:
        """What a mistake gives for each probe, or that it raises there."""
        values = []
        for probe in self.probes:
            try:
                with np.errstate(all="ignore"):
                    values.append(wrong(*probe))
            except Exception:
                values.append(_RAISED)
        return values


_RAISED = object()


@dataclass(frozen=True)
class WholePass:
    """An exercise that is a whole backward pass: a function (net, x, y) → gradient.

    It is tried on networks of these kinds, each the settings of `diagnose`; `unmended` has so many
    `slips` in it, one or two.
    """

    id: str
    kinds: Sequence[Mapping[str, Any]] = ({},)
    unmended: Function | None = None
    slips: int = 1
    takes: str = listed(WHOLE_PASS)

    def judge(self, answer: Function) -> Finding:
        """What `diagnose` finds, on the first kind of network where it finds something wrong.

        What is right on all of them is told with every kind.
        """
        tried = []
        for kind in self.kinds:
            found = diagnose(answer, **kind)
            if not found.ok:
                return with_notes(self._of_kind(found, kind), answer)
            tried.append(found.tried)
        return right_on(tried, found.exchanged)

    def _of_kind(self, found: Finding, kind: Mapping[str, Any]) -> Finding:
        """What is wrong on networks of one kind, which is named where it is not the usual one."""
        if self.unmended and found == diagnose(self.unmended, **kind):
            return _UNMENDED if self.slips == 1 else _BOTH_UNMENDED
        if kind and found.verdict not in ("not started", "contract"):
            settings = " and ".join(f"{name} {value!r}" for name, value in kind.items())
            return Finding(found.verdict, f"With {settings}: {found.says}")
        return found


def of_rule(
    id: str,
    rule: str,
    names: Sequence[str],
    arguments: Callable[[Run, int], Probe],
    mistakes: Sequence[Mistake] = (),
    **settings: Any,  # noqa: ANN401
) -> Exercise:
    """An exercise that is one of the four rules: the slips in that rule are mistakes in it.

    `arguments(run, l)` are what an answer is given for layer l.
    """
    probes = tuple(_runs(rule))
    slips = [(wrong, slip.says) for slip, wrong in WRONG.items() if slip.rule == rule]
    plain = Exercise(id, RIGHT[rule], probes, (), None, arguments, names, **settings)
    wrong = [m for m in (*slips, *mistakes) if not plain._agree(plain._values(m[0]), plain.wanted)]
    return replace(plain, mistakes=wrong)


def _runs(rule: str) -> Iterator[tuple[Run, int]]:
    """Passes over networks, the last one of a single sample, and their layers.

    The layers are of different sizes, of equal ones, and of single neurons among others.
    """
    for seed, sizes in enumerate(([8, 6, 5, 3], [4, 4, 4, 4], [3, 1, 5, 2])):
        net = Network.random(sizes, seed=seed)
        rng = np.random.default_rng(seed)
        m = 7 - 3 * seed
        x, y = rng.standard_normal((sizes[0], m)), rng.uniform(0, 1, (sizes[-1], m))
        run = run_with((), net, x, y)
        layers = {"BP1": [net.L], "BP2": range(1, net.L)}.get(rule, range(1, net.L + 1))
        yield from ((run, l) for l in layers)


def columns(rng: np.random.Generator, *shape: int) -> Array:
    """Random numbers from −1 to 1 that are not small."""
    return rng.choice([-1, 1], shape) * rng.uniform(0.2, 1, shape)
