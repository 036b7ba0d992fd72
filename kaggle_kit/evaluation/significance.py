"""When a trial is given up before all its folds are trained.

A trial and the best one so far judged the same held-out rows after as many epochs. Those that both
read right, or both wrong, say nothing; were the two equally good, each of the others would be the
mistake of either with probability one half (McNemar's test, exact: McNemar, "Note on the sampling
error of the difference between correlated proportions or percentages", 1947). A trial that would
make so many more of them by chance in less than `LEVEL` of all cases is clearly worse.

The test is repeated after every fold, which stops a few more equals than `LEVEL` says; what is
lost by that is a trial, never the honesty of a score.
"""

from collections.abc import Iterable

from scipy.stats import binom

LEVEL = 0.1


def is_clearly_worse(mistakes: Iterable[int], best_mistakes: Iterable[int]) -> bool:
    """Whether so many more mistakes than the best's are no accident.

    Parameters
    ----------
    mistakes, best_mistakes : rows
        Held-out rows that each of the two read wrongly, among those that both were asked.
    """
    mine, others = set(mistakes), set(best_mistakes)
    return _at_least_as_many(len(mine - others), len(others - mine)) < LEVEL


def mcnemar(only_mine: int, only_others: int) -> float:
    """The p-value of the exact test, two-sided, of mistakes that one of two made and not the other.

    How often two that are equally good would differ at least so much, either way.
    """
    more, fewer = max(only_mine, only_others), min(only_mine, only_others)
    return min(1.0, 2 * _at_least_as_many(more, fewer))


def _at_least_as_many(only_mine: int, only_others: int) -> float:
    return float(binom.sf(only_mine - 1, only_mine + only_others, 0.5))
