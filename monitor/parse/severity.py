"""What feeds of official bodies say beside the text: how severe an event is, and where it is. Pure.

Severity has the words of the Common Alerting Protocol (CAP 1.2, 3.2.2). GDACS and the USGS say it
in colours. Places come from GeoRSS, from W3C's `geo`, from CAP's areas and from GeoJSON.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Point = tuple[float, float]  # degrees north, degrees east

_SEVERITY = {
    "extreme": "extreme", "severe": "severe", "moderate": "moderate", "minor": "minor",
    "red": "extreme", "orange": "severe", "yellow": "moderate", "green": "minor",
}  # fmt: skip
_NAMES = ("cap_severity", "gdacs_alertlevel", "severity")
_PLACES = frozenset({"where", "geo_lat", "cap_polygon", "cap_circle"})
_PAIR = re.compile(r"(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)")
_POLE, _DATE_LINE = 90, 180  # degrees
_MOST = 1_000  # corners of an area that are looked at
_DIGITS = 4  # of a degree: ten metres


def severity_of(entry: Any) -> str:
    """Return `minor`, `moderate`, `severe` or `extreme`; "" where an entry says none."""
    if not any(name in entry for name in _NAMES):
        return ""
    said = (str(entry.get(name) or "").strip().lower() for name in _NAMES)
    return next((_SEVERITY[each] for each in said if each in _SEVERITY), "")


def point_of(entry: Any) -> Point | None:
    """Return where an entry's event is: a point, or the middle of an area; None where unknown."""
    if _PLACES.isdisjoint(entry):
        return None
    where = entry.get("where")
    found = _middle(_corners(where.get("coordinates"))) if isinstance(where, dict) else None
    if found is None and entry.get("geo_lat") and entry.get("geo_long"):
        found = _middle(_PAIR.findall(f"{entry['geo_lat']},{entry['geo_long']}"))
    areas = (str(entry.get(name) or "") for name in ("cap_polygon", "cap_circle"))
    shapes = (_middle(_PAIR.findall(each)[:_MOST]) for each in areas)
    return found or next(filter(None, shapes), None)


def _corners(coordinates: Any) -> list[tuple[Any, Any]]:
    """Return the (north, east) pairs of GeoJSON's coordinates, which name the east first."""
    found: list[tuple[Any, Any]] = []
    waiting = [coordinates]
    while waiting and len(found) < _MOST:
        each = waiting.pop()
        if not isinstance(each, list | tuple) or not each:
            continue
        if isinstance(each[0], list | tuple):
            waiting.extend(each[:_MOST])
        elif len(each) > 1:
            found.append((each[1], each[0]))
    return found


def _middle(corners: Iterable[tuple[Any, Any]]) -> Point | None:
    """Return the middle of corners; None without one, and for places that are not on Earth."""
    try:
        pairs = [(float(north), float(east)) for north, east in corners]
    except (TypeError, ValueError):
        return None
    if not all(abs(north) <= _POLE and abs(east) <= _DATE_LINE for north, east in pairs):
        return None
    if not pairs:
        return None
    norths, easts = zip(*pairs, strict=True)
    return round(sum(norths) / len(pairs), _DIGITS), round(sum(easts) / len(pairs), _DIGITS)
