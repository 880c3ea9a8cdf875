"""The five notes: every equation is covered, and every verdict is computed, and the right one."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from html import unescape
from itertools import pairwise, permutations, product
from pathlib import Path

import numpy as np
import pytest
from browsing import NOTEBOOKS
from shown import (
    Absent,
    Elided,
    Misfit,
    Node,
    Unreadable,
    World,
    _free_indices,
    evaluate,
    read_latex,
    sides,
)

from bp_helpers import Network, backpropagate, cost, notes
from bp_helpers.claims import line as claims
from bp_helpers.claims import quick
from bp_helpers.claims.conventions import BY_ENTRIES
from bp_helpers.claims.line import RIGHT, SLIP, UNDER, Line, Raised, counter_example, verdict
from bp_helpers.claims.quick import QUICK
from bp_helpers.claims.trial import Trial, cases, probes
from bp_helpers.slips import SLIPS, gradient_with

SEEDS = Path(__file__).resolve().parent.parent.parent / "shared" / "seeds"
NOTEBOOK = NOTEBOOKS / "09_find_the_slip.ipynb"
FILES = {
    "chain": "003_c34e776687e8c120.txt",
    "index": "001_cc8663c2712aeee2.txt",
    "jacobian": "002_db6a3646f4f31bf7.txt",
    "layers": "000_f23a62b41a30e3fa.txt",
    "batch": "004_a685c461dcc1010c.txt",
}
# Found by reading, one letter a line: right, (right) under a convention, slip.
FOUND = {
    "chain": "s rr u rrr u rr ur rr r uuu rr rr rr rs rr s r",
    "index": "u rr u uu u u u u u r r rrrr uu sss u s u u u s s s",
    "jacobian": "r u r u r r us su ssus uuuu uuu ur s r u",
    "layers": "rr r u s rr r s rruus r s rrr rr r r r rr r r r s r",
    "batch": "r su s u s rrrr r s ss ss uu sr s s rr ss sr rrrs rrrsrrrrr rr rr rr us u r r r",
}
VERDICTS = {"r": RIGHT, "u": UNDER, "s": SLIP}

EVERY = [(name, k, line) for name, lines in notes.NOTES.items() for k, line in enumerate(lines)]
WRONG = [each for each in EVERY if verdict(each[2]) == SLIP]
_each = pytest.mark.parametrize(
    ("name", "k", "line"), EVERY, ids=lambda v: str(v) if isinstance(v, (str, int)) else ""
)
_slips = pytest.mark.parametrize(
    ("name", "k", "line"), WRONG, ids=lambda v: str(v) if isinstance(v, (str, int)) else ""
)


# What stands in the notes.


@cache
def text_of(name: str) -> str:
    """The text of a note; users have none of them."""
    if not SEEDS.is_dir():
        pytest.skip(f"the notes are not beside the project, in {SEEDS.name}")
    return (SEEDS / FILES[name]).read_text(encoding="utf-8")


def blocks_of(name: str) -> list[str]:
    """The display equations of a note, in order."""
    return re.findall(r"\$\$(.+?)\$\$", text_of(name), re.DOTALL)


@pytest.mark.parametrize("name", FILES)
def test_every_equation_of_a_note_is_covered_in_order(name: str) -> None:
    blocks = [line.block for line in notes.NOTES[name] if line.block is not None]
    assert sorted(set(blocks)) == list(range(len(blocks_of(name))))
    assert blocks == sorted(blocks)


@_each
def test_a_line_is_quoted_as_it_stands(name: str, k: int, line: Line) -> None:
    source = text_of(name) if line.block is None else blocks_of(name)[line.block]
    assert line.quote in source


def test_all_that_stands_behind_a_sign_of_equality_is_covered() -> None:
    """In each block there are as many lines as signs, but where a sign belongs to two names."""
    of_names = {("batch", 1): 1, ("batch", 3): 2, ("batch", 6): 2, ("batch", 10): 2,
                ("batch", 12): 2, ("batch", 15): 2, ("batch", 16): 2, ("batch", 22): 1,
                ("jacobian", 3): 0, ("layers", 0): 1, ("layers", 1): 1,
                ("layers", 5): 4, ("layers", 12): 2, ("jacobian", 8): 0}  # fmt: skip
    for name in FILES:
        for k, block in enumerate(blocks_of(name)):
            bare = re.sub(r"\\(sum|prod)_\{[^}]*\}|\\text\{[^}]*\}|if \}.*|_\{\\text.*", "", block)
            signs = len(re.findall(r"=|\\sim|\\rightarrow|\\approx", bare))
            lines = sum(line.block == k for line in notes.NOTES[name])
            assert lines >= signs - of_names.get((name, k), 0), (name, k, signs, lines)


# The verdicts.


@pytest.mark.parametrize("name", FILES)
def test_the_verdicts_are_those_that_were_found_by_reading(name: str) -> None:
    wanted = [VERDICTS[letter] for letter in FOUND[name].replace(" ", "")]
    assert list(map(verdict, notes.NOTES[name])) == wanted


@_each
def test_a_slip_is_explained_and_nothing_else_is(name: str, k: int, line: Line) -> None:
    is_slip = verdict(line) == SLIP
    assert bool(line.kind) == bool(line.mended) == bool(line.why) == is_slip
    assert is_slip or not line.keys
    assert not is_slip or (line.why[0].isupper() and line.why.endswith((".", ".)")))
    assert verdict(line) != RIGHT or not line.conventions


@_each
def test_each_line_is_run_where_it_can_fail(name: str, k: int, line: Line) -> None:
    """On three cases and probes at least, and each of them compares something."""
    fitting = [t for t in all_trials(line) if fits(line, t)]
    assert len(fitting) >= 3
    for trial in fitting:
        given, true = claims.sides(line, trial)
        assert not isinstance(true, Raised), true
        assert not (isinstance(true, tuple) and len(true) == 0)
        assert not (isinstance(given, tuple) and len(given) == 0)


def all_trials(line: Line) -> list[Trial]:
    return [*cases(line.cost), *probes(line.cost)]


def fits(line: Line, trial: Trial, without: object = None) -> bool:
    """Whether a line means to hold on a trial."""
    kept = [c.fits for c in line.conventions if c is not without]
    return all(f(trial) for f in kept) and (line.where is None or line.where.fits(trial))


def agree(line: Line, trial: Trial, as_read: bool = True) -> bool:
    return claims.difference(*claims.sides(line, trial, as_read)) is None


@pytest.mark.parametrize(
    ("name", "k", "line"), [each for each in EVERY if verdict(each[2]) == UNDER],
    ids=lambda v: str(v) if isinstance(v, (str, int)) else "",
)  # fmt: skip
def test_each_convention_is_needed(name: str, k: int, line: Line) -> None:
    for convention in line.conventions:
        if convention.is_reading:
            trials = [t for t in all_trials(line) if fits(line, t)]
            assert not all(agree(line, t, as_read=False) for t in trials), convention.says
        else:
            plain = line.cost if convention.cost is None else "half_squared"
            trials = [t for t in (*cases(plain), *probes(plain)) if fits(line, t, convention)]
            assert not all(agree(line, t) for t in trials), convention.says


@cache
def fresh(cost_name: str) -> list[Trial]:
    """Networks that the package does not try."""
    found = []
    sizes = [(1, 1), (1, 1, 1, 1), (1, 1, 1), (3, 5), (2, 4, 3), (5, 2, 4), (3, 2, 5, 4),
             (2, 4, 3, 5, 2), (1, 1, 1, 1)]  # fmt: skip
    for seed, (n, m) in enumerate(product(sizes, (1, 2, 6))):
        rng = np.random.default_rng(100 + seed)
        kinds = [("sigmoid", "tanh")[int(k)] for k in rng.integers(0, 2, len(n) - 1)]
        net = Network.random(n, kinds, cost_name, seed=100 + seed)
        x, y = rng.standard_normal((n[0], m)), rng.standard_normal((n[-1], m))
        found.append(Trial.of(net, x, y))
    return found


@_each
def test_what_is_right_or_mended_is_right_on_fresh_networks(name: str, k: int, line: Line) -> None:
    if line.mended:
        line = replace(line, says=line.mended.says, meant=None)
    trials = [trial for trial in fresh(line.cost) if fits(line, trial)]
    assert trials
    for trial in trials:
        assert agree(line, trial), (str(trial), line.latex)


@_slips
def test_the_counter_example_is_the_smallest(name: str, k: int, line: Line) -> None:
    gap = counter_example(line)
    numbers = count_numbers(gap.trial)
    smaller = [t for t in cases(line.cost) if count_numbers(t) < numbers and fits(line, t)]
    assert all(agree(line, trial) for trial in smaller)
    assert not agree(line, gap.trial) and fits(line, gap.trial)
    assert gap.given != gap.true


@_slips
def test_the_counter_example_tells_the_first_entry_that_differs(
    name: str, k: int, line: Line
) -> None:
    gap = counter_example(line)
    given, true = claims.sides(line, gap.trial)
    while isinstance(true, tuple) and isinstance(given, tuple):
        given, true = next(v for v in zip(given, true) if claims.difference(*v))
    if isinstance(given, (str, Raised)):
        assert gap.given == getattr(given, "says", given)
    elif np.size(given) != np.size(true):
        assert [gap.given, gap.true] == [
            f"shape {np.shape(v)}" if np.size(v) > 1 else "a single number" for v in (given, true)
        ]
    elif np.shape(given) == np.shape(true) or np.size(given) == 1:
        pairs = zip(np.ravel(given), np.ravel(true))
        first = next((f"{g:.4f}", f"{t:.4f}") for g, t in pairs if abs(g - t) > 1e-9)
        assert (gap.given, gap.true) == first
    else:
        assert gap.given == f"shape {given.shape}" and gap.true == f"shape {true.shape}"


@pytest.mark.parametrize(
    ("given", "true", "found"),
    [
        (1.0, 1.0 + 1e-13, None),
        (1.0, 2.0, ("1.0000", "2.0000")),
        (np.array([[1.0]]), 1.0, None),
        (np.array([[1.0, 3.0]]), np.array([[1.0, 2.0]]), ("3.0000", "2.0000")),
        (np.ones((1, 2)), np.ones((2, 1)), ("shape (1, 2)", "shape (2, 1)")),
        (np.ones((1, 2)), 1.0, ("shape (1, 2)", "a single number")),
        ("(1, 2)", "(1, 1)", ("(1, 2)", "(1, 1)")),
        ((1.0, 2.0), (1.0, 3.0), ("2.0000", "3.0000")),
        ((1.0,), (1.0, 3.0), ("1 of them", "2 of them")),
        (Raised("an error: ink"), np.ones((2, 1)), ("an error: ink", "shape (2, 1)")),
        (Raised("an error: ink"), (4.0,), ("an error: ink", "4.0000")),
    ],
)
def test_a_difference_is_told_in_words(given: object, true: object, found: object) -> None:
    assert claims.difference(given, true) == found


def count_numbers(trial: Trial) -> int:
    n, m = trial.sizes, trial.m
    parameters = sum(rows * (before + 1) for before, rows in pairwise(n))
    return parameters + (n[0] + n[-1]) * m


def test_cases_are_small_first_and_of_all_kinds() -> None:
    numbers = list(map(count_numbers, cases()))
    assert numbers == sorted(numbers)
    assert [str(trial) for trial in cases()[:4]] == [
        "1-1, one sample", "1-1, two samples", "2-1, one sample", "1-1-1, one sample",
    ]  # fmt: skip
    assert {(t.sizes, t.m) for t in cases()} == {
        (n, m) for L in (1, 2, 3) for n in product((1, 2), repeat=L + 1) for m in (1, 2)
    }


@pytest.mark.parametrize("trial", [*cases("squared"), *probes("mean_squared")], ids=str)
def test_what_is_measured_is_what_the_package_gives(trial: Trial) -> None:
    grads = backpropagate(trial.net, trial.a(0), trial.y)
    assert pytest.approx(cost(trial.net, trial.a(0), trial.y), rel=1e-12) == trial.C
    for l in range(1, trial.L + 1):
        for letter, wanted in (("W", grads.W), ("b", grads.b), ("z", grads.delta)):
            np.testing.assert_allclose(trial.d("C", letter, l), wanted[l], rtol=1e-11, atol=1e-15)


# The slips of the package that stand in the notes.


def columns(rows: np.ndarray) -> np.ndarray:
    """The mean over the samples, as a column."""
    return rows.mean(axis=1, keepdims=True)


# What a line gives, made into the gradient of one array: its letter, its layer, and how.
MADE = {
    "bp4-without-delta": ("W", 1, lambda r, v: v[0]),
    "bp4-with-own-activation": ("W", 1, lambda r, v: v),
    "bp1-with-activation-for-slope": ("W", 2, lambda r, v: v),
    "bp2-without-sum": ("b", 1, lambda r, v: v[0][:, None] * r.slope(1)),
    "bp3-not-summed": ("b", None, lambda r, v: v * r.m),
    "bp1-with-sign-turned": ("b", "L", lambda r, v: columns(v * r.m * r.slope(r.L))),
    "bp1-of-mean-error": ("b", "L", lambda r, v: columns(v * r.slope(r.L))),
    "bp2-with-activation-for-slope": ("b", "L-1", lambda r, v: columns(v)),
}


@pytest.mark.parametrize(
    ("name", "k", "line"), [each for each in WRONG if each[2].keys],
    ids=lambda v: str(v) if isinstance(v, (str, int)) else "",
)  # fmt: skip
def test_a_line_with_a_key_gives_what_that_slip_gives(name: str, k: int, line: Line) -> None:
    slips = [slip for slip in SLIPS if slip.key in line.keys]
    assert len(slips) == len(line.keys)
    one = line.keys == ("bp2-without-sum",)  # what a path gives in the first sample
    for trial in (t for t in all_trials(line) if fits(line, t) and (t.m == 1 or not one)):
        value = claims.sides(line, trial)[0]
        if line.keys == ("forward-without-bias",):
            right = trial.z(2) - trial.b(2)
            np.testing.assert_allclose(value, right)
            continue
        letter, l, made = MADE[line.keys[0]]
        layers = {"L": trial.L, "L-1": trial.L - 1, None: trial.L - (k == 5)}
        l = layers.get(l, l)
        dW, db = gradient_with(slips, trial.net, trial.a(0), trial.y)
        wanted = (dW if letter == "W" else db)[l - 1]
        np.testing.assert_allclose(made(trial, value), wanted, rtol=1e-9, atol=1e-14)


def test_keys_are_named_where_a_rule_is_wrong() -> None:
    found = Counter(bool(line.keys) for _, _, line in WRONG)
    assert found[True] >= 10


# The quoted LaTeX, read.

_LAYER = r"\^(?:\{\[?([Ll](?:[-+]\d)?)\]?\}|([Ll]))"
_REWRITTEN = (
    (r"^\\underbrace", ""),
    (r"\\tilde\{(\w)\}|\\mathbf\{(\w)\}", lambda m: {"Z": "z", "W": "w"}.get(m[2], m[1] or m[2])),
    (r"\\omega", "W"),
    (r"\\Delta (\w)", r"d\1"),
    (r"\\times", " "),
    (r"\\circ", r"\\odot"),
    (r"\\sim", "="),
    (r"\\mathcal\{L\}|Q|J", "C"),
    (r"N_", "n_"),
    (r"\\sigma\^\{\(\d\)(?:'|\\prime)\}", r"\\sigma'"),
    (r"\\sigma\^\{\(\d\)\}", r"\\sigma"),
    (r"([Wax])\^\{(L(?:-\d)?)T\}",
     lambda m: rf"({m[1].replace('x', 'a')}^{{({m[2]})}})^{{\mathsf T}}"),
    (r"\)\^T", r")^{\\mathsf T}"),
    (r"\(n\^\{?(L(?:-\d)?)\}?, ", r"(n_{\1}, "),  # a shape
    (r", n\^\{(L(?:-\d)?)\}\)", r", n_{\1})"),
    (_LAYER, lambda m: f"^{{({m[1] or m[2]})}}"),
    (r"_\{(\w),(\w)\}", r"_{\1\2}"),
    # An index m is not the number of samples, an n without a layer is; p is any parameter.
    (r"_\{([a-z]?)m([a-z]?)\}", r"_{\1q\2}"),
    (r"_m(?![a-z])", "_q"),
    (r"\{2n\}", "{2m}"),
    (r"\\text\{ if.*", ""),
    (r"(\\sum_\{i=1\})\^n", r"\1^m"),
    (r"p_j", "b_j"),
    (r"\\sum \(y - a\^\{\(L\)\}\)", r"\\sum_j (y_j - a_j^{(L)})"),  # over all entries
    (r"\\sum_i\^\{n_L\}", r"\\sum_i"),
)  # fmt: skip
_SHAPE = re.compile(r"\(([^()]*), ([^()]*)\)")
_UNREAD = (Unreadable, Elided, KeyError, ValueError, AttributeError, TypeError, IndexError)


def rewritten(latex: str) -> str:
    """LaTeX of the notes in the letters of the series."""
    for pattern, to in _REWRITTEN:
        latex = re.sub(pattern, to, latex)
    return latex


def read_on(latex: str, trial: Trial, counting: str) -> object:
    """What LaTeX gives on a trial: an array over its free indices, for each layer l if it has l."""
    world = World.of(trial.net, trial.a(0), trial.y, plain=True, counting=counting)
    if shape := _SHAPE.fullmatch(latex):
        return str(tuple(int(evaluate(read_latex(part), world)) for part in shape.groups()))
    tree, world = sides(read_latex(latex))[-1], world.bind(η=0.5)
    if "(l" not in latex:
        return _over_indices(tree, world)
    found = []
    for l in range(trial.L + 1):
        try:
            found.append(_over_indices(tree, world.bind(l=l)))
        except Absent:
            continue
    return tuple(found)


def _over_indices(tree: Node, world: World) -> np.ndarray:
    sizes = _free_indices(tree, world)
    places = product(*map(range, sizes.values()))
    values = [evaluate(tree, world.bind(**dict(zip(sizes, at)))) for at in places]
    return np.squeeze(np.reshape(values, [*sizes.values(), *np.shape(values[0])]))


def alike(read: object, said: object) -> bool:
    """Whether two values are the same, with their indices in any order."""
    if isinstance(said, tuple) or isinstance(read, tuple):
        if not (isinstance(said, tuple) and isinstance(read, tuple) and said):
            return False
        starts = range(len(read) - len(said) + 1)  # what is said may be of hidden layers only
        return any(all(map(alike, read[k : k + len(said)], said)) for k in starts)
    if isinstance(said, str):
        return read == said
    said = np.squeeze(np.asarray(said, float))
    for axes in permutations(range(said.ndim)):
        turned = np.transpose(said, axes)  # what does not depend on an index has not its axis
        fits = read.ndim <= said.ndim and read.shape == turned.shape[said.ndim - read.ndim :]
        if fits and np.allclose(np.broadcast_to(read, turned.shape), turned, rtol=1e-9):
            return True
    return False


def reading(name: str, line: Line, latex: str, side: claims.Claim) -> bool | None:
    """Whether LaTeX and the function beside it agree wherever both can be run; None if nowhere."""
    agreed, latex = [], rewritten(latex)
    is_shape, of_parameter = _SHAPE.fullmatch(latex), "b_j" in latex and "p_j" in line.latex
    for trial in [t for t in all_trials(line) if fits(line, t) and (t.m == 1 or is_shape)]:
        said = claims.value(side, trial)
        if of_parameter and isinstance(said, tuple):  # of weights and biases, the second
            said = tuple(v[-1] for v in said) if isinstance(said[0], tuple) else said[-1]
        if isinstance(said, str) and not is_shape:
            return None
        try:
            read = read_on(latex, trial, "i" if name in ("layers", "batch") else "")
        except Misfit:
            agreed += [True] if isinstance(said, Raised) else []
            continue
        except _UNREAD:
            return None
        agreed.append(not isinstance(said, Raised) and alike(read, said))
    return all(agreed) if agreed else None


@cache
def readings() -> dict[tuple[str, int, str], bool | None]:
    """Whether each quoted right-hand side, and each mended one, is what is run beside it."""
    found: dict[tuple[str, int, str], bool | None] = {}
    for name, k, line in EVERY:
        found[name, k, "quote"] = reading(name, line, line.quote, line.says)
        if line.mended and not line.is_words:
            latex = line.mended.latex.partition(r"\rightarrow ")[2] or line.mended.latex
            found[name, k, "mended"] = reading(name, line, latex, line.mended.says)
    return found


def test_what_can_be_read_is_what_is_run() -> None:
    wrong = [key for key, value in readings().items() if value is False]
    assert wrong == [
        ("jacobian", 0, "quote"),  # its x is any number, and not the input
        ("batch", 16, "quote"),  # (n, m) arrays there, and rows and Jacobians in the reader
    ]


def test_much_of_it_can_be_read() -> None:
    """Of the equations: words, and names beside names, are no mathematics."""
    words = {(name, k) for name, k, line in EVERY if line.is_words or line.sign == ":"}
    found = readings().items()
    quotes = [v for key, v in found if key[2] == "quote" and key[:2] not in words]
    read = sum(value is not None for value in quotes)
    assert read / len(quotes) > 0.8, f"{read} of {len(quotes)}"


# The notes as a whole, mended: the lines of a note are read one after the other, with what the
# lines before have given in place of the Δ and the δ that stand in them.


def part(name: str, k: int) -> Node:
    """The right-hand side of a line, mended if it is a slip, in the letters of the series."""
    line = notes.NOTES[name][k]
    latex = rewritten(line.mended.latex if line.mended else line.quote)
    if BY_ENTRIES in line.conventions:
        latex = latex.replace(r"\cdot", r"\odot")
    return sides(read_latex(latex))[-1]


def follow(name: str, k: int, trial: Trial, known: dict, **names: object) -> np.ndarray:
    """What a line gives, from what is known so far: arrays by letter and layer."""
    world = World.of(trial.net, trial.a(0), trial.y, plain=True)
    for letter, by_layer in known.items():
        world.state.layers[letter] = by_layer
    counting = "i" if name == "batch" else ""
    world = replace(world, counting=counting).bind(**names)
    return np.asarray(_over_indices(part(name, k), world), float)


def deep() -> list[Trial]:
    """Networks of three layers, with one sample and several."""
    return [t for t in fresh("half_squared") if t.L == 3]


@pytest.mark.parametrize("trial", deep(), ids=str)
def test_the_mended_notes_batch_are_a_right_pass(trial: Trial) -> None:
    """Δa, Δz, Δω and Δb, each from the one before, whichever of the lines for it is taken."""
    L, grads = trial.L, backpropagate(trial.net, trial.a(0), trial.y)
    for output, slope, before, hidden in product((12, 13), (17, 18), (21, 22), (25,)):
        known: dict = {"da": {}, "dz": {}}
        for letter, l, k in (
            ("da", L, output), ("dz", L, slope), ("da", L - 1, before), ("dz", L - 1, hidden),
            ("da", L - 2, 26), ("da", L - 2, 27),
        ):  # fmt: skip
            given = follow("batch", k, trial, known)
            known[letter][l] = given.reshape(trial.a(l).shape)
        for letter, l, ks in (("W", L, (1, 2)), ("b", L, (3,)), ("W", L - 1, (4,)),
                              ("b", L - 1, (5,))):  # fmt: skip
            wanted = {"W": grads.W, "b": grads.b}[letter][l]
            for k in ks:
                given = follow("batch", k, trial, known).reshape(wanted.shape)
                np.testing.assert_allclose(given, wanted, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("trial", [t for t in deep() if t.m == 1], ids=str)
def test_the_mended_notes_layers_are_a_right_pass(trial: Trial) -> None:
    """Q, and from it the δ of the output, those before, and the slopes of the parameters."""
    L, grads = trial.L, backpropagate(trial.net, trial.a(0), trial.y)
    np.testing.assert_allclose(follow("layers", 4, trial, {}), trial.C, rtol=1e-12)
    for output, hidden in product((13, 14), (22, 23)):
        known: dict = {"δ": {}}
        for l, k in ((L, output), (L - 1, hidden), (L - 2, hidden)):
            given = follow("layers", k, trial, known, l=l)
            known["δ"][l] = given.reshape(trial.z(l).shape)
        for l in range(1, L + 1):
            for k, wanted in ((27, grads.b[l]), (29, grads.W[l])):
                given = follow("layers", k, trial, known, l=l)
                np.testing.assert_allclose(given.reshape(wanted.shape), wanted, rtol=1e-9)


def test_what_is_a_name_in_a_note_means_the_same_in_all_its_lines() -> None:
    """One cost a note; but where constants are left out, the note is told so."""
    for name, known in notes.NOTES.items():
        costs = {c.cost for line in known for c in line.conventions if c.cost}
        assert len(costs) <= 1
        left_out = [
            c for line in known for c in line.conventions if "left out" in c.says and c.cost
        ]
        assert bool(left_out) == (name == "layers")
    # Δ has the 1/m in it in each line that brings it to the parameters.
    of_parameters = [notes.NOTES["batch"][k] for k in (1, 2, 3, 4, 5)]
    assert {c.says for line in of_parameters for c in line.conventions} == {
        "Δz has the 1/m in it already"
    }
    assert all(len(line.conventions) == 1 for line in of_parameters)


def test_what_stands_on_a_left_hand_side_has_one_verdict_for_its_layer() -> None:
    """In `jacobian` an L that means any layer is a convention everywhere, or nowhere."""
    lines = [line for line in notes.NOTES["jacobian"] if "L+1}}{" in line.latex and line.block > 8]
    assert len(lines) == 7 and {verdict(line) for line in lines} == {UNDER}


# How the lines are shown.


def label(line: Line) -> str:
    """What stands before a mended line: under which conventions it holds, with its letters."""
    kept = [c.says for c in line.conventions if c.stays or not c.is_reading]
    return f"Mended, if {' and '.join(kept)}: " if kept else "Mended: "


def test_lines_are_lettered_and_their_verdicts_are_those_computed() -> None:
    found = notes.lines("batch", 17, 25, 3)
    assert [text[:3] for text in repr(found).splitlines()] == ["A. ", "B. ", "C. "]
    heading, *told = re.split(r"\n(?=[A-Z]\. )", repr(found.judge()))
    assert not re.search(r"\d|slip|right", heading)
    for k, text, letter in zip((17, 25, 3), told, "ABC"):
        line = notes.NOTES["batch"][k]
        assert text.startswith(f"{letter}.  {verdict(line)}")
        assert line.latex in text
        gap = counter_example(line) if verdict(line) == SLIP else None
        assert ("On " in text and "Mended" in text) == bool(gap)
        if gap:
            assert f"{line.kind}. {line.why}" in text
            assert f"On {gap.trial}: the line gives {gap.given}; it is {gap.true}." in text
            assert text.endswith(f"{label(line)}{line.mended.latex}")
        for convention in line.conventions if not gap else ():
            assert convention.says in text


def test_markdown_says_what_the_text_says_and_has_its_mathematics_between_dollars() -> None:
    for name, known in notes.NOTES.items():
        found = notes.lines(name, *range(min(26, len(known))))
        for shown in (found, found.judge()):
            markdown = shown._repr_markdown_()
            assert markdown.count("$") % 2 == 0
            plain = re.sub(r"\$[^$]*\$|\*", "", markdown)
            assert not re.search(r"\\[a-z]|_\{|\^", plain), plain
        judged = found.judge()._repr_markdown_()
        verdicts = re.findall(r"\*\*[A-Z]\. ([a-z ]+)\*\*", judged)
        assert verdicts == [verdict(line) for line in known[:26]]


# What MathJax knows, of what stands in the notes.
KNOWN = {
    "approx", "begin", "cases", "cdot", "cdots", "circ", "delta", "displaystyle", "dots", "end",
    "eta", "forall", "frac", "in", "left", "leq", "mathbf", "mathcal", "nabla", "odot", "omega",
    "partial", "prime", "quad", "right", "rightarrow", "sigma", "sim", "sum", "text", "tilde",
    "times", "underbrace", "vdots", "Delta",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_what_is_shown_can_be_typeset(name: str) -> None:
    """Commands that there are, and whatever is opened is closed."""
    for latex in re.findall(r"\$([^$]*)\$", unescape(notes.table(name)._repr_html_())):
        assert set(re.findall(r"\\([A-Za-z]+)", latex)) <= KNOWN, latex
        assert not re.search(r"\w\}\s*\\text\{\w", latex), latex  # two words as one
        counted = Counter(re.findall(r"\\[a-z]+|[{}]", latex))
        for opened, closed in (("{", "}"), (r"\begin", r"\end"), (r"\left", r"\right")):
            assert counted[opened] == counted[closed], latex


@pytest.mark.parametrize("name", FILES)
def test_the_table_has_every_line_with_its_verdict_and_counter_example(name: str) -> None:
    html = notes.table(name)._repr_html_()
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    assert len(re.findall(r'<th scope="col"', rows[0])) == 5
    assert len(rows) == len(notes.NOTES[name]) + 1
    for k, (line, row) in enumerate(zip(notes.NOTES[name], rows[1:])):
        assert re.match(rf'<th scope="row" style="[^"]*">{k}</th>', row)
        cells = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        circled = re.sub(r"\\textcircled\{(\d)\}", lambda m: "①②③④"[int(m[1]) - 1], line.latex)
        assert (line.quote if line.is_words else circled) in cells[0]
        assert not cells[0].startswith(("=", ":")) and "&" not in cells[0].partition(r"\begin")[0]
        assert cells[1] == verdict(line)
        gap, said = counter_example(line), re.findall(r"<div>(.*?)</div>", cells[2])
        assert cells[3] == " and ".join(line.keys)
        if line.mended:
            mended, why, shown = said
            assert mended[mended.index("$") :].count("$") == 2
            assert mended.startswith(rf"{label(line)}$\displaystyle ")
            assert line.mended.latex.partition(r"\textcircled")[0] in mended
            assert why == f"{line.kind}. {line.why}"
            assert shown == f"On {gap}."
        else:
            assert "".join(said) == ", and ".join(c.says for c in line.conventions)
    plain = repr(notes.table(name))
    assert all(line.latex in plain for line in notes.NOTES[name])
    assert plain.count("    Mended") == sum(bool(line.mended) for line in notes.NOTES[name])
    summary = re.search(r"<summary>(.*?)</summary>", html)[1]
    assert plain.splitlines()[0] == summary


def test_the_whole_table_is_that_of_the_five_notes_and_has_no_ids() -> None:
    assert notes.table()._repr_html_() == "".join(notes.table(n)._repr_html_() for n in FILES)
    assert " id=" not in notes.table()._repr_html_()
    assert list(notes.NOTES) == list(FILES)


def test_the_counts_are_those_of_the_verdicts() -> None:
    heading, *rows = repr(notes.counts()).splitlines()
    assert re.split(r"  +", heading.strip()) == [RIGHT, UNDER, SLIP]
    every = Counter(letter for found in FOUND.values() for letter in found.replace(" ", ""))
    wanted = {name: Counter(found) for name, found in FOUND.items()} | {"all": every}
    assert [row.split() for row in rows] == [
        [name, *(str(found[v]) for v in "rus")] for name, found in wanted.items()
    ]


def test_numbers_and_names_that_there_are_not_are_refused() -> None:
    for numbers in ((30,), (-1,), (0, 99)):
        with pytest.raises(ValueError, match=r"the number of a line .* from 0 to 29"):
            notes.lines("chain", *numbers)
    for call in (notes.lines, notes.table):
        with pytest.raises(ValueError, match=r"note is 'chains'.*'chain', 'index'"):
            call("chains")


# The quick checks.


# Which of them finds what: the seven in order, for slips of each kind.
SEEN = {
    ("index", 19): "yes yes no yes no yes yes",  # the lost bias
    ("layers", 13): "no no yes yes no yes yes",  # y_s
    ("layers", 29): "yes no yes yes no yes yes",  # the lost δ
    ("index", 29): "no no no yes no yes yes",  # the lost sum over neurons
    ("batch", 3): "no yes yes no yes yes yes",  # the lost sum over samples
    ("batch", 11): "yes yes yes yes no yes yes",  # the sign
    ("batch", 21): "no no yes no yes yes yes",  # W behind Δz
    ("batch", 25): "yes yes no yes no yes yes",  # a for g′
    ("jacobian", 7): "yes no yes no no yes yes",  # the boundary
    ("chain", 25): "yes no no no no no yes",  # the wrong layer, of three single neurons
}


@pytest.mark.parametrize(("name", "k"), SEEN, ids=str)
def test_each_quick_check_finds_what_it_can(name: str, k: int) -> None:
    line = notes.NOTES[name][k]
    found = " ".join("yes" if finds(line) else "no" for finds in QUICK.values())
    assert found == SEEN[name, k]


@pytest.mark.parametrize(
    ("given", "true", "by_shape", "by_sign"),
    [
        (np.ones((2, 3)), np.ones((3, 2)), True, False),
        (np.ones((2, 3)), 2 * np.ones((2, 3)), False, False),
        (np.array([[1.0, -1.0]]), np.array([[1.0, 1.0]]), False, True),
        (Raised("ink"), np.ones((2, 3)), True, False),
        ("(2, 3)", "(2, 1)", True, False),
        ("(2, 3)", "(2, 3)", False, False),
        ((np.ones(2), 1.0), (np.ones(2), -1.0), False, True),
        ((np.ones(2), np.ones(2)), (np.ones(2), np.ones(3)), True, False),
    ],
)
def test_shapes_and_signs_are_compared_alone(
    given: object, true: object, by_shape: bool, by_sign: bool
) -> None:
    assert (quick._shapes(given, true), quick._signs(given, true)) == (by_shape, by_sign)


def test_the_shares_are_counts_of_what_is_found() -> None:
    heading, *rows = repr(notes.quick_checks()).splitlines()
    assert heading == f"Of {len(WRONG)} slips, so many are found by"
    for (name, finds), row in zip(QUICK.items(), rows):
        n, share, told = row.split(maxsplit=2)
        assert told == name
        assert int(n) == sum(finds(line) for _, _, line in WRONG)
        assert share == f"{int(n) / len(WRONG):.0%}"
    assert rows[-1].split()[1] == "100%"


def test_no_quick_check_finds_something_in_a_right_line() -> None:
    for name, k, line in EVERY:
        if verdict(line) != SLIP:
            assert not any(finds(line) for finds in QUICK.values()), (name, k)


# The notebook.


@cache
def cells() -> list[dict]:
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]


def finds_of_the_notebook() -> list[tuple[str, list[int], str]]:
    """Each find: the note and the numbers of its lines, and the text of the fold below it."""
    found = []
    for cell, after in zip(cells(), cells()[1:]):
        asked = re.search(r'= notes\.lines\("(\w+)", ([\d, ]+)\)', "".join(cell["source"]))
        if asked:
            numbers = [int(n) for n in asked[2].split(",")]
            found.append((asked[1], numbers, "".join(after["source"])))
    return found


def test_the_notebook_has_many_finds_and_marks_the_slips_in_them() -> None:
    found = finds_of_the_notebook()
    assert len(found) >= 6
    for name, numbers, text in found:
        summary, marked = re.search(
            r"<summary>(Mark the wrong lines?)</summary>\s*(.*?)\s*</details>", text, re.DOTALL
        ).groups()
        lines = zip("ABCDEFG", (notes.NOTES[name][k] for k in numbers))
        wrong = [letter for letter, line in lines if verdict(line) == SLIP]
        assert re.findall(r"\b[A-G]\b", marked) == wrong
        assert summary.endswith("s") == (len(wrong) > 1)


def test_the_notebook_says_how_many_lines_are_tried_on_how_many_networks() -> None:
    text = "".join("".join(cell["source"]) for cell in cells())
    networks = {trial.sizes for trial in cases()}
    assert len(cases()) == 2 * len(networks) and {trial.m for trial in cases()} == {1, 2}
    assert f"up to {len(cases())} small cases ({len(networks)} networks, " in text
    assert f"up to {len(probes())} others" in text
