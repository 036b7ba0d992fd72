"""Every description that comes with the kit, and generated files of its layout."""

import io
import json
import lzma
import re
import tarfile
import tomllib
import zipfile
from collections import Counter
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from layouts import COMPETITIONS, COPIES, described, make
from layouts.described import DESCRIBED_HERE, OF_ANY_SIZE
from layouts.reading import read
from PIL import Image

from kaggle_kit.competition.description import Answer, Kind, Layout
from kaggle_kit.competition.toml_file import parse_description, write_description

# The letters are a sample that the kit draws, in `data/samples/letters.py`.
KNOWN = {slug: one for slug, one in described.KNOWN.items() if slug != "letters"}
DESCRIBED = {name: one for name, one in described.DESCRIBED.items() if name != "letters"}
FOLDER = resources.files("kaggle_kit.competition") / "known"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """Return the data of a layout, made once, and what a plain reader reads there."""
    made = {}

    def get(name):
        if name not in made:
            files = make(name, tmp_path_factory.mktemp("layout"))
            made[name] = files, read(files.data, DESCRIBED[name])
        return made[name]

    return get


def test_every_description_has_a_generator_and_every_generator_a_description():
    assert COMPETITIONS.keys() == KNOWN.keys()
    assert COPIES.keys() <= DESCRIBED_HERE.keys()


@pytest.mark.parametrize("slug", KNOWN)
def test_a_description_is_in_the_folder_of_its_slug_and_is_written_as_it_is_read(slug):
    assert KNOWN[slug].slug == slug
    assert parse_description(tomllib.loads(write_description(KNOWN[slug])), slug) == KNOWN[slug]


@pytest.mark.parametrize("slug", KNOWN)
def test_a_file_of_checksums_has_the_md5_of_kaggles_zip(slug):
    path = FOLDER / slug / "checksums.json"
    if path.is_file():
        [(name, sums)] = json.loads(path.read_text(encoding="utf-8")).items()
        assert name == f"{slug}.zip"
        assert re.fullmatch("[0-9a-f]{32}", sums["md5"])


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_images_are_as_the_description_says(name, generated):
    _, found = generated(name)
    images = DESCRIBED[name].images
    assert len(found.train) == len(found.labels)
    shapes = {picture.shape for picture in [*found.train, *found.test]}
    if name not in OF_ANY_SIZE:
        assert shapes == {images.shape}
    elif name != "whale-categorization-playground":  # of which some are grey
        assert {len(shape) for shape in shapes} == {2 if images.channels == 1 else 3}
    if images.layout not in {Layout.FILES, Layout.FOLDERS}:
        values = np.concatenate([np.ravel(picture) for picture in found.train])
        assert values.min() == images.range[0]
        assert images.range[1] * 0.8 < values.max() <= images.range[1]


@pytest.mark.parametrize("name", DESCRIBED)
def test_no_image_is_left_over(name, generated):
    files, found = generated(name)
    pictures = [path for path in files.data.rglob("*") if path.suffix in {".jpg", ".png", ".tif"}]
    if pictures:
        assert len(pictures) == len(found.train) + len(found.test)


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_example_asks_for_the_answer_that_the_description_says(name, generated):
    files, found = generated(name)
    described = DESCRIBED[name]
    names = list(found.example.columns)
    hidden = pd.read_csv(files.solution, dtype=str)
    assert sorted(found.example.iloc[:, 0]) == sorted(hidden["id"])
    if found.ids is not None:
        assert sorted(found.ids) == sorted(hidden["id"])
    assert len(found.test) == len(hidden)
    assert set(hidden["label"]) <= set(found.labels)
    if described.submission.answer == Answer.PROBABILITIES:
        assert names[1:] == list(described.labels.columns or sorted(set(found.labels)))
    else:
        assert len(names) == 2
    if described.submission.answer == Answer.TOP_K:
        assert set(found.example[names[1]].str.split().str.len()) == {described.submission.k}
    if described.submission.answer == Answer.PROBABILITY:
        assert len(set(found.labels)) == 2
        assert described.submission.positive in {"", *found.labels}


def test_groups_are_those_of_the_camera_traps(generated):
    files, found = generated("iwildcam-2019-fgvc6")
    group = KNOWN["iwildcam-2019-fgvc6"].labels.group
    asked = pd.read_csv(files.data / "test.csv", dtype=str)
    assert len(set(found.table[group])) == 6
    assert set(found.table[group]).isdisjoint(asked[group])


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_classes_can_be_told_apart(name, generated):
    """The nearest training image, at eight by eight pixels, mostly has the right label."""
    files, found = generated(name)
    truth = pd.read_csv(files.solution, dtype=str).set_index("id")["label"]
    ids = found.ids or list(truth.index)
    train, test = (np.stack([small(p) for p in part]) for part in (found.train, found.test))
    nearest = ((test[:, None] - train) ** 2).sum(axis=2).argmin(axis=1)
    right = np.array([found.labels[i] for i in nearest]) == truth[ids].to_numpy()
    assert right.mean() > (0.7 if len(set(found.labels)) == 2 else 0.5)


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_class_has_a_row_for_each_of_three_folds(name, generated):
    _, found = generated(name)
    assert min(Counter(found.labels).values()) >= 3


def small(picture):
    scale = 255 / max(1, picture.max())
    image = Image.fromarray((picture * scale).astype(np.uint8)).convert("RGB")
    return np.asarray(image.resize((8, 8), Image.Resampling.BOX), float).ravel() / 255


@pytest.mark.parametrize(
    "name", ["Kannada-MNIST", "iwildcam-2019-fgvc6", "paddy-disease-classification", "kmnist"]
)
def test_the_same_seed_gives_the_same_files_and_another_one_others(name, tmp_path):
    first, again, other = (
        contents(make(name, tmp_path / str(i), train=24, seed=seed).data)
        for i, seed in enumerate([1, 1, 2])
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("name", COMPETITIONS)
def test_the_zip_has_the_same_files_in_its_archives(name, tmp_path):
    folder = contents(make(name, tmp_path / "folder").data)
    packed = make(name, tmp_path / "zip", packed=True).data
    assert packed.name == f"{name}.zip"
    assert sorted(unpacked(packed.read_bytes(), "")) == sorted(folder.values())


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def unpacked(content, name):
    """Yield the contents of all files in an archive and in those within it."""
    if content.startswith(b"7z\xbc\xaf"):
        yield from pictures_in_7z(content)
    elif name.endswith(".tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            yield from (archive.extractfile(member).read() for member in archive)
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inside in archive.namelist():
                yield from unpacked(archive.read(inside), inside)
    else:
        yield content


def pictures_in_7z(content):
    """The PNGs of the one LZMA2 stream that follows the 32 bytes at the start of the archive."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    data = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters).decompress(content[32:])
    start = b"\x89PNG\r\n"
    yield from (start + rest for rest in data.split(start)[1:])


def test_glyphs_are_what_is_written():
    assert {slug for slug, known in KNOWN.items() if known.kind == Kind.GLYPH} == {
        "digit-recognizer",
        "Kannada-MNIST",
    }


def test_a_size_that_the_competition_fixes_cannot_be_chosen(tmp_path):
    with pytest.raises(ValueError, match="cifar-10 has a fixed side"):
        make("cifar-10", tmp_path, side=20)
