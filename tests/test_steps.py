"""Steps in every notation: each line, run as shown, gives the value shown, and says so well."""

import re
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from zoo import APART, SLOPED, costs_for, network, samples

from bp_helpers import NOTATIONS, Network, backward, backward_steps, examples, forward, gradient_by
from bp_helpers.functions import Cost
from bp_helpers.steps import mathematics
from bp_helpers.steps.formula import Numbers, Shapes, Symbols
from bp_helpers.steps.line import parsed
from bp_helpers.steps.notations import notations_for, written_pass
from bp_helpers.steps.numbers import decimals_for, format_number, in_words, visible_indices
from bp_helpers.steps.paths import path_steps
from bp_helpers.steps.step import Quantity, Step

MOST = 6000  # characters of HTML in one equation
TEXTS = (
    "title", "symbols", "result", "code", "shapes", "words", "label", "ask", "answer", "rule",
)  # fmt: skip


def text(html):
    """What is left of HTML without its tags and spaces."""
    return re.sub(r"<[^>]*>| ", "", html)


def _random(sizes, m, activation, cost):
    rng = np.random.default_rng(0)
    net = Network.random(sizes, activation, cost, seed=0)
    return net, rng.standard_normal((sizes[0], m)), rng.uniform(size=(sizes[-1], m))


def _fused(sizes, m, hidden="tanh"):
    """A network whose cost is taken together with its output, with targets that it can have."""
    last, cost = ("softmax", "cross_entropy") if sizes[-1] > 2 else ("sigmoid", BINARY)
    net, x, y = _random(sizes, m, [*[hidden] * (len(sizes) - 2), last], cost)
    return net, x, y / y.sum(axis=0) if last == "softmax" else y


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
# Those whose cost is fixed, since it is taken together with the activation of the output.
BINARY = "binary_cross_entropy"
FUSED = {
    "softmax": lambda _: _fused([2, 4, 3], 1),
    "softmax of a batch": lambda _: _fused([3, 2, 4], 3),
    "wide softmax": lambda _: _fused([12, 7, 6], 20),
    "binary": lambda _: _fused([2, 3, 2], 1),
    "binary of a batch": lambda _: _fused([3, 4, 2], 5),
    "binary chain": lambda _: _fused([1, 1, 1], 1, "sigmoid"),
    "binary chain of a batch": lambda _: _fused([1, 1, 1, 1], 3),
}
CASES |= FUSED


def notations_of(example):
    """The notations that can describe a network and its samples."""
    net, x, _ = example
    return notations_for(net, x.shape[1])


def passes(costs=APART, forward_too=(False, True)):
    """Every notation of every case that it can describe."""
    return [
        pytest.param(case, key, cost, ahead, id=f"{case}-{key}-{cost}-{'forward' * ahead}")
        for case, make in CASES.items()
        for key in notations_of(make("half_squared"))
        for cost in (("fused",) if case in FUSED else costs)
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
        code = with_activations(step.line.split(" = ", 1)[1])
        for quantity in step.reads:
            assert str(Quantity(*quantity[:2])) in code, (quantity, code)
        own = {q[:2] for q in step.reads if q.name not in ("x", "y", "W", "b", "a", "z")}
        assert own <= written
        written.add(step.writes[:2])


def with_activations(line):
    """The line with ln a, as it is written, where the logarithm is computed from z."""
    return re.sub(r"log_\w+\(-?z\[(\d)\]\)", r"np.log(a[\1])", line)


class _Spy(dict):
    """The arrays of one name, by layer, noting which layers are asked for."""

    def __init__(self, arrays, asked):
        super().__init__(arrays)
        self.asked = asked

    def __getitem__(self, l):
        self.asked.add(l)
        return super().__getitem__(l)


@every
def test_reads_are_those_that_the_line_really_asks_for(case, key, cost, ahead):
    net, _, y, steps = made(case, key, cost, ahead)
    for step, names in run(case, key, cost, ahead):
        held = {n: v for n, v in names.items() if isinstance(v, (list, dict)) and n != "dsigma"}
        asked = {name: set() for name in held}
        spies = {
            n: _Spy(v if isinstance(v, dict) else enumerate(v), asked[n]) for n, v in held.items()
        }
        line = step.line.split(" = ", 1)[1]
        spied = {**names, **{n: spies[n] for n in spies if not n.startswith("__")}}
        eval(with_activations(line), spied)
        found = {(name, l) for name, layers in asked.items() for l in layers if name != "sigma"}
        found |= {("y", None)} if re.search(r"\by\b", line.replace("len(y)", "")) else set()
        assert found == {q[:2] for q in step.reads}, line


@every
def test_steps_are_complete(case, key, cost, ahead):
    net, _, _, steps = made(case, key, cost, ahead)
    assert isinstance(steps, tuple)
    assert len({step.label for step in steps}) == len(steps)
    for step in steps:
        assert isinstance(step, Step)
        for field in TEXTS:
            assert text(getattr(step, field)).strip(), (step.writes, field)
        assert step.ask.endswith("?")
        assert step.words.endswith(".")
        assert step.reads
        assert step.line.startswith(f"{step.writes} = ")
        assert step.code.endswith(step.line)
        assert step.answer[-1] in ".!"
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
def test_equations_are_well_formed_and_not_too_long(case, key, cost, ahead):
    for step in made(case, key, cost, ahead)[3]:
        for html in filter(None, (step.symbols, step.numbers, step.result)):
            root = ET.fromstring(html)
            assert root.get("class") == "bp-eq"
            assert root.get("role") == "math"
            assert root.get("aria-label").strip()
            assert len(html) < MOST
            for word in ("None", "nan", "inf"):
                assert word not in text(html)
        assert len(step.words) < 400
        assert len(text(step.shapes)) < 200


@every
def test_equation_can_be_read_where_styles_are_stripped(case, key, cost, ahead):
    for step in made(case, key, cost, ahead)[3]:
        for html in (step.symbols, step.numbers, step.result, step.shapes):
            assert not re.search(r"<(?!/?(div|span|i|sub|sup|small|table|tr|td)\b)", html)
            assert "style=" not in html
        for fraction in ET.fromstring(step.symbols).iter("span"):
            if fraction.get("class") == "bp-frac":
                assert "".join(fraction.itertext()).count("/") == 1


@every
def test_no_number_is_a_signed_zero(case, key, cost, ahead):
    for step in made(case, key, cost, ahead)[3]:
        for html in (step.numbers, step.result, step.words):
            for number in re.findall(r"[+−-][\d.]+(?!\d)(?: · 10)?", html):
                assert re.search(r"[1-9]", number), number


@pytest.mark.parametrize("case", ["784-16-16-10", "wide batch"])
def test_wide_arrays_are_elided(case):
    for key in notations_of(made(case, "layers")[:3]):
        steps = made(case, key, ahead=True)[3]
        assert any("⋮" in step.numbers for step in steps)
        assert any("⋯" in step.numbers for step in steps)
        for step in steps:
            for html in filter(None, (step.numbers, step.result)):
                for table in ET.fromstring(html).iter("table"):
                    assert len(table) <= 5
                    assert all(len(row) <= 5 for row in table)


@pytest.mark.parametrize("n", [1, 5, 6, 784])
def test_visible_rows_are_at_most_five_and_end_with_the_last(n):
    rows = visible_indices(n)
    assert len(rows) <= 5
    assert rows[-1] == n - 1
    assert (None in rows) == (n > 5)


def test_batch_is_averaged_in_symbols_in_numbers_and_in_the_line():
    for case in ("batch", "chain of a batch"):
        for key in notations_of(made(case, "layers")[:3]):
            style = NOTATIONS[key]
            for step in made(case, key)[3]:
                if step.writes.name in (style.W, style.b):
                    assert text(step.symbols).split("=")[1].startswith("1/m")
                    assert text(step.numbers).startswith("1/4")
                    assert step.line.endswith(" / m")


def test_single_sample_has_no_mean():
    for case in ("chain", "2-3-2"):
        for key in notations_of(made(case, "layers")[:3]):
            for step in made(case, key)[3]:
                assert "1/m" not in text(step.symbols)
                assert "/ m" not in step.code


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
    sizes = [1] * (L + 1) if style.spelling.single else [int(n) for n in rng.integers(1, 8, L + 1)]
    activations = [str(name) for name in rng.choice(SLOPED, L)]
    cost = str(rng.choice(APART if style.apart else costs_for(sizes[-1])))
    net = network(sizes, activations, cost, seed)
    return net, *samples(net, 1 if style.single_sample else int(rng.integers(1, 4)), rng)


@pytest.mark.parametrize("key", NOTATIONS)
def test_every_notation_has_the_gradient_of_backward_on_200_random_networks(key):
    for seed in range(200):
        net, x, y = random_pass(seed, NOTATIONS[key])
        given, right = gradient_by(key, net, x, y), backward(net, forward(net, x), y)
        for l in range(1, net.L + 1):
            for mine, theirs in ((given.W[l], right.W[l]), (given.b[l], right.b[l])):
                scale = max(1, np.abs(theirs).max())
                np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-12 * scale)


def test_entry_of_a_slope_is_picked_after_the_whole_slope_is_computed():
    square_of_sum = Cost(
        "square of the sum",
        lambda a, y: (a - y).sum(axis=0) ** 2,
        lambda a, y: np.ones_like(a) * 2 * (a - y).sum(axis=0),
    )
    net = Network.random([2, 3, 2], "tanh", square_of_sum, seed=0)
    x, y = np.array([[0.5], [-1.0]]), np.array([[2.0], [0.3]])
    right = backward(net, forward(net, x), y)
    paths = {s.writes: s.value for s in path_steps(net, x, y)}
    for l in (1, 2):
        np.testing.assert_allclose(gradient_by("index", net, x, y).W[l], right.W[l], rtol=1e-12)
        for place, slope in np.ndenumerate(right.W[l]):
            assert paths[Quantity("dC_dw", l, place)] == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("key", [key for key in NOTATIONS if key != "jacobian"])
def test_delta_of_a_fused_output_is_output_minus_target_also_where_softmax_is_saturated(key):
    single = NOTATIONS[key].spelling.single
    W = [[800.0]] if single else [[800.0], [0.0], [-800.0]]
    functions = ("sigmoid", "binary_cross_entropy") if single else ("softmax", "cross_entropy")
    net = Network([(W, np.zeros((len(W), 1)))], *functions)
    y = [[0.0]] if single else [[0.0], [1.0], [0.0]]
    steps = {step.writes.name: step.value for step in backward_steps(net, [1.0], y, key)}
    assert steps[NOTATIONS[key].cost] == 800
    given = gradient_by(key, net, [1.0], y).W[1]
    assert np.array_equal(given, [[1.0]] if single else [[1.0], [-1.0], [0.0]])


@pytest.mark.parametrize("key", NOTATIONS)
@pytest.mark.parametrize(("cost", "factor"), [("squared", 2), ("mean_squared", 2 / 3)])
def test_constant_of_a_cost_is_all_that_tells_two_costs_apart(key, cost, factor):
    sizes = [1, 1, 1] if NOTATIONS[key].spelling.single else [2, 4, 3]
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
    assert "Σt" in text(step.symbols)
    assert text(step.numbers) == "0.695·0.212·0.7+(−0.540)·0.248·(−0.6)=?"
    assert text(step.result).endswith("=+0.1031+0.0805=+0.184")
    assert step.answer == "The one through neuron 0 of layer 2: +0.103."


def test_factors_of_the_jacobian_drop_out_towards_the_output():
    products = [s for s in made("784-16-16-10", "jacobian")[3] if s.writes.name == "dC_dw"]
    assert [(s.writes.layer, s.rule) for s in products] == [(3, "①④"), (2, "①③④"), (1, "①②③④")]


@pytest.mark.parametrize(
    ("v", "decimals", "signed", "written"),
    [
        (-0.001, 2, False, "0.00"),
        (-0.001, 2, True, "0.00"),
        (0.001, 2, True, "0.00"),
        (-0.0, 0, True, "0"),
        (0.5, 1, True, "+0.5"),
        (0.5, 1, False, "0.5"),
        (-0.25, 2, False, "−0.25"),
        (-12.0, 0, True, "−12"),
        (-1.5e9, 2, False, "−1.50e9"),
        (1e150, 2, True, "+1.00e150"),
    ],
)
def test_number_has_a_real_minus_and_no_signed_zero(v, decimals, signed, written):
    assert format_number(v, decimals, signed) == written


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
    array = np.array([[value]])
    shown = mathematics.number(value, decimals_for(array))
    for written in (text(shown.html), in_words("δ", array)):
        assert re.search(r"[1-9]", written), written


def test_negative_factor_stands_in_brackets():
    negative, positive = (mathematics.number(v, 1, signed=True) for v in (-1.2, 1.2))
    assert text(negative.within(mathematics.PRODUCT).html) == "(−1.2)"
    assert text(positive.within(mathematics.PRODUCT).html) == "+1.2"


@pytest.mark.parametrize(
    "line", ["np.exp(z[1])", "z[1] ** 3", "~z[1]", "z[1] if m else y", "np.sort(z[1])"]
)
def test_line_that_no_formula_is_known_for_is_not_written_as_another(line):
    p = written_pass(*examples.small_network(), "layers")
    for writer in (Symbols, Numbers, Shapes):
        with pytest.raises(NotImplementedError, match="no way to write"):
            writer(p._setting()).written(parsed(line))


def test_indices_are_read_aloud_one_by_one():
    net = Network.random([1, 11, 1], seed=0)
    step = path_steps(net, [0.5], [0.1])[10]
    assert "d w 10, 0 of layer 1" in step.symbols
