"""How alerts are delivered, as the configuration has it: values only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.model import Severity

if TYPE_CHECKING:
    from datetime import time

    from monitor.model import Mode


@dataclass(frozen=True, slots=True)
class Route:
    """Topics that go to `channels`: of one of the severities, with one of the labels, or named.

    What is empty asks for nothing. `mode`, if given, replaces the topic's own there.
    """

    channels: tuple[str, ...]
    severities: frozenset[Severity] = frozenset()
    labels: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What holds for all topics and channels. Spans are seconds.

    `group_wait`: how long a story's first message waits for other reports; `edit_wait`: how long
    its edits do; `digest_wait`: how long what a first poll brings waits for other feeds. `digests`
    are cron expressions in the time `zone`; so are the ends of the `quiet` hours, through which
    only severities from `break_through` on are told. `per_hour` are the messages that a channel
    takes in an hour before the rest becomes a digest; 0 sets no limit. `surges` says whether
    unusual volumes are told. `operations` is the channel that is for the program itself. A critical
    story that nobody took within `escalate_after` goes to the channels `escalate_to`; 0: none does.
    `readers` are the languages that readers know; headlines in others are glossed in the first.
    """

    group_wait: float = 60.0
    edit_wait: float = 60.0
    digest_wait: float = 30.0  # feeds polled together end apart
    routes: tuple[Route, ...] = ()
    zone: str = "UTC"
    digests: tuple[str, ...] = ("0 8 * * *",)
    quiet: tuple[time, time] | None = None
    break_through: Severity = Severity.CRITICAL
    per_hour: int = 20
    surges: bool = True
    operations: str = ""
    escalate_after: float = 0.0
    escalate_to: tuple[str, ...] = ()
    readers: tuple[str, ...] = ("en",)


def at_once(delivery: Delivery) -> Delivery:
    """Return how a single run delivers: it sends after all polls, so nothing waits for others."""
    return replace(delivery, group_wait=0.0, digest_wait=0.0, edit_wait=0.0)
