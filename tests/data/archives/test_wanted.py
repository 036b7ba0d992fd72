import pytest

from kaggle_kit.competition.description import (
    Competition,
    Images,
    Kind,
    Labels,
    Layout,
    Metric,
    Submission,
)
from kaggle_kit.data.archives import Tree, wanted_files


def competition(layout, labels="", example="sample_submission.csv", **paths):
    return Competition(
        "some",
        "Some",
        Kind.PHOTO,
        Metric.ACCURACY,
        Images(layout, (2, 2), **paths),
        Labels(file=labels),
        Submission(file=example),
    )


def test_csvs_of_pixels_are_wanted_with_the_example_of_a_submission():
    wanted = wanted_files(competition(Layout.PIXEL_COLUMNS, further=("Dig-MNIST.csv",)))

    assert wanted.files == ("train.csv", "test.csv", "Dig-MNIST.csv", "sample_submission.csv")
    assert wanted.trees == ()
    assert wanted.optional == {"sample_submission.csv"}


def test_of_an_npz_the_file_is_wanted_without_the_key():
    found = competition(
        Layout.NPZ, train="k49/all.npz:train", test="k49/all.npz:test", example="", labels="y.npz"
    )

    assert wanted_files(found).files == ("k49/all.npz", "y.npz")
    assert wanted_files(found).optional == frozenset()


@pytest.mark.parametrize(
    ("layout", "train", "test", "trees"),
    [
        (Layout.FILES, "train/{id}.jpg", "test/{id}.jpg",
         [Tree("train", ".jpg"), Tree("test", ".jpg")]),
        (Layout.FILES, "train/{label}/{id}", "test/{id}.png",
         [Tree("train", "", 1), Tree("test", ".png")]),
        (Layout.FILES, "images/{id}.jpg", "images/{id}.jpg", [Tree("images", ".jpg")]),
        (Layout.FILES, "images/{id}.jpg", "images/test/{id}.jpg", [Tree("images", ".jpg")]),
        (Layout.FILES, "data/train/a_{id}.jpg", "./data/test/{id}.tif",
         [Tree("data/train", ".jpg"), Tree("data/test", ".tif")]),
        (Layout.FILES, "{id}.jpg", "test/{id}.jpg", [Tree("", ".jpg"), Tree("test", ".jpg")]),
        (Layout.FILES, "{fold}/{id}.{ending}", "{id}", [Tree("", "", 1)]),
        (Layout.FOLDERS, "train", "test/{file}", [Tree("train", depth=1), Tree("test")]),
    ],
)  # fmt: skip
def test_of_a_template_the_folder_before_the_first_brace_is_wanted(layout, train, test, trees):
    wanted = wanted_files(competition(layout, labels="labels.csv", train=train, test=test))

    assert list(wanted.trees) == trees
    assert wanted.files == ("labels.csv", "sample_submission.csv")


def test_every_path_is_wanted_once():
    same = competition(Layout.PIXEL_STRING, labels="./train.csv")

    assert wanted_files(same).files == ("train.csv", "test.csv", "sample_submission.csv")
