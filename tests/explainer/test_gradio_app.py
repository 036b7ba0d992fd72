"""The explainer's API as programs use it, with a real server, client and networks."""

import io
import os
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
import requests
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from scipy.special import softmax

from kaggle_kit.cli.main import main
from kaggle_kit.competition.problem import Problem
from kaggle_kit.data.samples.digits import write_pictures
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.evaluation.shapley import FEWEST
from kaggle_kit.explainer import gradio_app as app
from kaggle_kit.explainer.gradio_app import APPEARANCE, build_demo
from kaggle_kit.explainer.inbox import SENT, Inbox, Picture
from kaggle_kit.explainer.reader import Reader, load_reader, settings
from kaggle_kit.explainer.server import serving
from kaggle_kit.explainer.subject.subject import Subject
from kaggle_kit.explainer.subject.words import Words
from kaggle_kit.workspace.paths import Run

CLIENTS = 8
LOAD_SECONDS = float(os.environ.get("KAGGLE_KIT_LOAD_SECONDS", "5"))
ANSWERS_A_SECOND = 1.0  # on one slow core that clients and server share
FULL = "Queue is full"
NOISE = np.random.default_rng(0).integers(0, 256, (99, 99), dtype=np.uint8)


@pytest.fixture(scope="module")
def run(explained_home):
    return Run(explained_home / "runs" / "default")


@pytest.fixture(scope="module")
def reader(run):
    reader = load_reader(run)
    reader.warm_up()
    return reader


@pytest.fixture(scope="module")
def predictor(run, competition):
    """The networks of the run, without the reader."""
    return Predictor(Ensemble.load(run).committees, competition.image_shape)


@pytest.fixture(scope="module")
def url(reader, tmp_path_factory):
    examples = write_pictures(tmp_path_factory.mktemp("examples"))
    build = partial(build_demo, lambda: reader, examples, reader.subject)
    with serving(build, "127.0.0.1", None, **APPEARANCE) as url:
        yield url


@pytest.fixture(scope="module")
def client(url):
    return Client(url, verbose=False)


@pytest.fixture(scope="module")
def rows(digits):
    return digits.images[:12]


@pytest.fixture(scope="module")
def pictures(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    paths = [folder / f"{number}.png" for number in range(len(rows))]
    for path, image in zip(paths, rows, strict=True):
        Image.fromarray(image).save(path)
    return paths


def png(pixels):
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "PNG")
    return memory.getvalue()


def refusal(client, sent, call="/predict"):
    with pytest.raises(AppError) as caught:
        client.predict(sent, api_name=call)
    return str(caught.value)


def test_only_the_two_calls_are_public(client):
    api = client.view_api(print_info=False, return_format="dict")
    assert set(api["named_endpoints"]) == {"/predict", "/explain"}
    assert api["unnamed_endpoints"] == {}


def test_predict_answers_as_the_networks_do(client, run, predictor, rows, pictures):
    temperature = settings(run)["temperature"]
    assert temperature != 1
    logits = predictor.logits(rows)
    folds = predictor.fold_logits(rows).argmax(axis=2)
    for picture, image, expected, votes in zip(pictures, rows, logits, folds, strict=True):
        answer = client.predict(handle_file(picture), api_name="/predict")
        assert answer["label"] == expected.argmax()
        assert answer["classes"] == list("0123456789")
        assert np.allclose(answer["probabilities"], softmax(expected / temperature), atol=1e-5)
        assert answer["votes"] == votes.tolist()
        assert np.array_equal(answer["image"], image)
        assert all(isinstance(doubt, str) for doubt in answer["doubts"])


def test_explain_tells_what_adds_up_to_the_networks_logits(client, predictor, rows, pictures):
    for picture, image in list(zip(pictures, rows, strict=True))[:3]:
        answer = client.predict(handle_file(picture), api_name="/explain")
        values, base = np.array(answer["values"]), np.array(answer["base"])
        logits = predictor.logits(image[None])[0]
        assert values.shape == (10, 28, 28)
        assert answer["label"] == logits.argmax()
        assert np.allclose(answer["logits"], logits, atol=1e-4)
        assert np.allclose(base, predictor.logits(np.zeros_like(image[None]))[0], atol=1e-4)
        assert np.abs(base + values.sum(axis=(1, 2)) - logits).max() < 0.01 * np.ptp(logits)
        assert not values[:, image == 0].any()
        assert 0 <= answer["gap"] < 0.01
        assert (answer["side"], answer["classes"]) == (1, list("0123456789"))
        error = np.array(answer["standard_error"])
        assert error.shape == values.shape
        assert not error[:, image == 0].any()
        assert 0 < error.max() < np.abs(values).max()
        assert answer["orders"] >= FEWEST


@pytest.mark.parametrize("call", ["/predict", "/explain"])
class TestWhatCannotBeReadIsAnsweredWithAdvice:
    @pytest.mark.parametrize(
        ("content", "advice"),
        [
            (png(np.full((28, 28), 255, np.uint8)), "; draw one"),
            (png(np.zeros((300, 200), np.uint8)), "; draw one"),
            (b"a text", "; send a PNG"),
            (b"", "; send a PNG"),
            (png(NOISE)[:5000], "The picture is damaged"),
        ],
        ids=["white", "black", "text", "nothing", "half a picture"],
    )
    def test_of_any_content(self, client, tmp_path, call, content, advice):
        path = tmp_path / "sent.png"
        path.write_bytes(content)
        message = refusal(client, handle_file(path), call)
        assert advice in message
        assert not re.search(r"/\w+/|kaggle-kit-demo|Traceback", message)

    def test_of_no_picture(self, client, call):
        assert refusal(client, None, call) == "No picture was sent; send a file, for example a PNG."

    def test_of_a_picture_that_is_no_longer_there(self, url, call):
        """It is deleted when it is answered."""
        files = {"files": ("seven.png", png(np.eye(28, dtype=np.uint8)))}
        (path,) = requests.post(f"{url}/gradio_api/upload", files=files, timeout=10).json()
        body = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
        answers = []
        for _ in range(2):
            asked = requests.post(f"{url}/gradio_api/call{call}", json=body, timeout=10).json()
            place = f"{url}/gradio_api/call{call}/{asked['event_id']}"
            answers.append(requests.get(place, timeout=60).text)
        assert "send it again" not in answers[0]
        assert answers[1].startswith("event: error")
        assert "The picture is no longer here, or was never sent; send it again." in answers[1]

    @pytest.mark.parametrize("sent", ["seven.png", 7, [1], {"a": 1}, {"path": "http://x.example/"}])
    def test_of_what_is_no_file(self, client, call, sent):
        message = refusal(client, sent, call)
        assert message.startswith("Expected a file, found")
        assert 'handle_file("seven.png")' in message


def test_eight_clients_at_once_get_right_answers(url, predictor, rows, pictures):
    labels = predictor.logits(rows).argmax(axis=1).tolist()
    clients = [Client(url, verbose=False) for _ in range(CLIENTS)]
    end = time.monotonic() + LOAD_SECONDS

    def ask(number, client):
        """Send requests until the time is over: three for a label, then one for an explanation."""
        answers, turn = Counter(), number
        while not answers or time.monotonic() < end:
            turn += 1
            which, call = turn % len(rows), "/predict" if turn % 4 else "/explain"
            try:
                answer = client.predict(handle_file(pictures[which]), api_name=call)
            except AppError as error:
                answers[str(error)] += 1
            else:
                answers["right" if answer["label"] == labels[which] else "wrong"] += 1
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        parts = list(pool.map(ask, range(CLIENTS), clients))
    answers = sum(parts, Counter())
    print(f"{CLIENTS} clients, {LOAD_SECONDS:g} s: {dict(answers)}")  # noqa: T201
    assert [what for what in answers if what != "right" and FULL not in what] == []
    assert answers["right"] >= ANSWERS_A_SECOND * LOAD_SECONDS
    assert all(part["right"] for part in parts)


def test_more_than_the_queue_holds_are_told_so(reader, pictures, monkeypatch):
    """The networks are still being loaded, so no request is answered yet."""
    monkeypatch.setattr(app, "QUEUE", 2)
    loaded = threading.Event()

    def wait():
        assert loaded.wait(60)
        return reader

    with serving(partial(build_demo, wait, [], reader.subject), "127.0.0.1", None) as url:
        client = Client(url, verbose=False)
        jobs = [client.submit(handle_file(pictures[0]), api_name="/predict") for _ in range(8)]
        deadline = time.monotonic() + 60
        while not any(job.done() for job in jobs) and time.monotonic() < deadline:
            time.sleep(0.05)
        loaded.set()
        errors = [str(error) for job in jobs if (error := job.exception(60))]
    assert errors
    assert len(errors) < len(jobs)
    assert [error for error in errors if FULL not in error] == []


class TestThePage:
    """Its events, without a browser: `tests/system/test_browser.py` has one."""

    @pytest.fixture
    def inbox(self, tmp_path):
        return Inbox(tmp_path)

    @pytest.fixture
    def answers(self, reader, inbox):
        return app.Answers(lambda: reader, inbox, Words(reader.subject))

    @pytest.fixture
    def key(self, inbox, pictures):
        content = pictures[0].read_bytes()
        return inbox.pictures.put(Picture(content, "image/png"), size=len(content))

    def test_keeps_a_reading_until_its_reasons_are_shown(self, answers, inbox, key):
        reading, *_ = answers.show_reading("picture 1", {SENT: key})
        assert len(inbox.readings) == 1
        assert "<img" in answers.show_reasons(reading)
        assert len(inbox.readings) == 0

    def test_shows_reasons_once_more_as_they_are(self, answers, key):
        """When the second of two strokes is explained first, the other has nothing to add."""
        reading, *_ = answers.show_reading("picture 1", {SENT: key})
        answers.show_reasons(reading)
        assert answers.show_reasons(reading) == app.gr.skip()

    def test_drops_the_reasons_of_what_was_read_before(self, answers, inbox, key):
        first, *_ = answers.show_reading("picture 1", {SENT: key})
        second, *_ = answers.show_reading("picture 2", {SENT: key}, first)
        assert answers.show_reasons(first) == app.gr.skip()
        assert "<img" in answers.show_reasons(second)
        assert len(inbox.readings) == 0

    def test_drops_reasons_that_come_after_the_next_reading(
        self, answers, reader, key, monkeypatch
    ):
        first, *_ = answers.show_reading("picture 1", {SENT: key})
        explain = reader.explain

        def late(image):
            answers.show_reading("picture 2", {SENT: key}, first)
            return explain(image)

        monkeypatch.setattr(reader, "explain", late)
        assert answers.show_reasons(first) == app.gr.skip()

    def test_keeps_a_picture_until_it_is_shown_and_a_drawing_not_at_all(self, answers, inbox, key):
        answers.show_reading("picture 1", {SENT: key})
        assert inbox.pictures.get(key) is not None
        inbox.pictures.put(inbox.pictures.get(key), "drawn")
        assert answers.show_reading("drawing drawn", None)[0]
        assert inbox.pictures.get("drawn") is None

    def test_says_so_when_a_drawing_is_no_longer_there(self, answers):
        key, status, said, _ = answers.show_reading("drawing drawn", None)
        assert key is None
        assert "Your drawing cannot be read" in status
        assert "send it again" in said


@pytest.mark.parametrize("verb", ["demo", "bundle"])
class TestWithoutARun:
    def test_the_command_says_what_to_do(self, tmp_path, capsys, verb):
        assert main([verb, "--home", str(tmp_path)]) == 1
        lines = capsys.readouterr().err.splitlines()
        assert [line.split(":")[0] for line in lines] == ["error", "hint"]
        assert "there is no run 'default'" in lines[0]
        assert "kaggle-kit tune" in lines[1]

    def test_that_is_fitted_the_command_says_what_to_do(
        self, tmp_path, explained_home, capsys, verb
    ):
        run = Run(tmp_path / "runs" / "default")
        run.folder.mkdir(parents=True)
        whole = Run(explained_home / "runs" / "default")
        for name in ["config.json", "best.json", "folds.npz"]:
            (run.folder / name).write_bytes((whole.folder / name).read_bytes())
        assert main([verb, "--home", str(tmp_path)]) == 1
        assert "hint: run `kaggle-kit fit --home " in capsys.readouterr().err


class Brightness:
    """Networks that tell by the mean of each colour what the image is, of 12 classes."""

    image_shape = (36, 36, 3)

    @property
    def rounded_networks(self):
        return [self.logits]

    def logits(self, images):
        colours = images.mean(axis=(1, 2)) / 16
        return np.pad(colours, [(0, 0), (0, 9)]).astype(np.float32)

    def fold_logits(self, images):
        return self.logits(images)[:, None]


def test_of_colour_images_programs_get_names_and_a_value_for_each_patch(tmp_path):
    names = ("red", "green", "blue", *(f"class {number}" for number in range(3, 12)))
    subject = Subject(Problem((36, 36, 3), names), "Colours", "colours")
    inbox = Inbox(tmp_path)
    pixels = np.zeros((36, 36, 3), dtype=np.uint8)
    pixels[12:24, 12:24] = 10, 30, 250
    content = png(pixels)
    key = inbox.pictures.put(Picture(content, "image/png"), size=len(content))
    reader = Reader(Brightness(), 0.0, None, subject=subject)
    answers = app.Answers(lambda: reader, inbox, Words(subject))
    inbox.pictures.put(Picture(content, "image/png"), "again", size=len(content))
    answer = answers.predict({SENT: key})
    assert (answer["label"], answer["votes"]) == ("blue", ["blue"])
    assert answer["classes"] == names
    assert np.array_equal(answer["image"], pixels)
    explained = answers.explain({SENT: "again"})
    assert explained["classes"][:3] == ["blue", "green", "red"]
    assert len(explained["classes"]) == len(explained["values"]) == 10
    values = np.array(explained["values"])
    assert values.shape == (10, 12, 12)
    assert explained["side"] == 3
    np.testing.assert_array_equal(np.argwhere(values[0])[[0, -1]], [[4, 4], [7, 7]])
    sums = np.array(explained["base"]) + values.sum(axis=(1, 2))
    np.testing.assert_allclose(sums, explained["logits"], atol=1e-4)
