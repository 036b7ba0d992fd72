"""The report page of a run as a person opens it: made by the command, shown by Chromium."""

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
