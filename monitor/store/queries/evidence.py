"""All that is kept of a story, for a bundle: reports, texts, hits, pages, alerts, notes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from monitor.store.queries.inbox import InboxReader
from monitor.store.queries.pages import records_folder

if TYPE_CHECKING:
    from monitor.store.queries.rows import Row

_DIGESTS = """
SELECT id AS version, hex(digest) AS digest FROM versions
WHERE article_id IN (SELECT value FROM json_each(:ids))
"""
_ALERTS = "SELECT * FROM alert_list WHERE story = :story ORDER BY id"


class EvidenceReader(InboxReader):
    """A read-only connection for what is kept of a story."""

    def evidence(self, story_id: int) -> Row | None:
        """Return a story with all that is kept of it, None if there is none.

        `articles` have their texts with times and digests (`versions`), hits with reasons
        (`matches`), entries of feeds, alerts, and what was seen of their pages (`page`).
        """
        story = self.story(story_id)
        if story is None:
            return None
        ids = {"ids": json.dumps([report["id"] for report in story["reports"]])}
        digests = {row["version"]: row["digest"].lower() for row in self._all(_DIGESTS, ids)}
        articles = [self.article(report["id"]) or {} for report in story["reports"]]
        for article in articles:
            for version in article.get("versions", ()):
                version["digest"] = digests.get(version["version"], "")
        return {
            "story": story,
            "articles": articles,
            "alerts": self._all(_ALERTS, {"story": story_id}),
            "activity": self.activities(story_id),
        }

    def records_folder(self) -> str:
        """Return the folder of the records of pages, "" where none was ever noted."""
        return records_folder(self._db)
