"""The messages of the verbs demo and bundle when something is missing."""

import importlib.util
import socket

import pytest

from kaggle_kit.cli.main import main
from kaggle_kit.errors import InputError
from kaggle_kit.explainer import demo
from kaggle_kit.explainer.subject.subject import Subject


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


def test_a_taken_port_is_told_before_networks_are_loaded(run, monkeypatch):
    loaded = []
    monkeypatch.setattr(demo, "load_reader", lambda *run: loaded.append(run))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = demo.Address(*taken.getsockname())
        with pytest.raises(InputError, match="is not free"):
            demo.show(run, Subject(), [], address, print)
    assert loaded == []
