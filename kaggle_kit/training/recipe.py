"""The training hyperparameters, the same for every family: one half of the search space."""

import math
from dataclasses import dataclass
from typing import Any

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.networks.backend import keras, keras_tuner
from kaggle_kit.networks.distortion import Augmentation
from kaggle_kit.training.optimizers import Adam, AdamW

OWN = "own"  # the optimizer that an own network was compiled with
OWN_BATCH = 64
AS_IT_IS = Augmentation()
SMALLEST = 8  # pixels; images with a shorter side are not distorted


@dataclass(frozen=True)
class Recipe:
    """The hyperparameters of training, which are the same for every family of networks."""

    optimizer: str
    learning_rate: float
    weight_decay: float
    batch_size: int
    label_smoothing: float
    class_weights: bool
    augmentation: Augmentation

    @classmethod
    def declare(cls, hp: keras_tuner.HyperParameters, problem: Problem) -> "Recipe":
        """Read the recipe from `hp`; the calls on `hp` define this half of the search space."""
        photo, tiny = problem.kind is Kind.PHOTO, min(problem.size) < SMALLEST
        optimizer = hp.Choice("optimizer", ["adamw", "adam"], default="adamw")
        with hp.conditional_scope("optimizer", ["adamw"]):
            decay = hp.Float("weight_decay", 1e-4, 1e-1, sampling="log", default=1e-2)
        return cls(
            optimizer=optimizer,
            learning_rate=hp.Float("learning_rate", 3e-4, 1e-2, sampling="log", default=3e-3),
            weight_decay=decay if optimizer == "adamw" else 0.0,
            batch_size=hp.Choice("batch_size", [64, 128, 256, 512], default=256),
            label_smoothing=hp.Choice("label_smoothing", [0.0, 0.05, 0.1], default=0.05),
            class_weights=hp.Boolean("class_weights", default=False),
            augmentation=Augmentation(
                distortion=0.0
                if tiny
                else hp.Choice("distortion", [0.0, 0.5, 0.75, 1.0], default=0.75),
                mirror=hp.Boolean("mirror", default=True) if photo and not tiny else False,
                jitter=hp.Choice("jitter", [0.0, 0.5, 1.0], default=0.5) if photo else 0.0,
            ),
        )

    @classmethod
    def of_model(cls, hp: keras_tuner.HyperParameters, problem: Problem, model: Any) -> "Recipe":
        """The recipe for a network: `declare`, unless it is an own one with its own optimizer.

        Then nothing is declared, images are not distorted, and the batch size is that which the
        network's `build` has declared as `batch_size`, or OWN_BATCH.
        """
        if not hasattr(model, "make_optimizer"):
            return cls.declare(hp, problem)
        size = hp.values.get("batch_size", OWN_BATCH)
        return cls(OWN, math.nan, 0.0, int(size), 0.0, class_weights=False, augmentation=AS_IT_IS)

    def compile(self, model: Any, steps: int, warmup: int) -> None:
        """Compile `model` with its loss and an optimizer with warm-up and cosine decay.

        A model with an own optimizer keeps it.
        """
        length = (self.learning_rate, steps, warmup)
        if self.optimizer == OWN:
            optimizer = model.make_optimizer()
        elif self.optimizer == "adamw":
            optimizer = AdamW(*length, weight_decay=self.weight_decay)
        else:
            optimizer = Adam(*length)
        model.compile(
            optimizer,
            keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=self.label_smoothing
            ),
            metrics=["accuracy"],
            # XLA makes TensorFlow on a CPU several times slower. JAX cannot work without XLA.
            jit_compile=keras.backend.backend() == "jax",
        )
