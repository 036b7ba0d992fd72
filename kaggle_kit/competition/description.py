"""What the kit has to know of a competition; a new one is one more entry in `COMPETITIONS`."""

from dataclasses import dataclass

from kaggle_kit.errors import InputError


@dataclass(frozen=True)
class Competition:
    """An image classification competition whose data are CSVs of pixels.

    `train.csv` has one label column and one column a pixel; `test.csv` the pixels alone, its
    rows numbered from 1 in `sample_submission.csv`. The public score is the accuracy on
    `public_rows` of them; no published honest model exceeds `honest_limit`, and `leak` says how a
    higher score can come about.
    """

    slug: str
    train_rows: int
    test_rows: int
    image_shape: tuple[int, int]
    classes: int
    label_column: str
    id_column: str
    public_rows: int
    honest_limit: float
    leak: str

    @property
    def pixels(self) -> int:
        height, width = self.image_shape
        return height * width

    @property
    def pixel_columns(self) -> list[str]:
        return [f"pixel{i}" for i in range(self.pixels)]

    @property
    def submission_label_column(self) -> str:
        return self.label_column.capitalize()

    @property
    def url(self) -> str:
        return f"https://www.kaggle.com/competitions/{self.slug}"


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
            public_rows=7_000,  # Kaggle says about a quarter; its scores are multiples of 1/7000
            honest_limit=0.9991,  # An et al. 2020, arXiv 2008.10400: an ensemble, on MNIST's test
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
            hint="add an entry to kaggle_kit/competition/description.py",
        ) from None
