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
    only_mine, only_others = len(mine - others), len(others - mine)
    at_least_as_many = binom.sf(only_mine - 1, only_mine + only_others, 0.5)
    return bool(at_least_as_many < LEVEL)
