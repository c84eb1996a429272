"""Saved views: searches that have a name, for everybody who uses the desk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from monitor.errors import InputError
from monitor.store.tables.base import Table
from monitor.store.times import seconds

if TYPE_CHECKING:
    from datetime import datetime

_LONGEST = 60  # characters of a name


class SavedViewTable(Table):
    """The part of a transaction that concerns saved views."""

    def save(self, name: str, parameters: dict[str, str], by: str, now: datetime) -> str:
        """Store a view, in place of one of the same name; return its name without extra space.

        `parameters` come from `saved_parameters`. Raises InputError for a name that cannot be
        shown.
        """
        shown = " ".join(name.split())
        if not 0 < len(shown) <= _LONGEST or not shown.isprintable():
            raise InputError(f"a view needs a name of 1 to {_LONGEST} characters")
        self.db.execute("DELETE FROM saved_views WHERE name = ?", (shown,))
        self.db.execute(
            "INSERT INTO saved_views (name, query, author, saved_at) VALUES (?, ?, ?, ?)",
            (shown, json.dumps(parameters, ensure_ascii=False), by, seconds(now)),
        )
        return shown

    def delete(self, name: str) -> bool:
        """Delete a view; False where none has this name."""
        found = self.db.execute("DELETE FROM saved_views WHERE name = ?", (name.strip(),))
        return found.rowcount == 1
