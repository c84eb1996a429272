"""Stories as MISP events: an event a story, an attribute an article (MISP core format, 2.4).

See https://www.misp-standard.org/rfc/misp-standard-core.html. An event is unpublished, and for the
own organisation only: who imports it decides. Labels are tags of MISP's taxonomy `tlp`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.export.stories import StoryExport

_UNDEFINED, _ONGOING, _OWN_ORGANISATION = "4", "1", "0"  # threat level, analysis, distribution
_FROM_THE_EVENT = "5"  # distribution of an attribute
_LINKS = ("https://", "http://")


def misp(stories: Sequence[StoryExport], desk: str) -> str:
    """Return stories as events, as the JSON that MISP imports; `desk` names this database."""
    events = [{"Event": _event(story, desk)} for story in stories]
    return json.dumps({"response": events}, ensure_ascii=False, indent=2) + "\n"


def _event(story: StoryExport, desk: str) -> dict[str, Any]:
    tags = [f'monitor:topic="{topic}"' for topic in story.topics]
    tags += [f"tlp:{story.tlp}"] if story.tlp else []
    return {
        "uuid": _uuid(desk, "story", str(story.id)),
        "info": story.title,
        "date": f"{story.started_at:%Y-%m-%d}",
        "timestamp": _seconds(story.last_at),
        "threat_level_id": _UNDEFINED,
        "analysis": _ONGOING,
        "distribution": _OWN_ORGANISATION,
        "published": False,
        "Tag": [{"name": tag} for tag in tags],
        "Attribute": [_attribute(report, story, desk) for report in story.reports],
    }


def _attribute(report: Mapping[str, Any], story: StoryExport, desk: str) -> dict[str, Any]:
    """Return an article: its link, or its headline where it has no link."""
    has_link = report["url"].startswith(_LINKS)
    return {
        "uuid": _uuid(desk, "article", str(report["id"])),
        "category": "External analysis",
        "type": "link" if has_link else "text",
        "value": report["url"] if has_link else report["title"],
        "comment": f"{report['publisher']}: {report['title']}",
        "timestamp": _seconds(story.last_at),
        "to_ids": False,
        "distribution": _FROM_THE_EVENT,
    }


def _uuid(desk: str, *names: str) -> str:
    return str(uuid5(NAMESPACE_URL, "\x1f".join(["monitor", desk, *names])))


def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))
