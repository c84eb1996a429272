"""Types of the values in `config.yaml`: durations, sizes, addresses, headers, times of day.

Each type is an `Annotated` one that pydantic reads: a validator turns the written value into the
program's (a duration into seconds, a size into bytes), a serializer writes it back for
`monitor check --show`. A validator raises ValueError with the sentence that the operator reads.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, SecretStr

from monitor.config.country_names import countries_meant, country_names
from monitor.text.durations import SECONDS

_LONGEST = 36_500 * 86_400.0  # seconds: a hundred years
_BYTES = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_SIZE = re.compile(r"(\d+)\s*(B|KiB|MiB|GiB|)")
_ADDRESS = r"[^<>@\s,]+@[^<>@\s,]+"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110
_OF_NO_ADDRESS = frozenset(' "<>\\^`{|}')
# What browsers copy behind the host, and joiners of Persian and Indian words: sent encoded.
_SENT_ENCODED = frozenset("^`|\u200c\u200d")
_TIME = r"((?:[01]\d|2[0-3]):[0-5]\d)"
_HOURS = re.compile(rf"{_TIME}\s*-\s*{_TIME}")
_OWN_HEADERS = frozenset({
    "host", "connection", "content-length", "transfer-encoding", "accept-encoding",
    "proxy-authorization", "if-none-match", "if-modified-since",
})  # fmt: skip
MAILBOX = rf"^([^<>@,\r\n]+ <{_ADDRESS}>|{_ADDRESS})$"  # an e-mail address, with a name or without
_MOST_MEANT = 4  # countries that a message names
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PASSWORD_HASH = re.compile(r"scrypt\$\d+\$[\w+/]+=*\$[\w+/]+=*")  # see monitor/web/access.py
WANTS_LOGIN = (
    "a desk that can be reached from elsewhere needs web.password_file (`monitor web password`"
    " makes it) or web.trusted_proxy with the header that names people"
)


# ── durations and sizes ───────────────────────────────────────────────────────────────────────


def _seconds(value: Any) -> Any:
    """Read `30s`, `10m`, `24h`, `7d` or `2w` as seconds."""
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError("expected a duration such as 30s, 10m, 24h or 7d")
    length = float(found[1]) * SECONDS[found[2]]
    if length > _LONGEST:
        raise ValueError("expected at most 36500d")
    return length


def _duration(value: float) -> str:
    """Write seconds as `_seconds` reads them, in the largest unit without a fraction."""
    for unit in ("d", "h", "m"):
        if value and value % SECONDS[unit] == 0:
            return f"{value / SECONDS[unit]:g}{unit}"
    return f"{value:g}s"


def _bytes(value: Any) -> Any:
    """Read `512KiB` or `10MiB` as bytes."""
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError("expected a size such as 512KiB or 10MiB")
    return int(found[1]) * _BYTES[found[2]]


def _size(value: int) -> str:
    return f"{value // (1 << 20)}MiB" if value % (1 << 20) == 0 else f"{value}B"


# ── addresses and headers ─────────────────────────────────────────────────────────────────────


def is_http_address(address: str) -> bool:
    """Whether an address has the scheme http or https, and a host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def misplaced_in(address: str) -> str:
    """Say which character of an address cannot stand there, and what to write; "" for none.

    Those are the characters that RFC 3986 leaves out, and all that cannot be seen; behind the host
    but for those that are sent encoded.
    """
    host = re.split("[/?#]", address.partition("://")[2])[0].rpartition("@")[2]
    for found in address:
        if found in _SENT_ENCODED and found not in host:
            continue
        if not found.isprintable():
            return f"an invisible character (U+{ord(found):04X}) cannot stand here: delete it"
        if found in _OF_NO_ADDRESS:
            name = "a space" if found == " " else f"`{found}`"
            advice = "delete it" if found in host else f"write %{ord(found):02X}"
            return f"{name} cannot stand in an address: {advice}"
    return ""


def can_be_reached(address: str) -> bool:
    """Whether an http or https address has a port, if any, from 1 to 65535."""
    try:
        return is_http_address(address) and urlsplit(address).port != 0
    except ValueError:
        return False


def _http_secret(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not can_be_reached(value.get_secret_value()):
        raise ValueError("expected an http or https address, such as https://host.example:8080")
    return value


def _proxy_shown(value: SecretStr) -> str:
    """Write the address of a proxy with `***` in place of its login."""
    scheme, _, rest = value.get_secret_value().partition("://")
    login, at, host = rest.rpartition("@")
    return f"{scheme}://{'***' if login else ''}{at}{host}" if rest else ""


def _headers(value: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, content in value.items():
        if not _HEADER_NAME.fullmatch(name) or not content.get_secret_value().isprintable():
            raise ValueError(f"`{name}` cannot be sent: give its name and a value of one line")
        if name.lower() in _OWN_HEADERS:
            raise ValueError(f"`{name}` is set by the program itself")
    return value


def _callback(value: str) -> str:
    parts = urlsplit(value) if can_be_reached(value) else None
    if not parts or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("expected an address such as https://desk.example/websub")
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("expected https: what hubs send must not be read or changed on the way")
    return value


# ── countries ─────────────────────────────────────────────────────────────────────────────────


def _country(value: str) -> str:
    names = country_names()
    if not value or value in names:
        return value
    meant = countries_meant(value)[:_MOST_MEANT]
    if not meant:
        raise ValueError("expected the two letters of a country (ISO 3166), such as KR, or nothing")
    raise ValueError(f"expected {' or '.join(f'{code} ({names[code]})' for code in meant)}")


# ── times of day, lists ───────────────────────────────────────────────────────────────────────


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError("expected a time zone such as Europe/Berlin or UTC") from error
    return value


def _quiet_hours(value: str) -> str:
    found = _HOURS.fullmatch(value)
    if value and (not found or found[1] == found[2]):
        raise ValueError("expected two different times of day such as 22:00-07:00")
    return value


def as_list(value: Any) -> Any:
    """Read a single text as a list of one; other values pass, and pydantic checks them."""
    return [value] if isinstance(value, str) else value


def _by_language(value: Any) -> Any:
    """Read terms without languages as terms of the language "", which their words decide."""
    return {"": value} if isinstance(value, (str, list)) else value


# ── the types ─────────────────────────────────────────────────────────────────────────────────

Duration = Annotated[float, BeforeValidator(_seconds), PlainSerializer(_duration), Field(gt=0)]
Pause = Annotated[float, BeforeValidator(_seconds), PlainSerializer(_duration), Field(ge=0)]
Size = Annotated[int, BeforeValidator(_bytes), PlainSerializer(_size), Field(gt=0)]
HttpSecret = Annotated[SecretStr, AfterValidator(_http_secret)]
Proxy = Annotated[HttpSecret, PlainSerializer(_proxy_shown)]
Headers = Annotated[dict[str, SecretStr], AfterValidator(_headers)]
Callback = Annotated[str, AfterValidator(_callback)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
Country = Annotated[str, AfterValidator(_country)]
QuietHours = Annotated[str, AfterValidator(_quiet_hours)]
Terms = Annotated[list[str], BeforeValidator(as_list)]
# Codes of ISO 639, the first the one that glosses are in.
Languages = Annotated[
    list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]],
    BeforeValidator(as_list),
    Field(min_length=1),
]
TermsByLanguage = Annotated[dict[str, Terms], BeforeValidator(_by_language)]
Level = Literal["info", "warning", "critical"]
Kind = Literal[
    "wire",
    "newspaper",
    "broadcaster",
    "magazine",
    "state",
    "official",
    "think-tank",
    "blog",
    "aggregator",
    "other",
]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
