"""The page that steps by itself: radio buttons, a frame for each, and CSS that shows one of them.

It needs neither a script nor a kernel. Where styles are stripped it is a filmstrip of all frames:
what `hidden` keeps out of that, the style sheet brings back.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby, takewhile
from typing import NamedTuple

from bp_helpers._html import HIDDEN, Markup, element, join
from bp_helpers.drawing.picture import Drawing, style_sheet

_MOST_IN_A_ROW = 10  # buttons that are not yet put in rows
_MOST_STORED = 280_000  # bytes of frames, so that a notebook stays small


class Choice(NamedTuple):
    """A group of radio buttons: its name in the form, what it is for, and the buttons' labels.

    `rows` names the row to which each button belongs, where there are too many for one.
    """

    name: str
    legend: str
    labels: Sequence[str]
    rows: Sequence[str] = ()


def deck(choices: Sequence[Choice], frames: Sequence[str], chosen: Sequence[int]) -> Markup:
    """Every frame, and the radio buttons that choose one of them.

    There is a frame for each combination of choices, the last choice changing the fastest.
    """
    shown = list(frames)
    for name, _, labels, _ in reversed(choices):
        n = len(labels)
        parts = (shown[start : start + n] for start in range(0, len(shown), n))
        shown = [element("div", *part, class_=f"bp-of-{name}") for part in parts]
    rules = Markup("".join(_rule(choice.name, i) for choice in choices for i in _places(choice)))
    style = element("style", Markup(f"@media screen{{{rules}}}"))
    return element("div", style, *map(_buttons, choices, chosen), *shown, class_="bp-deck")


def crossed(
    choices: tuple[Choice, Choice],
    pairs: Sequence[str],
    entries: Sequence[str],
    chosen: Sequence[int],
) -> Markup:
    """Entries of which two are shown side by side, each chosen by a group of its own.

    `pairs` holds what stands above them, for each combination, the second choice changing faster.
    """
    n, (first, second) = len(entries), choices
    lines = [
        element("div", *pairs[start : start + n], class_=f"bp-of-{second.name}")
        for start in range(0, n * n, n)
    ]
    rules = [_rule(choice.name, i) for choice in choices for i in range(n)]
    rules += [_rule_of_entry(first.name, second.name, i) for i in range(n)]
    return element(
        "div",
        element("style", Markup(f"@media screen{{{''.join(rules)}}}")),
        *map(_buttons, choices, chosen),
        element("div", *lines, class_=f"bp-of-{first.name} bp-between", **HIDDEN),
        element("div", *entries, class_="bp-frame bp-entries"),
        class_="bp-deck",
    )


def _rule_of_entry(first: str, second: str, i: int) -> str:
    """Entry i is there where either group has chosen it, and on the right for the second."""
    here, there = (f':has([name={name}][value="{i}"]:checked)' for name in (first, second))
    entry = f".bp-entries>:nth-child({i + 1})"
    gone = f".bp-deck:has(:checked):not({here}):not({there}) {entry}{{display:none}}"
    return f"{gone}.bp-deck{there}:not({here}) {entry}{{order:1}}"


def _places(choice: Choice) -> range:
    return range(len(choice.labels))


def _rule(name: str, i: int) -> str:
    """When button i is checked, the other frames are gone; without such a rule all are there."""
    checked = f'.bp-deck:has([name={name}][value="{i}"]:checked)'
    return f"{checked} .bp-of-{name}>:not(:nth-child({i + 1})){{display:none}}"


def _buttons(choice: Choice, chosen: int) -> Markup:
    rows = choice.rows if len(choice.labels) > _MOST_IN_A_ROW else ()
    chips = [_chip(choice, i, i == chosen) for i in _places(choice)]
    if rows:
        grouped = groupby(_places(choice), key=lambda i: rows[i])
        chips = [_row(name, [chips[i] for i in places]) for name, places in grouped]
    legend = element("legend", choice.legend)
    return element("fieldset", legend, *chips, class_="bp-chips", **HIDDEN)


def _row(name: str, chips: Sequence[str]) -> Markup:
    return element("div", element("span", name, class_="bp-row-name"), *chips, class_="bp-row")


def _chip(choice: Choice, i: int, is_chosen: bool) -> Markup:
    button = element("input", type="radio", name=choice.name, value=i, checked=is_chosen)
    return element("label", button, choice.labels[i], class_="bp-chip")


def framed(
    picture: Drawing, card: Sequence[str], said: str, stored: bool = False, css: str = ""
) -> Markup:
    """A picture beside a card, as a frame of a deck; `said` names it for a screen reader.

    `stored`, it also has the picture as an image, for where inline SVG is stripped.
    """
    inline = picture.svg()
    both = (picture.image(width=560), element("div", inline, **HIDDEN)) if stored else (inline,)
    return element(
        "div",
        *([element("hr")] if stored else []),
        element("div", *both, class_="bp-picture"),
        element("div", *card, class_="bp-card"),
        class_=f"bp-frame {css}".rstrip(),
        role="group",
        aria_label=said,
    )


def that_fit(frames: Sequence[Markup]) -> Sequence[Markup]:
    """As many of the frames, from the first on, as are stored in a notebook."""
    sizes = accumulate(len(frame.encode()) for frame in frames)
    return frames[: len(list(takewhile(lambda size: size <= _MOST_STORED, sizes)))]


def fragment(
    said: str, content: str, note: str = "", size: str = "", varies: bool = False
) -> Markup:
    """A deck as it is stored in a notebook, with a note about what is missing in it.

    The form, which is called `said`, keeps its radio buttons apart from those of other decks; it is
    never sent. What `varies` shows rounding errors, and is not compared with what is stored.
    """
    missing = [element("p", note, class_="bp-drawn")] if note else []
    return element(
        "form",
        style_sheet(),
        content,
        *missing,
        class_=f"bp-still {size}".rstrip(),
        method="dialog",
        data_varies=varies,
        aria_label=said,
    )


def page(title: str, content: str) -> str:
    """A fragment as a page of its own, which needs nothing but a browser."""
    head = join(
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
    )
    body = element("main", element("h1", title), content)
    document = element(
        "html", element("head", head), element("body", body, class_="bp-page"), lang="en"
    )
    return f"<!doctype html>\n{document}\n"
