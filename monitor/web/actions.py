"""What pages write: verdicts, silences, retries and feeds, by the functions that commands use too.

An action ends with a redirect to where its form stood, which then says what was done; HTMX gets the
form anew instead.
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from monitor.alerts.silences import Silence
from monitor.config.change_feeds import add_feed, switch_feed
from monitor.config.paths import config_path
from monitor.diagnostics import probe
from monitor.errors import ConfigError, InputError, PollError
from monitor.model import Feedback, FeedbackKind
from monitor.store.database import Store
from monitor.store.queries.hit_filter import filter_of, saved_parameters
from monitor.text.durations import SECONDS
from monitor.web.access import COOKIE, SESSION
from monitor.web.app_keys import ACCESS, DESK, LOOKED, VISITOR
from monitor.web.page import NoPageError
from monitor.web.reload import ask_for_reload
from monitor.web.templates import environment, html

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from monitor.config.load import Config
    from monitor.model import Scan
    from monitor.store.transaction import Transaction
    from monitor.web.desk import Desk

T = TypeVar("T")
_LONGEST = timedelta(days=366)
_A_YEAR = 366 * 86_400


async def write(desk: Desk, change: Callable[[Transaction], T]) -> T:
    """Return what a change returns, in one transaction, as commands write. Raises StoreError."""

    def refuse_missing() -> None:
        with desk.reader():
            pass

    await desk.in_thread(refuse_missing)
    async with Store(desk.database) as store:
        return await store.write(change)


async def fields(request: web.Request) -> dict[str, str]:
    """Return the fields of a form that are text, without space around them."""
    sent = await request.post()
    return {name: value.strip() for name, value in sent.items() if isinstance(value, str)}


def done(word: str, back: str) -> web.Response:
    """Redirect to a page of ours that says what was done."""
    is_ours = back.startswith("/") and not re.match(r"/[/\\]", back) and "\n" not in back
    path, _, query = (back if is_ours else "/").partition("?")
    kept = [pair for pair in query.split("&") if pair and not pair.startswith("done=")]
    location = f"{path}?{'&'.join([*kept, urlencode({'done': word})])}"
    return web.Response(status=303, headers={"Location": location})


# ── readers ───────────────────────────────────────────────────────────────────────────────────


async def looked(_: web.Request) -> web.Response:
    """Remember that everything until now was read."""
    answer = web.Response(status=303, headers={"Location": "/"})
    at = str(int(_.app[DESK].clock().timestamp()))
    answer.set_cookie(LOOKED, at, max_age=_A_YEAR, httponly=True, samesite="Strict")
    return answer


async def judge(request: web.Request) -> web.Response:
    """Take in a verdict on an article; `none` takes it back."""
    desk, article = request.app[DESK], id_of(request.match_info)
    sent = await fields(request)
    said = sent.get("said", "")
    if said not in {"good", "wrong", "none"}:
        raise InputError("a verdict is good, wrong or none")
    visitor = request[VISITOR]
    verdict = Feedback(FeedbackKind(said), f"web:{visitor.name}", visitor.name, desk.clock())
    await write(desk, lambda tx: tx.feedback.judge_article(article, verdict, verdict.at))
    if "HX-Request" not in request.headers:
        return done("judged", sent.get("back") or f"/articles/{article}")
    parts = environment().get_template("_parts.html").module
    token = request.app[ACCESS].form_token(visitor)
    fragment = parts.judge(article, said, token, visitor)  # type: ignore[attr-defined]
    return web.Response(text=str(fragment), content_type="text/html")


# ── stories ───────────────────────────────────────────────────────────────────────────────────


async def merge(request: web.Request) -> web.Response:
    """Join another story to this one: the same event."""
    desk, into = request.app[DESK], id_of(request.match_info)
    other = id_of({"id": (await fields(request)).get("other", "")})
    reader, now = f"web:{request[VISITOR].name}", desk.clock()
    await write(desk, lambda tx: tx.story_edits.merge(into, other, reader, now))
    return done("merged", f"/stories/{into}")


async def split(request: web.Request) -> web.Response:
    """Make a report of a story a story of its own: another event."""
    desk, story = request.app[DESK], id_of(request.match_info)
    report = id_of({"id": (await fields(request)).get("report", "")})
    reader, now = f"web:{request[VISITOR].name}", desk.clock()
    new = await write(desk, lambda tx: tx.story_edits.split(story, [report], reader, now))
    return done("split", f"/stories/{new}")


# ── saved views ───────────────────────────────────────────────────────────────────────────────


async def save_view(request: web.Request) -> web.Response:
    """Save a search under a name, in place of a view of the same name."""
    desk, sent = request.app[DESK], await fields(request)
    by, now = request[VISITOR].name, desk.clock()
    filter_of(sent, now, 1)  # refuses what no page could show
    kept = saved_parameters(sent)
    name = await write(desk, lambda tx: tx.saved_views.save(sent.get("name", ""), kept, by, now))
    return done("kept", f"/hits?{urlencode({'view': name})}")


async def delete_view(request: web.Request) -> web.Response:
    """Delete a saved view."""
    name = (await fields(request)).get("name", "")
    if not await write(request.app[DESK], lambda tx: tx.saved_views.delete(name)):
        raise NoPageError(f"there is no saved view {name}")
    return done("deleted", "/hits")


# ── alerts ────────────────────────────────────────────────────────────────────────────────────


async def silence(request: web.Request) -> web.Response:
    """Hold back the alerts that meet all given conditions."""
    desk, sent = request.app[DESK], await fields(request)
    topic, term, publisher = (sent.get(name, "") for name in ("topic", "term", "publisher"))
    story = sent.get("story", "")
    if not any((topic, term, publisher, story)):
        raise InputError("name what to silence: a topic, words, a publisher or a story")
    if (term and not re.search(r"\w", term)) or (story and not story.isdecimal()):
        raise InputError("words need a letter or a digit, a story its number")
    config = (await desk.in_thread(desk.configured)).config
    if topic and config and topic not in {each.id for each in config.topics}:
        raise InputError(f"there is no topic {topic}: name it by its id")
    now, comment = desk.clock(), sent.get("comment", "")[:200]
    ends_at = now + _span(sent.get("duration", ""))
    by = request[VISITOR].name
    new = Silence(topic, term, publisher, now, ends_at, comment, int(story or 0), by)
    await write(desk, lambda tx: tx.silences.add(new))
    return done("silenced", sent.get("back", "/alerts"))


def _span(given: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([mhdw])", given)
    span = timedelta(seconds=int(found[1]) * SECONDS[found[2]]) if found else timedelta()
    if not timedelta() < span <= _LONGEST:
        raise InputError(f"{given!r} is no span such as 30m, 8h, 3d or 2w")
    return span


async def expire(request: web.Request) -> web.Response:
    """End a silence now."""
    desk, number = request.app[DESK], id_of(await fields(request))
    if not await write(desk, lambda tx: tx.silences.expire(number, desk.clock())):
        raise NoPageError(f"there is no silence {number} in force")
    return done("ended", "/alerts")


async def retry(request: web.Request) -> web.Response:
    """Send a failed alert again."""
    desk, number = request.app[DESK], id_of(await fields(request))
    await write(desk, lambda tx: tx.maintenance.retry_failed([number], desk.clock()))
    return done("retried", "/alerts")


def id_of(sent: Mapping[str, str]) -> int:
    """Return the id that a form or an address has. Raises InputError."""
    given = sent.get("id", "")
    if not given.isdecimal() or len(given) > len("999999999999"):
        raise InputError(f"{given!r} is no id")
    return int(given)


# ── feeds ─────────────────────────────────────────────────────────────────────────────────────


async def add(request: web.Request) -> web.Response:
    """Add a feed to the configuration; or only fetch it, and show what it has."""
    desk, sent = request.app[DESK], await fields(request)
    if sent.get("do") == "try":
        return await _tried(request, sent.get("url", ""))
    names = ("url", "title", "publisher", "lang", "country")
    entry = {name: sent.get(name, "") for name in names}
    if any("${" in value for value in entry.values()):
        raise InputError("${…} would be filled from the environment: use `monitor feeds add`")
    return await changed(desk, "added", "/feeds", lambda path: add_feed(path, entry))


async def switch(request: web.Request, *, on: bool) -> web.Response:
    """Pause or resume a feed."""
    desk, sent = request.app[DESK], await fields(request)
    url = sent.get("feed", "")
    word = "resumed" if on else "paused"
    answer = await changed(desk, word, "/feeds", lambda path: switch_feed(path, url, on=on))
    if on:
        await write(desk, lambda tx: tx.feeds.resume(url, desk.clock()))
    return answer


async def changed(
    desk: Desk, word: str, back: str, change: Callable[[Path], object]
) -> web.Response:
    """Change the configuration, ask the service to read it again, and say what was done."""

    def work() -> bool:
        change(config_path(desk.config_path))
        return ask_for_reload(desk.database, desk.clock())

    return done(word if await desk.in_thread(work) else "unread", back)


async def _tried(request: web.Request, url: str) -> web.Response:
    desk = request.app[DESK]
    found = await desk.in_thread(desk.configured)
    if found.config is None:
        raise InputError(f"a feed is tried with the topics of the configuration: {found.mistakes}")
    feed = probe.chosen_feed((), url)
    if feed is None:
        raise InputError(f"{url!r} is no http or https address")
    try:
        scan = await desk.in_thread(
            lambda: asyncio.run(probe.try_feed(_config(found.config), feed))
        )
    except PollError as error:
        raise InputError(f"{url} cannot be read: {error}; {probe.feed_advice(error)}") from error
    return web.Response(text=html("tried.html", _scan_values(url, scan)), content_type="text/html")


def _config(config: Config | None) -> Config:
    if config is None:
        raise ConfigError([])
    return config


def _scan_values(url: str, scan: Scan) -> dict[str, Any]:
    hits = sum(match.is_hit for each in scan.scanned for match in each.matches)
    return {"title": scan.title or "Without a title", "url": url, "scan": scan, "hits": hits}


# ── logins ────────────────────────────────────────────────────────────────────────────────────


async def login(request: web.Request) -> web.Response:
    """Begin a session for who knows the password; an address that fails often has to wait."""
    access, sent = request.app[ACCESS], await fields(request)
    loop, address = asyncio.get_running_loop(), access.address(request)
    if access.must_wait(address, loop.time()):
        raise web.HTTPTooManyRequests(text="Too many failed logins: wait five minutes.")
    access.note_failure(address, loop.time())  # before the slow check: tries in parallel count too
    if not await request.app[DESK].in_thread(partial(access.is_right, sent.get("password", ""))):
        return web.Response(status=303, headers={"Location": "/login?wrong=1"})
    access.forgive(address)
    answer = done("", sent.get("to", "/"))
    answer.headers["Location"] = re.sub(r"[?&]done=$", "", answer.headers["Location"])
    token = access.begin_session(loop.time())
    is_secure = request.headers.get("X-Forwarded-Proto") == "https"
    answer.set_cookie(COOKIE, token, max_age=int(SESSION), httponly=True, samesite="Strict",
                      secure=is_secure)  # fmt: skip
    return answer


async def logout(request: web.Request) -> web.Response:
    """End the session."""
    request.app[ACCESS].end_session(request[VISITOR].session)
    answer = web.Response(status=303, headers={"Location": "/login"})
    answer.del_cookie(COOKIE)
    return answer


ACTIONS: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
    "/looked": looked,
    r"/articles/{id:\d+}/verdict": judge,
    r"/stories/{id:\d+}/merge": merge,
    r"/stories/{id:\d+}/split": split,
    "/views": save_view,
    "/views/delete": delete_view,
    "/silences": silence,
    "/silences/expire": expire,
    "/alerts/retry": retry,
    "/feeds/add": add,
    "/feeds/pause": partial(switch, on=False),
    "/feeds/resume": partial(switch, on=True),
    "/login": login,
    "/logout": logout,
}
