"""What a model card says of the data: handwritten digits, a sample, or any other competition.

Of handwritten digits the kit knows who wrote them. Of other competitions it knows what their
description and their files tell, and the card says what is not known.
"""

from dataclasses import dataclass, replace
from typing import Any

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.samples import digits, letters
from kaggle_kit.workspace.config import trained_on

DIGITS = "digit-recognizer"
CONFLICTS = "Equal images with different labels were left out."
UNREADABLE = "Training images that could not be read were left out."
ANY_ROWS = (
    "The number of images was not checked: there may be more or fewer than the competition has."
)


@dataclass(frozen=True)
class Origin:
    """The parts of the card that depend on the data; they are templates.

    Attributes
    ----------
    use : str
        What the model is for, and what not.
    factors : str
        What the accuracy may depend on.
    groups : str
        Which images that belong together are in several folds.
    score : str
        Which score measures the mean over all networks.
    data : str
        Where the images come from.
    ethics, caveats : str
    size_note : str
        Why size is not among the measures of handwriting.
    """

    use: str
    factors: str
    groups: str
    score: str
    data: str
    ethics: str
    caveats: str
    size_note: str = ""


def is_sample(competition: Competition, config: dict[str, Any]) -> bool:
    """Whether a run was made from one of the samples that the kit brings along."""
    return competition.slug == letters.SLUG or is_of_sample_digits(config)


def is_of_sample_digits(config: dict[str, Any]) -> bool:
    """Whether a run was made from the embedded sample of digits."""
    return "data" in config and trained_on(config) == digits.TRAIN_SHA256


def origin_of(competition: Competition, config: dict[str, Any]) -> Origin:
    """What the card says of the data of a run."""
    if is_of_sample_digits(config):
        return SAMPLE_DIGITS
    if competition.slug == DIGITS:
        return MNIST
    if competition.slug == letters.SLUG:
        return LETTERS_SAMPLE
    grouped = GROUPED if competition.labels.group else ANY.groups
    score = ANY.score if competition.public_rows is None else PUBLIC_ROWS
    return replace(ANY, groups=grouped, score=score)


def choices_of(config: dict[str, Any]) -> str:
    """What the user chose for the data of a run, in sentences; empty for the default."""
    chosen = config.get("choices")
    if not isinstance(chosen, dict):  # a run of an older version of the kit
        return ""
    told = {
        CONFLICTS: chosen.get("conflicts") == "drop",
        UNREADABLE: chosen.get("skip_unreadable"),
        ANY_ROWS: chosen.get("any_rows"),
    }
    return "".join(f" {sentence}" for sentence, is_so in told.items() if is_so)


MNIST = Origin(
    use="""\
- **For** recognising which digit a 28 × 28 grey image shows, as in the Kaggle competition
  [$competition]($url). The image shows one digit in light ink on black, scaled and centred like
  the images of MNIST.
- **By** people who take part in the competition, learn from it, or compare methods on it.
- **Not for** cheques, forms, post codes, meters, ballots, exams, or any other use in which a
  misread digit harms somebody. It is also not for recognising the writer. The model does not know
  letters or numbers of several digits, and it answers with a digit even if the image shows none.\
""",
    factors="""\
How well a digit is read may depend on how it is written, on how it became an image, and on who
wrote it. The first two factors are measured below. The third factor cannot be measured: the data do
not say who wrote a digit, and do not give the age, the country or the writing hand of the writer.\
""",
    groups="""\
The digits of one writer are in several folds. The accuracy on digits of new writers is therefore
  likely lower.""",
    score="""\
Only Kaggle's public score measures
  this accuracy, on about $public_rows images. Its standard error is about $error.""",
    data="""\
The data are the labelled images of the competition, $rows of them. They are digits of MNIST, which
were collected around 1990: half from employees of the American Census Bureau, half from American
high-school students. They were cut out of forms, scaled to fit 20 × 20 pixels, and centred by
their centre of mass in 28 × 28 pixels.""",
    ethics="""\
- **Whose handwriting.** The data contain digits of American census employees and
  high-school students around 1990. They contain no digits of young children and no digits of
  other scripts. They contain the shapes that other countries teach, for example of 1 and 7, only
  by chance.
  It is not known whether the model reads the digits of some people worse than those of others,
  because the data do not say who wrote them. The quantitative analyses show which handwriting it
  reads worse.
- **Privacy.** The training images contain no names. The demo sends nothing to other machines. A
  picture that is drawn on its page or sent to it may show more than a digit. The machine that
  serves the demo keeps this picture, the 28 × 28 image made from it and the answer in memory only.
  It deletes a picture seconds after it was read, and all of them within two minutes.
- **Use instead of typing.** About $per_thousand digits in 1,000 are misread. If mistakes were
  independent, $numbers of all five-digit numbers would be wrong. These figures are valid for
  handwriting like that of the data. People whose handwriting the model reads worse are affected by
  more of the mistakes, and may not see them. $check""",
    caveats="""\
- The networks need a prepared image. The demo prepares any picture: it finds the sheet of paper and
  the digit on it, turns dark ink on paper into light ink on black, and scales and centres the
  digit.
- The demo warns in five cases: the image shows several digits; it is farther from the training
  images of the digit that was read than $familiar of those images are; a 7 may be a 1 with a long
  up-stroke; the answer is less clear than the answers for $clear of the training images; or the
  folds disagree. An answer without a warning may still be wrong.
- Before you use the model on other handwriting, measure its accuracy on labelled digits of that
  handwriting.
- Where a digit matters, keep its picture, let a person decide, and let the writer object.""",
    size_note="""\
Size is not among the measures, because all digits of the data are scaled to the same box.""",
)
HELD_OUT = "`kaggle-kit submit` measures this accuracy, on the held-out labels of the sample."
SAMPLE_DIGITS = replace(
    MNIST,
    score=HELD_OUT,
    data="""\
The data are the labelled images of the embedded sample, $rows of them, not those of the
competition: this run is a rehearsal. They are scikit-learn's digits, which are the test set of
Alpaydin and Kaynak (1998). The images of 8 × 8 pixels were enlarged to 20 × 20 pixels and centred
by their centre of mass in 28 × 28 pixels.""",
    ethics=MNIST.ethics.replace(
        MNIST.ethics[: MNIST.ethics.index("  It is not known")],
        "- **Whose handwriting.** The data contain digits of 13 people.\n",
    ),
)
ANY = Origin(
    use="""\
- **For** telling which of $classes classes an image shows, as in the Kaggle competition
  [$title]($url). The images have $size pixels, $colours.
  $listed
- **By** people who take part in the competition, learn from it, or compare methods on it.
- **Not for** decisions on health, safety, property or rights, or any other use in which a wrong
  answer harms somebody. The model knows no other classes, and it answers with one of its own even
  if the image shows none of them.""",
    factors="""\
How well an image is $read may depend on what else it shows, on the device that made it, on light
and background, and on where, when and of whom it was made. Alterations of the images are measured
below. Other factors cannot be measured: the kit knows the images and their labels, no more.\
""",
    groups="""\
The description of the competition names no groups. If images of one place, person or thing are in
  several folds, the $name on others is likely $worse. Images that are nearly the same are in one
  fold.""",
    score="""\
Only Kaggle's score measures it; on how many
  images, and with which standard error, is not known here.""",
    data="""\
The data are the labelled images of the competition, $rows of them in $classes classes, scaled to
$size pixels ($colours) where they had another size. $balance
How the images were collected, and who labelled them, is not known to the kit; the page of the
competition, <$url/data>, may say it.""",
    ethics="""\
- **What the images show.** It is not known to the kit whether they show people or places that can
  be recognised, whether these agreed, and whether the model is worse for some of them than for
  others.
- **Privacy.** The networks hold no images. The demo sends nothing to other machines, and keeps a
  picture that is sent to it in memory only, for two minutes at most.
- **Mistakes.** About $per_thousand images in 1,000 are $read wrongly. This figure is valid for
  images like those of the data. $check""",
    caveats="""\
- An answer that is clear may be wrong, above all for an image unlike those of the data.
- Before you use the model on other images, measure its $name on labelled images of that kind.
- Where an answer matters, keep the image, and let a person decide.""",
)
PUBLIC_ROWS = """\
Only Kaggle's public score measures it, on
  about $public_rows images."""
GROUPED = """\
The images of one group (the column `$group`) are in one fold, so that the figures are those for
  new groups."""
LETTERS_SAMPLE = replace(
    ANY,
    use="""\
- **For** a rehearsal: telling which capital letter a $size image in colour shows. `$competition` is
  a sample that the kit draws, and no competition at Kaggle.
- **By** people who try the kit without an account and without a network.
- **Not for** reading text. The model does not know small letters, digits or several letters, and it
  answers with a letter even if the image shows none.""",
    factors="""\
How well a letter is read may depend on its font, on its size, angle and place, and on its colours.
Some alterations are measured below.""",
    groups=GROUPED,
    score=HELD_OUT,
    data="""\
The data are the labelled images of the embedded sample, $rows of them: capital letters that the kit
drew with the fonts of matplotlib, in random colours, turned, shifted and noisy. The font families
of the test images do not occur among them.""",
    ethics="""\
- **What the images show.** They show printed letters of the Latin alphabet, and nothing of anybody.
- **Mistakes.** About $per_thousand letters in 1,000 are misread. $check""",
    caveats="""\
- The letters are synthetic. The accuracy on letters of photographs or handwriting is likely much
  lower.""",
)
