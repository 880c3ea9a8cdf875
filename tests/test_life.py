"""The life of a notebook: run in the application Notebook, used in every way, saved, opened again.

Used by keyboard, read aloud, enlarged, in few colours; and opened again in both applications, with
nothing run. The tests of one notebook share its pages and stand in the order of its life.
test_browser.py has what is done by mouse, in JupyterLab.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from accessibility import Tree, violations
from browsing import (
    DECKS,
    GONE,
    GRIDS,
    SOON,
    ask,
    assert_filmstrips,
    assert_there_and_back,
    committed_notebooks,
    decks_of,
    explorers_of,
    faint_lines,
    form_of,
    kinds_of,
    pictures_of,
    press,
    save,
    set_theme,
    tours,
    with_,
)
from lab import LAB, NOTEBOOK, Lab


@pytest.fixture(scope="module")
def unrun(lab: Lab, notebook: Path) -> Iterator[object]:
    """The page of a notebook that has been opened, and that nobody has said to trust."""
    page = lab.open(notebook.name, NOTEBOOK)
    yield page
    page.close()


@with_()
def test_every_frame_of_what_has_not_been_run_is_shown(unrun: object, notebook: Path) -> None:
    assert_filmstrips(unrun, notebook)


def test_all_cells_run_without_an_error(ran: object) -> None:
    assert ask(ran, "failed") == []
    seen = ran.evaluate("() => document.body.innerText")
    assert [words for words in GONE if words in seen] == []


@with_()
def test_the_mouse_steps_to_the_end_and_keys_back(ran: object, notebook: Path) -> None:
    assert_there_and_back(ran, kinds_of(notebook))


# By keyboard, read aloud, enlarged, in few colours


# What Tab can reach in the k-th form, in order: of a group of radio buttons it is the chosen one.
_STOPS = """k => {
  const all = [...document.querySelectorAll('.bp-live')].filter(e => e.checkVisibility());
  const css = 'button, select, input:not([type=radio]), input[type=radio]:checked, summary';
  return [...all[k].querySelectorAll(css)].filter(e => e.checkVisibility()).map(name);
  function name(e) { return `${e.tagName.toLowerCase()} ${e.type ?? ''} ${e.name ?? ''}`.trim(); }
}"""
_FOCUSED = """k => {
  const all = [...document.querySelectorAll('.bp-live')].filter(e => e.checkVisibility());
  const e = document.activeElement, form = e.closest('.bp-live');
  if (form != all[k]) return null;
  const style = getComputedStyle(e.closest('.bp-chip') ?? e);
  const at = e.getBoundingClientRect(), over = document.elementFromPoint(
    (at.left + at.right) / 2, (at.top + at.bottom) / 2);
  return {
    name: `${e.tagName.toLowerCase()} ${e.type ?? ''} ${e.name ?? ''}`.trim(),
    outline: style.outlineStyle == 'none' ? 0 : parseFloat(style.outlineWidth),
    onScreen: form.contains(over),
  };
}"""
_CELLS = """() => ({
  cells: document.querySelectorAll('.jp-Cell').length,
  active: [...document.querySelectorAll('.jp-Cell')].findIndex(e => e.matches('.jp-mod-active')),
  editing: !!document.querySelector('.jp-Notebook.jp-mod-editMode'),
})"""


def first(page: object, k: int) -> None:
    """Put the focus on the first control of the k-th widget."""
    form_of(page, k).locator("button, select, input, summary").first.focus()


def state(page: object) -> dict:
    """How many cells the notebook has, and which of them is the active one."""
    return page.evaluate(_CELLS)


def unfold(page: object, k: int) -> None:
    """Open whatever is folded away."""
    form_of(page, k).evaluate(
        "form => form.querySelectorAll('details').forEach(e => { e.open = true; })"
    )


@with_()
def test_tab_reaches_every_control_by_name_and_shows_where_it_is(
    ran: object, notebook: Path
) -> None:
    tree = Tree(ran)
    for k, _ in enumerate(kinds_of(notebook)):
        unfold(ran, k)
        first(ran, k)
        before, walk = state(ran), []
        ran.keyboard.press("Tab")  # there and back, so that the focus is one of the keyboard
        ran.keyboard.press("Shift+Tab")
        while (stop := ran.evaluate(_FOCUSED, k)) and len(walk) < 60:
            told = tree.focused()
            assert told["name"].strip() and told["role"] not in ("generic", "none"), (stop, told)
            assert stop["outline"] >= 2 and stop["onScreen"], stop
            walk.append(stop["name"])
            ran.keyboard.press("Tab")
        scrollers = [name for name in walk if name.startswith(("div", "pre"))]
        stops = ran.evaluate(_STOPS, k)
        assert [name for name in walk if name not in scrollers] == stops, walk
        assert state(ran)["cells"] == before["cells"]


@with_()
def test_keys_step_and_leave_the_notebook_alone(ran: object, notebook: Path) -> None:
    for k, _ in enumerate(kinds_of(notebook)):
        form = form_of(ran, k)
        for name in dict.fromkeys(form.locator(".bp-chip input").evaluate_all(_NAMES)):
            group = form.locator(f".bp-chip input[name={name}]")
            last = group.count() - 1
            group.first.locator("..").click()
            before = state(ran)
            for key, i in (
                ("ArrowRight", 1), ("ArrowDown", min(2, last)), ("ArrowLeft", min(2, last) - 1),
                ("ArrowUp", max(0, min(2, last) - 2)), ("End", last), ("ArrowRight", last),
                ("Home", 0), ("ArrowLeft", 0),
            ):  # fmt: skip
                ran.keyboard.press(key)
                assert group.nth(i).is_checked(), (key, i)
                assert group.nth(i).evaluate("e => e == document.activeElement"), key
            # Each of these would cut, copy, add, merge or delete a cell.
            for key in ("a", "b", "x", "c", "v", "d", "d", "m", "y", "z", "Shift+M", "Enter"):
                ran.keyboard.press(key)
            assert group.first.is_checked()
            assert state(ran) == before


_NAMES = "all => all.map(e => e.name)"


@with_(*DECKS)
def test_enter_and_space_open_and_close_an_answer(ran: object, notebook: Path) -> None:
    for k, _, _ in decks_of(notebook):
        ask(ran, "go", k, 2)
        ask(ran, "go", k, 1)
        form_of(ran, k).locator(".bp-frame summary:visible").focus()
        before = state(ran)
        for key, is_open in (("Enter", True), ("Space", False), ("Space", True)):
            ran.keyboard.press(key)
            assert ask(ran, "hiding", k)["open"] is is_open, key
        assert state(ran) == before


@with_("Stepper")
def test_enter_and_space_work_play_and_the_fold(ran: object, notebook: Path) -> None:
    k = kinds_of(notebook).index("Stepper")
    form = form_of(ran, k)
    play = form.locator("button[name=play]")
    play.focus()
    before = state(ran)
    for key, text in (("Enter", "Stop"), ("Space", "Play"), ("Space", "Stop"), ("Enter", "Play")):
        ran.keyboard.press(key)
        assert play.inner_text() == text
    fold = form.locator(".bp-fold")
    fold.evaluate("e => { e.open = false; }")
    fold.locator("> summary").focus()
    ran.keyboard.press("Enter")
    assert form.locator("select[name=array]").is_visible()
    ran.keyboard.press("Space")
    assert not form.locator("select[name=array]").is_visible()
    assert state(ran) == before


@with_()
def test_a_screen_reader_is_told_what_is_seen(ran: object, notebook: Path) -> None:
    tree = Tree(ran)
    for k, kind in enumerate(kinds_of(notebook)):
        unfold(ran, k)
        for i in (0, 1):
            ask(ran, "go", k, i)
            told = tree.under(_FORM % k)
            seen = ask(ran, "shown", k)
            radios = [node for node in told if node["role"] == "radio"]
            assert [node["name"] for node in radios] == ask(ran, "labels", k)
            checked = [node["name"] for node in radios if node["checked"] == "true"]
            assert checked == seen["chosen"]
            # What folds is a group too, and its summary says what is in it.
            groups = [n["name"] for n in told if n["role"] in ("group", "radiogroup") and n["name"]]
            assert set(_LEGENDS[kind]) <= set(groups)
            assert seen["said"] in groups
            assert sum(name.startswith(("Step ", "Weight ")) for name in groups) == (
                kind in (*DECKS, "Graph")
            )
            pictures = [node["name"] for node in told if node["role"] in ("image", "img")]
            assert pictures == [alt for _, alt in seen["pictures"]]
            assert len(pictures) == pictures_of(kind) and all(len(alt) > 20 for alt in pictures)
            unfold(ran, k)
            told = tree.under(_FORM % k)
            read = [node["name"] for node in told if node["role"] in ("math", "MathMLMath")]
            assert read == seen["equations"] and all(read)
            if kind in DECKS:
                assert len(read) >= 3 and any("equals" in words for words in read)


_LEGENDS = {
    "Stepper": ["step"],
    "Paths": ["weight"],
    "Nudge": ["nudge", "by"],
    "Shapes": ["bias has shape"],
    "StepSize": ["h"],
    "Graph": ["node"],
    "Depth": ["activation", "start"],
    "Drill": ["question"],
}
# The k-th form of those on show, as an expression.
_FORM = "[...document.querySelectorAll('.bp-live')].filter(e => e.checkVisibility())[%d]"


@with_("Stepper", "Paths", "StepSize")
def test_a_step_is_said_aloud(ran: object, notebook: Path) -> None:
    for k, kind in enumerate(kinds_of(notebook)):
        if kind in ("Nudge", "Shapes", "Drill"):
            continue
        ask(ran, "go", k, 0)
        spoken = form_of(ran, k).locator("xpath=following-sibling::output")
        assert spoken.evaluate("e => getComputedStyle(e).display != 'none' && !e.ariaHidden")
        assert spoken.evaluate("e => e.matches('output, [role=status], [aria-live=polite]')")
        for by, i in ((1, 1), (1, 2), (-1, 1)):
            form_of(ran, k).locator(f'[data-by="{by}"]').click()
            ask(ran, "drawn", k, i)
            said = ask(ran, "shown", k)["said"]
            assert spoken.inner_text() == said
            if kind in DECKS:
                assert re.match(rf"(Step|Weight) {i + 1} of \d+: \w", said)


@with_()
def test_a_living_widget_has_no_barriers(ran: object, notebook: Path) -> None:
    for dark in (True, False):
        set_theme(ran, dark)
        for k, _ in enumerate(kinds_of(notebook)):
            ask(ran, "go", k, int(dark))
            unfold(ran, k)
        assert violations(ran) == []


@contextmanager
def enlarged(page: object, width: int, zoom: float) -> Iterator[None]:
    """A window of this width, and what the browser makes of it at this zoom."""
    client, size = page.context.new_cdp_session(page), page.viewport_size
    view = {"width": round(width / zoom), "height": round(900 / zoom), "deviceScaleFactor": zoom}
    client.send("Emulation.setDeviceMetricsOverride", {**view, "mobile": False})
    page.wait_for_timeout(200)
    try:
        yield
    finally:
        client.send("Emulation.clearDeviceMetricsOverride")
        page.set_viewport_size(size)


ZOOMS = ((800, 1), (1440, 2))


@pytest.mark.parametrize(("width", "zoom"), ZOOMS)
@with_()
def test_nothing_is_cut_off_without_a_sign(
    ran: object, notebook: Path, width: int, zoom: float
) -> None:
    """What does not fit its box may only stand in one that scrolls, and that Tab can reach."""
    with enlarged(ran, width, zoom):
        found = [
            f"widget {k + 1}, frame {i + 1}: {what}{', which scrolls' * scrolls}"
            for k, _ in enumerate(kinds_of(notebook))
            for what, (i, scrolls, is_reached) in ask(ran, "cut", k).items()
            if not (scrolls and is_reached)
        ]
    assert not found, "\n".join(found)


@with_()
def test_forced_colours_tell_what_is_chosen(ran: object, notebook: Path) -> None:
    ran.emulate_media(forced_colors="active")
    try:
        for k, _ in enumerate(kinds_of(notebook)):
            ask(ran, "go", k, 0)
            chips = form_of(ran, k).locator(".bp-chip").evaluate_all(_LOOKS_OF_CHIPS)
            chosen, others = ({c[0] for c in chips if c[1] is on} for on in (True, False))
            assert chosen and others and not chosen & others
        for k, _, _ in decks_of(notebook):
            for step in ask(ran, "walk", k, True):
                assert min(step["contrasts"].values()) >= 3, step["contrasts"]
                assert not faint_lines([step])
        for k, _ in explorers_of(notebook):
            found = ask(ran, "looks", k)
            assert min(found["least"].values()) >= 3 and not faint_lines([found])
    finally:
        ran.emulate_media(forced_colors="none")


_LOOKS_OF_CHIPS = """all => all.map(e => {
  const {backgroundColor, color} = getComputedStyle(e);
  return [`${color} on ${backgroundColor}`, e.querySelector('input').checked];
})"""


@with_()
def test_nothing_moves_by_itself_where_motion_is_not_wanted(ran: object) -> None:
    ran.emulate_media(reduced_motion="reduce")
    try:
        moving = """() => [...document.querySelectorAll('.bp-live, .bp-live *')]
          .map(e => getComputedStyle(e)).filter(s => parseFloat(s.transitionDuration) > 0
            || s.animationName != 'none' || s.scrollBehavior == 'smooth').length"""
        assert ran.evaluate(moving) == 0
    finally:
        ran.emulate_media(reduced_motion="no-preference")


# The next day


@pytest.fixture(scope="module")
def lived(ran: object, notebook: Path) -> list[list[dict]]:
    """What every frame showed before the notebook was saved and its kernel ended."""
    shown = tours(ran, kinds_of(notebook))
    save(ran)
    ran.evaluate("() => bp.kernel().shutdown()")
    ran.close()
    return shown


@pytest.fixture(scope="module")
def reopened(lab: Lab, lived: list, notebook: Path) -> Iterator[object]:
    """The page of a notebook that was run and saved yesterday, and has not been run today."""
    page = lab.open(notebook.name)
    page.wait_for_function("() => !document.body.innerText.includes('Loading widget')")
    yield page
    lab.leave(page)


@with_()
def test_it_is_the_stored_page_that_is_seen(reopened: object, notebook: Path) -> None:
    assert ask(reopened, "kinds") == ["still"] * len(kinds_of(notebook))


@with_()
def test_nothing_complains_about_a_lost_widget(reopened: object) -> None:
    # In our own cells: the progress bar of the training is a widget of tqdm's, and is lost.
    seen = reopened.evaluate(
        """() => [...document.querySelectorAll('.jp-OutputArea:has(.bp-still)')]
        .map(e => e.innerText).join()"""
    )
    assert [words for words in GONE if words in seen] == []


@with_()
def test_it_shows_what_the_living_one_showed(reopened: object, lived: list, notebook: Path) -> None:
    for k, shown in enumerate(lived):
        left = ask(reopened, "tour", k)
        is_whole = "are not stored here" not in form_of(reopened, k).inner_text()
        assert len(left) == len(shown) if is_whole else 1 < len(left) < len(shown)
        assert left == shown[: len(left)]


@with_()
def test_the_mouse_steps(reopened: object, notebook: Path) -> None:
    assert_the_mouse_steps(reopened, notebook)


def assert_the_mouse_steps(page: object, notebook: Path) -> None:
    """Each button leads to its frame, whose number is hidden until it is asked for."""
    for k, kind in enumerate(kinds_of(notebook)):
        for i, label in enumerate(ask(page, "labels", k)):
            press(page, k, ".bp-chip", i)
            assert label in ask(page, "chosen", k)
            assert ask(page, "place", k) == i or kind in GRIDS
            if kind in DECKS:
                hidden = ask(page, "hiding", k)
                assert not hidden["open"] and hidden["shown"] == hidden["answers"] == 0
                press(page, k, ".bp-frame summary")
                hidden = ask(page, "hiding", k)
                assert hidden["open"] and hidden["answers"] == 2
                assert hidden["shown"] == hidden["numbers"] and hidden["asked"] == 0


@with_()
def test_the_arrow_keys_step_where_jupyterlab_lets_them(
    reopened: object, notebook: Path, record_property: object
) -> None:
    """JupyterLab takes the keys for its cells; whatever it does, the notebook stays as it is."""
    chip = form_of(reopened, 0).locator(".bp-chip input").first
    chip.focus()
    reopened.keyboard.press("ArrowRight")
    record_property("steps by keys", ask(reopened, "place", 0))


@pytest.mark.parametrize("app", [LAB, NOTEBOOK], ids=["lab", "notebook"])
@with_(among=("02",))
def test_nothing_waits_for_a_kernel_that_never_comes(
    lab: Lab, lived: list, notebook: Path, app: str
) -> None:
    page = lab.open(notebook.name, app, kernel=False)
    page.wait_for_timeout(3000)
    seen = page.evaluate("() => document.querySelector('.jp-Notebook').innerText")
    assert [words for words in GONE if words in seen] == []
    assert tours(page, kinds_of(notebook)) == lived
    page.evaluate(_CLOSE_DIALOGS)
    assert_the_mouse_steps(page, notebook)
    page.close()


# Again and again one says that there is no server for kernels: as a reader would.
_CLOSE_DIALOGS = """() => {
  const close = () => document.querySelector('.jp-Dialog button')?.click();
  new MutationObserver(close).observe(document.body, {childList: true});
  close();
}"""


@pytest.mark.parametrize(
    "notebook",
    [path for path in committed_notebooks() if path.name[:2] in ("01", "02")],
    indirect=True,
    ids=lambda path: path.stem,
)
def test_in_notebook_it_steps_too_when_it_is_opened_again(
    lab: Lab, lived: list, notebook: Path
) -> None:
    page, kinds = lab.open(notebook.name, NOTEBOOK), kinds_of(notebook)
    page.wait_for_function(
        "n => window.bp.kinds().filter(kind => kind == 'still').length == n",
        arg=len(kinds),
        timeout=SOON,
    )
    seen = page.evaluate("() => document.body.innerText")
    assert [words for words in GONE if words in seen] == []
    assert tours(page, kinds) == lived
    assert_the_mouse_steps(page, notebook)
    page.close()
