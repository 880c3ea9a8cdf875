"""What the tests that look at pages share: asking the page, and what every frame has to be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
ENOUGH_CONTRAST = 4.5
ENOUGH_FOR_LINES = 3
# What JupyterLab says where a widget was.
GONE = ("Error displaying widget", "model not found", "Loading widget")
RUN, SOON = 240_000, 15_000  # milliseconds to wait for
GRIDS = {"Nudge": 3 * 7, "Depth": 3 * 5}  # two groups of buttons, and a frame for each pair
DECKS = ("Stepper", "Paths")  # those whose frames are steps, each with a card
_KINDS = re.compile(r"(Stepper|Paths|Graph|Nudge|Shapes|StepSize|Depth|Drill): ")


def committed_notebooks() -> list[Path]:
    """Every notebook of the series, in order."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def ask(page: object, name: str, *args: object) -> object:
    """Call one of the functions of browser.js in the page."""
    return page.evaluate("([name, args]) => window.bp[name](...args)", [name, args])


def press(page: object, k: int, css: str, i: int = 0) -> None:
    """Press the i-th such element of the k-th widget with the mouse, in little time."""
    page.mouse.click(*ask(page, "spot", k, css, i))


def cells_of(notebook: Path) -> list[dict]:
    """The cells of a notebook file."""
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def outputs_of(notebook: Path) -> list[dict]:
    """What the stored outputs of a notebook hold, by kind."""
    return [o["data"] for c in cells_of(notebook) for o in c.get("outputs", ()) if "data" in o]


def says_of_itself(output: dict) -> str:
    """What one of our widgets says of itself in what an output holds; nothing in any other."""
    words = "".join(output.get("text/plain", ()))
    is_view = "application/vnd.jupyter.widget-view+json" in output
    return words if is_view and _KINDS.match(words) else ""


def widgets_of(notebook: Path) -> list[str]:
    """What our widgets in a notebook say of themselves in their stored outputs, in order."""
    return list(filter(None, map(says_of_itself, outputs_of(notebook))))


def kinds_of(notebook: Path) -> list[str]:
    """Which of our widgets a notebook has, in order: that is their place on the page."""
    return [_KINDS.match(words)[1] for words in widgets_of(notebook)]


def pictures_of(kind: str) -> int:
    """How many pictures each frame of such a widget has."""
    return int(kind != "Drill")


def decks_of(notebook: Path) -> list[tuple[int, str, int]]:
    """Of each deck of steps: its place, what it counts, and how many of them it has."""
    units = {"Stepper": "Step", "Paths": "Weight"}
    found = enumerate(zip(kinds_of(notebook), widgets_of(notebook)))
    return [(k, units[w], int(re.search(r"\d+", said)[0])) for k, (w, said) in found if w in units]


def explorers_of(notebook: Path) -> list[tuple[int, str]]:
    """The place and the kind of each explorer that has no steps."""
    return [(k, kind) for k, kind in enumerate(kinds_of(notebook)) if kind not in DECKS]


def still_pages(notebook: Path) -> list[str]:
    """The pages that step by themselves, as a notebook stores them."""
    html = ("".join(data.get("text/html", "")) for data in outputs_of(notebook))
    return [page for page in html if page.startswith('<form class="bp-still')]


def with_(*kinds: str, among: tuple[str, ...] = ("",)) -> object:
    """Only the notebooks that have such a widget, of any kind where none is named."""
    asked = [path for path in committed_notebooks() if path.name.startswith(among)]
    found = [path for path in asked if {*kinds_of(path)} & {*(kinds or kinds_of(path))}]
    return pytest.mark.parametrize("notebook", found, indirect=True, ids=lambda path: path.stem)


def run_all(page: object, notebook: Path) -> None:
    """Run → Run All Cells, to the end; each of our widgets is then alive."""
    ask(page, "watchRuns")
    choose(page, "Run", "Run All Cells")
    cells = sum(c["cell_type"] == "code" and bool(c["source"]) for c in cells_of(notebook))
    live = ["live"] * len(kinds_of(notebook))
    done = "([n, live]) => window.bp.hasRun(n) && window.bp.kinds().join() == live.join()"
    try:
        page.wait_for_function(done, arg=[cells, live], timeout=RUN)
    except Exception as problem:
        state = ask(page, "prompts"), ask(page, "kinds"), ask(page, "failed")
        raise AssertionError(f"not run to its end: {state}") from problem
    assert ask(page, "failed") == []


def assert_filmstrips(page: object, notebook: Path) -> None:
    """Of a notebook that has not been run nor trusted, every frame is there, in words and pictures.

    Styles, scripts and SVG are gone; what is to be predicted is folded until somebody opens it.
    """
    while (folded := page.locator(".jp-OutputPlaceholder")).count():
        folded.first.click()
    ask(page, "pause", 200)  # for the images
    films = ask(page, "films")
    assert len(films) == len(still_pages(notebook)) == len(kinds_of(notebook))
    for kind, film, stored in zip(kinds_of(notebook), films, still_pages(notebook)):
        assert len(film) == stored.count('<div class="bp-frame') > 1
        for frame in film:
            assert frame["seen"] and frame["words"] and frame["drawn"] == 0, frame
            assert len(frame["pictures"]) == pictures_of(kind), frame
            assert all(len(alt) > 20 for alt in frame["pictures"]), frame
    for k, unit, n in decks_of(notebook):
        for i, frame in enumerate(films[k], start=1):
            count = f"{unit} {i} of {n}"
            assert count in frame["words"] and frame["title"] and frame["code"], frame
            said = f"{count}: {frame['title'].rstrip('?')}"
            assert frame["pictures"][0].startswith(said), frame


def assert_there_and_back(page: object, kinds: list[str]) -> None:
    """The mouse leads through each choice of every widget to its end, and a key back again.

    Keys that would add, cut or delete a cell do nothing there.
    """
    cells = page.locator(".jp-Cell").count()
    for k, kind in enumerate(kinds):
        chips = form_of(page, k).locator(".bp-chip input")
        names = chips.evaluate_all("all => all.map(e => e.name)")
        for name in dict.fromkeys(names):
            there, back = [], []
            for i in range(names.count(name)):
                press(page, k, f".bp-chip:has(input[name={name}])", i)
                there.append(ask(page, "place", k))
            for _ in there[1:]:
                page.keyboard.press("ArrowLeft")
                back.append(ask(page, "place", k))
            assert len({*there}) == len(there) > 1, (kind, name, there)
            assert back == there[-2::-1], (kind, name, there, back)
            assert len({*names}) > 1 or there == [*range(len(names))], (kind, there)
        for key in ("a", "b", "x", "d", "d"):
            page.keyboard.press(key)
        assert page.locator(".jp-Cell").count() == cells, kind


def tours(page: object, kinds: list[str]) -> list[list[dict]]:
    """What every frame of every widget of the page shows."""
    return [ask(page, "tour", k) for k, _ in enumerate(kinds)]


def save(page: object) -> None:
    """Save the notebook, and wait until it has been written."""
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")


def choose(page: object, *path: str) -> None:
    """Choose an entry of a menu."""
    page.click(f'.lm-MenuBar-itemLabel:text-is("{path[0]}")')
    for entry in path[1:-1]:
        page.hover(f'.lm-Menu-itemLabel:text-is("{entry}")')
    page.click(f'.lm-Menu-itemLabel:text-is("{path[-1]}")')


@contextmanager
def in_one_window(page: object) -> Iterator[None]:
    """A window as high as the notebook in it, so that nothing of it is scrolled away."""
    size = page.viewport_size
    page.set_viewport_size({**size, "height": int(page.evaluate(_END_OF_LAST_CELL)) + 100})
    page.evaluate(_END_OF_LAST_CELL)
    try:
        yield
    finally:
        page.set_viewport_size(size)


_END_OF_LAST_CELL = """() => {
  (document.querySelector('.jp-WindowedPanel-outer') ?? document.scrollingElement).scrollTop = 0;
  return [...document.querySelectorAll('.jp-Cell')].at(-1).getBoundingClientRect().bottom;
}"""


def set_theme(page: object, dark: bool) -> None:
    """Change the theme of the open page, and wait for it to be there."""
    if page.evaluate("() => document.body.dataset.jpThemeLight") == str(not dark).lower():
        return
    choose(page, "Settings", "Theme", f"JupyterLab {'Dark' if dark else 'Light'}")
    page.wait_for_function(
        """dark => document.body.dataset.jpThemeLight == String(!dark) &&
        /^#1{3,6}$/.test(getComputedStyle(document.body).getPropertyValue('--jp-layout-color0'))
        == dark""",
        arg=dark,
    )


def form_of(page: object, k: int = 0) -> object:
    """The k-th of our widgets on the page, live or stored, of those that are on show."""
    return page.locator(".bp-live:visible, .bp-still:visible").nth(k)


def assert_consistent(found: list[dict]) -> None:
    """Every frame has its equations, counts itself, and shows the number that it says in words."""
    assert_same_neurons(found)
    for k, step in enumerate(found):
        assert re.fullmatch(rf"(Step|Weight) {k + 1} of {len(found)}", step["count"])
        assert step["equations"] >= 2 and not step["unread"] and not step["raw"], step
        assert step["title"] and step["rule"] and step["code"] and step["answer"], step
        label, words = step["label"], step["words"]
        assert f"{label} = " in words or f"{label} holds " in words, step
        said = re.findall(r"[+−]?\d+(?:\.\d+)?(?:e−?\d+)?", words.rpartition(f"{label} = ")[2])
        assert step["result"], step
        if "holds" not in words:
            shown = [number for number in step["result"] if not set(number) & set("⋮⋯⋱")]
            is_cut = len(shown) < len(step["result"])
            assert set(shown) <= set(said) if is_cut else sorted(shown) == sorted(said), step


def assert_same_neurons(found: list[dict]) -> None:
    """Where neurons are left out, picture, card and words show the same ones."""
    for step in found:
        shown = step["neurons"]
        assert shown["named"] == shown["drawn"], step
        for numbers in shown["under"] if shown["named"] else ():
            assert any(_agree(numbers, others) for others in shown["inCard"]), step
    if found[0]["neurons"]["named"]:
        assert sum(bool(step["neurons"]["under"]) for step in found) > len(found) // 2


def _agree(some: list[str], others: list[str]) -> bool:
    """Whether they are the same numbers, each rounded in its own way."""
    return len(some) == len(others) and all(
        abs(_value(a) - _value(b)) <= _half_a_step(a) + _half_a_step(b)
        for a, b in zip(some, others)
    )


def _value(number: str) -> float:
    return float(number.replace("−", "-"))


def _half_a_step(number: str) -> float:
    digits, _, exponent = number.replace("−", "-").partition("e")
    return 0.5001 * 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def assert_readable(found: list[dict], where: str) -> None:
    """Nothing in any frame is cut off or covered."""
    problems = [
        f"{where}, step {k + 1} ({step['label']}), {kind}: {problem}"
        for k, step in enumerate(found)
        for kind in ("wide", "covered", "outside", "broken", "torn")
        for problem in step[kind]
    ]
    assert not problems, "\n" + "\n".join(problems)


def faint_lines(found: list[dict]) -> dict[str, float]:
    """The lines of pictures that do not stand out from what they are drawn on."""
    return {n: v for each in found for n, v in each["lines"].items() if v < ENOUGH_FOR_LINES}


def assert_well_drawn(found: dict, where: str, pictures: int = 1) -> None:
    """Pictures are shown with words; nothing is cut off, and all of it can be read."""
    assert len(found["pictures"]) == pictures and all(found["pictures"]), where
    assert not found["wide"] and not found["outside"], (where, found["wide"], found["outside"])
    assert not any("NaN" in text or "nan" in text for text in found["words"]), where
    assert min(found["least"].values()) >= ENOUGH_CONTRAST, (where, found["least"])
