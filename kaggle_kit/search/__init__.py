"""Search for the best network of a family: what `tune` runs.

A plan, the training images with their folds, and an executor come in. The state of the search and
trials.csv are written into the run, and the contents of best.json come out.

Read in this order:

    presets         the plan of a search, and the presets quick, standard and best
    plan_file       plan.json: all that decides a search, to repeat it exactly
    cv_search       the search: trials, folds, rungs and the time budget
    oracles         KerasTuner's oracles, with a state that survives a crash
    running_trial   a trial in training, and when it is given up
    trial_results   the results of trials, the choice of the best one, and trials.csv
    ensemble_plan   from the chosen trial to best.json

`oracles` is tested with `cv_search` in `tests/search/test_cv_search.py`.
"""
