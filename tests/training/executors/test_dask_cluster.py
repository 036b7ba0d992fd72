"""Tests with a real scheduler and real workers, in processes that cannot access the run."""

import dataclasses
import importlib
import importlib.util
import io
import json
import os
import pickle
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path

import dask
import h5py
import numpy as np
import pytest
from dask_cluster import DaskCluster, patience
from remote import (
    fail,
    kill_yourself,
    read_environment,
    tell_and_return,
    tell_until_stopped,
    train_slowly,
)
from repository import ROOT

from kaggle_kit._version import __version__
from kaggle_kit.cli.main import main
from kaggle_kit.data.dataset import load_train
from kaggle_kit.errors import ClusterError, TrainingError
from kaggle_kit.networks.model import build_model, load_weights, predict_logits
from kaggle_kit.plugins import not_installed
from kaggle_kit.training.executors import dask_cluster as cluster_module
from kaggle_kit.training.executors.base import run_tasks
from kaggle_kit.training.executors.dask_cluster import Cluster, ClusterLostError
from kaggle_kit.training.executors.dask_transfer import (
    CompressedArray,
    Digests,
    decompressed,
    own_seeds,
    pack,
    run_packed,
)
from kaggle_kit.training.executors.process_pool import WorkerPool
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import make_folds
from kaggle_kit.training.train_fold import train_fold

SMALL = {"hidden_layers": 1, "units": 64, "batch_size": 64, "learning_rate": 0.005}
PLAIN = SMALL | {"distortion": 0.0, "batch_norm": False}
SUMS_OF_NOISE = """
import json, sys, time
from functools import partial
import numpy as np
from remote import total
from kaggle_kit.training.executors.dask_cluster import Cluster
from kaggle_kit.training.executors.base import run_tasks

noise = np.random.default_rng(0).integers(256, size=10_000_000, dtype=np.uint8)
with Cluster(sys.argv[1], workers=2) as cluster:
    cluster._client.wait_for_workers(2, timeout=50)
    calls = [partial(total, noise) for _ in range(6)]
    sums = list(run_tasks(cluster, calls))
    time.sleep(4)  # every two seconds, Dask drops copies that no task needs
    sums += run_tasks(cluster, calls)
print(json.dumps([noise.nbytes, sums]))
"""
TELLING = """
import sys
from remote import tell_until_stopped
from kaggle_kit.training.executors.dask_cluster import Cluster
from kaggle_kit.training.executors.base import run_tasks

told = set()

def tell(pid):
    told.add(pid)
    if len(told) == 2:
        print("both", flush=True)

with Cluster(sys.argv[1], workers=2) as cluster:
    list(run_tasks(cluster, [tell_until_stopped] * 2, tell))
"""
LITTLE = "--trials 1 --folds 3 --epochs 1 --fit-epochs 3 --members 1"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A scheduler and two workers. A task that killed two workers is not tried again."""
    folder = tmp_path_factory.mktemp("dask")
    with DaskCluster(folder, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1") as running:
        running.start_scheduler()
        running.start_worker()
        running.start_worker()
        yield running


@pytest.fixture
def cluster(running):
    with Cluster(running.address) as cluster:
        cluster._client.wait_for_workers(2, timeout=60)  # a worker may be restarting
        cluster.workers = 2
        yield cluster


@pytest.fixture
def own(tmp_path):
    """A separate cluster for one test."""
    folder = tmp_path / "dask"
    folder.mkdir()
    with DaskCluster(folder) as own:
        yield own


@pytest.fixture(scope="module")
def folds(digits):
    return make_folds(digits.labels, 3, seed=0)


@pytest.fixture(scope="module")
def task(problem):
    return FoldTask(problem, "dense", PLAIN, fold=1, epochs=3, seed=7, keep_weights=True)


@pytest.fixture(scope="module")
def trained_here(task, digits, folds):
    """The result of the task from a worker process of this machine."""
    with WorkerPool(1) as pool:
        (result,) = run_tasks(pool, [partial(train_fold, task, digits, folds)])
    return result


class Network:
    """Hosts on one network: network namespaces on a bridge, which has its own namespace."""

    def __init__(self, *names):
        prefix = f"kit{os.getpid()}"
        self.switch = f"{prefix}-switch"
        self.hosts = {name: f"{prefix}-{name}" for name in names}
        self.address = {name: f"192.0.2.{number}" for number, name in enumerate(names, start=1)}

    def make(self):
        ip("netns", "add", self.switch)
        ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.switch, "link", "set", "bridge", "up")
        for name, host in self.hosts.items():
            pair = f"link add {name} type veth peer name eth0 netns {host}"
            ip("netns", "add", host)
            ip("-n", self.switch, *pair.split())
            ip("-n", self.switch, "link", "set", name, "master", "bridge", "up")
            ip("-n", host, "address", "add", f"{self.address[name]}/24", "dev", "eth0")
            ip("-n", host, "link", "set", "eth0", "up")
            ip("-n", host, "link", "set", "lo", "up")

    def remove(self):
        for host in (*self.hosts.values(), self.switch):
            subprocess.run(["ip", "netns", "delete", host], check=False, capture_output=True)

    def on(self, name):
        """The prefix of a command that is to run on that host."""
        return ("ip", "netns", "exec", self.hosts[name])

    def received(self, name):
        """The number of bytes that the host has received."""
        (told,) = json.loads(ip("-n", self.switch, "-json", "-stats", "link", "show", name))
        return told["stats64"]["tx"]["bytes"]


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True).stdout


@pytest.fixture
def network():
    network = Network("driver", "scheduler", "one", "two")
    try:
        network.make()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespaces can be made here: {error}")
    else:
        yield network
    finally:
        network.remove()


def what_was_learnt(result):
    """The arrays by name, the scores and the history, all without times."""
    found = {}
    with h5py.File(io.BytesIO(result.weights)) as stored:
        stored.visititems(
            lambda name, item: found.update(
                {name: item[()].tobytes()} if hasattr(item, "shape") else {}
            )
        )
    assert found
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in result.history]
    return found, result.accuracy, result.loss, result.mistakes, rows


def test_results_and_news_arrive(cluster):
    told = []
    assert cluster.workers == 2
    calls = (partial(tell_and_return, number) for number in range(8))
    assert sorted(run_tasks(cluster, calls, told.append)) == list(range(8))
    for _ in patience():  # the last messages may still be on their way
        told += cluster.news()
        if len(told) == 8:
            break
    assert sorted(told) == [("begun", number) for number in range(8)]


def test_a_task_that_fails_raises_what_it_raised_and_the_others_end(cluster):
    """The other tasks end as without a driver; only then are their workers free again."""
    with pytest.raises(ValueError, match="not this way"):
        list(run_tasks(cluster, [tell_until_stopped, fail]))
    calls = [partial(tell_and_return, number) for number in range(4)]
    assert sorted(run_tasks(cluster, calls)) == list(range(4))


def test_a_driver_killed_with_9_leaves_no_worker_busy(running, cluster):
    """Both workers then run new tasks."""
    environment = os.environ | running.environment
    with subprocess.Popen(
        [sys.executable, "-c", TELLING, running.address], env=environment, stdout=subprocess.PIPE
    ) as driver:
        assert driver.stdout.readline() == b"both\n"
        driver.kill()
    calls = [partial(tell_and_return, number) for number in range(4)]
    assert sorted(run_tasks(cluster, calls)) == list(range(4))


def test_a_fold_is_trained_as_on_this_machine(cluster, task, digits, folds, trained_here):
    (result,) = run_tasks(cluster, [partial(train_fold, task, digits, folds)])
    assert what_was_learnt(result) == what_was_learnt(trained_here)


def test_a_worker_killed_mid_fold_changes_nothing(cluster, task, digits, folds, trained_here):
    killed = []

    def told(message):
        pid, event = message
        if event.epoch == 1 and not killed:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    (result,) = run_tasks(cluster, [partial(train_slowly, task, digits, folds)], told)
    assert killed
    assert what_was_learnt(result) == what_was_learnt(trained_here)


def test_a_task_that_kills_its_workers_is_an_error_with_a_hint(cluster):
    with pytest.raises(TrainingError, match="workers of the cluster died") as caught:
        list(run_tasks(cluster, [kill_yourself]))
    assert not isinstance(caught.value, ClusterLostError)  # a search continues with the next trial
    assert "--memory-limit" in caught.value.hint


def test_a_worker_that_lacks_a_module_ends_all_for_no_task_would_run(
    cluster, tmp_path, monkeypatch
):
    (tmp_path / "only_here.py").write_text("def call(notify):\n    return 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ClusterLostError, match="No module named 'only_here'") as caught:
        list(run_tasks(cluster, [importlib.import_module("only_here").call]))
    assert isinstance(caught.value, BrokenExecutor)
    assert f"install kaggle-kit {__version__}" in caught.value.hint


def test_a_worker_that_comes_later_with_another_version_does_nothing():
    with pytest.raises(ImportError, match=rf"kaggle-kit {__version__}, not 0\.0\.7"):
        run_packed(("0.0.7", b""), {})


def test_what_other_threads_draw_does_not_change_what_keras_is_seeded_by():
    def drawn(between):
        with own_seeds():
            random.seed(7)
            numbers = [random.randint(1, 10**9)]
            between()
            return [*numbers, random.randint(1, 10**9)]

    before = random.randint
    assert drawn(random.random) == drawn(lambda: None)
    assert random.randint == before


def test_another_backend_and_more_threads_train_as_well(own, task, digits, folds):
    own.start_scheduler()
    own.start_worker(threads=2, KERAS_BACKEND="tensorflow")
    names = ["KERAS_BACKEND", "NPROC", "OMP_NUM_THREADS"]
    with Cluster(own.address) as cluster:
        short = dataclasses.replace(task, epochs=1)
        calls = [partial(read_environment, names), partial(train_fold, short, digits, folds)]
        environment, result = run_tasks(cluster, calls)
    assert environment == dict(zip(names, ["tensorflow", "2", "2"], strict=True))
    model = build_model("dense", PLAIN, task.problem)
    load_weights(model, result.weights)
    read = predict_logits(model, digits.images).argmax(axis=1) == digits.labels
    assert np.mean(read[folds == task.fold]) == pytest.approx(result.accuracy, abs=0.011)


def test_a_task_carries_all_it_needs_and_no_path(task, sample_home, competition):
    digits = load_train(sample_home / "data" / competition.slug, competition)
    folds = make_folds(digits.labels, 3, seed=0)
    packed, arrays = pack(partial(train_fold, task, digits, folds), Digests())
    assert len(packed) < 5000
    assert digits.images.nbytes <= sum(array.nbytes for array in arrays.values())
    content = pickle.dumps([CompressedArray.of(digest, array) for digest, array in arrays.items()])
    for path in (sample_home, Path.cwd(), Path.home()):
        assert str(path).encode() not in packed + content


@pytest.mark.parametrize("array", [np.arange(24).reshape(2, 3, 4), np.zeros((0, 3), np.uint8)])
def test_an_array_arrives_as_it_was(array):
    arrived = decompressed(CompressedArray.of("some digest", array.T))
    np.testing.assert_array_equal(arrived, array.T)
    assert arrived.dtype == array.dtype
    decompressed.cache_clear()


@pytest.mark.filterwarnings("ignore:Port 8787 is already in use")  # the dashboard uses another
def test_a_cluster_is_there_as_the_document_starts_it_on_one_machine(monkeypatch):
    document = ROOT / "docs" / "cluster.md"
    first, *_ = re.findall(
        r"^```python\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE
    )
    ran = []

    def asked(text):
        with Cluster(text.split()[1]) as cluster:
            assert cluster.workers == 4
            ran.extend(run_tasks(cluster, [repr] * 8))

    monkeypatch.setattr("builtins.input", asked)
    exec(first, {"__name__": "__main__"})
    assert len(ran) == 8


def test_a_scheduler_that_dies_is_one_line_and_the_same_command_goes_on(
    own, sample_home, tmp_path, capfd
):
    scheduler = own.start_scheduler()
    port = own.address.rpartition(":")[2]
    for _ in range(2):
        own.start_worker("--no-nanny")
    home = tmp_path / "home"
    shutil.copytree(sample_home, home)
    on_cluster = ["--home", str(home), "--scheduler", own.address]
    assert main(["tune", *LITTLE.split(), *on_cluster]) == 0
    models = home / "runs" / "default" / "models"

    def kill_when_one_is_trained():
        for _ in patience(pause=0.01):
            if list(models.glob("*.weights.h5")):
                break
        scheduler.kill()

    killer = threading.Thread(target=kill_when_one_is_trained)
    killer.start()
    capfd.readouterr()
    assert main(["fit", *on_cluster]) == 1
    killer.join()
    said = capfd.readouterr().err
    assert f"error: the Dask scheduler at {own.address} has gone" in said
    assert "the same command goes on from here" in said
    assert "Traceback" not in said
    assert "distributed" not in said
    done = {path: path.stat().st_mtime_ns for path in models.glob("*.weights.h5")}
    assert 0 < len(done) < 3
    own.start_scheduler(port=port)
    own.start_worker("--no-nanny")
    assert main(["fit", *on_cluster]) == 0
    assert len(list(models.glob("*.weights.h5"))) == 3
    assert done == {path: path.stat().st_mtime_ns for path in done}


def test_no_scheduler_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(cluster_module, "SECONDS_TO_CONNECT", 0.5)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(ClusterError, match=f"no Dask scheduler answers at {address}") as caught:
            Cluster(address)
    assert "`dask scheduler`" in caught.value.hint


def test_a_scheduler_without_workers_is_told_how_to_get_some(own, monkeypatch):
    monkeypatch.setattr(cluster_module, "SECONDS_FOR_WORKERS", 0.5)
    own.start_scheduler()
    with pytest.raises(ClusterError, match="has no workers") as caught:
        Cluster(own.address)
    assert f"dask worker {own.address}" in caught.value.hint


def test_a_worker_with_another_version_is_told_by_its_address(own, tmp_path):
    """The worker finds another version first, in its own folder of packages."""
    about = tmp_path / "packages" / "kaggle_kit-0.0.7.dist-info" / "METADATA"
    about.parent.mkdir(parents=True)
    about.write_text("Metadata-Version: 2.1\nName: kaggle-kit\nVersion: 0.0.7\n")
    own.start_scheduler()
    path = os.pathsep.join([str(about.parent.parent), own.environment["PYTHONPATH"]])
    own.start_worker("--no-nanny", PYTHONPATH=path)
    with pytest.raises(ClusterError, match=r"worker at tcp://.* has kaggle-kit 0\.0\.7;") as caught:
        Cluster(own.address)
    assert f"install kaggle-kit {__version__}" in caught.value.hint


def test_a_worker_without_the_kit_is_told_by_its_address(own, tmp_path):
    """The worker has all other packages of this Python."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in [Path(p) for p in sys.path if Path(p).name == "site-packages"]:
        for entry in folder.iterdir():
            if "kaggle_kit" not in entry.name and not (packages / entry.name).exists():
                (packages / entry.name).symlink_to(entry)
    own.start_scheduler()
    bare = (sys.executable, "-S")
    own.start_worker("--no-nanny", python=bare, PYTHONPATH=str(packages))
    with pytest.raises(ClusterError, match=r"worker at tcp://.* has no kaggle-kit;"):
        Cluster(own.address)


def test_hosts_apart_share_a_network_alone_and_data_reach_each_once(own, network):
    own.start_scheduler(host=network.address["scheduler"], within=network.on("scheduler"))
    for name in ("one", "two"):
        where = ("--no-nanny", "--host", network.address[name])
        own.start_worker(*where, within=network.on(name))
    command = (*network.on("driver"), sys.executable, "-c", SUMS_OF_NOISE, own.address)
    environment = os.environ | own.environment
    said = subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    size, sums = json.loads(said.stdout)
    assert len(sums) == 12
    assert len(set(sums)) == 1
    for name in ("one", "two"):
        assert size < network.received(name) < 1.2 * size


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_tls_as_dask_is_configured_for_it(tmp_path, own, monkeypatch):
    monkeypatch.setattr(cluster_module, "SECONDS_TO_CONNECT", 3)
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    make = f"openssl req -x509 -nodes -newkey rsa:2048 -days 1 -subj /CN=test -keyout {key}"
    subprocess.run([*make.split(), "-out", certificate], check=True, capture_output=True)
    role = {"key": key, "cert": certificate}
    tls = {f"distributed.comm.tls.client.{name}": path for name, path in role.items()}
    tls["distributed.comm.tls.ca-file"] = certificate
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    own.environment[f"{prefix}CA_FILE"] = certificate
    for part in ("SCHEDULER", "WORKER"):
        own.environment |= {f"{prefix}{part}__KEY": key, f"{prefix}{part}__CERT": certificate}
    own.start_scheduler("--protocol", "tls")
    own.start_worker("--no-nanny")
    assert own.address.startswith("tls://")
    with dask.config.set(tls), Cluster(own.address) as cluster:
        assert list(run_tasks(cluster, [partial(tell_and_return, 7)])) == [7]
    with pytest.raises(ClusterError, match="cannot be used") as caught:
        Cluster(own.address)
    assert "ca-file" in caught.value.hint
    with pytest.raises(ClusterError, match="no Dask scheduler answers"):
        Cluster(own.address.replace("tls://", "tcp://"))


def test_without_the_extra_one_is_told_what_to_install(sample_home, tmp_path, monkeypatch, capsys):
    home = tmp_path / "home"
    shutil.copytree(sample_home, home)
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "distributed" else found(name)
    )
    assert main(["tune", "--home", str(home), "--scheduler", "tcp://localhost:8786"]) == 1
    told = capsys.readouterr().err
    assert "error: --scheduler needs distributed>=2025.1, not installed here" in told
    assert 'pip install "distributed>=2025.1"`' in told


def test_a_package_that_a_worker_lacks_ends_the_search_and_is_named():
    error = not_installed("the family softmax", "softmax-family")
    found = Cluster._explained(None, error)
    assert isinstance(found, ClusterLostError)
    assert str(found) == (
        "a worker of the cluster cannot train: the family softmax needs the package "
        "softmax-family, not installed here"
    )
    assert found.hint.startswith("install it where each worker runs")
