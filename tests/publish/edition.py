"""Make the static edition: a folder of HTML that any static host serves, or that is read from disk.

    .venv/bin/python tests/publish/edition.py OUT

Every notebook becomes a page with its stored outputs. The mathematics is in the pages, the steppers
step without a kernel, and nothing is fetched from anywhere.
"""

from __future__ import annotations

import argparse
import re
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mathematics import displayed, in_a_line, tags_of, typeset
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

from bp_helpers._html import HIDDEN, element
from bp_helpers.drawing.picture import style_sheet

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent.parent / "notebooks"
SERIES = "Backpropagation, one step at a time"
_STYLE = "edition.css"  # which also tells that a folder is an edition
_VIEW = "application/vnd.jupyter.widget-view+json"
# What stands in for a picture where inline SVG is stripped; here it never is.
_STAND_IN = re.compile(r'<hr>(?=<div class="bp-picture">|<div class="bp-card">)')
# The style sheet that a notebook has stored, of whatever age: the edition has today's, once.
_SHEET = re.compile(r"\A(<form [^>]*>)<style>.*?</style>", re.DOTALL)
# A table that a phone has to scroll can be reached by key.
_TABLE = re.compile(r'(<div class="bp-frame bp-table".*?<div class="bp-card")', re.DOTALL)
_REACHED = r'\1 tabindex="0" role="group" aria-label="the numbers"'
_IMAGE = re.compile(r'(<div class="bp-picture">)<img [^>]*>')


class Refused(Exception):
    """What was given cannot be used; the message says why, and what to do."""


@dataclass(frozen=True)
class Page:
    """One notebook, and what the others say of it: number, title, aim and minutes as HTML."""

    notebook: Any
    stem: str
    number: str
    title: str
    aim: str
    minutes: int

    @property
    def file(self) -> str:
        """The name of its page."""
        return f"{self.stem}.html"

    @property
    def title_text(self) -> str:
        """Its title without markup."""
        return plain(self.title)

    def tags(self) -> Iterator[str]:
        """The numbers of its equations."""
        for cell in self.notebook.cells:
            yield from tags_of(cell.source) if cell.cell_type == "markdown" else ()


@dataclass
class Edition:
    """All pages, and where each equation is."""

    pages: Sequence[Page]
    equations: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.equations = {tag: page.file for page in self.pages for tag in page.tags()}


class Renderer(IPythonRenderer):
    """Markdown as HTML, with mathematics written out, links between pages, and headings kept."""

    def __init__(self, page: str = "", edition: Edition | None = None) -> None:
        super().__init__(escape=False)
        self._page, self._equations = page, edition.equations if edition else {}
        self._names = {p.stem for p in edition.pages} if edition else set()
        self.headings: list[tuple[int, str, str]] = []

    def block_math(self, body: str) -> str:
        """A formula on a line of its own."""
        return displayed(body)

    def inline_math(self, body: str) -> str:
        """A formula in a sentence."""
        return in_a_line(body)

    def block_html(self, html: str) -> str:
        """HTML between the Markdown: the summary of a fold may hold a formula."""
        return super().block_html(typeset(html))

    def text(self, text: str) -> str:
        """Plain text, in which the number of an equation leads to it."""
        return re.sub(r"\((\d\d\.\d+)\)", self._linked, super().text(text))

    def _linked(self, found: re.Match[str]) -> str:
        file = self._equations.get(found[1])
        if file is None:
            return found[0]
        return f'<a href="{"" if file == self._page else file}#eq-{found[1]}">{found[0]}</a>'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A link, to the page of a notebook where it leads to one."""
        stem, dot, rest = url.partition(".ipynb")
        if dot and stem in self._names:
            url = f"{stem}.html{rest}"
        return super().link(text, url, title)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """A heading that can be led to."""
        taken = {name for _, name, _ in self.headings}
        stem = re.sub(r"\W+", "-", plain(text)).strip("-").lower()
        numbered = (f"{stem}-{k}" if k else stem for k in range(len(taken) + 1))
        name = next(name for name in numbered if name not in taken)
        self.headings.append((level, name, text))
        return f'<h{level} id="{name}">{text}</h{level}>\n'


class Exporter(HTMLExporter):
    """The cells of a notebook, by the template beside this file."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        super().__init__(extra_template_basedirs=[str(HERE)], template_name="edition")  # type: ignore[no-untyped-call]

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """The filters of the template, Markdown by our own renderer."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "markdown2html", self._as_html

    def _as_html(self, markdown: str) -> str:
        """Markdown as HTML; a heading of a table heads its column, an empty corner nothing."""
        html: str = MarkdownWithMath(renderer=self._renderer).render(markdown)
        return re.sub(r"<th(?=[ >])", '<th scope="col"', html.replace("<th></th>", "<td></td>"))


def plain(html: str) -> str:
    """What is read of HTML when its tags are gone."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def read(path: Path) -> Page:
    """A notebook as a page. Raises Refused where it does not say what the index has to know."""
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except Exception as problem:
        raise Refused(f"{path} is not a notebook that can be read: {problem}") from problem
    first = notebook.cells[0].source if notebook.cells else ""
    asked = {
        "its title (a line `# …`)": r"\A# (.+)",
        "what it teaches (`**You will be able to** …`)": r"\*\*You will be able to\*\* (.+)",
        "its minutes (`**Time** about 60 minutes`)": r"\*\*Time\*\*\D*(\d+) minutes",
    }
    found = {what: re.search(pattern, first) for what, pattern in asked.items()}
    missing = [what for what, match in found.items() if match is None]
    if missing:
        raise Refused(f"{path.name} does not say, in its first cell, {', nor '.join(missing)}.")
    title, aim, minutes = (match[1] for match in found.values() if match)
    return Page(notebook, path.stem, path.stem[:2], _line(title), _line(aim), int(minutes))


def _line(markdown: str) -> str:
    """A line of Markdown as HTML without a paragraph around it."""
    html = MarkdownWithMath(renderer=Renderer()).render(markdown).strip()
    return html.removeprefix("<p>").removesuffix("</p>")


def _without_a_kernel(outputs: Sequence[Any]) -> list[Any]:
    """Outputs as a page can show them: in place of a live widget stands its stored page."""
    kept: list[Any] = []
    for output, after in zip(outputs, [*outputs[1:], {}]):
        data = output.get("data", {})
        if _VIEW not in data:
            kept.append(output)
        elif not _html(after).startswith('<form class="bp-still'):
            words = data.get("text/plain", "A widget")
            html = element("p", f"{words}: this needs a running notebook.", class_="still")
            data = {"text/html": html}
            kept.append(nbformat.v4.new_output("display_data", data))  # type: ignore[no-untyped-call]
    return kept


def _html(output: Any) -> str:
    return str(output.get("data", {}).get("text/html", ""))


def _lightened(html: str) -> str:
    """What an output shows, without what every page of the edition has already, or never needs."""
    if html.startswith('<form class="bp-still'):
        html = _IMAGE.sub(r"\1", _STAND_IN.sub("", _SHEET.sub(r"\1", html)))
        return _TABLE.sub(_REACHED, html.replace(_attributes(HIDDEN), " hidden"))
    return typeset(html)


def _attributes(of: dict[str, Any]) -> str:
    return str(element("i", **of))[2:].partition(">")[0]


def body_of(page: Page, edition: Edition) -> tuple[str, list[tuple[str, str]]]:
    """The cells of a page as HTML, and its headings of the second level: name and HTML."""
    notebook = deepcopy(page.notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "text/html" in output.get("data", {}):
                output["data"]["text/html"] = _lightened(_html(output))
        if "outputs" in cell:
            cell.outputs = _without_a_kernel(cell.outputs)
    renderer = Renderer(page.file, edition)
    try:
        html, _ = Exporter(renderer).from_notebook_node(notebook)
    except ValueError as problem:
        raise Refused(f"{page.stem}.ipynb: {problem}") from problem
    return html, [(name, text) for level, name, text in renderer.headings if level == 2]


def style() -> str:
    """The one style sheet: of the pages, of pictures and steppers, of code, and the font."""
    own = (HERE / "edition" / _STYLE).read_text(encoding="utf-8")
    font = b64encode((HERE / "edition" / "mathematics.woff").read_bytes()).decode()
    coloured = (HtmlFormatter(style=name) for name in ("default", "github-dark"))
    light, dark = (formatter.get_style_defs(".highlight") for formatter in coloured)
    code = f"{light}\n@media screen and (prefers-color-scheme:dark){{{dark}}}"
    shown = style_sheet().removeprefix("<style>").removesuffix("</style>")
    return "\n".join((shown, code, own.replace("FONT", font)))


def build(out: Path, notebooks: Path = NOTEBOOKS) -> list[Path]:
    """Write the edition into a folder, and return its files. Raises Refused."""
    paths = sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise Refused(
            f"there is no notebook in {notebooks}, where names as 01_one_neuron.ipynb are expected."
        )
    _take(out)
    edition = Edition([read(path) for path in paths])
    template = Environment(
        loader=FileSystemLoader(HERE / "edition"), undefined=StrictUndefined, trim_blocks=True
    ).get_template("page.html")
    shared = {"series": escape(SERIES), "pages": edition.pages}
    none: dict[str, Any] = {"page": None, "before": None, "after": edition.pages[0], "headings": []}
    written = [_write(out / _STYLE, style())]
    written.append(_write(out / "index.html", template.render(**shared, **none, body="")))
    around = [None, *edition.pages, None]
    for before, page, after in zip(around, edition.pages, around[2:]):
        html, headings = body_of(page, edition)
        turn = {"page": page, "before": before, "after": after}
        content = template.render(**shared, **turn, body=html, headings=headings)
        written.append(_write(out / page.file, content))
    return written


def _take(out: Path) -> None:
    """Make the folder, or take it where it is empty or holds an edition already."""
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file, but should be a folder, or a name that is free.")
    if out.exists() and any(out.iterdir()) and not (out / _STYLE).exists():
        raise Refused(
            f"{out} holds other files, and is left as it is: "
            "name a folder that is new, empty, or holds an earlier edition."
        )
    out.mkdir(parents=True, exist_ok=True)


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def main() -> int:
    """Build from the command line."""
    about, _, _ = __doc__.partition("\n")
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder that is written")
    parser.add_argument(
        "--notebooks", type=Path, default=NOTEBOOKS, help="the folder of notebooks (default: ours)"
    )
    given = parser.parse_args()
    try:
        written = build(given.out, given.notebooks)
    except Refused as problem:
        print(f"edition: {problem}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in written) / 1e6
    print(f"{len(written)} files, {size:.1f} MB: open {given.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
