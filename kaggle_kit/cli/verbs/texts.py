"""The help texts of `blend`, `predict`, `runs` and `completion`."""

from kaggle_kit.cli.verbs.verb import Verb

BLEND = Verb(
    summary="make one run of several: an ensemble of all their networks, weighted",
    does=(
        "Make a run of the networks of several fitted runs, such as dense and cnn. The weight of "
        "each run is found on the out-of-fold predictions, and for the rows of a fold on those of "
        "the other folds, so the out-of-fold score stays honest. Say whether the blend is better "
        "than each run, by a test on the same rows. Nothing is trained. The blend is a run as any "
        "other, with copies of all that it needs."
    ),
    needs="two fitted runs or more of the same data and folds, which `kaggle-kit fit` makes",
    leaves="runs/NAME/, as `kaggle-kit fit` does; nothing if it is stopped",
    examples={
        "kaggle-kit blend default cnn --run both": "of two runs",
        "kaggle-kit submit --run both": "its submission",
    },
)

PREDICT = Verb(
    summary="label your own pictures with the ensemble of a run",
    does=(
        "Prepare each picture as the demo does, and let the ensemble label it. The result is a "
        "CSV with name, label, probability and doubt. A doubt says why the label may be "
        "worthless, for example that the picture is unlike the training images. Pictures that "
        "cannot be read are named, and the exit status is then 1."
    ),
    needs="a fitted run, which `kaggle-kit fit` makes; no data",
    leaves="nothing; the file at --out",
    examples={
        "kaggle-kit predict seven.png": "one picture",
        "kaggle-kit predict photos --out labels.csv": "all pictures in a folder",
        "kaggle-kit predict more.csv --run longer": "pixels, as in test.csv",
    },
)

RUNS = Verb(
    summary="list the runs with their CV and scores, or compare two; remove, pack, unpack",
    does=(
        "List every run with its state, its cross-validation, its networks, its time, its "
        "public score and its size on disk. Or compare two runs: which settings and "
        "hyperparameters differ, and whether one run makes significantly fewer mistakes on the "
        "same images. `remove` deletes runs, `pack` puts one into a zip that can be sent, and "
        "`unpack` makes a run from such a zip."
    ),
    needs="nothing; out-of-fold results need fitted runs",
    leaves="nothing; `pack` writes NAME.zip, and `unpack` runs/NAME/",
    examples={
        "kaggle-kit runs": "list all runs",
        "kaggle-kit runs default longer": "was the longer search worth it?",
        "kaggle-kit runs remove longer": "delete a run, after a question",
        "kaggle-kit runs pack default": "a zip without what can be made again",
        "kaggle-kit runs unpack default.zip --as theirs": "a run from somebody else",
    },
)

COMPLETION = Verb(
    summary="print the script that completes kaggle-kit's commands in a shell",
    does=(
        "Print a script for bash, zsh, fish or PowerShell. When the shell has read it, Tab "
        "completes verbs, options, their choices, competitions, and the runs in the current "
        "folder."
    ),
    needs="nothing",
    leaves="nothing",
    examples={
        "kaggle-kit completion bash": "source <(kaggle-kit completion bash) in ~/.bashrc",
        "kaggle-kit completion zsh": "the same in ~/.zshrc, after compinit",
        "kaggle-kit completion fish": "kaggle-kit completion fish | source in config.fish",
        "kaggle-kit completion powershell": "... | Out-String | Invoke-Expression in $PROFILE",
    },
)
