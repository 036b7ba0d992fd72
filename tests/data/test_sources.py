import contextlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from tiny_competition import TINY, TRAIN, texts, train_text, write_folder, write_zip

from kaggle_kit.competition.description import (
    Competition,
    Images,
    Kind,
    Labels,
    Layout,
    Metric,
    Submission,
)
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.choices import Choices
from kaggle_kit.data.dataset import load_test, load_train
from kaggle_kit.data.sources import (
    KaggleSource,
    LocalSource,
    SampleSource,
    check_downloaded,
    fetch,
    make_source,
    read_manifest,
)
from kaggle_kit.errors import DataError, InputError, KitError, NetworkError
from kaggle_kit.workspace import files


class FakeKaggle:
    """Replaces KaggleDownloads: `data` writes `content` as a zip, or raises it if an error."""

    def __init__(self, content):
        self.content = content
        self.downloads = 0

    def data(self, folder, _progress):
        self.downloads += 1
        if isinstance(self.content, Exception):
            raise self.content
        return write_zip(folder / "digit-recognizer.zip", self.content)


class Broken:
    name = "broken"
    remedy = "fix it"

    def __init__(self, error):
        self.error = error

    def put(self, _competition, folder, _watch):
        (folder / "train.csv").write_text("half a fi")
        raise self.error


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "home" / "data" / "tiny"


@pytest.fixture
def local(tmp_path):
    return LocalSource(write_zip(tmp_path / "mine.zip", texts()))


def snapshot(folder):
    """Return every file with its bytes, and every folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def csvs(folder):
    return {path.name: path.read_text() for path in folder.glob("*.csv")}


def test_kaggles_zip_lands_as_csvs_with_a_manifest(folder):
    manifest, fetched = fetch(KaggleSource(FakeKaggle(texts())), TINY, folder)

    assert fetched
    assert csvs(folder) == texts()
    there = sorted(path.name for path in folder.iterdir())
    assert there == sorted([*texts(), "manifest.json", "cache"])
    assert manifest == read_manifest(folder)
    assert (manifest.source, manifest.is_sample) == ("kaggle", False)
    assert {name: part["rows"] for name, part in manifest.parts.items()} == {
        "train.csv": 6,
        "test.csv": 3,
    }
    for name, entry in manifest.files.items():
        assert entry["sha256"] == files.sha256(folder / name)
        assert entry["size"] == (folder / name).stat().st_size
    age = datetime.now(UTC) - datetime.fromisoformat(manifest.created)
    assert 0 <= age.total_seconds() < 60


def test_a_local_zip_and_a_local_folder_land_alike(tmp_path, folder):
    sources = [
        LocalSource(write_zip(tmp_path / "mine.zip", texts())),
        LocalSource(write_folder(tmp_path / "mine")),
    ]
    for source, name in zip(sources, ["mine.zip", "mine"], strict=True):
        manifest, fetched = fetch(source, TINY, folder, force=True)

        assert fetched
        assert manifest.source == name
        assert csvs(folder) == texts()


def test_the_data_folder_itself_can_be_the_source(folder):
    manifest, fetched = fetch(LocalSource(write_folder(folder)), TINY, folder)

    assert fetched
    assert csvs(folder) == texts()
    assert read_manifest(folder) == manifest


def test_the_sample_lands_with_its_own_row_counts_and_its_answers(folder):
    mnist = COMPETITIONS["digit-recognizer"]

    manifest, fetched = fetch(SampleSource(), mnist, folder)

    assert fetched
    assert manifest.is_sample
    assert {name: part["rows"] for name, part in manifest.parts.items()} == {
        "train.csv": 1437,
        "test.csv": 360,
    }
    assert len(load_train(folder, mnist).images) == 1437
    assert fetch(SampleSource(), mnist, folder) == (manifest, False)


def test_data_that_are_there_are_not_fetched_again(folder, local):
    client = FakeKaggle(texts())
    first, _ = fetch(KaggleSource(client), TINY, folder)
    before = snapshot(folder)

    for source in (KaggleSource(client), local):
        assert fetch(source, TINY, folder) == (first, False)

    assert client.downloads == 1
    assert snapshot(folder) == before


def test_force_fetches_again(folder):
    client = FakeKaggle(texts())
    fetch(KaggleSource(client), TINY, folder)

    _, fetched = fetch(KaggleSource(client), TINY, folder, force=True)

    assert fetched
    assert client.downloads == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [(name, None) for name in [*texts(), "manifest.json"]]
    + [("manifest.json", text) for text in (b"{", b"[]", b'{"files": {}}')],
)
def test_what_is_missing_is_fetched_again(folder, local, name, content):
    fetch(local, TINY, folder)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)

    manifest, fetched = fetch(local, TINY, folder)

    assert fetched
    assert csvs(folder) == texts()
    assert read_manifest(folder) == manifest


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b'{"source": "kaggle", "created": ""}',
        b'{"source": "kaggle", "created": "", "files": []}',
        b'{"source": "kaggle", "created": "", "files": {"train.csv": 1}}',
        b'{"source": "kaggle", "created": "", "files": {"train.csv": {"size": "x"}}}',
    ],
)
def test_a_torn_or_foreign_manifest_counts_as_none(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)

    assert read_manifest(tmp_path) is None


def test_no_manifest_is_none(tmp_path):
    assert read_manifest(tmp_path) is None


@pytest.mark.parametrize("with_manifest", [True, False])
def test_the_sample_does_not_replace_real_data_unless_forced(folder, local, with_manifest):
    mnist = COMPETITIONS["digit-recognizer"]
    fetch(local, TINY, folder)
    if not with_manifest:
        (folder / "manifest.json").unlink()
    before = snapshot(folder)

    with pytest.raises(InputError, match=r"holds train\.csv, test\.csv, sample_sub.*") as raised:
        fetch(SampleSource(), mnist, folder)

    assert "--home" in raised.value.hint
    assert "--force" in raised.value.hint
    assert snapshot(folder) == before
    assert fetch(SampleSource(), mnist, folder, force=True)[0].is_sample


def test_real_data_replace_the_sample_and_its_answers(folder, local):
    fetch(SampleSource(), COMPETITIONS["digit-recognizer"], folder)

    manifest, fetched = fetch(local, TINY, folder)

    assert fetched
    assert not manifest.is_sample
    assert csvs(folder) == texts()


@pytest.mark.parametrize(
    "failure",
    [
        KaggleSource(FakeKaggle(NetworkError("no answer"))),
        KaggleSource(FakeKaggle(texts(train=train_text(TRAIN[:2])))),
        KaggleSource(FakeKaggle({"train.csv": train_text()})),
        KaggleSource(FakeKaggle({})),
        Broken(InputError("broken")),
        Broken(OSError(28, "No space left on device")),
    ],
    ids=["network", "rows", "file missing", "nothing", "own error", "disk full"],
)
def test_a_fetch_that_fails_leaves_everything_as_it_was(folder, local, failure):
    with pytest.raises(KitError):
        fetch(failure, TINY, folder)
    assert not folder.exists()

    fetch(local, TINY, folder)
    load_train(folder, TINY)
    before = snapshot(folder)
    with pytest.raises(KitError):
        fetch(failure, TINY, folder, force=True)
    assert snapshot(folder) == before


def test_an_interrupted_landing_is_fetched_again_next_time(folder, local, monkeypatch):
    fetch(local, TINY, folder)
    replacing = files.replacing

    def interrupt(path):
        if path.name == "test.csv":
            raise KeyboardInterrupt
        return replacing(path)

    with monkeypatch.context() as patch:
        patch.setattr(files, "replacing", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fetch(local, TINY, folder, force=True)
    assert read_manifest(folder) is None

    assert fetch(local, TINY, folder)[1]
    assert csvs(folder) == texts()


def test_a_wrong_number_of_rows_names_the_file_the_source_and_both_numbers(folder):
    client = FakeKaggle(texts(train=train_text(TRAIN[:2])))

    with pytest.raises(DataError) as raised:
        fetch(KaggleSource(client), TINY, folder)

    assert str(raised.value) == "train.csv from kaggle: expected 6 rows, found 2"


def test_a_source_that_brings_nothing_is_an_error(folder):
    class Nothing:
        name = "nothing"
        remedy = "bring something"

        def put(self, competition, folder, watch):
            pass

    with pytest.raises(DataError, match=r"^train\.csv from nothing is missing$"):
        fetch(Nothing(), TINY, folder)


def test_a_full_disk_is_one_clear_error(folder):
    with pytest.raises(KitError, match="the disk is full") as raised:
        fetch(Broken(OSError(28, "No space left on device")), TINY, folder)

    assert raised.value.hint == "free some space"


def test_a_folder_without_rights_is_one_clear_error(folder, local, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("kaggle_kit.workspace.files.tempfile.TemporaryDirectory", refuse)

    with pytest.raises(KitError) as raised:
        fetch(local, TINY, folder)

    assert str(raised.value) == f"cannot fetch the data: {folder}: Permission denied"
    assert "--home" in raised.value.hint


def test_a_file_in_the_place_of_the_data_folder_is_one_clear_error(folder, local):
    folder.parent.mkdir(parents=True)
    folder.write_text("mine")

    with pytest.raises(KitError, match=r"^cannot fetch the data: .*tiny: File exists$"):
        fetch(local, TINY, folder)

    assert folder.read_text() == "mine"


def test_a_path_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"typo\.zip does not exist$"):
        LocalSource(tmp_path / "typo.zip")


@pytest.mark.parametrize("name", ["sample", "kaggle"])
def test_a_folder_called_like_another_source_is_not_taken_for_it(tmp_path, folder, name):
    manifest, _ = fetch(LocalSource(write_folder(tmp_path / name)), TINY, folder)

    assert manifest.source == f"./{name}"
    assert not manifest.is_sample


def test_the_source_follows_from_what_the_user_gave(tmp_path):
    client = FakeKaggle({})

    assert make_source(None, client) == KaggleSource(client)
    assert make_source("sample", client) == SampleSource()
    assert make_source(str(tmp_path), client) == LocalSource(tmp_path)


def test_the_manifest_is_plain_json_without_a_path_of_this_machine(tmp_path, folder, local):
    fetch(local, TINY, folder)

    text = (folder / "manifest.json").read_text()

    assert str(tmp_path) not in text
    assert json.loads(text)["source"] == "mine.zip"


def test_new_data_are_loaded_and_not_the_cache_of_the_old(tmp_path, folder, local):
    fetch(local, TINY, folder)
    assert load_train(folder, TINY).labels.tolist() == [0, 1, 2, 3, 4, 5]
    rows = [[9 - row[0], *row[1:]] for row in TRAIN]
    other = LocalSource(write_folder(tmp_path / "other", train=train_text(rows)))

    fetch(other, TINY, folder, force=True)

    assert load_train(folder, TINY).labels.tolist() == [9, 8, 7, 6, 5, 4]
    shutil.rmtree(tmp_path / "other")
    assert load_train(folder, TINY).labels.tolist() == [9, 8, 7, 6, 5, 4]


def edit(folder, name="train.csv", old="10", new="19"):
    """Change a value, but keep the size and the time of change of the file."""
    path = folder / name
    before = path.stat()
    path.write_text(path.read_text().replace(old, new, 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("kind", ["kaggle", "same zip"])
def test_a_file_that_was_edited_is_kept_until_forced(folder, local, kind):
    source = KaggleSource(FakeKaggle(texts())) if kind == "kaggle" else local
    fetch(local, TINY, folder)
    edit(folder)
    before = snapshot(folder)

    with pytest.raises(InputError, match=r"train\.csv was changed since it was down") as raised:
        fetch(source, TINY, folder)

    assert "--force" in raised.value.hint
    assert "--from" in raised.value.hint
    assert snapshot(folder) == before
    assert fetch(source, TINY, folder, force=True)[1]
    assert csvs(folder) == texts()


def test_an_edited_file_is_used_if_the_folder_that_holds_it_is_given(folder, local):
    fetch(local, TINY, folder)
    edit(folder)
    edited = csvs(folder)

    manifest, fetched = fetch(LocalSource(folder), TINY, folder)

    assert fetched
    assert csvs(folder) == edited != texts()
    assert manifest.files["train.csv"]["sha256"] == load_train(folder, TINY).sha256


def test_real_data_copied_over_the_sample_are_not_replaced_by_either(folder):
    mnist = COMPETITIONS["digit-recognizer"]
    fetch(SampleSource(), mnist, folder)
    write_folder(folder)
    before = snapshot(folder)

    for source in (SampleSource(), KaggleSource(FakeKaggle(texts()))):
        with pytest.raises(InputError, match=r"\.csv was changed since it was downloaded"):
            fetch(source, mnist, folder)
        assert snapshot(folder) == before


BAD = train_text().replace("44", "999")


@pytest.mark.parametrize("kind", ["kaggle", "local"])
def test_values_that_cannot_be_loaded_do_not_land_over_good_ones(tmp_path, folder, local, kind):
    fetch(local, TINY, folder)
    before = snapshot(folder)
    bad = LocalSource(write_folder(tmp_path / "bad", train=BAD))
    source = KaggleSource(FakeKaggle(texts(train=BAD))) if kind == "kaggle" else bad

    with pytest.raises(DataError) as raised:
        fetch(source, TINY, folder, force=True)

    assert str(raised.value).startswith(f"train.csv from {source.name}, line 6, column pixel4: ")
    assert "--force" not in raised.value.hint
    assert raised.value.hint.startswith(f"{source.remedy}; or correct images.range")
    assert snapshot(folder) == before


def test_the_first_load_after_a_fetch_is_from_the_cache(folder, local, monkeypatch):
    fetch(local, TINY, folder)
    read = Path.read_bytes
    monkeypatch.setattr(
        Path,
        "read_bytes",
        lambda path: pytest.fail("read") if path.suffix == ".csv" else read(path),
    )

    assert len(load_train(folder, TINY).images) == 6
    assert len(load_test(folder, TINY).images) == 3


def test_data_that_landed_are_vouched_for(folder, local):
    manifest, _ = fetch(local, TINY, folder)
    loaded = {"train.csv": load_train(folder, TINY).sha256}

    assert check_downloaded(folder, loaded) == manifest


@pytest.mark.parametrize("content", [None, "{", '{"source": "a", "created": "", "files": {}}'])
def test_data_without_a_whole_manifest_are_not_vouched_for(folder, local, content):
    fetch(local, TINY, folder)
    (folder / "manifest.json").unlink()
    if content is not None:
        (folder / "manifest.json").write_text(content)

    with pytest.raises(
        DataError, match="does not hold a complete download by `kaggle-kit download`"
    ) as raised:
        check_downloaded(folder, {"train.csv": load_train(folder, TINY).sha256})

    assert f"--from {folder}" in raised.value.hint


def test_an_edited_file_is_not_vouched_for(folder, local):
    fetch(local, TINY, folder)

    with pytest.raises(DataError, match=r"train\.csv was changed since it was downloaded$"):
        check_downloaded(
            folder, {"test.csv": load_test(folder, TINY).sha256, "train.csv": "0" * 64}
        )


def test_what_a_killed_fetch_left_is_removed_by_the_next(tmp_path, folder, local):
    script = tmp_path / "hang.py"
    script.write_text(
        "import sys, time\n"
        "from pathlib import Path\n"
        "from kaggle_kit.competition.registry import COMPETITIONS\n"
        "from kaggle_kit.workspace.files import replacing\n"
        "from kaggle_kit.data.sources import fetch\n"
        "class Hanging:\n"
        "    name = remedy = 'hanging'\n"
        "    def put(self, competition, folder, watch):\n"
        "        with replacing(folder.parent / 'train.csv'):\n"
        "            print('ready', flush=True)\n"
        "            time.sleep(60)\n"
        "fetch(Hanging(), COMPETITIONS['digit-recognizer'], Path(sys.argv[1]))\n"
    )
    command = [sys.executable, str(script), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        running = {path.name for path in folder.iterdir()}
        files.remove_leftovers(folder)
        assert {path.name for path in folder.iterdir()} == running
        process.kill()
    assert len(running) == 2

    fetch(local, TINY, folder)

    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_another_source_than_the_one_there_can_be_told(tmp_path, folder, local):
    fetch(local, TINY, folder)
    other = LocalSource(write_folder(tmp_path / "other"))

    manifest, fetched = fetch(other, TINY, folder)

    assert not fetched
    assert (manifest.source, other.name) == ("mine.zip", "other")


def test_a_zip_from_kaggle_that_lacks_files_is_no_error_of_usage(folder):
    with pytest.raises(DataError, match=r"lacks train\.csv"):
        fetch(KaggleSource(FakeKaggle({})), TINY, folder)


def pictured(images, labels):
    form = Submission(file="")
    return Competition("any", "Any", Kind.PHOTO, Metric.ACCURACY, images, labels, form)


def test_progress_is_shown_while_files_are_copied_and_images_are_read(tmp_path, folder):
    for name in ("train/a", "train/b", "test/c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("L", (4, 4), ord(name[-1])).save(tmp_path / f"{name}.png")
    (tmp_path / "train.csv").write_text("id,label\na,cat\nb,dog\n")
    images = Images(Layout.FILES, (4, 4), train="train/{id}.png", test="test/{id}.png")
    described = pictured(images, Labels(file="train.csv", id="id"))
    told = {}

    @contextlib.contextmanager
    def watch(what):
        yield lambda done, total: told.update({what: (done, total)})

    fetch(LocalSource(tmp_path), described, folder, watch=watch)

    assert list(told) == [
        "copying the files",
        "reading the training images",
        "reading the test images",
    ]
    assert [done == total for done, total in told.values()] == [True, True, True]
    assert told["reading the training images"] == (2, 2)


def test_training_images_in_a_folder_of_the_test_images_are_kept(tmp_path, folder):
    origin = tmp_path / "origin"
    for i, name in enumerate(["train/cat/a", "train/dog/b", "c"]):
        path = origin / "dataset" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), i + 1).save(path)
    images = Images(Layout.FOLDERS, (4, 4), train="dataset/train", test="dataset/{id}.png")
    described = pictured(images, Labels())

    for _ in range(2):
        fetch(LocalSource(origin), described, folder, force=True)

        assert load_train(folder, described).images[:, 0, 0].tolist() == [1, 2]
        assert load_test(folder, described).ids == ("c",)
        assert (folder / "dataset" / "train" / "cat" / "a.png").exists()


def test_images_beside_the_labels_land_with_them(tmp_path, folder):
    origin = tmp_path / "origin"
    origin.mkdir()
    for name in "abcd":
        Image.new("L", (4, 4), ord(name)).save(origin / f"{name}.png")
    (origin / "labels.csv").write_text("id,label\na,cat\nb,dog\n")
    images = Images(Layout.FILES, (4, 4), train="{id}.png", test="{id}.png")
    described = pictured(images, Labels(file="labels.csv", id="id"))
    for _ in range(2):
        fetch(LocalSource(origin), described, folder, force=True)
        assert {path.name for path in folder.glob("*.png")} == {f"{name}.png" for name in "abcd"}
        assert load_train(folder, described).ids == ("a", "b")
        assert load_test(folder, described).ids == ("c", "d")


def test_an_unreadable_training_image_is_an_error_that_says_how_to_leave_it_out(tmp_path, folder):
    origin = tmp_path / "origin"
    for name in ["train/cat/a", "train/dog/b", "train/dog/c", "test/d"]:
        path = origin / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), ord(name[-1])).save(path)
    (origin / "train" / "dog" / "c.png").write_bytes(b"no image")
    images = Images(Layout.FOLDERS, (4, 4), train="train", test="test/{id}.png")
    described = pictured(images, Labels())

    with pytest.raises(DataError, match="1 of 3 training images cannot be read") as raised:
        fetch(LocalSource(origin), described, folder)

    assert "`kaggle-kit download --skip-unreadable`" in raised.value.hint
    fetch(LocalSource(origin), described, folder, choices=Choices(skip_unreadable=True))
    assert len(load_train(folder, described).images) == 2
