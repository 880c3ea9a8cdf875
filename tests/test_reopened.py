"""What is left of a notebook that was run, saved and opened again: it steps without its kernel.

The notebooks are run in the application Notebook, since test_browser.py runs them in JupyterLab,
and are opened again in both.

And what may happen to a notebook that is alive: another one beside it, a kernel that is busy, gone
or started anew, one widget in several places.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from browsing import (
    DECKS,
    GRIDS,
    SOON,
    ask,
    assert_filmstrips,
    assert_there_and_back,
    choose,
    committed_notebooks,
    decks_of,
    form_of,
    kinds_of,
    run_all,
    with_,
)
from lab import Lab

_GONE = ("Error displaying widget", "model not found", "Loading widget")
_CLICKS = 300
NOTEBOOK = "notebooks"  # as the path of the application's pages begins


def tours(page: object, kinds: list[str]) -> list[list[dict]]:
    """What every frame of every widget of the page shows."""
    return [ask(page, "tour", k) for k in range(len(kinds))]


def save(page: object) -> None:
    """Save the notebook, and wait until it has been written."""
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")


class Lived(NamedTuple):
    """What a notebook was like before it was saved: what each widget showed, and what was wrong."""

    tours: list[list[dict]]
    unrun: str
    stepping: str
    seen: str


@pytest.fixture(scope="module")
def saved(lab: Lab) -> dict[str, Lived]:
    """Every notebook, run in the application Notebook and saved; the server is then a new one."""
    found = {}
    for notebook in committed_notebooks():
        kinds = kinds_of(notebook)
        page = lab.open(notebook.name, app=NOTEBOOK)
        unrun = complaint(assert_filmstrips, page, notebook)
        run_all(page, notebook)
        shown = tours(page, kinds)
        stepping = complaint(assert_there_and_back, page, kinds)
        seen = page.evaluate("() => document.body.innerText")
        found[notebook.name] = Lived(shown, unrun, stepping, seen)
        save(page)
        page.close()
    lab.restart()
    return found


def complaint(check: Callable[..., None], *given: object) -> str:
    """What a check has to say, for a test of its own to tell; nothing where all is well."""
    try:
        check(*given)
    except AssertionError as problem:
        return str(problem) or "it fails"
    return ""


def test_notebook_runs_all_cells_without_an_error(saved: dict, notebook: Path) -> None:
    assert [words for words in _GONE if words in saved[notebook.name].seen] == []


@with_()
def test_notebook_shows_every_frame_of_what_has_not_been_run(saved: dict, notebook: Path) -> None:
    assert saved[notebook.name].unrun == ""


@with_()
def test_notebook_steps_to_the_end_by_mouse_and_back_by_key(saved: dict, notebook: Path) -> None:
    assert saved[notebook.name].stepping == ""


@pytest.fixture(scope="module")
def reopened(lab: Lab, saved: dict, notebook: Path) -> Iterator[object]:
    """The page of a notebook that was run and saved yesterday, and has not been run today."""
    page = lab.open(notebook.name)
    page.wait_for_function("() => !document.body.innerText.includes('Loading widget')")
    yield page
    page.close()


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
    assert [words for words in _GONE if words in seen] == []


@with_()
def test_it_shows_what_the_living_one_showed(reopened: object, saved: dict, notebook: Path) -> None:
    for k, lived in enumerate(saved[notebook.name].tours):
        left = ask(reopened, "tour", k)
        is_whole = "are not stored here" not in form_of(reopened, k).inner_text()
        assert len(left) == len(lived) if is_whole else 1 < len(left) < len(lived)
        assert left == lived[: len(left)]


@with_()
def test_the_mouse_steps(reopened: object, notebook: Path) -> None:
    assert_the_mouse_steps(reopened, notebook)


def assert_the_mouse_steps(page: object, notebook: Path) -> None:
    """Each button leads to its frame, whose number is hidden until it is asked for."""
    for k, kind in enumerate(kinds_of(notebook)):
        for i, label in enumerate(ask(page, "labels", k)):
            form_of(page, k).locator(".bp-chip").nth(i).click()
            assert label in ask(page, "chosen", k)
            assert ask(page, "place", k) == i or kind in GRIDS
            summary = form_of(page, k).locator(".bp-frame summary:visible")
            if kind in DECKS:
                hidden = ask(page, "hiding", k)
                assert not hidden["open"] and hidden["shown"] == hidden["answers"] == 0
                summary.click()
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


@pytest.mark.parametrize("app", ["lab/tree", NOTEBOOK], ids=["lab", "notebook"])
@with_("Paths")
def test_nothing_waits_for_a_kernel_that_never_comes(
    lab: Lab, saved: dict, notebook: Path, app: str
) -> None:
    page = lab.open(notebook.name, app, kernel=False)
    page.wait_for_timeout(3000)
    seen = page.evaluate("() => document.querySelector('.jp-Notebook').innerText")
    assert [words for words in _GONE if words in seen] == []
    assert tours(page, kinds_of(notebook)) == saved[notebook.name].tours
    told = page.locator(".jp-Dialog button").first
    # Again and again, that there is no server for kernels.
    page.add_locator_handler(told, told.click, no_wait_after=True)
    assert_the_mouse_steps(page, notebook)
    page.close()


@pytest.fixture
def page(lab: Lab, request: pytest.FixtureRequest) -> Iterator[object]:
    """A new page with a notebook of the cells that the test names, run."""
    lab.write("scratch.ipynb", *request.param)
    page = lab.open("scratch.ipynb")
    page.complaints = []
    page.on("pageerror", lambda problem: page.complaints.append(str(problem)))
    run(page, len(request.param))
    yield page
    assert page.complaints == []
    page.close()


def run(page: object, cells: int) -> None:
    """Run all cells of a notebook that has only widgets in it, and show the first step."""
    ask(page, "watchRuns")
    choose(page, "Run", "Run All Cells")
    page.wait_for_function("n => window.bp.hasRun(n)", arg=cells, timeout=SOON)


def asked(page: object, expression: str) -> str:
    """What the kernel says that a Python expression is."""
    return page.evaluate(
        """it => bp.kernel().requestExecute({code: '', user_expressions: {it}, silent: true})
          .done.then(reply => reply.content.user_expressions.it.data['text/plain'])""",
        expression,
    )


def positions(page: object) -> list[int]:
    """Where the kernel says that each stepper stands that it has shown."""
    return json.loads(asked(page, "[stepper.position for stepper in steppers]"))


MADE = "from bp_helpers import Stepper, examples\nsteppers = [Stepper(*examples.small_network())]\n"
SHOWN = MADE + "steppers[0]"
one = pytest.mark.parametrize("page", [(SHOWN, "import time")], indirect=True)


@contextmanager
def silent(page: object) -> Iterator[None]:
    """While this lasts the kernel answers nothing, as one that is busy or far away.

    A cell that sleeps would not do: JupyterLab may let widgets talk beside it.
    """
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("no signal stops a process on Windows")
    pid = int(asked(page, "__import__('os').getpid()"))
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@one
def test_a_busy_kernel_is_waited_for_and_stepping_goes_on(page: object) -> None:
    waiting = form_of(page).locator(".bp-waiting")
    before = ask(page, "tour", 0)
    ask(page, "quiet", 0)
    with silent(page):
        ask(page, "go", 0, 3)
        page.wait_for_timeout(2500)
        assert not waiting.is_visible()  # stepping needs no answer
        form_of(page).get_by_label("forward pass too").click()
        page.wait_for_timeout(1000)
        assert not waiting.is_visible()  # nor is there anything to say yet
        waiting.wait_for(timeout=3000)
        assert ask(page, "tour", 0) == before  # stepping goes on, through the old frames
    waiting.wait_for(state="hidden", timeout=SOON)
    page.wait_for_function("n => window.bp.labels(0).length > n", arg=len(before), timeout=SOON)
    assert ask(page, "tour", 0)[-len(before) :] != before  # they count the steps in front
    form_of(page).get_by_label("forward pass too").click()
    ask(page, "quiet", 0)
    assert ask(page, "tour", 0) == before


@one
def test_clicks_while_the_kernel_is_busy_are_neither_lost_nor_mixed_up(page: object) -> None:
    before = ask(page, "tour", 0)
    ask(page, "quiet", 0)
    chosen = random.Random(0)
    path = [chosen.randrange(len(before)) for _ in range(_CLICKS)]
    with silent(page):
        for step in path:
            page.evaluate(_CLICK, step)
            assert ask(page, "place", 0) == step
    ask(page, "quiet", 0)
    assert ask(page, "place", 0) == path[-1]
    assert positions(page) == [path[-1]]
    assert ask(page, "tour", 0) == before


_CLICK = "i => document.querySelectorAll('.bp-live .bp-chip input')[i].click()"


@one
def test_the_kernel_knows_the_step_on_show(page: object) -> None:
    for step in (3, 0, 6, 5):
        ask(page, "go", 0, step)
        ask(page, "quiet", 0)
        assert positions(page) == [step]


@one
def test_the_kernel_can_move_the_page(page: object) -> None:
    change = """() => bp.kernel().requestExecute(
      {code: 'from bp_helpers.steps.step import Quantity; s = steppers[0]; '
        + 's.change(Quantity("b", 2), s.net.b[2] + 1)'}).done.then(r => r.content.status)"""
    before = ask(page, "tour", 0)
    ask(page, "go", 0, 4)
    chip = form_of(page).locator(".bp-chip input").nth(4)
    chip.focus()
    assert page.evaluate(change) == "ok"
    ask(page, "quiet", 0)
    assert chip.evaluate("e => e == document.activeElement")  # the new one in its place
    assert ask(page, "place", 0) == 4 and positions(page) == [4]
    assert ask(page, "shown", 0)["words"] != before[4]["words"]


@one
def test_a_kernel_that_is_started_anew_leaves_a_page_that_steps(page: object) -> None:
    before = ask(page, "tour", 0)
    choose(page, "Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    page.wait_for_timeout(500)
    assert len(ask(page, "kinds")) == 1
    assert ask(page, "tour", 0) == before
    run(page, 2)
    ask(page, "quiet", 0)
    assert ask(page, "kinds") == ["live"]
    assert ask(page, "tour", 0) == before


@one
def test_a_page_that_is_loaded_again_finds_its_widget_where_it_stood(
    page: object, lab: Lab
) -> None:
    ask(page, "go", 0, 4)
    ask(page, "quiet", 0)
    save(page)
    again = lab.open("scratch.ipynb")
    again.wait_for_function("() => window.bp.kinds().join() == 'live'", timeout=SOON)
    assert ask(again, "place", 0) == 4
    again.close()


@pytest.mark.parametrize("page", [(SHOWN, "steppers[0]")], indirect=True)
def test_several_views_of_one_stepper_agree(page: object) -> None:
    page.locator(".jp-OutputArea-output:has(.bp-live)").first.click(button="right")
    page.click('.lm-Menu-itemLabel:text-is("Create New View for Cell Output")')
    page.wait_for_function("() => window.bp.kinds().length == 3", timeout=SOON)
    page.wait_for_timeout(500)
    assert ask(page, "kinds") == ["live"] * 3
    for k, step in ((0, 3), (1, 5), (2, 0), (0, 6), (2, 2)):
        form_of(page, k).locator(".bp-chip").nth(step).click()
        for other in range(3):
            ask(page, "drawn", other, step)
        ask(page, "quiet", k)
        assert positions(page) == [step]
    # An answer is each view's own, and closes in all of them when the step is left.
    form_of(page, 1).locator(".bp-frame summary:visible").click()
    assert [ask(page, "hiding", k)["open"] for k in range(3)] == [False, True, False]
    form_of(page, 0).locator('[data-by="1"]').click()
    form_of(page, 0).locator('[data-by="-1"]').click()
    ask(page, "drawn", 1, 2)
    assert not ask(page, "hiding", 1)["open"]


OTHERS = """import ipywidgets
from IPython.display import display
display(ipywidgets.IntSlider(description="mine"))
print("mine too")
display(Stepper(*examples.chain(), notation="chain"))
steppers[0]"""


@pytest.mark.parametrize("page", [(MADE, OTHERS)], indirect=True)
def test_what_else_a_cell_shows_stays_in_sight(page: object) -> None:
    assert ask(page, "kinds") == ["live", "live"]
    cell = page.locator(".jp-CodeCell").nth(1)
    assert cell.locator(".widget-slider").is_visible()
    assert cell.get_by_text("mine too", exact=True).last.is_visible()


@pytest.mark.parametrize("page", [(MADE, OTHERS, "steppers[0].close()")], indirect=True)
def test_one_that_is_closed_leaves_its_stored_page_beside_one_that_lives(page: object) -> None:
    page.wait_for_timeout(500)
    assert ask(page, "kinds") == ["live", "still"]


@pytest.mark.parametrize("page", [(SHOWN + "\n", "steppers[0]")], indirect=True)
def test_play_goes_on_by_itself_and_stops(page: object) -> None:
    play = form_of(page).locator("button[name=play]")
    assert play.inner_text() == "Play"
    play.click()
    assert play.inner_text() == "Stop"
    told = []
    for _ in range(4):  # a pause is 2.5 seconds
        page.wait_for_timeout(2500)
        told.append((ask(page, "place", 0), ask(page, "hiding", 0)["open"]))
    assert told in (
        [(0, True), (1, False), (1, True), (2, False)],
        [(1, False), (1, True), (2, False), (2, True)],
    )
    play.click()
    assert play.inner_text() == "Play"
    was = ask(page, "place", 0), ask(page, "hiding", 0)["open"]
    page.wait_for_timeout(3000)
    assert (ask(page, "place", 0), ask(page, "hiding", 0)["open"]) == was
    n = len(ask(page, "labels", 0))
    ask(page, "go", 0, n - 2)
    form_of(page).locator(".bp-frame summary:visible").click()
    play.click()  # the answer is open: it goes on at once
    ask(page, "drawn", 0, n - 1)
    page.wait_for_timeout(6000)
    assert ask(page, "place", 0) == n - 1 and play.inner_text() == "Play"
    assert ask(page, "hiding", 0)["open"]


def test_two_notebooks_at_once_do_not_touch_each_other(lab: Lab, saved: dict) -> None:
    """One lives and one is only stored, side by side; both have steppers with the same names."""
    dead, alive = "00_start_here.ipynb", "05_layer_deltas.ipynb"
    page = lab.open(dead)
    page.evaluate(
        """name => jupyterapp.commands.execute('docmanager:open',
          {path: name, factory: 'Notebook', options: {mode: 'split-right'}})""",
        alive,
    )
    stored, living = (len(kinds_of(lab.notebooks / name)) for name in (dead, alive))
    n, both = stored + living, ["still"] * stored + ["live"] * living
    page.wait_for_function("n => window.bp.kinds().length == n", arg=n, timeout=SOON)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    page.wait_for_timeout(1000)
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(
        "kinds => window.bp.kinds().join() == kinds.join()", arg=both, timeout=SOON
    )
    counts = [len(ask(page, "labels", k)) for k in range(n)]
    places = [0] * n
    rng = random.Random(1)
    for _ in range(20):
        k = rng.randrange(n)
        places[k] = rng.randrange(counts[k])
        form_of(page, k).locator(".bp-chip").nth(places[k]).click()
        assert [ask(page, "place", i) for i in range(n)] == places
    steppers = [k for k, *_ in decks_of(lab.notebooks / dead)]
    steppers += [stored + k for k, *_ in decks_of(lab.notebooks / alive)]
    for k in steppers:
        was = [ask(page, "hiding", i)["open"] for i in steppers]
        form_of(page, k).locator(".bp-frame summary:visible").click()
        now = [ask(page, "hiding", i)["open"] for i in steppers]
        assert [i for i, *pair in zip(steppers, was, now) if pair[0] != pair[1]] == [k]
    page.close()


@pytest.mark.parametrize(
    "notebook",
    [path for path in committed_notebooks() if path.name[:2] in ("01", "03")],
    indirect=True,
    ids=lambda path: path.stem,
)
def test_in_notebook_it_steps_too_when_it_is_opened_again(
    lab: Lab, saved: dict, notebook: Path
) -> None:
    page, kinds = lab.open(notebook.name, NOTEBOOK), kinds_of(notebook)
    page.wait_for_function(
        "n => window.bp.kinds().filter(kind => kind == 'still').length == n",
        arg=len(kinds),
        timeout=SOON,
    )
    seen = page.evaluate("() => document.body.innerText")
    assert [words for words in _GONE if words in seen] == []
    assert tours(page, kinds) == saved[notebook.name].tours
    assert_the_mouse_steps(page, notebook)
    page.close()
