"""Downloads by the official SDK from a fake Kaggle (see kaggle_server)."""

import errno
import signal
import subprocess
import sys
import time

import pytest

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.errors import KaggleError, KitError, NetworkError

MNIST = COMPETITIONS["digit-recognizer"]
ALWAYS = 99


class TestData:
    def test_gives_the_whole_zip_and_leaves_nothing_else(self, server, downloads, folder):
        path = downloads.data(folder)
        assert path.read_bytes() == server.kaggle.data
        assert list(folder.iterdir()) == [folder / "digit-recognizer.zip"]

    def test_tells_how_many_bytes_have_arrived(self, server, downloads, folder):
        seen = []
        downloads.data(folder, lambda *part: seen.append(part))
        size = len(server.kaggle.data)
        assert seen[-1] == (size, size)
        assert seen == sorted(seen)

    @pytest.mark.parametrize("fault", ["truncate", "corrupt", "drop", 503])
    def test_tries_again_after_a_bad_transfer(self, server, downloads, folder, fault):
        server.fail("fetch", fault)
        assert downloads.data(folder).read_bytes() == server.kaggle.data
        assert server.count("fetch") == 2

    @pytest.mark.parametrize(
        ("fault", "text"), [("truncate", "dropped the connection"), ("corrupt", "damaged")]
    )
    def test_keeps_nothing_of_bad_transfers(self, server, downloads, folder, fault, text):
        server.fail("fetch", fault, ALWAYS)
        with pytest.raises(KaggleError, match=text):
            downloads.data(folder)
        assert list(folder.iterdir()) == []

    def test_of_a_damaged_zip_is_made_only_twice(self, server, downloads, folder):
        server.fail("fetch", "corrupt", ALWAYS)
        with pytest.raises(KaggleError):
            downloads.data(folder)
        assert server.count("fetch") == 2

    def test_refuses_what_is_no_zip_at_all(self, server, downloads, folder):
        server.fail("fetch", 200, ALWAYS)
        with pytest.raises(KaggleError, match="digit-recognizer is damaged") as caught:
            downloads.data(folder)
        assert f"{MNIST.url}/data" in caught.value.hint

    @pytest.mark.usefixtures("server")
    def test_says_so_if_the_folder_cannot_be_written(self, downloads, file):
        """The error is not an InputError, which would blame the command line."""
        with pytest.raises(KitError, match="cannot write") as caught:
            downloads.data(file / "folder")
        assert type(caught.value) is KitError

    @pytest.mark.usefixtures("server")
    def test_of_a_full_disk_says_so(self, downloads, folder, monkeypatch):
        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(KitError, match=r"cannot write .*zip: No space left") as caught:
            downloads.data(folder)
        assert "free some space" in caught.value.hint
        assert list(folder.iterdir()) == []

    def test_without_network_says_where_to_get_the_zip_by_hand(self, server, downloads, folder):
        server.fail("DownloadDataFiles", "drop", ALWAYS)
        with pytest.raises(NetworkError) as caught:
            downloads.data(folder)
        assert "check the network" in caught.value.hint
        assert f"{MNIST.url}/data" in caught.value.hint
        assert "`kaggle-kit download --from digit-recognizer.zip`" in caught.value.hint

    def test_leaves_no_zip_when_its_process_is_killed_half_way(self, server, downloads, folder):
        """A real process with its own client is killed while it downloads; the next one works."""
        script = (
            "import pathlib, sys\n"
            "from kaggle_kit.kaggle.downloads import KaggleDownloads\n"
            "from kaggle_kit.competition.registry import COMPETITIONS\n"
            "KaggleDownloads(COMPETITIONS['digit-recognizer']).data(pathlib.Path(sys.argv[1]))\n"
        )
        server.fail("fetch", "stall")
        with subprocess.Popen([sys.executable, "-c", script, str(folder)]) as process:
            while process.poll() is None and not list(folder.iterdir()):
                time.sleep(0.01)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert not (folder / "digit-recognizer.zip").exists()
        downloads.data(folder)
        assert (folder / "digit-recognizer.zip").read_bytes() == server.kaggle.data


def test_module_is_light_until_it_is_used():
    script = (
        "import sys, kaggle_kit.kaggle.downloads as k; k.KaggleDownloads(None)\n"
        "sys.exit(any(m in sys.modules for m in ['kaggle', 'kagglesdk', 'requests']))"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
