"""Checks that a family, an oracle, an executor or a competition must pass, in the kit or elsewhere.

The name of one, or a function that makes one, comes in. Its checks go out, each a call without
arguments that raises an AssertionError:

    import pytest
    from kaggle_kit.testing import checks_of_family

    @pytest.mark.parametrize("check", checks_of_family("linear"), ids=str)
    def test_the_family_passes(check):
        check()

The checks need no pytest. Read in this order:

    check          a check and its name
    material       made-up images to train on
    families       those of a family of networks
    oracles        those of an oracle, which proposes trials
    executors      those of an executor, which runs the tasks that train
    competitions   those of a description of a competition

`check` and `material` are tested with `families` in `tests/testing/test_families.py`. The tests of
this room walk all families, oracles, executors and competitions of the kit, and see that checks
fail where they should.
"""

from kaggle_kit.testing.check import Check
from kaggle_kit.testing.competitions import checks_of_competition
from kaggle_kit.testing.executors import checks_of_executor
from kaggle_kit.testing.families import checks_of_family
from kaggle_kit.testing.oracles import checks_of_oracle

__all__ = [
    "Check",
    "checks_of_competition",
    "checks_of_executor",
    "checks_of_family",
    "checks_of_oracle",
]
