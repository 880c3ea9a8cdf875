"""Every tagged equation of the notebooks is computed: both sides, on numbers.

A check stands under `@equation(tag, latex=...)`, with the LaTeX of the notebook beside it, so
that neither can change without the other. A check that takes `net, x, y` runs on the running
example and on random networks; one that takes nothing brings its own numbers. It asserts what the
equation says.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from conftest import committed_notebooks

from bp_helpers import (
    Network,
    backpropagate,
    check_gradient,
    cost,
    examples,
    forward,
    numerical_gradient,
    train,
    update,
)
from bp_helpers.functions import sigmoid, sigmoid_slope
from bp_helpers.gradcheck import cost_along
from bp_helpers.network import Gradients

_DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_TAG = re.compile(r"\\tag\{([^}]*)\}")
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


class Equation(NamedTuple):
    """A tagged equation, as it stands in a notebook or beside a check."""

    tag: str
    latex: str


class Checked(NamedTuple):
    """An equation and the function that computes both of its sides."""

    equation: Equation
    check: Callable[..., None]


CHECKS: list[Checked] = []


def equation(tag: str, latex: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the check of the equation `tag`, with the notebook's `latex` (without the tag)."""

    def register(check: Callable[..., None]) -> Callable[..., None]:
        CHECKS.append(Checked(Equation(tag, normalised(latex)), check))
        return check

    return register


def normalised(latex: str) -> str:
    """`latex` without its tag, and with single spaces, where spaces mean nothing."""
    return " ".join(_TAG.sub(" ", latex).split())


def equations_in(markdown: str) -> list[Equation]:
    """Every tagged equation in the display maths of a markdown text; code is no maths."""
    return [
        Equation(tag, normalised(latex))
        for latex in _DISPLAY.findall(_FENCED.sub("", markdown))
        for tag in _TAG.findall(latex)
    ]


def untagged(markdown: str) -> list[str]:
    """Every display equation that has no tag, or more than one."""
    found = _DISPLAY.findall(_FENCED.sub("", markdown))
    return [normalised(latex) for latex in found if len(_TAG.findall(latex)) != 1]


def equations_of_notebook(notebook: dict) -> list[Equation]:
    """Every tagged equation of a notebook."""
    texts = ("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    return [found for text in texts for found in equations_in(text)]


def disagreements(written: Iterable[Equation], checked: Iterable[Equation]) -> list[str]:
    """What keeps the equations of the notebooks and those of the checks from being the same."""
    written, checked = list(written), list(checked)
    problems = []
    for where, equations in (("the notebooks", written), ("the checks", checked)):
        tags = [tag for tag, _ in equations]
        twice = sorted({tag for tag in tags if tags.count(tag) > 1})
        problems += [f"({tag}) stands more than once in {where}" for tag in twice]
    in_notebook, in_check = dict(written), dict(checked)
    problems += [f"({tag}) has no check" for tag in in_notebook if tag not in in_check]
    problems += [f"({tag}) is checked, but in no notebook" for tag in in_check - in_notebook.keys()]
    problems += [
        f"({tag}) reads {in_notebook[tag]!r} in the notebook and {in_check[tag]!r} at its check"
        for tag in in_notebook
        if in_check.get(tag, in_notebook[tag]) != in_notebook[tag]
    ]
    return problems


def networks() -> dict[str, tuple[Network, np.ndarray, np.ndarray]]:
    """On what a general equation is checked: the running example, and networks drawn by chance."""
    cases = {
        "small": examples.small_network(),
        "chain": examples.chain(),
        "batch": examples.batch(),
    }
    for seed, (sizes, m) in enumerate((((4, 3, 5, 2), 1), ((2, 6, 3), 7), ((1, 2, 2, 2, 1), 3))):
        rng = np.random.default_rng(seed)
        net = Network.random(sizes, seed=seed)
        x, y = rng.standard_normal((sizes[0], m)), rng.uniform(0, 1, (sizes[-1], m))
        cases[f"{'-'.join(map(str, sizes))}, m = {m}"] = (net, x, y)
    return cases


def runs(checks: Iterable[Checked]) -> list[object]:
    """One test for each check, or for each network where it takes one."""
    return [
        pytest.param(check, case, id=f"{tag}{f' on {name}' if case else ''}")
        for (tag, _), check in checks
        for name, case in (networks() if inspect.signature(check).parameters else {"": ()}).items()
    ]


# The checks, in the order of the notebooks.


def close(left: object, right: object, rtol: float = 1e-11) -> None:
    """Both sides are the same but for rounding."""
    np.testing.assert_allclose(left, right, rtol=rtol, atol=1e-14)


def slope(f: Callable[[np.ndarray], np.ndarray], v: float | np.ndarray) -> np.ndarray:
    """f′(v), measured by a complex step."""
    return np.imag(f(np.asarray(v) + 1e-20j)) / 1e-20


def nudged(net: Network, kind: str, l: int, place: tuple[int, int], nudge: float) -> Network:
    """`net` with one parameter moved."""
    parameters = {"W": list(net.W), "b": list(net.b)}
    parameters[kind][l] = parameters[kind][l].copy()
    parameters[kind][l][place] += nudge
    return net.replace(**parameters)


def deltas_measured(net: Network, x: np.ndarray, y: np.ndarray) -> list[np.ndarray | None]:
    """∂C/∂z of every layer, a column per sample, measured by nudging the biases."""
    singly = [numerical_gradient(net, x[:, i], y[:, i]) for i in range(x.shape[1])]
    return [None, *(np.hstack([g.b[l] for g in singly]) for l in range(1, net.L + 1))]


def chain_layers() -> Iterator[tuple[int, list, list, list, list]]:
    """For each layer of the running chain: l, and all its w, b, a and z as plain numbers."""
    net, x, _ = examples.chain()
    trace = forward(net, x)
    w, b, z = ([None, *(v.item() for v in arrays[1:])] for arrays in (net.W, net.b, trace.z))
    for l in (1, 2, 3):
        yield l, w, b, [v.item() for v in trace.a], z


def chain_dC_da(l: int) -> float:  # noqa: N802 - the name of the derivative
    """How the activation of neuron l of the running chain moves the cost, by a complex step."""
    net, x, y = examples.chain()

    def cost_of(a: np.ndarray) -> np.ndarray:
        for k in range(l + 1, 4):
            a = sigmoid(net.W[k].item() * a + net.b[k].item())
        return (a - y.item()) ** 2 / 2

    return float(slope(cost_of, forward(net, x).a[l].item()))


def dC_da_measured(  # noqa: N802 - the name of the derivative
    net: Network, x: np.ndarray, y: np.ndarray, l: int
) -> np.ndarray:
    """How each activation of layer l moves the cost of the first sample, by a complex step."""
    a = forward(net, x).a[l][:, [0]]
    found = []
    for j in range(len(a)):
        pushed = a.astype(complex)
        pushed[j] += 1e-20j
        for k in range(l + 1, net.L + 1):
            pushed = net.sigma[k].value(net.W[k] @ pushed + net.b[k])
        found.append(np.imag(net.cost.value(pushed, y[:, [0]])).item() / 1e-20)
    return np.array(found)


def jacobian_measured(net: Network, x: np.ndarray, start: int, end: int) -> np.ndarray:
    """∂a of layer `end` / ∂a of layer `start`, for the first sample, by a complex step."""
    a = forward(net, x).a[start][:, [0]]
    columns = []
    for k in range(len(a)):
        pushed = a.astype(complex)
        pushed[k] += 1e-20j
        for l in range(start + 1, end + 1):
            pushed = net.sigma[l].value(net.W[l] @ pushed + net.b[l])
        columns.append(pushed.imag / 1e-20)
    return np.hstack(columns)


def neuron_measured(net: Network, x: np.ndarray, l: int, A: int, kind: str, B: int) -> float:
    """How neuron A of layer l answers a nudge of W[l][A, B], or of its bias, by a complex step."""
    arrays = {"W": net.W[l].astype(complex), "b": net.b[l].astype(complex)}
    arrays[kind][A, B] += 1e-20j
    z = arrays["W"] @ forward(net, x).a[l - 1][:, [0]] + arrays["b"]
    return net.sigma[l].value(z)[A, 0].imag / 1e-20


def da_measured(net: Network, x: np.ndarray, y: np.ndarray, l: int) -> np.ndarray:
    """How each activation of layer l moves the cost of its own sample, a column per sample."""
    columns = ((x[:, [i]], y[:, [i]]) for i in range(x.shape[1]))
    return np.column_stack([dC_da_measured(net, *sample, l) for sample in columns])


def with_tanh(net: Network) -> Network:
    """The same weights and biases, but another activation."""
    return Network(list(zip(net.W[1:], net.b[1:])), "tanh")


@equation("00.1", r"z^{(1)} = W^{(1)} x + b^{(1)}")
def check_00_1(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    z = [sum(w * v for w, v in zip(row, x[:, 0])) for row in net.W[1]]
    close(forward(net, x).z[1][:, 0], np.array(z) + net.b[1][:, 0])


@equation("00.2", r"a^{(1)} = \sigma(z^{(1)}), \qquad \sigma(z) = \frac{1}{1 + e^{-z}}")
def check_00_2(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    trace = forward(net, x)
    close(trace.a[1], 1 / (1 + np.exp(-trace.z[1])))


@equation("00.3", r"C = \tfrac12 \sum_j \left(a^{(2)}_j - y_j\right)^2")
def check_00_3() -> None:
    net, x, y = examples.small_network()
    a = forward(net, x).a[2]
    close(cost(net, x, y), 0.5 * sum((a[j, 0] - y[j, 0]) ** 2 for j in range(2)))


@equation("00.4", r"\Delta C \approx \frac{\partial C}{\partial w} \, \Delta w")
def check_00_4(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    # The rest shrinks with the square of the nudge: a tenth of the nudge, a hundredth of the rest.
    slope_of_w = backpropagate(net, x, y).W[1][0, 0]
    rests = [
        cost(nudged(net, "W", 1, (0, 0), nudge), x, y) - cost(net, x, y) - slope_of_w * nudge
        for nudge in (1e-1, 1e-2)
    ]
    assert abs(rests[1]) < abs(rests[0]) / 50 < 1e-3


@equation("00.5", r"w \leftarrow w - \eta \, \frac{\partial C}{\partial w}")
def check_00_5(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    grads = backpropagate(net, x, y)
    stepped = update(net, grads, eta=0.1)
    for l in range(1, net.L + 1):
        close(stepped.W[l], net.W[l] - 0.1 * grads.W[l])
        close(stepped.b[l], net.b[l] - 0.1 * grads.b[l])
    assert cost(stepped, x, y) < cost(net, x, y)


class Single(NamedTuple):
    """One sigmoid neuron: its weight, bias, input and target."""

    w: float
    b: float
    a0: float
    y: float

    def z(self) -> float:
        """What goes into the sigmoid."""
        return self.w * self.a0 + self.b

    def cost(self, **moved: complex) -> complex:
        """½(a − y)², with some of the numbers moved."""
        w, b, a0, y = self._replace(**moved)
        return (sigmoid(np.asarray(w * a0 + b)) - y) ** 2 / 2

    def slope_for(self, name: str) -> float:
        """The derivative of the cost for one of the numbers, by a complex step."""
        return float(slope(lambda v: self.cost(**{name: v}), getattr(self, name)))


def single_neurons() -> list[Single]:
    """The running neuron, and others drawn by chance."""
    net, x, y = examples.one_neuron()
    rng = np.random.default_rng(0)
    running = Single(net.W[1].item(), net.b[1].item(), x.item(), y.item())
    return [running, *(Single(*map(float, rng.uniform(-2, 2, 4))) for _ in range(5))]


@equation("01.1", r"z = w \, a^{(0)} + b")
def check_01_1() -> None:
    for one in single_neurons():
        close(forward(Network([(one.w, one.b)]), [one.a0]).z[1].item(), one.w * one.a0 + one.b)


@equation("01.2", r"a = \sigma(z) = \frac{1}{1 + e^{-z}}")
def check_01_2() -> None:
    for one in single_neurons():
        a = forward(Network([(one.w, one.b)]), [one.a0]).a[1].item()
        close(a, 1 / (1 + np.exp(-one.z())))


@equation("01.3", r"C = \tfrac12 (a - y)^2")
def check_01_3() -> None:
    for one in single_neurons():
        net = Network([(one.w, one.b)])
        a = forward(net, [one.a0]).a[1].item()
        close(cost(net, [one.a0], [one.y]), 0.5 * (a - one.y) ** 2)


@equation("01.4", r"\frac{\partial z}{\partial w} = a^{(0)}")
def check_01_4() -> None:
    for one in single_neurons():
        close(slope(lambda w, one=one: one._replace(w=w).z(), one.w), one.a0)


@equation("01.5", r"\sigma'(z) = \lim_{h \to 0} \frac{\sigma(z + h) - \sigma(z)}{h}")
def check_01_5() -> None:
    for one in single_neurons():
        gaps = [
            abs((sigmoid(one.z() + h) - sigmoid(one.z())) / h - sigmoid_slope(one.z()))
            for h in (1e-2, 1e-4, 1e-6)
        ]
        assert gaps == sorted(gaps, reverse=True)
        assert gaps[-1] < 1e-6


@equation("01.6", r"\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2}")
def check_01_6() -> None:
    z = np.linspace(-8, 8, 33)
    close(slope(lambda v: 1 / (1 + np.exp(-v)), z), np.exp(-z) / (1 + np.exp(-z)) ** 2)


@equation("01.7", r"\Delta C = (a - y) \, \Delta a + \tfrac12 (\Delta a)^2")
def check_01_7() -> None:
    for one in single_neurons():
        a = float(sigmoid(one.z()))
        for da in (0.5, -0.1, 1e-3):
            change = 0.5 * (a + da - one.y) ** 2 - 0.5 * (a - one.y) ** 2
            close(change, (a - one.y) * da + 0.5 * da**2)


@equation("01.8", r"\frac{\partial C}{\partial a} = a - y")
def check_01_8() -> None:
    for one in single_neurons():
        a = float(sigmoid(one.z()))
        close(slope(lambda v, one=one: (v - one.y) ** 2 / 2, a), a - one.y)


@equation(
    "01.9",
    r"\frac{\Delta C}{\Delta w} = \frac{\Delta z}{\Delta w} \cdot \frac{\Delta a}{\Delta z} \cdot "
    r"\frac{\Delta C}{\Delta a}",
)
def check_01_9() -> None:
    for one in single_neurons():
        for dw in (1.0, 0.1, -0.5):
            after = one._replace(w=one.w + dw)
            dz = after.z() - one.z()
            da = float(sigmoid(after.z()) - sigmoid(one.z()))
            dC = float(after.cost() - one.cost())
            close(dC / dw, dz / dw * (da / dz) * (dC / da))


@equation(
    "01.10",
    r"\frac{\partial C}{\partial w} = \frac{\partial z}{\partial w} \; \frac{\partial a}{\partial "
    r"z} \; \frac{\partial C}{\partial a} = a^{(0)} \; \sigma'(z) \; (a - y)",
)
def check_01_10() -> None:
    for one in single_neurons():
        a = float(sigmoid(one.z()))
        local = (
            slope(lambda w, one=one: one._replace(w=w).z(), one.w)
            * slope(sigmoid, one.z())
            * slope(lambda v, one=one: (v - one.y) ** 2 / 2, a)
        )
        close(one.slope_for("w"), local)
        close(one.slope_for("w"), one.a0 * sigmoid_slope(one.z()) * (a - one.y))


@equation("01.11", r"\frac{\partial z}{\partial b} = 1")
def check_01_11() -> None:
    for one in single_neurons():
        close(slope(lambda b, one=one: one._replace(b=b).z(), one.b), 1)


@equation("01.12", r"\frac{\partial C}{\partial b} = \sigma'(z) \; (a - y)")
def check_01_12() -> None:
    for one in single_neurons():
        close(one.slope_for("b"), sigmoid_slope(one.z()) * (sigmoid(one.z()) - one.y))


@equation("01.13", r"\frac{\partial z}{\partial a^{(0)}} = w")
def check_01_13() -> None:
    for one in single_neurons():
        close(slope(lambda a0, one=one: one._replace(a0=a0).z(), one.a0), one.w)


@equation("01.14", r"\frac{\partial C}{\partial a^{(0)}} = w \; \sigma'(z) \; (a - y)")
def check_01_14() -> None:
    for one in single_neurons():
        close(one.slope_for("a0"), one.w * sigmoid_slope(one.z()) * (sigmoid(one.z()) - one.y))


@equation("01.15", r"\frac{\partial}{\partial a} (a - y)^2 = 2 (a - y)")
def check_01_15() -> None:
    for one in single_neurons():
        a = float(sigmoid(one.z()))
        close(slope(lambda v, one=one: (v - one.y) ** 2, a), 2 * (a - one.y))


@equation("02.1", r"z^{(l)} = w^{(l)} a^{(l-1)} + b^{(l)}")
def check_02_1() -> None:
    for l, w, b, a, z in chain_layers():
        close(z[l], w[l] * a[l - 1] + b[l])


@equation("02.2", r"a^{(l)} = \sigma(z^{(l)})")
def check_02_2() -> None:
    for l, _, _, a, z in chain_layers():
        close(a[l], 1 / (1 + np.exp(-z[l])))


@equation("02.3", r"C = \tfrac12 \left(a^{(3)} - y\right)^2")
def check_02_3() -> None:
    net, x, y = examples.chain()
    close(cost(net, x, y), 0.5 * (forward(net, x).a[3].item() - y.item()) ** 2)


@equation("02.4", r"\frac{\partial z^{(l)}}{\partial w^{(l)}} = a^{(l-1)}")
def check_02_4() -> None:
    for l, w, b, a, _ in chain_layers():
        close(slope(lambda v: v * a[l - 1] + b[l], w[l]), a[l - 1])


@equation("02.5", r"\frac{\partial z^{(l)}}{\partial b^{(l)}} = 1")
def check_02_5() -> None:
    for l, w, b, a, _ in chain_layers():
        close(slope(lambda v: w[l] * a[l - 1] + v, b[l]), 1)


@equation("02.6", r"\frac{\partial z^{(l)}}{\partial a^{(l-1)}} = w^{(l)}")
def check_02_6() -> None:
    for l, w, b, a, _ in chain_layers():
        close(slope(lambda v: w[l] * v + b[l], a[l - 1]), w[l])


@equation("02.7", r"\frac{\partial a^{(l)}}{\partial z^{(l)}} = \sigma'(z^{(l)})")
def check_02_7() -> None:
    for l, _, _, _, z in chain_layers():
        close(slope(sigmoid, z[l]), sigmoid_slope(z[l]))


@equation("02.8", r"\frac{\partial C}{\partial a^{(3)}} = a^{(3)} - y")
def check_02_8() -> None:
    net, x, y = examples.chain()
    a = forward(net, x).a[3].item()
    close(slope(lambda v: (v - y.item()) ** 2 / 2, a), a - y.item())


@equation("02.9", r"\sigma'(z) = \sigma(z)\,\bigl(1 - \sigma(z)\bigr)")
def check_02_9() -> None:
    z = np.linspace(-20, 20, 81)
    close(slope(sigmoid, z), sigmoid(z) * (1 - sigmoid(z)), rtol=1e-6)


@equation(
    "02.10",
    r"\frac{\partial C}{\partial w^{(3)}} = (a^{(3)} - y) \; \sigma'(z^{(3)}) \; "
    r"a^{(2)}",
)
def check_02_10() -> None:
    net, x, y = examples.chain()
    a = [v.item() for v in forward(net, x).a]
    right = (a[3] - y.item()) * a[3] * (1 - a[3]) * a[2]
    close(numerical_gradient(net, x, y).W[3].item(), right)


@equation(
    "02.11",
    r"\frac{\partial C}{\partial a^{(2)}} = (a^{(3)} - y) \; \sigma'(z^{(3)}) \; "
    r"w^{(3)}",
)
def check_02_11() -> None:
    net, _, y = examples.chain()
    for l, w, b, a, z in chain_layers():
        if l == 3:
            right = (a[3] - y.item()) * sigmoid_slope(z[3]) * w[3]
            close(slope(lambda v: (sigmoid(w[3] * v + b[3]) - y.item()) ** 2 / 2, a[2]), right)


@equation(
    "02.12",
    r"\frac{\partial C}{\partial w^{(l)}} = \frac{\partial C}{\partial a^{(l)}} \; "
    r"\sigma'(z^{(l)}) \; a^{(l-1)}",
)
def check_02_12() -> None:
    measured = numerical_gradient(*examples.chain())
    for l, _, _, a, z in chain_layers():
        close(measured.W[l].item(), chain_dC_da(l) * sigmoid_slope(z[l]) * a[l - 1])


@equation(
    "02.13",
    r"\frac{\partial C}{\partial b^{(l)}} = \frac{\partial C}{\partial a^{(l)}} \; "
    r"\sigma'(z^{(l)})",
)
def check_02_13() -> None:
    measured = numerical_gradient(*examples.chain())
    for l, _, _, _, z in chain_layers():
        close(measured.b[l].item(), chain_dC_da(l) * sigmoid_slope(z[l]))


@equation(
    "02.14",
    r"\frac{\partial C}{\partial a^{(l-1)}} = \frac{\partial C}{\partial a^{(l)}} \; "
    r"\sigma'(z^{(l)}) \; w^{(l)}",
)
def check_02_14() -> None:
    for l, w, _, _, z in chain_layers():
        close(chain_dC_da(l - 1), chain_dC_da(l) * sigmoid_slope(z[l]) * w[l])


@equation(
    "02.15",
    r"\frac{\partial C}{\partial w^{(1)}} = (a^{(3)} - y)\; \sigma'(z^{(3)})\, w^{(3)} "
    r"\; \sigma'(z^{(2)})\, w^{(2)} \; \sigma'(z^{(1)})\, a^{(0)}",
)
def check_02_15() -> None:
    net, x, y = examples.chain()
    _, w, _, a, z = next(chain_layers())
    s = [None, *map(sigmoid_slope, z[1:])]
    right = (a[3] - y.item()) * s[3] * w[3] * s[2] * w[2] * s[1] * a[0]
    close(numerical_gradient(net, x, y).W[1].item(), right)


@equation("02.16", r"2 + 4 + \dots + 2L = L(L + 1)")
def check_02_16() -> None:
    for L in (1, 2, 3, 10, 100):
        assert (
            sum(2 * (L - l) + 2 for l in range(1, L + 1))
            == sum(range(2, 2 * L + 1, 2))
            == L * (L + 1)
        )


@equation(
    "02.17",
    r"\frac{\partial}{\partial w} \left(a^{(3)} - y\right)^2 = 2 \, "
    r"\frac{\partial}{\partial w} \, \tfrac12 \left(a^{(3)} - y\right)^2",
)
def check_02_17() -> None:
    squared = numerical_gradient(*examples.chain(cost="squared"))
    half = numerical_gradient(*examples.chain())
    for l in (1, 2, 3):
        close(squared.W[l], 2 * half.W[l])


@equation(
    "02.18",
    r"\frac{\partial C}{\partial w} = \frac1m \sum_{i=1}^{m} \frac{\partial "
    r"C_i}{\partial w}",
)
def check_02_18(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    measured = numerical_gradient(net, x, y)
    singly = [numerical_gradient(net, x[:, i], y[:, i]) for i in range(x.shape[1])]
    for l in range(1, net.L + 1):
        close(measured.W[l], sum(g.W[l] for g in singly) / len(singly))


@equation("03.1", r"z^{(l)}_j = \sum_k w^{(l)}_{jk} \, a^{(l-1)}_k + b^{(l)}_j")
def check_03_1(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    trace = forward(net, x)
    for l in range(1, net.L + 1):
        for j, row in enumerate(net.W[l]):
            summed = sum(w * a for w, a in zip(row, trace.a[l - 1]))
            close(trace.z[l][j], summed + net.b[l][j, 0])


@equation("03.2", r"C = \tfrac12 \sum_j \left(a^{(L)}_j - y_j\right)^2")
def check_03_2(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    a = forward(net, x[:, 0]).a[-1]
    right = sum((a[j, 0] - y[j, 0]) ** 2 for j in range(len(a))) / 2
    close(cost(net, x[:, 0], y[:, 0]), right)


@equation("03.3", r"\frac{\partial C}{\partial a^{(L)}_j} = a^{(L)}_j - y_j")
def check_03_3(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    a = forward(net, x).a[-1]
    close(dC_da_measured(net, x, y, net.L), a[:, 0] - y[:, 0])


@equation(
    "03.4",
    r"\frac{\partial C}{\partial w^{(l)}_{jk}} = a^{(l-1)}_k \; \sigma'(z^{(l)}_j) \; "
    r"\frac{\partial C}{\partial a^{(l)}_j}",
)
def check_03_4(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    x, y = x[:, :1], y[:, :1]
    trace, measured = forward(net, x), numerical_gradient(net, x, y)
    for l in range(1, net.L + 1):
        above = dC_da_measured(net, x, y, l)
        for j, k in np.ndindex(net.W[l].shape):
            right = trace.a[l - 1][k, 0] * sigmoid_slope(trace.z[l][j, 0]) * above[j]
            close(measured.W[l][j, k], right)


@equation(
    "03.5",
    r"\frac{\partial C}{\partial b^{(l)}_j} = 1 \cdot \sigma'(z^{(l)}_j) \; "
    r"\frac{\partial C}{\partial a^{(l)}_j}",
)
def check_03_5(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    x, y = x[:, :1], y[:, :1]
    trace, measured = forward(net, x), numerical_gradient(net, x, y)
    for l in range(1, net.L + 1):
        right = sigmoid_slope(trace.z[l][:, 0]) * dC_da_measured(net, x, y, l)
        close(measured.b[l][:, 0], right)


@equation(
    "03.6",
    r"\Delta C \approx \sum_t \frac{\partial C}{\partial a^{(2)}_t} \, \Delta a^{(2)}_t",
)
def check_03_6() -> None:
    net, x, y = examples.small_network()
    a = forward(net, x).a[2][:, 0]
    moves, right = np.array([0.3, -0.2]), a - y[:, 0]

    def half_squared(outputs: np.ndarray) -> float:
        return sum((outputs - y[:, 0]) ** 2) / 2

    rests = [
        half_squared(a + h * moves) - half_squared(a) - sum(right * h * moves) for h in (1e-1, 1e-2)
    ]
    assert 0 < abs(rests[1]) < abs(rests[0]) / 50


@equation(
    "03.7",
    r"\frac{\partial C}{\partial a^{(l)}_j} = \sum_t w^{(l+1)}_{tj} \; \sigma'(z^{(l+1)}_t) \; "
    r"\frac{\partial C}{\partial a^{(l+1)}_t}",
)
def check_03_7(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    x, y = x[:, :1], y[:, :1]
    s = [None, *(sigmoid_slope(z[:, 0]) for z in forward(net, x).z[1:])]
    for l in range(net.L):
        left, above = (dC_da_measured(net, x, y, layer) for layer in (l, l + 1))
        for j in range(net.sizes[l]):
            terms = [net.W[l + 1][t, j] * s[l + 1][t] * above[t] for t in range(net.sizes[l + 1])]
            close(left[j], sum(terms))


@equation("03.8", r"\text{paths from a weight of layer } l = n_{l+1} \cdot n_{l+2} \cdots n_L")
def check_03_8() -> None:
    n = (2, 4, 3, 2)
    for l in (1, 2, 3):
        listed = list(product(*(range(n[later]) for later in range(l + 1, len(n)))))
        assert len(set(listed)) == int(np.prod(n[l + 1 :]))


@equation(
    "03.9",
    r"\nabla C = \begin{bmatrix} \frac{\partial C}{\partial W^{(1)}} & \frac{\partial C}{\partial "
    r"b^{(1)}} & \frac{\partial C}{\partial W^{(2)}} & \frac{\partial C}{\partial b^{(2)}} "
    r"\end{bmatrix}^{\mathsf T}",
)
def check_03_9() -> None:
    # The one vector, measured place by place: whichever parameter stands there is nudged.
    net, x, y = examples.small_network()
    measured, grads = numerical_gradient(net, x, y), backpropagate(net, x, y)
    nabla = np.concatenate([v.ravel() for l in (1, 2) for v in (grads.W[l], grads.b[l])])
    places = [(kind, l, at) for l in (1, 2) for kind in "Wb"
              for at in np.ndindex(getattr(net, kind)[l].shape)]  # fmt: skip
    assert len(nabla) == len(places) == 17
    close(nabla, [getattr(measured, kind)[l][at] for kind, l, at in places])


@equation(
    "03.10",
    r"\frac{\partial C}{\partial w^{(1)}_{jk}} \text{ stands at place } j \, n_0 + k",
)
def check_03_10() -> None:
    for n in ((7, 5, 3), (2, 3, 2)):
        net = Network.random(n, seed=0)
        x, y = np.ones((n[0], 1)), np.zeros((n[-1], 1))
        measured, nabla = numerical_gradient(net, x, y).W[1], backpropagate(net, x, y).W[1].ravel()
        for j, k in np.ndindex(measured.shape):
            close(nabla[j * n[0] + k], measured[j, k])


@equation(
    "03.11",
    r"\nabla \sum_j \left(a^{(L)}_j - y_j\right)^2 = 2 \, \nabla \, \tfrac12 \sum_j "
    r"\left(a^{(L)}_j - y_j\right)^2",
)
def check_03_11() -> None:
    squared = numerical_gradient(*examples.small_network(cost="squared"))
    half = numerical_gradient(*examples.small_network())
    for l in (1, 2):
        close(squared.W[l], 2 * half.W[l])
        close(squared.b[l], 2 * half.b[l])


@equation(
    "04.1",
    r"\frac{\partial a^{(l)}_j}{\partial a^{(l-1)}_k} = \sigma'(z^{(l)}_j) \; w^{(l)}_{jk}",
)
def check_04_1(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    z = forward(net, x).z
    for l in range(1, net.L + 1):
        measured = jacobian_measured(net, x, l - 1, l)
        for j, k in np.ndindex(net.W[l].shape):
            close(measured[j, k], sigmoid_slope(z[l][j, 0]) * net.W[l][j, k])


@equation(
    "04.2",
    r"\frac{\partial a^{(3)}_i}{\partial a^{(1)}_k} = \sum_t \frac{\partial a^{(3)}_i}{\partial "
    r"a^{(2)}_t} \; \frac{\partial a^{(2)}_t}{\partial a^{(1)}_k}",
)
def check_04_2() -> None:
    net, x = Network.random([2, 3, 4, 2], seed=5), np.array([[1.0], [0.5]])
    left, later, earlier = (jacobian_measured(net, x, *ends) for ends in ((1, 3), (2, 3), (1, 2)))
    for i, k in np.ndindex(left.shape):
        close(left[i, k], sum(later[i, t] * earlier[t, k] for t in range(4)))


@equation(
    "04.3",
    r"\frac{\partial a^{(L)}}{\partial a^{(l)}} = \frac{\partial a^{(L)}}{\partial a^{(L-1)}} \; "
    r"\frac{\partial a^{(L-1)}}{\partial a^{(L-2)}} \cdots \frac{\partial a^{(l+1)}}{\partial "
    r"a^{(l)}}",
)
def check_04_3(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    for l in range(net.L):
        right = np.eye(net.sizes[-1])
        for k in range(net.L, l, -1):
            right = right @ jacobian_measured(net, x, k - 1, k)
        close(jacobian_measured(net, x, l, net.L), right)


@equation(
    "04.4",
    r"\frac{\partial C}{\partial w^{(l)}_{AB}} = \underbrace{\frac{\partial C}{\partial "
    r"a^{(L)}}}_{①} \; \underbrace{\frac{\partial a^{(L)}}{\partial a^{(l+1)}}}_{②} \; "
    r"\underbrace{\frac{\partial a^{(l+1)}}{\partial a^{(l)}_A}}_{③} \; "
    r"\underbrace{\frac{\partial a^{(l)}_A}{\partial w^{(l)}_{AB}}}_{④}",
)
def check_04_4(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    x, y, L = x[:, :1], y[:, :1], net.L
    a, measured = forward(net, x).a, numerical_gradient(net, x, y)
    first = dC_da_measured(net, x, y, L)[None, :]
    for l in range(1, L):
        second, third = (jacobian_measured(net, x, *ends) for ends in ((l + 1, L), (l, l + 1)))
        for A, B in np.ndindex(net.W[l].shape):
            fourth = neuron_measured(net, x, l, A, "W", B)
            right = (first @ second @ third[:, [A]]).item() * fourth
            close(measured.W[l][A, B], right)
    # The boundary case l = L: entry A of the row, times factor ④.
    for A, B in np.ndindex(net.W[L].shape):
        right = (a[L][A, 0] - y[A, 0]) * neuron_measured(net, x, L, A, "W", B)
        close(measured.W[L][A, B], right)


@equation(
    "04.5",
    r"\frac{\partial a^{(l)}_A}{\partial w^{(l)}_{AB}} = \sigma'(z^{(l)}_A) \; a^{(l-1)}_B",
)
def check_04_5(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    trace = forward(net, x)
    for l in range(1, net.L + 1):
        for A, B in np.ndindex(net.W[l].shape):
            right = sigmoid_slope(trace.z[l][A, 0]) * trace.a[l - 1][B, 0]
            close(neuron_measured(net, x, l, A, "W", B), right)


@equation(
    "04.6",
    r"\frac{\partial w_{Ak}}{\partial w_{AB}} = \delta_{kB} = \begin{cases} 1 & \text{if } k = B "
    r"\\ 0 & \text{otherwise} \end{cases}",
)
def check_04_6() -> None:
    net, _, _ = examples.small_network()
    A, B = 2, 1
    moved = nudged(net, "W", 1, (A, B), 0.5).W[1] - net.W[1]
    for k in range(2):
        close(moved[A, k] / 0.5, 1 if k == B else 0)


@equation("04.7", r"\frac{\partial a^{(l)}_A}{\partial b^{(l)}_A} = \sigma'(z^{(l)}_A)")
def check_04_7(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    z = forward(net, x).z
    for l in range(1, net.L + 1):
        for A in range(net.sizes[l]):
            close(neuron_measured(net, x, l, A, "b", 0), sigmoid_slope(z[l][A, 0]))


@equation("04.8", r"\frac{\partial a^{(L)}_i}{\partial a^{(L)}_A} = \delta_{iA}")
def check_04_8(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    close(jacobian_measured(net, x, net.L, net.L), np.eye(net.sizes[-1]))


@equation("04.9", r"p \cdot q \cdot r \text{ multiplications}")
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


@equation(
    "04.10",
    r"\frac{\partial}{\partial a^{(L)}_i} \, \frac{1}{n_L} \sum_j \left(a^{(L)}_j - y_j\right)^2 = "
    r"\frac{2}{n_L} \left(a^{(L)}_i - y_i\right)",
)
def check_04_10() -> None:
    net, x, y = examples.small_network(cost="mean_squared")
    a = forward(net, x).a[2]
    close(dC_da_measured(net, x, y, 2), (2 / 2 * (a - y))[:, 0])
    three = Network.random([2, 3], cost="mean_squared", seed=0)
    y = np.array([[0.1], [0.5], [0.9]])
    close(dC_da_measured(three, x, y, 1), (2 / 3 * (forward(three, x).a[1] - y))[:, 0])


@equation("05.1", r"\delta^{(l)}_j = \frac{\partial C}{\partial z^{(l)}_j}")
def check_05_1(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    # A push on z is a push on the bias, for one sample at a time.
    delta = backpropagate(net, x, y).delta
    for i in range(x.shape[1]):
        measured = numerical_gradient(net, x[:, i], y[:, i])
        for l in range(1, net.L + 1):
            close(delta[l][:, [i]], measured.b[l])


@equation("05.2", r"\delta^{(L)} = (a^{(L)} - y) \odot \sigma'(z^{(L)})")
def check_05_2(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    trace, L = forward(net, x), net.L
    s = 1 / (1 + np.exp(-trace.z[L]))
    close(deltas_measured(net, x, y)[L], (trace.a[L] - y) * s * (1 - s))


@equation("05.3", r"\delta^{(1)}_j = \sum_{t} \delta^{(2)}_t \, w^{(2)}_{tj} \, \sigma'(z^{(1)}_j)")
def check_05_3() -> None:
    net, x, y = examples.small_network()
    delta, z = deltas_measured(net, x, y), forward(net, x).z
    for j in range(3):
        right = sum(delta[2][t, 0] * net.W[2][t, j] * sigmoid_slope(z[1][j, 0]) for t in range(2))
        close(delta[1][j, 0], right)


@equation(
    "05.4",
    r"\delta^{(l)} = \left( (W^{(l+1)})^{\mathsf T} \, \delta^{(l+1)} \right) \odot "
    r"\sigma'(z^{(l)})",
)
def check_05_4(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    delta, z = deltas_measured(net, x, y), forward(net, x).z
    for l in range(1, net.L):
        close(delta[l], (net.W[l + 1].T @ delta[l + 1]) * sigmoid_slope(z[l]))


@equation("05.5", r"\frac{\partial C}{\partial b^{(l)}} = \delta^{(l)}")
def check_05_5(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    x, y = x[:, :1], y[:, :1]
    measured, delta = numerical_gradient(net, x, y), backpropagate(net, x, y).delta
    for l in range(1, net.L + 1):
        close(measured.b[l], delta[l])


@equation("05.6", r"\frac{\partial C}{\partial w^{(l)}_{jk}} = \delta^{(l)}_j \, a^{(l-1)}_k")
def check_05_6(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    x, y = x[:, :1], y[:, :1]
    measured, delta, a = (
        numerical_gradient(net, x, y),
        backpropagate(net, x, y).delta,
        forward(net, x).a,
    )
    for l in range(1, net.L + 1):
        for j, k in np.ndindex(net.W[l].shape):
            close(measured.W[l][j, k], delta[l][j, 0] * a[l - 1][k, 0])


@equation("05.7", r"\frac{\partial C}{\partial W^{(l)}} = \delta^{(l)} \, (a^{(l-1)})^{\mathsf T}")
def check_05_7(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    x, y = x[:, :1], y[:, :1]
    measured, delta, a = (
        numerical_gradient(net, x, y),
        backpropagate(net, x, y).delta,
        forward(net, x).a,
    )
    for l in range(1, net.L + 1):
        close(measured.W[l], delta[l] @ a[l - 1].T)


@equation("05.8", r"\frac{\partial C}{\partial b^{(l)}} = \frac1m \sum_{i=1}^m \delta^{(l)}_i")
def check_05_8(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    measured, delta, m = numerical_gradient(net, x, y), deltas_measured(net, x, y), x.shape[1]
    for l in range(1, net.L + 1):
        close(measured.b[l][:, 0], sum(delta[l][:, i] for i in range(m)) / m)


@equation(
    "05.9",
    r"\frac{\partial C}{\partial W^{(l)}} = \frac1m \sum_{i=1}^m \delta^{(l)}_i \, "
    r"(a^{(l-1)}_i)^{\mathsf T} = \frac1m \, \delta^{(l)} \, (a^{(l-1)})^{\mathsf T}",
)
def check_05_9(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    measured, delta, m = numerical_gradient(net, x, y), deltas_measured(net, x, y), x.shape[1]
    a = forward(net, x).a
    for l in range(1, net.L + 1):
        summed = sum(np.outer(delta[l][:, i], a[l - 1][:, i]) for i in range(m)) / m
        close(measured.W[l], summed)
        close(summed, delta[l] @ a[l - 1].T / m)


@equation(
    "05.10",
    r"W^{(l)} \leftarrow W^{(l)} - \eta \, \frac{\partial C}{\partial W^{(l)}}, \qquad "
    r"b^{(l)} \leftarrow b^{(l)} - \eta \, \frac{\partial C}{\partial b^{(l)}}",
)
def check_05_10(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    measured = numerical_gradient(net, x, y)
    stepped = update(net, backpropagate(net, x, y), eta=0.3)
    for l in range(1, net.L + 1):
        close(stepped.W[l], net.W[l] - 0.3 * measured.W[l])
        close(stepped.b[l], net.b[l] - 0.3 * measured.b[l])


@equation(
    "06.1",
    r"z^{(l)}_{ji} = \sum_k w^{(l)}_{jk} \, a^{(l-1)}_{ki} + b^{(l)}_j",
)
def check_06_1(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    trace = forward(net, x)
    for l in range(1, net.L + 1):
        for j, i in np.ndindex(trace.z[l].shape):
            summed = sum(net.W[l][j, k] * trace.a[l - 1][k, i] for k in range(net.sizes[l - 1]))
            close(trace.z[l][j, i], summed + net.b[l][j, 0])


@equation(
    "06.2",
    r"z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)} \begin{bmatrix} 1 & 1 & \cdots & 1 \end{bmatrix}",
)
def check_06_2(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    trace, ones = forward(net, x), np.ones((1, x.shape[1]))
    for l in range(1, net.L + 1):
        close(trace.z[l], net.W[l] @ trace.a[l - 1] + net.b[l] @ ones)


@equation(
    "06.3",
    r"J = \frac1m \sum_{i=1}^m C_i = \frac{1}{2m} \sum_{i=1}^m \sum_j \left(a^{(L)}_{ji} - "
    r"y_{ji}\right)^2",
)
def check_06_3(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    a, m = forward(net, x).a[-1], x.shape[1]
    close(cost(net, x, y), sum(cost(net, x[:, i], y[:, i]) for i in range(m)) / m)
    close(cost(net, x, y), sum((a[at] - y[at]) ** 2 for at in np.ndindex(a.shape)) / (2 * m))


@equation("06.4", r"da^{(L)} = a^{(L)} - y")
def check_06_4(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    close(da_measured(net, x, y, net.L), forward(net, x).a[-1] - y)


@equation("06.5", r"dz^{(l)} = da^{(l)} \odot g'(z^{(l)})")
def check_06_5(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    for case in (net, with_tanh(net)):
        dz, z = deltas_measured(case, x, y), forward(case, x).z
        for l in range(1, net.L + 1):
            close(dz[l], da_measured(case, x, y, l) * slope(case.sigma[l].value, z[l]))


@equation("06.6", r"da^{(l-1)} = (W^{(l)})^{\mathsf T} \, dz^{(l)}")
def check_06_6(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    for case in (net, with_tanh(net)):
        dz = deltas_measured(case, x, y)
        for l in range(1, net.L + 1):
            close(da_measured(case, x, y, l - 1), case.W[l].T @ dz[l])


@equation("06.7", r"dW^{(l)} = \frac1m \, dz^{(l)} \, (a^{(l-1)})^{\mathsf T}")
def check_06_7(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    for case in (net, with_tanh(net)):
        measured, dz = numerical_gradient(case, x, y), deltas_measured(case, x, y)
        for l in range(1, net.L + 1):
            close(measured.W[l], dz[l] @ forward(case, x).a[l - 1].T / x.shape[1])


@equation("06.8", r"db^{(l)}_j = \frac1m \sum_{i=1}^m dz^{(l)}_{ji}")
def check_06_8(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    measured, dz, m = numerical_gradient(net, x, y), deltas_measured(net, x, y), x.shape[1]
    for l in range(1, net.L + 1):
        for j in range(net.sizes[l]):
            close(measured.b[l][j, 0], sum(dz[l][j, i] for i in range(m)) / m)


@equation(
    "06.9",
    r"\frac1m \left( dz^{(l)} \, (a^{(l-1)})^{\mathsf T} \right) = \left( \frac1m \, dz^{(l)} "
    r"\right) (a^{(l-1)})^{\mathsf T}",
)
def check_06_9(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    a, dz, m = forward(net, x).a, backpropagate(net, x, y).delta, x.shape[1]
    for l in range(1, net.L + 1):
        close((dz[l] @ a[l - 1].T) / m, (dz[l] / m) @ a[l - 1].T)


def cost_of_first_weight() -> tuple[Callable[[complex], complex], float, float]:
    """The cost as a function of w_00 of layer 1 of the running network, that weight, its slope."""
    net, x, y = examples.small_network()
    along = cost_along(net, x, y, "W", 1, (0, 0))
    w = net.W[1][0, 0]
    return lambda v: along(v - w), w, backpropagate(net, x, y).W[1][0, 0]


def taylor(f: Callable[[complex], complex], w: float) -> np.ndarray:
    """f and its first four derivatives at w, from its values on a circle in the complex plane."""
    places = np.exp(2j * np.pi * np.arange(32) / 32) / 2
    powers = np.fft.fft([f(w + place) for place in places]) / 32
    return np.real(powers[:5] * 2.0 ** np.arange(5) * [1, 1, 2, 6, 24])


@equation("07.1", r"\frac{\partial C}{\partial w} \approx \frac{C(w + h) - C(w - h)}{2h}")
def check_07_1(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    exact, h = backpropagate(net, x, y), 1e-5
    for l in range(1, net.L + 1):
        measured = np.empty_like(net.W[l])
        for place in np.ndindex(measured.shape):
            up, down = (cost(nudged(net, "W", l, place, d), x, y) for d in (h, -h))
            measured[place] = (up - down) / (2 * h)
        assert np.linalg.norm(measured - exact.W[l]) < 1e-7 * np.linalg.norm(exact.W[l])


@equation("07.2", r"\frac{C(w + h) - C(w)}{h} = C'(w) + \frac{h}{2} \, C''(w) + \dots")
def check_07_2() -> None:
    C, w, exact = cost_of_first_weight()
    second = taylor(C, w)[2]
    for h in (1e-2, 1e-3):
        # What the dots stand for is of the order h².
        assert abs((C(w + h) - C(w)) / h - (exact + h / 2 * second)) < 0.1 * h**2


@equation("07.3", r"\frac{C(w + h) - C(w - h)}{2h} = C'(w) + \frac{h^2}{6} \, C'''(w) + \dots")
def check_07_3() -> None:
    C, w, exact = cost_of_first_weight()
    third = taylor(C, w)[3]
    for h in (1e-1, 3e-2):
        # The next term is of the order h⁴.
        assert abs((C(w + h) - C(w - h)) / (2 * h) - (exact + h**2 / 6 * third)) < 0.1 * h**4


@equation("07.4", r"\text{error}(h) = \frac{h^2}{6} \, |C'''| + \frac{\varepsilon \, |C|}{h}")
def check_07_4() -> None:
    # An estimate: over all h the measured error stays below it but for a small factor, and comes
    # near it on both sides of the V.
    C, w, exact = cost_of_first_weight()
    third, eps = abs(taylor(C, w)[3]), 1.1e-16
    ratios = []
    for h in 10.0 ** -np.arange(1, 13):
        error = abs((C(w + h) - C(w - h)) / (2 * h) - exact)
        ratios.append(error / (h**2 / 6 * third + eps * abs(C(w)) / h))
    assert max(ratios) < 8
    assert min(ratios[:4]) > 0.5
    assert max(ratios[6:]) > 0.05


@equation(
    "07.5",
    r"h_{\text{best}} = \left( \frac{3 \, \varepsilon \, |C|}{|C'''|} \right)^{1/3}",
)
def check_07_5() -> None:
    C, w, _ = cost_of_first_weight()
    third, eps = abs(taylor(C, w)[3]), 1.1e-16
    h = np.logspace(-8, -2, 60001)
    smallest = h[np.argmin(h**2 / 6 * third + eps * abs(C(w)) / h)]
    close(smallest, (3 * eps * abs(C(w)) / third) ** (1 / 3), rtol=1e-3)
    assert 1e-6 < smallest < 1e-4


@equation(
    "07.6",
    r"C(w + ih) = \left( C(w) - \frac{h^2}{2} \, C''(w) + \dots \right) + i \left( h \, C'(w) - "
    r"\frac{h^3}{6} \, C'''(w) + \dots \right)",
)
def check_07_6() -> None:
    C, w, _ = cost_of_first_weight()
    value, first, second, third, _ = taylor(C, w)
    for h in (0.1, 0.03):
        at = C(w + 1j * h)
        assert abs(at.real - (value - h**2 / 2 * second)) < 0.1 * h**4
        assert abs(at.imag - (h * first - h**3 / 6 * third)) < 0.1 * h**5


@equation("07.7", r"C'(w) \approx \frac{\operatorname{Im} \, C(w + ih)}{h}")
def check_07_7() -> None:
    C, w, exact = cost_of_first_weight()
    for h in (1e-8, 1e-20, 1e-200):
        close(C(w + 1j * h).imag / h, exact, rtol=1e-13)


@equation(
    "07.8",
    r"\text{error} = \frac{\lVert g - n \rVert}{\max(\lVert g \rVert, \lVert n \rVert)}",
)
def check_07_8(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    right, measured = backpropagate(net, x, y), numerical_gradient(net, x, y)
    wrong = Gradients(right.delta, (None, *(-3 * W for W in right.W[1:])), right.b)
    rows = {row.name: row.error for row in check_gradient(net, x, y, wrong).rows}
    for l in range(1, net.L + 1):
        g, n = wrong.W[l], measured.W[l]
        lengths = [np.sqrt(sum(v**2 for v in array.ravel())) for array in (g - n, g, n)]
        close(rows[f"W[{l}]"], lengths[0] / max(lengths[1:]))


@equation("07.9", r"\text{forward passes} = 2P = 2 \sum_{l=1}^{L} n_l \, (n_{l-1} + 1)")
def check_07_9(net: Network, x: np.ndarray, y: np.ndarray) -> None:
    passes, n = 0, net.sizes
    with pytest.MonkeyPatch.context() as patch:

        def counted(*arguments: object) -> float:
            nonlocal passes
            passes += 1
            return cost(*arguments)

        patch.setattr("bp_helpers.gradcheck.cost", counted)
        numerical_gradient(net, x, y, method="central")
    assert passes == 2 * sum(n[l] * (n[l - 1] + 1) for l in range(1, net.L + 1))


@equation("08.1", r"\text{number of parameters} = \sum_{l=1}^{L} n_l \, (n_{l-1} + 1)")
def check_08_1() -> None:
    for n in ((784, 30, 10), (784, 16, 16, 10), (2, 3, 2)):
        net = Network.random(n, seed=0)
        counted = sum(W.size + b.size for W, b in zip(net.W[1:], net.b[1:]))
        assert counted == sum(n[l] * (n[l - 1] + 1) for l in range(1, len(n)))


@equation(
    "08.2",
    r"W^{(l)} \leftarrow W^{(l)} - \frac{\eta}{m} \sum_{i \in B} \frac{\partial "
    r"C_i}{\partial W^{(l)}}",
)
def check_08_2() -> None:
    net, x, y = examples.batch()
    B, eta = [0, 2, 3], 0.5
    stepped = update(net, backpropagate(net, x[:, B], y[:, B]), eta)
    for l in (1, 2):
        summed = sum(numerical_gradient(net, x[:, i], y[:, i]).W[l] for i in B)
        close(stepped.W[l], net.W[l] - eta / len(B) * summed)


@equation(
    "08.3",
    r"\overline{\|\delta^{(l)}\|} = \frac1M \sum_{i=1}^{M} \sqrt{\sum_j "
    r"\bigl(\delta^{(l)}_{ji}\bigr)^2}",
)
def check_08_3() -> None:
    # With a tiny step size the network stands still during the epoch, so both sides see the same.
    net, x, y = examples.batch()
    history = train(net, (x, y), epochs=1, batch_size=3, eta=1e-12, seed=0, progress=False)
    delta, M = backpropagate(net, x, y).delta, x.shape[1]
    for l in (1, 2):
        lengths = [
            np.sqrt(sum(delta[l][j, i] ** 2 for j in range(len(delta[l])))) for i in range(M)
        ]
        close(history.delta_size[l][0], sum(lengths) / M, rtol=1e-9)


# What runs them.


def test_every_equation_has_one_check() -> None:
    written = []
    for path in committed_notebooks():
        found = equations_of_notebook(json.loads(path.read_text(encoding="utf-8")))
        number = path.stem[:2]
        assert all(re.fullmatch(rf"{number}\.\d+", tag) for tag, _ in found), path.stem
        written += found
    problems = disagreements(written, (checked.equation for checked in CHECKS))
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


@pytest.mark.parametrize(("check", "case"), runs(CHECKS))
def test_both_sides_are_equal(check: Callable[..., None], case: tuple) -> None:
    check(*case)


# Its own tests: each way to be wrong is noticed.

_WRITTEN = [Equation("05.1", "a = b"), Equation("05.2", "c = d")]


def test_the_same_equations_agree() -> None:
    assert disagreements(_WRITTEN, reversed(_WRITTEN)) == []


@pytest.mark.parametrize(
    ("written", "checked", "problem"),
    [
        (_WRITTEN, _WRITTEN[:1], "(05.2) has no check"),
        (_WRITTEN[:1], _WRITTEN, "(05.2) is checked, but in no notebook"),
        (_WRITTEN, [*_WRITTEN, _WRITTEN[0]], "(05.1) stands more than once in the checks"),
        ([*_WRITTEN, _WRITTEN[0]], _WRITTEN, "(05.1) stands more than once in the notebooks"),
        (
            _WRITTEN,
            [_WRITTEN[0], Equation("05.2", "c = -d")],
            "(05.2) reads 'c = d' in the notebook and 'c = -d' at its check",
        ),
    ],
)
def test_each_disagreement_is_named(
    written: list[Equation], checked: list[Equation], problem: str
) -> None:
    assert disagreements(written, checked) == [problem]


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


def test_a_check_runs_on_every_network_or_once() -> None:
    general = Checked(_WRITTEN[0], lambda net, x, y: None)
    special = Checked(_WRITTEN[1], lambda: None)
    assert len(runs([general])) == len(networks()) >= 5
    assert len(runs([special])) == 1


def test_a_wrong_equation_fails_its_check() -> None:
    def wrong(net: Network, x: np.ndarray, y: np.ndarray) -> None:
        np.testing.assert_allclose(net.W[1] @ x + 2 * net.b[1], net.W[1] @ x + net.b[1])

    for case in networks().values():
        with pytest.raises(AssertionError):
            test_both_sides_are_equal(wrong, case)


def test_the_decorator_registers_and_returns_the_check() -> None:
    before = list(CHECKS)
    try:
        made = equation("99.1", latex=r"a  = b \tag{99.1}")(lambda: None)
        assert CHECKS[len(before) :] == [Checked(Equation("99.1", "a = b"), made)]
    finally:
        CHECKS[:] = before
