"""The reports about runs: the HTML page, the model card, the table of runs, and their figures.

This package takes the files of a run, and the CSVs and networks where they are available. It
returns HTML, Markdown, PNGs, figures and table rows.

Read in this order:

    overview             one run at a glance: its state, cross-validation, times and public score
    run_comparison       what differs between two runs, and which one makes fewer mistakes
    words                what a page calls classes, and values of the metric
    contents             the dataclasses of everything that the page shows
    places               where an image is in the competition's files
    collect              reads the contents from a run folder, the CSVs and the networks
    figures              small helpers for matplotlib figures
    components           the building blocks of the page: sections, texts, tables and pictures
    search_figures       the figures for the section on the search
    sections/            one module for each section of the page
    page_style           the style of the page, and the script that sorts its tables
    page                 joins the sections into index.html
    card/                the model card
    leaderboard_figures  the figures for the leaderboard command

`page_style` and `search_figures` are tested with `page` in test_page.py, which has a report on
digits; test_contents.py, which tests `places` too, has one on photographs. `leaderboard_figures`
is tested in tests/kaggle/test_leaderboard.py.
"""
