"""Measure a class on the small hub: students log in, run a notebook, and step, all at once.

    .venv/bin/python tests/hub/load.py 2 6 12 --save tests/hub/figures.json

Each student is a client of its own, over HTTP and a websocket through the hub's proxy; the first
sits in front of a real Chromium, where there is one. What is printed is Markdown: the table for a
teacher, the arithmetic behind it, and all that was measured. Memory is measured on Linux only.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import mean, median, quantiles
from threading import Barrier, BrokenBarrierError, Thread

from sizes import Figures, Notebook, Run, markdown
from small_hub import ROOT, Hub, Use, missing, running

NOTEBOOKS = ROOT / "notebooks"
MOST = 60  # students: more are more than this way of measuring can play
_CHANGES = 5  # of a number, by each student
_SHARED = ("hub", "proxy", "culler")


@dataclass
class Attended:
    """What one student has seen, in seconds."""

    name: str
    has_browser: bool
    start: float = 0.0
    run: float = 0.0
    steps: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)


class Lesson:
    """A class of one size: all wait for one another before they start, run, step and leave."""

    def __init__(self, hub: Hub, students: int, asked: argparse.Namespace) -> None:
        self._hub, self._asked = hub, asked
        self._program = asked.program
        names = [f"student{k}" for k in range(1, students + 1)]
        self.seen = [Attended(n, bool(self._program) and n == "student1") for n in names]
        self.uses: list[list[Use]] = []
        self._busy: list[tuple[float, float]] = []  # the clock, and CPU seconds of the machine
        self._barrier = Barrier(students, action=self._note)
        self._problems: list[BaseException] = []

    def hold(self) -> None:
        """Let everybody in, and wait for the last; raises what went wrong for anyone."""
        ways = [self._in_browser if seen.has_browser else self._by_client for seen in self.seen]
        threads = [
            Thread(target=self._attend, args=(way, seen)) for way, seen in zip(ways, self.seen)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._problems:
            raise self._problems[0]

    def _note(self) -> None:
        self.uses.append([*self._hub.uses(), _clients(self._hub)])
        self._busy.append((time.perf_counter(), _machine_cpu()))

    def _others(self) -> float:
        """How many cores everybody else has kept busy, on the average."""
        (start, before), *_, (end, after) = self._busy
        everybody = {use.student for use in self.uses[-1]}
        own = _cpu(self.uses[0], self.uses[-1], everybody)
        return max(0.0, after - before - own) / (end - start)

    def _attend(self, way: Callable[[Attended], None], seen: Attended) -> None:
        try:
            way(seen)
        except BrokenBarrierError:  # somebody else could not go on, and has said why
            pass
        except BaseException as problem:
            self._problems.append(problem)
            self._barrier.abort()

    def _by_client(self, seen: Attended) -> None:
        from student import Student

        student = Student(self._hub.url, seen.name)
        self._barrier.wait()
        start = time.perf_counter()
        student.log_in()
        student.start()
        tab = student.open(self._asked.notebook)
        seen.start = time.perf_counter() - start
        self._barrier.wait()
        start = time.perf_counter()
        tab.run_all()
        seen.run = time.perf_counter() - start
        self._barrier.wait()
        stepper = tab.stepper()
        count = tab.steps(stepper)
        for k in range(1, self._asked.steps + 1):
            seen.steps.append(tab.move(stepper, step=k % count))
            time.sleep(self._asked.pause)
        self._barrier.wait()
        assert tab.ask(stepper)["step"] == self._asked.steps % count, "the kernel lost the place"
        for k in range(_CHANGES):
            seen.changes.append(tab.move(stepper, number=0.1 * (k + 1)))
            time.sleep(self._asked.pause)
        self._barrier.wait()
        tab.close()

    def _in_browser(self, seen: Attended) -> None:
        from window import show_all_cells, window

        show_all_cells(self._hub.folder / "students" / seen.name)
        with window(self._program, self._hub.url, seen.name) as page:
            self._barrier.wait()
            seen.start = page.open()
            self._barrier.wait()
            seen.run = page.run_all(NOTEBOOKS / self._asked.notebook)
            self._barrier.wait()
            seen.steps = page.steps(self._asked.steps, self._asked.pause)
            self._barrier.wait()
            self._barrier.wait()

    # What comes out of it

    def result(self) -> Run:
        """The figures of this size."""
        by_client = [seen for seen in self.seen if not seen.has_browser] or self.seen
        names = {seen.name for seen in by_client}
        begun, started, ran, stepped, ended = self.uses
        times = {
            "start": [seen.start for seen in by_client],
            "run": [seen.run for seen in by_client],
        }
        steps = [1000 * t for seen in by_client for t in seen.steps]
        changes = [1000 * t for seen in by_client for t in seen.changes] or [0.0]
        return Run(
            students=len(self.seen),
            others=self._others(),
            server=_share(ended, "server", names),
            kernel=_share(ended, "kernel", names),
            **{part: _share(ended, part, {""}) for part in _SHARED},
            **{f"{what}_median": median(of) for what, of in times.items()},
            **{f"{what}_longest": max(of) for what, of in times.items()},
            step_median=median(steps),
            step_p95=_p95(steps),
            change_median=median(changes),
            change_p95=_p95(changes),
            cpu_start=_cpu(begun, started, names) / len(names),
            cpu_run=_cpu(started, ran, names) / len(names),
            cpu_step=1000 * _cpu(ran, stepped, names) / len(names) / self._asked.steps,
            cpu_shared=_cpu(begun, ran, {""}) / len(self.seen),
            cpu_clients=_cpu(begun, ran, {"clients"}),
            **self._of_the_browser(),
        )

    def _of_the_browser(self) -> dict[str, float]:
        found = [seen for seen in self.seen if seen.has_browser]
        if not found:
            return {}
        (seen,) = found
        begun, started, ran, _, ended = self.uses
        steps = [1000 * t for t in seen.steps]
        return {
            "browser_server": _share(ended, "server", {seen.name}),
            "browser_kernel": _share(ended, "kernel", {seen.name}),
            "browser_open": seen.start,
            "browser_run": seen.run,
            "browser_first_step": seen.start + seen.run + seen.steps[0],
            "browser_step_median": median(steps),
            "browser_step_p95": _p95(steps),
            "browser_cpu_start": _cpu(begun, started, {seen.name}),
            "browser_cpu_run": _cpu(started, ran, {seen.name}),
        }


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def _share(uses: list[Use], part: str, students: set[str]) -> float:
    return mean(use.share for use in uses if use.part == part and use.student in students)


def _cpu(before: list[Use], after: list[Use], students: set[str]) -> float:
    """CPU seconds between two moments, of all processes of these students together."""
    was = {use.pid: use.cpu for use in before}
    return sum(use.cpu - was.get(use.pid, 0.0) for use in after if use.student in students)


def _machine_cpu() -> float:
    import psutil

    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def _clients(hub: Hub) -> Use:
    """What this program and its browser have taken."""
    import psutil

    own = {use.pid for use in hub.uses()}
    me, cpu = psutil.Process(), 0.0
    for process in (me, *me.children(recursive=True)):
        try:
            if process.pid not in own:
                times = process.cpu_times()
                cpu += times.user + times.system
        except psutil.Error:  # it has just ended
            continue
    return Use("clients", "clients", me.pid, 0.0, 0.0, cpu)


def measured(students: int, asked: argparse.Namespace) -> Run:
    """One size, on a hub of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), HUB_OPENS=asked.notebook) as hub,
    ):
        lesson = Lesson(hub, students, asked)
        try:
            lesson.hold()
        except BaseException:
            print(hub.log()[-3000:], file=sys.stderr)
            raise
        return lesson.result()


def every_notebook() -> list[Notebook]:
    """What the kernel of each notebook takes, one after the other."""
    from student import Student

    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as hub:
        student = Student(hub.url, "student1")
        student.log_in()
        student.start()
        found = []
        for path in sorted(NOTEBOOKS.glob("*.ipynb")):
            tab = student.open(path.name)
            start, before = time.perf_counter(), _kernel(hub)
            tab.run_all()
            seconds, kernel = time.perf_counter() - start, _kernel(hub)
            cpu = kernel.cpu - before.cpu
            found.append(Notebook(path.stem, kernel.share, kernel.peak, cpu, seconds))
            student.close(tab)
        return found


def _kernel(hub: Hub) -> Use:
    (kernel,) = (use for use in hub.uses() if use.part == "kernel")
    return kernel


def _versions() -> str:
    names = ("jupyterhub", "jupyterlab", "jupyter-server", "ipykernel", "numpy")
    return ", ".join([f"Python {platform.python_version()}", *map(_version, names)])


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def figures(asked: argparse.Namespace) -> Figures:
    """Measure all sizes, and every notebook."""
    import psutil

    runs = []
    for students in asked.students:
        print(f"{students} students …", file=sys.stderr, flush=True)
        runs.append(measured(students, asked))
    if asked.survey:
        print("every notebook …", file=sys.stderr, flush=True)
    notebooks = every_notebook() if asked.survey else _only(asked.notebook, runs)
    return Figures(
        machine=_machine(),
        cores=len(os.sched_getaffinity(0)),
        memory=round(psutil.virtual_memory().total / 2**30),
        versions=_versions(),
        notebook=Path(asked.notebook).stem,
        steps=asked.steps,
        pause=asked.pause,
        runs=tuple(runs),
        notebooks=tuple(notebooks),
    )


def _only(notebook: str, runs: list[Run]) -> list[Notebook]:
    """In place of a survey: the notebook of the lesson, whose peak was not measured."""
    kernel, cpu = (max(getattr(run, key) for run in runs) for key in ("kernel", "cpu_run"))
    longest = max(run.run_median for run in runs)
    return [Notebook(Path(notebook).stem, kernel, kernel, cpu, longest)]


def whole(low: int, high: int) -> Callable[[str], int]:
    """What reads a whole number in a range."""

    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            message = f"{text!r} is not a whole number from {low} to {high}"
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return read


def seconds(text: str) -> float:
    """A time that is not negative."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 60")
    return value


def arguments() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    parser = argparse.ArgumentParser(prog="load.py", description=__doc__.splitlines()[0])
    say, switch = parser.add_argument, argparse.BooleanOptionalAction
    say("students", nargs="*", type=whole(1, MOST), default=[2, 6, 12], help="(2 6 12)")
    say("--notebook", default="05_layer_deltas.ipynb", help="which has a Stepper (%(default)s)")
    say("--steps", type=whole(1, 1000), default=40, help="that each student takes (%(default)s)")
    say("--pause", type=seconds, default=0.5, help="seconds between two steps (%(default)s)")
    say("--browser", action=switch, default=True, help="the first student has a real one")
    say("--survey", action=switch, default=True, help="the memory of every notebook's kernel too")
    say("--save", type=Path, metavar="FILE", help="keep the figures as JSON")
    say("--table", type=Path, metavar="FILE", help="measure nothing; print what FILE holds")
    return parser


def main(words: list[str] | None = None) -> int:
    """Run the command; 2 if what it was given does not fit, or something is not installed."""
    asked = arguments().parse_args(words)
    if asked.table:
        return _print_table(asked.table)
    if problem := _unready(asked):
        print(f"load.py: {problem}", file=sys.stderr)
        return 2
    from window import browser

    asked.program = browser() if asked.browser else None
    if asked.browser and not asked.program:
        print("load.py: no browser, so nobody sits in front of one", file=sys.stderr)
    found = figures(asked)
    if asked.save:
        asked.save.write_text(found.text(), encoding="utf-8")
    print(markdown(found), end="")
    return 0


def _print_table(file: Path) -> int:
    try:
        print(markdown(Figures.read(file)), end="")
    except (OSError, ValueError, TypeError, LookupError) as problem:
        print(f"load.py: {file} does not hold figures of --save: {problem}", file=sys.stderr)
        return 2
    return 0


def _unready(asked: argparse.Namespace) -> str:
    if not Path("/proc/self/smaps_rollup").exists():
        return "memory that is shared is told apart on Linux only; run it there"
    if not (NOTEBOOKS / asked.notebook).is_file():
        return f"there is no {asked.notebook} in notebooks; expected such as 05_layer_deltas.ipynb"
    if asked.save and not asked.save.resolve().parent.is_dir():
        return f"--save is {asked.save}, in a folder that does not exist"
    return missing()


if __name__ == "__main__":
    sys.exit(main())
