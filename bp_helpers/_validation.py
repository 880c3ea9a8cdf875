"""What every public function does with what it is given: take it, or say what is wrong with it."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from reprlib import Repr
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Entry = TypeVar("Entry")
Kind = TypeVar("Kind")

DOUBLE = np.dtype(float)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # of an object: it says nothing, and never stays


class _Repr(Repr):
    """Short, and without the addresses of objects."""

    def repr_instance(self, x: object, level: int) -> str:
        try:
            text = without_addresses(repr(x))
        except Exception:  # what somebody else's type does when it is asked how it is written
            text = f"<{type(x).__name__}>"
        half = (self.maxother - 3) // 2
        fits = len(text) <= self.maxother
        return text if fits else f"{text[:half]}{self.fillvalue}{text[half + 3 - self.maxother :]}"


_REPR = _Repr()
_REPR.maxother = _REPR.maxstring = 80


class NotFinite(ValueError):
    """A NaN or an infinity stands where a finite number should."""


def said(value: object) -> str:
    """`value` as it is named in a message: on one line, and short."""
    return cut(" ".join(_REPR.repr(value).split()), 80)


def without_addresses(text: str) -> str:
    """A text about objects, without the places in memory where they are."""
    return _ADDRESS.sub("", text)


def cut(text: str, most: int) -> str:
    """A text, or so many characters of it, the last of which says that there are more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def instance(name: str, value: object, kind: type[Kind], advice: str = "") -> Kind:
    """`value` itself; raises TypeError unless it is of this kind. `advice` says how to get one."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIO" else "a"
        advice = f": {advice}" if advice else ""
        raise TypeError(
            f"{name} is {said(value)}, but should be {article} {kind.__name__}{advice}."
        )
    return value


def numbers(name: str, value: object, *, copy: bool = True, finite_only: bool = True) -> Array:
    """`value` as a float array; lists, integers and booleans are taken.

    What is kept is copied, so that nothing changes behind a trace or a network; without `copy` an
    array of floats is given back as it is. Raises ValueError, naming the argument, for what is not
    made of real numbers, and NotFinite for what is not finite, unless that is taken too.
    """
    array = _floats(name, value)
    if copy and array is value:
        array = array.copy()
    return finite(name, array) if finite_only else array


def _floats(name: str, value: object) -> Array:
    if type(value) is np.ndarray and value.dtype is DOUBLE:
        return value
    if isinstance(value, np.ndarray) and hasattr(value, "mask"):  # numpy.ma is slow to import
        raise ValueError(
            f"{name} is a masked array, but should be a plain one, since its mask would be lost: "
            "fill it first, for example with .filled(0), or leave out what is masked."
        )
    array = floats = None
    try:
        array = np.array(value)
        if array.dtype.kind in "biuf" or _holds_numbers(array):
            floats = array.astype(float)
    except Exception:  # NumPy's own, or what somebody else's type does when asked for its numbers
        pass
    if floats is not None:
        return floats
    if array is not None and np.iscomplexobj(array):
        raise ValueError(f"{name} is {said(value)}, but should hold real numbers only.")
    raise ValueError(
        f"{name} is {said(value)}, but should be an array of numbers with equally long rows."
    )


def _holds_numbers(array: Array) -> bool:
    """Whether an array of Python objects holds nothing but real numbers: no text, no None."""
    return array.dtype == object and all(map(_is_number, array.flat))


def _is_number(entry: object) -> bool:
    if isinstance(entry, (np.generic, np.ndarray)):
        return entry.dtype.kind in "biuf" and entry.ndim == 0
    return hasattr(entry, "__float__") and not isinstance(entry, complex)


def finite(name: str, array: Array) -> Array:
    """`array` itself; raises NotFinite, naming the first place, for a NaN or an infinity."""
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = f" at index {where}" if where else ""
        raise NotFinite(f"{name} holds {array[where]}{place}, but should hold finite numbers only.")
    return array


def is_finite(array: Array) -> bool:
    """Whether there is neither a NaN nor an infinity in an array, where overflow is no warning."""
    flat = array.ravel("K")
    # A sum of squares, in one call, is finite where every entry is, unless it is itself too large.
    return isfinite(flat.dot(flat)) or bool(np.isfinite(array).all())


def finite_layers(name: str, arrays: Sequence[Array | None]) -> None:
    """Raises NotFinite for a NaN or an infinity in a layer; `{l}` in the name is its number."""
    for l, array in enumerate(arrays):
        if array is not None and not is_finite(array):
            finite(name.format(l=l), array)


def layers_like(
    name: str, given: object, own: Sequence[Array | None], *, of: str, **as_numbers: bool
) -> dict[int, Array]:
    """Arrays of layers 1 … L, None in front or not, each of the shape of that layer's own array.

    `of` says what an array is to the own one. Raises ValueError for another number of layers,
    another shape, or what are no numbers.
    """
    L = len(own) - 1
    found = sequence(name, given, f"a sequence of {L} arrays, one per layer")
    found = found[1:] if found and found[0] is None else found
    if len(found) != L:
        raise ValueError(
            f"{name} holds {counted(len(found), 'array')}, but should hold {L}, one per layer of "
            "the network."
        )
    arrays = {}
    for l, (value, like) in enumerate(zip(found, own[1:]), start=1):
        array = numbers(f"{name}[{l}]", value, **as_numbers)
        rows, width = np.shape(like)  # type: ignore[arg-type]
        if array.shape != (rows, width):
            meaning = f"that of the {of} layer {l}"
            raise ValueError(wrong_shape(f"{name}[{l}]", array, rows, width, meaning))
        arrays[l] = array
    return arrays


def counted(n: int, noun: str) -> str:
    """A number of things with their noun, as "1 array" or "2 arrays"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def matrix(name: str, value: object, rows: int | None, width: int | None, meaning: str) -> Array:
    """`value` as a matrix; None leaves that side free, and a single number is a 1×1 matrix.

    Raises ValueError with the shape it has and the shape it should have.
    """
    array = numbers(name, value)
    if array.ndim == 0:
        array = array.reshape(1, 1)
    if not _fits(array, rows, width):
        raise ValueError(wrong_shape(name, array, rows, width, meaning))
    return array


def columns(
    name: str,
    value: object,
    rows: int,
    width: int | None,
    meaning: str,
    *,
    copy: bool = False,
    python: str = "",
) -> Array:
    """`value` as (rows, m), one column per sample; a 1-D array or list is one sample.

    `python` is how the argument is written in code, where that is not its name. Raises ValueError
    with the shape it has and the shape it should have.
    """
    array = numbers(name, value, copy=copy)
    if array.ndim == 1 and len(array) == rows and width in (None, 1):
        array = array.reshape(-1, 1)
    if array.ndim == 0:
        array = array.reshape(1, 1)
    if not _fits(array, rows, width):
        raise ValueError(wrong_shape(name, array, rows, width, meaning, python))
    return array


def _fits(array: Array, rows: int | None, width: int | None) -> bool:
    return (
        array.ndim == 2
        and array.size > 0
        and rows in (None, array.shape[0])
        and width in (None, array.shape[1])
    )


def real(name: str, value: object) -> float:
    """`value` as one finite number; raises ValueError otherwise."""
    if isinstance(value, (str, bytes, bool, np.bool_, Sequence)) or np.ndim(value):  # type: ignore
        raise ValueError(f"{name} is {said(value)}, but should be one number.")
    return float(numbers(name, value))


def positive(name: str, value: object) -> float:
    """`value` as a float greater than 0; raises ValueError otherwise."""
    try:
        number = real(name, value)
    except NotFinite:
        raise
    except ValueError:
        number = 0.0
    if number <= 0:
        raise ValueError(f"{name} is {said(value)}, but should be one number greater than 0.")
    return number


def whole(name: str, value: object, least: int = 1, most: int | None = None) -> int:
    """`value` as an int that is at least and at most so large; raises ValueError otherwise."""
    try:
        # True counts as 1, but whoever writes it means something else; so does an array.
        found = None if isinstance(value, (bool, np.ndarray)) else operator.index(value)  # type: ignore
    except TypeError:
        found = None
    if found is None or found < least or (most is not None and found > most):
        wanted = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {said(value)}, but should be a whole number {wanted}.")
    return found


def seed(value: object) -> int | None:
    """`value` as a seed for random numbers; raises ValueError unless it is None or whole."""
    return None if value is None else whole("seed", value, least=0)


def flag(name: str, value: object) -> bool:
    """`value` as a bool; raises ValueError for anything but True and False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} is {said(value)}, but should be True or False.")
    return bool(value)


def chosen(name: str, value: object, table: Mapping[str, Entry]) -> Entry:
    """The entry of `table` called so; raises ValueError listing the names that exist."""
    if isinstance(value, str) and value in table:
        return table[value]
    known = ", ".join(repr(key) for key in table)
    raise ValueError(f"{name} is {said(value)}, but should be one of {known}.")


def sequence(name: str, value: object, meaning: str) -> list[Any]:
    """`value` as a list; raises ValueError, saying what it should hold, for what has no order."""
    if isinstance(value, (str, bytes, Mapping, set, frozenset)) or not isinstance(value, Iterable):
        raise ValueError(f"{name} is {said(value)}, but should be {meaning}.")
    try:
        return list(value)
    except TypeError:  # a single number as an array can be asked for its entries, and has none
        raise ValueError(f"{name} is {said(value)}, but should be {meaning}.") from None


def layer_sizes(value: object) -> list[int]:
    """`value` as the sizes n_0 … n_L of a network; raises ValueError for what are none."""
    given = sequence("sizes", value, "a sequence of whole numbers, n_0 to n_L")
    if len(given) < 2:
        raise ValueError(f"sizes is {said(value)}, but should hold at least two: n_0 and n_1.")
    return [whole(f"sizes[{l}]", size) for l, size in enumerate(given)]


def wrong_shape(
    name: str, array: Array, rows: int | None, width: int | None, meaning: str, python: str = ""
) -> str:
    """What is said about an array of another shape: what it has, what it should have, a hint."""
    want = f"({'any' if rows is None else rows}, {'any' if width is None else width})"
    hint = _shape_hint(python or name, array, rows, width)
    return f"{name} has shape {array.shape}, but should have shape {want}: {meaning}.{hint}"


def _shape_hint(python: str, array: Array, rows: int | None, width: int | None) -> str:
    """What to write instead, where the shape gives away what was meant."""
    if array.ndim == 1 and len(array) == rows and width == 1:
        return f" Write {python}.reshape(-1, 1) to make it a column."
    if array.ndim == 1 and rows == 1 and width in (None, len(array)):
        return f" Write {python}.reshape(1, -1) to make it a row."
    if array.ndim == 2 and rows in (None, array.shape[1]) and width in (None, array.shape[0]):
        return f" It looks transposed: try {python}.T."
    return ""
