"""What failed in a connection, in words."""

from __future__ import annotations

import errno
import socket
import ssl
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from messages import alert

from monitor.channels.email import Email
from monitor.channels.slack.client import Slack
from monitor.channels.slack.incoming_webhook import SlackWebhook
from monitor.channels.webhook import Webhook
from monitor.errors import DeliveryError
from monitor.network import in_words

KEY: Any = SimpleNamespace(host="s3cr3t.example", port=443, ssl=True)


def expired() -> Exception:
    """Return the error of an expired certificate, as aiohttp raises it."""
    behind = ssl.SSLCertVerificationError(1, "of s3cr3t.example")
    behind.verify_code = 10
    error = aiohttp.ClientConnectorCertificateError(KEY, behind)
    error.__cause__ = behind
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_NONAME, "unknown")),
            "the name was not found",
        ),
        (
            aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_AGAIN, "later")),
            "the name servers do not answer",
        ),
        (
            aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(errno.ECONNREFUSED, "no")),
            "nobody answers at that port",
        ),
        (
            aiohttp.ClientConnectorError(KEY, OSError(errno.EHOSTUNREACH, "s3cr3t")),
            "no route to host",
        ),
        (
            aiohttp.ClientProxyConnectionError(KEY, OSError(errno.ECONNREFUSED, "no")),
            "the proxy does not answer, or refuses",
        ),
        (aiohttp.ServerTimeoutError(), "no complete answer in time"),
        (aiohttp.ServerDisconnectedError(), "the connection broke off"),
        (expired(), "the certificate is refused: it has expired"),
        (
            aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "wrong version")),
            "no secure connection (TLS): the handshake failed",
        ),
        (aiohttp.InvalidURL("https://s3cr3t"), "not an http or https address"),
    ],
)
def test_an_error_of_a_connection_is_told_in_words(error: Exception, words: str) -> None:
    assert in_words(error) == words


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.parametrize("kind", ["slack", "slack-webhook", "webhook", "email"])
async def test_a_channel_that_nobody_serves_is_told_in_words(kind: str) -> None:
    port = closed_port()
    address = f"http://127.0.0.1:{port}/"
    channels: dict[str, Any] = {
        "slack": Slack(token="xoxb-1", channel="#a", api_url=address),
        "slack-webhook": SlackWebhook(url=address),
        "webhook": Webhook(url=address),
        "email": Email(
            host="127.0.0.1", port=port, tls="none", sender="a@b.example", to=["c@d.example"]
        ),
    }
    with pytest.raises(DeliveryError) as caught:
        await channels[kind].send(alert())
    assert caught.value.reason.endswith(": nobody answers at that port")
