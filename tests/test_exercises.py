"""Every exercise of the notebooks: it is complete, and its solution is right.

A reference stands under `@reference(id)`. It is given a learner's function and asserts what that
function should do, so that the tests can run every solution against it.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pytest
from conftest import committed_notebooks

import bp_helpers

Function = Callable[..., object]
REFERENCES: dict[str, Callable[[Function], None]] = {}

_HEADING = re.compile(r"^#{1,6} +(.*?)\s*$", re.MULTILINE)
_EXERCISE = re.compile(r"Exercise (.+)")
_FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def reference(exercise: str) -> Callable[[Callable[[Function], None]], Callable[[Function], None]]:
    """Register what judges a function written for this exercise: it asserts what should hold."""

    def register(judge: Callable[[Function], None]) -> Callable[[Function], None]:
        if exercise in REFERENCES:
            raise ValueError(f"exercise {exercise} has two references")
        REFERENCES[exercise] = judge
        return judge

    return register


@dataclass
class Exercise:
    """An exercise as it stands in a notebook: its markdown, and the code cells under it."""

    id: str
    markdown: str = ""
    code: list[str] = field(default_factory=list)

    def folded(self, summary: str) -> list[str]:
        """What is folded away under this summary."""
        return [text for title, text in _FOLDED.findall(self.markdown) if title.strip() == summary]

    @property
    def solution(self) -> str:
        """The source of the solution."""
        return "\n".join(_PYTHON.findall("\n".join(self.folded("Solution"))))

    def problems(self) -> list[str]:
        """What is missing, or there too often."""
        titles = [title.strip() for title, _ in _FOLDED.findall(self.markdown)]
        found = []
        if titles != ["Hint 1", "Hint 2", "Solution"]:
            found.append(f"folds {titles}, but should fold two hints and a solution")
        elif len(_PYTHON.findall("\n".join(self.folded("Solution")))) != 1:
            found.append("should have one block of Python in its solution")
        if not all(text.strip() for _, text in _FOLDED.findall(self.markdown)):
            found.append("has something folded that is empty")
        if len(self.code) != 1:
            found.append(f"has {len(self.code)} code cells, but should have one with the stub")
        if not found and _headers(self.code[0]) != _headers(self.solution)[-1:]:
            found.append("does not define the same function in its stub and in its solution")
        return [f"exercise {self.id} {problem}" for problem in found]


def exercises_of(notebook: dict) -> list[Exercise]:
    """The exercises of a notebook; each one ends where the next heading begins."""
    found: list[Exercise] = []
    inside = False
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            if inside:
                found[-1].code.append(source)
            continue
        for heading, text in _sections(source):
            started = _EXERCISE.fullmatch(heading) if heading is not None else None
            if started:
                found.append(Exercise(started[1]))
            inside = bool(started) if heading is not None else inside
            if inside:
                found[-1].markdown += text
    return found


def _sections(markdown: str) -> list[tuple[str | None, str]]:
    """The text before the first heading (under None), and each heading with the text under it."""
    # A comment in a block of code is no heading: headings are looked for where no code is.
    blank = _FENCED.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), markdown)
    starts = list(_HEADING.finditer(blank))
    ends = [*(match.start() for match in starts[1:]), len(markdown)]
    before = markdown[: starts[0].start()] if starts else markdown
    return [
        (None, before),
        *((m[1], markdown[m.end() : end]) for m, end in zip(starts, ends)),
    ]


def _headers(source: str) -> list[str]:
    """The functions that the source defines, by name and parameters."""
    return [f"{node.name}({ast.unparse(node.args)})" for node in _functions(source)]


def _functions(source: str) -> list[ast.FunctionDef]:
    return [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


def without_calls(source: str) -> str:
    """Only the functions of a stub's cell, without the lines that try them on the notebook."""
    return "\n".join(map(ast.unparse, _functions(source)))


def function_in(source: str) -> Function:
    """The last function that the source defines, in a namespace like that of a notebook."""
    names = {name: getattr(bp_helpers, name) for name in bp_helpers.__all__}
    defined = {
        "sigmoid": bp_helpers.functions.sigmoid,
        "dsigma": bp_helpers.functions.sigmoid_slope,
    }
    namespace: dict[str, object] = {**names, **defined, "np": np}
    exec(source, namespace)  # the text is that of our own notebooks
    return namespace[_functions(source)[-1].name]


def unmatched(exercises: Iterable[Exercise], references: Iterable[str]) -> list[str]:
    """Exercises without a reference, references without an exercise, and numbers used twice."""
    ids, known = [exercise.id for exercise in exercises], set(references)
    return [
        *(
            f"exercise {i} stands more than once"
            for i in sorted({i for i in ids if ids.count(i) > 1})
        ),
        *(f"exercise {i} has no reference" for i in ids if i not in known),
        *(f"reference {i} has no exercise" for i in sorted(known - set(ids))),
    ]


def misnumbered(name: str, exercises: Iterable[Exercise]) -> list[str]:
    """The exercises whose number is not that of the notebook `name` and of their place in it."""
    wanted = ((f"{name[:2]}.{k}", exercise.id) for k, exercise in enumerate(exercises, start=1))
    return [f"exercise {found} should be {number}" for number, found in wanted if found != number]


def _by_notebook() -> dict[str, list[Exercise]]:
    return {
        path.stem: exercises_of(json.loads(path.read_text(encoding="utf-8")))
        for path in committed_notebooks()
    }


# The references, in the order of the notebooks.


def rng() -> np.random.Generator:
    """The same numbers by chance in every run."""
    return np.random.default_rng(0)


@reference("00.1")
def judge_00_1(half_squared_cost: Function) -> None:
    net, x, y = bp_helpers.examples.small_network()
    a = bp_helpers.forward(net, x).a[2]
    assert half_squared_cost(a, y) == pytest.approx(bp_helpers.cost(net, x, y), rel=1e-12)


@reference("00.2")
def judge_00_2(layer: Function) -> None:
    net, x, _ = bp_helpers.examples.small_network()
    a = bp_helpers.forward(net, x).a
    for l in (1, 2):
        np.testing.assert_allclose(layer(net.W[l], net.b[l], a[l - 1]), a[l], rtol=1e-12)


@reference("00.3")
def judge_00_3(step_downhill: Function) -> None:
    W, dW = rng().standard_normal((2, 3, 4))
    before = W.copy()
    np.testing.assert_allclose(step_downhill(W, dW, 0.3), before - 0.3 * dW)
    np.testing.assert_array_equal(W, before)


@reference("01.1")
def judge_01_1(three_slopes: Function) -> None:
    for seed in range(3):
        w, b, a0, y = np.random.default_rng(seed).uniform(-2, 2, 4)
        net = bp_helpers.Network([(w, b)])
        grads = bp_helpers.backpropagate(net, [a0], [y])
        first, second, third = three_slopes(w, b, a0, y)
        assert first == a0
        np.testing.assert_allclose(first * second * third, grads.W[1].item(), rtol=1e-12)
        np.testing.assert_allclose(second * third, grads.b[1].item(), rtol=1e-12)


@reference("01.2")
def judge_01_2(ratio: Function) -> None:
    assert ratio(np.square, 3.0, 0.5) == 6.5
    assert ratio(np.square, 3.0, -1.0) == 5.0
    np.testing.assert_allclose(ratio(np.exp, 0.0, 1e-6), 1, rtol=1e-5)


@reference("01.3")
def judge_01_3(flat_from: Function) -> None:
    slope_of = bp_helpers.functions.sigmoid_slope
    assert flat_from(0.3) == 0
    for limit in (0.1, 0.01, 1e-4):
        z = flat_from(limit)
        assert slope_of(z) <= limit < slope_of(z - 0.1)


@reference("02.1")
def judge_02_1(slope_of_last_weight: Function) -> None:
    net, x, y = bp_helpers.examples.chain()
    a = [v.item() for v in bp_helpers.forward(net, x).a]
    right = bp_helpers.backpropagate(net, x, y).W[3].item()
    assert slope_of_last_weight(a[2], a[3], y.item()) == pytest.approx(right, rel=1e-12)


@reference("02.2")
def judge_02_2(one_turn: Function) -> None:
    assert one_turn(2.0, 0.25, 3.0, -5.0) == pytest.approx((1.5, 0.5, -2.5))


@reference("02.3")
def judge_02_3(first_slope: Function) -> None:
    for L in (1, 2, 5):
        net = bp_helpers.Network([(1, 0)] * L, activation="identity")
        # An identity has slope 1 where the exercise has ¼; the rest of the product is the same.
        through = bp_helpers.backpropagate(net, 0.5, -0.5).W[1].item()
        assert first_slope(L) == pytest.approx(through * 0.25**L)


@reference("03.1")
def judge_carry_back(carry_back: Function) -> None:
    rng = np.random.default_rng(0)
    W, slope, above = rng.standard_normal((4, 3)), rng.uniform(size=4), rng.standard_normal(4)
    for j in range(3):
        np.testing.assert_allclose(
            carry_back(W, list(slope), list(above), j), (W.T @ (slope * above))[j]
        )


@reference("03.2")
def judge_paths_from(paths_from: Function) -> None:
    assert paths_from([784, 16, 16, 10], 1) == 160
    assert paths_from([784, 16, 16, 10], 3) == 1
    assert paths_from([2, 4, 3, 2], 1) == 6


@reference("03.3")
def judge_place_of_bias(place_of_bias: Function) -> None:
    n = [5, 4, 3]
    g = bp_helpers.backpropagate(bp_helpers.Network.random(n, seed=0), np.ones(5), np.zeros(3))
    flat = np.concatenate([v.ravel() for l in (1, 2) for v in (g.W[l], g.b[l])])
    for j in range(3):
        assert flat[place_of_bias(n, j)] == g.b[2][j, 0]


@reference("04.1")
def judge_jacobian(jacobian: Function) -> None:
    rng = np.random.default_rng(0)
    slope, W = rng.uniform(size=(4, 1)), rng.standard_normal((4, 3))
    np.testing.assert_allclose(jacobian(slope, W), np.diag(slope[:, 0]) @ W)


@reference("04.2")
def judge_work_backwards(work_backwards: Function) -> None:
    assert work_backwards([784, 16, 16, 10]) == 160 + 256 + 12544
    assert work_backwards([2, 3]) == 6


@reference("04.3")
def judge_fourth_factors(fourth_factors: Function) -> None:
    rng = np.random.default_rng(0)
    slope, a = rng.uniform(size=(4, 1)), rng.uniform(size=(3, 1))
    np.testing.assert_allclose(fourth_factors(slope, a), np.outer(slope, a))


@reference("05.1")
def judge_05_1(pull_back: Function) -> None:
    net, x, y = bp_helpers.examples.batch()
    delta = bp_helpers.backpropagate(net, x, y).delta
    slope_here = net.sigma[1].slope(bp_helpers.forward(net, x).z[1])
    np.testing.assert_allclose(pull_back(net.W[2], delta[2], slope_here), delta[1], rtol=1e-12)


@reference("05.2")
def judge_05_2(weight_gradient: Function) -> None:
    net, x, y = bp_helpers.examples.batch()
    grads, a = bp_helpers.backpropagate(net, x, y), bp_helpers.forward(net, x).a
    np.testing.assert_allclose(weight_gradient(grads.delta[2], a[1]), grads.W[2], rtol=1e-12)


@reference("05.3")
def judge_05_3(output_delta: Function) -> None:
    net, x, y = bp_helpers.examples.batch(cost="squared")
    trace = bp_helpers.forward(net, x)
    delta = bp_helpers.backward(net, trace, y).delta[2]
    found = output_delta(trace.a[2], y, net.sigma[2].slope(trace.z[2]))
    np.testing.assert_allclose(found, delta, rtol=1e-12)


@reference("06.1")
def judge_bias_gradient(bias_gradient: Function) -> None:
    net, x, y = bp_helpers.examples.batch()
    grads = bp_helpers.backpropagate(net, x, y)
    for l in (1, 2):
        given = bias_gradient(grads.delta[l])
        assert given.shape == grads.b[l].shape
        np.testing.assert_allclose(given, grads.b[l])


@reference("06.2")
def judge_shape_of_sum(shape_of_sum: Function) -> None:
    for A, B in product(product((1, 2, 3), repeat=2), repeat=2):
        try:
            shape = (np.zeros(A) + np.zeros(B)).shape
        except ValueError:
            shape = None
        assert shape_of_sum(A, B) == shape


@reference("06.3")
def judge_repair_factor(repair_factor: Function) -> None:
    net, x, y = bp_helpers.examples.batch()
    a, m = bp_helpers.forward(net, x).a, x.shape[1]
    grads = bp_helpers.backpropagate(net, x, y)
    twice = (grads.delta[2] / m) @ a[1].T / m
    np.testing.assert_allclose(repair_factor(m) * twice, grads.W[2])


@reference("07.1")
def judge_07_1(central_difference: Function) -> None:
    assert central_difference(np.square, 3.0, 0.5) == 6.0
    np.testing.assert_allclose(central_difference(np.sin, 1.0, 1e-5), np.cos(1), rtol=1e-9)


@reference("07.2")
def judge_07_2(complex_step: Function) -> None:
    np.testing.assert_allclose(complex_step(np.sin, 1.0, 1e-20), np.cos(1), rtol=1e-14)
    assert complex_step(lambda v: v**3, 2.0, 1.0) == 11.0  # 3 · 2² − 1²


@reference("07.3")
def judge_07_3(relative_error: Function) -> None:
    a, b = np.array([[3.0], [0.0]]), np.array([[3.0], [4.0]])
    assert relative_error(a, b) == relative_error(b, a) == 0.8
    assert relative_error(a, a) == 0
    assert relative_error(0 * a, 0 * a) == 0
    assert relative_error(a, -a) == 2


@reference("08.1")
def judge_08_1(one_hot: Function) -> None:
    train = bp_helpers.digits.train
    for k in range(20):
        np.testing.assert_array_equal(one_hot(train.labels[k]), train.y[:, [k]])


@reference("08.2")
def judge_08_2(share_right: Function) -> None:
    x, y = bp_helpers.digits.test
    net = bp_helpers.Network.random([784, 5, 10], seed=0)
    labels = bp_helpers.digits.test.labels
    right = bp_helpers.accuracy(net, x, y)
    assert share_right(bp_helpers.forward(net, x).a[2], labels) == pytest.approx(right)


@reference("08.3")
def judge_08_3(mini_batches: Function) -> None:
    for n, size in ((7, 3), (6, 3), (2, 5)):
        order = rng().permutation(n)
        batches = mini_batches(order, size)
        np.testing.assert_array_equal(np.concatenate(batches), order)
        assert [len(b) for b in batches[:-1]] == [size] * (len(batches) - 1)
        assert 0 < len(batches[-1]) <= size


# What runs them.

NOTEBOOKS = _by_notebook()
EXERCISES = [exercise for here in NOTEBOOKS.values() for exercise in here]
_each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
_judged = pytest.mark.parametrize(
    "exercise", [e for e in EXERCISES if e.id in REFERENCES], ids=lambda exercise: exercise.id
)


def test_exercises_and_references_match() -> None:
    problems = unmatched(EXERCISES, REFERENCES)
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_exercises_are_numbered_in_order(name: str) -> None:
    assert misnumbered(name, NOTEBOOKS[name]) == []


@_each
def test_it_has_two_hints_a_solution_and_a_stub(exercise: Exercise) -> None:
    assert exercise.problems() == []


@_judged
def test_the_solution_is_right(exercise: Exercise) -> None:
    REFERENCES[exercise.id](function_in(exercise.solution))


@_each
def test_the_untouched_stub_returns_none(exercise: Exercise) -> None:
    stub = function_in(without_calls(exercise.code[0]))
    assert stub(*(None for _ in inspect.signature(stub).parameters)) is None


@_judged
def test_the_untouched_stub_is_not_taken_for_right(exercise: Exercise) -> None:
    with pytest.raises((AssertionError, TypeError, AttributeError, ValueError)):
        REFERENCES[exercise.id](function_in(without_calls(exercise.code[0])))


# Its own tests, on a notebook that is made up.

_TEXT = """## Exercises

### Exercise 99.1

Double a number.

<details><summary>Hint 1</summary>
Add it.
</details>
<details><summary>Hint 2</summary>
To itself.
</details>
"""
_SOLUTION = """<details><summary>Solution</summary>

```python
# Twice is plus itself.
def double(v):
    return v + v
```
</details>
"""
_STUB = 'def double(v):\n    ...\n\n\nprint("yours:", double(2))'


def _made_up(*cells: str) -> Exercise:
    """The one exercise in a notebook of these cells; a stub is code, everything else markdown."""
    kinds = ("code" if cell.startswith(("def", "x")) else "markdown" for cell in cells)
    notebook = {"cells": [{"cell_type": k, "source": c} for k, c in zip(kinds, cells)]}
    (exercise,) = exercises_of(notebook)
    return exercise


def _judge(double: Function) -> None:
    assert double(2.5) == pytest.approx(5)


def test_a_complete_exercise_is_taken_apart() -> None:
    for exercise in (_made_up(_TEXT + _SOLUTION, _STUB), _made_up(_TEXT, _SOLUTION, _STUB)):
        assert exercise.id == "99.1"
        assert exercise.problems() == []
        _judge(function_in(exercise.solution))
        assert function_in(without_calls(exercise.code[0]))(3) is None


def test_a_solution_may_bring_a_helper_of_its_own() -> None:
    helped = _SOLUTION.replace("def double", "def helper(v):\n    return v\n\n\ndef double")
    exercise = _made_up(_TEXT, helped, _STUB)
    assert exercise.problems() == []
    _judge(function_in(exercise.solution))


def test_an_exercise_ends_at_the_next_heading() -> None:
    exercise = _made_up(_TEXT + _SOLUTION, _STUB, "## Where this comes from\n\nText.", "x = 1")
    assert exercise.problems() == []
    assert "Text." not in exercise.markdown


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ((_TEXT, _STUB), "should fold two hints and a solution"),
        ((_TEXT.replace("Hint 2", "Hint"), _SOLUTION, _STUB), "should fold two hints"),
        ((_TEXT, _SOLUTION, _SOLUTION, _STUB), "should fold two hints and a solution"),
        ((_TEXT.replace("To itself.", ""), _SOLUTION, _STUB), "that is empty"),
        ((_TEXT, _SOLUTION.replace("```python", "```"), _STUB), "one block of Python"),
        ((_TEXT, _SOLUTION), "has 0 code cells"),
        ((_TEXT, _SOLUTION, _STUB, _STUB), "has 2 code cells"),
        ((_TEXT, _SOLUTION, _STUB.replace("double(v)", "twice(v)")), "the same function"),
        ((_TEXT, _SOLUTION, _STUB.replace("(v)", "(v, w)")), "the same function"),
    ],
)
def test_an_incomplete_exercise_is_named(cells: tuple[str, ...], problem: str) -> None:
    (found,) = _made_up(*cells).problems()
    assert problem in found


def test_a_wrong_number_is_named() -> None:
    problem = "exercise 99.1 should be 98.1"
    assert misnumbered("98_name", [_made_up(_TEXT + _SOLUTION, _STUB)]) == [problem]
    odd = _made_up(_TEXT.replace("Exercise 99.1", "Exercise 1"))
    assert misnumbered("99_name", [odd]) == ["exercise 1 should be 99.1"]


def test_exercises_and_references_without_each_other_are_named() -> None:
    exercise = Exercise("99.1")
    assert unmatched([exercise], ["99.1"]) == []
    assert unmatched([exercise], []) == ["exercise 99.1 has no reference"]
    assert unmatched([], ["99.1"]) == ["reference 99.1 has no exercise"]
    assert unmatched([exercise] * 2, ["99.1"]) == ["exercise 99.1 stands more than once"]


def test_a_wrong_solution_fails() -> None:
    wrong = _made_up(_TEXT, _SOLUTION.replace("v + v", "v * v"), _STUB)
    with pytest.raises(AssertionError):
        _judge(function_in(wrong.solution))


def test_a_second_reference_is_refused() -> None:
    before = dict(REFERENCES)
    try:
        reference("99.1")(_judge)
        assert REFERENCES["99.1"] is _judge
        with pytest.raises(ValueError, match="two references"):
            reference("99.1")(_judge)
    finally:
        REFERENCES.clear()
        REFERENCES.update(before)
