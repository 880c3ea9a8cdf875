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

from bp_helpers import Network, digits, plots
from bp_helpers.training import History

DPI, PIXELS_PER_INCH = 130, 80  # of the file, and on the page
GROUND = {"light": (255, 255, 255), "dark": (0x11, 0x11, 0x11)}
BODY = {
    "light": '<body data-jp-theme-light="true">',
    "dark": '<body data-jp-theme-light="false" style="background:#111">',
    "unknown": "<body>",  # a page that is not Jupyter's
}
SEVERAL = 9  # curves, more than there are colours


def net(*sizes):
    return Network.random(list(sizes or (784, 30, 10)), seed=4)


def history(rate, layers=3, epochs=20):
    """What a training might have left, without having trained."""
    falling = [0.3 * rate**epoch + 0.01 for epoch in range(epochs)]
    growing = [1 - cost for cost in falling]
    sizes = [[cost / 4**l for cost in falling] for l in range(layers + 1)]
    return History(net(), falling, growing, [c * 1.4 for c in falling], growing[::-1], sizes)


def histories(count):
    return {f"net {n}": history(0.5 + n / 20) for n in range(count)}


CURVES = {
    "sigmoid": lambda: plots.activation_and_slope("sigmoid"),
    "relu": lambda: plots.activation_and_slope("relu"),
    "curves": lambda: plots.learning_curves(histories(2)),
    "many curves": lambda: plots.learning_curves(histories(5)),
    "curves within a decade": lambda: plots.learning_curves({"net": history(0.98)}),
    "delta": lambda: plots.delta_sizes(history(0.7)),
    "delta of many layers": lambda: plots.delta_sizes(history(0.7, layers=SEVERAL)),
}
CHARTS = {
    **CURVES,
    "confusion": lambda: plots.confusion(net(), digits.test),
    "several mistakes": lambda: plots.confusion(net(784, 10), digits.test),
}
GALLERIES = {
    "digits": lambda: plots.digit_samples(digits.test),
    "misread": lambda: plots.misread(net(), digits.test),
    "weights": lambda: plots.first_layer_weights(net()),
}
PICTURES = {**CHARTS, **GALLERIES}


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
    """Every text that is drawn."""
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


def lines(figure):
    return [line for axes in figure.axes for line in axes.lines]


# What a page is told, and what becomes of a picture where it is told nothing.


@each(PICTURES)
def test_picture_is_an_image_and_its_style_and_says_what_it_shows(shown):
    (first, none), (tag, found) = Elements(shown.html).found
    assert (first, none, tag) == ("style", {}, "img")
    assert set(found) == {"class", "width", "alt", "src"}
    assert found["class"] == ("bp-gallery" if shown.name in GALLERIES else "bp-chart")
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
    assert int(Elements(shown.html).found[1][1]["width"]) == width * PIXELS_PER_INCH
    assert shown.pixels.shape[1] == width * DPI
    sizes = {text.get_text(): text.get_size() for text in texts(shown.figure)}
    assert not [text for text in sizes if "$" in text], "an exponent of mathtext is small"
    assert min(sizes.values()) / 72 * PIXELS_PER_INCH >= 13


@each([name for name in CURVES if "many layers" not in name])
def test_curves_can_be_told_apart_without_their_colours(shown):
    for axes in shown.figure.axes:
        looks = {(curve.get_linestyle(), curve.get_marker()) for curve in axes.lines}
        assert len(looks) == len(axes.lines)


def test_every_curve_is_drawn_and_none_looks_like_another():
    delta = plots.delta_sizes(history(0.7, layers=SEVERAL)).figure
    curves = plots.learning_curves(histories(SEVERAL)).figure
    for figure, count in ((delta, SEVERAL), (curves, 2 * SEVERAL)):
        for axes in figure.axes:
            looks = {(c.get_color(), c.get_marker(), c.get_linestyle()) for c in axes.lines}
            assert len(looks) == len(axes.lines) == count


# In a browser, on a page of either theme.


@pytest.fixture(scope="module")
def seen(browser):
    """What is seen of a picture on a page of a theme: as many pixels as its file has."""

    @cache
    def seen(shown, theme, prefers="light"):
        height, width = (round(n * PIXELS_PER_INCH / DPI) for n in shown.pixels.shape[:2])
        page = browser.new_page(
            viewport={"width": width, "height": height},
            device_scale_factor=DPI / PIXELS_PER_INCH,
            color_scheme=prefers,
        )
        try:
            page.set_content(f"<!DOCTYPE html>{BODY[theme]}{shown.html}")
            # The corners of a card show what is behind it.
            page.add_style_tag(content="body{margin:0}img{display:block;border-radius:0!important}")
            return pixels(page.screenshot())
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
@each(CHARTS)
def test_paper_of_a_chart_is_the_ground_of_the_page(seen, shown, theme):
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
    white = picture.max()
    assert 200 < white < 240  # light, but no glare
    assert np.abs(picture - shown.pixels * white / 255).max() <= 1


@pytest.mark.parametrize("theme", ["light", "unknown"])
@each(PICTURES)
def test_dark_system_does_not_darken_a_light_page(seen, shown, theme):
    assert (seen(shown, theme, prefers="dark") == shown.pixels).all()
