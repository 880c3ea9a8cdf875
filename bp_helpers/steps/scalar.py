"""The notations that take a neuron at a time: `chain` and `index`."""

from __future__ import annotations

from typing import Any

from bp_helpers.steps.line import At
from bp_helpers.steps.numbers import MOST_SHOWN, layer_mark, subscript
from bp_helpers.steps.questions import (
    fixed,
    heaviest_path,
    largest,
    passed_on,
    signs,
    smaller_than,
    which_number,
)
from bp_helpers.steps.recorder import Pass
from bp_helpers.steps.step import Quantity

_ACROSS = (None, "i")  # letters along the axes of one neuron: none, and its samples
_SUM_OF_SAMPLES = "np.sum({}, axis=1, keepdims=True)"


def chain(p: Pass) -> None:
    """One factor at a time, through single neurons in a row."""
    _output(p)
    for l in range(p.L, 0, -1):
        if not p.is_fused(l):
            _slope_of_neuron(p, l)
        _weight(p, l)
        _bias(p, l)
        if l > 1:
            _back_to_activation(p, l)


def _output(p: Pass) -> None:
    if p.net.fused:
        _fused_output(p, (), _ACROSS, "z of the output", f"∂C/∂z{layer_mark(p.L)}")
        return
    p.add(
        Quantity("dC_da", p.L),
        p.error(),
        _ACROSS,
        rule="factor",
        label=f"∂C/∂a{layer_mark(p.L)}",
        title="How the output moves the cost",
        question=signs,
        words="Nudge the output: how much the cost moves depends on how far off it is.",
    )


def _fused_output(p: Pass, place: tuple[int | None, ...], at: At, moved: str, label: str) -> None:
    """∂C/∂z of the output in one step, where cost and activation are taken together."""
    p.add(
        Quantity("dC_dz", p.L, place),
        f"({p.error()}){_picked(place)}" if place else p.error(),
        at,
        rule="slope of C",
        label=label,
        title=f"How {moved} moves the cost",
        question=signs,
        words="Cost and activation are taken together, and what is left is output minus target.",
    )


def _slope_of_neuron(p: Pass, l: int) -> None:
    p.add(
        Quantity("da_dz", l),
        p.slope(l),
        _ACROSS,
        rule="factor",
        label=f"∂a{layer_mark(l)}/∂z{layer_mark(l)}",
        title=f"The slope of neuron {l}",
        question=passed_on,
        words=f"Nudge z of neuron {l}: its activation moves by the slope of σ there.",
    )


def _weight(p: Pass, l: int) -> None:
    mark, before = layer_mark(l), f"a{layer_mark(l - 1)}" if l > 1 else "x"
    source = f"the activation of neuron {l - 1}" if l > 1 else "the input"
    _local_slope(
        p, l, "dz_dw", f"a[{l - 1}]", f"∂w{mark}",
        title=f"What the weight of neuron {l} multiplies",
        question=which_number("which number of the picture is it?", f"{source}, {before}"),
        words=f"Nudge the weight: z moves by {source}.",
    )  # fmt: skip
    _product(
        p, l, Quantity("dC_dw", l), "dz_dw", f"∂w{mark}",
        title=f"{_how_many(p, l)} factors: the slope for w{mark}",
        words=f"The slope of the cost for the weight of neuron {l}.",
    )  # fmt: skip


def _bias(p: Pass, l: int) -> None:
    mark = layer_mark(l)
    _local_slope(
        p, l, "dz_db", f"np.ones_like(z[{l}])", f"∂b{mark}",
        title="What a bias does to z",
        question=fixed(
            "does it depend on any number of the network?", "No: a bias is added as it is, so 1."
        ),
        words="Nudge the bias: z moves by just as much.",
    )  # fmt: skip
    _product(
        p, l, Quantity("dC_db", l), "dz_db", f"∂b{mark}",
        title=f"{_how_many(p, l)} factors: the slope for b{mark}",
        words=f"The slope of the cost for the bias of neuron {l}.",
    )  # fmt: skip


def _back_to_activation(p: Pass, l: int) -> None:
    before = f"∂a{layer_mark(l - 1)}"
    _local_slope(
        p, l, "dz_da", f"W[{l}]", before,
        title=f"What the activation of neuron {l - 1} meets",
        question=which_number(
            "which number of the network is it?", f"the weight w{layer_mark(l)}"
        ),
        words=f"Nudge the activation of neuron {l - 1}: z moves by the weight.",
    )  # fmt: skip
    _product(
        p, l, Quantity("dC_da", l - 1), "dz_da", before,
        title=f"Carry the cost back to neuron {l - 1}",
        words=f"How the activation of neuron {l - 1} moves the cost: layer {l - 1} reuses it.",
    )  # fmt: skip


def _local_slope(p: Pass, l: int, name: str, line: str, bottom: str, **said: Any) -> None:  # noqa: ANN401
    """How z of layer l moves with something that goes into it."""
    label = f"∂z{layer_mark(l)}/{bottom}"
    p.add(Quantity(name, l), line, _ACROSS, rule="factor", label=label, **said)


def _product(p: Pass, l: int, made: Quantity, last: str, bottom: str, **said: str) -> None:
    """The factors from the cost to something of layer l, as a mean unless it has samples."""
    into_z = f"dC_dz[{l}]" if p.is_fused(l) else f"dC_da[{l}] * da_dz[{l}]"
    line = f"{into_z} * {last}[{l}]"
    if "m" not in made.kind.axes:
        line = p.by_batch(line, f"{_SUM_OF_SAMPLES.format(line)} / m")
    label = f"∂C/{bottom}"
    p.add(made, line, _ACROSS, rule="product", label=label, question=signs, **said)


def _how_many(p: Pass, l: int) -> str:
    return "Two" if p.is_fused(l) else "Three"


def index(p: Pass) -> None:
    """One neuron at a time: its activation, by a sum over paths, then its bias and its weights.

    A wide layer is written once, for every neuron j.
    """
    for l in range(p.L, 0, -1):
        for j in range(p.net.sizes[l]) if p.net.sizes[l] <= MOST_SHOWN else (None,):
            _activation(p, l, j)
            _bias_of_neuron(p, l, j)
            _weights_of_neuron(p, l, j)


def _place(p: Pass, j: int | None) -> tuple[int | None, ...]:
    """Where neuron j stands in the arrays of its layer: one number, or a row of one per sample."""
    return () if j is None else (j, 0 if p.m == 1 else None)


def _at(p: Pass, j: int | None) -> tuple[str | None, ...]:
    """The letters along what is left of them."""
    return ("j", "i") if j is None else () if p.m == 1 else ("i",)


def _mark(l: int, j: int | None, k: str = "") -> str:
    """The indices and the layer of a symbol, in plain text."""
    return subscript(f"{'j' if j is None else j}{k}") + layer_mark(l)


def _neuron(j: int | None) -> str:
    return "every neuron j" if j is None else f"neuron {j}"


def _picked(place: tuple[int | str | None, ...]) -> str:
    """A place as it is written in NumPy."""
    return str(Quantity("", None, place)) if place else ""  # type: ignore[arg-type]


def _activation(p: Pass, l: int, j: int | None) -> None:
    place, mark = _place(p, j), f"∂C/∂a{_mark(l, j)}"
    if p.is_fused(l):
        name = f"z of {_neuron(j)} of the output"
        _fused_output(p, place, _at(p, j), name, f"∂C/∂z{_mark(l, j)}")
        return
    if l == p.L:
        p.add(
            Quantity("dC_da", l, place),
            f"({p.error()}){_picked(place)}" if place else p.error(),
            _at(p, j),
            rule="slope of C",
            label=mark,
            title=f"How {_neuron(j)} of the output moves the cost",
            question=signs,
            words="Each output neuron moves the cost by how far it is from its own target.",
        )
        return
    there = [f"neuron {t} of layer {l + 1}" for t in range(p.net.sizes[l + 1])]
    p.add(
        Quantity("dC_da", l, place),
        _sum_over_paths(p, l, j),
        _at(p, j),
        rule="Σ paths",
        label=mark,
        title=f"Add up the paths from {_neuron(j)} of layer {l}",
        question=heaviest_path(there) if place and p.m == 1 else signs,
        words=f"One path through each neuron of layer {l + 1}: how "
        f"{'its z moves the cost' if p.is_fused(l + 1) else 'it moves the cost, the slope there'}, "
        "and the weight. The paths add up.",
    )


def _sum_over_paths(p: Pass, l: int, j: int | None) -> str:
    """∂C/∂a of a hidden neuron: a term for each neuron t of the next layer."""
    if j is None:
        into_z = _into_z(p, l + 1)
        return f"W[{l + 1}].T @ {into_z if p.is_fused(l + 1) else f'({into_z})'}"
    term = f"{_into_z(p, l + 1, p.by_batch('[t, 0]', '[t, :]'))} * W[{l + 1}][t, {j}]"
    return f"sum({term} for t in range({p.net.sizes[l + 1]}))"


def _into_z(p: Pass, l: int, place: str = "") -> str:
    """How z of layer l, or of some of its neurons, moves the cost, in NumPy."""
    if p.is_fused(l):
        return f"dC_dz[{l}]{place}"
    return f"dC_da[{l}]{place} * {p.slope(l, place)}"


def _bias_of_neuron(p: Pass, l: int, j: int | None) -> None:
    place = _picked(_place(p, j))
    product = f"{_into_z(p, l, place)} * 1"
    whole = _SUM_OF_SAMPLES if j is None else "np.sum({})"
    p.add(
        Quantity("dC_db", l, () if j is None else (j, 0)),
        p.by_batch(product, f"{whole.format(product)} / m"),
        ("j", None) if j is None else (),
        rule="product",
        label=f"∂C/∂b{_mark(l, j)}",
        title=f"The bias of {_neuron(j)} of layer {l}",
        question=signs
        if p.is_fused(l)
        else smaller_than(Quantity("dC_da", l, _place(p, j)), f"∂C/∂a{_mark(l, j)}"),
        words="The bias moves z by as much as itself, and z moves the cost as before."
        if p.is_fused(l)
        else "The bias moves z by as much as itself, so that only the slope of σ comes between.",
    )


def _weights_of_neuron(p: Pass, l: int, j: int | None) -> None:
    place = _picked(_place(p, j))
    into_z = _into_z(p, l, place)
    scaled = into_z if p.is_fused(l) else f"({into_z})"
    one_by_one = j is not None and p.m == 1
    p.add(
        Quantity("dC_dw", l, () if j is None else (j, None)),
        f"{into_z} * a[{l - 1}][:, 0]" if one_by_one else p.mean(f"{scaled} @ a[{l - 1}].T"),
        ("j", "k") if j is None else ("k",),
        rule="product",
        label=f"∂C/∂w{_mark(l, j, 'k')}",
        title=f"The weights into {_neuron(j)} of layer {l}",
        question=largest,
        words=f"For each neuron k of layer {l - 1}: how {'z of ' * p.is_fused(l)}{_neuron(j)} "
        f"moves the cost, {'' if p.is_fused(l) else 'the slope there, '}and the activation of k.",
    )
