"""The page of symbols: each is in the notebook that is named, and in none before it."""

import json
import re

import pytest
from conftest import committed_notebooks

from bp_helpers import symbol_page
from bp_helpers.claims.notes import NOTES
from bp_helpers.steps.translated import text_of
from bp_helpers.texts.sources import SOURCES
from bp_helpers.texts.symbols import APART, SYMBOLS, elsewhere

TEXTS = {
    path.stem[:2]: "\n".join(
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    )
    for path in committed_notebooks()
}
each_symbol = pytest.mark.parametrize("symbol", SYMBOLS, ids=lambda s: s.text)


@each_symbol
def test_the_notebook_that_is_named_is_the_first_with_the_symbol(symbol):
    found = [number for number, text in TEXTS.items() if re.search(symbol.pattern, text)]
    assert found[0] == symbol.notebook


def test_each_symbol_has_one_row_and_a_meaning():
    texts = [symbol.text for symbol in SYMBOLS]
    assert len(set(texts)) == len(texts) >= 30
    assert [s.notebook for s in SYMBOLS] == sorted(s.notebook for s in SYMBOLS)
    assert all(symbol.meaning and not symbol.meaning.endswith(".") for symbol in SYMBOLS)


def written_by(short, text):
    """How a text writes a symbol of the series."""
    (symbol,) = (s for s in SYMBOLS if s.text == text)
    found = [written for written, who in elsewhere(symbol, text_of) if short in who]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("short", "text", "written"),
    [
        ("Ng", "δ⁽ˡ⁾", "dZ"),
        ("Prince", "δ⁽ˡ⁾", "∂ℓ/∂f"),
        ("D2L", "δ⁽ˡ⁾", "∂J/∂Z"),
        ("PyTorch", "δ⁽ˡ⁾", "grad_output"),
        ("Nielsen", "δ⁽ˡ⁾", None),
        ("3Blue1Brown", "δ⁽ˡ⁾", "no name, ∂C/∂a is carried"),
        ("Bishop", "z⁽ˡ⁾", "a"),
        ("Bishop", "a⁽ˡ⁾", "z"),
        ("Bishop", "∂C/∂b⁽ˡ⁾", "column 0 of ∂E/∂W"),
        ("Prince", "W⁽ˡ⁾", "Ω"),
        ("PyTorch", "∂C/∂W⁽ˡ⁾", "grad_weight"),
        ("batch notes", "∂C/∂W⁽ˡ⁾", "Δω or dω"),
        ("batch notes", "nₗ", "nˡ"),
        ("layers notes", "C", "C, of one sample Q"),
        ("D2L", "z⁽ˡ⁾", "z, turned Z"),
        ("series", "nₗ", None),
        ("batch notes", "C", "J"),
        ("Nielsen", "∂C/∂W⁽ˡ⁾", "∂C/∂w"),
        ("Bishop", "y", "t"),
        ("Prince", "L", "K"),
        ("Nielsen", "m", None),
        ("3Blue1Brown", "m", None),
        ("Prince", "m", None),
        ("Bishop", "m", None),
        ("D2L", "m", "n"),
        ("PyTorch", "m", "N"),
    ],
)
def test_others_write_it_as_their_entries_say(short, text, written):
    assert written_by(short, text) == written


# How the notes have it, of what stands in no entry.
IN_THE_NOTES = {
    "W": r"W\^\{|\\mathbf\{W\}", "Z": r"\\mathbf\{Z\}", "x": "x\\^", "Q": "Q",
    "ℒ": r"\\mathcal\{L\}",
    "Δb": r"\\Delta b", "db": "db", "Δω": r"\\Delta \\omega", "dω": r"d\\omega",
    "Nₗ": "N_l", "nˡ": r"n\^L",
    "Δz": r"\\Delta z", "dz": "dz", "∘": r"\\circ", "⊙": r"\\odot", "Δa": r"\\Delta a", "da": "da",
    "·": r"\\cdot g'", "n": r"\{2n\}", "#examples": "#examples",
}  # fmt: skip


@pytest.mark.parametrize(("of", "written"), APART.items())
def test_what_stands_in_no_entry_is_in_the_notes(of, written):
    if of[1] in NOTES:
        lines = "\n".join(f"{line.left} {line.quote}" for line in NOTES[of[1]])
        found = [
            sign for sign in re.split(r", | or |of one sample ", written) if sign in IN_THE_NOTES
        ]
        assert found
        assert all(re.search(IN_THE_NOTES[sign], lines) for sign in found), found


def test_each_text_is_named_once_for_each_symbol():
    for symbol in SYMBOLS:
        who = [name for _, names in elsewhere(symbol, text_of) for name in names]
        assert len(set(who)) == len(who)
        assert set(who) <= {s.short for s in SOURCES.values()} - {"series"}


def test_the_page_holds_every_row_as_table_and_as_text():
    page = symbol_page()
    html, lines = page._repr_html_(), str(page).splitlines()
    assert html.count("<tr>") == len(SYMBOLS) + 1 == len(lines) + 1
    for symbol, line in zip(SYMBOLS, lines):
        assert line.startswith(symbol.text)
        for part in (symbol.meaning, symbol.notebook, *(w for w, _ in elsewhere(symbol, text_of))):
            assert part in line and part in html
    assert page == symbol_page() and repr(page) == str(page)
