"""`check`: is an answer to an exercise right, and if not, what is wrong with it?"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from bp_helpers._validation import said
from bp_helpers.exercises.exercise import Exercise, WholePass
from bp_helpers.verdict import Finding, Function

_NUMBERS = [f"{n:02}" for n in range(100)]


@dataclass(frozen=True, repr=False)
class Judgement(Finding):
    """What is known of an answer to an exercise; prints and displays as words."""

    @property
    def points(self) -> float:
        """1 for an answer that is right, and 0 for any other."""
        return float(self.ok)


def check(id: str, answer: Function) -> Judgement:
    """Try a function on inputs that the notebook does not show, and say what is wrong with it.

    `id` is the number of an exercise, as "05.1", and `answer` your function for it, which is not
    called but named: `check("05.1", my_function)`. A mistake is named only where the function
    gives what that mistake would give. Never raises for what the function does.
    """
    exercises = {e.id: e for e in of_notebook(str(id)[:2])}
    if id not in exercises:
        known = ", ".join(exercises) or f"notebooks {', '.join(notebooks())}"
        return Judgement("contract", f"There is no exercise {said(id)}; there are {known}.")
    if not callable(answer):
        what = "the result of calling it" if answer is not None else "None"
        return Judgement(
            "contract",
            f"{id} was given {said(answer)}, {what}, but should be given the function itself: "
            f'its name without brackets, check("{id}", name).',
        )
    found = exercises[id].judge(answer)
    return Judgement(found.verdict, found.says)


def of_notebook(number: str) -> tuple[Exercise | WholePass, ...]:
    """The exercises of a notebook, as "05"; none for a notebook that does not exist."""
    if number not in notebooks():
        return ()
    found: tuple[Exercise | WholePass, ...] = import_module(_module(number)).EXERCISES
    return found


def notebooks() -> list[str]:
    """The numbers of the notebooks that have exercises."""
    return [number for number in _NUMBERS if find_spec(_module(number))]


def _module(number: str) -> str:
    return f"bp_helpers.exercises.nb{number}"
