import pytest

from kaggle_kit.competition.description import Kind, Resize
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.errors import RunError
from kaggle_kit.explainer.subject.subject import FILE, Subject, load_subject
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.files import write_json

PETS = Problem((96, 96, 3), ("cat", "dog"), kind=Kind.PHOTO)


def begin(run, problem, slug):
    best = Best("dense", {}, [{}], 1, 2, 0, problem=problem, competition=slug)
    run.folder.mkdir(parents=True)
    best.write(run.best)


@pytest.mark.parametrize("slug", ["", "digit-recognizer"])
def test_a_run_on_digits_reads_digits_also_if_it_is_old(run, slug):
    begin(run, DIGITS, slug)
    subject = load_subject(run)
    assert subject.is_digit
    assert subject.is_drawn
    assert subject == load_subject(run, COMPETITIONS["digit-recognizer"])


def test_digits_of_another_script_are_drawn_but_not_called_digits(run):
    begin(run, DIGITS, "Kannada-MNIST")
    subject = load_subject(run, COMPETITIONS["Kannada-MNIST"])
    assert (subject.title, subject.is_drawn, subject.is_digit) == ("Kannada MNIST", True, False)
    assert subject.answer(3) == 3


def test_photographs_and_colour_images_are_not_drawn():
    assert not Subject(PETS).is_drawn
    assert not Subject(Problem((32, 32, 3), ("A", "B"))).is_drawn
    assert not Subject(Problem((48, 48), ("sad", "happy"), kind=Kind.PHOTO)).is_drawn


def test_programs_get_names():
    assert Subject(PETS).answer(1) == "dog"


def test_a_run_of_another_competition_is_refused_with_its_name(run):
    begin(run, PETS, "dogs-vs-cats")
    with pytest.raises(RunError, match="is of dogs-vs-cats, not of digit-recognizer") as caught:
        load_subject(run, COMPETITIONS["digit-recognizer"])
    assert "--competition dogs-vs-cats" in caught.value.hint


def test_a_bundle_knows_its_subject(run):
    begin(run, PETS, "pets")
    subject = Subject(PETS, "All pets", "pets", (0, 4095), Resize.CROP)
    write_json(run.folder / FILE, subject.to_dict())
    assert load_subject(run) == subject


def test_a_damaged_bundle_is_told(run):
    begin(run, PETS, "pets")
    write_json(run.folder / FILE, {"resize": "shrink"})
    with pytest.raises(RunError, match=r"reader\.json is damaged"):
        load_subject(run)
