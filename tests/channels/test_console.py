"""A message on a terminal is readable there and in a pipe, and never anything but text."""

from __future__ import annotations

import io
from typing import Any

import pytest
from conftest import NOW
from rich.console import Console as Terminal

from monitor.channels.console import Console
from monitor.model import AlertItem, DigestKind, Excerpt, Message

LINK = "https://news.example/1"
MARKUP = "[bold]loud[/bold] [link=https://evil.example]here[/link] [/] :bomb:"


def report(title: str = "Title", text: str = "An ICBM is tested.", **fields: Any) -> AlertItem:
    usual: dict[str, Any] = {
        "topics": ("Missiles",), "link": LINK, "publisher": "Example", "published_at": NOW,
        "excerpt": Excerpt(text, ((3, 7),)),
    }  # fmt: skip
    return AlertItem(title=title, **(usual | fields))


def alert(title: str = "Title", text: str = "An ICBM is tested.", **fields: Any) -> Message:
    return Message("key-1", (report(title, text, **fields),))


async def printed(message: Message, **settings: Any) -> str:
    file = io.StringIO()
    usual: dict[str, Any] = {"file": file, "width": 200}
    channel = Console(Terminal(**(usual | settings)))
    await channel.send(message)
    await channel.close()
    return file.getvalue()


async def test_an_alert_tells_what_was_found_where_and_when() -> None:
    message = alert(topics=("Missiles", "Korea"), publishers=("First", "Second"))
    lines = [line.rstrip() for line in (await printed(message)).splitlines()]
    assert lines == [
        "[Missiles, Korea] Title",
        "Example · 2024-10-31 18:00 UTC · also: First, Second",
        "An ICBM is tested.",
        LINK,
        "",
    ]


async def test_an_alert_with_only_a_title_says_so_in_two_lines() -> None:
    message = alert("Title", "Title", link="", publisher="")
    lines = [line.rstrip() for line in (await printed(message)).splitlines()]
    assert lines == ["[Missiles] Title", "unknown publisher · 2024-10-31 18:00 UTC", ""]


@pytest.mark.parametrize(
    "settings", [{}, {"force_terminal": True, "no_color": True}], ids=["a pipe", "a terminal"]
)
async def test_markup_in_a_feed_is_no_markup(settings: dict[str, Any]) -> None:
    message = alert(
        MARKUP,
        topics=(MARKUP,),
        publisher=MARKUP,
        publishers=(MARKUP,),
        excerpt=Excerpt(f"{MARKUP}.", ()),
    )
    assert (await printed(message, **settings)).count(MARKUP) == 5


async def test_nothing_is_styled_where_there_is_no_terminal() -> None:
    assert "\x1b" not in await printed(alert())


async def test_found_words_are_bold_on_a_terminal() -> None:
    shown = await printed(
        alert(), force_terminal=True, color_system="standard", legacy_windows=False
    )
    assert "An \x1b[1mICBM\x1b[0m is tested." in shown


@pytest.mark.parametrize("link", [LINK, f"{LINK} red", f"{LINK}?a=[b]"])
async def test_the_title_leads_to_the_whole_link(link: str) -> None:
    shown = await printed(alert(link=link), force_terminal=True, legacy_windows=False)
    assert f";{link}\x1b\\" in shown


async def test_a_digest_says_how_many_and_indents_them() -> None:
    message = Message("key-1", (report("First"), report("Second")), digest=DigestKind.CATCHING_UP)
    lines = (await printed(message)).splitlines()
    assert lines[0].startswith("Digest: 2 ")
    assert [line.rstrip() for line in lines if "[Missiles]" in line] == [
        "    [Missiles] First",
        "    [Missiles] Second",
    ]


async def test_a_digest_of_one_speaks_of_one() -> None:
    message = Message("key-1", (report(),), digest=DigestKind.CATCHING_UP)
    assert (await printed(message)).startswith("Digest: 1 story ")


async def test_a_reply_is_marked_and_indented() -> None:
    message = Message("key-1", (report(),), thread="key-0")
    lines = (await printed(message)).splitlines()
    assert lines[0].startswith("    ↳ [Missiles] Title")
    assert all(line.startswith("    ") for line in lines if line.strip())


async def test_the_reference_of_a_message_is_its_key() -> None:
    assert await Console(Terminal(file=io.StringIO())).send(alert()) == "key-1"


async def test_without_a_terminal_of_its_own_it_prints_to_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await Console().send(alert())
    assert "[Missiles] Title" in capsys.readouterr().out
