"""What Slack is sent is valid, harmless and within its limits; what it answers is understood."""

from __future__ import annotations

import json
import logging
import re
from contextlib import asynccontextmanager
from html import unescape
from traceback import format_exception
from typing import TYPE_CHECKING, Any

import pytest
import slackblocks
from aiohttp import web
from conftest import NOW
from fakes import FakeSlack, fake_slack, serving
from slack_sdk.models import blocks as slack_models

from monitor.channels import Slack
from monitor.errors import DeliveryError
from monitor.model import Excerpt, Message, Report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "xoxb-good"
HOSTILE = "<!channel> & <http://evil.example|here> <@U1> &lt;"


def report(title: str = "Title", text: str = "An ICBM is tested.", **fields: Any) -> Report:
    usual: dict[str, Any] = {
        "topics": ("Missiles",), "link": "https://news.example/1", "publisher": "Example",
        "published_at": NOW, "excerpt": Excerpt(text, ()),
    }  # fmt: skip
    return Report(title=title, **(usual | fields))


def alert(title: str = "Title", text: str = "An ICBM is tested.", **fields: Any) -> Message:
    return Message("key-1", (report(title, text, **fields),))


def digest(
    count: int, title: str = "Title", text: str = "An ICBM is tested.", **fields: Any
) -> Message:
    reports = tuple(report(f"{number} {title}", text, **fields) for number in range(count))
    return Message("key-1", reports, digest=True)


async def posted(message: Message) -> dict[str, Any]:
    """Return the call that sending the message makes."""
    async with fake_slack() as server:
        await Slack(token=TOKEN, channel="#desk", api_url=server.url).send(message)
    (call,) = server.calls
    return call


def texts(call: dict[str, Any]) -> list[str]:
    """Return the texts of a call's blocks."""
    found = []
    for block in call.get("blocks", []):
        found += [each["text"] for each in block.get("elements", [])]
        found += [block["text"]["text"]] if "text" in block else []
    return found


def unmarked(text: str) -> str:
    """Return what a reader sees, after a check that only our own markup is in a text."""
    left = re.sub(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|([^<>|]*)>", r"\1", text)
    left = re.sub(r"<https?://[^<>|\s]*\|([^<>]*)>", r"\1", left)
    assert not set("<>") & set(left)
    assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    return unescape(left).replace("\u200b", "")


KINDS = {
    "an alert": alert(),
    "a reply": Message("key-1", (report(),), thread="1730000000.000100"),
    "a digest": digest(3),
    "a digest of one": digest(1),
    "a long digest": digest(500),
    "without link": alert(link=""),
    "without publisher": alert(publisher=""),
    "a title only": alert("Title", "Title"),
    "found words": alert(excerpt=Excerpt("An ICBM is tested", ((3, 7), (11, 17)))),
    "other publishers": alert(publishers=("First", "Second")),
    "hostile": alert(HOSTILE, HOSTILE, publisher=HOSTILE, link=f"https://news.example/{HOSTILE}"),
    "a huge title": alert("word " * 2_000),
    "a huge title of escapes": alert("<&>" * 3_333),
    "a huge link": alert(link="https://news.example/" + "|>" * 2_500),
    "a long link of escapes and a title of them": alert(
        "&" * 400, link="https://news.example/" + "&" * 1_400
    ),
    "a long link and a title of escapes": alert(
        "&" * 400, link="https://news.example/" + "x" * 1_450
    ),
    "many topics": alert("A & B " * 66, topics=("Topic & more",) * 30),
    "a huge excerpt": alert(text="<&> " * 2_500),
    "a hundred publishers": alert(publisher="&" * 200, publishers=("A & B",) * 100),
    "a digest of long titles": digest(50, "<&>" * 3_333),
    "a digest of huge reports": digest(50, "&" * 400, "<&>" * 3_333, publishers=("A & B",) * 100),
    "a digest of nothing but titles": Message(
        "key-1", (report("Title", "Title"),) * 50, digest=True
    ),
}
every_kind = pytest.mark.parametrize("message", KINDS.values(), ids=KINDS)


@every_kind
async def test_blocks_are_valid_by_the_models_of_slack_itself(message: Message) -> None:
    for block in (await posted(message))["blocks"]:
        parsed = slack_models.Block.parse(block)
        assert parsed is not None
        parsed.validate_json()


@every_kind
async def test_blocks_are_valid_by_an_independent_library(message: Message) -> None:
    for block in (await posted(message))["blocks"]:
        assert json.loads(repr(slackblocks.Block.from_dict(block)))["type"] == block["type"]


@every_kind
async def test_every_message_is_within_slacks_limits(message: Message) -> None:
    call = await posted(message)
    assert 0 < len(call["blocks"]) <= 50
    assert all(0 < len(text) <= 3_000 for text in texts(call))
    assert sum(map(len, texts(call))) <= 12_000
    assert 0 < len(call["text"]) <= 4_000


@every_kind
async def test_only_our_own_markup_is_in_a_message_and_none_is_cut(message: Message) -> None:
    call = await posted(message)
    assert all(map(unmarked, texts(call)))
    assert not set("<>") & set(call["text"])
    assert unmarked(call["text"])


@every_kind
async def test_a_plain_message_says_it_all_in_text_without_blocks(message: Message) -> None:
    plain = Message(message.key, message.reports, digest=message.digest, plain=True)
    call = await posted(plain)
    assert "blocks" not in call
    assert message.reports[0].title[:100] in unescape(call["text"])


@pytest.mark.parametrize("length", range(12))
async def test_a_cut_never_goes_through_an_escape(length: int) -> None:
    filler = "x" * length + "&<>" * 4_000
    call = await posted(alert(filler, filler, publisher=filler, publishers=(filler,)))
    for text in [*texts(call), call["text"]]:
        unmarked(text)


async def test_what_a_feed_wrote_is_shown_as_it_is() -> None:
    call = await posted(
        alert(HOSTILE, f"{HOSTILE}.", publisher=f"P {HOSTILE}", publishers=(f"Q {HOSTILE}",))
    )
    head, excerpt, origin = map(unmarked, texts(call))
    assert head.startswith(f"*{HOSTILE}*")
    assert excerpt == f"{HOSTILE}."
    assert origin.startswith(f"P {HOSTILE} · ")
    assert origin.endswith(f" · also: Q {HOSTILE}")
    assert unmarked(call["text"]) == f"[Missiles] {HOSTILE} (P {HOSTILE})"


async def test_the_title_leads_to_the_article() -> None:
    call = await posted(alert("A & B", link="https://news.example/?a=1&b=2"))
    assert "<https://news.example/?a=1&amp;b=2|A &amp; B>" in texts(call)[0]


async def test_a_link_cannot_end_early() -> None:
    call = await posted(alert(link="https://news.example/|Lies><!channel>"))
    assert "<https://news.example/%7CLies%3E%3C!channel%3E|Title>" in texts(call)[0]


async def test_a_link_too_long_for_slack_is_left_out() -> None:
    call = await posted(alert(link="https://news.example/" + "x" * 5_000))
    assert texts(call)[0].startswith("*Title*")


@pytest.mark.parametrize(
    ("excerpt", "expected"),
    [
        (Excerpt("An ICBM is tested", ((3, 7),)), "An *ICBM* is tested"),
        (Excerpt("주한미군이 미사일을", ((2, 4), (6, 9))), "주한*미군*이 *미사일*을"),
        (Excerpt("A & B: R&D, <KPA>", ((7, 10), (13, 16))), "A & B: *R&D*, <*KPA*>"),
    ],
    ids=["English", "Korean", "after escapes"],
)
async def test_found_words_are_bold(excerpt: Excerpt, expected: str) -> None:
    text = texts(await posted(alert(excerpt=excerpt)))[1]
    assert unmarked(text) == expected
    # Slack reads an asterisk as bold only next to something that is no letter.
    assert not re.search(r"\w\*\w", text)


async def test_the_time_is_told_in_the_readers_own_zone() -> None:
    assert f"<!date^{int(NOW.timestamp())}^" in texts(await posted(alert()))[-1]


@every_kind
async def test_slack_adds_no_previews_and_no_links_of_its_own(message: Message) -> None:
    call = await posted(message)
    assert (call["unfurl_links"], call["unfurl_media"]) == (False, False)
    objects = [block["text"] for block in call["blocks"] if "text" in block]
    objects += [each for block in call["blocks"] for each in block.get("elements", [])]
    assert all(each["type"] == "mrkdwn" and each["verbatim"] for each in objects)


async def test_a_reply_goes_to_its_thread_and_an_alert_to_the_channel() -> None:
    assert (await posted(KINDS["a reply"]))["thread_ts"] == "1730000000.000100"
    assert "thread_ts" not in await posted(KINDS["an alert"])


@every_kind
async def test_the_key_is_in_the_metadata(message: Message) -> None:
    assert (await posted(message))["metadata"]["event_payload"] == {"key": "key-1"}


@pytest.mark.parametrize("title", ["Title", "A longer title " * 20, "&" * 400])
@pytest.mark.parametrize("count", [1, 2, 12, 15, 16, 17, 50, 500])
async def test_a_digest_counts_what_does_not_fit(count: int, title: str) -> None:
    call = await posted(digest(count, title))
    shown = texts(call)
    numbers = [
        int(found[1]) for text in shown if (found := re.match(r"(?:• )?\*<[^|]*\|(\d+) ", text))
    ]
    more = re.match(r"and (\d+) more", shown[-1])
    assert numbers == list(range(len(numbers)))
    assert len(numbers) + (int(more[1]) if more else 0) == count
    assert str(count) in shown[0]


# Answers


@asynccontextmanager
async def answering(
    status: int, headers: dict[str, str], body: str, content_type: str = "application/json"
) -> AsyncIterator[FakeSlack]:
    """A Slack that answers every call so."""
    slack = FakeSlack()

    async def answer(request: web.Request) -> web.Response:
        slack.calls.append(await request.json())
        raw = body.encode("latin-1")
        return web.Response(status=status, headers=headers, body=raw, content_type=content_type)

    app = web.Application()
    app.router.add_post("/api/chat.postMessage", answer)
    async with serving(app) as url:
        slack.url = f"{url}/api/"
        yield slack


async def failure(server: FakeSlack, token: str = TOKEN) -> DeliveryError:
    """Return the error that a send ends with; it has called Slack no more than once."""
    slack = Slack(token=token, channel="#desk", api_url=server.url)
    with pytest.raises(DeliveryError) as caught:
        await slack.send(alert())
    await slack.close()
    assert len(server.calls) <= 1
    return caught.value


LIMITED = '{"ok": false, "error": "ratelimited"}'
PAGE = "<html>Busy</html>"
ANSWERS: dict[str, tuple[tuple[Any, ...], float | None, bool]] = {
    "too many": ((429, {"Retry-After": "7"}, LIMITED), 7.0, False),
    "too many, no time": ((429, {}, LIMITED), 30.0, False),
    "too many, an odd time": ((429, {"Retry-After": "soon"}, LIMITED), 30.0, False),
    "too many, a page": ((429, {"Retry-After": "7"}, PAGE, "text/html"), 7.0, False),
    "too many, without the status": ((200, {}, LIMITED), 30.0, False),
    "500": ((500, {}, PAGE, "text/html"), None, True),
    "503": ((503, {}, PAGE, "text/html"), None, True),
    "500 with an error": ((500, {}, '{"ok": false, "error": "internal_error"}'), None, True),
    "a page": ((200, {}, PAGE, "text/html"), None, True),
    "plain text": ((200, {}, "ok", "text/plain"), None, True),
    "no content": ((200, {}, "", "text/html"), None, True),
    "broken JSON": ((200, {}, '{"ok": tr'), None, True),
    "broken characters": ((200, {}, '{"ok": "\xff"}'), None, True),
    "a list": ((200, {}, "[1]"), None, True),
    "404": ((404, {}, PAGE, "text/html"), None, True),
    "not ok, without an error": ((200, {}, '{"ok": false}'), None, True),
}


@pytest.mark.parametrize(("answer", "retry_after", "in_doubt"), ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_that_may_pass_is_tried_again(
    answer: tuple[Any, ...], retry_after: float | None, *, in_doubt: bool
) -> None:
    async with answering(*answer) as server:
        error = await failure(server)
    assert (error.blame, error.retry_after, error.in_doubt) == ("passing", retry_after, in_doubt)


OPERATOR = ["invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive",
            "missing_scope", "channel_not_found", "not_in_channel", "is_archived",
            "no_permission", "restricted_action"]  # fmt: skip
MESSAGE = ["invalid_blocks", "msg_too_long", "msg_blocks_too_long", "no_text",
           "invalid_metadata_format", "an_error_of_tomorrow"]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "blame", "in_doubt"),
    [
        *((code, "operator", False) for code in OPERATOR),
        *((code, "message", False) for code in MESSAGE),
        *((code, "passing", True) for code in ("internal_error", "fatal_error")),
        ("service_unavailable", "passing", False),
    ],
)
async def test_an_error_of_slack_says_who_must_act(
    code: str, blame: str, *, in_doubt: bool
) -> None:
    async with fake_slack() as server:
        server.plan = [code]
        error = await failure(server)
    assert (error.blame, error.retry_after, error.in_doubt) == (blame, None, in_doubt)
    assert code in error.reason


async def test_a_wrong_token_is_the_operators_to_mend() -> None:
    async with fake_slack() as server:
        assert (await failure(server, "xoxb-old")).blame == "operator"


async def test_a_lost_answer_leaves_in_doubt_whether_the_message_was_posted() -> None:
    async with fake_slack() as server:
        server.plan = ["lost"]
        error = await failure(server)
    assert (error.blame, error.in_doubt, len(server.posted)) == ("passing", True, 1)


async def test_a_reset_connection_leaves_it_in_doubt() -> None:
    slack = FakeSlack()

    async def reset(request: web.Request) -> web.Response:
        slack.calls.append(await request.json())
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/chat.postMessage", reset)
    async with serving(app) as url:
        slack.url = f"{url}/api/"
        error = await failure(slack)
    assert (error.blame, error.in_doubt, len(slack.calls)) == ("passing", True, 1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api/", "https://127.0.0.1:1/api/"])
async def test_a_slack_that_cannot_be_reached_has_surely_not_posted(url: str) -> None:
    error = await failure(FakeSlack(url=url))
    assert (error.blame, error.in_doubt) == ("passing", False)


async def test_a_message_that_is_sent_has_slacks_timestamp_as_its_reference() -> None:
    async with fake_slack() as server:
        slack = Slack(token=TOKEN, channel="#desk", api_url=server.url)
        reference = await slack.send(alert())
        await slack.close()
    assert [reference] == [message["ts"] for message in server.posted]
    assert server.calls[0]["channel"] == "#desk"


@pytest.mark.parametrize("answer", [answer for answer, *_ in ANSWERS.values()], ids=ANSWERS)
async def test_the_token_is_in_no_error_and_no_log(
    answer: tuple[Any, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with answering(*answer) as server:
        error = await failure(server)
    assert "chat.postMessage" in caplog.text
    assert TOKEN not in caplog.text + "".join(format_exception(error)) + repr(vars(error))
