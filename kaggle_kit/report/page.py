"""The report page: its main figures, its table of contents, and its sections."""

import html
from collections.abc import Iterator
from pathlib import Path
from string import Template

from kaggle_kit.evaluation.intervals import wilson
from kaggle_kit.report.components import Fact, between, facts, percent
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.page_style import SCRIPT, STYLE
from kaggle_kit.report.sections.calibration import calibration_section
from kaggle_kit.report.sections.confusions import confusions_section
from kaggle_kit.report.sections.data import data_section
from kaggle_kit.report.sections.ensemble import ensemble_section
from kaggle_kit.report.sections.mistakes import mistakes_section
from kaggle_kit.report.sections.origin import origin_section
from kaggle_kit.report.sections.predictions import predictions_section
from kaggle_kit.report.sections.robustness import robustness_section
from kaggle_kit.report.sections.score import score_section
from kaggle_kit.report.sections.search import search_section
from kaggle_kit.report.sections.selective import selective_section
from kaggle_kit.report.sections.training import training_section
from kaggle_kit.report.words import complete_page
from kaggle_kit.workspace.written import write_files

PARTS = (
    score_section,
    predictions_section,
    confusions_section,
    mistakes_section,
    calibration_section,
    selective_section,
    robustness_section,
    ensemble_section,
    training_section,
    search_section,
    data_section,
    origin_section,
)
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
<p class="note">$made</p>
$facts
<nav aria-label="Contents"><ul>$contents</ul></nav>
</header>
<main>
$sections
</main>
<script>$script</script>
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
    """Write the other files and then index.html into `folder`; return the path of index.html.

    All other files in the folder stay untouched.
    """
    page, files = make_page(data)
    write_files(folder, files | {"index.html": page.encode()})
    return folder / "index.html"


def make_page(data: ReportData) -> tuple[str, dict[str, bytes]]:
    """Return the page, which needs no other file, and its pictures and other files by name."""
    sections = [part(data) for part in PARTS]
    rendered = [section.render() for section in sections]
    contents = (
        f'<li><a href="#{section.anchor}">{html.escape(section.title)}</a></li>'
        for section in sections
    )
    page = PAGE.substitute(
        title=html.escape(data.title),
        made=html.escape(data.made),
        generator=GENERATOR,
        style=STYLE,
        script=SCRIPT,
        facts=facts(_facts(data)),
        contents="".join(contents),
        sections=complete_page("\n".join(content for content, _ in rendered), data.options),
    )
    return page, {name: content for _, files in rendered for name, content in files.items()}


def _facts(data: ReportData) -> Iterator[Fact]:
    oof, best, found, measured = data.oof, data.best, data.oof.calibration, data.measured
    rows, hits = len(oof.labels), int(oof.correct.sum())
    interval = f"95% interval {between(*wilson(hits, rows))}"
    spread = measured.spread(oof.evaluation.std)
    over = f"standard deviation over {len(oof.fold_names)} folds"
    if measured.is_accuracy:
        yield Fact(percent(hits / rows), "out-of-fold accuracy", interval)
    else:
        score = measured.text(oof.evaluation.score)
        yield Fact(score, f"out-of-fold {measured.words}", f"± {spread}, {over}")
    yield _score(data)
    yield Fact(f"{rows - hits:,}", "mistakes", f"of {rows:,} images")
    if measured.is_accuracy:
        yield Fact(f"± {spread}", "spread over folds", over)
    else:
        yield Fact(percent(hits / rows), "out-of-fold accuracy", interval)
    after = f"{percent(found.after.error)} after temperature scaling"
    yield Fact(percent(found.before.error), "calibration error", after)
    members = len(best.members)
    yield Fact(f"{members * best.folds}", "networks", f"{members} for each of {best.folds} folds")
    doubted = int((oof.likely_labels != oof.labels).sum())
    yield Fact(f"{doubted:,}", "labels in doubt", "by confident learning")
    if isinstance(data.trials, Missing):
        yield Fact("none", "trials", "a blend" if best.blend else "no trials.csv in the run")
    else:
        done = int((data.trials["status"] == "completed").sum())
        yield Fact(f"{len(data.trials)}", "trials", f"{done} of them completed")


def _score(data: ReportData) -> Fact:
    """The score of the submission, or the one that is expected."""
    scores, expected = data.scores, data.scores.expected(data.oof)
    name = "score on held-out labels" if scores.of_sample else "public score"
    out_of_fold = data.measured.shown(data.oof.evaluation.score)
    interval = f"{expected.low:.4f} to {expected.high:.4f}" if expected else ""
    if scores.known is None:
        remark = f"95% interval {interval}" if interval else "as out of fold"
        return Fact(f"\u2248 {out_of_fold:.4f}", f"expected {name}", remark)
    return Fact(f"{scores.known:.5f}", name, f"expected: {interval or f'{out_of_fold:.4f}'}")
