"""The site of the documentation."""

import os
import re
import subprocess
import sys

import pytest
from repository import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    return folder


def test_every_page_is_there(site):
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages | {"index", "CONTRIBUTING", "CHANGELOG"} <= {p.stem for p in site.glob("*.html")}
    assert "<h1" in (site / "index.html").read_text(encoding="utf-8")


def test_the_pages_load_nothing_from_other_hosts(site):
    loaded = re.compile(
        r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(https?:)?//|@import url\(http"
    )
    styles = re.compile(r"<link\b[^>]*rel=\"?stylesheet[^>]*href=\"?(https?:)?//")
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not loaded.search(text), page
        assert not styles.search(text), page


def test_links_and_pictures_lead_to_files_of_the_site(site):
    missing = [
        (page.name, target)
        for page in site.glob("*.html")
        if page.name != "404.html"  # its links are relative to a host's root
        for target in re.findall(r"(?:href|src)=\"?([^\"\s>#]+)", page.read_text(encoding="utf-8"))
        if not re.match(r"https?:|data:|mailto:", target) and not (site / target).exists()
    ]
    assert missing == []
