"""What readers do about a story on its page or in the inbox: take, close, note, assign, follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.errors import InputError
from monitor.model import Activity, ActivityKind
from monitor.web.actions import done, fields, id_of, write
from monitor.web.app_keys import DESK, VISITOR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

_OF_PEOPLE = frozenset(ActivityKind) - {ActivityKind.ESCALATE}


async def work(request: web.Request) -> web.Response:
    """Add an activity to a story, in the visitor's name."""
    desk, story, sent = request.app[DESK], id_of(request.match_info), await fields(request)
    kind, visitor, now = sent.get("kind", ""), request[VISITOR], desk.clock()
    if kind not in _OF_PEOPLE:
        raise InputError(f"{kind!r} is nothing to do about a story: take, done, dismiss, note …")
    text = " ".join(filter(None, [sent.get("value", ""), sent.get("text", "")]))
    activity = Activity(ActivityKind(kind), f"web:{visitor.name}", visitor.name, now, text)
    await write(desk, lambda tx: tx.activity.add(story, activity, now))
    return done(kind, sent.get("back") or f"/stories/{story}")


STORY_ACTIONS: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
    r"/stories/{id:\d+}/work": work,
}
