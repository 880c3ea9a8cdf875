"""The package as a whole: its names, its layers, and the wheel that is made of it."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bp_helpers

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bp_helpers"

# From the ground up: a module imports only from those before it. The rooms stand in this order
# too, so that no step knows how it is drawn, and no drawing knows of widgets.
ORDER = (
    "_validation", "_html", "functions", "network", "_door", "backprop", "forms",
    "slips", "measure", "gradcheck", "verdict", "diagnosis", "examples", "digits",
    "neuron", "depth", "training", "plots",
    "texts.sources", "texts.lines", "texts.arrays", "texts.bridge", "texts.symbols",
    "claims.trial", "claims.line", "claims.conventions", "claims.chain", "claims.layers",
    "claims.index", "claims.jacobian", "claims.batch", "claims.quick", "claims.notes",
    "exercises.values", "exercises.telling", "exercises.exercise",
    *(f"exercises.nb{n:02}" for n in range(13)),
    "exercises.checking", "exercises.graded", "exercises.typed", "exercises.drills",
    "steps.numbers", "steps.step", "steps.mathematics", "steps.line", "steps.formula",
    "steps.recorder", "steps.questions", "steps.scalar", "steps.matrix", "steps.notations",
    "steps.paths", "steps.translated", "steps.graph",
    "drawing.picture", "drawing.page", "drawing.scene", "drawing.labels",
    "drawing.layout", "drawing.words", "drawing.network", "drawing.blocks",
    "drawing.curves", "drawing.card", "drawing.explorations", "drawing.drilling",
    "drawing.bridging", "drawing.symbols", "drawing.graph", "drawing.handing",
    "widgets.controls", "widgets.panel", "widgets.stepper", "widgets.explorers",
    "widgets.drill", "widgets.bridge",
)  # fmt: skip
ROOMS = ("texts", "claims", "exercises", "steps", "drawing", "widgets")
# Who may import what is slow to import, or is not there in every setting.
ALLOWED = {
    "anywidget": {"widgets.panel"},
    "matplotlib": {"plots"},
    "tqdm": {"training", "measure"},
    "IPython": {"widgets.panel"},
}
NEEDS_NO_WIDGETS = [name for name in ORDER if name not in ("plots", "training")][:-5]
LONGEST = 60  # lines of a function


def python(code, **environment):
    """The output of a fresh process that runs `code` away from the repository."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
        cwd=environment.get("PYTHONPATH", ROOT.parent),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def tree(module):
    """The syntax tree of a module of the package."""
    return ast.parse((PACKAGE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))


def imported(module):
    """The modules that a module of the package imports, wherever in its text."""
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative path"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            rooms = ("bp_helpers", *(f"bp_helpers.{room}" for room in ROOMS))
            found |= inside if node.module in rooms else {node.module}
    return found


@pytest.mark.parametrize("name", bp_helpers.__all__)
def test_every_public_name_can_be_imported_and_has_a_docstring(name):
    value = getattr(bp_helpers, name)
    assert name in dir(bp_helpers)
    assert name == "NOTATIONS" or value.__doc__


def test_unknown_name_lists_the_names_that_there_are():
    with pytest.raises(AttributeError) as refused:
        _ = bp_helpers.backpropagation
    for name in ("backpropagation", *bp_helpers.__all__):
        assert name in str(refused.value)


def test_importing_the_package_imports_nothing_slow():
    names = python("import bp_helpers, sys; print(*sys.modules)").split()
    assert "bp_helpers" in names
    assert not {"matplotlib", "anywidget", "tqdm", "IPython"} & set(names)


def test_mathematics_and_steps_need_neither_widgets_nor_plots():
    modules = "; ".join(f"import bp_helpers.{module}" for module in NEEDS_NO_WIDGETS)
    names = python(f"import sys; {modules}; print(*sys.modules)").split()
    assert not {"matplotlib", "anywidget", "tqdm", "IPython"} & set(names)


def test_every_module_has_its_place_in_the_order():
    assert modules_in(PACKAGE) == set(ORDER)
    rooms = [name.split(".")[0] for name in ORDER if "." in name]
    assert list(dict.fromkeys(rooms)) == list(ROOMS)
    assert rooms == sorted(rooms, key=ROOMS.index)


def modules_in(folder):
    """The names of all modules in a folder of the package, but for those that open a room."""
    files = (file.relative_to(folder).with_suffix("") for file in folder.rglob("*.py"))
    return {".".join(file.parts) for file in files if file.name != "__init__"}


def test_no_function_is_long():
    for module in ORDER:
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < LONGEST, (module, node.name)


def test_page_that_learners_read_is_short_and_begins_with_its_formulas():
    lines = (PACKAGE / "backprop.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 90
    first = next(n for n, line in enumerate(lines, start=1) if "net.W[l] @ a[l - 1]" in line)
    assert first <= 35
    rules = [line.rsplit("# ", 1)[1] for line in lines if "# BP" in line]
    assert rules == ["BP1", "BP2", "BP3", "BP4"]


@pytest.mark.parametrize("module", ORDER)
def test_module_imports_only_from_those_below_it(module):
    below = {f"bp_helpers.{name}" for name in ORDER[: ORDER.index(module)]}
    own = {name for name in imported(module) if name.startswith("bp_helpers")}
    assert own <= below


@pytest.mark.parametrize("module", ORDER)
def test_module_imports_only_the_libraries_that_it_may(module):
    roots = {name.split(".")[0] for name in imported(module)}
    for library, modules in ALLOWED.items():
        assert library not in roots or module in modules


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which a wheel, built from a clean copy of the files in git, is installed."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    source, wheels, target = (tmp_path_factory.mktemp(name) for name in ("source", "wheels", "to"))
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    for command in (
        [*pip, "wheel", "--no-deps", "--wheel-dir", wheels, source],
        [*pip, "install", "--no-deps", "--no-index", "-f", wheels, "-t", target, "bp-helpers"],
    ):
        done = subprocess.run(
            command, cwd=source, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_wheel_holds_every_module_the_digits_and_where_they_come_from(installed):
    folder = installed / "bp_helpers"
    assert modules_in(folder) == set(ORDER)
    assert {file.name for file in folder.rglob("*.css")} == {"page.css", "picture.css"}
    for name in ("mnist_10k.npz", "README.md"):
        given, right = folder / "data" / name, PACKAGE / "data" / name
        assert given.read_bytes() == right.read_bytes()
    (information,) = installed.glob("bp_helpers-*.dist-info")
    licences = [file.read_text(encoding="utf-8") for file in information.rglob("LICENSE")]
    assert len(licences) == 1
    assert not (installed / "tests").exists()


def test_installed_package_loads_the_digits_and_steps_through_a_pass(installed):
    code = (
        "import bp_helpers as b; print(b.__file__); print(b.digits.train.x.shape);"
        "print(len(b.backward_steps(*b.examples.small_network())))"
    )
    file, shape, steps = python(code, PYTHONPATH=str(installed)).splitlines()
    assert Path(file).is_relative_to(installed)
    assert shape == "(784, 8000)"
    assert int(steps) == 7
