"""Hooks of mkdocs: pages of the site that are not in docs/, and links that lead out of docs/.

README.md becomes the first page. CONTRIBUTING.md and CHANGELOG.md become pages, and the pictures of
the benchmarks are copied. A link to any other file of the repository becomes plain text, because
the site does not contain the file.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
PAGES = {"README.md": "index.md"} | {name: name for name in ("CONTRIBUTING.md", "CHANGELOG.md")}
PICTURES = "benchmarks/results/*.png"
LINK = re.compile(r"\[([^\]]*)\]\((?!https?://|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages and the pictures."""
    for source, page in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=_links_of(text, ROOT, files)))
    for picture in ROOT.glob(PICTURES):
        address = picture.relative_to(ROOT).as_posix()
        files.append(File.generated(config, address, abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, page: Any, files: Files, **_: Any) -> str:
    """Make the links of a page of docs/ lead to the pages of the site."""
    if page.file.generated_by:
        return markdown
    return _links_of(markdown, (ROOT / "docs" / page.file.src_uri).parent, files)


def _links_of(markdown: str, folder: Path, files: Files) -> str:
    def replace(link: re.Match[str]) -> str:
        text, target, anchor = link[1], (folder / link[2]).resolve(), link[3] or ""
        address = target.relative_to(ROOT).as_posix()
        if address in PAGES:
            return f"[{text}]({PAGES[address]}{anchor})"
        if target.match(PICTURES):
            return f"[{text}]({address})"
        if address.startswith("docs/") and files.get_file_from_path(address[5:]):
            return f"[{text}]({address[5:]}{anchor})"
        return text

    return LINK.sub(replace, markdown)
