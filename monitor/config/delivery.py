"""How alerts are delivered: settings as values, and what a schema cannot say of them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from monitor.alerts import Delivery, Route, next_digest
from monitor.model import Mode, Severity
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monitor.config import schema
    from monitor.config.checks import Found

_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def delivery(settings: schema.Settings) -> Delivery:
    """Return how alerts are delivered."""
    told = settings.delivery
    return Delivery(
        group_wait=told.group_wait,
        routes=tuple(map(_route, settings.routes)),
        zone=told.timezone,
        digests=tuple(told.digest),
        quiet=quiet_hours(told.quiet_hours),
        break_through=Severity(told.break_through),
        per_hour=told.per_hour,
        surges=told.surges,
        operations=settings.operations.channel,
    )


def told(topic: schema.TopicSettings) -> dict[str, Any]:
    """Return the part of a topic that says how it is told."""
    return {
        "severity": Severity(topic.severity),
        "labels": tuple(topic.labels),
        "mode": Mode(topic.mode),
        "digest": tuple(topic.digest),
        "cooldown": topic.cooldown,
        "repeat_interval": topic.repeat_interval,
    }


def _route(route: schema.RouteSettings) -> Route:
    return Route(
        channels=tuple(route.channels),
        severities=frozenset(map(Severity, route.severity)),
        labels=frozenset(route.labels),
        topics=frozenset(route.topics),
        mode=Mode(route.mode) if route.mode else None,
    )


def quiet_hours(written: str) -> tuple[time, time] | None:
    """Return the ends of `22:00-07:00`, or None for none."""
    if not written:
        return None
    begins, _, ends = written.partition("-")
    return time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())


def check_delivery(
    sections: Mapping[str, Any], topics: Mapping[int, schema.TopicSettings], channels: list[str]
) -> Found:
    """Yield what is wrong with the routes, and with the times of digests."""
    ids = [topic.id for topic in topics.values()]
    labels = {label for topic in topics.values() for label in topic.labels}
    routes = sections.get("routes")
    for index, route in enumerate(routes if isinstance(routes, list) else ()):
        if isinstance(route, dict):
            where = ("routes", index)
            yield from _known((*where, "channels"), "channel", _list(route, "channels"), channels)
            yield from _known((*where, "topics"), "topic", _list(route, "topics"), ids)
            yield from _known(
                (*where, "labels"), "topic with the label", _list(route, "labels"), labels
            )
    told = sections.get("delivery")
    crons: list[tuple[tuple[str | int, ...], list[str]]] = [
        (("topics", index, "digest"), topic.digest) for index, topic in topics.items()
    ]
    if isinstance(told, dict):
        crons.append((("delivery", "digest"), _list(told, "digest")))
    for where_cron, expressions in crons:
        for expression in expressions:
            yield from _cron(where_cron, expression)


def _known(
    where: tuple[str | int, ...], what: str, names: list[str], known: Iterable[str]
) -> Found:
    known = sorted(known)
    for name in names:
        if name not in known:
            yield where, f"there is no {what} `{name}`{did_you_mean(name, known)}"


def _list(section: Mapping[str, Any], key: str) -> list[str]:
    value = section.get(key, [])
    values = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [each for each in values if isinstance(each, str)]


def _cron(where: tuple[str | int, ...], expression: str) -> Iterator[tuple[Any, str]]:
    try:
        next_digest([expression], "UTC", _SOME_DAY)
    except ValueError as error:
        example = 'write minute, hour, day, month and weekday, such as "0 8 * * mon-fri"'
        yield where, f"`{expression}` is no time that comes again ({error}): {example}"
