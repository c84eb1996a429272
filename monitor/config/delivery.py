"""Settings of the delivery of alerts: as values, and the checks a schema cannot express. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from monitor.alerts import Delivery, Route, next_digest
from monitor.config.checks import no_such
from monitor.model import Mode, Severity, Tlp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.config import schema
    from monitor.config.checks import Found, Where

_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)  # any: a cron expression is only tried on it


def delivery(settings: schema.Settings) -> Delivery:
    """How the alerts of all topics are delivered."""
    section = settings.delivery
    return Delivery(
        group_wait=section.group_wait,
        routes=tuple(map(_route, settings.routes)),
        zone=section.timezone,
        digests=tuple(section.digest),
        quiet=quiet_hours(section.quiet_hours),
        break_through=Severity(section.break_through),
        per_hour=section.per_hour,
        surges=section.surges,
        operations=settings.operations.channel,
        escalate_after=section.escalate_after or 0.0,
        escalate_to=tuple(section.escalate_to),
        readers=tuple(settings.reader_lang),
    )


def topic_delivery(topic: schema.TopicSettings) -> dict[str, Any]:
    """How the alerts of one topic are delivered, as keyword arguments of `Topic`."""
    return {
        "severity": Severity(topic.severity),
        "labels": tuple(topic.labels),
        "mode": Mode(topic.mode),
        "digest": tuple(topic.digest),
        "cooldown": topic.cooldown,
        "repeat_interval": topic.repeat_interval,
        "keep": topic.keep,
        "tlp": Tlp(topic.tlp) if topic.tlp else None,
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
    """Begin and end of `22:00-07:00`; None for ""."""
    if not written:
        return None
    begins, _, ends = written.partition("-")
    return time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())


def check_delivery(
    sections: Mapping[str, Any], topics: Mapping[int, schema.TopicSettings], channels: list[str]
) -> Found:
    """Check the references of routes, and the times of digests.

    `sections` is the file's tree, mistakes and all; `topics` are those that can be read.
    """
    labels = {label for topic in topics.values() for label in topic.labels}
    known = {
        "channels": ("channel", channels),
        "topics": ("topic", [topic.id for topic in topics.values()]),
        "labels": ("topic with the label", sorted(labels)),
    }
    routes = sections.get("routes")
    for index, route in enumerate(routes if isinstance(routes, list) else ()):
        for key, (kind, names) in known.items() if isinstance(route, dict) else ():
            yield from _references(("routes", index, key), kind, _list(route, key), names)

    yield from _briefs(sections.get("briefs"), known)
    for index, topic in topics.items():
        yield from _crons(("topics", index, "digest"), topic.digest)
    section = sections.get("delivery")
    if isinstance(section, dict):
        yield from _crons(("delivery", "digest"), _list(section, "digest"))
        yield from _check_escalation(section, channels)


def _check_escalation(section: Mapping[str, Any], channels: list[str]) -> Found:
    where = ("delivery", "escalate_to")
    yield from _references(where, "channel", _list(section, "escalate_to"), channels)
    if section.get("escalate_after") and not section.get("escalate_to"):
        yield ("delivery", "escalate_after"), "name the channels that it goes to in `escalate_to`"
    if section.get("escalate_to") and not section.get("escalate_after"):
        yield where, "say after how long in `escalate_after`, such as 30m"


def _briefs(briefs: object, known: Mapping[str, tuple[str, list[str]]]) -> Found:
    """Check the channel, the topics and the time of each brief."""
    for name, brief in briefs.items() if isinstance(briefs, dict) else ():
        if isinstance(brief, dict):
            where: Where = ("briefs", name)
            for key, names in (("channel", "channels"), ("topics", "topics")):
                kind, allowed = known[names]
                yield from _references((*where, key), kind, _list(brief, key), allowed)
            yield from _crons((*where, "cron"), _list(brief, "cron"))


def _references(where: Where, kind: str, names: list[str], known: Iterable[str]) -> Found:
    for name in names:
        if name not in known:
            yield where, no_such(kind, name, known)


def _list(section: Mapping[str, Any], key: str) -> list[str]:
    """Texts of a list, or of a single text; other values are left to the schema."""
    value = section.get(key, [])
    values = [value] if isinstance(value, str) else value
    return [text for text in values if isinstance(text, str)] if isinstance(values, list) else []


def _crons(where: Where, expressions: Iterable[str]) -> Found:
    for expression in expressions:
        try:
            next_digest([expression], "UTC", _SOME_DAY)
        except ValueError as error:
            example = 'write minute, hour, day, month and weekday, such as "0 8 * * mon-fri"'
            yield where, f"`{expression}` is no time that comes again ({error}): {example}"
