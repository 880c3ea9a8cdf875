"""Figures that stand by themselves, each as a line of text."""

import subprocess
import sys
import tracemalloc
from statistics import median

import epochs
from timing import ratio, seconds

from bp_helpers import Network, Stepper, digits, examples, explorers, train
from bp_helpers.steps.notations import notations_for
from bp_helpers.training import _score


def score(rounds: int) -> str:
    """How much of an epoch of `train` is the score on the training data after its last batch."""
    net = Network.random(epochs.SIZES, seed=epochs.SEED)
    whole = {size: epochs.ours(net, size) for size in (10, 32)}
    parts = {k: ratio(lambda: _score(net, *digits.train), whole[k], rounds) for k in whole}
    return ", ".join(f"{part:.0%} of an epoch by {k}" for k, part in parts.items())


def memory(_rounds: int) -> str:
    """The most that is held at once during a short training, and during a long one."""
    net, few = Network.random(epochs.SIZES, seed=0), [of[:, :100] for of in digits.train]
    peaks = {}
    for count in (1, 1, 50):  # what is held once for all is there after the first
        tracemalloc.start()
        train(net, few, epochs=count, batch_size=10, eta=1.0, seed=0, progress=False)
        peaks[count] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    return ", ".join(f"at most {peak:.2f} MB with epochs={n}" for n, peak in peaks.items())


def imports(_rounds: int) -> str:
    """The median of 10 fresh processes that import a package, the packages in turns."""
    spent: dict[str, list[float]] = {"numpy": [], "bp_helpers": [], "bp_helpers.network": []}
    clock = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
    for name in [*spent] * 10:
        command = [sys.executable, "-c", clock.format(name)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        spent[name].append(1000 * float(done.stdout))
    return ", ".join(f"{name} {median(times):.1f} ms" for name, times in spent.items())


def widgets(rounds: int) -> str:
    """What widgets of the 2-3-2 network cost: the median of single calls, after a first one."""
    example = examples.small_network()
    stepper, keys = Stepper(*example), notations_for(example.net)
    works = {f"Stepper by {key}": lambda key=key: Stepper(*example, notation=key) for key in keys}
    works |= {"after a move": stepper.reset, "its page": stepper.still, "Nudge": explorers.Nudge}
    works |= {"Paths": lambda: explorers.Paths(*example), "Shapes": explorers.Shapes}
    works |= {"StepSize": lambda: explorers.StepSize(*example)}
    times = {name: [seconds(work) for _ in range(rounds + 1)] for name, work in works.items()}
    return ", ".join(f"{name} {1000 * median(t[1:]):.1f} ms" for name, t in times.items())


FIGURES = {
    "score after an epoch": score,
    "memory of train": memory,
    "import": imports,
    "widgets": widgets,
}
