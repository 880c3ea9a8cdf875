"""Every public argument is given every kind of junk that people pass: a clear refusal, or none.

What is taken although it looks odd stands in ACCEPTED, with the reason.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import bp_helpers as bp
from bp_helpers import blocks, depth, digits, examples, explorers, plots
from bp_helpers.functions import Activation, Cost
from bp_helpers.steps.paths import path_steps
from bp_helpers.steps.step import Quantity

NET, X, Y = examples.small_network()
TRACE = bp.forward(NET, X)
GRADS = bp.backpropagate(NET, X, Y)
FEW = digits.Samples(digits.test.x[:, :20], digits.test.y[:, :20])
READER = bp.Network.random([784, 4, 10], seed=0)
OUTPUT = SimpleNamespace(value=1.0, parents=())  # a graph of one node
HISTORY = bp.train(NET, (X, Y), epochs=2, batch_size=1, eta=0.1, progress=False)


def square(z: np.ndarray) -> np.ndarray:
    return z * z


def square_slope(z: np.ndarray) -> np.ndarray:
    return 2 * z


def fourth(a: np.ndarray, y: np.ndarray) -> np.ndarray:
    return ((a - y) ** 4).sum(axis=0)


def fourth_slope(a: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 4 * (a - y) ** 3


# Each public callable, with arguments that are right.
LAYERS = [(NET.W[1], NET.b[1]), (NET.W[2], NET.b[2])]
PASS = {"net": NET, "x": X, "y": Y}
CALLS: dict[Callable, dict[str, object]] = {
    bp.Network: {"layers": LAYERS, "activation": "tanh", "cost": "squared"},
    bp.Network.random: {
        "sizes": [2, 3], "activation": "tanh", "cost": "squared", "seed": 0, "init": "he",
    },
    NET.replace: {"W": NET.W, "b": NET.b},
    bp.forward: {"net": NET, "x": X, "copy": True},
    bp.backward: {"net": NET, "trace": TRACE, "y": Y},
    bp.backpropagate: PASS,
    bp.update: {"net": NET, "grads": GRADS, "eta": 0.1},
    bp.cost: PASS,
    bp.numerical_gradient: {**PASS, "method": "central", "h": 1e-5},
    bp.check_gradient: {
        **PASS, "grads": GRADS, "method": "complex", "tolerance": 1e-9, "sample": 3, "seed": 0,
        "progress": False,
    },
    bp.train: {
        "net": NET, "samples": (X, Y), "epochs": 1, "batch_size": 1, "eta": 0.1, "seed": 0,
        "validation": (X, Y), "progress": False,
    },
    bp.accuracy: PASS,
    bp.backward_steps: {**PASS, "notation": "layers", "include_forward": False},
    bp.gradient_by: {"notation": "index", **PASS},
    path_steps: PASS,
    bp.Stepper: {
        **PASS, "notation": "layers", "include_forward": False, "predict": True, "size": "lecture",
        "mine": GRADS,
    },
    bp.Stepper(NET, X, Y).change: {"quantity": Quantity("W", 1), "array": NET.W[1]},
    bp.Stepper(NET, X, Y).save: {"path": ""},
    bp.Bridge: {"source": "ng", "target": "d2l", **PASS},
    bp.bridge.translate: {**PASS, "to": "ng"},
    bp.bridge.own_gradient: {"source": "ng", **PASS},
    bp.bridge.to_source: {"source": "ng", **PASS},
    bp.bridge.rules: {"source": "ng", "net": NET},
    bp.bridge.instructions: {"one": "ng", "other": "d2l", "net": NET},
    bp.bridge.agreement: PASS,
    bp.Drill: {"notebook": "05", "seed": 0},
    bp.Drill("05", seed=0).answer: {"text": "0.1"},
    explorers.Nudge: {"w": 0.8, "b": 0.3, "a_before": 0.5, "y": 0.9},
    explorers.Paths: {**PASS, "predict": True},
    explorers.Shapes: {"n_before": 2, "n": 3, "m": 4},
    explorers.Graph: {"output": OUTPUT, "predict": True, "size": "normal"},
    explorers.StepSize: {**PASS, "l": 1, "j": 0, "k": 0},
    explorers.Depth: {"layers": 2, "width": 3, "seed": 0},
    depth.rms: {"array": [1.0, 2.0]},
    depth.delta_by_layer: PASS,
    depth.dead_neurons: {"net": NET, "x": X},
    depth.rule_of_thumb: {"net": NET, "x": X},
    depth.factor_per_layer: {"sizes": [None, 0.1, 0.2]},
    depth.deep_network: {
        "layers": 2, "width": 3, "activation": "tanh", "init": "he", "seed": 0,
    },
    plots.outputs: {"courses": {"one": [0.1, 0.2]}},
    plots.delta_by_layer: {"sizes": {"one": [None, 0.1, 0.2]}, "measure": "rms of δ"},
    blocks.gradient_layout: {"net": NET},
    blocks.four_factors: {"sizes": [2, 3, 2], "l": 1},
    blocks.layer_shapes: {"n_before": 2, "n": 3, "m": 4, "flat_bias": False},
    digits.one_hot: {"labels": [1, 2], "classes": 3},
    examples.one_neuron: {"cost": "squared"},
    examples.chain: {"cost": "squared"},
    examples.small_network: {"cost": "squared"},
    examples.batch: {"cost": "squared"},
    Activation: {
        "name": "square", "value": square, "slope": square_slope, "letter": "s", "kinks": (),
        "elementwise": True,
    },
    Cost: {
        "name": "fourth", "value": fourth, "slope": fourth_slope, "source": "", "slope_source": "",
        "fused_with": "", "refuses": lambda y: "",
    },
    plots.activation_and_slope: {"name": "relu", "reach": 3.0},
    plots.digit_samples: {"samples": FEW, "count": 3},
    plots.learning_curves: {"histories": {"one": HISTORY}},
    plots.delta_sizes: {"history": HISTORY},
    plots.confusion: {"net": READER, "samples": FEW},
    plots.confusion_table: {"net": READER, "samples": FEW},
    plots.misread: {"net": READER, "samples": FEW, "count": 2},
    plots.first_layer_weights: {"net": READER},
}  # fmt: skip


class Strange:
    """An object of somebody else's that is nothing of what is asked for."""

    def __repr__(self) -> str:
        raise RuntimeError("not even its repr works")


JUNK: dict[str, object] = {
    "None": None,
    "True": True,
    "text": "one",
    "empty text": "",
    "bytes": b"one",
    "0": 0,
    "−1": -1,
    "a half": 0.5,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "complex": 1 + 2j,
    "empty list": [],
    "list of text": ["1", "2"],
    "ragged list": [[1, 2], [3]],
    "list of None": [None, None],
    "dictionary": {"a": 1},
    "set": {1, 2},
    "flat array": np.array([1.0, 2.0, 3.0]),
    "array of another shape": np.ones((7, 5)),
    "3-D array": np.ones((2, 2, 2)),
    "empty array": np.ones((0, 2)),
    "complex array": np.ones((2, 1)) * 1j,
    "array of objects": np.array([["1"], [None]], dtype=object),
    "masked array": np.ma.masked_array([[1.0], [2.0]], mask=[[True], [False]]),
    "array with NaN": np.array([[np.nan], [1.0]]),
    "dates": np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
    "class": dict,
    "function": len,
    "generator": (i for i in "ab"),
    "object": Strange(),
    "another network": bp.Network.random([3, 2], seed=1),
    "a trace": bp.forward(bp.Network.random([3, 2], seed=1), [1, 2, 3]),
}

# What is taken, by the names of callable, argument and junk; "*" stands for any of them.
ACCEPTED: dict[tuple[str, str, str], str] = {
    ("*", "seed", "None"): "then the numbers differ from call to call",
    ("*", "seed", "0"): "a seed",
    ("*", "validation", "None"): "there is no held-out data",
    ("*", "h", "None"): "the usual h of the method",
    ("*", "h", "a half"): "a number greater than 0",
    ("*", "tolerance", "None"): "that of the method",
    ("*", "tolerance", "a half"): "a number greater than 0",
    ("*", "sample", "None"): "all entries",
    ("check_gradient", "grads", "None"): "those of backpropagate",
    ("Stepper", "mine", "None"): "there is none",
    ("Stepper", "mine", "3-D array"): "two arrays for W, two for b, of shapes shown as wrong",
    **{("Stepper", "mine", junk): "is called, and what it raises is told"
       for junk in ("class", "function")},
    ("*", "eta", "a half"): "a number greater than 0",
    ("*", "reach", "a half"): "a number greater than 0",
    ("*", "j", "0"): "a neuron",
    ("*", "k", "0"): "a neuron",
    **{("*", flag, "True"): "one of the two that there are" for flag in (
        "copy", "progress", "include_forward", "predict", "flat_bias", "elementwise")},
    **{("Nudge", name, number): "on the slider" for name in ("w", "b", "a_before")
       for number in ("0", "−1", "a half")},
    ("Nudge", "y", "0"): "on the slider",
    **{("rms", "array", junk): "an array of any shape has a size" for junk in (
        "True", "0", "−1", "a half", "flat array", "array of another shape",
        "3-D array")},
    ("factor_per_layer", "sizes", "flat array"): "three sizes",
    ("Nudge", "y", "a half"): "on the slider",
    ("*", "letter", "text"): "any text will do",
    ("*", "letter", "empty text"): "any text will do",
    ("*", "measure", "text"): "any text will do",
    ("*", "measure", "empty text"): "any text will do",
    **{(kind, "name", junk): "any text will do"
       for kind in ("Activation", "Cost") for junk in ("text", "empty text")},
    **{("Cost", text, junk): "any text will do" for text in ("source", "slope_source")
       for junk in ("text", "empty text")},
    ("rules", "net", "None"): "the rules for any network",
    ("rules", "net", "another network"): "any network has its rules",
    ("instructions", "net", "None"): "what to do for any network",
    ("instructions", "net", "another network"): "any network has its factors",
    ("Cost", "fused_with", "empty text"): "the cost is taken by itself",
    ("Cost", "fused_with", "text"): "no network will have it",
    ("Cost", "refuses", "function"): "it is called with targets only",
    ("Cost", "refuses", "class"): "it is called with targets only",
    ("gradient_layout", "net", "another network"): "any network has a gradient",
    ("save", "path", "text"): "a file of this name",
    ("answer", "text", "text"): "what cannot be read is told",
    ("answer", "text", "empty text"): "what cannot be read is told",
}  # fmt: skip


def cases() -> list[object]:
    return [
        pytest.param(call, argument, id=f"{_name(call)}-{argument}")
        for call, right in CALLS.items()
        for argument in right
    ]


def _name(call: Callable) -> str:
    return call.__qualname__ if inspect.ismethod(call) else call.__name__


def _is_accepted(call: Callable, argument: str, junk: str) -> bool:
    return any((name, argument, junk) in ACCEPTED for name in ("*", call.__name__))


def _raised_here(problem: BaseException) -> bool:
    """Whether the last line that ran is one of the package that raises on purpose."""
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    return Path(bp.__file__).parent in Path(frame.filename).parents and "raise" in frame.line


def _bits(value: object) -> object:
    """What must not change: every byte of every array, and whether it can be written."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes() if value.dtype != object else str(value), \
            value.flags.writeable  # fmt: skip
    if isinstance(value, (list, tuple)):
        return [_bits(v) for v in value]
    return [_bits(v) for v in vars(value).values()] if isinstance(value, bp.Network) else None


def _fault(call: Callable, argument: str, name: str, given: object) -> str:
    """What is wrong with the answer to one piece of junk, or nothing."""
    accepted = _is_accepted(call, argument, name)
    try:
        call(**{**CALLS[call], argument: given})
    except (ValueError, TypeError) as problem:
        message = str(problem)
        if accepted:
            return f"{name}: refused, though on the list: {message}"
        if not _raised_here(problem):
            return f"{name}: raw {problem!r}"
        named = argument in message or ALSO_NAMED.get(argument, argument) in message
        says = "should" in message or "can describe" in message
        return "" if named and says else f"{name}: unclear: {message}"
    except Exception as problem:
        return f"{name}: raw {problem!r}"
    return "" if accepted else f"{name}: taken"


# Of some arguments, a part is named.
ALSO_NAMED = {"net": "x", "layers": "W[1]", "array": "W[1]", "grads": "dW[1]"}


@pytest.mark.parametrize(("call", "argument"), cases())
def test_junk_is_refused_clearly_or_stands_on_the_list(call, argument, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = {name: _bits(value) for name, value in CALLS[call].items()}
    faults = []
    for name, junk in JUNK.items():
        bits = _bits(junk)
        faults.append(_fault(call, argument, name, junk))
        assert _bits(junk) == bits, f"{name} was changed"
    assert {name: _bits(value) for name, value in CALLS[call].items()} == before
    assert not any(faults), "\n".join(filter(None, faults))


def test_every_name_on_the_list_is_one_that_there_is():
    names = {"*", *(call.__name__ for call in CALLS)}
    arguments = {argument for right in CALLS.values() for argument in right}
    for call, argument, junk in ACCEPTED:
        assert call in names and argument in arguments and junk in JUNK
