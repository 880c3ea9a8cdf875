"""Make what a class is handed: the notebooks without their solutions, or nbgrader's course."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parents[1] / "notebooks"
SLIP = 0.5  # points for an answer in which a known slip is found

_FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>\n*(.*?)</details>\n?", re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_EXERCISE = re.compile(r"^### Exercise (\d\d\.\d+)\s*$", re.MULTILINE)
_CHECKED = re.compile(r'(.*?)\n\n\ncheck\("(\d\d\.\d+)", (\w+)\)\s*', re.DOTALL)
_CHOICE = re.compile(r"[A-Z]\. ")
_LINK = re.compile(r"\]\(((\d\d_\w+)\.ipynb)")
_SOLUTIONS = ("Solution", "What to see")
# What the notebooks say of folds that are not handed out.
SAID = (
    ("Two hints and a solution are folded", "Two hints are folded"),
    ("Decide for each, then open it.", "Decide for each, and say why."),
)


# The student edition


def student(notebook: NotebookNode) -> NotebookNode:
    """The notebook as students get it, who are to find out for themselves."""
    made = deepcopy(notebook)
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = without_solutions(cell.source)
        elif is_predicted(cell):
            cell.outputs, cell.execution_count = [], None
    return made


def without_solutions(markdown: str) -> str:
    """Markdown without the folds that give an exercise away; a choice stays, as a list."""
    kept = _FOLD.sub(lambda fold: _handed(fold[0], fold[1]), markdown)
    for old, new in SAID:
        kept = kept.replace(old, new)
    return kept if kept == markdown else kept.rstrip("\n")


def _handed(fold: str, title: str) -> str:
    if _CHOICE.match(title):
        return f"- **{title[:2]}** {title[3:]}\n"
    return "" if title in _SOLUTIONS else fold


def is_predicted(cell: NotebookNode) -> bool:
    """Whether the output of a cell is to be predicted before it is seen."""
    return bool(cell.metadata.get("jupyter", {}).get("outputs_hidden"))


# The source of an assignment for nbgrader


def assignment(notebook: NotebookNode, slip: float = SLIP) -> NotebookNode:
    """The notebook in the form from which nbgrader makes an assignment.

    Each function has a cell for the answer and a locked one that gives points; each choice and
    experiment has a cell for words, which somebody has to read.
    """
    made, text = student(notebook), ""
    cells: list[NotebookNode] = []
    words: list[NotebookNode] = []  # those that belong before the next text
    for old, new in zip(notebook.cells, made.cells):
        if old.cell_type == "markdown":
            text = old.source
            cells += words
            words = _words(text, new.id)
        parts = _CHECKED.fullmatch(new.source) if new.cell_type == "code" else None
        cells += _answered(new, parts, solution_in(text), slip) if parts else [new]
    made.cells = cells + words
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = _LINK.sub(r"](../\2/\1", cell.source)
    return made


def solution_in(markdown: str) -> str:
    """The function in the solution that is folded in a markdown cell."""
    folds = dict(_FOLD.findall(markdown))
    return _PYTHON.findall(folds["Solution"])[0].strip()


def written_answer(markdown: str) -> str:
    """What is folded under an exercise that is answered in words; nothing under any other."""
    folds = _FOLD.findall(markdown[_last_exercise(markdown) :])
    choices = [f"**{title}** {text.strip()}" for title, text in folds if _CHOICE.match(title)]
    seen = [text.strip() for title, text in folds if title == "What to see"]
    return "\n\n".join(choices or seen)


def _last_exercise(markdown: str) -> int:
    return max((found.start() for found in _EXERCISE.finditer(markdown)), default=len(markdown))


def _answered(
    cell: NotebookNode, parts: re.Match[str], solution: str, slip: float
) -> list[NotebookNode]:
    """The cell for a function and the locked one behind it, with the points for it."""
    stub, id, name = parts.groups()
    cell.source = f"{stub}\n### BEGIN SOLUTION\n\n\n{solution}\n### END SOLUTION"
    cell.outputs, cell.execution_count = [], None
    cell.metadata.nbgrader = _mark("answer", id, solution=True)
    gives = f"1 point, {slip:g} with a known slip" if slip else "1 point"
    points = new_code_cell(
        f"# Exercise {id}: {gives}. Run this cell to see what is found.\n"
        "from bp_helpers.exercises import graded\n\n"
        f'graded.check("{id}", "{name}", globals(), slip={slip:g}).points',
        id=f"{cell.id[:50]}-points",
    )
    mark = _mark("check", id, grade=True, locked=True)
    points.metadata.nbgrader = {**mark, "points": 1.0, "cell_type": "code"}
    return [cell, points]


def _words(markdown: str, id: str) -> list[NotebookNode]:
    """The cell for words under such an exercise, with an answer to compare them with."""
    exercises, answer = _EXERCISE.findall(markdown), written_answer(markdown)
    if not exercises or not answer:
        return []
    source = f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
    words = new_markdown_cell(source, id=f"{id[:50]}-words")
    mark = _mark("words", exercises[-1], grade=True, solution=True)
    words.metadata.nbgrader = {**mark, "points": 1.0}
    return [words]


def _mark(
    kind: str, id: str, grade: bool = False, solution: bool = False, locked: bool = False
) -> dict[str, object]:
    return {
        "grade_id": f"{kind}-{id.replace('.', '-')}",
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
        "schema_version": 3,
    }


# Files


def write_students(out: Path, notebooks: Iterable[Path]) -> int:
    """Write the student edition of these notebooks; how many there are."""
    return _write(notebooks, student, lambda name: out / f"{name}.ipynb")


def write_course(out: Path, notebooks: Iterable[Path], slip: float = SLIP) -> int:
    """Write a course folder of nbgrader with an assignment for each of these notebooks."""
    count = _write(
        notebooks,
        lambda notebook: assignment(notebook, slip),
        lambda name: out / "source" / name / f"{name}.ipynb",
    )
    shutil.copy(HERE / "nbgrader_config.py", out)
    return count


def _write(
    notebooks: Iterable[Path],
    make: Callable[[NotebookNode], NotebookNode],
    place: Callable[[str], Path],
) -> int:
    every = list(notebooks)
    for path in every:
        made, file = make(nbformat.read(path, as_version=4)), place(path.stem)
        file.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(made, file)  # which refuses what is no notebook
    return len(every)


# The command


def chosen(numbers: Iterable[str]) -> list[Path]:
    """The notebooks with these numbers, or all of them; raises ValueError for one that is not."""
    every = {path.stem[:2]: path for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))}
    if unknown := sorted(set(numbers) - set(every)):
        raise ValueError(
            f"--only was given {', '.join(unknown)}, but should be given numbers of notebooks: "
            f"{', '.join(every)}"
        )
    return [path for number, path in every.items() if not numbers or number in numbers]


def free(out: Path) -> Path:
    """A folder that is new or empty; raises ValueError for any other place."""
    if out.resolve().is_relative_to(NOTEBOOKS):
        raise ValueError(f"OUT is {out}, but should not be among the notebooks: name another")
    if out.exists() and not out.is_dir():
        raise ValueError(f"OUT is the file {out}, but should be a folder: name another")
    if out.exists() and any(out.iterdir()):
        raise ValueError(
            f"OUT is {out}, which holds files already: name a new folder, or empty this one "
            "(a course with grades in it is not written over)"
        )
    return out


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 2 if what it was given does not fit."""
    parser = argparse.ArgumentParser(prog="handout.py", description=__doc__)
    parser.add_argument("out", metavar="OUT", type=Path, help="a folder that is new or empty")
    parser.add_argument("--nbgrader", action="store_true", help="make a course folder of nbgrader")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NN", help="these notebooks, as 05 06"
    )
    parser.add_argument(
        "--slip", type=share, default=SLIP, metavar="S",
        help="with --nbgrader: points, from 0 to 1, for an answer in which a known slip is found "
        "(%(default)s)",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    try:
        out, notebooks = free(given.out), chosen(given.only)
        if given.nbgrader:
            count = write_course(out, notebooks, given.slip)
        else:
            count = write_students(out, notebooks)
    except (ValueError, OSError) as problem:
        print(f"handout.py: {problem}", file=sys.stderr)
        return 2
    what = "assignment" if given.nbgrader else "notebook"
    print(f"{count} {what}{'s' * (count != 1)} in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
