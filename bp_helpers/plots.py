"""Figures in one style, each with its alternative text: colours from Okabe and Ito."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import cycle
from math import ceil, floor, isqrt, log10
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bp_helpers._door import network
from bp_helpers._html import Markup, element, join
from bp_helpers._validation import (
    Array,
    counted,
    instance,
    matrix,
    numbers,
    positive,
    sequence,
    whole,
)
from bp_helpers.backprop import forward
from bp_helpers.digits import Samples
from bp_helpers.functions import ACTIVATIONS, Activation, named
from bp_helpers.network import Network
from bp_helpers.training import History

_STYLE: Any = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.h_pad": 0.1,
    "figure.constrained_layout.w_pad": 0.1,
    "savefig.dpi": 130,
    "font.size": 13,
    "text.parse_math": False,  # a $ in the name of a history is a $
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
_MARKERS = "osD^vPX*<>dph"  # no multiple of four, so that 52 pairs are all different
_SMALL = 12.0  # points, of text in a small place
_LINE = 0.3  # inches, of a line in a legend
_PIXELS_PER_INCH = 80  # on the page; the file has more, for sharp screens

_TRAIN = "train(net, samples, …) gives one"

# Turned by half a circle the hues are again what they were before white became #111, which is
# the ground of the dark theme. What the reader's system prefers says nothing about the page.
# What keeps its colours is covered by a sheet that inverts it once before. A print stays white.
_THEMES = Markup(
    ".bp-chart{border-radius:10px}"
    ".bp-gallery{display:inline-block;position:relative}"
    ".bp-gallery img{display:block}.bp-gallery i{display:none}"
    "@media screen{"
    '[data-jp-theme-light="false"] :is(.bp-gallery,:not(.bp-gallery)>.bp-chart)'
    "{filter:invert(.933) hue-rotate(180deg)}"
    '[data-jp-theme-light="false"] .bp-gallery i{display:block;position:absolute;inset:0;'
    "background:#fff;mix-blend-mode:difference;forced-color-adjust:none}"
    "}"
)


class Picture:
    """A figure that displays itself with an alternative text, and prints as that text.

    In the dark theme it is dark, but for axes whose black and white have a meaning that would be
    inverted: with `keeps_colours` only the paper and the text around them are.
    """

    def __init__(self, figure: Figure, alt: str, keeps_colours: bool = False) -> None:
        self.figure, self.alt, self.keeps_colours = figure, alt, keeps_colours

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        """An HTML image, since a notebook shows no alternative text for a bare PNG."""
        image = element(
            "img",
            class_="bp-chart",
            width=round(self.figure.get_figwidth() * _PIXELS_PER_INCH),
            alt=self.alt,
            src=f"data:image/png;base64,{b64encode(self._png()).decode()}",
        )
        if self.keeps_colours:
            image = element("span", image, element("i", style=self._sheet()), class_="bp-gallery")
        return {"text/html": join(element("style", _THEMES), image), "text/plain": self.alt}

    @_styled
    def _png(self) -> bytes:
        png = BytesIO()
        self.figure.savefig(png, format="png")
        return png.getvalue()

    def _sheet(self) -> str:
        """One shape that covers what is drawn in axes, where it was last, and nothing else."""
        path = ["0 0"]
        for box in (axes.get_position() for axes in self.figure.axes if axes.has_data()):
            corners = np.array([*box.corners(), box.corners()[0]])[[0, 1, 3, 2, 4]]
            path += [f"{x:.2%} {1 - y:.2%}" for x, y in corners] + ["0 0"]
        return f"clip-path:polygon({','.join(path)})"


@_styled
def activation_and_slope(name: str | Activation = "sigmoid", reach: float = 6.0) -> Picture:
    """An elementwise activation function, or one of your own, and its slope, from −reach to reach.

    At a kink, where there is no slope, the curve of the slope has a gap. Raises ValueError for a
    name that there is not, for one whose outputs depend on several z, and for a reach that is not
    one finite number greater than 0.
    """
    f, reach = named("name", name, ACTIVATIONS), positive("reach", reach)
    if not f.elementwise:
        raise ValueError(
            f"name is {f.name!r}, but should be elementwise: an output of it depends on all z of "
            "its layer, so it is no curve over one z."
        )
    z = reach * np.linspace(-1, 1, 401)
    value, slope = f.value(z), f.slope(z)
    figure, axes = _figure(1, width=6, height=3)
    axes[0].plot(z, value, color=_COLOURS[0], label=f"{f.letter}(z), the activation")
    axes[0].plot(
        z, _without(f.kinks, z, slope), "--", color=_COLOURS[1], label=f"{f.letter}′(z), its slope"
    )
    axes[0].set(xlabel="z")
    axes[0].legend()
    alt = (
        f"{f.name} for z from {_written(-reach)} to {_written(reach)}: the values go from "
        f"{_written(value[0])} to {_written(value[-1])}; the slope is {_slope_in_words(f, z)}"
        f"{_kinks_in_words(f, reach)}."
    )
    return Picture(figure, alt)


@_styled
def digit_samples(samples: Samples, count: int = 12) -> Picture:
    """The first `count` digits, each with its label.

    x of shape (n_0, m) holds square pictures, and y of shape (n_L, m) the labels, one-hot. Raises
    TypeError for what are no samples, ValueError for other shapes and a count less than 1.
    """
    samples, count = _checked(samples), whole("count", count)
    images = _pictures("samples.x", samples.x[:, :count].T)
    titles = [f"{label}" for label in samples.labels[:count]]
    alt = f"{counted(len(titles), 'handwritten digit')}: {', '.join(titles)}."
    return Picture(_gallery(images, titles), alt)


@_styled
def learning_curves(histories: Mapping[str, History]) -> Picture:
    """Cost and accuracy after every epoch; solid on held-out data, dashed on training data.

    Where no history has an accuracy, the cost stands alone. Raises TypeError unless `histories`
    maps names to histories, and ValueError if it is empty.
    """
    _check_histories(histories)
    has_accuracy = any(h.accuracy or h.validation_accuracy for h in histories.values())
    lines = sum(1 + bool(h.validation_cost) for h in histories.values())
    height = 3.6 + _LINE * ceil(lines / 2)
    figure, (costs, *accuracies) = _figure(1 + has_accuracy, 10 if has_accuracy else 6, height)
    for (name, history), look in zip(histories.items(), _looks()):
        _draw_course(costs, name, look, history.cost, history.validation_cost)
        if not history.epochs:
            costs.plot([], [], "--", **look, label=f"{name}, no finished epoch")
        for axes in accuracies:
            _draw_course(axes, name, look, history.accuracy, history.validation_accuracy)
            _count_epochs(axes, "share read correctly")
    _count_epochs(costs, "cost C")
    _make_logarithmic(costs)
    in_columns = sorted(costs.lines, key=lambda line: line.get_linestyle() == "-")
    _add_legend(figure, in_columns, loc="outside lower center", ncols=2)
    ends = (f"{name}: {_history_in_words(h)}" for name, h in histories.items())
    return Picture(figure, f"Learning curves. {'; '.join(ends)}.")


@_styled
def delta_sizes(history: History) -> Picture:
    """The mean length of δ in each layer, epoch by epoch; raises TypeError for no History."""
    instance("history", history, History, _TRAIN)
    layers = list(enumerate(history.delta_size))[1:]
    figure, (axes,) = _figure(1, width=6.5, height=max(3.4, _LINE * (len(layers) + 2)))
    for (l, sizes), look in zip(layers, _looks()):
        axes.plot(range(1, len(sizes) + 1), sizes, **look, label=f"layer {l}")
    _count_epochs(axes, "mean ‖δ‖")
    _make_logarithmic(axes)
    _add_legend(figure, axes.lines, loc="outside right upper")
    ends = "; ".join(f"layer {l} {_course(sizes)}" for l, sizes in layers if sizes)
    return Picture(
        figure, f"Mean length of δ, first to last epoch: {ends or _why_nothing(history)}."
    )


@_styled
def outputs(courses: Mapping[str, Sequence[float]]) -> Picture:
    """The output of a neuron before each step of a descent, one curve for each name.

    Raises TypeError unless `courses` maps names to sequences, and ValueError if it is empty or one
    of them holds no numbers.
    """
    found = _numbers_by_name("courses", courses, '{"half_squared": [0.99, 0.98]}')
    figure, (axes,) = _figure(1, width=6.5, height=3.4 + _LINE * ceil(len(found) / 2))
    for (name, a), look in zip(found.items(), _looks()):
        axes.plot(range(len(a)), a, **look, label=name)
    axes.set(xlabel="step", ylabel="output a", ylim=(-0.03, max(1.03, *map(max, found.values()))))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _add_legend(figure, axes.lines, loc="outside lower center", ncols=2)
    ends = (f"{name}: {_first_and_last(a, 'step')}" for name, a in found.items())
    return Picture(figure, f"The output, step by step. {'; '.join(ends)}.")


@_styled
def delta_by_layer(
    sizes: Mapping[str, Sequence[float | None]], measure: str = "rms of δ"
) -> Picture:
    """The size of δ in each layer, one curve for each name; equal distances are equal factors.

    What is drawn has None in front, as `depth.delta_by_layer` gives it; `measure` names what was
    taken for the size. A δ of 0 has no place on such an axis; it is named in the legend. Raises
    TypeError unless `sizes` maps names to sequences and `measure` is a text, and ValueError if it
    is empty or one of them holds no numbers.
    """
    found = _numbers_by_name("sizes", sizes, '{"tanh": depth.delta_by_layer(net, x, y)}')
    measure = instance("measure", measure, str, 'for example "rms of δ"')
    figure, (axes,) = _figure(1, width=6.5, height=3.4 + _LINE * len(found))
    for (name, values), look in zip(found.items(), _looks()):
        there = [(l, size) for l, size in enumerate(values, start=1) if size > 0]
        lost = len(values) - len(there)
        label = f"{name}, 0 in {counted(lost, 'layer')}" if lost else name
        axes.plot(*zip(*there) if there else ([], []), **look, label=label)
    axes.set(xlabel="layer", ylabel=measure)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _make_logarithmic(axes, nothing="0 everywhere")
    _add_legend(figure, axes.lines, loc="outside lower center")
    ends = (f"{name}: {_first_and_last(values, 'layer')}" for name, values in found.items())
    return Picture(figure, f"The {measure} in each layer. {'; '.join(ends)}.")


@_styled
def confusion(net: Network, samples: Samples) -> Picture:
    """How often each digit was read as which; raises what `confusion_table` raises."""
    table = confusion_table(net, samples)
    rows, columns = table.shape
    figure, (axes,) = _figure(1, width=0.8 + columns / 2, height=0.6 + rows / 2)
    errors = np.where(np.eye(rows, columns, dtype=bool), 0, table)
    # On the lighter half of the colours black can be read, and white when they are inverted.
    axes.imshow(errors, cmap="Oranges", vmin=0, vmax=errors.max() / 0.45)
    for (digit, guess), times in np.ndenumerate(table):
        weight = "bold" if digit == guess else "normal"
        axes.text(guess, digit, str(times), ha="center", va="center", size=_SMALL, weight=weight)
    axes.set(xlabel="read as", ylabel="digit", xticks=range(columns), yticks=range(rows))
    axes.grid(False)
    alt = (
        f"Confusion matrix: {np.trace(table)} of {counted(table.sum(), 'digit')} read correctly. "
        f"{_mistakes_in_words(errors)}."
    )
    return Picture(figure, alt)


def confusion_table(net: Network, samples: Samples) -> Array:
    """Entry [digit, guess] counts how often `digit` was read as `guess`.

    It has a column for each of the n_L outputs, and a row for each label that the samples may have
    and the network can read: (10, 10) for the digits. Raises TypeError for what is no network or
    are no samples, ValueError for a network with one output, and for labels that have no output.
    """
    a, labels = _read(net, _checked(samples))
    table = np.zeros((min(len(samples.y), len(a)), len(a)), dtype=int)
    np.add.at(table, (labels, a.argmax(axis=0)), 1)
    return table


@_styled
def misread(net: Network, samples: Samples, count: int = 12) -> Picture:
    """The misread digits of which the network was most sure, at most `count` of them.

    Raises TypeError and ValueError as `confusion_table` and `digit_samples` do.
    """
    samples, count = _checked(samples), whole("count", count)
    a, labels = _read(net, samples)
    wrong = np.flatnonzero(a.argmax(axis=0) != labels)
    surest = wrong[np.argsort(-a[:, wrong].max(axis=0))][:count]
    if not len(surest):
        return _note("No digit is misread.")
    titles = [f"{labels[i]} read as {a[:, i].argmax()}" for i in surest]
    alt = f"{counted(len(wrong), 'misread digit')}; the surest: {', '.join(titles)}."
    return Picture(_gallery(_pictures("samples.x", samples.x[:, surest].T), titles), alt)


@_styled
def first_layer_weights(net: Network) -> Picture:
    """The weights of each neuron of the first layer as an image: white counts for, black against.

    Grey stands for 0; the strongest weights are cut off so that the others can be seen. Raises
    TypeError for what is no network, ValueError unless n_0 is a square number, such as 784.
    """
    images = _pictures("W[1] of net", network(net).W[1])
    limit = _limit(np.abs(images))
    figure = _gallery(
        images,
        [f"neuron {j}" for j in range(len(images))],
        room=0.8,
        cmap="gray",
        vmin=-limit,
        vmax=limit,
    )
    bar = figure.colorbar(
        figure.axes[0].images[0], ax=figure.axes, location="bottom", shrink=0.6, aspect=30
    )
    bar.set_ticks(
        [-limit, 0, limit],
        labels=[f"{_written(-limit)} or less", "0", f"{_written(limit)} or more"],
    )
    bar.set_label("weight")
    return Picture(figure, _weights_in_words(images, limit), keeps_colours=True)


def _written(x: float) -> str:
    return f"{x:.4g}".replace("-", "−")


def _slope_in_words(f: Activation, z: Array) -> str:
    """How large the slope is, where it is largest, and what it is at the ends."""
    slope = f.slope(z)
    largest, left, right = (_written(s) for s in (slope.max(), slope[0], slope[-1]))
    at = np.flatnonzero(np.isclose(slope, slope.max(), rtol=1e-12, atol=0))
    if len(at) == len(z):
        return f"{largest} everywhere"
    where = f"at z = {_written(z[at[len(at) // 2]])}"
    if z[at[0] - 1] in f.kinks and at[-1] == len(z) - 1:
        where = f"for every z above {_written(z[at[0] - 1])}"
    ends = f"{left} at the ends" if left == right else f"{left} at the left end"
    return f"at most {largest}, {where}, and {ends}"


def _without(kinks: Sequence[float], z: Array, slope: Array) -> Array:
    """The slope with no number beside a kink, so that no line joins its two sides."""
    step = z[1] - z[0]
    near = [np.abs(z - kink) < 0.75 * step for kink in kinks]  # always one place, or two
    return np.where(np.any(near, axis=0), np.nan, slope) if near else slope


def _kinks_in_words(f: Activation, reach: float) -> str:
    seen = [_written(kink) for kink in f.kinks if abs(kink) <= reach]
    if not seen:
        return ""
    return f", with a gap at the kink{'s' * (len(seen) > 1)}, z = {' and '.join(seen)}"


def _course(values: Sequence[float]) -> str:
    """What becomes of a value from the first epoch to the last, as far as its digits tell."""
    first, last = _written(values[0]), _written(values[-1])
    if len(values) == 1:
        return f"is {first} after the only epoch"
    if first == last:
        return f"stays at {first}"
    return f"{'falls' if values[-1] < values[0] else 'rises'} from {first} to {last}"


def _first_and_last(values: Sequence[float], unit: str) -> str:
    """The first value and the last one, and where they stand."""
    first = 1 if unit == "layer" else 0  # layers count from 1, and steps from 0
    ends = [f"{values[0]:.2g} at {unit} {first}"]
    if len(values) > 1:
        ends.append(f"{values[-1]:.2g} at {unit} {first + len(values) - 1}")
    return ", ".join(ends).replace("-", "−")


def _numbers_by_name(
    name: str, given: Mapping[str, Sequence[float | None]], example: str
) -> dict[str, list[float]]:
    """Sequences of numbers by name, each without the None in front that stands for no layer."""
    advice = f"for example {example}"
    instance(name, given, Mapping, advice)  # type: ignore[type-abstract]
    if not given:
        raise ValueError(f"{name} is empty, but should hold at least one curve, {advice}.")
    found = {}
    for key, values in given.items():
        instance(f"a name in {name}", key, str, advice)
        entries = sequence(f"{name}[{key!r}]", values, "a sequence of numbers")
        entries = entries[1:] if entries and entries[0] is None else entries
        array = numbers(f"{name}[{key!r}]", entries)
        if array.ndim != 1 or not array.size:
            raise ValueError(
                f"{name}[{key!r}] has shape {array.shape}, but should be a flat sequence of at "
                "least one number."
            )
        found[key] = array.tolist()
    return found


def _why_nothing(history: History) -> str:
    reason = (history.stopped or "").removesuffix(".")
    return (
        f"no finished epoch, because training stopped ({reason})" if reason else "no finished epoch"
    )


def _history_in_words(history: History) -> str:
    if not history.epochs:
        return _why_nothing(history)
    words = f"the cost {_course(history.cost)}"
    for kind, values in (
        ("held-out", history.validation_accuracy),
        ("training", history.accuracy),
    ):
        if values:
            return f"{words} and the accuracy on {kind} data is {values[-1]:.1%} at the end"
    return words


def _mistakes_in_words(errors: Array) -> str:
    most = errors.max()
    if not most:
        return "No digit is misread"
    digit, guess = np.unravel_index(errors.argmax(), errors.shape)
    times = "once" if most == 1 else f"{most} times"
    if (errors == most).sum() > 1:
        return f"No mistake is more frequent than reading {digit} as {guess}, {times}"
    return f"The most frequent mistake is reading {digit} as {guess}, {times}"


def _weights_in_words(images: Array, limit: float) -> str:
    whose = "The neuron" if len(images) == 1 else f"The {len(images)} neurons"
    image = "an image of its" if len(images) == 1 else "images of their"
    return (
        f"{whose} of the first layer as {image} {counted(images[0].size, 'weight')}: black from "
        f"{_written(-limit)}, grey at 0, white from {_written(limit)}."
    )


def _limit(sizes: Array) -> float:
    """From where on weights are cut off: a number of two digits, so that it can be written."""
    for size in (np.quantile(sizes, 0.99), sizes.max()):
        if size:
            return float(f"{size:.2g}")
    return 1.0


def _checked(samples: Any) -> Samples:  # noqa: ANN401 (it may be anything)
    if not (hasattr(samples, "x") and hasattr(samples, "y")):
        instance("samples", samples, Samples, "digits.Samples(x, y) makes them")
    x = matrix("samples.x", samples.x, None, None, "one row per pixel, one column per sample")
    y = matrix("samples.y", samples.y, None, x.shape[1], "one row per label, one column per sample")
    if len(y) == 1:
        raise ValueError(
            f"samples.y has shape {y.shape}, but should be one-hot, with a row for each label: "
            "digits.one_hot(labels) makes it."
        )
    return Samples(x, y)


def _check_histories(histories: Mapping[str, History]) -> None:
    advice = 'for example {"784-30-10": history}'
    instance("histories", histories, Mapping, advice)  # type: ignore[type-abstract]
    if not histories:
        raise ValueError(f"histories is empty, but should hold at least one history, {advice}.")
    for name, history in histories.items():
        instance("a name in histories", name, str, advice)
        instance(f"histories[{name!r}]", history, History, _TRAIN)


def _read(net: Network, samples: Samples) -> tuple[Array, Array]:
    """The outputs, and the label that each of them should show."""
    n, labels = network(net).sizes[-1], samples.labels
    if n == 1:
        raise ValueError(
            f"net is {net!r}, but should have at least two outputs: what it reads is the number "
            "of the largest, and a single one is always that."
        )
    if labels.max() >= n:
        raise ValueError(
            f"samples holds the label {labels.max()}, but should hold labels from 0 to {n - 1} "
            f"only: net has no more than {n} outputs."
        )
    return forward(net, samples.x, copy=False).a[-1], labels


def _pictures(name: str, rows: Array) -> Array:
    """Each row as a square; raises ValueError unless its length is a square number."""
    side = isqrt(rows.shape[1])
    if side**2 != rows.shape[1]:
        raise ValueError(
            f"{name} has {rows.shape[1]} numbers per picture, but should have a square number "
            "of them, such as 784 = 28 · 28."
        )
    return rows.reshape(-1, side, side)


def _figure(columns: int, width: float, height: float) -> tuple[Figure, list[Any]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def _looks() -> Iterator[dict[str, Any]]:
    """A colour and a marker for each curve, for those who cannot tell the colours."""
    for colour, marker in zip(cycle(_COLOURS), cycle(_MARKERS)):
        yield {"color": colour, "marker": marker, "markevery": 0.1}  # of the way across


def _draw_course(
    axes: Any,  # noqa: ANN401
    name: str,
    look: dict[str, Any],
    training: Sequence[float],
    held_out: Sequence[float],
) -> None:
    for values, dashes, what in ((training, "--", "training"), (held_out, "-", "held out")):
        if values:
            epochs = range(1, len(values) + 1)
            axes.plot(epochs, values, dashes, **look, label=f"{name}, {what}")


def _add_legend(figure: Figure, lines: Sequence[Any], **place: Any) -> None:  # noqa: ANN401
    """A legend with every name: matplotlib 3.8 leaves out those that begin with an underscore."""
    legend = figure.legend(lines, ["to be named"] * len(lines), **place)
    for text, line in zip(legend.get_texts(), lines):
        text.set_text(line.get_label())


def _count_epochs(axes: Any, what: str) -> None:  # noqa: ANN401
    axes.set(xlabel="epoch", ylabel=what)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))  # no epoch is 2.5


def _make_logarithmic(axes: Any, nothing: str = "no finished epoch") -> None:  # noqa: ANN401
    """Equal distances are equal factors, unless there is a value without a logarithm."""
    values = np.concatenate([line.get_ydata() for line in axes.lines])
    if not values.size:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, nothing, ha="center", transform=axes.transAxes)
        return
    if values.min() <= 0:
        return
    low, high = log10(values.min()), log10(values.max())
    margin = max(0.04, 0.05 * (high - low))  # a flat curve is flat: its last digits are not seen
    limits = 10.0 ** max(-323, low - margin), 10.0 ** min(308, high + margin)
    ticks = _round_numbers(*limits)
    axes.set_ylim(limits)
    axes.set_yscale("log")
    # Not as a power of ten, whose exponent is too small for a projector.
    axes.set_yticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axes.set_yticks([], minor=True)


def _round_numbers(low: float, high: float) -> list[float]:
    """A few round numbers from low to high, at least two, on an axis that is logarithmic."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    for digits in ((1,), (1, 2, 5)):
        found = [tick for k in powers for d in digits if low <= (tick := float(f"{d}e{k}")) <= high]
        if len(found) > 2:
            return found[:: ceil(len(found) / 8)]
    return [tick for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]


def _gallery(images: Array, titles: list[str], room: float = 0, **imshow: Any) -> Figure:  # noqa: ANN401
    """The images in rows, with so many inches of room under them."""
    columns = 6 if len(images) <= 12 else 10
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(1.25 * columns, 1.5 * rows + room), layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).flat
    for axes, image, title in zip(places, images, titles):
        axes.imshow(image, **({"cmap": "gray_r"} | imshow))
        axes.set_title(title, size=_SMALL)
    for axes in figure.axes:
        axes.axis("off")
    return figure


def _note(words: str) -> Picture:
    """Words in the place of a picture of which nothing would be seen."""
    figure = Figure(figsize=(4, 0.6))
    figure.text(0.5, 0.5, words, ha="center", va="center")
    return Picture(figure, words)
