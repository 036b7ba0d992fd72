"""`kaggle-kit predict`."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from kaggle_kit.api.predict import predict
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.cli.output import document, results
from kaggle_kit.errors import DataError, InputError, counted

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from kaggle_kit.api.predict import Prediction

HEADER = ("name", "label", "probability", "doubt")


def run(options: Namespace) -> None:
    job, out = job_of(options), options.out
    if out and out.exists() and (out.is_dir() or not options.force):
        kept = "is a folder, expected a file" if out.is_dir() else "exists, and is kept"
        raise InputError(f"{out} {kept}", "give another --out, or --force to replace a file")
    found = predict(job, options.sources, reporter=console)
    text = _csv(found.labelled)
    if out:
        from kaggle_kit.workspace.files import write_bytes

        write_bytes(out, text.encode())
        console.result(f"written: {out} ({counted(len(found.labelled), 'image')})")
    elif found.labelled:
        console.result(text.rstrip("\n"))
    document.answer(results.predicted, job, found, out)
    if found.unreadable:
        files = counted(len(found.unreadable), "file")
        raise DataError(
            f"{files} cannot be read, beside {len(found.labelled):,} labelled images",
            "save them again, for example as PNG, or leave them out",
        )


def _csv(labelled: Sequence[Prediction]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(
        (one.name, one.label, f"{one.probability:.6f}", " ".join(one.doubts)) for one in labelled
    )
    return text.getvalue()
