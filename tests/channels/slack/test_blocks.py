"""A message as blocks is valid, harmless, within Slack's limits, and tells what it should."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
import slackblocks
from conftest import NOW
from hypothesis import given
from hypothesis import strategies as st
from messages import (
    ARABIC,
    FIRST,
    HEARTBEAT,
    HOSTILE,
    KINDS,
    KOREAN,
    VOICES,
    alert,
    digest,
    reply,
    report,
    voice,
)
from slack_sdk.models import blocks as slack_models

from monitor.channels.slack.blocks import blocks, fallback, with_verdicts
from monitor.model import DigestKind, Excerpt, Message, Notice, Severity
from monitor.text.normalize import clean

every_kind = pytest.mark.parametrize("message", KINDS.values(), ids=KINDS)


def built(message: Message, *, buttons: bool = True) -> list[dict[str, Any]]:
    return [block.to_dict() for block in blocks(message, buttons=buttons)]


def texts(found: list[dict[str, Any]]) -> list[str]:
    """Return the texts of blocks, but for those of buttons."""
    told = []
    for block in found:
        if block["type"] == "context":
            told += [each["text"] for each in block["elements"]]
        told += [block["text"]["text"]] if "text" in block else []
    return told


def unmarked(text: str) -> str:
    """Return what a reader sees, after a check that only our own markup is in a text."""
    left = re.sub(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|([^<>|]*)>", r"\1", text)
    left = re.sub(r"<https?://[^<>|\s]*\|([^<>]*)>", r"\1", left)
    assert not set("<>") & set(left)
    assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    return re.sub("[\u200b\u2068\u2069]", "", unescape(left))


def buttons_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for block in found if block["type"] == "actions" for each in block["elements"]]


def hold(message: Message) -> None:
    """All that must be true of the blocks of any message."""
    found = built(message)
    told = texts(found)
    assert 0 < len(found) <= 50
    assert all(0 < len(text) <= 3_000 for text in told)
    assert len(json.dumps(buttons_of(found), ensure_ascii=False)) + sum(map(len, told)) <= 12_000
    for text in told:
        unmarked(text)
        assert text.count("\u2068") == text.count("\u2069")
    for block in found:
        parsed = slack_models.Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
        assert json.loads(repr(independent(block)))["type"] == block["type"]


def independent(block: dict[str, Any]) -> Any:
    """Return a block as slackblocks has it, which checks it; its buttons have to be built."""
    if block["type"] != "actions":
        return slackblocks.Block.from_dict(block)
    dialogue = slackblocks.ConfirmationDialogue.from_dict
    buttons: list[slackblocks.Element] = [
        slackblocks.Button(
            text=each["text"]["text"],
            action_id=each["action_id"],
            value=each["value"],
            confirm=dialogue(each["confirm"]) if "confirm" in each else None,
        )
        for each in block["elements"]
    ]
    return slackblocks.ActionsBlock(elements=buttons)


@every_kind
def test_blocks_of_every_kind_are_valid_harmless_and_within_the_limits(message: Message) -> None:
    hold(message)


@every_kind
def test_the_text_beside_the_blocks_is_short_and_has_no_markup(message: Message) -> None:
    text = fallback(message)
    assert 0 < len(text) <= 4_000
    assert not set("<>") & set(text)
    unmarked(text)


@every_kind
def test_slack_turns_no_word_into_a_link(message: Message) -> None:
    found = built(message)
    objects = [block["text"] for block in found if "text" in block]
    objects += [each for b in found if b["type"] == "context" for each in b["elements"]]
    assert all(each["type"] == "mrkdwn" and each["verbatim"] for each in objects)


WORDS = st.text(max_size=400).map(clean) | st.sampled_from(
    ["&<>" * 400, "북한군 " * 90, "صاروخ " * 90]
)
LINES = st.lists(WORDS, max_size=9).map(tuple)
REPORTS = st.builds(
    lambda title, text, span, fields: report(
        title, excerpt=Excerpt(text, ((0, min(span, len(text))),) if text else ()), **fields
    ),
    WORDS,
    WORDS,
    st.integers(1, 400),
    st.fixed_dictionaries(
        {},
        optional={
            "topics": LINES,
            "figures": LINES,
            "news": LINES,
            "why": WORDS,
            "publisher": WORDS,
            "publishers": LINES,
            "severity": st.sampled_from(Severity),
            "publisher_reports": st.lists(
                st.builds(lambda p, k, c: voice(p, k, copy_of=c), WORDS, WORDS, WORDS), max_size=9
            ).map(tuple),
            "link": WORDS.map(lambda path: f"https://news.example/{path}"),
            "topic_ids": st.lists(st.text("abc-0", min_size=1, max_size=60)).map(tuple),
        },
    ),
)
MESSAGES = st.builds(
    Message,
    st.just("key-1"),
    st.lists(REPORTS, min_size=1, max_size=12).map(tuple),
    thread=st.sampled_from([None, FIRST]),
    digest=st.none() | st.sampled_from(DigestKind),
    reader_verdicts=LINES,
) | st.builds(
    lambda title, lines: Message("key-n", notice=Notice("k", "kind", title, lines)), WORDS, LINES
)


@given(MESSAGES)
def test_whatever_feeds_write_the_blocks_are_valid_harmless_and_within_the_limits(
    message: Message,
) -> None:
    hold(message)


@given(MESSAGES)
def test_no_message_is_without_its_first_headline(message: Message) -> None:
    told = "".join(map(unmarked, texts(built(message))))
    assert all(each.title[:50] in told for each in message.reports[:1])


# ── what a message tells ──────────────────────────────────────────────────────────────────────


def test_an_alert_tells_severity_topic_headline_excerpt_figures_publishers_and_why() -> None:
    told = list(map(unmarked, texts(built(KOREAN))))
    assert told == [
        "🔴 Critical · *DPRK troops · Kursk*\n*북한군 1만1천명, 러시아 쿠르스크 배치*",
        "국정원은 *북한군*이 *쿠르스크*에 배치됐다고 밝혔다.",
        "• troops: 8,000 → 11,000 (국정원)",
        "*4 independent publishers (1 state)*, first: Yonhap 2024-10-31 14:00 UTC\n"  # noqa: ISC004 - one text
        "Yonhap (wire, KR) · KCNA (state, KP) · NHK (broadcaster, JP) · The Harbour Herald"
        " (newspaper, GB); repeated by 1 other\n"
        "Matched: @north_korea NEAR/2 @troops: 북한군; @kursk: 쿠르스크",
    ]


def test_a_single_publisher_is_told_with_its_kind_and_country() -> None:
    told = unmarked(texts(built(ARABIC))[-1])
    assert told == "وكالة المرفأ (wire, QA) · 2024-10-31 18:00 UTC"


def test_what_only_state_media_say_is_marked_so() -> None:
    states = (voice("KCNA", "state", "KP"), voice("TASS", "official", "RU"))
    assert (
        "2 independent publishers (all state)" in texts(built(alert(publisher_reports=states)))[-1]
    )


def test_a_right_to_left_headline_does_not_turn_its_line_round() -> None:
    head = texts(built(ARABIC))[0]
    assert f"|\u2068{ARABIC.reports[0].title}\u2069>" in head
    assert "\u2068" not in texts(built(alert()))[0]


def test_a_reply_is_short_and_begins_with_what_is_new() -> None:
    told = list(map(unmarked, texts(built(reply("new place: Kharkiv", "troops: 8,000 → 11,000")))))
    assert told == [
        "🟠 *New*\n• new place: Kharkiv\n• troops: 8,000 → 11,000",
        "*A later headline*",
        "Example · 2024-10-31 18:00 UTC",
    ]


def test_outside_a_thread_a_later_report_tells_what_is_new_too() -> None:
    told = texts(built(alert(news=("a new place: Kharkiv",))))
    assert told[1] == "*New*\n• a new place: Kharkiv"


def test_an_edit_looks_like_the_first_message() -> None:
    first = Message("key-1", (report(publisher_reports=VOICES),))
    assert built(KINDS["an edit"]) == built(first)


def test_a_notice_tells_its_lines() -> None:
    told = list(map(unmarked, texts(built(HEARTBEAT))))
    assert told[0] == "🔵 *All is well: 40 feeds polled 5,760 times*"
    assert told[1].splitlines()[-1] == "1 feed failing: <b>x</b> & y"


def test_a_digest_begins_with_its_own_heading() -> None:
    held = Message("key-1", (report(),) * 2, digest=DigestKind.HELD)
    assert texts(built(held))[0] == "*Digest: 2 stories held through quiet hours*"


def test_what_a_feed_wrote_is_shown_as_it_is() -> None:
    message = alert(HOSTILE, f"{HOSTILE}.", publisher=f"P {HOSTILE}", publishers=(f"Q {HOSTILE}",))
    head, excerpt, origin = map(unmarked, texts(built(message)))
    assert head.endswith(f"*{HOSTILE}*")
    assert excerpt == f"{HOSTILE}."
    assert origin.startswith(f"P {HOSTILE} · ")
    assert origin.endswith(f" · also: Q {HOSTILE}")
    assert unmarked(fallback(message)) == f"🟠 [Missiles] {HOSTILE} (P {HOSTILE})"


def test_the_title_leads_to_the_article() -> None:
    found = built(alert("A & B", link="https://news.example/?a=1&b=2"))
    assert "<https://news.example/?a=1&amp;b=2|A &amp; B>" in texts(found)[0]


def test_a_link_cannot_end_early() -> None:
    found = built(alert(link="https://news.example/|Lies><!channel>"))
    assert "<https://news.example/%7CLies%3E%3C!channel%3E|Title>" in texts(found)[0]


def test_a_link_too_long_for_slack_is_left_out() -> None:
    found = built(alert(link="https://news.example/" + "x" * 5_000))
    assert texts(found)[0].endswith("\n*Title*")


@pytest.mark.parametrize("length", range(12))
def test_a_cut_never_goes_through_an_escape(length: int) -> None:
    filler = "x" * length + "&<>" * 4_000
    message = alert(filler, filler, publisher=filler, publishers=(filler,))
    for text in [*texts(built(message)), fallback(message)]:
        unmarked(text)


@pytest.mark.parametrize(
    ("excerpt", "expected"),
    [
        (Excerpt("An ICBM is tested", ((3, 7),)), "An *ICBM* is tested"),
        (Excerpt("주한미군이 미사일을", ((2, 4), (6, 9))), "주한*미군*이 *미사일*을"),
        (Excerpt("A & B: R&D, <KPA>", ((7, 10), (13, 16))), "A & B: *R&D*, <*KPA*>"),
    ],
    ids=["English", "Korean", "after escapes"],
)
def test_found_words_are_bold(excerpt: Excerpt, expected: str) -> None:
    text = texts(built(alert(excerpt=excerpt)))[1]
    assert unmarked(text) == expected
    # Slack reads an asterisk as bold only next to something that is no letter.
    assert not re.search(r"\w\*\w", text)


def test_the_time_is_told_in_the_readers_own_zone() -> None:
    assert f"<!date^{int(NOW.timestamp())}^" in texts(built(alert()))[-1]


@pytest.mark.parametrize("title", ["Title", "A longer title " * 20, "&" * 400])
@pytest.mark.parametrize("count", [1, 2, 12, 15, 16, 17, 50, 500])
def test_a_digest_counts_what_does_not_fit(count: int, title: str) -> None:
    shown = texts(built(digest(count, title)))
    found = [re.search(r"\*<[^|]*\|(\d+) ", text) for text in shown]
    numbers = [int(each[1]) for each in found if each]
    more = re.match(r"and (\d+) more", shown[-1])
    assert numbers == list(range(len(numbers)))
    assert len(numbers) + (int(more[1]) if more else 0) == count
    assert str(count) in shown[0]


# ── buttons and marks ─────────────────────────────────────────────────────────────────────────


def test_the_buttons_know_the_message_its_story_and_its_topics() -> None:
    found = buttons_of(built(KOREAN))
    assert [each["text"]["text"] for each in found] == [
        "✋ Mine",
        "✅ Done",
        "👍 Good",
        "👎 Not relevant",
        "🔇 Mute story",
        "💤 Silence 2 topics 8 h",
    ]
    assert {each["value"] for each in found} == {"key-ko 7 dprk-troops kursk"}
    assert len({each["action_id"] for each in found}) == 6


def test_to_silence_a_topic_for_everyone_has_to_be_confirmed() -> None:
    *_, silence = buttons_of(built(alert()))
    assert silence["text"]["text"] == "💤 Silence topic 8 h"
    assert "for all readers" in silence["confirm"]["text"]["text"]


@pytest.mark.parametrize("kind", ["what is new", "a digest", "a heartbeat"])
def test_only_first_messages_have_buttons(kind: str) -> None:
    assert buttons_of(built(KINDS[kind])) == []


def test_without_an_app_token_there_are_no_buttons() -> None:
    assert buttons_of(built(alert(), buttons=False)) == []


def test_without_a_story_there_is_nothing_to_mute() -> None:
    found = buttons_of(built(alert(story=0, topic_ids=())))
    assert [each["text"]["text"] for each in found] == ["👍 Good", "👎 Not relevant"]


def test_very_many_topics_leave_the_button_valid() -> None:
    ids = tuple(f"topic-{number}" for number in range(500))
    hold(alert(topic_ids=ids))


def test_marks_stand_above_the_buttons_and_are_replaced() -> None:
    sent: list[object] = list(built(alert()))
    once = with_verdicts(sent, ["Marked as good by @nina"])
    twice: Any = with_verdicts(once, ["Marked as not relevant by @<nina>"])
    assert [b["type"] for b in twice] == ["section", "section", "context", "context", "actions"]
    assert twice[3]["elements"][0]["text"] == "Marked as not relevant by @&lt;nina&gt;"
    assert with_verdicts(twice, []) == sent
