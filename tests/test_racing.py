from itertools import product

import pytest
from scipy.stats import binomtest

from kaggle_kit.evaluation.significance import RACING_SIGNIFICANCE, is_clearly_worse


@pytest.mark.parametrize("common", [0, 500])
def test_the_verdict_is_the_exact_tests_and_common_mistakes_do_not_matter(common):
    verdicts = []
    for mine, others in product([1, 3, 4, 9, 20, 60], [0, 1, 5, 12, 45]):
        both, only_others = range(common), range(1000, 1000 + others)
        found = is_clearly_worse([*both, *range(2000, 2000 + mine)], [*both, *only_others])
        test = binomtest(mine, mine + others, 0.5, alternative="greater")
        assert found == (test.pvalue < RACING_SIGNIFICANCE), (mine, others)
        verdicts.append(found)
    assert set(verdicts) == {True, False}


def test_as_many_mistakes_or_fewer_are_never_clearly_worse():
    for count in range(200):
        assert not is_clearly_worse(range(count), range(count))
        assert not is_clearly_worse(range(count), range(count, 2 * count))
        assert not is_clearly_worse([], range(count))


def test_the_order_of_the_rows_does_not_matter():
    assert is_clearly_worse([5, 3, 1, 2, 4], [3])
    assert not is_clearly_worse([5, 3, 1, 2, 4], [4, 9, 1, 5])
