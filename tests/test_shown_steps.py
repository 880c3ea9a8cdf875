"""What the stepper shows is evaluated again, from the shown form, and planted faults are noticed.

Symbols are evaluated in a world in which every derivative is measured; numbers and results as
the intervals that their digits leave open; shapes with arrays of that shape. None of it knows
how a form was made from its line.
"""

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import NamedTuple
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from shown import Elided, World, bounds, evaluate, holds, read_html, sides
from test_steps import CASES, FUSED, notations_of, random_pass
from zoo import APART, SLOPED

from bp_helpers import NOTATIONS, Network, backward_steps, examples
from bp_helpers.steps.paths import path_steps
from bp_helpers.steps.step import Step

EXACT = 1  # a number with so few decimals is shown as it is, and not rounded


class Shown(NamedTuple):
    """The steps of one pass, and the world in which their symbols mean something."""

    steps: tuple[Step, ...]
    world: World


def shown(key: str, net: Network, x: np.ndarray, y: np.ndarray) -> Shown:
    """A pass in one notation, or the paths through a network, forward pass too."""
    steps = path_steps(net, x, y) if key == "paths" else backward_steps(net, x, y, key, True)
    counting = "" if key == "jacobian" else "i"  # its i counts neurons, since it has one sample
    world = World.of(net, x, y, plain=key == "chain", counting=counting)
    return Shown(steps, world)


def assert_symbols_hold(step: Step, world: World) -> None:
    """Both sides of the equation in symbols are equal, whatever indices it leaves open."""
    assert_bracketed(step.symbols)
    assert holds(read_html(step.symbols), world) > 0


def assert_numbers_work_out(step: Step, world: World) -> None:
    """What the shown numbers give, as far as their digits say, is the value of the step."""
    if step.numbers:
        asked = r' <span class="bp-op">=</span>  <span class="bp-op">\?</span> '
        question, mark = re.subn(asked, "", step.numbers)
        assert mark == 1
        assert_bracketed(question)
        number = r'<span class="bp-num">[^<]*(?:<sup>[^<]*</sup>)?</span>'
        assert not re.search(f"{number}(?:{number}|<table)|</table>{number}", question)
        assert_within(step, bounds(read_html(_with_functions(question, step, world)), EXACT))


def _with_functions(html: str, step: Step, world: World) -> str:
    """The equation with the function itself where σ or g stands for that of a layer."""

    def function(found: re.Match) -> str:
        layer = int(found[2] or step.writes.layer or 1)
        return f"<i>{world.state.net.sigma[layer].letter}</i>{found[1]}"

    return re.sub(r"<i>[σg]</i>(′?)(?:<sup>\((\d)\)</sup>)?", function, html)


def assert_bracketed(html: str) -> None:
    """Nowhere do ⊙ and a product of matrices stand side by side without brackets."""
    for level in ET.fromstring(html).iter():
        arrays = {"bp-sym", "bp-matrix", "bp-group", "bp-raised"}
        runs, beside = [0], False
        for item in level:
            if "bp-op" in _css(item):
                runs.append(0)
                beside |= item.text in ("⊙", "scales the rows of")
            runs[-1] += bool(arrays & set(_css(item)))
        assert not beside or max(runs) <= 1, html


def assert_result_is_the_value(step: Step, world: World) -> None:
    """The equation of the result names the value, and its symbol means it."""
    symbol, *results = sides(read_html(step.result))
    for result in results:
        assert_within(step, bounds(result, EXACT))
    if not step.writes.place and world.state.net.L and step.writes.name != "daL_da":
        assert_symbols_hold(step, world)


def assert_within(step: Step, shown_bounds: tuple[object, object]) -> None:
    """The value of a step lies where the shown digits can be; a row is shown as a 1×n matrix."""
    low, high = (np.asarray(bound) for bound in shown_bounds)
    value = step.value.reshape(1, -1) if step.value.ndim == 1 else step.value
    assert low.shape == value.shape or low.size == value.size == 1
    slack = 1e-9 * max(1, np.abs(value).max())
    assert (low - slack <= value.reshape(low.shape)).all(), step.label
    assert (value.reshape(low.shape) <= high + slack).all(), step.label


def assert_shapes_fit(step: Step, world: World) -> None:
    """The equation in shapes can be carried out with arrays of these shapes."""
    if step.shapes == "every symbol is one number":
        assert step.value.ndim == 0
        return
    left, right = sides(read_html(_with_functions(_with_arrays(step.shapes), step, world)))
    world = world.bind(σ=np.tanh)  # any function keeps the shape
    for side in (left, right):
        found = np.shape(evaluate(side, world))
        assert found == _two_sided(step.value.shape) or (np.prod(found) == step.value.size == 1)


def _with_arrays(shapes: str) -> str:
    """The equation with a matrix of ones in the place of each shape, and a 1 for a single entry.

    The shape of a sum is that of its terms.
    """
    number = '<span class="bp-num">1</span>'

    def matrix(found: re.Match) -> str:
        shape = tuple(map(int, re.findall(r"\d+", found[1])))
        rows, columns = _two_sided(shape)
        if rows == columns == 1:
            return number
        row = f"<tr>{'<td>1</td>' * columns}</tr>"
        return f'<table class="bp-matrix">{row * rows}</table>'

    html = re.sub(r'<span class="bp-sum">Σ<sub>\w</sub></span>', "", shapes)
    html = re.sub(r'<span class="bp-op">(\([\d, ]+\))</span>', matrix, html)
    return html.replace('<span class="bp-op">a number</span>', number)


def _two_sided(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1, *shape) if len(shape) == 1 else shape


CHECKS = {
    "symbols": assert_symbols_hold,
    "numbers": assert_numbers_work_out,
    "result": assert_result_is_the_value,
    "shapes": assert_shapes_fit,
}


def assert_all_hold(key: str, net: Network, x: np.ndarray, y: np.ndarray) -> Counter:
    """Check every form of every step; returns how many of each kind were evaluated."""
    done: Counter = Counter()
    steps, world = shown(key, net, x, y)
    for step in steps:
        for form, check in CHECKS.items():
            try:
                check(step, world)
                done[form] += 1
            except Elided:
                done["cut"] += 1
            except Exception as problem:
                problem.add_note(f"{form} of {step.label} in {key}: {step.line}")
                raise
    return done


NARROW = ("chain", "chain of a batch", "2-3-2", "batch", "mixed")
NARROW_PASSES = [(case, cost) for case in NARROW for cost in APART] + [
    (case, "fused") for case in FUSED if "wide" not in case
]


@pytest.mark.parametrize(("case", "cost"), NARROW_PASSES)
def test_every_form_of_every_step_holds(case, cost):
    net, x, y = CASES[case](cost)
    for key in notations_of((net, x, y)):
        done = assert_all_hold(key, net, x, y)
        assert done["symbols"] == done["result"] == done["shapes"] > 5 and not done["cut"]


@pytest.mark.parametrize("key", NOTATIONS)
def test_every_form_holds_on_random_networks(key):
    done = sum((assert_all_hold(key, *random_pass(seed, NOTATIONS[key])) for seed in range(25)),
               Counter())  # fmt: skip
    assert done["symbols"] > 200 and done["numbers"] > 100


@pytest.mark.parametrize("cost", APART)
@pytest.mark.parametrize("activation", SLOPED)
def test_every_form_holds_for_every_activation_and_cost(activation, cost):
    rng = np.random.default_rng(7)
    for sizes, m in (([2, 4, 3], 1), ([2, 4, 3], 5), ([1, 1, 1], 1), ([1, 1, 1], 3)):
        net = Network.random(sizes, activation, cost, seed=1)
        sample = rng.standard_normal((sizes[0], m)), rng.random((sizes[-1], m))
        for key in notations_of((net, *sample)):
            assert_all_hold(key, net, *sample)


def test_every_form_of_the_paths_holds():
    deep = Network.random([2, 3, 2, 2], ["tanh", "sigmoid", "identity"], "squared", seed=2)
    for net, x, y in (
        examples.small_network(),
        examples.chain(),
        examples.small_network("mean_squared"),
        (deep, np.array([[0.4], [-0.7]]), np.array([[0.2], [0.9]])),
    ):
        assert assert_all_hold("paths", net, x, y)["symbols"] == sum(W.size for W in net.W[1:])


def test_cut_matrices_show_the_neurons_that_the_picture_shows():
    net, x, y = CASES["784-16-16-10"]("half_squared")
    strength = {}
    for step in backward_steps(net, x, y, "layers"):
        if step.writes.name == "delta":
            strength[step.writes.layer] = np.sort(np.argsort(-np.abs(step.value[:, 0]))[:4])
    strength[0] = np.sort(np.argsort(-np.abs(x[:, 0]), kind="stable")[:4])
    for step in backward_steps(net, x, y, "layers"):
        if step.writes.name in ("delta", "dW", "db"):
            l = step.writes.layer
            columns = strength[l - 1] if step.writes.name == "dW" else [0]
            cells = _cells(step.result)
            wanted = step.value[np.ix_(strength[l], columns)]
            assert [row[: len(columns)] for row in cells[:4]] == [
                [pytest.approx(v, rel=0.02, abs=0.0006) for v in row] for row in wanted
            ]


def _cells(html: str) -> list[list[float]]:
    rows = ET.fromstring(html).findall(".//tr")
    texts = ([td.text for td in row if td.text not in "⋮⋯⋱"] for row in rows)
    return [[float(text.replace("−", "-")) for text in row] for row in texts]


# Faults planted in what is shown


@cache
def planted_on(key: str) -> tuple[Shown, ...]:
    """Passes in which every layer and every axis has another size, and every layer another σ."""
    rng = np.random.default_rng(3)
    if NOTATIONS[key].spelling.single:
        cases = [([1, 1, 1, 1], 1), ([1, 1, 1], 4)]
    elif NOTATIONS[key].single_sample:
        cases = [([2, 3, 5, 4], 1)]
    else:
        cases = [([4, 2, 3], 1), ([2, 4, 3], 5)]
    found = []
    for sizes, m in cases:
        names = ["tanh", "sigmoid", "tanh"][: len(sizes) - 1]
        names = "sigmoid" if key == "batch" else names
        # In a chain n_L is 1. Targets far away keep every difference well off 0.
        cost = "squared" if NOTATIONS[key].spelling.single else "mean_squared"
        net = Network.random(sizes, names, cost, seed=5)
        x, y = rng.standard_normal((sizes[0], m)), 2 + rng.random((sizes[-1], m))
        found.append(shown(key, net, x, y))
    return tuple(found)


def mutants(html: str, whole: bool) -> Iterator[tuple[str, str]]:
    """Every fault that can be planted in an equation of entries, or of `whole` arrays, by kind."""
    root = ET.fromstring(html)
    for kind, change in FAULTS.items():
        if kind in ("two factors swapped", "a sign for entries dropped") and not whole:
            continue  # numbers may be multiplied in any order
        for n in range(len(list(root.iter()))):
            other = deepcopy(root)
            parent_of = {child: parent for parent in other.iter() for child in parent}
            element = list(other.iter())[n]
            if element is not other and change(element, parent_of):
                yield kind, ET.tostring(other, encoding="unicode")


def _css(element: ET.Element) -> list[str]:
    return element.get("class", "").split()


def _text(element: ET.Element, old: str, new: str) -> bool:
    if (element.text or "") != old:
        return False
    element.text = new
    return True


def _swap_indices(e: ET.Element, parent_of: dict) -> bool:
    text = e.text or ""
    if e.tag != "sub" or len(text) != 2 or text[0] == text[1]:
        return False
    e.text = text[::-1]
    return True


def _other_layer(e: ET.Element, parent_of: dict) -> bool:
    if e.tag != "sup" or not re.fullmatch(r"\(\d\)", e.text or ""):
        return False
    e.text = f"({int(e.text[1]) - 1 or 2})"
    return True


def _drop_prime(e: ET.Element, parent_of: dict) -> bool:
    if e.tag != "i" or e.tail != "′":
        return False
    e.tail = None
    return True


def _drop(*classes: str):
    def change(e: ET.Element, parent_of: dict) -> bool:
        text = "".join(e.itertext())
        is_one = text == "1" or re.fullmatch(r"∂z\(\d\)/∂b\(\d\)|∂zi\(\d\)/∂b\(\d\)", text)
        if not set(classes) & set(_css(e)) or is_one:
            return False
        parent_of[e].remove(e)
        return True

    return change


def _drop_transpose(e: ET.Element, parent_of: dict) -> bool:
    return "bp-power" in _css(e) and e.text == "T" and not parent_of[e].remove(e)


def _turn_fraction(e: ET.Element, parent_of: dict) -> bool:
    if "bp-frac" not in _css(e):
        return False
    e[:] = [e[2], e[1], e[0]]
    return ET.tostring(e[0]) != ET.tostring(e[2])


def _swap_factors(e: ET.Element, parent_of: dict) -> bool:
    siblings = list(parent_of[e])
    at = siblings.index(e)
    if at + 1 == len(siblings) or not (_is_array(e) and _is_array(siblings[at + 1])):
        return False
    parent_of[e][at], parent_of[e][at + 1] = siblings[at + 1], e
    return True


def _is_array(e: ET.Element) -> bool:
    return "bp-matrix" in _css(e) or "bp-sym" in _css(e)


def _other_letter(e: ET.Element, parent_of: dict) -> bool:
    return e.tag == "i" and any(_text(e, *pair) for pair in (("a", "z"), ("z", "a"), ("y", "b")))


def _turn_largest_sign(e: ET.Element, parent_of: dict) -> bool:
    """The sign of the largest entry of a matrix, or of a number that stands alone."""
    if _is_argument(e, parent_of):
        return False
    cells = list(e.iter("td")) if "bp-matrix" in _css(e) else []
    cells = cells or ([e] if "bp-num" in _css(e) and len(e) == 0 else [])
    sizes = [abs(float(cell.text.replace("−", "-"))) for cell in cells]
    if not cells or max(sizes) == 0:
        return False
    cell = cells[int(np.argmax(sizes))]
    cell.text = cell.text.replace("−", "") if "−" in cell.text else f"−{cell.text.strip('+')}"
    return True


def _is_argument(e: ET.Element, parent_of: dict) -> bool:
    """Whether it stands in the brackets of a slope, which is the same for −z."""
    group = parent_of[e]
    siblings = list(parent_of.get(group, []))
    at = siblings.index(group) if group in siblings else 0
    return at > 0 and "bp-fn" in _css(siblings[at - 1])


FAULTS = {
    "indices swapped": _swap_indices,
    "another layer": _other_layer,
    "a prime lost": _drop_prime,
    "− for +": lambda e, _: "bp-op" in _css(e) and _text(e, "+", "−"),
    "+ for −": lambda e, _: "bp-op" in _css(e) and _text(e, "−", "+"),
    "a sign for entries dropped": lambda e, p: e.text == "⊙" and not p[e].remove(e),
    "a cube for a square": lambda e, _: "bp-power" in _css(e) and _text(e, "2", "3"),
    "a transpose lost": _drop_transpose,
    "a fraction upside down": _turn_fraction,
    "a sum lost": _drop("bp-sum"),
    "a factor lost": _drop("bp-frac", "bp-sym", "bp-num", "bp-matrix"),
    "another number": lambda e, _: "bp-num" in _css(e) and _text(e, "2", "3"),
    "another letter": _other_letter,
    "two factors swapped": _swap_factors,
    "a sign turned": _turn_largest_sign,
    "rows and columns in words lost": _drop("bp-phrase"),
}


def is_noticed(step: Step, world: World, form: str, html: str) -> bool:
    """Whether the check of this form fails on the changed equation."""
    try:
        CHECKS[form](replace(step, **{form: html}), world)
    except Elided:
        raise
    except Exception:
        return True
    return False


@pytest.mark.parametrize("key", NOTATIONS)
def test_every_planted_fault_is_noticed(key, record_property):
    planted, survivors = Counter(), []
    whole = not NOTATIONS[key].spelling.entries
    for steps, world in planted_on(key):
        for step in steps:
            for form in ("symbols", "numbers"):
                html = getattr(step, form)
                for kind, other in mutants(html, whole or form == "numbers") if html else ():
                    planted[kind] += 1
                    if not is_noticed(step, world, form, other):
                        survivors.append((kind, form, step.line, re.sub("<[^>]*>", " ", other)))
    record_property("planted", dict(planted))
    assert not survivors, (len(survivors), sum(planted.values()), survivors[:5])
    assert sum(planted.values()) > 100
