"""Colours that mean something: everybody can tell them apart, or a second sign does."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from bp_helpers import Stepper, examples, explorers, plots
from bp_helpers.drawing.blocks import layer_shapes
from bp_helpers.drawing.picture import style_sheet

# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes: A Physiologically-based Model for Simulation of
# Color Vision Deficiency, IEEE TVCG 15 (2009), at severity 1, on linear sRGB, as browsers have it.
EYES = {
    "usual": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
    "achromatopsia": np.array([[0.2126, 0.7152, 0.0722]] * 3),  # greyscale
}
# B. Ottosson: A perceptual color space for image processing (2020), from linear sRGB. In it 0.02
# is a difference that is just noticed (deltaEOK in CSS Color 4).
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
FAR = 0.1  # five times what is just noticed, since lines are thin and do not touch
THEMES = ("light", "dark")


def linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def simulated(rgb: np.ndarray, eyes: str) -> np.ndarray:
    """What these eyes see of a colour, in linear sRGB."""
    return np.clip(EYES[eyes] @ linear(rgb), 0, 1)


def distance(one: np.ndarray, other: np.ndarray, eyes: str) -> float:
    """How different two colours look to these eyes."""
    first, second = (TO_OKLAB @ np.cbrt(TO_CONES @ simulated(c, eyes)) for c in (one, other))
    return float(np.linalg.norm(first - second))


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """Of two colours, as WCAG has it."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


# The style sheet: what each selector sets, by the last rule that has it.

_SHEET = re.sub(r"<[^>]*>|/\*.*?\*/", "", style_sheet(), flags=re.DOTALL)
_USUAL = re.sub(r"@media (?:print|\(forced).*?\}\s*\}", "", _SHEET, flags=re.DOTALL)
RULES: dict[str, dict[str, str]] = {}
for _selector, _body in re.findall(r"([^{}]+)\{([^{}]*)\}", _USUAL):
    RULES.setdefault(_selector.strip(), {}).update(re.findall(r"([\w-]+)\s*:\s*([^;]+)", _body))
# What a notebook in the dark theme sets, and a page whose reader prefers the dark.
DARK = ('[data-jp-theme-light="false"] .bp-svg', ".bp-page .bp-svg")
VARIABLES = {"light": RULES[".bp-live,.bp-still"] | RULES[".bp-svg"]}
VARIABLES["dark"] = VARIABLES["light"] | RULES[".bp-page"] | RULES[DARK[1]]


def value(css: str, theme: str) -> str:
    """A value in which no variable is left."""
    while found := re.fullmatch(r"var\((--[\w-]+)(?:,(.*))?\)", css):
        css = VARIABLES[theme].get(found[1], found[2])
    return css


def of_hex(digits: str) -> np.ndarray:
    digits = digits.removeprefix("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    return np.array([int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)])


def colour(css: str, theme: str) -> np.ndarray:
    """A colour, or `colour @ opacity` over the paper."""
    name, _, opacity = css.partition(" @ ")
    share = float(value(opacity or "1", theme))
    paper = of_hex(value("var(--bp-paper)", theme))
    return share * of_hex(value(name, theme)) + (1 - share) * paper


# What has to be told apart, picture by picture, with the colour that it has there.


def stroke(selector: str) -> str:
    """The colour of a line, with its opacity."""
    rule = RULES[selector]
    opacity = rule.get("opacity", rule.get("stroke-opacity", "1"))
    return f"{rule['stroke']} @ {opacity}"


def block(kind: str) -> str:
    """What a block is filled with."""
    opacity = RULES[".bp-svg .bp-block rect"]["fill-opacity"]
    return f"{RULES[f'.bp-svg .bp-{kind} rect']['fill']} @ {opacity}"


PALETTES: dict[str, dict[str, str]] = {
    "network": {
        "above 0": stroke(".bp-svg .bp-plus"),
        "below 0": stroke(".bp-svg .bp-minus"),
        "new": stroke(".bp-network .bp-under"),
        "not touched": stroke(".bp-network path.bp-off"),
    },
    "graph": {
        "handed on": stroke(".bp-graph .bp-handed"),
        "not yet": stroke(".bp-graph path.bp-off"),
        "read": stroke(".bp-graph .bp-read rect"),
        "a circle": stroke(".bp-graph .bp-circle"),
    },
    "blocks": {kind: block(kind) for kind in ("value", "parameter", "gradient")},
    "chart": {
        "plain": stroke(".bp-svg polyline"),
        "first": stroke(".bp-svg polyline.bp-first"),
        "second": stroke(".bp-svg polyline.bp-second"),
        "cursor": stroke(".bp-svg polyline.bp-cursor"),
        "grid": stroke(".bp-svg .bp-axes line"),
    },
    "buttons": {"chosen": "var(--bp-chosen)", "not chosen": "var(--bp-ground)"},
    "figure": {f"curve {k}": digits for k, digits in enumerate(plots._COLOURS)},
}
PAIRS = [(name, *pair) for name, palette in PALETTES.items() for pair in combinations(palette, 2)]


def seen(picture: str, what: str, theme: str) -> np.ndarray:
    """The colour of something in a picture; a figure is turned in the dark by its own filter."""
    css = PALETTES[picture][what]
    if picture != "figure" or theme == "light":
        return colour(css, theme)
    assert "filter:invert(.933) hue-rotate(180deg)" in plots._THEMES
    half_a_circle = np.array([[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]])
    return np.clip(half_a_circle @ (0.933 - 0.866 * of_hex(css)), 0, 1)


def distances(picture: str, one: str, other: str) -> dict[tuple[str, str], float]:
    """How far two colours of a picture are from each other: in each theme, for all eyes."""
    return {
        (theme, eyes): distance(seen(picture, one, theme), seen(picture, other, theme), eyes)
        for theme in THEMES
        for eyes in EYES
    }


# The second signs, each with what finds it where it should be.


def dash(selector: str) -> str:
    return RULES[selector].get("stroke-dasharray", "")


def width(selector: str) -> float:
    return float(RULES[selector]["stroke-width"])


def negatives_are_dashed() -> bool:
    drawn = steps()
    return (
        bool(dash(".bp-network path.bp-minus") and dash(".bp-network .bp-pill.bp-minus rect"))
        and not dash(".bp-svg .bp-plus")
        and "δ −" in drawn
        and "δ +" in drawn
    )


def what_is_new_is_double() -> bool:
    """A line in the middle of a thicker one, or a ring around an outline."""
    lines = re.findall(
        r'<path class="bp-under"[^>]*/>(?:<g class="bp-new">)?<path ([^>]*)', steps()
    )
    pills = re.findall(r'class="bp-pill bp-made"[^>]*>(.*?)<rect', steps())
    return (
        bool(lines and pills)
        and all('class="bp-plain"' in line for line in lines)
        and all(re.search('"bp-ring".*"bp-plain"', pill) for pill in pills)
        and width(".bp-network .bp-under") > width(".bp-network .bp-plain") > 4.5
    )


def what_is_touched_is_thicker() -> bool:
    touched = re.findall(r'<path class="bp-(?:plus|minus)"[^>]*stroke-width="([^"]+)"', steps())
    return bool(touched) and min(map(float, touched)) >= 1.5 * width(".bp-network path.bp-off")


def what_is_handed_on_has_an_arrow() -> bool:
    lines = re.findall(r'<path class="bp-(off|handed|handed bp-now)" d="[^"]*"/>(.{25})', graph())
    return {css for css, _ in lines} >= {"off", "handed"} and all(
        (css != "off") == after.startswith('<path class="bp-head"') for css, after in lines
    )


def a_circle_is_dashed() -> bool:
    others = (".bp-graph .bp-handed", ".bp-graph path.bp-off", ".bp-graph .bp-read rect")
    return bool(dash(".bp-graph .bp-circle")) and not any(map(dash, others))


def what_is_read_is_a_thick_box() -> bool:
    return width(".bp-graph .bp-read rect") >= 2 * width(".bp-graph .bp-vertex rect")


def blocks_have_their_names() -> bool:
    drawn = layer_shapes(3, 2, 4).svg()
    blocks = re.findall(r'<g class="bp-block bp-(\w+)">', drawn)
    names = re.findall(r'class="bp-strong">([^<]+)<', drawn)
    return {"value", "parameter", "gradient"} <= {*blocks} and len(names) == len(
        [kind for kind in blocks if kind != "ghost"]
    )


def curves_have_dashes_of_their_own() -> bool:
    looks = [dash(f".bp-svg polyline{look}") for look in (".bp-first", ".bp-second", ".bp-cursor")]
    return not looks[0] and all(looks[1:]) and looks[1] != looks[2]


def figures_have_markers() -> bool:
    looks = [look["marker"] for look, _ in zip(plots._looks(), plots._COLOURS)]
    return len({*looks}) == len(plots._COLOURS)


def steps() -> str:
    """Every picture of the pass that most notebooks step through."""
    return str(Stepper(*examples.small_network()).widget.deck_html)


class Node:
    """A node of a graph, which hands on what it gets."""

    def __init__(self, value: float, *parents: Node) -> None:
        self.value, self.parents = value, [(parent, lambda g: g) for parent in parents]


def graph() -> str:
    """Every picture of a graph."""
    return str(explorers.Graph(Node(3.0, Node(2.0, Node(1.0)))).widget.deck_html)


SIGNS: dict[tuple[str, str, str], Callable[[], bool]] = {
    ("network", "above 0", "below 0"): negatives_are_dashed,
    ("network", "above 0", "new"): what_is_new_is_double,
    ("network", "below 0", "new"): what_is_new_is_double,
    ("network", "new", "not touched"): what_is_new_is_double,
    ("network", "above 0", "not touched"): what_is_touched_is_thicker,
    ("network", "below 0", "not touched"): what_is_touched_is_thicker,
    ("graph", "handed on", "not yet"): what_is_handed_on_has_an_arrow,
    ("graph", "handed on", "read"): what_is_read_is_a_thick_box,
    ("graph", "not yet", "read"): what_is_read_is_a_thick_box,
    **{
        ("graph", what, "a circle"): a_circle_is_dashed for what in ("handed on", "not yet", "read")
    },
    **{pair: blocks_have_their_names for pair in PAIRS if pair[0] == "blocks"},
    ("chart", "plain", "second"): curves_have_dashes_of_their_own,
    ("chart", "plain", "cursor"): curves_have_dashes_of_their_own,
    ("chart", "first", "second"): curves_have_dashes_of_their_own,
    ("chart", "first", "cursor"): curves_have_dashes_of_their_own,
    ("chart", "second", "cursor"): curves_have_dashes_of_their_own,
    ("chart", "cursor", "grid"): curves_have_dashes_of_their_own,
    **{pair: figures_have_markers for pair in PAIRS if pair[0] == "figure"},
}


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_everybody_can_tell_a_pair_apart(pair: tuple[str, str, str]) -> None:
    if pair in SIGNS:
        assert SIGNS[pair]()
        return
    near = {where: d for where, d in distances(*pair).items() if d < FAR}
    assert not near, "and no second sign is named"


def test_no_second_sign_is_named_for_what_is_no_pair() -> None:
    assert {*SIGNS} <= {*PAIRS}


def test_a_notebook_and_a_page_of_its_own_are_dark_in_the_same_way() -> None:
    notebook, page = (RULES[selector] for selector in DARK)
    assert notebook == page


def test_dark_is_for_screens_only() -> None:
    assert "screen and (prefers-color-scheme:dark)" in _SHEET
    assert not re.search(r"@media \(prefers-color-scheme", _SHEET)


# Against the paper. The grid of a chart may be paler: what it leads to stands beside it in numbers.
LINES = {
    **{f"{name}: {what}": css for name in ("network", "graph", "chart")
       for what, css in PALETTES[name].items() if what != "grid"},
    "a neuron that steps back": stroke(".bp-network .bp-off circle"),
    "the way that is still to go": f"{RULES['.bp-svg line']['stroke']} @ "
    + RULES[".bp-network .bp-track line"]["opacity"],
    "a pill": stroke(".bp-network .bp-pill rect"),
    "a node": stroke(".bp-graph .bp-vertex rect"),
    "a block": stroke(".bp-svg .bp-block rect"),
    "a copy of a block": stroke(".bp-svg .bp-ghost rect"),
    "its squares": stroke(".bp-svg .bp-ghost path"),
    "a button": "var(--bp-soft)",
    "the chosen button": "var(--bp-chosen)",
    "the focus": "var(--bp-link)",
}  # fmt: skip
# What is written, and on what.
TEXTS = {
    "text": ("var(--bp-text)", "var(--bp-ground)"),
    "less important": ("var(--bp-soft)", "var(--bp-ground)"),
    "code": ("var(--bp-text)", "var(--bp-shade)"),
    "what opens": ("var(--bp-link)", "var(--bp-ground)"),
    "the name of a rule": (RULES[".bp-rule"]["color"], RULES[".bp-rule"]["background"]),
    "the chosen button": ("#fff", "var(--bp-chosen)"),
    "picture": ("var(--bp-ink)", "var(--bp-paper)"),
    "picture, stepped back": ("var(--bp-quiet)", "var(--bp-paper)"),
    **{f"neuron, {fill}": ("#111", fill) for fill in ("#f2f8fc", "#56b4e9")},
    **{f"neuron, {fill}, stepped back": ("var(--bp-figure)", f"{fill} @ var(--bp-faint)")
       for fill in ("#f2f8fc", "#56b4e9")},
}  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
def test_lines_stand_out_from_the_paper(theme: str) -> None:
    paper = colour("var(--bp-paper)", theme)
    found = {what: contrast(colour(css, theme), paper) for what, css in LINES.items()}
    found |= {what: contrast(seen("figure", what, theme), paper) for what in PALETTES["figure"]}
    assert not {what: ratio for what, ratio in found.items() if ratio < 3}


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out_from_what_it_stands_on(theme: str) -> None:
    found = {what: contrast(*(colour(css, theme) for css in pair)) for what, pair in TEXTS.items()}
    assert not {what: ratio for what, ratio in found.items() if ratio < 4.5}


def test_eyes_are_simulated_as_a_browser_does_it(browser: object) -> None:
    digits = {css for palette in PALETTES.values() for css in palette.values() if css[0] == "#"}
    shown = sorted(d.partition(" @ ")[0] for d in digits)
    page = browser.new_page(viewport={"width": 20 * len(shown), "height": 20})
    boxes = (f'<i style="position:absolute;inset:0 auto auto {20 * k}px;width:20px;height:20px;'
             f'background:{c}"></i>' for k, c in enumerate(shown))  # fmt: skip
    page.set_content("".join(boxes))
    client = page.context.new_cdp_session(page)
    for eyes in (name for name in EYES if name != "usual"):
        client.send("Emulation.setEmulatedVisionDeficiency", {"type": eyes})
        picture = imread(BytesIO(page.screenshot()))[10, 10::20, :3]
        for k, digits in enumerate(shown):
            wanted = simulated(of_hex(digits), eyes)
            assert np.abs(linear(picture[k]) - wanted).max() < 0.02, (eyes, digits)
    page.close()


def test_a_saved_page_is_dark_on_white_on_paper(browser: object, tmp_path: Path) -> None:
    Stepper(*examples.small_network()).save(tmp_path / "pass.html")
    page = browser.new_page(color_scheme="dark")
    page.goto((tmp_path / "pass.html").as_uri())
    for media, title, line in (
        ("screen", "rgb(238, 238, 238)", "rgb(230, 159, 0)"),
        ("print", "rgb(34, 34, 34)", "rgb(213, 94, 0)"),
    ):
        page.emulate_media(media=media)
        assert page.locator(".bp-title").first.evaluate("e => getComputedStyle(e).color") == title
        stroke = "e => getComputedStyle(e).stroke"
        assert page.locator("path.bp-plus").first.evaluate(stroke) == line
    page.close()
