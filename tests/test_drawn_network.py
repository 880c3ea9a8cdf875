"""The picture of a step: well formed, readable, inside its frame, and it gives nothing away."""

import re
from copy import copy, deepcopy
from dataclasses import replace
from functools import cache
from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties, findfont, get_font
from test_steps import CASES, made, passes

from bp_helpers import Network, examples
from bp_helpers.drawing import layout
from bp_helpers.drawing.labels import HEIGHT
from bp_helpers.drawing.network import network
from bp_helpers.drawing.picture import style_sheet, wide
from bp_helpers.drawing.scene import Scene
from bp_helpers.steps.notations import notations_for, written_pass
from bp_helpers.steps.paths import written_paths
from bp_helpers.steps.step import KINDS

SVG = "{http://www.w3.org/2000/svg}"
FONT, RADIUS, RING, PILL, LABEL, OUTLINE = 18, 30, 36.2, 25, 22, 35.4  # as in picture.css
INDEX = -28, -26

every = pytest.mark.parametrize(("case", "key", "cost", "ahead"), passes(["half_squared"]))
narrow = pytest.mark.parametrize(
    ("case", "key", "cost", "ahead"),
    [p for p in passes(["half_squared"]) if p.values[0] in ("chain", "2-3-2", "batch")],
)


def _deep(sizes, m):
    rng = np.random.default_rng(0)
    net = Network.random(sizes, seed=0)
    return net, rng.uniform(size=(sizes[0], m)), rng.uniform(size=(sizes[-1], m))


DEEP = {
    "3 in 8 layers": _deep([3] * 9, 1),
    "a batch in 8 layers": _deep([3] * 9, 4),
    "1 in 12 layers": _deep([1] * 13, 1),
    "4 layers": _deep([2, 3, 4, 3, 2], 1),
    "wide and deep": _deep([30, 12, 12, 12, 12, 10], 128),
}
in_depth = pytest.mark.parametrize(
    ("name", "key"), [(n, key) for n, (net, x, _) in DEEP.items()
                      for key in notations_for(net, x.shape[1])],
)  # fmt: skip


@cache
def _pass(case, key, cost="half_squared", ahead=False):
    return written_pass(*made(case, key, cost, ahead)[:3], key, ahead)


@cache
def _deep_pass(name, key, ahead=True):
    return written_pass(*DEEP[name], key, ahead)


def _scenes_of(p, sample=0, unit="Step"):
    return [Scene(p, k, sample, unit) for k in range(len(p.steps))]


def scenes(case, key, cost="half_squared", ahead=False, sample=0):
    return _scenes_of(_pass(case, key, cost, ahead), sample)


@cache
def drawing(scene, predict=False):
    return network(scene, predict)


def drawn(scene, predict=False):
    return drawing(scene, predict).svg()


def tree(scene, predict=False):
    return ET.fromstring(drawn(scene, predict))


def stored(scene, predict=False):
    """The file of its own, as a tree without the namespace."""
    return ET.fromstring(drawing(scene, predict).standalone().replace(f' xmlns="{SVG[1:-1]}"', ""))


def has(element, css):
    return css in element.get("class", "").split()


def without(root, css):
    """A copy of the tree without the elements of a class."""
    root = deepcopy(root)
    for parent in list(root.iter()):
        for child in list(parent):
            if has(child, css):
                parent.remove(child)
    return root


def texts(root):
    return [element.text for element in root.iter("text")]


def of_class(root, css):
    return [element for element in root.iter() if has(element, css)]


def placed(root, x=0.0, y=0.0):
    """Every element with the place of its group in the picture."""
    for child in root:
        found = re.fullmatch(r"translate\((\S+) (\S+)\)", child.get("transform", ""))
        dx, dy = map(float, found.groups()) if found else (0, 0)
        yield child, x + dx, y + dy
        yield from placed(child, x + dx, y + dy)


def ends(path):
    """Where each of the lines of a path begins and ends."""
    found = re.findall(r"M(\S+?) (\S+?)L(\S+?) (\S+?)(?=M|$)", path.get("d"))
    return [tuple(map(float, line)) for line in found]


def touched_lines(root):
    return [path for path in root.iter("path") if has(path, "bp-plus") or has(path, "bp-minus")]


def boxes(root, outlines=True):
    """The boxes of pills and labels, with the second outline of those that are written."""
    for group, x, y in placed(root):
        rect = group.find("rect")
        if group.tag == "g" and rect is not None:
            more = (OUTLINE - PILL) / 2 if outlines and has(group, "bp-made") else 0
            half, high = float(rect.get("width")) / 2, PILL if has(group, "bp-pill") else LABEL
            assert float(rect.get("x")) == pytest.approx(-half, abs=0.06)
            yield x - half - more, y - high / 2 - more, x + half + more, y + high / 2 + more


def circles(root):
    for circle, x, y in placed(root):
        if circle.tag == "circle":
            yield x, y, RING if has(circle, "bp-ring") else RADIUS


def width_of(text):
    """As wide as a text is drawn, at most."""
    return float(text.get("textLength", wide(text.text, FONT)))


def lines_of_text(root):
    """The boxes of the figures of each text that is seen."""
    for text, dx, dy in placed(root):
        if text.tag == "text":
            x, y = dx + float(text.get("x", 0)), dy + float(text.get("y", 0))
            width, before = width_of(text), 0.5
            if has(text, "bp-index"):
                x, y, before = x + INDEX[0], y + INDEX[1], 1
            before = 0 if has(text, "bp-start") else 1 if has(text, "bp-end") else before
            yield x - before * width, y - 8, x + (1 - before) * width, y + 8


def apart(one, other):
    beside = one[2] <= other[0] or other[2] <= one[0]
    return beside or one[3] <= other[1] or other[3] <= one[1]


def assert_readable(scene, predict=False):
    """Nothing leaves the picture or its box, and nothing lies on something else."""
    root = tree(scene, predict)
    _, _, width, height = (float(v) for v in root.get("viewBox").split())
    assert width <= 640
    for seen in (without(root, "bp-ask"), without(root, "bp-new")):
        around = [(x - r, y - r, x + r, y + r) for x, y, r in circles(seen)]
        lines = [line for path in seen.iter("path") for line in ends(path)]
        across = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in lines]
        for box in (*boxes(seen), *around, *across, *lines_of_text(seen)):
            left, top, right, bottom = box
            assert 0 <= left <= right <= width and 0 <= top <= bottom <= height, box
        for one, other in combinations(boxes(seen), 2):
            assert apart(one, other), (scene.step.writes, one, other)
        for one, other in combinations(lines_of_text(seen), 2):
            assert apart(one, other), (scene.step.writes, one, other)
        _assert_fits(scene, seen)


def _assert_fits(scene, root):
    """Numbers fit into their neurons and their boxes, and no box covers a neuron."""
    for group in root.iter("g"):
        if has(group, "bp-node"):
            inside = [text for text in group.iter("text") if not has(text, "bp-index")]
            assert all(width_of(text) <= 2 * RADIUS - 2 for text in inside), texts(group)
        elif group.find("rect") is not None:
            room = float(group.find("rect").get("width"))
            assert all(width_of(text) <= room - 2 for text in group.iter("text")), texts(group)
    for x, y, r in circles(without(root, "bp-ring")):
        for left, top, right, bottom in boxes(root, outlines=False):
            dx, dy = x - np.clip(x, left, right), y - np.clip(y, top, bottom)
            assert np.hypot(dx, dy) >= r, (scene.step.writes, left, top)


@every
def test_every_picture_is_well_formed_and_says_what_it_shows(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        for predict in (False, True):
            for root in (tree(scene, predict), stored(scene, predict)):
                assert root.tag == "svg"
                assert root.get("role") == "img"
                assert f"Step {scene.k + 1} of {len(scene.steps)}: {scene.step.title}" in root.get(
                    "aria-label"
                )
            assert not re.search(r"\b(nan|inf|none)\b", drawn(scene, predict).lower())


@every
def test_nothing_leaves_the_picture_and_nothing_lies_on_something_else(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        assert_readable(scene)
        assert_readable(scene, predict=True)


@in_depth
def test_of_deep_networks_too(name, key):
    for scene in _scenes_of(_deep_pass(name, key)):
        assert_readable(scene, predict=True)


@pytest.mark.parametrize("scale", [1e-9, 1e5])
@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_with_tiny_and_large_numbers_too(scale, activation):
    net = Network.random([2, 3, 2], activation, seed=3)
    p = written_pass(net, [-0.31 * scale, 0.2 * scale], [-0.123 * scale, scale], "layers", True)
    for scene in _scenes_of(p):
        assert_readable(scene)


def test_no_text_is_small_and_the_style_draws_what_the_module_reckons_with():
    style = re.sub(r"\s", "", style_sheet())
    assert ".bp-networktext{font-size:18px;" in style
    assert f".bp-networkcircle{{r:{layout.RADIUS}px;" in style
    assert f".bp-pillrect{{y:-{layout.PILL / 2}px;height:{layout.PILL}px;" in style
    assert f".bp-labelrect{{y:-{HEIGHT // 2}px;height:{HEIGHT}px;" in style
    assert "translate(-{}px,-{}px)".format(*layout.INDEX) in style
    radius, stroke = map(float, re.search(r"bp-ring\{r:([\d.]+)px;stroke-width:([\d.]+)", style)
                         .groups())  # fmt: skip
    assert radius + stroke / 2 == pytest.approx(RING) and round(RING) == layout.RING
    assert f".bp-pillpath{{stroke-width:{OUTLINE};" in style
    for scene in scenes("784-16-16-10", "layers"):
        assert "font-size" not in drawn(scene)
        smaller = {"bp-small", "bp-axes", "bp-operator"}
        assert not smaller & {c for e in tree(scene).iter() for c in e.get("class", "").split()}


@pytest.mark.parametrize(
    ("case", "most"),
    [("chain", 200), ("2-3-2", 440), ("batch", 440), ("mixed", 500), ("784-16-16-10", 540)],
)
def test_pictures_are_not_too_high_and_all_of_one_pass_are_equally_high(case, most):
    (height,) = {drawing(scene).height for scene in scenes(case, "layers", ahead=True)}
    assert height <= most
    for name in DEEP:
        assert len({drawing(scene).height for scene in _scenes_of(_deep_pass(name, "layers"))}) == 1


def test_no_text_is_reckoned_narrower_than_in_a_wide_font():
    font = get_font(findfont(FontProperties("DejaVu Sans")))
    font.set_size(1000, 72)
    everything = {f"{kind.tag} +0.0123" for kind in KINDS.values()}
    for case in CASES:
        for scene in scenes(case, notations_for(*_network_of(case))[-1], ahead=True):
            everything |= set(texts(tree(scene)))
    for text in everything:
        measured = sum(font.load_char(ord(c)).linearHoriAdvance / 65536 for c in text)
        assert wide(text, 1000) >= 0.97 * measured, text


def _network_of(case):
    net, x, _ = CASES[case]("half_squared")
    return net, np.shape(x)[1]


@narrow
def test_computed_numbers_stand_where_they_can_be_hidden(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        root = tree(scene, predict=True)
        new = [text for g in of_class(root, "bp-new") for text in texts(g)]
        asked = [text for g in of_class(root, "bp-ask") for text in texts(g)]
        assert len(of_class(root, "bp-new")) == len(of_class(root, "bp-ask"))
        shown = _shown(scene)
        assert len(new) == len(asked) == shown.size
        found = [_number(text) for text in new]
        # Edges are drawn neuron by neuron, as the rows of W are.
        np.testing.assert_allclose(found, shown.ravel(), atol=0.006)
        assert all("?" in text for text in asked)
        assert not [text for text in texts(without(root, "bp-ask")) if "?" in text]


def _shown(scene):
    """What the step computes, as far as it belongs to the sample that is drawn."""
    value = scene.step.value
    if scene.step.writes.name == "dC_da" and scene.step.writes.place:
        return value.ravel()[:1]  # one number for each sample, of which one is drawn
    return value[:, [0]] if value.ndim == 2 and value.shape[1] == scene.p.m else value


def _number(text):
    sign, digits = re.search(r"([+−]?)(\d[\d.]*(?:e−?\d+)?)$", text).groups()
    return float(sign.replace("−", "-") + digits.replace("−", "-"))


@narrow
def test_numbers_that_are_there_already_are_the_right_ones_at_the_right_places(
    case, key, cost, ahead
):
    for scene in scenes(case, key, cost, ahead, sample=1 if case == "batch" else 0):
        p, root = scene.p, tree(scene)
        columns = sorted({x for x, _, _ in circles(root)})
        for group, x, _ in placed(root):
            if has(group, "bp-node"):
                l = columns.index(x)
                j = int(np.argmin(np.abs(_heights(root, x) - _middle(root, group))))
                a = p.trace.a[l][j, scene.sample]
                assert not texts(group) or _number(texts(group)[0]) == pytest.approx(a, abs=0.006)
        beside = [_number(text) for text in texts(root) if text.startswith("y = ")]
        np.testing.assert_allclose(beside, p.y[:, scene.sample], atol=0.006)
        for name, number, l, j in _pills(scene, root, columns):
            earlier = [s for s in scene.steps[: scene.k + 1] if s.writes.kind.tag == name]
            earlier = [s for s in earlier if s.writes.layer == l and s.writes.covers(l, j)]
            assert number == pytest.approx(scene.at_neuron(earlier[-1], j), abs=0.006)
        for read in scene.step.reads:
            if read.name == "W" and scene.step.writes.kind.at != "weights":
                labels = [_number(texts(g)[0]) for g in of_class(root, "bp-label")]
                np.testing.assert_allclose(labels, p.net.W[read.layer][read.picks].ravel())


def _middle(root, element):
    return next(y for each, _, y in placed(root) if each is element)


def _heights(root, x):
    return np.array(sorted({y for cx, y, _ in circles(root) if cx == x}))


def _pills(scene, root, columns):
    """The tag and the number of each pill, and the layer and the neuron under which it stands."""
    for group, x, y in placed(root):
        if has(group, "bp-pill") and "=" not in texts(group)[0]:
            tag, number = texts(group)[0].split(" ")
            above = _heights(root, x)
            yield tag, _number(number), columns.index(x), int(np.argmin(np.abs(above + 43 - y)))


@narrow
def test_numbers_keep_two_figures(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        root, shown = tree(scene), _shown(scene)
        new = [text for g in of_class(root, "bp-new") for text in texts(g)]
        largest = np.abs(shown).max()
        error = np.abs(np.array([_number(text) for text in new]) - shown.ravel()).max()
        assert error <= 0.5001 * 10 ** (np.floor(np.log10(largest or 1)) - 1), scene.step.label


@every
def test_a_picture_that_does_not_ask_has_no_question_marks(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        told = drawing(scene)
        assert told.asking is None
        assert "bp-ask" not in told.body
        assert not [text for text in texts(tree(scene)) if "?" in text]
        asking = tree(scene, predict=True)
        asking.set("aria-label", told.alt)
        shown = ET.tostring(without(asking, "bp-ask"), encoding="unicode")
        assert shown == ET.tostring(tree(scene), encoding="unicode")


@every
def test_a_file_that_asks_does_not_hold_the_answer(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        file, page = stored(scene, predict=True), tree(scene, predict=True)
        assert texts(file) == texts(without(page, "bp-new"))
        assert not of_class(file, "bp-new") and not of_class(file, "bp-ask")
        assert of_class(page, "bp-under") == [] or len(of_class(file, "bp-under")) == 1
        assert texts(stored(scene)) == texts(tree(scene))


def _otherwise(scene):
    """The same scene, had the step computed something else."""
    step, p, a = scene.step, copy(scene.p), list(scene.p.trace.a)
    value = 0.4711 - 3 * step.value[::-1] if step.value.ndim else step.value + 1
    if step.writes.name == "a":
        a[step.writes.layer] = value
    vars(p)["drawn"] = scene.p.drawn  # of a wide layer the same neurons are drawn in every step
    p.steps, p.trace = list(p.steps), replace(p.trace, a=tuple(a))
    p.steps[scene.k] = replace(step, value=value)
    return replace(scene, p=p)


@every
def test_picture_before_the_reveal_does_not_depend_on_the_answer(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        pictures, files = [], []
        for each in (scene, _otherwise(scene)):
            root = without(tree(each, predict=True), "bp-new")
            pictures.append(ET.tostring(root, encoding="unicode"))
            files.append(drawing(each, predict=True).standalone())
        assert pictures[0] == pictures[1], scene.step.writes
        assert files[0] == files[1], scene.step.writes


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
    assert {path.get("class") for path in touched_lines(root)} == {"bp-plus", "bp-minus"}
    file = drawing(scene).standalone()
    assert "path.bp-minus{stroke-dasharray" in file
    assert re.search(r"\.bp-pill\.bp-minus rect\{[^}]*stroke-dasharray", file)
    assert any(text.startswith("δ −") for text in texts(root))
    assert any(text.startswith("δ +") for text in texts(root))


@every
def test_what_is_written_has_a_double_outline_and_nothing_else_has(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        root, writes = tree(scene, predict=True), scene.step.writes
        for pill in of_class(root, "bp-pill"):
            outlines = [path.get("class") for path in pill.findall("path")]
            assert outlines == (["bp-ring", "bp-plain"] if has(pill, "bp-made") else [])
        made_pills = len(of_class(root, "bp-made"))
        rings = len([c for c in root.iter("circle") if has(c, "bp-ring")])
        under = [line for path in of_class(root, "bp-under") for line in ends(path)]
        if writes.kind.at == "weights":
            lines = [end for path in touched_lines(without(root, "bp-ask")) for end in ends(path)]
            assert (made_pills, rings) == (0, 0) and under and set(under) <= set(lines)
        elif writes.layer is None:
            assert (made_pills, rings, under) == (1, 0, [])
        else:
            assert made_pills == (0 if writes.name in ("a", "daL_da") and not made_pills else rings)
            assert rings and not under


@pytest.mark.parametrize("key", ["layers", "batch"])
def test_wide_layers_are_drawn_collapsed_and_say_how_many_neurons(key):
    for scene in scenes("784-16-16-10", key, ahead=True):
        root = tree(scene)
        columns = [x for x, _, _ in circles(without(root, "bp-ring"))]
        assert np.unique(columns, return_counts=True)[1].tolist() == [4, 4, 4, 4]
        for n in (784, 16, 10):
            assert f"⋮ {n - 4} more" in texts(root)
        assert len(drawn(scene, predict=True)) < 9_000


def test_drawn_neurons_of_a_wide_layer_are_the_ones_that_matter_and_are_named():
    (scene, *_) = scenes("784-16-16-10", "layers")
    strength = np.abs(scene.p.grads.delta[2][:, 0])
    assert set(scene.neurons(2)) == set(np.argsort(strength)[-4:])
    named = [text.text for text in of_class(tree(scene), "bp-index")]
    assert named == [str(j) for layer in scene.p.drawn for j in layer if j is not None]


def test_step_of_one_neuron_lights_only_what_it_reads_and_writes():
    by_label = {s.step.label: s for s in scenes("2-3-2", "index")}
    root = tree(by_label["∂C/∂a₁⁽¹⁾"])
    assert [path.get("class") for path in touched_lines(root)] == ["bp-minus", "bp-plus"]
    assert not of_class(root, "bp-under")
    assert {"−1.3", "1.2"} <= set(texts(root))
    assert len([c for c in root.iter("circle") if has(c, "bp-ring")]) == 1
    root = tree(by_label["∂C/∂w₀ₖ⁽²⁾"])
    (under,) = of_class(root, "bp-under")
    assert len(ends(under)) == len(touched_lines(root)) == 3


@narrow
def test_lines_of_weights_that_are_not_touched_are_one_path_for_each_layer(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        root = tree(scene, predict=True)
        plain = [path for path in root.iter("path") if has(path, "bp-off")]
        assert len(plain) <= scene.p.L
        pale = [end for path in plain for end in ends(path)]
        bright = {end for path in touched_lines(root) for end in ends(path)}
        everything = sum(W.size for W in scene.p.net.W[1:])
        assert len(set(pale)) == len(pale) and not bright & set(pale)
        assert len(pale) + len(bright) == everything


def test_drawn_sample_can_be_chosen_and_is_named():
    scenes_of = [scenes("batch", "layers", sample=i)[1] for i in range(4)]
    pictures = [drawn(scene) for scene in scenes_of]
    assert len(set(pictures)) == 4
    for i, (scene, picture) in enumerate(zip(scenes_of, pictures)):
        assert f"Drawn for sample {i} of 0 to 3." in picture
        inside = [f"{v:.3f}" for v in scene.p.trace.a[1][:, i]]
        assert {*inside, f"sample {i} of 0 to 3"} <= set(texts(ET.fromstring(picture)))
    assert not any("sample" in drawn(scene) for scene in scenes("2-3-2", "layers"))


def test_picture_is_the_same_every_time():
    for case in CASES:
        one, two = (network(scenes(case, "layers")[2], True).svg() for _ in range(2))
        assert one == two


def test_every_layer_keeps_its_place_in_every_step_and_notation():
    net, x, y = examples.batch()
    places = {
        tuple(sorted({x for x, _, _ in circles(tree(scene))}))
        for key in notations_for(net, 4)
        for sample in (0, 3)
        for scene in _scenes_of(written_pass(net, x, y, key, True), sample)
    }
    assert len(places) == 1


def _widths(scene):
    """The widths of the bright lines, by the number that their labels show."""
    root = tree(scene)
    lines, labels = touched_lines(root), of_class(root, "bp-label")
    assert len(lines) == len(labels)
    return {_number(texts(g)[0]): float(e.get("stroke-width")) for e, g in zip(lines, labels)}


@pytest.mark.parametrize(("label", "quantity"), [("∂C/∂W⁽²⁾", "made"), ("δ⁽¹⁾", "read")])
def test_line_is_as_thick_as_the_number_on_its_label_is_large(label, quantity):
    (scene,) = [s for s in scenes("2-3-2", "layers") if s.step.label == label]
    array = scene.step.value if quantity == "made" else scene.p.net.W[2]
    widths = _widths(scene)
    assert len(widths) == 6
    for number, width in widths.items():
        assert width == pytest.approx(1.5 + 3 * abs(number) / np.abs(array).max(), abs=0.08)
    for path, number in zip(touched_lines(tree(scene)), array.ravel()):
        exact = 1.5 + 3 * abs(number) / np.abs(array).max()
        assert float(path.get("stroke-width")) == pytest.approx(exact, abs=0.051)


def test_label_is_nearest_to_its_own_line():
    for key in ("layers", "batch"):
        for scene in scenes("batch", key):
            root = tree(scene)
            lines = touched_lines(root)
            places = [(x, y) for group, x, y in placed(root) if has(group, "bp-label")]
            for place, own in zip(places, lines, strict=True):
                gaps = [abs(_gap(line, *place)) for line in lines]
                assert min(gaps) == gaps[lines.index(own)] < 1


def _gap(line, x, y):
    """How far above or below a line a place is."""
    ((x1, y1, x2, y2),) = ends(line)
    return y - (y1 + (x - x1) / (x2 - x1) * (y2 - y1))


def test_labels_leave_the_lines_visible():
    """Of every line on which a label lies, a quarter at least can be seen, and of all a half."""
    for p in (_pass("2-3-2", "layers"), _pass("mixed", "layers"), _deep_pass("4 layers", "layers")):
        for scene in _scenes_of(p):
            root = tree(scene)
            labels = [
                (x, y, float(g.find("rect").get("width")) / 2)
                for g, x, y in placed(root)
                if has(g, "bp-label")
            ]
            hidden = [_behind(end, labels) for line in touched_lines(root) for end in ends(line)]
            assert not labels or (max(hidden) <= 0.75 and np.mean(hidden) <= 0.5), scene.step.label


def _behind(end, labels):
    along = np.linspace(0.05, 0.95, 200)[:, None]
    points = np.array(end[:2]) + along * np.subtract(end[2:], end[:2])
    inside = [(np.abs(points - (x, y)) < (half, LABEL / 2)).all(axis=1) for x, y, half in labels]
    return np.any(inside, axis=0).mean() if labels else 0


def test_the_label_of_a_line_in_a_row_of_neurons_stands_above_it():
    for scene in scenes("chain", "chain"):
        root = tree(scene)
        heights = [y for group, _, y in placed(root) if has(group, "bp-label")]
        for line, y in zip(touched_lines(root), heights, strict=True):
            assert ends(line)[0][1] - y > LABEL / 2 + 5


def test_numbers_that_are_zero_everywhere_can_be_drawn():
    p = written_pass(Network([([[0.0, 0.0]], 0.0), (0.0, 0.0)]), [0, 0], [0.5], "layers", True)
    for scene in _scenes_of(p):
        assert "nan" not in drawn(scene)
        assert_readable(scene)


# Deep networks.


@in_depth
def test_of_a_deep_network_at_most_four_layers_are_drawn_and_the_others_named(name, key):
    for scene in _scenes_of(_deep_pass(name, key)):
        root, L = tree(scene), scene.p.L
        headings = [t for t in texts(root) if re.fullmatch(r"(x = )?a⁽[⁰¹²³⁴⁵⁶⁷⁸⁹]+⁾", t)]
        digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
        shown = [int(re.search(r"⁽(.*)⁾", t)[1].translate(digits)) for t in headings]
        assert shown == scene.layers and len(shown) == 4
        named = [t for t in texts(root) if re.match(r"⋯ layer", t)]
        left_out = set()
        for t in named:
            first, *last = map(int, re.findall(r"\d+", t))
            left_out |= set(range(first, (last or [first])[0] + 1))
        assert left_out == set(range(L + 1)) - set(shown)
        assert texts(root).count("⋯") == len(named) > 0


@in_depth
def test_what_a_step_touches_is_in_the_window(name, key):
    for scene in _scenes_of(_deep_pass(name, key)):
        for q in (scene.step.writes, *scene.step.reads):
            assert (scene.p.L if q.layer is None else q.layer) in scene.layers, scene.step.label
            assert q.kind.at != "weights" or q.layer - 1 in scene.layers, scene.step.label
        root = tree(scene)
        assert touched_lines(root) or not any(
            q.kind.at == "weights" for q in (scene.step.writes, *scene.step.reads)
        )


def test_a_gap_between_the_layers_that_are_drawn_is_named_too():
    steps = _scenes_of(_deep_pass("3 in 8 layers", "jacobian"))
    (scene,) = [s for s in steps if s.step.label == "∂C/∂W⁽³⁾"]
    assert scene.layers == [2, 3, 4, 8]
    assert {"⋯ layers 0 and 1", "⋯ layers 5 to 7"} <= set(texts(tree(scene)))


def test_the_arrow_shows_how_far_the_whole_pass_has_come():
    def come(scene):
        line = of_class(tree(scene), "bp-done")[0]
        return abs(float(line.get("x2")) - float(line.get("x1")))

    for p in (_deep_pass("3 in 8 layers", "layers", False), _pass("2-3-2", "layers")):
        steps = _scenes_of(p)
        track = next(line for line in tree(steps[0]).iter("line") if not has(line, "bp-done"))
        for scene in steps:
            writes, L = scene.step.writes, p.L
            layer = L if writes.layer is None else writes.layer
            part = (L - layer + (0.5 if writes.kind.at == "weights" else 0)) / L
            track = next(line for line in tree(scene).iter("line") if not has(line, "bp-done"))
            whole = float(track.get("x2")) - float(track.get("x1"))
            assert come(scene) == pytest.approx(part * whole, abs=1)


def test_networks_of_up_to_three_layers_are_drawn_whole():
    for case in ("chain", "2-3-2", "784-16-16-10"):
        for scene in scenes(case, "layers"):
            assert scene.layers == list(range(scene.p.L + 1))
            assert "⋯" not in drawn(scene) and "Layers drawn" not in drawn(scene)


# The words of the picture.


def test_words_say_what_is_read_and_written_where_and_with_which_numbers():
    (scene,) = [s for s in scenes("2-3-2", "layers") if s.step.rule == "BP2"]
    assert drawing(scene).alt == (
        "Step 5 of 7: Pull δ⁽²⁾ back through W⁽²⁾. Read: W⁽²⁾ on the lines from layer 1 to layer 2 "
        "(0.7, −1.3, 0.9; −0.6, 1.2, 0.4), δ⁽²⁾ under the neurons of layer 2 (+0.147, −0.134), "
        "z⁽¹⁾; written: δ⁽¹⁾ under the neurons of layer 1 (+0.0407, −0.0828, +0.0159)."
    )
    assert drawing(scene, predict=True).alt.endswith(
        "written: δ⁽¹⁾ under the neurons of layer 1, for you to predict."
    )
    first = drawing(scenes("2-3-2", "layers")[0]).alt
    assert first == (
        "Step 1 of 7: How wrong is the output? Read: a⁽²⁾ in the neurons of layer 2 (0.695, "
        "0.460), y beside the outputs (0, 1); written: C below the outputs (0.388)."
    )
    by_label = {s.step.label: drawing(s).alt for s in scenes("2-3-2", "index")}
    assert (
        "W⁽²⁾ on the lines from neuron 1 of layer 1 to layer 2 (−1.3; 1.2)"
        in (by_label["∂C/∂a₁⁽¹⁾"])
    )
    assert "written: ∂C/∂a₁⁽¹⁾ under neuron 1 of layer 1 (" in by_label["∂C/∂a₁⁽¹⁾"]
    assert "on the lines from layer 0 to neuron 1 of layer 1 (" in by_label["∂C/∂w₁ₖ⁽¹⁾"]
    paths = _scenes_of(written_paths(*examples.small_network()), unit="Weight")
    assert "written: ∂C/∂w₀₁⁽¹⁾ on the line from neuron 1 of layer 0 to neuron 0 of layer 1 (" in (
        drawing(paths[1]).alt
    )


@every
def test_numbers_in_the_words_are_those_in_the_picture(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        words = drawing(scene).alt
        written = words.partition("; written: ")[2]
        seen = {re.split(" = | ", text)[-1] for text in texts(tree(scene))}
        for said in re.findall(r"\(([^()]*)\)", words):
            if not said.startswith("from "):
                assert set(re.split("[,;] ", said)) <= seen, (said, scene.step.label)
        new = [text.split(" ")[-1] for g in of_class(tree(scene), "bp-new") for text in texts(g)]
        if new:
            assert f"({', '.join(new)})" in written.replace("; ", ", "), scene.step.label


@every
def test_words_that_ask_leave_the_answer_out(case, key, cost, ahead):
    for scene in scenes(case, key, cost, ahead):
        told, asked = drawing(scene).alt, drawing(scene, predict=True).alt
        read, _, written = asked.partition("; written: ")
        assert told.startswith(read) or len(told) > 450  # where ranges stand for numbers
        what, _, rest = written.partition(", for you to predict.")
        assert told.partition("; written: ")[2].startswith(what) and told.endswith(rest)
        assert "(" not in what and "for you to predict" not in told


def test_words_are_not_too_long_and_name_what_is_left_out():
    for case in CASES:
        net, m = _network_of(case)
        for key in notations_for(net, m):
            for scene in scenes(case, key, ahead=True):
                assert len(drawing(scene).alt) <= 520
    for scene in scenes("784-16-16-10", "layers"):
        for l, n in enumerate(scene.p.net.sizes):
            drawn_ones = ", ".join(map(str, scene.neurons(l)))
            assert f"{drawn_ones} of {n} in layer {l}" in drawing(scene).alt
    for scene in _scenes_of(_deep_pass("a batch in 8 layers", "layers"), sample=2):
        words = drawing(scene).alt
        assert f"Layers drawn: {', '.join(map(str, scene.layers))} of 0 to 8." in words
        assert "Drawn for sample 2 of 0 to 3." in words


# The style.


def test_a_file_brings_only_the_rules_that_it_needs():
    (scene,) = [s for s in scenes("2-3-2", "layers") if s.step.rule == "BP2"]
    style = ET.fromstring(drawing(scene).standalone()).find(f"{SVG}style").text
    for name in ("bp-block", "bp-axes", "bp-cursor", "bp-index", "bp-ask", "data-jp", "@media"):
        assert name not in style
    for name in ("bp-pill", "bp-ring", "bp-off", "bp-track", "--bp-ink"):
        assert name in style
    assert "bp-index" in drawing(scenes("784-16-16-10", "layers")[0]).standalone()
    assert len(style) < 2_600


def test_high_contrast_has_colours_of_its_own():
    forced = style_sheet().partition("@media (forced-colors:active){")[2].partition("\n}")[0]
    for name in ("ink", "paper", "pale", "quiet", "figure", "green", "plus", "minus"):
        assert re.search(rf"--bp-{name}:(CanvasText|Canvas|Highlight)\b", forced), name


def test_sizes_of_the_stored_pictures():
    sizes = {
        case: max(
            len(drawing(scene, True).standalone().encode()) for scene in scenes(case, "layers")
        )
        for case in ("chain", "2-3-2", "784-16-16-10")
    }
    assert sizes["chain"] < 5_000 and sizes["2-3-2"] < 7_000 and sizes["784-16-16-10"] < 10_000
