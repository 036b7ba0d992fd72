"""The messages of the verbs demo and bundle when something is missing."""

import importlib.util

import pytest

from kaggle_kit.cli.main import main


@pytest.mark.parametrize("verb", ["demo", "bundle"])
def test_without_the_extra_one_is_told_what_to_install(verb, tmp_path, monkeypatch, capsys):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "shap" else found(name)
    )
    assert main([verb, "--home", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "error: the explainer needs shap>=0.50, not installed here" in told
    assert 'pip install "shap>=0.50"`' in told


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(port, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["demo", "--port", port])
    assert f"expected a port, 1 to 65535: '{port}'" in capsys.readouterr().err
