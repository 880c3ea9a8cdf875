"""What every picture of this package is: an SVG with its words, inline or as an image."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from math import fsum

from bp_helpers._html import Markup, element, image, join

_PICTURE_STYLE, _PAGE_STYLE = (
    (files("bp_helpers") / "drawing" / name).read_text(encoding="utf-8")
    for name in ("picture.css", "page.css")
)
_ONLY_IN_A_PAGE = "/* Only in a page: an image has a white card of its own. */"

# In units of the font's size, as in DejaVu Sans, which is wider than most.
_WIDTHS = {
    character: width
    for characters, width in (
        (" .,/′⁽⁾()fijlt", 0.35), ("⁰¹²³⁴⁵⁶⁷⁸⁹ᴸ", 0.41), ("+−=", 0.84), ("mW⋮⋯", 1.0),
    )
    for character in characters
}  # fmt: skip
_OTHERWISE = 0.64


def style_sheet() -> Markup:
    """The style of pictures, cards and controls, once for a page."""
    return element("style", Markup(_PICTURE_STYLE + _PAGE_STYLE))


def _classes(markup: str) -> set[str]:
    return {name for names in re.findall(r'class="([^"]*)"', markup) for name in names.split()}


# What an image has to bring along is repeated in each of them: only the rules that it needs.
_RULES = [
    (rule.strip(), set(re.findall(r"\.(bp-\w+)", rule.partition("{")[0])))
    for rule in re.findall(r"[^{}]+\{[^{}]*\}", _PICTURE_STYLE.partition(_ONLY_IN_A_PAGE)[0])
]


@dataclass(frozen=True)
class Drawing:
    """An SVG picture that displays itself as an image and prints as its alternative text.

    `body` holds the elements inside a picture of `width` times `height` pixels, and `css` names the
    class of its kind. A picture that asks for something hides the answer in its body; `asking` then
    makes what an image shows instead, without the answer. A picture that `varies` shows rounding
    errors, which differ from one processor to the next: its bytes are not compared with those that
    are stored.
    """

    body: Markup
    width: int
    height: int
    alt: str
    varies: bool = False
    css: str = ""
    asking: Callable[[], Markup] | None = None

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        return {"text/html": self.image(), "text/plain": self.alt}

    def svg(self) -> Markup:
        """The picture as an element of a page that has the style sheet."""
        return self._svg(self.body)

    def standalone(self) -> Markup:
        """The picture as a file of its own, on a white card; what it asks for is not in it."""
        body = self.asking() if self.asking else self.body
        there = {"bp-svg", self.css, *_classes(body)}
        style = element("style", Markup("".join(rule for rule, names in _RULES if names <= there)))
        paper = element("rect", width="100%", height="100%", rx=10)
        size = {"width": self.width, "height": self.height, "xmlns": "http://www.w3.org/2000/svg"}
        return self._svg(style, paper, body, **size)

    def image(self, width: int | None = None) -> Markup:
        """The picture as an HTML image: JupyterLab drops inline SVG of notebooks not trusted."""
        return image(self.standalone(), self.alt, width or self.width, data_varies=self.varies)

    def _svg(self, *content: str, **attributes: object) -> Markup:
        return element(
            "svg", *content, class_=f"bp-svg {self.css}".rstrip(), role="img",
            viewBox=f"0 0 {self.width} {self.height}", style=f"max-width:{self.width}px",
            aria_label=self.alt, **attributes,
        )  # fmt: skip


def text(x: float, y: float, content: str, css: str | None = None) -> Markup:
    """A line of text at (x, y), centred unless its class says otherwise."""
    return element("text", content, x=float(x), y=float(y), class_=css)


def label(content: str, room: float, size: float) -> Markup:
    """A line of text in the middle of its group, narrowed where it is wider than `room`."""
    if wide(content, size) <= room + 0.1:
        return element("text", content)
    return element("text", content, textLength=float(room), lengthAdjust="spacingAndGlyphs")


def wide(content: str, size: float) -> float:
    """How wide a line of text is at most, in a font of this size."""
    # A sum that every version of Python rounds in the same way, since it is compared.
    return size * fsum(_WIDTHS.get(character, _OTHERWISE) for character in content)


def pill(width: float) -> Markup:
    """The box behind a label, in the middle of its group; its height is a matter of style."""
    return element("rect", x=-width / 2, width=float(width))


def group(*parts: str, css: str | None = None) -> Markup:
    """Several parts of a picture as one."""
    return element("g", join(*parts), class_=css)


def group_at(x: float, y: float, *parts: str, css: str | None = None) -> Markup:
    """Several parts as one, drawn around (x, y) instead of the corner of the picture."""
    where = f"translate({round(x, 1):g} {round(y, 1):g})"
    return element("g", join(*parts), class_=css, transform=where)


# What becomes of a number that the step computes, and of the question mark in its place.
Answer = Callable[[str, str], Markup]


def told(known: str, _unknown: str) -> Markup:
    """The number, in the class of what is new."""
    return group(known, css="bp-new")


def hidden(known: str, unknown: str) -> Markup:
    """The number behind the question mark, so that a page can hide the one and show the other."""
    return join(group(known, css="bp-new"), group(unknown, css="bp-ask"))


def kept_back(_known: str, unknown: str) -> Markup:
    """The question mark alone."""
    return group(unknown)
