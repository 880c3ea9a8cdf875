"""Every notebook keeps to the form of the series, and nbval notices one changed digit in it."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from conftest import committed_notebooks
from nbclient import NotebookClient
from publish.launches import is_launch, without_line

CELLS = range(25, 41)
LINES_OF_A_CELL, MEDIAN_LINES = 20, 4
WORDS = range(1000, 2001)
OPENING = ("**You will be able to**", "**You need**", "**Time**")
RECALL = "## Three questions from before"
SECTIONS = (RECALL, "## Recap", "## Exercises", "## Where this comes from")
README = Path(__file__).resolve().parent.parent / "README.md"
SANITIZER = Path(__file__).resolve().parent / "nbval_sanitize.cfg"

_PATHS = re.compile(r"(?<![\w.])(/home|/root|/tmp|/Users)(/|\b)|\b[A-Z]:\\|site-packages")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}", re.IGNORECASE)
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#?]+\.ipynb)[^)]*\)")
_H1 = re.compile(r"^# ", re.MULTILINE)
_H2 = re.compile(r"^## .*$", re.MULTILINE)
_FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_PRINTED = ("stream", "text/plain")

Cell = nbformat.NotebookNode
Notebook = nbformat.NotebookNode


def stored(path: Path) -> Notebook:
    """The notebook as it is stored: `nbformat.read` would mend ids that are missing or double."""
    return nbformat.v4.reads(path.read_text(encoding="utf-8"))


def read(path: Path) -> Notebook:
    """The notebook as it is stored, but for the links that a fork may have had put into it."""
    notebook = stored(path)
    notebook.cells = [cell for cell in notebook.cells if not is_launch(cell)]
    notebook.cells[0].source = without_line(notebook.cells[0].source)
    return notebook


each_notebook = pytest.mark.parametrize(
    "notebook",
    [pytest.param(read(path), id=path.stem) for path in committed_notebooks()],
)
each_path = pytest.mark.parametrize("path", committed_notebooks(), ids=lambda path: path.stem)


class _Images(HTMLParser):
    """Collects the alternative text of every <img>, or None where it has none."""

    def __init__(self) -> None:
        super().__init__()
        self.alts: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a picture."""
        if tag == "img":
            self.alts.append(dict(attrs).get("alt"))


def of_kind(notebook: Notebook, kind: str) -> list[Cell]:
    """The cells of one kind."""
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def outputs_of(notebook: Notebook) -> list[nbformat.NotebookNode]:
    """Every output of the notebook."""
    return [output for cell in of_kind(notebook, "code") for output in cell.outputs]


def texts_of(output: nbformat.NotebookNode) -> Iterator[tuple[str, str]]:
    """What an output says, with what kind of text it is."""
    if output.output_type == "stream":
        yield "stream", output.text
    for kind, text in output.get("data", {}).items():
        if kind.startswith("text/"):
            yield kind, text


def without_code(markdown: str) -> str:
    """Markdown without its code, in which a # is a comment and not a heading."""
    return _CODE.sub("", markdown)


@each_path
def test_it_is_valid_and_for_the_usual_kernel(path: Path) -> None:
    notebook = stored(path)
    ids = [cell.get("id") for cell in notebook.cells]
    assert all(ids) and len(set(ids)) == len(ids)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata


@each_path
def test_every_cell_has_its_slide_and_keeps_it(path: Path) -> None:
    """Nothing that is in the metadata is lost when a notebook is stored as the README says."""
    kept = set(re.findall(r"preserve_cell_metadata_mask=(\w+)", README.read_text("utf-8")))
    for cell in stored(path).cells:
        assert cell.metadata.get("slideshow", {}).get("slide_type"), cell.id
        assert set(cell.metadata) <= kept, cell.id


@each_notebook
def test_its_title_is_its_only_one_and_comes_first(notebook: Notebook) -> None:
    titles = [len(_H1.findall(without_code(c.source))) for c in of_kind(notebook, "markdown")]
    assert sum(titles) == 1
    assert notebook.cells[0].source.startswith("# ")


@each_path
def test_its_parts_are_there_in_order(path: Path) -> None:
    notebook = read(path)
    for opening in OPENING:
        assert re.search(rf"^{re.escape(opening)}", notebook.cells[0].source, re.MULTILINE), opening
    text = "\n".join(without_code(cell.source) for cell in of_kind(notebook, "markdown"))
    headings = [line.rstrip() for line in text.splitlines() if line.startswith("## ")]
    wanted = SECTIONS if path.stem >= "02" else SECTIONS[1:]  # nothing is recalled before
    assert [heading for heading in headings if heading in SECTIONS] == list(wanted)


def sections_of(notebook: Notebook) -> Iterator[tuple[str, Cell]]:
    """Each cell with the heading of the section in which it begins."""
    section = ""
    for cell in notebook.cells:
        found = _H2.findall(without_code(cell.source)) if cell.cell_type == "markdown" else []
        section = found[0].rstrip() if found else section
        yield section, cell
        section = found[-1].rstrip() if found else section


@each_notebook
def test_it_is_neither_long_nor_short(notebook: Notebook) -> None:
    """Outside recall questions, exercises and folds, which may be skipped."""
    cells = [c for section, c in sections_of(notebook) if section not in (RECALL, "## Exercises")]
    lines = [len(cell.source.splitlines()) for cell in cells if cell.cell_type == "code"]
    texts = [_FOLD.sub("", cell.source) for cell in cells if cell.cell_type == "markdown"]
    assert len(cells) in CELLS
    assert max(len(c.source.splitlines()) for c in of_kind(notebook, "code")) <= LINES_OF_A_CELL
    assert statistics.median(lines) <= MEDIAN_LINES
    assert sum(len(text.split()) for text in texts) in WORDS


def predictions_of(notebook: Notebook) -> Iterator[tuple[Cell, Cell]]:
    """Each cell that is to be predicted, with the text after it."""
    for asked, cell, answered in zip(notebook.cells, notebook.cells[1:], notebook.cells[2:]):
        if asked.cell_type == "markdown" and "**Predict first.**" in asked.source.split("\n\n")[-1]:
            yield cell, answered


@each_notebook
def test_what_is_to_be_predicted_is_out_of_sight(notebook: Notebook) -> None:
    """Its output is folded until it is run, under a line that tells nothing; so is the answer."""
    asked = sum(cell.source.count("**Predict first.**") for cell in notebook.cells)
    found = list(predictions_of(notebook))
    assert len(found) == asked >= 3
    for cell, answered in found:
        assert cell.cell_type == "code" and cell.outputs
        assert cell.metadata.get("jupyter") == {"outputs_hidden": True}, cell.source
        assert answered.source.startswith("<details><summary>Answer</summary>"), answered.source
        first = next(text for _, text in texts_of(cell.outputs[0])).splitlines()[0]
        assert not re.search(r"\d\.\d|\bTrue\b|\bFalse\b|<", first), first
    hidden = [c for c in of_kind(notebook, "code") if c.metadata.get("jupyter")]
    assert hidden == [cell for cell, _ in found]
    assert "Reveal" not in "".join(cell.source for cell in of_kind(notebook, "markdown"))


@each_notebook
def test_it_begins_with_three_questions_from_before(notebook: Notebook) -> None:
    asked = [c for c in of_kind(notebook, "markdown") if c.source.startswith(RECALL)]
    for cell in asked:
        folds = _FOLD.findall(cell.source)
        assert len(folds) == 3
        assert all(summary.endswith("?") and text.strip() for summary, text in folds)


@each_path
def test_it_has_been_run_from_top_to_bottom(path: Path) -> None:
    notebook = stored(path)
    # What installs the package in Colab may have been run with the others.
    code = [c for c in of_kind(notebook, "code") if c.execution_count or not is_launch(c)]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert outputs_of(notebook)


@each_notebook
def test_it_ran_without_a_complaint(notebook: Notebook) -> None:
    for output in outputs_of(notebook):
        assert output.output_type != "error", output
        assert output.get("name") != "stderr", output.text


@each_notebook
def test_it_names_no_place_of_one_machine(notebook: Notebook) -> None:
    said = [("source", cell.source) for cell in notebook.cells]
    said += [text for output in outputs_of(notebook) for text in texts_of(output)]
    for kind, text in said:
        assert not (found := _PATHS.search(text)), f"{kind}: {text[found.start() :][:80]!r}"
        # Notebook pictures are letters and digits, in which 0x may stand by chance.
        plain = re.sub(r"base64,[\w+/=]+", "", text)
        assert not (found := _ADDRESS.search(plain)), f"{kind}: {found[0]}"


@each_notebook
def test_every_picture_is_told_in_words(notebook: Notebook) -> None:
    for cell in of_kind(notebook, "markdown"):
        assert all(alt.strip() for alt, _ in _IMAGE.findall(without_code(cell.source)))
        assert all(alts(cell.source))
        assert not cell.get("attachments")
    for output in outputs_of(notebook):
        for kind, text in texts_of(output):
            assert kind != "text/html" or all(alts(text))
        if "image/png" in output.get("data", {}):
            assert output.metadata.get("image/png", {}).get("alt", "").strip()


def alts(html: str) -> list[str | None]:
    """The alternative text of every <img>."""
    images = _Images()
    images.feed(html)
    return [alt and alt.strip() for alt in images.alts]


@each_path
def test_links_lead_somewhere(path: Path) -> None:
    notebook = read(path)
    for cell in of_kind(notebook, "markdown"):
        pictures = [target for _, target in _IMAGE.findall(without_code(cell.source))]
        for target in (*_LINK.findall(cell.source), *pictures):
            assert "://" in target or (path.parent / target).exists(), target


@each_path
def test_an_answer_that_begins_with_a_number_is_no_list(path: Path) -> None:
    for cell in of_kind(read(path), "markdown"):
        assert not re.search(r"</summary>\s*\n\d+\. ", cell.source), cell.id


@each_path
def test_previous_and_next_follow_the_series(path: Path) -> None:
    """The first and the last cell link to the notebooks before and after this one."""
    cells = read(path).cells
    names = [other.name for other in committed_notebooks()]
    here = names.index(path.name)
    beside = names[max(here - 1, 0) : here] + names[here + 1 : here + 2]
    for cell in (cells[0], cells[-1]):
        assert _LINK.findall(cell.source) == beside


def test_pictures_without_words_are_found() -> None:
    html = '<img alt="a" src="b"><p><img src="c"/><img alt=" " src="d"><img alt="" src="e">'
    assert alts(html) == ["a", None, "", ""]
    assert _IMAGE.findall("![](a.png) ![words](b.png)") == [("", "a.png"), ("words", "b.png")]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("/home/someone/x.py", True),
        ("in /tmp", True),
        ("C:\\Users", True),
        ("lib/site-packages/numpy", True),
        ("images/home/x.png", False),
        ("at ./tmpfile", False),
        ("P(A: B)", False),
    ],
)
def test_places_of_one_machine_are_found(text: str, is_found: bool) -> None:
    assert bool(_PATHS.search(text)) == is_found


def printed_digit(notebook: Notebook) -> tuple[int, int, str, re.Match[str]] | None:
    """The first printed digit: its cell, output and kind of text, and where it stands there."""
    for i, cell in enumerate(notebook.cells):
        if "nbval-ignore-output" in cell.metadata.get("tags", ()):
            continue
        for j, output in enumerate(cell.get("outputs", ())):
            for kind, text in texts_of(output):
                if kind in _PRINTED and (digit := re.search(r"\d", text)):
                    return i, j, kind, digit
    return None


def with_another_digit(text: str, digit: re.Match[str]) -> str:
    """`text` with this one digit changed."""
    return text[: digit.start()] + str((int(digit[0]) + 1) % 10) + text[digit.end() :]


def failed_cells(folder: Path) -> list[str]:
    """Run the notebooks in a folder and compare all of their outputs, as the series does."""
    command = [
        sys.executable, "-m", "pytest", "--nbval", "--nbval-kernel-name=python3", "-rA",
        f"--nbval-sanitize-with={SANITIZER}",
        "-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider", ".",
    ]  # fmt: skip
    result = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=400,
        check=False,
    )
    assert result.returncode in (0, 1) and " passed" in result.stdout, result.stdout
    return re.findall(r"^FAILED (.*::Cell \d+)", result.stdout, re.MULTILINE)


@each_path
def test_each_cell_can_be_run_twice(path: Path) -> None:
    """What stands in a cell is not used up by running it: the second run prints the same."""
    notebook = read(path)
    twice = [cell for cell in of_kind(notebook, "code") for _ in range(2)]
    notebook.cells = [
        nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata) for cell in twice
    ]
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": path.parent}}).execute()
    for first, second in zip(notebook.cells[::2], notebook.cells[1::2]):
        if "nbval-ignore-output" not in first.metadata.get("tags", ()):
            assert printed(first) == printed(second), first.source


def printed(cell: Cell) -> str:
    """What a cell has printed, as one text."""
    return "".join(o.text for o in cell.outputs if o.get("name") == "stdout")


def test_one_changed_digit_is_noticed(tmp_path: Path) -> None:
    expected = []
    for path in committed_notebooks():
        notebook = read(path)
        i, j, kind, digit = printed_digit(notebook)
        # What comes before is needed; what comes after takes time and tells nothing.
        notebook.cells = notebook.cells[: i + 1]
        output = notebook.cells[i].outputs[j]
        holder, key = (output, "text") if kind == "stream" else (output.data, kind)
        holder[key] = with_another_digit(holder[key], digit)
        nbformat.write(notebook, tmp_path / path.name)
        expected.append(f"{path.name}::Cell {len(of_kind(notebook, 'code')) - 1}")
    assert failed_cells(tmp_path) == expected
