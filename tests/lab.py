"""A JupyterLab of its own for the tests that look at pages, and a browser that opens them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Without a sandbox it runs in a container; the rest keeps the browser from calling home.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
LAB, NOTEBOOK = "lab/tree", "notebooks"  # as the paths of the two applications' pages begin
_START, _STOP = 60, 15  # seconds
ASKS = (Path(__file__).parent / "browser.js").read_text(encoding="utf-8")

# Every message of a socket, to and fro, is this many milliseconds on its way.
_FAR_AWAY = """{
  const late = f => setTimeout(f, %d), Near = WebSocket;
  window.WebSocket = class extends Near {
    send(data) { late(() => super.send(data)); }
    set onmessage(f) { super.onmessage = f && (event => late(() => f.call(this, event))); }
  };
}"""


_OPEN = """async name => {
  await jupyterapp.commands.execute('docmanager:open', {path: name, factory: 'Notebook'});
}"""
_LEAVE = """async () => {
  for (const widget of [...jupyterapp.shell.widgets('main')].filter(e => e.context)) {
    await widget.context.sessionContext.shutdown();
    widget.dispose();
  }
}"""


class Lab:
    """A JupyterLab in folders of its own, on a copy of the notebooks."""

    def __init__(self, folder: Path, browser: object, notebooks: Path) -> None:
        self._folder, self._browser = folder, browser
        without = shutil.ignore_patterns(".ipynb_checkpoints")
        shutil.copytree(notebooks, self.notebooks, ignore=without)
        self._set("apputils-extension/notification", fetchNews="false", checkForUpdates=False)
        # Without windowing every cell is in the page, also those that are not on the screen.
        self._set("notebook-extension/tracker", windowingMode="none")
        self._log = (folder / "log.txt").open("wb")
        self._left: list[object] = []  # pages of JupyterLab that nothing is open in
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._server = self._start()

    @property
    def notebooks(self) -> Path:
        """The folder with the copies that are opened."""
        return self._folder / "notebooks"

    def write(self, name: str, *cells: str) -> None:
        """Put a new notebook of these cells of code beside the others."""
        code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        content = {
            "cells": [{**code, "id": f"cell-{k}", "source": cell} for k, cell in enumerate(cells)],
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.notebooks / name).write_text(json.dumps(content), encoding="utf-8")

    def open(self, name: str, app: str = LAB, kernel: bool = True, round_trip: float = 0) -> object:
        """A page with the notebook in it, not run, its kernel idle, or with no way to get one.

        `app` is `NOTEBOOK` for the application of that name, which shows one notebook a page.
        `round_trip` is how many seconds an answer of the kernel takes longer than it does.
        """
        if app == LAB and kernel and not round_trip and self._left:
            page = self._left.pop()
            page.evaluate(_OPEN, name)
        else:
            page = self._browser.new_page(viewport={"width": 1440, "height": 1000})
            if round_trip:
                page.add_init_script(_FAR_AWAY % (1000 * round_trip / 2))
            if not kernel:
                page.route(re.compile("/api/(sessions|kernels)"), lambda route: route.abort())
            page.goto(f"{self.url}/{app}/{name}?reset")
            if app == LAB:
                page.wait_for_selector(".jp-Notebook")
                page.keyboard.press("ControlOrMeta+b")  # folds the file browser away
        if kernel:
            self._wait_until(lambda: self._kernel_of(name) == "idle", f"a kernel for {name}")
        if kernel and app == LAB:
            page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        cells = json.loads((self.notebooks / name).read_text(encoding="utf-8"))["cells"]
        page.wait_for_function(
            """([cells, outputs]) => document.querySelectorAll('.jp-Cell').length >= cells &&
            document.querySelectorAll('.jp-OutputArea-output').length >= outputs""",
            arg=[len(cells), sum(map(_outputs_on_show, cells))],
        )
        page.evaluate(ASKS)
        return page

    def leave(self, page: object) -> None:
        """End what a page of JupyterLab has open; another notebook may then be opened in it.

        Which takes half the time that a new page does.
        """
        page.evaluate(_LEAVE)
        self._left.append(page)

    def restart(self) -> None:
        """End the server with its kernels, and start it again where it was: it trusts the same."""
        self._stop()
        self._left.clear()
        self._server = self._start()

    def close(self) -> None:
        """End the server and everything that it has started."""
        self._stop()
        self._log.close()

    def _stop(self) -> None:
        _end(self._server, "SIGTERM")  # on which the server ends its kernels
        try:
            self._server.wait(_STOP)
        except subprocess.TimeoutExpired:
            _end(self._server, "SIGKILL")
            self._server.wait()

    def _set(self, plugin: str, **settings: object) -> None:
        file = self._folder / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings), encoding="utf-8")

    def _start(self) -> subprocess.Popen[bytes]:
        port = self.url.rsplit(":", 1)[1]
        command = [
            sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            f"--ServerApp.root_dir={self.notebooks}",
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        server = subprocess.Popen(
            command,
            env=self._environment(),
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # a process group of its own, to be ended as one
        )
        try:
            self._wait_for(server)
        except BaseException:
            _end(server, "SIGKILL")
            raise
        return server

    def _environment(self) -> dict[str, str]:
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        fresh = {name: str(self._folder / folder) for name, folder in folders.items()}
        # Threads that wait for a busy neighbour make small products many times slower.
        return {**os.environ, **fresh, "OPENBLAS_NUM_THREADS": "1"}

    def _wait_for(self, server: subprocess.Popen[bytes]) -> None:
        def answers() -> bool:
            return server.poll() is not None or self._get("status") is not None

        try:
            self._wait_until(answers, "JupyterLab")
            assert server.poll() is None
        except AssertionError:
            log = (self._folder / "log.txt").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"JupyterLab did not start:\n{log[-3000:]}") from None

    def _wait_until(self, done: Callable[[], bool], what: str) -> None:
        last = time.monotonic() + _START
        while not done():
            assert time.monotonic() < last, f"waited {_START} seconds for {what}"
            time.sleep(0.2)

    def _kernel_of(self, name: str) -> str | None:
        """The state of the kernel that a page has connected to; the page itself says idle early."""
        for session in self._get("sessions") or ():
            if session["path"] == name and session["kernel"]["connections"]:
                return session["kernel"]["execution_state"]
        return None

    def _get(self, what: str) -> object:
        try:
            with urllib.request.urlopen(f"{self.url}/api/{what}", timeout=5) as answer:
                return json.load(answer)
        except OSError:  # which a refused connection and an error status are too
            return None


def _outputs_on_show(cell: dict) -> int:
    """How many outputs JupyterLab shows before the cell is run: some are folded away."""
    is_folded = cell["metadata"].get("jupyter", {}).get("outputs_hidden")
    return 0 if is_folded else len(cell.get("outputs", ()))


def _end(server: subprocess.Popen[bytes], how: str) -> None:
    """Send a signal to the server and all that it has started; Windows has no such groups."""
    if hasattr(os, "killpg"):
        os.killpg(server.pid, getattr(signal, how))
    else:
        server.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
