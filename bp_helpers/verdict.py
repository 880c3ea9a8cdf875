"""Somebody's function is run, and what is found is told: it never raises, whatever it does."""

from __future__ import annotations

import dis
import inspect
import io
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from bp_helpers._html import element, join
from bp_helpers._validation import said, without_addresses

Function = Callable[..., object]
WHOLE_PASS = ("net", "x", "y")  # the arguments of a backward pass that somebody has written

_ICONS = {"right": "✓", "not started": "○", "unknown": "?", "either": "?"}
_WRONG = "✗"
_MOST_PRINTED = 200  # characters of what a function prints that are kept
_EMPTY = 3  # instructions at most of a function without a body
_TIMES = {
    -1: "minus what it should be", 0: "0 everywhere", 2: "twice what it should be",
    0.5: "half of what it should be",
}  # fmt: skip
# What the messages of Python and NumPy leave unsaid, by a piece of the message.
_ADVICE = {
    "bitwise_xor": "A power is written `**` in Python; `^` is something else.",
    "for ^": "A power is written `**` in Python; `^` is something else.",
    "matmul: Input operand": "`@` needs as many columns on its left as rows on its right.",
    "setting an array element with a sequence": "v[j] of a column is still an array; v[j, 0] is "
    "its number.",
    "'NoneType'": "Something here is None, as place 0 of a list by layers is.",
}


@dataclass(frozen=True)
class Finding:
    """What is known of somebody's function; prints and displays as words.

    `verdict` is "right", "slip", "either", "unknown", "not started", "raised" or "contract", and
    `says` tells it in words.
    """

    verdict: str
    says: str

    @property
    def ok(self) -> bool:
        """Whether it is right."""
        return self.verdict == "right"

    def __bool__(self) -> bool:
        """The same as `ok`."""
        return self.ok

    def __str__(self) -> str:
        return f"{_ICONS.get(self.verdict, _WRONG)} {self.says}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        icon, *lines = _ICONS.get(self.verdict, _WRONG), *self.says.split("\n")
        css = "border-left:4px solid currentColor;padding:.3em .8em;margin:.3em 0"
        return element("div", join(f"{icon} ", *(element("div", t) for t in lines)), style=css)


_GAP = Finding("not started", "A gap is open: replace every `...` by code of your own.")


@dataclass(frozen=True)
class Outcome:
    """What a function has given for one set of arguments, or the trouble that it had."""

    value: object = None
    trouble: Finding | None = None
    printed: str = ""
    is_final: bool = False  # nothing more can be learned from other arguments


class _FirstWords(io.StringIO):
    """Keeps the first characters that are written to it, however many there are."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, _MOST_PRINTED - self.tell())])
        return len(text)


def either(sentences: Sequence[str], why: str) -> str:
    """Several explanations of which `why` nobody can tell which, one a line."""
    return "\n".join((f"One of these; {why}:", *(f"• {sentence}" for sentence in sentences)))


def listed(names: Sequence[str]) -> str:
    """The arguments of a function, as they are written behind its name."""
    return f"({', '.join(names)})"


def outcome(function: Function, arguments: Sequence[Any], names: Sequence[str]) -> Outcome:
    """Run a function on copies of the arguments; `names` are what it should call them."""
    if (trouble := _arity(function, arguments, names)) is not None:
        return Outcome(trouble=trouble, is_final=True)
    given, words = [_copy(a) for a in arguments], _FirstWords()
    try:
        with redirect_stdout(words), np.errstate(all="ignore"):
            value = function(*given)
    except KeyboardInterrupt as problem:
        says = f"You stopped it{_line(function, problem)}. A loop there may never end."
        return Outcome(trouble=Finding("raised", says), is_final=True)
    except (Exception, SystemExit) as problem:
        if is_open(function):
            return Outcome(trouble=_GAP, is_final=True)
        return Outcome(trouble=_raised(function, problem), printed=words.getvalue())
    trouble = _unreturned(function, value)
    if trouble is None:
        trouble = _changed(function, given, arguments)
    return Outcome(value, trouble, words.getvalue(), is_final=trouble is not None)


def is_open(function: Function) -> bool:
    """Whether dots still stand in a function where code should."""
    return ... in getattr(getattr(function, "__code__", None), "co_consts", ())


def read_from_outside(function: Function) -> list[str]:
    """The names of values, not functions, that a function reads though they are no arguments."""
    if not inspect.isfunction(function):
        return []
    loaded = (i.argval for i in dis.get_instructions(function) if i.opname == "LOAD_GLOBAL")
    names = [name for name in dict.fromkeys(loaded) if name in function.__globals__]
    values = function.__globals__
    return [n for n in names if not (callable(values[n]) or isinstance(values[n], ModuleType))]


def with_notes(finding: Finding, function: Function, printed: str = "") -> Finding:
    """A finding, and where the function is wrong what else whoever wrote it should know."""
    says = finding.says
    if finding.verdict in ("right", "not started"):
        return finding
    if names := read_from_outside(function):
        every = " and ".join(f"`{name}`" for name in names)
        own = inspect.signature(function)
        says += f"\nIt reads {every} from outside: use what it is given, {own}, alone."
    if printed:
        says += f"\nIt prints:\n{printed.rstrip()}"
    return replace(finding, says=says)


def times(k: float) -> str:
    """What something is that is k times what it should be, in words."""
    return _TIMES.get(round(k, 9), f"{k:.6g} times what it should be")


def _raised(function: Function, problem: BaseException) -> Finding:
    """What was raised, in which line, and what its message leaves unsaid."""
    message = without_addresses(str(problem)).rstrip(".")
    name = type(problem).__name__
    told = f"{name}: {message}" if message else name
    advice = next((f" {text}" for piece, text in _ADVICE.items() if piece in message), "")
    return Finding("raised", f"It raised {told}{_line(function, problem)}.{advice}")


def _arity(function: Function, arguments: Sequence[Any], names: Sequence[str]) -> Finding | None:
    try:
        own = inspect.signature(function)
    except ValueError:  # a function of C may not tell what it takes
        return None
    given = list(own.parameters)
    is_permuted = given != list(names) and sorted(given) == sorted(names)
    try:
        own.bind(*arguments)
    except TypeError:
        is_permuted = True
    says = f"It takes {own}, but should take {listed(names)}, in this order."
    return Finding("contract", says) if is_permuted else None


def _unreturned(function: Function, value: object) -> Finding | None:
    if value is ...:
        return Finding("not started", "Not started: it returns the dots.")
    if value is not None:
        return None
    code = getattr(function, "__code__", None)
    if code and len(list(dis.get_instructions(code))) <= _EMPTY:
        return Finding("not started", "Not started: replace the dots by your own code.")
    if is_open(function):
        return _GAP
    return None


def _changed(function: Function, given: Sequence[Any], before: Sequence[Any]) -> Finding | None:
    names = list(inspect.signature(function).parameters) if inspect.isfunction(function) else []
    for k, (now, then) in enumerate(zip(given, before)):
        if not _same(now, then):
            name = names[k] if k < len(names) else f"argument {k + 1}"
            kind, how = ("array", "-= …") if isinstance(then, np.ndarray) else ("list", ".pop()")
            says = (
                f"It changes {name}, which it was given: make a new {kind} instead. `{name}"
                f"{' ' * (kind == 'array')}{how}` or `{name}[0] = …` change what others still use."
            )
            return Finding("contract", says)
    return None


def _copy(value: Any) -> Any:  # noqa: ANN401 (whatever a function takes)
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (list, tuple)):
        return type(value)(_copy(entry) for entry in value)
    return {k: _copy(v) for k, v in value.items()} if isinstance(value, dict) else value


def _same(now: object, then: object) -> bool:
    if isinstance(now, np.ndarray) and isinstance(then, np.ndarray):
        return now.shape == then.shape and np.array_equal(now, then)
    if isinstance(now, (list, tuple)) and isinstance(then, (list, tuple)):
        return len(now) == len(then) and all(map(_same, now, then))
    if isinstance(now, dict) and isinstance(then, dict):
        return now.keys() == then.keys() and all(_same(now[k], then[k]) for k in then)
    return now is then


def _line(function: Function, problem: BaseException) -> str:
    """The line of the function in which something was raised."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if f.filename == file]
    return f", in the line {said(frames[-1].line)}" if frames and frames[-1].line else ""
