"""The executor that the verbs choose; tests/training/executors tests each executor."""

import shutil

import numpy as np
import pytest

from kaggle_kit.api.executors import Workers, make_executor
from kaggle_kit.api.reporter import SILENCE
from kaggle_kit.cli.main import main
from kaggle_kit.networks import backend
from kaggle_kit.training.executors import process_pool as workers
from kaggle_kit.training.executors.base import InlineExecutor
from kaggle_kit.training.executors.device_batch import BatchExecutor
from kaggle_kit.training.executors.memory import GIB
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_table

needs_jax = pytest.mark.skipif(backend.keras.backend.backend() != "jax", reason="needs JAX")
# Budgets that no machine uses up: the clock must not decide what the two runs train.
BUDGETS = ("--time-budget", "1h", "--fit-budget", "1h")
PLAN = ("--trials", "1", "--folds", "2", "--epochs", "6", "--fit-epochs", "3", "--members", "2")


def executor(count=None, most=5):
    return make_executor(Workers(count), most, SILENCE)


@pytest.fixture
def gpu(monkeypatch):
    """Pretend that there is a GPU; JAX still computes on the CPU."""
    monkeypatch.setattr(backend, "has_accelerator", lambda: True)


def test_on_a_cpu_there_is_a_process_a_core(monkeypatch):
    monkeypatch.setattr(backend, "has_accelerator", lambda: False)
    monkeypatch.setattr(workers, "cores", lambda: 2)
    monkeypatch.setattr(workers, "available_memory", lambda: 99 * GIB)
    with executor() as pool:
        assert isinstance(pool, workers.WorkerPool)
        assert pool.workers == 2


@needs_jax
@pytest.mark.usefixtures("gpu")
def test_on_a_gpu_all_folds_are_one_program_unless_workers_are_asked_for():
    assert isinstance(executor(), BatchExecutor)
    assert executor().workers == 5
    assert type(executor(count=1)) is InlineExecutor


@needs_jax
def test_a_run_on_a_gpu_is_one_of_a_cpu_up_to_rounding(request, sample_home, tmp_path, capfd):
    """The run is searched in two parts and fitted, with networks of two shapes."""
    runs = []
    for name, workers_asked in (("cpu", ("--workers", "1")), ("gpu", ())):
        if name == "gpu":
            request.getfixturevalue("gpu")
        home = tmp_path / name
        shutil.copytree(sample_home / "data", home / "data")
        assert main(["tune", *PLAN, *BUDGETS, *workers_asked, "--home", str(home)]) == 0
        assert main(["fit", *workers_asked, "--home", str(home)]) == 0
        runs.append(Run(home / "runs/default"))
    said = capfd.readouterr().err
    assert "up to 2 networks train as one program" in said
    assert "up to 4 networks train as one program" in said
    cpu, gpu = runs
    trials = [read_table(run.trials) for run in runs]
    assert list(trials[0].status) == list(trials[1].status)
    np.testing.assert_allclose(trials[0].mean_test_score, trials[1].mean_test_score, atol=0.01)
    answers = [read_arrays(run.oof)["logits"].argmax(axis=1) for run in (cpu, gpu)]
    assert np.mean(answers[0] == answers[1]) > 0.98
