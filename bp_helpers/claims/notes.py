"""The five sets of notes, line by line: to show some lines, to judge them, and the whole table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import chosen, whole
from bp_helpers.claims import batch, chain, index, jacobian, layers
from bp_helpers.claims.line import RIGHT, SLIP, UNDER, Line, counter_example, verdict
from bp_helpers.claims.quick import QUICK

NOTES: Mapping[str, tuple[Line, ...]] = {
    "chain": chain.LINES,
    "index": index.LINES,
    "jacobian": jacobian.LINES,
    "layers": layers.LINES,
    "batch": batch.LINES,
}
_COLUMNS = (
    "line", "what the note writes", "verdict",
    "under which convention, or what it should be and why", "in slips.py",
)  # fmt: skip
_TEXT, _CIRCLED = re.compile(r"\\text\{([^}]*)\}"), re.compile(r"\\textcircled\{(\d)\}")
_CELL = "text-align:left;vertical-align:top"
_WIDE = f"{_CELL};min-width:20em"


class _Shown:
    """Something with a plain text and Markdown; prints as the first, displays as the second."""

    def __init__(self, text: str, markdown: str) -> None:
        self._text, self._markdown = text, markdown

    def __repr__(self) -> str:
        return self._text

    def _repr_markdown_(self) -> str:
        return self._markdown


class Lines(_Shown):
    """Some lines of one note, lettered A, B, C … in the order in which they are asked for."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = list(zip(ascii_uppercase, lines))
        super().__init__(
            "\n".join(f"{letter}.  {line.latex}" for letter, line in self._lines),
            "\n\n".join(f"**{letter}.** {_shown(line)}" for letter, line in self._lines),
        )

    def judge(self) -> _Shown:
        """The verdict of each line, and of a slip the smallest counter-example and the mending."""
        heading = "The verdict on each line, by measurement:"
        found = [(letter, line, _told(line)) for letter, line in self._lines]
        return _Shown(
            "\n".join((heading, *(_as_text(*each) for each in found))),
            "\n\n".join((heading, *(_as_markdown(*each) for each in found))),
        )


class Table:
    """Every line of some notes with its verdict; prints as text and displays as tables."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __repr__(self) -> str:
        parts = []
        for name in self._names:
            rows = (_as_text(f"{k}", line, _told(line)) for k, line in enumerate(NOTES[name]))
            parts.append("\n".join((_summary(name), *rows)))
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        return join(*(_note_as_html(name) for name in self._names))


def lines(note: str, *numbers: int) -> Lines:
    """Lines of a note, which is a key of `NOTES`, by their numbers in its table, from 0.

    Raises ValueError for a note or a number that there is not.
    """
    known = chosen("note", note, NOTES)
    last = len(known) - 1
    picked = [whole("the number of a line", number, 0, last) for number in numbers]
    return Lines([known[number] for number in picked])


def table(*names: str) -> Table:
    """All lines of the notes called so, or of all five. Raises ValueError for an unknown name."""
    for name in names:
        chosen("note", name, NOTES)
    return Table(names or tuple(NOTES))


def counts() -> _Counts:
    """How many lines of each note are right, right under a convention, and slips."""
    return _Counts({name: Counter(map(verdict, NOTES[name])) for name in NOTES})


def slips() -> list[Line]:
    """Every line of the five notes that is a slip."""
    return [line for name in NOTES for line in NOTES[name] if verdict(line) == SLIP]


def quick_checks() -> _Shares:
    """How many of the slips each quick check finds, though it knows no formula."""
    found = slips()
    return _Shares({name: sum(map(finds, found)) for name, finds in QUICK.items()}, len(found))


@dataclass(frozen=True, repr=False)
class _Counts:
    """The counts for each note, by verdict; prints as a small table."""

    by_note: Mapping[str, Mapping[str, int]]

    def __repr__(self) -> str:
        rows: list[tuple[str, ...]] = [("", RIGHT, UNDER, SLIP)]
        every = [
            *self.by_note.items(),
            ("all", sum(map(Counter, self.by_note.values()), Counter())),
        ]
        rows += [(name, *(f"{found[v]}" for v in (RIGHT, UNDER, SLIP))) for name, found in every]
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join(
            "  ".join(
                (f"{row[0]:{widths[0]}}", *(f"{t:>{w}}" for t, w in zip(row[1:], widths[1:])))
            )
            for row in rows
        )


@dataclass(frozen=True, repr=False)
class _Shares:
    """How many of so many slips each check finds; prints as a small table."""

    found: Mapping[str, int]
    of: int

    def __repr__(self) -> str:
        rows = (f"{n:3}  {n / self.of:4.0%}  {name}" for name, n in self.found.items())
        return "\n".join((f"Of {self.of} slips, so many are found by", *rows))


# How a line is told.


@dataclass(frozen=True)
class _Verdict:
    """The verdict on a line, what is to be said about it, and the mended line with its label."""

    is_: str
    says: str = ""
    gap: str = ""
    mended: str = ""
    label: str = ""


def _told(line: Line) -> _Verdict:
    found, gap = verdict(line), counter_example(line)
    conventions = ", and ".join(c.says for c in line.conventions)
    if found == RIGHT:
        return _Verdict(RIGHT)
    if found == UNDER or line.mended is None:
        return _Verdict(found, conventions, str(gap or ""))
    says = f"{line.kind}. {line.why}"
    label = f"Mended, if {line.kept}: " if line.kept else "Mended: "
    return _Verdict(SLIP, says, str(gap or ""), line.mended.latex, label)


def _as_text(letter: str, line: Line, told: _Verdict) -> str:
    head = f"{letter}.  {told.is_}" + (f": {told.says}" if told.says else "")
    parts = [head, f"    {line.latex}"]
    if told.mended:
        parts += [f"    On {told.gap}.", f"    {told.label}{told.mended}"]
    return "\n".join(parts)


def _as_markdown(letter: str, line: Line, told: _Verdict) -> str:
    head = f"**{letter}. {told.is_}**" + (f": {told.says}" if told.says else "")
    if not told.mended:
        return head
    return f"{head}\n\nOn {told.gap}.\n\n{told.label}${_display(told.mended)}$"


def _summary(name: str) -> str:
    found = Counter(map(verdict, NOTES[name]))
    slips = SLIP if found[SLIP] == 1 else f"{SLIP}s"
    counted = f"{found[RIGHT]} {RIGHT}, {found[UNDER]} {UNDER}, {found[SLIP]} {slips}"
    return f"{name}: {len(NOTES[name])} lines, {counted}"


def _note_as_html(name: str) -> Markup:
    head = element("tr", *(element("th", c, scope="col", style=_CELL) for c in _COLUMNS))
    rows = (_row(k, line) for k, line in enumerate(NOTES[name]))
    whole_table = element("table", element("thead", head), element("tbody", *rows))
    label = f"The lines of the note {name}"
    # What scrolls has to be reached by the keyboard.
    scrolled = element(
        "div", whole_table, role="region", aria_label=label, tabindex=0, style="overflow-x:auto"
    )
    return element("details", element("summary", _summary(name)), scrolled)


def _row(k: int, line: Line) -> Markup:
    told = _told(line)
    said = [told.says] if told.says else []
    if told.mended:
        said = [f"{told.label}${_display(told.mended)}$", told.says, f"On {told.gap}."]
    return element(
        "tr",
        element("th", str(k), scope="row", style=_CELL),
        element("td", _shown(line), style=_CELL),
        element("td", told.is_, style=_CELL),
        element("td", *(element("div", text) for text in said), style=_WIDE),
        element("td", " and ".join(line.keys), style=_CELL),
    )


def _shown(line: Line) -> str:
    """A line with its mathematics between dollars, as Markdown and JupyterLab read it."""
    if not line.is_words:
        return f"${_display(line.latex)}$"
    words = _TEXT.fullmatch(line.left)
    left = words[1] if words else f"${_display(line.left)}$" if line.left else ""
    return f"{left}{line.sign} {line.quote}" if left else line.quote


def _display(latex: str) -> str:
    """LaTeX that looks in a line of text as it does in one of its own, with commands of MathJax."""
    return r"\displaystyle " + _CIRCLED.sub(lambda found: "①②③④"[int(found[1]) - 1], latex)
