"""Slack's Socket Mode: buttons and reactions arrive over a WebSocket that we open.

Each envelope is acknowledged first and processed afterwards, since Slack waits three seconds for
the acknowledgement.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

from monitor.channels import formatting
from monitor.channels.slack.activity import activities_in
from monitor.channels.slack.blocks import with_verdicts
from monitor.channels.slack.client import call, message_metadata, web_client
from monitor.channels.slack.feedback import feedback_in
from monitor.errors import DeliveryError
from monitor.model import ActivityKind, NotJudged, status_in_words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

    from monitor.channels.slack.activity import SlackActivity
    from monitor.channels.slack.feedback import SlackFeedback
    from monitor.model import Feedback, FeedbackResult, StoryStatus

    RecordActivity = Callable[[SlackActivity], Awaitable[StoryStatus | NotJudged | None]]

log = structlog.get_logger()

PATIENCE = 30.0  # seconds without a connection until a new client replaces the old one
_DRAIN = 5.0  # seconds at the end for feedback that was received and is not yet recorded
_LOOK = 5.0  # seconds between two checks of the connection

# slack-sdk's log lines hold addresses that admit anyone to the connection: only our own lines stay.
_SILENT = logging.getLogger("monitor.slack.silent")
_SILENT.disabled = True


class SocketMode:
    """Listens to one Slack app.

    `record_feedback` stores feedback and returns its result; `record_activity` stores work on a
    story and returns the status before, or why there is none; `token` answers the reader. `look`
    and `patience` are seconds, see `_LOOK` and `PATIENCE`. Neither token appears in a log.
    """

    def __init__(
        self,
        *,
        app_token: str,
        token: str,
        api_url: str,
        record_feedback: Callable[[Feedback], Awaitable[FeedbackResult]],
        record_activity: RecordActivity,
        look: float = _LOOK,
        patience: float = PATIENCE,
    ) -> None:
        self._app_token = app_token
        self._api_url = api_url
        self._web = web_client(token, api_url)
        self._record_feedback = record_feedback
        self._record_activity = record_activity
        self._look = look
        self._patience = patience
        self._work: set[asyncio.Task[None]] = set()
        self._away = ""  # the logged reason why there is no connection

    async def run(self) -> None:
        """Listen until cancelled, or until Slack refuses the app's token, which is logged once.

        Feedback that was received until then is recorded before this returns.
        """
        try:
            await self._keep_listening()
        finally:
            await self._finish()

    async def _finish(self) -> None:
        if self._work:
            _, late = await asyncio.wait(self._work, timeout=_DRAIN)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _keep_listening(self) -> None:
        while True:
            connection = _Connection(
                self._app_token, self._api_url, self._receive, self._log_connection
            )
            connecting = asyncio.create_task(connection.begin())
            try:
                await self._while_connected(connection)
            finally:
                connecting.cancel()
                await connection.end()
            if connection.refused:
                log.error(
                    "not listening to Slack",
                    reason=connection.refused,
                    next="check `app_token`, then reload or restart",
                )
                return

    def _log_connection(self, away: str) -> None:
        """Log why there is no connection, once; with "", that there is one."""
        if not away:
            log.info("listening to Slack")
        elif not self._away:
            log.warning("cannot listen to Slack", reason=away, next="tried again, until it works")
        self._away = away

    async def _while_connected(self, connection: _Connection) -> None:
        """Return once Slack refuses the connection, or it was away for `patience` seconds."""
        loop = asyncio.get_running_loop()
        connected_at = loop.time()
        while loop.time() - connected_at < self._patience:
            try:
                await asyncio.wait_for(connection.over.wait(), self._look)
            except TimeoutError:
                if loop.time() < connection.rests_until or await connection.is_connected():
                    connected_at = loop.time()
            else:
                return

    async def _receive(
        self, connection: AsyncBaseSocketModeClient, request: SocketModeRequest
    ) -> None:
        """Acknowledge an envelope, then record what it says in a task that `_finish` awaits."""
        await connection.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        feedback = feedback_in(request.type, request.payload)
        activities = activities_in(request.type, request.payload)
        work = asyncio.create_task(self._record(feedback, activities))
        self._work.add(work)
        work.add_done_callback(self._work.discard)

    async def _record(self, received: list[SlackFeedback], activities: list[SlackActivity]) -> None:
        for work in activities:
            await self._record_work(work)
        for each in received:
            try:
                result = await self._record_feedback(each.feedback)
                if result.changed:
                    _log(each.feedback)
                await self._answer(each, result)
            except Exception:
                log.exception("feedback was not taken in", said=str(each.feedback.said))

    async def _record_work(self, work: SlackActivity) -> None:
        """Record work on a story; only the person hears why it was not, or whose it was before."""
        activity = work.activity
        try:
            before = await self._record_activity(work)
            if not isinstance(before, NotJudged):
                log.info("activity", kind=str(activity.kind), by=activity.reader, message=work.ref)
            if answer := _answer_to(work, before):
                await self._reply(work, answer)
        except DeliveryError as error:
            log.warning("activity was not answered", reason=error.reason)
        except Exception:
            log.exception("activity was not taken in", kind=str(activity.kind))

    async def _answer(self, received: SlackFeedback, result: FeedbackResult) -> None:
        """Show the result: all readers' verdicts on the message, or a reply to the one reader."""
        if not result.known and received.blocks is None:
            return  # a reaction to somebody else's message
        try:
            if received.blocks is None or not result.known or not result.verdicts:
                await self._reply(received, formatting.ANSWERS[result.answer])
            else:
                await self._update_verdicts(received, result)
        except DeliveryError as error:
            log.warning("feedback was not answered", reason=error.reason)

    async def _update_verdicts(self, received: SlackFeedback, result: FeedbackResult) -> None:
        lines = formatting.verdict_lines(result.verdicts)
        try:
            await call(
                self._web.chat_update,
                channel=received.channel,
                ts=received.ts,
                text=received.text,
                blocks=with_verdicts(received.blocks or (), lines),
                metadata=message_metadata(received.feedback.key),
            )
        except DeliveryError:
            await self._reply(received, formatting.ANSWERS[result.answer])

    async def _reply(self, received: SlackFeedback | SlackActivity, text: str) -> None:
        """Send a text that only the reader sees."""
        await call(
            self._web.chat_postEphemeral, text=text, channel=received.channel, user=received.user
        )


class _Connection(SocketModeClient):
    """slack-sdk's client, which reconnects by itself.

    `over` is set when Slack refuses the token, for the reason `refused`. `rests_until` is the end
    of a pause that Slack asked for, in seconds of the loop's clock. `log_connection` is called
    with the reason why there is no connection, or with "" once there is one.
    """

    def __init__(
        self,
        app_token: str,
        api_url: str,
        listener: Callable[[Any, Any], Awaitable[None]],
        log_connection: Callable[[str], None],
    ) -> None:
        web = web_client("", api_url, _SILENT)
        super().__init__(app_token, logger=_SILENT, web_client=web)
        self.socket_mode_request_listeners.append(listener)
        self.message_listeners.append(self._greet)
        self.refused = ""
        self.over = asyncio.Event()
        self.rests_until = 0.0
        self._log_connection = log_connection

    async def issue_new_wss_url(self) -> str:
        """Return the address to connect to; slack-sdk calls this before each connection.

        Raises DeliveryError. Once Slack refuses the token, slack-sdk stops calling.
        """
        try:
            answer = await call(self.web_client.apps_connections_open, app_token=self.app_token)
            return str(answer["url"])
        except DeliveryError as error:
            if error.blame != "passing":
                self.refused, self.closed = error.reason, True
                self.over.set()
            else:
                self._log_connection(error.reason)
            self.rests_until = asyncio.get_running_loop().time() + (error.retry_after or 0)
            await asyncio.sleep(error.retry_after or 0)
            raise

    async def _greet(self, _: Any, message: dict[str, Any], __: Any = None) -> None:
        if message.get("type") == "hello":
            self._log_connection("")

    async def begin(self) -> None:
        """Connect, however long that takes; raises only where Slack refuses."""
        await self.connect()  # type: ignore[no-untyped-call]

    async def end(self) -> None:
        """Close the connection and wait for the tasks of slack-sdk that served it."""
        tasks = [self.message_processor, self.current_session_monitor, self.message_receiver]
        await self.close()  # type: ignore[no-untyped-call]
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)


def _answer_to(work: SlackActivity, before: StoryStatus | NotJudged | None) -> str:
    """Return what a person hears: nothing of a note that was taken, or of somebody's own thread."""
    is_note = work.activity.kind is ActivityKind.NOTE
    if isinstance(before, NotJudged):
        return "" if is_note and before is not NotJudged.SEVERAL else formatting.NO_STORY[before]
    if is_note or before is None or before.name == work.activity.name:
        return ""
    return f"This story was {status_in_words(before)} before."


def _log(feedback: Feedback) -> None:
    log.info(
        "feedback",
        said=str(feedback.said),
        reader=feedback.reader,
        takes_back=feedback.takes_back,
        message=feedback.ref,
    )
