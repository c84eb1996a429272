"""The outbox, its channels, and silences."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from fakes import article, feed
from filled import HOUR, MINUTE, alert, enter, found

from monitor.alerts.silences import Silence
from monitor.model import AlertState, Article, Claim, DigestKind
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from monitor.alerts.plan import Alert
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

SECOND = timedelta(seconds=1)


@pytest.fixture
async def store(store: Store) -> Store:
    await store.write(lambda tx: tx.feeds.sync([feed("https://one.example/feed")], NOW))
    return store


def tell(
    tx: Transaction,
    *alerts: Alert,
    story: int | None = None,
    at: datetime = NOW,
    each: Article | None = None,
) -> int:
    """Store a hit and alerts on it; returns its story, begun if none is given."""
    each = each or article(f"Report {tx.alerts.count_unsent()} of story {story}")
    story = story or tx.stories.add(each.title, at)
    article_id = enter(tx, 1, each, at, found(each), story=story)
    for new in alerts:
        tx.alerts.add(new, story, article_id, at)
    return story


async def claim(store: Store, now: datetime = NOW, **spacing: float) -> list[Claim]:
    """Claim for a minute; `desk` is the only channel unless others are named."""
    spacing = spacing or {"desk": 0.0}
    return await store.write(lambda tx: tx.outbox.claim(now, now + MINUTE, spacing))


async def sent(store: Store, now: datetime, ref: str) -> Claim:
    """Claim what is next on `desk` and send it."""
    [claimed] = await claim(store, now)
    await store.write(lambda tx: tx.outbox.mark_sent(claimed, ref, now))
    return claimed


def states(store: Store) -> dict[str, int]:
    with Reader(store.path) as reader:
        return {row["state"]: row["alerts"] for row in reader.alert_states()}


# ── claiming ──────────────────────────────────────────────────────────────────────────────────


async def test_an_alert_is_due_at_once(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))

    [claimed] = await claim(store)
    assert (claimed.channel, claimed.attempts, claimed.message.thread) == ("desk", 1, None)


async def test_an_alert_that_is_final_is_never_due(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert(state=AlertState.TOO_OLD)))

    assert await claim(store, NOW + HOUR) == []
    assert states(store) == {"too-old": 1}


async def test_a_claimed_alert_is_not_claimed_again_before_its_lease_ends(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    await claim(store)

    assert await claim(store, NOW + MINUTE - SECOND) == []
    [again] = await claim(store, NOW + MINUTE)
    assert again.attempts == 2


async def test_an_alert_keeps_its_key_when_it_is_sent_again(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))

    [first], [second] = await claim(store), await claim(store, NOW + MINUTE)
    assert first.message.key == second.message.key


async def test_at_most_one_message_is_claimed_for_a_channel(store: Store) -> None:
    for _ in range(2):
        await store.write(lambda tx: tell(tx, alert("desk"), alert("ops")))

    claimed = await claim(store, desk=0.0, ops=0.0)
    assert sorted(each.channel for each in claimed) == ["desk", "ops"]


async def test_a_channel_rests_between_messages(store: Store) -> None:
    for _ in range(2):
        await store.write(lambda tx: tell(tx, alert()))
    [first] = await claim(store, desk=1.5)
    await store.write(lambda tx: tx.outbox.mark_sent(first, "ref", NOW))

    assert await claim(store, NOW + SECOND, desk=1.5) == []
    assert len(await claim(store, NOW + 2 * SECOND, desk=1.5)) == 1


async def test_a_channel_sends_one_message_at_a_time(store: Store) -> None:
    for _ in range(2):
        await store.write(lambda tx: tell(tx, alert()))
    await claim(store)

    assert await claim(store, NOW + SECOND) == []
    assert len(await claim(store, NOW + MINUTE)) == 1


async def test_a_channel_with_nothing_to_send_does_not_rest(store: Store) -> None:
    await claim(store, desk=60.0)
    await store.write(lambda tx: tell(tx, alert()))

    assert len(await claim(store, desk=60.0)) == 1


async def test_alerts_of_other_channels_are_left_alone(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert("gone")))

    assert await claim(store) == []


async def test_a_report_tells_the_article_and_the_others_in_its_story(store: Store) -> None:
    text = "An ICBM flew for 86 minutes"
    one = article("Launch", text, publisher="Yonhap", published_at=NOW - HOUR)
    two = article("Launch again", publisher="NHK", link="https://nhk.example/1")

    def fill(tx: Transaction) -> None:
        story = tx.stories.add("Launch", NOW)
        tell(tx, story=story, each=two)
        article_id = enter(tx, 1, one, NOW, found(one, term="ICBM", field="text"), story=story)
        tx.alerts.add(alert("desk", "icbm"), story, article_id, NOW)

    await store.write(fill)
    [claimed] = await claim(store)
    [report] = claimed.message.reports
    assert (report.topics, report.title, report.link) == (("icbm",), "Launch", one.link)
    assert (report.publisher, report.publishers) == ("Yonhap", ("NHK",))
    assert (report.published_at, report.excerpt.text) == (NOW - HOUR, text)
    assert [text[start:end] for start, end in report.excerpt.bold] == ["ICBM"]


async def test_an_undated_report_has_the_time_it_was_seen(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))

    [claimed] = await claim(store)
    assert claimed.message.reports[0].published_at == NOW


# ── stories ───────────────────────────────────────────────────────────────────────────────────


async def test_a_reply_waits_for_the_first_message_of_its_story(store: Store) -> None:
    story = await store.write(lambda tx: tell(tx, alert()))
    await store.write(lambda tx: tell(tx, alert(), story=story, at=NOW))
    await claim(store)

    assert await claim(store, NOW + SECOND) == []


async def test_a_reply_gets_the_reference_of_the_first_message_as_its_thread(store: Store) -> None:
    story = await store.write(lambda tx: tell(tx, alert()))
    threads = [(await sent(store, NOW, "ref-0")).message.thread]
    for number in (1, 2):
        await store.write(lambda tx: tell(tx, alert(), story=story))
        threads.append((await sent(store, NOW, f"ref-{number}")).message.thread)

    assert threads == [None, "ref-0", "ref-0"]


async def test_stories_do_not_wait_for_each_other(store: Store) -> None:
    for _ in range(2):
        await store.write(lambda tx: tell(tx, alert()))
    await sent(store, NOW, "ref")

    [second] = await claim(store)
    assert second.message.thread is None


async def test_a_story_has_a_thread_of_its_own_in_each_channel(store: Store) -> None:
    story = await store.write(lambda tx: tell(tx, alert("ops")))
    await store.write(lambda tx: tell(tx, alert("desk"), story=story))

    [claimed] = await claim(store)
    assert claimed.message.thread is None


async def test_the_next_becomes_first_when_the_first_failed_for_good(store: Store) -> None:
    story = await store.write(lambda tx: tell(tx, alert()))
    [first] = await claim(store)
    await store.write(lambda tx: tell(tx, alert(), story=story))
    await store.write(lambda tx: tx.outbox.mark_failed(first, "too_long", None))

    assert (await sent(store, NOW, "ref")).message.thread is None
    assert states(store) == {"failed": 1, "sent": 1}


async def test_the_next_becomes_first_when_the_first_went_out_in_a_digest(store: Store) -> None:
    story = await store.write(lambda tx: tell(tx, alert(digest=True)))
    await sent(store, NOW, "digest-ref")
    await store.write(lambda tx: tell(tx, alert(), story=story))

    assert (await sent(store, NOW, "ref")).message.thread is None
    await store.write(lambda tx: tell(tx, alert(), story=story))
    assert (await sent(store, NOW, "reply")).message.thread == "ref"


async def test_a_digest_goes_first_with_all_due_digest_alerts_of_a_channel(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert(), at=NOW - HOUR))
    for _ in range(3):
        await store.write(lambda tx: tell(tx, alert(digest=True), alert("ops", digest=True)))

    [claimed] = await claim(store)
    assert (claimed.message.digest, len(claimed.ids), len(claimed.message.reports)) == (
        DigestKind.CATCHING_UP,
        3,
        3,
    )


async def test_a_report_waits_for_no_digest_of_its_story(store: Store) -> None:
    story = await store.write(lambda tx: tell(tx, alert(digest=True)))
    [digest] = await claim(store)
    await store.write(lambda tx: tx.outbox.retry(digest, "passing", NOW + MINUTE))
    await store.write(lambda tx: tell(tx, alert(), story=story))

    assert (await sent(store, NOW, "ref")).message.thread is None


async def test_a_digest_that_was_sent_is_told_apart(store: Store) -> None:
    for _ in range(2):
        await store.write(lambda tx: tell(tx, alert(digest=True)))
    await sent(store, NOW, "ref")

    assert states(store) == {"digested": 2}


async def test_what_comes_after_a_digest_goes_out_on_its_own(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert(digest=True)))
    await sent(store, NOW, "ref")
    await store.write(lambda tx: tell(tx, alert()))

    [claimed] = await claim(store)
    assert not claimed.message.digest


# ── how a send ended ──────────────────────────────────────────────────────────────────────────


async def test_a_sent_alert_is_never_due_again(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    await sent(store, NOW, "ref")

    assert await claim(store, NOW + HOUR) == []
    assert await store.write(lambda tx: tx.alerts.count_unsent()) == 0


async def test_a_passing_failure_is_due_again_when_asked(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    [claimed] = await claim(store)
    await store.write(lambda tx: tx.outbox.retry(claimed, "http-500", NOW + 5 * SECOND))

    assert states(store) == {"pending": 1}
    assert await claim(store, NOW + 4 * SECOND) == []
    assert len(await claim(store, NOW + 5 * SECOND)) == 1


async def test_an_alert_that_failed_for_good_is_never_due_again(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    [claimed] = await claim(store)
    await store.write(lambda tx: tx.outbox.mark_failed(claimed, "too_long", None))

    assert await claim(store, NOW + HOUR) == []
    with Reader(store.path) as reader:
        [row] = reader.alert_states()
    assert (row["state"], row["reason"]) == ("failed", "too_long")


async def test_a_refused_message_is_tried_again_as_plain_text(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    [claimed] = await claim(store)
    await store.write(lambda tx: tx.outbox.mark_failed(claimed, "bad_blocks", NOW, plain=True))

    assert states(store) == {"pending": 1}
    [again] = await claim(store)
    assert (claimed.message.plain, again.message.plain) == (False, True)


async def test_an_alert_of_a_stopped_channel_has_failed_and_is_tried_again(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    [claimed] = await claim(store)

    def stop(tx: Transaction) -> None:
        tx.channels.stop("desk", "invalid_auth", NOW, NOW + HOUR)
        tx.outbox.mark_failed(claimed, "invalid_auth", NOW + HOUR)

    await store.write(stop)
    assert states(store) == {"failed": 1}
    assert await claim(store, NOW + HOUR - SECOND) == []
    assert (await sent(store, NOW + HOUR, "ref")).message.digest is DigestKind.MENDED
    assert states(store) == {"digested": 1}


async def test_a_stopped_channel_takes_no_other_message_meanwhile(store: Store) -> None:
    await store.write(lambda tx: tx.channels.stop("desk", "invalid_auth", NOW, NOW + HOUR))
    await store.write(lambda tx: tell(tx, alert()))

    assert await claim(store, NOW + HOUR - SECOND) == []
    assert len(await claim(store, NOW + HOUR)) == 1


async def test_a_channel_rests_as_long_as_it_asked(store: Store) -> None:
    await store.write(lambda tx: tx.channels.rest("desk", NOW + HOUR))
    await store.write(lambda tx: tx.channels.rest("desk", NOW + MINUTE))
    await store.write(lambda tx: tell(tx, alert()))

    assert await claim(store, NOW + HOUR - SECOND) == []


async def test_a_silenced_alert_is_neither_sent_nor_due_again(store: Store) -> None:
    for _ in range(2):
        await store.write(lambda tx: tell(tx, alert(digest=True)))
    [claimed] = await claim(store)

    def half(tx: Transaction) -> None:
        tx.outbox.mark_silenced(claimed, claimed.ids[:1])
        tx.outbox.mark_sent(claimed, "ref", NOW)

    await store.write(half)
    assert states(store) == {"silenced": 1, "digested": 1}
    assert await claim(store, NOW + HOUR) == []


async def test_nothing_changes_when_the_claim_is_lost(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    [ours] = await claim(store)
    [theirs] = await claim(store, NOW + MINUTE)

    def late(tx: Transaction) -> None:
        tx.outbox.mark_failed(ours, "http-500", None)
        tx.outbox.mark_sent(ours, "ours", NOW + MINUTE)
        tx.outbox.mark_silenced(ours, ours.ids)
        tx.outbox.retry(ours, "http-500", NOW + MINUTE)

    await store.write(late)
    assert states(store) == {"pending": 1}
    await store.write(lambda tx: tx.outbox.mark_sent(theirs, "theirs", NOW + MINUTE))
    assert states(store) == {"sent": 1}


async def test_released_leases_are_due_at_once(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    await claim(store)
    await store.write(lambda tx: tx.feeds.release_leases(NOW + SECOND))

    assert len(await claim(store, NOW + SECOND)) == 1


async def test_releasing_leases_leaves_what_waits_for_a_retry(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    [claimed] = await claim(store)
    await store.write(lambda tx: tx.outbox.retry(claimed, "http-500", NOW + HOUR))
    await store.write(lambda tx: tx.feeds.release_leases(NOW))

    assert await claim(store, NOW + MINUTE) == []


async def test_nothing_is_to_be_sent_from_an_empty_outbox(store: Store) -> None:
    assert await store.write(lambda tx: tx.outbox.next_send_at(["desk"])) is None


async def test_the_next_send_is_when_the_earliest_alert_is_due(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert(), alert("ops"), at=NOW))
    await store.write(lambda tx: tell(tx, alert("ops"), at=NOW - HOUR))

    assert await store.write(lambda tx: tx.outbox.next_send_at(["desk"])) == NOW
    assert await store.write(lambda tx: tx.outbox.next_send_at(["desk", "ops"])) == NOW - HOUR
    assert await store.write(lambda tx: tx.outbox.next_send_at(["none"])) is None


async def test_the_next_send_waits_for_its_channel(store: Store) -> None:
    await store.write(lambda tx: tell(tx, alert()))
    await store.write(lambda tx: tx.channels.rest("desk", NOW + HOUR))

    assert await store.write(lambda tx: tx.outbox.next_send_at(["desk"])) == NOW + HOUR


@pytest.mark.parametrize(
    ("at", "in_force"),
    [(NOW - SECOND, False), (NOW, True), (NOW + HOUR - SECOND, True), (NOW + HOUR, False)],
    ids=["before it starts", "when it starts", "before it ends", "when it ends"],
)
async def test_a_silence_is_in_force_until_it_ends(
    store: Store,
    at: datetime,
    in_force: bool,  # noqa: FBT001
) -> None:
    silence = Silence("kursk", "submarine", "TASS", NOW, NOW + HOUR, "the anniversary")
    silence_id = await store.write(lambda tx: tx.silences.add(silence))

    expected = [replace(silence, id=silence_id)] * in_force
    assert await store.write(lambda tx: tx.silences.active(at)) == expected
