"""`monitor hits` and `monitor show`."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from commands import EDITED, KOREAN, LAUNCH, LONG, ONE, TOPICS, TWO, done, fill, invoke
from conftest import NOW
from copies import store_at
from fakes import article
from filled import bring, move_into_empty_home


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "monitor.db"
    asyncio.run(fill(path))
    return path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def hit_ids(database: Path, *arguments: str) -> list[int]:
    """The ids of articles that `monitor hits` lists, each once, the newest first."""
    rows = json.loads(done("hits", "--json", *arguments, db=database))
    return list(dict.fromkeys(row["id"] for row in rows))


# ── hits ──────────────────────────────────────────────────────────────────────────────────────

FIRST, SECOND = 1, 4  # ids of KOREAN and LAUNCH


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ([], [SECOND, FIRST]),
        (["--topic", "icbm"], [SECOND]),
        (["--publisher", "yonhap"], [FIRST]),
        (["--lang", "ko"], [FIRST]),
        (["--limit", "1"], [SECOND]),
        (["북한"], [FIRST]),
        (["북한", "쿠르스크"], [FIRST]),
        (["북한", "icbm"], []),
        (["troops", "--topic", "icbm"], [SECOND]),
        (["weather"], []),
        (["parade"], []),
        (["--since", "2024-10-31"], [SECOND, FIRST]),
        (["--since", "20241101"], []),
        (["--since", "2024-10-31T18:30"], [SECOND]),
        (["--since", "2024-10-31T18:30Z"], [SECOND]),
        (["--since", "2024-10-31T18:00"], [SECOND, FIRST]),
        (["--since", "2024-11-01T03:30+09:00"], [SECOND]),
        (["--until", "2024-10-31T18:30"], [FIRST]),
        (["--until", "2024-10-31T18:00"], []),
        (["--since", "2024-10-31T18:00", "--until", "2024-10-31T19:00"], [FIRST]),
        (["--since", "24h"], []),
        (["--until", "24h"], [SECOND, FIRST]),
        (["--until", "1w"], [SECOND, FIRST]),
    ],
)
def test_hits_lists_what_is_asked_for(database: Path, arguments: list[str], ids: list[int]) -> None:
    assert hit_ids(database, *arguments) == ids


KEYS = {
    "id", "topic", "title", "url", "publisher", "feed", "lang", "published_at", "seen_at", "story",
    "terms", "excerpt",
}  # fmt: skip


def as_json(text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(text)
    return rows


def as_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def as_csv(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("form", "read"), [("--json", as_json), ("--nl", as_lines), ("--csv", as_csv)]
)
def test_hits_for_programs_have_all_keys(database: Path, form: str, read: Any) -> None:
    rows = read(done("hits", form, db=database))

    assert len(rows) == 3
    assert all(set(row) >= KEYS for row in rows)
    assert {row["title"] for row in rows} == {KOREAN.title, LONG}


def test_the_limit_counts_articles_and_says_how_many_there_are(database: Path) -> None:
    result = invoke("hits", "--limit", "1", "--json", db=database)
    assert [row["topic"] for row in as_json(result.stdout)] == ["icbm", "dprk-troops"]
    assert result.stderr == "1 of 2 articles: --limit 2 lists all\n"
    assert invoke("hits", "--limit", "2", db=database).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("hits --topic dprk-trops", "there is no topic `dprk-trops`; did you mean `dprk-troops`?"),
        ("hits --lang english", "no article in the language `english`; did you mean `en`?"),
        ("hits --publisher yonhab", "no publisher `yonhab`; did you mean `Yonhap`?"),
        ("hits --publisher zzz", "no publisher `zzz`; there are: Example, NHK, Yonhap"),
        ("hits --topic=", "is empty: name one, or leave the option out"),
        ("hits --since 2999-01-01", "is in the future"),
        ("hits --story 99", "there is no story 99; `monitor stories` lists IDs"),
        ("stories --topic icbn", "there is no topic `icbn`; did you mean `icbm`?"),
        ("alerts --channel dsk", "there is no channel `dsk`; did you mean `desk`?"),
        ("topics review --topic icbn", "there is no topic `icbn`; did you mean `icbm`?"),
        ("stats --since 2999-01-01", "is in the future"),
    ],
)
def test_a_filter_that_is_mistyped_is_refused_with_the_nearest_name(
    database: Path, arguments: str, expected: str
) -> None:
    result = invoke(*arguments.split(), db=database)
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in result.stderr


def test_a_term_set_is_no_word_to_search(database: Path) -> None:
    result = invoke("hits", "fires", "@north_korea", db=database)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Error: @north_korea stands for a term set, and a search is for words" in result.stderr
    assert "`monitor timeline @north_korea`" in result.stderr
    assert "without its @ it is a word" in result.stderr


def test_an_at_sign_within_a_word_is_searched(database: Path) -> None:
    assert invoke("hits", "desk@example", db=database).exit_code == 0


def test_a_topic_of_the_configuration_without_a_hit_is_no_mistake(database: Path) -> None:
    text = "topics: [{id: quiet, title: Q, match: x}]\nfeeds: [{url: 'https://a.example/f'}]\n"
    Path("config.yaml").write_text(text, encoding="utf-8")
    assert done("hits", "--topic", "quiet", db=database).count("\n") == 1


def test_times_are_in_the_zone_of_the_environment_or_the_configuration(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("config.yaml").write_text("delivery: {timezone: Asia/Tokyo}\n", encoding="utf-8")
    assert "2024-11-01T03:00:00+09:00" in done("hits", db=database)
    assert hit_ids(database, "--since", "2024-11-01T03:30") == [SECOND]
    monkeypatch.setenv("MONITOR_TZ", "America/New_York")
    assert "2024-10-31T14:00:00-04:00" in done("hits", db=database)
    assert hit_ids(database, "--since", "yesterday") == []


async def test_in_csv_no_text_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    titles = [
        "=cmd|' /C calc'!A0 ICBM",
        "+1 ICBM",
        "-2+3 launches of an ICBM",
        "@SUM(A1) ICBM",
        "ICBM = -1",
    ]
    async with store_at(path) as store:
        await store.write(lambda tx: tx.feeds.sync([ONE], NOW))
        await bring(store, ONE, [article(each) for each in titles], NOW, topics=TOPICS)

    rows = as_csv(done("hits", "--csv", db=path))
    assert {row["title"] for row in rows} == {*(f"'{each}" for each in titles[:4]), titles[4]}
    stories = as_csv(done("stories", "--csv", db=path))
    assert all(not row["title"].startswith(("=", "+", "-", "@")) for row in stories)
    assert {row["title"] for row in as_json(done("hits", "--json", db=path))} == set(titles)


def test_hits_as_json_have_types(database: Path) -> None:
    [row] = as_json(done("hits", "--json", "--lang", "ko", db=database))

    assert (row["id"], row["story"], row["terms"]) == (FIRST, 1, ["북한군"])
    assert row["seen_at"] == row["published_at"] == "2024-10-31T18:00:00Z"


def test_letters_of_all_scripts_are_written_as_they_are(database: Path) -> None:
    for form in ("--json", "--nl", "--csv"):
        assert "북한군 쿠르스크 배치" in done("hits", form, db=database)


def test_hits_as_csv_join_terms(database: Path) -> None:
    rows = as_csv(done("hits", "--csv", "--topic", "icbm", db=database))

    assert [row["terms"] for row in rows] == ["ICBM"]


def test_hits_in_a_pipe_are_whole_tab_separated_lines(database: Path) -> None:
    rows = [line.split("\t") for line in done("hits", db=database).splitlines()]

    assert {len(row) for row in rows} == {8}
    assert [row[0] for row in rows] == ["ID", str(SECOND), str(FIRST)]
    assert rows[1][-2:] == [LONG, ""]


def test_an_article_that_hits_two_topics_is_one_line(database: Path) -> None:
    row = done("hits", db=database).splitlines()[1].split("\t")

    assert set(row[3].split(", ")) == {"icbm", "dprk-troops"}


def test_times_are_shown_in_the_zone_that_is_asked_for(database: Path) -> None:
    assert "\t2024-10-31T18:00:00Z\t" in done("hits", db=database)
    assert "\t2024-11-01T03:00:00+09:00\t" in done("hits", "--tz", "Asia/Seoul", db=database)


@pytest.mark.parametrize(
    ("form", "text"),
    [("--json", "[]\n"), ("--nl", ""), ("--csv", "id,topic,score,title,url,publisher,feed,")],
)
def test_no_hits_are_an_empty_list(database: Path, form: str, text: str) -> None:
    result = invoke("hits", "nothing", form, db=database)

    assert result.exit_code == 0
    assert result.output.startswith(text)
    assert len(result.output.splitlines()) <= 1


def test_a_person_is_told_that_there_are_no_hits(database: Path) -> None:
    result = invoke("hits", "nothing", db=database)

    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert result.stderr == "No hits. `monitor coverage` shows what was read.\n"


# ── show ──────────────────────────────────────────────────────────────────────────────────────


def test_show_tells_everything_of_an_article(database: Path) -> None:
    text = done("show", str(SECOND), "--tz", "Asia/Seoul", db=database)

    title, source, url, _, body, _, *rest = text.splitlines()
    assert (title, url, body) == (EDITED.title, LAUNCH.link, LAUNCH.text)
    assert source == "NHK · en · published 2024-11-01 03:00 · seen 2024-11-01 04:00"
    assert "hit icbm 1.00 — ICBM (title 21)" in rest
    assert "hit dprk-troops 0.70 — troops (text 12)" in rest
    assert "story 2" in rest
    assert f"entry of {TWO.url} (NHK): hit, 2024-11-01 04:00" in rest
    assert "alert to desk: failed (too_long)" in rest
    assert "edited 2024-11-01 05:00:" in rest
    assert rest[-1].startswith("  title: [-North Korea fires an-] {+Edited: the+} ICBM [-far far")


def test_show_tells_of_a_sent_alert_and_of_a_copy(database: Path) -> None:
    lines = done("show", str(FIRST), db=database).splitlines()

    assert "alert to desk: sent, 2024-10-31 21:00" in lines
    assert f"entry of {TWO.url} (Yonhap): duplicate, 2024-10-31 19:00" in lines


def test_show_tells_why_an_article_nearly_hit(database: Path) -> None:
    text = done("show", "2", db=database)

    assert "near-miss icbm 1.00: cancelled by “parade” — ICBM (title 0), parade (title 5)" in text
    assert "published not dated" in text
    assert "story" not in text


def test_show_as_json(database: Path) -> None:
    row = json.loads(done("show", str(SECOND), "--json", db=database))

    assert (row["id"], row["title"]) == (SECOND, EDITED.title)
    assert [match["outcome"] for match in row["matches"]] == ["hit", "hit"]
    assert {"matches", "versions", "entries", "alerts", "story", "url"} <= set(row)


@pytest.mark.parametrize("number", ["99", "9" * 30])
def test_showing_an_article_that_is_not_there_fails(database: Path, number: str) -> None:
    result = invoke("show", number, db=database)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")


# ── relative times ────────────────────────────────────────────────────────────────────────────


def test_relative_times_count_back_from_now(tmp_path: Path) -> None:
    async def make() -> None:
        async with store_at(tmp_path / "monitor.db") as store:
            now = datetime.now(UTC) - timedelta(hours=36)
            await store.write(lambda tx: tx.feeds.sync([ONE], now))
            await bring(store, ONE, [LAUNCH], now, topics=TOPICS)

    asyncio.run(make())
    found = [bool(hit_ids(tmp_path / "monitor.db", "--since", at)) for at in ("24h", "2d", "1w")]
    assert found == [False, True, True]


def test_near_misses_are_listed_with_what_was_in_the_way(database: Path) -> None:
    [row] = json.loads(done("hits", "--near", "--json", db=database))
    assert (row["title"], row["reason"]) == ("ICBM parade", "cancelled by “parade”")
    assert "cancelled by “parade”" in done("hits", "--near", db=database)
