"""How far a message may be shared stands on it, in every channel and in every form."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from conftest import NOW
from fakes import topic
from messages import KOREAN
from rich.console import Console as Terminal

from monitor.alerts import message, unusual
from monitor.alerts.surges import Volume
from monitor.channels.console import Console
from monitor.channels.email import html
from monitor.channels.formatting import as_text, subject
from monitor.channels.slack.blocks import blocks, fallback
from monitor.channels.webhook import body
from monitor.model import DigestKind, Message, Notice, Tlp

TOPICS = {
    "a": replace(topic("a", "x"), tlp=Tlp.GREEN),
    "b": replace(topic("b", "x"), tlp=Tlp.AMBER_STRICT),
    "c": topic("c", "x"),
}


def _message(*topic_ids: str, news: tuple[str, ...] = (), **more: Any) -> Message:
    item = replace(KOREAN.reports[0], topics=topic_ids, topic_ids=topic_ids, news=news)
    return message(Message("k", **more), [item], TOPICS)


def _in_each_channel(sent: Message) -> list[str]:
    shown = io.StringIO()
    asyncio.run(Console(Terminal(file=shown, width=200)).send(sent))
    slack = str([block.to_dict() for block in blocks(sent)])
    texts = [shown.getvalue(), slack, fallback(sent), as_text(sent), html(sent), subject(sent)]
    return [*texts, str(body(sent, NOW)["data"]["tlp"])]


@pytest.mark.parametrize(
    "sent",
    [
        _message("a", "b", "c"),
        _message("b", thread="1.0", news=("a launch is reported",)),
        _message("c", "b", digest=DigestKind.HELD),
        Message("k", notice=Notice("n", "brief", "A brief", tlp=Tlp.AMBER_STRICT)),
    ],
    ids=["alert", "reply", "digest", "notice"],
)
def test_every_message_bears_the_strictest_label_of_its_topics(sent: Message) -> None:
    for text in _in_each_channel(sent):
        assert "TLP:AMBER+STRICT" in text


def test_a_message_about_topics_without_one_bears_none() -> None:
    assert not any("TLP" in text for text in _in_each_channel(_message("c")))


def test_a_surge_bears_the_label_of_its_topic() -> None:
    days = [0] * 27 + [1, 60]
    notice = unusual(TOPICS["a"], Volume(tuple(days), None), NOW)
    assert notice is not None
    assert notice.tlp is Tlp.GREEN
