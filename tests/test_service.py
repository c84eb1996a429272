"""The service as a process: signals, reload, systemd, the clock, health, faults."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from commands import invoke
from fakes import item, rss, serving
from installation import until
from servers import free_port

from monitor.store.queries.status import status

if TYPE_CHECKING:
    from installation import Installation

pytestmark = pytest.mark.slow


@pytest.fixture
async def running(site: Installation) -> asyncio.subprocess.Process:
    """The service with one feed, which it has polled once while it was empty."""
    site.feeds.documents["a"] = rss()
    site.write("a")
    process = await site.start()
    await until(lambda: "polled" in site.log())
    return process


def publish(site: Installation, *titles: str, at: datetime | None = None) -> None:
    at = at or datetime.now(UTC)
    site.feeds.documents["a"] = rss(*(item(title, at) for title in titles))


async def ended(process: asyncio.subprocess.Process, within: float = 300) -> int:
    return await asyncio.wait_for(process.wait(), within)


# ── signals ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_polls_and_alerts_until_it_is_told_to_stop(
    site: Installation, running: asyncio.subprocess.Process, number: signal.Signals
) -> None:
    publish(site, "ICBM")
    await until(lambda: site.slack.posted)
    running.send_signal(number)
    assert await ended(running) == 0


async def test_feeds_that_wait_for_a_free_place_are_polled_once_there_is_one(
    site: Installation,
) -> None:
    names = [f"feed{number}" for number in range(400)]
    site.feeds.documents |= dict.fromkeys(names, rss())
    site.write(*names)
    site.replace("{interval: 1s,", "{interval: 1h, at_once: 16,")
    await site.start()
    await until(lambda: site.rows("SELECT 1 WHERE (SELECT count(polled_at) FROM feeds) = 400"))
    [(seconds,)] = site.rows("SELECT max(polled_at) - min(polled_at) FROM feeds")
    assert seconds < 8  # at a tick a second it would be 24


async def test_it_stops_within_ten_seconds_while_a_feed_hangs(site: Installation) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    site.feeds.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    site.write("a")
    site.replace("timeout: 5s", "timeout: 60s")
    process = await site.start()
    await until(lambda: site.database.exists() and site.rows("SELECT 1 FROM feeds WHERE leased"))
    process.send_signal(signal.SIGTERM)
    assert await ended(process) == 0
    server.close()
    await server.wait_closed()


async def test_it_stops_within_ten_seconds_while_slack_hangs_and_sends_again_afterwards(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.slack.plan = ["hang"]
    publish(site, "ICBM")
    await until(lambda: site.slack.calls)
    running.send_signal(signal.SIGTERM)
    assert await ended(running) == 0
    assert await site.finish("--once") == 0
    assert len(site.slack.posted) == 1


# ── reload ────────────────────────────────────────────────────────────────────────────────────


async def test_a_reload_takes_over_topics_and_feeds(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.feeds.documents["b"] = rss(item("Kursk", datetime.now(UTC)))
    site.write("a", "b")
    site.replace("any: [ICBM]", "any: [Kursk]")
    running.send_signal(signal.SIGHUP)
    await until(lambda: site.events("reloaded"))
    await until(lambda: site.rows("SELECT 1 FROM hits WHERE topic = 'icbm' AND title = 'Kursk'"))
    publish(site, "ICBM")
    await until(lambda: site.rows("SELECT 1 FROM entries WHERE outcome = 'no-match'"))


async def test_a_reload_drops_a_feed(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.feeds.documents["b"] = rss()
    site.write("b")
    running.send_signal(signal.SIGHUP)
    await until(lambda: ("/b", 200) in site.feeds.requests)
    polls = site.feeds.requests.count(("/a", 304))
    await until(lambda: site.feeds.requests.count(("/b", 304)) > 1)
    assert site.feeds.requests.count(("/a", 304)) - polls <= 1


async def test_a_reload_takes_over_another_channel(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.replace("desk:", "second:")
    running.send_signal(signal.SIGHUP)
    await until(lambda: site.events("reloaded"))
    publish(site, "ICBM")
    await until(lambda: site.slack.posted)
    assert site.rows("SELECT DISTINCT channel FROM alerts") == [("second",)]


async def test_a_bad_configuration_is_refused_with_its_place_and_changes_nothing(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.replace("title: ICBM", "titel: ICBM")
    running.send_signal(signal.SIGHUP)
    await until(lambda: len(site.events("reload refused")) == 2)
    assert "config.yaml:3:16: topics[0].titel" in site.log()
    publish(site, "ICBM")
    await until(lambda: site.slack.posted)
    assert running.returncode is None
    problems = status(site.database, datetime.now(UTC)).refused
    assert any("config.yaml:3:16: topics[0].titel" in problem for problem in problems)

    site.replace("titel: ICBM", "title: ICBM")
    running.send_signal(signal.SIGHUP)
    await until(lambda: site.events("reloaded"))
    assert status(site.database, datetime.now(UTC)).refused == ()


async def test_many_reloads_at_once_leave_one_working_configuration(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    for _ in range(6):
        running.send_signal(signal.SIGHUP)
    await until(lambda: site.events("reloaded"))
    publish(site, "ICBM")
    await until(lambda: site.slack.posted)
    running.send_signal(signal.SIGTERM)
    assert await ended(running) == 0
    assert len(site.events("reloaded")) <= 3


async def test_a_value_that_yaml_cannot_read_is_refused_too(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.replace("title: ICBM", "title: 2024-02-30")
    running.send_signal(signal.SIGHUP)
    await until(lambda: site.events("reload refused"))
    publish(site, "ICBM")
    await until(lambda: site.slack.posted)


async def test_a_reload_while_the_database_is_locked_is_done_later(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.feeds.documents["b"] = rss()
    site.write("a", "b")
    holder = sqlite3.connect(site.database)
    holder.execute("BEGIN IMMEDIATE")
    running.send_signal(signal.SIGHUP)
    await until(lambda: "locked by another process" in site.log())
    holder.close()
    await until(lambda: ("/b", 200) in site.feeds.requests)


async def test_a_reload_cannot_change_the_database(site: Installation) -> None:
    site.feeds.documents["a"] = rss()
    site.write("a")
    site.replace("feeds:\n", "database: one.db\nfeeds:\n")
    process = await site.start(db=False)
    await until(lambda: "polled" in site.log())
    site.replace("one.db", "two.db")
    process.send_signal(signal.SIGHUP)
    await until(lambda: "another database needs a restart" in site.log())
    assert not (site.folder / "two.db").exists()
    process.send_signal(signal.SIGTERM)
    assert await ended(process) == 0


# ── systemd ───────────────────────────────────────────────────────────────────────────────────


async def test_systemd_is_told_of_start_life_reload_and_end(site: Installation) -> None:
    site.feeds.documents["a"] = rss()
    site.write("a")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(site.folder / "notify"))
        systemd.settimeout(300)
        site.environment = {
            "NOTIFY_SOCKET": str(site.folder / "notify"), "WATCHDOG_USEC": "1000000",
        }  # fmt: skip
        process = await site.start()

        def told() -> str:
            return systemd.recv(4096).decode()

        async def told_of(word: str) -> str:
            while word not in (message := await asyncio.to_thread(told)):
                pass
            return message

        assert "STATUS=1 feeds" in await told_of("READY=1")
        assert "0 alerts waiting" in await told_of("WATCHDOG=1")
        process.send_signal(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in await told_of("RELOADING=1")
        await told_of("READY=1")
        process.send_signal(signal.SIGTERM)
        await told_of("STOPPING=1")
        assert await ended(process) == 0


async def test_systemd_is_told_what_is_waited_for_while_the_database_is_locked(
    site: Installation,
) -> None:
    site.feeds.documents["a"] = rss()
    site.write("a")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0monitor-test-" + str(os.getpid()))
        systemd.setblocking(False)
        site.environment = {
            "NOTIFY_SOCKET": f"@monitor-test-{os.getpid()}", "WATCHDOG_USEC": "500000",
        }  # fmt: skip
        process = await site.start()
        await until(lambda: _drained(systemd) and "polled" in site.log())
        holder = sqlite3.connect(site.database)
        holder.execute("BEGIN IMMEDIATE")
        await until(lambda: b"locked by another process\nWATCHDOG=1" in _received(systemd))
        holder.close()
        await until(lambda: b"STATUS=1 feeds" in _received(systemd))
        process.send_signal(signal.SIGTERM)
        assert await ended(process) == 0


def _drained(systemd: socket.socket) -> bool:
    """Read all that was sent: a queue holds ten messages, then whoever sends one more waits."""
    while _received(systemd):
        pass
    return True


def _received(systemd: socket.socket) -> bytes:
    try:
        return systemd.recv(4096)
    except BlockingIOError:
        return b""


# ── health ────────────────────────────────────────────────────────────────────────────────────


async def test_metrics_and_health_are_served_on_loopback(site: Installation) -> None:
    port = free_port()
    site.feeds.documents["a"] = rss()
    site.write("a")
    site.replace("feeds:\n", f"service: {{http_port: {port}}}\nfeeds:\n")
    process = await site.start()

    def get(path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    await until(lambda: "polled" in site.log())
    publish(site, "ICBM")
    await until(lambda: site.slack.posted)
    site.slack.plan = ["invalid_auth"]
    publish(site, "ICBM", "A second ICBM")
    await until(lambda: site.events("not sent"))
    assert await asyncio.to_thread(get, "/healthz") == (200, "ok\n")
    async with asyncio.timeout(300):
        while (ready := await asyncio.to_thread(get, "/readyz"))[0] == 200:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.1)
    assert ready == (503, "desk: Slack: invalid_auth\n")
    _, metrics = await asyncio.to_thread(get, "/metrics")
    for line in (
        'monitor_entries_total{outcome="hit"} 2.0',
        'monitor_hits_total{topic="icbm"} 2.0',
        'monitor_sends_total{outcome="failed"} 1.0',
        'monitor_alerts{state="failed"} 1.0',
        'monitor_feeds{state="ok"} 1.0',
        'monitor_channel_stopped{channel="desk"} 1.0',
        "monitor_waiting_seconds 0.0",
        'monitor_queue_due{queue="alerts"} 0.0',
        'monitor_tick_seconds_count{tick="poll"}',
    ):
        assert line in metrics
    process.send_signal(signal.SIGTERM)
    assert await ended(process) == 0


# ── the clock ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def set_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that, preloaded, lets a test set the wall clock of a process."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = tmp_path_factory.mktemp("clock") / "setclock.so"
    source = Path(__file__).parent / "data" / "setclock.c"
    command = [compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return library


@pytest.mark.parametrize("seconds", [-3_600, 30 * 86_400, 12 * 365 * 86_400])
async def test_a_clock_that_is_set_brings_neither_silence_nor_a_flood(
    site: Installation, set_clock: Path, seconds: int
) -> None:
    names = [f"feed{number}" for number in range(20)]
    site.feeds.documents = dict.fromkeys(names, rss())
    site.write(*names)
    site.replace("interval: 1s", "interval: 4s")
    clock = site.folder / "clock"
    clock.write_text("0")
    site.environment = {"LD_PRELOAD": str(set_clock), "SETCLOCK": str(clock)}
    process = await site.start()
    await until(lambda: len(site.feeds.requests) >= 40)
    clock.write_text(str(seconds))
    await until(lambda: site.events("clock"))
    before, set_at = len(site.feeds.requests), time.monotonic()
    site.feeds.documents["feed0"] = rss(item("ICBM", datetime.now(UTC)))
    await until(lambda: site.slack.posted)  # two intervals; silence would be an hour
    elapsed = time.monotonic() - set_at
    assert len(site.feeds.requests) - before <= 20 * (elapsed / 4 + 2)
    process.send_signal(signal.SIGTERM)
    assert await ended(process) == 0


async def test_what_piled_up_in_a_long_outage_comes_as_one_digest(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    running.kill()
    await running.wait()
    connection = sqlite3.connect(site.database)
    with connection:
        connection.execute("UPDATE feeds SET ok_at = ok_at - 86400")
    connection.close()
    publish(site, "ICBM one", "ICBM two", at=datetime.now(UTC) - timedelta(hours=20))
    assert await site.finish("--once") == 0
    assert len(site.slack.posted) == 1
    assert "2 stories found while catching up" in site.slack.posted[0]["text"]


# ── faults ────────────────────────────────────────────────────────────────────────────────────


async def test_a_locked_database_is_waited_for_and_said(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    holder = sqlite3.connect(site.database)
    holder.execute("BEGIN IMMEDIATE")
    publish(site, "ICBM")
    await until(lambda: "locked by another process" in site.log())
    assert running.returncode is None
    holder.close()
    await until(lambda: site.slack.posted)


async def test_a_message_whose_record_must_wait_is_sent_once(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.slack.delay = 1.0
    publish(site, "ICBM")
    await until(lambda: site.slack.calls)
    holder = sqlite3.connect(site.database)
    holder.execute("BEGIN IMMEDIATE")
    await until(lambda: "locked by another process" in site.log())
    await asyncio.sleep(1)
    holder.close()
    await until(lambda: site.rows("SELECT 1 FROM alerts WHERE state = 'sent'"))
    assert len(site.slack.posted) == 1
    assert running.returncode is None


async def test_alerts_wait_while_slack_cannot_be_reached(site: Installation) -> None:
    port = free_port()
    site.feeds.documents["a"] = rss()
    site.write("a")
    site.replace(site.slack.url, f"http://127.0.0.1:{port}/api/")
    process = await site.start()
    await until(lambda: "polled" in site.log())
    publish(site, "ICBM")
    await until(lambda: "cannot reach Slack" in site.log())
    app = web.Application()
    app.router.add_post("/api/chat.postMessage", site.slack.post)
    async with serving(app, port):
        await until(lambda: site.slack.posted)
    process.send_signal(signal.SIGTERM)
    assert await ended(process) == 0


async def test_a_damaged_database_ends_it_with_advice(site: Installation) -> None:
    site.feeds.documents["a"] = rss(*(item(f"ICBM {n}", text="word " * 200) for n in range(50)))
    site.write("a")
    assert await site.finish("--once") == 0
    data = bytearray(site.database.read_bytes())
    data[4096 * 3 :] = b"\xff" * (len(data) - 4096 * 3)
    site.database.write_bytes(bytes(data))
    site.feeds.documents["a"] = rss(item("ICBM new"))
    process = await site.start()
    assert await ended(process) == 1
    assert "the database is damaged" in site.log()
    assert "restore a backup" in site.log()
    assert "Traceback" not in site.log()


async def test_a_full_disk_is_waited_out(site: Installation, tmp_path: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("needs root to mount a small file system")
    small = tmp_path / "small"
    small.mkdir()
    mounted = await asyncio.create_subprocess_exec(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=2m",
        "tmpfs",
        str(small),
        stderr=asyncio.subprocess.DEVNULL,
    )
    if await mounted.wait() != 0:
        pytest.skip("cannot mount here")
    try:
        await _fill_and_free(site, small)
    finally:
        await (await asyncio.create_subprocess_exec("umount", "-l", str(small))).wait()


async def _fill_and_free(site: Installation, small: Path) -> None:
    site.feeds.documents["a"] = rss()
    site.write("a")
    site.environment["MONITOR_DB"] = str(small / "monitor.db")
    process = await site.start(db=False)
    await until(lambda: "polled" in site.log())
    ballast = small / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    site.feeds.documents["a"] = rss(
        *(item(f"ICBM {n}", datetime.now(UTC), text="w " * 900) for n in range(40))
    )
    await until(lambda: "the disk is full" in site.log())
    result = invoke("status", db=small / "monitor.db")
    assert result.exit_code == 1
    assert "the disk is full; the database takes no more" in result.stdout
    assert process.returncode is None
    assert not site.slack.posted
    ballast.unlink()
    await until(lambda: site.slack.posted)
    process.send_signal(signal.SIGTERM)
    assert await ended(process) == 0


async def test_it_does_not_write_into_a_database_that_was_replaced(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    copy = site.folder / "copy.db"
    shutil.copyfile(site.database, copy)
    copy.replace(site.database)
    assert await ended(running) == 1
    assert "another file was put into the database's place" in site.log()


async def test_a_token_that_is_mended_delivers_without_a_restart(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.slack.token = "xoxb-other"
    publish(site, "ICBM one", "ICBM two")
    await until(lambda: site.events("not sent"))
    await asyncio.sleep(2)
    assert len(site.slack.calls) == 1
    site.slack.token = "xoxb-good"
    running.send_signal(signal.SIGHUP)
    await until(lambda: site.slack.posted)
    text = site.slack.posted[0]["text"]
    assert text.startswith("Digest: 2 stories that waited until this channel was mended")


async def test_a_worker_that_dies_costs_one_poll(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    publish(site, "Weather")
    await until(lambda: site.rows("SELECT 1 FROM articles"))
    for worker in _workers(running.pid):
        os.kill(worker, signal.SIGKILL)
    publish(site, "Weather", "ICBM")
    await until(lambda: site.slack.posted)


def _workers(pid: int) -> list[int]:
    """Return the grandchildren: the fork server's workers."""
    children = _children(pid)
    return [worker for child in children for worker in _children(child)]


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


async def test_nothing_secret_and_no_control_character_is_logged(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    publish(site, "ICBM \x1b[31m &#x202e;", "ICBM &#27;[2J")
    site.slack.plan = ["invalid_blocks"]
    await until(lambda: site.slack.posted)
    assert "xoxb" not in site.log()
    assert all(character.isprintable() or character == "\n" for character in site.log())
    events = [json.loads(line)["event"] for line in site.log().splitlines()]
    assert events[:2] == ["new database", "started"]
    assert running.returncode is None
