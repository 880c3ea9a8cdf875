"""What is shown of one step: its layers and neurons, its numbers, the reader's own beside them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bp_helpers._validation import Array, wrong_shape
from bp_helpers.drawing.picture import wide
from bp_helpers.measure import terms
from bp_helpers.steps.numbers import MOST_DECIMALS, decimals_for, format_number, real_minus
from bp_helpers.steps.recorder import Pass
from bp_helpers.steps.step import KINDS, Quantity, Step

FONT = 18  # pixels, as in picture.css
IN_NEURON, IN_COST = 57, 76  # the room for a number, in pixels
_MOST_LAYERS = 4
_IN_OR_UNDER_NEURONS = {"a", *(name for name, kind in KINDS.items() if kind.at == "neurons")}
_ALIKE = 1e-9  # how far apart two ways to compute the same are, relative to the largest number
_ROUNDING = 1e-15  # and relative to what cancels in them: a few units of the last digit


@dataclass(frozen=True)
class Mine:
    """The reader's own gradient beside the pass `p`, step by step.

    `arrays` are theirs, whatever their shapes, each under the array whose gradient it is: W[l],
    b[l], and z[l] where they have a δ. `trouble` says why there are none.
    """

    p: Pass
    arrays: Mapping[Quantity, Array]
    trouble: str = ""

    @cached_property
    def problems(self) -> dict[int, str]:
        """What is wrong with theirs, by the steps that it has: nothing where it is the same."""
        every = range(len(self.p.steps))
        return {k: self._problem(k) for k in every if self._belongs_to(k) in self.arrays}

    @cached_property
    def parted(self) -> list[int]:
        """The steps at which theirs is wrong."""
        return [k for k, problem in self.problems.items() if problem]

    def value(self, k: int) -> Array:
        """Theirs at a step that it has; where its array has another shape, the whole of that."""
        array, writes = self.arrays[self._belongs_to(k)], self.p.steps[k].writes
        right = self.p.value(writes._replace(place=()))
        return array[writes.picks] if array.shape == right.shape else array

    def mark(self, k: int) -> str:
        """What a step at which theirs is wrong is called, and nothing at any other."""
        if k not in self.parted:
            return ""
        return f"yours parts here {'first' if k == self.parted[0] else 'too'}"

    def verdict(self, k: int) -> tuple[str, str]:
        """What is said of a step that theirs has, and what more of the first that is wrong."""
        if k not in self.parted:
            return "yours: the same ✓", ""
        if k != self.parted[0]:
            return f"✗ Yours parts here too. {self.problems[k]}", ""
        first = f" This is the first step where yours parts. {self._where_to_look(k)}"
        return f"✗ Yours parts here. {self.problems[k]}", first

    @property
    def summary(self) -> str:
        """What is said of all steps."""
        if self.trouble:
            return f"Yours is not compared. {self.trouble}"
        if not self.parted:
            return f"✓ Yours is the same at every step that it has: {len(self.problems)} of them."
        k = self.parted[0]
        step = self.p.steps[k]
        return (
            f"✗ Yours first parts at step {k + 1}: {step.rule} in layer {step.writes.layer} "
            f"({step.label}). It parts at {len(self.parted)} of the {len(self.problems)} steps "
            "that it has."
        )

    def _where_to_look(self, k: int) -> str:
        before = [i for i in self.problems if i < k]
        if not before:
            return "Look for the slip here or before: yours has no value at an earlier step."
        gap = f", or after step {before[-1] + 1}: yours has no value in between"
        return f"Look for the slip here{gap if before[-1] < k - 1 else ''}."

    def _belongs_to(self, k: int) -> Quantity:
        """The array whose gradient step k computes, or a part of it."""
        style, writes = self.p.notation, self.p.steps[k].writes
        names = {style.W: "W", style.b: "b", style.delta: "z", "dC_dz": "z"}
        return Quantity(names.get(writes.name, ""), writes.layer)

    @np.errstate(over="ignore", invalid="ignore")
    def _problem(self, k: int) -> str:
        of, writes = self._belongs_to(k), self.p.steps[k].writes
        whole = writes._replace(place=())
        mine, right = self.arrays[of], self.p.value(whole)
        if mine.shape != right.shape:
            rows, width = right.shape
            return wrong_shape(str(whole), mine, rows, width, f"that of {of}")
        gaps = np.zeros(right.shape)
        gaps[writes.picks] = np.nan_to_num(np.abs(mine - right), nan=np.inf)[writes.picks]
        apart = np.count_nonzero(gaps > self._tolerance(of, right))
        if not apart:
            return ""
        # Of those that are equal but for rounding, the first.
        place = np.unravel_index(np.argmax(gaps >= gaps.max() * (1 - _ALIKE)), gaps.shape)
        worst = whole._replace(place=tuple(map(int, place)))
        n = gaps[writes.picks].size
        many = f"{apart} of {n} entries {'parts' if apart == 1 else 'part'}. " if n > 1 else ""
        many += "The widest gap: " if apart > 1 else ""
        return f"{many}{worst} is {' and should be '.join(_unlike(mine[place], right[place]))}."

    def _tolerance(self, of: Quantity, right: Array) -> float:
        l = of.layer or 0
        fed = np.abs(self.p.trace.a[l - 1]).max() if of.name == "W" else 1.0
        return float(max(_ALIKE * np.abs(right).max(), self._rounding[l] * fed))

    @cached_property
    @np.errstate(over="ignore", invalid="ignore")
    def _rounding(self) -> dict[int, float]:
        """How far rounding alone may move δ of a layer, as where a is almost y, or almost 1."""
        p, net, a, found = self.p, self.p.net, self.p.trace.a, {}
        layers = range(p.L, 0, -1)
        apart = [l for l in layers if not p.is_fused(l)]
        slopes = {l: np.abs(net.sigma[l].slope(p.trace.z[l])) for l in apart}
        size = np.abs(a[p.L]) + np.abs(p.y) + terms(p.trace, p.L) * slopes.get(p.L, 0.0)
        into = np.abs(net.cost.slope(a[p.L], p.y))
        for l in layers:
            if l in slopes:  # which may have been computed as a(1 − a)
                size = size * slopes[l] + into * np.abs(a[l])
            found[l] = float(np.nan_to_num(_ROUNDING * size.max(), posinf=0.0))
            size, into = (np.abs(net.W[l]).T @ np.abs(v) for v in (size, p.grads.delta[l]))
        return found


def _unlike(given: float, right: float) -> tuple[str, str]:
    """Two numbers with as many digits as they need to look different."""
    pairs = ([real_minus(f"{v:.{n}g}") for v in (given, right)] for n in range(4, 18))
    one, two = next(pair for pair in pairs if pair[0] != pair[1])
    return one.replace("nan", "NaN").replace("inf", "∞"), two


@dataclass(frozen=True)
class Scene:
    """Everything that is shown of step `k`: the pass, one sample of it, and the reader's values."""

    p: Pass
    k: int
    sample: int = 0
    unit: str = "Step"
    mine: Mine | None = None

    @property
    def steps(self) -> Sequence[Step]:
        """All steps of the pass."""
        return self.p.steps

    @property
    def step(self) -> Step:
        """The step that is drawn."""
        return self.steps[self.k]

    @property
    def touched(self) -> tuple[Quantity, ...]:
        """What the step writes, and what it reads."""
        return self.step.writes, *self.step.reads

    @property
    def count(self) -> str:
        """Which of the steps this is, in words."""
        return f"{self.unit} {self.k + 1} of {len(self.steps)}"

    @property
    def mark(self) -> str:
        """What the step is called where the reader's own value is wrong; nothing elsewhere."""
        return self.mine.mark(self.k) if self.mine else ""

    @property
    def sample_name(self) -> str:
        """Which sample of a batch is drawn, in words; nothing for a single sample."""
        return f"sample {self.sample} of 0 to {self.p.m - 1}" if self.p.m > 1 else ""

    @cached_property
    def layers(self) -> list[int]:
        """The layers that are drawn: of a deep network those around what the step touches."""
        L, written = self.p.L, self.step.writes.layer
        middle = (L if written is None else written) - 0.5
        touched = {l for q in self.touched for l in _layers_of(q, L)}
        nearest = sorted(range(L + 1), key=lambda l: (l not in touched, abs(l - middle)))
        return sorted(nearest[:_MOST_LAYERS])

    @property
    def is_window(self) -> bool:
        """Whether layers are left out."""
        return len(self.layers) <= self.p.L

    def neurons(self, l: int) -> list[int]:
        """The neurons of layer l that are drawn."""
        return [j for j in self.p.drawn[l] if j is not None]

    def more(self, l: int) -> str:
        """How many neurons of layer l are left out, as it stands under those that are drawn."""
        more = self.p.net.sizes[l] - len(self.neurons(l))
        return f"⋮ {more} more" if more else ""

    def of_sample(self, array: Array) -> Array:
        """The column (n,) of the drawn sample in an array (n, m), or of the only one in (n, 1)."""
        column: Array = array[:, self.sample if array.shape[1] == self.p.m else 0]
        return column

    @cached_property
    def activations(self) -> dict[int, dict[int, str]]:
        """For each layer that is drawn the activations as texts, by neuron."""
        return {l: self._inside(self.p.trace.a[l], l) for l in self.layers}

    @cached_property
    def targets(self) -> dict[int, str]:
        """The targets as texts, by neuron; none where the outputs are not drawn."""
        return self._inside(self.p.y, self.p.L) if self.p.L in self.layers else {}

    def _inside(self, array: Array, l: int) -> dict[int, str]:
        shown = self.neurons(l)
        return dict(zip(shown, as_texts(self.of_sample(array)[shown], IN_NEURON)))

    @property
    def cost(self) -> str:
        """The number of the step that computes the cost, as a text."""
        (number,) = as_texts(self.step.value.reshape(1), IN_COST)
        return number

    def at_neuron(self, step: Step, j: int) -> float:
        """What `step` has left at neuron j, for the drawn sample."""
        values = step.value.T if step.writes.kind.is_row else step.value
        if step.writes.place:  # the numbers of one neuron, one for each sample
            values, j = np.atleast_2d(values), 0
        return float(self.of_sample(values)[j])

    def texts_under(self, step: Step, l: int, room: float) -> dict[int, str]:
        """The same as texts for the neurons of layer l that are drawn, in so many pixels each."""
        shown = [j for j in self.neurons(l) if step.writes.covers(l, j)]
        numbers = np.array([self.at_neuron(step, j) for j in shown])
        return dict(zip(shown, as_texts(numbers, room, step.writes.kind.signed)))

    def on_lines(self, l: int) -> Quantity | None:
        """The quantity whose numbers stand on the lines into layer l, if the step touches one."""
        at_weights = (q for q in self.touched if q.kind.at == "weights")
        return next((q for q in at_weights if q.layer == l), None)

    def at_weights(self, l: int) -> Array:
        """The numbers of that quantity in the shape of W[l]; NaN where the step touches none."""
        numbers: Array = np.full(self.p.net.W[l].shape, np.nan)
        if quantity := self.on_lines(l):
            written = quantity == self.step.writes
            value = self.step.value if written else self.p.value(quantity)
            if quantity.kind.axes[1] == "m":  # one number for each sample, at a single weight
                value = self.of_sample(value)[:, None]
            numbers[quantity.picks] = value
        return numbers

    def touches(self, names: Container[str], l: int | None, j: int) -> bool:
        """Whether the step reads or writes one of these quantities at neuron j of layer l."""
        return any(q.name in names and q.covers(l, j) for q in self.touched)

    def touches_neuron(self, l: int, j: int) -> bool:
        """Whether the step reads or writes something in or under neuron j of layer l."""
        return self.touches(_IN_OR_UNDER_NEURONS, l, j)

    def writes_neuron(self, l: int, j: int) -> bool:
        """Whether the step computes something in or under neuron j of layer l."""
        writes = self.step.writes
        return writes.name in _IN_OR_UNDER_NEURONS and writes.covers(l, j)

    @cached_property
    def to_come(self) -> set[Quantity]:
        """What is computed in this step and in those after it."""
        return {step.writes for step in self.steps[self.k :]}

    def pill(self, l: int, j: int) -> Step | None:
        """The step whose number stands under neuron j of layer l, if there is one.

        What is computed goes first, then what is read, then what lasts; and the latest of them.
        """

        def rank(s: Step) -> tuple[bool, bool, bool]:
            return s is self.step, self.touches({s.writes.name}, l, j), s.writes.kind.lasting

        done = [s for s in self._under_neurons if s.writes.covers(l, j) and any(rank(s))]
        return max(done, key=rank, default=None)

    @cached_property
    def _under_neurons(self) -> list[Step]:
        return [s for s in reversed(self.steps[: self.k + 1]) if _is_at_neurons(s)]


def _layers_of(quantity: Quantity, L: int) -> set[int]:
    """The layers in which a quantity is drawn, or between which."""
    if quantity.layer is None:  # the target, and the cost
        return {L}
    before = {quantity.layer - 1} if quantity.kind.at == "weights" else set()
    return {quantity.layer, *before}


def _is_at_neurons(step: Step) -> bool:
    """Whether the step's numbers stand under neurons; between two layers, only a row can."""
    between_layers = step.writes.kind.axes == ("L", "l")
    return step.writes.kind.at == "neurons" and not (between_layers and len(step.value) > 1)


def as_texts(numbers: Array, room: float, signed: bool = False) -> list[str]:
    """Numbers (n,) with as many decimals as on the card, or as fit into `room` pixels.

    The largest keeps two figures, and the smallest one; where there is no room for them, an
    exponent may be shorter.
    """
    most = decimals_for(numbers)
    two_figures = max(0, 1 - int(np.floor(np.log10(np.abs(numbers).max(initial=0) or 1))))
    found: list[list[str]] = []
    for decimals in (*range(most, min(most, two_figures) - 1, -1), MOST_DECIMALS + 1):
        if decimals < most and (np.abs(numbers[numbers != 0]) <= 0.5 * 10.0**-decimals).any():
            continue  # one of them would be rounded to 0
        found.append([_as_text(v, decimals, signed) for v in numbers.tolist()])
        if widest(found[-1]) <= room:
            return found[-1]
    return min(found, key=widest)


def _as_text(v: float, decimals: int, signed: bool) -> str:
    if not v and decimals > MOST_DECIMALS:
        return "0"  # among numbers with an exponent
    return format_number(v, decimals, signed, after_point=1)


def text_width(text: str) -> float:
    """How many pixels wide a text is in the picture, at most."""
    return wide(text, FONT)


def widest(texts: Sequence[str]) -> float:
    """The width in pixels of the widest text."""
    return max(map(text_width, texts), default=0)
