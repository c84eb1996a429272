"""A story: its reports in time, what publishers and speakers say, its alerts, and the reasons."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from monitor.store.queries.earlier import in_one_line
from monitor.stories.explain import in_words
from monitor.text.excerpt import changes
from monitor.web.charts import Course, begins, ends
from monitor.web.page import Asked, FeedItem, NoPageError, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.store.queries.desk import DeskReader
    from monitor.web.page import Row

_SHORTEST = 600.0  # seconds in which figures are drawn over time
_COLUMNS = (
    "id", "title", "url", "publisher", "lang", "kind", "seen_at", "published_at", "copy_of",
)  # fmt: skip


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of a story."""
    story = reader.story(asked.id())
    if story is None:
        raise NoPageError(f"there is no story {asked.id()}: /stories lists them")
    if not story["articles"] and (into := reader.merged_into(story["id"])):
        raise NoPageError(f"story {story['id']} was merged into story {into}: /stories/{into}")
    edits = _edits(reader.headlines(story["id"]))
    alerts = reader.alerts_of(story["id"])
    verdicts = reader.verdicts_of([row["id"] for row in story["reports"]])
    for report in story["reports"]:
        report["words"] = list(in_words(report["why"])) if report["why"] else []
        report["edits"] = edits.get(report["id"], [])
        report["verdict"] = verdicts.get(report["id"], "")
    work = {"status": reader.status(story["id"]), "activity": reader.activities(story["id"])}
    earlier = reader.before(story["id"], asked.now)
    data = {"story": story, "alerts": alerts, "before": earlier, **work}
    extra = {
        "before_line": in_one_line(earlier) if earlier else "",
        "thread": _thread(story["reports"]),
        "figures": _by_kind(story["figures"]),
        "courses": {kind: _course(rows) for kind, rows in _kinds(story["figures"]).items()},
    }
    items = [_item(row) for row in reversed(story["reports"])]
    title = str(story["title"])
    return Page("story.html", title, data, extra, story["reports"], _COLUMNS, items)


def _thread(reports: Sequence[Row]) -> list[tuple[Row, list[Row]]]:
    """Return the reports, the newest first, each with the copies of its text folded under it."""
    ids = {report["id"] for report in reports}
    copies: dict[int, list[Row]] = {}
    for report in reports:
        if report["copy_of"] in ids:
            copies.setdefault(report["copy_of"], []).append(report)
    originals = [report for report in reports if report["copy_of"] not in ids]
    return [(report, copies.get(report["id"], [])) for report in reversed(originals)]


def _by_kind(figures: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Return what each speaker said last, by what is counted, the largest figure first."""
    last: dict[tuple[str, str], Row] = {}
    for figure in figures:
        speaker = _speaker(figure)
        key = (_kind(figure), speaker.casefold())
        before = last.get(key)
        was = before["value"] if before and before["value"] != figure["value"] else None
        last[key] = {**figure, "speaker": speaker, "was": was}
    kinds: dict[str, list[Row]] = {}
    for (kind, _), figure in last.items():
        kinds.setdefault(kind, []).append(figure)
    return [(kind, sorted(rows, key=lambda row: -row["value"])) for kind, rows in kinds.items()]


def _kind(figure: Row) -> str:
    return str(figure["label"] or figure["unit"])


def _speaker(figure: Row) -> str:
    return str(figure["said_by"] or figure["publisher"])


def _kinds(figures: Sequence[Row]) -> dict[str, list[Row]]:
    kinds: dict[str, list[Row]] = {}
    for figure in figures:
        kinds.setdefault(_kind(figure), []).append(figure)
    return kinds


def _course(figures: Sequence[Row]) -> list[Course]:
    """Return how the figures of each speaker went, if there are different ones; else nothing."""
    points: dict[str, tuple[str, list[tuple[float, float]]]] = {}
    for figure in sorted(figures, key=lambda row: row["seen_at"]):
        at = datetime.fromisoformat(figure["seen_at"]).timestamp()
        speaker = _speaker(figure)
        points.setdefault(speaker.casefold(), (speaker, []))[1].append((at, figure["value"]))
    courses = [Course(name, tuple(found)) for name, found in points.values()]
    is_long = ends(courses) - begins(courses) >= _SHORTEST
    return courses if is_long and len({figure["value"] for figure in figures}) > 1 else []


def _edits(headlines: Sequence[Row]) -> dict[int, list[Any]]:
    """Return the changes of headlines by article, word by word."""
    versions: dict[int, list[Row]] = {}
    for row in headlines:
        versions.setdefault(row["article"], []).append(row)
    found: dict[int, list[Any]] = {}
    for article, rows in versions.items():
        for old, new in pairwise(rows):
            if old["title"] != new["title"]:
                edit = {"at": new["seen_at"], "changes": changes(old["title"], new["title"])}
                found.setdefault(article, []).append(edit)
    return found


def _item(row: Row) -> FeedItem:
    page = f"/articles/{row['id']}"
    at, name = row["seen_at"], f"articles/{row['id']}"
    return FeedItem(name, row["title"], row["url"], page, at, "", row["publisher"], row["lang"])
