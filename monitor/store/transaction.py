"""What can be read and written inside one transaction of the write connection."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.store.tables.articles import ArticleRows
from monitor.store.tables.bulk_articles import NewcomerRows
from monitor.store.tables.enqueue import AlertRows
from monitor.store.tables.feed_history import HealthRows
from monitor.store.tables.feedback import FeedbackRows
from monitor.store.tables.feeds import FeedRows
from monitor.store.tables.heartbeat import ServiceRows
from monitor.store.tables.internal_errors import InternalErrorRows
from monitor.store.tables.maintenance import UpkeepRows
from monitor.store.tables.outbox import OutboxRows
from monitor.store.tables.silences import SilenceRows
from monitor.store.tables.stories import StoryRows
from monitor.store.tables.subscriptions import PushRows
from monitor.store.tables.topic_volume import VolumeRows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database


class Transaction(
    FeedRows,
    ArticleRows,
    NewcomerRows,
    AlertRows,
    OutboxRows,
    StoryRows,
    FeedbackRows,
    SilenceRows,
    HealthRows,
    PushRows,
    ServiceRows,
    UpkeepRows,
    VolumeRows,
    InternalErrorRows,
):
    """What can be read and written inside one transaction of the write connection."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.unindexed = []

    @contextmanager
    def part(self) -> Iterator[None]:
        """Do what is inside wholly or, if it raises, not at all."""
        unindexed = len(self.unindexed)
        try:
            with self.db.atomic():
                yield
        except BaseException:
            del self.unindexed[unindexed:]
            raise

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo whatever is done inside."""
        self.db.execute("SAVEPOINT undone")
        try:
            yield
        finally:
            self.db.execute("ROLLBACK TO undone")
            self.db.execute("RELEASE undone")
