"""Single runs, and `kill -9` at any moment."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from fakes import Recorder, ago, item, rss
from servers import answering

from monitor.config.load import load
from monitor.errors import DeliveryError
from monitor.pipeline import poll
from monitor.service.once import run_once
from monitor.store.lock import sole_worker
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from pathlib import Path

    from installation import Installation

pytestmark = pytest.mark.slow


async def test_a_single_run_polls_and_delivers_what_is_due(site: Installation) -> None:
    site.feeds.documents["a"] = rss(item("ICBM", datetime.now(UTC)))
    site.write("a")
    recorder = Recorder()
    summary = await run_once(load(site.config, site.database), {"desk": recorder})
    assert [each.outcome for each in summary.polled] == ["ok"]
    assert summary.delivered == ["sent"]
    assert summary.waiting == 0


async def test_a_single_run_reports_its_progress(site: Installation) -> None:
    site.feeds.documents |= {"a": rss(), "b": rss()}
    site.write("a", "b")
    seen: list[tuple[int, int]] = []
    await run_once(
        load(site.config, site.database),
        {"desk": Recorder()},
        progress=lambda *done: seen.append(done),
    )
    assert (seen[0], seen[-1]) == ((0, 2), (2, 2))


async def test_a_single_run_stores_a_hit_while_another_feed_hangs(
    site: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PATIENCE", 0.01)
    site.feeds.documents["a"] = rss(item("ICBM", datetime.now(UTC)))
    answer, stored = asyncio.Event(), []

    async def hang(_: web.Request) -> web.Response:
        await answer.wait()
        return web.Response(text=rss())

    def progress(polled: int, _: int) -> None:
        if polled == 1:
            stored.extend(site.rows("SELECT title FROM hits"))
            answer.set()

    async with answering(hang) as other:
        site.write("a")
        with site.config.open("a") as config:
            config.write(f'  - {{url: "{other}", allow_private: true}}\n')
        loaded = load(site.config, site.database)
        summary = await run_once(loaded, {"desk": Recorder()}, progress=progress)
    assert [each.outcome for each in summary.polled] == ["ok", "ok"]
    assert stored == [("ICBM",)]


async def test_a_dry_run_prints_and_sends_nothing(
    site: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    site.feeds.documents["a"] = rss(item("ICBM rehearsed", datetime.now(UTC)))
    site.write("a")
    recorder = Recorder()
    summary = await run_once(load(site.config, site.database), {"desk": recorder}, dry_run=True)
    assert (recorder.sent, summary.waiting) == ([], 1)
    assert "ICBM rehearsed" in capsys.readouterr().out


async def test_a_single_run_gives_up_on_a_channel_that_keeps_failing(site: Installation) -> None:
    site.feeds.documents["a"] = rss(item("ICBM", datetime.now(UTC)))
    site.write("a")
    broken = Recorder(errors=[DeliveryError("no", retry_after=0) for _ in range(50)])
    summary = await run_once(load(site.config, site.database), {"desk": broken})
    assert summary.waiting == 1
    assert len(summary.delivered) < 10


async def test_a_single_run_deletes_what_is_older_than_its_retention(site: Installation) -> None:
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


async def test_a_frozen_parser_costs_its_own_feed_only(site: Installation) -> None:
    author = f"<author>{'a' * 120_000}</author><svg/></item>"
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


async def test_a_run_says_that_it_makes_a_new_database(site: Installation) -> None:
    site.write("a")
    await site.finish("--once")
    await site.finish("--once")
    assert site.log().count("new database") == 1


async def test_a_second_process_on_the_same_database_is_refused(site: Installation) -> None:
    site.write("a")
    with sole_worker(site.database):
        assert await site.finish("--once") == 1
    assert f"process {os.getpid()}" in site.log()


async def test_a_run_whose_alerts_fail_exits_with_1_and_names_no_token(site: Installation) -> None:
    site.feeds.documents["a"] = rss(item("ICBM", datetime.now(UTC)))
    site.slack.plan = ["channel_not_found"]
    site.write("a")
    assert await site.finish("--once", "--verbose") == 1
    reasons = [event["reason"] for event in site.events("not sent")]
    assert reasons == ["Slack: channel_not_found"]
    assert "xoxb" not in site.log()


@pytest.mark.unmeasured
async def test_killed_at_random_moments_it_loses_nothing_and_repeats_nothing(
    site: Installation,
) -> None:
    """Twelve times `kill -9` while it polls and delivers; then runs that may finish."""
    chance = random.Random(2024)  # noqa: S311 - moments to kill at, the same in each run
    kills, started_at = 0, datetime.now(UTC)
    names = [f"feed{number}" for number in range(6)]
    site.feeds.documents = dict.fromkeys(names, rss())
    site.write(*names)
    await site.finish("--once")
    titles: dict[str, list[str]] = {name: [] for name in names}
    while kills < 12:
        name = chance.choice(names)
        titles[name].append(f"ICBM {name} number {len(titles[name])}")
        items = (item(title, ago(started_at, minutes=1)) for title in titles[name])
        site.feeds.documents[name] = rss(*items)
        process = await site.start("--once")
        try:
            await asyncio.wait_for(process.wait(), chance.uniform(0.5, 2.5))
        except TimeoutError:
            process.kill()
            await process.wait()
            kills += 1
    while site.rows("SELECT count(*) FROM alerts WHERE due_at IS NOT NULL") != [(0,)]:
        await site.finish("--once")
    await asyncio.sleep(1.1)
    await site.finish("--once")
    wanted = {title for each in titles.values() for title in each}
    assert site.rows("PRAGMA integrity_check") == [("ok",)]
    assert {row[0] for row in site.rows("SELECT title FROM versions")} == wanted
    told = "SELECT message FROM alerts WHERE message <> ''"
    sent = Counter(message["metadata"]["event_payload"]["key"] for message in site.slack.posted)
    assert set(sent) == {row[0] for row in site.rows(told)}
    assert max(sent.values()) == 1  # what was in flight is looked up
    assert {row[0] for row in site.rows("SELECT state FROM alerts")} <= {
        "sent",
        "digested",
        "counted",
    }


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
