"""Feeds: the state of each with its reason, its news a day, and when it is polled next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from monitor.feeds.health import FeedState
from monitor.store.queries.reader import FEED_FIELDS
from monitor.web.page import Asked, NoPageError, Page

if TYPE_CHECKING:
    from monitor.store.queries.desk import DeskReader

POLL_FIELDS = ("at", "entries", "hits", "near_misses", "unread", "article", "title", "lang")
_DAYS = 28  # of the bars of a feed
_A_PAGE = 200
_ORDER = {str(state): number for number, state in enumerate(reversed(FeedState))}


def one(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of one feed: its polls that brought entries, its gaps, and its next poll."""
    feed = reader.feed(asked.id(), asked.now)
    if feed is None:
        raise NoPageError(f"there is no feed {asked.id()}: /feeds lists them")
    polls = reader.polls_with_entries(feed["id"])
    data = {"feed": feed, "polls": polls, "outages": reader.outages_of(feed["id"])}
    return Page("feed.html", feed["title"], data, {}, polls, POLL_FIELDS)


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of the feeds: those that need a person first."""
    every = reader.feeds(asked.now)
    states = Counter(row["state"] for row in every)
    state, words = asked.text("state"), asked.text("q").casefold()
    rows = [
        row
        for row in every
        if (not state or row["state"] == state)
        and (not words or words in f"{row['title']} {row['url']} {row['publisher']}".casefold())
    ]
    rows.sort(key=lambda row: (not FeedState(row["state"]).needs_a_person, row["title"].casefold()))
    number = asked.number("page", 1, 10_000)
    shown = rows[(number - 1) * _A_PAGE : number * _A_PAGE]
    for row in shown:
        row["days"] = row["news"][-_DAYS:]
        row["needs_a_person"] = FeedState(row["state"]).needs_a_person
    extra = {
        "states": sorted(states.items(), key=lambda each: _ORDER.get(each[0], 99)),
        "state": state,
        "number": number,
        "more": len(rows) > number * _A_PAGE,
        "shown": shown,
        "found": len(rows),
    }
    return Page("feeds.html", "Feeds", {"feeds": rows}, extra, rows, FEED_FIELDS)
