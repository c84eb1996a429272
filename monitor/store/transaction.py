"""The tables of one transaction: `tx.feeds.claim(…)`, `tx.outbox.mark_sent(…)`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.store.tables.activity import ActivityTable
from monitor.store.tables.articles import ArticleTable
from monitor.store.tables.assist import AssistTable
from monitor.store.tables.belief import BeliefTable
from monitor.store.tables.channels import ChannelTable
from monitor.store.tables.enqueue import AlertTable
from monitor.store.tables.feed_history import FeedHistoryTable
from monitor.store.tables.feedback import FeedbackTable
from monitor.store.tables.feeds import FeedTable
from monitor.store.tables.gloss import GlossTable
from monitor.store.tables.heartbeat import HeartbeatTable
from monitor.store.tables.internal_errors import InternalErrorTable
from monitor.store.tables.maintenance import MaintenanceTable
from monitor.store.tables.outbox import OutboxTable
from monitor.store.tables.pages import PageTable
from monitor.store.tables.reports import ReportReader
from monitor.store.tables.saved_views import SavedViewTable
from monitor.store.tables.silences import SilenceTable
from monitor.store.tables.stories import StoryTable
from monitor.store.tables.story_edits import StoryEditTable
from monitor.store.tables.subscriptions import SubscriptionTable
from monitor.store.tables.topic_volume import TopicVolumeTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database


class Transaction:
    """One transaction of the write connection: its attributes read and write the tables.

    Each attribute stands for one table, or for a few tables that belong together.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self.feeds = FeedTable(db)
        self.history = FeedHistoryTable(db)
        self.subscriptions = SubscriptionTable(db)
        self.articles = ArticleTable(db)
        self.pages = PageTable(db, self.articles)
        self.stories = StoryTable(db)
        self.story_edits = StoryEditTable(db, self.stories)
        self.alerts = AlertTable(db)
        self.channels = ChannelTable(db)
        self.outbox = OutboxTable(db, self.channels, ReportReader(db, self.stories))
        self.saved_views = SavedViewTable(db)
        self.silences = SilenceTable(db)
        self.feedback = FeedbackTable(db, self.silences)
        self.belief = BeliefTable(db)
        self.gloss = GlossTable(db)
        self.activity = ActivityTable(db, self.alerts)
        self.volumes = TopicVolumeTable(db)
        self.internal_errors = InternalErrorTable(db)
        self.service = HeartbeatTable(db)
        self.maintenance = MaintenanceTable(db)
        self.assist = AssistTable(db)

    @contextmanager
    def part(self) -> Iterator[None]:
        """Open a savepoint for the body of the `with` block; roll it back if the body raises.

        Savepoints nest under one name, so SQLite compiles each statement once; `db.atomic` gives
        each a name of its own.
        """
        unindexed = len(self.articles.unindexed)
        connection = self.db.conn
        connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            del self.articles.unindexed[unindexed:]
            if connection.in_transaction:  # some errors have undone all of it
                connection.execute("ROLLBACK TO part")
                connection.execute("RELEASE part")
            raise
        connection.execute("RELEASE part")

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Roll back the changes of the body of the `with` block, also when it succeeds."""
        self.db.execute("SAVEPOINT undone")
        try:
            yield
        finally:
            self.db.execute("ROLLBACK TO undone")
            self.db.execute("RELEASE undone")
