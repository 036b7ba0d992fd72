"""What `--help` tells of each verb: what it does, needs and leaves, and how it is called."""

from dataclasses import dataclass
from textwrap import fill

WIDTH = 80


@dataclass(frozen=True)
class Verb:
    """What `--help` tells of a verb.

    `summary` stands in the list of verbs; `does`, `needs` and `leaves` above its options, and
    below them `examples`, each a command and what it is for.
    """

    summary: str
    does: str
    needs: str
    leaves: str
    examples: dict[str, str]

    @property
    def description(self) -> str:
        listed = (("needs", self.needs), ("leaves", self.leaves))
        lines = [
            fill(text, WIDTH, initial_indent=f"{word + ':':<8}", subsequent_indent=" " * 8)
            for word, text in listed
        ]
        return "\n".join([fill(self.does, WIDTH), "", *lines])

    @property
    def epilog(self) -> str:
        lines = [f"  # {use}\n  {command}" for command, use in self.examples.items()]
        return "\n".join(["examples:", *lines])


VERBS = {
    "download": Verb(
        summary="get the competition's data, verified, into data/",
        does=(
            "Get the competition's CSVs from Kaggle, from a zip or folder, or the embedded sample; "
            "check every value, and keep nothing that is not whole. What is there already is not "
            "fetched again."
        ),
        needs=(
            "Kaggle credentials, and the competition's rules accepted there; with --from, neither"
        ),
        leaves="data/SLUG/: the CSVs, a cache of them, and manifest.json, which says what they are",
        examples={
            "kaggle-kit download": "from Kaggle",
            "kaggle-kit download --from sample": "without an account",
            "kaggle-kit download --from digit-recognizer.zip": "what the browser downloaded",
        },
    ),
    "tune": Verb(
        summary="search the best network under stratified cross-validation",
        does=(
            "Search the network, and the way to train it, that read best the digits they were not "
            "trained on. Every trial is judged on the same folds, and given up early once it is "
            "clearly worse than the best. Stopped, the same command goes on; called again without "
            "options, it goes on as the run was begun."
        ),
        needs="the data, which `kaggle-kit download` gets",
        leaves=(
            "runs/NAME/: best.json, the network that was chosen, and trials.csv, every fold of "
            "every trial"
        ),
        examples={
            "kaggle-kit tune": "a first, short search",
            "kaggle-kit tune --preset standard --run longer": "a longer one, in a run of its own",
            "kaggle-kit tune --time-budget 20m --trials 100": "as many trials as 20 minutes allow",
            "kaggle-kit tune --scheduler tcp://head:8786": "by the workers of a Dask cluster",
        },
    ),
    "fit": Verb(
        summary="train the ensemble of the best network on each fold, and judge it",
        does=(
            "Train the chosen network on each fold's training rows, and judge every training image "
            "by the networks that did not see it: the accuracy to expect at Kaggle. Stopped, the "
            "same command goes on."
        ),
        needs="a run with its best.json, which `kaggle-kit tune` makes, or one given by --best",
        leaves=(
            "runs/NAME/: models/, history.csv, and the predictions oof.npz (out of fold) and "
            "test.npz"
        ),
        examples={
            "kaggle-kit fit": "the ensemble of what was found",
            "kaggle-kit fit --run theirs --best best.json": "of what was found elsewhere",
        },
    ),
    "submit": Verb(
        summary="write submission.csv, upload it, and wait for the score",
        does=(
            "Write the ensemble's answers as a submission, check that Kaggle will take it, upload "
            "it, and show its score beside the cross-validation's. Fits first if need be. The same "
            "file is not sent twice unless --again says so. On the sample nothing is sent: it is "
            "scored here."
        ),
        needs="a run with its best.json; to upload, Kaggle credentials and the rules accepted",
        leaves="runs/NAME/submission.csv, and a row in submissions/ledger.csv with what was sent",
        examples={
            "kaggle-kit submit": "write, check, upload, wait",
            "kaggle-kit submit --dry-run": "all but the upload",
            "kaggle-kit submit --sync": "what was submitted in the browser, into the ledger",
        },
    ),
    "leaderboard": Verb(
        summary="review the leaderboard: rank, lines, suspicious scores, history",
        does=(
            "Show where your score and your cross-validation stand on the leaderboard, which "
            "scores are too good to be honest, and how your earlier submissions fared."
        ),
        needs="Kaggle credentials; with --file, nothing",
        leaves="submissions/SLUG/: the leaderboard by date, and its plots",
        examples={
            "kaggle-kit leaderboard": "as it is now",
            "kaggle-kit leaderboard --file leaderboard.csv --team you": "one that is at hand",
        },
    ),
    "runs": Verb(
        summary="list the runs with their CV and scores, or compare two",
        does=(
            "List every run with how far it has come, its cross-validation, its size, its time and "
            "its public score; or compare two: what was asked and chosen otherwise, and whether "
            "one makes fewer mistakes on the same images than chance would let it."
        ),
        needs="nothing; fitted runs for what is out of fold",
        leaves="nothing",
        examples={
            "kaggle-kit runs": "all there are",
            "kaggle-kit runs default longer": "was the longer search worth it?",
        },
    ),
    "kernel": Verb(
        summary="the kit as one Kaggle notebook: build it, run it there, fetch it",
        does=(
            "Make a private Kaggle notebook that carries the kit, and searches, fits and writes a "
            "submission there, without internet. `build` writes it; `push` builds, uploads, "
            "follows and fetches it; `status` and `output` look again later."
        ),
        needs="Kaggle credentials; `build` with --owner, nothing",
        leaves=(
            "kernels/SLUG/: the notebook and its metadata; what it made, in a run of the same name "
            "with -kaggle behind it"
        ),
        examples={
            "kaggle-kit kernel build --owner you": "look at it first",
            "kaggle-kit kernel push --preset best": "search and fit at Kaggle",
            "kaggle-kit kernel output": "fetch it later",
            "kaggle-kit submit --run default-kaggle": "and send its submission",
        },
    ),
    "doctor": Verb(
        summary="check credentials, rules, versions, backend, disk and memory",
        does=(
            "Check all that the other verbs rely on, and say what to do about what is missing. "
            "It changes nothing."
        ),
        needs="nothing",
        leaves="nothing; the exit status is 1 if something is not in order",
        examples={"kaggle-kit doctor": "before the first download, and when something fails"},
    ),
    "report": Verb(
        summary="make the page of the run, with its plots",
        does=(
            "Make one self-contained page of how the training went and what the ensemble gets "
            "wrong, and a model card."
        ),
        needs="a fitted run, which `kaggle-kit fit` makes",
        leaves="runs/NAME/: report/index.html with its pictures, and model_card.md",
        examples={
            "kaggle-kit report": "into the run",
            "kaggle-kit report --run longer --out page": "into a folder of yours",
        },
    ),
    "demo": Verb(
        summary="serve a page that reads digits and shows why: draw one, or send a picture",
        does=(
            "Serve a page, and an API, on which one draws a digit or sends a picture of one, and "
            "sees what every fold's networks make of it, and which ink speaks for and against it. "
            "Ctrl-C ends it."
        ),
        needs="a fitted run; gradio, shap and pillow, as `make setup` installs them",
        leaves="nothing",
        examples={
            "kaggle-kit demo": "the page, at the address that is printed",
            "kaggle-kit demo --host 0.0.0.0 --port 8000": "for others on the network, too",
        },
    ),
    "bundle": Verb(
        summary="put that page into a folder and a zip that need neither kit nor data",
        does=(
            "Put the explainer's page, with the networks of the run, into a folder that runs "
            "elsewhere: it is laid out for a Hugging Face Space."
        ),
        needs="a fitted run; gradio, shap and pillow, as `make setup` installs them",
        leaves="runs/NAME/: bundle/ and bundle.zip",
        examples={
            "kaggle-kit bundle": "into the run",
            "kaggle-kit bundle --run longer --out page": "elsewhere; the zip lies beside it",
        },
    ),
    "export": Verb(
        summary="write the ensemble, or a network of it, for other programs",
        does=(
            "Write the mean of all networks, or one of them, as a file that needs nothing of the "
            "kit. It is read back by the program it is for, and kept only if it answers 1,000 "
            "images as the networks do."
        ),
        needs="a fitted run; TensorFlow for tflite, and for onnx the extra `export` as well",
        leaves="runs/NAME/export/: the file",
        examples={
            "kaggle-kit export": "for Keras",
            "kaggle-kit export --format onnx": "for ONNX Runtime",
            "kaggle-kit export --format tflite --what network --fold 1": "one network, for a phone",
        },
    ),
}
