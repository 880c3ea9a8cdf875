"""One line of somebody's notes: what it says, what is true, and the verdict, which is computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from bp_helpers.claims.trial import Trial, cases, probes

# What a side of a claim is on a trial: a number, an array, words (as shapes are), or a tuple of
# these. It may raise IndexError or ValueError, as what names no layer or does not fit does.
Claim = Callable[[Trial], Any]

RIGHT, UNDER, SLIP = "right", "right under a convention", "slip"
_ALIKE = 1e-9
_OURS = "half_squared"
_BROKEN = re.compile(r"\s*\\\\\s*(&\s*\\quad\s*)?")
_BROKEN_WORDS = re.compile(r"\}\s*\\\\\s*\\text\{")  # mathematics shows no space between two texts


@dataclass(frozen=True)
class Setting:
    """On which networks a line means to hold, as its note says itself."""

    says: str
    fits: Callable[[Trial], bool]


@dataclass(frozen=True)
class Convention:
    """Something under which a line is meant, other than the series means it.

    It may be another cost, a restriction on the networks, or another way to read the line. The
    first two hold for the mended line too; a reading is spelled out there, unless it `stays`.
    """

    says: str
    cost: str | None = None
    fits: Callable[[Trial], bool] = lambda trial: True
    is_reading: bool = False
    stays: bool = False


@dataclass(frozen=True)
class Mended:
    """A line as it should be: its LaTeX, and its right-hand side on a trial."""

    latex: str
    says: Claim


@dataclass(frozen=True, eq=False)
class Line:
    """A line that claims something: `left` = `quote`, as LaTeX and as functions of a trial.

    `quote` stands in the note's display equation number `block`, or in its text if that is None,
    and `says` computes it as it stands; `is_` is what stands on the left, measured. Where a
    convention is another way to read the line, `meant` and `is_meant` are the sides so read.
    A slip has a `kind`, the line `mended`, and a sentence `why`; `keys` are those of its slips in
    `bp_helpers.slips`, where it is one of these.
    """

    block: int | None
    left: str
    quote: str
    is_: Claim
    says: Claim
    conventions: tuple[Convention, ...] = ()
    meant: Claim | None = None
    is_meant: Claim | None = None
    kind: str = ""
    mended: Mended | None = None
    keys: tuple[str, ...] = ()
    why: str = ""
    where: Setting | None = None
    sign: str = "="

    @property
    def latex(self) -> str:
        """The whole line, as it is shown: in one piece, where the note breaks it."""
        quote = self.quote
        if r"\begin" not in quote:
            quote = _BROKEN.sub(" ", _BROKEN_WORDS.sub(" ", quote))
        return f"{self.left} {self.sign} {quote}" if self.left else quote

    @property
    def is_words(self) -> bool:
        """Whether a piece of text is quoted, in which mathematics stands between dollars."""
        return self.block is None and ("$" in self.quote or "\\" not in self.quote)

    @property
    def kept(self) -> str:
        """The conventions that the mended line needs too, in words."""
        return " and ".join(c.says for c in self.conventions if c.stays or not c.is_reading)

    @property
    def cost(self) -> str:
        """The cost under which the line is meant."""
        return next((c.cost for c in self.conventions if c.cost), _OURS)


@dataclass(frozen=True)
class Raised:
    """What a side gives that cannot be computed."""

    says: str


@dataclass(frozen=True)
class Gap:
    """Where a line and the truth differ: the trial, and both values at the first such place."""

    trial: Trial
    given: str
    true: str

    def __str__(self) -> str:
        return f"{self.trial}: the line gives {self.given}; it is {self.true}"


@cache
def verdict(line: Line) -> str:
    """Whether a line holds by the conventions of the series, by its own, or not at all."""
    if not any(_gaps(line, [*cases(), *probes()], as_read=False)):
        return RIGHT
    return SLIP if line.conventions == () or any(_under_its_own(line)) else UNDER


@cache
def counter_example(line: Line) -> Gap | None:
    """The smallest case on which a slip shows, with its own conventions taken; None if it is none.

    For a line that is right under a convention: the smallest case on which it needs that.
    """
    found = verdict(line)
    if found == RIGHT:
        return None
    return next(_under_its_own(line) if found == SLIP else _gaps(line, cases(), as_read=False))


def _under_its_own(line: Line) -> Iterator[Gap]:
    fitting = [
        trial
        for trial in (*cases(line.cost), *probes(line.cost))
        if all(convention.fits(trial) for convention in line.conventions)
    ]
    return _gaps(line, fitting, as_read=True)


def _gaps(line: Line, trials: Sequence[Trial], as_read: bool) -> Iterator[Gap]:
    for trial in trials:
        if line.where is None or line.where.fits(trial):
            given, true = sides(line, trial, as_read)
            if (gap := difference(given, true)) is not None:
                yield Gap(trial, *gap)


def sides(line: Line, trial: Trial, as_read: bool = True) -> tuple[Any, Any]:
    """What a line gives and what is true, on one trial: as it stands, or as it is meant."""
    given = (line.meant if as_read else None) or line.says
    true = (line.is_meant if as_read else None) or line.is_
    return value(given, trial), value(true, trial)


def value(side: Claim, trial: Trial) -> Any:  # noqa: ANN401
    """A side on a trial, or how it fails there."""
    try:
        return side(trial)
    except (IndexError, ValueError) as problem:
        told = "the shapes do not fit" if "matmul" in str(problem) else str(problem)
        return Raised(f"an error: {told}")


def difference(given: Any, true: Any) -> tuple[str, str] | None:  # noqa: ANN401
    """Two values at the first place where they differ, in words; None if they do not."""
    if isinstance(given, Raised) or isinstance(true, Raised):
        alike = isinstance(given, Raised) and isinstance(true, Raised)
        return None if alike else (_told(given), _told(true))
    if isinstance(true, tuple) and isinstance(given, tuple):
        if len(given) != len(true):
            return f"{len(given)} of them", f"{len(true)} of them"
        return next((gap for pair in zip(given, true) if (gap := difference(*pair))), None)
    if isinstance(given, str) or isinstance(true, str):
        return None if given == true else (str(given), str(true))
    return _first_apart(_plain(given), _plain(true))


def _first_apart(given: Any, true: Any) -> tuple[str, str] | None:  # noqa: ANN401
    """The first entry in which two arrays differ, or their shapes."""
    if given.shape != true.shape:
        return _shape(given), _shape(true)
    apart = np.abs(given - true) > _ALIKE * max(1e-3, np.abs(true).max(initial=0))
    if not apart.any():
        return None
    place = tuple(np.argwhere(apart)[0])
    return f"{given[place]:.4f}", f"{true[place]:.4f}"


def _plain(number: Any) -> Any:  # noqa: ANN401
    """An array, in which a single number has no shape."""
    array = np.asarray(number, float)
    return array.reshape(()) if array.size == 1 else array


def _told(side: Any) -> str:  # noqa: ANN401
    if isinstance(side, Raised):
        return side.says
    if isinstance(side, (str, tuple)):
        return str(side) if isinstance(side, str) else _told(side[0]) if side else "nothing"
    found = _plain(side)
    return _shape(found) if found.shape else f"{found:.4f}"


def _shape(array: Any) -> str:  # noqa: ANN401
    return f"shape {array.shape}" if array.shape else "a single number"
