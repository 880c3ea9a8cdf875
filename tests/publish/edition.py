"""Make the static edition: a folder of HTML that any static host serves, or that is read from disk.

    .venv/bin/python tests/publish/edition.py OUT

Every notebook becomes a page with its stored outputs. The mathematics is in the pages, the steppers
step without a kernel, and nothing is fetched from anywhere.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from nbconvert import HTMLExporter
from rendering import (
    HERE,
    NOTEBOOKS,
    SERIES,
    Page,
    Refused,
    Renderer,
    as_html,
    parser_for,
    paths_in,
    read,
    ready,
    report,
    style,
    take,
    template,
    write,
)

_JUDGED = re.compile(r'^check\("', re.MULTILINE)  # where nobody has answered yet
_STYLE = "edition.css"  # which also tells that a folder is an edition


@dataclass
class Edition:
    """All pages, and where each equation is."""

    pages: Sequence[Page]
    equations: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.equations = {tag: page.file for page in self.pages for tag in page.tags()}

    def renderer(self, here: Page) -> Renderer:
        """What writes a page, with the links that lead from there."""
        places = {
            tag: f"{'' if file == here.file else file}#eq-{tag}"
            for tag, file in self.equations.items()
        }
        return Renderer(places, {page.stem: page.file for page in self.pages})


class Exporter(HTMLExporter):
    """The cells of a notebook, by the template beside this file."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        super().__init__(extra_template_basedirs=[str(HERE)], template_name="edition")  # type: ignore[no-untyped-call]

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """The filters of the template, Markdown by our own renderer."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "markdown2html", partial(as_html, renderer=self._renderer)


def body_of(page: Page, edition: Edition) -> tuple[str, list[tuple[str, str]]]:
    """The cells of a page as HTML, and its headings of the second level: name and HTML."""
    notebook = deepcopy(page.notebook)
    for cell in notebook.cells:
        if _JUDGED.search(cell.source):
            cell.outputs = []
        ready(cell)
    renderer = edition.renderer(page)
    try:
        html, _ = Exporter(renderer).from_notebook_node(notebook)
    except ValueError as problem:
        raise Refused(f"{page.stem}.ipynb: {problem}") from problem
    return html, [(name, text) for level, name, text in renderer.headings if level == 2]


def build(out: Path, notebooks: Path = NOTEBOOKS) -> list[Path]:
    """Write the edition into a folder, and return its files. Raises Refused."""
    paths = paths_in(notebooks)
    take(out, _STYLE, "an earlier edition")
    edition = Edition([read(path) for path in paths])
    form = template(HERE / "edition", "page.html")
    shared = {"series": escape(SERIES), "pages": edition.pages}
    none: dict[str, Any] = {"page": None, "before": None, "after": edition.pages[0], "headings": []}
    own = (HERE / "edition" / _STYLE).read_text(encoding="utf-8")
    written = [write(out / _STYLE, style(own))]
    written.append(write(out / "index.html", form.render(**shared, **none, body="")))
    around = [None, *edition.pages, None]
    for before, page, after in zip(around, edition.pages, around[2:]):
        html, headings = body_of(page, edition)
        turn = {"page": page, "before": before, "after": after}
        content = form.render(**shared, **turn, body=html, headings=headings)
        written.append(write(out / page.file, content))
    return written


def main() -> int:
    """Build from the command line."""
    given = parser_for(__doc__).parse_args()
    return report("edition", given.out, lambda: build(given.out, given.notebooks))


if __name__ == "__main__":
    sys.exit(main())
