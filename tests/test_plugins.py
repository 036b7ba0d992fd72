"""Families and competitions of packages that are installed in a folder of the test."""

import json
import os
import subprocess
import sys

import pytest
from plugin_packages import DESCRIPTION, FAMILY, install

from kaggle_kit.api import doctor
from kaggle_kit.cli.main import main
from kaggle_kit.cli.options import make_parser
from kaggle_kit.cli.shell import completion
from kaggle_kit.competition.registry import folder_of, get_competition, is_known, origin_of
from kaggle_kit.competition.toml_file import read_description
from kaggle_kit.data.archives.checksums import known_md5
from kaggle_kit.errors import InputError, NotInstalledError
from kaggle_kit.networks.families import check_family, full_name, get_family, packages_of


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages; modules that are imported from there are forgotten."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


@pytest.fixture
def flowers(site):
    """A package with the competition flower-power."""
    install(site, "flower-data", competitions=["flower-power = flower_data"])
    package = site / "flower_data"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "description.toml").write_text(DESCRIPTION)
    return package


def test_a_family_of_another_package_is_found_by_its_name_and_by_its_full_name(site):
    install(site, "Softmax.Family", "2.1", families=["softmax = softmax_family"])
    (site / "softmax_family.py").write_text(FAMILY)
    assert full_name("softmax") == full_name("Softmax_Family:softmax") == "softmax-family:softmax"
    assert "softmax_family" not in sys.modules
    assert get_family("softmax") is get_family("softmax-family:softmax")
    assert packages_of(["dense", "softmax"]) == {"softmax-family": "2.1"}


def test_an_attribute_of_a_module_can_be_the_family(site):
    source = FAMILY + "\n\nclass Namespace:\n    softmax = __import__('sys').modules[__name__]\n"
    install(site, "softmax-family", families=["softmax = fam:Namespace.softmax"], fam=source)
    assert get_family("softmax").known_good(None) == [{}]


def test_the_kits_own_family_goes_before_one_of_the_same_name(site):
    install(site, "denser", families=["dense = denser"], denser=FAMILY)
    assert get_family("dense").__name__ == "kaggle_kit.networks.families.dense"
    assert full_name("dense") == "dense"
    assert get_family("denser:dense").__name__ == "denser"


def test_two_packages_with_one_name_are_both_named_with_what_to_type(site):
    for package in ("one", "other"):
        install(site, package, families=[f"softmax = {package}"], **{package: FAMILY})
    with pytest.raises(InputError, match="family softmax is in 2 packages: one and other") as found:
        check_family("softmax")
    assert found.value.hint == "--family one:softmax or --family other:softmax"
    assert get_family("other:softmax").__name__ == "other"


def test_an_unknown_family_is_answered_with_all_that_there_are(site):
    install(site, "softmax-family", families=["softmax = nowhere"])
    with pytest.raises(InputError, match="unknown family 'softmacks'") as found:
        check_family("softmacks")
    assert "softmax-family:softmax" in found.value.hint


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import no_such_module", "cannot be imported: ModuleNotFoundError: No module named"),
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("def build(hp, problem): pass", "has no function known_good and no committee"),
    ],
)
def test_a_broken_family_is_an_error_only_where_it_is_asked_for(site, source, message, capsys):
    install(site, "broken", families=["broken = broken_family"], broken_family=source)
    assert full_name("broken") == "broken:broken"
    with pytest.raises(InputError, match=f"the family broken of the package broken {message}"):
        get_family("broken")
    assert main(["completion", "bash"]) == 0
    assert "broken" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone:softmax", "the family softmax needs the package gone, not installed here"),
        ("softmax-family:deep", "the package softmax-family 1.0 has no family deep"),
    ],
)
def test_a_family_whose_package_is_gone_is_told_with_the_package(site, name, message):
    install(site, "softmax-family", families=["softmax = fam"], fam=FAMILY)
    with pytest.raises(NotInstalledError, match=message) as found:
        get_family(name)
    assert name.partition(":")[0] in found.value.hint


@pytest.mark.usefixtures("flowers")
@pytest.mark.parametrize(
    "name", ["flower-power", "Flower Power", "https://www.kaggle.com/c/flower-power/data"]
)
def test_a_competition_of_another_package_is_found_wherever_a_slug_is_taken(name):
    competition = get_competition(name)
    assert competition.title == "Flower Power"
    assert origin_of(competition) == {"flower-data": "1.0"}
    assert is_known("flower-power")


def test_its_checksums_are_beside_its_description(flowers):
    sums = {"flower-power.zip": {"md5": "0" * 32}}
    (flowers / "checksums.json").write_text(json.dumps(sums))
    assert folder_of("flower-power") == flowers
    assert known_md5("flower-power") == "0" * 32


def test_a_users_own_description_goes_before_that_of_a_package(flowers, tmp_path):
    own = tmp_path / "competitions" / "flower-power.toml"
    own.parent.mkdir()
    own.write_text(DESCRIPTION.replace("Flower Power", "Mine"))
    found = get_competition("flower-power", tmp_path)
    assert found.title == "Mine"
    assert origin_of(found) == {}
    assert read_description(flowers / "description.toml") != found


def test_a_slug_that_is_mistyped_is_answered_with_that_of_a_package(flowers):
    assert flowers.exists()
    with pytest.raises(InputError) as found:
        get_competition("flower-powder")
    assert found.value.hint == "did you mean flower-power?"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: (p / "description.toml").unlink(), "description.toml does not exist"),
        (lambda p: (p / "description.toml").write_text("slug = 1"), "slug is 1, expected a text"),
        (
            lambda p: (p / "description.toml").write_text(DESCRIPTION.replace("power", "pot")),
            "has slug = 'flower-pot', expected the name of its entry point",
        ),
        (lambda p: p.rename(p.with_name("elsewhere")), "cannot be imported: ModuleNotFoundError"),
    ],
)
def test_a_broken_description_is_an_error_only_where_it_is_asked_for(flowers, change, message):
    change(flowers)
    assert get_competition("digit-recognizer").slug == "digit-recognizer"
    with pytest.raises(InputError, match=message):
        get_competition("flower-power")


def test_two_packages_with_one_competition_are_both_named(flowers, site):
    install(site, "other", competitions=["flower-power = flower_data"])
    assert flowers.exists()
    with pytest.raises(InputError, match=r"flower-power is in 2 packages: flower-data and other"):
        get_competition("flower-power")


def test_the_doctor_lists_plugins_and_what_is_wrong_with_them(flowers, site):
    install(site, "softmax-family", families=["softmax = softmax_family"], softmax_family=FAMILY)
    install(site, "denser", families=["dense = softmax_family"])
    install(site, "broken", families=["broken = no_such_module"])
    assert flowers.exists()
    found = {check.found: (check.level, check.remedy) for check in doctor._plugins()}
    assert found["family softmax of softmax-family 1.0"] == ("ok", "")
    assert found["competition flower-power of flower-data 1.0"] == ("ok", "")
    level, remedy = found["family dense of denser 1.0: the kit's own goes before it"]
    assert (level, remedy) == ("warning", "--family denser:dense takes this one")
    (told,) = [text for text in found if "broken" in text]
    assert "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'" in told
    assert found[told][0] == "warning"


def test_tab_completes_plugins_too(flowers, site):
    install(site, "softmax-family", families=["softmax = nowhere"])
    assert flowers.exists()
    verbs = {verb.name: verb for verb in completion.verbs(make_parser())}
    values = {name: option.values for option in verbs["tune"].options for name in option.names}
    assert {"dense", "softmax"} <= set(values["--family"])
    assert {"digit-recognizer", "flower-power"} <= set(values["--competition"])


def test_nothing_is_looked_up_where_the_kit_has_the_name():
    ask = (
        "import sys\nfrom kaggle_kit.cli.main import main\n"
        "from kaggle_kit.competition.registry import get_competition, known_path\n"
        "from kaggle_kit.networks.families import check_family\n"
        "check_family('dense'); get_competition('letters')\n"
        "print('importlib.metadata' in sys.modules)\n"
    )
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


@pytest.mark.parametrize("before", ["", "importlib_metadata"])  # it replaces how Python looks
def test_a_package_whose_metadata_are_damaged_does_no_harm(site, before):
    if before:
        pytest.importorskip(before)
    info = install(site, "nameless", families=["nameless = nowhere"])
    (info / "METADATA").write_text("")
    ask = (
        f"import {before or 'sys'}\n"
        "from kaggle_kit import plugins\n"
        "print(plugins.plugins(plugins.FAMILIES))\n"
    )
    path = os.pathsep.join([str(site), *sys.path])
    said = subprocess.run(
        [sys.executable, "-c", ask],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "[]\n"
