"""What the kit must know about a competition.

The slug of a competition comes in, and its description comes out.

Read in this order:

    description   the class Competition: file layout, image shape, classes and scores
    registry      the competitions that the kit knows

`description` is tested with `registry` in `tests/competition/test_registry.py`.
"""
