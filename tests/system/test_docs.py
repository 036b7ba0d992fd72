"""The documents are correct: their commands run, their files exist, their code examples work.

Commands are read from the documents and run in their order, in one home, against the fake Kaggle.
Only the sizes of `tune` are made small.
"""

import ast
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kaggle_server import KaggleServer
from PIL import Image
from repository import ROOT

from kaggle_kit.cli.main import main
from kaggle_kit.cli.options import make_parser
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.samples.digits import one_of_each
from kaggle_kit.kaggle.kernel.runtime import hand_over
from kaggle_kit.networks.families import FAMILIES

NOTEBOOK = "notebooks/digit_recognizer.ipynb"
SKILL = "skills/kaggle-kit/SKILL.md"
DOCUMENTS = [
    *(
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "benchmarks/README.md",
        NOTEBOOK,
        SKILL,
    ),
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
]
INLINE = "--workers 1"
SMALL = {
    "tune": f"--trials 1 --folds 2 --epochs 1 --fit-epochs 2 --members 1 {INLINE}",
    "fit": INLINE,
    "submit": INLINE,
}


def text_of(name):
    text = (ROOT / name).read_text()
    if not name.endswith(".ipynb"):
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def blocks(name, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(name), re.DOTALL | re.MULTILINE)


def commands(name):
    """Return the commands in a document's blocks and code spans, in order, without comments."""
    found = []
    for block, span in re.findall(
        r"^```sh\n(.*?)^```$|(?<!`)`([^`]+)`(?!`)", text_of(name), re.DOTALL | re.MULTILINE
    ):
        for line in block.splitlines() if block else [" ".join(span.split())]:
            found += [part.strip() for part in re.sub(r"\s+# .*", "", line).split("&&")]
    program = re.compile(r"(taskset -c \d+ )?(make|python|(\.venv/bin/)?kaggle-kit|pip|uv) \S")
    return [command for command in found if program.match(command)]


EVERY = {name: commands(name) for name in DOCUMENTS}
ALL = sorted({command for found in EVERY.values() for command in found})
KIT = [command for command in ALL if re.match(r"(\.venv/bin/)?kaggle-kit ", command)]
MAKE = [command for command in ALL if command.startswith("make ")]
PYTHON = [command for command in ALL if re.search(r"(^| )python ", command)]

PAGES = ("README.md", "docs/usage.md", "docs/explainer.md", "docs/exports.md")
WALKED = [command for page in PAGES for command in EVERY[page] if command in MAKE]
STORY = [line for block in blocks(NOTEBOOK, "sh") for line in block.splitlines()]
TESTS = [command for command in EVERY["CONTRIBUTING.md"] if command.startswith("make test ARGS")]
AGENT = [line for block in blocks(SKILL, "sh") for line in block.splitlines()]
# The commands that are not run here, and where or why.
CONTINUOUS = {"make check", "make quickstart", "make test", "make check-kaggle", "make docs"}
DEMOS = ["make demo", 'make demo ARGS="--home quickstart"', "kaggle-kit demo"]
SOFTMAX = "kaggle-kit tune --family softmax"
YOURS = "kaggle-kit download --competition your-competition --from your.zip"
INIT = "kaggle-kit init my-class --from my-class.zip --metric accuracy"
ELSEWHERE = {
    "make setup": "each target that .ci/run names begins with it",
    "make notebook": "test_notebook.py",
    "make init": "test_init.py",
    "make init COMPETITION=slug": "test_init.py",
    "kaggle-kit init SLUG": "test_init.py",
    INIT: "test_init.py",
    SOFTMAX: "test_contributing.py",
    YOURS: "test_contributing.py",
    "kaggle-kit doctor": "test_doctor.py",
    "kaggle-kit quickstart": "test_competitions.py",
    "kaggle-kit submit FILE.csv": "test_submit.py",
    "kaggle-kit submit --sync --format json": "test_results.py",
    "kaggle-kit download --from sample": "test_main.py",
    "kaggle-kit runs A B --format json": "test_results.py",
    "pip install kaggle-kit": "it asks a package registry",
    "make lock": "it asks a package registry",
    "make lock ARGS=--upgrade": "it asks a package registry",
    "make download bench": "it takes hours",
    "make test-long": "it takes as long as all other tests",
    "make submit ARGS=blend.csv": "test_submit.py",
    'make quickstart ARGS="--sample letters"': "test_competitions.py",
    "kaggle-kit --help": "test_options.py",
    "kaggle-kit runs": "test_overview.py",
    "kaggle-kit kernel": "test_kernels.py",
    "kaggle-kit push": "test_kernels.py",
    "kaggle-kit predict PATH": "test_predict.py",
    "kaggle-kit predict photos --out labels.csv": "test_predict.py",
    "kaggle-kit runs pack longer": "test_run_files.py",
    "kaggle-kit runs unpack longer.zip --as other": "test_run_files.py",
    "kaggle-kit runs remove other": "test_run_files.py",
    "kaggle-kit completion bash": "test_completion.py",
    "kaggle-kit tune --log tensorboard": "test_tracking.py",
    "kaggle-kit submit --log mlflow": "test_tracking.py",
    'pip install "kaggle-kit[tracking]"': "the lock has it",
    "kaggle-kit tune": "test_main.py",
    "kaggle-kit tune --family my_network.py:build --run own": "test_python_page.py",
    "kaggle-kit tune --plan runs/own/plan.json --run again": "test_python_page.py",
    "kaggle-kit tune --preset quick": "test_main.py",
    "kaggle-kit tune --run cnn --family cnn": "test_blend.py",
    "kaggle-kit fit --run cnn": "test_blend.py",
    "kaggle-kit blend default cnn --run both": "test_blend.py",
    'make blend RUN=both ARGS="default cnn"': "test_blend.py",
    "kaggle-kit submit --run both --dry-run": "test_blend.py",
    "pip install gradio_client": "the lock has it",
    'pip install "kaggle-kit[cluster]"': "the lock has it",
    "make dist": "test_wheel.py",
    'make tune submit ARGS="--scheduler tcp://127.0.0.1:8786"': "test_dask_cluster.py",
    'make test ARGS="tests/system/test_deaths.py tests/training tests/workspace"': "itself",
}


def test_every_command_of_the_documents_is_run():
    run_here = {*WALKED, *STORY, *AGENT, *TESTS, *DEMOS}
    assert set(ALL) - run_here - CONTINUOUS - set(ELSEWHERE) - set(PYTHON) == set()
    assert (CONTINUOUS | set(ELSEWHERE) | set(DEMOS)) - set(ALL) == set()
    lines = (ROOT / ".ci/run").read_text().splitlines()
    assert set(lines) >= CONTINUOUS


def expanded(command):
    """Return the commands that make would run, each as a list of words."""
    # If make runs these tests with ARGS, the make that is started here must not use them.
    environment = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MFLAGS", "ARGS"}}
    said = subprocess.run(
        ["make", "-n", "READY=", "PEERS=", *shlex.split(command)[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return [shlex.split(line) for line in said.stdout.replace("\\\n", " ").splitlines()]


@pytest.mark.parametrize("command", KIT)
def test_a_command_of_the_kit_has_a_verb_and_options_that_there_are(command, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("my_network.py").write_text("def build(hp): pass")
    for known, name in ((COMPETITIONS, "your-competition"), (FAMILIES, "softmax")):
        monkeypatch.setitem(known, name, next(iter(known.values())))
    arguments = shlex.split(command)[1:]
    if arguments == ["--help"]:
        assert make_parser().format_help()
    else:
        make_parser().parse_args(arguments)


@pytest.mark.parametrize("command", MAKE)
def test_a_make_command_expands_to_commands_that_there_are(command):
    lines = expanded(command)
    assert lines
    for program, *arguments in lines:
        if program.endswith("/kaggle-kit"):
            make_parser().parse_args(arguments)


@pytest.mark.parametrize("command", PYTHON)
def test_a_script_is_there_and_takes_the_options(command):
    words = shlex.split(command)
    script, *arguments = words[words.index("python") + 1 :]
    if script == "-m":
        module, *arguments = arguments
        script = f"{module.replace('.', '/')}.py"
    calls = [n for n in ast.walk(ast.parse((ROOT / script).read_text())) if isinstance(n, ast.Call)]
    taken = {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"
    }
    assert {word for word in arguments if word.startswith("--")} <= taken


def test_every_make_target_has_a_line_in_the_help_and_is_phony():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert targets == set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert targets == set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())


class TestFiles:
    def tree(self):
        return re.search(r"(?ms)^```\n(Makefile.*?)^```$", text_of("docs/how-it-works.md"))[1]

    def named(self):
        """Return the modules and folders in the tree: the words before the wide gap of a line."""
        lines = [re.split(r" {3,}", line.strip())[0] for line in self.tree().splitlines()]
        return {name.strip() for line in lines for name in line.split(",")}

    def test_every_file_of_the_tree_is_there(self):
        places = [ROOT, ROOT / "kaggle_kit"]
        for name in self.named():
            candidates = [place / end for place in places for end in (name, f"{name}.py")]
            assert any(path.exists() for path in candidates), name

    def test_every_room_is_in_the_tree(self):
        package = ROOT / "kaggle_kit"
        rooms = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")} - {"kernel/"}
        assert rooms - self.named() == set()

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_what_a_document_links_to_in_the_repository_is_there(self, name):
        targets = re.findall(r"\]\((?!https?://)([^)#]+)\)", text_of(name))
        assert [t for t in targets if not ((ROOT / name).parent / t).exists()] == []

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_a_path_that_a_document_names_is_there(self, name):
        spans = re.findall(r"(?<!`)`([\w./-]+)`(?!`)", text_of(name))
        ours = ("benchmarks/", "kaggle_kit/", "tests/", "docs/", "scripts/", "notebooks/", ".ci/")
        paths = [span for span in spans if span.startswith(ours) and "<" not in span]
        missing = [path for path in paths if not (ROOT / path).exists()]
        assert missing == []


@pytest.fixture
def kaggle(whole_data, monkeypatch, tmp_path):
    """The fake Kaggle with all the data, and a temporary HOME for its client."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KAGGLE_KERNEL_RUN_TYPE", raising=False)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with KaggleServer(*whole_data) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server.kaggle


def run(arguments):
    assert main([*arguments, *SMALL.get(arguments[0], "").split()]) == 0, arguments


def walk(found):
    """Run commands in order, as make and the shell would."""
    for command in found:
        if command.startswith("make "):
            for program, *arguments in expanded(command):
                assert program.endswith("/kaggle-kit")
                run(arguments)
        else:
            run(shlex.split(command)[1:])


def made_at_kaggle(run_folder, scratch):
    """Return the output of a notebook at Kaggle that made the files of a run."""
    run_folder = shutil.copytree(run_folder, scratch / f"{run_folder.name}-kaggle")
    working = scratch / "working"
    working.mkdir()
    shutil.copy(run_folder / "submission.csv", working)
    hand_over(run_folder, working)
    paths = [path for path in working.rglob("*") if path.is_file()]
    return {path.relative_to(working).as_posix(): path.read_bytes() for path in paths}


def test_the_readme_leads_from_nothing_to_the_leaderboard(
    kaggle, whole_data, tmp_path, tmp_path_factory, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("digit-recognizer.zip").write_bytes(whole_data[0])
    todo = [c for c in WALKED if c not in CONTINUOUS | set(DEMOS) | set(ELSEWHERE)]
    first_push = todo.index("make push")
    walk(todo[:first_push])
    assert len(kaggle.submissions) == 1
    scratch = tmp_path_factory.mktemp("scratch")
    kaggle.makes = {"files": made_at_kaggle(Path("runs/default"), scratch)}
    walk(todo[first_push:])
    assert len(kaggle.submissions) == 1  # with such small sizes, all runs make the same file
    assert {path.name for path in Path("runs").iterdir() if path.is_dir()} == {
        *("default", "longer", "default-kaggle"),
    }

    assert Path("runs/default/report/index.html").exists()


def test_the_commands_of_the_story_are_those_of_the_readme():
    walked = {arguments[0] for command in set(WALKED) for _, *arguments in expanded(command)}
    assert {shlex.split(command)[1] for command in STORY} <= walked


def test_a_program_asks_what_make_demo_serves(explained_home, kit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("quickstart").symlink_to(explained_home)
    Image.fromarray(one_of_each()[7]).save("seven.png")
    ((_, *arguments),) = expanded(DEMOS[1])
    process = kit(*arguments, wait=False)
    try:
        url = process.stdout.readline().strip()
        (block,) = blocks("docs/explainer.md", "python")
        assert "http://127.0.0.1:7860" in block
        *before, one, other = ast.parse(block.replace("http://127.0.0.1:7860", url)).body
        scope = {}
        exec(compile(ast.Module(before, []), "docs/explainer.md", "exec"), scope)
        for asked in (one, other):
            answer = eval(compile(ast.Expression(asked.value), "docs/explainer.md", "eval"), scope)
            promised = block.splitlines()[asked.lineno].partition("# ")[2].split(", ")
            assert list(answer) == promised
            assert answer["label"] == 7
    finally:
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)
    assert process.returncode in {0, 130}, said


def test_an_agent_drives_the_kit_as_the_skill_says(explained_home, tmp_path, monkeypatch, capsys):
    """The run is there already, so that nothing is trained."""
    shutil.copytree(explained_home, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree("runs/default", "runs/cnn")
    Path("pictures").mkdir()
    Image.fromarray(one_of_each()[7]).save("pictures/seven.png")
    for command in AGENT:
        verb, *_ = words = shlex.split(command)[1:]
        status = main(words)
        (line,) = capsys.readouterr().out.splitlines()
        answer = json.loads(line)
        assert (answer["schema"], answer["verb"], answer["exit_status"]) == (1, verb, status)
        assert status == (verb == "doctor"), line  # there are no credentials
    assert [one["label"] for one in json.loads(line)["predictions"]] == ["7"]


@pytest.mark.parametrize("command", TESTS)
def test_some_tests_are_run_as_contributing_says(command):
    ((_, *arguments),) = expanded(command)
    quietly = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    said = subprocess.run(quietly, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
