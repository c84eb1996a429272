"""The map of the world: where a place stands on it, and its parts. Pure.

The outlines are `vendor/world-atlas-2.0.2.svg`, made by `scripts/world_map.mjs` with the same
projection: Equal Earth (Šavrič, Patterson and Jenny 2018), centred on 11° E, so that the edge runs
through the Bering Strait.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

WORLD = "world-atlas-2.0.2.svg"
WIDTH, HEIGHT, EQUATOR = 1000, 440, 244  # of the picture; where the equator runs in it
_CENTRE = 11.0  # degrees east
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796  # the projection's polynomial
_M = sqrt(3) / 2
_SCALE = WIDTH / 2 / 2.706629983696  # the half circumference is so wide
_SMALLEST, _GROWTH, _LARGEST = 2.5, 2.5, 24.0  # radius of a circle, for a picture of WIDTH


class Point(NamedTuple):
    """A point of the picture."""

    x: float
    y: float


def point(latitude: float, longitude: float) -> Point:
    """Return where a place stands in the picture; `latitude` and `longitude` are in degrees."""
    east = radians((longitude - _CENTRE + 180) % 360 - 180)
    angle = asin(_M * sin(radians(latitude)))
    square = angle * angle
    sixth = square**3
    x = east * cos(angle) / (_M * (_A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)))
    y = angle * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))
    return Point(round(WIDTH / 2 + _SCALE * x, 2), round(EQUATOR - _SCALE * y, 2))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the world: its name, its middle in degrees, and how much of WIDTH it takes."""

    name: str
    latitude: float
    longitude: float
    width: float

    @property
    def zoom(self) -> float:
        """How many times larger than on the map of the world things are."""
        return WIDTH / self.width

    @property
    def view(self) -> str:
        """The part of the picture that is shown, as SVG's viewBox."""
        if self.width == WIDTH:
            return f"0 0 {WIDTH} {HEIGHT}"
        middle = point(self.latitude, self.longitude)
        height = self.width * HEIGHT / WIDTH
        left, top = middle.x - self.width / 2, middle.y - height / 2
        return f"{left:.1f} {top:.1f} {self.width:g} {height:.1f}"

    def radius(self, stories: int) -> float:
        """Return the radius of a circle whose area grows with the number of stories."""
        full = min(_SMALLEST + _GROWTH * sqrt(stories), _LARGEST)
        return round(full / self.zoom, 2)


PARTS = {
    "": Part("World", 0, 0, WIDTH),
    "europe": Part("Europe", 50, 27, 240),
    "middle-east": Part("Middle East", 31, 44, 190),
    "east-asia": Part("East Asia", 30, 120, 290),
    "africa": Part("Africa", 9, 22, 330),
    "americas": Part("Americas", 18, -78, 520),
}
