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
from matplotlib.image import imsave
from numpy.typing import NDArray

from kaggle_kit.report import figures

ENLARGED = 4  # width and height in a sheet of one pixel of an image
COLUMNS = 10
DPI = 160
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

    The shape is (height, width), light ink on black, or (height, width, 3), colours.
    """

    pixels: NDArray[np.uint8]
    alt: str
    caption: str = ""
    marked: bool = False


@dataclass(frozen=True, eq=False)
class Gallery:
    """Tiles in rows; `name` is the name of the picture that shows all of them."""

    name: str
    tiles: Sequence[Tile]
    columns: int = COLUMNS


@dataclass(frozen=True)
class Section:
    """A section of the page; strings in `parts` are HTML and are inserted unchanged."""

    anchor: str
    title: str
    parts: Sequence[str | Picture | Gallery]

    def render(self) -> tuple[str, dict[str, bytes]]:
        """Return the HTML, with all pictures embedded, and the same pictures as PNGs by name."""
        rendered, files = [], {}
        for part in self.parts:
            if isinstance(part, Picture):
                files[part.name] = figures.png(part.figure, DPI)
                rendered.append(_picture(part, files[part.name]))
            elif isinstance(part, Gallery):
                files[part.name] = sheet(part)
                rendered.append(_gallery(part))
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


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table with a caption, in a box that scrolls if the table is too wide.

    A table without a header is a list of names and their values.
    """
    cells = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in header)
    head = f"<thead><tr>{cells}</tr></thead>\n" if header else ""
    body = "\n".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    name = html.escape(title)
    return (
        f'<div class="wide" role="region" aria-label="{name}" tabindex="0"><table>\n'
        f"<caption><span>{name}</span></caption>\n{head}"
        f"<tbody>{body}</tbody></table></div>"
    )


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


def percent(share: float, digits: int = 2) -> str:
    return f"{100 * share:.{digits}f}%"


def between(low: Any, high: Any, digits: int = 2) -> str:
    """An interval of shares, as text in percent."""
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f}%"


def sheet(gallery: Gallery) -> bytes:
    """All tiles of a gallery in one PNG, enlarged, in the order of the page."""
    tiles = [_on_paper(tile.pixels) for tile in gallery.tiles]
    height, width, _ = tiles[0].shape
    columns = min(gallery.columns, len(tiles))
    rows = -(-len(tiles) // columns)
    canvas = np.full((rows * (height + 2), columns * (width + 2), 3), 255, dtype=np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        top, left = row * (height + 2) + 1, column * (width + 2) + 1
        canvas[top : top + height, left : left + width] = tile
    return _png(canvas.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1))


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


def _gallery(gallery: Gallery) -> str:
    tiles = []
    for tile in gallery.tiles:
        height, width = tile.pixels.shape[:2]
        caption = f"<figcaption>{html.escape(tile.caption)}</figcaption>" if tile.caption else ""
        mark = ' class="marked"' if tile.marked else ""
        tiles.append(
            f'<figure{mark}><img alt="{html.escape(tile.alt)}" width="{width}" height="{height}" '
            f'src="{_data(_png(_on_paper(tile.pixels)))}">{caption}</figure>'
        )
    return f'<div class="gallery" id="{gallery.name}">{"".join(tiles)}</div>'


def _on_paper(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey images as black ink on white, (height, width, 3); coloured images unchanged."""
    return pixels if pixels.ndim == 3 else np.repeat(255 - pixels[..., None], 3, axis=2)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    imsave(buffer, np.ascontiguousarray(pixels), format="png")
    return buffer.getvalue()


def _data(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
