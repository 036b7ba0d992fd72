"""The model card of a run: what it is for, how good it is, and where it ends.

After Mitchell et al. 2019, "Model Cards for Model Reporting".
"""

from string import Template
from typing import Any

from kaggle_kit.competition import Competition
from kaggle_kit.evaluate import Evaluation
from kaggle_kit.leaderboard import standard_error

CARD = Template("""\
# Model card: $competition, run $run

## Intended use

Telling which digit a 28 × 28 grey image shows, for the Kaggle competition
[$competition]($url). It is made to learn from and to compare methods on, not to read cheques,
forms or exams: it always answers with a digit, also where there is none.

## Model

$networks networks, $members a fold, each trained on all other folds; their logits are averaged.
Family `$family`, with:

$hyperparameters

## Data

$rows labelled images of the competition, and no others. The competition's digits are those of
MNIST, written by American census workers and high-school students around 1990, then centred and
scaled: other hands, other pens and other countries' digits are not in it.

## Metrics

Out of fold, that is, each image judged by the networks that were not trained on it; the
hyperparameters were chosen on the same folds, which flatters a little.

| | |
|---|---|
| accuracy | $accuracy ± $error (binomial standard error on $rows images) |
| mean over folds | $mean ± $std (standard deviation over $folds folds) |
| hardest pairs | $pairs |

The score that Kaggle shows is measured on some $public rows and has a standard error of its own,
$public_error.

## Limits

- $leak. A score above $limit is no sign of a better model.
- What the image is made of matters: digits that are not centred and scaled as MNIST's are, light
  ink on dark paper taken for the opposite, or photographs need preparation first.
- Wrong answers may come with high confidence.

Made by kaggle-kit, revision `$revision`, on $created with $versions.
""")


def make_card(
    competition: Competition,
    run: str,
    made: tuple[dict[str, Any], dict[str, Any]],
    evaluation: Evaluation,
) -> str:
    """The card as Markdown.

    Parameters
    ----------
    made : (best, config)
        The contents of best.json and config.json.
    """
    best, config = made
    rows = int(evaluation.confusion.sum())
    pairs = ", ".join(f"{true} read as {read} ({count})" for true, read, count in evaluation.pairs)
    return CARD.substitute(
        competition=competition.slug,
        url=competition.url,
        run=run,
        networks=best["folds"] * len(best["members"]),
        members=len(best["members"]),
        family=best["family"],
        hyperparameters="\n".join(f"- {k}: {v}" for k, v in best["hyperparameters"].items()),
        rows=f"{rows:,}",
        accuracy=f"{evaluation.accuracy:.4f}",
        error=f"{standard_error(evaluation.accuracy, rows):.4f}",
        mean=f"{evaluation.mean:.4f}",
        std=f"{evaluation.std:.4f}",
        folds=len(evaluation.fold_accuracies),
        pairs=pairs or "none",
        public=f"{competition.public_rows:,}",
        public_error=f"{standard_error(evaluation.accuracy, competition.public_rows):.4f}",
        leak=competition.leak[0].upper() + competition.leak[1:],
        limit=f"{competition.honest_limit:g}",
        revision=config.get("revision", "unknown"),
        created=config.get("created", "a day that is not known"),
        versions=", ".join(f"{k} {v}" for k, v in config.get("versions", {}).items()),
    )
