import csv
from fractions import Fraction

import numpy as np
import pytest

from kaggle_kit.data.layouts.csv_parsing import Layout, parse, parse_fields, parse_plain
from kaggle_kit.errors import DataError

LAYOUT = Layout("some.csv", ["a", "b", "c"])


def plain(rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows).encode()


@pytest.mark.parametrize("seed", range(20))
def test_plain_lines_are_read_alike_fast_and_slowly(seed):
    rng = np.random.default_rng(seed)
    high = [1, 10, 100, 256][seed % 4]
    values = rng.integers(0, high, size=(rng.integers(1, 40), rng.integers(1, 30)))
    columns = [f"column{i}" for i in range(values.shape[1])]

    fast = parse_plain(plain(values), values.shape[1])
    slow = parse_fields(Layout("some.csv", columns), plain(values), first=2)

    np.testing.assert_array_equal(fast, values)
    np.testing.assert_array_equal(slow.values, values)
    assert slow.values.dtype == fast.dtype == np.uint8


def test_every_value_in_every_place_is_read_fast():
    for value in [*range(256), "00", "007", "000"]:
        rows = [[value, 0, 0], [99, value, 9], [255, 255, value]]

        assert parse_plain(plain(rows), 3).tolist() == [[int(v) for v in row] for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        b"1,2\n",
        b"1,2,3,4\n",
        b"1,2\n3,4,5,6\n",
        b"1,2,3,4\n5,6\n",
        b"1,,3\n",
        b",2,3\n",
        b"1,2,\n",
        b"\n",
        b"\n1,2,3\n",
        b"1,2,3\n\n",
        b"1,2,256\n",
        b"1,2,300\n",
        b"260,2,3\n",
        b"1,2,999\n",
        b"1,2,1000\n",
        b"1,2,0000\n",
        b"1,2,-3\n",
        b"1,2,+3\n",
        b"1,2,3.0\n",
        b"1, 2,3\n",
        b'1,"2",3\n',
        b"1;2;3\n",
        b"1,2,x\n",
        b"1,2,\xff\n",
        b"1,2,\x00\n",
        b"1,2,3\r\n",
    ],
)
def test_the_fast_way_declines_all_else(text):
    assert parse_plain(text, 3) is None


def test_a_random_change_is_read_just_as_python_reads_it():
    """Fuzz: after one byte has changed, the numbers are the ones that Python reads.

    If Python reads no valid numbers, `parse` raises an error.
    """
    refused = 0
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        text = bytearray(plain(rng.integers(0, 256, size=(4, 3))))
        text[rng.integers(len(text) - 1)] = rng.choice(list(b'0129,.-+ x"\n\x00\xff'))
        expected = pythons_reading(bytes(text))
        if expected is None:
            refused += 1
            with pytest.raises(DataError):
                parse(LAYOUT, bytes(text), first=2)
        else:
            assert parse(LAYOUT, bytes(text), first=2).values.tolist() == expected
    assert 200 < refused < 900


def pythons_reading(text):
    """Return what Python's csv and Fraction read; None if a field is not a number from 0 to 255."""
    try:
        lines = [line for line in text.decode().split("\n") if line.strip()]
        rows = [next(csv.reader([line], strict=True)) for line in lines]
        values = [[Fraction(field.strip() or 0) for field in row] for row in rows]
    except (ValueError, csv.Error):
        return None
    whole = all(len(row) == 3 and set(row) <= set(range(256)) for row in values)
    return values if whole else None


@pytest.mark.parametrize("text", ["12.0", "12.", "1.2e1", "+12", " 12 ", '"12"', "012"])
def test_a_whole_number_is_read_however_it_is_written(text):
    assert parse(LAYOUT, f"1,{text},3\n".encode(), first=2).values.tolist() == [[1, 12, 3]]


@pytest.mark.parametrize("text", ["", " ", '""', "NA", "NaN", "n/a", "null", "None"])
def test_a_missing_pixel_is_zero_and_counted(text):
    rows = parse(LAYOUT, f"1,{text},3\n4,5,6\n{text},8,{text}\n".encode(), first=2)

    assert rows.values.tolist() == [[1, 0, 3], [4, 5, 6], [0, 8, 0]]
    assert rows.missing == 3


def test_blank_lines_are_no_rows_but_count_as_lines():
    rows = parse(LAYOUT, b"1,2,3\n\n  \n4,5,6\n\n", first=2)

    assert rows.values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert rows.lines.tolist() == [2, 5]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("12.5", "'12.5'"),
        ("-1", "'-1'"),
        ("256", "'256'"),
        ("1e400", "'1e400'"),
        ("1e-400", "'1e-400'"),
        ("1e99999999999999999999", "'1e99999999999999999999'"),
        ("254.9999999999999999", "'254.9999999999999999'"),
        ("1_0", "'1_0'"),
        ("٣", "'٣'"),
        ("inf", "'inf'"),
        ("x" * 100, repr("x" * 40)),
        ("\x00", r"'\x00'"),
    ],
)
def test_a_value_that_is_no_pixel_is_shown_with_its_line_and_column(value, shown):
    with pytest.raises(DataError) as raised:
        parse(LAYOUT, f"1,2,3\n4,{value},6\n".encode(), first=7)

    assert str(raised.value) == (
        f"some.csv, line 8, column b: expected a whole number from 0 to 255, found {shown}"
    )
    assert "kaggle-kit download --force" in raised.value.hint


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"4,5", "expected 3 fields, found 2"),
        (b"4,5,6,7", "expected 3 fields, found 4"),
        (b"4,\xff,6", "expected UTF-8 text, found other bytes"),
        (b'4,"5,6', "its quotes cannot be read as CSV (unexpected end of data)"),
    ],
)
def test_a_line_that_is_no_row_is_named(line, problem):
    with pytest.raises(DataError) as raised:
        parse(LAYOUT, b"1,2,3\n" + line + b"\n", first=2)

    assert str(raised.value) == f"some.csv, line 3: {problem}"
