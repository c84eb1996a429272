"""What an operator asks for: failed alerts once more, old articles away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from monitor.errors import StoreError
from monitor.store.tables.base import Table
from monitor.store.times import seconds

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


_ALERTS = """
SELECT id, CASE
    WHEN state <> 'failed' THEN 'is ' || state || ', only a failed one can be sent again'
    WHEN leased AND due_at > :now THEN 'is being sent at this moment'
    WHEN article_id IS NULL AND notice IS NULL THEN 'has lost its text, which was pruned'
    ELSE '' END
FROM alerts
WHERE iif(:ids IS NULL, state = 'failed', id IN (SELECT value FROM json_each(:ids)))
"""


class MaintenanceTable(Table):
    """The part of a transaction that an operator's commands use."""

    def retry_failed(self, ids: Collection[int] | None, now: datetime) -> list[int]:
        """Make failed alerts pending and due, None for all of them; return which.

        Their channels, if stopped, are so no longer. One that is being sent at the moment, or has
        lost its text, is left alone. Raises StoreError, with nothing changed, if one of `ids` is
        no failed alert.
        """
        values = {"now": seconds(now), "ids": None if ids is None else json.dumps(list(ids))}
        wrong = dict(self.db.execute(_ALERTS, values).fetchall())
        for alert_id in ids or ():
            if why := wrong.get(alert_id, "does not exist"):
                advice = "`monitor alerts --state failed` lists what can be sent again"
                raise StoreError(f"alert {alert_id} {why}; {advice}")
        again = sorted(alert_id for alert_id, why in wrong.items() if not why)
        values["ids"] = json.dumps(again)
        self.db.execute(
            "UPDATE alerts SET state = 'pending', due_at = :now, leased = 0, plain = 0, reason = ''"
            " WHERE id IN (SELECT value FROM json_each(:ids))",
            values,
        )
        self.db.execute(
            "UPDATE alerts SET due_at = :now WHERE digest = 'mended' AND due_at IS NOT NULL"
            " AND NOT leased AND channel IN (SELECT channel FROM alerts"
            " WHERE id IN (SELECT value FROM json_each(:ids)))",
            values,
        )
        self.db.execute(
            "UPDATE channels SET ready_at = :now, stopped_at = NULL, reason = ''"
            " WHERE stopped_at IS NOT NULL AND name IN (SELECT channel FROM alerts"
            " WHERE id IN (SELECT value FROM json_each(:ids)))",
            values,
        )
        return again
