"""Widgets to explore one idea each: nudge, paths, shapes, and the step size h."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as ui

from bp_helpers._validation import positive_whole
from bp_helpers.drawing.blocks import layer_shapes
from bp_helpers.drawing.card import filmstrip, frame
from bp_helpers.drawing.explorations import (
    NAMES,
    error_chart,
    nudge_chart,
    nudge_frame,
    shapes_frame,
    still,
    trial_frame,
)
from bp_helpers.drawing.network import Scene
from bp_helpers.gradcheck import trials
from bp_helpers.network import Network
from bp_helpers.neuron import NUDGED, Neuron
from bp_helpers.steps.numbers import index_text, layer_mark, subscript, superscript
from bp_helpers.steps.paths import written_paths
from bp_helpers.widgets.carousel import Carousel, Panel, pages, row

NUDGES = (2.0, 1.0, 0.5, 0.2, 0.1, 0.01, 0.001)
MOST_SHOWN = 8  # neurons and samples that `Shapes` offers
POWERS = range(1, 17)  # h = 10⁻¹ … 10⁻¹⁶
_RANGES = {"w": (-3, 3), "b": (-3, 3), "a_before": (-2, 2), "y": (0, 1)}


class Nudge(Panel):
    """Nudge w, b or the incoming activation of one sigmoid neuron, and follow it to the cost.

    The neuron starts with the numbers given. Every nudge of every quantity has its frame; only
    moving w, b, a_before or y asks the kernel. Raises ValueError for a number off its slider.
    """

    def __init__(
        self, w: float = 0.8, b: float = 0.3, a_before: float = 0.5, y: float = 0.9
    ) -> None:
        start = {"w": w, "b": b, "a_before": a_before, "y": y}
        self._numbers = {name: _number(name, value) for name, value in start.items()}
        for slider in self._numbers.values():
            slider.observe(self._rewrite, "value")
        self._nudged = _choice([(NAMES[name], name) for name in NUDGED], "nudge")
        self._size = _choice([(f"{by:g}", by) for by in NUDGES], "by")
        self._size.index = 1
        full = ui.Layout(width="100%", margin="0")
        self._stacks = [ui.Stack(pages([""] * len(NUDGES)), layout=full) for _ in NUDGED]
        for stack in self._stacks:
            stack.selected_index = self._size.index
            ui.jslink((self._size, "index"), (stack, "selected_index"))
        outer = ui.Stack(self._stacks, selected_index=0).add_class("bp-stack")
        ui.jslink((self._nudged, "index"), (outer, "selected_index"))
        self._rewrite()
        numbers = row(*self._numbers.values())
        super().__init__([row(self._nudged, self._size), outer, numbers])
        self.add_class("bp-explorer")

    @property
    def neuron(self) -> Neuron:
        """The neuron as the sliders have it."""
        return Neuron(**{name: slider.value for name, slider in self._numbers.items()})

    def __repr__(self) -> str:
        said = (f"{NAMES.get(k, k)} = {slider.value:g}" for k, slider in self._numbers.items())
        return f"Nudge: one neuron with {', '.join(said)}"

    def still(self) -> str:
        """The nudge of w, at first large, then smaller."""
        return still([nudge_chart(self.neuron, "w", by) for by in (2.0, 0.5, 0.01)], width=380)

    def _rewrite(self, _change: object = None) -> None:
        """Write all frames anew, those that are on show first."""
        pages = [(t, s) for t in range(len(NUDGED)) for s in range(len(NUDGES))]
        pages.sort(key=lambda page: page != (self._nudged.index, self._size.index))
        for t, s in pages:
            page = self._stacks[t].children[s]
            page.value = nudge_frame(self.neuron, NUDGED[t], NUDGES[s])


class Paths(Panel):
    """Choose a weight of `net`, and see every path from it to the cost, for one sample x with y.

    Raises ValueError for more than one sample, and for a network with more than 6 layers of
    weights, more than 40 weights, or more than 12 paths from one of them.
    """

    def __init__(self, net: Network, x: object, y: object, predict: bool = True) -> None:
        p = written_paths(net, x, y)
        self.steps = tuple(p.steps)
        self._scenes = [Scene(p, k, unit="Weight") for k in range(len(p.steps))]
        self._carousel = carousel = Carousel("weight")
        frames = [frame(scene, predict) for scene in self._scenes]
        carousel.write(frames, [step.label for step in p.steps], 0)
        carousel.link()
        super().__init__([row(carousel.play, carousel.slider), carousel.chips, carousel.stack])
        self.add_class("bp-explorer")

    def __repr__(self) -> str:
        return f"Paths: {len(self.steps)} weights of {self._scenes[0].p.net!r}"

    def still(self) -> str:
        """A filmstrip of all weights."""
        return filmstrip(self._scenes)


class Shapes(Panel):
    """Choose the sizes of a layer and of the batch, and see every array as a block.

    Moving a slider asks the kernel: there are more than a thousand states. Raises ValueError for
    sizes that are not whole numbers from 1 to 8.
    """

    def __init__(self, n_before: int = 2, n: int = 3, m: int = 4) -> None:
        start = {"n before": n_before, "n": n, "m": m}
        for name, value in start.items():
            if positive_whole(name, value) > MOST_SHOWN:
                raise ValueError(f"{name} is {value}, but should be at most {MOST_SHOWN}.")
        self._sizes = [
            ui.IntSlider(value, min=1, max=MOST_SHOWN, description=name)
            for name, value in start.items()
        ]
        self._bias = _choice([("(n, 1)", False), ("(n,)", True)], "bias has shape")
        self._page = pages([""])[0].add_class("bp-stack")
        for control in (*self._sizes, self._bias):
            control.observe(self._rewrite, "value")
        self._rewrite()
        super().__init__([row(*self._sizes), self._bias, self._page])
        self.add_class("bp-explorer")

    def __repr__(self) -> str:
        n_before, n, m = self.sizes
        return f"Shapes: {n} neurons after {n_before}, {m} samples"

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The neurons before, the neurons of the layer, and the samples."""
        n_before, n, m = (slider.value for slider in self._sizes)
        return n_before, n, m

    def still(self) -> str:
        """The arrays as they are, and what a flat bias would do."""
        return still([layer_shapes(*self.sizes, flat) for flat in (False, True)], width=430)

    def _rewrite(self, _change: object = None) -> None:
        self._page.value = shapes_frame(*self.sizes, self._bias.value)


class StepSize(Panel):
    """Measure the slope for the weight w_jk of layer l with one h after the other.

    Raises ValueError for what `forward` refuses, and for a weight that is not there or whose slope
    is 0, since the errors shown are relative.
    """

    def __init__(
        self, net: Network, x: object, y: object, l: int = 1, j: int = 0, k: int = 0
    ) -> None:
        if (
            l not in range(1, net.L + 1)
            or j not in range(net.sizes[l])
            or k not in range(net.sizes[l - 1])
        ):
            raise ValueError(f"there is no weight w_{{{j}{k}}} in layer {l} of {net!r}.")
        self._weight = f"w{subscript(index_text((j, k)))}{layer_mark(l)}"
        self.trials = trials(net, x, y, l, (j, k), (10.0**-power for power in POWERS))
        if self.trials[0].exact == 0:
            raise ValueError(f"the slope for {self._weight} is 0; choose a weight with another.")
        self._power = ui.SelectionSlider(
            options=[f"10{superscript(-power)}" for power in POWERS],
            description="h",
            readout=False,  # every frame says its h; the box would keep whatever is typed
            layout=ui.Layout(width="360px"),
        )
        frames = [trial_frame(self.trials, i, self._weight) for i in range(len(self.trials))]
        self._stack = ui.Stack(pages(frames), selected_index=0).add_class("bp-stack")
        ui.jslink((self._power, "index"), (self._stack, "selected_index"))
        super().__init__([self._power, self._stack])
        self.add_class("bp-explorer")

    def __repr__(self) -> str:
        return f"StepSize: {len(self.trials)} step sizes for {self._weight}"

    def still(self) -> str:
        """The errors over all h."""
        return still([error_chart(self.trials, self._weight)], width=560)


def _choice(options: Sequence[tuple[str, object]], description: str) -> ui.ToggleButtons:
    """Buttons of which one is pressed."""
    return ui.ToggleButtons(
        options=options, description=description, style={"button_width": "auto"}
    ).add_class("bp-choice")


def _number(name: str, value: float) -> ui.FloatSlider:
    """The slider for one number of a neuron; raises ValueError for a value that is off it."""
    low, high = _RANGES[name]
    if not low <= value <= high:
        raise ValueError(f"{name} is {value!r}, but should be from {low} to {high}.")
    layout = ui.Layout(width="300px")
    label = NAMES.get(name, name)
    return ui.FloatSlider(value, min=low, max=high, step=0.05, description=label, layout=layout)
