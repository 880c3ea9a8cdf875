"""Write the notebooks as Markdown that a code host shows whole: every step in words and pictures.

    .venv/bin/python tests/publish/as_markdown.py OUT

`jupyter nbconvert --to markdown` leaves style sheets in the text, which a code host prints, and
pictures inside of it, which a code host drops. Here the pictures are files, a stepper is a
filmstrip of all its steps, and what is to be predicted is folded.
"""

from __future__ import annotations

import argparse
import re
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from handout import chosen, free, is_predicted
from nbconvert import MarkdownExporter
from nbconvert.preprocessors import Preprocessor
from nbconvert.writers import FilesWriter
from nbformat import NotebookNode
from nbformat.v4 import new_output

# What needs a style sheet or a script to be understood, or has a picture as a file in its place.
_NEEDS_MORE = "style, script, svg, fieldset, [hidden]"
_KEPT = ("alt", "aria-label", "colspan", "href", "open", "role", "src", "width")
_LINK = re.compile(r"(\]\(\d\d_\w+)\.ipynb")
_PICTURE = re.compile(r"data:image/(\w+)(?:\+xml)?;base64,(.*)", re.DOTALL)


class Plain(Preprocessor):
    """A preprocessor of nbconvert: outputs without what a code host takes away."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Any, index: int
    ) -> tuple[NotebookNode, Any]:
        """One cell: its links lead to Markdown, and its HTML is plain."""
        if cell.cell_type != "code":
            cell.source = _LINK.sub(r"\1.md", cell.source)
            return cell, resources
        for output in cell.outputs:
            if html := output.get("data", {}).get("text/html"):
                files = resources.setdefault("outputs", {})
                output.data["text/html"] = plain(html, files, resources["output_files_dir"])
        if is_predicted(cell):
            cell.outputs = folded(cell.outputs)
        return cell, resources


def plain(html: str, files: dict[str, bytes], folder: str) -> str:
    """HTML that is left as it is by those who keep neither styles nor forms.

    Its pictures become files in a folder, beside those that are there already.
    """
    soup = BeautifulSoup(html, "html.parser")
    for numbers in soup.select(".bp-numbers"):
        _say(numbers)
    for gone in soup.select(_NEEDS_MORE):
        gone.decompose()
    for picture in soup.select("img[src]"):
        if found := _PICTURE.fullmatch(str(picture["src"])):
            name = f"{folder}/{len(files):03}.{found[1]}"
            files[name], picture["src"] = b64decode(found[2]), name
    for form in soup.select("form"):
        form.name = "div"
    for tag in soup.find_all(True):
        tag.attrs = {name: value for name, value in tag.attrs.items() if name in _KEPT}
    return re.sub(r"\n\s*\n", "\n", str(soup))  # a blank line would end the HTML


def _say(numbers: Tag) -> None:
    """An equation with matrices in it can do without a style sheet only in words."""
    said = "; ".join(str(equation["aria-label"]) for equation in numbers.select(".bp-eq"))
    numbers.attrs.clear()
    numbers.string = f"with numbers: {said}"


def folded(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs in a fold, until somebody opens it."""
    first, last = (
        new_output("display_data", {"text/html": html})
        for html in ("<details><summary>Show what it prints</summary>", "</details>")
    )
    return [first, *outputs, last]


def write(path: Path, out: Path) -> int:
    """Write a notebook as Markdown, and its pictures beside it; how many files that are."""
    exporter = MarkdownExporter()
    exporter.register_preprocessor(Plain(), enabled=True)
    folder = {"output_files_dir": f"{path.stem}_files", "unique_key": path.stem}
    text, resources = exporter.from_filename(str(path), resources=folder)
    FilesWriter(build_directory=str(out)).write(text, resources, notebook_name=path.stem)
    return 1 + len(resources["outputs"])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 2 if what it was given does not fit."""
    about, _, _ = __doc__.partition("\n")
    parser = argparse.ArgumentParser(prog="as_markdown.py", description=about)
    parser.add_argument("out", metavar="OUT", type=Path, help="a folder that is new or empty")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NN", help="these notebooks, as 05 06"
    )
    given = parser.parse_args(arguments)
    try:
        out = free(given.out)
        count = sum(write(path, out) for path in chosen(given.only))
    except (ValueError, OSError) as problem:
        print(f"as_markdown.py: {problem}", file=sys.stderr)
        return 2
    print(f"{count} files in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
