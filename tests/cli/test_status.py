"""`monitor status`, and the lock by which it knows."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, invoke
from copies import store_at
from fakes import article, feed, topic
from filled import MINUTE, bring, move_into_empty_home

from monitor.config.schema import OperationsSettings
from monitor.errors import Mistake, StoreError
from monitor.service.clock import utc_now
from monitor.service.operator_notices import notify_refused
from monitor.store.lock import holder, sole_worker
from monitor.store.queries.status import span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from click.testing import Result

    from monitor.store.transaction import Transaction

FEED = feed("https://one.example/feed")
DB = Path("monitor.db")


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


async def fill(beat_at: datetime | None = None, **due: timedelta) -> None:
    """A feed and an alert, due in (or, if negative, since) so long; the last sign of life."""
    now = utc_now()

    def finish(tx: Transaction) -> None:
        for table in ("feeds", "alerts"):
            at = (now + due.get(table, MINUTE)).timestamp()
            tx.db.execute(f"UPDATE {table} SET due_at = ?", (at,))
        if beat_at:
            tx.service.beat(os.getpid(), "1.2.3", now - 3 * MINUTE, beat_at)

    async with store_at(DB) as store:
        await store.write(lambda tx: tx.feeds.sync([FEED], now))
        each = article("An ICBM", published_at=now)
        await bring(store, FEED, [each], now, topics=[topic()], channels=["desk"])
        await store.write(finish)


@contextmanager
def running(silent_for: timedelta = timedelta(), **due: timedelta) -> Iterator[None]:
    """A service on that database: this process."""
    asyncio.run(fill(utc_now() - silent_for, **due))
    with sole_worker(DB):
        yield


def status(*options: str) -> Result:
    return invoke("status", *options, db=DB)


def problems(result: Result) -> list[str]:
    return [
        line.removeprefix("PROBLEM: ")
        for line in result.stdout.splitlines()
        if line.startswith("PROBLEM: ")
    ]


def change(sql: str) -> None:
    with closing(sqlite3.connect(DB)) as db, db:
        db.execute(sql)


# ── what it says ──────────────────────────────────────────────────────────────────────────────


def test_a_service_that_runs_well_ends_with_exit_code_0() -> None:
    with running():
        result = status()

    summary, *facts = result.stdout.splitlines()
    assert result.exit_code == 0
    assert summary.startswith(f"running (process {os.getpid()}, since 2")
    assert summary.endswith("UTC, version 1.2.3)")
    names = ["heartbeat", "feeds", "polls", "alerts", "stopped", "last poll", "last message"]
    assert [line[:14].strip() for line in facts] == names


def test_the_facts_are_those_of_the_database() -> None:
    with running(feeds=-3 * MINUTE, alerts=-2 * MINUTE):
        change("UPDATE feeds SET failing_since = 1")
        lines = status().stdout.splitlines()

    facts = {line[:14].strip(): line[15:] for line in lines[1:]}
    assert facts["feeds"] == "1, 1 failing"
    assert facts["polls"] == "1 due, overdue by 3 min"
    assert facts["alerts"] == "1 waiting, 1 due, overdue by 2 min"
    assert (facts["stopped"], facts["last message"]) == ("no channel", "never")
    assert facts["last poll"].endswith(" s ago")


def test_feeds_that_need_a_person_are_counted_by_state() -> None:
    with running():
        change("UPDATE feeds SET failing_since = 1, reason = 'html'")
        result = status("--json")

    assert json.loads(result.stdout)["feed_states"] == {"blocked": 1}
    assert result.exit_code == 0


def test_what_the_service_waits_for_is_a_problem() -> None:
    asyncio.run(fill(utc_now()))
    with sole_worker(DB) as lock:
        lock.note("waits since noon: the disk is full")
        result = status()
        assert (result.exit_code, problems(result)) == (1, ["waits since noon: the disk is full"])
        assert json.loads(status("--json").stdout)["waits"] == "waits since noon: the disk is full"
        lock.note("")
        assert status().exit_code == 0


def test_a_note_that_is_too_long_is_cut_between_two_characters() -> None:
    asyncio.run(fill(utc_now()))
    with sole_worker(DB) as lock:
        lock.note("é" * 400)
        [problem] = problems(status())
    assert problem == "é" * 246


def test_a_database_that_is_gone_under_a_service_is_said() -> None:
    with running() as _:
        DB.unlink()
        result = status()

    assert result.exit_code == 1
    assert f"process {os.getpid()} runs, but there is no database" in result.stderr


def test_without_a_service_it_ends_with_exit_code_1() -> None:
    asyncio.run(fill())
    result = status()

    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "not running"
    assert problems(result) == ["no service is running: start `monitor run`"]


def test_a_service_that_ended_tells_since_when() -> None:
    with running():
        pass

    assert status().stdout.startswith("not running since 2")


def test_a_service_without_a_heartbeat_for_a_minute_hangs() -> None:
    with running(silent_for=timedelta(seconds=150)):
        result = status()

    assert result.exit_code == 1
    assert problems(result) == ["the last heartbeat was 2 min ago: the service hangs"]


def test_a_heartbeat_may_be_late() -> None:
    with running(silent_for=timedelta(seconds=50)):
        assert status().exit_code == 0


def test_a_process_that_is_no_service_gives_no_sign_of_life() -> None:
    asyncio.run(fill())
    with sole_worker(DB):
        result = status()

    assert result.stdout.startswith(f"running (process {os.getpid()})\n")
    assert problems(result) == [
        f"process {os.getpid()} works on the database, but gives no sign of life"
    ]


def test_a_stopped_channel_is_a_problem() -> None:
    with running():
        change(
            "INSERT INTO channels (name, ready_at, stopped_at, reason)"
            " VALUES ('desk', 0, 0, 'Slack: invalid_auth')"
        )
        result = status()

    assert result.exit_code == 1
    assert problems(result) == [
        "channel desk is stopped: Slack: invalid_auth; `monitor alerts test desk`"
    ]


@pytest.mark.parametrize(("queue", "name"), [("feeds", "polls"), ("alerts", "alerts")])
def test_a_queue_that_is_overdue_by_more_than_ten_minutes_is_a_problem(
    queue: str, name: str
) -> None:
    with running(**{queue: -11 * MINUTE}):
        result = status()

    assert result.exit_code == 1
    assert problems(result) == [f"{name} are overdue by 11 min"]


def test_a_queue_may_be_overdue_by_less() -> None:
    with running(feeds=-9 * MINUTE, alerts=-9 * MINUTE):
        assert status().exit_code == 0


def test_a_feed_that_is_off_is_not_overdue() -> None:
    with running(feeds=-99 * MINUTE):
        change("UPDATE feeds SET enabled = 0")
        assert status().exit_code == 0


def test_each_problem_has_a_line() -> None:
    asyncio.run(fill(feeds=-11 * MINUTE, alerts=-3_000 * MINUTE))
    found = problems(status())

    assert len(found) == 3
    assert found[-1] == "alerts are overdue by 2 days"


def test_status_for_programs() -> None:
    with running(alerts=-11 * MINUTE):
        result = status("--json")

    assert result.exit_code == 1
    report: dict[str, Any] = json.loads(result.stdout)
    assert (report["ok"], report["running"], report["pid"]) == (False, True, os.getpid())
    assert report["problems"] == ["alerts are overdue by 11 min"]
    assert (report["alerts"]["due"], report["alerts_waiting"], report["feeds"]) == (1, 1, 1)
    assert (report["version"], report["stopped"], report["sent_at"]) == ("1.2.3", [], None)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h"),
     (172_800, "2 days")],
)  # fmt: skip
def test_a_span_of_time_is_told_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert span(seconds) == text


# ── the lock ──────────────────────────────────────────────────────────────────────────────────


def test_nobody_holds_a_database_that_never_was_worked_on() -> None:
    assert holder(DB) is None
    assert not Path("monitor.db.lock").exists()


def test_the_holder_is_known_while_it_works() -> None:
    with sole_worker(DB):
        assert holder(DB) == os.getpid()
    assert holder(DB) is None


_HOLD = """
import sys
from pathlib import Path
from monitor.store.lock import sole_worker
with sole_worker(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_holds_nothing() -> None:
    command = [sys.executable, "-c", _HOLD, str(DB)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        assert holder(DB) == process.pid
        process.kill()
    assert holder(DB) is None


def test_two_that_look_do_not_see_each_other() -> None:
    with sole_worker(DB):
        pass
    with Path("monitor.db.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert holder(DB) is None


def test_a_service_waits_for_one_that_looks() -> None:
    started: list[int | None] = []

    def work() -> None:
        with sole_worker(DB):
            started.append(holder(DB))

    with sole_worker(DB):
        pass
    thread = threading.Thread(target=work)
    with Path("monitor.db.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        thread.start()
    thread.join()
    assert started == [os.getpid()]


def test_a_service_does_not_wait_for_another_one() -> None:
    with (
        sole_worker(DB),
        pytest.raises(StoreError, match=rf"process {os.getpid()}\) works on monitor\.db"),
        sole_worker(DB),
    ):
        pass


def test_the_help_tells_the_exit_codes() -> None:
    assert "Exit codes: 0 all is well; 1 not running" in done("status", "--help")


async def test_a_refused_reload_is_a_problem_until_another_is_taken() -> None:
    await fill(beat_at=utc_now())
    operations = OperationsSettings()
    mistake = Mistake("config.yaml", 3, 16, "topics[0].titel", "there is no such key")

    async def reload(*mistakes: Mistake) -> str:
        async with store_at(DB) as store:
            await notify_refused(store, operations, mistakes, utc_now())
        with sole_worker(DB):
            result = await asyncio.to_thread(invoke, "status", db=DB)
        assert result.exit_code == bool(mistakes)
        return result.stdout

    refused = "PROBLEM: the last reload was refused, the configuration before is in use: "
    assert f"{refused}{mistake}\n" in await reload(mistake)
    assert f"{refused}{replace(mistake, line=4)}\n" in await reload(replace(mistake, line=4))
    assert "PROBLEM" not in await reload()


def test_a_database_has_one_lock_whatever_link_leads_to_it(tmp_path: Path) -> None:
    folder, other = tmp_path / "data", tmp_path / "state"
    folder.mkdir()
    other.mkdir()
    link = other / "link.db"
    link.symlink_to(folder / "monitor.db")
    with sole_worker(folder / "monitor.db"):
        assert holder(link) == os.getpid()
        with pytest.raises(StoreError, match="another monitor"), sole_worker(link):
            pass
    assert not list(other.glob("*.lock"))


@pytest.mark.parametrize("command", ["hits", "coverage", "status", "stats", "feeds", "topics"])
def test_a_command_that_reads_makes_no_database_and_no_folder(command: str) -> None:
    invoke(command, db=Path("typo/monitor.db"))
    assert not Path("typo").exists()
