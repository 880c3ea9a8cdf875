"""Where the series runs, steps and can be read: the README's table, and the tests that prove it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent
README = TESTS.parent / "README.md"


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
        yes("by mouse and key", "browser::the_mouse_leads_to_the_end_and_keys_lead_back"),
        yes(
            "steps by mouse",
            "life::it_is_the_stored_page_that_is_seen",
            "life::it_shows_what_the_living_one_showed",
            "life::the_mouse_steps",
        ),
    ),
    "Notebook 7": (
        yes("yes", "life::all_cells_run_without_an_error"),
        yes(
            "by mouse and key",
            "life::the_mouse_steps_to_the_end_and_keys_back",
            "life::keys_step_and_leave_the_notebook_alone",
        ),
        yes("steps by mouse", "life::in_notebook_it_steps_too_when_it_is_opened_again"),
    ),
    "either, not trusted yet": (
        yes("yes, and then all is trusted", "browser::run_all_cells_leaves_no_error"),
        yes("once run", "browser::while_it_lives_the_stored_page_is_out_of_sight"),
        yes(
            EVERY_STEP,
            "browser::an_unrun_notebook_shows_every_frame",
            "life::every_frame_of_what_has_not_been_run_is_shown",
        ),
    ),
    "either, no kernel": (
        NO_KERNEL,
        yes("by mouse", "life::nothing_waits_for_a_kernel_that_never_comes"),
        yes("yes", "life::nothing_waits_for_a_kernel_that_never_comes"),
    ),
    "either, a kernel that has died": (
        yes("says so", "kernels::a_control_that_needs_a_dead_kernel_says_so"),
        yes(
            "by mouse and key",
            "kernels::a_dead_kernel_is_not_missed_by_what_steps",
            "browser::it_steps_without_a_kernel",
        ),
        yes("yes", "kernels::a_dead_kernel_is_not_missed_by_what_steps"),
    ),
    "JupyterLab, a kernel 2 s away": (
        yes("yes", "kernels::a_step_chosen_while_a_slow_kernel_writes_other_frames_stays"),
        yes("at once", "kernels::every_click_shows_its_step_at_once_with_a_slow_kernel"),
        yes("yes", "kernels::every_click_shows_its_step_at_once_with_a_slow_kernel"),
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
    "the slides, offline": (
        NO_KERNEL,
        yes(
            "by mouse and key",
            "slides::every_slide_fits_and_can_be_read_from_the_last_row",
            "slides::a_stepper_has_the_arrows_until_it_is_left",
        ),
        yes("steps; formulas are in them", "slides::a_deck_is_one_file_that_fetches_nothing"),
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
