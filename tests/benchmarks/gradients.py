"""One gradient of sigmoid layers with half the squared error, by bp_helpers and by others.

Parameters and gradients are lists of arrays, W[1..L] and then b[1..L].
"""

from collections.abc import Iterable
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
from timing import Work

from bp_helpers import Network, backpropagate
from bp_helpers.functions import sigmoid, sigmoid_slope


def case(sizes: list[int], m: int) -> tuple[Work, dict[str, Work]]:
    """`backpropagate` of m samples, and the same by everybody else who is installed."""
    net, rng = Network.random(sizes, seed=0), np.random.default_rng(1)
    x, y = rng.normal(size=(sizes[0], m)), rng.uniform(size=(sizes[-1], m))

    def ours() -> Iterable[np.ndarray]:
        gradients = backpropagate(net, x, y)
        return gradients.W[1:] + gradients.b[1:]

    others = {
        "bound": bound(sizes, m),
        "bare": lambda: bare(net, x, y),
        "loop": lambda: sample_by_sample(parameters(net), x, y),
        "torch": find_spec("torch") and by_torch(parameters(net), x, y),
        "jax": find_spec("jax") and by_jax(parameters(net), x, y),
    }
    return ours, {name: work for name, work in others.items() if work}


def parameters(net: Network) -> list[np.ndarray]:
    """All that is learnt, in one list."""
    return [*net.W[1:], *net.b[1:]]


def layers(of: list) -> Iterable[tuple]:
    """The pair (W, b) of each layer in such a list."""
    return zip(of[: len(of) // 2], of[len(of) // 2 :])


def bound(sizes: list[int], m: int) -> Work:
    """The matrix products of a forward and a backward pass and one exp a layer, nothing else.

    All of it goes into arrays made beforehand; no pass in NumPy can do without these calls.
    """
    rng, L = np.random.default_rng(0), len(sizes) - 1
    # W is so small that exp of exp of exp stays small too.
    W = [None, *(rng.normal(size=(n, k)) / (10 * np.sqrt(k)) for k, n in pairwise(sizes))]
    a, delta = ([rng.normal(size=(n, m)) for n in sizes] for _ in range(2))
    dW = [None, *map(np.empty_like, W[1:])]

    def work() -> None:
        for l in range(1, L + 1):
            np.exp(np.dot(W[l], a[l - 1], out=a[l]), out=a[l])
        for l in range(L - 1, 0, -1):
            np.dot(W[l + 1].T, delta[l + 1], out=delta[l])
        for l in range(1, L + 1):
            np.dot(delta[l], a[l - 1].T, out=dW[l])

    return work


def bare(net: Network, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """The lines of `forward` and `backward`, but nothing is checked and no trace is kept."""
    a, z, L, m = [x], {}, net.L, x.shape[1]
    for l in range(1, L + 1):
        z[l] = net.W[l] @ a[l - 1] + net.b[l]
        a.append(net.sigma[l].value(z[l]))
    delta, dW, db = {}, {}, {}
    delta[L] = net.cost.slope(a[L], y) * net.sigma[L].slope(z[L])
    for l in range(L - 1, 0, -1):
        delta[l] = (net.W[l + 1].T @ delta[l + 1]) * net.sigma[l].slope(z[l])
    for l in range(1, L + 1):
        db[l] = delta[l].sum(axis=1, keepdims=True) / m
        dW[l] = delta[l].dot(a[l - 1].T) / m
    return [*dW.values(), *db.values()]


def sample_by_sample(of: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """The mean of the gradients of the samples, each from a pass of its own."""
    total = list(map(np.zeros_like, of))
    for i in range(x.shape[1]):
        a, slopes = [x[:, [i]]], []
        for W, b in layers(of):
            z = W @ a[-1] + b
            a.append(sigmoid(z))
            slopes.append(sigmoid_slope(z))
        delta = (a[-1] - y[:, [i]]) * slopes[-1]
        for l, (dW, db) in reversed(list(enumerate(layers(total)))):
            dW += delta @ a[l].T  # noqa: PLW2901 (in place)
            db += delta  # noqa: PLW2901
            if l > 0:
                delta = (of[l].T @ delta) * slopes[l - 1]
    return [array / x.shape[1] for array in total]


def by_torch(of: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> Work:
    """PyTorch, eager; its tensors are made beforehand."""
    import torch

    torch.set_num_threads(1)
    tensors, x, y = [torch.tensor(p, requires_grad=True) for p in of], *map(torch.tensor, (x, y))
    return lambda: autograd(tensors, x, y)


def autograd(of: list, x: object, y: object) -> Iterable:
    """The gradient in the words of PyTorch."""
    import torch

    a = x
    for W, b in layers(of):
        a = torch.sigmoid(torch.addmm(b, W, a))
    return torch.autograd.grad(((a - y) ** 2).sum() / (2 * x.shape[1]), of)


def by_jax(of: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> Work:
    """JAX; the gradient is compiled beforehand, when results are compared."""
    import jax

    jax.config.update("jax_enable_x64", True)
    compiled, given = jax.jit(jax.grad(jax_cost)), jax.device_put((of, x, y))
    return lambda: jax.block_until_ready(compiled(*given))


def jax_cost(of: list, x: object, y: object) -> object:
    """The cost in the words of JAX."""
    import jax

    a = x
    for W, b in layers(of):
        a = jax.nn.sigmoid(W @ a + b)
    return ((a - y) ** 2).sum() / (2 * x.shape[1])
