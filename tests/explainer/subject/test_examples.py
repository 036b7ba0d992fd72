import numpy as np
import pytest
from PIL import Image

from kaggle_kit.competition.problem import Problem
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.dataset import load_test
from kaggle_kit.explainer.subject.examples import write_examples
from kaggle_kit.explainer.subject.photo import read_photo
from kaggle_kit.explainer.subject.subject import Subject


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    from kaggle_kit.cli.main import main

    home = tmp_path_factory.mktemp("letters")
    arguments = ["--competition", "letters", "--from", "sample", "--home", str(home)]
    assert main(["download", *arguments]) == 0
    return home / "data" / "letters"


@pytest.fixture
def subject():
    return Subject(Problem((32, 32, 3), tuple("ABC")), "Letters", "letters")


def test_are_test_images_and_read_as_such(data, subject, folder):
    competition = COMPETITIONS["letters"]
    paths = write_examples(folder, subject, data, competition)
    assert [path.name for path in paths] == [f"{number:02}.png" for number in range(1, 11)]
    images = load_test(data, competition).images
    np.testing.assert_array_equal(read_photo(paths[0].read_bytes(), subject), images[0])
    np.testing.assert_array_equal(np.asarray(Image.open(paths[-1])), images[-1])


def test_there_are_none_without_the_data(subject, folder, tmp_path):
    assert write_examples(folder, subject, tmp_path / "no", COMPETITIONS["letters"]) == []


def test_there_are_none_of_another_size(data, folder):
    other = Subject(Problem((48, 48, 3), tuple("ABC")), "Letters", "letters")
    assert write_examples(folder, other, data, COMPETITIONS["letters"]) == []


def test_digits_are_drawn(folder, tmp_path):
    paths = write_examples(folder, Subject(), tmp_path, COMPETITIONS["digit-recognizer"])
    assert [path.name for path in paths] == [f"{digit}.png" for digit in range(10)]
