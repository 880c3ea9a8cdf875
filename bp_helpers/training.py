"""Mini-batch gradient descent, and a record of how it went."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from tqdm.auto import tqdm

from bp_helpers._validation import Array, NotFinite, columns, finite, positive, positive_whole
from bp_helpers.backprop import backpropagate, forward, update
from bp_helpers.network import Network


@dataclass
class History:
    """How a training went: one entry per finished epoch, and the trained network.

    `cost` and `accuracy` are taken on the training data, `validation_cost` and
    `validation_accuracy` on the held-out data (empty without any). `delta_size[l]` holds, for
    layer l, the mean length ‖δ‖ of a sample's column of δ during the epoch. `stopped` says why
    training ended early, or is None.
    """

    net: Network
    cost: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_cost: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    delta_size: list[list[float]] = field(default_factory=list)
    stopped: str | None = None

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self.cost)

    def __repr__(self) -> str:
        ending = f", stopped: {self.stopped}" if self.stopped else ""
        return f"History of {self.epochs} epochs of {self.net!r}{ending}"


def accuracy(net: Network, x: object, y: object) -> float:
    """The share of samples whose largest output stands in the row where y is largest."""
    x, y = _checked(net, "the data", (x, y))
    return _share_right(forward(net, x).a[-1], y)


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
    epochs, batch_size = positive_whole("epochs", epochs), positive_whole("batch_size", batch_size)
    eta = positive("eta", eta)
    x, y = _checked(net, "samples", samples)
    held_out = None if validation is None else _checked(net, "validation", validation)
    rng = np.random.default_rng(seed)
    history = History(net, delta_size=[[] for _ in range(net.L + 1)])
    bar = tqdm(
        range(1, epochs + 1),
        desc=f"training for {epochs} epochs",
        bar_format="{desc} {bar} {postfix}",
        disable=not progress,
    )
    try:
        for epoch in bar:
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is found below
                net, delta_size = _epoch(net, x, y, batch_size, eta, rng)
                _record(history, net, (x, y), held_out, delta_size)
            latest = (history.validation_accuracy or history.accuracy)[-1]
            bar.set_postfix_str(f"epoch {epoch}: accuracy {latest:.1%}")
    except KeyboardInterrupt:
        history.stopped = f"interrupted in epoch {history.epochs + 1}"
    except NotFinite as problem:
        history.stopped = f"epoch {history.epochs + 1}: {problem} Try a smaller eta."
    finally:
        bar.close()
    return history


def _epoch(
    net: Network, x: Array, y: Array, batch_size: int, eta: float, rng: np.random.Generator
) -> tuple[Network, Array]:
    m = x.shape[1]
    order = rng.permutation(m)
    delta_size = np.zeros(net.L + 1)
    for start in range(0, m, batch_size):
        chosen = order[start : start + batch_size]
        grads = backpropagate(net, x[:, chosen], y[:, chosen])
        net = update(net, grads, eta)
        for l in range(1, net.L + 1):
            delta_size[l] += np.sqrt((grads.delta[l] ** 2).sum(axis=0)).sum() / m
    return net, delta_size


def _record(
    history: History,
    net: Network,
    trained_on: tuple[Array, Array],
    held_out: tuple[Array, Array] | None,
    delta_size: Array,
) -> None:
    entries = [*zip((history.cost, history.accuracy), _score(net, *trained_on))]
    if held_out is not None:
        curves = (history.validation_cost, history.validation_accuracy)
        entries += zip(curves, _score(net, *held_out))
    entries += zip(history.delta_size[1:], delta_size[1:])
    finite("the record of the epoch", np.array([value for _, value in entries]))
    for curve, value in entries:
        curve.append(float(value))
    history.net = net


def _score(net: Network, x: Array, y: Array) -> tuple[float, float]:
    a = forward(net, x).a[-1]
    return net.cost.value(a, y).mean(), _share_right(a, y)


def _share_right(a: Array, y: Array) -> float:
    return float(np.mean(a.argmax(axis=0) == y.argmax(axis=0)))


def _checked(net: Network, name: str, pair: tuple[object, object]) -> tuple[Array, Array]:
    try:
        x, y = pair
    except (TypeError, ValueError):
        raise ValueError(f"{name} should be a pair (x, y), but is {pair!r:.80}.") from None
    x = columns(f"x in {name}", x, net.sizes[0], None, "one row per input neuron")
    y = columns(f"y in {name}", y, net.sizes[-1], x.shape[1], "one column per column of x")
    x.flags.writeable = y.flags.writeable = False
    return x, y
