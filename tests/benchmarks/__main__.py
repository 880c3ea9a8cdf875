"""How fast it is: prints figures, and asserts nothing of time. Run it as `python tests/benchmarks`.

Everything runs on one thread. Results are compared before anything is timed. torch, jax and
scikit-learn take part where they are installed; the package itself needs none of them.
"""

import os

# Before NumPy is imported:
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = os.environ["VECLIB_MAXIMUM_THREADS"] = os.environ["NPROC"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial

import epochs
import gradients
import numpy as np
from figures import FIGURES
from timing import check, ratio

COLUMNS = {
    "bound": "the matrix products and one exp a layer alone, into arrays made beforehand",
    "bare": "the same formulas without any check: what guarding costs",
    "loop": "NumPy, one pass for every sample",
    "torch": "PyTorch, eager autograd",
    "jax": "JAX, compiled beforehand; an epoch is one scan",
    "sklearn": "scikit-learn's MLPClassifier, partial_fit",
}
PASSES = [([1, 1, 1, 1], 1), ([2, 3, 2], 1)]
PASSES += [([784, 16, 16, 10], m) for m in (1, 10, 32, 256)]
PASSES += [([n] * 5, 128) for n in (64, 256, 512, 1024)]


def cases() -> dict[str, Callable[[], tuple]]:
    """What is compared, by its name; a case is made ready when its turn has come."""
    found = {
        f"backpropagate {'-'.join(map(str, sizes))} m={m}": partial(gradients.case, sizes, m)
        for sizes, m in PASSES
    }
    for name, case in {"epoch": epochs.case, "epoch, softmax": epochs.softmax_case}.items():
        found |= {f"{name} 784-30-10 by {size}": partial(case, size) for size in (10, 32)}
    return found


def line(name: str, make: Callable[[], tuple], rounds: int) -> str:
    """One case: how many times as long as each of the others bp_helpers takes."""
    ours, others = make()
    check(ours, others)
    cells = [f"{ratio(ours, others[k], rounds):.2f}" if k in others else "–" for k in COLUMNS]
    return " | ".join([f"{name:44}", *(f"{cell:>9}" for cell in cells)])


def main() -> None:
    """Measure what is asked for, and print it."""
    parser = ArgumentParser(prog="python tests/benchmarks", description="How fast bp_helpers is.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("names", nargs="*", help="only the cases whose names contain one of these")
    asked = parser.parse_args()
    lines = {name: partial(line, name, make) for name, make in cases().items()}
    lines |= {name: lambda n, name=name: f"{name}: {FIGURES[name](n)}" for name in FIGURES}
    chosen = [name for name in lines if any(part in name for part in asked.names or [""])]
    if not chosen:
        parser.error("no such case; there are: " + "; ".join(lines))
    print(f"NumPy {np.__version__}, float64, one thread, medians of ratios of processor time.")
    print("× … : bp_helpers takes so many times as long as …; above 1 is slower, below 1 faster.")
    print(*(f"  {name}: {meaning}" for name, meaning in COLUMNS.items()), sep="\n")
    print("  An epoch of train shuffles and takes a score as well, which the others do not.")
    print(" | ".join([f"{'case':44}", *(f"{'× ' + name:>9}" for name in COLUMNS)]))
    for name in chosen:
        print(lines[name](5 if asked.quick else 21), flush=True)


if __name__ == "__main__":
    main()
