"""What can be said of a wrong answer that no known mistake explains, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bp_helpers.exercises.values import (
    alike,
    factor,
    is_nearly,
    is_right_but_for_none,
    is_transposed,
    misfit,
    orders,
    parts,
)
from bp_helpers.verdict import Finding, Outcome, times

_LONGEST, _LONGEST_LIST = 160, 4  # characters of inputs that are told, and entries of a list


@dataclass(frozen=True)
class Case:
    """One input with the names of its parts, what an answer has given for it, and what is right."""

    names: Sequence[str]
    arguments: Sequence[object]
    outcome: Outcome
    right: object
    tolerance: float

    @property
    def given(self) -> object:
        """What the answer returned."""
        return self.outcome.value

    @property
    def fits(self) -> bool:
        """Whether that is right."""
        return self.outcome.trouble is None and alike(self.given, self.right, self.tolerance)

    @property
    def inputs(self) -> str:
        """The input in words, an array by its shape."""
        text = ", ".join(f"{n} {_told(value)}" for n, value in zip(self.names, self.arguments))
        return text if len(text) <= _LONGEST else f"{text[: text.rindex(' ', 0, _LONGEST)]} …"


def explained(cases: Sequence[Case]) -> Finding:
    """The first thing that is true of an answer that is wrong for some of these inputs."""
    wrong = [case for case in cases if not case.fits]
    if all(is_transposed(case.given, case.right, case.tolerance) for case in wrong):
        return Finding("contract", "It is the transpose of what it should be.")
    may_be_none = any(case.right is None for case in cases)
    for case in wrong:
        if (found := _unfit(case, case is cases[0], may_be_none)) is not None:
            return found
    says = next(_values_differ(cases, wrong), None)
    return Finding("unknown", says or _where(cases, wrong))


def _unfit(case: Case, is_first: bool, may_be_none: bool) -> Finding | None:
    """What keeps an answer for this input from being compared at all."""
    where = "" if is_first else f" This is so for {case.inputs}."
    if case.outcome.trouble is not None:
        return Finding("raised", case.outcome.trouble.says + where)
    if case.given is None and case.right is not None and may_be_none:
        return Finding("unknown", f"It gives None where it should not, as for {case.inputs}.")
    if case.given is None and case.right is not None and not is_first:
        return Finding("contract", f"For {case.inputs} it returns None. Does it always return?")
    problem = misfit(case.given, case.right)
    if problem is None:
        return None
    return Finding("contract", problem[0].upper() + problem[1:] + where)


def _values_differ(cases: Sequence[Case], wrong: Sequence[Case]) -> Iterator[str]:
    """What is true of numbers of which some are wrong, the surest first."""
    first, rest = cases[0], cases[1:]
    same, differ = (
        [alike(getattr(case, of), getattr(first, of), 1e-12) for case in rest]
        for of in ("given", "right")
    )
    if all(same) and not all(differ):
        yield "It returns the same for every input: use what it is given."
    if all(is_right_but_for_none(case.given, case.right, case.tolerance) for case in wrong):
        yield "Its numbers are right; at place 0 there should be None."
    if all(is_nearly(case.given, case.right) for case in wrong):
        yield (
            "It is nearly right, but not to the last digits: is something rounded, kept in "
            "float32, or measured by a nudge?"
        )
    if set.intersection(*(orders(c.given, c.right, c.tolerance) for c in cases)):
        yield "What it returns is right, but in another order."
    filled = [case for case in wrong if case.right is None]
    if len(filled) == len(wrong):
        yield f"It does not give None where it should, as for {wrong[0].inputs}."
    every = [(one, two) for case in cases for _, one, two in parts(case.given, case.right)]
    if not filled and (k := factor(every)) is not None:
        yield f"It is {times(k)}, for every input."
    if (named := _which(cases)) is not None:
        yield named


def _which(cases: Sequence[Case]) -> str | None:
    """Which parts of what is returned are right for every input, and which are not."""
    verdicts: dict[str, list[bool]] = {}
    for case in cases:
        for name, one, two in parts(case.given, case.right):
            if two is not None:
                verdicts.setdefault(name, []).append(alike(one, two, case.tolerance))
    # A place that not every input has says little: the last layer is another one each time.
    always = {name: all(fits) for name, fits in verdicts.items() if len(fits) == len(cases)}
    always = _of_wholes(verdicts) or always
    right = [name for name, fits in always.items() if fits]
    wrong = [name for name, fits in always.items() if not fits]
    if not right or not wrong:
        return None
    return f"Of what it returns, right: {', '.join(right)}. Wrong: {', '.join(wrong)}."


def _of_wholes(verdicts: Mapping[str, list[bool]]) -> dict[str, bool]:
    """The same for what these are parts of, if the parts of each are all right or all wrong."""
    if not any(" of " in name for name in verdicts):
        return {}
    found: dict[str, set[bool]] = {}
    for name, fits in verdicts.items():
        found.setdefault(name.rpartition(" of ")[2], set()).add(all(fits))
    is_clear = all(len(fits) == 1 and not name.startswith("place") for name, fits in found.items())
    return {name: all(fits) for name, fits in found.items()} if is_clear else {}


def _where(cases: Sequence[Case], wrong: Sequence[Case]) -> str:
    """The first input for which it is wrong, and for how many it is right."""
    fitting = len(cases) - len(wrong)
    right = f"It is right for {fitting} of {len(cases)} inputs. " if fitting else ""
    return f"{right}It is wrong, for example, for {wrong[0].inputs}."


def _told(value: object) -> str:
    """An argument in a few words, with what comes between it and its name."""
    if isinstance(value, np.ndarray):
        return f"of shape {value.shape}"
    if isinstance(value, list) and len(value) > _LONGEST_LIST:
        return f"of length {len(value)}"
    return f"= {_short(value)}"


def _short(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    if isinstance(value, (list, tuple)):
        if len(value) > _LONGEST_LIST:
            return f"a list of length {len(value)}"
        inside = ", ".join(map(_short, value))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, float):
        return f"{value:.3g}"
    return getattr(value, "__name__", None) or repr(value)
