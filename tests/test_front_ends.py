"""Where the series runs, steps and can be read: the README's table, and kernels that fail a reader.

The application Notebook is in test_reopened.py, exports and code hosts are in test_exported.py.
"""

from __future__ import annotations

import ast
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from browsing import SOON, ask, assert_there_and_back, choose, form_of
from lab import Lab

TESTS = Path(__file__).parent
README = TESTS.parent / "README.md"
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


@pytest.fixture(scope="module", params=["lab/tree", "notebooks"], ids=["lab", "notebook"])
def orphaned(lab: Lab, request: pytest.FixtureRequest) -> Iterator[object]:
    """A page whose kernel has been killed while its widgets were alive, and what they showed."""
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("nothing kills a process in this way on Windows")
    page = opened(lab, app=request.param)
    page.before = tours(page), words(page)
    os.kill(process_of(page), signal.SIGKILL)
    page.locator(".jp-Dialog .jp-mod-accept").click(timeout=SOON)  # which says that it has died
    yield page
    page.close()


def process_of(page: object) -> int:
    """The number of the kernel's process."""
    return page.evaluate(
        """() => bp.kernel().requestExecute({code: '', silent: true,
          user_expressions: {it: "__import__('os').getpid()"}}).done
          .then(reply => Number(reply.content.user_expressions.it.data['text/plain']))"""
    )


def tours(page: object) -> list[list[dict]]:
    """What every frame of every widget shows."""
    return [ask(page, "tour", k) for k, _ in enumerate(KINDS)]


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
    assert (tours(orphaned), words(orphaned)) == orphaned.before
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


# The table of the README


class Cell(NamedTuple):
    """What the table says in a cell, and the tests that prove it."""

    says: str
    tests: tuple[str, ...] = ()


def yes(says: str, *tests: str) -> Cell:
    """A cell that is proved by tests, as `file::name`, without the `test_` of either."""
    return Cell(says, tests)


UNTESTED, NO_KERNEL = Cell("not tested"), Cell("—")
COLUMNS = ("", "runs", "steps", "reads without running")
STEPS_STORED = (
    "exported::it_steps_by_mouse",
    "exported::it_steps_by_keys",
    "exported::a_page_of_its_own_shows_one_frame_of_each_widget",
)
EVERY_STEP = "every step, one below the other"
# Of each front end: whether it runs, steps, and can be read without running.
FRONT_ENDS = {
    "JupyterLab 4": (
        yes("yes", "browser::run_all_cells_leaves_no_error"),
        yes(
            "by mouse and key",
            "browser::the_mouse_leads_to_the_end_and_keys_lead_back",
            "access::keys_step_and_leave_the_notebook_alone",
        ),
        yes(
            "steps by mouse",
            "reopened::it_is_the_stored_page_that_is_seen",
            "reopened::it_shows_what_the_living_one_showed",
            "reopened::the_mouse_steps",
        ),
    ),
    "Notebook 7": (
        yes("yes", "reopened::notebook_runs_all_cells_without_an_error"),
        yes("by mouse and key", "reopened::notebook_steps_to_the_end_by_mouse_and_back_by_key"),
        yes("steps by mouse", "reopened::in_notebook_it_steps_too_when_it_is_opened_again"),
    ),
    "either, not trusted yet": (
        yes("yes, and then all is trusted", "browser::run_all_cells_leaves_no_error"),
        yes("once run", "browser::while_it_lives_the_stored_page_is_out_of_sight"),
        yes(
            EVERY_STEP,
            "browser::an_unrun_notebook_shows_every_frame",
            "reopened::notebook_shows_every_frame_of_what_has_not_been_run",
        ),
    ),
    "either, no kernel": (
        NO_KERNEL,
        yes("by mouse", "reopened::nothing_waits_for_a_kernel_that_never_comes"),
        yes("yes", "reopened::nothing_waits_for_a_kernel_that_never_comes"),
    ),
    "either, a kernel that has died": (
        yes("says so", "front_ends::a_control_that_needs_a_dead_kernel_says_so"),
        yes(
            "by mouse and key",
            "front_ends::a_dead_kernel_is_not_missed_by_what_steps",
            "browser::it_steps_without_a_kernel",
        ),
        yes("yes", "front_ends::a_dead_kernel_is_not_missed_by_what_steps"),
    ),
    "JupyterLab, a kernel 2 s away": (
        yes("yes", "front_ends::a_step_chosen_while_a_slow_kernel_writes_other_frames_stays"),
        yes("at once", "front_ends::every_click_shows_its_step_at_once_with_a_slow_kernel"),
        yes("yes", "front_ends::every_click_shows_its_step_at_once_with_a_slow_kernel"),
    ),
    "VS Code": (UNTESTED, UNTESTED, UNTESTED),
    "Colab": (UNTESTED, UNTESTED, UNTESTED),
    "Binder": (UNTESTED, UNTESTED, UNTESTED),
    "JupyterLite": (UNTESTED, UNTESTED, UNTESTED),
    "the site, offline, without scripts": (
        NO_KERNEL,
        yes(
            "by mouse and key",
            "edition::every_widget_steps_to_its_end_and_back_without_scripts",
        ),
        yes(
            "steps; formulas are in it",
            "edition::every_stored_page_is_there_and_no_live_one",
            "edition::nothing_is_fetched_and_nothing_runs",
            "edition::every_formula_is_in_the_page",
        ),
    ),
    "slides, offline": (
        NO_KERNEL,
        yes(
            "by mouse and key",
            "slides::a_stepper_has_the_arrows_until_it_is_left",
            "slides::every_slide_fits_and_can_be_read_from_the_last_row",
        ),
        yes("steps", "slides::a_deck_is_one_file_that_fetches_nothing"),
    ),
    "`nbconvert --to html`, offline, with and without scripts": (
        NO_KERNEL,
        yes("by mouse and key", *STEPS_STORED),
        yes("steps; formulas need the network", "exported::every_frame_is_another"),
    ),
    "GitLab's preview, by its rules": (
        NO_KERNEL,
        NO_KERNEL,
        yes(EVERY_STEP, "exported::a_code_host_shows_every_frame_in_words_and_pictures"),
    ),
    "GitHub's preview, as far as its rules are known": (
        NO_KERNEL,
        NO_KERNEL,
        yes(EVERY_STEP, "exported::a_code_host_shows_every_frame_in_words_and_pictures"),
    ),
    "`nbconvert --to markdown`, where styles, scripts and SVG are dropped": (
        NO_KERNEL,
        NO_KERNEL,
        yes(EVERY_STEP, "exported::a_markdown_export_shows_every_frame"),
    ),
    "Markdown for GitHub, by its rules": (
        NO_KERNEL,
        NO_KERNEL,
        yes(EVERY_STEP, "as_markdown::every_frame_is_there_in_words_and_pictures"),
    ),
}


def rows() -> list[list[str]]:
    """The rows of the table as the README has them."""
    _, _, section = README.read_text(encoding="utf-8").partition("\n## Where it runs\n")
    lines = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_of_the_readme_says_what_is_proved() -> None:
    heads, rule, *found = rows()
    assert tuple(heads) == COLUMNS and rule == ["---"] * len(COLUMNS)
    assert found == [[name, *(cell.says for cell in cells)] for name, cells in FRONT_ENDS.items()]


def test_every_cell_of_it_names_tests_that_there_are() -> None:
    for name, cells in FRONT_ENDS.items():
        for column, cell in zip(COLUMNS[1:], cells):
            assert bool(cell.tests) == (cell not in (UNTESTED, NO_KERNEL)), (name, column)
            for test in cell.tests:
                assert is_a_test(test), (name, column, test)


def is_a_test(name: str) -> bool:
    """Whether there is a test of this name, as `file::name`, without the `test_` of either."""
    file, _, function = name.partition("::")
    path = TESTS / f"test_{file}.py"
    if not path.exists():
        return False
    code = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(e, ast.FunctionDef) and e.name == f"test_{function}" for e in code.body)


def test_a_test_that_is_not_there_is_missed() -> None:
    assert is_a_test("front_ends::a_test_that_is_not_there_is_missed")
    assert not is_a_test("front_ends::is_a_test") and not is_a_test("nowhere::at_all")
