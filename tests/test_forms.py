"""Gradients in every form that people have, and what is said about those that have none."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from bp_helpers import Gradients, Network, backpropagate, check_gradient, examples
from bp_helpers.forms import gradients_from, readings
from bp_helpers.network import PerLayer

NET, X, Y = examples.small_network()
RIGHT = backpropagate(NET, X, Y)
W, B = RIGHT.W, RIGHT.b
DW, DB = list(W[1:]), list(B[1:])
ONE = Network.random([3, 2], seed=0)
CHAIN, CHAIN_X, CHAIN_Y = examples.chain()


class Tensor:
    """What a framework's array is like: NumPy can read it, and it is no array."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)

    def __iter__(self):
        return (Tensor(part) for part in self.array)

    def __len__(self):
        return len(self.array)


def lists(arrays):
    return [array.tolist() for array in arrays]


def tensors(arrays):
    return [Tensor(array) for array in arrays]


def of_objects(arrays):
    return np.array([*arrays, None], dtype=object)[:-1]


def keyed(weights, biases, start=1):
    """A dictionary with a key for each array, from two ways to write a key."""
    found = {weights.format(l): w for l, w in enumerate(DW, start=start)}
    return found | {biases.format(l): b for l, b in enumerate(DB, start=start)}


FORMS = {
    "Gradients": RIGHT,
    "Gradients with lists": replace(RIGHT, W=DW, b=[None, *DB]),
    "(dW, db)": (DW, DB),
    "[dW, db]": [DW, DB],
    "(dW, db) with None in front": ([None, *DW], (None, *DB)),
    "(dW, db) of PerLayer": (W, B),
    "(dW, db) of tuples": (tuple(DW), tuple(DB)),
    "(dW, db) of generators": ((w for w in DW), (b for b in DB)),
    "(dW, db) of dictionaries": ({1: DW[0], 2: DW[1]}, {2: DB[1], 1: DB[0]}),
    "(dW, db) of dictionaries from 0": (dict(enumerate(W)), dict(enumerate(B))),
    "(dW, db) of lists of lists": (lists(DW), lists(DB)),
    "(dW, db) of tensors": (tensors(DW), tensors(DB)),
    "(dW, db) of arrays of objects": (of_objects(DW), of_objects(DB)),
    "Nielsen's (db, dW)": (DB, DW),
    "Nielsen's with None in front": ([None, *DB], [None, *DW]),
    "Nielsen's in lists": [lists(DB), lists(DW)],
    "pairs": list(zip(DW, DB)),
    "a tuple of pairs": tuple(zip(DW, DB)),
    "pairs with None in front": [None, *zip(DW, DB)],
    "pairs in lists": [lists(pair) for pair in zip(DW, DB)],
    "pairs of tensors": [tuple(tensors(pair)) for pair in zip(DW, DB)],
    "pairs by layer": {1: (DW[0], DB[0]), 2: (DW[1], DB[1])},
    "pairs, bias first": list(zip(DB, DW)),
    "one after another": [*itertools.chain(*zip(DW, DB))],
    "one after another, as tensors": tensors(itertools.chain(*zip(DW, DB))),
    "dW1, db1": keyed("dW{}", "db{}"),
    "W1, b1": keyed("W{}", "b{}"),
    "dW_1, db_1": keyed("dW_{}", "db_{}"),
    "W[1], b[1]": keyed("W[{}]", "b[{}]"),
    "W0, b0": keyed("W{}", "b{}", start=0),
    "weight1, bias1": keyed("weight1{}", "bias1{}"),
    "nabla_w1": keyed("nabla_w{}", "nabla_b{}"),
    "grad_W1": keyed("grad_W{}", "grad_b{}"),
    "W1_grad": keyed("W{}_grad", "b{}_grad"),
    "names of a framework": keyed("fc{}.weight", "fc{}.bias"),
    "names of a framework, gaps": {"0.weight": DW[0], "0.bias": DB[0], "2.weight": DW[1]}
    | {"2.bias": DB[1]},
    "other keys beside": {"dA0": X, "dZ1": Y, **keyed("dW{}", "db{}"), "batch": 4},
    "keys in another order": dict(reversed(keyed("dW{}", "db{}").items())),
    "W, b": {"W": DW, "b": DB},
    "dW, db": {"db": [None, *DB], "dW": [None, *DW]},
    "dw, db": {"dw": DW, "db": DB},
    "weights, biases": {"weights": DW, "biases": DB},
    "nabla_w, nabla_b": {"nabla_b": DB, "nabla_w": DW},
    "W, b of dictionaries": {"W": {1: DW[0], 2: DW[1]}, "b": {1: DB[0], 2: DB[1]}},
    "W, b of PerLayer": {"W": W, "b": B},
}  # fmt: skip


def assert_equal(found, W, b):
    assert isinstance(found, Gradients)
    assert found.delta == (None,) * len(W)
    for got, right in zip((*found.W, *found.b), (*W, *b)):
        assert (got is None and right is None) or np.array_equal(got, right)


@pytest.mark.parametrize("given", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_same_gradients(given):
    assert_equal(gradients_from(NET, given), W, B)


ALONE = {
    "pair": lambda w, b: (w, b),
    "list": lambda w, b: [w, b],
    "bias first": lambda w, b: (b, w),
    "lists": lambda w, b: (w.tolist(), b.tolist()),
    "tensors": lambda w, b: (Tensor(w), Tensor(b)),
    "lists of one": lambda w, b: ([w], [b]),
    "list of a pair": lambda w, b: [(w, b)],
    "dictionary": lambda w, b: {"dW": w, "db": b},
    "dictionary of lists": lambda w, b: {"W": [w], "b": [b]},
    "dictionary with numbers": lambda w, b: {"dW1": w, "db1": b},
}


@pytest.mark.parametrize("write", ALONE.values(), ids=ALONE)
@pytest.mark.parametrize("sizes", [(3, 2), (2, 2), (1, 2), (3, 1), (2, 3)])
def test_network_of_one_layer_takes_a_plain_pair(write, sizes):
    net = Network.random(sizes, seed=0)
    if sizes == (1, 2) and write is ALONE["bias first"]:
        return  # both have one shape, so that W comes first
    assert_equal(gradients_from(net, write(net.W[1], net.b[1])), net.W, net.b)


def test_random_networks_in_random_forms():
    rng = np.random.default_rng(0)
    for seed in range(60):
        net = Network.random(rng.integers(2, 5, rng.integers(2, 6)), seed=seed)
        dW, db = list(net.W[1:]), list(net.b[1:])
        if rng.random() < 0.5:
            dW, db = lists(dW), lists(db)
        named = {f"dW{l}": w for l, w in enumerate(dW)} | {f"db{l}": b for l, b in enumerate(db)}
        for given in ((dW, db), (db, dW), list(zip(dW, db)), named, {"W": dW, "b": db}):
            assert_equal(gradients_from(net, given), net.W, net.b)


@pytest.mark.parametrize("write", [float, np.float64, np.array, lambda v: [[v]]])
def test_single_numbers_will_do_in_a_chain(write):
    dW, db = [[write(float(array[0, 0])) for array in arrays[1:]] for arrays in (CHAIN.W, CHAIN.b)]
    assert_equal(gradients_from(CHAIN, (dW, db)), CHAIN.W, CHAIN.b)
    assert_equal(gradients_from(CHAIN, {"W": dW, "b": db}), CHAIN.W, CHAIN.b)


def test_in_a_chain_the_weights_come_first_and_the_exchange_is_a_reading_too():
    (_, first), (how, second) = readings(CHAIN, (CHAIN.W, CHAIN.b))
    assert_equal(first, CHAIN.W, CHAIN.b)
    assert_equal(second, CHAIN.b, CHAIN.W)
    assert how == "exchanged"
    assert len(readings(NET, (DW, DB))) == len(readings(NET, RIGHT)) == 1


def test_in_a_chain_of_two_a_list_of_tuples_holds_pairs():
    net = Network([(0.8, 0.3), (-1.2, 0.5)])
    assert_equal(gradients_from(net, list(zip(net.W[1:], net.b[1:]))), net.W, net.b)
    assert_equal(gradients_from(net, (list(net.W[1:]), list(net.b[1:]))), net.W, net.b)
    assert "pairs" in [how for how, _ in readings(net, tuple(zip(net.W[1:], net.b[1:])))][1]


def test_numbers_that_are_not_finite_are_taken():
    dW = [w.copy() for w in DW]
    dW[0][0, 0], dW[1][1, 1] = np.nan, np.inf
    assert np.isnan(gradients_from(NET, (dW, DB)).W[1][0, 0])
    assert np.isinf(gradients_from(NET, (dW, DB)).W[2][1, 1])
    W, b = [np.nan * w for w in DW], [np.nan * b for b in DB]
    assert gradients_from(NET, (b, W)).W[1].shape == (3, 2)
    assert np.isnan(gradients_from(CHAIN, ([np.nan] * 3, [0.0] * 3)).W[3]).all()


def test_nothing_that_is_given_is_changed_or_kept():
    dW, db = [w.copy() for w in DW], [b.copy() for b in DB]
    given = (dW, db)
    found = gradients_from(NET, given)
    assert given == (dW, db) and len(dW) == len(db) == 2
    for array, right in zip((*dW, *db), (*DW, *DB)):
        assert np.array_equal(array, right) and array.flags.writeable
        array[:] = 0
    assert_equal(found, W, B)


class Hostile:
    """An object that fails whenever it is asked for something."""

    def __iter__(self):
        raise RuntimeError("no")

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no")


WITHOUT_FORM = {
    "text": "ink",
    "number": 1.0,
    "NaN": np.nan,
    "True": True,
    "array": np.ones((3, 2)),
    "flat array": np.ones(17),
    "array of no dimension": np.array(1.0),
    "empty list": [],
    "empty pair": ([], []),
    "empty dictionary": {},
    "set": {1, 2},
    "function": backpropagate,
    "lambda": lambda net, x, y: 0,
    "class": Gradients,
    "list class": list,
    "object": object(),
    "network": NET,
    "hostile": Hostile(),
    "texts": ("dW", "db"),
    "Nones": (None, None),
    "numbers": [1, 2],
    "keys of something else": {"alpha": DW, "beta": DB},
    "weights alone": {"dW1": DW[0], "dW2": DW[1]},
    "keys of several kinds": {1: DW, (2,): DB},
    "three": (DW, DB, 0.5),
}


@pytest.mark.parametrize("given", WITHOUT_FORM.values(), ids=WITHOUT_FORM)
def test_what_has_no_form_is_named_beside_the_forms_that_there_are(given):
    with pytest.raises(ValueError) as refused:
        gradients_from(NET, given)
    for part in ("grads is ", "Gradients", "(dW, db)", "(db, dW)", "[(dW1, db1), …]", "'dW1'"):
        assert part in str(refused.value)


FLAT, TURNED = [b.ravel() for b in DB], [w.T for w in DW]
WRONG_SHAPES = {
    "transposed": ((TURNED[:1] + DW[1:], DB), ["dW[1]", "(2, 3)", "(3, 2)", "try dW[1].T"]),
    "all transposed": ((TURNED, DB), ["dW[1]", "try dW[1].T"]),
    "second transposed": ((DW[:1] + TURNED[1:], DB), ["dW[2]", "(3, 2)", "(2, 3)", "dW[2].T"]),
    "flat": ((DW, FLAT), ["db[1]", "(3,)", "(3, 1)", "Write db[1].reshape(-1, 1)"]),
    "flat and transposed": ((TURNED, FLAT), ["dW[1]", "try dW[1].T"]),
    "flat, bias first": ((FLAT, DW), ["db[1]", "(3,)", "db[1].reshape(-1, 1)"]),
    "flat in pairs": (list(zip(DW, FLAT)), ["db[1]", "db[1].reshape(-1, 1)"]),
    "flat in a dictionary": ({"W": DW, "b": FLAT}, ["db[1]", "db[1].reshape(-1, 1)"]),
    "flat in Gradients": (replace(RIGHT, b=FLAT), ["grads.b[1]", "grads.b[1].reshape(-1, 1)"]),
    "a row": ((DW, [DB[0].T, DB[1]]), ["db[1]", "(1, 3)", "(3, 1)", "db[1].T"]),
    "a single number": ((DW, [DB[0], 0.5]), ["db[2]", "shape ()", "(2, 1)"]),
    "per sample": ((DW, [np.ones((3, 4)), DB[1]]), ["db[1]", "(3, 4)", "(3, 1)"]),
    "missing layer": ((DW[:1], DB[:1]), ["dW holds 1 array", "should hold 2"]),
    "missing bias": ((DW, DB[:1]), ["db holds 1 array", "should hold 2"]),
    "missing in a dictionary": ({"dW1": DW[0], "db1": DB[0]}, ["dW holds 1 array", "hold 2"]),
    "missing in Gradients": (replace(RIGHT, W=DW[1:]), ["grads.W holds 1 array", "hold 2"]),
    "one too many": (([*DW, DW[0]], DB), ["dW holds 3 array", "should hold 2"]),
    "None inside": (([DW[0], None], DB), ["dW[2] is None", "numbers"]),
    "text inside": ((DW, ["ink", DB[1]]), ["db[1]", "'ink'", "numbers"]),
    "complex": (([DW[0] + 1j, DW[1]], DB), ["dW[1]", "real numbers"]),
    "masked": (([np.ma.masked_array(DW[0]), DW[1]], DB), ["dW[1]", "masked"]),
    "ragged": (([[[1, 2], [3]], DW[1]], DB), ["dW[1]", "equally long"]),
    "hostile": (([Hostile(), DW[1]], DB), ["dW[1]", "numbers"]),
    "attributes of Gradients": (Gradients(None, None, None), ["grads.W holds 0 array"]),
}  # fmt: skip


@pytest.mark.parametrize(("given", "parts"), WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_wrong_shape_is_refused_with_what_it_is_and_what_to_do(given, parts):
    with pytest.raises(ValueError) as refused:
        gradients_from(NET, given)
    missing = [part for part in parts if part not in str(refused.value)]
    assert not missing, str(refused.value)


@pytest.mark.parametrize("net", [None, "net", RIGHT, Network])
def test_what_is_no_network_is_refused(net):
    with pytest.raises(TypeError, match=r"net is .* should be a Network"):
        gradients_from(net, RIGHT)


def test_gradients_of_a_wider_network_are_refused():
    other = Network.random([2, 4, 2], seed=0)
    with pytest.raises(ValueError, match=r"grads\.W\[1\] has shape \(4, 2\)"):
        gradients_from(NET, Gradients(PerLayer({}), other.W, other.b))


def test_parameters_beside_their_gradients_are_not_taken_for_them():
    net, x, y = examples.small_network()
    right = backpropagate(net, x, y)
    grads = {f"d{kind}{l}": getattr(right, kind)[l] for kind in "Wb" for l in (1, 2)}
    own = {f"{kind}{l}": getattr(net, kind)[l] for kind in "Wb" for l in (1, 2)}
    for given in ({**grads, **own}, {**own, **grads}):
        assert check_gradient(net, x, y, given).ok


def test_refusal_says_how_the_gradient_was_read():
    net, x, y = examples.small_network()
    right = backpropagate(net, x, y)
    with pytest.raises(ValueError, match=r"dW holds 3 arrays.*read as \(dW, db\)"):
        check_gradient(net, x, y, [right.W[1], right.W[2]])
