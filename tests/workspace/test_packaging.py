import io
import tarfile
from importlib.metadata import distributions, version

import pytest
from plugin_packages import FAMILY, install

from kaggle_kit.errors import InputError
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


def recorded(info, path):
    """Say that a package has another file."""
    with (info / "RECORD").open("a") as file:
        file.write(f"{path},,\n")


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_package_is_carried_with_its_metadata_and_found_where_it_is_unpacked(site, tmp_path):
    install(site, "softmax-family", families=["softmax = softmax_family"], softmax_family=FAMILY)
    recorded(site / "softmax_family-1.0.dist-info", "../../bin/softmax")
    archive = packaging.pack(beside=packaging.files_of(["softmax-family"]))
    with tarfile.open(fileobj=io.BytesIO(archive)) as found:
        found.extractall(tmp_path / "elsewhere", filter="data")
    (found,) = distributions(path=[str(tmp_path / "elsewhere")])
    assert (found.name, found.version) == ("softmax-family", "1.0")
    assert (tmp_path / "elsewhere" / "softmax_family.py").read_text() == FAMILY
    assert not list(tmp_path.rglob("bin"))


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("softmax_family.pth", "is installed as a link to its sources"),
        ("softmax_family.cpython-312-x86_64-linux-gnu.so", "has compiled parts"),
    ],
)
def test_what_cannot_be_carried_is_refused(site, file, message):
    info = install(site, "softmax-family", softmax_family=FAMILY)
    recorded(info, file)
    (site / file).write_text("")
    with pytest.raises(InputError, match=f"the package softmax-family {message}"):
        packaging.files_of(["softmax-family"])


def test_what_a_package_needs_is_pinned_without_the_kit(site):
    info = install(site, "softmax-family")
    needs = ["kaggle-kit>=0.2", "NumPy>1", "pytest; extra == 'dev'", "no-such-package"]
    with (info / "METADATA").open("a") as file:
        file.writelines(f"Requires-Dist: {one}\n" for one in needs)
    assert packaging.needed_by(["softmax-family"]) == [f"numpy=={version('numpy')}"]
