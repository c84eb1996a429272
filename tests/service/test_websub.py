"""Hubs push feeds (WebSub): asked, verified, signed; and polling stays the fallback."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import structlog
from amounts import many
from conftest import NOW
from fakes import Recorder, context, feed, feed_server, in_thread, item, rss, topic
from hub import fake_hub
from hypothesis import given, settings
from hypothesis import strategies as st
from installation import until
from servers import NEW, answering, free_port

from monitor.config.load import load
from monitor.errors import ConfigError, FetchError, MonitorError, ParseError, PollReason
from monitor.feeds import schedule, websub
from monitor.feeds.fetch import Fetcher
from monitor.feeds.websub import Subscription
from monitor.model import Hub, PollingHints
from monitor.parse import Source, parse
from monitor.pipeline import deliver, poll
from monitor.service import websub_subscriber
from monitor.service.websub_server import callback_server
from monitor.service.websub_subscriber import Subscriber

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    from aiohttp import web
    from fakes import FeedServer
    from hub import FakeHub
    from installation import Installation

    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.results import PollResult
    from monitor.store.database import Store

LEASE = 864_000.0
SIX_HOURS = timedelta(hours=6)
TOPIC = "https://news.example/rss"
HUB = Hub("https://hub.example/", TOPIC)
ASKED = Subscription(1, TOPIC, HUB, "token", "secret", True, True, 1, None, False)
examples = settings(derandomize=True, max_examples=many(100), deadline=None)


# ── what a feed names ─────────────────────────────────────────────────────────────────────────


def links(hub: str = "https://hub.example/", own: str = TOPIC, prefix: str = "") -> str:
    namespace = ' xmlns:atom="http://www.w3.org/2005/Atom"' if prefix else ""
    return (
        f'<{prefix}link{namespace} rel="hub" href="{hub}"/>'
        f'<{prefix}link{namespace} rel="self" href="{own}"/>'
    )


def pushed_rss(hub: str, own: str, *items: str) -> str:
    """An RSS document that names a hub."""
    return rss(*items).replace("<channel>", f"<channel>{links(hub, own, 'atom:')}")


def named(document: str) -> Hub | None:
    return parse(document.encode(), Source(url="https://news.example/f")).hub


def test_a_hub_is_named_in_atom_and_in_rss() -> None:
    atom = (
        f'<feed xmlns="http://www.w3.org/2005/Atom">{links()}<entry><title>t</title></entry></feed>'
    )
    assert named(atom) == named(pushed_rss(HUB.address, TOPIC, item("t"))) == HUB


@pytest.mark.parametrize(
    "document",
    [
        rss(item("t")),
        rss(item("t")).replace("<channel>", '<channel><link rel="hub" href="https://h.example/"/>'),
        pushed_rss("", TOPIC),
        pushed_rss("javascript:alert(1)", TOPIC),
        pushed_rss("https://h.example/", ""),
        pushed_rss("https://h.example/" + "a" * 3_000, TOPIC),
        pushed_rss("http://h.example:99999/", TOPIC),
        rss(f"<item>{links(prefix='atom:')}<title>t</title></item>"),
    ],
    ids=[
        "none",
        "no topic",
        "empty",
        "a script",
        "no own address",
        "too long",
        "no such port",
        "in an entry",
    ],
)
def test_what_is_no_hub_with_its_topic_is_none(document: str) -> None:
    assert named(document) is None


def test_of_several_hubs_the_first_with_https_is_taken() -> None:
    three = [("hub", "http://a.example/"), ("hub", "https://b.example/"), ("self", TOPIC),
             ("hub", "https://c.example/")]  # fmt: skip
    assert websub.named_hub(three, "") == Hub("https://b.example/", TOPIC)


async def test_link_headers_name_it_too_and_come_first() -> None:
    header = f'<https://other.example/>; rel="hub", <{TOPIC}>; rel="self"'

    async def answer(_: web.Request) -> Any:
        from aiohttp import web  # noqa: PLC0415

        return web.Response(body=rss(item("t")).encode(), headers={"Link": header})

    limits: Any = {"timeout": 5.0, "max_body": 1 << 20, "user_agent": "test", "at_once": 8}
    async with answering(answer) as url, Fetcher(**limits) as fetcher:
        fetched = await fetcher.fetch(feed(url), NEW)
    assert fetched.hub == Hub("https://other.example/", TOPIC)


@pytest.mark.parametrize("header", ["", "nonsense", "<http://[>; rel=hub", "<>; rel=self", ",;,<"])
async def test_a_bad_link_header_names_none(header: str) -> None:
    async def answer(_: web.Request) -> Any:
        from aiohttp import web  # noqa: PLC0415

        return web.Response(body=b"x", headers={"Link": header})

    limits: Any = {"timeout": 5.0, "max_body": 1 << 20, "user_agent": "test", "at_once": 8}
    async with answering(answer) as url, Fetcher(**limits) as fetcher:
        assert (await fetcher.fetch(feed(url), NEW)).hub is None


# ── decisions ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://hub.example/", "https://hub.example/"),
        ("http://hub.example:80/x?y=1", "https://hub.example/x?y=1"),
        ("http://hub.example:8080/", "http://hub.example:8080/"),
        ("http://[2001:db8::1]/", "https://[2001:db8::1]/"),
        ("http://user@hub.example/", "https://hub.example/"),
        ("https://hub.example/", "https://hub.example/"),
    ],
)
def test_a_hub_is_asked_over_https(address: str, asked: str) -> None:
    assert websub.secured(address) == asked


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
@examples
@given(body=st.binary(), secret=st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_signature_of_each_kind_is_believed(algorithm: str, body: bytes, secret: str) -> None:
    signature = hmac.new(secret.encode(), body, algorithm).hexdigest()
    assert websub.is_signed(body, f"{algorithm}={signature}", secret)
    assert websub.is_signed(body, f"{algorithm.upper()}={signature.upper()}", secret)
    assert not websub.is_signed(body + b"x", f"{algorithm}={signature}", secret)
    assert not websub.is_signed(body, f"{algorithm}={signature}", secret + "x")


@pytest.mark.parametrize(
    "header",
    ["", "sha256", "sha256=", "md5=d41d8cd9", "=", "sha256=é", "none=", "sha1=00", "blake2b="],
)
def test_what_is_no_signature_is_not(header: str) -> None:
    assert not websub.is_signed(b"body", header, "secret")


@pytest.mark.parametrize(
    ("query", "verdict"),
    [
        ({"hub.mode": "subscribe", "hub.challenge": "c"}, "subscribed"),
        ({"hub.mode": "unsubscribe", "hub.challenge": "c"}, "unasked"),
        ({"hub.mode": "denied"}, "denied"),
        ({"hub.mode": "denied", "hub.topic": "https://other.example/"}, "unasked"),
        (
            {"hub.mode": "subscribe", "hub.challenge": "c", "hub.topic": "https://o.example/"},
            "unasked",
        ),
        ({"hub.mode": "subscribe", "hub.challenge": ""}, "unasked"),
        ({"hub.mode": "subscribe", "hub.challenge": "c" * 1_001}, "unasked"),
        ({"hub.mode": "subscribe", "hub.challenge": "\x00"}, "unasked"),
        ({"hub.mode": "publish", "hub.challenge": "c"}, "unasked"),
        ({}, "unasked"),
    ],
)
def test_only_what_was_asked_is_agreed_to(query: dict[str, str], verdict: str) -> None:
    assert websub.verdict(ASKED, {"hub.topic": TOPIC} | query) == verdict


def test_an_end_is_agreed_to_only_where_it_was_asked_for() -> None:
    left = replace(ASKED, wanted=False)
    query = {"hub.topic": TOPIC, "hub.challenge": "c"}
    assert websub.verdict(left, query | {"hub.mode": "unsubscribe"}) == "unsubscribed"
    assert websub.verdict(left, query | {"hub.mode": "subscribe"}) == "unasked"


@pytest.mark.parametrize(
    ("told", "lease"), [("3600", 3_600), ("", LEASE), ("x", LEASE), ("-5", LEASE),
                        ("99999999999", 30 * 86_400), ("9" * 400, LEASE)]
)  # fmt: skip
def test_a_lease_is_as_long_as_the_hub_says_and_no_longer_than_a_month(
    told: str, lease: float
) -> None:
    until = websub.lease_until({"hub.lease_seconds": told}, LEASE, NOW)
    assert until == NOW + timedelta(seconds=lease)


@examples
@given(st.integers(0, 30 * 86_400))
def test_a_lease_is_renewed_before_it_ends_but_not_each_second(lease: int) -> None:
    again_at = websub.renewal_at(NOW + timedelta(seconds=lease), NOW)
    assert again_at >= NOW + timedelta(seconds=60)
    assert again_at < NOW + timedelta(seconds=max(lease, 61))


def test_a_hub_that_does_not_answer_is_asked_later_and_later() -> None:
    waits = [(websub.next_ask(attempts, NOW) - NOW).total_seconds() for attempts in range(1, 14)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (300, 86_400)


# ── when a pushed feed is polled ──────────────────────────────────────────────────────────────

PUSHED = replace(
    NEW,
    first_polled_at=NOW - SIX_HOURS,
    ok_at=NOW - timedelta(minutes=10),
    known=frozenset({b"1" * 8}),
    pushed_until=NOW + timedelta(days=9),
)
ADAPTS = feed(TOPIC, adapts=True)


def planned(due: Any = PUSHED, new: int = 0, *, pushed: bool = False, **feed_settings: Any) -> Any:
    brought = schedule.PollYield(10, new, PollingHints(), pushed=pushed)
    return schedule.after_poll(replace(ADAPTS, **feed_settings), due, brought, NOW)


def test_while_its_hub_pushes_a_feed_is_polled_every_six_hours() -> None:
    assert planned().due_at == NOW + SIX_HOURS
    assert planned(new=3, pushed=True).due_at == NOW + SIX_HOURS


def test_when_the_lease_ends_it_is_polled() -> None:
    until = NOW + timedelta(hours=1)
    assert planned(replace(PUSHED, pushed_until=until)).due_at == until


@pytest.mark.parametrize("until", [None, NOW, NOW - timedelta(hours=1)])
def test_without_a_lease_it_is_polled_at_its_own_pace(until: datetime | None) -> None:
    assert planned(replace(PUSHED, pushed_until=until)).due_at < NOW + timedelta(hours=1)


def test_a_poll_that_finds_what_was_not_pushed_ends_the_trust() -> None:
    plan = planned(new=1)
    assert plan.unpushed
    assert plan.due_at < NOW + timedelta(hours=1)
    assert not planned(new=1, pushed=True).unpushed


def test_a_feed_with_an_interval_of_its_own_keeps_it() -> None:
    assert planned(adapts=False).due_at < NOW + timedelta(minutes=11)


# ── the whole of it ───────────────────────────────────────────────────────────────────────────


@dataclass
class Newsroom:
    """A desk whose one feed names a hub, and the address at which hubs find it."""

    context: PipelineContext
    server: FeedServer
    hub: FakeHub
    channel: Recorder
    url: str
    callback: str
    subscriber: Subscriber
    now: datetime = NOW
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.context.store

    def serve(self, *items: str, hub: str | None = None) -> None:
        address = self.hub.url + "/" if hub is None else hub
        self.server.documents["a"] = (
            pushed_rss(address, self.url, *items) if address else rss(*items)
        )

    def document(self, *items: str) -> bytes:
        return pushed_rss(self.hub.url + "/", self.url, *items).encode()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def poll(self, **later: float) -> list[PollResult]:
        self.now += timedelta(**later)
        return await poll.poll(self.context, self.now)

    async def ask(self, **later: float) -> None:
        """Ask the hubs that are due, and let them verify."""
        self.now += timedelta(**later)
        await self.subscriber.ask_hubs()
        await self.hub.rest()

    async def push(self, *items: str, **how: Any) -> int:
        status = await self.hub.push(self.document(*items), **how)
        await asyncio.gather(*self.tasks)
        return status

    async def deliver(self) -> list[str]:
        return await deliver.deliver(self.context, self.now)

    async def row(self) -> Any:
        """The one subscription, and when its feed is polled (`poll_at`)."""

        def find(tx: Any) -> Any:
            cursor = tx.db.execute(
                "SELECT s.*, f.pushed_until, f.due_at AS poll_at"
                " FROM feeds f LEFT JOIN subscriptions s ON s.feed_id = f.id"
            )
            columns = [column[0] for column in cursor.description]
            return dict(zip(columns, cursor.fetchone(), strict=True))

        return await self.store.write(find)


def at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, NOW.tzinfo)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A push that waits for a poll looks again soon, and for as long as before."""
    monkeypatch.setattr(websub_subscriber, "_PAUSE", 0.02)
    monkeypatch.setattr(websub_subscriber, "_TRIES", 3_000)


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Newsroom]:
    async with opened(store) as found:
        yield found


@asynccontextmanager
async def opened(store: Store, **settings: Any) -> AsyncIterator[Newsroom]:
    """Its feed was polled once, empty, so that what comes next is news."""
    limits: Any = {"timeout": 5.0, "max_body": 1 << 20, "user_agent": "test", "at_once": 8}
    callback = f"http://127.0.0.1:{free_port()}/websub"
    async with feed_server() as server, Fetcher(**limits) as fetcher, fake_hub() as hub:
        feeds = [feed(f"{server.url}/a", **({"adapts": True} | settings))]
        channel = Recorder()
        opened_desk = replace(
            context(
                store, feeds, [topic()], {"desk": channel}, fetch=fetcher.fetch, scan_one=in_thread
            ),
            ask_hub=fetcher.ask_hub,
        )
        await store.write(lambda tx: tx.feeds.sync(feeds, NOW))
        subscriber = Subscriber(
            lambda: found.context,
            lambda: found.now,
            lambda work: found.start(work),  # noqa: PLW0108 - found is to come
            callback=callback,
            lease=LEASE,
        )
        found = Newsroom(opened_desk, server, hub, channel, feeds[0].url, callback, subscriber)
        found.serve()
        port = int(callback.split(":")[2].partition("/")[0])
        async with callback_server("127.0.0.1", port, 1 << 20, subscriber):
            await found.poll()
            yield found
            await asyncio.gather(*found.tasks)


async def test_a_feed_that_names_a_hub_is_subscribed_and_verified(room: Newsroom) -> None:
    await room.ask()
    (asked,) = room.hub.asked
    row = await room.row()
    assert asked == {
        "hub.callback": f"{room.callback}/{row['token']}",
        "hub.mode": "subscribe",
        "hub.topic": room.url,
        "hub.lease_seconds": "864000",
        "hub.secret": row["secret"],
    }
    assert room.hub.verified == [(200, "a-challenge")]
    assert at(row["lease_until"]) == room.now + timedelta(days=10)
    assert (len(row["token"]), len(row["secret"])) == (43, 64)
    assert len(row["secret"]) < 200  # as the Recommendation wants it


async def test_the_echo_cannot_be_taken_for_a_page(room: Newsroom) -> None:
    room.hub.challenge = "<script>alert(1)</script>"
    await room.ask()
    assert room.hub.headers["Content-Type"] == "application/octet-stream"
    assert room.hub.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_hub_may_verify_before_it_answers(room: Newsroom) -> None:
    room.hub.verifies = "before"
    await room.ask()
    assert (await room.row())["lease_until"]


async def test_what_is_pushed_becomes_an_alert_at_once(room: Newsroom) -> None:
    await room.ask()
    assert await room.push(item("ICBM", room.now)) == 202
    assert await room.deliver() == ["sent"]
    assert room.channel.sent[0].reports[0].title == "ICBM"


async def test_what_was_pushed_is_not_new_to_the_next_poll(room: Newsroom) -> None:
    await room.ask()
    entries = [item(f"ICBM {number}", room.now) for number in range(3)]
    for entry in entries:  # each alone: a hub may leave out what it pushed before
        await room.push(entry)
    room.serve(*entries)
    (polled,) = await room.poll(hours=7)
    assert (polled.outcome, polled.articles, polled.gapped) == ("ok", 0, False)
    assert (await room.row())["pushed_until"]


@pytest.mark.parametrize(
    "how",
    [
        {"signature": ""},
        {"signature": "sha256=00"},
        {"secret": "another"},
        {"signature": "md5=d41d8cd98f00b204e9800998ecf8427e"},
    ],
    ids=["unsigned", "wrong", "another secret", "unknown algorithm"],
)
async def test_what_is_not_signed_is_answered_dropped_and_counted(
    room: Newsroom, how: dict[str, str]
) -> None:
    await room.ask()
    with structlog.testing.capture_logs() as logs:
        assert await room.push(item("ICBM", room.now), **how) == 202
    assert await room.deliver() == []
    row = await room.row()
    assert (row["pushes"], row["dropped"]) == (0, 1)
    assert [log["event"] for log in logs] == ["push dropped"]


@pytest.mark.parametrize("algorithm", sorted(websub.ALGORITHMS))
async def test_each_algorithm_of_signing_is_taken(room: Newsroom, algorithm: str) -> None:
    await room.ask()
    await room.push(item("ICBM", room.now), algorithm=algorithm)
    assert await room.deliver() == ["sent"]


async def test_a_live_feed_is_polled_rarely_until_a_push_is_missed(room: Newsroom) -> None:
    await room.ask()
    await room.push(item("Weather", room.now))
    assert at((await room.row())["poll_at"]) == room.now + SIX_HOURS
    room.serve(item("Weather", room.now), item("ICBM", room.now))
    (polled,) = await room.poll(hours=6)
    assert polled.articles == 1
    row = await room.row()
    assert row["pushed_until"] is None
    assert at(row["poll_at"]) < room.now + SIX_HOURS / 2
    await room.push(item("News", room.now))  # what it pushes again, it can be relied upon for
    row = await room.row()
    assert row["pushed_until"] == row["lease_until"]


async def test_a_lease_is_renewed_under_the_same_address(room: Newsroom) -> None:
    await room.ask()
    first = await room.row()
    await room.ask(days=7)
    assert len(room.hub.asked) == 1
    await room.ask(days=1, seconds=1)
    assert room.hub.asked[1] == room.hub.asked[0]
    assert (await room.row())["lease_until"] > first["lease_until"]


async def test_a_lease_that_the_hub_does_not_renew_ends_and_polls_take_over(room: Newsroom) -> None:
    await room.ask()
    room.hub.status = 503
    await room.ask(days=8, seconds=1)
    row = await room.row()
    assert row["reason"].startswith("http-503")
    room.serve(item("News", room.now))
    assert at((await room.row())["poll_at"]) <= at(row["lease_until"])
    (polled,) = await room.poll(days=2)
    assert polled.articles == 1


@pytest.mark.parametrize("verifies", ["never", "after"])
async def test_a_hub_that_refuses_or_does_not_verify_is_asked_again_later(
    room: Newsroom, verifies: str
) -> None:
    room.hub.verifies = verifies
    room.hub.status = 202 if verifies == "never" else 400
    await room.ask()
    await room.ask(minutes=4)
    assert len(room.hub.asked) == 1
    await room.ask(minutes=2)
    await room.ask(minutes=6)
    assert len(room.hub.asked) == 2
    row = await room.row()
    assert row["lease_until"] is row["pushed_until"] is None


async def test_a_hub_that_denies_is_not_asked_again(room: Newsroom) -> None:
    room.hub.denies = "not for you"
    await room.ask()
    row = await room.row()
    assert (row["reason"], row["due_at"], row["lease_until"]) == ("denied: not for you", None, None)
    room.serve(item("News", room.now))
    await room.poll(hours=1)
    await room.ask(days=30)
    assert len(room.hub.asked) == 1


async def test_a_live_subscription_may_be_denied_and_polls_take_over(room: Newsroom) -> None:
    await room.ask()
    callback, topic_ = (room.hub.asked[0][f"hub.{name}"] for name in ("callback", "topic"))
    await room.hub.get(callback, {"hub.mode": "denied", "hub.topic": topic_})
    assert (await room.row())["pushed_until"] is None


@pytest.mark.parametrize(
    "change", [{"hub.topic": "https://other.example/"}, {"hub.mode": "unsubscribe"},
               {"hub.challenge": ""}, {"hub.mode": "x"}]
)  # fmt: skip
async def test_what_we_did_not_ask_is_not_found(room: Newsroom, change: dict[str, str]) -> None:
    await room.ask()
    before = await room.row()
    query = {"hub.mode": "subscribe", "hub.topic": room.url, "hub.challenge": "c",
             "hub.lease_seconds": "99999999"}  # fmt: skip
    status, _ = await room.hub.get(room.hub.asked[0]["hub.callback"], query | change)
    assert (status, await room.row()) == (404, before)


@pytest.mark.parametrize("path", ["", "x", "a" * 43, "a" * 5_000, "..%2f..%2fetc"])
async def test_an_address_of_no_subscription_is_not_found(room: Newsroom, path: str) -> None:
    async with aiohttp.ClientSession() as session:
        for method in ("GET", "POST", "PUT", "HEAD"):
            async with session.request(method, f"{room.callback}/{path}", data=b"x") as answer:
                assert answer.status in {404, 405}


async def test_a_body_over_the_limit_is_refused(room: Newsroom) -> None:
    await room.ask()
    assert await room.hub.push(b"x" * ((1 << 20) + 1)) == 413
    bomb = gzip.compress(bytes(64 << 20))
    assert await room.hub.push(bomb, **{"Content-Encoding": "gzip"}) == 413
    assert (await room.row())["pushes"] == 0


@pytest.mark.parametrize("body", [b"<html></html>", b"", b"\x00\xff"])
async def test_a_push_that_is_no_feed_makes_it_be_polled_and_does_not_count_as_a_failure(
    room: Newsroom, body: bytes
) -> None:
    await room.ask()
    assert await room.hub.push(body) == 202
    await asyncio.gather(*room.tasks)
    row = await room.row()
    assert at(row["poll_at"]) == room.now
    (polled,) = await room.poll()
    assert polled.outcome in {"unchanged", "ok"}


@pytest.mark.parametrize("reason", [PollReason.PARSE_TIMEOUT, PollReason.WORKER_DIED])
async def test_a_hub_that_pushes_what_kills_a_worker_is_left(
    room: Newsroom, reason: PollReason
) -> None:
    await room.ask()
    scan = room.context.scan_one

    async def poisoned(*_: Any, **__: Any) -> Any:
        raise ParseError(reason)

    room.context = replace(room.context, scan_one=poisoned)
    assert await room.push(item("ICBM", room.now)) == 202
    assert await room.push(item("ICBM", room.now)) == 410
    room.context = replace(room.context, scan_one=scan)
    room.serve(item("News", room.now))
    (polled,) = await room.poll()
    await room.ask(days=30)
    assert (polled.outcome, len(room.hub.asked)) == ("ok", 1)
    assert (await room.row())["reason"] == f"its push: {reason}"


async def test_a_push_waits_for_the_poll_of_its_feed(room: Newsroom) -> None:
    await room.ask()
    room.now += timedelta(hours=7)
    (due,) = await poll.claim_feeds(room.context, room.now)
    assert await room.hub.push(room.document(item("ICBM", room.now))) == 202
    await poll.poll_one(room.context, due)
    await asyncio.gather(*room.tasks)
    assert await room.deliver() == ["sent"]


async def test_a_hub_that_pushes_faster_than_is_read_is_told_to_come_again(room: Newsroom) -> None:
    await room.ask()
    room.now += timedelta(hours=7)
    (due,) = await poll.claim_feeds(room.context, room.now)  # so that pushes wait
    entries = [item(f"ICBM {number}", room.now) for number in range(9)]
    answers = [await room.hub.push(room.document(entry)) for entry in entries]
    assert answers == [202] * 4 + [503] * 5
    await poll.poll_one(room.context, due)
    await asyncio.gather(*room.tasks)
    assert (await room.row())["pushes"] == 4
    assert await room.push(entries[8]) == 202


async def test_a_crash_after_the_answer_to_a_push_has_the_feed_polled_soon(room: Newsroom) -> None:
    await room.ask()
    await room.push(item("Weather", room.now))
    room.start = lambda work: work.close()  # type: ignore[method-assign] # as if the process had died
    await room.hub.push(room.document(item("ICBM", room.now)))
    assert at((await room.row())["poll_at"]) <= room.now + timedelta(minutes=1)


# ── leaving ───────────────────────────────────────────────────────────────────────────────────


async def test_a_feed_that_leaves_the_configuration_is_unsubscribed(room: Newsroom) -> None:
    await room.ask()
    await leave(room)
    await room.ask()
    assert room.hub.asked[1]["hub.mode"] == "unsubscribe"
    assert room.hub.asked[1]["hub.callback"] == room.hub.asked[0]["hub.callback"]
    assert room.hub.verified[1] == (200, "a-challenge")
    assert (await room.row())["token"] is None


async def test_what_is_pushed_to_one_that_left_is_answered_as_gone(room: Newsroom) -> None:
    await room.ask()
    await leave(room)
    assert await room.push(item("ICBM", room.now)) == 410


async def test_a_feed_that_its_publisher_closes_is_unsubscribed(room: Newsroom) -> None:
    await room.ask()
    room.server.documents["a"] = 410
    await room.poll(hours=7)
    assert await room.push(item("ICBM", room.now)) == 410
    await room.ask()
    assert room.hub.asked[1]["hub.mode"] == "unsubscribe"


async def leave(room: Newsroom) -> None:
    def change(tx: Any) -> None:
        tx.feeds.sync([], room.now)
        tx.subscriptions.rely_on_hubs(room.now)

    await room.store.write(change)


async def test_a_hub_that_does_not_let_go_is_forgotten_when_its_lease_ends(room: Newsroom) -> None:
    await room.ask()
    await leave(room)
    room.now += timedelta(days=11)
    await room.store.write(lambda tx: tx.subscriptions.rely_on_hubs(room.now))
    assert (await room.row())["token"] is None


async def test_a_feed_that_names_another_hub_is_subscribed_there_under_another_address(
    room: Newsroom,
) -> None:
    await room.ask()
    before = await room.row()
    room.serve(item("News", room.now), hub=f"{room.hub.url}/moved/308")
    await room.poll(hours=7)
    after = await room.row()
    assert after["token"] != before["token"]
    assert after["secret"] != before["secret"]
    assert after["pushed_until"] is None


async def test_a_feed_that_names_no_hub_any_more_is_unsubscribed(room: Newsroom) -> None:
    await room.ask()
    room.serve(item("News", room.now), hub="")
    await room.poll(hours=7)
    await room.ask()
    assert room.hub.asked[1]["hub.mode"] == "unsubscribe"


async def test_without_somebody_who_listens_all_feeds_are_polled(room: Newsroom) -> None:
    await room.ask()
    await room.store.write(lambda tx: tx.subscriptions.rely_on_polls())
    assert (await room.row())["pushed_until"] is None


# ── guards ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("status", "reached"), [(307, 1), (308, 1), (301, 0), (302, 0), (303, 0)])
async def test_only_a_redirect_that_keeps_the_form_is_followed(
    room: Newsroom, status: int, reached: int
) -> None:
    room.serve(item("News", room.now), hub=f"{room.hub.url}/moved/{status}")
    await room.poll(hours=7)
    await room.ask()
    assert len(room.hub.asked) == reached


async def test_the_address_of_a_hub_is_guarded_as_that_of_a_feed(room: Newsroom) -> None:
    with pytest.raises(FetchError, match="refused-address"):
        await room.context.ask_hub(f"{room.hub.url}/", {"hub.mode": "subscribe"})
    assert room.hub.asked == []


async def test_no_hub_is_told_of_a_feed_with_a_secret(store: Store) -> None:
    async with opened(store, headers=(("X-Key", "secret"),)) as room:
        await room.ask()
        assert room.hub.asked == []


async def test_secret_and_token_are_neither_logged_nor_shown(room: Newsroom) -> None:
    with structlog.testing.capture_logs() as logs:
        await room.ask()
        await room.push(item("ICBM", room.now), secret="another")
        room.hub.status = 500
        await room.ask(days=9)
    row = await room.row()
    subscription = await room.subscriber.find(row["token"])
    for hidden in (row["token"], row["secret"]):
        assert hidden not in repr(logs) + repr(subscription)


async def test_a_port_that_is_taken_is_said(room: Newsroom) -> None:
    port = int(room.callback.split(":")[2].partition("/")[0])
    with pytest.raises(MonitorError, match=r"websub\.port: 127\.0\.0\.1:\d+ cannot be used"):
        async with callback_server("127.0.0.1", port, 1, room.subscriber):
            pass


# ── the configuration ─────────────────────────────────────────────────────────────────────────

REST = "feeds: [{url: https://news.example/rss}]\ntopics: [{id: a, title: A, any: [b]}]\n"


def configured(folder: Path, section: str) -> Any:
    path = folder / "config.yaml"
    path.write_text(f"websub: {section}\n{REST}", encoding="utf-8")
    return load(path).websub


def test_websub_is_off_unless_it_is_configured(tmp_path: Path) -> None:
    assert configured(tmp_path, "") is None
    found = configured(tmp_path, "{callback: 'https://desk.example/websub', port: 8787}")
    assert (found.host, found.lease) == ("127.0.0.1", LEASE)


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        ("desk.example", "expected an address such as https://"),
        ("ftp://desk.example", "expected an address such as https://"),
        ("https://desk.example/?a=1", "expected an address such as https://"),
        ("https://user:secret@desk.example/", "expected an address such as https://"),
        ("http://desk.example/", "expected https"),
    ],
)
def test_a_callback_that_hubs_cannot_safely_use_is_a_mistake(
    tmp_path: Path, callback: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        configured(tmp_path, f"{{callback: '{callback}', port: 8787}}")
    assert "config.yaml:1:" in str(caught.value)
    assert "websub.callback" in str(caught.value)


@pytest.mark.parametrize("wrong", ["port: 0", "port: 8787, lease: 10s", "port: 8787, lease: 60d"])
def test_a_port_or_lease_out_of_range_is_a_mistake(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError):
        configured(tmp_path, f"{{callback: 'https://desk.example/', {wrong}}}")


# ── the service ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
async def test_the_service_subscribes_takes_a_push_and_alerts(site: Installation) -> None:
    port = free_port()
    async with fake_hub() as hub:

        def document(*titles: str) -> str:
            entries = (item(title, datetime.now(UTC)) for title in titles)
            return pushed_rss(f"{hub.url}/", f"{site.feeds.url}/a", *entries)

        site.feeds.documents["a"] = document()
        site.write("a")
        site.replace("interval: 1s", "interval: 1h")  # so that no poll brings what is pushed
        websub_ = f'websub: {{callback: "http://127.0.0.1:{port}/hub", port: {port}}}\n'
        site.replace("feeds:\n", f"{websub_}feeds:\n")
        process = await site.start()
        await until(lambda: site.events("subscribed"))
        assert await hub.push(document("ICBM").encode()) == 202
        await until(lambda: site.slack.posted)
        assert [status for _, status in site.feeds.requests] == [200]
        secret = hub.asked[0]["hub.secret"]
        assert secret not in site.log()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 300) == 0
