"""The autograd of notebook 12, and the graphs that are drawn of anybody's nodes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from pages import assert_steps_by_itself, assert_well_formed, buttons_of, frames_of, pictures

from bp_helpers import Network, backpropagate, cost, examples, explorers
from bp_helpers.drawing.graph import _HIGH, _RING, _WIDTH, Edge, Sheet, graph_picture
from bp_helpers.drawing.picture import wide
from bp_helpers.steps.graph import MOST_IN_A_ROW, MOST_NODES, MOST_ROWS, Graph, traced

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks" / "12_from_deltas_to_autograd.ipynb"
SVG = "{http://www.w3.org/2000/svg}"
CASES = {
    "small": examples.small_network(),
    "batch": examples.batch(),
    "chain": examples.chain(),
    "4-3-5-2": (
        Network.random([4, 3, 5, 2], seed=3),
        np.random.default_rng(3).standard_normal((4, 6)),
        np.random.default_rng(4).uniform(0, 1, (2, 6)),
    ),
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@cache
def cells() -> dict[str, str]:
    """The code of the notebook, by the names of its cells."""
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return {c["id"]: "".join(c["source"]) for c in found if c["cell_type"] == "code"}


@cache
def autograd() -> SimpleNamespace:
    """What the cells of the autograd define, and the one that builds a network from it."""
    sigma = examples.small_network().net.sigma[1]
    names: dict[str, object] = {"np": np, "sigmoid": sigma.value, "dsigma": sigma.slope}
    engine = [source for name, source in cells().items() if name.startswith("autograd-")]
    program = cells()["as-graph"]
    exec("\n\n\n".join([*engine, program]), names)  # the text is that of our own notebook
    return SimpleNamespace(**names)


def distance(one: object, two: object) -> float:
    """How far apart two arrays are, relative to the second."""
    return float(np.linalg.norm(np.asarray(one) - two) / np.linalg.norm(two))


# The autograd.


def test_autograd_is_short() -> None:
    engine = [source for name, source in cells().items() if name.startswith("autograd-")]
    lines = [line for source in engine for line in source.splitlines() if line.strip()]
    assert 40 <= len(lines) <= 60
    assert max(len(source.splitlines()) for source in engine) <= 20


@each_case
def test_autograd_agrees_with_the_four_rules(case: tuple) -> None:
    net, x, y = case
    W, b, z, C = autograd().as_graph(net, x, y)
    autograd().backward(C)
    grads = backpropagate(net, x, y)
    assert float(C.value) == pytest.approx(cost(net, x, y), rel=1e-14)
    for l in range(1, net.L + 1):
        assert distance(W[l].grad, grads.W[l]) < 1e-12
        assert distance(b[l].grad, grads.b[l]) < 1e-12
        assert distance(z[l].grad, grads.delta[l] / np.shape(y)[1]) < 1e-12


def by_torch(net: Network, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    torch = pytest.importorskip("torch")
    given = [torch.tensor(v, requires_grad=True) for pair in zip(net.W, net.b) for v in pair if
             v is not None]  # fmt: skip
    a = torch.tensor(x)
    for W, b in zip(given[::2], given[1::2]):
        a = torch.sigmoid(W @ a + b)
    (((a - torch.tensor(y)) ** 2).sum() / (2 * y.shape[1])).backward()
    return [v.grad.numpy() for v in given]


def by_jax(net: Network, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    def jax_cost(given: list) -> object:
        a = x
        for W, b in zip(given[::2], given[1::2]):
            a = jax.nn.sigmoid(W @ a + b)
        return ((a - y) ** 2).sum() / (2 * y.shape[1])

    return jax.grad(jax_cost)([v for pair in zip(net.W[1:], net.b[1:]) for v in pair])


@pytest.mark.parametrize("framework", [by_torch, by_jax], ids=["torch", "jax"])
@each_case
def test_autograd_agrees_with_frameworks(case: tuple, framework: Callable) -> None:
    net, x, y = case
    theirs = framework(net, x, y)
    W, b, _, C = autograd().as_graph(net, x, y)
    autograd().backward(C)
    ours = [node for pair in zip(W[1:], b[1:]) for node in pair]
    assert max(distance(node.grad, other) for node, other in zip(ours, theirs)) < 1e-12


def test_cell_of_the_frameworks_says_that_it_passed_over_what_is_not_installed() -> None:
    net, xs, ys = examples.batch()
    names = {"find_spec": lambda name: None, "net": net, "xs": xs, "ys": ys}
    said: list[str] = []
    names["print"] = lambda *words, **_: said.append(" ".join(map(str, words)))
    exec(cells()["frameworks"], names)
    assert said == [
        f"{name} is not here, so it is passed over. To get it: %pip install {package}"
        for name, package in (("PyTorch", "torch"), ("JAX", "jax"))
    ]


# The graph as plain data.


def a_graph(case: tuple) -> tuple[object, list]:
    """The cost as a node, and all nodes in topological order."""
    C = autograd().as_graph(*case)[3]
    return C, autograd().order(C)


def named(value: object, name: str, *parents: tuple, op: str = "", **more: object) -> object:
    """A node of another class than that of the notebook."""
    node = SimpleNamespace(value=value, parents=list(parents), name=name, op=op, **more)
    return Hashed(node)


class Hashed:
    """An object that has what its namespace has, and nothing else."""

    def __init__(self, namespace: SimpleNamespace) -> None:
        vars(self).update(vars(namespace))


def cube() -> object:
    """f = h · (h · h), where h is used three times."""
    engine = autograd()
    x = engine.Node([[0.5]], name="x")
    h = engine.sigma(x)
    p = h @ h
    f = h @ p
    h.name, p.name, f.name = "h", "p", "f"
    return f


def shared() -> object:
    """A weight that is used in two layers, with four samples."""
    engine = autograd()
    W = engine.Node([[0.5, -1.0], [1.0, 0.3]], name="W")
    _, xs, ys = examples.batch()
    return engine.half_squared(engine.sigma(W @ engine.sigma(W @ engine.Node(xs, name="x"))), ys)


def graphs() -> dict[str, object]:
    """Outputs of every kind of graph that has an order and no trouble in it."""
    found = {name: a_graph(case)[0] for name, case in CASES.items()}
    return {**found, "cube": cube(), "shared": shared()}


def with_shortcuts(n: int, seed: int) -> object:
    """A graph of n numbers, each computed from one to three of those before it."""
    rng = np.random.default_rng(seed)
    nodes = [named(rng.standard_normal((1, 1)), "n0")]
    for k in range(1, n):
        before = rng.integers(max(0, k - 4), k, rng.integers(1, 4))
        parents = [(nodes[i], partial(np.multiply, rng.standard_normal())) for i in before]
        nodes.append(named(rng.standard_normal((1, 1)), f"n{k}", *parents, op="f"))
    return nodes[-1]


@pytest.mark.parametrize("name", graphs())
def test_traced_gradients_are_those_of_backward(name: str) -> None:
    output = graphs()[name]
    nodes = autograd().order(output)
    graph = traced(output)
    assert all(node.grad is None for node in nodes)  # it has only looked
    autograd().backward(output)
    if graph.total == len(graph.vertices):
        assert graph.total == len(nodes)
    for v, vertex in enumerate(graph.vertices):
        mine = [n for n in nodes if vertex.value.shape == n.value.shape
                and np.array_equal(n.value, vertex.value) and n.name == vertex.name]  # fmt: skip
        assert any(distance(graph.gradient(v), n.grad) < 1e-14 for n in mine), vertex.label


@pytest.mark.parametrize("seed", range(12))
def test_every_node_hands_on_once_when_all_of_its_shares_have_come(seed: int) -> None:
    graph = traced(with_shortcuts(9, seed))
    handed = [step.of for step in graph.steps]
    assert handed == sorted(set(handed)) and handed[0] == 0
    for k, step in enumerate(graph.steps):
        vertex = graph.vertices[step.of]
        assert len(graph.arrived(step.of, k - 1)) == vertex.uses
        assert [share.to for share in step.shares] == list(vertex.parents)
        if step.of:
            arrived = graph.arrived(step.of, k - 1)
            np.testing.assert_allclose(step.gradient, sum(s.value for s in arrived), rtol=1e-12)
            assert graph.arrived(step.of, k) == arrived
        for share in step.shares:
            assert graph.vertices[share.to].row > vertex.row
            if share.before is None:
                assert share.after is share.value
            else:
                np.testing.assert_array_equal(share.after, share.before + share.value)


def test_rows_are_the_longest_way_to_the_output() -> None:
    graph = traced(cube())
    assert [(v.name, v.row, v.uses) for v in graph.vertices] == [
        ("f", 0, 0), ("p", 1, 1), ("h", 2, 3), ("x", 3, 1),
    ]  # fmt: skip


def test_nodes_without_a_name_are_called_by_what_computed_them() -> None:
    graph = traced(a_graph(CASES["small"])[0])
    labels = [vertex.label for vertex in graph.vertices]
    assert labels == ["C", "a[2]", "z[2]", "W[2] @ a[1]", "b[2]", "W[2]", "a[1]", "z[1]",
                      "W[1] @ x", "b[1]", "W[1]", "x"]  # fmt: skip


def labels_of(output: object) -> list[str]:
    return [vertex.label for vertex in traced(output).vertices]


def test_nodes_that_would_be_called_the_same_are_numbered_from_the_inputs_on() -> None:
    x = named(1.0, "x")
    first = named(1.0, "", (named(1.0, ""), lambda g: g), (x, lambda g: g), op="f")
    second = named(1.0, "", (first, lambda g: g), (x, lambda g: g), op="f")
    assert labels_of(second) == ["f 2", "f 1", "a node", "x"]
    both = named(1.0, "", *[(named(1.0, ""), lambda g: g) for _ in range(2)], op="f")
    assert sorted(labels_of(both)) == ["f", "node 1", "node 2"]
    frame = frames_of(explorers.Graph(both).widget.deck_html)[0]
    assert "the share of node 2, and which number is the share of node 1?" in frame
    taken = named(1.0, "W 1", (named(1.0, "W"), lambda g: g), (named(1.0, "W"), lambda g: g))
    assert sorted(labels_of(taken)) == ["W 1", "W 2", "W 3"]
    nodes = [named(1.0, "c") for _ in range(2)]
    nodes[0].parents, nodes[1].parents = [(nodes[1], len)], [(nodes[0], len)]
    assert labels_of(nodes[0]) == ["c 2", "c 1"]


def test_a_product_is_called_by_its_factors_as_they_were_multiplied() -> None:
    rng = np.random.default_rng(5)
    A, B = named(rng.normal(size=(3, 3)), "A"), named(rng.normal(size=(3, 3)), "B")

    def of(op: str, value: np.ndarray, *parents: object) -> str:
        return labels_of(named(value, "", *[(p, lambda g: g) for p in parents], op=op))[0]

    assert of("@", A.value @ B.value, A, B) == of("@", A.value @ B.value, B, A) == "A @ B"
    assert of("@", B.value @ A.value, A, B) == "B @ A"
    assert of("−", A.value - B.value, B, A) == "A − B"
    assert of("/", A.value / B.value, A, B) == "A / B"
    assert of("@", A.value, A, B) == "@"  # whatever it is, it is no product of them
    assert of("@", np.ones((3, 1)), A, named(np.ones((2, 1)), "c")) == "@"
    assert of("max", A.value, A, B) == "max"
    assert of("tanh", A.value, A) == "tanh(A)"
    assert of("+", A.value + 1, A) == "+"


def test_long_names_are_cut() -> None:
    x = named(1.0, "a_very_long_name_that_nobody_would_ever_read_to_its_end", op="")
    y = named(1.0, "the_second_layer_before_sigmoid", (x, len), op="σ")
    z = named(1.0, "C", (y, len), (named(1.0, "two\nlines"), len), op="a_long_operation_as_well")
    graph = traced(z)
    labels = [vertex.label for vertex in graph.vertices]
    assert labels[1:] == ["the_second_layer_before_sigmoid", "two lines", x.name[:39] + "…"]
    picture = ET.fromstring(graph_picture(graph, 3).standalone())
    boxes = [g for g in picture.iter(f"{SVG}g") if "bp-vertex" in g.get("class", "")]
    names = [texts(box)[0] for box in boxes]
    assert names[0] == "C"
    assert re.fullmatch("the_sec[a-z_]*…", names[1]) and y.name.startswith(names[1][:-1])
    several = [(named(1.0, "many_of_them"), lambda g: g) for _ in range(4)]
    several[3][0].name = "another"
    found = ET.fromstring(graph_picture(traced(named(1.0, "f", *several)), 1).standalone())
    assert {"m… 1", "m… 2", "m… 3"} <= {re.sub("m.*…", "m…", t) for t in texts(found)}
    assert texts(found).count("number") == 1  # there is no room for it
    for element in (*picture.iter(f"{SVG}text"), *found.iter(f"{SVG}text")):
        room = float(element.get("textLength", 1e9))
        assert room >= 0.79 * wide(element.text or "", 14), element.text


# What is shown.


def test_numbers_of_unlike_sizes_are_not_told_as_0() -> None:
    x = named(np.array([1.0, 2.0]), "x")
    f = named(1.0, "f", (x, lambda g: np.array([1e-15, 9])), op="f")
    panel = explorers.Graph(f, predict=False)
    frames = frames_of(panel.widget.deck_html)
    assert all("A number that is tiny beside the largest is written 0." in f for f in frames)
    found = [texts(picture) for _, picture in pictures(panel.still())]
    assert all("+1.00e−15 … +9" in words for words in found)
    wide_ = named(np.ones(9), "x")
    f = named(1.0, "f", (wide_, lambda g: np.array([2e12, 1e-15, *[0] * 7])), op="f")
    assert "+1.00e−15 at [1]" in explorers.Graph(f).still()


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def figures(text: str) -> list[float]:
    """The numbers in a text, as floats."""
    plain = text.replace("−", "-")
    return [float(n) for n in re.findall(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?", plain)]


def tables(html: str) -> list[np.ndarray]:
    """The values of the equations in a card: tables, or single numbers."""
    found = []
    for equation in re.findall(r'<div class="bp-eq".*?</div>', html):
        rows = re.findall(r"<tr>(.*?)</tr>", equation)
        if rows:
            found.append(np.array([[figures(c)[0] for c in re.findall(r"<td>(.*?)</td>", r)]
                                   for r in rows]))  # fmt: skip
        else:
            number = re.findall(r'bp-num">(.*?)</span>', equation)[-1]
            found.append(np.array([[figures(number)[0]]]))
    return found


def assert_shown(shown: np.ndarray, value: np.ndarray) -> None:
    assert shown.shape == np.atleast_2d(value).shape
    largest = np.abs(value).max(initial=0)
    np.testing.assert_allclose(shown, np.atleast_2d(value), atol=0.006 * largest + 1e-12)


@pytest.mark.parametrize("name", ["small", "batch", "chain", "cube", "shared"])
def test_every_card_shows_what_is_handed_on(name: str) -> None:
    panel = explorers.Graph(graphs()[name])
    graph, frames = panel.graph, frames_of(panel.widget.deck_html)
    assert len(frames) == len(graph.steps) + 1
    for k, (step, frame) in enumerate(zip(graph.steps, frames)):
        card = frame.partition('class="bp-card"')[2]
        vertex = graph.vertices[step.of]
        assert f"Step {k + 1} of {len(graph.steps)}<" in card
        assert f"<strong>{vertex.label} hands its gradient on</strong>" in card
        assert vertex.op in card
        wanted = [step.gradient]
        heads = re.findall(r'<div class="bp-answer">(.*?)</div>', card)
        earlier = {share.to: len(graph.arrived(share.to, k - 1)) for share in step.shares}
        for share, head in zip(step.shares, heads, strict=True):
            parent = graph.vertices[share.to]
            earlier[share.to] += 1
            which = f"share {earlier[share.to]} of {parent.uses}"
            assert head == f"To {parent.label}, of shape {parent.value.shape}: {which}"
            wanted.append(share.value)
            if share.before is not None:
                wanted.append(share.after)
        for shown, value in zip(tables(card), wanted, strict=True):
            assert_shown(shown, value)
        added = sum(share.before is not None for share in step.shares)
        assert card.count("Nothing is there yet.") == len(step.shares) - added
        assert card.count("put in its place") == added
    after = f"After all {len(graph.steps)} steps"
    assert f"{after}<" in frames[-1] and f'aria-label="{after}: What has arrived' in frames[-1]
    assert_ending_is_right(graph, frames[-1])


def assert_ending_is_right(graph: Graph, frame: str) -> None:
    card = frame.partition('class="bp-card"')[2]
    ends = [v for v, vertex in enumerate(graph.vertices) if not vertex.parents]
    for shown, v in zip(tables(card), ends, strict=True):
        assert_shown(shown, graph.gradient(v))
        assert f">gradient of {graph.vertices[v].label}<" in card


def test_a_single_number_that_is_added_is_told_with_what_is_there() -> None:
    frame = frames_of(explorers.Graph(cube()).widget.deck_html)[1]
    assert "+0.387 to what is there, +0.387: added" in frame
    assert "+0.387 to what is there, +0.775: added" in frame


def test_a_repeated_bias_is_told() -> None:
    panel = explorers.Graph(a_graph(CASES["batch"])[0])
    told = [f for f in frames_of(panel.widget.deck_html) if "was repeated" in f]
    assert len(told) == 2
    assert "b[2] was repeated, from shape (2, 1) to (2, 4): the shares" in told[0]
    single = explorers.Graph(a_graph(CASES["small"])[0]).widget.deck_html
    assert "was repeated" not in single


@pytest.mark.parametrize("name", ["small", "batch", "cube", "shared"])
def test_every_picture_shows_what_has_arrived(name: str) -> None:
    graph = traced(graphs()[name])
    for k in range(len(graph.steps) + 1):
        picture = ET.fromstring(graph_picture(graph, k).standalone())
        boxes = {}
        for group in picture.iter(f"{SVG}g"):
            if "bp-vertex" in group.get("class", ""):
                boxes[len(boxes)] = (group.get("class").split(), texts(group))
        assert len(boxes) == len(graph.vertices)
        step = graph.steps[k] if k < len(graph.steps) else None
        for v, (css, words) in boxes.items():
            vertex, shares = graph.vertices[v], graph.arrived(v, k)
            assert ("bp-read" in css) == (step is not None and step.of == v)
            assert ("bp-made" in css) == (step is not None and v in [s.to for s in step.shares])
            by = f", by {vertex.op}" if vertex.name and vertex.op else ""
            assert words[0] == f"{vertex.label}{by}"
            assert words[1] == (str(vertex.value.shape) if vertex.value.ndim else "number")
            assert_text_is_of(words[2], vertex.value)
            if not shares and v:
                assert words[3:] == ["–"]
                continue
            several = vertex.uses > 1 and v > 0
            wanted = f"{len(shares)} of {vertex.uses} shares" if several else "gradient"
            assert words[3] == wanted
            assert_text_is_of(words[4], shares[-1].after if shares else graph.gradient(0))


def assert_text_is_of(text: str, value: np.ndarray) -> None:
    """All numbers of an array are written, or the smallest and the largest, or its shape."""
    if text.startswith("shape"):
        assert text == f"shape {value.shape}"
        return
    right = value.T.ravel() if value.ndim == 2 and value.shape[1] == 1 else value.ravel()
    if "…" in text:  # each end rounded as it is written, with three decimals or fewer
        right = np.array([value.min(), value.max()])
        written = re.findall(r"\.(\d+)", text)
        assert all(len(digits) <= 3 for digits in written)
        last = 10.0 ** -max(map(len, written), default=0)
        np.testing.assert_allclose(figures(text), right, atol=0.501 * last, rtol=0)
        assert np.array_equal(np.sign(figures(text)), np.sign(right))
        return
    np.testing.assert_allclose(
        figures(text), right, atol=0.006 * np.abs(value).max(initial=0) + 0.005 * (value.size < 4)
    )
    assert np.array_equal(np.sign(figures(text)), np.sign(right))


def test_lines_have_arrows_once_something_has_gone_along_them() -> None:
    graph = traced(a_graph(CASES["small"])[0])
    gone = 0
    for k, step in enumerate(graph.steps):
        picture = ET.fromstring(graph_picture(graph, k).standalone())
        css = [path.get("class") for path in picture.iter(f"{SVG}path")]
        gone += len(step.shares)
        assert css.count("bp-head") == gone
        assert css.count("bp-handed bp-now") == len(step.shares)
        assert css.count("bp-off") == len(Sheet(graph).edges) - gone
        now = [p for p in picture.iter(f"{SVG}path") if "bp-now" in (p.get("class") or "")]
        start = {tuple(figures(p.get("d"))[:2]) for p in now}
        x, y = Sheet(graph).x[step.of], Sheet(graph).y(graph.vertices[step.of].row)
        assert all(abs(px - x) < 150 and py == round(y - _HIGH / 2) for px, py in start)


def test_heads_of_arrows_stand_outside_the_frame_of_what_they_lead_to() -> None:
    for output in (cube(), with_shortcuts(14, 4)):
        graph = traced(output)
        sheet = Sheet(graph)
        bottoms = {
            round(sheet.y(vertex.row) + _HIGH / 2): sheet.graph.vertices[v]
            for v, vertex in enumerate(graph.vertices)
        }
        for k, step in enumerate(graph.steps):
            picture = ET.fromstring(graph_picture(graph, k).standalone())
            paths = {css: [p.get("d") for p in picture.iter(f"{SVG}path")
                           if (p.get("class") or "").startswith(css)]
                     for css in ("bp-head", "bp-handed")}  # fmt: skip
            made = [share.to for share in step.shares]
            rows = [graph.vertices[v].row for v in made]
            for head, line in zip(paths["bp-head"], paths["bp-handed"], strict=True):
                x, tip = figures(head)[:2]
                above, bottom = min((tip - y, y) for y in bottoms if y <= tip)
                assert above == (_RING if bottoms[bottom].row in rows else 1)
                assert figures(line)[-2:] == [x, tip + 9]  # upright, and the line ends at its foot


def test_a_graph_has_a_size_for_a_projector() -> None:
    panel = explorers.Graph(cube(), size="lecture")
    assert "bp-still bp-lecture" in panel.still() and panel.widget.size == "bp-lecture"
    assert_steps_by_itself(panel.still())
    # All text of the picture has the size of the style sheet, 14 of 640.
    for _, picture in pictures(panel.still()):
        assert not any("bp-small" in (e.get("class") or "") for e in picture.iter())
    assert "flex-basis:max(826px,62cqw)" in panel.still() and 14 * 826 / 640 >= 18
    with pytest.raises(ValueError, match="size is 'huge'"):
        explorers.Graph(cube(), size="huge")


@pytest.mark.parametrize("seed", range(15))
def test_boxes_and_lines_keep_clear_of_one_another(seed: int) -> None:
    sheet = Sheet(traced(with_shortcuts(10 + seed, seed)))
    boxes = {
        v: (sheet.x[v], sheet.y(vertex.row), sheet.widths[vertex.row] / 2)
        for v, vertex in enumerate(sheet.graph.vertices)
    }
    for v, (x, y, half) in boxes.items():
        assert half >= 60
        assert half <= x <= _WIDTH - half and _HIGH / 2 <= y <= sheet.height - _HIGH / 2
        for w, (x2, y2, half2) in boxes.items():
            assert v == w or abs(y - y2) > _HIGH or abs(x - x2) >= half + half2
    for edge in sheet.edges:
        for start, end in pairwise(sheet.points(edge)):
            for t in np.linspace(0, 1, 40):
                px, py = (1 - t) * np.array(start) + t * np.array(end)
                for v, (x, y, half) in boxes.items():
                    if v not in (edge.child, edge.parent):
                        assert abs(px - x) >= half or abs(py - y) >= _HIGH / 2 - 1e-9, (edge, v)


def test_two_lines_between_the_same_nodes_do_not_cross() -> None:
    sheet = Sheet(traced(cube()))
    first, second = (sheet.points(e) for e in sheet.edges if e[::2] == Edge(1, 0, 2)[::2])
    assert len(first) == len(second) == 2
    assert first[0][0] < second[0][0] and first[1][0] < second[1][0]


# Without a kernel, and without styles.


@pytest.mark.parametrize("name", graphs())
def test_it_steps_by_itself_and_is_a_filmstrip_without_styles(name: str) -> None:
    panel = explorers.Graph(graphs()[name])
    html = panel.still()
    assert_well_formed(html)
    assert_steps_by_itself(html)
    assert (
        "<script" not in html
        and " id=" not in html
        and "0x" not in re.sub('base64,[^"]*', "", html)
    )
    assert len(html.encode()) <= 300_000
    assert html == explorers.Graph(graphs()[name]).still()
    found = pictures(html)
    assert len(found) == len(frames_of(html)) >= 2
    assert all(len(alt) > 60 for alt, _ in found)
    steps, stored = len(panel.graph.steps) + 1, len(found)
    labels = [label for *_, label in buttons_of(html)]
    names = [panel.graph.vertices[s.of].label for s in panel.graph.steps] + ["the end"]
    assert panel.note == "" and labels == names[:stored]
    rest = f"What comes after step {stored} is not stored here: run this cell to see it."
    assert (rest in html) == ("run this cell" in html) == (stored < steps)


def test_what_is_asked_for_is_neither_in_the_image_nor_in_its_words() -> None:
    panel = explorers.Graph(cube())
    for k, (alt, picture) in enumerate(pictures(panel.still())[:-1]):
        made = [g for g in picture.iter(f"{SVG}g") if "bp-made" in g.get("class", "")]
        assert len(made) == len({share.to for share in panel.graph.steps[k].shares})
        assert all(texts(box)[3:] == ["gradient", "?"] for box in made)
        assert "is for you to predict" in alt and "share" not in alt
    live = panel.widget.deck_html
    assert live.count('class="bp-ask"') == live.count('class="bp-new"') == 4
    told = explorers.Graph(cube(), predict=False)
    assert "bp-ask" not in told.widget.deck_html and "<details open>" in told.widget.deck_html
    assert all("?" not in texts(picture) for _, picture in pictures(told.still()))


def test_question_names_every_parent_once() -> None:
    frames = frames_of(explorers.Graph(cube()).widget.deck_html)
    assert (
        "reveal: which number is the share of h, and which number is the share of p, and is "
        "anything there already?<"
    ) in frames[0]
    assert "reveal: which numbers are the shares of h, and is anything there al" in frames[1]
    assert "reveal: which number is the share of x?<" in frames[2]


def test_question_is_one_that_the_frame_does_not_answer() -> None:
    small, wide = np.ones((2, 3)), np.ones((2, 30))
    once, twice = named(small, "once"), named(small, "twice")
    many = named(wide, "many")
    parents = [(node, lambda g, s=node.value.shape: np.ones(s)) for node in (once, twice, many)]
    frame = frames_of(explorers.Graph(named(1.0, "f", *parents, parents[1])).widget.deck_html)[0]
    assert (
        "reveal: which signs has the share of once, and which signs have the shares of twice, and "
        "which sign has the entry furthest from 0 in the share of many, and is anything there"
    ) in frame


def test_alt_tells_who_hands_what_to_whom() -> None:
    graph = traced(cube())
    alts = [graph_picture(graph, k).alt for k in range(4)]
    assert alts[0] == (
        "A graph of 4 nodes, from the inputs at the top to f at the bottom. f has its gradient, "
        "+1, and hands on to h (share 1 of 3) and p (share 1 of 1)."
    )
    assert (
        "p has its gradient, +0.622, and hands on to h (share 2 of 3) and h (share 3 of" in alts[1]
    )
    assert alts[3].endswith("The gradients at its ends: x: +0.273.")


# The node's own grad.


def test_own_grad_is_compared() -> None:
    f = cube()
    every = "Its own grad is None, and so are the others: nothing is in them yet."
    assert [traced(f).verdict(v) for v in range(4)] == [every, "", "", ""]
    assert "None: nothing is in it" in traced(named(1.0, "one", grad=None)).verdict(0)
    autograd().backward(f)
    assert {traced(f).verdict(v) for v in range(4)} == {"Its own grad holds the same."}
    autograd().backward(f)
    assert traced(f).verdict(3) == (
        "Its own grad holds twice what it should be. Did backward run again, without clearing?"
    )
    f.grad = -np.ones((1, 1))
    assert traced(f).verdict(0) == "Its own grad holds minus what it should be."
    f.grad = np.ones((2, 1))
    assert traced(f).verdict(0) == "Its own grad has shape (2, 1), but should have (1, 1)."
    for nothing in ("none", []):
        f.grad = nothing
        told = "Its own grad holds no numbers, but should have shape (1, 1)."
        assert traced(f).verdict(0) == told
    f.grad = None
    assert traced(f).verdict(0) == "Its own grad is None: nothing is in it yet."
    assert traced(f).verdict(3).startswith("Its own grad holds twice")
    f.grad = np.array(1.0)  # of another shape, but one number as well
    assert traced(f).verdict(0) == "Its own grad holds the same."
    assert traced(named(1.0, "one")).verdict(0) == ""
    wrong = named(np.array([1.0, 2.0]), "v", grad=np.array([1.0, 3.0]))
    assert traced(wrong).verdict(0) == "Its own grad holds other numbers."
    assert "Its own grad holds minus" not in explorers.Graph(cube()).still()


@pytest.mark.parametrize(
    ("grad", "said"),
    [
        ([1, np.nan], "numbers that are not finite."),
        ([1, np.inf], "numbers that are not finite."),
        ([1, 1 + 1e-12], "the same."),
        ([1, 1 + 1e-7], "nearly the same."),
        ([1 + 1e-7, 1 + 1e-7], "nearly the same."),
        ([1, 1 + 1e-4], "other numbers."),
        ([1 + 1e-4, 1 + 1e-4], "1.0001 times what it should be."),
        ([2, 2 + 1e-7], "nearly twice what it should be. Did backward run again, without clear"),
        ([3, 3], "3 times what it should be. Did backward run again, without clearing?"),
        ([0.5, 0.5], "half of what it should be."),
        ([1.5, 1.5], "1.5 times what it should be."),
        ([0, 0], "0 everywhere."),
        ([1e300, 1e300], "1e+300 times what it should be."),
        ([1, -1], "other numbers."),
    ],
)
def test_own_grad_is_compared_however_it_is_wrong(grad: list, said: str) -> None:
    node = named(np.ones(2), "v", grad=np.array(grad))
    assert traced(node).verdict(0).startswith(f"Its own grad holds {said}")
    assert_well_formed(explorers.Graph(node).still())


def test_own_grad_beside_gradients_that_are_0_or_large() -> None:
    for right, grad, said in (
        (0.0, 0.0, "the same."), (0.0, 1e-300, "other numbers."), (1e200, 1e200, "the same."),
        (1e200, 2e200, "twice what"), (1e200, 1e-200, "0 every"), (1e-200, 1e200, "other numbers."),
    ):  # fmt: skip
        x = named(1.0, "x", grad=np.array(grad))
        graph = traced(named(1.0, "f", (x, lambda g, right=right: right), op="f"))
        assert graph.verdict(1).removeprefix("Its own grad holds ").startswith(said), (right, grad)


def test_shares_whose_sum_is_too_large_are_told() -> None:
    x = named(1.0, "x", grad=np.array(1.0))
    f = named(1.0, "f", (x, lambda g: 1.7e308), (x, lambda g: 1.7e308), op="f")
    panel = explorers.Graph(f)
    assert "with numbers that are not finite" in frames_of(panel.widget.deck_html)[1]
    assert panel.graph.verdict(1) == "Its own grad holds other numbers."
    assert_well_formed(panel.still())


def test_own_grad_is_told_in_the_cards() -> None:
    f = cube()
    frames = frames_of(explorers.Graph(f).widget.deck_html)
    assert ["Its own grad is None" in frame for frame in frames] == [True, False, False, False]
    autograd().backward(f)
    autograd().backward(f)
    frames = frames_of(explorers.Graph(f).widget.deck_html)
    assert all("twice what it should be" in frame for frame in frames)


# Graphs that are none, or no good ones.


def test_one_node() -> None:
    panel = explorers.Graph(named(3.0, "lonely"))
    (frame,) = frames_of(panel.widget.deck_html)
    assert "One node, and no parents" in frame
    assert "lonely was not computed from anything: nothing is handed on." in frame
    assert repr(panel) == "Graph: no steps back through 1 node"
    assert_well_formed(panel.still())
    assert_steps_by_itself(panel.still())


@pytest.mark.parametrize("n", [1, 2, 5, 30])
def test_a_circle_is_drawn_and_said(n: int) -> None:
    nodes = [named(np.array([[1.0]]), f"c{i}") for i in range(n)]
    for one, other in zip(nodes, [*nodes[1:], nodes[0]]):
        one.parents = [(other, lambda g: g)]
    output = named(np.array([[2.0]]), "out", (nodes[0], lambda g: g), op="f")
    for start in (output, nodes[0]):
        panel = explorers.Graph(start)
        (frame,) = frames_of(panel.widget.deck_html)
        assert "This graph goes round in a circle" in frame
        assert "So there is no order" in frame
        assert frame.count("bp-circle") == 1
        assert frame.count(">circle</text>") == 1
        after = "others that are not drawn" if n > MOST_ROWS else "c0"
        last, rest = f"c{min(n, MOST_ROWS) - 1} from {after}.", ", and the last from the first:"
        told = f"from the next{rest * (n <= MOST_ROWS)}{':' * (n > MOST_ROWS)} c0 from c1"
        assert (f"{last} So" in frame and told in frame) == (n > 1)
        assert ("c0 is computed from itself. So" in frame) == (n == 1)
        picture = ET.fromstring(graph_picture(panel.graph, 0).standalone())
        (line,) = (p for p in picture.iter(f"{SVG}path") if p.get("class") == "bp-circle")
        assert (line.get("d").count("M") == 2) == (n > MOST_ROWS)
        assert texts(picture).count("⋯") == 2 * (n > MOST_ROWS)
        assert ("others that are not drawn" in frame.split(">")[0] + graph_picture(
            panel.graph, 0).alt) == (n > MOST_ROWS)  # fmt: skip
        assert repr(panel).startswith("Graph: a circle among ")
        assert ("Drawn: 12 of" in frame) == (n > MOST_ROWS)
        assert_well_formed(panel.still())


def test_numbers_that_were_repeated_and_not_added_up_are_told() -> None:
    b = named(np.zeros((2, 1)), "b")
    a = named(np.ones((2, 3)), "a")
    s = named(np.ones((2, 3)), "s", (a, lambda g: g), (b, lambda g: g), op="+")
    after = named(np.ones((2, 3)), "t", (s, lambda g: g @ g), op="f")
    ends = named(np.array(6.0), "C", (s, lambda g: g * np.ones((2, 3))), op="sum")
    frame = frames_of(explorers.Graph(ends).widget.deck_html)[1]
    assert "The share has shape (2, 3), but b has shape (2, 1). Numbers that were rep" in frame
    assert "does not fit" in frame
    frames = frames_of(explorers.Graph(after).widget.deck_html)
    assert "The vjp does not give a share: ValueError: matmul" in frames[0]
    assert "s can hand nothing on" in frames[1] and "is not known" in frames[1]
    assert "b: a share does not fit" not in frames[0]
    assert [f"{name}: a share is missing." in frames[2] for name in "ab"] == [True, True]
    assert "A share that it should have got is missing" in frames[1]


def test_a_share_that_does_not_fit_is_not_made_good_by_a_later_one() -> None:
    x = named(np.ones((2, 1)), "x")
    s = named(np.ones((2, 1)), "s", (x, lambda g: g.T), (x, lambda g: g), op="f")
    graph = traced(s)
    assert graph.gradient(1) is None
    assert graph.steps[0].shares[0].trouble.endswith("It should be transposed.")
    html = explorers.Graph(s, predict=False).still()
    assert_well_formed(html)
    assert "Another share does not fit, so there is no sum." in html
    assert "x: a share does not fit." in html
    for _, picture in pictures(html):
        assert texts(picture).count("does not fit") == 1 and "2 of 2 shares" in texts(picture)


@pytest.mark.parametrize(
    ("share", "said", "lack"),
    [
        (np.nan, "The share holds numbers that are not finite.", "is not finite"),
        ("ink", "The vjp does not give a share: ValueError: The share is", "is missing"),
        (None, ">The vjp returns None.<", "is missing"),
        (1j, "real numbers only", "is missing"),
        (np.ones(2), "The share has shape (2,), but x has shape ()", "does not fit"),
    ],
)
def test_what_is_no_share_is_told(share: object, said: str, lack: str) -> None:
    x = named(1.0, "x")
    panel = explorers.Graph(named(1.0, "f", (x, lambda g: share), op="f"), predict=False)
    frames = frames_of(panel.widget.deck_html)
    assert said in frames[0] and f"x: a share {lack}." in frames[1]
    assert_well_formed(panel.still())
    assert all(lack in texts(picture) for _, picture in pictures(panel.still()))


def test_a_long_message_of_a_vjp_ends_with_dots() -> None:
    def raises(_g: object) -> None:
        raise RuntimeError("ink " * 100)

    graph = traced(named(1.0, "f", (named(1.0, "x"), raises)))
    trouble = graph.steps[0].shares[0].trouble
    assert len(trouble) == 200 and trouble.endswith("…")


def test_a_number_and_a_matrix_of_one_entry_fit() -> None:
    x = named(np.array([[2.0]]), "x")
    graph = traced(named(4.0, "f", (x, lambda g: 4.0), op="f"))
    assert graph.gradient(1).shape == (1, 1) and graph.gradient(1) == 4


def test_vjps_cannot_change_what_others_get() -> None:
    def spoils(g: np.ndarray) -> np.ndarray:
        g *= 0
        return g

    x, y = named(np.ones((2, 1)), "x"), named(np.ones((2, 1)), "y")
    graph = traced(named(np.ones((2, 1)), "f", (x, spoils), (y, lambda g: g), op="f"))
    np.testing.assert_array_equal(graph.gradient(2), np.ones((2, 1)))


def test_an_output_of_several_numbers_starts_with_ones() -> None:
    x = named(np.ones((3, 1)), "x")
    panel = explorers.Graph(named(np.ones((3, 1)), "f", (x, lambda g: 2 * g), op="f"))
    frame = frames_of(panel.widget.deck_html)[0]
    assert "with 1 for each of its 3 numbers: as if their sum were the cost." in frame
    np.testing.assert_array_equal(panel.graph.gradient(1), 2 * np.ones((3, 1)))


def test_a_large_graph_says_what_it_leaves_out() -> None:
    long = named(np.array([[0.0]]), "n0")
    for k in range(1, 20_000):
        long = named(np.array([[float(k)]]), f"n{k}", (long, lambda g: g), op="+")
    panel = explorers.Graph(long)
    assert panel.graph.total == 20_000 and len(panel.graph.vertices) == MOST_ROWS
    for frame in frames_of(panel.widget.deck_html):
        assert "Drawn: 12 of 20,000 nodes, those nearest to the output; the rest is left" in frame
    assert repr(panel) == "Graph: 12 steps back through 12 of 20,000 nodes"
    last = frames_of(panel.widget.deck_html)[-2]
    assert "Its parents are not drawn." in last and ">⋯<" in last
    assert "The nodes without parents are not drawn" in frames_of(panel.widget.deck_html)[-1]
    assert len(panel.still().encode()) <= 300_000

    leaves = [(named(np.array([[1.0]]), f"x{k}"), lambda g: g) for k in range(100)]
    sum_ = explorers.Graph(named(np.array([[100.0]]), "sum", *leaves, op="sum"))
    assert len(sum_.graph.vertices) == 1 + MOST_IN_A_ROW
    assert "Drawn: 5 of 101 nodes" in sum_.widget.deck_html
    assert sum_.graph.total == 101
    told = [f"{n} more parents are not drawn." in f for n, f in
            zip((96, 0), frames_of(sum_.widget.deck_html))]  # fmt: skip
    assert told == [True, False]

    x = named(1.0, "x")
    row = [named(1.0, f"r{k}", (x, lambda g: g), (x, lambda g: g)) for k in range(MOST_IN_A_ROW)]
    out = named(1.0, "out", *[(r, lambda g: g) for r in row])
    row[0].parents.append((named(1.0, "y"), lambda g: g))
    row[1].parents += [(named(1.0, f"y{k}"), lambda g: g) for k in range(3)]
    row[2].parents += [(y := named(1.0, "z"), lambda g: g), (y, lambda g: g)]
    frames = frames_of(explorers.Graph(out).widget.deck_html)
    drawn = {v.name for v in traced(out).vertices}
    assert drawn == {"out", *(f"r{k}" for k in range(4)), "y", "y0", "y1", "y2"}
    found = [re.findall(r"(\w+) more parents? (?:is|are) not drawn", f) for f in frames]
    assert found == [[], ["One"], ["One"], [], [], []]
    assert [f.count("Its parents are not drawn.") for f in frames] == [0, 0, 0, 1, 1, 0]

    tall = traced(with_shortcuts(60, 1))
    assert len(tall.vertices) <= MOST_NODES and tall.total > len(tall.vertices)


def test_wide_arrays_are_told_by_their_largest_entries() -> None:
    x = named(np.zeros((30, 784)), "x")
    g = np.zeros((30, 784))
    g[3, 400], g[29, 0], g[0, 1] = -2.5, 1.5, 0.5
    frame = frames_of(explorers.Graph(named(1.0, "f", (x, lambda _: g), op="f")).widget.deck_html)[
        0
    ]
    assert (
        "share: shape (30, 784), largest −2.5 at [3, 400], +1.5 at [29, 0], +0.5 at [0, 1]" in frame
    )
    assert len(frame) < 20_000


def test_arrays_of_any_number_of_axes_and_infinite_values_are_drawn() -> None:
    cube_ = named(np.ones((2, 3, 4)), "x")
    panel = explorers.Graph(named(np.inf, "f", (cube_, lambda g: np.ones((2, 3, 4))), op="f"))
    assert "shape (2, 3, 4)" in panel.still() and "not finite" in str(
        [texts(picture) for _, picture in pictures(panel.still())]
    )
    assert_well_formed(panel.still())
    empty = explorers.Graph(named(np.zeros((0, 2)), "empty"))
    assert_well_formed(empty.still())


def test_what_is_said_names_no_address() -> None:
    def raises(g: object) -> None:
        raise RuntimeError(f"no share for {object()}")

    trouble = traced(named(1.0, "f", (named(1.0, "x"), raises))).steps[0].shares[0].trouble
    assert trouble == "The vjp does not give a share: RuntimeError: no share for <object object>"
    with pytest.raises(TypeError) as found:
        explorers.Graph(object())
    assert "output is <object object>, which has no attribute 'value'" in str(found.value)


def lacks(**attributes: object) -> object:
    return Hashed(SimpleNamespace(**attributes))


@pytest.mark.parametrize(
    ("output", "kind", "said"),
    [
        (lacks(parents=()), TypeError, "has no attribute 'value', but should be a node"),
        (lacks(value=1.0), TypeError, "has no attribute 'parents'.*a pair \\(node, vjp\\)"),
        (None, TypeError, "output is None, which has no attribute 'value'"),
        (3.0, TypeError, "output is 3.0"),
        (lacks(value="ink", parents=()), ValueError, "the value of output is 'ink'"),
        (lacks(value=1.0, parents=[1]), ValueError, "parents of output is \\[1\\], but should"),
        (lacks(value=1.0, parents=3), ValueError, "parents of output is 3"),
        (lacks(value=1.0, parents=[(named(1.0, "x"), 2.0)]), ValueError, "should hold for each"),
        (
            named(1.0, "f", (lacks(value=1.0), len)),
            TypeError,
            "a parent of 'f' is .* no attribute 'parents'",
        ),
        (lacks(value=1.0, parents=[(lacks(), len)]), TypeError, "a parent of output is"),
        (
            lacks(value=1.0, parents=((named(1.0, "x"), len) for _ in "1")),
            ValueError,
            "parents of output is <generator .* only once, but should be a list or a tuple",
        ),
        (lacks(value=1.0, parents=[(named(1.0, "x"), len, 3)] * 3), ValueError, "…, but should"),
    ],
)
def test_what_is_missing_in_a_class_is_named(output: object, kind: type, said: str) -> None:
    with pytest.raises(kind, match=said):
        explorers.Graph(output)


def test_a_class_of_ones_own_with_the_two_attributes_alone_is_drawn() -> None:
    class Mine:
        def __init__(self, value: float, parents: tuple = ()) -> None:
            self.value, self.parents = value, parents

    x = Mine(3.0)
    panel = explorers.Graph(Mine(9.0, ((x, lambda g: 3 * g), (x, lambda g: 3 * g))))
    assert panel.graph.gradient(1) == 6
    assert "own grad" not in panel.still() and "node 2 hands its gradient on" in panel.still()
    assert "To node 1, of shape ()" in panel.still()
    alone = explorers.Graph(Mine(3.0)).still()
    assert "a node was not computed from anything" in alone
