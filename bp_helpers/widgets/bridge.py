"""Two texts side by side: pick one to read and one to write in."""

from __future__ import annotations

from bp_helpers import examples
from bp_helpers._door import inputs, network, targets
from bp_helpers._html import Markup, join
from bp_helpers._validation import chosen
from bp_helpers.drawing.bridging import bridge_deck
from bp_helpers.network import Network
from bp_helpers.texts.sources import SOURCES
from bp_helpers.widgets.controls import part
from bp_helpers.widgets.panel import Panel


class Bridge(Panel):
    """The rules of two texts side by side, with one network in the shapes of both.

    `source` and `target` are keys of `bridge.SOURCES`; without `net`, the network is the running
    example with its four samples. Raises ValueError for a text that is not known, and for samples
    that do not fit to the network.
    """

    def __init__(
        self,
        source: str = "nielsen",
        target: str = "pytorch",
        net: Network | None = None,
        x: object = None,
        y: object = None,
    ) -> None:
        if net is None and x is None and y is None:
            net, x, y = examples.batch()
        self.net, self.x = network(net), inputs(network(net), x)
        self.y = targets(self.net, y, self.x.shape[1], copy=True)
        places = {s.key: place for place, s in enumerate(SOURCES.values())}
        values = {
            name: places[chosen(name, key, SOURCES).key]
            for name, key in (("source", source), ("target", target))
        }
        super().__init__(values, dict.fromkeys(values, len(places)))
        self._draw()

    def __repr__(self) -> str:
        return f"Bridge: {len(SOURCES)} texts, with {self.net!r}"

    def _deck(self, stored: bool = False) -> Markup:
        chosen = self._values["source"], self._values["target"]
        return bridge_deck(self.net, self.x, self.y, chosen)

    def _form(self) -> Markup:
        return join(part("deck"))
