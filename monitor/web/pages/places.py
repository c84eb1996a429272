"""The map: where the stories of some days are, and a timeline of stories a day.

A place is on the map only if a term set named it in a report's headline or lead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from monitor.errors import InputError
from monitor.matching.coordinates import coordinates
from monitor.web.page import Asked, Page
from monitor.web.world import PARTS, Point, point

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.store.queries.desk import DeskReader
    from monitor.web.page import Row
    from monitor.web.world import Part

DAYS = 60  # of the timeline and of the slider
_LENGTHS = {"1": "one day", "7": "7 days", "30": "30 days"}
_A_WEEK = "7"
_LABELS = 12  # places that have their name on the map
_LETTER = 6.4  # width of a letter of a name, for a picture of the world
_LINE = 14.0  # height of a name
_COLUMNS = ("place", "name", "kind", "latitude", "longitude", "stories", "reports")
_ONE_DAY = timedelta(days=1)


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of the map with its timeline."""
    span = _span(asked)
    part = PARTS[_one_of("part", asked.text("part"), PARTS)]
    topic = asked.text("topic")
    places = _places(reader.named_places(span.since, span.until, topic))
    days = reader.stories_a_day(_midnight(span.today + _ONE_DAY), DAYS)
    chosen = [row for row in places if row["place"] == asked.text("place")]
    rows = [_shown(row) for row in places]
    data = {
        "first_day": span.first.isoformat(),
        "last_day": span.last.isoformat(),
        "places": rows,
        "days": days,
    }
    events = reader.located_reports(span.since, span.until, topic)
    extra = _form(asked, span, days) | {
        "events": [{**row, "at": point(row["latitude"], row["longitude"])} for row in events],
        "part": part,
        "circles": _circles(places, part),
        "chosen": chosen[0] if chosen else None,
        "stories": reader.stories_there(chosen[0]["entity"], span.since, span.until, topic)
        if chosen
        else [],
    }
    return Page("map.html", "Map", data, extra, rows, _COLUMNS)


def _form(asked: Asked, span: MapDays, days: Mapping[str, Sequence[int]]) -> Row:
    """Return what the form of the page and its timeline show."""
    here = {name: asked.text(name) for name in ("topic", "part", "days")}
    here["day"] = span.last.isoformat() if span.last != span.today else ""
    topics = _topics(asked, days)
    return {
        "span": span,
        "here": here,
        "link": lambda **changed: _link(here, changed),
        "topics": topics,
        "parts_of_world": PARTS,
        "lengths": _LENGTHS,
        "slider_days": DAYS,
        "timeline": _timeline(topics, days),
    }


@dataclass(frozen=True, slots=True)
class MapDays:
    """The days whose stories the map shows: from `first` to `last` (UTC)."""

    first: date
    last: date
    today: date

    @property
    def since(self) -> datetime:
        """When the first day begins."""
        return _midnight(self.first)

    @property
    def until(self) -> datetime:
        """When the last day ends."""
        return _midnight(self.last + _ONE_DAY)

    @property
    def in_words(self) -> str:
        """The days as a reader says them: `23 Nov – 29 Nov 2026`."""
        last = f"{self.last.day} {self.last:%b %Y}"
        return last if self.first == self.last else f"{self.first.day} {self.first:%b} – {last}"

    @property
    def earlier(self) -> str:
        """The last day of the days before these."""
        return (self.first - _ONE_DAY).isoformat()

    @property
    def later(self) -> str:
        """The last day of the days after these, today at most."""
        return min(self.last + (self.last - self.first) + _ONE_DAY, self.today).isoformat()

    @property
    def window(self) -> tuple[int, int]:
        """The places of the first and the last day in the timeline; before it they are negative."""
        ends = DAYS - 1 - (self.today - self.last).days
        return ends - (self.last - self.first).days, ends


def _span(asked: Asked) -> MapDays:
    """Return the days that an address asks for. Raises InputError."""
    today = asked.now.astimezone(UTC).date()
    length = int(_one_of("days", asked.text("days") or _A_WEEK, _LENGTHS))
    last = min(_day(asked.text("day") or "0", today), today)
    return MapDays(last - timedelta(days=length - 1), last, today)


def _day(given: str, today: date) -> date:
    """Return a day: `2024-10-31`, or `-3` for three days ago. Raises InputError."""
    try:
        if re.fullmatch(r"0|-\d{1,4}", given):
            return today + timedelta(days=int(given))
        return date.fromisoformat(given)
    except ValueError as error:
        raise InputError(f"day: {given!r} is no day such as 2024-10-31 or -3") from error


def _one_of(name: str, given: str, known: Iterable[str]) -> str:
    if given not in known:
        names = ", ".join(filter(None, known))
        raise InputError(f"{name}: {given!r} is none of {names}")
    return given


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _places(rows: Sequence[Row]) -> list[Row]:
    """Return the named places that have coordinates, the one with the most stories first."""
    known = coordinates()
    found = []
    for row in rows:
        kind, _, place = row["entity"].partition(":")
        if place in known:
            name, latitude, longitude = known[place]
            told = {"kind": "place" if kind == "place" else "country", "place": place, "name": name}
            found.append({**row, **told, "latitude": latitude, "longitude": longitude})
    return sorted(found, key=lambda row: (-row["stories"], -row["reports"], row["name"]))


def _shown(row: Row) -> Row:
    return {name: row[name] for name in _COLUMNS}


def _circles(places: Sequence[Row], part: Part) -> list[Row]:
    """Return the circles of a map, the large ones first: small ones are drawn over them."""
    taken: list[tuple[float, float, float, float]] = []
    circles = []
    for row in places:
        at = point(row["latitude"], row["longitude"])
        circle = {**row, "at": at, "radius": part.radius(row["stories"]), "label": None}
        circle["label"] = _label(circle, part, taken) if len(taken) < _LABELS else None
        circles.append(circle)
    return circles


def _label(circle: Row, part: Part, taken: list[tuple[float, float, float, float]]) -> Point | None:
    """Return where the name of a circle begins, right of it; None where another name stands."""
    x, y = circle["at"]
    left, line = x + circle["radius"] + 2 / part.zoom, _LINE / part.zoom
    right = left + len(circle["name"]) * _LETTER / part.zoom
    box = (left, y - line / 2, right, y + line / 2)
    if any(_overlap(box, other) for other in taken):
        return None
    taken.append(box)
    return Point(round(left, 2), y)


def _overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    return not apart


def _topics(asked: Asked, days: Mapping[str, Sequence[int]]) -> list[str]:
    """Return the configured topics, and others that had stories."""
    known = [topic.id for topic in asked.config.topics] if asked.config else []
    return [*known, *sorted(days.keys() - set(known))]


def _timeline(topics: Sequence[str], days: Mapping[str, Sequence[int]]) -> list[Row]:
    """Return the stories a day of each topic that had one, with the count of its busiest day."""
    return [
        {"topic": topic, "days": days[topic], "highest": max(days[topic])}
        for topic in topics
        if topic in days
    ]


def _link(here: Mapping[str, str], changed: Mapping[str, str]) -> str:
    """Return the address of the map with parameters changed; "" takes one away."""
    kept = {name: value for name, value in {**here, **changed}.items() if value}
    return f"/map?{urlencode(kept)}" if kept else "/map"
