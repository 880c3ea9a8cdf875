"""`check` for a cell that gives points: what nbgrader runs when it grades an answer."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from typing import Any

from bp_helpers._validation import said
from bp_helpers.exercises import checking


@dataclass(frozen=True, repr=False)
class Graded(checking.Judgement):
    """What is known of an answer, and what an answer with a known slip is worth."""

    slip: float = 0.0

    @property
    def points(self) -> float:
        """1 for an answer that is right, `slip` for one with a known slip, 0 for any other."""
        return 1.0 if self.ok else self.slip if self.verdict in ("slip", "either") else 0.0


def check(id: str, name: str, names: Mapping[str, Any], slip: float = 0.0) -> Graded:
    """Judge the function of this name, print what is found, and return it.

    `names` are the `globals()` of the notebook, in which the function may be missing. Here nothing
    is raised, and nothing is written to stderr: a cell that does either gets no points, even where
    the answer is right and has caused no more than a warning.
    """
    with redirect_stderr(io.StringIO()):
        found = _found(id, name, names)
    # Nobody sits there when answers are graded: it is nbgrader that ends a loop.
    graded = Graded(found.verdict, found.says.replace("You stopped it", "It was stopped"), slip)
    print(graded)
    return graded


def _found(id: str, name: str, names: Mapping[str, Any]) -> checking.Judgement:
    if name not in names:
        return checking.Judgement("contract", _MISSING.format(name))
    if not callable(names[name]):
        what = f"`{name}` is {said(names[name])} here, but should be a function: define it anew."
        return checking.Judgement("contract", what)
    return checking.check(id, names[name])


_MISSING = (
    "There is no function `{0}` here. Has the cell of the answer been run, above this one, and "
    "without an error? And does its function have the name `{0}`?"
)
