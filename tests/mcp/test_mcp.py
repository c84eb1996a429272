"""The desk for agents, used by the official SDK's own client."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from commands import fill
from conftest import NOW
from filled import HOUR

from monitor.web.desk import Desk

pytest.importorskip("mcp")

from mcp import Client, StdioServerParameters

from monitor.mcp.answers import MOST, UNTRUSTED, bounded
from monitor.mcp.server import make_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CONFIG = """\
feeds: [{url: https://one.example/feed, title: One}]
topics:
  - {id: dprk-troops, title: DPRK troops, any: [북한군, troops], tlp: amber}
  - {id: icbm, title: Missiles, any: [ICBM], none: [parade]}
"""
LATER = NOW + 3 * HOUR
TOOLS = {"search", "story", "timeline", "coverage", "feed_health", "explain", "backtest"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mcp")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    asyncio.run(fill(folder / "monitor.db"))
    return folder


@asynccontextmanager
async def _connected(folder: Path) -> AsyncIterator[Client]:
    with Desk(folder / "monitor.db", folder / "config.yaml", lambda: LATER) as desk:
        async with Client(make_server(desk)) as client:
            yield client


async def _ask(client: Client, tool: str, **arguments: object) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text  # type: ignore[union-attr] # of a text, as all answers are
    assert not result.is_error, text
    assert len(text) <= MOST
    answer: dict[str, Any] = json.loads(text)
    assert answer["note"] == UNTRUSTED
    return answer


async def _refused(client: Client, tool: str, **arguments: object) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)  # type: ignore[union-attr] # as above


async def test_the_instructions_warn_of_the_texts_of_articles(folder: Path) -> None:
    async with _connected(folder) as client:
        assert "UNTRUSTED" in (client.instructions or "")


async def test_all_tools_only_read(folder: Path) -> None:
    async with _connected(folder) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == TOOLS
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
        assert all(tool.description for tool in tools.values())


async def test_a_search_finds_hits_with_their_label(folder: Path) -> None:
    async with _connected(folder) as client:
        found = await _ask(client, "search", words="북한군")
        [hit] = found["hits"]
        assert (hit["topic"], hit["tlp"], hit["publisher"]) == (
            "dprk-troops",
            "TLP:AMBER",
            "Yonhap",
        )
        near = await _ask(client, "search", near_misses=True)
        assert [row["title"] for row in near["hits"]] == ["ICBM parade"]


async def test_a_story_comes_with_the_sentences_that_matched(folder: Path) -> None:
    async with _connected(folder) as client:
        [hit] = (await _ask(client, "search", words="북한군"))["hits"]
        story = await _ask(client, "story", story_id=hit["story"])
        [report] = [row for row in story["reports"] if row["id"] == hit["id"]]
        assert report["hits"][0]["evidence"][0]["found"] == "북한군"
        assert (story["tlp"], bool(story["publisher_reports"])) == ("TLP:AMBER", True)


async def test_the_history_of_a_term_set_and_the_ledger(folder: Path) -> None:
    async with _connected(folder) as client:
        assert (await _ask(client, "timeline", of="@kursk", since="90d"))["reports"] == 1
        coverage = await _ask(client, "coverage")
        assert coverage["totals"]["hit"] >= 2
        health = await _ask(client, "feed_health", all_feeds=True)
        assert {row["title"] for row in health["feeds"]} >= {"One", "Broken"}


async def test_a_text_and_an_article_are_explained(folder: Path) -> None:
    async with _connected(folder) as client:
        [topic] = (await _ask(client, "explain", text="ICBM parade", topic="icbm"))["topics"]
        assert (topic["topic"], topic["outcome"]) == ("icbm", "near-miss")
        [hit] = (await _ask(client, "search", words="북한군"))["hits"]
        assert len((await _ask(client, "explain", article_id=hit["id"]))["topics"]) == 2


@pytest.mark.slow
async def test_an_expression_is_tried_on_stored_articles(folder: Path) -> None:
    async with _connected(folder) as client:
        found = await _ask(client, "backtest", expression="ICBM AND NOT parade", since="30d")
        assert found["hits"] >= 1


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("story", {"story_id": 99}, "there is no story 99"),
        ("timeline", {"of": "@kurks"}, "did you mean `kursk`"),
        ("timeline", {"of": "a", "since": "soon"}, "no time such as"),
        ("explain", {"text": "x", "topic": "icmb"}, "no topic icmb"),
        ("explain", {}, "either the id of an article or a text"),
        ("backtest", {"expression": "ICBM AND"}, "line 1"),
        ("backtest", {"expression": "a " * 9_000}, "more than 10,000 characters"),
        ("search", {"since": "x"}, "is no time"),
    ],
)
async def test_what_cannot_be_answered_is_refused_in_words(
    folder: Path, tool: str, arguments: dict[str, object], told: str
) -> None:
    async with _connected(folder) as client:
        assert told in await _refused(client, tool, **arguments)


def test_an_answer_of_any_size_is_bounded_and_says_what_is_left_off() -> None:
    rows = [{"title": "x" * 5_000, "n": n} for n in range(500)]
    text = bounded({"total": 500, "hits": rows})
    answer = json.loads(text)
    assert len(text) <= MOST
    assert len(answer["hits"]) + answer["left_off"]["hits"] == 500
    assert max(len(row["title"]) for row in answer["hits"]) <= 1_200


@pytest.mark.slow
async def test_the_command_serves_on_stdin_and_stdout(folder: Path) -> None:
    places = ["--config", str(folder / "config.yaml"), "--db", str(folder / "monitor.db")]
    server = StdioServerParameters(command=sys.executable, args=["-m", "monitor", *places, "mcp"])
    async with Client(server) as client:
        assert "UNTRUSTED" in (client.instructions or "")
        found = await _ask(client, "search", words="북한군", since="2024-10-01")
        assert found["total"] == 1
