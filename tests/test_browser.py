"""What a reader sees and does, in a real JupyterLab: every notebook, before and after it is run.

The tests of one notebook share one page and go through it in the order in which they stand
here: as it is opened, run, stepped through, changed, and at last without a kernel.
"""

from __future__ import annotations

import os
import re
import statistics
from pathlib import Path

import pytest
from browsing import (
    DECKS,
    ENOUGH_CONTRAST,
    SOON,
    ask,
    assert_consistent,
    assert_filmstrips,
    assert_readable,
    assert_there_and_back,
    assert_well_drawn,
    choose,
    decks_of,
    explorers_of,
    faint_lines,
    form_of,
    in_one_window,
    kinds_of,
    pictures_of,
    press,
    set_theme,
    still_pages,
    with_,
)
from lab import Lab

from bp_helpers.exercises.drills import question

_CLICKS = 20
# A chain, a batch and a wide layer.
UNLIKE = ("02", "06", "08")
# What the kernel answers is the same code in every stepper.
on_unlike_steppers = with_("Stepper", among=UNLIKE)


def first_stepper(page: object, notebook: Path) -> tuple[int, int]:
    """The place of the first stepper and the number of its steps, the first of which is shown."""
    k = kinds_of(notebook).index("Stepper")
    ask(page, "go", k, 0)
    return k, dict((k, n) for k, _, n in decks_of(notebook))[k]


def settled(page: object, k: int) -> object:
    """A widget after the kernel has said all that it has to say."""
    ask(page, "quiet", k)
    return form_of(page, k)


@with_()
def test_an_unrun_notebook_shows_every_frame(unrun: object, notebook: Path) -> None:
    """Opened for the first time it is not trusted, so that styles, scripts and SVG are gone."""
    assert_filmstrips(unrun, notebook)


def test_run_all_cells_leaves_no_error(ran: object) -> None:
    assert ask(ran, "failed") == []
    shown = ran.evaluate("() => document.body.textContent")
    for complaint in ("Error displaying widget", "Error creating widget", "Loading widget..."):
        assert complaint not in shown
    # The prose is typeset by JupyterLab.
    assert ran.locator("merror, mjx-merror, [data-mjx-error]").count() == 0


@with_()
def test_while_it_lives_the_stored_page_is_out_of_sight(ran: object, notebook: Path) -> None:
    kinds = kinds_of(notebook)
    assert ask(ran, "kinds") == ["live"] * len(kinds)
    assert ran.locator(".bp-still").count() == len(kinds)


@with_()
def test_every_choice_leads_to_its_own_frame(ran: object, notebook: Path) -> None:
    for k, kind in enumerate(kinds_of(notebook)):
        found = ask(ran, "tour", k)
        assert len({frame["said"] for frame in found}) == len(found) or kind == "Nudge"
        assert len({str(frame["words"]) for frame in found}) == len(found)
        for i, frame in enumerate(found):
            assert frame["place"] == i and len(frame["pictures"]) == pictures_of(kind)
            assert chosen_fits(kind, i, frame), frame


def chosen_fits(kind: str, i: int, frame: dict) -> bool:
    """Whether the frame says that it is what the buttons have chosen."""
    chosen, title, said = frame["chosen"], frame["title"], frame["said"]
    if kind in DECKS:
        return re.match(rf"(Step|Weight) {i + 1} of \d+: ", said) is not None
    if kind == "Nudge":
        symbol, by = chosen
        moved = re.fullmatch(r"(.*) moves by Δ\1 = \+([\d.]+)", title)
        return moved[1] == symbol and float(moved[2]) == float(by)
    return {
        "StepSize": title == f"h = {chosen[0]}",
        "Graph": said.startswith((f"Step {i + 1} of ", f"After all {i} steps: ")),
        "Depth": title.startswith(f"{', '.join(chosen)}: "),
        "Drill": said.startswith(f"Question {i + 1}, seed "),
        "Shapes": ("(n,)" in chosen) == (i == 1),
    }[kind]


@with_(*DECKS)
def test_every_step_is_consistent_and_can_be_read(ran: object, notebook: Path) -> None:
    for k, unit, n in decks_of(notebook):
        found = ask(ran, "walk", k)
        assert len(found) == n
        assert_consistent(found)
        assert all(step["count"].startswith(unit) for step in found)
        assert_readable(found, f"{notebook.stem}, widget {k + 1}")


@with_()
def test_what_is_stored_is_what_lives(ran: object, notebook: Path) -> None:
    for k, page in enumerate(still_pages(notebook)):
        live = ask(ran, "tour", k)
        stored = ran.evaluate(_STORED, page)
        is_whole = "are not stored here" not in page
        assert len(stored) == len(live) if is_whole else 1 < len(stored) < len(live)
        for frame, kept in zip(live, stored):
            assert kept["said"] == frame["said"]
            if "data-varies" not in page:
                assert kept["pictures"] == [[alt] * 2 for _, alt in frame["pictures"]]
                assert kept["code"] == frame["code"]
                assert kept["equations"] == frame["equations"]


# The frames of a stored page, which is not put into the document for that.
_STORED = """html => {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const text = e => e ? e.textContent.trim() : '';
  return [...page.querySelectorAll('.bp-frame')].map(f => ({
    said: f.ariaLabel,
    pictures: [...f.querySelectorAll('.bp-picture')].map(e =>
      [e.querySelector('img').alt, e.querySelector('svg').ariaLabel]),
    code: text(f.querySelector('pre')),
    equations: [...f.querySelectorAll('.bp-eq')].map(e => e.ariaLabel),
  }));
}"""


@with_(*DECKS)
def test_numbers_wait_for_a_prediction(ran: object, notebook: Path) -> None:
    for k, _, n in decks_of(notebook):
        for i in range(n):
            ask(ran, "go", k, i)
            reveal(ran, k, how={0: "mouse", 1: "key"}.get(i, "script"))


def reveal(page: object, k: int, how: str) -> None:
    before = ask(page, "hiding", k)
    assert not before["open"] and before["shown"] == 0 and before["answers"] == 0, before
    # A matrix that leads over several layers has no place of its own, and nothing to hide.
    assert before["numbers"] > 0 or before["label"].startswith("②"), before
    assert before["asked"] == before["numbers"] >= before["lines"], before
    summary = form_of(page, k).locator(".bp-frame summary:visible")
    if how == "mouse":
        press(page, k, ".bp-frame summary")
    elif how == "key":
        summary.focus()
        page.keyboard.press("Enter")
    else:  # many of them in little time
        summary.evaluate("e => e.click()")
    after = ask(page, "hiding", k)
    assert after["open"] and after["answers"] == 2, after
    assert after["shown"] == before["numbers"] and after["asked"] == 0, after


@with_(*DECKS)
def test_an_answer_closes_when_its_step_is_left(ran: object, notebook: Path) -> None:
    for k, _, _ in decks_of(notebook):
        for leave, back in ((1, -1), (-1, 1)):
            ask(ran, "go", k, 1)
            form_of(ran, k).locator(".bp-frame summary:visible").click()
            assert ask(ran, "hiding", k)["open"]
            player(ran, k, leave).click()
            ask(ran, "drawn", k, 1 + leave)
            player(ran, k, back).click()
            ask(ran, "drawn", k, 1)
            assert not ask(ran, "hiding", k)["open"]
        assert form_of(ran, k).locator(".bp-frame details[open]").count() == 0


def player(page: object, k: int, by: int) -> object:
    """The button that goes on, or back."""
    return form_of(page, k).locator(f'.bp-player [data-by="{by}"]')


@with_()
def test_the_mouse_leads_to_the_end_and_keys_lead_back(ran: object, notebook: Path) -> None:
    assert_there_and_back(ran, kinds_of(notebook))


@with_("Stepper", "Paths", "StepSize")
def test_buttons_step_and_stop_at_the_ends(ran: object, notebook: Path) -> None:
    for k, kind in enumerate(kinds_of(notebook)):
        if kind not in (*DECKS, "StepSize"):
            continue
        n = len(ask(ran, "labels", k))
        for start, by, step in ((0, 1, 1), (1, -1, 0), (0, -1, 0), (n - 1, 1, n - 1)):
            ask(ran, "go", k, start)
            player(ran, k, by).click()
            ask(ran, "drawn", k, step)
        ask(ran, "go", k, 0)


@on_unlike_steppers
def test_every_notation_can_be_chosen(ran: object, notebook: Path) -> None:
    for k, kind in enumerate(kinds_of(notebook)):
        if kind == "Stepper":
            _choose_every_notation(ran, k, notebook.stem)


def _choose_every_notation(page: object, k: int, where: str) -> None:
    choice = form_of(page, k).locator("select[name=notation]")
    names = choice.locator("option").all_inner_texts()
    chosen = int(choice.input_value())
    seen = {}
    for i in [*(i for i in range(len(names)) if i != chosen), chosen]:
        before = ask(page, "labels", k)
        choice.select_option(str(i))
        page.wait_for_function(
            "([k, before]) => window.bp.labels(k).join() != before.join()",
            arg=[k, before],
            timeout=SOON,
        )
        ask(page, "quiet", k)
        seen[i] = ask(page, "walk", k)
        assert_consistent(seen[i])
        assert_readable(seen[i], f"{where}, widget {k + 1} in {names[i]!r}")
    codes = {tuple(step["code"] for step in walk) for walk in seen.values()}
    assert len(codes) == len(names) > 1  # each is written in its own way


@on_unlike_steppers
def test_another_notation_keeps_the_place(ran: object, notebook: Path) -> None:
    k, n = first_stepper(ran, notebook)
    choice = form_of(ran, k).locator("select[name=notation]")
    chosen = int(choice.input_value())
    other = (chosen + 1) % choice.locator("option").count()
    ask(ran, "go", k, n - 1)
    layer = re.search(r"\((\d+)\)|⁽(.)⁾", ask(ran, "facts", k)["label"])
    for i in (other, chosen):
        before = ask(ran, "labels", k)
        choice.select_option(str(i))
        ran.wait_for_function(
            "([k, before]) => window.bp.labels(k).join() != before.join()", arg=[k, before]
        )
        ask(ran, "quiet", k)
        found = re.search(r"\((\d+)\)|⁽(.)⁾", ask(ran, "facts", k)["label"])
        assert found[0] == layer[0]
    ask(ran, "go", k, 0)


@with_("Stepper")
def test_a_batch_shows_the_sample_that_is_chosen(ran: object, notebook: Path) -> None:
    for k, _, _ in decks_of(notebook):
        choice = form_of(ran, k).locator("select[name=sample]")
        if choice.count():
            picture = form_of(ran, k).locator(".bp-frame .bp-picture:visible")
            before = ask(ran, "tour", k)
            drawn = picture.inner_html()
            choice.select_option("1")
            picture.locator('svg[aria-label*="Drawn for sample 1 "]').wait_for(timeout=SOON)
            assert picture.inner_html() != drawn
            choice.select_option("0")
            picture.locator('svg[aria-label*="Drawn for sample 0 "]').wait_for(timeout=SOON)
            assert ask(ran, "tour", k) == before


@on_unlike_steppers
def test_the_forward_pass_can_be_put_in_front(ran: object, notebook: Path) -> None:
    k, n = first_stepper(ran, notebook)
    before = ask(ran, "walk", k)
    tick = form_of(ran, k).get_by_label("forward pass too")
    tick.click()
    ran.wait_for_function("([k, n]) => window.bp.labels(k).length > n", arg=[k, n], timeout=SOON)
    settled(ran, k)
    after = ask(ran, "walk", k)
    assert_consistent(after)
    assert_readable(after, f"{notebook.stem} with the forward pass")
    ahead = len(after) - n
    assert [step["code"] for step in after[ahead:]] == [step["code"] for step in before]
    tick.click()
    ran.wait_for_function("([k, n]) => window.bp.labels(k).length == n", arg=[k, n], timeout=SOON)
    settled(ran, k)
    assert ask(ran, "walk", k) == before


@on_unlike_steppers
def test_a_weight_can_be_changed(ran: object, notebook: Path) -> None:
    k, n = first_stepper(ran, notebook)
    ask(ran, "go", k, n - 1)
    before = ask(ran, "walk", k)
    form = form_of(ran, k)
    arrays = unfold(form)
    names = arrays.locator("option").all_inner_texts()
    # The last layer's: the first weight of a wide layer may stand at an input that is always 0.
    arrays.focus()
    arrays.select_option([name for name in names if name.startswith("W")][-1])
    settled(ran, k)  # until the slider stands where that weight does
    # The focus is where it was, although the menu has been written anew.
    assert arrays.evaluate("e => e == document.activeElement")
    ask(ran, "go", k, n - 1)
    form.locator("input[type=range]").focus()
    ran.keyboard.press("End")  # the largest value on offer
    status = form.locator("[data-part=status]")
    status.get_by_text("the cost goes from").wait_for(timeout=SOON)
    settled(ran, k)
    assert ask(ran, "place", k) == n - 1
    told = re.search(r"the cost goes from (\S+) to (\S+)\.$", status.inner_text().strip())
    old, new = map(float, told.groups())
    after = ask(ran, "walk", k)
    assert_consistent(after)
    assert_readable(after, f"{notebook.stem}, after a change")
    assert after != before
    assert (_cost(before), _cost(after)) == pytest.approx((old, new), abs=0.0006)

    form.locator("button[name=reset]").click()
    status.get_by_text("Everything is as it was").wait_for(timeout=SOON)
    settled(ran, k)
    assert ask(ran, "walk", k) == before


def unfold(form: object) -> object:
    """The menu of the arrays, after the fold that it stands in has been opened."""
    arrays = form.locator("select[name=array]")
    if not arrays.is_visible():
        form.locator(".bp-fold > summary").click()
    return arrays


def _cost(found: list[dict]) -> float:
    words = next(step["words"] for step in found if step["rule"] == "cost")
    return float(words.rstrip(".").split()[-1])


@on_unlike_steppers
def test_nonsense_in_the_box_of_a_stepper_leaves_the_last_good_frame(
    ran: object, notebook: Path
) -> None:
    k, _ = first_stepper(ran, notebook)
    before = ask(ran, "walk", k)
    form = form_of(ran, k)
    box = form.locator("input[type=number]")
    unfold(form)
    shown = box.input_value()
    for nonsense in ("nonsense", "", "--"):
        _type(ran, box, nonsense)
        settled(ran, k)
        assert box.input_value() == shown, nonsense
    assert ask(ran, "walk", k) == before
    assert ask(ran, "failed") == []


def _type(page: object, box: object, keys: str) -> None:
    """Type into a box in the place of what stands there, and leave it."""
    box.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.type(keys)
    page.keyboard.press("Enter")
    box.blur()


@on_unlike_steppers
def test_a_number_that_overflows_says_so_and_goes_back(ran: object, notebook: Path) -> None:
    k, _ = first_stepper(ran, notebook)
    before = ask(ran, "walk", k)
    form = form_of(ran, k)
    box = form.locator("input[type=number]")
    unfold(form).select_option(label="y")
    settled(ran, k)
    shown = box.input_value()
    box.fill("1e200")  # all of it at once: each key that is typed is a number of its own
    box.press("Enter")
    form.locator("[data-part=status]").get_by_text("too large to be drawn").wait_for(timeout=SOON)
    settled(ran, k)
    assert box.input_value() == shown
    assert ask(ran, "walk", k) == before


@on_unlike_steppers
def test_numbers_hide_again_when_asked(ran: object, notebook: Path) -> None:
    k, _ = first_stepper(ran, notebook)
    tick = form_of(ran, k).get_by_label("predict first")
    for wanted in (False, True):
        tick.set_checked(wanted)
        ran.wait_for_function(
            "([k, open]) => window.bp.hiding(k).open == open", arg=[k, not wanted], timeout=SOON
        )
        ask(ran, "drawn", k, 0)
        found = ask(ran, "hiding", k)
        assert found["shown"] == (0 if wanted else found["numbers"]) and found["numbers"]
        assert found["asked"] == (found["numbers"] if wanted else 0)
    settled(ran, k)


@with_()
def test_both_themes_can_be_read(ran: object, notebook: Path) -> None:
    """Steps of like decks have the same colours: those of other notebooks are read in one theme."""
    number = notebook.name[:2]
    for dark in (False, True):
        theme = "dark" if dark else "light"
        set_theme(ran, dark)
        is_read = number in UNLIKE or dark == int(number) % 2
        for k, _, _ in decks_of(notebook) if is_read else ():
            found = ask(ran, "walk", k, True)
            assert_readable(found, f"{notebook.stem}, widget {k + 1}, {theme}")
            faint = {
                (step["label"], name): value
                for step in found
                for name, value in step["contrasts"].items()
                if value < ENOUGH_CONTRAST
            }
            assert not faint, f"{theme}, widget {k + 1}"
            assert not faint_lines(found), f"{theme}, widget {k + 1}"
        for k, kind in explorers_of(notebook):
            found = ask(ran, "looks", k)
            assert_well_drawn(found, f"{kind}, {theme}", pictures_of(kind))
            assert not faint_lines([found]), f"{kind}, {theme}"
        if folder := os.environ.get("BP_SCREENSHOTS"):
            _screenshot(ran, Path(folder) / f"{notebook.stem}-{theme}.png")
    set_theme(ran, dark=False)


def _screenshot(page: object, path: Path) -> None:
    """The whole notebook in one picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with in_one_window(page):
        page.wait_for_timeout(500)
        page.screenshot(path=path)


@on_unlike_steppers
def test_how_long_a_click_takes(
    ran: object, notebook: Path, record_property: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """Measured and told, not judged: a machine that tests is often busy with something else."""
    k, _ = first_stepper(ran, notebook)
    for name, what in (("clicks", "click to drawn"), ("bareClicks", "drawing alone")):
        found = ask(ran, name, k, _CLICKS)
        times = found.pop("times")
        assert not found.pop("answers", 0)  # stepping asks the kernel for nothing
        median, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        told = {"median ms": round(median, 1), "95 % ms": round(high, 1)}
        told |= {f"messages {way} a click": round(n, 1) for way, n in found.items()}
        record_property(what, told)
        with capsys.disabled():
            said = ", ".join(f"{name} {value}" for name, value in told.items())
            print(f"\n{notebook.stem}: {what}: {said}")
    ask(ran, "go", k, 0)


def controls_of(page: object, k: int) -> tuple[object, object]:
    """The sliders of the k-th widget, and the buttons that choose its frame."""
    form = form_of(page, k)
    return form.locator("input[type=range]"), form.locator(".bp-chip input")


def explore(page: object, k: int, kind: str) -> set[str]:
    """Bring every control to its ends, alone and together; what has been drawn on the way."""
    sliders, chips = controls_of(page, k)
    seen = set()

    def look(what: str) -> None:
        found = ask(page, "looks", k)
        assert_well_drawn(found, f"{kind}, {what}", pictures_of(kind))
        seen.add(found["drawn"] + "".join(found["words"]))

    def push(i: int, key: str) -> None:
        sliders.nth(i).focus()
        page.keyboard.press(key)

    look("as it starts")
    for i in range(sliders.count()):
        for key in ("End", "Home"):
            push(i, key)
            settled(page, k)
            look(f"slider {i + 1} at its {key}")
            assert sliders.nth(i).evaluate("e => e.value == (e.matches(':focus') && e.value)")
    for key in ("End", "Home"):
        for i in range(sliders.count()):
            push(i, key)
        settled(page, k)
        look(f"all sliders at their {key}")
        for i in range(chips.count()):
            chips.nth(i).locator("..").click()
            look(f"all sliders at their {key}, button {i + 1}")
            assert chips.nth(i).is_checked()
    return seen


@with_("Nudge", "Shapes", "StepSize")
def test_explorers_reach_their_extremes(ran: object, notebook: Path) -> None:
    for k, kind in explorers_of(notebook):
        seen = explore(ran, k, kind)
        sliders, chips = controls_of(ran, k)
        assert len(seen) >= sliders.count() + chips.count(), kind
    assert ask(ran, "failed") == []


@with_("Nudge", "Shapes", "StepSize")
def test_nonsense_in_a_number_box_leaves_the_last_good_frame(ran: object, notebook: Path) -> None:
    for k, _ in explorers_of(notebook):
        boxes, sliders = form_of(ran, k).locator("input[type=number]"), controls_of(ran, k)[0]
        for i in range(boxes.count()):
            settled(ran, k)
            before, shown = ask(ran, "looks", k), boxes.nth(i).input_value()
            for nonsense in ("nonsense", "", "--"):
                _type(ran, boxes.nth(i), nonsense)
                settled(ran, k)
                assert ask(ran, "looks", k) == before, nonsense
                assert boxes.nth(i).input_value() == shown
            _type(ran, boxes.nth(i), "1e9")  # beyond the end: as far as the slider goes
            settled(ran, k)
            assert_well_drawn(ask(ran, "looks", k), f"1e9 in box {i + 1}")
            assert float(boxes.nth(i).input_value()) == float(boxes.nth(i).get_attribute("max"))
            assert float(sliders.nth(i).input_value()) == float(boxes.nth(i).input_value())
    assert ask(ran, "failed") == []


@with_()
def test_all_fits_a_narrow_window(ran: object, notebook: Path) -> None:
    wide = ran.viewport_size
    for width in (1280, 1024, 800):
        ran.set_viewport_size({**wide, "width": width})
        ran.wait_for_timeout(100)
        for k, kind in explorers_of(notebook):
            found = ask(ran, "looks", k)
            # An equation may scroll inside its box; pictures, tables and words must fit.
            found["wide"] = [problem for problem in found["wide"] if "bp-eq" not in problem]
            assert_well_drawn(found, f"{kind} at {width} px", pictures_of(kind))
        for k, _, _ in decks_of(notebook) if width < 1280 else ():
            found = ask(ran, "walk", k)
            for step in found:
                step["wide"] = [problem for problem in step["wide"] if "bp-eq" not in problem]
            assert_readable(found, f"{notebook.stem}, widget {k + 1} at {width} px")
    ran.set_viewport_size(wide)


def test_a_drill_judges_what_is_typed(lab: Lab) -> None:
    lab.write("drill.ipynb", "from bp_helpers import Drill", "Drill('05', seed=5)")
    page = lab.open("drill.ipynb")
    choose(page, "Run", "Run All Cells")
    page.wait_for_function("() => window.bp.kinds().join() == 'live'", timeout=SOON)
    form, right = form_of(page), question("05", 5, 1).value
    box, said = form.get_by_label("your answer"), form.locator("[role=status]:not(.bp-waiting)")
    box.focus()
    for typed, keys, verdict in (
        (f"{-right:.3f}", ["Enter"], "not right yet"),
        (f"{right:.3f}", ["Tab", "Enter"], "right"),  # by the button
    ):
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(typed)
        for key in keys:
            page.keyboard.press(key)
        said.get_by_text(f"{typed} is {verdict}.").wait_for(timeout=SOON)
        settled(page, 0)
        assert box.evaluate(_IS_FOCUSED) and box.input_value() == typed
    assert form.get_by_text("1 right of 1 tried").is_visible()
    for dark in (True, False):
        set_theme(page, dark)
        assert_well_drawn(ask(page, "looks", 0), f"Drill, {dark=}", pictures=0)
    box.focus()
    for key in ("Tab", "Tab", "Enter"):  # past Check, to Next
        page.keyboard.press(key)
    ask(page, "drawn", 0, 1)
    settled(page, 0)
    assert box.evaluate(_IS_FOCUSED) and box.input_value() == said.inner_text() == ""
    page.close()


_IS_FOCUSED = "e => e == document.activeElement"


@pytest.fixture(scope="module")
def kernelless(ran: object) -> object:
    """The same page after its kernel has been shut down."""
    choose(ran, "Kernel", "Shut Down Kernel")
    confirm = ran.locator(".jp-Dialog .jp-mod-accept")
    gone = ran.locator('.jp-Notebook-ExecutionIndicator[data-status="unknown"]')
    confirm.or_(gone).first.wait_for(timeout=SOON)
    if confirm.count():
        confirm.click()
    gone.wait_for(timeout=SOON)
    return ran


@with_()
def test_it_steps_without_a_kernel(
    request: pytest.FixtureRequest, ran: object, notebook: Path
) -> None:
    complaints = []
    ran.on("pageerror", lambda problem: complaints.append(str(problem)))
    before = [ask(ran, "tour", k) for k in range(len(kinds_of(notebook)))]
    request.getfixturevalue("kernelless")
    assert ask(ran, "kinds") == ["live"] * len(before)
    for k, tour in enumerate(before):
        assert ask(ran, "tour", k) == tour
    for k, _, _ in decks_of(notebook):
        ask(ran, "go", k, 0)
        for by, step in ((1, 1), (-1, 0)):
            player(ran, k, by).click()
            ask(ran, "drawn", k, step)
        reveal(ran, k, how="mouse")
    assert not complaints
