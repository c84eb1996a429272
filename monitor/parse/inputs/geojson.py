"""GeoJSON (RFC 7946) of events, such as the USGS's list of earthquakes: a feature is an article.

Pure. Publishers name the parts of a feature differently; the first name that is there counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.parse.inputs.built import Built, built_entry, built_feed
from monitor.parse.inputs.json_feed import loads

if TYPE_CHECKING:
    from monitor.model import Source

_NAMES = {
    "title": ("title", "headline", "name", "event", "place"),
    "link": ("url", "web", "link"),
    "text": ("description", "summary", "areaDesc"),
    "published": ("time", "sent", "published", "fromdate", "date", "updated"),
    "severity": ("severity", "alert", "alertlevel"),
}


def read(document: bytes, _source: Source) -> Built | None:
    """Return the features of a collection, None for any other document."""
    if b'"FeatureCollection"' not in document:
        return None
    found = loads(document)
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        return None
    features = found.get("features")
    listed = (
        [each for each in features if isinstance(each, dict)] if isinstance(features, list) else []
    )
    entries = [_entry(each) for each in listed]
    return built_feed("geojson", entries, title=_text(found.get("metadata"), "title"))


def _entry(feature: dict[str, Any]) -> Built:
    properties = feature.get("properties")
    values = {part: _first(properties, names) for part, names in _NAMES.items()}
    severity = values.pop("severity")
    entry = built_entry(id=_text(feature, "id"), **values)
    return entry | {"severity": severity, "where": feature.get("geometry")}


def _first(properties: Any, names: tuple[str, ...]) -> str:
    return next(filter(None, (_text(properties, name) for name in names)), "")


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, dict) else None
    return str(found) if isinstance(found, str | int | float) else ""
