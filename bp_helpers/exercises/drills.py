"""Questions to be computed on paper, each with fresh numbers: what the drills of notebooks ask.

The activations of their networks have one decimal, so that the slopes of the sigmoid, a(1 − a),
have two. The biases are what gives such activations, and nobody needs them on the way back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.exercises.typed import Answer, Judged, judged
from bp_helpers.network import Network
from bp_helpers.slips import SLIPS, Run, run_with

Rng = np.random.Generator
Slipped = tuple[Answer, str]  # what a slip gives, and its sentence: empty where it is not told
Reader = Callable[[Run], Answer]  # what is asked for, in a pass
Rows = tuple[tuple[str, ...], ...]

_INPUTS = np.array([-1.0, -0.5, 0.5, 1.0, 2.0])
_ACTIVATIONS = np.arange(2, 9) / 10
_SMALL = np.arange(2, 6) / 10  # no two of them have the same slope
_TARGETS = np.array([0.1, 0.9, 1.0])
_WEIGHTS = np.concatenate([-np.arange(4, 16), np.arange(4, 16)]) / 10
_DELTAS = np.concatenate([-np.arange(4, 16), np.arange(4, 16)]) / 100
# No quotient of short decimals is exactly one of these, which rounding could put on both sides.
_LEAST, _APART = 0.00203, 0.1071
_TRIES = 100  # more than half are fair
# They need more than what stands there: σ′ elsewhere, z, a bias, an inverse.
_NOT_ON_PAPER = (
    "bp1-with-slope-at-a", "bp2-with-slope-at-a", "bp2-with-bias", "bp2-with-inverse",
    "bp4-with-z-for-activation",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A question with one answer, which is `value`.

    `ask` is the question in words. `asked` is the quantity that it asks for, and `line` the NumPy
    line that computes it in `run`, of which the rows of `given` tell arrays and formulas; without a
    line there is nothing to compute, and `how` says in words why. `slips` are what slips give.
    """

    ask: str
    value: Answer
    slips: tuple[Slipped, ...]
    asked: str = ""
    line: str = ""
    given: Rows = ()
    run: Run | None = None
    how: str = ""

    def judge(self, text: str) -> Judged:
        """Whether an answer is right, as it was typed, and if not as much as is known of it."""
        return judged(text, self.value, self.slips)

    @property
    def is_fair(self) -> bool:
        """Whether its number is not tiny, and no slip gives it too, to two digits."""
        if isinstance(self.value, tuple):
            return True
        near = _APART * abs(self.value)
        apart = (abs(given - self.value) > near for given, _ in self.slips)  # type: ignore[operator]
        return abs(self.value) > _LEAST and all(apart)


def question(notebook: str, seed: int, number: int) -> Question:
    """The question of this number, from 1, of a notebook, as "05"; always the same for a seed."""
    makers = DRILLS[notebook]
    rng = np.random.default_rng([seed, int(notebook), number])
    tried = (makers[(number - 1) % len(makers)](rng) for _ in range(_TRIES))
    return next(made for made in tried if made.is_fair)


# Networks with numbers that can be multiplied on paper


def _one_sample(rng: Rng, *sizes: int, delta: bool = False) -> Run:
    """A pass of one sample, with at most four neurons, which all have slopes of their own.

    With `delta` it is δ of the output that has short numbers, and not the target.
    """
    small = rng.permutation(_SMALL)[: sum(sizes[1:])]
    activations = np.where(rng.integers(2, size=len(small)), small, 1 - small).round(1)
    each = np.split(activations[:, None], np.cumsum(sizes[1:-1]))
    a = [rng.choice(_INPUTS, (sizes[0], 1), replace=False), *each]
    W = [rng.choice(_WEIGHTS, (n, before), replace=False) for before, n in pairwise(sizes)]
    layers = [(w, _logit(after) - w @ before) for w, (before, after) in zip(W, pairwise(a))]
    y = _targets(rng, a[-1]) if delta else rng.choice(_TARGETS, a[-1].shape)
    return run_with((), Network(layers), a[0], y)


def _batch(rng: Rng, m: int) -> Run:
    """A pass of m samples, with short numbers for the activations and for δ of the output."""
    while True:
        a = [rng.choice(_INPUTS, (3, m)), *(rng.choice(_ACTIVATIONS, (n, m)) for n in (3, 2))]
        if all(np.linalg.matrix_rank(before) == m for before in a[:-1]):
            break
    W = [_logit(after) @ np.linalg.pinv(before) for before, after in pairwise(a)]
    net = Network([(w, np.zeros((len(w), 1))) for w in W])
    return run_with((), net, a[0], _targets(rng, a[-1]))


def _logit(a: Array) -> Array:
    z: Array = np.log(a / (1 - a))
    return z


def _targets(rng: Rng, a: Array) -> Array:
    """The targets for which δ of the output has two decimals."""
    y: Array = a - rng.choice(_DELTAS, a.shape, replace=False) / (a * (1 - a))
    return y


def _with_identity(run: Run, l: int) -> Run:
    """The same pass with layer l linear: its δ is what ∂C/∂a was, and so are the slips in it."""
    names = ["sigmoid"] * run.net.L
    names[l - 1] = "identity"
    b = list(run.net.b)
    b[l] = run.a[l] - run.net.W[l] @ run.a[l - 1]
    return run_with((), Network(list(zip(run.net.W[1:], b[1:])), names), run.x, run.y)


# What is asked for, and what slips give for it


def _entry(name: str, l: int, *place: int) -> Reader:
    # Of an array that a slip has made too wide there is no such entry: item() then raises.
    return lambda run: float(getattr(run, name)[l][place].item())


def _shape(name: str, l: int) -> Reader:
    return lambda run: np.shape(getattr(run, name)[l])


def _slips(
    run: Run, rules: str, read: Reader, words: Mapping[str, str] | None = None
) -> Iterator[Slipped]:
    """What each slip in these rules gives, where that is not what is right.

    `words` are other sentences than the slips' own, for a notebook that knows of no BP1.
    """
    right = read(run)
    for slip in SLIPS:
        if slip.rule not in rules.split() or slip.key in _NOT_ON_PAPER:
            continue
        try:
            given = read(run_with((slip,), run.net, run.x, run.y))
        except (ValueError, IndexError):  # its shapes do not fit
            continue
        if np.shape(given) != np.shape(right) or not np.allclose(given, right, 1e-9, 0):
            yield given, slip.says if words is None else words.get(slip.key, "")


def _other_neuron(run: Run, name: str, l: int, j: int) -> Slipped:
    return _entry(name, l, 1 - j)(run), f"neuron {1 - j} is taken. Neurons are counted from 0."


def _asked(
    run: Run,
    read: Reader,
    rules: str,
    words: Mapping[str, str] | None = None,
    others: Sequence[Slipped] = (),
    shown: Run | None = None,
    **told: Any,  # noqa: ANN401
) -> Question:
    """The question for what is read of a pass; `shown` is the pass that is told, if another."""
    slips = (*_slips(run, rules, read, words), *others)
    return Question(value=read(run), slips=slips, run=shown or run, **told)


_OWN = "a neuron comes in with its activation, where its slope σ′ belongs."
_TWICE = "a slope σ′ is in it twice."
_STRAY = "there is a stray 2, which belongs to a cost without the ½."
# For notebooks 02 and 03, where the rules have no names yet. What is not here is not told.
_WORDS = {
    "bp1-without-slope": "σ′ of the output is missing.",
    "bp1-with-activation-for-slope": _OWN,
    "bp1-with-slope-twice": _TWICE,
    "bp1-without-target": "the target is missing. The cost begins with output minus target.",
    "bp1-twice": _STRAY,
    "bp1-half": "there is a stray ½. That of the cost goes when its square is differentiated.",
    "bp1-of-squared-error": "the error is squared. Its slope belongs here, which is no square.",
    "bp1-without-brackets": "brackets are missing. Output minus target comes first.",
    "bp2-without-slope": "σ′ of a hidden neuron is missing.",
    "bp2-with-activation-for-slope": _OWN,
    "bp2-with-slope-twice": _TWICE,
    "bp2-with-slope-of-next-layer": "σ′ of the next neuron stands where its own belongs.",
    "bp2-with-weights-not-transposed": "the indices of the weights have changed places. Those that "
    "start at neuron j have j as their second.",
    "bp2-with-weights-of-own-layer": "the weights lead into the neuron. Those that lead out of it "
    "carry the cost back.",
    "bp2-without-weights": "the weights on the way back are missing.",
    "bp2-without-sum": "one path only is followed. Over the paths, the products add up.",
    "bp2-with-mean-over-neurons": "the mean over the paths is taken. Their products add up.",
    "bp2-twice": _STRAY,
    "bp3-with-slope-again": _TWICE,
    "bp4-with-own-activation": "the activation is the one behind the weight. The one before it "
    "is what the weight multiplies.",
    "bp4-with-input": "the input comes in. The weight multiplies the activation right before it.",
    "bp4-without-activation": "the activation that the weight multiplies is missing.",
    "bp4-transposed": "the indices have changed places. Where the weight ends comes first.",
    "bp4-with-slope-again": _TWICE,
}
# ∂C/∂a is δ of a neuron without σ: no slope of its own belongs there.
_WORDS_OF_ACTIVATION = {
    **_WORDS,
    "bp2-with-activation-for-slope": "",
    "bp2-with-slope-of-sigmoid": "σ′ of the neuron itself is in it, which makes ∂C/∂z of ∂C/∂a.",
}


def _of_activation(run: Run, l: int, j: int, **told: Any) -> Question:  # noqa: ANN401
    """What is asked about ∂C/∂a of a hidden neuron."""
    linear, delta = _with_identity(run, l), _entry("delta", l, j)
    others = [_other_neuron(linear, "delta", l, j)] if run.net.sizes[l] > 1 else []
    return _asked(linear, delta, "BP1 BP2", _WORDS_OF_ACTIVATION, others, shown=run, **told)


# Notebook 02: a chain

_LAYERS = range(1, 4)
_COST = "C = np.sum((a[{}] - y) ** 2) / 2"
_CHAIN: Rows = (
    (_COST.format(3),),
    ("a[0]", *(f"a[{l}]" for l in _LAYERS), "y"),
    tuple(f"W[{l}]" for l in _LAYERS),
    tuple(f"dsigma(z[{l}])" for l in _LAYERS),
)


def _in_chain(rng: Rng, what: str) -> Question:
    run, l = _one_sample(rng, 1, 1, 1, 1), int(rng.integers(2, 4)) - (what == "activation")
    back = f"(a[3] - y){''.join(f' * dsigma(z[{t}]) * W[{t}]' for t in range(3, l, -1))}"
    told: dict[str, Any] = {
        "ask": f"How does the {what} of neuron {l} move the cost?",
        "asked": f"dC_d{'w' if what == 'weight' else what[0]}[{l}]",
        "given": _CHAIN,
    }
    if what == "activation":
        return _of_activation(run, l, 0, line=back, **told)
    line, of_weight = f"{back} * dsigma(z[{l}])", _entry("dW", l, 0, 0)
    if what == "bias":
        others = [(of_weight(run), "the activation comes in. A bias is added as it is.")]
        of_bias = _entry("db", l, 0)
        return _asked(run, of_bias, "BP1 BP2 BP3", _WORDS, others, line=line, **told)
    line += f" * a[{l - 1}]"
    return _asked(run, of_weight, "BP1 BP2 BP4", _WORDS, line=line, **told)


# Notebooks 03 and 05: many neurons, and their deltas

_NETWORK: Rows = ("a[0]", "a[1]", "a[2]"), ("W[1]", "W[2]"), ("dsigma(z[1])", "dsigma(z[2])")
_WITH_TARGET: Rows = ((_COST.format(2),), (*_NETWORK[0], "y"), *_NETWORK[1:])
_WITH_DELTA: Rows = (*_NETWORK, ("delta[2]",))
_INTO_Z = "(a[2] - y)[{0}, 0] * dsigma(z[2][{0}, 0])"
_HIDDEN_DELTA = "sum(delta[2][t, 0] * W[2][t, {0}] for t in range(2)) * dsigma(z[1][{0}, 0])"


def _two(rng: Rng) -> list[int]:
    return [int(i) for i in rng.integers(2, size=2)]


def _of_weight(l: int, j: int, k: int, cost: str = "the cost") -> dict[str, str]:
    start, end = f"neuron {k} of layer {l - 1}", f"neuron {j} of layer {l}"
    ask = f"How does the weight from {start} to {end} move {cost}?"
    return {"ask": ask, "asked": f"dC_dw[{l}][{j}, {k}]"}


def _last_weight(rng: Rng) -> Question:
    run, (j, k) = _one_sample(rng, 2, 2, 2), _two(rng)
    line = f"{_INTO_Z.format(j)} * a[1][{k}, 0]"
    told: dict[str, Any] = {"line": line, "given": _WITH_TARGET, **_of_weight(2, j, k)}
    return _asked(run, _entry("dW", 2, j, k), "BP1 BP4", _WORDS, **told)


def _hidden_activation(rng: Rng) -> Question:
    run, (j, _) = _one_sample(rng, 2, 2, 2), _two(rng)
    return _of_activation(
        run, 1, j,
        ask=f"How does the activation of neuron {j} of layer 1 move the cost?",
        asked=f"dC_da[1][{j}, 0]",
        line=f"sum({_INTO_Z.format('t')} * W[2][t, {j}] for t in range(2))",
        given=_WITH_TARGET,
    )  # fmt: skip


def _delta(rng: Rng, l: int) -> Question:
    run, (j, _) = _one_sample(rng, 2, 2, 2, delta=l == 1), _two(rng)
    return _asked(
        run, _entry("delta", l, j), "BP1" if l == 2 else "BP2",
        others=[_other_neuron(run, "delta", l, j)],
        ask=f"What is δ of neuron {j} of layer {l}?",
        asked=f"delta[{l}][{j}, 0]",
        line=(_INTO_Z if l == 2 else _HIDDEN_DELTA).format(j),
        given=_WITH_TARGET if l == 2 else _WITH_DELTA,
    )  # fmt: skip


def _weight_from_delta(rng: Rng) -> Question:
    run, (j, k), l = _one_sample(rng, 2, 2, 2, delta=True), _two(rng), int(rng.integers(1, 3))
    delta = f"delta[2][{j}, 0]" if l == 2 else _HIDDEN_DELTA.format(j)
    told: dict[str, Any] = {
        "line": f"{delta} * a[{l - 1}][{k}, 0]",
        "given": _WITH_DELTA,
        **_of_weight(l, j, k),
    }
    return _asked(run, _entry("dW", l, j, k), "BP4" if l == 2 else "BP2 BP4", **told)


# Notebook 06: batches


def _shape_of_array(rng: Rng) -> Question:
    n0, n1, n2, m = (int(n) for n in rng.permutation(np.arange(2, 7))[:4])
    l, name = int(rng.integers(1, 3)), str(rng.choice(["delta", "dW", "db"]))
    line = {
        "delta": "(a[2] - y) * dsigma(z[2])" if l == 2 else "(W[2].T @ delta[2]) * dsigma(z[1])",
        "dW": f"delta[{l}] @ a[{l - 1}].T / m",
        "db": f"np.sum(delta[{l}], axis=1, keepdims=True) / m",
    }[name]
    run = run_with((), Network.random([n0, n1, n2], seed=0), np.ones((n0, m)), np.ones((n2, m)))
    rule = {"delta": "", "dW": "BP4", "db": "BP3"}[name]
    ask = f"Layers of {n0}, {n1} and {n2} neurons, a batch of {m} samples: which shape has this?"
    return _asked(run, _shape(name, l), rule, ask=ask, asked=f"{name}[{l}]", line=line)


def _mean_over_batch(rng: Rng, name: str) -> Question:
    m = int(rng.integers(2, 4))
    run, (j, k), is_bias = _batch(rng, m), _two(rng), name == "db"
    cost = f"the cost, which is the mean over {m} samples"
    factor = "" if is_bias else f" * a[1][{k}, i]"
    told: dict[str, Any] = {
        **_of_weight(2, j, k, cost),
        "line": f"sum(delta[2][{j}, i]{factor} for i in range({m})) / m",
        "given": (*_NETWORK[:1], ("dsigma(z[2])", "delta[2]")),
    }
    if not is_bias:
        return _asked(run, _entry(name, 2, j, k), "BP4", **told)
    told |= {
        "ask": f"How does the bias of neuron {j} of layer 2 move {cost}?",
        "asked": f"dC_db[2][{j}, 0]",
    }
    others = [_other_neuron(run, name, 2, j)]
    return _asked(run, _entry(name, 2, j), "BP3", others=others, **told)


def _divided_by_m(rng: Rng) -> Question:
    """Where a 1/m too many stands, or one too few, in somebody's ∂C/∂W of layer l."""
    m, l = int(rng.choice([3, 4, 8])), int(rng.integers(1, 3))
    deltas, last = _WAYS[int(rng.integers(len(_WAYS)))]
    seen = min(deltas, 3 - l) + (last == "mean")  # δ⁽¹⁾ does not come into layer 2
    value = float(m) ** (seen - 1)
    slips = [(1 / value, "the number is turned over. It is theirs that is to be multiplied.")]
    if seen:
        slips += [
            (m * value, "every division is undone. One of them is right."),
            (value / m, "one division is overlooked. What comes from it is divided too."),
        ]
    return Question(
        f"With a batch of m = {m} somebody {_DIVIDED[deltas]}, and takes the {last} over the "
        f"samples in BP4. By which number must their ∂C/∂W⁽{'⁰¹²'[l]}⁾ be multiplied to be right?",
        value, tuple(slip for slip in slips if slip[0] != value),
        how=f"Theirs is divided by m {_TIMES[seen].format(m, m * m)}.",
    )  # fmt: skip


_WAYS = ((0, "sum"), (1, "sum"), (1, "mean"), (2, "sum"), (2, "mean"))
_DIVIDED = (
    "divides neither δ⁽²⁾ nor δ⁽¹⁾ by m",
    "divides δ⁽²⁾ by m, computes δ⁽¹⁾ from that",
    "divides δ⁽²⁾ by m, computes δ⁽¹⁾ from that, divides δ⁽¹⁾ by m too",
)
_TIMES = (
    "nowhere, and once is right: the missing 1/m is 1/{}",
    "once, as it should be: the number is 1",
    "twice, and once is right: one m is to be undone, which is {}",
    "three times, and once is right: two m are to be undone, which is m² = {1}",
)

DRILLS: Mapping[str, tuple[Callable[[Rng], Question], ...]] = MappingProxyType(
    {
        "02": tuple(partial(_in_chain, what=what) for what in ("weight", "bias", "activation")),
        "03": (_last_weight, _hidden_activation),
        "05": (partial(_delta, l=2), partial(_delta, l=1), _weight_from_delta),
        "06": (
            _shape_of_array,
            partial(_mean_over_batch, name="db"),
            partial(_mean_over_batch, name="dW"),
            _divided_by_m,
        ),
    }
)
