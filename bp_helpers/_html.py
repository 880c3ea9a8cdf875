"""How this package writes HTML and SVG: elements that escape what they are given."""

from __future__ import annotations

from base64 import b64encode
from html import escape

_CHILDLESS = dict.fromkeys(("br", "hr", "img", "input", "meta"), ">")
_DRAWN = {"circle": "/>", "line": "/>", "path": "/>", "polyline": "/>", "rect": "/>"}
_CLOSINGS = {**_CHILDLESS, **_DRAWN}

# For what needs a style sheet, which brings it back with `!important`. JupyterLab keeps only the
# second of what it does not trust, code hosts only the first.
HIDDEN = {"hidden": True, "style": "display:none"}


class Markup(str):
    """Text that is HTML already, and is not escaped again."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: object) -> Markup:
    """An element with its children; plain text among them is escaped, `Markup` is not.

    The name of an attribute ends with an underscore where Python has a keyword of that name, and
    other underscores stand for hyphens. None and False leave an attribute out, True gives it no
    value, and numbers are rounded to a tenth, which is finer than any screen.
    """
    opening = f"<{tag}{''.join(map(_attribute, attributes, attributes.values()))}"
    if tag in _CLOSINGS and not children:
        return Markup(opening + _CLOSINGS[tag])
    return Markup(f"{opening}>{join(*children)}</{tag}>")


def join(*parts: str) -> Markup:
    """Several pieces as one; plain text among them is escaped."""
    return Markup("".join(p if isinstance(p, Markup) else escape(p, quote=False) for p in parts))


def image(svg: str, alt: str, width: int, **attributes: object) -> Markup:
    """An SVG file as an image, which is kept where inline SVG is stripped."""
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    return element("img", width=width, alt=alt, **attributes, src=source)


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
    return f' {name}="{escape(text)}"'
