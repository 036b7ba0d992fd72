import dataclasses
import random
import re
import string
import tomllib
from importlib import resources

import pytest

from kaggle_kit.competition.description import (
    Answer,
    Competition,
    Images,
    Kind,
    Labels,
    Layout,
    Metric,
    Submission,
)
from kaggle_kit.competition.toml_file import (
    parse_description,
    read_description,
    write_description,
)
from kaggle_kit.errors import InputError

KNOWN = {
    path.name: (path / "description.toml").read_text(encoding="utf-8")
    for path in (resources.files("kaggle_kit.competition") / "known").iterdir()
}
DIGITS = "digit-recognizer"
KANNADA = "Kannada-MNIST"
FACES = "challenges-in-representation-learning-facial-expression-recognition-challenge"
CACTUS = "aerial-cactus-identification"
SEEDLINGS = "plant-seedlings-classification"
WHALES = "whale-categorization-playground"
APPLES = "plant-pathology-2020-fgvc7"
PETS = "dogs-vs-cats-redux-kernels-edition"


def changed(slug, /, **values):
    """Return the content of a description; `images__size=[0, 5]` sets a key, None deletes it."""
    content = tomllib.loads(KNOWN[slug])
    for path, value in values.items():
        *tables, key = path.split("__")
        table = content
        for name in tables:
            table = table.setdefault(name, {})
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    return content


def error_of(content):
    with pytest.raises(InputError) as caught:
        parse_description(content, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_description_has_the_defaults_of_what_it_does_not_say():
    content = {
        "slug": "letters",
        "title": "Letters",
        "kind": "glyph",
        "metric": "accuracy",
        "images": {"layout": "pixel columns", "size": [32, 32]},
    }
    assert parse_description(content, "letters.toml") == Competition(
        "letters",
        "Letters",
        Kind.GLYPH,
        Metric.ACCURACY,
        Images(Layout.PIXEL_COLUMNS, (32, 32)),
    )


def test_what_was_written_is_read_again(tmp_path):
    competition = Competition(
        "my-letters",
        'Letters "and" digits \\ ж',
        Kind.PHOTO,
        Metric.MAP_AT_K,
        Images(
            Layout.NPZ,
            (20, 30),
            "x.npz:train",
            "x.npz:test",
            3,
            further=("y.npz", "z.npz:more"),
            range=(-0.5, 1e-07),
        ),
        Labels(file="x.npz:labels", classes=("a", "b", "c"), group="writer"),
        Submission(Answer.TOP_K, file="", id="Id", column="Label", k=3),
        notebooks_only=True,
        honest_limit=0.5,
        honest_source="nobody",
    )
    path = tmp_path / "mine.toml"
    path.write_text(write_description(competition), encoding="utf-8")
    assert read_description(path) == competition


def test_a_description_that_begins_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(KNOWN[DIGITS], encoding="utf-8-sig")
    assert read_description(path).slug == DIGITS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'slug = "a', "is not TOML"),
        (b"\xff\xfes\x00l\x00", "is not TOML: it is not UTF-8 text: byte 1 cannot be read"),
        (b"a = " + b"[" * 100_000, "is not TOML"),
        (b"a = " + b"9" * 10_000, "is not TOML"),
        (b'slug = "a"\nslug = "b"\n[x]', "is not TOML: Cannot overwrite a value (at line 2"),
    ],
    ids=["cut", "utf-16", "nested", "huge", "twice"],
)
def test_a_file_that_is_not_toml_is_an_error_that_says_where(tmp_path, content, said):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_description(path)
    assert f"{path} {said}" in str(caught.value)


@pytest.mark.parametrize("name", ["nowhere.toml", "."])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, name):
    with pytest.raises(InputError, match=r"does not exist|cannot be read"):
        read_description(tmp_path / name)


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({"tilte": "a"}, 'tilte is "a", which is no key, expected one of slug, title', "title"),
        ({"images__layuot": "files"}, "images.layuot is", "layout"),
        ({"labels__colum": "x"}, "labels.colum is", "column"),
        (
            {"metric": "Macro-F1"},
            'metric is "Macro-F1", expected "accuracy", "macro_f1"',
            "macro_f1",
        ),
        ({"images__layout": "folder"}, 'images.layout is "folder"', "folders"),
        ({"kind": "photograph"}, 'kind is "photograph", expected "glyph" or "photo"', "photo"),
    ],
)
def test_a_typing_error_is_answered_with_the_name_that_was_meant(values, message, hint):
    error = error_of(changed(DIGITS, **values))
    assert message in str(error)
    assert error.hint == f"did you mean {hint}?"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"slug": None}, "slug is missing, expected a text in quotes"),
        ({"images": None}, "images is missing, expected a table"),
        ({"images__size": None}, "images.size is missing, expected a list of two whole numbers"),
        ({"images": "files"}, 'images is "files", expected a table'),
        ({"title": 5}, "title is 5, expected a text in quotes"),
        ({"train_rows": True}, "train_rows is true, expected a whole number"),
        ({"train_rows": 1.5}, "train_rows is 1.5, expected a whole number"),
        ({"honest_limit": "high"}, 'honest_limit is "high", expected a number'),
        ({"honest_limit": 10**400}, "honest_limit is 1000000"),
        ({"notebooks_only": 1}, "notebooks_only is 1, expected true or false"),
        ({"images__size": [28, True]}, "images.size is [28, true], expected a list of two whole"),
        ({"images__size": [28]}, "images.size is [28], expected a list of two whole numbers"),
        ({"images__size": {"height": 2}}, "images.size is {"),
        ({"labels__classes": ["a", 1]}, 'labels.classes is ["a", 1], expected a list of texts'),
        ({"labels__classes": "abc"}, 'labels.classes is "abc", expected a list of texts'),
        ({"metric": ["auc"]}, 'metric is ["auc"], expected "accuracy"'),
    ],
)
def test_a_value_of_another_type_is_an_error_that_says_what_to_write(values, message):
    assert message in str(error_of(changed(DIGITS, **values)))


@pytest.mark.parametrize(
    ("slug", "key", "values"),
    [
        (DIGITS, "slug", {"slug": "Digit Recognizer"}),
        (DIGITS, "slug", {"slug": "../digits"}),
        (DIGITS, "slug", {"slug": "digits\n"}),
        (DIGITS, "title", {"title": "  "}),
        (DIGITS, "title", {"title": "two\nlines"}),
        (DIGITS, "leak", {"leak": " "}),
        (DIGITS, "train_rows", {"train_rows": 0}),
        (DIGITS, "test_rows", {"test_rows": 10**30}),
        (DIGITS, "public_rows", {"public_rows": 28_001}),
        (DIGITS, "honest_limit", {"honest_limit": 1}),
        (DIGITS, "honest_limit", {"honest_limit": float("nan")}),
        ("dog-breed-identification", "honest_limit", {"honest_limit": float("inf")}),
        (DIGITS, "honest_source", {"honest_source": None}),
        (DIGITS, "honest_source", {"honest_limit": None}),
        (DIGITS, "images.size", {"images__size": [0, 5]}),
        (DIGITS, "images.size", {"images__size": [28, -28]}),
        (DIGITS, "images.size", {"images__size": [28, 10**20]}),
        (DIGITS, "images.channels", {"images__channels": 3}),
        (CACTUS, "images.channels", {"images__channels": 4}),
        (DIGITS, "images.range", {"images__range": [255, 0]}),
        (DIGITS, "images.range", {"images__range": [0, float("nan")]}),
        (DIGITS, "images.range", {"images__range": [0, float("inf")]}),
        (DIGITS, "images.first", {"images__first": -1}),
        (DIGITS, "images.columns", {"images__columns": "pixel"}),
        (DIGITS, "images.columns", {"images__columns": "pixel{}{}"}),
        (DIGITS, "images.columns", {"images__columns": "pixel{row}"}),
        (DIGITS, "images.columns", {"images__columns": "pixel{0}"}),
        (DIGITS, "images.columns", {"images__columns": "pixel{"}),
        (DIGITS, "images.columns", {"images__columns": "pixel{:9999999999}"}),
        (DIGITS, "images.columns", {"images__columns": "{row}{column}"}),
        (DIGITS, "images.resize", {"images__resize": "crop"}),
        (DIGITS, "images.column", {"images__column": "pixels"}),
        (FACES, "images.columns", {"images__columns": "pixel{}"}),
        (FACES, "images.column", {"images__column": " "}),
        (FACES, "images.column", {"images__column": "emotion"}),
        (DIGITS, "images.train", {"images__train": "/data/train.csv"}),
        (DIGITS, "images.train", {"images__train": "C:/train.csv"}),
        (DIGITS, "images.train", {"images__train": "C:\\train.csv"}),
        (DIGITS, "images.train", {"images__train": "~/train.csv"}),
        (DIGITS, "images.train", {"images__train": "../train.csv"}),
        (DIGITS, "images.train", {"images__train": "a//train.csv"}),
        (DIGITS, "images.train", {"images__train": ""}),
        (DIGITS, "images.train", {"images__train": "{id}.csv"}),
        (DIGITS, "images.test", {"images__test": " test.csv"}),
        (DIGITS, "images.further[0]", {"images__further": ["../more.csv"]}),
        (DIGITS, "images.further", {"images__further": ["more.csv", "more.csv"]}),
        (DIGITS, "images.further", {"images__further": ["train.csv"]}),
        (CACTUS, "images.further", {"images__further": ["more/{id}"]}),
        (DIGITS, "images.train", {"images__train": "train.npz"}),
        (DIGITS, "images.test", {"images__test": "train.csv"}),
        (CACTUS, "labels.file", {"labels__file": "train"}),
        (CACTUS, "submission.file", {"submission__file": "sample_submission"}),
        (CACTUS, "images.train", {"images__train": "train"}),
        (CACTUS, "images.train", {"images__train": "train/{}"}),
        (CACTUS, "images.train", {"images__train": "train/{id:9}"}),
        (CACTUS, "images.train", {"images__train": "train/{id.x}"}),
        (CACTUS, "images.train", {"images__train": "train/{id"}),
        (CACTUS, "images.test", {"images__test": "test/{label}/{id}"}),
        (CACTUS, "images.test", {"images__test": "test/{name}"}),
        (CACTUS, "labels.file", {"labels__file": None}),
        (CACTUS, "labels.file", {"labels__file": "../train.csv"}),
        (CACTUS, "labels.id", {"labels__id": None}),
        (CACTUS, "labels.column", {"labels__column": "id"}),
        (CACTUS, "labels.column", {"labels__column": ""}),
        (CACTUS, "labels.group", {"labels__group": "\u3000"}),
        (PETS, "labels.column", {"labels__column": "pet"}),
        (PETS, "labels.id", {"labels__id": "id"}),
        (SEEDLINGS, "labels.id", {"labels__id": "file"}),
        (SEEDLINGS, "images.train", {"images__train": "train/{label}"}),
        (SEEDLINGS, "labels.column", {"labels__column": "species"}),
        (SEEDLINGS, "labels.file", {"labels__file": "train.csv"}),
        (SEEDLINGS, "labels.file", {"labels__group": "plant"}),
        (DIGITS, "labels.column", {"labels__column": "pixel7"}),
        (DIGITS, "labels.classes", {"labels__classes": ["1", "1", "2"]}),
        (DIGITS, "labels.classes", {"labels__classes": ["1"]}),
        (DIGITS, "labels.classes", {"labels__classes": []}),
        (DIGITS, "labels.classes", {"labels__classes": ["1", " "]}),
        (APPLES, "labels.columns", {"labels__columns": ["rust"]}),
        (APPLES, "labels.column", {"labels__column": "scab"}),
        (APPLES, "labels.classes", {"labels__classes": ["rust", "scab"]}),
        (APPLES, "labels.columns", {"labels__columns": ["image_id", "scab"]}),
        (DIGITS, "submission.answer", {"submission__answer": "probability"}),
        (DIGITS, "submission.answer", {"metric": "log_loss"}),
        (DIGITS, "submission.k", {"submission__k": 5}),
        (WHALES, "submission.k", {"submission__k": None}),
        (WHALES, "submission.k", {"submission__k": 10**9}),
        (WHALES, "submission.k", {"labels__classes": ["a", "b"]}),
        (WHALES, "labels.classes", {"labels__classes": ["a", "b", "c", "d", "a whale"]}),
        (DIGITS, "submission.positive", {"submission__positive": "1"}),
        (PETS, "submission.positive", {"labels__classes": ["cats", "dogs"]}),
        (KANNADA, "submission.id", {"submission__file": ""}),
        (KANNADA, "submission.column", {"submission__file": "", "submission__id": "Id"}),
        (DIGITS, "submission.file", {"submission__file": "/etc/passwd"}),
        (DIGITS, "submission.column", {"submission__id": "a", "submission__column": "a"}),
    ],
)
def test_a_value_that_cannot_be_is_an_error_that_names_its_key(slug, key, values):
    assert re.match(
        rf"mine\.toml: {re.escape(key)} is .+, expected .+", str(error_of(changed(slug, **values)))
    )


@pytest.mark.parametrize(
    ("slug", "values"),
    [
        (DIGITS, {"images__columns": "{row}x{column}", "images__first": 1}),
        (DIGITS, {"images__columns": "pixel_{:04}"}),
        (DIGITS, {"images__columns": "px_{row}_{column}", "images__size": [20, 20]}),
        (DIGITS, {"images__range": [0, 1]}),
        (FACES, {"images__column": " pixels"}),
        (CACTUS, {"images__train": "train/{site}/{id}", "labels__group": "site"}),
        (SEEDLINGS, {"labels__file": "plants.csv", "labels__group": "plant"}),
        (APPLES, {"submission__file": "", "submission__id": "image_id"}),
    ],
)
def test_what_is_odd_but_possible_is_read(slug, values):
    parse_description(changed(slug, **values), "mine.toml")


GARBAGE = [
    *(-1, 0, 1, 3, 10**40, -0.5, 0.5, 1e308, float("nan"), float("inf"), True, False),
    *(
        "",
        " ",
        "x",
        "ж",
        "a\tb",
        "\x00",
        "{",
        "{}",
        "{id}",
        "../x",
        "/x",
        "x" * 500,
        "files",
        "auc",
    ),
    *(
        [],
        [1],
        [1, 2],
        [0, 0],
        ["a"],
        ["a", "a"],
        ["a", "b"],
        [[1, 2]],
        [None],
        {},
        {"x": {"y": 1}},
    ),
]


def spoil(content, rng):
    """Change one thing so that it is wrong or odd; it may still be valid."""
    tables = [content, *(value for value in content.values() if isinstance(value, dict))]
    table = rng.choice([table for table in tables if table] or [content])
    key = rng.choice(sorted(table))
    kind = rng.randrange(5)
    if kind == 0:
        del table[key]
    elif kind == 1:
        table[key] = rng.choice(GARBAGE)
    elif kind == 2:
        other = rng.choice(sorted(table))
        table[key], table[other] = table[other], table[key]
    elif kind == 3:
        table["".join(rng.choices(string.printable + "ж{", k=rng.randrange(12)))] = table.pop(key)
    else:
        names = [
            field.name
            for kind in (Competition, Images, Labels, Submission)
            for field in dataclasses.fields(kind)
        ]
        table[rng.choice(names)] = rng.choice(GARBAGE)


def outcome(read, *arguments):
    try:
        return read(*arguments)
    except InputError as error:
        return error


@pytest.mark.parametrize("slug", KNOWN)
def test_a_spoilt_description_is_read_or_is_one_clear_error(slug):
    """A hundred for each description: what is read is written and read again as the same."""
    rng = random.Random(slug)
    for _ in range(100):
        content = tomllib.loads(KNOWN[slug])
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            spoil(content, rng)
        read = outcome(parse_description, content, "mine.toml")
        if isinstance(read, InputError):
            assert re.fullmatch(r"mine\.toml: .+, expected .+", str(read))
            assert read.hint
        else:
            assert parse_description(tomllib.loads(write_description(read)), "again") == read


@pytest.mark.parametrize("slug", [DIGITS, WHALES])
def test_a_spoilt_file_is_read_or_is_one_clear_error(slug, tmp_path):
    """Bytes cut off, replaced and put in, of a file as a person may leave it."""
    rng = random.Random(slug)
    path = tmp_path / "mine.toml"
    for _ in range(150):
        text = bytearray(KNOWN[slug].encode())
        at = rng.randrange(len(text))
        end = at + rng.choice([0, 1, 2, 40, len(text)])
        text[at:end] = rng.choice(
            [b"", b"\n", b'"', b"=", b"[", b"]", b"\x00", b"\xff", b"9" * 5000]
        )
        path.write_bytes(text)
        read = outcome(read_description, path)
        if isinstance(read, InputError):
            assert re.match(rf"{re.escape(str(path))}(: | is not TOML: ).+", str(read))
            assert "\n" not in str(read)
        else:
            assert read.slug
