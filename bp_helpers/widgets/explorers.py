"""Widgets to explore one idea each: nudge, paths, shapes, the step size h, depth, a graph."""

from __future__ import annotations

from bp_helpers._door import network
from bp_helpers._html import Markup, join
from bp_helpers._validation import counted, flag, real, whole
from bp_helpers._validation import seed as check_seed
from bp_helpers.depth import MOST_LAYERS, MOST_NEURONS, deep_network
from bp_helpers.depth import Depth as Measured
from bp_helpers.drawing.card import deck_of_steps
from bp_helpers.drawing.explorations import (
    NAMES,
    depth_frame,
    nudge_frame,
    reach_of,
    shapes_frame,
    trial_frame,
)
from bp_helpers.drawing.handing import graph_deck
from bp_helpers.drawing.page import Choice, deck
from bp_helpers.drawing.scene import Scene
from bp_helpers.measure import trials
from bp_helpers.network import Network
from bp_helpers.neuron import NUDGED, Neuron
from bp_helpers.steps.graph import traced
from bp_helpers.steps.numbers import index_text, layer_mark, subscript, superscript
from bp_helpers.steps.paths import written_paths
from bp_helpers.widgets.controls import part, player, row, slider
from bp_helpers.widgets.panel import Panel

NUDGES = (2.0, 1.0, 0.5, 0.2, 0.1, 0.01, 0.001)
MOST_SHOWN = 8  # neurons and samples that `Shapes` offers
POWERS = range(1, 17)  # h = 10⁻¹ … 10⁻¹⁶
DEEP_ACTIVATIONS = ("sigmoid", "tanh", "relu")
STARTS = ("nielsen", "glorot", "he", "normal", "zeros")
_DEPTHS = (2, 5, 10, 20)  # that have a row beside the deepest
_RANGES = {"w": (-3, 3), "b": (-3, 3), "a_before": (-2, 2), "y": (0, 1)}
_SIZES = {"n_before": "n before", "n": "n", "m": "m"}


class Nudge(Panel):
    """Nudge w, b or the incoming activation of one sigmoid neuron, and follow it to the cost.

    The neuron starts with the numbers given. Every nudge of every quantity has its frame; only
    moving w, b, a_before or y asks the kernel. Raises ValueError for a number off its slider.
    """

    note = "To move w, b, a⁽⁰⁾ or y, run this cell."

    def __init__(
        self, w: float = 0.8, b: float = 0.3, a_before: float = 0.5, y: float = 0.9
    ) -> None:
        given = {"w": w, "b": b, "a_before": a_before, "y": y}
        start = {name: _on_slider(name, value) for name, value in given.items()}
        choices = {"nudged": len(NUDGED), "by": len(NUDGES)}
        super().__init__({"nudged": 0, "by": 1, **start}, choices)
        self._draw()

    @property
    def neuron(self) -> Neuron:
        """The neuron as the sliders have it."""
        return Neuron(**{name: self._values[name] for name in _RANGES})

    def __repr__(self) -> str:
        said = (f"{NAMES.get(name, name)} = {self._values[name]:g}" for name in _RANGES)
        return f"Nudge: one neuron with {', '.join(said)}"

    def _deck(self, stored: bool = False) -> Markup:
        frames = [nudge_frame(self.neuron, name, by, stored) for name in NUDGED for by in NUDGES]
        which = Choice("nudged", "nudge", [NAMES[name] for name in NUDGED])
        size = Choice("by", "by", [f"{by:g}" for by in NUDGES])
        return deck([which, size], frames, [self._values["nudged"], self._values["by"]])

    def _form(self) -> Markup:
        sliders = (
            slider(name, NAMES.get(name, name), self._values[name], *ends, 0.05)
            for name, ends in _RANGES.items()
        )
        return join(part("deck"), row(*sliders))


class Paths(Panel):
    """Choose a weight of `net`, and see every path from it to the cost, for one sample x with y.

    Raises ValueError for more than one sample, and for a network with more than 6 layers of
    weights, more than 40 weights, or more than 12 paths from one of them.
    """

    def __init__(self, net: Network, x: object, y: object, predict: bool = True) -> None:
        p = written_paths(net, x, y)
        self.steps, self._predict = tuple(p.steps), flag("predict", predict)
        self._scenes = [Scene(p, k, unit="Weight") for k in range(len(p.steps))]
        super().__init__({"step": 0}, {"step": len(p.steps)})
        self._draw()

    def __repr__(self) -> str:
        return f"Paths: {len(self.steps)} weights of {self._scenes[0].p.net!r}"

    def _deck(self, stored: bool = False) -> Markup:
        return deck_of_steps(self._scenes, self._predict, stored, self._values["step"])

    def _form(self) -> Markup:
        return join(row(player("step")), part("deck"))


class Shapes(Panel):
    """Choose the sizes of a layer and of the batch, and see every array as a block.

    Moving a slider asks the kernel: there are more than a thousand states. Raises ValueError for
    sizes that are not whole numbers from 1 to 8.
    """

    note = "For other sizes, run this cell."

    def __init__(self, n_before: int = 2, n: int = 3, m: int = 4) -> None:
        given = {"n_before": n_before, "n": n, "m": m}
        start = {name: whole(name, size, most=MOST_SHOWN) for name, size in given.items()}
        super().__init__({"bias": 0, **start}, {"bias": 2})
        self._draw()

    def __repr__(self) -> str:
        n_before, n, m = self.sizes
        return f"Shapes: {n} neurons after {n_before}, {m} samples"

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The neurons before, the neurons of the layer, and the samples."""
        n_before, n, m = (int(self._values[name]) for name in _SIZES)
        return n_before, n, m

    def _deck(self, stored: bool = False) -> Markup:
        frames = [shapes_frame(*self.sizes, flat, stored) for flat in (False, True)]
        choice = Choice("bias", "bias has shape", ["(n, 1)", "(n,)"])
        return deck([choice], frames, [self._values["bias"]])

    def _form(self) -> Markup:
        sliders = (
            slider(name, label, self._values[name], 1, MOST_SHOWN, 1)
            for name, label in _SIZES.items()
        )
        return join(row(*sliders), part("deck"))


class StepSize(Panel):
    """Measure the slope for the weight w_jk of layer l with one h after the other.

    From left to right h gets smaller, on the buttons as on the axis. Raises ValueError for what
    `forward` refuses, and for a weight that is not there or whose slope is 0, since the errors
    shown are relative.
    """

    varies = True

    def __init__(
        self, net: Network, x: object, y: object, l: int = 1, j: int = 0, k: int = 0
    ) -> None:
        l = whole("l", l, most=network(net).L)
        j, k = whole("j", j, 0, net.sizes[l] - 1), whole("k", k, 0, net.sizes[l - 1] - 1)
        self._weight = f"w{subscript(index_text((j, k)))}{layer_mark(l)}"
        self.trials = trials(net, x, y, l, (j, k), (10.0**-power for power in POWERS))
        if self.trials[0].exact == 0:
            raise ValueError(
                f"l, j, k is {l}, {j}, {k}, but the slope for {self._weight} is 0: choose a weight "
                "that moves the cost."
            )
        super().__init__({"h": 0}, {"h": len(self.trials)})
        self._draw()

    def __repr__(self) -> str:
        return f"StepSize: {len(self.trials)} step sizes for {self._weight}"

    def _deck(self, stored: bool = False) -> Markup:
        n = len(self.trials)
        frames = [trial_frame(self.trials, i, self._weight, stored) for i in range(n)]
        choice = Choice("h", "h", [f"10{superscript(-power)}" for power in POWERS])
        return deck([choice], frames, [self._values["h"]])

    def _form(self) -> Markup:
        return join(row(player("h")), part("deck"))


class Graph(Panel):
    """Step backwards through the graph behind a node of a class of your own.

    A node has the attributes `value`, a number or an array, and `parents`, for each value that it
    was computed from a pair (node, vjp): the vjp takes the gradient of this node and gives the
    share of that parent. It may have a `name`, a short sign `op` for what has computed it, and
    `grad`, which is compared with what is computed here. Nothing is changed in your nodes. Raises
    TypeError for a node that lacks an attribute, and ValueError for one that holds something else
    in it, or for a `size` other than "normal" and, for a projector, "lecture". Of a large graph,
    what is nearest to the output is drawn.
    """

    def __init__(self, output: object, predict: bool = True, size: str = "normal") -> None:
        self.graph, self._predict = traced(output), flag("predict", predict)
        n = len(self.graph.steps) + 1
        super().__init__({"step": 0}, {"step": n}, size)
        self._draw()

    def __repr__(self) -> str:
        n, total = len(self.graph.steps), self.graph.total
        drawn = len(self.graph.vertices)
        many = f"{total:,} nodes" if total > 1 else "1 node"
        if self.graph.circle:
            return f"Graph: a circle among {many}"
        of = f"{drawn} of " if drawn < total else ""
        return f"Graph: {n or 'no'} step{'s' * (n != 1)} back through {of}{many}"

    def _deck(self, stored: bool = False) -> Markup:
        return graph_deck(self.graph, self._predict, stored, self._values["step"])

    def _form(self) -> Markup:
        return join(row(player("step")), part("deck"))


class Depth(Panel):
    """Choose an activation and how the weights are drawn, and see δ go back through many layers.

    The layers are equally wide, and the last one is linear. Raises ValueError for sizes that are
    not whole numbers from 1 to 200 layers and 1 to 100 neurons, and for a seed that is none.
    """

    note = "For another depth, width or seed: explorers.Depth(layers=10, width=50, seed=1)."

    def __init__(self, layers: int = 30, width: int = 100, seed: int | None = 0) -> None:
        self.layers = whole("layers", layers, most=MOST_LAYERS)
        self.width = whole("width", width, most=MOST_NEURONS)
        depths = [*(few for few in _DEPTHS if few < self.layers), self.layers]
        self.found = {
            (activation, init): [
                Measured.of(*deep_network(deep, self.width, activation, init, check_seed(seed)))
                for deep in depths
            ]
            for activation in DEEP_ACTIVATIONS
            for init in STARTS
        }
        choices = {"activation": len(DEEP_ACTIVATIONS), "start": len(STARTS)}
        super().__init__(dict.fromkeys(choices, 0), choices)
        self._draw()

    def __repr__(self) -> str:
        layers, neurons = counted(self.layers, "layer"), counted(self.width, "neuron")
        return f"Depth: {layers} of {neurons}, {len(self.found)} ways to begin"

    def _deck(self, stored: bool = False) -> Markup:
        reach = reach_of([deeper[-1] for deeper in self.found.values()])
        frames = [
            depth_frame(deeper, f"{activation}, {init}", reach, stored)
            for (activation, init), deeper in self.found.items()
        ]
        which = Choice("activation", "activation", DEEP_ACTIVATIONS)
        start = Choice("start", "start", STARTS)
        return deck([which, start], frames, [self._values["activation"], self._values["start"]])

    def _form(self) -> Markup:
        return part("deck")


def _on_slider(name: str, value: object) -> float:
    """The number `value`; raises ValueError if it is off its slider."""
    low, high = _RANGES[name]
    if not low <= (number := real(name, value)) <= high:
        raise ValueError(f"{name} is {number:g}, but should be from {low} to {high}.")
    return number
