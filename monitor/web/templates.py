"""HTML from templates: autoescaped, with the few filters that pages need."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from monitor import __version__
from monitor.text.counts import counted, number
from monitor.web import charts
from monitor.web.forms import safe_link
from monitor.web.world import WORLD

if TYPE_CHECKING:
    from collections.abc import Mapping

HTMX = "htmx-2.0.11.min.js"
STATIC = {
    "desk.css": ("static", "text/css"),
    "desk.js": ("static", "text/javascript"),
    "icon.svg": ("static", "image/svg+xml"),
    HTMX: ("vendor", "text/javascript"),
    WORLD: ("vendor", "image/svg+xml"),
}
_UNITS = ((86_400 * 2, 86_400, "d"), (3_600, 3_600, "h"), (60, 60, "min"))


@cache
def static(name: str) -> bytes:
    """Return the content of a file that pages refer to."""
    folder, _ = STATIC[name]
    return files("monitor.web").joinpath(folder, name).read_bytes()


@cache
def asset(name: str) -> str:
    """Return the address of a static file: with its digest, so that browsers may keep it."""
    return f"/static/{hashlib.sha256(static(name)).hexdigest()[:12]}/{name}"


def moment(at: str | float | datetime | None) -> str:
    """Return a time to the minute in UTC, "" for none."""
    found = _time(at)
    return f"{found:%Y-%m-%d %H:%M}" if found else ""


def ago(at: str | float | datetime | None, now: datetime) -> str:
    """Return how long ago a time was: `12 min`, `3 h`, `5 d`; `in 5 min` for one to come."""
    found = _time(at)
    if found is None:
        return "never"
    seconds = (now - found).total_seconds()
    words = span(abs(seconds))
    return f"in {words}" if seconds < -1 else words


def is_past(at: str | float | datetime | None, now: datetime) -> bool:
    """Whether a time is over."""
    found = _time(at)
    return found is not None and found < now


def span(seconds: float) -> str:
    """Return a length of time in its largest unit: `12 min`, `3 h`, `5 d`."""
    for least, size, unit in _UNITS:
        if seconds >= least:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _time(at: str | float | datetime | None) -> datetime | None:
    if at is None or at == "":
        return None
    if isinstance(at, str):
        return datetime.fromisoformat(at)
    return at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)


def code(text: object) -> Markup:
    """Return a text whose words in backticks are shown as code, as messages write commands."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704


_FILTERS = {
    "code": code,
    "moment": moment,
    "ago": ago,
    "is_past": is_past,
    "span": span,
    "number": number,
    "counted": counted,
    "safe_link": safe_link,
}


@cache
def environment() -> Environment:
    """Return the templates; a name that a template lacks is an error, not an empty place."""
    found = Environment(
        loader=PackageLoader("monitor.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters.update(_FILTERS)
    found.globals.update(
        asset=asset,
        version=__version__,
        htmx=HTMX,
        world=WORLD,
        charts=charts,
        zip=zip,
        min=min,
        max=max,
    )
    return found


def html(template: str, values: Mapping[str, Any]) -> str:
    """Return a template filled with values."""
    return environment().get_template(template).render(values)
