"""Real handwritten digits: 8,000 to train on and 2,000 held out, loaded without a network.

The first 10,000 samples of the MNIST training set (Y. LeCun, C. Cortes, C. J. C. Burges,
CC BY-SA 3.0), in one fixed shuffled order; `data/README.md` tells where they come from.
"""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

import numpy as np

from bp_helpers._validation import Array


class Samples(NamedTuple):
    """Digits as columns: x of shape (784, m) with ink from 0 to 1, and y of shape (10, m).

    y is one-hot: the row of the digit holds 1 and the others 0.
    """

    x: Array
    y: Array

    @property
    def labels(self) -> Array:
        """The digits themselves, 0 to 9, of shape (m,)."""
        labels: Array = self.y.argmax(axis=0)
        return labels

    @property
    def images(self) -> Array:
        """The pictures, of shape (m, 28, 28)."""
        return self.x.T.reshape(-1, 28, 28)


def _load() -> Samples:
    with (files("bp_helpers") / "data" / "mnist_10k.npz").open("rb") as file:
        stored = np.load(file, allow_pickle=False)
        images, labels = stored["images"], stored["labels"]
    x = images.reshape(len(images), -1).T / 255
    y = np.eye(10)[:, labels]
    x.flags.writeable = y.flags.writeable = False
    return Samples(x, y)


_all = _load()
train = Samples(_all.x[:, :8000], _all.y[:, :8000])
test = Samples(_all.x[:, 8000:], _all.y[:, 8000:])
