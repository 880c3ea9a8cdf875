"""What assistive technology is told of a page: rules of axe-core, and the browser's own tree."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
from browsing import in_one_window

_HERE = Path(__file__).resolve().parent.parent / "node_modules" / "axe-core" / "axe.min.js"
# Outputs of this package: a widget, its stored page, a figure. The rest of a page is JupyterLab's.
_OURS = '.bp-live, .bp-still, .jp-OutputArea-output[data-mime-type="text/html"]'


@cache
def _axe() -> str:
    named = os.environ.get("AXE_CORE")  # whoever names it wants it: then it has to be there
    if not named and not _HERE.exists():
        pytest.skip("no axe-core: `npm install --no-save axe-core@4`, or AXE_CORE names axe.min.js")
    return Path(named or _HERE).read_text(encoding="utf-8")


def violations(page: object) -> list[str]:
    """What axe-core finds in our outputs, one line a violation.

    It takes for hidden what has been scrolled away, and all that is in JupyterLab's body, which is
    clipped and has no height of its own. Prose and hidden frames are taken out meanwhile: nobody
    is told of them here, and they would take most of its time.
    """
    page.evaluate(_axe())
    with in_one_window(page):
        return page.evaluate(
            """async ours => {
              const all = css => [...document.querySelectorAll(css)];
              const away = all('.jp-MarkdownCell, .bp-frame')
                .filter(e => !e.matches('.bp-frame') || !e.checkVisibility())
                .map(e => [e, [...e.childNodes]]);
              away.forEach(([e]) => e.replaceChildren());
              document.body.style.setProperty('overflow', 'visible', 'important');
              const onShow = e => !e.parentElement.closest(ours)  // not once more in another one
                && e.checkVisibility() && e.getBoundingClientRect().height > 1;
              const include = all(ours).filter(onShow);
              const {violations} = await axe.run({include}, {resultTypes: ['violations']});
              document.body.style.overflow = '';
              away.forEach(([e, parts]) => e.replaceChildren(...parts));
              return violations.flatMap(({id, help, nodes}) => nodes
                .filter(({target}) => document.querySelector(target[0])?.closest(ours))
                .map(({html, any}) =>
                  `${id}: ${help}: ${html.slice(0, 160)} ${any.map(e => e.message).join()}`));
            }""",
            _OURS,
        )


def page_violations(page: object) -> list[str]:
    """What axe-core finds in a page that is all ours, one line a violation."""
    page.evaluate(_axe())
    return page.evaluate(
        """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
          .flatMap(({id, help, nodes}) => nodes.map(({html, any}) =>
            `${id}: ${help}: ${html.slice(0, 160)} ${any.map(e => e.message).join()}`))"""
    )


class Tree:
    """The accessibility tree of a page, as its browser hands it to a screen reader."""

    def __init__(self, page: object) -> None:
        self._client = page.context.new_cdp_session(page)
        self._client.send("Accessibility.enable")

    def under(self, script: str) -> list[dict]:
        """Role, name and states of each element that is told of, under the one that is named."""
        found = self._client.send("Runtime.evaluate", {"expression": script})
        nodes = self._client.send(
            "Accessibility.queryAXTree", {"objectId": found["result"]["objectId"]}
        )["nodes"]
        return [_told(node) for node in nodes if not node["ignored"]]

    def focused(self) -> dict:
        """Role, name and states of the element that has the focus."""
        found = self._client.send("Runtime.evaluate", {"expression": "document.activeElement"})
        nodes = self._client.send(
            "Accessibility.getPartialAXTree",
            {"objectId": found["result"]["objectId"], "fetchRelatives": False},
        )["nodes"]
        return _told(nodes[0])


def _told(node: dict) -> dict:
    states = {state["name"]: state["value"].get("value") for state in node.get("properties", ())}
    value = {key: node.get(key, {}).get("value", "") for key in ("role", "name", "value")}
    return {**states, **value}
