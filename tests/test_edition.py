"""The static edition: read and stepped through from disk, without scripts and without a network."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from html import unescape
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from accessibility import page_violations
from browsing import (
    ENOUGH_CONTRAST,
    NOTEBOOKS,
    ask,
    cells_of,
    committed_notebooks,
    faint_lines,
    outputs_of,
    still_pages,
)
from lab import ASKS

pytest.importorskip("nbconvert")
pytest.importorskip("latex2mathml", reason="the extra `publish` brings latex2mathml")
sys.path.append(str(Path(__file__).parent / "publish"))
import edition
import mathematics
import rendering

README = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
every_notebook = pytest.mark.parametrize("path", committed_notebooks(), ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the edition."""
    folder = tmp_path_factory.mktemp("site") / "edition"
    edition.build(folder)
    return folder


@pytest.fixture(scope="module")
def soups(site: Path) -> dict[str, object]:
    """Every page of the edition, parsed, by the name of its file."""
    parsed = pytest.importorskip("bs4").BeautifulSoup
    pages = sorted(site.glob("*.html"))
    return {p.name: parsed(p.read_text(encoding="utf-8"), "html.parser") for p in pages}


def test_the_index_says_of_every_notebook_what_the_readme_says(soups: dict[str, object]) -> None:
    told = re.findall(r"^\| \[(\d\d)_(\w+)\]\(\S+\) \| .* \| (\d+) \|$", README, re.MULTILINE)
    rows = soups["index.html"].select(".map tbody tr")
    found = [(row.a["href"], row.select_one(".minutes").text) for row in rows]
    assert found == [(f"{number}_{name}.html", minutes) for number, name, minutes in told]
    assert len(rows) == len(committed_notebooks()) == len(soups) - 1
    for row, path in zip(rows, committed_notebooks()):
        title = "".join(cells_of(path)[0]["source"]).splitlines()[0].removeprefix("# ")
        assert row.a.text == path.stem[:2] + title and row.td.text


def test_every_link_leads_somewhere(soups: dict[str, object]) -> None:
    named = {name: Counter(e["id"] for e in soup.select("[id]")) for name, soup in soups.items()}
    assert all(count == 1 for names in named.values() for count in names.values())
    for name, soup in soups.items():
        for link in soup.select("a[href]"):
            file, _, place = link["href"].partition("#")
            if file.startswith("https://"):
                continue
            assert (file or name) in soups, (name, link)
            assert not place or place in named[file or name], (name, link)


def test_pages_follow_one_another(soups: dict[str, object]) -> None:
    names = ["index.html", *(f"{path.stem}.html" for path in committed_notebooks())]
    for before, name in zip([*names], names[1:]):
        assert soups[before].select_one(".turn a[rel=next]")["href"] == name
        if before != "index.html":
            assert soups[name].select_one(".turn a[rel=prev]")["href"] == before
        here = soups[name].select(".contents [aria-current=page]")
        assert [e["href"] for e in here] == [name]
        held = [e["href"] for e in soups[name].select(".contents ul a")]
        assert held == [f"#{e['id']}" for e in soups[name].select("main h2[id]")] != []


def test_nothing_is_fetched_and_nothing_runs(site: Path, soups: dict[str, object]) -> None:
    style = (site / "edition.css").read_text(encoding="utf-8")
    assert not re.search(r"@import|url\((?!data:)", style)
    for name, soup in soups.items():
        assert not soup.select("script, iframe, object, [onclick]"), name
        for e in soup.select("[src], link[href]"):
            source = e.get("src") or e["href"]
            assert source.startswith("data:") or (site / source).exists(), (name, source[:99])


def test_a_page_has_its_landmarks_and_its_headings_in_order(soups: dict[str, object]) -> None:
    for name, soup in soups.items():
        assert soup.html["lang"] == "en" and soup.title.text
        for landmark in ("header", "main", "footer"):
            assert len(soup.select(landmark)) == 1, (name, landmark)
        first = soup.body.select_one("a")
        assert first["href"] == "#" + soup.main["id"]
        levels = [int(e.name[1]) for e in soup.select("h1, h2, h3, h4")]
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(after <= before + 1 for before, after in pairwise(levels)), name


@every_notebook
def test_predictions_stay_predictions(soups: dict[str, object], path: Path) -> None:
    soup = soups[f"{path.stem}.html"]
    hidden = [c for c in cells_of(path) if c["metadata"].get("jupyter", {}).get("outputs_hidden")]
    folds = soup.select("details.prediction")
    assert len(folds) == len(hidden) and not soup.select("details[open]")
    for fold, cell in zip(folds, hidden):
        assert fold.summary.text == "Show what it prints"
        printed = ["".join(o["text"]) for o in cell["outputs"] if o["output_type"] == "stream"]
        assert [e.text.strip() for e in fold.select("pre")][: len(printed)] == [
            text.strip() for text in printed
        ]


@every_notebook
def test_every_formula_is_in_the_page(soups: dict[str, object], path: Path) -> None:
    soup = soups[f"{path.stem}.html"]
    text = "\n".join("".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "markdown")
    tags = mathematics.tags_of(text)
    assert [e["id"] for e in soup.select("main .display[id]")] == [f"eq-{tag}" for tag in tags]
    assert [e.contents[-1].text for e in soup.select("main .display[id]")] == [
        f"({tag})" for tag in tags
    ]
    assert len(soup.main.select("math")) >= len(tags) > 0
    assert not re.search(r"\b(amp|lt|gt);", "".join(e.text for e in soup.main.select("math")))
    for e in soup.main.select("pre, code"):
        e.extract()
    assert not re.search(r"\$|\\[a-z]{2}", soup.main.text)


@pytest.mark.parametrize(
    ("latex", "written"),
    [
        ("x = -1", '<mo form="prefix">&#x02212;'),
        ("x - 1", "<mo>&#x02212;"),
        (r"y \ln a", '<mspace width="0.17em"/><mi>ln</mi><mspace width="0.17em"/>'),
        (r"1 - \tanh^2 z", "<msup><mi>tanh</mi><mn>2</mn></msup>"),
        (r"\varepsilon |C|", '<mo stretchy="false" lspace="0" rspace="0">&#x0007C;'),
    ],
)
def test_signs_stand_as_they_are_meant(latex: str, written: str) -> None:
    assert written in mathematics.mathml(latex)


def test_no_full_stop_begins_a_line() -> None:
    html = rendering.as_html("So $a$. And $b$ too", rendering.Renderer())
    assert html.count("kept") == 1 and "</math>.</span>" in html


def test_what_nobody_has_answered_is_not_judged(soups: dict[str, object]) -> None:
    assert not [name for name, soup in soups.items() if "Not started" in soup.main.text]


def test_every_sign_of_the_formulas_is_in_the_font(soups: dict[str, object]) -> None:
    fonts = pytest.importorskip("fontTools.ttLib")
    woff = (Path(edition.HERE) / "edition" / "mathematics.woff").read_bytes()
    there = fonts.TTFont(BytesIO(woff)).getBestCmap().keys()
    # A letter by itself is shown in italics, at a code of its own.
    italic = {c: chr(0x1D434 + k) for k, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    italic |= {c: chr(0x1D44E + k) for k, c in enumerate("abcdefghijklmnopqrstuvwxyz")}
    italic["h"] = "ℎ"
    greek = {chr(0x3B1 + k): chr(0x1D6FC + k) for k in range(25)}
    used = {c for soup in soups.values() for e in soup.select("math") for c in e.text}
    shown = used | {(italic | greek)[c] for c in used & (italic | greek).keys()}
    assert [c for c in sorted(shown) if ord(c) not in there and not c.isspace()] == []


@every_notebook
def test_every_picture_has_its_words(soups: dict[str, object], path: Path) -> None:
    soup = soups[f"{path.stem}.html"]
    html = ["".join(data.get("text/html", "")) for data in outputs_of(path)]
    stored = [unescape(alt) for h in html for alt in re.findall(r' alt="([^"]*)"', h)]
    words = [e.get("alt") or e.get("aria-label") for e in soup.select("main img, main .bp-svg")]
    assert words == stored and all(words)


def open_offline(browser: object, path: Path, **options: object) -> tuple[object, list[str]]:
    """A page from the disk, and what it asks for elsewhere or in vain."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.set_offline(True)
    page, missed = context.new_page(), []
    page.on("requestfailed", lambda request: missed.append(request.url))
    page.on("request", lambda asked: None if _is_here(asked.url) else missed.append(asked.url))
    page.on("console", lambda message: missed.append(message.text))
    page.goto(path.as_uri())
    return page, missed


def _is_here(url: str) -> bool:
    return url.startswith(("file:", "data:"))


_PLACE = "e => [...e.querySelectorAll('.bp-frame')].findIndex(f => f.checkVisibility())"
_ALONE = "e => [...e.querySelectorAll('.bp-frame')].filter(f => f.checkVisibility()).length"


@every_notebook
def test_every_widget_steps_to_its_end_and_back_without_scripts(
    browser: object, site: Path, path: Path
) -> None:
    page, missed = open_offline(browser, site / f"{path.stem}.html", java_script_enabled=False)
    for fold in page.locator(".prediction:has(.bp-still)").all():
        fold.locator("summary").first.click()
    forms = page.locator(".bp-still:visible")
    assert forms.count() == len(still_pages(path))
    for form in forms.all():
        names = list(dict.fromkeys(form.locator(".bp-chip input").evaluate_all(_NAMES)))
        groups = [form.locator(f".bp-chip input[name={name}]") for name in names]
        for group in groups:
            group.first.locator("..").click()
        there = [form.evaluate(_SHOWN), *_walked(page, form, groups, "ArrowRight")]
        back = _walked(page, form, groups[::-1], "ArrowLeft")
        assert [there[-1], *back] == there[::-1]
        assert back[-1] == there[0] and len(set(there)) == len(there)
        if len(groups) == 1:
            assert there == [str(k) for k in range(form.locator(".bp-frame").count())]
    assert missed == []
    page.context.close()


def _walked(page: object, form: object, groups: list[object], key: str) -> list[str]:
    """The frames that are on show after each press, from one end of each group to the other."""
    seen = []
    for group in groups:
        (group.first if key == "ArrowRight" else group.last).locator("..").click()
        for _ in range(group.count() - 1):
            page.keyboard.press(key)
            seen.append(form.evaluate(_SHOWN))
    return seen


_NAMES = "all => all.map(e => e.name)"
_SHOWN = """e => [...e.querySelectorAll('.bp-frame, .bp-entries > *')]
  .flatMap((f, k) => f.checkVisibility() && !f.matches('.bp-entries') ? [k] : []).join()"""


def test_every_stored_page_is_there_and_no_live_one(soups: dict[str, object]) -> None:
    for path in committed_notebooks():
        soup = soups[f"{path.stem}.html"]
        assert len(soup.select("form.bp-still")) == len(still_pages(path))
        assert ".bp-chips{" not in str(soup)  # the style sheet is in a file of its own
        assert not re.search("widget-view|Error displaying|model not found", str(soup))


def test_pages_have_no_barriers(browser: object, site: Path) -> None:
    """Every page once: the even ones wide and light, the others narrow and dark."""
    for k, path in enumerate(sorted(site.glob("*.html"))):
        page, _ = open_offline(
            browser,
            path,
            viewport={"width": 320 if k % 2 else 1280, "height": 900},
            color_scheme="dark" if k % 2 else "light",
        )
        unfold(page)
        page.evaluate(_WITHOUT_WHAT_IS_HIDDEN)
        assert page_violations(page) == [], path.name
        page.context.close()


# Which the rules pass over, but not quickly. A frame keeps its place among the others.
_WITHOUT_WHAT_IS_HIDDEN = """() => document.querySelectorAll('.bp-frame, .bp-entries > *').forEach(
  e => e.checkVisibility() || e.replaceChildren())"""


def unfold(page: object) -> None:
    """Open whatever is folded."""
    page.evaluate("() => document.querySelectorAll('details').forEach(e => { e.open = true; })")


def test_every_table_says_what_its_headings_head(soups: dict[str, object]) -> None:
    for name, soup in soups.items():
        for table in soup.main.select("table:not(.bp-matrix)"):
            assert table.th, (name, table)  # what has no headings is no table
            assert all(e.get("scope") in ("col", "row") for e in table.select("th")), name
            for row in table.select("tr"):
                cells = row.find_all(["th", "td"], recursive=False)
                heads = [e for e in cells if e.get("scope") == "col"]
                assert not heads or not row.select("[scope=row], td:not(:empty)"), (name, row)


# What Tab can reach, in the order of the page: of a group of radio buttons it is the chosen one.
_STOPS = """() => [...document.querySelectorAll(
    'a[href], summary, button, select, input:not([type=radio]), '
    + 'input[type=radio]:checked, [tabindex="0"]'
  )].filter(e => e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}))"""
_AT = f"""() => {{
  const e = document.activeElement, stops = ({_STOPS})(), look = e.closest('.bp-chip') ?? e;
  const style = getComputedStyle(look), at = look.getBoundingClientRect();
  // A link may be broken over two lines, with nothing in the middle of its box.
  const inSight = [...e.getClientRects()].some(r => {{
    const over = document.elementFromPoint(r.left + Math.min(6, r.width / 2), r.top + r.height / 2);
    return look.contains(over);
  }});
  return {{
    place: stops.indexOf(e),
    name: e.tagName + ' ' + (e.name ?? '') + ' ' + e.textContent.trim().slice(0, 40),
    outline: style.outlineStyle == 'none' ? 0 : parseFloat(style.outlineWidth),
    inSight, scrolls: e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0,
  }};
}}"""


def test_a_whole_page_is_walked_by_key(browser: object, site: Path) -> None:
    page, _ = open_offline(browser, site / "05_layer_deltas.html", java_script_enabled=False)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    assert page.evaluate(_AT)["inSight"]
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "text"  # past the contents
    page.keyboard.press("Shift+Tab")
    for form in page.locator(".bp-still:visible").all():
        form.locator(".bp-chip input").first.focus()
        page.keyboard.press("ArrowRight")
        assert form.evaluate(_PLACE) == 1
    page.evaluate("() => document.querySelector('.skip').focus()")
    stops, seen = page.evaluate(f"() => ({_STOPS})().length"), []
    while (at := page.evaluate(_AT))["place"] >= 0 or at["scrolls"]:
        assert at["outline"] >= 2 and at["inSight"], at
        seen += [at["place"]] if at["place"] >= 0 else []
        page.keyboard.press("Tab")
    assert seen == list(range(stops)) and stops > 50
    fold = page.locator("main details:not(.bp-still *) > summary").first
    fold.focus()
    for key, is_open in (("Enter", True), ("Space", False)):
        page.keyboard.press(key)
        assert fold.evaluate("e => e.parentElement.open") is is_open
    page.context.close()


def test_nothing_is_wider_than_the_window(browser: object, site: Path) -> None:
    """Also at 400 %, where a window of 1280 pixels has room for 320, and with spaced out text."""
    page, _ = open_offline(browser, site / "index.html")
    for path in sorted(site.glob("*.html")):
        page.goto(path.as_uri())
        unfold(page)
        for width in (320, 390, 640, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(_WIDTH) <= width, (path.name, width)
        page.set_viewport_size({"width": 320, "height": 800})
        page.add_style_tag(content=_SPACED)
        assert page.evaluate(_WIDTH) <= 320, (path.name, "spaced out")
    page.context.close()


_WIDTH = "() => document.documentElement.scrollWidth"
# What WCAG 1.4.12 wants a page to bear.
_SPACED = """*:not(math, math *, svg *) {line-height: 1.5 !important;
  word-spacing: .16em !important; letter-spacing: .12em !important}
  p {margin-bottom: 2em !important}"""


@pytest.mark.parametrize("name", ["01_one_neuron", "03_many_neurons", "12_from_deltas_to_autograd"])
def test_widgets_at_400_percent_cut_nothing_off(browser: object, site: Path, name: str) -> None:
    page, _ = open_offline(browser, site / f"{name}.html", viewport={"width": 320, "height": 800})
    page.evaluate(ASKS)
    unfold(page)
    for k, _ in enumerate(still_pages(NOTEBOOKS / f"{name}.ipynb")):
        found = ask(page, "cut", k)
        assert not {what for what, (_, scrolls, _) in found.items() if not scrolls}, name
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_tell_what_is_chosen_and_leave_nothing_pale(
    browser: object, site: Path, scheme: str
) -> None:
    page, _ = open_offline(browser, site / "05_layer_deltas.html", color_scheme=scheme)
    page.emulate_media(forced_colors="active")
    page.evaluate(ASKS)
    step = ask(page, "walk", 0, True)
    assert min(v for each in step for v in each["contrasts"].values()) >= ENOUGH_CONTRAST
    assert not faint_lines(step)
    looks = page.locator(".bp-still:visible .bp-chip").evaluate_all(
        "all => all.map(e => [getComputedStyle(e).backgroundColor, !!e.querySelector(':checked')])"
    )
    chosen, others = ({look for look, on in looks if on is wanted} for wanted in (True, False))
    assert chosen and others and not chosen & others
    page.context.close()


def test_nothing_moves(site: Path) -> None:
    style = (site / "edition.css").read_text(encoding="utf-8")
    assert not re.search(r"animation|transition|scroll-behavior|<marquee|<blink", style)


def test_the_dark_page_is_dark_everywhere(browser: object, site: Path) -> None:
    page, _ = open_offline(browser, site / "08_train_on_digits.html", color_scheme="dark")
    assert (
        page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(17, 17, 17)"
    )
    filters = page.locator(".bp-chart").evaluate_all(
        "all => all.map(e => getComputedStyle(e.closest('.bp-gallery') ?? e).filter)"
    )
    assert filters and all("invert" in found for found in filters)
    page.goto((site / "01_one_neuron.html").as_uri())
    page.evaluate(ASKS)
    assert min(ask(page, "looks", 0)["least"].values()) >= ENOUGH_CONTRAST
    page.context.close()


def test_the_contents_end_above_the_footer(browser: object, site: Path) -> None:
    page, _ = open_offline(
        browser, site / "12_from_deltas_to_autograd.html", viewport={"width": 1280, "height": 800}
    )
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    meet = """() => { const [a, b] = ['.contents', 'footer'].map(
      css => document.querySelector(css).getBoundingClientRect());
      return a.right > b.left && a.bottom > b.top; }"""
    assert not page.evaluate(meet)
    page.context.close()


def test_on_paper_all_is_open_and_nothing_is_cut_off(browser: object, site: Path) -> None:
    page, _ = open_offline(
        browser, site / "05_layer_deltas.html", java_script_enabled=False,
        viewport={"width": 700, "height": 900},
    )  # fmt: skip
    page.emulate_media(media="print", color_scheme="dark")  # which paper is not
    ink = "e => getComputedStyle(e).color"
    for css in ("main p", ".bp-still .bp-title", ".highlight pre"):
        assert page.locator(css).last.evaluate(ink) == "rgb(34, 34, 34)"
    assert page.locator(".prediction pre").first.is_visible()
    closed = "all => all.filter(e => !e.checkVisibility({contentVisibilityAuto: true})).length"
    assert page.locator("main details > :not(summary)").evaluate_all(closed) == 0
    assert page.locator(".bp-frame").evaluate_all(closed) == 0
    assert (
        page.locator(".contents, .turn, .bp-chips").evaluate_all(
            "all => all.filter(e => e.checkVisibility()).length"
        )
        == 0
    )
    cut = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    assert page.locator("main pre").evaluate_all(cut) == []
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.context.close()


def run(monkeypatch: pytest.MonkeyPatch, *given: object) -> int:
    monkeypatch.setattr(sys, "argv", ["edition.py", *map(str, given)])
    return edition.main()


def test_a_folder_with_other_files_is_left_alone(monkeypatch, tmp_path, capsys) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert run(monkeypatch, tmp_path) == 1
    assert "holds other files" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert run(monkeypatch, tmp_path / "thesis.txt") == 1
    assert "is a file" in capsys.readouterr().err


def test_an_earlier_edition_is_written_anew(monkeypatch, tmp_path, capsys) -> None:
    shutil.copy(NOTEBOOKS / "00_start_here.ipynb", tmp_path)
    for _ in range(2):
        assert run(monkeypatch, tmp_path / "out", "--notebooks", tmp_path) == 0
    assert "3 files" in capsys.readouterr().out
    assert "01_one_neuron.ipynb" not in (tmp_path / "out" / "index.html").read_text()


@pytest.mark.parametrize(
    "text, complaint",
    [
        (
            "# A title\n\n**You will be able to** do.",
            "does not say, in its first cell, its minutes",
        ),
        ("no title", "its title"),
        (r"\begin{oops", "not a notebook"),
        (
            "# T\n\n**You will be able to** do.\n\n**Time** about 5 minutes\n\n$\\unheard$",
            "unheard is not known",
        ),
    ],
)
def test_a_notebook_that_does_not_fit_is_named(
    monkeypatch, tmp_path, capsys, text: str, complaint: str
) -> None:
    nbformat = pytest.importorskip("nbformat")
    cell = nbformat.v4.new_markdown_cell(text)
    content = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
    file = tmp_path / "01_mine.ipynb"
    file.write_text("{" if "oops" in text else content, encoding="utf-8")
    assert run(monkeypatch, tmp_path / "out", "--notebooks", tmp_path) == 1
    said = capsys.readouterr().err
    assert complaint in said and "01_mine" in said


def test_a_folder_without_notebooks_is_named(monkeypatch, tmp_path, capsys) -> None:
    assert run(monkeypatch, tmp_path / "out", "--notebooks", tmp_path) == 1
    assert f"no notebook in {tmp_path}" in capsys.readouterr().err


def test_a_control_that_needs_a_kernel_says_so() -> None:
    view = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "IntSlider(value=0)"}
    (left,) = rendering.without_a_kernel([{"output_type": "display_data", "data": view}])
    assert "IntSlider(value=0): this needs a running notebook." in left["data"]["text/html"]
