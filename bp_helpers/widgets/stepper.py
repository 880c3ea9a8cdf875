"""A widget that steps through one backward pass on the reader's own arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w
import numpy as np

from bp_helpers._html import element
from bp_helpers._validation import Array, NotFinite, matrix
from bp_helpers.drawing.card import filmstrip, frame
from bp_helpers.drawing.network import Scene
from bp_helpers.network import Network
from bp_helpers.steps.notations import NOTATIONS, notations_for, written_pass
from bp_helpers.steps.numbers import layer_mark
from bp_helpers.steps.recorder import Pass
from bp_helpers.steps.step import Quantity, Step
from bp_helpers.widgets.carousel import Carousel, Panel, row


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
        self._pass = self._given = written_pass(net, x, y, notation, include_forward)
        m = self._pass.m
        self._notation = w.Dropdown(
            options=[(f"{key}: {NOTATIONS[key].title}", key) for key in notations_for(net, m)],
            value=notation,
            description="notation",
            layout=w.Layout(width="430px"),
        )
        tick = {"indent": False, "layout": w.Layout(width="auto", margin="2px 24px 2px 2px")}
        self._forward = w.Checkbox(include_forward, description="forward pass too", **tick)
        self._predict = w.Checkbox(predict, description="predict first", **tick)
        self._sample = w.Dropdown(
            options=[(f"{i + 1} of {m}", i) for i in range(m)],
            description="sample",
            layout=w.Layout(width="180px"),
        )
        for control in (self._notation, self._forward):
            control.observe(self._rewrite, "value")
        self._message = w.HTML()
        for control in (self._predict, self._sample):
            control.observe(self._redraw, "value")

        self._carousel = carousel = Carousel()
        self._show(self._pass, 0)
        carousel.link()

        self._numbers = _Numbers(self)
        change = w.Accordion([self._numbers], titles=("Change x, y, a weight or a bias",))
        super().__init__(
            [
                row(carousel.play, carousel.slider, self._notation),
                carousel.chips,
                carousel.stack,
                self._message,
                row(self._predict, self._forward, *([self._sample] if m > 1 else [])),
                change,
            ],
        )

    def __repr__(self) -> str:
        return f"Stepper: {len(self.steps)} steps of {self.net!r}"

    @property
    def net(self) -> Network:
        """The network as it stands, with what the reader has changed."""
        return self._pass.net

    @property
    def x(self) -> Array:
        """The samples, as columns."""
        return self._pass.x

    @property
    def y(self) -> Array:
        """The targets, as columns."""
        return self._pass.y

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that are shown."""
        return tuple(self._pass.steps)

    @property
    def cost(self) -> float:
        """The cost of the pass that is shown."""
        return float(self._pass.value(Quantity(self._pass.notation.cost)))

    def still(self) -> str:
        """A filmstrip of all steps."""
        return filmstrip(self._scenes(self._pass))

    def arrays(self) -> dict[Quantity, Array]:
        """Every array that can be changed, by its name."""
        parameters = {
            Quantity(name, l): arrays[l]
            for l in range(1, self.net.L + 1)
            for name, arrays in (("W", self.net.W), ("b", self.net.b))
        }
        return {Quantity("x"): self.x, Quantity("y"): self.y, **parameters}

    def strength(self, quantity: Quantity) -> Array:
        """How much each number of an array moves the cost; of x and y, how large it is."""
        if quantity.layer is None:
            return np.abs(self.arrays()[quantity])
        gradient: Array = getattr(self._pass.grads, quantity.name)[quantity.layer]
        return np.abs(gradient)

    def change(self, quantity: Quantity, array: object) -> None:
        """Put `array` in the place of x, y, W[l] or b[l], and draw the pass anew.

        Raises ValueError for an array that does not fit, or numbers that overflow; the last good
        frames then stay.
        """
        rows, width = self.arrays()[quantity].shape
        array = matrix(str(quantity), array, rows, width, "that of the array which it replaces")
        arrays = {**self.arrays(), quantity: array}
        layers = range(1, self.net.L + 1)
        net = self.net.replace(
            [None, *(arrays[Quantity("W", l)] for l in layers)],
            [None, *(arrays[Quantity("b", l)] for l in layers)],
        )
        self._go_on_with(net, arrays[Quantity("x")], arrays[Quantity("y")], seen_moving=True)

    def reset(self) -> None:
        """Go back to the arrays that the stepper was made with."""
        self._go_on_with(self._given.net, self._given.x, self._given.y)

    def _go_on_with(self, net: Network, x: Array, y: Array, seen_moving: bool = False) -> None:
        """Compute the pass anew, and only then put it in the place of the old one."""
        here = self.steps[self._carousel.position]
        p = written_pass(net, x, y, self._notation.value, self._forward.value)
        predict = self._predict.value and not seen_moving
        self._show(p, _same_place(here, p.steps), predict)
        if predict != self._predict.value:
            self._predict.unobserve(self._redraw, "value")
            self._predict.value = predict
            self._predict.observe(self._redraw, "value")

    def _rewrite(self, change: dict[str, Any]) -> None:
        """Write the pass in another way, or say why that cannot be done and go back."""
        try:
            self._go_on_with(self.net, self.x, self.y)
        except NotFinite as problem:
            change["owner"].value = change["old"]
            self._message.value = element("div", f"{change['new']}: {problem}")
        else:
            self._message.value = ""

    def _redraw(self, _change: object) -> None:
        self._show(self._pass, self._carousel.position)

    def _scenes(self, p: Pass) -> list[Scene]:
        return [Scene(p, k, self._sample.value) for k in range(len(p.steps))]

    def _show(self, p: Pass, position: int, predict: bool | None = None) -> None:
        predict = self._predict.value if predict is None else predict
        frames = [frame(scene, predict) for scene in self._scenes(p)]
        self._pass = p
        self._carousel.write(frames, [step.label for step in p.steps], position)


class _Numbers(w.VBox):  # type: ignore[misc]
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
        strength = self._stepper.strength(self._array.value)
        place = np.unravel_index(strength.argmax(), strength.shape)
        self._loading = True
        for control, n, index in zip((self._row, self._column), strength.shape, place):
            control.options = range(n)
            control.value = int(index)
        self._loading = False
        self._status.value = ""
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

    def _move(self, change: dict[str, Any]) -> None:
        array = self._stepper.arrays()[self._array.value].copy()
        # The browser rounds a slider to its steps when it is first shown: that is no move.
        if self._loading or abs(change["new"] - array[self._place]) <= self._value.step / 2:
            return
        before = self._stepper.cost
        array[self._place] = change["new"]
        name = f"{self._array.value}[{self._row.value}, {self._column.value}]"
        try:
            self._stepper.change(self._array.value, array)
        except NotFinite as problem:
            self._say(f"{name} = {change['new']:.3g} is too large to be drawn: {problem}")
            self._show_value()
            return
        self._say(
            f"{name} = {change['new']:.2f}: "
            f"the cost goes from {_figures(before)} to {_figures(self._stepper.cost)}."
        )

    def _reset(self, _button: w.Button) -> None:
        self._stepper.reset()
        self._show_value()
        self._say(f"Everything is as it was; the cost is {_figures(self._stepper.cost)}.")

    def _say(self, sentence: str) -> None:
        self._status.value = element("div", sentence)


def _figures(cost: float) -> str:
    return f"{cost:.4f}" if cost < 1e4 else f"{cost:.3g}"


def _array_name(quantity: Quantity) -> str:
    return quantity.name + ("" if quantity.layer is None else layer_mark(quantity.layer))


def _same_place(here: Step, steps: list[Step]) -> int:
    """Where the step is that computes what `here` did, by its name or its meaning, or its layer."""
    meaning = here.writes.kind[1:3], here.writes.layer
    tests: tuple[Callable[[Step], bool], ...] = (
        lambda step: step.writes == here.writes,
        lambda step: (step.writes.kind[1:3], step.writes.layer) == meaning,
        lambda step: step.writes.layer == here.writes.layer,
    )
    found = (k for test in tests for k, step in enumerate(steps) if test(step))
    return next(found, 0)
