"""The workbench's form: a topic's expression is tried while it is written, and saved."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from monitor.config.edit_topics import save_expression
from monitor.errors import InputError
from monitor.web.actions import changed, fields
from monitor.web.answer import answer, asked_of
from monitor.web.app_keys import DESK, VISITOR
from monitor.web.pages import topic as page
from monitor.web.templates import html

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.store.queries.desk import DeskReader
    from monitor.web.desk import Desk
    from monitor.web.page import Asked, Page

_LONGEST = 20_000  # characters of an expression, and of a pasted text


async def work(request: web.Request) -> web.StreamResponse:
    """Try an expression or save it; HTMX gets the effect alone, other browsers the whole page."""
    desk, sent = request.app[DESK], await fields(request)
    expression = sent.get("expression", "").replace("\r\n", "\n")
    pasted = sent.get("pasted", "")
    if max(len(expression), len(pasted)) > _LONGEST:
        raise InputError(f"more than {_LONGEST:,} characters: shorten the expression or the text")
    draft = page.TopicDraft(expression, pasted, sent.get("digest", ""))
    asked = await desk.in_thread(partial(asked_of, request, desk))
    if sent.get("do") == "save":
        return await _save(desk, asked, draft)
    tried = await desk.in_bench(partial(_tried, desk, asked, draft))
    if "HX-Request" in request.headers:
        values = {"draft": tried, "effect": tried.effect, "most": page.MOST,
                  "window": page.WINDOW.days, "visitor": request[VISITOR]}  # fmt: skip
        return web.Response(text=html("effect.html", values), content_type="text/html")

    def shown(reader: DeskReader, asked: Asked) -> Page:
        return page.page(reader, asked, tried)

    return await answer(shown, request)


def _tried(desk: Desk, asked: Asked, draft: page.TopicDraft) -> page.TopicDraft:
    topic = page.topic_of(asked.config, asked.path["topic"])
    mistake = page.mistake_in(draft.expression, page.sets_of(asked.config))
    if mistake or asked.config is None:
        return replace(draft, mistake=mistake)
    job = page.job(desk.database, asked.config, topic, draft, asked)
    return replace(draft, effect=desk.bench.effect(job))


async def _save(desk: Desk, asked: Asked, draft: page.TopicDraft) -> web.Response:
    topic = page.topic_of(asked.config, asked.path["topic"])
    mistake = page.mistake_in(draft.expression, page.sets_of(asked.config))
    page.refuse_mistake(replace(draft, mistake=mistake))
    if not topic.match and draft.expression == page.expression_of(
        topic, page.sets_of(asked.config)
    ):
        raise InputError("nothing was changed: the lists of this topic stay as they are")

    def save(path: Path) -> None:
        save_expression(path, topic.id, draft.expression, draft.digest)

    return await changed(desk, "saved", f"/topics/{topic.id}", save)
