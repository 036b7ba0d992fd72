"""The help text of each verb: what it does, what it needs, what it writes, and examples."""

from kaggle_kit.cli.verbs.texts import BLEND, COMPLETION, PREDICT, RUNS
from kaggle_kit.cli.verbs.verb import Verb
from kaggle_kit.search.presets import PRESETS, SearchPlan

PLANNED: tuple[str, ...] = ("oracle", "trials", "folds", "epochs", "fit_epochs", "members")
PLANNED += ("time_budget", "fit_budget")

VERBS = {
    "quickstart": Verb(
        summary="run all steps on an embedded sample: no account, no internet",
        does=(
            "Run download, tune, fit, submit and report on a sample, each shown before it runs. If "
            "it is stopped, the same command goes on."
        ),
        needs="nothing",
        leaves="quickstart/: a home with the data, and a run with its report and submission.csv",
        examples={
            "kaggle-kit quickstart": "1,797 digits, in about two minutes",
            "kaggle-kit quickstart --sample letters": "2,990 letters in colour, with names",
        },
    ),
    "init": Verb(
        summary="describe a competition that the kit does not know, from its files",
        does="Find where images and labels are and what is submitted; ask for what nothing tells.",
        needs="Kaggle credentials, and the competition's rules accepted at Kaggle; or --from",
        leaves="competitions/SLUG.toml, which --competition SLUG then finds",
        examples={
            "kaggle-kit init plant-seedlings-classification": "all of it from Kaggle",
            "kaggle-kit init my-class --from my-class.zip --metric auc": "from files at hand",
        },
    ),
    "download": Verb(
        summary="download the competition's data and check every value",
        does=(
            "Get the competition's files from Kaggle, an archive, a folder, or the embedded "
            "sample. Every value is checked, and incomplete data are not kept. Data that are "
            "already there are not fetched again."
        ),
        needs=(
            "Kaggle credentials, and the competition's rules accepted at Kaggle; neither with "
            "--from"
        ),
        leaves="data/SLUG/: the files, a cache of them, and manifest.json with their checksums",
        examples={
            "kaggle-kit download": "from Kaggle",
            "kaggle-kit download --from sample": "the embedded sample, without an account",
            "kaggle-kit download --from digit-recognizer.zip": "a zip downloaded in the browser",
        },
    ),
    "tune": Verb(
        summary="search for the best network with stratified cross-validation",
        does=(
            "Search for the network, and the way to train it, that best reads images that it was "
            "not trained on. Every trial is scored on the same folds, and stopped early once it "
            "is clearly worse than the best trial. If the search is stopped, the same command "
            "continues it. Without options, it continues with the settings the run began with."
        ),
        needs="the data, which `kaggle-kit download` gets",
        leaves=(
            "runs/NAME/: best.json with the chosen network, and trials.csv with every fold of "
            "every trial"
        ),
        examples={
            "kaggle-kit tune": "a short first search",
            "kaggle-kit tune --preset standard --run longer": "a longer search, in another run",
            "kaggle-kit tune --time-budget 20m --trials 100": "as many trials as 20 minutes allow",
            "kaggle-kit tune --scheduler tcp://head:8786": "on the workers of a Dask cluster",
            "kaggle-kit tune --log tensorboard": "with a curve of each network in TensorBoard",
        },
    ),
    "fit": Verb(
        summary="train the best network on each fold as an ensemble, and evaluate it",
        does=(
            "Train the chosen network on the training rows of each fold, and evaluate every "
            "training image with the networks that were not trained on it. The result is the "
            "accuracy to expect at Kaggle. If the training is stopped, the same command continues "
            "it."
        ),
        needs="a run with a best.json, which `kaggle-kit tune` makes, or a best.json for --best",
        leaves=(
            "runs/NAME/: models/, history.csv, and the predictions oof.npz (out of fold) and "
            "test.npz"
        ),
        examples={
            "kaggle-kit fit": "the ensemble of the network that was found",
            "kaggle-kit fit --run theirs --best best.json": "of a network that was found elsewhere",
        },
    ),
    "blend": BLEND,
    "submit": Verb(
        summary="write submission.csv, upload it, and wait for the score",
        does=(
            "Write the ensemble's predictions as a submission, check that Kaggle will accept it, "
            "upload it, and show its score next to the cross-validation score. The ensemble is "
            "trained first if necessary. Rows that you edited in submission.csv are kept. Or send "
            "a file that was made elsewhere, after the same checks. The same file is sent again "
            "only with --again. With the embedded sample, the submission is not sent but scored "
            "on this machine."
        ),
        needs=(
            "a run with a best.json, or a file; for the upload, Kaggle credentials and the rules "
            "accepted"
        ),
        leaves="runs/NAME/submission.csv, and a row about the upload in submissions/ledger.csv",
        examples={
            "kaggle-kit submit": "write, check, upload, wait",
            "kaggle-kit submit --dry-run": "everything except the upload",
            "kaggle-kit submit blend.csv": "a file of your own",
            "kaggle-kit submit --sync": "add submissions made in the browser to the ledger",
        },
    ),
    "leaderboard": Verb(
        summary="review the leaderboard: your rank and history, top and suspicious scores",
        does=(
            "Show where your score and your cross-validation stand on the leaderboard, which "
            "scores are so high that they are suspicious, and how your earlier submissions scored."
        ),
        needs="Kaggle credentials; nothing with --file",
        leaves="submissions/SLUG/: the leaderboard, named by its date, and its plots",
        examples={
            "kaggle-kit leaderboard": "the current leaderboard",
            "kaggle-kit leaderboard --file leaderboard.csv --team you": "a leaderboard in a file",
        },
    ),
    "runs": RUNS,
    "predict": PREDICT,
    "kernel": Verb(
        summary="run the kit in a Kaggle notebook: build it, push it, fetch its output",
        does=(
            "Make a private Kaggle notebook that contains the kit. At Kaggle, without internet, "
            "the notebook searches, fits and writes a submission. `build` writes the notebook. "
            "`push` builds and uploads it, follows it, and fetches its output. `status` and "
            "`output` show its state and fetch its output later. A notebook that you edited is "
            "not built again, and what you edited in kernel-metadata.json stays."
        ),
        needs="Kaggle credentials; nothing for `build` with --owner",
        leaves=(
            "kernels/SLUG/: the notebook and its metadata; runs/NAME-kaggle/: the run that the "
            "notebook made"
        ),
        examples={
            "kaggle-kit kernel build --owner you": "build it, to look at it first",
            "kaggle-kit kernel push --preset best": "search and fit at Kaggle",
            "kaggle-kit kernel output": "fetch its output later",
            "kaggle-kit submit --run default-kaggle": "send its submission",
        },
    ),
    "push": Verb(
        summary="run the kit in a Kaggle notebook: short for kernel push",
        does="Build the notebook, upload it, follow it, fetch its output, as `kernel push` does.",
        needs="Kaggle credentials",
        leaves="what `kaggle-kit kernel` writes",
        examples={"kaggle-kit push --preset best": "search and fit at Kaggle"},
    ),
    "doctor": Verb(
        summary="check credentials, rules, versions, backend, disk and memory",
        does=(
            "Check everything that the other verbs need, and say how to get what is missing. "
            "Nothing is changed."
        ),
        needs="nothing",
        leaves="nothing; the exit status is 1 if a check fails",
        examples={"kaggle-kit doctor": "before the first download, and when something fails"},
    ),
    "report": Verb(
        summary="make a page about the run, with plots",
        does=(
            "Make one self-contained page that shows the score to expect, what the ensemble gets "
            "wrong, how sure it is, and how the training went; and a model card. A model card that "
            "you edited is kept."
        ),
        needs="a fitted run, which `kaggle-kit fit` makes",
        leaves=(
            "runs/NAME/: report/index.html with its pictures and mistakes.csv; model_card.md; and "
            "robustness.csv"
        ),
        examples={
            "kaggle-kit report": "into the folder of the run",
            "kaggle-kit report --run longer --out page": "into another folder",
        },
    ),
    "demo": Verb(
        summary="serve a page that reads what you draw or upload, and explains the answer",
        does=(
            "Serve a page and an API. On the page, you upload a picture, or draw a digit or "
            "another glyph. The page shows what the networks of each fold predict, and which ink, "
            "or which parts of a photograph, count for and against the answer. Ctrl-C stops the "
            "server."
        ),
        needs="a fitted run; gradio, shap and pillow, the packages of the extra `demo`",
        leaves="nothing",
        examples={
            "kaggle-kit demo": "on this machine; the address is printed",
            "kaggle-kit demo --host 0.0.0.0 --port 8000": "for others on the network, too",
        },
    ),
    "bundle": Verb(
        summary="put the demo into a folder and a zip that need neither kit nor data",
        does=(
            "Put the page of `kaggle-kit demo`, with the networks of the run, into a folder that "
            "runs on other machines. The folder has the layout of a Hugging Face Space. Its "
            "examples are digits that the kit draws, or test images of the competition: look up "
            "whether its rules let you publish them. What you added to the folder or edited in it "
            "stays."
        ),
        needs="a fitted run; gradio, shap and pillow, the packages of the extra `demo`",
        leaves="runs/NAME/: bundle/ and bundle.zip",
        examples={
            "kaggle-kit bundle": "into the folder of the run",
            "kaggle-kit bundle --run longer --out page": "into another folder, next to its zip",
        },
    ),
    "export": Verb(
        summary="write the ensemble, or one of its networks, for other programs",
        does=(
            "Write the mean of all networks, or one network, as a file that does not need the "
            "kit. The program that the file is for loads it again. The file is kept only if it "
            "gives the same answers as the networks on 1,000 images."
        ),
        needs="a fitted run; TensorFlow for tflite; TensorFlow and the extra `export` for onnx",
        leaves="runs/NAME/export/: the file",
        examples={
            "kaggle-kit export": "for Keras",
            "kaggle-kit export --format onnx": "for ONNX Runtime",
            "kaggle-kit export --format tflite --what network --fold 1": "one network, for a phone",
        },
    ),
    "completion": COMPLETION,
}


def presets_table() -> str:
    """The settings of the presets, which apply where no option is given, as a table."""
    rows = [["", *PRESETS]]
    for name in PLANNED:
        option = f"--{name.replace('_', '-')}"
        rows.append([option, *(_planned(plan, name) for plan in PRESETS.values())])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    title = "settings of the presets (more epochs if there are fewer images than usual):"
    return "\n".join([title, *(f"  {line}" for line in lines)])


def _planned(plan: SearchPlan, name: str) -> str:
    value = getattr(plan, name)
    if not name.endswith("_budget"):
        return str(value)
    return f"{value / 60:.0f}m" if value % 60 == 0 else f"{value:.0f}s"
