"""What every picture of this package is: an SVG with its words, inline or as an image."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from bp_helpers._html import Markup, element, image, join

# What an image has to bring along is a file of its own: every stored image repeats it.
_PICTURE_STYLE, _PAGE_STYLE = (
    (files("bp_helpers") / "drawing" / name).read_text(encoding="utf-8")
    for name in ("picture.css", "page.css")
)


def style_sheet() -> Markup:
    """The style of pictures, cards and controls, once for a page."""
    return element("style", Markup(_PICTURE_STYLE + _PAGE_STYLE))


@dataclass(frozen=True)
class Drawing:
    """An SVG picture that displays itself as an image and prints as its alternative text.

    `body` holds the elements inside a picture of `width` times `height` pixels. A picture that
    `varies` shows rounding errors, which differ from one processor to the next: its bytes are not
    compared with those that are stored.
    """

    body: Markup
    width: int
    height: int
    alt: str
    varies: bool = False

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        return {"text/html": self.image(), "text/plain": self.alt}

    def svg(self) -> Markup:
        """The picture as an element of a page that has the style sheet."""
        return self._svg(self.body)

    def standalone(self) -> Markup:
        """The picture as a file of its own, on a white card."""
        style = element("style", Markup(_PICTURE_STYLE))
        paper = element("rect", class_="bp-paper", width="100%", height="100%", rx=10)
        size = {"width": self.width, "height": self.height, "xmlns": "http://www.w3.org/2000/svg"}
        return self._svg(style, paper, self.body, **size)

    def image(self, width: int | None = None, alt: str = "") -> Markup:
        """The picture as an HTML image: JupyterLab drops inline SVG of notebooks not trusted."""
        return image(
            self.standalone(), alt or self.alt, width or self.width, data_varies=self.varies
        )

    def _svg(self, *content: str, **attributes: object) -> Markup:
        return element(
            "svg", *content, class_="bp-svg", viewBox=f"0 0 {self.width} {self.height}",
            role="img", style=f"max-width:{self.width}px", aria_label=self.alt, **attributes,
        )  # fmt: skip


def text(x: float, y: float, content: str, css: str | None = None) -> Markup:
    """A line of text at (x, y), centred unless its class says otherwise."""
    return element("text", content, x=float(x), y=float(y), class_=css)


def pill(x: float, y: float, wide: float, high: float, round_: float) -> Markup:
    """The box behind a label, with its middle at (x, y)."""
    return element(
        "rect", x=x - wide / 2, y=y - high / 2, width=float(wide), height=float(high), rx=round_
    )


def group(*parts: str, css: str | None = None) -> Markup:
    """Several parts of a picture as one."""
    return element("g", join(*parts), class_=css)
