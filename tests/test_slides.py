"""The decks: chosen by hand, stepped through from disk without a network, and nothing too small."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from accessibility import page_violations
from browsing import NOTEBOOKS, cells_of, committed_notebooks, kinds_of

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbconvert")
pytest.importorskip("latex2mathml", reason="the extra `publish` brings latex2mathml")
sys.path.append(str(Path(__file__).parent / "publish"))
import slides

SLIDES = range(15, 41)
WINDOW = {"width": 1280, "height": 720}
GIVES_AWAY = re.compile(r"Hint \d|Solution|What to see|[A-Z]\. ")  # folds of exercises
NOT_SHOWN = ("Drill",)  # it asks for numbers, which a kernel has to judge
ASKS = (Path(__file__).parent / "deck.js").read_text(encoding="utf-8")
each = pytest.mark.parametrize("path", committed_notebooks(), ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def decks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the decks."""
    folder = tmp_path_factory.mktemp("slides") / "decks"
    slides.build(folder)
    return folder


def deck_in(decks: Path, path: Path) -> Path:
    return decks / f"{path.stem}.slides.html"


@pytest.fixture(scope="module")
def soups(decks: Path) -> dict[str, object]:
    """Every deck, parsed, by the name of its notebook."""
    parsed = pytest.importorskip("bs4").BeautifulSoup
    return {
        path.stem: parsed(deck_in(decks, path).read_text(encoding="utf-8"), "html.parser")
        for path in committed_notebooks()
    }


def slides_of(soup: object) -> list[object]:
    return soup.select(".slides > section > section")


@each
def test_every_cell_says_on_which_slide_it_stands(path: Path) -> None:
    for cell in cells_of(path):
        told = cell["metadata"].get("slideshow", {})
        assert told.get("slide_type") in slides.TYPES, cell["id"]
        assert set(told) <= {"slide_type", "blocks"}, cell["id"]
        assert slides.parts_of(nbformat.from_dict(cell)) is not None


@each
def test_it_can_be_taught_in_one_class(path: Path, soups: dict[str, object]) -> None:
    found = slides_of(soups[path.stem])
    assert len(found) in SLIDES
    assert len(found) == slides.slides_in(nbformat.read(path, as_version=4))
    # Where only whole cells can be told apart, it has sensible slides as well.
    whole = [cell["metadata"].get("slideshow", {}).get("slide_type") for cell in cells_of(path)]
    assert sum(kind in slides.STARTS for kind in whole) >= 8


@each
def test_every_section_has_a_slide(path: Path, soups: dict[str, object]) -> None:
    text = "\n".join("".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "markdown")
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    wanted = re.findall(r"^## (.+)$", text, re.MULTILINE)
    found = [e for e in soups[path.stem].select(".slides h2:not(.running)")]
    assert [e.text for e in found] == [slides.plain(slides.in_slide(w)).strip() for w in wanted]
    assert all(e.find_parent("section").select_one("h1, h2") is e for e in found)  # it leads it
    for slide in slides_of(soups[path.stem]):
        assert slide.select_one("h1, h2, h3"), slide.text[:80]


@each
def test_nothing_is_given_away(path: Path, soups: dict[str, object]) -> None:
    soup = soups[path.stem]
    for fold in soup.select(".slides details:not(.bp-still details, aside details)"):
        assert not fold.has_attr("open")
        assert not GIVES_AWAY.match(fold.summary.text), fold.summary.text
    for fold in soup.select("section .prose details, details.prediction"):
        in_notes = fold.find_parent("aside")
        assert in_notes or {"fragment", "custom"} <= set(fold["class"]), fold.summary.text
    assert not soup.select(".exercise")
    predicted = [c for c in cells_of(path) if c["metadata"].get("jupyter", {}).get("outputs_hidden")]
    for fold in soup.select("details.prediction"):  # its question is on the same slide
        assert "Predict first." in fold.find_parent("section").text
        assert fold.summary.text == "Show what it prints"
    assert len(soup.select("details.prediction")) <= len(predicted)
    answers = soup.select("section .prose details:not(aside details)")
    assert all("Answer" in e.summary.text or e.find_parent("section").h2 for e in answers)


@each
def test_there_is_something_to_see_and_something_to_say(
    path: Path, soups: dict[str, object]
) -> None:
    soup = soups[path.stem]
    shown = [kind for kind in kinds_of(path) if kind not in NOT_SHOWN]
    forms = soup.select(".slides form")
    assert len(forms) <= len(shown) and all("bp-lecture" in form["class"] for form in forms)
    assert soup.select("aside.notes")
    assert not soup.select("aside .fragment, aside .bp-still")
    for slide in slides_of(soup):  # notes are of the whole slide, and not of one of its steps
        assert all(note.parent is slide for note in slide.select("aside.notes"))


def open_deck(browser: object, path: Path, **options: object) -> tuple[object, list[str]]:
    """A deck from the disk, and what it complains of, or asks for elsewhere or in vain."""
    context = browser.new_context(**{"viewport": WINDOW, **options})
    context.set_offline(True)
    page, missed = context.new_page(), []
    page.on("requestfailed", lambda request: missed.append(request.url))
    page.on("request", lambda asked: None if _is_here(asked.url) else missed.append(asked.url))
    page.on("console", lambda message: missed.append(message.text))
    page.on("pageerror", lambda problem: missed.append(str(problem)))
    page.goto(path.as_uri())
    page.wait_for_function("() => Reveal.isReady()")
    page.evaluate(ASKS)
    return page, missed


def _is_here(url: str) -> bool:
    return url.startswith(("file:", "data:", "about:"))


@each
def test_every_slide_fits_and_can_be_read_from_the_last_row(
    browser: object, decks: Path, path: Path
) -> None:
    page, missed = open_deck(browser, deck_in(decks, path))
    found = page.evaluate("() => deck.measure()")
    problems = [
        f"slide {slide['k'] + 1} ({slide['head']}): {problem}"
        for slide in found
        for problem in slide["found"]
    ]
    assert not problems, "\n" + "\n".join(problems)
    assert all(n > 1 for slide in found for n in slide["walked"])
    assert missed == []
    page.context.close()
