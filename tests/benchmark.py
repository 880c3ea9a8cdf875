"""How fast it is: prints figures and asserts nothing. Run by hand: `python tests/benchmark.py`.

Runs on a single thread: it sets OPENBLAS_NUM_THREADS=1 before NumPy is imported. With another
BLAS, set its own variable (MKL_NUM_THREADS, VECLIB_MAXIMUM_THREADS) to 1 before you start.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from bp_helpers import (
    Network,
    Stepper,
    backpropagate,
    digits,
    examples,
    explorers,
    train,
)
from bp_helpers.backprop import update
from bp_helpers.drawing.network import network
from bp_helpers.drawing.scene import Scene
from bp_helpers.steps.notations import notations_for, written_pass

SIZES, BATCH, ETA = [784, 30, 10], 10, 3.0
SETTINGS = {"batch_size": BATCH, "eta": ETA, "seed": 4, "progress": False}


def seconds(call: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """How long one call takes."""
    start = clock()
    call()
    return clock() - start


def middle(call: Callable[[], object], times: int) -> float:
    """The median in milliseconds, after one call that warms up."""
    call()
    return 1000 * median(seconds(call) for _ in range(times))


def import_times(times: int = 10) -> dict[str, float]:
    """The median in milliseconds to start Python and import a package, in fresh processes."""
    spent: dict[str, list[float]] = {"numpy": [], "bp_helpers": [], "bp_helpers.network": []}
    for _ in range(times):
        for name, times_of in spent.items():
            code = (
                "import time; t = time.perf_counter(); import "
                f"{name}; print(time.perf_counter() - t)"
            )
            command = [sys.executable, "-c", code]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            times_of.append(1000 * float(done.stdout))
    return {name: median(times_of) for name, times_of in spent.items()}


def epoch_sample_by_sample(net: Network, x: np.ndarray, y: np.ndarray) -> Network:
    """An epoch with the same mini-batches, in which every sample makes a pass of its own."""
    order = np.random.default_rng(0).permutation(x.shape[1])
    W, b = [None, *(w.copy() for w in net.W[1:])], [None, *(v.copy() for v in net.b[1:])]
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        dW, db = [None, *map(np.zeros_like, W[1:])], [None, *map(np.zeros_like, b[1:])]
        for i in chosen:
            a, slope = [x[:, [i]]], [None]
            for l in range(1, net.L + 1):
                z = W[l] @ a[l - 1] + b[l]
                a.append(net.sigma[l].value(z))
                slope.append(net.sigma[l].slope(z))
            delta = (a[-1] - y[:, [i]]) * slope[-1]
            for l in range(net.L, 0, -1):
                dW[l] += delta @ a[l - 1].T
                db[l] += delta
                if l > 1:
                    delta = (W[l].T @ delta) * slope[l - 1]
        for l in range(1, net.L + 1):
            W[l] -= ETA / len(chosen) * dW[l]
            b[l] -= ETA / len(chosen) * db[l]
    return net.replace(W, b)


def training_times() -> tuple[float, float]:
    """The medians in seconds of one epoch: by `train`, and sample by sample; interleaved."""
    net, (x, y) = Network.random(SIZES, seed=4), digits.train
    batches, single = [], []
    for _ in range(3):
        batches.append(seconds(lambda: train(net, (x, y), epochs=1, **SETTINGS), time.process_time))
        single.append(seconds(lambda: epoch_sample_by_sample(net, x, y), time.process_time))
    return median(batches), median(single)


def main() -> None:
    """Measure everything, and print it."""
    imports = import_times()
    ratio = imports["bp_helpers"] / imports["numpy"]
    print("Import, median of 10 fresh processes:")
    print(f"  numpy {imports['numpy']:.1f} ms, bp_helpers {imports['bp_helpers']:.1f} ms", end="")
    print(f" ({ratio:.2f} times), bp_helpers.network {imports['bp_helpers.network']:.1f} ms")

    net, x, y = examples.small_network()
    p = written_pass(net, x, y, "layers")
    print("The 2-3-2 network, medians:")
    print(f"  one SVG {middle(lambda: network(Scene(p, 3)).svg(), 200):.3f} ms")
    for key in notations_for(net):
        steps = middle(lambda key=key: written_pass(net, x, y, key), 50)
        whole = middle(lambda key=key: Stepper(net, x, y, notation=key), 20)
        print(f"  {key}: its steps {steps:.1f} ms, a stepper {whole:.1f} ms")
    stepper = Stepper(net, x, y)
    print(f"  after a move {middle(stepper.reset, 50):.1f} ms", end="")
    print(f", its stored page {middle(stepper.still, 50):.1f} ms")
    nudge = explorers.Nudge()
    print(f"The explorers: Nudge {middle(explorers.Nudge, 20):.1f} ms", end="")
    print(f", its frames anew {middle(nudge._rewrite, 20):.1f} ms", end="")
    print(f"; Paths {middle(lambda: explorers.Paths(net, x, y), 20):.1f} ms", end="")
    print(f", Shapes {middle(explorers.Shapes, 20):.1f} ms", end="")
    print(f", StepSize {middle(lambda: explorers.StepSize(net, x, y), 20):.1f} ms")

    print(f"{'-'.join(map(str, SIZES))} on {digits.train.x.shape[1]} digits, batches of {BATCH}:")
    batches, single = training_times()
    print(f"  one epoch {batches:.2f} s, sample by sample {single:.2f} s", end="")
    print(f" ({single / batches:.1f} times; medians of 3, processor time)")
    net, few = Network.random(SIZES, seed=4), np.s_[:, :BATCH]
    xs, ys = digits.train.x[few], digits.train.y[few]
    grads = backpropagate(net, xs, ys)
    print(f"  one mini-batch: gradient {middle(lambda: backpropagate(net, xs, ys), 300):.3f} ms")
    print(f"  one mini-batch: update {middle(lambda: update(net, grads, ETA), 300):.3f} ms")
    start = time.process_time()
    history = train(net, digits.train, epochs=30, validation=digits.test, **SETTINGS)
    print(f"  30 epochs {time.process_time() - start:.1f} s, accuracy on held-out digits ", end="")
    print(f"{history.validation_accuracy[-1]:.1%}")


if __name__ == "__main__":
    main()
