"""What official feeds say beside the text: how severe an event is, and where it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from monitor.parse import Source, parse

if TYPE_CHECKING:
    from monitor.model import Article

SPACES = (
    'xmlns:gdacs="http://www.gdacs.org" xmlns:georss="http://www.georss.org/georss"'
    ' xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"'
    ' xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"'
)
AREA = "38.0,-120.0 38.0,-119.0 39.0,-119.0 39.0,-120.0"
CAP = f"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>77</identifier>
<sent>2026-11-30T06:00:00+01:00</sent><info><language>de-DE</language><event>Hochwasser</event>
<severity>Severe</severity><headline>Hochwasser an der Ems</headline>
<description>Der Pegel steigt.</description><area><areaDesc>Emsland</areaDesc>
<polygon>{AREA}</polygon></area></info></alert>"""


def only(document: str) -> Article:
    [article] = parse(document.encode(), Source()).articles
    return article


def entry(parts: str) -> Article:
    return only(
        f"<rss {SPACES}><channel><item><title>An event</title>{parts}</item></channel></rss>"
    )


@pytest.mark.parametrize(
    ("parts", "point"),
    [
        ("<georss:point>45.25 -71.9</georss:point>", (45.25, -71.9)),
        ("<geo:Point><geo:lat>38.5</geo:lat><geo:long>127.1</geo:long></geo:Point>", (38.5, 127.1)),
        ("<geo:lat>38.5</geo:lat><geo:long>127.1</geo:long>", (38.5, 127.1)),
        (f"<cap:polygon>{AREA}</cap:polygon>", (38.5, -119.5)),
        ("<cap:circle>32.9,-115.5 10</cap:circle>", (32.9, -115.5)),
        ("<georss:point>95 -71.9</georss:point>", None),
        ("<geo:lat>north</geo:lat><geo:long>127.1</geo:long>", None),
        ("", None),
    ],
)
def test_the_place_of_an_event_is_read(parts: str, point: tuple[float, float] | None) -> None:
    assert entry(parts).point == point


@pytest.mark.parametrize(
    ("parts", "severity"),
    [
        ("<gdacs:alertlevel>Red</gdacs:alertlevel>", "extreme"),
        ("<gdacs:alertlevel>Orange</gdacs:alertlevel>", "severe"),
        ("<cap:severity>Moderate</cap:severity>", "moderate"),
        ("<cap:severity>Unknown</cap:severity>", ""),
        ("<description>severe words</description>", ""),
    ],
)
def test_the_severity_of_an_event_has_four_degrees(parts: str, severity: str) -> None:
    assert entry(parts).severity == severity


def test_each_info_of_an_alert_is_an_article() -> None:
    article = only(CAP)
    assert (article.title, article.lang) == ("Hochwasser an der Ems", "de")
    assert article.text == "Der Pegel steigt. Emsland"
    assert (article.severity, article.point) == ("severe", (38.5, -119.5))


def test_a_feature_of_geojson_is_an_article() -> None:
    quake = {
        "id": "us7",
        "properties": {
            "title": "M 6.1 - 40 km E of Hwasong",
            "url": "https://quakes.example/us7",
            "time": 1796025600123,
            "alert": "yellow",
        },
        "geometry": {"type": "Point", "coordinates": [129.4, 41.2, 10.0]},
    }
    article = only(json.dumps({"type": "FeatureCollection", "features": [quake, 3]}))
    assert (article.id, article.link) == ("us7", "https://quakes.example/us7")
    assert (article.severity, article.point) == ("moderate", (41.2, 129.4))
    assert article.published_at == datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.mark.parametrize("geometry", [None, 7, {}, {"coordinates": [[[]]]}, {"coordinates": "12"}])
def test_a_feature_without_a_place_is_an_article_all_the_same(geometry: object) -> None:
    feature = {"properties": {"title": "An event"}, "geometry": geometry}
    article = only(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert article.point is None
