"""The text of the model card, without the measured numbers.

The sections are those of Mitchell et al., "Model Cards for Model Reporting" (2019).
"""

from dataclasses import dataclass
from string import Template


@dataclass(frozen=True)
class Origin:
    """The texts that depend on the data of a run.

    Attributes
    ----------
    data : str
        Where the images come from.
    whose : str
        Whose handwriting they show.
    score : str
        Which score measures the accuracy of the mean over all networks.
    """

    data: str
    whose: str
    score: str


CARD = Template("""\
# Model card: $competition, run $run

The sections are those of Mitchell et al. 2019, [Model Cards for Model
Reporting](https://arxiv.org/abs/1810.03993).

## Model details

The model consists of $networks networks, $members for each of $folds folds. The networks of a fold
are trained on the rows of all other folds. The answer is the digit with the highest mean of their
logits. The networks are of the family `$family`, with:

$hyperparameters

They were made by kaggle-kit, revision `$revision`, on $created
with $versions.

## Intended use

- **For** recognising which digit a 28 × 28 grey image shows, as in the Kaggle competition
  [$competition]($url). The image shows one digit in light ink on black, scaled and centred like
  the images of MNIST.
- **By** people who take part in the competition, learn from it, or compare methods on it.
- **Not for** cheques, forms, post codes, meters, ballots, exams, or any other use in which a
  misread digit harms somebody. It is also not for recognising the writer. The model does not know
  letters or numbers of several digits, and it answers with a digit even if the image shows none.

## Factors

How well a digit is read may depend on how it is written, on how it became an image, and on who
wrote it. The first two factors are measured below. The third factor cannot be measured: the data do
not say who wrote a digit, and do not give the age, the country or the writing hand of the writer.

## Metrics

The metric is that of the competition: the accuracy, which is the share of digits that are read
correctly. Each image is judged out of fold, by the networks that were not trained on it. Intervals
are Wilson intervals at 95%.

| on all $rows images | |
|---|---|
| accuracy | $accuracy |
| mean over folds | $mean ± $std (standard deviation over $folds folds) |
| digit with the lowest accuracy | $worst |
| most frequent mistakes | $pairs |

- The hyperparameters were chosen on the same folds, so these figures are likely slightly too good.
- The digits of one writer are in several folds. The accuracy on digits of new writers is therefore
  likely lower.
- The submission and the demo use the mean over the networks of all folds. Its accuracy is likely a
  little higher. $score

## Training and evaluation data

$data
No other images were used. $trained They are evaluated on the
original images.

## Quantitative analyses

$robustness
## Ethical considerations

- **Whose handwriting.** $whose
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
  more of the mistakes, and may not see them. $check
- **The leak.** In the competition, $leak.
  The best accuracy that was published without a choice on the test labels is $best
  ($source). Even such a model is unlikely to
  score above $limit on the $public_rows public images, so a higher score is no sign of a better
  model.

## Caveats and recommendations

- The networks need a prepared image. The demo prepares any picture: it finds the sheet of paper and
  the digit on it, turns dark ink on paper into light ink on black, and scales and centres the
  digit.
- The demo warns in five cases: the image shows several digits; it is farther from the training
  images of the digit that was read than $familiar of those images are; a 7 may be a 1 with a long
  up-stroke; the answer is less clear than the answers for $clear of the training images; or the
  folds disagree. An answer without a warning may still be wrong.
- Before you use the model on other handwriting, measure its accuracy on labelled digits of that
  handwriting.
- Where a digit matters, keep its picture, let a person decide, and let the writer object.
""")
MEASURED = Template("""\
### Handwriting as it differs in the data

All images are divided into thirds by each of three measures of the handwriting: how far it leans to
the right, how wide its strokes are, and how broad it is. The images of each digit are divided
separately, so that all thirds contain the same digits. The number in brackets is the median of the
third. Size is not among the measures, because all digits of the data are scaled to the same box.

| handwriting | rows | accuracy | 95% interval |
|---|---|---|---|
$written

Lowest accuracy: $worst. Highest accuracy: $best.
Where intervals overlap, the difference may be due to chance.

### Handwriting and images altered on purpose

$rows of the images, with the same share of each digit as in the data, are altered in each of these
ways. All lines of the table are measured on the same images. A difference between two lines is
therefore more certain than their intervals suggest.

| alteration | rows | accuracy | 95% interval |
|---|---|---|---|
$altered

The networks receive these images without any preparation. In a picture that is sent to the demo,
the digit is first scaled and centred, and dark ink on white becomes light ink on black. The noise
is normal; its standard deviation is given in levels of 255. Thin strokes break when they become
thinner.
""")
NOT_MEASURED = """\
The accuracy on other handwriting is not measured yet. To add it to this card, run
`kaggle-kit download`, then `kaggle-kit report`.
"""
DISTORTED = """\
The networks were trained on randomly distorted copies of the images; the
hyperparameter `distortion` above is the strength."""
UNDISTORTED = "The networks were trained on the images as they are."
SURE_MISTAKES = """\
It is not enough to check only the unclear
  answers: of the $mistakes mistakes above, $sure are not among the $unclear of all answers that are
  least clear."""
NO_SURE_MISTAKES = """\
All $mistakes mistakes above are among the $unclear of
  all answers that are least clear; on other handwriting, clear answers may be wrong too."""
NO_MISTAKES = "No image of the data was misread; images of other handwriting may be."
MNIST = Origin(
    data="""\
The data are the labelled images of the competition, {rows} of them. They are digits of MNIST, which
were collected around 1990: half from employees of the American Census Bureau, half from American
high-school students. They were cut out of forms, scaled to fit 20 × 20 pixels, and centred by
their centre of mass in 28 × 28 pixels.""",
    whose="""\
The data contain digits of American census employees and
  high-school students around 1990. They contain no digits of young children and no digits of
  other scripts. They contain the shapes that other countries teach, for example of 1 and 7, only
  by chance.""",
    score="""\
Only Kaggle's public score measures
  this accuracy, on about {rows:,} images. Its standard error is about {error:.4f}.""",
)
SAMPLE = Origin(
    data="""\
The data are the labelled images of the embedded sample, {rows} of them, not those of the
competition: this run is a rehearsal. They are scikit-learn's digits, which are the test set of
Alpaydin and Kaynak (1998). The images of 8 × 8 pixels were enlarged to 20 × 20 pixels and centred
by their centre of mass in 28 × 28 pixels.""",
    whose="The data contain digits of 13 people.",
    score="`kaggle-kit submit` measures this accuracy, on the held-out labels of the sample.",
)
