"""The handwritten digits: what is in the file, and what is made of it."""

import re
from pathlib import Path

import numpy as np
import pytest

import bp_helpers
from bp_helpers import digits

DATA = Path(bp_helpers.__file__).parent / "data"


@pytest.fixture(scope="module")
def raw():
    with np.load(DATA / "mnist_10k.npz", allow_pickle=False) as stored:
        return stored["images"], stored["labels"]


@pytest.mark.parametrize(("samples", "m"), [(digits.train, 8000), (digits.test, 2000)])
def test_samples_are_columns_of_ink_from_0_to_1(samples, m):
    assert samples.x.shape == (784, m)
    assert samples.x.dtype == float
    assert samples.x.min() == 0
    assert samples.x.max() == 1


@pytest.mark.parametrize(("samples", "m"), [(digits.train, 8000), (digits.test, 2000)])
def test_targets_are_one_hot(samples, m):
    assert samples.y.shape == (10, m)
    assert samples.y.dtype == float
    assert set(np.unique(samples.y)) == {0, 1}
    assert (samples.y.sum(axis=0) == 1).all()
    assert (samples.y[samples.labels, np.arange(m)] == 1).all()


def test_class_counts_are_those_that_the_readme_gives():
    told = (DATA / "README.md").read_text(encoding="utf-8")
    counts = re.search(r"digits 0 to 9: ([\d, ]+)\.", told).group(1)
    labels = np.concatenate([digits.train.labels, digits.test.labels])
    assert np.bincount(labels).tolist() == [int(n) for n in counts.split(",")]


@pytest.mark.parametrize("samples", [digits.train, digits.test], ids=["train", "test"])
@pytest.mark.parametrize("name", ["x", "y", "images"])
def test_digits_are_read_only(samples, name):
    with pytest.raises(ValueError, match="read-only"):
        getattr(samples, name)[0] = 0.5


def test_images_are_upright_and_in_the_order_of_the_file(raw):
    images, labels = raw
    assert np.array_equal(np.concatenate([digits.train.images, digits.test.images]), images / 255)
    assert np.array_equal(np.concatenate([digits.train.labels, digits.test.labels]), labels)


def test_training_and_test_digits_are_the_two_parts_of_the_file(raw):
    images, labels = raw
    assert (len(digits.train.labels), len(digits.test.labels)) == (8000, 2000)
    assert np.array_equal(digits.train.labels, labels[:8000])
    assert np.array_equal(digits.test.x, images[8000:].reshape(2000, 784).T / 255)


def test_no_digit_is_in_both_parts():
    train, test = ({column.tobytes() for column in s.x.T} for s in (digits.train, digits.test))
    assert not train & test


def test_file_loads_without_pickle(raw):
    images, labels = raw
    assert (images.shape, images.dtype) == ((10000, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((10000,), np.uint8)


def test_samples_unpack_as_x_and_y():
    x, y = digits.test
    assert x is digits.test.x
    assert y is digits.test.y
