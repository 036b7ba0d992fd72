"""Compare the kit with common alternatives: same rows, same cores, same wall-clock budgets.

    python -m benchmarks.peers.peers [FOLDER] --python PEERS/bin/python [--budgets 180 1200]
                                     [--only NAME]

FOLDER holds train.csv; PEERS is an environment with benchmarks/peers/requirements.txt. A sixth of
the rows is the holdout, which no contender sees. Each contender runs in its own process, with all
cores (or the cores that `taskset` allows). It gets the budget in seconds, trains on the other rows
and labels the holdout. Contenders that accept no budget run once. The time is measured from the
start of the process, imports included, to its predictions. A contender that exceeds a budget by a
quarter is killed and counts as not finished. Each result is added to benchmarks/results/peers.csv
as soon as it is known. At the end, peers.md and peers.png are made.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.machine import footer
from benchmarks.peers.contenders import CONTENDERS, CORES, UNTIMED

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
OVERRUN = 1.25
KEY = ["contender", "budget", "seed"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/digit-recognizer"))
    parser.add_argument(
        "--python", type=Path, required=True, help="the Python of the peers' environment"
    )
    parser.add_argument("--budgets", type=int, nargs="+", default=[180, 1200])
    parser.add_argument("--only", choices=CONTENDERS, action="append")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    table = RESULTS / "peers.csv"
    finished: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as folder:
        truth = _split(options.folder / "train.csv", Path(folder), options.seed)
        for budget in sorted(options.budgets):
            for name in options.only or CONTENDERS:
                if name in finished and name in UNTIMED:
                    row = finished[name] | {"budget": budget}
                else:
                    python = sys.executable if name == "kaggle-kit" else str(options.python)
                    row = _run(name, python, Path(folder), budget, truth) | {"seed": options.seed}
                if row["status"] == "done":
                    finished[name] = row
                print(row, flush=True)
                known = [pd.read_csv(table)] if table.exists() else []
                rows = pd.concat([*known, pd.DataFrame([row])])
                rows.drop_duplicates(KEY, keep="last").to_csv(table, index=False)
    _draw(pd.read_csv(table))


def _split(train: Path, folder: Path, seed: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Write data.npz (train_x, train_y, test_x) into the folder; return the labels of test_x."""
    from sklearn.model_selection import train_test_split

    rows = pd.read_csv(train, dtype="uint8")
    images, labels = rows.drop(columns="label").to_numpy(), rows["label"].to_numpy()
    train_x, test_x, train_y, test_y = train_test_split(
        images, labels, test_size=1 / 6, random_state=seed, stratify=labels
    )
    np.savez(folder / "data.npz", train_x=train_x, train_y=train_y, test_x=test_x)
    return np.asarray(test_y, dtype=np.int64)


def _run(
    name: str,
    python: str,
    folder: Path,
    budget: int,
    truth: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> dict[str, object]:
    answer = folder / "answer.npy"
    answer.unlink(missing_ok=True)
    command = [python, "-m", "benchmarks.peers.contenders", name, str(budget)]
    started = time.monotonic()
    with (folder / "log.txt").open("w") as log:
        try:
            process = subprocess.run(
                [*command, str(folder)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                timeout=OVERRUN * budget,
                check=False,
            )
            status = "done" if process.returncode == 0 else f"failed ({process.returncode})"
        except subprocess.TimeoutExpired:
            status = "did not finish"
    row = {"contender": name, "budget": budget, "seconds": round(time.monotonic() - started, 1)}
    if status != "done" or not answer.exists():
        print((folder / "log.txt").read_text()[-1500:], file=sys.stderr)
        return row | {"status": status, "accuracy": None}
    return row | {"status": status, "accuracy": float(np.mean(np.load(answer) == truth))}


def _draw(table: pd.DataFrame) -> None:
    from matplotlib.figure import Figure

    ranked = table.sort_values(["budget", "accuracy"], ascending=[True, False])
    lines = [
        "| budget, s | contender | accuracy on the holdout | seconds | |",
        "|---|---|---|---|---|",
    ]
    for row in ranked.itertuples():
        accuracy = "" if pd.isna(row.accuracy) else f"{row.accuracy:.4f}"
        note = "" if row.status == "done" else row.status
        lines.append(
            f"| {row.budget} | {row.contender} | {accuracy} | {row.seconds:.0f} | {note} |"
        )
    lines += ["", footer()]
    (RESULTS / "peers.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for name, rows in table.dropna(subset="accuracy").groupby("contender"):
        ours = name == "kaggle-kit"
        style = {"color": "#d55e00", "linewidth": 2.5} if ours else {"alpha": 0.8}
        axes.plot(rows["seconds"], 1 - rows["accuracy"], "o-", label=name, **style)
    axes.set(xscale="log", yscale="log", xlabel="seconds", ylabel="error on the holdout")
    cores = f"{CORES} core{'s' if CORES > 1 else ''}"
    axes.set_title(f"Error against wall time on {cores}: lower left is better")
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8)
    figure.savefig(RESULTS / "peers.png", dpi=150)


if __name__ == "__main__":
    main()
