"""Arrays drawn as blocks: the shapes are those of the arrays, and words say what is drawn."""

import re
from base64 import b64decode
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bp_helpers import Network, backpropagate, blocks

SIZES = ([1, 1], [2, 3, 2], [784, 16, 10], [784, 16, 16, 10], [3] * 9)


def picture(drawing):
    """The image of a drawing as an SVG tree; it must be an image with words."""
    html = drawing._repr_mimebundle_()["text/html"]
    alt, source = re.fullmatch(
        r'<img width="\d+" alt="([^"]+)" src="data:image/svg\+xml;base64,([^"]+)">', html
    ).groups()
    assert alt == repr(drawing) == drawing._repr_mimebundle_()["text/plain"]
    return ET.fromstring(b64decode(source))


def texts(root):
    return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


def assert_inside(root):
    _, _, width, height = map(float, root.get("viewBox").split())
    for rect in list(root.iter("{http://www.w3.org/2000/svg}rect"))[1:]:  # the first is the paper
        x, y, wide, high = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width
        assert 0 <= y <= y + high <= height
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
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
            name = f"∂C/∂{letter}{blocks.layer_mark(l)}"
            assert f"{name} of shape {array.shape} takes {places}" in said
            first = last + 1
    assert f"{first:,} entr" in said


@pytest.mark.parametrize("sizes", SIZES)
def test_layout_is_drawn_inside_its_picture(sizes):
    root = picture(blocks.gradient_layout(Network.random(sizes, seed=0)))
    assert_inside(root)
    assert "(3, 3)" in texts(root) or len(sizes) < 9


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
    with pytest.raises(ValueError, match=f"l is {l}, but should be a layer from 1 to 2"):
        blocks.four_factors([2, 3, 2], l)
