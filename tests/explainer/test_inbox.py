"""What is kept of what was sent, and for how long."""

import time

import pytest

from kaggle_kit.errors import InputError
from kaggle_kit.explainer.inbox import SENT, Brief, Inbox, Picture


@pytest.fixture
def inbox(tmp_path):
    return Inbox(tmp_path / "examples")


@pytest.fixture
def clock(monkeypatch):
    """Tell the time; set `clock.now` to let it pass."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(time, "monotonic", lambda: Clock.now)
    return Clock


class TestBrief:
    def test_returns_what_was_put_in_under_a_key_that_is_new(self):
        brief = Brief(9)
        keys = [brief.put("a"), brief.put("b"), brief.put("c", "chosen")]
        assert [brief.get(key) for key in keys] == ["a", "b", "c"]
        assert len(set(keys)) == 3
        assert keys[2] == "chosen"
        assert brief.get("another") is None

    def test_gives_nothing_out_after_its_time_and_deletes_it(self, clock):
        brief = Brief(9, seconds=10)
        key = brief.put("a")
        clock.now += 9.9
        brief.tidy()
        assert brief.get(key) == "a"
        clock.now += 0.1
        assert brief.get(key) is None
        brief.tidy()
        assert len(brief) == 0

    def test_can_be_told_to_keep_an_entry_for_less_but_not_for_more(self, clock):
        brief = Brief(9, seconds=10)
        short, long, gone = (brief.put("a") for _ in range(3))
        brief.expire(short, 3)
        brief.expire(long, 99)
        brief.expire(gone, 0)
        brief.expire("unknown", 3)
        assert len(brief) == 2
        clock.now += 4
        assert [brief.get(key) for key in (short, long)] == [None, "a"]
        clock.now += 6
        assert brief.get(long) is None

    def test_is_bounded_and_deletes_the_oldest(self):
        brief = Brief(10)
        keys = [brief.put(letter, size=4) for letter in "abc"]
        assert [brief.get(key) for key in keys] == [None, "b", "c"]
        brief.put("B", keys[1], size=6)
        assert [brief.get(key) for key in keys] == [None, "B", "c"]
        brief.delete(keys[2])
        brief.put("d", "d", size=4)
        assert [brief.get(key) for key in [keys[1], "d"]] == ["B", "d"]
        brief.put("too large", size=11)
        assert len(brief) == 0


class TestTake:
    def test_gives_a_file_out_once(self, inbox):
        key = inbox.pictures.put(Picture(b"seven", "image/png"))
        assert inbox.take({SENT: key}) == b"seven"
        with pytest.raises(InputError, match="no longer here") as caught:
            inbox.take({SENT: key})
        assert caught.value.hint == "send it again"
        assert len(inbox.pictures) == 0

    def test_lets_the_page_show_a_file_for_some_seconds(self, inbox, clock):
        key = inbox.pictures.put(Picture(b"seven", "image/png"))
        assert inbox.take({SENT: key}, 10) == inbox.take({SENT: key}, 10) == b"seven"
        clock.now += 10
        inbox.tidy()
        assert len(inbox.pictures) == 0

    @pytest.mark.parametrize("wrapped", [False, True])
    def test_gives_a_drawing_out_once(self, inbox, wrapped):
        inbox.pictures.put(Picture(b"seven", "image/png"), "drawn")
        drawing = {"composite": {SENT: "drawn"}, "layers": []} if wrapped else {"id": "drawn"}
        assert inbox.take(drawing, 0 if wrapped else 10) == b"seven"
        assert len(inbox.pictures) == 0

    @pytest.mark.parametrize("nothing", [None, {"composite": None, "background": None}])
    def test_knows_when_nothing_was_sent(self, inbox, nothing):
        assert inbox.take(nothing) is None

    @pytest.mark.parametrize(
        ("sent", "message"),
        [
            ("seven.png", "expected a file, found a text"),
            (["a"], "expected a file, found a list"),
            (7, "expected a file, found a number"),
            (True, "expected a file, found something else"),
            ({}, "expected a file, found something else"),
            ({SENT: 7}, "expected a file, found something else"),
            ({SENT: "http://127.0.0.1/x.png"}, "expected a file, found an address"),
            ({SENT: "file:///etc/passwd"}, "expected a file, found an address"),
            ({SENT: "/etc/passwd"}, "the picture is no longer here, or was never sent"),
            ({SENT: ""}, "the picture is no longer here, or was never sent"),
            ({SENT: "\0"}, "the picture is no longer here, or was never sent"),
            ({SENT: "x" * 5000}, "the picture is no longer here, or was never sent"),
        ],
    )
    def test_says_what_is_wrong_and_what_to_do(self, inbox, sent, message):
        with pytest.raises(InputError, match=f"^{message}$") as caught:
            inbox.take(sent)
        assert "send" in caught.value.hint

    def test_gives_out_examples_but_nothing_beside_them(self, inbox, tmp_path):
        example = tmp_path / "examples" / "a" / "7.png"
        example.parent.mkdir(parents=True)
        example.write_bytes(b"seven")
        (tmp_path / "secret").write_bytes(b"secret")
        (tmp_path / "examples" / "link").symlink_to(tmp_path / "secret")
        assert inbox.take({SENT: str(example)}) == inbox.take({SENT: str(example)}) == b"seven"
        for name in ["secret", "examples/../secret", "examples/link", "examples/a", "examples"]:
            with pytest.raises(InputError):
                inbox.take({SENT: str(tmp_path / name)})
