"""Arrays drawn as blocks: the shapes are those of the arrays, and words say what is drawn."""

import re
from base64 import b64decode
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bp_helpers.backprop import backpropagate
from bp_helpers.drawing import blocks
from bp_helpers.network import Network
from bp_helpers.steps.numbers import layer_mark

SVG = "{http://www.w3.org/2000/svg}"
SIZES = ([1, 1], [2, 3, 2], [784, 16, 10], [784, 16, 16, 10], [3] * 9)


def picture(drawing):
    """The image of a drawing as an SVG tree; it must be an image with words."""
    bundle = drawing._repr_mimebundle_()
    image = ET.fromstring(bundle["text/html"].removesuffix(">") + "/>")
    assert image.tag == "img" and int(image.get("width")) == drawing.width
    assert image.get("alt") == repr(drawing) == bundle["text/plain"]
    start, source = image.get("src").split(",")
    assert start == "data:image/svg+xml;base64"
    root = ET.fromstring(b64decode(source))
    assert root.get("viewBox") == f"0 0 {drawing.width} {drawing.height}"
    return root


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def assert_inside(root):
    _, _, width, height = map(float, root.get("viewBox").split())
    for rect in list(root.iter(f"{SVG}rect"))[1:]:  # the first is the paper
        x, y, wide, high = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width
        assert 0 <= y <= y + high <= height
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x")) <= width
        assert 0 <= float(text.get("y")) <= height


@pytest.mark.parametrize("sizes", SIZES)
def test_layout_gives_every_entry_its_place_in_the_vector(sizes):
    net = Network.random(sizes, seed=0)
    grads = backpropagate(net, np.ones(sizes[0]), np.zeros(sizes[-1]))
    said = repr(blocks.gradient_layout(net))
    first = 0
    for l in range(1, net.L + 1):
        for letter, array in (("W", grads.W[l]), ("b", grads.b[l])):
            last = first + array.size - 1
            places = f"{first} … {last}" if last > first else f"{first}"
            name = f"∂C/∂{letter}{layer_mark(l)}"
            assert f"{name} of shape {array.shape} takes {places}" in said
            first = last + 1
    assert f"{first:,} entr" in said


@pytest.mark.parametrize("sizes", SIZES)
def test_layout_is_drawn_inside_its_picture(sizes):
    root = picture(blocks.gradient_layout(Network.random(sizes, seed=0)))
    assert_inside(root)
    L = len(sizes) - 1
    for l in range(1, L + 1):
        left_out = L > 6 and 4 < l < L - 1
        assert (f"∂C/∂b{layer_mark(l)}" in texts(root)) != left_out
    assert ("⋮" in texts(root)) == (L > 6)


@pytest.mark.parametrize("sizes", SIZES)
def test_shapes_of_the_factors_can_be_multiplied_to_a_number(sizes):
    for l in range(1, len(sizes)):
        drawing = blocks.four_factors(sizes, l)
        root = picture(drawing)
        assert_inside(root)
        shapes = [tuple(map(int, s)) for s in re.findall(r"shape \((\d+), (\d+)\)", repr(drawing))]
        product = np.ones(shapes[0])
        for shape in shapes[1:]:
            product = product @ np.ones(shape)
        assert product.shape == (1, 1)
        assert len(shapes) == 2 + (l < len(sizes) - 1) + (l < len(sizes) - 2)
        assert {str(shape) for shape in shapes} <= set(texts(root))


@pytest.mark.parametrize("l", [0, 3, -1])
def test_factors_of_a_layer_that_is_not_there_are_refused(l):
    with pytest.raises(ValueError, match=f"l is {l}, but should be a whole number from 1 to 2"):
        blocks.four_factors([2, 3, 2], l)


@pytest.mark.parametrize(
    ("upright", "side", "dots"), [(True, "height", "⋮"), (False, "width", "⋯")]
)
def test_a_short_side_has_a_square_for_every_entry_and_a_long_one_is_cut(upright, side, dots):
    for entries in range(1, 30):
        block = blocks.Block("A", (entries, 2) if upright else (2, entries), "value")
        root = ET.fromstring(f"<svg>{block.at(0, 100)}</svg>")
        long = float(root.find(".//rect").get(side))
        assert long == blocks.UNIT * entries if entries <= 8 else long < blocks.UNIT * entries
        inner = root.find(".//path").get("d")
        lines = (inner.count("h"), inner.count("v"))
        between = entries - 1 if entries <= 8 else 6  # five squares, a gap and one square more
        assert lines == ((between, 1) if upright else (1, between))
        drawn = [text for text in root.iter("text") if text.text in ("⋮", "⋯")]
        assert [text.text for text in drawn] == [dots] * (entries > 8)
        if drawn and upright:
            assert float(drawn[0].get("y")) < 100 + block.high / 2 - blocks.UNIT


def test_more_entries_make_a_longer_side_that_never_grows_out_of_a_picture():
    high = [blocks.Block("A", (entries, 1), "value").high for entries in range(1, 1001)]
    assert high == sorted(high)
    assert high[15] - high[9] > blocks.UNIT  # 16 entries are seen to be more than 10
    assert high[-1] < 20 * blocks.UNIT


@pytest.mark.parametrize(("shape", "copies"), [((3, 1), (1, 4)), ((3,), (3, 1)), ((2, 2), (1, 1))])
def test_ghosts_stand_where_broadcasting_repeats(shape, copies):
    block = blocks.Block("b", shape, "parameter", copies)
    root = ET.fromstring(f"<svg>{block.at(10, 50)}</svg>")
    *ghosts, real = [
        {key: float(rect.get(key)) for key in ("x", "y", "width", "height")}
        for rect in root.iter("rect")
    ]
    size = (real["height"] / blocks.UNIT, real["width"] / blocks.UNIT)
    assert size == (shape if len(shape) == 2 else (1, *shape))
    repeated = np.array([real["height"], real["width"]]) * copies
    assert len(ghosts) == (copies != (1, 1))
    for ghost in ghosts:
        assert [ghost["height"], ghost["width"]] == repeated.tolist()
        assert (ghost["x"], ghost["y"]) == (real["x"], real["y"])
    assert real["y"] + repeated[0] / 2 == 50
    assert all(float(text.get("y")) > 50 + repeated[0] / 2 for text in root.iter("text"))


def test_parts_of_an_equation_stand_side_by_side():
    parts = [blocks.Block(name, (2, 2), "value") for name in ("z", "a long name", "b")]
    drawn, end = blocks.equation([parts[0], "=", parts[1], "+", parts[2]], 5, 50)
    places = [float(text.get("x")) for text in ET.fromstring(f"<svg>{drawn}</svg>").iter("text")]
    names, between = [places[0], places[3], places[6]], [places[2], places[5]]
    assert names[0] < between[0] < names[1] < between[1] < names[2] < end
    assert end - names[2] == pytest.approx(parts[2].width / 2, abs=0.1)
    assert names[1] - names[0] > (parts[0].width + parts[1].width) / 2
