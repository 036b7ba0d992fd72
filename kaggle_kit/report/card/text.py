"""The text of the model card, without numbers and without what depends on the data.

The sections are those of Mitchell et al., "Model Cards for Model Reporting" (2019).
"""

from string import Template

CARD = Template("""\
# Model card: $competition, run $run

The sections are those of Mitchell et al. 2019, [Model Cards for Model
Reporting](https://arxiv.org/abs/1810.03993).

## Model details

The model consists of $networks networks, $members for each of $folds folds. The networks of a fold
are trained on the rows of all other folds. $answer $made_of

$hyperparameters

They were made by kaggle-kit, revision `$revision`, on $created
with $versions.

## Intended use

$use

## Factors

$factors

## Metrics

The metric is that of the competition: $metric. Each image is judged out of fold, by the networks
that were not trained on it. Intervals are Wilson intervals at 95%.

| on all $rows images | |
|---|---|
$scores
| $one with the lowest accuracy | $worst |
| most frequent mistakes | $pairs |

- The hyperparameters were chosen on the same folds, so these figures are likely slightly too good.
- $groups
- The submission and the demo use the mean over the networks of all folds. Its $name is likely a
  little $better. $score

## Training and evaluation data

$data
${found}No other images were used. $trained They are evaluated on the
original images.$choices

## Quantitative analyses

$robustness
## Ethical considerations

$ethics
$leak
## Caveats and recommendations

$caveats
""")
BLENDED = Template(
    "The mean is weighted: the model is a blend of $runs runs, and the weights make the log loss"
    " out of fold lowest. An image is judged with weights that were found on the other folds. The"
    " runs are:"
)
ANSWERS = {
    "label": "The answer is the $one with the highest mean of their\nlogits.",
    "rule": "The answer follows from the mean of their logits: it is\n$rule.",
    "probability": "The answer is the probability of each class: the softmax of the mean of their\n"
    "logits.",
    "ranking": "The answer is the $k classes with the highest mean of their logits, best first.",
}
METRICS = {
    "accuracy": "the accuracy, which is the share of $images that are $read\ncorrectly",
    "macro_f1": "macro-F1, the mean over classes of the harmonic mean of precision and recall",
    "log_loss": "the log loss, which is the mean negative logarithm of the probability of the"
    " label;\nless is better",
    "auc": "AUC, the area under the ROC curve; with several columns, it is their mean",
    "quadratic_kappa": "quadratic weighted kappa, the agreement with the labels beyond chance,"
    " where a\nmistake counts by the square of its size",
    "map_at_k": "MAP@$k, where an image counts 1 divided by the rank of its label among the $k\n"
    "labels that are named, and 0 if it is not among them",
}
LEAK = Template("""\
- **The leak.** In the competition, $leak.
""")
HONEST = Template("""\
  The best accuracy that was published without a choice on the test labels is $best
  ($source). Even such a model is unlikely to
  score above $limit on the $public_rows public images, so a higher score is no sign of a better
  model.
""")
THIRDS = Template("""\
### Handwriting as it differs in the data

All images are divided into thirds by each of three measures of the handwriting: how far it leans to
the right, how wide its strokes are, and how broad it is. The images of each $one are divided
separately, so that all thirds contain the same $many. The number in brackets is the median of the
third. $size_note

| handwriting | rows | accuracy | 95% interval |
|---|---|---|---|
$written

Lowest accuracy: $worst. Highest accuracy: $best.
Where intervals overlap, the difference may be due to chance.

### Handwriting and images altered on purpose

$altered
The networks receive these images without any preparation. In a picture that is sent to the demo,
the $image is first scaled and centred, and dark ink on white becomes light ink on black. The noise
is normal; its standard deviation is given in levels of 255. Thin strokes break when they become
thinner.
""")
ALTERED = Template("""\
$rows of the images, with the same share of each $one as in the data, are altered in each of these
ways. All lines of the table are measured on the same images. A difference between two lines is
therefore more certain than their intervals suggest.

| alteration | rows | accuracy | 95% interval |
|---|---|---|---|
$altered
""")
OTHERS = Template("""\
### Images altered on purpose

$altered
The noise is normal; its standard deviation is given in levels of 255. What lies outside an image is
taken to be like its edge.
""")
NOT_MEASURED = """\
The accuracy on altered images is not measured yet. To add it to this card, run
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
  all answers that are least clear; on other $images, clear answers may be wrong too."""
NO_MISTAKES = "No image of the data was mis$read; other images may be."
