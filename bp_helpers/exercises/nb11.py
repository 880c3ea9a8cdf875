"""The exercises of notebook 11: other costs, other activations, and depth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from bp_helpers._validation import Array
from bp_helpers.backprop import forward
from bp_helpers.exercises.exercise import Exercise, Probe, WholePass, columns
from bp_helpers.functions import sigmoid, softmax
from bp_helpers.network import Network
from bp_helpers.slips import Arrays

_RNG = np.random.default_rng(11)
_Sizes = Sequence[float | None]


# 11.1


def output_delta(z: Array, y: Array) -> Array:
    """BP1 for sigmoid outputs with the binary cross-entropy."""
    delta: Array = sigmoid(z) - y
    return delta


def _of_output(of: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """Something made of the output and the target, as a function of z and the target."""
    return lambda z, y: of(sigmoid(z), y)


def _outputs(n: int, m: int) -> Probe:
    return 3 * columns(_RNG, n, m), _RNG.uniform(0.05, 0.95, (n, m))


# 11.2


def elu_slope(z: Array) -> Array:
    """The slope of elu, which is z where z > 0 and e^z − 1 elsewhere."""
    return np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def _left(
    left: Callable[[Array], Array | float], right: Callable[[Array], Array | float] = lambda z: 1.0
) -> Callable[[Array], Array]:
    """A function with one branch where z > 0, which is 1 unless it is given, and one elsewhere."""
    return lambda z: np.where(z > 0, right(z), left(z))


# 11.3


def softmax_back(a: Array, dC_da: Array) -> Array:
    """∂C/∂z of a softmax from its outputs a and ∂C/∂a, a column for each sample."""
    found: Array = a * (dC_da - _weighted(a, dC_da))
    return found


def _weighted(a: Array, g: Array) -> Array:
    total: Array = (a * g).sum(axis=0, keepdims=True)
    return total


def _shares_and_slopes(n: int, m: int) -> Probe:
    return softmax(2 * columns(_RNG, n, m)), columns(_RNG, n, m)


# 11.4


def mean_factor(sizes: _Sizes) -> float:
    """The factor that leads in L − 1 equal steps from the size in layer L to that in layer 1."""
    return float(_share(sizes) ** (1 / _back(sizes)))


def _known(sizes: _Sizes) -> list[float]:
    return [size for size in sizes if size is not None]


def _share(sizes: _Sizes) -> float:
    known = _known(sizes)
    return known[0] / known[-1]


def _back(sizes: _Sizes) -> int:
    """How many steps there are from the last layer to the first."""
    return len(sizes) - 2


def _ratios(sizes: _Sizes) -> list[float]:
    known = _known(sizes)
    return [one / other for one, other in pairwise(known)]


def _sizes(L: int, factor: float) -> Probe:
    """Sizes that shrink or grow on the way back, unevenly."""
    steps = factor * _RNG.uniform(0.6, 1.6, L - 1)
    sizes = 0.7 * np.cumprod([1.0, *steps])[::-1]
    return ([None, *map(float, sizes)],)


# 11.5


def my_backprop(net: Network, x: Array, y: Array) -> Arrays:
    """A pass for softmax with cross-entropy that multiplies by a(1 − a) as well."""
    a, z, L, m = forward(net, x).a, forward(net, x).z, net.L, x.shape[1]
    delta = {L: (a[L] - y) * a[L] * (1 - a[L])}
    for l in range(L - 1, 0, -1):
        delta[l] = (net.W[l + 1].T @ delta[l + 1]) * net.sigma[l].slope(z[l])
    layers = range(1, L + 1)
    dW = [delta[l] @ a[l - 1].T / m for l in layers]
    return dW, [delta[l].mean(axis=1, keepdims=True) for l in layers]


EXERCISES = (
    Exercise(
        "11.1",
        output_delta,
        probes=[_outputs(n, m) for n, m in ((3, 4), (1, 1), (2, 5), (4, 1), (3, 3))],
        mistakes=[
            (
                _of_output(lambda a, y: (a - y) * a * (1 - a)),
                "There is still a σ′: with this cost it has dropped out, and δ is output minus "
                "target alone.",
            ),
            (
                _of_output(lambda a, y: (a - y) / (a * (1 - a))),
                "This is ∂C/∂a: δ is ∂C/∂z, so it has to be multiplied by σ′.",
            ),
            (
                _of_output(lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a))),
                "The cost itself stands here, where its slope for z belongs.",
            ),
            (
                _of_output(lambda a, y: -y / a),
                "This is the slope −y/a of one term of the cost for a: the other term and σ′ are "
                "missing.",
            ),
            (
                lambda z, y: z - y,
                "It compares z with the target: the output is σ(z).",
            ),
            (
                _of_output(lambda a, y: y - a),
                "The sign is turned: it should be output minus target.",
            ),
            (
                _of_output(lambda a, y: a),
                "The target is left out.",
            ),
            (
                lambda z, y: sigmoid(-z) - y,
                "It takes σ(−z), which is 1 − σ(z), for the output.",
            ),
            (
                lambda z, y: 1 / 1 + np.exp(-z) - y,
                "It takes 1 + e^(−z) for the output: σ is 1 divided by all of it, in brackets.",
            ),
            (
                lambda z, y: softmax(z) - y,
                "It takes softmax for the output: these are sigmoids, each by itself.",
            ),
            (
                lambda z, y: sigmoid(sigmoid(z)) - y,
                "It takes σ twice: z is given, so once leads to the output.",
            ),
            (
                lambda z, y: (sigmoid(z) - y) / z.shape[1],
                "It divides by m: the mean is taken in BP3 and BP4, and only there.",
            ),
            (
                lambda z, y: (sigmoid(z) - y) / len(z),
                "It divides by the number of outputs: the cost is their sum.",
            ),
            (
                _of_output(lambda a, y: 2 * (a - y)),
                "There is a stray 2: nothing is squared in this cost.",
            ),
            (
                _of_output(lambda a, y: (a - y) ** 2 / 2),
                "This is the cost half_squared, and not even its slope.",
            ),
            (
                _of_output(lambda a, y: np.abs(a - y)),
                "The sign is lost: δ says in which direction the cost grows.",
            ),
        ],
    ),
    Exercise(
        "11.2",
        elu_slope,
        probes=[
            (np.array([[-2.0, 0.5, 3.0], [1.5, -0.3, -1.1]]),),
            (np.array([[0.0], [-0.7], [0.7]]),),
            (np.array([2.5, -3.5, -0.1, 0.2]),),
            (columns(_RNG, 4, 3),),
        ],
        mistakes=[
            (_elu, "This is elu itself: its slope is asked for."),
            (
                _left(lambda z: 0.0),
                "This is the slope of relu: elu is no constant left of 0.",
            ),
            (
                _left(lambda z: 0.01),
                "This is the slope of leaky relu: left of 0, elu is e^z − 1.",
            ),
            (
                _left(lambda z: np.exp(z) - 1),
                "The −1 is still there: the slope of a constant is 0.",
            ),
            (np.exp, "It is e^z everywhere: right of 0, elu is z."),
            (
                lambda z: np.ones_like(z, dtype=float),
                "It is 1 everywhere: left of 0, elu is e^z − 1. If both branches are written, one "
                "has overwritten the other.",
            ),
            (
                _left(np.exp, lambda z: z),
                "Right of 0 stands elu itself: the slope of z is 1.",
            ),
            (
                _left(lambda z: z * np.exp(z - 1)),
                "It treats e^z as a power of z: its slope is e^z itself.",
            ),
            (
                _left(lambda z: np.exp(-z)),
                "The sign of z is turned in the power.",
            ),
            (
                _left(lambda z: -np.exp(z)),
                "The sign of the slope is turned left of 0, where elu rises.",
            ),
            (
                lambda z: np.where(z > 0, np.exp(z), 1.0),
                "The two branches have changed sides.",
            ),
            (
                lambda z: np.exp(np.minimum(_elu(z), 0)),
                "It puts elu(z) into the slope: z itself belongs there.",
            ),
            (
                lambda z: np.where(z > 0, 1.0, np.where(z < 0, np.exp(z), 0.0)),
                "It is 0 at z = 0, which belongs to the left branch, whose slope there is 1.",
            ),
            (
                lambda z: sigmoid(z) * (1 - sigmoid(z)),
                "This is the slope of the sigmoid.",
            ),
        ],
    ),
    Exercise(
        "11.3",
        softmax_back,
        probes=[_shares_and_slopes(n, m) for n, m in ((3, 4), (4, 1), (3, 3), (5, 2))],
        mistakes=[
            (
                lambda a, g: a * (1 - a) * g,
                "This is the diagonal of the Jacobian alone: a push on one z moves the other "
                "outputs too.",
            ),
            (
                lambda a, g: a * g,
                "The second sum is missing: −a_k times what all outputs add up to.",
            ),
            (
                lambda a, g: -a * _weighted(a, g),
                "The first sum is missing: the one in which the Kronecker δ leaves one term.",
            ),
            (
                lambda a, g: a * (g - (a * g).sum(axis=1, keepdims=True)),
                "It adds up over the samples: the sum is over the outputs of one sample.",
            ),
            (
                lambda a, g: a * (g - (a * g).sum()),
                "It adds up over all samples as well: each of them has a softmax of its own.",
            ),
            (
                lambda a, g: a * (g - g.sum(axis=0)),
                "The slopes are added up as they are: in the Jacobian each is multiplied by its a.",
            ),
            (
                lambda a, g: a * (g - g.mean(axis=0)),
                "It takes the plain mean of the slopes: each has the weight of its a.",
            ),
            (
                lambda a, g: a * (g - (a * g).mean(axis=0)),
                "It divides by the number of outputs: they sum to 1 already.",
            ),
            (
                lambda a, g: g - _weighted(a, g),
                "The a in front is missing: every entry of row k and column k has it as a factor.",
            ),
            (
                lambda a, g: a * g - _weighted(a, g),
                "In the second sum the a in front is missing: brackets, perhaps.",
            ),
            (
                lambda a, g: a * (g + _weighted(a, g)),
                "The second sum is added: there is a minus between δ_jk and a_k.",
            ),
            (
                lambda a, g: -softmax_back(a, g),
                "The sign is turned.",
            ),
            (
                lambda a, g: softmax_back(softmax(a), g),
                "Softmax is taken again: `a` holds outputs already.",
            ),
            (
                lambda a, g: a * (g - _weighted(a, g)[:, :1]),
                "It takes the sum of the first sample for all of them.",
            ),
            (
                lambda a, g: softmax_back(a, g) / a.shape[1],
                "It divides by m: the mean is taken in BP3 and BP4, and only there.",
            ),
            (
                lambda a, g: (np.eye(len(a))[:, [-1]] - a) * a[-1] * g[-1],
                "It holds what comes through the last output alone: the paths through all of them "
                "are added up, with `+=`.",
            ),
            (
                lambda a, g: a * (g - a[-1] * g[-1]),
                "Of the second sum, only the last term is there: its terms are added up, with "
                "`+=`.",
            ),
            (
                lambda a, g: a - g,
                "This is a minus what was given: a − y holds for cross-entropy, and `dC_da` is "
                "no target.",
            ),
        ],
    ),
    Exercise(
        "11.4",
        mean_factor,
        probes=[
            _sizes(L, factor) for L, factor in ((3, 0.25), (2, 0.3), (6, 0.5), (5, 2.5), (11, 0.9))
        ],
        mistakes=[
            (
                lambda sizes: _share(sizes) ** (1 / (_back(sizes) + 1)),
                "It takes the Lth root: from layer L to layer 1 there are L − 1 steps.",
            ),
            (
                lambda sizes: _share(sizes) ** (1 / (_back(sizes) + 2)),
                "It takes the root that belongs to the length of the list: there are L − 1 steps.",
            ),
            (
                lambda sizes: 1 / mean_factor(sizes),
                "It goes forwards: divide the size in layer 1 by that in layer L.",
            ),
            (
                _share,
                "This is the factor over all layers: the one that leads through a single layer is "
                "its root.",
            ),
            (
                lambda sizes: _share(sizes) / _back(sizes),
                "It divides by the number of steps, where a root belongs: factors multiply. In "
                "`v ** 1 / n`, the power comes first.",
            ),
            (
                lambda sizes: _known(sizes)[0] / _known(sizes)[-1] ** (1 / _back(sizes)),
                "The power comes before the division: brackets around the quotient.",
            ),
            (
                lambda sizes: _share(sizes) ** (1 / (_back(sizes) + 1) - 1),
                "In `1 / L - 1` the division comes first: brackets around L − 1.",
            ),
            (
                lambda sizes: _share(sizes) ** _back(sizes),
                "It takes a power, where its root belongs.",
            ),
            (
                lambda sizes: float(np.mean(_ratios(sizes))),
                "It adds the factors up and divides: taken once for each step, that mean does not "
                "lead to the size in layer 1.",
            ),
            (
                lambda sizes: float(np.log(_share(sizes)) / _back(sizes)),
                "This is the logarithm of the factor.",
            ),
            (
                lambda sizes: (_known(sizes)[0] - _known(sizes)[-1]) / _back(sizes),
                "It takes the difference of the sizes: they are multiplied by a factor.",
            ),
            (
                lambda sizes: _ratios(sizes)[0],
                "This is the last step alone, from layer 2 to layer 1.",
            ),
            (
                lambda sizes: _ratios(sizes)[-1],
                "This is the first step alone, from layer L to the one before.",
            ),
            (
                _ratios,
                "These are the factors of all steps: one number is asked for, which leads just as "
                "far if it is taken once for each step.",
            ),
            (
                lambda sizes: _share(sizes) ** 0.5,
                "It always takes the square root: the number of steps is L − 1.",
            ),
        ],
    ),
    WholePass(
        "11.5",
        kinds=[
            {"activation": ["tanh", "relu", "softmax"], "cost": "cross_entropy"},
            {"activation": ["relu", "softmax"], "cost": "cross_entropy"},
            {"activation": ["sigmoid", "tanh", "leaky_relu", "softmax"], "cost": "cross_entropy"},
        ],
        unmended=my_backprop,
    ),
)
