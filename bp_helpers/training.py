"""Mini-batch gradient descent, and a record of how it went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from tqdm.auto import tqdm

import bp_helpers._door as check
from bp_helpers._validation import Array, NotFinite, finite_layers, flag, positive, whole
from bp_helpers._validation import seed as check_seed
from bp_helpers.backprop import forward
from bp_helpers.network import Network, PerLayer

Samples = tuple[Array, Array]


class Score(NamedTuple):
    """The cost on some samples and the share read correctly, which is None where there is none."""

    cost: float
    accuracy: float | None


class Epoch(NamedTuple):
    """The record of one epoch: its scores when it was over, and the mean ‖δ‖ of each layer."""

    training: Score
    validation: Score | None
    delta_size: PerLayer[float]


class History:
    """How a training went: one entry per finished epoch, and the trained network.

    `cost` and `accuracy` are taken on the training data after the epoch, `validation_cost` and
    `validation_accuracy` on the held-out data (empty without any; an accuracy is empty where
    `accuracy` knows none). `delta_size[l]` holds, for layer l, the mean length ‖δ‖ of a sample's
    column of δ during the epoch. `stopped` says why training ended early, or is None.
    """

    def __init__(self, net: Network) -> None:
        # Together, so that an interrupt finds both of them from before an epoch, or after it.
        self._net_and_epochs: tuple[Network, tuple[Epoch, ...]] = net, ()
        self.stopped: str | None = None

    def record(self, net: Network, epoch: Epoch) -> None:
        """Put in what an epoch has led to, in one assignment."""
        self._net_and_epochs = net, (*self._net_and_epochs[1], epoch)

    @property
    def net(self) -> Network:
        """The network after the last finished epoch."""
        return self._net_and_epochs[0]

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self._net_and_epochs[1])

    @property
    def cost(self) -> list[float]:
        """C on the training data, epoch by epoch."""
        return [epoch.training.cost for epoch in self._net_and_epochs[1]]

    @property
    def accuracy(self) -> list[float]:
        """The share of the training data that is read correctly, epoch by epoch."""
        return _without_none(epoch.training for epoch in self._net_and_epochs[1])

    @property
    def validation_cost(self) -> list[float]:
        """C on the held-out data, epoch by epoch."""
        return [epoch.validation.cost for epoch in self._net_and_epochs[1] if epoch.validation]

    @property
    def validation_accuracy(self) -> list[float]:
        """The share of the held-out data that is read correctly, epoch by epoch."""
        return _without_none(epoch.validation for epoch in self._net_and_epochs[1])

    @property
    def delta_size(self) -> list[list[float]]:
        """The mean ‖δ‖, epoch by epoch, at the number of each layer."""
        net, epochs = self._net_and_epochs
        return [[], *([epoch.delta_size[l] for epoch in epochs] for l in range(1, net.L + 1))]

    def __repr__(self) -> str:
        ending = f", stopped: {self.stopped}" if self.stopped else ""
        return f"History of {self.epochs} epochs of {self.net!r}{ending}"


def _without_none(scores: Iterable[Score | None]) -> list[float]:
    return [score.accuracy for score in scores if score and score.accuracy is not None]


def accuracy(net: Network, x: object, y: object) -> float:
    """The share of samples whose largest output stands in the row where y is largest.

    With one output, the share of samples for which output and target lie on the same side of ½.
    Raises ValueError if there is one output and a target is neither 0 nor 1.
    """
    trace = forward(net, x, copy=False)
    y = check.targets_for(net, trace, y)
    share = _share_right(trace.a[-1], y)
    if share is None:
        raise ValueError(
            f"y holds {y[(y != 0) & (y != 1)][0]:g}, but with one output it should hold 0 and 1 "
            "only: other targets are met more or less closely, which the cost says."
        )
    return share


def train(
    net: Network,
    samples: tuple[Array, Array],
    *,
    epochs: int,
    batch_size: int,
    eta: float,
    seed: int | None = None,
    validation: tuple[Array, Array] | None = None,
    progress: bool = True,
) -> History:
    """Train on samples (x, y) by mini-batch gradient descent; `net` itself stays as it was.

    Each epoch shuffles the columns of x (n_0, m) and y (n_L, m) and takes `batch_size` of them
    at a time; the last batch of an epoch may be smaller. Interrupting the kernel, or a step to
    numbers that are not finite, ends training and returns the history so far. Raises ValueError
    for wrong shapes and for settings that are not greater than 0.
    """
    x, y = check.samples(net, "samples", samples)
    held_out = None if validation is None else check.samples(net, "validation", validation)
    epochs, batch_size = whole("epochs", epochs), whole("batch_size", batch_size)
    eta, rng = positive("eta", eta), np.random.default_rng(check_seed(seed))
    history = History(net)
    bar = tqdm(
        range(1, epochs + 1),
        desc=f"training for {epochs} epochs",
        bar_format="{desc} {bar} {postfix}",
        disable=not flag("progress", progress),
    )
    try:
        with bar:
            _descend(history, _Descent(net, x, y, eta), bar, batch_size, rng, held_out)
        return history
    except KeyboardInterrupt:
        history.stopped = f"interrupted after {history.epochs} of {epochs} epochs"
    except NotFinite as problem:
        history.stopped = f"epoch {history.epochs + 1}: {problem} Try a smaller eta."
    return history


@check.overflow_is_named
def _descend(
    history: History,
    descent: _Descent,
    epochs: tqdm,
    batch_size: int,
    rng: np.random.Generator,
    held_out: Samples | None,
) -> None:
    x, y = descent.samples
    for epoch in epochs:
        delta_size = descent.epoch(rng.permutation(x.shape[1]), batch_size)
        net = descent.network()
        scores = [_score(net, *data) for data in ((x, y), held_out) if data]
        history.record(net, Epoch(scores[0], scores[1] if held_out else None, delta_size))
        epochs.set_postfix_str(f"epoch {epoch}: {_in_words(scores[-1])}")


class _Descent:
    """The steps of a training: the rules of `backprop` without its checks, and in place.

    It has weights of its own, which every step changes, and takes x row by row, as it lies in
    memory. `network` makes the weights of an epoch public.
    """

    def __init__(self, net: Network, x: Array, y: Array, eta: float) -> None:
        self.net, self.samples, self.eta = net, (x, y), eta
        self.W: list[Any] = [None, *(W.copy() for W in net.W[1:])]
        self.b: list[Any] = [None, *(b.copy() for b in net.b[1:])]
        self.dW: list[Any] = [None, *map(np.empty_like, net.W[1:])]
        self.x_rows, self.y_rows = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)
        self.delta_rows = [np.empty((len(self.x_rows), n)) for n in net.sizes]

    def epoch(self, order: Array, batch_size: int) -> PerLayer[float]:
        """A step for each batch of the samples in this order; gives the mean ‖δ‖ of each layer."""
        for start in range(0, len(order), batch_size):
            self._step(order[start : start + batch_size], start)
        lengths = (np.linalg.norm(rows, axis=1).mean() for rows in self.delta_rows[1:])
        return PerLayer({l: float(length) for l, length in enumerate(lengths, start=1)})

    def _step(self, chosen: Array, start: int) -> None:
        net, W, b, m = self.net, self.W, self.b, len(chosen)
        a: list[Array] = [self.x_rows[chosen].T]
        z: list[Any] = [None]
        for l in range(1, net.L + 1):
            z.append(W[l] @ a[l - 1] + b[l])
            a.append(net.sigma[l].value(z[l]))
        y = self.y_rows[chosen].T
        delta = a[-1] - y if net.fused else net.cost.slope(a[-1], y) * net.sigma[net.L].slope(z[-1])
        for l in range(net.L, 0, -1):
            self.delta_rows[l][start : start + m] = delta.T
            scaled = delta * (self.eta / m)  # small, where dW is large
            if l > 1:
                delta = (W[l].T @ delta) * net.sigma[l - 1].slope(z[l - 1])
            W[l] -= np.dot(scaled, a[l - 1].T, out=self.dW[l])
            b[l] -= scaled.sum(axis=1, keepdims=True)

    def network(self) -> Network:
        """The network with the weights as they are now; raises NotFinite if one is not finite."""
        finite_layers("W[{l}]", self.W)
        finite_layers("b[{l}]", self.b)
        return self.net.replace(self.W, self.b)


def _score(net: Network, x: Array, y: Array) -> Score:
    trace = forward(net, x, copy=False)
    costs = net.costs(trace.a[net.L], trace.z[net.L], y)
    return Score(check.cost(costs.mean()), _share_right(trace.a[-1], y))


def _share_right(a: Array, y: Array) -> float | None:
    if len(y) > 1:
        return float(np.mean(a.argmax(axis=0) == y.argmax(axis=0)))
    if ((y != 0) & (y != 1)).any():
        return None
    return float(np.mean((a >= 0.5) == (y == 1)))


def _in_words(score: Score) -> str:
    return f"cost {score.cost:.4g}" if score.accuracy is None else f"accuracy {score.accuracy:.1%}"
