"""Every exercise is complete, its solution is right, and its mistakes are told as themselves."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest
from conftest import committed_notebooks

import bp_helpers
from bp_helpers import check
from bp_helpers.exercises.checking import notebooks, of_notebook
from bp_helpers.exercises.exercise import Exercise, WholePass
from bp_helpers.verdict import Finding

Function = Callable[..., object]

_HEADING = re.compile(r"^#{1,6} +(.*?)\s*$", re.MULTILINE)
_EXERCISE = re.compile(r"Exercise (.+)")
_FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_HINTED = ["Hint 1", "Hint 2", "Solution"]


@dataclass
class Written:
    """An exercise as it stands in a notebook: its markdown, and the code cells under it."""

    id: str
    markdown: str = ""
    code: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)

    @property
    def folds(self) -> list[tuple[str, str]]:
        """What is folded away, each with its summary."""
        return [(title.strip(), text) for title, text in _FOLDED.findall(self.markdown)]

    @property
    def solution(self) -> str:
        """The source of the solution."""
        text = "\n".join(text for title, text in self.folds if title == "Solution")
        return "\n".join(_PYTHON.findall(text))

    @property
    def is_judged(self) -> bool:
        """Whether its answer is a function that `check` judges; others are a choice, or a trial."""
        return any("check(" in source for source in self.code)

    def problems(self) -> list[str]:
        """What is missing, or there too often."""
        found = []
        if not self.folds or not all(text.strip() for _, text in self.folds):
            found.append("has nothing folded, or something empty")
        if self.is_judged:
            found += self._problems_of_code()
        return [f"exercise {self.id} {problem}" for problem in found]

    def _problems_of_code(self) -> list[str]:
        titles = [title for title, _ in self.folds]
        if titles != _HINTED:
            return [f"folds {titles}, but should fold two hints and a solution"]
        if len(_PYTHON.findall(self.folds[-1][1])) != 1:
            return ["should have one block of Python in its solution"]
        if len(self.code) != 1:
            return [f"has {len(self.code)} code cells, but should have one with the stub"]
        if _headers(self.code[0]) != _headers(self.solution)[-1:]:
            return ["does not define the same function in its stub and in its solution"]
        name = _functions(self.code[0])[-1].name
        if not self.code[0].rstrip().endswith(f'\n\n\ncheck("{self.id}", {name})'):
            return [f'should end with check("{self.id}", {name}), after two empty lines']
        return []


def exercises_in(notebook: dict) -> list[Written]:
    """The exercises of a notebook; each one ends where the next heading begins."""
    found: list[Written] = []
    inside = False
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            if inside:
                found[-1].code.append(source)
                texts = (o.get("data", {}).get("text/plain", "") for o in cell.get("outputs", ()))
                found[-1].printed += ["".join(text) for text in texts]
            continue
        for heading, text in _sections(source):
            started = _EXERCISE.fullmatch(heading) if heading is not None else None
            if started:
                found.append(Written(started[1]))
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


def _functions(source: str) -> list[ast.FunctionDef]:
    return [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


def _headers(source: str) -> list[str]:
    """The functions that the source defines, by name and parameters."""
    return [f"{node.name}({ast.unparse(node.args)})" for node in _functions(source)]


def _ran(source: str) -> dict[str, object]:
    """What a cell leaves behind that is run alone, after nothing but imports."""
    names = {name: getattr(bp_helpers, name) for name in bp_helpers.__all__}
    namespace: dict[str, object] = {**names, "np": np}
    exec(source, namespace)  # the text is that of our own notebooks
    return namespace


def function_in(source: str) -> Function:
    """The last function that the source defines."""
    return _ran(source)[_functions(source)[-1].name]


def unmatched(written: Iterable[Written], known: Iterable[str]) -> list[str]:
    """Exercises that nothing judges, what judges no exercise, and numbers used twice."""
    ids, judged = Counter(w.id for w in written if w.is_judged), set(known)
    return [
        *(f"exercise {i} stands more than once" for i, n in sorted(ids.items()) if n > 1),
        *(f"exercise {i} is not in the package" for i in ids if i not in judged),
        *(f"exercise {i} is not in a notebook" for i in sorted(judged - set(ids))),
    ]


def misnumbered(name: str, written: Iterable[Written]) -> list[str]:
    """The exercises whose number is not that of the notebook `name` and of their place in it."""
    wanted = ((f"{name[:2]}.{k}", exercise.id) for k, exercise in enumerate(written, start=1))
    return [f"exercise {found} should be {number}" for number, found in wanted if found != number]


NOTEBOOKS = {
    path.stem: exercises_in(json.loads(path.read_text(encoding="utf-8")))
    for path in committed_notebooks()
}
WRITTEN = [exercise for here in NOTEBOOKS.values() for exercise in here]
JUDGED = [exercise for exercise in WRITTEN if exercise.is_judged]
KNOWN = {e.id: e for number in notebooks() for e in of_notebook(number)}
MISTAKES = [
    (e, k) for e in KNOWN.values() if isinstance(e, Exercise) for k in range(len(e.mistakes))
]
_each = pytest.mark.parametrize("written", WRITTEN, ids=lambda w: w.id)
_judged = pytest.mark.parametrize("written", JUDGED, ids=lambda w: w.id)
_with_probes = pytest.mark.parametrize(
    "exercise", [e for e in KNOWN.values() if isinstance(e, Exercise)], ids=lambda e: e.id
)


def test_notebooks_and_package_have_the_same_exercises() -> None:
    problems = unmatched(JUDGED, KNOWN)
    assert not problems, "\n" + "\n".join(problems)


def test_there_are_many_exercises_and_many_mistakes() -> None:
    assert len(WRITTEN) >= 36
    assert len(MISTAKES) >= 120
    for name, here in NOTEBOOKS.items():
        assert 3 <= len(here) <= 6, name


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_exercises_are_numbered_in_order(name: str) -> None:
    assert misnumbered(name, NOTEBOOKS[name]) == []


@pytest.mark.parametrize("name", list(NOTEBOOKS)[2:])
def test_one_exercise_is_to_mend_what_has_a_slip_in_it(name: str) -> None:
    assert any(KNOWN[w.id].unmended for w in NOTEBOOKS[name] if w.is_judged)


@_each
def test_it_is_complete(written: Written) -> None:
    assert written.problems() == []


@_judged
def test_the_solution_is_right(written: Written) -> None:
    found = check(written.id, function_in(written.solution))
    assert found.verdict == "right" and found.points == 1, found


@_judged
def test_the_untouched_cell_runs_alone_and_is_not_started(written: Written) -> None:
    found = check(written.id, function_in(written.code[0]))
    assert found.verdict == "not started" and found.points == 0
    assert written.printed == [str(found)]


@_judged
def test_it_takes_what_the_package_gives_it(written: Written) -> None:
    (header,) = _headers(written.code[0])
    assert header.partition("(")[2] == KNOWN[written.id].takes[1:]


@pytest.mark.parametrize(
    ("exercise", "k"), MISTAKES, ids=lambda v: v.id if isinstance(v, Exercise) else None
)
def test_each_mistake_is_told_as_itself(exercise: Exercise, k: int) -> None:
    found = exercise.judge(_as_answer(exercise, exercise.mistakes[k][0]))
    assert found.verdict == "slip"
    assert found.says == exercise.mistakes[k][1]


def _as_answer(exercise: Exercise, function: Function) -> Function:
    """What gives to the arguments of each probe what a function of the probe itself gives."""
    probes = iter(exercise.probes)
    return lambda *_: function(*next(probes))


def _giving(values: Iterable[object]) -> Function:
    """What gives these values, one after the other."""
    remaining = iter(values)
    return lambda *_: next(remaining)


@_with_probes
def test_its_sentences_differ_and_end(exercise: Exercise) -> None:
    sentences = [says for _, says in exercise.mistakes]
    assert len(set(sentences)) == len(sentences)
    assert all(says[0].isupper() and says.endswith(".") for says in sentences)


def _corrupted(value: object, rng: np.random.Generator) -> object:
    """A value with one number of it changed, a part or a sign lost, or its rows turned."""
    if isinstance(value, (tuple, list)):
        k = rng.integers(len(value))
        return type(value)(_corrupted(v, rng) if i == k else v for i, v in enumerate(value))
    if isinstance(value, dict):
        k = rng.integers(len(value))
        return {n: _corrupted(v, rng) if i == k else v for i, (n, v) in enumerate(value.items())}
    if isinstance(value, np.ndarray) and value.size > 1:
        changed = value.astype(float)
        changed.flat[rng.integers(value.size)] += rng.choice([-1, 1]) * rng.uniform(0.01, 2)
        turned = np.ascontiguousarray(value[::-1])
        is_new = len(value) > 1 and not np.array_equal(turned, value)
        return turned if is_new and rng.random() < 0.2 else changed
    if isinstance(value, (bool, str)) or value is None:
        return f"not {value}"
    return value + rng.choice([-1, 1]) * rng.uniform(0.01, 2)


def test_corrupted_solutions_are_never_called_right() -> None:
    known = [e for e in KNOWN.values() if isinstance(e, Exercise)]
    for seed in range(len(known) * (200 // len(known) + 1)):
        exercise, rng = known[seed % len(known)], np.random.default_rng(seed)
        worst = rng.integers(len(exercise.probes))
        values = list(exercise.wanted)
        values[worst] = _corrupted(values[worst], rng)
        assert not exercise.judge(_giving(values)).ok, (exercise.id, seed)


# What comes before a value is wrong.


def _stub(a, y): ...


def _forgets_to_return(a, y):
    np.sum((a - y) ** 2)


def _raises(a, y):
    return a @ y


def _changes(a, y):
    a -= y
    return np.sum(a**2) / 2


def _stops(a, y):
    raise KeyboardInterrupt


def _leaves(a, y):
    raise SystemExit


def _prints(a, y):
    print("ink " * 300_000)
    return 1.0


_borrowed = np.ones((2, 1))


def _borrows(a, y):
    return np.sum((a[:2] - _borrowed) ** 2) / 2


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        (_stub, "not started", "replace the dots"),
        (_forgets_to_return, "contract", "is a `return` missing"),
        (_raises, "raised", "in the line 'return a @ y'"),
        (_changes, "contract", "It changes a, which it was given"),
        (_stops, "raised", "You stopped it, in the line 'raise KeyboardInterrupt'"),
        (_leaves, "raised", "SystemExit"),
        (_prints, "unknown", "It prints:\nink ink"),
        (_borrows, "unknown", "reads `_borrowed` from outside: use what it is given, (a, y)"),
        (lambda a: 0, "contract", "It takes (a), but should take (a, y)"),
        (lambda a, y: np.nan, "contract", "holds nan, which is no number"),
        (lambda a, y: (v for v in a), "contract", "is a generator, which has computed nothing yet"),
        (lambda a, y: "ink", "contract", "'ink'"),
        (lambda a, y: {"C": 1}, "contract", "is a dict of length 1, but should be a single number"),
        (lambda a, y: 1j, "contract", "is 1j, but should be a single number"),
        (lambda a, y: np.sum((a - y) ** 2, axis=0, keepdims=True) / 2, "contract", ".item()"),
        (lambda a, y: -np.sum((a - y) ** 2) / 2, "unknown", "minus what it should be"),
        (lambda a, y: 3 * np.sum((a - y) ** 2) / 2, "unknown", "3 times what it should be"),
        (3.0, "contract", "should be given the function itself"),
        (None, "contract", "should be given the function itself"),
    ],
)
def test_what_is_wrong_before_the_numbers_is_said_and_never_raised(
    answer: Function, verdict: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = check("00.1", answer)
    assert found.verdict == verdict
    assert said in str(found) and said in found.says
    assert len(str(found)) < 600
    assert not found.ok and found.points == 0
    assert capsys.readouterr().out == ""


def test_parts_of_an_answer_are_named() -> None:
    exercise = Exercise("99.1", lambda x: (x, {"W": 2 * x}), [(np.ones((2, 1)),)])

    def told(answer: Function) -> str:
        return exercise.judge(answer).says

    assert "has no key 'W'" in told(lambda x: (x, {"b": x}))
    assert "The second of what it returns is None" in told(lambda x: (x, None))
    assert "'W' of the second of what it returns has shape (2,)" in told(
        lambda x: (x, {"W": 2 * x[:, 0]})
    )
    assert "should be a tuple or a list of 2" in told(lambda x: x)
    assert "The first of what it returns is None" in told(lambda x: (None, {"W": x}))


def test_transposed_partly_right_and_two_mistakes_alike_are_said() -> None:
    rng = np.random.default_rng(0)
    probes = [(rng.uniform(1, 2, (2, 2)), 1), (rng.uniform(1, 2, (2, 3)), 2)]
    doubled, again = ((lambda W, n: 2 * W, text) for text in ("It is doubled.", "It is W + W."))
    exercise = Exercise("99.1", lambda W, n: W * n, probes, [doubled, again])
    assert "transpose" in exercise.judge(lambda W, n: W.T * n).says
    partly = exercise.judge(lambda W, n: W).says
    assert partly.startswith("It is right for 1 of 2 inputs. It is wrong, for example, for W of")
    assert partly.endswith("n = 2.")
    both = exercise.judge(lambda W, n: 2 * W)
    assert both.verdict == "either" and "• It is doubled.\n• It is W + W." in both.says


def judged(right: Function, answer: Function, *probes: object) -> str:
    """What is said of an answer to an exercise that is made up."""
    return Exercise("99.1", right, [(probe,) for probe in probes]).judge(answer).says


def test_of_numbers_that_differ_what_is_surely_true_is_said() -> None:
    three = lambda v: (v, 2 * v, v**2)  # noqa: E731
    told = judged(three, lambda v: (v, 2 * v, v), 3.0, 5.0)
    assert told == "Of what it returns, right: the first, the second. Wrong: the third."
    told = judged(three, lambda v: (2 * v, v**2, v), 3.0, 5.0)
    assert told == "What it returns is right, but in another order."
    told = judged(three, lambda v: tuple(round(w, 4) for w in three(v)), 1.23456789, 2.3456789)
    assert told.startswith("It is nearly right, but not to the last digits")
    told = judged(three, lambda v: (3.0, 6.0, 9.1), 3.0, 5.0)
    assert told == "It returns the same for every input: use what it is given."
    lists = lambda v: ([v, 2 * v], [3 * v, v])  # noqa: E731
    told = judged(lists, lambda v: ([v, 2 * v], [v, 3 * v]), 3.0, 5.0)
    assert told == "Of what it returns, right: the first. Wrong: the second."
    told = judged(lists, lambda v: ([v, 2 * v], [3 * v, 7 * v]), 3.0, 5.0)
    assert told.endswith("Wrong: the second of the second.")
    told = judged(lambda v: v if v > 3 else None, lambda v: v, 2.0, 4.0)
    assert told == "It does not give None where it should, as for v = 2."
    told = judged(lambda v: v if v > 3 else None, lambda v: 2 * v if v > 3 else 0, 2.0, 4.0)
    assert "twice" not in told
    told = judged(lambda v: v > 3, lambda v: [v > 3], 2.0, 4.0)
    assert told == "What it returns is a list of length 1, but should be True or False."
    assert "place 0" not in judged(lambda v: v if v > 3 else None, lambda v: v + 1.0, 2.0, 4.0)
    assert "is None: is a `return`" in judged(lambda v: "BP1", print, 2.0)
    layers = lambda v: [None, v, 2 * v]  # noqa: E731
    told = judged(layers, lambda v: [0, v, 2 * v], 3.0, 5.0)
    assert told == "Its numbers are right; at place 0 there should be None."
    assert "Is the None in front missing?" in judged(layers, lambda v: [v, 2 * v], 3.0)
    assert "Place 2 of what it returns is None" in judged(layers, lambda v: [None, v, None], 3.0)
    told = judged(layers, lambda v: [None, -v, -2 * v], 3.0, 5.0)
    assert told == "It is minus what it should be, for every input."
    assert "Wrong: place 2" in judged(layers, lambda v: [None, v, 7 * v], 3.0, 5.0)


def test_inputs_are_told_where_only_some_of_them_go_wrong() -> None:
    told = judged(lambda n: n * 2, lambda n: n * 2 if n < 3 else None, 2, 4)
    assert told == "For n = 4 it returns None. Does it always return?"
    told = judged(lambda n: n if n > 3 else None, lambda n: n if n > 5 else None, 2, 4)
    assert told == "It gives None where it should not, as for n = 4."
    told = judged(lambda n: n * 2, lambda n: n * 2 if n < 3 else 1 / 0, 2, 4)
    assert "ZeroDivisionError" in told and told.endswith("This is so for n = 4.")
    long = [None, *np.linspace(0, 1, 40)]
    told = judged(lambda v: 2.0, lambda v: 2.0 + (len(v) > 3), [None, 0.0256], long)
    assert told.endswith("It is wrong, for example, for v of length 41.")
    told = judged(lambda v: 2.0, lambda v: 2.0 + len(v), [None, 0.0256], long)
    assert told.endswith("for v = [None, 0.0256].")


def test_what_python_leaves_unsaid_is_said() -> None:
    table = np.ones((2, 3))
    assert "A power is written `**`" in judged(lambda v: v**2, lambda v: v ^ 2, table)
    assert "as many columns on its left" in judged(lambda v: v, lambda v: v @ v, table)
    assert "there a comma too many" in judged(lambda v: 1.0, lambda v: (1.0,), table)
    assert "tuple of 2, but should be a single array" in judged(
        lambda v: v, lambda v: (v, v), table
    )
    told = judged(lambda v: v[:, :1], lambda v: v[:, :1] + v[:, 0], table)
    assert "a whole table" in told
    exercise = Exercise("99.1", lambda a, y: a - y, [(1.0, 2.0)])
    assert "takes (y, a), but should take (a, y)" in exercise.judge(lambda y, a: a - y).says
    listed = Exercise("99.1", sum, [([1, 2],)], names=("n",))
    assert "make a new list instead. `n.pop()`" in listed.judge(lambda n: n.pop()).says


def test_a_list_that_is_kept_from_one_call_to_the_next_is_said() -> None:
    kept: list[int] = []

    def parents_first(parents, output, found=kept):
        if output not in found:
            for parent in parents[output]:
                parents_first(parents, parent, found)
            found.append(output)
        return found

    def emptied(parents, output):
        kept.clear()
        return parents_first(parents, output)

    def copied(parents, output):
        return parents_first(parents, output)[:]

    says = "It keeps its list from one call to the next: make a new one in each"
    for answer in (parents_first, emptied, copied):
        kept.clear()
        assert check("12.5", answer).says.startswith(says)
    assert check("12.5", lambda parents, output: parents_first(parents, output, [])).ok
    for nothing in (lambda parents, output: [], lambda parents, output: ()):
        assert not check("12.5", nothing).says.startswith(says)


def test_a_function_that_is_returned_is_said_and_no_address_of_anything() -> None:
    pair = lambda v: (v, v)  # noqa: E731
    told = judged(pair, lambda v: (lambda g: g, lambda g: g), 3.0)
    assert told.startswith("The first of what it returns is a function: return what it gives")
    assert "is a function" in judged(pair, lambda v: lambda g: g, 3.0)
    assert " at 0x" not in judged(lambda v: v, lambda v: object(), np.ones(2))
    assert " at 0x" not in judged(lambda v: v, lambda v: [object()] * 2, np.ones(2))

    def raises(v: object) -> None:
        raise KeyError(object())

    assert judged(lambda v: v, raises, 3.0).startswith("It raised KeyError: <object object>, in")


def softmax_back_with(a: np.ndarray, dC_da: np.ndarray) -> np.ndarray:
    """What `=` in the place of `+=` makes of three loops."""
    found, (n, m) = np.zeros_like(a), a.shape
    for i in range(m):
        for k in range(n):
            for j in range(n):
                found[k, i] = dC_da[j, i] * a[j, i] * ((j == k) - a[k, i])
    return found


def elu_slope_in_place(z: np.ndarray) -> np.ndarray:
    out = z.copy()
    out[out <= 0] = np.exp(out[out <= 0])
    out[out > 0] = 1
    return out


def slopes_by(line: str) -> Function:
    """The answer to 12.4 with this line in its inner loop."""
    names: dict[str, Function] = {}
    exec(
        "def slopes_for(links):\n    grad = [0.0] * len(links)\n    grad[-1] = 1.0\n"
        "    for k in reversed(range(len(links))):\n        for parent, slope in links[k]:\n"
        f"            {line}\n    return grad\n",
        names,
    )
    return names["slopes_for"]


def first_where(apart: Function, last: bool = False) -> Function:
    """An answer to 09.3 that calls two arrays of one shape different where these are apart."""

    def search(right, wrong, cases):
        for k, (W, delta) in enumerate(cases):
            try:
                one, two = right(W, delta), wrong(W, delta)
            except ValueError:
                return k
            if one.shape != two.shape or apart(one, two):
                return k
        return k if last else None

    return search


def read_off_with(factors: Function) -> Function:
    """An answer to 10.5 with these factors for the sum and for the mean over all entries."""

    def answer(n_in, n_out, m, n_last, W_shape, x_shape, ratio):
        samples, entries = factors(n_in, n_out, m, n_last, x_shape)
        costs = {"half, mean": 1, "square, mean": 2, "half, sum": samples,
                 "square, sum": 2 * samples, "square, entries": entries}  # fmt: skip
        return (
            "(out, in)" if W_shape == (n_out, n_in) else "(in, out)",
            "columns" if x_shape == (n_in, m) else "rows",
            min(costs, key=lambda cost: abs(costs[cost] - ratio)),
        )

    return answer


@pytest.mark.parametrize(
    ("id_", "answer", "said"),
    [
        ("09.3", first_where(lambda u, v: abs((u - v).max()) > 1e-9), "lets entries pass"),
        ("09.3", first_where(lambda u, v: abs(u - v)[0, 0] > 1e-9), "lets entries pass"),
        ("09.3", first_where(lambda u, v: abs(u.max() - v.max()) > 1e-9), "lets entries pass"),
        ("09.3", first_where(lambda u, v: np.median(abs(u - v)) > 1e-9), "and not their mean"),
        ("09.3", first_where(lambda u, v: abs(u - v).max() > 10e-9), "ten times as much"),
        ("09.3", first_where(lambda u, v: np.linalg.norm(u - v) > 1e-9), "nothing else, that"),
        ("09.3", first_where(
            lambda u, v: np.linalg.norm(u - v) / np.linalg.norm(u) > 1e-9), "nothing else, that"),
        ("09.3", first_where(lambda u, v: abs(u - v).max() > 1e-9, True), "of the last case"),
        ("10.5", read_off_with(lambda i, o, m, n, x: (i, 2 / n)), "takes n_in"),
        ("10.5", read_off_with(lambda i, o, m, n, x: (o, 2 / n)), "takes n_out"),
        ("10.5", read_off_with(lambda i, o, m, n, x: (x[0], 2 / n)), "first entry of x_shape"),
        ("10.5", read_off_with(lambda i, o, m, n, x: (m, 2 / m)), "where n_last is the number"),
        ("10.5", read_off_with(lambda i, o, m, n, x: (m, 2 / o)), "where n_last is the number"),
        ("10.5", read_off_with(lambda i, o, m, n, x: (m, 1 / n)), "Is the 2 of the square"),
        ("11.1", lambda z, y: 1 / 1 + np.exp(-z) - y, "σ is 1 divided by all of it, in brackets"),
        ("11.1", lambda z, y: np.exp(-z) / (1 + np.exp(-z)) - y, "It takes σ(−z)"),
        ("11.2", elu_slope_in_place, "It is 1 everywhere"),
        ("11.2", lambda z: np.ones(z.shape), "It is 1 everywhere"),
        ("11.3", softmax_back_with, "through the last output alone"),
        ("11.4", lambda sizes: sizes[1] / sizes[-1] ** (1 / (len(sizes) - 2)), "The power comes"),
        ("12.3", lambda z, y, g: g * np.exp(z) / np.exp(z).sum(0) - y / y.shape[1], "Only y is"),
        *(
            ("12.4", slopes_by(line), "Nothing has come to any node: for each node k")
            for line in (
                "grad[k] += grad[parent] * slope", "grad[parent] += grad[parent] * slope",
                "grad[parent] + grad[k] * slope", "grad[parent] *= grad[k] * slope",
            )
        ),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_told_what_is_true_of_it(
    id_: str, answer: Function, said: str
) -> None:
    found = check(id_, answer)
    assert found.verdict == "slip" and said in found.says


def test_check_says_how_it_is_called() -> None:
    assert "First the number" in str(check(_stub, "00.1"))
    assert "without quotes" in str(check("00.1", "half_squared_cost"))
    assert "was given nothing" in str(check("00.1"))


def test_unknown_exercises_list_those_that_there_are() -> None:
    for id_ in ("00.9", "00", 3, None, "77.1"):
        found = check(id_, _stub)
        assert found.verdict == "contract"
        known = "00.1, 00.2" if str(id_).startswith("00") else "notebooks 00, 01"
        assert known in str(found)


def test_a_whole_pass_is_diagnosed() -> None:
    from bp_helpers import backpropagate
    from bp_helpers.slips import SLIPS, gradient_with

    def slipped(net, x, y):
        return gradient_with((SLIPS[-1],), net, x, y)

    exercise = WholePass("99.1", kinds=[{}, {"activation": "tanh"}], unmended=slipped)
    right = exercise.judge(backpropagate)
    assert right.ok and right.says == (
        "Right, on every network that it was tried on (activation sigmoid; cost half_squared), "
        "(activation tanh; cost half_squared)."
    )
    assert exercise.judge(slipped).verdict == "not started"
    other = exercise.judge(lambda net, x, y: gradient_with((SLIPS[-2],), net, x, y))
    assert other.verdict == "slip" and other.says == SLIPS[-2].says

    def knows_only_sigmoid(net, x, y):
        return backpropagate(net, x, y) if net.sigma[1].name == "sigmoid" else slipped(net, x, y)

    found = WholePass("99.1", kinds=exercise.kinds).judge(knows_only_sigmoid)
    assert found.says == f"With activation 'tanh': {SLIPS[-1].says}"


def test_a_mistake_may_give_what_is_no_number() -> None:
    exercise = Exercise("99.1", lambda x: 0.0, [(0.0,)], [(lambda x: np.nan, "It divides by 0.")])
    assert exercise.judge(lambda x: float("nan")).says == "It divides by 0."
    assert "holds inf" in exercise.judge(lambda x: np.inf).says


def test_a_finding_reads_as_text_and_as_html() -> None:
    found = Finding("slip", "Two\n<lines>.")
    assert str(found) == repr(found) == "✗ Two\n<lines>."
    assert "✗" in found._repr_html_() and "&lt;lines&gt;." in found._repr_html_()


# The tests of what takes a notebook apart, on one that is made up.

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
_STUB = 'def double(v):\n    ...\n\n\ncheck("99.1", double)'


def _made_up(*cells: str) -> Written:
    """The one exercise in a notebook of these cells; a stub is code, everything else markdown."""
    kinds = ("code" if cell.startswith(("def", "x")) else "markdown" for cell in cells)
    notebook = {"cells": [{"cell_type": k, "source": c} for k, c in zip(kinds, cells)]}
    (exercise,) = exercises_in(notebook)
    return exercise


def test_a_complete_exercise_is_taken_apart() -> None:
    for exercise in (_made_up(_TEXT + _SOLUTION, _STUB), _made_up(_TEXT, _SOLUTION, _STUB)):
        assert exercise.id == "99.1" and exercise.is_judged
        assert exercise.problems() == []
        assert function_in(exercise.solution)(2.5) == 5


def test_a_solution_may_bring_a_helper_of_its_own() -> None:
    helped = _SOLUTION.replace("def double", "def helper(v):\n    return v\n\n\ndef double")
    exercise = _made_up(_TEXT, helped, _STUB)
    assert exercise.problems() == []
    assert function_in(exercise.solution)(2.5) == 5


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
        ((_TEXT.replace("To itself.", ""), _SOLUTION, _STUB), "something empty"),
        ((_TEXT, _SOLUTION.replace("```python", "```"), _STUB), "one block of Python"),
        ((_TEXT, _SOLUTION, _STUB, _STUB), "has 2 code cells"),
        ((_TEXT, _SOLUTION, _STUB.replace("double", "twice")), "the same function"),
        ((_TEXT, _SOLUTION, _STUB.replace("(v)", "(v, w)")), "the same function"),
        ((_TEXT, _SOLUTION, _STUB + "\nx = 1"), "should end with check"),
        (("### Exercise 99.1\n\nTry.",), "nothing folded"),
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


def test_exercises_without_what_judges_them_are_named() -> None:
    exercise = _made_up(_TEXT + _SOLUTION, _STUB)
    assert unmatched([exercise], ["99.1"]) == []
    assert unmatched([exercise], []) == ["exercise 99.1 is not in the package"]
    assert unmatched([], ["99.1"]) == ["exercise 99.1 is not in a notebook"]
    assert unmatched([exercise] * 2, ["99.1"]) == ["exercise 99.1 stands more than once"]
