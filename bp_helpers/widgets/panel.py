"""What every widget here is: a form that lives with a kernel, and steps by itself without one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from bp_helpers._html import Markup, join
from bp_helpers._validation import chosen, said
from bp_helpers.drawing.page import fragment, page
from bp_helpers.drawing.picture import style_sheet
from bp_helpers.widgets.controls import waiting

Value = bool | int | float | str
_SIZES = {"normal": "", "lecture": "bp-lecture"}


class Live(anywidget.AnyWidget):
    """A form in the browser; each of its controls, and each part that changes, is a trait."""

    _esm = (files("bp_helpers") / "widgets" / "live.js").read_text(encoding="utf-8")
    form = traitlets.Unicode().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    size = traitlets.Unicode().tag(sync=True)
    names: Any = traitlets.List().tag(sync=True)
    parts: Any = traitlets.List().tag(sync=True)

    def __init__(
        self, values: Mapping[str, Value], parts: Mapping[str, str], **state: object
    ) -> None:
        changing = {**values, **_html_of(parts)}
        self.add_traits(**{name: traitlets.Any().tag(sync=True) for name in changing})
        super().__init__(names=list(values), parts=list(parts), **changing, **state)


def _html_of(parts: Mapping[str, str]) -> dict[str, str]:
    return {f"{part}_html": html for part, html in parts.items()}


class Panel:
    """A widget of this package, which displays itself as the last line of a cell.

    `values` are those of its controls, and `choices` says which of them only choose a frame, with
    the number of frames: the browser needs no help with those. `size` is "normal" or "lecture",
    for a projector. Raises ValueError for another size.
    """

    note = ""
    varies = False

    def __init__(
        self, values: Mapping[str, Value], choices: Mapping[str, int], size: str = "normal"
    ) -> None:
        self._size = chosen("size", size, _SIZES)
        self._values: dict[str, Any] = dict(values)
        self._choices = dict(choices)
        self._parts: dict[str, Markup] = {}
        self._live: Live | None = None

    def _form(self) -> Markup:
        """The form with its controls, and places for the parts of it that change."""
        raise NotImplementedError

    def _deck(self, stored: bool = False) -> Markup:
        """All frames, and what chooses one of them."""
        raise NotImplementedError

    def _follow(self, name: str) -> None:
        """Follow the control that the reader has moved; its value is there already."""
        self._draw()

    def _draw(self) -> None:
        """Write all frames anew."""
        self._parts["deck"] = self._deck()

    @property
    def widget(self) -> Live:
        """The live form, made when it is first asked for, to stand among other ipywidgets."""
        if self._live is None:
            form = join(style_sheet(), self._form(), waiting())
            self._live = Live(
                self._values, self._parts, form=form, said=repr(self), size=self._size
            )
            self._live.observe(self._on_value, list(self._values))
        return self._live

    def still(self) -> Markup:
        """The panel as a page that steps by itself, or is a filmstrip where styles are stripped."""
        return fragment(repr(self), self._deck(stored=True), self.note, self._size, self.varies)

    def save(self, path: str | Path) -> None:
        """Write all frames as a page of its own, which needs nothing but a browser.

        Raises TypeError for a path that is none, and OSError where it cannot be written.
        """
        if not isinstance(path, (str, Path)) or path == "":
            raise TypeError(
                f"path is {said(path)}, but should be the name of a file, as 'pass.html'."
            )
        content = fragment(repr(self), self._deck(), size=self._size)
        Path(path).write_text(page(repr(self), content), encoding="utf-8")

    def close(self) -> None:
        """Take the live form out of the page and out of the kernel."""
        if self._live is not None:
            self._live.layout.close()
            self._live.close()
            self._live = None

    def _ipython_display_(self) -> None:
        """The live form, and after it what is left of it without a kernel.

        They are two outputs: of one, a trusted notebook shows the form or nothing.
        """
        _drop_what_stood_there(self)
        bundle: Any = self.widget._repr_mimebundle_()
        data, metadata = bundle  # the latter tells Colab where to find the widget
        live = {**data, "text/plain": repr(self)}
        display(live, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]
        display({"text/html": self.still(), "text/plain": self.note}, raw=True)  # type: ignore[no-untyped-call]

    def _on_value(self, change: Mapping[str, Any]) -> None:
        name, value = change["name"], change["new"]
        if value == self._values[name]:
            return
        before = dict(self._values)
        if name in self._choices:  # the browser may be behind, and know of frames that are gone
            self._values[name] = min(value, self._choices[name] - 1)
            if self._values[name] != value:
                self._send()
            return
        self._values[name] = value
        try:
            self._follow(name)
        except Exception:  # nothing may be left half moved
            self._values = before
            raise
        finally:
            self._send()

    def _send(self) -> None:
        """Send what has changed, in one message, and that the reader has been heard."""
        if self._live is None:
            return
        with self._live.hold_sync():
            for name, value in {**self._values, **_html_of(self._parts)}.items():
                setattr(self._live, name, value)
        self._live.send("heard")


# The panels that stand in each cell of the notebook, and the run of that cell which put them there.
# Where a front end does not name its cells, a panel lives as long as the kernel.
_shown: dict[str, tuple[str, list[Panel]]] = {}


def _drop_what_stood_there(panel: Panel) -> None:
    """Close what the cell that shows this panel has shown when it was run before."""
    shell: Any = get_ipython()
    request = shell.kernel.get_parent("shell") if hasattr(shell, "kernel") else {}
    cell = request.get("metadata", {}).get("cellId")
    if cell is None:
        return
    run = request["header"]["msg_id"]
    before, panels = _shown.get(cell, (run, []))
    _shown[cell] = (run, [*panels, panel] if run == before else [panel])
    still_there = [shown for _, others in _shown.values() for shown in others]
    for old in panels:
        if old not in still_there:
            old.close()
