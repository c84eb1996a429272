"""The schema of `config.yaml`: one class a section, one field a key, with its default.

pydantic checks a file against it; `load` reads the file, and `explain_errors` words the mistakes.
Durations are in seconds, sizes in bytes. `docs/configuration.md` is the reference for people.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from monitor.config.channels import ChannelSettings, ConsoleSettings
from monitor.config.fields import (
    LOOPBACK,
    Callback,
    Country,
    Duration,
    Headers,
    HttpSecret,
    Kind,
    Languages,
    Level,
    Pause,
    Proxy,
    QuietHours,
    Size,
    Terms,
    TermsByLanguage,
    TimeZone,
    as_list,
)
from monitor.config.inputs import (  # noqa: TC001 - pydantic reads the annotations
    InputKind,
    JsonSettings,
    ListSettings,
    WatchSettings,
)
from monitor.text.durations import DAY, HOUR


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class AuthSettings(_Section):
    """Login for a feed behind HTTP basic authentication."""

    user: str = Field(min_length=1, pattern=r"^[^:]+$")
    password: SecretStr = Field(min_length=1)


class FeedSettings(_Section):
    """A feed. `publisher` is the outlet that writes it; several feeds may share one.

    `country` is of ISO 3166 (KR), `lang` of ISO 639 (ko). `interval` None: the polling section's,
    adapted to the feed. `folder`, such as `World/Asia`, is for people and OPML only. `input` names
    the kind of document where that shall not be recognised; `list`, `json` and `watch` say where
    the articles of a page or of JSON stand, and only one of the four is given.
    """

    url: str = Field(min_length=1)
    title: str = ""
    publisher: str = ""
    country: Country = ""
    lang: str = Field("", pattern=r"^([a-z]{2,3})?$")
    kind: Kind = "other"
    reliability: Literal["A", "B", "C", "D", "E", "F"] = "F"
    interval: Duration | None = None
    enabled: bool = True
    allow_private: bool = False
    proxy: Proxy = SecretStr("")
    headers: Headers = {}
    auth: AuthSettings | None = None
    folder: str = ""
    input: InputKind = ""
    list_of: ListSettings | None = Field(None, alias="list")
    json_of: JsonSettings | None = Field(None, alias="json")
    watch: WatchSettings | None = None

    @model_validator(mode="after")
    def _one_input(self) -> Self:
        given = [self.input, self.list_of, self.json_of, self.watch]
        if sum(map(bool, given)) > 1:
            raise ValueError("give only one of input, list, json and watch")
        return self


class ExamplesSettings(_Section):
    """Texts that a topic must hit, and texts that it must not; tried by `monitor check`."""

    match: Terms = []
    no_match: Terms = []


class TopicSettings(_Section):
    """A topic: an expression (`match`), or lists of terms.

    An article hits lists if it has one term of `any`, one of each group of `all`, none of `none`.
    `threshold` is the least score of a hit, above 0 to 1; older articles than `max_age` alert
    nobody.
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
    keep: Literal["off", "text", "page"] = "off"
    tlp: Literal["", "clear", "green", "amber", "amber+strict", "red"] = ""


class RouteSettings(_Section):
    """A route: the alerts with all the given properties (severity, label, topic) to channels.

    `mode`, if given, replaces the topics' mode on these channels.
    """

    channels: Terms = Field(min_length=1)
    severity: Annotated[list[Level], BeforeValidator(as_list)] = []
    labels: Terms = []
    topics: Terms = []
    mode: Literal["", "now", "digest", "off"] = ""


class DeliverySettings(_Section):
    """When alerts are sent. Times of day and cron expressions are in `timezone`.

    A critical story that nobody took within `escalate_after` goes once to the channels
    `escalate_to`.
    """

    group_wait: Pause = 60.0
    timezone: TimeZone = "UTC"
    digest: Terms = Field(["0 8 * * *"], min_length=1)
    quiet_hours: QuietHours = ""
    break_through: Level = "critical"
    per_hour: int = Field(20, ge=0)
    surges: bool = True
    escalate_after: Duration | None = None
    escalate_to: Terms = []


class PollingSettings(_Section):
    """How feeds are fetched and parsed. `contact` goes into the User-Agent.

    `at_once` is the number of fetches at a time, `per_host` that for one host.
    """

    interval: Duration = 600.0
    timeout: Duration = 20.0
    max_body: Size = 10 << 20
    at_once: int = Field(128, ge=1, le=1_000)
    per_host: int = Field(2, ge=1)
    host_delay: Pause = 1.0
    parse_deadline: Duration = 10.0
    workers: int = Field(2, ge=1, le=256)
    contact: str = ""


class RetentionSettings(_Section):
    """How long texts are kept, of all articles and of hits. The ledger is kept for ever."""

    articles: Duration = 90 * DAY
    hits: Duration = 730 * DAY


class ServiceSettings(_Section):
    """The running service. `http_port` serves metrics and health on loopback."""

    http_port: int | None = Field(None, ge=1, le=65_535)


class OperationsSettings(_Section):
    """Notices to the operator, sent to `channel`; without a channel the log alone has them.

    `heartbeat` is the time of day, in `timezone`, of the daily notice that all is well. A feed
    that has failed for `failing_after` is notified about.
    """

    channel: str = ""
    heartbeat: str = Field("08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    timezone: TimeZone = "UTC"
    failing_after: Duration = DAY


class NlpSettings(_Section):
    """`model` is a spaCy model (a name or a folder) from which `topics suggest` takes names."""

    model: str = ""


class WebSubSettings(_Section):
    """WebSub: hubs push new entries to `callback`, the public address of this service.

    A reverse proxy passes requests for `callback` on to `port` of `host`. `lease` is how long a
    subscription lasts.
    """

    callback: Callback
    port: int = Field(ge=1, le=65_535)
    host: str = Field("127.0.0.1", min_length=1)
    lease: Annotated[Duration, Field(ge=HOUR, le=30 * DAY)] = 10 * DAY


class TrustedProxySettings(_Section):
    """A reverse proxy, whose requests come from `addresses`: it tells its clients' addresses.

    One that logs people in names them in `header`, and nobody else may; "" for one that does not.
    """

    addresses: Terms = Field(min_length=1)
    header: str = Field("", pattern=r"^[A-Za-z0-9-]*$")


class WebSettings(_Section):
    """The desk in a browser. With `port` the service serves it; `monitor web` needs no port.

    `names` are the host names under which browsers reach it, beside those of loopback. `password`
    is what `monitor web password` prints. `public`: whoever reaches it may read without a login.
    """

    port: int | None = Field(None, ge=1, le=65_535)
    host: str = Field("127.0.0.1", min_length=1)
    names: Terms = []
    password: SecretStr = SecretStr("")
    trusted_proxy: TrustedProxySettings | None = None
    public: bool = False


class GlossSettings(_Section):
    """An endpoint that translates the headlines of hits, at most `monthly` characters a month.

    With a `model` it is asked as an OpenAI-compatible one, else as LibreTranslate.
    """

    url: Annotated[HttpSecret, Field(min_length=1)]
    model: str = ""
    token: SecretStr = SecretStr("")
    monthly: int = Field(200_000, ge=1)


class PagesSettings(_Section):
    """How pages of hits are kept (`topics[].keep`), in `folder` beside the database.

    `keep_proxy` carries all of it. `look_again` are the spans after the first look; `disk` is the
    most bytes of records.
    """

    keep_proxy: Proxy = SecretStr("")
    look_again: Annotated[list[Duration], BeforeValidator(as_list)] = [HOUR, DAY, 7 * DAY]
    host_delay: Pause = 5.0
    max_body: Size = 5 << 20
    retention: Duration = 365 * DAY
    disk: Size = 1 << 30
    folder: str = ""


class BriefSettings(_Section):
    """A brief by schedule: `cron` in `delivery.timezone`, on some topics or all, to a channel."""

    cron: str = Field(min_length=1)
    channel: str = Field(min_length=1)
    topics: Terms = []


class AssistSettings(_Section):
    """A language model that drafts sentences for briefs, at an address of OpenAI's form.

    Such as Ollama's `http://127.0.0.1:11434/v1`. `tokens_a_month` bounds what it may cost.
    """

    url: HttpSecret
    model: str = Field(min_length=1)
    token: SecretStr = SecretStr("")
    tasks: Annotated[list[Literal["stories", "summary"]], BeforeValidator(as_list)] = Field(
        ["stories", "summary"], min_length=1
    )
    tokens_a_month: int = Field(1_000_000, ge=1)

    @model_validator(mode="after")
    def _keeps_its_token(self) -> Self:
        address = urlsplit(self.url.get_secret_value())
        is_in_the_clear = address.scheme != "https" and address.hostname not in LOOPBACK
        if self.token.get_secret_value() and is_in_the_clear:
            raise ValueError("a token goes over https only, or to a server on this machine")
        return self


class Settings(_Section):
    """The whole file: `config.yaml`."""

    feeds: list[FeedSettings] = Field(min_length=1)
    topics: list[TopicSettings] = Field(min_length=1)
    terms: dict[str, TermsByLanguage] = {}
    nlp: NlpSettings = NlpSettings()
    channels: dict[str, ChannelSettings] = Field(
        {"console": ConsoleSettings(type="console")}, min_length=1
    )
    routes: list[RouteSettings] = []
    delivery: DeliverySettings = DeliverySettings()
    briefs: dict[str, BriefSettings] = {}
    polling: PollingSettings = PollingSettings()
    retention: RetentionSettings = RetentionSettings()
    service: ServiceSettings = ServiceSettings()
    operations: OperationsSettings = OperationsSettings()
    websub: WebSubSettings | None = None
    web: WebSettings = WebSettings()
    assist: AssistSettings | None = None
    database: str = ""
    reader_lang: Languages = ["en"]
    pages: PagesSettings = PagesSettings()
    gloss: GlossSettings | None = None
