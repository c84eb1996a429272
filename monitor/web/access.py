"""Who may read and who may write: loopback, a password, or a proxy that names people.

On loopback, under loopback's own names, the desk is open. Wherever else it can be reached it wants
a password (scrypt, RFC 7914), or a trusted proxy; `web.public` lets readers in without. Sessions
live in memory: a restart ends them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from collections import deque
from dataclasses import dataclass
from getpass import getuser
from ipaddress import ip_address
from typing import TYPE_CHECKING

from monitor.config.fields import LOOPBACK, PASSWORD_HASH, WANTS_LOGIN, is_loopback
from monitor.errors import ConfigError, Mistake
from monitor.web.page import NoPageError

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

    from monitor.config.schema import WebSettings

COOKIE = "desk_session"
SESSION = 14 * 86_400.0  # seconds that a login lasts
_LOCAL = LOOPBACK | {"[::1]"}
_COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}  # 32 MB and 0.1 s a try
_TRIES, _WINDOW = 5, 300.0  # failed logins of an address in so many seconds, then it has to wait
_ALL_TRIES = 50  # the same for all addresses together


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a `name` for what is written, "" for nobody in particular; what the visitor may."""

    name: str
    may_read: bool
    may_write: bool
    session: str = ""


def hashed(password: str) -> str:
    """Return the hash of a password, with its salt and its cost."""
    salt = secrets.token_bytes(16)
    parts = [b64encode(each).decode() for each in (salt, _scrypt(password, salt))]
    return "$".join(["scrypt", str(_COST["n"]), *parts])


def is_hash(text: str) -> bool:
    """Whether a text is a hash as `hashed` returns it."""
    return PASSWORD_HASH.fullmatch(text) is not None


def is_password(password: str, hashed_one: str) -> bool:
    """Whether a password has this hash; compared in constant time."""
    _, _, salt, expected = hashed_one.split("$")
    return hmac.compare_digest(_scrypt(password, b64decode(salt)), b64decode(expected))


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, dklen=32, **_COST)


class Access:
    """The rules of one desk, its sessions, and the logins that failed lately."""

    def __init__(self, settings: WebSettings, host: str) -> None:
        self.settings = settings
        self._hash = settings.password.get_secret_value()
        self.is_exposed = not is_loopback(host) or bool(settings.names)
        self._names = _LOCAL | {host} | {name.casefold() for name in settings.names}
        self._secret = secrets.token_bytes(32)
        self._sessions: dict[str, float] = {}  # token: when it ends, by the loop's clock
        self._failed: deque[tuple[float, str]] = deque(maxlen=_ALL_TRIES)

    def refuse_to_start(self, config: Path | None) -> None:
        """Raise ConfigError where strangers could reach a desk that knows nobody."""
        file = str(config or "config.yaml")
        if self._hash and not is_hash(self._hash):
            message = "expected what `monitor web password` prints"
            raise ConfigError([Mistake(file, 1, 1, "web.password", message)])
        proxy = self.settings.trusted_proxy
        if self.is_exposed and not (self._hash or (proxy and proxy.header)):
            raise ConfigError([Mistake(file, 1, 1, "web", WANTS_LOGIN)])

    def knows_name(self, host: str) -> bool:
        """Whether a Host header names this desk: a page elsewhere cannot rebind its name to us."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return name.casefold() in self._names

    def visitor(self, request: web.Request, now: float) -> Visitor:
        """Return who asks; `now` is the loop's time."""
        if name := self._named_by_proxy(request):
            return Visitor(name, may_read=True, may_write=True, session=name)
        token = request.cookies.get(COOKIE, "")
        if self._sessions.get(token, 0.0) > now:
            return Visitor("desk", may_read=True, may_write=True, session=token)
        if not self.is_exposed and not self._hash:
            return Visitor(_login(), may_read=True, may_write=True)
        return Visitor("", may_read=self.settings.public, may_write=False)

    def _named_by_proxy(self, request: web.Request) -> str:
        proxy = self.settings.trusted_proxy
        if proxy is None or not proxy.header or request.remote not in proxy.addresses:
            return ""
        return request.headers.get(proxy.header, "").strip()[:80]

    def address(self, request: web.Request) -> str:
        """Return the address that a request comes from, as the proxies before this desk say it.

        A trusted proxy adds the address of its client at the end of `X-Forwarded-For`; what stands
        before that, and what others send, may be invented.
        """
        address, proxy = request.remote or "", self.settings.trusted_proxy
        said = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
        while proxy and address in proxy.addresses and said:
            try:
                address = str(ip_address(said.pop().strip()))
            except ValueError:
                break
        return address

    # ── logins ────────────────────────────────────────────────────────────────────────────────

    @property
    def has_password(self) -> bool:
        """Whether a login exists."""
        return bool(self._hash)

    def must_wait(self, address: str, now: float) -> bool:
        """Whether an address, or all together, failed too often lately."""
        while self._failed and self._failed[0][0] < now - _WINDOW:
            self._failed.popleft()
        own = sum(each == address for _, each in self._failed)
        return own >= _TRIES or len(self._failed) >= _ALL_TRIES

    def is_right(self, password: str) -> bool:
        """Whether this is the desk's password; takes a tenth of a second."""
        if not self._hash:
            raise NoPageError("this desk has no password")
        return is_password(password, self._hash)

    def note_failure(self, address: str, now: float) -> None:
        """Remember a failed login."""
        self._failed.append((now, address))

    def forgive(self, address: str) -> None:
        """Forget the failed logins of an address, which now knew the password."""
        kept = [each for each in self._failed if each[1] != address]
        self._failed = deque(kept, maxlen=_ALL_TRIES)

    def begin_session(self, now: float) -> str:
        """Return the token of a new session; those that ended are forgotten."""
        self._sessions = {each: end for each, end in self._sessions.items() if end > now}
        token = secrets.token_urlsafe(32)
        self._sessions[token] = now + SESSION
        return token

    def end_session(self, token: str) -> None:
        """Forget a session."""
        self._sessions.pop(token, None)

    # ── forms ─────────────────────────────────────────────────────────────────────────────────

    def form_token(self, visitor: Visitor) -> str:
        """Return what a form of ours sends along, and a page of somebody else cannot know."""
        return hmac.new(self._secret, visitor.session.encode(), hashlib.sha256).hexdigest()

    def is_own_form(self, visitor: Visitor, token: str) -> bool:
        """Whether a form has the token of its visitor."""
        return hmac.compare_digest(self.form_token(visitor).encode(), token.encode())


def _login() -> str:
    try:
        return getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
