"""The command line: options come in, results on standard output and an exit status go out.

The work is done by `kaggle_kit.api`. Progress and errors go to standard error.

Read in this order:

    main           the command `kaggle-kit`: exit statuses and error output
    options        the options of the command and of each verb
    help_texts     the help text of each verb
    option_types   text of an option to value
    arguments      parsed options to arguments of the API
    console        notes, results, tables and progress on the terminal
    interrupts     Ctrl-C during training
    commands       one module per verb

`help_texts` and `option_types` are tested with `options` in `tests/cli/test_options.py`.
`arguments` and `commands` are tested with `main` in `tests/cli/test_main.py`.
"""
