"""`monitor backtest`: topics tried on the past."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from commands import FEEDS, KOREAN, ONE, TOPICS, done, fill, invoke
from conftest import NOW
from copies import store_at
from fakes import article
from filled import HOUR, bring, move_into_empty_home


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


CONFIG = """\
feeds: [{url: https://one.example/feed}]
topics:
  - {id: launch, title: Launches, match: 'missile NEAR/2 launch'}
  - {id: parade, title: Parades, any: [parade]}
"""
ROWS: list[dict[str, Any]] = [
    {"id": "a", "title": "A missile launch", "published": "2024-10-31", "labels": {"launch": 1}},
    {"id": "b", "title": "A missile LAUNCH!", "published": "2024-10-31", "labels": {"launch": 0}},
    {"id": "c", "title": "Missile parade", "summary": "No missile of them all will launch",
     "published": "2024-11-01", "labels": {"launch": None, "parade": 1}},
    {"id": "d", "title": "Еще один запуск ракеты", "lang": "ru", "labels": {"launch": 1}},
    {"id": "e", "title": "Rain tomorrow", "published": "2024-11-02", "labels": {"launch": 0}},
]  # fmt: skip


def configured(text: str = CONFIG, name: str = "config.yaml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def written(*rows: dict[str, Any] | str) -> str:
    texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    Path("articles.jsonl").write_text("\n".join(texts), encoding="utf-8")
    return "articles.jsonl"


def report(*arguments: str, db: Path | None = None) -> Any:
    return json.loads(done("backtest", "--json", *arguments, db=db))


# ── a file of articles ────────────────────────────────────────────────────────────────────────


def test_backtest_counts_hits_near_misses_and_stories() -> None:
    configured()
    text = done("backtest", "--input", written(*ROWS))
    assert text.splitlines()[:3] == [
        "Topic\tHits\tNear misses\tStories\tA day",
        "launch\t2\t1\t1\t0.3",
        "parade\t1\t0\t1\t0.3",
    ]


def test_backtest_writes_the_outcome_of_each_article() -> None:
    configured()
    done("backtest", "--input", written(*ROWS), "--output", "out.jsonl")
    found = [
        json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [list(each) for each in found] == [["id", "hits", "near", "scores", "story"]] * 5
    assert found[0] == {
        "id": "a",
        "hits": ["launch"],
        "near": [],
        "scores": {"launch": 1.0},
        "story": "s1",
    }
    assert [each["hits"] for each in found] == [["launch"], ["launch"], ["parade"], [], []]
    assert [each["near"] for each in found] == [[], [], ["launch"], [], []]
    assert [each["story"] for each in found] == ["s1", "s1", "s2", None, None]
    assert found[3]["scores"] == {}


def test_labels_give_precision_recall_and_f1_by_language() -> None:
    configured()
    topics = report("--input", written(*ROWS))["topics"]
    told = topics["launch"]["quality"]
    assert (told["all"]["right"], told["all"]["wrong"], told["all"]["missed"]) == (1, 1, 1)
    assert (told["all"]["precision"], told["all"]["recall"], told["all"]["f1"]) == (0.5, 0.5, 0.5)
    assert (told["ru"]["recall"], told["ru"]["missed"]) == (0.0, 1)
    assert topics["parade"]["quality"]["all"]["f1"] == 1.0


def test_quality_is_printed_below_the_counts() -> None:
    configured()
    text = done("backtest", "--input", written(*ROWS))
    assert "Positive\tNegative\tPrecision" in text
    assert "launch\tall\t2\t2\t0.500\t0.500\t0.500\n" in text
    assert "launch\tru\t1\t0\t1.000\t0.000\t0.000\n" in text


def test_what_was_missed_and_what_was_false_is_listed_with_titles() -> None:
    configured()
    articles = written(*ROWS)
    assert done("backtest", "--input", articles).endswith(
        "missed launch [ru] d: Еще один запуск ракеты\nfalse launch [?] b: A missile LAUNCH!\n"
    )
    row = report("--input", articles)["topics"]["launch"]
    assert [each["id"] for each in row["missed"]] == ["d"]
    assert [each["id"] for each in row["false"]] == ["b"]


def test_a_missed_near_miss_is_listed_with_its_reason() -> None:
    configured()
    near = {"id": "n", "title": "A missile is far from its launch", "labels": {"launch": 1}}
    text = done("backtest", "--input", written(near))
    reason = "“missile” and “launch” stand 4 words apart (NEAR/2)"
    assert f"n: A missile is far from its launch ({reason})\n" in text


def test_labels_for_no_topic_are_refused_with_a_hint() -> None:
    configured()
    articles = written({"id": "a", "title": "A missile launch", "labels": {"lunch": 1}})
    result = invoke("backtest", "--input", articles)
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: labels are for no topic of the configuration: `lunch`; did you mean `launch`?\n"
    )


def test_a_label_for_an_unknown_topic_among_others_is_a_warning() -> None:
    configured()
    labels = {"launch": 1, "lunch": 0}
    articles = written({"id": "a", "title": "A missile launch", "labels": labels})
    assert invoke("backtest", "--input", articles).stderr.endswith(
        "warning: 1 label for `lunch`, which is no topic of the configuration;"
        " did you mean `launch`?\n"
    )


def test_without_labels_no_quality_is_told() -> None:
    configured()
    articles = written(*({**row, "labels": {}} for row in ROWS))
    assert "Precision" not in done("backtest", "--input", articles)
    assert report("--input", articles)["topics"]["launch"]["quality"] == {}


def test_the_report_as_json_has_counts() -> None:
    configured()
    found = report("--input", written(*ROWS))
    assert found["articles"] == 5
    assert list(found["topics"]) == ["launch", "parade"]
    launch = found["topics"]["launch"]
    assert {name: launch[name] for name in ("hits", "near", "stories")} == {
        "hits": 2,
        "near": 1,
        "stories": 1,
    }
    assert launch["a_day"] == pytest.approx(1 / 3)
    assert "gained" not in launch


def test_only_the_topics_asked_for_are_tried() -> None:
    configured()
    options = ["--topic", "parade", "--topic", "parade", "--output", "out.jsonl"]
    assert list(report("--input", written(*ROWS), *options)["topics"]) == ["parade"]
    assert json.loads(Path("out.jsonl").read_text(encoding="utf-8").splitlines()[0])["hits"] == []


def test_archives_may_be_many_and_packed() -> None:
    configured()
    Path("archive").mkdir()
    for name, row in (("b.jsonl.gz", ROWS[0]), ("a.jsonl.gz", ROWS[2])):
        Path("archive", name).write_bytes(gzip.compress(json.dumps(row).encode()))
    options = ["--input", "archive", "--input", written(ROWS[1]), "--output", "out.jsonl"]
    assert report(*options)["articles"] == 3
    found = Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in found] == ["c", "a", "b"]
    assert report("--input", "archive/b*", "--input", "articles.*")["articles"] == 2


def test_stories_are_told_in_the_order_of_time_not_of_the_file() -> None:
    configured()
    early = {"id": "0", "title": "Parade", "published": "2024-10-30"}
    done("backtest", "--input", written(*ROWS[:3], early), "--output", "out.jsonl")
    found = Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["story"] for line in found] == ["s2", "s2", "s3", "s1"]


def test_the_output_may_be_a_pipe(tmp_path: Path) -> None:
    configured()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_text, "utf-8")
        done("backtest", "--input", written(*ROWS), "--output", str(pipe))
        assert len(read.result().splitlines()) == 5
    assert list(tmp_path.glob("*.part")) == []


def test_nothing_is_left_beside_the_output() -> None:
    configured()
    done("backtest", "--input", written(*ROWS), "--output", "out.jsonl")
    assert {path.name for path in Path().iterdir()} == {
        "config.yaml",
        "articles.jsonl",
        "out.jsonl",
    }


def test_an_empty_file_is_no_mistake() -> None:
    configured()
    result = invoke("backtest", "--input", written())
    assert result.exit_code == 0
    assert result.stderr == "No articles to try them on.\n"


# ── against another configuration ─────────────────────────────────────────────────────────────


def test_a_change_is_told_by_what_it_gains_and_loses() -> None:
    configured()
    old = configured(
        CONFIG.replace("missile NEAR/2 launch", "rain* OR missile AND launch"), "old.yaml"
    )
    text = done("backtest", "--input", written(*ROWS), "--against", old)
    assert "launch\t2\t1\t1\t0.3\t0\t2\n" in text
    assert "- launch [en] c: Missile parade\n- launch [en] e: Rain tomorrow\n" in text
    found = report("--input", written(*ROWS), "--against", old)["topics"]
    assert [each["id"] for each in found["launch"]["lost"]] == ["c", "e"]
    assert (found["parade"]["gained"], found["parade"]["lost"]) == ([], [])
    assert set(found["launch"]["lost"][0]) == {"id", "title", "url", "lang"}


def test_a_new_topic_gains_all_its_hits() -> None:
    configured()
    old = configured(CONFIG.replace("id: parade", "id: other"), "old.yaml")
    found = report("--input", written(*ROWS), "--against", old)["topics"]
    assert [each["id"] for each in found["parade"]["gained"]] == ["c"]


def test_of_many_changes_the_first_are_listed() -> None:
    configured()
    old = configured(CONFIG.replace("[parade]", "[other]"), "old.yaml")
    rows = [{"id": str(n), "title": f"Parade {n}"} for n in range(15)]
    text = done("backtest", "--input", written(*rows), "--against", old)
    assert text.count("+ parade [") == 10
    assert text.endswith("+ parade: 5 more; --json has them all\n")
    assert (
        len(report("--input", written(*rows), "--against", old)["topics"]["parade"]["gained"]) == 15
    )


# ── what is stored ────────────────────────────────────────────────────────────────────────────

STORED = """\
feeds: [{url: https://one.example/feed, title: One}]
topics:
  - {id: icbm, title: ICBM, any: [ICBM]}
  - {id: weather, title: Weather, match: weather}
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The stored articles: 1 KOREAN, 2 ICBM parade, 3 Weather, 4 LAUNCH, which was edited."""
    path = tmp_path / "monitor.db"
    asyncio.run(fill(path))
    configured(STORED)
    return path


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in rows]


def test_stored_articles_are_compared_with_the_hits_they_were(database: Path) -> None:
    topics = report(db=database)["topics"]
    assert (topics["icbm"]["hits"], topics["weather"]["hits"]) == (2, 1)
    assert (ids(topics["icbm"]["gained"]), topics["icbm"]["lost"]) == (["2"], [])
    assert ids(topics["weather"]["gained"]) == ["3"]


def test_a_hit_that_is_lost_is_told(database: Path) -> None:
    configured(STORED.replace("[ICBM]", "[parade]"))
    assert ids(report(db=database)["topics"]["icbm"]["lost"]) == ["4"]


@pytest.mark.parametrize(
    ("since", "count"),
    [("2024-10-31T18:00", 4), ("2024-10-31T18:30", 1), ("2024-10-31T19:00", 1), ("24h", 0)],
)
def test_since_goes_by_when_an_article_was_seen(database: Path, since: str, count: int) -> None:
    assert report("--since", since, db=database)["articles"] == count


def test_stored_articles_are_told_by_their_ids(database: Path) -> None:
    done("backtest", "--output", "out.jsonl", db=database)
    found = [
        json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [each["id"] for each in found] == ["1", "2", "3", "4"]
    assert [each["hits"] for each in found] == [[], ["icbm"], ["weather"], ["icbm"]]


def rows_of(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(query).fetchall()


MATCHES = "SELECT article_id, topic, reason FROM matches ORDER BY article_id, topic"
ALERTS = "SELECT * FROM alerts ORDER BY id"
OUTCOMES = "SELECT id, article_id, outcome FROM entries ORDER BY id"


def test_trying_alone_stores_nothing(database: Path) -> None:
    before = [rows_of(database, query) for query in (MATCHES, ALERTS, OUTCOMES)]
    done("backtest", db=database)
    assert [rows_of(database, query) for query in (MATCHES, ALERTS, OUTCOMES)] == before


def test_store_notes_new_hits_and_alerts_nothing(database: Path) -> None:
    alerts = rows_of(database, ALERTS)
    result = invoke("backtest", "--store", db=database)
    assert result.exit_code == 0, result.output
    assert result.stderr == "2 new hits stored, none alerted.\n"
    assert rows_of(database, ALERTS) == alerts
    matches = rows_of(database, MATCHES)
    assert (2, "icbm", "") in matches
    assert (3, "weather", "") in matches
    hits = json.loads(done("hits", "--json", "--topic", "weather", db=database))
    assert [(hit["id"], hit["score"], hit["terms"]) for hit in hits] == [(3, 1.0, ["Weather"])]


def test_store_sets_what_became_of_the_entries(database: Path) -> None:
    before = dict(
        rows_of(database, "SELECT article_id, outcome FROM entries WHERE outcome <> 'duplicate'")
    )
    assert (before[2], before[3]) == ("near-miss", "no-match")
    duplicates = rows_of(database, "SELECT * FROM entries WHERE outcome = 'duplicate'")
    done("backtest", "--store", db=database)
    after = dict(
        rows_of(database, "SELECT article_id, outcome FROM entries WHERE outcome <> 'duplicate'")
    )
    assert after == {**before, 2: "hit", 3: "hit"}
    assert rows_of(database, "SELECT * FROM entries WHERE outcome = 'duplicate'") == duplicates


def test_store_notes_near_misses_too(database: Path) -> None:
    configured(STORED.replace("match: weather", "match: 'weather AND lang:ru'"))
    result = invoke("backtest", "--store", "--topic", "weather", db=database)
    assert result.stderr == "0 new hits stored, none alerted.\n"
    assert (3, "weather", "lang is en, not ru") in rows_of(database, MATCHES)
    assert rows_of(database, "SELECT outcome FROM entries WHERE article_id = 3") == [("near-miss",)]


def test_store_leaves_hits_as_they_are_where_a_topic_lost_them(database: Path) -> None:
    before = rows_of(database, MATCHES)
    configured(STORED.replace("[ICBM]", "[nothing]").replace("weather}", "nothing}"))
    result = invoke("backtest", "--store", db=database)
    assert result.stderr == "0 new hits stored, none alerted.\n"
    assert rows_of(database, MATCHES) == before


def test_storing_twice_notes_once(database: Path) -> None:
    done("backtest", "--store", db=database)
    noted = rows_of(database, MATCHES)
    result = invoke("backtest", "--store", db=database)
    assert result.stderr == "0 new hits stored, none alerted.\n"
    assert rows_of(database, MATCHES) == noted
    topics = report(db=database)["topics"]
    assert (topics["icbm"]["gained"], topics["weather"]["gained"]) == ([], [])


def test_what_is_noted_is_never_alerted_later(database: Path) -> None:
    done("backtest", "--store", db=database)
    alerts = rows_of(database, ALERTS)

    async def poll_again() -> None:
        async with store_at(database) as store:
            later = NOW + 4 * HOUR
            await store.write(lambda tx: tx.feeds.sync(FEEDS, later))
            await bring(
                store,
                ONE,
                [KOREAN, article("ICBM parade"), article("Weather")],
                later,
                topics=TOPICS,
            )

    asyncio.run(poll_again())
    assert rows_of(database, ALERTS) == alerts


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────


def test_a_broken_line_is_named_by_file_and_line() -> None:
    configured()
    result = invoke(
        "backtest", "--input", written(ROWS[0], '{"id": "x", '), "--output", "out.jsonl"
    )
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: articles.jsonl:2: not JSON: ")
    assert list(Path().glob("out.jsonl*")) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--topic", "lunch"], 2, "there is no topic `lunch`; did you mean `launch`?"),
        (["--since", "7d"], 2, "--since and --store go with stored articles, not with --input"),
        (["--store"], 2, "--since and --store go with stored articles, not with --input"),
        (["--since", "soon"], 2, "'soon': expected 24h, 7d, yesterday, 2024-10-31"),
        (["--against", "nowhere.yaml"], 2, "nowhere.yaml:1:1: cannot be read"),
        (["--output", "no/such/folder.jsonl"], 1, "no/such/folder.jsonl cannot be written"),
        (["--output", "."], 2, "'.' is a directory"),
        (["--cluster", "here"], 1, "here is no address of a scheduler, such as tcp://"),
    ],
)
def test_a_mistaken_command_line_says_what_is_wrong(
    arguments: list[str], code: int, message: str
) -> None:
    configured()
    result = invoke("backtest", "--input", written(*ROWS), *arguments)
    assert (result.exit_code, result.exception.__class__) == (code, SystemExit)
    assert message in result.stderr


def test_a_file_that_is_not_there_is_named() -> None:
    configured()
    result = invoke("backtest", "--input", "nowhere.jsonl")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: nowhere.jsonl cannot be read: No such file or directory\n",
    )


def test_mistakes_of_the_other_configuration_are_reported_as_its_own() -> None:
    configured()
    old = configured(CONFIG.replace("NEAR/2", "NEAR"), "old.yaml")
    result = invoke("backtest", "--input", written(*ROWS), "--against", old)
    assert result.exit_code == 2
    column = CONFIG.splitlines()[2].index("NEAR") + 1
    assert result.stderr.startswith(f"old.yaml:3:{column}: topics[0].match: “NEAR” is unexpected")


def test_without_a_database_there_is_nothing_to_try(tmp_path: Path) -> None:
    configured()
    result = invoke("backtest", db=tmp_path / "none.db")
    assert result.exit_code == 1
    assert "there is no database at" in result.stderr
