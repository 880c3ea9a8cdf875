"""The stepper: every frame is there from the start, and it shows the reader's own arrays."""

import re
from base64 import b64decode
from html import unescape
from xml.etree import ElementTree as ET

import ipywidgets
import numpy as np
import pytest
from test_steps import notations_of

from bp_helpers import NOTATIONS, Network, Stepper, backward, backward_steps, examples, forward
from bp_helpers.functions import Activation, Cost
from bp_helpers.steps import recorder
from bp_helpers.steps.notations import notations_for
from bp_helpers.steps.step import Quantity


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
    return [child.value for child in stepper._carousel.stack.children]


def assert_frames_follow(stepper):
    """Every control and every frame fits the steps."""
    count = len(stepper.steps)
    frames = texts(stepper)
    assert len(frames) == len(stepper._carousel.chips.options) == count
    assert (stepper._carousel.slider.min, stepper._carousel.slider.max) == (0, count - 1)
    assert (stepper._carousel.play.min, stepper._carousel.play.max) == (0, count - 1)
    here = stepper._carousel.slider.value
    assert 0 <= here < count
    assert stepper._carousel.stack.selected_index == stepper._carousel.chips.index == here
    assert stepper._carousel.chips.options == tuple(step.label for step in stepper.steps)
    for k, (step, html) in enumerate(zip(stepper.steps, frames)):
        assert f"Step {k + 1} of {count}<" in html
        assert f"{step.title} <" in html
        for form in (step.symbols, step.numbers, step.result, step.shapes):
            assert form in html
        assert code_in(html) == step.code
        assert f"{step.answer}</div>" in html
        assert f"Predict, then reveal: {step.ask}</summary>" in html
        assert f'<span class="bp-rule">{step.rule}</span>' in html


def code_in(html):
    """The code of a frame, as it is read."""
    (pre,) = re.findall(r"<pre[^>]*>(.*?)</pre>", html, re.DOTALL)
    return unescape(re.sub("<[^>]*>", "", pre))


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
    assert stepper._carousel.slider.value == 0
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
    slider = (stepper._carousel.slider, "value")
    assert links == {
        frozenset({slider, (stepper._carousel.stack, "selected_index")}),
        frozenset({slider, (stepper._carousel.chips, "index")}),
        frozenset({slider, (stepper._carousel.play, "value")}),
    }
    frames = texts(stepper)
    stepper._carousel.slider.value = 3
    assert texts(stepper) == frames


def test_frames_share_one_layout_and_one_style(stepper):
    for name in ("layout", "style"):
        assert (
            len({getattr(child, name).model_id for child in stepper._carousel.stack.children}) == 1
        )


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
    stepper._carousel.slider.value = 3
    here = stepper.steps[3].writes
    stepper._forward.value = True
    assert stepper.steps[stepper._carousel.slider.value].writes == here
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
            for shown in (step.result, step.answer):
                assert shown in folded
                # But for the derivative that is 1 for everybody.
                assert shown not in re.sub("<svg.*</svg>", "", before) or shown == step.symbols


@pytest.mark.parametrize("cost", ["half_squared", "squared"])
@pytest.mark.parametrize("key", notations_for(examples.chain().net))
def test_equation_above_the_fold_is_not_already_the_answer(key, cost):
    for step in Stepper(*examples.chain(cost), notation=key).steps:
        above, answer = (re.sub("<[^>]*>", "", html) for html in (step.numbers, step.result))
        assert above.removesuffix("=?").strip("()") != answer.split("=")[-1].strip("+"), step.label


def test_equation_with_a_short_number_is_not_dropped():
    net = Network([(1, 0), (1, 0)], activation="identity")
    for key in notations_for(net):
        for step in Stepper(net, 1, 0, notation=key).steps:
            if step.rule in ("BP1", "product", "cost"):
                assert step.numbers


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


def test_code_is_escaped_and_breaks_between_factors_only(stepper):
    for step, html in zip(stepper.steps, texts(stepper)):
        pieces = [unescape(p) for p in re.findall(r'<span class="bp-piece">(.*?)</span>', html)]
        assert "".join(pieces) == step.line
        for piece in pieces:
            assert piece.count("[") == piece.count("]")
            assert re.match(r"[*+/@-] |[(\w]", piece), piece


# A reader's own functions, and numbers too large to be drawn


HOSTILE = '<script>alert(1)</script>"'


def own_network():
    own = Activation(HOSTILE, np.tanh, lambda z: 1 - np.tanh(z) ** 2, letter=HOSTILE,
                     body="import os", slope_body="import os")  # fmt: skip
    cost = Cost(HOSTILE, lambda a, y: ((a - y) ** 4).sum(axis=0), lambda a, y: 4 * (a - y) ** 3,
                source="__import__('os')", slope_source="__import__('os')")  # fmt: skip
    net, x, y = examples.small_network()
    layers = list(zip(net.W[1:], net.b[1:]))
    return own, cost, layers, x, y


@pytest.mark.parametrize("mixed", [False, True])
def test_own_functions_run_their_callables_and_nothing_that_they_say_of_themselves(mixed):
    own, cost, layers, x, y = own_network()
    net = Network(layers, ["tanh", own] if mixed else own, cost)
    for key in notations_for(net):
        stepper = Stepper(net, x, y, notation=key, include_forward=True)
        assert_gradients_are_those_of(stepper, net, x, y)
        code = "\n".join(step.code for step in stepper.steps)
        assert "your own function" in code and "import" not in code
        for html in (*texts(stepper), stepper.still(), stepper._repr_mimebundle_()["text/html"]):
            assert "<script" not in html


def test_numbers_that_overflow_are_told_and_the_last_good_frames_stay():
    net = Network([([[1.0]], 0.0), ([[2.0]], 0.0)], "identity")
    stepper = Stepper(net, [1.0], [0.0])
    before, arrays = texts(stepper), stepper.arrays()
    for quantity in (Quantity("W", 1), Quantity("W", 2), Quantity("x"), Quantity("y")):
        for huge in (1e200, 1e308):
            with pytest.raises(ValueError, match="holds inf"):
                stepper.change(quantity, [[huge]])
    assert texts(stepper) == before
    assert all(stepper.arrays()[q] is array for q, array in arrays.items())
    stepper._notation.value = "batch"
    stepper._notation.value = "layers"
    assert texts(stepper) == before
    controls = stepper._numbers
    controls._array.value = Quantity("W", 1)
    controls._value.max = 1e300
    controls._value.value = 1e200
    assert "too large to be drawn" in controls._status.value
    assert controls._value.value == 1.0
    assert texts(stepper) == before


def test_large_numbers_that_do_not_overflow_are_drawn_with_an_exponent():
    stepper = Stepper(Network([(1e150, 0.0)], "identity"), [1.0], [0.0])
    assert all("1.00 · 10<sup>150</sup>" in step.result for step in stepper.steps[1:])


def test_one_pass_is_computed_once(monkeypatch):
    calls = {"forward": 0, "backward": 0}
    for name in calls:
        real = getattr(recorder, name)

        def counted(*args, real=real, name=name):
            calls[name] += 1
            return real(*args)

        monkeypatch.setattr(recorder, name, counted)
    stepper = Stepper(*_wide(), predict=False)
    stepper._numbers._show_array()
    assert calls == {"forward": 1, "backward": 1}
    stepper._numbers._value.value = 0.25
    assert calls == {"forward": 2, "backward": 2}
    assert "the cost goes from" in stepper._numbers._status.value
    stepper._predict.value = True
    assert calls == {"forward": 2, "backward": 2}


def test_status_goes_when_another_array_is_chosen(stepper):
    controls = stepper._numbers
    controls._value.value = 2
    assert controls._status.value
    controls._array.value = Quantity("b", 1)
    assert controls._status.value == ""


def test_layers_whose_own_functions_share_a_name_keep_them_apart():
    cube = Activation("f", lambda z: z**3, lambda z: 3 * z**2)
    soft = Activation("f", lambda z: np.log(1 + np.exp(z)), lambda z: 1 / (1 + np.exp(-z)))
    net, x, y = examples.small_network()
    layers = list(zip(net.W[1:], net.b[1:]))
    own = Activation("sigmoid", np.tanh, lambda z: 1 - np.tanh(z) ** 2)
    for pair in ([soft, cube], [own, "sigmoid"]):
        for key in notations_for(net):
            mixed = Network(layers, pair)
            assert_gradients_are_those_of(Stepper(mixed, x, y, notation=key), mixed, x, y)


@pytest.mark.parametrize("name", ["chain", "2-3-2"])
def test_another_notation_keeps_the_place(name):
    net, x, y = EXAMPLES[name]()
    for key in notations_for(net):
        stepper = Stepper(net, x, y, notation=key)
        for k, here in enumerate(stepper.steps):
            for other in notations_for(net):
                stepper._notation.value = key
                stepper._carousel.slider.value = k
                stepper._notation.value = other
                there = stepper.steps[stepper._carousel.slider.value]
                assert there.writes.layer == here.writes.layer, (key, here.label, there.label)


def test_notation_that_overflows_is_put_back_and_told():
    W = (1.0, 1e160, 1e160, 1e160)
    net = Network([(w, 0.0) for w in W], "identity")
    y = forward(net, [1e-308]).a[-1]
    stepper = Stepper(net, [1e-308], y)
    before = texts(stepper)
    stepper._notation.value = "jacobian"
    assert stepper._notation.value == "layers"
    assert texts(stepper) == before
    assert "jacobian: " in stepper._message.value and "inf" in stepper._message.value


def test_complex_numbers_are_refused():
    with pytest.raises(ValueError, match="complex numbers"):
        Stepper(examples.small_network().net, [1j, 0], [0, 1])
