"""The building blocks of a section of the page: text, tables, pictures and image galleries."""

import base64
import html
import io
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from kaggle_kit.report import figures

ENLARGED = 4  # at most, width and height in a sheet of one pixel of an image
LARGEST = 96  # pixels of the longer side of an image on the page
SMALL = 40  # pixels of the longer side of an image whose pixels are shown as squares
COLUMNS = 10
DPI = 160
LONG = 25  # rows of a table that may be divided between two printed pages
WIDTH = 5.6  # inches; on a phone, text in a figure is then as large as the notes of the page


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure, with a description in words (`alt`) for readers who cannot see it."""

    name: str
    figure: Figure
    alt: str


@dataclass(frozen=True, eq=False)
class Tile:
    """A uint8 image with its caption; a `marked` tile has a coloured frame.

    The shape is (height, width), light ink on black, or (height, width, 3), colours on white. A
    `photo`, of either shape, is shown as it is, in dark mode too.
    """

    pixels: NDArray[np.uint8]
    alt: str
    caption: str = ""
    marked: bool = False
    photo: bool = False


@dataclass(frozen=True, eq=False)
class Gallery:
    """Tiles in rows; `name` is the name of the picture that shows all of them."""

    name: str
    tiles: Sequence[Tile]
    columns: int = COLUMNS


@dataclass(frozen=True)
class Attachment:
    """A file next to the page that can also be saved from the page; `link` is the link's text."""

    name: str
    content: bytes
    kind: str
    link: str


Part = str | Picture | Gallery | Attachment


@dataclass(frozen=True)
class Section:
    """A section of the page; strings in `parts` are HTML and are inserted unchanged."""

    anchor: str
    title: str
    parts: Sequence[Part]

    def render(self) -> tuple[str, dict[str, bytes]]:
        """Return the HTML, with everything embedded, and the pictures and attachments as files."""
        rendered, files = [], {}
        for part in self.parts:
            if isinstance(part, Picture):
                png = files[f"{part.name}.png"] = figures.png(part.figure, DPI)
                rendered.append(_picture(part, png))
            elif isinstance(part, Gallery):
                files[f"{part.name}.png"] = sheet(part)
                rendered.append(_gallery(part))
            elif isinstance(part, Attachment):
                files[part.name] = part.content
                rendered.append(_attachment(part))
            else:
                rendered.append(part)
        title = html.escape(self.title)
        content = "\n".join(rendered)
        return f'<section id="{self.anchor}">\n<h2>{title}</h2>\n{content}\n</section>', files


def text(*sentences: str, kind: str = "") -> str:
    """A paragraph of plain text; words between `backticks` become code."""
    attribute = f' class="{kind}"' if kind else ""
    content = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(" ".join(sentences)))
    return f"<p{attribute}>{content}</p>"


def missing(why: str) -> str:
    return text(why, kind="missing")


def heading(title: str) -> str:
    return f"<h3>{html.escape(title)}</h3>"


def table(
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    foot: Iterable[Sequence[Any]] = (),
) -> str:
    """A table with a caption, in a box that scrolls if the table is too wide.

    A table without a header is a list of names and their values. If every column has a name, the
    reader can sort the rows, except those in `foot`, which are sums or means.
    """
    cells = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in header)
    head = f"<thead><tr>{cells}</tr></thead>\n" if header else ""
    body, feet = (["<tr>" + _cells(row) + "</tr>" for row in some] for some in (rows, foot))
    last = f"<tfoot>{''.join(feet)}</tfoot>" if feet else ""
    sortable = ' class="sortable"' if header and all(header) and len(body) > 2 else ""
    lines = "\n".join(body)
    name = html.escape(title)
    return boxed(
        f"<table{sortable}>\n<caption><span>{name}</span></caption>\n{head}"
        f"<tbody>{lines}</tbody>{last}</table>",
        name,
        long=len(body) > LONG,
    )


def boxed(content: str, name: str, *, long: bool = False) -> str:
    """A table in a box that scrolls; a `long` one may be divided between printed pages."""
    kind = "wide long" if long else "wide"
    return f'<div class="{kind}" role="region" aria-label="{name}" tabindex="0">{content}</div>'


class Fact(NamedTuple):
    """A value, the name of the value, and a remark."""

    value: str
    name: str
    remark: str


def facts(items: Iterable[Fact]) -> str:
    """The main figures in boxes."""
    boxes = (
        f"<div><dt>{html.escape(fact.name)}</dt><dd><strong>{html.escape(fact.value)}</strong>"
        f"<small>{html.escape(fact.remark)}</small></dd></div>"
        for fact in items
    )
    return f'<dl class="facts">{"".join(boxes)}</dl>'


def details(title: str, content: str) -> str:
    """A preformatted text that is hidden until the reader opens it."""
    return (
        f"<details><summary>{html.escape(title)}</summary>"
        f'<pre tabindex="0">{html.escape(content)}</pre></details>'
    )


def foldable(title: str, content: str, anchor: str) -> str:
    """HTML that is hidden until the reader opens it, or follows a link to a place in it."""
    return f'<details id="{anchor}"><summary>{html.escape(title)}</summary>{content}</details>'


def percent(share: float, digits: int = 2) -> str:
    return f"{100 * share:.{digits}f}%"


def between(low: Any, high: Any, digits: int = 2) -> str:
    """An interval of shares, as text in percent."""
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f}%"


def sheet(gallery: Gallery) -> bytes:
    """All tiles of a gallery in one PNG, enlarged, in the order of the page."""
    tiles = [_in_colours(_pixels(tile)) for tile in gallery.tiles]
    height, width, _ = tiles[0].shape
    enlarged = max(1, min(ENLARGED, ENLARGED * SMALL // max(height, width)))
    columns = min(gallery.columns, len(tiles))
    rows = -(-len(tiles) // columns)
    canvas = np.full((rows * (height + 2), columns * (width + 2), 3), 255, dtype=np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        top, left = row * (height + 2) + 1, column * (width + 2) + 1
        canvas[top : top + height, left : left + width] = tile
    return _png(canvas.repeat(enlarged, axis=0).repeat(enlarged, axis=1))


def _cells(row: Sequence[Any]) -> str:
    first, *others = (html.escape(str(cell)) for cell in row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others)


def _picture(picture: Picture, png: bytes) -> str:
    width, height = struct.unpack(">II", png[16:24])  # the place of the size in a PNG
    image = (
        f'<img id="{picture.name}" alt="{html.escape(picture.alt)}" width="{width}" '
        f'height="{height}" src="{_data(png)}">'
    )
    return f"<figure>{image}</figure>"


def _attachment(attachment: Attachment) -> str:
    data = base64.b64encode(attachment.content).decode()
    name = html.escape(attachment.name)
    return (
        f'<p><a download="{name}" href="data:{attachment.kind};base64,{data}">'
        f"{html.escape(attachment.link)}</a></p>"
    )


def _gallery(gallery: Gallery) -> str:
    return f'<div class="gallery" id="{gallery.name}">{tiles_in_rows(gallery.tiles)}</div>'


def tiles_in_rows(shown: Sequence[Tile]) -> str:
    """The tiles, without a box around them."""
    tiles = []
    for tile in shown:
        height, width = tile.pixels.shape[:2]
        caption = f"<figcaption>{html.escape(tile.caption)}</figcaption>" if tile.caption else ""
        kinds = [name for name in ("marked", "photo") if getattr(tile, name)]
        kinds += ["fine"] if max(height, width) > SMALL else []
        mark = f' class="{" ".join(kinds)}"' if kinds else ""
        tiles.append(
            f'<figure{mark}><img alt="{html.escape(tile.alt)}" width="{width}" height="{height}" '
            f'src="{_source(tile)}">{caption}</figure>'
        )
    return "".join(tiles)


def _pixels(tile: Tile) -> NDArray[np.uint8]:
    """The pixels to show, scaled down to at most LARGEST; ink is black on white."""
    pixels = tile.pixels if tile.photo or tile.pixels.ndim == 3 else 255 - tile.pixels
    scale = LARGEST / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    height, width = (max(1, round(scale * side)) for side in pixels.shape[:2])
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((width, height), Image.Resampling.BOX))


def _in_colours(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels of shape (height, width, 3)."""
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)


def _source(tile: Tile) -> str:
    """The image as a data URL: a PNG, or a JPEG for a larger photograph, of a fifth of the size."""
    pixels = _pixels(tile)
    if not tile.photo or max(pixels.shape) <= SMALL:
        return _data(_png(pixels))
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="jpeg", quality=90)
    return _data(buffer.getvalue(), "image/jpeg")


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def _data(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
