"""Make slides for a class: a folder with a deck for each notebook, which opens from disk.

    .venv/bin/python tests/publish/slides.py OUT [--only 05 06]

What stands on a slide is chosen in the metadata of the cells, as `slideshow.slide_type`. Where a
cell holds more than belongs on one slide, `slideshow.blocks` has a type for each of its blocks: for
each paragraph, equation, list or fold of a text; for the source and the output of code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from launches import is_launch, without_line
from nbconvert import SlidesExporter
from nbconvert.preprocessors import Preprocessor
from rendering import (
    HERE,
    NOTEBOOKS,
    SERIES,
    Page,
    Refused,
    Renderer,
    as_html,
    line,
    parser_for,
    paths_in,
    plain,
    read,
    ready,
    report,
    style,
    take,
    template,
    write,
)
from traitlets.config import Config

TYPES = ("slide", "subslide", "fragment", "-", "notes", "skip")
STARTS = ("slide", "subslide")
_OWN = HERE / "slides"
_STYLE = "slides.css"  # of the index; which also tells that a folder is one of decks
_SCRIPTS = ("reveal.js", "notes.js", "deck.js")
_LINES, _SIGNS = 12, 84  # of code and output, in letters of the usual size
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_FOLD = re.compile(r"^<details>.*?^</details>", re.DOTALL | re.MULTILINE)
_STILL = '<form class="bp-still'
_HEADING = re.compile(r"## (.+)")


class SlideRenderer(Renderer):
    """Markdown as HTML for a slide: its folds open at a step, and no link leads out of the deck."""

    def block_html(self, html: str) -> str:
        """HTML between the Markdown; a fold is a step of its slide."""
        stepped = html.replace("<details>", '<details class="fragment custom">')
        return super().block_html(stepped)

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """The words of a link to a notebook, which a slide can do without."""
        return text if ".ipynb" in url else super().link(text, url, title)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """A heading, to which nothing leads."""
        return f"<h{level}>{text}</h{level}>\n"


class Parts(Preprocessor):  # type: ignore[misc]
    """Take the cells apart into what stands on the slides, and make their outputs ready."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook with a cell for each part, and what the template asks for."""
        name = resources.get("metadata", {}).get("name", "")
        title = next((c.source for c in nb.cells if c.source.startswith("# ")), f"# {name}")
        first, _, _ = title.partition("\n")
        resources["deck"] = {
            "title": f"{name[:2]} {plain(line(first[2:]))} · {SERIES}",
            "style": _deck_style(),
            "script": _deck_script(),
        }
        nb.cells = arranged(nb.cells)
        for cell in nb.cells:
            ready(cell)
            _enlarge(cell)
            cell.metadata["dense"] = _is_dense(cell)
        return nb, resources


def arranged(cells: Sequence[Any]) -> list[Any]:
    """The parts of all cells that are in the deck, each slide with what is said of it in front."""
    slides: list[list[Any]] = []
    for cell in cells:
        for part in parts_of(cell):
            kind = type_of(part)
            if kind in STARTS or (not slides and kind not in ("notes", "skip")):
                slides.append([part])
            elif kind != "skip" and slides:
                slides[-1].append(part)
    _head(slides)
    return [part for slide in slides for part in _with_notes_first(slide)]


def _with_notes_first(slide: Sequence[Any]) -> Iterator[Any]:
    """What is said belongs to all of a slide, and not to one of its steps."""
    yield slide[0]
    yield from sorted(slide[1:], key=lambda part: type_of(part) != "notes")


def _head(slides: Sequence[Sequence[Any]]) -> None:
    """Say above each slide without a heading in which section it is."""
    section = ""
    for slide in slides:
        found = _HEADING.match(slide[0].source) if slide[0].cell_type == "markdown" else None
        section = found[1] if found else section
        if slide[0].cell_type != "markdown" or not slide[0].source.startswith("#"):
            slide[0].metadata["running"] = line(section)


def type_of(cell: Any) -> str:
    """On which kind of slide a cell stands, or a part of one."""
    return str(cell.metadata.get("slideshow", {}).get("slide_type", "-"))


def parts_of(cell: Any) -> list[Any]:
    """The parts of a cell, each with the type of its slide.

    Raises ValueError for types that there are not, and where they are not one for each block.
    """
    if is_launch(cell):
        return []
    types = cell.metadata.get("slideshow", {}).get("blocks", "").split()
    if not types:
        return [_part(cell, type_of(cell))]
    blocks = blocks_of(cell)
    if len(types) != len(blocks) or not {*types} <= {*TYPES}:
        told = "".join(f"\n  {k}. {block[:60]!r}" for k, block in enumerate(blocks, start=1))
        raise ValueError(
            f"in the cell {cell.get('id')} slideshow.blocks is {' '.join(types)!r}, but should "
            f"have a type ({', '.join(TYPES)}) for each of its {len(blocks)} blocks:{told}"
        )
    if cell.cell_type == "markdown":
        parts = [_part(cell, kind, source=block) for kind, block in zip(types, blocks)]
    else:
        parts = [_part(cell, types[0], outputs=[]), _part(cell, types[1], source="")]
    for k, part in enumerate(parts):
        part["id"] = f"{cell.get('id')}-{k}"
    return parts


def blocks_of(cell: Any) -> list[str]:
    """What stands between blank lines in a text, a fold or a listing as one; source and output."""
    if cell.cell_type != "markdown":
        return [cell.source, "(the output)"]
    text = without_line(cell.source)
    kept = _FENCE.sub(lambda found: found[0].replace("\n", "\0"), text)
    kept = _FOLD.sub(lambda found: found[0].replace("\n", "\0"), kept)
    return [block.replace("\0", "\n") for block in re.split(r"\n\s*\n", kept.strip())]


def _part(cell: Any, kind: str, **changed: object) -> Any:
    part = deepcopy(cell)
    part.update(changed)
    part.metadata["slideshow"] = {"slide_type": kind}
    return part


def _enlarge(cell: Any) -> None:
    """Show steppers and explorers as they are made for a projector."""
    for output in cell.get("outputs", ()):
        html = output.get("data", {}).get("text/html", "")
        if html.startswith(_STILL) and "bp-lecture" not in html[:99]:
            output["data"]["text/html"] = html.replace(_STILL, f"{_STILL} bp-lecture", 1)


def _is_dense(cell: Any) -> bool:
    """Whether code and what it prints need smaller letters to fit."""
    if cell.cell_type != "code":
        return False
    printed = [o.get("text", o.get("data", {}).get("text/plain", "")) for o in cell.outputs]
    lines = "\n".join([cell.source, *printed]).rstrip().splitlines()
    return len(lines) > _LINES or max(map(len, lines), default=0) > _SIGNS


def in_slide(markdown: str) -> str:
    """Markdown as HTML for a slide."""
    return as_html(markdown, SlideRenderer())


def settings() -> Config:
    """What `jupyter nbconvert --to slides` has to know to make such a deck."""
    found = Config()
    found.SlidesExporter.template_name = "slides"
    found.SlidesExporter.extra_template_basedirs = [str(HERE)]
    found.SlidesExporter.extra_template_paths = [str(HERE)]
    found.SlidesExporter.preprocessors = [Parts]
    found.SlidesExporter.filters = {"markdown2html": in_slide}
    return found


@cache
def _deck_style() -> str:
    reveal, own = ((_OWN / name).read_text(encoding="utf-8") for name in ("reveal.css", "deck.css"))
    return f"{reveal}\n{style(own)}"


@cache
def _deck_script() -> str:
    scripts = ((_OWN / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    lines = re.sub(r"^//# sourceMappingURL.*$", "", "\n;".join(scripts), flags=re.MULTILINE)
    return lines.replace("</script", "<\\/script")


@dataclass(frozen=True)
class Deck:
    """A deck and the notebook that it comes from."""

    page: Page
    html: str

    @property
    def file(self) -> str:
        """Its name, as `jupyter nbconvert --to slides` would give it."""
        return f"{self.page.stem}.slides.html"

    @property
    def slides(self) -> int:
        """How many slides it has."""
        return slides_in(self.page.notebook)


def slides_in(notebook: Any) -> int:
    """How many slides a notebook makes."""
    types = (type_of(part) for cell in notebook.cells for part in parts_of(cell))
    return sum(kind in STARTS for kind in types)


def deck_of(page: Page) -> Deck:
    """The deck of a notebook. Raises Refused where its metadata do not fit."""
    exporter = SlidesExporter(config=settings())  # type: ignore[no-untyped-call]
    try:
        html, _ = exporter.from_notebook_node(page.notebook, {"metadata": {"name": page.stem}})
    except ValueError as problem:
        raise Refused(f"{page.stem}.ipynb: {problem}") from problem
    return Deck(page, html)


def build(out: Path, only: Sequence[str] = (), notebooks: Path = NOTEBOOKS) -> list[Path]:
    """Write the decks into a folder, and return its files. Raises Refused."""
    paths = paths_in(notebooks)
    there = [path.stem[:2] for path in paths]
    if unknown := [number for number in only if number not in there]:
        raise Refused(
            f"--only names {', '.join(unknown)}, but the notebooks are {', '.join(there)}."
        )
    decks = [deck_of(read(path)) for path in paths if not only or path.stem[:2] in only]
    take(out, _STYLE, "earlier decks")
    own = (_OWN / _STYLE).read_text(encoding="utf-8")
    index = template(_OWN, "contents.html").render(series=escape(SERIES), decks=decks)
    return [
        write(out / _STYLE, style(own)),
        write(out / "index.html", index),
        *(write(out / deck.file, deck.html) for deck in decks),
    ]


def main() -> int:
    """Build from the command line."""
    parser = parser_for(__doc__)
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="NN", help="the numbers of the notebooks"
    )
    given = parser.parse_args()
    return report("slides", given.out, lambda: build(given.out, given.only, given.notebooks))


if __name__ == "__main__":
    sys.exit(main())
