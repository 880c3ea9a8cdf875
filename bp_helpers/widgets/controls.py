"""The controls of a form as HTML: each stands inside its label, so that it has a name."""

from __future__ import annotations

from collections.abc import Sequence

from bp_helpers._html import Markup, element, join


def menu(name: str, label: str, options: Sequence[str], chosen: int) -> Markup:
    """A menu, whose value is the place of what is chosen."""
    entries = (
        element("option", text, value=i, selected=i == chosen) for i, text in enumerate(options)
    )
    return _labelled(label, element("select", *entries, name=name))


def tick(name: str, label: str, on: bool) -> Markup:
    """A box to tick."""
    box = element("input", type="checkbox", name=name, checked=on)
    return element("label", box, label, class_="bp-control")


def slider(
    name: str, label: str, value: float, low: float, high: float, step: float, ends: bool = True
) -> Markup:
    """A slider with a box beside it, into which its number can be typed.

    Where the slider does not end what is possible, the box takes any number.
    """
    start, limits = {"name": name, "value": repr(value)}, {"min": repr(low), "max": repr(high)}
    track = element("input", type="range", step=repr(step), **limits, **start)
    whole = isinstance(step, int)
    named = {"step": 1 if whole else "any", "aria_label": f"{label}, typed"}
    box = element("input", type="number", **named, **start, **(limits if ends else {}))
    return element("span", _labelled(label, track), box, class_="bp-slider")


def button(name: str, text: str, box: str | None = None) -> Markup:
    """A button, which counts how often it has been pressed; then `box`, if any, has the focus."""
    return element("button", text, type="button", name=name, data_box=box)


def text_box(name: str, label: str, send: str) -> Markup:
    """A box for words, which are sent by Enter and by a button called `send`, not at each key."""
    typed = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
    box = element("input", type="text", name=name, **typed)
    return join(_labelled(label, box), element("button", send, type="button", data_box=name))


def player(of: str) -> Markup:
    """Buttons that go through the radio buttons called `of`, one by one or by themselves."""
    back, on = (
        element("button", sign, type="button", data_by=by, aria_label=said, title=said)
        for sign, by, said in (("◀", -1, "back"), ("▶", 1, "next"))
    )
    play = element("button", "Play", type="button", name="play", data_playing="Stop")
    return element("span", back, on, play, class_="bp-player", data_of=of)


def part(name: str, role: str | None = None) -> Markup:
    """A place in a form that is written anew when what belongs there changes."""
    return element("div", data_part=name, role=role)


def waiting() -> Markup:
    """What is shown while the kernel has not answered."""
    said = "No answer from the kernel yet. Stepping needs none; if it was restarted, run the cell."
    return element("p", said, class_="bp-waiting", role="status", hidden=True)


def row(*controls: str) -> Markup:
    """Controls side by side, on more lines where there is no room."""
    return element("div", join(*controls), class_="bp-controls")


def fold(title: str, *content: str) -> Markup:
    """Controls that are folded away at first."""
    return element("details", element("summary", title), *content, class_="bp-fold")


def _labelled(label: str, control: Markup) -> Markup:
    return element("label", element("span", label), control, class_="bp-control")
