"""One short function a verb; the only place that wires the modules together.

Each takes the parsed options, prints results on standard output and raises a KitError on failure.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from kaggle_kit import console
from kaggle_kit.competition import Competition, get_competition
from kaggle_kit.errors import RunError
from kaggle_kit.files import write_json
from kaggle_kit.presets import DEFAULT_PRESET, PRESETS, SearchPlan
from kaggle_kit.runs import (
    Home,
    Run,
    begin,
    check_data,
    read_arrays,
    read_config,
    read_json,
    read_table,
)

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from kaggle_kit.data import Digits
    from kaggle_kit.evaluate import Evaluation


@dataclasses.dataclass(frozen=True)
class Job:
    """What every verb works on."""

    competition: Competition
    home: Home
    run: Run

    @classmethod
    def of(cls, options: Namespace) -> Job:
        home = Home(options.home)
        return cls(get_competition(options.competition), home, home.run(options.run))

    @property
    def data(self) -> Path:
        return self.home.data(self.competition.slug)


def download(options: Namespace) -> None:
    from kaggle_kit.kaggle_client import KaggleClient
    from kaggle_kit.sources import fetch, make_source

    job = Job.of(options)
    source = make_source(options.source, KaggleClient())
    console.note(f"{job.competition.slug} from {source.name}")
    manifest, fetched = fetch(source, job.competition, job.data, force=options.force)
    train, test = _load(job)
    what = "fetched" if fetched else "already there"
    console.result(
        f"{what}: {len(train.images):,} training and {len(test.images):,} test images "
        f"in {job.data} (from {manifest.source})"
    )
    if options.source and manifest.source != source.name:
        console.note(f"{source.name} was not opened; --force takes the data from there")


def tune(options: Namespace) -> None:
    from kaggle_kit.folds import make_folds, save_folds
    from kaggle_kit.models import check_family

    job = Job.of(options)
    train, test = _load(job)
    config = None if options.restart else read_config(job.run)
    plan, preset = _plan(options, config, (len(train.images), job.competition))
    asked = dataclasses.asdict(plan) | {
        "competition": job.competition.slug,
        "preset": preset,
        "data": _fingerprint(train, test),
    }
    check_family(plan.family)
    # Only what can be searched may take the place of a run, or begin one.
    folds = make_folds(train.known_labels, plan.folds, plan.seed)
    if options.restart:
        job.run.discard()
    begin(job.run, asked)
    best = read_json(job.run.best, "plan") if job.run.best.exists() else {}
    if best.get("plan") == dataclasses.asdict(plan):
        console.note(f"the search is already done: {job.run.best}")
    else:
        if not job.run.folds.exists():
            save_folds(job.run.folds, folds)
        _search(job, plan, train, options.workers)
    _show_best(job)


def fit(options: Namespace) -> None:
    job = Job.of(options)
    _show_evaluation(_fit(job, options.workers))
    console.result(f"\nwritten: {job.run.models}, {job.run.oof}, {job.run.history}")


def submit(options: Namespace) -> None:
    from kaggle_kit.manifest import check_landed
    from kaggle_kit.submission import score

    job = Job.of(options)
    evaluation = _fit(job, options.workers)
    _write_submission(job)
    console.result(f"out-of-fold accuracy {_cv(evaluation)}")
    if check_landed(job.data, {}).is_sample:
        accuracy = score(job.run.submission, job.data / "solution.csv")
        console.result(f"accuracy on the sample's held-out labels {accuracy:.4f}")
    elif options.dry_run:
        console.result(f"would send {job.run.submission} to {job.competition.url}")
        console.result(f"with the message: {_message(options, evaluation)}")
    else:
        _upload(job, options, evaluation)


def report(options: Namespace) -> None:
    from kaggle_kit.fitted import check_current, load_evaluation
    from kaggle_kit.report import write_report

    job = Job.of(options)
    check_current(job.run, read_json(job.run.config, "data")["data"]["train.csv"])
    tables = (read_table(job.run.history), read_table(job.run.trials))
    title = f"{job.competition.slug}: run {job.run.folder.name}"
    folder = options.out or job.run.report
    page = write_report(folder, title, load_evaluation(job.run), tables)
    console.result(f"written: {page}")


def _load(job: Job) -> tuple[Digits, Digits]:
    """The images of train.csv and test.csv, if they are what `download` put there."""
    from kaggle_kit.data import load_test, load_train
    from kaggle_kit.manifest import check_landed

    train = load_train(job.data, job.competition)
    test = load_test(job.data, job.competition)
    check_landed(job.data, _fingerprint(train, test))
    for name, part in (("train.csv", train), ("test.csv", test)):
        for finding in part.findings.describe():
            console.note(f"{name}: {finding}")
    return train, test


def _fingerprint(train: Digits, test: Digits) -> dict[str, str]:
    return {"train.csv": train.sha256, "test.csv": test.sha256}


def _plan(
    options: Namespace, config: dict[str, Any] | None, data: tuple[int, Competition]
) -> tuple[SearchPlan, str]:
    """The plan that is asked for; a run that has begun goes on as it was unless told otherwise."""
    fields = [field.name for field in dataclasses.fields(SearchPlan)]
    lacking = [name for name in fields if config is not None and name not in config]
    if lacking:
        raise RunError(
            f"run {options.run!r} was begun by an older kaggle-kit, without {', '.join(lacking)}",
            hint="name another run with --run, or start this one again with --restart",
        )
    if options.preset is None and config is not None:
        plan = SearchPlan(**{name: config[name] for name in fields})
        preset = config["preset"]
    else:
        preset = options.preset or DEFAULT_PRESET
        rows, competition = data
        plan = PRESETS[preset].for_rows(rows, competition.train_rows)
    given = {name: getattr(options, name, None) for name in fields}
    return dataclasses.replace(
        plan, **{name: value for name, value in given.items() if value is not None}
    ), preset


def _search(job: Job, plan: SearchPlan, train: Digits, workers: int | None) -> None:
    from kaggle_kit.folds import load_folds
    from kaggle_kit.search import CrossValSearch
    from kaggle_kit.workers import cores, make_executor

    folds = load_folds(job.run.folds, len(train.images), plan.folds)
    workers = workers or min(cores(), plan.folds)
    with console.showing() as show, make_executor(workers) as executor:
        search = CrossValSearch(plan, job.run, (train, folds, job.competition), executor, show)
        chosen = search.run()
    write_json(job.run.best, search.best_json(chosen))
    console.note(
        f"{len(search.results)} trials in {console.duration(search.seconds)}: {job.run.trials}"
    )
    if chosen.status == "cut":
        console.note("the time budget let no trial finish; the choice rests on a part of one")


def _show_best(job: Job) -> None:
    best = read_json(job.run.best, "trial", "cv", "hyperparameters")
    cv, folds = best["cv"], len(best["cv"]["scores"])
    error = f" ± {cv['standard_error']:.4f}" if folds > 1 else ""
    of = f"mean ± standard error over {folds} folds" if folds > 1 else "one fold"
    console.result(
        f"best of the search: trial {best['trial']}, accuracy {cv['mean']:.4f}{error} "
        f"({of}, {cv['epochs']} epochs)"
    )
    for name, value in best["hyperparameters"].items():
        console.result(f"  {name:<16} {f'{value:.4g}' if isinstance(value, float) else value}")
    console.result(f"written: {job.run.best}")


def _fit(job: Job, workers: int | None) -> Evaluation:
    from kaggle_kit.fitted import fingerprint, is_fitted, load_evaluation

    train, test = _load(job)
    check_data(job.run, _fingerprint(train, test))
    competition = read_json(job.run.best, "competition")["competition"]
    if competition != job.competition.slug:
        raise RunError(
            f"{job.run.best} is for {competition}, not for {job.competition.slug}",
            hint="name another run with --run",
        )
    if is_fitted(job.run, fingerprint(job.run, train.sha256)):
        console.note(f"the ensemble is already there: {job.run.models}")
        return load_evaluation(job.run)
    return _train_ensemble(job, (train, test), workers)


def _train_ensemble(job: Job, data: tuple[Digits, Digits], workers: int | None) -> Evaluation:
    from kaggle_kit.ensemble import Fit
    from kaggle_kit.fitted import missing_networks
    from kaggle_kit.folds import load_folds
    from kaggle_kit.workers import cores, make_executor

    train, test = data
    count = read_json(job.run.best, "folds")["folds"]
    folds = load_folds(job.run.folds, len(train.images), count)
    workers = workers or max(1, min(cores(), len(missing_networks(job.run))))
    with console.showing() as show, make_executor(workers) as executor:
        return Fit(job.run, (train, folds, job.competition), executor, show).run(test)


def _show_evaluation(evaluation: Evaluation) -> None:
    console.result("out-of-fold confusion matrix (rows: true, columns: predicted)")
    console.result(str(evaluation.confusion))
    console.result(f"\n{evaluation.report}")
    for true, predicted, count in evaluation.pairs:
        console.result(f"hardest pair: {true} read as {predicted}, {count} times")
    console.result(f"out-of-fold accuracy {_cv(evaluation)}")


def _cv(evaluation: Evaluation) -> str:
    folds = len(evaluation.fold_accuracies)
    return (
        f"{evaluation.accuracy:.4f} "
        f"({evaluation.mean:.4f} ± {evaluation.std:.4f}, mean ± std over {folds} folds)"
    )


def _write_submission(job: Job) -> None:
    from kaggle_kit.submission import validate_submission, write_submission

    labels = read_arrays(job.run.test)["logits"].argmax(axis=1)
    write_submission(job.run.submission, labels, job.competition)
    sample = job.data / "sample_submission.csv"
    validate_submission(job.run.submission, sample, job.competition)
    console.result(f"written: {job.run.submission} ({len(labels):,} rows, valid)")


def _message(options: Namespace, evaluation: Evaluation) -> str:
    return options.message or f"kaggle-kit {options.run}: CV {evaluation.mean:.5f}"


def _upload(job: Job, options: Namespace, evaluation: Evaluation) -> None:
    from kaggle_kit.kaggle_client import KaggleClient
    from kaggle_kit.upload import Uploader

    uploader = Uploader(KaggleClient(), job.home, job.competition)
    entry = None if options.again else uploader.sent_before(job.run)
    if entry is None:
        entry = uploader.send(job.run, _message(options, evaluation), evaluation)
        console.result(f"submitted: {job.competition.url}/submissions (number {entry.ref})")
    else:
        console.note(f"this very file was sent before, as number {entry.ref}; --again repeats it")
    if options.no_wait:
        return

    def waiting(seconds: float) -> None:
        console.note(f"waiting for the score, {console.duration(seconds)} so far")

    if entry.status == "pending":
        entry = uploader.wait(entry, waiting)
    console.result(f"public score {entry.public_score}   out-of-fold accuracy {_cv(evaluation)}")
