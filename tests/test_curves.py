"""Curves: what is larger stands higher, labels stay inside; and what is made of them is right."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bp_helpers.drawing.curves import Axis, Curve, Point, chart
from bp_helpers.drawing.explorations import _marked, _shared_digits

SVG = "{http://www.w3.org/2000/svg}"


def drawn(across, up, curves=(), points=()):
    picture = chart(across, up, curves, points, "words")
    return picture, ET.fromstring(picture.standalone())


def test_chart_keeps_its_labels_inside_and_cuts_its_curves():
    x = np.linspace(-3, 3, 50)
    curves = [Curve(x, x**9, "first", "steep"), Curve(x, x)]
    picture, root = drawn(Axis("x", -3, 3), Axis("y", 0, 1), curves, [Point(3, 1, "end")])
    texts = list(root.iter(f"{SVG}text"))
    for text in texts:
        assert 0 <= float(text.get("x")) <= picture.width
        assert 0 <= float(text.get("y")) <= picture.height
    assert {"x", "y", "steep", "end"} <= {text.text for text in texts}
    frame = root.find(f"{SVG}svg")
    assert float(frame.get("x")) + float(frame.get("width")) <= picture.width
    assert len(frame.findall(f"{SVG}polyline")) == 2  # that of the key stands outside
    for line in frame:
        places = np.array([p.split(",") for p in line.get("points").split()], float)
        assert np.abs(places).max() < 11 * picture.height


def test_words_beside_a_point_turn_away_from_the_right_edge():
    points = [Point(0, 0.5, "left"), Point(2.9, 0.5, "right")]
    _, root = drawn(Axis("x", -3, 3), Axis("y", 0, 1), points=points)
    beside = [group for group in root.iter(f"{SVG}g") if group.get("class") == "bp-point"]
    for (circle, text), name, css in zip(beside, ("left", "right"), ("start", "end"), strict=True):
        assert (text.text, text.get("class")) == (name, f"bp-{css}")
        to_the_right = float(text.get("x")) > float(circle.get("cx"))
        assert to_the_right == (name == "left")


@pytest.mark.parametrize("log", [False, True])
def test_larger_values_stand_higher_and_further_right(log):
    points = [Point(0.02, 0.1), Point(1, 0.8)]
    across, up = Axis("x", 0.01, 10, log), Axis("y", 0.01, 1, log)
    _, root = drawn(across, up, points=points)
    low, high = root.iter(f"{SVG}circle")
    assert float(low.get("cx")) < float(high.get("cx"))
    assert float(low.get("cy")) > float(high.get("cy"))


def test_equal_factors_are_equally_far_apart_on_a_logarithmic_axis():
    axis = Axis("", 1e-17, 10, log=True)
    shares = axis.share(10.0 ** np.arange(-17, 2))
    assert shares == pytest.approx(np.linspace(0, 1, 19), abs=1e-12)
    assert axis.share(1e-8) == pytest.approx(0.5)


def test_a_logarithmic_axis_may_run_downwards():
    axis = Axis("", 0.1, 1e-16, log=True)
    shares = axis.share(10.0 ** -np.arange(1, 17))
    assert shares == pytest.approx(np.linspace(0, 1, 16), abs=1e-12)
    ticks = axis.ticks()
    assert len(ticks) > 5
    assert all(0 <= axis.share(v) <= 1 for v, _ in ticks)


def test_points_stand_on_the_curve_and_between_the_lines_of_the_axes():
    axis = Axis("", 0, 1)
    curve = Curve(np.array([0.2, 0.6]), np.array([0.4, 0.8]))
    _, root = drawn(axis, axis, [curve], [Point(0.2, 0.4), Point(0.6, 0.8)])
    frame = root.find(f"{SVG}svg")
    corner = np.array([float(frame.get("x")), float(frame.get("y"))])
    places = [p.split(",") for p in frame.find(f"{SVG}polyline").get("points").split()]
    circles = [(c.get("cx"), c.get("cy")) for c in root.iter(f"{SVG}circle")]
    assert np.array(circles, float) == pytest.approx(np.array(places, float) + corner, abs=0.11)
    lines = list(root.iter(f"{SVG}line"))
    upright = [float(line.get("x1")) for line in lines if line.get("x1") == line.get("x2")]
    level = [float(line.get("y1")) for line in lines if line.get("y1") == line.get("y2")]
    assert np.array(circles[0], float) == pytest.approx((upright[1], level[2]), abs=0.11)


@pytest.mark.parametrize(
    ("axis", "labels"),
    [
        (Axis("", 0, 1), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (Axis("", -2.2, 3.8), ["−2", "0", "2"]),
        (Axis("", 0, 0.02), ["0.000", "0.005", "0.010", "0.015", "0.020"]),
        (Axis("", 1e-4, 1, log=True), ["10⁰", "10⁻¹", "10⁻²", "10⁻³", "10⁻⁴"]),
    ],
)
def test_ticks_are_round(axis, labels):
    assert [label for _, label in axis.ticks()] == labels
    assert all(0 <= axis.share(v) <= 1 for v, _ in axis.ticks())


# What the explorers make of them


@pytest.mark.parametrize(
    ("v", "other", "count", "marked"),
    [
        (0.125, 0.125, 16, "0.1250000000000000"),
        (0.387532, 0.387516, 4, "0.3875"),
        (0.0406, 0.0408, 2, "0.040"),
        (-0.0406, -0.0408, 2, "−0.040"),
        (0.0406, -0.0406, 0, ""),
        (0.25, 0.75, 0, ""),
        (12.5, 1.25, 0, ""),  # the same digits, but in other places
        (12.5, 12.75, 2, "12."),
        (12.5, 17.5, 1, "1"),
        (125.5, 175.5, 1, "1"),
        (0.0, 0.0, 0, ""),
    ],
)
def test_leading_digits_that_two_numbers_share_are_counted_and_marked(v, other, count, marked):
    assert _shared_digits(v, other)[0] == _shared_digits(other, v)[0] == count
    code = ET.fromstring(_marked(v, other, "bp-same"))
    (span,) = code
    assert (span.text or "") == marked
    assert float("".join(code.itertext()).replace("−", "-")) == v
