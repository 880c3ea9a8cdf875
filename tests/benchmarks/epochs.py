"""One epoch of gradient descent on the digits, by bp_helpers and by others in the same order.

`train` shuffles, gathers its batches, checks, and takes a score afterwards; the others are given
digits that are shuffled already, and take no score.
"""

from collections.abc import Iterable
from importlib.util import find_spec

import numpy as np
from gradients import autograd, bound, jax_cost, parameters, sample_by_sample
from timing import Work

from bp_helpers import Network, digits, train

SIZES, SEED, ETA = [784, 30, 10], 4, 1.0


def case(size: int) -> tuple[Work, dict[str, Work]]:
    """An epoch of `train` in batches of this size, and the same by everybody who is installed."""
    net = Network.random(SIZES, seed=SEED)
    of, batches = parameters(net), shuffled(size)
    others = {
        "bound": by_bound(size),
        "loop": lambda: by_loop(of, batches),
        "torch": find_spec("torch") and by_torch(of, batches),
        "jax": find_spec("jax") and by_jax(of, batches),
    }
    return ours(net, size), {name: work for name, work in others.items() if work}


def softmax_case(size: int) -> tuple[Work, dict[str, Work]]:
    """The same with softmax and cross-entropy, which scikit-learn's classifier has."""
    net = Network.random(SIZES, ["sigmoid", "softmax"], "cross_entropy", seed=SEED)
    sklearn = {"sklearn": by_sklearn(net, size)} if find_spec("sklearn") else {}
    return ours(net, size), {"bound": by_bound(size), **sklearn}


def ours(net: Network, size: int) -> Work:
    """An epoch of `train`, without validation."""
    settings = {"batch_size": size, "eta": ETA, "seed": SEED, "progress": False}
    return lambda: parameters(train(net, digits.train, epochs=1, **settings).net)


def shuffled(size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The batches of `train`; each column lies in one piece, as it does in the digits."""
    order = np.random.default_rng(SEED).permutation(digits.train.x.shape[1])
    x, y = (np.asfortranarray(of[:, order]) for of in digits.train)
    slices = [np.s_[:, start : start + size] for start in range(0, len(order), size)]
    return [(x[batch], y[batch]) for batch in slices]


def by_bound(size: int) -> Work:
    """The bound of one batch, as often as there are batches."""
    step, batches = bound(SIZES, size), digits.train.x.shape[1] // size

    def work() -> None:
        for _ in range(batches):
            step()

    return work


def by_loop(of: list[np.ndarray], batches: list) -> list[np.ndarray]:
    """NumPy, one pass for every sample."""
    for x, y in batches:
        of = [p - ETA * dp for p, dp in zip(of, sample_by_sample(of, x, y))]
    return of


def by_torch(of: list[np.ndarray], batches: list) -> Work:
    """PyTorch, eager, and gradient descent written by hand."""
    import torch

    torch.set_num_threads(1)
    batches = [tuple(map(torch.from_numpy, batch)) for batch in batches]

    def work() -> Iterable:
        tensors = [torch.tensor(p, requires_grad=True) for p in of]
        for batch in batches:
            gradient = autograd(tensors, *batch)
            with torch.no_grad():
                for p, dp in zip(tensors, gradient):
                    p.sub_(dp, alpha=ETA)
        return [p.detach() for p in tensors]

    return work


def by_jax(of: list[np.ndarray], batches: list) -> Work:
    """JAX; the epoch is one scan over the batches, compiled beforehand."""
    import jax

    def step(of: list, batch: tuple) -> tuple[list, None]:
        return [p - ETA * dp for p, dp in zip(of, jax.grad(jax_cost)(of, *batch))], None

    jax.config.update("jax_enable_x64", True)
    compiled = jax.jit(lambda of, batches: jax.lax.scan(step, of, batches)[0])
    given = jax.device_put((of, tuple(map(np.array, zip(*batches)))))
    return lambda: jax.block_until_ready(compiled(*given))


def by_sklearn(net: Network, size: int) -> Work:
    """MLPClassifier with plain gradient descent: `partial_fit` is one epoch."""
    from sklearn.neural_network import MLPClassifier

    x, y = (np.hstack(of).T.copy() for of in zip(*shuffled(size)))
    plain = {"solver": "sgd", "momentum": 0, "alpha": 0, "shuffle": False, "batch_size": size}
    model = MLPClassifier(SIZES[1:-1], activation="logistic", learning_rate_init=ETA, **plain)
    model.partial_fit(x[:size], y[:size].argmax(axis=1), classes=range(SIZES[-1]))

    def work() -> Iterable[np.ndarray]:
        model.coefs_ = [W.T.copy() for W in net.W[1:]]
        model.intercepts_ = [b.flatten() for b in net.b[1:]]
        model.partial_fit(x, y.argmax(axis=1))
        return [W.T for W in model.coefs_] + [b[:, None] for b in model.intercepts_]

    return work
