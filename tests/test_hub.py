"""A class on JupyterHub: the small hub, what a class needs of a machine, values for a real hub."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import NOTEBOOKS, cells_of, committed_notebooks

sys.path.append(str(Path(__file__).parent / "hub"))
import load
import sizes
import small_hub
from sizes import Figures, Notebook, Run

HUB = Path(__file__).parent / "hub"
ROOT = HUB.parents[1]
README = (HUB / "README.md").read_text(encoding="utf-8")
LESSON = "05_layer_deltas.ipynb"


# The configuration of the small hub


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """What the configuration says, under settings of the environment."""
    pytest.importorskip("traitlets")
    from traitlets.config.loader import PyFileConfigLoader

    def read(**settings: str) -> object:
        given = {"HUB_FOLDER": str(tmp_path / "hub"), "HUB_PROXY": "proxy", **settings}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        return PyFileConfigLoader("jupyterhub_config.py", path=str(HUB)).load_config()

    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    return read


def test_the_hub_listens_on_loopback_alone(configured: object) -> None:
    c = configured(HUB_PORT="9000")
    assert c.JupyterHub.bind_url == "http://127.0.0.1:9000"
    assert (c.JupyterHub.hub_ip, c.JupyterHub.hub_port) == ("127.0.0.1", 9002)
    assert c.ConfigurableHTTPProxy.api_url == "http://127.0.0.1:9001"


def test_a_student_lands_in_a_folder_of_their_own(configured: object, tmp_path: Path) -> None:
    c = configured(HUB_OPENS=LESSON)
    home = c.SimpleLocalProcessSpawner.home_dir_template.format(username="ada")
    assert home == str(tmp_path / "hub" / "students" / "ada")
    assert c.Spawner.notebook_dir.format(username="ada") == f"{home}/notebooks"
    assert c.Spawner.default_url == f"/lab/tree/{LESSON}"
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    assert ("--allow-root" in c.Spawner.args) == root


def test_work_is_kept_and_what_is_missing_is_laid_out(configured: object, tmp_path: Path) -> None:
    spawner = type("Spawner", (), {"user": type("User", (), {"name": "ada"})})
    prepare = configured().Spawner.pre_spawn_hook
    prepare(spawner)
    mine = tmp_path / "hub" / "students" / "ada" / "notebooks"
    names = {str(path.relative_to(NOTEBOOKS)) for path in NOTEBOOKS.rglob("*.*")}
    names = {name for name in names if "checkpoints" not in name}
    assert {str(path.relative_to(mine)) for path in mine.rglob("*.*")} == names
    (mine / LESSON).write_text("my work", encoding="utf-8")
    (mine / "00_start_here.ipynb").unlink()
    prepare(spawner)
    assert (mine / LESSON).read_text(encoding="utf-8") == "my work"
    again = (mine / "00_start_here.ipynb").read_bytes()
    assert again == (NOTEBOOKS / "00_start_here.ipynb").read_bytes()
    assert not [path for path in mine.rglob("*.part")]


BAD_NAMES = (
    "",
    ".",
    "..",
    "../a",
    "a/b",
    "a/../b",
    "a.b",
    "-a",
    "a b",
    "{a}",
    "é",
    "a\n",
    "a" * 33,
)


def test_names_lead_nowhere_else(configured: object) -> None:
    pattern = configured().Authenticator.username_pattern
    for name in ("ada", "ada-2", "a_b"):
        assert re.match(pattern, name)  # as the hub looks
    for name in BAD_NAMES:
        assert not re.match(pattern, name)


def test_the_hub_takes_the_same_names(configured: object) -> None:
    auth = pytest.importorskip("jupyterhub.auth", reason="the extra `hub` brings jupyterhub")
    pattern = configured().Authenticator.username_pattern
    checks = auth.DummyAuthenticator(username_pattern=pattern).validate_username
    assert checks("ada") and not any(map(checks, BAD_NAMES))


def test_a_class_list_lets_in_nobody_else(configured: object, tmp_path: Path) -> None:
    assert configured().Authenticator.allow_all
    names = tmp_path / "names.txt"
    names.write_text("Ada\n\n emmy \n", encoding="utf-8")
    c = configured(HUB_STUDENTS=str(names))
    assert c.Authenticator.allowed_users == {"ada", "emmy"}
    assert "allow_all" not in c.Authenticator


def test_memory_and_idle_servers_are_limited(configured: object) -> None:
    c = configured(HUB_MEMORY="512")
    assert c.Spawner.mem_limit == 512 * 2**20
    if sys.platform == "linux":
        assert f"--data={512 * 2**20}" in c.Spawner.cmd
    (service,) = c.JupyterHub.services
    (role,) = c.JupyterHub.load_roles
    assert role["services"] == [service["name"]] and "--timeout=7200" in service["command"]
    assert "delete:servers" in role["scopes"] and "admin:users" not in role["scopes"]


def test_no_question_about_news(configured: object, tmp_path: Path) -> None:
    """The settings are those that the recipe of Binder's image has, in a place that is read."""
    c = configured()
    place = Path(c.Spawner.environment["JUPYTER_CONFIG_PATH"]) / "labconfig"
    said = json.loads((place / "default_setting_overrides.json").read_text(encoding="utf-8"))
    recipe = (ROOT / "postBuild").read_text(encoding="utf-8")
    told = re.search(r"overrides\.json\" <<'END'\n(.*?)\nEND\n", recipe, re.DOTALL)[1]
    assert said == json.loads(told)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"HUB_PORT": "eighty"}, "HUB_PORT is 'eighty'"),
        ({"HUB_PORT": "80"}, "from 1024"),
        ({"HUB_MEMORY": "1"}, "HUB_MEMORY is '1'"),
        ({"HUB_OPENS": "99.ipynb"}, "no 99.ipynb"),
        ({"HUB_NOTEBOOKS": "/nowhere"}, "HUB_NOTEBOOKS"),
        ({"HUB_STUDENTS": "/nowhere"}, "cannot be read"),
        ({"HUB_STUDENTS": os.devnull}, "names nobody"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    configured: object, settings: dict[str, str], told: str
) -> None:
    with pytest.raises(SystemExit, match=re.escape(told)):
        configured(**settings)


# What a class needs


def run(**other: float | None) -> Run:
    """A run of 10 students, in round figures."""
    times = dict.fromkeys(("start_median", "start_longest", "run_median", "run_longest"), 10.0)
    steps = dict.fromkeys(("step_median", "step_p95", "change_median", "change_p95"), 5.0)
    memory = {"server": 100.0, "kernel": 80.0, "hub": 100.0, "proxy": 50.0, "culler": 50.0}
    cpu = {"cpu_start": 3.0, "cpu_run": 2.0, "cpu_step": 1.0, "cpu_shared": 1.0}
    return Run(students=10, **{"others": 0.1, **times, **steps, **memory, **cpu, **other})


def figures(*runs: Run) -> Figures:
    """Figures of a machine of 2 cores, on which these runs were measured."""
    notebooks = tuple(
        Notebook(f"0{k}", share, share + 20, k, 1.0) for k, share in enumerate((80, 100, 200))
    )
    return Figures("machine", 2, 8, "versions", "00", 40, 0.5, runs, notebooks)


def test_memory_of_a_class_is_that_of_its_parts() -> None:
    f = figures(run())
    # A server, the hungriest kernel, a usual one, and a quarter more.
    assert sizes.student(f) == 1.25 * (100 + 200 + 100) == 500
    assert sizes.shared(f) == 200
    assert sizes.memory(f, 10) == 7  # 1024 + 250 + 5000 MB, and 6274 MB are 6.1 GB
    assert sizes.memory(f, 11) - sizes.memory(f, 10) in (0, 1)
    assert [sizes.memory(f, n) for n in sizes.CLASSES] == sorted(
        sizes.memory(f, n) for n in sizes.CLASSES
    )


def test_cores_of_a_class_are_its_work_over_the_wait() -> None:
    f = figures(run())
    assert sizes.work(f) == 6
    assert sizes.cores(f, 80, 60) == 10  # 480 s of work, in 60 s that are used to four fifths
    assert sizes.cores(f, 81, 60) == 11
    assert sizes.cores(f, 1, 60) == sizes.CORES
    assert sizes.more(f) == 2  # the last of the notebooks computes for 2 s, the lesson for none
    assert sizes.cores(f, 60, 60, sizes.more(f)) == 10


def test_company_is_told_of() -> None:
    assert "quiet: others kept at most 0.10 of" in sizes.markdown(figures(run(), run(others=0.0)))
    assert "kept 0.1 to 1.5 of its cores busy" in sizes.markdown(figures(run(others=1.5), run()))


def test_a_real_browser_counts_for_more_than_a_plain_client() -> None:
    f = figures(run(), run(browser_server=150.0, browser_cpu_start=5.0, browser_cpu_run=4.0))
    assert sizes.server(f) == 150 and sizes.work(f) == 10


def test_what_was_measured_is_put_beside_what_is_worked_out() -> None:
    slow = run(cpu_clients=4.0)
    assert sizes.expected(figures(slow), slow) == (10 * 6 + 4) / 1.6 == 40
    assert sizes.taken(slow) == 20
    assert "10 students took 20 s on 2 cores, and the arithmetic says 40 s" in sizes.markdown(
        figures(slow)
    )


def test_figures_without_a_run_are_no_figures() -> None:
    with pytest.raises(ValueError, match="no runs"):
        sizes.markdown(figures())


def test_figures_are_kept_as_they_are() -> None:
    f = figures(run(), run(browser_open=3.0))
    assert Figures.of(f.text()) == f


def test_the_readme_says_what_was_measured() -> None:
    """Table, arithmetic and measurement are what load.py prints of the figures it has kept."""
    kept = Figures.read(HUB / "figures.json")
    assert f"<!-- figures: begin -->\n{sizes.markdown(kept)}<!-- figures: end -->" in README
    assert len({one.students for one in kept.runs}) >= 3
    assert [one.name for one in kept.notebooks] == [path.stem for path in committed_notebooks()]
    for one in kept.runs:  # what was measured is of this world
        assert 30 < one.kernel < 1000 and 30 < one.server < 1000
        assert one.step_median <= one.step_p95 and one.run_median <= one.run_longest


def test_the_command_prints_what_a_file_holds(capsys, tmp_path: Path) -> None:
    f, file = figures(run()), tmp_path / "figures.json"
    file.write_text(f.text(), encoding="utf-8")
    assert load.main(["--table", str(file)]) == 0
    assert capsys.readouterr().out == sizes.markdown(f)
    for content in ("{", "{}", "[]", figures().text(), '{"runs": 3}'):
        file.write_text(content, encoding="utf-8")
        assert load.main(["--table", str(file)]) == 2
        assert "does not hold figures" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["0"], "from 1 to 60"),
        (["many"], "'many'"),
        (["2", "--pause", "-1"], "from 0 to 60"),
        (["2", "--notebook", "99.ipynb"], "no 99.ipynb"),
        (["2", "--save", "/nowhere/at/all.json"], "does not exist"),
    ],
)
def test_the_command_refuses_what_does_not_fit(capsys, words: list[str], told: str) -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("measures on Linux only")
    try:
        assert load.main(words) == 2
    except SystemExit as end:
        assert end.code == 2
    assert told in capsys.readouterr().err


# The values for a real hub


@pytest.fixture(scope="module")
def values() -> dict:
    """What values.yaml says."""
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((HUB / "values.yaml").read_text(encoding="utf-8"))


def test_values_open_a_notebook_that_is_there(values: dict) -> None:
    student = values["singleuser"]
    *_, folder = (
        student["lifecycleHooks"]["postStart"]["exec"]["command"][-1].split(" || ")[0].split()
    )
    opened = student["defaultUrl"].removeprefix(f"/lab/tree/{folder}/")
    assert opened.startswith("notebooks/") and (ROOT / opened).is_file()


def test_values_have_what_was_measured(values: dict) -> None:
    kept = Figures.read(HUB / "figures.json")
    student, classes = values["singleuser"], max(sizes.CLASSES)
    assert student["memory"] == {
        "guarantee": f"{sizes.guarantee(kept)}M",
        "limit": f"{sizes.limit(kept)}M",
    }
    each = sizes.cores(kept, classes, max(sizes.WAITS)) / classes
    assert student["cpu"]["guarantee"] == pytest.approx(each, rel=0.1)
    assert student["cpu"]["limit"] >= 1


def test_values_keep_to_what_the_small_hub_does(values: dict, configured: object) -> None:
    c, student = configured(), values["singleuser"]
    for name, value in student["extraEnv"].items():
        assert c.Spawner.environment[name] == value
    kernels = student["extraFiles"]["kernels"]["data"]["MappingKernelManager"]
    assert {f"--MappingKernelManager.{key}={value}" for key, value in kernels.items()} <= set(
        c.Spawner.args
    )
    (service,) = c.JupyterHub.services
    cull = values["cull"]
    assert {f"--timeout={cull['timeout']}", f"--cull-every={cull['every']}"} <= set(
        service["command"]
    )


# Keys of the chart that the values may use, with what they take: from its schema, where each of
# these objects refuses all that it does not name.
CHART = {
    "hub": {"config": {"JupyterHub": dict, "KubeSpawner": dict}},
    "singleuser": {
        "image": {"name": str, "tag": str},
        "defaultUrl": str,
        "memory": {"guarantee": str, "limit": str},
        "cpu": {"guarantee": (int, float), "limit": (int, float)},
        "extraEnv": dict,
        "extraFiles": {"kernels": {"mountPath": str, "data": dict}},
        "storage": {"capacity": str},
        "lifecycleHooks": {"postStart": dict},
    },
    "cull": {"enabled": bool, "timeout": int, "every": int},
}


def assert_fits(values: object, known: object, where: str = "") -> None:
    if isinstance(known, dict):
        assert isinstance(values, dict), where
        for key, value in values.items():
            assert key in known, f"{where}.{key}"
            assert_fits(value, known[key], f"{where}.{key}")
    else:
        assert isinstance(values, known), where


def test_values_use_keys_that_the_chart_has(values: dict) -> None:
    assert_fits(values, CHART)


def test_the_readme_names_what_is_there() -> None:
    main = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "tests/hub/README.md" in main
    for name in re.findall(r"tests/hub/[\w.]+", README + main):
        assert (ROOT / name).is_file(), name
    options = {text for action in load.arguments()._actions for text in action.option_strings}
    assert set(re.findall(r"(?<=load\.py)[^\n`]*?(--[a-z-]+)", README)) <= options
    config = (HUB / "jupyterhub_config.py").read_text(encoding="utf-8")
    assert set(re.findall(r"\bHUB_[A-Z]+", README)) <= set(re.findall(r"\bHUB_[A-Z]+", config))


# One student all the way


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A small hub for two students."""
    if reason := small_hub.missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("hub")
    names = folder / "names.txt"
    names.write_text("ada\n", encoding="utf-8")
    with small_hub.running(folder / "hub", HUB_OPENS=LESSON, HUB_STUDENTS=str(names)) as hub:
        yield hub
        left = {use.pid for use in hub.uses()} if sys.platform == "linux" else set()
    assert not [pid for pid in left if Path(f"/proc/{pid}/cmdline").exists()]


@pytest.fixture(scope="module")
def ada(hub: object) -> object:
    """A student who has logged in, and whose server runs."""
    from student import Student

    student = Student(hub.url, "ada")
    student.log_in()
    student.start()
    return student


@pytest.fixture(scope="module")
def tab(ada: object) -> object:
    """Notebook 05, in which all cells have run."""
    tab = ada.open(LESSON)
    tab.run_all()
    return tab


@pytest.mark.parametrize("name", ["emmy", "../ada", "ada lovelace", ""])
def test_a_wrong_name_is_told_so(hub: object, name: str) -> None:
    from student import Refused, Student

    with pytest.raises(Refused, match="403") as refused:
        Student(hub.url, name).log_in()
    assert "a page without a reason" not in str(refused.value)
    assert [path.name for path in (hub.folder / "students").glob("*")] in ([], ["ada"])


def test_the_server_opens_at_the_notebook(ada: object) -> None:
    assert ada.landed.endswith(f"/user/ada/lab/tree/{LESSON}")


def test_all_is_run_and_stepped_through(tab: object) -> None:
    stepper = tab.stepper()
    count = tab.steps(stepper)
    assert count > 5
    for step in [*range(count), *reversed(range(count))]:
        tab.move(stepper, step=step)
        assert tab.models[stepper]["step"] == step
    tab.move(stepper, step=count - 1)
    frames = tab.models[stepper]["deck_html"]
    tab.move(stepper, number=0.123)
    assert tab.ask(stepper)["step"] == count - 1
    assert tab.models[stepper]["deck_html"] != frames


def test_no_news_in_the_students_own_settings(ada: object) -> None:
    """JupyterLab itself is asked what it takes for the settings of this student."""
    url = f"{ada._home}lab/api/settings/@jupyterlab/apputils-extension:notification"
    found = ada._session.get(url, headers=ada._headers("/user/ada/"), timeout=30).json()
    assert found["schema"]["properties"]["fetchNews"]["default"] == "false"


def test_two_tabs_share_a_kernel_and_the_place(ada: object, tab: object) -> None:
    other = ada.open(LESSON)
    assert other.kernel == tab.kernel
    stepper = tab.stepper()
    tab.move(stepper, step=3)
    other.hear(lambda tab: tab.models.get(stepper, {}).get("step") == 3)
    other.move(stepper, step=5)
    tab.hear(lambda tab: tab.models[stepper]["step"] == 5)
    other.close()


def test_too_much_memory_is_an_error_and_not_the_end(tab: object) -> None:
    if sys.platform != "linux":
        pytest.skip("limited on Linux only")
    with pytest.raises(RuntimeError, match="MemoryError"):
        tab.execute("x = bytearray(2 * 1024 ** 3)")
    assert tab.execute("print(1 + 1)") == "2\n"


def test_a_dead_kernel_comes_back_and_runs_all_again(ada: object, tab: object) -> None:
    os.kill(int(tab.execute("import os; print(os.getpid())")), signal.SIGKILL)
    tab.hear(lambda tab: "restarting" in tab.states)

    def answers(tab: object) -> bool:
        tab._send("kernel_info_request", {})  # what is asked while a kernel starts can be lost
        return tab.states[-1] != "restarting"

    tab.hear(answers)
    old = tab.stepper()
    tab.execute("")  # the new one answers
    tab.move(old, step=2)  # nobody listens to the old stepper; nothing breaks
    tab.run_all()
    assert tab.ask(tab.stepper())["step"] == 0 and tab.stepper() != old


def test_work_is_there_when_the_student_comes_back(hub: object, ada: object, tab: object) -> None:
    notebook = ada.read(LESSON)
    (answer,) = [cell for cell in notebook["cells"] if 'check("05.1"' in "".join(cell["source"])]
    answer["source"] = '# mine\ncheck("05.1", lambda *given: None)'
    ada.write(LESSON, notebook)
    tab.close()
    ada.stop()
    assert not [use for use in hub.uses() if use.part in ("server", "kernel")]
    ada.start()
    assert "# mine" in "".join("".join(cell["source"]) for cell in ada.read(LESSON)["cells"])
    original = "".join("".join(cell["source"]) for cell in cells_of(NOTEBOOKS / LESSON))
    assert "# mine" not in original
    again = ada.open(LESSON)
    again.run_all()
    assert again.move(again.stepper(), step=1) < 5
    again.close()


def test_the_processes_of_a_student_are_told_apart(hub: object, ada: object) -> None:
    if sys.platform != "linux":
        pytest.skip("measured on Linux only")
    uses = hub.uses()
    assert {use.part for use in uses} >= {"hub", "proxy", "culler", "server"}
    assert {use.student for use in uses if use.part == "server"} == {"ada"}
    assert all(5 < use.share <= use.peak and use.cpu > 0 for use in uses)
