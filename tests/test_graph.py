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
from bp_helpers.drawing.graph import Edge, Sheet, graph_picture
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
    assert said == [f"{name} is not installed here: passed over." for name in ("PyTorch", "JAX")]


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


# What is shown.


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
        assert f"Node {k + 1} of {len(graph.steps)}<" in card
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
    after = f"After all {len(graph.steps)} nodes"
    assert f"{after}<" in frames[-1] and f'aria-label="{after}: What has arrived' in frames[-1]
    assert_ending_is_right(graph, frames[-1])


def assert_ending_is_right(graph: Graph, frame: str) -> None:
    card = frame.partition('class="bp-card"')[2]
    ends = [v for v, vertex in enumerate(graph.vertices) if not vertex.parents]
    for shown, v in zip(tables(card), ends, strict=True):
        assert_shown(shown, graph.gradient(v))
        assert f">{graph.vertices[v].label}<" in card


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
            wanted = f"share {len(shares)} of {vertex.uses}" if several else "gradient"
            assert words[3] == wanted
            assert_text_is_of(words[4], shares[-1].after if shares else graph.gradient(0))


def assert_text_is_of(text: str, value: np.ndarray) -> None:
    """All numbers of an array are written, or the smallest and the largest, or its shape."""
    if text.startswith("shape"):
        assert text == f"shape {value.shape}"
        return
    right = value.T.ravel() if value.ndim == 2 and value.shape[1] == 1 else value.ravel()
    if "…" in text:
        right = np.array([value.min(), value.max()])
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
        assert all(abs(px - x) < 150 and py == round(y - 23) for px, py in start)


@pytest.mark.parametrize("seed", range(15))
def test_boxes_and_lines_keep_clear_of_one_another(seed: int) -> None:
    sheet = Sheet(traced(with_shortcuts(10 + seed, seed)))
    boxes = {
        v: (sheet.x[v], sheet.y(vertex.row), sheet.widths[vertex.row] / 2)
        for v, vertex in enumerate(sheet.graph.vertices)
    }
    for v, (x, y, half) in boxes.items():
        assert half >= 60
        assert half <= x <= 640 - half and 23 <= y <= sheet.height - 23
        for w, (x2, y2, half2) in boxes.items():
            assert v == w or abs(y - y2) > 46 or abs(x - x2) >= half + half2
    for edge in sheet.edges:
        for start, end in pairwise(sheet.points(edge)):
            for t in np.linspace(0, 1, 40):
                px, py = (1 - t) * np.array(start) + t * np.array(end)
                for v, (x, y, half) in boxes.items():
                    if v not in (edge.child, edge.parent):
                        assert abs(px - x) >= half or abs(py - y) >= 23 - 1e-9, (edge, v)


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
    rest = f"What comes after node {stored} is not stored here: run this cell to see it."
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
    assert "which shape has the share of h and that of p, and is anything" in frames[0]
    assert "which shape has the share of h, and is anything" in frames[1]


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
    assert traced(f).verdict(0) == "Its own grad is None: nothing is in it yet."
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
    f.grad = "none"
    assert "has shape (0,)" in traced(f).verdict(0)
    assert traced(named(1.0, "one")).verdict(0) == ""
    wrong = named(np.array([1.0, 2.0]), "v", grad=np.array([1.0, 3.0]))
    assert traced(wrong).verdict(0) == "Its own grad holds other numbers."
    assert "Its own grad holds minus" not in explorers.Graph(cube()).still()


def test_own_grad_is_told_in_the_cards() -> None:
    f = cube()
    frames = frames_of(explorers.Graph(f).widget.deck_html)
    assert all("Its own grad is None" in frame for frame in frames)
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
    assert repr(panel) == "Graph: 1 step back through 1 node"
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
        assert ("c0 for c1" if n > 1 else "c0 for c0") in frame
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
    assert frames[2].count("a share does not fit") == 2


def test_a_share_that_does_not_fit_is_not_made_good_by_a_later_one() -> None:
    x = named(np.ones((2, 1)), "x")
    s = named(np.ones((2, 1)), "s", (x, lambda g: g.T), (x, lambda g: g), op="f")
    graph = traced(s)
    assert graph.gradient(1) is None
    assert graph.steps[0].shares[0].trouble.endswith("It should be transposed.")
    assert_well_formed(explorers.Graph(s).still())


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (np.nan, "The share holds numbers that are not finite."),
        ("ink", "The vjp does not give a share: ValueError: The share is"),
        (None, "The vjp does not give a share"),
        (1j, "real numbers only"),
    ],
)
def test_what_is_no_share_is_told(share: object, said: str) -> None:
    x = named(1.0, "x")
    panel = explorers.Graph(named(1.0, "f", (x, lambda g: share), op="f"))
    assert said in frames_of(panel.widget.deck_html)[0]
    assert_well_formed(panel.still())


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
    assert "with 1 for each of its 3 numbers: for their sum" in frame
    np.testing.assert_array_equal(panel.graph.gradient(1), 2 * np.ones((3, 1)))


def test_a_large_graph_says_what_it_leaves_out() -> None:
    long = named(np.array([[0.0]]), "n0")
    for k in range(1, 20_000):
        long = named(np.array([[float(k)]]), f"n{k}", (long, lambda g: g), op="+")
    panel = explorers.Graph(long)
    assert panel.graph.total == 20_000 and len(panel.graph.vertices) == MOST_ROWS
    for frame in frames_of(panel.widget.deck_html):
        assert "Drawn: 12 of 20,000 nodes, those nearest to the output; the rest is left" in frame
    last = frames_of(panel.widget.deck_html)[-2]
    assert "Its parents are not drawn." in last and ">⋯<" in last
    assert "The nodes without parents are not drawn" in frames_of(panel.widget.deck_html)[-1]
    assert len(panel.still().encode()) <= 300_000

    leaves = [(named(np.array([[1.0]]), f"x{k}"), lambda g: g) for k in range(100)]
    wide = explorers.Graph(named(np.array([[100.0]]), "sum", *leaves, op="sum"))
    assert len(wide.graph.vertices) == 1 + MOST_IN_A_ROW
    assert "Drawn: 5 of 101 nodes" in wide.widget.deck_html
    assert wide.graph.total == 101

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
    assert "own grad" not in panel.still() and "a value hands its gradient on" in panel.still()
