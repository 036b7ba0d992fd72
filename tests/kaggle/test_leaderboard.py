"""The review of a leaderboard: the pure functions, and the command with the real client."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from forms import CATS, describe
from ledger_entry import ENTRY
from matplotlib.backends.backend_agg import FigureCanvasAgg

from kaggle_kit.cli.main import main
from kaggle_kit.competition.description import Metric
from kaggle_kit.errors import DataError
from kaggle_kit.evaluation.intervals import binomial_error
from kaggle_kit.kaggle.leaderboard import (
    SHARES,
    count_teams,
    find_team,
    find_team_of,
    public_error,
    read_leaderboard,
    review,
)
from kaggle_kit.report.leaderboard_figures import history_figure, score_figure
from kaggle_kit.workspace.ledger import record

HEADER = "Rank,TeamId,TeamName,LastSubmissionDate,Score,SubmissionCount,TeamMemberUserNames"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "board.csv"


def write(path, scores, encoding="utf-8-sig"):
    rows = [
        f"{i},{i},team {i},2026-11-20 10:00:00,{score},1,user{i};also{i}"
        for i, score in enumerate(scores, start=1)
    ]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_leaderboard_is_read_with_and_without_a_byte_order_mark(path, encoding):
    table = read_leaderboard(write(path, ["0.99571", ""], encoding))
    assert table["Rank"].tolist() == ["1", "2"]
    assert table["Score"].tolist()[0] == 0.99571
    assert np.isnan(table["Score"][1])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_leaderboard_that_a_spreadsheet_saved_is_read(path, separator, encoding):
    rows = [["Rank", "TeamName", "Score"], ["1", "für", "0,99571"], ["2", "a,b", ""]]
    text = "\r\n".join(separator.join(row) for row in rows)
    path.write_bytes(text.encode(encoding))
    table = read_leaderboard(path)
    assert table["TeamName"].tolist() == ["für", "a,b"]
    assert table["Score"].tolist()[0] == 0.99571
    assert np.isnan(table["Score"][1])


def test_an_export_of_some_years_ago_is_read(path):
    path.write_text('TeamId,TeamName,SubmissionDate,Score\n1,"a, ""b""",2015-01-02 03:04:05,0.5\n')
    table = read_leaderboard(path)
    assert table["TeamName"].tolist() == ['a, "b"']
    assert table["LastSubmissionDate"].tolist() == ["2015-01-02 03:04:05"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as a leaderboard"),
        ("TeamName,Score\na,0.5,x\nb,0.25,y\n", "cannot be read as a leaderboard"),
        ("<html>\n", "no column TeamName, found <html>"),
        ("TeamName,Score\na,0.5\nb,1.5\n", r"line 3: Score is '1.5', expected 0 to 1"),
        ("TeamName,Score\na,high\n", r"line 2: Score is 'high'"),
        ("TeamName,Score\na,0.5,1,2\nb,0.5\nc,1,2,3,4,5\n", "cannot be read as a leaderboard"),
    ],
)
def test_what_is_no_leaderboard_is_told_in_one_line(path, content, message):
    path.write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        read_leaderboard(path)
    assert "download it from the competition's page" in caught.value.hint


def test_no_file_is_an_error(path):
    with pytest.raises(DataError, match="does not exist"):
        read_leaderboard(path)


def test_a_folder_is_no_leaderboard(tmp_path):
    with pytest.raises(DataError, match="cannot be read: Is a directory") as caught:
        read_leaderboard(tmp_path)
    assert "download it from the competition's page" in caught.value.hint


class TestReview:
    def test_lines_are_the_scores_at_the_last_rank_of_a_share(self, competition):
        scores = [i / 200 for i in range(200)]
        lines = review(pd.DataFrame({"Score": scores}), competition).lines
        assert lines == {1: 198 / 200, 5: 190 / 200, 10: 180 / 200, 25: 150 / 200, 50: 100 / 200}

    def test_teams_of_one_score_share_the_best_rank(self, competition):
        found = review(pd.DataFrame({"Score": [0.9, 0.8, 0.8, 0.7, np.nan]}), competition)
        assert (found.teams, found.unscored) == (4, 1)
        ranks = [found.standing(score).rank for score in (0.95, 0.9, 0.8, 0.75, 0.7, 0.1)]
        assert ranks == [1, 1, 2, 4, 4, 5]
        assert found.standing(0.8).tied == 2
        assert found.standing(0.8).top == 50.0

    def test_scores_that_luck_hardly_explains_are_counted_apart(self, competition):
        scores = [1.0, 1.0, 6996 / 7000, 6995 / 7000, 0.99]
        found = review(pd.DataFrame({"Score": scores}), competition)
        assert (found.suspicious, found.perfect) == (3, 2)
        assert found.honest_rank(0.99) == 2

    def test_of_nobody_has_no_lines(self, competition):
        found = review(pd.DataFrame({"Score": [np.nan]}), competition)
        assert (found.teams, found.unscored, found.lines) == (0, 1, {})


@pytest.mark.parametrize("name", ["team 2", "TEAM 2", "user2", "also2", "ALSO2"])
def test_a_team_is_found_by_its_name_and_by_its_members(path, name):
    assert find_team(read_leaderboard(write(path, ["0.9", "0.8"])), name)[:2] == ("team 2", 0.8)


def test_a_strangers_team_of_our_user_name_is_not_ours(path):
    text = write(path, ["0.9", "0.8"]).read_text(encoding="utf-8-sig")
    path.write_text(text.replace("team 1", "user2"))
    assert find_team_of(read_leaderboard(path), "user2")[:2] == ("team 2", 0.8)
    assert find_team_of(read_leaderboard(path), "team 2") is None
    assert find_team(read_leaderboard(path), "user2")[:2] == ("user2", 0.9)


def test_where_members_are_not_told_a_name_will_do(path):
    path.write_text("teamId,teamName,submissionDate,score\n7,Me,2026-11-20,0.9\n")
    assert find_team_of(read_leaderboard(path), "me")[:2] == ("Me", 0.9)


@pytest.mark.parametrize("name", ["Jose\u0301  Team", "jos\u00e9 team ", "JOS\u00c9 TEAM"])
def test_a_name_is_found_in_any_unicode_form_and_with_any_blanks(path, name):
    text = write(path, ["0.9", "0.8"]).read_text(encoding="utf-8-sig")
    path.write_text(text.replace("team 1", "Jos\u00e9 Team"), encoding="utf-8")
    assert find_team(read_leaderboard(path), name).score == 0.9


def test_of_two_teams_of_one_name_the_best_is_taken_and_told(path):
    text = write(path, ["0.8", "0.9"]).read_text(encoding="utf-8-sig")
    path.write_text(text.replace("team 1", "same").replace("team 2", "same"))
    assert find_team(read_leaderboard(path), "same") == ("same", 0.9, 2)


def test_a_benchmark_of_kaggles_is_no_team(path):
    text = write(path, ["1.0", "0.9"]).read_text(encoding="utf-8-sig")
    path.write_text(text.replace("1,1,team 1", "0,1,Starter Benchmark"))
    assert read_leaderboard(path)["TeamName"].tolist() == ["team 2"]


def test_a_score_below_all_has_a_rank_among_those_that_there_would_be(competition):
    there = review(pd.DataFrame({"Score": [0.9]}), competition).standing(0.5)
    assert (there.rank, there.teams, there.top) == (2, 2, 100.0)


@pytest.mark.parametrize("name", ["user", "ser2", "team", ".*"])
def test_a_part_of_a_name_is_nobody(path, name):
    assert find_team(read_leaderboard(write(path, ["0.9", "0.8"])), name) is None


def test_the_standard_error_is_that_of_a_share():
    assert binomial_error(0.5, 100) == pytest.approx(0.05)


@pytest.mark.parametrize("scores", [[1.0], [0.5, 0.5], [0.1, 0.9, 0.99, 1.0]])
def test_a_figure_is_made_of_any_scores(competition, scores):
    figure = score_figure(review(pd.DataFrame({"Score": scores}), competition), {"CV": 1.0})
    bars = [patch.get_height() for patch in figure.axes[0].patches]
    assert max(bars) >= 1
    assert figure.axes[0].get_title().endswith(f"of {count_teams(len(scores))}")


class TestScoreFigure:
    @pytest.fixture
    def draw(self, competition):
        def draw(scores, marks=None):
            return score_figure(review(pd.DataFrame({"Score": scores}), competition), marks or {})

        return draw

    def test_has_a_labelled_line_for_each_share(self, draw):
        errors = np.random.default_rng(0).lognormal(np.log(0.015), 1.0, 1500)
        axes, *_ = draw((1 - errors).clip(0)).axes
        (top,) = axes.child_axes
        assert ticks_of(top) == [f"{share}%" for share in SHARES]
        drawn = [line.get_xdata()[0] for line in axes.lines]
        assert drawn == pytest.approx(top.get_xticks())

    def test_of_lines_in_one_place_labels_that_of_the_larger_share(self, draw):
        (top,) = draw([1.0] * 20 + [0.9] * 80).axes[0].child_axes
        assert ticks_of(top) == ["10%", "50%"]

    def test_has_a_tick_at_a_score_of_one_apart_from_all_others(self, draw):
        axes, *_ = draw([1.0, 1.0, 0.9997, 0.99]).axes
        ticks = dict(zip(ticks_of(axes), axes.get_xticks(), strict=True))
        (height,) = [bar.get_height() for bar in axes.patches if covers(bar, ticks["1.0"])]
        assert height == 2

    def test_labels_the_range_to_a_mark_below_all_teams(self, draw):
        axes, *_ = draw([0.99, 0.995], {"your CV": 0.1}).axes
        assert {"0", "0.7"} <= {*ticks_of(axes)}
        assert min(axes.get_xlim()) < 0.9 < max(axes.get_xlim())

    def test_labels_do_not_overlap(self, draw):
        figure = draw([1.0, 0.995, 0.994, 0.993, 0.99, 0.2], {"your CV": 0.0})
        axes, *_ = figure.axes
        FigureCanvasAgg(figure).draw()
        for labels in (axes.get_xticklabels(), axes.child_axes[0].get_xticklabels()):
            boxes = sorted(label.get_window_extent().extents.tolist() for label in labels)
            assert len(boxes) > 1
            assert all(a[2] < b[0] for a, b in itertools.pairwise(boxes))

    def test_tells_no_more_than_there_is(self, draw):
        figure = draw([0.99, 0.98])
        assert figure.axes[0].get_title() == "Public scores of 2 teams"
        assert [text.get_text() for text in figure.legends[0].get_texts()] == ["teams"]
        assert draw([0.5, 0.6] + [0.9] * 38).axes[0].get_title().endswith("the best 39 of 40 teams")


def ticks_of(axes):
    return [text.get_text() for text in axes.get_xticklabels()]


def covers(bar, place):
    return bar.get_x() <= place <= bar.get_x() + bar.get_width() and bar.get_height()


def test_history_has_a_point_and_a_whisker_each(competition):
    scored = dataclasses.replace(ENTRY, public_score=0.98)
    figure = history_figure([scored, scored], competition)
    assert figure.axes[0].lines[0].get_xydata().tolist() == [[0.99, 0.98]] * 2


def test_history_has_no_whiskers_where_the_error_is_not_known(competition):
    scored = dataclasses.replace(ENTRY, public_score=0.98)
    unknown = dataclasses.replace(competition, public_rows=None)
    for described in (CATS, unknown):
        axes, *_ = history_figure([scored, scored], described).axes
        assert len(axes.containers[0].lines[2]) == 0
        assert axes.get_ylabel() == "public score"
    assert history_figure([scored], competition).axes[0].get_ylabel().endswith("standard error")


class TestOtherMetrics:
    @pytest.mark.parametrize(
        ("metric", "score"),
        [
            (Metric.LOG_LOSS, "34.5"),
            (Metric.LOG_LOSS, "0.0"),
            (Metric.QUADRATIC_KAPPA, "-0.1"),
            (Metric.AUC, "0.5"),
        ],
    )
    def test_have_their_own_range_of_scores(self, path, metric, score):
        assert read_leaderboard(write(path, [score]), metric)["Score"].tolist() == [float(score)]

    @pytest.mark.parametrize(
        ("metric", "score", "expected"),
        [
            (Metric.LOG_LOSS, "-0.1", "a number from 0"),
            (Metric.LOG_LOSS, "inf", "a number from 0"),
            (Metric.QUADRATIC_KAPPA, "1.1", "-1 to 1"),
            (Metric.MACRO_F1, "1.1", "0 to 1"),
        ],
    )
    def test_refuse_what_is_outside(self, path, metric, score, expected):
        with pytest.raises(DataError, match=f"line 2: Score is '{score}', expected {expected}"):
            read_leaderboard(write(path, [score]), metric)

    def test_rank_a_smaller_log_loss_first(self):
        found = review(pd.DataFrame({"Score": [0.4, 2.5, 0.1, 0.4]}), CATS)
        assert found.scores.tolist() == [0.1, 0.4, 0.4, 2.5]
        assert [found.standing(score).rank for score in (0.05, 0.1, 0.4, 1.0, 9.0)] == [
            *(1, 1, 2, 4, 5),
        ]
        assert (found.lines[1], found.lines[50]) == (0.1, 0.4)
        assert (found.limit, found.suspicious) == (None, 0)
        assert found.honest_rank(0.4) == 2

    def test_take_the_best_of_two_teams_of_one_name(self, path):
        text = write(path, ["0.8", "0.9"]).read_text(encoding="utf-8-sig")
        path.write_text(text.replace("team 1", "same").replace("team 2", "same"))
        assert find_team(read_leaderboard(path), "same", Metric.LOG_LOSS).score == 0.8

    def test_have_a_known_error_for_accuracy_on_known_rows_alone(self, competition):
        assert public_error(competition, 0.5) == pytest.approx(0.5 / 7000**0.5)
        assert public_error(dataclasses.replace(competition, public_rows=None), 0.5) is None
        assert public_error(dataclasses.replace(CATS, public_rows=7000), 0.5) is None

    @pytest.mark.parametrize("scores", [[0.0], [0.3, 0.3], [0.01, 0.5, 0.69, 34.5]])
    def test_are_drawn_with_the_best_on_the_right(self, scores):
        figure = score_figure(review(pd.DataFrame({"Score": scores}), CATS), {"your CV": 0.4})
        axes, *_ = figure.axes
        assert axes.get_xlabel() == "public score (smaller is better)"
        left, right = axes.get_xlim()
        assert left > right
        assert [float(text) for text in ticks_of(axes)] == pytest.approx(
            axes.get_xticks().tolist(), abs=1e-4
        )


class TestCommandForALogLoss:
    BOARD = (
        "\ufeffRank,TeamId,TeamName,LastSubmissionDate,Score,SubmissionCount,TeamMemberUserNames\n"
        "1,11,best,2026-11-20 10:00:00,0.02000,1,someone\n"
        "2,12,us,2026-11-21 10:00:00,0.31000,3,tester\n"
        "3,13,they,2026-11-19 10:00:00,17.20000,7,a;b\n"
    )

    @pytest.fixture(autouse=True)
    def _submitted(self, tmp_path):
        describe(tmp_path, CATS)
        for ref, score in ((7, 0.5), (8, 0.35), (9, 1.25)):
            entry = dataclasses.replace(
                ENTRY, competition="cats", ref=ref, cv_mean=0.3, public_score=score
            )
            record(tmp_path / "submissions" / "ledger.csv", entry)

    def test_says_where_we_stand_in_the_right_direction(self, server, tmp_path, capsys):
        server.kaggle.slug, server.kaggle.board = "cats", self.BOARD.encode()
        folder = tmp_path / "submissions" / "cats"
        folder.mkdir()
        (folder / "leaderboard-2020-01-01.csv").write_text(
            f"{HEADER}\n1,12,us,2020-01-01 10:00:00,0.41000,3,tester\n"
        )
        assert main(["leaderboard", "--competition", "cats", "--home", str(tmp_path)]) == 0
        said = capsys.readouterr().out
        for text in [
            "cats: 3 teams with a score",
            "score of the best (log loss)   1%: 0.02000",
            "your score 0.31000: rank 2 of 3 (top 66.7%)\n",
            "your CV 0.30000 would be rank 2 of 3 (top 66.7%)\n",
            "since 2020-01-01: +2 teams, your rank 1 -> 2, your score -0.10000\n",
            "your submissions\n",
            "+0.95000",
        ]:
            assert text in said
        for absent in ("suspicious", "s.e.", "standard error"):
            assert absent not in said
        assert {"leaderboard.png", "history.png"} <= {path.name for path in folder.iterdir()}

    @pytest.mark.usefixtures("server")
    def test_without_a_team_takes_the_smallest_loss_of_the_ledger(self, tmp_path, path, capsys):
        write(path, ["0.2", "0.4"])
        options = ["--competition", "cats", "--file", str(path), "--home", str(tmp_path)]
        assert main(["leaderboard", *options, "--team", "nobody"]) == 0
        assert "your score 0.35000: rank 2 of 2" in capsys.readouterr().out


class TestCommand:
    def test_downloads_beside_the_submissions_and_says_where_we_stand(
        self, server, tmp_path, capsys
    ):
        submissions = tmp_path / "submissions"
        scored = dataclasses.replace(ENTRY, status="complete", public_score=0.9957)
        record(submissions / "ledger.csv", scored)
        folder = submissions / "digit-recognizer"
        folder.mkdir()
        (folder / "leaderboard-2020-01-01.csv").write_text(
            f"{HEADER}\n1,12,us,2020-01-01 10:00:00,0.99000,3,tester\n"
        )
        assert main(["leaderboard", "--home", str(tmp_path)]) == 0
        said = capsys.readouterr()
        _, saved = sorted(folder.glob("leaderboard-*.csv"))
        assert saved.read_bytes() == server.kaggle.board
        for text in [
            "3 teams with a score",
            "suspicious: 1 team above 0.9993, 1 of them at 1.0",
            "3 standard errors of a score on 7,000 rows above 0.9975",
            "15 CNNs by Chris Deotte",
            "public MNIST",
            "your score 0.99571: rank 2 of 3 (top 66.7%), 1 without the suspicious",
            "your CV 0.99000 would be rank 3 of 3",
            "since 2020-01-01: +2 teams, +1 suspicious, your rank 1 -> 2, your score +0.00571",
            "+0.00570",
        ]:
            assert text in said.out
        for name in ["leaderboard.png", "history.png"]:
            assert (folder / name).read_bytes().startswith(b"\x89PNG")
        assert not list(tmp_path.rglob("*.zip"))

    @pytest.mark.usefixtures("server")
    def test_a_saved_file_is_compared_with_what_was_saved_before_it(self, tmp_path, capsys):
        folder = tmp_path / "submissions" / "digit-recognizer"
        folder.mkdir(parents=True)
        for day, scores in (("20", ["0.5"]), ("21", ["0.5"] * 2), ("22", ["0.5"] * 4)):
            write(folder / f"leaderboard-2026-11-{day}.csv", scores)
        for day, said in (("22", "since 2026-11-21: +2 teams"), ("20", None)):
            file = str((folder / f"leaderboard-2026-11-{day}.csv").resolve())
            assert main(["leaderboard", "--file", file, "--home", str(tmp_path)]) == 0
            out = capsys.readouterr().out
            assert said in out if said else "since" not in out

    @pytest.mark.usefixtures("server")
    def test_a_damaged_file_of_before_is_passed_over(self, tmp_path, path, capsys):
        folder = tmp_path / "submissions" / "digit-recognizer"
        folder.mkdir(parents=True)
        (folder / "leaderboard-2026-11-20.csv").write_text("<html>")
        write(path, ["0.9"])
        assert main(["leaderboard", "--file", str(path), "--home", str(tmp_path)]) == 0
        assert "no comparison with the leaderboard saved before" in capsys.readouterr().err

    @pytest.mark.usefixtures("server")
    def test_a_second_download_of_a_day_replaces_no_first(self, tmp_path):
        for _ in range(2):
            assert main(["leaderboard", "--home", str(tmp_path)]) == 0
        assert len(list(tmp_path.glob("submissions/*/leaderboard-*.csv"))) == 2

    def test_a_damaged_ledger_costs_no_review(self, path, tmp_path, capsys):
        ledger = tmp_path / "submissions" / "ledger.csv"
        ledger.parent.mkdir()
        ledger.write_text("not a ledger")
        write(path, ["0.9"])
        assert main(["leaderboard", "--file", str(path), "--home", str(tmp_path)]) == 0
        said = capsys.readouterr()
        assert "1 team with a score" in said.out
        assert "your submissions are left out" in said.err

    def test_of_a_file_asks_no_server(self, server, tmp_path, path, capsys):
        write(path, ["0.9", "0.8"])
        arguments = ["--file", str(path), "--team", "user2", "--home", str(tmp_path)]
        assert main(["leaderboard", *arguments]) == 0
        assert "your score 0.80000: rank 2 of 2" in capsys.readouterr().out
        assert server.requests == []

    def test_without_credentials_or_ledger_still_shows_the_lines(
        self, server, tmp_path, path, capsys, monkeypatch
    ):
        for name in ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"]:
            monkeypatch.delenv(name)
        write(path, ["0.9", "0.8"])
        assert main(["leaderboard", "--file", str(path), "--home", str(tmp_path)]) == 0
        out = capsys.readouterr().out
        assert "score of the best   1%: 0.90000" in out
        assert "your" not in out
        assert server.requests == []

    @pytest.mark.usefixtures("server")
    @pytest.mark.parametrize(
        ("scores", "said"),
        [
            (["0.9"], "rank 1 of 1 (top 100.0%)\n"),
            (["0.9", "0.9"], "rank 1 of 2 (top 50.0%), tied with 1 team\n"),
            (["0.9", "0.9", "0.9"], "rank 1 of 3 (top 33.3%), tied with 2 teams\n"),
        ],
    )
    def test_counts_who_is_tied_with_us(self, tmp_path, path, capsys, scores, said):
        write(path, scores)
        arguments = ["--file", str(path), "--team", "user1", "--home", str(tmp_path)]
        assert main(["leaderboard", *arguments]) == 0
        assert said in capsys.readouterr().out

    @pytest.mark.usefixtures("server")
    def test_of_nobody_says_so(self, tmp_path, path, capsys):
        write(path, [""])
        assert main(["leaderboard", "--file", str(path), "--home", str(tmp_path)]) == 0
        assert "no team has a score yet" in capsys.readouterr().out

    @pytest.mark.parametrize("fault", [503, "truncate", "drop", "corrupt"])
    def test_that_fails_leaves_no_file(self, server, downloads, tmp_path, fault):
        path = tmp_path / "submissions" / "leaderboard-2026-11-22.csv"
        server.fail("DownloadLeaderboard", fault)
        downloads.leaderboard(path)
        assert path.read_bytes() == server.kaggle.board
        path.write_text("the old one")
        server.fail("DownloadLeaderboard", fault, 99)
        with pytest.raises(Exception, match="leaderboard of digit-recognizer"):
            downloads.leaderboard(path)
        assert path.read_text() == "the old one"
        assert [file.name for file in path.parent.iterdir()] == [path.name]
