"""The whole path: feeds from a real local server, through the store, to a Slack on loopback."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from fakes import (
    FakeSlack,
    Recorder,
    ago,
    fake_slack,
    feed,
    item,
    rss,
    topic,
)
from newsroom import Newsroom, opened

from monitor.alerts.silences import Silence
from monitor.channels.slack.client import Slack
from monitor.errors import DeliveryError
from monitor.pipeline import deliver
from monitor.pipeline.poll import poll_one
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.store.database import Store
    from monitor.store.transaction import Transaction


@pytest.fixture
async def newsroom(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    """One feed, polled once while it was empty, so that what comes next is news."""
    async with opened(store, now) as room:
        room.serve("a")
        await room.poll()
        room.now += timedelta(minutes=11)
        yield room


async def test_a_new_article_that_hits_is_alerted_with_its_evidence(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("Test of an ICBM", newsroom.now, text="The ICBM flew far."))
    await newsroom.poll()
    assert await newsroom.deliver() == ["sent"]
    report = newsroom.channel.sent[0].reports[0]
    assert (report.topics, report.title) == (("ICBM",), "Test of an ICBM")
    start, end = report.excerpt.bold[0]
    assert report.excerpt.text[start:end] == "ICBM"


@pytest.mark.parametrize(
    ("channels", "named", "told"),
    [
        (("desk", "ops"), (), ["desk"]),
        (("desk", "ops"), ("ops",), ["ops"]),
        (("ops",), (), ["ops"]),
    ],
    ids=["another", "named", "the only one"],
)
async def test_alerts_keep_out_of_the_operations_channel_unless_they_belong_there(
    store: Store, now: datetime, channels: tuple[str, ...], named: tuple[str, ...], told: list[str]
) -> None:
    recorders = {name: Recorder() for name in channels}
    async with opened(store, now, topics=(topic(channels=named),), channels=recorders) as room:
        quiet = replace(room.context.delivery, operations="ops")
        room.context = replace(room.context, delivery=quiet)
        room.serve("a", item("ICBM", now))
        await room.poll()
        await room.deliver(minutes=10)
    assert [name for name, recorder in recorders.items() if recorder.sent] == told


async def test_an_article_that_matches_nothing_is_stored_but_not_alerted(
    newsroom: Newsroom,
) -> None:
    newsroom.serve("a", item("Flower show", newsroom.now))
    await newsroom.poll()
    assert await newsroom.deliver() == []
    assert newsroom.ledger() == {
        "entries": 1,
        "hit": 0,
        "near_miss": 0,
        "no_match": 1,
        "duplicate": 0,
        "unread": 0,
    }


async def test_an_unchanged_feed_is_answered_304_and_not_parsed(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now))
    await newsroom.poll()
    polled = await newsroom.poll(minutes=11)
    assert [each.outcome for each in polled] == ["unchanged"]
    assert newsroom.server.requests[-1] == ("/a", 304)


async def test_an_article_that_is_still_served_is_not_alerted_again(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM one", newsroom.now))
    await newsroom.poll()
    newsroom.serve("a", item("Other news", newsroom.now), item("ICBM one", newsroom.now))
    await newsroom.poll(minutes=11)
    await newsroom.deliver()
    assert len(newsroom.channel.sent) == 1


async def test_a_bumped_date_is_no_news(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM one", ago(newsroom.now, hours=3)))
    await newsroom.poll()
    newsroom.serve("a", item("ICBM one", newsroom.now))
    await newsroom.poll(minutes=11)
    await newsroom.deliver()
    assert len(newsroom.channel.sent) == 1
    assert newsroom.ledger()["entries"] == 1


async def test_a_feed_that_changes_all_its_ids_brings_no_new_articles(newsroom: Newsroom) -> None:
    links = [f"https://news.example/{number}" for number in range(3)]
    newsroom.serve(
        "a", *(item(f"ICBM {link}", newsroom.now, link=link, name=link) for link in links)
    )
    await newsroom.poll()
    newsroom.serve(
        "a", *(item(f"ICBM {link}", newsroom.now, link=link, name=f"new {link}") for link in links)
    )
    polled = await newsroom.poll(minutes=11)
    assert polled[0].articles == 0
    assert newsroom.ledger()["entries"] == 3


async def test_an_edited_headline_alerts_when_it_newly_hits(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("Unknown launch", newsroom.now, name="1"))
    await newsroom.poll()
    newsroom.serve(
        "a", item("It was an ICBM", newsroom.now, name="1", link="https://news.example/1")
    )
    polled = await newsroom.poll(minutes=11)
    [hit] = polled[0].hits
    assert (polled[0].articles, hit.topic) == (0, "icbm")
    assert await newsroom.deliver() == ["sent"]
    assert newsroom.ledger()["hit"] == 1


async def test_an_edited_headline_that_hit_before_does_not_alert_again(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM tested", newsroom.now, name="1"))
    await newsroom.poll()
    newsroom.serve("a", item("ICBM tested, Seoul says", newsroom.now, name="1"))
    await newsroom.poll(minutes=11)
    await newsroom.deliver()
    assert len(newsroom.channel.sent) == 1
    with Reader(newsroom.store.path) as reader:
        article = reader.article(newsroom.hits()[0]["id"])
    assert article is not None
    assert article["title"] == "ICBM tested, Seoul says"
    assert [version["title"] for version in article["versions"]] == [
        "ICBM tested",
        "ICBM tested, Seoul says",
    ]


async def test_a_text_that_flips_back_makes_no_new_version(newsroom: Newsroom) -> None:
    for minutes, title in enumerate(("ICBM a", "ICBM b", "ICBM a", "ICBM b")):
        newsroom.serve("a", item(title, newsroom.now, name="1"))
        await newsroom.poll(minutes=11 + minutes)
    with Reader(newsroom.store.path) as reader:
        article = reader.article(newsroom.hits()[0]["id"])
    assert article is not None
    assert len(article["versions"]) == 2


async def test_the_first_poll_alerts_nothing_old_and_sends_the_rest_as_one_digest(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, feeds=("a", "b")) as room:
        room.serve(
            "a", item("ICBM today", ago(now, hours=2)), item("ICBM last week", ago(now, days=7))
        )
        room.serve("b", item("ICBM elsewhere", ago(now, hours=3)), item("ICBM undated"))
        await room.poll()
        assert await room.deliver() == ["sent"]
        message = room.channel.sent[0]
        assert message.digest
        assert {each.title for each in message.reports} == {"ICBM today", "ICBM elsewhere"}
        assert room.alerts() == {"digested": 2, "too-old": 2}


async def test_a_digest_tells_a_story_once(store: Store, now: datetime) -> None:
    async with opened(store, now, feeds=("a", "b")) as room:
        room.serve("a", item("ICBM test!", now, name="1"))
        room.serve("b", item("icbm  Test", now, name="2", text="ICBM"))
        await room.poll()
        await room.deliver()
        assert [len(message.reports) for message in room.channel.sent] == [1]
        assert room.alerts() == {"digested": 2}


async def test_an_undated_article_is_new_when_first_seen(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM undated"))
    await newsroom.poll()
    assert await newsroom.deliver() == ["sent"]


async def test_a_date_in_the_future_becomes_the_moment_it_was_seen(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now + timedelta(days=400)))
    await newsroom.poll()
    await newsroom.deliver()
    assert newsroom.channel.sent[0].reports[0].published_at == newsroom.now


async def test_max_age_stretches_by_an_outage(newsroom: Newsroom) -> None:
    published = newsroom.now + timedelta(hours=1)
    newsroom.server.documents["a"] = 500
    await newsroom.poll()
    newsroom.serve("a", item("ICBM during the outage", published))
    await newsroom.poll(days=3)
    assert await newsroom.deliver() == ["sent"]


async def test_a_later_report_with_a_new_figure_is_a_reply_in_its_storys_thread(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, feeds=("a", "b")) as room:
        room.serve("a")
        room.serve("b")
        await room.poll()
        text = "{} soldiers watched the ICBM."
        room.serve("a", item("ICBM test", room.now, name="1", text=text.format("8,000")))
        await room.poll(minutes=11)
        await room.deliver()
        room.serve("b", item("ICBM test", room.now, name="2", text=text.format("11,000")))
        await room.poll(minutes=11)
        await room.deliver()
        first, reply, edit = room.channel.sent
        assert (first.thread, reply.thread, edit.edits) == (None, "ref-1", "ref-1")
        assert reply.reports[0].publishers == ("a",)
        assert reply.reports[0].news == ("troops: 8,000 → 11,000",)


async def test_the_same_title_after_72_hours_is_another_story(store: Store, now: datetime) -> None:
    async with opened(store, now, feeds=("a", "b")) as room:
        for name, days in (("a", 1), ("b", 4)):
            room.serve("a")
            room.serve("b")
            await room.poll(days=days)
            room.serve(name, item("ICBM weekly", room.now, name=name))
            await room.poll(minutes=11)
            await room.deliver()
        assert [message.thread for message in room.channel.sent] == [None, None]


async def test_the_same_link_through_another_feed_is_a_duplicate_and_counts_its_publisher(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, feeds=("a", "b")) as room:
        link = "https://www.news.example/story/"
        room.serve("a", item("ICBM test", now, name="1", link=link))
        await room.poll()
        room.serve("a")
        room.serve("b", item("ICBM test", now, name="x", link=f"{link}?utm_source=rss"))
        room.server.documents["b"] = rss(
            item("ICBM test", now, name="x", link=f"{link}?utm_source=rss")
        )
        await room.poll(minutes=21)
        assert room.ledger() == {
            "entries": 2,
            "hit": 1,
            "near_miss": 0,
            "no_match": 0,
            "duplicate": 1,
            "unread": 0,
        }
        assert len(room.hits()) == 1


async def test_a_duplicate_that_hits_what_the_first_did_not_is_a_hit(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, feeds=("a",)) as room:
        link = "https://news.example/story"
        room.serve("a", item("A launch", now, link=link))
        await room.poll()
        other = feed(f"{room.server.url}/b", interval=60.0)
        room.context.feeds[other.url] = other  # type: ignore[index] # a dict, as `desk` makes it
        await store.write(lambda tx: tx.feeds.sync([*room.context.feeds.values()], room.now))
        room.serve("b")
        await room.poll(seconds=1)
        room.serve("b", item("A launch", now, link=link, text="It was an ICBM."))
        await room.poll(minutes=2)
        assert await room.deliver() == ["sent"]
        assert room.ledger()["hit"] == 1


async def test_an_article_that_hits_three_topics_is_one_message(
    store: Store, now: datetime
) -> None:
    wanted = (topic("icbm"), topic("kursk", "Kursk"), topic("troops", "soldiers"))
    async with opened(store, now, topics=wanted) as room:
        room.serve("a")
        await room.poll()
        room.serve("a", item("ICBM, Kursk and soldiers", room.now))
        await room.poll(minutes=11)
        await room.deliver()
        assert [message.reports[0].topics for message in room.channel.sent] == [
            ("ICBM", "KURSK", "TROOPS")
        ]


async def test_an_edited_headline_with_a_new_figure_is_told_once_however_often_it_flips(
    newsroom: Newsroom,
) -> None:
    for figure in ("8,000", "11,000", "8,000", "11,000"):
        title = f"{figure} soldiers and an ICBM"
        newsroom.serve("a", item(title, newsroom.now, name="1", link="https://news.example/1"))
        await newsroom.poll(minutes=11)
        await newsroom.deliver()
    first, reply, *edits = newsroom.channel.sent
    assert (first.thread, reply.thread) == (None, "ref-1")
    assert reply.reports[0].news == ("troops: 8,000 → 11,000",)
    assert reply.reports[0].title == "11,000 soldiers and an ICBM"
    assert [message.edits for message in edits] == ["ref-1"]


async def test_another_feed_with_the_same_article_is_counted_in_the_first_message(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, feeds=("a", "b")) as room:
        for name in ("a", "b"):
            room.serve(name)
        await room.poll()
        for name in ("a", "b"):
            room.serve(name, item("ICBM test", room.now, link="https://news.example/1"))
            await room.poll(minutes=11)
            await room.deliver()
        _, edit = room.channel.sent
        assert (edit.edits, edit.reports[0].publishers) == ("ref-1", ("b",))
        assert room.alerts() == {"sent": 1}


async def test_topics_go_to_their_own_channels(store: Store, now: datetime) -> None:
    run_locally, there = Recorder(), Recorder()
    wanted = (topic("icbm", channels=("there",)), topic("kursk", "Kursk"))
    async with opened(
        store, now, topics=wanted, channels={"here": run_locally, "there": there}
    ) as room:
        room.serve("a")
        await room.poll()
        room.serve("a", item("ICBM", room.now), item("Kursk", room.now))
        await room.poll(minutes=11)
        await room.deliver()
    assert [message.reports[0].title for message in run_locally.sent] == ["Kursk"]
    assert {message.reports[0].title for message in there.sent} == {"ICBM", "Kursk"}


async def test_a_cancelled_hit_is_a_near_miss_with_its_reason(store: Store, now: datetime) -> None:
    async with opened(store, now, topics=(topic("kursk", "Kursk", none=("submarine",)),)) as room:
        room.serve("a", item("The submarine Kursk", now))
        await room.poll()
        assert room.ledger()["near_miss"] == 1
        assert room.alerts() == {}


async def test_a_near_miss_becomes_a_hit_when_its_text_is_edited(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, topics=(topic("kursk", "Kursk", none=("submarine",)),)) as room:
        room.serve("a", item("The submarine Kursk", now, name="1"))
        await room.poll()
        room.serve("a", item("Fighting near Kursk", now, name="1"))
        await room.poll(minutes=11)
        assert room.ledger()["hit"] == 1
        assert room.alerts() == {"pending": 1}


async def test_a_silence_holds_an_alert_back_and_the_ledger_keeps_the_hit(
    newsroom: Newsroom,
) -> None:
    until = newsroom.now + timedelta(hours=8)
    silence = Silence("icbm", "", "", newsroom.now - timedelta(hours=1), until)
    await newsroom.store.write(lambda tx: tx.silences.add(silence))
    newsroom.serve("a", item("ICBM", newsroom.now))
    await newsroom.poll()
    assert await newsroom.deliver() == ["silenced"]
    assert (newsroom.channel.sent, newsroom.alerts()) == ([], {"silenced": 1})
    assert len(newsroom.hits()) == 1


async def test_a_broken_feed_fails_alone_and_is_tried_later_and_later(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, feeds=("good", "bad")) as room:
        room.serve("good", item("ICBM", now))
        room.server.documents["bad"] = "<!DOCTYPE html><html><body>Just a moment</body></html>"
        assert {each.outcome for each in await room.poll()} == {"ok", "html"}
        assert [each.outcome for each in await room.poll(minutes=11)] == ["unchanged"]
        assert {each.outcome for each in await room.poll(minutes=11)} == {"unchanged", "html"}


async def test_an_entry_without_content_is_unread_and_counted_once(newsroom: Newsroom) -> None:
    newsroom.serve("a", "<item><guid>1</guid></item>", item("News", newsroom.now))
    await newsroom.poll()
    newsroom.serve("a", "<item><guid>1</guid></item>", item("More news", newsroom.now))
    await newsroom.poll(minutes=11)
    assert newsroom.ledger()["unread"] == 1
    assert newsroom.ledger()["entries"] == 3


async def test_a_poll_whose_claim_was_lost_changes_nothing(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now))
    limits: dict[str, Any] = {"at_most": 9, "per_host": 9, "host_delay": 0}
    lease = newsroom.now + timedelta(seconds=1)
    [old] = await newsroom.store.write(lambda tx: tx.feeds.claim(newsroom.now, lease, **limits))
    await newsroom.poll(seconds=2)
    newsroom.serve("a", item("ICBM", newsroom.now), item("Another ICBM", newsroom.now))
    assert (await poll_one(newsroom.context, old)).outcome == "lost"
    assert newsroom.ledger()["entries"] == 1


async def test_an_unchanged_poll_whose_claim_was_lost_changes_nothing(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now))
    await newsroom.poll()
    limits: dict[str, Any] = {"at_most": 9, "per_host": 9, "host_delay": 0}
    now = newsroom.now + timedelta(hours=7)
    lease = now + timedelta(seconds=1)
    [old] = await newsroom.store.write(lambda tx: tx.feeds.claim(now, lease, **limits))
    [new] = await newsroom.store.write(
        lambda tx: tx.feeds.claim(lease, lease + timedelta(hours=1), **limits)
    )
    assert (await poll_one(newsroom.context, old)).outcome == "lost"
    assert (await poll_one(newsroom.context, new)).outcome == "unchanged"


async def test_pruned_articles_that_are_still_served_are_not_new(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM one", newsroom.now, name="1"))
    await newsroom.poll()
    await newsroom.deliver()
    later = newsroom.now + timedelta(days=1)
    assert await newsroom.store.write(lambda tx: tx.articles.prune(later, later)) == 1
    newsroom.serve("a", item("ICBM one", newsroom.now, name="1", text="edited"))
    await newsroom.poll(minutes=11)
    await newsroom.deliver()
    assert len(newsroom.channel.sent) == 1
    assert newsroom.ledger()["hit"] == 1


async def test_a_rehearsal_shows_what_would_be_sent_and_changes_nothing(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, feeds=("a", "b")) as room:
        room.serve("a")
        room.serve("b")
        await room.poll()
        room.serve("a", item("ICBM test", now, name="1"))
        room.serve("b", item("ICBM test", now, name="2"))
        await room.poll(minutes=11)
        messages = await deliver.preview(room.context, room.now)
        assert [len(message.reports[0].publisher_reports) for message in messages] == [2]
        assert room.alerts() == {"pending": 2}


@dataclass
class SlackRoom:
    room: Newsroom
    slack: FakeSlack

    async def alert(self, *titles: str) -> None:
        items = (item(title, self.room.now, name=title) for title in titles)
        self.room.serve("a", *items)
        await self.room.poll(minutes=11)


@pytest.fixture
async def slack_room(store: Store, now: datetime) -> AsyncIterator[SlackRoom]:
    async with fake_slack() as slack:
        channel = Slack(token="xoxb-good", channel="#alerts", api_url=slack.url)
        async with opened(store, now, channels={"desk": channel}) as room:
            room.serve("a")
            await room.poll()
            yield SlackRoom(room, slack)


async def test_slack_gets_one_message_a_second(slack_room: SlackRoom) -> None:
    await slack_room.alert("ICBM one", "ICBM two")
    assert await slack_room.room.deliver() == ["sent"]
    assert await slack_room.room.deliver(seconds=0.5) == []
    assert await slack_room.room.deliver(seconds=0.5) == ["sent"]
    assert len(slack_room.slack.posted) == 2


@pytest.mark.parametrize("fault", [500, 503, "internal_error", "service_unavailable"])
async def test_a_passing_fault_is_retried_until_the_message_is_sent(
    slack_room: SlackRoom, fault: int | str
) -> None:
    slack_room.slack.plan = [fault, fault]
    await slack_room.alert("ICBM")
    assert await slack_room.room.deliver() == ["retry"]
    assert await slack_room.room.deliver(seconds=6) == ["retry"]
    assert await slack_room.room.deliver(seconds=11) == ["sent"]
    assert len(slack_room.slack.posted) == 1


async def test_retry_after_is_honoured_for_the_whole_channel(slack_room: SlackRoom) -> None:
    slack_room.slack.plan, slack_room.slack.retry_after = [429], 30
    await slack_room.alert("ICBM one", "ICBM two")
    assert await slack_room.room.deliver() == ["retry"]
    assert await slack_room.room.deliver(seconds=29) == []
    assert await slack_room.room.deliver(seconds=2) == ["sent"]


@pytest.mark.slow
async def test_a_hundred_alerts_get_through_a_slack_that_often_says_429(
    slack_room: SlackRoom,
) -> None:
    slack_room.slack.plan = [429, "ok", 429] * 40
    await slack_room.alert(*(f"ICBM {number}" for number in range(100)))
    for _ in range(1_000):
        await slack_room.room.deliver(seconds=1)
        if slack_room.room.alerts() == {"sent": 100}:
            break
    keys = [message["metadata"]["event_payload"]["key"] for message in slack_room.slack.posted]
    assert len(keys) == len(set(keys)) == 100


async def test_a_refused_message_goes_out_once_as_plain_text(slack_room: SlackRoom) -> None:
    slack_room.slack.plan = ["invalid_blocks"]
    await slack_room.alert("ICBM")
    assert await slack_room.room.deliver() == ["retry"]
    assert await slack_room.room.deliver(seconds=1) == ["sent"]
    assert "blocks" not in slack_room.slack.posted[0]
    assert "https://news.example/" in slack_room.slack.posted[0]["text"]


async def test_a_message_that_is_refused_as_plain_text_too_stays_visible_as_failed(
    slack_room: SlackRoom,
) -> None:
    slack_room.slack.plan = ["invalid_blocks", "msg_too_long"]
    await slack_room.alert("ICBM")
    await slack_room.room.deliver()
    assert await slack_room.room.deliver(seconds=1) == ["failed"]
    assert await slack_room.room.deliver(days=1) == []
    assert slack_room.room.alerts() == {"failed": 1}


@pytest.mark.parametrize("code", ["channel_not_found", "invalid_auth", "not_in_channel"])
async def test_a_channel_for_its_operator_is_tried_three_times_an_hour_and_recovers(
    slack_room: SlackRoom, code: str
) -> None:
    slack_room.slack.plan = [code] * 3
    await slack_room.alert("ICBM one", "ICBM two")
    for _ in range(60):
        await slack_room.room.deliver(minutes=1)
    assert len(slack_room.slack.calls) - len(slack_room.slack.posted) == 3
    with Reader(slack_room.room.store.path) as reader:
        reasons = {row["reason"] for row in reader.alert_states() if row["state"] == "failed"}
    assert reasons <= {f"Slack: {code}"}
    await slack_room.room.deliver(minutes=20)
    await slack_room.room.deliver(minutes=1)
    assert len(slack_room.slack.posted) == 1
    assert slack_room.room.alerts() == {"digested": 2}


async def test_a_stopped_channel_does_not_hold_up_another(store: Store, now: datetime) -> None:
    broken = Recorder(errors=[DeliveryError("no", blame="operator")])
    working = Recorder()
    async with opened(store, now, channels={"broken": broken, "working": working}) as room:
        room.serve("a")
        await room.poll()
        room.serve("a", item("ICBM", room.now))
        await room.poll(minutes=11)
        assert sorted(await room.deliver()) == ["failed", "sent"]
    assert len(working.sent) == 1


async def test_an_entry_that_could_not_be_read_is_the_same_entry_once_it_can(
    newsroom: Newsroom,
) -> None:
    newsroom.serve("a", "<item><guid>1</guid></item>")
    await newsroom.poll()
    newsroom.serve("a", item("ICBM at last", newsroom.now, name="1", link="https://news.example/1"))
    await newsroom.poll(minutes=11)
    assert newsroom.ledger() == {
        "entries": 1,
        "hit": 1,
        "near_miss": 0,
        "no_match": 0,
        "duplicate": 0,
        "unread": 0,
    }
    assert await newsroom.deliver() == ["sent"]


async def test_a_text_that_flips_back_is_the_one_that_is_shown(newsroom: Newsroom) -> None:
    for title in ("ICBM a", "ICBM b", "ICBM a"):
        newsroom.serve("a", item(title, newsroom.now, name="1"))
        await newsroom.poll(minutes=11)
    with Reader(newsroom.store.path) as reader:
        article = reader.article(newsroom.hits()[0]["id"])
    assert article is not None
    assert article["title"] == "ICBM a"


async def test_a_secret_in_the_path_of_a_feed_is_in_no_link(store: Store, now: datetime) -> None:
    async with opened(store, now) as room:
        secret = feed(f"{room.server.url}/${{KEY}}/feed", address=f"{room.server.url}/s3cret/feed")
        document = rss(item("ICBM", now, link="article"))
        channel_link = "<link>https://news.example/</link>"
        room.server.documents["s3cret/feed"] = document.replace(channel_link, "")
        room.context.feeds[secret.url] = secret  # type: ignore[index] # a dict, as `desk` makes it
        await store.write(lambda tx: tx.feeds.sync([secret], now))
        await room.poll(seconds=1)
        assert [hit["url"] for hit in room.hits()] == [f"{room.server.url}/article"]
    assert b"s3cret" not in store.path.read_bytes()


async def test_alerts_of_a_channel_that_is_gone_go_to_the_first_that_is_there(
    newsroom: Newsroom,
) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now))
    await newsroom.poll()
    other = Recorder()
    moved = replace(newsroom.context, channels={"other": other})
    assert await newsroom.store.write(lambda tx: tx.alerts.move(["other"])) == 1
    assert await deliver.deliver(moved, newsroom.now) == ["sent"]
    assert len(other.sent) == 1


async def test_a_feed_that_comes_back_after_a_pause_brings_a_digest(newsroom: Newsroom) -> None:
    feeds = list(newsroom.context.feeds.values())
    await newsroom.store.write(lambda tx: tx.feeds.sync([], newsroom.now))
    newsroom.now += timedelta(days=90)
    await newsroom.store.write(lambda tx: tx.feeds.sync(feeds, newsroom.now))
    old = item("ICBM old", ago(newsroom.now, days=30))
    newsroom.serve("a", old, item("ICBM one", newsroom.now), item("ICBM two", newsroom.now))
    await newsroom.poll()
    await newsroom.deliver()
    assert [len(message.reports) for message in newsroom.channel.sent] == [2]


async def test_pruning_keeps_what_became_of_alerts(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now))
    await newsroom.poll()
    await newsroom.deliver()
    later = newsroom.now + timedelta(days=1)
    await newsroom.store.write(lambda tx: tx.articles.prune(later, later))
    assert newsroom.alerts() == {"sent": 1}


async def test_what_was_pruned_waits_for_no_edit(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now))
    await newsroom.poll()
    await newsroom.deliver()
    later = newsroom.now + timedelta(days=1)

    def prune(tx: Transaction) -> int:
        [(story, channel)] = tx.db.execute("SELECT story_id, channel FROM alerts").fetchall()
        tx.alerts.edit_first(story, channel, later)
        tx.articles.prune(later, later)
        return int(tx.db.execute("SELECT count(*) FROM edits").fetchone()[0])

    assert await newsroom.store.write(prune) == 0


async def test_a_word_repeated_a_thousand_times_is_evidence_twenty_times(
    newsroom: Newsroom,
) -> None:
    newsroom.serve("a", item("News", newsroom.now, text="ICBM " * 1_000))
    await newsroom.poll()
    with Reader(newsroom.store.path) as reader:
        article = reader.article(newsroom.hits()[0]["id"])
    assert article is not None
    assert len(article["matches"][0]["evidence"]) == 20


# ── identity ──────────────────────────────────────────────────────────────────────────────────

STORY = "Troops were seen at the border this morning, two officials said, and shots were heard."


def entry(name: str, title: str, at: datetime, text: str = STORY) -> str:
    return item(title, at, text=text, name=name, link=f"https://news.example/{name}")


async def test_a_feed_that_changes_all_its_ids_and_links_brings_no_new_article(
    newsroom: Newsroom,
) -> None:
    titles = [f"ICBM report {n}" for n in range(6)]
    newsroom.serve("a", *(entry(f"old-{n}", t, newsroom.now) for n, t in enumerate(titles)))
    await newsroom.poll()
    newsroom.serve("a", *(entry(f"new-{n}", t, newsroom.now) for n, t in enumerate(titles)))
    with structlog.testing.capture_logs() as logs:
        [polled] = await newsroom.poll(seconds=1200)
    assert (polled.articles, polled.renamed, polled.hits) == (0, 6, ())
    told = [each for each in logs if each["event"] == "feed changed its ids"]
    assert [each["entries"] for each in told] == [6]
    [again] = await newsroom.poll(seconds=2400)
    assert (again.articles, again.renamed) == (0, 0)


async def test_the_same_headline_without_text_is_another_article_the_next_day(
    newsroom: Newsroom,
) -> None:
    newsroom.serve("a", entry("monday", "Live updates: ICBM", newsroom.now, text=""))
    await newsroom.poll()
    newsroom.serve("a", entry("tuesday", "Live updates: ICBM", newsroom.now, text=""))
    [polled] = await newsroom.poll(seconds=86_400)
    assert polled.articles == 1


@pytest.mark.parametrize(("publishers", "articles"), [(("One", "One"), 1), (("One", "Two"), 2)])
async def test_the_same_words_under_two_links_are_one_article_only_of_one_publisher(
    store: Store, now: datetime, publishers: tuple[str, str], articles: int
) -> None:
    async with opened(store, now, feeds=("a", "b")) as room:
        feeds = zip(room.context.feeds.values(), publishers, strict=True)
        room.context = replace(
            room.context, feeds={feed.url: replace(feed, publisher=name) for feed, name in feeds}
        )
        for name in ("a", "b"):
            room.serve(name, entry(f"{name}-1", "ICBM report", now))
        polled = await room.poll()
    assert sum(each.articles for each in polled) == articles


async def test_a_date_that_cannot_be_right_makes_no_article_too_old(newsroom: Newsroom) -> None:
    older = [item(f"Cats {n}", ago(newsroom.now, hours=n)) for n in range(6)]
    newsroom.serve("a", *older)
    await newsroom.poll(seconds=1)
    newsroom.serve("a", item("ICBM launched", ago(newsroom.now, days=180)), *older)
    await newsroom.poll(minutes=11)

    (hit,) = newsroom.hits()
    with Reader(newsroom.store.path) as reader:
        article = reader.article(hit["id"])
    assert article is not None
    assert article["entries"][0]["reason"].endswith("doubted: against the order of the feed")
    assert [alert["state"] for alert in article["alerts"]] == ["pending"]
