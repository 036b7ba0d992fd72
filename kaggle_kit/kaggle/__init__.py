"""Everything that needs Kaggle's servers: downloads, submissions, leaderboard and notebooks.

A competition, files and messages come in. Data, scores and the output of notebooks go out, and a
failed call raises a KitError that says what to do.

Read in this order:

    service       the base class of the clients: parameters, and why the SDK is used
    session       one call to Kaggle: attempts, pauses, time-outs, uploads and downloads
    credentials   where the credentials are found
    connections   why no answer came: name, proxy, certificate, clock
    failures      failed calls as errors with a hint
    competitions  client for what Kaggle says of a competition: metric, title, pages
    downloads     client for the data and the leaderboard
    records       what Kaggle says of a competition and of submissions, as objects
    submissions   client for submissions and their scores
    uploader      submissions, each sent once and recorded in the ledger
    leaderboard   lines, ranks and suspicious scores from the CSV of a leaderboard
    kernels       client for notebooks that run at Kaggle
    kernel        the notebook itself: its build, its metadata and its output

`service`, `credentials` and `failures` are tested with `session` in `test_session.py`, and
`records` with `submissions` in `test_submissions.py`.
"""
