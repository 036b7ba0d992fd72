"""What files tell about their layout: odd ones, ambiguous ones, and damaged ones."""

import contextlib
import csv
import random
import shutil

import numpy as np
import pytest
from layouts import make
from PIL import Image

from kaggle_kit.data.csvs.pixel_names import find_pixels
from kaggle_kit.data.inspection.findings import Findings, Given, Origin, Sure
from kaggle_kit.data.inspection.inspecting import inspect_files, take_options
from kaggle_kit.data.inspection.material import Material
from kaggle_kit.errors import DataError, InputError, KitError


@pytest.fixture
def inspect(tmp_path):
    def inspect(origin, **given):
        findings = Findings(Given(**given))
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        with contextlib.ExitStack() as stack:
            take_options(findings)
            inspect_files(Material(origin, scratch, stack), findings)
        return findings

    return inspect


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def write(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def picture(path, value=100, size=(8, 8), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(value)
    shape = (*size, 3) if mode == "RGB" else size
    Image.fromarray(rng.integers(0, 255, shape).astype(np.uint8)).save(path)


def pixels(files, names, *, label="label", train="train.csv", test="test.csv"):
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (12, len(names))).tolist()
    write(files / train, [label, *names], [[i % 3, *row] for i, row in enumerate(rows)])
    write(files / test, names, rows[:6])
    write(files / "sample_submission.csv", ["id", label], [[i, 0] for i in range(6)])


class TestPixelColumns:
    @pytest.mark.parametrize(
        ("names", "pattern", "first", "size"),
        [
            ([f"pixel{i}" for i in range(64)], "pixel{}", 0, (8, 8)),
            ([f"px{i}_value" for i in range(1, 50)], "px{}_value", 1, (7, 7)),
            ([f"{i}" for i in range(64)], "{}", 0, (8, 8)),
            ([f"p_{i:04}" for i in range(64)], "p_{:04}", 0, (8, 8)),
            ([f"{r}x{c}" for r in range(1, 7) for c in range(1, 9)], "{row}x{column}", 1, (6, 8)),
            ([f"x{c}y{r}" for r in range(6) for c in range(8)], "x{column}y{row}", 0, (6, 8)),
            (
                [f"{r:02}_{c:02}" for r in range(7) for c in range(7)],
                "{row:02}_{column:02}",
                0,
                (7, 7),
            ),
            ([f"pixel{i}" for i in range(50)], "pixel{}", 0, None),
        ],
    )  # fmt: skip
    def test_are_known_by_their_numbers(self, names, pattern, first, size):
        found = find_pixels(["label", *names[:20], "extra", *names[20:]])
        assert (found.pattern, found.first, found.size) == (pattern, first, size)
        assert found.names == set(names)

    @pytest.mark.parametrize(
        "names",
        [
            ["PassengerId", "Survived", "Pclass", "Name", "Age"],
            [f"f{i}" for i in range(20)],
            [f"{group}{i}" for group in ("margin", "shape", "texture") for i in range(64)],
            [f"pixel{i}" for i in range(0, 128, 2)],
            [f"{r}x{c}" for r in range(8) for c in range(8) if r or c],
        ],
    )
    def test_are_not_seen_in_other_columns(self, names):
        assert find_pixels(names) is None


class TestRoles:
    def test_two_files_that_could_be_for_training_are_asked_about(self, files, inspect):
        names = [f"pixel{i}" for i in range(64)]
        pixels(files, names, train="one.csv")
        pixels(files, [*names, "extra"], train="other.csv")
        found = inspect(files, metric="accuracy")
        (unclear,) = found.unclear
        assert unclear.option == "train"
        assert "one.csv or other.csv" in unclear.why
        found = inspect(files, metric="accuracy", train="other.csv")
        assert found.unclear == []
        assert found.facts["images.train"].value == "other.csv"
        assert found.facts["images.train"].origin == Origin.OPTION

    def test_a_train_file_that_is_not_there_is_an_error_with_those_that_are(self, files, inspect):
        pixels(files, [f"pixel{i}" for i in range(64)])
        with pytest.raises(
            InputError, match=r"no images in 'x.csv': expected test.csv or train.csv"
        ):
            inspect(files, train="x.csv")

    def test_a_test_file_with_labels_stays_the_test_file(self, files, inspect):
        pixels(files, [f"pixel{i}" for i in range(64)], train="mnist_train.csv")
        (files / "test.csv").unlink()
        shutil.copy(files / "mnist_train.csv", files / "mnist_test.csv")
        found = inspect(files, metric="accuracy")
        assert found.unclear == []
        assert found.value("images.train") == "mnist_train.csv"
        assert found.value("images.test") == "mnist_test.csv"
        assert found.value("labels.column") == "label"
        assert found.value("images.further") is None

    def test_pixels_that_are_no_square_need_a_size(self, files, inspect):
        pixels(files, [f"pixel{i}" for i in range(50)])
        (unclear,) = inspect(files, metric="accuracy").unclear
        assert (unclear.option, unclear.example) == ("size", "5x10")
        assert inspect(files, metric="accuracy", size="10x5").value("images.size") == [10, 5]
        with pytest.raises(InputError, match="50 pixels, which are not 5x5"):
            inspect(files, metric="accuracy", size="5x5")

    def test_columns_of_images_in_colour_are_refused(self, files, inspect):
        pixels(files, [f"pixel{i}" for i in range(300)])
        with pytest.raises(InputError, match="10x10 in colour"):
            inspect(files, metric="accuracy")

    def test_several_columns_that_could_be_labels_are_asked_about(self, files, inspect):
        names = [f"pixel{i}" for i in range(64)]
        pixels(files, names, label="a")
        rows = [[i % 2, i % 3, *range(64)] for i in range(12)]
        write(files / "train.csv", ["shape", "colour", *names], rows)
        (unclear, *_) = inspect(files, metric="accuracy").unclear
        assert unclear.option == "label"
        assert "shape or colour of train.csv" in unclear.why
        found = inspect(files, metric="accuracy", label="colour")
        assert found.value("labels.column") == "colour"
        with pytest.raises(InputError, match="no column 'x': it has shape or colour"):
            inspect(files, label="x")


class TestPictures:
    def labelled(self, files, names, *, ids=None, ending=".png"):
        for i, name in enumerate(names):
            picture(files / f"train/{name}{ending}", i)
        for i in range(4):
            picture(files / f"test/t{i}{ending}", i)
        rows = [[one, "ab"[i % 2]] for i, one in enumerate(ids or names)]
        write(files / "labels.csv", ["picture", "kind"], rows)
        write(
            files / "sampleSubmission.csv", ["picture", "kind"], [[f"t{i}", "a"] for i in range(4)]
        )

    def test_of_several_formats_are_found_by_ids_without_endings(self, files, inspect):
        self.labelled(files, [f"n{i}" for i in range(8)])
        for i in (1, 3):
            (files / f"train/n{i}.png").unlink()
            picture(files / f"train/n{i}.jpg", i)
        found = inspect(files, metric="accuracy")
        assert found.unclear == []
        assert found.value("images.train") == "train/{id}.png"
        assert found.value("images.test") == "test/{id}.png"
        assert found.value("submission.file") == "sampleSubmission.csv"

    def test_may_be_called_by_a_path_in_the_csv(self, files, inspect):
        names = [f"n{i}" for i in range(8)]
        self.labelled(files, names, ids=[f"train/{name}.png" for name in names])
        found = inspect(files, metric="accuracy")
        assert found.value("images.train") == "{id}"

    def test_with_the_same_numbers_in_train_and_test_are_kept_apart(self, files, inspect):
        for part in ("train", "test"):
            for i in range(6):
                picture(files / f"{part}/{i}.png", i)
        write(files / "train.csv", ["id", "label"], [[i, i % 2] for i in range(6)])
        write(files / "sample_submission.csv", ["id", "label"], [[i, 0.5] for i in range(6)])
        found = inspect(files, metric="auc")
        assert found.value("images.train") == "train/{id}.png"
        assert found.value("images.test") == "test/{id}.png"

    def test_without_labels_anywhere_are_asked_about(self, files, inspect):
        for i in range(6):
            picture(files / f"train/n{i}.png", i)
            picture(files / f"test/t{i}.png", i)
        (unclear, *_) = inspect(files, metric="accuracy").unclear
        assert "no CSV has the names of the images" in unclear.why

    def test_in_folders_of_classes_at_the_top_are_refused_with_what_to_do(self, files, inspect):
        for i in range(6):
            picture(files / f"{'ab'[i % 2]}/{i}.png", i)
            picture(files / f"test/{i}.png", i)
        with pytest.raises(InputError, match="a or b, are in no folder of their own"):
            inspect(files, metric="accuracy")

    def test_that_are_tested_in_several_folders_are_refused(self, files, inspect):
        for i in range(8):
            picture(files / f"train/{'ab'[i % 2]}/{i}.png", i)
            picture(files / f"test/{'ab'[i % 2]}/{i}.png", i)
        with pytest.raises(InputError, match="in several folders: test/a or test/b"):
            inspect(files, metric="accuracy")

    def test_that_are_large_get_a_smaller_size_with_the_reason(self, files, inspect):
        self.labelled(files, [f"n{i}" for i in range(8)])
        for path in files.rglob("*.png"):
            picture(path, 3, (300, 200))
        fact = inspect(files, metric="accuracy").facts["images.size"]
        assert fact.value == [64, 64]
        assert fact.sure == Sure.LIKELY
        assert "300x200" in fact.why

    def test_that_are_grey_though_saved_in_colour_are_grey(self, files, inspect):
        self.labelled(files, [f"n{i}" for i in range(8)])
        for path in files.rglob("*.png"):
            Image.fromarray(np.full((8, 8), 90, np.uint8)).convert("RGB").save(path)
        assert inspect(files, metric="accuracy").value("images.channels") == 1

    def test_some_of_which_are_damaged_are_told(self, files, inspect):
        self.labelled(files, [f"n{i}" for i in range(8)])
        (files / "train/n3.png").write_bytes(b"no image")
        found = inspect(files, metric="accuracy")
        assert any("n3.png cannot be read" in note for note in found.notes)

    def test_all_of_which_are_damaged_are_an_error(self, files, inspect):
        self.labelled(files, [f"n{i}" for i in range(8)])
        for path in files.rglob("*.png"):
            path.write_bytes(b"no image")
        with pytest.raises(DataError, match=r"\.png cannot be read as an image"):
            inspect(files, metric="accuracy")

    def test_with_several_labels_are_refused(self, files, inspect):
        self.labelled(files, [f"n{i}" for i in range(8)])
        rows = [[f"n{i}", 1, i % 2] for i in range(8)]
        write(files / "labels.csv", ["picture", "cat", "dog"], rows)
        write(files / "sampleSubmission.csv", ["picture", "cat", "dog"], [["t0", 0.5, 0.5]])
        with pytest.raises(InputError, match="several labels, or none, in cat or dog"):
            inspect(files, metric="auc")

    def test_with_numbers_to_predict_are_refused(self, files, inspect):
        self.labelled(files, [f"n{i}" for i in range(8)])
        write(files / "labels.csv", ["picture", "kind"], [[f"n{i}", i + 0.37] for i in range(8)])
        with pytest.raises(InputError, match=r"expected classes, found numbers such as 0\.37"):
            inspect(files, metric="accuracy")


class TestArrays:
    def test_in_one_file_are_called_by_their_keys(self, files, inspect):
        rng = np.random.default_rng(0)
        train, test = (rng.integers(0, 255, (n, 8, 8, 3)).astype(np.uint8) for n in (9, 5))
        labels = np.arange(9) % 3
        np.savez(files / "all.npz", x_train=train, y_train=labels, x_test=test)
        found = inspect(files, metric="accuracy")
        assert found.unclear == []
        assert found.value("images.train") == "all.npz:x_train"
        assert found.value("images.test") == "all.npz:x_test"
        assert found.value("labels.file") == "all.npz:y_train"
        assert found.value("images.channels") == 3


class TestAnswers:
    def test_that_contradict_the_metric_are_refused(self, files, inspect):
        pixels(files, [f"pixel{i}" for i in range(64)])
        write(files / "sample_submission.csv", ["id", "label"], [[i, "0 1 2"] for i in range(6)])
        with pytest.raises(
            InputError, match="asks for top_k, which does not go with metric accuracy"
        ):
            inspect(files, metric="accuracy")

    def test_for_other_classes_than_the_labels_are_refused(self, files, inspect):
        pixels(files, [f"pixel{i}" for i in range(64)])
        write(files / "sample_submission.csv", ["id", "a", "b"], [[i, 0.5, 0.5] for i in range(6)])
        with pytest.raises(
            InputError, match="asks for a or b, which are not the labels: 0, 1 or 2"
        ):
            inspect(files, metric="log_loss")

    def test_of_one_probability_are_refused_for_three_labels(self, files, inspect):
        pixels(files, [f"pixel{i}" for i in range(64)])
        with pytest.raises(InputError, match="one probability, and there are 3 labels"):
            inspect(files, metric="auc")

    def test_without_an_example_are_a_guess(self, files, inspect):
        pixels(files, [f"pixel{i}" for i in range(64)])
        (files / "sample_submission.csv").unlink()
        found = inspect(files, metric="accuracy")
        assert found.value("submission.file") == ""
        assert found.facts["submission.column"].sure == Sure.GUESS


class TestBadInput:
    def test_an_empty_folder(self, files, inspect):
        with pytest.raises(InputError, match="holds no files"):
            inspect(files)

    def test_a_table_without_images(self, files, inspect):
        write(files / "train.csv", ["PassengerId", "Survived", "Age"], [[1, 0, 22], [2, 1, 38]])
        with pytest.raises(InputError, match=r"has no images: .* found train\.csv"):
            inspect(files)

    def test_texts(self, files, inspect):
        (files / "readme.txt").write_text("nothing\n")
        with pytest.raises(InputError, match=r"has no images: .* found readme\.txt"):
            inspect(files)

    @pytest.mark.parametrize("content", [b"", b"PK\3\4 and then nothing", b"plain text"])
    def test_a_broken_archive(self, files, inspect, content):
        (files / "data.zip").write_bytes(content)
        with pytest.raises(InputError, match=r"data\.zip"):
            inspect(files / "data.zip")
        with pytest.raises(InputError, match=r"data\.zip"):
            inspect(files)

    def test_a_zip_that_was_cut_short(self, tmp_path, inspect):
        made = make("digit-recognizer", tmp_path, packed=True).data
        made.write_bytes(made.read_bytes()[:-2000])
        with pytest.raises(DataError, match="damaged or was cut short"):
            inspect(made)

    @pytest.mark.parametrize(
        ("name", "note"),
        [
            ("semicolons", "train.csv: separated by semicolons"),
            ("no-header", "train.csv: no line of names; read as label, pixel0, …, pixel783"),
            ("index-column", None),
        ],
    )
    def test_a_csv_in_another_form_is_read_and_told(self, tmp_path, inspect, name, note):
        found = inspect(make(name, tmp_path).data, metric="accuracy")
        assert found.unclear == []
        assert (note is None) or note in found.notes
        assert found.value("images.columns") == "pixel{}"
        assert found.value("labels.column") == "label"

    def test_numbers_without_names_that_are_unclear_are_refused(self, files, inspect):
        (files / "train.csv").write_text("5,9,2,7,1,1\n1,4,5,8,1,1\n")
        with pytest.raises(DataError, match="begins with numbers"):
            inspect(files)

    @pytest.mark.parametrize(
        ("option", "value"),
        [("size", "big"), ("size", "28"), ("channels", "4"), ("metric", "f1"), ("kind", "x")],
    )
    def test_an_option_of_another_form(self, files, inspect, option, value):
        with pytest.raises(InputError, match=rf"--{option} is '{value}', expected"):
            inspect(files, **{option: value})


MUTATED = ["Kannada-MNIST", "plant-pathology-2020-fgvc7", "dogs-vs-cats-redux-kernels-edition"]
MUTATED += ["kmnist", "one-hot"]


@pytest.mark.parametrize("name", MUTATED)
def test_changed_files_give_findings_or_a_known_error(name, tmp_path, inspect):
    """Twenty times, one to three files are damaged, emptied, renamed, deleted or cut."""
    made = make(name, tmp_path, train=24, test=8).data
    for seed in range(20):
        rng, changed = random.Random(f"{name}{seed}"), tmp_path / f"changed{seed}"
        shutil.copytree(made, changed)
        for _ in range(rng.randint(1, 3)):
            mutate(changed, rng)
        with contextlib.suppress(KitError):
            inspect(changed, metric=rng.choice(["", "accuracy", "auc", "log_loss"]))


def mutate(folder, rng):
    path = rng.choice(sorted(path for path in folder.rglob("*") if path.is_file()))
    content = path.read_bytes()
    place = rng.randrange(len(content) + 1)
    what = rng.randrange(7)
    if what == 0:
        path.unlink()
    elif what == 1:
        path.write_bytes(content[:place])
    elif what == 2:
        path.write_bytes(content[:place] + rng.randbytes(rng.randint(1, 9)) + content[place:])
    elif what == 3:
        path.write_bytes(b"")
    elif what == 4:
        path.rename(path.with_name(f"{rng.choice(['train', 'test', 'x'])}{path.suffix}"))
    elif what == 5:
        header, _, rest = content.partition(b"\n")
        path.write_bytes(header.replace(b"label", b"id") + b"\n" + rest[: place // 2] + b"\n")
    else:
        path.write_bytes(
            content.replace(b",0", rng.choice([b",", b",-1", b",x", b",1e400", b';"']))
        )
