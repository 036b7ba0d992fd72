"""What the kit must know about a competition.

The name of a competition comes in, and its description comes out.

Read in this order:

    description   the class Competition: where images and labels are, metric, answer
    toml_file     reads a description from TOML, and writes it
    consistency   what is impossible in a description
    paths         what is impossible in its paths and templates
    problem       the images and classes that the data turned out to have
    registry      finds descriptions: those in `known/`, and the user's own

`description` is tested with `registry` in `tests/competition/test_registry.py`, `consistency` and
`paths` with `toml_file` in `tests/competition/test_toml_file.py`.
"""
