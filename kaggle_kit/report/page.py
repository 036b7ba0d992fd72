"""The report page: its style, its main figures, its table of contents, and its sections."""

import html
from collections.abc import Iterator
from pathlib import Path
from string import Template

import numpy as np

from kaggle_kit.evaluation.intervals import wilson
from kaggle_kit.report.components import Fact, between, facts, percent
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.sections.calibration import calibration_section
from kaggle_kit.report.sections.data import data_section
from kaggle_kit.report.sections.ensemble import ensemble_section
from kaggle_kit.report.sections.mistakes import mistakes_section
from kaggle_kit.report.sections.origin import origin_section
from kaggle_kit.report.sections.predictions import predictions_section
from kaggle_kit.report.sections.search import search_section
from kaggle_kit.report.sections.training import training_section
from kaggle_kit.workspace.written import write_files

PARTS = (
    predictions_section,
    mistakes_section,
    calibration_section,
    ensemble_section,
    training_section,
    search_section,
    data_section,
    origin_section,
)
# In dark mode, pictures are inverted to light on dark, and their hues are kept.
STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1f; --soft: #5b5b66;
  --line: #d9d9e0; --box: #f4f5f8; --accent: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #141416; --ink: #e8e8ec; --soft: #a5a5b0; --line: #3a3a42; --box: #1f2024;
    --accent: #5cb3e6; }
  img { filter: invert(.92) hue-rotate(180deg); }
}
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 58rem; margin: auto; padding: 1rem;
  background: var(--paper); color: var(--ink); overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.35rem; margin: 2.6rem 0 .6rem; padding-top: .6rem;
  border-top: 2px solid var(--line); }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .4rem; }
a { color: var(--accent); }
nav ul { list-style: none; padding: 0; margin: 1rem 0; display: flex; flex-wrap: wrap;
  gap: .2rem 1.2rem; }
nav a { display: inline-block; padding: .25rem 0; }
.facts { display: grid; gap: .7rem; margin: 1rem 0; grid-template-columns: repeat(4, 1fr); }
.facts > div { background: var(--box); border-radius: 8px; padding: .7rem .9rem; }
.facts dt { color: var(--soft); font-size: .88rem; }
.facts dd { margin: 0; }
.facts strong { display: block; font-size: 1.5rem; line-height: 1.35; }
.facts small { color: var(--soft); }
.note, .missing { color: var(--soft); font-size: .92rem; }
.missing { border-left: 4px solid var(--accent); padding-left: .8rem; }
.wide { overflow-x: auto; }
figure { margin: 1.2rem 0; }
figure img { display: block; max-width: min(100%, 42rem); height: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums;
  font-size: .94rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { padding: .22rem .75rem; text-align: right; border-bottom: 1px solid var(--line); }
td { white-space: nowrap; }
caption span { position: sticky; left: 0; display: inline-block; max-width: calc(100vw - 2rem); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
th[scope=row] { font-weight: 500; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
#search td:last-child { text-align: left; white-space: normal; min-width: 15rem; }
#search th:last-child { text-align: left; }
#search tbody > tr > * { vertical-align: top; padding-inline: 0 .9rem; }
#origin td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
#origin th { vertical-align: top; min-width: 7rem; }
.gallery { display: grid; gap: .8rem .6rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fill, minmax(4.9rem, 1fr)); }
.gallery figure { margin: 0; text-align: center; }
.gallery img { width: 100%; image-rendering: pixelated; border: 1px solid var(--line);
  border-radius: 4px; }
.gallery figcaption { font-size: .8rem; line-height: 1.35; margin-top: .2rem;
  white-space: pre-line; }
.gallery .marked img { outline: 2px solid #d55e00; }
#shap_maps { grid-template-columns: repeat(3, minmax(0, 1fr)) .6rem repeat(3, minmax(0, 1fr)); }
#shap_maps figure:nth-child(6n+4) { grid-column: 5; }
code { font-size: .92em; background: var(--box); padding: .05em .3em; border-radius: 4px; }
@media (max-width: 700px) {
  .facts { grid-template-columns: 1fr 1fr; }
  #shap_maps { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  #shap_maps figure:nth-child(6n+4) { grid-column: 1; }
  #search td:last-child { min-width: 26rem; }
}
pre { overflow-x: auto; background: var(--box); padding: .8rem; border-radius: 8px;
  font-size: .85rem; }
footer { margin-top: 3rem; color: var(--soft); font-size: .9rem; }
@page { margin: 15mm; }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --box: #f4f5f8; }
  body { font-size: 10.5pt; max-width: none; padding: 0; }
  img { filter: none; }
  nav, details { display: none; }
  h2, h3, caption { break-after: avoid; }
  figure, tr, .facts > div { break-inside: avoid; }
  .wide { overflow: visible; }
  #search td:last-child { min-width: 0; }
  figure img { max-width: 12.5cm; }
  .facts { grid-template-columns: repeat(4, 1fr); }
  .facts strong { font-size: 1.25rem; }
  table { font-size: 8.5pt; }
  th, td { padding: .1rem .35rem; }
  .gallery { grid-template-columns: repeat(10, 1fr); }
  .gallery figcaption { font-size: 6.5pt; }
  #shap_maps { grid-template-columns: repeat(3, minmax(0, 1fr)) .6rem repeat(3, minmax(0, 1fr)); }
  #shap_maps figure:nth-child(6n+4) { grid-column: 5; }
}
"""
GENERATOR = '<meta name="generator" content="kaggle-kit">'
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
$generator
<title>$title</title>
<link rel="icon" href="data:,">
<style>$style</style>
</head>
<body>
<header>
<h1>$title</h1>
$facts
<nav aria-label="Contents"><ul>$contents</ul></nav>
</header>
<main>
$sections
</main>
</body>
</html>
""")


def is_report(folder: Path) -> bool:
    """Whether a folder holds a page that `write_report` made."""
    try:
        return GENERATOR.encode() in (folder / "index.html").read_bytes()[:1000]
    except OSError:
        return False


def write_report(folder: Path, data: ReportData) -> Path:
    """Write the PNGs and then index.html into `folder`; return the path of index.html.

    All other files in the folder stay untouched.
    """
    page, pictures = make_page(data)
    files = {f"{name}.png": png for name, png in pictures.items()}
    write_files(folder, files | {"index.html": page.encode()})
    return folder / "index.html"


def make_page(data: ReportData) -> tuple[str, dict[str, bytes]]:
    """Return the page, which needs no other file, and its pictures as PNGs by name."""
    sections = [part(data) for part in PARTS]
    rendered = [section.render() for section in sections]
    contents = (
        f'<li><a href="#{section.anchor}">{html.escape(section.title)}</a></li>'
        for section in sections
    )
    page = PAGE.substitute(
        title=html.escape(data.title),
        generator=GENERATOR,
        style=STYLE,
        facts=facts(_facts(data)),
        contents="".join(contents),
        sections="\n".join(content for content, _ in rendered),
    )
    return page, {name: png for _, files in rendered for name, png in files.items()}


def _facts(data: ReportData) -> Iterator[Fact]:
    oof, best, found = data.oof, data.best, data.oof.calibration
    rows, hits = len(oof.labels), int(oof.correct.sum())
    interval = f"95% interval {between(*wilson(hits, rows))}"
    yield Fact(percent(hits / rows), "out-of-fold accuracy", interval)
    yield Fact(f"{rows - hits:,}", "mistakes", f"of {rows:,} images")
    shares = [float(oof.correct[oof.folds == fold].mean()) for fold in oof.fold_names]
    spread = percent(float(np.std(shares, ddof=1)))
    yield Fact(f"± {spread}", "spread over folds", f"standard deviation over {len(shares)} folds")
    after = f"{percent(found.after.error)} after temperature scaling"
    yield Fact(percent(found.before.error), "calibration error", after)
    members = len(best.members)
    yield Fact(f"{members * best.folds}", "networks", f"{members} for each of {best.folds} folds")
    after = f"{found.likelihood_after:.4f} after temperature scaling"
    yield Fact(f"{found.likelihood_before:.4f}", "negative log-likelihood", after)
    doubted = int((oof.likely_labels != oof.labels).sum())
    yield Fact(f"{doubted:,}", "labels in doubt", "by confident learning")
    if isinstance(data.trials, Missing):
        yield Fact("none", "search", "fitted from another run's best.json")
    else:
        done = int((data.trials["status"] == "completed").sum())
        yield Fact(f"{len(data.trials)}", "trials", f"{done} of them completed")
