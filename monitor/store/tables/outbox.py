"""The outbox: due alerts are claimed as messages, and the outcome of each send is written back.

    pending ─▶ claimed until its lease ends ─▶ sent, digested, counted, silenced or failed
       ▲                                          │
       └──────── retried at a later `due_at` ◀────┘

What is claimed, and in which order, is in `claims`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from monitor.model import AlertState
from monitor.store.tables.claims import ClaimTable
from monitor.store.tables.reports import content_digest
from monitor.store.times import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.model import Claim

Row = dict[str, Any]


class OutboxTable(ClaimTable):
    """The part of a transaction that concerns sending."""

    def mark_sent(self, claim: Claim, ref: str, now: datetime, *, repeated: bool = False) -> None:
        """Record that a message went out, if the claim is still ours, and that its channel works.

        `repeated`: it was sent again although it may have arrived before. The first alert of a
        message becomes `sent`, further ones `counted`, all alerts of a digest `digested`.
        """
        if claim.message.edits:
            self._end_edit(claim)
            values = (content_digest(claim.message.reports), claim.ids[0])
            self.db.execute("UPDATE alerts SET shown = ? WHERE id = ?", values)
        else:
            self._mark_alerts_sent(claim, ref, now, repeated=repeated)
        self._channels.mark_working(claim.channel, now)

    def _mark_alerts_sent(self, claim: Claim, ref: str, now: datetime, *, repeated: bool) -> None:
        ids = self._still_claimed(claim)
        done: Row = {"due_at": None, "in_doubt": 0, "sent_at": seconds(now)}
        sent = {**done, "reason": "", "ref": ref, "thread": claim.message.thread}
        if claim.message.digest:
            self._update(claim, ids, state=AlertState.DIGESTED, **sent)
        elif ids:
            shown = content_digest(claim.message.reports)
            self._update(claim, ids[:1], state=AlertState.SENT, shown=shown, **sent)
            reason = f"sent together with alert {ids[0]}"
            self._update(claim, ids[1:], state=AlertState.COUNTED, reason=reason, **done)
        if repeated:
            self.db.execute(
                "UPDATE alerts SET repeated = repeated + 1 WHERE message = ?", (claim.message.key,)
            )

    def _still_claimed(self, claim: Claim) -> list[int]:
        """Return the ids of the alerts whose claim is still ours."""
        rows = self.db.execute(
            "SELECT id FROM alerts WHERE due_at = ? AND id IN (SELECT value FROM json_each(?))"
            " ORDER BY id",
            (claim.lease_at, json.dumps(claim.ids)),
        )
        return [alert_id for (alert_id,) in rows]

    def mark_silenced(self, claim: Claim, ids: Iterable[int], reason: str = "") -> None:
        """Record that some of the claimed alerts are silenced; `reason` names the silences."""
        self._update(claim, ids, state=AlertState.SILENCED, due_at=None, reason=reason)

    def mark_failed(
        self,
        claim: Claim,
        reason: str,
        retry_at: datetime | None,
        *,
        plain: bool = False,
        in_doubt: bool = False,
    ) -> None:
        """Record a refusal; the message is retried at `retry_at`, None for never.

        `plain`: as plain text. `in_doubt`: the message may have arrived all the same. A refused
        edit is not retried as plain text, since its message has been sent before.
        """
        if claim.message.edits:
            self._end_edit(claim, retry_at if not plain else None)
            return
        is_same_retry = retry_at is not None and not plain
        self._update(
            claim,
            claim.ids,
            state=AlertState.PENDING if plain else AlertState.FAILED,
            due_at=None if retry_at is None else seconds(retry_at),
            reason=reason,
            plain=int(plain),
            in_doubt=int(in_doubt or (claim.in_doubt and is_same_retry)),
        )

    def retry(
        self, claim: Claim, reason: str, retry_at: datetime, *, in_doubt: bool = False
    ) -> None:
        """Record a send that failed for a passing reason; the message is due again at `retry_at`.

        `in_doubt`: the message may have arrived all the same.
        """
        if claim.message.edits:
            self._end_edit(claim, retry_at)
            return
        self._update(
            claim,
            claim.ids,
            state=AlertState.PENDING,
            due_at=seconds(retry_at),
            reason=reason,
            in_doubt=int(in_doubt or claim.in_doubt),
        )

    def _end_edit(self, claim: Claim, retry_at: datetime | None = None) -> None:
        """Delete an edit, unless a later one replaced it; with `retry_at` make it due then."""
        values = {"id": claim.ids[0], "lease_at": claim.lease_at}
        if retry_at is None:
            self.db.execute("DELETE FROM edits WHERE alert_id = :id AND due_at = :lease_at", values)
        else:
            self.db.execute(
                "UPDATE edits SET due_at = :at, leased = 0"
                " WHERE alert_id = :id AND due_at = :lease_at",
                values | {"at": seconds(retry_at)},
            )

    def _update(self, claim: Claim, ids: Iterable[int], **columns: Any) -> None:
        """Change columns of claimed alerts whose claim is still ours."""
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        self.db.conn.executemany(
            f"UPDATE alerts SET leased = 0, {assignments} WHERE id = :id AND due_at = :lease_at",
            [columns | {"id": alert_id, "lease_at": claim.lease_at} for alert_id in ids],
        )
        if columns["state"] not in {
            AlertState.PENDING,
            AlertState.SENT,
        }:  # there is no message to edit
            self.db.conn.executemany(
                "DELETE FROM edits WHERE alert_id = ?", [(alert_id,) for alert_id in ids]
            )
