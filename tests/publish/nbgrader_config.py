"""How nbgrader hands out and grades these notebooks; `handout.py --nbgrader` copies it as it is."""

from __future__ import annotations

import sys
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
)

_LOST = (
    "**Not handed in:** the cell `{}` is missing, or has lost its mark. It is graded all the same, "
    "by what the rest of the notebook defines."
)


class PutBackCells(NbGraderPreprocessor):
    """Puts back the graded cells that a submission has lost, and says so where they stood.

    nbgrader by itself leaves a cell that is gone without a grade, which counts as 0.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Compare the notebook with the one that was handed out."""
        about = resources["nbgrader"]
        file = Path("release", about["assignment"], f"{about['notebook']}.ipynb")
        if not file.exists():
            raise FileNotFoundError(
                f"{file} is what submissions are compared with, and is not there: run "
                f"`nbgrader generate_assignment {about['assignment']}`"
            )
        marked = [cell for cell in nbformat.read(file, as_version=4).cells if _id(cell)]
        self._mark(nb, marked)
        for lost in self._put_back(nb, marked):
            where = f"{about['student']}, {about['notebook']}"
            self.log.warning("%s: cell %s was not handed in", where, lost)
        return nb, resources

    def _mark(self, nb: NotebookNode, marked: list[NotebookNode]) -> None:
        """Give the marks back as they were handed out; take away those that nobody knows."""
        marks = {_id(cell): cell.metadata.nbgrader for cell in marked}
        for cell in nb.cells:
            if mark := marks.get(_id(cell)):
                cell.metadata.nbgrader = deepcopy(mark)
            else:
                cell.metadata.pop("nbgrader", None)

    def _put_back(self, nb: NotebookNode, marked: list[NotebookNode]) -> list[str]:
        """Put each cell that is lost behind the one that it followed; which ones they are."""
        present, lost = {_id(cell) for cell in nb.cells}, []
        for k, cell in enumerate(marked):
            if _id(cell) in present:
                continue
            lost.append(_id(cell))
            note = nbformat.v4.new_markdown_cell(_LOST.format(_id(cell)))
            # The stub of an answer would stand in the way of one that is written elsewhere.
            back = [deepcopy(cell)] if cell.metadata.nbgrader.grade else []
            for again in back:  # the cell that has lost its mark may still have this id
                again.id = note.id[::-1]
            at = _place(nb, [_id(c) for c in marked[:k]])
            nb.cells[at:at] = [note, *back]
        return lost


def _id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _place(nb: NotebookNode, before: list[str]) -> int:
    """Where a cell belongs that follows these: behind the last one of them that is there."""
    ends = [k + 1 for k, cell in enumerate(nb.cells) if _id(cell) in before]
    return ends[-1] if ends else len(nb.cells)


def tell_names(assignment: str, student: str, notebooks: list[str]) -> None:
    """Say which notebooks nbgrader is going to skip, since it does not know their names."""
    wanted = sorted(path.name for path in Path("release", assignment).glob("*.ipynb"))
    for path in map(Path, notebooks):
        if path.name not in wanted:
            says = f"{path} is not graded: it should be called {' or '.join(wanted)}. Rename it."
            print(says, file=sys.stderr)


c = get_config()  # noqa: F821 (nbgrader's own)
c.CourseDirectory.course_id = "backpropagation"
# The notebook's own stub stands beside each solution: nothing is written in its place.
c.ClearSolutions.code_stub = {"python": ""}
c.ClearSolutions.text_stub = "*Write your answer here.*"
c.Execute.timeout = 60  # seconds for a cell, after which it is interrupted
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    PutBackCells,
    OverwriteCells,
    CheckCellMetadata,
]
c.Autograde.pre_convert_hook = tell_names
