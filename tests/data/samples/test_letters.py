import csv
import hashlib
from importlib.resources import files

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from kaggle_kit.competition.toml_file import read_description
from kaggle_kit.data.samples import letters as embedded_letters
from kaggle_kit.data.samples.letters import (
    LETTERS,
    SLUG,
    TEST_FAMILIES,
    TRAIN_FAMILIES,
    write_letters,
)
from kaggle_kit.errors import KitError

SHA256 = {
    "train.csv": "3c9bac7755a24143b059f6b45d42be82ed0e6800c4a41b56730a83a3252d83bb",
    "sample_submission.csv": "44e5e3c91773426023b9afb28fefb0e06e64f2102c1a82002700b27922566f7b",
    "solution.csv": "fa95293b786e6adf0fb7d0601e72d874f2d28afe7dd479cdaacaed3251036f67",
}
KNOWN = files("kaggle_kit.competition") / "known" / SLUG / "description.toml"


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def border_of(images):
    sides = [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]]
    return np.concatenate(sides, axis=1)


def inks(images):
    """The ink as vectors of length 1: light on dark, 16x16 pixels."""
    paper = np.median(border_of(images), axis=1)
    ink = (images - paper[:, None, None]) @ [0.299, 0.587, 0.114]
    ink *= np.sign((ink**3).sum(axis=(1, 2), keepdims=True))
    smaller = ink.clip(0).reshape(-1, 16, 2, 16, 2).mean(axis=(2, 4)).reshape(len(ink), -1)
    return smaller / np.linalg.norm(smaller, axis=1, keepdims=True)


def images_of(folder, rows):
    return np.stack([np.asarray(Image.open(folder / f"{row['id']}.png")) for row in rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("letters")
    write_letters(folder)
    return folder


@pytest.fixture(scope="module")
def train(folder):
    return rows_of(folder / "train.csv")


@pytest.fixture(scope="module")
def solution(folder):
    return rows_of(folder / "solution.csv")


@pytest.fixture(scope="module")
def images(folder, train, solution):
    parts = images_of(folder / "train", train), images_of(folder / "test", solution)
    return [part.astype(np.int64) for part in parts]


def test_the_csvs_have_the_same_bytes_everywhere(folder):
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.csv")
    }

    assert found == SHA256


def test_the_files_are_where_the_description_says(folder, images, train, solution):
    competition = read_description(KNOWN)

    assert (len(train), len(solution)) == (competition.train_rows, competition.test_rows)
    labels = competition.labels
    assert list(train[0]) == [labels.id, labels.column, labels.group]
    expected = [competition.images.train.format(**row) for row in train]
    expected += [competition.images.test.format(**row) for row in solution]
    found = [path.relative_to(folder).as_posix() for path in folder.glob("*/*")]
    assert sorted(found) == sorted(expected)
    for part, rows in zip(images, (train, solution), strict=True):
        assert part.shape == (len(rows), *competition.image_shape)


def test_each_family_has_each_letter_equally_often(train, solution):
    counts = {}
    for row in train:
        key = row["family"], row["letter"]
        counts[key] = counts.get(key, 0) + 1

    assert counts == {(family, letter): 13 for family in TRAIN_FAMILIES for letter in LETTERS}
    answers = [row["letter"] for row in solution]
    assert {letter: answers.count(letter) for letter in LETTERS} == dict.fromkeys(LETTERS, 24)


def test_no_font_of_the_test_images_is_in_the_training_images():
    train, test = (
        {face for faces in families.values() for face in faces}
        for families in (TRAIN_FAMILIES, TEST_FAMILIES)
    )

    assert len(train) == sum(map(len, TRAIN_FAMILIES.values()))
    assert not train & test
    assert not TRAIN_FAMILIES.keys() & TEST_FAMILIES.keys()


def test_ids_are_texts_in_no_order_and_some_look_like_numbers(folder, train, solution):
    for rows in (train, solution):
        ids = [row["id"] for row in rows]
        assert ids != sorted(ids)
        assert {len(id_) for id_ in ids} == {8}
    ids = [row["id"] for row in train + solution]
    assert len(set(ids)) == len(ids)
    assert any(id_.isdigit() and id_.startswith("0") for id_ in ids)
    sample = rows_of(folder / "sample_submission.csv")
    assert [row["id"] for row in sample] == [row["id"] for row in solution]
    assert {row["letter"] for row in sample} == {"A"}


def test_an_image_is_the_same_when_it_is_drawn_again(folder, solution):
    embedded_letters._outline.cache_clear()
    samples = embedded_letters._samples(TEST_FAMILIES, embedded_letters.TEST_IMAGES)[:50]

    again = np.stack([np.asarray(embedded_letters._drawn(sample)) for sample in samples])
    np.testing.assert_array_equal(again, images_of(folder / "test", solution[:50]))


def test_letters_are_whole_and_stand_out_from_the_paper(images):
    every = np.concatenate(images)
    border = border_of(every)
    papers = np.median(border, axis=1, keepdims=True)

    assert np.abs(border - papers).max() <= embedded_letters.NOISE + 20
    ink = (every - papers[:, None]) @ [0.299, 0.587, 0.114]
    without_noise = ink.reshape(-1, 16, 2, 16, 2).mean(axis=(2, 4))
    assert np.abs(without_noise).max(axis=(1, 2)).min() > 30


def test_the_answers_are_those_of_the_test_images(images, train, solution):
    """The nearest training image, apart from the colours, mostly has the label of the answer."""
    known, asked = (inks(part) for part in images)
    nearest = [train[row]["letter"] for row in (asked @ known.T).argmax(axis=1)]

    right = np.equal(nearest, [row["letter"] for row in solution])
    assert 0.7 < right.mean() < 0.95


def test_a_missing_font_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(mpl, "get_data_path", lambda: str(tmp_path))
    embedded_letters._font.cache_clear()
    embedded_letters._outline.cache_clear()
    folder = tmp_path / "letters"
    folder.mkdir()

    with pytest.raises(KitError, match=r"matplotlib has no font .*\.ttf"):
        write_letters(folder)
