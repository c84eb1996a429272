"""Time zones by their abbreviations: `AEDT`, `BRT`, `MSK`. Pure.

Some abbreviations mean several zones: `IST` is the time of India, of Israel and of an Irish summer.
The country of the feed decides between them.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_HOURS: dict[str, float] = _DATA["hours"]
_BY_COUNTRY: dict[str, dict[str, float]] = _DATA["by_country"]
_COUNTRIES = {country for zones in _BY_COUNTRY.values() for country in zones}
_HOUR = 3_600
_REGION = re.compile(r"[A-Za-z]{2,3}[-_](?:[A-Za-z]{4}[-_])?([A-Za-z]{2})\b")


def zone_offset(name: str, country: str = "") -> int | None:
    """Return the offset of a zone in seconds east of UTC, None for an unknown abbreviation.

    `country` (ISO 3166) is that of the feed, "" for an unknown one.
    """
    name = name.upper()
    zones = _BY_COUNTRY.get(name)
    hours = zones.get(country, zones["usual"]) if zones else _HOURS.get(name)
    return None if hours is None else round(hours * _HOUR)


def country_of(lang: str, *addresses: str) -> str:
    """Return the country of a feed (ISO 3166) as far as zones depend on it, "" for an unknown one.

    The address tells most (`.in`, `.ie`), then the language tag (`en-IE`), whose region is often
    the default of a template, then the language (Hebrew).
    """
    ends = [_top_domain(address) for address in addresses]
    region = _REGION.match(lang)
    said = [*ends, region[1].upper() if region else ""]
    spoken = _DATA["country_of"].get(re.split(r"[-_]", lang.lower(), maxsplit=1)[0], "")
    return next((country for country in said if country in _COUNTRIES), spoken)


def _top_domain(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rpartition(".")[2].upper()
    except ValueError:
        return ""
