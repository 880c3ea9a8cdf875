"""What code hosts keep of the HTML that a notebook or a Markdown file holds.

GitHub has published the rules for Markdown, as the `SanitizationFilter` of its html-pipeline,
beside GitHub Flavored Markdown, but not those for notebooks. GitLab's source has both: its
notebooks pass through DOMPurify.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ELEMENTS = _names(
    "h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul table thead "
    "tbody tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary "
    "details caption figure figcaption abbr bdo cite dfn mark small span time wbr"
)
# Of those that are allowed everywhere, the ones that matter here; not `class`, `style`, `hidden`.
_ATTRIBUTES = _names(
    "align alt aria-hidden aria-label aria-labelledby border checked colspan height href lang name "
    "open role rowspan scope src start summary tabindex title type valign value width"
)
_DRAWN = ["script", "style", "svg"]


def preview(html: str) -> str:
    """Of a notebook's output: GitHub's rules for Markdown, but pictures by their data are kept.

    As they have to be, since nbconvert writes every figure of a notebook in that way. What styles,
    scripts and inline SVG hold goes with them.
    """
    soup = _parsed(html)
    for gone in soup.find_all(_DRAWN):
        gone.decompose()
    return _only_what_is_allowed(soup)


def gitlab(html: str) -> str:
    """Of a notebook's output on GitLab: all but styles, scripts and what starts one."""
    soup = _parsed(html)
    for gone in soup.find_all(["script", "style"]):
        gone.decompose()
    for tag in soup.find_all(True):
        tag.attrs = {k: v for k, v in tag.attrs.items() if not k.startswith("on")}
    return str(soup)


def github(html: str) -> str:
    """Of a Markdown file on GitHub: a style sheet is text there, and a picture has to be a file."""
    soup = _parsed(re.sub(r"<(?=/?(?:style|script)\b)", "&lt;", html))
    for picture in soup.select('img[src^="data:"]'):
        del picture["src"]
    return _only_what_is_allowed(soup)


def _parsed(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def _only_what_is_allowed(soup: BeautifulSoup) -> str:
    for tag in soup.find_all(True):
        if tag.name in _ELEMENTS:
            tag.attrs = {k: v for k, v in tag.attrs.items() if k in _ATTRIBUTES}
        else:
            tag.unwrap()  # what it holds stays
    return str(soup)


def frames_of(html: str) -> list[Tag]:
    """The frames of a page that steps by itself: they keep their role and their name everywhere."""
    found = _parsed(html).find_all("div", attrs={"role": "group", "aria-label": True})
    return [frame for frame in found if not frame.find_parent(hidden=True)]


def read(frame: Tag) -> list[str]:
    """What can be read in a frame, from top to bottom, with the words of its pictures."""
    return [words for text in _texts(frame) if (words := " ".join(text.split()))]


def _texts(tag: Tag) -> Iterator[str]:
    for child in tag.children:
        if not isinstance(child, Tag):
            yield child
        elif child.name == "img":
            yield child.get("alt", "")
        elif child.name not in _DRAWN and not child.has_attr("hidden"):
            yield from _texts(child)
