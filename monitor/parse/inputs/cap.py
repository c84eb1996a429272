"""An alert of the Common Alerting Protocol (OASIS CAP 1.1, 1.2): each `info` is an article.

Pure. Feeds that list alerts are Atom or RSS with elements of CAP in their entries: those are read
as feeds, see `monitor.parse.severity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.parse.inputs.built import Built, built_entry, built_feed
from monitor.parse.inputs.xml_tree import children, name_of, root_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree import ElementTree as ET

    from monitor.model import Source

_SIGN = b"emergency:cap:1."
_HEAD = 4_096  # bytes in which the root element begins


def read(document: bytes, _source: Source) -> Built | None:
    """Return the entries of an alert, None for any other document."""
    if not is_alert(document):
        return None
    alert = root_of(document)
    if alert is None or name_of(alert) != "alert":
        return None
    identifier, sent = value_of(alert, "identifier"), value_of(alert, "sent")
    entries = [_entry(info, identifier, sent) for info in children(alert, "info")]
    return built_feed("cap", entries)


def is_alert(document: bytes) -> bool:
    """Whether the head of a document names CAP, and no feed."""
    head = document[:_HEAD]
    return _SIGN in head and b"<feed" not in head and b"<rss" not in head


def _entry(info: ET.Element, identifier: str, sent: str) -> Built:
    areas = list(children(info, "area"))
    where = [value_of(area, "areaDesc") for area in areas]
    texts = (value_of(info, "description"), value_of(info, "instruction"), *where)
    lang = value_of(info, "language")
    entry = built_entry(
        id="/".join(filter(None, (identifier, lang))),
        link=value_of(info, "web"),
        title=value_of(info, "headline") or value_of(info, "event"),
        text=" ".join(filter(None, texts)),
        published=value_of(info, "effective") or sent,
        lang=lang.partition("-")[0].lower(),
    )
    shapes = next(filter(None, map(_shape, areas)), {})
    return entry | {"cap_severity": value_of(info, "severity"), **shapes}


def _shape(area: ET.Element) -> dict[str, str]:
    return dict(_shapes(area))


def _shapes(area: ET.Element) -> Iterator[tuple[str, str]]:
    for name in ("polygon", "circle"):
        if value := value_of(area, name):
            yield f"cap_{name}", value
