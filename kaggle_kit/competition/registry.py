"""The competitions that the kit knows. To add one, add an entry to `COMPETITIONS`."""

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
            # An ensemble, on the test images of MNIST: An et al. 2020, arXiv 2008.10400.
            honest_limit=0.9991,
            leak="the test images are in public MNIST, where their labels can be looked up",
        ),
    ]
}


def get_competition(slug: str) -> Competition:
    """The competition called `slug`; raises InputError if the kit does not know it."""
    try:
        return COMPETITIONS[slug]
    except KeyError:
        raise InputError(
            f"unknown competition {slug!r}; known: {', '.join(COMPETITIONS)}",
            hint="add an entry to kaggle_kit/competition/registry.py",
        ) from None
