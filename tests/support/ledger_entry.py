"""A row of the ledger."""

from kaggle_kit.workspace.ledger import Entry

ENTRY = Entry(
    time="2026-01-02T03:04:05Z",
    competition="digit-recognizer",
    run="default",
    file_sha256="a" * 64,
    revision="abc",
    cv_mean=0.99,
    cv_std=0.001,
    ref=7,
    status="pending",
    public_score=None,
    message='first, "honest"\ntry',
)
