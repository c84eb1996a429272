"""The wording that all forms of a brief share. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.text.counts import counted

if TYPE_CHECKING:
    from monitor.brief.brief import Brief, BriefStory, BriefTopic, Citation, FigureLine
    from monitor.feeds.health import Outage

_LONGEST_LINK = 1_500  # characters
DRAFT = "Draft by a language model, checked against the cited reports"


def counts(brief: Brief) -> str:
    """Return how much is in a brief: `5 stories on 2 topics, 14 reports cited`."""
    topics = counted(len(brief.topics), "topic")
    cited = counted(len(brief.citations), "report")
    return f"{counted(brief.stories, 'story')} on {topics}, {cited} cited"


def standing(story: BriefStory) -> str:
    """Return how a story stands: its publishers, reports and other topics."""
    reports = counted(story.reports, "report")
    more = "" if story.new_reports == story.reports else f", {story.new_reports} of them new"
    also = f"; also {', '.join(story.also)}" if story.also else ""
    believed = f"; credibility {story.credibility}" if story.credibility else ""
    return f"{story.standing}; {reports}{more}{believed}{also}"


def lines(story: BriefStory) -> list[str]:
    """Return what is new in a story, its figures, and the notes of people."""
    new, notes = (f"New: {line}" for line in story.changes), (f"Note: {n}" for n in story.notes)
    return [*new, *figure_lines(story), *notes]


def figures(story: BriefStory) -> list[tuple[str, list[FigureLine]]]:
    """Return the figures of a story by what they count."""
    kinds: dict[str, list[FigureLine]] = {}
    for line in story.figures:
        kinds.setdefault(line.kind, []).append(line)
    return list(kinds.items())


def said(line: FigureLine) -> str:
    """Return what a speaker says of a figure: `8,000 → 11,000 (Blinken) [3]`."""
    return f"{line.amount} ({line.speaker}) [{line.cited}]"


def figure_lines(story: BriefStory) -> list[str]:
    """Return a line a kind: `troops: 8,000 → 11,000 (Blinken) [3], 12,000 (Kyiv) [4]`."""
    return [f"{kind}: {', '.join(map(said, lines))}" for kind, lines in figures(story)]


def source(citation: Citation) -> str:
    """Return who reported, and when: `Yonhap (wire, KR), 2024-10-31 18:00 UTC`."""
    kind = "" if citation.kind == "other" else citation.kind
    details = ", ".join(filter(None, [kind, citation.country]))
    name = citation.publisher or "unknown publisher"
    shown = f"{name} ({details})" if details else name
    return f"{shown}, {citation.seen_at:%Y-%m-%d %H:%M} UTC"


def omitted(topic: BriefTopic) -> str:
    """Return the count of the stories that are not shown, "" for none."""
    if not topic.omitted:
        return ""
    return f"{counted(topic.omitted, 'further story')}: monitor stories --topic {topic.id}"


def outage(each: Outage) -> str:
    """Return an outage: `Pacific Wire: http-500, 2024-10-31 02:10 to 04:00 UTC`."""
    until = "and still down" if each.until is None else f"to {each.until:%Y-%m-%d %H:%M} UTC"
    return f"{each.feed or 'the service'}: {each.reason}, {each.since:%Y-%m-%d %H:%M} {until}"


def dropped(brief: Brief) -> str:
    """Return how many sentences of an assistant did not stand the check, "" for none."""
    if not brief.dropped:
        return ""
    return f"{counted(brief.dropped, 'sentence')} of the draft had no support and was left out"


def safe_link(url: str) -> str:
    """Return a link that may be followed, "" for any other (`javascript:`, very long ones)."""
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return ""
    return url if scheme in {"http", "https"} and len(url) <= _LONGEST_LINK else ""
