"""pydantic's errors, worded for the operator: what the file should say, and where it differs."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from monitor.config import channels, inputs, schema
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from pydantic import BaseModel

_SECTIONS: dict[str, type[BaseModel]] = {
    "feeds": schema.FeedSettings,
    "topics": schema.TopicSettings,
    "routes": schema.RouteSettings,
    "delivery": schema.DeliverySettings,
    "polling": schema.PollingSettings,
    "retention": schema.RetentionSettings,
    "service": schema.ServiceSettings,
    "operations": schema.OperationsSettings,
    "nlp": schema.NlpSettings,
    "web": schema.WebSettings,
    "pages": schema.PagesSettings,
    "gloss": schema.GlossSettings,
}
_CHANNELS: dict[str, type[BaseModel]] = {
    "console": channels.ConsoleSettings,
    "slack": channels.SlackSettings,
    "slack-webhook": channels.SlackWebhookSettings,
    "email": channels.EmailSettings,
    "webhook": channels.WebhookSettings,
    "apprise": channels.AppriseSettings,
}
_BELOW: dict[str, type[BaseModel]] = {
    "examples": schema.ExamplesSettings,
    "list": inputs.ListSettings,
    "json": inputs.JsonSettings,
    "watch": inputs.WatchSettings,
}
_KEPT_IN_FILES = frozenset({"token", "app_token", "url", "password", "secret"})


def explain(problem: Any, tree: Any, where: tuple[str | int, ...]) -> str:
    """Message on a `problem` of pydantic at the path `where` of the file's `tree`."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(str(where[-1]), _names(tree, where[:-1]))
    if kind == "missing":
        secret = where[-1] in {"token", "password"} or where[0::2] == ("channels", "url")
        alternative = f" (or {where[-1]}_file)" if secret else ""
        return f"is required{alternative}"
    if kind in {"union_tag_invalid", "literal_error"}:
        allowed = context.get("expected_tags") or context.get("expected")
        names = re.findall(r"[\w-]+", str(allowed))
        return f"expected one of {allowed}" + did_you_mean(_chosen(problem), names)
    if kind == "union_tag_not_found":
        return f"a channel needs a type: {', '.join(_CHANNELS)}"
    if kind == "string_pattern_mismatch":
        name = where[-2] if isinstance(where[-1], int) else where[-1]
        return _PATTERNS.get(str(name), f"expected {context.get('pattern')}")
    message = _shape(problem, where) or str(problem["msg"]).removeprefix(
        "Value error, "
    ).removeprefix("Input ")
    return message[0].lower() + message[1:]


def _shape(problem: Any, where: tuple[str | int, ...]) -> str | None:
    """Message on a value of another shape than asked for; None if its shape is right."""
    kind = problem["type"]
    if kind == "string_type":
        return _no_text(problem["input"], str(where[-1]))
    is_feed = where[::2] == ("feeds",) and isinstance(where[-1], int)
    return _FEED if is_feed and kind in _KEYS_EXPECTED else _SHAPES.get(kind)


def _chosen(problem: Any) -> str:
    """What was written for one of some names: for a channel, its type."""
    return str(problem.get("ctx", {}).get("tag", problem["input"]))


def _no_text(value: Any, name: str) -> str:
    """Message on a value that YAML does not read as text."""
    if value is None:
        return _EMPTY.get(name, "is empty")
    for kind, read in _READ_AS.items():
        if isinstance(value, kind):  # the value itself may be a secret
            return f"expected text: YAML reads {read} here, put it in quotes"
    return "expected text"


_READ_AS = {bool: "true or false", int: "a number", float: "a number", date: "a date"}
_KEYS_EXPECTED = frozenset({"model_type", "model_attributes_type", "dict_type"})
_SHAPES = {
    **dict.fromkeys(_KEYS_EXPECTED, "expected keys with values below it"),
    "list_type": "expected a list",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "string_too_short": "is empty",
    "too_short": "is empty: write one entry at least",
}
_FEED = "expected keys with values below it: write the address as `url: https://…`"
_COMMENT = "is empty; # begins a comment: write `{}: |` and the expression on the next line"
_EMPTY = {
    **{name: _COMMENT.format(name) for name in ("match", "anchor")},
    "channel": 'is empty; # begins a comment: put the name in quotes, "#alerts"',
}
_PATTERNS = {
    "lang": "expected a language code in small letters (ISO 639), such as ko",
    "id": "expected small letters, digits and hyphens, such as dprk-troops",
    "api_url": "expected an http or https address",
    "to": "expected an address such as desk@example.org",
    "sender": "expected an address such as monitor@example.org",
    "user": "expected a name without a colon",
    "heartbeat": "expected a time of day such as 08:00",
}


def _unknown_key(key: str, names: list[str]) -> str:
    known = f"known here: {', '.join(names)}"
    return "unknown key" + did_you_mean(key, names, least=0.6, otherwise=known)


def _names(tree: Any, where: tuple[str | int, ...]) -> list[str]:
    """Keys that the schema has for the mapping at `where`."""
    if not where:
        return list(schema.Settings.model_fields)
    if where[0] == "channels":
        model = _CHANNELS[tree["channels"][where[1]]["type"]]
        names = list(model.model_fields)
        return names + [f"{name}_file" for name in names if name in _KEPT_IN_FILES]
    if "auth" in where:
        return [*schema.AuthSettings.model_fields, "password_file"]
    below = next((_BELOW[str(key)] for key in where if key in _BELOW), None)
    fields = (below or _SECTIONS[str(where[0])]).model_fields
    return [field.alias or name for name, field in fields.items()]
