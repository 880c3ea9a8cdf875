"""Notebooks as HTML that needs neither a script nor a kernel: what the edition and decks share."""

from __future__ import annotations

import argparse
import re
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from mathematics import displayed, in_a_line, tags_of, typeset
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

from bp_helpers._html import HIDDEN, element
from bp_helpers.drawing.picture import style_sheet

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent.parent / "notebooks"
SERIES = "Backpropagation, one step at a time"
_VIEW = "application/vnd.jupyter.widget-view+json"
# What stands in for a picture where inline SVG is stripped; here it never is.
_STAND_IN = re.compile(r'<hr>(?=<div class="bp-picture">|<div class="bp-card">)')
# The style sheet that a notebook has stored, of whatever age: a page has today's, once.
_SHEET = re.compile(r"\A(<form [^>]*>)<style>.*?</style>", re.DOTALL)
# A table that a phone has to scroll can be reached by key.
_TABLE = re.compile(r'(<div class="bp-frame bp-table".*?<div class="bp-card")', re.DOTALL)
# No full stop begins a line.
_POINTED = re.compile(r'<math display="inline">(?:(?!</math>).)*</math>[.,;:?!)]+', re.DOTALL)
_SCROLLED = '<table tabindex="0">'
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


class Renderer(IPythonRenderer):
    """Markdown as HTML, with mathematics written out, links between pages, and headings kept.

    `equations` and `pages` say where the number of an equation and the name of a notebook lead.
    """

    def __init__(
        self, equations: Mapping[str, str] | None = None, pages: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(escape=False)
        self._equations, self._pages = equations or {}, pages or {}
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
        place = self._equations.get(found[1])
        return f'<a href="{place}">{found[0]}</a>' if place else found[0]

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A link, to the page of a notebook where it leads to one."""
        stem, dot, rest = url.partition(".ipynb")
        if dot and stem in self._pages:
            url = self._pages[stem] + rest
        return super().link(text, url, title)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """A heading that can be led to."""
        taken = {name for _, name, _ in self.headings}
        stem = re.sub(r"\W+", "-", plain(text)).strip("-").lower()
        numbered = (f"{stem}-{k}" if k else stem for k in range(len(taken) + 1))
        name = next(name for name in numbered if name not in taken)
        self.headings.append((level, name, text))
        return f'<h{level} id="{name}">{text}</h{level}>\n'


def as_html(markdown: str, renderer: Renderer) -> str:
    """Markdown as HTML; a heading of a table heads its column, an empty corner nothing."""
    html: str = MarkdownWithMath(renderer=renderer).render(markdown)
    html = html.replace("<th></th>", "<td></td>").replace("<table>", _SCROLLED)
    html = _POINTED.sub(r'<span class="kept">\g<0></span>', html)
    return re.sub(r"<th(?=[ >])", '<th scope="col"', html)


def plain(html: str) -> str:
    """What is read of HTML when its tags are gone."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def paths_in(notebooks: Path) -> list[Path]:
    """The notebooks of a folder, in order. Raises Refused where there is none."""
    paths = sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise Refused(
            f"there is no notebook in {notebooks}, where names as 01_one_neuron.ipynb are expected."
        )
    return paths


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
    return Page(notebook, path.stem, path.stem[:2], line(title), line(aim), int(minutes))


def line(markdown: str) -> str:
    """A line of Markdown as HTML without a paragraph around it."""
    html = as_html(markdown, Renderer()).strip()
    return html.removeprefix("<p>").removesuffix("</p>")


def ready(cell: Any) -> None:
    """Make the outputs of a cell such as a page can show them."""
    for output in cell.get("outputs", ()):
        if "text/html" in output.get("data", {}):
            output["data"]["text/html"] = _lightened(html_of(output))
    if "outputs" in cell:
        cell.outputs = without_a_kernel(cell.outputs)


def without_a_kernel(outputs: Sequence[Any]) -> list[Any]:
    """Outputs as a page can show them: in place of a live widget stands its stored page."""
    kept: list[Any] = []
    for output, after in zip(outputs, [*outputs[1:], {}]):
        data = output.get("data", {})
        if _VIEW not in data:
            kept.append(output)
        elif not html_of(after).startswith('<form class="bp-still'):
            words = data.get("text/plain", "A widget")
            html = element("p", f"{words}: this needs a running notebook.", class_="still")
            data = {"text/html": html}
            kept.append(nbformat.v4.new_output("display_data", data))  # type: ignore[no-untyped-call]
    return kept


def html_of(output: Any) -> str:
    """What an output shows as HTML; nothing where it shows none."""
    return str(output.get("data", {}).get("text/html", ""))


def _lightened(html: str) -> str:
    """What an output shows, without what a page of ours has already, or never needs."""
    if html.startswith('<form class="bp-still'):
        html = _IMAGE.sub(r"\1", _STAND_IN.sub("", _SHEET.sub(r"\1", html)))
        return _TABLE.sub(_REACHED, html.replace(_attributes(HIDDEN), " hidden"))
    return typeset(re.sub(r"\A<table>", _SCROLLED, html))


def _attributes(of: dict[str, Any]) -> str:
    return str(element("i", **of))[2:].partition(">")[0]


def style(own: str) -> str:
    """One style sheet: of pictures and steppers, of code and text, and what the caller has."""
    content = (HERE / "edition" / "content.css").read_text(encoding="utf-8")
    font = b64encode((HERE / "edition" / "mathematics.woff").read_bytes()).decode()
    coloured = (HtmlFormatter(style=name) for name in ("default", "github-dark"))
    light, dark = (formatter.get_style_defs(".highlight") for formatter in coloured)
    code = f"{light}\n@media screen and (prefers-color-scheme:dark){{{dark}}}"
    shown = style_sheet().removeprefix("<style>").removesuffix("</style>")
    return "\n".join((shown, code, content.replace("FONT", font), own))


def take(out: Path, mark: str, what: str) -> None:
    """Make a folder, or take it where it is empty or holds `what` already, as its file `mark` says.

    Raises Refused for one that holds other files.
    """
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file, but should be a folder, or a name that is free.")
    if out.exists() and any(out.iterdir()) and not (out / mark).exists():
        raise Refused(
            f"{out} holds other files, and is left as it is: "
            f"name a folder that is new, empty, or holds {what}."
        )
    out.mkdir(parents=True, exist_ok=True)


def write(path: Path, text: str) -> Path:
    """Write a file, and return its path."""
    path.write_text(text, encoding="utf-8")
    return path


def template(folder: Path, name: str) -> Template:
    """A page to be filled in; one that names what it is not given raises."""
    loader = FileSystemLoader(folder)
    return Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True).get_template(
        name
    )


def parser_for(about: str) -> argparse.ArgumentParser:
    """The command line that writes a folder, by the description of its module."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder that is written")
    parser.add_argument(
        "--notebooks", type=Path, default=NOTEBOOKS, help="the folder of notebooks (default: ours)"
    )
    return parser


def report(command: str, out: Path, make: Callable[[], Sequence[Path]]) -> int:
    """Write a folder, and say what is in it; 1 where that is refused."""
    try:
        written = make()
    except Refused as problem:
        print(f"{command}: {problem}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in written) / 1e6
    print(f"{len(written)} files, {size:.1f} MB: open {out / 'index.html'}")
    return 0
