"""Packing, encoding and separator of a CSV, and files that are called .csv and are none."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from kaggle_kit.data.csvs.dialect import in_utf8, parsed, plain_csv
from kaggle_kit.data.csvs.kinds import SAVE_AS_CSV
from kaggle_kit.errors import DataError, InputError

TEXT = "label,größe\n1,2\n3,4\n"
COLUMNS = ["label", "größe"]


def zipped(*names, content=b"a,b\n1,2\n"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


def test_a_plain_csv_is_given_back_as_it_is():
    content = TEXT.encode()
    plain = plain_csv("a.csv", content, COLUMNS)
    assert plain.content is content
    assert (plain.notes, plain.first) == ((), 1)


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (TEXT.encode("utf-16"), ["in UTF-16"]),
        (TEXT.encode("utf-16-le"), ["in UTF-16"]),
        (TEXT.encode("utf-16-be"), ["in UTF-16"]),
        (TEXT.encode("utf-32"), ["in UTF-32"]),
        (TEXT.encode("latin-1"), ["in Windows-1252"]),
        (TEXT.replace(",", ";").encode(), ["separated by semicolons"]),
        (TEXT.replace(",", "\t").encode(), ["separated by tabs"]),
        (TEXT.replace(",", "|").encode(), ["separated by bars"]),
        (gzip.compress(TEXT.encode()), ["compressed with gzip"]),
        (bz2.compress(TEXT.encode()), ["compressed with bzip2"]),
        (lzma.compress(TEXT.encode()), ["compressed with xz"]),
        (zipped("x.csv", "__MACOSX/._x.csv", content=TEXT.encode()), ["compressed with zip"]),
        (
            gzip.compress(TEXT.replace(",", "\t").encode("utf-16")),
            ["compressed with gzip", "in UTF-16", "separated by tabs"],
        ),
    ],
)
def test_another_form_is_made_plain_and_told(content, notes):
    plain = plain_csv("a.csv", content, COLUMNS)
    assert plain.content.decode().removeprefix("\ufeff") == TEXT
    assert list(plain.notes) == notes


def test_decimal_commas_become_points_and_other_commas_stay():
    plain = plain_csv("a.csv", b'a;b;c\n0,5;"x;y";1\n\n1;x, y;,25\n', ["a", "b", "c"])
    assert plain.content.decode() == 'a,b,c\n0.5,x;y,1\n\n1,"x, y",.25\n'
    assert plain.notes == ("separated by semicolons", "with decimal commas")


def test_the_line_for_excel_is_left_out_and_counted():
    plain = plain_csv("a.csv", b"sep=;\r\na;b\r\n1;2\r\n")
    assert plain.content == b"a,b\r\n1,2\r\n"
    assert plain.first == 2


def test_numbers_without_names_tell_their_separator_if_there_is_one_alone():
    assert plain_csv("a.csv", b"1;2;3\n", COLUMNS).content == b"1,2,3\n"
    assert plain_csv("a.csv", b"0,5;0,25\n", COLUMNS).content == b"0.5,0.25\n"
    assert plain_csv("a.csv", b"a;b,c\n", COLUMNS).content == b"a;b,c\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook (xlsx)"),
        (zipped("mimetype", "content.xml"), "a spreadsheet (ods)"),
        (zipped("a.csv", "b.csv"), "a zip of 2 files"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook (xls)"),
        (gzip.compress(b"PAR1"), "a Parquet file"),
        (b"\n<!DOCTYPE html>", "a web page"),
        (b"<HTML>", "a web page"),
        (b'[{"label": 1}]', "JSON"),
        (b'{"label": [1]}', "JSON"),
        (b"\x93NUMPY\x01", "a NumPy array"),
        (b"\x80\x04\x95", "a Python pickle"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_its_name(content, kind):
    with pytest.raises(DataError) as raised:
        plain_csv("train.csv", content)
    assert str(raised.value).startswith(f"train.csv is {kind}")
    assert str(raised.value).endswith("expected a CSV")
    assert raised.value.hint == SAVE_AS_CSV


@pytest.mark.parametrize(
    "content", [gzip.compress(b"a,b\n" * 999)[:-9], zipped("a.csv")[:-30], b"\x1f\x8b\x08junk"]
)
def test_a_damaged_archive_is_one_clear_error(content):
    with pytest.raises(DataError, match=r"^a\.csv is damaged or was cut short: [^\n]+$"):
        plain_csv("a.csv", content)


def test_a_file_that_unpacks_to_incredibly_many_bytes_is_refused(monkeypatch):
    monkeypatch.setattr("kaggle_kit.data.archives.members.HARMLESS", 1 << 20)
    with pytest.raises(InputError, match="claims to unpack to"):
        plain_csv("a.csv", gzip.compress(b"0," * (1 << 22)))


def test_other_bytes_far_below_are_found_by_a_look_at_all():
    content = b"a,b\n" + b"1,2\n" * 40_000 + "ü,1\n".encode("latin-1")
    assert plain_csv("a.csv", content).content is content
    text, encoding = in_utf8("a.csv", content)
    assert (text, encoding) == (content.replace(b"\xfc", "ü".encode()), "in Windows-1252")


@pytest.mark.parametrize("odd", ["ü".encode() + b"\xfc", b"\x81", b"\xff\x00"])
def test_bytes_of_no_encoding_are_an_error_with_their_line(odd):
    with pytest.raises(DataError, match=r"^a\.csv(, line 3: expected UTF-8 text| is no text)"):
        in_utf8("a.csv", b"a,b\n1,2\n" + odd + b",1\n")


def test_rows_have_the_line_that_they_begin_on():
    rows, lines = parsed("a.csv", b'a,b\n"1\n1",2\n\n3,4\n', first=2)
    assert rows == [["a", "b"], ["1\n1", "2"], [], ["3", "4"]]
    assert lines == [2, 3, 5, 6]
    with pytest.raises(DataError, match=r"^a\.csv, line 2: it cannot be read as CSV"):
        parsed("a.csv", b'a,b\n1,"2\n3,4\n')
