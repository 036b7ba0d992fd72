"""Descriptions that `init` writes, from generated files of every layout and from a fake Kaggle."""

import dataclasses
import re
import shlex
import tomllib

import pytest
from kaggle_server import KaggleServer
from layouts import GENERATORS, make
from layouts.described import DESCRIBED, OF_ANY_SIZE
from repository import ROOT

from kaggle_kit.api.init import Target, init
from kaggle_kit.cli.main import main
from kaggle_kit.competition.description import Layout, Metric
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.competition.toml_file import parse_description
from kaggle_kit.data.inspection.findings import Given, Origin, Sure
from kaggle_kit.errors import InputError, RulesError
from kaggle_kit.workspace.paths import Home

# What no file tells, and what the files tell when they are read.
NOT_IN_FILES = {"slug", "title", "notebooks_only", "honest_limit", "honest_source", "leak"}
NOT_IN_FILES |= {"train_rows", "test_rows", "public_rows"}
NOT_DECLARED = {"labels.classes", "submission.id", "submission.column"}
# The options that the command in a hint, or the table of facts, asks to check.
KEYS = {"metric": "metric", "positive": "submission.positive", "train": "images.train"}
SIDE = 76  # of photographs whose size is the kit's choice


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch, tmp_path):
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "no-config"))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))


@pytest.fixture
def target(tmp_path):
    return Target(Home(tmp_path / "home"))


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return make("digit-recognizer", tmp_path_factory.mktemp("digits"), packed=True).data


def fields(table, path=""):
    """Return the fields that files tell, by key."""
    found = {}
    for field in dataclasses.fields(table):
        value, key = getattr(table, field.name), f"{path}{field.name}"
        if dataclasses.is_dataclass(value):
            found |= fields(value, f"{key}.")
        elif key not in NOT_IN_FILES | NOT_DECLARED:
            found[key] = value
    return found


def asked_for(error):
    """Return the options in the command of a hint, with their values."""
    words = shlex.split(re.search("`(.*)`", error.hint)[1])
    assert words[:2] == ["kaggle-kit", "init"]
    return {one[2:]: value for one, value in zip(words[3::2], words[4::2], strict=True)}


def refused(name, given, target, source):
    with pytest.raises(InputError, match="the files leave unclear") as caught:
        init(name, given, target, source)
    return asked_for(caught.value)


@pytest.mark.parametrize("name", DESCRIBED)
def test_files_and_the_options_that_the_error_asks_for_give_the_description(name, tmp_path, target):
    known = fields(DESCRIBED[name])
    if name == "letters":
        from kaggle_kit.data.samples.letters import write_letters

        files = tmp_path / "letters"
        files.mkdir()
        write_letters(files)
    else:
        files = make(name, tmp_path, **({"side": SIDE} if name in OF_ANY_SIZE else {})).data
    given = Given()
    if DESCRIBED[name].metric != Metric.MAP_AT_K:  # which only its answer goes with
        asked = refused(name, given, target, files)
        assert asked.pop("from") == str(files)
        assert asked.keys() <= {"metric", "positive"}
        given = Given(**{option: known[KEYS[option]] for option in asked})
    found = init(name, given, target, files)
    written = fields(get_competition(name, target.home.folder))
    sure = {fact.key: fact.sure for fact in found.facts}
    different = {key for key in known if written[key] != known[key]}
    group = known["labels.group"]
    if different:  # only what is told to be a guess, or suggested
        assert different <= {"kind", "labels.group"}
        assert "kind" not in different or sure["kind"] != Sure.CERTAIN
        assert not group or any(f"--group {group}" in note for note in found.notes)
        given = dataclasses.replace(given, kind=known["kind"], group=group)
        init(name, given, dataclasses.replace(target, force=True), files)
        written = fields(get_competition(name, target.home.folder))
    assert written == known


@pytest.mark.parametrize("name", ["aerial-cactus-identification", "Kannada-MNIST", "kmnist"])
def test_an_archive_with_archives_inside_gives_what_its_files_give(name, tmp_path, target):
    files = make(name, tmp_path, packed=True).data
    init(name, Given(metric=DESCRIBED[name].metric, kind=DESCRIBED[name].kind), target, files)
    assert fields(get_competition(name, target.home.folder)) == fields(DESCRIBED[name])
    assert sorted(path.name for path in target.home.folder.iterdir()) == ["competitions"]


def test_a_written_description_is_what_download_reads(tmp_path, digits, capsys):
    home = ["--home", str(tmp_path)]
    files = ["--from", str(digits)]
    assert main(["init", "my-digits", *files, "--metric", "accuracy", *home]) == 0
    shown = capsys.readouterr()
    assert "Kaggle was not asked: no Kaggle credentials found" in shown.err
    commands = re.findall(r"next: kaggle-kit (.*)", shown.out)
    assert [command.split()[0] for command in commands] == ["download", "tune"]
    assert main(shlex.split(commands[0])) == 0
    assert "60 training and 20 test images" in capsys.readouterr().out


RECORD = {
    "title": "Digit Recognizer",
    "evaluationMetric": "Categorization Accuracy",
    "isKernelsSubmissionsOnly": True,
    "maxDailySubmissions": 5,
    "deadline": "2030-01-01T00:00:00Z",
}


class TestKaggle:
    @pytest.fixture
    def kaggle(self, digits, monkeypatch):
        with KaggleServer(digits.read_bytes()) as server:
            for name, value in server.environment.items():
                monkeypatch.setenv(name, value)
            server.kaggle.record = dict(RECORD)
            yield server

    def test_tells_the_metric_the_title_and_that_only_notebooks_submit(self, kaggle, target):
        found = init("digit-recognizer", Given(), target)
        competition = get_competition("digit-recognizer", target.home.folder)
        assert competition == found.competition
        assert competition.title == "Digit Recognizer"
        assert competition.metric == Metric.ACCURACY
        assert competition.notebooks_only
        by_kaggle = {fact.key for fact in found.facts if fact.origin == Origin.KAGGLE}
        assert by_kaggle == {"title", "metric", "notebooks_only"}
        assert "Kaggle takes 5 submissions a day" in found.notes
        assert "the deadline is 2030-01-01" in found.notes
        assert found.commands[0] == "kaggle-kit download --competition digit-recognizer"
        assert kaggle.count("DownloadDataFiles") == 1

    def test_is_asked_for_no_files_if_there_are_some(self, kaggle, target, digits):
        init("digit-recognizer", Given(), target, digits)
        assert kaggle.count("GetCompetition") == 1
        assert kaggle.count("DownloadDataFiles") == 0

    def test_goes_behind_an_option(self, kaggle, target, digits):
        given = Given(metric="macro_f1", title="Mine")
        found = init("digit-recognizer", given, target, digits)
        assert found.competition.metric == Metric.MACRO_F1
        assert found.competition.title == "Mine"
        assert kaggle.count("GetCompetition") == 1

    def test_with_a_metric_of_another_name_is_read_on_its_evaluation_page(self, kaggle, target):
        kaggle.kaggle.record["evaluationMetric"] = "My Own Score"
        kaggle.kaggle.pages = {"Evaluation": "<p>The <b>categorization accuracy</b> counts.</p>"}
        found = init("digit-recognizer", Given(), target)
        fact = next(fact for fact in found.facts if fact.key == "metric")
        assert (fact.value, fact.sure) == ("accuracy", Sure.LIKELY)

    def test_with_a_metric_that_nobody_knows_makes_the_error_say_it(self, kaggle, target):
        kaggle.kaggle.record["evaluationMetric"] = "MeanFScore"
        with pytest.raises(InputError, match="Kaggle calls it 'MeanFScore'"):
            init("digit-recognizer", Given(), target)
        assert not target.home.folder.exists()

    def test_that_refuses_is_no_obstacle_where_the_files_are_given(self, kaggle, target, digits):
        kaggle.fail("GetCompetition", 403, 9)
        found = init("digit-recognizer", Given(metric="accuracy"), target, digits)
        assert any(note.startswith("Kaggle was not asked: ") for note in found.notes)

    def test_that_refuses_the_files_is_an_error_with_another_way(self, kaggle, target):
        kaggle.fail("DownloadDataFiles", 403, 9)
        with pytest.raises(RulesError):
            init("digit-recognizer", Given(), target)
        kaggle.fail("GetCompetition", 403, 9)
        with pytest.raises(RulesError) as caught:
            init("digit-recognizer", Given(), target)
        assert "`kaggle-kit init digit-recognizer --from PATH`" in caught.value.hint


class TestTheFile:
    GIVEN = Given(metric="accuracy")

    def test_is_replaced_only_if_the_user_says_so(self, target, digits):
        path = init("digits", self.GIVEN, target, digits).path
        path.write_text("# mine\n")
        with pytest.raises(InputError, match="is there already") as caught:
            init("digits", self.GIVEN, target, digits)
        assert "--force" in caught.value.hint
        assert path.read_text() == "# mine\n"
        init("digits", self.GIVEN, dataclasses.replace(target, force=True), digits)
        assert path.read_text() != "# mine\n"

    def test_can_be_elsewhere(self, tmp_path, target, digits):
        out = tmp_path / "else where" / "mine.toml"
        found = init("digits", self.GIVEN, dataclasses.replace(target, out=out), digits)
        assert get_competition(str(out)) == found.competition
        assert shlex.split(found.commands[1]) == ["kaggle-kit", "tune", "--competition", str(out)]

    def test_has_the_slug_of_an_address(self, target, digits):
        address = "https://www.kaggle.com/competitions/My-Digits/data"
        found = init(address, self.GIVEN, target, digits)
        assert found.path == target.home.folder / "competitions" / "My-Digits.toml"
        assert get_competition("my-digits", target.home.folder) == found.competition

    @pytest.mark.parametrize("name", ["", "../x", "a b/c", "x" * 200, "ä"])
    def test_is_not_written_for_what_is_no_slug(self, name, target, digits):
        with pytest.raises(InputError, match="is no slug"):
            init(name, self.GIVEN, target, digits)
        assert not target.home.folder.exists()


def test_the_hint_repeats_what_was_given_and_makes_the_command_whole(tmp_path, digits, capsys):
    home = tmp_path / "my home"
    arguments = ["init", "d", "--from", str(digits), "--title", "A B", "--home", str(home)]
    assert main(arguments) == 2
    command = shlex.split(re.search("`(.*)`", capsys.readouterr().err)[1])
    assert main(command[1:]) == 0
    assert get_competition("d", home).title == "A B"


def test_every_generator_but_those_of_bad_files_is_tried():
    assert GENERATORS.keys() - DESCRIBED.keys() == {"semicolons", "no-header"}


def test_the_descriptions_in_the_documents_are_valid_and_so_is_one_of_each_layout():
    text = (ROOT / "docs" / "competitions.md").read_text()
    found = [
        parse_description(tomllib.loads(block), "docs/competitions.md")
        for block in re.findall(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    ]
    assert {competition.images.layout for competition in found} == set(Layout)
