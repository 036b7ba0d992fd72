"""Random changes of data and descriptions: each ends in an error of one line, or does no harm.

A change that is accepted does no harm if the arrays, labels and ids are those of the original, or
if a finding tells it, or if it is only another valid value, as a plain reader reads it, too.
"""

import csv
import dataclasses
import gzip
import io
import random
import re
import tomllib
from importlib import resources

import numpy as np
import pytest
from PIL import Image

from kaggle_kit.competition.description import (
    Competition,
    Images,
    Kind,
    Labels,
    Layout,
    Metric,
    Submission,
)
from kaggle_kit.competition.toml_file import parse_description, read_description
from kaggle_kit.data.dataset import load_test, load_train
from kaggle_kit.data.submissions.form import read_form
from kaggle_kit.data.verification import verify
from kaggle_kit.errors import KitError

SIDE, TRAIN, TEST = 6, 6, 3
PIXELS = np.random.default_rng(5).integers(1, 256, (TRAIN + TEST, SIDE * SIDE), np.uint8)
PIXELS[:, : SIDE + 1] = 0
NAMES = [f"pixel{i}" for i in range(SIDE * SIDE)]
LABELS = ["a", "b", "c", "a", "b", "c"]
PYTHONS_WORDS = re.compile(r"\b(NoneType|object has no|literal|codec can't|Traceback|not iterable)")
ROUNDS = 40  # a layout


def text(rows):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels.reshape(SIDE, SIDE)).save(out, "PNG")
    return out.getvalue()


def npz(array):
    out = io.BytesIO()
    np.savez(out, array)
    return out.getvalue()


def example(ids):
    return {"sample_submission.csv": text([["id", "label"], *([name, "a"] for name in ids)])}


def pixel_columns():
    train = [[label, *row] for label, row in zip(LABELS, PIXELS.tolist(), strict=False)]
    return {
        "train.csv": text([["label", *NAMES], *train]),
        "test.csv": text([NAMES, *PIXELS[TRAIN:].tolist()]),
        **example([1, 2, 3]),
    }


def pixel_string():
    strings = [" ".join(map(str, row)) for row in PIXELS.tolist()]
    return {
        "train.csv": text([["label", "pixels"], *zip(LABELS, strings, strict=False)]),
        "test.csv": text([["pixels"], *([string] for string in strings[TRAIN:])]),
        **example([1, 2, 3]),
    }


def files():
    names = [f"{i:03}" for i in range(TRAIN)]
    return {
        **{f"train/{name}.png": png(PIXELS[i]) for i, name in enumerate(names)},
        **{f"test/{i}.png": png(PIXELS[i]) for i in range(TRAIN, TRAIN + TEST)},
        "labels.csv": text([["id", "label"], *zip(names, LABELS, strict=True)]),
        **example(range(TRAIN, TRAIN + TEST)),
    }


def folders():
    return {
        **{f"train/{label}/{i}.png": png(PIXELS[i]) for i, label in enumerate(LABELS)},
        **{f"test/{i}.png": png(PIXELS[i]) for i in range(TRAIN, TRAIN + TEST)},
        **example(range(TRAIN, TRAIN + TEST)),
    }


def arrays():
    return {
        "train.npz": npz(PIXELS[:TRAIN].reshape(-1, SIDE, SIDE)),
        "labels.npz": npz(np.array([0, 1, 2, 0, 1, 2], np.uint8)),
        "test.npz": npz(PIXELS[TRAIN:].reshape(-1, SIDE, SIDE)),
        **example([1, 2, 3]),
    }


def described(layout, labels=None, **images):
    return Competition(
        slug="tiny",
        title="Tiny",
        kind=Kind.GLYPH,
        metric=Metric.ACCURACY,
        images=Images(layout, (SIDE, SIDE), **images),
        labels=labels or Labels(),
        submission=Submission(id="id", column="label"),
        train_rows=TRAIN,
        test_rows=TEST,
    )


PLACES = {"train": "train/{id}.png", "test": "test/{id}.png"}
LAYOUTS = {
    "pixel columns": (pixel_columns, described(Layout.PIXEL_COLUMNS)),
    "pixel string": (pixel_string, described(Layout.PIXEL_STRING)),
    "files": (files, described(Layout.FILES, Labels(file="labels.csv", id="id"), **PLACES)),
    "folders": (folders, described(Layout.FOLDERS, train="train", test="test/{id}.png")),
    "npz": (
        arrays,
        described(Layout.NPZ, Labels(file="labels.npz"), train="train.npz", test="test.npz"),
    ),
}


def changed_bytes(content, rng):
    """Some bytes cut out, replaced, repeated, or put in, at any place."""
    at = rng.randrange(len(content) + 1)
    end = at + rng.choice([0, 1, 1, 2, 9, len(content)])
    piece = content[at:end]
    new = rng.choice([b"", b"\0", b"\xff", b"\n", b",", b'"', b"9", b"-", b" ", piece * 2])
    return content[:at] + new + content[end:]


JUNK = [
    "",
    "NaN",
    "x",
    "-1",
    "256",
    "1e3",
    "0.5",
    "ü",
    "1,5",
    "'",
    '"',
    "a",
    "inf",
    " 7 ",
    "9" * 30,
]


def changed_cells(content, rng):
    """A CSV with one cell, row or column that is missing, doubled, moved or something else."""
    rows = list(csv.reader(io.StringIO(content.decode())))
    if not rows[0] or any(len(one) != len(rows[0]) for one in rows):
        return changed_bytes(content, rng)
    row, column = rng.randrange(len(rows)), rng.randrange(len(rows[0]))
    kind = rng.randrange(8)
    if kind == 0:
        rows[row][column] = rng.choice(JUNK)
    elif kind == 1:
        del rows[row]
    elif kind == 2:
        rows.insert(rng.randrange(len(rows)), list(rows[row]))
    elif kind == 3:
        rows = [[*one[:column], *one[column + 1 :]] for one in rows]
    elif kind == 4:
        rows = [[*one, one[column]] for one in rows]
    elif kind == 5:
        other = rng.randrange(len(rows[0]))
        for one in rows if rng.random() < 0.5 else rows[:1]:
            one[column], one[other] = one[other], one[column]
    elif kind == 6:
        rows[row] = rows[row][:column]
    else:
        rng.shuffle(rows)
    return text(rows)


def saved_otherwise(content, rng):
    """A CSV as other programs save it."""
    plain = content.decode()
    return rng.choice(
        [
            plain.encode(rng.choice(["utf-16", "utf-8-sig", "utf-32", "utf-16-be"])),
            plain.replace(",", rng.choice(";\t|: ")).encode(),
            plain.replace("\n", rng.choice(["\r\n", "\r", "\n\n", ",\n", ";\n"])).encode(),
            gzip.compress(content)[: rng.choice([-1, None])],
            plain.partition("\n")[2].encode(),
            ("\n" + plain).encode(),
            re.sub(r"\b(\d+)\b", r'"\1"', plain).encode(),
            re.sub(r"\b(\d+)\b", r"\1.0", plain).encode(),
            re.sub(r"\b(\d+)\b", lambda found: f"{int(found[1]) / 255:.5f}", plain).encode(),
            plain.upper().encode(),
            "".join(
                f"{i},{line}" for i, line in enumerate(plain.splitlines(keepends=True))
            ).encode(),
        ]
    )


def change(made, rng):
    """The files with one change."""
    made = dict(made)
    name = rng.choice(sorted(made))
    kind = rng.randrange(10)
    if kind == 0:
        del made[name]
    elif kind == 1:
        made[name] = rng.choice(
            [b"", b"\n", b"<html></html>", b"PK\3\4", b"\x89PNG\r\n", b"\0" * 9]
        )
    elif kind == 2:
        other = rng.choice(sorted(made))
        made[name], made[other] = made[other], made[name]
    elif kind == 3:
        made[name.upper() if rng.random() < 0.5 else f"{name}.bak"] = made.pop(name)
    elif name.endswith(".csv") and kind < 9 and made[name].isascii() and made[name].strip():
        made[name] = (changed_cells if kind < 7 else saved_otherwise)(made[name], rng)
    else:
        made[name] = changed_bytes(made[name], rng)
    return made


def write(made, folder):
    for name, content in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def load(folder, competition):
    """What the kit reads: images and labels by id where there are ids, the order of the answer."""
    verify(folder, competition, "here")
    train, test = load_train(folder, competition), load_test(folder, competition)
    form = read_form(folder, competition, train.class_names, test.ids)
    labels = [train.class_names[label] for label in train.known_labels]
    told = [*train.findings.describe(), *test.findings.describe()]
    ids = sorted(form.ids) if test.ids else list(form.ids)
    return {
        "train": sorted(zip(labels, map(bytes, np.asarray(train.images)), strict=True)),
        "test": sorted(zip(test.ids or form.ids, map(bytes, np.asarray(test.images)), strict=True)),
        "ids": ids,
    }, told


def plainly(folder, competition, part):
    """The same of one part as a plain reader reads it, which knows nothing but the usual form."""
    images, by_file = competition.images, "{" in competition.images.test
    ids = [row[0] for row in rows_of(folder / competition.submission.file)[1]]
    if part == "ids":
        return sorted(ids) if by_file else ids
    if by_file and part == "test":
        found = [(name, picture(folder / f"test/{name}.png")) for name in ids]
    elif images.layout == Layout.FOLDERS:
        found = [(path.parent.name, picture(path)) for path in (folder / "train").glob("*/*")]
    elif images.layout == Layout.FILES:
        header, rows = rows_of(folder / competition.labels.file)
        at, label = header.index("id"), header.index("label")
        named = dict.fromkeys((row[at], row[label]) for row in rows)
        found = [(label, picture(folder / f"train/{name}.png")) for name, label in named]
    elif images.layout == Layout.NPZ:
        names = ids if part == "test" else np.load(folder / "labels.npz")["arr_0"].tolist()
        values = np.load(folder / f"{part}.npz")["arr_0"]
        found = list(zip(map(str, names), map(bytes, values), strict=True))
    else:
        rows = list(table(folder / f"{part}.csv", images))
        names = ids if part == "test" else [label for label, _ in rows]
        found = [(name, row) for name, (_, row) in zip(names, rows, strict=True)]
    return sorted(found)


def picture(path):
    with Image.open(path) as opened:
        return opened.convert("L").tobytes()


def rows_of(path):
    lines = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    header, *rows = ([one.strip() for one in row] for row in lines if any(row))
    return header, rows


def table(path, images):
    header, rows = rows_of(path)
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        string = images.layout == Layout.PIXEL_STRING
        values = cells["pixels"].split() if string else [cells[name] for name in NAMES]
        numbers = [float(value or 0) for value in values]
        assert all(number == int(number) for number in numbers)
        yield cells.get("label"), bytes(map(int, numbers))


def outcome(read, *arguments):
    """What is read; None for an error, which must be in words of one line."""
    try:
        return read(*arguments)
    except KitError as error:
        words = str(error)
    assert words
    assert "\n" not in words
    assert not PYTHONS_WORDS.search(words), words
    return None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_changed_data_are_an_error_or_do_no_harm(layout, tmp_path):
    make, competition = LAYOUTS[layout]
    write(make(), tmp_path / "original")
    original, told = load(tmp_path / "original", competition)
    refused = 0
    for seed in range(ROUNDS):
        rng = random.Random(f"{layout} {seed}")
        folder = tmp_path / str(seed)
        made = make()
        for _ in range(rng.choice([1, 1, 2])):
            made = change(made, rng)
        write(made, folder)
        read = outcome(load, folder, competition)
        if read is None:
            refused += 1
        elif set(read[1]) <= set(told):
            for part in original:
                if read[0][part] != original[part]:
                    where = f"seed {seed}, {part}: silently accepted"
                    assert read[0][part] == plainly(folder, competition, part), where
    assert ROUNDS / 4 < refused < ROUNDS


KNOWN = {
    path.name: (path / "description.toml").read_text(encoding="utf-8")
    for path in (resources.files("kaggle_kit.competition") / "known").iterdir()
}


@pytest.mark.parametrize("slug", sorted(KNOWN))
def test_a_changed_description_is_an_error_or_means_what_it_says(slug, tmp_path):
    path = tmp_path / "mine.toml"
    original = parse_description(tomllib.loads(KNOWN[slug]), slug)
    for seed in range(10):
        rng = random.Random(f"{slug} {seed}")
        lines = KNOWN[slug].splitlines(keepends=True)
        at = rng.randrange(len(lines))
        lines[at] = changed_bytes(lines[at].encode(), rng).decode(errors="replace")
        path.write_text("".join(lines), encoding="utf-8")
        read = outcome(read_description, path)
        if read is not None and read != original:
            said = tomllib.loads(path.read_text(encoding="utf-8"))
            assert means(read, said), f"seed {seed}: silently accepted"


def means(table, said):
    """Whether a description has every value that the TOML has, and defaults elsewhere."""
    fields = {field.name: field for field in dataclasses.fields(table)}
    if not said.keys() <= fields.keys():
        return False
    for name, field in fields.items():
        value = getattr(table, name)
        if dataclasses.is_dataclass(value):
            if not means(value, said.get(name, {})):
                return False
        elif name in said:
            wanted = tuple(said[name]) if isinstance(said[name], list) else said[name]
            if value != wanted:
                return False
        elif value != field.default:
            return False
    return True
