"""The picture of a step in words, for a reader who does not see it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bp_helpers.drawing.layout import WIDTH, Sheet
from bp_helpers.drawing.scene import Scene, as_texts
from bp_helpers.steps.numbers import layer_mark
from bp_helpers.steps.step import Quantity

_MOST_WORDS = 500  # characters


def in_words(sheet: Sheet, predict: bool) -> str:
    """What there is to see; where that would be too long, ranges for the numbers of weights."""
    words = _words(sheet, predict, in_full=True)
    return words if len(words) <= _MOST_WORDS else _words(sheet, predict, in_full=False)


def _words(sheet: Sheet, predict: bool, in_full: bool) -> str:
    scene, step = sheet.scene, sheet.scene.step
    read = ", ".join(_seen(sheet, quantity, in_full) for quantity in step.reads)
    written = _seen(sheet, step.writes, in_full, asked=predict)
    sentences = (
        f"{scene.count}: {step.title}{'' if step.title.endswith('?') else '.'}",
        *([f"Drawn for {scene.sample_name}."] if scene.sample_name else ()),
        f"Read: {read}; written: {written}.",
        *([f"{scene.mark.capitalize()}."] if scene.mark else ()),
        *_missing(scene),
    )
    return " ".join(sentences)


def _missing(scene: Scene) -> Iterator[str]:
    """Which layers and neurons are drawn, where not all are."""
    if scene.is_window:
        shown = ", ".join(map(str, scene.layers))
        yield f"Layers drawn: {shown} of 0 to {scene.p.L}."
    drawn = [
        f"{', '.join(map(str, scene.neurons(l)))} of {scene.p.net.sizes[l]} in layer {l}"
        for l in scene.layers
        if scene.more(l)
    ]
    if drawn:
        yield f"Neurons drawn: {'; '.join(drawn)}."


def _seen(sheet: Sheet, quantity: Quantity, in_full: bool, asked: bool = False) -> str:
    """A quantity, where it is drawn, and its numbers as they are drawn."""
    if quantity.kind.at == "weights":
        numbers, where = _on_lines(sheet, quantity, in_full), _which_lines(quantity)
    else:
        numbers = ", ".join(_at_neurons(sheet, quantity))
        where = _which_neurons(sheet.scene, quantity)
    words = _name(sheet.scene, quantity)
    if numbers:
        words += f" {where}" if asked else f" {where} ({numbers})"
    return f"{words}, for you to predict" if asked else words


def _name(scene: Scene, quantity: Quantity) -> str:
    """Its label, or its symbol where no single step computes it."""
    labels = (step.label for step in scene.steps if step.writes == quantity)
    layers = quantity.layers(scene.p.L)
    parts = [
        letter + (layer_mark(layers[axis]) if axis and quantity.layer is not None else "")
        for letter, axis in filter(None, (quantity.kind.top, quantity.kind.bottom))
    ]
    return next(labels, "/".join(f"∂{part}" for part in parts) if len(parts) > 1 else parts[0])


def _on_lines(sheet: Sheet, quantity: Quantity, in_full: bool) -> str:
    """The numbers on the lines, a neuron's after another's, or between which they lie."""
    l = quantity.layer or 0
    if l not in sheet.lines or sheet.scene.on_lines(l) != quantity:
        return ""
    _, touched, labels = sheet.lines[l]
    if in_full and labels:
        neurons = dict.fromkeys(edge.j for edge in touched)
        rows = ([each.text for edge, each in zip(touched, labels) if edge.j == j] for j in neurons)
        return "; ".join(map(", ".join, rows))
    numbers = sorted(edge.number for edge in touched)
    low, high = as_texts(np.array([numbers[0], numbers[-1]]), WIDTH)
    return f"from {low} to {high}"


def _at_neurons(sheet: Sheet, quantity: Quantity) -> list[str]:
    """The numbers in, under or beside the neurons that belong to the quantity."""
    scene, name, l = sheet.scene, quantity.name, quantity.layer
    if quantity.kind.axes == ("m",):
        return [scene.cost]
    pills = sheet.pills.get(l or 0, {})
    under = {j: pill.number for j, pill in pills.items() if pill.step.writes.name == name}
    inside = scene.activations.get(l or 0, {})
    texts = {"a": inside, "y": scene.targets}.get(name, under)
    return [text for j, text in texts.items() if quantity.covers(l, j)]


def _which_neurons(scene: Scene, quantity: Quantity) -> str:
    """Where the numbers of neurons stand."""
    if quantity.layer is None:
        return "beside the outputs" if quantity.name == "y" else "below the outputs"
    row = quantity.place[0] if quantity.place else None
    alone = scene.p.net.sizes[quantity.layer] == 1
    neurons = f"neuron {row}" if row is not None else "the neuron" if alone else "the neurons"
    return f"{'in' if quantity.name == 'a' else 'under'} {neurons} of layer {quantity.layer}"


def _which_lines(quantity: Quantity) -> str:
    """Where the numbers of weights stand."""
    l = quantity.layer or 0
    into, out = quantity.place or (None, None)
    start = f"layer {l - 1}" if out is None else f"neuron {out} of layer {l - 1}"
    end = f"layer {l}" if into is None else f"neuron {into} of layer {l}"
    return f"on the {'lines' if None in (into, out) else 'line'} from {start} to {end}"
