"""What may stand in `config.yaml`, key by key. pydantic checks it; `load` makes it readable."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    model_validator,
)

from monitor.text.durations import DAY, HOUR, SECONDS

_LONGEST = 36_500 * DAY  # a hundred years
_SIZES = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_SIZE = re.compile(r"(\d+)\s*(B|KiB|MiB|)")
_ADDRESS = r"[^<>@\s,]+@[^<>@\s,]+"
_MAILBOX = rf"^([^<>@,\r\n]+ <{_ADDRESS}>|{_ADDRESS})$"  # with a name or without
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TIME = r"((?:[01]\d|2[0-3]):[0-5]\d)"
_HOURS = re.compile(rf"{_TIME}\s*-\s*{_TIME}")
_OUR_HEADERS = frozenset({
    "host", "connection", "content-length", "transfer-encoding", "accept-encoding",
    "proxy-authorization", "if-none-match", "if-modified-since",
})  # fmt: skip


def seconds(value: Any) -> Any:
    """Read `30s`, `10m`, `24h`, `7d`, `2w` as seconds."""
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError("expected a duration such as 30s, 10m, 24h or 7d")
    length = float(found[1]) * SECONDS[found[2]]
    if length > _LONGEST:
        raise ValueError("expected at most 36500d")
    return length


def duration(value: float) -> str:
    """Write seconds as `seconds` reads them, in the largest unit that fits."""
    for unit in ("d", "h", "m"):
        if value and value % SECONDS[unit] == 0:
            return f"{value / SECONDS[unit]:g}{unit}"
    return f"{value:g}s"


def _bytes(value: Any) -> Any:
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError("expected a size such as 512KiB or 10MiB")
    return int(found[1]) * _SIZES[found[2]]


def _list(value: Any) -> Any:
    """Take a single term for a list of one."""
    return [value] if isinstance(value, str) else value


def _size(value: int) -> str:
    return f"{value // (1 << 20)}MiB" if value % (1 << 20) == 0 else f"{value}B"


def _proxy(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not _is_http(value.get_secret_value()):
        raise ValueError("expected an http or https address, such as http://proxy.example:3128")
    return value


def _is_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _proxy_shown(value: SecretStr) -> str:
    scheme, _, rest = value.get_secret_value().partition("://")
    login, at, host = rest.rpartition("@")
    return f"{scheme}://{'***' if login else ''}{at}{host}" if rest else ""


def _headers(value: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, content in value.items():
        if not _HEADER.fullmatch(name) or not content.get_secret_value().isprintable():
            raise ValueError(f"`{name}` cannot be sent: give its name and a value of one line")
        if name.lower() in _OUR_HEADERS:
            raise ValueError(f"`{name}` is set by the program itself")
    return value


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


Duration = Annotated[float, BeforeValidator(seconds), PlainSerializer(duration), Field(gt=0)]
Pause = Annotated[float, BeforeValidator(seconds), PlainSerializer(duration), Field(ge=0)]
Size = Annotated[int, BeforeValidator(_bytes), PlainSerializer(_size), Field(gt=0)]
Proxy = Annotated[SecretStr, AfterValidator(_proxy), PlainSerializer(_proxy_shown)]
Headers = Annotated[dict[str, SecretStr], AfterValidator(_headers)]
Terms = Annotated[list[str], BeforeValidator(_list)]
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


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class AuthSettings(_Section):
    """What a feed's server asks for: basic authentication."""

    user: str = Field(min_length=1, pattern=r"^[^:]+$")
    password: SecretStr = Field(min_length=1)


class FeedSettings(_Section):
    """A feed. `publisher` is who writes it: several feeds may share one.

    `folder`, such as `World/Asia`, is for people only: `monitor feeds export` keeps it.
    """

    url: str = Field(min_length=1)
    title: str = ""
    publisher: str = ""
    country: str = Field("", pattern=r"^([A-Z]{2})?$")
    lang: str = Field("", pattern=r"^([a-z]{2,3})?$")
    kind: Kind = "other"
    interval: Duration | None = None
    enabled: bool = True
    allow_private: bool = False
    proxy: Proxy = SecretStr("")
    headers: Headers = {}
    auth: AuthSettings | None = None
    folder: str = ""


def _by_language(value: Any) -> Any:
    """Take a list without languages for one whose languages are to be told from its words."""
    return {"": value} if isinstance(value, (str, list)) else value


TermSetSettings = Annotated[dict[str, Terms], BeforeValidator(_by_language)]


class ExamplesSettings(_Section):
    """Texts that a topic must hit, and texts that it must not; `monitor check` tries them."""

    match: Terms = []
    no_match: Terms = []


class TopicSettings(_Section):
    """A topic: an expression to `match`, or lists.

    By lists a hit has one of `any`, every item of `all` (a term or alternatives), none of `none`.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(min_length=1)
    match: str = ""
    any: Terms = []
    all: list[Terms] = []
    none: Terms = []
    anchor: str = ""
    threshold: float = Field(0.5, gt=0, le=1)
    examples: ExamplesSettings = ExamplesSettings()
    max_age: Duration = DAY
    channels: Terms = []
    severity: Level = "warning"
    labels: Terms = []
    mode: Literal["now", "digest", "off"] = "now"
    digest: Terms = []
    cooldown: Pause = 600.0
    repeat_interval: Pause = DAY


class RouteSettings(_Section):
    """Which topics go to some channels: by severity, label or id; all that are given are met.

    `mode`, if given, replaces that of the topics there.
    """

    channels: Terms = Field(min_length=1)
    severity: Annotated[list[Level], BeforeValidator(_list)] = []
    labels: Terms = []
    topics: Terms = []
    mode: Literal["", "now", "digest", "off"] = ""


class DeliverySettings(_Section):
    """When alerts are sent. Times of day, and cron expressions, are in `timezone`."""

    group_wait: Pause = 60.0
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    digest: Terms = Field(["0 8 * * *"], min_length=1)
    quiet_hours: Annotated[str, AfterValidator(_quiet_hours)] = ""
    break_through: Level = "critical"
    per_hour: int = Field(20, ge=0)
    surges: bool = True


class _Channel(_Section):
    type: str

    def arguments(self) -> dict[str, Any]:
        """Return the settings but `type`, secrets as plain text: for the channel's class only."""
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name, value in self
            if name != "type"
        }


class ConsoleSettings(_Channel):
    """Prints alerts where `monitor run` runs."""

    type: Literal["console"]


class SlackSettings(_Channel):
    """Posts alerts to one Slack channel with a bot token.

    With an app-level token its messages have buttons, and `monitor run` listens to them.
    """

    type: Literal["slack"]
    token: SecretStr = Field(min_length=1)
    channel: str = Field(min_length=1)
    app_token: SecretStr = SecretStr("")
    api_url: str = Field("https://slack.com/api/", pattern=r"^https?://.+")


class SlackWebhookSettings(_Channel):
    """Posts alerts through a Slack incoming webhook: no threads, and no look-up of lost answers."""

    type: Literal["slack-webhook"]
    url: SecretStr = Field(min_length=1)


class EmailSettings(_Channel):
    """Sends alerts as e-mail through an SMTP server, `port` by its `tls` if none is given."""

    type: Literal["email"]
    host: str = Field(min_length=1)
    port: int | None = Field(None, ge=1, le=65_535)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(pattern=_MAILBOX)
    to: Annotated[list[Annotated[str, Field(pattern=_MAILBOX)]], BeforeValidator(_list)] = Field(
        min_length=1
    )

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if bool(self.user) != bool(self.password.get_secret_value()):
            raise ValueError("give both user and password (or password_file), or neither")
        if self.tls == "none" and self.host not in _LOOPBACK:
            raise ValueError("`tls: none` sends in the clear: only to a server on this machine")
        return self


class WebhookSettings(_Channel):
    """Posts alerts as JSON to an address of one's own, signed if there is a secret."""

    type: Literal["webhook"]
    url: Annotated[SecretStr, Field(min_length=1), AfterValidator(_proxy)]
    secret: SecretStr = SecretStr("")


class AppriseSettings(_Channel):
    """Hands alerts to Apprise: `url` as its documentation writes it (extra `apprise`)."""

    type: Literal["apprise"]
    url: SecretStr = Field(min_length=1)


AnyChannel = (
    ConsoleSettings
    | SlackSettings
    | SlackWebhookSettings
    | EmailSettings
    | WebhookSettings
    | AppriseSettings
)
ChannelSettings = Annotated[AnyChannel, Field(discriminator="type")]


class PollingSettings(_Section):
    """How feeds are fetched and read; `contact` goes into the User-Agent."""

    interval: Duration = 600.0
    timeout: Duration = 20.0
    max_body: Size = 10 << 20
    at_once: int = Field(64, ge=1, le=1_000)
    per_host: int = Field(2, ge=1)
    host_delay: Pause = 1.0
    parse_deadline: Duration = 10.0
    workers: int = Field(2, ge=1, le=256)
    contact: str = ""


class RetentionSettings(_Section):
    """How long texts are kept. The ledger's counts and identities are kept for ever."""

    articles: Duration = 90 * DAY
    hits: Duration = 730 * DAY


class ServiceSettings(_Section):
    """The running service; `http_port` serves metrics and health on loopback."""

    http_port: int | None = Field(None, ge=1, le=65_535)


class OperationsSettings(_Section):
    """What is told of the program itself, and to which channel; without one only the log says it.

    `heartbeat` is a time of day in `timezone`. A feed is told of that fails for `failing_after`.
    """

    channel: str = ""
    heartbeat: str = Field("08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    failing_after: Duration = DAY


class NlpSettings(_Section):
    """`model` is a spaCy model, installed or a folder, that helps `monitor topics suggest`."""

    model: str = ""


def _callback(value: str) -> str:
    parts = urlsplit(value) if _is_http(value) else None
    if not parts or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("expected an address such as https://desk.example/websub")
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ValueError("expected https: what hubs send must not be read or changed on the way")
    return value


class WebSubSettings(_Section):
    """Lets the hubs of feeds push: `callback` is the public address at which they find us.

    A reverse proxy passes what comes there on to `port` of `host`.
    """

    callback: Annotated[str, AfterValidator(_callback)]
    port: int = Field(ge=1, le=65_535)
    host: str = Field("127.0.0.1", min_length=1)
    lease: Annotated[Duration, Field(ge=HOUR, le=30 * DAY)] = 10 * DAY


class Settings(_Section):
    """The whole file."""

    feeds: list[FeedSettings] = Field(min_length=1)
    topics: list[TopicSettings] = Field(min_length=1)
    terms: dict[str, TermSetSettings] = {}
    nlp: NlpSettings = NlpSettings()
    channels: dict[str, ChannelSettings] = Field(
        {"console": ConsoleSettings(type="console")}, min_length=1
    )
    routes: list[RouteSettings] = []
    delivery: DeliverySettings = DeliverySettings()
    polling: PollingSettings = PollingSettings()
    retention: RetentionSettings = RetentionSettings()
    service: ServiceSettings = ServiceSettings()
    operations: OperationsSettings = OperationsSettings()
    websub: WebSubSettings | None = None
    database: str = ""
