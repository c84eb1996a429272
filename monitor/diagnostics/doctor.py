"""What `monitor doctor` looks at, from the interpreter to the channels, and what it advises.

Each check gives findings. Nothing is stored, and no channel gets a message.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies

from monitor import __version__
from monitor.cache import chosen_folder, folder
from monitor.channels.slack.client import Slack
from monitor.diagnostics.browser import browser
from monitor.diagnostics.probe import channel_advice, feed_advice, fetch_feed
from monitor.errors import DeliveryError, PollError, StoreError, StoreMissingError
from monitor.feeds.resolve import Resolver
from monitor.network import in_words
from monitor.store.database import SQLITE_VERSION
from monitor.store.queries.reader import Reader
from monitor.store.queries.status import problems, span, status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from monitor.config.channels import AnyChannel
    from monitor.config.load import Config
    from monitor.model import Feed

_NAMED = ("feedparser", "apscheduler", "sqlite-utils", "spacy", "slack-sdk")
_ROOM = 1 << 30  # bytes that should be free: a year of 40 feeds takes less
_APART = 60.0  # seconds by which this machine's clock may differ from a feed's
_FEEDS = 3  # feeds to try: one that answers shows that the network works
_CONNECT = 10.0  # seconds to wait for a connection
_UNIT = "monitor.service"
_UNITS = tuple(
    map(Path, ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"))
)
# scope of a Slack token: what is missing without it
SCOPES = {
    "chat:write": "nothing can be sent",
    "channels:read": "lost answers are not looked up",
    "channels:history": "lost answers are not looked up",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at and how it is; `advice` is what to do, "" where all is well."""

    name: str
    detail: str
    advice: str = ""


# ── this machine ──────────────────────────────────────────────────────────────────────────────


def program() -> Finding:
    """Return the versions of what runs."""
    libraries = ", ".join(f"{name} {_version(name)}" for name in _NAMED)
    engine = f"Python {platform.python_version()}, SQLite {SQLITE_VERSION}"
    return Finding("program", f"monitor {__version__}, {engine}, {libraries}")


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def disk(database: Path) -> Finding:
    """Return how much room there is where the database is."""
    folder = next(each for each in database.absolute().parents if each.is_dir())
    free = shutil.disk_usage(folder).free
    advice = f"make room on the disk of {folder}: the database grows" if free < _ROOM else ""
    return Finding("disk", f"{free / 1e9:.1f} GB free in {folder}", advice)


def unit(folders: tuple[Path, ...] = _UNITS) -> Finding:
    """Return whether the systemd unit is installed."""
    found = next((folder for folder in folders if (folder / _UNIT).exists()), None)
    if found:
        return Finding("unit", f"{found / _UNIT}")
    return Finding(
        "unit", "not installed: `monitor run` in a terminal ends with it (docs/operations.md)"
    )


def cache() -> Finding:
    """Return whether there is a folder for compiled topics, and how much is in it."""
    found = folder()
    if found is None or not os.access(found, os.W_OK):
        advice = f"{_to_cache()}: topics are compiled anew"
        return Finding("cache", "there is no folder that is this user's alone", advice)
    size = sum(file.stat().st_size for file in found.iterdir() if file.is_file())
    return Finding("cache", f"{found}: {size / 1e6:.1f} MB of compiled topics")


def _to_cache() -> str:
    try:
        return (
            f"make {chosen_folder()} a folder that only you can write, or set XDG_CACHE_HOME to one"
        )
    except RuntimeError:  # a user without a home folder
        return "set XDG_CACHE_HOME to a folder that only you can write"


def web(config: Config) -> Finding:
    """Return where the pages are, and with what browser `monitor open` opens an address."""
    shows = f"{name} opens them" if (name := browser()) else "no browser with a display here"
    if not config.web.port:
        return Finding("pages", f"`monitor web` serves them; {shows}")
    return Finding("pages", f"the service serves them at port {config.web.port}; {shows}")


# ── the database and the service ──────────────────────────────────────────────────────────────


def database(path: Path, now: datetime) -> Iterator[Finding]:
    """Yield whether the database can be read, and whether a service works on it."""
    try:
        with Reader(path) as reader:
            feeds = reader.queues()["feeds"]
        yield Finding("database", f"{path}: {path.stat().st_size / 1e6:.1f} MB, {feeds} feeds")
    except StoreMissingError:
        yield Finding("database", f"{path} is not there yet", "poll once: monitor run --once")
        return
    except StoreError as error:
        yield Finding("database", str(error), "monitor db verify says more")
        return
    yield _service(path, now)


def _service(path: Path, now: datetime) -> Finding:
    found = status(path, now)
    wrong = problems(found, now)
    runs = f"process {found.pid}" if found.is_running else "not running"
    return Finding("service", runs, "; ".join(wrong))


# ── the network ───────────────────────────────────────────────────────────────────────────────


async def names(config: Config) -> Finding:
    """Return whether this machine finds the addresses of hosts: the first feed's that has a name.

    Behind a proxy the proxy looks names up.
    """
    hosts = [urlsplit(feed.address).hostname or "" for feed in config.feeds if feed.enabled]
    host = next((each for each in hosts if each and not _is_address(each)), "")
    if not host or getproxies():
        return Finding("names", "a proxy looks them up" if host else "no feed needs any")
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await Resolver().resolve(host)
    except OSError as error:
        advice = "look at this machine's name server: resolvectl status, or /etc/resolv.conf"
        return Finding("names", f"{host}: {in_words(error)}", advice)
    return Finding("names", f"{host} is found in {(loop.time() - began) * 1000:.0f} ms")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def feeds(config: Config) -> AsyncIterator[Finding]:
    """Yield whether a feed can be fetched, and how far this machine's clock is from its server."""
    finding, served_at = (
        Finding("feeds", "all are paused", "resume one: monitor feeds resume"),
        None,
    )
    for feed in [feed for feed in config.feeds if feed.enabled][:_FEEDS]:
        finding, served_at = await _fetch(config, feed)
        if not finding.advice:
            break
    yield finding
    if served_at:
        yield _clock(served_at, datetime.now(UTC))


async def _fetch(config: Config, feed: Feed) -> tuple[Finding, datetime | None]:
    name = feed.title or feed.url
    try:
        body, fetched = await fetch_feed(config, feed)
    except PollError as error:
        return Finding("feeds", f"{name}: {error}", feed_advice(error)), None
    return Finding("feeds", f"{name} answers: {len(body) / 1000:.0f} kB"), fetched.served_at


def _clock(served_at: datetime, now: datetime) -> Finding:
    apart = abs((now - served_at).total_seconds())
    advice = "set this machine's clock: timedatectl set-ntp true" if apart > _APART else ""
    return Finding("clock", f"{span(apart)} from that server's" if advice else "right", advice)


async def channel(name: str, settings: AnyChannel) -> Finding:
    """Return whether a channel can be reached; a test message shows whether it takes alerts."""
    title = f"channel {name}"
    if settings.type == "slack":
        return await _slack(title, Slack(**settings.arguments()))
    host, port = _address(settings)
    if not host:
        return Finding(title, f"{settings.type}; `monitor alerts test {name}` tries it")
    try:
        async with asyncio.timeout(_CONNECT):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        advice = f"check the address of the channel, and the network: monitor alerts test {name}"
        return Finding(title, f"{host}:{port} cannot be reached: {in_words(error)}", advice)
    writer.close()
    return Finding(title, f"{host}:{port} answers; `monitor alerts test {name}` tries it")


def _address(settings: AnyChannel) -> tuple[str, int]:
    """Return host and port of a channel; "" for one without, or unknown to this program."""
    found = settings.arguments()
    if settings.type == "email":
        usual = 465 if found["tls"] == "tls" else 587
        return found["host"], found["port"] or usual
    if settings.type in {"webhook", "slack-webhook"}:
        parts = urlsplit(found["url"])
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    return "", 0


async def _slack(title: str, slack: Slack) -> Finding:
    try:
        bot, scopes = await slack.identify()
    except DeliveryError as error:
        return Finding(title, error.reason, channel_advice(error))
    finally:
        await slack.close()
    missing = [scope for scope in SCOPES if scope not in scopes] if scopes else []
    if missing:
        effect = SCOPES[missing[0]]
        advice = (
            f"give the bot the scopes {', '.join(missing)}, else {effect}; install the app again"
        )
        return Finding(title, f"Slack: {bot}", advice)
    return Finding(title, f"Slack: {bot}, with all scopes" if scopes else f"Slack: {bot}")
