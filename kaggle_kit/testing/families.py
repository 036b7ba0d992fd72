"""The checks of a family of networks."""

import pickle
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.testing.check import Check, expect
from kaggle_kit.testing.material import training_set

ABC = ("a", "b", "c")
PROBLEMS = (
    DIGITS,
    Problem((32, 32, 3), ABC),
    Problem((96, 80, 3), ABC, kind=Kind.PHOTO),
    Problem((48, 48), ABC, kind=Kind.PHOTO),
    Problem((9, 11), ABC),
    Problem((4, 5), ABC),
    Problem((1, 30), ABC, kind=Kind.PHOTO),
)
RANDOM_POINTS = 3
EPOCHS = 2
NEAR = 1e-3  # logits differ by less if they were summed in another order


def checks_of_family(family: str, problems: Iterable[Problem] = PROBLEMS) -> list[Check]:
    """The checks that a family of networks must pass.

    Parameters
    ----------
    family : str
        A name that `--family` takes. A plug-in must be installed.
    problems : iterable of Problem
        What the family must take; by default, grey and coloured images of 1 to 96 pixels. The first
        one is trained on, and must have images of 4 pixels or more a side.

    Returns
    -------
    list of Check
        No network is built before a check is called. A check trains for a few seconds at most.
    """
    every = tuple(problems)
    first = every[0]
    checks = [
        *(Check(f"takes_images_of_{_named(one)}", partial(_takes, family, one)) for one in every),
        *(
            Check(f"known_good_points_of_{_named(one)}", partial(_known_good, family, one))
            for one in every
        ),
        *(
            Check(f"random_point_{seed}_is_a_network", partial(_random, family, first, seed))
            for seed in range(RANDOM_POINTS)
        ),
    ]
    of_first = {
        "a_committee_begins_with_the_chosen_network": _committee,
        "the_seed_decides_the_first_weights": _seed,
        "weights_can_be_saved": _saved,
        "an_image_is_read_alike_in_any_batch": _batch,
        "a_fold_is_trained": _trained,
        "networks_train_together_as_alone": _together,
        "exports_need_keras_alone": _exported,
    }
    return [*checks, *(Check(name, partial(run, family, first)) for name, run in of_first.items())]


def _named(problem: Problem) -> str:
    return f"{'x'.join(map(str, problem.image_shape))}_{problem.kind}"


def _takes(family: str, problem: Problem) -> None:
    from kaggle_kit.networks.model import build_model

    model = build_model(family, {}, problem)
    wanted = (None, problem.classes)
    expect(model.output_shape == wanted, f"outputs are {model.output_shape}, expected {wanted}")
    _check_logits(model, problem)


def _check_logits(model: Any, problem: Problem) -> None:
    """Check the logits of a black, a white and a noisy image."""
    noise = np.random.default_rng(0).integers(0, 256, problem.image_shape)
    plain = [np.full(problem.image_shape, value) for value in (0, 255)]
    logits = _array(model(np.stack([*plain, noise]).astype(np.uint8)))
    expect(logits.dtype == np.float32, f"logits are {logits.dtype}, expected float32")
    expect(np.isfinite(logits).all(), f"logits are not finite: {logits}")


def _known_good(family: str, problem: Problem) -> None:
    """If a point were there twice, an oracle would propose it again without end."""
    from kaggle_kit.networks.families import get_family
    from kaggle_kit.training.search_space import check_points, search_space

    space = search_space(family, problem)
    found = get_family(family).known_good(problem)
    expect(found, "known_good is empty; the defaults alone are [{}]")
    check_points(found, space, family)
    points = [space.values | changes for changes in found]
    different = {tuple(sorted(point.items())) for point in points}
    expect(len(different) == len(points), f"known_good has a point twice: {points}")


def _random(family: str, problem: Problem, seed: int) -> None:
    from kaggle_kit.networks.families import get_family
    from kaggle_kit.networks.model import hyperparameters_of
    from kaggle_kit.training.search_space import search_space

    space = search_space(family, problem)
    values = {one.name: one.random_sample(seed) for one in space.space}
    hp = hyperparameters_of(values)
    model = get_family(family).build(hp, problem)
    later = {one.name for one in hp.space} - values.keys()
    expect(not later, f"{later} are declared only for some values; call `hp` for all of them")
    _check_logits(model, problem)


def _committee(family: str, problem: Problem) -> None:
    from kaggle_kit.networks.families import get_family
    from kaggle_kit.training.search_space import check_values, search_space

    values = search_space(family, problem).values
    for count in (1, 3, 7):
        members = get_family(family).committee(values, count)
        expect(len(members) == count, f"{count} members asked for, {len(members)} found")
        for member in members:
            check_values(family, values | member, problem)
        expect(values | members[0] == values, f"the first member changes {members[0]}")


def _seed(family: str, problem: Problem) -> None:
    one, same, other = (_begun(family, problem, seed).get_weights() for seed in (1, 1, 2))
    expect(_equal(one, same), "two networks of one seed begin with different weights")
    expect(not _equal(one, other), "networks of two seeds begin with the same weights")


def _saved(family: str, problem: Problem) -> None:
    from kaggle_kit.networks.model import load_weights, weights_of

    one, other = (_begun(family, problem, seed) for seed in (1, 2))
    load_weights(other, weights_of(one))
    images = _images(problem)
    _check_near(_logits(other, images), _logits(one, images), "after weights are saved and loaded")


def _batch(family: str, problem: Problem) -> None:
    model, images = _begun(family, problem), _images(problem)
    _check_near(_logits(model, images)[:3], _logits(model, images[:3]), "in a smaller batch")


def _trained(family: str, problem: Problem) -> None:
    """The result must be able to travel, and its weights must be those of a trained network."""
    from kaggle_kit.networks.model import load_weights
    from kaggle_kit.training.train_fold import train_fold

    train, folds = training_set(problem)
    task = _task(family, problem)
    result = pickle.loads(pickle.dumps(train_fold(task, train, folds)))  # noqa: S301  made here
    expect(len(result.history) == EPOCHS, f"{len(result.history)} epochs, expected {EPOCHS}")
    expect(np.isfinite(result.loss), f"the loss is {result.loss}")
    first, last = _begun(family, problem), _begun(family, problem, seed=2)
    load_weights(last, result.weights or b"")
    expect(not _equal(first.get_weights(), last.get_weights()), "no weight was trained")


def _together(family: str, problem: Problem) -> None:
    """On an accelerator, JAX trains several networks as one program."""
    from kaggle_kit.networks.backend import keras
    from kaggle_kit.networks.model import load_weights
    from kaggle_kit.training.train_fold import train_fold

    if keras.backend.backend() != "jax":
        return
    from kaggle_kit.training.executors.device_batch import train_folds

    train, folds = training_set(problem)
    tasks = [_task(family, problem, fold) for fold in (0, 1)]
    alone = train_fold(tasks[1], train, folds)
    _, together = train_folds(tasks, train, folds)
    logits = []
    for result in (together, alone):
        model = _begun(family, problem)
        load_weights(model, result.weights or b"")
        logits.append(_logits(model, train.images))
    # Rounding grows with each step of the training.
    difference = np.abs(logits[0] - logits[1]).mean() / (logits[1].std() + NEAR)
    expect(difference < 0.1, f"trained together, logits differ by {difference:.2g} of their spread")


def _exported(family: str, problem: Problem) -> None:
    from kaggle_kit.ensemble.plain_keras import as_plain_keras

    model, images = _begun(family, problem), _images(problem)
    plain = as_plain_keras({"": model}, problem.image_shape)
    foreign = [
        type(one).__name__
        for one in plain.operations
        if type(one).__module__.partition(".")[0] != "keras"
    ]
    expect(not foreign, f"only with the package can a file be read that has {foreign}")
    _check_near(_logits(plain, images), _logits(model, images), "as Keras' own layers")


def _begun(family: str, problem: Problem, seed: int = 1) -> Any:
    """A network before training."""
    from kaggle_kit.training.train_fold import begin

    return begin(_task(family, problem, seed=seed))[0]


def _task(family: str, problem: Problem, fold: int = 0, seed: int = 1) -> Any:
    from kaggle_kit.training.fold_task import FoldTask
    from kaggle_kit.training.search_space import search_space

    values = search_space(family, problem).values | {"batch_size": 64}
    return FoldTask(problem, family, values, fold, EPOCHS, seed, keep_weights=True)


def _images(problem: Problem, count: int = 8) -> NDArray[np.uint8]:
    shape = (count, *problem.image_shape)
    return np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)


def _logits(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return _array(model(images, training=False))


def _array(tensor: Any) -> NDArray[np.float32]:
    from kaggle_kit.networks.backend import ops

    return np.asarray(ops.convert_to_numpy(tensor))


def _equal(some: list[Any], others: list[Any]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


def _check_near(found: Any, expected: Any, when: str) -> None:
    difference = float(np.abs(found - expected).max())
    limit = NEAR * max(1.0, float(np.abs(expected).max()))
    expect(difference < limit, f"logits differ by {difference:.2g} {when}")
