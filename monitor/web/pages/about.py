"""About this desk: its version, its state in words, and its configuration with secrets masked."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from monitor import __version__
from monitor.store.queries.status import problems, span, status
from monitor.web.page import Asked, Page

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.store.queries.desk import DeskReader
    from monitor.store.queries.status import Status


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page about the desk itself."""
    found = status(reader.path, asked.now)
    wrong = problems(found, asked.now)
    shown = dict(asked.config.shown) if asked.config else {}
    data = {
        "version": __version__,
        "problems": wrong,
        "status": asdict(found),
        "configuration": shown,
    }
    extra = {"facts": _facts(found, asked.now), "sections": _sections(shown)}
    return Page("about.html", "About this desk", data, extra)


def _facts(found: Status, now: datetime) -> dict[str, str]:
    """Return the state of the service as sentences, by what they are about."""
    running = "no service works on this database"
    if found.is_serving:
        running = f"process {found.pid}, version {found.version}"
    elif found.is_running:
        running = f"process {found.pid} works on this database"
    return {
        "Service": running,
        "Last heartbeat": _ago(found.beat_at, now),
        "Last poll": _ago(found.polled_at, now),
        "Last message": _ago(found.sent_at, now),
        "Feeds": f"{found.feeds} polled, {found.feeds_failing} of them failing",
        "Polls": _queue(found.polls.due, found.polls.overdue),
        "Alerts": f"{found.alerts_waiting} waiting, {found.alerts_failed} failed for good",
    }


def _queue(due: int, overdue: float) -> str:
    return f"{due} due, the oldest for {span(overdue)}" if due else "none due"


def _ago(at: datetime | None, now: datetime) -> str:
    return f"{span(max(0.0, (now - at).total_seconds()))} ago" if at else "never"


def _sections(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the sections of the configuration, each as indented JSON, which is YAML as well."""
    return [
        (name, json.dumps(value, ensure_ascii=False, indent=2, default=str))
        for name, value in shown.items()
        if value not in (None, "", [], {})
    ]
