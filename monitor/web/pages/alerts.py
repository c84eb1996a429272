"""Alerts: what was sent, waits, was refused or silenced; silences; and the ledger, added up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from monitor.errors import InputError
from monitor.model import AlertState
from monitor.web.page import Asked, FeedItem, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.store.queries.desk import DeskReader
    from monitor.web.page import Row

COLUMNS = (
    "id", "kind", "state", "channel", "topics", "title", "story", "article", "attempts",
    "created_at", "due_at", "sent_at", "reason",
)  # fmt: skip
OUTCOMES = ("hit", "near_miss", "no_match", "duplicate", "unread")
KINDS = ("first", "reply", "report", "digest", "notice")
STATES = tuple(str(state) for state in AlertState)


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of the outbox, the silences and the ledger."""
    state, kind, channel = (asked.text(name) for name in ("state", "kind", "channel"))
    if (state and state not in STATES) or (kind and kind not in KINDS):
        raise InputError(f"an alert is {', '.join(STATES)}; its kind {', '.join(KINDS)}")
    limit = asked.number("limit", 50)
    rows = reader.alerts(state, channel, limit, kind=kind)
    for row in rows:
        row["why"] = _why(row)
    data = {
        "alerts": rows,
        "states": _counts(reader.alert_states()),
        "silences": reader.silences(asked.now),
        "ledger": ledger(reader.coverage()),
        "digests": reader.digests(),
        "stopped": reader.stopped_channels(),
    }
    extra = {"kinds": KINDS, "chosen": {"state": state, "kind": kind, "channel": channel},
             "limit": limit}  # fmt: skip
    return Page("alerts.html", "Alerts", data, extra, rows, COLUMNS, [_item(row) for row in rows])


def ledger(feeds: Sequence[Row]) -> Row:
    """Return the ledger of all feeds together: its entries, and how many had which outcome."""
    totals: Counter[str] = Counter()
    for row in feeds:
        totals.update({name: row[name] for name in ("entries", *OUTCOMES)})
    accounted = sum(totals[name] for name in OUTCOMES)
    return {
        **dict.fromkeys(("entries", *OUTCOMES), 0),
        **totals,
        "feeds": len(feeds),
        "unaccounted": totals["entries"] - accounted,
    }


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["state"]] += row["alerts"]
    return {state: counts[state] for state in STATES}


def _why(row: Row) -> str:
    in_doubt = "its answer was lost" if row["in_doubt"] else ""
    repeated = f"sent again {row['repeated']}×, unseen" if row["repeated"] else ""
    reasons = [row["reason"], in_doubt, repeated, *row["news"], row["digest"]]
    return "; ".join(filter(None, reasons))


def _item(row: Row) -> FeedItem:
    page = f"/stories/{row['story']}" if row["story"] else "/alerts"
    title = row["title"] or "(its text was pruned)"
    text = f"{row['state']} in {row['channel']}"
    at = row["sent_at"] or row["created_at"]
    return FeedItem(f"alerts/{row['id']}", title, "", page, at, text, tags=row["topics"])
