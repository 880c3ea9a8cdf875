"""The picture of a step: well formed, readable, inside its frame, and it gives nothing away."""

import re
from copy import copy, deepcopy
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from test_steps import CASES, made, passes

from bp_helpers import Network
from bp_helpers.backprop import Trace
from bp_helpers.drawing.network import Scene, network
from bp_helpers.steps.notations import written_pass

SVG = "{http://www.w3.org/2000/svg}"

every = pytest.mark.parametrize(("case", "key", "cost", "ahead"), passes(["half_squared"]))
narrow = pytest.mark.parametrize(
    ("case", "key", "cost", "ahead"),
    [p for p in passes(["half_squared"]) if p.values[0] in ("chain", "2-3-2", "batch")],
)


def scenes(case, key, cost="half_squared", ahead=False, sample=0):
    net, x, y, _ = made(case, key, cost, ahead)
    p = written_pass(net, x, y, key, ahead)
    return [Scene(p, k, sample) for k in range(len(p.steps))]


def drawn(scene):
    return network(scene).svg()


def tree(scene):
    return ET.fromstring(drawn(scene))


def without(root, css):
    """A copy of the tree without the elements of a class."""
    root = deepcopy(root)
    for parent in list(root.iter()):
        for child in list(parent):
            if css in child.get("class", "").split():
                parent.remove(child)
    return root


def texts(root):
    return [element.text for element in root.iter("text")]


def boxes(root):
    for r in root.iter("rect"):
        x, y, width, height = (float(r.get(name)) for name in ("x", "y", "width", "height"))
        yield x, y, x + width, y + height


def apart(one, other):
    beside = one[2] <= other[0] or other[2] <= one[0]
    return beside or one[3] <= other[1] or other[3] <= one[1]


@every
def test_every_picture_is_well_formed_and_says_what_it_shows(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        for root, tag in (
            (tree(scene), "svg"),
            (ET.fromstring(network(scene).standalone()), f"{SVG}svg"),
        ):
            assert root.tag == tag
            assert root.get("role") == "img"
            assert scene.step.title.rstrip("?") in root.get("aria-label")
            assert f"Step {scene.k + 1} of {len(scene.steps)}" in root.get("aria-label")
        assert not re.search(r"\b(nan|inf|none)\b", drawn(scene).lower())


@every
def test_everything_lies_inside_the_picture(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        root = tree(scene)
        _, _, width, height = (float(v) for v in root.get("viewBox").split())
        spans = list(boxes(root))
        for c in root.iter("circle"):
            x, y, r = (float(c.get(name)) for name in ("cx", "cy", "r"))
            spans.append((x - r, y - r, x + r, y + r))
        for line in root.iter("line"):
            x1, y1, x2, y2 = (float(line.get(name)) for name in ("x1", "y1", "x2", "y2"))
            spans.append((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))
        for t in root.iter("text"):
            half = 0.3 * len(t.text) * (12 if t.get("class") == "bp-small" else 14)
            x, y = float(t.get("x")), float(t.get("y"))
            spans.append((x - half, y - 11, x + half, y + 3))
        for p in root.iter("path"):
            x, y, back = map(float, re.match(r"M(\S+) (\S+) l(\S+)", p.get("d")).groups())
            spans.append((min(x, x + back), y - 8, max(x, x + back), y + 8))
        for left, top, right, bottom in spans:
            assert 0 <= left <= right <= width, scene.step.writes
            assert 0 <= top <= bottom <= height, scene.step.writes


@every
def test_no_label_covers_another_label_or_a_neuron(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        root = tree(scene)
        for one, other in combinations(boxes(root), 2):
            assert apart(one, other), (scene.step.writes, one, other)
        for c in without(root, "bp-ring").iter("circle"):
            x, y, r = (float(c.get(name)) for name in ("cx", "cy", "r"))
            for left, top, right, bottom in boxes(root):
                dx, dy = x - np.clip(x, left, right), y - np.clip(y, top, bottom)
                assert np.hypot(dx, dy) >= r, (scene.step.writes, left, top)


@every
def test_label_is_as_wide_as_its_text(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        for group in tree(scene).iter("g"):
            rect = group.find("rect")
            if rect is not None:
                longest = max(texts(group), key=len)
                assert float(rect.get("width")) >= 6.5 * len(longest), longest


@narrow
def test_computed_numbers_stand_where_they_can_be_hidden(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        root = tree(scene)
        new = [text for g in root.iter("g") if g.get("class") == "bp-new" for text in texts(g)]
        asked = [text for g in root.iter("g") if g.get("class") == "bp-ask" for text in texts(g)]
        value = scene.step.value
        shown = value[:, [0]] if value.ndim == 2 and value.shape[1] == scene.p.y.shape[1] else value
        if scene.step.writes.name == "dC_da" and scene.step.writes.place:
            shown = value.ravel()[:1]  # one number for each sample, of which one is drawn
        assert len(new) == len(asked) == shown.size
        found = [re.search(r"([+−]?)([\d.]+)$", text).groups() for text in new]
        found = [float(sign.replace("−", "-") + digits) for sign, digits in found]
        # Edges are drawn neuron by neuron, as the rows of W are.
        np.testing.assert_allclose(found, shown.ravel(), atol=0.006)
        assert all("?" in text for text in asked)
        assert not [text for text in texts(without(root, "bp-ask")) if "?" in text]


def _otherwise(scene):
    """The same scene, had the step computed something else."""
    step, p, a = scene.step, copy(scene.p), list(scene.p.trace.a)
    value = 0.4711 - 3 * step.value[::-1] if step.value.ndim else step.value + 1
    if step.writes.name == "a":
        a[step.writes.layer] = value
    vars(p)["drawn"] = scene.p.drawn  # of a wide layer the same neurons are drawn in every step
    p.steps, p.trace = list(p.steps), Trace(tuple(a), p.trace.z)
    p.steps[scene.k] = replace(step, value=value)
    return replace(scene, p=p)


@every
def test_picture_before_the_reveal_does_not_depend_on_the_answer(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        pictures = []
        for each in (scene, _otherwise(scene)):
            root = without(tree(each), "bp-new")
            pictures.append(ET.tostring(root, encoding="unicode"))
        assert pictures[0] == pictures[1], scene.step.writes


@narrow
def test_later_results_are_not_drawn_yet(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        later = {step.writes for step in scene.steps[scene.k + 1 :]}
        tags = {
            "δ": {"delta"}, "dz": {"dz"}, "da": {"da"}, "σ′": {"da_dz"},
            "∂C/∂a": {"dC_da", "dC_daL"}, "∂a/∂b": {"da_db"}, "∂a⁽ᴸ⁾/∂a": {"daL_da"},
        }  # fmt: skip
        for l in range(1, scene.p.L + 1):
            for j in range(scene.p.net.sizes[l]):
                pill = scene.pill(l, j)
                assert pill is None or pill.writes not in later
        known = {step.writes.name for step in scene.steps[: scene.k + 1]}
        for text in texts(tree(scene)):
            assert all(n & known for tag, n in tags.items() if text.startswith(f"{tag} "))


def test_signs_are_told_by_more_than_colour():
    (scene, *_) = [s for s in scenes("2-3-2", "layers") if s.step.rule == "BP2"]
    root = tree(scene)
    styles = {line.get("class") for line in root.iter("line")}
    assert {"bp-plus", "bp-minus"} <= styles
    assert "line.bp-minus{stroke-dasharray" in network(scene).standalone()
    assert any(text.startswith("δ −") for text in texts(root))
    assert any(text.startswith("δ +") for text in texts(root))


@pytest.mark.parametrize("key", ["layers", "batch"])
def test_wide_layers_are_drawn_collapsed_and_say_how_many_neurons(key):
    for scene in scenes("784-16-16-10", key, ahead=True):
        root = tree(scene)
        circles = without(without(root, "bp-ring"), "bp-ask").iter("circle")
        per_layer = np.unique([c.get("cx") for c in circles], return_counts=True)[1]
        assert per_layer.tolist() == [4, 4, 4, 4]
        assert texts(root).count("⋮") == 4
        for n in (784, 16, 10):
            assert f"{n - 4} more of {n}" in texts(root)
        assert len(drawn(scene)) < 20_000


def test_drawn_neurons_of_a_wide_layer_are_the_ones_that_matter_and_are_named():
    (scene, *_) = scenes("784-16-16-10", "layers")
    strength = np.abs(scene.p.grads.delta[2][:, 0])
    assert set(scene.neurons(2)) == set(np.argsort(strength)[-4:])
    named = [t.text for t in tree(scene).iter("text") if t.get("class") == "bp-index"]
    assert named == [str(j) for layer in scene.p.drawn for j in layer if j is not None]


def test_step_of_one_neuron_lights_only_what_it_reads_and_writes():
    by_label = {s.step.label: s for s in scenes("2-3-2", "index")}
    root = tree(by_label["∂C/∂a₁⁽¹⁾"])
    bright = [line for line in root.iter("line") if line.get("class") in ("bp-plus", "bp-minus")]
    assert [line.get("class") for line in bright] == ["bp-minus", "bp-plus"]  # −1.3 and 1.2
    assert not [line for line in root.iter("line") if line.get("class") == "bp-under"]
    assert {"−1.30", "1.20"} <= set(texts(root)) or {"−1.3", "1.2"} <= set(texts(root))
    assert len([c for c in root.iter("circle") if c.get("class") == "bp-ring"]) == 1
    root = tree(by_label["∂C/∂w₀ₖ⁽²⁾"])
    assert len([line for line in root.iter("line") if line.get("class") == "bp-under"]) == 3


def test_drawn_sample_can_be_chosen_and_is_named():
    scenes_of = [scenes("batch", "layers", sample=i)[1] for i in range(4)]
    pictures = [drawn(scene) for scene in scenes_of]
    assert len(set(pictures)) == 4
    for i, (scene, picture) in enumerate(zip(scenes_of, pictures)):
        assert f"Drawn for sample {i + 1} of 4." in picture
        inside = [f"{v:.3f}" for v in scene.p.trace.a[1][:, i]]
        assert set(inside) <= set(texts(ET.fromstring(picture)))


def test_picture_is_the_same_every_time():
    for case in CASES:
        one, two = (drawn(scenes(case, "layers")[2]) for _ in range(2))
        assert one == two


def _widths(scene):
    """The widths of the bright lines, by the number that their labels show."""
    root = without(tree(scene), "bp-ask")
    lines = [e for e in root.iter("line") if e.get("class") in ("bp-plus", "bp-minus")]
    labels = [g for g in root.iter("g") if g.get("class") == "bp-label"]
    assert len(lines) == len(labels)
    return {float(texts(g)[0].replace("−", "-")): float(e.get("stroke-width"))
            for e, g in zip(lines, labels)}  # fmt: skip


@pytest.mark.parametrize(("label", "quantity"), [("∂C/∂W⁽²⁾", "made"), ("δ⁽¹⁾", "read")])
def test_line_is_as_thick_as_the_number_on_its_label_is_large(label, quantity):
    (scene,) = [s for s in scenes("2-3-2", "layers") if s.step.label == label]
    array = scene.step.value if quantity == "made" else scene.p.net.W[2]
    widths = _widths(scene)
    assert len(widths) == 6
    for number, width in widths.items():
        assert width == pytest.approx(1.2 + 3 * abs(number) / np.abs(array).max(), abs=0.06)


def test_label_is_nearest_to_its_own_line():
    for key in ("layers", "batch"):
        for scene in scenes("batch", key):
            root = without(tree(scene), "bp-ask")
            lines = [e for e in root.iter("line") if e.get("class") in ("bp-plus", "bp-minus")]
            for g, own in zip([g for g in root.iter("g") if g.get("class") == "bp-label"], lines):
                gaps = [abs(_gap(line, g)) for line in lines]
                assert min(gaps) == gaps[lines.index(own)] < 1, texts(g)


def _gap(line, label):
    """How far above or below a line the middle of a label is."""
    x, y = (float(next(label.iter("text")).get(name)) for name in "xy")
    x1, y1, x2, y2 = (float(line.get(name)) for name in ("x1", "y1", "x2", "y2"))
    return y - 4 - (y1 + (x - x1) / (x2 - x1) * (y2 - y1))


def test_numbers_that_are_zero_everywhere_can_be_drawn():
    p = written_pass(Network([([[0.0, 0.0]], 0.0), (0.0, 0.0)]), [0, 0], [0.5], "layers", True)
    for k in range(len(p.steps)):
        assert "nan" not in drawn(Scene(p, k))
