"""What a function has returned, beside what it should have: the same, or in which way not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from bp_helpers._validation import Array, numbers, said
from bp_helpers.backprop import Gradients
from bp_helpers.network import Network

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NUMBERS = (int, float, np.ndarray, np.generic)
_NEARLY = 1e-3
_SAME = 1e-9
_MOST_PERMUTED = 4


def alike(given: object, right: object, tolerance: float) -> bool:
    """Whether two values are the same, shapes too, but for rounding."""
    return misfit(given, right) is None and all(
        _near(one, two, tolerance) for _, one, two in parts(given, right)
    )


def misfit(given: Any, right: Any, name: str = "what it returns") -> str | None:  # noqa: ANN401
    """What keeps a value from being compared with the right one at all, in words."""
    given, right = _plain(given), _plain(right)
    if right is None:
        return None
    if (problem := _no_value(given, name)) is not None:
        return problem
    if isinstance(right, dict):
        return _unlike_dict(given, right, name)
    if isinstance(right, (list, tuple)):
        return _unlike_sequence(given, right, name)
    if isinstance(right, (bool, str)):
        return _unlike_word(given, right, name)
    return _unlike_array(given, np.asarray(right, float), name)


def _no_value(given: object, name: str) -> str | None:
    if given is None:
        return f"{name} is None: is a `return` missing, or does a loop not get there?"
    if callable(given):
        return f"{name} is a function: return what it gives, and not the function itself."
    if hasattr(given, "__next__"):
        return f"{name} is a generator, which has computed nothing yet: put list(…) around it."
    return None


def parts(given: Any, right: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
    """Every number, array or word of a value by its place, beside the right one."""
    given, right = _plain(given), _plain(right)
    if isinstance(right, dict):
        for key, value in right.items():
            yield from parts(given[key], value, _inside(repr(key), name))
    elif isinstance(right, (list, tuple)):
        for k, (one, two) in enumerate(zip(given, right)):
            yield from parts(one, two, _inside(_place(k, right), name))
    elif isinstance(right, _NUMBERS) and not isinstance(right, bool):
        yield name, np.asarray(given, float), np.asarray(right, float)
    else:
        yield name, given, right


def factor(found: Sequence[tuple[Any, Any]]) -> float | None:
    """The one number by which all that is given differs from what is right, if there is one.

    It is not 1: then nothing would differ.
    """
    some = [pair for pair in found if pair[1] is not None]
    if not some or not all(isinstance(two, np.ndarray) for _, two in some):
        return None
    one, two = (np.concatenate([np.ravel(pair[k]) for pair in some]) for k in (0, 1))
    if not two.any():
        return None
    k = float(one @ two / (two @ two))
    return k if abs(k - 1) > _SAME and _near(one, k * two, _SAME) else None


def is_transposed(given: object, right: object, tolerance: float) -> bool:
    """Whether a value is the transpose of the right one."""
    if not isinstance(right, np.ndarray) or right.ndim != 2 or min(right.shape) < 2:
        return False
    turned = np.transpose(given) if isinstance(given, np.ndarray) else None
    return turned is not None and alike(turned, right, tolerance)


def is_nearly(given: object, right: object) -> bool:
    """Whether a value is right in its first digits; it has the same parts."""
    return all(
        _near(one, two, _NEARLY) if isinstance(two, np.ndarray) else one == two
        for _, one, two in parts(given, right)
    )


def is_right_but_for_none(given: object, right: object, tolerance: float) -> bool:
    """Whether something stands at a place for None, and everything else is right."""
    found = list(parts(given, right))
    rest = [(one, two) for _, one, two in found if two is not None]
    filled = any(name and two is None and one is not None for name, one, two in found)
    return filled and all(_near(one, two, tolerance) for one, two in rest)


def orders(given: object, right: object, tolerance: float) -> set[tuple[int, ...]]:
    """In which orders the parts of a value would be the right ones."""
    if not isinstance(given, (list, tuple)) or not isinstance(right, (list, tuple)):
        return set()
    if len(given) != len(right) or len(given) > _MOST_PERMUTED:
        return set()
    return {
        order
        for order in permutations(range(len(given)))
        if alike([given[k] for k in order], list(right), tolerance)
    }


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


def _inside(place: str, name: str) -> str:
    return f"{place} of {name}" if name else place


def _place(k: int, whole: Sequence[Any]) -> str:
    """What an entry is called: by its layer where nothing stands at place 0, or counted."""
    if whole[0] is None or k >= len(_ORDINALS):
        return f"place {k}"
    return f"the {_ORDINALS[k]}"


def _unlike_dict(given: object, right: dict[Any, Any], name: str) -> str | None:
    keys = ", ".join(map(repr, right))
    if not isinstance(given, Mapping):
        return f"{name} is {_kind(given)}, but should be a dictionary with the keys {keys}."
    for key, value in right.items():
        if key not in given:
            return f"{name} has no key {key!r}; it should have {keys}."
        if (problem := misfit(given[key], value, _inside(repr(key), name))) is not None:
            return problem
    return None


def _unlike_sequence(given: Any, right: Sequence[Any], name: str) -> str | None:  # noqa: ANN401
    n = len(right)
    own = list(given) if isinstance(given, (list, tuple)) else None
    if isinstance(given, np.ndarray) and given.ndim == 1:
        own = list(given)
    if own is None or len(own) != n:
        what = _kind(given) if own is None else f"of length {len(own)}"
        in_front = n and right[0] is None and own is not None and len(own) == n - 1
        advice = " Is the None in front missing?" if in_front else ""
        return f"{name} is {what}, but should be a tuple or a list of {n}.{advice}"
    for k, (one, two) in enumerate(zip(own, right)):
        if (problem := misfit(one, two, _inside(_place(k, right), name))) is not None:
            return problem
    return None


def _unlike_word(given: object, right: bool | str, name: str) -> str | None:
    if not isinstance(given, (list, tuple, dict, np.ndarray)):
        return None
    wanted = "True or False" if isinstance(right, bool) else "a text"
    return f"{name} is {_kind(given)}, but should be {wanted}."


def _unlike_array(given: object, right: Array, name: str) -> str | None:
    single = "a single number" if right.ndim == 0 else "a single array"
    if isinstance(given, tuple):
        if len(given) == 1:
            return f"{name} is a tuple of one: is there a comma too many at its end?"
        return f"{name} is a tuple of {len(given)}, but should be {single}."
    try:
        array = numbers(name, given, finite_only=False)
    except ValueError as problem:
        return str(problem) if right.ndim else f"{name} is {_kind(given)}, but should be {single}."
    if np.isfinite(right).all() and not np.isfinite(array).all():
        return f"{name} holds {array[~np.isfinite(array)][0]}, which is no number."
    return _unlike_shape(array, right.shape, name)


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
        advice = " Have rows and columns changed places?"
    elif array.ndim == len(shape) == 2 and shape[1] == 1 and array.shape[0] == shape[0]:
        advice = " Where a column meets a row or a flat array, NumPy makes a whole table."
    had = f"has shape {array.shape}" if array.ndim else "is a single number"
    return f"{name} {had}, but should have shape {shape}.{advice}"


def _kind(value: object) -> str:
    """A value in a few words: itself if it is short, or what kind of thing it is."""
    if isinstance(value, (list, tuple, dict, np.ndarray)):
        if isinstance(value, np.ndarray):
            return f"an array of shape {value.shape}"
        return f"a {type(value).__name__} of length {len(value)}"
    return said(value)
