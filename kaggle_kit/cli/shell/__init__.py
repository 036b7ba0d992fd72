"""What spares typing: the defaults of a home, and completion in a shell.

    defaults     kaggle-kit.toml in a home: the competition, run, preset and options by default
    completion   the scripts that `kaggle-kit completion` prints, from the parser
    scripts      what can be completed, as objects, and the script of each shell for it

`scripts` is tested with `completion` in `tests/cli/shell/test_completion.py`.
"""
