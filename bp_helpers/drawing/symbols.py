"""The page of symbols, as a table and as plain text."""

from __future__ import annotations

from dataclasses import dataclass

from bp_helpers._html import element
from bp_helpers.steps.translated import text_of
from bp_helpers.texts.symbols import SYMBOLS, Symbol, elsewhere

_HEADINGS = ("symbol", "what it means", "notebook", "elsewhere")


@dataclass(frozen=True)
class SymbolPage:
    """The symbols of the series, a row each: meaning, notebook, and how other texts write it."""

    rows: tuple[tuple[str, str, str, str], ...]

    def __str__(self) -> str:
        first, second = (max(len(row[k]) for row in self.rows) for k in (0, 1))
        lines = (f"{a:{first}}  {b:{second}}  {c}  {d}".rstrip() for a, b, c, d in self.rows)
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        left = "text-align:left;vertical-align:top"
        first = {"scope": "row", "style": f"{left};font-weight:inherit"}
        head = element("tr", *(element("th", c, scope="col", style=left) for c in _HEADINGS))
        body = (
            element("tr", element("th", c, **first), *(element("td", c, style=left) for c in rest))
            for c, *rest in self.rows
        )
        return element("table", head, *body)


def symbol_page() -> SymbolPage:
    """The symbols of the series, with where each is explained and how other texts write it."""
    return SymbolPage(tuple((s.text, s.meaning, s.notebook, _others(s)) for s in SYMBOLS))


def _others(symbol: Symbol) -> str:
    found = elsewhere(symbol, text_of)
    return "; ".join(f"{written} ({', '.join(who)})" for written, who in found)
