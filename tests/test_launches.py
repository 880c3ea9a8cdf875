"""Links to Binder, Colab and a JupyterHub: made from an origin, replaced, taken out again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
import pytest
import test_notebooks as form
from browsing import NOTEBOOKS, committed_notebooks
from lab import Lab
from publish import launches
from publish.launches import COMMAND, MARK, ROOT, is_launch, main

NAMES = [path.name for path in committed_notebooks()]
GITHUB = "https://github.com/o-1/back.prop"
GITLAB = "https://gitlab.com/group/sub/back.prop"
HUB = "https://hub.example.edu/at"
_DEFAULT = "default-37a8.jupyterlab-workspace"  # as JupyterLab names the file of the usual one
_LINK = re.compile(r"\]\((https?://[^)\s]+)\)")


@pytest.fixture(scope="module")
def cleared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the command writes to, as a clone on a branch, without links or a remote."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    folder = tmp_path_factory.mktemp("cleared")
    shutil.copy(ROOT / "README.md", folder)
    (folder / "notebooks").mkdir()
    for path in committed_notebooks():
        shutil.copy(path, folder / "notebooks")
    git(folder, "init", "--quiet", "--initial-branch=main")
    main(["--root", str(folder), "--clear"])
    return folder


@pytest.fixture
def copy(cleared: Path, tmp_path: Path) -> Path:
    """The same, for one test to change."""
    return shutil.copytree(cleared, tmp_path / "copy")


def git(folder: Path, *arguments: str) -> None:
    """Run git, which has to succeed."""
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


def state(folder: Path) -> dict[str, bytes]:
    """What is in each of the files that the command may write."""
    paths = (folder / "README.md", *sorted((folder / "notebooks").iterdir()))
    return {path.name: path.read_bytes() for path in paths}


def launch(folder: Path, *words: str) -> int:
    """Run the command in a folder."""
    return main(["--root", str(folder), *words])


def at(folder: Path, origin: str) -> Path:
    """The folder, with this origin."""
    git(folder, "remote", "add", "origin", origin)
    return folder


def links(text: str) -> list[str]:
    """The addresses on the web that a text links to."""
    return _LINK.findall(text)


def block_of(folder: Path) -> str:
    """What stands between the marks in the README."""
    return launches.block_in((folder / "README.md").read_text(encoding="utf-8"))[0]


def opening_of(folder: Path, name: str) -> str:
    """The first cell of a notebook."""
    cells = json.loads((folder / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"])


def test_what_is_committed_is_all_of_one_home() -> None:
    """No link is left over and none is missing, with a public home or without."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    said = launches.settings_in(readme)
    words = ["--clear"]
    if said:
        words = ["--origin", said["home"], "--branch", said["branch"]]
    assert main([*words, "--check"]) == 0


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://github.com/o/r.git", ("github.com", "o/r")),
        ("https://github.com/o/r/", ("github.com", "o/r")),
        ("https://user:secret@GitHub.com:443/o/r.git/", ("github.com", "o/r")),
        ("http://www.github.com/o/r", ("github.com", "o/r")),
        ("git@github.com:o/r.git", ("github.com", "o/r")),
        ("github.com:o/r", ("github.com", "o/r")),
        ("ssh://git@github.com/o/r.git", ("github.com", "o/r")),
        ("ssh://git@ssh.github.com:443/o/r.git", ("github.com", "o/r")),
        ("git://github.com/o/.github", ("github.com", "o/.github")),
        ("https://gitlab.com/g/s/r.git", ("gitlab.com", "g/s/r")),
        ("git@gitlab.com:g/s/t/r.git", ("gitlab.com", "g/s/t/r")),
        ("ssh://git@altssh.gitlab.com:443/g/r.git", ("gitlab.com", "g/r")),
    ],
)
def test_every_form_of_an_address_is_read(address: str, place: tuple[str, str]) -> None:
    assert launches.known(address) == place


@pytest.mark.parametrize(
    "address",
    [
        "/srv/main", "../main", "file:///srv/main", "C:\\main", "C:/main", "",
        "localhost:/srv/main", "https://codeberg.org/o/r", "git@github-work:o/r.git",
        "https://github.com.evil.org/o/r", "https://gitlab.example.edu/g/r", "https://[::1/o/r",
        "https://user:secret@host.org/o/r", "https://github.com@host.org/o/r",
    ],
)  # fmt: skip
def test_a_host_that_binder_does_not_know_is_refused(address: str, copy: Path, capsys) -> None:
    before = state(copy)
    assert launch(copy, "--origin", address) == 2
    said = capsys.readouterr().err
    assert "github.com or gitlab.com" in said and "--origin https://" in said
    assert "Nothing was changed" in said and "secret" not in said
    assert state(copy) == before


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/o", "https://github.com/", "git@github.com:o/r/tree/main",
        "https://github.com/o//r", "https://github.com/o/a b",
        "git@gitlab.com:r.git", "https://gitlab.com/g/r/-/tree/main", "https://github.com/../r",
        "https://github.com/o/r)](x", "https://github.com/o/r-->",
    ],
)  # fmt: skip
def test_a_path_that_is_no_repository_is_refused(address: str, copy: Path, capsys) -> None:
    before = state(copy)
    assert launch(copy, "--origin", address) == 2
    said = capsys.readouterr().err
    assert "is not the path of a repository" in said and "expected an address such as" in said
    assert state(copy) == before


def test_without_a_remote_it_says_what_to_do(copy: Path, capsys) -> None:
    before = state(copy)
    assert launch(copy) == 2
    said = capsys.readouterr().err
    assert "no remote `origin`" in said and "git remote add origin" in said
    assert state(copy) == before
    assert launch(copy, "--check") == 0  # no home and no links: as it should be
    assert "no public home" in capsys.readouterr().out


def test_an_unknown_origin_of_the_clone_is_refused_too(copy: Path, capsys) -> None:
    before = state(at(copy, "https://codeberg.org/o/r"))
    assert launch(copy) == 2
    assert "codeberg.org" in capsys.readouterr().err and state(copy) == before


def test_a_folder_in_another_clone_is_not_that_clone(copy: Path, capsys) -> None:
    at(copy, GITHUB)
    inner = copy / "inner"
    inner.mkdir()
    shutil.copy(copy / "README.md", inner)
    shutil.copytree(copy / "notebooks", inner / "notebooks")
    assert launch(inner) == 2
    assert "not a clone" in capsys.readouterr().err


def test_before_there_is_a_home_the_block_says_how_and_links_nowhere(copy: Path) -> None:
    block = block_of(copy)
    assert COMMAND in block and "origin" in block
    assert "http" not in block and "](" not in block
    assert not any(MARK in opening_of(copy, name) for name in NAMES)


@pytest.mark.parametrize("address", [GITHUB, "git@github.com:o-1/back.prop.git"])
def test_links_of_github(copy: Path, address: str) -> None:
    assert launch(at(copy, address), "--hub", HUB + "/") == 0
    for name in NAMES:
        binder, colab, hub = links(opening_of(copy, name))
        parts = urlsplit(binder)
        assert (parts.hostname, parts.path) == ("mybinder.org", "/v2/gh/o-1/back.prop/main")
        assert parse_qs(parts.query) == {"urlpath": [f"lab/tree/notebooks/{name}"]}
        there = "https://colab.research.google.com/github/o-1/back.prop/blob/main/notebooks/"
        assert colab == there + name
        assert hub.startswith(HUB + "/hub/user-redirect/git-pull?")
        assert parse_qs(urlsplit(hub).query) == {
            "repo": [GITHUB],
            "branch": ["main"],
            "urlpath": [f"lab/tree/back.prop/notebooks/{name}"],
        }
    inside = [link for name in NAMES for link in links(opening_of(copy, name))]
    assert links(block_of(copy)) == inside
    assert f'pip install "bp-helpers @ git+{GITHUB}@main"' in block_of(copy)


@pytest.mark.parametrize("address", [GITLAB, "git@gitlab.com:group/sub/back.prop.git"])
def test_links_of_gitlab_are_for_binder_alone(copy: Path, address: str) -> None:
    assert launch(at(copy, address)) == 0
    for name in NAMES:
        (binder,) = links(opening_of(copy, name))
        where = "https://mybinder.org/v2/gl/group%2Fsub%2Fback.prop/main?"
        assert binder.startswith(where)
        assert unquote(binder).endswith(f"?urlpath=lab/tree/notebooks/{name}")
    assert "colab" not in block_of(copy).lower()
    assert not any(b"google.colab" in content for content in state(copy).values())


@pytest.mark.parametrize("words", [(), ("--hub", HUB), ("--no-colab",)])
def test_twice_changes_nothing_and_clear_restores(copy: Path, words: tuple[str, ...]) -> None:
    before = state(at(copy, GITHUB))
    assert launch(copy, "--check") == 1  # a home, and no links yet
    assert launch(copy, *words) == 0
    once = state(copy)
    assert all(once[name] != before[name] for name in before)
    for again in ((), words):
        assert launch(copy, *again) == 0  # what was asked for once is kept
        assert state(copy) == once
    assert launch(copy, "--check") == 0
    assert launch(copy, "--clear") == 0
    assert state(copy) == before


def test_another_origin_replaces_the_links(copy: Path, capsys) -> None:
    launch(at(copy, GITHUB), "--hub", HUB, "--branch", "2027")
    assert all("2027" in link for name in NAMES for link in links(opening_of(copy, name)))
    git(copy, "remote", "set-url", "origin", "git@gitlab.com:a/b.git")
    capsys.readouterr()
    assert launch(copy, "--check") == 1
    assert "04_the_four_factors.ipynb" in capsys.readouterr().out
    assert launch(copy) == 0
    after = b"".join(state(copy).values())
    for old in (b"o-1", b"colab", b"hub.example.edu", b"2027"):
        assert old not in after.split(b"By hand", 1)[0]
    once = state(copy)
    launch(copy, "--clear")
    launch(copy)
    assert state(copy) == once


def test_one_link_that_is_wrong_is_found(copy: Path) -> None:
    launch(at(copy, GITHUB))
    path = copy / "notebooks" / NAMES[3]
    path.write_text(path.read_text(encoding="utf-8").replace("o-1/back", "o-1/bock", 1), "utf-8")
    assert launch(copy, "--check") == 1
    assert launch(copy) == 0 and launch(copy, "--check") == 0


def test_links_without_a_home_are_refused(copy: Path, capsys) -> None:
    launch(at(copy, GITHUB))
    git(copy, "remote", "remove", "origin")
    before = state(copy)
    assert launch(copy, "--check") == 2
    assert "no remote `origin`" in capsys.readouterr().err and state(copy) == before


def test_links_lead_to_the_usual_branch_of_origin(copy: Path) -> None:
    at(copy, GITHUB)
    git(copy, "checkout", "--quiet", "-b", "week/3")
    launch(copy)
    assert "/back.prop/week/3?" in opening_of(copy, NAMES[0])
    launch(copy, "--clear")
    git(copy, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    launch(copy)
    assert "/back.prop/trunk?" in opening_of(copy, NAMES[0])


def test_a_clone_on_no_branch_keeps_the_one_of_before(copy: Path, capsys) -> None:
    """As machines that check a commit have it."""
    at(copy, GITHUB)
    git(copy, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--allow-empty", "-qm", "x")
    git(copy, "checkout", "--quiet", "--detach")
    assert launch(copy) == 2
    assert "--branch main" in capsys.readouterr().err
    assert launch(copy, "--branch", "trunk") == 0
    assert launch(copy, "--check") == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--branch", "a b"), "'a b'"),
        (("--branch", "-->"), "'-->'"),
        (("--branch", "x)](y"), "name of a branch"),
        (("--hub", "hub.example.edu"), "https://hub.example.edu"),
        (("--hub", "https://a b"), "--hub is"),
        (("--hub", "https://a/?x=-->"), "--hub is"),
    ],
)
def test_bad_settings_are_refused(copy: Path, capsys, words: tuple[str, str], told: str) -> None:
    before = state(at(copy, GITHUB))
    assert launch(copy, f"{words[0]}={words[1]}") == 2
    assert told in capsys.readouterr().err and state(copy) == before


def test_hub_can_be_left_out_again(copy: Path) -> None:
    launch(at(copy, GITHUB))
    before = state(copy)
    launch(copy, "--hub", HUB)
    assert state(copy) != before
    launch(copy, "--hub", "none")
    assert state(copy) == before


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("README.md", "# no block\n", "0 blocks"),
        ("notebooks/07_check_your_gradient.ipynb", "{", "07_check_your_gradient"),
        ("notebooks/07_check_your_gradient.ipynb", "[]", "07_check_your_gradient"),
        ("notebooks/07_check_your_gradient.ipynb", '{"cells": []}', "07_check_your_gradient"),
        (
            "notebooks/07_check_your_gradient.ipynb",
            '{"cells": [{"cell_type": "code", "source": ""}]}',
            "begins with a text",
        ),
    ],
)
def test_one_broken_file_leaves_all_as_they_are(
    copy: Path, capsys, file: str, content: str, told: str
) -> None:
    (copy / file).write_text(content, encoding="utf-8")
    before = state(at(copy, GITHUB))
    assert launch(copy) == 2
    assert told in capsys.readouterr().err and state(copy) == before


FORM = [
    form.test_its_title_is_its_only_one_and_comes_first,
    form.test_it_is_neither_long_nor_short,
    form.test_what_is_to_be_predicted_is_out_of_sight,
    form.test_it_begins_with_three_questions_from_before,
    form.test_it_ran_without_a_complaint,
    form.test_it_names_no_place_of_one_machine,
]
FORM_OF_A_FILE = [
    form.test_it_is_valid_and_for_the_usual_kernel,
    form.test_its_parts_are_there_in_order,
    form.test_it_has_been_run_from_top_to_bottom,
    form.test_previous_and_next_follow_the_series,
]


def test_a_notebook_with_links_keeps_to_the_form(copy: Path) -> None:
    """Its words, its cells and its links to the notebooks beside it are those of the series."""
    launch(at(copy, GITHUB), "--hub", HUB)
    for path in sorted((copy / "notebooks").iterdir()):
        assert len(links(opening_of(copy, path.name))) == 3
        for test in FORM:
            test(form.read(path))
        for test in FORM_OF_A_FILE:
            test(path)


def test_the_line_does_not_hide_what_stands_before_it(copy: Path) -> None:
    before = {name: opening_of(copy, name) for name in NAMES}
    launch(at(copy, GITHUB))
    for name in NAMES:
        rest, line = opening_of(copy, name).rsplit("\n\n", 1)
        assert rest == before[name]
        assert line.endswith(MARK) and not line.startswith("<")  # which would end the links


def colab_cell(folder: Path, name: str) -> str:
    """What the second cell of a notebook holds, which is to be the one for Colab."""
    notebook = nbformat.read(folder / "notebooks" / name, as_version=4)
    assert [k for k, cell in enumerate(notebook.cells) if is_launch(cell)] == [1]
    return notebook.cells[1].source


def test_the_cell_for_colab_does_nothing_elsewhere_and_installs_there(copy: Path) -> None:
    ipython = pytest.importorskip("IPython.core.inputtransformer2")
    launch(at(copy, GITHUB))
    for name in NAMES:
        lines = ipython.TransformerManager().transform_cell(colab_cell(copy, name))
        asked: list[tuple[str, str]] = []
        magic = type("Shell", (), {"run_line_magic": lambda _, *given: asked.append(given)})()
        exec(lines, {"get_ipython": lambda magic=magic: magic})
        assert asked == []
        sys.modules["google.colab"] = sys
        try:
            exec(lines, {"get_ipython": lambda magic=magic: magic})
        finally:
            del sys.modules["google.colab"]
        ((what, given),) = asked
        assert what == "pip" and given.startswith("install --quiet --no-deps ")
        assert given.endswith(f'"bp-helpers @ git+{GITHUB}@main"')


def test_outputs_that_were_stored_anew_are_kept(copy: Path) -> None:
    """Where the cell for Colab was run with the others, and later goes, the rest counts from 1."""
    before = state(at(copy, GITHUB))
    launch(copy)
    path = copy / "notebooks" / NAMES[1]
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for count, cell in enumerate((c for c in notebook["cells"] if c["cell_type"] == "code"), 1):
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = count
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert launch(copy, "--check") == 0
    form.test_it_has_been_run_from_top_to_bottom(path)
    launch(copy, "--clear")
    assert state(copy) == before


def test_it_runs_as_a_command_of_its_own(copy: Path) -> None:
    at(copy, GITHUB)
    script = [sys.executable, ROOT / "tests" / "publish" / "launches.py", "--root", copy]
    for words, code in ((["--check"], 1), ([], 0), (["--check"], 0), (["--hub", "x"], 2)):
        done = subprocess.run([*script, *words], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr


# What Binder does with the repository.


def test_binder_reads_its_files_from_one_place() -> None:
    """A folder binder/ or .binder/ would hide all files at the top from it."""
    assert not (ROOT / "binder").exists() and not (ROOT / ".binder").exists()
    assert os.access(ROOT / "postBuild", os.X_OK) or os.name == "nt"
    assert not (ROOT / "environment.yml").exists()


def test_recipe_of_binder() -> None:
    """The image has the Python that is asked for, and the folder itself as the package."""
    program = Path(sys.executable).with_name("jupyter-repo2docker")
    found = str(program) if program.exists() else shutil.which("jupyter-repo2docker")
    if found is None:
        pytest.skip('jupyter-repo2docker is not installed: pip install -e ".[publish]"')
    done = subprocess.run(
        [found, "--no-build", "--debug", "."],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    recipe = done.stdout + done.stderr
    assert done.returncode == 0, recipe[-2000:]
    version = (ROOT / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert f"environment.py-{version}".replace("-", "-2d").replace(".", "-2e") in recipe
    order = ['pip install --no-cache-dir -r "requirements.txt"', "pip install --no-cache-dir .",
             "./postBuild"]  # fmt: skip
    places = [recipe.rindex(step) for step in order]
    assert places == sorted(places)


@pytest.fixture
def built(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder in which postBuild has run, with programs that only take note of what is asked."""
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    root, tools = tmp_path / "root", tmp_path / "tools"
    root.mkdir()
    tools.mkdir()
    shutil.copy(ROOT / "postBuild", root)
    notes = f'echo "$PWD: $0 $*" >> "{tmp_path}/asked"'
    keeps = f'for last; do :; done; cp "$last" "{tmp_path}/workspace.json"'
    python = f'if [ "$1" = -c ]; then echo "{tmp_path}/prefix"; else {notes}; fi'
    for name, does in (("python", python), ("jupyter", keeps)):
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("REPO_DIR", None)
    if getattr(request, "param", True):
        environment["REPO_DIR"] = str(root)
    subprocess.run([root / "postBuild"], env=environment, cwd=tmp_path, check=True)
    return tmp_path


def test_post_build_puts_the_folder_in_the_place_of_the_copy(built: Path) -> None:
    asked = (built / "asked").read_text().splitlines()
    assert len(asked) == 1 and asked[0].startswith(f"{built / 'root'}: ")
    assert "-m pip install " in asked[0] and asked[0].endswith(" --editable .")


def test_post_build_sets_what_there_is_to_set(built: Path) -> None:
    file = built / "prefix" / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    wanted = json.loads(file.read_text(encoding="utf-8"))
    assert wanted["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    for plugin, settings in wanted.items():
        known = schema(plugin)
        assert set(settings) <= set(known)
        assert all(type(value) is type(known[key]["default"]) for key, value in settings.items())


def test_post_build_folds_the_file_browser_away(built: Path, browser: object) -> None:
    """In a JupyterLab that has the workspace of the recipe, opened by a link as Binder makes it."""
    pytest.importorskip("jupyterlab")
    opened = Lab(built / "lab", browser, NOTEBOOKS)
    try:
        workspaces = built / "lab" / "workspaces"
        workspaces.mkdir(exist_ok=True)
        shutil.copy(built / "workspace.json", workspaces / _DEFAULT)
        page = browser.new_page()
        page.goto(f"{opened.url}/lab/tree/{NAMES[0]}")
        page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        assert not page.locator("#filebrowser").is_visible()
        page.click('.lm-TabBar-tab[data-id="filebrowser"]')  # where it is when it is wanted
        page.wait_for_selector("#filebrowser", state="visible")
    finally:
        opened.close()


@pytest.mark.parametrize("built", [False], indirect=True)
def test_post_build_leaves_the_home_folder_of_others_alone(built: Path) -> None:
    assert not (built / "workspace.json").exists()


def schema(plugin: str) -> dict[str, dict]:
    """What can be set of a plugin of JupyterLab."""
    pytest.importorskip("jupyterlab")
    from jupyterlab.commands import get_app_dir

    name, key = plugin.split(":")
    file = Path(get_app_dir()) / "schemas" / name / f"{key}.json"
    return json.loads(file.read_text(encoding="utf-8"))["properties"]
