"""The answers of a reader for a picture, with networks whose answers are given."""

import numpy as np
import pytest
from drawings import as_bytes, on_white
from fake_runs import fitted
from PIL import Image, ImageDraw
from scipy.special import logit

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.errors import InputError, RunError
from kaggle_kit.evaluation.decisions import Decision, Rule
from kaggle_kit.evaluation.novelty import NoveltyDetector
from kaggle_kit.explainer.html import reading_html
from kaggle_kit.explainer.reader import Reader, load_decision, settings
from kaggle_kit.explainer.subject.subject import FILE, Subject
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import write_arrays


class Told:
    """Networks of three folds; each fold gives its own logits for every image that has ink."""

    def __init__(self, *fold_logits, image_shape=(28, 28)):
        self.image_shape = image_shape
        self._fold_logits = np.array(fold_logits, dtype=np.float32)
        self.rounded_networks = [self._network(fold) for fold in self._fold_logits]

    def _network(self, logits):
        return lambda images: (
            np.tile(logits, (len(images), 1))
            * (images.reshape(len(images), -1).std(axis=1) > 0)[:, None]
        )

    def fold_logits(self, images):
        return np.stack([network(images) for network in self.rounded_networks], axis=1)

    def logits(self, images):
        return self.fold_logits(images).mean(axis=1)


def saying(label, margin=8.0):
    return margin * np.eye(10)[label]


@pytest.fixture
def picture(one_of_each):
    return Image.fromarray(one_of_each[3])


@pytest.fixture
def familiar(digits):
    return NoveltyDetector.of(digits.images, digits.known_labels, 10)


def test_a_clear_digit_raises_no_doubt(picture, familiar):
    reading = Reader(Told(*[saying(3)] * 3), 0.8, familiar).read(picture)
    assert (reading.label, reading.votes, reading.doubts) == (3, [3, 3, 3], [])
    assert reading.probabilities.sum() == pytest.approx(1)
    np.testing.assert_array_equal(reading.image, np.asarray(picture))


def test_folds_that_disagree_are_a_doubt(picture, familiar):
    networks = Told(saying(3, 20), saying(3, 20), saying(5, 9))
    reading = Reader(networks, 0.8, familiar).read(picture)
    assert reading.votes == [3, 3, 5]
    assert reading.ranking[:2] == [3, 5]
    assert reading.doubts == ["The networks of the 3 folds disagree: 2 say 3, 1 say 5."]


def test_an_answer_less_clear_than_nearly_all_is_a_doubt(picture, familiar):
    reading = Reader(Told(*[saying(3, 2)] * 3), 0.8, familiar).read(picture)
    assert len(reading.doubts) == 1
    assert "as a guess" in reading.doubts[0]


def test_what_looks_like_no_digit_is_a_doubt_however_sure_the_networks_are(familiar):
    fence = Image.new("L", (280, 280), 255)
    for at in (90, 140, 190):
        ImageDraw.Draw(fence).line([(at, 50), (at, 230)], fill=0, width=18)
        ImageDraw.Draw(fence).line([(50, at), (230, at)], fill=0, width=18)
    reading = Reader(Told(*[saying(3)] * 3), 0.8, familiar).read(fence)
    assert len(reading.doubts) == 1
    assert reading.doubts[0].startswith("This does not look like the digit 3")


def test_without_knowledge_of_the_training_images_only_the_answer_is_doubted(picture):
    assert Reader(Told(*[saying(3)] * 3), 0.8, None).read(picture).doubts == []


def test_a_blank_picture_is_refused(familiar):
    blank = Image.new("L", (100, 100), 255)
    with pytest.raises(InputError, match="expected a digit"):
        Reader(Told(*[saying(3)] * 3), 0.8, familiar).read(blank)


def test_reasons_are_of_the_image_that_was_read(picture):
    reader = Reader(Told(*[saying(3)] * 3), 0.8, None)
    reading = reader.read(picture)
    reasons = reader.explain(reading.image)
    values = reasons.explanation.values[0]
    assert values.shape == (10, 28, 28)
    np.testing.assert_allclose(values[3].sum(), 8, rtol=1e-4)
    assert not values[:, reading.image == 0].any()


def test_an_answer_is_unclear_below_what_two_of_a_hundred_training_images_get(run):
    logits = np.zeros((1000, 10), dtype=np.float32)
    logits[20:, 0] = 20
    write_arrays(run.oof, logits=logits, labels=np.zeros(1000, dtype=np.uint8))
    assert 0.1 < settings(run)["least_probability"] <= 1


def test_probabilities_are_as_high_as_the_accuracy_out_of_fold(run, picture):
    """All rows get 90% from their logits, and 99% of them are right."""
    logits = np.tile(saying(0, logit(0.9) + np.log(9)), (1000, 1)).astype(np.float32)
    labels = np.repeat([0, 1], [990, 10])
    write_arrays(run.oof, logits=logits, labels=labels)
    found = settings(run)
    assert found["least_probability"] == pytest.approx(0.99, abs=1e-3)
    networks = Told(*logits[:3])
    reading = Reader(networks, 0.98, None, temperature=found["temperature"]).read(picture)
    assert reading.probabilities[0] == pytest.approx(0.99, abs=1e-3)
    assert reading.probabilities.sum() == pytest.approx(1)
    assert reading.doubts == []
    assert len(Reader(networks, 0.98, None).read(picture).doubts) == 1  # not calibrated


def test_a_bundle_of_an_older_version_is_read_without_calibration(run):
    write_json(run.folder / FILE, {"least_probability": 0.75})
    assert settings(run) == {"least_probability": 0.75, "temperature": 1.0}


def test_a_run_without_its_ensemble_has_no_settings(run):
    with pytest.raises(RunError, match=r"oof\.npz is missing"):
        settings(run)


NAMES = ("ant", "bee", "cat")
LETTERS = Subject(Problem((32, 24, 3), NAMES), "Letters", "letters")
PHOTOS = Subject(Problem((40, 50, 3), NAMES, kind=Kind.PHOTO), "Pets", "pets")


def saying_of_three(label):
    return 8.0 * np.eye(3)[label]


@pytest.mark.parametrize("subject", [LETTERS, PHOTOS], ids=["glyph", "photo"])
def test_a_colour_picture_is_read_as_it_is_and_explained_by_patches(subject):
    shape = subject.problem.image_shape
    networks = Told(*[saying_of_three(1)] * 2, image_shape=shape)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    reader = Reader(networks, 0.8, None, subject=subject)
    reading = reader.read_file(as_bytes(Image.fromarray(pixels)))
    np.testing.assert_array_equal(reading.image, pixels)
    assert (reading.label, reading.votes, reading.doubts) == (1, [1, 1], [])
    explanation = reader.explain(reading.image).explanation
    assert explanation.side > 1
    assert explanation.values.shape == (1, 3, *shape[:2])


def test_of_many_classes_the_likeliest_are_shown():
    names = tuple(f"breed {number}" for number in range(120))
    subject = Subject(Problem((30, 30, 3), names, kind=Kind.PHOTO), "Dogs", "dogs")
    logits = np.arange(120)[::-1] / 4
    networks = Told(logits, image_shape=(30, 30, 3))
    reading = Reader(networks, 0.0, None, subject=subject).answer(np.eye(30, dtype=np.uint8))
    assert reading.shown == list(range(10))


class TestOtherGlyphs:
    """Grey glyphs of other sizes and names are drawn on paper too."""

    @pytest.fixture
    def subject(self):
        return Subject(Problem((32, 32), NAMES), "Signs", "signs")

    @pytest.fixture
    def networks(self):
        return Told(*[saying_of_three(2)] * 2, image_shape=(32, 32))

    def test_are_placed_in_the_size_of_their_images(self, subject, networks, one_of_each):
        reader = Reader(networks, 0.8, None, subject=subject)
        image = reader.read(on_white(one_of_each[5])).image
        assert image.shape == (32, 32)
        rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
        assert abs(max(np.ptp(rows), np.ptp(columns)) + 1 - 20 / 28 * 32) <= 1

    def test_of_the_size_of_the_images_stay_as_they_are(self, subject, networks):
        image = np.zeros((32, 32), dtype=np.uint8)
        image[1:31, 3:6] = 200
        reader = Reader(networks, 0.8, None, subject=subject)
        np.testing.assert_array_equal(reader.read(Image.fromarray(image)).image, image)
        np.testing.assert_array_equal(reader.read(Image.fromarray(255 - image)).image, image)

    def test_are_dark_on_light_if_the_training_images_are(self, subject, networks, one_of_each):
        bright = NoveltyDetector.of(
            np.full((4, 32, 32), 250, np.uint8), np.zeros(4, dtype=np.int64), 3
        )
        reader = Reader(networks, 0.8, bright, subject=subject)
        image = reader.read(on_white(one_of_each[5])).image
        assert np.median(image) == 255
        explanation = reader.explain(image).explanation
        assert not explanation.values[:, :, image == 255].any()

    def test_are_not_called_digits(self, subject, networks):
        reader = Reader(networks, 0.8, None, subject=subject)
        with pytest.raises(InputError, match="expected a character in the picture") as caught:
            reader.read(Image.new("L", (100, 100), 255))
        assert caught.value.hint == "draw one character, large, on a plain background"


GRADES = Subject(Problem((40, 50, 3), NAMES, "quadratic_kappa", Kind.PHOTO), "Eyes", "eyes")
UPWARDS = Decision(Rule.THRESHOLDS, (0.2, 1.5))  # where the expected class is 0.2, it is grade 1


def test_the_answer_is_that_of_the_submission_where_it_is_not_the_likeliest_class():
    """The first class has 60%, the second 40%: the expected class is 0.4."""
    logits = np.log([0.6, 0.4 - 1e-6, 1e-6])
    networks = Told(*[logits] * 2, image_shape=GRADES.problem.image_shape)
    reader = Reader(networks, 0.1, None, subject=GRADES, decision=UPWARDS)
    pixels = np.random.default_rng(0).integers(0, 256, GRADES.problem.image_shape, dtype=np.uint8)
    reading = reader.answer(pixels)
    assert (reading.label, reading.votes, reading.doubts) == (1, [1, 1], [])
    assert reading.ranking == [1, 0, 2]
    assert reading.probabilities.argmax() == 0
    page = reading_html(reading)
    assert "60.0%" in page
    assert "not the likeliest class, but the expected class, by the thresholds 0.20" in page
    plain = Reader(networks, 0.1, None, subject=GRADES).answer(pixels)
    assert plain.label == 0
    assert "not the likeliest" not in reading_html(plain)


def test_a_run_answers_by_the_rule_that_its_out_of_fold_predictions_gave(tmp_path):
    """Each grade looks to the networks as if it were half a grade lower, but for the lowest."""
    run = fitted(tmp_path, "eyes", problem=GRADES.problem.to_dict())
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 600)
    expected = 0.6 * labels + random.normal(0, 0.05, 600)
    distance = (np.arange(3) - expected[:, None]) ** 2
    logits = (-8 * distance).astype(np.float32)
    write_arrays(run.oof, logits=logits, labels=labels, fold=np.arange(600) % 2)
    decision = load_decision(run)
    assert decision.rule == Rule.THRESHOLDS
    assert (decision.decide(logits) != logits.argmax(axis=1)).mean() > 0.2
    write_json(run.folder / FILE, {"least_probability": 0.5, "decision": decision.to_dict()})
    assert load_decision(run) == decision  # as a bundle has it
    write_json(run.folder / FILE, {"least_probability": 0.5})  # of an older kit
    assert load_decision(run) == Decision()
    write_json(run.folder / FILE, {"least_probability": 0.5, "decision": {"rule": "coin"}})
    with pytest.raises(RunError, match=r"reader\.json is damaged"):
        load_decision(run)
