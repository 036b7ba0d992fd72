"""The description of a competition: what the kit must know about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Competition:
    """An image classification competition whose data are CSVs of pixels.

    `train.csv` has one label column and one column per pixel. `test.csv` has the pixel columns
    only; `sample_submission.csv` numbers its rows from 1.

    Attributes
    ----------
    slug : str
        The name of the competition in its address at Kaggle.
    train_rows, test_rows : int
    image_shape : (height, width)
    classes : int
        The number of classes.
    label_column, id_column : str
        The label column of train.csv, and the id column of sample_submission.csv.
    public_rows : int
        The number of test rows whose accuracy is the public score.
    honest_limit : float
        An accuracy (0..1) that no published honest model exceeds.
    leak : str
        How a higher score can come about.
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
