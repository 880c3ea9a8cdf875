"""The rules of the backward pass, and beside each the ways in which people get it wrong.

A rule is a function of a `Run` and a layer, and so is every slip in it. A choice of one function
for each rule is a backward pass that runs, and so a gradient can be recognised by search: see
`diagnose`. Some slips only change what a rule gives, as a lost sign does: these can come on top of
another one in the same rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.functions import sigmoid_slope
from bp_helpers.network import Network

Rule = Callable[["Run", int], Any]
Change = Callable[["Run", int, Array], Array]
Arrays = tuple[list[Array], list[Array]]  # dW and db of the layers 1 … L


@dataclass
class Run:
    """One pass of `net` over samples x with targets y, as far as it has come."""

    net: Network
    x: Array
    y: Array
    a: dict[int, Array] = field(default_factory=dict)
    z: dict[int, Array] = field(default_factory=dict)
    delta: dict[int, Array] = field(default_factory=dict)
    dW: dict[int, Array] = field(default_factory=dict)
    db: dict[int, Array] = field(default_factory=dict)

    @property
    def m(self) -> int:
        """The number of samples."""
        return self.x.shape[1]

    def error(self) -> Array:
        """∂C/∂a of the output for each sample; with a fused cost a − y."""
        return self.net.cost.slope(self.a[self.net.L], self.y)

    def slope(self, l: int, at: Array | None = None) -> Array:
        """σ′ of layer l at its z, or elsewhere; 1 where it has dropped out of a fused output."""
        z = self.z[l] if at is None else at
        if l == self.net.L and self.net.fused:
            return np.ones_like(z)
        return self.net.sigma[l].slope(z)

    def back(self, l: int) -> Array:
        """δ of the layer behind l, along the weights."""
        return self.net.W[l + 1].T @ self.delta[l + 1]


@dataclass(frozen=True)
class Slip:
    """One way to get a rule wrong: its key, the rule, and a sentence to the person who made it.

    `fused` is the sentence where the cost is taken together with the output, if it is another one.
    """

    key: str
    rule: str
    says: str
    fused: str = ""

    def on(self, net: Network) -> Slip:
        """The slip with the sentence that is true of this network."""
        return replace(self, says=self.fused) if net.fused and self.fused else self


RIGHT: dict[str, Rule] = {}
WRONG: dict[Slip, Rule] = {}
_CHANGES: dict[Slip, Change] = {}


def _rule_of(name: str) -> str:
    first = name.split("_", maxsplit=1)[0]
    return first if first == "forward" else first.upper()


def _right(rule: Rule) -> Rule:
    RIGHT[_rule_of(rule.__name__)] = rule
    return rule


def _slip(says: str, fused: str = "") -> Callable[[Rule], Rule]:
    """Puts a function among the slips: its name is the rule, and what is wrong with it."""

    def put(wrong: Rule) -> Rule:
        WRONG[_slip_of(wrong, says, fused)] = wrong
        return wrong

    return put


def _change(says: str, fused: str = "") -> Callable[[Change], Change]:
    """The same for a function that changes what the rule gives."""

    def put(change: Change) -> Change:
        slip = _slip_of(change, says, fused)
        _CHANGES[slip] = change
        WRONG[slip] = lambda run, l: change(run, l, RIGHT[slip.rule](run, l))
        return change

    return put


def _slip_of(function: Callable[..., Any], says: str, fused: str) -> Slip:
    name = function.__name__.strip("_")
    return Slip(name.replace("_", "-"), _rule_of(name), says, fused)


# The forward pass: z and a of layer l.


@_right
def forward(run: Run, l: int) -> tuple[Array, Array]:
    """z = W a + b, and a = σ(z)."""
    z = run.net.W[l] @ run.a[l - 1] + run.net.b[l]
    return z, run.net.sigma[l].value(z)


@_slip("The forward pass leaves the bias out of z.")
def _forward_without_bias(run: Run, l: int) -> tuple[Array, Array]:
    z = run.net.W[l] @ run.a[l - 1]
    return z, run.net.sigma[l].value(z)


@_slip("The forward pass subtracts the bias, which should be added.")
def _forward_with_bias_subtracted(run: Run, l: int) -> tuple[Array, Array]:
    z = run.net.W[l] @ run.a[l - 1] - run.net.b[l]
    return z, run.net.sigma[l].value(z)


@_slip("The forward pass multiplies by the transpose of W.")
def _forward_with_transposed_weights(run: Run, l: int) -> tuple[Array, Array]:
    z = run.net.W[l].T @ run.a[l - 1] + run.net.b[l]
    return z, run.net.sigma[l].value(z)


@_slip("The forward pass takes the samples as rows: the input should be (n, m), one per column.")
def _forward_of_rows(run: Run, l: int) -> tuple[Array, Array]:
    z = run.net.W[l] @ (run.x.T if l == 1 else run.a[l - 1]) + run.net.b[l]
    return z, run.net.sigma[l].value(z)


@_slip(
    "z of the output stands where its activation a should: σ is left out there.",
    fused="z of the output stands where a should: the last layer has lost its activation function.",
)
def _forward_with_linear_output(run: Run, l: int) -> tuple[Array, Array]:
    z, a = forward(run, l)
    return z, z if l == run.net.L else a


@_slip("The forward pass leaves the activation of the hidden layers out.")
def _forward_with_linear_hidden_layers(run: Run, l: int) -> tuple[Array, Array]:
    z, a = forward(run, l)
    return z, a if l == run.net.L else z


@_slip("The forward pass applies the activation of another layer: each layer has its own.")
def _forward_with_activation_of_output(run: Run, l: int) -> tuple[Array, Array]:
    z, _ = forward(run, l)
    return z, run.net.sigma[run.net.L].value(z)


@_slip("The forward pass applies the activation twice.")
def _forward_activated_twice(run: Run, l: int) -> tuple[Array, Array]:
    z, a = forward(run, l)
    return z, run.net.sigma[l].value(a)


# BP1: δ of the output.


@_right
def bp1(run: Run, l: int) -> Array:
    """The slope of the cost, times σ′(z)."""
    return run.error() * run.slope(l)


@_slip("BP1 lacks σ′(z) of the output.")
def _bp1_without_slope(run: Run, l: int) -> Array:
    return run.error()


@_slip(
    "BP1 multiplies by σ(z), where the slope σ′(z) belongs.",
    fused="BP1 multiplies by the output once more: with this cost δ is a − y, and nothing else.",
)
def _bp1_with_activation_for_slope(run: Run, l: int) -> Array:
    return run.error() * run.a[l]


@_slip("BP1 takes the slope at a: it should be σ′(z), with z and not σ(z) put in.")
def _bp1_with_slope_at_a(run: Run, l: int) -> Array:
    return run.error() * run.slope(l, run.a[l])


@_slip("BP1 multiplies by σ′(z) twice.")
def _bp1_with_slope_twice(run: Run, l: int) -> Array:
    return run.error() * run.slope(l) ** 2


@_slip("With this cost σ′ drops out of BP1: δ is a − y, and nothing else.")
def _bp1_with_slope_that_drops_out(run: Run, l: int) -> Array:
    a = run.a[l]
    return run.error() * (a * (1 - a) if run.net.fused else run.slope(l))


@_slip("With this cost σ′ drops out of BP1, and so does that of a sigmoid: δ is a − y.")
def _bp1_with_slope_of_sigmoid_that_drops_out(run: Run, l: int) -> Array:
    drops_out = run.net.cost.fused_with == "softmax"  # beside a sigmoid it is the slip above
    return run.error() * (sigmoid_slope(run.z[l]) if drops_out else run.slope(l))


@_change("BP1 has the sign turned: it should be output minus target.")
def _bp1_with_sign_turned(run: Run, l: int, value: Array) -> Array:
    return -value


@_slip("BP1 leaves the target out.")
def _bp1_without_target(run: Run, l: int) -> Array:
    return run.net.cost.slope(run.a[l], np.zeros_like(run.y)) * run.slope(l)


@_change(
    "BP1 has a stray 2: it belongs to a cost without the ½.",
    fused="BP1 has a stray 2: nothing is squared in this cost.",
)
def _bp1_twice(run: Run, l: int, value: Array) -> Array:
    return 2 * value


@_change(
    "BP1 has a stray ½: the ½ of the cost goes when its square is differentiated.",
    fused="BP1 has a stray ½: there is none in this cost.",
)
def _bp1_half(run: Run, l: int, value: Array) -> Array:
    return value / 2


@_change("BP1 divides by the number of outputs, as only the cost mean_squared does.")
def _bp1_by_outputs(run: Run, l: int, value: Array) -> Array:
    return value / len(run.y)


@_change("BP1 divides by m: the mean is taken in BP3 and BP4, and only there.")
def _bp1_by_samples(run: Run, l: int, value: Array) -> Array:
    return value / run.m


@_slip(
    "BP1 squares the error: its slope belongs here, which is no square.",
    fused="BP1 squares the error: with this cost δ is a − y itself.",
)
def _bp1_of_squared_error(run: Run, l: int) -> Array:
    return run.error() ** 2 * run.slope(l)


@_slip("BP1 takes the mean of all errors: each output has its own, for each sample.")
def _bp1_of_mean_error(run: Run, l: int) -> Array:
    return run.error().mean() * run.slope(l)


@_slip("BP1 lacks brackets: output minus target comes first, and is then multiplied by σ′.")
def _bp1_without_brackets(run: Run, l: int) -> Array:
    return run.a[l] - (run.a[l] - run.error()) * run.slope(l)


@_slip("BP1 takes a(1 − a) for σ′, which is the slope of the sigmoid only.")
def _bp1_with_slope_of_sigmoid(run: Run, l: int) -> Array:
    return run.error() * (run.slope(l) if run.net.fused else run.a[l] * (1 - run.a[l]))


@_slip("BP1 gives every output the sum of all errors: each has its own.")
def _bp1_of_summed_errors(run: Run, l: int) -> Array:
    return run.error().sum(axis=0, keepdims=True) * run.slope(l)


# BP2: δ of a hidden layer.


@_right
def bp2(run: Run, l: int) -> Array:
    """The next layer's δ along the weights, times σ′(z)."""
    return run.back(l) * run.slope(l)


@_slip("BP2 lacks σ′(z) of the hidden layer.")
def _bp2_without_slope(run: Run, l: int) -> Array:
    return run.back(l)


@_slip("BP2 multiplies by σ(z), where the slope σ′(z) belongs.")
def _bp2_with_activation_for_slope(run: Run, l: int) -> Array:
    return run.back(l) * run.a[l]


@_slip("BP2 takes the slope at a: it should be σ′(z), with z and not σ(z) put in.")
def _bp2_with_slope_at_a(run: Run, l: int) -> Array:
    return run.back(l) * run.slope(l, run.a[l])


@_slip("BP2 multiplies by σ′(z) twice.")
def _bp2_with_slope_twice(run: Run, l: int) -> Array:
    return run.back(l) * run.slope(l) ** 2


@_slip("BP2 takes the slope of the next layer: it should be that of the layer whose δ it is.")
def _bp2_with_slope_of_next_layer(run: Run, l: int) -> Array:
    return run.back(l) * run.net.sigma[l].slope(run.z[l + 1])


@_slip("BP2 takes a(1 − a) for σ′, which is the slope of the sigmoid only.")
def _bp2_with_slope_of_sigmoid(run: Run, l: int) -> Array:
    return run.back(l) * (run.a[l] * (1 - run.a[l]))


@_slip("BP2 multiplies by W: it should be the transpose, since δ goes back along the weights.")
def _bp2_with_weights_not_transposed(run: Run, l: int) -> Array:
    return (run.net.W[l + 1] @ run.delta[l + 1]) * run.slope(l)


@_slip("BP2 multiplies by the inverse of W: it should be the transpose.")
def _bp2_with_inverse(run: Run, l: int) -> Array:
    return (np.linalg.pinv(run.net.W[l + 1]) @ run.delta[l + 1]) * run.slope(l)


@_slip("BP2 takes the weights that lead into the layer: those that lead out of it belong here.")
def _bp2_with_weights_of_own_layer(run: Run, l: int) -> Array:
    return (run.net.W[l].T @ run.delta[l + 1]) * run.slope(l)


@_slip("BP2 leaves the weights out.")
def _bp2_without_weights(run: Run, l: int) -> Array:
    return run.delta[l + 1].sum(axis=0, keepdims=True) * run.slope(l)


@_slip("BP2 follows one neuron of the next layer only: it should sum over all of them.")
def _bp2_without_sum(run: Run, l: int) -> Array:
    return (run.net.W[l + 1][:1].T @ run.delta[l + 1][:1]) * run.slope(l)


@_change("BP2 takes the mean over the neurons of the next layer: it should be the sum.")
def _bp2_with_mean_over_neurons(run: Run, l: int, value: Array) -> Array:
    return value / len(run.delta[l + 1])


@_slip("BP2 starts from δ of the output in every layer: it should be that of the next layer.")
def _bp2_from_output(run: Run, l: int) -> Array:
    return (run.net.W[l + 1].T @ run.delta[run.net.L]) * run.slope(l)


@_change("BP2 has the sign turned.")
def _bp2_with_sign_turned(run: Run, l: int, value: Array) -> Array:
    return -value


@_slip("BP2 adds the bias, which does not stand between one δ and the other.")
def _bp2_with_bias(run: Run, l: int) -> Array:
    return (run.back(l) + run.net.b[l]) * run.slope(l)


@_change("BP2 has a stray 2.")
def _bp2_twice(run: Run, l: int, value: Array) -> Array:
    return 2 * value


@_change("BP2 divides by m: the mean is taken in BP3 and BP4, and only there.")
def _bp2_by_samples(run: Run, l: int, value: Array) -> Array:
    return value / run.m


# BP3: the gradient of the biases.


@_right
def bp3(run: Run, l: int) -> Array:
    """δ, as a mean over the samples."""
    return run.delta[l].sum(axis=1, keepdims=True) / run.m


@_change("BP3 takes the sum over the samples: it should be the mean.")
def _bp3_with_sum(run: Run, l: int, value: Array) -> Array:
    return value * run.m


@_change("BP3 divides by the number of inputs, the rows of x: the samples are its columns.")
def _bp3_by_rows(run: Run, l: int, value: Array) -> Array:
    return value * run.m / len(run.x)


@_change("BP3 divides by m once too often.")
def _bp3_with_mean_twice(run: Run, l: int, value: Array) -> Array:
    return value / run.m


@_change("BP3 gives an array of shape (n,): it should be a column, (n, 1). Keep the dimension.")
def _bp3_flat(run: Run, l: int, value: Array) -> Array:
    return value[:, 0]


@_slip("BP3 lacks δ: that the bias is added as it is gives the factor 1, and δ stays.")
def _bp3_without_delta(run: Run, l: int) -> Array:
    return np.ones((len(run.delta[l]), 1))


@_slip("BP3 gives each sample's δ: it should be their mean, a single column.")
def _bp3_not_summed(run: Run, l: int) -> Array:
    return run.delta[l]


@_slip("BP3 takes the first sample only.")
def _bp3_of_first_sample(run: Run, l: int) -> Array:
    return run.delta[l][:, :1]


@_slip("BP3 takes one mean over all neurons: each has its own.")
def _bp3_with_mean_over_neurons(run: Run, l: int) -> Array:
    return np.full((len(run.delta[l]), 1), run.delta[l].mean())


@_slip("BP3 multiplies by σ′(z) again, which is in δ already.")
def _bp3_with_slope_again(run: Run, l: int) -> Array:
    return (run.delta[l] * run.slope(l)).sum(axis=1, keepdims=True) / run.m


@_slip("BP3 multiplies by an activation, as BP4 does: a bias has none.")
def _bp3_with_activation(run: Run, l: int) -> Array:
    return (run.delta[l] * run.a[l]).sum(axis=1, keepdims=True) / run.m


@_change("BP3 has the sign turned.")
def _bp3_with_sign_turned(run: Run, l: int, value: Array) -> Array:
    return -value


# BP4: the gradient of the weights.


@_right
def bp4(run: Run, l: int) -> Array:
    """δ times the activation that comes in, as a mean over the samples."""
    return run.delta[l] @ run.a[l - 1].T / run.m


@_change("BP4 takes the sum over the samples: it should be the mean.")
def _bp4_with_sum(run: Run, l: int, value: Array) -> Array:
    return value * run.m


@_change("BP4 divides by the number of inputs, the rows of x: the samples are its columns.")
def _bp4_by_rows(run: Run, l: int, value: Array) -> Array:
    return value * run.m / len(run.x)


@_change("BP4 divides by m once too often.")
def _bp4_with_mean_twice(run: Run, l: int, value: Array) -> Array:
    return value / run.m


@_slip("BP4 takes the activation of its own layer: it should be that of the layer before.")
def _bp4_with_own_activation(run: Run, l: int) -> Array:
    return run.delta[l] @ run.a[l].T / run.m


@_slip("BP4 takes z of the layer before: it should be its activation a.")
def _bp4_with_z_for_activation(run: Run, l: int) -> Array:
    return run.delta[l] @ (run.z[l - 1] if l > 1 else run.x).T / run.m


@_slip("BP4 takes the input x in every layer: it should be the activation of the layer before.")
def _bp4_with_input(run: Run, l: int) -> Array:
    return run.delta[l] @ run.x.T / run.m


@_slip("BP4 lacks δ.")
def _bp4_without_delta(run: Run, l: int) -> Array:
    return np.ones_like(run.delta[l]) @ run.a[l - 1].T / run.m


@_slip("BP4 lacks the activation of the layer before.")
def _bp4_without_activation(run: Run, l: int) -> Array:
    return run.delta[l] @ np.ones_like(run.a[l - 1]).T / run.m


@_change("BP4 is transposed: δ comes first, then the activation as a row.")
def _bp4_transposed(run: Run, l: int, value: Array) -> Array:
    return value.T


@_slip("BP4 takes the first sample only.")
def _bp4_of_first_sample(run: Run, l: int) -> Array:
    return run.delta[l][:, :1] @ run.a[l - 1][:, :1].T


@_slip("BP4 multiplies two means: it should be the mean of the products.")
def _bp4_of_means(run: Run, l: int) -> Array:
    means = (array.mean(axis=1, keepdims=True) for array in (run.delta[l], run.a[l - 1]))
    delta, a = means
    return delta @ a.T


@_slip("BP4 multiplies by σ′(z) again, which is in δ already.")
def _bp4_with_slope_again(run: Run, l: int) -> Array:
    return (run.delta[l] * run.slope(l)) @ run.a[l - 1].T / run.m


@_change("BP4 has the sign turned.")
def _bp4_with_sign_turned(run: Run, l: int, value: Array) -> Array:
    return -value


SLIPS: tuple[Slip, ...] = tuple(WRONG)


def can_meet(slips: Sequence[Slip]) -> bool:
    """Whether these slips can be in one pass: of each rule only one, but for changes on top."""
    rules = [slip.rule for slip in slips if slip not in _CHANGES]
    return len(set(rules)) == len(rules)


def run_with(slips: Sequence[Slip], net: Network, x: Array, y: Array) -> Run:
    """A forward and a backward pass with these slips in it, whose arrays are all kept.

    Raises ValueError or IndexError where its shapes do not fit, as NumPy does.
    """
    rules = {
        rule: _rule_with([slip for slip in slips if slip.rule == rule], rule) for rule in RIGHT
    }
    run, L = Run(net, x, y, {0: x}), net.L
    for l in range(1, L + 1):
        run.z[l], run.a[l] = rules["forward"](run, l)
    run.delta[L] = rules["BP1"](run, L)
    for l in range(L - 1, 0, -1):
        run.delta[l] = rules["BP2"](run, l)
    for l in range(1, L + 1):
        run.db[l], run.dW[l] = rules["BP3"](run, l), rules["BP4"](run, l)
    return run


def _rule_with(slips: Sequence[Slip], rule: str) -> Rule:
    """One rule with these slips in it: the wrong form of it, and what changes its result."""
    form = next((WRONG[slip] for slip in slips if slip not in _CHANGES), RIGHT[rule])
    changes = [_CHANGES[slip] for slip in slips if slip in _CHANGES]

    def changed(run: Run, l: int) -> Any:  # noqa: ANN401 (z and a, or an array)
        value = form(run, l)
        for change in changes:
            value = change(run, l, value)
        return value

    return changed


def gradient_with(slips: Sequence[Slip], net: Network, x: Array, y: Array) -> Arrays:
    """(dW, db) of a backward pass with these slips in it, one array for each layer 1 … L.

    Raises ValueError or IndexError where its shapes do not fit, as NumPy does.
    """
    run = run_with(slips, net, x, y)
    return [*run.dW.values()], [*run.db.values()]


def gradient_if_it_runs(slips: Sequence[Slip], net: Network, x: Array, y: Array) -> Arrays | None:
    """The same, or None where its shapes do not fit."""
    try:
        return gradient_with(slips, net, x, y)
    except (ValueError, IndexError):
        return None
