"""Push, follow and fetch a notebook, by the real client, at a fake Kaggle."""

import dataclasses
import hashlib
import json
import re

import pytest
from fake_kaggle import HANDLERS

from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.errors import InputError, KaggleError, NetworkError
from kaggle_kit.kaggle.kernel.metadata import FILE, make_metadata, read_kernel, slugify
from kaggle_kit.kaggle.kernel.runtime import SUMS
from kaggle_kit.kaggle.kernels import KaggleKernels, Kernel, _text
from kaggle_kit.workspace.best import Best

MNIST = COMPETITIONS["digit-recognizer"]
NAME = "tester/kaggle-kit-digit-recognizer"
KERNEL = Kernel(NAME)
ALWAYS = 99
SUBMISSION = "ImageId,Label\n1,7\n2,1\n"
TINY = dataclasses.replace(MNIST, test_rows=2)
MADE = {
    "submission.csv": SUBMISSION.encode(),
    "runs/default-kaggle/best.json": b'{"family": "dense"}',
    "runs/default-kaggle/models/fold0.weights.h5": bytes(range(256)) * 1000,
}


class Lagging(dict):
    """Kaggle's newest versions; assignments are ignored, so new versions do not appear."""

    def __setitem__(self, *_):
        pass


def with_sums(files):
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return files | {SUMS: json.dumps(sums).encode()}


@pytest.fixture
def kernels():
    return KaggleKernels(MNIST, timeout=5.0, attempts=3, pause=0.001)


@pytest.fixture
def kit(server, tmp_path, monkeypatch):  # noqa: ARG001  sets the environment
    """A `kernel` command in this process, without pauses between two looks."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setitem(COMPETITIONS, MNIST.slug, TINY)

    def call(*arguments):
        return main(["kernel", *arguments, "--home", str(tmp_path)])

    return call


@pytest.fixture
def pushed(server, kernels):
    server.kaggle.makes = {"files": with_sums(MADE)}
    return kernels.push(make_metadata(MNIST, "tester", gpu=False), "{}")


class TestBuild:
    def test_makes_a_notebook_and_metadata_that_pass_our_own_checks(self, kit, tmp_path, capsys):
        assert kit("build") == 0
        folder = tmp_path / "kernels" / MNIST.slug
        metadata, text = read_kernel(folder, MNIST)
        assert metadata["id"] == NAME
        assert (metadata["is_private"], metadata["enable_internet"]) == (True, False)
        assert (metadata["enable_gpu"], metadata["competition_sources"]) == (False, [MNIST.slug])
        assert all(isinstance(cell["source"], str) for cell in json.loads(text)["cells"])
        assert f"{folder / FILE}" in capsys.readouterr().out

    def test_turns_the_gpu_on_when_asked(self, kit, tmp_path):
        assert kit("build", "--gpu", "--owner", "Someone") == 0
        metadata, _ = read_kernel(tmp_path / "kernels" / MNIST.slug, MNIST)
        assert (metadata["enable_gpu"], metadata["id"].split("/")[0]) == (True, "someone")

    @pytest.mark.parametrize(
        ("arguments", "does"),
        [
            ([], "it searches with the preset quick, on the CPU"),
            (["--preset", "standard", "--gpu"], "it searches with the preset standard, on a GPU"),
            (["--best", "{best}"], "it fits {best}, on the CPU"),
        ],
    )
    def test_says_what_the_notebook_will_do(self, kit, tmp_path, capsys, arguments, does):
        best = tmp_path / "best.json"
        Best("dense", {}, [{}], epochs=1, folds=2, seed=0).write(best)
        assert kit("build", *(argument.format(best=best) for argument in arguments)) == 0
        assert does.format(best=best) in capsys.readouterr().out

    def test_gives_what_is_there_to_another_owner(self, kit, tmp_path):
        assert kit("build") == 0
        assert kit("build", "--owner", "Someone") == 0
        metadata, _ = read_kernel(tmp_path / "kernels" / MNIST.slug, MNIST)
        assert metadata["id"].split("/")[0] == "someone"

    @pytest.mark.parametrize("given", ["some_one", "@some_one", "https://www.kaggle.com/Some_One/"])
    def test_takes_the_owner_as_kaggle_shows_it(self, kit, tmp_path, given):
        assert kit("build", "--owner", given) == 0
        metadata, _ = read_kernel(tmp_path / "kernels" / MNIST.slug, MNIST)
        assert metadata["id"].split("/")[0] == "some_one"

    @pytest.mark.parametrize("there", [True, False])
    def test_writes_nothing_for_an_owner_that_is_none(self, kit, tmp_path, capsys, there):
        path = tmp_path / "kernels" / MNIST.slug / FILE
        if there:
            assert kit("build") == 0
        before = {file: file.read_bytes() for file in path.parent.glob("*")}
        with pytest.raises(SystemExit, match="2"):
            kit("build", "--owner", "no one", "--gpu")
        assert "expected a user as in the address of a profile" in capsys.readouterr().err
        assert {file: file.read_bytes() for file in path.parent.glob("*")} == before

    def test_without_credentials_asks_for_the_owner(self, kit, monkeypatch, capsys):
        for name in ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"]:
            monkeypatch.delenv(name)
        assert kit("build") == 1
        said = capsys.readouterr().err
        assert "no Kaggle credentials" in said
        assert "hint: give --owner USER" in said
        assert kit("build", "--owner", "someone") == 0

    def test_uses_the_story_that_lies_in_its_folder(self, kit, tmp_path):
        folder = tmp_path / "kernels" / MNIST.slug
        folder.mkdir(parents=True)
        (folder / "notebook.txt").write_text("# %% [markdown]\n# Mine, {title}\n# %% kit\n...\n")
        assert kit("build") == 0
        _, text = read_kernel(folder, MNIST)
        first, second = json.loads(text)["cells"]
        assert first["source"].startswith("Mine, kaggle-kit digit recognizer")
        assert "b64decode" in second["source"]

    def test_refuses_a_best_json_that_is_none(self, kit, tmp_path, capsys):
        (tmp_path / "best.json").write_text("{}")
        assert kit("build", "--best", str(tmp_path / "best.json")) == 2
        assert "it has no family" in capsys.readouterr().err

    @pytest.mark.parametrize("content", ["a,b\n1,2\n", None])
    def test_never_advises_to_delete_a_file_that_the_user_named(
        self, kit, tmp_path, capsys, content
    ):
        mine = tmp_path / "mine.csv"
        if content:
            mine.write_text(content)
        assert kit("build", "--best", str(mine)) == 2
        hint = capsys.readouterr().err.splitlines()[1]
        assert hint.endswith("a best.json that `tune` wrote into a run")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("id", "kaggle-kit-digit-recognizer", "expected owner/slug"),
        ("id", "tester/other", "id ends in 'other', but the title makes 'kaggle-kit-digit"),
        ("title", "Kit", "title is 'Kit', expected 5 to 50 characters"),
        ("language", "r", "language is 'r', expected python"),
        ("kernel_type", "script", "expected notebook"),
        ("is_private", "true", "is_private is 'true', expected true"),
        ("is_private", False, "is_private is False, expected true: share it at Kaggle"),
        ("enable_gpu", 1, "enable_gpu is 1, expected true or false"),
        ("enable_internet", True, "enable_internet is True, expected false"),
        ("enable_internet", None, "enable_internet is None, expected false"),
        ("competition_sources", ["c/digit-recognizer"], "expected the competition's slug"),
        ("competition_sources", [], "expected the competition's slug"),
        ("competition_sources", ["titanic"], "competition_sources lacks digit-recognizer"),
        ("dataset_sources", None, "expected a list of texts"),
        ("dataset_sources", [1], r"dataset_sources is \[1\], expected a list of texts"),
        ("kernel_sources", [None], "expected a list of texts"),
        ("model_sources", [["a/b"]], "expected a list of texts"),
        ("keywords", [{}], "expected a list of texts"),
        ("code_file", "script.py", "expected a notebook"),
        ("code_file", "../mine.ipynb", "expected a notebook in the same folder"),
        ("code_file", "/tmp/mine.ipynb", "expected a notebook in the same folder"),
        ("code_file", "a\\b.ipynb", "expected a notebook in the same folder"),
    ],
)
def test_metadata_that_kaggle_would_misread_is_refused_here(kit, tmp_path, field, value, message):
    kit("build")
    folder = tmp_path / "kernels" / MNIST.slug
    metadata = json.loads((folder / FILE).read_text()) | {field: value}
    (folder / FILE).write_text(json.dumps(metadata))
    with pytest.raises(InputError, match=message):
        read_kernel(folder, MNIST)


def test_a_notebook_may_have_other_competitions_data_too(kit, tmp_path):
    kit("build")
    path = tmp_path / "kernels" / MNIST.slug / FILE
    more = {"competition_sources": ["titanic", MNIST.slug]}
    path.write_text(json.dumps(json.loads(path.read_text()) | more))
    assert read_kernel(path.parent, MNIST)[0]["competition_sources"] == ["titanic", MNIST.slug]


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "cannot be read"), ("[]", "no JSON object"), ("{}", "no cells"), (None, "missing")],
)
def test_a_notebook_that_is_none_is_refused(kit, tmp_path, content, message):
    kit("build")
    (path,) = (tmp_path / "kernels" / MNIST.slug).glob("*.ipynb")
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_kernel(path.parent, MNIST)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Kaggle-Kit: Digits!", "kaggle-kit-digits"),
        (" a  b ", "a-b"),
        ("Größe für Ziffern", "grosse-fur-ziffern"),
        ("It's mine", "it-s-mine"),
        ("手書き数字", "shou-shu-kishu-zi"),
    ],
)
def test_slugs_are_made_as_kaggle_makes_them(title, slug):
    assert slugify(title) == slug


class TestPush:
    def test_sends_the_whole_and_tells_the_version(self, server, kernels):
        metadata = make_metadata(MNIST, "tester", gpu=True)
        pushed = [kernels.push(metadata, '{"cells": []}') for _ in range(2)]
        assert pushed == [Kernel(NAME, 1), Kernel(NAME, 2)]
        sent = server.kaggle.kernels[NAME].sent
        assert sent["text"] == '{"cells": []}'
        assert (sent["newTitle"], sent["kernelType"]) == (metadata["title"], "notebook")
        assert sent["competitionDataSources"] == [MNIST.slug]
        assert (sent["enableGpu"], sent["enableInternet"], sent["isPrivate"]) == (True, False, True)

    def test_that_is_refused_says_why(self, server, kernels):
        server.fail("SaveKernel", 200, body={"error": "Notebook title is taken"})
        with pytest.raises(KaggleError, match="refused the notebook: Notebook title is taken"):
            kernels.push(make_metadata(MNIST, "tester", gpu=False), "{}")

    @pytest.mark.parametrize(
        ("status", "remedy"),
        [(403, "the credentials are those of tester"), (409, "has this title"), (410, "see https")],
    )
    def test_that_is_refused_hints_at_the_notebook(self, server, kernels, status, remedy):
        server.fail("SaveKernel", status, body={"error": {"code": status, "message": "Too bad."}})
        with pytest.raises(KaggleError, match=rf"push {NAME} \({status}: Too bad\.\)") as caught:
            kernels.push(make_metadata(MNIST, "tester", gpu=False), "{}")
        assert remedy in caught.value.hint
        assert MNIST.url not in caught.value.hint

    def test_without_its_competition_is_no_success(self, server, kernels):
        body = {"versionNumber": 1, "invalidCompetitionSources": [MNIST.slug]}
        server.fail("SaveKernel", 200, body=body)
        with pytest.raises(KaggleError, match="knows no competition digit-recognizer"):
            kernels.push(make_metadata(MNIST, "tester", gpu=False), "{}")

    def test_is_not_doubled_when_the_answer_is_lost(self, server, kernels):
        server.fail("SaveKernel", "drop after")
        pushed = kernels.push(make_metadata(MNIST, "tester", gpu=False), "{}")
        assert pushed == Kernel(NAME, 1)
        assert server.count("SaveKernel") == 1

    def test_of_unknown_fate_says_so(self, server, kernels, monkeypatch):
        """The answer is lost, and then Kaggle does not show the notebook."""
        save = server.kaggle.save_kernel

        def save_and_fall_silent(_, sent):
            server.fail("GetKernel", "drop", ALWAYS)
            return save(sent)

        monkeypatch.setattr("fake_kaggle.HANDLERS", HANDLERS | {"SaveKernel": save_and_fall_silent})
        server.fail("SaveKernel", "drop after")
        with pytest.raises(
            NetworkError, match=f"whether Kaggle took {NAME} is not known"
        ) as caught:
            kernels.push(make_metadata(MNIST, "tester", gpu=False), "{}")
        assert f"look at https://www.kaggle.com/code/{NAME} before" in caught.value.hint

    def test_hidden_from_this_user_is_never_called_not_taken(self, server, kernels):
        server.fail("GetKernel", 403, ALWAYS)
        server.fail("SaveKernel", "drop after")
        with pytest.raises(NetworkError) as caught:
            kernels.push(make_metadata(MNIST, "tester", gpu=False), "{}")
        assert "before you push again" in caught.value.hint

    @pytest.mark.parametrize("fault", ["drop", 503])
    def test_that_was_not_taken_is_an_error(self, server, kernels, fault):
        server.fail("SaveKernel", fault)
        with pytest.raises(NetworkError) as caught:
            kernels.push(make_metadata(MNIST, "tester", gpu=False), "{}")
        assert "before you push again" in caught.value.hint
        assert server.kaggle.kernels == {}

    def test_an_answer_without_sense_is_an_error(self, server, kernels):
        server.fail("SaveKernel", 200, body={"what": "?"})
        with pytest.raises(KaggleError, match="not what its client expects"):
            kernels.push(make_metadata(MNIST, "tester", gpu=False), "{}")


class TestOutput:
    @pytest.fixture(autouse=True)
    def _over(self, server, pushed):  # noqa: ARG002  needed for its effect
        server.kaggle.kernels[NAME].looks = 3

    def test_is_fetched_over_several_pages(self, server, kernels, tmp_path):
        server.kaggle.largest_page = 1
        files = kernels.output(KERNEL, tmp_path)
        fetched = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in files}
        assert fetched == with_sums(MADE)

    @pytest.mark.parametrize("fault", [503, 429, "drop", "truncate"])
    def test_is_tried_again_after_a_bad_transfer(self, server, kernels, tmp_path, fault):
        server.fail("fetch", fault, headers={"Retry-After": "0"})
        files = kernels.output(KERNEL, tmp_path)
        assert files[0].read_bytes() == SUBMISSION.encode()

    @pytest.mark.parametrize("fault", [503, 404])
    def test_never_takes_an_error_page_for_a_file(self, server, kernels, tmp_path, fault):
        server.fail("fetch", fault, ALWAYS)
        with pytest.raises(KaggleError, match=str(fault)):
            kernels.output(KERNEL, tmp_path)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    @pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", ""])
    def test_cannot_leave_its_folder(self, server, kernels, tmp_path, name):
        server.kaggle.kernels[NAME].files = {name: b"evil"}
        with pytest.raises(KaggleError, match="not a path inside the folder"):
            kernels.output(KERNEL, tmp_path)
        assert list(tmp_path.iterdir()) == []


class TestCommand:
    def test_push_follows_and_brings_the_run_home(self, server, kit, tmp_path, capsys):
        server.kaggle.makes = {"files": with_sums(MADE)}
        assert kit("push") == 0
        said = capsys.readouterr()
        assert f"pushed: https://www.kaggle.com/code/{NAME} (version 1)" in said.out
        printed = [line for line in said.err.splitlines() if line.startswith("  ")]
        assert printed == ["  hello", "  working", "  done"]
        run = tmp_path / "runs" / "default-kaggle"
        assert (run / "best.json").read_bytes() == MADE["runs/default-kaggle/best.json"]
        assert (run / "submission.csv").read_text() == SUBMISSION
        assert (run / "kernel.log").read_text() == "hello\nworking\ndone\n"
        assert not (run / "runs").exists()
        assert "kaggle-kit submit --run default-kaggle" in said.out
        assert kit("output") == 0  # a run that was fetched may be fetched again

    def test_a_failed_notebook_shows_its_log_and_fails(self, server, kit, tmp_path, capsys):
        server.kaggle.makes = {"ends": "ERROR", "failure": "Out of memory", "log": ["boom\n"]}
        assert kit("push") == 1
        said = capsys.readouterr().err
        assert said.count("  boom") == 1
        assert "error: the notebook failed at Kaggle (error): Out of memory" in said
        assert not (tmp_path / "runs").exists()
        assert kit("status") == 1
        assert kit("output") == 1

    def test_push_outlives_a_network_that_goes_away(self, server, kit, capsys):
        server.kaggle.makes = {"files": with_sums(MADE)}
        server.fail("GetKernelSessionStatus", 503, times=9)
        assert kit("push") == 0
        said = capsys.readouterr()
        assert said.err.count("too busy to tell the status") == 2
        assert "fetched" in said.out

    def test_push_gives_up_on_a_network_that_stays_away(self, server, kit, capsys):
        server.fail("GetKernelSessionStatus", "drop", times=ALWAYS * 9)
        assert kit("push") == 1
        said = capsys.readouterr().err
        assert len(re.findall("trying again$", said, re.MULTILINE)) == 20
        assert "hint: the notebook is still running at Kaggle: `kaggle-kit kernel status" in said

    @pytest.mark.parametrize("fault", [403, 503, "drop"])
    def test_output_that_is_refused_is_had_later(self, server, kit, capsys, fault):
        server.kaggle.makes = {"files": with_sums(MADE)}
        server.fail("fetch", fault, times=ALWAYS)
        assert kit("push") == 1
        said = capsys.readouterr().err
        assert "goes on" not in said
        assert "hint: the notebook is complete: `kaggle-kit kernel output" in said
        server.fail("fetch", fault, times=0)
        assert kit("output") == 0

    def test_ctrl_c_while_the_output_comes_says_how_to_get_it(
        self, server, kit, monkeypatch, capsys
    ):
        def press(*_):
            raise KeyboardInterrupt

        server.kaggle.makes = {"files": with_sums(MADE)}
        monkeypatch.setattr("kaggle_kit.kaggle.kernels.KaggleKernels.output", press)
        assert kit("push") == 130
        assert "hint: the notebook is complete" in capsys.readouterr().err

    def test_ctrl_c_leaves_the_notebook_running_and_says_so(self, kit, monkeypatch, capsys):
        def press(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr("kaggle_kit.kaggle.kernels.KaggleKernels.status", press)
        assert kit("push") == 130
        assert "hint: the notebook is still running at Kaggle" in capsys.readouterr().err

    def test_a_notebook_that_is_not_listed_yet_is_waited_for(self, server, kit):
        server.kaggle.makes = {"files": with_sums(MADE)}
        server.fail("GetKernelSessionStatus", 404, times=3)
        assert kit("push") == 0

    def test_a_log_that_cannot_be_had_hides_nothing(self, server, kit, capsys):
        server.kaggle.makes = {"ends": "ERROR", "failure": "Out of memory"}
        server.fail("ListKernelSessionOutput", 503, times=ALWAYS)
        assert kit("push") == 1
        assert "Out of memory" in capsys.readouterr().err

    def test_a_new_version_is_not_taken_for_the_one_before(self, server, kit):
        """The status of version 2 is requested, although Kaggle still shows version 1."""
        server.kaggle.makes = {"files": with_sums(MADE)}
        assert kit("push") == 0
        server.kaggle.makes = {"ends": "ERROR", "failure": "Out of memory"}
        server.kaggle.kernels = Lagging(server.kaggle.kernels)
        assert kit("push") == 1

    def test_output_finds_the_run_by_itself(self, server, kit, tmp_path):
        files = {name.replace("default-", "longer-"): made for name, made in MADE.items()}
        server.kaggle.makes = {"files": with_sums(files)}
        assert kit("push", "--no-wait", "--run", "longer") == 0
        server.kaggle.kernels[NAME].looks = 9
        assert kit("output") == 0
        assert (tmp_path / "runs" / "longer-kaggle" / "best.json").exists()
        assert not (tmp_path / "runs" / "default-kaggle").exists()

    def test_metadata_that_the_user_changed_are_kept(self, server, kit, tmp_path):
        assert kit("build") == 0
        path = tmp_path / "kernels" / MNIST.slug / FILE
        mine = {"title": "My digits", "id": "tester/my-digits", "keywords": ["digits"]}
        path.write_text(json.dumps(json.loads(path.read_text()) | mine))
        assert kit("push", "--no-wait", "--gpu") == 0
        sent = server.kaggle.kernels["tester/my-digits"].sent
        assert (sent["newTitle"], sent["categoryIds"]) == ("My digits", ["digits"])
        assert sent["enableGpu"]

    def test_output_waits_for_nobody(self, kit, capsys):
        assert kit("push", "--no-wait") == 0
        assert kit("output") == 1
        assert "is queued: there is no output yet" in capsys.readouterr().err
        assert kit("status") == 0
        assert kit("status", "--owner", "Tester") == 0
        assert "running" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({SUMS: None}, f"no {SUMS}"),
            (
                {SUMS: b"<html>busy</html>"},
                f"{SUMS} .* not what the .*\nhint: run .*output .*again",
            ),
            ({"submission.csv": None}, "no submission.csv"),
            ({"submission.csv": b"<html>busy</html>"}, "submission.csv .* is not what the noteb"),
            ({"runs/default-kaggle/best.json": None}, "best.json .* is missing"),
            ({SUMS: with_sums({"submission.csv": SUBMISSION.encode()})[SUMS]}, "has 0 runs"),
        ],
    )
    def test_output_that_is_not_whole_is_not_kept(
        self, server, kit, tmp_path, capsys, change, message
    ):
        files = with_sums(MADE) | change
        server.kaggle.makes = {"files": {k: v for k, v in files.items() if v is not None}}
        assert kit("push") == 1
        assert re.search(message, capsys.readouterr().err)
        assert not (tmp_path / "runs" / "default-kaggle").exists()

    def test_a_submission_that_is_none_is_not_kept(self, server, kit, tmp_path, capsys):
        files = with_sums(MADE | {"submission.csv": b"ImageId,Label\n1,seven\n"})
        server.kaggle.makes = {"files": files}
        assert kit("push") == 1
        assert "line 2: Label is 'seven'" in capsys.readouterr().err
        assert not (tmp_path / "runs" / "default-kaggle").exists()

    def test_a_submission_of_other_rows_is_not_kept(self, server, kit, tmp_path, capsys):
        files = with_sums(MADE | {"submission.csv": b"ImageId,Label\n1,7\n"})
        server.kaggle.makes = {"files": files}
        assert kit("push") == 1
        assert "has 1 row, expected 2" in capsys.readouterr().err
        assert not (tmp_path / "runs" / "default-kaggle").exists()

    def test_a_run_made_here_is_not_replaced(self, server, kit, tmp_path, capsys):
        server.kaggle.makes = {"files": with_sums(MADE)}
        mine = tmp_path / "runs" / "default-kaggle"
        mine.mkdir(parents=True)
        (mine / "best.json").write_text("mine")
        assert kit("push") == 1
        assert "was not fetched from Kaggle" in capsys.readouterr().err
        assert (mine / "best.json").read_text() == "mine"
        assert server.kaggle.kernels == {}


@pytest.mark.parametrize(
    "log",
    [
        '[{"data": "one\\n"}, {"data": "two\\n"}]',
        '{"data": "one\\n"}\n{"data": "two\\n"}\n',
        '[{"data": "one\\n"}\n,{"data": "two\\n"}\n]',
        "one\ntwo\n",
    ],
)
def test_a_log_is_text_however_kaggle_sends_it(log):
    assert _text(log) == "one\ntwo\n"


def test_a_log_that_is_cut_in_a_line_keeps_the_rest():
    assert _text('{"data": "one\\n"}\n{"data": "tw') == 'one\n{"data": "tw'
