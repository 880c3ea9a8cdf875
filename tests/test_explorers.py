"""The explorers: every state is right, none of them raises, and all can be read unrun."""

import re
from itertools import product
from xml.etree import ElementTree as ET

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

from bp_helpers import Network, backpropagate, blocks, cost, examples, explorers, forward
from bp_helpers.depth import Depth, deep_network, rule_of_thumb
from bp_helpers.drawing.explorations import depth_chart, nudge_chart, reach_of, trial_frame
from bp_helpers.measure import trials
from bp_helpers.neuron import NUDGED, Neuron, costs_along, links
from bp_helpers.steps.numbers import format_number as number
from bp_helpers.steps.numbers import superscript
from bp_helpers.steps.paths import path_steps

SVG = "{http://www.w3.org/2000/svg}"
DEEP = Network.random([2, 3, 2, 2], ["tanh", "sigmoid", "identity"], cost="squared", seed=2)
NETWORKS = {
    "2-3-2": examples.small_network(),
    "chain": examples.chain(),
    "2-3-2-2": (DEEP, np.array([[0.4], [-0.7]]), np.array([[0.2], [0.9]])),
    "mean": examples.small_network(cost="mean_squared"),
}
each_network = pytest.mark.parametrize("case", NETWORKS.values(), ids=NETWORKS)


def neuron_as_network(neuron):
    return Network([(neuron.w, neuron.b)]), [[neuron.a_before]], [[neuron.y]]


# One neuron


def test_a_neuron_is_a_network_of_one():
    rng = np.random.default_rng(0)
    for w, b, a_before, y in rng.uniform(-2, 2, (20, 4)):
        neuron = Neuron(w, b, a_before, y)
        net, x, target = neuron_as_network(neuron)
        assert neuron.a == pytest.approx(forward(net, x).a[1].item(), rel=1e-14)
        assert pytest.approx(cost(net, x, target), rel=1e-14) == neuron.C
        grads = backpropagate(net, x, target)
        assert np.prod(neuron.slopes("w")) == pytest.approx(grads.W[1].item(), rel=1e-12)
        assert np.prod(neuron.slopes("b")) == pytest.approx(grads.b[1].item(), rel=1e-12)


def test_the_one_neuron_is_the_first_of_the_chain():
    one, chain = examples.one_neuron("squared"), examples.chain()
    assert (one.x, one.y) == (chain.x, chain.y)
    assert one.net.cost.name == "squared"
    assert forward(one.net, one.x).a[1] == forward(chain.net, chain.x).a[1]


@pytest.mark.parametrize("name", NUDGED)
def test_ratios_come_close_to_slopes_as_the_nudge_shrinks(name):
    neuron = Neuron(0.8, 0.3, 0.5, 0.9)
    gaps = []
    for by in (1.0, 0.1, 0.01, 0.001):
        chain = links(neuron, name, by)
        assert [link.name for link in chain] == [name, "z", "a", "C"]
        assert chain[-1].change == pytest.approx(
            neuron.nudged(name, by).C - neuron.C, rel=1e-12, abs=1e-15
        )
        product_of_ratios = np.prod([link.ratio for link in chain[1:]])
        assert product_of_ratios == pytest.approx(chain[-1].change / by, rel=1e-9)
        gaps.append(max(abs(link.ratio - link.slope) for link in chain[1:]))
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 1e-3


def test_a_nudge_that_moves_nothing_has_no_ratio_after_it():
    chain = links(Neuron(0.8, 0.3, 0.0, 0.9), "w", 1.0)
    assert [link.ratio for link in chain] == [None, 0.0, None, None]
    assert chain[-1].change == 0


def test_costs_along_a_line_are_those_of_the_nudged_neurons():
    neuron, nudges = Neuron(0.8, 0.3, 0.5, 0.9), np.linspace(-2, 2, 9)
    for name in NUDGED:
        singly = [neuron.nudged(name, by).C for by in nudges]
        along = costs_along(neuron, name, getattr(neuron, name) + nudges)
        np.testing.assert_allclose(along, singly, rtol=1e-13)


# Nudge


def test_every_nudge_has_its_frame_and_says_its_own_slopes():
    explorer = explorers.Nudge()
    pages = iter(live_frames(explorer))
    for name in NUDGED:
        for by in explorers.NUDGES:
            page = next(pages)
            chain = links(explorer.neuron, name, by)
            secant = number(chain[-1].change / by, 4, signed=True)
            tangent = number(np.prod(explorer.neuron.slopes(name)), 4, signed=True)
            assert f"= {secant}</td>" in page and f"= {tangent}</td>" in page
            assert f"secant, slope {secant}" in page and f"tangent, slope {tangent}" in page
            for link in chain[1:]:  # in the table, and in the words of the picture
                assert page.count(f" = {number(link.ratio, 4, signed=True)}") >= 2


def test_moving_a_number_rewrites_every_frame():
    explorer = explorers.Nudge()
    before = live_frames(explorer)
    for name, ends in explorers._RANGES.items():
        setattr(explorer.widget, name, ends[0])
        after = live_frames(explorer)
        assert len(after) == 21
        assert all(old != new for old, new in zip(before, after)), name
        before = after


def test_no_corner_of_the_sliders_raises():
    explorer = explorers.Nudge()
    ranges = explorers._RANGES
    for corner in product(*((low, 0.0, high) for low, high in ranges.values())):
        for name, value in zip(ranges, corner):
            setattr(explorer.widget, name, value)
        assert_well_formed(explorer.widget.deck_html)
        assert_steps_by_itself(explorer.widget.deck_html)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"w": 4}, "w is 4"), ({"y": -1}, "y is -1"), ({"b": np.nan}, "b holds nan")],
)
def test_a_neuron_off_the_sliders_is_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        explorers.Nudge(**wrong)


def test_secant_goes_through_both_points_and_tangent_through_one():
    neuron = Neuron(0.8, 0.3, 0.5, 0.9)
    root = ET.fromstring(nudge_chart(neuron, "b", 2.0).standalone())
    inner = root.find(f"{SVG}svg")
    lines = {
        e.get("class"): np.array([p.split(",") for p in e.get("points").split()], float)
        for e in inner.iter(f"{SVG}polyline")
    }
    corner = np.array([float(inner.get("x")), float(inner.get("y"))])
    here, after = (
        np.array([float(c.get("cx")), float(c.get("cy"))]) - corner
        for c in root.iter(f"{SVG}circle")
    )

    def height(line, x):
        (x1, y1), (x2, y2) = lines[line]
        return y1 + (x - x1) * (y2 - y1) / (x2 - x1)

    assert height("bp-first", here[0]) == pytest.approx(here[1], abs=0.3)
    assert height("bp-first", after[0]) == pytest.approx(after[1], abs=0.3)
    assert height("bp-second", here[0]) == pytest.approx(here[1], abs=0.3)
    assert abs(height("bp-second", after[0]) - after[1]) > 1


# Paths


@each_network
def test_paths_of_every_weight_add_up_to_its_derivative(case):
    net, x, y = case
    grads, steps = backpropagate(net, x, y), path_steps(net, x, y)
    assert len(steps) == sum(W.size for W in net.W[1:])
    for step in steps:
        _, l, place = step.writes
        assert step.value == pytest.approx(grads.W[l][place], rel=1e-12)
        paths = int(np.prod(net.sizes[l + 1 :]))
        assert step.numbers.count(">+<") == paths - 1
        assert f"{paths} path" in step.title


@each_network
def test_lines_of_the_paths_run_alone_and_give_the_value_shown(case):
    net, x, y = case
    trace = forward(net, x)
    names = {"np": np, "y": trace.a[-1] * 0 + y, "W": net.W, "a": trace.a, "z": trace.z}
    for step in path_steps(net, x, y):
        exec(step.code, names)
        assert names["dC_dw"][step.writes.layer][step.writes.place] == step.value


def test_terms_of_the_paths_add_up_to_the_value_and_the_heaviest_is_named():
    for step in path_steps(*examples.small_network()):
        shown = re.sub("<[^>]*>| ", "", step.result).replace("−", "-").split("=")[1:]
        terms = [float(term) for term in re.findall(r"[+-][\d.]+", shown[0])]
        assert sum(terms) == pytest.approx(float(step.value), abs=1e-3 * len(terms))
        if len(terms) > 1:
            assert float(shown[1]) == pytest.approx(float(step.value), rel=0.02)
            k = int(np.argmax(np.abs(terms)))
            assert step.ask == "which path counts the most, whatever its sign?"
            assert step.answer.startswith(f"The one through neuron {k} of layer 2: ")


def test_every_path_stands_out_in_the_picture():
    explorer = explorers.Paths(*examples.small_network())
    for step, picture in zip(explorer.steps, live_frames(explorer), strict=True):
        weights = 2 if step.writes.layer == 1 else 0
        assert picture.count('class="bp-under"') == 1
        assert "y = 0<" in picture and "y = 1<" in picture
        assert len(re.findall(r'<path class="bp-(?:plus|minus)"', picture)) == weights + 1
        assert f"Weight {explorer.steps.index(step) + 1} of 12" in picture


def test_paths_refuse_what_cannot_be_drawn():
    net, x, y = examples.batch()
    with pytest.raises(ValueError, match=r"x has shape \(2, 4\).*\(2, 1\).*one sample"):
        explorers.Paths(net, x, y)
    wide = Network.random([784, 16, 10], seed=0)
    with pytest.raises(ValueError, match=r"12,704 weights.*at most 40.*smaller network"):
        explorers.Paths(wide, np.zeros((784, 1)), np.zeros((10, 1)))
    deep = Network.random([1] * 8, seed=0)
    with pytest.raises(ValueError, match=r"7 weights in 7 layers.*at most 40, 6 and 12"):
        explorers.Paths(deep, [0.5], [1.0])


def test_every_later_layer_has_a_letter_of_its_own():
    net = Network.random([1] * 7, seed=0)
    first, *_ = path_steps(net, [0.5], [1.0])
    assert first.symbols.count("<i>σ</i>′") == 6
    assert first.value == pytest.approx(backpropagate(net, [0.5], [1.0]).W[1].item(), rel=1e-12)


# Shapes


SIZES = tuple(product((1, 2, 3, 8), repeat=3))


@pytest.mark.parametrize("flat", [False, True])
def test_sentence_about_the_bias_says_what_numpy_does(flat):
    rng = np.random.default_rng(0)
    for n_before, n, m in SIZES:
        W, a, b = rng.standard_normal((n, n_before)), rng.random((n_before, m)), rng.random((n, 1))
        sentence = blocks.shape_sentence(n, m, flat)
        try:
            z = W @ a + (b.ravel() if flat else b)
        except ValueError:
            assert "raises an error" in sentence
            continue
        right = z.shape == (n, m) and np.array_equal(z, W @ a + b)
        assert ("wrong" in sentence) == (not right), (n_before, n, m)
        assert "raises an error" not in sentence
        if z.shape != (n, m):
            assert f"grows to {z.shape}" in sentence


@pytest.mark.parametrize("flat", [False, True])
def test_blocks_have_the_shapes_of_the_arrays(flat):
    for n_before, n, m in SIZES:
        root = ET.fromstring(blocks.layer_shapes(n_before, n, m, flat).standalone())
        texts = [element.text for element in root.iter(f"{SVG}text")]
        shapes = {
            name: texts[texts.index(name) + 1]
            for name in ("da before", "W.T", "dz", "dW", "a before.T", "db")
        }
        W, a, dz = np.ones((n, n_before)), np.ones((n_before, m)), np.ones((n, m))
        assert shapes == {
            "da before": str((W.T @ dz).shape),
            "W.T": str(W.T.shape),
            "dz": str(dz.shape),
            "dW": str((dz @ a.T).shape),
            "a before.T": str(a.T.shape),
            "db": str(dz.mean(axis=1, keepdims=True).shape),
        }
        if "z" in texts:
            z = W @ a + np.ones(n if flat else (n, 1))
            assert texts[texts.index("z") + 1] == str(z.shape)
        else:
            assert flat and "does not fit to" in texts


def test_sliders_of_the_shapes_reach_every_state():
    explorer = explorers.Shapes()
    seen = set()
    for sizes in product((1, 3, 8), repeat=3):
        for name, size in zip(explorers._SIZES, sizes):
            setattr(explorer.widget, name, size)
        assert_well_formed(explorer.widget.deck_html)
        seen.update(live_frames(explorer))
    assert len(seen) == 54


@pytest.mark.parametrize(
    ("sizes", "named"),
    [((0, 1, 1), "n_before is 0"), ((2, 9, 1), "n is 9"), ((2, 3, 1.5), "m is 1.5")],
)
def test_sizes_off_the_sliders_are_refused(sizes, named):
    with pytest.raises(ValueError, match=named):
        explorers.Shapes(*sizes)


# Step size


def test_trials_measure_what_the_backward_pass_computes():
    net, x, y = examples.small_network()
    for l in (1, 2):
        for place in np.ndindex(net.W[l].shape):
            good, tiny = trials(net, x, y, l, place, (1e-5, 1e-12))
            assert good.exact == backpropagate(net, x, y).W[l][place]
            assert good.error("central") < 1e-7
            assert tiny.error("complex") < 1e-14
            assert (good.above - good.below) / 2e-5 == pytest.approx(good.central, rel=1e-12)


def test_central_difference_makes_a_v_and_the_complex_step_does_not():
    steps = {power: 10.0**-power for power in range(1, 17)}
    t = dict(zip(steps, trials(*examples.small_network(), 1, (0, 0), steps.values())))
    central = [t[power].error("central") for power in range(1, 17)]
    assert min(central) in central[3:7]
    assert central[0] > 1e-5 and central[15] > 1e-3
    assert all(t[power].error("complex") < 1e-13 for power in range(8, 17))


def test_every_h_has_its_frame():
    explorer = explorers.StepSize(*examples.small_network())
    pages = live_frames(explorer)
    assert len(pages) == len(explorers.POWERS) == 16
    for power, page in zip(explorers.POWERS, pages):
        assert f"h = 10{superscript(-power)}<" in page


def test_buttons_and_axis_run_the_same_way():
    explorer = explorers.StepSize(*examples.small_network())
    buttons = re.findall(r'name="h"[^>]*>(?:<span>)?(10[^<]*)<', explorer._deck())
    assert buttons == [f"10{superscript(-power)}" for power in explorers.POWERS]
    marks = []
    for page in live_frames(explorer):
        (cursor,) = re.findall(r'class="bp-cursor" points="(-?[\d.]+),', page)
        marks.append(float(cursor))
    assert len(marks) == len(buttons)
    assert marks == sorted(marks) and marks[0] < marks[-1]


def test_digits_that_cancel_and_digits_that_are_right_are_marked():
    net, x, y = examples.small_network()
    found = trials(net, x, y, 1, (0, 0), [10.0**-power for power in explorers.POWERS])
    for k, t in enumerate(found):
        page = trial_frame(found, k, "w")
        crossed = re.findall(r'<span class="bp-same">([^<]*)</span>([^<]*)', page)
        (same, rest), (other, other_rest) = crossed
        assert same == other and (rest[:1] != other_rest[:1] or rest == other_rest == "")
        assert float(same + rest) == pytest.approx(t.above, abs=1e-15)
        marked = re.findall(r'<span class="bp-right">([^<]*)</span>', page)
        for text in marked:
            assert f"{t.exact:.16f}".startswith(text.replace("−", "-"))


@pytest.mark.parametrize("weight", [(0, 0, 0), (3, 0, 0), (1, 3, 0), (1, 0, 2), (2, -1, 0)])
def test_a_weight_that_is_not_there_is_refused(weight):
    with pytest.raises(ValueError, match="should be a whole number from"):
        explorers.StepSize(*examples.small_network(), *weight)


def test_a_weight_without_a_slope_is_refused():
    net, _, y = examples.small_network()
    with pytest.raises(ValueError, match=r"slope for w₀₀⁽¹⁾ is 0"):
        explorers.StepSize(net, [0.0, 1.0], y)


# Depth


def size(text):
    """A number as the card writes it."""
    digits, _, power = text.partition(" · 10")
    plain = power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    return float(f"{digits}e{plain or 0}")


def test_every_way_to_begin_has_its_frame_and_its_numbers():
    explorer = explorers.Depth(10, 20, seed=3)
    pages = iter(live_frames(explorer))
    for activation, init in product(explorers.DEEP_ACTIVATIONS, explorers.STARTS):
        page = next(pages)
        assert f"<strong>{activation}, {init}: " in page
        rows = re.findall(r'<tr><th scope="row">(\d+)</th>' + "<td>(.*?)</td>" * 3 + "</tr>", page)
        assert [row[0] for row in rows] == ["2", "5", "10"]
        for layers, first, last, factor in rows:
            net, x, y = deep_network(int(layers), 20, activation, init, 3)
            delta = backpropagate(net, x, y).delta
            ends = [np.sqrt(np.mean(delta[l] ** 2)) for l in (1, net.L)]
            assert size(first) == pytest.approx(ends[0], rel=0.06)
            assert size(last) == pytest.approx(ends[1], rel=0.06)
            if init == "zeros":
                assert first == "0" and factor == "none"
            else:
                root = (ends[0] / ends[1]) ** (1 / (net.L - 1))
                assert size(factor) == pytest.approx(root, rel=0.06)
    assert next(pages, None) is None


@pytest.mark.parametrize(
    ("kind", "words", "factor"),
    [
        (("sigmoid", "nielsen"), "δ shrinks", 0.2),
        (("tanh", "nielsen"), "δ shrinks", 0.64),
        (("tanh", "glorot"), "δ roughly keeps its size", 0.94),
        (("relu", "he"), "δ roughly keeps its size", 1.07),
        (("relu", "normal"), "δ grows", 7.7),
    ],
)
def test_what_becomes_of_delta_is_said_with_its_numbers(kind, words, factor):
    explorer = explorers.Depth()
    place = list(explorer.found).index(kind)
    page = live_frames(explorer)[place]
    assert f"<strong>{', '.join(kind)}: {words}</strong>" in page
    said = re.search(r"multiplies δ by about (\S+)\. After 29 layers back, δ of layer 1 is "
                     r"(.+?) times that of the output\. From the sizes of weights and slopes, "
                     r"about (\S+) is expected\.", page)  # fmt: skip
    assert size(said[1]) == pytest.approx(factor, rel=0.06)
    assert size(said[2]) == pytest.approx(size(said[1]) ** 29, rel=3)
    net, x, _ = deep_network(30, 100, *kind)
    assert size(said[3]) == pytest.approx(rule_of_thumb(net, x), rel=0.03)


def test_delta_keeps_its_size_only_where_it_does_over_all_layers():
    of_kind = {}
    for layers in (30, 200):
        explorer = explorers.Depth(layers, 100)
        page = live_frames(explorer)[list(explorer.found).index(("tanh", "glorot"))]
        of_kind[layers] = re.search(r"<strong>tanh, glorot: (.*?)</strong>", page)[1]
    assert of_kind == {30: "δ roughly keeps its size", 200: "δ shrinks"}


def test_the_curve_of_delta_stands_at_its_sizes():
    deep = Depth.of(*deep_network(12, 30, "tanh", "normal", 1))
    root = ET.fromstring(depth_chart(deep, "tanh", (1e-3, 1e9)).standalone())
    inner = root.find(f"{SVG}svg")
    wide, high = float(inner.get("width")), float(inner.get("height"))
    lines = {
        e.get("class"): np.array([p.split(",") for p in e.get("points").split()], float)
        for e in inner.iter(f"{SVG}polyline")
    }
    x, y = lines["bp-first"].T
    np.testing.assert_allclose(x, wide * np.arange(1, 13) / 12, atol=0.1)
    share = np.array(deep.sizes[1:]) / deep.sizes[12]
    np.testing.assert_allclose(y, high * (1 - (np.log10(share) + 3) / 12), atol=0.1)
    assert (lines["bp-cursor"][:, 1] == y[-1]).all()  # where all would be as at the output
    corner = np.array([float(inner.get("x")), float(inner.get("y"))])
    dots = [[float(c.get("cx")), float(c.get("cy"))] for c in root.iter(f"{SVG}circle")]
    np.testing.assert_allclose(np.subtract(dots, corner), [[x[0], y[0]], [x[-1], y[-1]]], atol=0.2)


def test_a_delta_that_is_zero_or_too_large_is_told_and_not_drawn():
    lost = Depth.of(*deep_network(6, 4, "tanh", "zeros"))
    alt = depth_chart(lost, "tanh, zeros", (1e-3, 1e3)).alt
    assert "exactly 0 in every hidden layer" in alt and "tanh, zeros, 6 layers: " in alt
    half = Depth(5, (None, 0.0, 0.0, 0.3, 0.2, 1.0), None, None)
    picture = depth_chart(half, "relu", (1e-3, 1e3))
    assert "exactly 0 from layer 2 down to layer 1" in picture.alt
    *_, drawn = re.findall(r'class="bp-first" points="([^"]*)"', picture.standalone())
    assert len(drawn.split()) == 3  # and not the two ends of the line in the key
    explorer = explorers.Depth(200, 100)
    page = live_frames(explorer)[list(explorer.found).index(("relu", "normal"))]
    assert "too large for a computer" in page and "larger than 10³⁰⁸" in page
    assert page.count("<td>too large</td>") == 2 and "bp-first" not in page


@pytest.mark.parametrize(("layers", "width"), [(1, 1), (2, 1), (1, 100), (30, 1), (3, 2)])
def test_no_corner_of_depth_raises(layers, width):
    explorer = explorers.Depth(layers, width)
    html = explorer.still()
    assert_well_formed(html)
    assert_steps_by_itself(html)
    counted = "1 layer of" if layers == 1 else f"{layers} layers of"
    assert repr(explorer).startswith(f"Depth: {counted} {width} neuron")
    assert ("no hidden layer" in html) == (layers == 1)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"layers": 0}, "layers is 0, but should be a whole number from 1 to 200"),
        ({"layers": 201}, "layers is 201"),
        ({"width": 0}, "width is 0, but should be a whole number from 1 to 100"),
        ({"width": 2.5}, "width is 2.5"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_depths_and_widths_that_cannot_be_are_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        explorers.Depth(**wrong)


@pytest.mark.parametrize("layers_and_width", [(8, 10), (30, 100), (17, 60), (50, 30)])
def test_all_charts_of_depth_have_one_axis_on_which_the_size_of_the_output_is_marked(
    layers_and_width,
):
    explorer = explorers.Depth(*layers_and_width)
    low, high = reach_of([deeper[-1] for deeper in explorer.found.values()])
    assert low <= 1e-3 and high >= 1e3
    for page in live_frames(explorer):
        assert ">10⁰<" in page and f">10{superscript(round(np.log10(high)))}<" in page
    for deeper in explorer.found.values():
        deep = deeper[-1]
        shares = [s / deep.sizes[deep.layers] for s in deep.sizes[1:] if s]
        assert low <= min(shares) <= max(shares) <= high


def test_the_first_frame_of_depth_is_the_start_of_the_series():
    html = explorers.Depth(3, 4).still()
    labels = [(name, label) for name, _, _, label in buttons_of(html)]
    assert labels == [
        *(("activation", name) for name in explorers.DEEP_ACTIVATIONS),
        *(("start", name) for name in explorers.STARTS),
    ]
    checked = re.findall(r'name="(\w+)" value="(\d+)" checked>', html)
    assert checked == [("activation", "0"), ("start", "0")]


# What all of them share


def all_explorers():
    small = examples.small_network()
    return (
        explorers.Nudge(),
        explorers.Paths(*small),
        explorers.Shapes(),
        explorers.StepSize(*small),
        explorers.Depth(),
    )


def test_all_step_by_themselves_where_no_kernel_runs():
    for explorer in all_explorers():
        html = explorer.still()
        assert_well_formed(html)
        assert_steps_by_itself(html)
        assert "<script" not in html and " id=" not in html
        assert len(html.encode()) <= 300_000
        assert html == explorer.still()


def test_all_are_filmstrips_where_styles_are_stripped():
    for explorer in all_explorers():
        html = explorer.still()
        found = pictures(html)
        assert len(found) == len(frames_of(html)) >= 2
        assert all(len(alt) > 40 for alt, _ in found)


def test_those_that_ask_the_kernel_say_so():
    said = {type(explorer).__name__: explorer.note for explorer in all_explorers()}
    assert all("run this cell" in said[name] for name in ("Nudge", "Shapes"))
    assert said["Depth"].endswith(": explorers.Depth(layers=10, width=50, seed=1).")
    assert repr(explorers.Depth(layers=10, width=50, seed=1)).startswith("Depth: 10 layers of 50")
    assert said["Paths"] == said["StepSize"] == ""
    for explorer in all_explorers():
        assert explorer.note in explorer.still()


def test_only_pictures_of_rounding_errors_are_not_compared():
    varies = [' method="dialog" data-varies ' in explorer.still() for explorer in all_explorers()]
    assert varies == [False, False, False, True, False]
