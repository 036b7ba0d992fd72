"""The verbs as Python functions: take a `Job` and plain arguments, and return objects.

They are public, like the classifier that is made of them; `kaggle_kit` itself has the names that a
notebook needs. The functions print nothing. They report their progress to a `Reporter` and raise a
`KitError`.

Read in this order:

    job           the input of every verb: competition, home, run and data
    reporter      the interface for progress
    tracking      the log of a run for TensorBoard and MLflow
    executors     the choice of where networks are trained
    init          the description of a competition, from Kaggle and the files
    download      the competition's data
    tune          the search for the best network
    folds         the folds of a run, in which images that belong together stay together
    fit           the ensemble and its out-of-fold evaluation
    blend         a run of the networks of several runs
    submit        submission.csv, its upload and its score
    own_file      a submission that was made elsewhere
    report        the report page and the model card
    predict       the labels of the user's own images
    runs          the list of runs, and the comparison of two
    run_files     the sizes of runs, their removal, and a run as a zip
    leaderboard   the review of the leaderboard
    export        the ensemble as a file for other programs
    demo          the explainer's page
    bundle        the explainer's page as a folder and a zip
    kernel        the kit as a Kaggle notebook
    doctor        the checks of the machine and of the credentials
    data          the data of a competition in memory
    estimator     the parts of the classifier
    preparation   what the arguments of a classifier ask for
    classifier    the classifier, as scikit-learn knows it
    layers        layers of the kit for networks of one's own

`data`, `preparation` and `layers` are tested with the classifier in `tests/api/test_classifier.py`.
`own_file` is tested with `submit` in `tests/api/test_submit.py`.
`fit`, `runs`, `job` and `reporter` are tested with `tune` in `tests/api/test_tune.py`.
`bundle` is tested with `demo` in `tests/api/test_demo.py`. `download` and `report` are tested in
`tests/cli/test_main.py`, `export` in `tests/ensemble/test_export.py`, `leaderboard` in
`tests/kaggle/test_leaderboard.py`, and `kernel` in `tests/kaggle/test_kernels.py`.
"""
