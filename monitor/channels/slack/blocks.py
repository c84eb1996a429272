"""A message as Slack's Block Kit. Pure.

What a feed wrote is escaped, so that it can neither mention anyone nor hide a link, and marked
`verbatim`, so that Slack turns none of its words into links. Limits are those of Slack's block
reference (docs.slack.dev/reference/block-kit), and a message's blocks stay under 12,000 characters
together: over about 13,200 Slack refuses them.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    MarkdownTextObject,
    SectionBlock,
)

from monitor.channels import formatting
from monitor.text.normalize import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from slack_sdk.models.blocks import Block

    from monitor.model import AlertItem, Excerpt, Message, Notice

MARKS = "monitor_marks"  # id of the block that tells what readers did with the message
GOOD, WRONG, MUTE, SILENCE = "monitor_good", "monitor_wrong", "monitor_mute", "monitor_silence"

_MOST = 12_000  # characters of all blocks together
_SPARE = 300  # of these for the line that counts what was left out, and a divider's markup
_BLOCKS = 48  # of Slack's 50, two kept for a heading and what was left out
_SECTION = 3_000
_EXCERPT = 1_200  # escapes included; an excerpt is some 280 characters
_VALUE = 300  # of a button; Slack allows 2,000, but they count for all
_FALLBACK = 3_500  # Slack advises at most 4,000
_FULL = 8  # reports that a digest tells with their excerpts; more are told in a line each
_WORDS, _SHORT, _TITLE, _LINK, _LINE = 150, 120, 400, 1_500, 600
_LISTED = 6  # figures, and news, of one report
_IN_LINK = str.maketrans({"|": "%7C", "<": "%3C", ">": "%3E", " ": "%20"})
_ISOLATE, _POP = "\u2068", "\u2069"


def blocks(message: Message, *, buttons: bool = False) -> list[Block]:
    """Return the message as blocks; what does not fit is counted in the last line.

    `buttons` belong to the first message of a story only.
    """
    if message.notice:
        return _notice(message.notice)
    compact = len(message.reports) > _FULL
    title = formatting.heading(message)
    chosen: list[Block] = [_section(f"*{_said(title, _TITLE)}*")] if title else []
    ends = _ends(message, buttons=buttons)
    left = _MOST - _SPARE - sum(map(size, [*chosen, *ends]))
    for number, report in enumerate(message.reports):
        parts = [_one_line(report)] if compact else _parts(message, report, divided=bool(chosen))
        if not number and sum(map(size, parts)) > left:
            parts = [_one_line(report)]  # which always fits: no message is without its headline
        if sum(map(size, parts)) > left or len(chosen) + len(parts) > _BLOCKS - len(ends):
            rest = len(message.reports) - number
            return [*chosen, _context(f"and {rest} more: `monitor hits` lists them")]
        chosen += parts
        left -= sum(map(size, parts))
    return [*chosen, *ends]


def fallback(message: Message) -> str:
    """Return the message as one plain text: for notifications, and where blocks were refused.

    Where it is all that is sent, it has the links and a notice's lines as well.
    """
    lines = [formatting.heading(message)] if formatting.heading(message) else []
    if message.notice and message.plain:
        lines += message.notice.lines
    lines += [_line(report, linked=message.plain) for report in message.reports]
    return _fitting(escape("\n".join(lines)), _FALLBACK)


def _line(report: AlertItem, *, linked: bool) -> str:
    topics = f"{formatting.SIGNS[report.severity]} [{', '.join(report.topics)}]"
    line = shorten(f"{topics} {report.title}", 600)
    publisher = f" ({shorten(report.publisher, 100)})" if report.publisher else ""
    news = f": {shorten('; '.join(report.news), 300)}" if report.news else ""
    return f"{line}{publisher}{news}" + (f" {report.link}" if linked and report.link else "")


def with_marks(sent: Sequence[object], marks: Sequence[str]) -> list[object]:
    """Return the blocks of a message that was sent, with other marks: above its buttons."""
    kept = [b for b in sent if not (isinstance(b, dict) and b.get("block_id") == MARKS)]
    at = next(
        (i for i, b in enumerate(kept) if isinstance(b, dict) and b.get("type") == "actions"),
        len(kept),
    )
    return [*kept[:at], *(block.to_dict() for block in _marks(marks)), *kept[at:]]


# ── one report ────────────────────────────────────────────────────────────────────────────────


def _parts(message: Message, report: AlertItem, *, divided: bool) -> list[Block]:
    parts: list[Block] = [DividerBlock()] if divided else []
    if message.thread is not None and report.news:
        return [*parts, *_reply(report)]
    parts.append(_section(f"{_topics(report)}\n{_headline(report, _TITLE)}"))
    if report.news:
        parts.append(_section(f"*New*\n{_listed(report.news)}"))
    if report.excerpt.text not in {"", report.title}:
        parts.append(_section(_bold(report.excerpt)))
    if report.figures:
        parts.append(_section(_listed(report.figures)))
    return [*parts, *_origin(report)]


def _reply(report: AlertItem) -> list[Block]:
    """Return a later report, in short: what is new, the headline, who says so."""
    sign = formatting.SIGNS[report.severity]
    news = _listed(report.news)
    return [
        _section(f"{sign} *New*\n{news}"),
        _section(_headline(report, _TITLE)),
        _context(" · ".join(filter(None, [_reported(report), formatting.counts(report)]))),
    ]


def _one_line(report: AlertItem) -> Block:
    """Return a report of a long digest: severity, headline, topics, publisher."""
    publisher = _said(report.publisher or "unknown publisher", 60)
    topics = _said(" · ".join(report.topics), 60)
    sign = formatting.SIGNS[report.severity]
    return _section(f"{sign} {_headline(report, _SHORT)}\n{topics} · {publisher}")


def _topics(report: AlertItem) -> str:
    topics = _said(" · ".join(report.topics) or "no topic", _WORDS)
    return f"{formatting.severity(report.severity)} · *{topics}*"


def _headline(report: AlertItem, width: int) -> str:
    title = _said(report.title or "(no headline)", width)
    link = escape(report.link.translate(_IN_LINK))
    return f"*<{link}|{title}>*" if link and len(link) <= _LINK else f"*{title}*"


def _origin(report: AlertItem) -> list[Block]:
    """Return who carries the story, since when, and why it matched."""
    lines = [_carried(report)]
    if report.why:
        lines.append(f"Matched: {_said(report.why, _LINE)}")
    return [_context("\n".join(lines))]


def _carried(report: AlertItem) -> str:
    count = formatting.counts(report)
    if count:
        first = report.publisher_reports[0]
        since = f"{_said(first.publisher, 100)} {_date(first.first_seen_at)}"
        return f"*{count}*, first: {since}\n{_said(formatting.publisher_reports(report), _LINE)}"
    also = f" · also: {_said(', '.join(report.publishers), _LINE)}" if report.publishers else ""
    return f"{_reported(report)}{also}"


def _reported(report: AlertItem) -> str:
    """Return who wrote the article, and when."""
    voice = next((v for v in report.publisher_reports if v.publisher == report.publisher), None)
    name = formatting.named(voice) if voice else report.publisher or "unknown publisher"
    return f"{_said(name, 100)} · {_date(report.published_at)}"


def _date(at: datetime) -> str:
    """Return a time for the reader's own zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def _listed(lines: Sequence[str]) -> str:
    shown = [f"• {_said(line, _WORDS)}" for line in lines[:_LISTED]]
    more = [f"and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return "\n".join([*shown, *more])


def _bold(excerpt: Excerpt) -> str:
    """Return an excerpt with the found words in bold.

    Slack reads an asterisk as bold only at a word's edge; a zero-width space makes one inside
    a word, as a Korean name with its particle needs.
    """
    pieces, at = [], 0
    for start, end in excerpt.bold:
        pieces += [escape(excerpt.text[at:start]), "\u200b*"]
        pieces += [escape(excerpt.text[start:end]), "*\u200b"]
        at = end
    text = "".join([*pieces, escape(excerpt.text[at:])])
    return _isolated(_fitting(text, _EXCERPT))


# ── what stands around reports ────────────────────────────────────────────────────────────────


def _ends(message: Message, *, buttons: bool) -> list[Block]:
    alone = len(message.reports) == 1 and message.thread is None and not message.digest
    buttoned = [_buttons(message, message.reports[0])] if buttons and alone else []
    return [*_marks(message.marks), *buttoned]


def _marks(marks: Sequence[str]) -> list[Block]:
    text = _said(" · ".join(marks), _LINE)
    return [_context(text, MARKS)] if text else []


def _buttons(message: Message, report: AlertItem) -> Block:
    """Return the buttons; their value is `key story topic…`, by which the listener finds them."""
    value = " ".join([message.key, str(report.story), *report.topic_ids])
    if len(value) > _VALUE:
        value = f"{message.key} {report.story}"
    several = len(report.topic_ids) > 1
    topic = f"{len(report.topic_ids)} topics" if several else "topic"
    sure = ConfirmObject(
        title="Silence for everyone?",
        text=f"Alerts on this {topic} stop for 8 hours, for all readers."
        if not several
        else f"Alerts on these {topic} stop for 8 hours, for all readers.",
        confirm="Silence",
        deny="Cancel",
    )
    elements = [
        ButtonElement(text="👍 Good", action_id=GOOD, value=value),
        ButtonElement(text="👎 Not relevant", action_id=WRONG, value=value),
    ]
    if report.story:
        elements.append(ButtonElement(text="🔇 Mute story", action_id=MUTE, value=value))
    if report.topic_ids:
        text = f"💤 Silence {topic} 8 h"
        elements.append(ButtonElement(text=text, action_id=SILENCE, value=value, confirm=sure))
    return ActionsBlock(elements=elements)


def _notice(notice: Notice) -> list[Block]:
    sign = formatting.SIGNS[notice.severity]
    chosen: list[Block] = [_section(f"{sign} *{_said(notice.title, _TITLE)}*")]
    text = "\n".join(_said(line, _LINE) for line in notice.lines)
    pieces = _pieces(text)
    room = 3  # of 3,000 characters each, under _MOST together
    chosen += map(_section, pieces[:room])
    if len(pieces) > room:
        chosen.append(_context("the rest did not fit: `monitor status` and `monitor feeds` say it"))
    return chosen


def _pieces(text: str) -> list[str]:
    """Cut a text at its lines into pieces that a section holds."""
    pieces: list[str] = []
    for line in filter(None, text.split("\n")):
        if pieces and len(pieces[-1]) + 1 + len(line) <= _SECTION:
            pieces[-1] += f"\n{line}"
        else:
            pieces.append(line)
    return pieces


# ── texts ─────────────────────────────────────────────────────────────────────────────────────


def escape(text: str) -> str:
    """Escape Slack's three control characters, as its formatting reference asks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _said(text: str, width: int) -> str:
    """Return what a feed or a configuration says, escaped, and kept to its direction.

    Shortened to `width`; with its escapes it is twice as long at most.
    """
    return _isolated(_fitting(escape(shorten(text, width)), 2 * width))


def _isolated(text: str) -> str:
    """Isolate a text with right-to-left letters, so that it does not turn round its neighbours.

    See Unicode's bidirectional algorithm (UAX 9): first strong isolate, pop directional isolate.
    """
    turns = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
    return f"{_ISOLATE}{text}{_POP}" if turns else text


def _section(text: str) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=_fitting(text, _SECTION), verbatim=True))


def _context(text: str, block_id: str | None = None) -> ContextBlock:
    element = MarkdownTextObject(text=_fitting(text, _SECTION), verbatim=True)
    return ContextBlock(elements=[element], block_id=block_id)


def _fitting(escaped: str, width: int) -> str:
    """Cut escaped text to a width without cutting an escape in two."""
    if len(escaped) <= width:
        return escaped
    cut = escaped[: width - 1]
    head, ampersand, tail = cut.rpartition("&")
    return (head if ampersand and ";" not in tail else cut) + "…"


def size(block: Block) -> int:
    """Return how many characters of text a block holds, those of its buttons included."""
    if isinstance(block, SectionBlock):
        return len(block.text.text) if block.text else 0
    if isinstance(block, ContextBlock):
        return sum(len(getattr(element, "text", "")) for element in block.elements)
    if isinstance(block, ActionsBlock):
        return len(str(block.to_dict()))
    return 0
