"""The bridge: the lines, shapes and symbols of every text, and the way between any two."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from accessibility import violations
from browsing import SOON, choose, set_theme
from pages import assert_well_formed, buttons_of
from shown import read_html
from sourced import holds_in, in_letters_of, in_marks_of_the_series, world_of

from bp_helpers import (
    Bridge,
    Network,
    backpropagate,
    bridge,
    examples,
    forward,
    numerical_gradient,
)
from bp_helpers.drawing.bridging import answers
from bp_helpers.steps.translated import equation_of
from bp_helpers.texts.arrays import Factor, numbered
from bp_helpers.texts.sources import SOURCES, Source

# What stands in the texts, once more and in other words: the input's number, that of the first
# weights, (out, in), columns, the factor for two squares, and whether a batch is added up.
FACTS = {
    "series": (0, 1, True, True, "half", "mean"),
    "chain": (0, 1, True, True, "whole", "mean"),
    "index": (0, 1, True, True, "whole", "mean"),
    "jacobian": (0, 1, True, True, "outputs", "one"),
    "layers": (0, 1, True, True, "half", "mean"),
    "batch": (0, 1, True, True, "half", "mean"),
    "nielsen": (1, 2, True, True, "half", "mean"),
    "3blue1brown": (0, 1, True, True, "whole", "mean"),
    "prince": (0, 0, True, True, "whole", "sum"),
    "d2l": (0, 1, False, False, "half", "mean"),
    "ng": (0, 1, True, True, "half", "mean"),
    "bishop": (0, 1, True, True, "half", "sum"),
    "pytorch": (0, 1, True, False, "outputs", "mean"),
}
each_key = pytest.mark.parametrize("key", SOURCES)


def drawn(sizes, m, seed, activation="sigmoid", cost="half_squared"):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((sizes[0], m))
    y = rng.uniform(0, 1, (sizes[-1], m))
    if cost == "cross_entropy":
        y = np.eye(sizes[-1])[:, rng.integers(sizes[-1], size=m)]
    return Network.random(sizes, activation, cost, seed=seed), x, y


CASES = {
    "small": examples.small_network(),
    "batch": examples.batch(),
    "chain": examples.chain(),
    "chain of 3 samples": drawn([1, 1, 1, 1, 1], 3, 0),
    "4-3-5-2": drawn([4, 3, 5, 2], 6, 1),
    "4-3-5-2, one sample": drawn([4, 3, 5, 2], 1, 2),
    "3-3-3, m = 3": drawn([3, 3, 3], 3, 3),
    "one layer": drawn([3, 4], 5, 4),
    "tanh": drawn([3, 4, 2], 4, 5, "tanh"),
    "mixed": drawn([3, 4, 5, 2], 4, 6, ["tanh", "sigmoid", "leaky_relu"]),
    "own output": drawn([3, 4, 5, 2], 4, 7, ["tanh", "tanh", "identity"]),
    "squared": drawn([3, 4, 2], 4, 8, cost="squared"),
    "mean": drawn([3, 4, 5], 4, 9, cost="mean_squared"),
    "softmax": drawn([3, 4, 5, 3], 6, 10, ["tanh", "tanh", "softmax"], "cross_entropy"),
    "binary": drawn([3, 4, 5], 6, 11, "sigmoid", "binary_cross_entropy"),
}
RUN = [
    (key, name)
    for key, (name, (net, x, _)) in product(SOURCES, CASES.items())
    if not bridge.refuses(key, net, x.shape[1])
]
each_run = pytest.mark.parametrize(("key", "name"), RUN)


# Facts


def test_the_facts_are_those_of_the_texts():
    costs = {"half": "half_squared", "whole": "squared", "outputs": "mean_squared"}
    assert FACTS.keys() == SOURCES.keys()
    for key, (first, weights, out_in, columns, cost, batch) in FACTS.items():
        s = SOURCES[key]
        assert (s.input_layer, s.first_weights) == (first, weights), key
        assert (s.weights == "(out, in)", s.samples == "columns") == (out_in, columns), key
        assert s.cost == costs[cost], key
        assert (s.average == "none") == (batch == "sum"), key
        assert s.several == (batch != "one"), key


# Where the mean is taken, the mark of a layer, where BP2 leads, and what is carried.
FORMS = {
    "series": ("last", "(l)", "l", "z", "arrays"),
    "chain": ("last", "(l)", "l - 1", "a", "numbers"),
    "index": ("last", "(l)", "l - 1", "a", "entries"),
    "jacobian": ("last", "l", "l", "a", "row"),
    "layers": ("last", "l", "l", "z", "arrays"),
    "batch": ("first", "l", "l - 1", "z", "arrays"),
    "nielsen": ("last", "l", "l", "z", "arrays"),
    "3blue1brown": ("last", "(l)", "l - 1", "a", "entries"),
    "prince": ("none", "_l", "l - 1", "z", "arrays"),
    "d2l": ("first", "(l)", "l - 1", "z", "arrays"),
    "ng": ("last", "[l]", "l - 1", "z", "arrays"),
    "bishop": ("none", "(l)", "l", "z", "arrays"),
    "pytorch": ("first", "_l", "l - 1", "z", "arrays"),
}


def test_the_forms_are_those_of_the_texts():
    assert FORMS.keys() == SOURCES.keys()
    for key, form in FORMS.items():
        s = SOURCES[key]
        assert (s.average, s.mark, s.pulls_to, s.carries, s.form) == form, key
    to_the_cost = {key for key, s in SOURCES.items() if s.order == "to the cost"}
    assert to_the_cost == {"index", "3blue1brown"}
    assert {key for key, s in SOURCES.items() if s.gradients == "d"} == {"batch", "ng"}
    assert {key for key, s in SOURCES.items() if s.is_folded} == {"bishop"}


@pytest.mark.parametrize(
    ("key", "rule", "line"),
    [
        ("nielsen", "BP2", "delta[l] = (w[l + 1].T @ delta[l + 1]) * dsigma(z[l])"),
        ("prince", "z", "f[k] = beta[k] + Omega[k] @ h[k]"),
        ("prince", "BP2", "df[k - 1] = (Omega[k].T @ df[k]) * da(f[k - 1])"),
        ("prince", "BP4", "dOmega[k] = df[k] @ h[k].T"),
        ("d2l", "z", "Z[l] = H[l - 1] @ W[l] + b[l]"),
        ("d2l", "BP4", "dW[l] = H[l - 1].T @ dZ[l]"),
        ("ng", "BP3", "db[l] = np.sum(dZ[l], axis=1, keepdims=True) / m"),
        ("ng", "BP4", "dW[l] = dZ[l] @ A[l - 1].T / m"),
        ("pytorch", "z", "z[l] = a[l - 1] @ weight[l].T + bias[l]"),
        ("pytorch", "BP4", "grad_weight[l] = grad_output[l].T @ a[l - 1]"),
        ("batch", "BP1", "dz[L] = 1 / m * (a[L] - y) * dg(z[L])"),
        ("batch", "BP4", "domega[l] = dz[l] @ a[l - 1].T"),
        ("bishop", "a", "z[l] = with_ones(h(a[l]))"),
        ("bishop", "output", "z[L] = sigma(a[L])"),
        ("index", "BP4", "dw[l][j, k] = a[l - 1][k] * dsigma[l](z[l][j]) * da[l][j]"),
        ("chain", "BP4", "dw[l] = da[l] * dsigma(z[l]) * a[l - 1]"),
        ("jacobian", "BP2", "da[l] = da[l + 1] @ (dsigma(z[l + 1]) * w[l + 1])"),
    ],
)
def test_lines_are_those_of_the_texts(key, rule, line):
    assert str(bridge.rules(key)[rule]) == line


def test_letters_are_those_of_the_texts():
    letters = {
        "nielsen": ("w", "b", "z", "a", "delta", "C"),
        "prince": ("Omega", "beta", "f", "h", "df", "ell"),
        "d2l": ("W", "b", "Z", "H", "dZ", "J"),
        "ng": ("W", "b", "Z", "A", "dZ", "J"),
        "bishop": ("W", "b", "a", "z", "delta", "E"),
        "pytorch": ("weight", "bias", "z", "a", "grad_output", "loss"),
        "3blue1brown": ("w", "b", "z", "a", "da", "C"),
        "batch": ("omega", "b", "z", "a", "dz", "J"),
    }
    for key, wanted in letters.items():
        s = SOURCES[key]
        assert (s.W, s.b, s.z, s.a, s.carried, s.C) == wanted, key
    assert {s.y for s in SOURCES.values()} == {"y", "Y", "t"}


# Lines, run


@each_run
def test_its_own_pass_gives_the_gradient_of_the_series(key, name):
    net, x, y = CASES[name]
    found = bridge.translate(net, x, y, to=key)
    assert found.ok and found.gap <= 1e-12
    s, own, m = SOURCES[key], found.own, x.shape[1]
    there = Network(list(zip(net.W[1:], net.b[1:])), [f.name for f in net.sigma[1:]],
                    s.cost if "squared" in net.cost.name else net.cost.name)  # fmt: skip
    measured = numerical_gradient(there, x, y)
    times = m if s.average == "none" else 1
    if s.cost == "mean_squared" and net.cost.name == "binary_cross_entropy":
        times /= net.sizes[-1]
    for l in range(1, net.L + 1):
        dW, db = measured.W[l] * times, measured.b[l] * times
        wanted = np.hstack([db, dW]) if s.is_folded else dW if FACTS[key][2] else dW.T
        given = own.W[numbered(s, l)]
        assert np.shape(given) == (() if s.form == "numbers" else wanted.shape)
        np.testing.assert_allclose(np.reshape(given, wanted.shape), wanted, rtol=1e-9, atol=1e-13)
        if not s.is_folded:
            np.testing.assert_allclose(
                np.ravel(own.b[numbered(s, l)]), db.ravel(), rtol=1e-9, atol=1e-13
            )


@each_run
def test_arrays_have_the_shapes_that_the_text_says(key, name):
    net, x, y = CASES[name]
    s, there = SOURCES[key], bridge.to_source(key, net, x, y)
    first, columns = FACTS[key][1], FACTS[key][3]
    assert list(there.W) == list(range(first, first + net.L))
    for l in range(1, net.L + 1):
        n, before = net.sizes[l], net.sizes[l - 1]
        W = there.W[first + l - 1]
        if s.form == "numbers":
            assert net.W[l].item() == W
            continue
        wide = before + s.is_folded
        assert W.shape == ((n, wide) if FACTS[key][2] else (wide, n))
        if not s.is_folded:
            shapes = {"column": (n, 1), "row": (1, n), "flat": (n,)}
            assert there.b[first + l - 1].shape == shapes[s.bias]
    for given, own in ((there.x, x), (there.y, y)):
        if s.form in ("entries", "numbers") and x.shape[1] == 1:
            assert np.array_equal(np.ravel(given), own.ravel())
        else:
            assert np.array_equal(given, own if columns else own.T)


def test_enough_is_run():
    assert len(RUN) > 100
    assert {key for key, _ in RUN} == set(SOURCES)
    for key, name in (("pytorch", "softmax"), ("d2l", "softmax"), ("ng", "mixed"),
                      ("pytorch", "binary"), ("index", "mixed"), ("prince", "own output")
                     ):  # fmt: skip
        assert (key, name) in RUN


def test_the_carried_array_of_a_single_sample_has_the_shape_of_the_sample():
    net, x, y = examples.small_network()
    carried = bridge.own_gradient("3blue1brown", net, x, y).carried
    assert carried[1].shape == (3,)
    many = bridge.own_gradient("3blue1brown", *examples.batch()).carried
    assert many[1].shape == (3, 4)


@pytest.mark.parametrize(
    "changed",
    [
        {"weights": "(in, out)"}, {"samples": "rows", "bias": "row"}, {"bias": "column 0 of W"},
        {"samples": "rows", "bias": "flat", "weights": "(in, out)"}, {"first_weights": 0},
        {"input_layer": 1}, {"input_layer": 4, "first_weights": 5}, {"average": "first"},
        {"average": "none", "cost": "mean_squared"}, {"pulls_to": "l - 1", "first_weights": 0},
        {"form": "entries", "carries": "a", "bias": "flat", "pulls_to": "l"},
        {"form": "row", "carries": "a", "several": False}, {"functions": "loss", "output": "o"},
        {"weights": "(in, out)", "bias": "column"}, {"functions": "one", "mark": "_l"},
    ],
)  # fmt: skip
def test_a_text_of_ones_own_follows_from_its_answers(changed):
    own = Source("own", "My lecture", **changed)
    for name in ("small", "4-3-5-2, one sample", *(["4-3-5-2"] if own.several else [])):
        if own.form == "row" and name == "4-3-5-2":
            continue
        assert bridge.translate(*CASES[name], to=own).ok, name


# Lines, shown


@each_run
def test_symbols_mean_what_is_measured(key, name):
    net, x, y = CASES[name]
    s = SOURCES[key]
    if (s.form in ("entries", "numbers") and x.shape[1] > 1) or "squared" not in net.cost.name:
        return
    world, lines = world_of(s, net, x, y), bridge.rules(key, net)
    absent = {"BP2", "a" if s.functions == "loss" or s.is_folded else ""} if net.L == 1 else ()
    there = [rule for rule in lines if rule.line and rule.name not in absent]
    compared = {rule.name: check_symbols(s, rule, world) for rule in there}
    assert compared.pop("BP1") >= 1
    assert ("output" in compared) == s.is_folded and compared.pop("output", 1) >= 1
    assert all(n >= net.L - 1 for n in compared.values())


def check_symbols(s, rule, world):
    html = in_marks_of_the_series(s, equation_of(s, rule))
    if s.is_folded and rule.name in ("z", "BP4"):  # there z has its row of ones
        html = re.sub(r"<i>z</i>(<sup>\(l − 1\)</sup>)", r"<i>zones</i>\1", html)
    if "a row of ones on top of" in html:
        html = re.sub(r'<span class="bp-op bp-phrase">a row of ones.*?</span>', "", html)
    return holds_in(s, in_letters_of(s, read_html(html)), world)


@each_key
def test_symbols_of_the_general_rules_can_be_read(key):
    s = SOURCES[key]
    for rule in bridge.rules(key):
        if rule.line and "with_ones" not in rule.line:
            equation = in_letters_of(s, read_html(in_marks_of_the_series(s, equation_of(s, rule))))
            assert len(equation.sides) == 2


def test_a_row_of_ones_is_told_where_it_is():
    s = SOURCES["bishop"]
    says = equation_of(s, bridge.rules("bishop")["a"])
    assert "a row of ones on top of" in says
    assert "without column 0" in equation_of(s, bridge.rules("bishop")["BP2"])


# From any text to any other


def number_told(text, m, n_last):
    """The number that 2/(m · n_L), or a like of it, stands for."""
    values = {"m": m, "n_L": n_last}
    top, bottom = (
        np.prod([values.get(p) or float(p) for p in part.strip("()").split(" · ")])
        for part in (text if "/" in text else f"{text}/1").split("/")
    )
    return top / bottom


def done(sentences, W, b, m, n_last):
    """What comes of gradients when somebody does what the sentences say, and nothing else."""
    layers, weights, _, cost, _ = sentences
    numbers = re.search(r"Layers: \w+\[(\d)\] becomes \w+\[(\d)\]", layers)
    shift = int(numbers[2]) - int(numbers[1]) if numbers else 0
    W = {l + shift: np.atleast_2d(v) for l, v in W.items()}
    b = {l + shift: np.ravel(v) for l, v in b.items()}
    for step in re.findall(r"\S.*?\.(?= |$)", weights):  # one after the other, as they are told
        if step.startswith("Cut column 0 of"):
            b, W = {l: v[:, 0] for l, v in W.items()}, {l: v[:, 1:] for l, v in W.items()}
        elif step.startswith("Transpose every"):
            W = {l: v.T for l, v in W.items()}
        elif step.startswith("Put "):
            assert step.endswith(" in front of it, as column 0.")
            W, b = {l: np.hstack([b[l][:, None], v]) for l, v in W.items()}, {}
        elif re.fullmatch(r"\w+ becomes a number\.|Give \w+ the shape \(1, 1\)\.", step):
            assert all(v.size == 1 for v in W.values())
        else:
            assert re.match(r"Keep |Its column 0 stays|Give ", step), step
    if by := re.search(r"Multiply .* by (.*)\.$", cost):
        times = number_told(by[1], m, n_last)
        W, b = ({l: v * times for l, v in side.items()} for side in (W, b))
    else:
        assert cost == "Gradients of weights and biases keep their size."
    return W, b


@pytest.mark.parametrize("one", SOURCES)
@pytest.mark.parametrize("name", ["chain", "4-3-5-2, one sample", "4-3-5-2", "chain of 3 samples"])
def test_the_sentences_lead_from_any_text_to_any_other(one, name):
    net, x, y = CASES[name]
    m = x.shape[1]
    if bridge.refuses(one, net, m):
        return
    own = bridge.own_gradient(one, net, x, y)
    for other, s in SOURCES.items():
        if bridge.refuses(other, net, m):
            continue
        sentences = bridge.instructions(one, other)
        W, b = done(sentences, own.W, own.b, m, net.sizes[-1])
        there = bridge.own_gradient(other, net, x, y)
        assert list(W) == list(there.W)
        for l, wanted in there.W.items():
            np.testing.assert_allclose(W[l], np.atleast_2d(wanted), rtol=1e-10, atol=1e-14)
        assert list(b) == list(there.b)
        for l, wanted in there.b.items():
            np.testing.assert_allclose(b[l], np.ravel(wanted), rtol=1e-10, atol=1e-14)
        check_shapes(sentences[1], SOURCES[one], own, s, there)
        forms = {SOURCES[one].form, s.form}
        turned = SOURCES[one].samples != s.samples and "numbers" not in forms
        assert ("Transpose" in sentences[2]) == turned
        sample = "number" if s.form == "numbers" else s.samples[:-1]
        stays = len({SOURCES[one].form == "numbers", s.form == "numbers"}) == 1 and not turned
        assert f" {'stays' if stays else 'becomes'} a {sample}." in sentences[2]
        assert ("are then for one sample" in sentences[2]) == (s.form != "arrays")
        check_carried(sentences[4], SOURCES[one], s, own, there, (net, x))


def check_shapes(sentence, one, own, other, there):
    """What is said of the shapes of W and b holds for the arrays; without a word they stay."""
    sides = [(one.W, own.W, other.W, there.W), (one.b, own.b, other.b, there.b)]
    for name, given, to, found in sides:
        if not found:
            continue
        before, after = np.shape(given[max(given)]) if given else None, np.shape(found[max(found)])
        if name == one.W and one.is_folded != other.is_folded:  # `done` cuts or joins, and compares
            continue
        number = rf"(^|\. ){name} becomes a number\.|that is {to}, a number\."
        given_shape = rf"Give {name} the shape (\(.*?\))\.|that is {to}, of shape (\(.*?\))\."
        if re.search(number, sentence):
            assert after == ()
        elif told := re.search(given_shape, sentence):
            assert (told[1] or told[2]).replace("n_l", str(max(after))) == str(after)
        else:
            turned = f"Transpose every {name}." in sentence
            assert after == (before[::-1] if turned else before)


def check_carried(sentence, one, other, own, there, sample):
    """What the last sentence says of the size of δ holds for the arrays."""
    net, x = sample
    m, n_last = x.shape[1], net.sizes[-1]
    assert re.search(rf"\b{one.carried}\b", sentence) and re.search(
        rf"\b{other.carried}\b", sentence
    )
    last, also = own.carried[max(own.carried)], there.carried[max(there.carried)]
    if one.carries != other.carries:
        assert "times as large" not in sentence and "same size" not in sentence
        a, z = (last, also) if one.carries == "a" else (also, last)
        slope = net.sigma[net.L].slope(forward(net, x).z[net.L])
        ratio = np.sum(np.abs(z)) / np.sum(np.abs(np.reshape(a, slope.shape) * slope))
        names = (one, other) if one.carries == "a" else (other, one)
        told = re.search(
            rf"[Tt]imes {names[0].sigma}′(?: and (.*))? it is {names[1].carried}\.$", sentence
        )
        assert told[1] != "1"
        assert ratio == pytest.approx(number_told(told[1] or "1", m, n_last), rel=1e-9)
        return
    ratio = np.sum(np.abs(also)) / np.sum(np.abs(last))
    by = re.search(r"is (\S+( · \S+)*) times as large", sentence)
    if by is None:
        assert "the same size" in sentence
        assert ratio == pytest.approx(1, rel=1e-9)
        return
    assert ratio == pytest.approx(number_told(by[1], m, n_last), rel=1e-9)


def test_what_is_for_a_becomes_delta_by_a_slope_and_a_factor():
    def says(*pair):
        return bridge.instructions(*pair)[4]

    assert says("chain", "series") == "da is for a: times sigma′ and 1/2 it is delta."
    assert says("jacobian", "prince") == "da is for a: times sigma′ and n_L it is df."
    assert says("3blue1brown", "prince") == "da is for a: times sigma′ it is df."
    assert says("nielsen", "index") == (
        "delta has no name any more: da, for a, is carried. Times sigma′ and 1/2 it is delta."
    )


def test_a_factor_is_written_as_what_it_is():
    assert str(Factor()) == "1" and str(Factor(1, 1)) == "2 · m"
    assert str(Factor(1, -1, -1)) == "2/(m · n_L)" and str(Factor(-1)) == "1/2"
    assert Factor(1, -1, -1).value(4, 5) == 0.1
    assert Factor(1, 1).over(Factor(1, 0, -1)) == Factor(0, 1, 1)


# What is printed


def test_a_translation_prints_its_lines_shapes_and_gradients():
    net, x, y = examples.batch()
    found = bridge.translate(net, x, y, to="pytorch")
    told = str(found)
    for line in bridge.rules("pytorch"):
        assert str(line) in told
    assert "weight[1] (3, 2)" in told and "bias[2] (2,)" in told and "x (4, 2)" in told
    for name, side in (("grad_weight", found.own.W), ("grad_bias", found.own.b)):
        for l, array in side.items():
            assert f"{name}[{l}] = {np.round(array, 4).tolist()}" in told
    assert "2/n_L = 1; converted back: the same" in told
    assert "2 · m = 8" in str(bridge.translate(net, x, y, to="prince"))


def test_what_is_written_for_one_sample_is_said_to_be():
    for key in SOURCES:  # each of them can write a chain
        told = str(bridge.translate(*examples.chain(), to=key))
        of_one = key in ("chain", "index", "3blue1brown")
        assert ("for one sample; then the mean" in told) == of_one, key


def test_what_does_not_come_back_the_same_is_said():
    found = replace(bridge.translate(*examples.batch(), to="ng"), gap=1e-3)
    assert not found.ok and "NOT the same: 1e-03" in str(found)
    assert "OFF by 1e-03" in str(bridge.Agreement({"ng": 1e-3}, {}))
    assert not bridge.Agreement({"ng": 1e-3}, {}).ok


def test_all_texts_agree_or_say_why_not():
    told = bridge.agreement(*examples.batch())
    assert told.ok and len(told.gaps) == 11
    assert told.refusals.keys() == {"chain", "jacobian"}
    assert str(told).count("the same to 1e-12") == 11
    assert "writes one sample, but there are 4" in str(told)
    assert bridge.agreement(*examples.chain()).gaps.keys() == SOURCES.keys()


# Bad input


@pytest.mark.parametrize(
    "call",
    [
        lambda: bridge.rules("goodfellow"),
        lambda: bridge.translate(*examples.batch(), to="goodfellow"),
        lambda: bridge.instructions("ng", "goodfellow"),
        lambda: bridge.instructions("goodfellow", "ng"),
        lambda: Bridge(source="goodfellow"),
        lambda: Bridge(target="goodfellow"),
    ],
)
def test_an_unknown_text_is_told_those_that_are_known(call):
    with pytest.raises(ValueError, match="goodfellow") as refused:
        call()
    for key in SOURCES:
        assert repr(key) in str(refused.value)


@pytest.mark.parametrize(
    ("key", "case", "says"),
    [
        ("chain", "small", "has one neuron a layer, but the network is Network 2-3-2"),
        ("jacobian", "batch", "writes one sample, but there are 4"),
        ("jacobian", "tanh", "writes one sample"),
        ("nielsen", "mixed", "one activation function for all its layers"),
        ("bishop", "mixed", "one activation function for all its hidden layers"),
        ("layers", "softmax", "has no cost 'cross_entropy'"),
        ("3blue1brown", "binary", "has no cost 'binary_cross_entropy'"),
    ],
)
def test_a_network_that_a_text_cannot_write_is_refused(key, case, says):
    net, x, y = CASES[case]
    for call in (bridge.translate, bridge.own_gradient, bridge.to_source):
        arguments = (net, x, y, key) if call is bridge.translate else (key, net, x, y)
        with pytest.raises(ValueError, match=re.escape(says)) as refused:
            call(*arguments)
        assert f"source {key!r}" in str(refused.value)
        able = [k for k in SOURCES if not bridge.refuses(k, net, x.shape[1])]
        assert f"Those that can: {', '.join(map(repr, able))}." in str(refused.value)


def test_a_function_that_a_text_does_not_have_is_refused():
    net, x, y = drawn([2, 3, 2], 1, 0, "tanh")
    says = "has 'sigmoid' alone, but the network has 'tanh'"
    assert bridge.refuses("jacobian", net) == says
    with pytest.raises(ValueError, match=says):
        bridge.rules("jacobian", net)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"weights": "(a, b)"}, "weights of Source is '(a, b)', but should be one of '(out, in)'"),
        ({"samples": "rows"}, "with samples as rows should be 'row' or 'flat'"),
        ({"bias": "flat"}, "with samples as columns should be 'column' or 'column 0 of W'"),
        ({"W": "z"}, "'z' stands for two things"),
        ({"W": "np"}, "'np' is no name of its own"),
        ({"b": "b 1"}, "'b 1' is no name of its own"),
        ({"first_weights": 3}, "first_weights of Source is 3"),
        ({"form": "entries", "bias": "flat", "first_weights": 0}, "should be 1"),
    ],
)
def test_a_text_that_contradicts_itself_is_refused(given, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        Source("own", "My lecture", **given)


def test_x_that_does_not_fit_is_refused():
    net, _, y = examples.batch()
    with pytest.raises(ValueError, match="x has shape"):
        bridge.translate(net, np.ones((3, 4)), y, to="ng")
    with pytest.raises(ValueError, match="y has shape"):
        Bridge(net=net, x=np.ones((2, 4)), y=np.ones((3, 4)))


# The widget


def cards(html):
    """The frame of each text, as it stands in the deck."""
    return html.partition('class="bp-frame bp-entries"')[2].split('<div class="bp-card"')[1:]


def pairs(html):
    inside = html.partition("bp-between")[2].partition('class="bp-frame bp-entries"')[0]
    return re.findall(
        r'role="group" aria-label="(.*?)"><strong>(.*?)</strong><ol>(.*?)</ol>', inside
    )


@pytest.mark.parametrize("name", ["batch", "chain", "small", "mixed", "softmax"])
def test_every_frame_shows_its_own_text_and_numbers(name):
    net, x, y = CASES[name]
    panel = Bridge("ng", "d2l", net, x, y)
    html = panel.widget.deck_html
    assert_well_formed(html)
    assert len(cards(html)) == len(SOURCES) == 13
    for (key, s), card in zip(SOURCES.items(), cards(html)):
        can = not bridge.refuses(key, net, x.shape[1])
        assert f'aria-label="{s.title}"' in card
        for rule in bridge.rules(key, net if can else None):
            assert equation_of(s, rule) in card
            assert (
                not rule.line
                or f"<pre>{rule.target} = {rule.line}</pre>".replace(">=", "&gt;=") in card
            )
        for heading, answer in answers(s):
            assert f'<th scope="row">{heading}</th><td>{answer}</td>' in card
        if can:
            found = bridge.translate(net, x, y, to=key)
            for side in (found.own.W, found.own.b):
                assert all(shown_in(card, array) for array in side.values())
            times = number_told(str(found.factor), x.shape[1], net.sizes[-1])
            told = re.search("The gradient is (.*?) that of the series", card)[1]
            if times == 1 and str(found.factor) == "1":
                assert told == "as large as"
            else:
                ends = told.removesuffix(" times").split(" = ")
                assert [number_told(e, x.shape[1], net.sizes[-1]) for e in ends] == [times] * len(
                    ends
                )
        else:
            assert bridge.refuses(key, net, x.shape[1]).replace("'", "&#x27;") in card or (
                bridge.refuses(key, net, x.shape[1]) in card
            )


def shown_in(card, array):
    """Whether an array stands in the card, every number in its place, but for rounding."""
    table = np.atleast_2d(array)
    if max(table.shape) > 5:
        return True
    text = re.sub(r"<sup>.*?</sup>", "", card).replace("−", "-")
    for found in re.findall(r'<table class="bp-matrix">(.*?)</table>', text):
        rows = [re.findall(r"<td>(.*?)</td>", row) for row in found.split("</tr>")[:-1]]
        try:
            numbers = np.array(rows, float)
        except ValueError:
            continue
        if (
            numbers.shape == table.shape
            and np.abs(numbers - table).max() < 0.006 * np.abs(table).max()
        ):
            return True
    single = re.findall(r'class="bp-num">([-+]?[\d.]+)</span>', text)
    return table.size == 1 and any(abs(float(v) - table.item()) < 6e-5 for v in single)


ANSWERS = {
    "nielsen": [
        "the input is a[1], the first weights are w[2]", "(out, in); biases (n_l, 1)", "a column",
        "½ Σ (output − target)²; the mean over a batch, taken in BP3 and BP4", "δ",
    ],
    "prince": [
        "the input is h[0], the first weights are Omega[0]", "(out, in); biases (n_l, 1)",
        "a column", "Σ (output − target)²; the sum over a batch", "∂ℓ/∂f",
    ],
    "d2l": [
        "the input is H[0], the first weights are W[1]", "(in, out); biases (1, n_l)", "a row",
        "½ Σ (output − target)²; the mean over a batch, taken in BP1", "∂J/∂Z",
    ],
    "bishop": [
        "the input is z[0], the first weights are W[1]", "(out, in); biases column 0 of W",
        "a column", "½ Σ (output − target)²; the sum over a batch", "δ",
    ],
    "pytorch": [
        "the input is a[0], the first weights are weight[1]", "(out, in); biases (n_l,)", "a row",
        "(1/n_L) Σ (output − target)²; the mean over a batch, taken in BP1", "grad_output",
    ],
    "chain": [
        "the input is a[0], the first weights are w[1]", "a number; biases a number",
        "one at a time, one neuron a layer",
        "Σ (output − target)²; the rules are for one sample; then the mean",
        "no name; ∂C/∂a is carried",
    ],
    "3blue1brown": [
        "the input is a[0], the first weights are w[1]", "(out, in); biases (n_l,)",
        "one at a time, entry by entry",
        "Σ (output − target)²; the rules are for one sample; then the mean",
        "no name; ∂C/∂a is carried",
    ],
    "jacobian": [
        "the input is a[0], the first weights are w[1]", "(out, in); biases (n_l, 1)",
        "one column; ∂C/∂a is a row", "(1/n_L) Σ (output − target)²; one sample",
        "no name; ∂C/∂a is carried",
    ],
}  # fmt: skip


@pytest.mark.parametrize("key", ANSWERS)
def test_the_five_answers_are_those_of_the_text(key):
    found = list(answers(SOURCES[key]))
    assert [answer for _, answer in found] == ANSWERS[key]
    assert [heading for heading, _ in found] == [
        "layers", SOURCES[key].W, "a sample", "cost", "∂C/∂z",
    ]  # fmt: skip


def test_every_pair_has_its_sentences():
    panel = Bridge()
    found = pairs(panel.widget.deck_html)
    assert len(found) == 169
    for (said, title, items), (one, other) in zip(found, product(SOURCES.values(), repeat=2)):
        assert said == title == f"From {one.short} to {other.short}"
        assert re.findall(r"<li>(.*?)</li>", items) == list(
            bridge.instructions(one.key, other.key, panel.net)
        )


def test_buttons_choose_two_texts_and_what_stands_between():
    html = Bridge("prince", "series").widget.deck_html
    buttons, keys = buttons_of(html), list(SOURCES)
    for name, chosen in (("source", "prince"), ("target", "series")):
        group = [button for button in buttons if button[0] == name]
        assert [value for _, value, *_ in group] == list(range(13))
        assert [label for *_, label in group] == [s.short for s in SOURCES.values()]
        assert [keys[value] for _, value, is_on, _ in group if is_on] == [chosen]
    css = re.search(r"<style>(.*?)</style>", html)[1]
    for i in range(13):
        for name in ("source", "target"):
            checked = f'.bp-deck:has([name={name}][value="{i}"]:checked)'
            rest = f".bp-of-{name}>:not(:nth-child({i + 1}))"
            assert f"{checked} {rest}{{display:none}}" in css
        gone = (
            f'.bp-deck:has(:checked):not(:has([name=source][value="{i}"]:checked))'
            f':not(:has([name=target][value="{i}"]:checked)) .bp-entries>:nth-child({i + 1})'
        )
        assert f"{gone}{{display:none}}" in css
        right = (
            f'.bp-deck:has([name=target][value="{i}"]:checked)'
            f':not(:has([name=source][value="{i}"]:checked)) .bp-entries>:nth-child({i + 1})'
        )
        assert f"{right}{{order:1}}" in css


def test_what_is_stored_is_small_and_can_be_read_unrun():
    for case in ("batch", "4-3-5-2", "mixed"):
        panel = Bridge(net=CASES[case][0], x=CASES[case][1], y=CASES[case][2])
        still = panel.still()
        assert len(still.encode()) <= 300_000
        assert_well_formed(still)
    assert 'class="bp-of-source bp-between" hidden' in still
    wide = drawn([20, 30, 10], 4, 0)
    assert len(Bridge(net=wide[0], x=wide[1], y=wide[2]).still().encode()) <= 300_000


def test_it_is_stable():
    assert repr(Bridge()) == "Bridge: 13 texts, with Network 2-3-2 (sigmoid; cost half_squared)"
    assert Bridge().still() == Bridge().still()


def test_choosing_a_text_needs_no_kernel():
    panel = Bridge()
    before = panel.widget.deck_html
    panel.widget.source = 3
    assert panel.widget.deck_html == before


# In a browser

_CARDS = """() => [...document.querySelectorAll('.bp-entries>.bp-card')].filter(
  e => e.checkVisibility()).map(e => [e.getBoundingClientRect().left, e.ariaLabel]).sort(
  (a, b) => a[0] - b[0]).map(e => e[1])"""
_BETWEEN = """() => [...document.querySelectorAll('.bp-between [role=group]')].filter(
  e => e.checkVisibility()).map(e => e.ariaLabel)"""


def test_two_texts_are_side_by_side_and_one_beside_itself(browser, tmp_path):
    Bridge().save(tmp_path / "bridge.html")
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto((tmp_path / "bridge.html").as_uri())
    texts = list(SOURCES.values())
    for i, j in ((0, 12), (12, 0), (3, 8), (8, 3), (5, 5), (11, 6)):
        page.check(f'[name=source][value="{i}"]')
        page.check(f'[name=target][value="{j}"]')
        wanted = [texts[i].title, texts[j].title] if i != j else [texts[i].title]
        assert page.evaluate(_CARDS) == wanted
        assert page.evaluate(_BETWEEN) == [f"From {texts[i].short} to {texts[j].short}"]
    page.focus("[name=source]:checked")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(_BETWEEN) == [f"From {texts[12].short} to {texts[6].short}"]
    page.close()


def test_it_lives_in_jupyterlab_by_keys_and_has_no_barriers(lab):
    lab.write("texts.ipynb", "from bp_helpers import Bridge\n\nBridge()")
    page = lab.open("texts.ipynb")
    choose(page, "Run", "Run All Cells")
    page.wait_for_selector(".bp-live .bp-card:visible", timeout=SOON)
    for dark in (False, True):
        set_theme(page, dark)
        assert violations(page) == []
    page.focus(".bp-live [name=target]:checked")
    page.keyboard.press("ArrowLeft")
    texts = [source.short for source in SOURCES.values()]
    assert page.evaluate(_BETWEEN) == [f"From {texts[6]} to {texts[11]}"]
    page.close()


# Beside the library itself


def test_pytorch_has_the_gradients_that_are_told_of_it():
    torch = pytest.importorskip("torch")
    net, x, y = drawn([4, 3, 5, 2], 6, 1)
    parts = []
    for l in range(1, net.L + 1):
        linear = torch.nn.Linear(net.sizes[l - 1], net.sizes[l], dtype=torch.float64)
        assert linear.weight.shape == net.W[l].shape
        linear.weight.data, linear.bias.data = map(torch.tensor, (net.W[l], net.b[l][:, 0]))
        parts += [linear, torch.nn.Sigmoid()]
    output = torch.nn.Sequential(*parts)(torch.tensor(x.T))
    torch.nn.MSELoss()(output, torch.tensor(y.T)).backward()
    own = bridge.own_gradient("pytorch", net, x, y)
    for l in range(1, net.L + 1):
        linear = parts[2 * l - 2]
        np.testing.assert_allclose(own.W[l], linear.weight.grad.numpy(), rtol=1e-10)
        np.testing.assert_allclose(own.b[l], linear.bias.grad.numpy(), rtol=1e-10)


def test_the_backward_pass_of_the_package_is_what_comes_back():
    net, x, y = CASES["4-3-5-2"]
    own = bridge.own_gradient("bishop", net, x, y)
    found, right = bridge.from_source("bishop", net, own, 6), backpropagate(net, x, y)
    for name in ("W", "b", "delta"):
        for one, two in zip(getattr(found, name)[1:], getattr(right, name)[1:]):
            np.testing.assert_allclose(one, two, rtol=1e-12)
