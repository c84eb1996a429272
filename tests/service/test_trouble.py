"""What keeps the service from storing anything: how it begins, who is told, when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes import Recorder

from monitor.config.schema import OperationsSettings
from monitor.errors import DeliveryError, StoreError
from monitor.service.trouble import Trouble, TroubleNotices
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from monitor.store.database import Store

LOCKED = StoreError("the database is locked", passing=True)
FULL = StoreError("the disk is full", passing=True, partial=True)
OPS = OperationsSettings(channel="ops")


class Clock:
    """A monotonic clock that a test sets."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def trouble(clock: Clock, notes: list[str]) -> Trouble:
    return Trouble(notes.append, clock)


def test_a_fault_is_noted_once_with_its_beginning(trouble: Trouble, notes: list[str]) -> None:
    trouble.observe(FULL)
    trouble.observe(FULL)
    assert notes == [str(trouble)]
    assert str(trouble).startswith("waits since 2")
    assert str(trouble).endswith("UTC: the disk is full")


def test_a_lock_is_over_with_the_first_transaction(trouble: Trouble, notes: list[str]) -> None:
    trouble.observe(LOCKED)
    trouble.observe(None)
    assert str(trouble) == notes[-1] == ""


def test_a_full_disk_that_takes_small_changes_is_not_over(trouble: Trouble) -> None:
    trouble.observe(FULL)
    trouble.observe(None)
    trouble.stored()
    assert str(trouble)


def test_a_full_disk_is_over_once_polls_are_stored_for_a_while(
    trouble: Trouble, clock: Clock
) -> None:
    trouble.observe(FULL)
    clock.now += trouble.quiet + 1
    trouble.observe(None)
    assert str(trouble)
    trouble.stored()
    assert not str(trouble)


def test_polls_of_which_none_ends_for_ten_minutes_are_trouble(
    trouble: Trouble, clock: Clock
) -> None:
    trouble.claimed()
    clock.now += 599
    trouble.check()
    assert not str(trouble)
    clock.now += 2
    trouble.check()
    assert "no poll ends" in str(trouble)
    trouble.stored()
    assert not str(trouble)


def test_the_watchdog_is_fed_only_while_the_database_answers(
    trouble: Trouble, clock: Clock
) -> None:
    trouble.observe(LOCKED)
    assert trouble.is_answering
    clock.now += 60
    assert not trouble.is_answering


async def test_the_operations_channel_is_told_once_of_trouble_that_lasts(
    trouble: Trouble, clock: Clock
) -> None:
    channel, notices = Recorder(), TroubleNotices(trouble)
    trouble.observe(FULL)
    await notices.begin(OPS, {"ops": channel})
    assert not channel.sent
    for _ in range(3):
        clock.now += 100
        await notices.begin(OPS, {"ops": channel})
    [message] = channel.sent
    assert message.notice
    assert "the disk is full" in message.notice.lines[0]


async def test_the_operations_channel_is_told_later_where_it_took_nothing(
    trouble: Trouble, clock: Clock
) -> None:
    channel = Recorder(errors=[DeliveryError("Slack cannot be reached")])
    notices = TroubleNotices(trouble)
    trouble.observe(FULL)
    for _ in range(2):
        clock.now += 100
        await notices.begin(OPS, {"ops": channel})
    assert len(channel.sent) == 1


async def test_the_end_of_trouble_is_told_where_its_beginning_was(
    trouble: Trouble, clock: Clock, store: Store
) -> None:
    notices = TroubleNotices(trouble)
    trouble.observe(LOCKED)
    clock.now += 100
    await notices.begin(OPS, {"ops": Recorder()})
    await notices.end(store, OPS)
    trouble.observe(None)
    for _ in range(2):
        await notices.end(store, OPS)
    with Reader(store.path) as reader:
        assert reader.queues()["alerts_waiting"] == 1
