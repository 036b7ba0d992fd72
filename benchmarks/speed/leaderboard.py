"""Measure the time of the review of a large leaderboard, its plot included.

    python -m benchmarks.speed.leaderboard [--teams 100000]

The leaderboard is generated. The time is the whole time of the command.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HEADER = "Rank,TeamId,TeamName,LastSubmissionDate,Score,SubmissionCount,TeamMemberUserNames"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--teams", type=int, default=100_000)
    teams = parser.parse_args().teams
    errors = np.exp(np.random.default_rng(0).normal(np.log(0.015), 1.0, teams)).clip(0, 1)
    rows = [
        f'{i},{i},"team {i}, ""the"" best",2026-11-20 10:00:00,{1 - error:.5f},3,user{i};other{i}'
        for i, error in enumerate(np.sort(errors), start=1)
    ]
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "board.csv"
        path.write_text("\ufeff" + "\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "kaggle_kit", "leaderboard", "--file", str(path)]
        started = time.monotonic()
        subprocess.run([*command, "--team", "user7", "--home", home], check=True)
        print(f"{teams:,} teams: {time.monotonic() - started:.2f} s")


if __name__ == "__main__":
    main()
