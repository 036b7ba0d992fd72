"""Train one network on one fold.

A `FoldTask` and the training set come in. A `FoldResult` goes out: scores, history and weights.

Read in this order:

    folds         stratified folds of the training rows
    fold_task     the task, its result, and the message after each epoch
    task_data     the images, folds and competition that all tasks of a run share
    recipe        the hyperparameters of training
    search_space  the hyperparameters of a family and of training, and whether values fit them
    optimizers    Adam and AdamW with warm-up and cosine decay
    fold_record   the history of a fold while it is trained; the order of its batches
    train_fold    trains one task with Keras
    progress      the progress that is reported, and the estimate of the time left
    interrupts    Ctrl-C in the middle of a training step
    executors     run such tasks in this process, in parallel, or on other machines

`fold_task`, `recipe` and `optimizers` are tested with `train_fold` in
`tests/training/test_train_fold.py`, `task_data` with the search in
`tests/search/test_cv_search.py`, and `interrupts` as commands use it, in
`tests/cli/test_interrupts.py`.
"""
