"""Activations and costs: every slope is the derivative of its value, and every source is true."""

import warnings

import mpmath
import numpy as np
import pytest

from bp_helpers.functions import ACTIVATIONS, COSTS, lookup

Z = np.linspace(-40, 40, 2001)
STEP = 1e-20

activations = pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=ACTIVATIONS)
costs = pytest.mark.parametrize("c", COSTS.values(), ids=COSTS)


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
    measured = f.value(Z + 1j * STEP).imag / STEP
    np.testing.assert_allclose(f.slope(Z), measured, rtol=1e-13)


@activations
@pytest.mark.parametrize("kind", ["value", "slope"])
def test_shown_source_of_activation_gives_the_same_bits(f, kind):
    shown = defined(f.body if kind == "value" else f.slope_body)
    assert np.array_equal(shown(Z), getattr(f, kind)(Z))


@activations
def test_activation_takes_huge_numbers_without_a_warning(f):
    z = np.array([-1e4, -800.0, -710.0, 0.0, 710.0, 800.0, 1e4])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for call in (f.value, f.slope, defined(f.body), defined(f.slope_body)):
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
    with pytest.raises(ValueError, match=r"'soft'.*'sigmoid', 'tanh', 'relu', 'identity'"):
        lookup("activation", "soft", ACTIVATIONS)
