"""How times are taken: in turns, by the processor's clock, and only of what gives the same."""

import gc
import time
from collections.abc import Callable, Iterable
from statistics import median

import numpy as np

Work = Callable[[], Iterable[np.ndarray] | None]


def check(ours: Work, others: dict[str, Work]) -> None:
    """Raises AssertionError where an array differs by more than 1e-10 of its largest number."""
    own = list(ours())
    for name, other in others.items():
        for right, found in zip(own, other() or own, strict=True):  # the bound gives nothing
            error = np.abs(right - np.asarray(found)).max() / np.abs(right).max()
            if not error < 1e-10:
                raise AssertionError(f"bp_helpers and {name} differ by {error:.0e}")


def ratio(ours: Work, other: Work, rounds: int) -> float:
    """The median over rounds in which the two take turns; what is slow gets fewer of them."""
    gc.collect()
    gc.disable()
    try:
        n, k = enough(ours), enough(other)
        few = int(rounds / 4 / (n * seconds(ours, n) + k * seconds(other, k)))
        rounds = max(3, min(rounds, few))
        return median(seconds(ours, n) / seconds(other, k) for _ in range(rounds))
    finally:
        gc.enable()


def seconds(work: Work, times: int = 1) -> float:
    """How long a call keeps the processor busy, on all of its threads; the mean of some calls."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def enough(work: Work) -> int:
    """How many calls last long enough for the clock; the first ones warm up."""
    times = 1
    while times * seconds(work, times) < 0.02:
        times *= 2
    return times
