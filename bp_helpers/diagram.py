"""A `Step` drawn as an SVG network: what it reads and writes stands out, the rest steps back."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np

from bp_helpers.functions import Array
from bp_helpers.network import Network, Trace, backward
from bp_helpers.steps import (
    MOST_DECIMALS,
    Quantity,
    Step,
    decimals_for,
    is_signed,
    layer_mark,
    number,
)

# Quantities with one number per neuron, written in a pill under it, and with one per weight.
_ON_NODES = {
    "delta": "δ", "da": "da", "dz": "dz", "dC_da": "∂C/∂a", "da_dz": "σ′", "z": "z",
    "db": "∂b", "dC_db": "∂b", "dz_db": "∂z/∂b",
    "dC_daL": "∂C/∂a", "daL_da": "∂a⁽ᴸ⁾/∂a", "da_db": "∂a/∂b",
}  # fmt: skip
_ROWS = {"dC_daL", "daL_da"}  # which hold a column per neuron instead of a row
_ON_EDGES = {"W", "dW", "dC_dw", "dz_dw", "dz_da", "da_da", "da_dw"}
_READ_ON_EDGES = {"W", "da_da", "da_dw"}
_LASTING = ("delta", "da", "dz", "dC_da", "dC_daL")  # pills that stay once they are known

_WIDTH, _LEFT, _RIGHT, _TOP, _GAP, _RADIUS = 640, 58, 118, 62, 92, 25
_MOST_LABELS, _MOST_NEURONS = 12, 5

STYLE = """
.bp-svg{width:100%;max-width:640px;height:auto;font-family:system-ui,sans-serif;
--bp-ink:var(--jp-content-font-color1,#222);--bp-paper:var(--jp-layout-color0,#fff);
--bp-pale:var(--jp-content-font-color3,#777);--bp-green:#009E73;--bp-plus:#D55E00;
--bp-minus:#0072B2}
.bp-svg text{fill:var(--bp-ink);text-anchor:middle;font-size:14px}
.bp-svg .bp-small{font-size:12px}
.bp-svg .bp-node .bp-index{font-size:11px;fill:var(--bp-ink)}
.bp-svg .bp-off{opacity:.5}
.bp-svg line.bp-off{opacity:.3}
.bp-svg line{stroke:var(--bp-pale)}
.bp-svg line.bp-minus{stroke:var(--bp-minus);stroke-dasharray:7 5}
.bp-svg line.bp-plus{stroke:var(--bp-plus)}
.bp-svg line.bp-made{stroke:var(--bp-green)}
.bp-svg rect{fill:var(--bp-paper)}
.bp-svg .bp-pill rect{stroke:var(--bp-pale);stroke-width:1.4}
.bp-svg .bp-pill.bp-plus rect{stroke:var(--bp-plus)}
.bp-svg .bp-pill.bp-minus rect{stroke:var(--bp-minus);stroke-dasharray:4 3}
.bp-svg .bp-pill.bp-made rect{stroke:var(--bp-green);stroke-width:2.6;stroke-dasharray:none}
.bp-svg circle{stroke:#333;stroke-width:1.2}
.bp-svg circle.bp-ring{fill:none;stroke:var(--bp-green);stroke-width:4}
.bp-svg .bp-node text{fill:#111}
.bp-svg .bp-track line{stroke:var(--bp-pale);stroke-width:3;opacity:.35}
.bp-svg .bp-track .bp-done{stroke:var(--bp-green);stroke-width:4;opacity:1}
.bp-svg .bp-track path{fill:var(--bp-green)}
.bp-ask{display:none}
[data-jp-theme-light="false"] .bp-svg{--bp-plus:#E69F00;--bp-minus:#56B4E9}
"""


@dataclass(frozen=True)
class Scene:
    """Everything that the picture of step `k` of `steps` shows: the pass, and one sample of it."""

    net: Network
    trace: Trace
    y: Array
    steps: Sequence[Step]
    k: int
    sample: int = 0
    unit: str = "Step"

    @property
    def step(self) -> Step:
        """The step that is drawn."""
        return self.steps[self.k]

    @property
    def count(self) -> str:
        """Which of the steps this is, in words."""
        return f"{self.unit} {self.k + 1} of {len(self.steps)}"

    @cached_property
    def drawn(self) -> list[list[int | None]]:
        """Which neurons of each layer are drawn; of a wide one those with the largest |δ|.

        Of a wide input layer, which has no δ, the largest inputs. None stands for the others.
        """
        if max(self.net.sizes) <= _MOST_NEURONS:
            return [list(range(n)) for n in self.net.sizes]
        strength = [self.trace.a[0], *backward(self.net, self.trace, self.y).delta[1:]]
        return [_strongest(np.abs(array[:, self.sample])) for array in strength]

    def column(self, array: Array, l: int) -> dict[int, str]:
        """The drawn sample's column of `array` as texts, for the neurons of layer l drawn."""
        column = array[:, self.sample if array.shape[1] == self.y.shape[1] else 0]
        decimals = _short(decimals_for(column))
        return {j: number(column[j], decimals, False, 0) for j in self.drawn[l] if j is not None}

    def at_neuron(self, step: Step, j: int) -> str:
        """What `step` has left at neuron j, as text, for the drawn sample."""
        values = step.value.T if step.writes.name in _ROWS else step.value
        if step.writes.place:  # the numbers of one neuron, one for each sample
            column = np.atleast_1d(values)
            mine = column[self.sample if len(column) > 1 else 0]
        else:
            column = values[:, self.sample if values.shape[1] == self.y.shape[1] else 0]
            mine = column[j]
        return number(mine, _short(decimals_for(column)), is_signed(step.writes), 0)

    def touches(self, names: Container[str], l: int | None, *place: int) -> bool:
        """Whether the step reads or writes one of these quantities, at this neuron or weight."""
        return any(
            q.name in names and q.covers(l, *place) for q in (self.step.writes, *self.step.reads)
        )

    def reads_on_edge(self, l: int, j: int, k: int) -> bool:
        """Whether the step reads a number of the edge from neuron k to neuron j of layer l."""
        return any(q.name in _READ_ON_EDGES and q.covers(l, j, k) for q in self.step.reads)

    def is_known(self, name: str, l: int) -> bool:
        """Whether the quantity is there before this step: from the start, or from a step before."""
        return all(step.writes != Quantity(name, l) for step in self.steps[self.k :])

    def pill(self, l: int, j: int) -> Step | None:
        """The step whose number stands under neuron j of layer l, if there is one."""
        done = [s for s in self.steps[: self.k + 1] if _is_on_node(s) and s.writes.covers(l, j)]
        if done and done[-1] is self.step:
            return self.step
        read = [s for s in done if self.touches({s.writes.name}, l, j)]
        lasting = [s for s in done if s.writes.name in _LASTING]
        return (read or lasting or [None])[-1]


def _is_on_node(step: Step) -> bool:
    """Whether the step's numbers stand under neurons; between two layers, only a row can."""
    if step.writes.name == "daL_da" and len(step.value) > 1:
        return False
    return step.writes.name in _ON_NODES


def _short(decimals: int) -> int:
    """At most four decimals, for there is little room; many more than that mean an exponent."""
    return decimals if decimals > MOST_DECIMALS else min(decimals, 4)


def _strongest(strength: Array) -> list[int | None]:
    if len(strength) <= _MOST_NEURONS:
        return list(range(len(strength)))
    first = np.argsort(-strength, kind="stable")[: _MOST_NEURONS - 1]
    return [*(int(j) for j in sorted(first)), None]


def diagram(scene: Scene) -> str:
    """The picture of one step as an SVG element; its colours come from STYLE.

    What the step computes is in class `bp-new`, with a question mark in class `bp-ask` in its
    place, so that a page can hide the one and show the other.
    """
    rows = max(map(len, scene.drawn))
    height = _TOP + rows * _GAP + 28
    parts = [
        *_headings(scene),
        *(part for l in range(1, scene.net.L + 1) for part in _edges(scene, l)),
        *(part for l in range(scene.net.L + 1) for part in _neurons(scene, l)),
        *_targets(scene),
        _track(scene, height - 14),
    ]
    label = f"{scene.count}: {scene.step.title.rstrip('?')}."
    if scene.trace.a[0].shape[1] > 1:
        label += f" Drawn for sample {scene.sample + 1} of {scene.trace.a[0].shape[1]}."
    return (
        f'<svg class="bp-svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def standalone(scene: Scene) -> str:
    """The same picture as a file of its own, on a white card."""
    opening, rest = diagram(scene).split(">", 1)
    paper = '<rect width="100%" height="100%" rx="10"/>'
    return f'{opening} xmlns="http://www.w3.org/2000/svg"><style>{STYLE}</style>{paper}{rest}'


def _x(scene: Scene, l: int) -> float:
    return _LEFT + l * (_WIDTH - _LEFT - _RIGHT) / scene.net.L


def _y(scene: Scene, l: int, slot: int) -> float:
    rows, here = max(map(len, scene.drawn)), len(scene.drawn[l])
    return _TOP + ((rows - here) / 2 + slot + 0.5) * _GAP - 12


def _places(scene: Scene, l: int) -> Iterator[tuple[int | None, float, float]]:
    for slot, j in enumerate(scene.drawn[l]):
        yield j, _x(scene, l), _y(scene, l, slot)


def _text(x: float, y: float, text: str, css: str = "") -> str:
    named = f' class="{css}"' if css else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{named}>{text}</text>'


def _asked(made: bool, known: str, unknown: str) -> str:
    """`known`, hidden behind `unknown` where the reader is asked to predict it."""
    if not made:
        return known
    return f'<g class="bp-new">{known}</g><g class="bp-ask">{unknown}</g>'


def _headings(scene: Scene) -> Iterator[str]:
    for l, n in enumerate(scene.net.sizes):
        name = f"a{layer_mark(l)}" if l else f"x = a{layer_mark(0)}"
        yield _text(_x(scene, l), 20, name)
        if None in scene.drawn[l]:
            yield _text(_x(scene, l), 38, f"{n - len(scene.drawn[l]) + 1} more of {n}", "bp-small")


def _sign(v: float) -> str:
    return "bp-minus" if v < 0 else "bp-plus"


def _edges(scene: Scene, l: int) -> Iterator[str]:
    writes = scene.step.writes
    W = scene.net.W[l]
    largest = max(np.abs(W).max(), 1e-300)
    pairs = list(_pairs(scene, l))
    fit = _labels_fit(scene, l, pairs)
    labels = []
    for j, k, (x2, y2), (x1, y1) in pairs:
        made = writes.name in _ON_EDGES and writes.covers(l, j, k)
        bright = made or scene.reads_on_edge(l, j, k)
        css = "bp-made" if made else _sign(W[j, k]) if bright else "bp-off"
        width = 1.2 + 3 * abs(W[j, k]) / largest if bright else 1.4
        yield (
            f'<line class="{css}" x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" '
            f'stroke-width="{width:.1f}"/>'
        )
        if bright and fit:
            t, text = _along(scene, l, j, k), _edge_text(scene, l, j, k, made)
            labels.append(_label(x1 + t * (x2 - x1), y1 + t * (y2 - y1), text, made))
    yield from labels


def _labels_fit(scene: Scene, l: int, pairs: list) -> bool:
    """Whether there is room for a label on every edge: more than one column takes a wide gap."""
    columns = min(len(scene.drawn[l]), len(scene.drawn[l - 1]))
    return len(pairs) <= _MOST_LABELS and (columns == 1 or scene.net.L <= 2)


def _pairs(scene: Scene, l: int) -> Iterator[tuple[int, int, tuple, tuple]]:
    for j, x2, y2 in _places(scene, l):
        for k, x1, y1 in _places(scene, l - 1):
            if j is not None and k is not None:
                yield j, k, (x2 - _RADIUS, y2), (x1 + _RADIUS, y1)


def _edge_text(scene: Scene, l: int, j: int, k: int, made: bool) -> str:
    """What is written on the edge from neuron k to neuron j: what is made or read there."""
    earlier = [
        s.value
        for s in scene.steps[: scene.k]
        if s.writes in scene.step.reads and s.writes.name in _READ_ON_EDGES and s.writes.layer == l
    ]
    array = scene.step.value if made else (earlier or [scene.net.W[l]])[0]
    if scene.step.writes.name == "dz_dw":
        array = array[:, [scene.sample]]
    signed = made and is_signed(scene.step.writes)
    place = (j, k)[2 - array.ndim :]  # of a step that makes a row or one entry only
    return number(array[place], _short(decimals_for(array)), signed, 0)


def _along(scene: Scene, l: int, j: int, k: int) -> float:
    """Where on its edge a label stands: one column of labels per neuron of the smaller layer.

    The edges of one neuron fan out, so that within a column no label covers another.
    """
    ahead, behind = scene.drawn[l], scene.drawn[l - 1]
    smaller, mine = (ahead, j) if len(ahead) <= len(behind) else (behind, k)
    columns = {1: (0.5,), 2: (0.34, 0.66)}.get(len(smaller), (0.22, 0.5, 0.78))
    return columns[smaller.index(mine)]


def _label(x: float, y: float, text: str, made: bool) -> str:
    half = 4 + 3.6 * len(text)
    known, unknown = (_text(x, y + 4, t, "bp-small") for t in (text, "?"))
    box = f'<rect x="{x - half:.0f}" y="{y - 9:.0f}" width="{2 * half:.0f}" height="17" rx="4"/>'
    return f"<g>{box}{_asked(made, known, unknown)}</g>"


def _neurons(scene: Scene, l: int) -> Iterator[str]:
    writes = scene.step.writes
    made = writes == Quantity("a", l)
    known = made or scene.is_known("a", l)
    a = scene.trace.a[l]
    largest = max(np.abs(a).max(), 1e-300)
    inside = scene.column(a, l)
    for j, x, y in _places(scene, l):
        if j is None:
            yield _text(x, y + 6, "⋮")
            continue
        parts = [] if None not in scene.drawn[l] else [_text(x - 36, y - 22, str(j), "bp-index")]
        if writes.covers(l, j) and (made or writes.name in _ON_NODES):
            parts.append(f'<circle class="bp-ring" cx="{x:.0f}" cy="{y:.0f}" r="{_RADIUS + 6}"/>')
        shade = abs(a[j, min(scene.sample, a.shape[1] - 1)]) / largest if known else 0
        blank, filled = (
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{_RADIUS}" fill="{_shade(s)}"/>'
            for s in (0, shade)
        )
        if known:
            number_in = _text(x, y + 5, inside[j])
            parts.append(_asked(made, filled + number_in, blank + _text(x, y + 5, "?")))
        else:
            parts.append(blank)
        on = scene.touches(("a", "z", *_ON_NODES), l, j)
        yield f'<g class="bp-node{"" if on else " bp-off"}">{"".join(parts)}</g>'
        if step := scene.pill(l, j):
            yield _pill(scene, step, j, x, y + _RADIUS + 14)


def _shade(strength: float) -> str:
    """From almost white to sky blue, always light enough for dark figures."""
    low, high = (242, 248, 252), (86, 180, 233)
    return "#" + "".join(f"{round(a + strength * (b - a)):02x}" for a, b in zip(low, high))


def _pill(scene: Scene, step: Step, j: int, x: float, y: float) -> str:
    """What `step` has left at neuron j, drawn around (x, y)."""
    tag, value = _ON_NODES[step.writes.name], scene.at_neuron(step, j)
    made = step is scene.step
    half = 6 + 3.5 * (len(tag) + 1 + len(value))
    css = "bp-made" if made else ""
    if is_signed(step.writes) and not made:
        css = {"−": "bp-minus", "+": "bp-plus"}.get(value[0], "")
    if not scene.touches({step.writes.name}, step.writes.layer, j):
        css += " bp-off"
    known, unknown = (_text(x, y + 4, f"{tag} {text}", "bp-small") for text in (value, "?"))
    return (
        f'<g class="bp-pill {css}"><rect x="{x - half:.0f}" y="{y - 10:.0f}" '
        f'width="{2 * half:.0f}" height="20" rx="10"/>{_asked(made, known, unknown)}</g>'
    )


def _targets(scene: Scene) -> Iterator[str]:
    x = _x(scene, scene.net.L) + 68
    texts = scene.column(scene.y, scene.net.L)
    for j, _, y in _places(scene, scene.net.L):
        if j is not None:
            text = _text(x, y + 5, f"y = {texts[j]}")
            on = scene.touches({"y"}, None, j)
            yield f'<g class="{"" if on else "bp-off"}">{text}</g>'
    if scene.step.writes.layer is None:
        name, C = str(scene.step.writes), scene.step.value
        known, unknown = f"{name} = {number(C.item(), decimals_for(C))}", f"{name} = ?"
        _, _, bottom = max(_places(scene, scene.net.L), key=lambda place: place[2])
        box = f'<rect x="{x - 48:.0f}" y="{bottom + 29:.0f}" width="96" height="24" rx="12"/>'
        text = _asked(True, _text(x, bottom + 46, known), _text(x, bottom + 46, unknown))
        yield f'<g class="bp-pill bp-made">{box}{text}</g>'


def _track(scene: Scene, y: float) -> str:
    """An arrow that shows how far the pass has come, from the input or back from the output."""
    writes = scene.step.writes
    ahead = scene.step.rule == "forward"
    first, last = _x(scene, 0), _x(scene, scene.net.L)
    tip = last if writes.layer is None else _x(scene, writes.layer)
    if writes.name in _ON_EDGES:
        tip = (tip + _x(scene, writes.layer - 1)) / 2
    start, point = (first, 10) if ahead else (last, -10)
    return (
        f'<g class="bp-track"><line x1="{first:.0f}" y1="{y}" x2="{last:.0f}" y2="{y}"/>'
        f'<line class="bp-done" x1="{start:.0f}" y1="{y}" x2="{tip:.0f}" y2="{y}"/>'
        f'<path d="M{tip + point:.0f} {y} l{-1.4 * point:.0f} -8 v16 z"/></g>'
    )
