"""The columns of a submission as Kaggle wants them, where a file has them in another form."""

from collections.abc import Sequence

from kaggle_kit.data.csvs.columns import UNNAMED
from kaggle_kit.data.submissions.form import Form
from kaggle_kit.data.submissions.rows import Rows


def as_asked(header: Sequence[str], rows: Rows, form: Form) -> tuple[list[str], Rows, list[str]]:
    """The header and the rows in the columns of the form, and what was otherwise, in words.

    What is not clear stays as it is. A header that is missing is added, and the rows begin with
    that line.
    """
    found, wanted = [name.strip() for name in header], [name.strip() for name in form.columns]
    told: list[str] = []
    if not wanted or found == wanted:
        return found, rows, told
    if len(found) == len(wanted) and found[0] in form.ids and not set(found) & set(wanted):
        return wanted, [list(header), *rows], ["a line with the names of the columns was added"]
    is_whole = all(len(row) == len(found) for row in rows)
    if is_whole and len(found) == len(wanted) + 1 and UNNAMED.fullmatch(found[0]):
        found, rows = found[1:], [row[1:] for row in rows]
        told.append("the index of the table was left out")
    place = {name.casefold(): i for i, name in enumerate(found)}
    asked = [name.casefold() for name in wanted]
    if len(place) != len(found) or set(place) != set(asked) or len(asked) != len(found):
        return found, rows, told
    order = [place[name] for name in asked]
    if [found[i] for i in order] != wanted:
        told.append(f"its columns are called {','.join(wanted)}"[:80])
    if order != list(range(len(found))):
        if not is_whole:
            return found, rows, []
        rows = [[row[i] for i in order] for row in rows]
        told.append("its columns were put in order")
    return wanted, rows, told
