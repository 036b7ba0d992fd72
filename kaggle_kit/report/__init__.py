"""The reports about runs: the HTML page, the model card, the table of runs, and their figures.

This package takes the files of a run, and the CSVs and networks where they are available. It
returns HTML, Markdown, PNGs, figures and table rows.

Read in this order:

    overview             one run at a glance: its state, cross-validation, times and public score
    run_comparison       what differs between two runs, and which one makes fewer mistakes
    contents             the dataclasses of everything that the page shows
    collect              reads the contents from a run folder, the CSVs and the networks
    figures              small helpers for matplotlib figures
    components           the building blocks of the page: sections, texts, tables and pictures
    search_figures       the figures for the section on the search
    sections/            one module for each section of the page
    page_style           the style of the page, and the script that sorts its tables
    page                 joins the sections into index.html
    model_card_text      the text of the model card
    model_card           measures the numbers of the model card and fills them into the text
    leaderboard_figures  the figures for the leaderboard command

`contents`, `page_style` and `search_figures` are tested with `page` in test_page.py,
`model_card_text` with `model_card` in test_model_card.py, and `leaderboard_figures` in
tests/kaggle/test_leaderboard.py.
"""
