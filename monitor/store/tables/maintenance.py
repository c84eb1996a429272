"""Maintenance that an operator asks for: failed alerts become pending again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from monitor.errors import StoreError
from monitor.store.tables.base import Table
from monitor.store.times import seconds

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


# Why each alert cannot be sent again, '' where it can.
_ALERTS = """
SELECT id, CASE
    WHEN state <> 'failed' THEN 'is ' || state || ', only a failed one can be sent again'
    WHEN leased AND due_at > :now THEN 'is being sent at this moment'
    WHEN article_id IS NULL AND notice IS NULL THEN 'has lost its text, which was pruned'
    ELSE '' END
FROM alerts
WHERE iif(:ids IS NULL, state = 'failed', id IN (SELECT value FROM json_each(:ids)))
"""
_RETRY = """
UPDATE alerts SET state = 'pending', due_at = :now, leased = 0, plain = 0, reason = ''
WHERE id IN (SELECT value FROM json_each(:ids))
"""
_CHANNELS = "SELECT channel FROM alerts WHERE id IN (SELECT value FROM json_each(:ids))"
_RETRY_WAITING = f"""
UPDATE alerts SET due_at = :now WHERE digest = 'mended' AND due_at IS NOT NULL AND NOT leased
AND channel IN ({_CHANNELS})
"""
_RESUME_CHANNELS = f"""
UPDATE channels SET ready_at = :now, stopped_at = NULL, reason = ''
WHERE stopped_at IS NOT NULL AND name IN ({_CHANNELS})
"""


class MaintenanceTable(Table):
    """The part of a transaction that an operator's commands use."""

    def retry_failed(self, ids: Collection[int] | None, now: datetime) -> list[int]:
        """Make failed alerts pending and due, all of them for None; return their ids.

        Their channels are stopped no longer. An alert that is being sent at the moment, or whose
        article was pruned, stays as it is. Raises StoreError and changes nothing if one of `ids`
        is no failed alert.
        """
        values = {"now": seconds(now), "ids": None if ids is None else json.dumps(list(ids))}
        obstacles = dict(self.db.execute(_ALERTS, values).fetchall())
        for alert_id in ids or ():
            if obstacle := obstacles.get(alert_id, "does not exist"):
                advice = "`monitor alerts --state failed` lists what can be sent again"
                raise StoreError(f"alert {alert_id} {obstacle}; {advice}")

        retried = sorted(alert_id for alert_id, obstacle in obstacles.items() if not obstacle)
        values["ids"] = json.dumps(retried)
        for statement in (_RETRY, _RETRY_WAITING, _RESUME_CHANNELS):
            self.db.execute(statement, values)
        return retried
