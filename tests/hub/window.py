"""A student in front of a real browser without a window, who does what the others do."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from lab import ASKS, BROWSERS, FLAGS

_LONG = 300_000  # milliseconds
_STEPS = """async ([k, n, pause]) => {
  const times = [], frames = bp.labels(k).length;
  for (let i = 1; i <= n; i++) {
    const start = performance.now();
    await bp.go(k, i % frames);
    times.push(performance.now() - start);
    await bp.pause(pause);
  }
  return times;
}"""


def browser() -> str | None:
    """The program, where it and what drives it are installed."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return found if find_spec("playwright") and find_spec("pytest") else None


def show_all_cells(home: Path) -> None:
    """Let JupyterLab draw cells that are not on the screen too, which makes the page heavier."""
    file = home / ".jupyter/lab/user-settings/@jupyterlab/notebook-extension"
    file.mkdir(parents=True, exist_ok=True)
    settings = json.dumps({"windowingMode": "none"})
    (file / "tracker.jupyterlab-settings").write_text(settings, encoding="utf-8")


class Window:
    """A page of the browser, from the hub's first page on."""

    def __init__(self, page: object, hub: str, name: str) -> None:
        self.page, self._hub, self._name = page, hub, name

    def open(self) -> float:
        """Log in, and wait for the notebook with its kernel; the seconds that it took."""
        start = time.perf_counter()
        self.page.goto(f"{self._hub}/hub/login", timeout=_LONG)
        self.page.fill("#username_input", self._name)
        self.page.fill("#password_input", "anything")
        self.page.click("#login_submit")
        idle = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
        self.page.wait_for_selector(idle, timeout=_LONG)
        while not self._has_kernel():  # the page itself says idle early, and then runs nothing
            self.page.wait_for_timeout(100)
        self.page.evaluate(ASKS)
        return time.perf_counter() - start

    def _has_kernel(self) -> bool:
        found = self.page.request.get(f"{self._hub}/user/{self._name}/api/sessions").json()
        kernels = [session["kernel"] for session in found]
        return any(k["connections"] and k["execution_state"] == "idle" for k in kernels)

    def run_all(self, notebook: Path) -> float:
        """Run → Run All Cells, until every widget is drawn; the seconds that it took."""
        from browsing import run_all

        start = time.perf_counter()
        run_all(self.page, notebook)
        return time.perf_counter() - start

    def steps(self, count: int, pause: float) -> list[float]:
        """Step through the first widget; the seconds until each step was drawn."""
        times = self.page.evaluate(_STEPS, [0, count, 1000 * pause])
        return [milliseconds / 1000 for milliseconds in times]


@contextmanager
def window(program: str, hub: str, name: str) -> Iterator[Window]:
    """A browser with one page, for as long as it is needed; all of it in one thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            page = opened.new_context(viewport={"width": 1440, "height": 1000}).new_page()
            yield Window(page, hub, name)
        finally:
            opened.close()
