"""Stories as a bundle of STIX 2.1 (OASIS, 2021; extra `stix`).

A story is a Report that names its publishers (Identity) and places (Location), and refers to each
article. A topic is a Grouping of its stories. Labels are the marking definitions of TLP 2.0 that
OASIS has published in its common objects. Identifiers are made from what they name (UUIDv5): what
is exported again replaces what was imported before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from monitor.errors import InputError
from monitor.model import Tlp, strictest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.export.stories import StoryExport, StoryPlace

_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_MARKINGS = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_MARKED_AT = "2022-10-01T00:00:00.000Z"  # when these definitions were published
_ALWAYS = datetime(2024, 1, 1, tzinfo=UTC)  # creation of what has no time of its own
_MOST_REFERENCES = 50  # articles of one story


def stix(stories: Sequence[StoryExport], desk: str) -> str:
    """Return stories as a bundle, as JSON; `desk` names this database, which identifiers rest on.

    Raises InputError where the extra is not installed.
    """
    try:
        import stix2
    except ImportError as error:
        raise InputError("STIX needs an extra: pip install 'monitor-desk[stix]'") from error
    objects = [stix2.parse(each, allow_custom=False) for each in _objects(stories, desk)]
    identity = f"bundle--{_uuid(desk, 'bundle', *(str(story.id) for story in stories))}"
    bundle = stix2.Bundle(objects=objects, id=identity)
    return str(bundle.serialize(pretty=True, ensure_ascii=False)) + "\n"


def _uuid(desk: str, *names: str) -> UUID:
    return uuid5(NAMESPACE_URL, "\x1f".join(["monitor", desk, *names]))


def _objects(stories: Sequence[StoryExport], desk: str) -> list[dict[str, Any]]:
    """Return all objects, each once, what others refer to first."""
    author = _common("identity", _uuid(desk, "desk"), _ALWAYS, _ALWAYS)
    author |= {"name": "monitor", "identity_class": "system"}
    found = {author["id"]: author}
    levels = {story.tlp for story in stories}
    found |= {marking["id"]: marking for marking in map(_marking, filter(None, levels))}
    for story in stories:
        parts = [*_publishers(story, desk), *map(_location, story.places)]
        found |= {part["id"]: part for part in parts}
        report = _report(story, parts, author["id"], desk)
        found[report["id"]] = report
    groups = _groups(stories, author["id"], desk)
    return [*found.values(), *groups]


def _common(kind: str, uuid: UUID, created: datetime, modified: datetime) -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid}",
        "created": _time(created),
        "modified": _time(modified),
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _marking(level: Tlp) -> dict[str, Any]:
    extension = {"extension_type": "property-extension", "tlp_2_0": str(level)}
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": _MARKINGS[level],
        "created": _MARKED_AT,
        "name": level.label,
        "extensions": {_TLP_EXTENSION: extension},
    }


def _publishers(story: StoryExport, desk: str) -> Iterable[dict[str, Any]]:
    for name in dict.fromkeys(report["publisher"] for report in story.reports):
        if name:
            identity = _common("identity", _uuid(desk, "publisher", name), _ALWAYS, _ALWAYS)
            yield identity | {"name": name, "identity_class": "organization"}


def _location(place: StoryPlace) -> dict[str, Any]:
    location = _common("location", _uuid("", "place", place.set), _ALWAYS, _ALWAYS)
    spot = {"latitude": place.latitude, "longitude": place.longitude}
    return location | {"name": place.name} | spot


def _report(
    story: StoryExport, parts: Sequence[Mapping[str, Any]], author: str, desk: str
) -> dict[str, Any]:
    uuid = _uuid(desk, "story", str(story.id))
    report = _common("report", uuid, story.started_at, story.last_at)
    report |= {
        "name": story.title,
        "published": _time(story.started_at),
        "created_by_ref": author,
        "object_refs": [part["id"] for part in parts] or [author],
        "external_references": list(map(_reference, story.reports[:_MOST_REFERENCES])),
        "labels": list(story.topics),
    }
    return _marked(report, story.tlp)


def _reference(report: Mapping[str, Any]) -> dict[str, str]:
    reference = {"source_name": report["publisher"] or "unknown", "description": report["title"]}
    link = report["url"]
    return reference | ({"url": link} if link.startswith(("https://", "http://")) else {})


def _marked(thing: dict[str, Any], level: Tlp | None) -> dict[str, Any]:
    without = {key: value for key, value in thing.items() if value != []}
    return without | ({"object_marking_refs": [_MARKINGS[level]]} if level else {})


def _groups(stories: Sequence[StoryExport], author: str, desk: str) -> list[dict[str, Any]]:
    topics: dict[str, list[StoryExport]] = {}
    for story in stories:
        for topic in story.topics:
            topics.setdefault(topic, []).append(story)
    return [_group(topic, told, author, desk) for topic, told in topics.items()]


def _group(topic: str, told: Sequence[StoryExport], author: str, desk: str) -> dict[str, Any]:
    uuid = _uuid(desk, "topic", topic)
    created = min(story.started_at for story in told)
    group = _common("grouping", uuid, created, max(story.last_at for story in told))
    group |= {
        "name": told[0].topics[topic],
        "context": "unspecified",
        "created_by_ref": author,
        "object_refs": [f"report--{_uuid(desk, 'story', str(story.id))}" for story in told],
    }
    return _marked(group, strictest(story.tlp for story in told))
