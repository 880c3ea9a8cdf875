"""The teaching guide names sections, predictions, slips, exercises and steps: all of them exist."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from browsing import NOTEBOOKS, cells_of, committed_notebooks

import bp_helpers
from bp_helpers import Network, Stepper, backpropagate, check, cost, examples, forward, update
from bp_helpers.exercises.checking import of_notebook
from bp_helpers.slips import SLIPS, Slip, gradient_with

GUIDE = NOTEBOOKS / "teaching_guide.md"
README = NOTEBOOKS.parent / "README.md"
WALK = "A class of 90 minutes: one backward pass"
MOST_WORDS, WHOLE_CLASS, KEPT_BACK = 6_110, 90, 5  # words; minutes
IN_LAB, ROOM, SMALLEST = 1100, 599, 18  # px: the width of an output at 1280×720, a notebook, text
KEPT_OPEN = {"chain": (), "index": (5,), "layers": (2,)}  # steps that stay while a class computes
UNTAUGHT = ("Where this comes from", "Where to go from here")  # sections that take no minutes
QUESTIONS, MISCONCEPTIONS = 3, 3  # at least, for each notebook

_OPENED = """() => {
    const shown = [...document.querySelectorAll('.bp-frame')].find(f => f.checkVisibility());
    shown.querySelectorAll('details').forEach(d => { d.open = true; });
    const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const size = e => parseFloat(getComputedStyle(e).fontSize) * (e.ownerSVGElement
        ? e.ownerSVGElement.getScreenCTM().a : 1);
    const texts = [...shown.querySelectorAll('*')].filter(e => e.checkVisibility() && own(e));
    const deck = document.querySelector('.bp-deck').getBoundingClientRect();
    return {width: deck.width, height: deck.height, least: Math.min(...texts.map(size))};
}"""
_WRITTEN = """() => {
    const shown = [...document.querySelectorAll('.bp-frame')].find(f => f.checkVisibility());
    const own = e => [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim());
    return [...shown.querySelectorAll('*')].filter(e => e.checkVisibility()).flatMap(own);
}"""
_STATE = """() => ({
    step: Number(document.querySelector('[name=step]:checked').value) + 1,
    open: document.querySelectorAll('.bp-frame details[open]').length,
})"""

_FENCE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_MINUTES = re.compile(r"^\| (.+) \| (\d+) \|$", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_ITALIC = re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)")
_SLIP = re.compile(r"\b(?:forward|bp\d+)-[\w-]+")
_EXERCISE = re.compile(r"\b\d\d\.\d\b(?! %)")
_EQUATION = re.compile(r"\((\d\d\.\d+)\)")
_TAG = re.compile(r"\\tag\{([\d.]+)\}")
_SAID = re.compile(r"\b(\d\d)(\.\d) “([^”]+)”")
_STEP = re.compile(r"\bstep (\d+), \*([^*]+)\*", re.IGNORECASE)
_SHOWN = re.compile(r"^\*\*Stay on\*\* `([^`]+)`", re.MULTILINE)
_BLOCK = re.compile(r"^### (\d+)–(\d+) (.+)$", re.MULTILINE)
_SCREEN = re.compile(r"^\*\*Screen\.\*\* (?:[^`\n]*; else )?`(\w+)`", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_PREDICTION = re.compile(r"- ◆ (?:[^“”]+ )?“([^”]+)” (.+)")
_KEY = re.compile(r"^- ◇ (.+)\.$", re.MULTILINE)
_FIND = re.compile(r"\b(\d) ([A-D])(?: and ([A-D]))?,")
_NEEDS = re.compile(r"\*\*Needs\*\* (.+)")
_OF_ALL = re.compile(r"^ *(\d+) +\d+%  (.+)$", re.MULTILINE)
_NUMBER = re.compile(r"\d+\.\d+")
_SUM = re.compile(r"((?:\(?−?[\d.]+\)?(?: [·+] )?)+) = (−?[\d.]*\d)")

Row = tuple[str, int]


def guide() -> str:
    """The whole guide."""
    return GUIDE.read_text(encoding="utf-8")


def parts() -> dict[str, str]:
    """Each part of the guide under its heading."""
    pieces = _HEADING.split(guide())
    return dict(zip(pieces[1::2], pieces[2::2]))


def part_of(path: Path) -> str:
    """What the guide says of a notebook."""
    return parts()[f"{path.stem[:2]} {title_of(path)}"]


def walk() -> str:
    """The class of 90 minutes."""
    return parts()[WALK]


@cache
def prose_of(path: Path) -> str:
    """The text cells of a notebook, without the code in them."""
    texts = ("".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "markdown")
    return re.sub(r"^```.*?^```$", "", "\n\n".join(texts), flags=re.DOTALL | re.MULTILINE)


@cache
def printed_in(path: Path) -> str:
    """All that a notebook says: its cells, and their outputs as text."""
    said = []
    for cell in cells_of(path):
        said += cell["source"]
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            said += [*output.get("text", ()), *data.get("text/plain", ())]
            said += [re.sub(r"<style>.*?</style>|<[^>]*>", " ", "".join(data.get("text/html", "")))]
    return "\n".join(said)


def title_of(path: Path) -> str:
    """The title of a notebook."""
    return prose_of(path).splitlines()[0].removeprefix("# ")


def sections_of(path: Path) -> list[str]:
    """The sections of a notebook, in order."""
    return [heading.rstrip() for heading in _HEADING.findall(prose_of(path))]


def exercises_of(path: Path) -> list[str]:
    """The exercises of a notebook, also those without a `check`."""
    return re.findall(r"^### Exercise (\S+)$", prose_of(path), re.MULTILINE)


def lettered(path: Path) -> list[str]:
    """The letters of the wrong lines that a notebook has folded away, find by find."""
    found = re.findall(r"(?:It is line|They are lines) ([A-D])(?: and ([A-D]))?", prose_of(path))
    return ["".join(letters) for letters in found]


def needed(text: str) -> set[str]:
    """The notebooks that a text names by their numbers."""
    return set(re.findall(r"\b[01]\d\b", text))


def predictions_of(path: Path) -> list[str]:
    """What a notebook asks after each **Predict first.**"""
    return re.findall(r"\*\*Predict first\.\*\* (.+)", prose_of(path))


def without_quotes(text: str) -> str:
    """The guide's own words."""
    return re.sub(r"“[^”]*”", "", text)


def italics_of(text: str) -> list[str]:
    """What stands in italics: the names of sections and steps."""
    return _ITALIC.findall(_CODE.sub("", text))


def numbers_in(text: str) -> np.ndarray:
    """All decimal numbers, without their signs."""
    return np.array([float(number) for number in _NUMBER.findall(text)])


def unknown_numbers(text: str, known: np.ndarray) -> Iterator[str]:
    """Those decimal numbers of a text that no known number rounds to."""
    for found in _NUMBER.findall(_EXERCISE.sub("", text)):
        half = 0.5001 * 10.0 ** -len(found.partition(".")[2])
        if not (np.abs(known - float(found)) <= half).any():
            yield found


def stepper_of(code: str) -> Stepper:
    """The stepper that a line of a notebook makes, where net, x and y are the 2-3-2 network."""
    net, x, y = examples.small_network()
    names = {"Stepper": Stepper, "examples": examples, "net": net, "x": x, "y": y}
    return eval(code, names)  # a line of our own notebooks


def assert_steps_exist(text: str, stepper: Stepper) -> None:
    """Each step that a text names by its number has the title that it names."""
    for number, title in _STEP.findall(text):
        assert 1 <= int(number) <= len(stepper.steps), (number, title)
        assert stepper.steps[int(number) - 1].title == title, number


def steppers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Stepper]:
    """What the first cell of the class makes, when it is run as it stands."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(_FENCE.findall(walk())[0], names)  # a cell of the guide
    return {name: made for name, made in names.items() if isinstance(made, Stepper)}


def blocks() -> list[tuple[int, int, str]]:
    """From which minute to which each block of the class goes, and what it says."""
    pieces = _BLOCK.split(walk().partition("### What they will ask")[0])[1:]
    return [(int(a), int(b), text) for a, b, text in zip(pieces[::4], pieces[1::4], pieces[3::4])]


each_notebook = pytest.mark.parametrize("path", committed_notebooks(), ids=lambda path: path.stem)


def test_every_notebook_has_its_part_and_then_comes_the_class() -> None:
    titles = [f"{path.stem[:2]} {title_of(path)}" for path in committed_notebooks()]
    assert list(parts()) == [*titles, WALK]


@each_notebook
def test_minutes_add_up_to_those_that_the_notebook_states(path: Path) -> None:
    stated = re.search(r"\*\*Time\*\* about (\d+) minutes", prose_of(path))[1]
    assert f"[{path.stem}]({path.name}), {stated} minutes" in part_of(path)
    rows = [(section, int(minutes)) for section, minutes in _MINUTES.findall(part_of(path))]
    assert all(minutes > 0 for _, minutes in rows)
    assert sum(minutes for _, minutes in rows) == int(stated)
    assert [row[0] for row in rows] == [s for s in sections_of(path) if s not in UNTAUGHT]


@each_notebook
def test_what_stands_in_italics_is_a_section_or_a_step(path: Path) -> None:
    steps = [title for _, title in _STEP.findall(part_of(path))]
    for name in italics_of(part_of(path)):
        assert name in (*sections_of(path), *steps), name


@each_notebook
def test_predictions_are_those_of_the_notebook(path: Path) -> None:
    marked = [line for line in part_of(path).splitlines() if "◆" in line]
    assert len(marked) >= QUESTIONS
    left = predictions_of(path)
    for line in marked:
        quoted, answer = _PREDICTION.fullmatch(line).groups()
        (asked,) = [asked for asked in left if quoted in asked]
        left.remove(asked)
        assert answer
    keys = _KEY.findall(part_of(path))
    if not lettered(path):  # the finds of 09 have a key of their own
        assert len(keys) == bool(left)
        assert sum(len(key.split("; ")) for key in keys) == len(left), left


@each_notebook
def test_the_key_to_the_finds_has_their_letters(path: Path) -> None:
    keys = "\n".join(_KEY.findall(part_of(path)))
    found = [(n, "".join(letters)) for n, *letters in _FIND.findall(keys)]
    assert found == [(str(n), letters) for n, letters in enumerate(lettered(path), start=1)]


@each_notebook
def test_it_needs_what_the_notebook_says(path: Path) -> None:
    stated = re.search(r"\*\*You need\*\* (.+)", prose_of(path))[1]
    (needs,) = _NEEDS.findall(part_of(path))
    assert needed(needs.partition(" Run it")[0]) == needed(stated)


def test_it_knows_how_many_slips_each_check_finds() -> None:
    (path,) = NOTEBOOKS.glob("09_*.ipynb")
    found = {kind: n for n, kind in _OF_ALL.findall(printed_in(path))}
    of, single, signs, shapes, sizes = re.search(
        r"The numbers, (\d+) of (\d+); the shapes find (\d+), the signs (\d+)\. "
        r"Layers of different sizes, one sample and several: (\d+)\.",
        part_of(path),
    ).group(2, 1, 4, 3, 5)
    assert found == {
        **found,
        "one neuron a layer, one sample: the numbers": single,
        "layers of different sizes, one sample: the signs": signs,
        "layers of different sizes, several samples: the shapes": shapes,
        "layers of different sizes, one sample and several: the numbers": sizes,
        "all of these networks, and the others: the numbers": of,
    }


@each_notebook
def test_it_looks_out_stays_cuts_and_sets_homework(path: Path) -> None:
    for part in ("**Ask.**", "**Look out for.**", "**Stay on**", "**Cut**", "**Homework**"):
        assert part_of(path).count(part) == 1, part
    warned = part_of(path).partition("**Look out for.**")[2].partition("**Stay on**")[0]
    assert len(_SLIP.findall(warned)) + len(_SAID.findall(warned)) >= MISCONCEPTIONS
    homework = part_of(path).partition("**Homework**")[2]
    assert set(_EXERCISE.findall(homework)) <= set(exercises_of(path))
    assert len(_EXERCISE.findall(homework)) >= QUESTIONS
    assert ("the drill" in homework) == ("Drill(" in printed_in(path))


@each_notebook
def test_the_picture_to_stay_on_is_in_the_notebook(path: Path) -> None:
    (code,) = _SHOWN.findall(part_of(path))
    sources = ["".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "code"]
    assert any(code in source for source in sources), code
    named = _STEP.findall(part_of(path))
    assert bool(named) == code.startswith("Stepper(")
    if named:
        stepper = stepper_of(code)
        assert repr(stepper) in printed_in(path)
        assert_steps_exist(part_of(path), stepper)


@each_notebook
def test_its_numbers_are_those_of_the_notebook(path: Path) -> None:
    said = without_quotes(part_of(path))
    assert list(unknown_numbers(said, numbers_in(printed_in(path)))) == []


def test_every_slip_and_every_exercise_that_is_named_exists() -> None:
    assert set(_SLIP.findall(guide())) <= {slip.key for slip in SLIPS}
    known = [exercise for path in committed_notebooks() for exercise in exercises_of(path)]
    tags = [tag for path in committed_notebooks() for tag in _TAG.findall(prose_of(path))]
    assert set(_EQUATION.findall(guide())) <= {*known, *tags}
    assert set(_EXERCISE.findall(_EQUATION.sub("", without_quotes(guide())))) <= set(known)


def test_what_check_says_is_still_said() -> None:
    found = _SAID.findall(guide())
    assert found
    for notebook, rest, words in found:
        judged = {e.id: e for e in of_notebook(notebook)}[notebook + rest]
        sentences = [says for _, says in judged.mistakes]
        assert any(words in says for says in sentences), (notebook + rest, words)


def test_links_lead_somewhere() -> None:
    links = _LINK.findall(guide())
    assert len(links) >= len(committed_notebooks())
    for target in links:
        assert (NOTEBOOKS / target).is_file(), target
    assert "](notebooks/teaching_guide.md)" in README.read_text(encoding="utf-8")


def test_it_is_not_long() -> None:
    assert sum(bool(re.search(r"\w", word)) for word in guide().split()) <= MOST_WORDS


def test_a_slip_is_shown_as_the_guide_says() -> None:
    first = _FENCE.findall(guide())[0]
    *lines, last = first.strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # a cell of the guide
    assert "first parts at step 6: BP3 in layer 1" in eval(last, names).widget.deck_html


def test_it_says_how_many_slips_cannot_be_shown_so() -> None:
    def found(slip: Slip, net: Network, x: np.ndarray, y: np.ndarray) -> str:
        mine = partial(gradient_with, [slip])
        page = Stepper(net, x, y, mine=mine).widget.deck_html
        return "raised" if "It raised ValueError" in page else "✗" if "✗" in page else "✓"

    small = Counter(found(slip, *examples.batch()) for slip in SLIPS)
    assert (small["raised"], small["✓"]) == (5, 6)
    assert "Five slips do not fit" in guide() and "Six need another" in guide()
    square, x = Network.random([3, 3, 3], seed=0), np.random.default_rng(0).random((3, 4))
    refused = [slip.key for slip in SLIPS if found(slip, square, x, x) == "raised"]
    assert refused == ["forward-of-rows"]


def test_the_class_takes_its_minutes_without_a_gap() -> None:
    begins, ends = zip(*((begin, end) for begin, end, _ in blocks()))
    assert (begins[0], ends[-1]) == (0, WHOLE_CLASS)
    assert begins[1:] == ends[:-1]
    assert all(begin < end for begin, end in zip(begins, ends))
    assert ends[-1] - begins[-1] == KEPT_BACK
    assert f"It takes {begins[-1]} minutes" in walk()
    for begin, end, text in blocks():
        inner = re.findall(r"\((\d+)–(\d+)\)", text)
        assert [begin, *(int(b) for _, b in inner)] == [
            *(int(a) for a, _ in inner),
            end,
        ] or not inner
    spans = {f"{begin}–{end}" for begin, end in zip(begins, ends)}
    named = re.findall(r"\b\d+–\d+\b", walk().partition("### If something fails")[2])
    assert named and set(named) <= spans


def test_every_step_of_the_class_is_a_step_of_its_stepper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = steppers(tmp_path, monkeypatch)
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.html" for name in made}
    assert all("bp-still bp-lecture" in page.read_text("utf-8") for page in tmp_path.iterdir())
    for begin, _, text in blocks():
        screens = _SCREEN.findall(text)
        assert len(screens) == 1 or "**Screen.** Notebook 05" in text, begin
        if screens:
            assert_steps_exist(text, made[screens[0]])
        else:
            assert not _STEP.findall(text)
            (notebook,) = NOTEBOOKS.glob("05_*.ipynb")
            assert set(italics_of(text)) <= set(sections_of(notebook))


@pytest.mark.parametrize("name", ["chain", "index", "layers"])
def test_the_class_sees_a_whole_frame_and_the_keys_do_what_the_guide_says(
    name: str, browser: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = len(steppers(tmp_path, monkeypatch)[name].steps)
    page = browser.new_page(viewport={"width": IN_LAB + 32, "height": 720})
    page.goto((tmp_path / f"{name}.html").as_uri())
    page.locator(".bp-chip").first.click()
    for step in range(1, steps + 1):
        assert page.evaluate(_STATE) == {"step": step, "open": 0}
        for key in ("Tab", "Enter"):
            page.keyboard.press(key)
        assert page.evaluate(_STATE) == {"step": step, "open": 1}
        found = page.evaluate(_OPENED)
        assert abs(found["width"] - IN_LAB) <= 1
        assert found["height"] <= ROOM and found["least"] >= SMALLEST - 0.01, (step, found)
        if step in KEPT_OPEN[name]:  # and what is to be found on paper next is not on the screen
            assert not {"−1.3", "−0.6"} & set(page.evaluate(_WRITTEN)), step
        for key in ("Enter", "Shift+Tab", "ArrowRight"):
            page.keyboard.press(key)
    page.close()


def test_names_in_the_class_are_all_looked_at() -> None:
    steps = [title for _, title in _STEP.findall(walk())]
    read_at_home = {"00": "How wrong is it?", "01": "The same for the bias"}
    for number, section in read_at_home.items():
        (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
        assert section in sections_of(path)
    assert set(italics_of(walk())) == {*steps, "Exercises", "Recap", *read_at_home.values()}


def board() -> dict[str, np.ndarray]:
    """The table that stands on the board: its numbers, row by row."""
    rows = re.findall(r"^\| (\S+) \| ([^|]*\d[^|]*) \| ([^|]*\d[^|]*) \|$", walk(), re.MULTILINE)
    return {
        f"{name} {l}": np.array([float(n.replace("−", "-")) for n in re.findall(r"−?[\d.]+", cell)])
        for name, *cells in rows
        for l, cell in enumerate(cells, start=1)
    }


def test_the_board_has_the_numbers_of_the_network() -> None:
    net, x, y = examples.small_network()
    trace = forward(net, x)
    right = {}
    for l in (1, 2):
        right |= {f"W {l}": net.W[l], f"b {l}": net.b[l]}
        right |= {f"z {l}": trace.z[l], f"a {l}": trace.a[l]}
        right[f"σ′(z) {l}"] = net.sigma[l].slope(trace.z[l])
    assert board().keys() == right.keys()
    for name, numbers in board().items():
        assert np.allclose(numbers, right[name].ravel(), rtol=0, atol=0.0005), name
    assert f"C = ½ Σ (a − y)² = {cost(net, x, y):.4f}; $x$ = (1, 0.5)" in walk()
    assert "$x$ = (1, 0.5), target $y$ = (0, 1)" in walk()
    assert x.ravel().tolist() == [1, 0.5] and y.ravel().tolist() == [0, 1]


def test_the_chain_below_it_has_its_numbers_too() -> None:
    net, x, y = examples.chain()
    trace, layers = forward(net, x), range(1, net.L + 1)
    w = [f"{net.W[l].item():.1f}" for l in layers]
    a = [f"{trace.a[l].item():.3f}" for l in layers]
    slope = [f"{net.sigma[l].slope(trace.z[l]).item():.3f}" for l in layers]
    b = [f"{net.b[l].item():.1f}" for l in layers]
    rows = {"w": w, "b": b, "a": a, "σ′(z)": slope}
    row = "; ".join(f"{name} = {', '.join(numbers)}" for name, numbers in rows.items())
    row = row.replace("-", "−")
    assert f"$x$ = {x.item()}; {row}; $y$ = {y.item()}." in walk()


def with_bias(net: Network, value: float) -> Network:
    """The network with another bias of its middle hidden neuron."""
    b1 = net.b[1].copy()
    b1[1] = value
    return net.replace(net.W, [None, b1, net.b[2]])


def test_the_numbers_of_the_class_are_those_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = steppers(tmp_path, monkeypatch)
    net, x, y = examples.small_network()
    start, nudged = cost(net, x, y), cost(with_bias(net, 0.4), x, y)
    shown = " ".join(
        re.sub(r"<[^>]*>", " ", f"{step.numbers} {step.result} {step.answer} {step.words}")
        for stepper in made.values()
        for step in stepper.steps
    )
    known = np.concatenate([numbers_in(shown), *map(np.abs, board().values())])
    promised = -0.1 * made["layers"].steps[4].value[1, 0]
    for_the_quick = abs(backpropagate(net, x, [1, 1]).b[1][1, 0])
    known = np.append(known, [0.3, 0.4, start, nudged, promised, for_the_quick])
    spoken = "\n".join(text for _, _, text in blocks())
    assert list(unknown_numbers(without_quotes(spoken), known)) == []
    assert f"from {start:.4f} to {nudged:.4f}" in spoken


def test_what_they_will_ask_has_its_numbers() -> None:
    net, x, y = examples.small_network()
    stepped = cost(update(net, backpropagate(net, x, y), eta=0.5), x, y)
    assert f"with η = 0.5: C from {cost(net, x, y):.4f} to {stepped:.4f}" in walk()
    assert "0.695 · 0.305 = 0.212" in walk()
    (digits,) = NOTEBOOKS.glob("08_*.ipynb")
    assert "08 has 23,860" in walk() and "23860 parameters" in printed_in(digits)


def test_the_line_of_the_class_is_right_and_a_product_of_entries_is_refused() -> None:
    (line,) = re.findall(r"its line for yourself: `return ([^`]+)`", walk())
    arguments = "lambda W_next, delta_next, slope_here: "
    assert check("05.1", eval(arguments + line)).verdict == "right"  # a line of the guide
    for slip in ("W_next * delta_next * slope_here", "(delta_next.T @ W_next) * slope_here"):
        assert "It raised ValueError" in check("05.1", eval(arguments + slip)).says
    of_the_screen = eval(arguments + "(W[2].T @ delta[2]) * slope_here")
    assert "NameError" in check("05.1", of_the_screen).says


def test_what_is_computed_on_paper_is_right() -> None:
    found = _SUM.findall(walk())
    assert len(found) >= 4
    for left, right in found:
        value = eval(left.replace("·", "*").replace("−", "-"))  # numbers and signs alone
        assert abs(value - float(right.replace("−", "-"))) <= 0.001, (left, right)


def test_the_package_is_where_the_guide_says() -> None:
    assert (Path(bp_helpers.__file__).parent / "slips.py").is_file()
    assert "`bp_helpers/slips.py`" in guide()
