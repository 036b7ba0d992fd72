import io

import matplotlib.image
import numpy as np
import pytest

from kaggle_kit.report.components import (
    ENLARGED,
    LONG,
    Attachment,
    Gallery,
    Picture,
    Section,
    Tile,
    table,
    text,
)
from kaggle_kit.report.figures import make_axes


@pytest.fixture
def figure():
    figure, axes = make_axes((2, 1))
    axes.plot([0, 1])
    return figure


def read_png(content):
    return matplotlib.image.imread(io.BytesIO(content))


def test_a_picture_is_in_the_page_with_its_size_and_its_meaning(figure):
    section = Section("here", "A <b> section", [Picture("line", figure, 'It "rises"')])
    content, files = section.render()
    height, width, _ = read_png(files["line.png"]).shape
    assert f'width="{width}" height="{height}"' in content
    assert 'alt="It &quot;rises&quot;"' in content
    assert '<section id="here">\n<h2>A &lt;b&gt; section</h2>' in content


def test_a_gallery_shows_ink_as_black_and_all_tiles_again_on_one_sheet():
    ink = np.zeros((2, 2), dtype=np.uint8)
    ink[0, 0] = 255
    red = np.full((2, 2, 3), (255, 0, 0), dtype=np.uint8)
    gallery = Gallery("two", [Tile(ink, "Ink", "a & b"), Tile(red, "Red", marked=True)], columns=1)
    content, files = Section("a", "A", [gallery]).render()
    assert content.count("<img") == 2
    assert "<figcaption>a &amp; b</figcaption>" in content
    assert content.count('<figure class="marked">') == 1
    sheet = read_png(files["two.png"])[::ENLARGED, ::ENLARGED, :3]
    assert sheet.shape == (8, 4, 3)
    assert (sheet[1, 1] == 0).all()
    assert (sheet[1, 2] == 1).all()
    assert (sheet[5, 1] == (1, 0, 0)).all()


def test_a_table_says_what_its_cells_are_and_none_of_them_is_markup():
    content = table("Sizes <all>", ("name", "size"), [("<x>", 3)])
    assert '<th scope="col">size</th>' in content
    assert '<th scope="row">&lt;x&gt;</th><td>3</td>' in content
    assert 'aria-label="Sizes &lt;all&gt;" tabindex="0"' in content
    assert "<thead>" not in table("Names", (), [("seed", 0)])


def test_a_table_of_named_columns_can_be_sorted_without_its_sums():
    rows = [("a", 1), ("b", 2), ("c", 3)]
    content = table("Sizes", ("name", "size"), rows, foot=[("all", 6)])
    assert '<table class="sortable">' in content
    assert '<tfoot><tr><th scope="row">all</th><td>6</td></tr></tfoot>' in content
    assert "sortable" not in table("Sizes", ("", "size"), rows)
    assert "sortable" not in table("Sizes", ("name", "size"), rows[:2])


def test_only_a_long_table_may_be_divided_between_printed_pages():
    rows = [("a", 1)] * (LONG + 1)
    assert 'class="wide long"' in table("Sizes", ("name", "size"), rows)
    assert 'class="wide"' in table("Sizes", ("name", "size"), rows[:-1])


def test_an_attachment_is_a_file_and_can_be_saved_from_the_page():
    content, files = Section("a", "A", [Attachment("a.csv", b"x,y", "text/csv", "Save")]).render()
    assert '<a download="a.csv" href="data:text/csv;base64,eCx5">Save</a>' in content
    assert files == {"a.csv": b"x,y"}


def test_text_between_backticks_is_code_and_nothing_else_is_markup():
    assert text("Run `a < b`,", "<then> c.", kind="note") == (
        '<p class="note">Run <code>a &lt; b</code>, &lt;then&gt; c.</p>'
    )
