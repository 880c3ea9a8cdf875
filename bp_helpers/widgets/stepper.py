"""A widget that steps through one backward pass on the reader's own arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import Array, NotFinite, chosen, flag, matrix, numbers
from bp_helpers.backprop import Gradients
from bp_helpers.drawing.card import deck_of_steps
from bp_helpers.drawing.scene import Mine, Scene
from bp_helpers.forms import arrays_of
from bp_helpers.network import Network
from bp_helpers.steps.notations import NOTATIONS, notations_for, written_pass
from bp_helpers.steps.numbers import chip
from bp_helpers.steps.recorder import Pass
from bp_helpers.steps.step import Quantity, Step
from bp_helpers.verdict import WHOLE_PASS, Function, outcome
from bp_helpers.widgets.controls import button, fold, menu, part, player, row, slider, tick
from bp_helpers.widgets.panel import Panel

_REACH = 3.0  # how far the slider of a number goes to both sides, or twice as far as the number
_OTHER_NUMBERS = (
    "It belongs to the numbers at the start: “Put all back” brings both back. A function "
    "(net, x, y) as mine is run anew for other numbers."
)


class Stepper(Panel):
    """Step through one backward pass of `net` on x (n_0, m) with targets y (n_L, m).

    `notation` is a key of NOTATIONS. `include_forward` puts the forward pass in front, and
    `predict` hides every new number until the reader opens it. `size` is "normal", or "lecture"
    for a projector. All frames are made at once, so that stepping never asks the kernel. `mine` is
    your own gradient, in any form that `check_gradient` takes, or a function (net, x, y) that gives
    it and is run anew when a number changes: each step shows yours beside the right value, and the
    first from the output backwards at which they part is marked. δ is compared where `mine` has it,
    as Gradients. Raises ValueError for another size, for what `backward_steps` refuses, and for
    what is no gradient; what a function does is told instead.
    """

    note = "For another notation and other numbers, run this cell."

    def __init__(
        self,
        net: Network,
        x: object,
        y: object,
        notation: str = "layers",
        include_forward: bool = False,
        predict: bool = True,
        size: str = "normal",
        mine: object = None,
    ) -> None:
        self._pass = self._given = written_pass(net, x, y, notation, include_forward)
        predict = flag("predict", predict)
        self._notations = notations_for(net, self._pass.m)
        way = {"notation": self._notations.index(notation), "forward": include_forward}
        place = {"array": 0, "row": 0, "column": 0, "number": 0.0, "reset": 0}
        values = {"step": 0, **way, "predict": predict, "sample": 0, **place}
        super().__init__(values, {"step": len(self.steps)}, size)
        self._way, self._start, self._mine = way, self.arrays(), _taken(net, mine)
        self._show(self._pass, 0)
        self._show_array()

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

    @property
    def position(self) -> int:
        """Which step is on show, from 0."""
        return int(self._values["step"])

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

    def change(self, quantity: Quantity | str, array: object) -> None:
        """Put `array` in the place of "x", "y", "W[1]", "b[1]" and so on, and draw the pass anew.

        Raises ValueError for an array that does not fit, or numbers that overflow; the last good
        frames then stay.
        """
        by_name = {str(q): q for q in self.arrays()}
        name = str(quantity) if isinstance(quantity, Quantity) else quantity
        self._put(chosen("quantity", name, by_name), array)
        self._show_number()
        self._send()

    def reset(self) -> None:
        """Go back to the arrays that the stepper was made with."""
        self._put_all_back()
        self._send()

    def _put_all_back(self) -> None:
        self._go_on_with(self._given.net, self._given.x, self._given.y)
        self._show_number()
        self._say(f"Everything is as it was; the cost is {_figures(self.cost)}.")

    def _put(self, quantity: Quantity, array: object) -> None:
        rows, width = self.arrays()[quantity].shape
        array = matrix(str(quantity), array, rows, width, "that of the array which it replaces")
        arrays = {**self.arrays(), quantity: array}
        layers = range(1, self.net.L + 1)
        net = self.net.replace(
            [None, *(arrays[Quantity("W", l)] for l in layers)],
            [None, *(arrays[Quantity("b", l)] for l in layers)],
        )
        self._go_on_with(net, arrays[Quantity("x")], arrays[Quantity("y")])

    def _go_on_with(self, net: Network, x: Array, y: Array) -> None:
        """Compute the pass anew, and only then put it in the place of the old one."""
        here, notation = self.steps[self.position], self._notations[self._values["notation"]]
        p = written_pass(net, x, y, notation, self._values["forward"])
        self._show(p, _same_place(here, p.steps))
        self._say("")

    def _show(self, p: Pass, position: int) -> None:
        self._pass = p
        self._beside = self._compared()
        self._values["step"], self._choices["step"] = position, len(p.steps)
        self._draw()

    def _compared(self) -> Mine | None:
        """The reader's own gradient beside the pass, or why it cannot be put there."""
        p, mine = self._pass, self._mine
        if mine is None:
            return None
        if callable(mine):
            return _what_it_gives(mine, p)
        now = self.arrays()
        unchanged = all(np.array_equal(now[q], array) for q, array in self._start.items())
        return Mine(p, mine) if unchanged else Mine(p, {}, _OTHER_NUMBERS)

    def _deck(self, stored: bool = False) -> Markup:
        steps, sample = range(len(self.steps)), self._values["sample"]
        scenes = [Scene(self._pass, k, sample, mine=self._beside) for k in steps]
        return deck_of_steps(scenes, self._values["predict"], stored, self.position)

    def _form(self) -> Markup:
        values, m = self._values, self._pass.m
        titles = [f"{key}: {NOTATIONS[key].title}" for key in self._notations]
        samples = [f"{i} of 0 to {m - 1}" for i in range(m)]
        return join(
            row(player("step"), menu("notation", "notation", titles, values["notation"])),
            part("deck"),
            row(
                tick("predict", "predict first", values["predict"]),
                tick("forward", "forward pass too", values["forward"]),
                *([menu("sample", "sample", samples, values["sample"])] if m > 1 else []),
            ),
            fold("Change x, y, a weight or a bias", part("numbers")),
            part("status", role="status"),
        )

    def _follow(self, name: str) -> None:
        follow = {
            "notation": self._rewrite,
            "forward": self._rewrite,
            "array": self._show_array,
            "row": self._show_number,
            "column": self._show_number,
            "number": self._move,
            "reset": self._put_all_back,
        }
        follow.get(name, self._draw)()

    def _rewrite(self) -> None:
        """Write the pass in another way, or say why that cannot be done and go back."""
        wanted = self._notations[self._values["notation"]]
        try:
            self._go_on_with(self.net, self.x, self.y)
            self._way = {name: self._values[name] for name in self._way}
        except NotFinite as problem:
            self._values.update(self._way)
            self._say(f"{wanted}: {problem}")

    # One number of the arrays, and the slider that moves it

    @property
    def _array(self) -> Quantity:
        chosen: int = self._values["array"]
        return list(self.arrays())[chosen]

    @property
    def _place(self) -> tuple[int, int]:
        # The browser may be behind, and name a place of the array before.
        rows, columns = self.arrays()[self._array].shape
        return min(self._values["row"], rows - 1), min(self._values["column"], columns - 1)

    @property
    def _name(self) -> str:
        row, column = self._place
        return f"{self._array}[{row}, {column}]"

    def _show_array(self) -> None:
        """Let the controls follow the array, and start where a change moves the cost the most."""
        strength = self.strength(self._array)
        places = np.unravel_index(strength.argmax(), strength.shape)
        self._values["row"], self._values["column"] = map(int, places)
        self._say("")
        self._show_number()

    def _show_number(self) -> None:
        """Let the slider follow the number that stands in the chosen place."""
        array = self.arrays()[self._array]
        self._values["number"] = number = float(array[self._place])
        self._cost_at_first = self.cost
        names = [chip(q.name, q.layer) if q.layer else q.name for q in self.arrays()]
        indices = [[str(i) for i in range(n)] for n in array.shape]
        low, high = min(-_REACH, 2 * number), max(_REACH, 2 * number)
        self._parts["numbers"] = join(
            row(
                menu("array", "array", names, self._values["array"]),
                *map(menu, ("row", "column"), ("row", "column"), indices, self._place),
            ),
            row(
                slider("number", self._name, number, low, high, 0.01, ends=False),
                button("reset", "Put all back"),
            ),
        )

    def _move(self) -> None:
        """Put the number where the slider is, or say why that cannot be drawn and go back."""
        array, number = self.arrays()[self._array].copy(), self._values["number"]
        array[self._place] = number
        try:
            self._put(self._array, array)
        except NotFinite as problem:
            self._show_number()
            self._say(f"{self._name} = {number:.3g} is too large to be drawn: {problem}")
        else:
            costs = map(_figures, (self._cost_at_first, self.cost))
            self._say(f"{self._name} = {number:.6g}: the cost goes from {' to '.join(costs)}.")

    def _say(self, sentence: str) -> None:
        self._parts["status"] = element("p", sentence) if sentence else Markup("")


def _taken(net: Network, mine: object) -> Mapping[Quantity, Array] | Function | None:
    """A gradient as arrays, or the function that gives it; raises ValueError for anything else."""
    if mine is None or callable(mine):
        return mine
    try:
        return _by_array(net, mine)
    except ValueError as problem:
        raise ValueError(f"mine: {problem}") from None


def _by_array(net: Network, given: object) -> dict[Quantity, Array]:
    """The arrays of a gradient, each under the array whose gradient it is: δ under z.

    Raises ValueError for what has none of the usual forms.
    """
    sides, found = (("W", net.W), ("b", net.b)), {}
    for (name, own), arrays in zip(sides, arrays_of(net, given)):
        for l, array in enumerate(arrays, start=1):
            alone = array.ndim == 0 and own[l].size == 1  # a single number for a 1×1 matrix
            found[Quantity(name, l)] = array.reshape(1, 1) if alone else array
    for l, delta in _deltas(net, given).items():
        if delta is not None:
            found[Quantity("z", l)] = numbers(f"grads.delta[{l}]", delta, finite_only=False)
    return found


def _deltas(net: Network, given: object) -> dict[int, object]:
    """δ by its layer, where there is one."""
    delta: object = given.delta if isinstance(given, Gradients) else None
    if isinstance(delta, (tuple, list)):  # with None in front or not
        return dict(enumerate(delta, start=net.L + 1 - len(delta)))
    return dict(delta) if isinstance(delta, Mapping) else {}


def _what_it_gives(function: Function, p: Pass) -> Mine:
    """What a function of the reader's gives for the numbers of a pass, or what it does instead."""
    found = outcome(function, (p.net, p.x, p.y), WHOLE_PASS)
    if found.trouble is not None:
        return Mine(p, {}, found.trouble.says)
    try:
        return Mine(p, _by_array(p.net, found.value))
    except ValueError as problem:
        return Mine(p, {}, str(problem))


def _figures(cost: float) -> str:
    return f"{cost:.4f}" if cost < 1e4 else f"{cost:.3g}"


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
