"""Every question of a step is answered by what is revealed, by name and by number."""

import re

import numpy as np
import pytest
from test_steps import CASES, made, passes

from bp_helpers import Network, backward_steps, examples, forward
from bp_helpers.steps.numbers import decimals_for, format_number
from bp_helpers.steps.paths import path_steps

every = pytest.mark.parametrize(("case", "key", "cost", "ahead"), passes(["half_squared"]))
NUMBER = r"([+−]?\d[\d.]*(?:e−?\d+)?)"


def number(text):
    return float(text.replace("−", "-"))


def place_of(name, step):
    """The place in the step's value that a name stands for."""
    digits = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
    if found := re.match(r"w([₀-₉]+),?([₀-₉]*)⁽", name):
        pair = (found[1], found[2]) if found[2] else tuple(found[1])
        row, column = (int(part.translate(digits)) for part in pair)
        return (row, column) if step.value.ndim == 2 else (column,)
    if found := re.match(r"row (\d+), column (\d+)", name):
        return int(found[1]), int(found[2])
    if found := re.match(r"output (\d+) by neuron (\d+)", name):
        return int(found[1]), int(found[2])
    if found := re.match(r"sample (\d+)", name):  # of a single neuron
        return (0, int(found[1]))[-step.value.ndim :]
    neuron, sample = re.match(r"neuron (\d+)(?: in sample (\d+))?", name).groups()
    i = int(sample or 0)
    if step.value.ndim == 1:
        return (i,)
    return (0, int(neuron)) if step.writes.name == "dC_daL" else (int(neuron), i)


def steps_asking(words, case, key, cost, ahead):
    return [step for step in made(case, key, cost, ahead)[3] if words in step.ask]


def shown_places(step, net, x, y):
    """The entries of a step's value that its card writes out: their places, by an own count."""
    rows = re.search(r"<table.*?</table>", step.result, re.DOTALL)
    cells = [len(re.findall("<td>[^⋮⋯⋱]", row)) for row in rows[0].split("<tr>")[1:]]
    return max(cells) * sum(count > 0 for count in cells)


@every
def test_negative_entries_are_named_one_by_one(case, key, cost, ahead):
    net, x, y, _ = made(case, key, cost, ahead)
    for step in steps_asking("which are negative", case, key, cost, ahead):
        negative = {tuple(map(int, place)) for place in np.argwhere(step.value < 0)}
        count = shown_places(step, net, x, y)
        assert ("of those shown" in step.ask) == (count < step.value.size)
        if step.answer == "None of them.":
            assert not negative or count < step.value.size
        elif step.answer == "All of them.":
            assert len(negative) >= count
        else:
            said = step.answer.removeprefix("Negative: ").removesuffix(".")
            said, _, more = said.partition(", and ")
            names = re.split(r"; |, (?=neuron|sample|w|output)", said)
            found = {place_of(name, step) for name in names}
            assert found <= negative
            named = len(found) + int(more.split()[0] if more else 0)
            assert named == len(negative) or count < step.value.size
            for place in found:  # what is named stands on the card
                text = format_number(step.value[place], decimals_for(step.value), True)
                assert text.strip("+") in step.result


@every
def test_largest_entry_is_named_with_its_number(case, key, cost, ahead):
    net, x, y, _ = made(case, key, cost, ahead)
    for step in steps_asking("which is the largest", case, key, cost, ahead):
        if step.answer == "None: all of them are 0.":
            assert not step.value.any() or "of those shown" in step.ask
            continue
        if step.answer.startswith("As far as is shown, several"):
            names = re.split(
                r"; |, (?=neuron|sample|w|row|output)", step.answer.split(": ")[1][:-1]
            )
            sizes = [abs(step.value[place_of(name, step)]) for name in names if "more" not in name]
            assert len(sizes) > 1 and np.ptp(sizes) <= 0.02 * max(sizes)
            continue
        name, value = re.fullmatch(rf"That of (.*): {NUMBER}\.", step.answer).groups()
        here = step.value[place_of(name, step)]
        whole = shown_places(step, net, x, y) == step.value.size
        assert abs(here) == np.abs(step.value).max() or not whole
        assert number(value) == pytest.approx(here, rel=0.02)
        assert value.strip("+") in re.sub(" · 10<sup>(.*?)</sup>", r"e\1", step.result)


@every
def test_sign_of_a_single_number_is_told(case, key, cost, ahead):
    for step in steps_asking("is it positive or negative", case, key, cost, ahead):
        v = step.value.item()
        said = "positive" if v > 0 else "negative" if v < 0 else "neither: it is 0"
        assert step.answer == f"It is {said}."


@every
def test_worst_output_is_named_with_its_target(case, key, cost, ahead):
    net, x, y, steps = made(case, key, cost, ahead)
    a = forward(net, x).a[-1]
    (step,) = [step for step in steps if step.rule == "cost"]
    if a.size == 1:
        texts = re.search(rf"{NUMBER} against {NUMBER}\.", step.answer).groups()
        assert np.subtract(*map(number, texts)) == pytest.approx((a - y).item(), abs=0.02)
        assert step.answer.startswith("Too large" if a > y else "Too small")
    elif found := re.fullmatch(rf"That of (neuron .*): {NUMBER}\.", step.answer):
        assert number(found[2]) == pytest.approx((a - y)[place_of(found[1], step)], rel=0.02)


@every
def test_no_question_is_answered_above_it(case, key, cost, ahead):
    for step in made(case, key, cost, ahead)[3]:
        assert step.ask[0].islower() and step.ask.endswith("?")
        assert "shape" not in step.ask  # which stands above
        assert step.answer not in step.symbols + step.shapes + step.code + step.title


def test_paths_name_the_heaviest_one():
    deep = Network.random([1, 2, 2, 1], "tanh", seed=3)
    for step in path_steps(deep, [0.4], [0.2])[:2]:
        t, u = map(int, re.findall(r"neuron (\d) of layer \d", step.answer))
        j = step.writes.place[0]
        trace = forward(deep, [0.4])
        slope = [None, *(deep.sigma[l].slope(trace.z[l])[:, 0] for l in (1, 2, 3))]
        assert deep.sizes[2] == 2 and u == 0
        through = [deep.W[2][k, j] * slope[2][k] * deep.W[3][0, k] * slope[3][0] for k in range(2)]
        assert t == int(np.argmax(np.abs(through)))


def test_dead_relu_is_named_where_a_sign_cannot_change():
    net = Network([([[1.0], [-1.0]], [[0.0], [0.0]])], "relu")
    (step,) = [s for s in backward_steps(net, [2.0], [0.5, 0.5], "batch") if s.rule == "BP1"]
    assert step.ask == "does any sign change?"
    assert step.answer == "No, but these become 0: neuron 1."


def test_tanh_is_not_asked_whether_it_is_near_a_quarter():
    net, x, y = examples.chain()
    tanh = Network(list(zip(net.W[1:], net.b[1:])), "tanh")
    for step in backward_steps(tanh, x, y, "chain"):
        assert "¼" not in step.ask + step.answer


def test_every_case_is_asked_about():
    asked = {s.ask for case in CASES for s in made(case, "layers")[3]}
    assert {"which are negative?", "which is the largest, whatever its sign?"} <= asked
    assert any("of those shown" in ask for ask in asked)


def test_sizes_are_compared_and_numbers_keep_their_signs():
    steps = [s for s in backward_steps(*examples.small_network(), "index") if "larger or" in s.ask]
    assert "Smaller: −0.134, where ∂C/∂a₁⁽²⁾ is −0.540." in [step.answer for step in steps]
    for step in steps:
        assert re.findall(NUMBER, step.result.replace("+", ""))[-1] == re.findall(
            NUMBER, step.answer
        )[0].strip("+")
