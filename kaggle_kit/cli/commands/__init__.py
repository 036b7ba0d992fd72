"""One module a verb, each with `run(options)`; the only place that wires the others together.

`run` takes the parsed options, prints results on standard output and raises a KitError on failure.
A module is imported when its verb is called, and not before.
"""
