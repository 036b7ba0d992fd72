from functools import partial

import pytest
from threads import Threads

from kaggle_kit.training.executors.base import InlineExecutor, run_tasks


def square(number, notify):
    notify(("squaring", number))
    return number * number


def squares(numbers):
    return [partial(square, number) for number in numbers]


def test_the_inline_executor_hands_results_and_exceptions_to_futures():
    executor = InlineExecutor()
    assert executor.submit(divmod, 7, 2).result() == (3, 1)
    assert isinstance(executor.submit(divmod, 7, 0).exception(), ZeroDivisionError)


def test_ctrl_c_ends_an_inline_task_and_its_caller():
    def press():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InlineExecutor().submit(press)


@pytest.mark.parametrize("executor", [InlineExecutor(), Threads(1), Threads(3)])
def test_all_results_and_all_messages_arrive_whatever_the_executor(executor):
    told = []
    with executor:
        results = run_tasks(executor, squares(range(10)), told.append)
        assert sorted(results) == [n * n for n in range(10)]
    assert sorted(told) == [("squaring", n) for n in range(10)]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_next_task_is_made_only_when_a_worker_is_free(workers):
    made = []

    def calls():
        for call in squares(range(4)):
            made.append(call)
            yield call

    with Threads(workers) as executor:
        results = run_tasks(executor, calls())
        next(results)
        assert len(made) == workers
        results.close()


def test_a_failed_task_ends_the_others():
    calls = [partial(lambda n, _: divmod(1, n), n) for n in (1, 0, 2)]
    results = run_tasks(InlineExecutor(), calls)
    assert next(results) == (1, 0)
    with pytest.raises(ZeroDivisionError):
        list(results)
