"""Steps in every notation: each line, run as shown, gives the value shown, and says so well."""

import re
from functools import cache

import numpy as np
import pytest

from bp_helpers import NOTATIONS, Network, backward, backward_steps, examples, forward, gradient_by
from bp_helpers.functions import ACTIVATIONS, COSTS
from bp_helpers.notation import notations_for
from bp_helpers.steps import (
    Quantity,
    Step,
    decimals_for,
    in_words,
    latex_array,
    number,
    plain,
    shown,
)

MOST = 1500  # characters in one equation
TEXTS = (
    "title", "latex", "numbers", "result", "code", "shapes", "words", "label", "ask", "rule",
)  # fmt: skip


def _random(sizes, m, activation, cost):
    rng = np.random.default_rng(0)
    net = Network.random(sizes, activation, cost, seed=0)
    return net, rng.standard_normal((sizes[0], m)), rng.uniform(size=(sizes[-1], m))


def _saturated(cost):
    """A network in which every slope, and so every gradient, is tiny."""
    net, x, y = examples.small_network(cost)
    return Network([(40 * W, 40 * b) for W, b in zip(net.W[1:], net.b[1:])], cost=cost), x, y


CASES = {
    "chain": examples.chain,
    "chain of a batch": lambda cost: _random([1, 1, 1, 1], 4, "sigmoid", cost),
    "2-3-2": examples.small_network,
    "batch": examples.batch,
    "784-16-16-10": lambda cost: _random([784, 16, 16, 10], 1, "sigmoid", cost),
    "wide batch": lambda cost: _random([12, 7, 6], 20, "tanh", cost),
    "mixed": lambda cost: _random([2, 4, 3, 2], 3, ["tanh", "relu", "identity"], cost),
    "saturated": _saturated,
}


def notations_of(example):
    """The notations that can describe a network and its samples."""
    net, x, _ = example
    return notations_for(net, x.shape[1])


def passes(costs=tuple(COSTS), forward_too=(False, True)):
    """Every notation of every case that it can describe."""
    return [
        pytest.param(case, key, cost, ahead, id=f"{case}-{key}-{cost}-{'forward' * ahead}")
        for case, make in CASES.items()
        for key in notations_of(make("half_squared"))
        for cost in costs
        for ahead in forward_too
    ]


@cache
def made(case, key, cost="half_squared", ahead=False):
    net, x, y = CASES[case](cost)
    return net, x, y, backward_steps(net, x, y, key, include_forward=ahead)


every = pytest.mark.parametrize(("case", "key", "cost", "ahead"), passes())


def run(case, key, cost, ahead):
    """Run the lines of all steps in order; yields each step, and the names that it leaves."""
    net, x, y, steps = made(case, key, cost, ahead)
    trace = forward(net, x)
    names = {"np": np, "x": x, "y": y}
    names |= {"W": list(net.W), "b": list(net.b), "a": list(trace.a), "z": list(trace.z)}
    if ahead:  # then the lines have to make them
        names["a"][1:] = names["z"][1:] = [None] * net.L
    for step in steps:
        exec(step.code, names)
        yield step, names


def test_every_notation_is_tried_on_something():
    assert {parameter.values[1] for parameter in passes()} == set(NOTATIONS)


@every
def test_lines_run_in_order_give_exactly_the_values_shown(case, key, cost, ahead):
    for step, names in run(case, key, cost, ahead):
        value = eval(str(step.writes), names)
        assert np.array_equal(value, step.value), step.code
        assert np.shape(value) == step.value.shape


@every
def test_gradients_that_the_lines_leave_are_those_of_backward(case, key, cost, ahead):
    net, x, y, _ = made(case, key, cost, ahead)
    *_, (_, names) = run(case, key, cost, ahead)
    grads, style = backward(net, forward(net, x), y), NOTATIONS[key]
    for l in range(1, net.L + 1):
        np.testing.assert_allclose(names[style.W][l], grads.W[l], rtol=1e-12)
        np.testing.assert_allclose(names[style.b][l], grads.b[l], rtol=1e-12)
        if style.delta:
            np.testing.assert_allclose(names[style.delta][l], grads.delta[l], rtol=1e-12)


@every
def test_lines_read_what_the_step_says_and_nothing_from_later(case, key, cost, ahead):
    written = set()
    for step in made(case, key, cost, ahead)[3]:
        code = step.code.splitlines()[-1].split(" = ", 1)[1]
        for quantity in step.reads:
            # A bias is read by ∂z/∂b only as the thing that is nudged.
            assert str(quantity) in code or quantity.name == "b", (quantity, code)
        own = {q[:2] for q in step.reads if q.name not in ("x", "y", "W", "b", "a", "z")}
        assert own <= written
        written.add(step.writes[:2])


@every
def test_steps_are_complete(case, key, cost, ahead):
    net, _, _, steps = made(case, key, cost, ahead)
    assert isinstance(steps, tuple)
    assert len({step.label for step in steps}) == len(steps)
    for step in steps:
        assert isinstance(step, Step)
        for field in TEXTS:
            assert getattr(step, field).strip(), (step.writes, field)
        assert step.ask.endswith("?")
        assert step.words.endswith(".")
        assert step.reads
        assert str(step.writes) + " = " in step.code
    assert (steps[0].writes == Quantity("z", 1)) == ahead
    assert sum(step.rule == "forward" for step in steps) == (2 * net.L if ahead else 0)
    assert sum(step.rule == "cost" for step in steps) == 1


@every
def test_values_are_read_only(case, key, cost, ahead):
    for step in made(case, key, cost, ahead)[3]:
        assert not step.value.flags.writeable
        with pytest.raises(AttributeError):
            step.value = 0


@every
def test_equations_are_balanced_and_not_too_long(case, key, cost, ahead):
    for step in made(case, key, cost, ahead)[3]:
        for latex in (step.latex, step.numbers, step.result):
            assert len(latex) < MOST
            depth = 0
            for bracket in re.findall(r"[{}]", latex):
                depth += 1 if bracket == "{" else -1
                assert depth >= 0, latex
            assert depth == 0, latex
            assert latex.count(r"\left") == latex.count(r"\right")
            assert latex.count("(") == latex.count(")")
            assert latex.count(r"\begin{bmatrix}") == latex.count(r"\end{bmatrix}")
            assert "None" not in latex
            assert "nan" not in latex
        assert len(step.words) < 400
        assert len(step.shapes) < 200


@every
def test_equation_can_be_read_where_no_latex_is_typeset(case, key, cost, ahead):
    for step in made(case, key, cost, ahead)[3]:
        text = plain(step.latex)
        assert not set(text) & set("\\{}"), text
        assert not set(step.shapes + step.words + step.label) & set("\\{}")
        for tag in ("sup", "sub"):
            assert text.count(f"<{tag}>") == text.count(f"</{tag}>")


@every
def test_no_number_is_a_signed_zero(case, key, cost, ahead):
    for step in made(case, key, cost, ahead)[3]:
        for text in (step.numbers, step.result, step.words):
            assert not re.search(r"[-+−]0(\.0*)?(?![\d.])", text), text


@every
def test_symbols_and_numbers_carry_the_factor_of_the_cost(case, key, cost, ahead):
    net, _, y, steps = made(case, key, cost, ahead)
    n, m = y.shape
    with_y = [step for step in steps if "y" in {q.name for q in step.reads}]
    assert len(with_y) >= 2
    for step in with_y:
        symbols = net.cost.constant if step.rule == "cost" else net.cost.slope_constant
        numbers = symbols.replace("n_L", str(n))
        if step.rule == "cost" and m > 1:
            symbols, numbers = rf"\tfrac{{1}}{{m}} {symbols}", rf"\tfrac{{1}}{{{m}}} {numbers}"
        right = step.latex.split(" = ", 1)[1]
        first = {"cost": r"(\\left\\lVert |\(|\\sum_)"}.get(step.rule, "")
        start = r"^(\\left\()?" + re.escape(symbols) + " ?" + first
        assert re.match(start, right), right
        assert re.match(start.replace(re.escape(symbols), re.escape(numbers)), step.numbers)
        if not symbols:
            assert not re.match(r"^(\\left\()?(\d|\\tfrac)", right)


def _scalar(latex):
    """The value of an equation of plain numbers."""
    text = re.sub(r"\\tfrac\{?(\d+)\}?\{?(\d+)\}?", r"(\1/\2)*", latex)
    text = text.replace(r"\left", "").replace(r"\right", "").replace(r"^{\mathsf T}", "")
    text = re.sub(r"\\cdot|\\odot", "*", text).replace("^2", "**2")
    text = re.sub(r"(\d|\)) *(?=\()", r"\1*", text)
    return eval(re.sub(r"\) +(?=\d)", ")*", text))


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("key", notations_for(examples.chain().net))
def test_numbers_of_a_chain_work_out_to_the_value(key, cost):
    for step in made("chain", key, cost)[3]:
        # Three digits are shown: their product is as right as that, and a difference less so.
        assert _scalar(step.numbers) == pytest.approx(step.value.item(), rel=0.02), step.numbers


@pytest.mark.parametrize("case", ["784-16-16-10", "wide batch"])
def test_wide_arrays_are_elided(case):
    for key in notations_of(made(case, "layers")[:3]):
        steps = made(case, key, ahead=True)[3]
        assert any(r"\vdots" in step.numbers for step in steps)
        assert any(r"\cdots" in step.numbers for step in steps)
        for step in steps:
            for body in re.findall(r"bmatrix\}(.*?)\\end", step.numbers + step.result):
                rows = body.split(r" \\ ")
                assert len(rows) <= 5
                assert all(row.count("&") < 5 for row in rows)


@pytest.mark.parametrize("n", [1, 5, 6, 784])
def test_shown_rows_are_at_most_five_and_end_with_the_last(n):
    rows = shown(n)
    assert len(rows) <= 5
    assert rows[-1] == n - 1
    assert (None in rows) == (n > 5)


def test_batch_is_averaged_in_symbols_in_numbers_and_in_the_line():
    for case in ("batch", "chain of a batch"):
        for key in notations_of(made(case, "layers")[:3]):
            style = NOTATIONS[key]
            for step in made(case, key)[3]:
                if step.writes.name in (style.W, style.b):
                    assert r"\tfrac{1}{m}" in step.latex
                    assert r"\tfrac{1}{4}" in step.numbers
                    assert "/ m" in step.code or "mean" in step.code


def test_single_sample_has_no_mean():
    for case in ("chain", "2-3-2"):
        for key in notations_of(made(case, "layers")[:3]):
            for step in made(case, key)[3]:
                assert "{m}" not in step.latex
                assert "mean" not in step.code


def test_definitions_come_once_and_before_they_are_used():
    for key in notations_of(made("mixed", "layers")[:3]):
        steps = made("mixed", key, ahead=True)[3]
        code = "\n".join(step.code for step in steps)
        lines = code.splitlines()
        assert len(lines) == len(set(lines))
        assert code.count("def drelu") == 1


def test_notation_does_not_change_the_gradient():
    left = {}
    for key in notations_for(examples.chain().net):
        *_, (_, names) = run("chain", key, "half_squared", False)
        left[key] = [names[NOTATIONS[key].W][l].item() for l in (1, 2, 3)]
    for values in left.values():
        np.testing.assert_allclose(values, left["layers"], rtol=1e-12)


def random_pass(seed, style):
    """A network of chance with its samples, such as the notation can describe."""
    rng = np.random.default_rng(seed)
    L = rng.integers(1, 5)
    sizes = [1] * (L + 1) if style.single_neurons else [int(n) for n in rng.integers(1, 8, L + 1)]
    activations = [str(name) for name in rng.choice(list(ACTIVATIONS), L)]
    net = Network.random(sizes, activations, str(rng.choice(list(COSTS))), seed=seed)
    m = 1 if style.single_sample else int(rng.integers(1, 4))
    return net, rng.standard_normal((sizes[0], m)), rng.uniform(size=(sizes[-1], m))


@pytest.mark.parametrize("key", NOTATIONS)
def test_every_notation_has_the_gradient_of_backward_on_200_random_networks(key):
    for seed in range(200):
        net, x, y = random_pass(seed, NOTATIONS[key])
        given, right = gradient_by(key, net, x, y), backward(net, forward(net, x), y)
        for l in range(1, net.L + 1):
            for mine, theirs in ((given.W[l], right.W[l]), (given.b[l], right.b[l])):
                scale = max(1, np.abs(theirs).max())
                np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("key", NOTATIONS)
@pytest.mark.parametrize(("cost", "factor"), [("squared", 2), ("mean_squared", 2 / 3)])
def test_constant_of_a_cost_is_all_that_tells_two_costs_apart(key, cost, factor):
    sizes = [1, 1, 1] if NOTATIONS[key].single_neurons else [2, 4, 3]
    factor = 2 if sizes[-1] == 1 else factor
    passes_of = [_random(sizes, 1, "sigmoid", name) for name in ("half_squared", cost)]
    ours, theirs = (gradient_by(key, *p) for p in passes_of)
    for given, right in zip((*theirs.W[1:], *theirs.b[1:]), (*ours.W[1:], *ours.b[1:])):
        np.testing.assert_allclose(given, factor * right, rtol=1e-12)


def test_neurons_are_taken_one_by_one_in_a_narrow_layer_and_together_in_a_wide_one():
    steps = made("784-16-16-10", "index")[3]
    assert len(steps) == 1 + 3 * 3
    labels = [step.label for step in made("2-3-2", "index")[3]]
    assert labels[1:5] == ["∂C/∂a₀⁽²⁾", "∂C/∂b₀⁽²⁾", "∂C/∂w₀ₖ⁽²⁾", "∂C/∂a₁⁽²⁾"]
    assert len(labels) == 1 + 3 * (2 + 3)


def test_sum_over_paths_is_written_out_path_by_path():
    (step, *_) = [s for s in made("2-3-2", "index")[3] if s.rule == "Σ paths"]
    assert r"\sum_t" in step.latex
    assert step.numbers == r"0.7 \cdot 0.212 \cdot 0.695 + (-0.6) \cdot 0.248 \cdot (-0.540)"


def test_factors_of_the_jacobian_drop_out_towards_the_output():
    products = [s for s in made("784-16-16-10", "jacobian")[3] if s.writes.name == "dC_dw"]
    assert [(s.writes.layer, s.rule) for s in products] == [(3, "①④"), (2, "①③④"), (1, "①②③④")]


@pytest.mark.parametrize(
    ("v", "decimals", "signed", "text"),
    [
        (-0.001, 2, False, "0.00"),
        (-0.001, 2, True, "0.00"),
        (0.001, 2, True, "0.00"),
        (-0.0, 0, True, "0"),
        (0.5, 1, True, "+0.5"),
        (0.5, 1, False, "0.5"),
        (-0.25, 2, False, "−0.25"),
        (-12.0, 0, True, "−12"),
    ],
)
def test_number_has_a_real_minus_and_no_signed_zero(v, decimals, signed, text):
    assert number(v, decimals, signed) == text


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([1, 2], 0), ([0.5, 2], 1), ([0.25, -1.5], 2), ([1 / 3, 0.1], 3), ([1 / 3000], 6),
        ([1e-7 / 3], 10), ([0, 0], 0), ([1e4 / 3], 2),
    ],
)  # fmt: skip
def test_decimals_show_every_entry_exactly_or_three_digits_of_the_largest(values, decimals):
    assert decimals_for(np.array(values)) == decimals


@pytest.mark.parametrize("value", [1e-9, 1e-13, -3e-20, 2.5e-200])
def test_tiny_number_is_not_shown_as_nothing(value):
    for text in (latex_array(np.array([[value]])), in_words("δ", np.array([[value]]))):
        assert re.search(r"[1-9]", text), text


def test_negative_factor_stands_in_brackets():
    assert latex_array(np.array([[-1.2]]), factor=True) == "(-1.2)"
    assert latex_array(np.array([[1.2]]), signed=True, factor=True) == "1.2"
    assert latex_array(np.array([[1.2]]), signed=True) == "+1.2"
