import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from kaggle_kit.executor import InlineExecutor, channel, run_tasks


def test_the_inline_executor_hands_results_and_exceptions_to_futures():
    executor = InlineExecutor()
    assert executor.submit(divmod, 7, 2).result() == (3, 1)
    assert isinstance(executor.submit(divmod, 7, 0).exception(), ZeroDivisionError)


def test_ctrl_c_ends_an_inline_task_and_its_caller():
    def press():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InlineExecutor().submit(press)


def test_progress_is_told_only_where_it_can_be():
    told = []
    channel(InlineExecutor(), told.append)("here")
    with ThreadPoolExecutor(1) as other:
        channel(other, told.append)("elsewhere")
        assert pickle.loads(pickle.dumps(channel(other, told.append)))("elsewhere") is None
    assert told == ["here"]


@pytest.mark.parametrize("executor", [InlineExecutor(), ThreadPoolExecutor(3)])
def test_all_results_arrive_whatever_the_executor(executor):
    calls = ((pow, base, 2) for base in range(10))
    with executor:
        assert sorted(run_tasks(executor, calls, workers=3)) == [n * n for n in range(10)]


def test_the_next_task_is_made_only_when_a_worker_is_free():
    made = []

    def calls():
        for base in range(3):
            made.append(base)
            yield (pow, base, 2)

    results = run_tasks(InlineExecutor(), calls())
    assert next(results) == 0
    assert made == [0]


def test_a_failed_task_ends_the_others():
    calls = ((divmod, 1, n) for n in (1, 0, 2))
    results = run_tasks(InlineExecutor(), calls)
    assert next(results) == (1, 0)
    with pytest.raises(ZeroDivisionError):
        list(results)
