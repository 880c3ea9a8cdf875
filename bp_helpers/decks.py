"""What the widgets are made of: a deck of frames made up front, and a panel that reads unrun."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as w
from ipywidgets.widgets.widget_string import HTMLMathStyle, HTMLStyle

STYLE = """
.bp-stack{min-height:380px}
.bp-stack :is(.widget-htmlmath-content,.widget-html-content){flex:1 1 auto;min-width:0}
.bp-choice{width:auto;margin-right:28px;flex-flow:row nowrap;align-items:center}
:is(.bp-chips,.bp-choice) .widget-toggle-button{width:auto;padding:0 9px;font-size:13px}
:is(.bp-chips,.bp-choice) .widget-toggle-button.mod-active{background:#00735A;color:#fff;
font-weight:600}
"""


class Panel(w.VBox):
    """A column of widgets under one style sheet, with a still edition where no kernel has run."""

    def __init__(self, style: str, children: Sequence[w.Widget]) -> None:
        super().__init__([w.HTML(f"<style>{style}{STYLE}</style>"), *children])

    def still(self) -> str:
        """What the panel shows, as HTML without scripts, style sheets or inline SVG."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, object]:
        """The widget, and beside it the still edition for an unrun or exported notebook."""
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self), "text/html": self.still()}


class Deck:
    """Frames in a stack, one of them shown; chips, a slider and Play choose it without a kernel."""

    def __init__(self, unit: str = "step") -> None:
        self.chips = w.ToggleButtons(style={"button_width": "auto"}).add_class("bp-chips")
        self.slider = w.IntSlider(description=unit, readout=False)
        self.play = w.Play(interval=2500, show_repeat=False)
        self.stack = w.Stack().add_class("bp-stack")

    @property
    def position(self) -> int:
        """Which frame is shown, from 0."""
        return self.slider.value

    def link(self) -> None:
        """Tie chips, slider, Play and stack to one another in the browser."""
        for follower in ((self.stack, "selected_index"), (self.chips, "index")):
            w.jslink((self.slider, "value"), follower)
        w.jslink((self.play, "value"), (self.slider, "value"))

    def write(self, frames: Sequence[str], labels: Sequence[str], position: int) -> None:
        """Write every frame, reusing the widgets that are there, and go to one of them."""
        labels = tuple(labels)
        if labels == self.chips.options:
            for old, text in zip(self.stack.children, frames):
                old.value = text
            return
        self.stack.selected_index = None
        self.stack.children = pages(frames, math=True)
        self.chips.options = labels
        self.slider.max = self.play.max = len(labels) - 1
        self.slider.value = self.play.value = position
        self.chips.index = self.stack.selected_index = position


def pages(texts: Sequence[str], math: bool = False) -> list[w.HTML]:
    """A widget for each of the texts; with `math`, their LaTeX is typeset.

    Every widget is several messages to the browser, so they share a layout and a style.
    """
    kind, style = (w.HTMLMath, HTMLMathStyle()) if math else (w.HTML, HTMLStyle())
    layout = w.Layout(width="100%", margin="0")  # a margin would add to the 100 %
    return [kind(text, layout=layout, style=style) for text in texts]


def row(*children: w.Widget) -> w.HBox:
    """Widgets side by side, on more lines where there is no room."""
    return w.HBox(children, layout=w.Layout(flex_flow="row wrap", align_items="center"))
