"""What a reader sees and does, in a real JupyterLab: every notebook, before and after it is run.

The tests of one notebook share one page and go through it in the order in which they stand
here: as it is opened, run, stepped through, changed, and at last without a kernel.
"""

from __future__ import annotations

import json
import os
import re
import statistics
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from conftest import Lab, committed_notebooks

ENOUGH_CONTRAST = 4.5
_CLICKS = 50
_RUN, _SOON = 240_000, 15_000  # milliseconds to wait for

# What the tests ask of the page. `k` is a stepper by its place on the page, `i` a chip.
_JS = r"""() => {
const all = (at, css) => [...at.querySelectorAll(css)];
const text = e => e ? e.textContent.trim() : '';
// The second is false for what closed details hold, the first for what SVG does not display.
const seen = e => e.getClientRects().length > 0 && e.checkVisibility();
const outputs = () => all(document, '.jp-OutputArea-output');
const stepper = k => outputs().filter(e => e.querySelector('.bp-chips'))[k];
const chips = k => all(stepper(k), '.bp-chips button');
const frame = k => all(stepper(k), '.bp-frame').find(seen);
const count = k => text(frame(k) && frame(k).querySelector('.bp-count'));
const isDrawn = (k, i) => count(k).endsWith(` ${i + 1} of ${chips(k).length}`);
const pause = ms => new Promise(done => setTimeout(done, ms));
const nextFrame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
async function drawn(k, i) {
  const last = performance.now() + 15000;
  while (!isDrawn(k, i)) {
    if (performance.now() > last)
      throw new Error(`chip ${i + 1} of stepper ${k + 1}: the frame says "${count(k)}"`);
    await pause(0);
  }
  await nextFrame();
}
// Until the kernel has answered, and nothing that it said has changed the page: all has been said.
// It answers in turn, and a widget holds one message back until the one before has been dealt with.
async function quiet(k, at = stepper(k)) {
  const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  let turns = 0;
  const last = performance.now() + 30000;
  const watch = new MutationObserver(() => { turns = 0; });
  const parts = {subtree: true, childList: true, attributes: true, characterData: true};
  watch.observe(at, parts);
  while (turns < 4) {
    await kernel.requestKernelInfo();
    await pause(20);
    await nextFrame();
    turns += 1;
    if (performance.now() > last) throw new Error('the kernel or the stepper finds no rest');
  }
  watch.disconnect();
}
async function go(k, i) { chips(k)[i].click(); await drawn(k, i); }

// A number of an equation as it is written in a sentence: 1.23e−9 for 1.23 · 10⁻⁹.
const number = e => text(e).replace(' · 10', 'e');
// What an equation ends in: the cells of a matrix, or a number.
function right(eq) {
  const last = eq.lastElementChild;
  return last.matches('.bp-matrix') ? all(last, 'td').map(number)
    : last.matches('.bp-num') ? [number(last)] : [];
}
function facts(k) {
  const f = frame(k), details = f.querySelector('details'), was = details.open;
  details.open = true;
  const found = {
    count: count(k),
    title: text(f.querySelector('.bp-title').firstChild),
    rule: text(f.querySelector('.bp-rule')),
    code: text(f.querySelector('pre')),
    numbers: text(f.querySelector('.bp-numbers')),
    answer: text(details.querySelector('.bp-answer')),
    words: text(details.lastElementChild),
    result: right(details.querySelector('.bp-eq')),
    label: text(stepper(k).querySelector('.bp-chips .mod-active')),
    equations: all(f, '.bp-eq').filter(seen).length,
    unread: all(f, '.bp-eq').filter(e =>
      e.getAttribute('role') != 'math' || !e.getAttribute('aria-label')).map(text),
    // Text that a browser would have to typeset, an escape too many, a value that is none.
    raw: [...f.querySelector('.bp-card').children].filter(e => e.tagName != 'PRE')
      .flatMap(e => text(e).match(/\$\$|\\[a-z]+|<\/?[a-z]+|&\w+;|\b(nan|inf|undefined)\b/) ?? []),
    neurons: neurons(f),
    wide: wide(f), covered: covered(f), outside: outside(f), broken: broken(f),
    torn: torn(f),
  };
  details.open = was;
  return found;
}

// Whatever is wider than its box, and so needs scrolling or is cut off. Only a matrix that is
// wider than the card by itself may leave no other way.
function wide(f) {
  const css = '.bp-picture, .bp-card, .bp-eq, .bp-title, .bp-shapes, .bp-drawn, pre, details';
  const fits = e => e.scrollWidth <= e.clientWidth + 1;
  return all(f, css).concat(f).filter(e => !fits(e) && !all(e, '.bp-matrix').some(m =>
      e.matches('.bp-eq') && m.offsetWidth > f.querySelector('.bp-card').clientWidth))
    .map(e => `${e.className || e.tagName}: ${e.scrollWidth} in ${e.clientWidth} px`);
}
// The pieces of code, and the lines of a definition, that are broken over several lines.
function broken(f) {
  const lines = node => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return new Set([...range.getClientRects()].map(at => Math.round(at.top))).size;
  };
  const pieces = all(f, '.bp-piece').filter(e => lines(e) > 1).map(text);
  const definitions = [...f.querySelector('pre').childNodes].filter(e => e.nodeType == 3)
    .filter(e => lines(e) > e.data.replace(/\n$/, '').split('\n').length).map(text);
  return pieces.concat(definitions);
}
// What stands on another line than it belongs to: a power, a function, a product in brackets.
function torn(f) {
  const beside = (a, b) => {
    const [one, other] = [a, b].map(e => e.getBoundingClientRect());
    return one.top < other.bottom && other.top < one.bottom;
  };
  const pairs = all(f, '.bp-power').map(e => [e, e.previousElementSibling])
    .concat(all(f, '.bp-fn').map(e => [e, e.nextElementSibling]))
    .concat(all(f, '.bp-tall > :not(:first-child, .bp-paren, :nth-child(2))')
      .map(e => [e, e.previousElementSibling]));
  return pairs.filter(([a, b]) => seen(a) && seen(b) && !beside(a, b))
    .map(([a]) => `${a.className}: ${text(a)}`);
}
// The neurons of wide layers: those that are named, those in the picture, what stands under those
// that are read or written, and the rows and columns of the card's matrices.
function neurons(f) {
  const named = [...text(f.querySelector('.bp-drawn')).matchAll(/numbers ([\d, ]+) of/g)]
    .map(([, list]) => list.split(', ').map(Number));
  const middle = e => { const at = e.getBoundingClientRect(); return (at.left + at.right) / 2; };
  const columns = (found, at, what) =>
    Object.entries(Object.groupBy(found, e => Math.round(at(e)).toString().padStart(6)))
      .sort().map(([, group]) => group.map(what));
  // The cost stands in a pill of its own, under the targets.
  const pills = all(f, '.bp-pill:not(.bp-off)').filter(e => !text(e).includes('='));
  const bare = cells => cells.filter(cell => !/[⋮⋯⋱]/.test(cell));
  const matrices = all(f, '.bp-matrix').map(m => all(m, 'tr').map(r => all(r, 'td').map(number)));
  return {
    named,
    drawn: columns(all(f, '.bp-node:has(.bp-index)'), e => middle(e.querySelector('circle')),
      e => Number(text(e.querySelector('.bp-index')))),
    under: columns(pills, middle, e => text(e.querySelector('.bp-new') ?? e).split(' ').at(-1)),
    inCard: matrices.flatMap(m => m.concat(m[0].map((_, j) => m.map(row => row[j])))).map(bare),
  };
}
const boxes = (f, css) => all(f, css).filter(seen)
  .map(e => [e.parentNode.textContent.trim(), e.getBoundingClientRect()]);
const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
  && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
// Pills and labels that cover one another, or the number in a neuron.
function covered(f) {
  const labels = boxes(f, '.bp-svg rect');
  const inside = boxes(f, '.bp-node text');
  return labels.flatMap(([a, at], i) => labels.slice(i + 1).concat(inside)
    .filter(([b, other]) => meet(at, other)).map(([b]) => `"${a}" over "${b}"`));
}
// Text that leaves the picture, or the pill or label that it stands in.
function outside(f) {
  const beyond = (a, b) => a.left < b.left - 1 || a.right > b.right + 1
    || a.top < b.top - 1 || a.bottom > b.bottom + 1;
  const picture = f.querySelector('.bp-svg').getBoundingClientRect();
  return all(f, '.bp-svg text').filter(seen).filter(e => {
    const group = e.closest('g:has(> rect)'), at = e.getBoundingClientRect();
    const box = group && group.querySelector(':scope > rect').getBoundingClientRect();
    // A line of text is taller than its figures, so that only its width is asked of a box.
    return beyond(at, picture) || box && (at.left < box.left - 1 || at.right > box.right + 1);
  }).map(text);
}
async function walk(k, colours = false) {
  const found = [];
  for (let i = 0; i < chips(k).length; i++) {
    await go(k, i);
    found.push(colours ? {...facts(k), contrasts: contrasts(k)} : facts(k));
  }
  return found;
}
function hiding(k) {
  const f = frame(k), picture = f.querySelector('.bp-picture'), open = f.querySelector('details');
  return {
    open: open.open,
    numbers: all(picture, '.bp-new').length,
    shown: all(picture, '.bp-new').filter(seen).length,
    asked: all(picture, '.bp-ask').filter(seen).length,
    answers: [open.querySelector('.bp-answer'), open.lastElementChild].filter(seen).length,
    label: text(stepper(k).querySelector('.bp-chips .mod-active')),
    lines: all(picture, 'line.bp-under').length,
  };
}

// The colour over everything behind it, as the reader's eye gets it: three numbers.
const brush = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
const mixed = {};
function rgba(colour) {
  if (mixed[colour]) return mixed[colour];
  brush.clearRect(0, 0, 1, 1); brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
  return mixed[colour] = {rgb: [r, g, b], a: a / 255};
}
const over = (top, a, below) => top.map((v, i) => a * v + (1 - a) * below[i]);
function behind(e) {
  if (!e) return [255, 255, 255];
  const {rgb, a} = rgba(getComputedStyle(e).backgroundColor);
  return a == 1 ? rgb : over(rgb, a, behind(e.parentElement));
}
function light(rgb) {
  const [r, g, b] = rgb.map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one, other) {
  const [low, high] = [light(one), light(other)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
// Of the text of an element on what is behind it.
function ratio(e) {
  const {rgb, a} = rgba(getComputedStyle(e).color), below = behind(e);
  return contrast(over(rgb, a, below), below);
}
// The colour of a piece of a picture, by `fill` or by `stroke`, over what is behind it.
function painted(e, property, below) {
  const {rgb, a} = rgba(getComputedStyle(e)[property]);
  let covers = a * getComputedStyle(e)[`${property}Opacity`];
  for (let at = e; at; at = at.parentElement) covers *= getComputedStyle(at).opacity;
  return over(rgb, covers, below);
}
// What a text of the picture stands on: the page, and on it a circle or a box, perhaps pale.
function under(e) {
  const page = behind(e.closest('.bp-svg')), at = e.getBoundingClientRect();
  const group = e.closest('.bp-node, g:has(> rect)');
  if (!group) return page;
  const middle = {left: (at.left + at.right) / 2 - 1, right: (at.left + at.right) / 2 + 1,
                  top: (at.top + at.bottom) / 2 - 1, bottom: (at.top + at.bottom) / 2 + 1};
  return all(group, 'circle, rect').filter(seen).filter(c => getComputedStyle(c).fill != 'none')
    .filter(c => meet(middle, c.getBoundingClientRect()))
    .reduce((below, c) => painted(c, 'fill', below), page);
}
function faintest(f) {
  const found = {};
  const add = (name, value) => {
    found[name] = Math.min(found[name] ?? 99, Math.round(value * 100) / 100);
  };
  for (const e of all(f, '.bp-svg text').filter(seen)) {
    const below = under(e), where = e.closest('.bp-node') ? 'a neuron' :
      e.closest('g:has(> rect)') ? 'a pill' : 'the picture';
    const name = `text in ${where}${e.closest('.bp-off') ? ' that steps back' : ''}`;
    add(name, contrast(painted(e, 'fill', below), below));
  }
  return found;
}
function contrasts(k) {
  const f = frame(k), details = f.querySelector('details'), was = details.open;
  details.open = true;
  const found = faintest(f);
  const add = (name, e) => {
    found[name] = Math.min(found[name] ?? 99, Math.round(ratio(e) * 100) / 100);
  };
  const words = document.createTreeWalker(f.querySelector('.bp-card'), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const e = words.currentNode.parentElement;
    if (seen(e) && words.currentNode.data.trim()) add(`${e.tagName} ${e.className}`, e);
  }
  for (const e of chips(k)) add(e.classList.contains('mod-active') ? 'chosen chip' : 'chip', e);
  details.open = was;
  return found;
}

async function clicks(k, n) {
  const times = [];
  for (let i = 1; i <= n; i++) {
    const start = performance.now();
    await go(k, i % chips(k).length);
    times.push(performance.now() - start);
  }
  return times;
}
// The same frames put into the page by hand: what drawing alone costs.
async function bareClicks(k, n) {
  const made = [];
  for (let i = 0; i < chips(k).length; i++) { await go(k, i); made.push(frame(k).outerHTML); }
  const stack = stepper(k).querySelector('.bp-stack'), box = document.createElement('div');
  box.style.cssText = `width: ${stack.clientWidth}px; min-height: 380px`;
  stack.before(box); stack.style.display = 'none';
  const times = [];
  for (let i = 1; i <= n; i++) {
    const start = performance.now();
    box.innerHTML = made[i % made.length];
    await nextFrame();
    times.push(performance.now() - start);
  }
  box.remove(); stack.style.display = '';
  return times;
}
// A stored notebook has its numbers before it is run: a cell has run when a star has been there.
const failed = () => all(document, '.jp-OutputArea-output').filter(e =>
  /jupyter[.](error|stderr)$/.test(e.dataset.mimeType)).map(e => text(e).slice(0, 300));
const prompts = () => all(document, '.jp-CodeCell .jp-InputArea-prompt').map(text);
const started = new Set();
function watchRuns() {
  const look = () => prompts().forEach((p, i) => p == '[*]:' && started.add(i));
  new MutationObserver(look).observe(document.querySelector('.jp-Notebook'),
    {subtree: true, childList: true, characterData: true});
}
// To the last cell, or up to one that has failed.
const numbered = () => prompts().filter(p => /^\[\d+\]:$/.test(p)).length;
const hasRun = n => (failed().length || started.size >= n && numbered() == n)
  && document.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status == 'idle'
  && !document.body.textContent.includes('Loading widget');
const labels = k => chips(k).map(text);
const shows = (k, words) => stepper(k).innerHTML.includes(words);

// The explorers: `k` is one of them by its place on the page.
const explorer = k => all(document, '.bp-explorer')[k];
const settled = k => quiet(k, explorer(k));
function looks(k) {
  const at = explorer(k), shown = all(at, 'svg.bp-svg').filter(seen);
  const words = all(at, 'th, td, p, code, .bp-title, .bp-count, .bp-card div').filter(seen);
  const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1
    && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  const texts = shown.flatMap(svg => all(svg, 'text').filter(seen).map(e => [e, svg]));
  const least = {};
  const add = (name, value) => { least[name] = Math.min(least[name] ?? 99, value); };
  for (const e of words.filter(e => text(e))) add('words', ratio(e));
  for (const svg of shown)
    Object.entries(faintest(svg.parentElement)).forEach(([name, value]) => add(name, value));
  return {
    pictures: shown.map(svg => svg.getAttribute('aria-label')),
    words: words.map(text),
    drawn: shown.map(svg => svg.innerHTML).join(''),
    wide: wide(at.querySelector('.bp-stack')).concat(
      words.filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth)
        .filter(e => !e.closest('.bp-eq')).map(text)),
    outside: texts.filter(([e, svg]) =>
      !inside(e.getBoundingClientRect(), svg.getBoundingClientRect())).map(([e]) => text(e)),
    least,
  };
}
window.bp = {
  count, go, drawn, quiet, facts, walk, hiding, clicks, bareClicks, labels, shows,
  watchRuns, hasRun, prompts, failed, settled, looks,
};
}"""


def ask(page: object, name: str, *args: object) -> object:
    """Call one of the functions above in the page."""
    return page.evaluate("([name, args]) => window.bp[name](...args)", [name, args])


@pytest.fixture(scope="module", params=committed_notebooks(), ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    """One notebook of the series."""
    return request.param


@pytest.fixture(scope="module")
def unrun(lab: Lab, notebook: Path) -> Iterator[object]:
    """The page of a notebook that has been opened."""
    page = lab.open(notebook.name)
    page.evaluate(_JS)
    yield page
    page.close()


@pytest.fixture(scope="module")
def ran(unrun: object, notebook: Path) -> object:
    """The page of a notebook after Run → Run All Cells."""
    ask(unrun, "watchRuns")
    choose(unrun, "Run", "Run All Cells")
    cells = sum(c["cell_type"] == "code" and bool(c["source"]) for c in cells_of(notebook))
    try:
        unrun.wait_for_function("n => window.bp.hasRun(n)", arg=cells, timeout=_RUN)
    except Exception as problem:
        raise AssertionError(f"not run to its end: {ask(unrun, 'prompts')}") from problem
    assert ask(unrun, "failed") == []
    for k in range(len(steppers(notebook))):
        ask(unrun, "drawn", k, 0)
    return unrun


def cells_of(notebook: Path) -> list[dict]:
    """The cells of a notebook file."""
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def widgets_in(notebook: Path) -> list[str]:
    """What the widgets of the notebook say of themselves in their stored outputs."""
    return [
        "".join(output["data"]["text/plain"])
        for cell in cells_of(notebook)
        for output in cell.get("outputs", ())
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]


def decks(notebook: Path) -> list[tuple[str, int]]:
    """What each row of chips leads to, a Step or a Weight, and how many of them there are."""
    units = {"Stepper": "Step", "Paths": "Weight"}
    found = map(re.compile(r"(Stepper|Paths): (\d+)").match, widgets_in(notebook))
    return [(units[kind], int(count)) for kind, count in (f.groups() for f in found if f)]


def steppers(notebook: Path) -> list[int]:
    """How many frames each row of chips of the notebook has."""
    return [count for _, count in decks(notebook)]


def explorers(notebook: Path) -> list[str]:
    """The kinds of the notebook's explorers, in order."""
    found = map(re.compile(r"(Nudge|Paths|Shapes|StepSize):").match, widgets_in(notebook))
    return [kind[1] for kind in found if kind]


def choose(page: object, *path: str) -> None:
    """Choose an entry of a menu."""
    page.click(f'.lm-MenuBar-itemLabel:text-is("{path[0]}")')
    for entry in path[1:-1]:
        page.hover(f'.lm-Menu-itemLabel:text-is("{entry}")')
    page.click(f'.lm-Menu-itemLabel:text-is("{path[-1]}")')


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


def stepper_of(page: object, k: int = 0) -> object:
    """The k-th stepper of the page."""
    return page.locator(".jp-OutputArea-output:has(.bp-chips)").nth(k)


def slider_of(page: object) -> object:
    """The handle of the first stepper's slider."""
    return stepper_of(page).locator(".noUi-handle").first


def first_stepper(page: object, notebook: Path) -> int:
    """The number of steps of the first stepper; a notebook without one has nothing to test."""
    counts = steppers(notebook)
    if not counts:
        pytest.skip("no stepper in this notebook")
    ask(page, "go", 0, 0)
    return counts[0]


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


def test_an_unrun_notebook_shows_the_whole_pass(unrun: object, notebook: Path) -> None:
    pictures = unrun.locator(".jp-OutputArea-output img")
    expected = [f"{unit} {k + 1} of {n}: " for unit, n in decks(notebook) for k in range(n)]
    alts = pictures.evaluate_all("all => all.map(e => e.alt)")
    steps = [alt for alt in alts if re.match(r"(Step|Weight) \d+ of \d+: ", alt)]
    assert [step.partition(": ")[0] + ": " for step in steps] == expected
    assert all(len(step) > len(start) + 20 for step, start in zip(steps, expected))
    others = [kind for kind in explorers(notebook) if kind != "Paths"]
    assert len(alts) - len(steps) >= len(others)
    unrun.wait_for_function(
        """() => [...document.querySelectorAll('.jp-OutputArea-output img')]
        .every(e => e.complete && e.naturalWidth > 0)""",
        timeout=_SOON,
    )


def test_run_all_cells_leaves_no_error(ran: object) -> None:
    assert ask(ran, "failed") == []
    shown = ran.evaluate("() => document.body.textContent")
    for complaint in ("Error displaying widget", "Error creating widget", "Loading widget..."):
        assert complaint not in shown
    # The prose is typeset by JupyterLab.
    assert ran.locator("merror, mjx-merror, [data-mjx-error]").count() == 0


def test_every_chip_leads_to_its_step(ran: object, notebook: Path) -> None:
    stored = [film for cell in cells_of(notebook) for film in _filmstrips(cell)]
    assert len(stored) == len(steppers(notebook)) == ran.locator(".bp-chips").count()
    for k, film in enumerate(stored):
        found = ask(ran, "walk", k)
        assert_consistent(found)
        assert_readable(found, f"{notebook.stem}, stepper {k + 1}")
        assert len(found) == len(film)
        for i, (step, (alt, title, code)) in enumerate(zip(found, film), start=1):
            assert alt == f"{step['count']}: {step['words']}"
            assert title == f"{i}. {step['title']}"
            assert code == step["code"]


def _filmstrips(cell: dict) -> Iterator[list[tuple[str, ...]]]:
    """Alternative text, title and line of each picture, for each output that is a filmstrip."""
    picture = re.compile(
        r'<img[^>]* alt="((?:Step|Weight) [^"]*)".*?<strong>(.*?)</strong>.*?<pre[^>]*>(.*?)</pre>',
        re.DOTALL,
    )
    for output in cell.get("outputs", ()):
        found = picture.findall("".join(output.get("data", {}).get("text/html", "")))
        if found:
            yield [tuple(_plain(text) for text in texts) for texts in found]


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html)).strip()


def test_numbers_wait_for_a_prediction(ran: object, notebook: Path) -> None:
    for k, n in enumerate(steppers(notebook)):
        for i in range(n):
            ask(ran, "go", k, i)
            if not ask(ran, "hiding", k)["open"]:
                _reveal(ran, k, by_keyboard=i % 2 == 1)


def _reveal(page: object, k: int, by_keyboard: bool) -> None:
    before = ask(page, "hiding", k)
    assert before["shown"] == 0 and before["answers"] == 0, before
    # A matrix that leads over several layers has no place of its own, and nothing to hide.
    assert before["numbers"] > 0 or before["label"].startswith("②"), before
    assert before["asked"] == before["numbers"] >= before["lines"], before
    summary = stepper_of(page, k).locator(".bp-frame summary:visible")
    if by_keyboard:
        summary.focus()
        page.keyboard.press("Enter")
    else:
        summary.click()
    after = ask(page, "hiding", k)
    assert after["open"] and after["answers"] == 2, after
    assert after["shown"] == before["numbers"] and after["asked"] == 0, after


def test_the_keyboard_steps(ran: object, notebook: Path) -> None:
    n = first_stepper(ran, notebook)
    slider_of(ran).focus()
    for key, step in (
        ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", n - 1), ("Home", 0)
    ):  # fmt: skip
        ran.keyboard.press(key)
        ask(ran, "drawn", 0, step)


def test_tab_reaches_the_chips(ran: object, notebook: Path) -> None:
    first_stepper(ran, notebook)
    slider_of(ran).focus()
    for _ in range(4):
        ran.keyboard.press("Tab")
        if ran.evaluate("() => document.activeElement.matches('.bp-chips button')"):
            break
    for step, key in ((1, "Enter"), (2, "Space")):
        ran.keyboard.press("Tab")
        ran.keyboard.press(key)
        ask(ran, "drawn", 0, step)


@pytest.mark.parametrize(
    "notebook", committed_notebooks()[:1], indirect=True, ids=lambda path: path.stem
)
def test_play_goes_on_by_itself_and_stops(ran: object, notebook: Path) -> None:
    n = first_stepper(ran, notebook)
    play = stepper_of(ran).locator(".widget-play button").first
    play.click()
    ask(ran, "drawn", 0, 1)
    play.click()  # is now the button that pauses
    ran.wait_for_timeout(3000)
    assert ask(ran, "count", 0) == f"Step 2 of {n}"
    ask(ran, "go", 0, n - 2)
    play.click()
    ask(ran, "drawn", 0, n - 1)
    ran.wait_for_timeout(3000)
    assert ask(ran, "count", 0) == f"Step {n} of {n}"


def test_every_notation_can_be_chosen(ran: object, notebook: Path) -> None:
    first_stepper(ran, notebook)
    for k, (unit, _) in enumerate(decks(notebook)):
        if unit == "Step":
            _choose_every_notation(ran, k, notebook.stem)


def _choose_every_notation(page: object, k: int, where: str) -> None:
    choice = stepper_of(page, k).locator(".widget-dropdown select").first
    names = choice.locator("option").evaluate_all("all => all.map(e => e.value)")
    chosen = choice.input_value()
    seen = {}
    for name in [*(name for name in names if name != chosen), chosen]:
        before = ask(page, "labels", k)
        choice.select_option(name)
        page.wait_for_function(
            "([k, before]) => window.bp.labels(k).join() != before.join()",
            arg=[k, before],
            timeout=_SOON,
        )
        ask(page, "quiet", k)
        seen[name] = ask(page, "walk", k)
        assert_consistent(seen[name])
        assert_readable(seen[name], f"{where}, stepper {k + 1} in {name!r}")
    codes = {tuple(step["code"] for step in walk) for walk in seen.values()}
    assert len(codes) == len(names) > 1  # each is written in its own way


def test_a_batch_shows_the_sample_that_is_chosen(ran: object, notebook: Path) -> None:
    for k in range(len(steppers(notebook))):
        choice = stepper_of(ran, k).locator('.widget-dropdown:has(label:text-is("sample")) select')
        if choice.count():
            picture = stepper_of(ran, k).locator(".bp-frame .bp-picture:visible")
            before = picture.inner_html()
            choice.select_option(index=1)
            ran.wait_for_function(
                "k => window.bp.shows(k, 'Drawn for sample 2')",
                arg=k,
                timeout=_SOON,
            )
            assert picture.inner_html() != before
            choice.select_option(index=0)


def test_a_weight_can_be_changed(ran: object, notebook: Path) -> None:
    first_stepper(ran, notebook)
    before = ask(ran, "walk", 0)
    box = stepper_of(ran).locator(".jupyter-widget-Collapse")
    box.locator(".jupyter-widget-Collapse-header").click()
    arrays = box.locator(".widget-dropdown select").first
    names = arrays.locator("option").evaluate_all("all => all.map(e => e.value)")
    # The last layer's: the first weight of a wide layer may stand at an input that is always 0.
    arrays.select_option([name for name in names if name.startswith("W")][-1])
    ask(ran, "quiet", 0)  # until the slider stands where that weight does
    box.locator(".noUi-handle").focus()
    ran.keyboard.press("End")  # the largest value on offer
    status = box.locator(".widget-html-content")
    status.get_by_text("the cost goes from").wait_for(timeout=_SOON)
    ask(ran, "quiet", 0)
    old, new = map(float, re.findall(r"\d\.\d{4}", status.inner_text()))
    after = ask(ran, "walk", 0)
    assert_consistent(after)
    assert_readable(after, f"{notebook.stem}, after a change")
    assert after != before
    assert (_cost(before), _cost(after)) == pytest.approx((old, new), abs=0.0006)

    box.locator("button", has_text="Put all back").click()
    status.get_by_text("Everything is as it was").wait_for(timeout=_SOON)
    ask(ran, "quiet", 0)
    assert ask(ran, "walk", 0) == before


def test_nonsense_in_the_box_of_a_stepper_leaves_the_last_good_frame(
    ran: object, notebook: Path
) -> None:
    first_stepper(ran, notebook)
    before = ask(ran, "walk", 0)
    box = stepper_of(ran).locator(".jupyter-widget-Collapse")
    if not box.locator(".noUi-handle").first.is_visible():
        box.locator(".jupyter-widget-Collapse-header").click()
    value = box.locator(".widget-readout[contenteditable=true]:visible")
    shown = value.inner_text()
    for nonsense in ("nonsense", "", "--"):
        value.fill(nonsense)
        value.press("Enter")
        ask(ran, "quiet", 0)
        assert value.inner_text() == shown
    assert ask(ran, "walk", 0) == before
    assert ask(ran, "failed") == []


def _cost(found: list[dict]) -> float:
    words = next(step["words"] for step in found if step["rule"] == "cost")
    return float(words.rstrip(".").split()[-1])


def test_numbers_hide_again_when_asked(ran: object, notebook: Path) -> None:
    first_stepper(ran, notebook)
    tick = stepper_of(ran).get_by_label("predict first")
    for wanted in (False, True):
        tick.set_checked(wanted)
        ran.wait_for_function(
            "open => window.bp.hiding(0).open == open", arg=not wanted, timeout=_SOON
        )
        ask(ran, "drawn", 0, 0)
    assert ask(ran, "hiding", 0)["shown"] == 0


def test_both_themes_can_be_read(ran: object, notebook: Path) -> None:
    for dark in (False, True):
        theme = "dark" if dark else "light"
        set_theme(ran, dark)
        for k in range(len(steppers(notebook))):
            found = ask(ran, "walk", k, True)
            assert_readable(found, f"{notebook.stem}, stepper {k + 1}, {theme}")
            faint = {
                (step["label"], name): value
                for step in found
                for name, value in step["contrasts"].items()
                if value < ENOUGH_CONTRAST
            }
            assert not faint, f"{theme}, stepper {k + 1}"
        for k, kind in enumerate(explorers(notebook)):
            assert_well_drawn(ask(ran, "looks", k), f"{kind}, {theme}")
        if folder := os.environ.get("BP_SCREENSHOTS"):
            _screenshot(ran, Path(folder) / f"{notebook.stem}-{theme}.png")
    set_theme(ran, dark=False)


def _screenshot(page: object, path: Path) -> None:
    """The whole notebook in one picture, in a window as high as the notebook."""
    size = page.viewport_size
    end_of_last_cell = """() => {
      document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0;
      return [...document.querySelectorAll('.jp-Cell')].at(-1).getBoundingClientRect().bottom;
    }"""
    high = int(page.evaluate(end_of_last_cell)) + 100
    page.set_viewport_size({**size, "height": min(high, 16000)})
    page.wait_for_timeout(500)
    page.evaluate(end_of_last_cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    page.set_viewport_size(size)


def test_how_long_a_click_takes(
    ran: object, notebook: Path, record_property: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """Measured and told, not judged: a machine that tests is often busy with something else."""
    first_stepper(ran, notebook)
    for name, what in (("clicks", "click to drawn"), ("bareClicks", "drawing alone")):
        times = ask(ran, name, 0, _CLICKS)
        median, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        record_property(what, {"median ms": round(median, 1), "95 % ms": round(high, 1)})
        with capsys.disabled():
            print(f"\n{notebook.stem}: {what}: median {median:.0f} ms, 95 % below {high:.0f} ms")


def assert_well_drawn(found: dict, where: str) -> None:
    """One picture is shown, with words; nothing is cut off, and all of it can be read."""
    assert len(found["pictures"]) == 1 and found["pictures"][0], where
    assert not found["wide"] and not found["outside"], (where, found["wide"], found["outside"])
    assert not any("NaN" in text or "nan" in text for text in found["words"]), where
    assert min(found["least"].values()) >= ENOUGH_CONTRAST, (where, found["least"])


def controls_of(page: object, k: int) -> tuple[object, object]:
    """The handles of the sliders of the k-th explorer, and its buttons but for chips and Play."""
    box = page.locator(".bp-explorer").nth(k)
    return box.locator(".noUi-handle:visible"), box.locator(".bp-choice button")


def explore(page: object, k: int, kind: str) -> set[str]:
    """Bring every control to its ends, alone and together; what has been drawn on the way."""
    handles, buttons = controls_of(page, k)
    seen = set()

    def look(what: str) -> None:
        ask(page, "settled", k)
        found = ask(page, "looks", k)
        assert_well_drawn(found, f"{kind}, {what}")
        seen.add(found["drawn"] + "".join(found["words"]))

    def push(i: int, key: str) -> None:
        handles.nth(i).focus()
        page.keyboard.press(key)

    look("as it starts")
    for i in range(handles.count()):
        for key in ("End", "Home"):
            push(i, key)
            look(f"slider {i + 1} at its {key}")
    for key in ("End", "Home"):
        for i in range(handles.count()):
            push(i, key)
        look(f"all sliders at their {key}")
        for i in range(buttons.count()):
            if key == "Home":
                buttons.nth(i).click()
            else:
                buttons.nth(i).focus()
                page.keyboard.press("Enter")
            look(f"all sliders at their {key}, button {i + 1}")
            assert buttons.nth(i).evaluate("e => e.classList.contains('mod-active')")
    return seen


def test_explorers_reach_their_extremes(ran: object, notebook: Path) -> None:
    for k, kind in enumerate(explorers(notebook)):
        seen = explore(ran, k, kind)
        handles, buttons = controls_of(ran, k)
        assert len(seen) > handles.count() + buttons.count(), kind
    assert ask(ran, "failed") == []


def test_all_fits_a_narrow_window(ran: object, notebook: Path) -> None:
    if not widgets_in(notebook):
        pytest.skip("nothing to see in this notebook")
    wide = ran.viewport_size
    for width in (1280, 1024, 800):
        ran.set_viewport_size({**wide, "width": width})
        ran.wait_for_timeout(100)
        for k, kind in enumerate(explorers(notebook)):
            found = ask(ran, "looks", k)
            # An equation may scroll inside its box; pictures, tables and words must fit.
            found["wide"] = [problem for problem in found["wide"] if "bp-eq" not in problem]
            assert_well_drawn(found, f"{kind} at {width} px")
        for k in range(len(steppers(notebook)) if width < 1280 else 0):
            found = ask(ran, "walk", k)
            for step in found:
                step["wide"] = [problem for problem in step["wide"] if "bp-eq" not in problem]
            assert_readable(found, f"{notebook.stem}, stepper {k + 1} at {width} px")
    ran.set_viewport_size(wide)


def test_nonsense_in_a_number_box_leaves_the_last_good_frame(ran: object, notebook: Path) -> None:
    for k in range(len(explorers(notebook))):
        boxes = (
            ran.locator(".bp-explorer")
            .nth(k)
            .locator(".widget-readout[contenteditable=true]:visible")
        )
        for i in range(boxes.count()):
            ask(ran, "settled", k)
            before, shown = ask(ran, "looks", k), boxes.nth(i).inner_text()
            for nonsense in ("nonsense", "", "--"):
                boxes.nth(i).fill(nonsense)
                boxes.nth(i).press("Enter")
                ask(ran, "settled", k)
                assert ask(ran, "looks", k) == before, nonsense
                assert boxes.nth(i).inner_text() == shown
            boxes.nth(i).fill("1e9")  # beyond the end: as far as the slider goes
            boxes.nth(i).press("Enter")
            ask(ran, "settled", k)
            assert_well_drawn(ask(ran, "looks", k), f"1e9 in box {i + 1}")
    assert ask(ran, "failed") == []


@pytest.fixture(scope="module")
def kernelless(ran: object) -> object:
    """The same page after its kernel has been shut down."""
    choose(ran, "Kernel", "Shut Down Kernel")
    confirm = ran.locator(".jp-Dialog .jp-mod-accept")
    gone = ran.locator('.jp-Notebook-ExecutionIndicator[data-status="unknown"]')
    confirm.or_(gone).first.wait_for(timeout=_SOON)
    if confirm.count():
        confirm.click()
    gone.wait_for(timeout=_SOON)
    return ran


def test_it_steps_without_a_kernel(
    request: pytest.FixtureRequest, ran: object, notebook: Path
) -> None:
    first_stepper(ran, notebook)
    before = ask(ran, "walk", 0)
    request.getfixturevalue("kernelless")
    assert ask(ran, "walk", 0) == before
    ask(ran, "go", 0, 0)
    _reveal(ran, 0, by_keyboard=False)


def test_explorers_with_frames_go_on_without_a_kernel(kernelless: object, notebook: Path) -> None:
    # What is made up front: all nudges of every quantity, and all step sizes.
    frames = {"Nudge": 3 * 7, "StepSize": 16}
    for k, kind in enumerate(explorers(notebook)):
        seen = set()

        def look(k: int = k, seen: set[str] = seen) -> None:
            kernelless.wait_for_timeout(60)
            seen.add("".join(ask(kernelless, "looks", k)["words"]))

        handles, buttons = controls_of(kernelless, k)
        if kind == "StepSize":
            handles.first.focus()
            for key in ("Home", *["ArrowRight"] * 20):
                kernelless.keyboard.press(key)
                look()
        if kind == "Nudge":
            for nudged in range(3):
                buttons.nth(nudged).click()
                for size in range(3, buttons.count()):
                    buttons.nth(size).click()
                    look()
        assert len(seen) == frames.get(kind, 0), kind
