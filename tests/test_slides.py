"""The decks: chosen by hand, stepped through from disk without a network, and nothing too small."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from accessibility import page_violations
from browsing import NOTEBOOKS, cells_of, committed_notebooks, kinds_of, still_pages

pytest.importorskip("nbconvert")
pytest.importorskip("latex2mathml", reason="the extra `publish` brings latex2mathml")
sys.path.append(str(Path(__file__).parent / "publish"))
import slides

SLIDES = range(15, 41)
WINDOW = {"width": 1280, "height": 720}
GIVES_AWAY = re.compile(r"Hint \d|Solution|What to see|[A-Z]\. ")  # folds of exercises
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
    found = {}
    for path in committed_notebooks():
        html = deck_in(decks, path).read_text(encoding="utf-8")
        assert "sourceMappingURL" not in html
        # The pictures take the time, and no test here asks for them.
        html = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
        found[path.stem] = parsed(html, "html.parser")
    return found


def slides_of(soup: object) -> list[object]:
    return soup.select(".slides > section > section")


@each
def test_every_cell_says_on_which_slide_it_stands(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        told = cell.metadata.get("slideshow", {})
        assert told.get("slide_type") in slides.TYPES, cell.id
        assert set(told) <= {"slide_type", "blocks"}, cell.id
        assert all(slides.type_of(part) in slides.TYPES for part in slides.parts_of(cell))


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
    predicted = [
        c for c in cells_of(path) if c["metadata"].get("jupyter", {}).get("outputs_hidden")
    ]
    found = slides_of(soup)
    for k, slide in enumerate(found):  # the question is on the same slide, or on the one before
        asked = "".join(visible(other) for other in found[max(k - 1, 0) : k + 1])
        for fold in slide.select("details.prediction"):
            assert "Predict first." in asked, slide.text[:200]
            assert fold.summary.text == "Show what it prints"
        shown = visible(slide)
        for answer in slide.select(".prose > details"):
            if answer.summary.text == "Answer" and not answer.find_parent("aside"):
                assert slide.select(".prediction") or "Predict first." in asked, shown
    assert len(soup.select("details.prediction")) <= len(predicted)


def visible(slide: object) -> str:
    """What is read on a slide."""
    return "".join(text for text in slide.find_all(string=True) if not text.find_parent("aside"))


@each
def test_there_is_something_to_see_and_something_to_say(
    path: Path, soups: dict[str, object]
) -> None:
    soup = soups[path.stem]
    kept = len(still_pages(path)) - kinds_of(path).count("Drill")  # which a kernel has to judge
    forms = soup.select(".slides form")
    assert len(forms) <= kept and all("bp-lecture" in form["class"] for form in forms)
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


@pytest.fixture(scope="module")
def deck(browser: object, decks: Path) -> Iterator[object]:
    """The deck of notebook 05 in a window, and on it nothing that goes wrong."""
    page, missed = open_deck(browser, decks / "05_layer_deltas.slides.html")
    yield page
    assert missed == []
    page.context.close()


_FOLDS = """() => [...Reveal.getCurrentSlide().querySelectorAll('details.fragment')]
  .map(e => Number(e.open)).join('')"""


def arrive(page: object, css: str) -> int:
    """Go to the first slide that has such an element, all of its steps still to come."""
    place = page.evaluate("css => deck.slides().findIndex(e => e.querySelector(css))", css)
    page.evaluate("k => deck.go(k, -1)", place)
    return place


def pressed(page: object, *keys: str) -> list[tuple[int, str]]:
    """After each key, which slide is there, and which of its folds are open."""
    found = []
    for key in keys:
        page.keyboard.press(key)
        found.append((page.evaluate("() => deck.place()"), page.evaluate(_FOLDS)))
    return found


def test_a_prediction_opens_at_the_next_step(deck: object) -> None:
    k = arrive(deck, ".prediction")
    assert deck.evaluate(_FOLDS) == "00"
    there = pressed(deck, "ArrowRight", "Space", "PageDown")
    assert there == [(k, "10"), (k, "11"), (k + 1, deck.evaluate(_FOLDS))]
    assert pressed(deck, "ArrowLeft", "ArrowLeft", "PageUp") == [(k, "11"), (k, "10"), (k, "00")]


def test_a_prediction_opens_by_hand_and_the_next_step_goes_on(deck: object) -> None:
    k = arrive(deck, ".prediction")
    fold = deck.locator("section.present section.present .prediction")
    assert not fold.locator("pre").is_visible()
    fold.locator("summary").focus()
    # What has the focus takes Enter and Space, and the arrows go on.
    assert pressed(deck, "Enter", "Space") == [(k, "10"), (k, "00")]
    fold.locator("summary").click()
    assert deck.evaluate(_FOLDS) == "10" and fold.locator("pre").is_visible()
    assert pressed(deck, "Space") == [(k, "11")]  # after the mouse this goes on
    pressed(deck, "ArrowRight", "ArrowLeft")
    assert deck.evaluate(_FOLDS) == "11"


def test_a_stepper_has_the_arrows_until_it_is_left(deck: object) -> None:
    k = arrive(deck, ".bp-still")
    shown = "() => deck.shown(document.querySelector('section.present section.present .bp-still'))"
    frames = deck.locator("section.present section.present .bp-frame").count()
    pressed(deck, "Enter")
    seen = []
    for key in ["ArrowRight"] * frames + ["ArrowLeft"] * frames:  # and no way round
        assert pressed(deck, key)[0][0] == k
        seen.append(deck.evaluate(shown))
    there = [str(n) for n in range(frames)]
    assert seen == there[1:] + there[-1:] + there[-2::-1] + there[:1]
    # By way of the question, and back among the steps.
    pressed(deck, "Tab", "Enter")
    assert deck.locator("section.present section.present .bp-answer:visible").count() == 1
    assert pressed(deck, "ArrowRight")[0][0] == k and deck.evaluate(shown) == "1"
    assert pressed(deck, "Escape", "ArrowRight")[-1][0] == k + 1
    assert pressed(deck, "ArrowLeft")[0][0] == k
    deck.locator("section.present section.present .bp-chip").nth(3).click()
    assert deck.evaluate(shown) == "3"
    assert [place for place, _ in pressed(deck, "PageDown", "PageUp")] == [k + 1, k]


def test_enter_leaves_the_overview(deck: object) -> None:
    k = arrive(deck, ".bp-still")
    pressed(deck, "Escape")
    assert deck.evaluate("() => Reveal.isOverview()")
    pressed(deck, "Enter")
    assert not deck.evaluate("() => Reveal.isOverview()")
    assert deck.evaluate("() => deck.place()") == k


def test_the_mouse_turns_the_slides(deck: object) -> None:
    deck.evaluate("() => deck.go(0)")
    deck.locator(".controls .navigate-right").click()
    assert deck.evaluate("() => deck.place()") == 1
    deck.locator(".controls .navigate-left").click()
    assert deck.evaluate("() => deck.place()") == 0


def test_the_speaker_sees_what_is_said(deck: object) -> None:
    deck.evaluate("() => deck.go(deck.slides().findIndex(e => e.querySelector('aside.notes')))")
    notes = "() => Reveal.getCurrentSlide().querySelector('aside.notes').textContent.trim()"
    said = deck.evaluate(notes)
    with deck.context.expect_page() as opened:
        deck.keyboard.press("s")
    window = opened.value
    window.wait_for_function(
        "said => document.body.textContent.replaceAll(/\\s/g, '')"
        ".includes(said.replaceAll(/\\s/g, ''))",
        arg=said[:200],
    )
    assert len(said) > 20
    window.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_slides_have_no_barriers(browser: object, decks: Path, scheme: str) -> None:
    page, _ = open_deck(browser, decks / "05_layer_deltas.slides.html", color_scheme=scheme)
    kinds = [":scope > .prose > h1", ".prediction", ".display", ".bp-still"]
    for css in kinds[:: 1 if scheme == "light" else -3]:
        place = page.evaluate("css => deck.slides().findIndex(e => e.querySelector(css))", css)
        page.evaluate("k => deck.go(k)", place)
        assert page_violations(page) == [], css
    page.goto((decks / "index.html").as_uri())
    assert page_violations(page) == []
    page.context.close()


def test_the_index_leads_to_every_deck(decks: Path, soups: dict[str, object]) -> None:
    parsed = pytest.importorskip("bs4").BeautifulSoup
    index = parsed((decks / "index.html").read_text(encoding="utf-8"), "html.parser")
    rows = index.select("tbody tr")
    assert [row.a["href"] for row in rows] == [
        deck_in(decks, path).name for path in committed_notebooks()
    ]
    told = [int(row.select("td")[0].text) for row in rows]
    assert told == [len(slides_of(soup)) for soup in soups.values()]
    assert {path.name for path in decks.iterdir()} == {
        "index.html", "slides.css", *(row.a["href"] for row in rows)
    }  # fmt: skip


def test_a_deck_is_one_file_that_fetches_nothing(soups: dict[str, object]) -> None:
    for soup in soups.values():
        assert soup.html["lang"] == "en" and soup.title.text
        fetched = soup.select("script[src], link[href], img[src], iframe, object")
        assert all((e.get("src") or e["href"]).startswith("data:") for e in fetched)
        assert not soup.select(".slides a[href$='.ipynb'], .slides a[href*='.ipynb#']")
        style = "".join(e.text for e in soup.select("style"))
        assert not re.search(r"@import|url\((?![\"']?data:)", style)


def test_nbconvert_makes_the_same_deck(decks: Path, tmp_path: Path) -> None:
    path = NOTEBOOKS / "05_layer_deltas.ipynb"
    config = Path(slides.HERE) / "slides_config.py"
    told = ["--to", "slides", "--config", str(config), "--output-dir", str(tmp_path), str(path)]
    run = subprocess.run(
        [sys.executable, "-m", "nbconvert", *told],
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    made = deck_in(tmp_path, path).read_text(encoding="utf-8")
    assert made == deck_in(decks, path).read_text(encoding="utf-8")


def test_without_our_template_it_is_cut_where_the_cells_say(tmp_path: Path) -> None:
    path = NOTEBOOKS / "05_layer_deltas.ipynb"
    from nbconvert import SlidesExporter

    html, _ = SlidesExporter().from_filename(str(path))
    whole = [cell["metadata"]["slideshow"]["slide_type"] for cell in cells_of(path)]
    assert html.count("<section>") == sum(
        1 + (kind == "slide") for kind in whole if kind in slides.STARTS
    )
    assert "check(&quot;05.1" not in html and "def pull_back" not in html


def markdown(source: str, **slideshow: str) -> object:
    return nbformat.v4.new_markdown_cell(source, metadata={"slideshow": slideshow})


def test_a_text_is_cut_at_its_blank_lines() -> None:
    folds = "".join(f"<details><summary>{k}</summary>\n\nA\n</details>\n" for k in "ST")
    listing = "```python\na\n\nb\n```"
    source = f"## A\n\nOne\ntwo.\n\n$$ x $$\n\n{listing}\n\n{folds}\n> C\n>\n> D"
    blocks = slides.blocks_of(markdown(source))
    assert [block[:3] for block in blocks] == ["## ", "One", "$$ ", "```", "<de", "> C"]
    assert "\n\n".join(blocks) == source


def test_no_link_leads_out_of_a_deck() -> None:
    html = slides.in_slide("[there](01_one_neuron.ipynb#x), [here](https://example.org)")
    assert html.strip() == '<p>there, <a href="https://example.org">here</a></p>'


def test_what_is_said_stands_in_front_of_the_steps_of_its_slide() -> None:
    cell = markdown(
        "# T\n\nA\n\nB\n\nC\n\nD", slide_type="slide", blocks="slide fragment notes subslide skip"
    )
    parts = slides.arranged([cell])
    assert [part.source for part in parts] == ["# T", "B", "A", "C"]
    assert [part.metadata.get("running") for part in parts] == [None, None, None, ""]


def made(monkeypatch: pytest.MonkeyPatch, *given: object) -> int:
    monkeypatch.setattr(sys, "argv", ["slides.py", *map(str, given)])
    return slides.main()


OPENING = "# T\n\n**You will be able to** do.\n\n**Time** about 5 minutes"


@pytest.mark.parametrize(
    "told, complaint",
    [
        ({"slide_type": "slide", "blocks": "slide -"}, "for each of its 3 blocks"),
        ({"slide_type": "slide", "blocks": "slide - aside"}, "a type (slide, subslide, "),
        ({"slide_type": "skip"}, "All cells are hidden"),
    ],
)
def test_metadata_that_do_not_fit_are_named(
    monkeypatch, tmp_path, capsys, told: dict[str, str], complaint: str
) -> None:
    notebook = nbformat.v4.new_notebook(cells=[markdown(OPENING, **told)])
    (tmp_path / "01_mine.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    assert made(monkeypatch, tmp_path / "out", "--notebooks", tmp_path) == 1
    said = capsys.readouterr().err
    assert complaint in said and "01_mine" in said
    assert not (tmp_path / "out").exists()


def test_only_some_and_only_those_that_there_are(monkeypatch, tmp_path, capsys) -> None:
    assert made(monkeypatch, tmp_path / "out", "--only", "05", "77") == 1
    assert "--only names 77, but the notebooks are 00, 01" in capsys.readouterr().err
    for _ in range(2):  # an earlier folder of decks is written anew
        assert made(monkeypatch, tmp_path / "out", "--only", "05") == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"index.html", "slides.css", "05_layer_deltas.slides.html"}
    assert "3 files" in capsys.readouterr().out
    (tmp_path / "mine.txt").write_text("mine")
    assert made(monkeypatch, tmp_path, "--only", "05") == 1
    assert "holds other files" in capsys.readouterr().err
