"""The process: single runs, the service, signals, and `kill -9` at any moment."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeSlack, FeedServer, Recorder, ago, fake_slack, feed_server, item, rss

from monitor.config.load import load
from monitor.daemon import run_once
from monitor.errors import DeliveryError
from monitor.store.lock import sole_worker
from monitor.store.read import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.slow

_CONFIG = """
topics:
  - {{id: icbm, title: ICBM, any: [ICBM]}}
channels:
  desk: {{type: slack, token: xoxb-good, channel: "#alerts", api_url: "{slack}"}}
polling: {{interval: 1s, timeout: 5s}}
feeds:
"""


@dataclass
class Site:
    """A configuration on disk, with the feed server and the Slack that it names."""

    folder: Path
    feeds: FeedServer
    slack: FakeSlack

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def database(self) -> Path:
        return self.folder / "monitor.db"

    def write(self, *names: str) -> None:
        text = _CONFIG.format(slack=self.slack.url)
        rows = (f'  - {{url: "{self.feeds.url}/{name}", allow_private: true}}\n' for name in names)
        self.config.write_text(text + "".join(rows), encoding="utf-8")

    async def start(self, *args: str) -> asyncio.subprocess.Process:
        places = ["--config", str(self.config), "--db", str(self.database)]
        command = [sys.executable, "-m", "monitor", *places, "run", *args]
        return await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def rows(self, sql: str) -> list[Any]:
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with feed_server() as feeds, fake_slack() as slack:
        yield Site(tmp_path, feeds, slack)


async def test_a_single_run_polls_and_delivers_what_is_due(site: Site) -> None:
    site.feeds.documents["a"] = rss(item("ICBM", datetime.now(UTC)))
    site.write("a")
    recorder = Recorder()
    summary = await run_once(load(site.config, site.database), {"desk": recorder})
    assert [each.outcome for each in summary.polled] == ["ok"]
    assert summary.delivered == ["sent"]
    assert summary.waiting == 0


async def test_a_single_run_reports_its_progress(site: Site) -> None:
    site.feeds.documents |= {"a": rss(), "b": rss()}
    site.write("a", "b")
    seen: list[tuple[int, int]] = []
    await run_once(
        load(site.config, site.database),
        {"desk": Recorder()},
        progress=lambda *done: seen.append(done),
    )
    assert (seen[0], seen[-1]) == ((0, 2), (2, 2))


async def test_a_dry_run_prints_and_sends_nothing(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.feeds.documents["a"] = rss(item("ICBM rehearsed", datetime.now(UTC)))
    site.write("a")
    recorder = Recorder()
    summary = await run_once(load(site.config, site.database), {"desk": recorder}, dry_run=True)
    assert (recorder.sent, summary.waiting) == ([], 1)
    assert "ICBM rehearsed" in capsys.readouterr().out


async def test_a_single_run_gives_up_on_a_channel_that_keeps_failing(site: Site) -> None:
    site.feeds.documents["a"] = rss(item("ICBM", datetime.now(UTC)))
    site.write("a")
    broken = Recorder(errors=[DeliveryError("no", retry_after=0) for _ in range(50)])
    summary = await run_once(load(site.config, site.database), {"desk": broken})
    assert summary.waiting == 1
    assert len(summary.delivered) < 10


async def test_a_single_run_deletes_what_is_older_than_its_retention(site: Site) -> None:
    site.feeds.documents["a"] = rss(item("Flowers", datetime.now(UTC)))
    site.write("a")
    site.config.write_text(site.config.read_text() + "retention: {articles: 1s, hits: 1s}\n")
    config = load(site.config, site.database)
    await run_once(config, {"desk": Recorder()})
    await asyncio.sleep(1.1)
    site.feeds.documents["a"] = rss()
    await run_once(config, {"desk": Recorder()})
    assert site.rows("SELECT count(*) FROM articles") == [(0,)]
    assert site.rows("SELECT outcome FROM entries") == [("no-match",)]


async def test_a_frozen_parser_costs_its_own_feed_only(site: Site) -> None:
    author = f"<author>{'a' * 120_000}</author></item>"
    site.feeds.documents |= {
        "good": rss(item("ICBM", datetime.now(UTC))),
        "hostile": rss(item("x").replace("</item>", author)),
    }
    site.write("good", "hostile")
    config = site.config.read_text()
    site.config.write_text(config.replace("timeout: 5s", "timeout: 5s, parse_deadline: 2s"))
    summary = await run_once(load(site.config, site.database), {"desk": Recorder()})
    outcomes = {polled.url.rpartition("/")[2]: polled.outcome for polled in summary.polled}
    assert outcomes == {"good": "ok", "hostile": "parse-timeout"}
    assert summary.delivered == ["sent"]


async def _until(condition: Any, seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.05)


async def test_the_service_polls_and_alerts_until_it_is_told_to_stop(site: Site) -> None:
    site.feeds.documents["a"] = rss()
    site.write("a")
    process = await site.start()
    await _until(lambda: site.feeds.requests)
    await asyncio.sleep(0.5)
    site.feeds.documents["a"] = rss(item("ICBM", datetime.now(UTC)))
    await _until(lambda: site.slack.posted)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_the_service_stops_within_ten_seconds_while_a_feed_hangs(site: Site) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    site.feeds.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    site.write("a")
    site.config.write_text(site.config.read_text().replace("timeout: 5s", "timeout: 60s"))
    process = await site.start()
    await _until(lambda: site.database.exists() and site.rows("SELECT 1 FROM feeds WHERE leased"))
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
    server.close()
    await server.wait_closed()


async def test_a_second_process_on_the_same_database_is_refused(site: Site) -> None:
    site.write("a")
    with sole_worker(site.database):
        process = await site.start("--once")
        _, error = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert f"process {os.getpid()}" in error.decode()


async def test_a_run_whose_alerts_fail_exits_with_1_and_names_no_token(site: Site) -> None:
    site.feeds.documents["a"] = rss(item("ICBM", datetime.now(UTC)))
    site.slack.plan = ["channel_not_found"]
    site.write("a")
    process = await site.start("--once", "--verbose")
    _, error = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    events = [json.loads(line) for line in error.decode().splitlines() if line.startswith("{")]
    assert [e["reason"] for e in events if e["event"] == "not sent"] == ["Slack: channel_not_found"]
    assert "xoxb" not in error.decode()


async def test_killed_at_random_moments_it_loses_nothing_and_repeats_only_what_was_in_flight(
    site: Site,
) -> None:
    """Twelve times `kill -9` while it polls and delivers; then runs that may finish."""
    chance = random.Random(2024)  # noqa: S311 - moments to kill at, the same in each run
    kills, started_at = 0, datetime.now(UTC)
    names = [f"feed{number}" for number in range(6)]
    site.feeds.documents = dict.fromkeys(names, rss())
    site.write(*names)
    await _finish(site)
    titles: dict[str, list[str]] = {name: [] for name in names}
    while kills < 12:
        name = chance.choice(names)
        titles[name].append(f"ICBM {name} number {len(titles[name])}")
        items = (item(title, ago(started_at, minutes=1)) for title in titles[name])
        site.feeds.documents[name] = rss(*items)
        process = await site.start("--once")
        try:
            await asyncio.wait_for(process.communicate(), chance.uniform(0.5, 2.5))
        except TimeoutError:
            process.kill()
            await process.wait()
            kills += 1
    while site.rows("SELECT count(*) FROM alerts WHERE due_at IS NOT NULL") != [(0,)]:
        await _finish(site)
    await asyncio.sleep(1.1)
    await _finish(site)
    wanted = {title for each in titles.values() for title in each}
    assert site.rows("PRAGMA integrity_check") == [("ok",)]
    assert {row[0] for row in site.rows("SELECT title FROM versions")} == wanted
    sent = Counter(message["metadata"]["event_payload"]["key"] for message in site.slack.posted)
    assert set(sent) == {row[0] for row in site.rows("SELECT key FROM alerts")}
    assert sum(sent.values()) - len(sent) <= kills
    assert max(sent.values()) <= 2


async def _finish(site: Site) -> None:
    process = await site.start("--once")
    await asyncio.wait_for(process.communicate(), 120)


def test_reading_works_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    script = (
        "import sys, pathlib; from monitor.store.database import open_database\n"
        "db = open_database(pathlib.Path(sys.argv[1])); db.execute('BEGIN IMMEDIATE')\n"
        "print('writing', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        writer.stdout.readline()
        with Reader(path) as reader:
            assert reader.coverage() == []
        writer.stdin.close()
