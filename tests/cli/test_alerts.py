"""`monitor alerts`: the list, sending again, the test of a channel."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commands import KOREAN, ONE, TOPICS, done, fill, invoke
from conftest import NOW
from copies import store_at
from fakes import FakeSlack, article, fake_slack
from filled import HOUR, SMALL, bring, move_into_empty_home

from monitor.errors import StoreError
from monitor.service.clock import utc_now
from monitor.store.lock import sole_worker
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from click.testing import Result

    from monitor.store.database import Store

NONE_FAILED = "There are no failed alerts that can be sent again.\n"
ROUTES = """\
feeds: [{url: "https://news.example/rss"}]
topics:
  - {id: icbm, title: ICBM, match: ICBM, severity: critical}
  - {id: rain, title: Rain, match: rain, mode: "off"}
  - {id: snow, title: Snow, match: snow}
channels: {desk: {type: console}, phone: {type: console}}
routes:
  - {severity: critical, channels: [phone, desk]}
  - {topics: snow, channels: desk, mode: digest}
"""
SENT, FAILED = 1, 2  # ids of the alerts that `fill` leaves behind


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("alerts") / "monitor.db"
    asyncio.run(fill(path))
    return path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


@pytest.fixture
def database(filled: Path) -> Path:
    """A copy that a test may change."""
    path = Path("monitor.db")
    with closing(sqlite3.connect(filled)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return path


def change(path: Path, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(sql, values)


def rows(path: Path, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done("alerts", *options, "--json", db=path))
    return found


def alert(path: Path, alert_id: int) -> dict[str, Any]:
    [found] = [row for row in rows(path) if row["id"] == alert_id]
    return found


# ── the list ──────────────────────────────────────────────────────────────────────────────────


def test_alerts_are_listed_the_newest_first(filled: Path) -> None:
    head, *lines = [line.split("\t") for line in done("alerts", db=filled).splitlines()]

    assert head == [
        "ID",
        "Kind",
        "State",
        "Channel",
        "Topics",
        "Title",
        "Tries",
        "Due / sent",
        "Why",
    ]
    assert [line[:3] for line in lines] == [["2", "first", "failed"], ["1", "first", "sent"]]
    assert lines[1][3:] == ["desk", "dprk-troops", KOREAN.title, "1", "2024-10-31T21:00:00Z", ""]
    assert lines[0][6:] == ["1", "", "too_long"]


def test_times_are_shown_in_the_zone_asked_for(filled: Path) -> None:
    assert "2024-11-01T06:00:00+09:00" in done("alerts", "--tz", "Asia/Seoul", db=filled)


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], [FAILED, SENT]),
        (["--state", "failed"], [FAILED]),
        (["--state", "sent"], [SENT]),
        (["--state", "pending"], []),
        (["--channel", "desk"], [FAILED, SENT]),
        (["--limit", "1"], [FAILED]),
        (["--channel", "desk", "--state", "sent"], [SENT]),
        (["--kind", "first"], [FAILED, SENT]),
        (["--kind", "reply"], []),
    ],
    ids=str,
)
def test_the_list_can_be_narrowed(filled: Path, options: list[str], ids: list[int]) -> None:
    assert [row["id"] for row in rows(filled, *options)] == ids


def test_alerts_for_programs_have_types(filled: Path) -> None:
    row = alert(filled, FAILED)

    assert (row["topics"], row["attempts"], row["due_at"]) == (["dprk-troops", "icbm"], 1, None)
    assert {"story", "article", "url", "ref", "thread", "created_at", "sent_at"} <= set(row)


def test_a_person_is_told_that_there_are_no_alerts(filled: Path) -> None:
    result = invoke("alerts", "--state", "too-old", db=filled)

    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert result.stderr.startswith("No such alerts.")


@pytest.mark.parametrize(
    ("columns", "kind", "why"),
    [
        ("state = 'counted', reason = 'repeats what was told'", "report", "repeats what was told"),
        ('news = \'["troops: 8 → 11"]\', thread = "ref"', "reply", "troops: 8 → 11"),
        ("digest = 'overflow', state = 'digested'", "digest", "overflow"),
        ("in_doubt = 1, repeated = 1", "first", "its answer was lost; sent again 1×, unseen"),
    ],
)
def test_each_alert_says_what_it_is_and_why(
    database: Path, columns: str, kind: str, why: str
) -> None:
    change(database, f"UPDATE alerts SET {columns} WHERE id = ?", SENT)
    line = done("alerts", db=database).splitlines()[2].split("\t")

    assert (line[1], line[8]) == (kind, why)


def test_one_alert_is_shown_with_all_that_is_known_of_it(filled: Path) -> None:
    shown = done("alerts", "show", str(SENT), db=filled)
    assert "alert      first, sent, warning" in shown
    assert "reference  ref" in shown
    assert json.loads(done("alerts", "show", str(FAILED), "--json", db=filled))["state"] == "failed"
    missing = invoke("alerts", "show", "99", db=filled)
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "there is no alert 99" in missing.stderr


def test_a_list_that_is_cut_says_of_how_many_it_is_a_part(filled: Path) -> None:
    result = invoke("alerts", "--limit", "1", "--csv", db=filled)
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == "1 of 2 alerts: --limit 2 lists all\n"


@pytest.mark.parametrize(
    "command", [["alerts", "--state", "digested"], ["silence", "list"], ["feedback"]]
)
def test_the_columns_of_csv_do_not_depend_on_the_rows(filled: Path, command: list[str]) -> None:
    [header] = done(*command, "--csv", db=filled).splitlines()
    assert header.startswith("id,")


def test_routes_are_listed_by_topic_and_channel() -> None:
    Path("config.yaml").write_text(ROUTES, encoding="utf-8")
    listed = json.loads(done("alerts", "routes", "--json"))
    assert [(row["topic"], row["channel"], row["mode"]) for row in listed] == [
        ("icbm", "phone", "now"),
        ("icbm", "desk", "now"),
        ("rain", "", "off"),
        ("snow", "desk", "digest"),
    ]


def test_one_topic_is_asked_for_its_channels() -> None:
    Path("config.yaml").write_text(ROUTES, encoding="utf-8")
    rows = done("alerts", "routes", "icbm", "--no-headers").splitlines()
    assert [row.split("\t")[2] for row in rows] == ["phone", "desk"]
    assert "did you mean `icbm`?" in invoke("alerts", "routes", "icbn").stderr


# ── sending again ─────────────────────────────────────────────────────────────────────────────


def test_a_failed_alert_is_sent_again(database: Path) -> None:
    text = done("alerts", "retry", str(FAILED), db=database)

    assert text == "1 alert will be sent again: `monitor alerts` shows how\n"
    row = alert(database, FAILED)
    assert (row["state"], row["reason"]) == ("pending", "")
    assert row["due_at"] is not None


async def test_the_next_claim_takes_an_alert_that_is_sent_again(store: Store) -> None:
    await store.write(lambda tx: tx.feeds.sync([ONE], NOW))
    await bring(store, ONE, [], NOW, topics=TOPICS)
    await bring(store, ONE, [article("An ICBM", published_at=NOW)], NOW + HOUR, topics=TOPICS)
    at = NOW + HOUR
    [claimed] = await store.write(lambda tx: tx.outbox.claim(at, at + HOUR, {"desk": 0}))
    await store.write(lambda tx: tx.outbox.mark_failed(claimed, "invalid_blocks", None))

    assert await store.write(lambda tx: tx.maintenance.retry_failed(None, at)) == [1]
    [again] = await store.write(lambda tx: tx.outbox.claim(at, at + HOUR, {"desk": 0}))
    assert (again.ids, again.message.key) == (claimed.ids, claimed.message.key)
    assert not again.message.plain


def test_all_failed_alerts_are_sent_again_once(database: Path) -> None:
    change(database, "UPDATE alerts SET state = 'failed', ref = NULL, sent_at = NULL")
    first = done("alerts", "retry", "--all", "--json", db=database)

    assert json.loads(first) == {"retried": 2, "ids": [SENT, FAILED]}
    assert done("alerts", "retry", "--all", db=database) == NONE_FAILED


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([99], "alert 99 does not exist; "),
        ([SENT], "alert 1 is sent, only a failed one can be sent again; "),
        ([FAILED, SENT], "alert 1 is sent, only a failed one can be sent again; "),
    ],
    ids=str,
)
def test_an_alert_that_did_not_fail_is_an_error_and_nothing_changes(
    database: Path, ids: list[int], message: str
) -> None:
    before = rows(database)
    result = invoke("alerts", "retry", *map(str, ids), db=database)

    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert "`monitor alerts --state failed` lists what can be sent again" in result.stderr
    assert rows(database) == before


def test_sending_again_ends_the_stop_of_its_channel_only(database: Path) -> None:
    later = (utc_now() + HOUR).timestamp()
    for name in ("desk", "ops"):
        change(
            database,
            "INSERT OR REPLACE INTO channels (name, ready_at, stopped_at, reason)"
            " VALUES (?, ?, 1, 'Slack: invalid_auth')",
            name,
            later,
        )
    done("alerts", "retry", "--all", db=database)

    with Reader(database) as reader:
        assert [row["name"] for row in reader.stopped_channels()] == ["ops"]
    with closing(sqlite3.connect(database)) as db:
        [ready_at] = db.execute("SELECT ready_at FROM channels WHERE name = 'desk'").fetchone()
    assert ready_at <= utc_now().timestamp()


def test_the_rest_that_slack_asked_for_is_kept(database: Path) -> None:
    later = (utc_now() + HOUR).timestamp()
    change(database, "UPDATE channels SET ready_at = ?", later)
    done("alerts", "retry", "--all", db=database)

    with closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT ready_at FROM channels").fetchall() == [(later,)]


def test_an_alert_that_is_being_sent_is_left_alone(database: Path) -> None:
    lease_at = (utc_now() + HOUR).timestamp()
    change(database, "UPDATE alerts SET leased = 1, due_at = ? WHERE id = ?", lease_at, FAILED)

    assert done("alerts", "retry", "--all", db=database) == NONE_FAILED
    result = invoke("alerts", "retry", str(FAILED), db=database)
    assert result.exit_code == 1
    assert "alert 2 is being sent at this moment" in result.stderr
    assert alert(database, FAILED)["state"] == "failed"


def test_an_alert_whose_text_was_pruned_is_listed_but_not_sent_again(database: Path) -> None:
    change(database, "UPDATE alerts SET article_id = NULL WHERE id = ?", FAILED)

    assert "(its text was pruned)" in done("alerts", db=database).splitlines()[1]
    assert done("alerts", "retry", "--all", db=database) == NONE_FAILED
    result = invoke("alerts", "retry", str(FAILED), db=database)
    assert result.exit_code == 1
    assert "alert 2 has lost its text, which was pruned" in result.stderr


def test_sending_again_works_beside_a_running_service(database: Path) -> None:
    async def serve() -> None:
        async with store_at(database):
            await asyncio.to_thread(done, "alerts", "retry", "--all", db=database)

    with sole_worker(database):
        asyncio.run(serve())
    assert alert(database, FAILED)["state"] == "pending"


def test_sending_again_makes_no_database() -> None:
    result = invoke("alerts", "retry", "--all", db=Path("new.db"))

    assert result.exit_code == 1
    assert "there is no database" in result.stderr
    assert not Path("new.db").exists()


async def test_sending_again_in_a_transaction_that_fails_changes_nothing(store: Store) -> None:
    with pytest.raises(StoreError, match="alert 7 does not exist"):
        await store.write(lambda tx: tx.maintenance.retry_failed([7], NOW))


# ── the test of a channel ─────────────────────────────────────────────────────────────────────


def write_config(slack: FakeSlack) -> None:
    context = f'{{type: slack, token: xoxb-good, channel: "#a", api_url: "{slack.url}"}}'
    text = f"{SMALL}channels:\n  desk: {context}\n  terminal: {{type: console}}\n"
    Path("config.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A Slack that the configuration beside it names."""
    async with fake_slack() as slack:
        write_config(slack)
        yield slack


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def tested(*arguments: str) -> Result:
    """Run the command beside the fake Slack, which is served by this thread."""
    return await asyncio.to_thread(invoke, "alerts", "test", *arguments, db=Path("monitor.db"))


async def test_one_message_that_is_marked_as_a_test_is_sent(slack: FakeSlack) -> None:
    result = await tested("desk")

    assert result.exit_code == 0
    assert result.stdout == "desk took the message; its reference there is C1/1730000000.000100\n"
    [message] = slack.posted
    assert "[TEST] Test message, no news" in message["text"]
    assert "Nothing has happened." in json.dumps(message["blocks"])


async def test_a_test_leaves_the_outbox_alone(slack: FakeSlack, database: Path) -> None:
    before = rows(database)
    await tested("desk")

    assert rows(database) == before
    assert len(slack.posted) == 1


async def test_a_test_needs_no_database(slack: FakeSlack, tmp_path: Path) -> None:
    assert (await tested("desk", "--json")).exit_code == 0
    assert files(tmp_path) == ["config.yaml"]
    assert slack.posted


@pytest.mark.parametrize(
    ("fault", "reason", "advice"),
    [
        ("channel_not_found", "Slack: channel_not_found", "invite the bot"),
        ("not_in_channel", "Slack: not_in_channel", "/invite @monitor"),
        ("invalid_auth", "Slack: invalid_auth", "copy it anew"),
        ("missing_scope", "Slack: missing_scope", "`chat:write`"),
        ("is_archived", "Slack: is_archived", "restore it"),
        (429, "Slack: ratelimited", "try again in a minute"),
        (503, "Slack: HTTP 503", "may have arrived all the same"),
        ("lost", "no answer from Slack", "may have arrived all the same"),
        ("something_new", "Slack: something_new", "documentation"),
    ],
)
async def test_a_refusal_is_told_with_what_to_do(
    slack: FakeSlack, fault: int | str, reason: str, advice: str
) -> None:
    slack.plan = [fault]
    result = await tested("desk")

    assert (result.exit_code, result.stdout) == (1, "")
    told, what_to_do = result.stderr.splitlines()
    assert told.startswith(f"Error: desk did not take the message: {reason}")
    assert advice in what_to_do
    assert "xoxb-good" not in result.output


async def test_a_refused_test_is_not_tried_again(slack: FakeSlack) -> None:
    slack.plan = ["channel_not_found"]
    await tested("desk")

    assert len(slack.calls) == 1


@pytest.mark.usefixtures("slack")
@pytest.mark.parametrize(
    ("name", "hint"),
    [("dsk", "did you mean `desk`?"), ("x", "there are: desk, terminal")],
)
async def test_an_unknown_channel_is_a_mistake_of_the_command_line(name: str, hint: str) -> None:
    result = await tested(name)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"there is no channel `{name}`; {hint}" in result.stderr


@pytest.mark.usefixtures("slack")
async def test_a_console_prints_its_message_beside_the_json() -> None:
    result = await tested("terminal", "--json")

    report = json.loads(result.stdout)
    assert (report["channel"], report["ref"][:5]) == ("terminal", "test-")
    assert "[TEST]" in result.stderr


# ── help ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["retry", "test"])
def test_the_help_of_each_subcommand_has_an_example(name: str) -> None:
    text = done("alerts", name, "--help")

    assert f"monitor alerts {name}" in text[text.rindex("Example") :]


def test_the_help_of_a_test_names_the_channel_of_its_example() -> None:
    told = " ".join(done("alerts", "test", "--help").split())
    assert "monitor alerts test desk `desk` is under `channels`" in told
