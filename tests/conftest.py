"""What several test files share: where the notebooks are, and the pages that they are opened in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import NOTEBOOKS, committed_notebooks, run_all
from lab import BROWSERS, FLAGS, Lab


# For one file and not for the session: the browser's event loop must not live on while the
# notebooks are run one after the other.
@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A browser without a window; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)}; CHROMIUM can name one")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def lab(browser: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab in fresh folders; skips where there is no JupyterLab or no browser."""
    pytest.importorskip("jupyterlab")
    opened = Lab(tmp_path_factory.mktemp("lab"), browser, NOTEBOOKS)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(scope="module", params=committed_notebooks(), ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    """One notebook of the series."""
    return request.param


@pytest.fixture(scope="module")
def unrun(lab: Lab, notebook: Path) -> Iterator[object]:
    """The page of a notebook that has been opened, and that nobody has said to trust."""
    page = lab.open(notebook.name)
    yield page
    lab.leave(page)


@pytest.fixture(scope="module")
def ran(unrun: object, notebook: Path) -> object:
    """The page of a notebook after Run → Run All Cells."""
    run_all(unrun, notebook)
    return unrun
