"""The report page of a run as a person opens it: made by the command, shown by Chromium."""

from pathlib import Path

import pytest
from chromium import chromium

from kaggle_kit.cli.main import main

IMAGES = """images => images.map(image => ({
  alt: image.alt, loaded: image.complete && image.naturalWidth > 0,
}))"""
# An element that is wider than the window must be in a box that scrolls.
BEYOND = """() => [...document.querySelectorAll("body *")].filter(element => {
  const box = element.getBoundingClientRect();
  return box.right > innerWidth + 1 && !element.closest(".wide, pre");
}).map(element => element.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def report(explained_home, tmp_path_factory):
    """The page, made outside the home, because tests must not write to the home."""
    folder = tmp_path_factory.mktemp("report")
    before = {path: path.stat().st_mtime_ns for path in explained_home.rglob("*")}
    assert main(["report", "--home", str(explained_home), "--out", str(folder)]) == 0
    assert {path: path.stat().st_mtime_ns for path in explained_home.rglob("*")} == before
    return folder / "index.html"


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_it_fits_the_window_and_asks_nobody_for_anything(browser, report, width, scheme):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(BEYOND) == []
    images = page.locator("img").evaluate_all(IMAGES)
    assert len(images) > 30
    assert [image for image in images if not (image["loaded"] and len(image["alt"]) > 6)] == []
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]
    assert complaints == []
    context.close()


def test_every_entry_of_the_contents_leads_to_its_section(browser, report):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(report.as_uri())
    links = page.locator("nav a")
    assert links.count() == page.locator("section").count() > 5
    links.last.click()
    assert page.evaluate("scrollY") > 1000
    page.close()


def column(table, number):
    return table.locator(f"tbody tr > :nth-child({number})").all_inner_texts()


def test_a_table_is_sorted_by_keyboard_and_says_so(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    table = page.locator("table", has_text="Classification report")
    before = column(table, 1)
    foot = table.locator("tfoot").inner_text()
    head = table.locator("thead th").nth(2)
    assert head.inner_text().startswith("recall")
    head.get_by_role("button").focus()
    for order, falling in (("ascending", False), ("descending", True)):
        page.keyboard.press("Enter")
        shares = [float(cell.rstrip("%")) for cell in column(table, 3)]
        assert shares == sorted(shares, reverse=falling)
        assert head.get_attribute("aria-sort") == order
    assert sorted(column(table, 1)) == before
    assert table.locator("tfoot").inner_text() == foot
    table.get_by_role("button", name="class").click()
    assert column(table, 1) == before
    assert table.locator("[aria-sort]").count() == 1
    page.close()


def test_a_cell_of_the_confusion_matrix_leads_to_its_images(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    link = page.locator("#confusions td a").first
    images = page.locator(f"{link.get_attribute('href')} + .gallery img")
    assert not images.first.is_visible()
    link.click()
    assert images.first.is_visible()
    page.close()


def test_the_mistakes_are_saved_as_a_csv(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    with page.expect_download() as download:
        page.get_by_role("link", name="Save mistakes.csv").click()
    saved = Path(download.value.path()).read_bytes()
    assert saved == (report.parent / "mistakes.csv").read_bytes()
    page.close()


def test_without_scripts_all_is_there_but_the_buttons(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("table.sortable").count() > 3
    assert page.locator("button").count() == 0
    context.close()


def test_on_paper_no_short_table_is_cut_and_none_is_too_wide(browser, report):
    page = browser.new_page(viewport={"width": 680, "height": 1000})  # A4 within its margins
    page.emulate_media(media="print")
    page.goto(report.as_uri())
    kept = "box => getComputedStyle(box).breakInside === 'avoid'"
    boxes = page.locator(".wide:not(.long)")
    assert boxes.count() > 8
    assert all(box.evaluate(kept) for box in boxes.all())
    wide = "table => table.getBoundingClientRect().right > innerWidth"
    shown = page.locator("table:visible")
    assert [t.inner_text()[:60] for t in shown.all() if t.evaluate(wide)] == []
    page.close()
