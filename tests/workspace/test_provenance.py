import re

import pytest

from kaggle_kit.workspace import provenance


def test_outside_a_checkout_the_revision_is_the_version(tmp_path):
    assert provenance.revision(tmp_path) == provenance.__version__


@pytest.mark.parametrize(
    ("name", "dirty"),
    [
        ("workspace/provenance.py", True),
        ("new.py", True),
        ("sub/new.py", True),
        ("cache.pyc", False),
    ],
)
def test_a_changed_or_unknown_file_of_the_package_makes_the_revision_dirty(checkout, name, dirty):
    clean = provenance.revision(checkout)
    assert re.fullmatch("[0-9a-f]{12}", clean)
    (checkout / name).write_text("changed = 1\n")
    assert provenance.revision(checkout) == clean + ("-dirty" if dirty else "")
    (checkout / "another.py").touch()
    assert provenance.revision(checkout) == f"{clean}-dirty"


def test_a_file_beside_the_package_is_no_change_of_it(checkout):
    (checkout.parent / "notes.txt").touch()
    assert "dirty" not in provenance.revision(checkout)
