"""The reader's own gradient beside each step: where it parts first is seen where it is."""

import math
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from pages import assert_steps_by_itself, assert_well_formed, buttons_of, frames_of, live_frames
from test_stepper import _wide, choose, choose_notation, choose_place, status
from zoo import network, samples

from bp_helpers import Gradients, Network, Stepper, backpropagate, examples
from bp_helpers.network import PerLayer
from bp_helpers.slips import SLIPS, gradient_if_it_runs, gradient_with, run_with
from bp_helpers.steps.notations import notations_for
from bp_helpers.steps.step import Quantity


def _of_kind(sizes, activations, cost, m):
    net = network(sizes, activations, cost, seed=1)
    return net, *samples(net, m, np.random.default_rng(1))


EXAMPLES = {
    "chain": examples.chain(),
    "a batch through a chain": _of_kind([1, 1, 1], "tanh", "squared", 3),
    "2-3-2": examples.small_network(),
    "batch": examples.batch(),
    "equal sizes": _of_kind([3, 3, 3, 3], ["tanh", "sigmoid", "tanh"], "mean_squared", 3),
    "fused": _of_kind([2, 3, 3], ["tanh", "softmax"], "cross_entropy", 3),
    "fused, one sample": _of_kind([2, 1, 1], "sigmoid", "binary_cross_entropy", 1),
    "784-16-16-10": _wide(),
}
ALL_SLIPS = ("batch",)
FEW = ("bp1-without-slope", "bp2-without-slope", "bp2-with-weights-not-transposed", "bp3-flat",
       "bp4-without-delta", "bp4-transposed", "bp4-with-z-for-activation")  # fmt: skip
EVERY = [
    pytest.param(name, key, id=f"{name}, {key}")
    for name, (net, x, _) in EXAMPLES.items()
    for key in notations_for(net, np.shape(x)[-1] if np.ndim(x) > 1 else 1)
]
every = pytest.mark.parametrize(("name", "key"), EVERY)
BY_KEY = {slip.key: slip for slip in SLIPS}
NET, X, Y = examples.batch()
RIGHT = backpropagate(NET, X, Y)
WHOLE = {"dW": "W", "dC_dw": "W", "db": "b", "dC_db": "b",
         "delta": "delta", "dz": "delta", "dC_dz": "delta"}  # fmt: skip


def arrays(example):
    """net, x and y as matrices."""
    net, x, y = example
    return net, np.reshape(x, (net.sizes[0], -1)), np.reshape(y, (net.sizes[-1], -1))


def slipped(example, *keys, deltas=False):
    """A gradient with these slips, and its δ where that is wanted; None if it cannot be run."""
    slips = tuple(BY_KEY[key] for key in keys)
    found = gradient_if_it_runs(slips, *arrays(example))
    if found is None or not deltas:
        return found
    run = run_with(slips, *arrays(example))
    return Gradients(*(PerLayer(by_layer) for by_layer in (run.delta, run.dW, run.db)))


# What a page says, read from its frames alone.


def plain(html):
    return unescape(re.sub("<[^>]*>", "", html))


def beside(frame):
    """What stands in a frame of the reader's own: its class, its words, its numbers as texts."""
    before, folded, after = re.split(r"<details[ open]*>|</details>", frame)
    assert "bp-yours" not in before + after and "✗" not in plain(before + after)
    found = re.findall(r'<div class="(bp-yours[^"]*)">(.*)</div><div>[^<]*</div>$', folded, re.S)
    if not found:
        assert "yours" not in folded.lower()
        return None
    ((css, block),) = found
    equation = re.search(r'aria-label="yours equals ([^"]*)"', block)
    words = plain(re.sub(r'<div class="bp-eq".*?</div>', "", block, flags=re.S))
    numbers = re.findall(r"[^\s\[\];,]+", unescape(equation[1])) if equation else None
    return css, words, numbers


def verdicts(stepper):
    return [beside(frame) for frame in live_frames(stepper)]


def parted(stepper):
    """The steps at which the reader's value is said to be wrong."""
    return [k for k, found in enumerate(verdicts(stepper)) if found and "✗" in found[1]]


def summary(html):
    found = re.findall(r'<div class="bp-verdict">(.*?)</div>', html, re.S)
    return plain(found[0]) if found else None


def says(stepper):
    return summary(stepper.widget.deck_html)


def is_rounded(text, value):
    number = text.replace("−", "-")
    digits, _, exponent = number.partition("e")
    half = 0.5001 * 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(float(number) - value) <= half + 1e-12 * abs(value)


# What it should say, from the arrays alone.


class Beside:
    """A gradient beside the right one, compared without any step."""

    def __init__(self, example, mine):
        right = backpropagate(*example)
        self.right = {"W": right.W, "b": right.b, "delta": right.delta}
        if isinstance(mine, Gradients):
            self.mine = {"W": mine.W, "b": mine.b, "delta": mine.delta}
        else:
            self.mine = {"W": [None, *mine[0]], "b": [None, *mine[1]]}

    def of(self, step):
        """Both arrays of which the step computes all or a part, or None."""
        name, l, _ = step.writes
        whole = WHOLE.get(name)
        mine = self.mine.get(whole, {})
        if not mine or mine[l] is None:
            return None
        return np.asarray(mine[l]), self.right[whole][l]

    def part(self, step):
        """Which entries the step computes."""
        return tuple(slice(None) if i is None else i for i in step.writes.place)

    def is_wrong(self, step):
        """Whether it has another shape there, or other numbers."""
        mine, right = self.of(step)
        if mine.shape != right.shape:
            return True
        gap = np.abs(mine - right)[self.part(step)].max()
        assert not 1e-11 < gap / np.abs(right).max() < 1e-6, "too near to call"
        return gap > 1e-9 * np.abs(right).max()


def assert_says(stepper, example, mine):
    """Every frame, every button and the line above say what a comparison of the arrays says."""
    right, steps = Beside(example, mine), stepper.steps
    has = [k for k, step in enumerate(steps) if right.of(step)]
    wrong = [k for k in has if right.is_wrong(steps[k])]
    found = verdicts(stepper)
    assert [k for k, each in enumerate(found) if each] == has
    for k in has:
        assert_frame(stepper, right, k, found[k], wrong)
    assert_buttons(stepper, wrong)
    line = says(stepper)
    if not wrong:
        assert line == f"✓ Yours is the same at every step that it has: {len(has)} of them."
        return
    first = steps[wrong[0]]
    assert line == (
        f"✗ Yours first parts at step {wrong[0] + 1}: {first.rule} in layer {first.writes.layer} "
        f"({first.label}). It parts at {len(wrong)} of the {len(has)} steps that it has."
    )


def assert_frame(stepper, right, k, found, wrong):
    (css, words, numbers), step = found, stepper.steps[k]
    if k not in wrong:
        assert (css, words, numbers) == ("bp-yours", "yours: the same ✓", None)
        return
    is_first = k == wrong[0]
    assert css == "bp-yours bp-parts" + " bp-first" * is_first
    assert words.startswith("✗ Yours parts here. " if is_first else "✗ Yours parts here too. ")
    assert ("This is the first step where yours parts. Look for the slip here" in words) == is_first
    mine, whole = right.of(step)
    if mine.shape != whole.shape:
        assert f"has shape {mine.shape}, but should have shape {whole.shape}" in words
        assert numbers is None or len(numbers) <= mine.size
        return
    part = mine[right.part(step)]
    places = [()]
    if step.value.ndim:
        places = map(tuple, stepper._pass.shown_places(step.writes, step.value))
    shown = [part[at] for at in places]
    assert len(numbers) == len(shown)
    assert all(map(is_rounded, numbers, shown)), (numbers, shown)
    assert all(text[0] in "+−" or not float(text) for text in numbers)
    assert_widest_gap(step, words, mine, whole, right.part(step))


def assert_widest_gap(step, words, mine, right, part):
    """The entry that is named belongs to the step, and no other is further off."""
    name, l, place, given, wanted = re.search(
        r"(\w+)\[(\d+)\]\[([\d, ]+)\] is (\S+) and should be (\S+)\.(?: |$)", words
    ).groups()
    at = tuple(map(int, place.split(",")))
    assert (name, int(l)) == step.writes[:2]
    inside = np.zeros(right.shape, bool)
    inside[part] = True
    gaps = np.abs(mine - right)
    assert inside[at] and gaps[at] >= gaps[inside].max() * (1 - 1e-8)
    assert given != wanted
    for text, value in ((given, mine[at]), (wanted, right[at])):
        assert float(text.replace("−", "-")) == pytest.approx(value, rel=6e-4)
    n, apart = inside.sum(), (gaps[inside] > 1e-9 * np.abs(right).max()).sum()
    counted = re.search(r"(\d+) of (\d+) entries parts?\.", words)
    assert (counted is None) == (n == 1)
    assert counted is None or [*map(int, counted.groups())] == [apart, n]


def assert_buttons(stepper, wrong):
    """Button, group and picture of a step name it as wrong, as the first or not; no others do."""
    deck = stepper.widget.deck_html
    assert_well_formed(deck)
    assert_steps_by_itself(deck)
    for k, ((*_, label), step, frame) in enumerate(
        zip(buttons_of(deck), stepper.steps, live_frames(stepper), strict=True)
    ):
        mark = f"yours parts here {'first' if k == wrong[0] else 'too'}" if k in wrong else ""
        assert label == (f"✗ {step.label} ({mark})" if mark else step.label)
        group, picture = re.findall(r'role="(?:group|img)"[^>]* aria-label="([^"]*)"', frame)
        assert group.endswith(f"{step.title} ({mark})" if mark else step.title)
        assert ("Yours" in picture) == bool(mark) and mark.capitalize() in picture
    assert deck.count('<span class="bp-mark bp-first">') == bool(wrong)
    assert deck.count('<span class="bp-mark">') == max(0, len(wrong) - 1)


# All frames in all notations.


@every
@pytest.mark.parametrize("ahead", [False, True])
def test_a_right_gradient_is_the_same_at_every_step(name, key, ahead):
    example = EXAMPLES[name]
    mine = backpropagate(*example)
    stepper = Stepper(*example, notation=key, include_forward=ahead, mine=mine)
    assert_says(stepper, example, mine)
    assert parted(stepper) == [] and stepper.position == 0
    pair = list(mine.W[1:]), list(mine.b[1:])
    assert_says(Stepper(*example, notation=key, mine=pair), example, pair)


@every
def test_a_slip_is_marked_where_it_is_first_seen(name, key):
    example, seen = EXAMPLES[name], 0
    slips = SLIPS if name in ALL_SLIPS else [BY_KEY[one] for one in FEW]
    for slip in slips:
        for deltas in {False, key in ("layers", "batch") or "fused" in name}:
            mine = slipped(example, slip.key, deltas=deltas)
            if mine is not None:
                stepper = Stepper(*example, notation=key, mine=mine)
                assert_says(stepper, example, mine)
                seen += bool(parted(stepper))
    assert seen > 0.5 * len(slips)


@every
def test_a_flat_bias_is_shown_beside_the_column(name, key):
    example = EXAMPLES[name]
    mine = slipped(example, "bp3-flat")
    stepper = Stepper(*example, notation=key, mine=mine)
    assert_says(stepper, example, mine)
    wrong = {k for k, step in enumerate(stepper.steps) if WHOLE.get(step.writes.name) == "b"}
    assert set(parted(stepper)) == wrong
    last = stepper.net.sizes[-1]
    first = verdicts(stepper)[min(wrong)]
    assert f"has shape ({last},), but should have shape ({last}, 1)" in first[1]
    assert "reshape(-1, 1)" in first[1]


@every
def test_one_wrong_entry_is_wrong_in_the_steps_that_compute_it_and_nowhere_else(name, key):
    example = EXAMPLES[name]
    net = example[0]
    rng = np.random.default_rng(0)
    for letter in "Wb":
        for l in range(1, net.L + 1):
            grads = backpropagate(*example)
            sides = {side: [a.copy() for a in getattr(grads, side)[1:]] for side in "Wb"}
            array = sides[letter][l - 1]
            at = tuple(int(rng.integers(n)) for n in array.shape)
            array[at] += 1e-3 * np.abs(array).max()
            mine = sides["W"], sides["b"]
            stepper = Stepper(*example, notation=key, mine=mine)
            assert_says(stepper, example, mine)
            (k,) = parted(stepper)
            step = stepper.steps[k]
            assert (WHOLE[step.writes.name], step.writes.layer) == (letter, l)
            assert step.writes.covers(l, *at)
            assert f"[{l}][{at[0]}, {at[1]}] is " in verdicts(stepper)[k][1]


@pytest.mark.parametrize("key", ["layers", "batch"])
@pytest.mark.parametrize("slip", [s for s in SLIPS if s.rule != "forward"], ids=lambda s: s.key)
def test_with_its_deltas_a_slip_is_seen_in_its_own_rule(slip, key):
    example = EXAMPLES["equal sizes"]
    mine = slipped(example, slip.key, deltas=True)
    stepper = Stepper(*example, notation=key, mine=mine)
    assert_says(stepper, example, mine)
    found = [stepper.steps[k].rule for k in parted(stepper)]
    # Nothing is found only where, in this network, the slip gives the right gradient.
    assert found[:1] in ([slip.rule], [])


# Where to look


def words_of_first(stepper):
    return verdicts(stepper)[parted(stepper)[0]][1]


def test_where_yours_has_no_value_the_slip_may_sit_too():
    stepper = Stepper(*examples.batch(), mine=slipped(examples.batch(), "bp2-without-slope"))
    assert parted(stepper) == [5, 6]
    assert "Look for the slip here, or after step 4: yours has no value in" in words_of_first(
        stepper
    )
    stepper = Stepper(*examples.batch(), mine=slipped(examples.batch(), "bp4-with-sum"))
    assert parted(stepper) == [3, 6]
    assert words_of_first(stepper).endswith("Look for the slip here.")
    stepper = Stepper(*examples.batch(), mine=slipped(examples.batch(), "bp1-without-slope"))
    assert parted(stepper) == [2, 3, 5, 6]
    assert "here or before: yours has no value at an earlier step" in words_of_first(stepper)


def test_of_one_sample_a_bias_is_not_taken_for_delta():
    example = examples.small_network()
    for mine in (slipped(example), slipped(example, "bp3-flat")):
        stepper = Stepper(*example, mine=mine)
        named = zip(stepper.steps, verdicts(stepper))
        assert all((step.writes.name in ("dW", "db")) == bool(found) for step, found in named)


# What is taken


FORMS = {
    "Gradients": RIGHT,
    "(dW, db)": (RIGHT.W, RIGHT.b),
    "(db, dW)": (list(RIGHT.b[1:]), list(RIGHT.W[1:])),
    "pairs": list(zip(RIGHT.W[1:], RIGHT.b[1:])),
    "a flat list": [a for pair in zip(RIGHT.W[1:], RIGHT.b[1:]) for a in pair],
    "a dict": {"dW1": RIGHT.W[1], "dW2": RIGHT.W[2], "db1": RIGHT.b[1], "db2": RIGHT.b[2]},
    "lists of lists": ([a.tolist() for a in RIGHT.W[1:]], [a.tolist() for a in RIGHT.b[1:]]),
    "a function": lambda net, x, y: (RIGHT.W, RIGHT.b),
    "backpropagate": backpropagate,
    "Gradients without delta": replace(RIGHT, delta=None),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_gradient_is_taken(form):
    stepper = Stepper(NET, X, Y, mine=FORMS[form])
    has = 6 if form in ("Gradients", "backpropagate") else 4
    assert says(stepper) == f"✓ Yours is the same at every step that it has: {has} of them."


DELTAS = {
    "by layer": RIGHT.delta,
    "a list with None in front": [None, *RIGHT.delta[1:]],
    "a list": list(RIGHT.delta[1:]),
    "a dict": dict(enumerate(RIGHT.delta[1:], start=1)),
}


@pytest.mark.parametrize("form", DELTAS)
def test_deltas_are_found_by_their_layer(form):
    mine = replace(RIGHT, delta=DELTAS[form])
    assert "same at every step that it has: 6 of" in says(Stepper(NET, X, Y, mine=mine))
    sizes = [a.shape for a in RIGHT.delta[1:]]
    flat = replace(RIGHT, delta=PerLayer({1: RIGHT.delta[1][:, :1], 2: RIGHT.delta[2]}))
    stepper = Stepper(NET, X, Y, mine=flat)
    assert parted(stepper) == [4] and len({*sizes}) == 2
    assert "has shape (3, 1), but should have shape (3, 4): that of z[1]" in words_of_first(stepper)


def test_single_numbers_will_do_where_one_neuron_follows_one():
    example = examples.chain()
    grads = backpropagate(*example)
    mine = [a.item() for a in grads.W[1:]], [a.item() for a in grads.b[1:]]
    for key in notations_for(example.net):
        assert says(Stepper(*example, notation=key, mine=mine)).startswith("✓")


REFUSED = {
    "no gradient": (3, "grads is 3, but should be one of: the Gradients of backpropagate"),
    "one layer too few": ((RIGHT.W[2:], RIGHT.b[2:]), "dW holds 1 arrays, but should hold 2"),
    "one layer too many": (
        ([*RIGHT.W[1:], RIGHT.W[1]], [*RIGHT.b[1:], RIGHT.b[1]]),
        "dW holds 3 arrays, but should hold 2",
    ),
    "words": (([RIGHT.W[1], "dW2"], RIGHT.b), r"dW\[2\] is 'dW2', but should be an array of"),
    "words for a delta": (
        replace(RIGHT, delta=PerLayer({1: "one", 2: RIGHT.delta[2]})),
        r"grads.delta\[1\] is 'one', but should be an array of numbers",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_and_from_a_function_it_is_told(case):
    mine, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"^mine: {message}"):
        Stepper(NET, X, Y, mine=mine)
    stepper = Stepper(NET, X, Y, mine=lambda net, x, y: mine)
    assert re.match(f"Yours is not compared. {message}", says(stepper))
    assert not any(verdicts(stepper)) and "✗" not in plain(stepper.widget.deck_html)


def test_arrays_of_any_shape_are_shown_as_far_as_they_can_be():
    b = RIGHT.b[1:]
    for odd in (np.zeros((2, 3, 1)), np.zeros((0, 3)), np.zeros(()), np.zeros(6), np.zeros((9, 9))):
        stepper = Stepper(NET, X, Y, mine=([RIGHT.W[1], odd], b))
        assert parted(stepper) == [3]
        assert f"dW[2] has shape {odd.shape}, but should have shape (2, 3)" in words_of_first(
            stepper
        )
        numbers = verdicts(stepper)[3][2]
        assert (numbers is None) == (odd.ndim > 2 or not odd.size)
        assert_well_formed(stepper.still())


@pytest.mark.parametrize(("odd", "text"), [(np.nan, "NaN"), (np.inf, "∞"), (-np.inf, "−∞")])
@pytest.mark.parametrize("key", notations_for(NET, 4))
def test_what_is_no_number_is_wrong_and_named(odd, text, key):
    W = RIGHT.W[2].copy()
    W[1, 2] = odd
    stepper = Stepper(NET, X, Y, notation=key, mine=([RIGHT.W[1], W], RIGHT.b))
    (k,) = parted(stepper)
    assert stepper.steps[k].writes.covers(2, 1, 2)
    assert f"[2][1, 2] is {text} and should be " in words_of_first(stepper)
    assert verdicts(stepper)[k][2] is None
    assert_well_formed(stepper.still())


def test_entry_that_a_wide_array_does_not_show_is_named_all_the_same():
    example = _wide()
    grads = backpropagate(*example)
    for l in (1, 2, 3):
        W = [a.copy() for a in grads.W[1:]]
        stepper = Stepper(*example)
        rows, columns = (stepper._pass.drawn[at] for at in (l, l - 1))
        at = tuple(next(i for i in range(99) if i not in side) for side in (rows, columns))
        W[l - 1][at] = 1
        stepper = Stepper(*example, mine=(W, grads.b))
        assert (
            f"1 of {W[l - 1].size} entries parts. dW[{l}][{at[0]}, {at[1]}] is 1 and should be"
            in (words_of_first(stepper))
        )


def test_what_the_caller_changes_later_changes_nothing():
    mine = backpropagate(*examples.batch())
    arrays = [a.copy() for a in mine.W[1:]], [a.copy() for a in mine.b[1:]]
    stepper = Stepper(NET, X, Y, mine=arrays)
    arrays[0][0][:] = 7
    choose_notation(stepper, "batch")
    assert says(stepper).startswith("✓")
    assert Stepper(NET, X, Y, mine=mine).net is NET


# How near is the same


@pytest.mark.parametrize(("by", "same"), [(1e-10, True), (1e-8, False), (1e-3, False)])
@pytest.mark.parametrize("key", notations_for(NET, 4))
def test_the_same_is_what_differs_by_less_than_a_billionth_of_the_largest_entry(by, same, key):
    for letter in "Wb":
        for l in (1, 2):
            sides = {side: [a.copy() for a in getattr(RIGHT, side)[1:]] for side in "Wb"}
            array = sides[letter][l - 1]
            smallest = np.unravel_index(np.abs(array).argmin(), array.shape)
            array[smallest] += by * np.abs(array).max()
            stepper = Stepper(NET, X, Y, notation=key, mine=(sides["W"], sides["b"]))
            assert (parted(stepper) == []) == same
            if not same:
                given, right = re.search(
                    r" is (\S+) and should be (\S+)\. ", words_of_first(stepper)
                ).groups()
                assert given != right


def by_loops(net, x, y):
    """The same gradient in another order of operations, with σ′ as a(1 − a)."""
    dW, db = ([np.zeros(a.shape) for a in arrays[1:]] for arrays in (net.W, net.b))
    for i in range(x.shape[1]):
        a = [x[:, i]]
        for W, b in zip(net.W[1:], net.b[1:]):
            a.append(
                1 / (1 + np.exp(-(sum(W[:, k] * a[-1][k] for k in range(W.shape[1])) + b[:, 0])))
            )
        delta = (a[-1] - y[:, i]) * a[-1] * (1 - a[-1])
        for l in range(net.L, 0, -1):
            dW[l - 1] += np.outer(delta, a[l - 1]) / x.shape[1]
            db[l - 1] += delta[:, None] / x.shape[1]
            delta = (net.W[l].T @ delta) * a[l - 1] * (1 - a[l - 1])
    return dW, db


def twice_by_loops(*arguments):
    return [[2 * a for a in side] for side in by_loops(*arguments)]


@pytest.mark.parametrize("scale", [1, 5, 20, 60])
@pytest.mark.parametrize("target", ["far", "near", "hit"])
def test_rounding_is_not_taken_for_a_slip_even_where_next_to_nothing_is_left(scale, target):
    for seed in range(12):
        rng = np.random.default_rng(seed)
        net = Network.random([4, 5, 3], seed=seed)
        net = net.replace([None, *(scale * W for W in net.W[1:])], net.b)
        x = rng.standard_normal((4, 3))
        out = 1 / (1 + np.exp(-(net.W[2] @ (1 / (1 + np.exp(-net.W[1] @ x))))))
        y = {"far": 1 - np.round(out), "near": np.round(out), "hit": out}[target]
        assert says(Stepper(net, x, y, mine=by_loops)).startswith("✓")
        if target != "hit":
            assert says(Stepper(net, x, y, mine=twice_by_loops)).startswith("✗")


def test_what_cancels_in_z_is_rounding_too():
    differ = 0
    for seed in range(30):
        w = np.round(np.random.default_rng(seed).standard_normal((1, 7)), 1)
        w[0, -1] = -np.round(w[0, :-1].sum(), 1)
        net = Network([(w, 0.0)], "identity")
        delta = np.array([[math.fsum(w[0])]])
        differ += delta != backpropagate(net, np.ones(7), 0).b[1]
        assert says(Stepper(net, np.ones(7), 0, mine=([delta * np.ones((1, 7))], [delta]))) == (
            "✓ Yours is the same at every step that it has: 2 of them."
        )
    assert differ


def test_where_rounding_has_no_bound_nothing_is_excused():
    net = Network([(1e40, 0.0), (1e160, 0.0)], "identity")
    right = backpropagate(net, 1, 1e200)
    assert says(Stepper(net, 1, 1e200, mine=right)).startswith("✓")
    stepper = Stepper(net, 1, 1e200, mine=(right.W, [[[1.0]], right.b[2]]))
    assert [str(stepper.steps[k].writes) for k in parted(stepper)] == ["db[1]"]


def test_vanishing_gradients_are_compared_as_exactly():
    net = Network.random([4, *[30] * 10, 2], seed=0)
    x, y = np.ones((4, 2)), np.zeros((2, 2))
    right = backpropagate(net, x, y)
    assert np.abs(right.W[1]).max() < 1e-7
    assert says(Stepper(net, x, y, mine=by_loops)).startswith("✓")
    b = [right.b[1] * 1.001, *right.b[2:]]
    stepper = Stepper(net, x, y, mine=(right.W, b))
    assert [str(stepper.steps[k].writes) for k in parted(stepper)] == ["db[1]"]


# Other numbers


def test_arrays_are_not_compared_with_other_numbers_and_come_back():
    mine = slipped(examples.batch(), "bp4-with-sum")
    stepper = Stepper(NET, X, Y, mine=mine)
    before = stepper.widget.deck_html
    choose_place(stepper, Quantity("W", 1), (0, 0))
    was = stepper.widget.number
    choose(stepper, number=1.5)
    assert says(stepper).startswith("Yours is not compared. It belongs to the numbers at the start")
    assert not any(verdicts(stepper)) and "✗" not in plain(stepper.widget.deck_html)
    choose_notation(stepper, "batch")
    assert "not compared" in says(stepper) and "not compared" in summary(stepper.still())
    choose_notation(stepper, "layers")
    choose(stepper, number=was)
    assert stepper.widget.deck_html == before
    for quantity, array in stepper.arrays().items():
        stepper.change(quantity, array + 0.125)
        assert not any(verdicts(stepper)), quantity
        stepper.reset()
        assert stepper.widget.deck_html == before


def test_a_function_is_run_anew_for_other_numbers_and_only_for_those():
    given = []

    def mine(net, x, y):
        given.append((net, x.copy(), y.copy()))
        return gradient_with((BY_KEY["bp2-without-slope"],), net, x, y)

    stepper = Stepper(NET, X, Y, mine=mine)
    assert len(given) == 1 and parted(stepper) == [5, 6]
    for values in ({"step": 3}, {"predict": False}, {"sample": 2}, {"array": 2}, {"row": 1}):
        choose(stepper, **values)
    stepper.still()
    assert len(given) == 1
    choose(stepper, number=1.5)
    assert len(given) == 2
    net, x, y = given[-1]
    assert net is stepper.net and np.array_equal(x, stepper.x) and np.array_equal(y, stepper.y)
    example = stepper.net, stepper.x, stepper.y
    assert_says(stepper, example, slipped(example, "bp2-without-slope"))
    assert status(stepper)
    stepper.reset()
    assert parted(stepper) == [5, 6]


def test_what_a_function_raises_is_told_and_stays_so_until_it_does_not():
    def mine(net, x, y):
        if net.W[1][0, 0] > 1:
            raise ZeroDivisionError("too steep")
        return backpropagate(net, x, y)

    stepper = Stepper(NET, X, Y, mine=mine)
    assert says(stepper).startswith("✓")
    choose_place(stepper, Quantity("W", 1), (0, 0))
    choose(stepper, number=1.5)
    assert "Yours is not compared. It raised ZeroDivisionError: too steep" in says(stepper)
    assert 'raise ZeroDivisionError("too steep")' in says(stepper)
    assert not any(verdicts(stepper)) and stepper.net.W[1][0, 0] == 1.5
    choose(stepper, number=0.5)
    assert says(stepper).startswith("✓")


def changes_its_arguments(net, x, y):
    x += 1
    return backpropagate(net, x, y)


def not_started(net, x, y): ...


def gives_nothing(net, x, y):
    for array in backpropagate(net, x, y).W[1:]:
        print(array)


FUNCTIONS = {
    "raises": (lambda net, x, y: 1 / 0, "It raised ZeroDivisionError: division by zero"),
    "of two arguments": (lambda net, x: RIGHT, "It takes (net, x), but should take (net, x, y)"),
    "changes x": (changes_its_arguments, "It changes x, which it was given"),
    "not started": (not_started, "Not started"),
    "gives nothing": (gives_nothing, "grads is None, but should be"),
    "hostile": (lambda net, x, y: "<script>alert(1)</script>", "grads is '<script>alert(1)"),
}  # fmt: skip


@pytest.mark.parametrize("case", FUNCTIONS)
def test_whatever_a_function_does_the_stepper_steps(case, capsys):
    function, message = FUNCTIONS[case]
    stepper = Stepper(NET, X, Y, mine=function)
    assert says(stepper).startswith(f"Yours is not compared. {message}")
    assert len(live_frames(stepper)) == 7 and "<script" not in stepper.still()
    assert np.array_equal(stepper.x, X) and not capsys.readouterr().out


# Stored, saved, and without a gradient


@every
def test_stored_page_says_the_same_within_its_limits(name, key):
    net, x, y = EXAMPLES[name]
    wrong = [(a + 1) / 3 for a in backpropagate(net, x, y).W[1:]]
    mine = wrong, [np.full(len(b), 1 / 3) for b in net.b[1:]]
    steppers = [Stepper(net, x, y, notation=key, mine=mine) for _ in range(2)]
    html = steppers[0].still()
    assert html == steppers[1].still()
    assert len(html.encode()) <= 300_000
    assert_well_formed(html)
    assert_steps_by_itself(html)
    assert " id=" not in html
    assert summary(html) == says(steppers[0])
    stored = [beside(frame) for frame in frames_of(html)]
    assert stored == verdicts(steppers[0])[: len(stored)] and sum(map(bool, stored)) > 2
    labels = [label for *_, label in buttons_of(html)]
    assert (
        labels == [label for *_, label in buttons_of(steppers[0].widget.deck_html)][: len(labels)]
    )


def test_page_too_long_to_be_stored_stays_within_its_limits():
    net = Network.random([3] * 12, seed=0)
    wrong = [np.full(W.shape[::-1], 1 / 3) for W in net.W[1:]], [b[:, 0] for b in net.b[1:]]
    for key in notations_for(net):
        stepper = Stepper(net, np.ones(3), np.zeros(3), notation=key, mine=wrong)
        assert len(stepper.still().encode()) <= 300_000


def test_saved_page_has_it_too(tmp_path):
    stepper = Stepper(NET, X, Y, mine=slipped(examples.batch(), "bp4-with-sum"))
    stepper.save(tmp_path / "pass.html")
    html = (tmp_path / "pass.html").read_text(encoding="utf-8")
    assert summary(html) == says(stepper)
    assert [beside(frame) for frame in frames_of(html)] == verdicts(stepper)


@pytest.mark.parametrize("predict", [True, False])
def test_without_a_gradient_nothing_is_said_of_one(predict):
    stepper = Stepper(NET, X, Y, predict=predict)
    for html in (stepper.widget.deck_html, stepper.still().partition("</style>")[2]):
        assert "yours" not in html.lower() and "bp-mark" not in html
    with_mine = Stepper(NET, X, Y, predict=predict, mine=RIGHT)
    for plain_frame, frame in zip(live_frames(stepper), live_frames(with_mine)):
        assert re.sub(r'<div class="bp-yours">.*?</div></div>', "", frame) == plain_frame
