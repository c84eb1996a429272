"""Stories from the database, as all exports have them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.matching.coordinates import coordinates
from monitor.model import strictest
from monitor.store.queries.stories import StoryReader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from monitor.model import Tlp, Topic
    from monitor.store.queries.stories import StoryFilter

_REPORT = (
    "id", "title", "url", "publisher", "kind", "country", "lang", "published_at", "seen_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoryPlace:
    """A place or a country that a story names; `set` is its term set."""

    set: str
    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class StoryExport:
    """A story with its reports, as rows with the columns of the database.

    `topics` are titles by id; `tlp` is the strictest label of the topics. `values` are the other
    columns of the story.
    """

    id: int
    title: str
    topics: Mapping[str, str]
    tlp: Tlp | None
    started_at: datetime
    last_at: datetime
    places: tuple[StoryPlace, ...]
    reports: tuple[Mapping[str, Any], ...]
    values: Mapping[str, Any]

    def row(self) -> dict[str, Any]:
        """Return the story as plain values: times in ISO 8601 (UTC)."""
        label = self.tlp.label if self.tlp else ""
        return {"tlp": label, **self.values, "places": list(map(asdict, self.places))}


def stories_of(path: Path, wanted: StoryFilter, topics: Sequence[Topic]) -> list[StoryExport]:
    """Return the stories of a filter, the one with the newest report first. Raises StoreError."""
    with StoryReader(path) as reader:
        return [
            as_export(story, row, topics)
            for row in reader.stories(wanted)
            if (story := reader.story(row["id"]))
        ]


def as_export(
    story: Mapping[str, Any], counts: Mapping[str, Any], topics: Sequence[Topic]
) -> StoryExport:
    """Return a story of `StoryReader.story` with the `counts` of `StoryReader.stories`."""
    known = {topic.id: topic for topic in topics}
    hit = {name: known[name].title if name in known else name for name in story["topics"]}
    reports = tuple(map(_report, story["reports"]))
    named = ("actors", "weapons", "actions", "figures")
    others = {name: list(story[name]) for name in named}
    return StoryExport(
        id=story["id"],
        title=story["title"],
        topics=hit,
        tlp=strictest(known[name].tlp for name in hit if name in known),
        started_at=datetime.fromisoformat(story["started_at"]),
        last_at=datetime.fromisoformat(story["last_at"]),
        places=_places([*story["places"], *story["actors"]]),
        reports=reports,
        values={**counts, **others, "reports": list(reports)},
    )


def _report(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _REPORT}


def _places(sets: Sequence[str]) -> tuple[StoryPlace, ...]:
    """Return the places and countries among term sets; other actors stand nowhere."""
    known = coordinates()
    return tuple(
        StoryPlace(name, known[name].name, known[name].latitude, known[name].longitude)
        for name in sets
        if name in known
    )
