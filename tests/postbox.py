"""Servers that take messages, on loopback: SMTP, and webhooks of any kind."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from fakes import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import EmailMessage
    from pathlib import Path


@dataclass
class Postbox:
    """An SMTP server. `plan` has the answers to each mail in turn (`lost`: the line is cut)."""

    mails: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.plan.pop(0) if self.plan else "250 OK"
        if answer[0] not in "45":
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content, policy=default))
            self.to.append(list(envelope.rcpt_tos))
        if answer == "lost":
            assert server.transport is not None
            server.transport.close()
        return answer

    def login(self, _: Any, __: Any, ___: Any, ____: Any, found: LoginPassword) -> AuthResult:
        self.logins.append((found.login, found.password))
        return AuthResult(success=found.password == b"s3cr3t-t0ken", handled=False)


@asynccontextmanager
async def postbox(
    context: ssl.SSLContext | None = None, tls: str = "none"
) -> AsyncIterator[Postbox]:
    """An SMTP server; `tls` as the configuration has it. With TLS it wants a login."""
    box = Postbox()
    loop = asyncio.get_running_loop()
    settings: dict[str, Any] = {"hostname": "mail.example", "loop": loop}
    if tls == "starttls":
        settings |= {"tls_context": context, "require_starttls": True}
    if tls != "none":
        settings |= {"authenticator": box.login, "auth_require_tls": tls == "starttls"}
    connections: list[SMTP] = []

    def connected() -> SMTP:
        connections.append(SMTP(box, **settings))
        return connections[-1]

    context = context if tls == "tls" else None
    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=context)
    async with server:
        box.port = server.sockets[0].getsockname()[1]
        yield box
    for each in connections:
        if isinstance(each.transport, asyncio.Transport):
            each.transport.abort()
    await asyncio.sleep(0)  # the loop closes their sockets in its next round


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's TLS context for localhost, and a client's that trusts it."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            key,
            "-out",
            certificate,
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ],
        check=True,
        capture_output=True,
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


@dataclass
class Door:
    """An HTTP address that takes what is posted. `plan` has statuses in turn, or `lost`."""

    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    plan: list[int | str] = field(default_factory=list)
    answer_headers: dict[str, str] = field(default_factory=dict)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        status = self.plan.pop(0) if self.plan else 200
        body = await request.read()
        if status in {200, 204, "lost"}:
            self.bodies.append(body)
            self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if not isinstance(status, int):
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return web.Response(status=status, headers=self.answer_headers, text="s3cr3t-t0ken")


@asynccontextmanager
async def door() -> AsyncIterator[Door]:
    """`url` holds what looks like a secret."""
    opened = Door()
    app = web.Application()
    app.router.add_post("/{path:.*}", opened.answer)
    async with serving(app) as url:
        opened.url = f"{url}/hooks/s3cr3t-t0ken"
        yield opened
