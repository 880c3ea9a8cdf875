"""A wrong backward pass is recognised as what it is, and never as what it is not."""

import re
from itertools import combinations

import numpy as np
import pytest

from bp_helpers import Network, backpropagate, check_gradient, diagnose, forward
from bp_helpers.exercises.exercise import WholePass
from bp_helpers.functions import sigmoid_slope
from bp_helpers.slips import SLIPS, can_meet, gradient_with

KINDS = {
    "sigmoid, half_squared": {},
    "relu, softmax with cross-entropy": {
        "activation": ["relu", "relu", "softmax"],
        "cost": "cross_entropy",
    },
    "tanh, one output": {"activation": "tanh", "sizes": [3, 5, 4, 1]},
}
# What is no slip in a network of this kind, since it gives the right gradient there.
HARMLESS = {
    "sigmoid, half_squared": {
        "forward-with-activation-of-output", "bp1-with-slope-that-drops-out",
        "bp1-with-slope-of-sigmoid", "bp2-with-slope-of-sigmoid",
        "bp1-with-slope-of-sigmoid-that-drops-out",
    },
    "relu, softmax with cross-entropy": {
        "bp1-without-slope", "bp1-without-brackets", "bp1-with-slope-of-sigmoid",
        "bp1-with-slope-at-a", "bp1-with-slope-twice", "bp2-with-slope-at-a",
        "bp2-with-slope-twice", "bp3-with-slope-again", "bp4-with-slope-again",
    },
    "tanh, one output": {
        "forward-with-activation-of-output", "bp1-with-slope-that-drops-out", "bp1-by-outputs",
        "bp1-of-summed-errors", "bp1-with-slope-of-sigmoid-that-drops-out",
    },
}  # fmt: skip
# What cannot be run where layers have other sizes, and so says itself that it is wrong.
RAISES = {
    "forward-with-transposed-weights", "forward-of-rows", "bp2-with-slope-of-next-layer",
    "bp2-with-weights-not-transposed", "bp2-with-weights-of-own-layer", "bp2-from-output",
}  # fmt: skip
every_kind = pytest.mark.parametrize("kind", KINDS)


def with_slips(*slips):
    return lambda net, x, y: gradient_with(slips, net, x, y)


def test_there_are_slips_in_every_rule_each_with_a_key_and_a_sentence():
    assert len(SLIPS) >= 40
    assert {slip.rule for slip in SLIPS} == {"forward", "BP1", "BP2", "BP3", "BP4"}
    assert len({slip.key for slip in SLIPS}) == len({slip.says for slip in SLIPS}) == len(SLIPS)
    for slip in SLIPS:
        assert re.fullmatch(
            r"(The forward pass|BP\d|With this cost|z of the output) .*\.", slip.says
        )
        assert slip.key.startswith(slip.rule.lower())
        assert not slip.fused or re.fullmatch(r"(BP\d|z of the output) .*\.", slip.fused)


@every_kind
def test_rules_without_a_slip_give_the_right_gradient(kind):
    found = diagnose(with_slips(), **KINDS[kind])
    assert found.verdict == "right" and found.ok and found
    assert diagnose(backpropagate, **KINDS[kind]).ok


@every_kind
@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.key)
def test_each_slip_alone_is_recognised_as_itself(kind, slip):
    found = diagnose(with_slips(slip), **KINDS[kind])
    if slip.key in HARMLESS[kind]:
        assert found.verdict == "right"
    elif found.verdict == "raised":
        assert "sizes" in KINDS[kind] and slip.key in RAISES
    else:
        assert found.verdict == "slip"
        assert found.explanations == ((slip,),)
        says = slip.fused if "cost" in KINDS[kind] and slip.fused else slip.says
        assert str(found) == repr(found) == f"✗ {says}" and says in found._repr_html_()


@every_kind
def test_two_slips_are_recognised_and_never_named_as_others(kind):
    pairs = [pair for pair in combinations(SLIPS, 2) if can_meet(pair)]
    rng = np.random.default_rng(0)
    recognised = 0
    for k in rng.choice(len(pairs), 60, replace=False):
        found = diagnose(with_slips(*pairs[k]), **KINDS[kind])
        harmful = tuple(slip for slip in pairs[k] if slip.key not in HARMLESS[kind])
        if found.verdict in ("slip", "either"):
            assert any(set(e) <= set(pairs[k]) for e in found.explanations), pairs[k]
            recognised += 1
        else:
            assert found.verdict in ("raised", "unknown") or not harmful
    assert recognised > 35


def corrupted(net, x, y, rng):
    """The right gradient with a fault in it that is no slip of anybody's."""
    grads = backpropagate(net, x, y)
    arrays = [array.copy() for array in (*grads.W[1:], *grads.b[1:])]
    k = rng.integers(len(arrays))
    kind = rng.integers(4)
    if kind == 0:
        arrays[k].flat[rng.integers(arrays[k].size)] *= rng.uniform(1.1, 3)
    elif kind == 1:
        arrays[k] *= rng.uniform(1.01, 1.9)
    elif kind == 2:
        arrays[k] += rng.standard_normal(arrays[k].shape) * 1e-3
    else:
        arrays[k][rng.integers(len(arrays[k]))] = 0
    return arrays[: net.L], arrays[net.L :]


def test_corrupted_gradients_are_neither_right_nor_named():
    for seed in range(60):
        found = diagnose(
            lambda net, x, y, seed=seed: corrupted(net, x, y, np.random.default_rng(seed))
        )
        assert found.verdict == "unknown" and not found.explanations
        assert re.search(r"d[Wb]\[\d\] is the first that", str(found))


def test_where_nothing_fits_the_first_wrong_array_is_named_with_its_factor():
    def wrong(net, x, y):
        right = backpropagate(net, x, y)
        return [right.W[1] * 5, right.W[2], right.W[3]], [7 * right.b[1], right.b[2], right.b[3]]

    found = str(diagnose(wrong))
    assert found.endswith(
        "db[1] is the first that is 7 times what it should be. No other layer is wrong."
    )

    def odd(net, x, y):
        right = backpropagate(net, x, y)
        return [*right.W[1:3], right.W[3] + 1], [*right.b[1:3], right.b[3] + 1]

    assert str(diagnose(odd)).endswith("look at δ of layer 3 first: BP1.")


def test_two_slips_in_one_rule_are_recognised_where_one_changes_what_the_other_gives():
    by_key = {slip.key: slip for slip in SLIPS}
    for keys in (
        ("bp1-without-slope", "bp1-with-sign-turned"),
        ("bp1-of-squared-error", "bp1-half"),
        ("bp2-with-weights-not-transposed", "bp2-with-sign-turned"),
        ("bp4-transposed", "bp4-with-sum"),
        ("bp3-with-sum", "bp3-flat"),
    ):
        pair = tuple(by_key[key] for key in keys)
        assert set(diagnose(with_slips(*pair)).explanations[0]) == set(pair), keys
    assert not can_meet([by_key["bp1-without-slope"], by_key["bp1-with-slope-twice"]])


def test_lists_in_the_reverse_order_are_recognised():
    def backwards(net, x, y):
        dW, db = gradient_with((), net, x, y)
        return dW[::-1], db[::-1]

    assert "reverse order" in str(diagnose(backwards))


def told_of(change):
    """What is said of the right gradient of two layers of four neurons, changed by `change`."""

    def changed(net, x, y):
        right = backpropagate(net, x, y)
        return change([W.copy() for W in right.W[1:]], [b.copy() for b in right.b[1:]])

    return str(diagnose(changed, ["sigmoid"] * 2, sizes=[4, 4, 4]))


def test_where_nothing_fits_a_transpose_and_a_factor_of_all_are_recognised():
    assert "So are all the others" in told_of(
        lambda dW, db: ([3 * W for W in dW], [3 * b for b in db])
    )
    alone = told_of(lambda dW, db: ([dW[0], dW[1].T], db))
    assert alone.endswith(
        "dW[2] is the first that is the transpose of what it should be. Only this is wrong."
    )


def test_of_explanations_that_nobody_can_tell_apart_all_are_named():
    def signs(net, x, y):
        return gradient_with((bp4, bp3), net, x, y)

    by_key = {slip.key: slip for slip in SLIPS}
    bp3, bp4 = by_key["bp3-with-sign-turned"], by_key["bp4-with-sign-turned"]
    found = diagnose(signs)
    assert found.verdict == "slip"
    assert found.explanations == ((by_key["bp1-with-sign-turned"],),)  # one is likelier than two
    twice = diagnose(with_slips(by_key["bp1-with-sign-turned"], by_key["bp2-twice"]))
    assert twice.verdict in ("slip", "either")
    assert any(by_key["bp2-twice"] in e for e in twice.explanations)


@pytest.mark.parametrize(
    ("function", "verdict", "said"),
    [
        (lambda net, x, y: None, "not started", "Not started"),
        (lambda net, x, y: print(1), "contract", "returns None"),
        (lambda net, x, y: ..., "not started", "Not started"),
        (lambda net, x, y: 1 / 0, "raised", "ZeroDivisionError: division by zero"),
        (lambda net, x: 1, "contract", "takes (net, x), but should take (net, x, y)"),
        (lambda net, x, y: "ink", "contract", "What it returns is 'ink'"),
        (lambda net, x, y: (net.W[1:2], net.b[1:2]), "contract", "holds 1"),
        (
            lambda net, x, y: x.fill(0) or (net.W, net.b),
            "contract",
            "changes x, which it was given",
        ),
        (lambda net, x, y: (g for g in ()), "contract", "What it returns is <generator object"),
        (lambda net, x, y: list(net.W), "contract", "It returns one list of arrays, but should"),
        (lambda net, x, y: (net.b, net.W, net.b), "contract", "It returns 3 things"),
        (lambda net, x, y: ([0, *net.W[1:]], net.b), "contract", "at place 0 there should be None"),
        (lambda net, x, y: ([None, None, *net.W[2:]], net.b), "contract", "dW[1] is None: does"),
        (lambda net, x, y: ([w * np.nan for w in net.W[1:]], net.b), "unknown", "is the first"),
    ],
)
def test_what_comes_before_a_slip_is_said_and_never_raised(function, verdict, said, capsys):
    found = diagnose(function)
    assert found.verdict == verdict
    assert said in str(found)
    assert not found.ok and not found
    assert capsys.readouterr().out == ""


def test_every_form_of_a_gradient_is_taken():
    def as_dictionary(net, x, y):
        dW, db = gradient_with((SLIPS[-1],), net, x, y)
        return {f"dW{l}": W for l, W in enumerate(dW, 1)} | {
            f"db{l}": b for l, b in enumerate(db, 1)
        }

    assert diagnose(as_dictionary).explanations == ((SLIPS[-1],),)


def test_what_is_right_with_biases_first_is_told_how_it_was_read():
    def biases_first(net, x, y):
        grads = backpropagate(net, x, y)
        return iter((grads.b, grads.W))

    told = " By their shapes, dW and db were taken the other way round."
    found = diagnose(biases_first)
    assert found.ok and found.exchanged and found.says.endswith(told)
    assert WholePass("99.1").judge(biases_first).says.endswith(told)
    assert not diagnose(backpropagate).exchanged and told not in diagnose(backpropagate).says


def test_settings_that_no_network_has_and_what_is_no_function_are_refused():
    with pytest.raises(TypeError, match="my_backprop is 3, but should be a function"):
        diagnose(3)
    with pytest.raises(ValueError, match="activation"):
        diagnose(backpropagate, activation="softplus")
    with pytest.raises(ValueError, match="sizes"):
        diagnose(backpropagate, sizes=[2, 0])


def test_report_and_diagnosis_agree_on_what_is_right():
    net = Network.random([3, 4, 2], seed=0)
    x, y = np.ones((3, 2)), np.zeros((2, 2))
    for slip in (slip for slip in SLIPS if slip.key in ("bp1-without-slope", "bp4-with-sum")):
        assert not check_gradient(net, x, y, gradient_with((slip,), net, x, y)).ok


def test_report_of_a_wrong_gradient_names_the_only_slip_that_gives_it():
    net = Network.random([3, 4, 2], seed=0)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((3, 5)), rng.standard_normal((2, 5))
    by_key = {slip.key: slip for slip in SLIPS}
    for key in ("bp1-without-slope", "bp2-with-inverse", "bp3-with-sum", "bp4-of-means"):
        report = check_gradient(net, x, y, gradient_with((by_key[key],), net, x, y))
        assert str(report).endswith(f"As if: {by_key[key].says}")
    right = backpropagate(net, x, y)
    odd = check_gradient(net, x, y, ([right.W[1] + 1, right.W[2]], right.b))
    assert "As if" not in str(check_gradient(net, x, y)) and "As if" not in str(odd)
    one = x[:, :1], y[:, :1]  # for one sample, the sum is the mean, and cannot be told from it
    assert check_gradient(net, *one, gradient_with((by_key["bp3-with-sum"],), net, *one)).ok


FUSED = {
    "softmax": {"activation": ["relu", "softmax"], "cost": "cross_entropy"},
    "sigmoid": {"activation": ["relu", "sigmoid"], "cost": "binary_cross_entropy"},
}


@pytest.mark.parametrize("kind", FUSED)
def test_what_is_said_of_bp1_is_true_where_its_slope_has_dropped_out(kind):
    """The slips are written as a person writes them, with σ for whatever the last layer has."""
    wrong = {
        "(a − y) · a": (lambda a, z, y: (a - y) * a, "once more: with this cost δ is a − y"),
        "2(a − y)": (lambda a, z, y: 2 * (a - y), "nothing is squared in this cost"),
        "(a − y)/2": (lambda a, z, y: (a - y) / 2, "a stray ½: there is none in this cost"),
        "(a − y)²": (lambda a, z, y: (a - y) ** 2, "δ is a − y itself"),
        "σ′ of a": (lambda a, z, y: (a - y) * a * (1 - a), "σ′ drops out of BP1"),
        "σ′ of z": (lambda a, z, y: (a - y) * sigmoid_slope(z), "σ′ drops out of BP1"),
        "z": (lambda a, z, y: z - y, "the last layer has lost its activation function"),
    }
    for name, (delta_of, says) in wrong.items():

        def mine(net, x, y, delta_of=delta_of):
            trace, m = forward(net, x), x.shape[1]
            delta = delta_of(trace.a[2], trace.z[2], y)
            before = (net.W[2].T @ delta) * net.sigma[1].slope(trace.z[1])
            dW = [before @ trace.a[0].T / m, delta @ trace.a[1].T / m]
            return dW, [d.mean(axis=1, keepdims=True) for d in (before, delta)]

        found = diagnose(mine, **FUSED[kind])
        assert found.verdict == "slip" and says in str(found), name
        net = Network.random([3, 4, 3], **FUSED[kind], seed=0)
        rng = np.random.default_rng(1)
        samples = rng.standard_normal((3, 5)), np.eye(3)[:, [0, 2, 1, 1, 0]]
        assert str(check_gradient(net, *samples, mine(net, *samples))).endswith(
            f"As if: {found.says}"
        )
