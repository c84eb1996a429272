"""A message as Slack's Block Kit. Pure.

The texts of feeds are escaped, so that they can neither mention anyone nor hide a link, and marked
`verbatim`, so that Slack turns no word into a link. Limits come from Slack's block reference
(docs.slack.dev/reference/block-kit). The blocks of a message stay under 12,000 characters together:
Slack refuses more than about 13,200 (measured).
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

VERDICTS = "monitor_marks"  # id of the block with the readers' verdicts; sent messages have it
GOOD, WRONG, MUTE, SILENCE = "monitor_good", "monitor_wrong", "monitor_mute", "monitor_silence"
MINE, DONE = "monitor_mine", "monitor_done"

_MOST = 12_000  # characters of all blocks together
_SPARE = 300  # characters of these for the line that counts omitted reports, and for dividers
_BLOCKS = 48  # of Slack's 50; two are reserved for the heading and the count of omitted reports
_SECTION = 3_000  # characters of one section
_EXCERPT = 1_200  # characters with escapes; an excerpt has some 280
_VALUE = 300  # characters of a button's value; Slack allows 2,000, but they count towards _MOST
_FALLBACK = 3_500  # characters; Slack advises at most 4,000
_FULL = 8  # reports of a digest with excerpts; a longer digest has one line a report
_WORDS, _SHORT, _TITLE, _LINK, _LINE = 150, 120, 400, 1_500, 600  # characters
_LISTED = 6  # figures, and lines of news, of one report
_IN_LINK = str.maketrans({"|": "%7C", "<": "%3C", ">": "%3E", " ": "%20"})
_ISOLATE, _POP = "\u2068", "\u2069"


def blocks(message: Message, *, buttons: bool = False) -> list[Block]:
    """Return the message as blocks; the last line counts the reports that do not fit.

    `buttons` asks for buttons, which only the first message of a story gets.
    """
    if message.notice:
        return _notice(message.notice)
    title = formatting.heading(message)
    chosen: list[Block] = [_section(f"*{_escaped(title, _TITLE)}*")] if title else []
    footer = _footer(message, buttons=buttons)
    left = _MOST - _SPARE - _total(chosen) - _total(footer)

    for number, item in enumerate(message.reports):
        parts = _report(message, item, divided=bool(chosen))
        if not number and _total(parts) > left:
            parts = [_one_line(item)]  # always fits: every message has a headline
        if _total(parts) > left or len(chosen) + len(parts) > _BLOCKS - len(footer):
            omitted = len(message.reports) - number
            return [*chosen, _context(f"and {omitted} more: `monitor hits` lists them"), *footer]
        chosen += parts
        left -= _total(parts)

    return [*chosen, *footer]


def _total(some: Sequence[Block]) -> int:
    """Return the characters of some blocks together."""
    return sum(map(size, some))


def fallback(message: Message) -> str:
    """Return the message as plain text: for notifications, and after Slack refused the blocks.

    A `plain` message consists of this text alone: links and the lines of a notice are in it.
    """
    lines = list(filter(None, [formatting.heading(message), message.more]))
    if message.notice and message.plain:
        lines += message.notice.lines
    lines += [_line(item, linked=message.plain) for item in message.reports]
    return _fitting(escape("\n".join(lines)), _FALLBACK)


def _line(item: AlertItem, *, linked: bool) -> str:
    topics = f"[{formatting.marking(item.tlp)}{', '.join(item.topics)}]"
    line = shorten(f"{formatting.SIGNS[item.severity]} {topics} {item.title}", 600)
    publisher = f" ({shorten(item.publisher, 100)})" if item.publisher else ""
    news = f": {shorten('; '.join(item.news), 300)}" if item.news else ""
    link = f" {item.link}" if linked and item.link else ""
    return f"{line}{publisher}{news}{link}"


def with_verdicts(sent: Sequence[object], verdicts: Sequence[str]) -> list[object]:
    """Return the blocks of a sent message with the readers' verdicts replaced, above its buttons.

    `sent` are the blocks as Slack returned them: dicts, or anything else.
    """
    kept = [block for block in sent if not _has(block, "block_id", VERDICTS)]
    above = [block.to_dict() for block in _verdicts(verdicts)]
    buttons = [number for number, block in enumerate(kept) if _has(block, "type", "actions")]
    position = buttons[0] if buttons else len(kept)
    return [*kept[:position], *above, *kept[position:]]


def _has(block: object, field: str, value: str) -> bool:
    return isinstance(block, dict) and block.get(field) == value


# ── one report ────────────────────────────────────────────────────────────────────────────────


def _report(message: Message, item: AlertItem, *, divided: bool) -> list[Block]:
    """Return the blocks of one report; `divided` puts a line above it."""
    if len(message.reports) > _FULL:
        return [_one_line(item)]
    parts: list[Block] = [DividerBlock()] if divided else []
    if message.thread is not None and item.news:
        return [*parts, *_reply(item)]
    parts.append(_section(f"{_topics(item)}\n{_headline(item, _TITLE)}{_gloss(item)}"))
    if item.news:
        parts.append(_section(f"*New*\n{_listed(item.news)}"))
    if item.excerpt.text not in {"", item.title}:
        parts.append(_section(_bold(item.excerpt)))
    if item.figures:
        parts.append(_section(_listed(item.figures)))
    return [*parts, *_origin(item)]


def _reply(item: AlertItem) -> list[Block]:
    """Return a later report in short: its news, the headline, the publisher."""
    sign = formatting.SIGNS[item.severity]
    news = _listed(item.news)
    return [
        _section(f"{sign} {formatting.marking(item.tlp)}*New*\n{news}"),
        _section(f"{_headline(item, _TITLE)}{_gloss(item)}"),
        _context(" · ".join(filter(None, [_reported(item), formatting.counts(item)]))),
    ]


def _one_line(item: AlertItem) -> Block:
    """Return a report of a long digest: severity, headline, topics, publisher."""
    publisher = _escaped(item.publisher or "unknown publisher", 60)
    topics = formatting.marking(item.tlp) + _escaped(" · ".join(item.topics), 60)
    sign = formatting.SIGNS[item.severity]
    return _section(f"{sign} {_headline(item, _SHORT)}\n{topics} · {publisher}")


def _topics(item: AlertItem) -> str:
    topics = _escaped(" · ".join(item.topics) or "no topic", _WORDS)
    return f"{formatting.severity(item.severity)} · {formatting.marking(item.tlp)}*{topics}*"


def _headline(item: AlertItem, width: int) -> str:
    title = _escaped(item.title or "(no headline)", width)
    link = escape(item.link.translate(_IN_LINK))
    return f"*<{link}|{title}>*" if link and len(link) <= _LINK else f"*{title}*"


def _gloss(item: AlertItem) -> str:
    """Return the lines under a foreign headline, each with its break before it."""
    return "".join(f"\n{_escaped(line, _LINE)}" for line in formatting.glosses(item))


def _origin(item: AlertItem) -> list[Block]:
    """Return the publishers of the story, the time of the first report, and the matched words."""
    lines = [_publishers(item)]
    if item.why:
        lines.append(f"Matched: {_escaped(item.why, _LINE)}")
    return [_context("\n".join(lines))]


def _publishers(item: AlertItem) -> str:
    """Return all publishers where several carry the story, otherwise the article's own."""
    count = formatting.counts(item)
    if count:
        first = item.publisher_reports[0]
        since = f"{_escaped(first.publisher, 100)} {_date(first.first_seen_at)}"
        return f"*{count}*, first: {since}\n{_escaped(formatting.publisher_reports(item), _LINE)}"
    also = f" · also: {_escaped(', '.join(item.publishers), _LINE)}" if item.publishers else ""
    return f"{_reported(item)}{also}"


def _reported(item: AlertItem) -> str:
    """Return the article's publisher and the time of publication."""
    reports = [report for report in item.publisher_reports if report.publisher == item.publisher]
    name = formatting.named(reports[0]) if reports else item.publisher or "unknown publisher"
    return f"{_escaped(name, 100)} · {_date(item.published_at)}"


def _date(at: datetime) -> str:
    """Return a time that Slack shows in the reader's own time zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def _listed(lines: Sequence[str]) -> str:
    shown = [f"• {_escaped(line, _WORDS)}" for line in lines[:_LISTED]]
    more = [f"and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return "\n".join([*shown, *more])


def _bold(excerpt: Excerpt) -> str:
    """Return an excerpt with the matched words in bold.

    Slack reads an asterisk as bold only at the edge of a word. A zero-width space makes such an
    edge inside a word: a Korean name is written together with its particle.
    """
    pieces, position = [], 0
    for start, end in excerpt.bold:
        pieces += [escape(excerpt.text[position:start]), "\u200b*"]
        pieces += [escape(excerpt.text[start:end]), "*\u200b"]
        position = end
    text = "".join([*pieces, escape(excerpt.text[position:])])
    return _isolated(_fitting(text, _EXCERPT))


# ── verdicts, buttons, notices ────────────────────────────────────────────────────────────────


def _footer(message: Message, *, buttons: bool) -> list[Block]:
    """Return the work, the readers' verdicts, a digest's count, and a first message's buttons."""
    is_first = len(message.reports) == 1 and message.thread is None and not message.digest
    row = [_buttons(message, message.reports[0])] if buttons and is_first else []
    more = [_context(_escaped(message.more, _LINE))] if message.more else []
    status = _status(message.reports[0]) if is_first else []
    return [*status, *_verdicts(message.reader_verdicts), *more, *row]


def _status(item: AlertItem) -> list[Block]:
    """Return who works on the story: `Taken by nina 14:05`, in the reader's time zone."""
    if item.status is None:
        return []
    who = f"{item.status.state.capitalize()} by {_escaped(item.status.name, 100)}"
    return [_context(f"*{who}* {_date(item.status.at)}")]


def _verdicts(verdicts: Sequence[str]) -> list[Block]:
    text = _escaped(" · ".join(verdicts), _LINE)
    return [_context(text, VERDICTS)] if text else []


def _buttons(message: Message, item: AlertItem) -> Block:
    """Return the buttons; their value is `key story topic…`, from which feedback is recorded."""
    value = " ".join([message.key, str(item.story), *item.topic_ids])
    if len(value) > _VALUE:
        value = f"{message.key} {item.story}"

    elements = [
        ButtonElement(text="👍 Good", action_id=GOOD, value=value),
        ButtonElement(text="👎 Not relevant", action_id=WRONG, value=value),
    ]
    if item.story:
        elements.insert(0, ButtonElement(text="✋ Mine", action_id=MINE, value=value))
        elements.insert(1, ButtonElement(text="✅ Done", action_id=DONE, value=value))
        elements.append(ButtonElement(text="🔇 Mute story", action_id=MUTE, value=value))
    if item.topic_ids:
        elements.append(_silence_button(len(item.topic_ids), value))
    return ActionsBlock(elements=elements)


def _silence_button(count: int, value: str) -> ButtonElement:
    """Return the button that silences `count` topics, with a question before it acts."""
    topics = f"{count} topics" if count > 1 else "topic"
    these = f"these {topics}" if count > 1 else "this topic"
    question = ConfirmObject(
        title="Silence for everyone?",
        text=f"Alerts on {these} stop for 8 hours, for all readers.",
        confirm="Silence",
        deny="Cancel",
    )
    text = f"💤 Silence {topics} 8 h"
    return ButtonElement(text=text, action_id=SILENCE, value=value, confirm=question)


def _notice(notice: Notice) -> list[Block]:
    sign = formatting.SIGNS[notice.severity]
    title = f"{formatting.marking(notice.tlp)}*{_escaped(notice.title, _TITLE)}*"
    chosen: list[Block] = [_section(f"{sign} {title}")]
    text = "\n".join(_escaped(line, _LINE) for line in notice.lines)
    pieces = _pieces(text)
    most = 3  # sections of 3,000 characters each, together under _MOST
    chosen += map(_section, pieces[:most])
    if len(pieces) > most:
        more = notice.more or "`monitor status` and `monitor feeds` say it"
        chosen.append(_context(f"the rest did not fit: {more}"))
    return chosen


def _pieces(text: str) -> list[str]:
    """Split a text at its lines into pieces of at most one section each."""
    pieces: list[str] = []
    for line in filter(None, text.split("\n")):
        if pieces and len(pieces[-1]) + 1 + len(line) <= _SECTION:
            pieces[-1] += f"\n{line}"
        else:
            pieces.append(line)
    return pieces


# ── texts ─────────────────────────────────────────────────────────────────────────────────────


def escape(text: str) -> str:
    """Escape Slack's three control characters, `&`, `<` and `>` (Slack's formatting reference)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped(text: str, width: int) -> str:
    """Return the text of a feed or a configuration, escaped and isolated in its direction.

    It is shortened to `width` characters; escapes may make it twice as long, not longer.
    """
    return _isolated(_fitting(escape(shorten(text, width)), 2 * width))


def _isolated(text: str) -> str:
    """Isolate a text with right-to-left letters, so that the order of its neighbours stays.

    See Unicode's bidirectional algorithm (UAX 9): first strong isolate, pop directional isolate.
    """
    right_to_left = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
    return f"{_ISOLATE}{text}{_POP}" if right_to_left else text


def _section(text: str) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=_fitting(text, _SECTION), verbatim=True))


def _context(text: str, block_id: str | None = None) -> ContextBlock:
    element = MarkdownTextObject(text=_fitting(text, _SECTION), verbatim=True)
    return ContextBlock(elements=[element], block_id=block_id)


def _fitting(escaped: str, width: int) -> str:
    """Cut escaped text to a width without splitting an escape such as `&amp;`."""
    if len(escaped) <= width:
        return escaped
    cut = escaped[: width - 1]
    head, ampersand, tail = cut.rpartition("&")
    return (head if ampersand and ";" not in tail else cut) + "…"


def size(block: Block) -> int:
    """Return the number of characters that Slack counts for a block."""
    if isinstance(block, SectionBlock):
        return len(block.text.text) if block.text else 0
    if isinstance(block, ContextBlock):
        return sum(len(getattr(element, "text", "")) for element in block.elements)
    if isinstance(block, ActionsBlock):
        return len(str(block.to_dict()))
    return 0
