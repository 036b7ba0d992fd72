"""The page of a run, in the making: what it shows, what is computed of that, and its HTML.

`data` says what goes in. `calibration`, `comparison`, `label_issues` and `members` compute over
arrays. Each `…_part` makes one section of it, figures included; `layout` knows how a
section looks, `document` puts them together. Everything comes from arrays and tables, so no network
is needed; `kaggle_kit.report.collect` brings them.
"""
