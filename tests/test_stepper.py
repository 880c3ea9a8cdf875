"""The stepper: every frame is there from the start, and it shows the reader's own arrays."""

import re
from base64 import b64decode
from xml.etree import ElementTree as ET

import ipywidgets
import numpy as np
import pytest
from test_steps import notations_of

from bp_helpers import NOTATIONS, Network, Stepper, backward, backward_steps, examples, forward
from bp_helpers.frames import on_lines
from bp_helpers.notation import notations_for
from bp_helpers.steps import Quantity


def _wide():
    rng = np.random.default_rng(0)
    net = Network.random([784, 16, 16, 10], seed=0)
    return net, rng.uniform(size=(784, 1)), np.eye(10)[:, [3]]


EXAMPLES = {
    "chain": examples.chain,
    "2-3-2": examples.small_network,
    "batch": examples.batch,
    "784-16-16-10": _wide,
}
EVERY = [(name, key) for name, make in EXAMPLES.items() for key in notations_of(make())]
every = pytest.mark.parametrize(("name", "key"), EVERY)


@pytest.fixture
def stepper():
    return Stepper(*examples.small_network())


def texts(stepper):
    return [child.value for child in stepper._deck.stack.children]


def assert_frames_follow(stepper):
    """Every control and every frame fits the steps."""
    count = len(stepper.steps)
    frames = texts(stepper)
    assert len(frames) == len(stepper._deck.chips.options) == count
    assert (stepper._deck.slider.min, stepper._deck.slider.max) == (0, count - 1)
    assert (stepper._deck.play.min, stepper._deck.play.max) == (0, count - 1)
    here = stepper._deck.slider.value
    assert 0 <= here < count
    assert stepper._deck.stack.selected_index == stepper._deck.chips.index == here
    assert stepper._deck.chips.options == tuple(step.label for step in stepper.steps)
    for k, (step, html) in enumerate(zip(stepper.steps, frames)):
        assert f"Step {k + 1} of {count}<" in html
        assert step.title.replace("'", "&#x27;") in html
        assert f"$${step.latex}$$" in html
        assert f"$${step.result}$$" in html
        assert step.code.replace("<", "&lt;").replace(">", "&gt;") in html
        assert step.shapes in html
        assert f'<span class="bp-rule">{step.rule}</span>' in html


def gradients(stepper):
    """The last value that the steps leave in each gradient."""
    style, net = NOTATIONS[stepper._notation.value], stepper.net
    left = {
        Quantity(name, l): np.full(arrays[l].shape, np.nan)
        for name, arrays in ((style.W, net.W), (style.b, net.b))
        for l in range(1, net.L + 1)
    }
    for step in stepper.steps:
        if (array := Quantity(*step.writes[:2])) in left:
            if not step.writes.place:
                left[array] = step.value
            else:
                left[array][step.writes.place[0]] = step.value
    return [left[Quantity(name, l)] for l in range(1, net.L + 1) for name in (style.W, style.b)]


def assert_gradients_are_those_of(stepper, net, x, y):
    grads = backward(net, forward(net, x), y)
    right = [array for l in range(1, net.L + 1) for array in (grads.W[l], grads.b[l])]
    for given, wanted in zip(gradients(stepper), right, strict=True):
        np.testing.assert_allclose(given, wanted, rtol=1e-12)


@every
@pytest.mark.parametrize("ahead", [False, True])
def test_every_frame_is_made_up_front(name, key, ahead):
    stepper = Stepper(*EXAMPLES[name](), notation=key, include_forward=ahead)
    assert_frames_follow(stepper)
    assert stepper._deck.slider.value == 0
    assert len(stepper.steps) == len(backward_steps(*EXAMPLES[name](), key, ahead))
    assert_gradients_are_those_of(stepper, *EXAMPLES[name]())


def test_stepping_is_linked_in_the_browser_and_not_in_the_kernel():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    stepper = Stepper(*examples.small_network())
    new = [registry[key] for key in set(registry) - before]
    links = {
        frozenset({link.source, link.target})
        for link in new
        if isinstance(link, ipywidgets.widgets.widget_link.Link)
    }
    slider = (stepper._deck.slider, "value")
    assert links == {
        frozenset({slider, (stepper._deck.stack, "selected_index")}),
        frozenset({slider, (stepper._deck.chips, "index")}),
        frozenset({slider, (stepper._deck.play, "value")}),
    }
    frames = texts(stepper)
    stepper._deck.slider.value = 3
    assert texts(stepper) == frames


def test_frames_share_one_layout_and_one_style(stepper):
    for name in ("layout", "style"):
        assert len({getattr(child, name).model_id for child in stepper._deck.stack.children}) == 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_changing_the_notation_keeps_the_gradient_and_rewrites_the_frames(name):
    net, x, y = EXAMPLES[name]()
    stepper = Stepper(net, x, y)
    for key in [*notations_of((net, x, y)), "layers"]:
        before, changes = texts(stepper), key != stepper._notation.value
        stepper._notation.value = key
        assert (texts(stepper) != before) == changes
        assert_frames_follow(stepper)
        assert_gradients_are_those_of(stepper, net, x, y)


def test_notations_on_offer_are_those_that_can_describe_the_network(stepper):
    assert [key for _, key in stepper._notation.options] == notations_for(stepper.net)
    assert "chain" not in notations_for(stepper.net)


def test_forward_pass_can_be_put_in_front_and_taken_away(stepper):
    frames = texts(stepper)
    stepper._forward.value = True
    assert len(texts(stepper)) == len(frames) + 4
    assert_frames_follow(stepper)
    stepper._forward.value = False
    assert texts(stepper) == frames


def test_reader_stays_at_the_same_step_when_steps_are_added(stepper):
    stepper._deck.slider.value = 3
    here = stepper.steps[3].writes
    stepper._forward.value = True
    assert stepper.steps[stepper._deck.slider.value].writes == here
    assert_frames_follow(stepper)


def test_choosing_a_sample_draws_that_sample():
    stepper = Stepper(*examples.batch())
    frames = texts(stepper)
    stepper._sample.value = 2
    assert all("Drawn for sample 3 of 4." in html for html in texts(stepper))
    assert texts(stepper) != frames
    assert_frames_follow(stepper)


CHANGES = [
    (Quantity("x"), (0, 0)),
    (Quantity("y"), (1, 0)),
    (Quantity("W", 1), (2, 1)),
    (Quantity("W", 2), (1, 2)),
    (Quantity("b", 2), (0, 0)),
]


def changed(net, x, y, quantity, place, number):
    """The arrays with one number changed, as new objects."""
    x, y = x.copy(), y.copy()
    W, b = ([None, *(array.copy() for array in given[1:])] for given in (net.W, net.b))
    arrays = {"x": x, "y": y, "W": W, "b": b}[quantity.name]
    (arrays if quantity.layer is None else arrays[quantity.layer])[place] = number
    names = [f.name for f in net.sigma[1:]]
    return Network(list(zip(W[1:], b[1:])), names, net.cost.name), x, y


def bits(net):
    return [array.tobytes() for array in net.W[1:] + net.b[1:]]


@pytest.mark.parametrize(("quantity", "place"), CHANGES)
@pytest.mark.parametrize("key", ["layers", "batch"])
def test_changing_an_array_changes_every_value_as_a_new_pass_would(key, quantity, place):
    net, x, y = examples.small_network()
    before = bits(net), x.copy(), y.copy()
    stepper = Stepper(net, x, y, notation=key)
    array = stepper.arrays()[quantity].copy()
    array[place] = 0.75
    stepper.change(quantity, array)
    other = changed(net, x, y, quantity, place, 0.75)
    assert_frames_follow(stepper)
    assert_gradients_are_those_of(stepper, *other)
    for step, right in zip(stepper.steps, backward_steps(*other, key), strict=True):
        assert np.array_equal(step.value, right.value)
    assert texts(stepper) == texts(Stepper(*other, notation=key, predict=False))
    assert bits(net) == before[0]
    assert np.array_equal(x, before[1])
    assert np.array_equal(y, before[2])


@pytest.mark.parametrize(("quantity", "place"), CHANGES)
def test_controls_change_the_number_that_they_name(quantity, place):
    net, x, y = examples.small_network()
    before = bits(net)
    stepper = Stepper(net, x, y)
    controls = stepper._numbers
    controls._array.value = quantity
    controls._row.value, controls._column.value = place
    assert controls._value.value == stepper.arrays()[quantity][place]
    assert bits(stepper.net) == before  # to look at a number is not to move it
    controls._value.value = -1.25
    assert_gradients_are_those_of(stepper, *changed(net, x, y, quantity, place, -1.25))
    assert_frames_follow(stepper)
    assert str(quantity) in controls._status.value
    assert bits(net) == before


def test_walking_through_every_number_moves_none(stepper):
    net, controls = stepper.net, stepper._numbers
    for _ in range(2):
        for quantity, array in stepper.arrays().items():
            controls._array.value = quantity
            for row, column in np.ndindex(array.shape):
                controls._row.value, controls._column.value = row, column
                assert controls._value.value == array[row, column]
    assert stepper.net is net
    assert controls._status.value == ""


@pytest.mark.parametrize("big", [50.0, -7.25, 3.001])
def test_number_outside_the_usual_range_can_be_shown_and_moved(big):
    net, _, y = examples.chain()
    stepper = Stepper(net, [[big]], y)
    controls = stepper._numbers
    assert controls._array.value == Quantity("x")
    assert controls._value.value == big
    assert stepper.x.item() == big
    controls._value.value = 1.5
    assert stepper.x.item() == 1.5


def test_rounding_a_slider_to_its_steps_is_no_move():
    net, _, y = examples.chain()
    stepper = Stepper(net, [[0.1234]], y)
    stepper._numbers._value.value = 0.12
    assert stepper.x.item() == 0.1234


def test_moved_numbers_are_shown_moving(stepper):
    assert stepper._predict.value
    stepper._numbers._value.value = 2
    assert not stepper._predict.value
    assert all("<details open>" in html for html in texts(stepper))


def test_reset_puts_every_number_back(stepper):
    net, x, y = stepper.net, stepper.x, stepper.y
    stepper._predict.value = False
    frames = texts(stepper)
    controls = stepper._numbers
    for quantity in stepper.arrays():
        controls._array.value = quantity
        controls._value.value = 2.5
    assert texts(stepper) != frames
    button = controls.children[1].children[1]
    button.click()
    assert (stepper.net, stepper.x, stepper.y) == (net, x, y)
    assert texts(stepper) == frames
    assert controls._value.value == stepper.arrays()[controls._array.value][controls._place]


def test_changing_refuses_an_array_that_does_not_fit_and_keeps_the_last_good_frames(stepper):
    frames, before = texts(stepper), stepper.arrays()
    for quantity, array in before.items():
        for wrong in (np.ones((5, 5)), array * np.nan, array[0, 0] * np.ones(7)):
            with pytest.raises(ValueError, match=re.escape(str(quantity))):
                stepper.change(quantity, wrong)
            assert all(stepper.arrays()[q] is kept for q, kept in before.items())
    stepper._predict.value = True
    assert texts(stepper) == frames


def test_changing_leaves_the_given_array_writable(stepper):
    array = np.zeros((3, 2))
    stepper.change(Quantity("W", 1), array)
    array[0, 0] = 9
    assert stepper.net.W[1][0, 0] == 0


@every
def test_filmstrip_shows_every_step_without_a_kernel(name, key):
    net, x, y = EXAMPLES[name]()
    stepper = Stepper(net, x, y, notation=key)
    bundle = stepper._repr_mimebundle_()
    assert "model_id" in bundle["application/vnd.jupyter.widget-view+json"]
    assert " at 0x" not in bundle["text/plain"]
    assert bundle["text/plain"] == f"Stepper: {len(stepper.steps)} steps of {net!r}"
    html = bundle["text/html"]
    pictures = re.findall(r'<img [^>]*alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)"', html)
    assert len(pictures) == html.count("<img") == len(stepper.steps)
    for k, (step, (alt, picture)) in enumerate(zip(stepper.steps, pictures), start=1):
        assert alt == f"Step {k} of {len(stepper.steps)}: {step.words}".replace("'", "&#x27;")
        assert ET.fromstring(b64decode(picture)).tag.endswith("svg")
        assert step.words.replace("'", "&#x27;") in html
    for banned in ("<script", "<svg", "<style", "$$", r"\frac"):
        assert banned not in html


@every
def test_filmstrip_is_the_same_every_time(name, key):
    one, two = (
        Stepper(*EXAMPLES[name](), notation=key)._repr_mimebundle_()["text/html"] for _ in range(2)
    )
    assert one == two


def test_filmstrip_follows_the_arrays(stepper):
    before = stepper._repr_mimebundle_()["text/html"]
    stepper.change(Quantity("x"), np.array([[2.0], [-1.0]]))
    assert stepper._repr_mimebundle_()["text/html"] != before


@every
def test_predicting_hides_the_number_and_not_predicting_shows_it(name, key):
    for predict in (True, False):
        stepper = Stepper(*EXAMPLES[name](), notation=key, predict=predict)
        for step, html in zip(stepper.steps, texts(stepper)):
            assert html.count("<details>") == predict
            assert html.count("<details open>") == (not predict)
            assert ("bp-predict" in html) == predict
            before, folded = re.split(r"<details[ open]*>", html)
            assert f"$${step.result}$$" in folded
            if step.result != step.latex:  # as that of the derivative that is 1 for everybody
                assert step.result not in re.sub("<svg.*</svg>", "", before)


@pytest.mark.parametrize("cost", ["half_squared", "squared"])
@pytest.mark.parametrize("key", notations_for(examples.chain().net))
def test_equation_above_the_fold_is_not_already_the_answer(key, cost):
    stepper = Stepper(*examples.chain(cost), notation=key)
    for step, html in zip(stepper.steps, texts(stepper)):
        above = re.search(r"bp-numbers\">(.*?)</div>", html).group(1)
        answer = step.result.rsplit(" = ", 1)[1].lstrip("+")
        assert above.strip("$()+").removesuffix(" =\\;?").strip("()") != answer, step.label


def test_equation_with_a_short_number_is_not_dropped():
    net = Network([(1, 0), (1, 0)], activation="identity")
    for key in notations_for(net):
        stepper = Stepper(net, 1, 0, notation=key)
        for step, html in zip(stepper.steps, texts(stepper)):
            if step.rule in ("BP1", "product", "cost"):
                assert f"$${step.numbers} =\\;?$$" in html


def test_chain_for_a_wide_layer_is_refused():
    with pytest.raises(ValueError, match=r"'chain'.*'layers'"):
        Stepper(*examples.small_network(), notation="chain")


def test_four_factors_for_a_batch_are_refused_and_not_on_offer():
    net, x, y = examples.batch()
    with pytest.raises(ValueError, match=r"'jacobian' is for one sample.*'index', 'layers'"):
        Stepper(net, x, y, notation="jacobian")
    offered = [key for _, key in Stepper(net, x, y)._notation.options]
    assert offered == ["index", "layers", "batch"]


def test_all_five_notations_are_on_offer_for_the_chain():
    offered = [key for _, key in Stepper(*examples.chain())._notation.options]
    assert offered == ["chain", "index", "jacobian", "layers", "batch"]


def test_titles_and_code_are_escaped(stepper):
    for step, html in zip(stepper.steps, texts(stepper)):
        code = re.search(r"<pre>(.*?)</pre>", html, re.DOTALL).group(1)
        assert "<" not in code
        assert len(code.splitlines()) == len(step.code.splitlines())


def test_wide_numbers_are_broken_between_factors_and_only_there():
    net, x, y = examples.batch()
    for key in ("index", "batch", "layers"):
        for step in backward_steps(net, x, y, key):
            broken = on_lines(step.numbers)
            lines = broken.removeprefix(r"\begin{aligned} & ").removesuffix(r" \end{aligned}")
            assert lines.replace(r" \\ & ", "") == step.numbers
            for line in lines.split(r" \\ & "):
                assert line.count(r"\left") == line.count(r"\right")
                assert line.count(r"\begin") == line.count(r"\end")
    wide = r"\left(" + r" \odot ".join(["0.12345678"] * 8) + r"\right)"
    assert on_lines(wide) == r"\small " + wide
    narrow = r"0.5 \cdot (-0.3)"
    assert on_lines(narrow) == narrow
    assert on_lines(" + ".join([narrow] * 12)).count(r"\\ &") == 1
