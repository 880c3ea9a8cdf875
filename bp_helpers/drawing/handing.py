"""The steps back through a graph as HTML: a picture beside a card that tells what is handed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import Array
from bp_helpers.drawing.graph import graph_picture, is_told, own_digits, step_at, which_share
from bp_helpers.drawing.page import Choice, deck, framed, that_fit
from bp_helpers.steps import mathematics as write
from bp_helpers.steps.graph import Graph, Handing, Share, Vertex, is_repeated
from bp_helpers.steps.numbers import MOST_SHOWN, decimals_for, format_number, visible_indices

_MOST_LARGEST = 3  # entries of a wide array that are told
# A graph holds more than a network does, and a card less than other cards: it gets more of the
# width, and before a class so much that its text is as large as theirs.
_WIDER = Markup(
    ".bp-hands:not(.bp-lecture *)>.bp-picture{flex:9 1 480px}"
    ".bp-hands:not(.bp-lecture *)>.bp-card{flex:1 1 340px}"
    "@container (min-width:1100px){.bp-lecture .bp-hands>.bp-picture{flex-basis:max(826px,62cqw)}}"
)


def graph_deck(graph: Graph, predict: bool, stored: bool = False, chosen: int = 0) -> Markup:
    """A frame for each step, and one for what has arrived in the end."""
    n = len(graph.steps) + 1
    every = [_frame(graph, k, predict and k < n - 1, stored) for k in range(n)]
    frames = that_fit(every) if stored else every
    labels = [graph.vertices[step.of].label for step in graph.steps] + ["the end"]
    choice = Choice("step", "node", labels[: len(frames)])
    chips = deck([choice], frames, [min(chosen, len(frames) - 1)])
    page = join(element("style", _WIDER), chips)
    if len(frames) == n:
        return page
    rest = f"What comes after step {len(frames)} is not stored here: run this cell to see it."
    return join(page, _div("bp-drawn", rest))


def _frame(graph: Graph, k: int, predict: bool, stored: bool) -> Markup:
    step = step_at(graph, k)
    title, content = _ending(graph) if step is None else _handing(graph, k, step, predict)
    count = f"Step {k + 1} of {len(graph.steps)}" if step else _after(len(graph.steps))
    op = graph.vertices[step.of].op if step else ""
    rule = element("span", op, class_="bp-rule") if op else ""
    card = (
        _div("bp-count", count),
        _div("bp-title", element("strong", title), " ", rule),
        *content,
        *_left_out(graph),
    )
    said, css = f"{count}: {title}", "bp-hands" + " bp-predict" * predict
    return framed(graph_picture(graph, k, predict), card, said, stored, css)


def _after(n: int) -> str:
    return f"After all {n} steps" if n > 1 else "After one step" if n else "No node hands on"


def _handing(graph: Graph, k: int, step: Handing, predict: bool) -> tuple[str, Sequence[Markup]]:
    """The card of a step: the gradient of the node, and what it hands to each parent."""
    vertex = graph.vertices[step.of]
    title = f"{vertex.label} hands its gradient on"
    if step.gradient is None:
        lack = graph.lack(step.of)
        why = f"A share that it should have got {lack}, so its gradient is not known."
        return f"{vertex.label} can hand nothing on", [_sentence(why)]
    parts = [_sentence(_start(graph, step)), _written(f"gradient of {vertex.label}", step.gradient)]
    if verdict := graph.verdict(step.of):
        parts.append(_div("bp-drawn", verdict))
    shares = [_share_of(graph, k, step, share) for share in step.shares]
    if not shares:
        return title, [*parts, _sentence("Its parents are not drawn.")]
    opened = element("details", element("summary", _ask(graph, step)), *shares, open=not predict)
    return title, [*parts, opened, *_not_drawn(graph, vertex)]


def _ask(graph: Graph, step: Handing) -> str:
    """A question that the frame does not answer: what the numbers of each share are like."""
    asked = []
    for to, n in Counter(share.to for share in step.shares).items():
        parent, several = graph.vertices[to], n > 1
        of = f"the share{'s' * several} of {parent.label}"
        if parent.value.size == 1:
            asked.append(f"which number{'s are' if several else ' is'} {of}")
        elif _is_written_out(parent.value):
            asked.append(f"which signs {'have' if several else 'has'} {of}")
        else:
            asked.append(f"which sign has the entry furthest from 0 in {of}")
    if any(graph.vertices[share.to].uses > 1 for share in step.shares):
        asked.append("is anything there already")
    return f"Predict, then reveal: {', and '.join(asked)}?"


def _not_drawn(graph: Graph, vertex: Vertex) -> Iterator[Markup]:
    """How many parents of a node are left out, where others are drawn."""
    n = len({to for to in vertex.parents if to >= len(graph.vertices)})
    if n:
        told = "One more parent is" if n == 1 else f"{n} more parents are"
        yield _div("bp-drawn", f"{told} not drawn.")


def _start(graph: Graph, step: Handing) -> str:
    vertex = graph.vertices[step.of]
    if step.of == 0:
        n = vertex.value.size
        one = f"The pass starts here, with 1: how {vertex.label} answers a push on itself."
        several = f"The pass starts here, with 1 for each of its {n} numbers: as if "
        several += "their sum were the cost."
        return one if n == 1 else several
    if vertex.uses < 2:
        return "Its only share has come, so this is its whole gradient:"
    return f"All of its {vertex.uses} shares have come, so their sum is its whole gradient:"


def _share_of(graph: Graph, k: int, step: Handing, share: Share) -> Markup:
    """What one parent gets, and what becomes of it there."""
    parent = graph.vertices[share.to]
    which = which_share(graph, share, k)
    shape = parent.value.shape
    heading = _div("bp-answer", f"To {parent.label}, of shape {shape}: share {which}")
    if share.value is None:
        return _div("bp-handed", heading, _sentence(share.trouble))
    parts = [heading, _written("share", share.value)]
    if is_repeated(graph, step.of, share.to):
        now = graph.vertices[step.of].value.shape
        parts.append(_sentence(
            f"{parent.label} was repeated, from shape {shape} to {now}: the shares of what was "
            "repeated are added up."
        ))  # fmt: skip
    if share.after is None:
        parts.append(_sentence(f"Another share {graph.lack(share.to)}, so there is no sum."))
    elif share.before is None:
        parts.append(_sentence("Nothing is there yet."))
    else:
        parts += [_sentence(_added(share)), _written("there now", share.after)]
    return _div("bp-handed", *parts)


def _added(share: Share) -> str:
    if share.value is not None and share.before is not None and share.value.size == 1:
        new, old = (_number(array.item()) for array in (share.value, share.before))
        return f"{new} to what is there, {old}: added, not put in its place."
    return "Added to what is there, entry by entry, not put in its place."


def _number(v: float) -> str:
    return format_number(v, min(4, decimals_for(np.array([v]))), signed=True)


def _ending(graph: Graph) -> tuple[str, Sequence[Markup]]:
    """The last card: what has arrived at the nodes that have no parents."""
    vertices = graph.vertices
    if graph.circle:
        why = f"{_round(graph)} So there is no order in which gradients could be handed on."
        return "This graph goes round in a circle", [_sentence(why)]
    if len(vertices) == graph.total == 1:
        alone = f"{vertices[0].label} was not computed from anything: nothing is handed on."
        return "One node, and no parents", [_sentence(alone), *_at_an_end(graph, 0)]
    ends = [v for v, vertex in enumerate(vertices) if not vertex.parents]
    if not ends:
        return "The nodes without parents are not drawn", ()
    parts = [part for v in ends for part in _at_an_end(graph, v)]
    return "What has arrived at the nodes without parents", parts


def _round(graph: Graph) -> str:
    """Which node of a circle is computed from which."""
    names = [graph.vertices[v].label for v in graph.circle]
    if len(names) == 1:
        return f"{names[0]} is computed from itself."
    after = "others that are not drawn" if graph.is_open else names[0]
    told = ", ".join(f"{a} from {b}" for a, b in pairwise((*names, after)))
    last = "" if graph.is_open else ", and the last from the first"
    return f"Each is computed from the next{last}: {told}."


def _at_an_end(graph: Graph, v: int) -> Iterator[Markup]:
    gradient = graph.gradient(v)
    if gradient is None:
        yield _sentence(f"{graph.vertices[v].label}: a share {graph.lack(v)}.")
    else:
        yield _written(f"gradient of {graph.vertices[v].label}", gradient)
    if verdict := graph.verdict(v):
        yield _div("bp-drawn", verdict)


def _written(name: str, array: Array) -> Markup:
    """An array as an equation where it is small, or its shape and its largest entries."""
    if not _is_written_out(array):
        return _sentence(f"{name}: shape {array.shape}, largest {_largest(array)}.")
    if not np.isfinite(array).all():
        return _sentence(f"{name}: shape {array.shape}, with numbers that are not finite.")
    if array.size == 1:
        v = array.item()
        value = write.number(v, decimals_for(array), signed=True)
    else:
        table = np.atleast_2d(array)
        rows, columns = map(visible_indices, table.shape)
        value = write.matrix(table, rows, columns, signed=True)
    written = write.equation(write.phrase(name), value)
    if is_told(array, decimals_for(array)):
        return written
    return join(written, _div("bp-drawn", "A number that is tiny beside the largest is written 0."))


def _is_written_out(array: Array) -> bool:
    """Whether all numbers of an array are shown."""
    return array.ndim <= 2 and max(array.shape, default=1) <= MOST_SHOWN


def _largest(array: Array) -> str:
    """The entries that are largest, whatever their sign, and their places."""
    order = np.argsort(-np.abs(array), axis=None, kind="stable")[:_MOST_LARGEST]
    decimals = decimals_for(array.ravel()[order])
    places = (tuple(map(int, np.unravel_index(i, array.shape))) for i in order)
    told = (f"{own_digits(array[p], decimals, signed=True)} at {list(p)}" for p in places)
    return ", ".join(told)


def _left_out(graph: Graph) -> Iterator[Markup]:
    if (n := len(graph.vertices)) < graph.total:
        what = "of the circle" if graph.circle else "nearest to the output"
        yield _div(
            "bp-drawn", f"Drawn: {n} of {graph.total:,} nodes, those {what}; the rest is left out."
        )


def _sentence(words: str) -> Markup:
    return element("div", words)


def _div(css: str, *children: str) -> Markup:
    return element("div", *children, class_=css)
