"""What of a story is sent, when and how often: from the transaction that stores it to a channel."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from amounts import sample
from conftest import NOW
from fakes import AT_ONCE, FakeSlack, Recorder, article, context, fake_slack, feed, topic
from measured import less_than

from monitor.alerts.silences import Silence
from monitor.channels.formatting import heading
from monitor.channels.slack.client import Slack
from monitor.errors import DeliveryError
from monitor.matching.matcher import matcher_for
from monitor.model import (
    DigestKind,
    Fetched,
    Figure,
    MatchedArticle,
    Message,
    Mode,
    Notice,
    Scan,
    Severity,
    StoryFeatures,
)
from monitor.pipeline import deliver
from monitor.pipeline.ingest import ingest
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.alerts import Delivery
    from monitor.channels import Channel
    from monitor.model import Topic
    from monitor.pipeline.context import PipelineContext
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

FEEDS = [
    feed(f"https://{name.lower()}.example/feed", publisher=name, interval=1.0, kind=kind)
    for name, kind in (("One", "wire"), ("Two", "wire"), ("Three", "wire"), ("State", "state"))
]
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LOST = DeliveryError("no answer", in_doubt=True)
REVOKED = DeliveryError("invalid_auth", blame="operator")


@dataclass
class Newsdesk:
    """A desk whose feeds bring what a test says, at a moment that it moves on."""

    context: PipelineContext
    channel: Recorder
    now: datetime = NOW
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = self.context.store

    async def report(
        self,
        *titles: str,
        by: str = "One",
        troops: int = 0,
        text: str = "",
        marks: tuple[str, ...] = (),
        **later: float,
    ) -> None:
        """Let a publisher's feed bring articles; the same headline or marks are the same story."""
        self.now += timedelta(**(later or {"seconds": 2}))
        figures = (Figure(troops, "troops", "", "", "title", 0, 1),) if troops else ()
        articles = [
            article(title, text, publisher=by, link=f"https://{by}.example/{self.now}/{number}")
            for number, title in enumerate(titles)
        ]
        found = matcher_for(self.context.packed).match(articles)
        features = tuple((mark, 1.0) for mark in marks)
        story_features = StoryFeatures("en", features, figures=figures)
        scanned = tuple(
            MatchedArticle(each, matches, story_features)
            for each, matches in zip(articles, found, strict=True)
        )
        await self.store.write(lambda tx: self._poll(tx, by, scanned))

    def _poll(self, tx: Transaction, by: str, scanned: tuple[MatchedArticle, ...]) -> None:
        lease_at = self.now + MINUTE
        for due in tx.feeds.claim(self.now, lease_at, at_most=99, per_host=99, host_delay=0):
            new = scanned if self.context.feeds[due.url].publisher == by else ()
            ingest(tx, self.context, due, Fetched(b"", b""), Scan("", "", frozenset(), new, ()))

    async def deliver(self, **later: float) -> list[str]:
        """Move on and send all that is due; returns how each send ended."""
        self.now += timedelta(**later)
        ended: list[str] = []
        while delivered := await deliver.deliver(self.context, self.now):
            ended += delivered
        return ended

    @property
    def sent(self) -> list[Message]:
        return self.channel.sent

    def rows(self) -> list[dict[str, Any]]:
        """The alerts, the oldest first."""
        with Reader(self.store.path) as reader:
            return reader.alerts()[::-1]

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows()]


async def opened(
    store: Store,
    delivery: Delivery = AT_ONCE,
    *,
    topics: tuple[Topic, ...] = (),
    channel: Channel | None = None,
) -> Newsdesk:
    """A newsdesk whose feeds were polled before, so that what comes next is news."""
    recorder = Recorder()
    opened_desk = context(
        store,
        FEEDS,
        list(topics or [topic()]),
        {"desk": channel or recorder},
        fetch=None,
        scan_one=None,
        delivery=delivery,
    )
    await store.write(lambda tx: tx.feeds.sync(FEEDS, NOW))
    room = Newsdesk(opened_desk, recorder)
    await room.report(minutes=0)
    return room


@pytest.fixture
async def room(store: Store) -> Newsdesk:
    return await opened(store)


# ── one message a story ───────────────────────────────────────────────────────────────────────


async def test_reports_that_come_while_a_story_waits_are_one_message(store: Store) -> None:
    room = await opened(store, replace(AT_ONCE, group_wait=60.0))
    await room.report("ICBM test", by="One")
    await room.report("ICBM test", by="Two", seconds=30)
    assert await room.deliver(seconds=29) == []
    assert await room.deliver(seconds=2) == ["sent"]
    [message] = room.sent
    assert (message.thread, len(message.reports)) == (None, 1)
    assert [voice.publisher for voice in message.reports[0].publisher_reports] == ["One", "Two"]
    assert room.states() == ["sent", "counted"]
    assert room.rows()[1]["reason"] == f"sent together with alert {room.rows()[0]['id']}"


async def test_two_topics_of_joined_reports_are_told_together(store: Store) -> None:
    room = await opened(store, topics=(topic("icbm"), topic("kim", "Kim", severity=Severity.INFO)))
    await room.report("ICBM test", by="One")
    await room.report("ICBM test", by="Two", text="Kim was there")
    await room.deliver()
    assert [(m.reports[0].topics, m.reports[0].severity) for m in room.sent] == [
        (("ICBM", "KIM"), Severity.WARNING)
    ]


def flood(room: Newsdesk, troops: list[int]) -> tuple[MatchedArticle, ...]:
    """Reports of one headline, each with a text and a figure of its own."""
    articles = [
        article(
            "ICBM test",
            f"{room.now} {number}",
            link=f"https://one.example/{room.now}/{number}",
            published_at=room.now - timedelta(seconds=len(troops) - number),
        )
        for number in range(len(troops))
    ]
    found = matcher_for(room.context.packed).match(articles)
    figures = [Figure(count, "troops", "", "", "title", 0, 1) for count in troops]
    return tuple(
        MatchedArticle(each, matches, StoryFeatures("en", figures=(figure,)))
        for each, matches, figure in zip(articles, found, figures, strict=True)
    )


async def test_a_flood_of_reports_that_wait_is_claimed_at_once(store: Store) -> None:
    room = await opened(store, replace(AT_ONCE, group_wait=60.0))
    reports = flood(room, list(range(1_000, 1_600)))
    room.now += MINUTE
    await store.write(lambda tx: room._poll(tx, "One", reports))
    with less_than(6):
        assert await room.deliver(minutes=2) == ["sent"]
    assert len(room.sent) == 1


async def test_of_a_flood_in_one_poll_only_the_first_reports_are_compared(room: Newsdesk) -> None:
    await room.report("ICBM test", troops=10)
    await room.deliver()
    reports = flood(room, [10] * 59 + [11_000])
    room.now += MINUTE
    await room.store.write(lambda tx: room._poll(tx, "One", reports))
    assert set(room.states()) == {"counted"}  # the 50 newest

    room.now += MINUTE
    reports = flood(room, [12_000])
    await room.store.write(lambda tx: room._poll(tx, "One", reports))
    assert room.rows()[-1]["news"] == ["troops: 11,000 → 12,000"]


async def test_a_report_that_repeats_is_counted_and_the_first_message_edited(
    room: Newsdesk,
) -> None:
    await room.report("ICBM test", by="One")
    await room.deliver()
    await room.report("ICBM test", by="Two")
    assert await room.deliver() == ["sent"]
    first, edit = room.sent
    assert (first.edits, edit.edits, edit.key) == (None, "ref-1", first.key)
    assert [voice.publisher for voice in edit.reports[0].publisher_reports] == ["One", "Two"]
    assert room.states() == ["sent", "counted"]


async def report_in_better_words(room: Newsdesk) -> None:
    """Two more publishers tell, in words that are alike, what a vague headline began."""
    marks = ("@place:sunan", "number:1000", "name:hmd", "day:2024-10-31")
    await room.report("ICBM: what we know", by="One", marks=marks)
    await room.deliver()
    await room.report("North Korea tests an ICBM near Sunan", by="Two", marks=marks)
    await room.report("ICBM test near Sunan, North Korea says", by="Three", marks=marks)


async def test_the_first_message_is_edited_to_the_headline_that_most_publishers_are_like(
    room: Newsdesk,
) -> None:
    await report_in_better_words(room)
    await room.deliver(minutes=5)
    first, edit = room.sent[0], room.sent[-1]
    assert (first.reports[0].title, edit.edits) == ("ICBM: what we know", "ref-1")
    titling = edit.reports[0]
    assert (titling.title, titling.publisher) == ("North Korea tests an ICBM near Sunan", "Two")
    assert len(titling.publisher_reports) == 3


async def test_a_message_is_not_titled_by_a_publisher_who_is_silenced(room: Newsdesk) -> None:
    silence = Silence("", "", "Two", room.now, room.now + HOUR)
    await room.store.write(lambda tx: tx.silences.add(silence))
    await report_in_better_words(room)
    await room.deliver(minutes=5)
    assert "Two" not in {message.reports[0].publisher for message in room.sent}


async def test_edits_wait_and_are_one_for_all_reports_of_the_time(store: Store) -> None:
    room = await opened(store, replace(AT_ONCE, edit_wait=60.0))
    await room.report("ICBM test", by="One")
    await room.deliver()
    await room.report("ICBM test", by="Two")
    await room.report("ICBM test", by="Two", seconds=30)
    assert await room.deliver() == []
    assert await room.deliver(seconds=30) == ["sent"]
    assert len(room.sent[1].reports[0].publisher_reports) == 2
    assert await room.deliver(hours=1) == []


async def test_a_report_that_comes_while_an_edit_is_on_its_way_brings_another_edit(
    room: Newsdesk,
) -> None:
    await room.report("ICBM test", by="One")
    await room.deliver()
    await room.report("ICBM test", by="Two")
    [claimed] = await deliver.claim_alerts(room.context, room.now)
    await room.report("ICBM test", by="State")
    await deliver.deliver_one(room.context, claimed, room.now)
    assert await room.deliver() == ["sent"]
    assert len(room.sent[-1].reports[0].publisher_reports) == 3


async def test_an_edit_that_is_refused_is_given_up(room: Newsdesk) -> None:
    await room.report("ICBM test", by="One")
    await room.deliver()
    await room.report("ICBM test", by="Two")
    room.channel.errors = [DeliveryError("message_not_found", blame="message")]
    await room.deliver()
    assert await room.deliver(hours=1) == []
    assert room.states() == ["sent", "counted"]


async def test_a_channel_that_cannot_edit_is_sent_no_edits(store: Store) -> None:
    room = await opened(store)
    room.channel.can_edit = False
    await room.report("ICBM test", by="One")
    await room.deliver()
    await room.report("ICBM test", by="Two")
    assert await room.deliver(hours=1) == []


async def test_a_new_figure_is_a_reply_shown_in_the_channel_and_says_what_changed(
    room: Newsdesk,
) -> None:
    await room.report("ICBM test", by="One", troops=8_000)
    await room.deliver()
    await room.report("ICBM test", by="Two", troops=11_000)
    await room.deliver()
    _, reply = room.sent[:2]
    assert (reply.thread, reply.broadcast) == ("ref-1", True)
    assert reply.reports[0].news == ("troops: 8,000 → 11,000",)
    assert room.rows()[1]["news"] == ["troops: 8,000 → 11,000"]
    assert room.sent[2].reports[0].figures == ("troops: 8,000 → 11,000",)


async def test_news_that_come_before_a_reply_goes_out_are_told_by_it(store: Store) -> None:
    room = await opened(store)
    await room.report("ICBM test", by="One", troops=8_000)
    await room.deliver()
    await room.report("ICBM test", by="Two", troops=9_000)
    await room.report("ICBM test", by="State", troops=10_500)
    assert await room.deliver(minutes=1) == ["sent"]  # the edit; small news keep a pause
    await room.deliver(minutes=10)
    replies = [message for message in room.sent if message.thread]
    assert [reply.reports[0].news for reply in replies] == [("troops: 8,000 → 10,500",)]


async def test_big_news_do_not_wait_for_small_ones_and_take_them_along(room: Newsdesk) -> None:
    await room.report("ICBM test", by="One", troops=8_000)
    await room.deliver()
    await room.report("ICBM test", by="Two", troops=9_000)
    await room.report("ICBM test", by="Two", troops=20_000)
    await room.deliver()
    [reply] = [message for message in room.sent if message.thread]
    assert reply.reports[0].news == ("troops: 8,000 → 20,000",)
    assert reply.broadcast


async def test_the_first_voice_that_is_no_states_is_told(room: Newsdesk) -> None:
    await room.report("ICBM test", by="State")
    await room.deliver()
    await room.report("ICBM test", by="One")
    await room.deliver()
    assert "independent confirmation" in room.sent[1].reports[0].news[0]


async def test_a_story_that_goes_on_is_told_again_after_a_day(room: Newsdesk) -> None:
    await room.report("ICBM test", by="One")
    await room.deliver()
    await room.report(hours=25)
    await room.report("ICBM test", by="Two")
    await room.deliver()
    assert room.sent[1].reports[0].news == (
        "still going on: 2 publishers since 2024-10-31 18:00 UTC",
    )


async def test_what_a_digest_told_is_not_told_again_without_news(store: Store) -> None:
    room = await opened(store)
    await room.report("ICBM test", by="One", hours=20)  # as after an outage
    await room.deliver()
    await room.report("ICBM test", by="Two")
    await room.deliver()
    assert [message.digest for message in room.sent] == [DigestKind.CATCHING_UP]
    assert room.states() == ["digested", "counted"]


async def test_a_silenced_report_leaves_the_first_message_to_the_next(store: Store) -> None:
    room = await opened(store, replace(AT_ONCE, group_wait=60.0))
    quiet = Silence("", "", "State", NOW, NOW + HOUR)
    silence_id = await store.write(lambda tx: tx.silences.add(quiet))
    await room.report("ICBM test", by="State")
    await room.report("ICBM test", by="One")
    await room.deliver(minutes=1)
    assert [message.reports[0].publisher for message in room.sent] == ["One"]
    assert room.states() == ["silenced", "sent"]
    assert room.rows()[0]["reason"] == f"silence {silence_id}"


async def test_a_muted_story_is_told_no_more(room: Newsdesk) -> None:
    await room.report("ICBM test", by="One", troops=8_000)
    await room.deliver()
    story = room.rows()[0]["story"]
    await room.store.write(
        lambda tx: tx.silences.silence_for(7 * 86_400, room.now, story=story, by="Kim")
    )
    await room.report("ICBM test", by="Two", troops=11_000)
    await room.deliver()
    assert [message.thread for message in room.sent if not message.edits] == [None]
    assert room.states() == ["sent", "silenced"]


async def test_a_publisher_who_says_it_again_brings_no_edit(room: Newsdesk) -> None:
    await room.report("ICBM test", by="One")
    await room.deliver()
    await room.report("ICBM test", by="One", text="Again")
    assert await room.deliver(hours=1) == []
    assert room.states() == ["sent", "counted"]


# ── digests ───────────────────────────────────────────────────────────────────────────────────


async def test_quiet_hours_are_one_digest_in_the_morning(store: Store) -> None:
    room = await opened(store, replace(AT_ONCE, quiet=(time(18), time(7))))
    await room.report("ICBM one")
    await room.report("ICBM two", hours=5)
    assert await room.deliver(hours=7) == []
    assert await room.deliver(hours=1) == ["sent"]
    [message] = room.sent
    assert heading(message) == "Digest: 2 stories held through quiet hours"
    assert room.states() == ["digested", "digested"]


async def test_what_is_told_in_digests_waits_for_the_next_one(store: Store) -> None:
    delivery = replace(AT_ONCE, zone="Asia/Seoul", digests=("0 9 * * *",))
    room = await opened(store, delivery, topics=(topic(mode=Mode.DIGEST),))
    await room.report("ICBM one")
    assert await room.deliver(hours=5) == []
    assert await room.deliver(hours=1) == ["sent"]
    assert heading(room.sent[0]) == "Digest: 1 story since the last digest"


async def test_a_restart_leaves_digests_at_their_time(store: Store) -> None:
    weekly = topic(mode=Mode.DIGEST, digest=("0 8 * * mon",))
    room = await opened(store, topics=(weekly,))
    await room.report("ICBM one")
    await store.write(lambda tx: tx.feeds.release_leases(room.now))
    assert await room.deliver(hours=1) == []
    assert await room.deliver(days=7) == ["sent"]


async def test_a_flood_becomes_one_digest_after_the_limit_of_an_hour(store: Store) -> None:
    room = await opened(store, replace(AT_ONCE, per_hour=3))
    for number in range(8):
        await room.report(f"ICBM {number}")
        await room.deliver()
    assert len(room.sent) == 3
    await room.deliver(hours=1)
    assert [len(message.reports) for message in room.sent] == [1, 1, 1, 5]
    first_line = "Digest: 5 stories beyond what this channel takes in an hour"
    assert heading(room.sent[3]) == first_line
    await room.report(hours=1)
    await room.report("ICBM later")
    await room.deliver()
    assert not room.sent[-1].digest


async def test_a_flood_within_one_poll_is_capped_too(store: Store) -> None:
    room = await opened(store, replace(AT_ONCE, per_hour=3, group_wait=60.0))
    await room.report(*(f"ICBM {number}" for number in range(10)))
    await room.deliver(minutes=1)
    assert len(room.sent) == 3
    await room.deliver(hours=1)
    assert [len(message.reports) for message in room.sent] == [1, 1, 1, 7]


async def test_a_flood_of_hours_is_a_few_messages_and_one_digest_an_hour(store: Store) -> None:
    room = await opened(store, replace(AT_ONCE, per_hour=3))
    for minute in range(150):
        await room.report(f"ICBM {minute} early", f"ICBM {minute} late", minutes=1)
        await room.deliver()
    await room.deliver(hours=1)
    digests = [message for message in room.sent if message.digest]
    assert (len(digests), len(room.sent) - len(digests)) == (3, 7)
    told = [report.story for message in room.sent for report in message.reports]
    assert len(told) == len(set(told)) == 7 + 3 * 10
    with Reader(store.path) as reader:
        states = {row["state"]: row["alerts"] for row in reader.alert_states()}
    assert states == {"sent": 7, "digested": 300 - 7}


async def test_a_digest_of_a_flood_shows_ten_stories_and_counts_the_others(store: Store) -> None:
    topics = (topic(), topic("kursk", "Kursk", severity=Severity.CRITICAL))
    room = await opened(store, replace(AT_ONCE, quiet=(time(12), time(20))), topics=topics)
    room.channel.errors = [REVOKED]
    await room.report(*(f"ICBM {number}" for number in range(46)), hours=9)
    await room.report("ICBM 7", by="Two")
    await room.report("Kursk one", "Kursk two", "Kursk three")
    await room.deliver()
    assert await room.deliver(minutes=21) == ["sent"]
    [message] = room.sent
    assert heading(message) == "Digest: 49 stories that waited until this channel was mended"
    shown = [report.title for report in message.reports]
    assert sorted(shown[:3]) == ["Kursk one", "Kursk three", "Kursk two"]
    assert shown[3] == "ICBM 7"
    assert len(shown) == 10
    assert message.more == "39 more (ICBM 39): `monitor stories --since 24h`"
    assert room.states() == ["digested"] * 50


async def test_a_later_digest_does_not_go_out_with_an_earlier_one(store: Store) -> None:
    room = await opened(store, replace(AT_ONCE, quiet=(time(18), time(7))))
    await room.report("ICBM one")
    room.now = NOW + timedelta(days=1, minutes=1)
    await room.report("ICBM two")
    await room.deliver()
    assert [report.title for report in room.sent[0].reports] == ["ICBM one"]


async def test_all_that_waited_for_a_mended_channel_is_one_digest(room: Newsdesk) -> None:
    await room.report("ICBM one")
    await room.report("ICBM two")
    room.channel.errors = [REVOKED, REVOKED]
    assert await room.deliver() == ["failed"]
    await room.report("ICBM three")
    assert await room.deliver(minutes=19) == []
    await room.report("ICBM four")
    assert await room.deliver(minutes=2) == ["failed"]
    assert await room.deliver(minutes=21) == ["sent"]
    [message] = room.sent
    assert heading(message) == "Digest: 4 stories that waited until this channel was mended"
    assert room.states() == ["digested"] * 4
    await room.report("ICBM five")
    await room.deliver()
    assert not room.sent[1].digest


async def test_a_channel_that_is_mended_at_night_keeps_the_quiet_hours(store: Store) -> None:
    grave = topic("grave", "Kim", severity=Severity.CRITICAL)
    delivery = replace(AT_ONCE, quiet=(time(18), time(7)))
    room = await opened(store, delivery, topics=(topic(), grave))
    await room.report("ICBM one")
    await room.report("Kim speaks")
    room.channel.errors = [REVOKED]
    await room.deliver()
    await room.report("ICBM two")
    await room.deliver(hours=1)
    assert [report.title for message in room.sent for report in message.reports] == ["Kim speaks"]
    await room.deliver(hours=12)
    assert heading(room.sent[1]) == "Digest: 2 stories held through quiet hours"


async def test_a_retry_by_the_operator_sends_all_of_a_stopped_channel_at_once(
    room: Newsdesk,
) -> None:
    await room.report("ICBM one")
    await room.report("ICBM two")
    room.channel.errors = [REVOKED]
    await room.deliver()
    await room.store.write(lambda tx: tx.maintenance.retry_failed(None, room.now))
    assert await room.deliver() == ["sent"]
    assert len(room.sent[0].reports) == 2


# ── a channel that is away ────────────────────────────────────────────────────────────────────

AWAY = DeliveryError("http-503")


async def test_what_waits_for_a_channel_goes_out_in_order_within_five_minutes(
    room: Newsdesk,
) -> None:
    room.channel.errors = [AWAY] * 20
    for number in range(6):
        await room.report(f"ICBM {number}")
        await room.deliver(minutes=2)
    room.channel.errors = []
    await room.deliver(minutes=5)
    titles = [report.title for message in room.sent for report in message.reports]
    assert sorted(titles) == [f"ICBM {number}" for number in range(6)]
    assert titles[1:] == sorted(titles[1:])


async def test_a_channel_that_is_away_for_a_moment_gets_all_in_order(room: Newsdesk) -> None:
    room.channel.errors = [AWAY] * 3
    for number in range(6):
        await room.report(f"ICBM {number}")
        await room.deliver(seconds=8)
    await room.deliver(minutes=2)
    titles = [report.title for message in room.sent for report in message.reports]
    assert titles == [f"ICBM {number}" for number in range(6)]


@dataclass
class Choosy(Recorder):
    """A channel that fails on one headline only, whatever the message looks like."""

    async def send(self, message: Message) -> str:
        if message.reports[0].title == "ICBM 0":
            raise AWAY
        return await super().send(message)


async def test_a_message_that_alone_fails_holds_up_the_others_for_minutes_only(
    store: Store,
) -> None:
    room = await opened(store, channel=(channel := Choosy()))
    for number in range(30):
        await room.report(f"ICBM {number}")
    for _ in range(6 * 60):
        await room.deliver(seconds=1)
    assert len(channel.sent) > 3
    for _ in range(10 * 60):
        await room.deliver(seconds=1)
    assert len(channel.sent) == 29
    assert room.states().count("pending") == 1


async def test_a_restart_leaves_what_failed_in_its_place(room: Newsdesk) -> None:
    await room.report("ICBM one")
    await room.report("ICBM two", minutes=1)
    await deliver.claim_alerts(room.context, room.now + 5 * SECOND)
    room.now += 9 * SECOND
    await room.store.write(lambda tx: tx.feeds.release_leases(room.now))
    await room.deliver()
    assert [message.reports[0].title for message in room.sent] == ["ICBM one", "ICBM two"]


# ── notices ───────────────────────────────────────────────────────────────────────────────────

NOTICE = Notice("feed:one", "feed", "One is failing", ("since 12:00", "http-500"))


async def test_a_notice_is_sent_once_and_as_it_is(room: Newsdesk) -> None:
    assert await room.store.write(lambda tx: tx.alerts.add_notice(NOTICE, "desk", room.now))
    assert not await room.store.write(lambda tx: tx.alerts.add_notice(NOTICE, "desk", room.now))
    assert await room.store.write(lambda tx: tx.alerts.add_notice(NOTICE, "ops", room.now))
    assert await room.deliver() == ["sent"]
    [message] = room.sent
    assert (message.notice, message.reports, message.thread) == (NOTICE, (), None)
    [row] = [row for row in room.rows() if row["channel"] == "desk"]
    assert (row["kind"], row["state"], row["title"]) == ("notice", "sent", "One is failing")


async def test_a_notice_may_wait(room: Newsdesk) -> None:
    await room.store.write(lambda tx: tx.alerts.add_notice(NOTICE, "desk", room.now, wait=60.0))
    assert await room.deliver(seconds=59) == []
    assert await room.deliver(seconds=1) == ["sent"]


async def test_a_notice_is_tried_again_like_any_alert(room: Newsdesk) -> None:
    await room.store.write(lambda tx: tx.alerts.add_notice(NOTICE, "desk", room.now))
    room.channel.errors = [DeliveryError("http-500")]
    assert await room.deliver() == ["retry"]
    assert await room.deliver(seconds=6) == ["sent"]


async def test_notices_and_stories_of_a_mended_channel_all_arrive(room: Newsdesk) -> None:
    await room.store.write(lambda tx: tx.alerts.add_notice(NOTICE, "desk", room.now))
    await room.report("ICBM one")
    room.channel.errors = [REVOKED]
    await room.deliver()
    await room.deliver(minutes=21)
    assert {message.notice is not None for message in room.sent} == {True, False}


# ── answers that are lost ─────────────────────────────────────────────────────────────────────


@dataclass
class SlackDesk:
    room: Newsdesk
    slack: FakeSlack

    @property
    def keys(self) -> list[str]:
        return [each["metadata"]["event_payload"]["key"] for each in self.slack.posted]


@pytest.fixture
async def on_slack(store: Store) -> AsyncIterator[SlackDesk]:
    async with fake_slack() as slack:
        channel = Slack(token="xoxb-good", channel="#alerts", api_url=slack.url)
        channel.spacing = 0.0
        yield SlackDesk(await opened(store, channel=channel), slack)


async def test_a_first_message_whose_answer_was_lost_is_found_and_not_sent_again(
    on_slack: SlackDesk,
) -> None:
    on_slack.slack.plan = ["lost"]
    await on_slack.room.report("ICBM test")
    assert await on_slack.room.deliver() == ["retry"]
    assert on_slack.room.rows()[0]["in_doubt"]
    assert await on_slack.room.deliver(seconds=6) == ["sent"]
    assert len(on_slack.keys) == 1
    [row] = on_slack.room.rows()
    assert (row["state"], row["in_doubt"], row["repeated"]) == ("sent", 0, 0)
    assert row["ref"] == f"C1/{on_slack.slack.posted[0]['ts']}"


async def test_a_reply_whose_answer_was_lost_is_found_and_not_sent_again(
    on_slack: SlackDesk,
) -> None:
    await on_slack.room.report("ICBM test", troops=8_000)
    await on_slack.room.deliver()
    on_slack.slack.plan = ["lost"]
    await on_slack.room.report("ICBM test", by="Two", troops=11_000)
    await on_slack.room.deliver()
    await on_slack.room.deliver(seconds=6)
    first, reply = on_slack.slack.posted
    assert (reply["thread_ts"], len(set(on_slack.keys))) == (first["ts"], 2)
    assert on_slack.room.states() == ["sent", "sent"]


async def test_what_did_not_arrive_is_sent_again(on_slack: SlackDesk) -> None:
    on_slack.slack.plan = [500]
    await on_slack.room.report("ICBM test")
    await on_slack.room.deliver()
    await on_slack.room.deliver(seconds=6)
    assert len(on_slack.keys) == 1
    assert on_slack.room.rows()[0]["state"] == "sent"


async def test_who_may_not_read_is_told_so_once_and_the_message_sent_again_and_counted(
    on_slack: SlackDesk,
) -> None:
    on_slack.slack.unreadable = "missing_scope"
    on_slack.slack.plan = ["lost", "ok", "lost", "ok"]
    with structlog.testing.capture_logs() as logs:
        for title in ("ICBM one", "ICBM two"):
            await on_slack.room.report(title)
            await on_slack.room.deliver()
            assert await on_slack.room.deliver(seconds=6) == ["sent"]
    assert [len(on_slack.keys), len(set(on_slack.keys))] == [4, 2]
    assert [row["repeated"] for row in on_slack.room.rows()] == [1, 1]
    assert len([each for each in logs if each["event"] == "cannot look up"]) == 1


async def test_reports_that_came_since_do_not_join_a_message_in_doubt(room: Newsdesk) -> None:
    await room.report("ICBM test", by="One")
    room.channel.errors = [LOST]
    await room.deliver()
    await room.report("ICBM test", by="Two", troops=5)
    room.channel.found = "ref-found"
    await room.deliver(seconds=6)
    assert room.states() == ["sent", "counted"]
    assert room.rows()[0]["ref"] == "ref-found"


async def test_a_digest_in_doubt_is_sent_again_with_the_same_stories(room: Newsdesk) -> None:
    await room.report("ICBM one")
    await room.report("ICBM two")
    room.channel.errors = [REVOKED, LOST]
    await room.deliver()
    await room.deliver(minutes=21)
    await room.report("ICBM three", seconds=12)
    await room.deliver()
    assert [len(message.reports) for message in room.sent] == [2, 1]


async def test_what_a_crash_cut_off_is_looked_up(on_slack: SlackDesk) -> None:
    await on_slack.room.report("ICBM test")
    [claimed] = await deliver.claim_alerts(on_slack.room.context, on_slack.room.now)
    channel = on_slack.room.context.channels["desk"]
    await channel.send(claimed.message)
    await on_slack.room.store.write(lambda tx: tx.feeds.release_leases(on_slack.room.now))
    assert await on_slack.room.deliver() == ["sent"]
    assert len(on_slack.keys) == 1


async def test_a_look_up_that_fails_for_now_is_tried_later_and_nothing_sent(
    room: Newsdesk,
) -> None:
    await room.report("ICBM test")
    room.channel.errors = [LOST]
    await room.deliver()
    room.channel.cannot_verify = [DeliveryError("ratelimited", retry_after=30.0)]
    assert await room.deliver(seconds=6) == ["retry"]
    assert await room.deliver(seconds=29) == []
    assert await room.deliver(seconds=2) == ["sent"]
    assert len(room.sent) == 1


# ── all of it together ────────────────────────────────────────────────────────────────────────


@dataclass
class Flaky(Recorder):
    """A channel that fails as channels do, by chance; what it took it finds again."""

    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    mended: bool = False

    async def send(self, message: Message) -> str:
        fate = 1.0 if self.mended else self.chance.random()
        if fate < 0.1:
            raise DeliveryError("ratelimited", retry_after=5.0)
        if fate < 0.2:
            raise LOST  # and it did not arrive
        self.sent.append(message)
        if fate < 0.35:
            raise LOST
        if fate < 0.38:
            self.sent.pop()
            raise REVOKED
        return f"ref-{message.key}"

    async def find(self, message: Message, since: datetime) -> str | None:
        del since
        keys = [each.key for each in self.sent if not each.edits]
        return f"ref-{message.key}" if message.key in keys else None


@pytest.mark.parametrize("seed", sample(range(5), every=5))
async def test_whatever_fails_each_story_is_told_once_in_order_and_nothing_is_lost(
    store: Store, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in each run
    channel = Flaky(chance=chance)
    room = await opened(store, replace(AT_ONCE, group_wait=10.0, per_hour=30), channel=channel)
    for _ in range(60):
        title, by = f"ICBM {chance.randrange(6)}", chance.choice(FEEDS).publisher
        await room.report(title, by=by, troops=chance.randrange(1, 9) * 1_000)
        if chance.random() < 0.1:  # a crash after a claim
            await deliver.claim_alerts(room.context, room.now)
            await store.write(lambda tx: tx.feeds.release_leases(room.now))
        await room.deliver(seconds=chance.choice([0.5, 5, 30]))
    channel.mended = True
    while await store.write(lambda tx: tx.alerts.count_unsent()):
        await room.deliver(minutes=20)

    assert set(room.states()) <= {"sent", "counted", "digested"}
    told = [message for message in channel.sent if not message.edits]
    assert len({message.key for message in told}) == len(told)
    firsts = [m.reports[0].story for m in told if not m.thread and not m.digest]
    assert len(set(firsts)) == len(firsts)
    threads = {f"ref-{m.key}": m.reports[0].story for m in told if not m.thread}
    assert all(threads[m.thread] == m.reports[0].story for m in told if m.thread)
    stories = {report.story for message in told for report in message.reports}
    assert stories == {row["story"] for row in room.rows()}
