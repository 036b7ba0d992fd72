"""What the kit has to know of a competition."""

from dataclasses import dataclass


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
