"""The description of a competition: what the kit must know about it."""

from dataclasses import dataclass

SURPRISE = 3  # standard errors of the public score


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
        The highest accuracy (0..1) that was published for a model that was neither trained nor
        chosen with the test labels.
    honest_source : str
        Who published it, and of what it is the accuracy.
    leak : str
        How a score that is too good can come about.
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
    honest_source: str
    leak: str

    @property
    def suspicious_above(self) -> float:
        """The public score above which a score is suspicious; at most 1.

        A model with an accuracy of `honest_limit` can exceed it only by luck: it is SURPRISE
        standard errors of a score on `public_rows` rows above that accuracy.
        """
        from kaggle_kit.evaluation.intervals import binomial_error  # it imports NumPy

        error = binomial_error(self.honest_limit, self.public_rows)
        return min(1.0, self.honest_limit + SURPRISE * error)

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
