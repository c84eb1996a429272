"""The queue of feeds."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from fakes import feed
from filled import DAY, HOUR, MINUTE

from monitor.feeds.schedule import NextPoll
from monitor.model import DueFeed, Feed, Fetched, Pace
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

A, B, C = "https://one.example/a", "https://one.example/b", "https://one.example/c"
OTHER = "https://two.example/d"
SECOND = timedelta(seconds=1)


def public(url: str) -> Feed:
    return feed(url, allow_private=False)


async def sync(store: Store, *feeds: Feed, now: datetime = NOW) -> None:
    await store.write(lambda tx: tx.feeds.sync(feeds, now))


async def claim(
    store: Store,
    now: datetime = NOW,
    *,
    at_most: int = 99,
    per_host: int = 99,
    host_delay: float = 0.0,
) -> list[DueFeed]:
    return await store.write(
        lambda tx: tx.feeds.claim(
            now, now + MINUTE, at_most=at_most, per_host=per_host, host_delay=host_delay
        )
    )


async def urls(store: Store, now: datetime = NOW, **limits: float) -> set[str]:
    return {due.url for due in await claim(store, now, **limits)}  # type: ignore[arg-type]


async def owns_lease(store: Store, due: DueFeed) -> bool:
    return await store.write(lambda tx: tx.feeds.own_leases([due])) == [True]


async def record(
    store: Store,
    due: DueFeed,
    now: datetime,
    *,
    fetched: Fetched | None = None,
    known: frozenset[bytes] | None = None,
    error: str = "",
) -> None:
    await store.write(
        lambda tx: tx.feeds.record_poll(
            due, now, now + HOUR, fetched=fetched, known=known, error=error
        )
    )


@pytest.mark.parametrize("before", ["", "timeout"])
async def test_unchanged_polls_are_recorded_alike_one_by_one_and_together(
    store: Store, before: str
) -> None:
    await sync(store, feed(A), feed(B), feed(C))
    for due in await claim(store):
        await record(store, due, NOW, fetched=Fetched(b"x", b"sum", '"tag"', "Thu"), error=before)
    later = NOW + HOUR
    a, *others = sorted(await claim(store, later), key=lambda due: due.url)
    fetched = Fetched(None, b"sum", '"new"', moved_to="https://one.example/moved")
    after = NextPoll(later + DAY, Pace(0.5, 600.0), gapped=False)

    def record_all(tx: Transaction) -> list[bool]:
        tx.feeds.record_poll(a, later, later + DAY, fetched=fetched, pace=after.pace)
        return tx.feeds.record_unchanged([(due, fetched, after) for due in others])

    assert await store.write(record_all) == [True, True]
    rows = await store.write(lambda tx: list(tx.db.query("SELECT * FROM feeds ORDER BY url")))
    for row in rows:
        del row["id"], row["url"], row["title"], row["publisher"]
    assert rows[0] == rows[1] == rows[2]


# ── claiming ──────────────────────────────────────────────────────────────────────────────────


async def test_a_new_feed_is_due_at_once(store: Store) -> None:
    await sync(store, feed(A))

    assert await urls(store) == {A}


async def test_a_due_feed_is_claimed_once(store: Store) -> None:
    await sync(store, feed(A))
    await claim(store)

    assert await claim(store, NOW + MINUTE - SECOND) == []


async def test_a_claimed_feed_comes_due_again_when_its_lease_ends(store: Store) -> None:
    await sync(store, feed(A))
    await claim(store)

    assert await urls(store, NOW + MINUTE) == {A}


async def test_a_polled_feed_is_not_claimed_before_it_is_due_again(store: Store) -> None:
    await sync(store, feed(A))
    [due] = await claim(store)
    await record(store, due, NOW)

    assert await claim(store, NOW + HOUR - SECOND) == []
    assert await urls(store, NOW + HOUR) == {A}


async def test_no_more_feeds_of_a_host_are_claimed_than_per_host(store: Store) -> None:
    await sync(store, public(A), public(B), public(C))

    assert len(await claim(store, per_host=2)) == 2


async def test_feeds_of_a_host_in_flight_count_towards_per_host(store: Store) -> None:
    await sync(store, public(A), public(B), public(C))
    await claim(store, per_host=2)

    assert await claim(store, NOW + SECOND, per_host=2) == []


async def test_a_claim_that_ended_does_not_count_towards_per_host(store: Store) -> None:
    await sync(store, public(A), public(B))
    await claim(store, per_host=1)

    assert len(await claim(store, NOW + MINUTE, per_host=1)) == 1


async def test_a_slow_poll_takes_no_place_from_the_other_feeds_of_its_host(store: Store) -> None:
    await sync(store, public(A), public(B))
    assert len(await urls(store, per_host=1)) == 1
    assert await urls(store, NOW + 4 * SECOND, per_host=1) == set()
    assert len(await urls(store, NOW + 5 * SECOND, per_host=1)) == 1


async def test_slow_polls_of_a_host_are_few_all_the_same(store: Store) -> None:
    await sync(store, *(public(f"https://slow.example/{n}") for n in range(9)))
    claimed = [len(await urls(store, NOW + n * 6 * SECOND, per_host=1)) for n in range(6)]
    assert claimed == [1, 1, 1, 1, 0, 0]


async def test_one_feed_of_a_host_is_claimed_in_a_host_delay(store: Store) -> None:
    await sync(store, public(A), public(B))

    assert len(await claim(store, host_delay=5)) == 1
    assert await claim(store, NOW + 4 * SECOND, host_delay=5) == []
    assert len(await claim(store, NOW + 5 * SECOND, host_delay=5)) == 1


async def test_a_busy_host_takes_no_place_from_another_within_the_limit(store: Store) -> None:
    await sync(store, public(A), public(B), public(C), now=NOW - DAY)
    await sync(store, *map(public, (A, B, C, OTHER)))

    assert OTHER in await urls(store, at_most=2, per_host=1)
    assert await urls(store, NOW + 2 * MINUTE, at_most=2, host_delay=1) > {OTHER}


async def test_a_host_is_the_same_in_any_case(store: Store) -> None:
    await sync(store, public(A), public("https://ONE.example/b"))

    assert len(await claim(store, per_host=1)) == 1


async def test_private_feeds_are_exempt_from_politeness(store: Store) -> None:
    await sync(store, feed(A), feed(B), feed(C))

    assert await urls(store, per_host=1, host_delay=60) == {A, B, C}


async def test_at_most_counts_feeds_in_flight(store: Store) -> None:
    await sync(store, feed(A), feed(B), feed(C))
    await claim(store, at_most=2)

    assert await claim(store, at_most=2) == []
    assert len(await claim(store, at_most=3)) == 1


async def test_more_feeds_in_flight_than_at_most_claim_none(store: Store) -> None:
    await sync(store, feed(A), feed(B), feed(C))
    await claim(store, at_most=2)

    assert await claim(store, at_most=1) == []


async def test_the_feed_that_waited_longest_is_claimed_first(store: Store) -> None:
    await sync(store, feed(B), now=NOW)
    await sync(store, feed(A), feed(B), now=NOW - HOUR)

    assert await urls(store, at_most=1) == {A}


async def test_waiting_feeds_are_those_due_and_not_claimed(store: Store) -> None:
    await sync(store, feed(A), feed(B), feed(C, enabled=False))
    await claim(store, at_most=1)

    assert await store.write(lambda tx: tx.feeds.count_due(NOW)) == 1


# ── the configuration's feeds ─────────────────────────────────────────────────────────────────


async def test_a_disabled_feed_is_not_claimed(store: Store) -> None:
    await sync(store, feed(A, enabled=False))

    assert await claim(store) == []


async def test_a_feed_that_left_the_configuration_is_not_claimed(store: Store) -> None:
    await sync(store, feed(A), feed(B))
    await sync(store, feed(B))

    assert await urls(store) == {B}


async def test_a_feed_that_left_the_configuration_stays_in_the_ledger(store: Store) -> None:
    await sync(store, feed(A))
    await sync(store, feed(B))

    with Reader(store.path) as reader:
        assert {row["feed"]: row["enabled"] for row in reader.coverage()} == {A: 0, B: 1}


async def test_sync_updates_settings(store: Store) -> None:
    await sync(store, feed(A, title="Old"))
    await sync(store, feed(A, title="New"))

    with Reader(store.path) as reader:
        assert [row["title"] for row in reader.coverage()] == ["New"]


async def test_sync_keeps_the_polling_state(store: Store) -> None:
    await sync(store, feed(A))
    [due] = await claim(store)
    await record(store, due, NOW, fetched=Fetched(None, b"digest", '"tag"'))
    await sync(store, feed(A, title="New"), now=NOW + MINUTE)

    assert await claim(store, NOW + MINUTE) == []
    [again] = await claim(store, NOW + HOUR)
    assert (again.etag, again.first_polled_at) == ('"tag"', NOW)


async def test_a_feed_whose_private_address_becomes_permitted_is_due_at_once(store: Store) -> None:
    await sync(store, public(A), public(B))
    for due in await claim(store):
        await record(store, due, NOW, error="refused-address")
    await sync(store, feed(A), public(B), now=NOW + MINUTE)

    assert await urls(store, NOW + MINUTE) == {A}


async def test_a_feed_that_comes_back_remembers_what_it_held(store: Store) -> None:
    await sync(store, feed(A))
    [due] = await claim(store)
    await record(store, due, NOW, known=frozenset([b"8 bytes."]))
    await sync(store)
    await sync(store, feed(A))

    [again] = await claim(store, NOW + HOUR)
    assert again.known == {b"8 bytes."}


# ── recording polls ───────────────────────────────────────────────────────────────────────────


async def test_the_claim_is_ours_until_the_poll_is_recorded(store: Store) -> None:
    await sync(store, feed(A))
    [due] = await claim(store)

    assert await owns_lease(store, due)
    await record(store, due, NOW)
    assert not await owns_lease(store, due)


async def test_the_claim_is_lost_when_another_claims_after_the_lease(store: Store) -> None:
    await sync(store, feed(A))
    [ours] = await claim(store)
    [theirs] = await claim(store, NOW + MINUTE)

    assert not await owns_lease(store, ours)
    assert await owns_lease(store, theirs)


async def test_a_poll_is_not_recorded_when_the_claim_is_lost(store: Store) -> None:
    await sync(store, feed(A))
    [ours] = await claim(store)
    [theirs] = await claim(store, NOW + MINUTE)
    await record(store, ours, NOW + MINUTE, fetched=Fetched(None, b"", "ours"))

    assert await owns_lease(store, theirs)
    [again] = await claim(store, NOW + 2 * MINUTE)
    assert again.etag == ""


async def test_failures_in_a_row_are_counted(store: Store) -> None:
    await sync(store, feed(A))
    for number in range(3):
        [due] = await claim(store, NOW + number * HOUR)
        assert due.failures == number
        await record(store, due, NOW + number * HOUR, error="timeout")


async def test_a_failing_feed_tells_since_when_and_why(store: Store) -> None:
    await sync(store, feed(A))
    for number, error in enumerate(["timeout", "http-500"]):
        [due] = await claim(store, NOW + number * HOUR)
        await record(store, due, NOW + number * HOUR, error=error)

    with Reader(store.path) as reader:
        [row] = reader.coverage()
    assert (row["failing_since"], row["error"]) == ("2024-10-31T18:00:00Z", "http-500")


async def test_a_good_poll_ends_the_failures(store: Store) -> None:
    await sync(store, feed(A))
    [due] = await claim(store)
    await record(store, due, NOW, error="timeout")
    [due] = await claim(store, NOW + HOUR)
    await record(store, due, NOW + HOUR)

    [again] = await claim(store, NOW + 2 * HOUR)
    with Reader(store.path) as reader:
        [row] = reader.coverage()
    assert (again.failures, row["failing_since"], row["error"]) == (0, None, "")


async def test_a_failed_first_poll_is_not_the_first_poll(store: Store) -> None:
    await sync(store, feed(A))
    [due] = await claim(store)
    await record(store, due, NOW, error="timeout")

    [again] = await claim(store, NOW + HOUR)
    assert (again.first_polled_at, again.ok_at) == (None, None)


async def test_the_first_good_poll_stays_while_the_last_moves(store: Store) -> None:
    await sync(store, feed(A))
    for number in range(2):
        [due] = await claim(store, NOW + number * HOUR)
        await record(store, due, NOW + number * HOUR)

    [again] = await claim(store, NOW + 2 * HOUR)
    assert (again.first_polled_at, again.ok_at) == (NOW, NOW + HOUR)


@pytest.mark.parametrize("error", ["", "timeout"])
async def test_validators_and_known_entries_are_kept_when_none_are_given(
    store: Store, error: str
) -> None:
    known = frozenset([b"entry--1", b"entry--2"])
    await sync(store, feed(A))
    [due] = await claim(store)
    await record(store, due, NOW, fetched=Fetched(b"x", b"sum", '"tag"', "Thu"), known=known)
    [due] = await claim(store, NOW + HOUR)
    await record(store, due, NOW + HOUR, error=error)

    [again] = await claim(store, NOW + 2 * HOUR)
    kept = (again.etag, again.last_modified, again.body_digest, again.known)
    assert kept == ('"tag"', "Thu", b"sum", known)


@pytest.mark.parametrize("damaged", [b"entry--1entry", "entry--1", 8])
async def test_damaged_digests_of_known_entries_are_as_none(store: Store, damaged: object) -> None:
    await sync(store, feed(A))
    await store.write(lambda tx: tx.db.execute("UPDATE feeds SET known = ?", (damaged,)))

    [due] = await claim(store)

    assert due.known == frozenset()


async def test_validators_that_a_server_no_longer_sends_are_forgotten(store: Store) -> None:
    await sync(store, feed(A))
    [due] = await claim(store)
    await record(store, due, NOW, fetched=Fetched(b"x", b"1", '"tag"', "Thu"))
    [due] = await claim(store, NOW + HOUR)
    await record(store, due, NOW + HOUR, fetched=Fetched(b"y", b"2"), known=frozenset())

    [again] = await claim(store, NOW + 2 * HOUR)
    assert (again.etag, again.last_modified, again.body_digest) == ("", "", b"2")


async def test_released_leases_are_due_at_once(store: Store) -> None:
    await sync(store, feed(A), feed(B))
    [due] = await claim(store, at_most=1)
    await record(store, due, NOW)
    [left] = await claim(store)
    await store.write(lambda tx: tx.feeds.release_leases(NOW + SECOND))

    assert [again.url for again in await claim(store, NOW + SECOND)] == [left.url]


async def test_a_host_with_thousands_of_feeds_does_not_hide_the_others(store: Store) -> None:
    feeds = [feed(f"https://big.example/{n}", allow_private=False) for n in range(4_100)]
    feeds += [feed(f"https://small{n}.example/", allow_private=False) for n in range(5)]
    await store.write(lambda tx: tx.feeds.sync(feeds[:-5], NOW))
    await store.write(lambda tx: tx.feeds.sync(feeds, NOW + timedelta(seconds=1)))
    claimed: list[str] = []
    for second in range(1, 5):
        at = NOW + timedelta(seconds=second)
        claimed += [due.url for due in await store.write(partial(_claim_politely, now=at))]
    assert sum("small" in url for url in claimed) == 5


async def test_of_feeds_that_are_due_together_one_of_each_host_is_claimed(store: Store) -> None:
    urls = [f"https://host{n % 20}.example/{n}" for n in range(5_000)]
    feeds = [feed(url, allow_private=False) for url in urls]
    await store.write(lambda tx: tx.feeds.sync(feeds, NOW))
    claimed = await store.write(partial(_claim_politely, now=NOW))
    assert len(claimed) == 20


async def test_a_host_with_thousands_of_feeds_that_are_due_hides_no_other(store: Store) -> None:
    one = [feed(f"https://one.example/{n}", allow_private=False) for n in range(4_500)]
    other = feed("https://other.example/", allow_private=False)
    await store.write(lambda tx: tx.feeds.sync(one, NOW))
    await store.write(lambda tx: tx.feeds.sync([*one, other], NOW + SECOND))
    claimed = await store.write(partial(_claim_politely, now=NOW + MINUTE))
    assert {due.url for due in claimed} > {other.url}
    assert len(claimed) == 2


def _claim_politely(tx: Transaction, now: datetime) -> list[DueFeed]:
    return tx.feeds.claim(now, now + MINUTE, at_most=50, per_host=2, host_delay=1.0)


async def test_a_claim_beside_thousands_of_busy_hosts_is_no_work(store: Store) -> None:
    urls = [f"https://host{n}.example/" for n in range(3_000)]
    await store.write(lambda tx: tx.feeds.sync([public(url) for url in urls], NOW))
    await claim(store, at_most=2_000)
    assert await store.write(_steps_of_a_claim) < 500  # 8,000 where each feed looks at each host


async def test_a_claim_beside_thousands_of_resting_hosts_is_no_work(store: Store) -> None:
    urls = [f"https://host{n}.example/" for n in range(3_000)]
    await store.write(lambda tx: tx.feeds.sync([public(url) for url in urls], NOW))
    polled = await claim(store, at_most=2_000)
    await store.write(partial(_put_back, polled))
    assert await store.write(_steps_of_a_claim) < 130  # 195 where the claims are sorted by host


def _steps_of_a_claim(tx: Transaction) -> int:
    """Claim beside leased feeds; return the work of SQLite, in thousands of its instructions."""
    at_most, steps = 64 + _leased(tx), list[None]()
    tx.db.conn.set_progress_handler(lambda: steps.append(None), 1_000)
    claimed = tx.feeds.claim(NOW, NOW + MINUTE, at_most=at_most, per_host=2, host_delay=1.0)
    tx.db.conn.set_progress_handler(None, 0)
    assert len(claimed) == 64
    return len(steps)


def _put_back(claimed: list[DueFeed], tx: Transaction) -> None:
    for due in claimed:
        tx.feeds.put_back(due, NOW + MINUTE)


def _leased(tx: Transaction) -> int:
    (count,) = tx.db.execute("SELECT count(*) FROM feeds WHERE leased").fetchone()
    return int(count)


async def test_times_from_a_clock_that_was_wrong_hold_up_nothing_after_a_restart(
    store: Store,
) -> None:
    wrong = NOW + 30 * DAY
    public = [feed(f"https://a.example/{n}", allow_private=False) for n in range(2)]
    await store.write(lambda tx: tx.feeds.sync(public, wrong))
    await store.write(partial(_claim_politely, now=wrong))
    await store.write(lambda tx: tx.channels.rest("desk", wrong))
    await store.write(lambda tx: tx.feeds.release_leases(NOW))
    await store.write(lambda tx: tx.feeds.sync(public, NOW))
    assert await store.write(partial(_claim_politely, now=NOW + HOUR))
    assert await store.write(lambda tx: tx.channels.ready_at("desk")) <= (NOW + HOUR).timestamp()
