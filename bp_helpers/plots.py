"""Figures in one style, each with its alternative text: colours from Okabe and Ito."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from io import BytesIO
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bp_helpers._validation import Array, positive_whole
from bp_helpers.backprop import forward
from bp_helpers.digits import Samples
from bp_helpers.functions import ACTIVATIONS, lookup
from bp_helpers.network import Network
from bp_helpers.training import History

_STYLE: Any = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": 130,
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "lines.linewidth": 2,
}
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_PIXELS_PER_INCH = 80  # on the page; the file has more, for sharp screens
_DASHES = ("-", "--", "-.", ":")


class Picture:
    """A figure that displays itself with an alternative text, and prints as that text."""

    def __init__(self, figure: Figure, alt: str) -> None:
        self.figure, self.alt = figure, alt

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        """An HTML image, since a notebook shows no alternative text for a bare PNG."""
        png = BytesIO()
        with matplotlib.rc_context(_STYLE):
            self.figure.savefig(png, format="png", bbox_inches="tight")
        source = f"data:image/png;base64,{b64encode(png.getvalue()).decode()}"
        width = round(self.figure.get_figwidth() * _PIXELS_PER_INCH)
        image = f'<img alt="{escape(self.alt)}" src="{source}" width="{width}">'
        return {"text/html": image, "text/plain": self.alt}


def activation_and_slope(name: str = "sigmoid", reach: float = 6.0) -> Picture:
    """An activation function and its slope, for z from −reach to reach."""
    f = lookup("activation", name, ACTIVATIONS)
    z = np.linspace(-reach, reach, 401)
    figure, axes = _figure(1, width=6, height=3)
    axes[0].plot(z, f.value(z), color=_COLOURS[0], label="σ(z), the activation")
    axes[0].plot(z, f.slope(z), color=_COLOURS[1], linestyle="--", label="σ′(z), its slope")
    axes[0].set(xlabel="z")
    axes[0].legend()
    alt = (
        f"{name} for z from {-reach:g} to {reach:g}: the values go from {f.value(z)[0]:.3f} to "
        f"{f.value(z)[-1]:.3f}; the slope is at most {f.slope(z).max():.2f}, at z = 0, "
        f"and {f.slope(z)[-1]:.3f} at the ends."
    )
    return Picture(figure, alt)


def digit_samples(samples: Samples, count: int = 12) -> Picture:
    """The first `count` digits, each with its label."""
    titles = [f"{label}" for label in samples.labels[:count]]
    alt = f"{len(titles)} handwritten digits: {', '.join(titles)}."
    return _gallery(samples.images[:count], titles, alt)


def learning_curves(histories: Mapping[str, History]) -> Picture:
    """Cost and accuracy after every epoch; solid on held-out data, dashed on training data."""
    figure, (costs, accuracies) = _figure(2, width=10, height=3.6)
    for (name, history), colour in zip(histories.items(), _COLOURS):
        epochs = range(1, history.epochs + 1)
        curves = (
            (costs, history.cost, history.validation_cost),
            (accuracies, history.accuracy, history.validation_accuracy),
        )
        for axes, training, held_out in curves:
            axes.plot(epochs, training, "--", color=colour, label=f"{name}, training")
            if held_out:
                axes.plot(epochs, held_out, "-", color=colour, label=f"{name}, held out")
    costs.set(xlabel="epoch", ylabel="cost C", yscale="log")
    accuracies.set(xlabel="epoch", ylabel="share read correctly")
    accuracies.legend(loc="lower right")
    ends = (
        f"{name}: the cost falls from {h.cost[0]:.3f} to {h.cost[-1]:.3f} and the accuracy "
        f"reaches {(h.validation_accuracy or h.accuracy)[-1]:.1%}"
        for name, h in histories.items()
    )
    return Picture(figure, f"Learning curves. {'; '.join(ends)}.")


def delta_sizes(history: History) -> Picture:
    """The mean length of δ in each layer, epoch by epoch."""
    figure, axes = _figure(1, width=6.5, height=3.4)
    layers = list(enumerate(history.delta_size))[1:]
    for (l, sizes), colour, dash in zip(layers, _COLOURS, _DASHES):
        epochs = range(1, len(sizes) + 1)
        axes[0].plot(epochs, sizes, dash, color=colour, label=f"layer {l}")
    axes[0].set(xlabel="epoch", ylabel="mean ‖δ‖", yscale="log")
    axes[0].legend()
    ends = (f"layer {l} from {s[0]:.4f} to {s[-1]:.4f}" for l, s in layers)
    return Picture(figure, f"Mean length of δ, first to last epoch: {'; '.join(ends)}.")


def confusion(net: Network, samples: Samples) -> Picture:
    """How often each digit was read as which."""
    table = confusion_table(net, samples)
    figure, axes = _figure(1, width=5.2, height=4.8)
    errors = np.where(np.eye(len(table), dtype=bool), 0, table)
    axes[0].imshow(errors, cmap="Oranges")
    for (digit, guess), times in np.ndenumerate(table):
        dark = errors[digit, guess] > errors.max() / 2
        axes[0].text(
            guess, digit, str(times), ha="center", va="center", size=9,
            color="white" if dark else "black", weight="bold" if digit == guess else "normal",
        )  # fmt: skip
    axes[0].set(xlabel="read as", ylabel="digit", xticks=range(10), yticks=range(10))
    axes[0].grid(False)
    digit, guess = np.unravel_index(errors.argmax(), errors.shape)
    alt = (
        f"Confusion matrix: {np.trace(table)} of {table.sum()} digits are read correctly. "
        f"The most frequent mistake is reading {digit} as {guess}, {errors.max()} times."
    )
    return Picture(figure, alt)


def confusion_table(net: Network, samples: Samples) -> Array:
    """Entry [digit, guess] counts how often `digit` was read as `guess`; shape (10, 10)."""
    table = np.zeros((10, 10), dtype=int)
    np.add.at(table, (samples.labels, _guesses(net, samples)), 1)
    return table


def misread(net: Network, samples: Samples, count: int = 12) -> Picture:
    """The misread digits of which the network was most sure."""
    count = positive_whole("count", count)
    a = forward(net, samples.x).a[-1]
    wrong = np.flatnonzero(a.argmax(axis=0) != samples.labels)
    surest = wrong[np.argsort(-a[:, wrong].max(axis=0))][:count]
    titles = [f"{samples.labels[i]} read as {a[:, i].argmax()}" for i in surest]
    alt = f"{len(wrong)} digits are misread; the surest mistakes: {', '.join(titles)}."
    return _gallery(samples.images[surest], titles, alt)


def first_layer_weights(net: Network) -> Picture:
    """The weights of each neuron of the first layer as an image: white counts for, black against.

    Grey stands for 0; the strongest weights are cut off so that the others can be seen.
    """
    images = net.W[1].reshape(-1, 28, 28)
    titles = [f"neuron {j}" for j in range(len(images))]
    limit = np.quantile(np.abs(images), 0.99)
    alt = (
        f"The {len(images)} neurons of the first layer as images of their 784 weights: black from "
        f"−{limit:.2f}, grey at 0, white from {limit:.2f}."
    )
    return _gallery(images, titles, alt, cmap="gray", vmin=-limit, vmax=limit)


def _guesses(net: Network, samples: Samples) -> Array:
    guesses: Array = forward(net, samples.x).a[-1].argmax(axis=0)
    return guesses


def _figure(columns: int, width: float, height: float) -> tuple[Figure, list[Any]]:
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = list(figure.subplots(1, columns, squeeze=False)[0])
    for each in axes:
        each.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no epoch 2.5
    return figure, axes


def _gallery(images: Array, titles: list[str], alt: str, **imshow: Any) -> Picture:  # noqa: ANN401
    columns = 6 if len(images) <= 12 else 10
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(1.25 * columns, 1.5 * rows), layout="constrained")
    for place, (image, title) in enumerate(zip(images, titles), start=1):
        axes = figure.add_subplot(rows, columns, place)
        axes.imshow(image, **({"cmap": "gray_r"} | imshow))
        axes.set_title(title, size=9)
        axes.axis("off")
    return Picture(figure, alt)
