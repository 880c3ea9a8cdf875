"""The stepper: every frame is there from the start, and it shows the reader's own arrays."""

import gc
import re
from html import unescape

import ipywidgets
import numpy as np
import pytest
from pages import (
    assert_steps_by_itself,
    assert_well_formed,
    buttons_of,
    frames_of,
    live_frames,
    pictures,
)
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
    return live_frames(stepper)


def choose(stepper, **values):
    """What the browser does when the reader moves a control."""
    for name, value in values.items():
        setattr(stepper.widget, name, value)


def choose_notation(stepper, key):
    choose(stepper, notation=notations_for(stepper.net, stepper.x.shape[1]).index(key))


def choose_place(stepper, quantity, place):
    choose(stepper, array=list(stepper.arrays()).index(quantity))
    choose(stepper, row=place[0])
    choose(stepper, column=place[1])


def status(stepper):
    return re.sub("<[^>]*>", "", stepper.widget.status_html)


def assert_frames_follow(stepper):
    """Every control and every frame fits the steps."""
    count = len(stepper.steps)
    deck = stepper.widget.deck_html
    assert_well_formed(deck)
    assert_steps_by_itself(deck)
    buttons = buttons_of(deck)
    assert [label for *_, label in buttons] == [step.label for step in stepper.steps]
    here = stepper.widget.step
    assert buttons[here][2] and here == stepper.position
    frames = texts(stepper)
    assert len(frames) == count
    for k, (step, html) in enumerate(zip(stepper.steps, frames)):
        assert f"Step {k + 1} of {count}<" in html
        assert f"<strong>{step.title}</strong>" in html
        assert html.partition('aria-label="')[2].startswith(
            f"Step {k + 1} of {count}: {step.title}"
        )
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
    style, net = NOTATIONS[stepper._pass.notation.key], stepper.net
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
    assert stepper.position == 0
    assert len(stepper.steps) == len(backward_steps(*EXAMPLES[name](), key, ahead))
    assert_gradients_are_those_of(stepper, *EXAMPLES[name]())


def test_stepping_writes_nothing_and_is_known_in_the_kernel(stepper):
    deck, sent = stepper.widget.deck_html, []
    stepper.widget.send = sent.append
    for k in (3, 0, 6):
        choose(stepper, step=k)
        assert stepper.position == k
    assert stepper.widget.deck_html is deck and not sent


def test_every_other_control_is_answered_so_that_the_reader_need_not_wait(stepper):
    stepper.widget.row = 0
    sent = []
    stepper.widget.send = sent.append
    moves = {"row": 1, "number": 0.25, "notation": 1, "forward": True, "predict": False, "array": 3}
    for n, (name, value) in enumerate(moves.items(), start=1):
        choose(stepper, **{name: value})
        assert len(sent) == n, name


def test_click_on_a_button_that_is_gone_leads_to_the_last_step(stepper):
    choose(stepper, step=99)
    assert stepper.position == stepper.widget.step == 6


def test_place_of_an_array_that_was_chosen_before_is_no_error(stepper):
    choose(stepper, array=2)
    choose(stepper, row=2)
    stepper.widget.array = 5
    choose(stepper, row=2)
    assert stepper.widget.number == stepper.arrays()[stepper._array][stepper._place]
    choose(stepper, number=0.5)
    stepper.reset()


def test_what_cannot_be_followed_leaves_nothing_half_moved(stepper, monkeypatch):
    frames, sent = texts(stepper), []
    stepper.widget.send = sent.append
    monkeypatch.setattr(stepper, "_draw", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        choose(stepper, predict=False)
    assert stepper.widget.predict is True and sent == ["heard"]
    assert texts(stepper) == frames


def test_a_stepper_is_one_widget_from_its_first_display_to_its_end():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    stepper = Stepper(*examples.small_network())
    assert set(registry) == before
    for _ in range(2):
        assert stepper.widget is stepper.widget
    new = [type(registry[key]).__name__ for key in set(registry) - before]
    assert sorted(new) == ["Layout", "Live"]
    stepper.close()
    del stepper
    gc.collect()
    assert set(registry) <= before


@pytest.mark.parametrize("name", EXAMPLES)
def test_changing_the_notation_keeps_the_gradient_and_rewrites_the_frames(name):
    net, x, y = EXAMPLES[name]()
    stepper = Stepper(net, x, y)
    for key in [*notations_of((net, x, y)), "layers"]:
        before, changes = texts(stepper), key != stepper._pass.notation.key
        choose_notation(stepper, key)
        assert (texts(stepper) != before) == changes
        assert_frames_follow(stepper)
        assert_gradients_are_those_of(stepper, net, x, y)


def offered(stepper):
    """The keys of the notations in the menu."""
    menu = re.search('<select name="notation">(.*?)</select>', stepper.widget.form)[1]
    return re.findall(r">(\w+): ", menu)


def test_notations_on_offer_are_those_that_can_describe_the_network(stepper):
    assert offered(stepper) == notations_for(stepper.net)
    assert "chain" not in notations_for(stepper.net)


def test_forward_pass_can_be_put_in_front_and_taken_away(stepper):
    frames = texts(stepper)
    choose(stepper, forward=True)
    assert len(texts(stepper)) == len(frames) + 4
    assert_frames_follow(stepper)
    choose(stepper, forward=False)
    assert texts(stepper) == frames


def test_reader_stays_at_the_same_step_when_steps_are_added(stepper):
    choose(stepper, step=3)
    here = stepper.steps[3].writes
    choose(stepper, forward=True)
    assert stepper.steps[stepper.position].writes == here
    assert_frames_follow(stepper)


def test_choosing_a_sample_draws_that_sample():
    stepper = Stepper(*examples.batch())
    frames = texts(stepper)
    choose(stepper, sample=2)
    assert all("Drawn for sample 2 of 0 to 3." in html for html in texts(stepper))
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
    assert texts(stepper) == texts(Stepper(*other, notation=key))
    assert bits(net) == before[0]
    assert np.array_equal(x, before[1])
    assert np.array_equal(y, before[2])


@pytest.mark.parametrize(("quantity", "place"), CHANGES)
def test_controls_change_the_number_that_they_name(quantity, place):
    net, x, y = examples.small_network()
    before = bits(net)
    stepper = Stepper(net, x, y)
    choose_place(stepper, quantity, place)
    assert stepper.widget.number == stepper.arrays()[quantity][place]
    assert bits(stepper.net) == before  # to look at a number is not to move it
    choose(stepper, number=-1.25)
    assert_gradients_are_those_of(stepper, *changed(net, x, y, quantity, place, -1.25))
    assert_frames_follow(stepper)
    assert status(stepper).startswith(f"{quantity}[{place[0]}, {place[1]}] = -1.25: the cost goes")
    assert bits(net) == before


def test_walking_through_every_number_moves_none(stepper):
    net = stepper.net
    for _ in range(2):
        for quantity, array in stepper.arrays().items():
            for place in np.ndindex(array.shape):
                choose_place(stepper, quantity, place)
                assert stepper.widget.number == array[place]
    assert stepper.net is net
    assert status(stepper) == ""


@pytest.mark.parametrize("big", [50.0, -7.25, 3.001])
def test_number_outside_the_usual_range_can_be_shown_and_moved(big):
    net, _, y = examples.chain()
    stepper = Stepper(net, [[big]], y)
    assert stepper.widget.number == big == stepper.x.item()
    low, high = re.search(
        '<input type="range" [^>]*min="([^"]*)" max="([^"]*)"', stepper.widget.numbers_html
    ).groups()
    assert float(low) <= big <= float(high)
    choose(stepper, number=1.5)
    assert stepper.x.item() == 1.5


def test_slider_follows_a_change_from_code(stepper):
    choose_place(stepper, Quantity("W", 2), (1, 2))
    array = stepper.net.W[2].copy()
    array[1, 2] = 7.5
    stepper.change(Quantity("W", 2), array)
    assert stepper.widget.number == 7.5
    assert 'max="15.0"' in stepper.widget.numbers_html
    stepper.reset()
    assert stepper.widget.number == stepper.net.W[2][1, 2] != 7.5


def test_moving_a_number_keeps_the_questions(stepper):
    choose(stepper, step=2)
    choose(stepper, number=2.0)
    assert stepper.position == 2
    assert all("<details>" in html for html in texts(stepper))


def test_reset_puts_every_number_back(stepper):
    net, x, y = stepper.net, stepper.x, stepper.y
    frames = texts(stepper)
    for k, _ in enumerate(stepper.arrays()):
        choose(stepper, array=k)
        choose(stepper, number=2.5)
    assert texts(stepper) != frames
    choose(stepper, reset=1)
    assert stepper.net is net
    assert np.array_equal(stepper.x, x) and np.array_equal(stepper.y, y)
    assert texts(stepper) == frames
    assert stepper.widget.number == stepper.arrays()[stepper._array][stepper._place]
    assert "Everything is as it was" in status(stepper)


def test_changing_refuses_an_array_that_does_not_fit_and_keeps_the_last_good_frames(stepper):
    frames, before = texts(stepper), stepper.arrays()
    for quantity, array in before.items():
        for wrong in (np.ones((5, 5)), array * np.nan, array[0, 0] * np.ones(7)):
            with pytest.raises(ValueError, match=re.escape(str(quantity))):
                stepper.change(quantity, wrong)
            assert all(stepper.arrays()[q] is kept for q, kept in before.items())
    assert texts(stepper) == frames


def test_changing_leaves_the_given_array_writable(stepper):
    array = np.zeros((3, 2))
    stepper.change(Quantity("W", 1), array)
    array[0, 0] = 9
    assert stepper.net.W[1][0, 0] == 0


@every
def test_stored_page_steps_by_itself_and_is_a_filmstrip_without_styles(name, key):
    stepper = Stepper(*EXAMPLES[name](), notation=key)
    html = stepper.still()
    assert_well_formed(html)
    assert_steps_by_itself(html)
    assert len(html.encode()) <= 300_000
    assert stepper.note in html
    for banned in ("<script", " id=", "$$", r"\frac", "<button", "<select"):
        assert banned not in html
    found, frames = pictures(html), frames_of(html)
    assert len(found) == len(frames)
    is_whole = (name, key) != ("784-16-16-10", "jacobian")
    assert is_whole == (len(frames) == len(stepper.steps)) == ("not stored here" not in html)
    for k, (step, frame, (alt, svg)) in enumerate(zip(stepper.steps, frames, found), start=1):
        assert alt.startswith(f"Step {k} of {len(stepper.steps)}: {step.title.rstrip('?')}")
        assert svg.tag.endswith("svg")
        assert step.words in unescape(frame)


@every
def test_stored_page_is_the_same_every_time(name, key):
    one, two = (Stepper(*EXAMPLES[name](), notation=key).still() for _ in range(2))
    assert one == two


def test_page_too_long_to_be_stored_says_what_it_leaves_out():
    rng = np.random.default_rng(0)
    net = Network.random([3] * 9, seed=0)
    stepper = Stepper(net, rng.uniform(size=3), rng.uniform(size=3), notation="index")
    choose(stepper, step=len(stepper.steps) - 1)
    html = stepper.still()
    assert len(html.encode()) <= 300_000
    assert_steps_by_itself(html)
    n = len(frames_of(html))
    assert 10 < n < len(stepper.steps) == len(live_frames(stepper))
    assert f"Steps {n + 1} to {len(stepper.steps)} are not stored here" in html


def test_stored_page_follows_the_arrays(stepper):
    before = stepper.still()
    stepper.change(Quantity("x"), np.array([[2.0], [-1.0]]))
    assert stepper.still() != before


def test_cell_shows_the_live_form_first_and_the_stored_page_after_it(stepper, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "bp_helpers.widgets.panel.display", lambda bundle, raw, metadata=None: shown.append(bundle)
    )
    stepper._ipython_display_()
    live, stored = shown
    assert live["text/plain"] == repr(stepper) == f"Stepper: 7 steps of {stepper.net!r}"
    view = live["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == stepper.widget.model_id
    assert "text/html" not in live
    assert stored["text/html"] == stepper.still()


def test_saved_page_needs_nothing_else(stepper, tmp_path):
    stepper.save(tmp_path / "pass.html")
    html = (tmp_path / "pass.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>") and '<html lang="en">' in html
    assert_well_formed(html.removeprefix("<!doctype html>"))
    assert_steps_by_itself(html)
    assert f"<title>{stepper!r}</title>" in html
    assert "<script" not in html and "kernel" not in html
    assert not re.findall(r'(?:src|href)="(?!data:)', html)


@pytest.mark.parametrize("size", ["normal", "lecture"])
def test_size_is_a_class_of_the_form(size):
    stepper = Stepper(*examples.small_network(), size=size)
    wanted = {"normal": "", "lecture": " bp-lecture"}[size]
    assert f'<form class="bp-still{wanted}"' in stepper.still()
    assert stepper.widget.size == wanted.strip()


def test_another_size_is_refused():
    with pytest.raises(ValueError, match="size is 'big', but should be one of 'normal', 'lecture'"):
        Stepper(*examples.small_network(), size="big")


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
        above, answer = (re.sub("<[^>]*>| ", "", html) for html in (step.numbers, step.result))
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
    assert offered(Stepper(net, x, y)) == ["index", "layers", "batch"]


def test_all_five_notations_are_on_offer_for_the_chain():
    every = ["chain", "index", "jacobian", "layers", "batch"]
    assert offered(Stepper(*examples.chain())) == every


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
    own = Activation(HOSTILE, np.tanh, lambda z: 1 - np.tanh(z) ** 2, letter=HOSTILE)
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
        for html in (*texts(stepper), stepper.still()):
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
    choose_notation(stepper, "batch")
    choose_notation(stepper, "layers")
    assert texts(stepper) == before
    choose_place(stepper, Quantity("W", 1), (0, 0))
    choose(stepper, number=1e200)
    assert "W[1][0, 0] = 1e+200 is too large to be drawn" in status(stepper)
    assert stepper.widget.number == 1.0
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
    choose(stepper, array=2)
    assert stepper.still()
    assert calls == {"forward": 1, "backward": 1}
    choose(stepper, number=0.25)
    assert calls == {"forward": 2, "backward": 2}
    assert "the cost goes from" in status(stepper)
    choose(stepper, predict=True)
    assert calls == {"forward": 2, "backward": 2}


def test_status_goes_when_another_array_is_chosen(stepper):
    choose(stepper, number=2.0)
    assert status(stepper)
    choose(stepper, array=3)
    assert status(stepper) == ""


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
                choose_notation(stepper, key)
                choose(stepper, step=k)
                choose_notation(stepper, other)
                there = stepper.steps[stepper.position]
                assert there.writes.layer == here.writes.layer, (key, here.label, there.label)


def test_notation_that_overflows_is_put_back_and_told():
    W = (1.0, 1e160, 1e160, 1e160)
    net = Network([(w, 0.0) for w in W], "identity")
    y = forward(net, [1e-308]).a[-1]
    stepper = Stepper(net, [1e-308], y)
    before = texts(stepper)
    choose_notation(stepper, "jacobian")
    assert offered(stepper)[stepper.widget.notation] == "layers"
    assert texts(stepper) == before
    assert "jacobian: " in status(stepper) and "inf" in status(stepper)


def test_complex_numbers_are_refused():
    with pytest.raises(ValueError, match="real numbers"):
        Stepper(examples.small_network().net, [1j, 0], [0, 1])
