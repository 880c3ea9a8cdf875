"""A widget that steps through one backward pass on the reader's own arrays."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as w
import numpy as np

from bp_helpers.decks import Deck, Panel, row
from bp_helpers.diagram import Scene
from bp_helpers.frames import STYLE, filmstrip, frame
from bp_helpers.functions import Array
from bp_helpers.inputs import matrix
from bp_helpers.network import Network, backpropagate, cost, forward, targets
from bp_helpers.notation import NOTATIONS, backward_steps, notations_for
from bp_helpers.steps import Quantity, Step, layer_mark


class Stepper(Panel):
    """Step through one backward pass of `net` on x (n_0, m) with targets y (n_L, m).

    `notation` is a key of NOTATIONS. `include_forward` puts the forward pass in front, and
    `predict` hides every new number until the reader opens it. All frames are made at once, so
    that stepping never asks the kernel. Raises ValueError for what `backward_steps` refuses.
    """

    def __init__(
        self,
        net: Network,
        x: object,
        y: object,
        notation: str = "layers",
        include_forward: bool = False,
        predict: bool = True,
    ) -> None:
        self.steps: tuple[Step, ...] = backward_steps(net, x, y, notation, include_forward)
        trace = forward(net, x)
        self.net, self.x, self.y = self._given = (net, trace.a[0], targets(trace, y))

        m = self.y.shape[1]
        self._notation = w.Dropdown(
            options=[(f"{key}: {NOTATIONS[key].title}", key) for key in notations_for(net, m)],
            value=notation,
            description="notation",
            layout=w.Layout(width="340px"),
        )
        tick = {"indent": False, "layout": w.Layout(width="auto", margin="2px 24px 2px 2px")}
        self._forward = w.Checkbox(include_forward, description="forward pass too", **tick)
        self._predict = w.Checkbox(predict, description="predict first", **tick)
        self._sample = w.Dropdown(
            options=[(f"{i + 1} of {m}", i) for i in range(m)],
            description="sample",
            layout=w.Layout(width="180px"),
        )
        for control in (self._notation, self._forward, self._predict, self._sample):
            control.observe(self._redraw, "value")

        self._deck = Deck()
        self._write_frames(0)
        self._deck.link()

        self._numbers = _Numbers(self)
        change = w.Accordion([self._numbers], titles=("Change x, y, a weight or a bias",))
        deck = self._deck
        super().__init__(
            STYLE,
            [
                row(deck.play, deck.slider, self._notation),
                deck.chips,
                deck.stack,
                row(self._predict, self._forward, *([self._sample] if m > 1 else [])),
                change,
            ],
        )

    def __repr__(self) -> str:
        return f"Stepper: {len(self.steps)} steps of {self.net!r}"

    def still(self) -> str:
        """A filmstrip of all steps."""
        return filmstrip(self._scenes())

    def arrays(self) -> dict[Quantity, Array]:
        """Every array that can be changed, by its name."""
        layers = range(1, self.net.L + 1)
        parameters = {
            Quantity(name, l): array[l]
            for l in layers
            for name, array in (("W", self.net.W), ("b", self.net.b))
        }
        return {Quantity("x"): self.x, Quantity("y"): self.y, **parameters}

    def change(self, quantity: Quantity, array: Array) -> None:
        """Put `array` in the place of x, y, W[l] or b[l], and draw the pass anew."""
        rows, width = self.arrays()[quantity].shape
        array = matrix(str(quantity), array, rows, width, "that of the array which it replaces")
        arrays = {**self.arrays(), quantity: array}
        self.x, self.y = arrays[Quantity("x")], arrays[Quantity("y")]
        layers = range(1, self.net.L + 1)
        self.net = self.net.replace(
            [None, *(arrays[Quantity("W", l)] for l in layers)],
            [None, *(arrays[Quantity("b", l)] for l in layers)],
        )
        if self._predict.value:
            self._predict.value = False  # seen moving, and drawn anew by that
        else:
            self._redraw()

    def reset(self) -> None:
        """Go back to the arrays that the stepper was made with."""
        self.net, self.x, self.y = self._given
        self._redraw()

    def _redraw(self, _change: object = None) -> None:
        here = self.steps[self._deck.position]
        self.steps = backward_steps(
            self.net, self.x, self.y, self._notation.value, self._forward.value
        )
        self._write_frames(_same_place(here, self.steps))

    def _scenes(self) -> list[Scene]:
        trace = forward(self.net, self.x)
        return [
            Scene(self.net, trace, self.y, self.steps, k, self._sample.value)
            for k in range(len(self.steps))
        ]

    def _write_frames(self, position: int) -> None:
        html = [frame(scene, self._predict.value) for scene in self._scenes()]
        self._deck.write(html, [step.label for step in self.steps], position)


class _Numbers(w.VBox):
    """Pick one number of the stepper's arrays and move it; the last good frame always stays."""

    def __init__(self, stepper: Stepper) -> None:
        self._stepper = stepper
        self._array = w.Dropdown(
            options=[(_array_name(q), q) for q in stepper.arrays()], description="array"
        )
        small = w.Layout(width="150px")
        self._row = w.Dropdown(options=[0], description="row", layout=small)
        self._column = w.Dropdown(options=[0], description="column", layout=small)
        self._value = w.FloatSlider(
            description="value", step=0.01, layout=w.Layout(width="380px"), readout_format=".2f"
        )
        self._status = w.HTML()
        reset = w.Button(description="Put all back", tooltip="Undo every change of a number")
        self._array.observe(self._show_array, "value")
        self._row.observe(self._show_value, "value")
        self._column.observe(self._show_value, "value")
        self._value.observe(self._move, "value")
        reset.on_click(self._reset)
        self._loading = False
        self._show_array()
        super().__init__(
            [row(self._array, self._row, self._column), row(self._value, reset), self._status]
        )

    @property
    def _place(self) -> tuple[int, int]:
        return self._row.value, self._column.value

    def _show_array(self, _change: object = None) -> None:
        """Let the controls follow the array, and start where a change moves the cost the most."""
        quantity = self._array.value
        strength = self._stepper.arrays()[quantity]
        if quantity.layer is not None:
            grads = backpropagate(self._stepper.net, self._stepper.x, self._stepper.y)
            strength = getattr(grads, quantity.name)[quantity.layer]
        place = np.unravel_index(np.abs(strength).argmax(), strength.shape)
        self._loading = True
        for control, n, index in zip((self._row, self._column), strength.shape, place):
            control.options = range(n)
            control.value = int(index)
        self._loading = False
        self._show_value()

    def _show_value(self, _change: object = None) -> None:
        """Let the slider follow the number that stands in the chosen place."""
        if self._loading:
            return
        number = float(self._stepper.arrays()[self._array.value][self._place])
        self._loading = True
        self._value.min, self._value.max = min(-3, 2 * number), max(3, 2 * number)
        self._value.value = number
        self._loading = False

    def _move(self, change: dict[str, float]) -> None:
        array = self._stepper.arrays()[self._array.value].copy()
        # The browser rounds a slider to its steps when it is first shown: that is no move.
        if self._loading or abs(change["new"] - array[self._place]) <= self._value.step / 2:
            return
        before = self._cost()
        array[self._place] = change["new"]
        self._stepper.change(self._array.value, array)
        self._status.value = (
            f"{self._array.value}[{self._row.value}, {self._column.value}] = {change['new']:.2f}: "
            f"the cost goes from {before:.4f} to {self._cost():.4f}."
        )

    def _reset(self, _button: w.Button) -> None:
        self._stepper.reset()
        self._show_value()
        self._status.value = f"Everything is as it was; the cost is {self._cost():.4f}."

    def _cost(self) -> float:
        return cost(self._stepper.net, self._stepper.x, self._stepper.y)


def _array_name(quantity: Quantity) -> str:
    return quantity.name + ("" if quantity.layer is None else layer_mark(quantity.layer))


def _same_place(here: Step, steps: tuple[Step, ...]) -> int:
    """Where the step is that computes what `here` did, or else one of the same rule and layer."""
    tests: tuple[Callable[[Step], bool], ...] = (
        lambda step: step.writes == here.writes,
        lambda step: (step.rule, step.writes.layer) == (here.rule, here.writes.layer),
    )
    found = (k for test in tests for k, step in enumerate(steps) if test(step))
    return next(found, 0)
