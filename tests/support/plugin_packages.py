"""Installed packages with plug-ins, as pip leaves them: modules, and a folder of metadata."""


def install(folder, package, version="1.0", *, families=(), competitions=(), **files):
    """Write a package into a folder that is, or will be, on `sys.path`.

    `families` and `competitions` are lines such as "linear = my_module". `files` has the text of
    each module by its name.
    """
    named = package.replace("-", "_")
    info = folder / f"{named}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    groups = {"kaggle_kit.families": families, "kaggle_kit.competitions": competitions}
    parts = ["\n".join([f"[{group}]", *lines, ""]) for group, lines in groups.items()]
    (info / "entry_points.txt").write_text("\n".join(parts))
    written = [info / "METADATA", info / "entry_points.txt"]
    for name, text in files.items():
        written.append(folder / f"{name}.py")
        written[-1].write_text(text)
    record = [f"{path.relative_to(folder).as_posix()},," for path in written]
    (info / "RECORD").write_text("\n".join([*record, f"{info.name}/RECORD,,", ""]))
    return info


FAMILY = """
import keras


def known_good(problem):
    return [{}]


def committee(values, members):
    return [{} for _ in range(members)]


def build(hp, problem):
    hp.Choice("l2", [1e-6, 1e-4])
    inputs = keras.Input(problem.image_shape)
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
    return keras.Model(inputs, keras.layers.Dense(problem.classes)(x))
"""
DESCRIPTION = """
slug = "flower-power"
title = "Flower Power"
kind = "photo"
metric = "accuracy"
train_rows = 40
test_rows = 20

[images]
layout = "folders"
size = [8, 8]
channels = 3
train = "train"
test = "test/{id}.png"
"""
