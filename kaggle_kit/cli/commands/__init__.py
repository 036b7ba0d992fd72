"""One module a verb, each with `run(options)`: it calls `api`, and shows what came of it.

`run` takes the parsed options, prints results on standard output and raises a KitError on failure.
A module is imported when its verb is called, and not before.
"""
