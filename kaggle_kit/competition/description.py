"""The description of a competition: what the kit must know about it before it sees the data.

A description is a TOML file; `toml_file` reads and writes it. The tables `images`, `labels` and
`submission` are the classes `Images`, `Labels` and `Submission`. What the data files tell is not
declared: the kit finds the classes in the labels, and the columns of an answer in
sample_submission.csv.
"""

from dataclasses import dataclass, field
from enum import StrEnum

SURPRISE = 3  # standard errors of the public score


class Kind(StrEnum):
    """What the images show; it decides how training images may be distorted."""

    GLYPH = "glyph"
    """Writing: light on dark or dark on light. Its mirror image is something else."""
    PHOTO = "photo"
    """A photograph. Its mirror image is as good."""


class Metric(StrEnum):
    """The metric of a competition, as scikit-learn calls it where it has it."""

    ACCURACY = "accuracy"
    MACRO_F1 = "macro_f1"
    LOG_LOSS = "log_loss"
    AUC = "auc"
    """Area under the ROC curve; with several columns, their mean."""
    QUADRATIC_KAPPA = "quadratic_kappa"
    MAP_AT_K = "map_at_k"
    """Mean average precision of the k best classes, of which one is right."""


class Layout(StrEnum):
    """Where the images are."""

    PIXEL_COLUMNS = "pixel columns"
    """A CSV with a column for each pixel."""
    PIXEL_STRING = "pixel string"
    """A CSV with all pixels of an image in one column, separated by spaces."""
    FILES = "files"
    """A file for each image; the names follow a template."""
    FOLDERS = "folders"
    """A file for each image, in a folder for each class."""
    NPZ = "npz"
    """NumPy arrays."""


class Resize(StrEnum):
    """How images of other sizes get the size of the competition."""

    STRETCH = "stretch"
    """Both sides are scaled, each as it needs."""
    CROP = "crop"
    """The image is scaled until it covers the size, and its middle is cut out."""
    PAD = "pad"
    """The image is scaled until it fits into the size, and the rest is filled with black."""


class Answer(StrEnum):
    """What a submission says about an image."""

    LABEL = "label"
    PROBABILITY = "probability"
    """The probability of one class."""
    PROBABILITIES = "probabilities"
    """A column with the probability of each class."""
    TOP_K = "top_k"
    """The k most likely labels, separated by spaces, best first."""


ANSWERS = {
    Metric.ACCURACY: {Answer.LABEL},
    Metric.MACRO_F1: {Answer.LABEL},
    Metric.QUADRATIC_KAPPA: {Answer.LABEL},
    Metric.LOG_LOSS: {Answer.PROBABILITY, Answer.PROBABILITIES},
    Metric.AUC: {Answer.PROBABILITY, Answer.PROBABILITIES},
    Metric.MAP_AT_K: {Answer.TOP_K},
}


@dataclass(frozen=True)
class Images:
    """Where the images are, and what size they get.

    Attributes
    ----------
    layout : Layout
    size : (height, width)
        The size in pixels that all images get.
    channels : int
        1 for grey images, 3 for images in colour.
    train, test : str
        The CSVs for layouts of pixels. For files, the template of a path, for example
        `train/{id}.jpg`: a name in braces is a column of the file with the labels, or `id`, and
        `train/{label}/{id}` takes the label from the path. For folders, `train` is the folder that
        has a folder for each class, and `test` a template. For npz, the file, or `file.npz:key`
        where it holds several arrays.
    further : tuple of str
        More training files of the same layout.
    columns : str
        The names of pixel columns: `pixel{}` numbers them row by row, `{row}x{column}` by row and
        column.
    first : int
        The first number in the names of pixel columns.
    column : str
        The column of a pixel string.
    range : (low, high)
        The values of black and white. They become 0 and 255.
    resize : Resize
    """

    layout: Layout
    size: tuple[int, int]
    train: str = "train.csv"
    test: str = "test.csv"
    channels: int = 1
    further: tuple[str, ...] = ()
    columns: str = "pixel{}"
    first: int = 0
    column: str = "pixels"
    range: tuple[float, float] = (0, 255)
    resize: Resize = Resize.STRETCH

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image as an array: (height, width), or (height, width, 3)."""
        return self.size if self.channels == 1 else (*self.size, self.channels)

    @property
    def pixel_columns(self) -> list[str]:
        """The names of the pixel columns, row by row."""
        height, width = self.size
        return [
            self.columns.format(
                self.first + row * width + column,
                row=self.first + row,
                column=self.first + column,
            )
            for row in range(height)
            for column in range(width)
        ]


@dataclass(frozen=True)
class Labels:
    """Where the labels are.

    Attributes
    ----------
    file : str
        The CSV with the labels, or the npz; empty if they are in the file of the training images or
        in the names of folders.
    id : str
        The column with the ids of the images; empty if there is none.
    column : str
        The label column.
    columns : tuple of str
        Instead of a label column: a column for each class, with 1 in one of them.
    classes : tuple of str
        The labels, in the order of the networks' outputs, where others would be errors. Empty: all
        labels that occur, numbers by size and texts by alphabet.
    group : str
        The column of the group (a patient, a camera) whose images must stay in one fold.
    """

    file: str = ""
    id: str = ""
    column: str = "label"
    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True)
class Submission:
    """What is submitted.

    Attributes
    ----------
    answer : Answer
    file : str
        The competition's example, which tells the columns and ids; empty if there is none.
    positive : str
        The class whose probability is asked for; empty: the last one.
    id, column : str
        The columns of a label or a probability, if there is no example.
    k : int
        How many labels are asked for, best first.
    """

    answer: Answer = Answer.LABEL
    file: str = "sample_submission.csv"
    positive: str = ""
    id: str = ""
    column: str = ""
    k: int = 1


@dataclass(frozen=True)
class Competition:
    """An image classification competition.

    Attributes
    ----------
    slug : str
        The name of the competition in its address at Kaggle.
    title : str
    kind : Kind
    metric : Metric
    images : Images
    labels : Labels
    submission : Submission
    notebooks_only : bool
        Whether Kaggle takes submissions from notebooks alone.
    train_rows, test_rows : int or None
        The numbers of images, where they are known.
    public_rows : int or None
        The number of test rows whose metric is the public score.
    honest_limit : float or None
        The best score that was published for a model that was neither trained nor chosen with the
        test labels.
    honest_source : str
        Who published it, and of what it is the score.
    leak : str
        How a score that is too good can come about.
    """

    slug: str
    title: str
    kind: Kind
    metric: Metric
    images: Images
    labels: Labels = field(default_factory=Labels)
    submission: Submission = field(default_factory=Submission)
    notebooks_only: bool = False
    train_rows: int | None = None
    test_rows: int | None = None
    public_rows: int | None = None
    honest_limit: float | None = None
    honest_source: str = ""
    leak: str = ""

    @property
    def image_shape(self) -> tuple[int, ...]:
        """The shape of one image as an array: (height, width), or (height, width, 3)."""
        return self.images.shape

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that the kit reads, apart from files of single images."""
        images, own = self.images, self.labels.file
        single = images.layout in {Layout.FILES, Layout.FOLDERS}
        named = () if single else (images.train, *images.further, images.test)
        names = [name.partition(":")[0] for name in (*named, own, self.submission.file)]
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of files of single images; an empty text is the folder of the data."""
        images = self.images
        if images.layout not in {Layout.FILES, Layout.FOLDERS}:
            return ()
        parts = [images.train if images.layout == Layout.FOLDERS else _folder(images.train)]
        return tuple(dict.fromkeys([*parts, _folder(images.test)]))

    @property
    def part_names(self) -> tuple[str, str]:
        """What the training and the test part are called in messages and in config.json."""
        images = self.images
        is_csv = images.layout in {Layout.PIXEL_COLUMNS, Layout.PIXEL_STRING}
        names = (images.train, images.test)
        return names if is_csv and names == ("train.csv", "test.csv") else ("train", "test")

    @property
    def suspicious_above(self) -> float | None:
        """The public score above which a score is suspicious; at most 1; None if not known.

        A model with an accuracy of `honest_limit` can exceed it only by luck: it is SURPRISE
        standard errors of a score on `public_rows` rows above that accuracy.
        """
        if self.metric != Metric.ACCURACY or not (self.honest_limit and self.public_rows):
            return None
        from kaggle_kit.evaluation.intervals import binomial_error  # it imports NumPy

        error = binomial_error(self.honest_limit, self.public_rows)
        return min(1.0, self.honest_limit + SURPRISE * error)

    @property
    def url(self) -> str:
        return f"https://www.kaggle.com/competitions/{self.slug}"


def _folder(template: str) -> str:
    """The folder that holds all files of a template."""
    return template.partition("{")[0].rpartition("/")[0]
