"""Start the small hub in a folder, end it, and ask the machine what its processes take."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

CONFIG = Path(__file__).with_name("jupyterhub_config.py")
ROOT = CONFIG.parents[2]
_PROXY = "configurable-http-proxy"
_START, _STOP = 60, 60  # seconds
_MEGA = 2**20
# What is in the command line of each process that the hub has started.
_PARTS = {
    "proxy": _PROXY,
    "culler": "jupyterhub_idle_culler",
    "server": "jupyterhub.singleuser",
    "kernel": "ipykernel_launcher",
}


def missing() -> str:
    """What a hub needs and is not installed, with what to do; nothing where all of it is."""
    packages = ("jupyterhub", "jupyterhub_idle_culler", "requests", "websocket")
    if lacking := [name for name in packages if find_spec(name) is None]:
        return f'{", ".join(lacking)} not installed: pip install -e ".[hub]"'
    beside = ROOT / "node_modules" / ".bin" / _PROXY
    if not (os.environ.get("HUB_PROXY") or beside.exists() or shutil.which(_PROXY)):
        return f"{_PROXY} is not installed: npm install --no-save {_PROXY}@5"
    return ""


@dataclass(frozen=True)
class Use:
    """What a process has taken so far: MB that are its own share, MB at most, CPU seconds."""

    part: str  # hub, proxy, culler, server, kernel
    student: str  # whose it is; "" for what all share
    pid: int
    share: float  # PSS: what it shares with others counts for each of them in part
    peak: float  # RSS at its highest
    cpu: float


class Hub:
    """A small hub that runs, on ports of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        port = _free_ports()
        self.url = f"http://127.0.0.1:{port}"
        folder.mkdir(parents=True, exist_ok=True)
        given = {key: value for key, value in os.environ.items() if not key.startswith("HUB_")}
        if "HUB_PROXY" in os.environ:
            given["HUB_PROXY"] = os.environ["HUB_PROXY"]
        self._log = folder / "log.txt"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)],
                cwd=folder,
                env={**given, "HUB_PORT": str(port), "HUB_FOLDER": str(folder), **settings},
                stdout=log,
                stderr=log,
                start_new_session=True,  # what is typed here does not reach it
            )
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def students_folder(self, name: str) -> Path:
        """Where the notebooks of a student are."""
        return self.folder / "students" / name / "notebooks"

    def log(self) -> str:
        """What the hub and its servers have said."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def uses(self) -> list[Use]:
        """What each process of the hub takes now."""
        hub = psutil.Process(self._process.pid)
        found = [_use(hub, "hub")]
        for process in hub.children(recursive=True):
            try:
                line = " ".join(process.cmdline())
                part = next((part for part, words in _PARTS.items() if words in line), None)
                if part is not None:
                    found.append(_use(process, part))
            except psutil.Error:  # it has just ended
                continue
        return found

    def close(self) -> None:
        """End the hub, its proxy and all servers."""
        everybody = self._everybody()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _, alive = psutil.wait_procs(everybody, timeout=10)
        for process in alive:  # each server has a session of its own
            process.kill()

    def _everybody(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.Error:
            return []

    def _wait(self) -> None:
        last = time.monotonic() + _START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > last:
                raise RuntimeError(f"the hub did not start:\n{self.log()[-3000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/hub/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Hub]:
    """A hub, for as long as it is needed."""
    with closing(Hub(folder, **settings)) as hub:
        yield hub


def _use(process: psutil.Process, part: str) -> Use:
    memory, cpu = process.memory_full_info(), process.cpu_times()
    is_students = part in ("server", "kernel")
    student = process.environ().get("JUPYTERHUB_USER", "") if is_students else ""
    return Use(
        part, student, process.pid, memory.pss / _MEGA, _peak(process), cpu.user + cpu.system
    )


def _peak(process: psutil.Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _free_ports() -> int:
    """A port that is free, as the two after it are."""
    for port in range(18000, 28000, 3):
        if all(_is_free(port + k) for k in range(3)):
            return port
    raise RuntimeError("no three free ports in a row from 18000 to 28000")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
