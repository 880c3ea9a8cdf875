"""What holds for every network: on thousands of them, drawn and shrunk by hypothesis."""

import warnings
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from zoo import APART, SLOPED, costs_for, network, samples

from bp_helpers import (
    NOTATIONS,
    Gradients,
    Network,
    backpropagate,
    backward,
    backward_steps,
    check_gradient,
    cost,
    forward,
    gradient_by,
    numerical_gradient,
    train,
    update,
)
from bp_helpers.functions import COSTS, Cost
from bp_helpers.network import PerLayer
from bp_helpers.steps.notations import notations_for

EPS = np.finfo(float).eps
# What a complex step of 1e-20 cannot tell from 0: its imaginary part would be no number any more.
VANISHING = 1e-275
CURVED = ("sigmoid", "tanh", "softmax")  # where an error of z becomes one of σ′

tried = partial(
    settings,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Problem:
    """A recipe for a network and its samples: printed and shrunk instead of their numbers.

    `reach` is the largest |z| of every layer, or None, which leaves the weights as they come.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    cost: str
    m: int
    seed: int
    reach: float | None = None
    sure: bool = False

    @cached_property
    def all(self):
        """The network, x and y."""
        rng = np.random.default_rng(self.seed)
        net = network(self.sizes, self.activations, self.cost, self.seed)
        x, y = samples(net, self.m, rng)
        if self.sure:
            rows = rng.integers(0, self.sizes[-1], self.m)
            y = np.eye(self.sizes[-1])[:, rows] if net.fused else np.sign(y)
        return net if self.reach is None else stretched(net, x, self.reach), x, y

    @property
    def net(self):
        """The network alone."""
        return self.all[0]

    @property
    def x(self):
        """The samples, a column each."""
        return self.all[1]

    @property
    def y(self):
        """What they should lead to."""
        return self.all[2]


def stretched(net, x, reach):
    W, b, a = list(net.W), list(net.b), x
    for l in range(1, net.L + 1):
        scale = reach / np.abs(W[l] @ a + b[l]).max()
        W[l], b[l] = W[l] * scale, b[l] * scale
        a = net.sigma[l].value(W[l] @ a + b[l])
    return net.replace(W, b)


USUAL, FAR = (None, 1), (None, 1, 5, 0, 40, 700, 3000)
WIDTHS = (*range(1, 7), *range(1, 7), *range(1, 7), 40)


@st.composite
def problems(draw, reaches=FAR, widths=WIDTHS, most=7, costs=tuple(COSTS), fewest=1):
    layers = st.tuples(st.sampled_from(widths), st.sampled_from(SLOPED))
    drawn = draw(st.lists(layers, min_size=fewest, max_size=4))
    sizes = draw(st.sampled_from(widths)), *(n for n, _ in drawn)
    fitting = [name for name in costs_for(sizes[-1]) if name in costs]
    return Problem(
        sizes,
        tuple(name for _, name in drawn),
        draw(st.sampled_from(fitting)),
        draw(st.integers(1, most)),
        draw(st.integers(0, 9999)),
        draw(st.sampled_from(reaches)),
        draw(st.booleans()),
    )


def describable(key):
    """Those that a notation can describe."""
    style = NOTATIONS[key]
    return problems(
        widths=(1,) if style.spelling.single else WIDTHS,
        most=1 if style.single_sample else 4,
        costs=APART if style.apart else tuple(COSTS),
    )


def layers_of(net):
    return range(1, net.L + 1)


def arrays(layered):
    """W[1], W[2], …, b[1], b[2], … of a network, of a gradient or of what belongs to one."""
    return [*layered.W[1:], *layered.b[1:]]


def by_layer(net, make):
    """As a gradient: make(kind, l) for each of its arrays."""
    kinds = [PerLayer({l: make(kind, l) for l in layers_of(net)}) for kind in ("delta", "W", "b")]
    return Gradients(*kinds)


def recosted(net, cost):
    return Network(zip(net.W[1:], net.b[1:]), net.sigma[1:], cost)


def size(array):
    """Its norm, whose squares neither vanish nor overflow."""
    largest = np.abs(array).max()
    return largest * np.linalg.norm(array / largest) if largest > 0 else 0.0


def off_forward(net, trace):
    """How far off rounding may put each z and a: running error analysis (Higham, 2002, 3.3).

    Each operation adds its own error, and all of them travel on as far as the slopes let them.
    """
    off_z, off_a = {}, {0: np.zeros_like(trace.a[0])}
    for l in layers_of(net):
        W, b, a = np.abs(net.W[l]), np.abs(net.b[l]), np.abs(trace.a[l - 1])
        off_z[l] = EPS * (W @ a + b) + W @ off_a[l - 1]
        slope = np.abs(net.sigma[l].slope(trace.z[l])) if net.sigma[l].elementwise else 1.0
        off_a[l] = slope * off_z[l] + EPS * np.abs(trace.a[l])
    return off_z, off_a


def rounding(net, x, y):
    """How far apart two right ways to compute the gradient may be, array by array."""
    trace, grads = forward(net, x), backpropagate(net, x, y)
    a, z, m, L = trace.a, trace.z, x.shape[1], net.L
    off_z, off_a = off_forward(net, trace)
    off_delta, off_W, off_b = {}, {}, {}
    for l in reversed(layers_of(net)):
        fused = l == L and net.fused
        slope = 1.0 if fused else np.abs(net.sigma[l].slope(z[l]))
        if l == L:
            pulled = np.abs(net.cost.slope(a[L], y))
            off = (1 if fused else 2) * (off_a[L] + EPS * (np.abs(a[L]) + np.abs(y)))
        else:
            pulled = np.abs(net.W[l + 1]).T @ np.abs(grads.delta[l + 1])
            off = np.abs(net.W[l + 1]).T @ off_delta[l + 1]
        bent = 2 * off_z[l] if net.sigma[l].name in CURVED and not fused else 0.0
        off_delta[l] = slope * (off + pulled * (4 * EPS + bent))
        delta = np.abs(grads.delta[l])
        off = off_delta[l] + EPS * delta
        off_b[l] = off.sum(axis=1, keepdims=True) / m
        off_W[l] = (off @ np.abs(a[l - 1]).T + delta @ off_a[l - 1].T) / m
    return Gradients(*map(PerLayer, (off_delta, off_W, off_b)))


def assert_alike(given, right, off, kinds="Wb", least=1e-300, also=0.0):
    for kind, l in product(kinds, range(1, len(right.W))):
        mine, theirs = getattr(given, kind)[l], getattr(right, kind)[l]
        assert mine.shape == theirs.shape
        bound = 4 * size(getattr(off, kind)[l]) + least + also * size(theirs)
        assert size(mine - theirs) <= bound, f"{kind}[{l}]"


def clear_of_kinks(net, x, nudge=0.0):
    trace = forward(net, x)
    off_z, _ = off_forward(net, trace)
    return all(
        (np.abs(trace.z[l] - kink) > 100 * off_z[l] + nudge).all()
        for l in layers_of(net)
        for kink in net.sigma[l].kinks
    )


# What it is compared with.


@tried(max_examples=600)
@given(problems())
def test_backpropagation_agrees_with_the_complex_step(p):
    assume(clear_of_kinks(p.net, p.x))
    given, measured = backpropagate(*p.all), numerical_gradient(*p.all)
    assert_alike(given, measured, rounding(*p.all), least=VANISHING, also=1e-13)


def test_rounding_explains_less_than_1e_12_of_nearly_every_array_that_is_not_saturated():
    rng, shares = np.random.default_rng(0), []
    for seed in range(200):
        sizes = tuple(map(int, rng.choice(WIDTHS, rng.integers(2, 6))))
        names = tuple(map(str, rng.choice(SLOPED, len(sizes) - 1)))
        cost_name = str(rng.choice(costs_for(sizes[-1])))
        p = Problem(sizes, names, cost_name, int(rng.integers(1, 8)), seed)
        pairs = zip(arrays(rounding(*p.all)), arrays(backpropagate(*p.all)))
        shares += [4 * size(off) < 1e-12 * size(right) for off, right in pairs if right.any()]
    assert np.mean(shares) > 0.95


# What may be exchanged, repeated or taken apart.


@tried(max_examples=200)
@given(problems(fewest=2))
def test_renaming_hidden_neurons_renames_the_gradient_and_changes_nothing_else(p):
    assume(clear_of_kinks(p.net, p.x))
    rng, sizes = np.random.default_rng(p.seed), p.net.sizes
    order = [np.arange(sizes[0]), *map(rng.permutation, sizes[1:-1]), np.arange(sizes[-1])]

    def renamed(own, kind, l):
        array = getattr(own, kind)[l][order[l]]
        return array[:, order[l - 1]] if kind == "W" else array

    W, b = ([None, *(renamed(p.net, kind, l) for l in layers_of(p.net))] for kind in "Wb")
    given = backpropagate(p.net.replace(W, b), p.x, p.y)
    right, off = (
        by_layer(p.net, partial(renamed, own)) for own in (backpropagate(*p.all), rounding(*p.all))
    )
    assert_alike(given, right, off, kinds=("W", "b", "delta"))


@tried(max_examples=200)
@given(problems(), st.integers(2, 4))
def test_repeating_the_batch_leaves_the_gradient_as_it_is(p, times):
    assume(clear_of_kinks(p.net, p.x))
    repeated = backpropagate(p.net, np.tile(p.x, times), np.tile(p.y, times))
    right = backpropagate(*p.all)
    assert_alike(repeated, right, rounding(*p.all), kinds="Wb")
    for l in layers_of(p.net):
        assert repeated.delta[l].shape[1] == times * p.m


@tried(max_examples=250)
@given(problems(), st.data())
def test_gradient_of_a_batch_is_the_weighted_mean_of_those_of_its_parts(p, data):
    assume(p.m > 1 and clear_of_kinks(p.net, p.x))
    k = data.draw(st.integers(1, p.m - 1))
    parts = [backpropagate(p.net, p.x[:, s], p.y[:, s]) for s in (slice(k), slice(k, None))]

    def whole(kind, l):
        first, second = (getattr(part, kind)[l] for part in parts)
        if kind == "delta":
            return np.hstack([first, second])
        return (k * first + (p.m - k) * second) / p.m

    right = by_layer(p.net, whole)
    assert_alike(backpropagate(*p.all), right, rounding(*p.all), kinds=("W", "b", "delta"))


# What a factor in front of the cost does.


@tried(max_examples=150)
@given(problems(costs=APART))
def test_squared_has_exactly_twice_the_gradient_of_half_squared(p):
    halved, squared = (recosted(p.net, COSTS[name]) for name in ("half_squared", "squared"))
    given, right = (arrays(backpropagate(net, p.x, p.y)) for net in (squared, halved))
    for mine, theirs in zip(given, right):
        # Exactly, unless a number is so small that its last digits are lost.
        np.testing.assert_allclose(mine, 2 * theirs, rtol=0, atol=1e-300)


@tried(max_examples=150)
@given(problems(costs=APART), st.sampled_from((2 / 3, -1.5, 1e-3, 50.0)))
def test_factor_of_a_cost_is_that_of_its_gradient(p, c):
    plain, n = p.net.cost, p.net.sizes[-1]
    own = Cost("own", lambda a, y: c * plain.value(a, y), lambda a, y: c * plain.slope(a, y))
    halved = recosted(p.net, COSTS["half_squared"])
    for factor, scaled, base in (
        (c, recosted(p.net, own), p.net),
        (2 / n, recosted(p.net, COSTS["mean_squared"]), halved),
    ):
        right, off = backpropagate(base, p.x, p.y), rounding(base, p.x, p.y)
        times = by_layer(base, lambda kind, l: factor * getattr(right, kind)[l])
        off = by_layer(base, lambda kind, l: abs(factor) * getattr(off, kind)[l])
        assert_alike(backpropagate(scaled, p.x, p.y), times, off)
        given = cost(scaled, p.x, p.y)
        assert given == pytest.approx(factor * cost(base, p.x, p.y), rel=1e-13, abs=1e-300)


# What the steps and the training make of the four rules.


@pytest.mark.parametrize("key", NOTATIONS)
@tried(max_examples=60)
@given(st.data())
def test_every_notation_has_the_gradient_of_backward(key, data):
    p = data.draw(describable(key))
    assert key in notations_for(p.net, p.m)
    assert_alike(gradient_by(key, *p.all), backpropagate(*p.all), rounding(*p.all))


@pytest.mark.parametrize("key", NOTATIONS)
@tried(max_examples=20)
@given(st.data())
def test_lines_run_one_after_another_give_the_values_shown(key, data):
    p = data.draw(describable(key))
    names = {"np": np, "x": p.x, "y": p.y, "W": list(p.net.W), "b": list(p.net.b)}
    names |= {"a": [p.x, *[None] * p.net.L], "z": [None] * (p.net.L + 1)}
    for step in backward_steps(*p.all, key, include_forward=True):
        exec(step.code, names)
        assert np.array_equal(eval(str(step.writes), names), step.value), step.code


@tried(max_examples=200)
@given(problems(reaches=USUAL), st.integers(1, 7), st.sampled_from((0.01, 0.1)))
def test_training_in_place_takes_the_steps_of_update(p, batch_size, eta):
    net, longest = p.net, max(map(size, arrays(p.net)))
    order = np.random.default_rng(p.seed).permutation(p.m)
    for start in range(0, p.m, batch_size):
        chosen = order[start : start + batch_size]
        assume(clear_of_kinks(net, p.x[:, chosen]))
        net = update(net, backpropagate(net, p.x[:, chosen], p.y[:, chosen]), eta)
        # A step too long leads to where every later one multiplies what rounding has done.
        assume(max(map(size, arrays(net))) < 2 * longest)
    settings = {"epochs": 1, "batch_size": batch_size, "eta": eta, "seed": p.seed}
    history = train(p.net, (p.x, p.y), progress=False, **settings)
    assert history.stopped is None
    for mine, theirs in zip(arrays(history.net), arrays(net)):
        assert size(mine - theirs) <= 1e-12 * longest
    assert history.cost == [pytest.approx(cost(history.net, p.x, p.y), rel=1e-12)]


# What is left alone, and what is always finite.


def everything_done(net, x, y):
    """Each thing that can be done with a network and its samples, as a function of nothing."""
    settings = {"epochs": 2, "batch_size": 2, "eta": 0.1, "seed": 0, "progress": False}
    yield lambda: backward(net, forward(net, x), y)
    yield lambda: update(net, backpropagate(net, x, y), 0.1)
    yield lambda: cost(net, x, y)
    yield lambda: train(net, (x, y), validation=(x, y), **settings)
    yield lambda: numerical_gradient(net, x, y)
    yield lambda: check_gradient(net, x, y, method="central")


def bits(*given):
    return [array.tobytes() for array in given]


@tried(max_examples=150)
@given(problems(widths=range(1, 7)))
def test_every_array_passed_in_stays_as_it_was_bit_for_bit(p):
    given = *arrays(p.net), p.x, p.y
    before = bits(*given)
    for do in everything_done(*p.all):
        do()
        assert bits(*given) == before
    assert p.x.flags.writeable
    assert p.y.flags.writeable
    grads = backpropagate(*p.all)
    kept = bits(*arrays(grads))
    update(p.net, grads, 0.1)
    assert bits(*arrays(grads)) == kept


@tried(max_examples=150)
@given(problems(widths=range(1, 7)), st.sampled_from("xy"), st.sampled_from((np.nan, np.inf)))
def test_every_array_passed_in_stays_as_it_was_after_a_refusal(p, spoilt, number):
    given = {"x": p.x.copy(), "y": p.y.copy()}
    given[spoilt].flat[p.seed % given[spoilt].size] = number
    before = bits(*arrays(p.net), *given.values())
    for do in everything_done(p.net, **given):
        with pytest.raises(ValueError, match=rf"\b{spoilt}\b"):
            do()
        assert bits(*arrays(p.net), *given.values()) == before
    assert given["x"].flags.writeable
    assert given["y"].flags.writeable


@tried(max_examples=100)
@given(problems(), st.booleans())
def test_trace_and_network_are_read_only(p, copy):
    trace, stepped = forward(p.net, p.x, copy=copy), update(p.net, backpropagate(*p.all), 0.1)
    for array in (*trace.a, *trace.z[1:], *arrays(p.net), *arrays(stepped)):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


@tried(max_examples=300)
@given(problems())
def test_nothing_warns_and_everything_is_finite_however_far_out(p):
    with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("error")
        trace, grads = forward(*p.all[:2]), backpropagate(*p.all)
        for array in (*trace.a, *trace.z[1:], *grads.delta[1:], *arrays(grads)):
            assert np.isfinite(array).all()
        assert np.isfinite(cost(*p.all))
        # The package itself looks for overflow where these are called, and so hears no warning.
        z, a = trace.z, trace.a
        for l in layers_of(p.net):
            p.net.sigma[l].value(z[l])
            if p.net.sigma[l].elementwise:
                p.net.sigma[l].slope(z[l])
        p.net.cost.value(z[p.net.L] if p.net.fused else a[p.net.L], p.y)


# What the check of a gradient says.


def in_reach_of_a_complex_step(p):
    """Whether every slope is a number when it is multiplied by 1e-20, and z keeps its digits."""
    off_z, _ = off_forward(p.net, forward(p.net, p.x))
    sizes = map(size, arrays(backpropagate(*p.all)))
    return all(n == 0 or n > VANISHING for n in sizes) and max(map(np.max, off_z.values())) < 5e-13


@tried(max_examples=300)
@given(problems())
def test_right_gradient_is_ok_by_the_complex_step(p):
    assume(clear_of_kinks(p.net, p.x))
    report = check_gradient(*p.all)
    assert report.ok, report


@tried(max_examples=300)
@given(problems())
def test_right_gradient_is_ok_by_the_central_difference(p):
    assume(clear_of_kinks(p.net, p.x, nudge=1e-3))
    report = check_gradient(*p.all, method="central")
    assert report.ok, report


def sign(array, place):
    return -array


def double(array, place):
    return 2 * array


def entry(array, place):
    wrong = array.copy()
    wrong.flat[place % array.size] += 2e-6 * size(array)
    return wrong


@tried(max_examples=300)
@given(problems(), st.sampled_from((sign, double, entry)), st.integers(0, 7))
def test_planted_fault_is_never_ok(p, fault, which):
    assume(clear_of_kinks(p.net, p.x) and in_reach_of_a_complex_step(p))
    right, off = backpropagate(*p.all), arrays(rounding(*p.all))
    given, which = arrays(right), which % (2 * p.net.L)
    # A gradient that is nothing but rounding has no error that can be told.
    assume(size(given[which]) > 1e9 * size(off[which]))
    given[which] = fault(given[which], p.seed)
    report = check_gradient(*p.all, (given[: p.net.L], given[p.net.L :]))
    assert not report.ok, report
    l, kind = which % p.net.L + 1, "Wb"[which // p.net.L]
    assert [row.name for row in report.rows if row.verdict == "WRONG"] == [f"{kind}[{l}]"]
