"""Quick checks that find slips without knowing what would be right: how much does each one see?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from bp_helpers.claims.line import Line, Raised, difference, sides
from bp_helpers.claims.trial import Trial, cases, probes

Differ = Callable[[Any, Any], bool]
Choose = Callable[[Trial], bool]


def _numbers(given: Any, true: Any) -> bool:  # noqa: ANN401
    return difference(given, true) is not None


def _shapes(given: Any, true: Any) -> bool:  # noqa: ANN401
    """Whether one of two values is an error, or their shapes differ; a shape may be in words."""
    if isinstance(given, tuple) and isinstance(true, tuple):
        return any(map(_shapes, given, true))
    if isinstance(given, Raised):
        return True
    if isinstance(given, str) or isinstance(true, str):
        return bool(given != true)
    return bool(np.shape(given) != np.shape(true))


def _signs(given: Any, true: Any) -> bool:  # noqa: ANN401
    """Whether two values of one shape differ in a sign."""
    if isinstance(given, tuple) and isinstance(true, tuple):
        return any(map(_signs, given, true))
    if isinstance(given, (str, Raised)) or isinstance(true, str):
        return False
    if np.size(given) != np.size(true):
        return False
    return bool((np.sign(np.ravel(given)) != np.sign(np.ravel(true))).any())


def _finds(differ: Differ, choose: Choose, line: Line) -> bool:
    """Whether the sides of a line, as it is meant, differ on one of the chosen trials."""
    for trial in _fitting(line, filter(choose, (*cases(line.cost), *probes(line.cost)))):
        given, true = sides(line, trial)
        if differ(given, true):
            return True
    return False


def _fitting(line: Line, trials: Iterable[Trial]) -> Iterable[Trial]:
    wanted = [convention.fits for convention in line.conventions]
    wanted += [line.where.fits] if line.where else []
    return (trial for trial in trials if all(fits(trial) for fits in wanted))


def _in_a_row(trial: Trial) -> bool:
    return max(trial.sizes) == 1


def _all_differ(trial: Trial) -> bool:
    return len(set(trial.sizes)) == len(trial.sizes)


QUICK: Mapping[str, Callable[[Line], bool]] = {
    "one neuron a layer, one sample: the numbers": partial(
        _finds, _numbers, lambda t: _in_a_row(t) and t.m == 1
    ),
    "one neuron a layer, two samples: the numbers": partial(
        _finds, _numbers, lambda t: _in_a_row(t) and t.m == 2
    ),
    "a single layer, first and last at once: the numbers": partial(
        _finds, _numbers, lambda t: t.L == 1
    ),
    "layers of different sizes, one sample: the signs": partial(
        _finds, _signs, lambda t: _all_differ(t) and t.m == 1
    ),
    "layers of different sizes, several samples: the shapes": partial(
        _finds, _shapes, lambda t: _all_differ(t) and t.m not in (1, *t.sizes)
    ),
    "layers of different sizes, one sample and several: the numbers": partial(
        _finds, _numbers, _all_differ
    ),
    "all of these networks, and the others: the numbers": partial(_finds, _numbers, lambda t: True),
}
