"""A small JupyterHub on one machine, to try a class with: for trying only.

    .venv/bin/jupyterhub -f tests/hub/jupyterhub_config.py

It listens on loopback alone, takes any password, and runs every student's server as whoever starts
it, so that a student can read and end what belongs to another. README.md beside this file says
what a real hub has instead. What can be set, by environment variables:

    HUB_PORT       the port for browsers (8000); the two after it are used too
    HUB_FOLDER     where the hub and its students keep their files (hub, beside the README)
    HUB_NOTEBOOKS  the folder that each student gets a copy of (notebooks)
    HUB_OPENS      the notebook that opens first (00_start_here.ipynb)
    HUB_STUDENTS   a file with the names of those who may log in, one a line (anybody)
    HUB_MEMORY     megabytes that each process of a student may take (1024; on Linux)
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_HERE = "127.0.0.1"  # and nowhere else: there are no passwords
_MEGA = 2**20
# Two hours: nobody loses a kernel while a class of 90 minutes listens.
_IDLE, _LOOKS, _KERNEL_IDLE = 7200, 300, 1800  # seconds
_PATIENCE = 180  # seconds: a whole class starts at once, on few cores

# JupyterLab asks nothing about news; the recipe of Binder's image, postBuild, says the same.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


def number(name: str, usual: int, low: int, high: int) -> int:
    """A whole number of the environment."""
    given = os.environ.get(name, str(usual))
    if not given.isdecimal() or not low <= int(given) <= high:
        sys.exit(f"{name} is {given!r}; expected a whole number from {low} to {high}")
    return int(given)


def proxy() -> str:
    """The program that stands in front of the hub and of all servers."""
    name = "configurable-http-proxy"
    beside = ROOT / "node_modules" / ".bin" / name
    found = os.environ.get("HUB_PROXY") or (str(beside) if beside.exists() else shutil.which(name))
    if not found:
        sys.exit(f"{name} is not installed; in {ROOT}: npm install --no-save {name}@5")
    return found


def students() -> set[str]:
    """The names of those who may log in; none where anybody may."""
    given = os.environ.get("HUB_STUDENTS")
    if not given:
        return set()
    try:
        lines = Path(given).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        sys.exit(f"HUB_STUDENTS is {given!r}, which cannot be read: {problem}")
    names = {line.strip().lower() for line in lines} - {""}
    if not names:  # which the hub would take for anybody
        sys.exit(f"HUB_STUDENTS is {given!r}, which names nobody; expected a name on each line")
    return names


def notebooks() -> Path:
    """The folder that each student gets a copy of, with the notebook in it that opens first."""
    folder = Path(os.environ.get("HUB_NOTEBOOKS") or ROOT / "notebooks").resolve()
    if not (folder / OPENS).is_file():
        sys.exit(
            f"there is no {OPENS} in {folder}; HUB_NOTEBOOKS names the folder, and HUB_OPENS a "
            "notebook in it"
        )
    return folder


def lay_out(source: Path, target: Path) -> None:
    """Copy what the student does not have; what is there is theirs, and stays as it is."""
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if ".ipynb_checkpoints" in path.parts or path.is_dir() or copy.exists():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        half = copy.with_name(f".{copy.name}.part")  # a half copy would be taken for the student's
        shutil.copyfile(path, half)
        half.replace(copy)


def prepare(spawner: Any) -> None:
    """Before a server starts: a folder with the notebooks."""
    lay_out(NOTEBOOKS, STUDENTS / spawner.user.name / "notebooks")


OPENS = os.environ.get("HUB_OPENS") or "00_start_here.ipynb"
NOTEBOOKS = notebooks()
FOLDER = Path(os.environ.get("HUB_FOLDER") or ROOT / "hub").resolve()
STUDENTS = FOLDER / "students"
PORT = number("HUB_PORT", 8000, 1024, 65533)
MEMORY = number("HUB_MEMORY", 1024, 256, 2**20)

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # what reads this file gives it

FOLDER.mkdir(parents=True, exist_ok=True)
(FOLDER / "labconfig").mkdir(exist_ok=True)
(FOLDER / "labconfig" / "default_setting_overrides.json").write_text(
    json.dumps(SETTINGS), encoding="utf-8"
)
c.JupyterHub.bind_url = f"http://{_HERE}:{PORT}"
c.JupyterHub.hub_ip, c.JupyterHub.hub_port = _HERE, PORT + 2
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")
c.ConfigurableHTTPProxy.command = [proxy()]
c.ConfigurableHTTPProxy.api_url = f"http://{_HERE}:{PORT + 1}"
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")

# Who may come in. A name becomes that of a folder, so it may not lead anywhere else; the hub only
# looks whether it begins like the pattern.
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.username_pattern = r"[a-z][a-z0-9_-]{0,31}\Z"
if students():
    c.Authenticator.allowed_users = students()
else:
    c.Authenticator.allow_all = True

# Every server is a process on this machine, at home in a folder of its own.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(STUDENTS / "{username}")
c.Spawner.notebook_dir = str(STUDENTS / "{username}" / "notebooks")
c.Spawner.default_url = f"/lab/tree/{OPENS}"
c.Spawner.pre_spawn_hook = prepare
c.Spawner.start_timeout = c.Spawner.http_timeout = _PATIENCE
c.Spawner.environment = {
    "JUPYTER_CONFIG_PATH": str(FOLDER),
    # A class shares the cores: threads that wait for one another make small products slower.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
# Whoever asks for more memory is told so by a MemoryError, and the machine lives on. (This kind of
# spawner knows no limits of its own.)
c.Spawner.mem_limit = MEMORY * _MEGA
limited = shutil.which("prlimit")
# By its path: the folder of the environment may not be on PATH.
c.Spawner.cmd = [
    *([limited, f"--data={MEMORY * _MEGA}"] if limited else []),
    *(sys.executable, "-m", "jupyterhub.singleuser"),
]
c.Spawner.args = [
    # A kernel whose notebook is closed ends after half an hour; one that is open stays.
    f"--MappingKernelManager.cull_idle_timeout={_KERNEL_IDLE}",
    f"--MappingKernelManager.cull_interval={_LOOKS}",
]
if hasattr(os, "geteuid") and os.geteuid() == 0:  # as in a container
    c.Spawner.args.append("--allow-root")

# A server that nobody has used for a while ends; what was saved is there when it starts again.
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [
            *(sys.executable, "-m", "jupyterhub_idle_culler"),
            *(f"--timeout={_IDLE}", f"--cull-every={_LOOKS}"),
        ],
    }
]
print(
    f"A hub for trying only: any password is right, and students are not kept apart. "
    f"Open http://{_HERE}:{PORT}; end it with Ctrl+C.",
    file=sys.stderr,
)
