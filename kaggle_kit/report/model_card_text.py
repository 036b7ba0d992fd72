"""What a model card says, but for what is measured.

With the sections of Mitchell et al., "Model Cards for Model Reporting" (2019).
"""

from dataclasses import dataclass
from string import Template


@dataclass(frozen=True)
class Origin:
    """Where the images of a run come from, whose handwriting they show, and what scores a run."""

    data: str
    whose: str
    score: str


CARD = Template("""\
# Model card: $competition, run $run

The sections are those of Mitchell et al. 2019, [Model Cards for Model
Reporting](https://arxiv.org/abs/1810.03993).

## Model details

$networks networks, $members for each of $folds folds, trained on the rows of all other folds.
The answer is the digit with the highest mean of their logits. Family `$family`, with:

$hyperparameters

Made by kaggle-kit, revision `$revision`, on $created
with $versions.

## Intended use

- **For** telling which digit a 28 × 28 grey image shows, as in the Kaggle competition
  [$competition]($url):
  one digit, light ink on black, scaled and centred as MNIST's are.
- **By** people who take part in it, and people who learn from it or compare methods on it.
- **Not for** cheques, forms, post codes, meters, ballots or exams, nor for anything else where a
  misread digit costs somebody something; nor for telling who wrote it. The model knows neither
  letters nor numbers of several digits, and answers with a digit where there is none.

## Factors

How well a digit is read may depend on how it is written, on how it became an image, and on who
wrote it. The first two are measured below. The third cannot be: the data do not say who wrote a
digit, nor that person's age, country or writing hand.

## Metrics

The metric is the competition's, the share of digits that are read rightly. Each image is judged out
of fold, by the networks that were not trained on it. Intervals are Wilson's at 95%.

| on all $rows images | |
|---|---|
| accuracy | $accuracy |
| mean over folds | $mean ± $std (standard deviation over $folds folds) |
| digit read worst | $worst |
| most frequent mistakes | $pairs |

- The hyperparameters were chosen on the same folds, which flatters these figures a little.
- The rows of one writer lie in several folds, so strangers' digits are likely read less well.
- What is submitted, and what the demo asks, is the mean over the networks of all folds, which is
  likely a little better. $score

## Training and evaluation data

$data
No other images were used. The networks were trained on copies distorted at random (`distortion`,
above, says how far) and are evaluated on the images as they are.

## Quantitative analyses

$robustness
## Ethical considerations

- **Whose handwriting.** $whose
  Whether the model reads some people's digits worse than others' is not known, as the data do not
  say who wrote them; which handwriting it reads worse is under quantitative analyses.
- **Privacy.** The training images name nobody. The demo sends nothing to other machines. What is
  drawn on its page or sent to it, which may show more than a digit, lies in a temporary folder of
  the machine that serves it, and is deleted within some three minutes or when the demo ends. The
  28 × 28 image made of it stays in memory while the page is open, and for an hour or two after.
- **In place of typing.** About $per_thousand digits in 1,000 are misread; were mistakes
  independent, $numbers of all five-digit numbers would be wrong. That holds for handwriting like
  that of the data: people who write otherwise bear more of the mistakes, and mostly do not see
  them. To check only what is in doubt is not enough: of the $mistakes mistakes above, $sure are not
  among the $unclear of all answers that are least clear.
- **The leak.** In the competition, $leak.
  A score above $limit is therefore no sign of a better model.

## Caveats and recommendations

- The networks need a prepared image. The demo prepares any picture: it finds the digit, turns dark
  ink on paper into light ink on black, scales and centres it.
- The demo warns of an image that is farther from the training images than $familiar of those are,
  of an answer less clear than those for $clear of them, and of folds that disagree. Without a
  warning, the answer may still be wrong.
- Before using it on other handwriting, measure its accuracy on labelled digits of that handwriting.
  Where a digit counts, keep its picture, let a person decide, and let the writer object.
""")
MEASURED = Template("""\
### Handwriting as it differs in the data

All images, in thirds by three measures of their handwriting: how far it leans to the right, how
wide its strokes are, and how broad it is. Each digit is parted by itself, so that all thirds hold
the same digits; in brackets is the third's median. Size is not among the measures, as all digits
of the data are scaled to one box.

| handwriting | rows | accuracy | 95% interval |
|---|---|---|---|
$written

Read worst: $worst. Read best: $best.
Where intervals overlap, the difference may be chance.

### Handwriting and images altered on purpose

$rows of the images, each digit with its share, altered in each of these ways. All lines are of the
same images, so that lines differ more surely than their intervals tell.

| alteration | rows | accuracy | 95% interval |
|---|---|---|---|
$altered

The networks see these images without any preparation. In a picture that is sent to the demo, the
digit is first scaled and centred, and dark ink on white becomes light ink on black. Noise is
normal, its standard deviation given in levels of 255. Thin strokes break where they become thinner.
""")
NOT_MEASURED = """\
How other handwriting is read is not measured yet: `kaggle-kit download`, then `kaggle-kit report`,
put it here.
"""
MNIST = Origin(
    data="""\
The competition's labelled images, {rows} of them. They are digits of MNIST, which were collected
around 1990, half among employees of the American Census Bureau, half among American high-school
students; cut out of forms; scaled into 20 × 20 pixels; and centred by their mass in 28 × 28.""",
    whose="""\
The data hold the digits of American census employees and
  high-school students around 1990. They hold no young children's and no other script's digits, and
  those shapes that other countries teach, as of 1 and 7, only by chance.""",
    score="""\
Kaggle's public score alone measures that, on some {rows:,} images: its
  standard error is about {error:.4f}.""",
)
SAMPLE = Origin(
    data="""\
The embedded sample's labelled images, {rows} of them, not the competition's: this run is a
rehearsal. They are scikit-learn's digits, the test set of Alpaydin and Kaynak's (1998), of 8 × 8
pixels, enlarged to 20 × 20 and centred by their mass in 28 × 28.""",
    whose="The data hold the digits of 13 people.",
    score="`kaggle-kit submit` measures that, on the sample's held-out labels.",
)
