"""Results for programs: `--format json` puts one JSON object on standard output.

A command hands its result to `document.answer`, and goes on showing it to people. The command line
prints the object when the command is over, also if it failed. docs/output.md describes the objects.

Read in this order:

    document    the object: begun before the options are read, printed when the command is over
    results     results of the verbs as plain dicts, but for these:
    overviews   those of `runs` and `leaderboard`
    blends      that of `blend`

`overviews` is tested with `results` in `tests/cli/output/test_results.py`, and
`blends` with the verb in `tests/api/test_blend.py`.
"""
