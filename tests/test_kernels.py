"""What may happen to a notebook that is alive: a kernel that is busy, slow, gone or started anew.

And another notebook beside it, or one widget in several places.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browsing import (
    SOON,
    ask,
    assert_there_and_back,
    choose,
    form_of,
    save,
    tours,
)
from lab import LAB, NOTEBOOK, Lab

_CLICKS = 300


@pytest.fixture(scope="module")
def written(lab: Lab, request: pytest.FixtureRequest) -> Iterator[object]:
    """A new page with a notebook of the cells that the test names, and how many these are."""
    lab.write("scratch.ipynb", *request.param)
    page = lab.open("scratch.ipynb")
    page.complaints = []
    page.on("pageerror", lambda problem: page.complaints.append(str(problem)))
    yield page, len(request.param)
    page.close()


@pytest.fixture
def page(written: tuple[object, int]) -> Iterator[object]:
    """That page, with all of its cells run."""
    page, cells = written
    run(page, cells)
    yield page
    assert page.complaints == []


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
CHAIN = "Stepper(*examples.chain(), notation='chain')"
one = pytest.mark.parametrize("written", [(SHOWN, "import time")], indirect=True)


@contextmanager
def silent(page: object) -> Iterator[None]:
    """While this lasts the kernel answers nothing, as one that is busy or far away.

    A cell that sleeps would not do: JupyterLab may let widgets talk beside it.
    """
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("no signal stops a process on Windows")
    pid = process_of(page)
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


@pytest.mark.parametrize("written", [(SHOWN, "steppers[0]")], indirect=True)
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


@pytest.mark.parametrize("written", [(MADE, OTHERS)], indirect=True)
def test_what_else_a_cell_shows_stays_in_sight(page: object) -> None:
    assert ask(page, "kinds") == ["live", "live"]
    cell = page.locator(".jp-CodeCell").nth(1)
    assert cell.locator(".widget-slider").is_visible()
    assert cell.get_by_text("mine too", exact=True).last.is_visible()


@pytest.mark.parametrize("written", [(MADE, OTHERS, "steppers[0].close()")], indirect=True)
def test_one_that_is_closed_leaves_its_stored_page_beside_one_that_lives(page: object) -> None:
    page.wait_for_timeout(500)
    assert ask(page, "kinds") == ["live", "still"]


@pytest.mark.parametrize("written", [(SHOWN + "\n", "steppers[0]")], indirect=True)
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


def test_two_notebooks_at_once_do_not_touch_each_other(lab: Lab) -> None:
    """One lives and one is only stored, side by side; both have steppers with the same names."""
    dead, alive, cells = "dead.ipynb", "alive.ipynb", (SHOWN, CHAIN)
    for name in (dead, alive):
        lab.write(name, *cells)
    page = lab.open(dead)
    run(page, len(cells))
    save(page)
    page.close()
    lab.restart()
    page = lab.open(dead)
    page.evaluate(
        """name => jupyterapp.commands.execute('docmanager:open',
          {path: name, factory: 'Notebook', options: {mode: 'split-right'}})""",
        alive,
    )
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    page.wait_for_timeout(1000)
    choose(page, "Run", "Run All Cells")
    kinds = [kind for kind in ("still", "live") for _ in cells]
    page.wait_for_function(
        "kinds => window.bp.kinds().join() == kinds.join()", arg=kinds, timeout=SOON
    )
    counts = [len(ask(page, "labels", k)) for k, _ in enumerate(kinds)]
    places = [0 for _ in kinds]
    rng = random.Random(1)
    for _ in range(20):
        k = rng.randrange(len(kinds))
        places[k] = rng.randrange(counts[k])
        form_of(page, k).locator(".bp-chip").nth(places[k]).click()
        assert [ask(page, "place", i) for i, _ in enumerate(kinds)] == places
    for k, _ in enumerate(kinds):
        was = [ask(page, "hiding", i)["open"] for i, _ in enumerate(kinds)]
        form_of(page, k).locator(".bp-frame summary:visible").click()
        now = [ask(page, "hiding", i)["open"] for i, _ in enumerate(kinds)]
        assert [i for i, *pair in zip(range(len(kinds)), was, now) if pair[0] != pair[1]] == [k]
    page.close()


# Of kernels that fail a reader, one widget of each kind

CELLS = (
    "from bp_helpers import Drill, Stepper, examples, explorers",
    "Stepper(*examples.small_network())",
    "explorers.Nudge()",
    "Drill('05', seed=5)",
)
KINDS = ["Stepper", "Nudge", "Drill"]
ROUND_TRIP = 2  # seconds
AT_ONCE = 1000 * ROUND_TRIP  # milliseconds: before any answer of the kernel
LONG = 60_000


# Kernels


def opened(lab: Lab, **how: object) -> object:
    """A page with one widget of each kind, run, and what it has complained of."""
    lab.write("kernels.ipynb", *CELLS)
    page = lab.open("kernels.ipynb", **how)
    page.complaints = []
    page.on("pageerror", lambda problem: page.complaints.append(str(problem)))
    ask(page, "watchRuns")
    choose(page, "Run", "Run All Cells")
    page.wait_for_function("n => window.bp.hasRun(n)", arg=len(CELLS), timeout=LONG)
    alive = "kinds => window.bp.kinds().join() == kinds.join()"
    page.wait_for_function(alive, arg=["live"] * len(KINDS), timeout=LONG)
    assert ask(page, "failed") == []
    return page


@pytest.fixture(scope="module", params=[LAB, NOTEBOOK], ids=["lab", "notebook"])
def orphaned(lab: Lab, request: pytest.FixtureRequest) -> Iterator[object]:
    """A page whose kernel has been killed while its widgets were alive, and what they showed."""
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("nothing kills a process in this way on Windows")
    page = opened(lab, app=request.param)
    page.before = tours(page, KINDS), words(page)
    os.kill(process_of(page), signal.SIGKILL)
    page.locator(".jp-Dialog .jp-mod-accept").click(timeout=SOON)  # which says that it has died
    yield page
    page.close()


def process_of(page: object) -> int:
    """The number of the kernel's process."""
    return int(asked(page, "__import__('os').getpid()"))


def words(page: object) -> list[str]:
    """All that can be read in each widget."""
    return [form_of(page, k).inner_text() for k, _ in enumerate(KINDS)]


def ask_the_kernel(page: object, k: int) -> None:
    """Use a control of a widget that does nothing by itself."""
    form = form_of(page, k)
    if KINDS[k] == "Stepper":
        form.get_by_label("forward pass too").click()
    elif KINDS[k] == "Nudge":
        form.locator("input[type=range]").first.focus()
        page.keyboard.press("End")
    else:
        form.get_by_label("your answer").fill("1")
        page.keyboard.press("Enter")


def test_a_dead_kernel_is_not_missed_by_what_steps(orphaned: object) -> None:
    assert ask(orphaned, "kinds") == ["live"] * len(KINDS)
    assert (tours(orphaned, KINDS), words(orphaned)) == orphaned.before
    assert_there_and_back(orphaned, KINDS)
    assert orphaned.complaints == []


def test_a_control_that_needs_a_dead_kernel_says_so(orphaned: object) -> None:
    shown, _ = orphaned.before
    for k, kind in enumerate(KINDS):
        waiting = form_of(orphaned, k).locator(".bp-waiting")
        assert not waiting.is_visible(), kind
        said = words(orphaned)[k]
        ask_the_kernel(orphaned, k)
        waiting.wait_for(timeout=SOON)
        assert waiting.inner_text().startswith("No answer from the kernel yet."), kind
        # Nothing else is said: no verdict, no cost, no frame that would need an answer.
        assert words(orphaned)[k].replace(waiting.inner_text(), "").split() == said.split()
        assert ask(orphaned, "tour", k) == shown[k], kind
    assert orphaned.complaints == []


@pytest.fixture(scope="module")
def far_away(lab: Lab) -> Iterator[object]:
    """A page whose kernel answers after two seconds."""
    page = opened(lab, round_trip=ROUND_TRIP)
    yield page
    page.close()


def test_a_slow_kernel_is_slow(far_away: object) -> None:
    """Which the other tests rely on."""
    asked = """async () => { const start = performance.now();
      await bp.kernel().requestKernelInfo(); return performance.now() - start; }"""
    assert far_away.evaluate(asked) >= 1000 * ROUND_TRIP


def test_every_click_shows_its_step_at_once_with_a_slow_kernel(far_away: object) -> None:
    for k, kind in enumerate(KINDS):
        clicks = far_away.evaluate(_CLICK_ALL, k)
        assert clicks and all(led and ms < AT_ONCE for led, ms in clicks), (kind, clicks)
    assert_there_and_back(far_away, KINDS)
    # What the kernel answers later moves nothing.
    there = [len(ask(far_away, "labels", k)) - 1 for k, _ in enumerate(KINDS)]
    for k, _ in enumerate(KINDS):
        form_of(far_away, k).locator(".bp-chip").nth(there[k]).click()
    was = [ask(far_away, "shown", k) for k, _ in enumerate(KINDS)]
    moves = far_away.evaluate(_MOVES, 1000 * (2 * ROUND_TRIP + 1))
    assert moves == 0
    assert [ask(far_away, "shown", k) for k, _ in enumerate(KINDS)] == was
    assert far_away.locator(".bp-waiting:visible").count() == 0
    assert far_away.complaints == []


# For each button of a widget: whether the next frame of the browser shows it, and how soon.
_CLICK_ALL = """async k => {
  const chips = [...document.querySelectorAll('.bp-live')][k].querySelectorAll('.bp-chip input');
  const clicks = [];
  for (const chip of [...chips].reverse()) {
    const was = bp.shown(k).said, stays = chip.checked, start = performance.now();
    chip.click();
    await new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
    const took = performance.now() - start, group = [...chips].filter(e => e.name == chip.name);
    const led = stays || bp.shown(k).said != was;
    clicks.push([led && group.filter(e => e.checked)[0] == chip, took]);
  }
  return clicks;
}"""
# How often another frame comes on show, in so many milliseconds.
_MOVES = """async pause => {
  const forms = [...document.querySelectorAll('.bp-live')].map((_, k) => k);
  const look = () => forms.map(bp.place).join(), last = performance.now() + pause;
  let moves = 0, was = look();
  while (performance.now() < last) {
    await new Promise(done => requestAnimationFrame(done));
    if (look() != was) { moves += 1; was = look(); }
  }
  return moves;
}"""


def test_a_step_chosen_while_a_slow_kernel_writes_other_frames_stays(far_away: object) -> None:
    n = len(ask(far_away, "labels", 0))
    ask_the_kernel(far_away, 0)
    form_of(far_away).locator(".bp-chip").nth(2).click()
    assert ask(far_away, "place", 0) == 2
    wanted = ask(far_away, "chosen", 0)
    far_away.wait_for_function("n => bp.labels(0).length > n", arg=n, timeout=SOON)
    far_away.wait_for_timeout(1000 * (ROUND_TRIP + 1))
    assert ask(far_away, "chosen", 0) == wanted
    ask_the_kernel(far_away, 0)  # which knows of it: there and back again
    far_away.wait_for_function("n => bp.labels(0).length == n", arg=n, timeout=SOON)
    assert ask(far_away, "chosen", 0) == wanted
    assert not form_of(far_away).locator(".bp-waiting").is_visible()
