"""A notebook in other places: as a page of its own, offline, and where its styles are stripped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import hosts
import pytest
from accessibility import violations
from browsing import (
    DECKS,
    GONE,
    GRIDS,
    NOTEBOOKS,
    ask,
    cells_of,
    committed_notebooks,
    form_of,
    kinds_of,
    pictures_of,
    press,
    says_of_itself,
    still_pages,
    with_,
)
from lab import ASKS
from pages import pictures

_LIGHT = "() => document.body.dataset.jpThemeLight"


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the exported notebooks are in."""
    return tmp_path_factory.mktemp("exports")


def export(notebook: Path, folder: Path, theme: str = "light") -> Path:
    """What `jupyter nbconvert --to html` makes of a notebook."""
    nbconvert = pytest.importorskip("nbconvert")
    html, _ = nbconvert.HTMLExporter(theme=theme).from_filename(notebook)
    path = folder / f"{notebook.stem}-{theme}.html"
    path.write_text(html, encoding="utf-8")
    return path


def open_offline(browser: object, path: Path, **options: object) -> object:
    """A page from the disk, in a browser that reaches nothing else."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    context.set_offline(True)
    context.route(re.compile("^https?:"), lambda route: route.abort())
    page = context.new_page()
    page.goto(path.as_uri(), wait_until="domcontentloaded")
    page.evaluate(ASKS)
    return page


@pytest.fixture(scope="module", params=[True, False], ids=["with scripts", "without scripts"])
def exported(
    request: pytest.FixtureRequest, browser: object, notebook: Path, exports: Path
) -> Iterator[object]:
    """A notebook as a page of its own, with and without scripts in the browser."""
    path = export(notebook, exports)
    page = open_offline(browser, path, java_script_enabled=request.param)
    yield page
    page.context.close()


@with_()
def test_a_page_of_its_own_shows_one_frame_of_each_widget(exported: object, notebook: Path) -> None:
    kinds = kinds_of(notebook)
    assert ask(exported, "kinds") == ["still"] * len(kinds)
    for k, kind in enumerate(kinds):
        # The first is chosen, but for the nudge, which starts with the second size.
        assert ask(exported, "place", k) == (1 if kind == "Nudge" else 0)
    seen = exported.evaluate("() => document.body.innerText")
    assert [words for words in GONE if words in seen] == []


@with_()
def test_it_steps_by_mouse(exported: object, notebook: Path) -> None:
    for k, kind in enumerate(kinds_of(notebook)):
        for i, label in enumerate(ask(exported, "labels", k)):
            press(exported, k, ".bp-chip", i)
            assert label in ask(exported, "chosen", k)
            if kind not in GRIDS:
                assert ask(exported, "place", k) == i
            if kind in DECKS:
                assert ask(exported, "count", k).startswith(
                    ("Step", "Weight")[kind == "Paths"] + f" {i + 1} of "
                )
                assert ask(exported, "hiding", k)["shown"] == 0
                press(exported, k, ".bp-frame summary")
                hidden = ask(exported, "hiding", k)
                assert hidden["answers"] == 2 and hidden["shown"] == hidden["numbers"]


@with_()
def test_it_steps_by_keys(exported: object, notebook: Path) -> None:
    for k, kind in enumerate(kinds_of(notebook)):
        form = form_of(exported, k)
        names = list(dict.fromkeys(form.locator(".bp-chip input").evaluate_all(_NAMES)))
        for name in names:
            group = form.locator(f".bp-chip input[name={name}]")
            group.first.locator("..").click()
            for i in [*range(1, group.count()), 0]:  # from the last on to the first
                exported.keyboard.press("ArrowRight")
                assert group.nth(i).is_checked() and group.nth(i).evaluate(_IS_FOCUSED)
                if kind not in GRIDS:
                    assert ask(exported, "place", k) == i
            exported.keyboard.press("ArrowLeft")
            assert group.last.is_checked()
        if kind in GRIDS:  # both groups at their ends
            assert ask(exported, "place", k) == GRIDS[kind] - 1


_NAMES = "all => all.map(e => e.name)"
_IS_FOCUSED = "e => e == document.activeElement"


@with_()
def test_every_frame_is_another(exported: object, notebook: Path) -> None:
    for k, (kind, page) in enumerate(zip(kinds_of(notebook), still_pages(notebook))):
        found = []
        for i in range(page.count('<div class="bp-frame')):
            _choose(exported, k, i)
            found.append(ask(exported, "shown", k))
        assert [frame["place"] for frame in found] == list(range(len(found)))
        assert len({frame["words"] for frame in found}) == len(found)
        drawn = ["svg"] * pictures_of(kind)
        assert all([tag for tag, _ in frame["pictures"]] == drawn for frame in found)


def _choose(page: object, k: int, i: int) -> None:
    """Lead to frame i without a script: the last choice changes the fastest."""
    chips = form_of(page, k).locator(".bp-chip input")
    names = chips.evaluate_all(_NAMES)
    for name in reversed(list(dict.fromkeys(names))):
        places = [j for j, other in enumerate(names) if other == name]
        chips.nth(places[i % len(places)]).evaluate("e => { e.checked = true; }")
        i //= len(places)


def films_of(page: object) -> list[list[dict]]:
    """The filmstrips of a page whose images have been loaded."""
    page.wait_for_function(
        "() => [...document.images].filter(e => e.src.startsWith('data:')).every(e => e.complete)"
    )
    return ask(page, "films")


@with_()
def test_a_markdown_export_shows_every_frame(
    browser: object, notebook: Path, exports: Path
) -> None:
    """As code hosts show it: they render Markdown, and keep no style, no script and no SVG."""
    nbconvert = pytest.importorskip("nbconvert")
    from nbconvert.filters import markdown2html

    markdown, _ = nbconvert.MarkdownExporter().from_filename(notebook)
    html = re.sub(r"<(style|script|svg)\b.*?</\1>", "", markdown2html(markdown), flags=re.DOTALL)
    path = exports / f"{notebook.stem}-md.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{html}", encoding="utf-8")
    page = open_offline(browser, path)
    films = films_of(page)
    assert len(films) == len(kinds_of(notebook))
    for kind, film, stored in zip(kinds_of(notebook), films, still_pages(notebook)):
        assert len(film) == stored.count('<div class="bp-frame') > 1
        assert len({frame["words"] for frame in film}) == len(film)
        for frame in film:
            assert frame["seen"] and all(frame["pictures"]), frame
            assert len(frame["pictures"]) == pictures_of(kind), frame
            assert bool(frame["code"]) == (kind in DECKS)
    # What needs a style to be understood is kept out of sight.
    assert page.locator(".bp-chips:visible, .bp-numbers:visible").count() == 0
    page.context.close()


@pytest.mark.parametrize("keeps", [hosts.preview, hosts.gitlab], ids=["preview", "gitlab"])
@with_()
def test_a_code_host_shows_every_frame_in_words_and_pictures(
    notebook: Path, keeps: Callable[[str], str]
) -> None:
    """Its rules leave all that a frame says, in the same order; answers stay folded behind."""
    for kind, page in zip(kinds_of(notebook), still_pages(notebook)):
        # Which does not know `hidden`.
        stored = page.replace(_HIDDEN, "") if keeps is hosts.preview else page
        before, after = hosts.frames_of(stored), hosts.frames_of(keeps(stored))
        assert len(after) == len(before) == stored.count('<div class="bp-frame') > 1
        assert [*map(hosts.read, after)] == [*map(hosts.read, before)]
        for frame in after:
            assert_tells_all(frame, kind)


_HIDDEN = ' hidden style="display:none"'


def assert_tells_all(frame: object, kind: str) -> None:
    """A picture with words; for a step also equation, line and sentence, the answer at its end."""
    assert len(frame.select("img[alt][src]")) == pictures_of(kind)
    assert all(len(alt) > 20 for alt, _ in pictures(str(frame)))
    if kind not in DECKS:
        return
    (code,), (fold,) = frame.select("pre"), frame.select("details")
    parts = [frame.img, frame.strong, frame.select_one("[role=math]"), code, fold.summary]
    order = {id(e): k for k, e in enumerate(frame.descendants)}
    places = [order[id(part)] for part in parts]
    assert places == sorted(places) and all(part.text.strip() for part in parts[1:])
    assert not fold.has_attr("open") and fold.summary.text.startswith("Predict, then reveal: ")
    answer, *_, sentence = [e for e in fold.find_all(recursive=False) if e != fold.summary]
    assert re.search(r"\d", sentence.text) and sentence.text.endswith(".")
    told = "".join(hosts.read(frame)).partition(fold.summary.text)[0]
    assert answer.text and answer.text not in told and sentence.text not in told
    for _, drawn in pictures(str(frame)):
        assert not drawn.findall(".//*[@class='bp-new']")


@pytest.mark.parametrize("theme", ["light", "dark"])
@with_()
def test_a_stored_page_has_no_barriers(
    browser: object, notebook: Path, exports: Path, theme: str
) -> None:
    page = open_offline(browser, export(notebook, exports, theme))
    assert page.evaluate(_LIGHT) == str(theme == "light").lower()
    for k, _ in enumerate(kinds_of(notebook)):
        form_of(page, k).locator(".bp-chip").last.click()
    page.evaluate("() => document.querySelectorAll('details').forEach(e => { e.open = true; })")
    assert violations(page) == []
    page.context.close()


def test_two_texts_keep_their_facts_on_the_left(browser: object, exports: Path) -> None:
    """JupyterLab sets the cells of tables on the right, unless they say otherwise."""
    (notebook,) = NOTEBOOKS.glob("10_*.ipynb")
    page = open_offline(browser, export(notebook, exports))
    sides = page.locator(".bp-entries .bp-card > table :is(th, td)").evaluate_all(
        "all => all.map(e => getComputedStyle(e).textAlign)"
    )
    assert set(sides) == {"left"}
    page.context.close()


@pytest.mark.parametrize("path", committed_notebooks(), ids=lambda path: path.stem)
def test_a_page_is_stored_for_every_widget(path: Path) -> None:
    """Each widget's output is followed by its page, in the same cell."""
    for cell in cells_of(path):
        outputs = [output.get("data", {}) for output in cell.get("outputs", ())]
        ours = [k for k, data in enumerate(outputs) if says_of_itself(data)]
        for k in ours:
            assert "".join(outputs[k + 1]["text/html"]).startswith('<form class="bp-still')
