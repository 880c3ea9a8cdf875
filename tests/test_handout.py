"""What a class is handed holds no solution, and nbgrader gives what is handed in its points."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path

import nbformat
import numpy as np
import pytest
from conftest import committed_notebooks
from nbformat import NotebookNode
from publish import handout
from test_exercises import exercises_in

import bp_helpers
from bp_helpers.exercises import graded
from bp_helpers.exercises.checking import of_notebook

_OPENED = ("Solution", "What to see")
_TITLE = re.compile(r"<summary>(.*?)</summary>")
_DEFINED = re.compile(r"^ *def (\w+)", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#?]+)")

each_path = pytest.mark.parametrize("path", committed_notebooks(), ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    """A notebook as it is stored."""
    return nbformat.read(path, as_version=4)


def marked(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells that nbgrader knows, by its ids for them."""
    marks = ((cell.metadata.get("nbgrader", {}), cell) for cell in notebook.cells)
    return {mark["grade_id"]: cell for mark, cell in marks if mark}


def halves(cell: NotebookNode) -> tuple[str, str]:
    """What stands in the source of an answer for the student, and what for the teacher."""
    found = re.fullmatch(r"(.*)### BEGIN SOLUTION\n(.*)\n### END SOLUTION", cell.source, re.DOTALL)
    return found[1], found[2]


# The student edition


@each_path
def test_hints_are_kept_and_solutions_are_not(path: Path) -> None:
    before, after = exercises_in(read(path)), exercises_in(handout.student(read(path)))
    assert [one.id for one in before] == [one.id for one in after]
    for old, new in zip(before, after):
        hidden = {title for title, _ in old.folds if title in _OPENED or title[1] == "."}
        assert hidden, old.id  # each of them has something to hide
        kept = [fold for fold in old.folds if fold[0] not in hidden]
        assert new.folds == kept
        for title, text in old.folds:
            lines = [line for line in text.split("\n") if len(line) > 25]
            told = [line for line in lines if line in new.markdown]
            assert told == ([] if title in hidden else lines), title
            assert (title[3:] in new.markdown) is (title not in _OPENED)  # choices can be read
        assert new.code == old.code and new.printed == old.printed
        assert "\n\n\n" not in new.markdown and not new.markdown.endswith("\n\n")


@each_path
def test_nothing_else_is_changed_but_predicted_outputs(path: Path) -> None:
    before, after = read(path), handout.student(read(path))
    assert len(before.cells) == len(after.cells) and before.metadata == after.metadata
    for old, new in zip(before.cells, after.cells):
        assert old.metadata == new.metadata and old.id == new.id
        if old.cell_type == "markdown":
            if not re.search("^### Exercise|^## Exercises", old.source, re.MULTILINE):
                assert old.source == new.source
        elif old.metadata.get("jupyter"):
            assert old.outputs and (new.outputs, new.execution_count) == ([], None)
        else:
            assert (old.outputs, old.source) == (new.outputs, new.source)


def test_what_is_said_of_folds_fits_those_that_are_there() -> None:
    before = "".join(c.source for path in committed_notebooks() for c in read(path).cells)
    every = [handout.student(read(path)) for path in committed_notebooks()]
    after = "".join(cell.source for notebook in every for cell in notebook.cells)
    for old, new in handout.SAID:
        assert before.count(old) == after.count(new) == 1 and old not in after
    texts = [c.source for n in every for c in n.cells if "### Exercise" in c.source]
    assert not re.search(r"(?i)\bsolution\b|open it\.", "".join(texts))


def test_every_link_of_the_student_edition_leads_somewhere(tmp_path: Path) -> None:
    assert handout.main([str(tmp_path / "students")]) == 0
    made = sorted((tmp_path / "students").glob("*.ipynb"))
    assert [file.name for file in made] == [path.name for path in committed_notebooks()]
    for file in made:
        nbformat.validate(read(file))
        texts = [cell.source for cell in read(file).cells if cell.cell_type == "markdown"]
        for link in (link for text in texts for link in _LINK.findall(text)):
            assert (file.parent / link).exists(), (file.name, link)


# The source of an assignment


@each_path
def test_every_exercise_has_cells_that_are_graded(path: Path) -> None:
    notebook = read(path)
    made = handout.assignment(notebook)
    nbformat.validate(made)
    cells, wanted = marked(made), []
    for one in exercises_in(notebook):
        id = one.id.replace(".", "-")
        wanted += [f"answer-{id}", f"check-{id}"] if one.is_judged else [f"words-{id}"]
    assert list(cells) == wanted
    for id, cell in cells.items():
        mark = cell.metadata.nbgrader
        kind = id.split("-")[0]
        assert (mark.grade, mark.solution, mark.locked) == {
            "answer": (False, True, False),
            "check": (True, False, True),
            "words": (True, True, False),
        }[kind]
        assert mark.get("points") == (None if kind == "answer" else 1)
        assert cell.cell_type == ("markdown" if kind == "words" else "code")


@each_path
def test_a_stub_gives_nothing_and_a_solution_its_point(
    path: Path, capsys: pytest.CaptureFixture
) -> None:
    notebook = handout.assignment(read(path))
    cells = marked(notebook)
    for id in (id for id in cells if id.startswith("answer")):
        assert cells[id].source.startswith("def ")
        given = [_points(half, cells[id.replace("answer", "check")]) for half in halves(cells[id])]
        assert given == [0, 1], id
        assert "○" in (told := capsys.readouterr().out) and "✓" in told


def _points(answer: str, check: NotebookNode) -> float:
    """What a locked cell gives for an answer, both run in a notebook with nothing but imports."""
    names = {name: getattr(bp_helpers, name) for name in bp_helpers.__all__}
    namespace: dict[str, object] = {**names, "np": np}
    exec(answer, namespace)  # the text is that of our own notebooks
    *lines, last = ast.parse(check.source).body
    exec(ast.unparse(ast.Module(lines, [])), namespace)
    return eval(ast.unparse(last), namespace)


@each_path
def test_no_other_cell_defines_what_is_graded(path: Path) -> None:
    """Else an answer that is gone, or renamed, would be graded by what stands elsewhere."""
    made = handout.assignment(read(path))
    for id, cell in marked(made).items():
        if id.startswith("check"):
            name = re.search(r'"(\w+)", globals', cell.source)[1]
            others = [c.source for c in made.cells if c.cell_type == "code" and name in c.source]
            defining = [source for source in others if name in _DEFINED.findall(source)]
            assert len(defining) == 1, (id, name)


@each_path
def test_words_stand_behind_what_they_are_about(path: Path) -> None:
    made = handout.assignment(read(path))
    for id, cell in marked(made).items():
        if not id.startswith("words"):
            continue
        stub, answer = halves(cell)
        assert stub == "" and len(answer) > 200
        before = made.cells[: made.cells.index(cell)]
        number = id.removeprefix("words-").replace("-", ".")
        written = next(one for one in exercises_in(made) if one.id == number)
        exercise = [c for c in before if f"### Exercise {number}\n" in c.source][-1]
        between = before[before.index(exercise) + 1 :]
        assert [c.source for c in between] == written.code[: len(between)]
        assert len(between) == len(written.code)


def test_links_lead_to_the_other_assignments(tmp_path: Path) -> None:
    assert handout.main(["--nbgrader", str(tmp_path)]) == 0
    for file in (tmp_path / "source").glob("*/*.ipynb"):
        assert file.stem == file.parent.name
        texts = [cell.source for cell in read(file).cells if cell.cell_type == "markdown"]
        links = [link for text in texts for link in _LINK.findall(text)]
        assert links and all((file.parent / link).exists() for link in links)


# What a locked cell says and gives


def layer_that_warns(W, b, a_before):
    warnings.warn("one that is shown on stderr", DeprecationWarning, stacklevel=1)
    print("written to stderr", file=sys.stderr)
    return 1 / (1 + np.exp(-(W @ a_before + b)))


def test_an_answer_that_only_warns_gets_its_point(capsys: pytest.CaptureFixture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # pytest collects warnings itself: here they go where they would go without it.
        warnings.showwarning = lambda *told: print(*told, file=sys.stderr)
        assert graded.check("00.2", "layer", {"layer": layer_that_warns}).points == 1
    told = capsys.readouterr()
    assert told.err == "" and told.out.startswith("✓ Right")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({}, "There is no function `layer` here"),
        ({"layer": 3}, "`layer` is 3 here, but should be a function"),
        ({"layer": None}, "`layer` is None here"),
        ({"layer": lambda W, b, a_before: 1 / 0}, "It raised ZeroDivisionError"),
        ({"layer": lambda W, b, a_before: ...}, "Not started"),
    ],
)
def test_whatever_is_not_right_gets_nothing_and_a_reason(
    names: dict, says: str, capsys: pytest.CaptureFixture
) -> None:
    found = graded.check("00.2", "layer", names, slip=0.5)
    assert found.points == 0 and says in capsys.readouterr().out


def test_a_loop_that_is_ended_is_told_as_such(capsys: pytest.CaptureFixture) -> None:
    def layer(W, b, a_before):
        raise KeyboardInterrupt  # as nbgrader does, after a while

    assert graded.check("00.2", "layer", {"layer": layer}, slip=0.5).points == 0
    assert "It was stopped, in the line" in capsys.readouterr().out


@pytest.mark.parametrize("slip", [0, 0.25])
def test_a_known_slip_gets_what_the_teacher_gives_for_it(slip: float) -> None:
    (exercise,) = (e for e in of_notebook("00") if e.id == "00.2")
    wrong, says = exercise.mistakes[0]
    mistaken = {"layer": wrong}
    found = graded.check("00.2", "layer", mistaken, slip)
    assert found.points == slip and says in str(found)


# The command


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["{}/full"], "which holds files already: name a new folder, or empty this one"),
        (["{}/full/file"], "is the file"),
        ([str(handout.NOTEBOOKS / "out")], "should not be among the notebooks"),
        (["{}/new", "--only", "05", "5", "99"], "was given 5, 99, but should be given numbers"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    assert handout.main([argument.format(tmp_path) for argument in arguments]) == 2
    assert says in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "file"]
    assert not (handout.NOTEBOOKS / "out").exists()


@pytest.mark.parametrize("slip", ["2", "-0.1", "half", "nan"])
def test_points_for_a_slip_are_a_part_of_one(slip: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        handout.main([str(tmp_path), "--nbgrader", "--slip", slip])


def test_the_command_runs_as_the_readme_says(tmp_path: Path) -> None:
    command = [sys.executable, handout.__file__, str(tmp_path / "one"), "--only", "05"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"1 notebook in {tmp_path / 'one'}\n"
    readme = (handout.NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    assert readme.count("tests/publish/handout.py") >= 2


# nbgrader itself

NAME = "06_batches_and_shapes"
SECONDS = 15  # for a cell: enough for the imports on a machine that is busy

ANSWERS = {
    # A warning goes to stderr, for which nbgrader would give nothing.
    "answer-06-1": "import warnings\n\ndef bias_gradient(dz):\n    warnings.warn('mean')\n"
    "    return dz.mean(axis=1, keepdims=True)",
    "answer-06-2": "def shape_of_sum(p, q):\n    while True:\n        pass",
    "answer-06-3": "def gradients_of_the_book(dz, a_before):\n    return dz @ nothing",
    "answer-06-4": "def gradients_of_rows(dz, a_before):\n"
    "    return a_before.T @ dz, dz.sum(axis=0, keepdims=True)",
    "answer-06-5": "def batch_backprop(net, x, y:\n    pass",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which the students have handed in, and which nbgrader has graded."""
    if find_spec("nbgrader") is None:
        pytest.skip('no nbgrader: pip install -e ".[grading]" brings it')
    made = tmp_path_factory.mktemp("nbgrader") / "course"
    assert handout.main(["--nbgrader", str(made), "--only", NAME[:2]]) == 0
    assert nbgrader(made, "generate_assignment", NAME).returncode == 0
    for student, change in {
        "right": hand_in_right, "untouched": lambda cells, right: None, "others": hand_in_others,
        "damaged": hand_in_damaged, "misnamed": hand_in_right,
    }.items():  # fmt: skip
        hand_in(made, student, change)
    folder = made / "submitted" / "misnamed" / NAME
    (folder / f"{NAME}.ipynb").rename(folder / f"{NAME}-Copy1.ipynb")
    (made / "log.txt").write_text(
        _log(nbgrader(made, "autograde", NAME, f"--Execute.timeout={SECONDS}"))
    )
    assert nbgrader(made, "generate_feedback", NAME).returncode == 0
    return made


def nbgrader(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run a command of nbgrader in a course folder; its own programs have to be found."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder, env={**os.environ, "PATH": path, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def _log(ran: subprocess.CompletedProcess) -> str:
    return f"{ran.returncode}\n{ran.stdout}{ran.stderr}"


def hand_in(course: Path, student: str, change: Callable[[list, dict[str, str]], None]) -> None:
    """Put a changed copy of what was handed out where nbgrader collects it.

    Of the cells that are not graded, which take time, only the imports are left.
    """
    file = f"{NAME}/{NAME}.ipynb"
    notebook, source = read(course / "release" / file), marked(read(course / "source" / file))
    imports = next(cell for cell in notebook.cells if cell.cell_type == "code")
    notebook.cells = [imports, *marked(notebook).values()]
    solutions = {id: halves(c)[1] for id, c in source.items() if c.metadata.nbgrader.solution}
    change(notebook.cells, solutions)
    place = course / "submitted" / student / file
    place.parent.mkdir(parents=True)
    nbformat.write(notebook, place)


def _marks(cells: list) -> Iterator[tuple[str, NotebookNode]]:
    return ((c.metadata.nbgrader.grade_id, c) for c in cells if "nbgrader" in c.metadata)


def hand_in_right(cells: list, right: dict[str, str]) -> None:
    """Every answer as it is folded in the notebook."""
    for id, cell in _marks(cells):
        cell.source = right.get(id, cell.source)


def hand_in_others(cells: list, right: dict[str, str]) -> None:
    """Answers that warn, loop, raise, have a known slip, and do not even run."""
    for id, cell in _marks(cells):
        cell.source = ANSWERS.get(id, cell.source)


def hand_in_damaged(cells: list, right: dict[str, str]) -> None:
    """Right answers in cells that are gone, renamed, or other than they were."""
    hand_in_right(cells, right)
    of = dict(_marks(cells))
    for gone in ("check-06-1", "answer-06-2", "words-06-6"):
        cells.remove(of[gone])
    of["answer-06-3"].source = of["answer-06-3"].source.replace("gradients_of_the_book", "mine")
    of["check-06-4"].metadata.nbgrader.grade_id = "something-else"
    of["check-06-5"].source = "100.0"
    of["check-06-5"].metadata.nbgrader.update(points=100.0, grade=False)
    copied = deepcopy(of["answer-06-5"])
    copied.id = "copied"
    cells.append(copied)


def points_of(course: Path, student: str) -> list[float | None]:
    """The points that nbgrader has noted for each graded cell, in order; None is not graded yet."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        notebook = book.find_submission_notebook(NAME, NAME, student)
        grades = sorted(notebook.grades, key=lambda grade: grade.name)
        return [None if grade.needs_manual_grade else grade.auto_score for grade in grades]


def feedback(course: Path, student: str) -> str:
    """What a student reads."""
    file = course / "feedback" / student / NAME / f"{NAME}.html"
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("student", "points"),
    [
        ("right", [1, 1, 1, 1, 1, None]),
        ("untouched", [0, 0, 0, 0, 0, 0]),
        ("others", [1, 0, 0, 0.5, 0, 0]),
        ("damaged", [1, 0, 0, 1, 1, 0]),
        ("misnamed", [None] * 6),
    ],
)
def test_nbgrader_gives_the_points(course: Path, student: str, points: list) -> None:
    assert points_of(course, student) == points


@pytest.mark.parametrize(
    ("student", "says"),
    [
        ("right", ["Right, on 9 inputs", "Right, on every network"]),
        ("untouched", ["Not started: replace the dots", "the slip is still in it", "No response."]),
        (
            "others",
            [
                "Right, on 9 inputs", "It was stopped, in the line", "CellTimeoutError",
                "It raised NameError: name", "These are sums over the samples",
                "There is no function `batch_backprop` here", "was never closed",
            ],
        ),
        (
            "damaged",
            [
                "<code>check-06-1</code> is missing", "<code>answer-06-2</code> is missing",
                "There is no function `shape_of_sum` here", "<code>words-06-6</code> is missing",
                "There is no function `gradients_of_the_book` here",
                "<code>check-06-4</code> is missing, or has lost its mark",
            ],
        ),
    ],
)  # fmt: skip
def test_the_feedback_says_why(course: Path, student: str, says: list[str]) -> None:
    read = re.sub(r"<(?!/?code)[^>]*>", "", feedback(course, student)).replace("&#39;", "'")
    assert [words for words in says if words not in read] == []


def test_what_is_damaged_or_refused_is_told_to_the_teacher(course: Path) -> None:
    log = (course / "log.txt").read_text(encoding="utf-8")
    for lost in ("check-06-1", "answer-06-2", "check-06-4", "words-06-6"):
        assert f"damaged, {NAME}: cell {lost} was not handed in" in log
    assert f"{NAME}-Copy1.ipynb is not graded: it should be called {NAME}.ipynb. Rename it." in log
    assert log.startswith("1\n") and "for student 'misnamed'" in log
    assert not (course / "feedback" / "misnamed").exists()


def test_students_are_handed_the_notebooks_own_stubs(course: Path) -> None:
    file = f"{NAME}/{NAME}.ipynb"
    source, handed = (marked(read(course / of / file)) for of in ("source", "release"))
    assert list(source) == list(handed)
    for id, cell in handed.items():
        if id.startswith("answer"):
            assert cell.source.rstrip() == halves(source[id])[0].rstrip()
        elif id.startswith("words"):
            assert cell.source == "*Write your answer here.*"
        else:
            assert cell.metadata.editable is False and cell.metadata.deletable is False
    assert not list((course / "release").rglob("nbgrader_config.py"))


def test_without_what_was_handed_out_nothing_is_graded(course: Path, tmp_path: Path) -> None:
    for part in ("nbgrader_config.py", "gradebook.db", f"source/{NAME}", f"submitted/right/{NAME}"):
        copy = shutil.copy if (course / part).is_file() else shutil.copytree
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        copy(course / part, tmp_path / part)
    ran = nbgrader(tmp_path, "autograde", NAME)
    assert ran.returncode == 1 and "run `nbgrader generate_assignment" in ran.stderr
