import pytest

from kaggle_kit.competition.registry import COMPETITIONS, get_competition
from kaggle_kit.errors import InputError


@pytest.mark.parametrize("slug", COMPETITIONS)
def test_a_competition_is_found_by_its_slug(slug):
    found = get_competition(slug)
    assert found.slug == slug
    assert found.url.endswith(f"/{slug}")
    assert len(found.pixel_columns) == found.pixels == found.image_shape[0] * found.image_shape[1]
    assert 0 < found.public_rows <= found.test_rows
    assert 0 < found.honest_limit < 1


def test_an_unknown_competition_is_an_error_that_names_those_that_are_known():
    with pytest.raises(InputError, match="unknown competition 'titanic'") as caught:
        get_competition("titanic")
    assert "digit-recognizer" in str(caught.value)
