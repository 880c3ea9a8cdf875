"""Activations and costs: every slope is the derivative of its value, and every source is true."""

import warnings

import mpmath
import numpy as np
import pytest

from bp_helpers import Network, Stepper, backpropagate, check_gradient, gradient_by, train
from bp_helpers._validation import chosen
from bp_helpers.functions import ACTIVATIONS, COSTS, LOGARITHMS, Activation, Cost, body_of

Z = np.linspace(-40, 40, 2001)
STEP = 1e-20

activations = pytest.mark.parametrize(
    "f", [pytest.param(f, id=name) for name, f in ACTIVATIONS.items() if f.elementwise]
)
costs = pytest.mark.parametrize(
    "c", [pytest.param(c, id=name) for name, c in COSTS.items() if not c.fused_with]
)


def outputs(n=3, m=5):
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, m)), rng.standard_normal((n, m))


def defined(body):
    """The function with these lines inside, in a namespace that holds only NumPy."""
    names = {"np": np}
    exec("def f(z):\n    " + body.replace("\n", "\n    "), names)
    return names["f"]


@activations
def test_slope_of_activation_is_the_complex_step_derivative_of_its_value(f):
    z = Z[~np.isin(Z, f.kinks)]
    measured = f.value(z + 1j * STEP).imag / STEP
    np.testing.assert_allclose(f.slope(z), measured, rtol=1e-13)


@activations
@pytest.mark.parametrize("kind", ["value", "slope"])
def test_shown_source_of_activation_gives_the_same_bits(f, kind):
    run = getattr(f, kind)
    assert np.array_equal(defined(body_of(run))(Z), run(Z))


@activations
def test_activation_takes_huge_numbers_without_a_warning(f):
    z = np.array([-1e4, -800.0, -710.0, 0.0, 710.0, 800.0, 1e4])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for call in (f.value, f.slope):
            assert np.isfinite(call(z)).all()


@pytest.mark.parametrize("z", [-40.0, 40.0])
def test_sigmoid_slope_is_right_where_the_textbook_form_is_exactly_zero(z):
    with mpmath.workdps(50):
        right = float(mpmath.exp(-40) / (1 + mpmath.exp(-40)) ** 2)
    sigmoid = ACTIVATIONS["sigmoid"]
    a = sigmoid.value(np.array(40.0))
    assert a * (1 - a) == 0
    assert sigmoid.slope(np.array(z)) == pytest.approx(right, rel=1e-14, abs=0)


@costs
def test_slope_of_cost_is_the_complex_step_derivative_of_its_value(c):
    a, y = outputs()
    measured = np.empty_like(a)
    for place in np.ndindex(a.shape):
        nudged = a.astype(complex)
        nudged[place] += 1j * STEP
        measured[place] = c.value(nudged, y).imag.sum() / STEP
    np.testing.assert_allclose(c.slope(a, y), measured, rtol=1e-14)


@costs
def test_cost_gives_one_number_per_sample_and_a_slope_per_output(c):
    a, y = outputs()
    assert c.value(a, y).shape == (5,)
    assert c.slope(a, y).shape == (3, 5)
    np.testing.assert_allclose(c.value(a, y)[2], c.value(a[:, [2]], y[:, [2]])[0], rtol=1e-15)


@costs
def test_shown_source_of_cost_gives_the_same_numbers(c):
    a, y = outputs()
    names = {"np": np, "a": [None, None, a], "y": y}
    total = eval(c.source.format(a="a[2]"), names)
    assert total == pytest.approx(c.value(a, y).sum(), rel=1e-15)
    assert np.array_equal(eval(c.slope_source.format(a="a[2]"), names), c.slope(a, y))


@costs
def test_constant_of_a_cost_is_the_one_that_its_name_says(c):
    a, y = outputs()
    n_L = len(y)
    factors = {"half_squared": (1 / 2, 1), "squared": (1, 2), "mean_squared": (1 / n_L, 2 / n_L)}
    of_value, of_slope = factors[c.name]
    np.testing.assert_allclose(c.value(a, y), of_value * ((a - y) ** 2).sum(axis=0), rtol=1e-15)
    np.testing.assert_allclose(c.slope(a, y), of_slope * (a - y), rtol=1e-15)


def test_unknown_name_lists_the_names_that_exist():
    with pytest.raises(ValueError, match=", ".join(map(repr, ACTIVATIONS))):
        chosen("activation", "soft", ACTIVATIONS)


def test_softmax_is_the_quotient_of_exponentials_and_takes_huge_numbers():
    z = np.random.default_rng(0).standard_normal((4, 3))
    softmax = ACTIVATIONS["softmax"].value
    np.testing.assert_allclose(softmax(z), np.exp(z) / np.exp(z).sum(axis=0), rtol=1e-14)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        extreme = softmax(np.array([[800.0], [0.0], [-800.0]]))
    assert np.array_equal(extreme, [[1], [0], [0]])
    with pytest.raises(ValueError, match="no slope of its own"):
        ACTIVATIONS["softmax"].slope(z)


@pytest.mark.parametrize("name", LOGARITHMS)
def test_logarithms_are_those_of_their_functions_and_need_no_logarithm_of_0(name):
    f, log = ACTIVATIONS[name.removeprefix("log_")].value, LOGARITHMS[name]
    z = np.random.default_rng(0).standard_normal((4, 3)) * 5
    np.testing.assert_allclose(log(z), np.log(f(z)), rtol=1e-12)
    huge = np.array([[800.0, -800.0], [-800.0, 800.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert log(huge).min() == pytest.approx(-1600 if name == "log_softmax" else -800)


@pytest.mark.parametrize("name", ["cross_entropy", "binary_cross_entropy"])
def test_cross_entropies_are_those_of_their_formulas_and_their_slope_is_a_minus_y(name):
    cost, rng = COSTS[name], np.random.default_rng(0)
    z, y = rng.standard_normal((3, 5)), rng.random((3, 5))
    y = y / y.sum(axis=0)
    a = ACTIVATIONS[cost.fused_with].value(z)
    other = (1 - y) * np.log(1 - a) if name.startswith("binary") else 0
    np.testing.assert_allclose(cost.value(z, y), -(y * np.log(a) + other).sum(axis=0), rtol=1e-13)
    measured = np.empty_like(z)
    for place in np.ndindex(z.shape):
        nudged = z.astype(complex)
        nudged[place] += 1j * STEP
        measured[place] = cost.value(nudged, y).imag.sum() / STEP
    np.testing.assert_allclose(cost.slope(a, y), measured, rtol=1e-13, atol=1e-15)


def swish(z):
    return z / (1 + np.exp(-z))


def swish_slope(z):
    s = 1 / (1 + np.exp(-z))
    return s + z * s * (1 - s)


def in_place(z):
    z *= 2
    return z


REFUSED = {
    "slope of something else": (swish, np.ones_like, "slope of .* the derivative of its value"),
    "no complex numbers": (lambda z: np.abs(z) + 1, np.sign, "gives real numbers for complex ones"),
    "an absolute value": (
        lambda z: z / (1 + np.abs(z)),
        lambda z: 1 / (1 + np.abs(z)) ** 2,
        "np.abs, for one, loses",
    ),
    "an absolute value, and the slope that it pretends": (
        lambda z: z / (1 + np.abs(z)),
        lambda z: 1 / (1 + np.abs(z)),
        "np.abs, for one, loses",
    ),
    "a single number": (lambda z: z.sum(), np.ones_like, r"shape \(\).* shape \(2, 3\)"),
    "in place": (in_place, np.ones_like, "changes its argument"),
    "mixing neurons": (lambda z: z / np.sum(np.abs(z)), np.ones_like, "each entry by itself"),
    "not finite": (lambda z: z / 0 * np.inf, np.ones_like, "finite"),
    "raising": (lambda z: z[5], np.ones_like, "raised IndexError"),
}


@pytest.mark.parametrize(("value", "slope", "said"), REFUSED.values(), ids=REFUSED)
@pytest.mark.filterwarnings("ignore:invalid value", "ignore:divide by zero")
def test_activation_of_ones_own_is_checked_when_it_is_made(value, slope, said):
    assert Activation("swish", swish, swish_slope).value is swish
    with pytest.raises(ValueError, match=said):
        Activation("mine", value, slope)


COST_REFUSED = {
    "slope with another factor": (lambda a, y: a - y, "the derivative of its value"),
    "no array": (lambda a, y: 1.0, r"shape \(2, 2\)"),
}


@pytest.mark.parametrize(("slope", "said"), COST_REFUSED.values(), ids=COST_REFUSED)
def test_cost_of_ones_own_is_checked_when_it_is_made(slope, said):
    def value(a, y):
        return ((a - y) ** 4).sum(axis=0)

    assert Cost("fourth", value, lambda a, y: 4 * (a - y) ** 3).value is value
    with pytest.raises(ValueError, match=said):
        Cost("mine", value, slope)
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        Cost("mine", lambda a, y: ((a - y) ** 2).sum(), slope)
    with pytest.raises(ValueError, match="each sample"):
        Cost("mine", lambda a, y: ((a - y) ** 2).sum(axis=0) / y.shape[1], slope)
    with pytest.raises(TypeError, match="should be a function"):
        Cost("mine", None, slope)


def test_functions_of_ones_own_work_everywhere():
    net = Network.random(
        [2, 3, 2],
        [Activation("swish", swish, swish_slope), "tanh"],
        Cost("fourth", lambda a, y: ((a - y) ** 4).sum(axis=0), lambda a, y: 4 * (a - y) ** 3),
        seed=0,
    )
    x, y = [[1.0, -1.0], [0.5, 2.0]], [[0.0, 1.0], [1.0, 0.0]]
    assert check_gradient(net, x, y).ok
    assert train(net, (x, y), epochs=2, batch_size=1, eta=0.1, progress=False).epochs == 2
    for key in ("index", "layers", "batch"):
        given, right = gradient_by(key, net, x, y), backpropagate(net, x, y)
        for l in (1, 2):
            np.testing.assert_allclose(given.W[l], right.W[l], rtol=1e-12)
    assert len(Stepper(net, x, y).steps) == 7
