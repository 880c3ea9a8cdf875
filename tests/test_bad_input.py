"""Every kind of bad input is refused with a message that says what is wrong and what is right."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from bp_helpers import (
    Network,
    Stepper,
    accuracy,
    backpropagate,
    backward,
    backward_steps,
    check_gradient,
    cost,
    examples,
    forward,
    numerical_gradient,
    plots,
    train,
    update,
)
from bp_helpers.functions import Activation

NET, X, Y = examples.small_network()
_, XS, YS = examples.batch()
OTHER = Network.random([2, 4, 2], seed=0)
GRADS = backpropagate(NET, X, Y)
ONE = Network.random([2, 1], seed=0)
SOFT = Network.random([2, 3, 2], ["tanh", "softmax"], "cross_entropy", seed=0)
BINARY = Network.random([2, 1], "sigmoid", "binary_cross_entropy", seed=0)
LINEAR = Network([([[1.0]], 0.0), ([[1e155]], 0.0)], "identity")
PLAIN = Network([([[1.0]], 0.0)], "identity")
EXPLODING = Network([([[1.0]], 0.0)], Activation("exp", np.exp, np.exp))
STEEP = replace(GRADS, W=(None, *(1e3 * W for W in GRADS.W[1:])))
FLAT = replace(GRADS, b=(None, *(b.ravel() for b in GRADS.b[1:])))
W, B = np.ones((3, 2)), np.ones((3, 1))
SETTINGS = {"epochs": 1, "batch_size": 2, "eta": 0.1, "progress": False}


def fit(samples=(XS, YS), **settings):
    return train(NET, samples, **(SETTINGS | settings))


BAD = {
    # the network
    "no layers": (lambda: Network([]), ["layers", "[]", "pair (W, b)"]),
    "layers None": (lambda: Network(None), ["layers", "None", "pair (W, b)"]),
    "layer not a pair": (lambda: Network([(W, B, B)]), ["layers", "pair (W, b)"]),
    "W 3-D": (lambda: Network([(W[None], B)]), ["W[1]", "(1, 3, 2)", "(any, any)"]),
    "W 1-D": (lambda: Network([([1, 2], 0)]), ["W[1]", "(2,)", "(any, any)"]),
    "W empty": (lambda: Network([(np.ones((0, 2)), B)]), ["W[1]", "(0, 2)", "(any, any)"]),
    "W not chaining": (
        lambda: Network([(W, B), (np.ones((2, 4)), np.ones((2, 1)))]),
        ["W[2]", "(2, 4)", "(any, 3)"],
    ),
    "b 1-D": (lambda: Network([(W, [1, 2, 3])]), ["b[1]", "(3,)", "(3, 1)", "reshape(-1, 1)"]),
    "b a row": (lambda: Network([(W, B.T)]), ["b[1]", "(1, 3)", "(3, 1)", "b[1].T"]),
    "b wrong length": (
        lambda: Network([(W, np.ones((2, 1)))]),
        ["W[1]", "(3, 2)", "(2, 3)", "b[1]", "W[1].T"],
    ),
    "W ragged": (lambda: Network([([[1, 2], [3]], B)]), ["W[1]", "[[1, 2], [3]]", "equally long"]),
    "W NaN": (lambda: Network([([[1, np.nan]], 0)]), ["W[1]", "nan", "(0, 1)", "finite"]),
    "b inf": (lambda: Network([([[1]], [[-np.inf]])]), ["b[1]", "-inf", "(0, 0)", "finite"]),
    "W string": (lambda: Network([("heavy", 0)]), ["W[1]", "heavy", "numbers"]),
    "W None": (lambda: Network([(None, 0)]), ["W[1]", "should"]),
    "W too large a number": (lambda: Network([(10**400, 0)]), ["W[1]", "should"]),
    "unknown activation": (
        lambda: Network([(W, B)], activation="softplus"),
        ["activation", "softplus", "'sigmoid'", "'tanh'", "'relu'", "'identity'"],
    ),
    "activation not a name": (
        lambda: Network([(W, B)], activation=[np.tanh]),
        ["activation", "tanh", "'sigmoid'"],
    ),
    "no bias": (lambda: Network([(W, None)]), ["b[1] is None", "np.zeros((3, 1))"]),
    "activation None": (lambda: Network([(W, B)], None), ["activation", "None", "a name"]),
    "too few activations": (
        lambda: Network.random([2, 3, 2], activation=["relu"]),
        ["activation", "1 name", "2"],
    ),
    "unknown cost": (
        lambda: Network([(W, B)], cost="cubed"),
        ["cost", "cubed", "'half_squared'", "'squared'", "'mean_squared'"],
    ),
    "size zero": (lambda: Network.random([2, 0, 1]), ["sizes[1]", "0", "at least 1"]),
    "size not whole": (lambda: Network.random([2, 1.5]), ["sizes[1]", "1.5", "whole number"]),
    "one size": (lambda: Network.random([2]), ["sizes", "2"]),
    # samples
    "x transposed": (lambda: forward(NET, XS.T), ["x", "(4, 2)", "(2, any)"]),
    "x too long": (lambda: forward(NET, [1, 2, 3]), ["x", "(3,)", "(2, any)"]),
    "x a number": (lambda: forward(NET, 1.0), ["x", "(1, 1)", "(2, any)"]),
    "x string": (lambda: forward(NET, "ink"), ["x", "ink", "numbers"]),
    "x strings of digits": (lambda: forward(NET, ["1", "2"]), ["x", "'1'", "numbers"]),
    "x ragged": (lambda: forward(NET, [[1, 2], [3]]), ["x", "[[1, 2], [3]]", "equally long"]),
    "x NaN": (lambda: forward(NET, [1, np.nan]), ["x", "nan", "(1,)", "finite"]),
    "x inf": (lambda: cost(NET, [np.inf, 1], Y), ["x", "inf", "(0,)", "finite"]),
    "empty batch": (lambda: forward(NET, np.ones((2, 0))), ["x", "(2, 0)", "(2, any)"]),
    "y of wrong size": (lambda: backpropagate(NET, X, [1, 2, 3]), ["y", "(3,)", "(2, 1)"]),
    "y transposed": (lambda: backpropagate(NET, X, Y.T), ["y", "(1, 2)", "(2, 1)", "y.T"]),
    "y for fewer samples": (lambda: cost(NET, XS, YS[:, :3]), ["y", "(2, 3)", "(2, 4)"]),
    "y 1-D for a batch": (lambda: backpropagate(NET, XS, [0, 1]), ["y", "(2,)", "(2, 4)"]),
    "y NaN": (lambda: backpropagate(NET, X, [np.nan, 1]), ["y", "nan", "finite"]),
    "x of accuracy": (lambda: accuracy(NET, XS.T, YS), ["x", "(4, 2)", "(2, any)"]),
    "labels for y": (
        lambda: backpropagate(NET, XS, [0, 1, 1, 0]),
        ["y", "(4,)", "(2, 4)", "digits.one_hot(y, 2)"],
    ),
    "labels in samples": (
        lambda: fit((XS, np.array([0, 1, 1, 0]))),
        ["y in samples", "digits.one_hot(samples[1], 2)"],
    ),
    "labels in a row": (
        lambda: cost(NET, XS, [[0, 1, 1, 0]]),
        ["y", "(1, 4)", "(2, 4)", "digits.one_hot(np.ravel(y), 2)"],
    ),
    "flat y for one output": (
        lambda: cost(ONE, XS, [0, 1, 1, 0]),
        ["y", "(4,)", "(1, 4)", "y.reshape(1, -1)"],
    ),
    "flat x for one input": (
        lambda: forward(Network([(1, 0)]), [1, 2, 3]),
        ["x", "(3,)", "(1, any)", "x.reshape(1, -1)"],
    ),
    "x complex": (lambda: forward(NET, [1j, 2]), ["x", "1j", "real numbers"]),
    "y complex": (lambda: cost(NET, X, [1j, 2]), ["y", "1j", "real numbers"]),
    "W complex": (lambda: Network([([[1j]], 0)]), ["W[1]", "1j", "real numbers"]),
    "x masked": (
        lambda: forward(NET, np.ma.masked_array([1.0, 2.0], mask=[True, False])),
        ["x", "masked", "filled"],
    ),
    "x text in objects": (
        lambda: forward(NET, np.array(["1", 2], dtype=object)),
        ["x", "'1'", "array of numbers"],
    ),
    # what is too large
    "z overflows": (lambda: forward(NET, [1e308, 1e308]), ["z[1]", "inf", "finite"]),
    "a overflows": (lambda: forward(EXPLODING, [800.0]), ["a[1]", "inf", "finite"]),
    "C overflows": (lambda: cost(PLAIN, [1e200], [0]), ["C holds inf", "finite"]),
    "delta overflows": (lambda: backpropagate(LINEAR, [1e100], [0]), ["delta[1]", "finite"]),
    "an update overflows": (
        lambda: update(NET, STEEP, 1e308),
        ["W[", "eta * grads.W", "finite"],
    ),
    # functions that do not go together
    "softmax in the middle": (
        lambda: Network.random([2, 3, 2], ["softmax", "sigmoid"]),
        ["activation of layer 1", "'softmax'", "last layer"],
    ),
    "softmax with another cost": (
        lambda: Network.random([2, 3], "softmax"),
        ["'softmax'", "'cross_entropy'", "'half_squared'", "a − y"],
    ),
    "cross-entropy without softmax": (
        lambda: Network.random([2, 3], "tanh", "cross_entropy"),
        ["'cross_entropy'", "'softmax'", "'tanh'"],
    ),
    "softmax of one neuron": (
        lambda: Network.random([2, 1], "softmax", "cross_entropy"),
        ["'softmax'", "always 1", "'binary_cross_entropy'"],
    ),
    "targets that are negative": (
        lambda: cost(SOFT, X, [-0.5, 1.5]),
        ["y holds -0.5", "probability"],
    ),
    "targets that do not sum to 1": (
        lambda: cost(SOFT, XS, np.full((2, 4), 0.4)),
        ["y", "column 0", "0.8", "sum to 1"],
    ),
    "targets above 1": (lambda: cost(BINARY, X, [2.0]), ["y holds 2", "between 0 and 1"]),
    "softmax has no slope": (
        lambda: plots.activation_and_slope("softmax"),
        ["softmax"],
    ),
    "jacobian of a softmax": (
        lambda: backward_steps(SOFT, X, [0, 1], "jacobian"),
        ["'jacobian'", "'cross_entropy'", "taken together", "'layers'"],
    ),
    "unknown init": (
        lambda: Network.random([2, 3], init="xavier"),
        ["init", "'xavier'", "'glorot'", "'he'"],
    ),
    # what was made with another network
    "trace of another network": (
        lambda: backward(NET, forward(OTHER, X), Y),
        ["trace", "2-4-2", "2-3-2", "another network"],
    ),
    "grads of another network": (
        lambda: update(NET, backpropagate(OTHER, X, Y), 1),
        ["grads.W[1]", "(4, 2)", "(3, 2)"],
    ),
    "grads of another network to check": (
        lambda: check_gradient(NET, X, Y, backpropagate(OTHER, X, Y)),
        ["grads.W[1]", "(4, 2)", "(3, 2)"],
    ),
    "flat bias gradient to update": (
        lambda: update(NET, FLAT, 1),
        ["grads.b[1]", "(3,)", "(3, 1)"],
    ),
    "flat bias gradient to check": (
        lambda: check_gradient(NET, X, Y, FLAT),
        ["grads.b[1]", "(3,)", "(3, 1)"],
    ),
    # settings
    "eta zero": (lambda: update(NET, GRADS, 0), ["eta", "0", "greater than 0"]),
    "eta negative": (lambda: update(NET, GRADS, -1), ["eta", "-1", "greater than 0"]),
    "eta NaN": (lambda: update(NET, GRADS, np.nan), ["eta", "nan", "finite"]),
    "eta string": (lambda: update(NET, GRADS, "fast"), ["eta", "fast"]),
    "eta a number in a string": (lambda: update(NET, GRADS, "0.1"), ["eta", "'0.1'"]),
    "eta a list": (lambda: update(NET, GRADS, [1, 2]), ["eta", "[1, 2]", "one number"]),
    "unknown method": (
        lambda: numerical_gradient(NET, X, Y, method="forward"),
        ["method", "forward", "'complex'", "'central'"],
    ),
    "unknown method to check": (
        lambda: check_gradient(NET, X, Y, method="forward"),
        ["method", "forward", "'complex'", "'central'"],
    ),
    "h zero": (lambda: numerical_gradient(NET, X, Y, h=0), ["h is 0", "greater than 0"]),
    "tolerance negative": (
        lambda: check_gradient(NET, X, Y, tolerance=-1),
        ["tolerance", "-1", "greater than 0"],
    ),
    # steps
    "unknown notation": (
        lambda: backward_steps(NET, X, Y, notation="nabla"),
        ["notation", "nabla", "'chain'", "'layers'", "'batch'"],
    ),
    "notation not a name": (
        lambda: backward_steps(NET, X, Y, notation=None),
        ["notation", "None", "'layers'"],
    ),
    "chain for a wide network": (
        lambda: backward_steps(NET, X, Y, notation="chain"),
        ["notation", "'chain'", "2-3-2", "'layers'", "'batch'"],
    ),
    "stepper of a wide chain": (
        lambda: Stepper(NET, X, Y, notation="chain"),
        ["notation", "'chain'", "2-3-2", "'layers'", "'batch'"],
    ),
    "stepper with a transposed y": (lambda: Stepper(NET, X, Y.T), ["y", "(1, 2)", "(2, 1)"]),
    # training
    "samples not a pair": (lambda: fit((XS, YS, YS)), ["samples", "pair (x, y)"]),
    "samples None": (lambda: fit(None), ["samples", "pair (x, y)", "None"]),
    "x in samples": (lambda: fit((XS.T, YS)), ["x in samples", "(4, 2)", "(2, any)"]),
    "y in samples": (lambda: fit((XS, YS.T)), ["y in samples", "(4, 2)", "(2, 4)"]),
    "y in validation": (
        lambda: fit(validation=(XS, YS[:, :2])),
        ["y in validation", "(2, 2)", "(2, 4)"],
    ),
    "epochs 0": (lambda: fit(epochs=0), ["epochs", "0", "whole number of at least 1"]),
    "epochs 1.5": (lambda: fit(epochs=1.5), ["epochs", "1.5", "whole number of at least 1"]),
    "batch_size 0": (lambda: fit(batch_size=0), ["batch_size", "0", "whole number"]),
    "batch_size 1.5": (lambda: fit(batch_size=1.5), ["batch_size", "1.5", "whole number"]),
    "eta of train": (lambda: fit(eta=-0.1), ["eta", "-0.1", "greater than 0"]),
}


@pytest.mark.parametrize(("call", "fragments"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_with_what_it_is_and_what_it_should_be(call, fragments):
    with warnings.catch_warnings(), pytest.raises(ValueError) as refused:
        warnings.simplefilter("error")
        call()
    message = str(refused.value)
    missing = [fragment for fragment in fragments if fragment not in message]
    assert not missing, message


def test_notation_that_cannot_describe_the_network_is_not_offered():
    with pytest.raises(ValueError, match="can describe it") as refused:
        backward_steps(NET, X, Y, notation="chain")
    assert "'chain'" not in str(refused.value).split("can describe it")[1]


@pytest.mark.parametrize("x", [XS.T, [1, 2, 3], [np.nan, 1]], ids=["shape", "length", "nan"])
def test_refused_message_is_one_plain_sentence_and_not_a_numpy_error(x):
    with pytest.raises(ValueError, match=r"^x .*\.$"):
        forward(NET, x)
