"""What the widgets are made of: a carousel of frames, and a panel that can be read unrun."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as w
from ipywidgets.widgets.widget_string import HTMLStyle

from bp_helpers.drawing.picture import style_sheet


class Panel(w.VBox):  # type: ignore[misc]
    """A column of widgets under one style sheet, with a still edition where no kernel has run."""

    def __init__(self, children: Sequence[w.Widget]) -> None:
        super().__init__([w.HTML(style_sheet()), *children])

    def still(self) -> str:
        """What the panel shows, as HTML without scripts, style sheets or inline SVG."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        """The widget, and beside it the still edition for an unrun or exported notebook."""
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self), "text/html": self.still()}


class Carousel:
    """Frames in a stack, one of them shown; chips, a slider and Play choose it without a kernel."""

    def __init__(self, unit: str = "step") -> None:
        self.chips = w.ToggleButtons(style={"button_width": "auto"}).add_class("bp-chips")
        self.slider = w.IntSlider(description=unit, readout=False)
        self.play = w.Play(interval=2500, show_repeat=False)
        self.stack = w.Stack().add_class("bp-stack")

    @property
    def position(self) -> int:
        """Which frame is shown, from 0."""
        return int(self.slider.value)

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
        self.stack.children = pages(frames)
        self.chips.options = labels
        self.slider.max = self.play.max = len(labels) - 1
        self.slider.value = self.play.value = position
        self.chips.index = self.stack.selected_index = position


def pages(texts: Sequence[str]) -> list[w.HTML]:
    """A widget for each of the texts.

    Every widget is several messages to the browser, so they share a layout and a style.
    """
    layout, style = w.Layout(width="100%", margin="0"), HTMLStyle()  # a margin would add to 100 %
    return [w.HTML(text, layout=layout, style=style) for text in texts]


def row(*children: w.Widget) -> w.HBox:
    """Widgets side by side, on more lines where there is no room."""
    return w.HBox(children, layout=w.Layout(flex_flow="row wrap", align_items="center"))
