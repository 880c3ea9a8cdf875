"""The handwritten digits: what is in the file, and what is made of it."""

import re
from pathlib import Path

import numpy as np
import pytest

import bp_helpers
from bp_helpers import digits

DATA = Path(bp_helpers.__file__).parent / "data"
FILE = DATA / "mnist_10k.npz"


@pytest.fixture(scope="module")
def raw():
    with np.load(FILE, allow_pickle=False) as stored:
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


def cut_off(file, images, labels):
    file.write_bytes(FILE.read_bytes()[:-1000])


def emptied(file, images, labels):
    file.write_bytes(b"")


def other_shapes(file, images, labels):
    np.savez_compressed(file, images=images.reshape(-1, 784), labels=labels)


def a_label_below_0(file, images, labels):
    np.savez_compressed(file, images=images, labels=np.where(labels == 9, -1, labels.astype(int)))


def ink_that_is_no_number(file, images, labels):
    np.savez_compressed(file, images=np.where(images == 9, np.nan, images), labels=labels)


def other_names(file, images, labels):
    np.savez_compressed(file, pictures=images, labels=labels)


@pytest.mark.parametrize(
    "damage",
    [cut_off, emptied, other_shapes, a_label_below_0, ink_that_is_no_number, other_names],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_file_is_refused_with_its_place_and_advice(damage, raw, tmp_path):
    file = tmp_path / "digits.npz"
    damage(file, *raw)
    with pytest.raises(digits.DamagedFile, match=r"cut off or changed.*fetch this file") as error:
        digits._load(file)
    assert str(file) in str(error.value)


def test_a_missing_file_is_refused_with_its_place_and_advice(tmp_path):
    file = tmp_path / "digits.npz"
    with pytest.raises(digits.DamagedFile, match=r"cannot be read: .*fetch this file") as error:
        digits._load(file)
    assert str(file) in str(error.value)


@pytest.mark.parametrize("labels", [[2, 0, 1], (2.0, 0.0, 1.0), np.array([2, 0, 1], np.uint8)])
def test_one_hot_has_a_column_per_label(labels):
    assert digits.one_hot(labels, classes=3).tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert digits.one_hot(labels).shape == (10, 3)
    assert digits.one_hot(labels).dtype == float


def test_one_hot_of_the_labels_is_y():
    assert np.array_equal(digits.one_hot(digits.test.labels), digits.test.y)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([3, -1], "holds -1 at index 1, .* whole numbers from 0 to 9"),
        ([10], "holds 10 at index 0, .* whole numbers from 0 to 9"),
        ([3, 2.5], "holds 2.5 at index 1"),
        ([0, 1e9], "holds 1000000000.0 at index 1"),
        ([True, False], "holds True at index 0"),
        ([1, float("nan")], "holds nan at index"),
        ([[1, 2], [3, 4]], r"has shape \(2, 2\), .*\(m,\): one label per sample"),
        (3, r"has shape \(\), but should have shape \(m,\)"),
        ([], r"has shape \(0,\), but should have shape \(m,\)"),
        (["3", "4"], "numbers"),
        ("34", "numbers"),
        ([1j], "number"),
        ([1, None], "numbers"),
        (None, "numbers"),
        ([[1], [2, 3]], "numbers"),
    ],
    ids=repr,
)
def test_one_hot_refuses_what_is_no_label(labels, said):
    with pytest.raises(ValueError, match=f"^labels .*{said}"):
        digits.one_hot(labels)


@pytest.mark.parametrize("classes", [0, -1, 2.5, "10", None, True])
def test_one_hot_refuses_what_is_no_number_of_classes(classes):
    with pytest.raises(ValueError, match=r"^classes .* whole number of at least 1"):
        digits.one_hot([0], classes)


def test_samples_of_other_sizes_say_what_they_should_have():
    other = digits.Samples(np.zeros((392, 2)), np.zeros(10))
    with pytest.raises(ValueError, match=r"^x has shape \(392, 2\), .* one row per pixel"):
        _ = other.images
    with pytest.raises(ValueError, match=r"^y has shape \(10,\), .*: one row per class"):
        _ = other.labels


def test_samples_of_other_classes_have_labels():
    assert digits.Samples(np.zeros((4, 2)), digits.one_hot([2, 0], 3)).labels.tolist() == [2, 0]
