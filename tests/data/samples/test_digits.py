import csv
import dataclasses
import hashlib

import numpy as np
import pytest
from sklearn.datasets import load_digits

from kaggle_kit.competition.description import Labels
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.dataset import load_test, load_train
from kaggle_kit.data.samples.digits import TRAIN_SHA256, sized, write_sample
from kaggle_kit.errors import InputError

MNIST = COMPETITIONS["digit-recognizer"]
SHA256 = {
    "train.csv": TRAIN_SHA256,
    "test.csv": "5f04adbe8dadefa219a668e68d348e45c5dca55b72ca5bd1b16b972ae245eb71",
    "sample_submission.csv": "0f9a1ae057e4d978c4920cbc4582b7666b3d1af86e71d660c6b0fc139fdaf6bf",
    "solution.csv": "98e8dff36f35e075da224adee0f57bda4e69b547b02c020ad63a136552c8cb86",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    write_sample(MNIST, folder)
    return folder


@pytest.fixture(scope="module")
def images(folder):
    train, test = load_train(folder, MNIST), load_test(folder, MNIST)
    return np.concatenate([train.images, test.images])


@pytest.fixture(scope="module")
def answers(folder):
    with (folder / "solution.csv").open() as file:
        return [(int(row["ImageId"]), int(row["Label"])) for row in csv.DictReader(file)]


def test_the_bytes_are_the_same_everywhere_and_always(folder):
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.csv")
    }

    assert found == SHA256


def test_every_digit_of_scikit_learn_is_there_once_and_clean(folder):
    train, test = load_train(folder, MNIST), load_test(folder, MNIST)

    assert (len(train.images), len(test.images)) == (1437, 360)
    assert train.findings.describe() == test.findings.describe() == []
    together = {image.tobytes() for image in np.concatenate([train.images, test.images])}
    assert len(together) == 1797


def test_each_digit_has_a_fifth_of_its_images_in_the_test_set(folder, answers):
    train = np.bincount(load_train(folder, MNIST).labels)
    test = np.bincount([label for _, label in answers])

    np.testing.assert_array_equal(train + test, np.bincount(load_digits().target))
    np.testing.assert_allclose(test / (train + test), 0.2, atol=0.01)


def test_the_answers_are_those_of_the_test_images(folder, answers):
    """For nearly all test images, the nearest training image has the label of the answer.

    Training and test images are of the same digits.
    """
    train, test = load_train(folder, MNIST), load_test(folder, MNIST)
    known = train.images.reshape(len(train.images), -1).astype(float)
    asked = test.images.reshape(len(test.images), -1).astype(float)
    distances = (known**2).sum(axis=1) - 2 * asked @ known.T
    nearest = train.labels[distances.argmin(axis=1)]

    assert [number for number, _ in answers] == list(range(1, 361))
    assert np.mean(nearest == [label for _, label in answers]) > 0.97


def test_the_sample_submission_says_zero_for_every_test_image(folder):
    lines = (folder / "sample_submission.csv").read_text().splitlines()

    assert lines == ["ImageId,Label", *(f"{number},0" for number in range(1, 361))]


def test_digits_are_placed_and_inked_like_mnist(images):
    rows, columns = np.indices((28, 28))
    mass = images.sum(axis=(1, 2))

    for axis in (rows, columns):
        centre = (images * axis).sum(axis=(1, 2)) / mass
        assert np.abs(centre - 14).max() <= 0.5
    for inked in (images.any(axis=1), images.any(axis=2)):
        first, last = inked.argmax(axis=1), 27 - inked[:, ::-1].argmax(axis=1)
        assert (last - first + 1).max() <= 20
    assert (images.max(axis=(1, 2)) == 255).all()
    assert 0.15 < (images > 0).mean() < 0.25


def test_the_sample_stands_in_for_a_competition_of_ten_digits_only():
    assert (sized(MNIST).train_rows, sized(MNIST).test_rows) == (1437, 360)
    with pytest.raises(InputError, match="ten digits in 28x28 pixels, and other has others"):
        sized(
            dataclasses.replace(
                MNIST, slug="other", images=dataclasses.replace(MNIST.images, size=(32, 32))
            )
        )


def test_nothing_is_written_for_another_competition(tmp_path):
    with pytest.raises(InputError, match="has others"):
        write_sample(dataclasses.replace(MNIST, labels=Labels(classes=tuple("ABC"))), tmp_path)

    assert not list(tmp_path.iterdir())
