"""Real oracles with fake training, for speed; tests/cli/test_main.py runs a real search."""

import dataclasses
import json
import math
import time

import pytest
from remote import kill_yourself
from threads import Threads
from trackers import Recorder

from kaggle_kit.errors import InputError, RunError, TrainingError
from kaggle_kit.evaluation.significance import Evidence
from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.networks.families import get_family
from kaggle_kit.search import cv_search as search_module
from kaggle_kit.search.cv_search import CrossValSearch
from kaggle_kit.search.ensemble_plan import slowdown
from kaggle_kit.search.oracles import STATE_FILES
from kaggle_kit.search.plan_file import changes_of_plan
from kaggle_kit.search.presets import ORACLES, SearchPlan
from kaggle_kit.tracking.log import NO_LOG, Log
from kaggle_kit.training.executors.base import InlineExecutor
from kaggle_kit.training.executors.process_pool import WorkerPool
from kaggle_kit.training.fold_task import EpochEnd, FoldResult
from kaggle_kit.training.folds import make_folds
from kaggle_kit.training.recipe import Recipe
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.training.train_fold import train_fold
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_table

# Five epochs are too few for two rungs.
PLAN = SearchPlan(trials=6, folds=3, epochs=5, time_budget=1000)
SMALLEST = {"hidden_layers": 1, "units": 64, "distortion": 0.0, "view": "pixels"}


class Trainer:
    """Fake training: the score depends on the width and the fold, and all tasks are recorded.

    Trials are identified by their hyperparameters. The trials whose number (from 0) is in `bad`
    make many mistakes, all others make none. The trials in `slow` take too long.
    """

    def __init__(self):
        self.tasks = []
        self.trials = []
        self.bad = self.slow = ()

    def __call__(self, task, _digits, _folds, notify):
        self.tasks.append(task)
        if task.hyperparameters not in self.trials:
            self.trials.append(task.hyperparameters)
        for epoch in range(1, task.epochs + 1):
            notify(EpochEnd(task.fold, task.member, epoch, task.epochs, 0.5))
        trial = self.trials.index(task.hyperparameters)
        pace = 1000.0 if trial in self.slow else 0.01
        score = task.hyperparameters["units"] / 4096 + task.fold / 100
        mistakes = list(range(40)) if trial in self.bad else []
        return FoldResult(
            fold=task.fold,
            member=task.member,
            accuracy=score,
            loss=0.1,
            mistakes=mistakes,
            evidence=Evidence(score, mistakes),
            history=[
                {"seconds": (epoch + 1) * pace, "val_accuracy": score}
                for epoch in range(task.epochs)
            ],
            seconds=0.0,
            out_of_time=task.seconds <= 0,
            weights=f"fold {task.fold}".encode() if task.keep_weights else None,
        )


@pytest.fixture
def trainer(monkeypatch):
    trainer = Trainer()
    monkeypatch.setattr(search_module, "train_fold", trainer)
    return trainer


@pytest.fixture
def new_search(run, digits, competition):
    def new(plan=PLAN, show=lambda _: None, executor=None, log=NO_LOG):
        data = TaskData(digits, make_folds(digits.labels, plan.folds, seed=0), competition)
        return CrossValSearch(plan, run, data, executor or InlineExecutor(), show, log=log)

    return new


@pytest.mark.usefixtures("trainer")
@pytest.mark.parametrize("oracle", ORACLES)
def test_every_oracle_tries_as_many_different_trials_as_asked(oracle, new_search):
    search = new_search(SearchPlan(oracle=oracle, trials=5, folds=2, epochs=9))
    best = search.run()
    assert len(search.results) == 5
    fresh = [r.hyperparameters for r in search.results if "tuner/trial_id" not in r.hyperparameters]
    assert len({json.dumps(values, sort_keys=True) for values in fresh}) == len(fresh)
    assert best.mean == max(result.mean for result in search.results)


@pytest.mark.usefixtures("trainer")
@pytest.mark.parametrize("oracle", ORACLES)
def test_the_known_good_networks_come_first_whatever_the_oracle(oracle, new_search, problem):
    family = get_family("dense")
    space = keras_tuner.HyperParameters()
    family.build(space, problem)
    Recipe.declare(space, problem)
    search = new_search(dataclasses.replace(PLAN, oracle=oracle, trials=3, epochs=9))
    search.run()
    tried = [
        {k: v for k, v in result.hyperparameters.items() if not k.startswith("tuner/")}
        for result in search.results
    ]
    assert tried == [space.values | changes for changes in family.known_good(problem)[:3]]


def test_every_fold_of_a_trial_is_trained_with_the_same_hyperparameters(trainer, new_search):
    new_search().run()
    assert [task.fold for task in trainer.tasks] == [0, 1, 2] * 6
    for start in range(0, 18, 3):
        trial = trainer.tasks[start : start + 3]
        assert trial[0].hyperparameters == trial[1].hyperparameters == trial[2].hyperparameters


def test_hyperband_trains_the_promising_for_longer(new_search, trainer):
    search = new_search(SearchPlan(oracle="hyperband", trials=16, folds=2, epochs=9))
    search.run()
    assert {max(result.epochs) for result in search.results} == {1, 3, 9}
    assert trainer.tasks[0].epochs == 1


def rungs_of(trainer):
    """The fold, the epochs and the initial weights of each task."""
    return [(task.fold, task.epochs, task.start) for task in trainer.tasks]


FIRST = [(fold, 3, None) for fold in range(3)]
REST = [(fold, 6, f"fold {fold}".encode()) for fold in range(3)]


def test_a_trial_goes_on_from_the_weights_of_its_first_epochs(trainer, new_search):
    search = new_search(dataclasses.replace(PLAN, trials=2, epochs=9))
    search.run()
    assert rungs_of(trainer) == [*FIRST, *REST] * 2
    assert [result.epochs for result in search.results] == [[9, 9, 9]] * 2


def test_a_clearly_worse_trial_is_given_up_after_the_first_fold(run, trainer, new_search):
    trainer.bad = {1}
    search = new_search(dataclasses.replace(PLAN, trials=3, epochs=9))
    best = search.run()
    assert rungs_of(trainer) == [*FIRST, *REST, *FIRST[:1], *FIRST, *REST]
    assert [result.status for result in search.results] == ["completed", "raced", "completed"]
    assert best.trial != search.results[1].trial
    table = read_table(run.trials).set_index("trial")
    raced = table.loc[int(search.results[1].trial)]
    assert (raced["status"], raced["folds_run"], raced["epochs"]) == ("raced", 1, 3)
    assert raced[["rank_test_score", "split1_test_score"]].isna().all()


def test_a_trial_whose_ensemble_would_take_too_long_is_given_up(run, trainer, new_search):
    trainer.slow = {1}
    search = new_search(dataclasses.replace(PLAN, trials=3, epochs=9, fit_budget=3600.0))
    best = search.run()
    assert rungs_of(trainer) == [*FIRST, *REST, *FIRST[:1], *FIRST, *REST]
    assert [result.status for result in search.results] == ["completed", "slow", "completed"]
    assert best.trial != search.results[1].trial
    assert read_table(run.trials)["status"].tolist()[-1] == "slow"


@pytest.mark.parametrize(("spare", "status"), [(-1, "slow"), (1, "completed")])
def test_half_of_the_epochs_of_an_ensemble_must_be_affordable(spare, status, trainer, new_search):
    trainer.slow = {1}
    half = 1000.0 * slowdown(PLAN.folds) * PLAN.folds * PLAN.fit_epochs / 2
    search = new_search(dataclasses.replace(PLAN, trials=2, fit_budget=half + spare))
    search.run()
    assert [result.status for result in search.results] == ["completed", status]


def test_two_workers_train_two_folds_before_they_give_a_trial_up(trainer, new_search):
    trainer.bad = {1}
    with Threads(2) as executor:
        new_search(dataclasses.replace(PLAN, trials=2, epochs=9), executor=executor).run()
    second = [task for task in trainer.tasks if task.hyperparameters == trainer.trials[1]]
    assert sorted((task.fold, task.epochs) for task in second) == [(0, 3), (1, 3)]


def test_a_resumed_search_still_knows_what_the_best_mistook(trainer, new_search):
    trainer.bad = {2}
    plan = dataclasses.replace(PLAN, trials=2, epochs=9)
    new_search(plan).run()
    resumed = new_search(dataclasses.replace(plan, trials=3))
    resumed.run()
    assert [result.status for result in resumed.results] == ["completed", "completed", "raced"]


def test_a_search_in_which_every_trial_kills_its_workers_says_what_to_do(new_search, monkeypatch):
    """The workers are real, and each is killed as soon as it trains."""
    monkeypatch.setattr(search_module, "train_fold", kill_yourself)
    with WorkerPool(2) as pool:
        search = new_search(executor=pool)
        with pytest.raises(TrainingError, match="the first: a worker process died 3 t") as caught:
            search.run()
    assert "use fewer --workers" in caught.value.hint
    assert caught.value.hint.endswith("; then begin again with --restart")
    assert [result.status for result in search.results] == ["failed"] * 3


@pytest.mark.usefixtures("trainer")
def test_of_trials_that_were_beaten_the_evidence_is_forgotten(run, new_search):
    """They would be most of the state, and no later trial is compared with them."""
    search = new_search(dataclasses.replace(PLAN, trials=4))
    best = search.run()
    kept = [result.trial for result in search.results if result.evidence]
    assert kept == [best.trial]
    assert best.trial != "0"
    state = json.loads((run.tuner / STATE_FILES[0]).read_text())
    assert [trial for trial, result in state["results"].items() if result["evidence"]] == kept


@pytest.mark.usefixtures("trainer")
def test_the_mistakes_in_the_state_of_an_earlier_version_are_raced_against(run, new_search):
    """It kept the mistakes of the best trial, fold by fold, and no other evidence."""
    first = new_search()
    best = first.run()
    path = run.tuner / STATE_FILES[0]
    state = json.loads(path.read_text())
    for result in state["results"].values():
        evidence = result.pop("evidence")
        result["mistakes"] = {
            epochs: [fold["mistakes"] for fold in folds] for epochs, folds in evidence.items()
        }
    for name in STATE_FILES:
        (run.tuner / name).write_text(json.dumps(state))
    more = new_search(dataclasses.replace(PLAN, trials=PLAN.trials + 1))
    (kept,) = [result for result in more.results if result.evidence]
    assert kept.trial == best.trial
    assert {
        epochs: [fold.mistakes for fold in folds] for epochs, folds in kept.evidence.items()
    } == {epochs: [fold.mistakes for fold in folds] for epochs, folds in best.evidence.items()}
    more.run()
    assert len(more.results) == PLAN.trials + 1


@pytest.mark.usefixtures("trainer")
def test_a_state_that_repeats_the_space_in_every_trial_is_read(run, new_search):
    """Earlier versions of the kit wrote such a state."""
    first = new_search()
    first.run()
    for name in STATE_FILES:
        state = json.loads((run.tuner / name).read_text())
        for trial in state["trials"]:
            assert "space" not in trial["hyperparameters"]
            trial["hyperparameters"]["space"] = state["hyperparameters"]["space"]
        (run.tuner / name).write_text(json.dumps(state, indent=2))
    more = new_search(dataclasses.replace(PLAN, trials=7))
    more.run()
    assert more.results[:6] == first.results
    assert len(more.results) == 7


@pytest.mark.parametrize("oracle", ORACLES)
def test_a_killed_search_repeats_no_finished_trial_and_ends_the_same(
    oracle, run, trainer, new_search
):
    """It is killed in trial 4, and still finds what an undisturbed search finds."""
    plan = SearchPlan(oracle=oracle, trials=5, folds=2, epochs=5, time_budget=1000)

    def die_in_the_fourth_trial(*arguments):
        if len(trainer.tasks) == 7:
            raise KeyboardInterrupt
        return Trainer.__call__(trainer, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_module, "train_fold", die_in_the_fourth_trial)
        with pytest.raises(KeyboardInterrupt):
            new_search(plan).run()
    before = len(trainer.tasks)
    resumed = new_search(plan)
    resumed.run()
    assert len(trainer.tasks) - before == 2 * 2
    assert len(resumed.results) == 5
    for name in STATE_FILES:
        (run.tuner / name).unlink()
    undisturbed = new_search(plan)
    undisturbed.run()
    assert [r.hyperparameters for r in undisturbed.results] == [
        r.hyperparameters for r in resumed.results
    ]


@pytest.mark.parametrize("torn", STATE_FILES)
@pytest.mark.parametrize("content", ["", '{"trials": [', "[]", '{"trials": []}'])
def test_a_torn_state_file_costs_nothing(torn, content, run, trainer, new_search):
    new_search().run()
    trained = len(trainer.tasks)
    (run.tuner / torn).write_text(content)
    resumed = new_search()
    resumed.run()
    assert len(trainer.tasks) == trained
    assert len(resumed.results) == 6


@pytest.mark.usefixtures("trainer")
def test_two_torn_state_files_are_an_error_that_says_what_to_do(run, new_search):
    new_search().run()
    for name in STATE_FILES:
        (run.tuner / name).write_text("{")
    with pytest.raises(RunError, match="nor its copy can be read") as caught:
        new_search()
    assert "--restart" in caught.value.hint


@pytest.mark.usefixtures("trainer")
@pytest.mark.parametrize("older", ["space", "result"])
def test_the_state_of_another_version_is_refused_with_what_to_do(older, run, new_search):
    """Its search space differs, or it stored fewer fields of a result than this version needs."""
    new_search().run()
    for name in STATE_FILES:
        state = json.loads((run.tuner / name).read_text())
        if older == "space":
            del state["hyperparameters"]["space"][-1]
        else:
            for result in state["results"].values():
                del result["status"]
        (run.tuner / name).write_text(json.dumps(state))
    with pytest.raises(RunError, match="was written by another version of kaggle-kit") as caught:
        new_search()
    assert "--restart" in caught.value.hint


@pytest.mark.usefixtures("trainer")
def test_a_finished_search_goes_on_when_more_trials_are_asked_for(new_search):
    first = new_search()
    first.run()
    more = new_search(SearchPlan(trials=9, folds=3, epochs=9, time_budget=1000))
    more.run()
    assert more.results[:6] == first.results
    assert len(more.results) == 9


@pytest.mark.usefixtures("trainer")
def test_a_lost_table_of_trials_is_written_again(run, new_search):
    new_search().run()
    before = run.trials.read_bytes()
    run.trials.unlink()
    new_search().run()
    assert run.trials.read_bytes() == before


def fail_on(trainer, trials):
    def train(*arguments):
        if len({json.dumps(t.hyperparameters) for t in [*trainer.tasks, arguments[0]]}) in trials:
            trainer.tasks.append(arguments[0])
            raise MemoryError("no room\nfor this")
        return Trainer.__call__(trainer, *arguments)

    return train


def test_a_failed_trial_is_kept_with_its_cause_and_the_search_goes_on(
    trainer, new_search, monkeypatch
):
    monkeypatch.setattr(search_module, "train_fold", fail_on(trainer, {2, 3, 4, 5}))
    search = new_search()
    search.run()
    assert [r.status for r in search.results] == ["completed", *["failed"] * 4, "completed"]
    assert search.results[1].error == "MemoryError: no room"


def test_a_trial_whose_loss_is_not_a_number_fails_and_the_search_goes_on(trainer, new_search):
    """The second trial is really trained, with a learning rate of NaN."""

    def train(task, *arguments):
        if len(trainer.trials) != 1 or task.hyperparameters in trainer.trials:
            return Trainer.__call__(trainer, task, *arguments)
        trainer.trials.append(task.hyperparameters)
        broken = SMALLEST | {"learning_rate": math.nan}
        return train_fold(dataclasses.replace(task, hyperparameters=broken), *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_module, "train_fold", train)
        search = new_search(dataclasses.replace(PLAN, trials=3))
        search.run()
    assert [r.status for r in search.results] == ["completed", "failed", "completed"]
    assert search.results[1].error == "the loss became nan in epoch 1 of fold 0"


def test_a_search_in_which_all_fails_gives_up_with_the_first_cause(
    run, trainer, new_search, monkeypatch
):
    monkeypatch.setattr(search_module, "train_fold", fail_on(trainer, set(range(99))))
    message = "all 3 trials failed; the first: MemoryError: no room"
    with pytest.raises(TrainingError, match=message) as caught:
        new_search().run()
    assert run.trials.read_text().count("MemoryError: no room") == 3
    assert isinstance(caught.value.__cause__, MemoryError)


def test_a_search_that_failed_can_be_tried_again(trainer, new_search, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(search_module, "train_fold", fail_on(trainer, set(range(99))))
        with pytest.raises(TrainingError):
            new_search().run()
    assert new_search().run().status == "completed"


def test_the_time_budget_counts_all_sessions(trainer, new_search, monkeypatch):
    plan = SearchPlan(trials=100, folds=2, epochs=1, time_budget=0.6)

    def slow(*arguments):
        time.sleep(0.1)
        return Trainer.__call__(trainer, *arguments)

    monkeypatch.setattr(search_module, "train_fold", slow)
    first = new_search(plan)
    first.run()
    trained = len(trainer.tasks)
    assert 2 <= trained <= 12
    assert first.was_cut
    again = new_search(plan)
    again.run()
    assert len(trainer.tasks) == trained
    assert again.was_cut


def test_a_trial_that_the_clock_cut_is_finished_when_there_is_more_time(
    trainer, new_search, monkeypatch
):
    def cut(*arguments):
        result = Trainer.__call__(trainer, *arguments)
        return type(result)(**(vars(result) | {"out_of_time": True}))

    with monkeypatch.context() as short:
        short.setattr(search_module, "train_fold", cut)
        search = new_search()
        assert search.run().status == "cut"
        assert len(search.results) == 1
    resumed = new_search()
    resumed.run()
    assert [result.status for result in resumed.results] == ["completed"] * 6
    assert resumed.results[0].hyperparameters == search.results[0].hyperparameters


@pytest.mark.usefixtures("trainer")
@pytest.mark.parametrize("epochs", [5, 9])
def test_progress_rises_to_the_end_and_tells_the_best_so_far(epochs, new_search):
    """The trials have one rung (5 epochs) or two rungs (9 epochs)."""
    told = []
    search = new_search(dataclasses.replace(PLAN, epochs=epochs), show=told.append)
    search.run()
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    assert (told[-1].trial, told[-1].fold) == (6, 3)
    assert told[-1].epoch == told[-1].epochs
    assert told[0].best == ""
    before_last = search.results[:-1]
    assert told[-1].best == max(before_last, key=lambda r: r.lower).describe("accuracy")


def test_a_fold_that_begins_again_takes_no_progress_back(trainer, new_search, monkeypatch):
    """A fold begins again when its worker dies, and then reports its first epochs again."""

    def train(task, digits, folds, notify):
        notify(EpochEnd(task.fold, task.member, 4, task.epochs, 0.5))
        return Trainer.__call__(trainer, task, digits, folds, notify)

    monkeypatch.setattr(search_module, "train_fold", train)
    told = []
    new_search(show=told.append).run()
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    assert [progress.epoch for progress in told[:6]] == [4, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "wrong", [{"oracle": "grid"}, {"folds": 1}, {"seed": -1}, {"seed": 2**31}, {"time_budget": 0}]
)
def test_a_plan_that_cannot_be_searched_is_refused(wrong):
    with pytest.raises(InputError) as caught:
        SearchPlan(**wrong)
    assert caught.value.hint


def test_the_plan_is_there_before_the_first_trial_and_complete_after_the_last(
    new_search, run, trainer
):
    search = new_search(executor=Threads(2))
    before = json.loads(run.plan.read_text())
    assert before["done"] == {
        "abreast": 2,
        "rungs": [5],
        "trials": 0,
        "slow": [],
        "chosen": "",
        "fit_epochs": 0,
    }
    assert before["trials"] == PLAN.trials
    trainer.slow = {2}
    best = search.best(search.run())
    done = json.loads(run.plan.read_text())["done"]
    assert done["slow"] == ["2"]
    assert (done["trials"], done["chosen"]) == (6, best.trial)
    assert done["fit_epochs"] == best.epochs


def test_a_plan_is_repeated_whatever_the_clock_and_the_workers_are(
    new_search, run, trainer, tmp_path, digits, competition
):
    first = new_search(dataclasses.replace(PLAN, oracle="bayesian"), executor=Threads(2))
    trainer.slow = {1}
    best = first.best(first.run())
    other = Run(tmp_path / "other")
    plan = SearchPlan(**changes_of_plan(run.plan))
    trainer.slow = {0, 1, 2, 3}  # another machine is slower still
    data = TaskData(digits, make_folds(digits.labels, plan.folds, seed=0), competition)
    second = CrossValSearch(plan, other, data, InlineExecutor(), lambda _: None)
    again = second.best(second.run())
    for name in ("hyperparameters", "epochs", "trial", "folds", "seed", "members"):
        assert getattr(again, name) == getattr(best, name)
    assert [one.hyperparameters for one in second.results] == [
        one.hyperparameters for one in first.results
    ]
    assert json.loads(other.plan.read_text())["done"] == json.loads(run.plan.read_text())["done"]
    assert {task.seconds for task in trainer.tasks[-3:]} == {math.inf}


def test_a_log_is_told_of_each_trial_its_epochs_on_all_rungs_and_its_scores(
    new_search, trainer, run
):
    recorder = Recorder()
    log = Log([recorder])
    trainer.bad = {1}
    plan = dataclasses.replace(PLAN, trials=2, epochs=9)
    new_search(plan, executor=Threads(2), log=log).run()
    log.close()
    assert [part for part, *_ in recorder.of("begin")] == ["trial-0", "trial-1"]
    assert [values for _, values, _ in recorder.of("begin")] == trainer.trials
    points = [told[:3] for told in recorder.of("epoch")]
    assert [told for told in points if told[:2] == ("trial-0", "fold0")] == [
        ("trial-0", "fold0", step) for step in range(1, 10)
    ]
    first, second = recorder.of("end")
    trials = read_table(run.trials).set_index("trial")
    assert first == ("trial-0", {k: trials[k][0] for k in first[1]}, "completed")
    assert (second[0], second[2]) == ("trial-1", "raced")
