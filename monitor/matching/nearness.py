"""The filter `near:`: an article whose place lies within some distance of another. Pure.

near:"Sevastopol 200km"    near:"44.6,33.5 200km"
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from monitor.matching.coordinates import coordinates

_EARTH = 6_371.0  # kilometres: the mean radius (IUGG)
_PLACE = re.compile(r"(.+?)\s+(\d{1,5}(?:\.\d+)?)\s?km", re.IGNORECASE)
_POINT = re.compile(r"(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)")


def as_circle(written: str) -> str:
    """Return a place and a distance with the place in degrees: `51.73,36.18 200km`.

    Raises ValueError with a sentence for the author of the topic.
    """
    found = _PLACE.fullmatch(written.strip())
    if not found:
        raise ValueError('expected a place and a distance, such as near:"Sevastopol 200km"')
    if point := _POINT.fullmatch(found[1]):
        return f"{point[1]},{point[2]} {found[2]}km"
    known = {each.name.casefold(): each for each in coordinates().values()}
    place = known.get(found[1].casefold())
    if place is None:
        raise ValueError(
            f"{found[1]} is no place with known coordinates: give them, such as"
            ' near:"44.6,33.5 200km"'
        )
    return f"{place.latitude},{place.longitude} {found[2]}km"


def is_within(circle: str, point: tuple[float, float] | None) -> bool:
    """Whether a point lies in a circle as `as_circle` writes it; no point lies in none."""
    if point is None:
        return False
    north, east, radius = _read(circle)
    return _distance((north, east), point) <= radius


@lru_cache(maxsize=256)
def _read(circle: str) -> tuple[float, float, float]:
    place, _, radius = circle.partition(" ")
    north, _, east = place.partition(",")
    return float(north), float(east), float(radius.removesuffix("km"))


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the kilometres between two places along the surface (the haversine formula)."""
    north, east, to_north, to_east = map(radians, (*one, *other))
    half = sin((to_north - north) / 2) ** 2
    half += cos(north) * cos(to_north) * sin((to_east - east) / 2) ** 2
    return 2 * _EARTH * asin(sqrt(min(1.0, half)))
