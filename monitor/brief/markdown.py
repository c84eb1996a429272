"""A brief as Markdown, and as the plain lines of a message. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from monitor.brief import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.brief.brief import Brief, BriefStory, BriefTopic, Citation

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!&])")  # of Markdown: a feed's text has none
_BEGINS = re.compile(r"^(\s*)([-+=]|\d+[.)])")
_IN_LINK = "!#$%&'*+,/:;=?@[]~-._"


def markdown(brief: Brief) -> str:
    """Return a brief as Markdown (CommonMark); the texts of feeds have no effect on it."""
    return "\n".join(_lines(brief)) + "\n"


def _lines(brief: Brief) -> Iterator[str]:
    yield f"# {brief.title}"
    yield from ["", " · ".join(filter(None, [_label(brief), wording.counts(brief)]))]
    yield from _summary(brief)
    for topic in brief.topics:
        yield from _topic(topic)
    if brief.quiet:
        yield from ["", f"No stories: {', '.join(map(escape, brief.quiet))}."]
    yield from _section("Feeds that were down", map(wording.outage, brief.feeds_down))
    if brief.citations:
        yield from ["", "## Reports", ""]
        yield from map(_citation, brief.citations)


def _label(brief: Brief) -> str:
    return f"**{brief.tlp.label}**" if brief.tlp else ""


def _summary(brief: Brief) -> Iterator[str]:
    if brief.summary:
        yield from ["", f"> {wording.DRAFT}:", ">"]
        yield f"> {escape(' '.join(brief.summary), cites=True)}"
    if left_out := wording.dropped(brief):
        yield from ["", f"*{left_out}.*"]


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    items = [f"- {escape(line)}" for line in lines]
    if items:
        yield from ["", f"## {title}", "", *items]


def _topic(topic: BriefTopic) -> Iterator[str]:
    label = f" ({topic.tlp.label})" if topic.tlp else ""
    yield from ["", f"## {escape(topic.title)}{label}"]
    for story in topic.stories:
        yield from _story(story)
    if more := wording.omitted(topic):
        yield from ["", f"{escape(more)}"]


def _story(story: BriefStory) -> Iterator[str]:
    yield from ["", f"### {escape(story.title)} {_cites(story.cited)}", ""]
    yield from (f"{escape(gloss)}\\" for gloss in story.glosses)
    yield escape(wording.standing(story)) + "."
    if story.draft:
        yield from ["", f"> {wording.DRAFT}:", ">"]
        yield f"> {escape(' '.join(story.draft), cites=True)}"
    items = [f"- {escape(line, cites=True)}" for line in wording.lines(story)]
    if items:
        yield from ["", *items]


def _cites(numbers: Iterable[int]) -> str:
    return "".join(f"\\[{number}\\]" for number in numbers)


def _citation(citation: Citation) -> str:
    link = wording.safe_link(citation.url)
    title = escape(citation.title)
    shown = f"[{title}](<{quote(link, safe=_IN_LINK)}>)" if link else title
    return f"{citation.number}. {escape(wording.source(citation))}: {shown}"


def escape(text: str, *, cites: bool = False) -> str:
    """Return a text in one line that Markdown shows as it is; with `cites` `[3]` stays."""
    shown = _SIGNS.sub(r"\\\1", " ".join(text.split()))
    shown = _BEGINS.sub(r"\1\\\2", shown)
    return re.sub(r"\\\[(\d+)\\\]", r"\\[\1\\]", shown) if cites else shown


# ── as a message ──────────────────────────────────────────────────────────────────────────────


def message_lines(brief: Brief) -> tuple[str, ...]:
    """Return a brief as the lines of a message, without its heading and label."""
    lines = [wording.counts(brief)]
    if brief.summary:
        lines.append(f"{wording.DRAFT}: {' '.join(brief.summary)}")
    for topic in brief.topics:
        lines.append(f"■ {topic.title}" + (f" ({topic.tlp.label})" if topic.tlp else ""))
        for story in topic.stories:
            lines += _story_lines(story)
        lines += filter(None, [wording.omitted(topic)])
    lines += [f"No stories: {', '.join(brief.quiet)}"] if brief.quiet else []
    lines += [f"Down: {wording.outage(each)}" for each in brief.feeds_down]
    lines += [
        f"[{each.number}] {wording.source(each)} {wording.safe_link(each.url)}".rstrip()
        for each in brief.citations
    ]
    return tuple(lines)


def _story_lines(story: BriefStory) -> Iterator[str]:
    numbers = "".join(f"[{number}]" for number in story.cited)
    yield f"• {story.title} {numbers}"
    yield from (f"  {gloss}" for gloss in story.glosses)
    yield f"  {wording.standing(story)}"
    if story.draft:
        yield f"  {wording.DRAFT}: {' '.join(story.draft)}"
    yield from (f"  {line}" for line in wording.lines(story))
