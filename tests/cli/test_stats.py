"""`monitor stats`, `monitor feedback` and `monitor topics review`: what readers say, counted."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, invoke
from conftest import NOW
from copies import store_at
from filled import move_into_empty_home
from hypothesis import given
from hypothesis import strategies as st
from told import tell

from monitor.model import Feedback, FeedbackKind
from monitor.store.queries.stats import wilson

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.store.transaction import Transaction

TITLES = ["ICBM flies", "Rocket league", "Missile talks", "Typhoon warning"]
ICBM, ROCKET, MISSILE, TYPHOON = 1, 2, 3, 4  # ids of the articles, and of their alerts


def fill(tx: Transaction) -> None:
    """Four alerts; two readers judge three of them."""
    for number, title in enumerate(TITLES):
        topics = ["icbm", "kursk"] if title == "ICBM flies" else ["icbm"]
        tell(tx, [title], topics, f"C1/{number}", NOW + timedelta(minutes=number))
    for reader, article, said in [
        ("nina", ICBM, FeedbackKind.GOOD),
        ("ann", ICBM, FeedbackKind.GOOD),
        ("nina", ROCKET, FeedbackKind.WRONG),
        ("nina", MISSILE, FeedbackKind.WRONG),
        ("ann", MISSILE, FeedbackKind.GOOD),
    ]:
        tx.feedback.judge_article(article, Feedback(said, f"cli:{reader}", reader, NOW), NOW)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    move_into_empty_home(tmp_path, monkeypatch)
    path = tmp_path / "monitor.db"

    async def make() -> None:
        async with store_at(path) as store:
            await store.write(fill)

    asyncio.run(make())
    return path


def topics(path: Path, *options: str) -> dict[str, dict[str, Any]]:
    rows = json.loads(done("stats", "--json", *options, db=path))["topics"]
    return {row["topic"]: row for row in rows}


# ── stats ─────────────────────────────────────────────────────────────────────────────────────


def test_precision_is_the_share_of_good_ones_with_the_number_it_rests_on(database: Path) -> None:
    icbm = topics(database)["icbm"]
    counts = ("hits", "stories", "alerts", "good", "wrong", "open", "judged")
    assert [icbm[name] for name in counts] == [4, 4, 4, 1, 1, 1, 2]
    assert icbm["precision"] == 0.5
    assert (round(icbm["low"], 2), round(icbm["high"], 2)) == (0.09, 0.91)


def test_what_was_only_counted_is_no_alert(database: Path) -> None:
    async def count() -> None:
        async with store_at(database) as store:
            await store.write(
                lambda tx: tx.db.execute("UPDATE alerts SET state = 'counted' WHERE id > 1")
            )

    asyncio.run(count())
    assert topics(database)["icbm"]["alerts"] == 1


def test_a_verdict_counts_for_every_topic_that_alerted(database: Path) -> None:
    kursk = topics(database)["kursk"]
    assert [kursk[name] for name in ("hits", "good", "wrong", "judged")] == [1, 1, 0, 1]


def test_without_a_verdict_there_is_no_precision(database: Path) -> None:
    icbm = topics(database, "--since", "2024-11-01")
    assert icbm == {}
    later = topics(database, "--since", (NOW + timedelta(minutes=2)).isoformat())["icbm"]
    assert (later["hits"], later["judged"], later["precision"], later["low"]) == (2, 0, None, None)


def test_the_table_shows_the_interval_and_what_it_rests_on(database: Path) -> None:
    lines = [line.split("\t") for line in done("stats", db=database).splitlines()]
    assert lines[0][-3:] == ["Precision", "Judged", "95 %"]
    assert lines[1] == ["icbm", "4", "4", "4", "1", "1", "50%", "2", "9% to 91%"]


def test_channels_are_told_by_what_became_of_their_alerts(database: Path) -> None:
    [channel] = json.loads(done("stats", "--json", db=database))["channels"]
    assert (channel["channel"], channel["alerts"], channel["sent"]) == ("desk", 4, 4)
    assert sum(channel[state] for state in ("pending", "counted", "silenced", "failed")) == 0


def test_each_table_can_be_had_as_csv(database: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(done("stats", "--csv", db=database))))
    assert [row["topic"] for row in rows] == ["icbm", "kursk"]
    found = done("stats", "--by", "channel", "--csv", db=database)
    assert next(csv.DictReader(io.StringIO(found)))["sent"] == "4"


def test_an_empty_database_has_nothing_to_tell(tmp_path: Path) -> None:
    async def make() -> None:
        async with store_at(tmp_path / "monitor.db"):
            pass

    asyncio.run(make())
    result = invoke("stats", db=tmp_path / "monitor.db")
    assert (result.exit_code, "Nothing yet" in result.stderr) == (0, True)


@pytest.mark.parametrize(
    ("good", "judged", "expected"),
    [(0, 10, (0.0, 0.28)), (10, 10, (0.72, 1.0)), (1, 2, (0.09, 0.91)), (81, 263, (0.26, 0.37))],
)
def test_the_interval_is_wilsons(good: int, judged: int, expected: tuple[float, float]) -> None:
    found = wilson(good, judged)
    assert found is not None
    assert tuple(round(each, 2) for each in found) == expected


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_the_share_and_stays_between_0_and_1(each: tuple[int, int]) -> None:
    good, judged = each
    found = wilson(good, judged)
    assert found is not None
    low, high = found
    assert 0 <= low < high <= 1
    assert low - 1e-9 <= good / judged <= high + 1e-9


# ── feedback ──────────────────────────────────────────────────────────────────────────────────


def test_without_slack_an_article_is_judged_by_its_id(database: Path) -> None:
    told = done("feedback", "add", str(TYPHOON), "wrong", "--by", "kim", db=database)
    assert told == "article 4: Marked as not relevant by @kim\n"
    assert topics(database)["icbm"]["wrong"] == 2


def test_an_alert_is_judged_by_its_own_id(database: Path) -> None:
    done("feedback", "add", "--alert", str(ROCKET), "good", "--by", "nina", db=database)
    assert (topics(database)["icbm"]["good"], topics(database)["icbm"]["wrong"]) == (2, 0)


def test_a_verdict_is_taken_back(database: Path) -> None:
    told = done("feedback", "add", str(ROCKET), "none", "--by", "nina", db=database)
    assert told == "article 2: nobody has judged it\n"
    assert topics(database)["icbm"]["wrong"] == 0


@pytest.mark.parametrize("arguments", [["99", "good"], ["--alert", "99", "good"]])
def test_what_is_not_there_cannot_be_judged(database: Path, arguments: list[str]) -> None:
    result = invoke("feedback", "add", *arguments, db=database)
    assert result.exit_code == 1
    assert "99" in result.stderr


def test_judging_makes_no_database(tmp_path: Path) -> None:
    result = invoke("feedback", "add", "1", "good", db=tmp_path / "none.db")
    assert result.exit_code == 1
    assert not (tmp_path / "none.db").exists()


def test_feedback_is_listed_the_newest_first(database: Path) -> None:
    done("feedback", "add", str(TYPHOON), "wrong", "--by", "kim", db=database)
    rows = json.loads(done("feedback", "--json", db=database))
    assert (rows[0]["name"], rows[0]["said"], rows[0]["title"]) == ("kim", "wrong", TITLES[3])
    lines = done("feedback", db=database).splitlines()
    assert lines[0].split("\t") == ["When", "Who", "Verdict", "Topics", "ID", "Title"]
    assert len(lines) == 1 + len(rows)


# ── review ────────────────────────────────────────────────────────────────────────────────────


def test_a_review_lists_what_was_wrong_with_the_words_that_made_it_hit(database: Path) -> None:
    rows = json.loads(done("topics", "review", "--json", db=database))
    assert {row["article"] for row in rows} == {ROCKET, MISSILE}
    [rocket] = [row for row in rows if row["article"] == ROCKET]
    assert [each["found"] for each in rocket["evidence"]] == ["Rocket"]
    assert rocket["no_match"] == "Rocket league\nA text."


def test_a_review_offers_lines_to_paste(database: Path) -> None:
    shown = done("topics", "review", "--topic", "icbm", "--limit", "1", db=database)
    assert '        - "Missile talks\\nA text."' in shown
    assert "1 × not relevant, 1 × good" in shown


def test_what_is_good_is_not_reviewed(database: Path) -> None:
    result = invoke("topics", "review", "--topic", "kursk", db=database)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing was marked" in result.stderr


def test_a_review_outlives_the_texts(database: Path) -> None:
    async def prune() -> None:
        async with store_at(database) as store:
            later = NOW + timedelta(days=1000)
            await store.write(lambda tx: tx.articles.prune(later, later, 10))

    asyncio.run(prune())
    assert "its text was pruned" in done("topics", "review", db=database)
    assert topics(database)["icbm"]["judged"] == 2
