import gzip
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kaggle_kit.errors import RunError, in_words
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import (
    HISTORY,
    parse_csv,
    read_arrays,
    read_json,
    read_table,
    split_csv,
    write_arrays,
)

TABLE = "fold,member,epoch,seconds,note\n0,0,1,2.75,für\n0,0,2,1e-05,\n"
SAVED = {
    "windows line ends": TABLE.replace("\n", "\r\n").encode(),
    "a byte order mark": TABLE.encode("utf-8-sig"),
    "UTF-16": TABLE.encode("utf-16"),
    "UTF-16 without a mark": TABLE.encode("utf-16-le"),
    "Windows-1252": TABLE.encode("cp1252"),
    "semicolons and decimal commas": TABLE.replace(",", ";").replace(".", ",").encode(),
    "semicolons and decimal points": TABLE.replace(",", ";").encode(),
    "tabs": TABLE.replace(",", "\t").encode("utf-16"),
    "Excel's line": b"sep=;\r\n" + TABLE.replace(",", ";").encode(),
    "quotes": TABLE.replace("0,0,", '"0","0",').replace("fold,", '"fold",').encode(),
    "quoted decimal commas": TABLE.replace("2.75", '"2,75"').encode(),
    "empty columns and rows": (TABLE.replace("\n", ",,\n") + ",,,,,,\n\n").encode(),
    "no empty cell at the end": TABLE.replace("1e-05,", "1e-05").encode(),
    "blanks in the header": TABLE.replace("seconds", " seconds ").encode(),
}


def test_what_is_missing_is_said_with_the_step_that_makes_it(run):
    with pytest.raises(RunError, match=r"best.json is missing") as caught:
        read_json(run.best)
    assert caught.value.hint == "run `kaggle-kit tune` first"
    with pytest.raises(RunError, match=r"oof.npz is missing") as caught:
        read_arrays(run.oof)
    assert caught.value.hint == "run `kaggle-kit fit` first"
    with pytest.raises(RunError, match=r"fold0.history.csv is missing") as caught:
        read_table(run.network_history(0, 0))
    assert caught.value.hint == "run `kaggle-kit fit` first"


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00\x01"])
def test_a_torn_json_file_is_called_damaged(run, content):
    run.folder.mkdir(parents=True)
    run.best.write_text(content)
    with pytest.raises(RunError, match="damaged"):
        read_json(run.best)


def test_a_file_that_lacks_what_it_should_hold_is_called_damaged(run):
    write_json(run.best, {})
    with pytest.raises(RunError, match="it has no plan, epochs") as caught:
        read_json(run.best, "plan", "epochs")
    assert "delete it, and `kaggle-kit tune` makes it again" in caught.value.hint
    write_arrays(run.oof, labels=np.arange(3))
    with pytest.raises(RunError, match="it has no logits") as caught:
        read_arrays(run.oof, "logits", "labels")
    assert "delete it, and `kaggle-kit fit` makes it again" in caught.value.hint


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_torn_array_file_is_called_damaged(run, keep):
    write_arrays(run.oof, logits=np.arange(100.0))
    run.oof.write_bytes(run.oof.read_bytes()[:keep])
    with pytest.raises(RunError, match="damaged"):
        read_arrays(run.oof)


def test_blank_rows_in_a_table_are_left_out(run):
    run.folder.mkdir(parents=True)
    run.history.write_text("fold,member,epoch,seconds\n0,0,1,2\n,,,\n\n1,0,1,2\n")
    assert read_table(run.history, numbers=HISTORY)["fold"].tolist() == [0, 1]


@pytest.mark.parametrize("how", SAVED)
def test_a_table_that_a_spreadsheet_saved_again_is_the_same_table(run, how):
    run.folder.mkdir(parents=True)
    run.history.write_bytes(SAVED[how])
    table = read_table(run.history, numbers=HISTORY, texts=["note"])
    assert table["seconds"].tolist() == [2.75, 1e-05]
    assert table["epoch"].tolist() == [1, 2]
    assert table["note"].tolist()[0] == "für"
    assert list(table.columns) == [*HISTORY, "note"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"\xff\x00", "no column fold, found"),
        (b"fold#member#epoch#seconds\n", "no column fold, found 'fold#member"),
        (b"fold,member,epoch\n0,0,1\n", "no column seconds, found 'fold, member, epoch'"),
        (b"fold,member,epoch,seconds\n0,0,1,2,3\n", "row 2 has 5 cells, expected 4"),
        (b"fold,member,epoch,seconds\n0,0,1,2\n0,0,2,soon\n", "seconds is 'soon' in row 3, ex"),
        (b"fold,member,epoch,seconds\n0,0,1,1.234,5\n", "row 2 has 5 cells"),
    ],
)
def test_a_table_that_cannot_be_read_is_called_damaged_with_the_reason(run, content, message):
    run.folder.mkdir(parents=True)
    run.history.write_bytes(content)
    with pytest.raises(RunError, match=message) as caught:
        read_table(run.history, numbers=HISTORY)
    assert caught.value.hint == "delete it, and `kaggle-kit fit` makes it again"


def test_a_separator_inside_quotes_is_text():
    content = b'name;score\n"a;b,c";0,5\n'
    assert parse_csv(content, ["name", "score"]) == [["name", "score"], ["a;b,c", "0,5"]]


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (lambda: json.loads('{"a": 1,\n x}'), "it is not JSON at line 2, column 2"),
        (lambda: int("1.0"), "'1.0' is not a whole number"),
        (lambda: float("high"), "'high' is not a number"),
        (lambda: float(""), "'' is not a number"),
        (lambda: {}["folds"], "it has no 'folds'"),
        (b"a\xff".decode, "it is not UTF-8 text: byte 2 cannot be read"),
        (lambda: json.loads("1")["key"], "a value in it is of another kind"),
        (lambda: Path("nowhere").read_bytes(), "No such file or directory"),
        (lambda: gzip.decompress(b"no gzip"), "it is not a gzip file"),
        (lambda: np.load(io.BytesIO(b"no arrays")), "it is no file of arrays"),
        (lambda: np.load(io.BytesIO(b"")), "it is empty"),
        (lambda: pd.read_csv(io.StringIO("")), "it is empty"),
    ],
)
def test_the_words_of_python_and_of_libraries_are_put_into_others(attempt, said):
    with pytest.raises(Exception) as caught:  # noqa: PT011  of many kinds
        attempt()
    assert in_words(caught.value) == said


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_unknown_columns_are_separated_by_the_only_separator_of_the_first_row(separator):
    content = f"a{separator}b\n1{separator}2,5\n".encode()
    assert split_csv(content, [])[0] == ["a", "b"]
    assert split_csv(b"a;b,c\n", []) == [["a;b", "c"]]
