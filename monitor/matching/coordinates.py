"""Where the places and countries of the shipped term sets are, in `monitor/terms/coordinates.csv`.

A place stands at its town, or in its middle: a sea, a strait. A country stands at its capital.
`scripts/coordinates.py` compares the file with GeoNames.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Coordinates(NamedTuple):
    """The name of a place in English, and its `latitude` and `longitude` in degrees."""

    name: str
    latitude: float
    longitude: float


@lru_cache(maxsize=1)
def coordinates() -> Mapping[str, Coordinates]:
    """Return the coordinates by the name of the term set: `kursk`, `north_korea`."""
    text = files("monitor").joinpath("terms", "coordinates.csv").read_text(encoding="utf-8")
    return {
        row["set"]: Coordinates(row["name"], float(row["latitude"]), float(row["longitude"]))
        for row in csv.DictReader(text.splitlines())
    }
