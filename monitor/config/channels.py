"""Settings of channels in `config.yaml`: one class a type, one field a key, with its default."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from monitor.config.fields import LOOPBACK, MAILBOX, HttpSecret, as_list


class _Channel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)

    type: str

    def arguments(self) -> dict[str, Any]:
        """Arguments of the channel's class: all settings but `type`, secrets in plain text."""
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name, value in self
            if name != "type"
        }


class ConsoleSettings(_Channel):
    """Prints alerts on the terminal of `monitor run`."""

    type: Literal["console"]


class SlackSettings(_Channel):
    """Posts alerts to one Slack channel with a bot token.

    With an app-level token its messages have feedback buttons, and `monitor run` listens to them.
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
    """Sends alerts as e-mail through an SMTP server; without `port`, the usual one of `tls`."""

    type: Literal["email"]
    host: str = Field(min_length=1)
    port: int | None = Field(None, ge=1, le=65_535)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(pattern=MAILBOX)
    to: Annotated[list[Annotated[str, Field(pattern=MAILBOX)]], BeforeValidator(as_list)] = Field(
        min_length=1
    )

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if bool(self.user) != bool(self.password.get_secret_value()):
            raise ValueError("give both user and password (or password_file), or neither")
        if self.tls == "none" and self.host not in LOOPBACK:
            raise ValueError("`tls: none` sends in the clear: only to a server on this machine")
        return self


class WebhookSettings(_Channel):
    """Posts alerts as JSON to an address, signed if `secret` is set."""

    type: Literal["webhook"]
    url: Annotated[HttpSecret, Field(min_length=1)]
    secret: SecretStr = SecretStr("")


class AppriseSettings(_Channel):
    """Hands alerts to Apprise (extra `apprise`); `url` is an Apprise URL."""

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
