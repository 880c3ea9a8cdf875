"""Real handwritten digits: 8,000 to train on and 2,000 held out, loaded without a network.

The first 10,000 samples of the MNIST training set (Y. LeCun, C. Cortes, C. J. C. Burges,
CC BY-SA 3.0), in one fixed shuffled order; `data/README.md` tells where they come from.
"""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import NamedTuple

import numpy as np

from bp_helpers._validation import Array, columns, matrix, numbers, whole

_SHA256 = "f1a23f2fb1a1c97bb00a811807ddd50a888dbcdcdead94147993273c22ee3f37"


class DamagedFile(OSError):
    """The file of digits is missing, or is not the one that belongs to this package."""


class Samples(NamedTuple):
    """Digits as columns: x of shape (784, m) with ink from 0 to 1, and y of shape (10, m).

    y is one-hot: the row of the digit holds 1 and the others 0.
    """

    x: Array
    y: Array

    @property
    def labels(self) -> Array:
        """The digits themselves, 0 to 9, of shape (m,)."""
        y = matrix("y", self.y, None, None, "one row per class, one column per sample")
        labels: Array = y.argmax(axis=0)
        return labels

    @property
    def images(self) -> Array:
        """The pictures, of shape (m, 28, 28)."""
        x = columns("x", self.x, 784, None, "one row per pixel, one column per sample")
        return x.T.reshape(-1, 28, 28)


def one_hot(labels: object, classes: int = 10) -> Array:
    """One column per label, of shape (classes, m): 1 in the row of the label, and 0 elsewhere.

    `labels` is a flat array or list of whole numbers from 0 to classes − 1; raises ValueError,
    naming the first that is wrong, for anything else.
    """
    classes = whole("classes", classes)
    found, given = numbers("labels", labels), np.asarray(labels)
    if found.ndim != 1 or not found.size:
        raise ValueError(
            f"labels has shape {found.shape}, but should have shape (m,): one label per sample."
        )
    # True is no label: whoever has a mask means something else.
    is_wrong = (found < 0) | (found >= classes) | (found % 1 != 0) | (given.dtype == bool)
    if is_wrong.any():
        k = int(is_wrong.argmax())
        raise ValueError(
            f"labels holds {given[k]} at index {k}, "
            f"but should hold whole numbers from 0 to {classes - 1} only."
        )
    y = np.zeros((len(found), classes))
    y[np.arange(len(found)), found.astype(int)] = 1
    return y.T


def _read(file: Traversable) -> bytes:
    """What the file of digits holds; raises DamagedFile unless that is what it should hold."""
    advice = "Install bp_helpers again, or fetch this file again from the repository."
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise DamagedFile(f"{file} cannot be read: {problem.strerror}. {advice}") from problem
    if sha256(content).hexdigest() != _SHA256:
        raise DamagedFile(
            f"{file} is cut off or changed: its {len(content):,} bytes are not those "
            f"that belong to this version of bp_helpers. {advice}"
        )
    return content


def _load(file: Traversable) -> Samples:
    with np.load(BytesIO(_read(file)), allow_pickle=False) as stored:
        images, labels = stored["images"], stored["labels"]
    x = images.reshape(len(images), -1).T / 255
    y = one_hot(labels)
    x.flags.writeable = y.flags.writeable = False
    return Samples(x, y)


_all = _load(files("bp_helpers") / "data" / "mnist_10k.npz")
train = Samples(_all.x[:, :8000], _all.y[:, :8000])
test = Samples(_all.x[:, 8000:], _all.y[:, 8000:])
