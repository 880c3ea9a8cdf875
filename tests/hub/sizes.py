"""How many cores and how much memory a class needs, worked out from what was measured.

`load.py` measures, and keeps the figures in figures.json; all that is here is arithmetic.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from statistics import median

CLASSES = (10, 20, 30, 60, 100)  # students
WAITS = (60, 180)  # seconds, from logging in until all cells have run
RESERVE = 1.25  # of memory: what students try out, and a longer session, take more
BUSY = 0.8  # the part of the cores that can be counted on
SYSTEM = 1024  # MB for the machine itself
QUIET = 0.1  # of the cores may be busy otherwise, on a machine that is quiet
CORES = 2  # the least: one student who computes must not keep the hub waiting
_GIGA = 1024


@dataclass(frozen=True)
class Run:
    """A class of one size: memory in MB, times in seconds, those of a step in milliseconds.

    Of the students with plain clients where nothing else is said; `browser_…` is the one who sits
    in front of a real browser, if there was one.
    """

    students: int
    others: float  # cores that everybody else on the machine has kept busy meanwhile
    server: float
    kernel: float
    hub: float
    proxy: float
    culler: float
    start_median: float
    start_longest: float
    run_median: float
    run_longest: float
    step_median: float
    step_p95: float
    change_median: float
    change_p95: float
    cpu_start: float
    cpu_run: float
    cpu_step: float
    cpu_shared: float  # of hub, proxy and culler, per student
    browser_server: float | None = None
    browser_kernel: float | None = None
    browser_open: float | None = None  # from the page of the hub to the notebook, its kernel idle
    browser_run: float | None = None
    browser_first_step: float | None = (
        None  # all three of them together, without waiting for others
    )
    browser_step_median: float | None = None
    browser_step_p95: float | None = None
    browser_cpu_start: float | None = None
    browser_cpu_run: float | None = None
    cpu_clients: float = 0.0  # of the browser and of what plays the class, on the same cores


@dataclass(frozen=True)
class Notebook:
    """What the kernel of one notebook takes when all cells have run: MB, MB at most, seconds."""

    name: str
    share: float
    peak: float
    cpu: float
    seconds: float


@dataclass(frozen=True)
class Figures:
    """All that was measured, and on what."""

    machine: str
    cores: int
    memory: int  # GB
    versions: str
    notebook: str
    steps: int
    pause: float
    runs: tuple[Run, ...]
    notebooks: tuple[Notebook, ...]

    def text(self) -> str:
        """The figures as JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def of(cls, text: str) -> Figures:
        """The figures from JSON; raises ValueError, TypeError or LookupError for anything else."""
        found = json.loads(text)
        runs = tuple(Run(**run) for run in found.pop("runs"))
        return cls(runs=runs, notebooks=tuple(map(_notebook, found.pop("notebooks"))), **found)

    @classmethod
    def read(cls, path: Path) -> Figures:
        """The figures of a file."""
        return cls.of(path.read_text(encoding="utf-8"))


def _notebook(found: dict) -> Notebook:
    return Notebook(**found)


# What one student takes


def server(figures: Figures) -> float:
    """MB of a student's server; a browser asks more of it than a plain client."""
    return max(given(run.browser_server or run.server for run in figures.runs))


def hungriest(figures: Figures) -> Notebook:
    """The notebook whose kernel takes the most."""
    return max(figures.notebooks, key=lambda notebook: notebook.share)


def usual(figures: Figures) -> float:
    """MB of the kernel of a notebook that takes neither much nor little."""
    return median(notebook.share for notebook in figures.notebooks)


def student(figures: Figures) -> float:
    """MB of a student who has two notebooks open: the hungriest, and the usual one from before."""
    return (server(figures) + hungriest(figures).share + usual(figures)) * RESERVE


def guarantee(figures: Figures) -> int:
    """MB that a student must get: a server and one usual kernel, to the next 50."""
    return 50 * ceil((server(figures) + usual(figures)) * RESERVE / 50)


def limit(figures: Figures) -> int:
    """MB that a student may take: two of the hungriest kernels at their peak, to the next 256."""
    peak = max(notebook.peak for notebook in figures.notebooks)
    return 256 * ceil((server(figures) + 2 * peak) * RESERVE / 256)


def longest(figures: Figures) -> Notebook:
    """The notebook that computes the most."""
    return max(figures.notebooks, key=lambda notebook: notebook.cpu)


def work(figures: Figures) -> float:
    """CPU seconds from a student's log-in until all cells have run, with their part of the hub."""
    return max(
        given(
            (run.browser_cpu_start or run.cpu_start)
            + (run.browser_cpu_run or run.cpu_run)
            + run.cpu_shared
            for run in figures.runs
        )
    )


def given(values: Iterable[float]) -> list[float]:
    """The values; raises ValueError where there are none."""
    found = list(values)
    if not found:
        raise ValueError("there are no runs in the figures; measure with tests/hub/load.py")
    return found


# What a class takes


def shared(figures: Figures) -> float:
    """MB of the hub, its proxy and its culler, for the largest class that was measured."""
    return max(given(run.hub + run.proxy + run.culler for run in figures.runs))


def memory(figures: Figures, students: int) -> int:
    """GB for a class, to the next whole one."""
    megabytes = SYSTEM + shared(figures) * RESERVE + students * student(figures)
    return ceil(megabytes / _GIGA)


def cores(figures: Figures, students: int, wait: float, more: float = 0.0) -> int:
    """Cores with which nobody waits longer, if all log in and run all cells at the same moment.

    `more` is what another notebook takes, in CPU seconds, than the one that was measured.
    """
    return max(CORES, ceil(students * (work(figures) + more) / (wait * BUSY)))


def more(figures: Figures) -> float:
    """CPU seconds that the notebook which computes the most takes beyond that of the lesson."""
    lesson = next(one.cpu for one in figures.notebooks if one.name == figures.notebook)
    return longest(figures).cpu - lesson


def expected(figures: Figures, run: Run) -> float:
    """Seconds from log-in to the last cell that the arithmetic gives for a run on its machine."""
    own = run.cpu_start + run.cpu_run + run.cpu_shared
    return (run.students * own + run.cpu_clients) / (figures.cores * BUSY)


def taken(run: Run) -> float:
    """Seconds from log-in to the last cell that the slowest students took."""
    return run.start_longest + run.run_longest


# What is printed


def markdown(figures: Figures) -> str:
    """Everything as Markdown: the table for a teacher, the arithmetic, what was measured."""
    parts = (_teacher, _arithmetic, _where, _measured)
    lines = [line for part in parts for line in (*part(figures), "")]
    return "\n".join(lines)


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _teacher(figures: Figures) -> Iterator[str]:
    waits = [f"cores, if all wait at most {_time(wait)} for {figures.notebook}" for wait in WAITS]
    last = f"{_time(WAITS[-1])} for {longest(figures).name}"
    yield _row("students at the same time", "memory, GB", *waits, last)
    yield "|" + "---:|" * (3 + len(WAITS))
    for students in CLASSES:
        needed = [cores(figures, students, wait) for wait in WAITS]
        needed.append(cores(figures, students, WAITS[-1], more(figures)))
        yield _row(students, memory(figures, students), *needed)


def _time(seconds: int) -> str:
    minutes = seconds // 60
    return f"{minutes} minute{'s' * (minutes != 1)}"


def _arithmetic(figures: Figures) -> Iterator[str]:
    top, common = hungriest(figures), usual(figures)
    yield (
        f"Memory: {SYSTEM} MB for the machine, {shared(figures):.0f} MB × {RESERVE} for hub, proxy "
        f"and culler, and for each student {student(figures):.0f} MB: a server of "
        f"{server(figures):.0f} MB, the kernel of {top.name} with {top.share:.0f} MB and that of a "
        f"usual notebook from before with {common:.0f} MB, × {RESERVE}."
    )
    yield ""
    yield (
        f"Cores: {work(figures):.1f} CPU seconds for each student from the log-in until all cells "
        f"have run, all students at the same moment, divided by the wait and by {BUSY}; "
        f"{longest(figures).name} takes {more(figures):.1f} s more; never fewer than {CORES}. "
        "Beside what was measured: "
        + "; ".join(_compared(figures, run) for run in figures.runs)
        + "."
    )


def _compared(figures: Figures, run: Run) -> str:
    return (
        f"{run.students} students took {taken(run):.0f} s on {figures.cores} cores, and the "
        f"arithmetic says {expected(figures, run):.0f} s"
    )


_LINES: tuple[tuple[str, str, str], ...] = (
    ("memory of a server, MB", "server", ".0f"),
    ("memory of a kernel, MB", "kernel", ".0f"),
    ("the same with a browser: server, MB", "browser_server", ".0f"),
    ("the same with a browser: kernel, MB", "browser_kernel", ".0f"),
    ("memory of the hub, MB", "hub", ".0f"),
    ("memory of the proxy, MB", "proxy", ".0f"),
    ("memory of the culler, MB", "culler", ".0f"),
    ("log-in until the server and the kernel have answered, median, s", "start_median", ".1f"),
    ("the same, slowest, s", "start_longest", ".1f"),
    ("Run All until the last cell is done, median, s", "run_median", ".1f"),
    ("the same, slowest, s", "run_longest", ".1f"),
    ("a step, to the kernel and back, median, ms", "step_median", ".0f"),
    ("the same, 95th percentile, ms", "step_p95", ".0f"),
    ("a changed number, until all frames have come anew, median, ms", "change_median", ".0f"),
    ("the same, 95th percentile, ms", "change_p95", ".0f"),
    ("in the browser: log-in until the notebook is open, s", "browser_open", ".1f"),
    ("in the browser: Run All until every widget is drawn, s", "browser_run", ".1f"),
    ("in the browser: log-in until the first step is drawn, s", "browser_first_step", ".1f"),
    ("in the browser: a step, until it is drawn, median, ms", "browser_step_median", ".0f"),
    ("the same, 95th percentile, ms", "browser_step_p95", ".0f"),
    ("CPU of a student, starting, s", "cpu_start", ".1f"),
    ("CPU of a student, Run All, s", "cpu_run", ".1f"),
    ("CPU of a student, a step, ms", "cpu_step", ".0f"),
    ("the same with a browser: starting, s", "browser_cpu_start", ".1f"),
    ("the same with a browser: Run All, s", "browser_cpu_run", ".1f"),
    ("CPU of hub, proxy and culler for each student, s", "cpu_shared", ".1f"),
    ("CPU of the browser and the clients, on the same cores, s", "cpu_clients", ".1f"),
    ("cores that everybody else kept busy meanwhile", "others", ".2f"),
)


def _where(figures: Figures) -> Iterator[str]:
    yield (
        f"Measured on {figures.cores} cores ({figures.machine}) and {figures.memory} GB, with "
        f"{figures.versions}. {_company(figures)}"
    )


def _company(figures: Figures) -> str:
    """Who else was on the machine, and what that means for the figures."""
    others = [run.others for run in figures.runs]
    if max(others) < QUIET * figures.cores:
        return f"The machine was quiet: others kept at most {max(others):.2f} of its cores busy."
    return (
        f"Others kept {min(others):.1f} to {max(others):.1f} of its cores busy meanwhile. So all "
        "times by the clock are longer than they are without company; memory and CPU seconds, of "
        "which the table is made, hardly depend on it."
    )


def _measured(figures: Figures) -> Iterator[str]:
    yield _row(f"{figures.notebook}, students at once", *(run.students for run in figures.runs))
    yield "|---|" + "---:|" * len(figures.runs)
    for name, key, form in _LINES:
        values = [getattr(run, key) for run in figures.runs]
        yield _row(name, *("–" if value is None else format(value, form) for value in values))
    yield ""
    yield _row("one student alone", "kernel, MB", "at most, MB", "CPU of Run All, s", "Run All, s")
    yield "|---|---:|---:|---:|---:|"
    for one in figures.notebooks:
        memory = (f"{one.share:.0f}", f"{one.peak:.0f}")
        yield _row(one.name, *memory, f"{one.cpu:.1f}", f"{one.seconds:.1f}")
