"""Figures in one style, each with its alternative text: colours from Okabe and Ito."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import Array, positive_whole
from bp_helpers.backprop import forward
from bp_helpers.digits import Samples
from bp_helpers.functions import ACTIVATIONS, lookup
from bp_helpers.network import Network
from bp_helpers.training import History

_STYLE: Any = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.h_pad": 0.1,
    "figure.constrained_layout.w_pad": 0.1,
    "savefig.dpi": 130,
    "font.size": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.edgecolor": "none",
    "legend.handlelength": 3,  # for two dashes beside the marker
    "lines.linewidth": 2,
    "lines.markersize": 7,
}
# From the defaults, not from what a notebook has set: white text would be lost on white paper.
_styled = style.context(["default", _STYLE])
# Each of them can be told from white paper and, inverted, from the ground of the dark theme.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_MARKERS = "osD^v"  # one more than there are colours, so that no pair of them soon comes again
_SMALL = 12.0  # points, of text in a small place
_PIXELS_PER_INCH = 80  # on the page; the file has more, for sharp screens

# Turned by half a circle the hues are again what they were before white became #111, which is
# the ground of the dark theme. What the reader's system prefers says nothing about the page.
_THEMES = Markup(
    ".bp-chart,.bp-gallery{border-radius:10px}"
    '[data-jp-theme-light="false"] .bp-chart{filter:invert(.933) hue-rotate(180deg)}'
    '[data-jp-theme-light="false"] .bp-gallery{filter:brightness(.87)}'
)


class Picture:
    """A figure that displays itself with an alternative text, and prints as that text.

    In the dark theme it is dark, unless its black and white have a meaning that would be inverted.
    """

    def __init__(self, figure: Figure, alt: str, keeps_colours: bool = False) -> None:
        self.figure, self.alt, self.keeps_colours = figure, alt, keeps_colours

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        """An HTML image, since a notebook shows no alternative text for a bare PNG."""
        image = element(
            "img",
            class_="bp-gallery" if self.keeps_colours else "bp-chart",
            width=round(self.figure.get_figwidth() * _PIXELS_PER_INCH),
            alt=self.alt,
            src=f"data:image/png;base64,{b64encode(self._png()).decode()}",
        )
        return {"text/html": join(element("style", _THEMES), image), "text/plain": self.alt}

    @_styled
    def _png(self) -> bytes:
        png = BytesIO()
        self.figure.savefig(png, format="png")
        return png.getvalue()


class _Decimals(LogFormatter):
    """Writes 0.02, since the exponent of 2 × 10⁻² is too small for a projector."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if super().__call__(x, pos) else ""


@_styled
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


@_styled
def learning_curves(histories: Mapping[str, History]) -> Picture:
    """Cost and accuracy after every epoch; solid on held-out data, dashed on training data."""
    figure, (costs, accuracies) = _figure(2, width=10, height=3.6)
    for (name, history), look in zip(histories.items(), _looks()):
        epochs = range(1, history.epochs + 1)
        curves = (
            (costs, history.cost, history.validation_cost),
            (accuracies, history.accuracy, history.validation_accuracy),
        )
        for axes, training, held_out in curves:
            axes.plot(epochs, training, "--", **look, label=f"{name}, training")
            if held_out:
                axes.plot(epochs, held_out, "-", **look, label=f"{name}, held out")
    costs.set(xlabel="epoch", ylabel="cost C")
    _make_logarithmic(costs)
    accuracies.set(xlabel="epoch", ylabel="share read correctly")
    accuracies.legend(loc="lower right")
    ends = (
        f"{name}: the cost falls from {h.cost[0]:.3f} to {h.cost[-1]:.3f} and the accuracy "
        f"reaches {(h.validation_accuracy or h.accuracy)[-1]:.1%}"
        for name, h in histories.items()
    )
    return Picture(figure, f"Learning curves. {'; '.join(ends)}.")


@_styled
def delta_sizes(history: History) -> Picture:
    """The mean length of δ in each layer, epoch by epoch."""
    figure, axes = _figure(1, width=6.5, height=3.4)
    layers = list(enumerate(history.delta_size))[1:]
    for (l, sizes), look in zip(layers, _looks()):
        epochs = range(1, len(sizes) + 1)
        axes[0].plot(epochs, sizes, **look, label=f"layer {l}")
    axes[0].set(xlabel="epoch", ylabel="mean ‖δ‖")
    _make_logarithmic(axes[0])
    figure.legend(loc="outside right upper")
    ends = (f"layer {l} from {s[0]:.4f} to {s[-1]:.4f}" for l, s in layers)
    return Picture(figure, f"Mean length of δ, first to last epoch: {'; '.join(ends)}.")


@_styled
def confusion(net: Network, samples: Samples) -> Picture:
    """How often each digit was read as which."""
    table = confusion_table(net, samples)
    figure, axes = _figure(1, width=5.8, height=5.6)
    errors = np.where(np.eye(len(table), dtype=bool), 0, table)
    # On the lighter half of the colours black can be read, and white when they are inverted.
    axes[0].imshow(errors, cmap="Oranges", vmin=0, vmax=errors.max() / 0.45)
    for (digit, guess), times in np.ndenumerate(table):
        weight = "bold" if digit == guess else "normal"
        axes[0].text(guess, digit, str(times), ha="center", va="center", size=_SMALL, weight=weight)
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
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(figure.subplots(1, columns, squeeze=False)[0])
    for each in axes:
        each.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no epoch 2.5
    return figure, axes


def _looks() -> Iterator[dict[str, Any]]:
    """A colour and a marker for each curve, for those who cannot tell the colours."""
    for colour, marker in zip(cycle(_COLOURS), cycle(_MARKERS)):
        yield {"color": colour, "marker": marker, "markevery": 0.1}  # of the way across


def _make_logarithmic(axes: Any) -> None:  # noqa: ANN401
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(_Decimals())
    axes.yaxis.set_minor_formatter(_Decimals())


@_styled
def _gallery(images: Array, titles: list[str], alt: str, **imshow: Any) -> Picture:  # noqa: ANN401
    columns = 6 if len(images) <= 12 else 10
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(1.25 * columns, 1.5 * rows), layout="constrained")
    for place, (image, title) in enumerate(zip(images, titles), start=1):
        axes = figure.add_subplot(rows, columns, place)
        axes.imshow(image, **({"cmap": "gray_r"} | imshow))
        axes.set_title(title, size=_SMALL)
        axes.axis("off")
    return Picture(figure, alt, keeps_colours=True)
