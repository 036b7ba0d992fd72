"""Makes `python -m kaggle_kit` the same command as `kaggle-kit`."""

import sys

if not sys.flags.safe_path:
    # Python puts the current folder first. A signal.py or types.py of the user's would then take
    # the place of Python's; last, the folder still serves to find the kit in a checkout.
    sys.path.append(sys.path.pop(0))

from kaggle_kit.cli.main import run

run()
