"""The notebooks as Markdown for code hosts, read as GitHub's own rules for Markdown leave them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import hosts
import pytest
from browsing import NOTEBOOKS, cells_of, committed_notebooks, still_pages

pytest.importorskip("nbconvert")
sys.path.append(str(Path(__file__).parent / "publish"))
import as_markdown
from nbconvert import MarkdownExporter
from nbconvert.filters import markdown2html

every_notebook = pytest.mark.parametrize("path", committed_notebooks(), ids=lambda path: path.stem)
_PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all notebooks as Markdown."""
    folder = tmp_path_factory.mktemp("markdown") / "out"
    assert as_markdown.main([str(folder)]) == 0
    return folder


def text_of(written: Path, path: Path) -> str:
    return (written / f"{path.stem}.md").read_text(encoding="utf-8")


@every_notebook
def test_every_frame_is_there_in_words_and_pictures(written: Path, path: Path) -> None:
    html = hosts.github(markdown2html(text_of(written, path)))
    found = hosts.frames_of(html)
    expected = [frame for page in still_pages(path) for frame in hosts.frames_of(page)]
    assert len(found) == len(expected)
    for frame, stored in zip(found, expected):
        assert frame["aria-label"] == stored["aria-label"]
        numbers = [e["aria-label"] for e in stored.select(".bp-numbers .bp-eq")]
        for hidden in stored.select(".bp-numbers"):  # which are told in words
            hidden.attrs.clear()
            hidden.string = f"with numbers: {'; '.join(numbers)}"
        assert hosts.read(frame) == hosts.read(stored)
        assert not frame.select("details[open]")
    for picture in re.findall(r"<img [^>]*>", html):
        assert len(re.search(r'alt="([^"]*)"', picture)[1]) > 20, picture
        assert_is_a_picture(written / re.search(r'src="([^"]*)"', picture)[1])


def assert_is_a_picture(path: Path) -> None:
    """Of a kind that code hosts show, and one that does not give away what it asks for."""
    if path.suffix == ".svg":
        drawn = ET.parse(path)
        assert drawn.getroot().tag.endswith("svg") and not drawn.findall(".//*[@class='bp-new']")
    else:
        assert path.read_bytes().startswith(_PNG)


@every_notebook
def test_nothing_is_left_that_a_code_host_prints_or_drops(written: Path, path: Path) -> None:
    text = text_of(written, path)
    assert not re.search(r"<(style|script|svg|form|input|fieldset)\b|data:image|:has\(", text)
    assert not re.search(r' (class|style|hidden|on\w+)="', text)


def test_a_blank_line_does_not_end_the_html() -> None:
    made = as_markdown.plain("<div>one\n\n<pre>two\n \nthree</pre></div>", {}, "folder")
    assert made == "<div>one\n<pre>two\nthree</pre></div>"


@every_notebook
def test_what_is_to_be_predicted_is_folded(written: Path, path: Path) -> None:
    text, at = text_of(written, path), 0
    hidden = [c for c in cells_of(path) if c["metadata"].get("jupyter", {}).get("outputs_hidden")]
    assert text.count("<details><summary>Show what it prints</summary>") == len(hidden)
    for cell in hidden:
        at = text.index("**Predict first.**", at)
        at = text.index("".join(cell["source"]), at)
        at = text.index("<details><summary>Show what it prints</summary>", at)
        for output in cell["outputs"]:
            if output["output_type"] == "stream":
                at = text.index("".join(output["text"]).splitlines()[0], at)
        at = text.index("</details>", at)


def test_links_lead_to_files_that_are_there(written: Path) -> None:
    for path in committed_notebooks():
        links = re.findall(r"\]\((?!https?:)([\w/.]+\.\w+)[)#]", text_of(written, path))
        missing = [link for link in links if not (written / link).exists()]
        assert links and missing == [], path.name


def test_the_usual_export_is_not_enough() -> None:
    """Why there is a command of our own: GitHub prints a style sheet, and drops a picture in it."""
    path = NOTEBOOKS / "05_layer_deltas.ipynb"
    usual, _ = MarkdownExporter().from_filename(str(path))
    html = hosts.github(markdown2html(usual))
    assert ":has(" in html and 'src="data:' not in html


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--only", "99"], "99"),
        (["README.md"], "holds files already"),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    if arguments == ["README.md"]:
        (tmp_path / "README.md").write_text("mine", encoding="utf-8")
        arguments = []
    assert as_markdown.main([str(tmp_path), *arguments]) == 2
    assert told in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} <= {"README.md"}
