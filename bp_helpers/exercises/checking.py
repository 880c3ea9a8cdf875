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


def check(id: str, answer: Function | None = None) -> Judgement:
    """Try a function on inputs that the notebook does not show, and say what is wrong with it.

    `id` is the number of an exercise, as "05.1", and `answer` your function for it, which is not
    called but named: `check("05.1", my_function)`. A mistake is named only where the function
    gives what that mistake would give. Never raises for what the function does.
    """
    if callable(id):
        return Judgement("contract", 'First the number, then the function: check("05.1", name).')
    exercises = {e.id: e for e in of_notebook(str(id)[:2])}
    if id not in exercises:
        known = ", ".join(exercises) or f"those of notebooks {', '.join(notebooks())}"
        return Judgement(
            "contract", f"There is no exercise {said(id)} to check; there are {known}."
        )
    if not callable(answer):
        return Judgement("contract", _instead(id, answer))
    found = exercises[id].judge(answer)
    return Judgement(found.verdict, found.says)


def _instead(id: str, given: object) -> str:
    """What is said where no function is given."""
    what = "nothing" if given is None else said(given)
    why = ", a text" if isinstance(given, str) else "" if given is None else ", a result"
    return (
        f"{id} was given {what}{why}, but should be given the function itself: its name, "
        f'without brackets and without quotes, as in check("{id}", name).'
    )


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
