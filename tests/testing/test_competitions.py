"""Every competition of the kit passes the checks, and descriptions that break one fail them."""

import dataclasses
import json

import pytest

from kaggle_kit.competition import registry
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.testing import checks_of_competition

EVERY = [(slug, check) for slug in COMPETITIONS for check in checks_of_competition(slug)]


@pytest.mark.parametrize("check", [c for _, c in EVERY], ids=[f"{s}-{c}" for s, c in EVERY])
def test_a_competition_of_the_kit_keeps_what_is_promised(check):
    check()


@pytest.mark.parametrize(
    ("promise", "change"),
    [
        ("is_found_by_slug_and_address", {"slug": "another"}),
        ("is_written_as_it_is_read", {"train_rows": -1}),
        ("an_honest_limit_has_its_source", {"honest_source": ""}),
        ("checksums_are_of_kaggles_zip", {}),
    ],
)
def test_a_broken_promise_fails_its_check(promise, change, monkeypatch, tmp_path):
    slug = "digit-recognizer"
    monkeypatch.setitem(COMPETITIONS, slug, dataclasses.replace(COMPETITIONS[slug], **change))
    monkeypatch.setattr(registry, "KNOWN", tmp_path)
    (tmp_path / slug).mkdir()
    (tmp_path / slug / "checksums.json").write_text(json.dumps({"other.zip": {"md5": ""}}))
    (check,) = [one for one in checks_of_competition(slug) if one.name == promise]
    with pytest.raises(Exception, match=r"\w"):
        check()
