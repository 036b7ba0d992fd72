"""The command line: options come in, results on standard output and an exit status go out.

The work is done by `kaggle_kit.api`. Progress and errors go to standard error.

Read in this order:

    main              the command `kaggle-kit`: exit statuses and error output
    options           the options of the command and of each verb
    data_options      the options of `download` and `quickstart`
    training_options  the options that the verbs which train have in common
    init_options      the options of `init`, which are fields of a description
    parser            how a mistake in the options is told
    help_texts        the help text of each verb
    option_types      text of an option to value
    arguments         parsed options to arguments of the API
    hints             commands in hints, so that they can be pasted
    console           notes, results, tables and progress on the terminal
    interrupts        Ctrl-C during training
    output            results as JSON, for programs
    shell             the defaults in kaggle-kit.toml, and completion
    verbs             the help texts and options of verbs, as far as they are not in the above
    commands          one module per verb

`help_texts`, `data_options`, `training_options`, `init_options`, `option_types` and `parser` are
tested with `options` in `tests/cli/test_options.py`.
`arguments` and `commands` are tested with `main` in `tests/cli/test_main.py`.
"""
