"""A network of the user's own: its text, and what it becomes."""

import inspect

import numpy as np
import pytest

from kaggle_kit.competition.problem import Problem
from kaggle_kit.errors import InputError
from kaggle_kit.networks.backend import keras, keras_tuner
from kaggle_kit.networks.families import check_family, family_name, get_family
from kaggle_kit.networks.families.own_text import own_text, parts_of, read_own
from kaggle_kit.networks.model import build_model, load_weights, predict_logits, weights_of
from kaggle_kit.training.search_space import search_space

THREE = Problem((6, 5), ("a", "b", "c"))
HEAD = """
import keras

def build(hp):
    units = hp.Int("units", 4, 16, step=4)
"""
COMPILED = """
    model.compile(keras.optimizers.SGD(hp.Choice("learning_rate", [0.1, 0.01])),
                  "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""
SEQUENTIAL = """
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(units, "relu"),
                              keras.layers.Dense(3, "softmax")])
"""
FUNCTIONAL = """
    inputs = keras.Input(SHAPE)
    x = keras.layers.Dense(units, "relu")(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
"""


def family(body, end="    return model\n"):
    return own_text("net.py", "build", HEAD + body + end)


def pixels(problem=THREE, count=4):
    return np.random.default_rng(0).integers(0, 256, (count, *problem.image_shape), np.uint8)


def test_a_text_has_a_name_that_changes_with_its_source(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(HEAD + SEQUENTIAL + "    return model\n")
    text = read_own(f"{path}:build")
    assert text == read_own(str(path))
    assert family_name(text).startswith("net.py:build@")
    assert "\n" not in family_name(text)
    assert parts_of(text)[:2] == ("net.py", "build")
    path.write_text(path.read_text() + "\n# changed\n")
    assert family_name(read_own(str(path))) != family_name(text)
    check_family(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("def other(hp): pass", "has no function build; it has other"),
        ("x = 1", "has no function build; it has no functions"),
        ("def build(hp:\n", "line 1 is not Python"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_a_family_is_told(tmp_path, content, message):
    path = tmp_path / "net.py"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_own(f"{path}:build")


@pytest.mark.parametrize("shape", ["(6, 5)", "(6, 5, 1)", "(30,)", "(None, None, 1)"])
def test_a_model_takes_pixels_in_its_own_shape(shape):
    text = family(FUNCTIONAL.replace("SHAPE", shape).replace("Flatten()", "Reshape((30,))"))
    model = build_model(text, {"units": 4}, THREE)
    assert predict_logits(model, pixels()).shape == (4, 3)


def test_softmax_is_taken_off_so_that_outputs_are_logits():
    model = build_model(family(SEQUENTIAL), {"units": 4}, THREE)
    logits = predict_logits(model, pixels())
    assert (logits < 0).any()
    assert not np.allclose(logits.sum(axis=1), 1)


def test_one_sigmoid_becomes_two_logits():
    two = Problem((6, 5), ("no", "yes"))
    body = SEQUENTIAL.replace('Dense(3, "softmax")', 'Dense(1, "sigmoid")')
    logits = predict_logits(build_model(family(body), {"units": 4}, two), pixels(two))
    assert logits.shape == (4, 2)
    assert (logits[:, 0] == 0).all()


def test_the_network_sees_the_values_that_the_user_has():
    body = "    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])\n"
    model = get_family(family(body)).build(
        keras_tuner.HyperParameters(), Problem((1, 3), ("a", "b", "c"), range=(-1, 1))
    )
    seen = keras.Model(model.input, model.layers[1].output)(np.array([[[0.0, 127.5, 255.0]]]))
    assert np.allclose(seen, [[[-1, 0, 1]]], atol=1e-6)


def test_a_compiled_network_is_searched_by_its_own_hyperparameters_alone():
    alone = search_space(family(SEQUENTIAL, COMPILED), THREE)
    assert set(alone.values) == {"units", "learning_rate"}
    joined = search_space(family(SEQUENTIAL), THREE)
    assert {"units", "learning_rate", "optimizer", "batch_size"} <= set(joined.values)


def test_hyperparameters_that_depend_on_others_are_found():
    body = """
    model = keras.Sequential([keras.layers.Flatten()])
    for i in range(hp.Int("layers", 1, 3)):
        model.add(keras.layers.Dense(hp.Int(f"units_{i}", 4, 8)))
    model.add(keras.layers.Dense(3))
"""
    space = search_space(family(body, COMPILED), THREE)
    assert {"layers", "units_0", "units_1", "units_2"} <= set(space.values)


def test_weights_of_a_trained_network_are_read_by_a_new_one():
    text = family(SEQUENTIAL, COMPILED)
    one, other = (build_model(text, {"units": 4}, THREE) for _ in range(2))
    one.compile(one.make_optimizer(), keras.losses.CategoricalCrossentropy(from_logits=True))
    one.fit(pixels().astype("float32"), np.eye(3)[[0, 1, 2, 0]], verbose=0)
    load_weights(other, weights_of(one))
    assert np.allclose(predict_logits(one, pixels()), predict_logits(other, pixels()))


@pytest.mark.parametrize(
    ("body", "end", "message"),
    [
        ("    raise RuntimeError('no luck')\n", "", "net.py:build fails: RuntimeError: no luck"),
        ("    return 3\n", "", "build returned int, expected a Keras model"),
        (
            SEQUENTIAL.replace("Dense(3", "Dense(7"),
            "    return model\n",
            "expected 3: one for each",
        ),
        (FUNCTIONAL.replace("SHAPE", "(28, 28)"), "    return model\n", "takes images of shape"),
        (SEQUENTIAL, COMPILED.replace("sparse_categorical_crossentropy", "mse"), "the loss mse"),
    ],
)
def test_what_build_does_wrong_is_told_in_one_line(body, end, message):
    with pytest.raises(InputError) as caught:
        search_space(family(body, end), THREE)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_source_that_needs_another_file_says_so():
    text = own_text("net.py", "build", "import my_helpers_elsewhere\ndef build(hp): pass\n")
    with pytest.raises(InputError, match="needs a module that is not installed"):
        get_family(text)


def test_starting_points_and_the_problem_are_taken():
    source = inspect.cleandoc("""
        import keras
        KNOWN_GOOD = [{"units": 12}, {}]
        def build(hp, problem):
            hp.Int("units", 4, 16, step=4)
            return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(problem.classes)])
    """)
    found = get_family(own_text("net.py", "build", source))
    assert found.known_good(THREE) == [{"units": 12}, {}]
    assert found.committee({}, 2) == [{}, {}]
    assert found.build(keras_tuner.HyperParameters(), THREE).output_shape == (None, 3)
