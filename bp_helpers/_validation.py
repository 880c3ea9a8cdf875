"""What every public function does with what it is given: take it, or say what is wrong with it."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class NotFinite(ValueError):
    """A NaN or an infinity stands where a finite number should."""


def numbers(name: str, value: object) -> Array:
    """`value` as a float (or complex) array; lists, integers and booleans are taken.

    An array that could still be written to is copied, so that nothing changes behind a trace.
    Raises ValueError, naming the argument, for what is not numeric or not finite.
    """
    try:
        frozen = isinstance(value, np.ndarray) and not value.flags.writeable
        array = np.array(value, copy=not frozen)
        if array.dtype.kind in "USMm":
            raise TypeError
        array = array.astype(complex if np.iscomplexobj(array) else float, copy=False)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{name} is {value!r:.80}, but should be an array of numbers with equally long rows."
        ) from None
    return finite(name, array)


def finite(name: str, array: Array) -> Array:
    """`array` itself; raises NotFinite, naming the first place, for a NaN or an infinity."""
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = f" at index {where}" if where else ""
        raise NotFinite(f"{name} holds {array[where]}{place}, but should hold finite numbers only.")
    return array


def finite_layers(name: str, arrays: Sequence[Array | None]) -> None:
    """Raises NotFinite for a NaN or an infinity in a layer; `{l}` in the name is its number."""
    for l, array in enumerate(arrays):
        if array is not None:
            finite(name.format(l=l), array)


def same_sizes(name: str, sizes: Sequence[int], wanted: Sequence[int]) -> None:
    """Raises ValueError unless something made from a network has the layer sizes of this one."""
    if tuple(sizes) != tuple(wanted):
        raise ValueError(
            f"{name} has layers of sizes {tuple(sizes)}, but should have {tuple(wanted)}: "
            "it was made with another network."
        )


def same_shapes(name: str, arrays: Sequence[Array | None], wanted: Sequence[Array | None]) -> None:
    """Raises ValueError unless the arrays of layers 1 … L have the shapes of the wanted ones."""
    if len(arrays) != len(wanted):
        raise ValueError(
            f"{name} has {len(arrays) - 1} layers, but should have {len(wanted) - 1}: "
            "it was made with another network."
        )
    for l, (array, like) in enumerate(zip(arrays[1:], wanted[1:]), start=1):
        if np.shape(array) != np.shape(like):  # type: ignore[arg-type]
            raise ValueError(
                f"{name}[{l}] has shape {np.shape(array)}, "  # type: ignore[arg-type]
                f"but should have shape {np.shape(like)}."  # type: ignore[arg-type]
            )


def matrix(name: str, value: object, rows: int | None, width: int | None, meaning: str) -> Array:
    """`value` as a matrix; None leaves that side free, and a single number is a 1×1 matrix.

    Raises ValueError with the shape it has and the shape it should have.
    """
    array = numbers(name, value)
    if array.ndim == 0:
        array = array.reshape(1, 1)
    fits = (
        array.ndim == 2
        and array.size
        and all(wanted in (None, got) for wanted, got in zip((rows, width), array.shape))
    )
    if not fits:
        raise ValueError(_wrong_shape(name, array, rows, width, meaning))
    return array


def columns(name: str, value: object, rows: int, width: int | None, meaning: str) -> Array:
    """`value` as (rows, m), one column per sample; a 1-D array or list is one sample.

    Raises ValueError with the shape it has and the shape it should have.
    """
    array = numbers(name, value)
    if array.ndim == 1 and len(array) == rows and width in (None, 1):
        array = array.reshape(-1, 1)
    if array.ndim == 1:
        raise ValueError(_wrong_shape(name, array, rows, width, meaning))
    return matrix(name, array, rows, width, meaning)


def inputs(x: object, n_0: int) -> Array:
    """x as (n_0, m); raises ValueError for another shape and for numbers that are not finite."""
    return columns("x", x, n_0, None, "one row per input neuron, one column per sample")


def targets(y: object, output: Array) -> Array:
    """y in the shape (n_L, m) of the output; raises ValueError for another shape."""
    rows, m = output.shape
    return columns("y", y, rows, m, "one row per output neuron, one column per sample")


def positive(name: str, value: object) -> float:
    """`value` as a float greater than 0; raises ValueError otherwise."""
    number = numbers(name, value)
    if number.ndim or np.iscomplexobj(number) or number <= 0:
        raise ValueError(f"{name} is {value!r:.80}, but should be one number greater than 0.")
    return float(number)


def positive_whole(name: str, value: object) -> int:
    """`value` as an int of at least 1; raises ValueError otherwise."""
    try:
        whole = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        whole = 0
    if whole < 1:
        raise ValueError(f"{name} is {value!r:.80}, but should be a whole number of at least 1.")
    return whole


def _wrong_shape(name: str, array: Array, rows: int | None, width: int | None, meaning: str) -> str:
    want = f"({'any' if rows is None else rows}, {'any' if width is None else width})"
    hint = ""
    if array.ndim == 1 and len(array) == rows and width == 1:
        hint = f" Write {name}.reshape(-1, 1) to make it a column."
    elif array.ndim == 2 and array.shape[1] == rows and width in (None, array.shape[0]):
        hint = f" It looks transposed: try {name}.T."
    return f"{name} has shape {array.shape}, but should have shape {want}: {meaning}.{hint}"
