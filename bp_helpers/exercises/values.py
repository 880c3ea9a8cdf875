"""What a function has returned, beside what it should have: the same, or in which way not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bp_helpers._validation import Array, numbers, said
from bp_helpers.backprop import Gradients
from bp_helpers.network import Network

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NUMBERS = (int, float, np.ndarray, np.generic)


def alike(given: object, right: object, tolerance: float) -> bool:
    """Whether two values are the same, shapes too, but for rounding."""
    return misfit(given, right) is None and all(
        _near(one, two, tolerance) for one, two in pairs(given, right)
    )


def misfit(given: Any, right: Any, name: str = "what it returns") -> str | None:  # noqa: ANN401
    """What keeps a value from being compared with the right one at all, in words."""
    given, right = _plain(given), _plain(right)
    if right is None or isinstance(right, (bool, str)):
        return None
    if given is None:
        return f"{name} is None: is a `return` missing, or a part not computed yet?"
    if hasattr(given, "__next__"):
        return f"{name} is a generator, which has computed nothing yet: put list(…) around it."
    if isinstance(right, dict):
        return _unlike_dict(given, right, name)
    if isinstance(right, (list, tuple)):
        return _unlike_sequence(given, right, name)
    return _unlike_array(given, np.asarray(right, float), name)


def _unlike_array(given: object, right: Array, name: str) -> str | None:
    try:
        array = numbers(name, given, finite_only=False)
    except ValueError as problem:
        alone = f"{name} is {said(given)}, but should be a single number."
        return str(problem) if right.ndim else alone
    if np.isfinite(right).all() and not np.isfinite(array).all():
        return f"{name} holds {array[~np.isfinite(array)][0]}, which is no number."
    return _unlike_shape(array, right.shape, name)


def pairs(given: Any, right: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    """Every number, array or word of a value beside the right one; both have the same parts."""
    given, right = _plain(given), _plain(right)
    if isinstance(right, dict):
        for key in right:
            yield from pairs(given[key], right[key])
    elif isinstance(right, (list, tuple)):
        for one, two in zip(given, right):
            yield from pairs(one, two)
    elif isinstance(right, _NUMBERS) and not isinstance(right, bool):
        yield np.asarray(given, float), np.asarray(right, float)
    else:
        yield given, right


def factor(found: Sequence[tuple[Any, Any]]) -> float | None:
    """The one number by which all that is given differs from what is right, if there is one."""
    if not found or not all(isinstance(two, np.ndarray) for _, two in found):
        return None
    one, two = (np.concatenate([np.ravel(p[k]) for p in found]) for k in (0, 1))
    if not two.any():
        return None
    k = float(one @ two / (two @ two))
    return k if abs(k) > 1e-12 and _near(one, k * two, 1e-9) else None


def is_transposed(given: object, right: object, tolerance: float) -> bool:
    """Whether a value is the transpose of the right one."""
    if not isinstance(right, np.ndarray) or right.ndim != 2 or min(right.shape) < 2:
        return False
    turned = np.transpose(given) if isinstance(given, np.ndarray) else None
    return turned is not None and alike(turned, right, tolerance)


def _near(one: Any, two: Any, tolerance: float) -> bool:  # noqa: ANN401
    if not isinstance(two, np.ndarray):
        return type(one) is type(two) and bool(one == two)
    if not np.isfinite(two).all():
        return np.array_equal(one, two, equal_nan=True)
    size = max(np.abs(one).max(initial=0), np.abs(two).max(initial=0))
    return bool(np.abs(one - two).max(initial=0) <= tolerance * size)


def _plain(value: object) -> Any:  # noqa: ANN401
    """A network, or gradients, as lists of arrays; and a truth value of NumPy as one of Python."""
    if isinstance(value, (Network, Gradients)):
        return [list(value.W[1:]), list(value.b[1:])]
    return bool(value) if isinstance(value, np.bool_) else value


def _unlike_dict(given: object, right: dict[Any, Any], name: str) -> str | None:
    keys = ", ".join(map(repr, right))
    if not isinstance(given, Mapping):
        return f"{name} is {said(given)}, but should be a dictionary with the keys {keys}."
    for key, value in right.items():
        if key not in given:
            return f"{name} has no key {key!r}; it should have {keys}."
        if (problem := misfit(given[key], value, f"{name} under {key!r}")) is not None:
            return problem
    return None


def _unlike_sequence(given: Any, right: Sequence[Any], name: str) -> str | None:  # noqa: ANN401
    n = len(right)
    parts = list(given) if isinstance(given, (list, tuple)) else None
    if isinstance(given, np.ndarray) and given.ndim == 1:
        parts = list(given)
    if parts is None or len(parts) != n:
        what = said(given) if parts is None else f"of length {len(parts)}"
        return f"{name} is {what}, but should be a tuple or a list of {n}."
    for k, (one, two) in enumerate(zip(parts, right)):
        part = f"the {_ORDINALS[k]} part of {name}" if k < len(_ORDINALS) else f"part {k} of {name}"
        if (problem := misfit(one, two, part)) is not None:
            return problem
    return None


def _unlike_shape(array: Array, shape: tuple[int, ...], name: str) -> str | None:
    if array.shape == shape:
        return None
    if shape == ():
        advice = ": take its only entry, with .item()" if array.size == 1 else ""
        return f"{name} has shape {array.shape}, but should be a single number{advice}."
    advice = ""
    if array.ndim == 1 and shape in ((len(array), 1), (1, len(array))):
        advice = " It is flat: keep both dimensions, as keepdims=True and .reshape(-1, 1) do."
    elif array.shape == shape[::-1]:
        advice = " Rows and columns have changed places."
    return f"{name} has shape {array.shape}, but should have shape {shape}.{advice}"
