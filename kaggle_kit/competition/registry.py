"""The competitions that the kit knows. To add one, add an entry to `COMPETITIONS`."""

import difflib
import re

from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import InputError

COMPETITIONS = {
    competition.slug: competition
    for competition in [
        Competition(
            slug="digit-recognizer",
            train_rows=42_000,
            test_rows=28_000,
            image_shape=(28, 28),
            classes=10,
            label_column="label",
            id_column="ImageId",
            public_rows=7_000,  # Kaggle says about a quarter; scores are multiples of 1/7000
            # On the test images of MNIST: https://github.com/cdeotte/MNIST-CNN-99.75. Published
            # accuracies from 0.9984 to 0.9991 are of networks that were chosen on these images:
            # ansh941/MnistSimpleCNN, EscVM/Efficient-CapsNet, AdamByerly/BMCNNwHFCs.
            honest_limit=0.9975,
            honest_source="an ensemble of 15 CNNs by Chris Deotte, mean of 100 trainings",
            leak="the test images are in public MNIST, where their labels can be looked up",
        ),
    ]
}


def get_competition(name: str) -> Competition:
    """The competition of a slug, a title or an address at Kaggle.

    Raises
    ------
    InputError
        The kit does not know it; the hint has the most similar name, if there is one.
    """
    slug = _slug(name)
    if slug in COMPETITIONS:
        return COMPETITIONS[slug]
    near = difflib.get_close_matches(slug, COMPETITIONS, n=1)
    raise InputError(
        f"the kit does not know the competition {slug!r}; it knows {', '.join(COMPETITIONS)}",
        hint=f"did you mean {near[0]}?" if near else "CONTRIBUTING.md says how to add another",
    )


def _slug(name: str) -> str:
    """The slug in an address, with or without scheme and page; of a title, in lower case."""
    address = re.match(r"(?:.*kaggle\.com)?/?(?:competitions|c)/([^/?#]+)", name.strip())
    return re.sub(r"[\s_]+", "-", (address[1] if address else name).strip(" /").lower())
