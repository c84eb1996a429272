"""Slack's Socket Mode: buttons and reactions reach us over a connection that we open.

An envelope is acknowledged before anything else is done with it: Slack waits three seconds.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

from monitor.channels import formatting
from monitor.channels.slack.blocks import with_marks
from monitor.channels.slack.client import EVENT, called, client
from monitor.channels.slack.feedback import heard
from monitor.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

    from monitor.channels.slack.feedback import SlackFeedback
    from monitor.model import Feedback, FeedbackResult

log = structlog.get_logger()

PATIENCE = 30.0  # seconds without a connection, after which everything is begun anew
_DRAIN = 5.0  # seconds at the end for what was heard and is not yet taken in
_LOOK = 5.0  # seconds between two looks at the connection

# slack-sdk logs what it receives, with addresses that let anyone in: our own lines say enough.
_SILENT = logging.getLogger("monitor.slack.silent")
_SILENT.disabled = True


class SocketMode:
    """Listens to one Slack app.

    `record_feedback` takes in what readers say, and says what came of it.

    `token` answers them. Neither token appears in a log.
    """

    def __init__(
        self,
        *,
        app_token: str,
        token: str,
        api_url: str,
        record_feedback: Callable[[Feedback], Awaitable[FeedbackResult]],
        look: float = _LOOK,
        patience: float = PATIENCE,
    ) -> None:
        self._app_token = app_token
        self._api_url = api_url
        self._web = client(token, api_url)
        self._record_feedback = record_feedback
        self._look = look
        self._patience = patience
        self._work: set[asyncio.Task[None]] = set()
        self._away = ""  # why there is no connection, as it was logged

    async def run(self) -> None:
        """Listen until cancelled; give up, saying so once, where Slack refuses the app's token.

        What was heard until then is taken in before it ends.
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
            connection = _Connection(self._app_token, self._api_url, self._listen, self._note)
            connecting = asyncio.create_task(connection.begin())
            try:
                await self._while_connected(connection)
            finally:
                connecting.cancel()
                await connection.end()
            if connection.refused:
                log.error("not listening to Slack", reason=connection.refused,
                          next="check `app_token`, then reload or restart")  # fmt: skip
                return

    def _note(self, away: str) -> None:
        """Log why there is no connection, once; or, with "", that there is one."""
        if not away:
            log.info("listening to Slack")
        elif not self._away:
            log.warning("cannot listen to Slack", reason=away, next="tried again, until it works")
        self._away = away

    async def _while_connected(self, connection: _Connection) -> None:
        """Wait until the connection is refused, or was away for too long."""
        loop = asyncio.get_running_loop()
        seen = loop.time()
        while loop.time() - seen < self._patience:
            try:
                await asyncio.wait_for(connection.over.wait(), self._look)
            except TimeoutError:
                if loop.time() < connection.rests_until or await connection.is_connected():
                    seen = loop.time()
            else:
                return

    async def _listen(
        self, connection: AsyncBaseSocketModeClient, request: SocketModeRequest
    ) -> None:
        """Acknowledge an envelope, then take in what it says: a task of its own, to wait for."""
        await connection.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        work = asyncio.create_task(self._take_in(heard(request.type, request.payload)))
        self._work.add(work)
        work.add_done_callback(self._work.discard)

    async def _take_in(self, words: list[SlackFeedback]) -> None:
        for each in words:
            try:
                judged = await self._record_feedback(each.feedback)
                if judged.changed:
                    _log(each.feedback)
                await self._answer(each, judged)
            except Exception:
                log.exception("feedback was not taken in", said=str(each.feedback.said))

    async def _answer(self, each: SlackFeedback, judged: FeedbackResult) -> None:
        """Answer in place: on the message itself, or to the reader alone."""
        if not judged.known and each.blocks is None:
            return  # a reaction to somebody else's message
        try:
            if each.blocks is None or not judged.known or not judged.verdicts:
                await self._tell(each, formatting.ANSWERS[judged.answer])
            else:
                await self._mark(each, judged)
        except DeliveryError as error:
            log.warning("feedback was not answered", reason=error.reason)

    async def _mark(self, each: SlackFeedback, judged: FeedbackResult) -> None:
        metadata = {"event_type": EVENT, "event_payload": {"key": each.feedback.key}}
        lines = formatting.verdict_lines(judged.verdicts)
        try:
            await called(
                self._web.chat_update, channel=each.channel, ts=each.ts, text=each.text,
                blocks=with_marks(each.blocks or (), lines), metadata=metadata,
            )  # fmt: skip
        except DeliveryError:
            await self._tell(each, formatting.ANSWERS[judged.answer])

    async def _tell(self, each: SlackFeedback, text: str) -> None:
        where = {"channel": each.channel, "user": each.user}
        await called(self._web.chat_postEphemeral, text=text, **where)


class _Connection(SocketModeClient):
    """slack-sdk's client, which connects again by itself; `over` is set when Slack refuses us.

    `rests_until`, by the loop's clock, is how long Slack asked us not to try. `note` gets why there
    is no connection, or "".
    """

    def __init__(
        self,
        app_token: str,
        api_url: str,
        listener: Callable[[Any, Any], Awaitable[None]],
        note: Callable[[str], None],
    ) -> None:
        web = client("", api_url, _SILENT)
        super().__init__(app_token, logger=_SILENT, web_client=web)
        self.socket_mode_request_listeners.append(listener)
        self.message_listeners.append(self._greet)
        self.refused = ""
        self.over = asyncio.Event()
        self.rests_until = 0.0
        self._note = note

    async def issue_new_wss_url(self) -> str:
        """Ask Slack where to connect; where it refuses, this is the last time."""
        try:
            answer = await called(self.web_client.apps_connections_open, app_token=self.app_token)
            return str(answer["url"])
        except DeliveryError as error:
            if error.blame != "passing":
                self.refused, self.closed = error.reason, True
                self.over.set()
            else:
                self._note(error.reason)
            self.rests_until = asyncio.get_running_loop().time() + (error.retry_after or 0)
            await asyncio.sleep(error.retry_after or 0)
            raise

    async def _greet(self, _: Any, message: dict[str, Any], __: Any = None) -> None:
        if message.get("type") == "hello":
            self._note("")

    async def begin(self) -> None:
        """Connect, however long that takes; give up only where Slack refuses."""
        await self.connect()  # type: ignore[no-untyped-call]

    async def end(self) -> None:
        """Close the connection, and wait until all that served it has ended."""
        tasks = [self.message_processor, self.current_session_monitor, self.message_receiver]
        await self.close()  # type: ignore[no-untyped-call]
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)


def _log(feedback: Feedback) -> None:
    log.info("feedback", said=str(feedback.said), reader=feedback.reader,
             takes_back=feedback.takes_back, message=feedback.ref)  # fmt: skip
