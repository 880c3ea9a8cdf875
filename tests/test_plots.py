"""Figures: what they are on a page, and whether they can be read there, in both themes."""

import re
from base64 import b64decode
from colorsys import rgb_to_hls
from functools import cache
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from matplotlib import image, style
from matplotlib.colors import to_rgb

from bp_helpers import Network, digits, plots, train
from bp_helpers.digits import Samples, one_hot
from bp_helpers.functions import ACTIVATIONS, Activation
from bp_helpers.training import History

DPI, PIXELS_PER_INCH = 130, 80  # of the file, and on the page
GROUND = {"light": (255, 255, 255), "dark": (0x11, 0x11, 0x11)}
BODY = {
    "light": '<body data-jp-theme-light="true">',
    "dark": '<body data-jp-theme-light="false" style="background:#111">',
    "unknown": "<body>",  # a page that is not Jupyter's
}
SEVERAL = 12  # curves, more than there are colours
SIZES = {"small": [None, 1e-9, 1e-4, 0.5], "lost": [None, 0.0, 0.0, 0.7], "grown": [None, 40, 2]}


def net(*sizes):
    return Network.random(list(sizes or (784, 30, 10)), seed=4)


@cache
def history(*sizes, eta=1.0, epochs=6, activation="sigmoid", held_out=True):
    """What a training on a few points leaves."""
    start = Network.random(list(sizes or (2, 3, 2)), activation, seed=2)
    n_0, *_, n_L = start.sizes
    x = np.random.default_rng(1).random((n_0, 16))
    y = one_hot(np.arange(16) % n_L, n_L)
    return train(
        start,
        (x[:, :8], y[:, :8]),
        epochs=epochs,
        batch_size=2,
        eta=eta,
        seed=3,
        validation=(x[:, 8:], y[:, 8:]) if held_out else None,
        progress=False,
    )


def diverged():
    """A training that came to no end of its first epoch."""
    return history(2, 3, 2, eta=1e100, activation="relu")


def made(**curves):
    """What no training on a few points would leave."""
    names = ("cost", "accuracy", "validation_cost", "validation_accuracy")
    kept = {**{name: [] for name in names}, "delta_size": [[], []], "stopped": None, **curves}
    kept["epochs"] = len(kept["cost"])
    return object.__new__(type("Made", (History,), kept))


def histories(count):
    return {f"net {n}": history(eta=1 + n) for n in range(count)}


CURVES = {
    "sigmoid": lambda: plots.activation_and_slope("sigmoid"),
    "relu": lambda: plots.activation_and_slope("relu"),
    "curves": lambda: plots.learning_curves(histories(2)),
    "many curves": lambda: plots.learning_curves(histories(5)),
    "curves within a decade": lambda: plots.learning_curves({"net": history(eta=0.01)}),
    "one epoch": lambda: plots.learning_curves({"net": history(epochs=1)}),
    "delta": lambda: plots.delta_sizes(history()),
    "outputs": lambda: plots.outputs({"slow": np.linspace(0.99, 0.1, 40), "fast": [0.9, 0.2]}),
    "delta by layer": lambda: plots.delta_by_layer(SIZES),
    "delta of many layers": lambda: plots.delta_sizes(history(*[2] * (SEVERAL + 1))),
}
CHARTS = {
    **CURVES,
    "confusion": lambda: plots.confusion(net(), digits.test),
    "several mistakes": lambda: plots.confusion(net(784, 10), digits.test),
    "no epoch": lambda: plots.delta_sizes(diverged()),
    "digits": lambda: plots.digit_samples(digits.test),
    "misread": lambda: plots.misread(net(), digits.test),
    "nothing misread": lambda: plots.misread(*faultless()),
}
GALLERIES = {
    "weights": lambda: plots.first_layer_weights(net()),
    "weights of one neuron": lambda: plots.first_layer_weights(net(784, 1, 10)),
}
PICTURES = {**CHARTS, **GALLERIES}


def faultless():
    """A network that reads every sample, of four pixels, and the samples."""
    x = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])
    return Network([(x.T, np.zeros((3, 1)))]), Samples(x, np.eye(3))


class Shown:
    """A picture as a page gets it, drawn once: a second drawing may move things by a pixel."""

    def __init__(self, name):
        self.name = name
        self.picture = PICTURES[name]()
        self.figure = self.picture.figure
        self.html = self.picture._repr_mimebundle_()["text/html"]
        self.png = b64decode(re.search(r'"data:image/png;base64,([^"]+)"', self.html).group(1))
        self.pixels = pixels(self.png)
        self.figure.set_layout_engine("none")
        self.figure.set_dpi(DPI)
        plots._styled(self.figure.draw_without_rendering)()


@pytest.fixture
def shown(request):
    return _shown(request.param)


_shown = cache(Shown)


def each(names):
    return pytest.mark.parametrize("shown", names, indirect=True)


each_theme = pytest.mark.parametrize("theme", ["light", "dark"])


class Elements(HTMLParser):
    """The elements of a piece of HTML, each with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Take note of an element."""
        self.found.append((tag, dict(attrs)))


def pixels(png):
    """Rows of pixels, each of red, green and blue from 0 to 255."""
    return (image.imread(BytesIO(png)) * 255).round().astype(int)[..., :3]


def texts(figure):
    """Every text that is drawn; which ticks there are depends on the size of their text."""
    return plots._styled(list)(_texts(figure))


def _texts(figure):
    yield from figure.texts
    for axes in figure.axes:
        found = [axes.title, *axes.texts]
        if axes.axison:
            found += [axes.xaxis.label, axes.yaxis.label]
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                ticks = axis.get_major_ticks() + axis.get_minor_ticks()
                found += [tick.label1 for tick in ticks if low <= tick.get_loc() <= high]
        yield from (text for text in found if text.get_text())
    for legend in filter(None, [*figure.legends, *(axes.get_legend() for axes in figure.axes)]):
        yield from legend.get_texts()


def is_inside(artist, figure):
    figure.draw_without_rendering()
    box, paper = artist.get_window_extent().extents, figure.bbox.extents
    return (box[:2] >= paper[:2]).all() and (box[2:] <= paper[2:]).all()


def lines(figure):
    return [line for axes in figure.axes for line in axes.lines]


# What a page is told, and what becomes of a picture where it is told nothing.


@each(PICTURES)
def test_picture_is_an_image_and_its_style_and_says_what_it_shows(shown):
    elements = Elements(shown.html).found
    sheet = ["span", "i"] if shown.name in GALLERIES else []
    assert sorted(tag for tag, _ in elements) == sorted(["style", "img", *sheet])
    assert elements[0] == ("style", {})
    found = dict(elements)["img"]
    assert set(found) == {"class", "width", "alt", "src"}
    assert found["alt"] == shown.picture.alt == repr(shown.picture)


@each(PICTURES)
def test_same_picture_gives_the_same_page(shown):
    assert Shown(shown.name).html == shown.html


@each(PICTURES)
def test_style_that_a_notebook_has_set_changes_nothing(shown):
    with style.context(["dark_background", {"font.size": 5, "savefig.dpi": 50}]):
        assert Shown(shown.name).html == shown.html


@each(PICTURES)
def test_picture_is_on_white_paper_where_styles_are_stripped(shown):
    read = image.imread(BytesIO(shown.png))
    assert read.shape[-1] == 3 or (read[..., 3] == 1).all()
    assert (edges(shown.pixels) == 255).all()


@each(PICTURES)
def test_text_is_large_enough_for_a_projector(shown):
    width = shown.figure.get_figwidth()
    assert int(dict(Elements(shown.html).found)["img"]["width"]) == width * PIXELS_PER_INCH
    assert shown.pixels.shape[1] == width * DPI
    sizes = {text.get_text(): text.get_size() for text in texts(shown.figure)}
    assert not [text for text in sizes if "$" in text], "an exponent of mathtext is small"
    assert min(sizes.values()) / 72 * PIXELS_PER_INCH >= 13


@each(CURVES)
def test_curves_can_be_told_apart_without_their_colours(shown):
    for axes in shown.figure.axes:
        looks = {(curve.get_linestyle(), curve.get_marker()) for curve in axes.lines}
        assert len(looks) == len(axes.lines)


def test_every_curve_is_drawn_and_none_looks_like_another():
    delta = plots.delta_sizes(history(*[2] * (SEVERAL + 1))).figure
    curves = plots.learning_curves(histories(SEVERAL)).figure
    for figure, count in ((delta, SEVERAL), (curves, 2 * SEVERAL)):
        for axes in figure.axes:
            looks = {(c.get_color(), c.get_marker(), c.get_linestyle()) for c in axes.lines}
            assert len(looks) == len(axes.lines) == count
        (legend,) = figure.legends
        named = [text.get_text() for text in legend.get_texts()]
        assert sorted(named) == sorted(line.get_label() for line in figure.axes[0].lines)
        assert is_inside(legend, figure)


# In a browser, on a page of either theme.


@pytest.fixture(scope="module")
def seen(browser):
    """What is seen of a picture on a page of a theme: as many pixels as its file has."""

    @cache
    def seen(shown, theme, prefers="light", **media):
        height, width = (round(n * PIXELS_PER_INCH / DPI) for n in shown.pixels.shape[:2])
        page = browser.new_page(
            # Of a very low window, an old driver never gets a picture.
            viewport={"width": width, "height": max(height, 300)},
            device_scale_factor=DPI / PIXELS_PER_INCH,
            color_scheme=prefers,
        )
        page.emulate_media(**media)
        try:
            page.set_content(f"<!DOCTYPE html>{BODY[theme]}{shown.html}")
            # The corners of a card show what is behind it.
            page.add_style_tag(content="body{margin:0}img{display:block;border-radius:0!important}")
            return pixels(page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height}))
        finally:
            page.close()

    return seen


def luminance(colours):
    c = np.asarray(colours) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(colours, ground):
    """Of each of the colours with the ground, as WCAG has it."""
    one, other = luminance(colours), luminance(ground)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


def most_frequent(colours):
    found, counts = np.unique(colours.reshape(-1, 3), axis=0, return_counts=True)
    return found[counts.argmax()]


def edges(picture):
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def faint_texts(figure, picture):
    """Every text whose ink does not stand out from the ground on which it is."""
    for text in texts(figure):
        left, low, right, high = text.get_window_extent().extents.round().astype(int)
        box = picture[len(picture) - high : len(picture) - low, left:right]
        found = contrast(box, most_frequent(box)).max()
        if found < 4.5:
            yield text.get_text(), found


@each_theme
@each(PICTURES)
def test_paper_is_the_ground_of_the_page(seen, shown, theme):
    assert np.abs(edges(seen(shown, theme)) - GROUND[theme]).max() <= 1


@each_theme
@each(PICTURES)
def test_text_stands_out_from_its_ground(seen, shown, theme):
    assert not list(faint_texts(shown.figure, seen(shown, theme)))


@each_theme
@each(CURVES)
def test_lines_stand_out_from_the_ground_and_keep_their_hue(seen, shown, theme):
    picture = seen(shown, theme)
    for colour in {line.get_color() for line in lines(shown.figure)}:
        rgb = np.array(to_rgb(colour))
        ink = picture[(shown.pixels == (rgb * 255).round()).all(axis=-1)]
        assert len(ink) > 100
        assert contrast(ink, GROUND[theme]).min() >= 3
        hues = [rgb_to_hls(*each)[0] for each in (rgb, most_frequent(ink) / 255)]
        assert abs(hues[0] - hues[1]) < 0.05


@each(GALLERIES)
def test_black_and_white_of_a_gallery_keep_their_meaning_in_the_dark(seen, shown):
    picture = seen(shown, "dark")
    (black, *_), white = GROUND["dark"], 0xEE  # light, but no glare
    kept = black + shown.pixels * (white - black) / 255
    assert sum(axes.has_data() for axes in shown.figure.axes) > 1
    for axes in shown.figure.axes:
        left, low, right, high = axes.get_window_extent().extents.round().astype(int)
        inside = slice(len(picture) - high + 2, len(picture) - low - 2), slice(left + 2, right - 2)
        wanted = kept[inside] if axes.has_data() else black
        assert np.abs(picture[inside] - wanted).max() <= 2


@pytest.mark.parametrize("theme", ["light", "unknown"])
@each(PICTURES)
def test_dark_system_does_not_darken_a_light_page(seen, shown, theme):
    assert (seen(shown, theme, prefers="dark") == shown.pixels).all()


@each(["curves", "weights"])
def test_print_from_a_dark_page_is_on_white_paper(seen, shown):
    assert (seen(shown, "dark", media="print") == shown.pixels).all()


@each(GALLERIES)
def test_forced_colours_do_not_invert_what_black_and_white_mean(seen, shown):
    forced = seen(shown, "dark", prefers="dark", forced_colors="active")
    assert (forced == seen(shown, "dark")).all()


# What is said and drawn of a training, however it went.


def alt_and_labels(*several):
    """What is said of histories, and what stands in their legend."""
    picture = plots.learning_curves({f"net {n}": h for n, h in enumerate(several)})
    assert picture._repr_mimebundle_()
    return picture.alt, [text.get_text() for text in picture.figure.legends[0].get_texts()]


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ([38.6, 7694.8], "the cost rises from 38.6 to 7695"),
        ([7694.8, 38.6], "the cost falls from 7695 to 38.6"),
        ([0.25, 0.9, 0.25], "the cost stays at 0.25"),
        ([1e-7, 1e-9], "the cost falls from 1e−07 to 1e−09"),
        ([0.5], "the cost is 0.5 after the only epoch"),
        ([0.5, 0.0], "the cost falls from 0.5 to 0"),
        ([0.0, 0.0], "the cost stays at 0"),
    ],
)
def test_what_became_of_the_cost_is_said_and_drawn(cost, words):
    assert alt_and_labels(made(cost=cost)) == (
        f"Learning curves. net 0: {words}.",
        ["net 0, training"],
    )
    delta = plots.delta_sizes(made(cost=cost, delta_size=[[], cost]))
    assert delta._repr_mimebundle_()
    assert words.replace("the cost", "layer 1") in delta.alt


def test_training_that_ended_in_its_first_epoch_is_drawn_and_its_reason_is_said():
    wild = diverged()
    assert wild.epochs == 0
    reason = f"no finished epoch, because training stopped ({wild.stopped.rstrip('.')})"
    assert plots.delta_sizes(wild).alt.endswith(f"{reason}.")
    alt, labels = alt_and_labels(history(), wild)
    assert alt.endswith(f"net 1: {reason}.")
    assert "net 1, no finished epoch" in labels and len(labels) == 3
    assert alt_and_labels(wild, made())[0].endswith("net 1: no finished epoch.")


def test_accuracy_that_there_is_not_is_neither_drawn_nor_said():
    without, with_it = made(cost=[2.0, 1.0], validation_cost=[3.0, 1.5]), history()
    alt, labels = alt_and_labels(without)
    assert "accuracy" not in alt
    assert labels == ["net 0, training", "net 0, held out"]
    assert len(plots.learning_curves({"net": without}).figure.axes) == 1
    both = plots.learning_curves({"without": without, "with": with_it})
    assert [len(axes.lines) for axes in both.figure.axes] == [4, 2]
    assert both.alt.count("accuracy") == 1


def test_accuracy_is_said_to_be_on_held_out_data_only_where_there_are_any():
    for held_out, kind in ((True, "held-out"), (False, "training")):
        h = history(held_out=held_out)
        share = (h.validation_accuracy or h.accuracy)[-1]
        assert f"the accuracy on {kind} data is {share:.1%} at the end" in alt_and_labels(h)[0]


@pytest.mark.parametrize("name", ["$x$ and $y$", "_hidden", "\\$", "50 % & <b>", ""])
def test_name_of_a_history_stands_literally_in_the_legend(name):
    figure = plots.learning_curves({name: history()}).figure
    texts = figure.legends[0].get_texts()
    assert [text.get_text() for text in texts] == [f"{name}, training", f"{name}, held out"]
    assert not any(text.get_parse_math() for text in texts)


RANGES = [
    (1, 1), (1, 1 + 1e-9), (0.31, 0.33), (0.9, 1.9), (0.0501, 0.0999), (1.2, 1.9), (0.9, 9),
    (2, 21), (1e-3, 0.4), (1e-9, 1e9), (38.6, 7694.8), (3e-300, 1e300), (1e-310, 1e-309),
]  # fmt: skip


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_logarithmic_axis_has_two_labelled_ticks_or_more(low, high):
    (axes,) = plots.learning_curves({"net": made(cost=[high, low])}).figure.axes
    axes.figure.draw_without_rendering()
    bottom, top = axes.get_ylim()
    assert axes.get_yscale() == "log"
    assert bottom <= low <= high <= top
    found = {
        tick.label1.get_text(): tick.get_loc()
        for tick in axes.yaxis.get_major_ticks()
        if bottom <= tick.get_loc() <= top
    }
    assert 2 <= len(found) <= 10
    for label, place in found.items():
        assert float(label) == pytest.approx(place, rel=1e-5)


def test_epochs_are_whole_numbers():
    for epochs in (1, 2, 30):
        figure = plots.learning_curves({"net": history(epochs=epochs)}).figure
        figure.draw_without_rendering()
        for axes in figure.axes:
            assert all(place == round(place) for place in axes.get_xticks())


# What is said and drawn of outputs, and of δ in each layer.


def test_outputs_are_drawn_from_step_0_and_their_ends_are_said():
    picture = plots.outputs({"slow": [0.99, 0.5, 0.25], "alone": np.array([-0.015])})
    slow, alone = picture.figure.axes[0].lines
    assert list(slow.get_xdata()) == [0, 1, 2] and list(slow.get_ydata()) == [0.99, 0.5, 0.25]
    assert list(alone.get_xdata()) == [0]
    assert picture.alt == (
        "The output, step by step. slow: 0.99 at step 0, 0.25 at step 2; alone: −0.015 at step 0."
    )
    assert plots.outputs({"large": [3.0, 5.0]}).figure.axes[0].get_ylim()[1] >= 5


def test_delta_is_drawn_from_layer_1_where_it_is_not_0():
    picture = plots.delta_by_layer(SIZES)
    (axes,) = picture.figure.axes
    small, lost, grown = axes.lines
    assert list(small.get_xdata()) == [1, 2, 3] and list(small.get_ydata()) == [1e-9, 1e-4, 0.5]
    assert list(lost.get_xdata()) == [3] and list(lost.get_ydata()) == [0.7]
    assert [list(grown.get_xdata()), list(grown.get_ydata())] == [[1, 2], [40, 2]]
    assert axes.get_yscale() == "log"
    assert [line.get_label() for line in axes.lines] == ["small", "lost, 0 in 2 layers", "grown"]
    assert picture.alt == (
        "The rms of δ in each layer. small: 1e−09 at layer 1, 0.5 at layer 3; "
        "lost: 0 at layer 1, 0.7 at layer 3; grown: 40 at layer 1, 2 at layer 2."
    )


def test_what_was_taken_for_the_size_of_delta_stands_at_the_axis_and_is_said():
    assert plots.delta_by_layer(SIZES).figure.axes[0].get_ylabel() == "rms of δ"
    picture = plots.delta_by_layer(SIZES, measure="mean length of δ")
    assert picture.figure.axes[0].get_ylabel() == "mean length of δ"
    assert picture.alt.startswith("The mean length of δ in each layer. small: ")


def test_a_delta_that_is_0_everywhere_leaves_words():
    picture = plots.delta_by_layer({"none": [None, 0.0, 0.0]})
    assert picture._repr_mimebundle_()
    assert [text.get_text() for text in picture.figure.axes[0].texts] == ["0 everywhere"]
    assert plots.delta_by_layer({"one": [None, 0.0]}).figure.axes[0].lines[0].get_label() == (
        "one, 0 in 1 layer"
    )


# What is said and drawn of an activation.


@pytest.mark.parametrize("reach", [1e-9, 0.5, 6.0, 1000, 1e300])
@pytest.mark.parametrize("name", [name for name, f in ACTIVATIONS.items() if f.elementwise])
def test_slope_of_an_activation_is_largest_where_it_is_said_to_be(name, reach):
    picture = plots.activation_and_slope(name, reach)
    picture.figure.draw_without_rendering()
    f = ACTIVATIONS[name]
    slope, where = re.search(r"the slope is (?:at most )?(\S+?),? (.*)\.$", picture.alt).groups()
    z = reach * np.linspace(-1, 1, 1001)
    if "everywhere" in where:
        z_said = z
    elif "above" in where:
        z_said = z[z > float(re.search(r"for every z above (\S+),", where).group(1))]
    else:
        z_said = np.array([float(re.search(r"at z = (\S+),", where).group(1))])
    assert f.slope(z_said) == pytest.approx(float(slope), rel=1e-3)
    assert f.slope(z).max() == pytest.approx(float(slope), rel=1e-3)
    labels = [text.get_text() for text in picture.figure.axes[0].get_legend().get_texts()]
    assert labels == [f"{f.letter}(z), the activation", f"{f.letter}′(z), its slope"]


def test_ends_of_a_slope_are_said_where_they_differ_from_its_middle():
    assert plots.activation_and_slope("relu").alt.endswith(
        "the slope is at most 1, for every z above 0, and 0 at the left end, "
        "with a gap at the kink, z = 0."
    )
    assert plots.activation_and_slope("relu", 1e-200).alt.endswith("the kink, z = 0.")
    assert plots.activation_and_slope("sigmoid").alt.endswith(
        "the slope is at most 0.25, at z = 0, and 0.002467 at the ends."
    )
    assert plots.activation_and_slope("identity").alt.endswith("the slope is 1 everywhere.")


@pytest.mark.parametrize("kink", [0.0, 0.003, -0.0075, 1.0])
def test_no_line_joins_the_two_sides_of_a_kink(kink):
    bent = Activation(
        "bent", lambda z: np.maximum(z - kink, 0), lambda z: (z > kink) * 1.0, kinks=(kink,)
    )
    picture = plots.activation_and_slope(bent, reach=3)
    assert picture.alt.endswith(f"with a gap at the kink, z = {kink:g}.".replace("-", "−"))
    value, slope = picture.figure.axes[0].lines
    assert np.isfinite(value.get_ydata()).all()
    z, drawn = slope.get_xdata(), slope.get_ydata()
    gaps = np.isnan(drawn)
    assert 1 <= gaps.sum() <= 2 and np.abs(z[gaps] - kink).max() < 0.015
    sides = drawn[np.flatnonzero(gaps)[0] - 1], drawn[np.flatnonzero(gaps)[-1] + 1]
    assert sides == (0, 1) and set(drawn[~gaps]) == {0, 1}


def test_a_slope_without_a_kink_in_sight_has_no_gap():
    far = Activation("far", lambda z: np.maximum(z - 9, 0), lambda z: (z > 9) * 1.0, kinks=(9.0,))
    for name in ("sigmoid", "tanh", "identity", far):
        picture = plots.activation_and_slope(name, reach=3)
        assert "gap" not in picture.alt
        assert np.isfinite(picture.figure.axes[0].lines[1].get_ydata()).all()


# What a network reads.


def test_perfect_reading_is_said_without_a_most_frequent_mistake():
    sure, samples = faultless()
    assert plots.confusion(sure, samples).alt == (
        "Confusion matrix: 3 of 3 digits read correctly. No digit is misread."
    )
    assert plots.misread(sure, samples).alt == "No digit is misread."


def test_mistakes_are_counted_in_words():
    sure, (x, _) = faultless()
    once = plots.confusion(sure, Samples(x, np.eye(3)[:, [1, 1, 2]]))
    assert "2 of 3 digits read correctly" in once.alt
    assert once.alt.endswith("The most frequent mistake is reading 1 as 0, once.")
    tied = plots.confusion(sure, Samples(x, np.eye(3)[:, [1, 0, 2]]))
    assert tied.alt.endswith("No mistake is more frequent than reading 0 as 1, once.")
    one = Samples(x[:, :1], np.eye(3)[:, [1]])
    assert "0 of 1 digit read correctly" in plots.confusion(sure, one).alt
    assert plots.misread(sure, one).alt == "1 misread digit; the surest: 1 read as 0."


def test_confusion_counts_every_sample_once():
    table = plots.confusion_table(net(), digits.test)
    a = plots.forward(net(), digits.test.x).a[-1]
    assert table.shape == (10, 10)
    assert (table.sum(axis=1) == np.bincount(digits.test.labels)).all()
    assert (table.sum(axis=0) == np.bincount(a.argmax(axis=0), minlength=10)).all()


@pytest.mark.parametrize(("outputs", "shape"), [(12, (10, 12)), (3, (3, 3))])
def test_confusion_takes_other_numbers_of_outputs(outputs, shape):
    few = digits.test.labels < outputs
    samples = Samples(digits.test.x[:, few], digits.test.y[:, few])
    picture = plots.confusion(net(784, outputs), samples)
    assert plots.confusion_table(net(784, outputs), samples).shape == shape
    assert len(picture.figure.axes[0].texts) == shape[0] * shape[1]
    assert picture._repr_mimebundle_()


def test_gallery_shows_as_many_as_there_are():
    few = Samples(digits.test.x[:, :2], digits.test.y[:, :2])
    assert plots.digit_samples(few, 99).alt.startswith("2 handwritten digits: ")
    assert plots.digit_samples(few, 1).alt == f"1 handwritten digit: {few.labels[0]}."
    table = plots.confusion_table(net(), few)
    titles = [axes.get_title() for axes in plots.misread(net(), few, 99).figure.axes]
    assert sum(map(bool, titles)) == table.sum() - table.trace()


def test_pictures_of_another_size_are_drawn_if_they_are_squares():
    _, samples = faultless()
    assert plots.digit_samples(samples).figure.axes[0].images[0].get_array().shape == (2, 2)
    weights = plots.first_layer_weights(net(64, 5, 2))
    assert weights.figure.axes[0].images[0].get_array().shape == (8, 8)
    assert weights.alt.startswith("The 5 neurons of the first layer as images of their 64 weights:")
    single = plots.first_layer_weights(net(1, 1)).alt
    assert single.startswith("The neuron of the first layer as an image of its 1 weight:")


@pytest.mark.parametrize(("weight", "limit"), [(0, "1"), (0.0123, "0.012"), (-250, "250")])
def test_scale_of_the_weights_stands_on_the_picture(weight, limit):
    W = np.zeros((2, 784))
    W[0, 0] = weight  # so few that nearly all weights are 0
    picture = plots.first_layer_weights(Network([(W, np.zeros((2, 1)))]))
    picture.figure.draw_without_rendering()
    ticks = [text.get_text() for text in picture.figure.axes[-1].get_xticklabels()]
    assert ticks == [f"−{limit} or less", "0", f"{limit} or more"]
    assert picture.alt.endswith(f"black from −{limit}, grey at 0, white from {limit}.")
    shown = picture.figure.axes[1].images[0]
    assert shown.cmap(shown.norm(0.0))[0] == pytest.approx(0.5, abs=0.01)


# What is refused.

SAMPLES = Samples(digits.test.x[:, :5], digits.test.y[:, :5])
SEVENS = Samples(digits.test.x[:, :5], one_hot([7] * 5))
FIVE_PIXELS = Samples(np.zeros((5, 2)), np.eye(2))
REFUSED = {
    "unknown activation": (
        lambda: plots.activation_and_slope("sigmod"), ValueError, "name is 'sigmod'.*'sigmoid'"),
    "activation of a whole layer": (
        lambda: plots.activation_and_slope("softmax"), ValueError, "'softmax'.*depends on all z"),
    "no reach": (lambda: plots.activation_and_slope(reach=0), ValueError, "reach is 0"),
    "endless reach": (lambda: plots.activation_and_slope(reach=np.inf), ValueError, "reach.*inf"),
    "reach in words": (lambda: plots.activation_and_slope(reach="6"), ValueError, "reach is '6'"),
    "no samples": (lambda: plots.digit_samples(None), TypeError, "samples is None.*Samples"),
    "pair": (lambda: plots.digit_samples((1, 2)), TypeError, "samples is.*digits.Samples"),
    "labels for targets": (
        lambda: plots.digit_samples(Samples(SAMPLES.x, SAMPLES.labels[None])), ValueError,
        r"samples\.y has shape \(1, 5\).*one_hot"),
    "fewer targets": (
        lambda: plots.digit_samples(Samples(SAMPLES.x, digits.test.y)), ValueError,
        r"samples\.y has shape \(10, 2000\).*\(any, 5\)"),
    "flat x": (
        lambda: plots.digit_samples(Samples(SAMPLES.x[:, 0], SAMPLES.y)), ValueError,
        r"samples\.x has shape \(784,\)"),
    "not finite": (
        lambda: plots.digit_samples(Samples(SAMPLES.x * np.nan, SAMPLES.y)), ValueError, "nan"),
    "no squares": (
        lambda: plots.digit_samples(FIVE_PIXELS), ValueError, "samples.x has 5.*square"),
    "count of 0": (lambda: plots.digit_samples(SAMPLES, 0), ValueError, "count is 0"),
    "half a count": (lambda: plots.misread(net(), SAMPLES, 1.5), ValueError, "count is 1.5"),
    "no names": (lambda: plots.learning_curves([history()]), TypeError, "histories is.*Mapping"),
    "no histories": (lambda: plots.learning_curves({}), ValueError, "histories is empty"),
    "number for a name": (
        lambda: plots.learning_curves({1: history()}), TypeError, "a name in histories is 1"),
    "network for a history": (
        lambda: plots.learning_curves({"a": net()}), TypeError, r"histories\['a'\] is.*History"),
    "no history": (lambda: plots.delta_sizes([0.1]), TypeError, r"history is \[0.1\].*History"),
    "no courses": (lambda: plots.outputs({}), ValueError, "courses is empty"),
    "a course alone": (lambda: plots.outputs([0.1]), TypeError, r"courses is \[0.1\].*Mapping"),
    "course of no numbers": (lambda: plots.outputs({"a": []}), ValueError, r"courses\['a'\].*one"),
    "number for a course": (lambda: plots.outputs({"a": 1}), ValueError, r"courses\['a'\] is 1"),
    "number for its name": (lambda: plots.outputs({1: [1]}), TypeError, "a name in courses is 1"),
    "table of sizes": (
        lambda: plots.delta_by_layer({"a": [[1.0, 2.0]]}), ValueError, r"shape \(1, 2\).*flat"),
    "no sizes": (lambda: plots.delta_by_layer({"a": [None]}), ValueError, r"sizes\['a'\].*one"),
    "sizes not finite": (
        lambda: plots.delta_by_layer({"a": [None, np.nan]}), ValueError, r"sizes\['a'\].*nan"),
    "sizes of what": (
        lambda: plots.delta_by_layer({"a": [1.0]}, measure=3), TypeError, "measure is 3"),
    "no network": (lambda: plots.confusion(None, SAMPLES), TypeError, "net is None.*Network"),
    "samples for a network": (lambda: plots.misread(SAMPLES, SAMPLES), TypeError, "net is"),
    "nothing for a network": (lambda: plots.first_layer_weights(None), TypeError, "net is None"),
    "nothing for samples": (lambda: plots.confusion(net(), None), TypeError, "samples is None"),
    "one output": (lambda: plots.confusion(net(784, 1), SAMPLES), ValueError, "at least two outp"),
    "one output misread": (lambda: plots.misread(net(784, 1), SAMPLES), ValueError, "at least two"),
    "labels without an output": (
        lambda: plots.confusion(net(784, 3), SEVENS), ValueError, "label 7.*from 0 to 2"),
    "misread without an output": (
        lambda: plots.misread(net(784, 3), SEVENS), ValueError, "label 7.*no more than 3 outputs"),
    "other inputs": (lambda: plots.confusion(net(4, 10), SAMPLES), ValueError, r"x has shape"),
    "weights of no square": (
        lambda: plots.first_layer_weights(net(5, 2)), ValueError, r"W\[1\] of net has 5.*square"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_junk_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_activation_of_ones_own_is_drawn_by_its_name():
    own = Activation("cube", lambda z: z**3, lambda z: 3 * z**2)
    assert repr(plots.activation_and_slope(own, 2)).startswith("cube for z from −2 to 2")
