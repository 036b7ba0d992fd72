"""Verbs whose options and help texts have no place in `options` and `help_texts` any more.

    verb      the help text of a verb, as an object
    texts     the help texts
    options   the options

All are tested in `tests/cli/test_options.py`.
"""
