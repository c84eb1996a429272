"""Headlines translated by an endpoint: in batches, once, within a budget; no message waits."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from fakes import item, serving, topic
from filled import SMALL
from newsroom import Newsroom, opened

from monitor.config.load import load
from monitor.errors import GlossError
from monitor.gloss.endpoint import Endpoint, translate
from monitor.gloss.headlines import Glossing, gloss_headlines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from monitor.store.database import Store

KOREAN = "북한군 쿠르스크 배치"


@dataclass
class Translator:
    """LibreTranslate and an OpenAI-compatible API on loopback; `answer` replaces what it gives."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    answer: Any = None
    status: int = 200
    url: str = ""

    async def libre(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        texts = [
            f"<b>{len(title)}</b> in {self.asked[-1]['target']}" for title in self.asked[-1]["q"]
        ]
        return self._given({"translatedText": texts})

    async def chat(self, request: web.Request) -> web.Response:
        sent = await request.json()
        self.asked.append({**sent, "authorization": request.headers.get("Authorization")})
        titles = json.loads(sent["messages"][1]["content"])
        content = f"```json\n{json.dumps([f'so {title}' for title in titles])}\n```"
        return self._given({"choices": [{"message": {"content": content}}]})

    def _given(self, usual: Any) -> web.Response:
        return web.json_response(usual if self.answer is None else self.answer, status=self.status)


@asynccontextmanager
async def translator() -> AsyncIterator[Translator]:
    fake, app = Translator(), web.Application()
    app.router.add_post("/translate", fake.libre)
    app.router.add_post("/v1/chat/completions", fake.chat)
    async with serving(app) as fake.url:
        yield fake


@pytest.fixture
async def room(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    """A newsroom in which a Korean hit was told."""
    async with opened(store, now, topics=(topic("dprk", "북한군"),), lang="ko") as room:
        room.serve("a", item("오늘 날씨", now))
        await room.poll()
        room.serve("a", item(KOREAN, now))
        await room.poll(minutes=50)
        await room.deliver(minutes=1)
        yield room


async def gloss(room: Newsroom, fake: Translator, monthly: int = 1_000, **endpoint: str) -> int:
    asked = partial(translate, Endpoint(fake.url + endpoint.pop("path", ""), **endpoint))
    return await gloss_headlines(room.store, Glossing(asked, "m", ("en",), monthly), room.now)


async def test_a_first_message_is_sent_without_and_edited_with_the_gloss(room: Newsroom) -> None:
    async with translator() as fake:
        assert await gloss(room, fake) == 1
    await room.deliver(minutes=1)
    first, edit = room.channel.sent
    assert (first.reports[0].machine_gloss, edit.edits) == ("", "ref-1")
    assert edit.reports[0].machine_gloss == "<b>11</b> in en", "text, never markup"


async def test_a_headline_is_sent_once(room: Newsroom) -> None:
    async with translator() as fake:
        await gloss(room, fake)
        assert await gloss(room, fake) == 0
        assert fake.asked == [{"q": [KOREAN], "source": "ko", "target": "en", "format": "text"}]


async def test_beyond_the_budget_nothing_is_sent(room: Newsroom) -> None:
    async with translator() as fake:
        assert await gloss(room, fake, monthly=10) == 0
        assert fake.asked == []


async def test_an_openai_compatible_endpoint_gets_model_and_token(room: Newsroom) -> None:
    async with translator() as fake:
        assert await gloss(room, fake, path="/v1", model="small", token="s3cret") == 1
        assert (fake.asked[0]["model"], fake.asked[0]["authorization"]) == (
            "small",
            "Bearer s3cret",
        )
    await room.deliver(minutes=1)
    assert room.channel.sent[1].reports[0].machine_gloss == f"so {KOREAN}"


@pytest.mark.parametrize(
    ("answer", "status"),
    [({"translatedText": []}, 200), ({"error": "no"}, 200), ([], 200), ({}, 500),
     ({"translatedText": "one"}, 302)],
)  # fmt: skip
async def test_an_endpoint_that_fails_costs_nothing_but_a_warning(
    room: Newsroom, answer: Any, status: int
) -> None:
    async with translator() as fake:
        fake.answer, fake.status = answer, status
        assert await gloss(room, fake) == 0
        fake.answer, fake.status = None, 200
        assert await gloss(room, fake) == 1, "it is tried again"


async def test_no_endpoint_at_all_is_an_error_without_the_token() -> None:
    with pytest.raises(GlossError) as told:
        await translate(Endpoint("http://127.0.0.1:9/", token="s3cret"), ["a"], "ko", "en")
    assert "s3cret" not in str(told.value)


def test_the_token_may_stand_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "gloss-token").write_text("s3cret\n", "utf-8")
    path = tmp_path / "config.yaml"
    path.write_text(
        f"{SMALL}gloss: {{url: 'http://127.0.0.1:5000', model: m, token_file: gloss-token}}\n",
        "utf-8",
    )
    config = load(path)
    assert config.gloss is not None
    assert config.gloss.token.get_secret_value() == "s3cret"
    assert "s3cret" not in str(config.shown)
