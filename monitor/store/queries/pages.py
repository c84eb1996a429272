"""What was seen of the pages of hits, and how much their records take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.store.queries.rows import Row
    from monitor.store.tables.stories import Reads

_NAMES = (
    "at", "url", "status", "words", "title", "version", "sha256", "bytes", "record",
    "record_sha256",
)  # fmt: skip
_LOOKS = f"SELECT {', '.join(_NAMES)} FROM page_observations WHERE article = ? ORDER BY id"
_SETTING = "SELECT value FROM desk_settings WHERE name = ?"


def observations(db: Reads, article: int) -> list[Row]:
    """Return what was seen of an article's page, each time, in order."""
    return [dict(zip(_NAMES, row, strict=True)) for row in db.execute(_LOOKS, (article,))]


def records_folder(db: Reads) -> str:
    """Return the folder of the records of pages, "" where none was ever noted."""
    row = db.execute(_SETTING, ("records",)).fetchone()
    return str(row[0]) if row else ""


def records_on_disk(db: Reads) -> str:
    """Return how much the records of pages take, and what is gone, in words; "" without any."""
    row = db.execute(_SETTING, ("pages",)).fetchone()
    if row is None:
        return ""
    told = json.loads(row[0])
    gone = f"; gone: {told['gone']}" if told["gone"] else ""
    return f"{told['bytes'] / 1e6:,.1f} of {told['most'] / 1e6:,.0f} MB of records{gone}"
