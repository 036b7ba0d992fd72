from kaggle_kit.workspace import packaging, provenance


def test_sources_are_what_git_tracks_and_has(checkout):
    (checkout / "new.py").touch()
    (checkout / "sub" / "b.py").unlink()
    assert packaging.sources(checkout) == [checkout / "workspace" / "provenance.py"]


def test_an_installed_package_in_somebodys_checkout_is_none_of_theirs(checkout):
    installed = checkout.parent / "venv" / "kaggle_kit"
    installed.mkdir(parents=True)
    (installed / "provenance.py").touch()
    assert packaging.sources(installed) == [installed / "provenance.py"]
    assert provenance.revision(installed) == provenance.__version__
