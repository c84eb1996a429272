"""Options that choose rows: times, zones and names; a name that nothing has is refused.

Light on purpose, as `output` is: the configuration is read as YAML only, and names are looked up
only where a list came out empty.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from monitor.config.paths import raw_settings, time_zone
from monitor.text.durations import SECONDS
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from monitor.cli import CliOptions
    from monitor.store.queries.reader import Reader

Command = TypeVar("Command", bound=Callable[..., Any])
_WRITTEN = "monitor.written."  # before the name of an option: its time as it was written
_DAYS_AGO = {"today": 0, "yesterday": 1}
_LISTED = 8  # known names that a refusal lists
_LANGUAGES = {
    "arabic": "ar", "chinese": "zh", "english": "en", "farsi": "fa", "french": "fr",
    "german": "de", "hebrew": "he", "italian": "it", "japanese": "ja", "korean": "ko",
    "persian": "fa", "polish": "pl", "portuguese": "pt", "russian": "ru", "spanish": "es",
    "turkish": "tr", "ukrainian": "uk",
}  # fmt: skip


# ── times and zones ───────────────────────────────────────────────────────────────────────────


class Since(click.ParamType[datetime]):
    """A time that has come: `24h` or `7d` before now, `yesterday`, or ISO 8601.

    A time without an offset is in the zone of the command's times. `future` allows any time.
    """

    name = "time"

    def __init__(self, *, future: bool = False) -> None:
        self._future = future

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a time as an aware datetime in UTC."""
        if isinstance(value, datetime):
            return value
        now = datetime.now(UTC)
        try:
            at = _moment(value, now, ctx)
        except (ValueError, OverflowError):
            expected = "24h, 7d, yesterday, 2024-10-31 or 2024-10-31T18:00"
            self.fail(f"{value!r}: expected {expected}", param, ctx)
        if at > now and not self._future:
            self.fail(f"{value!r} is in the future", param, ctx)
        if ctx and param:
            ctx.meta[_WRITTEN + str(param.name)] = value
        return at


def as_written(name: str, at: datetime | None) -> str:
    """Return the time of an option as a saved view keeps it: `7d` as written, else the moment."""
    written = str(click.get_current_context().meta.get(_WRITTEN + name, ""))
    if re.fullmatch(r"\d{1,6}[smhdwy]", written):
        return written
    return at.isoformat() if at else ""


def _moment(written: str, now: datetime, ctx: click.Context | None) -> datetime:
    if found := re.fullmatch(r"(\d+)([smhdwy])", written):
        return now - timedelta(seconds=int(found[1]) * SECONDS[found[2]])
    zone = (ctx.params.get("tz") if ctx else None) or usual_zone(ctx.obj if ctx else None)
    if written in _DAYS_AGO:
        day = now.astimezone(zone).date() - timedelta(days=_DAYS_AGO[written])
        return datetime.combine(day, time(), zone).astimezone(UTC)
    at = datetime.fromisoformat(written)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


class Zone(click.ParamType[tzinfo]):
    """A time zone by its IANA name."""

    name = "zone"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tzinfo:
        """Read the name of a zone."""
        try:
            return value if isinstance(value, tzinfo) else ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"{value!r}: expected a zone such as Europe/Berlin or Asia/Seoul", param, ctx)


def zone_option(command: Command) -> Command:
    """Decorator that adds --tz, read before times that are meant in it."""
    return click.option(
        "--tz",
        type=Zone(),
        is_eager=True,
        callback=lambda ctx, _, given: given or usual_zone(ctx.obj),
        help="Time zone of times  [default: $MONITOR_TZ, the configuration's delivery.timezone].",
    )(command)


def usual_zone(options: CliOptions | None) -> tzinfo:
    """Zone of MONITOR_TZ, else `delivery.timezone` of the configuration, else UTC."""
    if named := os.getenv("MONITOR_TZ"):
        try:
            return ZoneInfo(named)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            expected = "expected a zone such as Europe/Berlin"
            raise click.UsageError(f"MONITOR_TZ={named}: {expected}") from None
    named = time_zone(options.config if options else None)
    try:
        return ZoneInfo(named) if named else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC  # `monitor check` reports it


# ── names ─────────────────────────────────────────────────────────────────────────────────────


class NameToFind(click.ParamType[str]):
    """A name to look for, which must not be empty; "" stands for an option that is not given."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a name."""
        if not value.strip() and ctx and param and _is_given(ctx, param):
            self.fail("is empty: name one, or leave the option out", param, ctx)
        return str(value).strip()


def _is_given(ctx: click.Context, param: click.Parameter) -> bool:
    source = ctx.get_parameter_source(param.name or "")
    return source is click.core.ParameterSource.COMMANDLINE  # none where a command invokes another


def refuse_unknown(reader: Reader, options: CliOptions, **names: str) -> None:
    """Refuse a name of a `topic`, `publisher`, `lang` or `channel` that nothing has.

    For a list that came out empty. Known are the names of the database and of the configuration.
    Raises UsageError with the nearest name.
    """
    for kind, name in names.items():
        if not name:
            continue
        known = list(dict.fromkeys([*reader.names(kind), *_configured(options, kind)]))
        if not known or name.casefold() in {each.casefold() for each in known}:
            continue
        what = {"lang": "article in the language"}.get(kind, kind)
        raise click.UsageError(f"there is no {what} `{name}`{_nearest(kind, name, known)}")


def _nearest(kind: str, name: str, known: list[str]) -> str:
    if kind == "lang" and (code := _LANGUAGES.get(name.casefold())):
        return f"; did you mean `{code}`?"
    by_folded = {each.casefold(): each for each in known}
    listed = ", ".join(sorted(known)[:_LISTED]) + (", …" if len(known) > _LISTED else "")
    hint = did_you_mean(name.casefold(), by_folded, otherwise=f"there are: {listed}")
    return re.sub(r"`(.*)`\?", lambda found: f"`{by_folded[found[1]]}`?", hint)


def _configured(options: CliOptions, kind: str) -> Iterable[str]:
    """Names that the configuration has, its mistakes aside."""
    settings = raw_settings(options.config)
    if kind == "channel":
        channels = settings.get("channels")
        return [str(name) for name in channels] if isinstance(channels, dict) else []
    keys = {"topic": ("topics", "id"), "feed": ("feeds", "title")}
    section, key = keys.get(kind, ("feeds", kind))
    items = settings.get(section)
    named = [item.get(key) for item in items or () if isinstance(item, dict)]
    return [name for name in named if isinstance(name, str)]
