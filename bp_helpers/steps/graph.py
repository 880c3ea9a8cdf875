"""One backward pass through a graph of somebody's own nodes, as plain data.

A node is any object with the attributes `value` (a number or an array) and `parents` (for each
value that it was computed from a pair: the node that holds it, and the vjp, a function from the
gradient of this node to the share of that parent). It may have `name`, `op` and `grad` too.
Nothing of a node is changed: its vjps are asked anew, and its `grad` is only looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bp_helpers._validation import Array, NotFinite, numbers, said
from bp_helpers.verdict import times

MOST_NODES, MOST_ROWS, MOST_IN_A_ROW = 24, 12, 4  # what is drawn of a large graph
_ALIKE = 1e-9
_LONGEST = 16  # characters of a name that is made of other names
_PAIRS = "for each value that it was computed from a pair (node, vjp), and () for none"
_A_NODE = (
    f"a node: an object whose value holds a number or an array, and whose parents hold {_PAIRS}"
)

Vjp = Callable[[Array], object]


@dataclass(frozen=True)
class Vertex:
    """A node of the graph: its names, its value, and the places of its parents in the graph.

    `formula` is a name made of the names of its parents, and `uses` counts the shares that it
    gets. `row` is 0 for the output, and grows towards the inputs. `has_grad` is False for a class
    without that attribute, and `grad` None where nothing is in it.
    """

    name: str
    op: str
    value: Array
    parents: tuple[int, ...]
    uses: int
    row: int
    has_grad: bool = False
    grad: Array | None = None
    formula: str = ""

    @property
    def label(self) -> str:
        """What it is called: by its name, or by what has computed it."""
        return self.name or self.formula or self.op or "a value"


@dataclass(frozen=True)
class Share:
    """What a node hands to its parent `to`, on what is there already, and what is there then.

    `trouble` says why there is no share that fits; the parent's gradient is then never known.
    """

    to: int
    value: Array | None
    before: Array | None
    after: Array | None
    trouble: str = ""


@dataclass(frozen=True)
class Handing:
    """A step: the node `of` has all of its gradient, and hands each parent its share.

    Without a gradient, since a share of its own did not fit, it hands on nothing.
    """

    of: int
    gradient: Array | None
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Graph:
    """The nodes that are drawn, the output first and none before one that it is a parent of.

    `total` counts all nodes that there are. `circle` holds the places of nodes that wait for one
    another, in a graph which has no order; then there are no steps.
    """

    vertices: tuple[Vertex, ...]
    total: int
    steps: tuple[Handing, ...] = ()
    circle: tuple[int, ...] = ()
    _gradients: dict[int, Array | None] = field(default_factory=dict)

    def gradient(self, v: int) -> Array | None:
        """What has arrived at a node in the end; None where a share did not fit."""
        return self._gradients.get(v)

    def arrived(self, v: int, k: int) -> list[Share]:
        """The shares that node v has got once step k is done."""
        return [share for step in self.steps[: k + 1] for share in step.shares if share.to == v]

    def verdict(self, v: int) -> str:
        """What the node's own `grad` holds beside the gradient that was computed here."""
        vertex, right = self.vertices[v], self.gradient(v)
        if not vertex.has_grad or right is None:
            return ""
        if vertex.grad is None:
            return "Its own grad is None: nothing is in it yet."
        if vertex.grad.shape != right.shape:
            return f"Its own grad has shape {vertex.grad.shape}, but should have {right.shape}."
        return f"Its own grad holds {_beside(vertex.grad, right)}"


def _beside(grad: Array, right: Array) -> str:
    """What a gradient is beside the right one."""
    size = float((right * right).sum())
    k = float((grad * right).sum()) / size if size else 1.0
    if np.abs(grad - right).max(initial=0) <= _ALIKE * np.abs(right).max(initial=0):
        return "the same."
    if np.abs(grad - k * right).max(initial=0) > _ALIKE * np.abs(right).max(initial=0):
        return "other numbers."
    again = round(k) >= 2 and abs(k - round(k)) < _ALIKE
    why = " Did backward run again, without clearing?" if again else ""
    return f"{times(k)}.{why}"


def traced(output: object) -> Graph:
    """The graph behind `output`, and the backward pass through it.

    Raises TypeError for an object, or for a parent of it, that lacks an attribute, and ValueError
    for one that holds something else in it than it should.
    """
    nodes = _found(output)
    if (circle := _circle(output, nodes)) is not None:
        return _in_a_circle(circle, len(nodes))
    drawn, rows = _drawn(_backward_order(output, nodes))
    places = {id(node): v for v, node in enumerate(drawn)}
    uses = _uses(nodes)
    vertices = []
    for node in drawn:
        links = nodes[id(node)][1]
        # A parent that is not drawn stands behind all that are.
        parents = tuple(places.get(id(parent), len(drawn)) for parent, _ in links)
        formula = _formula(_text(node, "op"), [_text(parent, "name") for parent, _ in links])
        vertices.append(_vertex(node, parents, uses.get(id(node), 0), rows[id(node)], formula))
    links_of = [[vjp for _, vjp in nodes[id(node)][1]] for node in drawn]
    return _handed_back(tuple(vertices), links_of, len(nodes))


# What there is, each node with its parents, by its identity.

_Links = list[tuple[Any, Vjp]]
_Nodes = dict[int, tuple[Any, _Links]]


def _found(output: object) -> _Nodes:
    """Every node, each looked at once, however deep the graph is."""
    found: _Nodes = {}
    waiting: list[tuple[Any, str]] = [(output, "output")]
    while waiting:
        node, what = waiting.pop()
        if id(node) in found:
            continue
        links = _links(node, what)
        found[id(node)] = node, links
        waiting += [(parent, f"a parent of {_called(node, what)}") for parent, _ in links]
    return found


def _called(node: object, what: str) -> str:
    label = _text(node, "name") or _text(node, "op")
    return repr(label) if label else "output" if what == "output" else "a node"


def _text(node: object, attribute: str) -> str:
    value = getattr(node, attribute, "")
    return value if isinstance(value, str) else ""


def _links(node: object, what: str) -> _Links:
    """The parents of a node with their vjps; raises an error for what is no node."""
    for attribute in ("value", "parents"):
        if isinstance(node, type) or not hasattr(node, attribute):
            raise TypeError(
                f"{what} is {said(node)}, which has no attribute {attribute!r}, but should be "
                f"{_A_NODE}."
            )
    numbers(f"the value of {what}", node.value, finite_only=False)  # type: ignore[attr-defined]
    links: list[tuple[Any, Vjp]] = []
    given = node.parents  # type: ignore[attr-defined]
    try:
        pairs = [(parent, vjp) for parent, vjp in given]
    except (TypeError, ValueError):
        pairs = [(None, None)]
    for parent, vjp in pairs:
        if not callable(vjp):
            raise ValueError(f"parents of {what} is {said(given)}, but should hold {_PAIRS}.")
        links.append((parent, vjp))
    return links


def _uses(nodes: _Nodes) -> dict[int, int]:
    uses: dict[int, int] = {}
    for _, links in nodes.values():
        for parent, _ in links:
            uses[id(parent)] = uses.get(id(parent), 0) + 1
    return uses


def _formula(op: str, parents: Sequence[str]) -> str:
    """What a node without a name is called: "W @ x", or "σ(z)"; nothing where that is long."""
    if not op or not all(parents) or len(parents) not in (1, 2):
        return ""
    formula = f" {op} ".join(parents) if len(parents) == 2 else f"{op}({parents[0]})"
    return formula if len(formula) <= _LONGEST else ""


def _vertex(
    node: Any,  # noqa: ANN401
    parents: tuple[int, ...],
    uses: int,
    row: int,
    formula: str = "",
) -> Vertex:
    value = numbers("value", node.value, finite_only=False)
    grad = getattr(node, "grad", None)
    try:
        held = None if grad is None else numbers("grad", grad, finite_only=False)
    except ValueError:
        held = np.array([])  # something else than numbers
    names = _text(node, "name"), _text(node, "op")
    return Vertex(*names, value, parents, uses, row, hasattr(node, "grad"), held, formula)


# In which order.


def _circle(output: object, nodes: _Nodes) -> list[Any] | None:
    """Nodes of which each is a parent of the one before, and the first of the last; or None."""
    done: set[int] = set()
    path: dict[int, Any] = {}
    walk: list[tuple[Any, Iterator[Any]]] = [(output, _parents(output, nodes))]
    path[id(output)] = output
    while walk:
        node, rest = walk[-1]
        parent = next(rest, None)
        if parent is None:
            walk.pop()
            del path[id(node)]
            done.add(id(node))
        elif id(parent) in path:
            on_path = list(path.values())
            return on_path[list(path).index(id(parent)) :]
        elif id(parent) not in done:
            path[id(parent)] = parent
            walk.append((parent, _parents(parent, nodes)))
    return None


def _parents(node: object, nodes: _Nodes) -> Iterator[Any]:
    return (parent for parent, _ in nodes[id(node)][1])


def _backward_order(output: object, nodes: _Nodes) -> list[tuple[Any, int]]:
    """Each node after all that it is a parent of, with its row: the longest way to the output."""
    waits, order = _uses(nodes), [(output, 0)]
    for node, row in order:
        for parent in _parents(node, nodes):
            waits[id(parent)] -= 1
            if not waits[
                id(parent)
            ]:  # rows come in order, so the last to be waited for is furthest
                order.append((parent, row + 1))
    return order


def _drawn(order: Sequence[tuple[Any, int]]) -> tuple[list[Any], dict[int, int]]:
    """As many of the first as find room, and their rows."""
    drawn: list[Any] = []
    rows: dict[int, int] = {}
    in_row: dict[int, int] = {}
    for node, row in order:
        in_row[row] = in_row.get(row, 0) + 1
        if len(drawn) == MOST_NODES or row >= MOST_ROWS or in_row[row] > MOST_IN_A_ROW:
            break
        drawn.append(node)
        rows[id(node)] = row
    return drawn, rows


def _in_a_circle(circle: Sequence[Any], total: int) -> Graph:
    n = min(len(circle), MOST_ROWS)
    vertices = (_vertex(node, ((v + 1) % n,), 1, v) for v, node in enumerate(circle[:n]))
    return Graph(tuple(vertices), total, circle=tuple(range(n)))


# What each hands on.


def _handed_back(vertices: tuple[Vertex, ...], vjps: Sequence[Sequence[Vjp]], total: int) -> Graph:
    gradients: dict[int, Array | None] = {0: np.ones_like(vertices[0].value, dtype=float)}
    steps = []
    for v, vertex in enumerate(vertices):
        if not vertex.parents:
            continue
        gradient, shares = gradients.get(v), []
        for to, vjp in zip(vertex.parents, vjps[v]):
            if gradient is None or to == len(vertices):
                continue
            before, known = gradients.get(to), to not in gradients or gradients[to] is not None
            share = _share(vjp, gradient, vertices[to], to, before)
            shares.append(share)
            gradients[to] = share.after if known else None
        steps.append(Handing(v, gradient, tuple(shares)))
    return Graph(vertices, total, tuple(steps), (), gradients)


def _share(vjp: Vjp, gradient: Array, parent: Vertex, to: int, before: Array | None) -> Share:
    """The share of a parent, or what is wrong with it."""
    value, trouble = None, ""
    try:
        with np.errstate(all="ignore"):
            value = numbers("The share", vjp(gradient.copy()))
    except NotFinite:
        trouble = "The share holds numbers that are not finite."
    except Exception as problem:
        trouble = f"The vjp does not give a share: {type(problem).__name__}: {problem}"[:200]
    if value is not None and value.size == parent.value.size == 1:
        value = value.reshape(parent.value.shape)
    if value is not None and value.shape != parent.value.shape:
        trouble, value = _unlike(value, parent), None
    after = value if before is None or value is None else before + value
    return Share(to, value, before, after, trouble)


def _unlike(share: Array, parent: Vertex) -> str:
    shape = parent.value.shape
    told = f"The share has shape {share.shape}, but {parent.label} has shape {shape}."
    try:
        is_repeated = np.broadcast_shapes(share.shape, shape) == share.shape
    except ValueError:
        is_repeated = False
    if is_repeated:
        return f"{told} Numbers that were repeated should have their shares added up."
    return f"{told} It should be transposed." if share.shape == shape[::-1] else told


def is_repeated(graph: Graph, child: int, parent: int) -> bool:
    """Whether the value of the parent was repeated, to fit to what was computed from it."""
    small, large = graph.vertices[parent].value.shape, graph.vertices[child].value.shape
    if small == large or graph.vertices[child].op not in ("+", "−", "-", "*", "⊙", "/"):
        return False
    try:
        return np.broadcast_shapes(small, large) == large
    except ValueError:
        return False
