"""Every tagged equation of the notebooks is read from its own LaTeX, and both sides are computed.

A check says in which worlds an equation is read, and so what its letters mean there: `@read_in`
compares its sides, `@approached_in` compares them while a nudge shrinks, and `@read_by` hands the
equation to a function that knows what to do with it. Where the LaTeX says in words what is meant,
a check stands under `@transcribed(tag, latex=...)`, with the LaTeX of the notebook beside it, so
that neither can change without the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from conftest import committed_notebooks
from shown import (
    Digits,
    Misfit,
    Node,
    State,
    Symbol,
    World,
    approaches,
    evaluate,
    holds,
    read_latex,
    sides,
)
from sourced import holds_in, in_letters_of, world_of

from bp_helpers import (
    Network,
    backpropagate,
    check_gradient,
    cost,
    depth,
    examples,
    functions,
    measure,
    numerical_gradient,
    train,
    update,
)
from bp_helpers.backprop import Gradients
from bp_helpers.texts.sources import SOURCES

_DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_TAG = re.compile(r"\\tag\{([^}]*)\}")
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


class Tagged(NamedTuple):
    """A tagged equation, as it stands in a notebook."""

    tag: str
    latex: str


@dataclass(frozen=True)
class Check:
    """How an equation is checked, and its LaTeX where that is not read."""

    tag: str
    run: Callable[[Node], None]
    latex: str | None = None


CHECKS: list[Check] = []


def normalised(latex: str) -> str:
    """`latex` without its tag, and with single spaces, where spaces mean nothing."""
    return " ".join(_TAG.sub(" ", latex).split())


def equations_in(markdown: str) -> list[Tagged]:
    """Every tagged equation in the display maths of a markdown text; code is no maths."""
    return [
        Tagged(tag, normalised(latex))
        for latex in _DISPLAY.findall(_FENCED.sub("", markdown))
        for tag in _TAG.findall(latex)
    ]


def untagged(markdown: str) -> list[str]:
    """Every display equation that has no tag, or more than one."""
    found = _DISPLAY.findall(_FENCED.sub("", markdown))
    return [normalised(latex) for latex in found if len(_TAG.findall(latex)) != 1]


def equations_of_notebook(notebook: dict) -> list[Tagged]:
    """Every tagged equation of a notebook."""
    texts = ("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    return [found for text in texts for found in equations_in(text)]


@cache
def written() -> dict[str, str]:
    """The LaTeX of every tagged equation of the notebooks."""
    notebooks = (json.loads(path.read_text(encoding="utf-8")) for path in committed_notebooks())
    return {tag: latex for notebook in notebooks for tag, latex in equations_of_notebook(notebook)}


def disagreements(written: Iterable[Tagged], checks: Iterable[Check]) -> list[str]:
    """What keeps the equations of the notebooks and the checks from belonging together."""
    written, checks = list(written), list(checks)
    problems = []
    for where, tags in (
        ("the notebooks", [tag for tag, _ in written]),
        ("the checks", [check.tag for check in checks]),
    ):
        twice = sorted({tag for tag in tags if tags.count(tag) > 1})
        problems += [f"({tag}) stands more than once in {where}" for tag in twice]
    in_notebook = dict(written)
    in_check = {check.tag: check.latex for check in checks}
    problems += [f"({tag}) has no check" for tag in in_notebook if tag not in in_check]
    problems += [f"({tag}) is checked, but in no notebook" for tag in in_check - in_notebook.keys()]
    problems += [
        f"({tag}) reads {in_notebook[tag]!r} in the notebook and {latex!r} at its check"
        for tag, latex in in_check.items()
        if latex is not None and in_notebook.get(tag, latex) != latex
    ]
    return problems


# How a check is registered.

Worlds = Callable[[], Iterable[World]]
WorldsFor = Callable[[float], Iterable[World]]


def read_in(*tags: str, rtol: float = 1e-11) -> Callable[[Worlds], Worlds]:
    """Register the function that gives the worlds in which both sides of `tags` are equal."""

    def register(worlds: Worlds) -> Worlds:
        worlds = cache(worlds)

        def check(equation: Node) -> None:
            for world in worlds():
                holds(equation, world, rtol)

        CHECKS.extend(Check(tag, check) for tag in tags)
        return worlds

    return register


def approached_in(order: int, *tags: str) -> Callable[[WorldsFor], WorldsFor]:
    """Register the function from a nudge to worlds in which it moves both sides of `tags` apart.

    From one nudge to the next the gap shrinks as nudge**order.
    """
    steps = (1e-2, 1e-3) if order < 3 else (1e-1, 3e-2)

    def register(worlds: WorldsFor) -> WorldsFor:
        worlds = cache(worlds)

        def check(equation: Node) -> None:
            for pair in zip(*(worlds(step) for step in steps)):
                approaches(equation, dict(zip(steps, pair)).__getitem__, order, steps)

        CHECKS.extend(Check(tag, check) for tag in tags)
        return worlds

    return register


def read_by(tag: str) -> Callable[[Callable[[Node], None]], Callable[[Node], None]]:
    """Register the function that takes the equation `tag` and checks it."""

    def register(check: Callable[[Node], None]) -> Callable[[Node], None]:
        CHECKS.append(Check(tag, check))
        return check

    return register


def transcribed(tag: str, latex: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a check that does not read the equation, with the notebook's `latex`."""

    def register(check: Callable[[], None]) -> Callable[[], None]:
        CHECKS.append(Check(tag, lambda equation: check(), normalised(latex)))
        return check

    return register


# On what the equations are checked.

Case = tuple[Network, np.ndarray, np.ndarray]


def drawn(sizes: tuple[int, ...], m: int, seed: int, activation: object = "sigmoid") -> Case:
    """A network with samples and targets, all drawn by chance."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((sizes[0], m)), rng.uniform(0, 1, (sizes[-1], m))
    return Network.random(sizes, activation, seed=seed), x, y


@cache
def networks() -> dict[str, Case]:
    """On what a general equation is checked: the running example, and networks drawn by chance."""
    return {
        "small": examples.small_network(),
        "chain": examples.chain(),
        "batch": examples.batch(),
        "4-3-5-2, m = 1": drawn((4, 3, 5, 2), 1, 0),
        "2-6-3, m = 7": drawn((2, 6, 3), 7, 1),
        "1-2-2-2-1, m = 3": drawn((1, 2, 2, 2, 1), 3, 2),
        "3-2-4-3, m = 2": drawn((3, 2, 4, 3), 2, 3, ("tanh", "sigmoid", "tanh")),
    }


def one_sample(case: Case) -> Case:
    """The network with its first sample alone."""
    net, x, y = case
    return net, x[:, :1], y[:, :1]


def each_weight(world: World) -> list[World]:
    """The world once for each weight, which is then what a lone w means."""
    W = world.state.net.W
    return [
        replace(world, weight=(l, *place))
        for l in range(1, len(W))
        for place in np.ndindex(W[l].shape)
    ]


def nudged(net: Network, l: int, place: tuple[int, int], nudge: float) -> Network:
    """`net` with one weight moved."""
    W = list(net.W)
    W[l] = W[l].copy()
    W[l][place] += nudge
    return net.replace(W, net.b)


# In which worlds the equations are read.


@read_in(
    "00.1", "03.1", "03.2", "03.3", "03.4", "03.5", "03.9", "05.3", "05.5", "05.6", "05.7",
)  # fmt: skip
def worlds_of_one_sample() -> list[World]:
    return [World.of(*one_sample(case)) for case in networks().values()]


@read_in("04.1", "04.3", "04.4", "04.5", "04.6", "04.7", "04.8")
def worlds_where_every_index_counts_neurons() -> list[World]:
    return [replace(world, counting="", layer=1) for world in worlds_of_one_sample()]


@read_in("04.2")
def worlds_of_three_layers() -> list[World]:
    return [w for w in worlds_where_every_index_counts_neurons() if w.state.net.L >= 3]


@read_in("00.3", "03.12")
def worlds_of_two_layers() -> list[World]:
    return [world for world in worlds_of_one_sample() if world.state.net.L == 2]


@read_in(
    "05.2", "05.4",
    "06.1", "06.2", "06.3", "06.4", "06.5", "06.6", "06.7", "06.8", "06.9",
)  # fmt: skip
def worlds_of_batches() -> list[World]:
    return [World.of(*case) for case in networks().values()]


@read_in("05.1")
def worlds_of_the_package() -> list[World]:
    """Here δ is not measured: it is what the backward pass gives."""
    found = []
    for world, case in zip(worlds_of_one_sample(), networks().values()):
        state = world.state
        given = {**state.layers, "δ": backpropagate(*one_sample(case)).delta}
        found.append(replace(world, state=State(state.net, state.y, given)))
    return found


@read_in("00.2", "01.6", "02.9")
def worlds_of_a_number_z() -> list[World]:
    world = World.of(*examples.small_network())
    return [world.bind(z=z) for z in np.linspace(-8, 8, 33)]


@approached_in(1, "01.5")
def worlds_of_a_number_z_and_a_step(h: float) -> list[World]:
    return [world.bind(h=h) for world in worlds_of_a_number_z()]


@read_in(
    "01.1", "01.2", "01.3", "01.4", "01.7", "01.8", "01.9", "01.10", "01.11", "01.12", "01.13",
    "01.14", "01.15",
)  # fmt: skip
def worlds_of_one_neuron() -> list[World]:
    """One neuron before and after a nudge of its weight."""
    found = []
    for net, x, y in (examples.one_neuron(), *(drawn((1, 1), 1, seed) for seed in range(5))):
        for nudge in (1.0, 0.1, -0.5):
            after = State.of(nudged(net, 1, (0, 0), nudge), x, y)
            found.append(World.of(net, x, y, plain=True, layer=1, after=after))
    return found


@read_in(
    "02.1", "02.2", "02.3", "02.4", "02.5", "02.6", "02.7", "02.8", "02.10", "02.11", "02.12",
    "02.13", "02.14", "02.15",
)  # fmt: skip
def worlds_of_a_chain() -> list[World]:
    """Chains of three neurons, once for each weight that a lone w can mean."""
    cases = (examples.chain(), *(drawn((1, 1, 1, 1), 1, seed) for seed in range(3)))
    return [each for case in cases for each in each_weight(World.of(*case, plain=True))]


@read_in("02.16")
def worlds_of_many_lengths() -> list[World]:
    world = World.of(*examples.chain())
    return [world.bind(L=L) for L in (1, 2, 3, 10, 100)]


@read_in("03.11")
def worlds_where_paths_are_listed() -> list[World]:
    def listed(sizes: tuple[int, ...], l: float) -> int:
        return len(list(product(*map(range, sizes[int(l) + 1 :]))))

    return [
        world.bind(**{"paths from a weight of layer": partial(listed, world.state.net.sizes)})
        for world in worlds_of_one_sample()
    ]


@read_in("00.5", "05.8")
def worlds_before_and_after_a_step() -> list[World]:
    found = []
    for net, x, y in networks().values():
        stepped = update(net, backpropagate(net, x, y), eta=0.3)
        world = World.of(net, x, y, after=State.of(stepped, x, y))
        found += each_weight(world.bind(η=0.3))
    return found


@read_in("08.2")
def worlds_before_and_after_a_mini_batch() -> list[World]:
    B, found = [0, 2, 3], []
    for net, x, y in networks().values():
        if y.shape[1] > max(B):
            stepped = update(net, backpropagate(net, x[:, B], y[:, B]), eta=0.5)
            world = World.of(net, x, y, after=State.of(stepped, x, y))
            found.append(world.bind(B=B, m=len(B), η=0.5))
    return found


@approached_in(2, "00.4")
def worlds_of_a_nudged_weight(nudge: float) -> list[World]:
    found = []
    for (net, x, y), world in zip(networks().values(), worlds_of_batches()):
        for each in each_weight(world):
            l, *place = each.weight
            moved = nudged(net, l, tuple(place), nudge)
            after = State.of(moved, x, y)
            found.append(replace(each, after=after))
    return found


@approached_in(2, "03.6")
def worlds_of_a_nudged_neuron(nudge: float) -> list[World]:
    """One neuron of each hidden layer moves, with all that comes of it."""
    found = []
    for world in worlds_of_one_sample():
        for l in range(1, world.state.net.L):
            j = world.state.net.sizes[l] - 1
            after = world.state.moved("a", l, j, nudge)
            found.append(replace(world, after=after).bind(l=l, j=j))
    return found


def moved_together(nudge: float, layers: Callable[[int], Iterable[int]]) -> list[World]:
    """All neurons of a layer move at once, by different nudges; l is the layer before it."""
    found = []
    for world in worlds_of_one_sample():
        for moving in layers(world.state.net.L):
            after = world.state
            for j, push in enumerate(np.linspace(1, -0.6, after.net.sizes[moving])):
                after = after.moved("a", moving, j, push * nudge)
            found.append(replace(world, after=after).bind(l=moving - 1))
    return found


@read_in("03.7")
def worlds_of_nudged_outputs() -> list[World]:
    return moved_together(0.3, lambda L: [L])


@approached_in(2, "03.8")
def worlds_of_a_nudged_layer(nudge: float) -> list[World]:
    return moved_together(nudge, lambda L: range(1, L + 1))


@read_in("03.10")
def worlds_of_a_pushed_layer() -> list[World]:
    """Here l is the layer that moves."""
    worlds = moved_together(0.3, lambda L: range(1, L))
    return [world.bind(l=world.names["l"] + 1) for world in worlds]


def worlds_of_a_weight_and_a_step(h: float) -> list[World]:
    """Each weight of the running network; i is the imaginary unit here."""
    world = World.of(*examples.small_network()).bind(h=h, i=1j)
    return each_weight(world)


approached_in(2, "07.1", "07.2", "07.7")(worlds_of_a_weight_and_a_step)
approached_in(4, "07.3", "07.6")(worlds_of_a_weight_and_a_step)

_ROUNDING = 1.1e-16


@read_by("07.4")
def check_error_of_the_central_difference(equation: Node) -> None:
    # An estimate: while rounding does not count it is right, and over all h the measured error
    # stays below it but for a small factor, and comes near it on both sides of the V.
    _, quotient = sides(read_latex(written()["07.1"]))
    ratios = []
    for h in 10.0 ** -np.arange(1, 13):
        world = worlds_of_a_weight_and_a_step(h)[0].bind(ε=_ROUNDING)
        exact = evaluate(read_latex(r"\frac{\partial C}{\partial w}"), world)
        error = abs(evaluate(quotient, world) - exact)
        left, right = (
            evaluate(side, world.bind(error={h: error}.__getitem__)) for side in sides(equation)
        )
        ratios.append(left / right)
    assert ratios[1:3] == pytest.approx([1, 1], rel=1e-2)
    assert max(ratios) < 8
    assert min(ratios[:4]) > 0.5
    assert max(ratios[6:]) > 0.05


@read_in("07.5", rtol=1e-3)
def worlds_where_the_best_step_is_known() -> list[World]:
    """The h for which the right-hand side of (07.4) is smallest, found by narrowing it down."""
    _, estimate = sides(read_latex(written()["07.4"]))
    world = worlds_of_a_weight_and_a_step(1)[0].bind(ε=_ROUNDING)
    low, high = 1e-8, 1e-2
    for _ in range(50):
        third = (high / low) ** (1 / 3)
        left, right = (evaluate(estimate, world.bind(h=h)) for h in (low * third, high / third))
        low, high = (low, high / third) if left < right else (low * third, high)
    assert 1e-6 < low < 1e-4
    return [world.bind(h_best=low)]


@read_in("07.8")
def worlds_of_a_wrong_gradient() -> list[World]:
    found = []
    for world, (net, x, y) in zip(worlds_of_batches(), networks().values()):
        right, measured = backpropagate(net, x, y), numerical_gradient(net, x, y)
        wrong = Gradients(right.delta, (None, *(-3 * W for W in right.W[1:])), right.b)
        rows = {row.name: row.error for row in check_gradient(net, x, y, wrong).rows}
        for l in range(1, net.L + 1):
            arrays = {"given": wrong.W[l], "measured": measured.W[l]}
            found.append(world.bind(error=rows[f"W[{l}]"], **arrays))
    return found


@read_in("07.9")
def worlds_where_forward_passes_are_counted() -> list[World]:
    found = []
    for world, (net, x, y) in zip(worlds_of_batches(), networks().values()):
        passes, costs = 0, measure._costs
        with pytest.MonkeyPatch.context() as patch:

            def counted(net: Network, l: int, z: np.ndarray, y_: np.ndarray) -> np.ndarray:
                nonlocal passes
                passes += z.shape[1] // y.shape[1]  # each has its columns beside those of others
                return costs(net, l, z, y_)

            patch.setattr(measure, "_costs", counted)
            numerical_gradient(net, x, y, method="central")
        parameters = sum(W.size + b.size for W, b in zip(net.W[1:], net.b[1:]))
        found.append(world.bind(P=parameters, **{"forward passes": passes}))
    return found


@read_in("08.1")
def worlds_where_parameters_are_counted() -> list[World]:
    found = []
    for sizes in ((784, 30, 10), (784, 16, 16, 10), (2, 3, 2)):
        net, x, y = drawn(sizes, 1, 0)
        counted = sum(W.size + b.size for W, b in zip(net.W[1:], net.b[1:]))
        found.append(World.of(net, x, y).bind(**{"number of parameters": counted}))
    return found


@read_by("08.3")
def check_size_of_delta(equation: Node) -> None:
    # With a tiny step size the network stands still during the epoch, so both sides see the same.
    net, x, y = examples.batch()
    history = train(net, (x, y), epochs=1, batch_size=3, eta=1e-12, seed=0, progress=False)
    left, right = sides(equation)
    for l in (1, 2):
        world = World.of(net, x, y).bind(l=l)
        for side in (left, right):
            assert evaluate(side, world) == pytest.approx(history.delta_size[l][0], rel=1e-9)


# What has to be said in other words.


@transcribed(
    "03.13",
    r"\frac{\partial C}{\partial w^{(1)}_{jk}} \text{ stands at place } j \, n_0 + k",
)
def check_03_13() -> None:
    for n in ((7, 5, 3), (2, 3, 2)):
        net = Network.random(n, seed=0)
        x, y = np.ones((n[0], 1)), np.zeros((n[-1], 1))
        measured, nabla = numerical_gradient(net, x, y).W[1], backpropagate(net, x, y).W[1].ravel()
        for j, k in np.ndindex(measured.shape):
            np.testing.assert_allclose(nabla[j * n[0] + k], measured[j, k], rtol=1e-11)


@transcribed("04.9", r"p \cdot q \cdot r \text{ multiplications}")
def check_04_9() -> None:
    class Counted(float):
        """A number that counts how often it is multiplied."""

        times = 0

        def __mul__(self, other: float) -> float:
            Counted.times += 1
            return float(self) * other

    for p, q, r in ((1, 16, 5), (2, 3, 4)):
        Counted.times = 0
        left = np.array([[Counted(i + k) for k in range(q)] for i in range(p)], dtype=object)
        right = np.arange(q * r, dtype=float).reshape(q, r).astype(object)
        assert (left @ right).shape == (p, r)
        assert Counted.times == p * q * r


# Notebook 09.


read_in("09.1")(worlds_of_a_chain)
read_in("09.2", "09.3", "09.4", "09.6", "09.10")(worlds_of_one_sample)
read_in("09.5", "09.7", "09.8", "09.9")(worlds_of_batches)


# Notebook 10.


def read_as(
    key: str, tag: str, names: Iterable[str] = ("small", "batch", "4-3-5-2, m = 1")
) -> None:
    """Register the check that reads an equation in the letters, numbers and shapes of a text."""
    s = SOURCES[key]

    def check(equation: Node) -> None:
        for name in names:
            net, x, y = networks()[name]
            if s.form == "entries" or (key == "bishop" and tag == "10.13"):
                net, x, y = one_sample((net, x, y))
            holds_in(s, in_letters_of(s, equation), world_of(s, net, x, y))

    CHECKS.append(Check(tag, check))


read_as("nielsen", "10.1")
read_as("prince", "10.2")
read_as("prince", "10.3")
read_as("d2l", "10.5")
read_as("d2l", "10.6")
read_as("ng", "10.10")
read_as("bishop", "10.13")


@read_in("10.4", "10.11")
def worlds_of_one_sample_again() -> list[World]:
    return worlds_of_one_sample()


@read_in("10.7")
def worlds_of_the_mean_over_all_entries() -> list[World]:
    mean = (Network(list(zip(net.W[1:], net.b[1:])), cost="mean_squared")
            for net, _, _ in networks().values())  # fmt: skip
    return [World.of(net, x, y) for net, (_, x, y) in zip(mean, networks().values())]


@read_by("10.8")
def check_output_of_the_mean_over_all_entries(equation: Node) -> None:
    s = replace(SOURCES["series"], cost="mean_squared", average="first", delta="")
    for name in ("batch", "2-6-3, m = 7", "1-2-2-2-1, m = 3"):
        world = world_of(s, *networks()[name])
        holds_in(s, in_letters_of(s, equation), world)


@read_in("10.9")
def worlds_of_a_cost_with_a_factor() -> list[World]:
    worlds = [each for world in worlds_of_batches()[:3] for each in each_weight(world)]
    return [world.bind(c=c) for world in worlds for c in (2.0, -0.3)]


@read_by("10.12")
def check_biases_as_a_column(equation: Node) -> None:
    s = SOURCES["bishop"]
    for name in ("small", "batch", "4-3-5-2, m = 1"):
        world = world_of(s, *networks()[name])
        with_ones = {**world.arrays, "z": world.arrays["zones"]}
        holds_in(s, in_letters_of(s, equation), replace(world, arrays=with_ones))


@read_by("10.14")
def check_a_linear_layer(equation: Node) -> None:
    for world, (net, x, _) in zip(worlds_of_batches(), networks().values()):
        for l in range(1, net.L + 1):
            a, z = world.state.layers["a"][l - 1], world.state.layers["z"][l]
            b = np.tile(net.b[l].T, (x.shape[1], 1))
            assert holds(equation, world.bind(x=a.T, A=net.W[l], b=b, y=z.T)) == 1


# Notebook 11.


@read_in("11.1", "11.2", "11.3")
def worlds_of_one_neuron_with_cross_entropy() -> list[World]:
    found = []
    for seed in range(5):
        net, x, y = drawn((1, 1), 1, seed)
        net = Network([(net.W[1], net.b[1])], cost="binary_cross_entropy")
        found.append(World.of(net, x, y, plain=True, layer=1))
    return found


@read_in("11.4", "11.5", "11.6", "11.7")
def worlds_of_softmax() -> list[World]:
    found = []
    for seed, sizes in enumerate(((2, 3, 4), (3, 5), (2, 2, 3, 2))):
        L = len(sizes) - 1
        net = Network.random(sizes, ["tanh"] * (L - 1) + ["softmax"], "cross_entropy", seed)
        x, y = np.random.default_rng(seed).random((sizes[0], 1)), drawn(sizes, 1, seed)[2]
        found.append(World.of(net, x, y / y.sum()))
    return found


@read_in("11.8", "11.9")
def worlds_of_a_number_z_for_relu() -> list[World]:
    """Here relu is that of the package."""
    return [world.bind(relu=functions.relu) for world in worlds_of_a_number_z()]


@read_in("11.10")
def worlds_of_long_chains() -> list[World]:
    found = []
    for L in (2, 3, 6):
        net, x, y = drawn((1,) * (L + 1), 1, L)
        found.append(World.of(net, x, y, plain=True))
    return found


@read_in("11.11")
def worlds_where_sizes_of_delta_are_known() -> list[World]:
    """Here rms is the function of the package, and δ is measured."""
    return [world.bind(rms=depth.rms) for world in worlds_of_batches()]


@read_in("11.12", rtol=0.12)
def worlds_of_wide_layers() -> list[World]:
    """Each layer: widths differ, so that none can stand for another.

    The targets are so large that δ of the output, a − y, knows next to nothing of the weights.
    """
    found = []
    for seed, (sigma, init) in enumerate((("sigmoid", "nielsen"), ("tanh", "he"), ("relu", "he"))):
        widths = (50, 400, 130, 300, 90, 200)
        names = [sigma] * (len(widths) - 2) + ["identity"]
        net = Network.random(widths, names, seed=seed, init=init)
        rng = np.random.default_rng(seed)
        x, y = rng.standard_normal((50, 40)), 100 * rng.standard_normal((200, 40))
        world = World.of(net, x, y)
        given = {**world.state.layers, "δ": backpropagate(net, x, y).delta}
        world = replace(world, state=State(net, y, given)).bind(rms=depth.rms)
        found += [world.bind(l=l) for l in range(1, net.L)]
    return found


def worlds_of_a_start(init: str) -> list[World]:
    """Networks whose weights are drawn so, of layers whose widths differ."""
    net = Network.random((300, 90, 200, 400), init=init, seed=0)
    return [World.of(net, np.ones((300, 1)), np.ones((400, 1))).bind(rms=depth.rms)]


read_in("11.13", rtol=0.03)(partial(worlds_of_a_start, "he"))
read_in("11.14", rtol=0.03)(partial(worlds_of_a_start, "glorot"))


# Notebook 12.


@dataclass(frozen=True)
class Made(Digits):
    """A world of arrays by their letters: some are given, the others made of those before them.

    `pushed` is a letter, a place in its array, and by how much that entry is pushed.
    """

    arrays: Mapping[str, object]
    names: Mapping[str, object] = field(default_factory=dict)
    pushed: tuple[str, int, complex] | None = None

    def values(self) -> dict[str, np.ndarray]:
        """Every array, where what comes after a push has felt it."""
        found: dict[str, np.ndarray] = {}
        for letter, array in self.arrays.items():
            found[letter] = np.array(array(found) if callable(array) else array)
            if self.pushed and self.pushed[0] == letter:
                found[letter] = found[letter].astype(complex)
                found[letter].flat[self.pushed[1]] += self.pushed[2]
        return found

    def bind(self, **names: object) -> Made:
        """This world with more names."""
        return replace(self, names={**self.names, **names})

    def array(self, symbol: Symbol) -> np.ndarray:
        """The array that a letter stands for; raises Misfit where there is none."""
        values = self.values()
        if symbol.letter not in values:
            raise Misfit(f"{symbol.letter} stands for nothing here")
        return values[symbol.letter]

    def picked(self, symbol: Symbol, array: np.ndarray) -> np.ndarray:
        """The whole array, or an entry of it; of a column one index is enough."""
        place = [int(evaluate(index, self)) for index in symbol.indices]
        assert len(place) in (0, array.ndim) or array.shape[1] == 1
        return array[(*place, 0)[: array.ndim]] if place else array

    def meaning(self, symbol: Symbol) -> object:
        """The array or the number that a symbol stands for."""
        known = symbol.bare and symbol.letter in self.names
        value = self.names[symbol.letter] if known else self.array(symbol)
        return self.picked(symbol, np.array(value))

    def spots(self, symbol: Symbol) -> tuple[tuple[str, str], np.ndarray]:
        """The array of a symbol, and where in it the entries of the symbol stand."""
        array = self.array(symbol)
        places = np.arange(array.size).reshape(array.shape)
        return ("W", symbol.letter), np.array(self.picked(symbol, places))

    def slope(self, top: Node, array: tuple[str, str], place: int) -> object:
        """How fast `top` answers a push on one entry of an array."""
        return np.imag(evaluate(top, replace(self, pushed=(array[1], place, 1e-20j)))) / 1e-20

    def sizes(self, symbol: Symbol) -> dict[str, int]:
        """How many values each index of a symbol has that has none yet."""
        lengths = self.array(symbol).shape if symbol.indices else ()
        letters = [getattr(index, "letter", "") for index in symbol.indices]
        return {v: n for v, n in zip(letters, lengths) if v and v not in self.names}


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def _some_cost(weights: np.ndarray, letter: str) -> Callable[[dict], object]:
    """A cost that is no more than a number which every entry of an array moves in its own way."""
    return lambda made: (weights * np.sin(made[letter])).sum()


def random_arrays(seed: int, **shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {letter: rng.standard_normal(shape) for letter, shape in shapes.items()}


read_in("12.1")(worlds_of_one_sample)
read_in("12.9")(worlds_of_batches)


@read_in("12.11")
def worlds_before_the_last_layer() -> list[World]:
    return [w.bind(l=l) for w in worlds_of_one_sample() for l in range(w.state.net.L)]


@read_in("12.2", "12.3", "12.7")
def worlds_of_a_product() -> list[Made]:
    found = []
    for seed, (n, k, m) in enumerate(((3, 2, 4), (1, 5, 2), (4, 4, 4))):
        given = random_arrays(seed, A=(n, k), B=(k, m), R=(n, m))
        cost = _some_cost(given["R"], "P")
        found.append(Made({**given, "P": lambda made: made["A"] @ made["B"], "C": cost}))
    return found


@read_in("12.4")
def worlds_of_a_repeated_column() -> list[Made]:
    found = []
    for seed, (n, m) in enumerate(((3, 4), (2, 1), (1, 5))):
        given = random_arrays(seed, A=(n, m), b=(n, 1), R=(n, m))
        cost = _some_cost(given["R"], "S")
        found.append(Made({**given, "S": lambda made: made["A"] + made["b"], "C": cost}))
    return found


@read_in("12.5")
def worlds_of_a_function() -> list[Made]:
    found = []
    for seed, (n, m) in enumerate(((3, 4), (2, 1), (1, 5))):
        given = random_arrays(seed, z=(n, m), R=(n, m))
        cost = _some_cost(given["R"], "a")
        found.append(Made({**given, "a": lambda made: _sigmoid(made["z"]), "C": cost}))
    return found


@read_in("12.6")
def worlds_of_the_mean_cost() -> list[Made]:
    found = []
    for seed, (n, m) in enumerate(((3, 4), (2, 1), (1, 5))):
        given = random_arrays(seed, a=(n, m), y=(n, m))
        cost = partial(lambda m, made: ((made["a"] - made["y"]) ** 2).sum() / (2 * m), m)
        found.append(Made({**given, "C": cost}, {"m": m}))
    return found


@read_in("12.8")
def worlds_of_a_value_used_often() -> list[Made]:
    def several(made: dict) -> np.ndarray:
        u = made["u"]
        return np.array([u**2, np.sin(u), 3 * u, u]).reshape(-1, 1)

    found = []
    for seed in range(3):
        given = random_arrays(seed, u=(), R=(4, 1))
        found.append(Made({**given, "v": several, "C": _some_cost(given["R"], "v")}))
    return found


@read_in("12.10")
def worlds_of_a_shared_weight() -> list[Made]:
    made = {
        "z": lambda made: made["W"] @ made["x"],
        "a": lambda made: _sigmoid(made["z"]),
        "P": lambda made: made["W"] @ made["a"],
    }
    found = []
    for seed, (n, m) in enumerate(((2, 4), (3, 1), (4, 4))):
        given = random_arrays(seed, W=(n, n), x=(n, m), R=(n, m))
        found.append(Made({**given, **made, "C": _some_cost(given["R"], "P")}))
    return found


# What runs them.


def test_every_equation_has_one_check() -> None:
    found = []
    for path in committed_notebooks():
        tagged = equations_of_notebook(json.loads(path.read_text(encoding="utf-8")))
        number = path.stem[:2]
        assert all(re.fullmatch(rf"{number}\.\d+", tag) for tag, _ in tagged), path.stem
        found += tagged
    problems = disagreements(found, CHECKS)
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("path", committed_notebooks(), ids=lambda path: path.stem)
def test_every_display_equation_has_one_tag(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert not [
        latex
        for cell in cells
        if cell["cell_type"] == "markdown"
        for latex in untagged("".join(cell["source"]))
    ]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.tag)
def test_both_sides_are_equal(check: Check) -> None:
    check.run(read_latex(written()[check.tag]))


# Its own tests: each way to be wrong is noticed.

_WRITTEN = [Tagged("05.1", "a = b"), Tagged("05.2", "c = d")]


def checks_of(*tags: str) -> list[Check]:
    return [Check(tag, lambda equation: None) for tag in tags]


def test_equations_with_one_check_each_are_no_problem() -> None:
    assert disagreements(_WRITTEN, checks_of("05.2", "05.1")) == []


@pytest.mark.parametrize(
    ("written", "checks", "problem"),
    [
        (_WRITTEN, checks_of("05.1"), "(05.2) has no check"),
        (_WRITTEN[:1], checks_of("05.1", "05.2"), "(05.2) is checked, but in no notebook"),
        (
            _WRITTEN,
            checks_of("05.1", "05.2", "05.1"),
            "(05.1) stands more than once in the checks",
        ),
        (
            [*_WRITTEN, _WRITTEN[0]],
            checks_of("05.1", "05.2"),
            "(05.1) stands more than once in the notebooks",
        ),
        (
            _WRITTEN,
            [*checks_of("05.1"), Check("05.2", lambda equation: None, "c = -d")],
            "(05.2) reads 'c = d' in the notebook and 'c = -d' at its check",
        ),
    ],
)
def test_each_disagreement_is_named(
    written: list[Tagged], checks: list[Check], problem: str
) -> None:
    assert disagreements(written, checks) == [problem]


def test_only_tagged_display_maths_is_found() -> None:
    markdown = r"""Text with $x \tag{1}$ and \tag{2}.

$$ a
   =  b \tag{05.1} $$

$$ no = tag $$ and $$c = d\tag{05.2}$$

```
$$ code = code \tag{05.3} $$
```
"""
    assert equations_in(markdown) == _WRITTEN


def test_an_equation_without_a_tag_is_found() -> None:
    assert untagged(r"$$ a = b \tag{1.1} $$ and $$ c $$ and $e$ and $$ \tag{2}\tag{3} $$") == [
        "c",
        "",
    ]


def test_a_second_tag_in_one_equation_is_found() -> None:
    assert [tag for tag, _ in equations_in(r"$$ a \tag{1.1} \\ b \tag{1.2} $$")] == ["1.1", "1.2"]


def test_only_markdown_cells_hold_equations() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["$$ a = b\n", r"\tag{05.1} $$"]},
        {"cell_type": "code", "source": r"'$$ c = d \tag{05.2} $$'"},
    ]
    assert equations_of_notebook({"cells": cells}) == _WRITTEN[:1]


def test_each_way_to_register_a_check_registers_it() -> None:
    before = list(CHECKS)
    world = World.of(*examples.small_network())
    try:
        read_in("99.1")(lambda: [world])
        approached_in(1, "99.2")(lambda step: [world.bind(h=step)])
        read_by("99.3")(lambda equation: None)
        transcribed("99.4", latex=r"a  = b \tag{99.4}")(lambda: None)
        added = CHECKS[len(before) :]
    finally:
        CHECKS[:] = before
    assert [check.tag for check in added] == ["99.1", "99.2", "99.3", "99.4"]
    assert [check.latex for check in added] == [None, None, None, "a = b"]
    exact, approached, *_ = added
    exact.run(read_latex("L = 2"))
    with pytest.raises(AssertionError):
        exact.run(read_latex("L = 3"))
    approached.run(read_latex("L + h = 2"))
    with pytest.raises(AssertionError):
        approached.run(read_latex("L + h = 3"))


def test_an_equation_that_is_compared_nowhere_fails_its_check() -> None:
    for check in CHECKS:
        if check.tag == "05.4":
            with pytest.raises(AssertionError, match="nothing to compare"):
                check.run(read_latex(r"\delta^{(l)} = \delta^{(l+9)}"))


def test_the_package_gives_what_is_measured_here() -> None:
    for world, case in zip(worlds_of_batches(), networks().values()):
        grads = backpropagate(*case)
        assert cost(*case) == pytest.approx(world.meaning(Symbol("C")), rel=1e-12)
        for l in range(1, world.state.net.L + 1):
            for letter, given in (("dW", grads.W), ("db", grads.b), ("δ", grads.delta)):
                np.testing.assert_allclose(
                    world.state.array(letter, l), given[l], rtol=1e-11, atol=1e-14
                )


@pytest.mark.parametrize(
    ("latex", "name"),
    [
        (r"C = \sum_j \left(a^{(L)}_j - y_j\right)^2", "squared"),
        (r"C = \frac{1}{n_L} \sum_j \left(a^{(L)}_j - y_j\right)^2", "mean_squared"),
    ],
)
def test_the_costs_without_the_half_are_those_of_the_package(latex: str, name: str) -> None:
    net, x, y = examples.small_network(cost=name)
    assert holds(read_latex(latex), World.of(net, x, y)) == 1
    assert cost(net, x, y) == pytest.approx(World.of(net, x, y).meaning(Symbol("C")))
