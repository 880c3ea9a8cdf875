"""Training: what it records, what it leaves alone, and how it ends early."""

import signal
import sys
import tracemalloc
import warnings

import numpy as np
import pytest

from bp_helpers import (
    Network,
    Stepper,
    accuracy,
    backpropagate,
    backward,
    check_gradient,
    cost,
    examples,
    forward,
    plots,
    train,
    training,
    update,
)
from bp_helpers.functions import COSTS


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 10))
    return x, np.eye(2)[:, (x.sum(axis=0) > 0).astype(int)]


@pytest.fixture
def net():
    return Network.random([3, 5, 2], seed=0)


def fit(net, data, **settings):
    given = {"epochs": 3, "batch_size": 4, "eta": 0.5, "seed": 1, "progress": False}
    return train(net, data, **(given | settings))


def arrays(net):
    return [*net.W[1:], *net.b[1:]]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(other)))


def test_training_leaves_the_network_as_it_was(net, data):
    before = [array.copy() for array in arrays(net)]
    history = fit(net, data)
    assert all(np.array_equal(a, b) for a, b in zip(arrays(net), before))
    assert not same(history.net, net)


def test_history_has_one_entry_per_epoch(net, data):
    history = fit(net, data, epochs=4, validation=data)
    assert history.epochs == 4
    for curve in (
        history.cost,
        history.accuracy,
        history.validation_cost,
        history.validation_accuracy,
        *history.delta_size[1:],
    ):
        assert len(curve) == 4
        assert all(type(value) is float for value in curve)
    assert len(history.delta_size) == net.L + 1
    assert history.stopped is None


def test_history_without_validation_has_no_validation_curves(net, data):
    history = fit(net, data)
    assert history.validation_cost == history.validation_accuracy == []


def test_last_entries_are_those_of_the_trained_network(net, data):
    held_out = data[0] + 1, data[1]
    history = fit(net, data, validation=held_out)
    assert history.cost[-1] == pytest.approx(cost(history.net, *data), rel=1e-12)
    assert history.accuracy[-1] == accuracy(history.net, *data)
    assert history.validation_cost[-1] == pytest.approx(cost(history.net, *held_out), rel=1e-12)
    assert history.validation_accuracy[-1] == accuracy(history.net, *held_out)


def test_training_lowers_the_cost(net, data):
    history = fit(net, data, epochs=200)
    assert history.cost[-1] < history.cost[0] / 2
    assert history.accuracy[-1] == 1


def test_same_seed_gives_the_same_result_and_another_does_not(net, data):
    one, two, other = fit(net, data), fit(net, data), fit(net, data, seed=2)
    assert same(one.net, two.net)
    assert one.cost == two.cost
    assert not same(one.net, other.net)


def test_one_batch_of_everything_is_one_step_of_gradient_descent(net, data):
    history = fit(net, data, epochs=1, batch_size=99)
    grads = backpropagate(net, *data)
    for given, right in zip(arrays(history.net), arrays(update(net, grads, 0.5))):
        np.testing.assert_allclose(given, right, rtol=1e-12)
    for l in (1, 2):
        length = np.linalg.norm(grads.delta[l], axis=0).mean()
        assert history.delta_size[l] == [pytest.approx(length)]


def test_last_batch_may_be_smaller_and_every_sample_is_used_once(net, data, monkeypatch):
    seen = []
    step = training._Descent._step

    def watched(self, chosen, start):
        seen.append(chosen)
        step(self, chosen, start)

    monkeypatch.setattr(training._Descent, "_step", watched)
    fit(net, data, epochs=2)
    assert [len(chosen) for chosen in seen] == [4, 4, 2] * 2
    for epoch in (np.concatenate(seen[:3]), np.concatenate(seen[3:])):
        assert sorted(epoch) == list(range(10))
        assert not np.array_equal(epoch, range(10))


PAIRS = [
    (activation, cost.name)
    for activation in ("sigmoid", "softmax", "tanh", "relu", "leaky_relu", "identity")
    for cost in COSTS.values()
    if cost.fused_with in ("", activation) and (activation != "softmax" or cost.fused_with)
]


@pytest.mark.parametrize(("activation", "cost"), PAIRS)
def test_a_thousand_steps_in_place_are_those_of_the_page_that_is_read(data, activation, cost):
    net = Network.random([3, 5, 2], ["tanh", activation], cost, seed=0)
    history = fit(net, data, epochs=334, batch_size=4, eta=0.05)
    x, y = data
    rng, page = np.random.default_rng(1), net
    for _ in range(334):
        order = rng.permutation(10)
        for start in (0, 4, 8):
            chosen = order[start : start + 4]
            page = update(page, backpropagate(page, x[:, chosen], y[:, chosen]), 0.05)
    for given, right in zip(arrays(history.net), arrays(page)):
        assert np.abs(given - right).max() <= 1e-12 * np.abs(right).max()


@pytest.mark.parametrize(("after", "finished"), [(0, 0), (2, 0), (7, 2)])
def test_interrupting_returns_the_epochs_that_were_finished(
    net, data, monkeypatch, after, finished
):
    right = fit(net, data, epochs=finished) if finished else None
    calls, step = 0, training._Descent._step

    def interrupted(*args):
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        step(*args)

    monkeypatch.setattr(training._Descent, "_step", interrupted)
    history = fit(net, data, epochs=5, validation=data)
    assert history.stopped == f"interrupted after {finished} of 5 epochs"
    assert history.stopped in repr(history)
    assert_whole(history, finished)
    assert same(history.net, right.net if right else net)


def assert_whole(history, epochs):
    """Nothing of the history is longer or shorter than the rest."""
    curves = history.cost, history.accuracy, history.validation_cost, history.validation_accuracy
    assert {len(c) for c in (*curves, *history.delta_size[1:])} == {epochs} == {history.epochs}


def lines_of(*functions):
    """Every line of these functions, by the code that it belongs to."""
    return [
        (code, line)
        for code in (f.__code__ for f in functions)
        for line in sorted({line for *_, line in code.co_lines() if line} - {code.co_firstlineno})
    ]


RECORDING = lines_of(
    training._descend.__wrapped__,
    training.History.record,
    training._Descent.epoch,
    training._Descent._step,
    training._Descent.network,
    training._score,
    training._share_right,
)


@pytest.mark.parametrize("when", [1, 2, 5])
@pytest.mark.parametrize(("code", "line"), RECORDING)
def test_an_interrupt_at_any_line_leaves_a_whole_history(net, data, code, line, when):
    costs, visits = fit(net, data, epochs=4, validation=data).cost, 0

    def at_line(frame, event, _):
        nonlocal visits
        if frame.f_code is not code:
            return at_line if event == "call" else None
        if event == "line" and frame.f_lineno == line:
            visits += 1
            if visits == when:
                sys.settrace(None)
                raise KeyboardInterrupt
        return at_line

    before = sys.gettrace()
    sys.settrace(at_line)
    try:
        history = fit(net, data, epochs=4, validation=data)
    finally:
        sys.settrace(before)
    assert history.cost == costs[: history.epochs]
    assert_whole(history, history.epochs)
    assert (history.stopped is None) == (visits < when)
    if history.epochs:
        assert history.cost[-1] == pytest.approx(cost(history.net, *data), rel=1e-12)
    else:
        assert same(history.net, net)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer sends signals here")
def test_a_hundred_real_interrupts_leave_whole_histories(net, data, monkeypatch):
    costs = fit(net, data, epochs=3000).cost
    stopped, dropped = 0, []
    # What is raised while Python itself tidies up is dropped: then training goes on to its end.
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    epoch, wait = training._Descent.epoch, 0.0

    def with_timer(*args):
        nonlocal wait
        if wait:  # set by the first epoch: on a busy machine, what comes before may take longer
            signal.setitimer(signal.ITIMER_REAL, wait)
            wait = 0.0
        return epoch(*args)

    monkeypatch.setattr(training._Descent, "epoch", with_timer)
    for k in range(100):
        wait = 0.002 + 0.0007 * k
        previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
        try:
            history = fit(net, data, epochs=3000)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
        assert history.cost == costs[: history.epochs]
        assert {len(c) for c in (history.accuracy, history.delta_size[2])} == {history.epochs}
        stopped += history.stopped is not None
    assert stopped + len(dropped) == 100 and stopped > 90


# How fast the numbers grow decides where the first one overflows: in an update, in a forward
# pass, or only when the epoch is scored.
@pytest.mark.parametrize("eta", [1e3, 1e10, 1e60, 1e100, 1e150, 1e200, 1e250, 1e300])
@pytest.mark.parametrize("activation", ["identity", "relu"])
@pytest.mark.parametrize("batch_size", [4, 10])
def test_divergence_ends_training_without_a_warning(data, activation, eta, batch_size):
    net = Network.random([3, 5, 2], activation, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = fit(net, data, eta=eta, epochs=400, batch_size=batch_size, validation=data)
    assert np.isfinite(history.cost).all()
    assert np.isfinite(history.validation_cost).all()
    assert all(np.isfinite(array).all() for array in arrays(history.net))
    if activation == "identity":
        assert history.epochs < 400
        assert "finite" in history.stopped
        assert "smaller eta" in history.stopped


def test_no_progress_prints_nothing(net, data, capsys):
    fit(net, data)
    assert capsys.readouterr() == ("", "")


def test_progress_shows_the_accuracy(net, data, capsys):
    history = fit(net, data, progress=True)
    assert f"accuracy {history.accuracy[-1]:.1%}" in "".join(capsys.readouterr())


def test_plain_lists_are_taken(net, data):
    lists = tuple(array.tolist() for array in data)
    assert same(fit(net, lists, validation=lists).net, fit(net, data).net)


def test_data_is_neither_changed_nor_frozen(net, data):
    before = [array.copy() for array in data]
    fit(net, data)
    assert all(np.array_equal(a, b) for a, b in zip(data, before))
    assert all(array.flags.writeable for array in data)


def test_accuracy_is_the_share_of_samples_read_correctly():
    net = Network([(np.eye(2), [[0], [0]])])
    assert accuracy(net, [[1, 0, 0, 2], [0, 1, 3, 1]], [[1, 1, 0, 0], [0, 0, 1, 1]]) == 0.5


# One output


XOR = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0.0, 1, 1, 0]])


def test_with_one_output_the_accuracy_is_the_share_on_the_right_side_of_a_half():
    net = Network([([[4.0]], 0.0)])  # above ½ where x is above 0
    assert accuracy(net, [[-1, -1, 1, 1]], [[0, 1, 1, 1]]) == 0.75
    assert accuracy(net, [[-1, 0]], [[0, 1]]) == 1
    untrained = Network.random([2, 2, 1], seed=0)
    assert fit(untrained, XOR, epochs=1, batch_size=4, eta=1e-9).accuracy == [0.5]


@pytest.mark.parametrize(("cost", "eta"), [("half_squared", 5.0), ("binary_cross_entropy", 2.0)])
def test_xor_is_learned_or_stuck_and_the_history_says_which(cost, eta):
    learned, stuck = [], []
    for seed in range(12):
        net = Network.random([2, 2, 1], ["tanh", "sigmoid"], cost, seed=seed)
        history = fit(net, XOR, epochs=1500, batch_size=4, eta=eta)
        assert check_gradient(history.net, *XOR).ok
        (learned if history.accuracy[-1] == 1 else stuck).append(history)
        assert history.accuracy[-1] == accuracy(history.net, *XOR)
    assert learned and stuck
    assert all(history.cost[-1] < 0.05 for history in learned)
    assert all(history.cost[-1] > 0.05 and history.accuracy[-1] < 1 for history in stuck)
    shown = {"learned": learned[0], "stuck": stuck[0]}
    assert "100.0%" in repr(plots.learning_curves(shown))
    assert "layer 2" in repr(plots.delta_sizes(stuck[0]))


def test_one_output_without_classes_has_a_cost_and_no_accuracy(capsys):
    net = Network.random([1, 3, 1], ["tanh", "identity"], seed=0)
    x = np.linspace(-1, 1, 9)[None]
    history = fit(net, (x, np.sin(x)), validation=(x, np.sin(x)), epochs=2, progress=True)
    assert history.accuracy == history.validation_accuracy == []
    assert len(history.cost) == len(history.validation_cost) == 2
    assert f"cost {history.validation_cost[-1]:.4g}" in "".join(capsys.readouterr())
    with pytest.raises(ValueError, match=r"y holds -0.84.*should hold 0 and 1"):
        accuracy(net, x, np.sin(x))
    assert "accuracy" not in repr(plots.learning_curves({"sine": history}))


# Whose data it is


def test_what_is_done_to_the_data_afterwards_changes_nothing():
    net, x, y = examples.small_network()
    x, y = x.copy(), y.copy()
    row = np.array([1.0, 0.5])
    shared = np.broadcast_to(row[:, None], (2, 3))  # read-only, and yet it can change
    W, b = [w.copy() for w in net.W[1:]], [v.copy() for v in net.b[1:]]
    made = Network([(W[0][:], b[0]), (W[1], b[1])])
    swapped = net.replace(W, b)
    trace, stepper = forward(net, x), Stepper(net, x, y)
    of_shared = forward(net, shared)
    before = [a.copy() for a in (*made.W[1:], *swapped.b[1:], trace.a[0], of_shared.a[0])]
    for array in (x, y, row, *W, *b):
        np.add(array, 1, out=array)
    after = *made.W[1:], *swapped.b[1:], trace.a[0], of_shared.a[0]
    assert all(np.array_equal(one, other) for one, other in zip(before, after))
    assert np.array_equal(stepper.x, x - 1) and np.array_equal(stepper.y, y - 1)
    assert all(array.flags.writeable for array in (x, y, row, *W, *b))


def test_traces_and_networks_are_read_only_and_gradients_are_not():
    net, x, y = examples.batch()
    trace = forward(net, x, copy=False)
    for array in (*trace.a, *trace.z[1:], *net.W[1:], *net.b[1:]):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    assert x.flags.writeable
    backward(net, trace, y).W[1][0, 0] = 1


def test_replace_takes_what_has_the_same_shapes_and_nothing_else():
    net = examples.small_network().net
    assert same(net.replace(net.W, net.b), net)
    assert same(net.replace(net.W[1:], [b.tolist() for b in net.b[1:]]), net)
    for W, b, said in (
        (net.W, [b.ravel() for b in net.b[1:]], r"b\[1\] has shape \(3,\).*reshape\(-1, 1\)"),
        (net.W, [net.b[1] * np.nan, net.b[2]], r"b\[1\] holds nan"),
        ([net.W[1].T, net.W[2]], net.b, r"W\[1\] has shape \(2, 3\).*W\[1\]\.T"),
        (net.W[:2], net.b, "W holds 1 array, but should hold 2"),
    ):
        with pytest.raises(ValueError, match=said):
            net.replace(W, b)


def test_memory_of_a_training_does_not_grow_with_its_epochs(net, data):
    def peak(epochs):
        tracemalloc.start()
        try:
            fit(net, data, epochs=epochs, validation=data)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    fit(net, data)
    assert peak(200) - peak(2) < 200 * 2000  # the numbers of an epoch, and no network
