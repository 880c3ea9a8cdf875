"""One backward pass through a graph of somebody's own nodes, as plain data.

A node is any object with the attributes `value` (a number or an array) and `parents` (for each
value that it was computed from a pair: the node that holds it, and the vjp, a function from the
gradient of this node to the share of that parent). It may have `name`, `op` and `grad` too.
Nothing of a node is changed: its vjps are asked anew, and its `grad` is only looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bp_helpers._validation import Array, NotFinite, cut, numbers, said, without_addresses
from bp_helpers.verdict import times

MOST_NODES, MOST_ROWS, MOST_IN_A_ROW = 24, 12, 4  # what is drawn of a large graph
_ALIKE, _NEARLY = 1e-9, 1e-5
_LONGEST_NAME, _LONGEST_FORMULA, _LONGEST_TROUBLE = 40, 16, 200  # characters
# Operations whose sign stands between two values, and what they make of them.
_BETWEEN: dict[str, Callable[..., Array]] = {
    "@": np.matmul, "+": np.add, "−": np.subtract, "-": np.subtract, "*": np.multiply,
    "⊙": np.multiply, "·": np.multiply, "/": np.divide,
}  # fmt: skip
_PAIRS = "for each value that it was computed from a pair (node, vjp), and () for none"
_A_NODE = (
    f"a node: an object whose value holds a number or an array, and whose parents hold {_PAIRS}"
)

Vjp = Callable[[Array], object]


@dataclass(frozen=True)
class Vertex:
    """A node of the graph: its names, its value, and the places of its parents in the graph.

    `formula` is a name made of the names of its parents, `number` tells nodes apart that would
    be called the same, and `uses` counts the shares that it gets. `row` is 0 for the output, and
    grows towards the inputs. `has_grad` is False for a class without that attribute, and `grad`
    None where nothing is in it.
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
    number: int = 0

    @property
    def called(self) -> str:
        """What it is called, though others may be called the same: by name, or by its operation."""
        return self.name or self.formula or self.op or ("node" if self.number else "a node")

    @property
    def label(self) -> str:
        """What it alone is called."""
        return f"{self.called}{self.which}"

    @property
    def which(self) -> str:
        """The number behind what it is called, if it has one."""
        return f" {self.number}" if self.number else ""


@dataclass(frozen=True)
class Share:
    """What a node hands to its parent `to`, on what is there already, and what is there then.

    `trouble` says why there is no share that fits, and `lack` so in two words; the parent's
    gradient is then never known.
    """

    to: int
    value: Array | None
    before: Array | None
    after: Array | None
    trouble: str = ""
    lack: str = ""


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
    another, in a graph which has no order; then there are no steps. It is open where the circle
    has more nodes than are drawn.
    """

    vertices: tuple[Vertex, ...]
    total: int
    steps: tuple[Handing, ...] = ()
    circle: tuple[int, ...] = ()
    is_open: bool = False
    _gradients: dict[int, Array | None] = field(default_factory=dict)

    def gradient(self, v: int) -> Array | None:
        """What has arrived at a node in the end; None where a share did not fit."""
        return self._gradients.get(v)

    def arrived(self, v: int, k: int) -> list[Share]:
        """The shares that node v has got once step k is done."""
        return [share for step in self.steps[: k + 1] for share in step.shares if share.to == v]

    def lack(self, v: int) -> str:
        """What is wrong with a share of node v, whose gradient is not known."""
        lacks = (share.lack for share in self.arrived(v, len(self.steps)) if share.lack)
        return next(lacks, "is missing")

    def verdict(self, v: int) -> str:
        """What the node's own `grad` holds beside the gradient that was computed here."""
        vertex, right = self.vertices[v], self.gradient(v)
        if not vertex.has_grad or right is None:
            return ""
        if vertex.grad is None:
            return self._nothing_in(v)
        if not vertex.grad.size and right.size:
            return f"Its own grad holds no numbers, but should have shape {right.shape}."
        grad = _as_one_number(vertex.grad, right.shape)
        if grad.shape != right.shape:
            return f"Its own grad has shape {grad.shape}, but should have {right.shape}."
        return f"Its own grad holds {_beside(grad, right)}"

    def _nothing_in(self, v: int) -> str:
        """That nothing is in the own grad of node v: once, where it is so for all of them."""
        if self.total == 1 or any(vertex.grad is not None for vertex in self.vertices):
            return "Its own grad is None: nothing is in it yet."
        every = "Its own grad is None, and so are the others: nothing is in them yet."
        return "" if v else every


def _as_one_number(array: Array, shape: tuple[int, ...]) -> Array:
    """A single number in the shape of another one, and whatever else as it is."""
    return array.reshape(shape) if array.size == 1 == np.prod(shape) else array


def _beside(grad: Array, right: Array) -> str:
    """What a gradient is beside the right one."""
    if not np.isfinite(grad).all():
        return "numbers that are not finite."
    if not (largest := np.abs(right).max(initial=0)) or not np.isfinite(largest):
        return "other numbers." if grad.any() else "the same."
    with np.errstate(all="ignore"):
        grad, right = grad / largest, right / largest
        k = float((grad * right).sum() / (right * right).sum())
        if not np.isfinite(k):
            return "other numbers."
        k = near if abs(k - (near := round(2 * k) / 2)) <= _NEARLY else k
        off = np.abs(grad - k * right).max()
    if not off <= _NEARLY * max(1, abs(k)):
        return "other numbers."
    nearly = "nearly " if off > _ALIKE * max(1, abs(k)) else ""
    if k == 1:
        return f"{nearly}the same."
    again = k >= 2 and k == round(k)
    why = " Did backward run again, without clearing?" if again else ""
    return f"{nearly}{times(k)}.{why}"


def traced(output: object) -> Graph:
    """The graph behind `output`, and the backward pass through it.

    Raises TypeError for an object, or for a parent of it, that lacks an attribute, and ValueError
    for one that holds something else in it than it should.
    """
    nodes = _found(output)
    if (circle := _circle(output, nodes)) is not None:
        return _in_a_circle(circle, len(nodes))
    order = _backward_order(output, nodes)
    drawn, rows = _drawn(order)
    # A parent that is not drawn has its place behind all that are.
    places = {id(node): v for v, (node, _) in enumerate(order)}
    uses = _uses(nodes)
    vertices = []
    for node in drawn:
        links = [parent for parent, _ in nodes[id(node)][1]]
        parents = tuple(places[id(parent)] for parent in links)
        formula = _formula(node, links)
        vertices.append(_vertex(node, parents, uses.get(id(node), 0), rows[id(node)], formula))
    links_of = [[vjp for _, vjp in nodes[id(node)][1]] for node in drawn]
    return _handed_back(_numbered(vertices), links_of, len(nodes))


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
    return cut(" ".join(value.split()), _LONGEST_NAME) if isinstance(value, str) else ""


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
    if isinstance(given, Iterator):
        raise ValueError(
            f"parents of {what} is {said(given)}, which can be gone through only once, but should "
            "be a list or a tuple: write list(…) around it."
        )
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


def _formula(node: object, parents: Sequence[Any]) -> str:
    """What a node without a name is called: "W @ x", or "σ(z)"; nothing where that is long."""
    op, formula = _text(node, "op"), ""
    if len(parents) == 1 and op.isidentifier():
        formula = f"{op}({_text(parents[0], 'name')})"
    elif len(parents) == 2 and op in _BETWEEN:
        formula = f" {op} ".join(_text(parent, "name") for parent in _as_computed(node, parents))
    is_named = all(_text(parent, "name") for parent in parents)
    return formula if is_named and len(formula) <= _LONGEST_FORMULA else ""


def _as_computed(node: Any, parents: Sequence[Any]) -> Sequence[Any]:  # noqa: ANN401
    """Two parents in the order in which they give the value of a node; none, if in neither.

    Their own order says nothing: it is that in which somebody has listed them.
    """
    value = numbers("value", node.value, finite_only=False)
    for pair in (parents, parents[::-1]):
        left, right = (numbers("value", parent.value, finite_only=False) for parent in pair)
        try:
            with np.errstate(all="ignore"):
                made = _BETWEEN[_text(node, "op")](left, right)
        except ValueError:  # their shapes do not fit
            continue
        if made.shape == value.shape and np.allclose(made, value, 1e-6, 0, equal_nan=True):
            return pair
    return ()


def _numbered(vertices: Sequence[Vertex]) -> tuple[Vertex, ...]:
    """The same nodes, those that are called the same with numbers, from the inputs on."""
    often = Counter(vertex.label for vertex in vertices)
    taken = set(often)
    found = []
    for vertex in reversed(vertices):
        called = vertex
        while called.label in taken and often[vertex.label] > 1:
            called = replace(called, number=called.number + 1)
        taken.add(called.label)
        found.append(called)
    return tuple(found[::-1])


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
        held = np.array([])  # there are no numbers in it
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
    n, around = min(len(circle), MOST_ROWS), len(circle)
    vertices = [_vertex(node, ((v + 1) % around,), 1, v) for v, node in enumerate(circle[:n])]
    return Graph(_numbered(vertices), total, circle=tuple(range(n)), is_open=n < around)


# What each hands on.


def _handed_back(vertices: tuple[Vertex, ...], vjps: Sequence[Sequence[Vjp]], total: int) -> Graph:
    gradients: dict[int, Array | None] = {0: np.ones_like(vertices[0].value, dtype=float)}
    steps = []
    for v, vertex in enumerate(vertices):
        if not vertex.parents:
            continue
        gradient, shares = gradients.get(v), []
        for to, vjp in zip(vertex.parents, vjps[v]):
            if gradient is None or to >= len(vertices):
                continue
            share = _share(vjp, gradient, vertices[to], to, gradients.get(to))
            if to in gradients and gradients[to] is None:  # an earlier share has not fitted
                share = replace(share, after=None)
            shares.append(share)
            gradients[to] = share.after
        steps.append(Handing(v, gradient, tuple(shares)))
    return Graph(vertices, total, tuple(steps), _gradients=gradients)


def _share(vjp: Vjp, gradient: Array, parent: Vertex, to: int, before: Array | None) -> Share:
    """The share of a parent, or what is wrong with it."""
    shape = parent.value.shape
    try:
        with np.errstate(all="ignore"):
            if (given := vjp(gradient.copy())) is None:
                return Share(to, None, before, None, "The vjp returns None.", "is missing")
            value = _as_one_number(numbers("The share", given), shape)
            after = value if before is None or value.shape != shape else before + value
    except NotFinite:
        told = "The share holds numbers that are not finite."
        return Share(to, None, before, None, told, "is not finite")
    except Exception as problem:
        why = without_addresses(f"{type(problem).__name__}: {problem}")
        told = f"The vjp does not give a share: {why}"
        return Share(to, None, before, None, cut(told, _LONGEST_TROUBLE), "is missing")
    if value.shape != shape:
        return Share(to, None, before, None, _unlike(value, parent), "does not fit")
    return Share(to, value, before, after)


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
